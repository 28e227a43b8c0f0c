import { Effect, Redacted, Schema, Stream } from "effect"
import { HttpRouter, type HttpServerRequest, HttpServerResponse } from "effect/http"
import { HttpApiEndpoint, HttpApiSchema, OpenApi } from "effect/http-api"
import { Tickets } from "portico"
import { paths } from "../http/paths.ts"
import { Visit } from "../http/Visit.ts"
import { problemsOf } from "./openApi.ts"
import { answered } from "./routes.ts"

const { begin, complete, download, FileView, open, upload } = Tickets.Files

/** Of the address, or what no file has: the library then says which one is wrong. */
const asked = (visit: Visit["Service"], name: string): string => visit.query.get(name) ?? ""

/** A file as the body, as large as `Content-Length` says; it is passed on as it comes. */
const uploadRoute = HttpRouter.route(
  "POST",
  paths.apiUpload,
  answered(
    Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
      const visit = yield* Visit
      const form = request.headers["upload-form"]
      const file = yield* upload(
        {
          name: asked(visit, "name"),
          size: Number(request.headers["content-length"] ?? 0),
          ...(form === undefined ? {} : { form: Redacted.make(form, { label: "form" }) })
        },
        Stream.orDie(request.stream)
      )
      return HttpServerResponse.jsonUnsafe(Schema.encodeSync(FileView)(file))
    })
  )
)

const downloadRoute = HttpRouter.route(
  "GET",
  paths.apiDownload,
  answered(
    Effect.fnUntraced(function* () {
      const visit = yield* Visit
      // the use case parses it
      const { content, headers } = yield* download({
        fileId: asked(visit, "fileId") as Parameters<typeof open>[0]["fileId"]
      })
      return HttpServerResponse.stream(content, { headers })
    })
  )
)

export const fileRoutes = HttpRouter.addAll([uploadRoute, downloadRoute])

const described = (summary: string, description: string, security: Array<Record<string, Array<string>>>) =>
  OpenApi.annotations({ summary, description, override: { security } })

/** The ways of bytes, which no use case has, as the document describes them. */
export const fileEndpoints = [
  HttpApiEndpoint.post("upload", paths.apiUpload, {
    query: Schema.Struct({
      name: Schema.String.annotate({ description: "The file's name; its extension must be that of its content." })
    }),
    headers: Schema.Struct({
      "upload-form": Schema.optionalKey(
        Schema.String.annotate({ description: "For visitors: the secret of /api/files/open-form." })
      )
    }),
    payload: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "application/octet-stream" })),
    success: FileView,
    error: problemsOf({ errors: [...begin.errors, ...complete.errors] })
  }).annotateMerge(
    described(
      "Takes a file in, for a message that is still to be written.",
      "The body is the file, as long as `Content-Length` says. Its `id` goes into `files` of the message.",
      [{ bearer: [] }, {}]
    )
  ),
  HttpApiEndpoint.get("download", paths.apiDownload, {
    query: Schema.Struct({ fileId: Schema.String }),
    success: Schema.Uint8Array.pipe(HttpApiSchema.asUint8Array({ contentType: "application/octet-stream" })),
    error: problemsOf(open)
  }).annotateMerge(
    described(
      "Gives the bytes of a file of a message to somebody who may read it.",
      "With the file's own type, and a name for saving it.",
      [{ bearer: [] }]
    )
  )
] as const

import { Array, Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { type Refusal, refusals, type UseCase } from "portico"
import { PROBLEM_TYPE } from "../http/problem.ts"
import { statusOfCategory } from "../http/refusals.ts"

/** Where a use case is reached: `invitations.sendAgain` at `/api/invitations/send-again`. */
export const pathOf = (useCase: Pick<UseCase.Description, "name">): `/${string}` => {
  const [room = "", verb = ""] = useCase.name.split(".")
  const kebab = (word: string) => word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return `/api/${kebab(room)}/${kebab(verb)}`
}

const roomOf = (useCase: UseCase.Description): string => useCase.name.split(".")[0] ?? ""

const verbOf = (useCase: UseCase.Description): string => useCase.name.split(".")[1] ?? useCase.name

/** The rooms whose desk staff can work at over the API. What else is only theirs they do in the portal. */
const STAFF_ROOMS: ReadonlyArray<string> = ["tickets", "desk"]

/** What the API offers: all that people can do, and what staff do with tickets. What only jobs do is left out. */
export const isOffered = ({ actors, name }: Pick<UseCase.Description, "actors" | "name">): boolean =>
  // a file that is announced by itself would never get its bytes: uploading does both
  name !== "files.begin" &&
  (actors.some((kind) => kind === "Account" || kind === "Anonymous") ||
    (actors.includes("Staff") && STAFF_ROOMS.includes(name.split(".")[0] ?? "")))

const isForStaffOnly = ({ actors }: UseCase.Description): boolean =>
  actors.every((kind) => kind !== "Account" && kind !== "Anonymous")

/** One schema for each status that the use case can answer: the tags that have it, and what a problem holds. */
export const problemsOf = (useCase: Pick<UseCase.Description, "errors">): ReadonlyArray<Schema.Top> => {
  const byCategory = new Map<Refusal.Category, Set<string>>()
  for (const { category, tag } of [...refusals.refusals, ...useCase.errors]) {
    byCategory.set(category, (byCategory.get(category) ?? new Set()).add(tag))
  }
  return [...byCategory].map(([category, tags]) =>
    Schema.Struct({
      status: Schema.Literal(statusOfCategory(category)),
      error: Schema.Literals([...tags].sort()),
      message: Schema.String,
      issues: Schema.optionalKey(
        Schema.Array(Schema.Struct({ path: Schema.Array(Schema.String), code: Schema.String }))
      ),
      facts: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
    }).pipe(HttpApiSchema.status(statusOfCategory(category)), HttpApiSchema.asJson({ contentType: PROBLEM_TYPE }))
  )
}

/** Every command can be repeated (G-04). */
const repeatable = Schema.Struct({
  "idempotency-key": Schema.optionalKey(
    Schema.String.annotate({ description: "1 to 200 printable ASCII characters; the same key does nothing twice." })
  )
})

const endpointOf = (useCase: UseCase.Description) => {
  // inputs and outputs are plain data, which their common supertype cannot say
  const plain = (schema: Schema.Top) => schema as unknown as Schema.Codec<unknown, unknown>
  const needsToken = !useCase.actors.includes("Anonymous")
  return HttpApiEndpoint.post(verbOf(useCase), pathOf(useCase), {
    ...(useCase.kind === "command" ? { headers: repeatable } : {}),
    payload: plain(useCase.input),
    success: useCase.output.ast._tag === "Void" ? HttpApiSchema.NoContent : plain(useCase.output),
    error: problemsOf(useCase)
  }).annotateMerge(
    OpenApi.annotations({
      summary: useCase.summary,
      ...(isForStaffOnly(useCase) ? { description: "For staff: send `Acting-As: staff`." } : {}),
      override: { security: needsToken ? [{ bearer: [] }] : [] }
    })
  )
}

/** The OpenAPI document of what the API offers of these use cases, and further endpoints of their rooms, which are no use cases. */
export const describeApi = (
  useCases: ReadonlyArray<UseCase.Description>,
  others: Readonly<Record<string, ReadonlyArray<HttpApiEndpoint.Constraint>>>
): OpenApi.OpenAPISpec => {
  const exposed = useCases.filter(isOffered)
  const rooms = [...new Set(exposed.map(roomOf))]
  const groups = rooms.flatMap((room) => {
    const endpoints = exposed.filter((useCase) => roomOf(useCase) === room).map(endpointOf)
    const all = [...endpoints, ...(others[room] ?? [])]
    return Array.isArrayNonEmpty(all) ? [HttpApiGroup.make(room).add(...all)] : []
  })
  const annotations = OpenApi.annotations({
    title: "Portico",
    version: "1",
    description: [
      "The use cases of the customer portal as JSON over HTTP. Moments are whole milliseconds since 1970-01-01T00:00Z.",
      "A sign-in answers a session token: send it as `Authorization: Bearer …`; use cases that change credentials answer a new one.",
      "Members of staff send `Acting-As: staff` to work as staff; without it they are the customer that they may be, too.",
      "A file goes to `POST /api/files/upload`, whose answer has the `id` for the `files` of a message. Visitors get a secret from `/api/files/open-form` first and send it with the file as `Upload-Form` and with the message as `form`.",
      "Send `Idempotency-Key` with a command to be able to repeat it: the same key with the same input does nothing twice.",
      "`Accept-Language: en` or `de` chooses the language of messages. Lists answer `next`: send it as `after` to get the next page."
    ].join("\n\n")
  })
  const empty = HttpApi.make("portal").annotateMerge(annotations)
  const document = Array.isArrayNonEmpty(groups) ? OpenApi.fromApi(empty.add(...groups)) : OpenApi.fromApi(empty)
  return {
    ...document,
    components: {
      ...document.components,
      securitySchemes: {
        ...document.components.securitySchemes,
        bearer: { type: "http", scheme: "bearer", description: "The session token that a sign-in answers." }
      }
    }
  }
}

import { Cause, Clock, Effect, Exit, Option, Redacted, Schema, SchemaIssue } from "effect"
import { HttpRouter, HttpServerRequest, HttpServerResponse } from "effect/http"
import { Actor, Refusal, refusals, UseCase } from "portico"
import { notAllowed } from "../http/middleware.ts"
import { problem } from "../http/problem.ts"
import { retryAfter } from "../http/refusals.ts"
import { SessionLookup, Visit, type VisitShape } from "../http/Visit.ts"
import { isOffered, pathOf } from "./openApi.ts"

/** A use case of the library, seen from outside: what goes in is JSON until the use case has parsed it. */
export type Exposable = UseCase.Description &
  ((
    input: never,
    options?: { readonly idempotencyKey?: string | undefined }
  ) => Effect.Effect<unknown, unknown, unknown>)

/** The services that use cases need, without the caller, whom each request brings. */
type Needs<U extends Exposable> =
  ReturnType<U> extends Effect.Effect<unknown, unknown, infer R> ? Exclude<R, Actor.By<never>> : never

/** Inputs and outputs are plain data: their schemas have neither services nor effects, which their common supertype cannot say. */
const jsonOf = (schema: Schema.Top): Schema.Codec<unknown, unknown> =>
  Schema.toCodecJson(schema as unknown as Schema.Codec<unknown, unknown>)

const bearerOf = (header: string | undefined): Redacted.Redacted | undefined => {
  const [, token] = /^Bearer +([A-Za-z0-9._~+/=-]{1,200})$/i.exec(header ?? "") ?? []
  return token === undefined ? undefined : Redacted.make(token, { label: "session token" })
}

/** Programs bring the token in a header, never in a cookie: no browser sends it by itself, so there is nothing to forge. */
const callerOf = Effect.fnUntraced(function* (visit: VisitShape, request: HttpServerRequest.HttpServerRequest) {
  const header = request.headers.authorization
  if (header === undefined) return { actor: Actor.anonymous, request: visit.request }
  const token = bearerOf(header)
  const sessions = yield* SessionLookup
  const found = token === undefined ? undefined : yield* sessions.find(token, visit.request)
  if (found === undefined) return yield* new refusals.SignInRequired()
  if (request.headers["acting-as"]?.toLowerCase() !== "staff") return { actor: found.actor, request: visit.request }
  if (found.staff === undefined) return yield* new refusals.NotAllowed({})
  return { actor: found.staff, request: visit.request }
})

const notJson = new refusals.InvalidInput({ issues: [{ path: [], code: "type" }] })

/** The body as what the use case takes; an empty body is an empty object. */
const readInput = (useCase: UseCase.Description) => {
  const decode = Schema.decodeUnknownExit(jsonOf(Schema.toEncoded(useCase.input)), { errors: "all" })
  return Effect.fnUntraced(function* (request: HttpServerRequest.HttpServerRequest) {
    const [type = ""] = (request.headers["content-type"] ?? "application/json").split(";")
    if (type.trim().toLowerCase() !== "application/json") return yield* notJson
    const text = yield* request.text
    const json = yield* Effect.try({ try: (): unknown => (text === "" ? {} : JSON.parse(text)), catch: () => notJson })
    const exit = decode(json)
    if (Exit.isSuccess(exit)) return exit.value
    const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
    return yield* error !== undefined && SchemaIssue.isIssue(error.issue)
      ? UseCase.toInvalidInput(error.issue)
      : notJson
  })
}

const answerRefusal = Effect.fnUntraced(function* (refusal: Refusal.RefusalInstance, visit: VisitShape) {
  const response = problem(refusal, visit.locale)
  const seconds = retryAfter(refusal, yield* Clock.currentTimeMillis)
  return seconds === undefined ? response : HttpServerResponse.setHeader(response, "retry-after", String(seconds))
})

/** Calls the library for whoever has sent the request, and answers what it refuses. */
export const answered = <E, R>(
  call: (request: HttpServerRequest.HttpServerRequest) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
) =>
  Effect.gen(function* () {
    const visit = yield* Visit
    const request = yield* HttpServerRequest.HttpServerRequest
    return yield* Effect.flatMap(callerOf(visit, request), (caller) =>
      Effect.provideService(call(request), Actor.CurrentCaller, caller)
    ).pipe(
      Effect.catchIf(
        (error) => Refusal.isRefusal(error),
        (refusal) => answerRefusal(refusal, visit),
        // a body that cannot be read is answered by the frame around all requests
        (error) => Effect.die(error)
      )
    )
  })

const routeOf = (useCase: Exposable) => {
  const read = readInput(useCase)
  const encode = Schema.encodeUnknownSync(jsonOf(useCase.output))
  const isVoid = useCase.output.ast._tag === "Void"
  const handler = answered(
    Effect.fnUntraced(function* (request) {
      const input = yield* read(request)
      // `input` was read by the use case's own schema, and the use case parses it again
      const output = yield* useCase(input as never, { idempotencyKey: request.headers["idempotency-key"] })
      return isVoid ? HttpServerResponse.empty({ status: 204 }) : HttpServerResponse.jsonUnsafe(encode(output))
    })
  )
  return HttpRouter.route("POST", pathOf(useCase), handler)
}

/**
 * The use cases as JSON over HTTP: `POST /api/<room>/<verb>` with the input as the body. What the API does not offer is left out. The services that
 * the use cases need become requirements of the layer.
 */
export const apiRoutes = <const U extends ReadonlyArray<Exposable>>(...useCases: U) => {
  const offered = useCases.filter(isOffered)
  const routes = [
    ...offered.map(routeOf),
    ...offered.map((useCase) => HttpRouter.route("GET", pathOf(useCase), notAllowed("POST")))
  ]
  // the handlers need what the use cases need, which a list of different ones cannot say by itself
  return HttpRouter.addAll(
    routes as unknown as ReadonlyArray<HttpRouter.Route<never, Needs<U[number]> | Visit | SessionLookup>>
  )
}

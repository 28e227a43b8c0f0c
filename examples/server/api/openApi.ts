import { Array, Schema } from "effect"
import { HttpApi, HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import { type Refusal, refusals, type UseCase } from "portico"
import { statusOfCategory } from "../http/refusals.ts"

/** Where a use case is reached: `invitations.sendAgain` at `/api/invitations/send-again`. */
export const pathOf = (useCase: Pick<UseCase.Description, "name">): `/${string}` => {
  const [room = "", verb = ""] = useCase.name.split(".")
  const kebab = (word: string) => word.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
  return `/api/${kebab(room)}/${kebab(verb)}`
}

const roomOf = (useCase: UseCase.Description): string => useCase.name.split(".")[0] ?? ""

const verbOf = (useCase: UseCase.Description): string => useCase.name.split(".")[1] ?? useCase.name

/** One schema for each status that the use case can answer: the tags that have it, and what a problem holds. */
const problemsOf = (useCase: UseCase.Description): ReadonlyArray<Schema.Top> => {
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
    }).pipe(HttpApiSchema.status(statusOfCategory(category)))
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
      override: { security: needsToken ? [{ bearer: [] }] : [] }
    })
  )
}

/** The OpenAPI document of the use cases that people can call. */
export const describeApi = (useCases: ReadonlyArray<UseCase.Description>): OpenApi.OpenAPISpec => {
  const exposed = useCases.filter(({ actors }) => actors.includes("Account") || actors.includes("Anonymous"))
  const rooms = [...new Set(exposed.map(roomOf))]
  const groups = rooms.flatMap((room) => {
    const endpoints = exposed.filter((useCase) => roomOf(useCase) === room).map(endpointOf)
    return Array.isArrayNonEmpty(endpoints) ? [HttpApiGroup.make(room).add(...endpoints)] : []
  })
  const annotations = OpenApi.annotations({
    title: "Portico",
    version: "1",
    description: [
      "The use cases of the customer portal as JSON over HTTP. Moments are whole milliseconds since 1970-01-01T00:00Z.",
      "A sign-in answers a session token: send it as `Authorization: Bearer …`; use cases that change credentials answer a new one.",
      "Members of staff send `Acting-As: staff` to decide what waits for staff; without it they are the customer that they may be, too.",
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

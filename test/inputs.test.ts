import { assert, it } from "@effect/vitest"
import { Exit, Redacted, Schema, type SchemaAST } from "effect"
import { useCases } from "../src/useCases.ts"

/** PostgreSQL has no character of the first, and of the second every store makes something else. */
const UNSTORABLE = ["a\u0000b", "\u0000", "a\ud800b", "\udc00"]

/** Fields that take any text at first, and what sees to it before a store does. */
const SEEN_TO: Readonly<Record<string, ReadonlyArray<string>>> = {
  "hashed, compared or opened, and never part of a statement": [
    "challenge",
    "code",
    "confirmed",
    "currentPassword",
    "form",
    "newPassword",
    "password",
    "secondFactor.code",
    "secondFactor.prepared",
    "secret"
  ],
  "the use case parses it: cursors, what a kind of request or a field of a ticket is made of, addresses of a list, lines of an import":
    [
      "addresses.*",
      "after",
      "decision",
      "decisions.*.decision",
      "fields.*",
      "payload",
      "rows.*.country",
      "rows.*.customerNumber",
      "rows.*.postalCode",
      "steps.*.fields.*"
    ],
  "checked beside another field": ["location.postalCode", "postalCode"],
  "compared with what the settings, the catalog or a row has": [
    "catalogVersion",
    "category",
    "consents.*.kind",
    "consents.*.version",
    "role",
    "version"
  ],
  "cleaned by the use case": ["name"],
  "of the library's own jobs and of the host": [
    "detail",
    "digest",
    "extension",
    "lease",
    "reason",
    "recipient",
    "report.message.de",
    "report.message.en",
    "result.threat",
    "sender"
  ]
}

/** The fields of an input that take one of these texts as it is. */
const taking = (input: Schema.Top): ReadonlySet<string> => {
  const paths = new Set<string>()
  const within = (ast: SchemaAST.AST, path: ReadonlyArray<string>): void => {
    if (ast.encoding === undefined) {
      if (ast._tag === "Objects") {
        for (const { name, type } of ast.propertySignatures) within(type, [...path, String(name)])
        for (const { parameter, type } of ast.indexSignatures) {
          for (const part of [parameter, type]) within(part, [...path, "*"])
        }
        return
      }
      if (ast._tag === "Arrays") {
        for (const part of [...ast.elements, ...ast.rest]) within(part, [...path, "*"])
        return
      }
      if (ast._tag === "Union") {
        for (const type of ast.types) within(type, path)
        return
      }
      if (ast._tag === "Suspend") return within(ast.thunk(), path)
    }
    const decode = Schema.decodeUnknownExit(Schema.make<Schema.Codec<unknown>>(ast))
    const takes = (text: string) => Exit.isSuccess(decode(text)) || Exit.isSuccess(decode(Redacted.make(text)))
    if (UNSTORABLE.some(takes)) paths.add(path.join("."))
  }
  within(input.ast, [])
  return paths
}

it("F-24 G-01 text that no store can hold is refused at its field, by every use case, or seen to by it", () => {
  const known = new Set(Object.values(SEEN_TO).flat())
  const met = new Set<string>()
  const unseen: Array<string> = []
  for (const { input, name } of useCases) {
    for (const path of taking(input)) {
      if (!known.has(path)) unseen.push(`${name}: ${path}`)
      met.add(path)
    }
  }
  assert.deepEqual(unseen, [])
  assert.deepEqual(
    [...known].filter((path) => !met.has(path)),
    []
  )
})

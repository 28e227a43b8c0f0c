import { assert, it } from "@effect/vitest"
import type { SchemaAST } from "effect"
import { describe } from "vitest"
import { useCases } from "../../../src/useCases.ts"

/**
 * What only staff may know of a ticket (TIC-11). A wish is the customer's own, and who takes part in both is told where a merged ticket goes on.
 */
const STAFF_ONLY = [
  "assigneeId",
  "assigneeName",
  "priority",
  "tags",
  "fields",
  "spam",
  "parentId",
  "clocks",
  "clockDueAt",
  "staffActivityAt",
  // the gaps in these count what is internal
  "seq",
  "version",
  "lastMessage",
  "lastChange",
  "visibility"
]

/** The names of all fields in an output, however deep. */
const namesIn = (ast: SchemaAST.AST, seen = new Set<SchemaAST.AST>()): ReadonlyArray<string> => {
  if (seen.has(ast)) return []
  seen.add(ast)
  const own: Array<string> = []
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return
    if (Array.isArray(value)) return value.forEach(visit)
    if ("_tag" in value)
      own.push(...namesIn(value as SchemaAST.AST, seen)) // whatever has a tag in an AST is one
    else {
      if ("name" in value && typeof value.name === "string") own.push(value.name)
      for (const inner of Object.values(value)) visit(inner)
    }
  }
  for (const [key, value] of Object.entries(ast)) {
    if (key === "propertySignatures" || key === "elements" || key === "rest" || key === "types") visit(value)
    if (key === "indexSignatures" || key === "encoding" || key === "typeParameters") visit(value)
  }
  return own
}

const customerKinds = ["Anonymous", "Account", "ApiKey", "Mail", "StaffActingFor"]
const rooms = ["tickets.", "files."]

describe("what customers get of tickets", () => {
  const facing = useCases.filter(
    ({ actors, name }) =>
      rooms.some((room) => name.startsWith(room)) && actors.some((actor: string) => customerKinds.includes(actor))
  )

  it("TIC-11 R-TI-07 V-30 no output of a use case that a customer can call has a field for what only staff know", () => {
    assert.isAbove(facing.length, 15)
    for (const { name, output } of facing) {
      const names = namesIn(output.ast)
      // the form shows which version of a text is agreed to
      const secrets = STAFF_ONLY.filter((secret) => name !== "tickets.form" || secret !== "version")
      for (const secret of secrets) assert.notInclude(names, secret, name)
    }
  })

  it("TIC-11 every use case of the desk is for staff alone, or for the library's own jobs", () => {
    const desk = useCases.filter(({ name }) => name.startsWith("desk."))
    assert.isAbove(desk.length, 30)
    for (const { actors, name, requires } of desk) {
      const expected = name === "desk.reviewClocks" ? ["Job", "job"] : ["Staff", "staff"]
      assert.deepStrictEqual([...actors, requires], expected, name)
    }
  })

  it("the search for such fields finds those of the desk", () => {
    const open = useCases.find(({ name }) => name === "desk.open")
    const names = open === undefined ? [] : namesIn(open.output.ast)
    assert.includeMembers([...names], ["assigneeId", "priority", "tags", "spam", "breachesAt", "relation"])
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import { csvRows, withColumns } from "../../../examples/server/pages/shared/csv.ts"

const fieldsOf = (text: string) => Result.getOrThrow(csvRows(text)).map(({ fields }) => fields)

const ORDER = ["number", "postalCode", "country"] as const
const NAMES = {
  number: ["kundennummer", "customer number"],
  postalCode: ["plz", "postal code"],
  country: ["land", "country"]
}
const read = (text: string) => withColumns(Result.getOrThrow(csvRows(text)), ORDER, NAMES)

describe("lists from spreadsheets", () => {
  it("HIE-10 semicolons, commas and tabs, quotes, a byte order mark, any line end and empty lines are read", () => {
    const expected = [
      ["KD-1", "10115", "DE"],
      ["KD 2", "1010", "AT"]
    ]
    for (const separator of [";", ",", "\t"]) {
      for (const end of ["\n", "\r\n"]) {
        const text = `\ufeffKD-1${separator}10115${separator} DE${end}${end}"KD 2"${separator}1010${separator}AT${end}${separator}${end}`
        assert.deepStrictEqual(fieldsOf(text), expected)
      }
    }
    assert.deepStrictEqual(fieldsOf('"a ""b"", c",2'), [['a "b", c', "2"]])
    assert.deepStrictEqual(fieldsOf(""), [])
  })

  it("HIE-10 what is no list is refused with its line", () => {
    assert.deepStrictEqual(csvRows('a;1\n"b;2'), Result.fail({ line: 2 }))
    assert.deepStrictEqual(csvRows('a;1\nb"x";2'), Result.fail({ line: 2 }))
    assert.isTrue(Result.isFailure(csvRows("x".repeat(3000))))
  })

  it("HIE-10 fields are found by the names in the first line, in any order, and without it in the usual one", () => {
    const expected = [{ line: 2, values: { number: "KD-1", postalCode: "10115", country: "DE" } }]
    assert.deepStrictEqual(read("Land;Kundennummer;Bemerkung;PLZ\nDE;KD-1;neu;10115"), expected)
    assert.deepStrictEqual(read("Customer number,Postal code,Country\nKD-1,10115,DE"), expected)
    assert.deepStrictEqual(read("\nKD-1,10115,DE"), expected)
    assert.deepStrictEqual(read("KD-1,10115"), [
      { line: 1, values: { number: "KD-1", postalCode: "10115", country: "" } }
    ])
    assert.deepStrictEqual(read("Kundennummer"), [])
  })
})

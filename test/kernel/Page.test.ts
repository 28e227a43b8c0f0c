import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Option, Schema } from "effect"
import * as fc from "fast-check"
import { toBase64Url, utf8 } from "../../src/kernel/Crypto.ts"
import { TenantId } from "../../src/kernel/ids.ts"
import * as Page from "../../src/kernel/Page.ts"
import { InvalidInput } from "../../src/kernel/refusals.ts"
import { folded, line } from "../../src/kernel/Text.ts"
import { rounds } from "../support/rounds.ts"

const Key = Schema.Tuple([Schema.Int, TenantId])
type Key = typeof Key.Type

const id = (n: number) => TenantId.make(`01890000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`)
const cursor = (value: unknown) => toBase64Url(utf8(JSON.stringify(value)))

const windowOf = (after: string) => Effect.runSyncExit(Page.window(Key, { after }))

describe("Page", () => {
  const Input = Schema.Struct(Page.fields)
  const isInput = Schema.is(Input)

  it("G-06 a page has 25 rows unless told, at least 1 and at most 100", () => {
    for (const limit of [1, 25, 100]) assert.isTrue(isInput({ limit }))
    for (const limit of [0, -1, 101, 1.5, Number.NaN, Number.POSITIVE_INFINITY, "10"])
      assert.isFalse(isInput({ limit }))
    assert.deepStrictEqual(Effect.runSync(Page.window(Key, {})), { after: Option.none(), limit: 25 })
    assert.deepStrictEqual(Effect.runSync(Page.window(Key, { limit: 7 })), { after: Option.none(), limit: 7 })
  })

  it("G-06 going from cursor to cursor shows every row once, in order, whatever is inserted before", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.nat(1000), { maxLength: 60 }),
        fc.integer({ min: 1, max: 10 }),
        fc.array(fc.nat(1000)),
        (numbers, limit, later) => {
          let rows = numbers.map((n): Key => [Math.floor(n / 10), id(n)])
          const before = (a: Key, b: Key) => a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])
          const seen: Array<Key> = []
          const expected = [...rows].sort((a, b) => (before(a, b) ? -1 : 1))
          let next: string | null | undefined
          do {
            const window = Effect.runSync(Page.window(Key, { limit, ...(next ? { after: next } : {}) }))
            const found = rows
              .filter((row) => Option.isNone(window.after) || before(window.after.value, row))
              .sort((a, b) => (before(a, b) ? -1 : 1))
              .slice(0, window.limit + 1)
            const page = Page.make(
              found,
              window,
              (row) => row,
              (row) => row
            )
            assert.isAtMost(page.items.length, limit)
            seen.push(...page.items)
            next = page.next
            // what arrives behind the reader does not shift what is ahead
            const last = seen[seen.length - 1]
            if (last !== undefined) {
              const fresh = later.map((n): Key => [Math.floor(n / 10), id(n)])
              rows = [...rows, ...fresh.filter((row) => before(row, last) && !rows.some(([, at]) => at === row[1]))]
            }
          } while (next !== null)
          assert.deepStrictEqual(seen, expected)
        }
      )
    )
  })

  it("G-06 there is a next page exactly when there are more rows", () => {
    const window = { after: Option.none<number>(), limit: 2 }
    const page = (rows: ReadonlyArray<number>) =>
      Page.make(
        rows,
        window,
        (row) => row,
        (row) => row
      )
    assert.deepStrictEqual(page([]), { items: [], next: null })
    assert.deepStrictEqual(page([1, 2]), { items: [1, 2], next: null })
    assert.deepStrictEqual(page([1, 2, 3]), { items: [1, 2], next: cursor(2) })
  })

  it("R-TE-08 a forged cursor is refused at its field, or is a value of the key's type", () => {
    const forged = fc.oneof(
      fc.string({ unit: "binary", maxLength: 500 }),
      fc.base64String(),
      fc.anything().map((value) => toBase64Url(utf8(JSON.stringify(value) ?? ""))),
      fc.json().map((text) => toBase64Url(utf8(text))),
      fc.tuple(fc.anything(), fc.anything()).map(cursor),
      fc.uint8Array().map((bytes) => toBase64Url(bytes)),
      fc.constantFrom(
        cursor([1, "' or 1=1 --"]),
        cursor([1, { $gt: "" }]),
        cursor({ "0": 1, "1": id(1) }),
        cursor([1, id(1), "more"]),
        cursor([1.5, id(1)]),
        cursor(["1", id(1)]),
        `${cursor([1, id(1)])}=`,
        `${cursor([1, id(1)])} `,
        "__proto__"
      )
    )
    fc.assert(
      fc.property(forged, (after) => {
        const exit = windowOf(after)
        if (Exit.isSuccess(exit)) {
          assert.isTrue(Option.isSome(exit.value.after) && Schema.is(Key)(exit.value.after.value))
          return
        }
        const error = Effect.runSync(Effect.flip(Page.window(Key, { after })))
        assert.deepStrictEqual(error.issues, [{ path: ["after"], code: "cursor" }])
      }),
      { numRuns: rounds(1000, 50_000) }
    )
    for (const after of ["", "x", cursor([1, "' or 1=1 --"]), cursor([1, id(1), 2]), `${cursor([1, id(1)])}=`]) {
      assert.isTrue(Exit.isFailure(windowOf(after)), after)
    }
    assert.deepStrictEqual(windowOf(cursor([1, id(1)])), Exit.succeed({ after: Option.some([1, id(1)]), limit: 25 }))
  })

  it("R-TE-08 a cursor that is longer than any is refused before it is read", () => {
    assert.isFalse(isInput({ after: "x".repeat(5001) }))
  })

  it("F-24 R-TE-08 a cursor of a text that no store can hold is refused at its field", () => {
    const Named = Schema.Tuple([Schema.String, Schema.Int])
    const named = (text: string) => Effect.runSyncExit(Page.window(Named, { after: cursor([text, 1]) }))
    for (const text of ["\u0000", "a\u0000b", "a\ud800b", "\udc00"]) {
      assert.deepStrictEqual(
        named(text),
        Exit.fail(new InvalidInput({ issues: [{ path: ["after"], code: "cursor" }] })),
        JSON.stringify(text)
      )
    }
    for (const text of ["", "ä\u{1f600}", "a\\u0000"]) assert.isTrue(Exit.isSuccess(named(text)), text)
  })

  it("G-06 the list goes on after a name of 100 characters, whatever they are in the form in which it is sorted", () => {
    for (const character of ["\ufdfa", "\u{1f600}", '"']) {
      const name = Schema.decodeSync(line(100))(character.repeat(100))
      const after = cursor([folded(name), id(1)])
      assert.isTrue(isInput({ after }), character)
      const window = Effect.runSync(Page.window(Schema.Tuple([Schema.String, TenantId]), { after }))
      assert.deepStrictEqual(window.after, Option.some([folded(name), id(1)] as const))
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Exit, Schema } from "effect"
import * as fc from "fast-check"
import { CustomerNumber, CustomerNumberFromInput, equal, normalForm } from "../../src/kernel/CustomerNumber.ts"

const parse = Schema.decodeUnknownExit(CustomerNumberFromInput)
const accepted = (input: unknown) => {
  const exit = parse(input)
  return Exit.isSuccess(exit) ? exit.value : undefined
}

/** A customer number that surely is one: groups of letters and digits. */
const groups = fc.array(fc.stringMatching(/^[A-Za-z0-9]{1,8}$/), { minLength: 1, maxLength: 4 })
const separator = fc.constantFrom(" ", "-", "  ", " - ", "\u2013", "\u00a0", "\t")

describe("CustomerNumber", () => {
  it("G-10 customer numbers compare without spaces, dashes, case and leading zeros", () => {
    for (const written of [
      "KD-00123",
      "kd00123",
      " KD 00123 ",
      "K D - 0 0 1 2 3",
      "00KD-00123",
      "ＫＤ００１２３",
      "KD\u201300123"
    ]) {
      assert.isTrue(equal(written, "KD-00123"), written)
    }
    assert.isTrue(equal("00012345", "12 345"))
    assert.isTrue(equal("0", "000"))
    for (const other of ["KD-123", "KD-001230", "DK-00123", "KD/00123", "KD.00123", ""]) {
      assert.isFalse(equal(other, "KD-00123"), other)
    }
    assert.isFalse(equal("10", "1"))
  })

  it("G-10 however a customer number is set apart, cased and filled up with zeros, it stays the same one", () =>
    fc.assert(
      fc.property(groups, separator, fc.nat({ max: 5 }), fc.boolean(), (parts, between, zeros, upper) => {
        const plain = parts.join("")
        const other = "0".repeat(zeros) + parts.join(between)
        assert.isTrue(equal(plain, upper ? other.toUpperCase() : other.toLowerCase()))
        assert.strictEqual(normalForm(normalForm(plain)), normalForm(plain))
      })
    ))

  it("G-10 two normal forms are equal only when letters and digits are, but for leading zeros and case", () =>
    fc.assert(
      fc.property(groups, groups, (a, b) => {
        const bare = (parts: ReadonlyArray<string>) => {
          const text = parts.join("").toLowerCase()
          let start = 0
          while (start < text.length - 1 && text[start] === "0") start++
          return text.slice(start)
        }
        assert.strictEqual(equal(a.join("-"), b.join(" ")), bare(a) === bare(b))
      })
    ))

  it("G-10 what is no customer number is refused with its code", () => {
    for (const input of [
      "",
      " ",
      "---",
      "a--",
      "-a",
      "KD_",
      "KD#1",
      "<b>",
      "Kd\u00002",
      "K\u00e41",
      "1".repeat(41),
      "1".repeat(100_000)
    ]) {
      const exit = parse(input)
      assert.isTrue(Exit.isFailure(exit), input.slice(0, 50))
      assert.include(String(exit), "customer-number")
    }
    assert.strictEqual(accepted("  KD \u2014 001  "), "KD - 001")
    assert.strictEqual(accepted("1/2.3_4"), "1/2.3_4")
  })

  it("G-10 what was accepted is accepted again as it is", () =>
    fc.assert(
      fc.property(groups, separator, (parts, between) => {
        const value = accepted(parts.join(between))
        if (value === undefined) return
        assert.isTrue(Schema.is(CustomerNumber)(value))
        assert.strictEqual(accepted(value), value)
      })
    ))
})

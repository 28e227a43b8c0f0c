import { assert, describe, it } from "@effect/vitest"
import { Exit, Option, Schema } from "effect"
import * as fc from "fast-check"
import { CountryFromInput, equal, normalForm, normalised, ofItsCountry } from "../../src/kernel/PostalCode.ts"

const Input = Schema.Struct({ postalCode: Schema.String, country: CountryFromInput }).check(ofItsCountry)
const parse = Schema.decodeUnknownExit(Input)

describe("PostalCode", () => {
  it("G-10 postal codes are checked per country: DE five digits, AT and CH four", () => {
    const digits = { DE: 5, AT: 4, CH: 4 }
    for (const [country, count] of Object.entries(digits)) {
      for (let length = 0; length <= 8; length++) {
        const code = "1234567890".slice(0, length)
        assert.strictEqual(Option.isSome(normalForm(country, code)), length === count, `${country} ${code}`)
      }
      assert.isTrue(Option.isNone(normalForm(country, `${"1".repeat(count - 1)}x`)))
      assert.isTrue(Option.isNone(normalForm(country, `${"1".repeat(count - 1)}\u0664`)), "digits of other scripts")
    }
  })

  it("G-10 postal codes are compared in normal form", () => {
    assert.isTrue(equal("DE", "01067", " 01 067 "))
    assert.isTrue(equal("DE", "D-10115", "10115"))
    assert.isTrue(equal("DE", "DE 10115", "１０１１５"))
    assert.isTrue(equal("AT", "A-1010", "1010"))
    assert.isTrue(equal("CH", "CH-8001", "8001"))
    assert.isTrue(equal("NL", "1012 ab", "1012AB"))
    assert.isTrue(equal("GB", "sw1a-1aa", "SW1A 1AA"))
    assert.isFalse(equal("DE", "10115", "10117"))
    assert.isFalse(equal("DE", "1010", "1010"), "what is no postal code of the country equals nothing")
    assert.isFalse(equal("CH", "A-8001", "8001"), "the prefix is the country's own")
  })

  it("G-10 the normal form of a normal form is itself", () =>
    fc.assert(
      fc.property(
        fc.constantFrom("DE", "AT", "CH", "NL", "GB", "FR"),
        fc.string({ maxLength: 12 }),
        (country, text) => {
          const once = normalForm(country, text)
          if (Option.isSome(once)) assert.deepStrictEqual(normalForm(country, once.value), once)
        }
      )
    ))

  it("G-10 a German postal code is found behind its country's prefix", () =>
    fc.assert(
      fc.property(fc.stringMatching(/^\d{5}$/), fc.constantFrom("", "D-", "DE ", "d"), (code, prefix) => {
        assert.deepStrictEqual(normalForm("DE", prefix + code), Option.some(code))
      })
    ))

  it("G-01 an input's postal code is refused at its field, its country at that one", () => {
    const valid = parse({ postalCode: "A 1010", country: " at " })
    assert.isTrue(Exit.isSuccess(valid))
    if (Exit.isSuccess(valid)) assert.strictEqual(normalised(valid.value), "1010")
    const code = String(parse({ postalCode: "10115", country: "AT" }))
    assert.include(code, "postal-code")
    assert.include(code, "postalCode")
    for (const country of ["", "XX", "EU", "Deutschland", "__proto__", "a".repeat(10_000)]) {
      assert.include(String(parse({ postalCode: "10115", country })), "country")
    }
  })
})

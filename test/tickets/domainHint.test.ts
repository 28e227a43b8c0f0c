import { Option } from "effect"
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { distance, domainHint } from "../../src/tickets/domainHint.ts"

const known = defaults.tickets.knownDomains
const hinted = (address: string) => Option.getOrNull(domainHint(EmailAddress.make(address), known))

describe("the hint at a mistyped domain", () => {
  it.each([
    ["ada@gmial.com", "ada@gmail.com"],
    ["ada@gmail.con", "ada@gmail.com"],
    ["ada@gmal.com", "ada@gmail.com"],
    ["ada@wbe.de", "ada@web.de"],
    ["ada@t-onlin.de", "ada@t-online.de"],
    ["ada@outlok.com", "ada@outlook.com"],
    ["ada+x@hotmial.com", "ada+x@hotmail.com"],
    ["ada@example.con", "ada@example.com"]
  ])("TIC-01 %s may mean %s", (typed, meant) => {
    expect(hinted(typed)).toBe(meant)
  })

  it("TIC-01 nothing is hinted at a known domain, or at one that is like none", () => {
    for (const domain of known) expect(hinted(`ada@${domain}`)).toBeNull()
    for (const address of ["ada@example.com", "ada@muster-gmbh.de", "ada@navy.mil"]) expect(hinted(address)).toBeNull()
  })

  it("TIC-01 the distance is symmetric, none to itself, and one for one slip", () => {
    const word = fc.string({ minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(word, word, fc.nat(11), (a, b, at) => {
        expect(distance(a, a, 2)).toBe(0)
        const there = distance(a, b, 20)
        expect(distance(b, a, 20)).toBe(there)
        const without = a.slice(0, at % a.length) + a.slice((at % a.length) + 1)
        expect(distance(a, without, 2)).toBe(1)
      })
    )
  })
})

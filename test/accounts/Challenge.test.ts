import { assert, describe, it } from "@effect/vitest"
import { Option } from "effect"
import { refusalOf } from "../../src/accounts/Challenge.ts"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { challenge } from "../../src/testing/accountSamples.ts"

const expiresAt = fromMillis(10_000)
const open = challenge(1, { device: "Firefox", expiresAt, attempts: 0 })

describe("Challenge", () => {
  it("R-TO-12 TFA-04 leads on for its own client, before its expiry, and while codes may be tried", () => {
    const cases = [
      { name: "as issued", challenge: open, device: "Firefox", now: 9_999, ok: true },
      { name: "the last attempt", challenge: { ...open, attempts: 4 }, device: "Firefox", now: 0, ok: true },
      { name: "no client known", challenge: { ...open, device: null }, device: null, now: 0, ok: true },
      { name: "used up", challenge: { ...open, attempts: 5 }, device: "Firefox", now: 0, ok: false },
      { name: "expired", challenge: open, device: "Firefox", now: 10_000, ok: false },
      { name: "another client", challenge: open, device: "Chrome", now: 0, ok: false },
      { name: "a client that says nothing", challenge: open, device: null, now: 0, ok: false }
    ]
    for (const { challenge, device, name, now, ok } of cases) {
      const refusal = refusalOf(challenge, { device, now: fromMillis(now), settings: defaults })
      assert.strictEqual(Option.isNone(refusal), ok, name)
    }
  })
})

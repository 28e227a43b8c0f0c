import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import { AlreadyRegistered, confirm, endOf, isOpen, type Registration } from "../../src/accounts/Registration.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { RegistrationId } from "../../src/kernel/ids.ts"
import { defaults } from "../../src/kernel/Settings.ts"

const registration: Registration = {
  id: RegistrationId.make("01890000-0000-7000-8000-000000000001"),
  email: EmailAddress.make("grace@example.com"),
  firstName: "Grace",
  lastName: "Hopper",
  locale: "en",
  companyName: null,
  consents: [],
  passwordHash: "hash of the attempt",
  factor: { sealedSecret: "sealed", step: 7 },
  addressTaken: false,
  createdAt: Instant.fromMillis(1_700_000_000_000)
}

const days = (count: number) => Instant.plus(registration.createdAt, count * 86_400_000)

describe("Registration", () => {
  it("REG-07 an attempt is open for seven days, and not at their end", () => {
    assert.strictEqual(endOf(registration, defaults), days(7))
    for (const now of [days(0), days(6), Instant.fromMillis(days(7) - 1)]) {
      assert.isTrue(isOpen(registration, defaults, now))
    }
    assert.isFalse(isOpen(registration, defaults, days(7)))
  })

  it("REG-03 an attempt for a taken address is never open", () =>
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 700_000_000 }), (after) => {
        const now = Instant.fromMillis(registration.createdAt + after)
        assert.isFalse(isOpen({ ...registration, addressTaken: true }, defaults, now))
      })
    ))

  it("REG-06 R-SO-08 the factor becomes real with the attempt's own password only", () => {
    const known = confirm(registration, { passwordHash: "hash of the attempt", known: true }, { hasAccount: false })
    assert.deepStrictEqual(Result.getOrThrow(known), {
      passwordHash: "hash of the attempt",
      factor: registration.factor
    })
    const replaced = confirm(registration, { passwordHash: "another", known: false }, { hasAccount: false })
    assert.deepStrictEqual(Result.getOrThrow(replaced), { passwordHash: "another", factor: null })
  })

  it("REG-02 V-22 an address with an account is confirmed by no attempt, whatever is known", () => {
    for (const known of [true, false]) {
      const decided = confirm(registration, { passwordHash: "hash", known }, { hasAccount: true })
      assert.isTrue(Result.isFailure(decided) && decided.failure instanceof AlreadyRegistered)
    }
  })
})

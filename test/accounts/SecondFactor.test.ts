import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import * as fc from "fast-check"
import { generateSync } from "otplib"
import { vi } from "vitest"
import {
  provisioningUri,
  recoveryCodeIn,
  recoveryCodeOf,
  secretOf,
  verifyCode
} from "../../src/accounts/SecondFactor.ts"
import { hashRecoveryCode, newAuthenticatorSecret, newRecoveryCodes } from "../../src/accounts/secondFactorSecrets.ts"
import { Crypto } from "../../src/kernel/Crypto.ts"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { AccountId } from "../../src/kernel/ids.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"

const secret = secretOf(new Uint8Array(20).map((_, i) => i * 11))
const codeOfStep = (step: number): string =>
  generateSync({ secret: Redacted.value(secret), epoch: step * 30, algorithm: "sha1", digits: 6, period: 30 })
const verify = (code: string, lastStep: number | null, seconds: number): number | undefined =>
  Option.getOrUndefined(
    verifyCode({ secret, code: Redacted.make(code), lastStep, now: fromMillis(Math.floor(seconds * 1000)) })
  )

// 2026-01-01T00:00:00Z is the start of a step
const NOW = 1_767_225_600
const STEP = NOW / 30

describe("the library", () => {
  const seed = "1234567890".repeat(7)
  const seedOf = (length: number) => new TextEncoder().encode(seed.slice(0, length))

  it("R-TO-01 gives the HOTP values of RFC 4226 appendix D", () => {
    const values = Array.from({ length: 10 }, (_, counter) =>
      generateSync({ strategy: "hotp", secret: seedOf(20), counter })
    )
    assert.deepStrictEqual(values, [
      "755224",
      "287082",
      "359152",
      "969429",
      "338314",
      "254676",
      "287922",
      "162583",
      "399871",
      "520489"
    ])
  })

  it("R-TO-01 gives the TOTP values of RFC 6238 appendix B with SHA-1, SHA-256 and SHA-512", () => {
    const values = [59, 1111111109, 1111111111, 1234567890, 2000000000, 20000000000].map((epoch) => [
      generateSync({ secret: seedOf(20), epoch, digits: 8, algorithm: "sha1" }),
      generateSync({ secret: seedOf(32), epoch, digits: 8, algorithm: "sha256" }),
      generateSync({ secret: seedOf(64), epoch, digits: 8, algorithm: "sha512" })
    ])
    assert.deepStrictEqual(values, [
      ["94287082", "46119246", "90693936"],
      ["07081804", "68084774", "25091201"],
      ["14050471", "67062674", "99943326"],
      ["89005924", "91819424", "93441116"],
      ["69279037", "90698825", "38618901"],
      ["65353130", "77737706", "47863826"]
    ])
  })
})

describe("the secret", () => {
  it("TFA-01 is base 32 as in RFC 4648 section 10", () => {
    assert.strictEqual(Redacted.value(secretOf(new TextEncoder().encode("foobar"))), "MZXW6YTBOI")
    assert.strictEqual(Redacted.value(secretOf(new TextEncoder().encode("fooba"))), "MZXW6YTB")
  })

  it.effect("R-TO-02 TFA-01 has 160 bits, all of them from the crypto port", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const crypto = yield* Crypto
      const made = yield* Effect.provideService(newAuthenticatorSecret, Crypto, {
        ...crypto,
        randomBytes: (count) =>
          Effect.sync(() => {
            asked.push(count)
            return new Uint8Array(count).map((_, i) => i * 11)
          })
      })
      assert.deepStrictEqual(asked, [20])
      assert.strictEqual(Redacted.value(made), Redacted.value(secret))
      assert.match(Redacted.value(made), /^[A-Z2-7]{32}$/)
      const [one, other] = [yield* newAuthenticatorSecret, yield* newAuthenticatorSecret]
      assert.notStrictEqual(Redacted.value(one), Redacted.value(other))
    }).pipe(Effect.provide(layerCryptoNode))
  )

  it("TFA-01 comes as otpauth URI with issuer and account, ready for a QR code", () => {
    const uri = provisioningUri({ secret, issuer: "Müller: Portal", account: "ada+1@example.com" })
    const url = new URL(Redacted.value(uri))
    assert.strictEqual(url.protocol, "otpauth:")
    assert.strictEqual(url.host, "totp")
    assert.strictEqual(decodeURIComponent(url.pathname), "/Müller  Portal:ada+1@example.com")
    assert.deepStrictEqual(Object.fromEntries(url.searchParams), {
      secret: Redacted.value(secret),
      issuer: "Müller  Portal"
    })
    assert.notInclude(String(uri) + JSON.stringify(uri), Redacted.value(secret))
  })
})

describe("a code", () => {
  it("TFA-02 R-TO-04 is accepted within one step of drift each side and no further", () => {
    for (const [drift, accepted] of [
      [-2, false],
      [-1, true],
      [0, true],
      [1, true],
      [2, false]
    ] as const) {
      for (const second of [0, 1, 29, 29.999]) {
        const step = verify(codeOfStep(STEP + drift), null, NOW + second)
        assert.strictEqual(step, accepted ? STEP + drift : undefined, `drift ${drift}, second ${second}`)
      }
    }
  })

  it("TFA-02 R-TO-05 is accepted only for a step later than the last accepted one", () => {
    assert.strictEqual(verify(codeOfStep(STEP), STEP - 1, NOW), STEP)
    assert.strictEqual(verify(codeOfStep(STEP), STEP, NOW), undefined)
    assert.strictEqual(verify(codeOfStep(STEP), STEP, NOW + 30), undefined)
    assert.strictEqual(verify(codeOfStep(STEP - 1), STEP, NOW), undefined)
    assert.strictEqual(verify(codeOfStep(STEP + 1), STEP, NOW), STEP + 1)
    assert.strictEqual(verify(codeOfStep(STEP + 1), STEP + 1, NOW + 30), undefined)
  })

  it("V-13 R-TO-05 accepted steps always increase, whatever is typed when and however the clock jumps", () => {
    const attempt = fc.record({ at: fc.integer({ min: -120, max: 120 }), code: fc.integer({ min: -4, max: 4 }) })
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 30 }), (attempts) => {
        let last: number | null = null
        for (const { at, code } of attempts) {
          const step: number | undefined = verify(codeOfStep(STEP + code), last, NOW + at)
          if (step === undefined) continue
          assert.isTrue(last === null || step > last)
          assert.isAtMost(Math.abs(step - Math.floor((NOW + at) / 30)), 1)
          last = step
        }
      }),
      { numRuns: 200 }
    )
  })

  it("TFA-02 the clock set back, or before 1970, makes every code an old one and nothing fails", () => {
    assert.strictEqual(verify(codeOfStep(STEP), STEP + 1000, NOW), undefined)
    assert.strictEqual(verify(codeOfStep(STEP), null, -1), undefined)
    assert.strictEqual(verify(codeOfStep(0), null, 0), 0)
  })

  it("TFA-02 may be typed in groups, and is nothing but six digits", () => {
    const code = codeOfStep(STEP)
    for (const typed of [code, ` ${code} `, `${code.slice(0, 3)} ${code.slice(3)}`, [...code].join("\u00a0")]) {
      assert.strictEqual(verify(typed, null, NOW), STEP, typed)
    }
    for (const typed of [
      "",
      code.slice(1),
      `${code}0`,
      `-${code}`,
      `${code}a`,
      `+${code.slice(1)}`,
      " ".repeat(1e6) + code
    ]) {
      assert.strictEqual(verify(typed, null, NOW), undefined)
    }
  })

  it("TFA-02 what is no current code is never accepted", () => {
    const current = new Set([-1, 0, 1].map((drift) => codeOfStep(STEP + drift)))
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc.integer({ min: 0, max: 999_999 }).map((n) => String(n).padStart(6, "0"))
        ),
        (typed) => {
          fc.pre(!current.has(typed.replaceAll(/\s/g, "")))
          return verify(typed, null, NOW) === undefined
        }
      )
    )
  })

  it("R-TO-16 the library takes neither time nor randomness from the machine", () => {
    const spies = [
      vi.spyOn(Date, "now").mockImplementation(() => {
        throw new Error("asked for the time")
      }),
      vi.spyOn(globalThis.crypto, "getRandomValues").mockImplementation(() => {
        throw new Error("asked for randomness")
      })
    ]
    try {
      assert.strictEqual(verify(codeOfStep(STEP), null, NOW), STEP)
      provisioningUri({ secret, issuer: "Portico", account: "ada@example.com" })
    } finally {
      for (const spy of spies) spy.mockRestore()
    }
  })
})

describe("a recovery code", () => {
  const [ada, bob] = [
    AccountId.make("0190a6b0-0000-7000-8000-000000000001"),
    AccountId.make("0190a6b0-0000-7000-8000-000000000002")
  ]
  const bytes = fc.uint8Array({ minLength: 16, maxLength: 16 })

  it.effect("TFA-03 R-TO-13 ten of them come from 128 random bits each and differ", () =>
    Effect.gen(function* () {
      const asked: Array<number> = []
      const crypto = yield* Crypto
      const codes = yield* Effect.provideService(newRecoveryCodes(10), Crypto, {
        ...crypto,
        randomBytes: (count) => {
          asked.push(count)
          return crypto.randomBytes(count)
        }
      })
      assert.deepStrictEqual(asked, new Array<number>(10).fill(16))
      const shown = codes.map(Redacted.value)
      assert.strictEqual(new Set(shown).size, 10)
      for (const code of shown) assert.match(code, /^(?:[0-9A-HJKMNP-TV-Z]{5}-){4}[0-9A-HJKMNP-TV-Z]{5}$/)
      assert.notInclude(String(codes) + JSON.stringify(codes), shown[0]?.slice(0, 5) ?? "none")
    }).pipe(Effect.provide(layerCryptoNode))
  )

  it("R-TO-13 carries 125 bits: each of them changes the code", () => {
    fc.assert(
      fc.property(bytes, fc.integer({ min: 0, max: 124 }), (random, bit) => {
        const changed = Uint8Array.from(random)
        const index = Math.floor(bit / 8)
        changed[index] = (changed[index] ?? 0) ^ (0x80 >> (bit % 8))
        return Redacted.value(recoveryCodeOf(random)) !== Redacted.value(recoveryCodeOf(changed))
      })
    )
  })

  it("TFA-03 is recognised however it is typed", () => {
    fc.assert(
      fc.property(
        bytes,
        fc.constantFrom("", "-", " ", "–", " - "),
        fc.boolean(),
        fc.boolean(),
        (random, between, lower, alike) => {
          const shown = Redacted.value(recoveryCodeOf(random))
          const typed = shown.split("-").join(between)
          const letters = alike ? typed.replaceAll("0", "O").replaceAll("1", "I") : typed
          const input = lower ? letters.toLowerCase() : letters
          const code = Option.map(recoveryCodeIn(Redacted.make(input)), Redacted.value)
          return Option.getOrUndefined(code) === shown.replaceAll("-", "")
        }
      )
    )
  })

  it("TFA-03 what has another length or other characters is none", () => {
    const shown = Redacted.value(recoveryCodeOf(new Uint8Array(16).fill(0xa5)))
    for (const typed of [
      "",
      "123456",
      shown.slice(1),
      `${shown}0`,
      shown.replace(/^./, "U"),
      "-".repeat(1e6) + shown
    ]) {
      assert.isTrue(Option.isNone(recoveryCodeIn(Redacted.make(typed))), typed.slice(0, 40))
    }
  })

  it.effect("R-TO-13 TFA-03 is stored as a hash that is bound to the account", () =>
    Effect.gen(function* () {
      const code = recoveryCodeOf(new Uint8Array(16))
      assert.strictEqual(Redacted.value(code), "00000-00000-00000-00000-00000")
      const stored = Option.getOrThrow(yield* hashRecoveryCode(ada, code))
      // SHA-256 over "portico/recovery-code", the account's id and 25 zeros, each on a line of its own
      assert.strictEqual(stored, "ae79ff5e8b5876906830e5d27ea54b183cb5d3acdd717737e29de40a98abe872")
      assert.deepStrictEqual(
        yield* hashRecoveryCode(ada, Redacted.make("ooooo ooooo ooooo ooooo ooooo")),
        Option.some(stored)
      )
      assert.notDeepEqual(yield* hashRecoveryCode(bob, code), Option.some(stored))
      assert.isTrue(Option.isNone(yield* hashRecoveryCode(ada, Redacted.make(stored))))
    }).pipe(Effect.provide(layerCryptoNode))
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Redacted } from "effect"
import * as fc from "fast-check"
import { longPasswords } from "../../src/accounts/longPasswords.ts"
import {
  commonWords,
  ownWords,
  PasswordFault,
  PasswordRefused,
  passwordFaultTexts,
  refusalOf
} from "../../src/accounts/Password.ts"
import { CommonPasswords, checkPassword, PasswordBreaches } from "../../src/accounts/passwordPolicy.ts"
import { fill } from "../../src/kernel/Refusal.ts"
import * as Settings from "../../src/kernel/Settings.ts"

const rules = Settings.defaults.password
const common = await Effect.runPromise(Effect.flatten(CommonPasswords))
const names = {
  person: ["Ada", "Lovelace-Müller", "ada.lovelace@mail.example.co.uk"],
  tenant: ["Gärtnerei Grün GmbH"],
  product: ["Portico"]
}
const own = ownWords(names)

const fault = (password: string, over: { readonly rules?: typeof rules; readonly own?: typeof own } = {}) =>
  Option.match(refusalOf(Redacted.make(password), { rules, common, own, ...over }), {
    onNone: () => "accepted",
    onSome: ({ owner, reason }) => (owner === undefined ? reason : `${reason} of the ${owner}`)
  })

/** Nothing in it that anybody could know. */
const good = "k3n#Vt9!qLw2zRp"

/** Printable ASCII at random, which no policy may refuse. */
const randomPassword = (minLength: number, maxLength: number) =>
  fc
    .uint8Array({ minLength: maxLength * 2, maxLength: maxLength * 2 })
    .map((bytes) => [...bytes].map((byte) => String.fromCodePoint(0x21 + (byte % 94))).join(""))
    .chain((text) => fc.integer({ min: minLength, max: maxLength }).map((length) => text.slice(0, length)))

describe("length", () => {
  it("R-PW-01 AUT-02 14 characters are too few, 15 are enough", () => {
    assert.strictEqual(good.length, 15)
    assert.strictEqual(fault(good), "accepted")
    assert.strictEqual(fault(good.slice(1)), "too-short")
    assert.strictEqual(fault(""), "too-short")
  })

  it("R-PW-02 AUT-02 128 characters are accepted, 129 and ten million are refused and not cut", () => {
    const long = good.repeat(9)
    const varied = [...long].map((char, i) => (i % 3 === 0 ? String.fromCodePoint(0x4e00 + i * 7) : char)).join("")
    assert.strictEqual(fault(varied.slice(0, 64)), "accepted")
    assert.strictEqual(fault(varied.slice(0, 128)), "accepted")
    assert.strictEqual(fault(varied.slice(0, 129)), "too-long")
    assert.strictEqual(fault("x".repeat(10_000_000)), "too-long")
  })

  it("R-PW-03 AUT-02 code points are counted, not UTF-16 units", () => {
    const animals = "🦊🐙🦑🐳🐬🐟🐠🐡🦈🐊🐢🦎🐍🦖🦕"
    assert.strictEqual(animals.length, 30)
    assert.strictEqual(fault(animals), "accepted")
    assert.strictEqual(fault(animals.slice(2)), "too-short")
    const hundredTwentyEight = Array.from({ length: 128 }, (_, i) => String.fromCodePoint(0x1f300 + i)).join("")
    assert.strictEqual(fault(hundredTwentyEight), "accepted")
    assert.strictEqual(fault(`${hundredTwentyEight}🦊`), "too-long")
  })

  it("the bounds are settings", () => {
    assert.strictEqual(fault("k3n#Vt9!", { rules: { minLength: 8, maxLength: 64 } }), "accepted")
    assert.strictEqual(fault(good.repeat(5), { rules: { minLength: 8, maxLength: 64 } }), "too-long")
  })

  it("half of a surrogate pair is refused, for all of them would be stored alike", () => {
    assert.strictEqual(fault(`\ud83e${good}`), "malformed")
    assert.strictEqual(fault(`${good}\udd8a`), "malformed")
  })
})

describe("composition", () => {
  it("R-PW-04 AUT-02 a password of one kind of character is accepted", () => {
    const passwords = {
      "lower case letters": "vkqjzmwtrxpnhgd",
      "upper case letters": "VKQJZMWTRXPNHGD",
      digits: "827491364827495",
      "hexadecimal digits": "4cb96c041987684",
      signs: "#!%&=+*~^?<>|_:",
      "spaces between words": "mein hund heißt bello",
      "spaces at the ends": " vkqj zmwt rxpn ",
      "Cyrillic letters": "мойпарольоченьдлинный",
      "Chinese characters": "我的密码是一个很长的句子没有人知道",
      "control characters": "vkqj\u0000zmwt\u0007rxpn\u001bq"
    }
    for (const [kind, password] of Object.entries(passwords)) {
      assert.strictEqual(fault(password), "accepted", kind)
    }
  })

  it("R-PW-04 AUT-02 passphrases of three and more listed words are accepted", () => {
    for (const passphrase of [
      "correct horse battery staple",
      "correcthorsebatterystaple",
      "monkey-dragon-shadow",
      "Ada likes purple bicycles",
      "dragon-window-carpet-Portico"
    ]) {
      assert.strictEqual(fault(passphrase), "accepted", passphrase)
    }
  })

  it("R-PW-04 AUT-02 never refuses what was chosen at random", () => {
    fc.assert(
      fc.property(randomPassword(15, 128), (password) => fault(password) === "accepted"),
      { numRuns: 500, seed: 7 }
    )
  })
})

describe("common passwords", () => {
  it("R-PW-08 AUT-02 a list of more than 3,000 that meet the length is known, and all of it refused", () => {
    assert.strictEqual(longPasswords.length, 3000)
    for (const password of longPasswords) {
      assert.isTrue([...password].length >= 15)
      assert.strictEqual(fault(password), "common")
      assert.strictEqual(fault(password.toUpperCase()), "common")
    }
  })

  it("AUT-02 R-PW-08 a listed word that is repeated or extended is common", () => {
    for (const password of [
      "passwordpassword",
      "password1234567",
      "qwertyqwertyqwe",
      "Password2024!!!!",
      "P@ssw0rdP@ssw0rd",
      "password8274913",
      "monkey837261945",
      "!!!!!!!!!dragon",
      "iloveyouforever",
      "passwordkjq12345",
      "dragonfly dragonfly dragonfly 1",
      "summer2024summer",
      "passwort-passwort",
      "pässwördpässwörd",
      "ＰＡＳＳＷＯＲＤ１２３４５６７",
      "Willkommen123456",
      "qwertz20242025!!",
      "1qay2wsx3edc4rfv",
      "abcdefghijklmno",
      "123456789012345",
      "987654321098765",
      "aaaaaaaaaaaaaaa",
      "a1111111111111111",
      "abcabcabcabcabc",
      "kjqwkjqwkjqwkjqw",
      "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊"
    ]) {
      assert.strictEqual(fault(password), "common", password)
    }
  })

  const listed = fc.constantFrom(...[...common.keys()].filter((word) => /[a-z]/.test(word) && word.length < 15))

  it("AUT-02 R-PW-08 a listed word is never accepted repeated", () => {
    fc.assert(
      fc.property(listed, fc.integer({ min: 15, max: 128 }), (word, length) => {
        const repeated = word.repeat(Math.ceil(length / word.length)).slice(0, length)
        return fault(repeated) !== "accepted"
      }),
      { numRuns: 500 }
    )
  })

  it("AUT-02 R-PW-08 a listed word is never accepted extended with digits and signs, in any case", () => {
    const extension = fc.string({ unit: fc.constantFrom(..."0123456789 !?.-_#*+"), minLength: 0, maxLength: 20 })
    fc.assert(
      fc.property(listed, extension, extension, fc.boolean(), (word, before, after, upper) => {
        const extended = `${before}${upper ? word.toUpperCase() : word}${after}`.padEnd(15, "1")
        return fault(extended) !== "accepted"
      }),
      { numRuns: 500 }
    )
  })
})

describe("own words", () => {
  it("AUT-02 R-PW-08 a password made of words of the person, the tenant or the product is refused, and whose they are is said", () => {
    const passwords = {
      adalovelace12345: "person",
      "Ada Lovelace Mueller!": "person",
      "ada.lovelace@mail.example.co.uk": "person",
      "L0vel4ce-L0vel4ce": "person",
      "gärtnerei-grün-1": "tenant",
      "Gaertnerei Gruen 2024": "tenant",
      "GARTNEREIGRUN!!!": "tenant",
      "portico-password1": "product",
      PorticoPorticoPo: "product"
    }
    for (const [password, owner] of Object.entries(passwords)) {
      assert.strictEqual(fault(password), `own-words of the ${owner}`, password)
    }
  })

  it("AUT-02 they are refused to their owners only", () => {
    assert.strictEqual(fault("gärtnerei-grün-1", { own: ownWords({ person: ["Bob"] }) }), "accepted")
  })

  it("AUT-02 a name in an otherwise good password is fine", () => {
    assert.strictEqual(fault(`Ada ${good}`), "accepted")
    assert.strictEqual(fault("Portico wächst mit jedem Kunden"), "accepted")
  })

  it("AUT-02 any order of own words with digits and signs is refused", () => {
    const part = fc.oneof(
      fc.constantFrom("ada", "Lovelace", "MÜLLER", "Mueller", "gaertnerei", "Grün", "gmbh", "Portico", "example"),
      fc.constantFrom("1", "2024", "!", "-", " ", "_", "007")
    )
    fc.assert(
      fc.property(fc.array(part, { minLength: 4, maxLength: 12 }), (parts) => {
        const password = parts.join("")
        return [...password].length < 15 || !/\p{L}/u.test(password) || fault(password).startsWith("own-words")
      }),
      { numRuns: 500 }
    )
  })
})

describe("the refusal", () => {
  it("R-PW-08 AUT-02 names the reason in both languages, and neither the password nor a part of it", () => {
    for (const reason of PasswordFault.literals) {
      for (const text of [passwordFaultTexts[reason].de, passwordFaultTexts[reason].en]) {
        assert.match(fill(text, rules), /^[A-Z][^{}]+\.$/)
      }
    }
    const refusal = Option.getOrThrow(refusalOf(Redacted.make("lovelacelovelace"), { rules, common, own }))
    assert.deepStrictEqual(
      refusal,
      new PasswordRefused({ reason: "own-words", owner: "person", minLength: 15, maxLength: 128 })
    )
    assert.strictEqual(refusal.category, "invalid")
    for (const shown of [JSON.stringify(refusal), String(refusal), refusal.message]) {
      assert.notMatch(shown, /lovelace/i)
    }
  })
})

describe("hostile input", () => {
  it("R-SC-07 the work stays bounded for the worst passwords and names", () => {
    const worst = [
      "ﷺ".repeat(128),
      "a".repeat(128),
      "ab".repeat(64),
      "qwertyuiop".repeat(13).slice(0, 128),
      "p@".repeat(64),
      "\u0301".repeat(128),
      "1!".repeat(64)
    ]
    const hostile = ownWords({ person: ["a".repeat(50_000), "- ".repeat(50_000)], tenant: worst })
    const start = process.hrtime.bigint()
    for (const password of worst) fault(password, { own: hostile })
    assert.isBelow(Number(process.hrtime.bigint() - start) / 1e6, 2000)
  })

  it("R-SC-07 always answers, whatever is typed", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary", maxLength: 200 }),
        fc.array(fc.string({ unit: "binary" })),
        (text, person) => {
          fault(text, { own: ownWords({ person }) })
        }
      ),
      { numRuns: 300 }
    )
  })
})

describe("the policy of every path", () => {
  const check = (password: string) => Effect.result(checkPassword(Redacted.make(password), names))
  const reasonOf = (password: string) =>
    Effect.map(Effect.flip(checkPassword(Redacted.make(password), names)), ({ reason }) => reason)

  it.effect("AUT-02 takes length and product from the settings", () =>
    Effect.gen(function* () {
      assert.strictEqual(yield* reasonOf("k3n#Vt9!"), "too-short")
      assert.strictEqual((yield* check(good))._tag, "Success")
      assert.strictEqual(yield* reasonOf("Portico 2024 2024"), "own-words")
      const acme = Settings.layer({ password: { minLength: 8 }, product: { name: "Acme Cloud" } })
      assert.strictEqual((yield* Effect.provide(check("k3n#Vt9!"), acme))._tag, "Success")
      assert.strictEqual(yield* Effect.provide(reasonOf("AcmeCloud2024"), acme), "own-words")
    })
  )

  it.effect("R-PW-08 the list of common passwords can be replaced", () =>
    Effect.gen(function* () {
      const list = Effect.succeed(commonWords(["vkqjzmwtrxpnhgd"]))
      assert.strictEqual((yield* check("vkqjzmwtrxpnhgd"))._tag, "Success")
      const reason = yield* Effect.provideService(reasonOf("VKQJZMWTRXPNHGD"), CommonPasswords, list)
      assert.strictEqual(reason, "common")
    })
  )

  it.effect("R-PW-08 a password that the breach port knows is refused; the port is asked last", () =>
    Effect.gen(function* () {
      const asked: Array<string> = []
      const breaches = (password: Redacted.Redacted) =>
        Effect.sync(() => {
          asked.push(Redacted.value(password))
          return Redacted.value(password) === good
        })
      const withBreaches = Effect.provideService(PasswordBreaches, breaches)
      assert.strictEqual(yield* withBreaches(reasonOf(good)), "breached")
      assert.strictEqual((yield* withBreaches(check(`${good}x`)))._tag, "Success")
      assert.strictEqual(yield* withBreaches(reasonOf("passwordpassword")), "common")
      assert.deepStrictEqual(asked, [good, `${good}x`])
    })
  )
})

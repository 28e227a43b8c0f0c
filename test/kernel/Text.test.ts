import { assert, describe, it } from "@effect/vitest"
import { Redacted, Result, Schema } from "effect"
import * as fc from "fast-check"
import { block, codePoints, inLocale, Locale, line, optionalLine, secret, worded } from "../../src/kernel/Text.ts"

const decoder = (schema: Schema.Codec<string, string>) => {
  const decode = Schema.decodeUnknownResult(schema)
  return (value: unknown) => Result.getOrElse(decode(value), () => undefined)
}

describe("text that a person typed", () => {
  const name = decoder(line(10))

  it("R-MA-01 one line is trimmed, composed, and holds no control character", () => {
    assert.strictEqual(name("  Ada  L. \n"), "Ada  L.")
    assert.strictEqual(name("u\u0308ber"), "über")
    for (const control of ["\r", "\n", "\u0000", "\t", "\u001b", "\u007f", "\u0085", "\u2028", "\u2029"]) {
      assert.isUndefined(name(`a${control}b`), JSON.stringify(control))
    }
  })

  it("NIST 3.1.1.2 its length is counted in characters as people see them", () => {
    assert.strictEqual(name("👋".repeat(10)), "👋".repeat(10))
    assert.isUndefined(name("👋".repeat(11)))
    assert.isUndefined(name("x".repeat(11)))
    assert.strictEqual(codePoints("a👋ä"), 3)
  })

  it("half of a surrogate pair is refused, which not every store could keep", () => {
    for (const half of ["a\ud800b", "\udc00", "a\ud83d"]) {
      assert.isUndefined(name(half), JSON.stringify(half))
      assert.isUndefined(decoder(block(20))(half), JSON.stringify(half))
    }
  })

  it("is something to see where it must not be empty", () => {
    for (const nothing of ["\u200b", "\u2060 \u200d", "\u3164", "\u202e", "\u00ad", "\ufe0f"]) {
      assert.isUndefined(name(nothing), JSON.stringify(nothing))
    }
    for (const visible of ["x\u200b", "👨‍👩‍👧", "نه‌ای"]) assert.strictEqual(name(visible), visible)
  })

  it("turns nothing around that stands beside it", () => {
    for (const turn of ["\u202a", "\u202b", "\u202d", "\u202e", "\u2066", "\u2067", "\u2068"]) {
      assert.strictEqual(name(`${turn}a${turn}b\u202c\u2069`), "ab", JSON.stringify(turn))
      assert.strictEqual(decoder(optionalLine(10))(turn), "")
    }
    for (const text of ["שלום", "مرحبا", "a\u200fb"]) assert.strictEqual(name(text), text)
  })

  it("may be empty only where that is allowed", () => {
    for (const empty of ["", "  ", "\n"]) {
      assert.isUndefined(name(empty))
      assert.strictEqual(decoder(optionalLine(10))(empty), "")
    }
  })

  it("a block has lines and tabs, and one kind of line end", () => {
    const text = decoder(block(20))
    assert.strictEqual(text(" a\r\nb\tc\n"), "a\nb\tc")
    for (const bad of ["a\rb", "a\u0000b", "x".repeat(21)]) assert.isUndefined(text(bad))
  })

  it("R-SC-07 huge input is refused at once", () => {
    const started = performance.now()
    for (const part of ["x", " ", "\n", "👋", "\u0300"]) {
      assert.isUndefined(name(`a${part.repeat(1_000_000)}b`))
      assert.isUndefined(decoder(block(1000))(`a${part.repeat(1_000_000)}b`))
    }
    assert.isBelow(performance.now() - started, 3000)
  })

  it("what was read once is read again as the same", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (typed) => {
        const read = name(typed)
        if (read !== undefined) assert.strictEqual(name(read), read)
      })
    )
  })

  it("R-SC-03 a secret is taken hidden, neither empty nor too long", () => {
    const isSecret = Schema.is(secret(10))
    assert.isTrue(isSecret(Redacted.make("x".repeat(10))))
    for (const other of [Redacted.make(""), Redacted.make("x".repeat(11)), "plain", Redacted.make(7)]) {
      assert.isFalse(isSecret(other))
    }
  })
})

describe("languages", () => {
  it("G-12 are tags of one or two parts", () => {
    for (const tag of ["de", "en", "de-AT"]) assert.isTrue(Schema.is(Locale)(tag))
    for (const tag of ["", "DE", "deu", "de_AT", "de-at", "de-AT-x", "__proto__", "de\n"]) {
      assert.isFalse(Schema.is(Locale)(tag), tag)
    }
  })

  it("G-08 a text is in its own language, else in its country's, else in German", () => {
    const texts = { de: "deutsch", en: "English", "de-AT": "österreichisch" }
    assert.strictEqual(inLocale(texts, "de-AT"), "österreichisch")
    assert.strictEqual(inLocale(texts, "de-CH"), "deutsch")
    assert.strictEqual(inLocale(texts, "en-GB"), "English")
    assert.strictEqual(inLocale(texts, "fr"), "deutsch")
    assert.strictEqual(inLocale(texts, "constructor"), "deutsch")
  })

  it("G-12 the application's words stand in place of the library's, in its languages and in others", () => {
    const text = { de: "deutsch", en: "English" }
    const ours = { de: { a: "unser Deutsch" }, fr: { a: "français", constructor: "x" }, "en-GB": { a: "our English" } }
    assert.strictEqual(worded(ours, "de", "a", text), "unser Deutsch")
    assert.strictEqual(worded(ours, "de-AT", "a", text), "unser Deutsch")
    assert.strictEqual(worded(ours, "fr-CA", "a", text), "français")
    assert.strictEqual(worded(ours, "en-GB", "a", text), "our English")
    assert.strictEqual(worded(ours, "en", "a", text), "English")
    // of a language that nobody has the words of, as without the application, but in its German
    assert.strictEqual(worded(ours, "it", "a", text), "unser Deutsch")
    assert.strictEqual(worded(ours, "fr", "b", text), "deutsch")
    assert.strictEqual(worded(ours, "fr", "toString", text), "deutsch")
    assert.strictEqual(worded(ours, "toString", "a", text), "unser Deutsch")
  })
})

import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import * as Settings from "../../src/kernel/Settings.ts"
import { inertLine, inertLines } from "../../src/mail/inert.ts"
import type { MailContent } from "../../src/mail/MailContent.ts"
import { contextOf, ForeignAddress, render, subjectLine } from "../../src/mail/render.ts"
import { rounds } from "../support/rounds.ts"

const settings = Settings.make({ links: { base: "https://portal.example.com" }, product: { name: "Portal & Co" } })
const show = (content: MailContent, locale = "de") => render(content, "Betreff", settings, locale)

const tagsOf = (html: string): ReadonlyArray<string> => html.match(/<[^>]*>/g) ?? []

const unescape = (html: string): string =>
  html
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&quot;", '"')
    .replaceAll("&#39;", "'")
    .replaceAll("&amp;", "&")

const hostile = fc.oneof(
  fc.string({ unit: "grapheme", maxLength: 40 }),
  fc.string({
    unit: fc.constantFrom("<", ">", "&", '"', "'", "/", "a", "=", " ", "\n", "\r", "\0", "`", ";"),
    maxLength: 40
  }),
  fc.constantFrom(
    "<script>alert(1)</script>",
    "</p><a href=//evil.example>",
    "&lt;b&gt;",
    '" onmouseover="x',
    "<!--",
    "]]>",
    "{{constructor}}",
    "{product}",
    "%s",
    "\u2028<b>",
    "<\u0000script>"
  )
)

const contentOf = (text: () => string): MailContent => ({
  greeting: text(),
  paragraphs: [text(), text()],
  quote: text(),
  details: [{ label: text(), value: text() }],
  button: { label: text(), url: "https://portal.example.com/open/x?a=1&b=2" },
  closing: [text()]
})

describe("a mail's HTML", () => {
  it("OUT-07 has the tags of its template, whatever the texts are", () => {
    const expected = tagsOf(show(contentOf(() => "harmless")).html)
    fc.assert(
      fc.property(fc.array(hostile, { minLength: 8, maxLength: 8 }), (texts) => {
        let index = 0
        const content = contentOf(() => texts[index++ % texts.length] ?? "")
        // a quote of several lines has a break for each
        const { html } = show({ ...content, quote: inertLines(content.quote ?? "").join(" ") })
        assert.deepStrictEqual(tagsOf(html), expected)
      }),
      { numRuns: rounds(500, 20_000) }
    )
  })

  it("OUT-07 escapes the subject, the product's name and the button's address", () => {
    const { html } = render(
      contentOf(() => "x"),
      "a <b> & c",
      settings,
      "de"
    )
    assert.include(html, "<title>a &lt;b&gt; &amp; c</title>")
    assert.include(html, "Portal &amp; Co")
    assert.include(html, 'href="https://portal.example.com/open/x?a=1&amp;b=2"')
  })

  it("OUT-02 text and HTML say the same", () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }), { minLength: 8, maxLength: 8 }),
        (texts) => {
          let index = 0
          const { html, text } = show(contentOf(() => texts[index++ % texts.length] ?? ""))
          const shown = unescape(html)
          for (const part of texts) {
            for (const line of inertLines(part)) {
              assert.include(text, line)
              assert.include(shown, line)
            }
          }
          assert.include(text, "https://portal.example.com/open/x?a=1&b=2")
        }
      ),
      { numRuns: rounds(200, 5000) }
    )
  })
})

describe("text of people", () => {
  const links = /[\p{L}\p{N}]\.\p{L}|:\/\/|\S@\S|www\.\S/iu

  it("R-TI-15 never becomes a link: no address on the web or of a mailbox is left whole", () => {
    for (const text of [
      "https://evil.example/login",
      "http://1.2.3.4/x",
      "HTTP://EVIL.EXAMPLE",
      "www.evil.example",
      "evil.example",
      "Ihr Konto: evil.example/konto",
      "mailto:eve@evil.example",
      "eve@evil.example",
      "tel:+4912345",
      "evil\uff0eexample",
      "evil\u3002example",
      "\\\\evil.example\\share",
      "a.b.c.d.e"
    ]) {
      assert.notMatch(inertLine(text), links, text)
      assert.strictEqual(inertLine(text).replaceAll("\u200a", ""), text)
    }
  })

  it("R-TI-15 holds for any text, in the text and in the HTML", () => {
    const parts = fc.constantFrom("evil", "example", ".", ":", "/", "@", "www", "com", " ", "ä", "1", "\u202e", "\n")
    fc.assert(
      fc.property(fc.string({ unit: parts, maxLength: 12 }), (name) => {
        const { text } = show({ paragraphs: [name], quote: name, details: [{ label: "Name", value: name }] })
        const body = text.slice(0, text.indexOf("\n-- \n"))
        assert.notMatch(body, links)
      }),
      { numRuns: rounds(500, 20_000) }
    )
  })

  it("leaves times, numbers and ordinary names alone", () => {
    for (const text of ["12:30", "1.250,50", "3/4", "Dr. Ada Müller", "Müller & Söhne GmbH", "Ja: gern.", "— Ende."]) {
      assert.strictEqual(inertLine(text), text)
    }
  })

  it("shows no other letters than it has: marks of direction are gone", () => {
    assert.strictEqual(inertLine("exe\u202egpj\u202c\u2066x\u2069\u200f"), "exegpjx")
  })

  it("looks like no other part of the mail: its line breaks become spaces, or lines of a quotation", () => {
    const { text } = show({
      paragraphs: ["a\r\nb"],
      quote: "one\r\ntwo\n-- \nthree",
      details: [{ label: "l\n", value: "v\nw" }]
    })
    assert.include(text, "a b\n\n> one\n> two\n> -- \n> three\n\nl : v w\n\n-- \n")
  })
})

describe("a mail's subject", () => {
  const line = (subject: string, values: Record<string, unknown>, over: Settings.SettingsInput = {}) =>
    subjectLine({ name: "test.kind", subject: { de: subject, en: subject } }, values, Settings.make(over), "de")

  it("OUT-02 R-MA-11 holds the product's name, our own numbers, and nothing that somebody wrote", () => {
    const values = { number: "7K3M9PQ2", name: "Gewinnen Sie jetzt", constructor: "x" }
    assert.strictEqual(line("{product}: Vorgang {number}", values), "Portico: Vorgang 7K3M9PQ2")
    assert.strictEqual(line("Von {name}", values), "Von ")
    assert.strictEqual(line("{product}", { product: "7K3M9PQ2" }), "Portico")
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (name) => {
        fc.pre(!/^[0-9A-HJKMNP-TV-Z]{8}$/.test(name))
        assert.strictEqual(line("Von {name}.", { name }), "Von .")
      })
    )
  })
})

describe("a mail's button", () => {
  it("R-TK-10 leads below the base address of the operator, or the mail is not rendered", () => {
    const to = (url: string) => () => show({ paragraphs: [], button: { label: "x", url } })
    for (const url of [
      "https://portal.example.com",
      "https://portal.example.com/",
      "https://portal.example.com/open/AbC_-9",
      contextOf(settings, "de", "").page("/sign-in")
    ]) {
      assert.doesNotThrow(to(url))
    }
    for (const url of [
      "https://portal.example.com.evil.example/",
      "https://portal.example.com@evil.example/",
      "https://evil.example/",
      "http://portal.example.com/",
      "javascript:alert(1)",
      "//evil.example",
      "/sign-in",
      "",
      'https://portal.example.com/"onclick=',
      "https://portal.example.com/a b",
      "https://portal.example.com/\r\nX: y"
    ]) {
      assert.throws(to(url), ForeignAddress)
    }
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Result } from "effect"
import * as fc from "fast-check"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { classify } from "../../src/mail/inbound/classify.ts"
import { deliveryReport } from "../../src/mail/inbound/deliveryReport.ts"
import { fold } from "../../src/mail/inbound/folding.ts"
import { unquoted } from "../../src/mail/inbound/htmlFolding.ts"
import { htmlText } from "../../src/mail/inbound/htmlText.ts"
import { MailParser } from "../../src/mail/inbound/MailParser.ts"
import { layer } from "../../src/mime/MailParser.ts"
import { rounds } from "../support/rounds.ts"
import { bytes, header, plain, SUPPORT } from "./compose.ts"
import { corpus } from "./corpus.ts"

const own = { mailbox: EmailAddress.make(SUPPORT), loopHeader: "X-Loop", hops: 100, isOurs: () => false }

/** All that is done with a message before anything is decided. */
const work = (raw: Uint8Array) =>
  Effect.gen(function* () {
    const parser = yield* MailParser
    const read = yield* Effect.result(parser.parse(raw, defaults.inbound.limits))
    if (Result.isFailure(read)) return read.failure.fault
    const mail = read.success
    classify(mail, { recipient: SUPPORT }, own)
    deliveryReport(mail)
    const { text } = fold(mail.text)
    if (mail.html !== null) unquoted(mail.html)
    return text
  }).pipe(Effect.provide(layer))

const million = (text: string): string => text.repeat(Math.ceil(1_000_000 / text.length))

/** A megabyte each of what has cost parsers minutes. */
const bombs: Readonly<Record<string, Uint8Array>> = {
  spaces: plain(`${million(" ")}x`),
  "one line": plain(million("a")),
  "quote marks": plain(million("> ")),
  "quoted lines": plain(million("> x\n")),
  "attributions without end": plain(million("On Mon wrote Am schrieb ")),
  "attribution lines": plain(million("Am 03.03.25 um 10:12 schrieb Support\n")),
  "lines that begin attributions": plain(million("On a\n")),
  "header lines": plain(million("From: x\nSent: y\n")),
  rules: plain(million(`${"_".repeat(30)}\n`)),
  signatures: plain(million("-- \n")),
  devices: plain(million("Von meinem Gerät gesendet ")),
  "device lines": plain(million("Sent from my \n")),
  "open tags": plain(million("<"), { "Content-Type": "text/html" }),
  "open comments": plain(million("<!--"), { "Content-Type": "text/html" }),
  "open anchors": plain(million("<a href="), { "Content-Type": "text/html" }),
  "open scripts": plain(million("<script>"), { "Content-Type": "text/html" }),
  "open heads": plain(million("<head>"), { "Content-Type": "text/html" }),
  "nested divs": plain(million("<div>"), { "Content-Type": "text/html" }),
  "nested quotations": plain(million("<blockquote>x"), { "Content-Type": "text/html" }),
  "almost quotations": plain(million('<div style="border-top:'), { "Content-Type": "text/html" }),
  entities: plain(million("&amp"), { "Content-Type": "text/html" }),
  "comments in a header": bytes(header({ From: "(".repeat(200_000) }), "\nx"),
  "quotes in a header": bytes(header({ From: '"'.repeat(200_000) }), "\nx"),
  "addresses in a header": bytes(header({ To: "a@b.example,".repeat(20_000) }), "\nx"),
  "an address of signs": bytes(header({ From: `${"a@".repeat(100_000)}` }), "\nx"),
  "encoded words": bytes(header({ Subject: "=?utf-8?q?a?= ".repeat(15_000) }), "\nx"),
  references: bytes(header({ References: "<a".repeat(100_000) }), "\nx"),
  "folded lines": bytes(header({ Subject: "a\n ".repeat(60_000) }), "\nx"),
  parameters: bytes(header({ "Content-Type": `text/plain; ${"a*0=b; ".repeat(30_000)}` }), "\nx"),
  "continued parameters": bytes(
    header({ "Content-Type": `text/plain; ${Array.from({ length: 20_000 }, (_, n) => `n*${n}=b`).join("; ")}` }),
    "\nx"
  ),
  "base64 of nothing": plain(million("=\n"), { "Content-Transfer-Encoding": "base64" }),
  "quoted-printable of nothing": plain(million("=\n"), { "Content-Transfer-Encoding": "quoted-printable" }),
  boundaries: bytes(header({ "Content-Type": 'multipart/mixed; boundary="b"' }), "\n", million("--b\n")),
  "report fields": bytes(
    header({ "Content-Type": 'multipart/report; report-type=delivery-status; boundary="b"' }),
    "\n--b\nContent-Type: message/delivery-status\n\n",
    million("Final-Recipient: rfc822; a@b.example\nAction: failed\n\n"),
    "\n--b--"
  )
}

describe("hostile input", () => {
  it.live("MIN-08 R-TI-10 R-MA-02 a megabyte of anything is done with in a moment", () =>
    Effect.gen(function* () {
      const slow: Array<string> = []
      for (const [name, raw] of Object.entries(bombs)) {
        const began = performance.now()
        yield* work(raw)
        const took = performance.now() - began
        // linear work on a megabyte takes a tenth of a second; what is quadratic takes minutes
        if (took > 5_000) slow.push(`${name}: ${Math.round(took)} ms`)
      }
      assert.deepStrictEqual(slow, [])
    })
  )

  it("MIN-01 MIN-08 any bytes end in text or in a named fault", async () => {
    const seeds = Object.values(corpus).map(({ raw }) => raw)
    const mutated = fc
      .record({
        seed: fc.constantFrom(...seeds.filter(({ length }) => length > 0 && length < 20_000)),
        cuts: fc.array(fc.record({ at: fc.nat(20_000), byte: fc.nat(255), drop: fc.nat(40) }), { maxLength: 8 })
      })
      .map(({ cuts, seed }) => {
        let raw = Buffer.from(seed)
        for (const { at, byte, drop } of cuts) {
          const place = at % Math.max(1, raw.length)
          raw = Buffer.concat([raw.subarray(0, place), Buffer.from([byte]), raw.subarray(place + drop)])
        }
        return new Uint8Array(raw)
      })
    await fc.assert(
      fc.asyncProperty(fc.oneof(mutated, fc.uint8Array({ maxLength: 500 })), async (raw) => {
        assert.isString(await Effect.runPromise(work(raw)))
      }),
      { numRuns: rounds(400, 20_000) }
    )
  })

  it("MIN-07 folding loses no word, whatever the text", () => {
    const line = fc.constantFrom(
      "Hallo",
      "",
      "> x",
      "> > y",
      "-- ",
      "--",
      "Am 03.03.25 um 10:12 schrieb Support:",
      "On Mon, Mar 3, 2025 at 10:12 AM Support <",
      "s@x.example> wrote:",
      "-----Original Message-----",
      "Von: Support",
      "An: Ada",
      "Betreff: x",
      "________________________________",
      "Sent from my iPhone",
      "---------- Forwarded message ---------",
      "  eingerückt"
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), (lines) => {
        const numbered = lines.map((line, index) => (line === "Hallo" ? `Hallo ${index}` : line))
        const { folded, quoted, text } = fold(numbered.join("\n"))
        const words = (all: string) =>
          all
            .split(/\s+/)
            .filter((word) => word !== "")
            .sort()
        assert.deepStrictEqual(words(`${text}\n${folded ?? ""}`), words(numbered.join("\n")))
        // what is nothing but a quotation is nobody's own words; all else is
        if (numbered.join("").trim() !== "" && !quoted) assert.notStrictEqual(text, "")
        if (numbered.includes("Hallo 0")) assert.include(text, "Hallo 0")
      }),
      { numRuns: rounds(1_000, 50_000) }
    )
  })

  it("MIN-07 text of HTML has no tag that was not written as text", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "<p>",
            "</p>",
            "<b",
            ">",
            "a",
            " ",
            "<!--",
            "-->",
            "<script>",
            "</script>",
            "&lt;",
            "<br>",
            "\n",
            "<blockquote>",
            '"'
          )
        ),
        (pieces) => {
          assert.notMatch(htmlText(pieces.join("").replaceAll("&lt;", "")), /<(?:p|br|script|blockquote)>/)
        }
      ),
      { numRuns: rounds(500, 20_000) }
    )
  })
})

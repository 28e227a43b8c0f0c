import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Schema } from "effect"
import * as fc from "fast-check"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { MailId } from "../../src/kernel/ids.ts"
import { headerFault } from "../../src/mail/headers.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
import type { MailMessage } from "../../src/mail/MailMessage.ts"
import { rounds } from "../support/rounds.ts"
import { attachment } from "./attachments.ts"
import { address } from "./world.ts"

const id = Schema.decodeSync(MailId)("01890000-0000-7000-8000-000000000001")

const message = (over: Partial<MailMessage> = {}): MailMessage => ({
  id,
  messageId: `<${id}@example.com>`,
  date: fromMillis(0),
  from: { name: 'Portal "Süd", Müller & Co', address: "portal@example.com" },
  to: address("ada"),
  subject: "Grüße 🎉",
  text: "a\r\nb",
  html: "<p>a\r\nb</p>",
  headers: { "Auto-Submitted": "auto-generated" },
  ...over
})

/** Each place of a message that reaches a header or the envelope, filled with a value. */
const places: Readonly<Record<string, (value: string) => Partial<MailMessage>>> = {
  "Message-ID": (value) => ({ messageId: `<${id}@example.com>${value}` }),
  From: (value) => ({ from: { name: `Portal${value}`, address: "portal@example.com" } }),
  "From address": (value) => ({ from: { name: "Portal", address: `portal@example.com${value}` } }),
  To: (value) => ({ to: `ada@example.com${value}` as never }),
  "Reply-To": (value) => ({ replyTo: `ada@example.com${value}` as never }),
  Subject: (value) => ({ subject: `Grüße${value}` }),
  header: (value) => ({ headers: { "X-Test": `x${value}` } }),
  "header name": (value) => ({ headers: { [`X-Test${value}`]: "x" } }),
  "attachment name": (value) => ({ attachments: [attachment(`plan${value}.pdf`, "x")] }),
  "attachment type": (value) => ({ attachments: [attachment("plan.pdf", "x", `application/pdf${value}`)] })
}

const injections = [
  "\r\nBcc: eve@evil.example",
  "\nBcc: eve@evil.example",
  "\rBcc: eve@evil.example",
  "\r\n\r\n<script>",
  "\0",
  "\u0000\r",
  "\u2028Bcc: x",
  "\u2029",
  "\u0085Bcc: x",
  "\u000b",
  "\u001b[2J",
  "\r\n.\r\nMAIL FROM:<eve@evil.example>",
  "\u007f"
]

describe("the headers of a mail", () => {
  it("are fine with names, quotes, umlauts and emoji", () => {
    assert.isTrue(Option.isNone(headerFault(message())))
  })

  it("OUT-07 R-MA-01 take no CR, LF, NUL or other control character, in any place", () => {
    for (const [place, at] of Object.entries(places)) {
      for (const injection of injections) {
        assert.isTrue(Option.isSome(headerFault(message(at(injection)))), `${place} ${JSON.stringify(injection)}`)
      }
    }
  })

  it("OUT-07 R-MA-01 hold for any text around the line break", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(places)),
        fc.constantFrom("\r", "\n", "\0", "\r\n"),
        fc.string({ maxLength: 20 }),
        fc.string({ maxLength: 20 }),
        (at, breaking, before, after) => {
          assert.isTrue(Option.isSome(headerFault(message(at(before + breaking + after)))))
        }
      ),
      { numRuns: rounds(500, 20_000) }
    )
  })

  it("OUT-07 R-MA-01 R-MA-02 say by no further header what has a place of its own, and answers go to one mailbox", () => {
    for (const name of [
      "From",
      "from",
      "TO",
      "Cc",
      "Bcc",
      "Reply-To",
      "Sender",
      "Subject",
      "Message-ID",
      "Content-Type",
      "Resent-To"
    ]) {
      assert.deepStrictEqual(headerFault(message({ headers: { [name]: "eve@evil.example" } })), Option.some(name))
    }
    for (const replyTo of ["", "ada", "Ada@example.com", "ada@example.com, eve@evil.example", "<ada@example.com>"]) {
      assert.deepStrictEqual(headerFault(message({ replyTo: replyTo as never })), Option.some("Reply-To"), replyTo)
    }
    assert.isTrue(Option.isNone(headerFault(message({ replyTo: address("ada") }))))
    assert.deepStrictEqual(
      headerFault(message({ headers: { References: `<${"a".repeat(999)}@x>` } })),
      Option.some("References")
    )
    assert.deepStrictEqual(
      headerFault(message({ headers: { References: "<a@x> ".repeat(1_000) } })),
      Option.some("References")
    )
  })

  it("OUT-07 R-MA-02 name exactly one recipient in normal form", () => {
    for (const to of [
      "",
      "ada",
      "Ada@example.com",
      "ada@example.com,eve@evil.example",
      "ada@example.com;eve@evil.example",
      "ada@example.com eve@evil.example",
      '"Ada" <ada@example.com>',
      "<ada@example.com>",
      "group:ada@example.com,eve@evil.example;",
      "ada(comment)@example.com",
      '"ada@evil.example"@example.com',
      "ada@[127.0.0.1]",
      "ada@example",
      "@evil.example:ada@example.com"
    ]) {
      assert.deepStrictEqual(headerFault(message({ to: to as never })), Option.some("To"), to)
    }
  })

  it("refuse an empty subject, a sender that is no mailbox, a Message-ID that is none, and a file with no name to show", () => {
    assert.deepStrictEqual(headerFault(message({ subject: " " })), Option.some("Subject"))
    assert.deepStrictEqual(headerFault(message({ from: { name: "x", address: "portal" } })), Option.some("From"))
    for (const messageId of ["", "x@y", "<x>", "<x@y> <z@y>", "<x y@z>"]) {
      assert.deepStrictEqual(headerFault(message({ messageId })), Option.some("Message-ID"))
    }
    assert.deepStrictEqual(headerFault(message({ date: Number.NaN as never })), Option.some("Date"))
    assert.deepStrictEqual(headerFault(message({ headers: { "X Y": "z" } })), Option.some("header name"))
    for (const name of [" ", "x".repeat(256), "plan\ud800.pdf"]) {
      const fault = headerFault(message({ attachments: [attachment(name, "x")] }))
      assert.deepStrictEqual(fault, Option.some("attachment name"))
    }
  })

  it.effect("OUT-07 a guarded mailer does not get a message with such a header, and the failure does not show it", () =>
    Effect.gen(function* () {
      const seen: Array<MailMessage> = []
      const mailer = Mailer.guarded((sent) => Effect.sync(() => void seen.push(sent)))
      for (const at of Object.values(places)) {
        const error = yield* Effect.flip(mailer.send(message(at("\r\nBcc: eve@evil.example"))))
        assert.strictEqual(error.kind, "permanent")
        assert.notInclude(error.message, "evil")
      }
      assert.deepStrictEqual(seen, [])
      yield* mailer.send(message())
      assert.strictEqual(seen.length, 1)
    })
  )
})

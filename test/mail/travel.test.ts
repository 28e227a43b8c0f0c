import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import { toInternetMessage } from "../../src/eml/message.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { runOnce } from "../../src/mail/Dispatcher.ts"
import { MailParser } from "../../src/mail/inbound/MailParser.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { layer as layerMailParser } from "../../src/mime/index.ts"
import { message } from "./messages.ts"
import { address, layer, send } from "./world.ts"

const travelling = (travel: MailKind.Travel) =>
  MailKind.make({
    name: "test.travelling",
    values: Schema.Struct({ ticket: Schema.String }),
    automatic: false,
    subject: { de: "Neues", en: "News" },
    content: { de: () => ({ paragraphs: ["Hallo"] }), en: () => ({ paragraphs: ["Hello"] }) },
    travel: ({ recipient, values }) =>
      Effect.succeed({ ...travel, headers: { ...travel.headers, "X-For": `${values.ticket} ${recipient}` } })
  })

const sending = (travel: MailKind.Travel) => {
  const kind = travelling(travel)
  return Effect.gen(function* () {
    yield* send(kind.mail({ recipient: address("ada"), locale: "de", values: { ticket: "7" }, process: "ticket:7" }))
    yield* runOnce
    const mailbox = yield* Mailer.Mailbox
    const outbox = yield* OutboxRepository
    const [mail] = yield* outbox.list({}, { after: Option.none(), limit: 1 })
    return { taken: yield* mailbox.taken, mail }
  }).pipe(Effect.provide(MailKinds.layer(kind).pipe(Layer.provideMerge(layer))))
}

describe("how a mail travels", () => {
  it.effect(
    "MIN-09 OUT-08 is said by its kind at the time of sending: from whom, where answers go, and what it belongs to",
    () =>
      Effect.gen(function* () {
        const { taken } = yield* sending({
          from: { name: "Support", address: "support@example.com" },
          replyTo: address("support+7"),
          headers: { References: "<a@x>" }
        })
        assert.lengthOf(taken, 1)
        assert.deepInclude(taken[0], {
          from: { name: "Support", address: "support@example.com" },
          replyTo: address("support+7")
        })
        assert.deepStrictEqual(taken[0]?.headers, { References: "<a@x>", "X-For": "7 ada@example.com" })
      })
  )

  it.effect("R-MA-01 never as another mail than it is", () =>
    Effect.gen(function* () {
      for (const headers of [{ Bcc: "eve@evil.example" }, { "X-A": "b\r\nBcc: eve@evil.example" }]) {
        const { mail, taken } = yield* sending({ headers })
        assert.deepStrictEqual(taken, [])
        assert.deepInclude(mail, { state: "dead", reason: "header" })
      }
    })
  )

  it.effect("MIN-09 is read from a file as it was sent, however many Message-IDs it refers to", () =>
    Effect.gen(function* () {
      const parser = yield* MailParser
      const references = Array.from({ length: 20 }, (_, number) => `<0123456789-${number}@mail.example.com>`)
      const raw = toInternetMessage(
        message(1, {
          replyTo: address("support+7-1-abc"),
          headers: {
            References: references.join(" "),
            "List-Unsubscribe": `<mailto:${"leave".repeat(12)}@example.com>`
          }
        })
      )
      for (const line of raw.split("\r\n")) assert.isBelow(line.length, 120)
      const mail = yield* parser.parse(new Uint8Array(Buffer.from(raw)), defaults.inbound.limits)
      assert.deepStrictEqual(mail.references, references)
      assert.strictEqual(mail.headers.find(({ name }) => name === "reply-to")?.value, "<support+7-1-abc@example.com>")
      assert.strictEqual(
        mail.headers.find(({ name }) => name === "list-unsubscribe")?.value,
        `<mailto:${"leave".repeat(12)}@example.com>`
      )
      assert.strictEqual(mail.subject, message(1).subject)
      assert.strictEqual(mail.from?.name, message(1).from.name)
      assert.strictEqual(mail.text.trim(), message(1).text.trim())
    }).pipe(Effect.provide(layerMailParser))
  )
})

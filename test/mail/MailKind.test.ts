import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Redacted, Schema } from "effect"
import { Instant } from "../../src/kernel/Instant.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { address, layer, linked, plain, send } from "./world.ts"

const expiring = MailKind.make({
  name: "test.expiring",
  values: Schema.Struct({ expiresAt: Instant, ticket: Schema.optionalKey(Schema.String) }),
  automatic: true,
  subject: { de: "Frist", en: "Deadline" },
  content: {
    de: ({ expiresAt }, { dateTime }) => ({
      paragraphs: [],
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }]
    }),
    en: ({ expiresAt }, { dateTime }) => ({
      paragraphs: [],
      details: [{ label: "Valid until", value: dateTime(expiresAt) }]
    })
  }
})
const NOON = Schema.decodeSync(Instant)(Date.UTC(2027, 2, 3, 11, 0))

/** What arrives when a mail of this kind is sent. */
const arrives = <V>(kind: MailKind.MailKind<V, undefined, never>, values: V, locale: string, settings = {}) =>
  Effect.gen(function* () {
    yield* send(kind.mail({ recipient: address("ada"), locale, values, process: "p" }))
    yield* Effect.provide(Dispatcher.runOnce, Settings.layer(settings))
    const taken = yield* (yield* Mailbox).taken
    const message = taken[taken.length - 1]
    return message === undefined ? { subject: "", text: "", html: "" } : message
  }).pipe(Effect.provide(MailKinds.layer(kind).pipe(Layer.provideMerge(layer), Layer.fresh)))

describe("a mail kind", () => {
  it("OUT-08 makes the mail that a unit of work sends, with its values encoded", () => {
    const mail = expiring.mail({
      recipient: address("ada"),
      locale: "de",
      values: { expiresAt: NOON },
      process: "invitation:1"
    })
    assert.deepStrictEqual(mail, {
      kind: "test.expiring",
      recipient: address("ada"),
      locale: "de",
      values: { expiresAt: NOON },
      process: "invitation:1"
    })
    const secret = Redacted.make("s")
    const withLink = linked.mail({
      recipient: address("ada"),
      locale: "de",
      values: { name: "x" },
      secret,
      process: "p"
    })
    assert.strictEqual(withLink.secret, secret)
  })

  it("asks for a secret exactly when it has a link", () => {
    // @ts-expect-error: a kind with a link needs its secret
    linked.mail({ recipient: address("ada"), locale: "de", values: { name: "x" }, process: "p" })
    MailKind.make({
      name: "test.types",
      values: Schema.Struct({}),
      automatic: true,
      subject: { de: "x", en: "x" },
      content: {
        // @ts-expect-error: there is no link without a purpose
        de: (_, { link }) => ({ paragraphs: [link] }),
        en: () => ({ paragraphs: [] })
      }
    })
  })

  it("knows its own values, and no others", () => {
    const facts = {
      id: Schema.decodeSync(Schema.String)("x") as never,
      recipient: address("ada"),
      locale: "de",
      tenantId: null,
      accountId: null,
      process: "p",
      createdAt: NOON
    }
    for (const values of [undefined, null, "x", [], {}, { name: 1 }]) {
      assert.isTrue(Option.isNone(plain.open({ ...facts, values })), JSON.stringify(values))
    }
    assert.isTrue(Option.isSome(plain.open({ ...facts, values: { name: "Ada" } })))
  })

  it.effect("OUT-02 speaks German and English, and German where it does not know the language", () =>
    Effect.gen(function* () {
      assert.include((yield* arrives(plain, { name: "Ada" }, "de")).text, "Ada hat etwas getan.")
      assert.include((yield* arrives(plain, { name: "Ada" }, "de-AT")).text, "Ada hat etwas getan.")
      assert.include((yield* arrives(plain, { name: "Ada" }, "en")).text, "Ada has done something.")
      assert.include((yield* arrives(plain, { name: "Ada" }, "fr")).text, "Ada hat etwas getan.")
    })
  )

  it.effect("shows dates in the language of the mail and the time zone of the operator", () =>
    Effect.gen(function* () {
      const values = { expiresAt: NOON }
      assert.include((yield* arrives(expiring, values, "de")).text, "Gültig bis: 3. März 2027 um 12:00 MEZ")
      assert.match((yield* arrives(expiring, values, "en")).text, /Valid until: March 3, 2027 at 12:00\sPM GMT\+1/)
      const vienna = { mail: { timeZone: "Asia/Tokyo" } }
      assert.include((yield* arrives(expiring, values, "de", vienna)).text, "3. März 2027 um 20:00")
    })
  )

  it.effect("G-12 an application replaces words and adds languages", () =>
    Effect.gen(function* () {
      const ours = MailKind.override(plain, {
        subject: { de: "Neues", fr: "Nouvelles de {product}" },
        content: {
          de: ({ name }) => ({ paragraphs: [`${name}!`] }),
          fr: ({ name }) => ({ paragraphs: [`${name} a fait quelque chose.`] })
        }
      })
      const german = yield* arrives(ours, { name: "Ada" }, "de")
      assert.strictEqual(german.subject, "Neues")
      assert.include(german.text, "Ada!")
      const french = yield* arrives(ours, { name: "Ada" }, "fr")
      assert.strictEqual(french.subject, "Nouvelles de Portico")
      assert.include(french.text, "Ada a fait quelque chose.")
      const english = yield* arrives(ours, { name: "Ada" }, "en")
      assert.strictEqual(english.subject, "Message from Portico")
      assert.include(english.text, "Ada has done something.")

      const texts = {
        texts: { de: { "mail.test.plain.subject": "Anders", "mail.help": "Hilfe:", "mail.footer": "Ende" } }
      }
      const settled = yield* arrives(plain, { name: "Ada" }, "de", texts)
      assert.strictEqual(settled.subject, "Anders")
      assert.include(settled.text, "Hilfe: support@localhost")
      assert.include(settled.html, "Ende")
    })
  )

  it("G-08 a list of kinds tells what is missing", () => {
    assert.deepStrictEqual(MailKind.check([plain, linked, expiring]), [])
    const content = { de: () => ({ paragraphs: [] }), en: () => ({ paragraphs: [] }) }
    const make = (name: string, subject: { readonly de: string; readonly en: string }) =>
      MailKind.make({ name, values: Schema.Struct({}), automatic: true, subject, content })
    assert.deepStrictEqual(
      MailKind.check([plain, make("test.plain", { de: " ", en: "a\nb" }), make("test.fine", { de: "x", en: "y" })]),
      [
        "test.plain: there are two kinds of this name",
        "test.plain: no subject in de",
        "test.plain: control characters in the subject in en"
      ]
    )
    assert.deepStrictEqual(MailKind.check([plain], ["de", "fr"]), [
      "test.plain: no template in fr",
      "test.plain: no subject in fr"
    ])
  })

  it.effect("G-08 a portal does not start with a kind that lacks a language, or with two of one name", () =>
    Effect.gen(function* () {
      const exit = yield* Effect.exit(Layer.build(MailKinds.layer(plain, plain)))
      assert.isTrue(Exit.hasDies(exit))
      assert.isTrue(Exit.isSuccess(yield* Effect.exit(Layer.build(MailKinds.layer(plain, linked)))))
    }).pipe(Effect.scoped)
  )
})

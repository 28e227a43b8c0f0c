import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { newAccount } from "../../src/accounts/newAccount.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { MailId, nextId } from "../../src/kernel/ids.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import * as Memory from "../../src/memory/index.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { mailKinds, Orders } from "../../src/orders/index.ts"
import { FailureReason } from "../../src/orders/Order.ts"
import { reasonTexts } from "../../src/orders/orderMails.ts"
import { refused } from "../../src/orders/Provisioning.ts"
import { FaultyProvisioning } from "../../src/testing/FaultyProvisioning.ts"
import { as, given, signedIn } from "../support/portal.ts"
import { staff } from "../tenants/world.ts"
import { location, person, placed, withOrders, work } from "./world.ts"

const settings = {
  links: { base: "https://portal.example.com" },
  product: { name: "Musterportal", support: "hilfe@example.com" }
}

const portal = MailKinds.layer(...mailKinds).pipe(
  Layer.provideMerge(Layer.mergeAll(withOrders(settings), Memory.layer, Mailer.layer))
)

/** What a dispatcher sends now, in order; a space that does not break is a space. */
const sent = Effect.gen(function* () {
  const mailbox = yield* Mailer.Mailbox
  const before = (yield* mailbox.taken).length
  yield* Dispatcher.runOnce
  return (yield* mailbox.taken)
    .slice(before)
    .map(({ html, subject, text, to }) => ({ to, subject, html, text: text.replaceAll(/[\u00a0\u200a]/g, " ") }))
})

/** The owner of a tenant, who reads this language. */
const ownerReading = Effect.fnUntraced(function* (locale: "de" | "en") {
  const accounts = yield* AccountRepository
  const account = yield* newAccount({
    email: EmailAddress.make(`${locale}@example.com`),
    firstName: "Ada",
    lastName: "Lovelace",
    locale,
    companyName: null,
    now: yield* Instant.now
  })
  yield* accounts.insert(account, null)
  const { id } = yield* given.tenant(account, { name: "Haupt GmbH" })
  return { owner: { account, actor: yield* signedIn(account) }, tenantId: id }
})

const words = {
  de: {
    placed: /^Ihre Bestellung [0-9A-Z]{8} – Musterportal$/,
    amounts: ["Einmalig: 148,00 €", "Monatlich: 91,70 €", "Mindestlaufzeit: 12 Monate", "Produkt: Standort"],
    ready: "Ihr neuer Nebenaccount ist bereit – Musterportal",
    number: "Kundennummer: 10000",
    failed: /^Ihre Bestellung [0-9A-Z]{8} konnte nicht ausgeführt werden – Musterportal$/,
    why: ["Die Einrichtung wurde abgelehnt.", "Dort liegt keine Leitung.", "hilfe@"],
    cancelled: /^Ihre Bestellung [0-9A-Z]{8} wurde storniert – Musterportal$/
  },
  en: {
    placed: /^Your order [0-9A-Z]{8} – Musterportal$/,
    amounts: ["Once: €148.00", "Monthly: €91.70", "Minimum term: 12 months", "Product: Location"],
    ready: "Your new sub account is ready – Musterportal",
    number: "Customer number: 10000",
    failed: /^Your order [0-9A-Z]{8} could not be carried out – Musterportal$/,
    why: ["Setting it up was refused.", "There is no line there.", "hilfe@"],
    cancelled: /^Your order [0-9A-Z]{8} was cancelled – Musterportal$/
  }
}

describe("the mails about orders", () => {
  it("G-08 every kind has a subject and a text in German and English, and so has every reason", () => {
    assert.deepStrictEqual(MailKind.check(mailKinds), [])
    for (const reason of FailureReason.literals) {
      const { de, en } = reasonTexts[reason]
      assert.isAbove(de.length, 10)
      assert.isAbove(en.length, 10)
    }
  })

  for (const locale of ["de", "en"] as const) {
    it.effect(
      locale === "de"
        ? "ORD-05 G-08 say in German when it is placed and for how much, when it is ready, and why not"
        : "ORD-05 G-08 say in English when it is placed and for how much, when it is ready, and why not",
      () =>
        Effect.gen(function* () {
          yield* TestClock.setTime(1_800_000_000_000)
          const t = words[locale]
          const { owner, tenantId } = yield* ownerReading(locale)
          const faulty = yield* FaultyProvisioning
          yield* placed(owner, tenantId)
          const [placing] = yield* sent
          assert.match(placing?.subject ?? "", t.placed)
          for (const amount of [...t.amounts, "Haupt GmbH", "Filiale Wien"]) assert.include(placing?.text, amount)

          yield* work
          const [ready] = yield* sent
          assert.strictEqual(ready?.subject, t.ready)
          for (const text of [t.number, "Filiale Wien"]) assert.include(ready?.text, text)

          const hostile = { ...location, name: "Win at https://evil.example now" }
          const second = yield* placed(owner, tenantId, { location: hostile })
          const [again] = yield* sent
          assert.notInclude(again?.subject, "evil")
          assert.notMatch(again?.html ?? "", /evil\.example/)
          yield* faulty.plan(refused({ de: "Dort liegt keine Leitung.", en: "There is no line there." }))
          yield* work
          const [failed] = yield* sent
          assert.match(failed?.subject ?? "", t.failed)
          for (const text of t.why) assert.include(failed?.text, text)

          const clerk = yield* staff((yield* person("clerk")).account, "agent")
          yield* Orders.cancelFailed({ tenantId, orderId: second.id }).pipe(as(clerk))
          const [cancelled, ...more] = yield* sent
          assert.match(cancelled?.subject ?? "", t.cancelled)
          assert.deepStrictEqual(more, [])
        }).pipe(Effect.provide(portal))
    )
  }

  it.effect("OUT-04 that an order was placed is told to nobody who has called it off before the mail went out", () =>
    Effect.gen(function* () {
      const { owner, tenantId } = yield* ownerReading("en")
      const one = yield* placed(owner, tenantId)
      yield* Orders.cancel({ tenantId, orderId: one.id }).pipe(as(owner.actor))
      yield* placed(owner, tenantId)
      const subjects = (yield* sent).map(({ subject }) => subject)
      assert.strictEqual(subjects.length, 1)
      assert.notInclude(subjects[0], one.number)
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "OUT-04 that an order has failed is told to nobody whose order has been fulfilled, or is tried again, since",
    () =>
      Effect.gen(function* () {
        const { owner, tenantId } = yield* ownerReading("en")
        const faulty = yield* FaultyProvisioning
        const clerk = yield* staff((yield* person("clerk")).account, "agent")
        const fail = Effect.gen(function* () {
          const order = yield* placed(owner, tenantId)
          yield* sent
          yield* faulty.plan(refused({ de: "Nein.", en: "No." }))
          yield* work
          return order
        })
        const retry = ({ id }: Effect.Success<typeof fail>) => Orders.retry({ tenantId, orderId: id }).pipe(as(clerk))
        const first = yield* fail
        yield* retry(first)
        yield* work
        const after = yield* sent
        assert.deepStrictEqual(
          after.map(({ subject }) => subject),
          ["Your new sub account is ready – Musterportal"]
        )
        yield* retry(yield* fail)
        assert.deepStrictEqual(yield* sent, [])
      }).pipe(Effect.provide(portal))
  )

  it.effect("OUT-04 who moved the contact address before the mail went out does not get it at the old one", () =>
    Effect.gen(function* () {
      const { owner, tenantId } = yield* ownerReading("de")
      const { id } = yield* placed(owner, tenantId)
      const kinds = yield* MailKinds
      const kind = Option.getOrThrow(kinds.get("orders.placed"))
      const opened = kind.open({
        id: yield* nextId(MailId),
        values: {
          accountId: owner.account.id,
          orderId: id,
          tenantName: "x",
          number: "x",
          name: "x",
          product: { de: "x", en: "x" },
          currency: "EUR",
          once: 1,
          monthly: 1,
          termMonths: 0
        },
        recipient: EmailAddress.make("old@example.com"),
        locale: "de",
        tenantId,
        accountId: owner.account.id,
        process: "order:x",
        createdAt: owner.account.createdAt
      })
      const verdict = yield* Option.getOrThrow(opened).stillWanted(owner.account.createdAt)
      assert.deepStrictEqual(verdict, MailKind.dropped("contact-changed"))
    }).pipe(Effect.provide(portal))
  )
})

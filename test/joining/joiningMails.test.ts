import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { mailKinds } from "../../src/joining/index.ts"
import * as SelfRegistrations from "../../src/joining/SelfRegistrations.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import * as Memory from "../../src/memory/index.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { as, given, mailsTo, newestSecret, signedIn, withKernel } from "../support/portal.ts"
import { approve, ask, complete, confirm, refuse, setState, submit, tenantOfOwner, withRequests } from "./joiners.ts"

const settings = {
  links: { base: "https://portal.example.com" },
  product: { name: "Musterportal", support: "hilfe@example.com" },
  staff: { inbox: "desk@example.com" }
}

const portal = MailKinds.layer(...mailKinds).pipe(
  Layer.provideMerge(
    withRequests(Layer.mergeAll(withKernel(settings), Memory.layer)).pipe(Layer.provideMerge(Mailer.layer))
  )
)

/** What a dispatcher sends now, in order. */
const sent = Effect.gen(function* () {
  const mailbox = yield* Mailbox
  const before = (yield* mailbox.taken).length
  yield* Dispatcher.runOnce
  return (yield* mailbox.taken).slice(before)
})

const hostile = {
  firstName: "Win now at evil.example",
  lastName: "https://evil.example/",
  customerNumber: "evil.example/win"
}

describe("the mails of self-registration", () => {
  it("G-08 every kind has a subject and a text in German and English", () => {
    assert.deepStrictEqual(MailKind.check(mailKinds), [])
  })

  it.effect("SLF-03 the mail that asks to confirm leads to the portal, with the secret, in both languages", () =>
    Effect.gen(function* () {
      yield* submit({ email: "de@example.com" })
      yield* submit({ email: "en@example.com", locale: "en" })
      const secrets = [yield* newestSecret("de@example.com"), yield* newestSecret("en@example.com")]
      const mails = yield* sent
      assert.deepStrictEqual(
        mails.map(({ subject }) => subject),
        [
          "Bitte bestätigen Sie Ihre Registrierung bei Musterportal",
          "Please confirm your registration with Musterportal"
        ]
      )
      mails.forEach((mail, index) => {
        const secret = secrets[index]
        const url = `https://portal.example.com/self-registration/confirm/${secret === undefined ? "" : Redacted.value(secret)}`
        assert.include(mail.text, url)
        assert.include(mail.html, url)
      })
      assert.include(mails[0]?.text, "Bestätigen")
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "SLF-03 the mail that asks to confirm says the same for every combination of number, postal code and names",
    () =>
      Effect.gen(function* () {
        yield* tenantOfOwner()
        const closed = yield* tenantOfOwner({ customerNumber: "K-2", owner: "closed@example.com" })
        yield* setState(closed.tenant.id, "closed")
        yield* submit({ email: "a@example.com" })
        yield* submit({ email: "b@example.com", customerNumber: "K-2" })
        yield* submit({ email: "c@example.com", customerNumber: "K-3", firstName: "Ada" })
        yield* submit({ email: "d@example.com", postalCode: "1020" })
        const secrets = yield* Effect.forEach(["a", "b", "c", "d"], (name) => newestSecret(`${name}@example.com`))
        const mails = yield* sent
        const texts = mails.map(({ subject, text }, index) => {
          const secret = secrets[index]
          return `${subject}\n${text.replace(secret === undefined ? "" : Redacted.value(secret), "secret")}`
        })
        assert.strictEqual(texts.length, 4)
        assert.strictEqual(new Set(texts).size, 1)
      }).pipe(Effect.provide(portal))
  )

  it.effect("R-TI-03 OUT-02 no mail to an unproven address holds a word that the sender chose", () =>
    Effect.gen(function* () {
      yield* given.account("known@example.com")
      yield* submit({ ...hostile, email: "victim@example.com" })
      yield* submit({ ...hostile, email: "known@example.com" })
      const mails = yield* sent
      assert.strictEqual(mails.length, 2)
      for (const { html, subject, text } of mails) {
        for (const part of [subject, text, html]) assert.notInclude(part.toLowerCase(), "evil")
      }
    }).pipe(Effect.provide(portal))
  )

  it.effect("SLF-04 the mail to an address with an account points to signing in, and carries no secret", () =>
    Effect.gen(function* () {
      yield* given.account("known@example.com")
      yield* submit({ email: "known@example.com" })
      const secret = Redacted.value(yield* newestSecret("known@example.com"))
      const [mail] = yield* sent
      assert.include(mail?.text, "https://portal.example.com/sign-in")
      assert.notInclude(mail?.text, secret)
      assert.notInclude(mail?.html, secret)
    }).pipe(Effect.provide(portal))
  )

  it.effect("SLF-03 the mail about a mismatch says what to check, and nothing about a tenant", () =>
    Effect.gen(function* () {
      yield* tenantOfOwner()
      yield* submit({ postalCode: "1020" })
      const secret = yield* newestSecret("grace@example.com")
      yield* sent
      yield* confirm(secret)
      const [mail, ...more] = yield* sent
      assert.deepStrictEqual(more, [])
      for (const part of ["K-4711", "AT 1020", "Angeboten oder Rechnungen", "hilfe@example.com"]) {
        assert.include(mail?.text, part)
      }
      for (const part of ["Muster GmbH", "1010", "Ada"]) assert.notInclude(mail?.text, part)
    }).pipe(Effect.provide(portal))
  )

  it.effect("SLF-03 SLF-05 SLF-06 the owner reads who asks, the asker the decision, each with the way on", () =>
    Effect.gen(function* () {
      const { owner } = yield* tenantOfOwner()
      yield* submit()
      const confirming = yield* newestSecret("grace@example.com")
      yield* sent
      yield* confirm(confirming)
      const [asked] = yield* sent
      assert.include(asked?.text, "Grace Hopper")
      // an address that somebody wrote is no link, so it is written apart (R-TI-15)
      assert.match(asked?.text ?? "", /grace@.example\..com/)
      assert.include(asked?.text, "https://portal.example.com/requests/")
      yield* approve(owner, { note: "Welcome!" })
      const secret = yield* newestSecret("grace@example.com")
      const [offered] = yield* sent
      assert.strictEqual(offered?.subject, "Schließen Sie Ihre Registrierung bei Musterportal ab")
      assert.include(offered?.text, `https://portal.example.com/welcome/${Redacted.value(secret)}`)
      assert.include(offered?.text, "Welcome!")
      yield* ask({ email: "ada@example.com", locale: "en" })
      yield* sent
      yield* refuse(owner, "We do not know you.")
      const [refused] = yield* sent
      assert.include(refused?.text, "We do not know you.")
      assert.match(refused?.subject ?? "", /^Your registration request was refused – /)
    }).pipe(Effect.provide(portal))
  )

  it.effect("OUT-04 what has lost its sense is not sent: a confirmed attempt, a withdrawn or taken offer", () =>
    Effect.gen(function* () {
      const { owner } = yield* tenantOfOwner()
      yield* ask()
      yield* approve(owner)
      yield* complete(yield* newestSecret("grace@example.com"))
      yield* sent
      const ends = (yield* mailsTo("grace@example.com")).map(({ kind, state }) => `${kind} ${state}`)
      assert.deepStrictEqual(ends, ["joining.confirm dropped", "requests.JoinTenant.offered dropped"])
      assert.deepStrictEqual(
        (yield* mailsTo("owner@example.com")).map(({ state }) => state),
        ["dropped"]
      )
    }).pipe(Effect.provide(portal))
  )

  it.effect("SLF-08 REQ-09 the other mails can be read, in both languages", () =>
    Effect.gen(function* () {
      const { owner, tenant } = yield* tenantOfOwner()
      const account = yield* given.account("member@example.com")
      yield* given.member(tenant.id, account, ["member"])
      const actor = yield* signedIn(account)
      yield* SelfRegistrations.askToJoin({ customerNumber: "K-4711", postalCode: "1010", country: "AT" }).pipe(
        as(actor)
      )
      for (const locale of ["de", "en"]) {
        const email = `${locale}@example.com`
        yield* ask({ email, locale })
        yield* ask({ email, locale })
        yield* refuse(owner, "No.")
        yield* ask({ email, locale })
        yield* TestClock.adjust("24 hours")
      }
      yield* setState(tenant.id, "suspended")
      yield* ask({ email: "late@example.com" })
      yield* sent
      const subjects = (yield* Effect.flatMap(Mailbox, ({ taken }) => taken)).map(({ subject }) =>
        subject.replace(/[0-9A-Z]{8}$/, "#")
      )
      for (const subject of [
        "You belong to this customer area already – Musterportal",
        "Ihr Antrag läuft bereits – #",
        "Your request is under way already – #",
        "Ihr Antrag konnte noch nicht noch einmal gestellt werden – Musterportal",
        "Your request could not be made again yet – Musterportal",
        "Beitritt wartet auf einen Kundenbereich – #"
      ]) {
        assert.include(subjects, subject)
      }
    }).pipe(Effect.provide(portal))
  )
})

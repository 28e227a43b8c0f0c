import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { EmailChanges, mailKinds, Passwords, Registrations } from "../../src/accounts/index.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import * as Memory from "../../src/memory/index.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { anonymously, as, mailsTo, newestSecret, withKernel } from "../support/portal.ts"
import { askForReset, confirm, form, newcomer, passwords, register, reset, signedInBy, signIn } from "./newcomers.ts"

const settings = { links: { base: "https://portal.example.com" }, product: { name: "Musterportal" } }

const portal = MailKinds.layer(...mailKinds).pipe(
  Layer.provideMerge(Layer.mergeAll(withKernel(settings), Memory.layer, Mailer.layer))
)

/** What a dispatcher sends now, in order. */
const sent = Effect.gen(function* () {
  const mailbox = yield* Mailbox
  const before = (yield* mailbox.taken).length
  yield* Dispatcher.runOnce
  return (yield* mailbox.taken).slice(before)
})

const ends = (address: string) =>
  Effect.map(mailsTo(address), (mails) =>
    mails.map(({ reason, state }) => (reason === null ? state : `${state} ${reason}`))
  )

const hostile = {
  firstName: "Win now at evil.example",
  lastName: "https://evil.example/",
  companyName: "Evil Corp evil.example"
}

describe("the mails of accounts", () => {
  it("G-08 every kind has a subject and a text in German and English", () => {
    assert.deepStrictEqual(MailKind.check(mailKinds), [])
  })

  it.effect("REG-01 R-TK-10 the mail leads to the portal's own address, with the secret, in both languages", () =>
    Effect.gen(function* () {
      yield* register({ email: "de@example.com" })
      yield* register({ email: "en@example.com", locale: "en" })
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
        const url = `https://portal.example.com/register/confirm/${secret === undefined ? "" : Redacted.value(secret)}`
        assert.include(mail.text, url)
        assert.include(mail.html, url)
      })
    }).pipe(Effect.provide(portal))
  )

  it.effect("R-TI-03 OUT-02 no mail to an unproven address holds a word that the sender chose", () =>
    Effect.gen(function* () {
      yield* newcomer()
      yield* sent
      const request = { source: "192.0.2.1" }
      yield* Registrations.register({ ...form, ...hostile, email: "victim@example.com" }).pipe(anonymously)
      yield* Registrations.register({ ...form, ...hostile }).pipe(anonymously)
      yield* Registrations.sendAgain({ email: "unknown@example.com" }).pipe(anonymously)
      yield* Passwords.requestReset({ email: "stranger@example.com" }).pipe(anonymously)
      yield* Passwords.requestReset({ email: form.email }).pipe(anonymously)
      const mails = yield* sent
      assert.strictEqual(mails.length, 5)
      for (const { html, subject, text } of mails) {
        for (const part of [subject, text, html]) {
          assert.notMatch(part, /evil|win now|hopper/i)
          assert.notInclude(part, request.source)
        }
      }
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "AUT-05 an address without an account gets one mail a day that says so, though each request leaves its row",
    () =>
      Effect.gen(function* () {
        const ask = Passwords.requestReset({ email: "stranger@example.com" }).pipe(anonymously)
        yield* ask
        yield* ask
        const [mail, ...more] = yield* sent
        assert.deepStrictEqual(more, [])
        assert.strictEqual(mail?.subject, "Für diese Adresse gibt es kein Benutzerkonto bei Musterportal")
        assert.include(mail?.text, "https://portal.example.com/register")
        assert.deepStrictEqual(yield* ends("stranger@example.com"), ["sent", "dropped cap"])
        yield* TestClock.adjust("23 hours")
        yield* ask
        assert.deepStrictEqual(yield* sent, [])
        yield* TestClock.adjust("1 hour")
        yield* ask
        assert.strictEqual((yield* sent).length, 1)
      }).pipe(Effect.provide(portal))
  )

  it.effect("REG-03 the owner of a taken address reads the ways in", () =>
    Effect.gen(function* () {
      yield* newcomer({ locale: "en" })
      yield* sent
      yield* Registrations.register(form).pipe(anonymously)
      const [mail] = yield* sent
      assert.strictEqual(mail?.subject, "You already have an account with Musterportal")
      assert.include(mail?.text, "https://portal.example.com/sign-in")
      assert.include(mail?.text, "Forgot password")
      // the secret in its row was for equal work only; it is wiped, and was in no mail
      assert.notInclude(mail?.text, "/register/confirm/")
      assert.deepStrictEqual(
        (yield* mailsTo(form.email)).map(({ sealedSecret }) => sealedSecret),
        [null, null]
      )
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "OUT-04 a confirmation that came too late, or a reset whose account has changed, is not sent any more",
    () =>
      Effect.gen(function* () {
        yield* register({ password: passwords.first })
        const second = yield* register({ password: passwords.first })
        yield* confirm({ secret: second, password: passwords.first })
        yield* reset(yield* askForReset())
        const secret = yield* askForReset()
        yield* askForReset()
        yield* Effect.flip(reset(secret))
        const subjects = (yield* sent).map(({ subject }) => subject)
        assert.deepStrictEqual(subjects, ["Ihr Passwort wurde geändert", "Neues Passwort für Musterportal"])
        assert.deepStrictEqual(yield* ends(form.email), [
          "dropped registration-done",
          "dropped link-used",
          "dropped link-used",
          "sent",
          "dropped link-void",
          "sent"
        ])
      }).pipe(Effect.provide(portal))
  )

  it.effect("OUT-04 AUT-06 a reset's mail is dropped when the password was changed before it went out", () =>
    Effect.gen(function* () {
      const { signIn } = yield* newcomer()
      const { actor } = yield* signedInBy(signIn)
      yield* askForReset()
      yield* Passwords.change({ currentPassword: passwords.first, newPassword: passwords.second }).pipe(as(actor))
      yield* sent
      assert.deepStrictEqual(yield* ends(form.email), ["dropped link-used", "dropped credentials-changed", "sent"])
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "REG-09 R-TK-10 R-TI-03 the mails of a new address: the link goes there alone, without a word of the asker",
    () =>
      Effect.gen(function* () {
        yield* newcomer({ ...hostile, locale: "en" })
        yield* newcomer({ email: "alan@example.com" })
        const me = yield* signedInBy(yield* signIn(passwords.first))
        yield* sent
        yield* EmailChanges.ask({ email: "alan@example.com" }).pipe(as(me.actor))
        const [toHolder, told, ...more] = yield* sent
        assert.strictEqual(
          toHolder?.subject,
          "Ihre E-Mail-Adresse wurde für ein anderes Benutzerkonto angegeben – Musterportal"
        )
        assert.strictEqual(told?.subject, "A new e-mail address was given for your account")
        assert.deepStrictEqual(more, [])
        yield* EmailChanges.ask({ email: "grace@private.example" }).pipe(as(me.actor))
        const secret = Redacted.value(yield* newestSecret("grace@private.example"))
        const [toNew, again] = yield* sent
        assert.strictEqual(toNew?.subject, "Confirm your new e-mail address – Musterportal")
        const url = `https://portal.example.com/account/e-mail/confirm/${secret}`
        assert.include(toNew?.text, url)
        for (const mail of [toHolder, told, again]) assert.notMatch(mail?.text ?? "", /[A-Za-z0-9_-]{43}/)
        // of the asker: neither the name nor the address
        for (const mail of [toHolder, toNew]) {
          const words = `${mail?.subject} ${mail?.text} ${mail?.html}`.replaceAll(/\s/gu, "")
          for (const word of ["Winnow", "evil", "grace@example"]) assert.notInclude(words, word)
        }
        // the present address is told which one it is, and how to stop it
        assert.include(again?.text.replaceAll(/\s/gu, ""), "grace@private.example")
        assert.include(again?.text, "https://portal.example.com/password/forgotten")
        yield* EmailChanges.confirm({ secret: Redacted.make(secret) }).pipe(as(me.actor))
        const [last] = yield* sent
        assert.strictEqual(last?.subject, "The e-mail address of your account was changed")
        assert.include(last?.text, "Was it not you?")
      }).pipe(Effect.provide(portal))
  )

  it.effect("REG-09 OUT-04 a new address gets no mail of a change that was taken back, or voided by a reset", () =>
    Effect.gen(function* () {
      yield* newcomer()
      const me = yield* signedInBy(yield* signIn(passwords.first))
      yield* sent
      yield* EmailChanges.ask({ email: "first@private.example" }).pipe(as(me.actor))
      yield* EmailChanges.cancel({}).pipe(as(me.actor))
      yield* EmailChanges.ask({ email: "second@private.example" }).pipe(as(me.actor))
      yield* reset(yield* askForReset())
      yield* sent
      const [first, second] = [yield* ends("first@private.example"), yield* ends("second@private.example")]
      assert.match(first.join(), /^dropped /)
      assert.match(second.join(), /^dropped /)
    }).pipe(Effect.provide(portal))
  )
})

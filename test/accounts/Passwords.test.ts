import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { noAccount, passwordChanged, passwordReset, passwordResetLink } from "../../src/accounts/accountMails.ts"
import { Passwords, Registrations, SecondFactors, Sessions, SignIns } from "../../src/accounts/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { hashSecret, LinkRepository } from "../../src/kernel/Links.ts"
import { forEachAdapter } from "../support/adapters.ts"
import {
  anonymously,
  as,
  everyPort,
  given,
  mailsTo,
  newestSecret,
  type Portal,
  signedIn,
  withKernel
} from "../support/portal.ts"
import {
  askForReset,
  codeNow,
  confirm,
  consents,
  credentialsOf,
  form,
  grace,
  lives,
  newcomer,
  passwords,
  register,
  reset,
  signedInBy,
  signIn,
  withApp
} from "./newcomers.ts"

const reasonOf = (refusal: { readonly _tag: string }) => ("reason" in refusal ? refusal.reason : refusal._tag)

type Path = "register" | "confirm" | "confirmNew" | "reset" | "change" | "invitation"
type SetsPassword = (password: Redacted.Redacted) => Effect.Effect<unknown, { readonly _tag: string }, Portal>

/** Grace with two sessions; the first one acts. */
const graceTwice = Effect.gen(function* () {
  yield* newcomer()
  const here = yield* signedInBy(yield* signIn(passwords.first))
  const there = yield* signedInBy(yield* signIn(passwords.first))
  return { here, there }
})

const change = (
  by: { readonly actor: Effect.Success<ReturnType<typeof signedInBy>>["actor"] },
  currentPassword = passwords.first,
  newPassword = passwords.second
) => Passwords.change({ currentPassword, newPassword }).pipe(as(by.actor, { device: "Firefox on Linux" }))

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>) =>
    () =>
      Effect.provide(effect, portal)

  describe(`Passwords (${adapter})`, () => {
    it.effect(
      "AUT-05 R-EN-01 forgot password answers the same for every address; an unknown one gets a mail that says so",
      proving(
        Effect.gen(function* () {
          yield* newcomer({ locale: "en" })
          const ask = (email: string) => Passwords.requestReset({ email }).pipe(anonymously)
          assert.isUndefined(yield* ask(" GRACE@example.com"))
          assert.isUndefined(yield* ask("nobody@example.com"))
          yield* Passwords.requestReset({ email: "someone@example.com", locale: "en" }).pipe(anonymously)
          const credentials = yield* credentialsOf(grace)
          assert.deepInclude((yield* mailsTo(grace)).at(-1), {
            kind: passwordReset.name,
            locale: "en",
            accountId: credentials?.account.id ?? null,
            values: { credentialEpoch: 0, expiresAt: Instant.plus(yield* Instant.now, "60 minutes") }
          })
          const [unknown, ...more] = yield* mailsTo("nobody@example.com")
          assert.deepInclude(unknown, { kind: noAccount.name, locale: "de", accountId: null, values: {} })
          assert.deepStrictEqual(more, [])
          assert.strictEqual((yield* mailsTo("someone@example.com"))[0]?.locale, "en")
          // what the row of the unknown address holds opens nothing
          const secret = yield* newestSecret("nobody@example.com")
          assert.deepInclude(yield* Effect.flip(reset(secret)), { _tag: "LinkUnusable", reason: "void" })
        })
      )
    )

    it.effect(
      "AUT-05 R-PW-16 asking for a reset changes nothing: the password, the sessions and the factor stay as they are",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const before = yield* credentialsOf(grace)
          const secret = yield* askForReset()
          const shown = yield* Passwords.readReset({ secret }).pipe(anonymously)
          assert.deepStrictEqual(shown, { email: grace, expiresAt: Instant.plus(yield* Instant.now, "60 minutes") })
          assert.deepStrictEqual(yield* credentialsOf(grace), before)
          assert.strictEqual(yield* lives(here.token), "lives")
          assert.strictEqual((yield* signIn(passwords.first))._tag, "SignedIn")
        })
      )
    )

    it.effect("AUT-05 R-RL-04 R-RL-05 a source that is beyond its mails keeps nobody from theirs", () =>
      Effect.gen(function* () {
        yield* newcomer()
        const ask = (email: string, source: string) =>
          Passwords.requestReset({ email }).pipe(Actor.provide(Actor.anonymous, { source }))
        yield* ask("nobody@example.com", "192.0.2.7")
        for (let n = 0; n < 10; n++) {
          assert.strictEqual((yield* Effect.flip(ask(grace, "192.0.2.7")))._tag, "TooManyAttempts")
        }
        const before = yield* mailsTo(grace)
        yield* ask(grace, "192.0.2.8")
        assert.strictEqual((yield* mailsTo(grace)).length, before.length + 1)
      }).pipe(
        Effect.provide(
          Layer.provideMerge(withKernel({ limits: { mailPerSource: { max: 1, window: "1 hour" } } }), storage)
        )
      )
    )

    it.effect(
      "AUT-05 R-TK-06 a reset's link is valid for 60 minutes, until the millisecond before, and works once",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const late = yield* askForReset()
          yield* TestClock.adjust("60 minutes")
          assert.deepInclude(yield* Effect.flip(reset(late)), { _tag: "LinkUnusable", reason: "expired" })
          assert.deepInclude(yield* Passwords.readReset({ secret: late }).pipe(anonymously, Effect.flip), {
            reason: "expired"
          })
          const inTime = yield* askForReset()
          yield* TestClock.adjust("3599999 millis")
          yield* reset(inTime)
          assert.deepInclude(yield* Effect.flip(reset(inTime, passwords.first)), {
            _tag: "LinkUnusable",
            reason: "used"
          })
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "AUT-05 R-TK-07 V-11 a newer link voids the older one, and a mail's limit is by address",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const older = yield* askForReset()
          const newer = yield* askForReset()
          assert.deepInclude(yield* Effect.flip(reset(older)), { _tag: "LinkUnusable", reason: "void" })
          for (let n = 0; n < 3; n++) yield* Passwords.requestReset({ email: grace }).pipe(anonymously)
          assert.deepInclude(yield* Passwords.requestReset({ email: grace }).pipe(anonymously, Effect.flip), {
            _tag: "TooManyAttempts",
            retryAt: Instant.plus(yield* Instant.now, "1 hour")
          })
          assert.deepInclude(yield* Effect.flip(reset(newer)), { _tag: "LinkUnusable", reason: "void" })
          yield* reset(yield* newestSecret(grace))
        })
      )
    )

    it.effect(
      "AUT-05 R-PW-15 a reset signs nobody in and does not skip the second factor",
      proving(
        Effect.gen(function* () {
          const app = yield* withApp()
          yield* newcomer({ secondFactor: app.secondFactor })
          assert.isUndefined(yield* reset(yield* askForReset()))
          const outcome = yield* signIn(passwords.second)
          if (outcome._tag !== "SecondFactorNeeded") return assert.fail(outcome._tag)
          yield* TestClock.adjust("1 minute")
          const { token } = yield* SignIns.completeSignIn({
            challenge: outcome.challenge,
            code: yield* codeNow(app.secret)
          }).pipe(anonymously)
          const { actor } = yield* Sessions.authenticate(token)
          assert.strictEqual((yield* Sessions.list({}).pipe(as(actor))).items.length, 1)
        })
      )
    )

    it.effect(
      "AUT-06 R-SE-06 V-18 after a reset every session, challenge, pending factor and open link of before is dead",
      proving(
        Effect.gen(function* () {
          const { here, there } = yield* graceTwice
          yield* SecondFactors.beginEnrolment({}).pipe(as(here.actor))
          yield* reset(yield* askForReset())
          assert.strictEqual(yield* lives(here.token), "SignInRequired")
          assert.strictEqual(yield* lives(there.token), "SignInRequired")
          assert.strictEqual((yield* credentialsOf(grace))?.account.credentialEpoch, 1)
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
          const { actor } = yield* signedInBy(yield* signIn(passwords.second))
          assert.strictEqual((yield* SecondFactors.status({}).pipe(as(actor))).pending, false)
          assert.deepInclude((yield* mailsTo(grace)).at(-1), { kind: passwordChanged.name, locale: "de" })
        })
      )
    )

    it.effect(
      "AUT-06 R-TO-12 a challenge from before a reset leads on to no session",
      proving(
        Effect.gen(function* () {
          const app = yield* withApp()
          yield* newcomer({ secondFactor: app.secondFactor })
          yield* TestClock.adjust("1 minute")
          const outcome = yield* signIn(passwords.first)
          if (outcome._tag !== "SecondFactorNeeded") return assert.fail(outcome._tag)
          yield* reset(yield* askForReset())
          const refused = yield* SignIns.completeSignIn({
            challenge: outcome.challenge,
            code: yield* codeNow(app.secret)
          }).pipe(anonymously, Effect.flip)
          assert.strictEqual(refused._tag, "ChallengeUnusable")
        })
      )
    )

    it.effect(
      "AUT-06 R-TK-05 a reset's link of an older credential epoch is dead, though nobody used or voided it",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          const secret = yield* askForReset()
          yield* change(here)
          assert.deepInclude(yield* Effect.flip(reset(secret, passwords.wrong)), {
            _tag: "LinkUnusable",
            reason: "void"
          })
          assert.deepInclude(yield* Passwords.readReset({ secret }).pipe(anonymously, Effect.flip), { reason: "void" })
          const links = yield* LinkRepository
          const link = yield* links.find(passwordResetLink.name, yield* hashSecret(passwordResetLink.name, secret))
          assert.deepInclude(Option.getOrUndefined(link), { usedAt: null, voidedAt: null })
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "R-TK-08 R-PW-12 a refused reset does not burn the link; without a link there is no reset",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const secret = yield* askForReset()
          const weak = yield* Effect.flip(reset(secret, passwords.weak))
          assert.deepInclude(weak, { _tag: "PasswordRefused", reason: "too-short" })
          const unknown = yield* Effect.flip(reset(Redacted.make("A".repeat(43))))
          assert.deepInclude(unknown, { _tag: "LinkUnusable", reason: "unknown" })
          // a link for something else opens no reset (R-TK-04)
          const other = yield* register({ email: "other@example.com" })
          assert.deepInclude(yield* Effect.flip(reset(other)), { _tag: "LinkUnusable", reason: "unknown" })
          assert.deepInclude(yield* Effect.flip(confirm({ secret, newPassword: passwords.second })), {
            _tag: "LinkUnusable",
            reason: "unknown"
          })
          yield* reset(secret)
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "R-RL-04 guesses at the old password do not keep the owner out after a reset",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          for (let n = 0; n < 5; n++) yield* Effect.flip(signIn(passwords.wrong))
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "TooManyAttempts")
          yield* reset(yield* askForReset())
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "R-PW-12 AUT-08 changing the password needs the current one, counted as at sign-in",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          for (let n = 0; n < 5; n++) {
            assert.strictEqual((yield* Effect.flip(change(here, passwords.wrong)))._tag, "PasswordWrong")
          }
          assert.strictEqual((yield* Effect.flip(change(here)))._tag, "TooManyAttempts")
          assert.strictEqual((yield* credentialsOf(grace))?.account.credentialEpoch, 0)
          yield* TestClock.adjust("2 seconds")
          yield* change(here)
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "R-SE-10 changing the password needs an authentication not older than ten minutes",
      proving(
        Effect.gen(function* () {
          const { here } = yield* graceTwice
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual((yield* Effect.flip(change(here)))._tag, "StepUpRequired")
          assert.strictEqual((yield* signIn(passwords.first))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "AUT-06 R-SE-06 changing the password ends all other sessions, and the one that asked gets a new token",
      proving(
        Effect.gen(function* () {
          const { here, there } = yield* graceTwice
          const { token } = yield* change(here)
          assert.strictEqual(yield* lives(here.token), "SignInRequired")
          assert.strictEqual(yield* lives(there.token), "SignInRequired")
          const { actor } = yield* Sessions.authenticate(token)
          assert.deepStrictEqual({ ...actor }, { ...here.actor, credentialEpoch: 1 })
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
          assert.deepInclude((yield* mailsTo(grace)).at(-1), {
            kind: passwordChanged.name,
            values: { at: yield* Instant.now, device: "Firefox on Linux", place: null }
          })
          // the actor of before is nobody any more
          assert.strictEqual(
            (yield* Effect.flip(change(here, passwords.second, passwords.first)))._tag,
            "SignInRequired"
          )
        })
      )
    )

    it.effect(
      "AUT-02 R-PW-09 one policy holds on every path that sets a password, with the reason",
      proving(
        Effect.gen(function* () {
          const hostAccount = yield* given.account("owner@example.com")
          const tenant = yield* given.tenant(hostAccount, { name: "Zahnradfabrik Quellwasser GmbH" })
          const host = yield* signedIn(hostAccount)
          const { here } = yield* graceTwice
          const member = yield* credentialsOf(grace)
          if (member !== undefined) yield* given.member(tenant.id, member.account, ["member"])
          const resetSecret = yield* askForReset()
          const withPassword = yield* register({ email: "new1@example.com", password: passwords.first })
          const without = yield* register({ email: "new2@example.com" })
          yield* Invitations.invite({ tenantId: tenant.id, email: "new3@example.com", roles: ["member"] }).pipe(
            as(host)
          )
          const invitation = yield* newestSecret("new3@example.com")

          const paths: Readonly<Record<Path, SetsPassword>> = {
            register: (password) =>
              Registrations.register({ ...form, email: "new4@example.com", password }).pipe(anonymously),
            confirm: (newPassword) => confirm({ secret: without, newPassword }),
            confirmNew: (newPassword) => confirm({ secret: withPassword, newPassword }),
            reset: (password) => reset(resetSecret, password),
            change: (password) =>
              Effect.andThen(TestClock.adjust("5 seconds"), change(here, passwords.first, password)),
            invitation: (password) =>
              Invitations.acceptAsNew({
                secret: invitation,
                firstName: "Grace",
                lastName: "Hopper",
                consents,
                password
              }).pipe(anonymously)
          }
          const refused = [
            ["short of it", "too-short"],
            ["x".repeat(200), "too-long"],
            ["passwordpassword", "common"],
            ["GraceHopper-Grace!", "own-words"],
            ["portico portico 2026", "own-words"],
            [`unpaired ${"\ud800"} surrogate half`, "malformed"]
          ] as const
          for (const [path, set] of Object.entries(paths)) {
            for (const [password, reason] of refused) {
              const refusal = yield* Effect.flip(set(Redacted.make(password)))
              assert.strictEqual(`${path}: ${reasonOf(refusal)}`, `${path}: ${reason}`)
            }
          }
          // the words of the tenants that a person is known to belong to
          for (const path of ["reset", "change", "invitation"] as const) {
            const refusal = yield* Effect.flip(paths[path](Redacted.make("Zahnradfabrik Quellwasser")))
            assert.strictEqual(`${path}: ${reasonOf(refusal)}`, `${path}: own-words`)
          }
          // and what the policy takes is taken, on those paths that do not end each other
          yield* Effect.forEach(["register", "confirm", "confirmNew", "change", "invitation"] as const, (path) =>
            paths[path](passwords.second)
          )
        })
      )
    )
  })
})

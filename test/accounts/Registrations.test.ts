import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { addressTaken, confirmRegistration, noRegistration } from "../../src/accounts/accountMails.ts"
import { Registrations, SecondFactors, Sessions, SignIns } from "../../src/accounts/index.ts"
import { RegistrationRepository } from "../../src/accounts/RegistrationRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { job } from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { ConsentRepository } from "../../src/privacy/ConsentRepository.ts"
import { Permissions } from "../../src/tenants/index.ts"
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

const attempts = Effect.flatMap(RegistrationRepository, (registrations) =>
  registrations.ofEmailForUpdate(EmailAddress.make(grace))
)

const kindsTo = (email: string) => Effect.map(mailsTo(email), (mails) => mails.map(({ kind }) => kind))

const again = Registrations.sendAgain({ email: grace }).pipe(anonymously)

forEachAdapter(everyPort, (adapter, storage) => {
  const kernel = withKernel({
    consents: {
      required: {
        registration: [
          ...defaults.consents.required.registration,
          { ...defaults.consents.marketing, kind: "terms", version: "3" }
        ]
      }
    }
  })
  const portal = Layer.provideMerge(withKernel(), storage)
  const strictPortal = Layer.provideMerge(kernel, storage)
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>) =>
    () =>
      Effect.provide(effect, portal)

  describe(`Registrations (${adapter})`, () => {
    it.effect(
      "REG-01 registering answers nothing but that a mail was sent, in the language chosen",
      proving(
        Effect.gen(function* () {
          const answer = yield* Registrations.register({
            ...form,
            email: " Grace@EXAMPLE.com ",
            companyName: " Univac ",
            locale: "en",
            password: passwords.first
          }).pipe(anonymously)
          assert.isUndefined(answer)
          yield* Registrations.register({ ...form, email: "other@example.com" }).pipe(anonymously)
          const [mail, ...more] = yield* mailsTo(grace)
          const [attempt] = yield* attempts
          assert.deepStrictEqual(more, [])
          assert.deepInclude(mail, { kind: confirmRegistration.name, locale: "en", accountId: null })
          assert.deepStrictEqual(mail?.values, {
            registrationId: attempt?.id,
            expiresAt: Instant.plus(yield* Instant.now, "24 hours")
          })
          assert.deepInclude(attempt, { firstName: "Grace", lastName: "Hopper", companyName: "Univac", locale: "en" })
          assert.strictEqual((yield* mailsTo("other@example.com"))[0]?.locale, "de")
        })
      )
    )

    it.effect("REG-01 PRI-01 every required consent is needed in today's version, and becomes evidence", () =>
      Effect.gen(function* () {
        const refused = (given: typeof consents) =>
          Effect.map(Effect.flip(Registrations.register({ ...form, consents: given }).pipe(anonymously)), (refusal) =>
            "kinds" in refusal ? refusal.kinds : refusal._tag
          )
        const terms = { kind: "terms", version: "3" }
        const marketing = { kind: "marketing", version: "1" }
        assert.deepStrictEqual(yield* refused([]), ["privacy", "terms"])
        assert.deepStrictEqual(yield* refused(consents), ["terms"])
        assert.deepStrictEqual(yield* refused([...consents, { ...terms, version: "2" }]), ["terms"])
        assert.deepStrictEqual(yield* mailsTo(grace), [])

        const given = [...consents, terms, marketing, { kind: "whatever", version: "1" }]
        const secret = yield* register({ consents: given, locale: "en" })
        const registeredAt = yield* Instant.now
        yield* TestClock.adjust("1 hour")
        yield* confirm({ secret, newPassword: passwords.first })
        const evidence = yield* ConsentRepository
        const account = yield* credentialsOf(grace)
        const rows = account === undefined ? [] : yield* evidence.ofAccount(account.account.id)
        assert.deepStrictEqual(rows.map(({ kind, version }) => `${kind} ${version}`).sort(), [
          "marketing 1",
          "privacy 1",
          "terms 3"
        ])
        for (const row of rows) {
          assert.deepInclude(row, { given: true, at: registeredAt, locale: "en", channel: "registration" })
          assert.match(row.textHash, /^[0-9a-f]{64}$/)
        }
      }).pipe(Effect.provide(strictPortal))
    )

    it.effect(
      "REG-01 G-01 refused input names its fields, and nothing was written",
      proving(
        Effect.gen(function* () {
          const refused = yield* Registrations.register({
            ...form,
            email: "no address",
            firstName: " ",
            locale: "German"
          }).pipe(anonymously, Effect.flip)
          assert.strictEqual(refused._tag, "InvalidInput")
          assert.deepStrictEqual(
            refused._tag === "InvalidInput" && refused.issues.map(({ code, path }) => `${path.join(".")} ${code}`),
            ["email email", "firstName missing", "locale locale"]
          )
          assert.deepStrictEqual(yield* attempts, [])
        })
      )
    )

    it.effect(
      "REG-01 AUT-02 a form is checked before a second factor is set up, as registering would, and nothing is written",
      proving(
        Effect.gen(function* () {
          const check = (over: Partial<Parameters<typeof Registrations.check>[0]>) =>
            Registrations.check({ ...form, password: passwords.first, ...over }).pipe(anonymously)
          assert.isUndefined(yield* check({}))
          assert.strictEqual((yield* Effect.flip(check({ password: passwords.weak })))._tag, "PasswordRefused")
          assert.strictEqual((yield* Effect.flip(check({ consents: [] })))._tag, "ConsentRequired")
          assert.strictEqual((yield* Effect.flip(check({ email: "no address" })))._tag, "InvalidInput")
          assert.deepStrictEqual(yield* attempts, [])
          assert.deepStrictEqual(yield* mailsTo(grace), [])
        })
      )
    )

    it.effect(
      "REG-02 before the link is confirmed there is no account, and the password opens nothing",
      proving(
        Effect.gen(function* () {
          const secret = yield* register({ password: passwords.first })
          assert.isUndefined(yield* credentialsOf(grace))
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
          yield* confirm({ secret, password: passwords.first })
          assert.deepInclude((yield* credentialsOf(grace))?.account, {
            email: grace,
            firstName: "Grace",
            state: "active",
            credentialEpoch: 0
          })
          assert.strictEqual((yield* signIn(passwords.first))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "REG-02 of several open attempts the first that is confirmed wins and voids the rest",
      proving(
        Effect.gen(function* () {
          const first = yield* register({ firstName: "First", password: passwords.first })
          const second = yield* register({ firstName: "Second", password: passwords.second })
          const third = yield* register({ firstName: "Third" })
          assert.strictEqual((yield* attempts).length, 3)
          yield* confirm({ secret: second, password: passwords.second })
          for (const secret of [first, third]) {
            assert.strictEqual(
              (yield* Effect.flip(confirm({ secret, newPassword: passwords.first })))._tag,
              "AlreadyRegistered"
            )
            assert.strictEqual(
              (yield* Registrations.read({ secret }).pipe(anonymously, Effect.flip))._tag,
              "AlreadyRegistered"
            )
          }
          assert.deepStrictEqual(yield* attempts, [])
          assert.strictEqual((yield* credentialsOf(grace))?.account.firstName, "Second")
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
        })
      )
    )

    it.effect(
      "REG-03 R-EN-04 registering a taken address changes nothing and mails its owner the ways in",
      proving(
        Effect.gen(function* () {
          const { signIn: outcome } = yield* newcomer({ locale: "en" })
          const { token } = yield* signedInBy(outcome)
          const before = yield* credentialsOf(grace)
          const app = yield* withApp()
          const answer = yield* Registrations.register({
            ...form,
            firstName: "Mallory",
            locale: "de",
            password: passwords.second,
            secondFactor: app.secondFactor
          }).pipe(anonymously)
          assert.isUndefined(answer)
          assert.deepInclude((yield* mailsTo(grace)).at(-1), {
            kind: addressTaken.name,
            locale: "en",
            values: {},
            accountId: before?.account.id ?? null
          })
          assert.deepStrictEqual(yield* credentialsOf(grace), before)
          assert.strictEqual(yield* lives(token), "lives")
          // not even whoever reads the rows can confirm it
          const secret = yield* newestSecret(grace)
          const refused = yield* Effect.flip(confirm({ secret, password: passwords.second }))
          assert.strictEqual(refused._tag, "AlreadyRegistered")
          assert.deepStrictEqual(
            (yield* attempts).map(({ addressTaken }) => addressTaken),
            [true]
          )
          assert.deepStrictEqual(yield* credentialsOf(grace), before)
        })
      )
    )

    it.effect(
      "REG-04 R-TK-06 the link is valid for 24 hours, until the millisecond before",
      proving(
        Effect.gen(function* () {
          const early = yield* register({ password: passwords.first })
          yield* TestClock.adjust("1 second")
          const late = yield* register({ password: passwords.first })
          yield* TestClock.adjust("86398999 millis")
          assert.strictEqual((yield* Registrations.read({ secret: early }).pipe(anonymously)).hasPassword, true)
          yield* TestClock.adjust("1 millis")
          assert.deepInclude(yield* Effect.flip(confirm({ secret: early, password: passwords.first })), {
            _tag: "LinkUnusable",
            reason: "expired"
          })
          assert.deepInclude(yield* Registrations.read({ secret: early }).pipe(anonymously, Effect.flip), {
            reason: "expired"
          })
          yield* TestClock.adjust("999 millis")
          assert.strictEqual((yield* confirm({ secret: late, password: passwords.first })).signIn._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "REG-04 R-TK-09 opening the link shows the attempt and changes nothing; confirming works once",
      proving(
        Effect.gen(function* () {
          const app = yield* withApp()
          const secret = yield* register({
            companyName: "Univac",
            password: passwords.first,
            secondFactor: app.secondFactor
          })
          const before = yield* attempts
          const shown = {
            email: grace,
            firstName: "Grace",
            lastName: "Hopper",
            companyName: "Univac",
            locale: "de",
            hasPassword: true,
            hasSecondFactor: true,
            consents,
            expiresAt: Instant.plus(yield* Instant.now, "24 hours")
          }
          for (const _ of [1, 2, 3]) {
            assert.deepEqual(yield* Registrations.read({ secret }).pipe(anonymously), shown)
          }
          assert.deepStrictEqual(yield* attempts, before)
          assert.isUndefined(yield* credentialsOf(grace))
          yield* confirm({ secret, password: passwords.first })
          const once = yield* Effect.flip(confirm({ secret, password: passwords.first }))
          assert.deepInclude(once, { _tag: "LinkUnusable", reason: "used" })
          const nothing = yield* Effect.flip(
            confirm({ secret: Redacted.make("A".repeat(43)), newPassword: passwords.first })
          )
          assert.deepInclude(nothing, { _tag: "LinkUnusable", reason: "unknown" })
        })
      )
    )

    it.effect(
      "REG-05 R-TK-08 an attempt with a password asks for it; a wrong one is refused and leaves the link good",
      proving(
        Effect.gen(function* () {
          const secret = yield* register({ password: passwords.first })
          const missing = yield* Effect.flip(confirm({ secret }))
          assert.deepInclude(missing, { _tag: "InvalidInput", issues: [{ path: ["password"], code: "missing" }] })
          const both = yield* Effect.flip(confirm({ secret, password: passwords.first, newPassword: passwords.second }))
          assert.strictEqual(both._tag, "InvalidInput")
          const wrong = yield* Effect.flip(confirm({ secret, password: passwords.wrong }))
          assert.strictEqual(wrong._tag, "PasswordWrong")
          assert.isUndefined(yield* credentialsOf(grace))
          const { recoveryCodes, signIn: outcome } = yield* confirm({ secret, password: passwords.first })
          assert.isNull(recoveryCodes)
          const { account, actor } = yield* signedInBy(outcome)
          assert.strictEqual(account.email, grace)
          assert.strictEqual(actor.secondFactor, false)
        })
      )
    )

    it.effect(
      "REG-05 AUT-08 wrong passwords at confirmation are limited as at sign-in, and a new link does not reset the count",
      proving(
        Effect.gen(function* () {
          let secret = yield* register({ password: passwords.first })
          for (let n = 0; n < 5; n++) {
            assert.strictEqual(
              (yield* Effect.flip(confirm({ secret, password: passwords.wrong })))._tag,
              "PasswordWrong"
            )
          }
          yield* again
          secret = yield* newestSecret(grace)
          const limited = yield* Effect.flip(confirm({ secret, password: passwords.first }))
          assert.strictEqual(limited._tag, "TooManyAttempts")
          yield* TestClock.adjust("2 seconds")
          assert.strictEqual((yield* confirm({ secret, password: passwords.first })).signIn._tag, "SignedIn")
          // who has proven the password does not wait for what was guessed before
          assert.strictEqual((yield* Effect.flip(signIn(passwords.wrong)))._tag, "SignInRefused")
        })
      )
    )

    it.effect(
      "REG-05 R-SO-08 a new password set with the link drops the password and the factor of the attempt",
      proving(
        Effect.gen(function* () {
          const app = yield* withApp()
          const secret = yield* register({ password: passwords.first, secondFactor: app.secondFactor })
          const { recoveryCodes, signIn: outcome } = yield* confirm({ secret, newPassword: passwords.second })
          assert.isNull(recoveryCodes)
          const { actor } = yield* signedInBy(outcome)
          assert.deepInclude(yield* SecondFactors.status({}).pipe(as(actor)), { enabled: false, recoveryCodes: 0 })
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "REG-05 confirming an attempt without a password sets one; a weak one leaves the link good",
      proving(
        Effect.gen(function* () {
          const secret = yield* register()
          assert.strictEqual((yield* Registrations.read({ secret }).pipe(anonymously)).hasPassword, false)
          for (const input of [{ secret }, { secret, password: passwords.first }]) {
            assert.deepInclude(yield* Effect.flip(confirm(input)), {
              _tag: "InvalidInput",
              issues: [{ path: ["newPassword"], code: "missing" }]
            })
          }
          assert.strictEqual(
            (yield* Effect.flip(confirm({ secret, newPassword: passwords.weak })))._tag,
            "PasswordRefused"
          )
          const { signIn: outcome } = yield* confirm({ secret, newPassword: passwords.first, staySignedIn: true })
          assert.strictEqual(outcome._tag === "SignedIn" && outcome.staySignedIn, true)
          assert.strictEqual((yield* signIn(passwords.first))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "REG-06 TFA-05 a prepared factor becomes real with the attempt's password: recovery codes once, and a code before any session",
      proving(
        Effect.gen(function* () {
          yield* TestClock.adjust("1 hour")
          const app = yield* withApp()
          const secret = yield* register({ password: passwords.first, secondFactor: app.secondFactor })
          const { recoveryCodes, signIn: outcome } = yield* confirm({ secret, password: passwords.first })
          assert.strictEqual(recoveryCodes?.length, 10)
          assert.strictEqual((yield* credentialsOf(grace))?.secondFactor, true)
          if (outcome._tag !== "SecondFactorNeeded") return assert.fail(outcome._tag)
          const complete = (code: Redacted.Redacted) =>
            SignIns.completeSignIn({ challenge: outcome.challenge, code }).pipe(anonymously)
          // the code that was typed in when registering cannot be used again (TFA-02)
          assert.strictEqual((yield* Effect.flip(complete(app.secondFactor.code)))._tag, "CodeRefused")
          yield* TestClock.adjust("30 seconds")
          const done = yield* complete(yield* codeNow(app.secret))
          assert.strictEqual((yield* Sessions.authenticate(done.token)).actor.secondFactor, true)

          const second = yield* signIn(passwords.first)
          if (second._tag !== "SecondFactorNeeded") return assert.fail(second._tag)
          const [code] = recoveryCodes ?? []
          if (code === undefined) return assert.fail("no recovery code")
          yield* SignIns.completeSignIn({ challenge: second.challenge, code }).pipe(anonymously)
        })
      )
    )

    it.effect(
      "REG-06 TFA-01 only the address's own prepared factor with a right code is taken, and only with a password",
      proving(
        Effect.gen(function* () {
          const app = yield* withApp()
          const trying = (over: Partial<Parameters<typeof Registrations.register>[0]>) =>
            Registrations.register({
              ...form,
              password: passwords.first,
              secondFactor: app.secondFactor,
              ...over
            }).pipe(anonymously, Effect.flip)
          const other = yield* trying({ email: "other@example.com" })
          assert.deepInclude(other, { issues: [{ path: ["secondFactor", "prepared"], code: "invalid" }] })
          const forged = yield* trying({ secondFactor: { ...app.secondFactor, prepared: "k1.AAAA" } })
          assert.deepInclude(forged, { issues: [{ path: ["secondFactor", "prepared"], code: "invalid" }] })
          const code = yield* codeNow(app.secret, 5)
          assert.strictEqual((yield* trying({ secondFactor: { ...app.secondFactor, code } }))._tag, "CodeRefused")
          const withoutPassword = yield* Registrations.register({ ...form, secondFactor: app.secondFactor }).pipe(
            anonymously,
            Effect.flip
          )
          assert.deepInclude(withoutPassword, { issues: [{ path: ["password"], code: "missing" }] })
          assert.deepStrictEqual(yield* attempts, [])
        })
      )
    )

    it.effect(
      "REG-07 R-TK-07 the link can be sent again: the older one is void, and the new one works",
      proving(
        Effect.gen(function* () {
          const older = yield* register({ locale: "en", password: passwords.first })
          yield* TestClock.adjust("23 hours")
          assert.isUndefined(yield* again)
          const newer = yield* newestSecret(grace)
          assert.deepInclude((yield* mailsTo(grace)).at(-1), { kind: confirmRegistration.name, locale: "en" })
          assert.deepInclude(yield* Effect.flip(confirm({ secret: older, password: passwords.first })), {
            _tag: "LinkUnusable",
            reason: "void"
          })
          yield* TestClock.adjust("23 hours")
          assert.strictEqual((yield* confirm({ secret: newer, password: passwords.first })).signIn._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "REG-07 a link that ran out can be sent again for seven days; afterwards the mail says that nothing waits",
      proving(
        Effect.gen(function* () {
          yield* register({ password: passwords.first })
          yield* TestClock.adjust("7 days")
          yield* TestClock.adjust("-1 millis")
          yield* again
          assert.strictEqual((yield* kindsTo(grace)).at(-1), confirmRegistration.name)
          const last = yield* newestSecret(grace)
          yield* TestClock.adjust("1 millis")
          assert.deepInclude(yield* Registrations.read({ secret: last }).pipe(anonymously, Effect.flip), {
            reason: "void"
          })
          assert.deepInclude(yield* Effect.flip(confirm({ secret: last, password: passwords.first })), {
            reason: "void"
          })
          yield* again
          assert.strictEqual((yield* kindsTo(grace)).at(-1), noRegistration.name)
          yield* Registrations.sendAgain({ email: "nobody@example.com", locale: "en" }).pipe(anonymously)
          assert.deepInclude((yield* mailsTo("nobody@example.com"))[0], { kind: noRegistration.name, locale: "en" })
          const deleted = yield* Registrations.purge({}).pipe(as(job("registrations.purge")))
          assert.deepStrictEqual(deleted, { deleted: 0, more: false })
          yield* TestClock.adjust("1 millis")
          assert.deepStrictEqual(yield* Registrations.purge({}).pipe(as(job("registrations.purge"))), {
            deleted: 1,
            more: false
          })
          assert.deepStrictEqual(yield* attempts, [])
          assert.deepInclude(yield* Registrations.read({ secret: last }).pipe(anonymously, Effect.flip), {
            reason: "void"
          })
        })
      )
    )

    it.effect(
      "REG-07 who has an account by now is told so when the mail is asked for again",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          yield* again
          assert.strictEqual((yield* kindsTo(grace)).at(-1), addressTaken.name)
        })
      )
    )

    it.effect(
      "REG-07 LIM-01 mails are limited per address, whether they come from registering or from sending again",
      proving(
        Effect.gen(function* () {
          for (let n = 0; n < 3; n++) yield* register()
          for (let n = 0; n < 2; n++) yield* again
          const refused = yield* Effect.flip(again)
          assert.deepInclude(refused, {
            _tag: "TooManyAttempts",
            retryAt: Instant.plus(yield* Instant.now, "1 hour")
          })
          assert.strictEqual((yield* Effect.flip(register()))._tag, "TooManyAttempts")
          // mistakes in the form cost an address nothing
          for (let n = 0; n < 6; n++)
            yield* Effect.flip(register({ email: "other@example.com", password: passwords.weak }))
          yield* register({ email: "other@example.com", password: passwords.first })
          yield* TestClock.adjust("1 hour")
          yield* again
          assert.strictEqual((yield* mailsTo(grace)).length, 6)
        })
      )
    )

    it.effect("REG-07 LIM-01 mails are limited per source, an IPv6 network being one", () =>
      Effect.gen(function* () {
        const from = (n: number, source: string) =>
          Effect.exit(
            Registrations.sendAgain({ email: `a${n}@example.com` }).pipe(as({ _tag: "Anonymous" }, { source }))
          )
        const tags = yield* Effect.forEach([1, 2, 3, 4, 5], (n) =>
          Effect.map(from(n, `2001:db8:1:2::${n}`), ({ _tag }) => _tag)
        )
        assert.deepStrictEqual(tags, ["Success", "Success", "Success", "Failure", "Failure"])
        assert.strictEqual((yield* from(6, "2001:db8:1:3::1"))._tag, "Success")
      }).pipe(
        Effect.provide(
          Layer.provideMerge(withKernel({ limits: { mailPerSource: { max: 3, window: "1 hour" } } }), storage)
        )
      )
    )

    it.effect(
      "REG-08 after the first sign-in an account without a membership is in the state no access",
      proving(
        Effect.gen(function* () {
          const { signIn: outcome } = yield* newcomer()
          const { actor, memberships } = yield* signedInBy(outcome)
          assert.deepStrictEqual(memberships, [])
          const place = yield* Permissions.whereCanIGo({}).pipe(as(actor))
          assert.deepInclude(place, { state: "no-access", tenants: [] })
        })
      )
    )
  })

  describe(`an attacker registers first (${adapter})`, () => {
    const attack = Effect.gen(function* () {
      const app = yield* withApp()
      const secret = yield* register({
        firstName: "Mallory",
        password: passwords.first,
        secondFactor: app.secondFactor
      })
      return { app, secret }
    })

    const attackerIsOut = Effect.gen(function* () {
      assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
      const credentials = yield* credentialsOf(grace)
      assert.strictEqual(credentials?.secondFactor, false)
      assert.deepStrictEqual(
        (yield* attempts).filter(({ addressTaken }) => !addressTaken).map(({ id }) => id),
        []
      )
    })

    it.effect(
      "R-SO-05 R-SO-08 V-21 the owner of the address confirms by the link: the attacker's password and factor are dead",
      proving(
        Effect.gen(function* () {
          const { secret } = yield* attack
          const { signIn: outcome } = yield* confirm({ secret, newPassword: passwords.second })
          yield* signedInBy(outcome)
          yield* attackerIsOut
          assert.strictEqual((yield* signIn(passwords.second))._tag, "SignedIn")
        })
      )
    )

    it.effect(
      "R-SO-05 V-21 the owner of the address registers as well and confirms that: nothing of the attacker's is left",
      proving(
        Effect.gen(function* () {
          const { secret } = yield* attack
          yield* newcomer({ password: passwords.second })
          yield* attackerIsOut
          assert.strictEqual((yield* credentialsOf(grace))?.account.firstName, "Grace")
          assert.strictEqual(
            (yield* Effect.flip(confirm({ secret, password: passwords.first })))._tag,
            "AlreadyRegistered"
          )
        })
      )
    )

    it.effect(
      "R-SO-03 V-21 the owner of the address comes in another way, by an invitation: the attacker's attempt is dead",
      proving(
        Effect.gen(function* () {
          const { secret } = yield* attack
          const host = yield* given.account("owner@example.com")
          const tenant = yield* given.tenant(host)
          yield* Invitations.invite({ tenantId: tenant.id, email: grace, roles: ["member"] }).pipe(
            as(yield* signedIn(host))
          )
          yield* Invitations.acceptAsNew({
            secret: yield* newestSecret(grace),
            firstName: "Grace",
            lastName: "Hopper",
            password: passwords.second,
            consents
          }).pipe(anonymously)
          assert.strictEqual((yield* Effect.flip(signIn(passwords.first)))._tag, "SignInRefused")
          const before = yield* credentialsOf(grace)
          assert.strictEqual(before?.secondFactor, false)
          for (const input of [
            { secret, password: passwords.first },
            { secret, newPassword: passwords.first }
          ]) {
            assert.strictEqual((yield* Effect.flip(confirm(input)))._tag, "AlreadyRegistered")
          }
          assert.deepStrictEqual(yield* credentialsOf(grace), before)
        })
      )
    )

    it.effect(
      "R-SO-04 a session that the attacker kept is dead after the owner's reset",
      proving(
        Effect.gen(function* () {
          yield* newcomer()
          const { token } = yield* signedInBy(yield* signIn(passwords.first))
          assert.strictEqual(yield* lives(token), "lives")
          yield* reset(yield* askForReset())
          assert.strictEqual(yield* lives(token), "SignInRequired")
        })
      )
    )
  })
})

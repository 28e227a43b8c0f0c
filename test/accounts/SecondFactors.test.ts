import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { SecondFactorRepository } from "../../src/accounts/SecondFactorRepository.ts"
import * as SecondFactors from "../../src/accounts/SecondFactors.ts"
import * as Sessions from "../../src/accounts/Sessions.ts"
import { mails } from "../../src/accounts/signInMails.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import { toBase64Url } from "../../src/kernel/Crypto.ts"
import * as Kernel from "../../src/kernel/layer.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { everyPort, keyRing, mailsTo, type Portal, withKernel } from "../support/portal.ts"
import {
  as,
  challengeOf,
  codeNow,
  completeSignIn,
  credentialsOf,
  enter,
  enterWithCode,
  isAlive,
  PASSWORD,
  person,
  personWithFactor,
  signIn,
  today
} from "./people.ts"

const tag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error._tag)

const begin = (actor: Actor.Account) => SecondFactors.beginEnrolment({}).pipe(as(actor))
const confirm = (actor: Actor.Account, code: Redacted.Redacted) =>
  SecondFactors.confirmEnrolment({ code }).pipe(as(actor))
const disable = (actor: Actor.Account) => SecondFactors.disable({}).pipe(as(actor))
const regenerate = (actor: Actor.Account) => SecondFactors.regenerateRecoveryCodes({}).pipe(as(actor))
const status = (actor: Actor.Account) => SecondFactors.status({}).pipe(as(actor))

const actorOf = (token: Redacted.Redacted) => Effect.map(Sessions.authenticate(token), ({ actor }) => actor)

/** Signs in and enrols an app; answers the session that did it. */
const enrol = Effect.fnUntraced(function* (email: string) {
  const { actor } = yield* enter(email)
  const { secret } = yield* begin(actor)
  const { recoveryCodes, token } = yield* confirm(actor, yield* codeNow(secret))
  return { secret, recoveryCodes, token, actor: yield* actorOf(token) }
})

const kindsTo = (email: string) =>
  Effect.map(mailsTo(email), (mails) =>
    mails.map(({ kind, values }) => [
      kind,
      typeof values === "object" && values !== null && "change" in values ? values.change : undefined
    ])
  )

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const test = <A, E>(effect: Effect.Effect<A, E, Portal>) => Effect.provide(Effect.andThen(today, effect), portal)

  describe(`second factor (${adapter})`, () => {
    it.effect("TFA-01 R-TO-02 R-TO-08 an app counts once a code of it is confirmed, and not before", () =>
      test(
        Effect.gen(function* () {
          const account = yield* person("ada@example.com")
          const { actor, token } = yield* enter("ada@example.com")
          const { secret, uri } = yield* begin(actor)
          assert.match(Redacted.value(secret), /^[A-Z2-7]{32}$/)
          assert.include(Redacted.value(uri), `secret=${Redacted.value(secret)}`)
          assert.deepStrictEqual(yield* status(actor), { enabled: false, since: null, pending: true, recoveryCodes: 0 })
          assert.strictEqual((yield* signIn("ada@example.com"))._tag, "SignedIn")

          assert.strictEqual(yield* tag(confirm(actor, Redacted.make("000000"))), "CodeRefused")
          const { recoveryCodes, token: next } = yield* confirm(actor, yield* codeNow(secret))
          assert.strictEqual(new Set(recoveryCodes.map(Redacted.value)).size, 10)
          assert.isFalse(yield* isAlive(token))
          const again = yield* actorOf(next)
          assert.deepInclude(yield* status(again), { enabled: true, pending: false, recoveryCodes: 10 })
          assert.strictEqual((yield* signIn("ada@example.com"))._tag, "SecondFactorNeeded")
          const { account: stored, secondFactor } = yield* credentialsOf(account)
          assert.deepStrictEqual([secondFactor, stored.credentialEpoch], [true, 1])
        })
      )
    )

    it.effect("TFA-02 the code that confirmed an app cannot be used again", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { secret } = yield* enrol("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          assert.strictEqual(yield* tag(completeSignIn(challenge, yield* codeNow(secret))), "CodeRefused")
          assert.strictEqual(yield* tag(completeSignIn(challenge, yield* codeNow(secret, -1))), "CodeRefused")
          yield* TestClock.adjust("30 seconds")
          yield* completeSignIn(challenge, yield* codeNow(secret))
        })
      )
    )

    it.effect(
      "AUT-06 R-SE-06 V-18 every change of the factor ends all other sessions and open challenges, and gives this one a new token",
      () =>
        test(
          Effect.gen(function* () {
            const { account, recoveryCodes, secret } = yield* personWithFactor("ada@example.com")
            let { actor, token } = yield* enterWithCode("ada@example.com", secret)
            const other = Effect.gen(function* () {
              yield* TestClock.adjust("30 seconds")
              const entered = yield* enterWithCode("ada@example.com", secret)
              return { ...entered, challenge: challengeOf(yield* signIn("ada@example.com")) }
            })
            const enrolAgain = (by: Actor.Account) =>
              Effect.gen(function* () {
                const { secret } = yield* begin(by)
                return yield* confirm(by, yield* codeNow(secret))
              })
            let epoch = 0
            const [code = Redacted.make("")] = recoveryCodes
            for (const change of [regenerate, enrolAgain]) {
              const before = yield* other
              const answer = yield* change(actor)
              epoch++
              assert.strictEqual((yield* credentialsOf(account)).account.credentialEpoch, epoch)
              for (const dead of [token, before.token]) assert.isFalse(yield* isAlive(dead))
              assert.strictEqual(yield* tag(completeSignIn(before.challenge, code)), "ChallengeUnusable")
              token = answer.token
              actor = yield* actorOf(token)
            }
            assert.strictEqual(yield* isAlive((yield* disable(actor)).token), true)
            assert.isFalse(yield* isAlive(token))
          })
        )
    )

    it.effect("TFA-01 R-TO-08 a new app takes the old one's place when it is confirmed, and not before", () =>
      test(
        Effect.gen(function* () {
          const { secret: old } = yield* personWithFactor("ada@example.com")
          const { actor } = yield* enterWithCode("ada@example.com", old)
          const { secret } = yield* begin(actor)
          yield* TestClock.adjust("30 seconds")
          // the waiting app opens nothing, the old one still does
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          assert.strictEqual(yield* tag(completeSignIn(challenge, yield* codeNow(secret))), "CodeRefused")
          yield* completeSignIn(challenge, yield* codeNow(old))
          yield* confirm(actor, yield* codeNow(secret))
          yield* TestClock.adjust("30 seconds")
          const next = challengeOf(yield* signIn("ada@example.com"))
          assert.strictEqual(yield* tag(completeSignIn(next, yield* codeNow(old))), "CodeRefused")
          yield* completeSignIn(next, yield* codeNow(secret))
        })
      )
    )

    it.effect("TFA-01 beginning again makes the secret before worthless", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor } = yield* enter("ada@example.com")
          const first = yield* begin(actor)
          const second = yield* begin(actor)
          assert.strictEqual(yield* tag(confirm(actor, yield* codeNow(first.secret))), "CodeRefused")
          yield* confirm(actor, yield* codeNow(second.secret))
        })
      )
    )

    it.effect(
      "TFA-01 there is nothing to confirm that was not begun, or was confirmed, or belongs to an older epoch",
      () =>
        test(
          Effect.gen(function* () {
            const accounts = yield* AccountRepository
            const ada = yield* person("ada@example.com")
            const { actor } = yield* enter("ada@example.com")
            assert.strictEqual(yield* tag(confirm(actor, Redacted.make("123456"))), "NoSecondFactor")
            const { secret } = yield* begin(actor)
            // somebody else had begun it, whose session died with a new password
            yield* accounts.bumpEpoch(ada.id, 0)
            const { actor: owner } = yield* enter("ada@example.com")
            assert.isFalse((yield* status(owner)).pending)
            assert.strictEqual(yield* tag(confirm(owner, yield* codeNow(secret))), "NoSecondFactor")
          })
        )
    )

    it.effect("TFA-03 V-14 regenerating voids the old set; each code of the new one works", () =>
      test(
        Effect.gen(function* () {
          const { recoveryCodes: old, secret } = yield* personWithFactor("ada@example.com")
          const { actor } = yield* enterWithCode("ada@example.com", secret)
          const { recoveryCodes } = yield* regenerate(actor)
          for (const code of old.slice(0, 4)) {
            const challenge = challengeOf(yield* signIn("ada@example.com"))
            assert.strictEqual(yield* tag(completeSignIn(challenge, code)), "CodeRefused")
          }
          for (const code of recoveryCodes) {
            yield* completeSignIn(challengeOf(yield* signIn("ada@example.com")), code)
          }
        })
      )
    )

    it.effect("TFA-03 a factor that is removed asks nobody any more, and its recovery codes are gone", () =>
      test(
        Effect.gen(function* () {
          const { recoveryCodes, secret } = yield* personWithFactor("ada@example.com")
          const { actor } = yield* enterWithCode("ada@example.com", secret)
          const { token } = yield* disable(actor)
          const again = yield* actorOf(token)
          assert.deepStrictEqual(yield* status(again), {
            enabled: false,
            since: null,
            pending: false,
            recoveryCodes: 0
          })
          assert.strictEqual((yield* signIn("ada@example.com"))._tag, "SignedIn")
          for (const change of [disable(again), regenerate(again)]) {
            assert.strictEqual(yield* tag(change), "NoSecondFactor")
          }
          assert.isTrue(yield* isAlive(token))
          const { secret: next } = yield* enrol("ada@example.com")
          yield* TestClock.adjust("30 seconds")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          const [code = Redacted.make("")] = recoveryCodes
          assert.strictEqual(yield* tag(completeSignIn(challenge, code)), "CodeRefused")
          yield* completeSignIn(challenge, yield* codeNow(next))
        })
      )
    )

    it.effect(
      "AUT-07 R-TO-09 R-SE-10 each change wants a proof of the last ten minutes, also when it is called directly",
      () =>
        test(
          Effect.gen(function* () {
            const { secret } = yield* personWithFactor("ada@example.com")
            const { actor } = yield* enterWithCode("ada@example.com", secret)
            yield* begin(actor)
            yield* TestClock.adjust("10 minutes")
            const changes = [
              tag(begin(actor)),
              tag(confirm(actor, yield* codeNow(secret))),
              tag(disable(actor)),
              tag(regenerate(actor))
            ]
            for (const change of changes) assert.strictEqual(yield* change, "StepUpRequired")
          })
        )
    )

    it.effect("R-TO-09 CVE-2026-55377 making a factor is no proof by it: the next change wants a code of it", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor, secret } = yield* enrol("ada@example.com")
          assert.isFalse(actor.secondFactor)
          const zero = Redacted.make("0")
          for (const change of [
            tag(begin(actor)),
            tag(confirm(actor, zero)),
            tag(disable(actor)),
            tag(regenerate(actor))
          ]) {
            assert.strictEqual(yield* change, "StepUpRequired")
          }
          assert.strictEqual(yield* tag(Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))), "CodeRequired")
          yield* TestClock.adjust("30 seconds")
          const { token } = yield* Sessions.stepUp({ code: yield* codeNow(secret) }).pipe(as(actor))
          yield* disable(yield* actorOf(token))
        })
      )
    )

    it.effect("AUT-03 V-20 the session in which a factor was made lives by the stricter limits from then on", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor, token } = yield* enter("ada@example.com", { staySignedIn: true })
          yield* TestClock.adjust("3 days")
          assert.isTrue(yield* isAlive(token))
          const stepped = yield* Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))
          const own = yield* actorOf(stepped.token)
          const { secret } = yield* begin(own)
          const { token: strict } = yield* confirm(own, yield* codeNow(secret))
          for (let n = 0; n < 31; n++) {
            yield* TestClock.adjust("45 minutes")
            assert.isTrue(yield* isAlive(strict))
          }
          yield* TestClock.adjust("45 minutes")
          assert.isFalse(yield* isAlive(strict))
        })
      )
    )

    it.effect("TFA-03 R-TO-17 every change of the factor is mailed to the owner", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor, secret } = yield* enrol("ada@example.com")
          yield* TestClock.adjust("30 seconds")
          const stepped = yield* Sessions.stepUp({ code: yield* codeNow(secret) }).pipe(as(actor))
          const own = yield* actorOf(stepped.token)
          const { secret: next } = yield* begin(own)
          const replaced = yield* actorOf((yield* confirm(own, yield* codeNow(next))).token)
          const renewed = yield* actorOf((yield* regenerate(replaced)).token)
          yield* disable(renewed)
          const name = "accounts.secondFactorChanged"
          assert.deepStrictEqual(yield* kindsTo("ada@example.com"), [
            [name, "enabled"],
            [name, "replaced"],
            [name, "codes-renewed"],
            [name, "disabled"]
          ])
        })
      )
    )

    it.effect(
      "TFA-08 R-TO-03 the stored secret is sealed for its account, and no answer holds it after the confirmation",
      () =>
        test(
          Effect.gen(function* () {
            const [factors, sealer] = [yield* SecondFactorRepository, yield* Sealer]
            const ada = yield* person("ada@example.com")
            const bob = yield* person("bob@example.com")
            const { actor, secret } = yield* enrol("ada@example.com")
            const { confirmed } = yield* factors.find(ada.id)
            const sealed = confirmed?.sealedSecret ?? ""
            assert.notInclude(sealed, Redacted.value(secret))
            assert.strictEqual(
              Redacted.value(yield* sealer.open("second-factor", ada.id, sealed)),
              Redacted.value(secret)
            )
            assert.strictEqual(yield* tag(sealer.open("second-factor", bob.id, sealed)), "Unsealable")
            assert.strictEqual(yield* tag(sealer.open("mail.secret", ada.id, sealed)), "Unsealable")
            assert.notInclude(JSON.stringify(yield* status(actor)), Redacted.value(secret))
          })
        )
    )

    it.effect(
      "F-25 without the key of a secret its owner cannot come in by the app, and learns that it is not their fault",
      () =>
        test(
          Effect.gen(function* () {
            const { recoveryCodes, secret } = yield* personWithFactor("ada@example.com")
            const challenge = challengeOf(yield* signIn("ada@example.com"))
            const current = "k2"
            const otherKeys = { current, keys: { [current]: Redacted.make(toBase64Url(new Uint8Array(32).fill(9))) } }
            const attempt = completeSignIn(challenge, yield* codeNow(secret)).pipe(
              Effect.provide(Layer.fresh(Layer.orDie(Kernel.layer({ keyRing: otherKeys }))))
            )
            assert.strictEqual(yield* tag(attempt), "Unavailable")
            const [code = Redacted.make("")] = recoveryCodes
            yield* completeSignIn(challenge, code)
          })
        )
    )

    it.effect("TFA-08 a key that was replaced still opens what it sealed", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          const rotated = {
            current: "k2",
            keys: { ...keyRing.keys, k2: Redacted.make(toBase64Url(new Uint8Array(32).fill(9))) }
          }
          yield* completeSignIn(challenge, yield* codeNow(secret)).pipe(
            Effect.provide(Layer.fresh(Layer.orDie(Kernel.layer({ keyRing: rotated }))))
          )
        })
      )
    )
  })
})

describe("mails about sign-in", () => {
  it("G-08 every kind has its texts in German and English", () => {
    assert.deepStrictEqual(MailKind.check(Object.values(mails)), [])
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { newAccount } from "../../src/accounts/newAccount.ts"
import { SESSION_TOKEN } from "../../src/accounts/proceed.ts"
import * as SecondFactors from "../../src/accounts/SecondFactors.ts"
import { SessionRepository } from "../../src/accounts/SessionRepository.ts"
import * as Sessions from "../../src/accounts/Sessions.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import { toBase64Url, utf8 } from "../../src/kernel/Crypto.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { hashSecret } from "../../src/kernel/Links.ts"
import * as Memory from "../../src/memory/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { session, sessionId } from "../../src/testing/accountSamples.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { everyPort, given, type Portal, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import {
  as,
  codeNow,
  enter,
  enterWithCode,
  isAlive,
  PASSWORD,
  person,
  personWithFactor,
  signIn,
  today,
  tokenOf,
  WRONG
} from "./people.ts"

const tag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => error._tag)

const own = (actor: Actor.Account) => Effect.map(Sessions.list({}).pipe(as(actor)), ({ items }) => items)

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const test = <A, E>(effect: Effect.Effect<A, E, Portal>) => Effect.provide(Effect.andThen(today, effect), portal)

  describe(`sessions (${adapter})`, () => {
    it.effect("AUT-03 R-SE-03 a session ends when nobody uses it for its idle limit", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { token } = yield* enter("ada@example.com")
          const { token: kept } = yield* enter("ada@example.com", { staySignedIn: true })
          yield* TestClock.adjust("59 minutes")
          assert.isTrue(yield* isAlive(token))
          yield* TestClock.adjust("60 minutes")
          assert.isFalse(yield* isAlive(token))
          assert.isTrue(yield* isAlive(kept))
          yield* TestClock.adjust("14 days")
          assert.isFalse(yield* isAlive(kept))
        })
      )
    )

    it.effect(
      "AUT-03 R-SE-03 the absolute limit ends a session that is used all the time: 30 days, 24 hours with a second factor",
      () =>
        test(
          Effect.gen(function* () {
            yield* person("ada@example.com")
            const { secret } = yield* personWithFactor("bob@example.com")
            const { token } = yield* enter("ada@example.com", { staySignedIn: true })
            const { token: strict } = yield* enterWithCode("bob@example.com", secret)
            for (let hour = 0; hour < 47; hour++) {
              yield* TestClock.adjust("30 minutes")
              assert.isTrue(yield* isAlive(strict))
            }
            yield* TestClock.adjust("30 minutes")
            assert.isFalse(yield* isAlive(strict))
            for (let day = 1; day < 30; day++) {
              assert.isTrue(yield* isAlive(token))
              yield* TestClock.adjust("1 day")
            }
            assert.isFalse(yield* isAlive(token))
          })
        )
    )

    it.effect("AUT-03 the last use is written down at most once a minute", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor, token } = yield* enter("ada@example.com")
          const start = yield* Instant.now
          const seenAfter = (seconds: number) =>
            Effect.gen(function* () {
              yield* TestClock.setTime(start + seconds * 1000)
              yield* Sessions.authenticate(token)
              return ((yield* own(actor))[0]?.lastSeenAt ?? 0) - start
            })
          assert.strictEqual(yield* seenAfter(59), 0)
          assert.strictEqual(yield* seenAfter(60), 60_000)
          assert.strictEqual(yield* seenAfter(119), 60_000)
          assert.strictEqual(yield* seenAfter(125), 125_000)
        })
      )
    )

    it.effect("R-SE-04 V-19 a use that is written down late does not revive a session that ended", () =>
      test(
        Effect.gen(function* () {
          const sessions = yield* SessionRepository
          yield* person("ada@example.com")
          const { actor, token } = yield* enter("ada@example.com")
          const seen = yield* Instant.now
          yield* TestClock.adjust("60 minutes")
          assert.isFalse(yield* isAlive(token))
          // another node decided on this a moment before the end, and is slow
          const hash = yield* hashSecret(SESSION_TOKEN, token)
          yield* sessions.touch(actor.sessionId, hash, seen, {
            lastSeenAt: Instant.plus(seen, "59 minutes"),
            expiresAt: Instant.plus(seen, "119 minutes")
          })
          assert.isFalse(yield* isAlive(token))
        })
      )
    )

    it.effect(
      "AUT-01 R-SE-05 V-17 a session of an account that is not active, or of an older epoch, does not pass",
      () =>
        test(
          Effect.gen(function* () {
            const [accounts, sessions] = [yield* AccountRepository, yield* SessionRepository]
            const now = yield* Instant.now
            const facts = { firstName: "E", lastName: "E", locale: "de", companyName: null, now }
            const eve = yield* newAccount({ email: EmailAddress.make("eve@example.com"), ...facts })
            yield* accounts.insert({ ...eve, state: "suspended" }, null)
            const token = Redacted.make("x".repeat(43))
            const row = { createdAt: now, lastSeenAt: now, expiresAt: Instant.plus(now, "1 hour") }
            yield* sessions.insert(session(1, { accountId: eve.id, ...row }), yield* hashSecret(SESSION_TOKEN, token))
            assert.strictEqual(yield* tag(Sessions.authenticate(token)), "SignInRequired")

            const ada = yield* person("ada@example.com")
            const { token: old } = yield* enter("ada@example.com")
            yield* accounts.bumpEpoch(ada.id, 0)
            assert.strictEqual(yield* tag(Sessions.authenticate(old)), "SignInRequired")
          })
        )
    )

    it.effect("AUT-03 what is no token lets nobody in", () =>
      test(
        Effect.gen(function* () {
          for (const text of ["", "x", "x".repeat(43), "x".repeat(100_000)]) {
            assert.strictEqual(yield* tag(Sessions.authenticate(Redacted.make(text))), "SignInRequired")
          }
        })
      )
    )

    it.effect("R-SE-08 roles are those of this moment", () =>
      test(
        Effect.gen(function* () {
          const memberships = yield* MembershipRepository
          const ada = yield* person("ada@example.com")
          const bob = yield* person("bob@example.com")
          const { token } = yield* enter("bob@example.com")
          const tenant = yield* given.tenant(ada)
          const seen = Effect.map(Sessions.authenticate(token), (answer) => answer.memberships)
          assert.deepStrictEqual(yield* seen, [])
          const membership = yield* given.member(tenant.id, bob, ["admin", "member"])
          assert.deepStrictEqual(yield* seen, [{ tenantId: tenant.id, roles: ["admin", "member"] }])
          yield* memberships.update({ ...membership, roles: ["member"] })
          assert.deepStrictEqual(yield* seen, [{ tenantId: tenant.id, roles: ["member"] }])
          yield* memberships.remove(tenant.id, bob.id)
          assert.deepStrictEqual(yield* seen, [])
        })
      )
    )

    it.effect("AUT-04 R-SE-09 a person sees own sessions: device, place, times, how it began, and which one asks", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          yield* person("bob@example.com")
          yield* enter("bob@example.com")
          const { actor: first } = yield* enter("ada@example.com")
          yield* TestClock.adjust("2 minutes")
          const { actor } = yield* enter("ada@example.com", {
            request: { source: "192.0.2.9", device: "Chrome\u0000 on\r\nWindows", place: `${"x".repeat(200)}` }
          })
          const now = yield* Instant.now
          const items = yield* own(actor)
          assert.deepStrictEqual(items, [
            {
              id: actor.sessionId,
              device: "Chrome  on  Windows",
              place: "x".repeat(100),
              method: "password",
              secondFactor: false,
              createdAt: now,
              lastSeenAt: now,
              expiresAt: Instant.plus(now, "1 hour"),
              current: true
            },
            {
              id: first.sessionId,
              device: "Firefox on Linux",
              place: "Wien, AT",
              method: "password",
              secondFactor: false,
              createdAt: Instant.minus(now, "2 minutes"),
              lastSeenAt: Instant.minus(now, "2 minutes"),
              expiresAt: Instant.plus(now, "58 minutes"),
              current: false
            }
          ])
        })
      )
    )

    it.effect("G-06 R-TE-08 the list of sessions comes in pages, and a forged cursor is refused on every store", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor } = yield* enter("ada@example.com")
          for (let n = 0; n < 4; n++) yield* enter("ada@example.com")
          const all = (yield* own(actor)).map(({ id }) => id)
          const seen: Array<string> = []
          let after: string | null = null
          do {
            const page: Effect.Success<ReturnType<typeof Sessions.list>> = yield* Sessions.list(
              after === null ? { limit: 2 } : { after, limit: 2 }
            ).pipe(as(actor))
            seen.push(...page.items.map(({ id }) => id))
            after = page.next
          } while (after !== null)
          assert.strictEqual(all.length, 5)
          assert.deepStrictEqual(seen, all)
          for (const forged of ["no cursor", toBase64Url(utf8('[1,"\\u0000"]')), toBase64Url(utf8("[1]"))]) {
            assert.strictEqual(yield* tag(Sessions.list({ after: forged }).pipe(as(actor))), "InvalidInput")
          }
        })
      )
    )

    it.effect(
      "AUT-04 R-SE-07 G-05 a person ends own sessions; one of others and one that is not there look the same",
      () =>
        test(
          Effect.gen(function* () {
            yield* person("ada@example.com")
            yield* person("bob@example.com")
            const { actor } = yield* enter("ada@example.com")
            const other = yield* enter("ada@example.com")
            const foreign = yield* enter("bob@example.com")
            const end = (id: typeof other.actor.sessionId) => Sessions.end({ sessionId: id }).pipe(as(actor))
            yield* end(other.actor.sessionId)
            assert.isFalse(yield* isAlive(other.token))
            const refusals = yield* Effect.forEach(
              [foreign.actor.sessionId, sessionId(77), other.actor.sessionId],
              (id) => Effect.map(Effect.flip(end(id)), (refusal) => ({ ...refusal }))
            )
            assert.strictEqual(refusals[0]?._tag, "NotFound")
            for (const refusal of refusals) assert.deepStrictEqual(refusal, refusals[0])
            assert.isTrue(yield* isAlive(foreign.token))
          })
        )
    )

    it.effect("AUT-04 a person ends all other sessions at once", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          yield* person("bob@example.com")
          const foreign = yield* enter("bob@example.com")
          const others = [yield* enter("ada@example.com"), yield* enter("ada@example.com")]
          const { actor, token } = yield* enter("ada@example.com")
          assert.deepStrictEqual(yield* Sessions.endOthers({}).pipe(as(actor)), { ended: 2 })
          for (const other of others) assert.isFalse(yield* isAlive(other.token))
          assert.isTrue(yield* isAlive(token))
          assert.isTrue(yield* isAlive(foreign.token))
        })
      )
    )

    it.effect("AUT-03 signing out ends the session, and again does no harm", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const other = yield* enter("ada@example.com")
          const { actor, token } = yield* enter("ada@example.com")
          yield* Sessions.signOut({}).pipe(as(actor))
          assert.isFalse(yield* isAlive(token))
          yield* Sessions.signOut({}).pipe(as(actor))
          assert.isTrue(yield* isAlive(other.token))
        })
      )
    )

    it.effect("R-SE-11 with one session too many the oldest ends", () =>
      Effect.provide(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const entered: Array<Effect.Success<ReturnType<typeof enter>>> = []
          for (let n = 0; n < 4; n++) {
            entered.push(yield* enter("ada@example.com"))
            yield* TestClock.adjust("1 second")
          }
          const alive = yield* Effect.forEach(entered, ({ token }) => isAlive(token))
          assert.deepStrictEqual(alive, [false, true, true, true])
        }),
        Layer.provideMerge(withKernel({ sessions: { maxPerAccount: 3 } }), storage)
      )
    )

    it.effect(
      "AUT-07 R-SE-02 R-SE-10 a sensitive command wants a proof of the last ten minutes; a step-up gives one, and a new token",
      () =>
        test(
          Effect.gen(function* () {
            yield* person("ada@example.com")
            const { actor, token } = yield* enter("ada@example.com")
            const sensitive = (by: Actor.Account) => SecondFactors.beginEnrolment({}).pipe(as(by))
            yield* TestClock.adjust("10 minutes")
            yield* TestClock.adjust("-1 millis")
            yield* sensitive(actor)
            yield* TestClock.adjust("1 millis")
            assert.strictEqual(yield* tag(sensitive(actor)), "StepUpRequired")
            const stepped = yield* Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))
            assert.isFalse(yield* isAlive(token))
            const { actor: again } = yield* Sessions.authenticate(stepped.token)
            assert.strictEqual(again.sessionId, actor.sessionId)
            assert.strictEqual(again.authenticatedAt, yield* Instant.now)
            yield* sensitive(again)
            // the proof does not make the session older or younger
            const [seen] = yield* own(again)
            assert.strictEqual(seen?.createdAt, actor.authenticatedAt)
          })
        )
    )

    it.effect("AUT-07 AUT-08 a wrong password steps nothing up, and draws on the same budget as signing in", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor, token } = yield* enter("ada@example.com")
          const wrong = Sessions.stepUp({ password: WRONG }).pipe(as(actor))
          for (let n = 0; n < 5; n++) assert.strictEqual(yield* tag(wrong), "PasswordWrong")
          assert.strictEqual(yield* tag(wrong), "TooManyAttempts")
          assert.strictEqual(yield* tag(signIn("ada@example.com")), "TooManyAttempts")
          assert.isTrue(yield* isAlive(token))
          yield* TestClock.adjust("2 seconds")
          yield* Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))
        })
      )
    )

    it.effect(
      "R-TO-09 with a second factor the step-up wants a code, accepts it once, and counts failures like a sign-in",
      () =>
        test(
          Effect.gen(function* () {
            const { recoveryCodes, secret } = yield* personWithFactor("ada@example.com")
            const { actor } = yield* enterWithCode("ada@example.com", secret)
            const stepUp = (code: Redacted.Redacted, by: Actor.Account = actor) =>
              Sessions.stepUp({ code }).pipe(as(by))
            assert.strictEqual(yield* tag(Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))), "CodeRequired")
            // the code of the sign-in was used
            assert.strictEqual(yield* tag(stepUp(yield* codeNow(secret))), "CodeRefused")
            yield* TestClock.adjust("30 seconds")
            const stepped = yield* stepUp(yield* codeNow(secret))
            const { actor: again } = yield* Sessions.authenticate(stepped.token)
            assert.isTrue(again.secondFactor)
            const [recovery = Redacted.make("")] = recoveryCodes
            const { newRecoveryCode } = yield* stepUp(recovery, again)
            assert.notStrictEqual(newRecoveryCode, null)
            for (let n = 0; n < 10; n++) {
              assert.strictEqual(yield* tag(stepUp(Redacted.make("000000"), again)), "CodeRefused")
            }
            assert.strictEqual(yield* tag(stepUp(yield* codeNow(secret, 1), again)), "TooManyAttempts")
          })
        )
    )

    it.effect("AUT-07 a code proves nothing where there is no second factor", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor } = yield* enter("ada@example.com")
          const code = Redacted.make("123456")
          assert.strictEqual(yield* tag(Sessions.stepUp({ code }).pipe(as(actor))), "CodeRefused")
          for (const unclear of [{}, { code, password: PASSWORD }]) {
            assert.strictEqual(yield* tag(Sessions.stepUp(unclear).pipe(as(actor))), "InvalidInput")
          }
        })
      )
    )

    it.effect("R-SE-03 V-19 V-20 a step-up does not revive a session whose idle limit is over", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const { actor } = yield* enter("ada@example.com")
          yield* TestClock.adjust("60 minutes")
          // nobody has asked for it since, so it is in the store still
          assert.strictEqual(yield* tag(Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))), "SignInRequired")
        })
      )
    )

    it.effect("V-19 nothing is done with an actor whose session or epoch ended in the meantime", () =>
      test(
        Effect.gen(function* () {
          const accounts = yield* AccountRepository
          const ada = yield* person("ada@example.com")
          const { actor } = yield* enter("ada@example.com")
          yield* Sessions.signOut({}).pipe(as(actor))
          assert.strictEqual(yield* tag(Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))), "SignInRequired")
          const stale = (yield* enter("ada@example.com")).actor
          const other = yield* enter("ada@example.com")
          yield* accounts.bumpEpoch(ada.id, 0)
          for (const refused of [
            tag(Sessions.stepUp({ password: PASSWORD }).pipe(as(stale))),
            tag(Sessions.end({ sessionId: other.actor.sessionId }).pipe(as(stale))),
            tag(Sessions.endOthers({}).pipe(as(stale))),
            tag(SecondFactors.beginEnrolment({}).pipe(as(stale)))
          ]) {
            assert.strictEqual(yield* refused, "SignInRequired")
          }
          assert.deepStrictEqual(yield* own(stale), [])
        })
      )
    )
  })
})

describe("sessions and time", () => {
  it.effect(
    "V-20 V-19 whatever happens when, a token passes exactly while its session lives, and never again after",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.boolean(),
            fc.array(
              fc.record({
                minutes: fc.oneof(fc.nat({ max: 90 }), fc.nat({ max: 20_000 })),
                what: fc.constantFrom("use", "use", "use", "other", "step up")
              }),
              { minLength: 1, maxLength: 25 }
            ),
            (staySignedIn, steps) =>
              Effect.runPromise(
                Effect.gen(function* () {
                  yield* person("ada@example.com")
                  let token = tokenOf(yield* signIn("ada@example.com", { staySignedIn }))
                  const idle = staySignedIn ? 14 * 24 * 60 : 60
                  let [age, unused, lives] = [0, 0, true]
                  const old: Array<Redacted.Redacted> = []
                  for (const { minutes, what } of steps) {
                    yield* TestClock.adjust(minutes * 60_000)
                    age += minutes
                    unused += minutes
                    lives &&= unused < idle && age < 30 * 24 * 60
                    if (what === "other") {
                      yield* signIn("ada@example.com")
                      continue
                    }
                    const found = yield* Effect.option(Sessions.authenticate(token))
                    assert.strictEqual(Option.isSome(found), lives)
                    if (Option.isSome(found)) unused = 0
                    if (what === "step up" && Option.isSome(found)) {
                      old.push(token)
                      token = (yield* Sessions.stepUp({ password: PASSWORD }).pipe(as(found.value.actor))).token
                    }
                    for (const dead of old) assert.isFalse(yield* isAlive(dead))
                  }
                }).pipe(
                  Effect.provide(Layer.provideMerge(withKernel(), Layer.fresh(Memory.layer))),
                  Effect.provide(TestClock.layer())
                )
              )
          ),
          { numRuns: rounds(60, 1000) }
        )
      )
  )
})

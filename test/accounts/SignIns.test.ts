import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { newAccount } from "../../src/accounts/newAccount.ts"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import * as Passwords from "../../src/accounts/Passwords.ts"
import * as Sessions from "../../src/accounts/Sessions.ts"
import * as SignIns from "../../src/accounts/SignIns.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AlreadyDone } from "../../src/kernel/refusals.ts"
import { HasherProbe, staleHash } from "../../src/testing/hasher.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { anonymously, everyPort, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import {
  as,
  challengeOf,
  codeNow,
  completeSignIn,
  credentialsOf,
  enter,
  enterWithCode,
  home,
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

/** Somebody who cannot use their account, with `PASSWORD`. */
const suspended = Effect.fnUntraced(function* (address: string) {
  const [accounts, hasher] = [yield* AccountRepository, yield* PasswordHasher]
  const account = yield* newAccount({
    email: EmailAddress.make(address),
    firstName: "Eve",
    lastName: "Example",
    locale: "de",
    companyName: null,
    now: yield* Instant.now
  })
  yield* accounts.insert({ ...account, state: "suspended" }, yield* Effect.orDie(hasher.hash(PASSWORD)))
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const test = <A, E>(effect: Effect.Effect<A, E, Portal>) => Effect.provide(Effect.andThen(today, effect), portal)

  describe(`signing in (${adapter})`, () => {
    it.effect(
      "AUT-01 R-EN-07 an address and its password let their person in, however the address is written, and the answer holds no more than it lists",
      () =>
        test(
          Effect.gen(function* () {
            const account = yield* person("ada@example.com")
            const outcome = yield* signIn(" ADA@Example.COM ", { staySignedIn: true })
            assert.strictEqual(outcome._tag, "SignedIn")
            const { account: view, actor, memberships } = yield* Sessions.authenticate(tokenOf(outcome))
            const listed = {
              id: account.id,
              number: account.number,
              email: account.email,
              firstName: "Ada",
              lastName: "Lovelace",
              locale: "en",
              companyName: null
            }
            assert.deepStrictEqual(view, listed)
            assert.deepStrictEqual(outcome._tag === "SignedIn" ? outcome.account : undefined, listed)
            assert.strictEqual(actor.accountId, account.id)
            assert.strictEqual(actor.secondFactor, false)
            assert.deepStrictEqual(memberships, [])
          })
        )
    )

    it.effect(
      "AUT-01 R-EN-01 R-EN-02 R-EN-08 V-24 unknown address, wrong password, suspended account and one without a password answer alike after one hash",
      () =>
        test(
          Effect.gen(function* () {
            const accounts = yield* AccountRepository
            const probe = yield* HasherProbe
            yield* person("ada@example.com")
            yield* suspended("eve@example.com")
            const bob = yield* newAccount({
              email: EmailAddress.make("bob@example.com"),
              firstName: "Bob",
              lastName: "Example",
              locale: "de",
              companyName: null,
              now: yield* Instant.now
            })
            yield* accounts.insert(bob, null)
            const answers: Array<unknown> = []
            for (const [email, password] of [
              ["nobody@example.com", PASSWORD],
              ["ada@example.com", WRONG],
              ["eve@example.com", PASSWORD],
              ["eve@example.com", WRONG],
              ["bob@example.com", PASSWORD]
            ] as const) {
              yield* probe.reset
              const refusal = yield* Effect.flip(signIn(email, { password }))
              answers.push([{ ...refusal }, refusal.message, yield* probe.counts])
            }
            const [first] = answers
            assert.deepStrictEqual((first as ReadonlyArray<unknown>)[2], { hash: 0, verify: 1 })
            for (const answer of answers) assert.deepStrictEqual(answer, first)
          })
        )
    )

    it.effect(
      "AUT-08 R-RL-03 R-RL-04 failures make the next attempt wait, ever longer and never for good; a success forgets them",
      () =>
        test(
          Effect.gen(function* () {
            yield* person("ada@example.com")
            const fail = (email: string) => Effect.flip(signIn(email, { password: WRONG }))
            for (const email of ["ada@example.com", "nobody@example.com"]) {
              for (let n = 0; n < 5; n++) assert.strictEqual((yield* fail(email))._tag, "SignInRefused")
              for (const wait of [2000, 4000, 8000]) {
                const now = yield* Instant.now
                const refusal = yield* fail(email)
                assert.strictEqual(refusal._tag, "TooManyAttempts")
                assert.strictEqual("retryAt" in refusal ? refusal.retryAt : undefined, now + wait)
                // the right password waits as well, so that nobody learns by it
                assert.strictEqual(yield* tag(signIn(email)), "TooManyAttempts")
                yield* TestClock.adjust(wait)
                assert.strictEqual((yield* fail(email))._tag, "SignInRefused")
              }
            }
            yield* TestClock.adjust("15 minutes")
            yield* signIn("ada@example.com")
            for (let n = 0; n < 5; n++) assert.strictEqual((yield* fail("ada@example.com"))._tag, "SignInRefused")
          })
        )
    )

    it.effect("AUT-08 failures are counted for their source, too, whatever the addresses", () =>
      Effect.provide(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          for (let n = 0; n < 3; n++) {
            assert.strictEqual(yield* tag(signIn(`nobody${n}@example.com`)), "SignInRefused")
          }
          assert.strictEqual(yield* tag(signIn("ada@example.com")), "TooManyAttempts")
          yield* signIn("ada@example.com", { request: { source: "198.51.100.7" } })
        }),
        Layer.provideMerge(withKernel({ limits: { signInPerSource: { max: 3, window: "1 hour" } } }), storage)
      )
    )

    it.effect("AUT-08 R-RL-04 a source that is beyond its budget makes nobody wait whom it names", () =>
      Effect.provide(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          assert.strictEqual(yield* tag(signIn("nobody@example.com", { password: WRONG })), "SignInRefused")
          for (let n = 0; n < 20; n++) {
            assert.strictEqual(yield* tag(signIn("ada@example.com", { password: WRONG })), "TooManyAttempts")
            yield* TestClock.adjust("1 minute")
          }
          const elsewhere = { request: { source: "198.51.100.7" } }
          assert.strictEqual((yield* signIn("ada@example.com", elsewhere))._tag, "SignedIn")
        }),
        Layer.provideMerge(withKernel({ limits: { signInPerSource: { max: 1, window: "1 hour" } } }), storage)
      )
    )

    it.effect("V-15 R-RL-01 of parallel guesses no more are looked at than the limit lets pass", () =>
      test(
        Effect.gen(function* () {
          const probe = yield* HasherProbe
          yield* person("ada@example.com")
          yield* probe.reset
          const tags = yield* Effect.all(
            Array.from({ length: 40 }, () => tag(signIn("ada@example.com", { password: WRONG }))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(tags.filter((one) => one === "SignInRefused").length, 5)
          assert.strictEqual((yield* probe.counts).verify, 5)
        })
      )
    )

    it.effect("AUT-02 a hash with weaker parameters is renewed at sign-in, and the sessions stay", () =>
      test(
        Effect.gen(function* () {
          const [accounts, hasher, probe] = [yield* AccountRepository, yield* PasswordHasher, yield* HasherProbe]
          const account = yield* newAccount({
            email: EmailAddress.make("ada@example.com"),
            firstName: "Ada",
            lastName: "Lovelace",
            locale: "en",
            companyName: null,
            now: yield* Instant.now
          })
          yield* accounts.insert(account, yield* staleHash(PASSWORD))
          const [{ token }] = yield* Effect.all([enter("ada@example.com"), enter("ada@example.com")], {
            concurrency: "unbounded"
          })
          const stored = (yield* credentialsOf(account)).passwordHash ?? ""
          assert.isFalse(hasher.isStale(stored))
          assert.isTrue(yield* hasher.verify(PASSWORD, stored))
          yield* probe.reset
          yield* enter("ada@example.com")
          assert.deepStrictEqual(yield* probe.counts, { hash: 0, verify: 1 })
          assert.isTrue(yield* isAlive(token))
        })
      )
    )

    it.effect("F-13 V-17 a password that is changed while it is compared lets nobody in any more", () =>
      test(
        Effect.gen(function* () {
          const [accounts, hasher] = [yield* AccountRepository, yield* PasswordHasher]
          const account = yield* person("ada@example.com")
          const slow = PasswordHasher.of({
            ...hasher,
            verify: (password, stored) =>
              Effect.tap(hasher.verify(password, stored), () =>
                Effect.orDie(accounts.setPassword(account.id, "changed", 0))
              )
          })
          const refusal = yield* Effect.flip(
            signIn("ada@example.com").pipe(Effect.provideService(PasswordHasher, slow))
          )
          assert.strictEqual(refusal._tag, "SignInRefused")
        })
      )
    )

    it.effect(
      "F-21 a hasher that does not answer lets nobody in, and the caller learns that it is not their fault",
      () =>
        test(
          Effect.gen(function* () {
            const probe = yield* HasherProbe
            yield* person("ada@example.com")
            yield* probe.setUnavailable(true)
            assert.strictEqual(yield* tag(signIn("ada@example.com")), "HasherUnavailable")
            assert.strictEqual(yield* tag(signIn("nobody@example.com")), "HasherUnavailable")
          })
        )
    )

    it.effect("G-04 a repeated sign-in under an idempotency key never answers a token again", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const again = SignIns.signIn({ email: "ada@example.com", password: PASSWORD }, { idempotencyKey: "k" }).pipe(
            anonymously
          )
          assert.strictEqual((yield* again)._tag, "SignedIn")
          assert.deepStrictEqual(yield* Effect.flip(again), new AlreadyDone())
        })
      )
    )

    it.effect("G-04 AUT-08 V-15 whoever guesses under a key that was used draws on the budget as ever", () =>
      test(
        Effect.gen(function* () {
          yield* person("ada@example.com")
          const guess = (password: Redacted.Redacted) =>
            tag(SignIns.signIn({ email: "ada@example.com", password }, { idempotencyKey: "k" }).pipe(anonymously))
          yield* SignIns.signIn({ email: "ada@example.com", password: PASSWORD }, { idempotencyKey: "k" }).pipe(
            anonymously
          )
          for (let n = 0; n < 5; n++) assert.strictEqual(yield* guess(WRONG), "IdempotencyKeyReused")
          assert.strictEqual(yield* guess(WRONG), "TooManyAttempts")
        })
      )
    )

    it.effect(
      "TFA-05 R-TO-10 R-TO-11 V-16 the password of an account with a second factor gives no session, only a challenge",
      () =>
        test(
          Effect.gen(function* () {
            const { account, secret } = yield* personWithFactor("ada@example.com")
            const challenge = challengeOf(yield* signIn("ada@example.com"))
            // a challenge is no session token (R-TK-04)
            assert.isFalse(yield* isAlive(challenge))
            const outcome = yield* completeSignIn(challenge, yield* codeNow(secret))
            const { actor } = yield* Sessions.authenticate(outcome.token)
            assert.deepStrictEqual([actor.accountId, actor.secondFactor], [account.id, true])
            const { items } = yield* Sessions.list({}).pipe(as(actor))
            assert.strictEqual(items.length, 1)
            assert.deepStrictEqual([items[0]?.method, items[0]?.secondFactor], ["password", true])
          })
        )
    )

    it.effect("V-08 R-TO-12 a challenge is completed once, and not with a session's token", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          const { token } = yield* completeSignIn(challenge, yield* codeNow(secret))
          yield* TestClock.adjust("30 seconds")
          const code = yield* codeNow(secret)
          assert.strictEqual(yield* tag(completeSignIn(challenge, code)), "ChallengeUnusable")
          assert.strictEqual(yield* tag(completeSignIn(token, code)), "ChallengeUnusable")
          assert.strictEqual(yield* tag(completeSignIn(Redacted.make("guess"), code)), "ChallengeUnusable")
        })
      )
    )

    it.effect("R-TO-12 a challenge ends with its time, its client and the account's credentials", () =>
      test(
        Effect.gen(function* () {
          const accounts = yield* AccountRepository
          const { account, secret } = yield* personWithFactor("ada@example.com")
          const late = challengeOf(yield* signIn("ada@example.com"))
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* tag(completeSignIn(late, yield* codeNow(secret))), "ChallengeUnusable")
          const elsewhere = challengeOf(yield* signIn("ada@example.com"))
          assert.strictEqual(
            yield* tag(completeSignIn(elsewhere, yield* codeNow(secret), { ...home, device: "Chrome on Windows" })),
            "ChallengeUnusable"
          )
          yield* accounts.bumpEpoch(account.id, 0)
          assert.strictEqual(yield* tag(completeSignIn(elsewhere, yield* codeNow(secret))), "ChallengeUnusable")
        })
      )
    )

    it.effect("TFA-02 R-TO-05 V-13 a code is accepted for a later step only, within one step of drift", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("ada@example.com")
          yield* TestClock.adjust("10 minutes")
          const attempt = (steps: number) =>
            Effect.gen(function* () {
              const challenge = challengeOf(yield* signIn("ada@example.com"))
              return yield* Effect.match(completeSignIn(challenge, yield* codeNow(secret, steps)), {
                onFailure: ({ _tag }) => _tag,
                onSuccess: ({ _tag }) => _tag
              })
            })
          assert.strictEqual(yield* attempt(-2), "CodeRefused")
          assert.strictEqual(yield* attempt(2), "CodeRefused")
          assert.strictEqual(yield* attempt(-1), "SignedIn")
          assert.strictEqual(yield* attempt(-1), "CodeRefused")
          assert.strictEqual(yield* attempt(1), "SignedIn")
          assert.strictEqual(yield* attempt(0), "CodeRefused")
          yield* TestClock.adjust("30 seconds")
          assert.strictEqual(yield* attempt(0), "CodeRefused")
          assert.strictEqual(yield* attempt(1), "SignedIn")
        })
      )
    )

    it.effect("TFA-04 five failures end a challenge, also for the right code", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          const wrong = Redacted.make("000000")
          for (let n = 0; n < 5; n++) assert.strictEqual(yield* tag(completeSignIn(challenge, wrong)), "CodeRefused")
          assert.strictEqual(yield* tag(completeSignIn(challenge, yield* codeNow(secret))), "ChallengeUnusable")
          const next = challengeOf(yield* signIn("ada@example.com"))
          yield* completeSignIn(next, yield* codeNow(secret))
        })
      )
    )

    it.effect(
      "TFA-04 R-TO-07 R-EN-05 R-RL-04 V-15 ten failures pause the factor for 15 minutes, whatever the challenge and the kind of code",
      () =>
        test(
          Effect.gen(function* () {
            const { recoveryCodes, secret } = yield* personWithFactor("ada@example.com")
            const wrong = [Redacted.make("000000"), Redacted.make("ABCDE-ABCDE-ABCDE-ABCDE-ABCDE")]
            for (let n = 0; n < 10; n++) {
              // a new challenge each time does not reset the count
              const challenge = challengeOf(yield* signIn("ada@example.com"))
              const code = wrong[n % 2] ?? Redacted.make("")
              assert.strictEqual(yield* tag(completeSignIn(challenge, code)), "CodeRefused")
            }
            const challenge = challengeOf(yield* signIn("ada@example.com"))
            const refusal = yield* Effect.flip(completeSignIn(challenge, yield* codeNow(secret)))
            assert.strictEqual(refusal._tag, "TooManyAttempts")
            // the limit comes first: right and wrong codes of any kind answer alike
            for (const code of [...wrong, ...recoveryCodes.slice(0, 1)]) {
              assert.deepStrictEqual({ ...(yield* Effect.flip(completeSignIn(challenge, code))) }, { ...refusal })
            }
            yield* TestClock.adjust("15 minutes")
            const later = challengeOf(yield* signIn("ada@example.com"))
            yield* completeSignIn(later, yield* codeNow(secret))
          })
        )
    )

    it.effect("TFA-04 a success forgets the failures before it", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("ada@example.com")
          for (let n = 0; n < 3; n++) {
            const challenge = challengeOf(yield* signIn("ada@example.com"))
            for (let m = 0; m < 4; m++) {
              assert.strictEqual(yield* tag(completeSignIn(challenge, Redacted.make("000000"))), "CodeRefused")
            }
            yield* completeSignIn(challenge, yield* codeNow(secret))
            yield* TestClock.adjust("30 seconds")
          }
        })
      )
    )

    it.effect("V-15 of parallel guesses of a code no more are looked at than a challenge allows", () =>
      test(
        Effect.gen(function* () {
          yield* personWithFactor("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          const tags = yield* Effect.all(
            Array.from({ length: 30 }, () => tag(completeSignIn(challenge, Redacted.make("000000")))),
            { concurrency: "unbounded" }
          )
          assert.strictEqual(tags.filter((one) => one === "CodeRefused").length, 5)
        })
      )
    )

    it.effect(
      "TFA-03 R-TO-13 R-TO-14 a recovery code lets in once, is mailed to the owner, and a new one comes in its place",
      () =>
        test(
          Effect.gen(function* () {
            const { account, recoveryCodes, secret } = yield* personWithFactor("ada@example.com")
            const [code] = recoveryCodes
            if (code === undefined) throw new Error("there are codes")
            const typed = Redacted.make(Redacted.value(code).toLowerCase().replaceAll("-", " "))
            const outcome = yield* completeSignIn(challengeOf(yield* signIn("ada@example.com")), typed)
            assert.isTrue((yield* Sessions.authenticate(outcome.token)).actor.secondFactor)
            const [mail, ...others] = yield* mailsTo("ada@example.com")
            assert.deepStrictEqual(
              [mail?.kind, mail?.accountId, others.length],
              ["accounts.recoveryCodeUsed", account.id, 0]
            )

            const challenge = challengeOf(yield* signIn("ada@example.com"))
            assert.strictEqual(yield* tag(completeSignIn(challenge, code)), "CodeRefused")
            const replacement = outcome.newRecoveryCode
            if (replacement === null) throw new Error("a new code was expected")
            const next = yield* completeSignIn(challenge, replacement)
            assert.notStrictEqual(next.newRecoveryCode, null)
            const withApp = challengeOf(yield* signIn("ada@example.com"))
            assert.strictEqual((yield* completeSignIn(withApp, yield* codeNow(secret))).newRecoveryCode, null)
          })
        )
    )

    it.effect("V-14 the recovery codes of one account open no other", () =>
      test(
        Effect.gen(function* () {
          yield* personWithFactor("ada@example.com")
          const { recoveryCodes } = yield* personWithFactor("bob@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          const [code = Redacted.make("")] = recoveryCodes
          assert.strictEqual(yield* tag(completeSignIn(challenge, code)), "CodeRefused")
        })
      )
    )

    it.effect("R-TO-18 the secret of a mail is no second factor", () =>
      test(
        Effect.gen(function* () {
          yield* personWithFactor("ada@example.com")
          yield* Passwords.requestReset({ email: "ada@example.com" }).pipe(anonymously)
          const mailed = yield* newestSecret("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          assert.strictEqual(yield* tag(completeSignIn(challenge, mailed)), "CodeRefused")
        })
      )
    )

    it.effect("R-TK-08 a refused code is not the end of the challenge, and leaves nothing else behind", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("ada@example.com")
          const challenge = challengeOf(yield* signIn("ada@example.com"))
          assert.strictEqual(yield* tag(completeSignIn(challenge, Redacted.make("000000"))), "CodeRefused")
          assert.deepStrictEqual(yield* mailsTo("ada@example.com"), [])
          yield* completeSignIn(challenge, yield* codeNow(secret))
        })
      )
    )

    it.effect("AUT-03 R-SE-01 every sign-in gives a token of its own of 256 bits", () =>
      test(
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor("bob@example.com")
          yield* person("ada@example.com")
          const one = yield* enter("ada@example.com")
          const two = yield* enter("ada@example.com")
          const three = yield* enterWithCode("bob@example.com", secret)
          const tokens = [one, two, three].map(({ token }) => Redacted.value(token))
          assert.strictEqual(new Set(tokens).size, 3)
          for (const token of tokens) assert.strictEqual(Buffer.from(token, "base64url").length, 32)
        })
      )
    )

    it.effect("G-01 input that is none is refused before anything is counted", () =>
      test(
        Effect.gen(function* () {
          const refusal = yield* Effect.flip(
            SignIns.signIn({ email: "not an address", password: Redacted.make("") }).pipe(anonymously)
          )
          assert.strictEqual(refusal._tag, "InvalidInput")
          assert.deepStrictEqual("issues" in refusal ? refusal.issues : [], [
            { path: ["email"], code: "email" },
            { path: ["password"], code: "missing" }
          ])
          assert.isTrue(
            Option.isNone(yield* (yield* AccountRepository).findByEmail(EmailAddress.make("a@example.com")))
          )
        })
      )
    )
  })
})

import { Effect, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { generateSync } from "otplib"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { activatePrepared } from "../../src/accounts/factors.ts"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import type { SignInOutcome } from "../../src/accounts/Session.ts"
import * as Sessions from "../../src/accounts/Sessions.ts"
import * as SignIns from "../../src/accounts/SignIns.ts"
import { newAuthenticatorSecret } from "../../src/accounts/secondFactorSecrets.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import { given } from "../support/portal.ts"

export const PASSWORD = Redacted.make("a password of some length")
export const WRONG = Redacted.make("another password, as long")

export const home: Actor.RequestContext = { source: "192.0.2.1", device: "Firefox on Linux", place: "Wien, AT" }

/** Sets the test's clock to a time at which people live: the middle of a step of an authenticator app. */
export const today = TestClock.setTime(1_767_225_615_000)

/** An account with `PASSWORD`. */
export const person = Effect.fnUntraced(function* (address = "ada@example.com") {
  const hasher = yield* PasswordHasher
  return yield* given.account(address, yield* Effect.orDie(hasher.hash(PASSWORD)))
})

/** The code that an app shows at the time of the test's clock, or so many steps before or after. */
export const codeNow = (secret: Redacted.Redacted, steps = 0) =>
  Effect.map(Instant.now, (now) =>
    Redacted.make(
      generateSync({
        secret: Redacted.value(secret),
        epoch: Math.floor(now / 1000) + steps * 30,
        algorithm: "sha1",
        digits: 6,
        period: 30
      })
    )
  )

/** An account with `PASSWORD` and an authenticator app, of which no code was used since the clock's step before last. */
export const personWithFactor = Effect.fnUntraced(function* (address = "ada@example.com") {
  const account = yield* person(address)
  const secret = yield* newAuthenticatorSecret
  const now = yield* Instant.now
  const recoveryCodes = yield* activatePrepared(
    { now, request: {}, settings: yield* Settings, record: () => {} },
    { account, secret, step: Math.floor(now / 30_000) - 2 }
  )
  return { account, secret, recoveryCodes }
})

export const signIn = (
  email: string,
  options: {
    readonly password?: Redacted.Redacted
    readonly staySignedIn?: boolean
    readonly request?: Actor.RequestContext
  } = {}
) =>
  SignIns.signIn({ email, password: options.password ?? PASSWORD, staySignedIn: options.staySignedIn ?? false }).pipe(
    Actor.provide(Actor.anonymous, options.request ?? home)
  )

export const completeSignIn = (
  challenge: Redacted.Redacted,
  code: Redacted.Redacted,
  request: Actor.RequestContext = home
) => SignIns.completeSignIn({ challenge, code }).pipe(Actor.provide(Actor.anonymous, request))

export const tokenOf = (outcome: SignInOutcome): Redacted.Redacted => {
  if (outcome._tag !== "SignedIn") throw new Error(`signed in was expected, not ${outcome._tag}`)
  return outcome.token
}

export const challengeOf = (outcome: SignInOutcome): Redacted.Redacted => {
  if (outcome._tag !== "SecondFactorNeeded") throw new Error(`a challenge was expected, not ${outcome._tag}`)
  return outcome.challenge
}

/** Signs in without a second factor; answers the token and the actor. */
export const enter = Effect.fnUntraced(function* (email: string, options: Parameters<typeof signIn>[1] = {}) {
  const token = tokenOf(yield* signIn(email, options))
  const { actor } = yield* Sessions.authenticate(token)
  return { token, actor }
})

/** Signs in with a code of the app. */
export const enterWithCode = Effect.fnUntraced(function* (email: string, secret: Redacted.Redacted, steps = 0) {
  const challenge = challengeOf(yield* signIn(email))
  const token = tokenOf(yield* completeSignIn(challenge, yield* codeNow(secret, steps)))
  const { actor } = yield* Sessions.authenticate(token)
  return { token, actor }
})

/** Whether a token lets somebody in. */
export const isAlive = (token: Redacted.Redacted) => Effect.isSuccess(Sessions.authenticate(token))

export const as = (actor: Actor.Account, request: Actor.RequestContext = home) => Actor.provide(actor, request)

export const credentialsOf = Effect.fnUntraced(function* (account: {
  readonly id: Parameters<AccountRepository["Service"]["credentials"]>[0]
}) {
  const accounts = yield* AccountRepository
  return Option.getOrThrow(yield* accounts.credentials(account.id))
})

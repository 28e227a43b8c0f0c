import { Effect, Option, type Redacted, Schema } from "effect"
import { EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import { draw, Limits } from "../kernel/Limits.ts"
import { hashSecret } from "../kernel/Links.ts"
import { secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import type { Credentials } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { codeRule, passwordRule, sourceRule } from "./attempts.ts"
import { ChallengeUnusable, Code, CodeRefused, refusalOf } from "./Challenge.ts"
import { ChallengeRepository } from "./ChallengeRepository.ts"
import { useCode } from "./factors.ts"
import { HasherUnavailable, PasswordHasher } from "./PasswordHasher.ts"
import { CHALLENGE_TOKEN, deviceOf, proceed, startSession } from "./proceed.ts"
import { SignedIn, SignInOutcome, SignInRefused, Token } from "./Session.ts"

/**
 * Compares a password with what is stored, after the same work whether or not anything is (R-EN-02): where there is no account, no password, or an
 * account that cannot be used, with a stored form that no password fits.
 */
const fits = Effect.fnUntraced(function* (found: Option.Option<Credentials>, password: Redacted.Redacted) {
  const hasher = yield* PasswordHasher
  const usable = Option.filter(found, ({ account }) => account.state === "active")
  const stored = Option.getOrUndefined(usable)?.passwordHash ?? undefined
  const right = yield* hasher.verify(password, stored ?? hasher.dummy)
  if (!right || stored === undefined || Option.isNone(usable)) return Option.none()
  return Option.some({
    account: usable.value.account,
    stored,
    // the password is at hand now and never again
    renewed: hasher.isStale(stored) ? yield* hasher.hash(password) : undefined
  })
})

export const signIn = UseCase.command({
  name: "accounts.signIn",
  summary: "Signs a person in by e-mail address and password, or asks for the second factor.",
  actors: ["Anonymous"],
  requires: "anyone",
  // so that failed attempts are recorded (AUD-01)
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({
    email: EmailAddressFromInput,
    password: secret(1000),
    staySignedIn: Schema.optionalKey(Schema.Boolean)
  }),
  output: SignInOutcome,
  errors: [SignInRefused, HasherUnavailable],
  limits: ({ email }, { request, settings }) =>
    Effect.map(passwordRule(settings, email), (rule) => [rule, sourceRule(settings, request.source)]),
  prepare: Effect.fnUntraced(function* ({ email, password }) {
    const accounts = yield* AccountRepository
    const proven = yield* fits(yield* accounts.findByEmail(email), password)
    if (Option.isNone(proven)) return yield* new SignInRefused()
    return proven.value
  }),
  unit: Effect.fnUntraced(function* ({ email, staySignedIn = false }, unit, { account, renewed, stored }) {
    const accounts = yield* AccountRepository
    const limits = yield* Limits
    const now = Option.getOrUndefined(yield* accounts.credentialsForUpdate(account.id))
    // while the epoch is the same, so is the password; only its hash may have been renewed by another sign-in
    if (now?.account.state !== "active" || now.account.credentialEpoch !== account.credentialEpoch) {
      return yield* new SignInRefused()
    }
    if (renewed !== undefined) yield* accounts.rehash(account.id, renewed, stored)
    const rule = yield* passwordRule(unit.settings, email)
    yield* limits.forget([rule.key])
    return yield* proceed(unit, {
      account: now.account,
      secondFactor: now.secondFactor,
      staySignedIn,
      method: "password"
    })
  })
})

export const completeSignIn = UseCase.command({
  name: "accounts.completeSignIn",
  summary: "Completes a sign-in with a code of the authenticator app or a recovery code.",
  actors: ["Anonymous"],
  requires: "link",
  // as above
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({ challenge: Token, code: Code }),
  output: SignedIn,
  errors: [ChallengeUnusable, CodeRefused],
  limits: (_, { request, settings }) => Effect.succeed([sourceRule(settings, request.source)]),
  prepare: Effect.fnUntraced(function* (input, { now, request, settings }) {
    const challenges = yield* ChallengeRepository
    const challenge = Option.getOrUndefined(yield* challenges.find(yield* hashSecret(CHALLENGE_TOKEN, input.challenge)))
    if (challenge === undefined) return yield* new ChallengeUnusable()
    const refusal = refusalOf(challenge, { device: deviceOf(request), now, settings })
    if (Option.isSome(refusal)) return yield* refusal.value
    // counted before the code is looked at, each in a unit of its own: no number of parallel guesses gets more of them
    yield* draw([codeRule(settings, challenge.accountId)], now)
    if (!(yield* challenges.attempt(challenge.id, settings.secondFactor.failuresPerChallenge, now))) {
      return yield* new ChallengeUnusable()
    }
    return challenge
  }),
  unit: Effect.fnUntraced(function* ({ code }, unit, challenge) {
    const accounts = yield* AccountRepository
    const challenges = yield* ChallengeRepository
    const limits = yield* Limits
    const found = Option.getOrUndefined(yield* accounts.credentialsForUpdate(challenge.accountId))
    if (found?.account.state !== "active" || found.account.credentialEpoch !== challenge.credentialEpoch) {
      return yield* new ChallengeUnusable()
    }
    const newRecoveryCode = Option.getOrUndefined(yield* useCode(unit, found.account, code))
    if (!(yield* challenges.complete(challenge.id))) return yield* new ChallengeUnusable()
    yield* limits.forget([codeRule(unit.settings, challenge.accountId).key])
    return yield* startSession(unit, {
      account: found.account,
      method: challenge.method,
      secondFactor: true,
      staySignedIn: challenge.staySignedIn,
      newRecoveryCode
    })
  })
})

export const useCases = UseCase.registry(signIn, completeSignIn)

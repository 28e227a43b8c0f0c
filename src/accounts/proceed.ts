import { Effect, Option, type Redacted } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import * as Instant from "../kernel/Instant.ts"
import { ChallengeId, nextId, SessionId } from "../kernel/ids.ts"
import { hashSecret, newSecret } from "../kernel/Links.ts"
import { SignInRequired } from "../kernel/refusals.ts"
import type { Unit } from "../kernel/UseCase.ts"
import type { Account } from "./Account.ts"
import type { Challenge } from "./Challenge.ts"
import { ChallengeRepository } from "./ChallengeRepository.ts"
import {
  type AccountView,
  absoluteEnd,
  endOf,
  type FirstFactor,
  isLive,
  type Renewal,
  renewed,
  type SecondFactorNeeded,
  type Session,
  type SignedIn
} from "./Session.ts"
import { SessionRepository } from "./SessionRepository.ts"

/** What the functions below need of a unit of work, whoever its actor is. */
export type SignInUnit = Pick<Unit<Actor.Kind>, "now" | "request" | "settings" | "record">

/** The purposes by which tokens are hashed, so that one never opens what the other does (R-TK-04). */
export const SESSION_TOKEN = "session"
export const CHALLENGE_TOKEN = "challenge"

/** What the host says of a client, as it is stored and shown: one well-formed line. */
export const label = (text: string | undefined, max: number): string | null => {
  const line = text
    ?.slice(0, max)
    .toWellFormed()
    .replace(/\p{Cc}/gu, " ")
    .trim()
  return line === undefined || line === "" ? null : line
}
export const deviceOf = (request: Actor.RequestContext): string | null => label(request.device, 200)

export const toView = (account: AccountView): AccountView => ({
  id: account.id,
  number: account.number,
  email: account.email,
  firstName: account.firstName,
  lastName: account.lastName,
  locale: account.locale,
  companyName: account.companyName
})

/** Issues a session in the open unit of work; the account's row is locked, or was made in this unit. Those that are too many end (R-SE-11). */
export const startSession = Effect.fnUntraced(function* (
  unit: SignInUnit,
  options: {
    readonly account: Account
    readonly method: FirstFactor
    /** Whether a second factor was proven just now. */
    readonly secondFactor: boolean
    readonly staySignedIn: boolean
    readonly newRecoveryCode?: Redacted.Redacted | undefined
  }
) {
  const sessions = yield* SessionRepository
  const { account, method, secondFactor } = options
  const { now, settings } = unit
  const token = yield* newSecret("session token")
  const limits = { strict: secondFactor, staySignedIn: options.staySignedIn, createdAt: now, lastSeenAt: now }
  const session: Session = {
    id: yield* nextId(SessionId),
    accountId: account.id,
    credentialEpoch: account.credentialEpoch,
    method,
    secondFactor,
    authenticatedAt: now,
    ...limits,
    expiresAt: endOf(limits, settings),
    device: deviceOf(unit.request),
    place: label(unit.request.place, 100)
  }
  yield* sessions.insert(session, yield* hashSecret(SESSION_TOKEN, token))
  yield* sessions.endSurplus(account.id, account.credentialEpoch, settings.sessions.maxPerAccount, now)
  unit.record({
    type: "account.signedIn",
    subject: { kind: "account", id: account.id },
    data: { sessionId: session.id, method, secondFactor }
  })
  const outcome: SignedIn = {
    _tag: "SignedIn",
    token,
    sessionId: session.id,
    account: toView(account),
    staySignedIn: session.staySignedIn,
    expiresAt: absoluteEnd(session, settings),
    newRecoveryCode: options.newRecoveryCode ?? null
  }
  return outcome
})

const challenge = Effect.fnUntraced(function* (
  unit: SignInUnit,
  options: { readonly account: Account; readonly method: FirstFactor; readonly staySignedIn: boolean }
) {
  const challenges = yield* ChallengeRepository
  const token = yield* newSecret("challenge token")
  const row: Challenge = {
    id: yield* nextId(ChallengeId),
    accountId: options.account.id,
    credentialEpoch: options.account.credentialEpoch,
    method: options.method,
    staySignedIn: options.staySignedIn,
    device: deviceOf(unit.request),
    createdAt: unit.now,
    expiresAt: Instant.plus(unit.now, unit.settings.secondFactor.challengeLifetime),
    attempts: 0
  }
  yield* challenges.insert(row, yield* hashSecret(CHALLENGE_TOKEN, token))
  unit.record({
    type: "account.secondFactorAsked",
    subject: { kind: "account", id: row.accountId },
    data: { challengeId: row.id, method: row.method }
  })
  const outcome: SecondFactorNeeded = {
    _tag: "SecondFactorNeeded",
    challengeId: row.id,
    challenge: token,
    expiresAt: row.expiresAt
  }
  return outcome
})

/**
 * How every way in ends, in the open unit of work: a session, or a challenge where the account has a second factor, and then no session exists
 * before the factor is proven (TFA-05). The caller has proven the first factor, has the account's row locked (or made it in this unit) and knows
 * that it is active; `account` holds the epoch as it is after the caller's own changes.
 */
export const proceed = Effect.fnUntraced(function* (
  unit: SignInUnit,
  options: {
    readonly account: Account
    /** As `Credentials.secondFactor` says. */
    readonly secondFactor: boolean
    readonly staySignedIn: boolean
    readonly method: FirstFactor
  }
) {
  return options.secondFactor
    ? yield* challenge(unit, options)
    : yield* startSession(unit, { ...options, secondFactor: false })
})

/** Gives the actor's session a new token; the old one is dead with it (R-SE-02). A session that ended in the meantime stays ended. */
export const rotateSession = Effect.fnUntraced(function* (unit: SignInUnit, actor: Actor.Account, change: Renewal) {
  const sessions = yield* SessionRepository
  const found = yield* sessions.find(actor.accountId, actor.sessionId)
  if (Option.isNone(found) || !isLive(found.value, unit.settings, unit.now)) return yield* new SignInRequired()
  const session = renewed(found.value, change, unit.settings, unit.now)
  const token = yield* newSecret("session token")
  if (!(yield* sessions.rotate(session, yield* hashSecret(SESSION_TOKEN, token)))) return yield* new SignInRequired()
  return { token, session }
})

/**
 * Gives the session that changed credentials a new token for the account's new epoch; all others are dead by that epoch (AUT-06). Call it in the
 * unit that counted the epoch up, with the epoch as it is now. What the actor proved, and when, stays as it was: making a factor is no proof by
 * it (CVE-2026-55377).
 */
export const rotateAfterCredentialChange = Effect.fnUntraced(function* (
  unit: SignInUnit,
  options: {
    readonly actor: Actor.Account
    readonly credentialEpoch: number
    /** Set when the change made or took away the second factor: whether there is one now. */
    readonly strict?: boolean | undefined
  }
) {
  const { token } = yield* rotateSession(unit, options.actor, {
    credentialEpoch: options.credentialEpoch,
    ...(options.strict === undefined ? {} : { strict: options.strict })
  })
  return token
})

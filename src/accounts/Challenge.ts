import { Option, Redacted, Schema } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, ChallengeId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { FirstFactor } from "./Session.ts"

/**
 * The step between the first and the second factor: bound to the account, its credential epoch, the first factor and the client (R-TO-12). It opens
 * nothing but the second step. One that was completed has no row any more.
 */
export interface Challenge {
  readonly id: ChallengeId
  readonly accountId: AccountId
  readonly credentialEpoch: number
  readonly method: FirstFactor
  readonly staySignedIn: boolean
  /** The client that proved the first factor, by what the host says of it. */
  readonly device: string | null
  readonly createdAt: Instant
  readonly expiresAt: Instant
  /** Codes tried so far, the running one included. */
  readonly attempts: number
}

/** The sign-in cannot be completed (any more): it took too long, too many codes were wrong, or it never was begun here. */
export class ChallengeUnusable extends Refusal<ChallengeUnusable>()(
  "ChallengeUnusable",
  {},
  {
    category: "unauthenticated",
    de: "Diese Anmeldung kann nicht fortgesetzt werden. Bitte beginnen Sie von vorn.",
    en: "This sign-in cannot be continued. Please start again."
  }
) {}

/** The code is wrong, too old, or was used before; which of these, nobody learns. */
export class CodeRefused extends Refusal<CodeRefused>()(
  "CodeRefused",
  {},
  {
    category: "unauthenticated",
    de: "Dieser Code stimmt nicht oder wurde schon benutzt.",
    en: "This code is not right or was used before."
  }
) {}

/** Why a challenge leads on to no session, if it does not: another client, expired, or used up. The reasons look the same to everybody. */
export const refusalOf = (
  challenge: Challenge,
  facts: { readonly device: string | null; readonly now: Instant; readonly settings: Settings }
): Option.Option<ChallengeUnusable> =>
  challenge.device === facts.device &&
  facts.now < challenge.expiresAt &&
  challenge.attempts < facts.settings.secondFactor.failuresPerChallenge
    ? Option.none()
    : Option.some(new ChallengeUnusable())

/** What a person types in the second step: six digits of the app, or a recovery code. */
export const Code = Schema.Redacted(Schema.String).check(
  Schema.makeFilter((hidden) => {
    const value = Redacted.value(hidden)
    return value.trim() === "" ? "missing" : value.length > 100 ? "too-long" : undefined
  })
)

import { Redacted, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, ChallengeId, SessionId, ShortNumber } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { Locale } from "../kernel/Text.ts"

/** By what a person came in; the second factor, if there is one, is asked for after any of them (TFA-05). */
export const FirstFactor = Schema.Literals(["password", "registration", "invitation"])
export type FirstFactor = typeof FirstFactor.Type

/**
 * One sign-in that lasts. Its token is stored nowhere: only the token's hash is, and the hash is no part of this. A session that ended has no
 * row any more.
 */
export interface Session {
  readonly id: SessionId
  readonly accountId: AccountId
  /** The account's credential epoch at issue; any other one of the account means that the session is dead (AUT-06). */
  readonly credentialEpoch: number
  readonly method: FirstFactor
  /** Whether a second factor was part of the last proof of identity (R-SE-09). */
  readonly secondFactor: boolean
  /** Whether the stricter limits hold: the account had a second factor when the session was issued, or got one in it. */
  readonly strict: boolean
  readonly staySignedIn: boolean
  readonly authenticatedAt: Instant.Instant
  /** The absolute limit counts from here: from the sign-in, or from when the session became a strict one. */
  readonly createdAt: Instant.Instant
  readonly lastSeenAt: Instant.Instant
  /** When it ends if it is not used again, as of `lastSeenAt`. */
  readonly expiresAt: Instant.Instant
  readonly device: string | null
  readonly place: string | null
}

type Limits = Pick<Session, "strict" | "staySignedIn" | "createdAt" | "lastSeenAt">

/** When the absolute limit ends a session, however much it is used. */
export const absoluteEnd = (session: Pick<Session, "strict" | "createdAt">, settings: Settings): Instant.Instant =>
  Instant.plus(session.createdAt, session.strict ? settings.sessions.absoluteSecondFactor : settings.sessions.absolute)

/** When a session ends if it is not used after `lastSeenAt`: by the idle or by the absolute limit, whichever is first (AUT-03). */
export const endOf = (session: Limits, settings: Settings): Instant.Instant => {
  const { idle, idleSecondFactor, idleStaySignedIn } = settings.sessions
  const limit = session.strict ? idleSecondFactor : session.staySignedIn ? idleStaySignedIn : idle
  return Instant.fromMillis(Math.min(Instant.plus(session.lastSeenAt, limit), absoluteEnd(session, settings)))
}

/**
 * Whether no limit has ended the session: the one that was in force when it was last used, and the one in force now, so that limits that an
 * operator shortens hold at once. The end itself is no longer inside (R-TK-06).
 */
export const isLive = (
  session: Limits & Pick<Session, "expiresAt">,
  settings: Settings,
  now: Instant.Instant
): boolean => now < session.expiresAt && now < endOf(session, settings)

/** Whether the use is written down: at most once a minute (AUT-03). */
export const isTouchDue = (session: Pick<Session, "lastSeenAt">, settings: Settings, now: Instant.Instant): boolean =>
  now >= Instant.plus(session.lastSeenAt, settings.sessions.touchEvery)

/** What is new of a session that gets a new token: the epoch always, what was proven, and whether the account has a second factor now. */
export type Renewal = Pick<Session, "credentialEpoch"> &
  Partial<Pick<Session, "secondFactor" | "authenticatedAt" | "strict">>

/** The session with its new token. One that becomes strict begins anew, so that the shorter limits do not end it for its past. */
export const renewed = (session: Session, change: Renewal, settings: Settings, now: Instant.Instant): Session => {
  const next: Session = {
    ...session,
    ...change,
    createdAt: change.strict === true && !session.strict ? now : session.createdAt,
    lastSeenAt: now
  }
  return { ...next, expiresAt: endOf(next, settings) }
}

/** What others may know of a person's account: the fields that leave the library (R-EN-07). */
export const AccountView = Schema.Struct({
  id: AccountId,
  number: ShortNumber,
  email: EmailAddress,
  firstName: Schema.String,
  lastName: Schema.String,
  locale: Locale,
  companyName: Schema.NullOr(Schema.String)
})
export type AccountView = typeof AccountView.Type

/** A person is signed in. The token is shown this once; whoever has it is this person. */
export const SignedIn = Schema.TaggedStruct("SignedIn", {
  token: Schema.Redacted(Schema.String),
  sessionId: SessionId,
  account: AccountView,
  staySignedIn: Schema.Boolean,
  /** The session ends then, however much it is used: a cookie needs to live no longer. */
  expiresAt: Instant.Instant,
  /** Takes the place of the recovery code that was used to come in, if one was (R-TO-14); to be shown once. */
  newRecoveryCode: Schema.NullOr(Schema.Redacted(Schema.String))
})
export type SignedIn = typeof SignedIn.Type

/** The first factor was right, and the account has a second one. There is no session yet (TFA-05): `completeSignIn` wants this and a code. */
export const SecondFactorNeeded = Schema.TaggedStruct("SecondFactorNeeded", {
  challengeId: ChallengeId,
  challenge: Schema.Redacted(Schema.String),
  expiresAt: Instant.Instant
})
export type SecondFactorNeeded = typeof SecondFactorNeeded.Type

/** How every way in ends: sign-in, the confirmation of a registration, the acceptance of an invitation. */
export const SignInOutcome = Schema.Union([SignedIn, SecondFactorNeeded])
export type SignInOutcome = typeof SignInOutcome.Type

/** What a token may look like: anything longer is none of ours and is not even hashed. */
export const Token = Schema.Redacted(Schema.String).check(
  Schema.makeFilter((hidden) => (Redacted.value(hidden).length <= 200 ? undefined : "too-long"))
)

/** Address and password do not belong together, or the account cannot be used: which of them, nobody learns (AUT-01). */
export class SignInRefused extends Refusal<SignInRefused>()(
  "SignInRefused",
  {},
  {
    category: "unauthenticated",
    de: "E-Mail-Adresse oder Passwort stimmt nicht.",
    en: "E-mail address or password is not right."
  }
) {}

import { Effect, Option, Redacted, Result, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { Crypto } from "../kernel/Crypto.ts"
import * as Instant from "../kernel/Instant.ts"
import { SessionId, type TenantId } from "../kernel/ids.ts"
import { draw, Limits } from "../kernel/Limits.ts"
import { hashSecret } from "../kernel/Links.ts"
import * as Page from "../kernel/Page.ts"
import { NotAllowed, NotFound, SignInRequired, Unavailable } from "../kernel/refusals.ts"
import { Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { codeRule, passwordRule } from "./attempts.ts"
import { CodeRefused } from "./Challenge.ts"
import { current, ownForUpdate, useCode } from "./factors.ts"
import { HasherUnavailable, PasswordHasher } from "./PasswordHasher.ts"
import { rotateSession, SESSION_TOKEN, toView } from "./proceed.ts"
import { type AccountView, endOf, FirstFactor, isLive, isTouchDue, type Session } from "./Session.ts"
import { type SessionFacts, type SessionKey, SessionRepository } from "./SessionRepository.ts"
import { type StaffRole, staffRolesOf } from "./StaffMember.ts"
import { CodeRequired, PasswordWrong, StepUpProof } from "./StepUp.ts"

/** Who a session token stands for. */
export interface Authenticated {
  readonly actor: Actor.Account
  readonly account: AccountView
  /** The person's place in each tenant, as of now; what it allows is decided again at every use case. */
  readonly memberships: ReadonlyArray<{ readonly tenantId: TenantId; readonly roles: ReadonlyArray<string> }>
  /** What the person may as one of the operator's people; null for who is none of them. See `actAsStaff`. */
  readonly staff: ReadonlyArray<StaffRole> | null
}

const TOKEN_LENGTH = 43

const answer = (settings: Settings, { account, memberships, session, staffRoles }: SessionFacts): Authenticated => {
  const staff = staffRolesOf(settings, account.email, staffRoles)
  return {
    actor: {
      _tag: "Account",
      accountId: session.accountId,
      sessionId: session.id,
      credentialEpoch: session.credentialEpoch,
      authenticatedAt: session.authenticatedAt,
      secondFactor: session.secondFactor
    },
    account: toView(account),
    memberships,
    staff: staff.length === 0 ? null : staff
  }
}

/**
 * The person as one of the operator's people, for use cases of staff. A host offers this as a choice, because a member of staff can be a customer, too;
 * each decision looks again what the person may.
 */
export const actAsStaff = ({
  actor,
  staff
}: Pick<Authenticated, "actor" | "staff">): Result.Result<Actor.Staff, NotAllowed> =>
  staff === null
    ? Result.fail(new NotAllowed({}))
    : Result.succeed({
        _tag: "Staff",
        accountId: actor.accountId,
        sessionId: actor.sessionId,
        credentialEpoch: actor.credentialEpoch,
        authenticatedAt: actor.authenticatedAt,
        roles: staff
      })

const identify = Effect.fnUntraced(function* (token: Redacted.Redacted) {
  if (Redacted.value(token).length !== TOKEN_LENGTH) return yield* new SignInRequired()
  const sessions = yield* SessionRepository
  const settings = yield* Settings
  const hash = yield* hashSecret(SESSION_TOKEN, token)
  for (;;) {
    const found = yield* sessions.authenticate(hash)
    const now = yield* Instant.now
    if (Option.isNone(found)) return yield* new SignInRequired()
    const { account, session } = found.value
    if (account.state !== "active" || account.credentialEpoch !== session.credentialEpoch) {
      return yield* new SignInRequired()
    }
    if (isLive(session, settings, now)) {
      if (isTouchDue(session, settings, now)) {
        const used = { ...session, lastSeenAt: now }
        yield* sessions.touch(session.id, hash, session.lastSeenAt, {
          lastSeenAt: now,
          expiresAt: endOf(used, settings)
        })
      }
      return answer(settings, found.value)
    }
    // It is ended before anybody is told so: a use that another node is about to write down comes either first, and is seen, or too late (V-19).
    if (yield* sessions.endUnused(hash, session.lastSeenAt)) return yield* new SignInRequired()
  }
})

/**
 * Who is asking: session token → actor with roles. Every request of a host comes through here, so it is one statement, and once a minute a second
 * one that writes the use down. Answers `SignInRequired` for whatever is no living session, without saying why.
 */
export const authenticate = (
  token: Redacted.Redacted
): Effect.Effect<Authenticated, SignInRequired | Unavailable, SessionRepository | Crypto> =>
  Effect.catchTag(identify(token), "PersistenceError", (error) =>
    Effect.andThen(Effect.logWarning("sessions cannot be read", error), Effect.fail(new Unavailable()))
  )

/** One of a person's sessions, as that person sees it. */
export const SessionView = Schema.Struct({
  id: SessionId,
  device: Schema.NullOr(Schema.String),
  place: Schema.NullOr(Schema.String),
  method: FirstFactor,
  secondFactor: Schema.Boolean,
  createdAt: Instant.Instant,
  lastSeenAt: Instant.Instant,
  /** When it ends if it is not used again. */
  expiresAt: Instant.Instant,
  /** Whether it is the one that asks. */
  current: Schema.Boolean
})
export type SessionView = typeof SessionView.Type

const Key: Schema.Codec<SessionKey, unknown> = Schema.Tuple([Schema.Int, SessionId])

/** The caller's own living sessions, newest first. */
export const list = UseCase.query({
  name: "sessions.list",
  summary: "Lists the caller's own sessions, the newest first.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(Page.fields),
  output: Page.Page(SessionView),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor, now }) {
    const sessions = yield* SessionRepository
    const window = yield* Page.window(Key, input)
    const rows = yield* sessions.list(actor.accountId, actor.credentialEpoch, now, window)
    return Page.make(
      rows,
      window,
      (session): SessionKey => [session.createdAt, session.id],
      (session: Session): SessionView => ({
        id: session.id,
        device: session.device,
        place: session.place,
        method: session.method,
        secondFactor: session.secondFactor,
        createdAt: session.createdAt,
        lastSeenAt: session.lastSeenAt,
        expiresAt: session.expiresAt,
        current: session.id === actor.sessionId
      })
    )
  })
})

/** Ends the session that asks. */
export const signOut = UseCase.command({
  name: "sessions.signOut",
  summary: "Ends the caller's session.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Void,
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    const sessions = yield* SessionRepository
    const { accountId, sessionId } = unit.actor
    // somebody who is signed out already got what they wanted
    if (!(yield* sessions.end(accountId, sessionId))) return
    unit.record({ type: "account.signedOut", subject: { kind: "account", id: accountId }, data: { sessionId } })
  })
})

/** Ends one of the caller's own sessions; that of somebody else is `NotFound`. */
export const end = UseCase.command({
  name: "sessions.end",
  summary: "Ends one of the caller's own sessions.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ sessionId: SessionId }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ sessionId }, unit) {
    const sessions = yield* SessionRepository
    const { accountId } = unit.actor
    yield* ownForUpdate(unit.actor)
    if (!(yield* sessions.end(accountId, sessionId))) return yield* new NotFound({ kind: "session" })
    unit.record({ type: "account.sessionEnded", subject: { kind: "account", id: accountId }, data: { sessionId } })
  })
})

/** Ends all of the caller's sessions but the one that asks; answers how many. */
export const endOthers = UseCase.command({
  name: "sessions.endOthers",
  summary: "Ends all of the caller's own sessions but the one that asks; answers how many.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Struct({ ended: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    const sessions = yield* SessionRepository
    const { accountId, sessionId } = unit.actor
    yield* ownForUpdate(unit.actor)
    const ended = yield* sessions.endOthers(accountId, sessionId)
    unit.record({ type: "account.otherSessionsEnded", subject: { kind: "account", id: accountId }, data: { ended } })
    return { ended }
  })
})

/**
 * Proves once more who the caller is, by a code where there is a second factor, else by the password: what a sensitive command asks for with
 * `StepUpRequired` (AUT-07). The session goes on with the new token that is answered.
 */
export const stepUp = UseCase.command({
  name: "sessions.stepUp",
  summary: "Proves once more who the caller is, as sensitive commands want it, and gives the session a new token.",
  actors: ["Account"],
  requires: "self",
  secretAnswer: true,
  input: StepUpProof,
  output: Schema.Struct({
    /** The old one is dead. */
    token: Schema.Redacted(Schema.String),
    authenticatedAt: Instant.Instant,
    /** As with a sign-in (R-TO-14). */
    newRecoveryCode: Schema.NullOr(Schema.Redacted(Schema.String))
  }),
  errors: [PasswordWrong, CodeRefused, CodeRequired, HasherUnavailable],
  prepare: Effect.fnUntraced(function* ({ code, password }, { actor, now, settings }) {
    const accounts = yield* AccountRepository
    const { account, passwordHash, secondFactor } = yield* current(actor, yield* accounts.credentials(actor.accountId))
    if (secondFactor) {
      if (code === undefined) return yield* new CodeRequired()
      const rule = codeRule(settings, account.id)
      yield* draw([rule], now)
      return rule
    }
    if (password === undefined) return yield* new CodeRefused()
    const hasher = yield* PasswordHasher
    const rule = yield* passwordRule(settings, account.email)
    yield* draw([rule], now)
    const right = yield* hasher.verify(password, passwordHash ?? hasher.dummy)
    if (!right || passwordHash === null) return yield* new PasswordWrong()
    return rule
  }),
  unit: Effect.fnUntraced(function* ({ code }, unit, rule) {
    const limits = yield* Limits
    const { actor, now } = unit
    // the epoch is the one that `prepare` saw, so password and factor are, too
    const own = yield* ownForUpdate(actor)
    const used = code === undefined ? Option.none() : yield* useCode(unit, own.account, code)
    const { token } = yield* rotateSession(unit, actor, {
      credentialEpoch: actor.credentialEpoch,
      authenticatedAt: now,
      ...(own.secondFactor ? { secondFactor: true, strict: true } : {})
    })
    yield* limits.forget([rule.key])
    unit.record({
      type: "account.steppedUp",
      subject: { kind: "account", id: actor.accountId },
      data: { sessionId: actor.sessionId, secondFactor: own.secondFactor }
    })
    return { token, authenticatedAt: now, newRecoveryCode: Option.getOrNull(used) }
  })
})

export const useCases = UseCase.registry(list, signOut, end, endOthers, stepUp)

import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, SessionId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { AccountState } from "./Account.ts"
import type { AccountView, Session } from "./Session.ts"
import type { StaffRole } from "./StaffMember.ts"

/** What a token stands for, read in one statement: never cached, so that what ended a moment ago does not pass (R-SE-08). */
export interface SessionFacts {
  readonly session: Session
  readonly account: AccountView & { readonly state: AccountState; readonly credentialEpoch: number }
  /** The account's place in each of its tenants. */
  readonly memberships: ReadonlyArray<{ readonly tenantId: TenantId; readonly roles: ReadonlyArray<string> }>
  /** What the account may as staff; empty for who is not staff. */
  readonly staffRoles: ReadonlyArray<StaffRole>
}

/** The list of sessions begins with the newest. */
export type SessionKey = readonly [createdAt: number, id: string]

/**
 * Sessions, found by the hash of their token. Nothing that an implementer does for a session that ended MUST make it live again (V-19): every
 * method below changes a row that is there, or nothing.
 */
export class SessionRepository extends Context.Service<
  SessionRepository,
  {
    /** MUST fail with `duplicate` when the id or the hash is taken. */
    readonly insert: (session: Session, tokenHash: string) => Effect.Effect<void, PersistenceError>
    /** MUST be one statement, whatever is found. */
    readonly authenticate: (tokenHash: string) => Effect.Effect<Option.Option<SessionFacts>, PersistenceError>
    /** Writes a use down, if the session still has this token and was last used at `seen`; else changes nothing. */
    readonly touch: (
      id: SessionId,
      tokenHash: string,
      seen: Instant,
      use: Pick<Session, "lastSeenAt" | "expiresAt">
    ) => Effect.Effect<void, PersistenceError>
    /** Ends the session with this token if it was last used at `seen`; answers whether it is gone by this. */
    readonly endUnused: (tokenHash: string, seen: Instant) => Effect.Effect<boolean, PersistenceError>
    readonly find: (accountId: AccountId, id: SessionId) => Effect.Effect<Option.Option<Session>, PersistenceError>
    /** Saves everything but the account, and replaces the token; the old one is dead (R-SE-02). Answers whether the session was there. */
    readonly rotate: (session: Session, tokenHash: string) => Effect.Effect<boolean, PersistenceError>
    /** Ends a session of the account; answers whether it was there. */
    readonly end: (accountId: AccountId, id: SessionId) => Effect.Effect<boolean, PersistenceError>
    /** Ends every session of the account but one; answers how many. */
    readonly endOthers: (accountId: AccountId, keep: SessionId) => Effect.Effect<number, PersistenceError>
    /** Ends what is dead at `now` or of another epoch, and of the others the oldest beyond `max`; in one statement. */
    readonly endSurplus: (
      accountId: AccountId,
      credentialEpoch: number,
      max: number,
      now: Instant
    ) => Effect.Effect<number, PersistenceError>
    /** The sessions of the account that live at `now`, while the account is active and has this epoch. At most `limit + 1` rows (see `Page.make`). */
    readonly list: (
      accountId: AccountId,
      credentialEpoch: number,
      now: Instant,
      window: Window<SessionKey>
    ) => Effect.Effect<ReadonlyArray<Session>, PersistenceError>
    /** Deletes at most `limit` sessions that no use can save at `now`; answers how many. */
    readonly purge: (now: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/accounts/SessionRepository") {}

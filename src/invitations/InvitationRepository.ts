import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, InvitationId, MembershipId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Locale } from "../kernel/Text.ts"
import type { AccessFacts } from "../tenants/Access.ts"
import type { Invitation, InvitationState } from "./Invitation.ts"

/** An invitation with what its reader may see of the tenant and the inviter. */
export interface InvitationView {
  readonly invitation: Invitation
  readonly tenantName: string
  /** Full name; empty when the account is gone. */
  readonly inviterName: string
}

/** What a new invitation is decided on. */
export interface InviteFacts {
  readonly inviter: AccessFacts
  readonly inviterName: string
  readonly tenantName: string
  /** The invitation of the same address that is stored as pending, whether or not its time has run out. */
  readonly pending: Invitation | null
}

/** What the end of an invitation is decided on. */
export interface EndFacts {
  readonly invitation: Invitation
  /** The inviter's standing in the tenant; null when the account is gone. */
  readonly inviter: AccessFacts | null
  /** Who wants to join or decline, with the proven address; null when nobody is signed in. */
  readonly person: { readonly email: EmailAddress; readonly access: AccessFacts } | null
}

/** What a renewal changes in every invitation that is sent again together with others. */
export interface Renewal {
  readonly message: string
  readonly locale: Locale
  readonly inviterId: AccountId
  readonly inviterMembershipId: MembershipId | null
  readonly expiresAt: Instant
  readonly sentAt: Instant
}

/** Lists are in the order of invitation, newest first: instant, then id. */
export type InvitationKey = readonly [createdAt: number, id: string]

/** Invitations; each belongs to one tenant for its whole life. Their secrets are links, so no method returns one (INV-02). */
export class InvitationRepository extends Context.Service<
  InvitationRepository,
  {
    /** MUST fail with `duplicate` when a pending invitation of this tenant and address is there (INV-07), also one inserted in parallel. */
    readonly insert: (invitation: Invitation) => Effect.Effect<void, PersistenceError>
    /** As `insert`, for several invitations of one tenant, in as few statements as fit. Only inside of a unit are they all there or none. */
    readonly insertAll: (invitations: ReadonlyArray<Invitation>) => Effect.Effect<void, PersistenceError>
    /**
     * Saves every field of a pending invitation; MUST fail with `conflict` unless the stored one is pending, so that of several ends exactly one
     * counts (INV-06).
     */
    readonly save: (invitation: Invitation) => Effect.Effect<void, PersistenceError>
    /**
     * Renews pending invitations of a tenant alike, in one statement: their mails are known to be under way, and not known to be undeliverable. MUST
     * fail with `conflict` unless every one of them is stored as pending.
     */
    readonly renewAll: (
      tenantId: TenantId,
      ids: ReadonlyArray<InvitationId>,
      renewal: Renewal
    ) => Effect.Effect<void, PersistenceError>
    /** Marks pending invitations of a tenant as expired, in one statement; MUST fail with `conflict` unless every one of them is stored as pending. */
    readonly expireAll: (
      tenantId: TenantId,
      ids: ReadonlyArray<InvitationId>,
      at: Instant
    ) => Effect.Effect<void, PersistenceError>
    /**
     * Marks an invitation as undeliverable (INV-13); MUST change nothing, and answer false, unless it is stored as pending, was not sent again after
     * `mailedAt`, and is not marked already.
     */
    readonly markUndeliverable: (
      tenantId: TenantId,
      id: InvitationId,
      mailedAt: Instant,
      at: Instant
    ) => Effect.Effect<boolean, PersistenceError>
    readonly find: (
      tenantId: TenantId,
      id: InvitationId
    ) => Effect.Effect<Option.Option<InvitationView>, PersistenceError>
    /**
     * In one statement; none when the tenant or the account does not exist. MUST keep the tenant's state as it is until the unit ends (TEN-09), and the
     * inviter's membership in its main (HIE-06).
     */
    readonly inviteFacts: (
      tenantId: TenantId,
      inviterId: AccountId,
      email: EmailAddress
    ) => Effect.Effect<Option.Option<InviteFacts>, PersistenceError>
    /** Those of a tenant that are stored as pending for one of these addresses, whether or not their time has run out; in one statement. */
    readonly pendingOf: (
      tenantId: TenantId,
      emails: ReadonlyArray<EmailAddress>
    ) => Effect.Effect<ReadonlyArray<Invitation>, PersistenceError>
    /**
     * In one statement. A unit that lets somebody join MUST have locked the tenant before, so that the facts cannot change until it ends; and those
     * memberships in its main that the facts tell of MUST stay as they are, too (HIE-06).
     */
    readonly endFacts: (
      tenantId: TenantId,
      id: InvitationId,
      person: AccountId | null
    ) => Effect.Effect<Option.Option<EndFacts>, PersistenceError>
    /** Of one tenant; `state` as it is at `now`, `contacts` for those only that were added as contacts (TEN-07). At most `limit + 1` rows (see `Page.make`). */
    readonly list: (
      tenantId: TenantId,
      filter: { readonly state: Option.Option<InvitationState>; readonly contacts: boolean; readonly now: Instant },
      window: Window<InvitationKey>
    ) => Effect.Effect<ReadonlyArray<InvitationView>, PersistenceError>
    /** Those of every active tenant that the address can accept at `now`. At most `limit + 1` rows. */
    readonly openForEmail: (
      email: EmailAddress,
      now: Instant,
      window: Window<InvitationKey>
    ) => Effect.Effect<ReadonlyArray<InvitationView>, PersistenceError>
    /** Marks every pending invitation of the tenant as revoked, or those by the operator's staff only, in one statement; answers them (TEN-09, AUT-10). */
    readonly revokeAll: (
      tenantId: TenantId,
      now: Instant,
      by: "anybody" | "staff"
    ) => Effect.Effect<ReadonlyArray<Invitation>, PersistenceError>
    /**
     * Marks invitations that are stored as pending though their time had run out at `now` as expired, at most `limit`, of all tenants, in one
     * statement; answers them. Two nodes that do this at the same time MUST NOT answer the same one.
     */
    readonly expire: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<Invitation>, PersistenceError>
  }
>()("portico/invitations/InvitationRepository") {}

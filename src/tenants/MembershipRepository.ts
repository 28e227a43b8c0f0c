import { Context, type Effect, type Option } from "effect"
import type { AccountState } from "../accounts/Account.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Locale } from "../kernel/Text.ts"
import type { AccessFacts, Through } from "./Access.ts"
import type { Membership } from "./Membership.ts"
import type { Tenant } from "./Tenant.ts"

/** A membership with what people want to see of its account. */
export interface Member {
  readonly membership: Membership
  readonly accountState: AccountState
  readonly email: EmailAddress
  readonly firstName: string
  readonly lastName: string
  /** The language of mails to this person. */
  readonly locale: Locale
}

/** One of an account's memberships, its tenant, and where that stands between others. */
export interface PlaceOfAccount {
  readonly membership: Membership
  readonly tenant: Tenant
  /** Of a sub: what the account may do here through its main. */
  readonly through: Through | null
  /** Of a main: how many of its subs are not closed, and how many of those that were chosen for the membership; see `locationsOf`. */
  readonly subs: { readonly all: number; readonly chosen: number }
}

/** The list of members is in the order of joining: instant, then account. */
export type MemberKey = readonly [joinedAt: number, accountId: string]

/** Memberships; each belongs to one tenant for its whole life, and every method takes the tenant's id or the account's own. */
export class MembershipRepository extends Context.Service<
  MembershipRepository,
  {
    /**
     * MUST fail with `duplicate` when the account has a membership in the tenant (V-02), also one inserted in parallel, and with `conflict` unless the
     * account is active and stays so until the unit ends: the tenant counts it (V-01).
     */
    readonly insert: (membership: Membership) => Effect.Effect<void, PersistenceError>
    readonly find: (
      tenantId: TenantId,
      accountId: AccountId
    ) => Effect.Effect<Option.Option<Membership>, PersistenceError>
    /** By the membership's own id. */
    readonly findById: (
      tenantId: TenantId,
      id: MembershipId
    ) => Effect.Effect<Option.Option<Membership>, PersistenceError>
    /** MUST fail with `conflict` unless the membership is there, with the same id. Roles, contact address, preferences and locations can change. */
    readonly update: (membership: Membership) => Effect.Effect<void, PersistenceError>
    /** MUST fail with `conflict` unless the membership is there. */
    readonly remove: (tenantId: TenantId, accountId: AccountId) => Effect.Effect<void, PersistenceError>
    /** Keeps whether the account's last membership in the tenant was ended by others. The same again changes nothing. */
    readonly setRemoved: (
      tenantId: TenantId,
      accountId: AccountId,
      removed: boolean
    ) => Effect.Effect<void, PersistenceError>
    /** Whether the account's last membership in the tenant was ended by others. */
    readonly wasRemoved: (tenantId: TenantId, accountId: AccountId) => Effect.Effect<boolean, PersistenceError>
    /**
     * None when either the account or the tenant does not exist; without a membership the facts say so. `through` is there exactly where the
     * tenant is a sub and the account has a membership in its main tenant. MUST be one statement. With `kept`, which is for units that have locked the
     * tenant, the membership in the main MUST stay as it is until the unit ends, too, and so must the main where there is one: whoever ends the one or
     * suspends the other comes before, or waits (HIE-06, HIE-09).
     */
    readonly accessFacts: (
      tenantId: TenantId,
      accountId: AccountId,
      kept?: "kept"
    ) => Effect.Effect<Option.Option<AccessFacts>, PersistenceError>
    /** The same for several accounts at once, in one statement; those that do not exist are left out. */
    readonly accessFactsOf: (
      tenantId: TenantId,
      accountIds: ReadonlyArray<AccountId>,
      kept?: "kept"
    ) => Effect.Effect<ReadonlyArray<AccessFacts>, PersistenceError>
    /** The same for one account in several tenants, in one statement; those that do not exist are left out. */
    readonly accessFactsIn: (
      tenantIds: ReadonlyArray<TenantId>,
      accountId: AccountId
    ) => Effect.Effect<ReadonlyArray<AccessFacts>, PersistenceError>
    /**
     * Members of the tenant. `search` finds parts of the name or of the contact address, and of the account's own address where `accountEmail` says
     * so, without regard to case; nothing in it is a wildcard. At most `limit + 1` rows (see `Page.make`).
     */
    readonly list: (
      tenantId: TenantId,
      filter: { readonly search: Option.Option<string>; readonly accountEmail: boolean },
      window: Window<MemberKey>
    ) => Effect.Effect<ReadonlyArray<Member>, PersistenceError>
    /**
     * The members of these tenants with at least one of the roles whose accounts are active: whom a mail to those responsible goes to. In one
     * statement, by tenant and account, at most 1,000.
     */
    readonly withRoles: (
      tenantIds: ReadonlyArray<TenantId>,
      roles: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlyArray<Member>, PersistenceError>
    /**
     * Members of a main tenant who can come into one of its subs, by account, filtered inside the one statement: their accounts are active, one of their
     * roles is of each list in `roles`, and their membership counts in the sub, because it is among the locations chosen for it, none were chosen, or
     * one of their roles is of `everywhere`. With `secondFactor` only those who have one. At most `limit + 1` rows (see `Page.make`).
     */
    readonly listVisitors: (
      place: { readonly mainId: TenantId; readonly subId: TenantId },
      filter: {
        readonly roles: readonly [ReadonlyArray<string>, ReadonlyArray<string>]
        readonly everywhere: ReadonlyArray<string>
        readonly secondFactor: boolean
      },
      window: Window<readonly [accountId: string]>
    ) => Effect.Effect<ReadonlyArray<Member>, PersistenceError>
    /** Takes a location out of those that are chosen for memberships of the main: it is none of that main's any more, and comes back as a new one. */
    readonly dropLocation: (mainId: TenantId, subId: TenantId) => Effect.Effect<void, PersistenceError>
    /** One member with what people want to see, for example as the inviter's name. */
    readonly findMember: (
      tenantId: TenantId,
      accountId: AccountId
    ) => Effect.Effect<Option.Option<Member>, PersistenceError>
    /**
     * Every membership of an account with its tenant, whatever the tenant's state. MUST lock these tenants, in the order of their ids, until the unit
     * ends.
     */
    readonly ofAccountForUpdate: (
      accountId: AccountId
    ) => Effect.Effect<ReadonlyArray<Pick<PlaceOfAccount, "membership" | "tenant">>, PersistenceError>
    /** Every membership of an account with its tenant, by tenant name; without tenants that are closed. At most 1,000. One statement. */
    readonly ofAccount: (accountId: AccountId) => Effect.Effect<ReadonlyArray<PlaceOfAccount>, PersistenceError>
  }
>()("portico/tenants/MembershipRepository") {}

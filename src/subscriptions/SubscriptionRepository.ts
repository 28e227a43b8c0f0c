import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, CoverageId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Locale } from "../kernel/Text.ts"
import type { Coverage } from "./Coverage.ts"
import type { Facts } from "./Entitlement.ts"
import type { BillingEvent, Subscription } from "./Subscription.ts"

/** A connection with what the primary may see of the member. */
export interface MemberView {
  readonly coverage: Coverage
  readonly email: EmailAddress
  /** Full name; empty when the account is gone. */
  readonly name: string
}

/** Whom a mail goes to, or is about. */
export interface Person {
  readonly accountId: AccountId
  readonly email: EmailAddress
  /** Full name. */
  readonly name: string
  readonly locale: Locale
}

/** Members are in the order of their confirmation: instant, then id. */
export type MemberKey = readonly [decidedAt: number, id: string]

/**
 * Subscriptions with their billing events, and the coverages of team members. An account's subscription row is the root of all of it, of the coverages
 * that it gives as well as of those that it has: whoever connects two accounts locks both rows, whoever ends a connection that of the primary.
 */
export class SubscriptionRepository extends Context.Service<
  SubscriptionRepository,
  {
    /**
     * Of each of these accounts in their order: the own subscription (an empty one where nothing is stored), the own coverages, and every team that
     * the account is a member of, whole: with the primary's subscription and all its coverages. Ended coverages only where they ended after `since`.
     */
    readonly facts: (
      accounts: ReadonlyArray<AccountId>,
      since: Instant
    ) => Effect.Effect<ReadonlyArray<Facts>, PersistenceError>
    /**
     * As `facts`, and MUST lock the root rows of these accounts until the unit ends, in one order whoever asks; makes those that are missing. The
     * facts MUST be read after the locks are had.
     */
    readonly factsForUpdate: (
      accounts: ReadonlyArray<AccountId>,
      since: Instant
    ) => Effect.Effect<ReadonlyArray<Facts>, PersistenceError>
    /** Saves the row of a locked root, not its events, and counts its version up: MUST fail with `conflict` unless the stored one is `version`. */
    readonly save: (subscription: Subscription) => Effect.Effect<void, PersistenceError>
    /** MUST fail with `duplicate` when an event of this id is there, of whatever account. */
    readonly insertEvent: (event: BillingEvent) => Effect.Effect<void, PersistenceError>
    /** Whose event has this id. */
    readonly accountOfEvent: (id: string) => Effect.Effect<AccountId | null, PersistenceError>
    /**
     * MUST fail with `duplicate` when an open coverage of the same primary, term and period has the same place, and MUST refuse a place that is not
     * below `places` (TMA-07): the second line behind the lock of the root.
     */
    readonly insertCoverage: (coverage: Coverage) => Effect.Effect<void, PersistenceError>
    /** Saves every field of open coverages; MUST fail with `conflict` unless all of the stored ones are open. None for an empty list. */
    readonly saveCoverages: (coverages: ReadonlyArray<Coverage>) => Effect.Effect<void, PersistenceError>
    /** As `saveCoverages`, of ended ones: MUST fail with `conflict` unless all of the stored ones have ended, and with `duplicate` as `insertCoverage` does. */
    readonly reopenCoverages: (coverages: ReadonlyArray<Coverage>) => Effect.Effect<void, PersistenceError>
    readonly findCoverage: (id: CoverageId) => Effect.Effect<Option.Option<Coverage>, PersistenceError>
    /** Those of these accounts that exist, in no order, in one statement. */
    readonly people: (accounts: ReadonlyArray<AccountId>) => Effect.Effect<ReadonlyArray<Person>, PersistenceError>
    /** The primary's coverages that are open, oldest first; at most `limit + 1` rows (see `Page.make`). */
    readonly members: (
      primaryId: AccountId,
      window: Window<MemberKey>
    ) => Effect.Effect<ReadonlyArray<MemberView>, PersistenceError>
    /** Whether the two were ever connected in this direction. */
    readonly wereConnected: (primaryId: AccountId, memberId: AccountId) => Effect.Effect<boolean, PersistenceError>
    /** Accounts whose `dueAt` has come, the longest due first, at most `limit`. */
    readonly due: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<AccountId>, PersistenceError>
  }
>()("portico/subscriptions/SubscriptionRepository") {}

import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, DeputyId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Deputy } from "./Deputy.ts"

/** In the order in which they were named, newest first: instant, then id. */
export type DeputyKey = readonly [createdAt: number, id: string]

/** Deputies; each belongs to the one who named it. */
export class DeputyRepository extends Context.Service<
  DeputyRepository,
  {
    /** MUST fail with `duplicate` when the id is taken. */
    readonly insert: (deputy: Deputy) => Effect.Effect<void, PersistenceError>
    readonly find: (principalId: AccountId, id: DeputyId) => Effect.Effect<Option.Option<Deputy>, PersistenceError>
    /**
     * Leaves nothing of the period, not even what had passed of it: a decision that began before `now` and has not committed yet must not find the
     * deputy any more. Answers whether the period was not over at `now`. Of another principal's it changes nothing.
     */
    readonly end: (principalId: AccountId, id: DeputyId, now: Instant) => Effect.Effect<boolean, PersistenceError>
    /**
     * As `end`, for every period in the tenant for which this member named somebody, or was named, and that is not over at `now`: what a membership brought
     * goes with it (TEN-08). In one statement; answers them as they were named, in no order.
     */
    readonly endOfMember: (
      tenantId: TenantId,
      accountId: AccountId,
      now: Instant
    ) => Effect.Effect<ReadonlyArray<Pick<Deputy, "id" | "deputyId">>, PersistenceError>
    /** Those that the account named, and those as whom it was named, that are not over at `now`. At most `limit + 1` rows. */
    readonly ofAccount: (
      accountId: AccountId,
      now: Instant,
      window: Window<DeputyKey>
    ) => Effect.Effect<ReadonlyArray<Deputy>, PersistenceError>
    /** Deletes at most `limit` that were over at `before`; answers how many. */
    readonly purge: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/requests/DeputyRepository") {}

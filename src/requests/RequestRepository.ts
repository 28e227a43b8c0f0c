import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, RequestId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Entitled, Terms } from "./Authority.ts"
import type { Request } from "./Request.ts"

/** What waits is in the order in which it came to those who decide, the oldest first: instant, then id. */
export type WaitingKey = readonly [pendingAt: number, id: string]

/** An asker's own are in the order of submission, newest first: instant, then id. */
export type MineKey = readonly [createdAt: number, id: string]

/** Who looks, as they are signed in. Staff see what staff decide, accounts what tenants and persons decide. */
export interface Looker {
  readonly accountId: AccountId
  readonly credentialEpoch: number
  readonly as: "Account" | "Staff"
}

/** Requests. The row is the root of a request: whoever decides on it reads it for update first. */
export class RequestRepository extends Context.Service<
  RequestRepository,
  {
    /**
     * MUST fail with `duplicate` when the id or the number is taken, or when an open request of the same asker's address, kind and identity is
     * there (REQ-09), also one inserted in parallel.
     */
    readonly insert: (request: Request) => Effect.Effect<void, PersistenceError>
    /**
     * Saves every field, and counts the revision up. MUST fail with `conflict` unless the stored revision is `request.revision` and the stored
     * state is not terminal, so that a request ends once (V-27).
     */
    readonly save: (request: Request) => Effect.Effect<void, PersistenceError>
    /** As `save`, for several at once in one statement, all of them or `conflict`: what jobs and a tenant's end change: state, reminders, end and reason. */
    readonly saveByTime: (requests: ReadonlyArray<Request>) => Effect.Effect<void, PersistenceError>
    readonly find: (id: RequestId) => Effect.Effect<Option.Option<Request>, PersistenceError>
    /** MUST lock the row until the unit ends. */
    readonly findForUpdate: (id: RequestId) => Effect.Effect<Option.Option<Request>, PersistenceError>
    /** The open request that asks the same, and the one that was refused last; at most these two, in one statement. */
    readonly sameAs: (
      email: EmailAddress,
      kind: string,
      identity: string
    ) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /**
     * Everybody whom the audiences of these requests include, by a right of their own or as the running deputy of somebody who has it, in one
     * statement for each kind of audience among them: only accounts, principals and tenants that are active count. Of `persons` where they are
     * given. In no order.
     *
     * - a tenant's audience: members with a role that carries the permission; and, of a sub, members of its main who have it through that one
     *   (HIE-05: the main is active, a role there carries "all locations", the sub is among the locations and does not refuse the permission)
     * - staff: members of staff of at least the role, and the configuration's operators
     * - an account: that one
     * - a deputy counts where both are members of the tenant, or both are staff; nobody stands in for what comes through a main tenant
     */
    readonly entitled: (
      asked: ReadonlyArray<Pick<Request, "id" | "audience">>,
      persons: ReadonlyArray<AccountId> | null,
      terms: Terms
    ) => Effect.Effect<ReadonlyArray<Entitled>, PersistenceError>
    /**
     * The pending requests that have time left and that the looker can decide now: those whose audience includes them (see `entitled`), without
     * those where they are on the asker's side and without those that they, or the one whom they stand in for, have approved. Or the approved ones
     * whose offer the looker can renew, whoever has approved. MUST be one statement, filtered inside it. At most `limit + 1` rows (see `Page.make`).
     */
    readonly waiting: (
      looker: Looker,
      filter: {
        readonly state: "Pending" | "Approved"
        readonly kind: Option.Option<string>
        readonly tenantId: Option.Option<TenantId>
      },
      terms: Terms,
      window: Window<WaitingKey>
    ) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /** Those of the looker's account or address, in one statement. At most `limit + 1` rows. */
    readonly mine: (
      looker: Pick<Looker, "accountId" | "credentialEpoch">,
      window: Window<MineKey>
    ) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /**
     * Those of the looker's account or address that are before those who decide, or approved and not completed yet, and have time left; newest first, at
     * most `limit`, in one statement (ACC-01).
     */
    readonly openOf: (
      looker: Pick<Looker, "accountId" | "credentialEpoch">,
      now: Instant,
      limit: number
    ) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /**
     * Pending requests that have time left and whose next reminder is due, at most `limit`, locked; those that another unit has locked are left out,
     * and those of tenants that are not active, in which nobody could do anything about it.
     */
    readonly dueReminders: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /** The open requests of one kind that are a matter of the tenant, the oldest first, at most 100. */
    readonly openOfKind: (tenantId: TenantId, kind: string) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /** Every open request that is a matter of the tenant, is asked of it, or is asked by it; locked until the unit ends. */
    readonly openOfTenantForUpdate: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /** The open requests that are a matter of the tenant and were asked by this account or address; locked until the unit ends. */
    readonly openOfAskerForUpdate: (
      tenantId: TenantId,
      asker: { readonly accountId: AccountId; readonly email: EmailAddress }
    ) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
    /** Open requests whose time has run out, at most `limit`, locked; those that another unit has locked are left out. */
    readonly overdue: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<Request>, PersistenceError>
  }
>()("portico/requests/RequestRepository") {}

import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, OrderId, ShortNumber, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Order, OrderState } from "./Order.ts"

/** Lists of orders are newest first: instant of the draft's making, then id. */
export type OrderKey = readonly [createdAt: number, id: string]

/** An order with what staff want to see of who ordered. */
export interface QueuedOrder {
  readonly order: Order
  readonly tenantName: string
  readonly customerNumber: string
}

/** Where an order is: ids of both belong together, since orders are kept by tenant. */
export interface OrderPlace {
  readonly tenantId: TenantId
  readonly orderId: OrderId
}

/**
 * Orders; each belongs to the tenant that orders for its whole life, and is keyed by it first (STO-07). Placing one changes the set of the tenant's
 * open orders, whose root is the tenant's row: whoever places locks that first, so that `openOrders` under the same lock is right.
 */
export class OrderRepository extends Context.Service<
  OrderRepository,
  {
    /** MUST fail with `duplicate` when the id or the number is taken. */
    readonly insert: (order: Order) => Effect.Effect<void, PersistenceError>
    readonly find: (tenantId: TenantId, id: OrderId) => Effect.Effect<Option.Option<Order>, PersistenceError>
    /** MUST lock the row until the unit ends. */
    readonly findForUpdate: (tenantId: TenantId, id: OrderId) => Effect.Effect<Option.Option<Order>, PersistenceError>
    /** Saves every field, and counts the version up; MUST fail with `conflict` unless the stored version is `order.version`. */
    readonly save: (order: Order) => Effect.Effect<void, PersistenceError>
    /** How many orders of the tenant are in one of `openStates`. */
    readonly openOrders: (tenantId: TenantId) => Effect.Effect<number, PersistenceError>
    /**
     * The tenant's orders, newest first; drafts only where they are `draftsOf`'s. With `states` only those in one of them. At most `limit + 1` rows
     * (see `Page.make`).
     */
    readonly list: (
      tenantId: TenantId,
      filter: { readonly draftsOf: AccountId; readonly states: Option.Option<ReadonlyArray<OrderState>> },
      window: Window<OrderKey>
    ) => Effect.Effect<ReadonlyArray<Order>, PersistenceError>
    /** Orders of all tenants in one of these states, or the one with this number, newest first; for staff. At most `limit + 1` rows. */
    readonly queue: (
      filter: { readonly states: ReadonlyArray<OrderState>; readonly number: Option.Option<ShortNumber> },
      window: Window<OrderKey>
    ) => Effect.Effect<ReadonlyArray<QueuedOrder>, PersistenceError>
    /** Deletes at most `limit` drafts that were begun before this instant; answers how many. Never anything that was placed, or ever will have been. */
    readonly purgeDrafts: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
    /** Orders whose `dueAt` has come, without those of suspended tenants, the longest due first, at most `limit`. */
    readonly due: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<OrderPlace>, PersistenceError>
  }
>()("portico/orders/OrderRepository") {}

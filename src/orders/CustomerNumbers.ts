import { Context, type Effect } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"

/**
 * Where the customer numbers of ordered tenants come from (ORD-04). An implementer MUST never answer the same number twice, also to several nodes
 * at once and after a restart. It is asked outside of transactions; numbers that nobody uses in the end are lost, which leaves gaps.
 */
export class CustomerNumbers extends Context.Service<
  CustomerNumbers,
  { readonly next: Effect.Effect<string, PersistenceError> }
>()("portico/orders/CustomerNumbers") {}

import { Context, type Effect, type Option } from "effect"
import type { TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { CollectiveInvoice, Position } from "./CollectiveInvoice.ts"

/** Positions are in the order of their beginning, newest first: instant, then the customer number's normal form. */
export type PositionKey = readonly [since: number, number: string]

/** What the billing system last said of each tenant that pays for others; a projection, which is replaced as a whole. */
export class CollectiveInvoiceRepository extends Context.Service<
  CollectiveInvoiceRepository,
  {
    readonly find: (payerId: TenantId) => Effect.Effect<Option.Option<CollectiveInvoice>, PersistenceError>
    /**
     * Takes the place of what is stored for the payer, with every position. MUST fail with `conflict` unless nothing is stored or what is stored is
     * older (`isNewer`), so that nothing older ever comes back, and with `other` when there is no such tenant.
     */
    readonly replace: (invoice: CollectiveInvoice) => Effect.Effect<void, PersistenceError>
    /**
     * Positions of this payer whose customer number is that of no sub tenant of it: those are listed as what they are. `search` finds parts of name,
     * town or customer number, without regard to case; nothing in it is a wildcard. At most `limit + 1` rows (see `Page.make`).
     */
    readonly listUnlinked: (
      payerId: TenantId,
      filter: { readonly search: Option.Option<string> },
      window: Window<PositionKey>
    ) => Effect.Effect<ReadonlyArray<Position>, PersistenceError>
    /** To be called when the customer number of a sub tenant of this payer has changed: what is listed is what is true then. */
    readonly refresh: (payerId: TenantId) => Effect.Effect<void, PersistenceError>
    /** Which of these customer numbers the payer pays for, as normal forms. */
    readonly paidFor: (
      payerId: TenantId,
      customerNumbers: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlySet<string>, PersistenceError>
  }
>()("portico/hierarchy/CollectiveInvoiceRepository") {}

import { Context, type Effect, type Option } from "effect"
import type { TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Tenant } from "../tenants/Tenant.ts"
import type { Level, TenantLink } from "./TenantLink.ts"

/** A sub tenant as its main's location management shows it. */
export interface Location {
  readonly link: TenantLink
  readonly tenant: Tenant
}

/** Locations are in the order of linking, newest first: instant, then the sub's id, which any text can be compared with. */
export type LocationKey = readonly [linkedAt: number, subId: string]

export interface LocationFilter {
  /** Finds parts of name, customer number, postal code and place without regard to case; nothing in it is a wildcard. */
  readonly search: Option.Option<string>
  /** Only these, where locations are chosen for the one who looks (see `locationsOf`). */
  readonly among: ReadonlyArray<TenantId> | null
}

/**
 * Which tenant is whose sub. Every change locks both tenants' rows first, in the order of their ids, and counts their versions up. The store itself
 * MUST refuse, whatever the code before it has checked: a second main of a sub, subs of a sub, a main of a main, and a tenant linked to itself (HIE-01,
 * V-05).
 */
export class HierarchyRepository extends Context.Service<
  HierarchyRepository,
  {
    /** The link of a sub; none where the tenant has no main. */
    readonly find: (subId: TenantId) => Effect.Effect<Option.Option<TenantLink>, PersistenceError>
    /** Where the tenant stands: its own link, and whether it has subs; in one statement. A tenant that does not exist has neither. */
    readonly level: (tenantId: TenantId) => Effect.Effect<Level, PersistenceError>
    /** As `level`, of several tenants, in one statement; those that do not exist are left out. */
    readonly levels: (ids: ReadonlyArray<TenantId>) => Effect.Effect<ReadonlyMap<TenantId, Level>, PersistenceError>
    /**
     * MUST fail with `duplicate` when the sub has a main, also one inserted in parallel, and with another reason when the sub has subs, the main is
     * a sub, both are the same, or either does not exist.
     */
    readonly insert: (link: TenantLink) => Effect.Effect<void, PersistenceError>
    /**
     * Writes the link with its other main in place of the one to `from`. MUST fail with `conflict` unless the sub is linked to `from`, and with
     * another reason when the new main is a sub.
     */
    readonly move: (link: TenantLink, from: TenantId) => Effect.Effect<void, PersistenceError>
    /** Saves what the sub refuses. MUST fail with `conflict` unless the sub is linked to the link's main. */
    readonly setRefused: (link: TenantLink) => Effect.Effect<void, PersistenceError>
    /** The sub is independent again. MUST fail with `conflict` unless it is linked to this main. */
    readonly remove: (subId: TenantId, mainId: TenantId) => Effect.Effect<void, PersistenceError>
    /** How many subs the tenant has that are not closed: those that would be left alone without it. */
    readonly countSubs: (mainId: TenantId) => Effect.Effect<number, PersistenceError>
    /** Which of these are subs of the main. */
    readonly subsAmong: (
      mainId: TenantId,
      ids: ReadonlyArray<TenantId>
    ) => Effect.Effect<ReadonlyArray<TenantId>, PersistenceError>
    /** Which of these customer numbers are those of subs of the main: their normal forms, in one statement. */
    readonly subsWithNumbers: (
      mainId: TenantId,
      customerNumbers: ReadonlyArray<string>
    ) => Effect.Effect<ReadonlySet<string>, PersistenceError>
    /** The subs of a main, newest link first; filtered inside the one statement. At most `limit + 1` rows (see `Page.make`). */
    readonly list: (
      mainId: TenantId,
      filter: LocationFilter,
      window: Window<LocationKey>
    ) => Effect.Effect<ReadonlyArray<Location>, PersistenceError>
    /** One sub of this main. */
    readonly findLocation: (
      mainId: TenantId,
      subId: TenantId
    ) => Effect.Effect<Option.Option<Location>, PersistenceError>
  }
>()("portico/hierarchy/HierarchyRepository") {}

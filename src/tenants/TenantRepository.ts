import { Context, type Effect, type Option } from "effect"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Tenant } from "./Tenant.ts"

/** What staff find is in the order of making, newest first; an id tells its time. */
export type TenantKey = readonly [id: string]

/** Whose right in which tenant a unit is about to ask for. */
export interface Claim {
  readonly accountId: AccountId
  readonly tenantId: TenantId
}

/** Tenants, the root rows of everything that belongs to a tenant. */
export class TenantRepository extends Context.Service<
  TenantRepository,
  {
    /** MUST fail with `duplicate` when the id, the number or the normal form of the customer number is taken. */
    readonly insert: (tenant: Tenant) => Effect.Effect<void, PersistenceError>
    readonly find: (id: TenantId) => Effect.Effect<Option.Option<Tenant>, PersistenceError>
    /**
     * MUST lock the row until the unit ends. With `by` it MUST neither lock nor answer it unless that account has a membership in that tenant (the one
     * whose right the caller claims), or in the main of that one: nobody makes others wait where they have no place. Rows are locked in the order of the
     * ids, so that such a main whose id is the smaller one MUST be kept from here on (see `MembershipRepository.accessFacts`).
     */
    readonly findForUpdate: (id: TenantId, by?: Claim) => Effect.Effect<Option.Option<Tenant>, PersistenceError>
    /** The tenant whose customer number has the same normal form (G-10). */
    readonly findByCustomerNumber: (customerNumber: string) => Effect.Effect<Option.Option<Tenant>, PersistenceError>
    /**
     * For staff: tenants with this short number, this customer number in its normal form, or this text as a part of name, customer number or place
     * without regard to case (nothing in it is a wildcard); the newest first. At most `limit + 1` rows (see `Page.make`).
     */
    readonly search: (text: string, window: Window<TenantKey>) => Effect.Effect<ReadonlyArray<Tenant>, PersistenceError>
    /**
     * Saves every field, and counts the version up; MUST fail with `conflict` unless the stored version is `tenant.version`, and with
     * `duplicate` when the customer number is taken. The store itself MUST refuse an active tenant without an owner, and more members than
     * seats (V-01, V-26).
     */
    readonly save: (tenant: Tenant) => Effect.Effect<void, PersistenceError>
  }
>()("portico/tenants/TenantRepository") {}

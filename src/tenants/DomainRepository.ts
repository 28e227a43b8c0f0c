import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, DomainId, TenantId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Domain } from "./Domain.ts"

/** A tenant that somebody can join, or ask to, because they have an address of its domain. */
export interface DomainOffer {
  readonly domain: Domain
  readonly tenantName: string
}

/** Mail domains of tenants; each belongs to one tenant for its whole life. Changes lock the tenant's row first. */
export class DomainRepository extends Context.Service<
  DomainRepository,
  {
    /** MUST fail with `duplicate` when the tenant has this domain already. */
    readonly insert: (domain: Domain) => Effect.Effect<void, PersistenceError>
    /**
     * Saves every field; MUST fail with `conflict` unless it is there, and with `duplicate` when it is proven now and another tenant has proven the
     * same domain, also in parallel: one tenant for a domain (TEN-10).
     */
    readonly save: (domain: Domain) => Effect.Effect<void, PersistenceError>
    /** MUST fail with `conflict` unless it is there. */
    readonly remove: (tenantId: TenantId, id: DomainId) => Effect.Effect<void, PersistenceError>
    readonly find: (tenantId: TenantId, id: DomainId) => Effect.Effect<Option.Option<Domain>, PersistenceError>
    /** Every domain of the tenant, by name; the settings keep their number small. */
    readonly list: (tenantId: TenantId) => Effect.Effect<ReadonlyArray<Domain>, PersistenceError>
    /** The one that is proven, whichever tenant has it, whether or not its time is over. */
    readonly findProven: (domain: string) => Effect.Effect<Option.Option<Domain>, PersistenceError>
    /** What a proven address of this domain opens at `now`: of an active tenant that lets such addresses join or ask to, and of which the account is no member. */
    readonly offerFor: (
      domain: string,
      accountId: AccountId,
      now: Instant
    ) => Effect.Effect<Option.Option<DomainOffer>, PersistenceError>
    /** Those whose proof is to be looked at, the longest due first, at most `limit`, of all tenants. */
    readonly due: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<Domain>, PersistenceError>
  }
>()("portico/tenants/DomainRepository") {}

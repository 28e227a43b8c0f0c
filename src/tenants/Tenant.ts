import { Result, Schema } from "effect"
import type { AccountState } from "../accounts/Account.ts"
import { Instant } from "../kernel/Instant.ts"
import { ShortNumber, TenantId } from "../kernel/ids.ts"
import { OWNER } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"

export const TenantState = Schema.Literals(["in-setup", "active", "suspended", "closed"])
export type TenantState = typeof TenantState.Type

/**
 * One customer's area. It is the root of its memberships and invitations: every command that changes one of these sets locks this row first and
 * counts its version up, and the counts below are kept in it, so that the rules on owners and seats need no counting query (STO-03).
 */
export class Tenant extends Schema.Opaque<Tenant>()(
  Schema.Struct({
    id: TenantId,
    /** For people to read out; opens nothing (G-07). */
    number: ShortNumber,
    name: Schema.String,
    /** As it is written on invoices; two are the same when their normal forms are (G-10). */
    customerNumber: Schema.String,
    postalCode: Schema.String,
    /** ISO 3166-1 alpha-2. */
    country: Schema.String,
    street: Schema.String,
    city: Schema.String,
    state: TenantState,
    /** How many members the tenant may have; null for no limit (INV-14). */
    seats: Schema.NullOr(Schema.Int),
    memberCount: Schema.Int,
    /** Active accounts among the owners; an active tenant never has 0 (TEN-04). */
    ownerCount: Schema.Int,
    version: Schema.Int,
    createdAt: Instant
  })
) {}

/** The order in which a person's tenants are shown: by name, as a dictionary has it. */
export const byName = (a: { readonly tenant: Tenant }, b: { readonly tenant: Tenant }): number =>
  a.tenant.name.localeCompare(b.tenant.name, "de") || (a.tenant.id < b.tenant.id ? -1 : 1)

/** The tenant would be left without an active owner (TEN-04). */
export class LastOwner extends Refusal<LastOwner>()(
  "LastOwner",
  {},
  {
    category: "conflict",
    de: "Der Kundenbereich braucht mindestens einen Inhaber. Bitte machen Sie zuerst jemand anderen zum Inhaber.",
    en: "The customer area needs at least one owner. Please make somebody else an owner first."
  }
) {}

/** Every seat of the tenant is taken (INV-14). */
export class NoSeatLeft extends Refusal<NoSeatLeft>()(
  "NoSeatLeft",
  { seats: Schema.Int },
  {
    category: "conflict",
    de: "Alle {seats} Plätze dieses Kundenbereichs sind vergeben.",
    en: "All {seats} seats of this customer area are taken."
  }
) {}

/** The tenant is in setup, suspended or closed, and nobody can join it. */
export class TenantNotActive extends Refusal<TenantNotActive>()(
  "TenantNotActive",
  {},
  {
    category: "conflict",
    de: "Dieser Kundenbereich ist zurzeit nicht aktiv.",
    en: "This customer area is not active at present."
  }
) {}

/** Another tenant has this customer number. Only staff ever get this answer: customer numbers work as credentials (TEN-01). */
export class CustomerNumberTaken extends Refusal<CustomerNumberTaken>()(
  "CustomerNumberTaken",
  {},
  {
    category: "conflict",
    de: "Diese Kundennummer hat bereits ein anderer Kundenbereich.",
    en: "Another customer area has this customer number already."
  }
) {}

/** What the counts of a tenant depend on of one member. */
export interface Counted {
  readonly roles: ReadonlyArray<string>
  readonly accountState: AccountState
}

const owners = ({ accountState, roles }: Counted): 0 | 1 => (accountState === "active" && roles.includes(OWNER) ? 1 : 0)

/** The tenant with one member more. A tenant in setup waits for its first owner, who makes it active (TEN-01). */
export const withMember = (tenant: Tenant, member: Counted): Result.Result<Tenant, NoSeatLeft | TenantNotActive> => {
  const founds = tenant.state === "in-setup" && owners(member) === 1
  if (tenant.state !== "active" && !founds) return Result.fail(new TenantNotActive())
  if (tenant.seats !== null && tenant.memberCount >= tenant.seats) {
    return Result.fail(new NoSeatLeft({ seats: tenant.seats }))
  }
  return Result.succeed({
    ...tenant,
    state: "active",
    memberCount: tenant.memberCount + 1,
    ownerCount: tenant.ownerCount + owners(member)
  })
}

/** The tenant with one member less. The last active owner stays, unless nothing of the tenant is reachable any more. */
export const withoutMember = (tenant: Tenant, member: Counted): Result.Result<Tenant, LastOwner> =>
  Result.map(withOwners(tenant, -owners(member)), (next) => ({ ...next, memberCount: next.memberCount - 1 }))

/** The tenant in which one member has changed. */
export const withChangedMember = (tenant: Tenant, before: Counted, after: Counted): Result.Result<Tenant, LastOwner> =>
  withOwners(tenant, owners(after) - owners(before))

const withOwners = (tenant: Tenant, difference: number): Result.Result<Tenant, LastOwner> => {
  const ownerCount = tenant.ownerCount + difference
  return difference < 0 && ownerCount < 1 && tenant.state !== "closed"
    ? Result.fail(new LastOwner())
    : Result.succeed({ ...tenant, ownerCount })
}

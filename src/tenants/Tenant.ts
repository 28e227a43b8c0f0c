import { Result, Schema } from "effect"
import type { AccountState } from "../accounts/Account.ts"
import { Instant } from "../kernel/Instant.ts"
import { ShortNumber, TenantId } from "../kernel/ids.ts"
import { OWNER } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { folded } from "../kernel/Text.ts"

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
    /** Whether a member without a second factor gets nothing here until they have one (TFA-07). */
    requiresSecondFactor: Schema.Boolean,
    version: Schema.Int,
    createdAt: Instant
  })
) {}

/** The order in which a person's tenants are shown: by name, as a dictionary has it. */
export const byName = (a: { readonly tenant: Tenant }, b: { readonly tenant: Tenant }): number =>
  a.tenant.name.localeCompare(b.tenant.name, "de") || (a.tenant.id < b.tenant.id ? -1 : 1)

/** What a search for a tenant looks into: name, customer number and town, folded. Not the postal code, which works as a credential (TEN-01). */
export const searchText = ({ city, customerNumber, name }: Pick<Tenant, "name" | "customerNumber" | "city">): string =>
  folded([name, customerNumber, city].join("\n"))

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

/** What is asked does not go with the state that the tenant is in, for example to restore one that is not suspended. */
export class TenantStateUnsuitable extends Refusal<TenantStateUnsuitable>()(
  "TenantStateUnsuitable",
  { state: TenantState },
  {
    category: "conflict",
    de: "Das passt nicht zum Zustand, in dem der Kundenbereich ist.",
    en: "This does not go with the state that the customer area is in."
  }
) {}

/** The tenant has sub tenants or open orders, which must be unlinked, moved or brought to an end first (HIE-09). */
export class TenantInUse extends Refusal<TenantInUse>()(
  "TenantInUse",
  { subs: Schema.Int, orders: Schema.Int },
  {
    category: "conflict",
    de: "Der Kundenbereich hat noch {subs} Nebenaccounts und {orders} offene Bestellungen. Bitte lösen Sie diese zuerst.",
    en: "The customer area still has {subs} sub tenants and {orders} open orders. Please bring these to an end first."
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

/** The operator suspends a tenant: nobody can do anything there, and it can be restored (TEN-09). One in setup can be suspended, too. */
export const suspended = (tenant: Tenant): Result.Result<Tenant, TenantStateUnsuitable> =>
  tenant.state === "active" || tenant.state === "in-setup"
    ? Result.succeed({ ...tenant, state: "suspended" })
    : Result.fail(new TenantStateUnsuitable({ state: tenant.state }))

/**
 * The operator restores a suspended tenant: to active where it has an active owner; to in setup where it never had a member. Where there is none any
 * more, somebody must be made an owner first (V-01).
 */
export const restored = (tenant: Tenant): Result.Result<Tenant, TenantStateUnsuitable | LastOwner> => {
  if (tenant.state !== "suspended") return Result.fail(new TenantStateUnsuitable({ state: tenant.state }))
  if (tenant.memberCount === 0) return Result.succeed({ ...tenant, state: "in-setup" })
  return tenant.ownerCount > 0 ? Result.succeed({ ...tenant, state: "active" }) : Result.fail(new LastOwner())
}

/** The operator closes a tenant, which is for ever. */
export const closed = (tenant: Tenant): Result.Result<Tenant, TenantStateUnsuitable> =>
  tenant.state === "closed"
    ? Result.fail(new TenantStateUnsuitable({ state: tenant.state }))
    : Result.succeed({ ...tenant, state: "closed" })

/** The tenant in which one member's account has become active, or is not active any more, by what the operator does (AUT-10). */
export const withAccountState = (
  tenant: Tenant,
  roles: ReadonlyArray<string>,
  before: AccountState,
  after: AccountState
): Tenant => {
  const ownerCount =
    tenant.ownerCount + owners({ roles, accountState: after }) - owners({ roles, accountState: before })
  // an active tenant never has no active owner: it is suspended with its last one, unless a new one was named before
  return { ...tenant, ownerCount, state: tenant.state === "active" && ownerCount < 1 ? "suspended" : tenant.state }
}

/**
 * The tenant with an owner whom the operator appoints: a member with these roles, or somebody new where there are none. Active, or suspended, where it
 * is what lets it be restored; one in setup waits for whom it was offered to.
 */
export const withAppointedOwner = (
  tenant: Tenant,
  rolesBefore: ReadonlyArray<string> | null
): Result.Result<Tenant, TenantStateUnsuitable | NoSeatLeft> => {
  if (tenant.state !== "active" && tenant.state !== "suspended") {
    return Result.fail(new TenantStateUnsuitable({ state: tenant.state }))
  }
  if (rolesBefore === null && tenant.seats !== null && tenant.memberCount >= tenant.seats) {
    return Result.fail(new NoSeatLeft({ seats: tenant.seats }))
  }
  return Result.succeed({
    ...tenant,
    memberCount: tenant.memberCount + (rolesBefore === null ? 1 : 0),
    ownerCount: tenant.ownerCount + (rolesBefore?.includes(OWNER) === true ? 0 : 1)
  })
}

/** The tenant with one member less. The last active owner stays, unless nothing of the tenant is reachable any more. */
export const withoutMember = (tenant: Tenant, member: Counted): Result.Result<Tenant, LastOwner> =>
  Result.map(withOwners(tenant, -owners(member)), (next) => ({ ...next, memberCount: next.memberCount - 1 }))

/** One becomes an owner as another stops being one, in one step (TEN-05): nobody sees the tenant without. */
export const withOwnerChanged = (
  tenant: Tenant,
  changes: ReadonlyArray<{ readonly before: Counted; readonly after: Counted }>
): Result.Result<Tenant, LastOwner> =>
  withOwners(
    tenant,
    changes.reduce((sum, { after, before }) => sum + owners(after) - owners(before), 0)
  )

/** The tenant in which one member has changed. */
export const withChangedMember = (tenant: Tenant, before: Counted, after: Counted): Result.Result<Tenant, LastOwner> =>
  withOwners(tenant, owners(after) - owners(before))

const withOwners = (tenant: Tenant, difference: number): Result.Result<Tenant, LastOwner> => {
  const ownerCount = tenant.ownerCount + difference
  return difference < 0 && ownerCount < 1 && tenant.state !== "closed"
    ? Result.fail(new LastOwner())
    : Result.succeed({ ...tenant, ownerCount })
}

import { Effect, Option, Schema } from "effect"
import type { Account } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { CollectiveInvoiceRepository } from "../hierarchy/CollectiveInvoiceRepository.ts"
import { HierarchyRepository } from "../hierarchy/HierarchyRepository.ts"
import { offerToFirstOwner } from "../invitations/Invitations.ts"
import { CustomerNumberFromInput, equal } from "../kernel/CustomerNumber.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, MembershipId, nextId, nextNumber, ShortNumber, TenantId } from "../kernel/ids.ts"
import { OWNER, Permission, RoleNames } from "../kernel/Permission.ts"
import * as PostalCode from "../kernel/PostalCode.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotAllowed, NotFound } from "../kernel/refusals.ts"
import { Locale, line, optionalLine } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { ownPermissionsIn, type Standing } from "./Access.ts"
import { addMember, MailPreferences } from "./Membership.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import { lockedStanding, require } from "./Permissions.ts"
import { staffMay } from "./staffRights.ts"
import { CustomerNumberTaken, type Tenant, TenantState } from "./Tenant.ts"
import { TenantRepository } from "./TenantRepository.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

const Details = Schema.Struct({
  id: TenantId,
  number: ShortNumber,
  name: Schema.String,
  customerNumber: Schema.String,
  street: Schema.String,
  postalCode: Schema.String,
  city: Schema.String,
  country: Schema.String,
  state: TenantState,
  /** Whether every member needs a second factor to do anything here (TFA-07). */
  requiresSecondFactor: Schema.Boolean,
  version: Schema.Int
})

const toDetails = (tenant: Tenant): typeof Details.Type => ({
  id: tenant.id,
  number: tenant.number,
  name: tenant.name,
  customerNumber: tenant.customerNumber,
  street: tenant.street,
  postalCode: tenant.postalCode,
  city: tenant.city,
  country: tenant.country,
  state: tenant.state,
  requiresSecondFactor: tenant.requiresSecondFactor,
  version: tenant.version
})

/** A tenant as one of its members sees it, with the member's own place in it. */
export const TenantView = Schema.Struct({
  tenant: Details,
  members: Schema.Int,
  /** Null for no limit; only for those who may invite, whose business it is. */
  seats: Schema.NullOr(Schema.Int),
  /** The caller's own; null for who comes through the main tenant only. */
  membership: Schema.NullOr(
    Schema.Struct({
      id: MembershipId,
      roles: RoleNames,
      contactEmail: EmailAddress,
      mailPreferences: MailPreferences,
      joinedAt: Instant
    })
  ),
  /** The main tenant where the caller has a place there, too. */
  mainId: Schema.NullOr(TenantId),
  /** What roles here and in the main tenant allow together, as of now. */
  permissions: Schema.Array(Permission)
})

const toView = (tenant: Tenant, { facts, permissions }: Standing): typeof TenantView.Type => {
  const { membership, through } = facts
  return {
    tenant: toDetails(tenant),
    members: tenant.memberCount,
    seats: permissions.has("invitations.create") ? tenant.seats : null,
    membership:
      membership === null
        ? null
        : {
            id: membership.id,
            roles: membership.roles,
            contactEmail: membership.contactEmail,
            mailPreferences: membership.mailPreferences,
            joinedAt: membership.joinedAt
          },
    mainId: through?.mainId ?? null,
    permissions: [...permissions]
  }
}

// ---- coming into being -----------------------------------------------------------------------------------------------------------------

const Name = line(200)
const Street = optionalLine(200)
const City = optionalLine(100)

const address = {
  street: Schema.optionalKey(Street),
  postalCode: Schema.String,
  city: Schema.optionalKey(City),
  country: PostalCode.CountryFromInput
}

const Seats = Schema.Int.check(Schema.makeFilter((value) => (value >= 1 && value <= 1_000_000 ? undefined : "range")))

interface Described {
  readonly name: string
  readonly street?: string
  readonly postalCode: string
  readonly city?: string
  readonly country: string
}

/** A new tenant in setup, with nobody in it. */
export const newTenant = Effect.fnUntraced(function* (
  described: Described,
  customerNumber: string | undefined,
  seats: number | null,
  now: Instant
) {
  const number = yield* nextNumber
  const tenant: Tenant = {
    id: yield* nextId(TenantId),
    number,
    name: described.name,
    customerNumber: customerNumber ?? number,
    postalCode: PostalCode.normalised(described),
    country: described.country,
    street: described.street ?? "",
    city: described.city ?? "",
    state: "in-setup",
    seats,
    memberCount: 0,
    ownerCount: 0,
    requiresSecondFactor: false,
    version: 0,
    createdAt: now
  }
  return tenant
})

const subject = (id: TenantId) => ({ kind: "tenant", id })

/** The tenant with this account as its first owner: active at once. */
export const foundedBy = Effect.fnUntraced(function* <K extends "Account" | "Job">(
  unit: UseCase.Unit<K>,
  tenant: Tenant,
  account: Pick<Account, "id" | "email" | "state">
) {
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  // a tenant in setup that has every seat free takes its first owner
  const founded = yield* Effect.orDie(
    Effect.fromResult(addMember(tenant, { id: yield* nextId(MembershipId), account, roles: [OWNER], now: unit.now }))
  )
  yield* tenants.insert(founded.tenant)
  yield* memberships.insert(founded.membership)
  unit.record({ type: "tenant.created", tenantId: tenant.id, subject: subject(tenant.id) })
  unit.record({ type: "tenant.activated", tenantId: tenant.id, subject: subject(tenant.id) })
  unit.record({
    type: "membership.created",
    tenantId: tenant.id,
    subject: { kind: "membership", id: founded.membership.id },
    data: { accountId: account.id, roles: [...founded.membership.roles] }
  })
  return { id: tenant.id, number: tenant.number, customerNumber: tenant.customerNumber }
})

const Created = Schema.Struct({ id: TenantId, number: ShortNumber, customerNumber: Schema.String })

/**
 * An account makes a tenant of its own, where the operator allows that (TEN-01): active at once, with the caller as owner and first member. Its
 * customer number is the tenant's short number, so that nobody learns here which customer numbers are taken.
 */
export const create = UseCase.command({
  name: "tenants.create",
  summary: "Makes a customer area with the caller as its owner, where the operator allows that.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ name: Name, ...address }).check(PostalCode.ofItsCountry),
  output: Created,
  errors: [],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `tenants.account:${actor.accountId}`, limit: settings.limits.tenantsPerAccount }]),
  unit: Effect.fnUntraced(function* (input, unit) {
    if (!unit.settings.tenants.selfService) return yield* new NotAllowed({})
    const account = yield* callersAccount(unit.actor)
    return yield* foundedBy(unit, yield* newTenant(input, undefined, null, unit.now), account)
  })
})

const ByStaff = Schema.Struct({
  name: Name,
  customerNumber: CustomerNumberFromInput,
  ...address,
  /** How many members it may have; without, any number. */
  seats: Schema.optionalKey(Seats)
})

/** Refuses a customer number that another tenant has. Two that come at the same time meet at the unique key, and the later one comes here again. */
const refuseTaken = Effect.fnUntraced(function* (customerNumber: string, except?: TenantId) {
  const tenants = yield* TenantRepository
  const found = yield* tenants.findByCustomerNumber(customerNumber)
  if (Option.exists(found, (tenant) => tenant.id !== except)) return yield* new CustomerNumberTaken()
})

/** Staff make a tenant for the address of its first owner: it is in setup until that person accepts the invitation that goes out with the commit. */
export const createForOwner = UseCase.command({
  name: "tenants.createForOwner",
  summary: "Makes a customer area in setup and invites its first owner.",
  actors: ["Staff", "Job"],
  requires: "staff",
  input: Schema.Struct({
    ...ByStaff.fields,
    ownerEmail: EmailAddressFromInput,
    /** The language of the invitation. */
    locale: Schema.optionalKey(Locale)
  }).check(PostalCode.ofItsCountry),
  output: Created,
  errors: [CustomerNumberTaken],
  unit: Effect.fnUntraced(function* (input, unit) {
    yield* Effect.fromResult(staffMay("tenants.createForOwner", unit.actor))
    yield* refuseTaken(input.customerNumber)
    const tenants = yield* TenantRepository
    const tenant = yield* newTenant(input, input.customerNumber, input.seats ?? null, unit.now)
    yield* tenants.insert(tenant)
    unit.record({ type: "tenant.created", tenantId: tenant.id, subject: subject(tenant.id) })
    yield* offerToFirstOwner(unit, tenant, input.ownerEmail, { locale: input.locale, pending: null })
    return { id: tenant.id, number: tenant.number, customerNumber: tenant.customerNumber }
  })
})

/** The host's own code makes a tenant with a known account as its owner, active at once: for imports and demonstrations. */
export const createWithOwner = UseCase.command({
  name: "tenants.createWithOwner",
  summary: "Makes a customer area with an existing account as its owner.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ ...ByStaff.fields, ownerId: AccountId }).check(PostalCode.ofItsCountry),
  output: Created,
  errors: [CustomerNumberTaken, NotFound],
  unit: Effect.fnUntraced(function* (input, unit) {
    yield* refuseTaken(input.customerNumber)
    const accounts = yield* AccountRepository
    const account = Option.getOrUndefined(yield* accounts.find(input.ownerId))
    if (account?.state !== "active") return yield* new NotFound({ kind: "account" })
    const tenant = yield* newTenant(input, input.customerNumber, input.seats ?? null, unit.now)
    return yield* foundedBy(unit, tenant, account)
  })
})

// ---- being there -----------------------------------------------------------------------------------------------------------------------

/** The tenant, and the caller's own place in it. */
export const get = UseCase.query({
  name: "tenants.get",
  summary: "Shows a customer area and the caller's place in it.",
  actors: ["Account"],
  requires: "tenant.read",
  input: Schema.Struct({ tenantId: TenantId }),
  output: TenantView,
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const standing = yield* require(actor, settings, input.tenantId, "tenant.read")
    const tenants = yield* TenantRepository
    const tenant = yield* tenants.find(input.tenantId)
    if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
    return toView(tenant.value, standing)
  })
})

/** Those of `next` that differ, by name: what an event says of a change. Names only, because an address is nobody else's business. */
const changedFields = (before: Tenant, next: Tenant, fields: ReadonlyArray<keyof Tenant>): ReadonlyArray<Json> =>
  fields.filter((field) => before[field] !== next[field])

/** Changes name or address. Customer number and postal code work as credentials, and only staff change them (TEN-01). */
export const change = UseCase.command({
  name: "tenants.change",
  summary: "Changes a customer area's name or address.",
  actors: ["Account"],
  requires: "tenant.change",
  input: Schema.Struct({
    tenantId: TenantId,
    name: Schema.optionalKey(Name),
    street: Schema.optionalKey(Street),
    city: Schema.optionalKey(City)
  }),
  output: TenantView,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const { tenantId, ...given } = input
    const { tenant, ...place } = yield* lockedStanding(unit, tenantId, "tenant.change")
    const next: Tenant = { ...tenant, ...given }
    const fields = changedFields(tenant, next, ["name", "street", "city"])
    if (fields.length === 0) return toView(tenant, place)
    yield* tenants.save(next)
    unit.record({ type: "tenant.changed", tenantId, subject: subject(tenantId), data: { fields } })
    return toView({ ...next, version: next.version + 1 }, place)
  })
})

/** Whoever makes others have a second factor has one (TFA-07): otherwise they would lock themself out. */
export class OwnSecondFactorNeeded extends Refusal<OwnSecondFactorNeeded>()(
  "OwnSecondFactorNeeded",
  {},
  {
    category: "conflict",
    de: "Bitte richten Sie zuerst für Ihr eigenes Benutzerkonto einen zweiten Faktor ein.",
    en: "Please set up a second factor for your own account first."
  }
) {}

/**
 * An owner says whether every member needs a second factor (TFA-07): of this tenant, because who comes through its main may not keep out those who are at
 * home here. From the next command on, who has none gets `SecondFactorRequired` here and nowhere else,
 * until they have set one up.
 */
export const requireSecondFactor = UseCase.command({
  name: "tenants.requireSecondFactor",
  summary: "Says whether members of a customer area need a second factor.",
  actors: ["Account"],
  requires: "owners.change",
  sensitive: true,
  input: Schema.Struct({ tenantId: TenantId, required: Schema.Boolean }),
  output: TenantView,
  errors: [NotFound, OwnSecondFactorNeeded],
  unit: Effect.fnUntraced(function* ({ required, tenantId }, unit) {
    const tenants = yield* TenantRepository
    const { tenant, ...place } = yield* lockedStanding(unit, tenantId, "owners.change")
    // also where an application lets this permission flow from a main
    if (!ownPermissionsIn(unit.settings, place.facts).has("owners.change")) {
      return yield* new NotAllowed({ permission: "owners.change" })
    }
    if (required && !place.facts.secondFactor) return yield* new OwnSecondFactorNeeded()
    if (tenant.requiresSecondFactor === required) return toView(tenant, place)
    const next: Tenant = { ...tenant, requiresSecondFactor: required }
    yield* tenants.save(next)
    unit.record({
      type: "tenant.secondFactorRuleChanged",
      tenantId,
      subject: subject(tenantId),
      data: { required }
    })
    return toView({ ...next, version: next.version + 1 }, place)
  })
})

/** Staff change what works as a credential: customer number, postal code and country (TEN-01). */
export const changeCredentials = UseCase.command({
  name: "tenants.changeCredentials",
  summary: "Changes a customer area's customer number and postal code.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({
    tenantId: TenantId,
    customerNumber: CustomerNumberFromInput,
    postalCode: Schema.String,
    country: PostalCode.CountryFromInput
  }).check(PostalCode.ofItsCountry),
  output: Details,
  errors: [NotFound, CustomerNumberTaken],
  unit: Effect.fnUntraced(function* (input, unit) {
    yield* Effect.fromResult(staffMay("tenants.changeCredentials", unit.actor))
    const hierarchy = yield* HierarchyRepository
    const invoices = yield* CollectiveInvoiceRepository
    const tenants = yield* TenantRepository
    const tenant = yield* tenants.findForUpdate(input.tenantId)
    if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
    if (!equal(tenant.value.customerNumber, input.customerNumber)) {
      yield* refuseTaken(input.customerNumber, input.tenantId)
    }
    const next: Tenant = {
      ...tenant.value,
      customerNumber: input.customerNumber,
      postalCode: PostalCode.normalised(input),
      country: input.country
    }
    const fields = changedFields(tenant.value, next, ["customerNumber", "postalCode", "country"])
    if (fields.length === 0) return toDetails(tenant.value)
    yield* tenants.save(next)
    if (!equal(tenant.value.customerNumber, next.customerNumber)) {
      const link = yield* hierarchy.find(input.tenantId)
      if (Option.isSome(link)) yield* invoices.refresh(link.value.mainId)
    }
    unit.record({
      type: "tenant.credentialsChanged",
      tenantId: input.tenantId,
      subject: subject(input.tenantId),
      data: { fields }
    })
    return toDetails({ ...next, version: next.version + 1 })
  })
})

/** Every use case of tenants. */
export const useCases = UseCase.registry(
  create,
  createForOwner,
  createWithOwner,
  get,
  change,
  requireSecondFactor,
  changeCredentials
)

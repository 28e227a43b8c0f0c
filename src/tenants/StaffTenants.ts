import { Effect, Option, Schema } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { stillMay } from "../accounts/stillMay.ts"
import { HierarchyRepository } from "../hierarchy/HierarchyRepository.ts"
import { detach, lockAll } from "../hierarchy/links.ts"
import { InvitationRepository } from "../invitations/InvitationRepository.ts"
import { closeForNewMember } from "../invitations/offers.ts"
import { EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, MembershipId, nextId, ShortNumber, TenantId } from "../kernel/ids.ts"
import * as Links from "../kernel/Links.ts"
import * as Page from "../kernel/Page.ts"
import { OWNER, RoleNames } from "../kernel/Permission.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotAllowed, NotFound } from "../kernel/refusals.ts"
import { line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { OrderRepository } from "../orders/OrderRepository.ts"
import { Reason } from "../requests/Request.ts"
import { closeOfTenant } from "../requests/workflow.ts"
import { lost } from "./Domain.ts"
import { DomainRepository } from "./DomainRepository.ts"
import { type Membership, newMembership } from "./Membership.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import { tellOwners } from "./owners.ts"
import { normalRoles } from "./Role.ts"
import { ownerAppointed, tenantClosed, tenantRestored, tenantSuspended } from "./staffMails.ts"
import { staffMay, staffSearchLimits } from "./staffRights.ts"
import {
  closed,
  LastOwner,
  NoSeatLeft,
  restored,
  suspended,
  type Tenant,
  TenantInUse,
  TenantState,
  TenantStateUnsuitable,
  withAppointedOwner
} from "./Tenant.ts"
import { TenantRepository } from "./TenantRepository.ts"

/** A tenant as staff see it. */
export const StaffTenantView = Schema.Struct({
  id: TenantId,
  number: ShortNumber,
  name: Schema.String,
  customerNumber: Schema.String,
  street: Schema.String,
  postalCode: Schema.String,
  city: Schema.String,
  country: Schema.String,
  state: TenantState,
  members: Schema.Int,
  /** Owners whose accounts are active. */
  owners: Schema.Int,
  requiresSecondFactor: Schema.Boolean,
  createdAt: Instant
})

const toView = (tenant: Tenant): typeof StaffTenantView.Type => ({
  id: tenant.id,
  number: tenant.number,
  name: tenant.name,
  customerNumber: tenant.customerNumber,
  street: tenant.street,
  postalCode: tenant.postalCode,
  city: tenant.city,
  country: tenant.country,
  state: tenant.state,
  members: tenant.memberCount,
  owners: tenant.ownerCount,
  requiresSecondFactor: tenant.requiresSecondFactor,
  createdAt: tenant.createdAt
})

const subject = (id: TenantId) => ({ kind: "tenant", id })

/** What an event says of a membership and its roles, and of those before. */
const about = ({ accountId, id, roles, tenantId }: Membership, before?: RoleNames) => ({
  tenantId,
  subject: { kind: "membership", id },
  data: { accountId, ...(before === undefined ? {} : { before: [...before] }), roles: [...roles] }
})

/** Staff find tenants by number, customer number, or a part of name or place; the newest first. */
export const find = UseCase.query({
  name: "tenants.find",
  summary: "Finds customer areas by number, customer number, name or place, for staff.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ search: line(100), ...Page.fields }),
  output: Page.Page(StaffTenantView),
  errors: [],
  limits: staffSearchLimits,
  run: Effect.fnUntraced(function* (input, { actor }) {
    yield* Effect.fromResult(staffMay("tenants.find", actor))
    const window = yield* Page.window(Schema.Tuple([TenantId]), input)
    const tenants = yield* TenantRepository
    const rows = yield* tenants.search(input.search, window)
    return Page.make(rows, window, ({ id }) => [id] as const, toView)
  })
})

type StaffUnit = UseCase.Unit<"Staff">

/** Locks the tenant, and looks at this commit whether the caller may call the use case. */
const locked = Effect.fnUntraced(function* (useCase: string, unit: StaffUnit, tenantId: TenantId) {
  yield* Effect.fromResult(staffMay(useCase, unit.actor))
  const tenants = yield* TenantRepository
  const tenant = yield* tenants.findForUpdate(tenantId)
  yield* stillMay(useCase, unit)
  if (Option.isNone(tenant)) return yield* new NotFound({ kind: "tenant" })
  return tenant.value
})

const OfTenant = Schema.Struct({
  tenantId: TenantId,
  /** For the owners, who read it in the mail, and for the log. */
  reason: Reason
})

/** Nobody can do anything in the tenant until it is restored; the owners are told why (TEN-09). What waits in it waits. */
export const suspend = UseCase.command({
  name: "tenants.suspend",
  summary: "Suspends a customer area, with a reason for its owners.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: OfTenant,
  output: StaffTenantView,
  errors: [NotFound, TenantStateUnsuitable],
  unit: Effect.fnUntraced(function* ({ reason, tenantId }, unit) {
    const tenants = yield* TenantRepository
    const tenant = yield* locked("tenants.suspend", unit, tenantId)
    const next = yield* Effect.fromResult(suspended(tenant))
    yield* tenants.save(next)
    unit.record({
      type: "tenant.suspended",
      tenantId,
      subject: subject(tenantId),
      data: { from: tenant.state, reason }
    })
    yield* tellOwners(unit, tenant, tenantSuspended, reason)
    return toView(next)
  })
})

/** The tenant is what it was before it was suspended. One that has lost its last owner needs a new one first (`tenants.appointOwner`). */
export const restore = UseCase.command({
  name: "tenants.restore",
  summary: "Restores a suspended customer area.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: OfTenant,
  output: StaffTenantView,
  errors: [NotFound, TenantStateUnsuitable, LastOwner],
  unit: Effect.fnUntraced(function* ({ reason, tenantId }, unit) {
    const tenants = yield* TenantRepository
    const tenant = yield* locked("tenants.restore", unit, tenantId)
    const next = yield* Effect.fromResult(restored(tenant))
    yield* tenants.save(next)
    unit.record({ type: "tenant.restored", tenantId, subject: subject(tenantId), data: { to: next.state, reason } })
    yield* tellOwners(unit, tenant, tenantRestored, reason)
    return toView(next)
  })
})

/**
 * Closes a tenant for ever (TEN-09). In the same commit its invitations, its links, that to its main and what is open of requests end; from then on it does not exist for
 * those who were in it. One with sub tenants or open orders is not closed (HIE-09).
 */
export const close = UseCase.command({
  name: "tenants.close",
  summary: "Closes a customer area for ever, with a reason for its owners.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: OfTenant,
  output: StaffTenantView,
  errors: [NotFound, TenantStateUnsuitable, TenantInUse],
  unit: Effect.fnUntraced(function* ({ reason, tenantId }, unit) {
    const tenants = yield* TenantRepository
    const invitations = yield* InvitationRepository
    const links = yield* Links.LinkRepository
    const hierarchy = yield* HierarchyRepository
    const orderRepository = yield* OrderRepository
    yield* Effect.fromResult(staffMay("tenants.close", unit.actor))
    const before = Option.getOrUndefined(yield* hierarchy.find(tenantId))
    const mains = before === undefined ? new Map<TenantId, Tenant>() : yield* lockAll([before.mainId, tenantId])
    const tenant = yield* locked("tenants.close", unit, tenantId)
    const next = yield* Effect.fromResult(closed(tenant))
    const link = Option.getOrUndefined(yield* hierarchy.find(tenantId))
    const main = link === undefined ? undefined : mains.get(link.mainId)
    if (link?.mainId !== before?.mainId) {
      // linked, moved or unlinked since it was read: other rows have to be locked
      return yield* new PersistenceError({ operation: "hierarchy.find", reason: "conflict" })
    }
    // linking a sub and placing an order lock this row, too, and so come before this or find it closed
    const subs = yield* hierarchy.countSubs(tenantId)
    const orders = yield* orderRepository.openOrders(tenantId)
    if (subs > 0 || orders > 0) return yield* new TenantInUse({ subs, orders })
    // a closed tenant is nobody's sub, or its main would list it, and could not be closed itself
    if (link !== undefined && main !== undefined) {
      yield* detach(unit, { link, main, sub: next }, [main.id], "closed")
    } else yield* tenants.save(next)
    for (const { id } of yield* invitations.revokeAll(tenantId, unit.now, "anybody")) {
      unit.record({ type: "invitation.revoked", tenantId, subject: { kind: "invitation", id } })
    }
    yield* closeOfTenant(unit, tenantId, reason)
    // its domains are free for who proves them next
    const domains = yield* DomainRepository
    for (const domain of yield* domains.list(tenantId)) {
      if (domain.proof !== null) yield* domains.save(lost(domain))
    }
    yield* links.voidOfTenant(tenantId, unit.now)
    unit.record({ type: "tenant.closed", tenantId, subject: subject(tenantId), data: { from: tenant.state, reason } })
    yield* tellOwners(unit, tenant, tenantClosed, reason)
    return toView(next)
  })
})

/**
 * Makes somebody an owner, after staff have seen a proof that is none of this library's business (AUT-10): a member gets the role besides those they
 * have, anybody else with an account becomes a member by it. Also in a suspended tenant, so that it can be restored.
 */
export const appointOwner = UseCase.command({
  name: "tenants.appointOwner",
  summary: "Makes an account an owner of a customer area.",
  actors: ["Staff"],
  requires: "staff",
  sensitive: true,
  input: Schema.Struct({ ...OfTenant.fields, email: EmailAddressFromInput }),
  output: Schema.Struct({ accountId: AccountId, roles: RoleNames }),
  errors: [NotFound, TenantStateUnsuitable, NoSeatLeft],
  unit: Effect.fnUntraced(function* ({ email, reason, tenantId }, unit) {
    const tenants = yield* TenantRepository
    const accounts = yield* AccountRepository
    const memberships = yield* MembershipRepository
    const invitations = yield* InvitationRepository
    const tenant = yield* locked("tenants.appointOwner", unit, tenantId)
    const account = Option.getOrUndefined(yield* accounts.findByEmail(email))?.account
    // what staff have seen a proof of is somebody else's
    if (account?.id === unit.actor.accountId) return yield* new NotAllowed({})
    if (account?.state !== "active") return yield* new NotFound({ kind: "account" })
    const before = yield* memberships.find(tenantId, account.id)
    const next = yield* Effect.fromResult(
      withAppointedOwner(tenant, Option.getOrNull(Option.map(before, ({ roles }) => roles)))
    )
    const membership: Membership = Option.isSome(before)
      ? { ...before.value, roles: normalRoles([...before.value.roles, OWNER]) }
      : newMembership({ id: yield* nextId(MembershipId), tenantId, account, roles: [OWNER], now: unit.now })
    if (Option.isSome(before)) yield* memberships.update(membership)
    else {
      yield* closeForNewMember(unit, tenantId, account)
      yield* memberships.insert(membership)
    }
    yield* tenants.save(next)
    // what was offered to a first owner before this one
    for (const { id } of yield* invitations.revokeAll(tenantId, unit.now, "staff")) {
      unit.record({ type: "invitation.revoked", tenantId, subject: { kind: "invitation", id } })
    }
    unit.record({
      type: "tenant.ownerAppointed",
      tenantId,
      subject: subject(tenantId),
      data: { accountId: account.id, joined: Option.isNone(before), reason }
    })
    unit.record(
      Option.match(before, {
        onNone: () => ({ type: "membership.created", ...about(membership) }),
        onSome: ({ roles }) => ({ type: "membership.rolesChanged", ...about(membership, roles) })
      })
    )
    yield* tellOwners(unit, tenant, ownerAppointed, reason)
    return { accountId: account.id, roles: membership.roles }
  })
})

/** Every use case of staff with tenants. */
export const useCases = UseCase.registry(find, suspend, restore, close, appointOwner)

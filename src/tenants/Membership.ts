import { Result, Schema } from "effect"
import type { Account, AccountState } from "../accounts/Account.ts"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { OWNER, type Permission, RoleNames } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotAllowed } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { mayGrant, normalRoles, permissionsOf } from "./Role.ts"
import {
  type LastOwner,
  type NoSeatLeft,
  type Tenant,
  type TenantNotActive,
  withChangedMember,
  withMember,
  withoutMember
} from "./Tenant.ts"

/** Others have ended the person's membership: they come in again only where somebody lets them, by an invitation or a request. */
export class RemovedBefore extends Refusal<RemovedBefore>()(
  "RemovedBefore",
  {},
  {
    category: "forbidden",
    de: "Ihre Mitgliedschaft in diesem Kundenbereich wurde beendet. Bitte lassen Sie sich neu einladen.",
    en: "Your membership in this customer area was ended. Please ask to be invited again."
  }
) {}

/** Which mails about a tenant a member wants; mails that the tenant must send come anyway. */
export const MailPreferences = Schema.Struct({ membershipChanges: Schema.Boolean })
export type MailPreferences = typeof MailPreferences.Type
export const defaultMailPreferences: MailPreferences = { membershipChanges: true }

/** The most locations that can be chosen one by one for a membership. */
export const MOST_LOCATIONS = 500

/** Sub tenants that are chosen for a membership of their main tenant, each once, at most 500; null where none were chosen. */
export const Locations = Schema.NullOr(
  Schema.Array(TenantId).check(Schema.makeFilter((ids) => (ids.length <= MOST_LOCATIONS ? undefined : "too-many")))
)
export type Locations = typeof Locations.Type

/** An account's place in a tenant (TEN-02). */
export class Membership extends Schema.Opaque<Membership>()(
  Schema.Struct({
    id: MembershipId,
    tenantId: TenantId,
    accountId: AccountId,
    roles: RoleNames,
    /** Where mail about this tenant goes; starts as the account's address, another one counts once it is confirmed (TEN-06). */
    contactEmail: EmailAddress,
    mailPreferences: MailPreferences,
    /** Of a main tenant: in which of its subs the membership counts; null for all, also for those that come later (HIE-05). See `locationsOf`. */
    locations: Locations,
    joinedAt: Instant
  })
) {}

/** The chosen locations that count: who may change owners is in all of them, because they could choose for themself anyway. */
export const locationsOf = (settings: Settings, membership: Pick<Membership, "roles" | "locations">): Locations =>
  permissionsOf(settings, membership.roles).has("owners.change") ? null : membership.locations

/** What a membership allows in its own tenant. Who is in chosen locations only does not hold "all locations", and so cannot give it to others. */
export const heldBy = (
  settings: Settings,
  membership: Pick<Membership, "roles" | "locations">
): ReadonlySet<Permission> => {
  const held = permissionsOf(settings, membership.roles)
  return locationsOf(settings, membership) === null
    ? held
    : new Set([...held].filter((permission) => permission !== "locations.access"))
}

export const isOwner = (membership: Pick<Membership, "roles">): boolean => membership.roles.includes(OWNER)

/** A membership, and whether its account is active: what the rules on owners need. */
export interface Placed {
  readonly membership: Membership
  readonly accountState: AccountState
}

const counted = ({ accountState, membership }: Placed) => ({ accountState, roles: membership.roles })

/** A change of the set of members: the tenant with its new counts, and the membership. Both are saved in one unit. */
export interface Change {
  readonly tenant: Tenant
  readonly membership: Membership
}

/** The place of somebody who joins; mail about the tenant goes to the account's address at first (TEN-06). */
export const newMembership = (joining: {
  readonly id: MembershipId
  readonly tenantId: TenantId
  readonly account: Pick<Account, "id" | "email">
  readonly roles: ReadonlyArray<string>
  readonly now: Instant
}): Membership => ({
  id: joining.id,
  tenantId: joining.tenantId,
  accountId: joining.account.id,
  roles: normalRoles(joining.roles),
  contactEmail: joining.account.email,
  mailPreferences: defaultMailPreferences,
  locations: null,
  joinedAt: joining.now
})

/**
 * An account joins a tenant with these roles, which somebody else has checked for authority (an invitation's inviter, or staff). Its mail goes to
 * the account's address at first (TEN-06). The first owner makes a tenant in setup active (TEN-01).
 */
export const addMember = (
  tenant: Tenant,
  joining: {
    readonly id: MembershipId
    readonly account: Pick<Account, "id" | "email" | "state">
    readonly roles: ReadonlyArray<string>
    readonly now: Instant
  }
): Result.Result<Change, NoSeatLeft | TenantNotActive> => {
  const { account, id, now } = joining
  const roles = normalRoles(joining.roles)
  return Result.map(withMember(tenant, { accountState: account.state, roles }), (next) => ({
    tenant: next,
    membership: newMembership({ id, tenantId: tenant.id, account, roles, now })
  }))
}

/**
 * Somebody who holds these permissions gives a member other roles. They must hold everything that the member's roles carry, before and after
 * (TEN-03), and only who may change owners changes one (R-IN-10).
 */
export const changeRoles = (
  settings: Settings,
  tenant: Tenant,
  member: Placed,
  held: ReadonlySet<Permission>,
  roles: ReadonlyArray<string>
): Result.Result<Change, NotAllowed | LastOwner> => {
  const { membership } = member
  if (!held.has("members.change")) return Result.fail(new NotAllowed({ permission: "members.change" }))
  if (!mayGrant(settings, held, membership.roles) || !mayGrant(settings, held, roles)) {
    return Result.fail(refused(membership.roles.includes(OWNER) || roles.includes(OWNER)))
  }
  const next: Membership = { ...membership, roles: normalRoles(roles) }
  return Result.map(withChangedMember(tenant, counted(member), counted({ ...member, membership: next })), (tenant) => ({
    tenant,
    membership: next
  }))
}

/** Somebody who holds these permissions ends a membership; they must hold everything that its roles carry. */
export const removeMember = (
  settings: Settings,
  tenant: Tenant,
  member: Placed,
  held: ReadonlySet<Permission>
): Result.Result<Tenant, NotAllowed | LastOwner> => {
  if (!held.has("members.remove")) return Result.fail(new NotAllowed({ permission: "members.remove" }))
  if (!mayGrant(settings, held, member.membership.roles)) return Result.fail(refused(isOwner(member.membership)))
  return withoutMember(tenant, counted(member))
}

/** A member goes by themself, which needs no permission. */
export const leave = (tenant: Tenant, member: Placed): Result.Result<Tenant, LastOwner> =>
  withoutMember(tenant, counted(member))

const refused = (owner: boolean): NotAllowed => new NotAllowed(owner ? { permission: "owners.change" } : {})

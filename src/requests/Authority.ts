import { operatorsOf, type StaffRole, staffRolesOf } from "../accounts/StaffMember.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Locale } from "../kernel/Text.ts"
import { permissionsThrough } from "../tenants/Access.ts"
import { heldBy } from "../tenants/Membership.ts"
import type { Approval, Request } from "./Request.ts"

/** Somebody whom a request's audience includes at this commit, by a right of their own or as the deputy of one who has it. */
export interface Entitled {
  readonly requestId: Request["id"]
  readonly accountId: AccountId
  readonly email: EmailAddress
  readonly credentialEpoch: number
  readonly locale: Locale
  /** Where mails about the matter go: the address of the membership, or the account's own. */
  readonly address: EmailAddress
  /** The one whose right it is: the person themself, or the one whom they stand in for. */
  readonly principalId: AccountId
  readonly principalEmail: EmailAddress
  /** As `address`, of the principal. */
  readonly principalAddress: EmailAddress
  /** The principal's roles in the audience's tenant, or in its main tenant where `through` says so. */
  readonly tenantRoles: ReadonlyArray<string>
  /** Whether locations are chosen for the principal's membership (see `heldBy`). */
  readonly locationsChosen: boolean
  /** Set where the right comes through the main tenant: what the audience's tenant refuses to that one (HIE-05). */
  readonly through: { readonly refused: ReadonlyArray<Permission> } | null
  /** The principal's stored roles as staff. */
  readonly staffRoles: ReadonlyArray<StaffRole>
  /** Whether the person or the principal controls the tenant that asks. */
  readonly controlsAsker: boolean
}

/** With what right somebody decides. */
export interface Authority {
  readonly accountId: AccountId
  /** Whose deputy decides; null where the right is the decider's own. */
  readonly onBehalfOf: AccountId | null
  /** What the right's holder may do in the audience's tenant; empty where the audience is not a tenant. */
  readonly permissions: ReadonlySet<Permission>
  /** The right's holder as staff. */
  readonly staffRoles: ReadonlyArray<StaffRole>
}

/** Whether somebody is the asker: the account, the address, or the one at the keyboard (REQ-04, R-AP-01). */
export const isAsker = (
  request: Pick<Request, "asker">,
  person: { readonly accountId: AccountId; readonly email: EmailAddress }
): boolean =>
  person.accountId === request.asker.accountId ||
  person.accountId === request.asker.staffId ||
  person.email === request.asker.email

/**
 * Whether an entitlement is on the asker's side: the person, the one whom they stand in for, or a tenant that either controls. A person is known by
 * the address of the membership, too, which is as much a mailbox of theirs as the account's.
 */
export const isAskersSide = (request: Pick<Request, "asker">, entitled: Entitled): boolean =>
  entitled.controlsAsker ||
  [entitled.address, entitled.principalAddress].includes(request.asker.email) ||
  isAsker(request, entitled) ||
  isAsker(request, { accountId: entitled.principalId, email: entitled.principalEmail })

/** Whether an entitlement is of one of those whom the request is about, and whom its kind therefore does not let decide: the person, or the principal. */
export const isSide = (sides: ReadonlyArray<EmailAddress>, entitled: Entitled): boolean =>
  sides.includes(entitled.email) || sides.includes(entitled.principalEmail)

const permissionsFor = (
  settings: Settings,
  { locationsChosen, tenantRoles, through }: Entitled
): ReadonlySet<Permission> => {
  // which locations they are was asked with the entitlement
  const membership = { roles: tenantRoles, locations: locationsChosen ? [] : null }
  return through === null ? heldBy(settings, membership) : permissionsThrough(settings, membership, through.refused)
}

/** One right for each whose it is: what somebody holds in a tenant and what comes through its main count together, as everywhere. */
const toAuthorities = (settings: Settings, entitled: ReadonlyArray<Entitled>): ReadonlyArray<Authority> => {
  const byPrincipal = new Map<AccountId, Authority>()
  for (const one of entitled) {
    const before = byPrincipal.get(one.principalId)
    byPrincipal.set(one.principalId, {
      accountId: one.accountId,
      onBehalfOf: one.principalId === one.accountId ? null : one.principalId,
      permissions: new Set([...(before?.permissions ?? []), ...permissionsFor(settings, one)]),
      staffRoles: staffRolesOf(settings, one.principalEmail, one.staffRoles)
    })
  }
  return [...byPrincipal.values()]
}

/** Every right with which a person can decide the request, their own first. */
export const authoritiesOf = (
  settings: Settings,
  request: Request,
  entitled: ReadonlyArray<Entitled>,
  accountId: AccountId
): ReadonlyArray<Authority> =>
  toAuthorities(
    settings,
    entitled.filter((one) => one.requestId === request.id && one.accountId === accountId && !isAskersSide(request, one))
  ).toSorted((a, b) => Number(a.onBehalfOf !== null) - Number(b.onBehalfOf !== null))

/**
 * The right with which an approval was given, if it is still there. Of a deputy's approval that is the principal's: whether the deputy stood in was
 * asked when it was given, and what was decided in somebody's place does not end with the period (REQ-07).
 */
export const authorityOf = (
  settings: Settings,
  request: Request,
  entitled: ReadonlyArray<Entitled>,
  approval: Pick<Approval, "accountId" | "onBehalfOf">
): Authority | undefined => {
  const holder = approval.onBehalfOf ?? approval.accountId
  const rights = entitled.filter(({ requestId }) => requestId === request.id)
  const own = rights.filter(({ accountId, principalId }) => accountId === holder && principalId === holder)
  // who has come to the asker's side since then counts no more than who was there from the beginning
  const sides = rights.filter(
    ({ accountId, principalId }) => accountId === approval.accountId && principalId === holder
  )
  const [right] = toAuthorities(settings, own)
  return right === undefined || [...own, ...sides].some((one) => isAskersSide(request, one))
    ? undefined
    : { ...right, accountId: approval.accountId, onBehalfOf: approval.onBehalfOf }
}

/** What the query for entitlements needs of the settings and the time. */
export interface Terms {
  /** The names of roles by the permission that they carry. */
  readonly grants: ReadonlyArray<{ readonly role: string; readonly permission: Permission }>
  /** What comes through a main tenant at all. */
  readonly delegable: ReadonlyArray<Permission>
  /** Addresses that the configuration makes operators (AUT-10). */
  readonly operators: ReadonlyArray<string>
  readonly now: number
}

export const termsOf = (settings: Settings, now: number): Terms => ({
  grants: settings.roles.flatMap(({ name, permissions }) =>
    permissions.map((permission) => ({ role: name, permission }))
  ),
  delegable: settings.hierarchy.delegable,
  operators: operatorsOf(settings),
  now
})

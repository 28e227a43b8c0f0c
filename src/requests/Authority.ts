import { operatorsOf, type StaffRole, staffRolesOf } from "../accounts/StaffMember.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Locale } from "../kernel/Text.ts"
import { permissionsOf } from "../tenants/Role.ts"
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
  /** The principal's roles in the audience's tenant. */
  readonly tenantRoles: ReadonlyArray<string>
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

const toAuthority = (settings: Settings, entitled: Entitled): Authority => ({
  accountId: entitled.accountId,
  onBehalfOf: entitled.principalId === entitled.accountId ? null : entitled.principalId,
  permissions: permissionsOf(settings, entitled.tenantRoles),
  staffRoles: staffRolesOf(settings, entitled.principalEmail, entitled.staffRoles)
})

/** Every right with which a person can decide the request, their own first. */
export const authoritiesOf = (
  settings: Settings,
  request: Request,
  entitled: ReadonlyArray<Entitled>,
  accountId: AccountId
): ReadonlyArray<Authority> =>
  entitled
    .filter((one) => one.requestId === request.id && one.accountId === accountId && !isAskersSide(request, one))
    .map((one) => toAuthority(settings, one))
    .sort((a, b) => Number(a.onBehalfOf !== null) - Number(b.onBehalfOf !== null))

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
  const own = rights.find(({ accountId, principalId }) => accountId === holder && principalId === holder)
  // who has come to the asker's side since then counts no more than who was there from the beginning
  const sides = rights.filter(
    ({ accountId, principalId }) => accountId === approval.accountId && principalId === holder
  )
  return own === undefined || [own, ...sides].some((one) => isAskersSide(request, one))
    ? undefined
    : { ...toAuthority(settings, own), accountId: approval.accountId, onBehalfOf: approval.onBehalfOf }
}

/** What the query for entitlements needs of the settings and the time. */
export interface Terms {
  /** The names of roles by the permission that they carry. */
  readonly grants: ReadonlyArray<{ readonly role: string; readonly permission: Permission }>
  /** Addresses that the configuration makes operators (AUT-10). */
  readonly operators: ReadonlyArray<string>
  readonly now: number
}

export const termsOf = (settings: Settings, now: number): Terms => ({
  grants: settings.roles.flatMap(({ name, permissions }) =>
    permissions.map((permission) => ({ role: name, permission }))
  ),
  operators: operatorsOf(settings),
  now
})

import * as Members from "./Members.ts"
import * as Ownerships from "./Ownerships.ts"
import * as Permissions from "./Permissions.ts"
import * as StaffTenants from "./StaffTenants.ts"
import * as staffMails from "./staffMails.ts"
import * as Tenants from "./Tenants.ts"
import * as tenantMails from "./tenantMails.ts"
import { transferOwnership } from "./transferOwnership.ts"

export * as Access from "./Access.ts"
export { defaultMailPreferences, MailPreferences, Membership } from "./Membership.ts"
export { type Member, MembershipRepository } from "./MembershipRepository.ts"
export { AlreadyOwner, OwnershipNotHeld, OwnershipOffered } from "./Ownership.ts"
export { mayGrant } from "./Role.ts"
export { staffRoles, staffRolesFor } from "./staffRights.ts"
export {
  CustomerNumberTaken,
  LastOwner,
  NoSeatLeft,
  Tenant,
  TenantInUse,
  TenantNotActive,
  TenantState,
  TenantStateUnsuitable
} from "./Tenant.ts"
export { TenantRepository } from "./TenantRepository.ts"
export { contactEmailLink } from "./tenantMails.ts"
export { Members, Ownerships, Permissions, StaffTenants, Tenants, transferOwnership }

/** Every mail kind of the room. */
export const mailKinds = [...tenantMails.mailKinds, ...staffMails.mailKinds] as const

/** Every kind of request of the room. */
export const requestKinds = [transferOwnership] as const

/** Every use case of the room. */
export const useCases = [
  ...Tenants.useCases,
  ...Members.useCases,
  ...Ownerships.useCases,
  ...Permissions.useCases,
  ...StaffTenants.useCases
] as const

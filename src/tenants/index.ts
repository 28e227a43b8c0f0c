import * as Members from "./Members.ts"
import * as Permissions from "./Permissions.ts"
import * as Tenants from "./Tenants.ts"

export * as Access from "./Access.ts"
export { defaultMailPreferences, MailPreferences, Membership } from "./Membership.ts"
export { type Member, MembershipRepository } from "./MembershipRepository.ts"
export { mayGrant } from "./Role.ts"
export { staffRoles, staffRolesFor } from "./staffRights.ts"
export { CustomerNumberTaken, LastOwner, NoSeatLeft, Tenant, TenantNotActive, TenantState } from "./Tenant.ts"
export { TenantRepository } from "./TenantRepository.ts"
export { contactEmailLink, mailKinds } from "./tenantMails.ts"
export { Members, Permissions, Tenants }

/** Every use case of the room. */
export const useCases = [...Tenants.useCases, ...Members.useCases, ...Permissions.useCases] as const

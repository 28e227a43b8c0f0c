import * as Domains from "./Domains.ts"
import * as domainMails from "./domainMails.ts"
import * as Members from "./Members.ts"
import * as Ownerships from "./Ownerships.ts"
import * as Permissions from "./Permissions.ts"
import * as StaffTenants from "./StaffTenants.ts"
import * as staffMails from "./staffMails.ts"
import * as Tenants from "./Tenants.ts"
import * as tenantMails from "./tenantMails.ts"
import { transferOwnership } from "./transferOwnership.ts"

export * as Access from "./Access.ts"
export {
  DomainNotProven,
  DomainTaken,
  isMemberLike,
  ProofNotFound,
  PublicDomain,
  RoleTooHigh,
  TooManyDomains
} from "./Domain.ts"
export { DomainProof, DomainProofUnavailable, RECORD_LABEL } from "./DomainProof.ts"
export { DomainRepository } from "./DomainRepository.ts"
export { domainLink } from "./domainMails.ts"
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
export { Domains, Members, Ownerships, Permissions, StaffTenants, Tenants, transferOwnership }

/** The room's own kinds of mail by name, for example to give one other words (`Mail.MailKind.override`); those of a kind of request are its `mails`. */
export const mails = { ...tenantMails.mails, ...staffMails.mails, ...domainMails.mails } as const

/** Every mail kind of the room, with those of its requests. */
export const mailKinds = [...Object.values(mails), ...transferOwnership.mailKinds] as const

/** Every kind of request of the room. */
export const requestKinds = [transferOwnership] as const

/** Every use case of the room. */
export const useCases = [
  ...Tenants.useCases,
  ...Members.useCases,
  ...Ownerships.useCases,
  ...Domains.useCases,
  ...Permissions.useCases,
  ...StaffTenants.useCases
] as const

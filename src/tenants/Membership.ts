import { Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { Instant } from "../kernel/Instant.ts"
import { OWNER, RoleNames } from "../kernel/Permission.ts"

/** Which mails about a tenant a member wants; mails that the tenant must send come anyway. */
export const MailPreferences = Schema.Struct({ membershipChanges: Schema.Boolean })
export type MailPreferences = typeof MailPreferences.Type
export const defaultMailPreferences: MailPreferences = { membershipChanges: true }

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
    joinedAt: Instant
  })
) {}

export const isOwner = (membership: Pick<Membership, "roles">): boolean => membership.roles.includes(OWNER)

/** Role names in the one order they are stored in, each once. */
export const normalRoles = (roles: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(roles)].sort()

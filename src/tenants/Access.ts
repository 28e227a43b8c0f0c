import { Result } from "effect"
import type { AccountState } from "../accounts/Account.ts"
import type * as Actor from "../kernel/Actor.ts"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import { NotAllowed, NotFound, SignInRequired } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import type { Membership } from "./Membership.ts"
import { permissionsOf } from "./Role.ts"
import type { TenantState } from "./Tenant.ts"

/** What an access decision about one account in one tenant is made of; read in one statement, never cached (V-07). */
export interface AccessFacts {
  readonly accountId: AccountId
  readonly accountState: AccountState
  readonly credentialEpoch: number
  readonly tenantId: TenantId
  readonly tenantState: TenantState
  readonly membership: Membership | null
}

/** Why somebody may do something in a tenant: through which membership, and which of its roles. */
export interface Grant {
  readonly tenantId: TenantId
  readonly accountId: AccountId
  readonly membershipId: string
  readonly role: string
  readonly permission: Permission
}

/** Why not. */
export type Missing = "account-not-active" | "tenant-not-active" | "no-membership" | "no-role-with-permission"

export type Decision =
  | { readonly allowed: true; readonly grant: Grant }
  | { readonly allowed: false; readonly missing: Missing }

/** May this account do this in this tenant? A pure function of the facts at this commit (ACC-02). */
export const decide = (settings: Settings, facts: AccessFacts, permission: Permission): Decision => {
  if (facts.accountState !== "active") return { allowed: false, missing: "account-not-active" }
  if (facts.tenantState !== "active") return { allowed: false, missing: "tenant-not-active" }
  const membership = facts.membership
  if (membership === null) return { allowed: false, missing: "no-membership" }
  const role = membership.roles.find((name) => roleNamed(settings, name)?.permissions.includes(permission) === true)
  if (role === undefined) return { allowed: false, missing: "no-role-with-permission" }
  return {
    allowed: true,
    grant: { tenantId: facts.tenantId, accountId: facts.accountId, membershipId: membership.id, role, permission }
  }
}

/** Everything that the facts allow at this commit: what `decide` says for each permission, together. */
export const permissionsIn = (settings: Settings, facts: AccessFacts): ReadonlySet<Permission> =>
  facts.accountState === "active" && facts.tenantState === "active" && facts.membership !== null
    ? permissionsOf(settings, facts.membership.roles)
    : new Set()

/** What the caller may do in a tenant, once it is known that they may do anything there at all. */
export interface Standing {
  readonly facts: AccessFacts & { readonly membership: Membership }
  readonly permissions: ReadonlySet<Permission>
}

/**
 * What the caller may do in a tenant that the call named, or why not. To somebody who is no member the tenant does not exist (G-05); a member
 * without the permission, or of a tenant that is not active, gets `NotAllowed`. A session of an older credential epoch, or of an account that is
 * not active, ends here.
 */
export const standing = (
  settings: Settings,
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: AccessFacts | undefined,
  permission: Permission
): Result.Result<Standing, NotFound | SignInRequired | NotAllowed> => {
  // asked first, so that a tenant of others and a missing one look the same to a dead session, too
  if (facts === undefined || facts.membership === null) return Result.fail(new NotFound({ kind: "tenant" }))
  if (facts.credentialEpoch !== actor.credentialEpoch || facts.accountState !== "active") {
    return Result.fail(new SignInRequired())
  }
  if (facts.tenantState === "closed") return Result.fail(new NotFound({ kind: "tenant" }))
  if (!decide(settings, facts, permission).allowed) return Result.fail(new NotAllowed({ permission }))
  return Result.succeed({
    facts: { ...facts, membership: facts.membership },
    permissions: permissionsOf(settings, facts.membership.roles)
  })
}

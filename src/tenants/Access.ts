import { Effect, Option, Result } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { AccountId, TenantId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import { NotAllowed, NotFound, SignInRequired } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import { type AccessFacts, MembershipRepository } from "./MembershipRepository.ts"
import { permissionsOf } from "./Role.ts"

export { mayGrant, permissionsOf } from "./Role.ts"

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

/** What the caller may do in a tenant, once it is known that they may do anything there at all. */
export interface Standing {
  readonly facts: AccessFacts
  readonly permissions: ReadonlySet<Permission>
}

/**
 * What follows from the facts for somebody who wants to do something. To somebody who is no member a tenant does not exist (G-05); a member
 * without the permission, or of a tenant that is not active, gets `NotAllowed`. A session of an older credential epoch, or of an account that is
 * not active, ends here.
 */
export const stand = (
  actor: Actor.Account,
  settings: Settings,
  found: Option.Option<AccessFacts>,
  permission: Permission
): Result.Result<Standing, NotFound | SignInRequired | NotAllowed> => {
  if (Option.isNone(found)) return Result.fail(new NotFound({ kind: "tenant" }))
  const facts = found.value
  if (facts.credentialEpoch !== actor.credentialEpoch || facts.accountState !== "active") {
    return Result.fail(new SignInRequired())
  }
  if (facts.membership === null || facts.tenantState === "closed") return Result.fail(new NotFound({ kind: "tenant" }))
  return decide(settings, facts, permission).allowed
    ? Result.succeed({ facts, permissions: permissionsOf(settings, facts.membership.roles) })
    : Result.fail(new NotAllowed({ permission }))
}

/** Loads the facts in one statement, and requires a permission as `stand` says. */
export const require = Effect.fnUntraced(function* (
  actor: Actor.Account,
  settings: Settings,
  tenantId: TenantId,
  permission: Permission
) {
  const memberships = yield* MembershipRepository
  const found = yield* memberships.accessFacts(tenantId, actor.accountId)
  return yield* Effect.fromResult(stand(actor, settings, found, permission))
})

import { Result, Schema } from "effect"
import type { AccountState } from "../accounts/Account.ts"
import type * as Actor from "../kernel/Actor.ts"
import { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { Permission } from "../kernel/Permission.ts"
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
export const Grant = Schema.Struct({
  tenantId: TenantId,
  accountId: AccountId,
  membershipId: MembershipId,
  role: Schema.String,
  permission: Permission
})
export type Grant = typeof Grant.Type

/** Why not. */
export const Missing = Schema.Literals([
  "no-membership",
  "account-not-active",
  "tenant-not-active",
  "no-role-with-permission"
])
export type Missing = typeof Missing.Type

/** What is decided, and why. */
export const Decision = Schema.Union([
  Schema.Struct({ allowed: Schema.Literal(true), grant: Grant }),
  Schema.Struct({ allowed: Schema.Literal(false), missing: Missing })
])
export type Decision = typeof Decision.Type

/** Nothing, to somebody who is no member. */
export const noMembership: Decision = { allowed: false, missing: "no-membership" }

/** May this account do this in this tenant? A pure function of the facts at this commit (ACC-02). */
export const decide = (settings: Settings, facts: AccessFacts, permission: Permission): Decision => {
  const { membership } = facts
  // first, so that of a tenant or an account with which somebody has nothing to do no more is told than that
  if (membership === null) return noMembership
  if (facts.accountState !== "active") return { allowed: false, missing: "account-not-active" }
  if (facts.tenantState !== "active") return { allowed: false, missing: "tenant-not-active" }
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

/** The facts of somebody who is a member, whatever their roles. */
export type Place = Standing["facts"]

/**
 * The caller's own place in a tenant that the call named, whatever the roles allow. To somebody who is no member the tenant does not exist (G-05),
 * and neither does a closed one (TEN-09). A session of an older credential epoch, or of an account that is not active, ends here.
 */
export const place = (
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: AccessFacts | undefined
): Result.Result<Place, NotFound | SignInRequired> => {
  // asked first, so that a tenant of others and a missing one look the same to a dead session, too
  if (facts === undefined || facts.membership === null) return Result.fail(new NotFound({ kind: "tenant" }))
  if (facts.credentialEpoch !== actor.credentialEpoch || facts.accountState !== "active") {
    return Result.fail(new SignInRequired())
  }
  if (facts.tenantState === "closed") return Result.fail(new NotFound({ kind: "tenant" }))
  return Result.succeed({ ...facts, membership: facts.membership })
}

/** As `place`, with a permission; a member without it, or of a tenant that is not active, gets `NotAllowed`. */
export const standing = (
  settings: Settings,
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: AccessFacts | undefined,
  permission: Permission
): Result.Result<Standing, NotFound | SignInRequired | NotAllowed> =>
  Result.flatMap(place(actor, facts), (facts) =>
    decide(settings, facts, permission).allowed
      ? Result.succeed({ facts, permissions: permissionsOf(settings, facts.membership.roles) })
      : Result.fail(new NotAllowed({ permission }))
  )

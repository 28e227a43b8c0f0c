import { Result, Schema } from "effect"
import type { AccountState } from "../accounts/Account.ts"
import type * as Actor from "../kernel/Actor.ts"
import type { Instant } from "../kernel/Instant.ts"
import { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { Permission } from "../kernel/Permission.ts"
import { NotAllowed, NotFound, SecondFactorRequired, SignInRequired } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import { heldBy, locationsOf, type Membership } from "./Membership.ts"
import { permissionsOf } from "./Role.ts"
import { TenantNotActive, type TenantState } from "./Tenant.ts"

/** The place of an account in the main tenant of a sub, and what that sub refuses to its main. */
export interface Through {
  readonly mainId: TenantId
  readonly mainState: TenantState
  readonly mainRequiresSecondFactor: boolean
  /** Since when the sub belongs to this main. */
  readonly linkedAt: Instant
  /** Of the account, in the main tenant. */
  readonly membership: Pick<Membership, "id" | "roles" | "locations">
  readonly refused: ReadonlyArray<Permission>
}

/** What an access decision about one account in one tenant is made of; read in one statement, never cached (V-07). */
export interface AccessFacts {
  readonly accountId: AccountId
  readonly accountState: AccountState
  readonly credentialEpoch: number
  readonly tenantId: TenantId
  readonly tenantState: TenantState
  /** Whether the account has a confirmed second factor, and whether the tenant requires one of its members (TFA-07). */
  readonly secondFactor: boolean
  readonly requiresSecondFactor: boolean
  readonly membership: Membership | null
  /** Null where the tenant is no sub, or the account has no place in its main. */
  readonly through: Through | null
}

/** Why somebody may do something in a tenant: through which membership, and which of its roles. */
export const Grant = Schema.Struct({
  tenantId: TenantId,
  accountId: AccountId,
  /** In this tenant, or in the main one where `through` names it. */
  membershipId: MembershipId,
  role: Schema.String,
  permission: Permission,
  /** The main tenant that the right comes from; null where it is of the tenant itself. */
  through: Schema.NullOr(Schema.Struct({ mainId: TenantId }))
})
export type Grant = typeof Grant.Type

/**
 * Why not. The last three are about the way through a main tenant: that one is not active, this location is none of those chosen for the
 * membership there, or the sub refuses this permission to its main.
 */
export const Missing = Schema.Literals([
  "no-membership",
  "account-not-active",
  "tenant-not-active",
  "second-factor-missing",
  "no-role-with-permission",
  "main-not-active",
  "location-not-chosen",
  "refused-to-main"
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

const refuse = (missing: Missing): Decision => ({ allowed: false, missing })

/**
 * Whether a place in the main tenant opens a sub at all: a role there carries "all locations", the main is active, and the sub is among the
 * locations of that membership (HIE-05, HIE-09).
 */
const entrance = (
  settings: Settings,
  { secondFactor, tenantId, through }: Pick<AccessFacts, "secondFactor" | "tenantId" | "through">
): "none" | "main-not-active" | "location-not-chosen" | "second-factor-missing" | "open" => {
  if (through === null || !permissionsOf(settings, through.membership.roles).has("locations.access")) return "none"
  if (through.mainState !== "active") return "main-not-active"
  if (locationsOf(settings, through.membership)?.includes(tenantId) === false) return "location-not-chosen"
  // what the main does not let its member have, nobody has through it
  return through.mainRequiresSecondFactor && !secondFactor ? "second-factor-missing" : "open"
}

/** What a place in a main tenant allows in a sub that it opens: what it allows in the main, as far as it can flow and the sub lets it (R-HI-03). */
export const permissionsThrough = (
  settings: Settings,
  membership: Pick<Membership, "roles" | "locations">,
  refused: ReadonlyArray<Permission>
): ReadonlySet<Permission> => {
  const held = heldBy(settings, membership)
  return new Set(
    settings.hierarchy.delegable.filter((permission) => held.has(permission) && !refused.includes(permission))
  )
}

/** Whether a place in a main tenant opens its subs, or the chosen ones of them. */
export const opensLocations = (settings: Settings, facts: AccessFacts): boolean =>
  facts.accountState === "active" &&
  facts.tenantState === "active" &&
  !lacksFactor(facts) &&
  facts.membership !== null &&
  permissionsOf(settings, facts.membership.roles).has("locations.access")

const roleWith = (settings: Settings, roles: ReadonlyArray<string>, permission: Permission): string | undefined =>
  roles.find((name) => roleNamed(settings, name)?.permissions.includes(permission) === true)

/** Whether the tenant's own rule on second factors keeps the account out, however it comes there (TFA-07). */
export const lacksFactor = ({
  requiresSecondFactor,
  secondFactor
}: Pick<AccessFacts, "requiresSecondFactor" | "secondFactor">): boolean => requiresSecondFactor && !secondFactor

/** May this account do this in this tenant? A pure function of the facts at this commit (ACC-02). Rights of its own come before those through a main. */
export const decide = (settings: Settings, facts: AccessFacts, permission: Permission): Decision => {
  const { accountId, membership, tenantId, through } = facts
  const entry = entrance(settings, facts)
  // first, so that of a tenant or an account with which somebody has nothing to do no more is told than that
  if (membership === null && entry !== "open") return entry === "none" ? noMembership : refuse(entry)
  if (facts.accountState !== "active") return refuse("account-not-active")
  if (facts.tenantState !== "active") return refuse("tenant-not-active")
  if (lacksFactor(facts)) return refuse("second-factor-missing")
  const granted = (membershipId: MembershipId, role: string, mainId: TenantId | null): Decision => ({
    allowed: true,
    grant: { tenantId, accountId, membershipId, role, permission, through: mainId === null ? null : { mainId } }
  })
  const own = membership === null ? undefined : roleWith(settings, membership.roles, permission)
  if (membership !== null && own !== undefined && heldBy(settings, membership).has(permission)) {
    return granted(membership.id, own, null)
  }
  // a role that carries "all locations" does not give it to a membership for which some were chosen
  const lacks = refuse(own === undefined ? "no-role-with-permission" : "location-not-chosen")
  if (through === null || entry !== "open") return lacks
  const role = roleWith(settings, through.membership.roles, permission)
  if (role === undefined || !permissionsThrough(settings, through.membership, []).has(permission)) return lacks
  return through.refused.includes(permission)
    ? refuse("refused-to-main")
    : granted(through.membership.id, role, through.mainId)
}

/** Everything that the facts allow at this commit: what `decide` says for each permission, together. */
export const permissionsIn = (settings: Settings, facts: AccessFacts): ReadonlySet<Permission> => {
  const { accountState, membership, tenantState, through } = facts
  if (accountState !== "active" || tenantState !== "active" || lacksFactor(facts)) return new Set()
  const own = membership === null ? new Set<Permission>() : heldBy(settings, membership)
  if (through === null || entrance(settings, facts) !== "open") return own
  return new Set([...own, ...permissionsThrough(settings, through.membership, through.refused)])
}

/** As `permissionsIn`, of the account's own place in the tenant alone. */
export const ownPermissionsIn = (settings: Settings, facts: AccessFacts): ReadonlySet<Permission> =>
  permissionsIn(settings, { ...facts, through: null })

/** What the caller may do in a tenant, once it is known that they may do anything there at all. */
export interface Standing {
  /** Without a membership where all that somebody may comes through the main tenant. */
  readonly facts: AccessFacts
  readonly permissions: ReadonlySet<Permission>
}

/** The facts of somebody who is a member, whatever their roles. */
export type Place = AccessFacts & { readonly membership: Membership }

/**
 * The facts of somebody who has a place in the tenant that the call named, or comes into it through its main, whatever the roles allow. To anybody
 * else the tenant does not exist (G-05), and neither does a closed one (TEN-09). A session of an older credential epoch, or of an account that is
 * not active, ends here.
 */
export const reach = (
  settings: Settings,
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: AccessFacts | undefined
): Result.Result<AccessFacts, NotFound | SignInRequired> =>
  facts !== undefined &&
  (facts.membership !== null || ["open", "second-factor-missing"].includes(entrance(settings, facts)))
    ? alive(actor, facts)
    : // asked first, so that a tenant of others and a missing one look the same to a dead session, too
      Result.fail(new NotFound({ kind: "tenant" }))

const alive = <F extends AccessFacts>(
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: F
): Result.Result<F, NotFound | SignInRequired> => {
  if (facts.credentialEpoch !== actor.credentialEpoch || facts.accountState !== "active") {
    return Result.fail(new SignInRequired())
  }
  return facts.tenantState === "closed" ? Result.fail(new NotFound({ kind: "tenant" })) : Result.succeed(facts)
}

/** As `reach`, for what is about the caller's own membership: who only comes through the main has none. */
export const place = (
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: AccessFacts | undefined
): Result.Result<Place, NotFound | SignInRequired> => {
  const { membership } = facts ?? { membership: null }
  return facts === undefined || membership === null
    ? Result.fail(new NotFound({ kind: "tenant" }))
    : alive(actor, { ...facts, membership })
}

/** Whether somebody can do something with their own place: nothing in a tenant that is not active, or whose rule on second factors they do not keep. */
export const usable = (facts: Place): Result.Result<void, TenantNotActive | SecondFactorRequired> =>
  facts.tenantState !== "active"
    ? Result.fail(new TenantNotActive())
    : lacksFactor(facts)
      ? Result.fail(new SecondFactorRequired({ tenantId: facts.tenantId }))
      : Result.succeed(undefined)

/** The tenant whose rule on second factors keeps somebody out who would have a place here: this one, or the main that they would come through. */
const wantsFactor = (settings: Settings, facts: AccessFacts): TenantId | null => {
  if (facts.tenantState !== "active") return null
  if (lacksFactor(facts)) return facts.tenantId
  return facts.membership === null && facts.through !== null && entrance(settings, facts) === "second-factor-missing"
    ? facts.through.mainId
    : null
}

/**
 * As `reach`, with a permission; who has a place without it, or in a tenant that is not active, gets `NotAllowed`, and who only lacks the second factor
 * that the tenant requires, `SecondFactorRequired` (TFA-07).
 */
export const standing = (
  settings: Settings,
  actor: Pick<Actor.Account, "credentialEpoch">,
  facts: AccessFacts | undefined,
  permission: Permission
): Result.Result<Standing, NotFound | SignInRequired | NotAllowed | SecondFactorRequired> =>
  Result.flatMap(reach(settings, actor, facts), (facts): Result.Result<Standing, NotAllowed | SecondFactorRequired> => {
    const wanting = wantsFactor(settings, facts)
    if (wanting !== null) return Result.fail(new SecondFactorRequired({ tenantId: wanting }))
    const permissions = permissionsIn(settings, facts)
    return permissions.has(permission)
      ? Result.succeed({ facts, permissions })
      : Result.fail(new NotAllowed({ permission }))
  })

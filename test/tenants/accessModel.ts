import * as fc from "fast-check"

/*
 * Who may do what, written from the sentences of the specification alone (TEN-02, TEN-03, TEN-09, TFA-07, HIE-01, HIE-05, HIE-06, HIE-09, ACC-02), with plain
 * numbers and words for people, tenants and permissions: nothing here knows the library.
 */

export interface ModelTenant {
  readonly state: "in-setup" | "active" | "suspended" | "closed"
  readonly requiresSecondFactor: boolean
  /** The main tenant, by its place in the list; null for an independent or a main tenant. */
  readonly main: number | null
  /** What it refuses to its main. */
  readonly refused: ReadonlyArray<string>
}

export interface ModelMembership {
  readonly account: number
  readonly tenant: number
  readonly roles: ReadonlyArray<string>
  /** In which subs of the tenant it counts; null for all. */
  readonly locations: ReadonlyArray<number> | null
}

export interface ModelAccount {
  readonly state: "active" | "suspended"
  readonly secondFactor: boolean
}

export interface ModelWorld {
  readonly accounts: ReadonlyArray<ModelAccount>
  readonly tenants: ReadonlyArray<ModelTenant>
  readonly memberships: ReadonlyArray<ModelMembership>
  readonly roles: Readonly<Record<string, ReadonlyArray<string>>>
  /** What can flow from a main tenant to its subs at all. */
  readonly delegable: ReadonlyArray<string>
}

const carriedBy = (world: ModelWorld, { roles }: ModelMembership, permission: string): boolean =>
  roles.some((role) => (Object.hasOwn(world.roles, role) ? world.roles[role] : [])?.includes(permission) === true)

/** Whether a tenant is one in which somebody can do anything: it is active, so is the account, and a factor that it requires is there. */
const isOpenTo = (world: ModelWorld, account: number, tenant: number): boolean => {
  const [who, where] = [world.accounts[account], world.tenants[tenant]]
  return who?.state === "active" && where?.state === "active" && (who.secondFactor || !where.requiresSecondFactor)
}

/** The membership of an account in a tenant, if it has one. */
const placeOf = (world: ModelWorld, account: number, tenant: number): ModelMembership | undefined =>
  world.memberships.find((membership) => membership.account === account && membership.tenant === tenant)

/**
 * The subs for which a membership counts: those chosen for it. Where the sentences leave it open: an owner is in all of them, because owners choose for
 * everybody, themselves included; and who was given some only has no "all locations" to pass on.
 */
const chosen = (world: ModelWorld, membership: ModelMembership): ReadonlyArray<number> | null =>
  carriedBy(world, membership, "owners.change") ? null : membership.locations

/** What a membership allows in its own tenant. */
const holds = (world: ModelWorld, membership: ModelMembership, permission: string): boolean =>
  carriedBy(world, membership, permission) && (permission !== "locations.access" || chosen(world, membership) === null)

/** By the account's own membership in that tenant. */
export const mayLocally = (world: ModelWorld, account: number, tenant: number, permission: string): boolean => {
  const membership = placeOf(world, account, tenant)
  return isOpenTo(world, account, tenant) && membership !== undefined && holds(world, membership, permission)
}

/** By a membership in that tenant's main one, whose role carries "all locations". */
export const mayThroughMain = (world: ModelWorld, account: number, tenant: number, permission: string): boolean => {
  const sub = world.tenants[tenant]
  if (sub === undefined || sub.main === null) return false
  if (!isOpenTo(world, account, tenant) || !isOpenTo(world, account, sub.main)) return false
  const membership = placeOf(world, account, sub.main)
  if (membership === undefined || !carriedBy(world, membership, "locations.access")) return false
  if (chosen(world, membership)?.includes(tenant) === false) return false
  return (
    holds(world, membership, permission) && world.delegable.includes(permission) && !sub.refused.includes(permission)
  )
}

/** The answer. */
export const may = (world: ModelWorld, account: number, tenant: number, permission: string): boolean =>
  mayLocally(world, account, tenant, permission) || mayThroughMain(world, account, tenant, permission)

/** Whether somebody comes into a tenant at all, whatever they may do there: by a membership, or through its main. */
export const isThere = (world: ModelWorld, account: number, tenant: number): boolean => {
  if (placeOf(world, account, tenant) !== undefined) return true
  const main = world.tenants[tenant]?.main ?? null
  if (main === null || world.tenants[main]?.state !== "active") return false
  const membership = placeOf(world, account, main)
  return (
    membership !== undefined &&
    carriedBy(world, membership, "locations.access") &&
    chosen(world, membership)?.includes(tenant) !== false
  )
}

// ---- random worlds ---------------------------------------------------------------------------------------------------------------------

export const ACCOUNTS = 3
export const TENANTS = 4
const subset = <A>(all: ReadonlyArray<A>, minLength = 0) => fc.subarray([...all], { minLength })
const tenantNumbers = Array.from({ length: TENANTS }, (_, index) => index)

/**
 * Worlds of a few people and tenants, in which every state, role, link, refusal and choice occurs. Mostly things are as they should be, so that the
 * answers are not all "no".
 */
export const worlds = (
  permissions: ReadonlyArray<string>,
  builtIn: Readonly<Record<string, ReadonlyArray<string>>>
): fc.Arbitrary<ModelWorld> => {
  const names = [...Object.keys(builtIn), "extra", "branches", "gone"]
  const tenant = fc.record({
    state: fc.oneof(
      { weight: 6, arbitrary: fc.constant("active" as const) },
      { weight: 1, arbitrary: fc.constantFrom("in-setup" as const, "suspended" as const, "closed" as const) }
    ),
    // tenant 0 is never a sub, tenant 1 may be one of tenant 0 or a main itself, and the others may be subs of either
    wants: fc.constantFrom(null, 0, 0, 0, 1),
    requiresSecondFactor: fc.oneof(
      { weight: 4, arbitrary: fc.constant(false) },
      { weight: 1, arbitrary: fc.constant(true) }
    ),
    refused: fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: subset(permissions) })
  })
  const membership = fc.record({
    roles: subset(names, 1),
    locations: fc.oneof({ weight: 3, arbitrary: fc.constant(null) }, { weight: 2, arbitrary: subset(tenantNumbers) })
  })
  return fc
    .record({
      accounts: fc.array(
        fc.record({
          state: fc.oneof(
            { weight: 6, arbitrary: fc.constant("active" as const) },
            { weight: 1, arbitrary: fc.constant("suspended" as const) }
          ),
          secondFactor: fc.boolean()
        }),
        { minLength: ACCOUNTS, maxLength: ACCOUNTS }
      ),
      tenants: fc.array(tenant, { minLength: TENANTS, maxLength: TENANTS }),
      memberships: fc.array(fc.option(membership), { minLength: ACCOUNTS * TENANTS, maxLength: ACCOUNTS * TENANTS }),
      extra: subset(permissions),
      more: subset(permissions),
      delegable: fc.oneof(
        {
          weight: 3,
          arbitrary: fc.constant(permissions.filter((one) => one !== "owners.change" && !one.startsWith("locations.")))
        },
        { weight: 2, arbitrary: subset(permissions) }
      )
    })
    .map(({ accounts, delegable, extra, memberships, more, tenants }): ModelWorld => {
      const secondIsSub = tenants[1]?.wants === 0
      return {
        accounts,
        tenants: tenants.map(({ refused, requiresSecondFactor, state, wants }, index) => {
          const main =
            index === 0 ? null : index === 1 ? (secondIsSub ? 0 : null) : wants === 1 && secondIsSub ? 0 : wants
          return { state, requiresSecondFactor, main, refused: main === null ? [] : refused }
        }),
        memberships: memberships.flatMap((membership, index) =>
          membership === null
            ? []
            : [{ account: index % ACCOUNTS, tenant: Math.floor(index / ACCOUNTS), ...membership }]
        ),
        roles: { ...builtIn, extra, branches: [...new Set([...more, "locations.access"])] },
        delegable
      }
    })
}

import { Result } from "effect"
import { OWNER, type Permission, type RoleNames } from "../kernel/Permission.ts"
import { InvalidInput } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"

/** Of each settings, by the names of the roles: every decision asks for the same few. */
const carried = new WeakMap<Settings, Map<string, ReadonlySet<Permission>>>()

/** Every permission that these roles carry together (TEN-02); a role that the operator does not have (any more) carries none. */
export const permissionsOf = (settings: Settings, roles: ReadonlyArray<string>): ReadonlySet<Permission> => {
  let known = carried.get(settings)
  if (known === undefined) {
    known = new Map()
    carried.set(settings, known)
  }
  const names = roles.join("\n")
  let permissions = known.get(names)
  if (permissions === undefined) {
    permissions = new Set(roles.flatMap((name) => roleNamed(settings, name)?.permissions ?? []))
    if (known.size >= 1000) known.clear()
    known.set(names, permissions)
  }
  return permissions
}

/**
 * Whether somebody who holds these permissions may grant these roles, or take them away: nobody grants more than they hold (TEN-03), and only
 * who may change owners makes one or ends one. Every role is judged, not the first or the highest (R-IN-10).
 */
export const mayGrant = (settings: Settings, held: ReadonlySet<Permission>, roles: ReadonlyArray<string>): boolean =>
  permissionsOf(settings, roles).isSubsetOf(held) && (!roles.includes(OWNER) || held.has("owners.change"))

/** Whether these roles let change owners: who gives or takes them proves anew who they are, as for a transfer of the ownership (AUT-07). */
export const crowns = (settings: Settings, roles: ReadonlyArray<string>): boolean =>
  permissionsOf(settings, roles).has("owners.change")

/** Role names in the one order they are stored in, each once. */
export const normalRoles = (roles: ReadonlyArray<string>): RoleNames => [...new Set(roles)].sort()

/** The roles in their normal form, or the input's fault: which of them the operator does not have (TEN-03). */
export const known = (
  settings: Settings,
  roles: ReadonlyArray<string>,
  path: ReadonlyArray<string> = ["roles"]
): Result.Result<RoleNames, InvalidInput> => {
  const issues = roles.flatMap((name, index) =>
    roleNamed(settings, name) === undefined ? [{ path: [...path, String(index)], code: "role" }] : []
  )
  return issues.length === 0 ? Result.succeed(normalRoles(roles)) : Result.fail(new InvalidInput({ issues }))
}

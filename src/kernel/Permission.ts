import { Schema } from "effect"
import type { Text } from "./Refusal.ts"

/** Everything that a role in a tenant can allow. */
export const Permission = Schema.Literals([
  "tenant.read",
  "tenant.change",
  "members.read",
  "members.change",
  "members.remove",
  "owners.change",
  "invitations.read",
  "invitations.create",
  "invitations.revoke",
  "requests.decide",
  /** "Tenant tickets": seeing the tickets of the tenant that one takes no part in (TIC-08). */
  "tickets.read",
  "domains.change",
  "audit.read",
  /** Seeing a main tenant's location management, and to which main tenant a sub belongs. */
  "locations.read",
  /** Linking, unlinking, moving and ordering sub tenants; for a sub: what its main may do there. */
  "locations.change",
  /** "All locations": the other permissions of the same membership count in the sub tenants, too (HIE-05). */
  "locations.access"
])
export type Permission = typeof Permission.Type
export const permissions: ReadonlyArray<Permission> = Permission.literals

/** A role is data: a name, and the permissions it carries (TEN-03). */
export interface Role {
  readonly name: string
  readonly label: Text
  readonly permissions: ReadonlyArray<Permission>
}

/** The built-in role that every active tenant keeps at least one of (TEN-04). */
export const OWNER = "owner"
/** What somebody gets who joins without anybody choosing more. */
export const MEMBER = "member"

/** The roles of a tenant unless the settings name others: `owner`, `admin` and `member`. */
export const builtInRoles: ReadonlyArray<Role> = [
  { name: OWNER, label: { de: "Inhaber (Super Admin)", en: "Owner (super admin)" }, permissions },
  {
    name: "admin",
    label: { de: "Administrator", en: "Administrator" },
    permissions: [
      "tenant.read",
      "members.read",
      "members.change",
      "members.remove",
      "invitations.read",
      "invitations.create",
      "invitations.revoke",
      "tickets.read",
      "locations.read"
    ]
  },
  { name: MEMBER, label: { de: "Mitarbeiter", en: "Member" }, permissions: ["tenant.read", "members.read"] }
]

/** The names of the roles of a membership or an invitation: sorted, without doubles, at least one, at most ten. */
export const RoleNames = Schema.Array(
  Schema.String.check(Schema.makeFilter((name) => (/^[a-z][a-z0-9-]{0,39}$/.test(name) ? undefined : "role")))
).check(Schema.makeFilter((names) => (names.length === 0 ? "missing" : names.length > 10 ? "too-many" : undefined)))
export type RoleNames = typeof RoleNames.Type

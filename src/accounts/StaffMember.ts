import { Option, Schema } from "effect"
import { type EmailAddress, parse } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"

/** The operator's people, from the one who may least to the one who may most. */
export const StaffRole = Schema.Literals(["agent", "supervisor", "operator"])
export type StaffRole = typeof StaffRole.Type

/** What somebody may as staff, in the order of what they allow, each once; at least one. */
export const StaffRoles = Schema.Array(StaffRole).check(
  Schema.makeFilter((roles) => (roles.length === 0 ? "missing" : roles.length > 3 ? "too-many" : undefined))
)
export type StaffRoles = typeof StaffRoles.Type

/** An account that is one of the operator's people (AUT-10). */
export class StaffMember extends Schema.Opaque<StaffMember>()(
  Schema.Struct({ accountId: AccountId, roles: StaffRoles, since: Instant })
) {}

/** 1 for who may least; who has a role may what the roles below it may. */
export const rankOf = (role: StaffRole): number => StaffRole.literals.indexOf(role) + 1

/** The highest rank of some roles; 0 for none. */
export const highestRank = (roles: ReadonlyArray<StaffRole>): number => Math.max(0, ...roles.map(rankOf))

/** Roles in their one order, each once. */
export const normalStaffRoles = (roles: ReadonlyArray<StaffRole>): StaffRoles =>
  StaffRole.literals.filter((role) => roles.includes(role))

/** The addresses that the configuration makes operators, in their normal form. */
export const operatorsOf = (settings: Settings): ReadonlyArray<EmailAddress> =>
  settings.staff.operators.flatMap((address) => Option.toArray(parse(address)))

/** What somebody may as staff: what is stored, and operator where the configuration names the address (AUT-10). */
export const staffRolesOf = (
  settings: Settings,
  email: EmailAddress,
  stored: ReadonlyArray<StaffRole>
): ReadonlyArray<StaffRole> =>
  normalStaffRoles(operatorsOf(settings).includes(email) ? [...stored, "operator"] : stored)

/** The configuration makes this person an operator, and only the configuration ends that. */
export class AppointedByConfiguration extends Refusal<AppointedByConfiguration>()(
  "AppointedByConfiguration",
  {},
  {
    category: "conflict",
    de: "Diese Person ist durch die Konfiguration des Portals bestellt und kann nur dort abberufen werden.",
    en: "This person is appointed by the portal's configuration and can only be dismissed there."
  }
) {}

import { Effect } from "effect"
import { Permission, refusals, Settings } from "portico"
import { parameter } from "../../http/routes.ts"
import type { VisitShape } from "../../http/Visit.ts"
import { areaOf, grantableRoles } from "./areas.ts"

/** The length of the field; the library counts it again. */
const MESSAGE_LENGTH = 1000

/** The area of the path, for those who may invite to it, with the roles that they may give. */
export const inviting = Effect.fnUntraced(function* (visit: VisitShape) {
  const { permissions, tenant } = yield* areaOf(yield* parameter("tenant"))
  if (!tenant.mayInvite) return yield* new refusals.NotAllowed({ permission: "invitations.create" })
  const settings = yield* Settings.Settings
  const roles = grantableRoles(settings, permissions, visit.locale)
  return { tenant, roles, chosen: [Permission.MEMBER], maxMessageLength: MESSAGE_LENGTH, settings }
})

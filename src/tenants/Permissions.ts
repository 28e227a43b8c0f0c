import { Effect, Option } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { TenantId } from "../kernel/ids.ts"
import type { Permission } from "../kernel/Permission.ts"
import type { Settings } from "../kernel/Settings.ts"
import { standing } from "./Access.ts"
import { MembershipRepository } from "./MembershipRepository.ts"

/** Loads the facts of one account in the tenant that the call named, in one statement, and requires a permission (TEN-11; see `standing`). */
export const require = Effect.fnUntraced(function* (
  actor: Actor.Account,
  settings: Settings,
  tenantId: TenantId,
  permission: Permission
) {
  const memberships = yield* MembershipRepository
  const facts = yield* memberships.accessFacts(tenantId, actor.accountId)
  return yield* Effect.fromResult(standing(settings, actor, Option.getOrUndefined(facts), permission))
})

import { Effect, Option } from "effect"
import * as Invitations from "../../src/invitations/index.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import type { Tenant } from "../../src/tenants/Tenant.ts"
import { person } from "../accounts/people.ts"
import { as, given, signedIn } from "../support/portal.ts"

/** An owner, an admin and a member with a tenant, and somebody who has an account but no place. */
export const world = Effect.fnUntraced(function* (over: Partial<Pick<Tenant, "seats">> = {}) {
  const [ownerAccount, adminAccount, memberAccount, guestAccount] = [
    yield* person("owner@example.com"),
    yield* person("admin@example.com"),
    yield* person("member@example.com"),
    yield* person("guest@example.com")
  ]
  const tenant = yield* given.tenant(ownerAccount, over)
  yield* given.member(tenant.id, adminAccount, ["admin"])
  yield* given.member(tenant.id, memberAccount, ["member"])
  return {
    tenantId: tenant.id,
    ownerAccount,
    adminAccount,
    guestAccount,
    owner: yield* signedIn(ownerAccount),
    admin: yield* signedIn(adminAccount),
    member: yield* signedIn(memberAccount),
    guest: yield* signedIn(guestAccount)
  }
})
export type World = Effect.Success<ReturnType<typeof world>>

export const rolesOf = Effect.fnUntraced(function* (tenantId: TenantId, account: World["guestAccount"]) {
  const memberships = yield* MembershipRepository
  return Option.getOrNull(yield* memberships.find(tenantId, account.id))?.roles
})

/** The tenant's invitations as its owner sees them, newest first. */
export const listed = Effect.fnUntraced(function* ({ owner, tenantId }: Pick<World, "owner" | "tenantId">) {
  const { items } = yield* Invitations.list({ tenantId, limit: 100 }).pipe(as(owner))
  return items
})

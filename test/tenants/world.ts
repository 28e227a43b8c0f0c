import { Effect, Option, type Result } from "effect"
import type { Account } from "../../src/accounts/Account.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import type { Actor, Staff, StaffRole } from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { nextId, SessionId, type TenantId } from "../../src/kernel/ids.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { given, signedIn } from "../support/portal.ts"

/** A person with an account, signed in. */
export const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`)
  return { account, actor: yield* signedIn(account) }
})
export type Person = Effect.Success<ReturnType<typeof person>>

/** Two tenants: one with an owner, an admin and a member, another one with an owner of its own; and somebody with no place at all. */
export const world = Effect.gen(function* () {
  const owner = yield* person("owner")
  const admin = yield* person("admin")
  const member = yield* person("member")
  const stranger = yield* person("stranger")
  const other = yield* person("other")
  const tenant = yield* given.tenant(owner.account, { name: "Muster GmbH", customerNumber: "KD-1" })
  yield* given.member(tenant.id, admin.account, ["admin"])
  yield* given.member(tenant.id, member.account, ["member"])
  const foreign = yield* given.tenant(other.account, { name: "Fremd AG", customerNumber: "KD-2" })
  return { owner, admin, member, stranger, other, tenantId: tenant.id, foreignId: foreign.id }
})

export const staff = Effect.fnUntraced(function* (account: Account, ...roles: ReadonlyArray<StaffRole>) {
  const actor: Staff = {
    _tag: "Staff",
    accountId: account.id,
    sessionId: yield* nextId(SessionId),
    credentialEpoch: 0,
    authenticatedAt: yield* Instant.now,
    roles
  }
  return actor
})

export const tenantOf = (id: TenantId) =>
  Effect.flatMap(TenantRepository, (tenants) => Effect.map(tenants.find(id), Option.getOrThrow))

export const membershipOf = (tenantId: TenantId, { account }: Pick<Person, "account">) =>
  Effect.flatMap(MembershipRepository, (memberships) =>
    Effect.map(memberships.find(tenantId, account.id), Option.getOrUndefined)
  )

/** The tenant's events, oldest first. */
export const eventsOf = Effect.fnUntraced(function* (tenantId: TenantId) {
  const events = yield* EventRepository
  const newest = yield* events.list(tenantId, {}, { after: Option.none(), limit: 100 })
  return [...newest].reverse()
})

/** Counts kept in the tenant, and counted anew from its members: equal at every commit. */
export const counts = Effect.fnUntraced(function* (id: TenantId) {
  const memberships = yield* MembershipRepository
  const { memberCount, ownerCount } = yield* tenantOf(id)
  const members = yield* memberships.list(
    id,
    { search: Option.none(), accountEmail: false },
    { after: Option.none(), limit: 100 }
  )
  const owners = members.filter(
    ({ accountState, membership }) => accountState === "active" && membership.roles.includes("owner")
  )
  return { kept: { memberCount, ownerCount }, counted: { memberCount: members.length, ownerCount: owners.length } }
})

export const tags = <A, E extends { readonly _tag: string }>(results: ReadonlyArray<Result.Result<A, E>>) =>
  results.map((result) => (result._tag === "Success" ? "ok" : result.failure._tag)).sort()

export const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => "ok" })

export type { Actor }

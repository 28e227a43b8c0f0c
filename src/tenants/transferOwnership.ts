import { Effect, Option, Schema } from "effect"
import { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { RoleNames } from "../kernel/Permission.ts"
import * as RequestKind from "../requests/RequestKind.ts"
import type { AccessFacts, Place } from "./Access.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import { handOver } from "./Ownership.ts"
import { TenantNotActive } from "./Tenant.ts"
import { TenantRepository } from "./TenantRepository.ts"

/** What an owner offers to another member. */
export const Offer = Schema.Struct({
  tenantId: TenantId,
  /** As it is when the offer is made, for those who read the request. */
  tenantName: Schema.String,
  giverId: AccountId,
  /** The membership that is given up by it; who was removed and has joined again has another one. */
  giverMembershipId: MembershipId,
  giverName: Schema.String,
  receiverId: AccountId,
  /** The membership that becomes an owner's. */
  receiverMembershipId: MembershipId,
  receiverName: Schema.String,
  /** What the giver is afterwards; never an owner. */
  rolesAfter: RoleNames
})
export type Offer = typeof Offer.Type

/** One of the two, as they stand in the tenant, if that is still by the membership with which the offer was made (TEN-08). */
const partyOf = (facts: ReadonlyArray<AccessFacts>, accountId: AccountId, id: MembershipId): Place | null => {
  const found = facts.find((one) => one.accountId === accountId)
  return found?.membership?.id === id ? { ...found, membership: found.membership } : null
}

/**
 * "Please take the ownership of this customer area over": decided by the one whom it is offered to, with a fresh proof of who they are (TEN-05,
 * AUT-07). Whether the giver has it to give is asked again in the commit of the acceptance.
 */
export const transferOwnership = RequestKind.make({
  name: "TransferOwnership",
  title: { de: "Übergabe der Inhaberschaft", en: "Transfer of ownership" },
  payload: Offer,
  sensitive: true,
  audience: ({ receiverId }) => ({ _tag: "Account", accountId: receiverId }),
  identity: ({ giverMembershipId, receiverMembershipId, tenantId }) =>
    `${tenantId} ${giverMembershipId} ${receiverMembershipId}`,
  tenantId: ({ tenantId }) => tenantId,
  changes: ({ tenantId }) => [tenantId],
  describe: ({ giverName, receiverName, rolesAfter, tenantName }) => [
    { label: { de: "Kundenbereich", en: "Customer area" }, value: tenantName },
    { label: { de: "Bisheriger Inhaber", en: "Owner until now" }, value: giverName },
    { label: { de: "Neuer Inhaber", en: "New owner" }, value: receiverName },
    { label: { de: "Rollen danach", en: "Roles afterwards" }, value: rolesAfter.join(", ") }
  ],
  approve: Effect.fnUntraced(function* ({ payload }, unit) {
    const { giverId, receiverId, rolesAfter, tenantId } = payload
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    // locked by the decision
    const tenant = yield* tenants.find(tenantId)
    if (Option.isNone(tenant)) return yield* new TenantNotActive()
    const facts = yield* memberships.accessFactsOf(tenantId, [giverId, receiverId])
    const giver = partyOf(facts, giverId, payload.giverMembershipId)
    const receiver = partyOf(facts, receiverId, payload.receiverMembershipId)
    const next = yield* Effect.fromResult(handOver(tenant.value, giver, receiver, rolesAfter))
    yield* memberships.update(next.giver)
    yield* memberships.update(next.receiver)
    yield* tenants.save(next.tenant)
    unit.record({
      type: "tenant.ownershipTransferred",
      tenantId,
      subject: { kind: "tenant", id: tenantId },
      data: { from: giverId, to: receiverId }
    })
    for (const [before, after] of [
      [giver, next.giver],
      [receiver, next.receiver]
    ] as const) {
      unit.record({
        type: "membership.rolesChanged",
        tenantId,
        subject: { kind: "membership", id: after.id },
        data: {
          accountId: after.accountId,
          before: [...(before?.membership.roles ?? [])],
          roles: [...after.roles]
        }
      })
    }
  })
})

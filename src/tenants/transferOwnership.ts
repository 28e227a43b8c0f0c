import { Effect, Option, Schema } from "effect"
import { AccountId, TenantId } from "../kernel/ids.ts"
import { RoleNames } from "../kernel/Permission.ts"
import * as RequestKind from "../requests/RequestKind.ts"
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
  giverName: Schema.String,
  receiverId: AccountId,
  receiverName: Schema.String,
  /** What the giver is afterwards; never an owner. */
  rolesAfter: RoleNames
})
export type Offer = typeof Offer.Type

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
  identity: ({ receiverId, tenantId }) => `${tenantId} ${receiverId}`,
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
    const giver = yield* memberships.findMember(tenantId, giverId)
    const receiver = yield* memberships.findMember(tenantId, receiverId)
    const next = yield* Effect.fromResult(
      handOver(tenant.value, Option.getOrNull(giver), Option.getOrNull(receiver), rolesAfter)
    )
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
          before: Option.match(before, { onNone: () => [], onSome: ({ membership }) => [...membership.roles] }),
          roles: [...after.roles]
        }
      })
    }
  })
})

import { Effect, Option, Schema } from "effect"
import { fullName } from "../accounts/Account.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, RequestId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { draw } from "../kernel/Limits.ts"
import { MEMBER, OWNER, RoleNames } from "../kernel/Permission.ts"
import { InvalidInput, NotFound } from "../kernel/refusals.ts"
import { roleNamed, type Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { CoolingDown, stateAt } from "../requests/Request.ts"
import { RequestRepository } from "../requests/RequestRepository.ts"
import { submit } from "../requests/workflow.ts"
import { isOwner } from "./Membership.ts"
import { MembershipRepository } from "./MembershipRepository.ts"
import { AlreadyOwner, OwnershipNotHeld, OwnershipOffered } from "./Ownership.ts"
import { lockedStanding, require } from "./Permissions.ts"
import { known } from "./Role.ts"
import { transferOwnership } from "./transferOwnership.ts"

/** What an owner becomes who names nothing else. */
const usualRoles = (settings: Settings): RoleNames => [roleNamed(settings, "admin") === undefined ? MEMBER : "admin"]

/** An open offer of the ownership, as owners see it. */
export const OfferView = Schema.Struct({
  requestId: RequestId,
  number: ShortNumber,
  giverId: AccountId,
  giverName: Schema.String,
  receiverId: AccountId,
  receiverName: Schema.String,
  rolesAfter: RoleNames,
  createdAt: Instant,
  expiresAt: Instant,
  /** Whether it is the caller's own, who can withdraw it (`requests.withdraw`). */
  own: Schema.Boolean
})

/**
 * An owner offers the ownership to another member, who becomes an owner by accepting it (`requests.approve`); in the same commit the giver becomes
 * what the offer says, an admin where it says nothing (TEN-05). The same offer that is open already is answered instead of a second one.
 */
export const offer = UseCase.command({
  name: "ownership.offer",
  summary: "Offers the ownership of a customer area to another member, who has to accept it.",
  actors: ["Account"],
  requires: "owners.change",
  sensitive: true,
  input: Schema.Struct({
    tenantId: TenantId,
    /** Who shall become an owner. */
    accountId: AccountId,
    /** What the caller is afterwards. */
    rolesAfter: Schema.optionalKey(RoleNames)
  }),
  output: Schema.Struct({ requestId: RequestId, number: ShortNumber, expiresAt: Instant }),
  errors: [NotFound, AlreadyOwner, OwnershipNotHeld, OwnershipOffered, CoolingDown],
  unit: Effect.fnUntraced(function* (input, unit) {
    const { actor, now, settings } = unit
    const { tenantId } = input
    const rolesAfter = yield* Effect.fromResult(
      known(settings, input.rolesAfter ?? usualRoles(settings), ["rolesAfter"])
    )
    if (rolesAfter.includes(OWNER)) {
      return yield* new InvalidInput({ issues: [{ path: ["rolesAfter"], code: "role" }] })
    }
    const memberships = yield* MembershipRepository
    const requests = yield* RequestRepository
    const { tenant } = yield* lockedStanding(unit, tenantId, "owners.change")
    const giver = yield* memberships.findMember(tenantId, actor.accountId)
    // what somebody may through a main tenant is not theirs to give
    if (Option.isNone(giver) || !isOwner(giver.value.membership)) return yield* new OwnershipNotHeld()
    const receiver = yield* memberships.findMember(tenantId, input.accountId)
    if (Option.isNone(receiver)) return yield* new NotFound({ kind: "member" })
    if (isOwner(receiver.value.membership)) return yield* new AlreadyOwner()
    const open = yield* requests.openOfKind(tenantId, transferOwnership.name)
    const other = open.some(
      (request) =>
        request.asker.accountId === actor.accountId &&
        stateAt(request, now) === "Pending" &&
        transferOwnership.payloadOf(request).receiverId !== input.accountId
    )
    if (other) return yield* new OwnershipOffered()
    // taken back and offered again, it would be a mail to the other each time
    const rule = { key: `ownership.offer:${actor.accountId}`, limit: settings.limits.ownershipOffersPerAccount }
    yield* draw([rule], now)
    const { email, locale } = giver.value
    const { request } = yield* submit(unit, transferOwnership, {
      asker: { accountId: actor.accountId, email, locale },
      payload: {
        tenantId,
        tenantName: tenant.name,
        giverId: actor.accountId,
        giverMembershipId: giver.value.membership.id,
        giverName: fullName(giver.value),
        receiverId: input.accountId,
        receiverMembershipId: receiver.value.membership.id,
        receiverName: fullName(receiver.value),
        rolesAfter
      },
      proven: true
    })
    return { requestId: request.id, number: request.number, expiresAt: request.expiresAt }
  })
})

/** The open offers of a tenant's ownership, the oldest first. */
export const offers = UseCase.query({
  name: "ownership.offers",
  summary: "Lists the open offers of a customer area's ownership.",
  actors: ["Account"],
  requires: "owners.change",
  input: Schema.Struct({ tenantId: TenantId }),
  output: Schema.Struct({ items: Schema.Array(OfferView) }),
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ tenantId }, { actor, now, settings }) {
    yield* require(actor, settings, tenantId, "owners.change")
    const requests = yield* RequestRepository
    const open = yield* requests.openOfKind(tenantId, transferOwnership.name)
    return {
      items: open
        .filter((request) => stateAt(request, now) === "Pending")
        .map((request): typeof OfferView.Type => {
          const { giverId, giverName, receiverId, receiverName, rolesAfter } = transferOwnership.payloadOf(request)
          return {
            requestId: request.id,
            number: request.number,
            giverId,
            giverName,
            receiverId,
            receiverName,
            rolesAfter,
            createdAt: request.createdAt,
            expiresAt: request.expiresAt,
            own: giverId === actor.accountId
          }
        })
    }
  })
})

/** Every use case of handing the ownership over. */
export const useCases = UseCase.registry(offer, offers)

import { Result } from "effect"
import { OWNER } from "../kernel/Permission.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotFound, SecondFactorRequired } from "../kernel/refusals.ts"
import { type AccessFacts, lacksFactor } from "./Access.ts"
import { isOwner, type Membership, type Placed } from "./Membership.ts"
import { normalRoles } from "./Role.ts"
import { type LastOwner, type Tenant, TenantNotActive, withOwnerChanged } from "./Tenant.ts"

/** Whoever offered the ownership is not an owner any more, and so has nothing to hand over (TEN-05). */
export class OwnershipNotHeld extends Refusal<OwnershipNotHeld>()(
  "OwnershipNotHeld",
  {},
  {
    category: "conflict",
    de: "Die anbietende Person ist nicht mehr Inhaber dieses Kundenbereichs und kann ihn deshalb nicht übergeben.",
    en: "The person who offered this is not an owner of the customer area any more, and so cannot hand it over."
  }
) {}

/** The ownership cannot be offered to somebody who has it. */
export class AlreadyOwner extends Refusal<AlreadyOwner>()(
  "AlreadyOwner",
  {},
  {
    category: "conflict",
    de: "Diese Person ist bereits Inhaber.",
    en: "This person is an owner already."
  }
) {}

/** One offer at a time: the open one must be withdrawn before the ownership is offered to somebody else. */
export class OwnershipOffered extends Refusal<OwnershipOffered>()(
  "OwnershipOffered",
  {},
  {
    category: "conflict",
    de: "Sie haben die Inhaberschaft bereits jemand anderem angeboten. Bitte ziehen Sie dieses Angebot zuerst zurück.",
    en: "You have offered the ownership to somebody else already. Please withdraw that offer first."
  }
) {}

/** Who accepts: what the tenant wants of everybody who does something in it, it wants of them, too (TFA-07). */
type Receiver = Placed & Pick<AccessFacts, "requiresSecondFactor" | "secondFactor">

/** A handover that has taken place: all three are saved in one unit. */
export interface Handover {
  readonly tenant: Tenant
  readonly giver: Membership
  readonly receiver: Membership
}

/**
 * One member becomes an owner, and another one gives that up for other roles, in one step (TEN-05). What the offer rests on is asked again here, of
 * the state at the acceptance: an active tenant, a giver who is an owner, a receiver who is a member and has the second factor that the tenant may want.
 */
export const handOver = (
  tenant: Tenant,
  giver: Placed | null,
  receiver: Receiver | null,
  rolesAfter: ReadonlyArray<string>
): Result.Result<Handover, TenantNotActive | OwnershipNotHeld | NotFound | SecondFactorRequired | LastOwner> => {
  if (tenant.state !== "active") return Result.fail(new TenantNotActive())
  if (giver === null || giver.accountState !== "active" || !isOwner(giver.membership)) {
    return Result.fail(new OwnershipNotHeld())
  }
  if (receiver === null || receiver.accountState !== "active") return Result.fail(new NotFound({ kind: "member" }))
  if (lacksFactor(receiver)) return Result.fail(new SecondFactorRequired({ tenantId: tenant.id }))
  const after: Membership = { ...giver.membership, roles: normalRoles(rolesAfter.filter((role) => role !== OWNER)) }
  const crowned: Membership = { ...receiver.membership, roles: normalRoles([...receiver.membership.roles, OWNER]) }
  const change = ({ accountState, membership }: Placed, next: Membership) => ({
    before: { accountState, roles: membership.roles },
    after: { accountState, roles: next.roles }
  })
  return Result.map(withOwnerChanged(tenant, [change(giver, after), change(receiver, crowned)]), (next) => ({
    tenant: next,
    giver: after,
    receiver: crowned
  }))
}

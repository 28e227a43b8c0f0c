import { Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, DeputyId, TenantId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"

/**
 * Somebody who decides in a decider's place for a period (REQ-07). It gives no right of its own: what the principal may decide, the deputy may,
 * as long as the principal may, and as long as both belong to the tenant, or to staff.
 */
export class Deputy extends Schema.Opaque<Deputy>()(
  Schema.Struct({
    id: DeputyId,
    principalId: AccountId,
    deputyId: AccountId,
    /** Where: in a tenant, or null for what staff decide. */
    tenantId: Schema.NullOr(TenantId),
    from: Instant.Instant,
    /** No longer inside. Not after `from` where the principal has ended it. */
    until: Instant.Instant,
    createdAt: Instant.Instant
  })
) {}

export const isRunning = (deputy: Pick<Deputy, "from" | "until">, now: number): boolean =>
  deputy.from <= now && now < deputy.until

/** The deputy must be somebody else who belongs to the same tenant, or to staff. */
export class DeputyNotPossible extends Refusal<DeputyNotPossible>()(
  "DeputyNotPossible",
  {},
  {
    category: "conflict",
    de: "Diese Person kann Sie nicht vertreten. Es muss eine andere Person sein, die zum selben Kundenbereich oder zum Kundendienst gehört.",
    en: "This person cannot be your deputy. It must be another person of the same customer area, or of the staff."
  }
) {}

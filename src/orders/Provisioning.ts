import { Context, Effect, Layer, Schema } from "effect"
import type { OrderId, ShortNumber, TenantId } from "../kernel/ids.ts"
import type { Text } from "../kernel/Refusal.ts"
import type { Location, Terms } from "./Order.ts"
import type { Chosen } from "./Product.ts"

/** What is to be set up. */
export interface Assignment {
  readonly orderId: OrderId
  readonly number: ShortNumber
  /** Who ordered. */
  readonly tenantId: TenantId
  readonly product: string
  readonly options: Chosen
  readonly location: Location
  readonly terms: Terms
}

/** What became of it: it is there; it is being worked on, ask again; or it will never be, and why. */
export type Answer =
  | { readonly _tag: "Ready" }
  | { readonly _tag: "Working" }
  | { readonly _tag: "Refused"; readonly message: Text | null }

export const ready: Answer = { _tag: "Ready" }
export const working: Answer = { _tag: "Working" }
export const refused = (message: Text | null): Answer => ({ _tag: "Refused", message })

/** Provisioning was not reached, or does not know what became of it; it is tried again. */
export class ProvisioningUnavailable extends Schema.TaggedError<ProvisioningUnavailable>(
  "portico/ProvisioningUnavailable"
)("ProvisioningUnavailable", { cause: Schema.optionalKey(Schema.Defect()) }) {}

/**
 * Sets up what was ordered (ORD-04). It may be slow and may fail, and is asked outside of transactions. An implementer MUST be idempotent by
 * `orderId`: the same order is asked for again after each failure, lost answer and crash, also by two nodes at once, and is set up once.
 */
export class Provisioning extends Context.Service<
  Provisioning,
  { readonly provision: (assignment: Assignment) => Effect.Effect<Answer, ProvisioningUnavailable> }
>()("portico/orders/Provisioning") {
  /** The embedded one, for products that are nothing but the new customer area: ready at once. */
  static readonly layer: Layer.Layer<Provisioning> = Layer.succeed(
    Provisioning,
    Provisioning.of({ provision: () => Effect.succeed(ready) })
  )
}

import * as Fulfilment from "./Fulfilment.ts"
import * as Orders from "./Orders.ts"

export { Catalog, CatalogUnavailable, InvalidCatalog } from "./Catalog.ts"
export { CustomerNumbers } from "./CustomerNumbers.ts"
export { exampleCatalog } from "./exampleCatalog.ts"
export * as Money from "./Money.ts"
export {
  FailureReason,
  LocationMissing,
  OptionsNotPossible,
  Order,
  OrderChanged,
  OrderState,
  OrderStepNotPossible,
  UnknownProduct
} from "./Order.ts"
export { OrderRepository } from "./OrderRepository.ts"
export { mailKinds } from "./orderMails.ts"
export * as Product from "./Product.ts"
export {
  type Answer,
  type Assignment,
  Provisioning,
  ProvisioningUnavailable,
  ready,
  refused,
  working
} from "./Provisioning.ts"
export { Fulfilment, Orders }

/** Every use case of the room. */
export const useCases = [...Orders.useCases, ...Fulfilment.useCases] as const

import * as Fulfilment from "./Fulfilment.ts"
import * as Orders from "./Orders.ts"
import * as orderMails from "./orderMails.ts"

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

/** The room's kinds of mail by name, for example to give one other words (`Mail.MailKind.override`). */
export const mails = orderMails.mails

/** Every mail kind of the room. */
export const mailKinds = Object.values(mails)

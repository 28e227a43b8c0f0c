import * as CollectiveInvoices from "./CollectiveInvoices.ts"
import * as hierarchyMails from "./hierarchyMails.ts"
import * as LinkImports from "./LinkImports.ts"
import * as Locations from "./Locations.ts"
import { requestKinds } from "./linkingKinds.ts"

export { type CollectiveInvoice, CollectiveInvoiceChanged } from "./CollectiveInvoice.ts"
export { CollectiveInvoiceRepository } from "./CollectiveInvoiceRepository.ts"
export { HierarchyRepository, type Location, type LocationFilter, type LocationKey } from "./HierarchyRepository.ts"
export { linkSubTenant, moveSubTenant, requestKinds } from "./linkingKinds.ts"
export {
  AlreadyLinked,
  LinkToItself,
  MainIsASub,
  NotASub,
  SubCannotHaveSubs,
  SubHasOpenOrders,
  TenantLink
} from "./TenantLink.ts"
export { CollectiveInvoices, LinkImports, Locations }

/** Every use case of the room. */
export const useCases = [...Locations.useCases, ...LinkImports.useCases, ...CollectiveInvoices.useCases] as const

/** The room's own kinds of mail by name, for example to give one other words (`Mail.MailKind.override`); those of a kind of request are its `mails`. */
export const mails = hierarchyMails.mails

/** Every mail kind of the room, with those of its requests. */
export const mailKinds = [...Object.values(mails), ...requestKinds.flatMap(({ mailKinds }) => mailKinds)] as const

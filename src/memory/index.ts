import { Layer } from "effect"
import * as AccountRepository from "./AccountRepository.ts"
import * as ChallengeRepository from "./ChallengeRepository.ts"
import * as CollectiveInvoiceRepository from "./CollectiveInvoiceRepository.ts"
import * as ConsentRepository from "./ConsentRepository.ts"
import * as CustomerNumbers from "./CustomerNumbers.ts"
import * as DeputyRepository from "./DeputyRepository.ts"
import * as DeskRepository from "./DeskRepository.ts"
import * as DomainRepository from "./DomainRepository.ts"
import * as EventLog from "./EventLog.ts"
import * as EventRepository from "./EventRepository.ts"
import * as FileRepository from "./FileRepository.ts"
import * as HierarchyRepository from "./HierarchyRepository.ts"
import * as IdempotencyStore from "./IdempotencyStore.ts"
import * as InboundRepository from "./InboundRepository.ts"
import * as InvitationRepository from "./InvitationRepository.ts"
import * as Leases from "./Leases.ts"
import * as Limits from "./Limits.ts"
import * as LinkRepository from "./LinkRepository.ts"
import * as MembershipRepository from "./MembershipRepository.ts"
import * as OrderRepository from "./OrderRepository.ts"
import * as Outbox from "./Outbox.ts"
import * as RegistrationRepository from "./RegistrationRepository.ts"
import * as RequestRepository from "./RequestRepository.ts"
import * as SecondFactorRepository from "./SecondFactorRepository.ts"
import * as SelfRegistrationRepository from "./SelfRegistrationRepository.ts"
import * as SessionRepository from "./SessionRepository.ts"
import * as ShareableLinkRepository from "./ShareableLinkRepository.ts"
import * as StaffRepository from "./StaffRepository.ts"
import { Store } from "./Store.ts"
import * as SubscriptionRepository from "./SubscriptionRepository.ts"
import * as TenantRepository from "./TenantRepository.ts"
import * as TicketRepository from "./TicketRepository.ts"
import * as UnitOfWork from "./UnitOfWork.ts"

export { layer as layerBlobStore } from "./BlobStore.ts"
export { dump } from "./dump.ts"
export { type Behaviour, layer as layerMailer, Mailbox } from "./Mailer.ts"
export { Store } from "./Store.ts"
export { layer as layerUnitOfWork } from "./UnitOfWork.ts"

/** Every port on one store that is given; the store for bytes is `layerBlobStore`. */
export const layerPorts = Layer.mergeAll(
  AccountRepository.layer,
  ChallengeRepository.layer,
  CollectiveInvoiceRepository.layer,
  ConsentRepository.layer,
  CustomerNumbers.layer,
  DeputyRepository.layer,
  DeskRepository.layer,
  DomainRepository.layer,
  EventLog.layer,
  EventRepository.layer,
  FileRepository.layer,
  HierarchyRepository.layer,
  IdempotencyStore.layer,
  InboundRepository.layer,
  InvitationRepository.layer,
  Leases.layer,
  Limits.layer,
  LinkRepository.layer,
  MembershipRepository.layer,
  OrderRepository.layer,
  Outbox.layer,
  RegistrationRepository.layer,
  RequestRepository.layer,
  SecondFactorRepository.layer,
  SelfRegistrationRepository.layer,
  SessionRepository.layer,
  ShareableLinkRepository.layer,
  SubscriptionRepository.layer,
  StaffRepository.layer,
  TenantRepository.layer,
  TicketRepository.layer,
  UnitOfWork.layer
)

/** Every port, in memory: for tests, and for trying things out. It keeps every rule that the databases keep, and forgets all with the layer. */
export const layer = Layer.provide(layerPorts, Store.layer)

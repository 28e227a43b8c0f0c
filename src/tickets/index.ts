import * as Claims from "./Claims.ts"
import * as Desk from "./desk/index.ts"
import * as Feedback from "./Feedback.ts"
import * as Files from "./Files.ts"
import * as fileMails from "./fileMails.ts"
import * as HeldMails from "./HeldMails.ts"
import * as Inbound from "./Inbound.ts"
import * as Moves from "./Moves.ts"
import * as Participants from "./Participants.ts"
import * as Tickets from "./Tickets.ts"
import * as Timers from "./Timers.ts"
import * as ticketMails from "./ticketMails.ts"

export { BlobStore } from "./BlobStore.ts"
export { domainHint } from "./domainHint.ts"
export { FileRepository } from "./FileRepository.ts"
export { FileTypeDetector } from "./FileTypeDetector.ts"
export {
  AddingNotAllowed,
  ContactOnly,
  ContactStays,
  FeedbackNotOpen,
  TakesNoPart,
  TooManyParticipants
} from "./refusals.ts"
export { Sanitizer } from "./Sanitizer.ts"
export { Scanner, ScannerUnavailable } from "./Scanner.ts"
export { edges, Priority, TicketState, TicketStepNotPossible, unresolved } from "./Ticket.ts"
export { TicketRepository } from "./TicketRepository.ts"
export { feedbackLink } from "./ticketMails.ts"
export { Claims, Desk, Feedback, Files, HeldMails, Inbound, Moves, Participants, Tickets, Timers }

/** Every use case of the room. */
export const useCases = [
  ...Tickets.useCases,
  ...Participants.useCases,
  ...Claims.useCases,
  ...Feedback.useCases,
  ...Timers.useCases,
  ...Moves.useCases,
  ...Files.useCases,
  ...Inbound.useCases,
  ...HeldMails.useCases,
  ...Desk.useCases
] as const

/** The room's kinds of mail by name, for example to give one other words (`Mail.MailKind.override`). */
export const mails = { ...ticketMails.mails, ...fileMails.mails } as const

/** Every mail kind of the room. */
export const mailKinds = Object.values(mails)

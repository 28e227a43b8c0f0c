import { Effect, Option, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import { Instant } from "../kernel/Instant.ts"
import { InboundMailId, MessageId, ParticipantId, ShortNumber, TicketId } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotFound } from "../kernel/refusals.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { InboundRepository, ReviewState, type StoredInbound } from "../mail/inbound/InboundRepository.ts"
import { MailParser } from "../mail/inbound/MailParser.ts"
import { staffMay } from "../tenants/staffRights.ts"
import { begin, byParticipant, enter, followUp, keep, mayAcknowledge, openedOf, say, step } from "./conversation.ts"
import { agentOf } from "./desk/steps.ts"
import { beginTicket, fitting, hang, takeParts, type Written, withQuotation, writtenOf } from "./mailWords.ts"
import { TicketStepNotPossible, takesPart } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"

// ---- what staff see --------------------------------------------------------------------------------------------------------------------

/** A message that waits for somebody to look at it, or was looked at. All of it is as stated by whoever sent it; nothing of it is proven. */
export const HeldMail = Schema.Struct({
  id: InboundMailId,
  /** Why it was held: a code, for example `sender` or `token`. */
  reason: Schema.String,
  review: ReviewState,
  sender: Schema.NullOr(Schema.String),
  senderName: Schema.NullOr(Schema.String),
  subject: Schema.NullOr(Schema.String),
  text: Schema.NullOr(Schema.String),
  /** The ticket that its address names, or that it was accepted into. */
  ticketId: Schema.NullOr(TicketId),
  /** Bytes. */
  size: Schema.Int,
  receivedAt: Instant,
  reviewedAt: Schema.NullOr(Instant)
})
export type HeldMail = typeof HeldMail.Type

const toHeldMail = (mail: StoredInbound): HeldMail => ({
  id: mail.id,
  reason: mail.reason ?? "",
  // held ones have a review by the repository's contract
  review: mail.review ?? "waiting",
  sender: mail.sender,
  senderName: mail.senderName,
  subject: mail.subject,
  text: mail.text,
  ticketId: mail.ticketId,
  size: mail.size,
  receivedAt: mail.receivedAt,
  reviewedAt: mail.reviewedAt
})

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** Somebody else has looked at it, and accepted or discarded it. */
export class HeldMailReviewed extends Refusal<HeldMailReviewed>()(
  "HeldMailReviewed",
  { review: ReviewState },
  {
    category: "conflict",
    de: "Diese zurückgehaltene Nachricht wurde schon bearbeitet.",
    en: "This held message has been reviewed already."
  }
) {}

/** There is no text, file or sender that could be made a message of. Its source can be looked at. */
export class HeldMailUnreadable extends Refusal<HeldMailUnreadable>()(
  "HeldMailUnreadable",
  {},
  {
    category: "conflict",
    de: "Aus dieser Nachricht lässt sich kein Ticket und keine Antwort machen. Ansehen können Sie sie in ihrer ursprünglichen Form.",
    en: "No ticket and no answer can be made of this message. You can look at it in its original form."
  }
) {}

// ---- reading ---------------------------------------------------------------------------------------------------------------------------

const Key = Schema.Tuple([Schema.Int, InboundMailId])

/** The oldest first, so that nobody waits for ever. */
export const list = UseCase.query({
  name: "tickets.heldMails",
  summary: "Lists mails that were held for staff to look at, the oldest first.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    ...Page.fields,
    review: Schema.optionalKey(ReviewState),
    ticketId: Schema.optionalKey(TicketId)
  }),
  output: Page.Page(HeldMail),
  errors: [],
  run: Effect.fnUntraced(function* (input, { actor }) {
    yield* Effect.fromResult(staffMay("tickets.heldMails", actor))
    const inbound = yield* InboundRepository
    const window = yield* Page.window(Key, input)
    const rows = yield* inbound.held({ review: input.review ?? "waiting", ticketId: input.ticketId ?? null }, window)
    return Page.make(rows, window, (mail) => [mail.receivedAt, mail.id] as const, toHeldMail)
  })
})

/**
 * A held message by its id, reviewed or not, with its bytes as they came, for what cannot be read and for whoever must know exactly. A host serves them as a
 * download, or shows them as plain text; nothing of them is ever rendered.
 */
export const source = UseCase.query({
  name: "tickets.heldMailSource",
  summary: "Gives a held mail with its bytes as they came in.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ id: InboundMailId }),
  output: Schema.Struct({
    mail: HeldMail,
    /** Base64. */
    raw: Schema.String
  }),
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ id }, { actor }) {
    yield* Effect.fromResult(staffMay("tickets.heldMailSource", actor))
    const inbound = yield* InboundRepository
    const found = Option.getOrUndefined(yield* inbound.find(id))
    const raw = Option.getOrUndefined(yield* inbound.raw(id))
    if (found === undefined || found.outcome !== "Held" || raw === undefined) {
      return yield* new NotFound({ kind: "inboundMail" })
    }
    return { mail: toHeldMail(found), raw: Buffer.from(raw).toString("base64") }
  })
})

// ---- deciding --------------------------------------------------------------------------------------------------------------------------

type StaffUnit = UseCase.Unit<"Staff">

const waiting = Effect.fnUntraced(function* (id: InboundMailId) {
  const inbound = yield* InboundRepository
  const mail = Option.getOrUndefined(yield* inbound.findForUpdate(id))
  if (mail === undefined || mail.review === null) return yield* new NotFound({ kind: "inboundMail" })
  if (mail.review !== "waiting") return yield* new HeldMailReviewed({ review: mail.review })
  return mail
})

/** Reads the message again, and uploads its files as the caller's. */
const read = Effect.fnUntraced(function* (
  id: InboundMailId,
  { settings }: Pick<UseCase.Call<Actor.Kind>, "settings">,
  as: (written: Written) => Written = (written) => written
) {
  const inbound = yield* InboundRepository
  const parser = yield* MailParser
  const found = Option.getOrUndefined(yield* inbound.find(id))
  const raw = Option.getOrUndefined(yield* inbound.raw(id))
  if (found === undefined || found.review === null || raw === undefined) {
    return yield* new NotFound({ kind: "inboundMail" })
  }
  if (found.review !== "waiting") return yield* new HeldMailReviewed({ review: found.review })
  const mail = yield* Effect.catchTag(parser.parse(raw, settings.inbound.limits), "MailUnreadable", () =>
    Effect.fail(new HeldMailUnreadable())
  )
  const written = as(yield* writtenOf(mail))
  const taken = yield* takeParts(mail.parts, settings)
  if (written.text === "" && taken.files.length === 0) return yield* new HeldMailUnreadable()
  return { mail, written, taken }
})

const reviewed = Effect.fnUntraced(function* (
  unit: StaffUnit,
  mail: StoredInbound,
  over: Pick<StoredInbound, "review"> & Partial<Pick<StoredInbound, "ticketId" | "ticketMessageId">>,
  happened: string
) {
  const inbound = yield* InboundRepository
  const isWaiting = over.review === "waiting"
  const next: StoredInbound = {
    ...mail,
    ...over,
    reviewedAt: isWaiting ? null : unit.now,
    reviewedBy: isWaiting ? null : unit.actor.accountId
  }
  yield* inbound.review(next, mail.review ?? "waiting")
  unit.record({
    type: `ticket.${happened}`,
    subject: { kind: "inboundMail", id: mail.id },
    data: { reason: mail.reason, ticketId: next.ticketId },
    ...(mail.sender === null ? {} : { personal: { sender: mail.sender } })
  })
})

const Made = Schema.Struct({ ticketId: TicketId, number: ShortNumber, messageId: MessageId })
const OfMail = { id: InboundMailId }

/**
 * Staff say that a held message is from somebody who takes part in a ticket: it becomes their answer, as if it had come by their reply address. It proves no
 * address, and adds nobody; who decided so stands in the history, for staff.
 */
export const accept = UseCase.command({
  name: "tickets.acceptHeldMail",
  summary: "Makes a held mail the answer of somebody who takes part in a ticket.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfMail, ticketId: TicketId, participantId: ParticipantId }),
  output: Made,
  errors: [NotFound, HeldMailReviewed, HeldMailUnreadable, TicketStepNotPossible],
  prepare: Effect.fnUntraced(function* ({ id }, call) {
    yield* Effect.fromResult(staffMay("tickets.acceptHeldMail", call.actor))
    return yield* read(id, call)
  }),
  unit: Effect.fnUntraced(function* ({ id, participantId, ticketId }, unit, { mail, taken: brought, written }) {
    const agent = yield* agentOf("tickets.acceptHeldMail", unit)
    const tickets = yield* TicketRepository
    const opened = Option.getOrUndefined(yield* tickets.openForUpdate(ticketId))
    const participant = opened?.participants.find((one) => one.id === participantId)
    if (opened === undefined || participant === undefined || !takesPart(participant)) {
      return yield* new NotFound({ kind: "ticket" })
    }
    const heldMail = yield* waiting(id)
    if (opened.ticket.mergedInto !== null) return yield* new TicketStepNotPossible({ state: opened.ticket.state })
    const closed = opened.ticket.state === "Closed"
    const { work, participant: self } = closed
      ? yield* followUp(unit, opened, participant, "mail")
      : { work: begin(opened), participant }
    const by = byParticipant(self)
    if (!work.isNew) {
      yield* Effect.fromResult(step(unit, work, by, { event: "answer", by: self.role, channel: "mail" }))
    }
    const taken = yield* fitting(brought, work.isNew ? [] : [work.ticket.id], unit.settings)
    if (written.text === "" && taken.files.length === 0) return yield* new HeldMailUnreadable()
    const message = yield* say(unit, work, by, {
      ...written,
      channel: "mail",
      mailMessageId: mail.messageId,
      files: taken.files.length
    })
    enter(unit, work, agent, "mailAccepted", { messageId: message.id }, "internal")
    const ticket = yield* keep(unit, work, by)
    yield* hang(unit, message, openedOf(work), taken)
    yield* reviewed(
      unit,
      heldMail,
      { review: "accepted", ticketId: ticket.id, ticketMessageId: message.id },
      "mailAccepted"
    )
    return { ticketId: ticket.id, number: ticket.number, messageId: message.id }
  })
})

/** Staff say that a held message is a matter of its own: it becomes a new ticket of whoever it states as its author, with an address that nobody has proven. */
export const acceptAsNew = UseCase.command({
  name: "tickets.acceptHeldMailAsNew",
  summary: "Makes a held mail a new ticket of its stated sender.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct(OfMail),
  output: Made,
  errors: [NotFound, HeldMailReviewed, HeldMailUnreadable],
  prepare: Effect.fnUntraced(function* ({ id }, call) {
    yield* Effect.fromResult(staffMay("tickets.acceptHeldMailAsNew", call.actor))
    return yield* read(id, call, withQuotation)
  }),
  unit: Effect.fnUntraced(function* ({ id }, unit, { mail, taken: brought, written }) {
    yield* agentOf("tickets.acceptHeldMailAsNew", unit)
    const heldMail = yield* waiting(id)
    const email = mail.from?.email ?? null
    const taken = yield* fitting(brought, [], unit.settings)
    if (email === null || (written.text === "" && taken.files.length === 0)) return yield* new HeldMailUnreadable()
    const acknowledged = heldMail.reason !== "machine" && (yield* mayAcknowledge(unit, email, {}, "mail"))
    const { message, ticket } = yield* beginTicket(unit, { mail, written, taken }, email, acknowledged)
    yield* reviewed(
      unit,
      heldMail,
      { review: "accepted", ticketId: ticket.id, ticketMessageId: message.id },
      "mailAccepted"
    )
    return { ticketId: ticket.id, number: ticket.number, messageId: message.id }
  })
})

/** The message is of no use; its sender is told nothing. It can be brought back as long as its bytes are kept. */
export const discard = UseCase.command({
  name: "tickets.discardHeldMail",
  summary: "Discards a held mail.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct(OfMail),
  output: Schema.Void,
  errors: [NotFound, HeldMailReviewed],
  unit: Effect.fnUntraced(function* ({ id }, unit) {
    yield* agentOf("tickets.discardHeldMail", unit)
    yield* reviewed(unit, yield* waiting(id), { review: "discarded" }, "mailDiscarded")
  })
})

/** Brings a discarded message back to those that wait. */
export const restore = UseCase.command({
  name: "tickets.restoreHeldMail",
  summary: "Brings a discarded mail back to those that wait for a review.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct(OfMail),
  output: Schema.Void,
  errors: [NotFound, HeldMailReviewed],
  unit: Effect.fnUntraced(function* ({ id }, unit) {
    yield* agentOf("tickets.restoreHeldMail", unit)
    const inbound = yield* InboundRepository
    const mail = Option.getOrUndefined(yield* inbound.findForUpdate(id))
    if (mail === undefined || mail.review === null) return yield* new NotFound({ kind: "inboundMail" })
    if (mail.review !== "discarded") return yield* new HeldMailReviewed({ review: mail.review })
    // without its bytes there is nothing to decide on
    if (Option.isNone(yield* inbound.raw(id))) return yield* new NotFound({ kind: "inboundMail" })
    yield* reviewed(unit, mail, { review: "waiting" }, "mailRestored")
  })
})

export const useCases = UseCase.registry(list, source, accept, acceptAsNew, discard, restore)

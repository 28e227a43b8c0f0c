import { Effect, Option, Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { TicketId } from "../kernel/ids.ts"
import * as UseCase from "../kernel/UseCase.ts"
import {
  begin,
  contactOf,
  enter,
  type Hand,
  isSilent,
  keep,
  step,
  subjectOf,
  system,
  type Work
} from "./conversation.ts"
import { ask } from "./Feedback.ts"
import { type Ticket, takesPart } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"
import * as ticketMails from "./ticketMails.ts"

const remind = (hand: Hand, work: Work): void => {
  work.ticket = { ...work.ticket, remindedAt: hand.now }
  enter(hand, work, system, "reminded", {}, "internal")
  hand.record({
    type: "ticket.reminded",
    tenantId: work.ticket.tenantId ?? undefined,
    subject: subjectOf(work.ticket.id)
  })
  const contact = contactOf(work)
  if (isSilent(work.ticket) || !takesPart(contact) || contact.undeliverableAt !== null) return
  hand.send(
    ticketMails.reminder.mail({
      ...ticketMails.envelope(work.ticket, contact),
      values: {
        ...ticketMails.valuesOf(work.ticket, contact),
        resolvesAt: Instant.plus(work.ticket.stateSince, hand.settings.tickets.giveUpAfter)
      }
    })
  )
}

/** What is due for a ticket now; nothing where it goes on in another one's place. */
const dueStep = (
  { mergedInto, remindedAt, spam, state, stateSince }: Ticket,
  { now, settings }: Hand
): "remind" | "giveUp" | "archive" | null => {
  if (mergedInto !== null || spam) return null
  if (state === "Resolved") return "archive"
  if (state !== "Waiting") return null
  if (now >= Instant.plus(stateSince, settings.tickets.giveUpAfter)) return "giveUp"
  return remindedAt === null ? "remind" : null
}

/**
 * Does what is due for one ticket by time (TIC-09): reminds the contact whose turn it is, ends the waiting, closes what was resolved long enough ago and
 * asks how it went. One step at a time, by the table of states; what is not due (any more) is left as it is.
 */
export const review = UseCase.command({
  name: "tickets.review",
  summary: "Does what is due by time for one ticket.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ ticketId: TicketId }),
  output: Schema.Struct({ done: Schema.NullOr(Schema.Literals(["remind", "giveUp", "archive"])) }),
  errors: [],
  unit: Effect.fnUntraced(function* ({ ticketId }, unit) {
    const tickets = yield* TicketRepository
    const opened = Option.getOrUndefined(yield* tickets.openForUpdate(ticketId))
    if (opened === undefined || opened.ticket.dueAt === null || opened.ticket.dueAt > unit.now) {
      return { done: null }
    }
    const work = begin(opened)
    const event = dueStep(opened.ticket, unit)
    if (event !== null) {
      const taken = step(unit, work, system, { event, by: "timer", channel: "time" })
      // the states that `dueStep` names are those that the table has these steps for
      if (taken._tag === "Failure") return yield* Effect.die(taken.failure)
      if (event === "remind") remind(unit, work)
      if (event === "archive") yield* ask(unit, work)
    }
    // also where nothing is done: `keep` says anew when something is due
    yield* keep(unit, work, system)
    return { done: event }
  })
})

/** Every use case of the room that happens by time. */
export const useCases = UseCase.registry(review)

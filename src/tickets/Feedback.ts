import { Effect, Option, Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { ShortNumber, TicketId } from "../kernel/ids.ts"
import { sourceKey } from "../kernel/Limits.ts"
import * as Links from "../kernel/Links.ts"
import { NotFound } from "../kernel/refusals.ts"
import { block } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import {
  begin,
  byParticipant,
  contactOf,
  enter,
  type Hand,
  isSilent,
  keep,
  subjectOf,
  type Work
} from "./conversation.ts"
import { locked } from "./reading.ts"
import { ContactOnly, FeedbackNotOpen, TakesNoPart } from "./refusals.ts"
import { type Satisfaction, takesPart } from "./Ticket.ts"
import { type Opened, TicketRepository } from "./TicketRepository.ts"
import * as ticketMails from "./ticketMails.ts"
import { feedbackLink } from "./ticketMails.ts"

/** Five steps, 5 being the best, and a comment (TIC-14). */
const Answer = {
  rating: Schema.Literals([1, 2, 3, 4, 5]),
  comment: Schema.optionalKey(block(2000))
}

/** Asks the contact how it went, once for each ticket; nobody is asked of what is silent, or whose address does not take mail. */
export const ask = Effect.fnUntraced(function* (hand: Hand, work: Work) {
  const contact = contactOf(work)
  if (work.ticket.satisfaction !== null || isSilent(work.ticket)) return
  if (!takesPart(contact) || contact.undeliverableAt !== null) return
  const { link, secret } = yield* Links.issue(feedbackLink, {
    subject: work.ticket.id,
    email: contact.email,
    now: hand.now,
    lifetime: hand.settings.tickets.feedbackLifetime,
    first: true
  })
  work.ticket = {
    ...work.ticket,
    satisfaction: { askedAt: hand.now, answeredAt: null, rating: null, comment: null }
  }
  hand.send(
    ticketMails.feedback.mail({
      ...ticketMails.envelope(work.ticket, contact),
      secret,
      values: { ...ticketMails.valuesOf(work.ticket, contact), until: link.expiresAt }
    })
  )
})

/** Keeps the answer, for staff, once. */
const rated = Effect.fnUntraced(function* (
  unit: Hand,
  opened: Opened,
  { comment = "", rating }: { readonly rating: 1 | 2 | 3 | 4 | 5; readonly comment?: string }
) {
  const { satisfaction } = opened.ticket
  if (satisfaction === null) return yield* new FeedbackNotOpen({ reason: "not-asked" })
  if (satisfaction.answeredAt !== null) return yield* new FeedbackNotOpen({ reason: "answered" })
  if (unit.now >= Instant.plus(satisfaction.askedAt, unit.settings.tickets.feedbackLifetime)) {
    return yield* new FeedbackNotOpen({ reason: "over" })
  }
  const work = begin(opened)
  const author = byParticipant(contactOf(opened))
  const answered: Satisfaction = {
    ...satisfaction,
    answeredAt: unit.now,
    rating,
    comment: comment === "" ? null : comment
  }
  work.ticket = { ...work.ticket, satisfaction: answered }
  enter(unit, work, author, "rated", { rating }, "internal")
  unit.record({ type: "ticket.rated", subject: subjectOf(opened.ticket.id), data: { rating } })
  yield* keep(unit, work, author)
})

const linkLimits = (_: unknown, { request, settings }: Pick<UseCase.Call<never>, "request" | "settings">) =>
  Effect.succeed([{ key: `tickets.feedback:${sourceKey(request.source)}`, limit: settings.limits.linkPerSource }])

/** What the link in the mail asks about; no more than the mail says itself. Changes nothing. */
export const feedback = UseCase.query({
  name: "tickets.feedback",
  summary: "Shows the holder of the link which ticket they are asked about.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ number: ShortNumber, answered: Schema.Boolean }),
  errors: [Links.LinkUnusable],
  limits: linkLimits,
  run: Effect.fnUntraced(function* ({ secret }, { now }) {
    const tickets = yield* TicketRepository
    const link = yield* Links.open(feedbackLink, secret, now)
    // a link of this purpose is made with the ticket's id as its subject
    const ticket = Option.getOrUndefined(yield* tickets.find(TicketId.make(link.subject)))
    if (ticket === undefined || ticket.spam) return yield* new Links.LinkUnusable({ reason: "void" })
    return { number: ticket.number, answered: ticket.satisfaction?.answeredAt != null }
  })
})

/** The contact says how it went, by the link in the mail, which works once (TIC-14). */
export const rate = UseCase.command({
  name: "tickets.rate",
  summary: "Says how a ticket went, by the link in the mail.",
  actors: ["Anonymous", "Account"],
  requires: "link",
  input: Schema.Struct({ secret: Links.LinkSecret, ...Answer }),
  output: Schema.Void,
  errors: [Links.LinkUnusable, FeedbackNotOpen],
  limits: linkLimits,
  unit: Effect.fnUntraced(function* ({ secret, ...answer }, unit) {
    const tickets = yield* TicketRepository
    const link = yield* Links.open(feedbackLink, secret, unit.now)
    const opened = Option.getOrUndefined(yield* tickets.openForUpdate(TicketId.make(link.subject)))
    if (opened === undefined || opened.ticket.spam) return yield* new Links.LinkUnusable({ reason: "void" })
    yield* Links.redeem(link, unit.now)
    yield* rated(unit, opened, answer)
  })
})

/** The contact says how it went, signed in; the mail's link is used up with it. */
export const rateOwn = UseCase.command({
  name: "tickets.rateOwn",
  summary: "Says how the caller's closed ticket went.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ ticketId: TicketId, ...Answer }),
  output: Schema.Void,
  errors: [NotFound, TakesNoPart, ContactOnly, FeedbackNotOpen],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `tickets.step:${actor.accountId}`, limit: settings.limits.ticketStepsPerAccount }]),
  unit: Effect.fnUntraced(function* ({ ticketId, ...answer }, unit) {
    const links = yield* Links.LinkRepository
    const { opened, participant } = yield* locked(unit, ticketId)
    if (participant.role !== "contact") return yield* new ContactOnly()
    yield* rated(unit, opened, answer)
    yield* links.voidOpen(feedbackLink.name, opened.ticket.id, unit.now)
  })
})

/** Every use case about how it went. */
export const useCases = UseCase.registry(feedback, rate, rateOwn)

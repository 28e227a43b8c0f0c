import { Effect, Schema } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import { ParticipantId, TicketId } from "../kernel/ids.ts"
import { NotFound } from "../kernel/refusals.ts"
import { optionalLine } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import {
  type Author,
  admit,
  begin,
  byParticipant,
  dismiss,
  enter,
  type Hand,
  keep,
  leaveAs,
  nameOf,
  subjectOf,
  type Work,
  withinBudget
} from "./conversation.ts"
import { locked } from "./reading.ts"
import { AddingNotAllowed, ContactOnly, ContactStays, TakesNoPart, TooManyParticipants } from "./refusals.ts"
import { type Participant, TicketStepNotPossible, takesPart } from "./Ticket.ts"
import { mayAdd } from "./Tickets.ts"
import * as ticketMails from "./ticketMails.ts"

/** How many can be added at once. */
const MOST_AT_ONCE = 10

/** Somebody who is to take part, as a form names them. */
export const Person = Schema.Struct({
  email: EmailAddressFromInput,
  name: Schema.optionalKey(optionalLine(200))
})

/** People who are to take part: at least one, at most ten, each once. */
export const People = Schema.Array(Person).check(
  Schema.makeFilter((people) =>
    people.length === 0
      ? "missing"
      : people.length > MOST_AT_ONCE
        ? "too-many"
        : new Set(people.map(({ email }) => email)).size < people.length
          ? "double"
          : undefined
  )
)

/** To one who took part before: that others do now, and whether they read all (TIC-07); names only where the address is proven (R-TI-03). */
export const newcomersMail = (
  { ticket }: Work,
  participant: Participant,
  by: Author,
  added: ReadonlyArray<Participant>,
  all: boolean
) => {
  const proven = participant.provenAt !== null
  return ticketMails.participantsAdded.mail({
    ...ticketMails.envelope(ticket, participant),
    values: {
      ...ticketMails.valuesOf(ticket, participant),
      count: added.length,
      people: proven ? added.map(nameOf) : null,
      by: proven ? by.name : null,
      all
    }
  })
}

/**
 * Adds people to a ticket that is being worked on, tells them, and tells all who took part before (TIC-07). Who takes part already is left as they are.
 * Answers who is new. `keep` is the caller's to call; the right to add, and how far back the new ones read, too.
 */
export const addPeople = Effect.fnUntraced(function* (
  hand: Hand,
  work: Work,
  by: Author,
  people: typeof People.Type,
  readsAfter: number
) {
  const accounts = yield* AccountRepository
  const before = work.participants.filter(takesPart)
  const added: Array<Participant> = []
  const holders = yield* accounts.findAllByEmail(people.map(({ email }) => email))
  for (const { email, name } of people) {
    const holder = holders.find((one) => one.email === email)
    const accountId = holder?.state === "active" ? holder.id : null
    const participant = yield* admit(hand, work, { email, name: name ?? "", accountId, readsAfter })
    if (participant === null) continue
    added.push(participant)
    enter(hand, work, by, "participantAdded", { participantId: participant.id, all: readsAfter === 0 })
    hand.record({
      type: "ticket.participantAdded",
      tenantId: work.ticket.tenantId ?? undefined,
      subject: subjectOf(work.ticket.id),
      data: { participantId: participant.id, all: readsAfter === 0 },
      personal: { email }
    })
  }
  if (work.participants.filter(takesPart).length > hand.settings.tickets.maxParticipants) {
    return yield* new TooManyParticipants({ max: hand.settings.tickets.maxParticipants })
  }
  if (added.length === 0 || work.ticket.spam || work.ticket.mergedInto !== null) return added
  const others = before.filter((one) => one.undeliverableAt === null && one.id !== by.participantId)
  const told = by.kind === "agent" ? [...added, ...others] : yield* withinBudget(hand, [...added, ...others])
  for (const participant of told.filter((one) => added.includes(one))) {
    hand.send(
      ticketMails.added.mail({
        ...ticketMails.envelope(work.ticket, participant),
        values: {
          ...ticketMails.valuesOf(work.ticket, participant),
          // a customer's name is their text (R-TI-03)
          by: by.kind === "agent" || participant.provenAt !== null ? by.name : null
        }
      })
    )
  }
  for (const participant of told.filter((one) => others.includes(one))) {
    hand.send(newcomersMail(work, participant, by, added, readsAfter === 0))
  }
  return added
})

const OfTicket = { ticketId: TicketId }

/**
 * Adds people to a ticket that the caller takes part in. They read what is written from now on; with `history: "all"` also what was written before, but never
 * more of it than the caller may read as one who takes part (TIC-07, R-TI-06). The answer says nothing of who has an account.
 */
export const addParticipants = UseCase.command({
  name: "tickets.addParticipants",
  summary: "Adds people to a ticket; all who take part are told.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({
    ...OfTicket,
    people: People,
    /** Whether they read what was written before; they do not where it is not given. */
    history: Schema.optionalKey(Schema.Literals(["none", "all"]))
  }),
  output: Schema.Struct({ added: Schema.Int }),
  errors: [NotFound, TakesNoPart, AddingNotAllowed, TooManyParticipants, TicketStepNotPossible],
  limits: ({ people }, { actor, settings }) =>
    Effect.succeed([
      {
        key: `tickets.add:${actor.accountId}`,
        limit: settings.limits.ticketParticipantsPerAccount,
        amount: people.length
      }
    ]),
  unit: Effect.fnUntraced(function* (input, unit) {
    const { opened, participant } = yield* locked(unit, input.ticketId)
    if (!mayAdd(unit.settings, participant)) return yield* new AddingNotAllowed()
    const { lastMessage, state } = opened.ticket
    if (state === "Closed") return yield* new TicketStepNotPossible({ state })
    const work = begin(opened)
    const author = byParticipant(participant)
    // nobody hands on more than they have themselves
    const readsAfter = input.history === "all" ? participant.readsAfter : lastMessage
    const added = yield* addPeople(unit, work, author, input.people, readsAfter)
    if (added.length > 0) yield* keep(unit, work, author)
    return { added: added.length }
  })
})

/** The contact removes somebody: at once, for portal and mail (TIC-07). */
export const removeParticipant = UseCase.command({
  name: "tickets.removeParticipant",
  summary: "Removes somebody from the caller's ticket, at once.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ ...OfTicket, participantId: ParticipantId }),
  output: Schema.Void,
  errors: [NotFound, TakesNoPart, ContactOnly, ContactStays],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `tickets.step:${actor.accountId}`, limit: settings.limits.ticketStepsPerAccount }]),
  unit: Effect.fnUntraced(function* (input, unit) {
    const { opened, participant } = yield* locked(unit, input.ticketId)
    if (participant.role !== "contact") return yield* new ContactOnly()
    const whom = opened.participants.find(({ id }) => id === input.participantId)
    if (whom === undefined || !takesPart(whom)) return yield* new NotFound({ kind: "participant" })
    if (whom.role === "contact") return yield* new ContactStays()
    const work = begin(opened)
    const author = byParticipant(participant)
    dismiss(unit, work, whom, author)
    yield* keep(unit, work, author)
  })
})

/** The caller leaves a ticket; whose ticket it is stays, and can close it (TIC-07). */
export const leave = UseCase.command({
  name: "tickets.leave",
  summary: "Ends the caller's part in a ticket.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct(OfTicket),
  output: Schema.Void,
  errors: [NotFound, TakesNoPart, ContactStays],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `tickets.step:${actor.accountId}`, limit: settings.limits.ticketStepsPerAccount }]),
  unit: Effect.fnUntraced(function* (input, unit) {
    yield* leaveAs(unit, yield* locked(unit, input.ticketId))
  })
})

/** Every use case about who takes part. */
export const useCases = UseCase.registry(addParticipants, removeParticipant, leave)

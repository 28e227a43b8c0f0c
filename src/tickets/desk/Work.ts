import { Effect, Option, Schema } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { EmailAddressFromInput } from "../../kernel/EmailAddress.ts"
import { AccountId, type FileId, ParticipantId, TenantId, TicketId } from "../../kernel/ids.ts"
import { Refusal } from "../../kernel/Refusal.ts"
import { NotFound } from "../../kernel/refusals.ts"
import { block, Locale, line, optionalLine } from "../../kernel/Text.ts"
import * as UseCase from "../../kernel/UseCase.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import {
  acknowledge,
  begin,
  beginNew,
  contactOf,
  dismiss,
  enter,
  keep,
  openedOf,
  say,
  subjectOf,
  system
} from "../conversation.ts"
import { attach, attachErrors, attachments } from "../Files.ts"
import { addPeople, People } from "../Participants.ts"
import { ContactStays, TooManyParticipants } from "../refusals.ts"
import { ClockName, reviewed } from "../ServiceLevel.ts"
import { type Message, Priority, TicketStepNotPossible, takesPart } from "../Ticket.ts"
import { TicketRepository } from "../TicketRepository.ts"
import { wordsOf } from "../TicketSearch.ts"
import { AfterReply, Category, FieldValues, Tags } from "./DeskItem.ts"
import * as steps from "./steps.ts"
import { TicketMerged, TicketTaken, TooManyTags, type Working } from "./steps.ts"
import { FieldNotPossible } from "./TicketFields.ts"
import { afterOf, TicketAfter } from "./views.ts"

const OfTicket = { ticketId: TicketId }
const errors = [NotFound, TicketMerged, TicketStepNotPossible] as const

/** What a person of staff writes; at most so long that a mail holds it. */
export const StaffText = block(20_000).check(Schema.makeFilter((text) => (text === "" ? "missing" : undefined)))

/** Files of the caller's own, which were uploaded before. */
const { files } = attachments

const kept = ({ author, hand, work }: Working) => Effect.map(keep(hand, work, author), afterOf)

/** Does something with the ticket for the caller, and keeps it. */
const worked = <A, E, R>(
  useCase: string,
  unit: UseCase.Unit<"Staff">,
  ticketId: TicketId,
  does: (working: Working) => Effect.Effect<A, E, R>
) => Effect.flatMap(steps.working(useCase, unit, ticketId), (working) => Effect.andThen(does(working), kept(working)))

/** The same with something that is said, on which its files are hung when it is stored. */
const said = Effect.fnUntraced(function* <E, R>(
  useCase: string,
  unit: UseCase.Unit<"Staff">,
  input: { readonly ticketId: TicketId; readonly text: string; readonly files?: ReadonlyArray<FileId> },
  says: (working: Working, words: { readonly text: string; readonly files: number }) => Effect.Effect<Message, E, R>
) {
  const { files, text, ticketId } = input
  const working = yield* steps.working(useCase, unit, ticketId)
  const { id: messageId, seq, visibility } = yield* says(working, { text, files: new Set(files).size })
  const after = yield* kept(working)
  if (files !== undefined) yield* attach(unit, { files }, { messageId, ticketId, seq, visibility })
  return after
})

/** A use case that takes nothing but the ticket. */
const stepOf = <const Name extends string>(
  name: Name,
  summary: string,
  does: (working: Working) => Effect.Effect<void, TicketStepNotPossible>
) =>
  UseCase.command({
    name,
    summary,
    actors: ["Staff"],
    requires: "staff",
    input: Schema.Struct(OfTicket),
    output: TicketAfter,
    errors,
    unit: ({ ticketId }, unit) => worked(name, unit, ticketId, does)
  })

/** The caller works on the ticket from now on. Who has it already keeps it, unless the caller takes it over in so many words. */
export const take = UseCase.command({
  name: "desk.take",
  summary: "Takes a ticket; from a colleague only if the caller says so.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, over: Schema.optionalKey(Schema.Boolean) }),
  output: TicketAfter,
  errors: [...errors, TicketTaken],
  unit: ({ over, ticketId }, unit) =>
    worked("desk.take", unit, ticketId, (working) => steps.take(working, over ?? false))
})

/** Gives the ticket to somebody of staff. */
export const assign = UseCase.command({
  name: "desk.assign",
  summary: "Gives a ticket to somebody of staff.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, accountId: AccountId }),
  output: TicketAfter,
  errors,
  unit: Effect.fnUntraced(function* (input, unit) {
    const to = yield* steps.colleague(unit, input.accountId)
    return yield* worked("desk.assign", unit, input.ticketId, (working) => steps.assign(working, to))
  })
})

/** Gives the ticket to nobody: it keeps its state, and waits in the queue for who has time. */
export const giveBack = stepOf("desk.giveBack", "Gives a ticket back, so that nobody has it.", steps.giveBack)

/** An answer to all who take part, by mail and in the portal; the ticket then waits, stays open, or is resolved, as the agent chooses. */
export const reply = UseCase.command({
  name: "desk.reply",
  summary: "Answers a ticket; it waits for the customer then, stays open, or is resolved.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, text: StaffText, to: Schema.optionalKey(AfterReply), files }),
  output: TicketAfter,
  errors: [...errors, ...attachErrors],
  unit: (input, unit) => said("desk.reply", unit, input, (working, words) => steps.answer(working, words, input.to))
})

/** What only staff ever read (TIC-11); nothing else of the ticket changes. */
export const note = UseCase.command({
  name: "desk.note",
  summary: "Adds a note to a ticket that only staff read.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, text: StaffText, files }),
  output: TicketAfter,
  errors: [...errors, ...attachErrors],
  unit: (input, unit) => said("desk.note", unit, input, steps.jot)
})

/** Puts a ticket on hold: nobody waits for the customer, and no clock runs. */
export const hold = stepOf(
  "desk.hold",
  "Puts a ticket on hold: nobody waits for the customer, and no clock runs.",
  (working) => steps.stepped(working, "hold")
)
/** Takes a ticket off hold. */
export const unhold = stepOf("desk.unhold", "Takes a ticket off hold.", (working) => steps.stepped(working, "unhold"))
/** Says that a ticket is resolved; the customer can reopen it. */
export const resolve = stepOf(
  "desk.resolve",
  "Says that a ticket is resolved; the customer can reopen it.",
  (working) => steps.stepped(working, "resolve")
)
/** Opens a resolved ticket again. */
export const reopen = stepOf("desk.reopen", "Opens a resolved ticket again.", (working) =>
  steps.stepped(working, "reopen")
)

/** Changes what staff know of a ticket: what is given is changed, and the rest stays as it is. */
export const change = UseCase.command({
  name: "desk.change",
  summary: "Changes priority, category, tags and the application's fields of a ticket.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    ...OfTicket,
    priority: Schema.optionalKey(Priority),
    category: Schema.optionalKey(Schema.NullOr(Category)),
    /** All of them. */
    tags: Schema.optionalKey(Tags),
    /** Those that change; null takes one away. */
    fields: Schema.optionalKey(FieldValues)
  }),
  output: TicketAfter,
  errors: [...errors, TooManyTags, FieldNotPossible],
  unit: ({ category, fields, priority, tags, ticketId }, unit) =>
    worked(
      "desk.change",
      unit,
      ticketId,
      Effect.fnUntraced(function* (working) {
        if (priority !== undefined) steps.prioritise(working, priority)
        if (category !== undefined) steps.categorise(working, category)
        if (tags !== undefined) yield* steps.tag(working, tags)
        if (fields !== undefined) yield* steps.fill(working, fields)
      })
    )
})

/** Says to which tenant the ticket belongs, or to none: its members with the permission "tenant tickets" read it from then on (TIC-08). */
export const assignTenant = UseCase.command({
  name: "desk.assignTenant",
  summary: "Says to which customer area a ticket belongs.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, tenantId: Schema.NullOr(TenantId) }),
  output: TicketAfter,
  errors,
  unit: Effect.fnUntraced(function* ({ tenantId, ticketId }, unit) {
    const tenants = yield* TenantRepository
    // its row is locked first, as by everybody
    const tenant = tenantId === null ? undefined : Option.getOrUndefined(yield* tenants.findForUpdate(tenantId))
    const working = yield* steps.working("desk.assignTenant", unit, ticketId)
    if (tenantId !== null && (tenant === undefined || tenant.state === "closed")) {
      return yield* new NotFound({ kind: "tenant" })
    }
    const { author, hand, work } = working
    const from = work.ticket.tenantId
    if (from === tenantId) return afterOf(work.ticket)
    work.ticket = { ...work.ticket, tenantId }
    enter(hand, work, author, "tenant", { from, to: tenantId }, "internal")
    // in the log of both: the one has lost what the other one has got
    for (const one of [from, tenantId]) {
      if (one === null) continue
      const subject = subjectOf(work.ticket.id)
      hand.record({ type: "ticket.tenantAssigned", tenantId: one, subject, data: { here: one === tenantId } })
    }
    return yield* kept(working)
  })
})

/** Adds people to a ticket; they read what is written from then on, or everything, and all who take part are told (TIC-07). */
export const addParticipants = UseCase.command({
  name: "desk.addParticipants",
  summary: "Adds people to a ticket.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, people: People, history: Schema.optionalKey(Schema.Literals(["none", "all"])) }),
  output: Schema.Struct({ added: Schema.Int }),
  errors: [...errors, TooManyParticipants],
  unit: Effect.fnUntraced(function* ({ history, people, ticketId }, unit) {
    const working = yield* steps.working("desk.addParticipants", unit, ticketId)
    const { author, work } = working
    const added = yield* addPeople(unit, work, author, people, history === "all" ? 0 : work.ticket.lastMessage)
    if (added.length > 0) yield* kept(working)
    return { added: added.length }
  })
})

/** Ends somebody's part in a ticket at once (TIC-07). */
export const removeParticipant = UseCase.command({
  name: "desk.removeParticipant",
  summary: "Removes somebody from a ticket.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, participantId: ParticipantId }),
  output: TicketAfter,
  errors: [...errors, ContactStays],
  unit: Effect.fnUntraced(function* ({ participantId, ticketId }, unit) {
    const working = yield* steps.working("desk.removeParticipant", unit, ticketId)
    const { author, work } = working
    const participant = work.participants.find(({ id }) => id === participantId)
    if (participant === undefined || !takesPart(participant)) return yield* new NotFound({ kind: "participant" })
    if (participant.role === "contact") return yield* new ContactStays()
    dismiss(unit, work, participant, author)
    return yield* kept(working)
  })
})

/** A ticket for somebody who has called, or written elsewhere: theirs from the start, and they are told its number by mail. */
export const submitFor = UseCase.command({
  name: "desk.submitFor",
  summary: "Opens a ticket for somebody.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    email: EmailAddressFromInput,
    name: line(200),
    companyName: Schema.optionalKey(optionalLine(200)),
    subject: line(200),
    text: StaffText,
    category: Schema.optionalKey(Category),
    priority: Schema.optionalKey(Priority),
    tenantId: Schema.optionalKey(TenantId),
    locale: Schema.optionalKey(Locale)
  }),
  output: TicketAfter,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const accounts = yield* AccountRepository
    if (input.tenantId !== undefined) {
      const tenant = Option.getOrUndefined(yield* tenants.findForUpdate(input.tenantId))
      if (tenant === undefined || tenant.state === "closed") return yield* new NotFound({ kind: "tenant" })
    }
    const author = yield* steps.agentOf("desk.submitFor", unit)
    const holder = Option.getOrUndefined(yield* accounts.findByEmail(input.email))?.account
    const work = yield* beginNew(unit, {
      contact: { email: input.email, name: input.name, accountId: holder?.state === "active" ? holder.id : null },
      companyName: input.companyName ?? "",
      subject: input.subject,
      category: input.category ?? null,
      priority: input.priority,
      tenantId: input.tenantId ?? null,
      locale: input.locale ?? holder?.locale ?? "de",
      channel: "staff"
    })
    // whoever the contact is, it is staff who say whose ticket it is (TIC-08)
    if (input.tenantId !== undefined)
      enter(unit, work, author, "tenant", { from: null, to: input.tenantId }, "internal")
    // staff's words for what somebody has said: public, for it is their ticket, and sent to nobody, for they have said it
    const message = yield* say(unit, work, author, { text: input.text, channel: "staff" })
    work.messages.splice(work.messages.indexOf(message), 1)
    // nobody has answered yet
    work.wrote = "customer"
    const tickets = yield* TicketRepository
    const after = yield* kept({ hand: unit, work, author, by: "agent" })
    yield* tickets.appendMessages([message])
    const words = [{ seq: message.seq, internal: false, words: wordsOf(message.text) }]
    yield* tickets.index(after.id, words)
    acknowledge(unit, work, contactOf(openedOf(work)).id)
    return after
  })
})

/** Silences a ticket: no mail goes out, and those who take part do not see it any more (TIC-09). */
export const markSpam = stepOf("desk.markSpam", "Marks a ticket as spam, which silences it.", (working) =>
  steps.spam(working, true)
)

/** Takes that back; supervisors do. */
export const unmarkSpam = stepOf("desk.unmarkSpam", "Says that a ticket is no spam after all.", (working) =>
  steps.spam(working, false)
)

/** A ticket is below another one already, or has others below it: there is one level. */
export class LinkNotPossible extends Refusal<LinkNotPossible>()(
  "LinkNotPossible",
  {},
  {
    category: "conflict",
    de: "Ein Ticket kann nicht unter sich selbst, unter einem untergeordneten Ticket oder mit eigenen untergeordneten Tickets unter einem anderen stehen.",
    en: "A ticket cannot be below itself, below one that is below another, or below another while it has tickets of its own below it."
  }
) {}

/** Puts a ticket below another one, or takes it out again; only staff know of it (TIC-10). */
export const setParent = UseCase.command({
  name: "desk.setParent",
  summary: "Puts a ticket below another one, for staff to keep together what belongs together.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTicket, parentId: Schema.NullOr(TicketId) }),
  output: TicketAfter,
  errors: [...errors, LinkNotPossible],
  unit: Effect.fnUntraced(function* ({ parentId, ticketId }, unit) {
    const tickets = yield* TicketRepository
    const author = yield* steps.agentOf("desk.setParent", unit)
    if (parentId === ticketId) return yield* new LinkNotPossible()
    // both rows: two tickets cannot be put below each other at the same time
    const locked = yield* tickets.openAllForUpdate(parentId === null ? [ticketId] : [ticketId, parentId])
    const work = yield* steps.workable(locked.find(({ ticket }) => ticket.id === ticketId))
    const from = work.ticket.parentId
    if (from === parentId) return afterOf(work.ticket)
    if (parentId !== null) {
      const { ticket: parent } = yield* steps.workable(locked.find(({ ticket }) => ticket.id === parentId))
      const children = (yield* tickets.related(ticketId)).filter((other) => other.parentId === ticketId)
      if (parent.parentId !== null || children.length > 0) return yield* new LinkNotPossible()
    }
    work.ticket = { ...work.ticket, parentId }
    enter(unit, work, author, "parent", { from, to: parentId }, "internal")
    unit.record({ type: "ticket.parentSet", subject: subjectOf(ticketId), data: { from, to: parentId } })
    return afterOf(yield* keep(unit, work, author))
  })
})

/**
 * Records which clocks of a ticket have warned or run out: each once, whoever looks at it how often (TIC-12). A job calls it for every ticket whose time
 * has come.
 */
export const reviewClocks = UseCase.command({
  name: "desk.reviewClocks",
  summary: "Records warnings and breaches of a ticket's service levels.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct(OfTicket),
  output: Schema.Array(
    Schema.Struct({ clock: ClockName, what: Schema.Literals(["warned", "breached"]), at: Schema.Int })
  ),
  errors: [],
  unit: Effect.fnUntraced(function* ({ ticketId }, unit) {
    const tickets = yield* TicketRepository
    const opened = Option.getOrUndefined(yield* tickets.openForUpdate(ticketId))
    if (opened === undefined) return []
    const { happened, ticket } = reviewed(opened.ticket, unit.now)
    if (happened.length === 0) return []
    const work = begin({ ...opened, ticket })
    for (const { at, clock, what } of happened) {
      const name = what === "warned" ? "clockWarned" : "clockBreached"
      // staff see it in the history; customers do not
      enter(unit, work, system, name, { clock, at }, "internal")
      unit.record({
        type: `ticket.${name}`,
        subject: subjectOf(ticketId),
        data: { clock, at, assigneeId: ticket.assigneeId }
      })
    }
    // nobody has done anything: the ticket stays where it is in the queue
    const { staffActivityAt } = opened.ticket
    yield* tickets.save({ ...work.ticket, staffActivityAt })
    yield* tickets.appendChanges(work.changes)
    return happened
  })
})

export const useCases = UseCase.registry(
  take,
  assign,
  giveBack,
  reply,
  note,
  hold,
  unhold,
  resolve,
  reopen,
  change,
  assignTenant,
  addParticipants,
  removeParticipant,
  submitFor,
  markSpam,
  unmarkSpam,
  setParent,
  reviewClocks
)

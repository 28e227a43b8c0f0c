import { Effect, Option, Result, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import { normalForm } from "../kernel/CustomerNumber.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import * as Instant from "../kernel/Instant.ts"
import {
  type AccountId,
  MessageId,
  nextId,
  nextNumber,
  ParticipantId,
  type ShortNumber,
  type TenantId,
  TicketId
} from "../kernel/ids.ts"
import { draw, Limits, personalKey, type Rule, sourceKey, toRow } from "../kernel/Limits.ts"
import { Sealer } from "../kernel/Sealer.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Locale } from "../kernel/Text.ts"
import type * as UseCase from "../kernel/UseCase.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { ContactStays } from "./refusals.ts"
import { ofPlan, withClocks } from "./ServiceLevel.ts"
import {
  type AuthorKind,
  type Change,
  type Channel,
  type Message,
  mayRead,
  type Participant,
  type Priority,
  type Step,
  stateAfter,
  type Ticket,
  type TicketState,
  TicketStepNotPossible,
  takesPart,
  type Visibility
} from "./Ticket.ts"
import { type Opened, TicketRepository } from "./TicketRepository.ts"
import { wordsOf } from "./TicketSearch.ts"
import * as ticketMails from "./ticketMails.ts"

/** The field by which a list of messages is asked for from its end: whoever opens a long conversation wants to read what was said last. */
export const ConversationOrder = { newestFirst: Schema.optionalKey(Schema.Boolean) }

/** What a conversation needs of the unit of work that it goes on in. */
export type Hand = Pick<UseCase.Unit<Actor.Kind>, "now" | "settings" | "record" | "send">

/** Somebody who does something in a ticket, as messages and the history name them. */
export interface Author {
  readonly kind: AuthorKind
  readonly accountId: AccountId | null
  readonly participantId: ParticipantId | null
  readonly name: string
}

/** What happens by itself. */
export const system: Author = { kind: "system", accountId: null, participantId: null, name: "" }

/** What somebody is called who has given no name. */
export const nameOf = (participant: Pick<Participant, "name" | "email">): string =>
  participant.name === "" ? participant.email : participant.name

/** A participant as the one who does something; as what, follows from their row and from nothing that they say. */
export const byParticipant = (participant: Participant): Author => ({
  kind: participant.role,
  accountId: participant.accountId,
  participantId: participant.id,
  name: nameOf(participant)
})

export const subjectOf = (id: TicketId) => ({ kind: "ticket", id })

/**
 * A ticket that is being worked on in one unit: what is to be written is gathered, and `keep` writes it. It lives as long as one attempt of the unit and
 * is shared with nobody, so it may change.
 */
export interface Work {
  readonly isNew: boolean
  readonly before: Ticket
  ticket: Ticket
  participants: ReadonlyArray<Participant>
  readonly added: Set<ParticipantId>
  readonly saved: Set<ParticipantId>
  readonly messages: Array<Message>
  readonly changes: Array<Change>
  wrote: "staff" | "customer" | null
}

/** Begins to work on a ticket whose row is locked. */
export const begin = ({ participants, ticket }: Opened): Work => ({
  isNew: false,
  before: ticket,
  ticket,
  participants,
  added: new Set(),
  saved: new Set(),
  messages: [],
  changes: [],
  wrote: null
})

/** The ticket and its participants as they are by now. */
export const openedOf = ({ participants, ticket }: Work): Opened => ({ participants, ticket })

/** When the next thing happens by time, if anything does; nothing is asked or ended of a ticket that another one goes on in the place of. */
const dueAt = (settings: Settings, ticket: Ticket): Instant.Instant | null => {
  if (ticket.mergedInto !== null || ticket.spam) return null
  const { closeAfter, giveUpAfter, remindAfter } = settings.tickets
  switch (ticket.state) {
    case "Waiting": {
      const end = Instant.plus(ticket.stateSince, giveUpAfter)
      return ticket.remindedAt === null ? Instant.earliest(end, Instant.plus(ticket.stateSince, remindAfter)) : end
    }
    case "Resolved":
      return Instant.plus(ticket.stateSince, closeAfter)
    default:
      return null
  }
}

/** The ticket in a state that it comes into now, with what happens next by time. */
const inState = (settings: Settings, ticket: Ticket, state: TicketState, now: Instant.Instant): Ticket => {
  const next = { ...ticket, state, stateSince: now, remindedAt: null }
  return { ...next, dueAt: dueAt(settings, next) }
}

/**
 * When something happens in a ticket: after all that has happened in it before, whatever the clocks of several nodes say, and however long its row was
 * waited for. So lists in the order of time never get anything before what they have shown already (TIC-16).
 */
const instantIn = ({ now }: Pick<Hand, "now">, { before, isNew }: Work): Instant.Instant =>
  isNew ? now : Instant.latest(now, Instant.plus(before.staffActivityAt, 1))

/** Adds a line to the history. */
export const enter = (
  hand: Pick<Hand, "now">,
  work: Work,
  by: Author,
  what: string,
  data: { readonly [key: string]: Json } = {},
  visibility: Visibility = "public"
): void => {
  const seq = work.ticket.lastChange + 1
  const at = instantIn(hand, work)
  work.changes.push({
    ticketId: work.ticket.id,
    seq,
    visibility,
    what,
    data,
    by: by.kind,
    accountId: by.accountId,
    byName: by.name,
    at
  })
  work.ticket = touched({ ...work.ticket, lastChange: seq }, visibility, at)
}

const touched = (ticket: Ticket, visibility: Visibility, at: Instant.Instant): Ticket => ({
  ...ticket,
  activityAt: visibility === "public" ? Instant.latest(ticket.activityAt, at) : ticket.activityAt,
  staffActivityAt: Instant.latest(ticket.staffActivityAt, at)
})

/** Takes a step of the table of states, or refuses it (TIC-09). A step that changes the state stands in the history and is an event. */
export const step = (
  hand: Pick<Hand, "now" | "settings" | "record">,
  work: Work,
  by: Author,
  step: Step
): Result.Result<void, TicketStepNotPossible> =>
  Result.map(stateAfter(work.ticket.state, step), (state) => {
    const from = work.ticket.state
    // an answer of staff begins the waiting anew, though the ticket waits already
    if (state === from && step.event !== "reply") return
    work.ticket = inState(hand.settings, work.ticket, state, hand.now)
    if (state === from) return
    enter(hand, work, by, "state", { from, to: state, event: step.event })
    hand.record({
      type: "ticket.stateChanged",
      tenantId: work.ticket.tenantId ?? undefined,
      subject: subjectOf(work.ticket.id),
      data: { from, to: state, event: step.event, by: step.by, channel: step.channel }
    })
  })

/** What somebody writes. */
export interface Words {
  readonly text: string
  /** Sanitised already (MIN-07). */
  readonly html?: string | null | undefined
  readonly folded?: string | null | undefined
  readonly channel: Channel
  readonly visibility?: Visibility | undefined
  readonly mailMessageId?: string | null | undefined
  /** How many files belong to it; they are attached to the message by its id. */
  readonly files?: number | undefined
}

/** Adds a message; who may read it, and gets it by mail, follows from its number and visibility (V-30). */
export const say = Effect.fnUntraced(function* (
  hand: Pick<Hand, "now" | "record">,
  work: Work,
  by: Author,
  words: Words
) {
  const visibility = words.visibility ?? "public"
  const seq = work.ticket.lastMessage + 1
  const at = instantIn(hand, work)
  const message: Message = {
    ticketId: work.ticket.id,
    seq,
    id: yield* nextId(MessageId),
    visibility,
    author: by.kind,
    accountId: by.accountId,
    participantId: by.participantId,
    authorName: by.name,
    channel: words.channel,
    text: words.text,
    html: words.html ?? null,
    folded: words.folded ?? null,
    mailMessageId: words.mailMessageId ?? null,
    files: words.files ?? 0,
    createdAt: at
  }
  work.messages.push(message)
  work.ticket = touched({ ...work.ticket, lastMessage: seq }, visibility, at)
  if (visibility === "public" && by.kind !== "system") work.wrote = by.kind === "agent" ? "staff" : "customer"
  hand.record({
    type: visibility === "internal" ? "ticket.noted" : "ticket.messageAdded",
    // what is internal is no matter of the tenant's own log (TIC-11)
    tenantId: visibility === "internal" ? undefined : (work.ticket.tenantId ?? undefined),
    subject: subjectOf(work.ticket.id),
    data: { messageId: message.id, by: by.kind, channel: words.channel }
  })
  return message
})

/** Replaces a participant's row. */
export const change = (work: Work, participant: Participant): void => {
  work.participants = work.participants.map((one) => (one.id === participant.id ? participant : one))
  if (!work.added.has(participant.id)) work.saved.add(participant.id)
}

/** Somebody who is to take part. */
export interface Newcomer {
  readonly email: EmailAddress
  readonly name: string
  /** The account by which the address is proven, where there is one. */
  readonly accountId: AccountId | null
  /** Null reads nothing that was written before (R-TI-06). */
  readonly readsAfter: number
}

/** The key that reply addresses are made with now. */
export const currentKey = Effect.flatMap(Sealer, (sealer) =>
  Effect.map(Effect.orDie(sealer.mac("reply-address", "")), ({ keyId }) => keyId)
)

/**
 * Adds somebody, or takes somebody in again who was removed: under the same row, with reply addresses that were never given out before. Who takes part
 * already stays as they are, and nothing is answered.
 */
export const admit = Effect.fnUntraced(function* (hand: Pick<Hand, "now">, work: Work, newcomer: Newcomer) {
  const { accountId, email, name, readsAfter } = newcomer
  const known = work.participants.find((one) => one.email === email)
  if (known !== undefined && takesPart(known)) return null
  const tokenKeyId = yield* currentKey
  const at = instantIn(hand, work)
  if (known !== undefined) {
    const again: Participant = {
      ...known,
      name: name === "" ? known.name : name,
      // an account that has held the address once gets nothing back by it (TIC-06)
      accountId,
      provenAt: known.provenAt ?? (accountId === null ? null : at),
      writes: true,
      readsAfter,
      addedAt: at,
      removedAt: null,
      tokenVersion: known.tokenVersion + 1,
      tokenKeyId,
      undeliverableAt: null
    }
    change(work, again)
    return again
  }
  const participant: Participant = {
    ticketId: work.ticket.id,
    id: yield* nextId(ParticipantId),
    seq: Math.max(0, ...work.participants.map(({ seq }) => seq)) + 1,
    role: "participant",
    email,
    name,
    accountId,
    provenAt: accountId === null ? null : at,
    writes: true,
    readsAfter,
    addedAt: at,
    removedAt: null,
    tokenVersion: 1,
    tokenKeyId,
    undeliverableAt: null
  }
  work.participants = [...work.participants, participant]
  work.added.add(participant.id)
  return participant
})

/** Ends somebody's part at once: nothing is read or written any more, and every reply address that they were given is dead (TIC-07). */
export const dismiss = (hand: Pick<Hand, "now" | "record">, work: Work, participant: Participant, by: Author): void => {
  change(work, { ...participant, removedAt: hand.now, tokenVersion: participant.tokenVersion + 1 })
  const left = by.participantId === participant.id
  enter(hand, work, by, left ? "participantLeft" : "participantRemoved", { participantId: participant.id })
  hand.record({
    type: left ? "ticket.participantLeft" : "ticket.participantRemoved",
    tenantId: work.ticket.tenantId ?? undefined,
    subject: subjectOf(work.ticket.id),
    data: { participantId: participant.id },
    personal: { email: participant.email }
  })
}

/**
 * Says that a participant has shown to hold the address: by an answer to the reply address that only this mailbox was told. Does nothing where that is
 * known already. It opens nothing in the portal: that takes an account, and a claim (TIC-06).
 */
const prove = (hand: Pick<Hand, "now">, work: Work, participantId: ParticipantId): void => {
  const participant = work.participants.find(({ id }) => id === participantId)
  if (participant === undefined) return
  const { provenAt, undeliverableAt } = participant
  if (provenAt !== null && undeliverableAt === null) return
  change(work, { ...participant, provenAt: provenAt ?? hand.now, undeliverableAt: null })
}

// ---- what is written at the end --------------------------------------------------------------------------------------------------------

/** What is told to nobody because it concerns them all alike: spam is silent, and a merged ticket goes on elsewhere. */
export const isSilent = (ticket: Ticket): boolean => ticket.spam || ticket.mergedInto !== null

/** Whoever takes part now and can be reached. */
const reachable = (work: Work): ReadonlyArray<Participant> =>
  work.participants.filter((participant) => takesPart(participant) && participant.undeliverableAt === null)

/**
 * Those of them who may get a mail now that customers are the cause of: all whose address is proven, and of the others as many as the address's budget lets
 * through, over all tickets. So nobody can have strangers written to without an end; what the mail would have told stays in the ticket (R-TI-03).
 */
export const withinBudget = Effect.fnUntraced(function* (
  { now, settings }: Pick<Hand, "now" | "settings">,
  participants: ReadonlyArray<Participant>
) {
  const limits = yield* Limits
  const limit = settings.limits.ticketNoticesPerAddress
  const keys = new Map<ParticipantId, string>()
  for (const { email, id, provenAt } of participants) {
    if (provenAt === null) keys.set(id, yield* personalKey("tickets.notices", email))
  }
  if (keys.size === 0) return participants
  const refused =
    limit.max < 1
      ? new Set(keys.values())
      : yield* limits.takeEach(
          [...keys.values()].map((key) => toRow({ key, limit })),
          now
        )
  return participants.filter(({ id }) => {
    const key = keys.get(id)
    return key === undefined || !refused.has(key)
  })
})

/** A message, to all who may read it but its author: to each only what they may read, and customers' words only to addresses that are proven. */
const sendMessage = Effect.fnUntraced(function* (
  hand: Pick<Hand, "now" | "settings" | "send">,
  work: Work,
  message: Message
) {
  const readers = reachable(work).filter(
    (participant) => participant.id !== message.participantId && mayRead({ _tag: "Participant", participant }, message)
  )
  const byStaff = message.author === "agent" || message.author === "system"
  for (const participant of byStaff ? readers : yield* withinBudget(hand, readers)) {
    // R-TI-03: staff's words go to the contact's address in any case; customers' only where somebody has shown to hold it
    const told = byStaff || participant.provenAt !== null
    hand.send(
      ticketMails.message.mail({
        ...ticketMails.envelope(work.ticket, participant),
        values: {
          ...ticketMails.valuesOf(work.ticket, participant),
          seq: message.seq,
          messageId: message.id,
          author: told ? message.authorName : null,
          text: told ? message.text : null,
          files: message.files,
          resolved: work.ticket.state === "Resolved"
        }
      })
    )
  }
})

const sendResolved = (hand: Pick<Hand, "send" | "settings">, work: Work, by: Author | undefined): void => {
  for (const participant of reachable(work)) {
    if (participant.role !== "contact" || participant.id === by?.participantId) continue
    hand.send(
      ticketMails.resolved.mail({
        ...ticketMails.envelope(work.ticket, participant),
        values: {
          ...ticketMails.valuesOf(work.ticket, participant),
          byTime: by?.kind === "system",
          closesAt: Instant.plus(work.ticket.stateSince, hand.settings.tickets.closeAfter)
        }
      })
    )
  }
}

/**
 * Writes what was gathered, in one statement for each kind of row, and sends what is told of it: each public message to all who may read it but its
 * author, and that the ticket is resolved, where nobody has said so in words. Answers the ticket as it is stored.
 */
export const keep = Effect.fnUntraced(function* (hand: Hand, work: Work, by?: Author) {
  const tickets = yield* TicketRepository
  const { settings, now } = hand
  const due = { ...work.ticket, dueAt: dueAt(settings, work.ticket) }
  const ticket = withClocks(settings, due, work.wrote, now)
  if (work.isNew) yield* tickets.insert(ticket)
  else yield* tickets.save(ticket)
  const rows = (ids: ReadonlySet<ParticipantId>) => work.participants.filter(({ id }) => ids.has(id))
  if (work.added.size > 0) yield* tickets.addParticipants(rows(work.added))
  if (work.saved.size > 0) yield* tickets.saveParticipants(rows(work.saved))
  if (work.messages.length > 0) yield* tickets.appendMessages(work.messages)
  if (work.changes.length > 0) yield* tickets.appendChanges(work.changes)

  const renamed = !work.isNew && ticket.subject !== work.before.subject
  if (renamed) yield* tickets.unindexSubject(ticket.id)
  const words = [
    ...(work.isNew || renamed ? [{ seq: 0, internal: false, words: wordsOf(ticket.subject) }] : []),
    // what is folded away is not searched: it quotes what some readers of the message may not read
    ...work.messages.map(({ seq, text, visibility }) => ({
      seq,
      internal: visibility === "internal",
      words: wordsOf(text)
    }))
  ]
  if (words.length > 0) yield* tickets.index(ticket.id, words)

  work.ticket = work.isNew ? ticket : { ...ticket, version: ticket.version + 1 }
  if (!isSilent(ticket)) {
    const told = work.messages.filter(({ author, visibility }) => visibility === "public" && author !== "system")
    for (const message of told) yield* sendMessage(hand, work, message)
    const becameResolved = ticket.state === "Resolved" && work.before.state !== "Resolved"
    if (becameResolved && !told.some(({ author }) => author === "agent")) sendResolved(hand, work, by)
  }
  return work.ticket
})

// ---- whole moves -----------------------------------------------------------------------------------------------------------------------

/** What staff write: an answer, with the state that they choose, or a note among themselves. */
export interface StaffWords extends Omit<Words, "channel"> {
  readonly opened: Opened
  readonly by: "agent" | "supervisor"
  readonly agent: { readonly accountId: AccountId; readonly name: string }
  readonly visibility: Visibility
  readonly to?: TicketState | undefined
}

/**
 * What staff write in a ticket whose row is locked. `opened.ticket` may hold changes that are not stored yet: they are stored with it. Answers the
 * ticket as it is stored.
 */
export const writeAsStaff = Effect.fnUntraced(function* (hand: Hand, { agent, by, opened, to, ...words }: StaffWords) {
  const work = begin(opened)
  const author: Author = { kind: "agent", accountId: agent.accountId, participantId: null, name: agent.name }
  if (words.visibility === "public") {
    yield* Effect.fromResult(step(hand, work, author, { event: "reply", by, channel: "staff", to }))
  }
  const message = yield* say(hand, work, author, { ...words, channel: "staff" })
  const ticket = yield* keep(hand, work, author)
  return { ticket, message, opened: openedOf(work) }
})

/** A new ticket, by form, by mail, or by an agent for somebody. */
export interface Submission {
  readonly contact: { readonly email: EmailAddress; readonly name: string; readonly accountId: AccountId | null }
  readonly companyName: string
  readonly subject: string
  readonly customerNumber?: string | null | undefined
  readonly category?: string | null | undefined
  readonly wishedPriority?: Priority | null | undefined
  readonly priority?: Priority | undefined
  /** Only of a tenant that the contact is a member of, or that staff have chosen (TIC-08). */
  readonly tenantId?: TenantId | null | undefined
  readonly locale: Locale
  /** The plan of the contact, for what it promises (TIC-12). */
  readonly plan?: string | null | undefined
  readonly followUpOf?: { readonly id: TicketId; readonly number: ShortNumber } | null | undefined
  /** Evidence of what the contact agreed to: stands in the history, for staff (TIC-01, PRI-01). */
  readonly consents?: ReadonlyArray<{ readonly [key: string]: Json }> | undefined
  readonly channel: Channel
  /** Those who take part from the start, besides the contact: of a follow-up, or as an agent has chosen. */
  readonly others?: ReadonlyArray<Omit<Newcomer, "readsAfter">> | undefined
}

/** Begins a new ticket, which `keep` inserts; its first message is still to be said. */
export const beginNew = Effect.fnUntraced(function* (hand: Pick<Hand, "now" | "record">, submission: Submission) {
  const { now } = hand
  const { contact } = submission
  const id = yield* nextId(TicketId)
  const ticket: Ticket = {
    id,
    number: yield* nextNumber,
    version: 0,
    tenantId: submission.tenantId ?? null,
    contactEmail: contact.email,
    contactName: contact.name,
    companyName: submission.companyName,
    customerNumber: submission.customerNumber ?? null,
    subject: submission.subject,
    category: submission.category ?? null,
    priority: submission.priority ?? "normal",
    wishedPriority: submission.wishedPriority ?? null,
    tags: [],
    fields: {},
    locale: submission.locale,
    channel: submission.channel,
    state: "New",
    stateSince: now,
    assigneeId: null,
    spam: false,
    mergedInto: null,
    parentId: null,
    followUpOf: submission.followUpOf?.id ?? null,
    createdAt: now,
    activityAt: now,
    staffActivityAt: now,
    lastMessage: 0,
    lastChange: 0,
    dueAt: null,
    remindedAt: null,
    clocks: ofPlan(submission.plan ?? null),
    clockDueAt: null,
    satisfaction: null
  }
  const work: Work = { ...begin({ ticket, participants: [] }), isNew: true }
  const first = yield* admit(hand, work, { ...contact, readsAfter: 0 })
  if (first === null) return yield* Effect.die(new Error("a new ticket has nobody yet"))
  work.participants = [{ ...first, role: "contact" }]
  for (const other of submission.others ?? []) yield* admit(hand, work, { ...other, readsAfter: 0 })
  const by = byParticipant({ ...first, role: "contact" })
  const { consents, followUpOf } = submission
  enter(hand, work, by, "submitted", followUpOf == null ? {} : { followUpOf: followUpOf.number })
  if (consents !== undefined && consents.length > 0) enter(hand, work, by, "consents", { consents }, "internal")
  hand.record({
    type: "ticket.submitted",
    tenantId: ticket.tenantId ?? undefined,
    subject: subjectOf(id),
    data: {
      number: ticket.number,
      channel: submission.channel,
      signedIn: contact.accountId !== null,
      ...(followUpOf == null ? {} : { followUpOf: followUpOf.id }),
      ...(consents === undefined ? {} : { consents })
    },
    personal: { email: contact.email }
  })
  return work
})

/** Tells somebody that their ticket is there; their own words only where the address is proven (TIC-02, R-TI-03). */
export const acknowledge = (
  hand: Pick<Hand, "send">,
  work: Work,
  participantId: ParticipantId | undefined,
  followUpOf: ShortNumber | null = null
): void => {
  const participant = reachable(work).find(({ id }) => id === participantId)
  if (participant === undefined || isSilent(work.ticket)) return
  const words = work.messages.find(({ author, visibility }) => visibility === "public" && author !== "system")
  hand.send(
    ticketMails.received.mail({
      ...ticketMails.envelope(work.ticket, participant),
      values: {
        ...ticketMails.valuesOf(work.ticket, participant),
        text: participant.provenAt === null ? null : (words?.text ?? null),
        followUpOf,
        inReplyTo: words?.mailMessageId ?? null
      }
    })
  )
}

/**
 * Makes a ticket of what somebody has sent in, with its first message, and acknowledges it where `acknowledged` says so: that is the limits' matter, and
 * nothing that a program has sent is ever acknowledged (TIC-02, MIN-04). The right to a tenant must have been looked at before.
 */
export const submitAs = Effect.fnUntraced(function* (
  hand: Hand,
  submission: Submission,
  words: Words,
  acknowledged: boolean
) {
  const work = yield* beginNew(hand, submission)
  const contact = contactOf(openedOf(work))
  const author = byParticipant(contact)
  const message = yield* say(hand, work, author, words)
  const ticket = yield* keep(hand, work, author)
  if (acknowledged) acknowledge(hand, work, contact.id)
  return { ticket, contact, message, opened: openedOf(work) }
})

/**
 * Draws on the budgets of acknowledgements (TIC-02), and says whether one may go out: to this address, for this source, and for
 * this tenant or customer number.
 */
export const mayAcknowledge = Effect.fnUntraced(function* (
  { now, request, settings }: Pick<UseCase.Call<Actor.Kind>, "now" | "request" | "settings">,
  email: EmailAddress,
  tenant: { readonly tenantId?: TenantId | null; readonly customerNumber?: string | null },
  channel: "portal" | "mail"
) {
  const { answersPerPair, ticketMailPerAddress, ticketMailPerSource, ticketMailPerTenant } = settings.limits
  const whose =
    tenant.tenantId != null
      ? `tickets.mailOfTenant:${tenant.tenantId}`
      : tenant.customerNumber != null
        ? yield* personalKey("tickets.mailOfNumber", normalForm(tenant.customerNumber))
        : null
  const rules: ReadonlyArray<Rule> = [
    { key: yield* personalKey("tickets.mail", email), limit: ticketMailPerAddress },
    ...(channel === "mail"
      ? [{ key: yield* personalKey("tickets/answers", email), limit: answersPerPair }]
      : [{ key: `tickets.mail:${sourceKey(request.source)}`, limit: ticketMailPerSource }]),
    ...(whose === null ? [] : [{ key: whose, limit: ticketMailPerTenant }])
  ]
  return yield* Effect.matchEffect(draw(rules, now), {
    onSuccess: () => Effect.succeed(true),
    onFailure: (error) => (error._tag === "TooManyAttempts" ? Effect.succeed(false) : Effect.fail(error))
  })
})

/** The follow-up of a closed ticket that goes on still and in which this address takes part, if there is one: of several the youngest. */
const goingOn = Effect.fnUntraced(function* (closed: Ticket, email: EmailAddress) {
  const tickets = yield* TicketRepository
  const goesOn = ({ mergedInto, spam, state }: Ticket) => state !== "Closed" && mergedInto === null && !spam
  const related = yield* tickets.related(closed.id)
  const ids = related.filter((one) => one.followUpOf === closed.id && goesOn(one)).map(({ id }) => id)
  if (ids.length === 0) return null
  // all are younger than the closed one, whose row is locked, and locked in the order of their ids as by everybody
  const followUps = yield* tickets.openAllForUpdate(ids)
  const found = followUps.flatMap((opened) => {
    const participant = opened.participants.find((one) => one.email === email)
    const takes = participant !== undefined && takesPart(participant) && goesOn(opened.ticket)
    return takes ? [{ opened, participant }] : []
  })
  return found.reduce<(typeof found)[number] | null>(
    (youngest, one) => (youngest === null || one.opened.ticket.id > youngest.opened.ticket.id ? one : youngest),
    null
  )
})

/** Whether the contact has an account that is no member of the ticket's tenant, or not any more (TIC-08). */
const isOutside = Effect.fnUntraced(function* ({ tenantId }: Ticket, { accountId }: Participant) {
  if (tenantId === null || accountId === null) return false
  const memberships = yield* MembershipRepository
  return Option.isNone(yield* memberships.find(tenantId, accountId))
})

const LINES = 100

/** Whether the ticket is in its tenant because staff have said so, as its history has it: then it is, whoever its contact is (TIC-08). */
const isAssigned = Effect.fnUntraced(function* ({ id, tenantId }: Ticket) {
  if (tenantId === null) return false
  const tickets = yield* TicketRepository
  let after = Option.none<number>()
  while (true) {
    const rows = yield* tickets.changes(id, null, { after, limit: LINES })
    const said = rows.find(({ what }) => what === "tenant")
    if (said !== undefined) return said.data.to === tenantId
    const last = rows.at(LINES - 1)
    if (rows.length <= LINES || last === undefined) return false
    after = Option.some(last.seq)
  }
})

/**
 * Where what is said to a closed ticket goes (TIC-09): to its follow-up, if one goes on in which the author takes part, else to a new one, in state new,
 * that names it and has the same contact and the same people. It belongs to the same tenant if staff have assigned it, and else unless the contact is no member
 * there any more (TIC-08). The closed ticket's row is locked, so that of two at the same time the second finds the first one's. Nothing is written yet.
 */
export const followUp = Effect.fnUntraced(function* (
  hand: Hand,
  closed: Opened,
  participant: Participant,
  channel: "portal" | "mail"
) {
  const { ticket } = closed
  yield* Effect.fromResult(stateAfter(ticket.state, { event: "followUp", by: participant.role, channel }))
  const existing = yield* goingOn(ticket, participant.email)
  if (existing !== null) return { work: begin(existing.opened), participant: existing.participant }
  const contact = contactOf(closed)
  const others = closed.participants.filter((one) => takesPart(one) && one.role !== "contact")
  const assigned = yield* isAssigned(ticket)
  const outside = !assigned && (yield* isOutside(ticket, contact))
  const work = yield* beginNew(hand, {
    contact: { email: contact.email, name: contact.name, accountId: contact.accountId },
    companyName: ticket.companyName,
    subject: ticket.subject,
    customerNumber: ticket.customerNumber,
    category: ticket.category,
    wishedPriority: ticket.wishedPriority,
    tenantId: outside ? null : ticket.tenantId,
    locale: ticket.locale,
    plan: ticket.clocks.plan ?? null,
    followUpOf: { id: ticket.id, number: ticket.number },
    channel,
    others
  })
  if (assigned) enter(hand, work, system, "tenant", { from: null, to: ticket.tenantId }, "internal")
  // staff see that it is theirs to assign
  if (outside) enter(hand, work, system, "tenant", { from: ticket.tenantId, to: null }, "internal")
  // what is known of an address stays known: that somebody has shown to hold it, and that mails do not arrive
  for (const one of work.participants) {
    const before = closed.participants.find(({ email }) => email === one.email)
    if (before !== undefined) {
      change(work, {
        ...one,
        provenAt: before.provenAt,
        undeliverableAt: before.undeliverableAt,
        writes: before.writes
      })
    }
  }
  const self = work.participants.find(({ email }) => email === participant.email)
  if (self === undefined) return yield* new TicketStepNotPossible({ state: ticket.state })
  return { work, participant: self }
})

/** Whose ticket it is. */
export const contactOf = ({ participants, ticket }: Pick<Opened, "participants" | "ticket">): Participant => {
  const contact = participants.find(({ role }) => role === "contact")
  // every ticket is inserted with its contact, whose row is never removed
  if (contact === undefined) throw new Error(`ticket ${ticket.id} has no contact`)
  return contact
}

/**
 * An answer of a contact or participant, by portal or mail: to the ticket itself, or to the follow-up of a closed one. The caller has locked the ticket and
 * made sure that it is this participant who writes.
 */
export const answerAs = Effect.fnUntraced(function* (
  hand: Hand,
  {
    acknowledged = true,
    opened,
    participant,
    ...words
  }: Words & {
    readonly channel: "portal" | "mail"
    readonly opened: Opened
    readonly participant: Participant
    /** Whether the limits allow a mail that says that a follow-up was made. */
    readonly acknowledged?: boolean | undefined
  }
) {
  const { channel } = words
  const { ticket: before } = opened
  if (!participant.writes || !takesPart(participant)) return yield* new TicketStepNotPossible({ state: before.state })
  const closed = before.state === "Closed"
  const { work, participant: self } = closed
    ? yield* followUp(hand, opened, participant, channel)
    : { work: begin(opened), participant }
  const author = byParticipant(self)
  // whoever answers by the reply address has shown to hold the mailbox
  if (channel === "mail") prove(hand, work, self.id)
  if (!work.isNew) yield* Effect.fromResult(step(hand, work, author, { event: "answer", by: self.role, channel }))
  const message = yield* say(hand, work, author, words)
  const ticket = yield* keep(hand, work, author)
  if (work.isNew && acknowledged) acknowledge(hand, work, self.id, before.number)
  return { ticket, message, opened: openedOf(work), isFollowUp: closed }
})

/** A participant leaves; the contact cannot, for it is their ticket (TIC-07). */
export const leaveAs = Effect.fnUntraced(function* (
  hand: Hand,
  { opened, participant }: { readonly opened: Opened; readonly participant: Participant }
) {
  if (participant.role === "contact") return yield* new ContactStays()
  if (!takesPart(participant)) return opened.ticket
  const work = begin(opened)
  const author = byParticipant(participant)
  dismiss(hand, work, participant, author)
  return yield* keep(hand, work, author)
})

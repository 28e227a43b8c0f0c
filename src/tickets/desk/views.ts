import { Effect, Schema } from "effect"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import * as Instant from "../../kernel/Instant.ts"
import { AccountId, MessageId, ParticipantId, ShortNumber, TenantId, TicketId } from "../../kernel/ids.ts"
import type { Settings } from "../../kernel/Settings.ts"
import { Locale } from "../../kernel/Text.ts"
import { SubscriptionRepository } from "../../subscriptions/SubscriptionRepository.ts"
import { StaffFileView } from "../Files.ts"
import { ClockName, type Clocks, usedAt } from "../ServiceLevel.ts"
import {
  AuthorKind,
  type Change,
  Channel,
  type Message,
  type Participant,
  ParticipantRole,
  Priority,
  Satisfaction,
  stateAfter,
  type Ticket,
  type TicketActor,
  type TicketEvent,
  TicketState,
  Visibility
} from "../Ticket.ts"
import * as Tickets from "../Tickets.ts"

/** A promise as staff see it running (TIC-12). */
export const ClockView = Schema.Struct({
  clock: ClockName,
  /** Milliseconds of business time; null where nothing is promised at present. */
  target: Schema.NullOr(Schema.Int),
  used: Schema.Int,
  running: Schema.Boolean,
  breachesAt: Schema.NullOr(Instant.Instant),
  warnedAt: Schema.NullOr(Instant.Instant),
  breachedAt: Schema.NullOr(Instant.Instant),
  doneAt: Schema.NullOr(Instant.Instant)
})

/** A ticket in a list of staff: what customers see, and what only staff know. */
export const TicketLine = Schema.Struct({
  ...Tickets.TicketLine.fields,
  contactEmail: EmailAddress,
  priority: Priority,
  wishedPriority: Schema.NullOr(Priority),
  category: Schema.NullOr(Schema.String),
  tags: Schema.Array(Schema.String),
  assigneeId: Schema.NullOr(AccountId),
  assigneeName: Schema.NullOr(Schema.String),
  spam: Schema.Boolean,
  mergedInto: Schema.NullOr(TicketId),
  /** Of everything, what only staff know of, too. */
  activityAt: Instant.Instant,
  clocks: Schema.Array(ClockView)
})

/** Somebody who takes or took part. */
export const ParticipantView = Schema.Struct({
  id: ParticipantId,
  role: ParticipantRole,
  email: EmailAddress,
  name: Schema.String,
  /** Whether the address has an account that reads in the portal. */
  hasAccount: Schema.Boolean,
  proven: Schema.Boolean,
  writes: Schema.Boolean,
  /** Public messages with a greater number can be read. */
  readsAfter: Schema.Int,
  addedAt: Instant.Instant,
  removedAt: Schema.NullOr(Instant.Instant),
  undeliverableAt: Schema.NullOr(Instant.Instant)
})

/** A ticket that is named in another one. */
export const RelatedView = Schema.Struct({
  ...Tickets.Named.fields,
  relation: Schema.Literals(["parent", "child", "merged", "mergedInto", "followUp", "followUpOf"])
})

/** A tenant that the ticket could belong to, and why: neither a typed number nor an address proves that it does (TIC-08). */
export const TenantSuggestion = Schema.Struct({
  tenantId: TenantId,
  name: Schema.String,
  customerNumber: Schema.String,
  because: Schema.Literals(["customerNumber", "mailDomain", "membership"])
})

/** All that staff know of a ticket, without its messages and its history. */
export const TicketDetail = Schema.Struct({
  ...TicketLine.fields,
  companyName: Schema.String,
  customerNumber: Schema.NullOr(Schema.String),
  fields: Schema.Record(Schema.String, Schema.Json),
  locale: Locale,
  channel: Channel,
  stateSince: Instant.Instant,
  messages: Schema.Int,
  participants: Schema.Array(ParticipantView),
  related: Schema.Array(RelatedView),
  suggestions: Schema.Array(TenantSuggestion),
  satisfaction: Schema.NullOr(Satisfaction),
  /** What the reader may do with the ticket as it is. */
  possible: Schema.Array(Schema.String)
})

/** A message as staff read it. */
export const StaffMessage = Schema.Struct({
  id: MessageId,
  ticketId: TicketId,
  seq: Schema.Int,
  visibility: Visibility,
  author: AuthorKind,
  authorName: Schema.String,
  participantId: Schema.NullOr(ParticipantId),
  channel: Channel,
  text: Schema.String,
  html: Schema.NullOr(Schema.String),
  folded: Schema.NullOr(Schema.String),
  files: Schema.Array(StaffFileView),
  createdAt: Instant.Instant
})

/** A line of the history as staff read it. */
export const StaffChange = Schema.Struct({
  seq: Schema.Int,
  visibility: Visibility,
  what: Schema.String,
  data: Schema.Record(Schema.String, Schema.Json),
  by: AuthorKind,
  byName: Schema.String,
  at: Instant.Instant
})

/** What a command of staff leaves of the ticket. */
export const TicketAfter = Schema.Struct({
  id: TicketId,
  number: ShortNumber,
  state: TicketState,
  assigneeId: Schema.NullOr(AccountId),
  spam: Schema.Boolean,
  version: Schema.Int
})

/** How much somebody reads of two tickets, before and after they become one, or of one before and after it becomes two. */
export const Sight = Schema.Struct({
  email: EmailAddress,
  name: Schema.String,
  /** Public messages of the ticket that goes, and of the one that stays; of the old one, and of the new one. */
  before: Schema.Struct({ source: Schema.Int, target: Schema.Int }),
  after: Schema.Struct({ source: Schema.Int, target: Schema.Int }),
  /** Whether all that is written from then on is read. */
  goesOn: Schema.Boolean,
  /** Whether this person gets to see something that they could not see before. */
  gains: Schema.Boolean
})

/** Who would see what (TIC-10); `fingerprint` confirms exactly this. */
export const SightPreview = Schema.Struct({
  sights: Schema.Array(Sight),
  /** The tenants whose members with the permission "tenant tickets" read the one and the other, where these are not the same. */
  tenants: Schema.NullOr(Schema.Struct({ source: Schema.NullOr(Schema.String), target: Schema.NullOr(Schema.String) })),
  needsConfirmation: Schema.Boolean,
  fingerprint: Schema.String
})

// ---- from what is stored ---------------------------------------------------------------------------------------------------------------

const clocksOf = (settings: Settings, clocks: Clocks, now: Instant.Instant): ReadonlyArray<typeof ClockView.Type> =>
  ClockName.literals.flatMap((name) => {
    const clock = clocks[name]
    if (clock === undefined) return []
    const { breachedAt, breachesAt, doneAt, runningSince, target, warnedAt } = clock
    return [
      {
        clock: name,
        target,
        used: usedAt(settings.serviceLevels, clock, now),
        running: runningSince !== null,
        breachesAt,
        warnedAt,
        breachedAt,
        doneAt
      }
    ]
  })

/** The names of some of staff, by account; in one statement. */
export const namesOf = Effect.fnUntraced(function* (ids: ReadonlyArray<AccountId | null>) {
  const wanted = [...new Set(ids.filter((id): id is AccountId => id !== null))]
  if (wanted.length === 0) return new Map<AccountId, string>()
  const { people } = yield* SubscriptionRepository
  return new Map((yield* people(wanted)).map(({ accountId, name }) => [accountId, name] as const))
})

export const lineOf = (
  settings: Settings,
  ticket: Ticket,
  tenantName: string | null,
  names: ReadonlyMap<AccountId, string>,
  now: Instant.Instant
): typeof TicketLine.Type => ({
  ...Tickets.toLine({ ticket, tenantName }),
  contactEmail: ticket.contactEmail,
  priority: ticket.priority,
  wishedPriority: ticket.wishedPriority,
  category: ticket.category,
  tags: ticket.tags,
  assigneeId: ticket.assigneeId,
  assigneeName: ticket.assigneeId === null ? null : (names.get(ticket.assigneeId) ?? null),
  spam: ticket.spam,
  mergedInto: ticket.mergedInto,
  activityAt: ticket.staffActivityAt,
  clocks: clocksOf(settings, ticket.clocks, now)
})

export const participantOf = (participant: Participant): typeof ParticipantView.Type => ({
  id: participant.id,
  role: participant.role,
  email: participant.email,
  name: participant.name,
  hasAccount: participant.accountId !== null,
  proven: participant.provenAt !== null,
  writes: participant.writes,
  readsAfter: participant.readsAfter,
  addedAt: participant.addedAt,
  removedAt: participant.removedAt,
  undeliverableAt: participant.undeliverableAt
})

export const messageOf = (message: Message, files: ReadonlyArray<StaffFileView>): typeof StaffMessage.Type => ({
  id: message.id,
  ticketId: message.ticketId,
  seq: message.seq,
  visibility: message.visibility,
  author: message.author,
  authorName: message.authorName,
  participantId: message.participantId,
  channel: message.channel,
  text: message.text,
  html: message.html,
  folded: message.folded,
  files,
  createdAt: message.createdAt
})

export const changeOf = (change: Change): typeof StaffChange.Type => ({
  seq: change.seq,
  visibility: change.visibility,
  what: change.what,
  data: change.data,
  by: change.by,
  byName: change.byName,
  at: change.at
})

export const afterOf = ({ assigneeId, id, number, spam, state, version }: Ticket): typeof TicketAfter.Type => ({
  id,
  number,
  state,
  assigneeId,
  spam,
  version
})

const steps: ReadonlyArray<TicketEvent> = [
  "take",
  "assign",
  "giveBack",
  "reply",
  "hold",
  "unhold",
  "resolve",
  "reopen",
  "merge",
  "split",
  "markSpam",
  "unmarkSpam"
]

/** What the table lets somebody do with the ticket as it is. */
export const possibleFor = (by: TicketActor, ticket: Ticket): ReadonlyArray<TicketEvent> =>
  ticket.mergedInto !== null
    ? []
    : steps.filter(
        (event) =>
          stateAfter(ticket.state, { event, by, channel: "staff" })._tag === "Success" &&
          (event === "markSpam" ? !ticket.spam : event === "unmarkSpam" ? ticket.spam : true) &&
          (event !== "giveBack" || ticket.assigneeId !== null)
      )

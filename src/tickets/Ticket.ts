import { Result, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, MessageId, ParticipantId, ShortNumber, TenantId, TicketId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { Locale } from "../kernel/Text.ts"
import { Clocks } from "./ServiceLevel.ts"

// ---- what a ticket is ------------------------------------------------------------------------------------------------------------------

/** In the order of life: nobody has taken it; staff's turn; the customer's turn; paused by staff; done, and to be reopened; done for good. */
export const TicketState = Schema.Literals(["New", "Open", "Waiting", "OnHold", "Resolved", "Closed"])
export type TicketState = typeof TicketState.Type

/** In these states somebody still has to do something. */
export const unresolved: ReadonlyArray<TicketState> = ["New", "Open", "Waiting", "OnHold"]

/** The number of a message, or of a line of the history, in its ticket, as it comes from outside; the databases hold 32 bits. */
export const Seq = Schema.Int.check(Schema.makeFilter((seq) => (seq > 0 && seq < 2 ** 31 ? undefined : "range")))

export const Priority = Schema.Literals(["low", "normal", "high", "urgent"])
export type Priority = typeof Priority.Type

/** How something came in, or by which way somebody acts (TIC-09). */
export const Channel = Schema.Literals(["portal", "mail", "staff", "time"])
export type Channel = typeof Channel.Type

/** How it went, in five steps, 5 being the best (TIC-14). */
export const Satisfaction = Schema.Struct({
  askedAt: Instant,
  answeredAt: Schema.NullOr(Instant),
  rating: Schema.NullOr(Schema.Literals([1, 2, 3, 4, 5])),
  comment: Schema.NullOr(Schema.String)
})
export type Satisfaction = typeof Satisfaction.Type

/** A support conversation. Its row is the root: whoever changes the ticket, its participants or its messages reads it for update first. */
export class Ticket extends Schema.Opaque<Ticket>()(
  Schema.Struct({
    id: TicketId,
    /** For people to read out; random, so it tells nothing and opens nothing (TIC-15). */
    number: ShortNumber,
    /** Of the stored row: one more with every write. */
    version: Schema.Int,
    /** Only if the requester is a member there, or staff have assigned it (TIC-08). */
    tenantId: Schema.NullOr(TenantId),
    /** The contact: the participant whose ticket it is, as stated; the address is proven or not by the participant's row. */
    contactEmail: EmailAddress,
    contactName: Schema.String,
    companyName: Schema.String,
    /** As typed; proves nothing (TIC-08). */
    customerNumber: Schema.NullOr(Schema.String),
    subject: Schema.String,
    category: Schema.NullOr(Schema.String),
    /** What staff set. */
    priority: Priority,
    /** What the contact would wish. */
    wishedPriority: Schema.NullOr(Priority),
    /** Staff only (TIC-11). Sorted, without doubles. */
    tags: Schema.Array(Schema.String),
    /** Staff only: by a schema that the application gives (TIC-10). */
    fields: Schema.Record(Schema.String, Schema.Json),
    locale: Locale,
    channel: Channel,
    state: TicketState,
    stateSince: Instant,
    assigneeId: Schema.NullOr(AccountId),
    /** A flag that silences: no mail goes out, and customers are told nothing (TIC-09). */
    spam: Schema.Boolean,
    /** The ticket that goes on in this one's place; its messages are shown there. */
    mergedInto: Schema.NullOr(TicketId),
    parentId: Schema.NullOr(TicketId),
    /** The closed ticket that an answer made this one from. */
    followUpOf: Schema.NullOr(TicketId),
    createdAt: Instant,
    /** Of the last thing that every participant may know of; lists are in its order, newest first. */
    activityAt: Instant,
    /** As `activityAt`, with what only staff know of, too; that a clock warns or breaches is nothing that anybody has done. */
    staffActivityAt: Instant,
    /** The number of the last message; they count from 1 inside of a ticket. */
    lastMessage: Schema.Int,
    /** As `lastMessage`, of the history. */
    lastChange: Schema.Int,
    /** What happens next by time: closing, reminding, resolving; null where nothing does. */
    dueAt: Schema.NullOr(Instant),
    /** Whether the customer was reminded since the ticket last began to wait. */
    remindedAt: Schema.NullOr(Instant),
    clocks: Clocks,
    /** The earliest time at which a running clock warns or breaches; null where none runs. */
    clockDueAt: Schema.NullOr(Instant),
    satisfaction: Schema.NullOr(Satisfaction)
  })
) {}

/** The one whose ticket it is, or somebody who was added. A participant that only reads is one with `writes` false. */
export const ParticipantRole = Schema.Literals(["contact", "participant"])
export type ParticipantRole = typeof ParticipantRole.Type

/** Somebody's part in a ticket (TIC-07). There is at most one row for each address; who was removed and is added again has the same row. */
export class Participant extends Schema.Opaque<Participant>()(
  Schema.Struct({
    ticketId: TicketId,
    id: ParticipantId,
    /** Inside of the ticket, from 1; part of the reply address. */
    seq: Schema.Int,
    role: ParticipantRole,
    email: EmailAddress,
    name: Schema.String,
    /** Who reads in the portal: the account by which the address is proven, from the claim on (TIC-06). */
    accountId: Schema.NullOr(AccountId),
    /** Since when somebody has shown to hold the address: by an account, or by an answer to the reply address. Null: nobody has. */
    provenAt: Schema.NullOr(Instant),
    writes: Schema.Boolean,
    /** Public messages with a greater number can be read; 0 is everything (TIC-07, R-TI-06). */
    readsAfter: Schema.Int,
    addedAt: Instant,
    /** Nothing is read or written from then on, by mail or portal; null while taking part. */
    removedAt: Schema.NullOr(Instant),
    /** Counts up to make older reply addresses dead; with the key that they are made by (MIN-02). */
    tokenVersion: Schema.Int,
    tokenKeyId: Schema.String,
    /** Since when mails do not arrive (MIN-05). */
    undeliverableAt: Schema.NullOr(Instant)
  })
) {}

/** Public is for all participants; internal never leaves staff (TIC-11). */
export const Visibility = Schema.Literals(["public", "internal"])
export type Visibility = typeof Visibility.Type

export const AuthorKind = Schema.Literals(["contact", "participant", "agent", "system"])
export type AuthorKind = typeof AuthorKind.Type

/** One thing that somebody wrote. Rows are only ever added (TIC-16, V-33). */
export class Message extends Schema.Opaque<Message>()(
  Schema.Struct({
    ticketId: TicketId,
    /** The order inside of the ticket, from 1. */
    seq: Schema.Int,
    id: MessageId,
    visibility: Visibility,
    author: AuthorKind,
    /** Of the author, while they have one; an agent's is never shown to customers. */
    accountId: Schema.NullOr(AccountId),
    /** Of a contact or participant. */
    participantId: Schema.NullOr(ParticipantId),
    authorName: Schema.String,
    channel: Channel,
    /** As people read it; never empty unless there are files. */
    text: Schema.String,
    /** Sanitised; null where the message is text only (MIN-07). */
    html: Schema.NullOr(Schema.String),
    /** Quoted text and signature of a mail, folded away (MIN-07). */
    folded: Schema.NullOr(Schema.String),
    /** The Message-ID of the mail that it came as. */
    mailMessageId: Schema.NullOr(Schema.String),
    files: Schema.Int,
    createdAt: Instant
  })
) {}

/** One line of the history: who, what, when (TIC-05, TIC-16). Rows are only ever added. */
export class Change extends Schema.Opaque<Change>()(
  Schema.Struct({
    ticketId: TicketId,
    seq: Schema.Int,
    /** `internal` for what only staff may know. */
    visibility: Visibility,
    /** A code that pages have a text for, for example `state` or `participantAdded`. */
    what: Schema.String,
    /** Facts for that text, for example `{ from: "Open", to: "Waiting" }`. */
    data: Schema.Record(Schema.String, Schema.Json),
    by: AuthorKind,
    accountId: Schema.NullOr(AccountId),
    byName: Schema.String,
    at: Instant
  })
) {}

/**
 * A line that is staff's matter whatever visibility it was stored with: early ones stand as public, tell the others who has an account, and are never changed,
 * as nothing in the history is (V-33).
 */
export const CLAIMED = "claimed"

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** What was asked for is not possible in the state that the ticket is in. */
export class TicketStepNotPossible extends Refusal<TicketStepNotPossible>()(
  "TicketStepNotPossible",
  { state: TicketState },
  {
    category: "conflict",
    de: "Das ist bei diesem Ticket im Augenblick nicht möglich.",
    en: "This is not possible for this ticket at the moment."
  }
) {}

// ---- the table of states ---------------------------------------------------------------------------------------------------------------

/** Who does something: what somebody may do follows from what they are in this ticket, never from what they say. */
export const TicketActor = Schema.Literals(["contact", "participant", "agent", "supervisor", "timer"])
export type TicketActor = typeof TicketActor.Type

export const TicketEvent = Schema.Literals([
  "take",
  "assign",
  /** To nobody: whoever has time takes it. */
  "giveBack",
  /** By staff: the ticket goes on as they choose. */
  "reply",
  /** By a contact or a participant who writes. */
  "answer",
  "hold",
  "unhold",
  "resolve",
  "close",
  "reopen",
  "remind",
  "giveUp",
  "archive",
  /** An answer to a closed ticket, or a change of it, goes to a new one that names it. */
  "followUp",
  "merge",
  "split",
  "markSpam",
  "unmarkSpam"
])
export type TicketEvent = typeof TicketEvent.Type

/** One edge; `to` of null leaves the state as it is (or makes another ticket), and of several the actor chooses. */
export interface Edge {
  readonly from: ReadonlyArray<TicketState>
  readonly event: TicketEvent
  readonly by: ReadonlyArray<TicketActor>
  readonly channels: ReadonlyArray<Channel>
  readonly to: TicketState | ReadonlyArray<TicketState> | null
}

const staff = ["agent", "supervisor"] as const
const writers = ["contact", "participant"] as const
const anyButClosed = ["New", "Open", "Waiting", "OnHold", "Resolved"] as const

/**
 * The whole table (TIC-09): what is not in it is refused, and no read is an edge. Mail can do strictly less than the portal: it answers, and nothing else.
 * The documentation's table is made of it by a test.
 */
export const edges: ReadonlyArray<Edge> = [
  { from: ["New"], event: "take", by: staff, channels: ["staff"], to: "Open" },
  { from: ["Open", "Waiting", "OnHold", "Resolved"], event: "take", by: staff, channels: ["staff"], to: null },
  { from: ["New"], event: "assign", by: staff, channels: ["staff"], to: "Open" },
  { from: ["Open", "Waiting", "OnHold", "Resolved"], event: "assign", by: staff, channels: ["staff"], to: null },
  { from: ["Open", "Waiting", "OnHold", "Resolved"], event: "giveBack", by: staff, channels: ["staff"], to: null },
  {
    from: ["New", "Open", "Waiting", "OnHold"],
    event: "reply",
    by: staff,
    channels: ["staff"],
    to: ["Waiting", "Open", "Resolved"]
  },
  { from: ["New"], event: "answer", by: writers, channels: ["portal", "mail"], to: null },
  { from: ["Open", "Waiting", "OnHold"], event: "answer", by: writers, channels: ["portal", "mail"], to: "Open" },
  { from: ["Resolved"], event: "answer", by: writers, channels: ["portal", "mail"], to: "Open" },
  { from: ["Open", "Waiting"], event: "hold", by: staff, channels: ["staff"], to: "OnHold" },
  { from: ["OnHold"], event: "unhold", by: staff, channels: ["staff"], to: "Open" },
  { from: unresolved, event: "resolve", by: staff, channels: ["staff"], to: "Resolved" },
  { from: unresolved, event: "close", by: ["contact"], channels: ["portal"], to: "Resolved" },
  { from: ["Resolved"], event: "reopen", by: ["contact"], channels: ["portal"], to: "Open" },
  { from: ["Resolved"], event: "reopen", by: staff, channels: ["staff"], to: "Open" },
  { from: ["Waiting"], event: "remind", by: ["timer"], channels: ["time"], to: null },
  { from: ["Waiting"], event: "giveUp", by: ["timer"], channels: ["time"], to: "Resolved" },
  { from: ["Resolved"], event: "archive", by: ["timer"], channels: ["time"], to: "Closed" },
  { from: ["Closed"], event: "followUp", by: writers, channels: ["portal", "mail"], to: null },
  { from: anyButClosed, event: "merge", by: staff, channels: ["staff"], to: null },
  { from: anyButClosed, event: "split", by: staff, channels: ["staff"], to: null },
  { from: anyButClosed, event: "markSpam", by: staff, channels: ["staff"], to: null },
  { from: anyButClosed, event: "unmarkSpam", by: ["supervisor"], channels: ["staff"], to: null }
]

export interface Step {
  readonly event: TicketEvent
  readonly by: TicketActor
  readonly channel: Channel
  /** Where the table lets the actor choose. */
  readonly to?: TicketState | undefined
}

/** The state after a step, or a refusal: the one place that knows the table. */
export const stateAfter = (
  state: TicketState,
  { by, channel, event, to }: Step
): Result.Result<TicketState, TicketStepNotPossible> => {
  const edge = edges.find(
    (edge) =>
      edge.event === event && edge.from.includes(state) && edge.by.includes(by) && edge.channels.includes(channel)
  )
  const refused = Result.fail(new TicketStepNotPossible({ state }))
  if (edge === undefined) return refused
  if (edge.to === null) return to === undefined ? Result.succeed(state) : refused
  if (typeof edge.to === "string") return to === undefined || to === edge.to ? Result.succeed(edge.to) : refused
  const chosen = to ?? edge.to[0]
  return chosen !== undefined && edge.to.includes(chosen) ? Result.succeed(chosen) : refused
}

// ---- who reads what --------------------------------------------------------------------------------------------------------------------

/** Why somebody may read a ticket, and how much of it (V-30). Nobody reads internal messages but staff. */
export type Reader =
  | { readonly _tag: "Staff" }
  | { readonly _tag: "Participant"; readonly participant: Participant }
  /** By the permission "tenant tickets" (TIC-08): every public message, and no word of their own. */
  | { readonly _tag: "Tenant" }

/** The one place that says whether a message is for a reader. */
export const mayRead = (reader: Reader, message: Pick<Message, "visibility" | "seq" | "ticketId">): boolean => {
  switch (reader._tag) {
    case "Staff":
      return true
    case "Tenant":
      return message.visibility === "public"
    case "Participant":
      return (
        message.visibility === "public" &&
        reader.participant.removedAt === null &&
        reader.participant.ticketId === message.ticketId &&
        message.seq > reader.participant.readsAfter
      )
  }
}

export const takesPart = (participant: Pick<Participant, "removedAt">): boolean => participant.removedAt === null

/**
 * Whether a person's part in a merged ticket has ended where the ticket goes on: whoever was removed from the target, or has left it, reads the source no
 * longer, either, by portal or mail (TIC-07). The person is who has the address or the account of the row in the source.
 */
export const endedIn = (
  target: ReadonlyArray<Participant>,
  { accountId, email }: Pick<Participant, "accountId" | "email">
): boolean =>
  target.some((one) => !takesPart(one) && (one.email === email || (accountId !== null && one.accountId === accountId)))

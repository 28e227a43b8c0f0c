import { Context, type Effect, type Option, Schema } from "effect"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { Instant } from "../../kernel/Instant.ts"
import { AccountId, InboundMailId, MessageId, TicketId } from "../../kernel/ids.ts"
import type { Window } from "../../kernel/Page.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"

/** What became of a message that was fed in; each has exactly one (MIN-01). */
export const OutcomeName = Schema.Literals([
  "Threaded",
  "NewTicket",
  "Held",
  "Automatic",
  "Bounce",
  "Duplicate",
  "Refused"
])
export type OutcomeName = typeof OutcomeName.Type

/** What staff have made of a held message. */
export const ReviewState = Schema.Literals(["waiting", "accepted", "discarded"])
export type ReviewState = typeof ReviewState.Type

/** One message that was fed in, with what became of it. Only the review changes later. */
export class StoredInbound extends Schema.Opaque<StoredInbound>()(
  Schema.Struct({
    id: InboundMailId,
    /** The mailbox of tickets that it came to, without the part of a reply address. */
    mailbox: EmailAddress,
    /** Message-ID, content and addressee as one digest; null for the outcomes that take nothing from others (Duplicate, Refused). */
    takenKey: Schema.NullOr(Schema.String),
    messageId: Schema.NullOr(Schema.String),
    /** SHA-256 of the bytes, as base64url. */
    digest: Schema.String,
    size: Schema.Int,
    outcome: OutcomeName,
    /** A code, for example `sender` of a held one. */
    reason: Schema.NullOr(Schema.String),
    /** The ticket that it went to, or that its reply address names. */
    ticketId: Schema.NullOr(TicketId),
    ticketMessageId: Schema.NullOr(MessageId),
    /** The one that this is a repeat of. */
    repeats: Schema.NullOr(InboundMailId),
    /** The author as stated; kept for held ones, as are subject and text. */
    sender: Schema.NullOr(Schema.String),
    senderName: Schema.NullOr(Schema.String),
    subject: Schema.NullOr(Schema.String),
    text: Schema.NullOr(Schema.String),
    review: Schema.NullOr(ReviewState),
    reviewedAt: Schema.NullOr(Instant),
    reviewedBy: Schema.NullOr(AccountId),
    receivedAt: Instant
  })
) {}

/** The order of the list of held messages: oldest first, so that nobody waits for ever. */
export type InboundKey = readonly [receivedAt: number, id: string]

/** How many messages were fed in, and how many ended in each outcome. */
export type Counts = Readonly<Record<OutcomeName, number>>

/** Messages that were fed in, their bytes, and what became of them. They belong to no tenant: most are not known to. */
export class InboundRepository extends Context.Service<
  InboundRepository,
  {
    /**
     * Adds a message with its outcome, and its bytes where they are kept. MUST fail with `duplicate` when the id is taken, or the `takenKey` within the
     * mailbox (MIN-06).
     */
    readonly insert: (mail: StoredInbound, raw: Uint8Array | null) => Effect.Effect<void, PersistenceError>
    readonly find: (id: InboundMailId) => Effect.Effect<Option.Option<StoredInbound>, PersistenceError>
    /** MUST lock the row until the unit ends. */
    readonly findForUpdate: (id: InboundMailId) => Effect.Effect<Option.Option<StoredInbound>, PersistenceError>
    readonly findTaken: (
      mailbox: EmailAddress,
      takenKey: string
    ) => Effect.Effect<Option.Option<StoredInbound>, PersistenceError>
    /** The bytes as they were fed in, while they are kept. */
    readonly raw: (id: InboundMailId) => Effect.Effect<Option.Option<Uint8Array>, PersistenceError>
    /** Writes review, reviewer, ticket and message; nothing else ever changes. MUST fail with `conflict` unless the stored review is `from`. */
    readonly review: (mail: StoredInbound, from: ReviewState) => Effect.Effect<void, PersistenceError>
    /** Held ones with this review, oldest first; those of one ticket where it is given. At most `limit + 1` rows. */
    readonly held: (
      filter: { readonly review: ReviewState; readonly ticketId: TicketId | null },
      window: Window<InboundKey>
    ) => Effect.Effect<ReadonlyArray<StoredInbound>, PersistenceError>
    /** In one statement. */
    readonly counts: () => Effect.Effect<Counts, PersistenceError>
    /**
     * Forgets the bytes, sender, subject and text of at most `limit` messages that were received before `before`, never of one whose review waits; what
     * became of them stays. Answers how many.
     */
    readonly purge: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/mail/InboundRepository") {}

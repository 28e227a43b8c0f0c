import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, ShortNumber, TenantId, TicketId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Change, Message, Participant, Priority, Ticket, TicketState } from "./Ticket.ts"
import type { Terms } from "./TicketSearch.ts"

/**
 * Lists are in the order of what happened last, newest first: instant, then id. A search is in that of the ids alone, which sort by the time of their
 * making, so that its pages have no gap and show nothing twice, whatever happens in the meantime (TIC-16).
 */
export type TicketKey = readonly [activityAt: number, id: string]

/** The public ones of a reader who takes part, or all. */
export interface MessageFilter {
  /** Only messages with a greater number, and only public ones; null for staff, who read all. */
  readonly publicAfter: number | null
}

export interface TicketFilter {
  readonly states: Option.Option<ReadonlyArray<TicketState>>
  readonly search: Option.Option<Terms>
}

/** What staff choose in their queue; each that is given must hold. */
export interface QueueFilter extends TicketFilter {
  /** `somebody` is anybody of staff. */
  readonly assignee: Option.Option<AccountId | "nobody" | "somebody">
  readonly tenantId: Option.Option<TenantId>
  readonly priorities: Option.Option<ReadonlyArray<Priority>>
  readonly category: Option.Option<string>
  readonly tag: Option.Option<string>
  readonly spam: boolean
}

/** A ticket in a list, with what its line shows. */
export interface Listed {
  readonly ticket: Ticket
  readonly tenantName: string | null
}

/** A ticket with the reader's own part in it, and all who take or took part. */
export interface Opened {
  readonly ticket: Ticket
  readonly participants: ReadonlyArray<Participant>
}

/** By which lists a ticket is shown: one that was merged by none, and found by staff only; spam apart from the others. */
export const placeOf = ({ mergedInto, spam }: Pick<Ticket, "mergedInto" | "spam">): "queue" | "spam" | "merged" =>
  mergedInto !== null ? "merged" : spam ? "spam" : "queue"

/** What is due by time. */
export interface DueTicket {
  readonly ticketId: TicketId
}

/** Tickets with their participants, messages, history and words. Keyed by the ticket's own id, for its tenant comes later (STO-07). */
export class TicketRepository extends Context.Service<
  TicketRepository,
  {
    /** MUST fail with `duplicate` when the id or number is taken. */
    readonly insert: (ticket: Ticket) => Effect.Effect<void, PersistenceError>
    /**
     * Saves every field but the number, and counts the version up. MUST fail with `conflict` unless the stored version is `ticket.version`. To be called
     * in a unit of work: what lists of accounts go by may be written by a statement of its own.
     */
    readonly save: (ticket: Ticket) => Effect.Effect<void, PersistenceError>
    /** As `save`, of several tickets, each once; with as many statements for many as for one. MUST fail with `conflict` unless each has its version. */
    readonly saveAll: (tickets: ReadonlyArray<Ticket>) => Effect.Effect<void, PersistenceError>
    readonly find: (id: TicketId) => Effect.Effect<Option.Option<Ticket>, PersistenceError>
    readonly findByNumber: (number: ShortNumber) => Effect.Effect<Option.Option<Ticket>, PersistenceError>
    /** A ticket with its participants, those who were removed, too, by `seq`; in one statement. */
    readonly open: (id: TicketId) => Effect.Effect<Option.Option<Opened>, PersistenceError>
    /** As `open`, of several tickets: those that are there, each once, in the order of their ids; in one statement. */
    readonly openAll: (ids: ReadonlyArray<TicketId>) => Effect.Effect<ReadonlyArray<Opened>, PersistenceError>
    /** As `open`. MUST lock the ticket's row until the unit ends. */
    readonly openForUpdate: (id: TicketId) => Effect.Effect<Option.Option<Opened>, PersistenceError>
    /** As `openAll`. MUST lock the tickets' rows until the unit ends, in the order of their ids. */
    readonly openAllForUpdate: (ids: ReadonlyArray<TicketId>) => Effect.Effect<ReadonlyArray<Opened>, PersistenceError>

    /** MUST fail with `duplicate` where the ticket has a participant of this id, `seq` or address, or a second contact. The ticket is there already. */
    readonly addParticipants: (participants: ReadonlyArray<Participant>) => Effect.Effect<void, PersistenceError>
    readonly saveParticipants: (participants: ReadonlyArray<Participant>) => Effect.Effect<void, PersistenceError>
    /** Participants with this address and no account, of tickets that are not spam: what the address could claim; newest ticket first (TIC-06). */
    readonly claimable: (
      email: EmailAddress,
      limit: number
    ) => Effect.Effect<ReadonlyArray<{ readonly ticket: Ticket; readonly participant: Participant }>, PersistenceError>
    /**
     * Tickets in which a row of this account, of one who takes part or was removed, has another address than this one, or is marked as undeliverable; by
     * id, from the one after `after` on. None is locked.
     */
    readonly astray: (
      accountId: AccountId,
      email: EmailAddress,
      after: TicketId | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<TicketId>, PersistenceError>
    /**
     * Marks this address as undeliverable, or not, wherever it takes part in an unresolved ticket; answers the tickets where that was otherwise before,
     * by id (MIN-05). One that is marked already keeps its instant. MUST lock the rows of those tickets.
     */
    readonly markUndeliverable: (
      email: EmailAddress,
      at: Instant | null
    ) => Effect.Effect<ReadonlyArray<TicketId>, PersistenceError>

    /** Only ever adds. MUST fail with `duplicate` where the ticket has a message of this number or id. In one statement. */
    readonly appendMessages: (messages: ReadonlyArray<Message>) => Effect.Effect<void, PersistenceError>
    /** In the order of their numbers, from the one after `after` on; at most `limit + 1` rows. */
    readonly messages: (
      ticketId: TicketId,
      filter: MessageFilter,
      window: Window<number>
    ) => Effect.Effect<ReadonlyArray<Message>, PersistenceError>
    /**
     * As `messages`, of several tickets that are read as one (merged), by time and id; with `newestFirst` the other way round, from the one before `after` on.
     */
    readonly messagesOf: (
      tickets: ReadonlyArray<{ readonly ticketId: TicketId; readonly filter: MessageFilter }>,
      window: Window<readonly [createdAt: number, id: string]>,
      newestFirst?: boolean
    ) => Effect.Effect<ReadonlyArray<Message>, PersistenceError>
    /** Only ever adds. In one statement. */
    readonly appendChanges: (changes: ReadonlyArray<Change>) => Effect.Effect<void, PersistenceError>
    /** Newest first; at most `limit + 1` rows. `publicSince`: null for staff; else only public ones from this instant on, and never `CLAIMED`. */
    readonly changes: (
      ticketId: TicketId,
      publicSince: Instant | null,
      window: Window<number>
    ) => Effect.Effect<ReadonlyArray<Change>, PersistenceError>

    /** The tickets that were merged into this one, and (for staff) its children and follow-ups. */
    readonly related: (id: TicketId) => Effect.Effect<ReadonlyArray<Ticket>, PersistenceError>

    /**
     * Writes the words of a ticket's subject (`seq` 0) and messages under which they are found; a word that is there already for this `seq` stays.
     * Words of internal messages MUST be found by staff only (TIC-11).
     */
    readonly index: (
      ticketId: TicketId,
      words: ReadonlyArray<{ readonly seq: number; readonly internal: boolean; readonly words: ReadonlyArray<string> }>
    ) => Effect.Effect<void, PersistenceError>
    /** Forgets the words of a ticket's subject, when it changes. */
    readonly unindexSubject: (ticketId: TicketId) => Effect.Effect<void, PersistenceError>

    /**
     * The tickets that an account takes part in now; spam and merged ones are left out. A search finds what this reader may read: words of public
     * messages after `readsAfter`, and of the subject. MUST be one statement. At most `limit + 1` rows.
     */
    readonly listOfAccount: (
      accountId: AccountId,
      filter: TicketFilter,
      window: Window<TicketKey>
    ) => Effect.Effect<ReadonlyArray<Listed>, PersistenceError>
    /**
     * The tickets of a tenant for who may read all of them; spam and merged ones are left out. MUST be one statement, and at most two with a search.
     */
    readonly listOfTenant: (
      tenantId: TenantId,
      filter: TicketFilter,
      window: Window<TicketKey>
    ) => Effect.Effect<ReadonlyArray<Listed>, PersistenceError>
    /**
     * What staff see, in the order of `staffActivityAt` or of the search; a search finds internal words, and tickets that were merged, too. MUST be one statement, and at
     * most two with a search.
     */
    readonly queue: (
      filter: QueueFilter,
      window: Window<TicketKey>
    ) => Effect.Effect<ReadonlyArray<Listed>, PersistenceError>

    /** Tickets for which something is due by time, the longest due first, at most `limit`; none is locked. */
    readonly due: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<DueTicket>, PersistenceError>
    /** As `due`, of clocks that warn or breach (`clockDueAt`). */
    readonly clocksDue: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<DueTicket>, PersistenceError>
  }
>()("portico/tickets/TicketRepository") {}

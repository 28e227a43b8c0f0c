import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { FileId, MessageId, TicketId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { BlobKey, File } from "./File.ts"

/** What the messages of a ticket carry. */
export interface Carried {
  readonly files: number
  readonly bytes: number
}

/** Files, without their bytes. Keyed by their own id: a loose file belongs to no ticket, and a ticket's tenant comes later (STO-07). */
export class FileRepository extends Context.Service<
  FileRepository,
  {
    /** In one statement. MUST fail with `duplicate` when an id is taken. */
    readonly insert: (files: ReadonlyArray<File>) => Effect.Effect<void, PersistenceError>
    /** Saves every field but id, key, owner and time of making, and counts the version up. MUST fail with `conflict` unless the stored version is `file.version`. */
    readonly save: (file: File) => Effect.Effect<void, PersistenceError>
    /**
     * Saves place, position and `expiresAt` of files that go into a message, at most 50, and counts their versions up; in one statement. MUST fail with `conflict` unless each
     * of them is stored in the version that is given, and in no message.
     */
    readonly attach: (files: ReadonlyArray<File>) => Effect.Effect<void, PersistenceError>
    readonly find: (id: FileId) => Effect.Effect<Option.Option<File>, PersistenceError>
    /** Those of these that are there, in the order of their ids. MUST lock their rows until the unit ends. In one statement. */
    readonly findForUpdate: (ids: ReadonlyArray<FileId>) => Effect.Effect<ReadonlyArray<File>, PersistenceError>
    /** The files of messages, by message and position; in one statement. */
    readonly ofMessages: (messageIds: ReadonlyArray<MessageId>) => Effect.Effect<ReadonlyArray<File>, PersistenceError>
    /** How much hangs on the messages of a ticket. */
    readonly carriedBy: (ticketId: TicketId) => Effect.Effect<Carried, PersistenceError>
    /** Files that wait for a scan that is due, the longest due first, at most `limit`; none is locked. */
    readonly scanDue: (now: Instant, limit: number) => Effect.Effect<ReadonlyArray<File>, PersistenceError>
    /**
     * Makes files in no message whose time is over `Removed`, the longest over first, at most `limit`, and counts their versions up; answers how many. MUST leave out rows that
     * somebody else has locked, and wait for nobody. In one statement.
     */
    readonly retireExpired: (now: Instant, limit: number) => Effect.Effect<number, PersistenceError>
    /** Files that are to be deleted, at most `limit`, by id; none is locked. */
    readonly removed: (limit: number) => Effect.Effect<ReadonlyArray<File>, PersistenceError>
    /** Those of these blobs that a file needs that is not to be deleted: copies of a message's file have the same bytes. */
    readonly needed: (keys: ReadonlyArray<BlobKey>) => Effect.Effect<ReadonlyArray<BlobKey>, PersistenceError>
    /** Deletes the rows of those of these files that are to be deleted; answers how many. */
    readonly forget: (ids: ReadonlyArray<FileId>) => Effect.Effect<number, PersistenceError>
  }
>()("portico/tickets/FileRepository") {}

import { Effect, Layer, Option } from "effect"
import type { FileId, MessageId, TicketId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { type BlobKey, type File, FileState, type Place } from "../tickets/File.ts"
import { FileRepository } from "../tickets/FileRepository.ts"
import { Visibility } from "../tickets/Ticket.ts"
import { Database } from "./Database.ts"
import {
  forUpdate,
  forUpdateSkipLocked,
  instant,
  instantOrNull,
  integer,
  isOneOf,
  type RowList,
  rowList,
  rowsOf,
  type TextList,
  textList
} from "./dialect.ts"
import { queries } from "./query.ts"
import { word } from "./stored.ts"
import type { FileTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "version",
  "blob_key",
  "state",
  "name",
  "media_type",
  "size",
  "digest",
  "content_id",
  "owner",
  "ticket_id",
  "message_id",
  "message_seq",
  "visibility",
  "position",
  "created_at",
  "expires_at",
  "scan_due_at",
  "scan_failures",
  "scanned_at",
  "threat"
] as const satisfies ReadonlyArray<keyof FileTable>

const stateOf = word(FileState.literals)
const visibilityOf = word(Visibility.literals)

/** The constraints of the table see to it that all of a place is there, or nothing. */
const placeOf = ({ message_id, message_seq, ticket_id, visibility }: FileTable): Place | null =>
  ticket_id === null || message_id === null || message_seq === null || visibility === null
    ? null
    : {
        // ids are what was written, as below
        ticketId: ticket_id as TicketId,
        messageId: message_id as MessageId,
        seq: message_seq,
        visibility: visibilityOf(visibility)
      }

/** Ids and keys are what `insert` has written, which is why their brands hold. */
const toFile = (row: FileTable): File => ({
  id: row.id as FileId,
  version: row.version,
  key: row.blob_key as BlobKey,
  state: stateOf(row.state),
  name: row.name,
  mediaType: row.media_type,
  size: integer(row.size),
  digest: row.digest,
  contentId: row.content_id,
  owner: row.owner,
  place: placeOf(row),
  position: row.position,
  createdAt: instant(row.created_at),
  expiresAt: instantOrNull(row.expires_at),
  scanDueAt: instantOrNull(row.scan_due_at),
  scanFailures: row.scan_failures,
  scannedAt: instantOrNull(row.scanned_at),
  threat: row.threat
})

const toRow = (file: File): FileTable => ({
  id: file.id,
  version: file.version,
  blob_key: file.key,
  state: file.state,
  name: file.name,
  media_type: file.mediaType,
  size: file.size,
  digest: file.digest,
  content_id: file.contentId,
  owner: file.owner,
  ticket_id: file.place?.ticketId ?? null,
  message_id: file.place?.messageId ?? null,
  message_seq: file.place?.seq ?? null,
  visibility: file.place?.visibility ?? null,
  position: file.position,
  created_at: file.createdAt,
  expires_at: file.expiresAt,
  scan_due_at: file.scanDueAt,
  scan_failures: file.scanFailures,
  scanned_at: file.scannedAt,
  threat: file.threat
})

const many = (rows: ReadonlyArray<FileTable>): ReadonlyArray<File> => rows.map(toFile)

export const layer: Layer.Layer<FileRepository, never, Database> = Layer.effect(
  FileRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Due {
      readonly now: number
      readonly limit: number
    }
    const insert = q.insert("file.insert", "file", COLUMNS)
    const save = q.exactlyOne("file.save", (db, p: FileTable) =>
      db
        .updateTable("file")
        .set((eb) => ({
          version: eb("version", "+", 1),
          state: p.state,
          name: p.name,
          media_type: p.media_type,
          size: p.size,
          digest: p.digest,
          content_id: p.content_id,
          ticket_id: p.ticket_id,
          message_id: p.message_id,
          message_seq: p.message_seq,
          visibility: p.visibility,
          position: p.position,
          expires_at: p.expires_at,
          scan_due_at: p.scan_due_at,
          scan_failures: p.scan_failures,
          scanned_at: p.scanned_at,
          threat: p.threat
        }))
        .where("id", "=", p.id)
        .where("version", "=", p.version)
    )
    const attach = q.changed("file.attach", (db, p: { readonly rows: RowList }) =>
      db
        .updateTable("file")
        .from(
          rowsOf<{
            id: string
            version: number
            ticket_id: string
            message_id: string
            message_seq: number
            visibility: string
            position: number
          }>(kind, p.rows, {
            id: "text",
            version: "bigint",
            ticket_id: "text",
            message_id: "text",
            message_seq: "bigint",
            visibility: "text",
            position: "bigint"
          })
        )
        .set((eb) => ({
          version: eb("file.version", "+", 1),
          ticket_id: eb.ref("given.ticket_id"),
          message_id: eb.ref("given.message_id"),
          message_seq: eb.ref("given.message_seq"),
          visibility: eb.ref("given.visibility"),
          position: eb.ref("given.position"),
          expires_at: null
        }))
        .whereRef("file.id", "=", "given.id")
        .whereRef("file.version", "=", "given.version")
        .where("file.message_id", "is", null)
    )
    const find = q.first("file.find", (db, p: { readonly id: string }) =>
      db.selectFrom("file").select(COLUMNS).where("id", "=", p.id)
    )
    const lock = q.all("file.findForUpdate", (db, p: { readonly ids: TextList }) =>
      forUpdate(
        kind,
        db
          .selectFrom("file")
          .select(COLUMNS)
          .where((eb) => isOneOf(kind, eb.ref("file.id"), p.ids))
          .orderBy("id")
      )
    )
    const ofMessages = q.all("file.ofMessages", (db, p: { readonly ids: TextList }) =>
      db
        .selectFrom("file")
        .select(COLUMNS)
        // of those that have no message there is none in the list
        .where((eb) => isOneOf(kind, eb.ref("file.message_id").$castTo<string>(), p.ids))
        .orderBy("message_id")
        .orderBy("position")
        .orderBy("id")
    )
    const carriedBy = q.first("file.carriedBy", (db, p: { readonly ticketId: string }) =>
      db
        .selectFrom("file")
        .select((eb) => [
          eb.fn.countAll<number | string>().as("files"),
          eb.fn.coalesce(eb.fn.sum<number | string>("size"), eb.lit(0)).as("bytes")
        ])
        .where("ticket_id", "=", p.ticketId)
    )
    const scanDue = q.all("file.scanDue", (db, p: Due) =>
      db
        .selectFrom("file")
        .select(COLUMNS)
        .where("scan_due_at", "<=", p.now)
        .orderBy("scan_due_at")
        .orderBy("id")
        .limit(p.limit)
    )
    const retireExpired = q.changed("file.retireExpired", (db, p: Due) =>
      db
        // materialized, because PostgreSQL may run a sub-select with a limit more than once and then changes more rows than that
        .with(
          (cte) => cte("over").materialized(),
          (db) =>
            forUpdateSkipLocked(
              kind,
              db
                .selectFrom("file")
                .select("file.id")
                .where("file.expires_at", "<=", p.now)
                .where("file.state", "<>", "Removed")
                .orderBy("file.expires_at")
                .orderBy("file.id")
                .limit(p.limit)
            )
        )
        .updateTable("file")
        .set((eb) => ({ state: "Removed", scan_due_at: null, version: eb("version", "+", 1) }))
        .where("id", "in", (eb) => eb.selectFrom("over").select("over.id"))
    )
    const removed = q.all("file.removed", (db, p: { readonly limit: number }) =>
      db.selectFrom("file").select(COLUMNS).where("state", "=", "Removed").orderBy("id").limit(p.limit)
    )
    const needed = q.all("file.needed", (db, p: { readonly keys: TextList }) =>
      db
        .selectFrom("file")
        .select("blob_key")
        .distinct()
        .where((eb) => isOneOf(kind, eb.ref("file.blob_key"), p.keys))
        .where("state", "<>", "Removed")
        .orderBy("blob_key")
    )
    const forget = q.changed("file.forget", (db, p: { readonly ids: TextList }) =>
      db
        .deleteFrom("file")
        .where((eb) => isOneOf(kind, eb.ref("file.id"), p.ids))
        .where("state", "=", "Removed")
    )

    return FileRepository.of({
      insert: (files) => insert(files.map(toRow)),
      save: (file) => save(toRow(file)),
      attach: Effect.fnUntraced(function* (files) {
        if (files.length === 0) return
        const rows = files.map((file) => {
          const { id, message_id, message_seq, position, ticket_id, version, visibility } = toRow(file)
          return { id, version, ticket_id, message_id, message_seq, visibility, position }
        })
        const count = yield* attach({ rows: rowList(rows) })
        if (count !== files.length) {
          return yield* new PersistenceError({ operation: "file.attach", reason: "conflict" })
        }
      }),
      find: (id) => Effect.map(find({ id }), (row) => Option.map(Option.fromUndefinedOr(row), toFile)),
      findForUpdate: (ids) => Effect.map(lock({ ids: textList(ids) }), many),
      ofMessages: (ids) => Effect.map(ofMessages({ ids: textList(ids) }), many),
      carriedBy: (ticketId) =>
        Effect.map(carriedBy({ ticketId }), (row) => ({
          files: integer(row?.files ?? 0),
          bytes: integer(row?.bytes ?? 0)
        })),
      scanDue: (now, limit) => Effect.map(scanDue({ now, limit }), many),
      retireExpired: (now, limit) => retireExpired({ now, limit }),
      removed: (limit) => Effect.map(removed({ limit }), many),
      // a key is what was written, as above
      needed: (keys) =>
        Effect.map(needed({ keys: textList(keys) }), (rows) => rows.map(({ blob_key }) => blob_key as BlobKey)),
      forget: (ids) => forget({ ids: textList(ids) })
    })
  })
)

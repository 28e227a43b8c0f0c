import { sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up: Migration["up"] = async (db, kind) => {
  await db.schema
    .createTable("file")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("blob_key", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("media_type", "text", (column) => column.notNull())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("digest", "text")
    .addColumn("content_id", "text")
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("ticket_id", "text")
    .addColumn("message_id", "text")
    .addColumn("message_seq", "integer")
    .addColumn("visibility", "text")
    .addColumn("position", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint")
    .addColumn("scan_due_at", "bigint")
    .addColumn("scan_failures", "integer", (column) => column.notNull())
    .addColumn("scanned_at", "bigint")
    .addColumn("threat", "text")
    .addPrimaryKeyConstraint("file_pk", ["id"])
    // either in a message for good, or loose and over some time
    .addCheckConstraint("file_placed", sql`(message_id is null) = (expires_at is not null)`)
    .addCheckConstraint(
      "file_place_whole",
      sql`(message_id is null) = (ticket_id is null) and (message_id is null) = (message_seq is null) and (message_id is null) = (visibility is null)`
    )
    .addCheckConstraint("file_scanned", sql`(state = 'Waiting') = (scan_due_at is not null)`)
    .addCheckConstraint("file_complete", sql`message_id is null or state not in ('Uploading', 'Removed')`)
    .execute()
  await db.schema.createIndex("file_of_message").on("file").columns(["message_id", "position"]).execute()
  await db.schema.createIndex("file_of_ticket").on("file").columns(["ticket_id"]).execute()
  await db.schema.createIndex("file_by_key").on("file").columns(["blob_key"]).execute()
  await db.schema
    .createIndex("file_expiry")
    .on("file")
    .columns(["expires_at", "id"])
    .where(sql.ref("expires_at"), "is not", null)
    .execute()
  await db.schema
    .createIndex("file_scan")
    .on("file")
    .columns(["scan_due_at", "id"])
    .where(sql.ref("scan_due_at"), "is not", null)
    .execute()
  await db.schema
    .createIndex("file_removed")
    .on("file")
    .columns(["id"])
    .where(sql.ref("state"), "=", sql.lit("Removed"))
    .execute()

  // The bytes, for those who keep them in the database: what has no row here is not complete.
  await db.schema
    .createTable("file_blob")
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("size", "bigint", (column) => column.notNull())
    .addColumn("digest", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("file_blob_pk", ["key"])
    .execute()
  await db.schema
    .createTable("file_chunk")
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("seq", "integer", (column) => column.notNull())
    .addColumn("bytes", kind === "postgres" ? "bytea" : "blob", (column) => column.notNull())
    .addPrimaryKeyConstraint("file_chunk_pk", ["key", "seq"])
    .execute()
}

/** Files of tickets, and their bytes where the database keeps them. */
export const files: Migration = { name: "0017_files", up }

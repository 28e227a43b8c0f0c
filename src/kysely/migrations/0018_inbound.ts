import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("inbound")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("mailbox", "text", (column) => column.notNull())
    .addColumn("taken_key", "text")
    .addColumn("message_id", "text")
    .addColumn("digest", "text", (column) => column.notNull())
    .addColumn("size", "integer", (column) => column.notNull())
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("reason", "text")
    .addColumn("ticket_id", "text")
    .addColumn("ticket_message_id", "text")
    .addColumn("repeats", "text")
    .addColumn("review", "text")
    .addColumn("reviewed_at", "bigint")
    .addColumn("reviewed_by", "text")
    .addColumn("received_at", "bigint", (column) => column.notNull())
    // whether what follows is still kept
    .addColumn("kept", "smallint", (column) => column.notNull())
    .addColumn("sender", "text")
    .addColumn("sender_name", "text")
    .addColumn("subject", "text")
    .addColumn("body", "text")
    // base64; the last column, so that nobody who reads the others reads past it
    .addColumn("raw", "text")
    .addPrimaryKeyConstraint("inbound_pk", ["id"])
    .addUniqueConstraint("inbound_taken", ["mailbox", "taken_key"])
    // whatever a program does: held ones have a review and no others do, and who has reviewed stands beside it
    .addCheckConstraint(
      "inbound_review",
      sql`(outcome = 'Held' and review in ('waiting', 'accepted', 'discarded') and (review = 'waiting') = (reviewed_at is null))
        or (outcome in ('Threaded', 'NewTicket', 'Automatic', 'Bounce', 'Duplicate', 'Refused') and review is null and reviewed_at is null)`
    )
    .execute()
  await db.schema.createIndex("inbound_by_outcome").on("inbound").columns(["outcome"]).execute()
  await db.schema
    .createIndex("inbound_held")
    .on("inbound")
    .columns(["review", "received_at", "id"])
    .where(sql.ref("review"), "is not", null)
    .execute()
  await db.schema
    .createIndex("inbound_held_of_ticket")
    .on("inbound")
    .columns(["ticket_id", "review", "received_at", "id"])
    .where(sql.ref("review"), "is not", null)
    .execute()
  await db.schema
    .createIndex("inbound_kept")
    .on("inbound")
    .columns(["received_at"])
    .where(sql.ref("kept"), "=", sql.lit(1))
    .execute()
}

/** Mail that came in, and what became of it. */
export const inbound: Migration = { name: "0018_inbound", up }

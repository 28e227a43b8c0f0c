import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("outbox")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("recipient", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("template_values", "text", (column) => column.notNull())
    .addColumn("sealed_secret", "text")
    .addColumn("has_link", "smallint", (column) => column.notNull())
    .addColumn("tenant_id", "text")
    .addColumn("account_id", "text")
    .addColumn("process", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("lease", "text")
    .addColumn("reason", "text")
    .addColumn("detail", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("settled_at", "bigint")
    .addPrimaryKeyConstraint("outbox_pk", ["id"])
    // whatever a program does: no mail without an end, no lease on a settled one, no secret in a settled one (V-35, V-36, OUT-01)
    .addCheckConstraint(
      "outbox_life",
      sql`(state = 'queued' and due_at is not null and lease is null and settled_at is null)
        or (state = 'sending' and due_at is not null and lease is not null and settled_at is null)
        or (state in ('sent', 'dropped', 'dead') and due_at is null and lease is null and settled_at is not null and sealed_secret is null)`
    )
    .execute()
  // the dispatcher looks here several times a second, and finds what is open, however much was sent
  await db.schema
    .createIndex("outbox_by_due")
    .on("outbox")
    .columns(["due_at", "id", "state"])
    .where(sql.ref("due_at"), "is not", null)
    .execute()
  // the order of mails of one process, and what is still unsent of it
  await db.schema
    .createIndex("outbox_by_process")
    .on("outbox")
    .columns(["process", "recipient", "state", "id"])
    .execute()
  await db.schema.createIndex("outbox_by_recipient").on("outbox").columns(["recipient", "id"]).execute()
  // not written when a mail is added, only when it is settled
  await db.schema
    .createIndex("outbox_by_outcome")
    .on("outbox")
    .columns(["state", "id"])
    .where(sql.ref("settled_at"), "is not", null)
    .execute()
  await db.schema
    .createIndex("outbox_by_end")
    .on("outbox")
    .columns(["settled_at"])
    .where(sql.ref("settled_at"), "is not", null)
    .execute()
}

/** Mails that wait, and what became of them. */
export const outbox: Migration = { name: "0002_outbox", up }

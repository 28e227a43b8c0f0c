import { sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up: Migration["up"] = async (db, kind) => {
  await db.schema
    .createTable("link")
    .addColumn("hash", "text", (column) => column.notNull())
    .addColumn("purpose", "text", (column) => column.notNull())
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("tenant_id", "text")
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("credential_epoch", "integer")
    .addColumn("issued_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("used_at", "bigint")
    .addColumn("voided_at", "bigint")
    .addPrimaryKeyConstraint("link_pk", ["hash"])
    .execute()
  await db.schema.createIndex("link_by_subject").on("link").columns(["subject", "purpose"]).execute()
  await db.schema.createIndex("link_by_end").on("link").columns(["expires_at"]).execute()

  await db.schema
    .createTable("budget")
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("count", "integer", (column) => column.notNull())
    .addColumn("last_at", "bigint", (column) => column.notNull())
    .addColumn("ends_at", "bigint", (column) => column.notNull())
    .addColumn("max_count", "integer", (column) => column.notNull())
    .addColumn("free_count", "integer", (column) => column.notNull())
    .addColumn("delay_base", "bigint", (column) => column.notNull())
    .addColumn("delay_cap", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("budget_pk", ["key"])
    .execute()
  // No index by end: every call would write it, and the purge reads the table once an hour.

  await db.schema
    .createTable("idempotency")
    .addColumn("scope", "text", (column) => column.notNull())
    .addColumn("key", "text", (column) => column.notNull())
    .addColumn("input_hash", "text", (column) => column.notNull())
    .addColumn("answer", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("idempotency_pk", ["scope", "key"])
    .execute()
  await db.schema.createIndex("idempotency_by_age").on("idempotency").columns(["created_at"]).execute()

  await db.schema
    .createTable("lease")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("owner", "text", (column) => column.notNull())
    .addColumn("ends_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("lease_pk", ["name"])
    .execute()

  await db.schema
    .createTable("event")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("tenant_id", "text")
    .addColumn("subject_kind", "text", (column) => column.notNull())
    .addColumn("subject_id", "text", (column) => column.notNull())
    .addColumn("actor", "text", (column) => column.notNull())
    .addColumn("account_id", "text")
    .addColumn("real_actor", "text")
    .addColumn("outcome", "text", (column) => column.notNull())
    .addColumn("use_case", "text", (column) => column.notNull())
    .addColumn("request_id", "text")
    .addColumn("data", "text", (column) => column.notNull())
    .addColumn("personal", "text")
    .addColumn("salt", "text")
    .addColumn("number", "bigint")
    .addColumn("personal_digest", "text")
    .addColumn("mac", "text")
    .addColumn("key_id", "text")
    .addPrimaryKeyConstraint("event_pk", ["id"])
    .execute()
  await db.schema.createIndex("event_by_number").unique().on("event").columns(["number"]).execute()
  await db.schema
    .createIndex("event_by_tenant")
    .on("event")
    .columns(["tenant_id", "id"])
    .where(sql.ref("tenant_id"), "is not", null)
    .execute()
  // The sequencer looks here several times a second, and finds a few rows whatever the age of the log. On SQLite the index by number has them
  // together, in the order of the key.
  if (kind === "postgres") {
    await db.schema
      .createIndex("event_unsealed")
      .on("event")
      .columns(["id"])
      .where(sql.ref("number"), "is", null)
      .execute()
  }

  await db.schema
    .createTable("event_chain")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("number", "bigint", (column) => column.notNull())
    .addColumn("mac", "text", (column) => column.notNull())
    .addColumn("key_id", "text", (column) => column.notNull())
    .addColumn("signature", "text", (column) => column.notNull())
    .addColumn("base_number", "bigint", (column) => column.notNull())
    .addColumn("base_mac", "text", (column) => column.notNull())
    .addColumn("base_key_id", "text", (column) => column.notNull())
    .addColumn("base_signature", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("event_chain_pk", ["name"])
    .execute()
}

/** The tables of the kernel's ports and of the event log. */
export const kernel: Migration = { name: "0001_kernel", up }

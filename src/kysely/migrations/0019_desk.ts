import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("desk_item")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("owner_id", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("folded", "text", (column) => column.notNull())
    .addColumn("shared", "smallint", (column) => column.notNull())
    // what differs from kind to kind
    .addColumn("contents", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("changed_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("desk_item_pk", ["id"])
    .execute()
  await db.schema.createIndex("desk_item_by_name").on("desk_item").columns(["kind", "folded", "id"]).execute()

  await db.schema
    .createTable("ticket_merge")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("source_id", "text", (column) => column.notNull())
    .addColumn("target_id", "text", (column) => column.notNull())
    .addColumn("added_to_source", "text", (column) => column.notNull())
    .addColumn("added_to_target", "text", (column) => column.notNull())
    .addColumn("moved", "text", (column) => column.notNull())
    .addColumn("by_id", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("undone_at", "bigint")
    .addPrimaryKeyConstraint("ticket_merge_pk", ["id"])
    .addCheckConstraint("ticket_merge_of_two", sql`source_id <> target_id`)
    .execute()
  // a ticket is merged into one other at most
  await db.schema
    .createIndex("ticket_merge_open")
    .unique()
    .on("ticket_merge")
    .columns(["source_id"])
    .where(sql.ref("undone_at"), "is", null)
    .execute()
}

/** What staff keep for their work on tickets, and what they have merged. */
export const desk: Migration = { name: "0019_desk", up }

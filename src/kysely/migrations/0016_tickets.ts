import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

// Whatever the code does: what was written in a ticket stays as it was (V-33).
const keepOnSqlite = async (
  db: Kysely<unknown>,
  table: string,
  name: Parameters<Migration["up"]>[2]
): Promise<void> => {
  for (const event of ["update", "delete"]) {
    await sql`create trigger ${name(`${table}_no_${event}`)} before ${sql.raw(event)} on ${name(table)}
      begin select raise(abort, 'rows of this table are only ever added'); end`.execute(db)
  }
}

const keepOnPostgres = async (
  db: Kysely<unknown>,
  tables: ReadonlyArray<string>,
  name: Parameters<Migration["up"]>[2]
): Promise<void> => {
  await sql`create function ${name("only_added")}() returns trigger language plpgsql as
    'begin raise exception ''rows of this table are only ever added''; end'`.execute(db)
  for (const table of tables) {
    await sql`create trigger ${sql.id(`${table}_kept`)} before update or delete on ${name(table)}
      for each row execute function ${name("only_added")}()`.execute(db)
  }
}

const up: Migration["up"] = async (db, kind, name) => {
  await db.schema
    .createTable("ticket")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("tenant_id", "text")
    .addColumn("contact_email", "text", (column) => column.notNull())
    .addColumn("contact_name", "text", (column) => column.notNull())
    // what is searched
    .addColumn("contact_folded", "text", (column) => column.notNull())
    .addColumn("company_name", "text", (column) => column.notNull())
    .addColumn("customer_number", "text")
    .addColumn("subject", "text", (column) => column.notNull())
    .addColumn("category", "text")
    .addColumn("priority", "text", (column) => column.notNull())
    .addColumn("wished_priority", "text")
    .addColumn("tags", "text", (column) => column.notNull())
    .addColumn("fields", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("state_since", "bigint", (column) => column.notNull())
    .addColumn("assignee_id", "text")
    // where it is listed: merged ones nowhere but in a search, spam apart from the others
    .addColumn("place", "text", (column) => column.notNull())
    .addColumn("spam", "smallint", (column) => column.notNull())
    .addColumn("merged_into", "text")
    .addColumn("parent_id", "text")
    .addColumn("follow_up_of", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("activity_at", "bigint", (column) => column.notNull())
    .addColumn("staff_activity_at", "bigint", (column) => column.notNull())
    .addColumn("last_message", "integer", (column) => column.notNull())
    .addColumn("last_change", "integer", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addColumn("reminded_at", "bigint")
    .addColumn("clocks", "text", (column) => column.notNull())
    .addColumn("clock_due_at", "bigint")
    .addColumn("satisfaction", "text")
    .addPrimaryKeyConstraint("ticket_pk", ["id"])
    .addUniqueConstraint("ticket_number", ["number"])
    .addForeignKeyConstraint("ticket_tenant", ["tenant_id"], "tenant", ["id"])
    .addForeignKeyConstraint("ticket_merged_into", ["merged_into"], "ticket", ["id"])
    .addForeignKeyConstraint("ticket_parent", ["parent_id"], "ticket", ["id"])
    .addForeignKeyConstraint("ticket_follow_up_of", ["follow_up_of"], "ticket", ["id"])
    .addCheckConstraint(
      "ticket_place",
      sql`place = case when merged_into is not null then 'merged' when spam = 1 then 'spam' else 'queue' end`
    )
    .addCheckConstraint("ticket_in_itself", sql`id not in (coalesce(merged_into, ''), coalesce(parent_id, ''))`)
    .execute()
  // Each list is read newest first in the order of an index; where states are asked for, each of them on its own, so that a million closed tickets
  // are not read past.
  await db.schema.createIndex("ticket_queue").on("ticket").columns(["place", "staff_activity_at", "id"]).execute()
  await db.schema
    .createIndex("ticket_queue_by_state")
    .on("ticket")
    .columns(["place", "state", "staff_activity_at", "id"])
    .execute()
  await db.schema
    .createIndex("ticket_queue_by_assignee")
    .on("ticket")
    .columns(["place", "assignee_id", "state", "staff_activity_at", "id"])
    .execute()
  await db.schema
    .createIndex("ticket_queue_by_tenant")
    .on("ticket")
    .columns(["place", "tenant_id", "state", "staff_activity_at", "id"])
    .execute()
  await db.schema
    .createIndex("ticket_of_tenant")
    .on("ticket")
    .columns(["tenant_id", "place", "activity_at", "id"])
    .execute()
  await db.schema
    .createIndex("ticket_of_tenant_by_state")
    .on("ticket")
    .columns(["tenant_id", "place", "state", "activity_at", "id"])
    .execute()
  // how a requester's address and name begin
  await db.schema.createIndex("ticket_contact_email").on("ticket").columns(["contact_email"]).execute()
  await db.schema.createIndex("ticket_contact_name").on("ticket").columns(["contact_folded"]).execute()
  for (const column of ["merged_into", "parent_id", "follow_up_of", "due_at", "clock_due_at"]) {
    await db.schema
      .createIndex(`ticket_by_${column}`)
      .on("ticket")
      .columns([column])
      .where(sql.ref(column), "is not", null)
      .execute()
  }

  await db.schema
    .createTable("ticket_participant")
    .addColumn("ticket_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("seq", "integer", (column) => column.notNull())
    .addColumn("role", "text", (column) => column.notNull())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("account_id", "text")
    .addColumn("proven_at", "bigint")
    .addColumn("writes", "smallint", (column) => column.notNull())
    .addColumn("reads_after", "integer", (column) => column.notNull())
    .addColumn("added_at", "bigint", (column) => column.notNull())
    .addColumn("removed_at", "bigint")
    .addColumn("token_version", "integer", (column) => column.notNull())
    .addColumn("token_key_id", "text", (column) => column.notNull())
    .addColumn("undeliverable_at", "bigint")
    // copies of the ticket's, so that the list of an account with however many tickets is read in the order of an index
    .addColumn("ticket_place", "text", (column) => column.notNull())
    .addColumn("ticket_state", "text", (column) => column.notNull())
    .addColumn("ticket_activity_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("ticket_participant_pk", ["ticket_id", "seq"])
    .addUniqueConstraint("ticket_participant_id", ["id"])
    .addUniqueConstraint("ticket_participant_email", ["email", "ticket_id"])
    .addForeignKeyConstraint("ticket_participant_of", ["ticket_id"], "ticket", ["id"])
    .execute()
  await db.schema
    .createIndex("ticket_participant_contact")
    .unique()
    .on("ticket_participant")
    .columns(["ticket_id"])
    .where(sql.ref("role"), "=", "contact")
    .execute()
  await db.schema
    .createIndex("ticket_of_account")
    .on("ticket_participant")
    .columns(["account_id", "ticket_place", "ticket_activity_at", "ticket_id"])
    .where(sql.ref("removed_at"), "is", null)
    .execute()
  await db.schema
    .createIndex("ticket_of_account_by_state")
    .on("ticket_participant")
    .columns(["account_id", "ticket_place", "ticket_state", "ticket_activity_at", "ticket_id"])
    .where(sql.ref("removed_at"), "is", null)
    .execute()

  await db.schema
    .createTable("ticket_message")
    .addColumn("ticket_id", "text", (column) => column.notNull())
    .addColumn("seq", "integer", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("visibility", "text", (column) => column.notNull())
    .addColumn("author", "text", (column) => column.notNull())
    .addColumn("account_id", "text")
    .addColumn("participant_id", "text")
    .addColumn("author_name", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("text", "text", (column) => column.notNull())
    .addColumn("html", "text")
    .addColumn("folded", "text")
    .addColumn("mail_message_id", "text")
    .addColumn("files", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("ticket_message_pk", ["ticket_id", "seq"])
    .addUniqueConstraint("ticket_message_id", ["id"])
    .addForeignKeyConstraint("ticket_message_of", ["ticket_id"], "ticket", ["id"])
    .execute()

  await db.schema
    .createTable("ticket_change")
    .addColumn("ticket_id", "text", (column) => column.notNull())
    .addColumn("seq", "integer", (column) => column.notNull())
    .addColumn("visibility", "text", (column) => column.notNull())
    .addColumn("what", "text", (column) => column.notNull())
    .addColumn("data", "text", (column) => column.notNull())
    .addColumn("by_kind", "text", (column) => column.notNull())
    .addColumn("account_id", "text")
    .addColumn("by_name", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("ticket_change_pk", ["ticket_id", "seq"])
    .addForeignKeyConstraint("ticket_change_of", ["ticket_id"], "ticket", ["id"])
    .execute()

  // Each word of a ticket once, with where it stands: that is all that a search has to know about who may find it.
  await db.schema
    .createTable("ticket_word")
    .addColumn("ticket_id", "text", (column) => column.notNull())
    .addColumn("word", "text", (column) => column.notNull())
    .addColumn("in_subject", "smallint", (column) => column.notNull())
    // the last public message with it, or 0: whoever reads messages after an earlier one finds it
    .addColumn("public_seq", "integer", (column) => column.notNull())
    .addColumn("internal", "smallint", (column) => column.notNull())
    .addPrimaryKeyConstraint("ticket_word_pk", ["ticket_id", "word"])
    .addForeignKeyConstraint("ticket_word_of", ["ticket_id"], "ticket", ["id"])
    .execute()
  await db.schema.createIndex("ticket_word_by_word").on("ticket_word").columns(["word", "ticket_id"]).execute()

  const kept = ["ticket_message", "ticket_change"]
  if (kind === "postgres") await keepOnPostgres(db, kept, name)
  else for (const table of kept) await keepOnSqlite(db, table, name)
}

/** Tickets with their participants, messages, history, and the words under which they are found. */
export const tickets: Migration = { name: "0016_tickets", up }

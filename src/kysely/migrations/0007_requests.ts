import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("request")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("tenant_id", "text")
    .addColumn("asker_account_id", "text")
    .addColumn("asker_email", "text", (column) => column.notNull())
    .addColumn("asker_locale", "text", (column) => column.notNull())
    .addColumn("asker_tenant_id", "text")
    .addColumn("asker_staff_id", "text")
    .addColumn("audience", "text", (column) => column.notNull())
    .addColumn("audience_tenant_id", "text")
    .addColumn("audience_permission", "text")
    .addColumn("audience_rank", "integer")
    .addColumn("audience_account_id", "text")
    .addColumn("payload", "text", (column) => column.notNull())
    .addColumn("identity", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    // 1 as long as anything can become of it
    .addColumn("open", "smallint", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("revision", "integer", (column) => column.notNull())
    .addColumn("rules", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("pending_at", "bigint")
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("next_reminder_at", "bigint")
    .addColumn("reminders", "integer", (column) => column.notNull())
    .addColumn("approvals", "text", (column) => column.notNull())
    .addColumn("approvers", "text", (column) => column.notNull())
    .addColumn("refused_by", "text")
    .addColumn("reason", "text")
    .addColumn("ended_at", "bigint")
    .addPrimaryKeyConstraint("request_pk", ["id"])
    .addUniqueConstraint("request_number", ["number"])
    // the second line behind the model: what has ended has an end, and a refusal its reason
    .addCheckConstraint("request_ends", sql`(open = 1) = (ended_at is null)`)
    .addCheckConstraint("request_open", sql`(open = 1) = (state in ('AwaitingConfirmation', 'Pending', 'Approved'))`)
    .addCheckConstraint("request_reason", sql`(state = 'Refused') = (reason is not null)`)
    .execute()
  // the same is asked once at a time
  await db.schema
    .createIndex("request_same")
    .unique()
    .on("request")
    .columns(["asker_email", "kind", "identity"])
    .where(sql.ref("open"), "=", 1)
    .execute()
  await db.schema
    .createIndex("request_refused")
    .on("request")
    .columns(["asker_email", "kind", "identity", "ended_at"])
    .where(sql.ref("state"), "=", "Refused")
    .execute()
  // what waits, by the three ways of being asked
  for (const column of ["audience_tenant_id", "audience_rank", "audience_account_id"]) {
    await db.schema
      .createIndex(`request_waits_${column}`)
      .on("request")
      .columns([column, "pending_at", "id"])
      .where(sql.ref("state"), "=", "Pending")
      .execute()
  }
  await db.schema.createIndex("request_by_address").on("request").columns(["asker_email", "created_at", "id"]).execute()
  await db.schema
    .createIndex("request_by_account")
    .on("request")
    .columns(["asker_account_id", "created_at", "id"])
    .execute()
  await db.schema
    .createIndex("request_by_reminder")
    .on("request")
    .columns(["next_reminder_at"])
    .where(sql.ref("state"), "=", "Pending")
    .execute()
  await db.schema
    .createIndex("request_by_end")
    .on("request")
    .columns(["expires_at"])
    .where(sql.ref("open"), "=", 1)
    .execute()

  await db.schema
    .createTable("deputy")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("principal_id", "text", (column) => column.notNull())
    .addColumn("deputy_id", "text", (column) => column.notNull())
    .addColumn("tenant_id", "text")
    .addColumn("from_at", "bigint", (column) => column.notNull())
    .addColumn("until_at", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("deputy_pk", ["id"])
    .addCheckConstraint("deputy_other", sql`principal_id <> deputy_id`)
    .execute()
  await db.schema.createIndex("deputy_by_principal").on("deputy").columns(["principal_id", "until_at"]).execute()
  await db.schema.createIndex("deputy_by_deputy").on("deputy").columns(["deputy_id", "until_at"]).execute()
  await db.schema.createIndex("deputy_by_tenant").on("deputy").columns(["tenant_id", "until_at"]).execute()
  await db.schema.createIndex("deputy_by_end").on("deputy").columns(["until_at"]).execute()

  await db.schema
    .createTable("staff_member")
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("roles", "text", (column) => column.notNull())
    // 1 to 3: the highest of the roles
    .addColumn("rank", "integer", (column) => column.notNull())
    .addColumn("since", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("staff_member_pk", ["account_id"])
    .execute()
  await db.schema.createIndex("staff_member_by_age").on("staff_member").columns(["since", "account_id"]).execute()
  await db.schema.createIndex("staff_member_by_rank").on("staff_member").columns(["rank"]).execute()
}

/** Requests, deputies, and the operator's people. */
export const requests: Migration = { name: "0007_requests", up }

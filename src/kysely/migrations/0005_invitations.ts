import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("invitation")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("roles", "text", (column) => column.notNull())
    .addColumn("message", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("inviter_id", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("sent_at", "bigint", (column) => column.notNull())
    .addColumn("ended_at", "bigint")
    .addPrimaryKeyConstraint("invitation_pk", ["tenant_id", "id"])
    .execute()
  // at most one open invitation for each tenant and address; and "what is open for my address", across tenants
  await db.schema
    .createIndex("invitation_pending")
    .unique()
    .on("invitation")
    .columns(["email", "tenant_id"])
    .where(sql.ref("state"), "=", "pending")
    .execute()
  await db.schema.createIndex("invitation_by_age").on("invitation").columns(["tenant_id", "created_at", "id"]).execute()
  await db.schema
    .createIndex("invitation_pending_by_end")
    .on("invitation")
    .columns(["expires_at"])
    .where(sql.ref("state"), "=", "pending")
    .execute()
}

/** Invitations. */
export const invitations: Migration = { name: "0005_invitations", up }

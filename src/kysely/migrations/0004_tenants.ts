import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("tenant")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("customer_number", "text", (column) => column.notNull())
    .addColumn("customer_number_normal", "text", (column) => column.notNull())
    .addColumn("postal_code", "text", (column) => column.notNull())
    .addColumn("country", "text", (column) => column.notNull())
    .addColumn("street", "text", (column) => column.notNull())
    .addColumn("city", "text", (column) => column.notNull())
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("seats", "integer")
    .addColumn("member_count", "integer", (column) => column.notNull())
    .addColumn("owner_count", "integer", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("tenant_pk", ["id"])
    .addUniqueConstraint("tenant_number", ["number"])
    .addUniqueConstraint("tenant_customer_number", ["customer_number_normal"])
    // the second line behind the lock on this row (V-01, V-26)
    .addCheckConstraint("tenant_has_owner", sql`state <> 'active' or owner_count >= 1`)
    .addCheckConstraint("tenant_has_seats", sql`seats is null or member_count <= seats`)
    .addCheckConstraint("tenant_counts", sql`owner_count >= 0 and owner_count <= member_count`)
    .execute()

  await db.schema
    .createTable("membership")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("roles", "text", (column) => column.notNull())
    .addColumn("contact_email", "text", (column) => column.notNull())
    .addColumn("mail_preferences", "text", (column) => column.notNull())
    .addColumn("joined_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("membership_pk", ["tenant_id", "account_id"])
    .addUniqueConstraint("membership_id", ["tenant_id", "id"])
    .addForeignKeyConstraint("membership_tenant", ["tenant_id"], "tenant", ["id"])
    .execute()
  await db.schema
    .createIndex("membership_by_joining")
    .on("membership")
    .columns(["tenant_id", "joined_at", "account_id"])
    .execute()
  // "where can I go?", across tenants
  await db.schema.createIndex("membership_by_account").on("membership").columns(["account_id"]).execute()
}

/** Tenants and memberships. */
export const tenants: Migration = { name: "0004_tenants", up }

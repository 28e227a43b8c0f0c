import type { Kysely } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("self_registration")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("customer_number", "text", (column) => column.notNull())
    .addColumn("postal_code", "text", (column) => column.notNull())
    .addColumn("country", "text", (column) => column.notNull())
    .addColumn("first_name", "text", (column) => column.notNull())
    .addColumn("last_name", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("consents", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("self_registration_pk", ["id"])
    .execute()
  await db.schema
    .createIndex("self_registration_by_age")
    .on("self_registration")
    .columns(["created_at", "id"])
    .execute()
}

/** Attempts to join a tenant by its customer number. */
export const selfRegistrations: Migration = { name: "0009_self_registrations", up }

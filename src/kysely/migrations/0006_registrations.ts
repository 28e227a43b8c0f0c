import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("registration")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("first_name", "text", (column) => column.notNull())
    .addColumn("last_name", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("company_name", "text")
    .addColumn("consents", "text", (column) => column.notNull())
    .addColumn("password_hash", "text")
    .addColumn("factor_secret", "text")
    .addColumn("factor_step", "bigint")
    .addColumn("address_taken", "smallint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("registration_pk", ["id"])
    // a factor becomes real only for who knows the attempt's password (REG-06)
    .addCheckConstraint(
      "registration_factor",
      sql`(factor_secret is null) = (factor_step is null) and (factor_secret is null or password_hash is not null)`
    )
    .execute()
  await db.schema
    .createIndex("registration_by_email")
    .on("registration")
    .columns(["email", "created_at", "id"])
    .execute()
  await db.schema.createIndex("registration_by_age").on("registration").columns(["created_at"]).execute()

  // without a key to the account: the evidence may have to outlive it
  await db.schema
    .createTable("consent")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("version", "text", (column) => column.notNull())
    .addColumn("text_hash", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("channel", "text", (column) => column.notNull())
    .addColumn("given", "smallint", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("consent_pk", ["id"])
    .execute()
  await db.schema.createIndex("consent_by_account").on("consent").columns(["account_id", "at", "id"]).execute()
}

/** Attempts to register, and the evidence of consents. */
export const registrations: Migration = { name: "0006_registrations", up }

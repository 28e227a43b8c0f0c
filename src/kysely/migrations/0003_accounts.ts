import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("account")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("email", "text", (column) => column.notNull())
    .addColumn("first_name", "text", (column) => column.notNull())
    .addColumn("last_name", "text", (column) => column.notNull())
    .addColumn("name_folded", "text", (column) => column.notNull())
    .addColumn("locale", "text", (column) => column.notNull())
    .addColumn("company_name", "text")
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("credential_epoch", "integer", (column) => column.notNull())
    .addColumn("password_hash", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("account_pk", ["id"])
    .addUniqueConstraint("account_number", ["number"])
    // an address is proven for at most one account (V-22)
    .addUniqueConstraint("account_email", ["email"])
    .execute()

  await db.schema
    .createTable("session")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("token_hash", "text", (column) => column.notNull())
    .addColumn("credential_epoch", "integer", (column) => column.notNull())
    .addColumn("method", "text", (column) => column.notNull())
    .addColumn("second_factor", "smallint", (column) => column.notNull())
    .addColumn("strict", "smallint", (column) => column.notNull())
    .addColumn("stay_signed_in", "smallint", (column) => column.notNull())
    .addColumn("authenticated_at", "bigint", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("last_seen_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("device", "text")
    .addColumn("place", "text")
    // every request of a host looks a session up by its token
    .addPrimaryKeyConstraint("session_pk", ["token_hash"])
    .addUniqueConstraint("session_of_account", ["account_id", "id"])
    .addForeignKeyConstraint("session_account", ["account_id"], "account", ["id"], (key) => key.onDelete("cascade"))
    .execute()
  await db.schema.createIndex("session_by_end").on("session").columns(["expires_at"]).execute()

  await db.schema
    .createTable("challenge")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("token_hash", "text", (column) => column.notNull())
    .addColumn("credential_epoch", "integer", (column) => column.notNull())
    .addColumn("method", "text", (column) => column.notNull())
    .addColumn("stay_signed_in", "smallint", (column) => column.notNull())
    .addColumn("device", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("attempts", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("challenge_pk", ["id"])
    .addUniqueConstraint("challenge_token", ["token_hash"])
    .addForeignKeyConstraint("challenge_account", ["account_id"], "account", ["id"], (key) => key.onDelete("cascade"))
    .execute()
  await db.schema.createIndex("challenge_by_account").on("challenge").columns(["account_id"]).execute()
  await db.schema.createIndex("challenge_by_end").on("challenge").columns(["expires_at"]).execute()

  await db.schema
    .createTable("second_factor")
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("sealed_secret", "text")
    .addColumn("last_step", "bigint")
    .addColumn("confirmed_at", "bigint")
    .addColumn("pending_secret", "text")
    .addColumn("pending_epoch", "integer")
    .addColumn("pending_at", "bigint")
    .addPrimaryKeyConstraint("second_factor_pk", ["account_id"])
    .addForeignKeyConstraint("second_factor_account", ["account_id"], "account", ["id"], (key) =>
      key.onDelete("cascade")
    )
    .addCheckConstraint(
      "second_factor_confirmed",
      sql`(sealed_secret is null) = (confirmed_at is null) and (sealed_secret is null) = (last_step is null)`
    )
    .addCheckConstraint(
      "second_factor_pending",
      sql`(pending_secret is null) = (pending_at is null) and (pending_secret is null) = (pending_epoch is null)`
    )
    .execute()

  await db.schema
    .createTable("recovery_code")
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("hash", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("recovery_code_pk", ["account_id", "hash"])
    // no code outlives its factor
    .addForeignKeyConstraint("recovery_code_factor", ["account_id"], "second_factor", ["account_id"], (key) =>
      key.onDelete("cascade")
    )
    .execute()
}

/** Accounts, sessions, challenges, second factors and recovery codes. */
export const accounts: Migration = { name: "0003_accounts", up }

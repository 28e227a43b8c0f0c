import type { Kysely } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  // null for the address that an account began with, as it is for every account so far
  await db.schema.alterTable("account").addColumn("email_changed_at", "bigint").execute()
}

/** When an account's address took the place of another one. */
export const emailChanges: Migration = { name: "0020_email_changes", up }

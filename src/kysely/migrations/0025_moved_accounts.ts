import { sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up: Migration["up"] = async (db, _, name) => {
  // since when something may have the account's former address still; null once all has followed
  await db.schema.alterTable("account").addColumn("moved_at", "bigint").execute()
  await sql`update ${name("account")} set moved_at = email_changed_at where email_changed_at is not null`.execute(db)
  await db.schema
    .createIndex("account_moved")
    .on("account")
    .columns(["id"])
    .where(sql.ref("moved_at"), "is not", null)
    .execute()
  // the lists of an account have indexes of their own, without those who were removed
  await db.schema
    .createIndex("ticket_participant_account")
    .on("ticket_participant")
    .columns(["account_id", "ticket_id"])
    .where(sql.ref("account_id"), "is not", null)
    .execute()
}

/** Which accounts have moved to another address, and the tickets that they take part in, so that these follow. */
export const movedAccounts: Migration = { name: "0025_moved_accounts", up }

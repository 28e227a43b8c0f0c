import { sql } from "kysely"
import type { Migration } from "./Migration.ts"

// A search goes through tickets in the order of their making, which is that of their ids: those with a word stand in it already; here are those of a state,
// an agent, a tenant and an account.
const up: Migration["up"] = async (db) => {
  await db.schema.createIndex("ticket_made_by_state").on("ticket").columns(["place", "state", "id"]).execute()
  await db.schema.createIndex("ticket_made_by_assignee").on("ticket").columns(["place", "assignee_id", "id"]).execute()
  await db.schema.createIndex("ticket_made_by_tenant").on("ticket").columns(["place", "tenant_id", "id"]).execute()
  await db.schema
    .createIndex("ticket_made_by_account")
    .on("ticket_participant")
    .columns(["account_id", "ticket_place", "ticket_id"])
    .where(sql.ref("removed_at"), "is", null)
    .execute()
}

/** Indexes for searches in tickets, newest first. */
export const ticketSearch: Migration = { name: "0021_ticket_search", up }

import type { Kysely } from "kysely"
import { sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  for (const column of ["source_id", "target_id"]) {
    await db.schema
      .createIndex(`ticket_merge_undone_${column === "source_id" ? "source" : "target"}`)
      .on("ticket_merge")
      .columns([column])
      .where(sql.ref("undone_at"), "is not", null)
      .execute()
  }
}

/** Finds the merges of a ticket that were undone, when it is merged again. */
export const undoneMerges: Migration = { name: "0026_undone_merges", up }

import { sql } from "kysely"
import type { Migration } from "./Migration.ts"

/** What a file in a message is; what a scanner finds out about it later is not among it. */
const FIXED = [
  "id",
  "blob_key",
  "name",
  "media_type",
  "size",
  "digest",
  "content_id",
  "owner",
  "ticket_id",
  "message_id",
  "message_seq",
  "visibility",
  "position",
  "created_at"
]

const up: Migration["up"] = async (db, kind, name) => {
  const inMessage = sql`old.message_id is not null`
  const differs = sql.join(
    FIXED.map((column) =>
      kind === "sqlite"
        ? sql`old.${sql.id(column)} is not new.${sql.id(column)}`
        : sql`old.${sql.id(column)} is distinct from new.${sql.id(column)}`
    ),
    sql` or `
  )
  const triggers = [
    ["update", sql`${inMessage} and (${differs})`],
    ["delete", inMessage]
  ] as const
  if (kind === "sqlite") {
    for (const [event, condition] of triggers) {
      await sql`create trigger ${name(`file_kept_from_${event}`)} before ${sql.raw(event)} on ${name("file")}
        when ${condition} begin select raise(abort, 'files of messages stay as they are'); end`.execute(db)
    }
    return
  }
  await sql`create function ${name("file_stays")}() returns trigger language plpgsql as
    'begin raise exception ''files of messages stay as they are''; end'`.execute(db)
  for (const [event, condition] of triggers) {
    await sql`create trigger ${sql.id(`file_kept_from_${event}`)} before ${sql.raw(event)} on ${name("file")}
      for each row when (${condition}) execute function ${name("file_stays")}()`.execute(db)
  }
}

/** Whatever the code does: a file stays in the message that it was sent with, as it was (V-33). */
export const keptFiles: Migration = { name: "0024_kept_files", up }

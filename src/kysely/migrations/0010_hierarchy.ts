import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

interface Searched {
  readonly tenant: {
    readonly id: string
    readonly name: string
    readonly customer_number: string
    readonly city: string
    readonly search_text: string
  }
}

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .alterTable("tenant")
    .addColumn("is_sub", "smallint", (column) => column.notNull().defaultTo(0))
    .execute()
  await db.schema
    .alterTable("tenant")
    .addColumn("search_text", "text", (column) => column.notNull().defaultTo(""))
    .execute()
  // the tables as this step finds them
  const searched = db as Kysely<Searched>
  for (const { city, customer_number, id, name } of await searched
    .selectFrom("tenant")
    .select(["id", "name", "customer_number", "city"])
    .execute()) {
    const text = [name, customer_number, city].join("\n").normalize("NFKC").toLowerCase()
    await searched.updateTable("tenant").set({ search_text: text }).where("id", "=", id).execute()
  }
  // what the two foreign keys below point at
  await db.schema.createIndex("tenant_level").unique().on("tenant").columns(["id", "is_sub"]).execute()

  // in which subs of the main tenant the membership counts; null: in all
  await db.schema.alterTable("membership").addColumn("locations", "text").execute()

  // One level, whatever the code before it does: a sub's row says that it is one, a main's that it is none, and a sub has one row here. So a main
  // cannot become a sub while it has subs, a sub cannot get subs, and nobody gets a second main or is their own.
  await db.schema
    .createTable("tenant_link")
    .addColumn("sub_id", "text", (column) => column.notNull())
    .addColumn("sub_is_sub", "smallint", (column) => column.notNull())
    .addColumn("main_id", "text", (column) => column.notNull())
    .addColumn("main_is_sub", "smallint", (column) => column.notNull())
    .addColumn("kind", "text", (column) => column.notNull())
    .addColumn("linked_at", "bigint", (column) => column.notNull())
    .addColumn("refused", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("tenant_link_pk", ["sub_id"])
    .addCheckConstraint("tenant_link_sub", sql`sub_is_sub = 1`)
    .addCheckConstraint("tenant_link_main", sql`main_is_sub = 0`)
    .addForeignKeyConstraint("tenant_link_of_sub", ["sub_id", "sub_is_sub"], "tenant", ["id", "is_sub"])
    .addForeignKeyConstraint("tenant_link_to_main", ["main_id", "main_is_sub"], "tenant", ["id", "is_sub"])
    .execute()
  // the list of a main's locations, newest first
  await db.schema
    .createIndex("tenant_link_by_age")
    .on("tenant_link")
    .columns(["main_id", "linked_at", "sub_id"])
    .execute()
}

/** Main and sub tenants. */
export const hierarchy: Migration = { name: "0010_hierarchy", up }

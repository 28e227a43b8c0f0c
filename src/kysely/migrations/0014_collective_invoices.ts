import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("collective_invoice")
    .addColumn("payer_id", "text", (column) => column.notNull())
    .addColumn("event_id", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("collective_invoice_pk", ["payer_id"])
    .addForeignKeyConstraint("collective_invoice_payer", ["payer_id"], "tenant", ["id"])
    .execute()

  await db.schema
    .createTable("collective_invoice_position")
    .addColumn("payer_id", "text", (column) => column.notNull())
    .addColumn("number_normal", "text", (column) => column.notNull())
    .addColumn("customer_number", "text", (column) => column.notNull())
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("city", "text", (column) => column.notNull())
    .addColumn("folded", "text", (column) => column.notNull())
    .addColumn("since_at", "bigint", (column) => column.notNull())
    .addColumn("linked", "smallint", (column) => column.notNull())
    .addPrimaryKeyConstraint("collective_invoice_position_pk", ["payer_id", "number_normal"])
    .addForeignKeyConstraint("collective_invoice_position_of", ["payer_id"], "collective_invoice", ["payer_id"])
    .execute()
  // those that are linked, too, are listed as the sub tenants that they are: a payer of thousands must not read past them
  await db.schema
    .createIndex("collective_invoice_position_listed")
    .on("collective_invoice_position")
    .columns(["payer_id", "since_at", "number_normal"])
    .where(sql.ref("linked"), "=", sql.lit(0))
    .execute()
}

/** What the billing system says of customer numbers that are billed together. */
export const collectiveInvoices: Migration = { name: "0014_collective_invoices", up }

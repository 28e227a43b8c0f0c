import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  // not "order", which every statement would have to quote
  await db.schema
    .createTable("tenant_order")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("number", "text", (column) => column.notNull())
    .addColumn("orderer_id", "text", (column) => column.notNull())
    .addColumn("product", "text", (column) => column.notNull())
    .addColumn("options", "text", (column) => column.notNull())
    .addColumn("location", "text")
    .addColumn("owner", "text")
    .addColumn("state", "text", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("terms", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("placed_at", "bigint")
    .addColumn("failures", "integer", (column) => column.notNull())
    .addColumn("started_at", "bigint")
    .addColumn("due_at", "bigint")
    .addColumn("failure", "text")
    .addColumn("new_tenant_id", "text")
    .addColumn("ended_at", "bigint")
    .addPrimaryKeyConstraint("tenant_order_pk", ["tenant_id", "id"])
    .addUniqueConstraint("tenant_order_number", ["number"])
    // one tenant of one order, whatever a node believes that it still has to do
    .addUniqueConstraint("tenant_order_new_tenant", ["new_tenant_id"])
    .addForeignKeyConstraint("tenant_order_tenant", ["tenant_id"], "tenant", ["id"])
    .addForeignKeyConstraint("tenant_order_became", ["new_tenant_id"], "tenant", ["id"])
    .addCheckConstraint("tenant_order_terms", sql`state in ('Draft', 'Cancelled') or terms is not null`)
    .addCheckConstraint("tenant_order_due", sql`(state in ('Placed', 'Provisioning')) = (due_at is not null)`)
    .addCheckConstraint("tenant_order_fulfilled", sql`(state = 'Fulfilled') = (new_tenant_id is not null)`)
    .execute()
  await db.schema
    .createIndex("tenant_order_by_age")
    .on("tenant_order")
    .columns(["tenant_id", "created_at", "id"])
    .execute()
  await db.schema
    .createIndex("tenant_order_by_state")
    .on("tenant_order")
    .columns(["state", "created_at", "id"])
    .execute()
  await db.schema
    .createIndex("tenant_order_due_at")
    .on("tenant_order")
    .columns(["due_at"])
    .where(sql.ref("due_at"), "is not", null)
    .execute()

  await db.schema
    .createTable("customer_number")
    .addColumn("name", "text", (column) => column.notNull())
    .addColumn("last", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("customer_number_pk", ["name"])
    .execute()
}

/** Orders of new sub tenants, and the numbers given out to those. */
export const orders: Migration = { name: "0011_orders", up }

import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .alterTable("tenant")
    .addColumn("second_factor_required", "smallint", (column) => column.notNull().defaultTo(0))
    .execute()

  await db.schema
    .createTable("tenant_domain")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("domain", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("token", "text", (column) => column.notNull())
    .addColumn("method", "text")
    .addColumn("proven_at", "bigint")
    .addColumn("expires_at", "bigint")
    .addColumn("check_at", "bigint")
    .addColumn("misses", "integer", (column) => column.notNull())
    .addColumn("joining", "text", (column) => column.notNull())
    .addColumn("role", "text")
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addPrimaryKeyConstraint("tenant_domain_pk", ["tenant_id", "domain"])
    .addForeignKeyConstraint("tenant_domain_tenant", ["tenant_id"], "tenant", ["id"])
    // proven by a method, until an end, or not at all; and only what is proven lets anybody join
    .addCheckConstraint(
      "tenant_domain_proof",
      sql`(method is null) = (proven_at is null) and (method is null) = (expires_at is null)`
    )
    .addCheckConstraint("tenant_domain_joining", sql`joining = 'nobody' or proven_at is not null`)
    .addCheckConstraint("tenant_domain_role", sql`(joining = 'nobody') = (role is null)`)
    .execute()
  // one tenant has a domain, however many say that they do
  await db.schema
    .createIndex("tenant_domain_proven")
    .unique()
    .on("tenant_domain")
    .columns(["domain"])
    .where(sql.ref("proven_at"), "is not", null)
    .execute()
  await db.schema
    .createIndex("tenant_domain_by_check")
    .on("tenant_domain")
    .columns(["check_at"])
    .where(sql.ref("check_at"), "is not", null)
    .execute()

  // what ends with a tenant is found by it
  await db.schema
    .createIndex("link_open_by_tenant")
    .on("link")
    .columns(["tenant_id"])
    .where(sql.ref("used_at"), "is", null)
    .where(sql.ref("voided_at"), "is", null)
    .execute()
  await db.schema
    .createIndex("request_open_by_tenant")
    .on("request")
    .columns(["tenant_id"])
    .where(sql.ref("open"), "=", 1)
    .execute()
  await db.schema
    .createIndex("request_open_by_asking_tenant")
    .on("request")
    .columns(["asker_tenant_id"])
    .where(sql.ref("open"), "=", 1)
    .execute()
}

/** Mail domains of tenants, and what is required of their members. */
export const domains: Migration = { name: "0012_domains", up }

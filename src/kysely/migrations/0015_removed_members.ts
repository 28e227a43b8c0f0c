import type { Kysely } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("removed_member")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("account_id", "text", (column) => column.notNull())
    .addPrimaryKeyConstraint("removed_member_pk", ["tenant_id", "account_id"])
    .addForeignKeyConstraint("removed_member_tenant", ["tenant_id"], "tenant", ["id"])
    .addForeignKeyConstraint("removed_member_account", ["account_id"], "account", ["id"])
    .execute()
}

/** Who was removed from a tenant, and so does not come in again without somebody who lets them. */
export const removedMembers: Migration = { name: "0015_removed_members", up }

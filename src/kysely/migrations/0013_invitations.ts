import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

/** The columns that this step reads and writes. */
interface Before {
  readonly invitation: {
    readonly tenant_id: string
    readonly inviter_id: string | null
    readonly inviter_membership_id: string | null
  }
  readonly membership: { readonly tenant_id: string; readonly account_id: string; readonly id: string }
}

const up = async (db: Kysely<unknown>): Promise<void> => {
  const nullable = {
    inviter_membership_id: "text",
    first_name: "text",
    last_name: "text",
    undeliverable_at: "bigint"
  } as const
  // one by one, because SQLite adds no two columns at once
  for (const [name, type] of Object.entries(nullable)) {
    await db.schema.alterTable("invitation").addColumn(name, type).execute()
  }
  // whoever is a member now stands for what they offered before
  const rows = db as Kysely<Before>
  await rows
    .updateTable("invitation")
    .set((eb) => ({
      inviter_membership_id: eb
        .selectFrom("membership")
        .select("membership.id")
        .whereRef("membership.tenant_id", "=", "invitation.tenant_id")
        .whereRef("membership.account_id", "=", "invitation.inviter_id")
    }))
    .execute()
  // contacts that have not confirmed yet
  await db.schema
    .createIndex("invitation_contacts")
    .on("invitation")
    .columns(["tenant_id", "created_at", "id"])
    .where(sql.ref("first_name"), "is not", null)
    .execute()

  await db.schema
    .createTable("shareable_link")
    .addColumn("tenant_id", "text", (column) => column.notNull())
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("secret_hash", "text", (column) => column.notNull())
    .addColumn("label", "text", (column) => column.notNull())
    .addColumn("roles", "text", (column) => column.notNull())
    .addColumn("domain", "text")
    .addColumn("max_uses", "integer", (column) => column.notNull())
    .addColumn("uses", "integer", (column) => column.notNull())
    .addColumn("creator_id", "text", (column) => column.notNull())
    .addColumn("creator_membership_id", "text", (column) => column.notNull())
    .addColumn("created_at", "bigint", (column) => column.notNull())
    .addColumn("expires_at", "bigint", (column) => column.notNull())
    .addColumn("revoked_at", "bigint")
    .addColumn("version", "integer", (column) => column.notNull())
    .addPrimaryKeyConstraint("shareable_link_pk", ["tenant_id", "id"])
    .addUniqueConstraint("shareable_link_secret", ["secret_hash"])
    // the second line behind the lock on this row (INV-12)
    .addCheckConstraint("shareable_link_uses", sql`uses >= 0 and uses <= max_uses`)
    .execute()
  await db.schema
    .createIndex("shareable_link_by_age")
    .on("shareable_link")
    .columns(["tenant_id", "created_at", "id"])
    .execute()
}

/** By which membership an inviter stands for an invitation, contacts, mails that did not arrive, and links that can be shared. */
export const moreInvitations: Migration = { name: "0013_invitations", up }

import { type Kysely, sql } from "kysely"
import type { Migration } from "./Migration.ts"

const up = async (db: Kysely<unknown>): Promise<void> => {
  await db.schema
    .createTable("subscription")
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("trial_plan", "text")
    .addColumn("trial_from", "bigint")
    .addColumn("trial_until", "bigint")
    .addColumn("trial_end_told", "smallint", (column) => column.notNull())
    .addColumn("version", "integer", (column) => column.notNull())
    .addColumn("due_at", "bigint")
    .addPrimaryKeyConstraint("subscription_pk", ["account_id"])
    .execute()
  await db.schema
    .createIndex("subscription_due")
    .on("subscription")
    .columns(["due_at"])
    .where(sql.ref("due_at"), "is not", null)
    .execute()

  await db.schema
    .createTable("billing_event")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("account_id", "text", (column) => column.notNull())
    .addColumn("type", "text", (column) => column.notNull())
    .addColumn("at", "bigint", (column) => column.notNull())
    .addColumn("plan", "text")
    .addColumn("from_at", "bigint")
    .addColumn("until_at", "bigint")
    .addColumn("ends_at", "bigint")
    .addPrimaryKeyConstraint("billing_event_pk", ["id"])
    .addForeignKeyConstraint("billing_event_subscription", ["account_id"], "subscription", ["account_id"])
    .execute()
  await db.schema.createIndex("billing_event_by_account").on("billing_event").columns(["account_id", "at"]).execute()

  await db.schema
    .createTable("coverage")
    .addColumn("id", "text", (column) => column.notNull())
    .addColumn("primary_id", "text", (column) => column.notNull())
    .addColumn("member_id", "text", (column) => column.notNull())
    .addColumn("term", "text", (column) => column.notNull())
    .addColumn("from_at", "bigint", (column) => column.notNull())
    // 0 where there is none, so that places of such coverages are told apart, too
    .addColumn("period_ends", "bigint", (column) => column.notNull())
    .addColumn("decided_at", "bigint", (column) => column.notNull())
    .addColumn("place", "integer")
    .addColumn("places", "integer")
    .addColumn("warned_at", "bigint")
    .addColumn("ended_at", "bigint")
    .addColumn("end_reason", "text")
    .addPrimaryKeyConstraint("coverage_pk", ["id"])
    .addForeignKeyConstraint("coverage_primary", ["primary_id"], "subscription", ["account_id"])
    // the second line behind the lock on the primary's subscription, together with the unique places below
    .addCheckConstraint("coverage_has_place", sql`place is null or (place >= 0 and place < places)`)
    .addCheckConstraint("coverage_place_given", sql`(place is null) = (places is null)`)
    .addCheckConstraint("coverage_sides", sql`primary_id <> member_id`)
    .execute()
  await db.schema
    .createIndex("coverage_open_place")
    .unique()
    .on("coverage")
    .columns(["primary_id", "period_ends", "place"])
    .where(sql.ref("ended_at"), "is", null)
    .execute()
  await db.schema.createIndex("coverage_by_age").on("coverage").columns(["primary_id", "decided_at", "id"]).execute()
  await db.schema.createIndex("coverage_by_member").on("coverage").columns(["member_id", "primary_id"]).execute()
}

/** Subscriptions, their billing events, and team members. */
export const subscriptions: Migration = { name: "0008_subscriptions", up }

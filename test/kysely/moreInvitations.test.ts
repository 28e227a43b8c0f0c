import { assert, it } from "@effect/vitest"
import BetterSqlite3 from "better-sqlite3"
import { Effect, type Layer } from "effect"
import type { Kysely } from "kysely"
import { describe } from "vitest"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Database } from "../../src/kysely/Database.ts"
import { migrate } from "../../src/kysely/migrate.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import { postgresDialect } from "../../src/kysely/postgres.ts"
import { sqliteDialect } from "../../src/kysely/sqlite.ts"
import { databases } from "../support/adapters.ts"

const before = databases(migrations.filter(({ name }) => name < "0013"))

const places: Readonly<
  Record<string, Effect.Effect<Layer.Layer<Database, PersistenceError>, never, import("effect").Scope.Scope>>
> = {
  "better-sqlite3": Effect.map(before.sqliteFile, (file) =>
    Database.fromDialect(sqliteDialect(new BetterSqlite3(file)))
  ),
  postgres: Effect.map(before.postgres, (database) => Database.fromDialect(postgresDialect(database.pool())))
}

/** The columns that are needed here, as they were before. */
interface Before {
  readonly portico_tenant: Readonly<Record<string, string | number | null>>
  readonly portico_membership: Readonly<Record<string, string | number | null>>
  readonly portico_invitation: Readonly<Record<string, string | number | null>>
}

describe("the migration of invitations that were open before", () => {
  for (const [name, place] of Object.entries(places)) {
    it.live(
      `${name}: STO-05 TEN-08 an inviter who is a member stands for them by that membership, and who has gone does not`,
      () =>
        Effect.gen(function* () {
          const at = yield* place
          const rows = yield* Effect.provide(
            Effect.gen(function* () {
              const { kysely } = yield* Database
              // its tables are named with the prefix here
              const db = kysely as unknown as Kysely<Before>
              const tenant = {
                id: "t1",
                number: "00000001",
                name: "One",
                customer_number: "1",
                customer_number_normal: "1",
                postal_code: "1010",
                country: "AT",
                street: "",
                city: "",
                state: "active",
                seats: null,
                member_count: 1,
                owner_count: 1,
                version: 0,
                created_at: 1
              }
              const invitation = (id: string, inviter: string | null) => ({
                tenant_id: "t1",
                id,
                email: `${id}@example.com`,
                roles: '["member"]',
                message: "",
                locale: "de",
                state: "pending",
                inviter_id: inviter,
                created_at: 1,
                expires_at: 2,
                sent_at: 1,
                ended_at: null
              })
              yield* Effect.promise(async () => {
                await db.insertInto("portico_tenant").values(tenant).execute()
                await db
                  .insertInto("portico_membership")
                  .values({
                    tenant_id: "t1",
                    account_id: "a1",
                    id: "m1",
                    roles: '["owner"]',
                    contact_email: "a@example.com",
                    mail_preferences: "{}",
                    joined_at: 1
                  })
                  .execute()
                await db
                  .insertInto("portico_invitation")
                  .values([invitation("i1", "a1"), invitation("i2", "gone"), invitation("i3", null)])
                  .execute()
              })
              assert.include(yield* migrate(), "0013_invitations")
              return yield* Effect.promise(() =>
                db
                  .selectFrom("portico_invitation")
                  .select(["id", "inviter_membership_id", "first_name", "last_name", "undeliverable_at"])
                  .orderBy("id")
                  .execute()
              )
            }),
            at
          )
          const rest = { first_name: null, last_name: null, undeliverable_at: null }
          assert.deepStrictEqual(
            rows.map((row) => ({ ...row })),
            [
              { id: "i1", inviter_membership_id: "m1", ...rest },
              { id: "i2", inviter_membership_id: null, ...rest },
              { id: "i3", inviter_membership_id: null, ...rest }
            ]
          )
        })
    )
  }
})

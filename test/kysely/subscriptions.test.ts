import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { CompiledQuery } from "kysely"
import { Database } from "../../src/kysely/Database.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import * as Subscriptions from "../../src/kysely/SubscriptionRepository.ts"
import { SubscriptionRepository } from "../../src/subscriptions/SubscriptionRepository.ts"
import { accountId, at } from "../../src/testing/tenantSamples.ts"
import { storage } from "../support/adapters.ts"

let statements: Array<string> = []
const stores = storage(migrations, { onStatement: (_, sql) => void statements.push(sql) })

/** Coverages of 20,000 members by 4,000 primaries. */
const many = [
  "set session_replication_role = replica",
  `insert into portico_coverage (id, primary_id, member_id, term, from_at, period_ends, decided_at, place, places)
   select 'c' || i, 'p' || i % 4000, 'm' || i, 'period', 0, 0, i, (i - 1) / 4000, 5 from generate_series(1, 20000) i`,
  "set session_replication_role = default",
  "analyze portico_coverage"
]

describe("coverages in PostgreSQL", () => {
  it.live("STO-06 TMA-01 what an account is entitled to is read without passing over the coverages of all others", () =>
    Effect.gen(function* () {
      const { kysely } = yield* Database
      const subscriptions = yield* SubscriptionRepository
      const run = (sql: string) => Effect.promise(() => kysely.executeQuery<object>(CompiledQuery.raw(sql)))
      yield* Effect.promise(() =>
        kysely.connection().execute(async (one) => {
          for (const sql of many) await one.executeQuery(CompiledQuery.raw(sql))
        })
      )
      statements = []
      yield* subscriptions.facts([accountId(1)], at(0))
      assert.isAbove(statements.length, 0)
      for (const statement of statements) {
        const { rows } = yield* run(`explain (generic_plan) ${statement}`)
        assert.notMatch(JSON.stringify(rows), /Seq Scan on portico_coverage/, statement)
      }
    }).pipe(Effect.provide(Subscriptions.layer.pipe(Layer.provideMerge(stores.postgres))))
  )
})

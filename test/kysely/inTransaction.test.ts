import { assert, describe, it } from "@effect/vitest"
import BetterSqlite3 from "better-sqlite3"
import { Effect, Exit, Layer, Option } from "effect"
import { Kysely, PostgresDialect, SqliteDialect, sql, type Transaction } from "kysely"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database } from "../../src/kysely/Database.ts"
import { migrate } from "../../src/kysely/migrate.ts"
import { sqliteDialect } from "../../src/kysely/sqlite.ts"
import * as KyselyUnitOfWork from "../../src/kysely/UnitOfWork.ts"
import { UnitOfWorkProbe } from "../../src/testing/index.ts"
import { databases } from "../support/adapters.ts"
import { counterMigrations, kyselyCounters } from "../support/counters.ts"

/** The application has tables and an instance of its own, made without anything of ours. */
interface ApplicationTables {
  readonly customer: { readonly id: string }
}

const { postgres, sqliteFile } = databases(counterMigrations)
const applications = {
  "its own SQLite dialect": Effect.map(
    sqliteFile,
    (file) => new Kysely<ApplicationTables>({ dialect: new SqliteDialect({ database: new BetterSqlite3(file) }) })
  ),
  "our SQLite dialect": Effect.map(
    sqliteFile,
    (file) => new Kysely<ApplicationTables>({ dialect: sqliteDialect(new BetterSqlite3(file)) })
  ),
  "its own PostgreSQL dialect": Effect.map(
    postgres,
    (database) => new Kysely<ApplicationTables>({ dialect: new PostgresDialect({ pool: database.pool() }) })
  )
}

const setUp = (application: Effect.Effect<Kysely<ApplicationTables>, PersistenceError, import("effect").Scope.Scope>) =>
  Effect.gen(function* () {
    const kysely = yield* Effect.acquireRelease(application, (kysely) => Effect.promise(() => kysely.destroy()))
    yield* Effect.promise(() => kysely.schema.createTable("customer").addColumn("id", "text").execute())
    const layer = Layer.merge(kyselyCounters, KyselyUnitOfWork.layer).pipe(
      Layer.provideMerge(Database.fromKysely(kysely))
    )
    const customers = Effect.promise(async () =>
      (await kysely.selectFrom("customer").select("id").execute()).map((row) => row.id)
    )
    const counters = Effect.provide(
      Effect.flatMap(UnitOfWorkProbe, (probe) => probe.ids),
      layer
    )
    return { kysely, layer, customers, counters }
  })

/** What the application does: its own write, a use case of the library, its own decision about the commit. */
const together = <A, E>(
  kysely: Kysely<ApplicationTables>,
  useCase: (transaction: Transaction<ApplicationTables>) => Effect.Effect<A, E>
) =>
  Effect.tryPromise(() =>
    kysely.transaction().execute(async (transaction) => {
      await transaction.insertInto("customer").values({ id: "ours" }).execute()
      return Effect.runPromise(useCase(transaction))
    })
  )

for (const [name, application] of Object.entries(applications)) {
  describe(`in a transaction of the application (${name})`, () => {
    it.live("STO-04 the library's writes and the application's are committed together", () =>
      Effect.gen(function* () {
        const { counters, customers, kysely, layer } = yield* setUp(application)
        let after = 0
        const useCase = Effect.gen(function* () {
          const [unit, probe] = [yield* UnitOfWork, yield* UnitOfWorkProbe]
          return yield* unit.run(
            Effect.gen(function* () {
              yield* probe.insert("theirs")
              yield* probe.set("theirs", 0, 5)
              yield* unit.afterCommit(
                Effect.sync(() => {
                  after++
                })
              )
              return yield* probe.getForUpdate("theirs")
            })
          )
        })
        const { afterCommit, value } = yield* together(kysely, (transaction) =>
          Effect.provide(KyselyUnitOfWork.inTransaction(transaction, useCase), layer)
        )
        assert.deepEqual(value, Option.some(5))
        assert.strictEqual(after, 0)
        yield* afterCommit
        assert.strictEqual(after, 1)
        assert.deepEqual(yield* customers, ["ours"])
        assert.deepEqual(yield* counters, ["theirs"])
      }).pipe(Effect.scoped)
    )

    it.live("STO-04 when the application rolls back, nothing of the library is left", () =>
      Effect.gen(function* () {
        const { counters, customers, kysely, layer } = yield* setUp(application)
        const useCase = Effect.gen(function* () {
          const [unit, probe] = [yield* UnitOfWork, yield* UnitOfWorkProbe]
          yield* unit.run(probe.insert("theirs"))
          assert.deepEqual(yield* probe.ids, ["theirs"])
        })
        const exit = yield* Effect.exit(
          together(kysely, (transaction) =>
            KyselyUnitOfWork.inTransaction(transaction, useCase).pipe(
              Effect.provide(layer),
              Effect.andThen(Effect.fail("the application changed its mind"))
            )
          )
        )
        assert.isTrue(Exit.isFailure(exit))
        assert.deepEqual(yield* customers, [])
        assert.deepEqual(yield* counters, [])
      }).pipe(Effect.scoped)
    )

    it.live("STO-04 a unit that fails undoes its own writes only; the application goes on", () =>
      Effect.gen(function* () {
        const { counters, customers, kysely, layer } = yield* setUp(application)
        const useCase = Effect.gen(function* () {
          const [unit, probe] = [yield* UnitOfWork, yield* UnitOfWorkProbe]
          yield* unit.run(probe.insert("kept"))
          const error = yield* Effect.flip(unit.run(Effect.andThen(probe.insert("dropped"), probe.insert("kept"))))
          assert.strictEqual(error.reason, "duplicate")
        })
        yield* together(kysely, (transaction) =>
          Effect.provide(KyselyUnitOfWork.inTransaction(transaction, useCase), layer)
        )
        assert.deepEqual(yield* customers, ["ours"])
        assert.deepEqual(yield* counters, ["kept"])
      }).pipe(Effect.scoped)
    )

    it.live("units of our own work on the application's instance, which is left open", () =>
      Effect.gen(function* () {
        const { customers, kysely, layer } = yield* setUp(application)
        const failed = Effect.gen(function* () {
          const [unit, probe] = [yield* UnitOfWork, yield* UnitOfWorkProbe]
          yield* unit.run(probe.insert("a"))
          yield* unit.run(Effect.andThen(probe.insert("b"), new PersistenceError({ operation: "x", reason: "other" })))
        })
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.provide(failed, layer))))
        assert.deepEqual(yield* Effect.provide(migrate(counterMigrations), layer), [])
        const { rows } = yield* Effect.promise(() =>
          sql<{ n: number }>`select value as n from portico_counter`.execute(kysely)
        )
        assert.strictEqual(rows.length, 1)
        assert.deepEqual(yield* customers, [])
      }).pipe(Effect.scoped)
    )
  })
}

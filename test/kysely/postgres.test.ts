import { assert, describe, it } from "@effect/vitest"
import { Cause, Deferred, Effect, Exit, Fiber, Layer, Option } from "effect"
import { CompiledQuery } from "kysely"
import pg from "pg"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database } from "../../src/kysely/Database.ts"
import { type PgPoolLike, type PostgresOptions, postgresDialect } from "../../src/kysely/postgres.ts"
import * as KyselyUnitOfWork from "../../src/kysely/UnitOfWork.ts"
import { UnitOfWorkProbe } from "../../src/testing/index.ts"
import { databases } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { counterMigrations, kyselyCounters } from "../support/counters.ts"
import type { TestDatabase } from "../support/postgres.ts"

const { postgres } = databases(counterMigrations)

const layerOn = (pool: PgPoolLike, options?: PostgresOptions) =>
  Layer.merge(kyselyCounters, KyselyUnitOfWork.layer).pipe(
    Layer.provideMerge(Database.fromDialect(postgresDialect(pool, options)))
  )

const services = Effect.all({ unit: UnitOfWork, probe: UnitOfWorkProbe, database: Database })

/** A pool to which nobody but the dialect listens. The dialect ends it. */
const plainPool = (database: TestDatabase) => new pg.Pool({ connectionString: database.url })

/** Ends every other connection of the database, as a restart of the server does. */
const killAll = (pool: pg.Pool) =>
  Effect.promise(() =>
    pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()"
    )
  )

const reasonOf = <A, E extends { readonly reason: string }>(exit: Exit.Exit<A, E>): string | undefined =>
  Exit.isFailure(exit) ? Option.getOrUndefined(Cause.findErrorOption(exit.cause))?.reason : undefined

describe("PostgreSQL", () => {
  it.live("V-40 a connection that is lost inside of a unit is answered as such, and the next unit gets another", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const [pool, administrator] = [plainPool(database), database.pool({ max: 1 })]
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        const exit = yield* Effect.exit(
          unit.run(
            Effect.gen(function* () {
              yield* probe.insert("a")
              yield* killAll(administrator)
              yield* probe.insert("b")
            })
          )
        )
        assert.strictEqual(reasonOf(exit), "connection")
        yield* unit.run(probe.insert("c"))
        assert.deepEqual(yield* probe.ids, ["c"])
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )

  it.live("an idle connection that is lost ends neither the process nor the next query", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const [pool, administrator] = [plainPool(database), database.pool({ max: 1 })]
      yield* Effect.gen(function* () {
        const { probe } = yield* services
        yield* probe.insert("a")
        yield* killAll(administrator)
        yield* Effect.sleep("50 millis")
        assert.strictEqual(pool.totalCount, 0)
        assert.deepEqual(yield* probe.ids, ["a"])
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )

  it.live("V-40 a connection that is lost before the commit is answered as an error that is not repeated", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const [pool, administrator] = [plainPool(database), database.pool({ max: 1 })]
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        const error = yield* Effect.flip(
          unit.run(Effect.andThen(probe.insert("a"), Effect.andThen(killAll(administrator), Effect.sleep("50 millis"))))
        )
        assert.deepEqual([error.operation, error.reason, error.isRetryable], ["commit", "connection", false])
        assert.deepEqual(yield* probe.ids, [])
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )

  it.live("no unit keeps its connection, however it ends", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const pool = database.pool({ max: 2 })
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        yield* probe.insert("taken")
        const ends: ReadonlyArray<Effect.Effect<unknown, unknown>> = [
          unit.run(Effect.fail("no")),
          unit.run(Effect.die(new Error("bug"))),
          unit.run(probe.insert("taken")),
          unit.run(Effect.interrupt),
          Effect.timeout(unit.run(Effect.never), "5 millis"),
          unit.run(Effect.exit(probe.insert("taken")))
        ]
        for (let round = 0; round < 5; round++) {
          yield* Effect.forEach(ends, (unit) => Effect.exit(unit), { concurrency: "unbounded" })
        }
        assert.deepEqual(yield* probe.ids, ["taken"])
        assert.strictEqual(pool.waitingCount, 0)
        assert.strictEqual(pool.idleCount, pool.totalCount)
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )

  it.live("V-40 a unit that waits for a connection can be interrupted at once", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const pool = database.pool({ max: 1 })
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        const [held, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
        const holder = yield* Effect.forkChild(
          unit.run(Effect.andThen(Deferred.succeed(held, undefined), Deferred.await(release)))
        )
        yield* Deferred.await(held)
        const waiting = yield* Effect.forkChild(unit.run(probe.insert("a")))
        yield* Effect.sleep("10 millis")
        yield* Fiber.interrupt(waiting)
        yield* Deferred.succeed(release, undefined)
        yield* Fiber.join(holder)
        yield* unit.run(probe.insert("b"))
        assert.deepEqual(yield* probe.ids, ["b"])
        assert.strictEqual(pool.waitingCount, 0)
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )

  it.live("a unit whose statement was refused cannot be committed by going on", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        yield* probe.insert("taken")
        const exit = yield* Effect.exit(unit.run(Effect.andThen(probe.insert("a"), Effect.exit(probe.insert("taken")))))
        assert.isTrue(Exit.isFailure(exit))
        assert.deepEqual(yield* probe.ids, ["taken"])
      }).pipe(Effect.provide(layerOn(database.pool())))
    })
  )

  it.live("STO-03 a deadlock is answered as a serialization failure, which is repeated", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        yield* probe.insert("a")
        yield* probe.insert("b")
        const together = barrier(2)
        const lock = (first: string, second: string) =>
          Effect.exit(
            unit.run(
              Effect.gen(function* () {
                yield* probe.getForUpdate(first)
                yield* together
                yield* probe.getForUpdate(second)
              })
            )
          )
        const exits = yield* Effect.all([lock("a", "b"), lock("b", "a")], { concurrency: "unbounded" })
        assert.sameMembers(exits.map(reasonOf), [undefined, "serialization"])
      }).pipe(Effect.provide(layerOn(database.pool())))
    })
  )

  it.live("a lock that is not had in time is answered as busy", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const impatient = database.pool({ options: "-c lock_timeout=50" })
      yield* Effect.gen(function* () {
        const { probe, unit } = yield* services
        yield* probe.insert("a")
        const locked = yield* Deferred.make<void>()
        const holder = yield* Effect.forkChild(
          unit.run(
            probe
              .getForUpdate("a")
              .pipe(Effect.andThen(Deferred.succeed(locked, undefined)), Effect.andThen(Effect.never))
          )
        )
        yield* Deferred.await(locked)
        assert.strictEqual((yield* Effect.flip(unit.run(probe.getForUpdate("a")))).reason, "busy")
        yield* Fiber.interrupt(holder)
      }).pipe(Effect.provide(layerOn(impatient)))
    })
  )

  it.live(
    "F-08 F-09 a server that ends a transaction for its time is answered as a lost connection, and the next unit gets another",
    () =>
      Effect.gen(function* () {
        const database = yield* postgres
        const patient = database.pool({ max: 1 })
        const ends = Effect.gen(function* () {
          const { probe, unit } = yield* services
          const late = Effect.andThen(Effect.andThen(probe.getForUpdate("b"), Effect.sleep("300 millis")), probe.ids)
          const idle = yield* Effect.exit(unit.run(late))
          const waiting = yield* Effect.exit(unit.run(probe.getForUpdate("a")))
          yield* probe.ids
          return [reasonOf(idle), reasonOf(waiting)]
        })
        const waits = (options: string) => Effect.provide(ends, layerOn(database.pool({ options })), { local: true })
        yield* Effect.gen(function* () {
          const { probe, unit } = yield* services
          yield* probe.insert("a")
          yield* probe.insert("b")
          const [held, release] = [yield* Deferred.make<void>(), yield* Deferred.make<void>()]
          const holder = yield* Effect.forkChild(
            unit.run(
              probe
                .getForUpdate("a")
                .pipe(Effect.andThen(Deferred.succeed(held, undefined)), Effect.andThen(Deferred.await(release)))
            )
          )
          yield* Deferred.await(held)
          const idle = yield* waits("-c idle_in_transaction_session_timeout=100 -c statement_timeout=100")
          const whole = yield* waits("-c transaction_timeout=100")
          yield* Deferred.succeed(release, undefined)
          yield* Fiber.join(holder)
          assert.deepEqual(idle, ["connection", "busy"])
          assert.deepEqual(whole, ["connection", "connection"])
        }).pipe(Effect.provide(layerOn(patient)))
      })
  )

  it.live("a server that is not there is answered as a lost connection", () =>
    Effect.gen(function* () {
      const { probe, unit } = yield* services
      assert.strictEqual((yield* Effect.flip(probe.ids)).reason, "connection")
      const error = yield* Effect.flip(unit.run(probe.ids))
      assert.deepEqual([error.operation, error.reason], ["begin", "connection"])
    }).pipe(Effect.provide(layerOn(new pg.Pool({ host: "127.0.0.1", port: 1 }))))
  )

  it.live("statements are planned anew after a table was altered", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const pool = database.pool({ max: 1 })
      yield* Effect.gen(function* () {
        const { database, probe } = yield* services
        yield* probe.insert("a")
        const select = Effect.tryPromise(() =>
          database.kysely.executeQuery(CompiledQuery.raw("select * from portico_counter where id = $1", ["a"]))
        )
        yield* select
        yield* Effect.promise(() => pool.query("alter table portico_counter add column more text"))
        assert.isTrue(Exit.isFailure(yield* Effect.exit(select)))
        assert.strictEqual((yield* select).rows.length, 1)
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )

  it.live("works without prepared statements, and beside a second instance on the same pool", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const pool = database.pool({ max: 1 })
      const shared: PgPoolLike = { connect: () => pool.connect(), end: async () => {}, options: pool.options }
      const insert = (id: string) => Effect.flatMap(services, ({ probe, unit }) => unit.run(probe.insert(id)))
      yield* Effect.provide(insert("a"), layerOn(shared))
      yield* Effect.provide(insert("b"), layerOn(shared), { local: true })
      const prepared = yield* Effect.promise(() => pool.query("select name from pg_prepared_statements"))
      yield* Effect.provide(insert("c"), layerOn(shared, { prepared: false }), { local: true })
      const after = yield* Effect.promise(() => pool.query("select name from pg_prepared_statements"))
      assert.isAbove(prepared.rows.length, 0)
      assert.strictEqual(after.rows.length, prepared.rows.length)
    })
  )

  it.live("large integers are numbers on our queries only, and never rounded", () =>
    Effect.gen(function* () {
      const database = yield* postgres
      const pool = database.pool({ max: 1 })
      yield* Effect.gen(function* () {
        const { database } = yield* services
        const ours = yield* Effect.promise(() =>
          database.kysely.executeQuery<{ n: number }>(CompiledQuery.raw("select 9007199254740991::int8 as n"))
        )
        assert.strictEqual(ours.rows[0]?.n, 9_007_199_254_740_991)
        const theirs = yield* Effect.promise(() => pool.query("select 1::int8 as n"))
        assert.strictEqual(theirs.rows[0].n, "1")
      }).pipe(Effect.provide(layerOn(pool)))
    })
  )
})

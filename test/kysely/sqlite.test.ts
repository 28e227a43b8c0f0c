import { execFile } from "node:child_process"
import { writeFileSync } from "node:fs"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import BetterSqlite3 from "better-sqlite3"
import { Effect, Exit, Fiber, Layer, Option } from "effect"
import { sql } from "kysely"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database } from "../../src/kysely/Database.ts"
import { fromNodeSqlite, type SqliteDatabaseLike, sqliteDialect } from "../../src/kysely/sqlite.ts"
import * as KyselyUnitOfWork from "../../src/kysely/UnitOfWork.ts"
import { UnitOfWorkProbe } from "../../src/testing/index.ts"
import { databases } from "../support/adapters.ts"
import { root } from "../support/alias.ts"
import { counterMigrations, kyselyCounters } from "../support/counters.ts"

const { sqliteFile } = databases(counterMigrations)

const drivers: Readonly<Record<string, (file: string) => SqliteDatabaseLike>> = {
  "better-sqlite3": (file) => new BetterSqlite3(file),
  "node:sqlite": (file) => fromNodeSqlite(new DatabaseSync(file))
}

const layerOn = (database: SqliteDatabaseLike, lockTimeout?: number) =>
  Layer.merge(kyselyCounters, KyselyUnitOfWork.layer).pipe(
    Layer.provideMerge(Database.fromDialect(sqliteDialect(database, lockTimeout === undefined ? {} : { lockTimeout })))
  )

const services = Effect.all({ unit: UnitOfWork, probe: UnitOfWorkProbe, database: Database })

for (const [name, open] of Object.entries(drivers)) {
  describe(`SQLite (${name})`, () => {
    it.live("is opened with a write-ahead log, foreign keys and no waiting inside of the driver", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        yield* Effect.gen(function* () {
          const { kind, kysely } = yield* Database
          assert.strictEqual(kind, "sqlite")
          const pragma = (name: string) =>
            Effect.promise(async () => {
              const { rows } = await sql<Record<string, unknown>>`pragma ${sql.raw(name)}`.execute(kysely)
              return Object.values(rows[0] ?? {})[0]
            })
          assert.strictEqual(yield* pragma("journal_mode"), "wal")
          assert.strictEqual(yield* pragma("foreign_keys"), 1)
          assert.strictEqual(yield* pragma("synchronous"), 1)
          assert.strictEqual(yield* pragma("busy_timeout"), 0)
        }).pipe(Effect.provide(layerOn(open(file))))
      })
    )

    it.live("STO-03 units of several connections on one file wait for each other without stopping the process", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        yield* Effect.provide(
          Effect.flatMap(UnitOfWorkProbe, (probe) => probe.insert("row")),
          layerOn(open(file))
        )
        const worker = Effect.gen(function* () {
          const { probe, unit } = yield* services
          for (let round = 0; round < 10; round++) {
            yield* unit.run(
              Effect.gen(function* () {
                const value = Option.getOrThrow(yield* probe.getForUpdate("row"))
                // the others must be able to run, or nobody would ever commit
                yield* Effect.sleep("1 millis")
                yield* probe.set("row", value, value + 1)
              })
            )
          }
        })
        yield* Effect.all(
          Array.from({ length: 4 }, () =>
            Effect.suspend(() => Effect.provide(worker, layerOn(open(file)), { local: true }))
          ),
          { concurrency: "unbounded" }
        )
        const value = yield* Effect.provide(
          Effect.flatMap(UnitOfWorkProbe, (probe) => probe.get("row")),
          layerOn(open(file))
        )
        assert.deepEqual(value, Option.some(40))
      })
    )

    it.live("a lock that is not given up in time is answered as busy; reads do not wait for it", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        const holder = open(file)
        holder.prepare("begin immediate").run([])
        yield* Effect.gen(function* () {
          const { probe, unit } = yield* services
          const waiting = yield* Effect.forkChild(Effect.flip(unit.run(probe.insert("a"))))
          yield* Effect.sleep("10 millis")
          assert.deepEqual(yield* probe.ids, [])
          assert.isUndefined(waiting.pollUnsafe())
          const error = yield* Fiber.join(waiting)
          assert.strictEqual(error.reason, "busy")
          assert.strictEqual(error.operation, "begin")
          // a write without a unit waits, too
          assert.strictEqual((yield* Effect.flip(probe.insert("b"))).reason, "busy")
          const patient = yield* Effect.forkChild(probe.insert("c"))
          yield* Effect.sleep("10 millis")
          holder.prepare("rollback").run([])
          yield* Fiber.join(patient)
          yield* unit.run(probe.insert("d"))
          assert.deepEqual(yield* probe.ids, ["c", "d"])
        }).pipe(Effect.provide(layerOn(open(file), 100)))
        holder.close()
      })
    )

    it.live("V-40 a unit that is interrupted while it waits for another process leaves the connection usable", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        const holder = open(file)
        holder.prepare("begin immediate").run([])
        yield* Effect.gen(function* () {
          const { probe, unit } = yield* services
          const waiting = yield* Effect.forkChild(unit.run(probe.insert("a")))
          yield* Effect.sleep("10 millis")
          yield* Fiber.interrupt(waiting)
          holder.prepare("rollback").run([])
          yield* unit.run(probe.insert("b"))
          assert.deepEqual(yield* probe.ids, ["b"])
        }).pipe(Effect.provide(layerOn(open(file))))
        holder.close()
      })
    )

    it.live("a full disk is answered as full", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        yield* Effect.gen(function* () {
          const { database, probe, unit } = yield* services
          yield* Effect.promise(() => sql`pragma max_page_count = 1`.execute(database.kysely))
          const error = yield* Effect.flip(unit.run(probe.insert("x".repeat(100_000))))
          assert.strictEqual(error.reason, "full")
          yield* Effect.promise(() => sql`pragma max_page_count = 1000000`.execute(database.kysely))
          yield* unit.run(probe.insert("later"))
          assert.deepEqual(yield* probe.ids, ["later"])
        }).pipe(Effect.provide(layerOn(open(file))))
      })
    )

    it.live(
      "V-40 when SQLite ends a transaction by itself, nothing of the unit is left, even if the program goes on in it",
      () =>
        Effect.gen(function* () {
          const database = open(yield* sqliteFile)
          const failing: SqliteDatabaseLike = {
            close: () => database.close(),
            get inTransaction() {
              return database.inTransaction
            },
            prepare: (text) => {
              const statement = database.prepare(text)
              return {
                reader: statement.reader,
                all: (parameters) => statement.all(parameters),
                get: (parameters) => statement.get(parameters),
                run: (parameters) => {
                  if (parameters[0] !== "fatal") return statement.run(parameters)
                  database.prepare("rollback").run([])
                  throw Object.assign(new Error("disk I/O error"), { code: "SQLITE_IOERR_WRITE" })
                }
              }
            }
          }
          yield* Effect.gen(function* () {
            const { probe, unit } = yield* services
            yield* probe.insert("before")
            const exit = yield* Effect.exit(
              unit.run(
                Effect.gen(function* () {
                  yield* probe.set("before", 0, 1)
                  assert.strictEqual((yield* Effect.flip(probe.insert("fatal"))).reason, "connection")
                  assert.strictEqual((yield* Effect.flip(probe.insert("after"))).reason, "other")
                })
              )
            )
            assert.isTrue(Exit.isFailure(exit))
            assert.deepEqual(yield* probe.get("before"), Option.some(0))
            yield* unit.run(probe.insert("later"))
            assert.deepEqual(yield* probe.ids, ["before", "later"])
          }).pipe(Effect.provide(layerOn(failing)))
        })
    )

    it.live("a file that is no database is answered as corrupt", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        writeFileSync(file, "this is not a database, but long enough to be looked at".repeat(100))
        const error = yield* Effect.flip(
          Effect.provide(
            Effect.flatMap(UnitOfWorkProbe, (probe) => probe.ids),
            layerOn(open(file))
          )
        )
        assert.strictEqual(error.reason, "corrupt")
      })
    )

    it.live("prepared statements are kept up to a limit", () =>
      Effect.gen(function* () {
        let prepared = 0
        const database = open(yield* sqliteFile)
        const counting: SqliteDatabaseLike = {
          close: () => database.close(),
          get inTransaction() {
            return database.inTransaction
          },
          prepare: (text) => {
            prepared++
            return database.prepare(text)
          }
        }
        yield* Effect.gen(function* () {
          const { probe } = yield* services
          yield* probe.ids
          const before = prepared
          for (let i = 0; i < 20; i++) yield* probe.ids
          assert.strictEqual(prepared, before)
          const { kysely } = yield* Database
          for (let i = 0; i < 600; i++) yield* Effect.promise(() => sql`select ${sql.lit(i)}`.execute(kysely))
          yield* probe.ids
          assert.strictEqual(prepared, before + 601)
        }).pipe(Effect.provide(layerOn(counting)))
      })
    )

    it.live("STO-03 several processes on one file lose no increment", () =>
      Effect.gen(function* () {
        const file = yield* sqliteFile
        const driver =
          name === "better-sqlite3"
            ? `new (await import("better-sqlite3")).default(process.argv[1])`
            : `fromNodeSqlite(new (await import("node:sqlite")).DatabaseSync(process.argv[1]))`
        const script = `
          import { Effect, Layer, Option } from "effect"
          import { UnitOfWork } from ${JSON.stringify(`${root}src/kernel/UnitOfWork.ts`)}
          import { Database } from ${JSON.stringify(`${root}src/kysely/Database.ts`)}
          import { fromNodeSqlite, sqliteDialect } from ${JSON.stringify(`${root}src/kysely/sqlite.ts`)}
          import { layer } from ${JSON.stringify(`${root}src/kysely/UnitOfWork.ts`)}
          import { UnitOfWorkProbe } from ${JSON.stringify(`${root}src/testing/index.ts`)}
          import { kyselyCounters } from ${JSON.stringify(`${root}test/support/counters.ts`)}
          const program = Effect.gen(function* () {
            const unit = yield* UnitOfWork
            const probe = yield* UnitOfWorkProbe
            for (let i = 0; i < 100; i++) {
              yield* unit.run(Effect.gen(function* () {
                const value = Option.getOrThrow(yield* probe.getForUpdate("row"))
                yield* Effect.yieldNow
                yield* probe.set("row", value, value + 1)
              }))
            }
          })
          const database = Database.fromDialect(sqliteDialect(${driver}, { lockTimeout: 60000 }))
          await Effect.runPromise(Effect.provide(program, Layer.merge(kyselyCounters, layer).pipe(Layer.provideMerge(database))))
        `
        const layer = layerOn(open(file), 60_000)
        yield* Effect.gen(function* () {
          const { probe } = yield* services
          yield* probe.insert("row")
          const start = Effect.promise(() =>
            promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, file], { cwd: root })
          )
          yield* Effect.all([start, start, start], { concurrency: "unbounded" })
          assert.deepEqual(yield* probe.get("row"), Option.some(300))
        }).pipe(Effect.provide(layer))
      })
    )
  })
}

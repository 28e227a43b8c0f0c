import BetterSqlite3 from "better-sqlite3"
import { Context, Effect, Layer, Logger, Redacted } from "effect"
import { toBase64Url } from "../../src/kernel/Crypto.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { type KeyRing, Sealer } from "../../src/kernel/Sealer.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { Database } from "../../src/kysely/Database.ts"
import { dump as kyselyDump } from "../../src/kysely/dump.ts"
import { type SqliteDatabaseLike, sqliteDialect } from "../../src/kysely/sqlite.ts"
import type { Mailer } from "../../src/mail/Mailer.ts"
import { dump as memoryDump } from "../../src/memory/dump.ts"
import * as MemoryMailer from "../../src/memory/Mailer.ts"
import { Store } from "../../src/memory/Store.ts"
import { Dump } from "../../src/testing/Dump.ts"
import { Faults } from "../../src/testing/Faults.ts"
import type { HasherProbe } from "../../src/testing/hasher.ts"
import { SimulatedClock } from "../../src/testing/SimulatedClock.ts"
import { plans } from "../subscriptions/samples.ts"
import { databases } from "../support/adapters.ts"
import { everyPort, keyRing, withKernel } from "../support/portal.ts"
import { everyKind, type Stage } from "../support/scenario.ts"

/** Brings the storage back to where it was: the effect that it answers can be run any number of times. */
export class Checkpoint extends Context.Service<Checkpoint, { readonly take: Effect.Effect<Effect.Effect<void>> }>()(
  "test/Checkpoint"
) {}

/** The one connection of an SQLite database, for what goes past the adapter. */
export class Connection extends Context.Service<Connection, BetterSqlite3.Database>()("test/Connection") {}

/** What goes wrong at one statement: nothing was done yet, or it was, and nobody learned that. */
export interface StatementFault {
  /** At which statement that writes, begins or commits, counted from 0. */
  readonly at: number
  readonly when: "before" | "after"
  /** As the driver names it, for example `SQLITE_BUSY`; another error unless told. */
  readonly code?: string
}

/** Makes the database's driver go wrong. */
export class Driver extends Context.Service<
  Driver,
  {
    readonly plan: (fault: StatementFault) => Effect.Effect<void>
    /** Nothing goes wrong any more; answers the statements that write, begin or commit since the last `plan` or `stop`. */
    readonly stop: Effect.Effect<ReadonlyArray<string>>
  }
>()("test/Driver") {}

/** A rollback that fails comes with a connection that is gone, which rolls back by itself. */
const counts = (sql: string): boolean => /^(insert|update|delete|with|begin|commit)\b/.test(sql)

const failing = (database: SqliteDatabaseLike) => {
  let fault: StatementFault | undefined
  let seen: Array<string> = []
  const through = <A>(sql: string, run: () => A): A => {
    if (!counts(sql)) return run()
    const position = seen.push(sql) - 1
    if (fault?.at !== position) return run()
    const error = Object.assign(
      new Error("as the test wanted it"),
      fault.code === undefined ? {} : { code: fault.code }
    )
    // a `begin` that was done and said to have failed would be a transaction of nobody: SQLite runs in the process
    if (fault.when === "after" && !sql.startsWith("begin")) run()
    throw error
  }
  const driver = Driver.of({
    plan: (next) =>
      Effect.sync(() => {
        fault = next
        seen = []
      }),
    stop: Effect.sync(() => {
      const statements = seen
      fault = undefined
      seen = []
      return statements
    })
  })
  const wrapped: SqliteDatabaseLike = {
    prepare: (sql) => {
      const statement = database.prepare(sql)
      return {
        reader: statement.reader,
        all: (parameters) => through(sql, () => statement.all(parameters)),
        get: (parameters) => through(sql, () => statement.get(parameters)),
        run: (parameters) => through(sql, () => statement.run(parameters))
      }
    },
    close: () => database.close(),
    get inTransaction() {
      return database.inTransaction
    }
  }
  return { driver, wrapped }
}

export const dumpOfMemory = Layer.effect(
  Dump,
  Effect.map(Store, (store) => Dump.of({ read: Effect.provideService(memoryDump, Store, store) }))
)

export const dumpOfKysely = Layer.effect(
  Dump,
  Effect.map(Database, (database) => Dump.of({ read: Effect.provideService(kyselyDump, Database, database) }))
)

const checkpointOfMemory = Layer.effect(
  Checkpoint,
  Effect.map(Store, (store) =>
    Checkpoint.of({
      take: Effect.sync(() => {
        const state = store.committed()
        return Effect.sync(() => store.commit(state))
      })
    })
  )
)

const checkpointOfSqlite = Layer.effect(
  Checkpoint,
  Effect.map(Connection, (connection) =>
    Checkpoint.of({
      take: Effect.sync(() => {
        const names = connection
          .prepare("select name from sqlite_master where type = 'table' and name like 'portico_%'")
          .pluck()
          .all() as Array<string> // one column, of texts
        const tables = names.map((name) => {
          const statement = connection.prepare(`select * from "${name}"`)
          const columns = statement.columns().map((column) => column.name)
          return {
            rows: statement.raw().all() as Array<Array<unknown>>, // as `raw` answers them
            remove: connection.prepare(`delete from "${name}"`),
            insert: connection.prepare(`insert into "${name}" values (${columns.map(() => "?").join()})`)
          }
        })
        // rows that are only ever added go back, too
        const triggers = connection
          .prepare("select name, sql from sqlite_master where type = 'trigger'")
          .all() as ReadonlyArray<{ readonly name: string; readonly sql: string }> // the columns that are selected
        return Effect.sync(() => {
          connection.exec("begin immediate; pragma defer_foreign_keys = on")
          for (const { name } of triggers) connection.exec(`drop trigger "${name}"`)
          for (const { remove } of tables) remove.run()
          for (const { insert, rows } of tables) for (const row of rows) insert.run(row)
          for (const { sql } of triggers) connection.exec(sql)
          connection.exec("commit")
        })
      })
    })
  )
)

const unlimited = { max: 1_000_000, window: "1 hour" } as const

/** Nobody is held up by how often the same is tried, and nobody waits for a lock that nobody will give back. */
export const settings: SettingsInput = {
  tenants: { selfService: true },
  // so that they are known where states are compared
  orders: { customerNumbers: { prefix: "GAP-", first: 1 } },
  plans,
  limits: {
    signInPerAccount: unlimited,
    signInPerSource: unlimited,
    mailPerAddress: unlimited,
    mailPerSource: unlimited,
    linkPerSource: unlimited,
    selfRegistrationPerAddress: unlimited,
    selfRegistrationPerNumber: unlimited,
    teamMembersPerAccount: unlimited,
    ordersPerAccount: unlimited
  }
}

export type FaultyStage = Stage | Mailer | MemoryMailer.Mailbox | HasherProbe | Keys | Faults | Dump | Checkpoint

/** The operator's keys, which can get lost. */
export class Keys extends Context.Service<
  Keys,
  {
    readonly lose: Effect.Effect<void>
    readonly find: Effect.Effect<void>
    /** A new key is current, and the old one is still there. */
    readonly rotate: Effect.Effect<void>
  }
>()("test/Keys") {}

const otherKey = { k2: Redacted.make(toBase64Url(new Uint8Array(32).fill(9))) }

/** A sealer whose key gets lost, so that only a new one is there, and is found again. */
const losable = Layer.effectContext(
  Effect.gen(function* () {
    const sealerOf = (ring: KeyRing) =>
      Effect.map(Layer.build(Layer.fresh(Sealer.layer(ring))), (context) => Context.get(context, Sealer))
    const first = yield* Sealer
    const without = yield* sealerOf({ current: "k2", keys: otherKey })
    const both = yield* sealerOf({ current: keyRing.current, keys: { ...keyRing.keys, ...otherKey } })
    const rotated = yield* sealerOf({ current: "k2", keys: { ...keyRing.keys, ...otherKey } })
    let sealer = first
    const become = (next: Sealer["Service"]) =>
      Effect.sync(() => {
        sealer = next
      })
    return Context.make(
      Sealer,
      Sealer.of({
        seal: (purpose, subject, plain) => sealer.seal(purpose, subject, plain),
        open: (purpose, subject, sealed) => sealer.open(purpose, subject, sealed),
        isStale: (sealed) => sealer.isStale(sealed),
        isRetired: (keyId) => sealer.isRetired(keyId),
        get keyIds() {
          return sealer.keyIds
        },
        mac: (purpose, data, keyId) => sealer.mac(purpose, data, keyId)
      })
    ).pipe(Context.add(Keys, Keys.of({ lose: become(without), find: become(both), rotate: become(rotated) })))
  })
)

/** Everything that scenarios need, with ports that can be made to go wrong; on memory and on SQLite. To be called outside of a test. */
export const stages = (over: SettingsInput = {}, memoryPorts: typeof everyPort.memory = everyPort.memory) => {
  const { sqliteFile } = databases()
  const kernel = losable.pipe(Layer.provideMerge(withKernel({ ...settings, ...over })), Layer.orDie)
  const connection = Layer.effect(
    Connection,
    Effect.map(sqliteFile, (file) => new BetterSqlite3(file))
  )
  const database = Layer.unwrap(
    Effect.map(Connection, (connection) => {
      const { driver, wrapped } = failing(connection)
      return Database.fromDialect(sqliteDialect(wrapped, { lockTimeout: 0 })).pipe(
        Layer.merge(Layer.succeed(Driver, driver))
      )
    })
  )
  const memory = everyKind.pipe(
    Layer.provideMerge(Faults.layer(Layer.mergeAll(kernel, memoryPorts, MemoryMailer.layer))),
    Layer.provideMerge(Layer.mergeAll(dumpOfMemory, checkpointOfMemory)),
    Layer.provideMerge(Layer.mergeAll(Store.layer, SimulatedClock.layer()))
  )
  const sqlite = everyKind.pipe(
    Layer.provideMerge(Faults.layer(Layer.mergeAll(kernel, everyPort.kysely, MemoryMailer.layer))),
    Layer.provideMerge(Layer.mergeAll(dumpOfKysely, checkpointOfSqlite)),
    Layer.provideMerge(database),
    Layer.provideMerge(Layer.mergeAll(connection, SimulatedClock.layer()))
  )
  // what goes wrong is logged, which nobody wants to read here
  const quiet = Logger.layer([])
  const all: {
    readonly memory: Layer.Layer<FaultyStage, PersistenceError>
    readonly "better-sqlite3": Layer.Layer<FaultyStage | Driver, PersistenceError>
  } = { memory: Layer.merge(memory, quiet), "better-sqlite3": Layer.merge(sqlite, quiet) }
  return all
}

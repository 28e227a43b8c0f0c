import { copyFileSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { it } from "@effect/vitest"
import BetterSqlite3 from "better-sqlite3"
import { Effect, Exit, Layer, Scope } from "effect"
import type pg from "pg"
import { afterAll, describe } from "vitest"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import type { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database, type DatabaseOptions } from "../../src/kysely/Database.ts"
import { migrate } from "../../src/kysely/migrate.ts"
import { type Migration, migrations } from "../../src/kysely/migrations/index.ts"
import { type PgPoolLike, postgresDialect } from "../../src/kysely/postgres.ts"
import { fromNodeSqlite, sqliteDialect } from "../../src/kysely/sqlite.ts"
import * as KyselyUnitOfWork from "../../src/kysely/UnitOfWork.ts"
import { Store } from "../../src/memory/Store.ts"
import * as MemoryUnitOfWork from "../../src/memory/UnitOfWork.ts"
import type { Suite } from "../../src/testing/Contract.ts"
import { createDatabase, createTemplate, type TestDatabase } from "./postgres.ts"

export type AdapterName = "memory" | "better-sqlite3" | "node:sqlite" | "postgres"

const folder = (): { readonly path: string; readonly remove: () => void } => {
  const path = mkdtempSync(join(tmpdir(), "portico-test-"))
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) }
}

const units = (database: Layer.Layer<Database, PersistenceError>) =>
  KyselyUnitOfWork.layer.pipe(Layer.provideMerge(database))

const migrateWith = (list: ReadonlyArray<Migration>, database: Layer.Layer<Database, PersistenceError>) =>
  Effect.runPromise(Effect.asVoid(Effect.provide(migrate(list), database)))

/** Empty databases after these migrations. The migrations run once for each test file; every database is a copy. */
export const databases = (list: ReadonlyArray<Migration> = migrations) => {
  let migrated: Promise<string> | undefined
  const template = () => {
    migrated ??= (async () => {
      const { path, remove } = folder()
      process.once("exit", remove)
      const file = join(path, "template.db")
      await migrateWith(list, Database.fromDialect(sqliteDialect(new BetterSqlite3(file))))
      return file
    })()
    return migrated
  }

  let migratedPostgres: Promise<string> | undefined
  const postgresTemplate = () => {
    migratedPostgres ??= createTemplate(list.map(({ name, up }) => `${name} ${up}`).join("\n"), (pool) =>
      migrateWith(list, Database.fromDialect(postgresDialect(pool)))
    )
    return migratedPostgres
  }

  return {
    /** The path of an SQLite file, removed with the scope. */
    sqliteFile: Effect.map(
      Effect.acquireRelease(
        Effect.promise(async () => {
          const from = await template()
          const { path, remove } = folder()
          const file = join(path, "test.db")
          copyFileSync(from, file)
          return { file, remove }
        }),
        ({ remove }) => Effect.sync(remove)
      ),
      ({ file }) => file
    ),
    /** A PostgreSQL database, dropped with the scope. */
    postgres: Effect.acquireRelease(
      Effect.promise(async () => createDatabase(await postgresTemplate())),
      (database) => Effect.promise(() => database.drop())
    )
  }
}

const withoutEnd = (pool: pg.Pool): PgPoolLike => ({
  connect: () => pool.connect(),
  end: async () => {},
  options: pool.options
})

// Copying and dropping a PostgreSQL database takes 300 ms, emptying its tables 10: databases are used again by the tests of a file.
const reused = (fresh: Effect.Effect<TestDatabase, never, Scope.Scope>) => {
  const scope = Scope.makeUnsafe()
  afterAll(() => Effect.runPromise(Scope.close(scope, Exit.void)))
  const free: Array<pg.Pool> = []
  const empty = async (pool: pg.Pool): Promise<void> => {
    const { rows } = await pool.query<{ tables: string | null }>(
      `select string_agg(format('%I.%I', schemaname, tablename), ', ') as tables from pg_tables
       where schemaname not in ('pg_catalog', 'information_schema') and tablename not like '%migration%'`
    )
    const tables = rows[0]?.tables
    if (tables) await pool.query(`set lock_timeout = '5s'; truncate ${tables}; set lock_timeout = 0`)
    free.push(pool)
  }
  return Effect.acquireRelease(
    Effect.suspend(() => {
      const pool = free.pop()
      if (pool !== undefined) return Effect.succeed(pool)
      return Effect.map(Scope.provide(fresh, scope), (database) => database.pool())
    }),
    // a database that a test has left locked is not used again
    (pool) => Effect.ignore(Effect.tryPromise(() => empty(pool)))
  )
}

/**
 * The storage layers of the adapters on databases with these migrations; to be called outside of a test. Each use of a layer has a database of
 * its own, and so has a second use at the same time.
 */
export const storage = (list: ReadonlyArray<Migration> = migrations, options: DatabaseOptions = {}) => {
  const { postgres, sqliteFile } = databases(list)
  const pools = reused(postgres)
  return {
    memory: MemoryUnitOfWork.layer.pipe(Layer.provideMerge(Store.layer)),
    "better-sqlite3": units(
      Layer.unwrap(
        Effect.map(sqliteFile, (file) => Database.fromDialect(sqliteDialect(new BetterSqlite3(file)), options))
      )
    ),
    "node:sqlite": units(
      Layer.unwrap(
        Effect.map(sqliteFile, (file) =>
          Database.fromDialect(sqliteDialect(fromNodeSqlite(new DatabaseSync(file))), options)
        )
      )
    ),
    postgres: units(
      Layer.unwrap(Effect.map(pools, (pool) => Database.fromDialect(postgresDialect(withoutEnd(pool)), options)))
    )
  }
}

/** A port, or several, on both kinds of storage. */
export interface Implementations<R> {
  readonly memory: Layer.Layer<R, never, Store | UnitOfWork>
  readonly kysely: Layer.Layer<R, never, Database | UnitOfWork>
}

/**
 * Registers tests for every adapter. `layer` is what the implementations answer, and the unit of work; every test that provides it gets an empty
 * database. To be called outside of a test.
 */
export const forEachAdapter = <R>(
  implementations: Implementations<R>,
  register: (name: AdapterName, layer: Layer.Layer<R | UnitOfWork, PersistenceError>) => void,
  list: ReadonlyArray<Migration> = migrations
): void => {
  const stores = storage(list)
  const { kysely, memory } = implementations
  register("memory", memory.pipe(Layer.provideMerge(stores.memory)))
  for (const name of ["better-sqlite3", "node:sqlite", "postgres"] as const) {
    register(name, kysely.pipe(Layer.provideMerge(stores[name])))
  }
}

/** Runs every case of a contract suite on every adapter, each on an empty database (STO-02: there is no way to leave one out). */
export const contractOnEveryAdapter = <R>(
  title: string,
  suite: Suite<NoInfer<R> | UnitOfWork>,
  implementations: Implementations<R>,
  list: ReadonlyArray<Migration> = migrations
): void =>
  forEachAdapter(
    implementations,
    (name, layer) =>
      describe(`${title} (${name})`, () => {
        for (const { name, run } of suite) it.live(name, () => Effect.provide(run, layer))
      }),
    list
  )

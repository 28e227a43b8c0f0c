import { execFile } from "node:child_process"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { promisify } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import BetterSqlite3 from "better-sqlite3"
import { Cause, Effect, Exit, type Layer } from "effect"
import { Kysely, SqliteDialect, sql } from "kysely"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Database, type DatabaseOptions } from "../../src/kysely/Database.ts"
import { migrate } from "../../src/kysely/migrate.ts"
import { type Migration, migrations } from "../../src/kysely/migrations/index.ts"
import { postgresDialect } from "../../src/kysely/postgres.ts"
import { fromNodeSqlite, sqliteDialect } from "../../src/kysely/sqlite.ts"
import { root } from "../support/alias.ts"
import { scopedDatabase } from "../support/postgres.ts"

const steps: ReadonlyArray<Migration> = [
  {
    name: "0001_parent",
    up: async (db) => {
      await db.schema
        .createTable("parent")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("email", "text", (column) => column.notNull())
        .addColumn("state", "text", (column) => column.notNull())
        .addUniqueConstraint("parent_email", ["email", "state"])
        .execute()
      await db.schema
        .createIndex("parent_open")
        .on("parent")
        .column("email")
        .unique()
        .where(sql.ref("state"), "=", "open")
        .execute()
    }
  },
  {
    name: "0002_child",
    up: async (db) => {
      await db.schema
        .createTable("child")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("parent_id", "text", (column) => column.notNull().references("parent.id"))
        .execute()
    }
  }
]
const names = steps.map((step) => step.name)

const failing: Migration = {
  name: "0003_failing",
  up: async (db) => {
    await db.schema.createTable("half").addColumn("id", "text").execute()
    await db.schema.createTable("parent").addColumn("id", "text").execute()
  }
}

const scopedFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "portico-test-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/** Answers layers that all lead to the same new database, each with connections of its own. */
type Place = (options?: DatabaseOptions) => Layer.Layer<Database, PersistenceError>
const places: ReadonlyArray<readonly [string, Effect.Effect<Place, never, import("effect").Scope.Scope>]> = [
  [
    "better-sqlite3",
    Effect.map(
      scopedFolder,
      (folder) => (options) => Database.fromDialect(sqliteDialect(new BetterSqlite3(join(folder, "test.db"))), options)
    )
  ],
  [
    "node:sqlite",
    Effect.map(
      scopedFolder,
      (folder) => (options) =>
        Database.fromDialect(sqliteDialect(fromNodeSqlite(new DatabaseSync(join(folder, "test.db")))), options)
    )
  ],
  [
    "postgres",
    Effect.map(
      scopedDatabase,
      (database) => (options) => Database.fromDialect(postgresDialect(database.pool()), options)
    )
  ]
]

const tables = Effect.flatMap(Database, (database) =>
  Effect.promise(async () =>
    (await database.kysely.introspection.getTables({ withInternalKyselyTables: true }))
      .map((table) =>
        table.schema === undefined || table.schema === "public" ? table.name : `${table.schema}.${table.name}`
      )
      .sort()
  )
)

for (const [name, place] of places) {
  describe(`migrations (${name})`, () => {
    it.live("STO-05 the first run makes the tables, a second finds nothing to do", () =>
      Effect.gen(function* () {
        const at = yield* place
        const [first, second] = yield* Effect.provide(Effect.all([migrate(steps), migrate(steps)]), at())
        assert.deepStrictEqual(first, names)
        assert.deepStrictEqual(second, [])
        const all = yield* Effect.provide(tables, at())
        assert.deepStrictEqual(all, ["portico_child", "portico_migration", "portico_migration_lock", "portico_parent"])
      })
    )

    it.live("STO-05 runs in parallel from several connections: each step happens once", () =>
      Effect.gen(function* () {
        const at = yield* place
        const runs = yield* Effect.all(
          Array.from({ length: 4 }, () => Effect.provide(migrate(steps), at())),
          { concurrency: "unbounded" }
        )
        assert.deepStrictEqual(runs.flat(), names)
      })
    )

    it.live("STO-05 a step that fails leaves nothing, and what was there before", () =>
      Effect.gen(function* () {
        const at = yield* place
        const error = yield* Effect.flip(Effect.provide(migrate([...steps, failing]), at()))
        assert.strictEqual(error.operation, "migrate")
        assert.notInclude(yield* Effect.provide(tables, at()), "portico_half")
        assert.deepStrictEqual(yield* Effect.provide(migrate(steps), at()), names)
      })
    )

    it.live("STO-05 data are kept by later steps", () =>
      Effect.gen(function* () {
        const at = yield* place
        yield* Effect.provide(migrate(steps.slice(0, 1)), at())
        const rows = yield* Effect.provide(
          Effect.gen(function* () {
            const { kysely } = yield* Database
            const insert = sql`insert into portico_parent (id, email, state) values ('a', 'a@example.org', 'open')`
            yield* Effect.promise(() => insert.execute(kysely))
            assert.deepStrictEqual(yield* migrate(steps), ["0002_child"])
            return yield* Effect.promise(() => sql<{ id: string }>`select id from portico_parent`.execute(kysely))
          }),
          at()
        )
        assert.deepStrictEqual(
          rows.rows.map((row) => row.id),
          ["a"]
        )
      })
    )

    it.live("STO-05 two prefixes are two sets of tables in one database", () =>
      Effect.gen(function* () {
        const at = yield* place
        assert.deepStrictEqual(yield* Effect.provide(migrate(steps), at({ tablePrefix: "one_" })), names)
        assert.deepStrictEqual(yield* Effect.provide(migrate(steps), at({ tablePrefix: "" })), names)
        const all = yield* Effect.provide(tables, at())
        assert.includeMembers([...all], ["one_parent", "one_child", "one_migration", "parent", "child", "migration"])
      })
    )

    it.live("the released migrations run on an empty database", () =>
      Effect.gen(function* () {
        const at = yield* place
        assert.deepStrictEqual(
          yield* Effect.provide(migrate(), at()),
          migrations.map((migration) => migration.name)
        )
      })
    )
  })
}

it.live("STO-05 on PostgreSQL the tables can have a schema of their own", () =>
  Effect.gen(function* () {
    const database = yield* scopedDatabase
    const at = (options: DatabaseOptions) => Database.fromDialect(postgresDialect(database.pool()), options)
    const options = { schema: "portal", tablePrefix: "" }
    const runs = yield* Effect.all(
      Array.from({ length: 3 }, () => Effect.provide(migrate(steps), at(options))),
      { concurrency: "unbounded" }
    )
    assert.deepStrictEqual(runs.flat(), names)
    const all = yield* Effect.provide(tables, at(options))
    assert.deepStrictEqual(all, ["portal.child", "portal.migration", "portal.migration_lock", "portal.parent"])
    assert.deepStrictEqual(
      yield* Effect.provide(migrate(), at({ schema: "second" })),
      migrations.map((migration) => migration.name)
    )
  })
)

it.live("STO-05 with the longest prefix no name is cut off on PostgreSQL, and a longer one is refused", () =>
  Effect.gen(function* () {
    const database = yield* scopedDatabase
    const pool = database.pool()
    const at = (tablePrefix: string) => Database.fromDialect(postgresDialect(database.pool()), { tablePrefix })
    const prefix = "a_prefix_of_24_letters__"
    yield* Effect.provide(migrate(), at(prefix))
    const { rows } = yield* Effect.promise(() =>
      pool.query<{ name: string }>(
        // what PostgreSQL itself names, it keeps apart
        `select relname as name from pg_class where relnamespace = 'public'::regnamespace
         union all select conname from pg_constraint where connamespace = 'public'::regnamespace and contype <> 'n'`
      )
    )
    assert.isAbove(rows.length, 100)
    assert.deepStrictEqual(
      rows.filter(({ name }) => name.length > 62),
      []
    )
    for (const longer of [`${prefix}_`, "ä".repeat(13)]) {
      const exit = yield* Effect.exit(Effect.provide(migrate(), at(longer)))
      assert.isTrue(Exit.isFailure(exit) && Cause.hasDies(exit.cause), longer)
    }
  })
)

it.live("text columns are ordered by bytes on PostgreSQL, whatever the language of the database", () =>
  Effect.gen(function* () {
    const database = yield* scopedDatabase
    const pool = database.pool()
    yield* Effect.provide(migrate(steps), Database.fromDialect(postgresDialect(database.pool())))
    yield* Effect.promise(() =>
      pool.query("insert into portico_parent values ('a', '', ''), ('B', 'x', ''), ('ä', 'y', '')")
    )
    const { rows } = yield* Effect.promise(() => pool.query("select id from portico_parent order by id"))
    assert.deepStrictEqual(
      rows.map((row) => row.id),
      ["B", "a", "ä"]
    )
  })
)

it.live("STO-05 an application's own SQLite instance of Kysely can be migrated, and keeps its own migrations", () =>
  Effect.gen(function* () {
    const kysely = new Kysely<unknown>({ dialect: new SqliteDialect({ database: new BetterSqlite3(":memory:") }) })
    yield* Effect.promise(() => sql`create table kysely_migration (name text)`.execute(kysely))
    const at = Database.fromKysely(kysely)
    assert.deepStrictEqual(yield* Effect.provide(migrate(steps), at), names)
    assert.include(yield* Effect.provide(tables, at), "kysely_migration")
    yield* Effect.promise(() => kysely.destroy())
  })
)

it.live("STO-05 several processes may start on one SQLite file", () =>
  Effect.gen(function* () {
    const folder = yield* scopedFolder
    const script = `
      import BetterSqlite3 from "better-sqlite3"
      import { Effect } from "effect"
      import { Database } from ${JSON.stringify(`${root}src/kysely/Database.ts`)}
      import { migrate } from ${JSON.stringify(`${root}src/kysely/migrate.ts`)}
      import { sqliteDialect } from ${JSON.stringify(`${root}src/kysely/sqlite.ts`)}
      const database = Database.fromDialect(sqliteDialect(new BetterSqlite3(process.argv[1])))
      console.log(JSON.stringify(await Effect.runPromise(Effect.provide(migrate(), database))))
    `
    const start = Effect.promise(() =>
      promisify(execFile)(process.execPath, ["--input-type=module", "-e", script, join(folder, "test.db")], {
        cwd: root
      })
    )
    const runs = yield* Effect.all([start, start, start], { concurrency: "unbounded" })
    assert.deepStrictEqual(
      runs.flatMap((run): ReadonlyArray<string> => JSON.parse(run.stdout)),
      migrations.map((migration) => migration.name)
    )
  })
)

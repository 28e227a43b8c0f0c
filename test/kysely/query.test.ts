import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Tracer } from "effect"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database } from "../../src/kysely/Database.ts"
import { forUpdateSkipLocked, isOneOf, type TextList, textList } from "../../src/kysely/dialect.ts"
import type { Migration } from "../../src/kysely/migrations/index.ts"
import { queries } from "../../src/kysely/query.ts"
import { storage } from "../support/adapters.ts"

const list: ReadonlyArray<Migration> = [
  {
    name: "0001_note",
    up: (db) =>
      db.schema
        .createTable("note")
        .addColumn("id", "text", (column) => column.primaryKey())
        .addColumn("at", "bigint", (column) => column.notNull())
        .addColumn("done", "smallint", (column) => column.notNull())
        .addColumn("text", "text")
        .execute()
  }
]

interface NoteTables {
  readonly note: { readonly id: string; readonly at: number; readonly done: number; readonly text: string | null }
}

const LATE = 8_640_000_000_000_000

const note = (id: string, text: string | null = null) => ({ id, at: LATE, done: 0, text })

const make = Effect.map(Database, (database) => {
  const q = queries<NoteTables>(database)
  return {
    q,
    insert: q.insert("note.insert", "note", ["id", "at", "done", "text"]),
    get: q.first("note.get", (db, p: { readonly id: string }) =>
      db.selectFrom("note").select(["id", "at", "done", "text"]).where("id", "=", p.id)
    ),
    ids: q.all("note.ids", (db) => db.selectFrom("note").select("id").orderBy("id")),
    finish: q.exactlyOne("note.finish", (db, p: { readonly id: string }) =>
      db.updateTable("note").set({ done: 1 }).where("id", "=", p.id).where("done", "=", 0)
    ),
    remove: q.changed("note.remove", (db, p: { readonly ids: TextList }) =>
      db.deleteFrom("note").where((eb) => isOneOf(database.kind, eb.ref("id"), p.ids))
    )
  }
})

const { memory: _, ...stores } = storage(list)
for (const [name, layer] of Object.entries(stores)) {
  describe(`queries (${name})`, () => {
    it.live("values come back as they were given: large integers as numbers, null as null", () =>
      Effect.gen(function* () {
        const { get, insert } = yield* make
        yield* insert([note("a"), note("b", "ä 'quoted' $1 ? \u{1f600}")])
        assert.deepEqual({ ...(yield* get({ id: "a" })) }, note("a"))
        assert.deepEqual({ ...(yield* get({ id: "b" })) }, note("b", "ä 'quoted' $1 ? \u{1f600}"))
        assert.isUndefined(yield* get({ id: "c" }))
      }).pipe(Effect.provide(layer))
    )

    it.live("any number of rows is inserted, fifty in one statement", () =>
      Effect.gen(function* () {
        const { ids, insert } = yield* make
        yield* insert([])
        yield* insert(Array.from({ length: 1 }, (_, index) => note(`one ${index}`)))
        yield* insert(Array.from({ length: 50 }, (_, index) => note(`fifty ${index}`)))
        yield* insert(Array.from({ length: 121 }, (_, index) => note(`many ${index}`)))
        assert.strictEqual((yield* ids()).length, 172)
      }).pipe(Effect.provide(layer))
    )

    it.live("a key that is taken is a duplicate, and the statement leaves nothing", () =>
      Effect.gen(function* () {
        const { ids, insert } = yield* make
        yield* insert([note("a")])
        const error = yield* Effect.flip(insert([note("b"), note("a")]))
        assert.strictEqual(error.reason, "duplicate")
        assert.strictEqual(error.operation, "note.insert")
        assert.deepEqual(
          (yield* ids()).map((row) => row.id),
          ["a"]
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("a guarded write that changes no row is a conflict", () =>
      Effect.gen(function* () {
        const { finish, insert } = yield* make
        yield* insert([note("a")])
        yield* finish({ id: "a" })
        assert.strictEqual((yield* Effect.flip(finish({ id: "a" }))).reason, "conflict")
        assert.strictEqual((yield* Effect.flip(finish({ id: "b" }))).reason, "conflict")
      }).pipe(Effect.provide(layer))
    )

    it.live("a list is one parameter, whatever its length and content", () =>
      Effect.gen(function* () {
        const { ids, insert, remove } = yield* make
        yield* insert(["a", "b", `"quoted", ä`, "d"].map((id) => note(id)))
        assert.strictEqual(yield* remove({ ids: textList([]) }), 0)
        assert.strictEqual(yield* remove({ ids: textList(["a", `"quoted", ä`, "missing"]) }), 2)
        assert.deepEqual(
          (yield* ids()).map((row) => row.id),
          ["b", "d"]
        )
      }).pipe(Effect.provide(layer))
    )

    it.live("a query with optional filters is built at each call", () =>
      Effect.gen(function* () {
        const { insert, q } = yield* make
        yield* insert([note("a"), note("b", "x"), note("c", "x")])
        const find = (text?: string) =>
          q.run("note.find", (db) => {
            const query = db.selectFrom("note").select("id").orderBy("id").limit(2)
            return text === undefined ? query : query.where("text", "=", text)
          })
        assert.deepEqual(
          (yield* find()).map((row) => row.id),
          ["a", "b"]
        )
        assert.deepEqual(
          (yield* find("x")).map((row) => row.id),
          ["b", "c"]
        )
        const changed = yield* q.runChanged("note.finishAll", (db) => db.updateTable("note").set({ done: 1 }))
        assert.strictEqual(changed, 3)
      }).pipe(Effect.provide(layer))
    )

    it.live("a missing value is a defect, not an empty result", () =>
      Effect.gen(function* () {
        const { get } = yield* make
        // what a caller without types could do
        const exit = yield* Effect.exit(get({} as { readonly id: string }))
        assert.isTrue(Exit.hasDies(exit))
      }).pipe(Effect.provide(layer))
    )

    it.live("workers that share a queue take different rows", () =>
      Effect.gen(function* () {
        const { insert, q } = yield* make
        const [database, unit] = [yield* Database, yield* UnitOfWork]
        yield* insert([note("a"), note("b"), note("c")])
        const next = q.first("note.next", (db) =>
          forUpdateSkipLocked(
            database.kind,
            db.selectFrom("note").select("id").where("done", "=", 0).orderBy("id").limit(1)
          )
        )
        const take = unit.run(
          Effect.gen(function* () {
            const row = yield* next()
            if (row === undefined) return undefined
            yield* Effect.yieldNow
            const { finish } = yield* make
            yield* finish({ id: row.id })
            return row.id
          })
        )
        const taken = yield* Effect.all([take, take, take], { concurrency: "unbounded" })
        assert.deepEqual([...taken].sort(), ["a", "b", "c"])
      }).pipe(Effect.provide(layer))
    )

    it.live("the statement goes to the unit that is open, and the unit's own rows are read", () =>
      Effect.gen(function* () {
        const { ids, insert } = yield* make
        const unit = yield* UnitOfWork
        const open = yield* Deferred.make<void>()
        const fiber = yield* Effect.forkChild(
          unit.run(
            Effect.gen(function* () {
              yield* insert([note("a")])
              assert.deepEqual(
                (yield* ids()).map((row) => row.id),
                ["a"]
              )
              yield* Deferred.succeed(open, undefined)
              yield* Effect.sleep("20 millis")
            })
          )
        )
        yield* Deferred.await(open)
        const outside = (yield* ids()).length
        yield* Fiber.join(fiber)
        // SQLite's one connection answers after the commit, PostgreSQL's second one before it
        assert.strictEqual(outside, name === "postgres" ? 0 : 1)
      }).pipe(Effect.provide(layer))
    )
  })
}

describe("queries of fixed shape", () => {
  const seen: Array<string> = []
  const traced = storage(list, { spans: true })
  const counted = storage(list, { onStatement: (operation, sql) => seen.push(`${operation}: ${sql}`) })

  it.live("are built once for a database, prefix included", () =>
    Effect.gen(function* () {
      const database = yield* Database
      let built = 0
      const get = queries<NoteTables>(database).first("note.get", (db, p: { readonly id: string }) => {
        built++
        return db.selectFrom("note").select("note.id").where("note.id", "=", p.id)
      })
      yield* get({ id: "a" })
      yield* get({ id: "b" })
      assert.strictEqual(built, 1)
      const text = `note.get: select "portico_note"."id" from "portico_note" where "portico_note"."id" = +?`
      assert.deepEqual(seen, [text, text])
    }).pipe(Effect.provide(counted["better-sqlite3"]))
  )

  it.live("are seen by whoever counts statements, with begin and commit", () =>
    Effect.gen(function* () {
      const { insert } = yield* make
      const unit = yield* UnitOfWork
      seen.length = 0
      yield* unit.run(insert([note("a")]))
      yield* Effect.exit(unit.run(unit.run(insert([note("a")]))))
      assert.deepEqual(
        seen.map((line) => line.slice(0, line.indexOf(":"))),
        [
          "begin",
          "note.insert",
          "commit",
          "begin",
          "savepoint",
          "note.insert",
          "rollback to savepoint",
          "release savepoint",
          "rollback"
        ]
      )
    }).pipe(Effect.provide(counted["better-sqlite3"]))
  )

  it.live("are named and kept prepared on PostgreSQL", () =>
    Effect.gen(function* () {
      const { get, q } = yield* make
      const unit = yield* UnitOfWork
      const prepared = yield* unit.run(
        Effect.gen(function* () {
          for (const id of ["a", "b", "c"]) yield* get({ id })
          return yield* q.run("prepared", (db) =>
            db
              // the view is the server's, not one of our tables
              .$extendTables<{
                "pg_catalog.pg_prepared_statements": { readonly name: string; readonly statement: string }
              }>()
              .selectFrom("pg_catalog.pg_prepared_statements")
              .selectAll()
          )
        })
      )
      assert.strictEqual(prepared.filter((row) => row.statement.includes("note")).length, 1)
    }).pipe(Effect.provide(counted.postgres))
  )

  it.live("have a span of their own when the database is told so", () => {
    const names: Array<string> = []
    const tracer = Tracer.make({
      span: (options) => {
        names.push(options.name)
        return new Tracer.NativeSpan(options)
      }
    })
    const find = Effect.flatMap(make, ({ get }) => get({ id: "a" })).pipe(Effect.provideService(Tracer.Tracer, tracer))
    return Effect.gen(function* () {
      yield* Effect.provide(find, stores["node:sqlite"])
      assert.deepEqual(names, [])
      yield* Effect.provide(find, traced["node:sqlite"])
      assert.deepEqual(names, ["kysely.note.get"])
    })
  })
})

import { Effect, Layer, Option } from "effect"
import { Database } from "../../src/kysely/Database.ts"
import { columnTypes, forUpdate, integer } from "../../src/kysely/dialect.ts"
import type { Migration } from "../../src/kysely/migrations/index.ts"
import { queries } from "../../src/kysely/query.ts"
import { Store, table } from "../../src/memory/Store.ts"
import { UnitOfWorkProbe } from "../../src/testing/index.ts"

/** One table that the tests of the storage itself work on: counters, as the unit of work's suite wants them. */
export const counterMigrations: ReadonlyArray<Migration> = [
  {
    name: "0001_counter",
    up: (db) =>
      db.schema
        .createTable("counter")
        .addColumn("id", columnTypes.id, (column) => column.primaryKey())
        .addColumn("value", columnTypes.instant, (column) => column.notNull())
        .execute()
  }
]

export interface CounterTables {
  readonly counter: { readonly id: string; readonly value: number }
}

export const kyselyCounters: Layer.Layer<UnitOfWorkProbe, never, Database> = Layer.effect(
  UnitOfWorkProbe,
  Effect.map(Database, (database) => {
    const q = queries<CounterTables>(database)
    const insert = q.insert("counter.insert", "counter", ["id", "value"])
    const get = q.first("counter.get", (db, p: { readonly id: string }) =>
      db.selectFrom("counter").select("value").where("id", "=", p.id)
    )
    const lock = q.first("counter.getForUpdate", (db, p: { readonly id: string }) =>
      forUpdate(database.kind, db.selectFrom("counter").select("value").where("id", "=", p.id))
    )
    const set = q.exactlyOne(
      "counter.set",
      (db, p: { readonly id: string; readonly from: number; readonly to: number }) =>
        db.updateTable("counter").set({ value: p.to }).where("id", "=", p.id).where("value", "=", p.from)
    )
    const ids = q.all("counter.ids", (db) => db.selectFrom("counter").select("id").orderBy("id"))
    const value = Effect.map((row: { readonly value: number } | undefined) =>
      row === undefined ? Option.none() : Option.some(integer(row.value))
    )
    return UnitOfWorkProbe.of({
      insert: (id) => insert([{ id, value: 0 }]),
      get: (id) => value(get({ id })),
      getForUpdate: (id) => value(lock({ id })),
      set: (id, from, to) => set({ id, from, to }),
      ids: Effect.suspend(() => Effect.map(ids(), (rows) => rows.map((row) => row.id)))
    })
  })
)

const counters = table<{ readonly id: string; readonly value: number }>()({ name: "counter", key: (row) => row.id })

export const memoryCounters: Layer.Layer<UnitOfWorkProbe, never, Store> = Layer.effect(
  UnitOfWorkProbe,
  Effect.map(Store, (store) => {
    const get = (operation: string) => (id: string) =>
      store.read(operation, (state) => Option.map(counters.get(state, id), (row) => row.value))
    return UnitOfWorkProbe.of({
      insert: (id) => store.write("counter.insert", (write) => counters.insert(write, { id, value: 0 })),
      get: get("counter.get"),
      getForUpdate: get("counter.getForUpdate"),
      set: (id, from, to) =>
        store.write("counter.set", (write) =>
          counters.update(
            write,
            id,
            (row) => row.value === from,
            (row) => ({ ...row, value: to })
          )
        ),
      ids: store.read("counter.ids", (state) =>
        counters
          .all(state)
          .map((row) => row.id)
          .sort()
      )
    })
  })
)

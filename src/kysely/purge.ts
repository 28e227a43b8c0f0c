import type { Effect } from "effect"
import { sql } from "kysely"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { DatabaseShape } from "./Database.ts"
import { forUpdateSkipLocked } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables } from "./tables.ts"

type Untyped = { readonly [table: string]: { readonly [column: string]: string | number } }

/**
 * Deletes at most `limit` rows whose time is over, those first whose time ended first unless told otherwise; answers how many. Several nodes may do this at the same time,
 * and each takes what no other one has. The portion is materialized, because PostgreSQL may run a sub-select with a limit more than once and then
 * deletes more rows than that.
 */
export const purge = <T extends keyof Tables & string>(
  database: DatabaseShape,
  options: {
    readonly table: T
    readonly key: ReadonlyArray<keyof Tables[T] & string>
    /** The instant by which a row's time is told. */
    readonly by: keyof Tables[T] & string
    /** Whether a row of that very instant goes, too. */
    readonly inclusive: boolean
    /** Whether the rows are in no order, for want of an index by that instant. */
    readonly anyOrder?: boolean
  }
): ((end: number, limit: number) => Effect.Effect<number, PersistenceError>) => {
  const { anyOrder = false, by, inclusive, key, table } = options
  // one statement for every table: its columns are checked by the options' types, and the builder takes any
  const rows = queries<Untyped>(database).changed(
    `${table}.purge`,
    (db, p: { readonly end: number; readonly limit: number }) =>
      db
        .with(
          (cte) => cte("portion").materialized(),
          (db) => {
            const over = db
              .selectFrom(table as string)
              .select(key)
              .where(sql.ref<number>(by), inclusive ? "<=" : "<", p.end)
              .limit(p.limit)
            return forUpdateSkipLocked(database.kind, anyOrder ? over : over.orderBy(by))
          }
        )
        .deleteFrom(table as string)
        .where((eb) =>
          eb(sql`(${sql.join(key.map((column) => sql.ref(column)))})`, "in", eb.selectFrom("portion").select(key))
        )
  )
  return (end, limit) => rows({ end, limit })
}

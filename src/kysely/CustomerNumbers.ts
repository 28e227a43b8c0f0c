import { Effect, Layer } from "effect"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Settings } from "../kernel/Settings.ts"
import { CustomerNumbers } from "../orders/CustomerNumbers.ts"
import { Database } from "./Database.ts"
import { integer } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables } from "./tables.ts"

const TENANTS = "tenant"

/** Counts up, in one statement that locks the row of the sequence: of any number of nodes each gets a number of its own. */
export const layer: Layer.Layer<CustomerNumbers, never, Database> = Layer.effect(
  CustomerNumbers,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const next = q.first("customerNumber.next", (db, p: { readonly name: string; readonly first: number }) =>
      db
        .insertInto("customer_number")
        .values({ name: p.name, last: p.first })
        .onConflict((conflict) =>
          conflict.column("name").doUpdateSet((eb) => ({
            last: eb
              .case()
              .when(eb.ref("customer_number.last"), ">=", eb.ref("excluded.last"))
              .then(eb("customer_number.last", "+", 1))
              .else(eb.ref("excluded.last"))
              .end()
          }))
        )
        .returning("last")
    )
    return CustomerNumbers.of({
      next: Effect.flatMap(Settings, ({ orders: { customerNumbers } }) =>
        Effect.flatMap(next({ name: TENANTS, first: customerNumbers.first }), (row) =>
          row === undefined
            ? Effect.fail(new PersistenceError({ operation: "customerNumber.next", reason: "other" }))
            : Effect.succeed(`${customerNumbers.prefix}${integer(row.last)}`)
        )
      )
    })
  })
)

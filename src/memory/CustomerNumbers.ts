import { Effect, Layer, Option } from "effect"
import { Settings } from "../kernel/Settings.ts"
import { CustomerNumbers } from "../orders/CustomerNumbers.ts"
import { Store, table } from "./Store.ts"

const sequences = table<{ readonly name: string; readonly last: number }>()({
  name: "customer_number",
  key: ({ name }) => name
})

const TENANTS = "tenant"

/** Counts up, in a table of the store. */
export const layer: Layer.Layer<CustomerNumbers, never, Store> = Layer.effect(
  CustomerNumbers,
  Effect.map(Store, (store) =>
    CustomerNumbers.of({
      next: Effect.flatMap(Settings, ({ orders: { customerNumbers } }) =>
        store.write("customerNumber.next", (write) => {
          const last = Option.match(sequences.get(write.state, TENANTS), { onNone: () => 0, onSome: (row) => row.last })
          const next = Math.max(last + 1, customerNumbers.first)
          sequences.upsert(write, { name: TENANTS, last: next })
          return `${customerNumbers.prefix}${next}`
        })
      )
    })
  )
)

import { Effect, Layer, Option } from "effect"
import { type IdempotencyRow, IdempotencyStore } from "../kernel/Idempotency.ts"
import { Store, table } from "./Store.ts"

const keyOf = (scope: string, key: string): string => `${scope}\u0000${key}`

const answers = table<IdempotencyRow>()({ name: "idempotency", key: (row) => keyOf(row.scope, row.key) })

export const layer: Layer.Layer<IdempotencyStore, never, Store> = Layer.effect(
  IdempotencyStore,
  Effect.map(Store, (store) =>
    IdempotencyStore.of({
      find: (scope, key, notBefore) =>
        store.read("idempotency.find", (state) =>
          Option.filter(answers.get(state, keyOf(scope, key)), (row) => row.createdAt >= notBefore)
        ),
      insert: (row, notBefore) =>
        store.write("idempotency.insert", (write) => {
          const before = answers.get(write.state, keyOf(row.scope, row.key))
          if (Option.isSome(before) && before.value.createdAt >= notBefore) answers.refuse("duplicate")
          answers.upsert(write, row)
        }),
      purge: (before, limit) =>
        store.write("idempotency.purge", (write) => {
          const old = new Set(
            answers
              .filter(write.state, (row) => row.createdAt < before)
              .sort(answers.by((row) => row.createdAt))
              .slice(0, limit)
          )
          return answers.removeAll(write, (row) => old.has(row))
        })
    })
  )
)

import { Effect, Layer } from "effect"
import type { SelfRegistration } from "../joining/SelfRegistration.ts"
import { SelfRegistrationRepository } from "../joining/SelfRegistrationRepository.ts"
import { Store, table } from "./Store.ts"

const attempts = table<SelfRegistration>()({ name: "self_registration", key: ({ id }) => id })

const byAge = attempts.by(
  ({ createdAt }) => createdAt,
  ({ id }) => id
)

export const layer: Layer.Layer<SelfRegistrationRepository, never, Store> = Layer.effect(
  SelfRegistrationRepository,
  Effect.map(Store, (store) =>
    SelfRegistrationRepository.of({
      insert: (attempt) => store.write("selfRegistration.insert", (write) => attempts.insert(write, attempt)),
      find: (id) => store.read("selfRegistration.find", (state) => attempts.get(state, id)),
      remove: (id) => store.write("selfRegistration.remove", (write) => attempts.remove(write, id)),
      purge: (before, limit) =>
        store.write("selfRegistration.purge", (write) => {
          const old = new Set(
            attempts
              .filter(write.state, ({ createdAt }) => createdAt < before)
              .sort(byAge)
              .slice(0, limit)
          )
          return attempts.removeAll(write, (attempt) => old.has(attempt))
        })
    })
  )
)

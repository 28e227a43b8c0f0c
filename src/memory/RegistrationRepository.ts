import { Effect, Layer, Option } from "effect"
import type { Registration } from "../accounts/Registration.ts"
import { RegistrationRepository } from "../accounts/RegistrationRepository.ts"
import { Store, table } from "./Store.ts"

const registrations = table<Registration>()({ name: "registration", key: ({ id }) => id })

const byAge = registrations.by(
  ({ createdAt }) => createdAt,
  ({ id }) => id
)

export const layer: Layer.Layer<RegistrationRepository, never, Store> = Layer.effect(
  RegistrationRepository,
  Effect.map(Store, (store) =>
    RegistrationRepository.of({
      insert: (registration) =>
        store.write("registration.insert", (write) => registrations.insert(write, registration)),
      find: (id) => store.read("registration.find", (state) => registrations.get(state, id)),
      ofEmailForUpdate: (email) =>
        store.read("registration.ofEmailForUpdate", (state) =>
          registrations.filter(state, (registration) => registration.email === email).sort(byAge)
        ),
      newestForUpdate: (email, notBefore) =>
        store.read("registration.newestForUpdate", (state) =>
          Option.fromUndefinedOr(
            registrations
              .filter(
                state,
                (registration) =>
                  registration.email === email && !registration.addressTaken && registration.createdAt >= notBefore
              )
              .sort(byAge)
              .at(-1)
          )
        ),
      removeOfEmail: (email) =>
        store.write("registration.removeOfEmail", (write) =>
          registrations.removeAll(write, (registration) => registration.email === email)
        ),
      purge: (before, limit) =>
        store.write("registration.purge", (write) => {
          const old = new Set(
            registrations
              .filter(write.state, ({ createdAt }) => createdAt < before)
              .sort(byAge)
              .slice(0, limit)
          )
          return registrations.removeAll(write, (registration) => old.has(registration))
        })
    })
  )
)

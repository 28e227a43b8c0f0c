import { Effect, Layer } from "effect"
import type { Consent } from "../privacy/Consent.ts"
import { ConsentRepository } from "../privacy/ConsentRepository.ts"
import { Store, table } from "./Store.ts"

const consents = table<Consent>()({ name: "consent", key: ({ id }) => id })

export const layer: Layer.Layer<ConsentRepository, never, Store> = Layer.effect(
  ConsentRepository,
  Effect.map(Store, (store) =>
    ConsentRepository.of({
      append: (rows) =>
        store.write("consent.append", (write) => {
          for (const row of rows) consents.insert(write, row)
        }),
      ofAccount: (accountId) =>
        store.read("consent.ofAccount", (state) =>
          consents
            .filter(state, (consent) => consent.accountId === accountId)
            .sort(
              consents.by(
                ({ at }) => at,
                ({ id }) => id
              )
            )
        )
    })
  )
)

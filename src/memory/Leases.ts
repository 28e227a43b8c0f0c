import { Effect, Layer, Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import { Leases } from "../kernel/Leases.ts"
import { Store, table } from "./Store.ts"

interface Lease {
  readonly name: string
  readonly owner: string
  readonly endsAt: Instant
}

const leases = table<Lease>()({ name: "lease", key: (lease) => lease.name })

export const layer: Layer.Layer<Leases, never, Store> = Layer.effect(
  Leases,
  Effect.map(Store, (store) =>
    Leases.of({
      acquire: (name, owner, until, now) =>
        store.write("lease.acquire", (write) => {
          const held = leases.get(write.state, name)
          if (Option.isSome(held) && held.value.owner !== owner && now < held.value.endsAt) return false
          leases.upsert(write, { name, owner, endsAt: until })
          return true
        }),
      release: (name, owner) =>
        store.write("lease.release", (write) => {
          leases.removeAll(write, (lease) => lease.name === name && lease.owner === owner)
        })
    })
  )
)

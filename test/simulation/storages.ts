import { Layer } from "effect"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { SimulatedClock } from "../../src/testing/SimulatedClock.ts"
import { dumpOfKysely, dumpOfMemory } from "../faults/stage.ts"
import { storage } from "../support/adapters.ts"
import { everyPort, withKernel } from "../support/portal.ts"

/** Every port on an empty storage, which can be dumped, with a clock that can be moved. To be called outside of a test. */
export const storages = (settings: SettingsInput, memoryPorts: typeof everyPort.memory = everyPort.memory) => {
  const stores = storage()
  const kernel = withKernel(settings)
  const memory = Layer.mergeAll(memoryPorts, dumpOfMemory).pipe(
    Layer.provideMerge(stores.memory),
    Layer.provideMerge(kernel),
    Layer.provideMerge(SimulatedClock.layer())
  )
  const kysely = (name: "better-sqlite3" | "postgres") =>
    Layer.mergeAll(everyPort.kysely, dumpOfKysely).pipe(
      Layer.provideMerge(stores[name]),
      Layer.provideMerge(kernel),
      Layer.provideMerge(SimulatedClock.layer())
    )
  return { memory, "better-sqlite3": kysely("better-sqlite3"), postgres: kysely("postgres") }
}

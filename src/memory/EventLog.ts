import { Effect, Layer } from "effect"
import type { StoredEvent } from "../audit/StoredEvent.ts"
import { EventLog } from "../kernel/EventLog.ts"
import { Store, table } from "./Store.ts"

export const events = table<StoredEvent>()({
  name: "event",
  key: (event) => event.id,
  unique: { number: (event) => (event.seal === null ? undefined : String(event.seal.number)) }
})

export const layer: Layer.Layer<EventLog, never, Store> = Layer.effect(
  EventLog,
  Effect.map(Store, (store) =>
    EventLog.of({
      append: (rows) =>
        rows.length === 0
          ? Effect.void
          : store.write("event.append", (write) => {
              for (const row of rows) events.insert(write, { ...row, seal: null })
            })
    })
  )
)

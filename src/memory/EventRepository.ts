import { Effect, Layer, Option } from "effect"
import type { ChainHead } from "../audit/Chain.ts"
import { EventRepository } from "../audit/EventRepository.ts"
import type { SealedEvent, StoredEvent } from "../audit/StoredEvent.ts"
import { events } from "./EventLog.ts"
import { Store, table } from "./Store.ts"

export const chain = table<ChainHead>()({ name: "event_chain", key: () => "main" })

const isSealed = (event: StoredEvent): event is SealedEvent => event.seal !== null
const byNumber = (a: SealedEvent, b: SealedEvent): number => a.seal.number - b.seal.number

export const layer: Layer.Layer<EventRepository, never, Store> = Layer.effect(
  EventRepository,
  Effect.map(Store, (store) => {
    const head = store.read("chain.head", (state) => chain.get(state, "main"))
    return EventRepository.of({
      head,
      headForUpdate: head,
      setHead: (expected, next) =>
        store.write("chain.setHead", (write) => {
          if (Option.isNone(expected)) chain.insert(write, next)
          else
            chain.update(
              write,
              "main",
              ({ head }) => head.number === expected.value,
              () => next
            )
        }),
      unsealed: (limit) =>
        store.read("event.unsealed", (state) =>
          events
            .filter(state, (event) => !isSealed(event))
            .sort(events.by((event) => event.id))
            .slice(0, limit)
            .map(({ seal: _, ...row }) => row)
        ),
      seal: (seals) =>
        store.write("event.seal", (write) => {
          for (const { id, seal } of seals) {
            events.update(
              write,
              id,
              (event) => !isSealed(event),
              (event) => ({ ...event, seal })
            )
          }
        }),
      after: (number, limit) =>
        store.read("event.after", (state) =>
          events
            .all(state)
            .filter(isSealed)
            .filter((event) => event.seal.number > number)
            .sort(byNumber)
            .slice(0, limit)
        ),
      list: (tenantId, filter, window) =>
        store.read("event.list", (state) =>
          events
            .filter(
              state,
              (event) =>
                event.tenantId === tenantId &&
                (filter.type === undefined || event.type === filter.type) &&
                (filter.subjectId === undefined || event.subjectId === filter.subjectId) &&
                (filter.accountId === undefined || event.accountId === filter.accountId) &&
                (filter.outcome === undefined || event.outcome === filter.outcome) &&
                (Option.isNone(window.after) || event.id < window.after.value)
            )
            .sort(events.by((event) => event.id))
            .reverse()
            .slice(0, window.limit + 1)
        ),
      deleteThrough: (number, limit) =>
        store.write("event.deleteThrough", (write) => {
          const old = new Set<StoredEvent>(
            events
              .all(write.state)
              .filter(isSealed)
              .filter((event) => event.seal.number <= number)
              .sort(byNumber)
              .slice(0, limit)
          )
          return events.removeAll(write, (event) => old.has(event))
        })
    })
  })
)

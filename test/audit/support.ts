import { Context, Effect, Layer, Option, Redacted } from "effect"
import type { ChainHead } from "../../src/audit/Chain.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import type { StoredEvent } from "../../src/audit/StoredEvent.ts"
import { EventLog, type EventRow } from "../../src/kernel/EventLog.ts"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { EventId, Ids, nextId } from "../../src/kernel/ids.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as KyselyLog from "../../src/kysely/EventLog.ts"
import * as KyselyRepository from "../../src/kysely/EventRepository.ts"
import { queries } from "../../src/kysely/query.ts"
import type { EventTable, Tables } from "../../src/kysely/tables.ts"
import * as MemoryLog from "../../src/memory/EventLog.ts"
import * as MemoryRepository from "../../src/memory/EventRepository.ts"
import { Store } from "../../src/memory/Store.ts"

/** What somebody can do who can write to the database, but has no key. */
export class Intruder extends Context.Service<
  Intruder,
  {
    /** Every event that is stored, by number, those without one at the end. */
    readonly events: Effect.Effect<ReadonlyArray<StoredEvent>, PersistenceError>
    /** Puts these in the place of all events. */
    readonly replaceEvents: (events: ReadonlyArray<StoredEvent>) => Effect.Effect<void, PersistenceError>
    readonly replaceHead: (head: Option.Option<ChainHead>) => Effect.Effect<void, PersistenceError>
  }
>()("portico/test/Intruder") {}

const inOrder = (events: ReadonlyArray<StoredEvent>) =>
  [...events].sort(
    (a, b) => (a.seal?.number ?? Number.POSITIVE_INFINITY) - (b.seal?.number ?? Number.POSITIVE_INFINITY)
  )

const memory = Layer.effect(
  Intruder,
  Effect.gen(function* () {
    const store = yield* Store
    const repository = yield* EventRepository
    return Intruder.of({
      events: store.read("intruder", (state) => inOrder(MemoryLog.events.all(state))),
      replaceEvents: (events) =>
        store.write("intruder", (write) => {
          MemoryLog.events.removeAll(write, () => true)
          for (const event of events) MemoryLog.events.insert(write, event)
        }),
      replaceHead: (head) =>
        Effect.gen(function* () {
          yield* store.write("intruder", (write) => MemoryRepository.chain.removeAll(write, () => true))
          if (Option.isSome(head)) yield* repository.setHead(Option.none(), head.value)
        })
    })
  })
)

const toRow = (event: StoredEvent): EventTable => ({
  id: event.id,
  at: event.at,
  type: event.type,
  tenant_id: event.tenantId,
  subject_kind: event.subjectKind,
  subject_id: event.subjectId,
  actor: event.actor,
  account_id: event.accountId,
  real_actor: event.realActor,
  outcome: event.outcome,
  use_case: event.useCase,
  request_id: event.requestId,
  data: JSON.stringify(event.data),
  personal: event.personal === null ? null : JSON.stringify(event.personal),
  salt: event.salt,
  number: event.seal?.number ?? null,
  personal_digest: event.seal?.personalDigest ?? null,
  mac: event.seal?.mac ?? null,
  key_id: event.seal?.keyId ?? null
})

const kysely = Layer.effect(
  Intruder,
  Effect.gen(function* () {
    const repository = yield* EventRepository
    const q = queries<Tables>(yield* Database)
    return Intruder.of({
      events: Effect.map(Effect.all([repository.after(-1000, 10_000), repository.unsealed(10_000)]), ([sealed, rest]) =>
        inOrder([...sealed, ...rest.map((event) => ({ ...event, seal: null }))])
      ),
      replaceEvents: (events) =>
        Effect.gen(function* () {
          yield* q.runChanged("intruder", (db) => db.deleteFrom("event"))
          if (events.length > 0) {
            yield* q.runChanged("intruder", (db) => db.insertInto("event").values(events.map(toRow)))
          }
        }),
      replaceHead: (head) =>
        Effect.gen(function* () {
          yield* q.runChanged("intruder", (db) => db.deleteFrom("event_chain"))
          if (Option.isSome(head)) yield* repository.setHead(Option.none(), head.value)
        })
    })
  })
)

export const implementations = {
  memory: memory.pipe(Layer.provideMerge(Layer.merge(MemoryLog.layer, MemoryRepository.layer))),
  kysely: kysely.pipe(Layer.provideMerge(Layer.merge(KyselyLog.layer, KyselyRepository.layer)))
}

const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64url"))

/** A sealer with the keys of these names, the first of which is the current one. */
export const sealer = (...names: readonly [string, ...ReadonlyArray<string>]) =>
  Sealer.layer({
    current: names[0],
    keys: Object.fromEntries(names.map((name) => [name, key(name.charCodeAt(0))]))
  }).pipe(Layer.provide(layerCryptoNode))

export const crypto = Layer.merge(layerCryptoNode, Ids.layer.pipe(Layer.provide(layerCryptoNode)))

/** A new event; `n` shows in its facts. */
export const event = Effect.fnUntraced(function* (n: number, over: Partial<EventRow> = {}) {
  const row: EventRow = {
    id: yield* nextId(EventId),
    at: fromMillis(1_700_000_000_000 + n),
    type: "thing.made",
    tenantId: null,
    subjectKind: "thing",
    subjectId: `thing-${n}`,
    actor: "account:1",
    accountId: "1",
    realActor: null,
    outcome: "done",
    useCase: "things.make",
    requestId: null,
    data: { n },
    personal: n % 3 === 0 ? { email: `person-${n}@example.com` } : null,
    salt: n % 3 === 0 ? `salt-${n}` : null,
    ...over
  }
  return row
})

/** Appends `count` new events, each in a statement of its own. */
export const append = Effect.fnUntraced(function* (count: number) {
  const log = yield* EventLog
  for (let n = 0; n < count; n++) yield* log.append([yield* event(n)])
})

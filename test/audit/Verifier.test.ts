import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import * as fc from "fast-check"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import { cut } from "../../src/audit/Retention.ts"
import { sequence } from "../../src/audit/Sequencer.ts"
import type { Seal, StoredEvent } from "../../src/audit/StoredEvent.ts"
import { checkpoint, verify } from "../../src/audit/Verifier.ts"
import { EventLog } from "../../src/kernel/EventLog.ts"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { EventId, TenantId } from "../../src/kernel/ids.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import { Database } from "../../src/kysely/Database.ts"
import { queries } from "../../src/kysely/query.ts"
import type { Tables } from "../../src/kysely/tables.ts"
import { forEachAdapter, storage } from "../support/adapters.ts"
import { rounds } from "../support/rounds.ts"
import { append, crypto, Intruder, implementations, event as newEvent, sealer } from "./support.ts"

const COUNT = 12
const ID = "01890000-0000-7000-8000-0000000000a1"

const intact = { _tag: "Intact", from: 0, through: COUNT } as const

const chain = Effect.gen(function* () {
  yield* append(COUNT)
  yield* sequence
  assert.deepStrictEqual(yield* verify(), intact)
  const intruder = yield* Intruder
  return yield* intruder.events
})

const withSeal = (event: StoredEvent, over: Partial<Seal>): StoredEvent =>
  event.seal === null ? event : { ...event, seal: { ...event.seal, ...over } }

/** Every field, changed to a value that it could have. */
const edits: ReadonlyArray<readonly [field: string, edit: (event: StoredEvent) => StoredEvent]> = [
  ["id", (event) => ({ ...event, id: EventId.make(ID) })],
  ["at", (event) => ({ ...event, at: fromMillis(event.at + 1) })],
  ["type", (event) => ({ ...event, type: "thing.lost" })],
  ["tenant", (event) => ({ ...event, tenantId: TenantId.make(ID) })],
  ["kind of subject", (event) => ({ ...event, subjectKind: "other" })],
  ["subject", (event) => ({ ...event, subjectId: "other" })],
  ["actor", (event) => ({ ...event, actor: "account:2" })],
  ["account", (event) => ({ ...event, accountId: null })],
  ["real actor", (event) => ({ ...event, realActor: "staff:1" })],
  ["outcome", (event) => ({ ...event, outcome: "denied" })],
  ["use case", (event) => ({ ...event, useCase: "things.lose" })],
  ["request", (event) => ({ ...event, requestId: "r" })],
  ["facts", (event) => ({ ...event, data: { ...event.data, more: 1 } })],
  ["personal facts", (event) => ({ ...event, personal: { email: "eve@example.com" }, salt: "s" })],
  ["digest", (event) => withSeal(event, { personalDigest: "other" })],
  ["chain value", (event) => withSeal(event, { mac: "other" })],
  ["key", (event) => withSeal(event, { keyId: "b" })]
]

forEachAdapter(implementations, (name, layer) => {
  const all = Layer.mergeAll(layer, crypto, sealer("a", "b"))

  describe(`the verifier (${name})`, () => {
    it.live("V-38 AUD-02 R-AU-02 finds every edit of every field", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        for (const [field, edit] of edits) {
          yield* intruder.replaceEvents(events.map((event, index) => (index === 4 ? edit(event) : event)))
          assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: 5, fault: "changed" }, field)
        }
        yield* intruder.replaceEvents(events)
        assert.deepStrictEqual(yield* verify(), intact)
      }).pipe(Effect.provide(all))
    )

    it.live("V-38 AUD-02 finds cuts, swaps and a missing tail", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        const found = Effect.fnUntraced(function* (tampered: ReadonlyArray<StoredEvent>) {
          yield* intruder.replaceEvents(tampered)
          return yield* verify()
        })
        assert.deepStrictEqual(yield* found(events.filter((_, index) => index !== 4)), {
          _tag: "Broken",
          number: 5,
          fault: "missing"
        })
        assert.deepStrictEqual(yield* found(events.slice(3)), { _tag: "Broken", number: 1, fault: "missing" })
        assert.deepStrictEqual(yield* found(events.slice(0, -1)), { _tag: "Broken", number: COUNT, fault: "missing" })
        assert.deepStrictEqual(yield* found([]), { _tag: "Broken", number: 1, fault: "missing" })
        // two events change places
        const seals = events.map(({ seal }) => seal)
        const swapped = events.map((event, index) => ({
          ...event,
          seal: seals[index === 4 ? 7 : index === 7 ? 4 : index] ?? null
        }))
        assert.deepStrictEqual(yield* found(swapped), { _tag: "Broken", number: 5, fault: "changed" })
        // one is taken out and the others move up
        const closed = events
          .filter((_, index) => index !== 4)
          .map((event, index) => withSeal(event, { number: index + 1 }))
        assert.deepStrictEqual(yield* found(closed), { _tag: "Broken", number: 5, fault: "changed" })
        // one is put in
        const extra = events[4]
        if (extra === undefined) return assert.fail("no event")
        const added = withSeal({ ...extra, id: EventId.make(ID) }, { number: COUNT + 1 })
        assert.deepStrictEqual(yield* found([...events, added]), {
          _tag: "Broken",
          number: COUNT + 1,
          fault: "changed"
        })
      }).pipe(Effect.provide(all))
    )

    it.live("V-38 AUD-02 finds a missing tail although the end of the chain was put back with it", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        const last = events[COUNT - 3]?.seal
        const before = yield* (yield* EventRepository).head
        if (last === null || last === undefined || Option.isNone(before)) return assert.fail("no seal")
        yield* intruder.replaceEvents(events.slice(0, COUNT - 2))
        const { base, head } = before.value
        yield* intruder.replaceHead(Option.some({ base, head: { ...head, number: last.number, mac: last.mac } }))
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: COUNT - 2, fault: "head" })
        yield* intruder.replaceHead(Option.none())
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: COUNT - 2, fault: "head" })
      }).pipe(Effect.provide(all))
    )

    it.live("V-38 AUD-02 a forged end of the chain is not made ours by the next event", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        const repository = yield* EventRepository
        const { base, head } = Option.getOrThrow(yield* repository.head)
        const last = events[COUNT - 3]?.seal
        if (last === null || last === undefined) return assert.fail("no seal")
        const forged = { ...head, number: last.number, mac: last.mac }
        yield* intruder.replaceEvents(events.slice(0, COUNT - 2))
        for (const [end, reason] of [
          [forged, "corrupt"],
          [{ ...forged, signature: "" }, "corrupt"],
          [{ ...forged, keyId: "z" }, "other"]
        ] as const) {
          yield* intruder.replaceHead(Option.some({ base, head: end }))
          yield* append(1)
          assert.strictEqual((yield* Effect.flip(sequence)).reason, reason)
          assert.strictEqual((yield* verify())._tag, "Broken")
        }
        // with the right end it goes on, and the missing tail shows
        yield* intruder.replaceHead(Option.some({ base, head }))
        assert.strictEqual(yield* sequence, 3)
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: COUNT - 1, fault: "missing" })
      }).pipe(Effect.provide(all))
    )

    it.live("V-33 AUD-02 the signed end of the chain is no place where it was cut", () =>
      Effect.gen(function* () {
        yield* chain
        const intruder = yield* Intruder
        const repository = yield* EventRepository
        const anchor = Option.getOrThrow(yield* checkpoint)
        yield* append(3)
        yield* sequence
        // whoever can write to the database finds a signed end in it, and makes it the beginning
        const { head } = Option.getOrThrow(yield* repository.head)
        const events = yield* intruder.events
        for (const [from, base] of [
          [COUNT, anchor],
          [COUNT + 3, head]
        ] as const) {
          yield* intruder.replaceEvents(events.slice(from))
          yield* intruder.replaceHead(Option.some({ base, head }))
          const broken = { _tag: "Broken", number: from, fault: "head" } as const
          assert.deepStrictEqual(yield* verify(), broken)
          assert.deepStrictEqual(yield* verify({ since: anchor }), broken)
        }
      }).pipe(Effect.provide(all))
    )

    it.live("AUD-02 a checkpoint from outside shows that an older state was put back as a whole", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        const repository = yield* EventRepository
        const old = yield* repository.head
        yield* append(3)
        yield* sequence
        const anchor = Option.getOrThrow(yield* checkpoint)
        assert.deepStrictEqual(yield* verify({ since: anchor }), {
          _tag: "Intact",
          from: COUNT + 3,
          through: COUNT + 3
        })
        yield* append(2)
        yield* sequence
        assert.deepStrictEqual(yield* verify({ since: anchor }), {
          _tag: "Intact",
          from: COUNT + 3,
          through: COUNT + 5
        })
        yield* intruder.replaceEvents(events)
        yield* intruder.replaceHead(old)
        assert.deepStrictEqual(yield* verify(), intact)
        assert.deepStrictEqual(yield* verify({ since: anchor }), {
          _tag: "Broken",
          number: COUNT + 3,
          fault: "missing"
        })
        yield* append(5)
        yield* sequence
        assert.deepStrictEqual(yield* verify({ since: anchor }), {
          _tag: "Broken",
          number: COUNT + 3,
          fault: "checkpoint"
        })
      }).pipe(Effect.provide(all))
    )

    it.live("V-38 AUD-02 finds an event of another history of the same log, from before a backup was put back", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        const repository = yield* EventRepository
        const head = yield* repository.head
        const goOn = Effect.gen(function* () {
          yield* append(4)
          yield* sequence
          return yield* intruder.events
        })
        const first = yield* goOn
        yield* intruder.replaceEvents(events)
        yield* intruder.replaceHead(head)
        const second = yield* goOn
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: COUNT + 4 })
        yield* intruder.replaceEvents(
          second.map((event, index) => (index === COUNT + 1 ? (first[index] ?? event) : event))
        )
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: COUNT + 2, fault: "changed" })
      }).pipe(Effect.provide(all))
    )

    it.live("AUD-02 a checkpoint that we have not signed is refused", () =>
      Effect.gen(function* () {
        yield* chain
        const anchor = Option.getOrThrow(yield* checkpoint)
        const forged = [
          { ...anchor, number: 5 },
          { ...anchor, mac: "other" },
          { ...anchor, signature: "other" },
          { number: 0, mac: "x", keyId: "", signature: "" }
        ]
        for (const since of forged) {
          assert.deepStrictEqual(yield* verify({ since }), {
            _tag: "Broken",
            number: since.number,
            fault: "checkpoint"
          })
          assert.strictEqual(yield* cut(since), 0)
        }
        assert.deepStrictEqual(yield* verify({ since: { ...anchor, keyId: "z" } }), {
          _tag: "Broken",
          number: COUNT,
          fault: "unknown-key"
        })
        assert.deepStrictEqual(yield* verify(), intact)
      }).pipe(Effect.provide(all))
    )

    it.live("R-AU-06 V-33 erasing personal facts and their salt keeps the chain, putting others in does not", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        yield* intruder.replaceEvents(events.map((event) => ({ ...event, personal: null, salt: null })))
        assert.deepStrictEqual(yield* verify(), intact)
        yield* intruder.replaceEvents(
          events.map((event) => (event.personal === null ? event : { ...event, salt: "s" }))
        )
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: 1, fault: "changed" })
      }).pipe(Effect.provide(all))
    )

    it.live("V-33 retention cuts at a signed checkpoint, and what is left verifies", () =>
      Effect.gen(function* () {
        yield* chain
        const repository = yield* EventRepository
        const intruder = yield* Intruder
        const first = Option.getOrThrow(yield* checkpoint)
        yield* append(5)
        yield* sequence
        assert.strictEqual(yield* cut(first), COUNT)
        assert.strictEqual(yield* cut(first), 0)
        assert.deepStrictEqual(
          (yield* repository.after(0, 100)).map(({ seal }) => seal.number),
          [13, 14, 15, 16, 17]
        )
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: COUNT, through: COUNT + 5 })
        assert.deepStrictEqual(yield* verify({ since: first }), { _tag: "Intact", from: COUNT, through: COUNT + 5 })
        yield* append(1)
        yield* sequence
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: COUNT, through: COUNT + 6 })
        // one more is cut off, but without a checkpoint
        const events = yield* intruder.events
        yield* intruder.replaceEvents(events.slice(1))
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: COUNT + 1, fault: "missing" })
        const stored = Option.getOrThrow(yield* repository.head)
        const mac = events[0]?.seal?.mac ?? ""
        yield* intruder.replaceHead(Option.some({ ...stored, base: { ...stored.base, number: COUNT + 1, mac } }))
        assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: COUNT + 1, fault: "head" })
      }).pipe(Effect.provide(all))
    )

    it.live("PRI-04 V-33 a cut that is killed half way goes on with the next call, however many events there are", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const repository = yield* EventRepository
        yield* append(1)
        yield* sequence
        const older = Option.getOrThrow(yield* checkpoint)
        // more than are deleted at a time; how often, is not the adapter's to say
        const length = name === "memory" ? 1000 : 10
        const many = yield* Effect.forEach(Array.from({ length }), (_, n) => newEvent(n))
        yield* log.append(many)
        yield* sequence
        const anchor = Option.getOrThrow(yield* checkpoint)
        yield* append(1)
        yield* sequence
        const killed = EventRepository.of({
          ...repository,
          deleteThrough: () =>
            Effect.fail(new PersistenceError({ operation: "event.deleteThrough", reason: "connection" }))
        })
        yield* Effect.flip(Effect.provideService(cut(anchor), EventRepository, killed))
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: length + 1, through: length + 2 })
        assert.strictEqual((yield* repository.after(0, 2000)).length, length + 2)
        // whichever checkpoint it is called with, it does not go back behind where it has cut
        assert.strictEqual(yield* cut(older), length + 1)
        assert.strictEqual(yield* cut(anchor), 0)
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: length + 1, through: length + 2 })
        assert.deepStrictEqual(
          (yield* repository.after(0, 2000)).map(({ seal }) => seal.number),
          [length + 2]
        )
      }).pipe(Effect.provide(all))
    )

    it.live("V-33 AUD-02 a checkpoint of another history of the same log cuts nothing and verifies nothing", () =>
      Effect.gen(function* () {
        const events = yield* chain
        const intruder = yield* Intruder
        const repository = yield* EventRepository
        const head = yield* repository.head
        const goOn = Effect.gen(function* () {
          yield* append(3)
          yield* sequence
          return Option.getOrThrow(yield* checkpoint)
        })
        const other = yield* goOn
        yield* intruder.replaceEvents(events)
        yield* intruder.replaceHead(head)
        const own = yield* goOn
        assert.strictEqual(yield* cut(other), 0)
        assert.strictEqual((yield* repository.after(0, 100)).length, COUNT + 3)
        assert.strictEqual(yield* cut(own), COUNT + 3)
        const broken = { _tag: "Broken", number: COUNT + 3, fault: "checkpoint" } as const
        assert.deepStrictEqual(yield* verify({ since: other }), broken)
        assert.strictEqual((yield* verify({ since: own }))._tag, "Intact")
      }).pipe(Effect.provide(all))
    )

    it.live("V-38 what is sealed or cut while the verifier walks is no fault", () =>
      Effect.gen(function* () {
        yield* chain
        const repository = yield* EventRepository
        const anchor = Option.getOrThrow(yield* checkpoint)
        yield* append(2)
        yield* sequence
        const once = (what: Effect.Effect<unknown, unknown>) => {
          let done = false
          return Effect.suspend(() => {
            if (done) return Effect.void
            done = true
            return Effect.orDie(what)
          })
        }
        const context = yield* Effect.context<Effect.Services<typeof chain>>()
        const more = once(Effect.provideContext(Effect.andThen(append(1), sequence), context))
        const cutting = once(Effect.provideContext(cut(anchor), context))
        let heads = 0
        const busy = EventRepository.of({
          ...repository,
          // the first look at the head is for the beginning of the chain
          head: Effect.suspend(() => (++heads === 2 ? Effect.andThen(more, repository.head) : repository.head))
        })
        assert.deepStrictEqual(yield* Effect.provideService(verify(), EventRepository, busy), {
          _tag: "Intact",
          from: 0,
          through: COUNT + 3
        })
        const cutAway = EventRepository.of({
          ...repository,
          after: (number, limit) => Effect.andThen(cutting, repository.after(number, limit))
        })
        assert.deepStrictEqual(yield* Effect.provideService(verify(), EventRepository, cutAway), {
          _tag: "Intact",
          from: COUNT,
          through: COUNT + 3
        })
      }).pipe(Effect.provide(all))
    )

    it.live("R-SC-08 events of an old key verify while it is on the ring, new ones get the current key", () =>
      Effect.gen(function* () {
        yield* append(3)
        yield* sequence.pipe(Effect.provide(sealer("a")))
        yield* append(3)
        yield* sequence.pipe(Effect.provide(sealer("b", "a")))
        const events = yield* EventRepository
        assert.deepStrictEqual(
          (yield* events.after(0, 10)).map(({ seal }) => seal.keyId),
          ["a", "a", "a", "b", "b", "b"]
        )
        assert.deepStrictEqual(yield* verify().pipe(Effect.provide(sealer("b", "a"))), {
          _tag: "Intact",
          from: 0,
          through: 6
        })
        assert.deepStrictEqual(yield* verify().pipe(Effect.provide(sealer("b"))), {
          _tag: "Broken",
          number: 1,
          fault: "unknown-key"
        })
      }).pipe(Effect.provide(Layer.merge(layer, crypto)))
    )
  })
})

describe("a key that was taken off the ring", () => {
  const bytes = (name: string) => Redacted.make(Buffer.alloc(32, name).toString("base64url"))
  const ring = (retired: ReadonlyArray<string>) =>
    Sealer.layer({ current: "b", keys: { b: bytes("b") }, retired }).pipe(Layer.provide(layerCryptoNode), Layer.orDie)
  const all = Layer.mergeAll(implementations.memory.pipe(Layer.provideMerge(storage().memory)), crypto)

  it.live(
    "AUD-02 F-25 stops the sequencer while it may be missing by mistake, and for good is no cover for a cut",
    () =>
      Effect.gen(function* () {
        const intruder = yield* Intruder
        const repository = yield* EventRepository
        yield* append(3)
        yield* sequence.pipe(Effect.provide(sealer("a")))
        yield* append(1)
        assert.strictEqual((yield* Effect.flip(sequence.pipe(Effect.provide(ring([]))))).reason, "other")
        assert.strictEqual(yield* sequence.pipe(Effect.provide(ring(["a"]))), 1)
        yield* append(2)
        yield* sequence.pipe(Effect.provide(ring(["a"])))
        assert.deepStrictEqual(
          (yield* repository.after(0, 10)).map(({ seal }) => seal.keyId),
          ["a", "a", "a", "b", "b", "b"]
        )
        // the tail is cut, and the end said to be of the key that nobody has any more
        const events = yield* intruder.events
        const { base, head } = Option.getOrThrow(yield* repository.head)
        const last = events[3]?.seal
        if (last === null || last === undefined) return assert.fail("no seal")
        yield* intruder.replaceEvents(events.slice(0, 4))
        yield* intruder.replaceHead(Option.some({ base, head: { ...head, number: 4, mac: last.mac, keyId: "a" } }))
        yield* append(1)
        assert.strictEqual((yield* Effect.flip(sequence.pipe(Effect.provide(ring(["a"]))))).reason, "corrupt")
      }).pipe(Effect.provide(all))
  )
})

describe("the verifier on databases", () => {
  const stores = storage()
  for (const name of ["better-sqlite3", "postgres"] as const) {
    const all = Layer.mergeAll(implementations.kysely.pipe(Layer.provideMerge(stores[name])), crypto, sealer("a"))

    it.live(`V-38 F-22 ${name}: an event that is not even readable any more is found`, () =>
      Effect.gen(function* () {
        yield* chain
        const q = queries<Tables>(yield* Database)
        for (const broken of [{ data: "{" }, { data: "[1]" }, { outcome: "perhaps" }, { personal: "1" }]) {
          const before = (yield* q.run("before", (db) => db.selectFrom("event").selectAll().where("number", "=", 7)))[0]
          if (before === undefined) return assert.fail("no event")
          yield* q.runChanged("break", (db) => db.updateTable("event").set(broken).where("number", "=", 7))
          assert.deepStrictEqual(yield* verify(), { _tag: "Broken", number: 7, fault: "changed" })
          const { data, outcome, personal } = before
          yield* q.runChanged("mend", (db) =>
            db.updateTable("event").set({ data, outcome, personal }).where("number", "=", 7)
          )
        }
        assert.deepStrictEqual(yield* verify(), intact)
      }).pipe(Effect.provide(all))
    )
  }
})

describe("the verifier on any tampering", () => {
  const all = Layer.mergeAll(
    implementations.memory.pipe(Layer.provideMerge(storage().memory)),
    crypto,
    sealer("a", "b")
  )

  // what somebody does to a copy of the list; each of them leaves another list
  const tampering = fc.oneof(
    fc.record({ kind: fc.constant("edit" as const), at: fc.nat(COUNT - 1), edit: fc.nat(edits.length - 1) }),
    fc.record({ kind: fc.constant("cut" as const), at: fc.nat(COUNT - 1), count: fc.integer({ min: 1, max: COUNT }) }),
    fc.record({
      kind: fc.constant("swap" as const),
      at: fc.nat(COUNT - 1),
      by: fc.integer({ min: 1, max: COUNT - 1 })
    }),
    fc.record({ kind: fc.constant("double" as const), at: fc.nat(COUNT - 1), to: fc.integer({ min: 1, max: 20 }) })
  )

  it.live("V-38 AUD-02 finds any sequence of edits, cuts and swaps that leaves another log than there was", () =>
    Effect.gen(function* () {
      const events = yield* chain
      const intruder = yield* Intruder
      const context = yield* Effect.context<Effect.Services<typeof chain>>()
      const canonical = (list: ReadonlyArray<StoredEvent>) =>
        JSON.stringify([...list].sort((a, b) => (a.seal?.number ?? 0) - (b.seal?.number ?? 0)))
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.array(tampering, { minLength: 1, maxLength: 3 }), async (steps) => {
            let list: ReadonlyArray<StoredEvent> = events
            for (const step of steps) {
              const at = step.at % Math.max(list.length, 1)
              const one = list[at]
              if (one === undefined) continue
              if (step.kind === "cut") list = list.filter((_, index) => index < at || index >= at + step.count)
              else if (step.kind === "edit") {
                const edit = edits[step.edit]?.[1] ?? ((event) => event)
                list = list.map((event, index) => (index === at ? edit(event) : event))
              } else if (step.kind === "swap") {
                const other = (at + step.by) % list.length
                const seals = [list[at]?.seal ?? null, list[other]?.seal ?? null]
                list = list.map((event, index) =>
                  index === at
                    ? { ...event, seal: seals[1] ?? null }
                    : index === other
                      ? { ...event, seal: seals[0] ?? null }
                      : event
                )
              } else {
                const id = EventId.make(`01890000-0000-7000-8000-0000000000${(16 + step.to).toString(16)}`)
                list = [...list, withSeal({ ...one, id }, { number: step.to })]
              }
            }
            const ids = new Set(list.map(({ id }) => id))
            const taken = new Set(list.map(({ seal }) => seal?.number))
            // what the database's own unique keys refuse is no tampering
            fc.pre(ids.size === list.length && taken.size === list.length)
            const verification = await Effect.runPromiseWith(context)(
              Effect.andThen(intruder.replaceEvents(list), verify())
            )
            assert.strictEqual(verification._tag, canonical(list) === canonical(events) ? "Intact" : "Broken")
          }),
          { numRuns: rounds(200, 5000) }
        )
      )
    }).pipe(Effect.provide(all))
  )
})

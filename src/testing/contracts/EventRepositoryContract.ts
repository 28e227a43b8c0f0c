import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import type { ChainHead } from "../../audit/Chain.ts"
import { type EventFilter, EventRepository } from "../../audit/EventRepository.ts"
import type { Seal } from "../../audit/StoredEvent.ts"
import { EventLog, type EventRow } from "../../kernel/EventLog.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { EventId, TenantId } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"

const uuid = (n: number) => `01890000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`
const id = (n: number) => Schema.decodeSync(EventId)(uuid(n))
const tenantA = Schema.decodeSync(TenantId)(uuid(0xa))
const tenantB = Schema.decodeSync(TenantId)(uuid(0xb))

const event = (n: number, over: Partial<EventRow> = {}): EventRow => ({
  id: id(n),
  at: fromMillis(1_700_000_000_000 + n),
  type: "thing.made",
  tenantId: tenantA,
  subjectKind: "thing",
  subjectId: `thing-${n}`,
  actor: "account:1",
  accountId: "1",
  realActor: null,
  outcome: "done",
  useCase: "things.make",
  requestId: null,
  data: {},
  personal: null,
  salt: null,
  ...over
})

const full = event(1, {
  realActor: "staff:2",
  outcome: "denied",
  requestId: "r-1",
  data: { text: 'quo"te \\ \u2028 \u0000 ä 👋', list: [1, 2.5, null, true], nested: { b: { a: -1 } } },
  personal: { email: "ada@example.com" },
  salt: "c2FsdA"
})

const seal = (number: number): Seal => ({ number, personalDigest: null, mac: `mac-${number}`, keyId: "k1" })

const chain = (number: number): ChainHead => ({
  head: { number, mac: `mac-${number}`, keyId: "k1", signature: `signature-${number}` },
  base: { number: 0, mac: "", keyId: "", signature: "" }
})

const sealed = Effect.fnUntraced(function* (...numbers: ReadonlyArray<number>) {
  const log = yield* EventLog
  const events = yield* EventRepository
  yield* log.append(numbers.map((n) => event(n)))
  yield* events.seal(numbers.map((n) => ({ id: id(n), seal: seal(n) })))
})

const idsOf = (rows: ReadonlyArray<EventRow>) => rows.map((row) => row.id)
const all = { after: Option.none(), limit: 100 }

/** What every `EventLog` with its `EventRepository` keeps. */
export const EventRepositoryContract: Suite<EventLog | EventRepository | UnitOfWork> = [
  {
    name: "AUD-01 an event is read as it was written, whatever its facts hold",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      const plain = event(2, { tenantId: null, accountId: null })
      yield* log.append([full, plain])
      yield* log.append([])
      assert.deepEqual(yield* events.unsealed(10), [full, plain])
      assert.deepEqual(yield* events.list(tenantA, {}, all), [{ ...full, seal: null }])
    })
  },
  {
    name: "AUD-01 events commit with their unit or not at all",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      const unit = yield* UnitOfWork
      yield* Effect.exit(unit.run(Effect.andThen(log.append([event(1)]), Effect.fail("refused"))))
      assert.deepEqual(yield* events.unsealed(10), [])
      yield* unit.run(log.append([event(2)]))
      assert.deepEqual(idsOf(yield* events.unsealed(10)), [id(2)])
    })
  },
  {
    name: "an id that is taken is a duplicate, and nothing of the same call is written",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* log.append([event(1)])
      assert.equal((yield* Effect.flip(log.append([event(2), event(1)]))).reason, "duplicate")
      assert.deepEqual(idsOf(yield* events.unsealed(10)), [id(1)])
    })
  },
  {
    name: "AUD-02 events without a number are found by id, at most as many as told",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* log.append([event(3), event(1), event(2)])
      assert.deepEqual(idsOf(yield* events.unsealed(2)), [id(1), id(2)])
      yield* events.seal([{ id: id(1), seal: seal(1) }])
      assert.deepEqual(idsOf(yield* events.unsealed(2)), [id(2), id(3)])
    })
  },
  {
    name: "AUD-02 many seals are written at once and read back by number",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* log.append([full, event(2), event(3)])
      const first: Seal = { number: 2, personalDigest: "digest", mac: "mac-2", keyId: "k2" }
      yield* events.seal([
        { id: id(1), seal: first },
        { id: id(3), seal: seal(1) }
      ])
      yield* events.seal([])
      assert.deepEqual(yield* events.after(0, 10), [
        { ...event(3), seal: seal(1) },
        { ...full, seal: first }
      ])
      assert.deepEqual(idsOf(yield* events.after(0, 1)), [id(3)])
      assert.deepEqual(idsOf(yield* events.after(1, 10)), [id(1)])
      assert.deepEqual(idsOf(yield* events.after(2, 10)), [])
    })
  },
  {
    name: "V-33 an event gets its seal once, and one that is not there gets none",
    run: Effect.gen(function* () {
      const events = yield* EventRepository
      const unit = yield* UnitOfWork
      yield* sealed(1, 2)
      const log = yield* EventLog
      yield* log.append([event(3)])
      for (const other of [id(1), id(9)]) {
        const twice = unit.run(
          events.seal([
            { id: id(3), seal: seal(3) },
            { id: other, seal: seal(4) }
          ])
        )
        assert.equal((yield* Effect.flip(twice)).reason, "conflict")
      }
      assert.deepEqual(idsOf(yield* events.unsealed(10)), [id(3)])
      assert.deepEqual(
        (yield* events.after(0, 10)).map((row) => row.seal),
        [seal(1), seal(2)]
      )
    })
  },
  {
    name: "AUD-02 no two events have one number",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* sealed(1)
      yield* log.append([event(2)])
      assert.equal((yield* Effect.flip(events.seal([{ id: id(2), seal: seal(1) }]))).reason, "duplicate")
    })
  },
  {
    name: "AUD-02 the head of the chain is replaced only by who knows where it ends",
    run: Effect.gen(function* () {
      const events = yield* EventRepository
      assert.deepEqual(yield* events.head, Option.none())
      assert.equal((yield* Effect.flip(events.setHead(Option.some(0), chain(1)))).reason, "conflict")
      yield* events.setHead(Option.none(), chain(1))
      assert.equal((yield* Effect.flip(events.setHead(Option.none(), chain(2)))).reason, "duplicate")
      assert.equal((yield* Effect.flip(events.setHead(Option.some(2), chain(3)))).reason, "conflict")
      const next: ChainHead = { head: chain(5).head, base: chain(4).head }
      yield* events.setHead(Option.some(1), next)
      assert.deepEqual(yield* events.head, Option.some(next))
      const unit = yield* UnitOfWork
      assert.deepEqual(yield* unit.run(events.headForUpdate), Option.some(next))
    })
  },
  {
    name: "AUD-02 of two sequencers at once one waits for the other",
    run: Effect.gen(function* () {
      const events = yield* EventRepository
      const unit = yield* UnitOfWork
      yield* events.setHead(Option.none(), chain(1))
      const advance = unit.run(
        Effect.gen(function* () {
          const { head } = Option.getOrThrow(yield* events.headForUpdate)
          yield* Effect.yieldNow
          yield* events.setHead(Option.some(head.number), chain(head.number + 1))
        })
      )
      const exits = yield* Effect.all(
        Array.from({ length: 8 }, () => Effect.exit(advance)),
        { concurrency: "unbounded" }
      )
      assert.ok(exits.every(Exit.isSuccess))
      assert.deepEqual(yield* events.head, Option.some(chain(9)))
    })
  },
  {
    name: "AUD-03 R-AU-05 events of another tenant, and of none, are never listed",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* log.append([event(1), event(2, { tenantId: tenantB }), event(3, { tenantId: null })])
      assert.deepEqual(idsOf(yield* events.list(tenantA, {}, all)), [id(1)])
      assert.deepEqual(idsOf(yield* events.list(tenantB, {}, all)), [id(2)])
      assert.deepEqual(idsOf(yield* events.list(tenantB, { subjectId: "thing-1" }, all)), [])
      assert.deepEqual(idsOf(yield* events.list(tenantB, {}, { after: Option.some(id(2)), limit: 10 })), [])
    })
  },
  {
    name: "AUD-03 G-06 the newest come first, page by page, with one row more than asked for",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* log.append([2, 5, 1, 4, 3].map((n) => event(n)))
      assert.deepEqual(idsOf(yield* events.list(tenantA, {}, { after: Option.none(), limit: 2 })), [
        id(5),
        id(4),
        id(3)
      ])
      assert.deepEqual(idsOf(yield* events.list(tenantA, {}, { after: Option.some(id(4)), limit: 2 })), [
        id(3),
        id(2),
        id(1)
      ])
      // a newer event does not shift the pages that follow
      yield* log.append([event(6)])
      assert.deepEqual(idsOf(yield* events.list(tenantA, {}, { after: Option.some(id(2)), limit: 2 })), [id(1)])
    })
  },
  {
    name: "AUD-03 the list is filtered by type, subject, account and outcome",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* log.append([
        event(1),
        event(2, { type: "thing.lost" }),
        event(3, { subjectId: "thing-1" }),
        event(4, { accountId: "2" }),
        event(5, { outcome: "denied" })
      ])
      const found = (filter: EventFilter) => Effect.map(events.list(tenantA, filter, all), idsOf)
      assert.deepEqual(yield* found({ type: "thing.lost" }), [id(2)])
      assert.deepEqual(yield* found({ subjectId: "thing-1" }), [id(3), id(1)])
      assert.deepEqual(yield* found({ accountId: "2" }), [id(4)])
      assert.deepEqual(yield* found({ outcome: "denied" }), [id(5)])
      assert.deepEqual(yield* found({ type: "thing.made", subjectId: "thing-1", accountId: "1", outcome: "done" }), [
        id(3),
        id(1)
      ])
    })
  },
  {
    name: "V-33 a cut deletes the oldest numbers, at most as many as told, and nothing without a number",
    run: Effect.gen(function* () {
      const log = yield* EventLog
      const events = yield* EventRepository
      yield* sealed(1, 2, 3, 4)
      yield* log.append([event(5)])
      assert.equal(yield* events.deleteThrough(3, 2), 2)
      assert.deepEqual(idsOf(yield* events.after(0, 10)), [id(3), id(4)])
      assert.equal(yield* events.deleteThrough(3, 2), 1)
      assert.equal(yield* events.deleteThrough(3, 2), 0)
      assert.deepEqual(idsOf(yield* events.after(0, 10)), [id(4)])
      assert.deepEqual(idsOf(yield* events.unsealed(10)), [id(5)])
    })
  }
]

import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Fiber, Layer, Option } from "effect"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import { sequence } from "../../src/audit/Sequencer.ts"
import { verify } from "../../src/audit/Verifier.ts"
import { EventLog } from "../../src/kernel/EventLog.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { forEachAdapter, storage } from "../support/adapters.ts"
import { append, crypto, event, implementations, sealer } from "./support.ts"

const numbers = Effect.gen(function* () {
  const events = yield* EventRepository
  return (yield* events.after(0, 10_000)).map(({ seal }) => seal.number)
})

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1)

forEachAdapter(implementations, (name, layer) => {
  const all = Layer.mergeAll(layer, crypto, sealer("a"))

  describe(`the sequencer (${name})`, () => {
    it.live("AUD-02 gives every event a number, from 1 and without gaps, more than one batch included", () =>
      Effect.gen(function* () {
        assert.strictEqual(yield* sequence, 0)
        yield* append(450)
        assert.strictEqual(yield* sequence, 450)
        assert.strictEqual(yield* sequence, 0)
        yield* append(3)
        assert.strictEqual(yield* sequence, 3)
        assert.deepStrictEqual(yield* numbers, upTo(453))
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: 453 })
      }).pipe(Effect.provide(all))
    )

    it.live("AUD-02 several sequencers beside several writers leave no gap and give no number twice", () =>
      Effect.gen(function* () {
        yield* append(1)
        yield* sequence
        const writer = append(40)
        // they take turns, so none of them fails
        const sequencer = Effect.repeat(sequence, { times: 15 })
        yield* Effect.all([writer, writer, writer, sequencer, sequencer, sequencer], { concurrency: "unbounded" })
        yield* sequence
        assert.deepStrictEqual(yield* numbers, upTo(121))
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: 121 })
      }).pipe(Effect.provide(all))
    )

    it.live(
      "AUD-02 of sequencers that begin an empty chain at once one goes through, and the others can be repeated",
      () =>
        Effect.gen(function* () {
          yield* append(20)
          const exits = yield* Effect.all(
            Array.from({ length: 4 }, () => Effect.exit(sequence)),
            { concurrency: "unbounded" }
          )
          assert.isTrue(exits.some(Exit.isSuccess))
          yield* sequence
          assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: 20 })
        }).pipe(Effect.provide(all))
    )

    it.live("AUD-04 an event with an older id that commits late gets the next number and is not skipped", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const events = yield* EventRepository
        const early = yield* event(1)
        const late = yield* event(2)
        yield* log.append([late])
        yield* sequence
        yield* log.append([early])
        yield* sequence
        assert.deepStrictEqual(
          (yield* events.after(1, 10)).map(({ id }) => id),
          [early.id]
        )
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: 2 })
      }).pipe(Effect.provide(all))
    )

    it.live("V-40 a sequencer that is interrupted or fails half way leaves the chain as it was", () =>
      Effect.gen(function* () {
        yield* append(5)
        const events = yield* EventRepository
        for (let steps = 0; steps < 40; steps++) {
          const fiber = yield* Effect.forkChild(sequence)
          for (let i = 0; i < steps; i++) yield* Effect.promise(() => Promise.resolve())
          yield* Fiber.interrupt(fiber)
          const result = yield* verify()
          assert.strictEqual(result._tag, "Intact")
          yield* append(1)
        }
        const failing = EventRepository.of({
          ...events,
          setHead: () => Effect.fail(new PersistenceError({ operation: "chain.setHead", reason: "full" }))
        })
        yield* append(5)
        const before = yield* numbers
        assert.isTrue(Exit.isFailure(yield* Effect.exit(Effect.provideService(sequence, EventRepository, failing))))
        assert.deepStrictEqual(yield* numbers, before)
        yield* sequence
        assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: 50 })
      }).pipe(Effect.provide(all))
    )

    it.live("AUD-02 personal facts enter the chain as a digest that nobody can guess without the salt", () =>
      Effect.gen(function* () {
        const log = yield* EventLog
        const events = yield* EventRepository
        const personal = { email: "ada@example.com" }
        yield* log.append([yield* event(1, { personal, salt: "s1" }), yield* event(2, { personal, salt: "s2" })])
        yield* log.append([yield* event(4)])
        yield* sequence
        const [first, second, third] = (yield* events.after(0, 10)).map(({ seal }) => seal.personalDigest)
        assert.isString(first)
        assert.notStrictEqual(first, second)
        assert.isNull(third)
      }).pipe(Effect.provide(all))
    )
  })
})

describe("the statements of the sequencer", () => {
  const statements: Array<string> = []
  const counted = storage(undefined, { onStatement: (operation) => void statements.push(operation) })
  const { kysely } = implementations

  for (const name of ["better-sqlite3", "postgres"] as const) {
    const all = Layer.mergeAll(kysely.pipe(Layer.provideMerge(counted[name])), crypto, sealer("a"))

    it.live(`STO-06 ${name}: are as many for a whole batch as for one event, and one when there is nothing to do`, () =>
      Effect.gen(function* () {
        const during = Effect.gen(function* () {
          statements.length = 0
          yield* sequence
          return [...statements]
        })
        yield* append(1)
        yield* sequence
        const idle = ["event.unsealed"]
        const batch = [
          ...idle,
          "begin",
          "chain.headForUpdate",
          "event.unsealed",
          "event.seal",
          "chain.setHead",
          "commit"
        ]
        assert.deepStrictEqual(yield* during, idle)
        yield* append(1)
        assert.deepStrictEqual(yield* during, batch)
        yield* append(150)
        assert.deepStrictEqual(yield* during, batch)
      }).pipe(Effect.provide(all))
    )
  }
})

describe("the sequencer on PostgreSQL", () => {
  const { kysely } = implementations
  const all = Layer.mergeAll(kysely.pipe(Layer.provideMerge(storage().postgres)), crypto, sealer("a"))

  it.live("AUD-04 an event whose transaction is open while later ones are numbered is not skipped", () =>
    Effect.gen(function* () {
      const log = yield* EventLog
      const uow = yield* UnitOfWork
      const events = yield* EventRepository
      const written = yield* Deferred.make<void>()
      const commit = yield* Deferred.make<void>()
      const slow = yield* event(1)
      const open = yield* Effect.forkChild(
        uow.run(
          Effect.gen(function* () {
            yield* log.append([slow])
            yield* Deferred.succeed(written, undefined)
            yield* Deferred.await(commit)
          })
        )
      )
      yield* Deferred.await(written)
      yield* append(3)
      assert.strictEqual(yield* sequence, 3)
      const seen = (yield* events.after(0, 10)).length
      yield* Deferred.succeed(commit, undefined)
      yield* Fiber.join(open)
      assert.strictEqual(yield* sequence, 1)
      assert.deepStrictEqual(
        (yield* events.after(seen, 10)).map(({ id, seal }) => [id, seal.number]),
        [[slow.id, 4]]
      )
      assert.deepStrictEqual(
        Option.map(yield* events.head, ({ head }) => head.number),
        Option.some(4)
      )
    }).pipe(Effect.provide(all))
  )
})

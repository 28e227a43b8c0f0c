import { strict as assert } from "node:assert"
import { Effect, Exit, Option } from "effect"
import { type IdempotencyRow, IdempotencyStore } from "../../kernel/Idempotency.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"

const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const row = (over: Partial<IdempotencyRow> = {}): IdempotencyRow => ({
  scope: "account:1 things.make",
  key: "k1",
  inputHash: "digest",
  answer: '{"id":1}',
  createdAt: at(0),
  ...over
})

/** What every `IdempotencyStore` keeps. */
export const IdempotencyStoreContract: Suite<IdempotencyStore | UnitOfWork> = [
  {
    name: "G-04 what is kept under a key is found, an answer that was not kept as null",
    run: Effect.gen(function* () {
      const store = yield* IdempotencyStore
      yield* store.insert(row(), at(-1))
      yield* store.insert(row({ key: "k2", answer: null }), at(-1))
      assert.deepEqual(yield* store.find(row().scope, "k1", at(-1)), Option.some(row()))
      assert.deepEqual(yield* store.find(row().scope, "k2", at(-1)), Option.some(row({ key: "k2", answer: null })))
    })
  },
  {
    name: "G-04 another scope and another key find nothing and can keep their own",
    run: Effect.gen(function* () {
      const store = yield* IdempotencyStore
      yield* store.insert(row(), at(-1))
      assert.deepEqual(yield* store.find("account:2 things.make", "k1", at(-1)), Option.none())
      assert.deepEqual(yield* store.find(row().scope, "k", at(-1)), Option.none())
      const other = row({ scope: "account:2 things.make", answer: '"other"' })
      yield* store.insert(other, at(-1))
      assert.deepEqual(yield* store.find(other.scope, "k1", at(-1)), Option.some(other))
      assert.deepEqual(yield* store.find(row().scope, "k1", at(-1)), Option.some(row()))
    })
  },
  {
    name: "G-04 a key that is taken is a duplicate, one that has been forgotten is taken anew",
    run: Effect.gen(function* () {
      const store = yield* IdempotencyStore
      yield* store.insert(row(), at(-1))
      assert.equal((yield* Effect.flip(store.insert(row({ inputHash: "other" }), at(0)))).reason, "duplicate")
      assert.deepEqual(yield* store.find(row().scope, "k1", at(0)), Option.some(row()))
      assert.deepEqual(yield* store.find(row().scope, "k1", at(1)), Option.none())
      const later = row({ inputHash: "other", answer: null, createdAt: at(5) })
      yield* store.insert(later, at(1))
      assert.deepEqual(yield* store.find(row().scope, "k1", at(1)), Option.some(later))
    })
  },
  {
    name: "G-04 of parallel units under one key one commits",
    run: Effect.gen(function* () {
      const store = yield* IdempotencyStore
      const unit = yield* UnitOfWork
      const exits = yield* Effect.all(
        Array.from({ length: 8 }, (_, index) =>
          Effect.exit(unit.run(store.insert(row({ answer: `${index}` }), at(-1))))
        ),
        { concurrency: "unbounded" }
      )
      const winners = exits.flatMap((exit, index) => (Exit.isSuccess(exit) ? [index] : []))
      assert.equal(winners.length, 1)
      const kept = Option.getOrThrow(yield* store.find(row().scope, "k1", at(-1)))
      assert.equal(kept.answer, String(winners[0]))
    })
  },
  {
    name: "G-03 a row of a unit that is rolled back is not there",
    run: Effect.gen(function* () {
      const store = yield* IdempotencyStore
      const unit = yield* UnitOfWork
      yield* Effect.exit(unit.run(Effect.andThen(store.insert(row(), at(-1)), Effect.fail("refused"))))
      assert.deepEqual(yield* store.find(row().scope, "k1", at(-1)), Option.none())
    })
  },
  {
    name: "the purge deletes what was made before, oldest first, at most as many as told",
    run: Effect.gen(function* () {
      const store = yield* IdempotencyStore
      for (const offset of [30, 10, 20]) yield* store.insert(row({ key: `k${offset}`, createdAt: at(offset) }), at(-1))
      assert.equal(yield* store.purge(at(10), 10), 0)
      assert.equal(yield* store.purge(at(30), 1), 1)
      assert.deepEqual(yield* store.find(row().scope, "k10", at(0)), Option.none())
      assert.ok(Option.isSome(yield* store.find(row().scope, "k20", at(0))))
      assert.equal(yield* store.purge(at(30), 10), 1)
      assert.ok(Option.isSome(yield* store.find(row().scope, "k30", at(0))))
    })
  }
]

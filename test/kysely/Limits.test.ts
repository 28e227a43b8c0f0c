import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Layer, Option } from "effect"
import * as fc from "fast-check"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { delayAfter, Limits, type RuleRow } from "../../src/kernel/Limits.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as KyselyLimits from "../../src/kysely/Limits.ts"
import { migrate } from "../../src/kysely/migrate.ts"
import { postgresDialect } from "../../src/kysely/postgres.ts"
import * as MemoryLimits from "../../src/memory/Limits.ts"
import { storage } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { scopedDatabase } from "../support/postgres.ts"
import { rounds } from "../support/rounds.ts"

const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const stores = storage()
const memory = MemoryLimits.layer.pipe(Layer.provide(stores.memory))
const kysely = {
  "better-sqlite3": KyselyLimits.layer.pipe(Layer.provide(stores["better-sqlite3"])),
  "node:sqlite": KyselyLimits.layer.pipe(Layer.provide(stores["node:sqlite"])),
  postgres: KyselyLimits.layer.pipe(Layer.provide(stores.postgres))
}

/** What happens to the budgets "0" to "3". */
type Step =
  | { readonly take: ReadonlyArray<RuleRow>; readonly wait: number }
  | { readonly forget: ReadonlyArray<string>; readonly wait: number }
  | { readonly purge: number; readonly wait: number }

const key = fc.nat({ max: 3 }).map(String)
const rule: fc.Arbitrary<RuleRow> = fc
  .record({
    key,
    amount: fc.oneof({ weight: 3, arbitrary: fc.constant(1) }, fc.integer({ min: 1, max: 8 })),
    max: fc.integer({ min: 1, max: 8 }),
    window: fc.integer({ min: 1, max: 300 }),
    free: fc.oneof(fc.nat({ max: 5 }), fc.constant(2 ** 30)),
    base: fc.nat({ max: 40 }),
    cap: fc.nat({ max: 200 })
  })
  .map((one) => ({ ...one, amount: Math.min(one.amount, one.max) }))
const wait = fc.oneof(fc.nat({ max: 5 }), fc.integer({ min: -3, max: 120 }))
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 12,
    arbitrary: fc.record({ take: fc.uniqueArray(rule, { maxLength: 4, selector: (one) => one.key }), wait })
  },
  { weight: 1, arbitrary: fc.record({ forget: fc.array(key, { maxLength: 3 }), wait }) },
  { weight: 1, arbitrary: fc.record({ purge: fc.nat({ max: 3 }), wait }) }
)

const play = Effect.fnUntraced(function* (limits: Limits["Service"], run: number, steps: ReadonlyArray<Step>) {
  const answers: Array<unknown> = []
  let now = 0
  // one store serves many runs, whose keys differ
  const own = (name: string) => `${run}:${name}`
  for (const one of steps) {
    now += one.wait
    if ("take" in one) {
      answers.push(
        yield* limits.take(
          one.take.map((given) => ({ ...given, key: own(given.key) })),
          at(now)
        )
      )
    } else if ("forget" in one) yield* limits.forget(one.forget.map(own))
    // another run's budgets may be purged, too, so the number tells nothing
    else yield* limits.purge(at(now), one.purge)
  }
  return answers
})

for (const [name, layer] of Object.entries(kysely)) {
  describe(`Limits (${name})`, () => {
    it.live("LIM-01 answers as the memory adapter does, whatever is taken, forgotten and purged", () =>
      Effect.gen(function* () {
        const real = Context.get(yield* Layer.build(layer), Limits)
        const model = Context.get(yield* Layer.build(memory), Limits)
        let run = 0
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 30 }), async (steps) => {
              run++
              const expected = await Effect.runPromise(play(model, run, steps))
              assert.deepStrictEqual(await Effect.runPromise(play(real, run, steps)), expected)
            }),
            { numRuns: rounds(60, 1000) }
          )
        )
      })
    )
  })
}

describe("Limits on PostgreSQL", () => {
  it.live("LIM-01 R-RL-01 of 200 attempts at once over 8 connections exactly 5 pass (GHSA-44jh-23m7-hpcf)", () =>
    Effect.gen(function* () {
      const limits = yield* Limits
      const attempts = 200
      const together = barrier(attempts)
      for (let round = 0; round < rounds(10, 200); round++) {
        const rules: ReadonlyArray<RuleRow> = ["b", "a", "c"].map((name) => ({
          key: `${round}:${name}`,
          amount: 1,
          max: name === "a" ? 5 : 1000,
          window: 60_000,
          free: 2 ** 30,
          base: 0,
          cap: 0
        }))
        const answers = yield* Effect.all(
          Array.from({ length: attempts }, (_, attempt) =>
            Effect.andThen(together, limits.take(attempt % 2 === 0 ? rules : rules.toReversed(), at(attempt)))
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(answers.filter(Option.isNone).length, 5)
      }
    }).pipe(Effect.provide(kysely.postgres))
  )

  it.live("LIM-01 taking, forgetting and purging the same budgets at once never ends in a deadlock", () =>
    Effect.gen(function* () {
      const limits = yield* Limits
      const names = ["a", "b", "c", "d", "e"]
      const rules: ReadonlyArray<RuleRow> = names.map((name) => ({
        key: name,
        amount: 1,
        max: 1000,
        window: 1,
        free: 2 ** 30,
        base: 0,
        cap: 0
      }))
      yield* Effect.all(
        Array.from({ length: rounds(300, 5000) }, (_, index) =>
          index % 5 === 0
            ? limits.forget(names.toReversed())
            : index % 7 === 0
              ? limits.purge(at(index), 5)
              : limits.take(index % 2 === 0 ? rules : rules.toReversed(), at(index))
        ),
        { concurrency: 32 }
      )
    }).pipe(Effect.provide(kysely.postgres))
  )

  it.live("STO-03 LIM-01 of attempts at once as many pass where the server's default is another isolation", () =>
    Effect.gen(function* () {
      const database = yield* scopedDatabase
      yield* Effect.provide(migrate(), Database.fromDialect(postgresDialect(database.pool())))
      for (const isolation of ["repeatable read", "serializable"]) {
        const options = `-c default_transaction_isolation=${isolation.replace(" ", "\\ ")}`
        const layer = Database.fromDialect(postgresDialect(database.pool({ options })))
        const answers = yield* Effect.gen(function* () {
          const limits = yield* Limits
          const together = barrier(200)
          const one: RuleRow = { key: isolation, amount: 1, max: 190, window: 1000, free: 2 ** 30, base: 0, cap: 0 }
          return yield* Effect.all(
            Array.from({ length: 200 }, () => Effect.andThen(together, limits.take([one], at(0)))),
            { concurrency: "unbounded" }
          )
        }).pipe(Effect.provide(KyselyLimits.layer.pipe(Layer.provide(layer)), { local: true }))
        assert.strictEqual(answers.filter(Option.isNone).length, 190, isolation)
      }
    })
  )

  it.live("STO-05 budgets are drawn on in a schema of their own, with another prefix", () =>
    Effect.gen(function* () {
      const database = yield* scopedDatabase
      const pool = database.pool()
      yield* Effect.promise(() => pool.query("create schema portal"))
      const layer = Database.fromDialect(postgresDialect(pool), { schema: "portal", tablePrefix: "p_" })
      yield* Effect.gen(function* () {
        yield* migrate()
        const limits = yield* Limits
        const one: RuleRow = { key: "a", amount: 1, max: 1, window: 1000, free: 9, base: 0, cap: 0 }
        assert.deepStrictEqual(yield* limits.take([one], at(0)), Option.none())
        assert.deepStrictEqual(yield* limits.take([one], at(1)), Option.some(at(1000)))
        assert.deepStrictEqual(yield* limits.take([{ ...one, key: "other" }, one], at(2)), Option.some(at(1000)))
        assert.deepStrictEqual(
          yield* limits.take(
            [
              { ...one, key: "other" },
              { ...one, key: "more" }
            ],
            at(3)
          ),
          Option.none()
        )
        assert.strictEqual(yield* limits.purge(at(1000), 10), 1)
      }).pipe(Effect.provide(KyselyLimits.layer.pipe(Layer.provideMerge(layer))))
    })
  )
})

describe("the delay in SQL", () => {
  for (const [name, layer] of Object.entries(kysely)) {
    it.live(`${name}: is that of delayAfter for numbers of any size`, () =>
      Effect.gen(function* () {
        const limits = Context.get(yield* Layer.build(layer), Limits)
        let run = 0
        yield* Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(
              fc.nat({ max: 4 }),
              fc.nat({ max: 2 ** 31 }).map((base) => base * 60),
              fc.nat({ max: 2 ** 31 }).map((cap) => cap * 1000),
              fc.integer({ min: 1, max: 12 }),
              async (free, base, cap, count) => {
                const one: RuleRow = { key: `${run++}`, amount: 1, max: 1000, window: 2 ** 51, free, base, cap }
                const wait = delayAfter(one, count)
                let now = 0
                for (let taken = 1; taken <= count; taken++) {
                  await Effect.runPromise(limits.take([one], at(now)))
                  if (taken < count) now += delayAfter(one, taken)
                }
                if (wait > 0) {
                  const early = await Effect.runPromise(limits.take([one], at(now + wait - 1)))
                  assert.deepStrictEqual(early, Option.some(at(now + wait)))
                }
                assert.deepStrictEqual(await Effect.runPromise(limits.take([one], at(now + wait))), Option.none())
              }
            ),
            { numRuns: rounds(40, 1000) }
          )
        )
      })
    )
  }
})

import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { fromMillis } from "../../kernel/Instant.ts"
import { Limits, type RuleRow } from "../../kernel/Limits.ts"
import type { Suite } from "../Contract.ts"

const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const rule = (key: string, over: Partial<RuleRow> = {}): RuleRow => ({
  key,
  amount: 1,
  max: 3,
  window: 1000,
  free: 2 ** 30,
  base: 0,
  cap: 0,
  ...over
})

const DAY = 86_400_000

/** What every `Limits` keeps. */
export const LimitsContract: Suite<Limits> = [
  {
    name: "LIM-01 as many attempts pass as allowed, then TooManyAttempts can say when to come back",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      for (let attempt = 0; attempt < 3; attempt++) {
        assert.deepEqual(yield* limits.take([rule("a")], at(attempt)), Option.none())
      }
      assert.deepEqual(yield* limits.take([rule("a")], at(3)), Option.some(at(1000)))
      assert.deepEqual(yield* limits.take([rule("a")], at(999)), Option.some(at(1000)))
      assert.deepEqual(yield* limits.take([rule("a")], at(1000)), Option.none())
    })
  },
  {
    name: "LIM-01 attempts that are each made for themselves are counted where there is room, and the others told when to come back",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      yield* limits.take([rule("full", { max: 1 })], at(10))
      yield* limits.take([rule("fuller", { max: 2, amount: 2, window: 5000 })], at(20))
      const rules = [
        rule("new", { max: 1 }),
        rule("full", { max: 1 }),
        rule("half", { max: 2 }),
        rule("fuller", { max: 2, window: 5000 })
      ]
      const first = yield* limits.takeEach(rules, at(100))
      assert.deepEqual(
        [...first].sort(([a], [b]) => (a < b ? -1 : 1)),
        [
          ["full", at(1010)],
          ["fuller", at(5020)]
        ]
      )
      const second = yield* limits.takeEach(rules, at(200))
      assert.deepEqual([...second.keys()].sort(), ["full", "fuller", "new"])
      assert.deepEqual([...(yield* limits.takeEach([], at(200)))], [])
    })
  },
  {
    name: "LIM-01 another key has a budget of its own",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      yield* limits.take([rule("a", { max: 1 })], at(0))
      assert.deepEqual(yield* limits.take([rule("b", { max: 1 })], at(0)), Option.none())
      assert.deepEqual(yield* limits.take([rule("A", { max: 1 })], at(0)), Option.none())
      assert.deepEqual(yield* limits.take([rule("a", { max: 1 })], at(0)), Option.some(at(1000)))
    })
  },
  {
    name: "R-RL-07 the window is not stretched by later attempts, refused or not",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      for (const offset of [0, 900, 901, 902, 999]) yield* limits.take([rule("a")], at(offset))
      assert.deepEqual(yield* limits.take([rule("a")], at(1000)), Option.none())
      // three of the next window, which began at 1000
      yield* limits.take([rule("a")], at(1001))
      yield* limits.take([rule("a")], at(1002))
      assert.deepEqual(yield* limits.take([rule("a")], at(1003)), Option.some(at(2000)))
    })
  },
  {
    name: "LIM-01 R-RL-04 several budgets at once: one that refuses is enough, the latest time counts, and none is drawn on, new or there",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const rules = [rule("z", { max: 1, window: 500 }), rule("b", { max: 2 }), rule("m", { max: 9 })]
      assert.deepEqual(yield* limits.take(rules, at(0)), Option.none())
      assert.deepEqual(yield* limits.take(rules, at(1)), Option.some(at(500)))
      assert.deepEqual(yield* limits.take([rule("b", { max: 2 })], at(2)), Option.none())
      assert.deepEqual(yield* limits.take([...rules, rule("new", { max: 1 })], at(3)), Option.some(at(1000)))
      // a window that is over begins anew with an attempt that is made, not with one that is refused
      assert.deepEqual(
        yield* limits.take([rule("z", { max: 1, window: 500 }), rule("b", { max: 2 })], at(600)),
        Option.some(at(1000))
      )
      assert.deepEqual(yield* limits.take([rule("z", { max: 1, window: 500 })], at(601)), Option.none())
      // "m" has counted the first one only
      assert.deepEqual(yield* limits.take([rule("m", { max: 2 })], at(602)), Option.none())
      assert.deepEqual(yield* limits.take([rule("new", { max: 1 })], at(603)), Option.none())
    })
  },
  {
    name: "AUT-08 R-RL-04 an attempt that is refused makes no other budget's next attempt wait longer",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const person = rule("person", { max: 9, window: DAY, free: 1, base: 1000, cap: 8000 })
      yield* limits.take([rule("source", { max: 1, window: DAY })], at(0))
      assert.deepEqual(yield* limits.take([person], at(0)), Option.none())
      for (const offset of [1000, 2000, 4000]) {
        assert.deepEqual(
          yield* limits.take([person, rule("source", { max: 1, window: DAY })], at(offset)),
          Option.some(at(DAY))
        )
      }
      assert.deepEqual(yield* limits.take([person], at(4001)), Option.none())
      assert.deepEqual(yield* limits.take([person], at(4002)), Option.some(at(6001)))
    })
  },
  {
    name: "AUT-08 the delay begins after the free attempts, doubles, and stops at its cap",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const slow = rule("a", { max: 100, window: DAY, free: 2, base: 1000, cap: 5000 })
      assert.deepEqual(yield* limits.take([slow], at(0)), Option.none())
      assert.deepEqual(yield* limits.take([slow], at(0)), Option.none())
      let now = 0
      for (const delay of [1000, 2000, 4000, 5000, 5000, 5000]) {
        assert.deepEqual(yield* limits.take([slow], at(now + delay - 1)), Option.some(at(now + delay)))
        now += delay
        assert.deepEqual(yield* limits.take([slow], at(now)), Option.none())
      }
    })
  },
  {
    name: "AUT-08 a delay that would reach beyond the window ends with it",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const slow = rule("a", { free: 1, base: 60_000, cap: 60_000 })
      yield* limits.take([slow], at(0))
      assert.deepEqual(yield* limits.take([slow], at(10)), Option.some(at(1000)))
      assert.deepEqual(yield* limits.take([slow], at(1000)), Option.none())
    })
  },
  {
    name: "AUT-08 a hundred doublings of a long delay stay within the cap",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const slow = rule("a", { max: 1000, window: 100_000 * DAY, free: 0, base: 300 * DAY, cap: 400 * DAY })
      let now = 0
      yield* limits.take([slow], at(now))
      for (let attempt = 1; attempt < 100; attempt++) {
        const delay = 400 * DAY
        assert.deepEqual(yield* limits.take([slow], at(now + delay - 1)), Option.some(at(now + delay)))
        now += delay
        assert.deepEqual(yield* limits.take([slow], at(now)), Option.none())
      }
    })
  },
  {
    name: "an attempt of a node whose clock is a little behind passes as any other",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const delayed = rule("a", { free: 2, base: 100, cap: 100 })
      assert.deepEqual(yield* limits.take([delayed], at(50)), Option.none())
      assert.deepEqual(yield* limits.take([delayed], at(49)), Option.none())
      // the delay runs from the latest attempt, not from the last one counted
      assert.deepEqual(yield* limits.take([delayed], at(149)), Option.some(at(150)))
      for (const nothing of [
        { base: 0, cap: 100 },
        { base: 100, cap: 0 }
      ]) {
        const never = rule(`${nothing.base}`, { free: 0, ...nothing })
        assert.deepEqual(yield* limits.take([never], at(50)), Option.none())
        assert.deepEqual(yield* limits.take([never], at(49)), Option.none())
      }
    })
  },
  {
    name: "R-RL-01 of any number of parallel attempts exactly as many pass as allowed",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      for (let round = 0; round < 5; round++) {
        const rules = [rule(`one-${round}`, { max: 5 }), rule(`two-${round}`, { max: 50 })]
        const answers = yield* Effect.all(
          Array.from({ length: 40 }, (_, attempt) =>
            limits.take(attempt % 2 === 0 ? rules : rules.toReversed(), at(attempt))
          ),
          { concurrency: "unbounded" }
        )
        assert.equal(answers.filter(Option.isNone).length, 5)
      }
    })
  },
  {
    name: "AUT-08 what is forgotten is counted from the beginning, other keys are not forgotten",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const one = { max: 1 }
      yield* limits.take([rule("a", one), rule("b", one), rule("c", one)], at(0))
      yield* limits.forget(["a", "b", "unknown"])
      yield* limits.forget([])
      assert.deepEqual(yield* limits.take([rule("a", one)], at(1)), Option.none())
      assert.deepEqual(yield* limits.take([rule("b", one)], at(1)), Option.none())
      assert.deepEqual(yield* limits.take([rule("c", one)], at(1)), Option.some(at(1000)))
    })
  },
  {
    name: "LIM-01 INV-11 a call that counts as several passes only where there is room for all of them",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const some = (amount: number) => [rule("a", { max: 10, amount })]
      assert.deepEqual(yield* limits.take(some(4), at(0)), Option.none())
      assert.deepEqual(yield* limits.take(some(7), at(1)), Option.some(at(1000)))
      assert.deepEqual(yield* limits.take(some(6), at(2)), Option.none())
      assert.deepEqual(yield* limits.take(some(1), at(3)), Option.some(at(1000)))
      // the next window begins with as many as the call counts
      assert.deepEqual(yield* limits.take(some(9), at(1000)), Option.none())
      assert.deepEqual(yield* limits.take(some(2), at(1001)), Option.some(at(2000)))
    })
  },
  {
    name: "LIM-01 INV-11 the room of several budgets is that of the tightest, and looking at it draws nothing",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const rules = [rule("a", { max: 10 }), rule("b", { max: 5, window: 2000 })]
      assert.deepEqual(yield* limits.room(rules, at(0)), { left: 5, renewedAt: at(2000) })
      yield* limits.take([rule("a", { max: 10, amount: 7 })], at(1))
      assert.deepEqual(yield* limits.room(rules, at(2)), { left: 3, renewedAt: at(1001) })
      assert.deepEqual(yield* limits.room(rules, at(2)), { left: 3, renewedAt: at(1001) })
      yield* limits.take([rule("a", { max: 10, amount: 3 })], at(3))
      assert.deepEqual(yield* limits.room(rules, at(4)), { left: 0, renewedAt: at(1001) })
      assert.deepEqual(yield* limits.room(rules, at(1001)), { left: 5, renewedAt: at(3001) })
      // a limit that was lowered leaves no room, and no debt
      assert.deepEqual(yield* limits.room([rule("a", { max: 4 })], at(5)), { left: 0, renewedAt: at(1001) })
    })
  },
  {
    name: "a call without rules passes",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      assert.deepEqual(yield* limits.take([], at(0)), Option.none())
    })
  },
  {
    name: "R-RL-07 the purge deletes budgets whose window is over, at most as many as told, and no others",
    run: Effect.gen(function* () {
      const limits = yield* Limits
      const one = { max: 1 }
      yield* limits.take(
        [rule("a", { ...one, window: 100 }), rule("b", { ...one, window: 200 }), rule("c", one)],
        at(0)
      )
      assert.equal(yield* limits.purge(at(99), 10), 0)
      assert.equal(yield* limits.purge(at(200), 1), 1)
      assert.equal(yield* limits.purge(at(200), 10), 1)
      assert.deepEqual(yield* limits.take([rule("c", one)], at(500)), Option.some(at(1000)))
    })
  }
]

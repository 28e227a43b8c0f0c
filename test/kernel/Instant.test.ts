import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as Instant from "../../src/kernel/Instant.ts"

describe("Instant", () => {
  it.effect("V-10 the time never goes back, whatever the clock does", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(5000)
      assert.strictEqual(yield* Instant.now, 5000)
      yield* TestClock.setTime(1000)
      assert.strictEqual(yield* Instant.now, 5000)
      yield* TestClock.setTime(5001)
      assert.strictEqual(yield* Instant.now, 5001)
    })
  )

  it.effect("V-10 any jumps of the clock give the running maximum", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(fc.array(fc.nat({ max: 1_000_000 }), { minLength: 1, maxLength: 30 }), (times) =>
          Effect.runPromise(
            Effect.gen(function* () {
              let highest = 0
              for (const time of times) {
                yield* TestClock.setTime(time)
                highest = Math.max(highest, time)
                assert.strictEqual(yield* Instant.now, highest)
              }
            }).pipe(Effect.provide(TestClock.layer()))
          )
        ),
        { numRuns: 50 }
      )
    )
  )

  it.live("G-07 the time is that of the clock port, one clock does not shift another's", () =>
    Effect.gen(function* () {
      const real = yield* Instant.now
      assert.isAbove(real, Date.UTC(2020, 0, 1))
      const other = yield* Instant.now.pipe(Effect.provide(TestClock.layer()))
      assert.strictEqual(other, 0)
    })
  )

  it("adds and subtracts durations in whole milliseconds and writes RFC 3339", () => {
    const start = Instant.fromMillis(1000.7)
    assert.strictEqual(start, 1000)
    assert.strictEqual(Instant.plus(start, "2 seconds"), 3000)
    assert.strictEqual(Instant.minus(start, "1 second"), 0)
    assert.strictEqual(Instant.toIso(start), "1970-01-01T00:00:01.000Z")
  })
})

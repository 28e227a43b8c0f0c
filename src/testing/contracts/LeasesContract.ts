import { strict as assert } from "node:assert"
import { Effect } from "effect"
import { fromMillis } from "../../kernel/Instant.ts"
import { Leases } from "../../kernel/Leases.ts"
import type { Suite } from "../Contract.ts"

const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

/** What every `Leases` keeps. */
export const LeasesContract: Suite<Leases> = [
  {
    name: "V-36 a lease has one owner until it runs out, then the next one gets it",
    run: Effect.gen(function* () {
      const leases = yield* Leases
      assert.equal(yield* leases.acquire("job", "a", at(100), at(0)), true)
      assert.equal(yield* leases.acquire("job", "b", at(199), at(99)), false)
      assert.equal(yield* leases.acquire("job", "b", at(200), at(100)), true)
      assert.equal(yield* leases.acquire("job", "a", at(300), at(150)), false)
    })
  },
  {
    name: "the owner prolongs it",
    run: Effect.gen(function* () {
      const leases = yield* Leases
      yield* leases.acquire("job", "a", at(100), at(0))
      assert.equal(yield* leases.acquire("job", "a", at(200), at(50)), true)
      assert.equal(yield* leases.acquire("job", "b", at(300), at(150)), false)
    })
  },
  {
    name: "what the owner gives back is free; another owner and another name give back nothing",
    run: Effect.gen(function* () {
      const leases = yield* Leases
      yield* leases.acquire("job", "a", at(100), at(0))
      yield* leases.acquire("other", "a", at(100), at(0))
      yield* leases.release("job", "b")
      assert.equal(yield* leases.acquire("job", "b", at(100), at(1)), false)
      yield* leases.release("job", "a")
      assert.equal(yield* leases.acquire("job", "b", at(100), at(1)), true)
      assert.equal(yield* leases.acquire("other", "b", at(100), at(1)), false)
    })
  },
  {
    name: "V-36 of many at once one gets it",
    run: Effect.gen(function* () {
      const leases = yield* Leases
      for (let round = 0; round < 10; round++) {
        const got = yield* Effect.all(
          Array.from({ length: 8 }, (_, owner) => leases.acquire("job", `${owner}`, at(round + 1), at(round))),
          { concurrency: "unbounded" }
        )
        // an owner of the round before prolongs a lease that has run out, as anybody may take it
        assert.equal(got.filter(Boolean).length, 1)
      }
    })
  }
]

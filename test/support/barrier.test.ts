import { expect, it } from "@effect/vitest"
import { Effect, Ref } from "effect"
import { barrier } from "./barrier.ts"

it.live("a barrier lets nobody pass before all have arrived, round after round", () =>
  Effect.gen(function* () {
    const parties = 5
    const arrive = barrier(parties)
    const arrivals = yield* Ref.make(0)
    const runner = (index: number) =>
      Effect.gen(function* () {
        const seen: Array<number> = []
        for (let round = 0; round < 20; round++) {
          yield* Effect.sleep(index % 3)
          yield* Ref.update(arrivals, (n) => n + 1)
          yield* arrive
          seen.push(yield* Ref.get(arrivals))
          yield* arrive
        }
        return seen
      })
    const all = yield* Effect.all(
      Array.from({ length: parties }, (_, index) => runner(index)),
      { concurrency: "unbounded" }
    )
    const expected = Array.from({ length: 20 }, (_, round) => (round + 1) * parties)
    for (const seen of all) expect(seen).toEqual(expected)
  })
)

import { Effect } from "effect"
import { barrier } from "./barrier.ts"

/** Runs effects so that all of them begin at the same moment; answers what became of each. */
export const race = <A, E, R>(effects: ReadonlyArray<Effect.Effect<A, E, R>>) =>
  Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(effects, (effect) => Effect.result(Effect.andThen(gate, effect)), {
      concurrency: "unbounded"
    })
  })

import type { Effect } from "effect"

/**
 * One sentence that every adapter of a port keeps, and the effect that fails or dies when it does not. A suite is a list of them, so that any
 * test runner can run it: each case on an empty store of its own, with the machine's clock.
 */
export interface Case<R> {
  readonly name: string
  readonly run: Effect.Effect<void, unknown, R>
}

export type Suite<R> = ReadonlyArray<Case<R>>

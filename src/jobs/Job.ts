import { type Duration, Effect } from "effect"
import * as Actor from "../kernel/Actor.ts"

/**
 * Something that happens by time (G-13). It may run on several nodes at once, be repeated, and be killed at any point: what it does must hold
 * then, by guarded writes and units of work. The lease of an `exclusive` job only saves the others the work.
 */
export interface Job<R = never> {
  /** `room.what`, for example `audit.sequence`. */
  readonly name: string
  readonly every: Duration.Input
  /** Runs also when a unit of work of this process has left events or mails behind. */
  readonly wakes: boolean
  /** One node at a time is enough; otherwise the nodes share the work out among themselves. */
  readonly exclusive: boolean
  /** A cheap look whether there is anything to do, which saves the lease where the answer is mostly no. */
  readonly due: Effect.Effect<boolean, unknown, R>
  readonly run: Effect.Effect<void, unknown, R>
}

/** As `Job`, with what is usual left out: it wakes for nothing, and one node at a time does it. */
export interface Options<R> {
  readonly name: string
  readonly every: Duration.Input
  readonly wakes?: boolean
  readonly exclusive?: boolean
  readonly due?: Effect.Effect<boolean, unknown, R>
  /** What is to be done, asked for by `Actor.job(name)`. */
  readonly run: Effect.Effect<unknown, unknown, R>
}

/** A job as a value; it runs in a list that `Jobs.layer` gets. */
export const make = <R>(options: Options<R>): Job<Exclude<R, Actor.By<"Job">>> => ({
  name: options.name,
  every: options.every,
  wakes: options.wakes ?? false,
  exclusive: options.exclusive ?? true,
  due: (options.due ?? Effect.succeed(true)).pipe(Actor.provide(Actor.job(options.name))),
  run: Effect.asVoid(options.run).pipe(Actor.provide(Actor.job(options.name)))
})

/** Does something in portions of `size`, each in a commit of its own, until a portion was not full. */
export const inPortions = <E, R>(
  size: number,
  portion: (size: number) => Effect.Effect<number, E, R>
): Effect.Effect<number, E, R> =>
  Effect.gen(function* () {
    let total = 0
    while (true) {
      const count = yield* portion(size)
      total += count
      if (count < size) return total
    }
  })

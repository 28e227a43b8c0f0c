import { Clock, Context, Duration, Effect, Layer } from "effect"
import { fromMillis, type Instant } from "../kernel/Instant.ts"

/**
 * A clock that stands still until it is told to go on, and on which sleeping takes no time of the machine: whoever sleeps is woken at once, and it
 * is later by so much. For stories told by one fiber, which the machine's clock would make slow and Effect's TestClock would stop at every pause.
 */
export class SimulatedClock extends Context.Service<
  SimulatedClock,
  {
    readonly pass: (duration: Duration.Input) => Effect.Effect<void>
    readonly now: Effect.Effect<Instant>
  }
>()("portico/testing/SimulatedClock") {
  /** Starts at 2030-01-01T00:00:00Z unless told otherwise. */
  static readonly layer = (start: Instant = fromMillis(1_893_456_000_000)): Layer.Layer<SimulatedClock> =>
    Layer.effectContext(
      Effect.sync(() => {
        let millis: number = start
        const nanos = () => BigInt(Math.trunc(millis)) * 1_000_000n
        const clock: Clock.Clock = {
          currentTimeMillisUnsafe: () => millis,
          currentTimeMillis: Effect.sync(() => millis),
          currentTimeNanosUnsafe: nanos,
          currentTimeNanos: Effect.sync(nanos),
          monotonicTimeNanosUnsafe: nanos,
          monotonicTimeNanos: Effect.sync(nanos),
          sleep: (duration) =>
            Effect.andThen(
              Effect.sync(() => {
                millis += Duration.toMillis(duration)
              }),
              Effect.yieldNow
            )
        }
        const simulated = SimulatedClock.of({
          pass: (duration) =>
            Effect.sync(() => {
              millis += Duration.toMillis(Duration.fromInputUnsafe(duration))
            }),
          now: Effect.sync(() => fromMillis(millis))
        })
        return Context.make(SimulatedClock, simulated).pipe(Context.add(Clock.Clock, clock))
      })
    )
}

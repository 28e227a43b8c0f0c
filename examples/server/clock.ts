import { Clock, Context, Duration, Effect } from "effect"

interface Shift {
  readonly move: (by: Duration.Duration) => void
}

/**
 * Moves the time of the whole portal forward, to see what a month does to a subscription; undefined where nobody can. Only pages of development ask
 * for it.
 */
export const ClockShift: Context.Reference<Shift | undefined> = Context.Reference<Shift | undefined>(
  "example/ClockShift",
  {
    defaultValue: () => undefined
  }
)

/** The system's clock, and what moves it. A portal that is started again has the system's time again. */
export const makeShiftableClock = (): {
  readonly clock: Clock.Clock
  readonly shift: Shift
} => {
  const system = Clock.Clock.defaultValue()
  let moved = 0
  const nanos = () => BigInt(moved) * 1_000_000n
  return {
    clock: {
      currentTimeMillisUnsafe: () => system.currentTimeMillisUnsafe() + moved,
      currentTimeMillis: Effect.map(system.currentTimeMillis, (millis) => millis + moved),
      currentTimeNanosUnsafe: () => system.currentTimeNanosUnsafe() + nanos(),
      currentTimeNanos: Effect.map(system.currentTimeNanos, (time) => time + nanos()),
      monotonicTimeNanosUnsafe: () => system.monotonicTimeNanosUnsafe(),
      monotonicTimeNanos: system.monotonicTimeNanos,
      sleep: (duration) => system.sleep(duration)
    },
    shift: {
      move: (by) => {
        moved += Duration.toMillis(by)
      }
    }
  }
}

import { Clock, Duration, Effect, type Fiber, Schema } from "effect"

/** A point in time: whole milliseconds since 1970-01-01T00:00:00Z. */
export const Instant = Schema.Int.pipe(Schema.brand("Instant"))
export type Instant = typeof Instant.Type

// the brand is nominal only; every whole number of milliseconds is an instant
export const fromMillis = (millis: number): Instant => Math.trunc(millis) as Instant

const parsed = new Map<string, number>()

/** A duration in milliseconds. Settings say them as texts, of which there are few and each is asked for all the time: they are parsed once. */
export const millisOf = (duration: Duration.Input): number => {
  if (typeof duration !== "string") return Duration.toMillis(Duration.fromInputUnsafe(duration))
  let millis = parsed.get(duration)
  if (millis === undefined) {
    millis = Duration.toMillis(Duration.fromInputUnsafe(duration))
    if (parsed.size >= 1000) parsed.clear()
    parsed.set(duration, millis)
  }
  return millis
}

export const plus = (instant: Instant, duration: Duration.Input): Instant => fromMillis(instant + millisOf(duration))

export const minus = (instant: Instant, duration: Duration.Input): Instant => fromMillis(instant - millisOf(duration))

export const earliest = (a: Instant, b: Instant): Instant => fromMillis(Math.min(a, b))

export const latest = (a: Instant, b: Instant): Instant => fromMillis(Math.max(a, b))

/** As RFC 3339 in UTC, for people and for JSON. */
export const toIso = (instant: Instant): string => new Date(instant).toISOString()

/** The highest time that each clock has shown. */
const highest = new WeakMap<Clock.Clock, Instant>()

/**
 * The time of the clock port (Effect's `Clock`). It never goes back: when the machine's clock is set back, the highest time seen is
 * answered until the clock has caught up, so that nothing that has expired becomes valid again (V-10).
 */
export const now: Effect.Effect<Instant> = Effect.withFiber((fiber) => Effect.succeed(nowOf(fiber)))

/** As `now`, for what runs in a fiber already. */
export const nowOf = (fiber: Fiber.Fiber<unknown, unknown>): Instant => {
  const clock = fiber.getRef(Clock.Clock)
  const shown = fromMillis(clock.currentTimeMillisUnsafe())
  const before = highest.get(clock)
  if (before !== undefined && shown <= before) return before
  highest.set(clock, shown)
  return shown
}

import { Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"

/** What is promised: the first answer of staff, every later one, and the end (TIC-12). */
export const ClockName = Schema.Literals(["firstAnswer", "nextAnswer", "resolution"])
export type ClockName = typeof ClockName.Type

/** One promise that runs in business hours, and stands still while the customer has to act. */
export const ServiceClock = Schema.Struct({
  /** Milliseconds of business time that are promised. */
  target: Schema.Int,
  /** Milliseconds of business time that were used up before `runningSince`. */
  used: Schema.Int,
  /** Null while it stands still. */
  runningSince: Schema.NullOr(Instant),
  /** While it runs: when the warning is due, and when the promise is broken. */
  warnsAt: Schema.NullOr(Instant),
  breachesAt: Schema.NullOr(Instant),
  warnedAt: Schema.NullOr(Instant),
  breachedAt: Schema.NullOr(Instant),
  /** When what was promised was done; the clock is over then. */
  doneAt: Schema.NullOr(Instant)
})
export type ServiceClock = typeof ServiceClock.Type

/** The clocks of a ticket by name; those that nothing is promised for are not there. */
export const Clocks = Schema.Struct({
  firstAnswer: Schema.optionalKey(ServiceClock),
  nextAnswer: Schema.optionalKey(ServiceClock),
  resolution: Schema.optionalKey(ServiceClock)
})
export type Clocks = typeof Clocks.Type

import { Duration, Schema } from "effect"
import * as BusinessHours from "../kernel/BusinessHours.ts"
import * as Instant from "../kernel/Instant.ts"
import type { ServiceLevels } from "../kernel/ServiceLevels.ts"
import type { Settings } from "../kernel/Settings.ts"

/** What is promised: the first answer of staff, every later one, and the end (TIC-12). */
export const ClockName = Schema.Literals(["firstAnswer", "nextAnswer", "resolution"])
export type ClockName = typeof ClockName.Type

/** One promise that runs in business hours, and stands still while the customer has to act. */
export const ServiceClock = Schema.Struct({
  /** Milliseconds of business time that are promised; null where nothing is at present: the time is counted all the same. */
  target: Schema.NullOr(Schema.Int),
  /** Milliseconds of business time that were used up before `runningSince`. */
  used: Schema.Int,
  /** Null while it stands still. */
  runningSince: Schema.NullOr(Instant.Instant),
  /** While it runs: when the warning is due, and when the promise is broken. */
  warnsAt: Schema.NullOr(Instant.Instant),
  breachesAt: Schema.NullOr(Instant.Instant),
  warnedAt: Schema.NullOr(Instant.Instant),
  breachedAt: Schema.NullOr(Instant.Instant),
  /** When what was promised was done; the clock is over then. */
  doneAt: Schema.NullOr(Instant.Instant)
})
export type ServiceClock = typeof ServiceClock.Type

/** A warning or a breach. */
export const Happening = Schema.Struct({
  clock: ClockName,
  what: Schema.Literals(["warned", "breached"]),
  /** When it happened, which can be before anybody has noticed. */
  at: Instant.Instant
})
export type Happening = typeof Happening.Type

/** The clocks of a ticket by name; there is none for a later answer before the customer has written again. */
export const Clocks = Schema.Struct({
  firstAnswer: Schema.optionalKey(ServiceClock),
  nextAnswer: Schema.optionalKey(ServiceClock),
  resolution: Schema.optionalKey(ServiceClock),
  /** The key of the customer's plan when the ticket came in. */
  plan: Schema.optionalKey(Schema.String),
  /** What happened while a clock was running that stands still by now, until the job has recorded it. */
  pending: Schema.optionalKey(Schema.Array(Happening))
})
export type Clocks = typeof Clocks.Type

const NAMES = ClockName.literals

/** What clocks go by. */
export interface Timed {
  readonly state: "New" | "Open" | "Waiting" | "OnHold" | "Resolved" | "Closed"
  readonly priority: "low" | "normal" | "high" | "urgent"
  readonly spam: boolean
  readonly mergedInto: string | null
  readonly clocks: Clocks
  readonly clockDueAt: Instant.Instant | null
}

/** Milliseconds of business time, by the first of the targets that fits; null where nothing is promised. */
const targetOf = (
  levels: ServiceLevels,
  name: ClockName,
  priority: Timed["priority"],
  plan: string | undefined
): number | null => {
  const fits = levels.targets.find(
    (target) =>
      (target.priority === undefined || target.priority === priority) &&
      (target.plan === undefined || target.plan === plan)
  )
  const promised = fits?.[name] ?? null
  return promised === null ? null : Math.trunc(Duration.toMillis(Duration.fromInputUnsafe(promised)))
}

const idle = (target: number | null): ServiceClock => ({
  target,
  used: 0,
  runningSince: null,
  warnsAt: null,
  breachesAt: null,
  warnedAt: null,
  breachedAt: null,
  doneAt: null
})

/** Marks what is due by `now`, and adds it to `into`. */
const marked = (clock: ServiceClock, name: ClockName, now: Instant.Instant, into: Array<Happening>): ServiceClock => {
  let next = clock
  if (next.warnsAt !== null && next.warnsAt <= now) {
    into.push({ clock: name, what: "warned", at: next.warnsAt })
    next = { ...next, warnedAt: next.warnsAt, warnsAt: null }
  }
  if (next.breachesAt !== null && next.breachesAt <= now) {
    into.push({ clock: name, what: "breached", at: next.breachesAt })
    next = { ...next, breachedAt: next.breachesAt, breachesAt: null }
  }
  return next
}

const stopped = (levels: ServiceLevels, clock: ServiceClock, now: Instant.Instant): ServiceClock =>
  clock.runningSince === null
    ? clock
    : {
        ...clock,
        used: clock.used + BusinessHours.between(levels.businessHours, clock.runningSince, now),
        runningSince: null,
        warnsAt: null,
        breachesAt: null
      }

const started = (levels: ServiceLevels, clock: ServiceClock, now: Instant.Instant): ServiceClock => {
  const { breachedAt, target, used, warnedAt } = clock
  const when = (amount: number) => BusinessHours.after(levels.businessHours, now, amount - used)
  return {
    ...clock,
    runningSince: now,
    warnsAt:
      target === null || warnedAt !== null || breachedAt !== null ? null : when(Math.trunc(target * levels.warnAfter)),
    breachesAt: target === null || breachedAt !== null ? null : when(target)
  }
}

/** Milliseconds of business time that a clock has used up at `now`. */
export const usedAt = (levels: ServiceLevels, clock: ServiceClock, now: Instant.Instant): number =>
  stopped(levels, clock, Instant.latest(now, clock.runningSince ?? now)).used

/** Whether clocks run: staff have to act, and somebody waits for it (TIC-12). */
const isRunning = ({ mergedInto, spam, state }: Pick<Timed, "state" | "spam" | "mergedInto">): boolean =>
  (state === "New" || state === "Open") && !spam && mergedInto === null

/** When the job has to look at these clocks next. */
export const dueOf = (clocks: Clocks): Instant.Instant | null => {
  const times = NAMES.flatMap((name) => [clocks[name]?.warnsAt, clocks[name]?.breachesAt])
  const due = [...times, ...(clocks.pending ?? []).map(({ at }) => at)].filter(
    (at): at is Instant.Instant => at !== null && at !== undefined
  )
  return due.length === 0 ? null : due.reduce(Instant.earliest)
}

/** Only what is not empty is kept. */
const withPending = (clocks: Clocks, pending: ReadonlyArray<Happening>): Clocks => {
  const { pending: _, ...rest } = clocks
  return pending.length === 0 ? rest : { ...rest, pending }
}

/**
 * The ticket with its clocks as they are after a step at `now`: to be called with every ticket that is about to be stored after its state, priority,
 * spam flag or merging has changed, or after somebody has written a public message. `wrote`: by staff, by a customer, or nothing was written. A ticket
 * without clocks begins with them.
 */
export const withClocks = <T extends Timed>(
  { serviceLevels: levels }: Pick<Settings, "serviceLevels">,
  ticket: T,
  wrote: "staff" | "customer" | null,
  now: Instant.Instant
): T => {
  const { plan } = ticket.clocks
  const pending: Array<Happening> = [...(ticket.clocks.pending ?? [])]
  const target = (name: ClockName) => targetOf(levels, name, ticket.priority, plan)
  const begins = ticket.clocks.firstAnswer === undefined
  const done = ticket.state === "Resolved" || ticket.state === "Closed"
  const runs = isRunning(ticket)
  let clocks: Clocks = {
    firstAnswer: idle(target("firstAnswer")),
    resolution: idle(target("resolution")),
    ...ticket.clocks
  }
  const change = (name: ClockName, by: (clock: ServiceClock) => ServiceClock) => {
    const clock = clocks[name]
    if (clock !== undefined) clocks = { ...clocks, [name]: by(clock) }
  }
  for (const name of NAMES) change(name, (clock) => stopped(levels, marked(clock, name, now, pending), now))
  const answered = (clock: ServiceClock): ServiceClock => ({ ...clock, doneAt: clock.doneAt ?? now })
  if (wrote === "staff") {
    change("firstAnswer", answered)
    change("nextAnswer", answered)
  }
  if (wrote === "customer" && !begins) {
    const isAnswered = clocks.firstAnswer?.doneAt !== null && clocks.nextAnswer?.doneAt !== null
    // one that has not been answered yet goes on: the customer has waited since the first of several messages
    if (isAnswered) clocks = { ...clocks, nextAnswer: idle(target("nextAnswer")) }
  }
  change("resolution", (clock) => ({ ...clock, doneAt: done ? (clock.doneAt ?? now) : null }))
  for (const name of NAMES) {
    change(name, (clock) => {
      if (clock.doneAt !== null) return clock
      const current = { ...clock, target: target(name) }
      return runs ? started(levels, current, now) : current
    })
  }
  clocks = withPending(clocks, pending)
  return { ...ticket, clocks, clockDueAt: dueOf(clocks) }
}

/** The plan by which targets are chosen; for a ticket that is about to begin. */
export const ofPlan = (plan: string | null): Clocks => (plan === null ? {} : { plan })

/** What has happened by `now` and is not recorded yet, and the ticket of which it is. */
export const reviewed = <T extends Timed>(
  ticket: T,
  now: Instant.Instant
): { readonly ticket: T; readonly happened: ReadonlyArray<Happening> } => {
  const happened: Array<Happening> = [...(ticket.clocks.pending ?? [])]
  let clocks = withPending(ticket.clocks, [])
  for (const name of NAMES) {
    const clock = clocks[name]
    if (clock !== undefined) clocks = { ...clocks, [name]: marked(clock, name, now, happened) }
  }
  return { ticket: { ...ticket, clocks, clockDueAt: dueOf(clocks) }, happened }
}

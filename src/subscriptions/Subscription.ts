import { Result, Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { AccountId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { type Plan, TEAM_MEMBERS, trialDays } from "./Plan.ts"

// ---- facts -----------------------------------------------------------------------------------------------------------------------------

const common = {
  /** The billing system's own id of the event; the same id is the same event (SUB-02). */
  id: Schema.String,
  accountId: AccountId,
  /** When it happened there: of two events that contradict each other the later one counts, in whatever order they arrive. */
  at: Instant.Instant
}
const payment = { plan: Schema.String, from: Instant.Instant, until: Instant.Instant }

/**
 * What the billing system tells of a subscription:
 *
 * - `paid`: a period is paid for: the first one, or what is left of the running one on another plan (same end)
 * - `renewed`: the following period is paid for
 * - `cancelled`: it ends at `endsAt`, which is the end of the period, or earlier where money was paid back
 * - `failed`: a payment was tried and failed; the billing system goes on trying
 */
export const BillingEvent = Schema.Union([
  Schema.Struct({ type: Schema.Literal("paid"), ...common, ...payment }),
  Schema.Struct({ type: Schema.Literal("renewed"), ...common, ...payment }),
  Schema.Struct({ type: Schema.Literal("cancelled"), ...common, endsAt: Instant.Instant }),
  Schema.Struct({ type: Schema.Literal("failed"), ...common })
])
export type BillingEvent = typeof BillingEvent.Type

export interface Trial {
  readonly plan: string
  readonly from: Instant.Instant
  readonly until: Instant.Instant
}

/** All that is known of an account's own subscription. What it amounts to at a time is computed, never stored. */
export interface Subscription {
  readonly accountId: AccountId
  readonly trial: Trial | null
  /** Whether the person was told that the trial is over. */
  readonly trialEndTold: boolean
  /** A set: the order has no meaning. */
  readonly events: ReadonlyArray<BillingEvent>
  /** Counts the changes of the subscription and of its members; 0 for an account that has nothing stored. */
  readonly version: number
  /** When time will have changed something that somebody must be told of; null where nothing of the kind is ahead. */
  readonly dueAt: Instant.Instant | null
}

export const empty = (accountId: AccountId): Subscription => ({
  accountId,
  trial: null,
  trialEndTold: false,
  events: [],
  version: 0,
  dueAt: null
})

// ---- what is paid ----------------------------------------------------------------------------------------------------------------------

/** A stretch of time that is paid for. Stretches of one period (`ends`) follow each other where the plan changed inside of it. */
export interface Stretch {
  readonly plan: string
  readonly from: Instant.Instant
  readonly until: Instant.Instant
  /** Where the period ends that was paid for, which is what a period is known by. */
  readonly ends: Instant.Instant
  /** The subscription was cancelled to the end of this stretch, and nothing was paid before that to take it up again. */
  readonly cancelled: boolean
}

const inOrder = (a: BillingEvent, b: BillingEvent): number => a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** Each event once, by the time at which it happened. */
const ordered = (events: ReadonlyArray<BillingEvent>): ReadonlyArray<BillingEvent> =>
  [...new Map(events.map((event) => [event.id, event])).values()].sort(inOrder)

const byTime = (a: Stretch, b: Stretch): number => a.from - b.from

/** What is left of the stretches when a span of time is taken out of them. */
const without = (
  stretches: ReadonlyArray<Stretch>,
  from: Instant.Instant,
  until: Instant.Instant
): ReadonlyArray<Stretch> =>
  stretches.flatMap((stretch) => [
    ...(stretch.until <= from || stretch.from >= until ? [stretch] : []),
    ...(stretch.from < from && stretch.until > from ? [{ ...stretch, until: from, cancelled: false }] : []),
    ...(stretch.until > until && stretch.from < until ? [{ ...stretch, from: until }] : [])
  ])

const END_OF_TIME = Instant.fromMillis(Number.MAX_SAFE_INTEGER)

/**
 * What is paid for, in order of time and without overlaps. It depends on the set of events only: a payment counts for its span in place of what
 * was said before, a cancellation takes away what comes after its end (SUB-02).
 */
export const paid = ({ events }: Pick<Subscription, "events">): ReadonlyArray<Stretch> => {
  let stretches: ReadonlyArray<Stretch> = []
  for (const event of ordered(events)) {
    if (event.type === "paid" || event.type === "renewed") {
      const { at, from, plan, until } = event
      stretches = without(stretches, from, until)
        // paid before the end has come: it goes on; afterwards it is a new subscription
        .map((stretch) => (at < stretch.until ? { ...stretch, cancelled: false } : stretch))
        .concat({ plan, from, until, ends: until, cancelled: false })
        .sort(byTime)
    } else if (event.type === "cancelled") {
      stretches = without(stretches, event.endsAt, END_OF_TIME)
      stretches = stretches.map((stretch, index) =>
        index === stretches.length - 1 ? { ...stretch, cancelled: true } : stretch
      )
    }
  }
  return stretches
}

export const stretchAt = (stretches: ReadonlyArray<Stretch>, at: Instant.Instant): Stretch | undefined =>
  stretches.find(({ from, until }) => from <= at && at < until)

const graceOf = (settings: Settings, stretch: Stretch): Instant.Instant =>
  Instant.plus(stretch.until, settings.subscriptions.pastDue)

/** Whether the subscription went on from one stretch to the following one: not cancelled, and paid in time or late. */
export const goesOn = (settings: Settings, stretch: Stretch, next: Stretch): boolean =>
  !stretch.cancelled && next.from < graceOf(settings, stretch)

/** When the subscription is over for good if nothing more is paid: null where nothing was ever paid. */
export const endsAt = (settings: Settings, stretches: ReadonlyArray<Stretch>): Instant.Instant | null => {
  const last = stretches.at(-1)
  if (last === undefined) return null
  return last.cancelled ? last.until : graceOf(settings, last)
}

// ---- what it amounts to ----------------------------------------------------------------------------------------------------------------

/**
 * - `trial`: the trial runs, nothing is paid for
 * - `active`: paid for
 * - `past-due`: a payment is awaited: one has failed, or the paid time is over and nobody has cancelled
 * - `ended`: over
 */
export const SubscriptionState = Schema.Literals(["trial", "active", "past-due", "ended"])
export type SubscriptionState = typeof SubscriptionState.Type

/** A subscription at one time. */
export interface Standing {
  readonly state: SubscriptionState
  readonly plan: string
  /** Of the trial, of the period that runs, or of the last one. */
  readonly from: Instant.Instant
  readonly until: Instant.Instant
  /** Whether it entitles to what the plan contains at this time. */
  readonly entitles: boolean
  /** Whether it will not be renewed. */
  readonly cancelled: boolean
}

/** The stretches of one period that follow each other without a break, the given one among them. */
export const periodOf = (stretches: ReadonlyArray<Stretch>, stretch: Stretch): ReadonlyArray<Stretch> => {
  const index = stretches.indexOf(stretch)
  let first = index
  let last = index
  const joined = (a: Stretch | undefined, b: Stretch | undefined): boolean =>
    a !== undefined && b !== undefined && a.until === b.from && a.ends === b.ends && !a.cancelled
  while (joined(stretches[first - 1], stretches[first])) first--
  while (joined(stretches[last], stretches[last + 1])) last++
  return stretches.slice(first, last + 1)
}

/** The span of a stretch's period, and whether it was cancelled to its end. */
const periodSpan = (stretches: ReadonlyArray<Stretch>, stretch: Stretch) => {
  const period = periodOf(stretches, stretch)
  const last = period.at(-1) ?? stretch
  return {
    from: period[0]?.from ?? stretch.from,
    until: last.until,
    cancelled: last.cancelled
  }
}

/** Whether the last word of the billing system by this time is that a payment has failed. */
const hasFailed = ({ events }: Pick<Subscription, "events">, at: Instant.Instant): boolean =>
  ordered(events)
    .filter((event) => event.at <= at)
    .at(-1)?.type === "failed"

/** The subscription at a time, or null when there is none by then (SUB-02). */
export const standingAt = (settings: Settings, subscription: Subscription, at: Instant.Instant): Standing | null => {
  const stretches = paid(subscription)
  const current = stretchAt(stretches, at)
  if (current !== undefined) {
    return {
      state: hasFailed(subscription, at) ? "past-due" : "active",
      plan: current.plan,
      ...periodSpan(stretches, current),
      entitles: true
    }
  }
  const { trial } = subscription
  if (trial !== null && trial.from <= at && at < trial.until) {
    return { state: "trial", ...trial, entitles: true, cancelled: false }
  }
  const last = stretches.filter(({ until }) => until <= at).at(-1)
  if (last !== undefined) {
    return {
      state: last.cancelled || at >= graceOf(settings, last) ? "ended" : "past-due",
      plan: last.plan,
      ...periodSpan(stretches, last),
      entitles: false
    }
  }
  return trial === null || at < trial.from ? null : { state: "ended", ...trial, entitles: false, cancelled: false }
}

// ---- events ----------------------------------------------------------------------------------------------------------------------------

/** The billing system sent other facts under the id of an event that is known. */
export class BillingEventChanged extends Refusal<BillingEventChanged>()(
  "BillingEventChanged",
  { eventId: Schema.String },
  {
    category: "conflict",
    de: "Diese Abrechnungsmeldung wurde schon mit anderen Angaben empfangen.",
    en: "This billing event was received before with other facts."
  }
) {}

const same = Schema.toEquivalence(BillingEvent)

/** Adds an event to what is known; the one that was known already changes nothing. */
export const withEvent = (
  subscription: Subscription,
  event: BillingEvent
): Result.Result<{ readonly subscription: Subscription; readonly isNew: boolean }, BillingEventChanged> => {
  const known = subscription.events.find(({ id }) => id === event.id)
  if (known === undefined) {
    return Result.succeed({ subscription: { ...subscription, events: [...subscription.events, event] }, isNew: true })
  }
  return same(known, event)
    ? Result.succeed({ subscription, isNew: false })
    : Result.fail(new BillingEventChanged({ eventId: event.id }))
}

// ---- trials ----------------------------------------------------------------------------------------------------------------------------

/** The plan cannot be tried. */
export class TrialNotOffered extends Refusal<TrialNotOffered>()(
  "TrialNotOffered",
  { plan: Schema.String },
  {
    category: "conflict",
    de: "Für diesen Tarif gibt es keine Testphase.",
    en: "There is no trial of this plan."
  }
) {}

/** The account had its trial. */
export class TrialUsed extends Refusal<TrialUsed>()(
  "TrialUsed",
  {},
  {
    category: "conflict",
    de: "Sie haben Ihre Testphase schon genutzt.",
    en: "You have had your trial already."
  }
) {}

/** The account has, or had, a paid subscription. */
export class SubscriptionExists extends Refusal<SubscriptionExists>()(
  "SubscriptionExists",
  {},
  {
    category: "conflict",
    de: "Für Ihr Benutzerkonto gibt es schon ein Abonnement.",
    en: "Your account has a subscription already."
  }
) {}

/** Begins the one trial that an account can have (SUB-05). */
export const startTrial = (
  subscription: Subscription,
  plan: Plan,
  now: Instant.Instant
): Result.Result<Subscription & { readonly trial: Trial }, TrialNotOffered | TrialUsed | SubscriptionExists> => {
  if (subscription.trial !== null) return Result.fail(new TrialUsed())
  if (paid(subscription).length > 0) return Result.fail(new SubscriptionExists())
  const days = trialDays(plan)
  if (days === null) return Result.fail(new TrialNotOffered({ plan: plan.key }))
  return Result.succeed({
    ...subscription,
    trial: { plan: plan.key, from: now, until: Instant.plus(now, { days }) },
    trialEndTold: false
  })
}

/** When the person must be told that the trial is over; null when it became paid, or they know. */
export const trialEndDue = (subscription: Subscription): Instant.Instant | null => {
  const { trial, trialEndTold } = subscription
  if (trial === null || trialEndTold) return null
  return paid(subscription).length > 0 ? null : trial.until
}

// ---- places for team members -----------------------------------------------------------------------------------------------------------

/** The plan in force does not contain this; a trial or a shared plan has no places for team members. */
export class FeatureNotIncluded extends Refusal<FeatureNotIncluded>()(
  "FeatureNotIncluded",
  { feature: Schema.String },
  {
    category: "conflict",
    de: "Diese Funktion ist in Ihrem Tarif derzeit nicht enthalten.",
    en: "This feature is not part of your plan at present."
  }
) {}

export const noTeamMembers = () => new FeatureNotIncluded({ feature: TEAM_MEMBERS })

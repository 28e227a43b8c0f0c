import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, CoverageId } from "../../src/kernel/ids.ts"
import type { Plan } from "../../src/kernel/Plan.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import type { Coverage, Team } from "../../src/subscriptions/Coverage.ts"
import { type BillingEvent, empty, type Subscription } from "../../src/subscriptions/Subscription.ts"

export const DAY = 24 * 60 * 60 * 1000

/** The beginning of a day, counted from an arbitrary first one. */
export const day = (n: number): Instant.Instant => Instant.fromMillis(n * DAY)

const uuid = (group: string, n: number) => `01890000-0000-7000-8000-${group}${String(n).padStart(10, "0")}`
export const accountId = (n: number) => AccountId.make(uuid("aa", n))
export const coverageId = (n: number) => CoverageId.make(uuid("cc", n))

const plan = (key: string, teamMembers: number, connection: Plan["connection"]): Plan => ({
  key,
  name: { de: key, en: key },
  period: "month",
  features: ["work"],
  teamMembers,
  connection,
  trial: {}
})

/** Plans of every kind: without places, with few and with more of them, and one where members need nobody but themselves. */
export const plans: ReadonlyArray<Plan> = [
  plan("alone", 0, "by-support"),
  plan("pair", 1, "by-support"),
  plan("team", 2, "by-support"),
  plan("crowd", 4, "by-support"),
  plan("agency", 3, "self-service"),
  plan("bureau", 1, "self-service")
]

export const settings = Settings.make({ plans })

let events = 0
const nextId = () => `event-${String(events++).padStart(6, "0")}`

export const paid = (plan: string, from: number, until: number, over: Partial<BillingEvent> = {}): BillingEvent =>
  ({
    type: "paid",
    id: nextId(),
    accountId: accountId(1),
    at: day(from),
    plan,
    from: day(from),
    until: day(until),
    ...over
    // parts of an event of one type make an event of that type
  }) as BillingEvent

export const renewed = (plan: string, from: number, until: number, over: Partial<BillingEvent> = {}): BillingEvent =>
  paid(plan, from, until, { type: "renewed", ...over } as Partial<BillingEvent>) // as above

export const cancelled = (at: number, endsAt: number): BillingEvent => ({
  type: "cancelled",
  id: nextId(),
  accountId: accountId(1),
  at: day(at),
  endsAt: day(endsAt)
})

export const failed = (at: number): BillingEvent => ({
  type: "failed",
  id: nextId(),
  accountId: accountId(1),
  at: day(at)
})

export const subscription = (...billing: ReadonlyArray<BillingEvent>): Subscription => ({
  ...empty(accountId(1)),
  events: billing
})

/** Of account 1 with member 100 + n; decided on the day on which it begins. */
export const coverage = (
  n: number,
  from: number,
  periodEnds: number | null,
  over: Partial<Coverage> = {}
): Coverage => ({
  id: coverageId(n),
  primaryId: accountId(1),
  memberId: accountId(100 + n),
  term: periodEnds === null ? "renewing" : "period",
  from: day(from),
  periodEnds: periodEnds === null ? null : day(periodEnds),
  decidedAt: day(from),
  place: n,
  places: 9,
  warnedAt: null,
  endedAt: null,
  endReason: null,
  ...over
})

export const team = (billing: ReadonlyArray<BillingEvent>, coverages: ReadonlyArray<Coverage>): Team => ({
  subscription: subscription(...billing),
  coverages
})

import { Effect, Option, Schema } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { callersAccount } from "../accounts/callersAccount.ts"
import { stillMay } from "../accounts/stillMay.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, CoverageId } from "../kernel/ids.ts"
import { NotAllowed, NotFound } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { line } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { staffMay } from "../tenants/staffRights.ts"
import * as Coverage from "./Coverage.ts"
import * as Entitlement from "./Entitlement.ts"
import { Feature, PlanKey, PlanView, planNamed, toView, trialDays, UnknownPlan } from "./Plan.ts"
import * as Subscription from "./Subscription.ts"
import {
  BillingEventChanged,
  SubscriptionExists,
  SubscriptionState,
  TrialNotOffered,
  TrialUsed
} from "./Subscription.ts"
import { SubscriptionRepository } from "./SubscriptionRepository.ts"
import { factsForEvent, factsOf, reopened, settle, teamForUpdate, tellIfTooMany } from "./teams.ts"

const subject = (accountId: AccountId) => ({ kind: "subscription", id: accountId })

// ---- plans -----------------------------------------------------------------------------------------------------------------------------

/** Everything that the operator offers, in the operator's order (SUB-01). */
export const plans = UseCase.query({
  name: "subscriptions.plans",
  summary: "Lists the plans with what they contain.",
  actors: ["Anonymous", "Account", "StaffActingFor", "Staff"],
  requires: "anyone",
  input: Schema.Struct({}),
  output: Schema.Struct({ plans: Schema.Array(PlanView) }),
  errors: [],
  run: (_, { settings }) => Effect.succeed({ plans: settings.plans.map(toView) })
})

// ---- one's own -------------------------------------------------------------------------------------------------------------------------

const Own = Schema.Struct({
  state: SubscriptionState,
  /** What the plan contains; null where the operator does not have it any more. */
  plan: Schema.NullOr(PlanView),
  planKey: Schema.String,
  /** Of the trial, of the period that runs, or of the last one. */
  from: Instant.Instant,
  until: Instant.Instant,
  /** Whether it entitles to what the plan contains now. */
  entitles: Schema.Boolean,
  cancelled: Schema.Boolean
})

const toOwn = (settings: Settings, standing: Subscription.Standing): typeof Own.Type => {
  const plan = planNamed(settings, standing.plan)
  return {
    state: standing.state,
    plan: plan === undefined ? null : toView(plan),
    planKey: standing.plan,
    from: standing.from,
    until: standing.until,
    entitles: standing.entitles,
    cancelled: standing.cancelled
  }
}

const Shared = Schema.Struct({
  coverageId: CoverageId,
  plan: Schema.NullOr(PlanView),
  primaryName: Schema.String,
  primaryEmail: Schema.String,
  from: Instant.Instant,
  /** Null while it waits for the primary's next payment. */
  until: Schema.NullOr(Instant.Instant),
  renewing: Schema.Boolean,
  /** Whether it entitles now: it does not before it begins, while the primary has not paid, or while the plan is too small. */
  covered: Schema.Boolean
})

/** A subscription as its holder sees it: what the plan contains, and whether team members are part of it (SUB-04). */
export const Mine = Schema.Struct({
  subscription: Schema.NullOr(Own),
  /** The plans of others that the caller shares, or is going to share. */
  shared: Schema.Array(Shared),
  team: Schema.Struct({
    /** What is paid for now has so many places. */
    places: Schema.Int,
    connected: Schema.Int,
    covered: Schema.Int,
    /** More are connected than there are places: `teamMembers.chooseWhoStays`. */
    mustChoose: Schema.Boolean
  }),
  /** The plans that the caller can try now. */
  trials: Schema.Array(Schema.String)
})

/** The caller's own subscription and what they share. */
export const mine = UseCase.query({
  name: "subscriptions.mine",
  summary:
    "Shows the caller's subscription: what the plan contains, its dates, the places for team members, and what others share with the caller.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Mine,
  errors: [],
  run: Effect.fnUntraced(function* (_, { actor, now, settings }) {
    const subscriptions = yield* SubscriptionRepository
    yield* callersAccount(actor)
    const facts = yield* factsOf(actor.accountId, now)
    const { own } = facts
    const standing = Subscription.standingAt(settings, own.subscription, now)
    const entitled = new Set(Entitlement.sharedAt(settings, facts, now).map(({ coverageId }) => coverageId))
    const primaries = facts.memberOf.map(({ subscription }) => subscription.accountId)
    const people = primaries.length === 0 ? [] : yield* subscriptions.people(primaries)
    const shared = facts.memberOf.flatMap((team) => {
      const stretches = Subscription.paid(team.subscription)
      const primary = people.find(({ accountId }) => accountId === team.subscription.accountId)
      return team.coverages
        .filter(
          (coverage) => coverage.memberId === actor.accountId && Coverage.isAlive(settings, stretches, coverage, now)
        )
        .map((coverage): typeof Shared.Type => {
          const at = Instant.latest(coverage.from, now)
          const stretch = Subscription.stretchAt(stretches, at) ?? stretches.at(-1)
          const plan = stretch === undefined ? undefined : planNamed(settings, stretch.plan)
          return {
            coverageId: coverage.id,
            plan: plan === undefined ? null : toView(plan),
            primaryName: primary?.name ?? "",
            primaryEmail: primary?.email ?? "",
            from: coverage.from,
            until: Coverage.reaches(settings, stretches, coverage),
            renewing: coverage.term === "renewing",
            covered: entitled.has(coverage.id)
          }
        })
    })
    const connected = Coverage.connected(settings, own, now).length
    const places = Coverage.placesAt(settings, own.subscription, now)
    const canTry = own.subscription.trial === null && Subscription.paid(own.subscription).length === 0
    return {
      subscription: standing === null ? null : toOwn(settings, standing),
      shared,
      team: { places, connected, covered: Math.min(connected, places), mustChoose: connected > places },
      trials: canTry ? settings.plans.filter((plan) => trialDays(plan) !== null).map(({ key }) => key) : []
    }
  })
})

/** Begins the trial of a plan; every account can do that once, if it has no subscription (SUB-05). */
export const startTrial = UseCase.command({
  name: "subscriptions.startTrial",
  summary: "Starts the caller's one trial of a plan.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ plan: PlanKey }),
  output: Schema.Struct({ plan: PlanView, from: Instant.Instant, until: Instant.Instant }),
  errors: [UnknownPlan, TrialNotOffered, TrialUsed, SubscriptionExists],
  unit: Effect.fnUntraced(function* (input, unit) {
    const caller = yield* callersAccount(unit.actor)
    const plan = planNamed(unit.settings, input.plan)
    if (plan === undefined) return yield* new UnknownPlan({ plan: input.plan })
    const team = yield* teamForUpdate(caller.id, unit.now)
    const started = yield* Effect.fromResult(Subscription.startTrial(team.subscription, plan, unit.now))
    yield* settle(unit, { ...team, subscription: started })
    unit.record({ type: "subscription.trialStarted", subject: subject(caller.id), data: { plan: plan.key } })
    return { plan: toView(plan), from: started.trial.from, until: started.trial.until }
  })
})

// ---- entitlement -----------------------------------------------------------------------------------------------------------------------

const Answer = Schema.Struct({ entitled: Schema.Boolean, explanation: Entitlement.Explanation })

const answer = (settings: Settings, facts: Entitlement.Facts, feature: string, now: Instant.Instant) => {
  const explanation = Entitlement.explain(settings, facts, feature, now)
  return { entitled: explanation._tag !== "Missing", explanation }
}

/** Whether the caller may use a feature now, and through what, or what is missing (SUB-03). */
export const check = UseCase.query({
  name: "subscriptions.check",
  summary: "Says whether the caller is entitled to a feature, and why or why not.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ feature: Feature }),
  output: Answer,
  errors: [],
  run: Effect.fnUntraced(function* ({ feature }, { actor, now, settings }) {
    yield* callersAccount(actor)
    return answer(settings, yield* factsOf(actor.accountId, now), feature, now)
  })
})

/** As `check`, of any account, for staff and for the host's own programs. */
export const checkFor = UseCase.query({
  name: "subscriptions.checkFor",
  summary: "Says whether an account is entitled to a feature, and why or why not.",
  actors: ["Staff", "Job"],
  requires: "staff",
  input: Schema.Struct({ accountId: AccountId, feature: Feature }),
  output: Answer,
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ accountId, feature }, { now, settings }) {
    const accounts = yield* AccountRepository
    if (Option.isNone(yield* accounts.find(accountId))) return yield* new NotFound({ kind: "account" })
    return answer(settings, yield* factsOf(accountId, now), feature, now)
  })
})

// ---- billing ---------------------------------------------------------------------------------------------------------------------------

/** The beginning of the year 10000, from which on no calendar has four digits for a year. */
const FAR = 253_402_300_800_000

const When = Instant.Instant.check(Schema.makeFilter((at) => (Math.abs(at) < FAR ? undefined : "range")))

const common = { eventId: line(200), accountId: AccountId, at: When }

const Payment = <const Type extends string>(type: Type) =>
  Schema.Struct({
    type: Schema.Literal(type),
    ...common,
    plan: PlanKey,
    from: When,
    until: When
  }).check(Schema.makeFilter(({ from, until }) => (from < until ? undefined : "range")))

/** An event of the billing system, see `Subscription.BillingEvent`. Instants are epoch milliseconds. */
export const BillingEventInput = Schema.Union([
  Payment("paid"),
  Payment("renewed"),
  Schema.Struct({ type: Schema.Literal("cancelled"), ...common, endsAt: When }),
  Schema.Struct({ type: Schema.Literal("failed"), ...common })
])

const toEvent = ({ eventId, ...event }: typeof BillingEventInput.Type): Subscription.BillingEvent => ({
  ...event,
  id: eventId
})

const APPLY = "subscriptions.applyBillingEvent"

/**
 * The billing port (SUB-02): the host's handler of the billing system's calls brings each event here, as a job. Events may come twice, late, and in
 * any order; what they amount to depends on the set of them only. That holds for members, too: a connection that ended because something was unpaid by
 * what was known then is opened again by a payment that arrives later and shows that it goes on, unless the member shares another plan by now, has
 * members, or the place was given to somebody else. What was decided stays decided: a promise for the next period that found no place has lapsed, and
 * one that began stays with the period that it began with. Staff can make up for an event that got lost, though not for their own account.
 */
export const applyBillingEvent = UseCase.command({
  name: APPLY,
  summary: "Takes an event of the billing system: a payment, a renewal, a cancellation or a failure.",
  actors: ["Staff", "Job"],
  requires: "staff",
  sensitive: true,
  input: BillingEventInput,
  output: Schema.Struct({
    /** False when the event was known already. */
    applied: Schema.Boolean,
    subscription: Schema.NullOr(Own)
  }),
  errors: [NotFound, UnknownPlan, BillingEventChanged],
  unit: Effect.fnUntraced(function* (input, unit) {
    const accounts = yield* AccountRepository
    const subscriptions = yield* SubscriptionRepository
    const { actor, now, settings } = unit
    yield* Effect.fromResult(staffMay(APPLY, actor))
    const event = toEvent(input)
    if (actor._tag === "Staff") {
      // nobody gives themself what others pay for
      if (event.accountId === actor.accountId) return yield* new NotAllowed({})
      yield* stillMay(APPLY, { ...unit, actor })
    }
    if (Option.isNone(yield* accounts.find(event.accountId))) return yield* new NotFound({ kind: "account" })
    const { members, own } = yield* factsForEvent(event, now)
    const before = own.own
    const owner = yield* subscriptions.accountOfEvent(event.id)
    if (owner !== null && owner !== event.accountId) return yield* new BillingEventChanged({ eventId: event.id })
    const { isNew, subscription } = yield* Effect.fromResult(Subscription.withEvent(before.subscription, event))
    // of a plan that was taken away since, what came before is still known when it comes again
    if (isNew && "plan" in event && planNamed(settings, event.plan) === undefined) {
      return yield* new UnknownPlan({ plan: event.plan })
    }
    if (isNew) {
      yield* subscriptions.insertEvent(event)
      const { team } = yield* settle(unit, yield* reopened(unit, own, members, subscription))
      const isTold = yield* tellIfTooMany(unit, before, team, "from" in event ? event.from : now)
      unit.record({
        type: `subscription.${event.type}`,
        subject: subject(event.accountId),
        data: {
          eventId: event.id,
          at: event.at,
          ...("plan" in event ? { plan: event.plan, until: event.until } : {}),
          told: isTold ? 1 : 0
        }
      })
    }
    const standing = Subscription.standingAt(settings, subscription, now)
    return { applied: isNew, subscription: standing === null ? null : toOwn(settings, standing) }
  })
})

// ---- by time ---------------------------------------------------------------------------------------------------------------------------

/**
 * Writes down and tells what time has done to one account's subscription: the trial is over, coverages of members are about to end or have ended
 * (TMA-04), a promised one begins or lapses (TMA-05). Doing it twice, or on two nodes at once, does it once.
 */
export const review = UseCase.command({
  name: "subscriptions.review",
  summary: "Does what is due for one account's subscription and its team members.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ accountId: AccountId }),
  output: Schema.Struct({ changes: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* ({ accountId }, unit) {
    const team = yield* teamForUpdate(accountId, unit.now)
    const { dueAt } = team.subscription
    if (dueAt === null || dueAt > unit.now) return { changes: 0 }
    const { changes } = yield* settle(unit, team)
    return { changes }
  })
})

/** Every use case about subscriptions. */
export const useCases = UseCase.registry(plans, mine, startTrial, check, checkFor, applyBillingEvent, review)

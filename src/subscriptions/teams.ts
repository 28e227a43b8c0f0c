import { Effect, Option, Result } from "effect"
import type { Account } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import type * as Actor from "../kernel/Actor.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { type AccountId, CoverageId, nextId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Text } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Unit } from "../kernel/UseCase.ts"
import * as Coverage from "./Coverage.ts"
import type { Facts } from "./Entitlement.ts"
import { placesOf, planNamed } from "./Plan.ts"
import * as Subscription from "./Subscription.ts"
import { type Person, SubscriptionRepository } from "./SubscriptionRepository.ts"
import {
  choiceNeeded,
  coverageBegan,
  coverageEnded,
  coverageEnding,
  coveragePromised,
  type Side,
  trialEnded
} from "./subscriptionMails.ts"

export type AnyUnit = Unit<Actor.Kind>

/** An active account of this address, if there is one. */
export const accountOf = Effect.fnUntraced(function* (email: EmailAddress) {
  const accounts = yield* AccountRepository
  const found = yield* accounts.findByEmail(email)
  return Option.match(found, {
    onNone: (): Account | null => null,
    onSome: ({ account }) => (account.state === "active" ? account : null)
  })
})

export const nameOfPlan = (settings: Settings, key: string): Text => {
  const plan = planNamed(settings, key)
  // a plan that the operator has taken away has no name any more
  return plan === undefined ? { de: key, en: key } : { de: plan.name.de, en: plan.name.en }
}

// ---- telling both sides ----------------------------------------------------------------------------------------------------------------

/** What happened to a connection that both sides are told. */
type News =
  | { readonly _tag: "Began"; readonly plan: string; readonly until: Instant.Instant | null }
  | { readonly _tag: "Promised" }
  | { readonly _tag: "Ending"; readonly until: Instant.Instant }
  | { readonly _tag: "Ended" }

const mailOf = (
  settings: Settings,
  news: News,
  coverage: Coverage.Coverage,
  side: Side,
  reader: Person,
  other: Person
) => {
  const envelope = {
    recipient: reader.email,
    locale: reader.locale,
    accountId: reader.accountId,
    process: `coverage:${coverage.id}`
  }
  const values = { coverageId: coverage.id, side, name: other.name, email: other.email }
  switch (news._tag) {
    case "Began":
      return coverageBegan.mail({
        ...envelope,
        values: { ...values, plan: nameOfPlan(settings, news.plan), from: coverage.from, until: news.until }
      })
    case "Promised":
      return coveragePromised.mail({ ...envelope, values: { ...values, from: coverage.from } })
    case "Ending":
      return coverageEnding.mail({ ...envelope, values: { ...values, until: news.until } })
    case "Ended":
      return coverageEnded.mail({
        ...envelope,
        values: { ...values, at: coverage.endedAt ?? coverage.from, reason: coverage.endReason ?? "time" }
      })
  }
}

/** What happened to a connection, for the log and for both sides. */
interface Happened {
  readonly what: "began" | "promised" | "warned" | "ended" | "reopened"
  readonly coverage: Coverage.Coverage
  readonly news: News
}

/** Records what happened, with one mail to each side of each connection; of an account that is gone neither is told. */
const tellBoth = Effect.fnUntraced(function* (unit: AnyUnit, told: ReadonlyArray<Happened>) {
  if (told.length === 0) return
  const subscriptions = yield* SubscriptionRepository
  const ids = told.flatMap(({ coverage }) => [coverage.primaryId, coverage.memberId])
  const people = new Map((yield* subscriptions.people([...new Set(ids)])).map((one) => [one.accountId, one]))
  for (const { coverage, news, what } of told) {
    const primary = people.get(coverage.primaryId)
    const member = people.get(coverage.memberId)
    const isTold = primary !== undefined && member !== undefined
    recorded(unit, what, coverage, isTold ? 2 : 0)
    if (!isTold) continue
    unit.send(mailOf(unit.settings, news, coverage, "primary", primary, member))
    unit.send(mailOf(unit.settings, news, coverage, "member", member, primary))
  }
})

const recorded = (unit: AnyUnit, what: Happened["what"], coverage: Coverage.Coverage, told: number): void =>
  unit.record({
    type: `coverage.${what}`,
    subject: { kind: "coverage", id: coverage.id },
    data: {
      primaryId: coverage.primaryId,
      memberId: coverage.memberId,
      from: coverage.from,
      periodEnds: coverage.periodEnds,
      reason: coverage.endReason,
      told
    }
  })

// ---- the root --------------------------------------------------------------------------------------------------------------------------

const earlier = (a: Instant.Instant | null, b: Instant.Instant | null): Instant.Instant | null =>
  a === null ? b : b === null ? a : Instant.earliest(a, b)

/** Saves the root with the time at which somebody must look at it again. Every unit that has locked a root to change something ends with this. */
const saveRoot = Effect.fnUntraced(function* (unit: AnyUnit, team: Coverage.Team) {
  const subscriptions = yield* SubscriptionRepository
  const { now, settings } = unit
  yield* subscriptions.save({
    ...team.subscription,
    dueAt: earlier(Subscription.trialEndDue(team.subscription), Coverage.reviewDue(settings, team, now))
  })
})

const replaced = (team: Coverage.Team, changed: ReadonlyArray<Coverage.Coverage>): Coverage.Team => {
  const byId = new Map(changed.map((coverage) => [coverage.id, coverage]))
  return { ...team, coverages: team.coverages.map((coverage) => byId.get(coverage.id) ?? coverage) }
}

const newsOf = (team: Coverage.Team, settings: Settings, change: Coverage.ToldChange): News => {
  if (change._tag === "Ended") return { _tag: "Ended" }
  if (change._tag === "Warned") return { _tag: "Ending", until: change.until }
  return began(settings, team, change.coverage)
}

const began = (settings: Settings, team: Coverage.Team, coverage: Coverage.Coverage): News => {
  const stretches = Subscription.paid(team.subscription)
  return {
    _tag: "Began",
    plan: Subscription.stretchAt(stretches, coverage.from)?.plan ?? "",
    until: coverage.term === "renewing" ? null : Coverage.reaches(settings, stretches, coverage)
  }
}

const WHAT = { Ended: "ended", Started: "began", Warned: "warned" } as const

/** Writes down, and tells, what time or a billing event has made of a locked team. Answers the team as it is then, not saved yet. */
const settled = Effect.fnUntraced(function* (unit: AnyUnit, team: Coverage.Team) {
  const subscriptions = yield* SubscriptionRepository
  const { now, settings } = unit
  const changes = Coverage.review(settings, team, now)
  yield* subscriptions.saveCoverages(changes.map(({ coverage }) => coverage))
  yield* tellBoth(
    unit,
    changes.flatMap((change) =>
      change._tag === "CarriedOn"
        ? []
        : [{ what: WHAT[change._tag], coverage: change.coverage, news: newsOf(team, settings, change) }]
    )
  )
  const { subscription } = team
  const trialEnds = Subscription.trialEndDue(subscription)
  const isOver = trialEnds !== null && trialEnds <= now
  if (isOver && subscription.trial !== null) {
    const [person] = yield* subscriptions.people([subscription.accountId])
    unit.record({
      type: "subscription.trialEnded",
      subject: { kind: "subscription", id: subscription.accountId },
      data: { plan: subscription.trial.plan, told: person === undefined ? 0 : 1 }
    })
    if (person !== undefined) {
      unit.send(
        trialEnded.mail({
          recipient: person.email,
          locale: person.locale,
          accountId: person.accountId,
          process: `subscription:${person.accountId}`,
          values: { plan: nameOfPlan(settings, subscription.trial.plan), until: subscription.trial.until }
        })
      )
    }
  }
  const after = replaced(
    team,
    changes.map(({ coverage }) => coverage)
  )
  return {
    team: { ...after, subscription: { ...subscription, trialEndTold: subscription.trialEndTold || isOver } },
    changes: changes.length + (isOver ? 1 : 0)
  }
})

/** As `settled`, and saved: what a job and a billing event do. Answers how much there was to write down. */
export const settle = Effect.fnUntraced(function* (unit: AnyUnit, team: Coverage.Team) {
  const { changes, team: after } = yield* settled(unit, team)
  yield* saveRoot(unit, after)
  return { team: after, changes }
})

/**
 * Opens again what has ended and goes on by an event that arrived late, and tells both sides of it (SUB-02). Needs the locked facts of the account, and
 * of everybody whom `Coverage.revisable` names, as `factsForEvent` has them; answers the account's team, with the event and not settled.
 */
export const reopened = Effect.fnUntraced(function* (
  unit: AnyUnit,
  own: Facts,
  members: ReadonlyArray<Facts>,
  subscription: Subscription.Subscription
) {
  const subscriptions = yield* SubscriptionRepository
  const { now, settings } = unit
  const team: Coverage.Team = { ...own.own, subscription }
  // what keeps an account from being connected keeps it from being connected again
  if (members.length === 0 || Coverage.isMember(settings, own, now)) return team
  const free = (memberId: AccountId) =>
    members.some(
      (member) =>
        member.accountId === memberId && Coverage.obstacleOf(settings, subscription.accountId, member, now) === null
    )
  const again = Coverage.revived(settings, team, free, now)
  yield* subscriptions.reopenCoverages(again)
  const after = replaced(team, again)
  yield* tellBoth(
    unit,
    again.flatMap((coverage): ReadonlyArray<Happened> => {
      const isPaid = coverage.term === "next" && Coverage.beginsNow(settings, after, coverage, now)
      // that it begins is told when it does, which is in this unit
      if (isPaid) return []
      const news: News = coverage.term === "next" ? { _tag: "Promised" } : began(settings, after, coverage)
      return [{ what: "reopened", coverage, news }]
    })
  )
  return after
})

/**
 * Tells the primary when a billing event leaves more members connected than there are places, now or from its beginning on (TMA-07); answers whether it
 * did.
 */
export const tellIfTooMany = Effect.fnUntraced(function* (
  unit: AnyUnit,
  before: Coverage.Team,
  after: Coverage.Team,
  from: Instant.Instant
) {
  const { now, settings } = unit
  const at = Instant.latest(from, now)
  const connected = Coverage.connected(settings, after, at).length
  const places = Coverage.placesAt(settings, after.subscription, at)
  // while a payment is late there are none; what is less than before shows in what was paid for last
  const last = Subscription.paid(before.subscription).findLast((stretch) => stretch.from <= now)
  const hadPlaces = last === undefined ? 0 : placesOf(settings, last.plan)
  if (connected <= places || places >= hadPlaces) return false
  const subscriptions = yield* SubscriptionRepository
  const [person] = yield* subscriptions.people([after.subscription.accountId])
  if (person === undefined) return false
  unit.send(
    choiceNeeded.mail({
      recipient: person.email,
      locale: person.locale,
      accountId: person.accountId,
      process: `subscription:${person.accountId}`,
      values: { places, connected, from: at }
    })
  )
  return true
})

// ---- connecting and ending -------------------------------------------------------------------------------------------------------------

/**
 * Connects two accounts, in the deciding commit: locks the subscriptions of both, looks at everything again, gives the member a place, and tells
 * both (TMA-03, TMA-05, TMA-07).
 */
export const connect = Effect.fnUntraced(function* (
  unit: AnyUnit,
  wanted: {
    readonly primary: Account | null
    readonly member: Account | null
    /** The end of the period in whose last days it was asked for, if it was. */
    readonly askedForNext: Instant.Instant | null
    /** Whether staff decided, or the other side, as self-service plans have it (TMA-02). */
    readonly by: "staff" | "side"
  }
) {
  const subscriptions = yield* SubscriptionRepository
  const { now, settings } = unit
  const { askedForNext, by, member, primary } = wanted
  if (primary === null) return yield* new Coverage.NoPaidPeriod()
  if (member === null) return yield* new Coverage.MemberNotEligible({ obstacle: "no-account" })
  if (member.id === primary.id) return yield* new Coverage.MemberNotEligible({ obstacle: "same-account" })
  const [own, theirs] = yield* subscriptions.factsForUpdate([primary.id, member.id], now)
  if (own === undefined || theirs === undefined)
    return yield* Effect.die(new Error("facts of two accounts were asked for"))
  const obstacle = Coverage.obstacleOf(settings, primary.id, theirs, now)
  if (obstacle !== null) return yield* new Coverage.MemberNotEligible({ obstacle })
  if (Coverage.isMember(settings, own, now))
    return yield* new Coverage.MemberNotEligible({ obstacle: "primary-covered" })
  // what time has ended gives its place back first
  const { team } = yield* settled(unit, own.own)
  const slot = yield* Effect.fromResult(Coverage.slotFor(settings, team.subscription, askedForNext, now))
  if ((slot.term === "renewing") !== (by === "side")) return yield* new Coverage.SomebodyElseDecides()
  const room = yield* Effect.fromResult(Coverage.roomFor(settings, team, slot, member.id))
  const coverage: Coverage.Coverage = {
    id: yield* nextId(CoverageId),
    primaryId: primary.id,
    memberId: member.id,
    ...slot,
    decidedAt: now,
    place: slot.term === "next" ? null : room.place,
    places: slot.term === "next" ? null : room.places,
    warnedAt: null,
    endedAt: null,
    endReason: null
  }
  yield* subscriptions.insertCoverage(coverage)
  const after: Coverage.Team = { ...team, coverages: [...team.coverages, coverage] }
  yield* saveRoot(unit, after)
  yield* tellBoth(unit, [
    slot.term === "next"
      ? { what: "promised", coverage, news: { _tag: "Promised" } }
      : { what: "began", coverage, news: began(settings, after, coverage) }
  ])
  return coverage
})

/** Ends these connections of a locked team at once, and tells both sides of each (TMA-06). */
export const endAll = Effect.fnUntraced(function* (
  unit: AnyUnit,
  team: Coverage.Team,
  ended: ReadonlyArray<Coverage.Coverage>
) {
  const subscriptions = yield* SubscriptionRepository
  yield* subscriptions.saveCoverages(ended)
  yield* tellBoth(
    unit,
    ended.map((coverage) => ({ what: "ended", coverage, news: { _tag: "Ended" } }))
  )
  const { team: after } = yield* settled(unit, replaced(team, ended))
  yield* saveRoot(unit, after)
})

/** Before everything: an ending of long ago can prove wrong by the last of several payments that all come late, in whatever order. */
const EVER = Instant.fromMillis(-1)

/** What an account's subscription is part of, with what is known of those whose coverage this event can show to go on; all of them locked. */
export const factsForEvent = Effect.fnUntraced(function* (event: Subscription.BillingEvent, now: Instant.Instant) {
  const subscriptions = yield* SubscriptionRepository
  // what takes something away shows of nothing that it goes on
  const since = "plan" in event ? EVER : now
  // locks are taken in one order, so that all of them must be known before the first one
  const members = "plan" in event ? Coverage.revisable((yield* factsOf(event.accountId, since)).own) : []
  const [own, ...others] = yield* subscriptions.factsForUpdate([event.accountId, ...members], since)
  if (own === undefined) return yield* Effect.die(new Error("facts of one account were asked for"))
  // ended since it was read, so that whose it is was not locked: everything is let go, and looked at again
  if ("plan" in event && Coverage.revisable(own.own).some((memberId) => !members.includes(memberId))) {
    return yield* new PersistenceError({ operation: "subscription.factsForUpdate", reason: "conflict" })
  }
  return { own, members: others }
})

/** The team of one account, locked. */
export const teamForUpdate = Effect.fnUntraced(function* (accountId: AccountId, now: Instant.Instant) {
  const subscriptions = yield* SubscriptionRepository
  const [facts] = yield* subscriptions.factsForUpdate([accountId], now)
  return facts === undefined ? yield* Effect.die(new Error("facts of one account were asked for")) : facts.own
})

/** All that entitles one account, as it is at `since` and later. */
export const factsOf = Effect.fnUntraced(function* (accountId: AccountId, since: Instant.Instant) {
  const subscriptions = yield* SubscriptionRepository
  const [facts] = yield* subscriptions.facts([accountId], since)
  return facts === undefined ? yield* Effect.die(new Error("facts of one account were asked for")) : facts
})

/** What a primary can be told when asking: its own plan and places, and nothing about the member (TMA-02). */
export const mayAsk = (
  settings: Settings,
  team: Coverage.Team,
  askedForNext: Instant.Instant | null,
  memberId: AccountId | null,
  now: Instant.Instant
) =>
  Result.flatMap(
    Result.mapError(Coverage.slotFor(settings, team.subscription, askedForNext, now), Subscription.noTeamMembers),
    (slot) => Coverage.roomFor(settings, team, slot, memberId)
  )

import { Result, Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import type { AccountId, CoverageId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotFound } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import { placesOf, planNamed } from "./Plan.ts"
import {
  endsAt,
  goesOn,
  noTeamMembers,
  paid,
  periodOf,
  type Stretch,
  type Subscription,
  stretchAt
} from "./Subscription.ts"

/**
 * How long a decision lasts:
 *
 * - `period`: to the end of one period of the primary, never beyond (TMA-01)
 * - `next`: for the period that follows `from`, which nobody has paid for yet; becomes `period` when it is paid (TMA-05)
 * - `renewing`: with each renewal, until one side ends it: self-service plans (TMA-02)
 */
export const Term = Schema.Literals(["period", "next", "renewing"])
export type Term = typeof Term.Type

/**
 * - `primary`, `member`: that side ended it
 * - `choice`: the primary's choice after a downgrade left it out
 * - `time`: its period is over
 * - `unpaid`: the primary's subscription ended, or the period that it waited for was not paid
 * - `no-place`: it waited for a period whose plan has no place for it
 */
export const EndReason = Schema.Literals(["primary", "member", "choice", "time", "unpaid", "no-place"])
export type EndReason = typeof EndReason.Type

/** One decision that a team member shares the plan of a primary account (TMA-01). */
export interface Coverage {
  readonly id: CoverageId
  readonly primaryId: AccountId
  readonly memberId: AccountId
  readonly term: Term
  readonly from: Instant.Instant
  /** Where the period ends that the decision is for; null for the other terms. */
  readonly periodEnds: Instant.Instant | null
  /** Of several members the one who was confirmed first is the oldest. */
  readonly decidedAt: Instant.Instant
  /** Its place in the plan, from 0, and how many there were when it was given away; null while it waits. */
  readonly place: number | null
  readonly places: number | null
  /** When both sides were told that it is about to end. */
  readonly warnedAt: Instant.Instant | null
  readonly endedAt: Instant.Instant | null
  readonly endReason: EndReason | null
}

/** A primary's subscription with its coverages: the open ones, and those that may still have counted at the time in question. */
export interface Team {
  readonly subscription: Subscription
  readonly coverages: ReadonlyArray<Coverage>
}

// ---- time ------------------------------------------------------------------------------------------------------------------------------

const isSelfService = (settings: Settings, { plan }: Stretch): boolean =>
  planNamed(settings, plan)?.connection === "self-service"

/** Whether the subscription goes on from the decision to the time that it is for: one that ends in between takes the decision with it (TMA-06). */
const leadsTo = (settings: Settings, stretches: ReadonlyArray<Stretch>, { decidedAt, from }: Coverage): boolean =>
  stretches.every((next, index) => {
    const before = stretches[index - 1]
    return before === undefined || next.from <= decidedAt || next.from > from || goesOn(settings, before, next)
  })

/** What is paid while the decision holds, leaving its end by hand aside. */
const chain = (settings: Settings, stretches: ReadonlyArray<Stretch>, coverage: Coverage): ReadonlyArray<Stretch> => {
  const first = stretchAt(stretches, coverage.from)
  if (first === undefined || coverage.term === "next" || !leadsTo(settings, stretches, coverage)) return []
  if (coverage.term === "period") {
    if (first.ends !== coverage.periodEnds) return []
    return periodOf(stretches, first).filter(({ until }) => until > coverage.from)
  }
  const found: Array<Stretch> = [first]
  for (const next of stretches.slice(stretches.indexOf(first) + 1)) {
    const last = found.at(-1)
    if (last === undefined || !goesOn(settings, last, next)) break
    // a plan that staff connect members to has to be decided on for each period
    const renews = isSelfService(settings, last) && isSelfService(settings, next)
    if (!renews && !(last.ends === next.ends && last.until === next.from)) break
    found.push(next)
  }
  return found
}

/** Whether the coverage ends with what is paid now, whatever is paid later. */
const endIsFixed = (
  settings: Settings,
  stretches: ReadonlyArray<Stretch>,
  coverage: Coverage,
  last: Stretch
): boolean =>
  coverage.term === "period" || last.cancelled || !isSelfService(settings, last) || last !== stretches.at(-1)

/** Whether the decision holds at a time: between its beginning and its end, while the primary's time is paid (TMA-01, TMA-06). */
export const holds = (
  settings: Settings,
  stretches: ReadonlyArray<Stretch>,
  coverage: Coverage,
  at: Instant.Instant
): boolean =>
  coverage.from <= at &&
  (coverage.endedAt === null || at < coverage.endedAt) &&
  stretchAt(chain(settings, stretches, coverage), at) !== undefined

/** To when the coverage reaches as far as it is known today; null where nothing that is paid carries it. */
export const reaches = (
  settings: Settings,
  stretches: ReadonlyArray<Stretch>,
  coverage: Coverage
): Instant.Instant | null => {
  const last = chain(settings, stretches, coverage).at(-1)
  if (last === undefined) return null
  return coverage.endedAt !== null && coverage.endedAt < last.until ? coverage.endedAt : last.until
}

const oldestFirst = (a: Coverage, b: Coverage): number =>
  a.decidedAt - b.decidedAt || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

/** The connections that hold at a time, oldest first, whether or not the plan has a place for each of them. */
export const connected = (settings: Settings, team: Team, at: Instant.Instant): ReadonlyArray<Coverage> => {
  const stretches = paid(team.subscription)
  return team.coverages.filter((coverage) => holds(settings, stretches, coverage, at)).sort(oldestFirst)
}

/** How many team members the primary has room for at a time; only what is paid for has places. */
export const placesAt = (settings: Settings, subscription: Subscription, at: Instant.Instant): number => {
  const stretch = stretchAt(paid(subscription), at)
  return stretch === undefined ? 0 : placesOf(settings, stretch.plan)
}

/** Who is covered at a time: never more than the plan has places; after a downgrade the oldest, until the primary has chosen (TMA-07). */
export const covered = (settings: Settings, team: Team, at: Instant.Instant): ReadonlyArray<Coverage> =>
  connected(settings, team, at).slice(0, placesAt(settings, team.subscription, at))

/** Whether the time before the end of a period has begun in which people ask for the next one (TMA-05). */
export const inLastDays = (settings: Settings, ends: Instant.Instant, now: Instant.Instant): boolean =>
  now >= Instant.minus(ends, settings.subscriptions.lastDays) && now < ends

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** Every place of the plan is taken. */
export class NoPlaceLeft extends Refusal<NoPlaceLeft>()(
  "NoPlaceLeft",
  { places: Schema.Int },
  {
    category: "conflict",
    de: "In Ihrem Tarif ist kein Platz für ein weiteres Teammitglied frei.",
    en: "Your plan has no place for another team member."
  }
) {}

/** This account is a team member of this primary already, for the time that is asked for. */
export class AlreadyConnected extends Refusal<AlreadyConnected>()(
  "AlreadyConnected",
  {},
  {
    category: "conflict",
    de: "Dieses Teammitglied ist für diesen Zeitraum schon verbunden.",
    en: "This team member is connected for this period already."
  }
) {}

/** What keeps an account from being covered; shown to those who decide, never to a primary who asks (TMA-02). */
export const Obstacle = Schema.Literals([
  "no-account",
  "same-account",
  "has-members",
  "covered-elsewhere",
  "primary-covered"
])
export type Obstacle = typeof Obstacle.Type

/** The account cannot be a team member as things are. Only those who decide get this. */
export class MemberNotEligible extends Refusal<MemberNotEligible>()(
  "MemberNotEligible",
  { obstacle: Obstacle },
  {
    category: "conflict",
    de: "Dieses Benutzerkonto kann derzeit kein Teammitglied sein.",
    en: "This account cannot be a team member at present."
  }
) {}

/** The primary has no paid period that the coverage could be for. */
export class NoPaidPeriod extends Refusal<NoPaidPeriod>()(
  "NoPaidPeriod",
  {},
  {
    category: "conflict",
    de: "Für das Hauptkonto ist derzeit kein Zeitraum bezahlt.",
    en: "The primary account has no paid period at present."
  }
) {}

/** Since it was asked, the plan has changed from one where staff decide to one where the other side does, or back. */
export class SomebodyElseDecides extends Refusal<SomebodyElseDecides>()(
  "SomebodyElseDecides",
  {},
  {
    category: "conflict",
    de: "Der Tarif des Hauptkontos hat sich geändert: Darüber entscheidet jetzt jemand anderes. Bitte lehnen Sie ab und lassen Sie den Antrag neu stellen.",
    en: "The primary account's plan has changed: somebody else decides this now. Please refuse, and let it be asked again."
  }
) {}

/** Those who stay are more than the plan has places for, or not all of them are connected. */
export class ChoiceDoesNotFit extends Refusal<ChoiceDoesNotFit>()(
  "ChoiceDoesNotFit",
  { places: Schema.Int },
  {
    category: "conflict",
    de: "Bitte wählen Sie höchstens so viele verbundene Teammitglieder, wie Ihr Tarif Plätze hat ({places}).",
    en: "Please choose at most as many connected team members as your plan has places ({places})."
  }
) {}

// ---- decisions -------------------------------------------------------------------------------------------------------------------------

/** Whether somebody shares the plan of this account, or will: what makes it a primary with members. */
const hasMembers = (settings: Settings, team: Team, now: Instant.Instant): boolean =>
  team.coverages.some((coverage) => isAlive(settings, paid(team.subscription), coverage, now))

/** Whether a decision holds or can still come to hold. */
export const isAlive = (
  settings: Settings,
  stretches: ReadonlyArray<Stretch>,
  coverage: Coverage,
  now: Instant.Instant
): boolean => {
  if (coverage.endedAt !== null && coverage.endedAt <= now) return false
  if (coverage.term === "next") return nextPeriod(settings, stretches, coverage.from, now)._tag !== "Never"
  const last = chain(settings, stretches, coverage).at(-1)
  if (last === undefined) return false
  if (now < last.until) return true
  // a late payment can carry on what renews
  const over = endsAt(settings, stretches)
  return !endIsFixed(settings, stretches, coverage, last) && over !== null && now < over
}

/** What is wrong on the member's side, looked at by those who decide (TMA-02). */
export const obstacleOf = (
  settings: Settings,
  primaryId: AccountId,
  member: {
    readonly accountId: AccountId
    /** The account's own team. */
    readonly own: Team
    /** The teams in which it is, or was, a member. */
    readonly memberOf: ReadonlyArray<Team>
  },
  now: Instant.Instant
): Obstacle | null => {
  if (member.accountId === primaryId) return "same-account"
  if (hasMembers(settings, member.own, now)) return "has-members"
  const elsewhere = member.memberOf.filter(({ subscription }) => subscription.accountId !== primaryId)
  return isMember(settings, { accountId: member.accountId, memberOf: elsewhere }, now) ? "covered-elsewhere" : null
}

/** Whether an account shares a plan in one of these teams, or will: who does has no members (TMA-02). */
export const isMember = (
  settings: Settings,
  { accountId, memberOf }: { readonly accountId: AccountId; readonly memberOf: ReadonlyArray<Team> },
  now: Instant.Instant
): boolean =>
  memberOf.some(({ coverages, subscription }) =>
    coverages.some(
      (coverage) => coverage.memberId === accountId && isAlive(settings, paid(subscription), coverage, now)
    )
  )

/** Of a subscription after the end of one period. */
type NextPeriod =
  /** It is paid: the stretch that it begins with. */
  | { readonly _tag: "Paid"; readonly first: Stretch }
  /** It can still be paid. */
  | { readonly _tag: "Awaited" }
  /** The subscription ended before. */
  | { readonly _tag: "Never" }

/** The period that follows the one which ends at `end`. */
const nextPeriod = (
  settings: Settings,
  stretches: ReadonlyArray<Stretch>,
  end: Instant.Instant,
  now: Instant.Instant
): NextPeriod => {
  const index = stretches.findIndex(({ until }) => until > end)
  const next = stretches[index]
  const before = next === undefined ? stretches.at(-1) : stretches[index - 1]
  if (before === undefined) return { _tag: "Never" }
  if (next !== undefined) return goesOn(settings, before, next) ? { _tag: "Paid", first: next } : { _tag: "Never" }
  const over = endsAt(settings, stretches)
  return over !== null && now < over ? { _tag: "Awaited" } : { _tag: "Never" }
}

/** Whether nothing is left of the period that a stretch belongs to: it has ended, or was cancelled before its end. */
const isOver = (stretches: ReadonlyArray<Stretch>, stretch: Stretch, now: Instant.Instant): boolean =>
  periodOf(stretches, stretch).every(({ until }) => until <= now)

/** For which time a new coverage is: from when, and to the end of which period. */
export type Slot =
  | { readonly term: "period"; readonly from: Instant.Instant; readonly periodEnds: Instant.Instant }
  | { readonly term: "next"; readonly from: Instant.Instant; readonly periodEnds: null }
  | { readonly term: "renewing"; readonly from: Instant.Instant; readonly periodEnds: null }

/**
 * For which time a decision of now is: the period that runs; or the one after it, when the request came in the last days of the period that ends
 * at `askedForNext` (TMA-05). Nothing, when no such period is paid for or can be.
 */
export const slotFor = (
  settings: Settings,
  subscription: Subscription,
  askedForNext: Instant.Instant | null,
  now: Instant.Instant
): Result.Result<Slot, NoPaidPeriod> => {
  const stretches = paid(subscription)
  const current = stretchAt(stretches, now)
  if (current !== undefined && isSelfService(settings, current)) {
    return Result.succeed({ term: "renewing", from: now, periodEnds: null })
  }
  if (askedForNext !== null && (current === undefined || current.ends === askedForNext)) {
    const next = nextPeriod(settings, stretches, askedForNext, now)
    if (next._tag === "Awaited") return Result.succeed({ term: "next", from: askedForNext, periodEnds: null })
    if (next._tag === "Paid" && !isOver(stretches, next.first, now)) {
      return Result.succeed({ term: "period", from: next.first.from, periodEnds: next.first.ends })
    }
  }
  return current === undefined
    ? Result.fail(new NoPaidPeriod())
    : Result.succeed({ term: "period", from: now, periodEnds: current.ends })
}

/** The decisions that take a place at the time of a new one. */
const rivals = (settings: Settings, team: Team, slot: Slot): ReadonlyArray<Coverage> => {
  const open = team.coverages.filter(({ endedAt }) => endedAt === null)
  const stretches = paid(team.subscription)
  if (slot.term !== "next") {
    return open.filter(
      (coverage) =>
        holds(settings, stretches, coverage, slot.from) ||
        // begins later in the same period, because that came to be paid for in another way
        (coverage.term === slot.term &&
          coverage.periodEnds === slot.periodEnds &&
          (reaches(settings, stretches, coverage) ?? slot.from) > slot.from)
    )
  }
  return open.filter(
    (coverage) =>
      (coverage.term === "next" && coverage.from === slot.from) ||
      (coverage.term === "renewing" &&
        stretchAt(chain(settings, stretches, coverage), Instant.fromMillis(slot.from - 1)) !== undefined)
  )
}

const placesFor = (settings: Settings, subscription: Subscription, slot: Slot): number => {
  if (slot.term !== "next") return placesAt(settings, subscription, slot.from)
  // nobody knows the plan of a period that is not paid yet; the one before it says how many may wait
  const before = paid(subscription)
    .filter(({ until }) => until <= slot.from)
    .at(-1)
  return before === undefined ? 0 : placesOf(settings, before.plan)
}

/** Whether there is room for one more in the time that a decision would be for. */
export const roomFor = (
  settings: Settings,
  team: Team,
  slot: Slot,
  memberId: AccountId | null
): Result.Result<
  { readonly place: number; readonly places: number },
  ReturnType<typeof noTeamMembers> | NoPlaceLeft | AlreadyConnected
> => {
  const places = placesFor(settings, team.subscription, slot)
  if (places === 0) return Result.fail(noTeamMembers())
  const others = rivals(settings, team, slot)
  if (memberId !== null && others.some((coverage) => coverage.memberId === memberId)) {
    return Result.fail(new AlreadyConnected())
  }
  if (others.length >= places) return Result.fail(new NoPlaceLeft({ places }))
  const taken = new Set(others.map(({ place }) => place))
  let place = 0
  while (taken.has(place)) place++
  return Result.succeed({ place, places })
}

/** Ends a connection at once, by one of its two sides (TMA-06). A foreign one, and one that has ended, is not there. */
export const end = (coverage: Coverage, by: AccountId, now: Instant.Instant): Result.Result<Coverage, NotFound> => {
  const reason = by === coverage.primaryId ? "primary" : by === coverage.memberId ? "member" : undefined
  return reason === undefined || coverage.endedAt !== null
    ? Result.fail(new NotFound({ kind: "coverage" }))
    : Result.succeed({ ...coverage, endedAt: now, endReason: reason })
}

/** After a downgrade: who stays is the primary's choice; the connections of all others end at once (TMA-07). */
export const choose = (
  settings: Settings,
  team: Team,
  staying: ReadonlyArray<CoverageId>,
  now: Instant.Instant
): Result.Result<ReadonlyArray<Coverage>, ChoiceDoesNotFit> => {
  const places = placesAt(settings, team.subscription, now)
  const all = connected(settings, team, now)
  const stay = new Set(staying)
  const kept = all.filter(({ id }) => stay.has(id))
  if (kept.length !== stay.size || kept.length > places) return Result.fail(new ChoiceDoesNotFit({ places }))
  return Result.succeed(
    all.filter(({ id }) => !stay.has(id)).map((coverage) => ({ ...coverage, endedAt: now, endReason: "choice" }))
  )
}

// ---- by time ---------------------------------------------------------------------------------------------------------------------------

/** What time, or a billing event, has made of one coverage. */
export type Change =
  | { readonly _tag: "Warned"; readonly coverage: Coverage; readonly until: Instant.Instant }
  | { readonly _tag: "Ended"; readonly coverage: Coverage }
  | { readonly _tag: "Started"; readonly coverage: Coverage }
  /** What both were told was about to end does not: another end is one to tell of again. */
  | { readonly _tag: "CarriedOn"; readonly coverage: Coverage }

/** What both sides are told of. */
export type ToldChange = Exclude<Change, { readonly _tag: "CarriedOn" }>

const ended = (coverage: Coverage, endedAt: Instant.Instant, endReason: EndReason): Change => ({
  _tag: "Ended",
  coverage: { ...coverage, endedAt, endReason }
})

const reviewWaiting = (
  settings: Settings,
  team: Team,
  coverage: Coverage,
  now: Instant.Instant
): Change | undefined => {
  const stretches = paid(team.subscription)
  const next = nextPeriod(settings, stretches, coverage.from, now)
  if (next._tag === "Awaited") return undefined
  if (next._tag === "Never" || isOver(stretches, next.first, now)) return ended(coverage, now, "unpaid")
  const from = Instant.latest(next.first.from, coverage.decidedAt)
  const slot: Slot = { term: "period", from, periodEnds: next.first.ends }
  return Result.match(roomFor(settings, team, slot, coverage.memberId), {
    onFailure: () => ended(coverage, now, "no-place"),
    onSuccess: (room) => ({ _tag: "Started", coverage: { ...coverage, ...slot, ...room } })
  })
}

const reviewOpen = (settings: Settings, team: Team, coverage: Coverage, now: Instant.Instant): Change | undefined => {
  const stretches = paid(team.subscription)
  const last = chain(settings, stretches, coverage).at(-1)
  if (last === undefined) return ended(coverage, now, "unpaid")
  if (!isAlive(settings, stretches, coverage, now)) {
    const goesOnPaid = stretches.some(({ from }) => from === last.until)
    return ended(coverage, last.until, goesOnPaid || last.until === coverage.periodEnds ? "time" : "unpaid")
  }
  const isFixed = endIsFixed(settings, stretches, coverage, last)
  if (coverage.warnedAt !== null) {
    return isFixed ? undefined : { _tag: "CarriedOn", coverage: { ...coverage, warnedAt: null } }
  }
  return coverage.from <= now && isFixed && inLastDays(settings, last.until, now)
    ? { _tag: "Warned", coverage: { ...coverage, warnedAt: now }, until: last.until }
    : undefined
}

/**
 * What must be written down and told because time has gone by, or because a billing event came: decisions whose time is over (TMA-04, TMA-06),
 * those that are about to end, and those whose period is paid now (TMA-05), the oldest first. Looking twice finds nothing the second time.
 */
export const review = (settings: Settings, team: Team, now: Instant.Instant): ReadonlyArray<Change> => {
  const changes: Array<Change> = []
  let coverages = team.coverages
  for (const coverage of team.coverages.filter(({ endedAt }) => endedAt === null).sort(oldestFirst)) {
    const current: Team = { ...team, coverages }
    const change =
      coverage.term === "next"
        ? reviewWaiting(settings, current, coverage, now)
        : reviewOpen(settings, current, coverage, now)
    if (change === undefined) continue
    changes.push(change)
    coverages = coverages.map((other) => (other.id === coverage.id ? change.coverage : other))
  }
  return changes
}

/** Endings that follow from what was known, and that nobody wanted. For want of a place a promise lapses for good. */
const isConcluded = ({ endReason }: Coverage): boolean => endReason === "time" || endReason === "unpaid"

/** Whose coverage could prove to go on: members of those that have ended by what was known. */
export const revisable = ({ coverages }: Team): ReadonlyArray<AccountId> => [
  ...new Set(coverages.filter(isConcluded).map(({ memberId }) => memberId))
]

/** The decisions for the time of one that could go on, and how many places there are in it; nothing where it cannot go on. */
const rivalsOfEnded = (
  settings: Settings,
  team: Team,
  coverage: Coverage,
  now: Instant.Instant
): { readonly others: ReadonlyArray<Coverage>; readonly places: number } | undefined => {
  const stretches = paid(team.subscription)
  if (coverage.term === "next") {
    const next = nextPeriod(settings, stretches, coverage.from, now)
    if (next._tag === "Never" || (next._tag === "Paid" && isOver(stretches, next.first, now))) return undefined
    const slot: Slot =
      next._tag === "Awaited"
        ? { term: "next", from: coverage.from, periodEnds: null }
        : {
            term: "period",
            from: Instant.latest(next.first.from, coverage.decidedAt),
            periodEnds: next.first.ends
          }
    return { others: rivals(settings, team, slot), places: placesFor(settings, team.subscription, slot) }
  }
  if (!isAlive(settings, stretches, coverage, now)) return undefined
  const last = chain(settings, stretches, coverage).at(-1)
  if (last === undefined) return undefined
  const others = team.coverages.filter((other) => {
    if (other.endedAt !== null || !isAlive(settings, stretches, other, now)) return false
    const until = chain(settings, stretches, other).at(-1)?.until
    return until !== undefined && other.from < last.until && coverage.from < until
  })
  return { others, places: placesOf(settings, (stretchAt(stretches, Instant.latest(now, coverage.from)) ?? last).plan) }
}

/** Its own place, or another where that was given away; nothing where there is none. */
const placeAgain = (
  coverage: Coverage,
  open: ReadonlyArray<Coverage>,
  places: number
): Pick<Coverage, "place" | "places"> | undefined => {
  if (coverage.place === null || coverage.places === null) return { place: null, places: null }
  const taken = new Set(open.filter(({ periodEnds }) => periodEnds === coverage.periodEnds).map(({ place }) => place))
  if (!taken.has(coverage.place)) return { place: coverage.place, places: coverage.places }
  let place = 0
  while (taken.has(place)) place++
  return place < Math.max(places, coverage.places) ? { place, places: Math.max(places, coverage.places) } : undefined
}

/**
 * Coverages that have ended by what was known, and that go on by what is known now: whatever the order in which billing events arrive, it comes to the
 * same (SUB-02). Whoever was given a place since then keeps it, and a member who is not `free` any more is left out. The oldest first, open again.
 */
export const revived = (
  settings: Settings,
  team: Team,
  free: (memberId: AccountId) => boolean,
  now: Instant.Instant
): ReadonlyArray<Coverage> => {
  const found: Array<Coverage> = []
  for (const ended of team.coverages.filter(isConcluded).sort(oldestFirst)) {
    const coverage: Coverage = { ...ended, warnedAt: null, endedAt: null, endReason: null }
    const open = [...team.coverages.filter(({ endedAt }) => endedAt === null), ...found]
    const time = rivalsOfEnded(settings, { ...team, coverages: open }, coverage, now)
    if (time === undefined || !free(coverage.memberId)) continue
    const { others, places } = time
    if (others.some(({ memberId }) => memberId === coverage.memberId)) continue
    const isNewcomer = ({ decidedAt }: Coverage) => ended.endedAt !== null && decidedAt > ended.endedAt
    if (others.some(isNewcomer) && others.length >= places) continue
    const given = placeAgain(coverage, open, places)
    if (given !== undefined) found.push({ ...coverage, ...given })
  }
  return found
}

/** Whether the period that a promise waits for is paid, so that `review` begins it. */
export const beginsNow = (settings: Settings, team: Team, promise: Coverage, now: Instant.Instant): boolean =>
  nextPeriod(settings, paid(team.subscription), promise.from, now)._tag === "Paid"

/** When `review` can find something next if nothing else happens; null where it never will. */
export const reviewDue = (settings: Settings, team: Team, now: Instant.Instant): Instant.Instant | null => {
  const stretches = paid(team.subscription)
  const over = endsAt(settings, stretches)
  const due = team.coverages
    .filter(({ endedAt }) => endedAt === null)
    .map((coverage): Instant.Instant => {
      const last = chain(settings, stretches, coverage).at(-1)
      if (coverage.term === "next" || last === undefined) return over ?? now
      if (!endIsFixed(settings, stretches, coverage, last)) return over ?? now
      if (coverage.warnedAt !== null) return last.until
      return Instant.latest(coverage.from, Instant.minus(last.until, settings.subscriptions.lastDays))
    })
  return due.length === 0 ? null : Instant.fromMillis(Math.min(...due))
}

import { Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, CoverageId } from "../kernel/ids.ts"
import type { Settings } from "../kernel/Settings.ts"
import { covered, holds, placesAt, reaches, type Team } from "./Coverage.ts"
import { planNamed, TEAM_MEMBERS } from "./Plan.ts"
import { paid, type Standing, standingAt, stretchAt } from "./Subscription.ts"

/** All that an account's entitlements depend on besides the time. */
export interface Facts {
  readonly accountId: AccountId
  /** The account's own subscription, with its members. */
  readonly own: Team
  /** The teams that it is, or was, a member of. */
  readonly memberOf: ReadonlyArray<Team>
}

/**
 * Why, or why not (SUB-03):
 *
 * - `subscription`, `trial`, `coverage`: what entitles, of which plan and until when; a coverage also names the primary account
 * - `missing`: nothing does. `subscription`: there is none. `payment`: a payment is awaited. `ended`: it is over. `feature`: the plan in force does
 *   not contain it. `place`: connected, but the plan has become too small and the primary has not chosen yet
 */
export const Explanation = Schema.Union([
  Schema.TaggedStruct("Subscription", { plan: Schema.String, until: Instant.Instant }),
  Schema.TaggedStruct("Trial", { plan: Schema.String, until: Instant.Instant }),
  Schema.TaggedStruct("Coverage", {
    plan: Schema.String,
    until: Instant.Instant,
    primaryId: AccountId,
    coverageId: CoverageId
  }),
  Schema.TaggedStruct("Missing", {
    what: Schema.Literals(["subscription", "payment", "ended", "feature", "place"])
  })
])
export type Explanation = typeof Explanation.Type

/** What somebody shares at a time. */
export interface Shared {
  readonly plan: string
  readonly until: Instant.Instant
  readonly primaryId: AccountId
  readonly coverageId: CoverageId
}

/** The plans that the account shares as a team member at a time (TMA-01). */
export const sharedAt = (settings: Settings, facts: Facts, at: Instant.Instant): ReadonlyArray<Shared> =>
  facts.memberOf.flatMap((team) => {
    const stretches = paid(team.subscription)
    const plan = stretchAt(stretches, at)?.plan
    return covered(settings, team, at)
      .filter(({ memberId }) => memberId === facts.accountId)
      .flatMap((coverage): ReadonlyArray<Shared> => {
        const until = reaches(settings, stretches, coverage)
        return plan === undefined || until === null
          ? []
          : [{ plan, until, primaryId: coverage.primaryId, coverageId: coverage.id }]
      })
  })

/** Whether the account is connected at a time and has no place, because the plan became too small. */
const waitsForChoice = (settings: Settings, facts: Facts, at: Instant.Instant): boolean =>
  facts.memberOf.some((team) => {
    const stretches = paid(team.subscription)
    return (
      placesAt(settings, team.subscription, at) > 0 &&
      team.coverages.some(
        (coverage) => coverage.memberId === facts.accountId && holds(settings, stretches, coverage, at)
      )
    )
  })

/** Only what is paid for has places for team members: not a trial, and not what somebody shares. */
const ownContains = (settings: Settings, standing: Standing, feature: string): boolean => {
  const plan = planNamed(settings, standing.plan)
  if (plan === undefined || !standing.entitles) return false
  if (feature === TEAM_MEMBERS) return plan.teamMembers > 0 && standing.state !== "trial"
  return plan.features.includes(feature)
}

/** Through what the account is entitled to a feature at a time, or what is missing (SUB-03). */
export const explain = (settings: Settings, facts: Facts, feature: string, at: Instant.Instant): Explanation => {
  const standing = standingAt(settings, facts.own.subscription, at)
  if (standing !== null && ownContains(settings, standing, feature)) {
    return {
      _tag: standing.state === "trial" ? "Trial" : "Subscription",
      plan: standing.plan,
      until: standing.until
    }
  }
  const shared = sharedAt(settings, facts, at)
  const through = shared.find(
    ({ plan }) => feature !== TEAM_MEMBERS && (planNamed(settings, plan)?.features.includes(feature) ?? false)
  )
  if (through !== undefined) return { _tag: "Coverage", ...through }
  if (standing?.entitles === true || shared.length > 0) return { _tag: "Missing", what: "feature" }
  if (waitsForChoice(settings, facts, at)) return { _tag: "Missing", what: "place" }
  if (standing === null) return { _tag: "Missing", what: "subscription" }
  return { _tag: "Missing", what: standing.state === "past-due" ? "payment" : "ended" }
}

/** Whether the account may use a feature at a time: a function of facts and time, and of nothing else (SUB-03). */
export const entitlement = (settings: Settings, facts: Facts, feature: string, at: Instant.Instant): boolean =>
  explain(settings, facts, feature, at)._tag !== "Missing"

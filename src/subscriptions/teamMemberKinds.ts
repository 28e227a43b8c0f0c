import { Effect, Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId } from "../kernel/ids.ts"
import { Settings } from "../kernel/Settings.ts"
import { AskerCannotDecide, type Audience } from "../requests/Request.ts"
import * as RequestKind from "../requests/RequestKind.ts"
import type { Detail } from "../requests/requestMails.ts"
import * as Coverage from "./Coverage.ts"
import { type SubscriptionState, standingAt } from "./Subscription.ts"
import { SubscriptionRepository } from "./SubscriptionRepository.ts"
import { accountOf, connect, nameOfPlan } from "./teams.ts"

const sides = {
  primaryEmail: EmailAddress,
  memberEmail: EmailAddress,
  /** The other side's account where the plan is a self-service one; staff decide where it is null. */
  decider: Schema.NullOr(AccountId)
}

const audience = ({ decider }: { readonly decider: AccountId | null }): Audience =>
  decider === null ? { _tag: "Staff", role: "agent" } : { _tag: "Account", accountId: decider }

const decidedBy = ({ decider }: { readonly decider: AccountId | null }) => (decider === null ? "staff" : "side")

interface Sides {
  readonly primaryEmail: EmailAddress
  readonly memberEmail: EmailAddress
}

const describe = ({ memberEmail, primaryEmail }: Sides): ReadonlyArray<Detail> => [
  { label: { de: "Hauptkonto", en: "Primary account" }, value: primaryEmail },
  { label: { de: "Teammitglied", en: "Team member" }, value: memberEmail }
]

const both = (de: string, en: string): Detail["value"] => (de === en ? de : { de, en })
const yes = both("ja", "yes")
const no = both("nein", "no")

const states: Readonly<Record<SubscriptionState, Detail["value"]>> = {
  trial: both("Testphase", "trial"),
  active: both("aktiv", "active"),
  "past-due": both("Zahlung offen", "past due"),
  ended: both("beendet", "ended")
}

const obstacles: Readonly<Record<Coverage.Obstacle, Detail["value"]>> = {
  "no-account": both("kein Benutzerkonto mit dieser Adresse", "no account with this address"),
  "same-account": both("dasselbe Benutzerkonto wie das Hauptkonto", "the same account as the primary"),
  "has-members": both("ist selbst Hauptkonto mit Teammitgliedern", "is itself a primary account with members"),
  "covered-elsewhere": both(
    "nutzt schon den Tarif eines anderen Hauptkontos",
    "shares the plan of another primary account"
  ),
  "primary-covered": both(
    "das Hauptkonto nutzt selbst den Tarif eines anderen",
    "the primary account itself shares the plan of another one"
  )
}

type Known = Sides & { readonly decider: AccountId | null }

/** Where staff decide, neither of the two sides is the third party that does (R-AP-01). */
const noDeciders = ({ decider, memberEmail, primaryEmail }: Known) =>
  decider === null ? [primaryEmail, memberEmail] : []

/** What those who decide must know as it is now: staff of both accounts (TMA-02), a side that decides of the plan that is shared. */
const factsFor = Effect.fnUntraced(function* ({ decider, memberEmail, primaryEmail }: Known) {
  const subscriptions = yield* SubscriptionRepository
  const settings = yield* Settings
  const now = yield* Instant.now
  const primary = yield* accountOf(primaryEmail)
  const member = yield* accountOf(memberEmail)
  const ids = [...(primary === null ? [] : [primary.id]), ...(member === null ? [] : [member.id])]
  const facts = ids.length === 0 ? [] : yield* subscriptions.facts([...new Set(ids)], now)
  const own = facts.find(({ accountId }) => accountId === primary?.id)
  const theirs = facts.find(({ accountId }) => accountId === member?.id)
  const standing = own === undefined ? null : standingAt(settings, own.own.subscription, now)
  const name = standing === null ? null : nameOfPlan(settings, standing.plan)
  const plan: Detail = {
    label: { de: "Tarif", en: "Plan" },
    value: name === null ? both("keiner", "none") : both(name.de, name.en)
  }
  if (decider !== null) return [plan]

  const details: Array<Detail> = [
    {
      label: { de: "Hauptkonto: Nummer", en: "Primary account: number" },
      value: primary === null ? obstacles["no-account"] : primary.number
    },
    plan
  ]
  if (own !== undefined && standing !== null) {
    const places = Coverage.placesAt(settings, own.own.subscription, now)
    details.push(
      { label: { de: "Abonnement", en: "Subscription" }, value: states[standing.state] },
      { label: { de: "Bezahlt bis", en: "Paid until" }, value: Instant.toIso(standing.until) },
      {
        label: { de: "Belegte Plätze", en: "Places taken" },
        value: `${Coverage.connected(settings, own.own, now).length} / ${places}`
      }
    )
  }
  details.push({
    label: { de: "Teammitglied: Nummer", en: "Team member: number" },
    value: member === null ? obstacles["no-account"] : member.number
  })
  if (primary !== null && theirs !== undefined) {
    const isMember = own !== undefined && Coverage.isMember(settings, own, now)
    const obstacle =
      Coverage.obstacleOf(settings, primary.id, theirs, now) ?? (isMember ? ("primary-covered" as const) : null)
    const before = yield* subscriptions.wereConnected(primary.id, theirs.accountId)
    details.push({
      label: { de: "Schon einmal verbunden", en: "Connected before" },
      value: before ? yes : no
    })
    if (obstacle !== null) details.push({ label: { de: "Hindernis", en: "Obstacle" }, value: obstacles[obstacle] })
  }
  return details
})

/** Staff who are one of the two accounts, or stand in for it, are not the third party that decides (REQ-04, R-AP-01). */
const asThirdParty = (
  { decider }: { readonly decider: AccountId | null },
  { accountId, onBehalfOf }: { readonly accountId: AccountId; readonly onBehalfOf: AccountId | null },
  sides: ReadonlyArray<{ readonly id: AccountId } | null>
) =>
  decider === null && sides.some((side) => side !== null && (side.id === accountId || side.id === onBehalfOf))
    ? Effect.fail(new AskerCannotDecide())
    : Effect.void

/** "Please connect this team member": decided by staff, for self-service plans by the member (TMA-02, TMA-03). */
export const connectTeamMember = RequestKind.make({
  name: "ConnectTeamMember",
  title: { de: "Teammitglied verbinden", en: "Connect a team member" },
  payload: Schema.Struct(sides),
  audience,
  sides: noDeciders,
  identity: ({ memberEmail }) => memberEmail,
  describe,
  facts: ({ payload }) => factsFor(payload),
  approve: ({ authority, payload }, unit) =>
    Effect.gen(function* () {
      const primary = yield* accountOf(payload.primaryEmail)
      const member = yield* accountOf(payload.memberEmail)
      yield* asThirdParty(payload, authority, [primary, member])
      return yield* connect(unit, { primary, member, askedForNext: null, by: decidedBy(payload) })
    })
})

/** "Please connect us again", by either side (TMA-05). */
export const reactivateTeamMember = RequestKind.make({
  name: "ReactivateTeamMember",
  title: { de: "Teammitglied erneut verbinden", en: "Connect a team member again" },
  payload: Schema.Struct({
    ...sides,
    /** The end of the period in whose last days it was asked for: then it is for the one after. */
    askedForNext: Schema.NullOr(Instant.Instant)
  }),
  audience,
  sides: noDeciders,
  identity: ({ memberEmail, primaryEmail }) => `${primaryEmail} ${memberEmail}`,
  describe,
  facts: ({ payload }) =>
    Effect.map(
      factsFor(payload),
      (details): ReadonlyArray<Detail> =>
        payload.askedForNext === null
          ? details
          : [
              {
                label: { de: "Für den Zeitraum ab", en: "For the period from" },
                value: Instant.toIso(payload.askedForNext)
              },
              ...details
            ]
    ),
  approve: ({ authority, payload }, unit) =>
    Effect.gen(function* () {
      const primary = yield* accountOf(payload.primaryEmail)
      const member = yield* accountOf(payload.memberEmail)
      yield* asThirdParty(payload, authority, [primary, member])
      return yield* connect(unit, { primary, member, askedForNext: payload.askedForNext, by: decidedBy(payload) })
    })
})

/** Every kind of request of the room. */
export const requestKinds = [connectTeamMember, reactivateTeamMember] as const

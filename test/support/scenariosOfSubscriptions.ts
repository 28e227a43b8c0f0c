import { Effect } from "effect"
import * as Instant from "../../src/kernel/Instant.ts"
import { Subscriptions, TeamMembers } from "../../src/subscriptions/index.ts"
import { DAY, day } from "../subscriptions/samples.ts"
import {
  agent,
  approve,
  bill,
  connect,
  connected,
  coverageOf,
  type Person,
  person,
  reactivate
} from "../subscriptions/world.ts"
import { anonymously, as } from "./portal.ts"
import { job, pass, type Scenario, scenario } from "./scenario.ts"

/** Days are counted as the billing system of these tests does. */
const today = Effect.map(Instant.now, (now) => Math.floor(now / DAY))

// ---- people and what they pay for ------------------------------------------------------------------------------------------------------

/** The primary has paid for a period of 30 days from now on. */
const paidFor = Effect.fnUntraced(function* (plan: string) {
  const primary = yield* person("primary")
  const start = yield* today
  yield* bill.paid(primary, plan, start, start + 30)
  return { primary, start }
})

/** With somebody who is not connected yet. */
const twoOf = Effect.fnUntraced(function* (plan: string) {
  const paid = yield* paidFor(plan)
  return { ...paid, member: yield* person("member") }
})

/** A plan whose members staff confirm, with every place taken. */
const team = Effect.gen(function* () {
  const two = yield* twoOf("team")
  const second = yield* person("second")
  const decider = yield* agent()
  yield* connected(decider, two.primary, two.member)
  yield* pass("1 day")
  yield* connected(decider, two.primary, second)
  return { ...two, second, decider }
})

/** In the last days of the period the first member asked for the next one, and staff said yes. */
const promised = Effect.gen(function* () {
  const all = yield* team
  yield* pass("25 days")
  yield* approve(all.decider, yield* reactivate(all.member, all.primary, all.member))
  return all
})

/** The plan that is paid for now has a place for one of the two members. */
const tooMany = Effect.gen(function* () {
  const all = yield* team
  yield* pass("4 days")
  yield* bill.paid(all.primary, "pair", all.start + 5, all.start + 30)
  return all
})

const coverageIdOf = Effect.fnUntraced(function* (member: Person) {
  const [coverage] = yield* coverageOf(member)
  return coverage === undefined ? yield* Effect.die(new Error("nobody is connected")) : coverage.coverageId
})

/** What the billing system says of a person's account now. */
const said = Effect.fnUntraced(function* ({ account }: Person) {
  return { eventId: "b-last", accountId: account.id, at: yield* Instant.now }
})

const period = (from: number, until: number) => ({ from: day(from), until: day(until) })

// ---- the table -------------------------------------------------------------------------------------------------------------------------

const subscriptions: ReadonlyArray<Scenario> = [
  scenario(
    Subscriptions.plans,
    Effect.succeed(() => Subscriptions.plans({}).pipe(anonymously))
  ),
  scenario(
    Subscriptions.mine,
    Effect.map(
      team,
      ({ primary }) =>
        () =>
          Subscriptions.mine({}).pipe(as(primary.actor))
    )
  ),
  scenario(
    Subscriptions.mine,
    Effect.map(
      team,
      ({ member }) =>
        () =>
          Subscriptions.mine({}).pipe(as(member.actor))
    ),
    "of a team member"
  ),
  scenario(
    Subscriptions.startTrial,
    Effect.map(
      person("ada"),
      ({ actor }) =>
        (options) =>
          Subscriptions.startTrial({ plan: "team" }, options).pipe(as(actor))
    )
  ),
  scenario(
    Subscriptions.check,
    Effect.map(
      team,
      ({ member }) =>
        () =>
          Subscriptions.check({ feature: "work" }).pipe(as(member.actor))
    )
  ),
  scenario(
    Subscriptions.checkFor,
    Effect.map(
      team,
      ({ member }) =>
        () =>
          Subscriptions.checkFor({ accountId: member.account.id, feature: "work" }).pipe(job)
    )
  ),
  scenario(
    Subscriptions.applyBillingEvent,
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const start = yield* today
      const event = { type: "paid", plan: "team", ...(yield* said(ada)), ...period(start, start + 30) } as const
      return (options) => Subscriptions.applyBillingEvent(event, options).pipe(job)
    })
  ),
  scenario(
    Subscriptions.applyBillingEvent,
    Effect.gen(function* () {
      const { primary, start } = yield* promised
      const event = {
        type: "renewed",
        plan: "team",
        ...(yield* said(primary)),
        ...period(start + 30, start + 60)
      } as const
      yield* pass("5 days")
      return (options) => Subscriptions.applyBillingEvent(event, options).pipe(job)
    }),
    "a renewal for which one waited"
  ),
  scenario(
    Subscriptions.applyBillingEvent,
    Effect.gen(function* () {
      const { primary, start } = yield* team
      yield* pass("4 days")
      const event = {
        type: "paid",
        plan: "pair",
        ...(yield* said(primary)),
        ...period(start + 5, start + 30)
      } as const
      return (options) => Subscriptions.applyBillingEvent(event, options).pipe(job)
    }),
    "a plan with too few places"
  ),
  scenario(
    Subscriptions.applyBillingEvent,
    Effect.gen(function* () {
      const { primary, start } = yield* paidFor("team")
      const endsAt = day(start + 30)
      const event = { type: "cancelled", ...(yield* said(primary)), endsAt } as const
      return (options) => Subscriptions.applyBillingEvent(event, options).pipe(job)
    }),
    "a cancellation"
  ),
  scenario(
    Subscriptions.applyBillingEvent,
    Effect.gen(function* () {
      const { primary } = yield* paidFor("team")
      const event = { type: "failed", ...(yield* said(primary)) } as const
      return (options) => Subscriptions.applyBillingEvent(event, options).pipe(job)
    }),
    "a failure"
  ),
  scenario(
    Subscriptions.applyBillingEvent,
    Effect.gen(function* () {
      const { primary } = yield* paidFor("team")
      const event = { type: "failed", ...(yield* said(primary)) } as const
      yield* Subscriptions.applyBillingEvent(event).pipe(job)
      return (options) => Subscriptions.applyBillingEvent(event, options).pipe(job)
    }),
    "the same again"
  ),
  scenario(
    Subscriptions.review,
    Effect.gen(function* () {
      const { account, actor } = yield* person("ada")
      yield* Subscriptions.startTrial({ plan: "team" }).pipe(as(actor))
      yield* pass("14 days")
      return (options) => Subscriptions.review({ accountId: account.id }, options).pipe(job)
    }),
    "of a trial that is over"
  ),
  scenario(
    Subscriptions.review,
    Effect.gen(function* () {
      const { primary } = yield* team
      yield* pass("25 days")
      return (options) => Subscriptions.review({ accountId: primary.account.id }, options).pipe(job)
    }),
    "of members whose period is about to end"
  ),
  scenario(
    Subscriptions.review,
    Effect.gen(function* () {
      const { primary } = yield* team
      yield* pass("30 days")
      return (options) => Subscriptions.review({ accountId: primary.account.id }, options).pipe(job)
    }),
    "of members whose period is over"
  ),
  scenario(
    Subscriptions.review,
    Effect.map(
      paidFor("team"),
      ({ primary }) =>
        (options) =>
          Subscriptions.review({ accountId: primary.account.id }, options).pipe(job)
    ),
    "with nothing due"
  )
]

const teamMembers: ReadonlyArray<Scenario> = [
  scenario(
    TeamMembers.list,
    Effect.map(
      team,
      ({ primary }) =>
        () =>
          TeamMembers.list({}).pipe(as(primary.actor))
    )
  ),
  scenario(
    TeamMembers.askToConnect,
    Effect.map(
      twoOf("team"),
      ({ member, primary }) =>
        (options) =>
          TeamMembers.askToConnect({ email: member.account.email }, options).pipe(as(primary.actor))
    )
  ),
  scenario(
    TeamMembers.askToConnect,
    Effect.map(
      twoOf("agency"),
      ({ member, primary }) =>
        (options) =>
          TeamMembers.askToConnect({ email: member.account.email }, options).pipe(as(primary.actor))
    ),
    "whom the member decides about"
  ),
  scenario(
    TeamMembers.askToConnect,
    Effect.gen(function* () {
      const { member, primary } = yield* twoOf("team")
      yield* connect(primary, member)
      return (options) => TeamMembers.askToConnect({ email: member.account.email }, options).pipe(as(primary.actor))
    }),
    "the same again"
  ),
  scenario(
    TeamMembers.askToReactivate,
    Effect.gen(function* () {
      const { member, primary } = yield* team
      yield* pass("25 days")
      const input = { primaryEmail: primary.account.email, memberEmail: member.account.email }
      return (options) => TeamMembers.askToReactivate(input, options).pipe(as(primary.actor))
    }),
    "for the next period"
  ),
  scenario(
    TeamMembers.askToReactivate,
    Effect.gen(function* () {
      const { member, primary } = yield* team
      yield* TeamMembers.end({ coverageId: yield* coverageIdOf(member) }).pipe(as(primary.actor))
      const input = { primaryEmail: primary.account.email, memberEmail: member.account.email }
      return (options) => TeamMembers.askToReactivate(input, options).pipe(as(member.actor))
    }),
    "by the member"
  ),
  scenario(
    TeamMembers.end,
    Effect.gen(function* () {
      const { member, primary } = yield* team
      const coverageId = yield* coverageIdOf(member)
      return (options) => TeamMembers.end({ coverageId }, options).pipe(as(primary.actor))
    })
  ),
  scenario(
    TeamMembers.end,
    Effect.gen(function* () {
      const { member } = yield* promised
      const coverageId = yield* coverageIdOf(member)
      return (options) => TeamMembers.end({ coverageId }, options).pipe(as(member.actor))
    }),
    "by the member, with what was promised"
  ),
  scenario(
    TeamMembers.chooseWhoStays,
    Effect.gen(function* () {
      const { primary, second } = yield* tooMany
      const coverageIds = [yield* coverageIdOf(second)]
      return (options) => TeamMembers.chooseWhoStays({ coverageIds }, options).pipe(as(primary.actor))
    })
  ),
  scenario(
    TeamMembers.chooseWhoStays,
    Effect.map(
      tooMany,
      ({ primary }) =>
        (options) =>
          TeamMembers.chooseWhoStays({ coverageIds: [] }, options).pipe(as(primary.actor))
    ),
    "nobody"
  )
]

/** The scenarios of subscriptions and team members. */
export const scenariosOfSubscriptions: ReadonlyArray<Scenario> = [...subscriptions, ...teamMembers]

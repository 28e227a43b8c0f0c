import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { job } from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import { Subscriptions } from "../../src/subscriptions/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { anonymously, as, everyPort, mailsTo } from "../support/portal.ts"
import { staff } from "../tenants/world.ts"
import { day, plans } from "./samples.ts"
import { atDay, bill, mayWork, person, runJob, tagOf, withTeams } from "./world.ts"

/** One of the operator's people who may bring billing events. */
const supervisor = Effect.fnUntraced(function* (name: string) {
  const { account } = yield* person(name)
  const members = yield* StaffRepository
  yield* members.save({ accountId: account.id, roles: ["supervisor"], since: yield* Instant.now })
  return yield* staff(account, "supervisor")
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withTeams(), storage)
  const mine = (someone: Effect.Success<ReturnType<typeof person>>) => Subscriptions.mine({}).pipe(as(someone.actor))

  describe(`subscriptions (${adapter})`, () => {
    it.effect("SUB-01 plans are data: key, names, period, features, places, and how members are connected", () =>
      Effect.gen(function* () {
        const answer = yield* Subscriptions.plans({}).pipe(anonymously)
        assert.deepStrictEqual(
          answer.plans.map(({ key }) => key),
          plans.map(({ key }) => key)
        )
        assert.deepStrictEqual(answer.plans[4], {
          key: "agency",
          name: { de: "agency", en: "agency" },
          period: "month",
          features: ["work"],
          includesTeamMembers: true,
          teamMembers: 3,
          connection: "self-service",
          trialDays: 14
        })
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-04 its holder sees what the plan contains, and whether team members are part of it", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        assert.deepStrictEqual(yield* mine(ada), {
          subscription: null,
          shared: [],
          team: { places: 0, connected: 0, covered: 0, mustChoose: false },
          trials: plans.map(({ key }) => key)
        })
        yield* bill.paid(ada, "alone", 0, 30)
        const alone = yield* mine(ada)
        assert.deepInclude(alone.subscription?.plan, { key: "alone", features: ["work"], includesTeamMembers: false })
        assert.deepStrictEqual(alone.trials, [])
        yield* bill.paid(ada, "team", 0, 30)
        const team = yield* mine(ada)
        assert.deepInclude(team.subscription?.plan, { key: "team", includesTeamMembers: true, teamMembers: 2 })
        assert.deepInclude(team.subscription, { state: "active", from: day(0), until: day(30), entitles: true })
        assert.strictEqual(team.team.places, 2)
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-02 billing events count once by their id, in whatever order and however late they come", () =>
      Effect.gen(function* () {
        const [ada, ben] = [yield* person("ada"), yield* person("ben")]
        yield* atDay(50)
        const told = [
          { type: "paid", at: 0, plan: "team", from: 0, until: 30 },
          { type: "renewed", at: 30, plan: "team", from: 30, until: 60 },
          { type: "paid", at: 40, plan: "pair", from: 40, until: 60 },
          { type: "failed", at: 45 },
          { type: "cancelled", at: 46, endsAt: 60 }
        ] as const
        const say = (someone: typeof ada, n: number) => {
          const one = told[n]
          assert.isDefined(one)
          const common = { eventId: `${someone.account.id} ${n}`, accountId: someone.account.id, at: day(one.at) }
          if (one.type === "failed") return bill.event({ type: "failed", ...common })
          if (one.type === "cancelled") return bill.event({ type: "cancelled", ...common, endsAt: day(one.endsAt) })
          return bill.event({ type: one.type, ...common, plan: one.plan, from: day(one.from), until: day(one.until) })
        }
        for (const n of [0, 1, 2, 3, 4]) assert.isTrue((yield* say(ada, n)).applied)
        for (const n of [4, 2, 2, 3, 1, 0, 4]) yield* say(ben, n)
        assert.isFalse((yield* say(ben, 1)).applied)
        assert.deepStrictEqual(yield* mine(ben), yield* mine(ada))
        assert.deepInclude((yield* mine(ben)).subscription, {
          state: "active",
          planKey: "pair",
          from: day(30),
          until: day(60),
          cancelled: true
        })
        const changed = {
          type: "failed",
          eventId: `${ada.account.id} 3`,
          accountId: ada.account.id,
          at: day(47)
        } as const
        assert.strictEqual(yield* tagOf(bill.event(changed)), "BillingEventChanged")
        assert.strictEqual(
          yield* tagOf(bill.event({ ...changed, at: day(45), accountId: ben.account.id })),
          "BillingEventChanged"
        )
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "SUB-02 only the host's job and senior staff bring billing events, of plans and accounts that exist",
      () =>
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const event = {
            type: "paid",
            eventId: "e",
            accountId: ada.account.id,
            at: 0,
            plan: "team",
            from: day(0),
            until: day(30)
          } as const
          const junior = yield* staff(ada.account, "agent")
          assert.strictEqual(yield* tagOf(Subscriptions.applyBillingEvent(event).pipe(as(junior))), "NotAllowed")
          assert.strictEqual(yield* tagOf(bill.event({ ...event, plan: "none" })), "UnknownPlan")
          assert.strictEqual(yield* tagOf(bill.event({ ...event, until: day(0) })), "InvalidInput")
          assert.strictEqual(
            yield* tagOf(bill.event({ ...event, accountId: "01890000-0000-7000-8000-000000000000" })),
            "NotFound"
          )
          assert.strictEqual((yield* mine(ada)).subscription, null)
          const senior = yield* supervisor("senior")
          assert.isTrue((yield* Subscriptions.applyBillingEvent(event).pipe(as(senior))).applied)
        }).pipe(Effect.provide(portal))
    )

    it.effect(
      "SUB-02 R-AP-05 R-AP-08 staff bring a billing event with a fresh proof of identity, as long as they are staff, and none of their own",
      () =>
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const senior = yield* supervisor("senior")
          const paid = (accountId: typeof senior.accountId) =>
            Subscriptions.applyBillingEvent({
              type: "paid",
              eventId: `of ${accountId}`,
              accountId,
              at: 0,
              plan: "team",
              from: day(0),
              until: day(30)
            }).pipe(as(senior))
          assert.strictEqual(yield* tagOf(paid(senior.accountId)), "NotAllowed")
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(yield* tagOf(paid(ada.account.id)), "StepUpRequired")
          // dismissed since the session began
          const members = yield* StaffRepository
          const fresh = { ...senior, authenticatedAt: yield* Instant.now }
          yield* members.remove(senior.accountId)
          const late = (actor: typeof senior) =>
            Subscriptions.applyBillingEvent({ type: "failed", eventId: "f", accountId: ada.account.id, at: 0 }).pipe(
              as(actor)
            )
          assert.strictEqual(yield* tagOf(late(fresh)), "NotAllowed")
          yield* members.save({ accountId: senior.accountId, roles: ["agent"], since: Instant.fromMillis(0) })
          assert.strictEqual(yield* tagOf(late(fresh)), "NotAllowed")
          assert.strictEqual(yield* tagOf(late({ ...fresh, credentialEpoch: 1 })), "SignInRequired")
          assert.strictEqual((yield* mine(ada)).subscription, null)
        }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-02 G-01 an event of a year that has no four digits is refused", () =>
      Effect.gen(function* () {
        const somebody = yield* person("somebody")
        for (const far of [2_932_897, 100_000_000]) {
          assert.strictEqual(yield* tagOf(bill.paid(somebody, "team", 0, far)), "InvalidInput")
          assert.strictEqual(yield* tagOf(bill.cancelled(somebody, far)), "InvalidInput")
        }
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-02 an event that comes again is known, also when its plan has been taken away since", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const settings = yield* Settings
        const without = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          Effect.provideService(effect, Settings, {
            ...settings,
            plans: settings.plans.filter(({ key }) => key !== "team")
          })
        const event = {
          type: "paid",
          eventId: "e",
          accountId: ada.account.id,
          at: 0,
          plan: "team",
          from: day(0),
          until: day(30)
        } as const
        assert.isTrue((yield* bill.event(event)).applied)
        const again = yield* without(bill.event(event))
        assert.isFalse(again.applied)
        assert.deepInclude(again.subscription, { planKey: "team", plan: null })
        assert.strictEqual(yield* tagOf(without(bill.event({ ...event, eventId: "new" }))), "UnknownPlan")
        assert.strictEqual(yield* tagOf(without(bill.event({ ...event, until: day(31) }))), "BillingEventChanged")
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-05 a trial starts once, ends by itself with one mail, and a new one is refused", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const start = (plan: string) => Subscriptions.startTrial({ plan }).pipe(as(ada.actor))
        assert.strictEqual(yield* tagOf(start("none")), "UnknownPlan")
        const { from, until } = yield* start("team")
        assert.deepStrictEqual([from, until], [day(0), day(14)])
        assert.strictEqual(yield* mayWork(ada), "Trial")
        assert.strictEqual(yield* tagOf(start("pair")), "TrialUsed")
        yield* atDay(13)
        yield* runJob
        assert.strictEqual((yield* mailsTo(ada.account.email)).length, 0)
        yield* atDay(14)
        assert.strictEqual(yield* mayWork(ada), "ended")
        yield* runJob
        yield* runJob
        assert.deepStrictEqual(
          (yield* mailsTo(ada.account.email)).map(({ kind }) => kind),
          ["subscriptions.trialEnded"]
        )
        assert.strictEqual(yield* tagOf(start("team")), "TrialUsed")
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-05 a trial becomes paid, without a mail that it is over; who has paid starts none", () =>
      Effect.gen(function* () {
        const [ada, ben] = [yield* person("ada"), yield* person("ben")]
        yield* Subscriptions.startTrial({ plan: "team" }).pipe(as(ada.actor))
        yield* bill.paid(ada, "team", 5, 35)
        yield* atDay(6)
        assert.strictEqual(yield* mayWork(ada), "Subscription")
        yield* atDay(20)
        yield* runJob
        assert.deepStrictEqual(yield* mailsTo(ada.account.email), [])
        yield* bill.paid(ben, "team", 0, 30)
        assert.strictEqual(
          yield* tagOf(Subscriptions.startTrial({ plan: "team" }).pipe(as(ben.actor))),
          "SubscriptionExists"
        )
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-03 the host's programs ask for any account, and get the same answer as its holder", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        yield* bill.paid(ada, "team", 0, 30)
        const own = yield* Subscriptions.check({ feature: "work" }).pipe(as(ada.actor))
        const asked = Subscriptions.checkFor({ accountId: ada.account.id, feature: "work" })
        assert.deepStrictEqual(yield* asked.pipe(as(job("host"))), own)
        assert.deepStrictEqual(own, {
          entitled: true,
          explanation: { _tag: "Subscription", plan: "team", until: day(30) }
        })
        assert.deepStrictEqual((yield* Subscriptions.check({ feature: "play" }).pipe(as(ada.actor))).explanation, {
          _tag: "Missing",
          what: "feature"
        })
        const unknown = { accountId: "01890000-0000-7000-8000-000000000000", feature: "work" }
        assert.strictEqual(yield* tagOf(Subscriptions.checkFor(unknown).pipe(as(job("host")))), "NotFound")
      }).pipe(Effect.provide(portal))
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { job } from "../../src/kernel/Actor.ts"
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
  mayWork,
  type Person,
  person,
  reactivate,
  runJob,
  tagOf,
  withTeams
} from "../subscriptions/world.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { as, everyPort, mailsTo } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"

/** Runs effects so that all of them begin at the same moment; answers what became of each. */
const race = <const Effects extends ReadonlyArray<Effect.Effect<unknown, unknown, unknown>>>(effects: Effects) => {
  type Each = Effects[number]
  return Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(
      // a list of different effects is a list of effects of the unions
      effects as ReadonlyArray<Effect.Effect<Effect.Success<Each>, Effect.Error<Each>, Effect.Services<Each>>>,
      (effect) => Effect.andThen(gate, effect),
      { concurrency: "unbounded" }
    )
  })
}

const today = Effect.map(Instant.now, (now) => Math.floor(now / DAY))

const teamOf = ({ actor }: Person) =>
  Effect.map(Subscriptions.mine({}).pipe(as(actor)), ({ team }) => [team.connected, team.places])

const endOf = (someone: Person) =>
  Effect.flatMap(coverageOf(someone), ([first]) =>
    first === undefined
      ? Effect.succeed("none")
      : tagOf(TeamMembers.end({ coverageId: first.coverageId }).pipe(as(someone.actor)))
  )

forEachAdapter(everyPort, (adapter, storage) => {
  /** On a server each of several outcomes comes about; in one process the order of the writers may be the same every time. */
  const seenBoth = (outcomes: ReadonlySet<unknown>): void => {
    if (adapter === "postgres") assert.isAbove(outcomes.size, 1, "the same outcome in every round")
  }
  const portal = Layer.provideMerge(withTeams(), storage)
  type Portal = Layer.Success<typeof portal>
  // one process without a server has one writer, so that there are fewer interleavings to find
  const usual = adapter === "postgres" ? rounds(200, 2000) : rounds(30, 300)
  const fewer = rounds(30, 300)

  const inRounds = <A, E>(
    round: (n: number, staff: Effect.Success<ReturnType<typeof agent>>) => Effect.Effect<A, E, Portal>,
    times = usual
  ) =>
    Effect.gen(function* () {
      const staff = yield* agent()
      for (let n = 0; n < times; n++) yield* round(n, staff)
    }).pipe(Effect.provide(portal))

  /** Somebody whose subscription is stored already, so that making its row keeps nobody waiting who does not lock it. */
  const known = Effect.fnUntraced(function* (name: string) {
    const someone = yield* person(name)
    yield* Subscriptions.startTrial({ plan: "team" }).pipe(as(someone.actor))
    return someone
  })

  /** A primary whose period runs from yesterday for a month. */
  const payer = Effect.fnUntraced(function* (name: string, plan: string) {
    const primary = yield* person(name)
    const now = yield* today
    yield* bill.paid(primary, plan, now - 1, now + 29, now - 1)
    return primary
  })

  describe(`races of subscriptions (${adapter})`, { timeout: 300_000 }, () => {
    it.live("TMA-07 V-26 the last free place confirmed twice at once is given away once", () => {
      const winners = new Set<number>()
      return inRounds((n, staff) =>
        Effect.gen(function* () {
          const primary = yield* payer(`primary${n}`, "pair")
          const members = yield* Effect.forEach([1, 2, 3], (m) => known(`member${n}-${m}`))
          const asked = yield* Effect.forEach(members, (member) => connect(primary, member))
          const results = yield* race(asked.map((one) => tagOf(approve(staff, one))))
          winners.add(results.indexOf("ok"))
          assert.deepStrictEqual([...results].sort(), ["NoPlaceLeft", "NoPlaceLeft", "ok"])
          assert.deepStrictEqual(yield* teamOf(primary), [1, 1])
          const entitled = yield* Effect.forEach(members, mayWork)
          assert.deepStrictEqual(
            entitled,
            // by their own trial, which goes before what they share
            results.map(() => "Trial")
          )
          // one mail to each side, of the one confirmation
          const mails = yield* Effect.forEach([primary, ...members], ({ account }) => mailsTo(account.email))
          assert.strictEqual(mails.flat().filter(({ kind }) => kind === "subscriptions.coverageBegan").length, 2)
        })
      ).pipe(Effect.andThen(Effect.sync(() => seenBoth(winners))))
    })

    it.live("TMA-06 TMA-07 confirming against ending: the place is free or it is not, never taken twice", () =>
      inRounds((n, staff) =>
        Effect.gen(function* () {
          const primary = yield* payer(`primary${n}`, "pair")
          const [leaving, coming] = [yield* person(`leaving${n}`), yield* person(`coming${n}`)]
          const asked = yield* connect(primary, coming)
          yield* connected(staff, primary, leaving)
          const [confirmed, ended] = yield* race([tagOf(approve(staff, asked)), endOf(leaving)])
          assert.strictEqual(ended, "ok")
          assert.include(["ok", "NoPlaceLeft"], confirmed)
          assert.deepStrictEqual(
            [yield* mayWork(leaving), yield* mayWork(coming)],
            ["subscription", confirmed === "ok" ? "Coverage" : "subscription"]
          )
          assert.deepStrictEqual(yield* teamOf(primary), [confirmed === "ok" ? 1 : 0, 1])
        })
      )
    )

    it.live("TMA-06 a connection ended by both sides and by the subscription's end at once ends once, told once", () =>
      inRounds(
        (n, staff) =>
          Effect.gen(function* () {
            const primary = yield* payer(`primary${n}`, "pair")
            const member = yield* person(`member${n}`)
            yield* connected(staff, primary, member)
            const [shared] = yield* coverageOf(member)
            assert.isDefined(shared)
            const end = ({ actor }: Person) => tagOf(TeamMembers.end({ coverageId: shared.coverageId }).pipe(as(actor)))
            const now = yield* today
            const results = yield* race([end(primary), end(member), tagOf(bill.cancelled(primary, now))])
            assert.strictEqual(results[2], "ok")
            const byHand = results.slice(0, 2).filter((result) => result === "ok").length
            assert.isAtMost(byHand, 1)
            const mails = yield* mailsTo(member.account.email)
            assert.strictEqual(mails.filter(({ kind }) => kind === "subscriptions.coverageEnded").length, 1)
            assert.strictEqual(yield* mayWork(member), "subscription")
          }),
        fewer
      )
    )

    it.live(
      "TMA-05 a renewal against the confirmation of what was asked for the next period: it is covered either way",
      () =>
        inRounds((n, staff) =>
          Effect.gen(function* () {
            const now = yield* today
            const primary = yield* person(`primary${n}`)
            const member = yield* person(`member${n}`)
            yield* bill.paid(primary, "pair", now - 25, now + 5, now - 25)
            yield* connected(staff, primary, member)
            const asked = yield* reactivate(member, primary, member)
            const results = yield* race([
              tagOf(approve(staff, asked)),
              tagOf(bill.renewed(primary, "pair", now + 5, now + 35))
            ])
            assert.deepStrictEqual(results, ["ok", "ok"])
            const spans = (yield* coverageOf(member)).map(({ from, until }) => [from >= day(now + 5), until])
            assert.deepStrictEqual(spans, [
              [false, day(now + 5)],
              [true, day(now + 35)]
            ])
          })
        )
    )

    it.live("TMA-02 an account confirmed for two primaries at once shares the plan of one", () =>
      inRounds((n, staff) =>
        Effect.gen(function* () {
          const primaries = yield* Effect.forEach([1, 2], (m) => payer(`primary${n}-${m}`, "team"))
          const member = yield* known(`member${n}`)
          const asked = yield* Effect.forEach(primaries, (primary) => connect(primary, member))
          const results = yield* race(asked.map((one) => tagOf(approve(staff, one))))
          assert.deepStrictEqual([...results].sort(), ["MemberNotEligible", "ok"])
          assert.strictEqual((yield* coverageOf(member)).length, 1)
        })
      )
    )

    it.live("TMA-02 two accounts that would become each other's team members do not both", () =>
      inRounds(
        (n, staff) =>
          Effect.gen(function* () {
            const [one, other] = [yield* payer(`one${n}`, "team"), yield* payer(`other${n}`, "team")]
            const asked = [yield* connect(one, other), yield* connect(other, one)]
            const results = yield* race(asked.map((request) => tagOf(approve(staff, request))))
            assert.deepStrictEqual([...results].sort(), ["MemberNotEligible", "ok"])
          }),
        fewer
      )
    )

    it.live("SUB-02 one billing event delivered several times at once counts once, different ones all count", () =>
      inRounds(
        (n) =>
          Effect.gen(function* () {
            const now = yield* today
            const { account, actor } = yield* known(`primary${n}`)
            const event = (eventId: string, from: number) =>
              Subscriptions.applyBillingEvent({
                type: "renewed",
                eventId: `${n}-${eventId}`,
                accountId: account.id,
                at: day(now),
                plan: "team",
                from: day(from),
                until: day(from + 30)
              }).pipe(as(job("billing")))
            const results = yield* race([event("a", now), event("a", now), event("b", now + 30), event("a", now)])
            assert.strictEqual(results.filter(({ applied }) => applied).length, 2)
            const { subscription } = yield* Subscriptions.mine({}).pipe(as(actor))
            assert.deepInclude(subscription, { state: "active", from: day(now), until: day(now + 30) })
          }),
        fewer
      )
    )

    it.live("SUB-05 a trial started twice at once starts once", () =>
      inRounds(
        (n) =>
          Effect.gen(function* () {
            const someone = yield* person(`person${n}`)
            // so that the row is there, and is not what keeps them waiting
            yield* bill.failed(someone)
            const { actor } = someone
            const start = tagOf(Subscriptions.startTrial({ plan: "team" }).pipe(as(actor)))
            const results = yield* race([start, start, start])
            assert.deepStrictEqual([...results].sort(), ["TrialUsed", "TrialUsed", "ok"])
          }),
        fewer
      )
    )

    it.live("TMA-04 G-13 the job on several nodes at once tells each side once", () =>
      inRounds(
        (n, staff) =>
          Effect.gen(function* () {
            const now = yield* today
            const primary = yield* person(`primary${n}`)
            const member = yield* person(`member${n}`)
            yield* bill.paid(primary, "pair", now - 25, now + 5, now - 25)
            yield* connected(staff, primary, member)
            const review = tagOf(
              Subscriptions.review({ accountId: primary.account.id }).pipe(as(job("subscriptions.review")))
            )
            yield* race([review, review, Effect.as(runJob, "ok")])
            for (const { account } of [primary, member]) {
              const mails = yield* mailsTo(account.email)
              assert.strictEqual(mails.filter(({ kind }) => kind === "subscriptions.coverageEnding").length, 1)
            }
          }),
        fewer
      )
    )
  })
})

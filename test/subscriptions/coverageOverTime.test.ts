import { assert, it } from "@effect/vitest"
import { Effect, Layer, Logger } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { describe } from "vitest"
import { job } from "../../src/kernel/Actor.ts"
import * as Memory from "../../src/memory/index.ts"
import { Subscriptions, TeamMembers } from "../../src/subscriptions/index.ts"
import { as } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { day, plans } from "./samples.ts"
import {
  agent,
  approve,
  atDay,
  bill,
  connect,
  coverageOf,
  type Event,
  nextEventId,
  person,
  reactivate,
  runJob,
  tagOf,
  withTeams
} from "./world.ts"

const GRACE = 14
const LAST_DAYS = 7
const MEMBERS = [0, 1, 2, 3]

// ---- the model ------------------------------------------------------------------------------------------------------------------------

/** What somebody decided about one member. */
interface Decision {
  readonly member: number
  /** For one period, for the one after `ends`, or for each that is renewed. */
  kind: "period" | "next" | "renewing"
  /** The period's end, or the end of the period that it is to follow. */
  ends: number
  from: number
  readonly decided: number
  over: boolean
}

const placesOf = (plan: string) => plans.find(({ key }) => key === plan)?.teamMembers ?? 0
const isSelfService = (plan: string) => plans.find(({ key }) => key === plan)?.connection === "self-service"

/** What is paid, as a calendar of days, and what was decided, as a list: nothing of it is shared with the library. */
class Model {
  today = 0
  readonly calendar = new Map<number, { readonly plan: string; readonly ends: number }>()
  /** Days on which a subscription had ended for good by a cancellation. */
  readonly cancelled = new Set<number>()
  decisions: Array<Decision> = []

  get now() {
    return this.calendar.get(this.today)
  }
  /** The first day that is not paid after everything that is. */
  get paidUntil() {
    return Math.max(-1, ...this.calendar.keys()) + 1
  }

  pay(plan: string, from: number, until: number) {
    for (const end of this.cancelled) if (end > this.today) this.cancelled.delete(end)
    for (let day = from; day < until; day++) this.calendar.set(day, { plan, ends: until })
    this.keepPromises()
  }
  cancel(endsAt: number) {
    for (const day of [...this.calendar.keys()]) if (day >= endsAt) this.calendar.delete(day)
    if (this.calendar.size > 0) this.cancelled.add(this.paidUntil)
    this.keepPromises()
  }

  /** Whether the subscription ended between two days, so that what is paid afterwards is a new one. */
  brokenBetween(first: number, last: number): boolean {
    let unpaid = 0
    for (let day = first; day <= last; day++) {
      if ((day > first || !this.calendar.has(day)) && this.cancelled.has(day)) return true
      unpaid = this.calendar.has(day) ? 0 : unpaid + 1
      if (unpaid >= GRACE) return true
    }
    return false
  }

  holds(decision: Decision, day: number): boolean {
    const { decided, ends, from, kind, over } = decision
    if (over || kind === "next" || day < from || !this.calendar.has(day)) return false
    // with the subscription ends everything that hangs on it, and a new one does not bring it back
    if (this.brokenBetween(Math.min(decided, from), day)) return false
    let before = this.calendar.get(from)
    if (before === undefined) return false
    for (let one = from; one <= day; one++) {
      const here = this.calendar.get(one)
      if (kind === "period" && here?.ends !== ends) return false
      if (here === undefined) continue
      const inside = here.ends === before.ends && this.calendar.has(one - 1)
      const renewed = isSelfService(before.plan) && isSelfService(here.plan)
      if (kind === "renewing" && one > from && !inside && !renewed) return false
      before = here
    }
    return true
  }

  connectedOn(day: number): ReadonlyArray<Decision> {
    return this.decisions.filter((decision) => this.holds(decision, day))
  }
  get entitled(): ReadonlyArray<number> {
    return this.connectedOn(this.today)
      .slice(0, placesOf(this.now?.plan ?? ""))
      .map(({ member }) => member)
      .sort()
  }

  /** The first day after a period that ended, if that is paid and the subscription went on. */
  dayAfter(ends: number, since: number): number | "awaited" | "never" {
    const days = [...this.calendar.keys()].filter((day) => day >= ends)
    if (days.length > 0) {
      const first = Math.min(...days)
      return this.brokenBetween(Math.min(since, ends - 1), first) ? "never" : first
    }
    if (this.calendar.size === 0) return "never"
    const last = this.paidUntil
    if (this.cancelled.has(last)) return this.today < last ? "awaited" : "never"
    return this.today < last + GRACE ? "awaited" : "never"
  }

  /** Whether something of a period is still to come. */
  isLeft(ends: number): boolean {
    return [...this.calendar].some(([day, paid]) => day >= this.today && paid.ends === ends)
  }

  keepPromises() {
    for (const promise of this.decisions) {
      if (promise.over || promise.kind !== "next") continue
      const first = this.dayAfter(promise.ends, promise.decided)
      if (first === "awaited") continue
      const period = first === "never" ? undefined : this.calendar.get(first)
      if (first === "never" || period === undefined || !this.isLeft(period.ends)) {
        promise.over = true
        continue
      }
      const others = this.connectedOn(first)
      if (others.length >= placesOf(period.plan) || others.some(({ member }) => member === promise.member)) {
        promise.over = true
        continue
      }
      promise.kind = "period"
      promise.ends = period.ends
      promise.from = Math.max(first, promise.decided)
    }
  }

  /** What a request that was made in the last days of a period is for. */
  askedForNext(): number | null {
    const { now } = this
    return now !== undefined && now.ends - this.today <= LAST_DAYS ? now.ends : null
  }

  /** What a decision of today amounts to, or why there can be none. */
  decide(member: number, askedForNext: number | null, by: "staff" | "side" | "nobody"): Decision | string {
    const { now, today } = this
    const made: Decision = { member, kind: "period", ends: 0, from: today, decided: today, over: false }
    if (now !== undefined && isSelfService(now.plan)) made.kind = "renewing"
    else {
      const after =
        askedForNext !== null && (now === undefined || now.ends === askedForNext)
          ? this.dayAfter(askedForNext, askedForNext - 1)
          : "never"
      if (after === "awaited") {
        made.kind = "next"
        made.ends = askedForNext ?? 0
      } else if (after !== "never" && this.isLeft(this.calendar.get(after)?.ends ?? 0)) {
        made.from = after
        made.ends = this.calendar.get(after)?.ends ?? 0
      } else if (now === undefined) return "NoPaidPeriod"
      else made.ends = now.ends
    }
    if (by !== "nobody" && (made.kind === "renewing") !== (by === "side")) return "SomebodyElseDecides"
    const waits = made.kind === "next"
    const before = Math.max(-1, ...[...this.calendar.keys()].filter((day) => day < made.ends))
    const places = placesOf(this.calendar.get(waits ? before : made.from)?.plan ?? "")
    const others = waits
      ? this.decisions.filter(
          (other) =>
            !other.over &&
            ((other.kind === "next" && other.ends === made.ends) ||
              (other.kind === "renewing" && this.holds(other, made.ends - 1)))
        )
      : this.connectedOn(made.from)
    if (places === 0) return "FeatureNotIncluded"
    if (others.some((other) => other.member === member)) return "AlreadyConnected"
    return others.length >= places ? "NoPlaceLeft" : made
  }
}

// ---- what happens ---------------------------------------------------------------------------------------------------------------------

const plan = fc.constantFrom(...plans.map(({ key }) => key))
const member = fc.constantFrom(...MEMBERS)

const payment = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("pay" as const), plan, late: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("change" as const), plan }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("cancel" as const), atOnce: fc.boolean() }) }
)
type Payment = typeof payment extends fc.Arbitrary<infer A> ? A : never

/** What happens while the billing system's words come late, in another order, and partly twice; then all of them have come. */
const disorder = fc.record({
  do: fc.constant("disorder" as const),
  payments: fc.array(
    fc.record({
      days: fc.integer({ min: 0, max: 20 }),
      payment,
      /** How much of the time until everything has come goes by before this has, in quarters. */
      late: fc.nat({ max: 4 }),
      twice: fc.boolean(),
      jobBefore: fc.boolean()
    }),
    { minLength: 1, maxLength: 5 }
  ),
  after: fc.integer({ min: 0, max: 20 })
})

const command = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("wait" as const), days: fc.integer({ min: 1, max: 12 }) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("near" as const), days: fc.nat({ max: 8 }) }) },
  { weight: 7, arbitrary: payment },
  { weight: 3, arbitrary: disorder },
  {
    weight: 6,
    arbitrary: fc.record({ do: fc.constant("ask" as const), member, again: fc.boolean(), bySelf: fc.boolean() })
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant("decide" as const) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("end" as const), member, bySelf: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("choose" as const), first: fc.nat({ max: 3 }) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("job" as const) }) }
)
type Command = typeof command extends fc.Arbitrary<infer A> ? A : never

/** How often what was to be compared was there at all. */
const seen = { entitled: 0, decisions: 0, refused: 0, promises: 0, tooMany: 0, disordered: 0 }

const play = Effect.fnUntraced(function* (commands: ReadonlyArray<Command>) {
  const model = new Model()
  const primary = yield* person("primary")
  const members = yield* Effect.forEach(MEMBERS, (n) => person(`member${n}`))
  const staff = yield* agent()
  const waiting: Array<{
    readonly asked: Effect.Success<ReturnType<typeof connect>>
    readonly member: number
    readonly decider: Parameters<typeof approve>[0]
    readonly by: "staff" | "side"
    readonly askedForNext: number | null
    readonly day: number
  }> = []
  const someone = (n: number) => members[n] ?? primary

  /** Lets it happen today, as far as the model goes; answers what the billing system says of it, if anything. */
  const happens = (one: Payment): Event | undefined => {
    const { now, paidUntil, today } = model
    const common = { eventId: nextEventId(), accountId: primary.account.id, at: day(today) }
    const said = (type: "paid" | "renewed", plan: string, from: number, until: number): Event => {
      model.pay(plan, from, until)
      return { ...common, type, plan, from: day(from), until: day(until) }
    }
    switch (one.do) {
      case "pay": {
        const lapsed = today - paidUntil
        if (paidUntil === 0 || (lapsed >= 0 && (!one.late || lapsed >= GRACE || model.cancelled.has(paidUntil)))) {
          return said("paid", one.plan, today, today + 30)
        }
        return lapsed >= -LAST_DAYS ? said("renewed", one.plan, paidUntil, paidUntil + 30) : undefined
      }
      case "change":
        return now === undefined ? undefined : said("paid", one.plan, today, now.ends)
      case "cancel": {
        if (paidUntil === 0) return undefined
        const endsAt = one.atOnce ? today : Math.max(today, paidUntil)
        model.cancel(endsAt)
        return { ...common, type: "cancelled", endsAt: day(endsAt) }
      }
    }
  }

  const act = Effect.fnUntraced(function* (one: Command) {
    switch (one.do) {
      case "wait":
        model.today += one.days
        return yield* atDay(model.today)
      case "near": {
        // so many days before the end of the period
        model.today = Math.max(model.today, (model.now?.ends ?? 0) - one.days)
        return yield* atDay(model.today)
      }
      case "pay":
      case "change":
      case "cancel": {
        const event = happens(one)
        if (event !== undefined) yield* bill.event(event)
        return
      }
      case "disorder": {
        const said = one.payments.flatMap(({ days, payment, ...how }) => {
          model.today += days
          // whether there is a place for who waits is settled by the first word on the next period
          const isAwaited = model.decisions.some(({ kind, over }) => kind === "next" && !over)
          const event = happens(isAwaited && "plan" in payment ? { ...payment, plan: "crowd" } : payment)
          return event === undefined ? [] : [{ ...how, event, day: model.today }]
        })
        model.today += one.after
        const comes = (late: number, day: number) => day + Math.floor((late * (model.today - day)) / 4)
        const calls = said
          .map(({ day, event, jobBefore, late }) => ({ event, jobBefore, on: comes(late, day) }))
          .concat(said.flatMap(({ event, jobBefore, twice }) => (twice ? [{ event, jobBefore, on: model.today }] : [])))
        // of those that come on one day the one that happened last comes first
        for (const { event, jobBefore, on } of calls.reverse().sort((a, b) => a.on - b.on)) {
          yield* atDay(on)
          if (jobBefore) yield* runJob
          yield* bill.event(event)
          seen.disordered += 1
        }
        return yield* atDay(model.today)
      }
      case "ask": {
        const them = someone(one.member)
        const bySelf = one.again && one.bySelf
        const askedForNext = one.again ? model.askedForNext() : null
        const expected = model.decide(one.member, askedForNext, "nobody")
        const ask = one.again ? reactivate(bySelf ? them : primary, primary, them) : connect(primary, them)
        const asked = yield* Effect.option(ask)
        assert.strictEqual(asked._tag === "Some", bySelf || typeof expected !== "string", `asking: ${expected}`)
        if (asked._tag === "None" || asked.value.alreadyOpen) return
        const bySide = model.now !== undefined && isSelfService(model.now.plan)
        waiting.push({
          asked: asked.value,
          member: one.member,
          decider: bySide ? (bySelf ? primary : them).actor : staff,
          by: bySide ? "side" : "staff",
          askedForNext,
          day: model.today
        })
        return
      }
      case "decide": {
        const next = waiting.shift()
        if (next === undefined || model.today - next.day >= 30) return
        const expected = model.decide(next.member, next.askedForNext, next.by)
        const answer = yield* tagOf(approve(next.decider, next.asked))
        assert.strictEqual(answer, typeof expected === "string" ? expected : "ok")
        if (typeof expected === "string") {
          seen.refused += 1
          return
        }
        seen.decisions += 1
        if (expected.kind === "next") seen.promises += 1
        model.decisions.push(expected)
        return
      }
      case "end": {
        const them = someone(one.member)
        const [first] = yield* coverageOf(them)
        if (first === undefined) return
        yield* TeamMembers.end({ coverageId: first.coverageId }).pipe(as((one.bySelf ? them : primary).actor))
        for (const decision of model.decisions) if (decision.member === one.member) decision.over = true
        return
      }
      case "choose": {
        const { items } = yield* TeamMembers.list({}).pipe(as(primary.actor))
        const connected = items.filter(({ state }) => state === "covered" || state === "no-place")
        const places = placesOf(model.now?.plan ?? "")
        if (connected.length <= places) return
        const turned = [...connected.slice(one.first), ...connected.slice(0, one.first)].slice(0, places)
        yield* TeamMembers.chooseWhoStays({ coverageIds: turned.map(({ id }) => id) }).pipe(as(primary.actor))
        const stay = new Set(
          turned.map(({ accountId }) => members.findIndex(({ account }) => account.id === accountId))
        )
        for (const decision of model.connectedOn(model.today)) if (!stay.has(decision.member)) decision.over = true
        return
      }
      case "job":
        return yield* runJob
    }
  })

  for (const one of commands) {
    yield* act(one)
    const entitled: Array<number> = []
    for (const n of MEMBERS) {
      const answer = yield* Subscriptions.checkFor({ accountId: someone(n).account.id, feature: "work" }).pipe(
        as(job("host"))
      )
      if (answer.entitled) entitled.push(n)
    }
    if (model.connectedOn(model.today).length > placesOf(model.now?.plan ?? "")) seen.tooMany += 1
    const where = JSON.stringify({ day: model.today, one })
    if (entitled.length > 0) {
      seen.entitled += 1
      assert.isDefined(model.now, `entitled outside the primary's paid period: ${where}`)
      assert.isAtMost(entitled.length, placesOf(model.now?.plan ?? ""), `more than places: ${where}`)
    }
    for (const n of entitled) {
      assert.isTrue(
        model.decisions.some((decision) => decision.member === n && model.holds(decision, model.today)),
        `entitled without a decision for this period: ${where}`
      )
    }
    assert.deepStrictEqual(entitled, model.entitled, where)
  }
})

const portal = Layer.mergeAll(withTeams().pipe(Layer.provideMerge(Memory.layer)), TestClock.layer(), Logger.layer([]))

/** What was asked for the next period is decided when that has begun, and was cancelled at once. */
const cancelledBeforeTheDecision: ReadonlyArray<Command> = [
  { do: "near", days: 1 },
  { do: "pay", plan: "pair", late: false },
  { do: "ask", member: 0, again: true, bySelf: false },
  { do: "ask", member: 3, again: true, bySelf: false },
  { do: "wait", days: 2 },
  { do: "cancel", atOnce: true },
  { do: "decide" },
  { do: "decide" }
]

type Said = Extract<Command, { readonly do: "disorder" }>["payments"][number]
const said = (days: number, payment: Payment, late: number): Said => ({
  days,
  payment,
  late,
  twice: true,
  jobBefore: true
})

/** A renewal that was paid in time is heard of after the time until which it could have been paid late. */
const heardOfTooLate: ReadonlyArray<Command> = [
  { do: "change", plan: "agency" },
  { do: "ask", member: 1, again: false, bySelf: false },
  { do: "decide" },
  { do: "disorder", payments: [said(25, { do: "pay", plan: "agency", late: false }, 4)], after: 25 },
  { do: "job" }
]

/** The same of a payment that was late itself, after which the subscription goes on. */
const paidLateAndHeardOfTooLate: ReadonlyArray<Command> = [
  { do: "change", plan: "agency" },
  { do: "ask", member: 1, again: false, bySelf: false },
  { do: "decide" },
  { do: "disorder", payments: [said(36, { do: "pay", plan: "agency", late: false }, 4)], after: 20 }
]

/** A cancellation is heard of, and acted upon, before the payment with which the subscription was taken up again before. */
const heardOfInTheWrongOrder: ReadonlyArray<Command> = [
  { do: "change", plan: "agency" },
  { do: "ask", member: 1, again: false, bySelf: false },
  { do: "decide" },
  {
    do: "disorder",
    payments: [
      said(5, { do: "cancel", atOnce: false }, 0),
      said(1, { do: "change", plan: "agency" }, 4),
      said(20, { do: "pay", plan: "agency", late: false }, 1)
    ],
    after: 20
  }
]

/** What was asked for the next period has lapsed when it is heard that the period was paid in time. */
const promisedAndHeardOfTooLate: ReadonlyArray<Command> = [
  { do: "near", days: 1 },
  { do: "ask", member: 2, again: true, bySelf: false },
  { do: "decide" },
  { do: "disorder", payments: [said(0, { do: "pay", plan: "crowd", late: false }, 4)], after: 20 }
]

/** Between the decision and the period that it is for the subscription ends, and a new one begins for the same days. */
const endedBeforeItsPeriod: ReadonlyArray<Command> = [
  { do: "near", days: 2 },
  { do: "pay", plan: "crowd", late: false },
  { do: "ask", member: 0, again: true, bySelf: false },
  { do: "decide" },
  { do: "wait", days: 1 },
  { do: "cancel", atOnce: true },
  { do: "wait", days: 1 },
  { do: "pay", plan: "crowd", late: false }
]

describe("coverage over time", () => {
  it("SUB-02 TMA-01 TMA-02 TMA-04 TMA-05 TMA-06 TMA-07 whatever is paid, asked, decided and ended, and in whatever order it is heard of, members are entitled exactly as the decisions for the primary's paid periods say", {
    timeout: 600_000
  }, async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat({ max: 3 }),
        fc.array(command, { minLength: 10, maxLength: 50, size: "max" }),
        (atFirst, commands) => {
          const connections = MEMBERS.slice(0, atFirst).flatMap(
            (member): ReadonlyArray<Command> => [{ do: "ask", member, again: false, bySelf: false }, { do: "decide" }]
          )
          const all: ReadonlyArray<Command> = [{ do: "pay", plan: "crowd", late: false }, ...connections, ...commands]
          return Effect.runPromise(play(all).pipe(Effect.provide(Layer.fresh(portal))))
        }
      ),
      {
        numRuns: rounds(120, 3000),
        examples: [
          cancelledBeforeTheDecision,
          heardOfTooLate,
          paidLateAndHeardOfTooLate,
          heardOfInTheWrongOrder,
          promisedAndHeardOfTooLate,
          endedBeforeItsPeriod
        ].map((commands) => [0, [...commands]])
      }
    )
    for (const [what, count] of Object.entries(seen)) assert.isAbove(count, 0, what)
  })
})

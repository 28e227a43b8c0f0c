import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import type { BillingEvent } from "../../src/subscriptions/Subscription.ts"
import * as Subscription from "../../src/subscriptions/Subscription.ts"
import { rounds } from "../support/rounds.ts"
import { accountId, cancelled, day, failed, paid, plans, renewed, settings, subscription } from "./samples.ts"

const stateOn = (subscribed: Subscription.Subscription, n: number) => {
  const standing = Subscription.standingAt(settings, subscribed, day(n))
  return standing === null ? null : `${standing.state}${standing.entitles ? " entitled" : ""}`
}

const onTrial = (from: number, until: number): Subscription.Subscription => ({
  ...subscription(),
  trial: { plan: "team", from: day(from), until: day(until) }
})

/** Any history of billing, with contradictions and events at the same time. */
const history = fc.array(
  fc.record({
    type: fc.constantFrom("paid", "renewed", "cancelled", "failed"),
    at: fc.nat({ max: 60 }),
    from: fc.nat({ max: 60 }),
    length: fc.integer({ min: 1, max: 30 }),
    plan: fc.constantFrom(...plans.map(({ key }) => key))
  }),
  { maxLength: 12 }
)
type History = typeof history extends fc.Arbitrary<infer A> ? A : never

const toEvents = (told: History): ReadonlyArray<BillingEvent> =>
  told.map(({ at, from, length, plan, type }, index): BillingEvent => {
    const common = { id: `e${String(index).padStart(3, "0")}`, accountId: accountId(1), at: day(at) }
    if (type === "failed") return { type, ...common }
    if (type === "cancelled") return { type, ...common, endsAt: day(from) }
    return { type: type === "paid" ? "paid" : "renewed", ...common, plan, from: day(from), until: day(from + length) }
  })

describe("a subscription", () => {
  it("SUB-02 is a trial, active, past due or ended at each time, with the dates it is paid from and until", () => {
    const monthly = subscription(
      paid("team", 10, 40),
      renewed("team", 40, 70, { at: day(38) }),
      failed(68),
      cancelled(75, 75)
    )
    assert.deepStrictEqual(
      [9, 10, 39, 40, 69, 70, 74, 83, 84].map((n) => stateOn(monthly, n)),
      [
        null,
        "active entitled",
        "active entitled",
        "active entitled",
        "past-due entitled",
        // cancelled while a payment was awaited: over since the end of what was paid
        "ended",
        "ended",
        "ended",
        "ended"
      ]
    )
    assert.deepInclude(Subscription.standingAt(settings, monthly, day(39)), { from: day(10), until: day(40) })
    assert.deepInclude(Subscription.standingAt(settings, monthly, day(40)), { from: day(40), until: day(70) })
    const unpaid = subscription(paid("team", 10, 40))
    assert.deepStrictEqual(
      [39, 40, 53, 54].map((n) => stateOn(unpaid, n)),
      ["active entitled", "past-due", "past-due", "ended"]
    )
    assert.strictEqual(stateOn(subscription(), 5), null)
  })

  it("SUB-02 a cancellation ends it with the period or at once, and a later payment takes it up again", () => {
    const toTheEnd = subscription(paid("team", 0, 30), cancelled(5, 30))
    assert.deepStrictEqual(
      [29, 30].map((n) => stateOn(toTheEnd, n)),
      ["active entitled", "ended"]
    )
    assert.isTrue(Subscription.standingAt(settings, toTheEnd, day(10))?.cancelled)
    const atOnce = subscription(paid("team", 0, 30), cancelled(5, 5))
    assert.deepStrictEqual(
      [4, 5, 29].map((n) => stateOn(atOnce, n)),
      ["active entitled", "ended", "ended"]
    )
    const again = subscription(paid("team", 0, 30), cancelled(5, 5), paid("pair", 12, 42))
    assert.deepStrictEqual(
      [5, 12, 41].map((n) => stateOn(again, n)),
      ["ended", "active entitled", "active entitled"]
    )
    const renewedAfterAll = subscription(
      paid("team", 0, 30),
      cancelled(5, 30),
      renewed("team", 30, 60, { at: day(20) })
    )
    assert.isFalse(Subscription.standingAt(settings, renewedAfterAll, day(10))?.cancelled)
  })

  it("SUB-02 a change of plan inside of a period counts from its day on, and the period stays the same", () => {
    const changed = subscription(paid("team", 0, 30), paid("pair", 12, 30))
    assert.deepInclude(Subscription.standingAt(settings, changed, day(11)), {
      plan: "team",
      from: day(0),
      until: day(30)
    })
    assert.deepInclude(Subscription.standingAt(settings, changed, day(12)), {
      plan: "pair",
      from: day(0),
      until: day(30)
    })
  })

  it("SUB-02 billing events in any order, twice and late amount to the same, at every time", () =>
    fc.assert(
      fc.property(
        history.chain((told) => {
          const events = toEvents(told)
          return fc.record({
            events: fc.constant(events),
            arriving: fc
              .tuple(fc.shuffledSubarray([...events], { minLength: events.length }), fc.subarray([...events]))
              .chain(([all, twice]) =>
                fc.shuffledSubarray([...all, ...twice], { minLength: all.length + twice.length })
              )
          })
        }),
        ({ arriving, events }) => {
          const all: Subscription.Subscription = subscription(...events)
          let known = subscription()
          for (const event of arriving) known = Result.getOrThrow(Subscription.withEvent(known, event)).subscription
          assert.strictEqual(known.events.length, events.length)
          assert.deepStrictEqual(Subscription.paid(known), Subscription.paid(all))
          for (let n = 0; n <= 110; n++) {
            assert.deepStrictEqual(
              Subscription.standingAt(settings, known, day(n)),
              Subscription.standingAt(settings, all, day(n))
            )
          }
        }
      ),
      { numRuns: rounds(300, 5000) }
    ))

  it("SUB-02 a day is paid exactly when the last event that says something of it is a payment, without overlaps", () =>
    fc.assert(
      fc.property(history, (told) => {
        const events = toEvents(told)
        const stretches = Subscription.paid({ events })
        for (let n = 0; n <= 95; n++) {
          const says = events
            .filter((event) =>
              event.type === "failed"
                ? false
                : event.type === "cancelled"
                  ? event.endsAt <= day(n)
                  : event.from <= day(n) && day(n) < event.until
            )
            .sort((a, b) => a.at - b.at || (a.id < b.id ? -1 : 1))
            .at(-1)
          const expected = says !== undefined && "plan" in says ? says.plan : undefined
          const found = stretches.filter(({ from, until }) => from <= day(n) && day(n) < until)
          assert.isAtMost(found.length, 1)
          assert.strictEqual(found[0]?.plan, expected, `day ${n}`)
        }
      }),
      { numRuns: rounds(300, 5000) }
    ))

  it("SUB-02 other facts under a known event's id are refused", () => {
    const event = paid("team", 0, 30)
    const known = subscription(event)
    const other: BillingEvent = { ...event, at: day(1) }
    assert.strictEqual(Result.getOrThrow(Result.flip(Subscription.withEvent(known, other)))._tag, "BillingEventChanged")
    assert.isFalse(Result.getOrThrow(Subscription.withEvent(known, { ...event })).isNew)
  })
})

describe("a trial", () => {
  const [alone] = plans
  const start = (subscribed: Subscription.Subscription, over = {}) =>
    alone === undefined
      ? assert.fail("there are plans")
      : Subscription.startTrial(subscribed, { ...alone, ...over }, day(3))

  it("SUB-05 lasts 14 days unless the plan says otherwise, ends by itself, and is there once", () => {
    const started = Result.getOrThrow(start(subscription()))
    assert.deepStrictEqual(started.trial, { plan: "alone", from: day(3), until: day(17) })
    assert.deepStrictEqual(
      [2, 3, 16, 17].map((n) => stateOn(started, n)),
      [null, "trial entitled", "trial entitled", "ended"]
    )
    assert.strictEqual(Result.getOrThrow(start(subscription(), { trial: { days: 30 } })).trial.until, day(33))
    assert.strictEqual(Result.getOrThrow(Result.flip(start(started)))._tag, "TrialUsed")
  })

  it("SUB-05 is refused where the plan offers none, and where a subscription is or was", () => {
    assert.strictEqual(
      Result.getOrThrow(Result.flip(start(subscription(), { trial: undefined })))._tag,
      "TrialNotOffered"
    )
    for (const known of [subscription(paid("team", 0, 30)), subscription(paid("team", -60, -30))]) {
      assert.strictEqual(Result.getOrThrow(Result.flip(start(known)))._tag, "SubscriptionExists")
    }
  })

  it("SUB-05 becomes paid: the payment counts at once, and nobody is told that the trial is over", () => {
    const becamePaid: Subscription.Subscription = { ...onTrial(0, 14), events: [paid("pair", 5, 35)] }
    assert.deepStrictEqual(
      [4, 5, 20].map((n) => stateOn(becamePaid, n)),
      ["trial entitled", "active entitled", "active entitled"]
    )
    assert.strictEqual(Subscription.trialEndDue(becamePaid), null)
    assert.strictEqual(Subscription.trialEndDue(onTrial(0, 14)), day(14))
    assert.strictEqual(Subscription.trialEndDue({ ...onTrial(0, 14), trialEndTold: true }), null)
  })
})

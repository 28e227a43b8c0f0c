import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import fc from "fast-check"
import { describe, expect } from "vitest"
import { defaults } from "../../src/kernel/Settings.ts"
import {
  apply,
  Event,
  listedStates,
  type Order,
  OrderState,
  openStates,
  Party as Parties,
  type Party,
  paceOf,
  retryDelay,
  type Step,
  started,
  transitions
} from "../../src/orders/Order.ts"
import { order, orderIn, terms } from "../../src/testing/orderSamples.ts"
import { address, at, tenantId } from "../../src/testing/tenantSamples.ts"

const pace = paceOf(defaults)
const MINUTE = 60_000

const steps: ReadonlyArray<Step> = [
  { event: "change", by: "orderer", change: { options: {} } },
  { event: "place", by: "orderer", shown: { version: 0, catalogVersion: "1" }, terms },
  { event: "cancel", by: "orderer" },
  { event: "begin", by: "job", pace },
  { event: "wait", by: "job", claim: 0, cause: "unavailable", pace },
  { event: "refuse", by: "job", claim: 0, failure: { reason: "refused", message: null } },
  { event: "fulfil", by: "job", claim: 0, newTenantId: tenantId(2) },
  { event: "retry", by: "staff" }
]

/** The step as somebody else tries it; types keep honest callers from that. */
const as = (step: Step, by: Party, state: OrderState): Step =>
  ({ ...step, by, ...(step.event === "refuse" ? { claim: state === "Placed" ? null : 0 } : {}) }) as Step

const failure = <A, E>(result: Result.Result<A, E>): E => {
  if (Result.isSuccess(result)) throw new Error("it was allowed")
  return result.failure
}
const success = <A, E>(result: Result.Result<A, E>): A => Result.getOrThrow(result)

const ended: ReadonlyArray<OrderState> = ["Fulfilled", "Failed", "Cancelled"]

describe("the table of orders", () => {
  it("ORD-03 each state, event and party is either a row of the table or refused", () => {
    let allowed = 0
    for (const state of OrderState.literals) {
      for (const step of steps) {
        for (const party of Parties.literals) {
          const result = apply(orderIn(state), as(step, party, state), at(30))
          const rows = transitions.filter((row) => row.from === state && row.event === step.event && row.by === party)
          const title = `${state} ${step.event} ${party}`
          if (rows.length === 0) {
            assert.include(failure(result), { _tag: "OrderStepNotPossible", state }, title)
            continue
          }
          allowed++
          const next = success(result)
          assert.include(
            rows.map(({ to }) => to),
            next.state,
            title
          )
          assert.strictEqual(next.endedAt !== null, ended.includes(next.state), title)
          // the constraints of the store
          assert.strictEqual(next.dueAt !== null, openStates.includes(next.state), title)
          assert.strictEqual(next.newTenantId !== null, next.state === "Fulfilled", title)
          assert.isTrue(next.terms !== null || next.state === "Draft" || next.state === "Cancelled", title)
        }
      }
    }
    // the rows that leave a state, counting those once that only their condition tells apart
    const distinct = new Set(
      transitions.filter(({ from }) => from !== null).map(({ by, event, from }) => `${from} ${event} ${by}`)
    )
    assert.strictEqual(allowed, distinct.size)
    assert.deepStrictEqual(
      new Set(steps.map(({ event }) => event)),
      new Set(Event.literals.filter((event) => event !== "start"))
    )
  })

  it("ORD-03 what is fulfilled or cancelled stays, and only staff move what failed", () => {
    assert.deepStrictEqual(
      transitions.filter(({ from }) => from === "Fulfilled" || from === "Cancelled"),
      []
    )
    for (const { by, from } of transitions) if (from === "Failed") assert.strictEqual(by, "staff")
    for (const { from, to } of transitions) if (to === "Fulfilled") assert.strictEqual(from, "Provisioning")
  })

  it("HIE-04 what is listed in location management is what is placed and not ended, and what failed", () => {
    assert.deepStrictEqual(listedStates, ["Placed", "Provisioning", "Failed"])
    assert.deepStrictEqual(openStates, ["Placed", "Provisioning"])
  })

  it("ORD-03 the committed table is the code's", async () => {
    const head = ["from", "event", "by", "when", "to", "then"]
    const rows = transitions.map(({ by, event, from, note, to, when }) => [
      from ?? "–",
      event,
      by,
      when ?? "",
      to,
      note
    ])
    const text = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
    await expect(`# Orders: every way in which one moves

Derived from \`src/orders/Order.ts\` by \`test/orders/Order.test.ts\`; \`npx vitest run -c test/vitest.config.ts test/orders/Order.test.ts -u\`
writes it anew. What has no row here is refused.

${text}
`).toMatchFileSnapshot("../golden/orders.md")
  })
})

describe("placing", () => {
  const place = (draft: Order, shown: { readonly version: number; readonly catalogVersion: string }) =>
    apply(draft, { event: "place", by: "orderer", shown, terms }, at(30))

  it("ORD-02 ORD-03 freezes the terms, and is refused when order or catalog are not those that were shown", () => {
    const placed = success(place(order(1, { version: 4 }), { version: 4, catalogVersion: "1" }))
    assert.deepStrictEqual(
      [placed.state, placed.terms, placed.placedAt, placed.dueAt, placed.startedAt],
      ["Placed", terms, at(30), at(30), at(30)]
    )
    const tag = (version: number, catalogVersion: string) =>
      failure(place(order(1, { version: 4 }), { version, catalogVersion }))._tag
    assert.strictEqual(tag(3, "1"), "OrderChanged")
    assert.strictEqual(tag(4, "2"), "OrderChanged")
  })

  it("ORD-02 a draft begins with nothing that binds anybody", () => {
    const { createdAt: _1, dueAt, endedAt, failure: none, state, terms: frozen, ...rest } = order(1)
    const draft = started(rest, at(3))
    assert.deepStrictEqual(
      [draft.state, draft.terms, draft.dueAt, draft.endedAt, draft.failure, draft.createdAt],
      [state, frozen, dueAt, endedAt, none, at(3)]
    )
  })
})

describe("provisioning", () => {
  const begin: Step = { event: "begin", by: "job", pace }

  it("ORD-04 G-13 an order is taken when it is due, for the time of the lease, in which nobody else takes it", () => {
    const due = orderIn("Placed", 1, { dueAt: at(20) })
    assert.include(failure(apply(due, begin, at(19))), { _tag: "OrderStepNotPossible" })
    const taken = success(apply(due, begin, at(20)))
    assert.deepStrictEqual([taken.state, taken.dueAt], ["Provisioning", at(20 + 2 * MINUTE)])
    assert.include(failure(apply(taken, begin, at(20 + 2 * MINUTE - 1))), { _tag: "OrderStepNotPossible" })
    const again = success(apply(taken, begin, at(20 + 2 * MINUTE)))
    assert.deepStrictEqual([again.state, again.dueAt], ["Provisioning", at(20 + 4 * MINUTE)])
  })

  it("ORD-04 V-40 what is reported counts only for the version that was taken", () => {
    const taken = orderIn("Provisioning", 1, { version: 3 })
    for (const claim of [2, 4]) {
      for (const step of [
        { event: "wait", by: "job", claim, cause: "working", pace },
        { event: "refuse", by: "job", claim, failure: { reason: "refused", message: null } },
        { event: "fulfil", by: "job", claim, newTenantId: tenantId(2) }
      ] satisfies ReadonlyArray<Step>) {
        assert.include(failure(apply(taken, step, at(30))), { _tag: "OrderStepNotPossible" })
      }
    }
    assert.include(success(apply(taken, { event: "fulfil", by: "job", claim: 3, newTenantId: tenantId(2) }, at(30))), {
      state: "Fulfilled",
      newTenantId: tenantId(2)
    })
    // an order that nobody has taken is refused as such only
    const unclaimed = {
      event: "refuse",
      by: "job",
      claim: null,
      failure: { reason: "refused", message: null }
    } as const
    assert.include(failure(apply(taken, unclaimed, at(30))), { _tag: "OrderStepNotPossible" })
  })

  it("ORD-03 ORD-04 a try that fails is made again later, each time twice as long, until the last one fails the order", () => {
    let current = orderIn("Provisioning", 1, { version: 0 })
    const waits: Array<number> = []
    const fail = () => apply(current, { event: "wait", by: "job", claim: 0, cause: "unavailable", pace }, at(0))
    for (let tries = 1; tries < pace.maxFailures; tries++) {
      current = success(fail())
      assert.deepStrictEqual([current.state, current.failures], ["Provisioning", tries])
      waits.push(((current.dueAt ?? 0) - at(0)) / MINUTE)
    }
    assert.deepStrictEqual(waits, [1, 2, 4, 8, 16, 32, 60])
    const last = success(fail())
    assert.deepStrictEqual(
      [last.state, last.failure, last.dueAt, last.endedAt],
      ["Failed", { reason: "too-many-tries", message: null }, null, at(0)]
    )
  })

  it("ORD-04 what is still worked on is asked for again and is no failed try, but not for ever", () => {
    const working = (now: number) =>
      success(
        apply(
          orderIn("Provisioning", 1, { startedAt: at(0), failures: 3 }),
          { event: "wait", by: "job", claim: 0, cause: "working", pace },
          at(now)
        )
      )
    const day = 24 * 60 * MINUTE
    const before = working(14 * day - 1)
    assert.deepStrictEqual(
      [before.state, before.failures, before.dueAt],
      ["Provisioning", 3, at(14 * day - 1 + 15 * MINUTE)]
    )
    assert.deepStrictEqual(
      [working(14 * day).state, working(14 * day).failure],
      ["Failed", { reason: "took-too-long", message: null }]
    )
  })

  it("ORD-03 staff have a failed order tried as often as at first, with another first owner if need be", () => {
    const failed = orderIn("Failed", 1, { failures: 8, owner: null })
    const owner = { email: address("new@example.com"), locale: "en" }
    const again = success(apply(failed, { event: "retry", by: "staff", owner }, at(99)))
    assert.deepStrictEqual(
      [again.state, again.failures, again.failure, again.endedAt, again.dueAt, again.startedAt, again.owner],
      ["Provisioning", 0, null, null, at(99), at(99), owner]
    )
    assert.strictEqual(success(apply(failed, { event: "retry", by: "staff" }, at(99))).owner, null)
  })

  it("ORD-04 the wait grows and is never longer than the cap, however many tries failed", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10_000 }), (failures) => {
        const wait = retryDelay(pace, failures)
        assert.isAtLeast(wait, pace.retryBase)
        assert.isAtMost(wait, pace.retryCap)
        assert.isAtLeast(retryDelay(pace, failures + 1), wait)
      })
    )
  })
})

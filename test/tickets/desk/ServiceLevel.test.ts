import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { describe } from "vitest"
import * as Instant from "../../../src/kernel/Instant.ts"
import { make } from "../../../src/kernel/Settings.ts"
import {
  ClockName,
  dueOf,
  type Happening,
  ofPlan,
  reviewed,
  type Timed,
  usedAt,
  withClocks
} from "../../../src/tickets/ServiceLevel.ts"
import { rounds } from "../../support/rounds.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE

const at = (iso: string) => Instant.fromMillis(Date.parse(iso))

const settings = make({
  serviceLevels: {
    targets: [
      { plan: "gold", firstAnswer: "30 minutes", nextAnswer: "30 minutes", resolution: "2 hours" },
      { priority: "urgent", firstAnswer: "1 hour", nextAnswer: "2 hours", resolution: "9 hours" },
      { priority: "low", firstAnswer: null, nextAnswer: null, resolution: null },
      { firstAnswer: "4 hours", nextAnswer: "6 hours", resolution: "20 hours" }
    ]
  }
})
const { serviceLevels: levels } = settings

const fresh = (over: Partial<Timed> = {}): Timed => ({
  state: "New",
  priority: "normal",
  spam: false,
  mergedInto: null,
  clocks: ofPlan(null),
  clockDueAt: null,
  ...over
})

/** A Monday in summer, at nine in Berlin. */
const monday = at("2026-06-08T07:00:00Z")
const later = (duration: number, from = monday) => Instant.fromMillis(from + duration)
const begun = (over: Partial<Timed> = {}) => withClocks(settings, fresh(over), "customer", monday)

// ---- a model that goes from minute to minute -------------------------------------------------------------------------------------------

interface ModelClock {
  target: number | null
  used: number
  warned: boolean
  breached: boolean
  done: boolean
}

type Step =
  | { readonly _tag: "state"; readonly to: Timed["state"] }
  | { readonly _tag: "wrote"; readonly by: "staff" | "customer" }
  | { readonly _tag: "priority"; readonly to: Timed["priority"] }
  | { readonly _tag: "spam"; readonly to: boolean }
  | { readonly _tag: "review" }

const targets: Readonly<Record<Timed["priority"], Readonly<Record<ClockName, number | null>>>> = {
  low: { firstAnswer: null, nextAnswer: null, resolution: null },
  normal: { firstAnswer: 240, nextAnswer: 360, resolution: 1200 },
  high: { firstAnswer: 240, nextAnswer: 360, resolution: 1200 },
  urgent: { firstAnswer: 60, nextAnswer: 120, resolution: 540 }
}

const wallFormat = new Intl.DateTimeFormat("en-GB", {
  timeZone: "Europe/Berlin",
  weekday: "short",
  month: "2-digit",
  day: "2-digit",
  hour: "2-digit",
  hourCycle: "h23"
})
/** Every holiday of Germany in the weeks that the model looks at, on a working day. */
const HOLIDAYS = ["03/04", "06/04", "01/05", "14/05", "25/05", "25/12", "01/01"]
const isBusiness = (instant: number): boolean => {
  const parts = Object.fromEntries(wallFormat.formatToParts(instant).map(({ type, value }) => [type, value]))
  const hour = Number(parts.hour)
  if (parts.weekday === "Sat" || parts.weekday === "Sun") return false
  return !HOLIDAYS.includes(`${parts.day}/${parts.month}`) && hour >= 8 && hour < 17
}

const modelOf = (start: number, steps: ReadonlyArray<readonly [minutes: number, step: Step]>) => {
  const clock = (name: ClockName, priority: Timed["priority"]): ModelClock => ({
    target: targets[priority][name],
    used: 0,
    warned: false,
    breached: false,
    done: false
  })
  let state: Timed["state"] = "New"
  let priority: Timed["priority"] = "normal"
  let spam = false
  const clocks = new Map<ClockName, ModelClock>([
    ["firstAnswer", clock("firstAnswer", priority)],
    ["resolution", clock("resolution", priority)]
  ])
  const happened: Array<Happening> = []
  let now = start
  const running = () => (state === "New" || state === "Open") && !spam
  // what is due is due at once, and nothing that was said is said again
  const look = () => {
    if (!running()) return
    for (const [name, one] of clocks) {
      if (one.done || one.target === null) continue
      if (!one.warned && !one.breached && one.used >= one.target * 0.75) {
        one.warned = true
        happened.push({ clock: name, what: "warned", at: Instant.fromMillis(now) })
      }
      if (!one.breached && one.used >= one.target) {
        one.breached = true
        happened.push({ clock: name, what: "breached", at: Instant.fromMillis(now) })
      }
    }
  }
  for (const [minutes, step] of steps) {
    for (let minute = 0; minute < minutes; minute++) {
      if (running() && isBusiness(now)) {
        for (const one of clocks.values()) if (!one.done) one.used++
      }
      now += MINUTE
      look()
    }
    if (step._tag === "state") {
      state = step.to
      const resolution = clocks.get("resolution")
      if (resolution !== undefined) {
        resolution.done = state === "Resolved" || state === "Closed"
        // what is opened again is promised by the priority that it has by then
        if (!resolution.done) resolution.target = targets[priority].resolution
      }
    }
    if (step._tag === "priority") {
      priority = step.to
      for (const [name, one] of clocks) if (!one.done) one.target = targets[priority][name]
    }
    if (step._tag === "spam") spam = step.to
    if (step._tag === "wrote") {
      const first = clocks.get("firstAnswer")
      const next = clocks.get("nextAnswer")
      if (step.by === "staff") {
        if (first !== undefined) first.done = true
        if (next !== undefined) next.done = true
      } else if (first?.done === true && next?.done !== false) clocks.set("nextAnswer", clock("nextAnswer", priority))
    }
    look()
  }
  return { happened, clocks, now }
}

const inOrder = (happened: ReadonlyArray<Happening>) =>
  happened.map(({ at, clock, what }) => `${at} ${clock} ${what}`).sort()

describe("service levels", () => {
  it("TIC-12 targets go by plan and priority, the first that fits, and nothing is promised where none is", () => {
    const target = (over: Partial<Timed>) => begun(over).clocks.firstAnswer?.target
    assert.strictEqual(target({}), 4 * HOUR)
    assert.strictEqual(target({ priority: "urgent" }), HOUR)
    assert.strictEqual(target({ priority: "urgent", clocks: ofPlan("gold") }), HOUR / 2)
    const low = begun({ priority: "low" })
    assert.strictEqual(low.clocks.firstAnswer?.target, null)
    assert.strictEqual(low.clockDueAt, null)
  })

  it("TIC-12 the first answer is warned of and broken in business hours, over a night", () => {
    // at four in the afternoon: one hour is left of this day
    const ticket = withClocks(settings, fresh(), "customer", later(7 * HOUR))
    assert.strictEqual(ticket.clocks.firstAnswer?.warnsAt, at("2026-06-09T08:00:00Z"))
    assert.strictEqual(ticket.clocks.firstAnswer?.breachesAt, at("2026-06-09T09:00:00Z"))
    assert.strictEqual(ticket.clockDueAt, at("2026-06-09T08:00:00Z"))
  })

  it("TIC-12 the clock stops while waiting for the customer, on hold, and when resolved, and goes on from where it was", () => {
    for (const state of ["Waiting", "OnHold", "Resolved", "Closed"] as const) {
      const stopped = withClocks(settings, { ...begun(), state }, null, later(HOUR))
      assert.strictEqual(stopped.clockDueAt, null)
      const { resolution } = stopped.clocks
      assert.isDefined(resolution)
      if (resolution === undefined) continue
      assert.strictEqual(usedAt(levels, resolution, later(5 * HOUR)), HOUR)
      const again = withClocks(settings, { ...stopped, state: "Open" }, null, later(24 * HOUR))
      assert.strictEqual(again.clocks.resolution?.breachesAt, at("2026-06-11T08:00:00Z"))
    }
  })

  it("TIC-12 what was missed before the clock stopped is recorded all the same, once, with the time at which it happened", () => {
    const answered = withClocks(settings, { ...begun(), state: "Waiting" }, "staff", later(6 * HOUR))
    assert.strictEqual(answered.clockDueAt, later(3 * HOUR))
    const once = reviewed(answered, later(30 * HOUR))
    assert.deepStrictEqual(once.happened, [
      { clock: "firstAnswer", what: "warned", at: later(3 * HOUR) },
      { clock: "firstAnswer", what: "breached", at: later(4 * HOUR) }
    ])
    assert.strictEqual(once.ticket.clockDueAt, null)
    assert.deepStrictEqual(reviewed(once.ticket, later(40 * HOUR)).happened, [])
  })

  it("TIC-12 a later answer is promised from the first of several messages on, and each time anew", () => {
    const waiting = withClocks(settings, { ...begun(), state: "Waiting" }, "staff", later(HOUR))
    const asked = withClocks(settings, { ...waiting, state: "Open" }, "customer", later(2 * HOUR))
    const insisted = withClocks(settings, asked, "customer", later(3 * HOUR))
    assert.strictEqual(insisted.clocks.nextAnswer?.breachesAt, later(8 * HOUR))
    const answered = withClocks(settings, { ...insisted, state: "Waiting" }, "staff", later(4 * HOUR))
    assert.strictEqual(answered.clocks.nextAnswer?.doneAt, later(4 * HOUR))
    const again = withClocks(settings, { ...answered, state: "Open" }, "customer", later(5 * HOUR))
    assert.deepInclude(again.clocks.nextAnswer, { used: 0, doneAt: null })
  })

  it("TIC-12 clocks of spam and of a merged ticket stand still", () => {
    for (const over of [{ spam: true }, { mergedInto: "another" }]) {
      assert.strictEqual(withClocks(settings, { ...begun(), ...over }, null, later(HOUR)).clockDueAt, null)
    }
  })

  const minutes = fc.oneof(fc.integer({ min: 0, max: 90 }), fc.integer({ min: 0, max: 60 * 24 * 4 }))
  const steps: fc.Arbitrary<Step> = fc.oneof(
    fc
      .constantFrom<Timed["state"]>("Open", "Open", "Waiting", "OnHold", "Resolved")
      .map((to) => ({ _tag: "state" as const, to })),
    fc.constantFrom("staff" as const, "customer" as const).map((by) => ({ _tag: "wrote" as const, by })),
    fc
      .constantFrom("low" as const, "normal" as const, "urgent" as const)
      .map((to) => ({ _tag: "priority" as const, to })),
    fc.boolean().map((to) => ({ _tag: "spam" as const, to })),
    fc.constant({ _tag: "review" as const })
  )
  const starts = fc
    .constantFrom(
      "2026-06-08T07:00:00Z",
      "2026-03-27T13:00:00Z",
      "2026-10-23T13:30:00Z",
      "2026-04-02T14:00:00Z",
      "2026-12-23T15:00:00Z",
      "2026-04-30T06:10:00Z"
    )
    .map((text) => Date.parse(text))

  it("TIC-12 clocks, warnings and breaches are those of a model that goes from minute to minute", {
    timeout: 120_000
  }, () => {
    fc.assert(
      fc.property(starts, fc.array(fc.tuple(minutes, steps), { minLength: 1, maxLength: 10 }), (start, list) => {
        const model = modelOf(start, list)
        let now = Instant.fromMillis(start)
        let ticket = withClocks(settings, fresh(), "customer", now)
        const happened: Array<Happening> = []
        for (const [minutes, step] of list) {
          now = Instant.fromMillis(now + minutes * MINUTE)
          if (step._tag === "review") {
            const look = reviewed(ticket, now)
            happened.push(...look.happened)
            ticket = look.ticket
            continue
          }
          const next: Timed =
            step._tag === "state"
              ? { ...ticket, state: step.to }
              : step._tag === "priority"
                ? { ...ticket, priority: step.to }
                : step._tag === "spam"
                  ? { ...ticket, spam: step.to }
                  : ticket
          ticket = withClocks(settings, next, step._tag === "wrote" ? step.by : null, now)
        }
        const end = reviewed(ticket, now)
        happened.push(...end.happened)
        assert.deepStrictEqual(inOrder(happened), inOrder(model.happened))
        for (const name of ClockName.literals) {
          const clock = end.ticket.clocks[name]
          const used = clock === undefined ? undefined : usedAt(levels, clock, now) / MINUTE
          assert.strictEqual(used, model.clocks.get(name)?.used, name)
        }
        // whatever is still to come is known beforehand, and nothing is left of what has been
        const due = dueOf(end.ticket.clocks)
        assert.isTrue(due === null || due > now)
        assert.strictEqual(end.ticket.clockDueAt, due)
      }),
      { numRuns: rounds(80, 2000) }
    )
  })
})

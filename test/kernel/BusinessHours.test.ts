import { assert, it } from "@effect/vitest"
import * as fc from "fast-check"
import { describe } from "vitest"
import { after, type BusinessHours, between, faultOf, type Span } from "../../src/kernel/BusinessHours.ts"
import { dayOf, dayOfRule, easter, regions } from "../../src/kernel/holidays.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { rounds } from "../support/rounds.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const at = (iso: string) => Instant.fromMillis(Date.parse(iso))
const iso = (day: number) => new Date(day * DAY).toISOString().slice(0, 10)

const week = (weekdays: ReadonlyArray<Span>, weekend: ReadonlyArray<Span> = []): BusinessHours["hours"] => ({
  monday: weekdays,
  tuesday: weekdays,
  wednesday: weekdays,
  thursday: weekdays,
  friday: weekdays,
  saturday: weekend,
  sunday: weekend
})

const hours = (over: Partial<BusinessHours> = {}): BusinessHours => ({
  timeZone: "Europe/Berlin",
  hours: week([["08:00", "17:00"]]),
  holidays: { region: "DE", dates: [] },
  ...over
})

// ---- a model that looks at every single minute -----------------------------------------------------------------------------------------

const NAMES = {
  Mon: "monday",
  Tue: "tuesday",
  Wed: "wednesday",
  Thu: "thursday",
  Fri: "friday",
  Sat: "saturday",
  Sun: "sunday"
}

const wall = (timeZone: string) => {
  const format = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    year: "numeric",
    month: "2-digit",
    day: "2-digit",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23"
  })
  return (instant: number) => {
    const parts = Object.fromEntries(format.formatToParts(instant).map(({ type, value }) => [type, value]))
    return {
      date: `${parts.year}-${parts.month}-${parts.day}`,
      // the names are all that the format answers
      weekday: NAMES[parts.weekday as keyof typeof NAMES] as keyof BusinessHours["hours"],
      time: `${parts.hour}:${parts.minute}`
    }
  }
}

/** Holidays of a region as dates, from the rules' own words. */
const holidaysIn = (region: string | null) =>
  new Set(
    region === null
      ? []
      : Array.from({ length: 5 }, (_, index) => 2024 + index).flatMap((year) =>
          (regions[region] ?? []).map((rule) => iso(dayOfRule(rule, year)))
        )
  )

/** Whether each minute from `from` on is one of business, by the clock on the wall. */
const openMinutes = (of: BusinessHours, from: number, minutes: number): ReadonlyArray<boolean> => {
  const wallAt = wall(of.timeZone)
  const closed = new Set([...holidaysIn(of.holidays.region), ...of.holidays.dates])
  return Array.from({ length: minutes }, (_, index) => {
    const { date, time, weekday } = wallAt(from + index * MINUTE)
    return !closed.has(date) && of.hours[weekday].some(([opens, closes]) => opens <= time && time < closes)
  })
}

// ---- examples by hand ------------------------------------------------------------------------------------------------------------------

const examples = [
  { what: "inside of a day", from: "2026-06-10T08:00:00Z", until: "2026-06-10T10:30:00Z", hours: 2.5 },
  { what: "over a night", from: "2026-06-10T14:00:00Z", until: "2026-06-11T07:00:00Z", hours: 2 },
  { what: "over a weekend", from: "2026-06-12T14:00:00Z", until: "2026-06-15T07:00:00Z", hours: 2 },
  {
    what: "over Easter, with Good Friday and Monday",
    from: "2026-04-02T14:00:00Z",
    until: "2026-04-07T07:00:00Z",
    hours: 2
  },
  { what: "over the change to summer time", from: "2026-03-27T15:00:00Z", until: "2026-03-30T07:00:00Z", hours: 2 },
  { what: "over the change to winter time", from: "2026-10-23T14:00:00Z", until: "2026-10-26T08:00:00Z", hours: 2 }
]

describe("business hours", () => {
  it("TIC-12 business time inside of a day, over nights, weekends, holidays and changes of clocks", () => {
    for (const example of examples) {
      const [from, until] = [at(example.from), at(example.until)]
      assert.strictEqual(between(hours(), from, until), example.hours * HOUR, example.what)
      assert.strictEqual(between(hours(), until, from), 0)
    }
  })

  it("TIC-12 a day on which clocks are changed is an hour shorter or longer for who is open at night", () => {
    const always = hours({
      hours: week([["00:00", "24:00"]], [["00:00", "24:00"]]),
      holidays: { region: null, dates: [] }
    })
    assert.strictEqual(between(always, at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")), 23 * HOUR)
    assert.strictEqual(after(always, at("2026-03-28T23:00:00Z"), 23 * HOUR), at("2026-03-29T22:00:00Z"))
    assert.strictEqual(between(always, at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")), 25 * HOUR)
    // the hour that comes twice counts twice, the one that is left out not at all
    const night = hours({
      hours: week([["02:00", "03:00"]], [["02:00", "03:00"]]),
      holidays: { region: null, dates: [] }
    })
    assert.strictEqual(between(night, at("2026-10-24T22:00:00Z"), at("2026-10-25T23:00:00Z")), 2 * HOUR)
    assert.strictEqual(between(night, at("2026-03-28T23:00:00Z"), at("2026-03-29T22:00:00Z")), 0)
  })

  it("TIC-12 holidays of a region are its own, and dates of the operator come on top", () => {
    const easterSundays = {
      2024: "2024-03-31",
      2025: "2025-04-20",
      2026: "2026-04-05",
      2027: "2027-03-28",
      2038: "2038-04-25"
    }
    for (const [year, date] of Object.entries(easterSundays)) assert.strictEqual(iso(easter(Number(year))), date)
    const dates = (region: string, year: number) =>
      (regions[region] ?? []).map((rule) => iso(dayOfRule(rule, year))).sort()
    assert.deepStrictEqual(dates("DE", 2026), [
      "2026-01-01",
      "2026-04-03",
      "2026-04-06",
      "2026-05-01",
      "2026-05-14",
      "2026-05-25",
      "2026-10-03",
      "2026-12-25",
      "2026-12-26"
    ])
    assert.includeMembers(dates("AT", 2026), ["2026-06-04", "2026-10-26", "2026-12-08"])
    // the Wednesday before 23 November
    assert.includeMembers(dates("DE-SN", 2026), ["2026-11-18"])
    assert.includeMembers(dates("DE-SN", 2022), ["2022-11-16"])
    assert.notInclude(dates("DE-BY", 2026), "2026-11-18")
    const allSaints = [at("2026-11-01T23:00:00Z"), at("2027-11-01T23:00:00Z")] as const
    assert.strictEqual(dayOf(2027, 11, 1), Date.parse("2027-11-01T00:00:00Z") / DAY)
    const bavaria = hours({ holidays: { region: "DE-BY", dates: [] } })
    // All Saints' is a Monday in 2027
    assert.strictEqual(between(hours(), at("2027-10-31T23:00:00Z"), allSaints[1]), 9 * HOUR)
    assert.strictEqual(between(bavaria, at("2027-10-31T23:00:00Z"), allSaints[1]), 0)
    const eve = hours({ holidays: { region: "DE", dates: ["2026-12-24"] } })
    assert.strictEqual(between(eve, at("2026-12-23T23:00:00Z"), at("2026-12-24T23:00:00Z")), 0)
    assert.strictEqual(between(hours(), at("2026-12-23T23:00:00Z"), at("2026-12-24T23:00:00Z")), 9 * HOUR)
  })

  it("TIC-12 a business that never opens has no deadlines, and one that is said wrong is named", () => {
    const never = hours({ hours: week([]) })
    assert.strictEqual(after(never, at("2026-06-10T08:00:00Z"), 1), null)
    assert.strictEqual(after(never, at("2026-06-10T08:00:00Z"), 0), at("2026-06-10T08:00:00Z"))
    assert.strictEqual(faultOf(hours()), undefined)
    for (const wrong of [
      hours({ timeZone: "Europe/Nowhere" }),
      hours({ hours: week([["08:00", "25:00"]]) }),
      hours({ hours: week([["8", "9"]]) }),
      hours({ holidays: { region: "XX", dates: [] } }),
      hours({ holidays: { region: null, dates: ["24.12.2026"] } })
    ]) {
      assert.isString(faultOf(wrong))
    }
  })

  // starts near the changes of clocks, and anywhere in three years
  const starts = fc.oneof(
    fc
      .constantFrom(
        "2026-03-27T12:00:00Z",
        "2026-03-28T20:00:00Z",
        "2026-10-24T10:00:00Z",
        "2026-10-25T00:30:00Z",
        "2026-12-23T08:00:00Z",
        "2026-04-02T08:00:00Z"
      )
      .map((text) => Date.parse(text) / MINUTE),
    fc.integer({ min: Date.parse("2025-01-01T00:00:00Z") / MINUTE, max: Date.parse("2027-12-01T00:00:00Z") / MINUTE })
  )
  const times = fc
    .tuple(fc.integer({ min: 0, max: 24 * 4 }), fc.integer({ min: 0, max: 24 * 4 }))
    .filter(([a, b]) => a !== b)
    .map(([a, b]): Span => {
      const text = (quarter: number) =>
        `${String(Math.floor(quarter / 4)).padStart(2, "0")}:${String((quarter % 4) * 15).padStart(2, "0")}`
      return a < b ? [text(a), text(b)] : [text(b), text(a)]
    })
  const some = fc.array(times, { maxLength: 2 })
  const calendars = fc.record({
    timeZone: fc.constantFrom(
      "Europe/Berlin",
      "Europe/Berlin",
      "America/New_York",
      "Australia/Lord_Howe",
      "Asia/Kolkata"
    ),
    hours: fc.record({
      monday: some,
      tuesday: some,
      wednesday: some,
      thursday: some,
      friday: some,
      saturday: some,
      sunday: some
    }),
    holidays: fc.record({
      region: fc.constantFrom(null, "DE", "AT", "DE-BY"),
      dates: fc.constantFrom([], ["2026-03-29"], ["2026-10-25", "2026-12-24"])
    })
  })

  it("TIC-12 business time is that of a model that looks at every minute, over changes of clocks and holidays", {
    timeout: 120_000
  }, () => {
    fc.assert(
      fc.property(calendars, starts, fc.integer({ min: 1, max: 5 * 24 * 60 }), (calendar, start, length) => {
        const from = start * MINUTE
        const model = openMinutes(calendar, from, length)
        const expected = model.filter((isOpen) => isOpen).length * MINUTE
        assert.strictEqual(
          between(calendar, Instant.fromMillis(from), Instant.fromMillis(from + length * MINUTE)),
          expected
        )
        // the deadline of what was counted is the end of the last open minute
        const last = model.lastIndexOf(true)
        if (last >= 0)
          assert.strictEqual(after(calendar, Instant.fromMillis(from), expected), from + (last + 1) * MINUTE)
      }),
      { numRuns: rounds(60, 1500) }
    )
  })

  it("TIC-12 what lies between an instant and its deadline is what was promised", () => {
    fc.assert(
      fc.property(calendars, starts, fc.integer({ min: 1, max: 40 * HOUR }), (calendar, start, amount) => {
        const from = Instant.fromMillis(start * MINUTE)
        const deadline = after(calendar, from, amount)
        if (deadline === null) return
        assert.strictEqual(between(calendar, from, deadline), amount)
        assert.strictEqual(between(calendar, from, Instant.fromMillis(deadline - 1)), amount - 1)
      }),
      { numRuns: rounds(300, 5000) }
    )
  })
})

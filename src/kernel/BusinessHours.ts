import { dayOf, dayOfRule, type HolidayRule, regions } from "./holidays.ts"
import * as Instant from "./Instant.ts"

/** From and until, by the clock on the wall: `["08:00", "17:00"]`; the end of a day is `"24:00"`. */
export type Span = readonly [from: string, until: string]

/** When a business is open. A span counts by the clock on the wall, so that a day on which clocks are changed is an hour longer or shorter for it. */
export interface BusinessHours {
  /** A name of the IANA time zone database. */
  readonly timeZone: string
  readonly hours: {
    readonly monday: ReadonlyArray<Span>
    readonly tuesday: ReadonlyArray<Span>
    readonly wednesday: ReadonlyArray<Span>
    readonly thursday: ReadonlyArray<Span>
    readonly friday: ReadonlyArray<Span>
    readonly saturday: ReadonlyArray<Span>
    readonly sunday: ReadonlyArray<Span>
  }
  /** Closed all day: the holidays of a region (`AT`, `DE-BY`; null for none), and these dates (`2026-12-24`). */
  readonly holidays: { readonly region: string | null; readonly dates: ReadonlyArray<string> }
}

const MINUTE = 60_000
const DAY = 86_400_000
/** The wall clock is at most 14 hours away from UTC anywhere; an hour more for certain. */
const FARTHEST = 15 * 60 * MINUTE
/** Whoever is closed for ten years on end never opens again. */
const LONGEST = 3_660

/** Half-open: from, until. */
type Interval = readonly [from: number, until: number]

const WEEKDAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"] as const

const formats = new Map<string, Intl.DateTimeFormat>()

/** How far the clock on the wall is ahead of UTC, in milliseconds. */
const offsetAt = (timeZone: string, instant: number): number => {
  let format = formats.get(timeZone)
  if (format === undefined) {
    format = new Intl.DateTimeFormat("en-US", { timeZone, timeZoneName: "longOffset" })
    formats.set(timeZone, format)
  }
  const name = format.formatToParts(instant).find(({ type }) => type === "timeZoneName")?.value ?? ""
  const parts = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name)
  if (parts === null) throw new Error(`${timeZone} has no offset that can be read: ${name}`)
  const [, sign, hours = "0", minutes = "0", seconds = "0"] = parts
  const size = (Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds)) * 1000
  return sign === "-" ? -size : size
}

/** Parts of a stretch of time in which the offset is the same. One change in a few days at most, as everywhere in the world. */
const offsetsIn = (timeZone: string, [from, until]: Interval): ReadonlyArray<readonly [Interval, offset: number]> => {
  const first = offsetAt(timeZone, from)
  const last = offsetAt(timeZone, until)
  if (first === last) return [[[from, until], first]]
  let low = from
  let high = until
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2)
    if (offsetAt(timeZone, middle) === first) low = middle
    else high = middle
  }
  return [
    [[from, high], first],
    [[high, until], last]
  ]
}

const minutesOf = (time: string): number => {
  const parts = /^([01]\d|2[0-4]):([0-5]\d)$/.exec(time)
  const minutes = parts === null ? Number.NaN : Number(parts[1]) * 60 + Number(parts[2])
  if (!(minutes <= 24 * 60)) throw new Error(`${time} is no time of the day`)
  return minutes
}

const merged = (spans: ReadonlyArray<Span>): ReadonlyArray<Interval> => {
  const result: Array<[number, number]> = []
  const sorted = spans.map(([from, until]) => [minutesOf(from), minutesOf(until)] as const).sort((a, b) => a[0] - b[0])
  for (const [from, until] of sorted) {
    const last = result.at(-1)
    if (last !== undefined && from <= last[1]) last[1] = Math.max(last[1], until)
    else if (from < until) result.push([from, until])
  }
  return result
}

const dateOf = (text: string): number => {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text)
  if (parts === null) throw new Error(`${text} is no date`)
  return dayOf(Number(parts[1]), Number(parts[2]), Number(parts[3]))
}

/** What is worked out once for each value of settings. */
interface Calendar {
  readonly timeZone: string
  readonly week: ReadonlyArray<ReadonlyArray<Interval>>
  readonly rules: ReadonlyArray<HolidayRule>
  readonly dates: ReadonlySet<number>
  readonly holidays: Map<number, ReadonlySet<number>>
  readonly days: Map<number, ReadonlyArray<Interval>>
}

const calendars = new WeakMap<BusinessHours, Calendar>()
const MOST_DAYS = 5_000

const calendarOf = (hours: BusinessHours): Calendar => {
  const known = calendars.get(hours)
  if (known !== undefined) return known
  const { dates, region } = hours.holidays
  const rules = region === null ? [] : Object.hasOwn(regions, region) ? regions[region] : undefined
  if (rules === undefined) throw new Error(`there is no region ${region}`)
  const calendar: Calendar = {
    timeZone: hours.timeZone,
    week: WEEKDAYS.map((weekday) => merged(hours.hours[weekday])),
    rules,
    dates: new Set(dates.map(dateOf)),
    holidays: new Map(),
    days: new Map()
  }
  calendars.set(hours, calendar)
  return calendar
}

const isHoliday = ({ dates, holidays, rules }: Calendar, day: number): boolean => {
  if (dates.has(day)) return true
  const year = new Date(day * DAY).getUTCFullYear()
  let ofYear = holidays.get(year)
  if (ofYear === undefined) {
    ofYear = new Set(rules.map((rule) => dayOfRule(rule, year)))
    holidays.set(year, ofYear)
  }
  return ofYear.has(day)
}

/** When the business is open on a date, in the order of time. */
const openOn = (calendar: Calendar, day: number): ReadonlyArray<Interval> => {
  const known = calendar.days.get(day)
  if (known !== undefined) return known
  // 1970-01-01 was a Thursday
  const spans = isHoliday(calendar, day) ? [] : (calendar.week[(((day + 3) % 7) + 7) % 7] ?? [])
  const base = day * DAY
  const open =
    spans.length === 0
      ? []
      : offsetsIn(calendar.timeZone, [base - FARTHEST, base + DAY + FARTHEST])
          .flatMap(([[low, high], offset]) =>
            spans.map(
              ([from, until]): Interval => [
                Math.max(low, base + from * MINUTE - offset),
                Math.min(high, base + until * MINUTE - offset)
              ]
            )
          )
          .filter(([from, until]) => from < until)
          .sort((a, b) => a[0] - b[0])
  if (calendar.days.size >= MOST_DAYS) calendar.days.clear()
  calendar.days.set(day, open)
  return open
}

/** The first date that can have open hours at or after an instant. */
const firstDay = (instant: number): number => Math.floor((instant - FARTHEST) / DAY)

/** What is wrong with these hours: a time zone, time, date or region that does not exist. Undefined when all is well. */
export const faultOf = (hours: BusinessHours): string | undefined => {
  try {
    openOn(calendarOf(hours), 0)
    offsetAt(hours.timeZone, 0)
    return undefined
  } catch (cause) {
    return cause instanceof Error ? cause.message : String(cause)
  }
}

/** How many milliseconds of business time lie between two instants. */
export const between = (hours: BusinessHours, from: Instant.Instant, until: Instant.Instant): number => {
  const calendar = calendarOf(hours)
  let sum = 0
  for (let day = firstDay(from); day * DAY - FARTHEST < until; day++) {
    for (const [opens, closes] of openOn(calendar, day)) {
      sum += Math.max(0, Math.min(closes, until) - Math.max(opens, from))
    }
  }
  return sum
}

/** The instant by which so many milliseconds of business time have passed; null where the business does not open for so long in ten years. */
export const after = (hours: BusinessHours, from: Instant.Instant, amount: number): Instant.Instant | null => {
  if (amount <= 0) return from
  const calendar = calendarOf(hours)
  let left = amount
  const first = firstDay(from)
  for (let day = first; day < first + LONGEST; day++) {
    for (const [opens, closes] of openOn(calendar, day)) {
      const begins = Math.max(opens, from)
      if (begins >= closes) continue
      if (left <= closes - begins) return Instant.fromMillis(begins + left)
      left -= closes - begins
    }
  }
  return null
}

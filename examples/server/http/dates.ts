import { DateTime, Option } from "effect"

const DAY = 86_400_000

/** A moment (epoch milliseconds) as the day that it is in a time zone, as date fields have it: `2026-11-22` (ISO 8601). */
export const dayOf = (millis: number, timeZone: string): string =>
  // the Swedish format is the ISO one
  new Intl.DateTimeFormat("sv-SE", { dateStyle: "short", timeZone }).format(millis)

/** So many days after another day. */
export const daysAfter = (day: string, days: number): string =>
  new Date(Date.parse(`${day}T00:00:00Z`) + days * DAY).toISOString().slice(0, 10)

/** When a day of a date field begins in a time zone; undefined for what is no day. */
export const beginningOf = (day: string, timeZone: string): number | undefined => {
  if (!/^\d{4}-\d\d-\d\d$/.test(day)) return undefined
  const midnight = DateTime.makeZoned(`${day}T00:00:00Z`, { timeZone, adjustForTimeZone: true })
  return Option.getOrUndefined(
    Option.flatMap(midnight, (zoned) => {
      const millis = DateTime.toEpochMillis(zoned)
      // 30 February is read as a day of March
      return dayOf(millis, timeZone) === day ? Option.some(millis) : Option.none()
    })
  )
}

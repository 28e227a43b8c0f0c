/** A day that comes every year: on a date, so many days from Easter Sunday, or the last weekday (0 is Sunday) before a date. */
export type HolidayRule =
  | { readonly month: number; readonly day: number }
  | { readonly easter: number }
  | { readonly weekday: number; readonly before: { readonly month: number; readonly day: number } }

const newYear = { month: 1, day: 1 }
const epiphany = { month: 1, day: 6 }
const womensDay = { month: 3, day: 8 }
const goodFriday = { easter: -2 }
const easterMonday = { easter: 1 }
const labourDay = { month: 5, day: 1 }
const ascension = { easter: 39 }
const whitMonday = { easter: 50 }
const corpusChristi = { easter: 60 }
const assumption = { month: 8, day: 15 }
const childrensDay = { month: 9, day: 20 }
const germanUnity = { month: 10, day: 3 }
const austria = { month: 10, day: 26 }
const reformation = { month: 10, day: 31 }
const allSaints = { month: 11, day: 1 }
const repentance = { weekday: 3, before: { month: 11, day: 23 } }
const immaculate = { month: 12, day: 8 }
const christmas = { month: 12, day: 25 }
const boxingDay = { month: 12, day: 26 }
const swissDay = { month: 8, day: 1 }

const germany: ReadonlyArray<HolidayRule> = [
  newYear,
  goodFriday,
  easterMonday,
  labourDay,
  ascension,
  whitMonday,
  germanUnity,
  christmas,
  boxingDay
]

/** Public holidays by law, of Austria, Germany and its states, and what most of Switzerland's cantons have in common. */
export const regions: Readonly<Record<string, ReadonlyArray<HolidayRule>>> = {
  AT: [
    newYear,
    epiphany,
    easterMonday,
    labourDay,
    ascension,
    whitMonday,
    corpusChristi,
    assumption,
    austria,
    allSaints,
    immaculate,
    christmas,
    boxingDay
  ],
  CH: [newYear, ascension, swissDay, christmas],
  DE: germany,
  "DE-BB": [...germany, reformation],
  "DE-BE": [...germany, womensDay],
  "DE-BW": [...germany, epiphany, corpusChristi, allSaints],
  "DE-BY": [...germany, epiphany, corpusChristi, assumption, allSaints],
  "DE-HB": [...germany, reformation],
  "DE-HE": [...germany, corpusChristi],
  "DE-HH": [...germany, reformation],
  "DE-MV": [...germany, womensDay, reformation],
  "DE-NI": [...germany, reformation],
  "DE-NW": [...germany, corpusChristi, allSaints],
  "DE-RP": [...germany, corpusChristi, allSaints],
  "DE-SH": [...germany, reformation],
  "DE-SL": [...germany, corpusChristi, assumption, allSaints],
  "DE-SN": [...germany, reformation, repentance],
  "DE-ST": [...germany, epiphany, reformation],
  "DE-TH": [...germany, childrensDay, reformation]
}

const DAY = 86_400_000

/** A date as the number of days since 1970-01-01. */
export const dayOf = (year: number, month: number, day: number): number => Date.UTC(year, month - 1, day) / DAY

/** Easter Sunday of the Gregorian calendar (the anonymous algorithm of 1876, as in Meeus, Astronomical Algorithms, chapter 8). */
export const easter = (year: number): number => {
  const a = year % 19
  const b = Math.floor(year / 100)
  const c = year % 100
  const d = Math.floor(b / 4)
  const e = b % 4
  const f = Math.floor((b + 8) / 25)
  const g = Math.floor((b - f + 1) / 3)
  const h = (19 * a + b - d - g + 15) % 30
  const i = Math.floor(c / 4)
  const k = c % 4
  const l = (32 + 2 * e + 2 * i - h - k) % 7
  const m = Math.floor((a + 11 * h + 22 * l) / 451)
  const n = h + l - 7 * m + 114
  return dayOf(year, Math.floor(n / 31), (n % 31) + 1)
}

/** The days of a year on which this rule falls. */
export const dayOfRule = (rule: HolidayRule, year: number): number => {
  if ("easter" in rule) return easter(year) + rule.easter
  if ("day" in rule) return dayOf(year, rule.month, rule.day)
  const last = dayOf(year, rule.before.month, rule.before.day) - 1
  // 1970-01-01 was a Thursday
  return last - ((last + 4 - rule.weekday + 7 * 10_000) % 7)
}

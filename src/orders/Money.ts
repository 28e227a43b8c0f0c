import { Schema } from "effect"
import type { Locale } from "../kernel/Text.ts"

/** The largest price of one thing, in minor units: ten million of most currencies. */
export const MOST = 1_000_000_000

/** A whole number of minor units (cents), at most `MOST` in either direction. */
export const Minor = Schema.Int.check(
  Schema.makeFilter((value) => (Math.abs(value) <= MOST ? undefined : "range"), { expected: "minor units" })
)

/** A currency as ISO 4217 code, upper case. */
export const Currency = Schema.String.check(
  Schema.makeFilter((value) => (/^[A-Z]{3}$/.test(value) ? undefined : "invalid"), { expected: "a currency" })
)

/** What is paid once, and what each month, in minor units of one currency. */
export const Price = Schema.Struct({ once: Minor, monthly: Minor })
export type Price = typeof Price.Type

/** As `Price`, of a whole order: a sum of many prices, still exact (see `Product.ts`). */
export const Total = Schema.Struct({ once: Schema.Int, monthly: Schema.Int })
export type Total = typeof Total.Type

export const free: Price = { once: 0, monthly: 0 }

/** Whole numbers up to 2^53 are exact in JavaScript; the sizes of a catalog keep every sum below that. */
export const plus = (a: Total, b: Total): Total => ({ once: a.once + b.once, monthly: a.monthly + b.monthly })

export const times = (price: Price, count: number): Total => ({
  // adding 0 makes 0 of a negative zero, which JSON does not know
  once: price.once * count + 0,
  monthly: price.monthly * count + 0
})

/** How many decimal places a currency is written with (ISO 4217): 2 for EUR, 0 for JPY. */
export const decimals = (currency: string): number =>
  new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ?? 2

/** Minor units as a decimal number in digits, without rounding and without arithmetic on fractions: `-5` with 2 places is `-0.05`. */
export const toDecimal = (minor: number, places: number): `${number}` => {
  const digits = Math.abs(minor)
    .toString()
    .padStart(places + 1, "0")
  const whole = digits.slice(0, digits.length - places)
  const fraction = digits.slice(digits.length - places)
  // digits with at most one point are what the type says
  return `${minor < 0 ? "-" : ""}${whole}${places === 0 ? "" : `.${fraction}`}` as `${number}`
}

/** For people: "1.234,50 €". `Intl` gets digits and no floating point number, so that nothing is rounded. */
export const format = (minor: number, currency: string, locale: Locale): string =>
  new Intl.NumberFormat(locale, { style: "currency", currency }).format(toDecimal(minor, decimals(currency)))

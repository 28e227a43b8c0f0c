import { Schema, SchemaTransformation } from "effect"

const MAX = 40
// letters and digits, set apart by spaces and dashes of any kind, by slashes, dots and underscores
const WRITTEN = /^[A-Za-z0-9]+(?:[ \-/._]+[A-Za-z0-9]+)*$/

/** As people write it: NFKC, no space at the ends, any space or dash as the plain one. */
const tidy = (input: string): string =>
  input.length > 400
    ? input
    : input
        .normalize("NFKC")
        .replace(/\p{Pd}/gu, "-")
        .replace(/\s+/gu, " ")
        .trim()

/** What two customer numbers have in common when they are the same one: no spaces, no dashes, lower case, no leading zeros (G-10). */
export const normalForm = (written: string): string => {
  const bare = tidy(written).replace(/[ -]/g, "").toLowerCase()
  return bare.replace(/^0+(?=.)/, "")
}

/** Whether two ways of writing mean the same customer number. */
export const equal = (a: string, b: string): boolean => normalForm(a) === normalForm(b)

/** A customer number as it is written on invoices: at most 40 characters, letters and digits, in groups if need be. */
export const CustomerNumber = Schema.String.check(
  Schema.makeFilter(
    (value) => (value.length <= MAX && WRITTEN.test(value) && tidy(value) === value ? undefined : "customer-number"),
    { expected: "a customer number" }
  )
).pipe(Schema.brand("CustomerNumber"))
export type CustomerNumber = typeof CustomerNumber.Type

/** What people type; refused input has the code `customer-number`. */
export const CustomerNumberFromInput = Schema.String.pipe(
  Schema.decodeTo(CustomerNumber, SchemaTransformation.transform({ decode: tidy, encode: (value: string) => value }))
)

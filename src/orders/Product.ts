import { Schema } from "effect"
import { fill, type Text } from "../kernel/Refusal.ts"
import { codePoints, optionalLine } from "../kernel/Text.ts"
import { Currency, free, Price, plus, type Total, times } from "./Money.ts"

// ---- what a catalog is made of ---------------------------------------------------------------------------------------------------------

// Their product with the largest price is far below 2^53, so that every price is exact.
const MOST_OPTIONS = 50
const MOST_UNITS = 100_000
const MOST_CHOICES = 200

/** The name of a product, an option or a choice; never changes, because orders keep it. */
export const Key = Schema.String.check(
  Schema.makeFilter((value) => (/^[a-z][a-z0-9-]{0,39}$/.test(value) ? undefined : "invalid"), { expected: "a key" })
)

const Label = Schema.Struct({ de: Schema.NonEmptyString, en: Schema.NonEmptyString })

const Units = Schema.Int.check(
  Schema.makeFilter((value) => (value >= 0 && value <= MOST_UNITS ? undefined : "range"), { expected: "a count" })
)

const atMost = (count: number) =>
  Schema.makeFilter<ReadonlyArray<unknown>>((list) => (list.length <= count ? undefined : "too-many"))

/** One of several. */
export const Choice = Schema.Struct({
  type: Schema.Literal("choice"),
  key: Key,
  label: Label,
  required: Schema.Boolean,
  choices: Schema.Array(Schema.Struct({ key: Key, label: Label, price: Price })).check(atMost(MOST_CHOICES))
})

/** A whole number from `min` to `max`; each unit has the price. */
export const WholeNumber = Schema.Struct({
  type: Schema.Literal("number"),
  key: Key,
  label: Label,
  required: Schema.Boolean,
  min: Units,
  max: Units,
  price: Price
})

/** Yes or no; nothing said is no. Yes has the price. */
export const YesNo = Schema.Struct({ type: Schema.Literal("yes-no"), key: Key, label: Label, price: Price })

/** A line of text, for example what is written on an invoice; it has no price. */
export const ShortText = Schema.Struct({
  type: Schema.Literal("text"),
  key: Key,
  label: Label,
  required: Schema.Boolean,
  /** In characters, at most 500. */
  maxLength: Schema.Int.check(Schema.makeFilter((value) => (value >= 1 && value <= 500 ? undefined : "range")))
})

export const Option = Schema.Union([Choice, WholeNumber, YesNo, ShortText])
export type Option = typeof Option.Type

const Value = Schema.Union([Schema.String, Schema.Int, Schema.Boolean])

/** Something that holds of one option: it has this value, has another one or none, or its number is above or below a bound. */
export const Condition = Schema.Union([
  Schema.Struct({ option: Key, is: Value }),
  Schema.Struct({ option: Key, isNot: Value }),
  Schema.Struct({ option: Key, above: Schema.Int }),
  Schema.Struct({ option: Key, below: Schema.Int })
])
export type Condition = typeof Condition.Type

/** A combination that does not exist: never do all of these hold together. The message stands beside the option `at`. */
export const Rule = Schema.Struct({
  never: Schema.NonEmptyArray(Condition),
  at: Key,
  message: Label
})
export type Rule = typeof Rule.Type

/** What can be ordered. */
export const Product = Schema.Struct({
  key: Key,
  name: Label,
  description: Label,
  /** Of every price of the product. */
  currency: Currency,
  /** Before any option. */
  price: Price,
  /** The shortest time for which it can be had, in months; 0 where it can be given up at any time. */
  termMonths: Units,
  options: Schema.Array(Option).check(atMost(MOST_OPTIONS)),
  rules: Schema.Array(Rule).check(atMost(MOST_CHOICES))
})
export type Product = typeof Product.Type

/** Everything that can be ordered now. The version changes whenever anything else in it does: an order keeps the one it was placed with (ORD-03). */
export const Catalog = Schema.Struct({
  version: Schema.NonEmptyString,
  products: Schema.Array(Product)
})
export type Catalog = typeof Catalog.Type

export const productNamed = (catalog: Catalog, key: string): Product | undefined =>
  catalog.products.find((product) => product.key === key)

const twice = (keys: ReadonlyArray<string>): ReadonlyArray<string> => [
  ...new Set(keys.filter((key, index) => keys.indexOf(key) !== index))
]

const fits = (option: Option, value: typeof Value.Type): boolean => {
  switch (option.type) {
    case "choice":
      return option.choices.some(({ key }) => key === value)
    case "number":
      return typeof value === "number"
    case "yes-no":
      return typeof value === "boolean"
    case "text":
      return typeof value === "string"
  }
}

const faultsOfRule = (product: Product, rule: Rule): ReadonlyArray<string> => {
  const named = (key: string) => product.options.find((option) => option.key === key)
  const faults = named(rule.at) === undefined ? [`${product.key}: a rule stands at ${rule.at}, which is no option`] : []
  for (const condition of rule.never) {
    const option = named(condition.option)
    if (option === undefined) faults.push(`${product.key}: a rule names ${condition.option}, which is no option`)
    else if ("above" in condition || "below" in condition) {
      if (option.type !== "number") faults.push(`${product.key}: ${condition.option} in a rule is no number`)
    } else {
      const value = "is" in condition ? condition.is : condition.isNot
      if (!fits(option, value)) faults.push(`${product.key}: ${condition.option} in a rule cannot be ${String(value)}`)
    }
  }
  return faults
}

/** What is wrong with a catalog that has the right shape: names that come twice or lead nowhere, ranges without a number. Empty when all is well. */
export const faultsOf = (catalog: Catalog): ReadonlyArray<string> => [
  ...twice(catalog.products.map(({ key }) => key)).map((key) => `there are two products ${key}`),
  ...catalog.products.flatMap((product) => [
    ...twice(product.options.map(({ key }) => key)).map((key) => `${product.key}: there are two options ${key}`),
    ...product.options.flatMap((option) => {
      if (option.type === "number" && option.min > option.max) return [`${product.key}: ${option.key} has no number`]
      if (option.type !== "choice") return []
      return twice(option.choices.map(({ key }) => key)).map(
        (key) => `${product.key}: ${option.key} has two choices ${key}`
      )
    }),
    ...product.rules.flatMap((rule) => faultsOfRule(product, rule))
  ])
]

// ---- what somebody chooses -------------------------------------------------------------------------------------------------------------

/** The value for each option: a choice's key, a whole number, yes or no, a text. */
export const Chosen = Schema.Record(Key, Schema.Union([optionalLine(500), Schema.Int, Schema.Boolean])).check(
  Schema.makeFilter((chosen) => (Object.keys(chosen).length <= MOST_OPTIONS ? undefined : "too-many"))
)
export type Chosen = typeof Chosen.Type

/** What is wrong with one option of an order, for people. */
export const Issue = Schema.Struct({
  option: Schema.String,
  code: Schema.String,
  de: Schema.String,
  en: Schema.String
})
export type Issue = typeof Issue.Type

const texts = {
  missing: { de: "Bitte füllen Sie dieses Feld aus.", en: "Please fill in this field." },
  type: { de: "Diese Angabe hat nicht die erwartete Form.", en: "This is not of the expected form." },
  choice: { de: "Diese Auswahl gibt es nicht.", en: "There is no such choice." },
  range: {
    de: "Bitte geben Sie eine ganze Zahl von {min} bis {max} ein.",
    en: "Please enter a whole number from {min} to {max}."
  },
  "too-long": { de: "Höchstens {maxLength} Zeichen.", en: "At most {maxLength} characters." },
  "unknown-option": { de: "Das gibt es bei diesem Produkt nicht.", en: "This product does not have that." }
} as const satisfies Readonly<Record<string, Text>>

const issue = (option: string, code: keyof typeof texts, values: Readonly<Record<string, unknown>> = {}): Issue => ({
  option,
  code,
  de: fill(texts[code].de, values),
  en: fill(texts[code].en, values)
})

/** One line of the bill: an option, or the product itself (`option` is null), with what was chosen and what it costs. */
export const Line = Schema.Struct({
  option: Schema.NullOr(Schema.String),
  label: Label,
  /** What was chosen, for people. */
  value: Schema.Struct({ de: Schema.String, en: Schema.String }),
  once: Schema.Int,
  monthly: Schema.Int
})
export type Line = typeof Line.Type

/** What a choice of options comes to: it exists and has a price, or it does not, and why. */
export type Evaluation =
  | { readonly issues: ReadonlyArray<Issue>; readonly lines: null; readonly total: null }
  | { readonly issues: readonly []; readonly lines: ReadonlyArray<Line>; readonly total: Total }

const same = (text: string): Text => ({ de: text, en: text })

const given = (value: Chosen[string] | undefined): boolean => value !== undefined && value !== ""

type Judged =
  | { readonly issue: Issue }
  /** Null where nothing was chosen that could be on a bill. */
  | { readonly line: Line | null }

const judge = (option: Option, value: Chosen[string] | undefined): Judged => {
  const line = (text: Text, total: Total): Judged => ({
    line: { option: option.key, label: option.label, value: text, ...total }
  })
  if (!given(value)) {
    return option.type !== "yes-no" && option.required ? { issue: issue(option.key, "missing") } : { line: null }
  }
  switch (option.type) {
    case "choice": {
      const choice = option.choices.find(({ key }) => key === value)
      return choice === undefined ? { issue: issue(option.key, "choice") } : line(choice.label, choice.price)
    }
    case "number":
      if (typeof value !== "number") return { issue: issue(option.key, "type") }
      return value < option.min || value > option.max
        ? { issue: issue(option.key, "range", { min: option.min, max: option.max }) }
        : line(same(String(value)), times(option.price, value))
    case "yes-no":
      if (typeof value !== "boolean") return { issue: issue(option.key, "type") }
      return value ? line({ de: "ja", en: "yes" }, option.price) : { line: null }
    case "text":
      if (typeof value !== "string") return { issue: issue(option.key, "type") }
      return codePoints(value) > option.maxLength
        ? { issue: issue(option.key, "too-long", { maxLength: option.maxLength }) }
        : line(same(value), free)
  }
}

const holds = (product: Product, chosen: Chosen, condition: Condition): boolean => {
  const option = product.options.find(({ key }) => key === condition.option)
  const stored = Object.hasOwn(chosen, condition.option) ? chosen[condition.option] : undefined
  const value = given(stored) ? stored : option?.type === "yes-no" ? false : undefined
  if ("is" in condition) return value === condition.is
  if ("isNot" in condition) return value !== condition.isNot
  if (typeof value !== "number") return false
  return "above" in condition ? value > condition.above : value < condition.below
}

/**
 * Whether the product exists with these options, with a message for each option that is wrong (ORD-02), and what it costs: the product's own price
 * and that of each option. Combinations are judged when every option is right by itself.
 */
export const evaluate = (product: Product, chosen: Chosen): Evaluation => {
  const issues: Array<Issue> = []
  const lines: Array<Line> = [{ option: null, label: product.name, value: same(""), ...product.price }]
  for (const option of product.options) {
    const judged = judge(option, Object.hasOwn(chosen, option.key) ? chosen[option.key] : undefined)
    if ("issue" in judged) issues.push(judged.issue)
    else if (judged.line !== null) lines.push(judged.line)
  }
  const known = new Set(product.options.map(({ key }) => key))
  for (const key of Object.keys(chosen)) if (!known.has(key)) issues.push(issue(key, "unknown-option"))
  if (issues.length === 0) {
    for (const { at, message, never } of product.rules) {
      if (never.every((condition) => holds(product, chosen, condition))) {
        issues.push({ option: at, code: "combination", de: message.de, en: message.en })
      }
    }
  }
  if (issues.length > 0) return { issues, lines: null, total: null }
  return { issues: [], lines, total: lines.reduce<Total>(plus, free) }
}

import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import fc from "fast-check"
import { describe } from "vitest"
import { parser } from "../../src/kernel/UseCase.ts"
import { parse } from "../../src/orders/Catalog.ts"
import { exampleCatalog } from "../../src/orders/exampleCatalog.ts"
import { decimals, format, MOST, toDecimal } from "../../src/orders/Money.ts"
import {
  Chosen,
  type Condition,
  evaluate,
  faultsOf,
  type Option,
  type Product,
  productNamed,
  type Rule
} from "../../src/orders/Product.ts"

const label = (text: string) => ({ de: `${text} (de)`, en: text })
const priceOf = fc.record({
  once: fc.integer({ min: -MOST, max: MOST }),
  monthly: fc.integer({ min: -MOST, max: MOST })
})

const optionNamed = (key: string): fc.Arbitrary<Option> =>
  fc.oneof(
    fc.record({ required: fc.boolean(), prices: fc.array(priceOf, { minLength: 1, maxLength: 4 }) }).map(
      ({ prices, required }): Option => ({
        type: "choice",
        key,
        label: label(key),
        required,
        choices: prices.map((price, index) => ({ key: `c${index}`, label: label(`c${index}`), price }))
      })
    ),
    fc.record({ required: fc.boolean(), min: fc.nat({ max: 5 }), span: fc.nat({ max: 99_990 }), price: priceOf }).map(
      ({ min, price, required, span }): Option => ({
        type: "number",
        key,
        label: label(key),
        required,
        min,
        max: min + span,
        price
      })
    ),
    priceOf.map((price): Option => ({ type: "yes-no", key, label: label(key), price })),
    fc
      .record({ required: fc.boolean(), maxLength: fc.integer({ min: 1, max: 10 }) })
      .map(({ maxLength, required }): Option => ({ type: "text", key, label: label(key), required, maxLength }))
  )

const keys = ["a", "b", "c", "d"]

type Value = string | number | boolean

/** Some value that could be meant for the option: fitting or not, or none. */
const valueFor = (option: Option): fc.Arbitrary<Value | undefined> => {
  const fitting = ((): fc.Arbitrary<Value | undefined> => {
    switch (option.type) {
      case "choice":
        return fc.constantFrom(...option.choices.map(({ key }) => key))
      case "number":
        return fc.integer({ min: option.min, max: option.max })
      case "yes-no":
        return fc.boolean()
      case "text":
        return fc.string({ unit: "grapheme", maxLength: option.maxLength })
    }
  })()
  const anything = fc.constantFrom<Array<Value | undefined>>(
    "c0",
    "zz",
    "",
    "x".repeat(11),
    3,
    -1,
    100_001,
    true,
    false,
    undefined
  )
  return fc.oneof({ arbitrary: fitting, weight: 12 }, { arbitrary: anything, weight: 1 })
}

const conditionOn = (option: Option): fc.Arbitrary<Condition> => {
  const compared = (value: Value) =>
    fc.constantFrom<Array<Condition>>({ option: option.key, is: value }, { option: option.key, isNot: value })
  switch (option.type) {
    case "choice":
      return fc.constantFrom(...option.choices.map(({ key }) => key)).chain(compared)
    case "number":
      return fc.oneof(
        fc.integer({ min: option.min, max: option.max }).map((above): Condition => ({ option: option.key, above })),
        fc.integer({ min: option.min, max: option.max }).map((below): Condition => ({ option: option.key, below })),
        fc.integer({ min: option.min, max: option.max }).chain(compared)
      )
    case "yes-no":
      return fc.boolean().chain(compared)
    case "text":
      return compared("x")
  }
}

const world = fc
  .tuple(...keys.map(optionNamed))
  .chain((options) =>
    fc.record({
      options: fc.constant<ReadonlyArray<Option>>(options),
      price: priceOf,
      rules: fc.array(
        fc
          .array(fc.constantFrom(...options).chain(conditionOn), { minLength: 1, maxLength: 2 })
          .chain((never) =>
            fc.constantFrom(...keys).map((at): Rule => ({ never: never as [Condition], at, message: label("no") }))
          ),
        { maxLength: 3 }
      ),
      values: fc.tuple(...options.map(valueFor)),
      unknown: fc.oneof(
        { arbitrary: fc.constant(undefined), weight: 15 },
        { arbitrary: fc.constant("other"), weight: 1 }
      )
    })
  )
  .map(({ options, price, rules, unknown, values }) => {
    const product: Product = {
      key: "thing",
      name: label("Thing"),
      description: label("A thing"),
      currency: "EUR",
      price,
      termMonths: 1,
      options,
      rules
    }
    const chosen: Record<string, string | number | boolean> = {}
    values.forEach((value, index) => {
      const key = keys[index]
      if (key !== undefined && value !== undefined) chosen[key] = value
    })
    if (unknown !== undefined) chosen[unknown] = "x"
    return { product, chosen }
  })

// ---- the same once more, another way: for each option the set of its faults, and the price in whole numbers of any size -------------------

const independent = (product: Product, chosen: Readonly<Record<string, string | number | boolean>>) => {
  const wrong = new Set<string>()
  let once = BigInt(product.price.once)
  let monthly = BigInt(product.price.monthly)
  const add = (price: { readonly once: number; readonly monthly: number }, count: number) => {
    once += BigInt(price.once) * BigInt(count)
    monthly += BigInt(price.monthly) * BigInt(count)
  }
  const effective = new Map<string, string | number | boolean>()
  for (const option of product.options) {
    const raw = chosen[option.key]
    if (raw === undefined || raw === "") {
      if (option.type === "yes-no") effective.set(option.key, false)
      else if (option.required) wrong.add(option.key)
      continue
    }
    effective.set(option.key, raw)
    if (option.type === "choice") {
      const index = option.choices.map(({ key }) => key as string | number | boolean).indexOf(raw)
      const choice = option.choices[index]
      if (choice === undefined) wrong.add(option.key)
      else add(choice.price, 1)
    } else if (option.type === "number") {
      if (typeof raw === "number" && option.min <= raw && raw <= option.max) add(option.price, raw)
      else wrong.add(option.key)
    } else if (option.type === "yes-no") {
      if (raw === true) add(option.price, 1)
      else if (raw !== false) wrong.add(option.key)
    } else if (typeof raw !== "string" || Array.from(raw).length > option.maxLength) wrong.add(option.key)
  }
  for (const key of Object.keys(chosen)) if (!product.options.some((option) => option.key === key)) wrong.add(key)
  if (wrong.size === 0) {
    for (const rule of product.rules) {
      const broken = rule.never.filter((condition) => {
        const value = effective.get(condition.option)
        if ("is" in condition) return value !== condition.is
        if ("isNot" in condition) return value === condition.isNot
        if ("above" in condition) return !(typeof value === "number" && value > condition.above)
        return !(typeof value === "number" && value < condition.below)
      })
      if (broken.length === 0) wrong.add(rule.at)
    }
  }
  return { wrong, once, monthly }
}

describe("products", () => {
  it("ORD-01 ORD-02 of random products and choices exactly those exist that an independent check lets through, at its price", () => {
    let exist = 0
    let not = 0
    fc.assert(
      fc.property(world, ({ chosen, product }) => {
        assert.deepStrictEqual(faultsOf({ version: "1", products: [product] }), [])
        const expected = independent(product, chosen)
        const { issues, lines, total } = evaluate(product, chosen)
        assert.deepStrictEqual(new Set(issues.map(({ option }) => option)), expected.wrong)
        if (expected.wrong.size > 0) {
          not++
          assert.isNull(total)
          return
        }
        exist++
        assert.isNotNull(total)
        assert.strictEqual(BigInt(total?.once ?? 0), expected.once)
        assert.strictEqual(BigInt(total?.monthly ?? 0), expected.monthly)
        // what is on the bill adds up to what is paid
        const sum = (lines ?? []).reduce((all, line) => all + BigInt(line.once), 0n)
        assert.strictEqual(sum, expected.once)
        assert.deepStrictEqual(JSON.parse(JSON.stringify(total)), total)
      }),
      { numRuns: 2000 }
    )
    assert.isAbove(exist, 400)
    assert.isAbove(not, 400)
  })

  it("ORD-01 the largest catalog's largest price is exact", () => {
    const options = Array.from(
      { length: 50 },
      (_, index): Option => ({
        type: "number",
        key: `o${index}`,
        label: label("n"),
        required: true,
        min: 0,
        max: 100_000,
        price: { once: MOST, monthly: -MOST }
      })
    )
    const catalog = {
      version: "1",
      products: [
        {
          key: "large",
          name: label("l"),
          description: label("l"),
          currency: "EUR",
          price: { once: MOST, monthly: -MOST },
          termMonths: 0,
          options,
          rules: []
        }
      ]
    }
    const [product] = Result.getOrThrow(parse(catalog)).products
    assert.isDefined(product)
    if (product === undefined) return
    const { total } = evaluate(product, Object.fromEntries(options.map(({ key }) => [key, 100_000])))
    const expected = BigInt(MOST) + 50n * 100_000n * BigInt(MOST)
    assert.isTrue(Number.isSafeInteger(total?.once))
    assert.strictEqual(BigInt(total?.once ?? 0), expected)
    assert.strictEqual(BigInt(total?.monthly ?? 0), -expected)
    // and what would be larger is no catalog
    const faulty = (over: object) => Result.isFailure(parse({ ...catalog, products: [{ ...product, ...over }] }))
    assert.isTrue(faulty({ price: { once: MOST + 1, monthly: 0 } }))
    assert.isTrue(faulty({ price: { once: 0.5, monthly: 0 } }))
    assert.isTrue(faulty({ options: [...options, { ...options[0], key: "one-more" }] }))
    assert.isTrue(faulty({ options: [{ ...options[0], max: 100_001 }] }))
  })

  it("ORD-01 ORD-02 each option that is wrong has a message in both languages", () => {
    const product = productNamed(exampleCatalog, "location")
    assert.isDefined(product)
    if (product === undefined) return
    const of = (chosen: Chosen) => evaluate(product, chosen).issues.map(({ code, option }) => [option, code])
    assert.deepStrictEqual(of({}), [
      ["line", "missing"],
      ["seats", "missing"]
    ])
    assert.deepStrictEqual(
      of({ line: "smoke", seats: 0, reference: "x".repeat(41), "fixed-address": "maybe", sauna: true }),
      [
        ["line", "choice"],
        ["seats", "range"],
        ["fixed-address", "type"],
        ["reference", "too-long"],
        ["sauna", "unknown-option"]
      ]
    )
    // combinations
    assert.deepStrictEqual(of({ line: "fibre", seats: 1, router: "standard" }), [["router", "combination"]])
    assert.deepStrictEqual(of({ line: "dsl", seats: 1, router: "fibre" }), [["router", "combination"]])
    assert.deepStrictEqual(of({ line: "mobile", seats: 11, "fixed-address": true }), [
      ["seats", "combination"],
      ["fixed-address", "combination"]
    ])
    assert.deepStrictEqual(of({ line: "mobile", seats: 10, "fixed-address": false, router: "", reference: "" }), [])
    for (const issue of evaluate(product, { line: "mobile", seats: 999, "fixed-address": 1 }).issues) {
      assert.isAbove(issue.de.length, 5)
      assert.isAbove(issue.en.length, 5)
      assert.notStrictEqual(issue.de, issue.en)
    }
    assert.match(evaluate(product, { line: "dsl", seats: 999 }).issues[0]?.en ?? "", /1 to 200/)
    const { lines, total } = evaluate(product, { line: "fibre", seats: 3, router: "fibre", "fixed-address": true })
    assert.deepStrictEqual(total, { once: 4900 + 9900 + 14900, monthly: 1990 + 5995 + 3 * 395 + 500 })
    assert.deepStrictEqual(
      lines?.map(({ option }) => option),
      [null, "line", "seats", "router", "fixed-address"]
    )
  })

  it("ORD-01 a catalog that does not hold together is refused with every fault", () => {
    const product = productNamed(exampleCatalog, "location")
    if (product === undefined) throw new Error("there is no such product")
    const number: Option = {
      type: "number",
      key: "seats",
      label: label("n"),
      required: true,
      min: 3,
      max: 2,
      price: { once: 0, monthly: 0 }
    }
    const never = (condition: Condition): Rule => ({ never: [condition], at: "line", message: label("no") })
    const wrong = {
      version: "1",
      products: [
        product,
        {
          ...product,
          options: [...product.options, number],
          rules: [
            { ...never({ option: "line", is: "smoke" }), at: "nowhere" },
            never({ option: "gone", is: true }),
            never({ option: "line", above: 3 }),
            never({ option: "seats", is: "three" })
          ]
        }
      ]
    }
    assert.deepStrictEqual(faultsOf(wrong), [
      "there are two products location",
      "location: there are two options seats",
      "location: seats has no number",
      "location: a rule stands at nowhere, which is no option",
      "location: line in a rule cannot be smoke",
      "location: a rule names gone, which is no option",
      "location: line in a rule is no number",
      "location: seats in a rule cannot be three"
    ])
    assert.isTrue(Result.isFailure(parse(wrong)))
    assert.isTrue(Result.isFailure(parse({ ...exampleCatalog, extra: 1 })))
    assert.isTrue(Result.isFailure(parse({ version: "", products: [] })))
    assert.deepStrictEqual(Result.getOrThrow(parse(JSON.parse(JSON.stringify(exampleCatalog)))), exampleCatalog)
  })

  it("G-01 what somebody chooses has names and values of a bounded size, and names nothing that every object has", () => {
    const parseChosen = parser(Chosen)
    const ok = (value: unknown) => Result.isSuccess(parseChosen(value))
    assert.isTrue(ok({ a: "text", b: 1, c: false }))
    const bad: ReadonlyArray<unknown> = [
      { A: 1 },
      { a: 1.5 },
      { a: null },
      { a: "x".repeat(501) },
      { a: "a\u0000b" },
      { __proto__x: 1 },
      Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`k${index}`, 1]))
    ]
    for (const one of bad) assert.isFalse(ok(one), JSON.stringify(one))
    const product = productNamed(exampleCatalog, "office")
    if (product === undefined) throw new Error("there is no such product")
    assert.deepStrictEqual(
      evaluate(product, { constructor: "x" }).issues.map(({ code }) => code),
      ["unknown-option"]
    )
  })
})

describe("money", () => {
  it("ORD-01 is written from minor units digit by digit, in every currency's number of places", () => {
    assert.strictEqual(toDecimal(0, 2), "0.00")
    assert.strictEqual(toDecimal(-5, 2), "-0.05")
    assert.strictEqual(toDecimal(123456, 2), "1234.56")
    assert.strictEqual(toDecimal(7, 0), "7")
    assert.deepStrictEqual(["EUR", "JPY", "KWD"].map(decimals), [2, 0, 3])
    fc.assert(
      fc.property(fc.maxSafeInteger(), fc.constantFrom(0, 2, 3), (minor, places) => {
        const text = toDecimal(minor, places)
        assert.strictEqual(BigInt(text.replace(".", "")), BigInt(minor))
        assert.strictEqual(text.includes(".") ? text.split(".")[1]?.length : 0, places)
      })
    )
  })

  it("G-08 ORD-01 is shown in German and English without rounding, also where a floating point number would be off", () => {
    const plain = (text: string) => text.replace(/\s/gu, " ")
    assert.strictEqual(plain(format(123450, "EUR", "de")), "1.234,50 €")
    assert.strictEqual(plain(format(123450, "EUR", "en")), "€1,234.50")
    assert.strictEqual(plain(format(9007199254740991, "EUR", "en")), "€90,071,992,547,409.91")
    fc.assert(
      fc.property(fc.maxSafeInteger(), (minor) => {
        assert.strictEqual(BigInt(format(minor, "EUR", "en").replace(/[^\d-]/g, "")), BigInt(minor))
      })
    )
  })
})

import { writeFileSync } from "node:fs"

/** The least, the middle and the greatest of a list of measured batches. */
export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** What was found for one operation: microseconds per operation over the batches, and SQL statements per operation. */
export interface Measurement {
  readonly microseconds: Spread
  readonly statements: number
}

/** How often an operation runs: `warmup` times unmeasured, then `batches` times `perBatch` operations. */
export interface Sampling {
  readonly warmup: number
  readonly batches: number
  readonly perBatch: number
}

/** One line of the comparison. A side that has no such operation is left out and printed as a dash. */
export interface ComparisonRow {
  readonly operation: string
  readonly portico: Measurement
  readonly raw?: Measurement
  readonly betterAuth?: Measurement
}

const isThenable = (value: unknown): value is PromiseLike<unknown> =>
  typeof value === "object" && value !== null && "then" in value && typeof value.then === "function"

// A synchronous operation is not awaited: a turn of the microtask queue would be a visible part of a statement's time.
const repeat = async (times: number, run: () => unknown): Promise<void> => {
  for (let index = 0; index < times; index++) {
    const answer = run()
    if (isThenable(answer)) await answer
  }
}

const rounded = (value: number): number => Math.round(value * 100) / 100

const spreadOf = (values: ReadonlyArray<number>): Spread => {
  const sorted = values.toSorted((left, right) => left - right)
  const at = (position: number): number => {
    const value = sorted[position]
    if (value === undefined) throw new Error("A measurement needs at least one batch.")
    return value
  }
  const middle = sorted.length >> 1
  return {
    min: rounded(at(0)),
    median: rounded(sorted.length % 2 === 1 ? at(middle) : (at(middle - 1) + at(middle)) / 2),
    max: rounded(at(sorted.length - 1))
  }
}

/**
 * Microseconds per operation. Each batch gives one value, its mean; the spread is taken over the batches, so that one
 * pause of the machine moves the maximum and not the median. A failing operation ends the measurement with its name.
 */
export const measure = async (name: string, sampling: Sampling, run: () => unknown): Promise<Spread> => {
  try {
    await repeat(sampling.warmup, run)
    const batches: Array<number> = []
    for (let batch = 0; batch < sampling.batches; batch++) {
      const begun = process.hrtime.bigint()
      await repeat(sampling.perBatch, run)
      batches.push(Number(process.hrtime.bigint() - begun) / 1000 / sampling.perBatch)
    }
    return spreadOf(batches)
  } catch (cause) {
    throw new Error(`The operation "${name}" failed while it was measured.`, { cause })
  }
}

/**
 * As `measure`, for several sides of one operation whose batches take turns, so that whatever else the machine does in the meantime falls on all
 * of them alike; what is compared is the ratio.
 */
export const measureInTurn = async (
  name: string,
  sampling: Sampling,
  sides: ReadonlyArray<() => unknown>
): Promise<ReadonlyArray<Spread>> => {
  try {
    for (const run of sides) await repeat(sampling.warmup, run)
    const batches = sides.map((): Array<number> => [])
    for (let batch = 0; batch < sampling.batches; batch++) {
      for (const [side, run] of sides.entries()) {
        const begun = process.hrtime.bigint()
        await repeat(sampling.perBatch, run)
        batches[side]?.push(Number(process.hrtime.bigint() - begun) / 1000 / sampling.perBatch)
      }
    }
    return batches.map(spreadOf)
  } catch (cause) {
    throw new Error(`The operation "${name}" failed while it was measured.`, { cause })
  }
}

/** What counting needs of a database: better-sqlite3 and node:sqlite both have it. */
export interface CountableDatabase {
  readonly prepare: (sql: string) => object
  readonly exec: (sql: string) => unknown
}

/**
 * SQL statements per operation, as the mean of `times` runs. Every execution counts, `begin` and `commit` too; preparing
 * does not. The count is taken on the prototype that all statements of the driver share, so statements that were
 * prepared long before are seen, and only while counting: the measured runs go through the untouched driver.
 */
export const countStatements = async (
  database: CountableDatabase,
  times: number,
  run: () => unknown
): Promise<number> => {
  let executed = 0
  const restore: Array<() => void> = []
  const watch = (target: object, method: string): void => {
    const original: unknown = Reflect.get(target, method)
    if (typeof original !== "function") return
    const own = Object.getOwnPropertyDescriptor(target, method)
    Object.defineProperty(target, method, {
      configurable: true,
      writable: true,
      value(this: unknown, ...parameters: ReadonlyArray<unknown>): unknown {
        executed++
        return Reflect.apply(original, this, parameters)
      }
    })
    restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(target, method)
      else Object.defineProperty(target, method, own)
    })
  }

  const statements: unknown = Object.getPrototypeOf(database.prepare("select 1"))
  if (typeof statements !== "object" || statements === null)
    throw new Error("The driver's statements share no prototype.")
  for (const method of ["run", "get", "all", "iterate"]) watch(statements, method)
  watch(database, "exec")
  try {
    await repeat(times, run)
  } finally {
    for (const undo of restore) undo()
  }
  return rounded(executed / times)
}

/** Counts first (five runs), then measures: the statements and the time of one operation. */
export const measureWithStatements = async (
  name: string,
  database: CountableDatabase,
  sampling: Sampling,
  run: () => unknown
): Promise<Measurement> => {
  const statements = await countStatements(database, 5, run)
  return { microseconds: await measure(name, sampling, run), statements }
}

/** How often `measureWithStatements` runs an operation in all; for operations that use up prepared rows. */
export const runsOf = (sampling: Sampling): number => 5 + sampling.warmup + sampling.batches * sampling.perBatch

const absent = "-"
const number = (value: number | undefined): string =>
  value === undefined ? absent : value.toLocaleString("en", { maximumFractionDigits: value < 100 ? 1 : 0 })
const ratio = (dividend: number | undefined, divisor: number | undefined): string =>
  dividend === undefined || divisor === undefined ? absent : `${(dividend / divisor).toFixed(1)}x`

/**
 * The comparison as a table for a terminal. "to raw" is our time as a multiple of hand-written SQL (less is better);
 * "to Better Auth" is its time as a multiple of ours (more is better). All times are medians in microseconds.
 */
export const comparisonTable = (rows: ReadonlyArray<ComparisonRow>): string => {
  const header = [
    "operation",
    "portico µs",
    "statements",
    "raw SQL µs",
    "to raw",
    "Better Auth µs",
    "statements",
    "to Better Auth"
  ]
  const lines = rows.map((row) => {
    const own = row.portico.microseconds.median
    const raw = row.raw?.microseconds.median
    const peer = row.betterAuth?.microseconds.median
    return [
      row.operation,
      number(own),
      number(row.portico.statements),
      number(raw),
      ratio(own, raw),
      number(peer),
      number(row.betterAuth?.statements),
      ratio(peer, own)
    ]
  })
  return textTable(header, lines)
}

/** One side's measurements as a table for a terminal. */
export const measurementTable = (operations: Readonly<Record<string, Measurement>>): string =>
  textTable(
    ["operation", "median µs", "min µs", "max µs", "statements"],
    Object.entries(operations).map(([name, { microseconds, statements }]) => [
      name,
      number(microseconds.median),
      number(microseconds.min),
      number(microseconds.max),
      number(statements)
    ])
  )

const textTable = (header: ReadonlyArray<string>, lines: ReadonlyArray<ReadonlyArray<string>>): string => {
  const widths = header.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => (line[column] ?? absent).length))
  )
  const printed = (cells: ReadonlyArray<string>): string =>
    widths
      .map((width, column) => {
        const cell = cells[column] ?? absent
        return column === 0 ? cell.padEnd(width) : cell.padStart(width)
      })
      .join("  ")
      .trimEnd()
  return [printed(header), widths.map((width) => "-".repeat(width)).join("  "), ...lines.map(printed)].join("\n")
}

/** Writes a result as readable JSON, with a newline at the end. */
export const writeJson = (file: string, value: unknown): void => {
  writeFileSync(file, `${JSON.stringify(value, null, 2)}\n`)
}

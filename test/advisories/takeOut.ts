/**
 * `npm run test:guards`: takes each guard of the table out of a copy of the project, one at a time, and runs the test that plays its attack. Says which of the
 * tests stayed green, and ends with 1 then.
 *
 *     npm run test:guards -- [--only R-TI-04] [--jobs 2]
 */
import { spawn } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import { type Guard, guards } from "./guards.ts"

const root = fileURLToPath(new URL("../..", import.meta.url))
const { values } = parseArgs({ options: { only: { type: "string" }, jobs: { type: "string", default: "2" } } })

const LEFT_OUT = new Set(["node_modules", ".git", "dist"])
/** A guard that ends loops can make a test run for ever. */
const LONGEST_RUN = 180_000

const copied = (): string => {
  const folder = mkdtempSync(join(tmpdir(), "portico-guards-"))
  for (const name of readdirSync(root)) {
    if (!LEFT_OUT.has(name)) cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  symlinkSync(join(root, "node_modules"), join(folder, "node_modules"))
  return folder
}

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: ReadonlyArray<{
    readonly message: string | null
    readonly assertionResults: ReadonlyArray<{ readonly failureMessages: ReadonlyArray<string | null> }>
  }>
}

type End =
  /** So many tests ran, and none failed. */
  | { readonly _tag: "Green"; readonly tests: number }
  | { readonly _tag: "Red"; readonly why: string }
  /** Nothing was shown: no test ran, or what stands in place of the guard is no program. */
  | { readonly _tag: "Nothing"; readonly why: string }

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")

const patternOf = ({ on, title }: Guard["test"]): string =>
  on === undefined ? escaped(title) : `${escaped(on)}.*${escaped(title)}`

const firstLine = (text: string | null | undefined): string => (text?.split("\n")[0] ?? "").slice(0, 160)

/** What says that the code is broken, and not that it does what it must not do. */
const BROKEN = /\bis not defined\b|SyntaxError|is not a function|Transform failed|Cannot find (?:module|package)/

const run = (folder: string, file: string, pattern: string): Promise<End> =>
  new Promise((resolve) => {
    const output = join(folder, "report.json")
    rmSync(output, { force: true })
    const vitest = join(root, "node_modules/vitest/vitest.mjs")
    const args = ["run", "-c", "test/vitest.config.ts", file, "-t", pattern]
    const child = spawn(process.execPath, [vitest, ...args, "--reporter=json", `--outputFile=${output}`], {
      cwd: folder,
      stdio: "ignore"
    })
    const timer = setTimeout(() => child.kill("SIGKILL"), LONGEST_RUN)
    child.on("close", (_, signal) => {
      clearTimeout(timer)
      if (signal !== null) return resolve({ _tag: "Red", why: "it does not end" })
      if (!existsSync(output)) return resolve({ _tag: "Nothing", why: "the tests were not run" })
      // the reporter's own format, whose shape is the interface above
      const report = JSON.parse(readFileSync(output, "utf8")) as Report
      const messages = report.testResults.flatMap(({ assertionResults }) =>
        assertionResults.flatMap(({ failureMessages }) => failureMessages)
      )
      if (report.numFailedTests > 0) {
        const broken = messages.find((message) => BROKEN.test(firstLine(message)))
        return resolve(
          broken === undefined
            ? { _tag: "Red", why: firstLine(messages[0]) }
            : { _tag: "Nothing", why: `it broke: ${firstLine(broken)}` }
        )
      }
      if (report.numPassedTests === 0) {
        return resolve({ _tag: "Nothing", why: firstLine(report.testResults[0]?.message) || "no test has this title" })
      }
      resolve({ _tag: "Green", tests: report.numPassedTests })
    })
  })

const withoutGuard = async (folder: string, { taken, test }: Guard): Promise<End> => {
  const before = new Map(taken.map(({ file }) => [file, readFileSync(join(folder, file), "utf8")]))
  try {
    for (const { file, instead, text } of taken) {
      const path = join(folder, file)
      writeFileSync(
        path,
        readFileSync(path, "utf8").replace(text, () => instead)
      )
    }
    return await run(folder, test.file, patternOf(test))
  } finally {
    for (const [file, content] of before) writeFileSync(join(folder, file), content)
  }
}

const wanted = guards.filter(
  ({ advisories, what }) => values.only === undefined || `${advisories.join(" ")} ${what}`.includes(values.only)
)
const folders = Array.from({ length: Math.max(1, Number(values.jobs)) }, copied)
let bad = 0

/** Each of them once, in as many copies at the same time as there are. */
const forEach = async <A>(all: Iterable<A>, work: (folder: string, one: A) => Promise<void>): Promise<void> => {
  const rest = [...all].reverse()
  await Promise.all(
    folders.map(async (folder) => {
      for (let one = rest.pop(); one !== undefined; one = rest.pop()) await work(folder, one)
    })
  )
}

try {
  // all are green while the guards stand: else it would be no news that one is red without its guard
  const byFile = Map.groupBy(
    wanted.map(({ test }) => test),
    ({ file }) => file
  )
  await forEach(byFile, async (folder, [file, tests]) => {
    const pattern = [...new Set(tests.map(patternOf))].map((one) => `(?:${one})`).join("|")
    const end = await run(folder, file, pattern)
    if (end._tag === "Green") return
    bad++
    console.log(`NOT GREEN   ${file}: ${end.why}`)
  })
  await forEach(wanted, async (folder, guard) => {
    const end = await withoutGuard(folder, guard)
    if (end._tag !== "Red") bad++
    const label = end._tag === "Red" ? "fails      " : end._tag === "Green" ? "SURVIVES   " : "NOT SHOWN  "
    const on = guard.test.on === undefined ? "" : ` ${guard.test.on}`
    console.log(
      `${label} ${guard.advisories.join(" ")}, ${guard.what}${on}${end._tag === "Green" ? "" : `: ${end.why}`}`
    )
  })
} finally {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}
console.log(`${wanted.length} guards taken out, ${bad} without a test that fails`)
process.exitCode = bad === 0 ? 0 : 1

/**
 * `npm run bench`: what the library's operations cost, beside hand-written SQL on the same SQLite file and beside Better Auth, all in one run.
 * The ratios are what counts; the times are those of this machine at this moment.
 *
 *     npm run bench -- [--iterations 1500] [--json FILE] [--no-peer]
 *
 * The reads of the library and of the hand-written SQL run twenty times as often: they take microseconds, and a server that has answered a few
 * thousand of them runs code that has been compiled, as the peer's has been after as long.
 */
import { execFileSync } from "node:child_process"
import { existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { parseArgs } from "node:util"
import BetterSqlite3 from "better-sqlite3"
import { Effect } from "effect"
import * as Kysely from "../../src/kysely/index.ts"
import {
  type ComparisonRow,
  comparisonTable,
  countStatements,
  type Measurement,
  measureInTurn,
  runsOf,
  type Sampling,
  writeJson
} from "./measure.ts"
import { porticoOperations } from "./portico.ts"
import { rawOperations } from "./raw.ts"
import { type Operations, seed } from "./world.ts"

const here = dirname(fileURLToPath(import.meta.url))
const peer = join(here, "peer")

/** Our name of each operation, and the peer's. */
const operations = {
  authenticate: "getSession",
  "permission check": "hasPermission",
  "list members": "listMembers",
  "sign in": "signIn",
  invite: "createInvitation",
  accept: "acceptInvitation"
} as const
const reads: ReadonlySet<string> = new Set<keyof Operations>(["authenticate", "permission check", "list members"])

interface PeerAnswer {
  readonly operations: Readonly<Record<string, Measurement>>
  readonly versions: unknown
}

const measurePeer = (folder: string, iterations: number): PeerAnswer => {
  if (!existsSync(join(peer, "node_modules"))) {
    execFileSync("npm", ["ci", "--no-audit", "--no-fund"], { cwd: peer, stdio: ["ignore", "ignore", "inherit"] })
  }
  const answer = execFileSync(
    process.execPath,
    [join(peer, "main.ts"), "--file", join(folder, "peer.sqlite"), "--iterations", String(iterations), "--json"],
    { cwd: peer, encoding: "utf8", maxBuffer: 2 ** 26, stdio: ["ignore", "pipe", "inherit"] }
  )
  // the peer's program is ours, and writes this
  return JSON.parse(answer) as PeerAnswer
}

const open = (file: string): BetterSqlite3.Database => {
  const database = new BetterSqlite3(file)
  for (const pragma of [
    "journal_mode = wal",
    "synchronous = normal",
    "foreign_keys = on",
    "busy_timeout = 5000",
    "wal_autocheckpoint = 10000"
  ]) {
    database.pragma(pragma)
  }
  return database
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: {
      iterations: { type: "string", default: "1500" },
      json: { type: "string" },
      "no-peer": { type: "boolean", default: false }
    }
  })
  const iterations = Number(values.iterations)
  const batches = 25
  const samplingOf = (times: number): Sampling => ({ warmup: times, batches, perBatch: Math.ceil(times / batches) })
  const sampling = samplingOf(iterations)
  const folder = mkdtempSync(join(tmpdir(), "portico-bench-"))
  try {
    const file = join(folder, "portico.sqlite")
    const now = Date.now()
    await Effect.runPromise(
      Effect.provide(Kysely.migrate(), Kysely.Database.fromDialect(Kysely.sqliteDialect(open(file))))
    )
    const database = open(file)
    const ours = seed(database, 1, runsOf(sampling) + 1, now)
    const raw = seed(database, 2, runsOf(sampling) + 1, now)
    const byHand = rawOperations(database, raw)
    const { close, operations: portico } = await porticoOperations(database, ours, now)
    const betterAuth = values["no-peer"] ? undefined : measurePeer(folder, iterations)
    const rows: Array<ComparisonRow> = []
    for (const operation of Object.keys(portico) as ReadonlyArray<keyof Operations>) {
      // the first run opens the connection and prepares the statements
      await portico[operation]()
      const [own, hand] = await measureInTurn(
        operation,
        reads.has(operation) ? samplingOf(20 * iterations) : sampling,
        [portico[operation], byHand[operation]]
      )
      if (own === undefined || hand === undefined) throw new Error(`${operation} was not measured.`)
      const theirs = betterAuth?.operations[operations[operation]]
      rows.push({
        operation,
        portico: { microseconds: own, statements: await countStatements(database, 5, portico[operation]) },
        raw: { microseconds: hand, statements: await countStatements(database, 5, byHand[operation]) },
        ...(theirs === undefined ? {} : { betterAuth: theirs })
      })
    }
    await close()
    process.stdout.write(`${comparisonTable(rows)}\n`)
    if (values.json !== undefined) {
      writeJson(values.json, { iterations, rows, peer: betterAuth?.versions, node: process.version })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()

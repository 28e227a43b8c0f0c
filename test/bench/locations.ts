/**
 * `npm run bench:locations`: what one page of location management costs at 10, 1,000 and 10,000 sub tenants, on SQLite and on PostgreSQL. It must not
 * depend on how many there are: as many statements for each page, and at most 1.5 times as long (HIE-02). The sizes take turns, so that whatever else
 * the machine does falls on all of them alike.
 *
 *     npm run bench:locations -- [--iterations 400] [--json FILE]
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import BetterSqlite3 from "better-sqlite3"
import { Effect, Layer, ManagedRuntime, Redacted } from "effect"
import { sql } from "kysely"
import pg from "pg"
import { list, mine } from "../../src/hierarchy/Locations.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import { toBase64Url, utf8 } from "../../src/kernel/Crypto.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, SessionId, TenantId } from "../../src/kernel/ids.ts"
import * as Kernel from "../../src/kernel/layer.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { queries } from "../../src/kysely/query.ts"
import type { Tables } from "../../src/kysely/tables.ts"
import { check } from "../../src/tenants/Permissions.ts"
import { startPostgres } from "../support/postgresServer.ts"
import { measureInTurn, type Sampling, type Spread, writeJson } from "./measure.ts"
import { uuid } from "./world.ts"

const SIZES: ReadonlyArray<number> = [10, 1000, 10_000]
/** The same number of rows at every size, because the rows themselves cost something. */
const LIMIT = 10
const MOST = 1.5
const BEGAN = 1_700_000_000_000

const kernel = Kernel.layer({
  keyRing: { current: "k", keys: { k: Redacted.make(toBase64Url(new Uint8Array(32))) } },
  settings: { limits: { searchPerAccount: { max: 1_000_000_000, window: "24 hours" } } }
})

/** The ids of one main tenant, of its owner and of its subs; each size has a kind of its own. */
const idsOf = (size: number) => ({
  main: uuid(10 + SIZES.indexOf(size), 0),
  owner: uuid(20 + SIZES.indexOf(size), 0),
  sub: (n: number) => uuid(30 + SIZES.indexOf(size), n)
})

/** Fills the tables: a main with so many subs, all of which it pays for, and half as many customer numbers that it only pays for. */
const seed = Effect.fnUntraced(function* (size: number) {
  const q = queries<Tables>(yield* Database)
  const ids = idsOf(size)
  const number = (n: number) => `${SIZES.indexOf(size) + 1}${n.toString().padStart(7, "0")}`
  const tenant = (id: string, n: number, isSub: 0 | 1) => ({
    id,
    number: number(n),
    name: `Filiale ${n}`,
    customer_number: `KD ${size}-${n}`,
    customer_number_normal: `kd${size}${n}x${size}`,
    postal_code: "1010",
    country: "AT",
    street: "Weg 1",
    city: `Ort ${n % 97}`,
    state: "active",
    seats: null,
    member_count: 1,
    owner_count: 1,
    second_factor_required: 0,
    version: 0,
    created_at: BEGAN,
    search_text: `filiale ${n}\nkd ${size}-${n}\nort ${n % 97}`,
    is_sub: isSub
  })
  const subs = Array.from({ length: size }, (_, n) => tenant(ids.sub(n), n + 1, 1))
  const columns = Object.keys(tenant("", 0, 0)) as ReadonlyArray<keyof ReturnType<typeof tenant>>
  yield* q.insert("seed", "tenant", columns)([tenant(ids.main, 0, 0), ...subs])
  yield* q.insert("seed", "account", [
    "id",
    "number",
    "email",
    "first_name",
    "last_name",
    "name_folded",
    "locale",
    "company_name",
    "state",
    "credential_epoch",
    "password_hash",
    "created_at"
  ])([
    {
      id: ids.owner,
      number: number(0),
      email: `owner${size}@example.com`,
      first_name: "Ada",
      last_name: "Lovelace",
      name_folded: "ada lovelace",
      locale: "de",
      company_name: null,
      state: "active",
      credential_epoch: 0,
      password_hash: null,
      created_at: BEGAN
    }
  ])
  yield* q.insert("seed", "membership", [
    "tenant_id",
    "account_id",
    "id",
    "roles",
    "contact_email",
    "mail_preferences",
    "locations",
    "joined_at"
  ])([
    {
      tenant_id: ids.main,
      account_id: ids.owner,
      id: ids.owner,
      roles: '["owner"]',
      contact_email: `owner${size}@example.com`,
      mail_preferences: '{"membershipChanges":true}',
      locations: null,
      joined_at: BEGAN
    }
  ])
  yield* q.insert("seed", "tenant_link", [
    "sub_id",
    "sub_is_sub",
    "main_id",
    "main_is_sub",
    "kind",
    "linked_at",
    "refused"
  ])(
    subs.map(({ id }, n) => ({
      sub_id: id,
      sub_is_sub: 1,
      main_id: ids.main,
      main_is_sub: 0,
      kind: "existing",
      linked_at: BEGAN + n * 1000,
      refused: "[]"
    }))
  )
  const paid = (n: number, normal: string, linked: 0 | 1) => ({
    payer_id: ids.main,
    number_normal: normal,
    customer_number: `KD ${size}-${n}`,
    name: `Filiale ${n}`,
    city: "Ort",
    folded: `filiale ${n}\nort\nkd ${size}-${n}`,
    since_at: BEGAN + n * 1000,
    linked
  })
  const positions = [
    ...subs.map(({ customer_number_normal }, n) => paid(n, customer_number_normal, 1)),
    ...Array.from({ length: size / 2 }, (_, n) => paid(size + n, `kd${size}${n}only`, 0))
  ]
  yield* q.insert("seed", "collective_invoice", ["payer_id", "event_id", "at"])([
    { payer_id: ids.main, event_id: "b-1", at: BEGAN }
  ])
  yield* q.insert(
    "seed",
    "collective_invoice_position",
    Object.keys(paid(0, "", 0)) as ReadonlyArray<keyof ReturnType<typeof paid>>
  )(positions)
})

/** Each operation at each size. */
const operationsOf = (size: number) => {
  const ids = idsOf(size)
  const tenantId = TenantId.make(ids.main)
  const by = Actor.provide(
    {
      _tag: "Account",
      accountId: AccountId.make(ids.owner),
      sessionId: SessionId.make(ids.owner),
      credentialEpoch: 0,
      authenticatedAt: Instant.fromMillis(BEGAN),
      secondFactor: false
    },
    { source: "192.0.2.7" }
  )
  const after = (n: number) => toBase64Url(utf8(JSON.stringify([BEGAN + n * 1000, ids.sub(n)])))
  const page = (more: { readonly after?: string }) => Effect.asVoid(list({ tenantId, limit: LIMIT, ...more }).pipe(by))
  return {
    "first page": page({}),
    "page in the middle": page({ after: after(Math.floor(size / 2)) }),
    "last page": page({ after: after(LIMIT - 1) }),
    "where one can enter": Effect.asVoid(mine({ tenantId, limit: LIMIT }).pipe(by)),
    "right in a sub, through the main": Effect.asVoid(
      check({ tenantId: TenantId.make(ids.sub(Math.floor(size / 2))), permission: "members.read" }).pipe(by)
    )
  }
}
type Operation = keyof ReturnType<typeof operationsOf>

interface Row {
  readonly database: string
  readonly operation: Operation
  readonly microseconds: ReadonlyArray<Spread>
  readonly statements: ReadonlyArray<number>
}

const measured = async (
  database: string,
  dialect: Parameters<typeof Database.fromDialect>[0],
  sampling: Sampling
): Promise<ReadonlyArray<Row>> => {
  let sent = 0
  const options = { onStatement: () => void sent++ }
  const runtime = ManagedRuntime.make(
    Layer.mergeAll(Kysely.layer, kernel).pipe(Layer.provideMerge(Database.fromDialect(dialect, options)))
  )
  try {
    await runtime.runPromise(Kysely.migrate())
    for (const size of SIZES) {
      await runtime.runPromise(Effect.flatMap(UnitOfWork, (units) => units.run(seed(size))))
    }
    // as a database that has been running for a while: it knows how large its tables are
    const { kysely } = await runtime.runPromise(Database)
    await sql`analyze`.execute(kysely)
    const services = await runtime.context()
    const run = Effect.runPromiseWith(services)
    const bySize = SIZES.map(operationsOf)
    const rows: Array<Row> = []
    for (const operation of Object.keys(bySize[0] ?? {}) as ReadonlyArray<Operation>) {
      const statements: Array<number> = []
      for (const operations of bySize) {
        await run(operations[operation])
        sent = 0
        await run(operations[operation])
        statements.push(sent)
      }
      const microseconds = await measureInTurn(
        `${operation} on ${database}`,
        sampling,
        bySize.map((operations) => () => run(operations[operation]))
      )
      rows.push({ database, operation, microseconds, statements })
    }
    return rows
  } finally {
    await runtime.dispose()
  }
}

/** Of the fastest batch at each size: whatever else the machine does only ever adds to a time. */
const ratioOf = ({ microseconds }: Row): number => {
  const fastest = microseconds.map(({ min }) => min)
  return (fastest.at(-1) ?? Number.NaN) / (fastest[0] ?? Number.NaN)
}

const isConstant = ({ statements }: Row): boolean => new Set(statements).size === 1

const shown = (microseconds: number): string => microseconds.toLocaleString("en", { maximumFractionDigits: 0 })

const table = (rows: ReadonlyArray<Row>): string => {
  const cells = [
    [
      "database",
      "operation",
      ...SIZES.map((size) => `${size.toLocaleString("en")} subs, µs (median)`),
      "ratio",
      "statements"
    ],
    ...rows.map((row) => [
      row.database,
      row.operation,
      ...row.microseconds.map(({ median, min }) => `${shown(min)} (${shown(median)})`),
      `${ratioOf(row).toFixed(2)}x`,
      isConstant(row) ? String(row.statements[0]) : row.statements.join(" / ")
    ])
  ]
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length)))
  return cells
    .map((line) =>
      line
        .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join("  ")
    )
    .join("\n")
}

const main = async (): Promise<void> => {
  const { values } = parseArgs({
    options: { iterations: { type: "string", default: "400" }, json: { type: "string" } }
  })
  const iterations = Number(values.iterations)
  const batches = 40
  const sampling: Sampling = { warmup: iterations, batches, perBatch: Math.ceil(iterations / batches) }
  const folder = mkdtempSync(join(tmpdir(), "portico-bench-"))
  const server = await startPostgres()
  try {
    const file = new BetterSqlite3(join(folder, "locations.sqlite"))
    const rows = [
      ...(await measured("SQLite", Kysely.sqliteDialect(file), sampling)),
      ...(await measured(
        "PostgreSQL",
        Kysely.postgresDialect(new pg.Pool({ connectionString: server.url, max: 2 })),
        sampling
      ))
    ]
    process.stdout.write(`${table(rows)}\n`)
    if (values.json !== undefined) writeJson(values.json, { iterations, sizes: SIZES, rows, node: process.version })
    const failed = rows.filter((row) => !isConstant(row) || !(ratioOf(row) <= MOST))
    for (const { database, operation } of failed) {
      process.stderr.write(`${operation} on ${database} depends on the number of subs\n`)
    }
    if (failed.length > 0) process.exitCode = 1
  } finally {
    await server.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

await main()

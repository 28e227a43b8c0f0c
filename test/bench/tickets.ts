/**
 * `npm run bench:tickets`: what one page of tickets, one ticket, and one search cost at 1,000, 100,000 and 1,000,000 tickets with two messages each, on
 * SQLite and on PostgreSQL. A page and a ticket must not depend on how many there are: as many statements, and at most 1.5 times as long. A search may
 * take 3 times as long at 100,000 (TIC-16). The sizes take turns, so that whatever else the machine does falls on all of them alike.
 *
 * What is read is in memory: each operation runs unmeasured first, and PostgreSQL's tables were vacuumed. Where a search answers more rows at one size than
 * at another (the last column), it also takes longer for that.
 *
 *     npm run bench:tickets -- [--sizes 1000,100000] [--databases SQLite,PostgreSQL] [--iterations 200] [--only search]
 *       [--folder FOLDER] [--postgres URL] [--json FILE]
 *
 * `--only` measures the operations whose names begin so; `--folder` keeps the files of SQLite there, and uses those that are there already; `--postgres`
 * does the same in a database of a server that runs.
 */
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { parseArgs } from "node:util"
import BetterSqlite3 from "better-sqlite3"
import { Effect, Layer, ManagedRuntime, Option } from "effect"
import { sql } from "kysely"
import pg from "pg"
import { AccountId, TenantId, TicketId } from "../../src/kernel/ids.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Database } from "../../src/kysely/Database.ts"
import type { DialectKind } from "../../src/kysely/dialect.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { unresolved } from "../../src/tickets/Ticket.ts"
import { type QueueFilter, TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { termsOf } from "../../src/tickets/TicketSearch.ts"
import { startPostgres } from "../support/postgresServer.ts"
import { measureInTurn, type Sampling, type Spread, writeJson } from "./measure.ts"

const LIMIT = 25
const BEGAN = 1_700_000_000_000
/** How many tickets the account and the small tenant have whose searches are measured, at every size. */
const OWN = 50
/** A search is measured up to so many tickets (TIC-16); beyond, no words are made, which are nearly all that there is to make. */
const MOST_SEARCHED = 100_000

const hex = (kind: DialectKind, n: string) =>
  kind === "postgres" ? `lpad(to_hex(${n}), 12, '0')` : `printf('%012x', ${n})`
const id = (group: string, n: number) => `01890000-0000-7${group}-8000-${n.toString(16).padStart(12, "0")}`
const idIn = (kind: DialectKind, group: string, n: string) => `'01890000-0000-7${group}-8000-' || ${hex(kind, n)}`
const numbers = (most: number, name = "n") =>
  `${name}(i) as (select 1 union all select i + 1 from ${name} where i < ${most})`

/**
 * Fills the tables in the database itself, which takes a tenth of the time. Of all tickets, 4 in 100 are not resolved, half are of one tenant, a tenth are
 * of one account; `OWN` of them are of another account, and as many of another tenant. Texts are of words as frequent as in a language, more or less: the third power of a random number.
 */
const seed = Effect.fnUntraced(function* (size: number) {
  const { kind, kysely, tablePrefix } = yield* Database
  const run = (statement: string) => Effect.promise(() => sql.raw(statement).execute(kysely))
  const table = (name: string) => `${tablePrefix}${name}`
  // in another order than that of the ids
  const at = `${BEGAN} + cast(((cast(n.i as bigint) * 7919) % ${size + 9}) as bigint) * 1000`
  const account = `case when n.i % ${Math.floor(size / OWN)} = 1 then '${id("001", 2)}' when n.i % 10 = 0 then '${id("001", 1)}' else ${idIn(kind, "001", "n.i + 1000")} end`
  const state = `case when n.i % 100 < 2 then 'New' when n.i % 100 < 4 then 'Open' when n.i % 100 < 7 then 'Resolved' else 'Closed' end`

  const tenant = `case when n.i % ${Math.floor(size / OWN)} = 3 then '${id("002", 2)}' when n.i % 2 = 0 then '${id("002", 1)}' end`

  for (const n of [1, 2]) {
    yield* run(`insert into ${table("tenant")} (id, number, name, customer_number, customer_number_normal, postal_code, country, street, city, state,
        member_count, owner_count, second_factor_required, version, created_at)
      values ('${id("002", n)}', '0000000${n}', 'Tenant', 'KD-${n}', 'kd${n}', '1010', 'AT', 'Weg 1', 'Wien', 'active', 1, 1, 0, 0, ${BEGAN})`)
  }
  yield* run(`insert into ${table("ticket")} (id, number, version, tenant_id, contact_email, contact_name, contact_folded, company_name, subject, priority,
      tags, fields, locale, channel, state, state_since, assignee_id, place, spam, created_at, activity_at, staff_activity_at, last_message, last_change, clocks)
    with recursive ${numbers(size)}
    select ${idIn(kind, "b00", "n.i")}, upper(substr(${hex(kind, "n.i")}, 5)), 0, ${tenant},
      'person' || n.i || '@example.com', 'Person ' || n.i, 'person ' || n.i, 'Muster GmbH', 'Betreff ' || n.i, 'normal', '["a"]', '{}', 'de', 'portal',
      ${state}, ${at}, case when n.i % 20 = 0 then '${id("001", 3)}' end, 'queue', 0, ${at}, ${at}, ${at}, 2, 1, '{}' from n`)
  yield* run(`insert into ${table("ticket_participant")} (ticket_id, id, seq, role, email, name, account_id, writes, reads_after, added_at, token_version,
      token_key_id, ticket_place, ticket_state, ticket_activity_at)
    with recursive ${numbers(size)}
    select ${idIn(kind, "b00", "n.i")}, ${idIn(kind, "b01", "n.i")}, 1, 'contact', 'person' || n.i || '@example.com', 'Person ' || n.i, ${account}, 1, 0,
      ${BEGAN}, 0, 'k', 'queue', ${state}, ${at} from n`)
  for (const seq of [1, 2]) {
    yield* run(`insert into ${table("ticket_message")} (ticket_id, seq, id, visibility, author, author_name, channel, text, files, created_at)
      with recursive ${numbers(size)}
      select ${idIn(kind, "b00", "n.i")}, ${seq}, ${idIn(kind, `b1${seq}`, "n.i")}, 'public', 'contact', 'Person', 'portal',
        '${"Der Anschluss ist gestört, bitte sehen Sie nach. ".repeat(4)}', 0, ${BEGAN} from n`)
  }
  yield* run(`insert into ${table("ticket_change")} (ticket_id, seq, visibility, what, data, by_kind, by_name, at)
    with recursive ${numbers(size)} select ${idIn(kind, "b00", "n.i")}, 1, 'public', 'state', '{}', 'agent', 'Agent', ${BEGAN} from n`)
  if (size <= MOST_SEARCHED) yield* seedWords(size)
  yield* run(kind === "postgres" ? "vacuum analyze" : "analyze")
})

/** Some 38 different words for each ticket: one of its own, some that are as frequent as they say, and ordinary ones. */
const seedWords = Effect.fnUntraced(function* (size: number) {
  const { kind, kysely, tablePrefix } = yield* Database
  const run = (statement: string) => Effect.promise(() => sql.raw(statement).execute(kysely))
  const random = (seed: string) => `((${seed}) % 99991)`
  const whole =
    kind === "postgres" ? (value: string) => `trunc(${value})::integer` : (value: string) => `cast(${value} as integer)`
  const words = (select: string) =>
    run(
      `insert into ${tablePrefix}ticket_word (ticket_id, word, in_subject, public_seq, internal) ${select} on conflict do nothing`
    )
  const own = (word: string, of: string) =>
    words(`with recursive ${numbers(size)} select ${idIn(kind, "b00", "n.i")}, ${word}, 1, 1, 0 from n where ${of}`)
  yield* own("'vorgang' || n.i", "1 = 1")
  yield* own("'anschluss'", "n.i % 5 <> 0")
  yield* own("'rechnung'", "n.i % 20 = 0")
  yield* own("'glasfaser'", "n.i % 500 = 0")
  yield* own("'blitzschlag'", "n.i % 500 = 3 and n.i < 4000")
  yield* words(`with recursive ${numbers(size)}, ${numbers(40, "k")}
    select ${idIn(kind, "b00", "n.i")}, 'wort' || ${whole(`30000 * power(${random("cast(n.i as bigint) * 31337 + k.i * 7907 + (cast(n.i as bigint) * k.i) % 8191")} / 99991.0, 3)`)},
      0, 2, 0 from n cross join k where true`)
})

const everything = { states: Option.none(), search: Option.none() }
const wholeQueue: QueueFilter = {
  ...everything,
  assignee: Option.none(),
  tenantId: Option.none(),
  priorities: Option.none(),
  category: Option.none(),
  tag: Option.none(),
  spam: false
}

/** Each operation at one size: those that must not depend on it, and searches. */
const operationsOf = (tickets: TicketRepository["Service"], size: number) => {
  const first = { after: Option.none(), limit: LIMIT }
  const middle = { after: Option.some([BEGAN + Math.floor(size / 2) * 1000, ""] as const), limit: LIMIT }
  const tenant = TenantId.make(id("002", 1))
  const one = TicketId.make(id("b00", Math.floor(size / 2)))
  const search = (text: string) => ({ ...everything, search: Option.fromNullOr(termsOf(text)) })
  const found = (text: string) => tickets.queue({ ...wholeQueue, ...search(text) }, first)
  const foundIn = (tenant: number, text: string) =>
    tickets.listOfTenant(TenantId.make(id("002", tenant)), search(text), first)
  return {
    "queue, first page": tickets.queue(wholeQueue, first),
    "queue, page in the middle": tickets.queue(wholeQueue, middle),
    "queue, unresolved": tickets.queue({ ...wholeQueue, states: Option.some(unresolved) }, first),
    "queue, of one agent": tickets.queue({ ...wholeQueue, assignee: Option.some(AccountId.make(id("001", 3))) }, first),
    "queue, of one tenant": tickets.queue({ ...wholeQueue, tenantId: Option.some(tenant) }, first),
    "a tenant's tickets": tickets.listOfTenant(tenant, everything, first),
    "a tenant's tickets, in the middle": tickets.listOfTenant(tenant, everything, middle),
    "an account's tickets": tickets.listOfAccount(AccountId.make(id("001", 1)), everything, first),
    "an account's tickets, in the middle": tickets.listOfAccount(AccountId.make(id("001", 1)), everything, middle),
    "one ticket with messages and history": Effect.andThen(
      tickets.open(one),
      Effect.andThen(
        tickets.messages(one, { publicAfter: 0 }, { after: Option.none(), limit: LIMIT }),
        tickets.changes(one, null, { after: Option.none(), limit: LIMIT })
      )
    ),
    "search: a word of 80 in 100": found("anschluss"),
    "search: a word of 5 in 100": found("rechnung"),
    "search: a word of 1 in 500": found("glasfaser"),
    "search: a word of 8 tickets at most": found("blitzschlag"),
    "search: a word of one ticket": found(`vorgang${Math.floor(size / 2)}`),
    "search: a word that is nowhere": found("sonnenfinsternis"),
    "search: the beginning of many words": found("wort"),
    "search: a word of 5 in 100, in the middle": tickets.queue(
      { ...wholeQueue, ...search("rechnung") },
      { after: Option.some([0, id("b00", Math.floor(size * 0.6))] as const), limit: LIMIT }
    ),
    "search: a word and the beginning of many": found("rechnung wort"),
    "search: two words that never meet": found("anschluss rechnung"),
    "search: three words": found("wort1 wort2 anschluss"),
    "search: a number": found(id("", Math.floor(size / 2)).slice(-8)),
    "search: a requester's address": found(`person${Math.floor(size / 2)}@example.com`),
    "search: the beginning of many names": found("person"),
    "search: in half of the tickets, a word of 5 in 100": foundIn(1, "rechnung"),
    "search: in half of the tickets, three words": foundIn(1, "wort1 wort2 anschluss"),
    "search: in half of the tickets, nowhere": foundIn(1, "sonnenfinsternis"),
    "search: in a tenant's 50 tickets": foundIn(2, "anschluss"),
    "search: in a tenant's 50 tickets, nowhere": foundIn(2, "rechnung glasfaser"),
    "search: in one's own 50 tickets": tickets.listOfAccount(
      AccountId.make(id("001", 2)),
      search("wort1 anschluss"),
      first
    ),
    "search: in one's own 50, nowhere": tickets.listOfAccount(
      AccountId.make(id("001", 2)),
      search("sonnenfinsternis"),
      first
    )
  }
}
type Operation = keyof ReturnType<typeof operationsOf>

const isSearch = (operation: Operation): boolean => operation.startsWith("search")
const mostOf = (operation: Operation): number => (isSearch(operation) ? 3 : 1.5)
const isMeasured = (operation: Operation, size: number): boolean => !isSearch(operation) || size <= MOST_SEARCHED

type Answer = Effect.Effect<ReadonlyArray<unknown>, PersistenceError>

interface Side {
  readonly operations: Readonly<Record<Operation, Answer>>
  readonly run: (operation: Answer) => Promise<ReadonlyArray<unknown>>
}

interface Row {
  readonly database: string
  readonly operation: Operation
  readonly microseconds: ReadonlyArray<Spread>
  readonly statements: ReadonlyArray<number>
  /** How many rows are answered. */
  readonly rows: ReadonlyArray<number>
}

const measured = async (
  database: string,
  dialectOf: (size: number) => Parameters<typeof Database.fromDialect>[0],
  sizes: ReadonlyArray<number>,
  sampling: Sampling,
  only: string
): Promise<ReadonlyArray<Row>> => {
  let sent = 0
  const options = { onStatement: () => void sent++ }
  const runtimes = sizes.map((size) =>
    ManagedRuntime.make(
      Kysely.layer.pipe(
        Layer.provideMerge(Database.fromDialect(dialectOf(size), { ...options, tablePrefix: `p${size}_` }))
      )
    )
  )
  try {
    const sides: Array<Side> = []
    for (const [index, size] of sizes.entries()) {
      const runtime = runtimes[index]
      if (runtime === undefined) throw new Error("each size has a runtime")
      const steps = await runtime.runPromise(Kysely.migrate())
      const begun = process.hrtime.bigint()
      if (steps.includes("0016_tickets")) await runtime.runPromise(seed(size))
      const seconds = Number(process.hrtime.bigint() - begun) / 1e9
      process.stderr.write(`${size} tickets on ${database} made in ${seconds.toFixed(0)} s\n`)
      const tickets = await runtime.runPromise(TicketRepository)
      sides.push({ operations: operationsOf(tickets, size), run: Effect.runPromise })
    }
    const rows: Array<Row> = []
    for (const operation of Object.keys(sides[0]?.operations ?? {}) as ReadonlyArray<Operation>) {
      if (!operation.startsWith(only)) continue
      const statements: Array<number> = []
      const answered: Array<number> = []
      const measured = sides.filter((_, index) => isMeasured(operation, sizes[index] ?? 0))
      for (const { operations, run } of measured) {
        await run(operations[operation])
        sent = 0
        const answer = await run(operations[operation])
        answered.push(answer.length)
        statements.push(sent)
      }
      const microseconds = await measureInTurn(
        `${operation} on ${database}`,
        sampling,
        measured.map(
          ({ operations, run }) =>
            () =>
              run(operations[operation])
        )
      )
      rows.push({ database, operation, microseconds, statements, rows: answered })
    }
    return rows
  } finally {
    for (const runtime of runtimes) await runtime.dispose()
  }
}

/** Of the fastest batch at each size: whatever else the machine does only ever adds to a time. */
const ratiosOf = ({ microseconds }: Row): ReadonlyArray<number> => {
  const least = microseconds[0]?.min ?? Number.NaN
  return microseconds.slice(1).map(({ min }) => min / least)
}

const isConstant = ({ statements }: Row): boolean => new Set(statements).size === 1

const shown = (microseconds: number): string => microseconds.toLocaleString("en", { maximumFractionDigits: 0 })

const table = (sizes: ReadonlyArray<number>, rows: ReadonlyArray<Row>): string => {
  const cells = [
    [
      "database",
      "operation",
      ...sizes.map((size) => `${size.toLocaleString("en")} tickets, µs (median)`),
      "ratio",
      "statements",
      "rows"
    ],
    ...rows.map((row) => [
      row.database,
      row.operation,
      ...sizes.map((_, index) => {
        const spread = row.microseconds[index]
        return spread === undefined ? "-" : `${shown(spread.min)} (${shown(spread.median)})`
      }),
      ratiosOf(row)
        .map((ratio) => `${ratio.toFixed(2)}x`)
        .join(" / "),
      isConstant(row) ? String(row.statements[0]) : row.statements.join(" / "),
      row.rows.join(" / ")
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
    options: {
      sizes: { type: "string", default: "1000,100000,1000000" },
      databases: { type: "string", default: "SQLite,PostgreSQL" },
      iterations: { type: "string", default: "200" },
      only: { type: "string", default: "" },
      folder: { type: "string" },
      postgres: { type: "string" },
      json: { type: "string" }
    }
  })
  const iterations = Number(values.iterations)
  const sizes = values.sizes.split(",").map(Number)
  const databases = values.databases.split(",")
  const batches = 20
  const sampling: Sampling = { warmup: Math.ceil(iterations / 4), batches, perBatch: Math.ceil(iterations / batches) }
  const folder = values.folder ?? mkdtempSync(join(tmpdir(), "portico-bench-"))
  const rows: Array<Row> = []
  try {
    if (databases.includes("SQLite")) {
      const dialect = (size: number) => {
        const file = new BetterSqlite3(join(folder, `tickets-${size}.sqlite`))
        // to make the indexes of a million rows in the memory
        file.pragma("cache_size = -400000")
        return Kysely.sqliteDialect(file)
      }
      rows.push(...(await measured("SQLite", dialect, sizes, sampling, values.only)))
    }
    if (databases.includes("PostgreSQL")) {
      const server = values.postgres === undefined ? await startPostgres() : undefined
      const connectionString = server?.url ?? values.postgres
      try {
        const dialect = () => Kysely.postgresDialect(new pg.Pool({ connectionString, max: 2 }))
        rows.push(...(await measured("PostgreSQL", dialect, sizes, sampling, values.only)))
      } finally {
        await server?.stop()
      }
    }
  } finally {
    if (values.folder === undefined) rmSync(folder, { recursive: true, force: true })
  }
  process.stdout.write(
    `${table(sizes, rows)}\nthe least of ${batches} batches, and their median; all that is read is in memory\n`
  )
  if (values.json !== undefined) writeJson(values.json, { iterations, sizes, rows, node: process.version })
  const failed = rows.filter(
    (row) => !isConstant(row) || !ratiosOf(row).every((ratio) => ratio <= mostOf(row.operation))
  )
  for (const { database, operation } of failed) {
    process.stderr.write(`${operation} on ${database} depends on the number of tickets\n`)
  }
  if (failed.length > 0) process.exitCode = 1
}

await main()

import { createHash, randomUUID } from "node:crypto"
import { Effect } from "effect"
import pg from "pg"
import { inject } from "vitest"

/** A database that one test file has for itself, on the run's PostgreSQL server. */
export interface TestDatabase {
  readonly url: string
  /** A pool of up to `max` connections (8 unless told); `drop` closes it. */
  readonly pool: (config?: pg.PoolConfig) => pg.Pool
  /** Closes the pools made here and drops the database, whoever else is still connected. */
  readonly drop: () => Promise<void>
}

const serverUrl = async (): Promise<string> => {
  const answer = await fetch(inject("postgresStarter"))
  const text = await answer.text()
  if (!answer.ok) throw new Error(text)
  return text
}

const asAdministrator = async (server: string, statement: string): Promise<void> => {
  const client = new pg.Client(server)
  await client.connect()
  try {
    await client.query(statement)
  } finally {
    await client.end()
  }
}

/**
 * Creates a database that is empty, or a copy of a template. Call it in `beforeAll` and `drop` it in `afterAll`, or use
 * `scopedDatabase`.
 */
export const createDatabase = async (template?: string): Promise<TestDatabase> => {
  const server = await serverUrl()
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await asAdministrator(server, `create database ${name}${template === undefined ? "" : ` template ${template}`}`)
  const url = new URL(server)
  url.pathname = name
  const pools: Array<pg.Pool> = []
  return {
    url: url.href,
    pool: (config) => {
      const pool = new pg.Pool({ connectionString: url.href, max: 8, ...config })
      // Dropping the database ends connections that are still closing; unheard, their errors would fail the run.
      pool.on("error", () => {})
      pool.on("connect", (client) => client.on("error", () => {}))
      pools.push(pool)
      return pool
    },
    drop: async () => {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()))
      await asAdministrator(server, `drop database if exists ${name} with (force)`)
    }
  }
}

/**
 * Answers the name of a database to copy from, which the first test file of the run that asks for this content fills; the others wait for it.
 */
export const createTemplate = async (content: string, fill: (pool: pg.Pool) => Promise<void>): Promise<string> => {
  const server = await serverUrl()
  const name = `template_${createHash("sha256").update(content).digest("hex").slice(0, 16)}`
  const client = new pg.Client(server)
  await client.connect()
  try {
    await client.query("select pg_advisory_lock(1)")
    const { rowCount } = await client.query("select 1 from pg_database where datname = $1", [name])
    if (rowCount === 0) {
      const unfinished = await createDatabase()
      const pool = new pg.Pool({ connectionString: unfinished.url })
      await fill(pool)
      if (!pool.ended) await pool.end()
      await client.query(`alter database ${new URL(unfinished.url).pathname.slice(1)} rename to ${name}`)
    }
  } finally {
    await client.end()
  }
  return name
}

/** `createDatabase` for Effect: dropped when the scope closes. */
export const scopedDatabase = Effect.acquireRelease(
  Effect.promise(() => createDatabase()),
  (database) => Effect.promise(database.drop)
)

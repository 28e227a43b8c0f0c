import { randomUUID } from "node:crypto"
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

/** Creates an empty database. Call it in `beforeAll` and `drop` it in `afterAll`, or use `scopedDatabase`. */
export const createDatabase = async (): Promise<TestDatabase> => {
  const server = await serverUrl()
  const name = `test_${randomUUID().replaceAll("-", "")}`
  await asAdministrator(server, `create database ${name}`)
  const url = new URL(server)
  url.pathname = name
  const pools: Array<pg.Pool> = []
  return {
    url: url.href,
    pool: (config) => {
      const pool = new pg.Pool({ connectionString: url.href, max: 8, ...config })
      pools.push(pool)
      return pool
    },
    drop: async () => {
      await Promise.all(pools.filter((pool) => !pool.ended).map((pool) => pool.end()))
      await asAdministrator(server, `drop database if exists ${name} with (force)`)
    }
  }
}

/** `createDatabase` for Effect: dropped when the scope closes. */
export const scopedDatabase = Effect.acquireRelease(Effect.promise(createDatabase), (database) =>
  Effect.promise(database.drop)
)

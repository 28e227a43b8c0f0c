import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { createDatabase, type TestDatabase } from "./postgres.ts"

describe("the PostgreSQL server of a test run", () => {
  let database: TestDatabase
  beforeAll(async () => {
    database = await createDatabase()
  })
  afterAll(() => database.drop())

  it("is version 18 and durable for nobody", async () => {
    const pool = database.pool()
    const { rows } = await pool.query(
      "select current_setting('server_version_num')::int / 10000 as major, current_setting('fsync') as fsync"
    )
    expect(rows).toEqual([{ major: 18, fsync: "off" }])
  })

  it("shows a commit of one connection to another, and nothing before it", async () => {
    const pool = database.pool()
    const [one, two] = [await pool.connect(), await pool.connect()]
    try {
      await one.query("create table seen (id int primary key)")
      await one.query("begin")
      await one.query("insert into seen values (1)")
      expect((await two.query("select id from seen")).rows).toEqual([])
      await one.query("commit")
      expect((await two.query("select id from seen")).rows).toEqual([{ id: 1 }])
    } finally {
      one.release()
      two.release()
    }
  })

  it("gives each caller a database of its own", async () => {
    const other = await createDatabase()
    try {
      await database.pool().query("create table mine (id int)")
      const { rows } = await other
        .pool()
        .query("select count(*)::int as tables from pg_tables where tablename = 'mine'")
      expect(rows).toEqual([{ tables: 0 }])
    } finally {
      await other.drop()
    }
  })

  it("sorts text as a German host would, so that an unsaid order of bytes shows", async () => {
    const { rows } = await database
      .pool()
      .query("select array_agg(t order by t) as sorted from unnest(array['Z', 'a', 'ä', 'B']) t")
    expect(rows).toEqual([{ sorted: ["a", "ä", "B", "Z"] }])
  })

  it("holds 60 connections at once", async () => {
    const pool = database.pool({ max: 60 })
    const clients = await Promise.all(Array.from({ length: 60 }, () => pool.connect()))
    for (const client of clients) client.release()
    expect(pool.totalCount).toBe(60)
  })
})

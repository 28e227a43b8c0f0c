import { assert, describe, it } from "@effect/vitest"
import { DummyDriver, Kysely, SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler, sql } from "kysely"
import { ConstantsPlugin } from "../../src/kysely/ConstantsPlugin.ts"

class Parameter {}

const db = new Kysely<{ readonly thing: { readonly id: string; readonly state: string; readonly size: number } }>({
  dialect: {
    createAdapter: () => new SqliteAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (inner) => new SqliteIntrospector(inner),
    createQueryCompiler: () => new SqliteQueryCompiler()
  }
}).withPlugin(new ConstantsPlugin((value) => value instanceof Parameter))

// what stands for a value that is known at the call only
const given = new Parameter() as unknown as string

describe("constants of a statement that is built once", () => {
  it("stand in its text, where a partial index can be recognised; parameters stay parameters", () => {
    const query = db
      .selectFrom("thing")
      .select("id")
      .where("state", "=", "open")
      .where("id", "=", given)
      .where("size", ">", 3)
      .compile()
    assert.strictEqual(query.sql, `select "id" from "thing" where "state" = 'open' and "id" = ? and "size" > 3`)
    assert.deepEqual(query.parameters, [given])
  })

  it("stand in lists, beside parameters, and in what is written as SQL", () => {
    const query = db
      .selectFrom("thing")
      .select("id")
      .where("state", "in", ["open", given])
      .where(sql<boolean>`coalesce(${given}, ${"none"}) <> ${"o'clock"}`)
      .compile()
    assert.strictEqual(
      query.sql,
      `select "id" from "thing" where "state" in ('open', ?) and coalesce(?, 'none') <> 'o''clock'`
    )
    assert.deepEqual(query.parameters, [given, given])
  })
})

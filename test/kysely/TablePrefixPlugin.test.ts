import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, sql } from "kysely"
import { describe, expect, it } from "vitest"
import { TablePrefixPlugin } from "../../src/kysely/TablePrefixPlugin.ts"

interface Tables {
  readonly account: { readonly id: string; readonly name: string }
  readonly session: { readonly id: string; readonly account_id: string }
}

const db = new Kysely<Tables>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler()
  }
}).withPlugin(new TablePrefixPlugin("p_"))

describe("a table prefix", () => {
  const table: ReadonlyArray<readonly [string, { compile: () => { sql: string } }, string]> = [
    [
      "stands before a table and in references to it",
      db.selectFrom("account").select("account.id").where("account.name", "=", "x"),
      `select "p_account"."id" from "p_account" where "p_account"."name" = $1`
    ],
    [
      "leaves aliases alone",
      db.selectFrom("session as account").select("account.id"),
      `select "account"."id" from "p_session" as "account"`
    ],
    [
      "stands before joined tables",
      db.selectFrom("session as s").innerJoin("account", "account.id", "s.account_id").select(["s.id", "account.name"]),
      `select "s"."id", "p_account"."name" from "p_session" as "s" inner join "p_account" on "p_account"."id" = "s"."account_id"`
    ],
    [
      "reaches subqueries, and the outer table inside of them",
      db
        .selectFrom("account")
        .select("id")
        .where((eb) =>
          eb.exists(eb.selectFrom("session").select("session.id").whereRef("session.account_id", "=", "account.id"))
        ),
      `select "id" from "p_account" where exists (select "p_session"."id" from "p_session" where "p_session"."account_id" = "p_account"."id")`
    ],
    [
      "leaves common table expressions alone",
      db
        .with("recent", (db) => db.selectFrom("session").selectAll())
        .selectFrom("recent")
        .select("recent.id"),
      `with "recent" as (select * from "p_session") select "recent"."id" from "recent"`
    ],
    [
      "stands before the table of an insert, and leaves what the conflict excluded alone",
      db
        .insertInto("account")
        .values({ id: "a", name: "b" })
        .onConflict((conflict) => conflict.column("id").doUpdateSet((eb) => ({ name: eb.ref("excluded.name") })))
        .returning("account.id"),
      `insert into "p_account" ("id", "name") values ($1, $2) on conflict ("id") do update set "name" = "excluded"."name" returning "p_account"."id"`
    ],
    [
      "stands before the tables of an update",
      db
        .updateTable("session")
        .from("account")
        .set({ account_id: "x" })
        .whereRef("session.account_id", "=", "account.id"),
      `update "p_session" set "account_id" = $1 from "p_account" where "p_session"."account_id" = "p_account"."id"`
    ],
    [
      "stands before the tables of a delete",
      db.deleteFrom("session").using("account").whereRef("session.account_id", "=", "account.id"),
      `delete from "p_session" using "p_account" where "p_session"."account_id" = "p_account"."id"`
    ],
    [
      "reaches references in raw parts",
      db.selectFrom("account").select(sql<string>`lower(${sql.ref("account.name")})`.as("name")),
      `select lower("p_account"."name") as "name" from "p_account"`
    ],
    [
      "stands before tables, keys and references that are created",
      db.schema
        .createTable("session")
        .addColumn("id", "text")
        .addColumn("account_id", "text", (column) => column.references("account.id"))
        .addPrimaryKeyConstraint("session_pk", ["id"])
        .addUniqueConstraint("session_account", ["account_id"])
        .addForeignKeyConstraint("session_fk", ["account_id"], "account", ["id"]),
      `create table "p_session" ("id" text, "account_id" text references "p_account" ("id"), constraint "p_session_pk" primary key ("id"), constraint "p_session_account" unique ("account_id"), constraint "session_fk" foreign key ("account_id") references "p_account" ("id"))`
    ],
    [
      "stands before indexes",
      db.schema.createIndex("session_by_account").on("session").column("account_id").where(sql.ref("id"), "=", "a"),
      `create index "p_session_by_account" on "p_session" ("account_id") where "id" = 'a'`
    ],
    [
      "stands before indexes that are dropped",
      db.schema.dropIndex("session_by_account"),
      `drop index "p_session_by_account"`
    ],
    ["stands before tables that are dropped", db.schema.dropTable("session"), `drop table "p_session"`],
    [
      "stands before tables that are altered",
      db.schema.alterTable("session").addColumn("at", "bigint"),
      `alter table "p_session" add column "at" bigint`
    ],
    [
      "leaves tables of a named schema alone",
      db.withSchema("pg_catalog").selectFrom("account").select("account.id"),
      `select "pg_catalog"."account"."id" from "pg_catalog"."account"`
    ]
  ]
  it.each(table)("%s", (_, query, expected) => {
    expect(query.compile().sql).toBe(expected)
  })
})

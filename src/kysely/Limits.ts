import { Effect, Layer, Option } from "effect"
import { type QueryCreator, type RawBuilder, sql } from "kysely"
import type * as Instant from "../kernel/Instant.ts"
import { delayAfter, Limits, type RuleRow, roomOf, tightest } from "../kernel/Limits.ts"
import { Database } from "./Database.ts"
import { forUpdate, instant, isOneOf, type TextList, textList } from "./dialect.ts"
import { purge } from "./purge.ts"
import { type Queries, queries } from "./query.ts"
import type { BudgetTable, Tables } from "./tables.ts"

const COLUMNS = [
  "key",
  "count",
  "last_at",
  "ends_at",
  "max_count",
  "free_count",
  "delay_base",
  "delay_cap"
] as const satisfies ReadonlyArray<keyof BudgetTable>

/** More attempts than anybody makes. */
const NEVER = 2 ** 30

const toRow = (rule: RuleRow, now: Instant.Instant): BudgetTable => ({
  key: rule.key,
  count: rule.amount,
  last_at: now,
  ends_at: now + rule.window,
  max_count: rule.max,
  // a delay of nothing makes nobody wait, not even a node whose clock is behind
  free_count: rule.base > 0 && rule.cap > 0 ? rule.free : NEVER,
  delay_base: rule.base,
  delay_cap: rule.cap
})

/** Rows are locked in the order in which they are written, so everybody writes them in the same one. */
const inOrder = (rules: ReadonlyArray<RuleRow>): ReadonlyArray<RuleRow> =>
  [...rules].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))

type Take = "limits.take" | "limits.takeEach"

/** Whether a row of a budget that is there lets an attempt pass: its window is over, or it has room. */
const conditions = (budget: string, attempt: string) => {
  const had = (column: keyof BudgetTable) => sql.ref<number>(`${budget}.${column}`)
  const given = (column: keyof BudgetTable) => sql.ref<number>(`${attempt}.${column}`)
  const doublings = sql`case when ${had("count")} - ${given("free_count")} < 30 then ${had("count")} - ${given("free_count")} else 30 end`
  // `delayAfter`; comparing with the halved cap instead of doubling the base first keeps every number below 2^63
  const delay = sql`case when (${given("delay_cap")} >> (${doublings})) < ${given("delay_base")} then ${given("delay_cap")} else ${given("delay_base")} << (${doublings}) end`
  const isOver: RawBuilder<boolean> = sql`${given("last_at")} >= ${had("ends_at")}`
  const hasRoom: RawBuilder<boolean> = sql`(${had("count")} + ${given("count")} <= ${given("max_count")} and (${had("count")} = 0 or ${had("count")} < ${given("free_count")} or ${given("last_at")} >= ${had("last_at")} + (${delay})))`
  return { had, given, isOver, passes: sql<boolean>`(${isOver} or ${hasRoom})` }
}

/** The attempts of a statement as rows: a parameter of a select has no type of its own. */
const asked = (db: QueryCreator<Tables>, p: ReadonlyArray<BudgetTable>, count: number) => {
  const typed = <T>(value: T | undefined, type: "text" | "integer" | "bigint") =>
    sql<T>`cast(${value} as ${sql.raw(type)})`
  const attempt = (row: number) =>
    db.selectNoFrom([
      typed(p[row]?.key, "text").as("key"),
      typed(p[row]?.count, "integer").as("count"),
      typed(p[row]?.last_at, "bigint").as("last_at"),
      typed(p[row]?.ends_at, "bigint").as("ends_at"),
      typed(p[row]?.max_count, "integer").as("max_count"),
      typed(p[row]?.free_count, "integer").as("free_count"),
      typed(p[row]?.delay_base, "bigint").as("delay_base"),
      typed(p[row]?.delay_cap, "bigint").as("delay_cap")
    ])
  return Array.from({ length: count - 1 }, (_, row) => attempt(row + 1)).reduce(
    (all, one) => all.unionAll(one),
    attempt(0)
  )
}

/**
 * The statement that draws on `count` budgets; it answers the keys of those that had room. Those of one attempt are drawn on together or not at all, as
 * they were when the statement began; that none is drawn on beyond its bound is for the condition of each row.
 */
const takeStatement = (q: Queries<Tables>, operation: Take, count: number) => {
  const { given, had, isOver, passes } = conditions("budget", "excluded")
  const together = operation === "limits.take" && count > 1
  return q.all(operation, (db, p: ReadonlyArray<BudgetTable>) => {
    const rows = together
      ? db
          .with("asked", (db) => asked(db, p, count))
          .insertInto("budget")
          .columns([...COLUMNS])
          .expression((eb) =>
            eb
              .selectFrom("asked")
              .select([...COLUMNS])
              .where(({ exists, not, selectFrom }) =>
                not(
                  exists(
                    selectFrom("budget as present")
                      .innerJoin("asked as attempt", "attempt.key", "present.key")
                      .select("present.key")
                      .where((of) => of.not(conditions("present", "attempt").passes))
                  )
                )
              )
          )
      : db.insertInto("budget").values(
          // every parameter has the type of its column
          Array.from(
            { length: count },
            (_, row) =>
              Object.fromEntries(COLUMNS.map((column) => [column, p[row]?.[column]])) as unknown as BudgetTable
          )
        )
    return rows
      .onConflict((conflict) =>
        conflict
          .column("key")
          .doUpdateSet((eb) => ({
            count: sql<number>`case when ${isOver} then ${given("count")} else ${had("count")} + ${given("count")} end`,
            last_at: sql<number>`case when ${given("last_at")} > ${had("last_at")} then ${given("last_at")} else ${had("last_at")} end`,
            ends_at: sql<number>`case when ${isOver} then ${given("ends_at")} else ${had("ends_at")} end`,
            max_count: eb.ref("excluded.max_count"),
            free_count: eb.ref("excluded.free_count"),
            delay_base: eb.ref("excluded.delay_base"),
            delay_cap: eb.ref("excluded.delay_cap")
          }))
          .where(passes)
      )
      .returning("key")
  })
}

const opensAt = (rule: RuleRow, count: number, lastAt: number, endsAt: number): number =>
  count + rule.amount > rule.max ? endsAt : Math.min(lastAt + delayAfter(rule, count), endsAt)

export const layer: Layer.Layer<Limits, never, Database> = Layer.effect(
  Limits,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const statements = new Map<string, ReturnType<typeof takeStatement>>()
    const draw = (operation: Take, rules: ReadonlyArray<RuleRow>, now: Instant.Instant) => {
      const key = `${operation} ${rules.length}`
      let statement = statements.get(key)
      if (statement === undefined) {
        statement = takeStatement(q, operation, rules.length)
        statements.set(key, statement)
      }
      return statement(inOrder(rules).map((rule) => toRow(rule, now)))
    }
    const budgetsOf = q.all("limits.read", (db, p: { readonly keys: TextList }) =>
      db
        .selectFrom("budget")
        .select(["key", "count", "last_at", "ends_at"])
        .where((eb) => isOneOf(database.kind, eb.ref("key"), p.keys))
    )
    const forget = q.changed("limits.forget", (db, p: { readonly keys: TextList }) =>
      // the row stays until its window is over: counting again from nothing writes less than a new row
      db
        .updateTable("budget")
        .set({ count: 0 })
        .where((eb) =>
          // rows are locked in the order in which they are written, where there are locks on rows
          database.kind === "sqlite"
            ? isOneOf(database.kind, eb.ref("key"), p.keys)
            : eb(
                "key",
                "in",
                forUpdate(
                  database.kind,
                  eb
                    .selectFrom("budget")
                    .select("key")
                    .where((inner) => isOneOf(database.kind, inner.ref("key"), p.keys))
                    .orderBy("key")
                )
              )
        )
    )
    const purgeRows = purge(database, { table: "budget", key: ["key"], by: "ends_at", inclusive: true, anyOrder: true })

    /** Those that refuse, and when each of them would let its attempt pass; now, where somebody has made room for it since. */
    const refusing = Effect.fnUntraced(function* (
      operation: Take,
      rules: ReadonlyArray<RuleRow>,
      now: Instant.Instant
    ) {
      const opens = new Map<string, Instant.Instant>()
      if (rules.length === 0) return opens
      const passed = new Set((yield* draw(operation, rules, now)).map(({ key }) => key))
      if (passed.size === rules.length) return opens
      const refused = new Map(rules.filter(({ key }) => !passed.has(key)).map((rule) => [rule.key, rule]))
      for (const key of refused.keys()) opens.set(key, now)
      for (const { count, ends_at, key, last_at } of yield* budgetsOf({ keys: textList([...refused.keys()]) })) {
        const rule = refused.get(key)
        const at = rule === undefined ? now : opensAt(rule, count, Number(last_at), Number(ends_at))
        opens.set(key, instant(Math.max(now, at)))
      }
      return opens
    })

    return Limits.of({
      take: (rules, now) =>
        Effect.map(refusing("limits.take", rules, now), (refused) =>
          refused.size === 0 ? Option.none() : Option.some(instant(Math.max(...refused.values())))
        ),
      takeEach: (rules, now) => refusing("limits.takeEach", rules, now),
      room: (rules, now) =>
        Effect.map(budgetsOf({ keys: textList(rules.map(({ key }) => key)) }), (found) =>
          tightest(
            rules.map((rule) => {
              const budget = found.find(({ key }) => key === rule.key)
              return roomOf(
                rule,
                budget === undefined ? undefined : { count: Number(budget.count), endsAt: instant(budget.ends_at) },
                now
              )
            })
          )
        ),
      forget: (keys) => (keys.length === 0 ? Effect.void : Effect.asVoid(forget({ keys: textList(keys) }))),
      purge: purgeRows
    })
  })
)

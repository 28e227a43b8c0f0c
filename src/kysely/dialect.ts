import {
  type AliasedRawBuilder,
  type Expression,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql
} from "kysely"
import * as Instant from "../kernel/Instant.ts"

/**
 * Everything in which the databases differ, and how values are stored on all of them:
 *
 * - instants: whole milliseconds since 1970 in a `bigint` (SQLite: an integer)
 * - booleans: 0 or 1 in a `smallint`
 * - JSON: text, written and read by the repository
 * - everything else: text, compared by bytes on every database (the migrations declare it so)
 */
export type DialectKind = "sqlite" | "postgres"

/**
 * Locks the rows that a query reads until the unit of work ends. On SQLite nothing is added: a unit begins with the only write lock of the
 * file, so nobody else can change any row.
 */
export const forUpdate = <DB, TB extends keyof DB, O>(
  kind: DialectKind,
  query: SelectQueryBuilder<DB, TB, O>
): SelectQueryBuilder<DB, TB, O> => (kind === "postgres" ? query.forUpdate() : query)

/** As `forUpdate`, but rows that another unit has locked are left out instead of waited for: for workers that share a queue. */
export const forUpdateSkipLocked = <DB, TB extends keyof DB, O>(
  kind: DialectKind,
  query: SelectQueryBuilder<DB, TB, O>
): SelectQueryBuilder<DB, TB, O> => (kind === "postgres" ? query.forUpdate().skipLocked() : query)

/**
 * Whether an expression is one of a list of texts, given as one parameter (`textList`), so that the statement's text stays the same. On PostgreSQL the
 * list is an array, with which an index is asked once for each element; joined as a set it would be compared with every row of a large table.
 */
export const isOneOf = (kind: DialectKind, expression: Expression<string>, list: TextList): RawBuilder<SqlBool> =>
  kind === "postgres"
    ? sql`${expression} = any(array(select json_array_elements_text(cast(${list} as json))))`
    : sql`${expression} in (select value from json_each(${list}))`

/** As `isOneOf`, of such a list and of the texts that a query answers: a condition for each of them would let PostgreSQL read every row. */
export const isOneOfBoth = (
  kind: DialectKind,
  expression: Expression<string>,
  list: TextList,
  query: Expression<unknown>
): RawBuilder<SqlBool> =>
  kind === "postgres"
    ? sql`${expression} = any(array(
        select json_array_elements_text(cast(${list} as json)) union all select * from ${query} as others))`
    : sql`${expression} in (select value from json_each(${list}) union all select * from ${query} as others)`

/** A list of texts as one parameter. */
export type TextList = string & { readonly TextList: unique symbol }
// branded so that no plain text is passed where a list is meant
export const textList = (texts: ReadonlyArray<string>): TextList => JSON.stringify(texts) as TextList

/** Whether a list of texts in a column of JSON has one of another list, which is given as one parameter. */
export const hasOneOf = (kind: DialectKind, column: Expression<string>, list: TextList): RawBuilder<SqlBool> =>
  kind === "postgres"
    ? sql`exists (select 1 from json_array_elements_text(cast(${column} as json)) as had(value)
        where had.value in (select json_array_elements_text(cast(${list} as json))))`
    : sql`exists (select 1 from json_each(${column}) as had where had.value in (select value from json_each(${list})))`

/** Rows as one parameter, so that a statement that changes many rows has the same text however many they are. */
export type RowList = string & { readonly RowList: unique symbol }
// branded as above
export const rowList = (rows: ReadonlyArray<Readonly<Record<string, string | number | null>>>): RowList =>
  JSON.stringify(rows) as RowList

/** The rows of a `rowList` under the name `given`, for the `from` of an update. The names of columns are the code's own. */
export const rowsOf = <Row extends Readonly<Record<string, string | number | null>>>(
  kind: DialectKind,
  list: RowList,
  columns: { readonly [Column in keyof Row & string]: "text" | "bigint" }
): AliasedRawBuilder<Row, "given"> => {
  const typed: ReadonlyArray<[string, string]> = Object.entries(columns)
  if (kind === "postgres") {
    const definition = sql.join(typed.map(([name, type]) => sql`${sql.ref(name)} ${sql.raw(type)}`))
    return sql<Row>`json_to_recordset(cast(${list} as json))`.as<"given">(sql`given(${definition})`)
  }
  const values = sql.join(typed.map(([name]) => sql`value ->> ${sql.lit(name)} as ${sql.ref(name)}`))
  return sql<Row>`(select ${values} from json_each(${list}))`.as("given")
}

/** Whether a text has another one in it, character for character; nothing in it is a wildcard. */
export const contains = (
  kind: DialectKind,
  expression: Expression<string>,
  part: string | Expression<string>
): RawBuilder<SqlBool> =>
  kind === "postgres" ? sql`strpos(${expression}, ${part}) > 0` : sql`instr(${expression}, ${part}) > 0`

/** The order of bytes for an expression that is not a text column of ours: those have it already. */
export const byBytes = (kind: DialectKind, expression: Expression<string>): RawBuilder<string> =>
  kind === "postgres" ? sql`${expression} collate "C"` : sql`${expression} collate binary`

/** The column type of each kind of value, for migrations. */
export const columnTypes = {
  id: "text",
  text: "text",
  instant: "bigint",
  boolean: "smallint",
  integer: "integer",
  json: "text"
} as const

/** A column of instants or other large whole numbers; PostgreSQL's driver answers those as text unless told otherwise. */
export const integer = (value: number | string | bigint): number => Number(value)

/** A stored instant. */
export const instant = (value: number | string | bigint): Instant.Instant => Instant.fromMillis(Number(value))

/** A stored instant that may be missing. */
export const instantOrNull = (value: number | string | bigint | null): Instant.Instant | null =>
  value === null ? null : Instant.fromMillis(Number(value))

export const fromBoolean = (value: boolean): 0 | 1 => (value ? 1 : 0)
export const toBoolean = (value: number): boolean => value !== 0

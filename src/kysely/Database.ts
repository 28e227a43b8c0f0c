import { Context, Effect, Layer } from "effect"
import type { CompiledQuery, Dialect, Kysely, QueryResult } from "kysely"
import { Kysely as KyselyInstance, WithSchemaPlugin } from "kysely"
import type { DialectKind } from "./dialect.ts"
import { DirectSqliteAdapter, type SqliteConnection } from "./sqlite.ts"
import { TablePrefixPlugin } from "./TablePrefixPlugin.ts"

/** What statements are sent to: the pool, or the connection of one transaction. */
export interface Executor {
  readonly executeQuery: (query: CompiledQuery) => Promise<QueryResult<unknown>>
  /** Answers without a promise, where the driver runs in the process and the statement need not wait; it costs a third. */
  readonly executeNow?: (query: CompiledQuery, wanted: "all" | "first") => QueryResult<unknown> | undefined
}

/** One unit of work that is open; an inner one is a savepoint on the same executor. */
export interface Level {
  readonly executor: Executor
  readonly depth: number
  /** `suspended` while an inner unit is open; a statement on a level that is not `open` is a mistake of the program. */
  state: "open" | "suspended" | "ended"
  readonly afterCommit: Array<Effect.Effect<void>>
}

export interface DatabaseOptions {
  /** Stands before the name of every table, index and key; `portico_` unless told, and 24 bytes at most. */
  readonly tablePrefix?: string
  /** The PostgreSQL schema of the tables; the connection's search path decides unless told. */
  readonly schema?: string
  /** Opens a span for each statement, named by its operation. */
  readonly spans?: boolean
  /** Sees each statement before it is sent: for counting them in tests and measurements. */
  readonly onStatement?: (operation: string, sql: string) => void
}

export interface DatabaseShape {
  readonly kind: DialectKind
  readonly tablePrefix: string
  readonly schema: string | undefined
  /** Gives an instance the prefix and the schema: names in its queries are written without. */
  readonly naming: (kysely: Kysely<unknown>) => Kysely<unknown>
  /** Builds the queries of the repositories, with prefix and schema; it never executes any of them. */
  readonly builder: Kysely<unknown>
  /** The connections, without plugins. */
  readonly kysely: Kysely<unknown>
  /** Runs statements outside of units. */
  readonly pool: Executor
  /** SQLite's one connection, and what runs statements on it for whoever holds it. */
  readonly direct: { readonly connection: SqliteConnection; readonly executor: Executor } | undefined
  /** The unit of work that the current fiber runs in. One reference for each database, so that two portals in one process do not mix. */
  readonly level: Context.Reference<Level | undefined>
  readonly spans: boolean
  readonly onStatement: ((operation: string, sql: string) => void) | undefined
}

/** PostgreSQL cuts names off at 63 bytes without a word, and those that begin alike are then the same. The longest of ours has 34. */
const LONGEST_PREFIX = 24

let instances = 0

const kindOf = (kysely: Kysely<unknown>): DialectKind => {
  const adapter = kysely.getExecutor().adapter
  // PostgreSQL's adapter is the only one with transactional DDL and several connections that can return rows
  return adapter.supportsReturning && adapter.supportsTransactionalDdl ? "postgres" : "sqlite"
}

const directConnection = (kysely: Kysely<unknown>) => {
  const { adapter } = kysely.getExecutor()
  return adapter instanceof DirectSqliteAdapter ? adapter.connection : undefined
}

const executorOn = (connection: SqliteConnection): Executor => ({
  executeQuery: (query) => connection.executeQuery(query),
  executeNow: (query, wanted) => connection.run(query, wanted)
})

/** Sends statements to a transaction that is open. */
export const executorOf = (transaction: Kysely<unknown>): Executor => {
  const connection = directConnection(transaction)
  return connection === undefined ? transaction : executorOn(connection)
}

const make = <DB>(user: Kysely<DB>, options: DatabaseOptions & { readonly kind?: DialectKind }): DatabaseShape => {
  // the tables of the application are of no interest here, and a query is typed by its own tables
  const kysely = user.withoutPlugins() as unknown as Kysely<unknown>
  const tablePrefix = options.tablePrefix ?? "portico_"
  if (new TextEncoder().encode(tablePrefix).length > LONGEST_PREFIX) {
    throw new Error(`the table prefix "${tablePrefix}" is longer than ${LONGEST_PREFIX} bytes`)
  }
  const { schema } = options
  const connection = directConnection(kysely)
  const naming = (instance: Kysely<unknown>): Kysely<unknown> => {
    // the schema after the prefix: what has a schema already is not ours
    const prefixed = tablePrefix === "" ? instance : instance.withPlugin(new TablePrefixPlugin(tablePrefix))
    return schema === undefined ? prefixed : prefixed.withPlugin(new WithSchemaPlugin(schema))
  }
  return {
    kind: options.kind ?? kindOf(kysely),
    tablePrefix,
    schema,
    naming,
    builder: naming(kysely),
    kysely,
    pool:
      connection === undefined
        ? kysely
        : {
            executeQuery: (query) => kysely.executeQuery(query),
            executeNow: (query, wanted) => connection.runAlone(query, wanted)
          },
    direct: connection === undefined ? undefined : { connection, executor: executorOn(connection) },
    level: Context.Reference<Level | undefined>(`portico/kysely/Level/${instances++}`, {
      defaultValue: () => undefined
    }),
    spans: options.spans ?? false,
    onStatement: options.onStatement
  }
}

/** The database that the repositories of `portico/kysely` use. */
export class Database extends Context.Service<Database, DatabaseShape>()("portico/kysely/Database") {
  /** Uses the application's own instance, whose plugins are left aside. It is never destroyed here. */
  static readonly fromKysely = <DB>(
    kysely: Kysely<DB>,
    options: DatabaseOptions & { readonly kind?: DialectKind } = {}
  ): Layer.Layer<Database> => Layer.sync(Database, () => make(kysely, options))

  /** Makes an instance from a dialect (`sqliteDialect`, `postgresDialect`) and destroys it with the layer, which closes what the dialect was given. */
  static readonly fromDialect = (
    dialect: Dialect,
    options: DatabaseOptions & { readonly kind?: DialectKind } = {}
  ): Layer.Layer<Database> =>
    Layer.effect(
      Database,
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => new KyselyInstance<unknown>({ dialect })),
          (kysely) => Effect.promise(() => kysely.destroy())
        ),
        (kysely) => make(kysely, options)
      )
    )
}

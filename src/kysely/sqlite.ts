import {
  CompiledQuery,
  type DatabaseConnection,
  type Dialect,
  type Driver,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler
} from "kysely"
import { reasonOf } from "./classify.ts"

/** The part of a better-sqlite3 database that is used. */
export interface SqliteDatabaseLike {
  readonly prepare: (sql: string) => SqliteStatementLike
  readonly close: () => void
}

export interface SqliteStatementLike {
  /** Whether the statement answers rows. */
  readonly reader: boolean
  readonly all: (parameters: ReadonlyArray<unknown>) => Array<unknown>
  readonly run: (parameters: ReadonlyArray<unknown>) => { readonly changes: number | bigint }
}

/** The part of a `DatabaseSync` of node:sqlite that is used. */
export interface NodeSqliteLike {
  readonly prepare: (sql: string) => {
    readonly columns: () => ReadonlyArray<unknown>
    readonly all: (...parameters: Array<never>) => Array<unknown>
    readonly run: (...parameters: Array<never>) => { readonly changes: number | bigint }
  }
  readonly close: () => void
}

/** Gives a `DatabaseSync` of node:sqlite the shape of better-sqlite3. */
export const fromNodeSqlite = (database: NodeSqliteLike): SqliteDatabaseLike => ({
  close: () => database.close(),
  prepare: (sql) => {
    const statement = database.prepare(sql)
    return {
      // only statements that answer rows have columns
      reader: statement.columns().length > 0,
      // node:sqlite itself refuses values that it cannot bind
      all: (parameters) => statement.all(...(parameters as ReadonlyArray<never>)),
      run: (parameters) => statement.run(...(parameters as ReadonlyArray<never>))
    }
  }
})

export interface SqliteOptions {
  /** How long to wait for a lock that another process holds, in milliseconds; 5000 unless told. Then the reason is "busy". */
  readonly lockTimeout?: number
  /** How many prepared statements are kept; 500 unless told. */
  readonly statements?: number
}

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

class SqliteConnection implements DatabaseConnection {
  readonly #database: SqliteDatabaseLike
  readonly #limit: number
  readonly #lockTimeout: number
  readonly #statements = new Map<string, SqliteStatementLike>()

  constructor(database: SqliteDatabaseLike, options: SqliteOptions) {
    this.#database = database
    this.#limit = options.statements ?? 500
    this.#lockTimeout = options.lockTimeout ?? 5000
  }

  #prepare(sql: string): SqliteStatementLike {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) return kept
    const statement = this.#database.prepare(sql)
    if (this.#statements.size >= this.#limit) {
      const oldest = this.#statements.keys().next()
      if (!oldest.done) this.#statements.delete(oldest.value)
    }
    this.#statements.set(sql, statement)
    return statement
  }

  run<R>(query: CompiledQuery): QueryResult<R> {
    const statement = this.#prepare(query.sql)
    // the row type is the one that the query builder derived from the same query
    if (statement.reader) return { rows: statement.all(query.parameters) as Array<R> }
    return { numAffectedRows: BigInt(statement.run(query.parameters).changes), rows: [] }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    let waited = 0
    let step = 1
    for (;;) {
      try {
        return this.run(query)
      } catch (cause) {
        // SQLite's own waiting would stop the whole process, and with it a unit of this process that holds the lock
        if (reasonOf(cause) !== "busy" || waited >= this.#lockTimeout) throw cause
        await pause(step)
        waited += step
        step = Math.min(step * 2, 25)
      }
    }
  }

  streamQuery<R>(): AsyncIterableIterator<QueryResult<R>> {
    throw new Error("streaming is not supported")
  }
}

class SqliteDriver implements Driver {
  readonly #database: SqliteDatabaseLike
  readonly #connection: SqliteConnection

  constructor(database: SqliteDatabaseLike, options: SqliteOptions) {
    this.#database = database
    this.#connection = new SqliteConnection(database, options)
  }

  async init(): Promise<void> {
    for (const pragma of [
      // readers and one writer do not wait for each other
      "journal_mode = wal",
      // safe against a crash of the process; a power failure can lose the last commits, never consistency
      "synchronous = normal",
      "foreign_keys = on",
      // waiting is done without stopping the process, see above
      "busy_timeout = 0"
    ]) {
      await this.#execute(`pragma ${pragma}`)
    }
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    return this.#connection
  }

  // The write lock is taken at the start: a transaction that reads first and writes later fails at once when another process wrote in between.
  async beginTransaction(): Promise<void> {
    await this.#execute("begin immediate")
  }

  async commitTransaction(): Promise<void> {
    await this.#execute("commit")
  }

  async rollbackTransaction(): Promise<void> {
    await this.#execute("rollback")
  }

  async releaseConnection(): Promise<void> {}

  async destroy(): Promise<void> {
    this.#database.close()
  }

  #execute(sql: string): Promise<unknown> {
    return this.#connection.executeQuery(CompiledQuery.raw(sql))
  }
}

/**
 * Kysely's SQLite dialect with statements kept prepared, `begin immediate`, and the pragmas that several processes on one file need. Takes a
 * better-sqlite3 `Database`, or a `DatabaseSync` through `fromNodeSqlite`; the instance's `destroy` closes it.
 */
export const sqliteDialect = (database: SqliteDatabaseLike, options: SqliteOptions = {}): Dialect => ({
  createAdapter: () => new SqliteAdapter(),
  createDriver: () => new SqliteDriver(database, options),
  createIntrospector: (db) => new SqliteIntrospector(db),
  createQueryCompiler: () => new SqliteQueryCompiler()
})

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
  readonly inTransaction: boolean
}

export interface SqliteStatementLike {
  /** Whether the statement answers rows. */
  readonly reader: boolean
  readonly all: (parameters: ReadonlyArray<unknown>) => Array<unknown>
  /** The first row; the statement is ended with it. */
  readonly get: (parameters: ReadonlyArray<unknown>) => unknown
  readonly run: (parameters: ReadonlyArray<unknown>) => { readonly changes: number | bigint }
}

/** The part of a `DatabaseSync` of node:sqlite that is used. */
export interface NodeSqliteLike {
  readonly prepare: (sql: string) => {
    readonly columns: () => ReadonlyArray<unknown>
    readonly all: (...parameters: Array<never>) => Array<unknown>
    readonly get: (...parameters: Array<never>) => unknown
    readonly run: (...parameters: Array<never>) => { readonly changes: number | bigint }
  }
  readonly close: () => void
  readonly isTransaction: boolean
}

/** Gives a `DatabaseSync` of node:sqlite the shape of better-sqlite3. */
export const fromNodeSqlite = (database: NodeSqliteLike): SqliteDatabaseLike => ({
  close: () => database.close(),
  get inTransaction() {
    return database.isTransaction
  },
  prepare: (sql) => {
    const statement = database.prepare(sql)
    return {
      // only statements that answer rows have columns
      reader: statement.columns().length > 0,
      // node:sqlite itself refuses values that it cannot bind
      all: (parameters) => statement.all(...(parameters as ReadonlyArray<never>)),
      get: (parameters) => statement.get(...(parameters as ReadonlyArray<never>)),
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

/** The write lock is taken at the start: a transaction that reads first and writes later fails at once when another process wrote in between. */
export const BEGIN = CompiledQuery.raw("begin immediate")
export const COMMIT = CompiledQuery.raw("commit")
export const ROLLBACK = CompiledQuery.raw("rollback")

const pause = (millis: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, millis))

interface Prepared {
  readonly statement: SqliteStatementLike
  readonly opens: boolean
  readonly closes: boolean
  readonly reads: boolean
}

/** The one connection of a database file, which answers at once: SQLite runs in the process. */
export class SqliteConnection implements DatabaseConnection {
  readonly #database: SqliteDatabaseLike
  readonly #limit: number
  readonly #lockTimeout: number
  readonly #statements = new Map<string, Prepared>()
  readonly #waiting: Array<() => void> = []
  #ready = false
  #held = false
  #transaction = false
  #lost = false

  constructor(database: SqliteDatabaseLike, options: SqliteOptions) {
    this.#database = database
    this.#limit = options.statements ?? 500
    this.#lockTimeout = options.lockTimeout ?? 5000
  }

  async open(): Promise<void> {
    for (const pragma of [
      // Waiting is done in executeQuery. SQLite's own would stop the whole process, and with it a unit that holds the lock.
      "busy_timeout = 0",
      // readers and one writer do not wait for each other
      "journal_mode = wal",
      // A checkpoint waits for the disk twice and copies every page that was changed once, however often: the fewer the better. 40 MB of log at most.
      "wal_autocheckpoint = 10000",
      // safe against a crash of the process; a power failure can lose the last commits, never consistency
      "synchronous = normal",
      "foreign_keys = on"
    ]) {
      await this.executeQuery(CompiledQuery.raw(`pragma ${pragma}`))
    }
    this.#ready = true
  }

  close(): void {
    this.#ready = false
    this.#statements.clear()
    this.#database.close()
  }

  #prepare(sql: string): Prepared {
    const kept = this.#statements.get(sql)
    if (kept !== undefined) return kept
    const prepared = {
      statement: this.#database.prepare(sql),
      opens: sql.startsWith("begin"),
      closes: sql === "commit" || sql === "rollback",
      reads: sql.startsWith("select")
    }
    if (this.#statements.size >= this.#limit) {
      const oldest = this.#statements.keys().next()
      if (!oldest.done) this.#statements.delete(oldest.value)
    }
    this.#statements.set(sql, prepared)
    return prepared
  }

  /** Gives the connection to whoever can use it at once; not when somebody has it, waits for it, or has yet to open it. */
  takeNow(): boolean {
    if (!this.#ready || this.#held) return false
    this.#held = true
    return true
  }

  /** Gives the connection to one after the other. */
  async take(): Promise<void> {
    if (this.#held) await new Promise<void>((resolve) => this.#waiting.push(resolve))
    else this.#held = true
  }

  giveBack(): void {
    const next = this.#waiting.shift()
    if (next === undefined) this.#held = false
    else next()
  }

  /** Runs a statement on the connection as it is: for whoever holds it. Who wants the first row only spares SQLite the look for a second one. */
  run(query: CompiledQuery, wanted: "all" | "first" = "all"): QueryResult<unknown> {
    const { closes, opens, reads, statement } = this.#prepare(query.sql)
    if (closes) {
      this.#lost = false
      this.#transaction = query.sql === "commit"
    } else if (this.#lost) throw new Error("SQLite has rolled the transaction back")
    try {
      if (statement.reader) {
        // the commit of a statement on its own comes with its end, and a failure of it would not be told by whoever takes the first row only
        if (wanted === "all" || !(reads || this.#transaction)) return { rows: statement.all(query.parameters) }
        const row = statement.get(query.parameters)
        return { rows: row === undefined ? [] : [row] }
      }
      const { changes } = statement.run(query.parameters)
      if (opens) this.#transaction = true
      else if (closes) this.#transaction = false
      return { numAffectedRows: BigInt(changes), rows: [] }
    } catch (cause) {
      // A full disk and the like end the transaction by themselves: what followed would be committed statement by statement.
      this.#lost = this.#transaction && !this.#database.inTransaction
      throw cause
    }
  }

  /**
   * Runs a statement for someone who does not hold the connection. It is a transaction of its own, so it may be run whenever none is open; and
   * it is answered although the holder waits for another process. `undefined` when the statement has to wait.
   */
  runAlone(query: CompiledQuery, wanted: "all" | "first"): QueryResult<unknown> | undefined {
    if (!this.#ready || this.#transaction) return undefined
    try {
      return this.run(query, wanted)
    } catch (cause) {
      if (reasonOf(cause) === "busy") return undefined
      throw cause
    }
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    let waited = 0
    let step = 1
    for (;;) {
      try {
        // the row type is the one that the query builder derived from the same query
        return this.run(query) as QueryResult<R>
      } catch (cause) {
        if (waited >= this.#lockTimeout || reasonOf(cause) !== "busy") throw cause
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

/** Lets whoever has a Kysely instance of this dialect find its connection. */
export class DirectSqliteAdapter extends SqliteAdapter {
  readonly connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    super()
    this.connection = connection
  }
}

/**
 * Writes `+?` for a parameter. SQLite built with STAT4, as better-sqlite3's is, prepares a statement anew at every execution when the planner has
 * looked at a bare `?` (any join, EXISTS or partial index makes it), which takes longer than the statement itself; the plus, which does nothing to
 * a value, hides the parameter from the planner.
 */
class SteadySqliteQueryCompiler extends SqliteQueryCompiler {
  protected override getCurrentParameterPlaceholder(): string {
    return "+?"
  }
}

class SqliteDriver implements Driver {
  readonly #connection: SqliteConnection

  constructor(connection: SqliteConnection) {
    this.#connection = connection
  }

  init(): Promise<void> {
    return this.#connection.open()
  }

  async acquireConnection(): Promise<DatabaseConnection> {
    await this.#connection.take()
    return this.#connection
  }

  async beginTransaction(): Promise<void> {
    await this.#connection.executeQuery(BEGIN)
  }

  async commitTransaction(): Promise<void> {
    await this.#connection.executeQuery(COMMIT)
  }

  async rollbackTransaction(): Promise<void> {
    await this.#connection.executeQuery(ROLLBACK)
  }

  async releaseConnection(): Promise<void> {
    this.#connection.giveBack()
  }

  async destroy(): Promise<void> {
    this.#connection.close()
  }
}

/**
 * Kysely's SQLite dialect with statements kept prepared, `begin immediate`, and the pragmas that several processes on one file need. Takes a
 * better-sqlite3 `Database`, or a `DatabaseSync` through `fromNodeSqlite`; the instance's `destroy` closes it.
 */
export const sqliteDialect = (database: SqliteDatabaseLike, options: SqliteOptions = {}): Dialect => {
  const connection = new SqliteConnection(database, options)
  return {
    createAdapter: () => new DirectSqliteAdapter(connection),
    createDriver: () => new SqliteDriver(connection),
    createIntrospector: (db) => new SqliteIntrospector(db),
    createQueryCompiler: () => new SteadySqliteQueryCompiler()
  }
}

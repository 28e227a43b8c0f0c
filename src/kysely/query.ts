/**
 * How a repository talks to the database. Example, a whole file:
 *
 * ```ts
 * import { Effect, Layer, Option } from "effect"
 * import { SessionRepository } from "../accounts/SessionRepository.ts"
 * import { Database } from "./Database.ts"
 * import { forUpdate, instant } from "./dialect.ts"
 * import { queries } from "./query.ts"
 * import type { Tables } from "./tables.ts"
 *
 * export const layer: Layer.Layer<SessionRepository, never, Database> = Layer.effect(
 *   SessionRepository,
 *   Effect.map(Database, (database) => {
 *     const q = queries<Tables>(database)
 *
 *     // Built and compiled once for each Database, at the first use. `p` stands for the parameters: give `p.x` to the builder as a value,
 *     // never look at it (no `if`, no template string, no arithmetic, no spread).
 *     const findByHash = q.first("session.findByHash", (db, p: { readonly hash: string }) =>
 *       db.selectFrom("session").select(["id", "account_id", "expires_at"]).where("hash", "=", p.hash)
 *     )
 *     const lock = q.first("session.getForUpdate", (db, p: { readonly id: string }) =>
 *       forUpdate(database.kind, db.selectFrom("session").select(["id", "version"]).where("id", "=", p.id))
 *     )
 *     const insert = q.insert("session.insert", "session", ["id", "account_id", "hash", "expires_at"])
 *     const extend = q.exactlyOne("session.extend", (db, p: { readonly id: string; readonly version: number; readonly expiresAt: number }) =>
 *       db.updateTable("session")
 *         .set((eb) => ({ expires_at: p.expiresAt, version: eb("version", "+", 1) }))
 *         .where("id", "=", p.id).where("version", "=", p.version)
 *     )
 *
 *     return SessionRepository.of({
 *       findByHash: (hash) => Effect.map(findByHash({ hash }), (row) => Option.map(Option.fromUndefinedOr(row), toSession)),
 *       insert: (session) => insert([toRow(session)]),              // "duplicate" when a unique key is taken
 *       extend: (session, expiresAt) => extend({ id: session.id, version: session.version, expiresAt }),  // "conflict" unless one row changed
 *       list: (filter) =>                                           // shape depends on the filter: built each time
 *         Effect.map(
 *           q.run("session.list", (db) => {
 *             let query = db.selectFrom("session").select(["id"]).orderBy("id").limit(filter.limit)
 *             if (filter.after !== undefined) query = query.where("id", ">", filter.after)
 *             return query
 *           }),
 *           (rows) => rows.map(toListed)
 *         )
 *     })
 *   })
 * )
 * ```
 *
 * Every statement goes to the unit of work that the fiber runs in, or to a connection of the pool when there is none.
 */
import { Effect } from "effect"
import type { Compilable, CompiledQuery, Insertable, Kysely, QueryResult } from "kysely"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { ConstantsPlugin } from "./ConstantsPlugin.ts"
import { persistenceError } from "./classify.ts"
import type { DatabaseShape } from "./Database.ts"

type Buildable<O> = Compilable<O> | CompiledQuery<O>

/** No argument for a query that takes none. */
type Arguments<P> = unknown extends P ? [] : [parameters: P]

export interface Queries<DB> {
  /** All rows. */
  readonly all: <O, P = unknown>(
    operation: string,
    build: (db: Kysely<DB>, parameters: P) => Buildable<O>
  ) => (...parameters: Arguments<P>) => Effect.Effect<ReadonlyArray<O>, PersistenceError>
  /** The first row, or `undefined`. */
  readonly first: <O, P = unknown>(
    operation: string,
    build: (db: Kysely<DB>, parameters: P) => Buildable<O>
  ) => (...parameters: Arguments<P>) => Effect.Effect<O | undefined, PersistenceError>
  /** How many rows an insert, update or delete changed. */
  readonly changed: <P = unknown>(
    operation: string,
    build: (db: Kysely<DB>, parameters: P) => Buildable<unknown>
  ) => (...parameters: Arguments<P>) => Effect.Effect<number, PersistenceError>
  /** A guarded write: fails with the reason "conflict" unless exactly one row was changed. */
  readonly exactlyOne: <P = unknown>(
    operation: string,
    build: (db: Kysely<DB>, parameters: P) => Buildable<unknown>
  ) => (...parameters: Arguments<P>) => Effect.Effect<void, PersistenceError>
  /**
   * Inserts any number of rows, none included, in as few statements as fit (up to 50 rows each). More than one statement is atomic only
   * inside a unit of work. Fails with the reason "duplicate" when a unique key is taken.
   */
  readonly insert: <T extends keyof DB & string, C extends keyof Insertable<DB[T]> & string>(
    operation: string,
    table: T,
    columns: ReadonlyArray<C>
  ) => (rows: ReadonlyArray<Readonly<Pick<Insertable<DB[T]>, C>>>) => Effect.Effect<void, PersistenceError>
  /** A query whose shape depends on its input: built and compiled at every call. */
  readonly run: <O>(
    operation: string,
    build: (db: Kysely<DB>) => Buildable<O>
  ) => Effect.Effect<ReadonlyArray<O>, PersistenceError>
  /** As `run`, for a write: how many rows were changed. */
  readonly runChanged: (
    operation: string,
    build: (db: Kysely<DB>) => Buildable<unknown>
  ) => Effect.Effect<number, PersistenceError>
}

type Row = Readonly<Record<PropertyKey, unknown>>

/** Stands in a query for a value that is known at the call only: of the given object, or of one of the given rows. */
class Parameter {
  readonly name: PropertyKey
  readonly row: number | undefined
  constructor(name: PropertyKey, row?: number) {
    this.name = name
    this.row = row
  }

  of(given: Row | ReadonlyArray<Row>): unknown {
    // which of them is given, the builder says by how it takes the parameter
    return this.row === undefined
      ? (given as Row)[this.name]
      : (given as ReadonlyArray<Row | undefined>)[this.row]?.[this.name]
  }
}

const placeholdersOf = (row: number) => new Proxy({}, { get: (_, name) => new Parameter(name, row) })

const placeholders = new Proxy(
  {},
  {
    get: (_, name) =>
      typeof name === "string" && /^\d+$/.test(name) ? placeholdersOf(Number(name)) : new Parameter(name)
  }
)

/**
 * A statement outside of a unit is a transaction of its own, of which nothing is left when the database asks to repeat it: where REPEATABLE READ is
 * the server's default, whoever draws on the same budget at the same moment. Each time another one has come through.
 */
const REPETITIONS = 20

/** Sends one statement to where the current fiber's statements go. */
const execute = <A>(
  database: DatabaseShape,
  operation: string,
  query: CompiledQuery,
  answer: (result: QueryResult<unknown>) => A,
  wanted: "all" | "first" = "all"
): Effect.Effect<A, PersistenceError> => {
  const executed = Effect.withFiber<A, PersistenceError>((fiber) => {
    const level = fiber.getRef(database.level)
    if (level !== undefined && level.state !== "open") {
      return Effect.die(
        new Error(
          level.state === "ended"
            ? `${operation}: the unit of work has ended; a fiber that outlives it must not use it`
            : `${operation}: an inner unit of work is open; the outer one cannot be used beside it`
        )
      )
    }
    const executor = level === undefined ? database.pool : level.executor
    database.onStatement?.(operation, query.sql)
    if (executor.executeNow !== undefined) {
      try {
        const result = executor.executeNow(query, wanted)
        if (result !== undefined) return Effect.succeed(answer(result))
      } catch (cause) {
        return Effect.fail(persistenceError(operation, cause))
      }
    }
    return Effect.callback<A, PersistenceError>((resume) => {
      const send = (repetitions: number): void =>
        void executor.executeQuery(query).then(
          (result) => resume(Effect.succeed(answer(result))),
          (cause) => {
            const error = persistenceError(operation, cause)
            if (error.reason === "serialization" && repetitions > 0) send(repetitions - 1)
            else resume(Effect.fail(error))
          }
        )
      send(level === undefined ? REPETITIONS : 0)
    })
  })
  return database.spans ? Effect.withSpan(executed, `kysely.${operation}`, { kind: "client" }) : executed
}

const compiled = <O>(query: Buildable<O>): CompiledQuery<O> => ("compile" in query ? query.compile() : query)

const rowsOf = (result: QueryResult<unknown>): ReadonlyArray<unknown> => result.rows
const firstOf = (result: QueryResult<unknown>): unknown => result.rows[0]
const changedOf = (result: QueryResult<unknown>): number => Number(result.numAffectedRows ?? 0n)

/** The rows of one statement of `insert`: below the limit of parameters of every database for tables of up to 600 columns. */
const ROWS = 50

/** The queries of a repository on one database. `DB` is the type of the tables, without prefix. */
export const queries = <DB>(database: DatabaseShape): Queries<DB> => {
  // the instance knows no tables; the repository says which it uses
  const db = database.builder as Kysely<DB>
  const fixedDb = db.withPlugin(new ConstantsPlugin((value) => value instanceof Parameter))

  const fixed = <A>(
    operation: string,
    build: (db: Kysely<DB>, parameters: never) => Buildable<unknown>,
    answer: (result: QueryResult<unknown>) => A,
    wanted?: "first"
  ) => {
    let template: CompiledQuery | undefined
    return (given?: unknown): Effect.Effect<A, PersistenceError> => {
      // every property of the placeholders is a Parameter, which stands for a value of whatever type the builder wants
      template ??= compiled(build(fixedDb, placeholders as never))
      const { parameters, query, queryId, sql } = template
      const values = new Array<unknown>(parameters.length)
      for (let i = 0; i < parameters.length; i++) {
        const parameter = parameters[i]
        if (parameter instanceof Parameter) {
          // the signature of the built query asks for what the builder took
          const value = parameter.of(given as Row | ReadonlyArray<Row>)
          if (value === undefined) return Effect.die(new Error(`${operation}: no value for ${String(parameter.name)}`))
          values[i] = value
        } else values[i] = parameter
      }
      return execute(database, operation, { sql, parameters: values, query, queryId }, answer, wanted)
    }
  }

  const one = (operation: string) => (count: number) =>
    count === 1 ? Effect.void : Effect.fail(new PersistenceError({ operation, reason: "conflict" }))

  const insert = (operation: string, table: keyof DB & string, columns: ReadonlyArray<string>) => {
    const byCount = new Map<number, (values: unknown) => Effect.Effect<unknown, PersistenceError>>()
    const insertSome = (rows: ReadonlyArray<Row>) => {
      let statement = byCount.get(rows.length)
      if (statement === undefined) {
        statement = fixed(
          operation,
          (db, given: ReadonlyArray<Row>) =>
            db.insertInto(table).values(
              // the columns were checked against the table's type by the signature
              rows.map((_, row) => Object.fromEntries(columns.map((column) => [column, given[row]?.[column]]))) as never
            ),
          changedOf
        )
        byCount.set(rows.length, statement)
      }
      return statement(rows)
    }
    return (rows: ReadonlyArray<Row>): Effect.Effect<void, PersistenceError> => {
      if (rows.length === 0) return Effect.void
      if (rows.length <= ROWS) return Effect.asVoid(insertSome(rows))
      const chunks: Array<ReadonlyArray<Row>> = []
      for (let i = 0; i < rows.length; i += ROWS) chunks.push(rows.slice(i, i + ROWS))
      return Effect.forEach(chunks, insertSome, { discard: true })
    }
  }

  const dynamic = <A>(
    operation: string,
    build: (db: Kysely<DB>) => Buildable<unknown>,
    answer: (result: QueryResult<unknown>) => A
  ) => Effect.suspend(() => execute(database, operation, compiled(build(db)), answer))

  // The implementation handles rows as unknown; the interface ties them to the builder's type.
  return {
    all: (operation: string, build: never) => fixed(operation, build, rowsOf),
    first: (operation: string, build: never) => fixed(operation, build, firstOf, "first"),
    changed: (operation: string, build: never) => fixed(operation, build, changedOf),
    exactlyOne: (operation: string, build: never) => {
      const write = fixed(operation, build, changedOf)
      const check = one(operation)
      return (given?: unknown) => Effect.flatMap(write(given), check)
    },
    insert,
    run: (operation: string, build: never) => dynamic(operation, build, rowsOf),
    runChanged: (operation: string, build: never) => dynamic(operation, build, changedOf)
  } as unknown as Queries<DB>
}

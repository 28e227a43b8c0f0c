/**
 * The memory adapter's database: one immutable value that holds every table, so that a rollback is an assignment. Example of a repository:
 *
 * ```ts
 * import { Effect, Layer, Option } from "effect"
 * import { SessionRepository } from "../accounts/SessionRepository.ts"
 * import { Store, table } from "./Store.ts"
 *
 * // Declared in the repository's own file; the name is the key in the state and must be unique.
 * const sessions = table<Session>()({
 *   name: "session",
 *   key: (session) => session.id,
 *   unique: {
 *     hash: (session) => session.hash,
 *     // a partial unique key: `undefined` leaves the row out
 *     pendingOfAccount: (session) => (session.state === "pending" ? session.accountId : undefined)
 *   }
 * })
 *
 * export const layer: Layer.Layer<SessionRepository, never, Store> = Layer.effect(
 *   SessionRepository,
 *   Effect.map(Store, (store) =>
 *     SessionRepository.of({
 *       get: (id) => store.read("session.get", (state) => sessions.get(state, id)),                    // Option
 *       findByHash: (hash) => store.read("session.findByHash", (state) => sessions.find(state, "hash", hash)),
 *       list: (accountId) =>
 *         store.read("session.list", (state) =>
 *           sessions.filter(state, (session) => session.accountId === accountId).sort(sessions.by((session) => session.createdAt))),
 *       insert: (session) => store.write("session.insert", (write) => sessions.insert(write, session)),  // "duplicate"
 *       // guarded: "conflict" unless the row is there and the guard holds for it
 *       extend: (session, expiresAt) =>
 *         store.write("session.extend", (write) =>
 *           sessions.update(write, session.id, (now) => now.version === session.version, (now) => ({ ...now, expiresAt, version: now.version + 1 }))),
 *       remove: (id) => store.write("session.remove", (write) => sessions.remove(write, id, (now) => now.state === "pending"))
 *     })
 *   )
 * )
 * ```
 *
 * "For update" needs nothing: a unit of work is the only writer. A read inside a unit sees the unit's writes, a read outside sees the last
 * commit; a write outside of a unit is a unit of its own and waits for the writer.
 */
import { Context, Effect, Exit, HashMap, Layer, Option, Semaphore } from "effect"
import { PersistenceError, type Reason } from "../kernel/PersistenceError.ts"

interface TableState {
  readonly rows: HashMap.HashMap<string, unknown>
  /** For each unique key the row's key by its value. */
  readonly unique: HashMap.HashMap<string, string>
}

/** Every table by its name. */
export type State = HashMap.HashMap<string, TableState>

const EMPTY: TableState = { rows: HashMap.empty(), unique: HashMap.empty() }

/** The state that a unit of work changes by replacing it. */
export interface Write {
  state: State
}

/** A guard did not hold. It is thrown inside of `Store.write` only, which makes the error of the port of it. */
class Refused {
  readonly reason: Reason
  constructor(reason: Reason) {
    this.reason = reason
  }
}

/** One unit of work that is open. An inner one has the same writer. */
export interface Level {
  readonly write: Write
  /** `suspended` while an inner unit is open; a use of a level that is not `open` is a mistake of the program. */
  state: "open" | "suspended" | "ended"
  readonly afterCommit: Array<Effect.Effect<void>>
}

let instances = 0

const make = () => {
  let committed: State = HashMap.empty()
  const writer = Semaphore.makeUnsafe(1)
  const level = Context.Reference<Level | undefined>(`portico/memory/Level/${instances++}`, {
    defaultValue: () => undefined
  })

  const attempt = <A>(operation: string, run: () => A): Effect.Effect<A, PersistenceError> => {
    try {
      return Effect.succeed(run())
    } catch (cause) {
      return cause instanceof Refused
        ? Effect.fail(new PersistenceError({ operation, reason: cause.reason }))
        : Effect.die(cause)
    }
  }

  const notOpen = (operation: string, at: Level): Effect.Effect<never> =>
    Effect.die(
      new Error(
        at.state === "ended"
          ? `${operation}: the unit of work has ended; a fiber that outlives it must not use it`
          : `${operation}: an inner unit of work is open; the outer one cannot be used beside it`
      )
    )

  return {
    level,
    writer,
    committed: (): State => committed,
    commit: (state: State): void => {
      committed = state
    },
    /** Answers from the unit's state inside a unit, else from the last commit. */
    read: <A>(operation: string, read: (state: State) => A): Effect.Effect<A, PersistenceError> =>
      Effect.withFiber((fiber) => {
        const current = fiber.getRef(level)
        if (current === undefined) return attempt(operation, () => read(committed))
        return current.state === "open"
          ? attempt(operation, () => read(current.write.state))
          : notOpen(operation, current)
      }),
    /** Changes the unit's state; outside of a unit the change is committed at once. A change that fails leaves no trace. */
    write: <A>(operation: string, change: (write: Write) => A): Effect.Effect<A, PersistenceError> =>
      Effect.withFiber((fiber) => {
        const current = fiber.getRef(level)
        if (current === undefined) {
          return writer.withPermit(
            Effect.suspend(() => {
              const write: Write = { state: committed }
              return Effect.tap(
                attempt(operation, () => change(write)),
                () =>
                  Effect.sync(() => {
                    committed = write.state
                  })
              )
            })
          )
        }
        if (current.state !== "open") return notOpen(operation, current)
        return Effect.suspend(() => {
          const before = current.write.state
          return Effect.onExit(
            attempt(operation, () => change(current.write)),
            (exit) =>
              Exit.isSuccess(exit)
                ? Effect.void
                : Effect.sync(() => {
                    current.write.state = before
                  })
          )
        })
      })
  }
}

export type StoreShape = ReturnType<typeof make>

/** The tables of one memory adapter; they are gone with the layer. */
export class Store extends Context.Service<Store, StoreShape>()("portico/memory/Store") {
  static readonly layer: Layer.Layer<Store> = Layer.sync(Store, make)
}

export interface TableOptions<Row, Unique extends string> {
  readonly name: string
  readonly key: (row: Row) => string
  /** For each unique key its value of a row; `undefined` leaves the row out, as the condition of a partial unique index does. */
  readonly unique?: Readonly<Record<Unique, (row: Row) => string | undefined>>
}

const compare = (a: string | number, b: string | number): number => (a < b ? -1 : a > b ? 1 : 0)

/** Declares a table: `table<Row>()({ name, key, unique })`. Rows are values and never changed in place. */
export const table =
  <Row>() =>
  <Unique extends string = never>(options: TableOptions<Row, Unique>) => {
    // the record's keys are the type parameter
    const unique = Object.entries(options.unique ?? {}) as Array<[Unique, (row: Row) => string | undefined]>
    const entry = (index: string, value: string) => `${index}\u0000${value}`

    const stateOf = (state: State): TableState => Option.getOrElse(HashMap.get(state, options.name), () => EMPTY)
    // only this table's functions put rows below its name
    const rowOf = (of: TableState, key: string): Option.Option<Row> => HashMap.get(of.rows, key) as Option.Option<Row>

    const replace = (write: Write, key: string, before: Row | undefined, after: Row | undefined): void => {
      const current = stateOf(write.state)
      let index = current.unique
      for (const [name, valueOf] of unique) {
        const old = before === undefined ? undefined : valueOf(before)
        if (old !== undefined) index = HashMap.remove(index, entry(name, old))
      }
      if (after !== undefined) {
        for (const [name, valueOf] of unique) {
          const value = valueOf(after)
          if (value === undefined) continue
          if (HashMap.has(index, entry(name, value))) throw new Refused("duplicate")
          index = HashMap.set(index, entry(name, value), key)
        }
      }
      const rows = after === undefined ? HashMap.remove(current.rows, key) : HashMap.set(current.rows, key, after)
      write.state = HashMap.set(write.state, options.name, { rows, unique: index })
    }

    const all = (state: State): Array<Row> =>
      // as above
      Array.from(HashMap.values(stateOf(state).rows)) as Array<Row>

    const getOrRefuse = (write: Write, key: string, guard: (row: Row) => boolean): Row => {
      const row = Option.getOrUndefined(rowOf(stateOf(write.state), key))
      if (row === undefined || !guard(row)) throw new Refused("conflict")
      return row
    }

    return {
      name: options.name,
      get: (state: State, key: string): Option.Option<Row> => rowOf(stateOf(state), key),
      /** The row with this value of a unique key. */
      find: (state: State, index: Unique, value: string): Option.Option<Row> => {
        const current = stateOf(state)
        return Option.flatMap(HashMap.get(current.unique, entry(index, value)), (key) => rowOf(current, key))
      },
      /** All rows in no order. */
      all,
      filter: (state: State, keep: (row: Row) => boolean): Array<Row> => all(state).filter(keep),
      count: (state: State, keep: (row: Row) => boolean): number =>
        all(state).reduce((sum, row) => (keep(row) ? sum + 1 : sum), 0),
      /** An order by one value after the other, ascending; text by its UTF-16 units, which is the order of bytes for identifiers. */
      by:
        (...values: ReadonlyArray<(row: Row) => string | number>) =>
        (a: Row, b: Row): number => {
          for (const value of values) {
            const order = compare(value(a), value(b))
            if (order !== 0) return order
          }
          return 0
        },
      /** Refused as "duplicate" when the key or a unique key is taken. */
      insert: (write: Write, row: Row): void => {
        const key = options.key(row)
        if (HashMap.has(stateOf(write.state).rows, key)) throw new Refused("duplicate")
        replace(write, key, undefined, row)
      },
      /** Refused as "conflict" unless the row is there and the guard holds, and as "duplicate" when the new row's unique key is taken. */
      update: (write: Write, key: string, guard: (row: Row) => boolean, change: (row: Row) => Row): void => {
        const before = getOrRefuse(write, key, guard)
        replace(write, key, before, change(before))
      },
      /** Puts the row, whether or not there is one with its key. Refused as "duplicate" when a unique key is taken by another row. */
      upsert: (write: Write, row: Row): void => {
        const key = options.key(row)
        replace(write, key, Option.getOrUndefined(rowOf(stateOf(write.state), key)), row)
      },
      /** Refused as "conflict" unless the row is there and the guard holds. */
      remove: (write: Write, key: string, guard: (row: Row) => boolean = () => true): void => {
        replace(write, key, getOrRefuse(write, key, guard), undefined)
      },
      /** Changes every row that `keep` takes; answers how many. */
      updateAll: (write: Write, keep: (row: Row) => boolean, change: (row: Row) => Row): number => {
        const rows = all(write.state).filter(keep)
        for (const row of rows) replace(write, options.key(row), row, change(row))
        return rows.length
      },
      /** Removes every row that `keep` takes; answers how many. */
      removeAll: (write: Write, keep: (row: Row) => boolean): number => {
        const rows = all(write.state).filter(keep)
        for (const row of rows) replace(write, options.key(row), row, undefined)
        return rows.length
      },
      /** Stops a change with the reason that a database would have: for guards that no other function here has. */
      refuse: (reason: Reason): never => {
        throw new Refused(reason)
      }
    }
  }

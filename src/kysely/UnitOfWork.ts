import { Context, Effect, Exit, Layer } from "effect"
import type { ControlledTransaction, Kysely, Transaction } from "kysely"
import { CompiledQuery } from "kysely"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import { UnitOfWork } from "../kernel/UnitOfWork.ts"
import { persistenceError, reasonOf } from "./classify.ts"
import { Database, type DatabaseShape, type Executor, executorOf, type Level } from "./Database.ts"
import { BEGIN, COMMIT, ROLLBACK, type SqliteConnection } from "./sqlite.ts"

const attempt = <A>(operation: string, run: () => PromiseLike<A>): Effect.Effect<A, PersistenceError> =>
  Effect.tryPromise({ try: run, catch: (cause) => persistenceError(operation, cause) })

const open = (executor: Executor, depth: number): Level => ({ executor, depth, state: "open", afterCommit: [] })

/** A transaction that is open, and how it ends. */
interface Begun {
  readonly executor: Executor
  readonly commit: Effect.Effect<unknown, PersistenceError>
  readonly rollback: Effect.Effect<unknown, PersistenceError>
}

/**
 * On SQLite's one connection, where nobody has it: at once, without Kysely's promises, so that a unit whose effects are all synchronous is one
 * turn of its fiber. That took 40 µs off each unit. `undefined` when the unit has to wait.
 */
const beginNow = (connection: SqliteConnection, executor: Executor): Begun | undefined => {
  if (!connection.takeNow()) return undefined
  try {
    connection.run(BEGIN)
  } catch (cause) {
    connection.giveBack()
    if (reasonOf(cause) === "busy") return undefined
    throw cause
  }
  const giveBack = Effect.sync(() => connection.giveBack())
  return {
    executor,
    commit: Effect.suspend(() => {
      try {
        connection.run(COMMIT)
      } catch (cause) {
        return Effect.fail(persistenceError("commit", cause))
      }
      connection.giveBack()
      return Effect.void
    }),
    rollback: Effect.ensuring(
      attempt("rollback", () => connection.executeQuery(ROLLBACK)),
      giveBack
    )
  }
}

const toBegun = (transaction: ControlledTransaction<unknown>): Begun => ({
  executor: executorOf(transaction),
  commit: attempt("commit", () => transaction.commit().execute()),
  rollback: attempt("rollback", () => transaction.rollback().execute())
})

interface Holder {
  transaction: ControlledTransaction<unknown> | undefined
  abandoned: boolean
}

/** Gives a transaction back that nobody will use: its fiber was interrupted while it waited for a connection. */
const abandon = (transaction: ControlledTransaction<unknown>): void => {
  // a failure means that the connection is broken, and a broken connection holds nothing
  transaction
    .rollback()
    .execute()
    .catch(() => undefined)
}

const begin = (database: DatabaseShape, holder: Holder): Effect.Effect<void, PersistenceError> =>
  Effect.callback((resume) => {
    database.kysely
      .startTransaction()
      .execute()
      .then(
        (transaction) => {
          if (holder.abandoned) return abandon(transaction)
          holder.transaction = transaction
          resume(Effect.void)
        },
        (cause) => resume(Effect.fail(persistenceError("begin", cause)))
      )
    return Effect.sync(() => {
      holder.abandoned = true
    })
  })

const savepoint = (
  database: DatabaseShape,
  executor: Executor,
  operation: "savepoint" | "release savepoint" | "rollback to savepoint",
  depth: number
): Effect.Effect<unknown, PersistenceError> =>
  attempt(operation, () => {
    const sql = `${operation} portico_${depth}`
    database.onStatement?.(operation, sql)
    return executor.executeQuery(CompiledQuery.raw(sql))
  })

const runAfterCommit = (level: Level): Effect.Effect<void> =>
  level.afterCommit.length === 0
    ? Effect.void
    : Effect.forEach(level.afterCommit, (effect) => Effect.ignoreCause(effect, { log: "Error" }), { discard: true })

/** Runs the effect in a transaction that has begun, and ends it. For a region that cannot be interrupted. */
const within = <A, E, R>(
  database: DatabaseShape,
  { commit, executor, rollback }: Begun,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PersistenceError, R> => {
  const level = open(executor, 0)
  return Effect.flatMap(
    Effect.exit(Effect.provideService(effect, database.level, level)),
    (exit): Effect.Effect<A, E | PersistenceError> => {
      level.state = "ended"
      if (Exit.isFailure(exit)) {
        database.onStatement?.("rollback", "rollback")
        // A rollback fails only with its connection, and the database then rolls back by itself: the first failure is what matters.
        return Effect.andThen(Effect.ignore(rollback), Effect.failCause(exit.cause))
      }
      database.onStatement?.("commit", "commit")
      return Effect.andThen(
        // A failed commit still holds its connection. When that was lost, nobody knows whether the commit was done: the reason is then
        // "connection", which is not repeated.
        Effect.tapError(commit, () => Effect.ignore(rollback)),
        level.afterCommit.length === 0 ? exit : Effect.andThen(runAfterCommit(level), exit)
      )
    }
  )
}

const outermost = <A, E, R>(
  database: DatabaseShape,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PersistenceError, R> =>
  Effect.uninterruptibleMask((restore) => {
    database.onStatement?.("begin", "begin")
    const { direct } = database
    if (direct !== undefined) {
      try {
        const begun = beginNow(direct.connection, direct.executor)
        if (begun !== undefined) return within(database, begun, restore(effect))
      } catch (cause) {
        return Effect.fail(persistenceError("begin", cause))
      }
    }
    const holder: Holder = { transaction: undefined, abandoned: false }
    return Effect.flatMap(
      Effect.exit(restore(begin(database, holder))),
      (begun): Effect.Effect<A, E | PersistenceError, R> => {
        const transaction = holder.transaction
        if (Exit.isSuccess(begun) && transaction !== undefined) {
          return within(database, toBegun(transaction), restore(effect))
        }
        // interrupted in the moment between having the transaction and using it
        if (transaction !== undefined) abandon(transaction)
        return Exit.isFailure(begun)
          ? Effect.failCause(begun.cause)
          : Effect.die(new Error("begin answered no transaction"))
      }
    )
  })

const nested = <A, E, R>(
  database: DatabaseShape,
  outer: Level,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<A, E | PersistenceError, R> =>
  Effect.uninterruptibleMask((restore) => {
    if (outer.state !== "open") {
      return Effect.die(
        new Error(
          outer.state === "ended"
            ? "the unit of work has ended; a fiber that outlives it must not use it"
            : "an inner unit of work is open; a second one cannot be opened beside it"
        )
      )
    }
    const depth = outer.depth + 1
    outer.state = "suspended"
    const resumeOuter = Effect.sync(() => {
      if (outer.state === "suspended") outer.state = "open"
    })
    return Effect.ensuring(
      Effect.flatMap(savepoint(database, outer.executor, "savepoint", depth), () => {
        const level = open(outer.executor, depth)
        return Effect.flatMap(
          Effect.exit(restore(Effect.provideService(effect, database.level, level))),
          (exit): Effect.Effect<A, E | PersistenceError> => {
            level.state = "ended"
            if (Exit.isSuccess(exit)) {
              return Effect.flatMap(savepoint(database, outer.executor, "release savepoint", depth), () => {
                outer.afterCommit.push(...level.afterCommit)
                return exit
              })
            }
            // When the way back to the savepoint fails too, the connection is gone, and the outer unit meets that with its next statement.
            return Effect.andThen(
              Effect.ignore(
                Effect.andThen(
                  savepoint(database, outer.executor, "rollback to savepoint", depth),
                  savepoint(database, outer.executor, "release savepoint", depth)
                )
              ),
              Effect.failCause(exit.cause)
            )
          }
        )
      }),
      resumeOuter
    )
  })

/**
 * Units of work as transactions, inner ones as savepoints. A read that needs no unit should have none: it costs a `begin` and a `commit`, and on
 * SQLite it waits for the only writer.
 */
export const layer: Layer.Layer<UnitOfWork, never, Database> = Layer.effect(
  UnitOfWork,
  Effect.map(Database, (database) =>
    UnitOfWork.of({
      run: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.withFiber<A, E | PersistenceError, R>((fiber) => {
          const level = fiber.getRef(database.level)
          return level === undefined ? outermost(database, effect) : nested(database, level, effect)
        }),
      afterCommit: <R>(effect: Effect.Effect<void, never, R>) =>
        Effect.withFiber<void, never, R>((fiber) => {
          const level = fiber.getRef(database.level)
          if (level === undefined) return effect
          return Effect.map(Effect.context<R>(), (context) => {
            // The captured context holds this unit, which will have ended. It takes the place of the one that will be there: it has all of it, and
            // merging them would copy every service.
            const outside = Context.add(context, database.level, undefined)
            level.afterCommit.push(Effect.updateContext(effect, () => outside))
          })
        })
    })
  )
)

/**
 * Runs an effect inside a transaction that the application has opened with its own Kysely instance, together with its own writes (STO-04).
 * Every unit of work of the effect is a savepoint of it. Commit and rollback stay with the application, which runs the answered
 * `afterCommit` when it has committed.
 */
export const inTransaction = <DB, A, E, R>(
  transaction: Transaction<DB>,
  effect: Effect.Effect<A, E, R>
): Effect.Effect<{ readonly value: A; readonly afterCommit: Effect.Effect<void> }, E, R | Database> =>
  Effect.flatMap(Database, (database) => {
    // the tables of the application are of no interest here
    const level = open(executorOf(transaction.withoutPlugins() as unknown as Kysely<unknown>), 0)
    return Effect.map(
      Effect.ensuring(
        Effect.provideService(effect, database.level, level),
        Effect.sync(() => {
          level.state = "ended"
        })
      ),
      (value) => ({ value, afterCommit: runAfterCommit(level) })
    )
  })

import { Context, type Effect } from "effect"
import type { PersistenceError } from "./PersistenceError.ts"

/**
 * Makes the writes of an effect happen together or not at all.
 *
 * An implementer MUST keep:
 * - the writes of an effect that fails, dies or is interrupted leave no trace;
 * - no other unit sees a write before the commit;
 * - success is answered only after the commit;
 * - a unit inside a unit is a savepoint: its failure undoes its own writes only, and the outer unit stays usable;
 * - rows that a repository reads "for update" are not changed by another unit until this one ends.
 */
export class UnitOfWork extends Context.Service<
  UnitOfWork,
  {
    readonly run: <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.Effect<A, E | PersistenceError, R>
    /**
     * Runs after the outermost commit, never after a rollback, at once when no unit is open. It is lost when the process stops in between, so
     * work that must happen belongs into a row of the same unit.
     */
    readonly afterCommit: <R>(effect: Effect.Effect<void, never, R>) => Effect.Effect<void, never, R>
  }
>()("portico/kernel/UnitOfWork") {}

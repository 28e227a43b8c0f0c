import { Schema } from "effect"

/**
 * Why a store could not do what was asked:
 *
 * - `conflict`: a guarded write met another state than the caller had read
 * - `duplicate`: a unique key is taken
 * - `serialization`: the database asks to repeat the transaction (serialization failure, deadlock)
 * - `busy`: a lock could not be had in time
 * - `connection`: no connection, or it was lost
 * - `full`: no room left
 * - `corrupt`: a stored value is not one that the library wrote
 * - `other`: anything else
 */
export const Reason = Schema.Literals([
  "conflict",
  "duplicate",
  "serialization",
  "busy",
  "connection",
  "full",
  "corrupt",
  "other"
])
export type Reason = typeof Reason.Type

const REPEATABLE: ReadonlySet<Reason> = new Set(["conflict", "duplicate", "serialization", "busy"])

/**
 * The one error of every repository port. A use case never answers it: its unit of work is repeated while `isRetryable`, and the caller
 * gets `Unavailable` in the end.
 */
export class PersistenceError extends Schema.TaggedError<PersistenceError>("portico/PersistenceError")(
  "PersistenceError",
  { operation: Schema.String, reason: Reason, cause: Schema.optionalKey(Schema.Defect()) }
) {
  override get message(): string {
    return `${this.operation}: ${this.reason}`
  }

  /** Whether the same unit of work, done again from the start, can go well: it then reads what the other one wrote. */
  get isRetryable(): boolean {
    return REPEATABLE.has(this.reason)
  }
}

import { Context, type Effect, type Option } from "effect"
import type { Instant } from "./Instant.ts"
import type { PersistenceError } from "./PersistenceError.ts"

/** What is kept of a command that was done under an idempotency key (G-04). */
export interface IdempotencyRow {
  /** Actor and use case. */
  readonly scope: string
  readonly key: string
  /** The id of a key of the operator's ring, a dot, and the HMAC-SHA-256 of the input by it as base64url: another input under the same key is refused. */
  readonly inputHash: string
  /** The answer as JSON; null where it held a secret and was not kept. */
  readonly answer: string | null
  readonly createdAt: Instant
}

/** Where answers under idempotency keys are kept. */
export class IdempotencyStore extends Context.Service<
  IdempotencyStore,
  {
    /** Rows made before `notBefore` count as forgotten. */
    readonly find: (
      scope: string,
      key: string,
      notBefore: Instant
    ) => Effect.Effect<Option.Option<IdempotencyRow>, PersistenceError>
    /** In the open unit of work. MUST fail with `duplicate` when a row of this scope and key is there that was made at or after `notBefore`; an older one is replaced. */
    readonly insert: (row: IdempotencyRow, notBefore: Instant) => Effect.Effect<void, PersistenceError>
    /** Deletes at most `limit` rows made before `before`; answers how many. */
    readonly purge: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/kernel/Idempotency") {}

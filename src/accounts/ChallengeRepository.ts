import { Context, type Effect, type Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { ChallengeId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Challenge } from "./Challenge.ts"

/** Challenges for a second factor, found by the hash of their token. */
export class ChallengeRepository extends Context.Service<
  ChallengeRepository,
  {
    /** MUST fail with `duplicate` when the id or the hash is taken. */
    readonly insert: (challenge: Challenge, tokenHash: string) => Effect.Effect<void, PersistenceError>
    readonly find: (tokenHash: string) => Effect.Effect<Option.Option<Challenge>, PersistenceError>
    /**
     * MUST count an attempt in one atomic step, if fewer than `max` were made and `now` is before the expiry, and answer whether it did: of any
     * number of parallel attempts no more than `max` pass (V-15).
     */
    readonly attempt: (id: ChallengeId, max: number, now: Instant) => Effect.Effect<boolean, PersistenceError>
    /** Ends the challenge; answers whether it was there, so that of any number of parallel completions one goes on (V-08). */
    readonly complete: (id: ChallengeId) => Effect.Effect<boolean, PersistenceError>
    /** Deletes at most `limit` challenges that have expired at `now`; answers how many. */
    readonly purge: (now: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/accounts/ChallengeRepository") {}

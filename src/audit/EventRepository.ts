import { Context, type Effect, type Option } from "effect"
import type { EventRow } from "../kernel/EventLog.ts"
import type { EventId, TenantId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { ChainHead } from "./Chain.ts"
import type { Seal, SealedEvent, StoredEvent } from "./StoredEvent.ts"

/** What a reader of the log looks for; what is left out does not matter. */
export interface EventFilter {
  readonly type?: string | undefined
  readonly subjectId?: string | undefined
  readonly accountId?: string | undefined
  readonly outcome?: StoredEvent["outcome"] | undefined
}

/** The events that `EventLog` has written: reading them, and giving them their numbers. */
export class EventRepository extends Context.Service<
  EventRepository,
  {
    /** Where the chain ends and begins; none until the first event has its number. */
    readonly head: Effect.Effect<Option.Option<ChainHead>, PersistenceError>
    /** MUST lock the row until the unit ends, so that two sequencers take turns. */
    readonly headForUpdate: Effect.Effect<Option.Option<ChainHead>, PersistenceError>
    /** MUST replace the head, and fail with `conflict` unless the stored one still ends at `expected`; with none expected, with `duplicate`. */
    readonly setHead: (expected: Option.Option<number>, head: ChainHead) => Effect.Effect<void, PersistenceError>
    /** Committed events (or the unit's own) without a number, by id, at most `limit`. */
    readonly unsealed: (limit: number) => Effect.Effect<ReadonlyArray<EventRow>, PersistenceError>
    /** MUST write all seals in one statement, and fail with `conflict` unless each event is there and had none. */
    readonly seal: (
      seals: ReadonlyArray<{ readonly id: EventId; readonly seal: Seal }>
    ) => Effect.Effect<void, PersistenceError>
    /** Events with a number above this one, by number, at most `limit`. */
    readonly after: (number: number, limit: number) => Effect.Effect<ReadonlyArray<SealedEvent>, PersistenceError>
    /** Events of this tenant and no other, the newest first (by id), at most `limit + 1` (see `Page.make`). */
    readonly list: (
      tenantId: TenantId,
      filter: EventFilter,
      window: Window<EventId>
    ) => Effect.Effect<ReadonlyArray<StoredEvent>, PersistenceError>
    /** Deletes at most `limit` events with a number up to this one, the oldest first; answers how many. */
    readonly deleteThrough: (number: number, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/audit/EventRepository") {}

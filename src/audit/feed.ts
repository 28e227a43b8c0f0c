import { Duration, Effect, Option, Stream } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import { EventRepository } from "./EventRepository.ts"
import type { SealedEvent } from "./StoredEvent.ts"

const BATCH = 200

/** How often a reader that has seen everything looks again; the sequencer numbers new events about once a second. */
const POLL = Duration.millis(500)

/**
 * Every event after a number, in order and without end (AUD-04). Whoever keeps the number of the last event it has dealt with, and goes on from
 * there after a restart, misses none and may see some twice: for webhooks, a broker, or a projection of one's own. Start with 0.
 */
export const after = (number: number): Stream.Stream<SealedEvent, PersistenceError, EventRepository> =>
  Stream.paginate(number, (last) =>
    Effect.gen(function* () {
      const events = yield* EventRepository
      const rows = yield* events.after(last, BATCH)
      if (rows.length === 0) yield* Effect.sleep(POLL)
      return [rows, Option.some(rows[rows.length - 1]?.seal.number ?? last)] as const
    })
  )

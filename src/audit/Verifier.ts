import { Effect, Option } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Unsealable } from "../kernel/Sealer.ts"
import { type ChainHead, type Checkpoint, GENESIS } from "./Chain.ts"
import { isSigned, isSignedCut, macOf, personalDigest } from "./digests.ts"
import { EventRepository } from "./EventRepository.ts"
import type { SealedEvent } from "./StoredEvent.ts"

/**
 * What is wrong at a number:
 *
 * - `changed`: the event is not the one that was recorded, or stands in another's place
 * - `missing`: there is no event with this number, although there was one
 * - `head`: the stored end or beginning of the chain is not the one that we signed
 * - `checkpoint`: the checkpoint that was given is not ours, or is of another chain
 * - `unknown-key`: the key that it was recorded under is not on the ring (any more)
 */
export type Fault = "changed" | "missing" | "head" | "checkpoint" | "unknown-key"

/** What a walk along the chain has found: nothing wrong up to a number, or the first event that is not as it was. */
export type Verification =
  /** Every event with a number above `from` and up to `through` is as it was recorded. */
  | { readonly _tag: "Intact"; readonly from: number; readonly through: number }
  | { readonly _tag: "Broken"; readonly number: number; readonly fault: Fault }

const BATCH = 200

const broken = (number: number, fault: Fault): Verification => ({ _tag: "Broken", number, fault })

const signedBy = (checkpoint: Checkpoint, fault: Fault, isOurs: typeof isSigned = isSigned) =>
  Effect.catch(
    Effect.map(isOurs(checkpoint), (signed): Fault | undefined => (signed ? undefined : fault)),
    () => Effect.succeed<Fault>("unknown-key")
  )

const faultOf = Effect.fnUntraced(function* (event: SealedEvent, previous: string) {
  const expected = yield* Effect.catch(macOf(event, event.seal, previous), (_: Unsealable) => Effect.undefined)
  if (expected === undefined) return "unknown-key"
  if (expected.mac !== event.seal.mac) return "changed"
  // personal facts may be gone, by an erasure, but not be others
  if (event.personal === null) return undefined
  return (yield* personalDigest(event.personal, event.salt ?? "")) === event.seal.personalDigest ? undefined : "changed"
})

/** The next events, or the number of one that is not even readable. */
const next = Effect.fnUntraced(function* (number: number) {
  const events = yield* EventRepository
  const isCorrupt = (error: PersistenceError) => error.reason === "corrupt"
  return yield* Effect.catchIf(events.after(number, BATCH), isCorrupt, () =>
    // one of them is: the first is read alone, and the next call goes on behind it
    Effect.catchIf(events.after(number, 1), isCorrupt, () => Effect.succeed("unreadable" as const))
  )
})

const stored = Effect.flatMap(EventRepository, (events) =>
  Effect.map(
    events.head,
    Option.getOrElse((): ChainHead => ({ head: GENESIS, base: GENESIS }))
  )
)

const walk = Effect.fnUntraced(function* (base: Checkpoint, since: Checkpoint | undefined) {
  const baseFault = yield* signedBy(base, "head", isSignedCut)
  if (baseFault !== undefined) return broken(base.number, baseFault)

  let last: { readonly number: number; readonly mac: string } = base
  if (since !== undefined) {
    const fault = yield* signedBy(since, "checkpoint")
    if (fault !== undefined) return broken(since.number, fault)
    // what was before a cut is gone, so an older checkpoint says no more than the cut's own
    if (since.number > base.number) {
      const rows = yield* next(since.number - 1)
      if (rows === "unreadable") return broken(since.number, "changed")
      if (rows[0]?.seal.number !== since.number) return broken(since.number, "missing")
      if (rows[0].seal.mac !== since.mac) return broken(since.number, "checkpoint")
      last = since
    } else if (since.number === base.number && since.mac !== base.mac) return broken(since.number, "checkpoint")
  }

  const from = last.number
  while (true) {
    const rows = yield* next(last.number)
    if (rows === "unreadable") return broken(last.number + 1, "changed")
    for (const event of rows) {
      if (event.seal.number !== last.number + 1) return broken(last.number + 1, "missing")
      const fault = yield* faultOf(event, last.mac)
      if (fault !== undefined) return broken(event.seal.number, fault)
      last = event.seal
    }
    if (rows.length > 0) continue
    // read after the events, so that it is at least as new as they are
    const { head } = yield* stored
    if (head.number > last.number) {
      const rows = yield* next(last.number)
      if (rows.length > 0) continue
      return broken(last.number + 1, "missing")
    }
    const headFault = yield* signedBy(head, "head")
    if (headFault !== undefined) return broken(head.number, headFault)
    if (head.mac !== last.mac) return broken(last.number, "head")
    const intact: Verification = { _tag: "Intact", from, through: last.number }
    return intact
  }
})

/**
 * Walks the chain and finds the first event that was changed, removed, put in another's place, or cut off at the end (AUD-02). It begins at
 * the first event that is kept, or with `since` behind that checkpoint. Without a checkpoint from outside nobody can tell a database that was
 * put back as a whole to an older state.
 */
export const verify = Effect.fnUntraced(function* (options: { readonly since?: Checkpoint | undefined } = {}) {
  while (true) {
    const before = (yield* stored).base
    const verification = yield* walk(before, options.since)
    // old events that were cut off in the meantime are no fault
    if (verification._tag === "Intact" || (yield* stored).base.number === before.number) return verification
  }
})

/** The signed end of the chain, to be kept outside of the database and given to `verify` later; none while there is no event. */
export const checkpoint: Effect.Effect<Option.Option<Checkpoint>, PersistenceError, EventRepository> = Effect.flatMap(
  EventRepository,
  (events) =>
    Effect.map(
      events.head,
      Option.map(({ head }) => head)
    )
)

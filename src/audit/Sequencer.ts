import { Effect, Option, Result } from "effect"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Sealer } from "../kernel/Sealer.ts"
import { UnitOfWork } from "../kernel/UnitOfWork.ts"
import { type ChainHead, type Checkpoint, GENESIS } from "./Chain.ts"
import { isSigned, seal, sign } from "./digests.ts"
import { EventRepository } from "./EventRepository.ts"
import type { Seal } from "./StoredEvent.ts"

/** How many events get their number in one unit of work. */
const BATCH = 200

const refused = (reason: "corrupt" | "other", cause?: unknown) =>
  new PersistenceError({ operation: "chain.headForUpdate", reason, ...(cause === undefined ? {} : { cause }) })

/**
 * What goes on from an end that we have not signed would make it ours: a cut tail would be hidden with the next event (AUD-02). Of a key that was
 * taken off the ring for good nobody can tell; then the last event has to be of that key as well, which the verifier says of it.
 */
const requireSigned = Effect.fnUntraced(function* (head: Checkpoint) {
  const sealer = yield* Sealer
  const signed = yield* Effect.result(isSigned(head))
  if (Result.isSuccess(signed)) return signed.success ? undefined : yield* refused("corrupt")
  if (!sealer.isRetired(head.keyId)) return yield* refused("other", signed.failure)
  const events = yield* EventRepository
  const [last] = yield* events.after(head.number - 1, 1)
  const { keyId, mac, number } = last?.seal ?? GENESIS
  if (number !== head.number || mac !== head.mac || keyId !== head.keyId) return yield* refused("corrupt")
})

const sealSome = Effect.gen(function* () {
  const events = yield* EventRepository
  const before = yield* events.headForUpdate
  const rows = yield* events.unsealed(BATCH)
  if (rows.length === 0) return 0
  const { base, head } = Option.getOrElse(before, (): ChainHead => ({ head: GENESIS, base: GENESIS }))
  yield* requireSigned(head)
  let last = { number: head.number, mac: head.mac }
  const seals: Array<{ readonly id: (typeof rows)[number]["id"]; readonly seal: Seal }> = []
  for (const row of rows) {
    const next = yield* seal(row, last.number + 1, last.mac)
    seals.push({ id: row.id, seal: next })
    last = next
  }
  yield* events.seal(seals)
  yield* events.setHead(
    Option.map(before, ({ head }) => head.number),
    { head: yield* sign(last), base }
  )
  return rows.length
})

/**
 * Gives every committed event its number, from 1 and without gaps, and its value in the keyed chain (AUD-02); answers how many. Numbers are
 * given after the commit, so whoever reads "after number n" skips none, however late a transaction committed. It can run on several nodes at
 * once and be killed at any time: the chain's head is locked, and a batch is one unit of work. Until it has run, about a second, the newest
 * events can be changed without a trace. It goes on from nothing that we have not signed: `corrupt` says that somebody has put another end of the
 * chain there, `other` that the key of its signature is not on the ring; events wait meanwhile, and `verify` tells where the log was changed.
 */
export const sequence = Effect.gen(function* () {
  const events = yield* EventRepository
  const uow = yield* UnitOfWork
  let total = 0
  // looking first costs no transaction while there is nothing to do
  while ((yield* events.unsealed(1)).length > 0) {
    const count = yield* uow.run(sealSome)
    total += count
    if (count < BATCH) break
  }
  return total
})

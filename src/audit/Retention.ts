import { Effect, Option } from "effect"
import { UnitOfWork } from "../kernel/UnitOfWork.ts"
import type { Checkpoint } from "./Chain.ts"
import { isSigned, signCut } from "./digests.ts"
import { EventRepository } from "./EventRepository.ts"

const BATCH = 1000

/**
 * Removes all events up to a checkpoint, which becomes the beginning of the chain, so that what is left can still be verified (V-33). Answers
 * how many were removed; a checkpoint that is not ours, or not on this chain, removes none. Killed in between, the next call goes on.
 */
export const cut = Effect.fnUntraced(function* (checkpoint: Checkpoint) {
  const events = yield* EventRepository
  const uow = yield* UnitOfWork
  if (!(yield* Effect.orElseSucceed(isSigned(checkpoint), () => false))) return 0
  const through = yield* uow.run(
    Effect.gen(function* () {
      const stored = Option.getOrUndefined(yield* events.headForUpdate)
      if (stored === undefined) return 0
      if (checkpoint.number <= stored.base.number) return stored.base.number
      const at = (yield* events.after(checkpoint.number - 1, 1))[0]
      if (at === undefined || at.seal.number !== checkpoint.number || at.seal.mac !== checkpoint.mac) return 0
      yield* events.setHead(Option.some(stored.head.number), {
        head: stored.head,
        base: yield* signCut(checkpoint)
      })
      return checkpoint.number
    })
  )
  let removed = 0
  while (through > 0) {
    const count = yield* events.deleteThrough(through, BATCH)
    removed += count
    if (count < BATCH) break
  }
  return removed
})

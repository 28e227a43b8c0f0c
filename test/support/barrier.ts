import { Deferred, Effect } from "effect"

/**
 * Holds every fiber that waits until `parties` of them have arrived, then lets them all go; rounds follow each other, so
 * one barrier serves a loop. Without it the first of several racing fibers is done before the last has started.
 */
export const barrier = (parties: number): Effect.Effect<void> => {
  let arrived = 0
  let gate = Deferred.makeUnsafe<void>()
  return Effect.suspend(() => {
    const mine = gate
    arrived += 1
    if (arrived < parties) return Deferred.await(mine)
    arrived = 0
    gate = Deferred.makeUnsafe<void>()
    return Effect.asVoid(Deferred.succeed(mine, undefined))
  })
}

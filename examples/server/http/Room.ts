import { Effect, type Scope } from "effect"

/** What may be taken at a time: by one, and by all together. */
export interface RoomSize {
  readonly each: number
  readonly all: number
}

/**
 * Keeps something that is used for a while, such as space on a disk, from being used up: by one who takes all of it, or by many at a time. It is this
 * process's own, and nothing is counted that has been given back.
 */
export interface Room {
  /** Takes room until the scope ends; false, and nothing is taken, where there is none. */
  readonly take: (who: string, amount: number) => Effect.Effect<boolean, never, Scope.Scope>
}

export const makeRoom = ({ all, each }: RoomSize): Room => {
  const taken = new Map<string, number>()
  let total = 0
  return {
    take: (who, amount) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const own = (taken.get(who) ?? 0) + amount
            if (own > each || total + amount > all) return 0
            taken.set(who, own)
            total += amount
            return amount
          }),
          (amount) =>
            Effect.sync(() => {
              const own = (taken.get(who) ?? 0) - amount
              if (own > 0) taken.set(who, own)
              else taken.delete(who)
              total -= amount
            })
        ),
        (got) => got === amount
      )
  }
}

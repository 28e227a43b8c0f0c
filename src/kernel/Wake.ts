import { Context, Effect } from "effect"

/** Those who want to know that a unit of work has left events or mails behind. */
export interface Listeners {
  readonly callbacks: Set<() => void>
}

/**
 * Tells the workers of this process that there is something to do. It only shortens their wait: they poll as well, so nothing depends on it.
 */
export const Wake = Context.Reference<Listeners>("portico/kernel/Wake", {
  defaultValue: () => ({ callbacks: new Set() })
})

/** Wakes everybody who listens. */
export const wake: Effect.Effect<void> = Effect.flatMap(Wake, ({ callbacks }) =>
  Effect.sync(() => {
    for (const callback of callbacks) callback()
  })
)

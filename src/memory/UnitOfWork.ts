import { Effect, Exit, Layer } from "effect"
import { UnitOfWork } from "../kernel/UnitOfWork.ts"
import { type Level, Store, type StoreShape } from "./Store.ts"

const runAfterCommit = (level: Level): Effect.Effect<void> =>
  Effect.forEach(level.afterCommit, (effect) => Effect.ignoreCause(effect, { log: "Error" }), { discard: true })

const outermost = <A, E, R>(store: StoreShape, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) =>
    // waiting for the writer can be interrupted; from the commit on nothing can
    Effect.flatMap(restore(store.writer.take(1)), () => {
      const level: Level = { write: { state: store.committed() }, state: "open", afterCommit: [] }
      return Effect.flatMap(
        Effect.onExit(restore(Effect.provideService(effect, store.level, level)), (exit) =>
          Effect.suspend(() => {
            level.state = "ended"
            if (Exit.isSuccess(exit)) store.commit(level.write.state)
            return store.writer.release(1)
          })
        ),
        (value) => Effect.as(runAfterCommit(level), value)
      )
    })
  )

const nested = <A, E, R>(store: StoreShape, outer: Level, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> =>
  Effect.uninterruptibleMask((restore) => {
    if (outer.state !== "open") {
      return Effect.die(
        new Error(
          outer.state === "ended"
            ? "the unit of work has ended; a fiber that outlives it must not use it"
            : "an inner unit of work is open; a second one cannot be opened beside it"
        )
      )
    }
    outer.state = "suspended"
    const level: Level = { write: { state: outer.write.state }, state: "open", afterCommit: [] }
    return Effect.onExit(restore(Effect.provideService(effect, store.level, level)), (exit) =>
      Effect.sync(() => {
        level.state = "ended"
        if (outer.state === "suspended") outer.state = "open"
        if (Exit.isSuccess(exit)) {
          outer.write.state = level.write.state
          outer.afterCommit.push(...level.afterCommit)
        }
      })
    )
  })

/** One writer at a time; a commit replaces the state, a rollback keeps the old one. */
export const layer: Layer.Layer<UnitOfWork, never, Store> = Layer.effect(
  UnitOfWork,
  Effect.map(Store, (store) =>
    UnitOfWork.of({
      run: <A, E, R>(effect: Effect.Effect<A, E, R>) =>
        Effect.withFiber<A, E, R>((fiber) => {
          const level = fiber.getRef(store.level)
          return level === undefined ? outermost(store, effect) : nested(store, level, effect)
        }),
      afterCommit: <R>(effect: Effect.Effect<void, never, R>) =>
        Effect.withFiber<void, never, R>((fiber) => {
          const level = fiber.getRef(store.level)
          if (level === undefined) return effect
          return Effect.map(Effect.context<R>(), (context) => {
            // the captured context holds this unit, which will have ended
            level.afterCommit.push(
              effect.pipe(Effect.provideService(store.level, undefined), Effect.provideContext(context))
            )
          })
        })
    })
  )
)

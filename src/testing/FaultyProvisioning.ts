import { Context, Effect, Layer } from "effect"
import type { OrderId } from "../kernel/ids.ts"
import { type Answer, type Assignment, Provisioning, ProvisioningUnavailable, ready } from "../orders/Provisioning.ts"
import { Crash } from "./Faults.ts"

/**
 * What happens at one call: an answer; no answer, though it was set up or without; the caller's process dies after its call, and before anything is
 * committed; or nothing for ever.
 */
export type Behaviour = Answer | { readonly _tag: "Unavailable" | "Lost" | "Crash" | "Silence" }

/**
 * Provisioning that goes wrong on purpose: the calls behave as planned, one after the other, and later ones are ready at once. It is idempotent, as its
 * port wants it, and counts what it was asked and what it has set up.
 */
export class FaultyProvisioning extends Context.Service<
  FaultyProvisioning,
  {
    readonly plan: (...behaviours: ReadonlyArray<Behaviour>) => Effect.Effect<void>
    /** Runs in the middle of the next call, after it was set up: what other nodes or people do meanwhile. */
    readonly meanwhile: <E>(effect: Effect.Effect<unknown, E>) => Effect.Effect<void>
    /** Every call so far. */
    readonly asked: Effect.Effect<ReadonlyArray<Assignment>>
    /** What was set up, each once. */
    readonly done: Effect.Effect<ReadonlyArray<OrderId>>
  }
>()("portico/testing/FaultyProvisioning") {
  static readonly layer: Layer.Layer<Provisioning | FaultyProvisioning> = Layer.effectContext(
    Effect.sync(() => {
      let planned: Array<Behaviour> = []
      let between: Effect.Effect<unknown, unknown> | undefined
      const asked: Array<Assignment> = []
      const done = new Set<OrderId>()

      const answer = (behaviour: Behaviour, orderId: OrderId): Effect.Effect<Answer, ProvisioningUnavailable> => {
        switch (behaviour._tag) {
          case "Unavailable":
            return Effect.fail(new ProvisioningUnavailable({}))
          case "Silence":
            return Effect.never
          case "Lost":
            done.add(orderId)
            return Effect.fail(new ProvisioningUnavailable({}))
          case "Crash":
            done.add(orderId)
            // as a process that is stopped: nothing after it happens, and nobody is told
            return Effect.andThen(Effect.logWarning(new Crash("after provisioning")), Effect.interrupt)
          case "Ready":
            done.add(orderId)
            return Effect.succeed(behaviour)
          default:
            return Effect.succeed(behaviour)
        }
      }

      const provisioning = Provisioning.of({
        provision: (assignment) =>
          Effect.suspend(() => {
            asked.push(assignment)
            const meanwhile = between
            between = undefined
            const answered = answer(planned.shift() ?? ready, assignment.orderId)
            return meanwhile === undefined ? answered : Effect.andThen(Effect.orDie(meanwhile), answered)
          })
      })
      const faulty = FaultyProvisioning.of({
        plan: (...behaviours) =>
          Effect.sync(() => {
            planned = [...behaviours]
          }),
        meanwhile: (effect) =>
          Effect.sync(() => {
            between = effect
          }),
        asked: Effect.sync(() => [...asked]),
        done: Effect.sync(() => [...done])
      })
      return Context.make(Provisioning, provisioning).pipe(Context.add(FaultyProvisioning, faulty))
    })
  )
}

import { Context, Effect, Layer } from "effect"
import { PersistenceError, type Reason } from "../kernel/PersistenceError.ts"
import { UnitOfWork } from "../kernel/UnitOfWork.ts"

/** What goes wrong: the process dies there, the caller goes away, or the port fails as its contract says. */
export type Fault = { readonly kind: "crash" } | { readonly kind: "interrupt" } | { readonly kind: Reason }

/** One use of a port, for example `TenantRepository.save`; the unit of work has `begin`, `commit` (everything is written) and `committed`. */
export interface PortCall {
  readonly port: string
  readonly operation: string
}

export interface Plan {
  readonly fault: Fault
  /** At which of the calls that `where` takes, counted from 0 since the plan was made. */
  readonly at: number
  /** Whether every later call meets the fault, too; only that one unless told. */
  readonly lasting?: boolean
  /** All calls unless told. */
  readonly where?: (call: PortCall) => boolean
}

/** The process stopped here, as far as the fiber can tell. */
export class Crash extends Error {
  override readonly name = "Crash"
}

/** Makes ports go wrong on purpose, and tells which of them were called. */
export class Faults extends Context.Service<
  Faults,
  {
    /** From now on the plan is followed, and no other; calls are counted anew. */
    readonly plan: (plan: Plan) => Effect.Effect<void>
    /** Nothing goes wrong any more. Answers the calls since the last `plan` or `stop`. */
    readonly stop: Effect.Effect<ReadonlyArray<PortCall>>
  }
>()("portico/testing/Faults") {
  /** The same ports, each method of which can be made to go wrong before it does anything. */
  static readonly layer = <R, E, In>(ports: Layer.Layer<R, E, In>): Layer.Layer<R | Faults, E, In> =>
    Layer.flatMap(ports, (context) => {
      let current: Plan | undefined
      let met = 0
      let calls: Array<PortCall> = []

      const happen = ({ kind }: Fault, { operation, port }: PortCall): Effect.Effect<void, PersistenceError> => {
        switch (kind) {
          case "crash":
            return Effect.die(new Crash(`at ${port}.${operation}`))
          case "interrupt":
            // from outside, as a client that hangs up: what cannot be interrupted here goes on to where it can
            return Effect.withFiber((fiber) => {
              fiber.interruptUnsafe()
              return Effect.yieldNow
            })
          default:
            return Effect.fail(new PersistenceError({ operation: `${port}.${operation}`, reason: kind }))
        }
      }

      const reach = (call: PortCall): Effect.Effect<void, PersistenceError> =>
        Effect.suspend(() => {
          calls.push(call)
          if (current === undefined || current.where?.(call) === false) return Effect.void
          const position = met++
          return position === current.at || (current.lasting === true && position > current.at)
            ? happen(current.fault, call)
            : Effect.void
        })

      const wrap = (port: string, service: object): object =>
        new Proxy(service, {
          get: (target, key) => {
            const member: unknown = Reflect.get(target, key)
            if (typeof key !== "string") return member
            const before = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
              Effect.andThen(reach({ port, operation: key }), effect)
            if (Effect.isEffect(member)) return before(member)
            if (typeof member !== "function") return member
            return (...args: ReadonlyArray<unknown>) => {
              const answer: unknown = Reflect.apply(member, target, args)
              return Effect.isEffect(answer) ? before(answer) : answer
            }
          }
        })

      const unitOfWork = (uow: UnitOfWork["Service"]): UnitOfWork["Service"] => {
        const stage = (operation: string) => reach({ port: "UnitOfWork", operation })
        return {
          afterCommit: uow.afterCommit,
          run: (effect) =>
            Effect.andThen(stage("begin"), uow.run(Effect.tap(effect, () => stage("commit")))).pipe(
              // whatever goes wrong now, the change is there
              Effect.tap(() => stage("committed"))
            )
        }
      }

      const wrapped = new Map<string, unknown>()
      for (const [key, service] of context.mapUnsafe) {
        if (key === UnitOfWork.key) wrapped.set(key, unitOfWork(Context.getUnsafe(context, UnitOfWork)))
        else if (key.startsWith("portico/") && typeof service === "object" && service !== null) {
          wrapped.set(key, wrap(key.slice(key.lastIndexOf("/") + 1), service))
        } else wrapped.set(key, service)
      }
      const faults = Faults.of({
        plan: (plan) =>
          Effect.sync(() => {
            current = plan
            met = 0
            calls = []
          }),
        stop: Effect.sync(() => {
          const seen = calls
          current = undefined
          met = 0
          calls = []
          return seen
        })
      })
      // the same keys as before, each with what stands in for its service
      const all = Context.makeUnsafe<R>(wrapped)
      return Layer.succeedContext(Context.add(all, Faults, faults))
    })
}

import { Context, Effect, Layer, Option } from "effect"
import { check } from "../mail/MailKind.ts"
import type { Kind, Services } from "./RequestKind.ts"

/** The kinds of request that a portal knows; each room lists its own, and an application adds others (REQ-02). */
export class RequestKinds extends Context.Service<
  RequestKinds,
  { readonly get: (name: string) => Option.Option<Kind<never>> }
>()("portico/requests/RequestKinds") {
  /** Gives the kinds what their effects need. Dies when two have the same name, or when a mail of one lacks a language (G-08). */
  static readonly layer = <const K extends ReadonlyArray<Kind<unknown>>>(
    ...kinds: K
  ): Layer.Layer<RequestKinds, never, Services<K[number]>> =>
    Layer.effect(
      RequestKinds,
      Effect.gen(function* () {
        const faults = check(kinds.flatMap(({ mailKinds }) => mailKinds))
        if (faults.length > 0) return yield* Effect.die(new Error(faults.join("\n")))
        const services = yield* Effect.context<Services<K[number]>>()
        type Needs = Services<K[number]>
        // what the fiber has goes first: it knows the open unit of work
        const given = <A, E>(effect: Effect.Effect<A, E, Needs>): Effect.Effect<A, E> =>
          Effect.updateContext(effect, (fiber: Context.Context<never>) => Context.merge(services, fiber))
        // the bound of K forgets what each kind needs, and all of them together need `Needs`
        const typed = kinds as ReadonlyArray<Kind<unknown>> as ReadonlyArray<Kind<Needs>>
        const byName = new Map(
          typed.map((kind): readonly [string, Kind<never>] => [
            kind.name,
            {
              ...kind,
              open: (request) =>
                Option.map(kind.open(request), ({ ended, ...opened }) => ({
                  ...opened,
                  facts: given(opened.facts),
                  approve: (decided, unit) => given(opened.approve(decided, unit)),
                  ended: ended === null ? null : (how, unit) => given(ended(how, unit))
                }))
            }
          ])
        )
        return RequestKinds.of({ get: (name) => Option.fromUndefinedOr(byName.get(name)) })
      })
    )
}

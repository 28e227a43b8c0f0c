import { Context, Effect, Layer, Option } from "effect"
import { check, type Kind, type Services } from "./MailKind.ts"

/** The kinds of mail that a portal sends; each room lists its own. */
export class MailKinds extends Context.Service<
  MailKinds,
  { readonly get: (name: string) => Option.Option<Kind<never>> }
>()("portico/mail/MailKinds") {
  /** Gives the kinds what their checks and callbacks need. Dies when two have the same name, or when one lacks a language (G-08). */
  static readonly layer = <const K extends ReadonlyArray<Kind<unknown>>>(
    ...kinds: K
  ): Layer.Layer<MailKinds, never, Services<K[number]>> =>
    Layer.effect(
      MailKinds,
      Effect.gen(function* () {
        const faults = check(kinds)
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
              open: (facts) =>
                Option.map(kind.open(facts), (opened) => ({
                  ...opened,
                  stillWanted: (now) => given(opened.stillWanted(now)),
                  travel: (now) => given(opened.travel(now)),
                  enclose: (now, tries) => given(opened.enclose(now, tries)),
                  onDead: (reason) => given(opened.onDead(reason))
                }))
            }
          ])
        )
        return MailKinds.of({ get: (name) => Option.fromUndefinedOr(byName.get(name)) })
      })
    )
}

import { Context, Effect, Layer } from "effect"
import { DomainProof, DomainProofUnavailable } from "../tenants/DomainProof.ts"

/** Public records that a test sets, takes away, and makes unavailable. */
export class FaultyDomainProof extends Context.Service<
  FaultyDomainProof,
  {
    readonly set: (name: string, ...texts: ReadonlyArray<string>) => Effect.Effect<void>
    /** While it is down, nothing can be asked. */
    readonly down: (down: boolean) => Effect.Effect<void>
    /** Every name that was asked for, in order. */
    readonly asked: Effect.Effect<ReadonlyArray<string>>
  }
>()("portico/testing/FaultyDomainProof") {
  static readonly layer: Layer.Layer<DomainProof | FaultyDomainProof> = Layer.effectContext(
    Effect.sync(() => {
      const records = new Map<string, ReadonlyArray<string>>()
      const asked: Array<string> = []
      let isDown = false
      return Context.empty().pipe(
        Context.add(
          DomainProof,
          DomainProof.of({
            texts: (name) =>
              Effect.suspend(() => {
                asked.push(name)
                return isDown ? Effect.fail(new DomainProofUnavailable({})) : Effect.succeed(records.get(name) ?? [])
              })
          })
        ),
        Context.add(
          FaultyDomainProof,
          FaultyDomainProof.of({
            set: (name, ...texts) => Effect.sync(() => void records.set(name, texts)),
            down: (value) =>
              Effect.sync(() => {
                isDown = value
              }),
            asked: Effect.sync(() => [...asked])
          })
        )
      )
    })
  )
}

import { Effect, Redacted, Schema } from "effect"
import { refusals, Sealer } from "portico"
import { Visit } from "../../http/Visit.ts"

/**
 * What a form of several pages carries on in a hidden field: sealed for this browser, so that neither the page's source nor another browser tells
 * what was entered before.
 */
export const carried = <A>(purpose: string, schema: Schema.Codec<A, unknown>) => {
  const json = Schema.fromJsonString(schema)
  const encode = Schema.encodeSync(json)
  const decode = Schema.decodeUnknownEffect(json)
  return {
    seal: Effect.fnUntraced(function* (value: A) {
      const sealer = yield* Sealer
      const { browser } = yield* Visit
      return yield* sealer.seal(`example/${purpose}`, browser.visitor, Redacted.make(encode(value)))
    }),
    /** Undefined for whatever was not sealed for this browser. */
    open: Effect.fnUntraced(function* (sealed: string) {
      const sealer = yield* Sealer
      const { browser } = yield* Visit
      return yield* sealer.open(`example/${purpose}`, browser.visitor, sealed).pipe(
        Effect.flatMap((plain) => decode(Redacted.value(plain))),
        Effect.orElseSucceed(() => undefined)
      )
    })
  }
}

/** The form that was sent belongs to no page that we have shown. */
export const lost = new refusals.NotFound({ kind: "form" })

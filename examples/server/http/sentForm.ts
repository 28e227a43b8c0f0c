import { Duration, Effect, Redacted, Schema } from "effect"
import { Sealer } from "portico"
import type { SentForm } from "../html/FormState.ts"
import type { Browser } from "./csrf.ts"
import { Form } from "./Form.ts"

/** Browsers keep cookies of 4096 bytes, name and attributes included (RFC 6265, 6.1). */
const LONGEST = 3500

/** So long the next page may take to come. */
export const KEPT_FOR = Duration.minutes(1)

/** What nobody keeps for anybody: the fields that a form never shows again. */
const isSecret = (name: string): boolean => /password|^code$/i.test(name)

const Pairs = Schema.Array(Schema.Tuple([Schema.String, Schema.String]))

const Kept = Schema.fromJsonString(
  Schema.Struct({
    page: Schema.String,
    action: Schema.String,
    entries: Pairs,
    general: Schema.Array(Schema.String),
    fields: Pairs
  })
)

const encode = Schema.encodeSync(Kept)
const decode = Schema.decodeUnknownEffect(Kept)

const PURPOSE = "example/form"

/** A form for the cookie that carries it to its page: sealed for this browser. Undefined where it is too long for a cookie. */
export const sealForm = Effect.fnUntraced(function* ({ action, page, state }: SentForm, { visitor }: Browser) {
  const sealer = yield* Sealer
  const { errors, form } = state
  const text = encode({
    page,
    action,
    entries: form.entries.filter(([name]) => !isSecret(name)),
    general: errors.general,
    fields: [...errors.fields]
  })
  if (text.length > LONGEST) return undefined
  const sealed = yield* sealer.seal(PURPOSE, visitor, Redacted.make(text))
  return sealed.length > LONGEST ? undefined : sealed
})

/** The form of the cookie, if it is for this page and this browser. */
export const openForm = Effect.fnUntraced(function* (sealed: string | undefined, page: string, { visitor }: Browser) {
  if (sealed === undefined || sealed === "") return undefined
  const sealer = yield* Sealer
  const kept = yield* sealer.open(PURPOSE, visitor, sealed).pipe(
    Effect.flatMap((plain) => decode(Redacted.value(plain))),
    Effect.orElseSucceed(() => undefined)
  )
  if (kept?.page !== page) return undefined
  const found: SentForm = {
    page,
    action: kept.action,
    state: { form: Form.of(kept.entries), errors: { general: kept.general, fields: new Map(kept.fields) } }
  }
  return found
})

import { Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, ConsentId } from "../kernel/ids.ts"
import { Locale } from "../kernel/Text.ts"

/** Evidence that a person agreed to a text, or withdrew that (PRI-01). Never changed afterwards. */
export class Consent extends Schema.Opaque<Consent>()(
  Schema.Struct({
    id: ConsentId,
    accountId: AccountId,
    kind: Schema.String,
    version: Schema.String,
    /** SHA-256 of the text in the language it was shown in, as hex. */
    textHash: Schema.String,
    locale: Locale,
    /** How it was given, for example `registration` or `invitation`. */
    channel: Schema.String,
    given: Schema.Boolean,
    at: Instant
  })
) {}

/** What a person agreed to, before there is an account that it belongs to. */
export const GivenConsent = Schema.Struct({
  kind: Schema.String,
  version: Schema.String,
  textHash: Schema.String,
  locale: Locale,
  at: Instant
})
export type GivenConsent = typeof GivenConsent.Type

/** What a form says about consents: the kind and the version of the text that was shown. */
export const ConsentInput = Schema.Array(Schema.Struct({ kind: Schema.String, version: Schema.String })).check(
  Schema.makeFilter((consents) => (consents.length > 20 ? "too-many" : undefined))
)
export type ConsentInput = typeof ConsentInput.Type

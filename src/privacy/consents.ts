import { Effect, Schema } from "effect"
import { Crypto, toHex } from "../kernel/Crypto.ts"
import type { Instant } from "../kernel/Instant.ts"
import { type AccountId, ConsentId, type Ids, nextId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import type { ConsentText } from "../kernel/Settings.ts"
import { inLocale, type Locale } from "../kernel/Text.ts"
import type { Consent, ConsentInput, GivenConsent } from "./Consent.ts"

/** A consent that is needed was not given, or was given to another version of its text than today's. */
export class ConsentRequired extends Refusal<ConsentRequired>()(
  "ConsentRequired",
  { kinds: Schema.Array(Schema.String) },
  {
    category: "invalid",
    de: "Bitte stimmen Sie den erforderlichen Erklärungen in ihrer heutigen Fassung zu.",
    en: "Please agree to the required statements in their current version."
  }
) {}

const hashOf = (text: ConsentText, locale: Locale): Effect.Effect<string, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) => Effect.map(crypto.sha256(inLocale<string>({ ...text.text }, locale)), toHex))

/**
 * Checks what a form says against the texts in force: every required one must be there in its version; those that nobody asks for are left out.
 * Answers the evidence to keep.
 */
export const given = Effect.fnUntraced(function* (options: {
  readonly required: ReadonlyArray<ConsentText>
  readonly optional: ReadonlyArray<ConsentText>
  readonly input: ConsentInput
  readonly locale: Locale
  readonly now: Instant
}) {
  const says = (text: ConsentText) =>
    options.input.some((consent) => consent.kind === text.kind && consent.version === text.version)
  const missing = options.required.filter((text) => !says(text))
  if (missing.length > 0) return yield* new ConsentRequired({ kinds: missing.map((text) => text.kind) })
  return yield* Effect.forEach([...options.required, ...options.optional].filter(says), (text) =>
    Effect.map(
      hashOf(text, options.locale),
      (textHash): GivenConsent => ({
        kind: text.kind,
        version: text.version,
        textHash,
        locale: options.locale,
        at: options.now
      })
    )
  )
})

/** The evidence as rows of an account. */
export const toRows = (
  consents: ReadonlyArray<GivenConsent>,
  accountId: AccountId,
  channel: string
): Effect.Effect<ReadonlyArray<Consent>, never, Ids> =>
  Effect.forEach(consents, (consent) =>
    Effect.map(nextId(ConsentId), (id): Consent => ({ id, accountId, channel, given: true, ...consent }))
  )

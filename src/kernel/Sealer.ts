import { Context, Effect, Layer, Redacted, Schema } from "effect"
import { Crypto, fromBase64Url, toBase64Url, utf8 } from "./Crypto.ts"

/** The keys outside the database. */
export interface KeyRing {
  /** The id of the key that seals from now on. */
  readonly current: string
  /** All keys that may still have sealed something, by id: 32 random bytes each, as base64url. */
  readonly keys: Readonly<Record<string, Redacted.Redacted>>
  /**
   * The ids of keys that were taken off the ring for good. What they have made is dead; of a key that is neither here nor on the ring nobody can tell
   * whether it is missing by mistake, so that what hangs on it waits.
   */
  readonly retired?: ReadonlyArray<string>
}

/** A sealed value cannot be opened: it was changed, belongs to another purpose or subject, or its key is not on the ring (any more). */
export class Unsealable extends Schema.TaggedError<Unsealable>("portico/Unsealable")("Unsealable", {
  reason: Schema.Literals(["malformed", "unknown-key", "not-authentic"])
}) {
  override get message(): string {
    return `A sealed value cannot be opened: ${this.reason}`
  }
}

/** The key ring that was given is not usable. */
export class InvalidKeyRing extends Schema.TaggedError<InvalidKeyRing>("portico/InvalidKeyRing")("InvalidKeyRing", {
  keyId: Schema.String
}) {
  override get message(): string {
    return `Key "${this.keyId}" is missing, has an id with a dot, or is not 32 bytes as base64url`
  }
}

/**
 * Seals what must be readable again but not in a dump: authenticator secrets, a mail's link secret until it is sent. AEAD with a key derived
 * for each purpose; purpose and subject are bound to the sealed value, so that it opens nowhere else (R-TK-12). Old keys open, the current one
 * seals: rotation is adding a key and making it current.
 */
export class Sealer extends Context.Service<
  Sealer,
  {
    readonly seal: (purpose: string, subject: string, plain: Redacted.Redacted) => Effect.Effect<string>
    readonly open: (purpose: string, subject: string, sealed: string) => Effect.Effect<Redacted.Redacted, Unsealable>
    /** The ids of all keys on the ring, the current one first. */
    readonly keyIds: ReadonlyArray<string>
    /** Whether the key of this id was taken off the ring for good. */
    readonly isRetired: (keyId: string) => boolean
    /** Whether another key than the current one sealed this. */
    readonly isStale: (sealed: string) => boolean
    /** A keyed digest (HMAC-SHA-256) under the key of this id, or the current one: answers the key's id, too. */
    readonly mac: (
      purpose: string,
      data: string,
      keyId?: string
    ) => Effect.Effect<{ readonly keyId: string; readonly mac: string }, Unsealable>
  }
>()("portico/kernel/Sealer") {
  static readonly layer = (ring: KeyRing): Layer.Layer<Sealer, InvalidKeyRing, Crypto> =>
    Layer.effect(
      Sealer,
      Effect.gen(function* () {
        const crypto = yield* Crypto
        const roots = new Map<string, Uint8Array>()
        for (const [id, key] of Object.entries(ring.keys)) {
          const bytes = fromBase64Url(Redacted.value(key))
          if (bytes?.length !== 32 || !/^[A-Za-z0-9_-]{1,32}$/.test(id)) return yield* new InvalidKeyRing({ keyId: id })
          roots.set(id, bytes)
        }
        if (!roots.has(ring.current)) return yield* new InvalidKeyRing({ keyId: ring.current })

        const derived = new Map<string, Uint8Array>()
        const keyFor = Effect.fnUntraced(function* (keyId: string, purpose: string) {
          const name = `${keyId}.${purpose}`
          const known = derived.get(name)
          if (known !== undefined) return known
          const root = roots.get(keyId)
          if (root === undefined) return yield* new Unsealable({ reason: "unknown-key" })
          const key = yield* crypto.deriveKey(root, `portico/${purpose}`)
          derived.set(name, key)
          return key
        })

        return Sealer.of({
          seal: Effect.fnUntraced(function* (purpose, subject, plain) {
            const key = yield* Effect.orDie(keyFor(ring.current, `seal/${purpose}`))
            const sealed = yield* crypto.encrypt(key, utf8(Redacted.value(plain)), `${purpose}\n${subject}`)
            return `${ring.current}.${toBase64Url(sealed)}`
          }),
          open: Effect.fnUntraced(function* (purpose, subject, sealed) {
            const dot = sealed.indexOf(".")
            const bytes = dot < 0 ? undefined : fromBase64Url(sealed.slice(dot + 1))
            if (bytes === undefined) return yield* new Unsealable({ reason: "malformed" })
            const key = yield* keyFor(sealed.slice(0, dot), `seal/${purpose}`)
            const plain = yield* crypto.decrypt(key, bytes, `${purpose}\n${subject}`)
            if (plain === undefined) return yield* new Unsealable({ reason: "not-authentic" })
            return Redacted.make(new TextDecoder().decode(plain), { label: purpose })
          }),
          keyIds: [ring.current, ...[...roots.keys()].filter((id) => id !== ring.current)],
          isRetired: (keyId) => !roots.has(keyId) && (ring.retired ?? []).includes(keyId),
          isStale: (sealed) => !sealed.startsWith(`${ring.current}.`),
          mac: Effect.fnUntraced(function* (purpose, data, keyId = ring.current) {
            const key = yield* keyFor(keyId, `mac/${purpose}`)
            return { keyId, mac: toBase64Url(yield* crypto.hmacSha256(key, data)) }
          })
        })
      })
    )
}

import { Context, type Effect } from "effect"

/**
 * The crypto port: every random byte and every digest of the library comes from here.
 *
 * An implementer MUST answer cryptographically secure random bytes, and die rather than answer fewer or weaker ones.
 */
export class Crypto extends Context.Service<
  Crypto,
  {
    readonly randomBytes: (count: number) => Effect.Effect<Uint8Array>
    /** SHA-256. */
    readonly sha256: (data: Uint8Array | string) => Effect.Effect<Uint8Array>
    /** HMAC with SHA-256. */
    readonly hmacSha256: (key: Uint8Array, data: Uint8Array | string) => Effect.Effect<Uint8Array>
    /** HKDF with SHA-256 (RFC 5869), empty salt, 32 bytes. */
    readonly deriveKey: (key: Uint8Array, info: string) => Effect.Effect<Uint8Array>
    /** AES-256-GCM; answers nonce (12 bytes, random), ciphertext and tag (16 bytes) in one. */
    readonly encrypt: (key: Uint8Array, plain: Uint8Array, associated: string) => Effect.Effect<Uint8Array>
    /** Answers `undefined` when the bytes are not what `encrypt` made with this key and these associated data. */
    readonly decrypt: (key: Uint8Array, sealed: Uint8Array, associated: string) => Effect.Effect<Uint8Array | undefined>
    /** Compares in a time that depends on the lengths only. */
    readonly equal: (a: Uint8Array, b: Uint8Array) => boolean
  }
>()("portico/kernel/Crypto") {}

/** Bytes as base64url without padding (RFC 4648 section 5). */
export const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64url")

/** The bytes of base64url, or `undefined` when the text is not exactly what `toBase64Url` writes. */
export const fromBase64Url = (text: string): Uint8Array | undefined => {
  const bytes = Buffer.from(text, "base64url")
  return bytes.toString("base64url") === text ? new Uint8Array(bytes) : undefined
}

export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex")

export const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

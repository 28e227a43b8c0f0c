import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createHmac,
  createSecretKey,
  hash,
  hkdfSync,
  type KeyObject,
  randomBytes,
  timingSafeEqual
} from "node:crypto"
import { Effect, Layer } from "effect"
import { Crypto } from "./Crypto.ts"

const NONCE = 12
const TAG = 16

// Asking the system for randomness costs more than most of what it is for; what has been handed out is wiped from the pool.
const POOL = 4096
let pool: Uint8Array = new Uint8Array(0)
let taken = 0

const fromPool = (count: number): Uint8Array => {
  if (count > 64) return new Uint8Array(randomBytes(count))
  if (taken + count > pool.length) {
    pool = new Uint8Array(randomBytes(POOL))
    taken = 0
  }
  const bytes = pool.slice(taken, taken + count)
  pool.fill(0, taken, taken + count)
  taken += count
  return bytes
}

const keys = new WeakMap<Uint8Array, KeyObject>()

/** The same key again is not imported again: that takes 30 µs, ten times what sealing with it does. Nobody may change the bytes of a key. */
const keyOf = (bytes: Uint8Array): KeyObject => {
  let key = keys.get(bytes)
  if (key === undefined) {
    key = createSecretKey(bytes)
    keys.set(bytes, key)
  }
  return key
}

/** The crypto port on `node:crypto`, which Node, Bun, Deno and the larger edge platforms offer. */
export const layerCryptoNode: Layer.Layer<Crypto> = Layer.succeed(
  Crypto,
  Crypto.of({
    randomBytes: (count) => Effect.sync(() => fromPool(count)),
    sha256: (data) => Effect.sync(() => new Uint8Array(hash("sha256", data, "buffer"))),
    hmacSha256: (key, data) =>
      Effect.sync(() => new Uint8Array(createHmac("sha256", keyOf(key)).update(data).digest())),
    deriveKey: (key, info) => Effect.sync(() => new Uint8Array(hkdfSync("sha256", key, new Uint8Array(0), info, 32))),
    encrypt: (key, plain, associated) =>
      Effect.sync(() => {
        const nonce = fromPool(NONCE)
        const cipher = createCipheriv("aes-256-gcm", keyOf(key), nonce)
        cipher.setAAD(Buffer.from(associated, "utf8"))
        const body = Buffer.concat([cipher.update(plain), cipher.final()])
        return new Uint8Array(Buffer.concat([nonce, body, cipher.getAuthTag()]))
      }),
    decrypt: (key, sealed, associated) =>
      Effect.sync(() => {
        if (sealed.length < NONCE + TAG) return undefined
        const decipher = createDecipheriv("aes-256-gcm", keyOf(key), sealed.subarray(0, NONCE))
        decipher.setAAD(Buffer.from(associated, "utf8"))
        decipher.setAuthTag(sealed.subarray(sealed.length - TAG))
        const head = decipher.update(sealed.subarray(NONCE, sealed.length - TAG))
        try {
          return new Uint8Array(Buffer.concat([head, decipher.final()]))
        } catch {
          // node:crypto throws when the tag does not fit, which is an answer here and not a fault
          return undefined
        }
      }),
    equal: (a, b) => a.length === b.length && timingSafeEqual(a, b)
  })
)

/** SHA-256 of bytes that come in pieces: for the adapters that store what is too large to be held as a whole. */
export const digester = () => {
  const digest = createHash("sha256")
  return {
    update: (bytes: Uint8Array): void => void digest.update(bytes),
    /** At the end, once. */
    hex: (): string => digest.digest("hex")
  }
}

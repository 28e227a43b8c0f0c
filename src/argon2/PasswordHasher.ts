import { availableParallelism } from "node:os"
import { hash, verify } from "@node-rs/argon2"
import { Context, Effect, Layer, Redacted, Schema, Semaphore } from "effect"
import { HasherUnavailable, PasswordHasher } from "../accounts/PasswordHasher.ts"
import { Crypto, utf8 } from "../kernel/Crypto.ts"
import { type InvalidKeyRing, type KeyRing, Sealer } from "../kernel/Sealer.ts"

const MEMORY_FLOOR = 19_456
const PASSES_FLOOR = 2
const SALT_BYTES = 16
const TAG_BYTES = 32

export interface Argon2Options {
  /** Memory of one hash in KiB (m); 19,456 by default and at least (OWASP, ASVS 5.0 appendix C). */
  readonly memory?: number
  /** Passes over the memory (t); 2 by default and at least. */
  readonly passes?: number
  /** Lanes (p); 1 by default. */
  readonly lanes?: number
  /** How many hashes are made at the same time; by default one for each core, at most 4. Each takes `memory`. */
  readonly parallel?: number
  /** How many may wait for that; who comes then is refused. 64 by default. */
  readonly waiting?: number
  /**
   * Keys of an HMAC-SHA-256 that every password goes through before it is hashed, so that a copy of the database alone is worth nothing. A
   * stored hash names its key: to rotate, add a key and make it current; a hash moves to it at its owner's next sign-in, and until then the old
   * key must stay on the ring.
   */
  readonly pepper?: KeyRing
}

/** The parameters are below what is accepted today, or no whole numbers. */
export class WeakParameters extends Schema.TaggedError<WeakParameters>("portico/argon2/WeakParameters")(
  "WeakParameters",
  {
    memory: Schema.Number,
    passes: Schema.Number,
    lanes: Schema.Number,
    parallel: Schema.Number,
    waiting: Schema.Number
  }
) {
  override get message(): string {
    return `argon2id needs m >= ${MEMORY_FLOOR}, t >= ${PASSES_FLOOR}, p >= 1 and room for one hash; given m=${this.memory}, t=${this.passes}, p=${this.lanes}, ${this.parallel} parallel, ${this.waiting} waiting`
  }
}

interface Stored {
  readonly keyId: string | undefined
  readonly phc: string
  readonly variant: string
  readonly version: string
  readonly memory: number
  readonly passes: number
  /** Lengths in bytes. */
  readonly salt: number
  readonly tag: number
}

const STORED =
  /^(?:\$pepper\$([A-Za-z0-9_-]{1,32}))?(\$argon2(id|i|d)\$v=(16|19)\$m=(\d{1,10}),t=(\d{1,10}),p=(\d{1,3})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{16,86}))$/

// A stored value from elsewhere, or a damaged one, must not ask for more than a machine has.
const READABLE = { memory: 1_048_576, passes: 100, lanes: 64 }

const lengthOf = (text: string): number => {
  const bytes = Buffer.from(text, "base64")
  return base64(bytes) === text ? bytes.length : 0
}

const read = (stored: string): Stored | undefined => {
  const [, keyId, phc, variant, version, m, t, p, salt, tag] = STORED.exec(stored) ?? []
  if (phc === undefined || variant === undefined || version === undefined || salt === undefined || tag === undefined) {
    return undefined
  }
  const [memory, passes, lanes] = [Number(m), Number(t), Number(p)]
  const readable =
    lanes >= 1 && lanes <= READABLE.lanes && memory >= 8 * lanes && memory <= READABLE.memory && passes >= 1
  const lengths = { salt: lengthOf(salt), tag: lengthOf(tag) }
  return readable && passes <= READABLE.passes && lengths.salt > 0 && lengths.tag > 0
    ? { keyId, phc, variant, version, memory, passes, ...lengths }
    : undefined
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString("base64").replace(/=+$/, "")

/** Lets so many effects run at the same time and so many wait; refuses the others. What has begun is not interrupted, for its thread goes on. */
const bounded = Effect.fnUntraced(function* (parallel: number, waiting: number) {
  const semaphore = yield* Semaphore.make(parallel)
  let inside = 0
  return <A, E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E | HasherUnavailable> =>
    Effect.acquireUseRelease(
      Effect.suspend(() => {
        if (inside >= parallel + waiting) return Effect.fail(new HasherUnavailable())
        inside++
        return Effect.void
      }),
      () => semaphore.withPermit(Effect.uninterruptible(effect)),
      () =>
        Effect.sync(() => {
          inside--
        })
    )
})

/** The library's promise as an effect: what it throws is for the log, not for the caller. */
const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, HasherUnavailable> =>
  Effect.tryPromise({ try: run, catch: (cause) => cause }).pipe(
    Effect.tapError((cause) => Effect.logError("argon2 failed", cause)),
    Effect.mapError(() => new HasherUnavailable())
  )

/**
 * Passwords hashed with argon2id (RFC 9106) by `@node-rs/argon2`, which computes outside the event loop. Verifies argon2id, argon2i and argon2d
 * of other systems too; these are stale.
 */
export const layer = (
  options: Argon2Options = {}
): Layer.Layer<PasswordHasher, InvalidKeyRing | WeakParameters, Crypto> =>
  Layer.effect(
    PasswordHasher,
    Effect.gen(function* () {
      const {
        memory = MEMORY_FLOOR,
        passes = PASSES_FLOOR,
        lanes = 1,
        parallel = Math.min(availableParallelism(), 4),
        waiting = 64,
        pepper
      } = options
      const whole = [memory, passes, lanes, parallel, waiting].every(Number.isSafeInteger)
      if (!whole || memory < MEMORY_FLOOR || passes < PASSES_FLOOR || lanes < 1 || parallel < 1 || waiting < 0) {
        return yield* new WeakParameters({ memory, passes, lanes, parallel, waiting })
      }
      const crypto = yield* Crypto
      const ring = pepper === undefined ? undefined : Context.get(yield* Layer.build(Sealer.layer(pepper)), Sealer)
      const queue = yield* bounded(parallel, waiting)

      const normal = (password: Redacted.Redacted): string => Redacted.value(password).normalize("NFC")
      const keyed = (text: string, keyId: string): Effect.Effect<Uint8Array, HasherUnavailable> =>
        ring === undefined
          ? missingKey(keyId)
          : ring.mac("password", text, keyId).pipe(
              Effect.map(({ mac }) => utf8(mac)),
              Effect.catch(() => missingKey(keyId))
            )
      const missingKey = (keyId: string): Effect.Effect<never, HasherUnavailable> =>
        Effect.andThen(
          Effect.logError(`The key "${keyId}" of a stored password is not on the ring`),
          Effect.fail(new HasherUnavailable())
        )
      const input = (password: Redacted.Redacted, keyId: string | undefined) =>
        keyId === undefined ? Effect.succeed(utf8(normal(password))) : keyed(normal(password), keyId)

      const prefix = pepper === undefined ? "" : `$pepper$${pepper.current}`
      const dummy = `${prefix}$argon2id$v=19$m=${memory},t=${passes},p=${lanes}$${base64(
        yield* crypto.randomBytes(SALT_BYTES)
      )}$${base64(yield* crypto.randomBytes(TAG_BYTES))}`

      return PasswordHasher.of({
        hash: (password) =>
          queue(
            Effect.gen(function* () {
              const salt = yield* crypto.randomBytes(SALT_BYTES)
              const bytes = yield* input(password, pepper?.current)
              const parameters = {
                memoryCost: memory,
                timeCost: passes,
                parallelism: lanes,
                outputLen: TAG_BYTES,
                salt
              }
              return prefix + (yield* attempt(() => hash(bytes, parameters)))
            })
          ),
        verify: (password, stored) =>
          queue(
            Effect.gen(function* () {
              const known = read(stored)
              if (known === undefined) yield* Effect.logError("A stored password hash cannot be read")
              const bytes = yield* input(password, known === undefined ? pepper?.current : known.keyId)
              // the dummy fits nothing
              return yield* attempt(() => verify(known?.phc ?? dummy.slice(prefix.length), bytes))
            })
          ),
        isStale: (stored) => {
          const known = read(stored)
          return (
            known === undefined ||
            known.keyId !== pepper?.current ||
            known.variant !== "id" ||
            known.version !== "19" ||
            known.memory < memory ||
            known.passes < passes ||
            known.salt < SALT_BYTES ||
            known.tag < TAG_BYTES
          )
        },
        dummy
      })
    })
  )

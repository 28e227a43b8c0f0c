import { Context, Effect, Layer, Redacted } from "effect"
import { HasherUnavailable, PasswordHasher } from "../accounts/PasswordHasher.ts"
import { Crypto, toHex } from "../kernel/Crypto.ts"

/** Counts the work of the free hasher: equal answers must come from equal work (R-EN-08). */
export class HasherProbe extends Context.Service<
  HasherProbe,
  {
    /** How often each was called since the start or the last `reset`. */
    readonly counts: Effect.Effect<{ readonly hash: number; readonly verify: number }>
    readonly reset: Effect.Effect<void>
    /** From now on every call fails with `HasherUnavailable`, or no more (F-21). */
    readonly setUnavailable: (unavailable: boolean) => Effect.Effect<void>
  }
>()("portico/testing/HasherProbe") {}

const CURRENT = /^\$free\$v=2\$([0-9a-f]{64})\$/
const FORMER = /^\$free\$v=1\$([0-9a-f]{64})$/

/** What the free hasher's former parameters made of a password: fits, and is stale. */
export const staleHash = (password: Redacted.Redacted): Effect.Effect<string, never, Crypto> =>
  Effect.map(digest(password), (text) => `$free$v=1$${text}`)

const digest = (password: Redacted.Redacted): Effect.Effect<string, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) =>
    Effect.map(crypto.sha256(`free\n${Redacted.value(password).normalize("NFC")}`), toHex)
  )

/**
 * A hasher that costs nothing and protects nothing: for tests and benchmarks that are not about hashing. Salted with a random number, so that two
 * hashes of one password differ as with a real one.
 */
export const layerFree: Layer.Layer<PasswordHasher | HasherProbe, never, Crypto> = Layer.effectContext(
  Effect.gen(function* () {
    const crypto = yield* Crypto
    let counts = { hash: 0, verify: 0 }
    let unavailable = false
    const digestOf = (password: Redacted.Redacted) => Effect.provideService(digest(password), Crypto, crypto)
    const guarded = <A>(effect: Effect.Effect<A>): Effect.Effect<A, HasherUnavailable> =>
      Effect.suspend(() => (unavailable ? Effect.fail(new HasherUnavailable()) : effect))

    const hasher = PasswordHasher.of({
      hash: (password) =>
        guarded(
          Effect.gen(function* () {
            counts = { ...counts, hash: counts.hash + 1 }
            const salt = toHex(yield* crypto.randomBytes(4))
            return `$free$v=2$${yield* digestOf(password)}$${salt}`
          })
        ),
      verify: (password, stored) =>
        guarded(
          Effect.gen(function* () {
            counts = { ...counts, verify: counts.verify + 1 }
            const text = yield* digestOf(password)
            return text === (CURRENT.exec(stored) ?? FORMER.exec(stored))?.[1]
          })
        ),
      isStale: (stored) => !CURRENT.test(stored),
      dummy: `$free$v=2$${"0".repeat(64)}$`
    })
    const probe = HasherProbe.of({
      counts: Effect.sync(() => counts),
      reset: Effect.sync(() => {
        counts = { hash: 0, verify: 0 }
      }),
      setUnavailable: (value) =>
        Effect.sync(() => {
          unavailable = value
        })
    })
    return Context.make(PasswordHasher, hasher).pipe(Context.add(HasherProbe, probe))
  })
)

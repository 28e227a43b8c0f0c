import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted, References } from "effect"
import { vi } from "vitest"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import { layer } from "../../src/argon2/index.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"

vi.mock("@node-rs/argon2", () => {
  const fail = () => Promise.reject(new Error("Memory allocation error"))
  return { hash: fail, verify: fail }
})

describe("without memory", () => {
  it.live("F-21 hashing and comparing fail closed with HasherUnavailable, which says nothing of the cause", () =>
    Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const password = Redacted.make("k3n#Vt9!qLw2zRp")
      for (const attempt of [
        Effect.asVoid(hasher.hash(password)),
        Effect.asVoid(hasher.verify(password, hasher.dummy))
      ]) {
        const error = yield* Effect.flip(attempt)
        assert.strictEqual(error._tag, "HasherUnavailable")
        assert.strictEqual(error.category, "unavailable")
        assert.notMatch(`${JSON.stringify(error)} ${error.message}`, /memory|k3n/i)
      }
    }).pipe(
      Effect.provide(layer({ parallel: 1, waiting: 0 }).pipe(Layer.provide(layerCryptoNode))),
      Effect.provideService(References.MinimumLogLevel, "None")
    )
  )
})

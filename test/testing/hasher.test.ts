import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { PasswordHasherContract } from "../../src/testing/contracts/PasswordHasherContract.ts"
import { HasherProbe, layerFree, staleHash } from "../../src/testing/hasher.ts"

const layerTest = layerFree.pipe(Layer.provideMerge(layerCryptoNode))
const password = Redacted.make("k3n#Vt9!qLw2zRp")

describe("the free hasher", () => {
  for (const { name, run } of PasswordHasherContract) {
    it.effect(name, () => run.pipe(Effect.provide(layerTest)))
  }

  it.effect("R-EN-08 counts its work", () =>
    Effect.gen(function* () {
      const [hasher, probe] = [yield* PasswordHasher, yield* HasherProbe]
      const stored = yield* hasher.hash(password)
      yield* hasher.verify(password, stored)
      yield* hasher.verify(password, hasher.dummy)
      assert.deepStrictEqual(yield* probe.counts, { hash: 1, verify: 2 })
      yield* probe.reset
      assert.deepStrictEqual(yield* probe.counts, { hash: 0, verify: 0 })
    }).pipe(Effect.provide(layerTest))
  )

  it.effect("AUT-02 has stale hashes that fit", () =>
    Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const stored = yield* staleHash(password)
      assert.isTrue(hasher.isStale(stored))
      assert.isTrue(yield* hasher.verify(password, stored))
      assert.isFalse(yield* hasher.verify(Redacted.make("another"), stored))
    }).pipe(Effect.provide(layerTest))
  )

  it.effect("F-21 can be made unavailable", () =>
    Effect.gen(function* () {
      const [hasher, probe] = [yield* PasswordHasher, yield* HasherProbe]
      yield* probe.setUnavailable(true)
      assert.strictEqual((yield* Effect.flip(hasher.hash(password)))._tag, "HasherUnavailable")
      assert.strictEqual((yield* Effect.flip(hasher.verify(password, hasher.dummy)))._tag, "HasherUnavailable")
      yield* probe.setUnavailable(false)
      assert.isFalse(yield* hasher.verify(password, hasher.dummy))
    }).pipe(Effect.provide(layerTest))
  )
})

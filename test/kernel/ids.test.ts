import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import { TestClock } from "effect/testing"
import { Crypto } from "../../src/kernel/Crypto.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, Ids, nextId, nextNumber, ShortNumber, TenantId } from "../../src/kernel/ids.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { rounds } from "../support/rounds.ts"

const layer = Layer.fresh(Ids.layer.pipe(Layer.provide(layerCryptoNode)))

const millisOf = (id: string) => Number.parseInt(id.replaceAll("-", "").slice(0, 12), 16)

describe("ids", () => {
  it.effect("G-07 are UUIDs of version 7 that carry the time of the clock port", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_700_000_000_123)
      const id = yield* nextId(AccountId)
      assert.match(id, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
      assert.strictEqual(millisOf(id), 1_700_000_000_123)
      assert.isTrue(Schema.is(AccountId)(id))
    }).pipe(Effect.provide(layer))
  )

  it.effect("G-07 each is above the one before, in one millisecond, over many and when the clock goes back", () =>
    Effect.gen(function* () {
      let last = ""
      const seen = new Set<string>()
      for (let n = 0; n < rounds(30_000, 1_000_000); n++) {
        if (n % 1000 === 999) yield* TestClock.setTime(n % 2000 === 999 ? n : n - 500)
        const id = yield* nextId(TenantId)
        assert.isTrue(id > last)
        last = id
        seen.add(id)
      }
      const count = rounds(30_000, 1_000_000)
      assert.strictEqual(seen.size, count)
      // about two thousand fit into a millisecond, so the ids hardly run ahead of the clock
      assert.isBelow(millisOf(last) - (yield* Instant.now), count / 1000)
    }).pipe(Effect.provide(layer))
  )

  it.live("G-07 R-TE-05 several nodes at once never make the same one", () =>
    Effect.gen(function* () {
      const node = Effect.gen(function* () {
        const ids: Array<string> = []
        for (let n = 0; n < 5000; n++) ids.push(yield* nextId(TenantId))
        return ids
      }).pipe(Effect.provide(layer, { local: true }))
      const made = (yield* Effect.all([node, node, node, node], { concurrency: "unbounded" })).flat()
      assert.strictEqual(new Set(made).size, 20_000)
    })
  )

  it("other forms of a UUID are refused", () => {
    const good = "01890000-0000-7000-8000-0000000000a1"
    assert.isTrue(Schema.is(TenantId)(good))
    for (const other of [
      good.toUpperCase(),
      good.replaceAll("-", ""),
      `{${good}}`,
      `${good}\n`,
      good.replace("-7", "-4"),
      good.replace("-8", "-c"),
      "",
      "../../etc/passwd"
    ]) {
      assert.isFalse(Schema.is(TenantId)(other), other)
    }
  })

  it.effect("G-07 short numbers are eight characters that people can read out, and differ", () =>
    Effect.gen(function* () {
      const seen = new Set<string>()
      const letters = new Set<string>()
      for (let n = 0; n < 5000; n++) {
        const number = yield* nextNumber
        assert.isTrue(Schema.is(ShortNumber)(number))
        seen.add(number)
        for (const letter of number) letters.add(letter)
      }
      assert.strictEqual(seen.size, 5000)
      assert.strictEqual([...letters].sort().join(""), "0123456789ABCDEFGHJKMNPQRSTVWXYZ")
    }).pipe(Effect.provide(layer))
  )

  it.effect("F-20 a crypto port that repeats itself makes no id twice, one that fails makes none", () =>
    Effect.gen(function* () {
      const crypto = yield* Crypto
      const same = Crypto.of({ ...crypto, randomBytes: (count) => Effect.sync(() => new Uint8Array(count).fill(255)) })
      const withSame = Layer.fresh(Ids.layer).pipe(Layer.provide(Layer.succeed(Crypto, same)))
      yield* Effect.gen(function* () {
        const seen = new Set<string>()
        for (let n = 0; n < 10_000; n++) seen.add(yield* nextId(TenantId))
        assert.strictEqual(seen.size, 10_000)
      }).pipe(Effect.provide(withSame))
      const dead = Crypto.of({ ...crypto, randomBytes: () => Effect.die(new Error("no entropy")) })
      const exit = yield* Effect.exit(
        nextId(TenantId).pipe(Effect.provide(Layer.fresh(Ids.layer).pipe(Layer.provide(Layer.succeed(Crypto, dead)))))
      )
      assert.strictEqual(exit._tag, "Failure")
    }).pipe(Effect.provide(layerCryptoNode))
  )
})

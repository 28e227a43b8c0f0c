import { argon2Sync } from "node:crypto"
import { assert, describe, it } from "@effect/vitest"
import { hashRawSync } from "@node-rs/argon2"
import { Deferred, Effect, Exit, Fiber, Layer, Redacted, References } from "effect"
import * as fc from "fast-check"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import { type Argon2Options, layer } from "../../src/argon2/index.ts"
import { Crypto } from "../../src/kernel/Crypto.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { PasswordHasherContract } from "../../src/testing/contracts/PasswordHasherContract.ts"

const password = Redacted.make("k3n#Vt9!qLw2zRp")

// what damaged values and missing keys leave in the log is expected here
const silently = Effect.provideService(References.MinimumLogLevel, "None")

const withHasher = <A, E>(options: Argon2Options, use: (hasher: PasswordHasher["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(PasswordHasher, use).pipe(
    Effect.provide(layer(options).pipe(Layer.provide(layerCryptoNode))),
    silently
  )

const key = (byte: number) => Redacted.make(Buffer.alloc(32, byte).toString("base64url"))
const pepper = (current: string, ids: ReadonlyArray<string>) => ({
  current,
  keys: Object.fromEntries(ids.map((id) => [id, key(id.charCodeAt(0))]))
})

describe("contract", () => {
  for (const { name, run } of PasswordHasherContract) {
    const runWith = (options: Argon2Options) =>
      run.pipe(Effect.provide(layer(options).pipe(Layer.provide(layerCryptoNode))), silently)
    it.live(name, () => runWith({}))
    it.live(`with pepper: ${name}`, () => runWith({ pepper: pepper("a", ["a"]) }))
  }
})

describe("argon2id", () => {
  it("R-PW-10 the reference passes RFC 9106 section 5.3, and the library agrees with it on what it can compute", () => {
    const vector = {
      message: Buffer.alloc(32, 1),
      nonce: Buffer.alloc(16, 2),
      secret: Buffer.alloc(8, 3),
      parallelism: 4,
      tagLength: 32,
      memory: 32,
      passes: 3
    }
    const tag = argon2Sync("argon2id", { ...vector, associatedData: Buffer.alloc(12, 4) })
    assert.strictEqual(tag.toString("hex"), "0d640df58d78766c08c037a34a8b53c9d01ef0452d75b65eb52520e96b01e659")
    // the library takes no associated data, so the rest of the vector is compared with the reference
    const options = {
      memoryCost: 32,
      timeCost: 3,
      parallelism: 4,
      outputLen: 32,
      salt: vector.nonce,
      secret: vector.secret
    }
    assert.deepStrictEqual(hashRawSync(vector.message, options), argon2Sync("argon2id", vector))
  })

  it.live("R-PW-10 hashes of the reference implementation are verified", () =>
    withHasher({}, (hasher) =>
      Effect.gen(function* () {
        // test.c of the reference implementation: argon2id, version 19, t=2, m=2^16, p=1
        const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
        assert.isTrue(yield* hasher.verify(Redacted.make("password"), stored))
        assert.isFalse(yield* hasher.verify(Redacted.make("passwore"), stored))
      })
    )
  )

  it.live(
    "R-PW-10 AUT-02 always stores m=19456, t=2, p=1 and 16 bytes of salt beside a hash that the reference computes, too",
    () =>
      withHasher({}, (hasher) =>
        Effect.promise(() =>
          fc.assert(
            fc.asyncProperty(fc.string({ unit: "binary", maxLength: 130 }), async (text) => {
              const stored = await Effect.runPromise(hasher.hash(Redacted.make(text)))
              const [, variant, version, parameters, salt = "", tag = ""] = stored.split("$")
              assert.deepStrictEqual([variant, version, parameters], ["argon2id", "v=19", "m=19456,t=2,p=1"])
              const nonce = Buffer.from(salt, "base64")
              assert.strictEqual(nonce.length, 16)
              const expected = argon2Sync("argon2id", {
                message: Buffer.from(text.normalize("NFC"), "utf8"),
                nonce,
                parallelism: 1,
                tagLength: 32,
                memory: 19_456,
                passes: 2
              })
              assert.deepStrictEqual(Buffer.from(tag, "base64"), expected)
            }),
            { numRuns: 20 }
          )
        )
      )
  )

  it.live("R-PW-10 the salt comes from the crypto port", () =>
    Effect.gen(function* () {
      const crypto = yield* Crypto
      const fixed = Layer.succeed(Crypto, {
        ...crypto,
        randomBytes: (count) => Effect.succeed(new Uint8Array(count).fill(7))
      })
      const stored = yield* Effect.flatMap(PasswordHasher, (hasher) => hasher.hash(password)).pipe(
        Effect.provide(layer().pipe(Layer.provide(fixed)))
      )
      assert.include(stored, `$${Buffer.alloc(16, 7).toString("base64").replace(/=+$/, "")}$`)
    }).pipe(Effect.provide(layerCryptoNode))
  )

  it.live("R-PW-10 AUT-02 parameters below the floor are refused when the layer is built", () =>
    Effect.gen(function* () {
      for (const options of [
        { memory: 19_455 },
        { passes: 1 },
        { lanes: 0 },
        { parallel: 0 },
        { waiting: -1 },
        { memory: Number.NaN }
      ]) {
        const error = yield* Effect.flip(withHasher(options, () => Effect.void))
        assert.strictEqual(error._tag, "WeakParameters")
      }
    })
  )

  it.live("AUT-02 R-PW-10 what is weaker than today's parameters is stale, what is stronger is not", () =>
    withHasher({ memory: 20_000, passes: 3 }, (hasher) =>
      Effect.sync(() => {
        const [salt, tag] = ["A".repeat(22), "A".repeat(43)]
        const stale = (stored: string) => hasher.isStale(stored)
        assert.isFalse(stale(`$argon2id$v=19$m=20000,t=3,p=1$${salt}$${tag}`))
        assert.isFalse(stale(`$argon2id$v=19$m=20001,t=4,p=2$${salt}$${tag}`))
        assert.isTrue(stale(`$argon2id$v=19$m=19999,t=3,p=1$${salt}$${tag}`))
        assert.isTrue(stale(`$argon2id$v=19$m=99999,t=2,p=1$${salt}$${tag}`))
        assert.isTrue(stale(`$argon2i$v=19$m=20000,t=3,p=1$${salt}$${tag}`))
        assert.isTrue(stale(`$argon2id$v=16$m=20000,t=3,p=1$${salt}$${tag}`))
        assert.isTrue(stale(`$argon2id$v=19$m=20000,t=3,p=1$${"A".repeat(11)}$${tag}`))
        assert.isTrue(stale(`$argon2id$v=19$m=20000,t=3,p=1$${salt}$${"A".repeat(22)}`))
        assert.isTrue(stale("$2b$12$abcdefghijklmnopqrstuv"))
      })
    )
  )

  it.live("F-22 a stored value that asks for more than a machine has, or for nonsense, fits nothing", () =>
    withHasher({}, (hasher) =>
      Effect.gen(function* () {
        const [salt, tag] = ["A".repeat(22), "A".repeat(43)]
        for (const damaged of [
          `$argon2id$v=19$m=4294967295,t=2,p=1$${salt}$${tag}`,
          `$argon2id$v=19$m=19456,t=4294967295,p=1$${salt}$${tag}`,
          `$argon2id$v=19$m=19456,t=2,p=255$${salt}$${tag}`,
          `$argon2id$v=19$m=1,t=2,p=1$${salt}$${tag}`,
          `$argon2id$v=19$m=19456,t=0,p=1$${salt}$${tag}`,
          `$argon2id$v=19$m=19456,t=2,p=0$${salt}$${tag}`,
          `$argon2id$v=18$m=19456,t=2,p=1$${salt}$${tag}`,
          `$argon2id$v=19$m=19456,t=2,p=1$${"A".repeat(21)}B$${tag}`,
          `$pepper$$argon2id$v=19$m=19456,t=2,p=1$${salt}$${tag}`,
          "$argon2id$".repeat(100_000)
        ]) {
          assert.isFalse(yield* hasher.verify(password, damaged))
        }
      })
    )
  )
})

describe("pepper", () => {
  it.live("R-PW-14 the hash names its key, and without that key the right password does not fit", () =>
    Effect.gen(function* () {
      const stored = yield* withHasher({ pepper: pepper("a", ["a"]) }, (hasher) => hasher.hash(password))
      assert.match(stored, /^\$pepper\$a\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
      const bare = stored.slice("$pepper$a".length)
      assert.isFalse(yield* withHasher({}, (hasher) => hasher.verify(password, bare)))
      const otherKey = { current: "a", keys: { a: key(1) } }
      assert.isFalse(yield* withHasher({ pepper: otherKey }, (hasher) => hasher.verify(password, stored)))
    })
  )

  it.live("R-PW-14 R-SC-08 keys rotate: a hash under an old key fits and is stale, as is one without a key", () =>
    Effect.gen(function* () {
      const unkeyed = yield* withHasher({}, (hasher) => hasher.hash(password))
      const old = yield* withHasher({ pepper: pepper("a", ["a"]) }, (hasher) => hasher.hash(password))
      yield* withHasher({ pepper: pepper("b", ["a", "b"]) }, (hasher) =>
        Effect.gen(function* () {
          const fresh = yield* hasher.hash(password)
          assert.match(fresh, /^\$pepper\$b\$/)
          for (const [stored, stale] of [
            [unkeyed, true],
            [old, true],
            [fresh, false]
          ] as const) {
            assert.isTrue(yield* hasher.verify(password, stored))
            assert.isFalse(yield* hasher.verify(Redacted.make("another"), stored))
            assert.strictEqual(hasher.isStale(stored), stale)
          }
        })
      )
    })
  )

  it.live("F-25 a hash whose key is not on the ring is answered with HasherUnavailable, not as a wrong password", () =>
    Effect.gen(function* () {
      const stored = yield* withHasher({ pepper: pepper("a", ["a"]) }, (hasher) => hasher.hash(password))
      for (const options of [{}, { pepper: pepper("b", ["b"]) }]) {
        const error = yield* Effect.flip(withHasher(options, (hasher) => hasher.verify(password, stored)))
        assert.strictEqual(error._tag, "HasherUnavailable")
      }
    })
  )

  it.live("R-PW-14 a ring that lacks its current key is refused when the layer is built", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(withHasher({ pepper: pepper("b", ["a"]) }, () => Effect.void))
      assert.strictEqual(error._tag, "InvalidKeyRing")
    })
  )
})

describe("load", () => {
  it.live("R-PW-13 of more calls than may run and wait, the rest is refused at once; later calls go through", () =>
    withHasher({ parallel: 2, waiting: 3 }, (hasher) =>
      Effect.gen(function* () {
        const exits = yield* Effect.all(
          Array.from({ length: 20 }, () => Effect.exit(hasher.verify(password, hasher.dummy))),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 5)
        for (const exit of exits.filter(Exit.isFailure)) {
          assert.strictEqual((yield* Effect.flip(exit))._tag, "HasherUnavailable")
        }
        assert.isFalse(yield* hasher.verify(password, hasher.dummy))
      })
    )
  )

  it.live("R-PW-13 callers who give up make room, but what has begun keeps its place until it ends", () =>
    Effect.gen(function* () {
      const started = yield* Deferred.make<void>()
      const finish = yield* Deferred.make<void>()
      const crypto = yield* Crypto
      let calls = 0
      // the salt of the first hash comes when the test says so; the two calls before it are the dummy's
      const slow = Layer.succeed(Crypto, {
        ...crypto,
        randomBytes: (count) =>
          ++calls === 3
            ? Deferred.succeed(started, undefined).pipe(
                Effect.andThen(Deferred.await(finish)),
                Effect.andThen(crypto.randomBytes(count))
              )
            : crypto.randomBytes(count)
      })
      yield* Effect.gen(function* () {
        const hasher = yield* PasswordHasher
        const first = yield* Effect.forkChild(hasher.hash(password))
        yield* Deferred.await(started)
        const waiting = yield* Effect.forkChild(hasher.hash(password), { startImmediately: true })
        assert.strictEqual((yield* Effect.flip(hasher.hash(password)))._tag, "HasherUnavailable")

        yield* Fiber.interrupt(waiting)
        const next = yield* Effect.forkChild(hasher.hash(password), { startImmediately: true })
        const interrupting = yield* Effect.forkChild(Fiber.interrupt(first), { startImmediately: true })
        yield* Effect.sleep("20 millis")
        assert.strictEqual((yield* Effect.flip(hasher.hash(password)))._tag, "HasherUnavailable")
        assert.strictEqual(calls, 3)

        yield* Deferred.succeed(finish, undefined)
        yield* Fiber.join(interrupting)
        assert.match(yield* Fiber.join(next), /^\$argon2id\$/)
      }).pipe(Effect.provide(layer({ parallel: 1, waiting: 1 }).pipe(Layer.provide(slow))))
    }).pipe(Effect.provide(layerCryptoNode))
  )
})

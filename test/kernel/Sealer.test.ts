import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Redacted, Ref } from "effect"
import * as fc from "fast-check"
import { Crypto, fromBase64Url, toBase64Url } from "../../src/kernel/Crypto.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { type KeyRing, Sealer } from "../../src/kernel/Sealer.ts"
import { rounds } from "../support/rounds.ts"

const key = (fill: number) => Redacted.make(toBase64Url(new Uint8Array(32).fill(fill)))

const withRing = (current: string, ...names: ReadonlyArray<string>) => {
  const ring: KeyRing = { current, keys: Object.fromEntries(names.map((name) => [name, key(name.charCodeAt(0))])) }
  return Effect.provide(Sealer.layer(ring), { local: true })
}

const seal = (purpose: string, subject: string, plain: string) =>
  Effect.flatMap(Sealer, (sealer) => sealer.seal(purpose, subject, Redacted.make(plain)))
const open = (purpose: string, subject: string, sealed: string) =>
  Effect.flatMap(Sealer, (sealer) => Effect.map(sealer.open(purpose, subject, sealed), Redacted.value))

describe("Sealer", () => {
  it.effect("OUT-01 what is sealed opens again, and shows nothing of what it hides", () =>
    Effect.gen(function* () {
      const plain = "JBSWY3DPEHPK3PXP ä 👋"
      const one = yield* seal("totp", "account-1", plain)
      const two = yield* seal("totp", "account-1", plain)
      assert.notStrictEqual(one, two)
      assert.match(one, /^a\.[A-Za-z0-9_-]+$/)
      assert.strictEqual(yield* open("totp", "account-1", one), plain)
      assert.strictEqual(yield* open("totp", "account-1", two), plain)
      const bytes = Buffer.from(one.slice(2), "base64url").toString("latin1")
      assert.notInclude(bytes, "JBSWY3DP")
    }).pipe(withRing("a", "a"), Effect.provide(layerCryptoNode))
  )

  it.effect("R-TK-12 a sealed value opens for its purpose and its subject only", () =>
    Effect.gen(function* () {
      const purposes = ["totp", "mail.secret", "totp\nx", ""]
      const subjects = ["1", "2", "1\n2", ""]
      for (const purpose of purposes) {
        for (const subject of subjects) {
          const sealed = yield* seal(purpose, subject, "plain")
          for (const otherPurpose of purposes) {
            for (const otherSubject of subjects) {
              const exit = yield* Effect.exit(open(otherPurpose, otherSubject, sealed))
              assert.strictEqual(
                Exit.isSuccess(exit),
                purpose === otherPurpose && subject === otherSubject,
                JSON.stringify([purpose, subject, otherPurpose, otherSubject])
              )
            }
          }
        }
      }
    }).pipe(withRing("a", "a"), Effect.provide(layerCryptoNode))
  )

  it.effect("R-TK-12 purposes have keys of their own", () =>
    Effect.gen(function* () {
      const crypto = yield* Crypto
      const used = yield* Ref.make<ReadonlyArray<string>>([])
      const watching = Crypto.of({
        ...crypto,
        encrypt: (bytes, plain, associated) =>
          Effect.andThen(
            Ref.update(used, (keys) => [...keys, toBase64Url(bytes)]),
            crypto.encrypt(bytes, plain, associated)
          ),
        hmacSha256: (bytes, data) =>
          Effect.andThen(
            Ref.update(used, (keys) => [...keys, toBase64Url(bytes)]),
            crypto.hmacSha256(bytes, data)
          )
      })
      yield* Effect.gen(function* () {
        const sealer = yield* Sealer
        yield* sealer.seal("one", "s", Redacted.make("x"))
        yield* sealer.seal("two", "s", Redacted.make("x"))
        yield* sealer.mac("one", "x")
        yield* sealer.mac("two", "x")
        yield* sealer.mac("two", "x", "b")
      }).pipe(withRing("a", "a", "b"), Effect.provideService(Crypto, watching))
      const keys = yield* Ref.get(used)
      assert.strictEqual(new Set([...keys, Redacted.value(key("a".charCodeAt(0)))]).size, 6)
    }).pipe(Effect.provide(layerCryptoNode))
  )

  it.effect(
    "R-SC-08 F-25 after a rotation old values open, new ones get the new key, and without the old key they say so",
    () =>
      Effect.gen(function* () {
        const before = yield* seal("p", "s", "plain").pipe(withRing("a", "a"))
        const mac = yield* Effect.flatMap(Sealer, (sealer) => sealer.mac("p", "data")).pipe(withRing("a", "a"))
        yield* Effect.gen(function* () {
          const sealer = yield* Sealer
          assert.strictEqual(yield* open("p", "s", before), "plain")
          assert.isTrue(sealer.isStale(before))
          const after = yield* seal("p", "s", "plain")
          assert.isTrue(after.startsWith("b."))
          assert.isFalse(sealer.isStale(after))
          assert.deepStrictEqual(yield* sealer.mac("p", "data", "a"), mac)
          const now = yield* sealer.mac("p", "data")
          assert.strictEqual(now.keyId, "b")
          assert.notStrictEqual(now.mac, mac.mac)
        }).pipe(withRing("b", "b", "a"))
        yield* Effect.gen(function* () {
          const sealer = yield* Sealer
          assert.strictEqual((yield* Effect.flip(open("p", "s", before))).reason, "unknown-key")
          assert.strictEqual((yield* Effect.flip(sealer.mac("p", "data", "a"))).reason, "unknown-key")
        }).pipe(withRing("b", "b"))
        // another key of the same name is not the same key
        const other = yield* Effect.flip(
          open("p", "s", before).pipe(
            Effect.provide(Sealer.layer({ current: "a", keys: { a: key(200) } }), { local: true })
          )
        )
        assert.deepInclude(other, { _tag: "Unsealable", reason: "not-authentic" })
      }).pipe(Effect.provide(layerCryptoNode))
  )

  it.effect("F-22 F-24 any change of a sealed value, and any other text, is refused and never dies", () =>
    Effect.gen(function* () {
      const sealed = yield* seal("p", "s", "plain")
      const bytes = fromBase64Url(sealed.slice(2)) ?? new Uint8Array()
      const context = yield* Effect.context<Sealer>()
      const changed = fc.oneof(
        fc.string({ unit: "binary" }),
        fc.string().map((text) => `a.${text}`),
        fc.uint8Array({ maxLength: 60 }).map((other) => `a.${toBase64Url(other)}`),
        fc.nat(bytes.length - 1).map((length) => `a.${toBase64Url(bytes.slice(0, length))}`),
        fc.tuple(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, by]) => {
          const other = bytes.slice()
          other[at] = (other[at] ?? 0) ^ by
          return `a.${toBase64Url(other)}`
        }),
        fc.constantFrom(
          `b${sealed.slice(1)}`,
          `${sealed}=`,
          `${sealed} `,
          sealed.slice(1),
          "",
          ".",
          "a.",
          `__proto__.x`
        )
      )
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(changed, async (text) => {
            fc.pre(text !== sealed)
            const error = await Effect.runPromiseWith(context)(Effect.flip(open("p", "s", text)))
            assert.strictEqual(error._tag, "Unsealable")
          }),
          { numRuns: rounds(500, 20_000) }
        )
      )
    }).pipe(withRing("a", "a"), Effect.provide(layerCryptoNode))
  )

  it.effect("F-25 a ring that lacks its current key, or has a bad one, is refused when the layer is built", () =>
    Effect.gen(function* () {
      const rings: ReadonlyArray<readonly [KeyRing, string]> = [
        [{ current: "b", keys: { a: key(1) } }, "b"],
        [{ current: "a", keys: {} }, "a"],
        [{ current: "a", keys: { a: Redacted.make("short") } }, "a"],
        [{ current: "a", keys: { a: Redacted.make(`${Redacted.value(key(1))}=`) } }, "a"],
        [{ current: "a", keys: { a: key(1), "b.c": key(2) } }, "b.c"],
        [{ current: "a", keys: { a: key(1), "": key(2) } }, ""],
        [{ current: "toString", keys: { a: key(1) } }, "toString"]
      ]
      for (const [ring, keyId] of rings) {
        const error = yield* Effect.flip(
          Effect.asVoid(Sealer).pipe(Effect.provide(Sealer.layer(ring), { local: true }))
        )
        assert.strictEqual(error.keyId, keyId)
        for (const secret of Object.values(ring.keys)) assert.notInclude(String(error), Redacted.value(secret))
      }
    }).pipe(Effect.provide(layerCryptoNode))
  )
})

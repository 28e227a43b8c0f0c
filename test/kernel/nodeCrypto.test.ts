import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { Crypto, fromBase64Url, toBase64Url, toHex, utf8 } from "../../src/kernel/Crypto.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"

const bytes = (hex: string) => new Uint8Array(Buffer.from(hex, "hex"))
const withCrypto = <A, E>(use: (crypto: Crypto["Service"]) => Effect.Effect<A, E>) =>
  Effect.flatMap(Crypto, use).pipe(Effect.provide(layerCryptoNode))

describe("the crypto port on node:crypto", () => {
  it.effect("digests as FIPS 180-4 says", () =>
    withCrypto((crypto) =>
      Effect.gen(function* () {
        const abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        assert.strictEqual(toHex(yield* crypto.sha256("abc")), abc)
        assert.strictEqual(toHex(yield* crypto.sha256(utf8("abc"))), abc)
        assert.strictEqual(toHex(yield* crypto.sha256("ä")), toHex(yield* crypto.sha256(bytes("c3a4"))))
      })
    )
  )

  it.effect("makes keyed digests as RFC 4231 says", () =>
    withCrypto((crypto) =>
      Effect.gen(function* () {
        assert.strictEqual(
          toHex(yield* crypto.hmacSha256(utf8("Jefe"), "what do ya want for nothing?")),
          "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        )
        assert.strictEqual(
          toHex(yield* crypto.hmacSha256(bytes("0b".repeat(20)), "Hi There")),
          "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        )
      })
    )
  )

  it.effect("derives keys as RFC 5869 says (its test case 3: no salt, no info)", () =>
    withCrypto((crypto) =>
      Effect.gen(function* () {
        assert.strictEqual(
          toHex(yield* crypto.deriveKey(bytes("0b".repeat(22)), "")),
          "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d"
        )
        assert.notStrictEqual(
          toHex(yield* crypto.deriveKey(bytes("0b".repeat(22)), "one")),
          toHex(yield* crypto.deriveKey(bytes("0b".repeat(22)), "two"))
        )
      })
    )
  )

  it.effect(
    "R-TK-12 encrypts with a new nonce each time, and opens what it made with the same key and associated data",
    () =>
      withCrypto((crypto) =>
        Effect.gen(function* () {
          const key = yield* crypto.randomBytes(32)
          const plain = utf8("plain")
          const one = yield* crypto.encrypt(key, plain, "purpose")
          const two = yield* crypto.encrypt(key, plain, "purpose")
          assert.strictEqual(one.length, 12 + plain.length + 16)
          assert.notStrictEqual(toHex(one.slice(0, 12)), toHex(two.slice(0, 12)))
          assert.deepStrictEqual(yield* crypto.decrypt(key, one, "purpose"), plain)
          assert.isUndefined(yield* crypto.decrypt(key, one, "other"))
          assert.isUndefined(yield* crypto.decrypt(yield* crypto.randomBytes(32), one, "purpose"))
          for (const length of [0, 11, 12, 27, 28, one.length - 1]) {
            assert.isUndefined(yield* crypto.decrypt(key, one.slice(0, length), "purpose"))
          }
        })
      )
  )

  it.effect("R-TK-11 compares bytes of any lengths", () =>
    withCrypto((crypto) =>
      Effect.sync(() => {
        assert.isTrue(crypto.equal(bytes("0102"), bytes("0102")))
        assert.isTrue(crypto.equal(bytes(""), bytes("")))
        for (const other of ["0103", "01", "010203", ""]) assert.isFalse(crypto.equal(bytes("0102"), bytes(other)))
      })
    )
  )

  it.effect("F-20 random bytes are as many as asked for, and others each time", () =>
    withCrypto((crypto) =>
      Effect.gen(function* () {
        const seen = new Set<string>()
        for (let n = 0; n < 500; n++) seen.add(toHex(yield* crypto.randomBytes(16)))
        assert.strictEqual(seen.size, 500)
        for (const count of [0, 1, 5, 32]) assert.strictEqual((yield* crypto.randomBytes(count)).length, count)
      })
    )
  )
})

describe("base64url", () => {
  it("RFC 4648 every value has one text, and no other text is read", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (value) => {
        const text = toBase64Url(value)
        assert.match(text, /^[A-Za-z0-9_-]*$/)
        assert.deepStrictEqual(fromBase64Url(text), value)
      })
    )
    for (const other of ["a", "ab=", "ab==", "a+b/", "ab c", "YR", "\u0000", "äöü"]) {
      assert.isUndefined(fromBase64Url(other), other)
    }
  })
})

import { strict as assert } from "node:assert"
import { Effect, Redacted } from "effect"
import { PasswordHasher } from "../../accounts/PasswordHasher.ts"
import type { Suite } from "../Contract.ts"

const PASSWORD = "Zwölf graue Boote "

/** What every hasher keeps. */
export const PasswordHasherContract: Suite<PasswordHasher> = [
  {
    name: "AUT-02 a hash fits its password, is not stale, and holds nothing of it",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const stored = yield* hasher.hash(Redacted.make(PASSWORD))
      assert.equal(yield* hasher.verify(Redacted.make(PASSWORD), stored), true)
      assert.equal(hasher.isStale(stored), false)
      assert.ok(!stored.includes("Boote"))
    })
  },
  {
    name: "AUT-02 two hashes of one password differ",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const [first, second] = [yield* hasher.hash(Redacted.make(PASSWORD)), yield* hasher.hash(Redacted.make(PASSWORD))]
      assert.notEqual(first, second)
    })
  },
  {
    name: "R-PW-07 composed and decomposed letters are the same password; case, spaces at the ends and compatibility forms are not",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const stored = yield* hasher.hash(Redacted.make(`ﬁn ${PASSWORD}`.normalize("NFD")))
      assert.equal(yield* hasher.verify(Redacted.make(`ﬁn ${PASSWORD}`.normalize("NFC")), stored), true)
      for (const other of [
        `ﬁn ${PASSWORD}`.trim(),
        ` ﬁn ${PASSWORD}`,
        `ﬁn ${PASSWORD}`.toLowerCase(),
        `ﬁn ${PASSWORD}`.normalize("NFKC"),
        ""
      ]) {
        assert.equal(yield* hasher.verify(Redacted.make(other), stored), false)
      }
    })
  },
  {
    name: "AUT-02 R-PW-02 the last of 128 characters counts",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const start = "ß🦊".repeat(63)
      const stored = yield* hasher.hash(Redacted.make(`${start}x1`))
      assert.equal(yield* hasher.verify(Redacted.make(`${start}x1`), stored), true)
      assert.equal(yield* hasher.verify(Redacted.make(`${start}x2`), stored), false)
    })
  },
  {
    name: "R-PW-11 a stored hash is no password of its account",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const stored = yield* hasher.hash(Redacted.make(PASSWORD))
      assert.equal(yield* hasher.verify(Redacted.make(stored), stored), false)
      assert.equal(yield* hasher.verify(Redacted.make(hasher.dummy), hasher.dummy), false)
      assert.equal(yield* hasher.verify(Redacted.make(PASSWORD), PASSWORD), false)
    })
  },
  {
    name: "R-EN-02 the dummy has today's parameters and fits no password",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      assert.equal(hasher.isStale(hasher.dummy), false)
      for (const password of ["", PASSWORD, hasher.dummy]) {
        assert.equal(yield* hasher.verify(Redacted.make(password), hasher.dummy), false)
      }
    })
  },
  {
    name: "F-22 a stored value that is none fits nothing and is stale",
    run: Effect.gen(function* () {
      const hasher = yield* PasswordHasher
      const stored = yield* hasher.hash(Redacted.make(PASSWORD))
      for (const damaged of [
        "",
        "x",
        stored.slice(1),
        stored.slice(0, 12),
        `${stored.slice(0, 5)}!${stored.slice(6)}`
      ]) {
        assert.equal(yield* hasher.verify(Redacted.make(PASSWORD), damaged), false)
        assert.equal(hasher.isStale(damaged), true)
      }
    })
  }
]

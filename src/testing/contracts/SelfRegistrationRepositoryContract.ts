import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import type { SelfRegistration } from "../../joining/SelfRegistration.ts"
import { SelfRegistrationRepository } from "../../joining/SelfRegistrationRepository.ts"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { SelfRegistrationId } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"

const idOf = (n: number) =>
  Schema.decodeSync(SelfRegistrationId)(`01890000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`)
const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const attempt = (n: number, over: Partial<SelfRegistration> = {}): SelfRegistration => ({
  id: idOf(n),
  email: Schema.decodeSync(EmailAddress)("ada@example.com"),
  customerNumber: "K-4711",
  postalCode: "1010",
  country: "AT",
  firstName: "Ada",
  lastName: "Lovelace",
  locale: "de",
  consents: [],
  createdAt: at(n),
  ...over
})

/** What every `SelfRegistrationRepository` keeps. */
export const SelfRegistrationRepositoryContract: Suite<SelfRegistrationRepository | UnitOfWork> = [
  {
    name: "an attempt is found as it was inserted; an id that is taken is a duplicate, an address may have several",
    run: Effect.gen(function* () {
      const attempts = yield* SelfRegistrationRepository
      const plain = attempt(1)
      const full = attempt(2, {
        customerNumber: "007 / A_b.1",
        firstName: "Zoë",
        lastName: "O'Neill-Müller",
        locale: "en",
        consents: [
          { kind: "privacy", version: "1", textHash: "ab".repeat(32), locale: "en", at: at(1) },
          { kind: "marketing", version: "7", textHash: "cd".repeat(32), locale: "en", at: at(2) }
        ]
      })
      yield* attempts.insert(plain)
      yield* attempts.insert(full)
      assert.deepEqual(yield* attempts.find(plain.id), Option.some(plain))
      assert.deepEqual(yield* attempts.find(full.id), Option.some(full))
      assert.deepEqual(yield* attempts.find(idOf(3)), Option.none())
      assert.equal((yield* Effect.flip(attempts.insert(attempt(1, { lastName: "Byron" })))).reason, "duplicate")
    })
  },
  {
    name: "what is removed is gone, and cannot be removed again; a unit that fails leaves it there",
    run: Effect.gen(function* () {
      const attempts = yield* SelfRegistrationRepository
      const unit = yield* UnitOfWork
      yield* attempts.insert(attempt(1))
      yield* attempts.insert(attempt(2))
      yield* Effect.exit(unit.run(Effect.andThen(attempts.remove(idOf(1)), Effect.fail("refused"))))
      assert.equal(Option.isSome(yield* attempts.find(idOf(1))), true)
      yield* attempts.remove(idOf(1))
      assert.deepEqual(yield* attempts.find(idOf(1)), Option.none())
      assert.equal((yield* Effect.flip(attempts.remove(idOf(1)))).reason, "conflict")
      assert.equal(Option.isSome(yield* attempts.find(idOf(2))), true)
    })
  },
  {
    name: "of units in parallel that take an attempt, one goes through",
    run: Effect.gen(function* () {
      const attempts = yield* SelfRegistrationRepository
      const unit = yield* UnitOfWork
      for (let round = 1; round <= 10; round++) {
        yield* attempts.insert(attempt(round))
        const exits = yield* Effect.all(
          Array.from({ length: 8 }, () => Effect.exit(unit.run(attempts.remove(idOf(round))))),
          { concurrency: "unbounded" }
        )
        assert.equal(exits.filter(Exit.isSuccess).length, 1)
      }
    })
  },
  {
    name: "the purge deletes what was made before, oldest first, at most as many as told",
    run: Effect.gen(function* () {
      const attempts = yield* SelfRegistrationRepository
      for (const n of [4, 1, 3, 2]) yield* attempts.insert(attempt(n))
      const left = Effect.map(
        Effect.forEach([1, 2, 3, 4], (n) => attempts.find(idOf(n))),
        (found) => found.flatMap((one) => Option.toArray(one)).map(({ id }) => id)
      )
      assert.equal(yield* attempts.purge(at(1), 10), 0)
      assert.equal(yield* attempts.purge(at(4), 2), 2)
      assert.deepEqual(yield* left, [idOf(3), idOf(4)])
      assert.equal(yield* attempts.purge(at(4), 2), 1)
      assert.deepEqual(yield* left, [idOf(4)])
    })
  }
]

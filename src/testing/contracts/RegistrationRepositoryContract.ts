import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import type { Registration } from "../../accounts/Registration.ts"
import { RegistrationRepository } from "../../accounts/RegistrationRepository.ts"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { RegistrationId } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"

const ada = Schema.decodeSync(EmailAddress)("ada@example.com")
const bob = Schema.decodeSync(EmailAddress)("bob@example.com")
const idOf = (n: number) =>
  Schema.decodeSync(RegistrationId)(`01890000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`)
const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const registration = (n: number, over: Partial<Registration> = {}): Registration => ({
  id: idOf(n),
  email: ada,
  firstName: "Ada",
  lastName: "Lovelace",
  locale: "de",
  companyName: null,
  consents: [],
  passwordHash: null,
  factor: null,
  addressTaken: false,
  createdAt: at(n),
  ...over
})

const idsOf = (registrations: ReadonlyArray<Registration>) => registrations.map(({ id }) => id)

/** What every `RegistrationRepository` keeps. */
export const RegistrationRepositoryContract: Suite<RegistrationRepository | UnitOfWork> = [
  {
    name: "an attempt is found as it was inserted, with and without what is optional",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      const plain = registration(1)
      const full = registration(2, {
        email: bob,
        firstName: "Zoë",
        lastName: "O'Neill-Müller",
        locale: "en",
        companyName: "Analytical Engines",
        consents: [
          { kind: "privacy", version: "1", textHash: "ab".repeat(32), locale: "en", at: at(1) },
          { kind: "marketing", version: "7", textHash: "cd".repeat(32), locale: "en", at: at(2) }
        ],
        passwordHash: "$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA",
        factor: { sealedSecret: "k1.sealed", step: 58_000_000 },
        addressTaken: true
      })
      yield* registrations.insert(plain)
      yield* registrations.insert(full)
      assert.deepEqual(yield* registrations.find(plain.id), Option.some(plain))
      assert.deepEqual(yield* registrations.find(full.id), Option.some(full))
      assert.deepEqual(yield* registrations.find(idOf(3)), Option.none())
    })
  },
  {
    name: "an id that is taken is a duplicate; an address may have several attempts",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      yield* registrations.insert(registration(1))
      yield* registrations.insert(registration(2))
      assert.equal((yield* Effect.flip(registrations.insert(registration(1, { email: bob })))).reason, "duplicate")
    })
  },
  {
    name: "the attempts of an address are answered oldest first, those of another address are not",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      const unit = yield* UnitOfWork
      const mine = [
        registration(5, { createdAt: at(1) }),
        registration(3, { createdAt: at(2) }),
        registration(4, { createdAt: at(2), addressTaken: true })
      ]
      yield* registrations.insert(registration(1, { email: bob }))
      for (const one of [...mine].reverse()) yield* registrations.insert(one)
      assert.deepEqual(yield* unit.run(registrations.ofEmailForUpdate(ada)), mine)
      assert.deepEqual(idsOf(yield* unit.run(registrations.ofEmailForUpdate(bob))), [idOf(1)])
    })
  },
  {
    name: "the newest attempt is that of this address, not too old, and made while the address had no account",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      const unit = yield* UnitOfWork
      const newest = (notBefore: number) =>
        Effect.map(
          unit.run(registrations.newestForUpdate(ada, at(notBefore))),
          Option.map(({ id }) => id)
        )
      assert.deepEqual(yield* newest(0), Option.none())
      yield* registrations.insert(registration(1))
      yield* registrations.insert(registration(3, { createdAt: at(2) }))
      yield* registrations.insert(registration(2))
      yield* registrations.insert(registration(4, { addressTaken: true }))
      yield* registrations.insert(registration(5, { email: bob }))
      assert.deepEqual(yield* newest(0), Option.some(idOf(3)))
      assert.deepEqual(yield* newest(2), Option.some(idOf(3)))
      assert.deepEqual(yield* newest(3), Option.none())
    })
  },
  {
    name: "REG-02 removing takes every attempt of the address, and none of another one",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      yield* registrations.insert(registration(1))
      yield* registrations.insert(registration(2, { addressTaken: true }))
      yield* registrations.insert(registration(3, { email: bob }))
      assert.equal(yield* registrations.removeOfEmail(ada), 2)
      assert.deepEqual(yield* registrations.find(idOf(1)), Option.none())
      assert.deepEqual(yield* registrations.find(idOf(2)), Option.none())
      assert.deepEqual(yield* registrations.find(idOf(3)), Option.some(registration(3, { email: bob })))
      assert.equal(yield* registrations.removeOfEmail(ada), 0)
    })
  },
  {
    name: "a unit that fails leaves the attempts as they were",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      const unit = yield* UnitOfWork
      yield* registrations.insert(registration(1))
      const failing = Effect.gen(function* () {
        yield* registrations.removeOfEmail(ada)
        yield* registrations.insert(registration(2))
        return yield* Effect.fail("refused")
      })
      yield* Effect.exit(unit.run(failing))
      assert.deepEqual(idsOf(yield* unit.run(registrations.ofEmailForUpdate(ada))), [idOf(1)])
    })
  },
  {
    name: "REG-02 of units in parallel that take the attempts of an address, one finds them",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      const unit = yield* UnitOfWork
      for (let round = 0; round < 10; round++) {
        for (let n = 1; n <= 3; n++) yield* registrations.insert(registration(round * 10 + n))
        const take = Effect.gen(function* () {
          const found = yield* registrations.ofEmailForUpdate(ada)
          if (found.length === 0) return yield* Effect.fail("gone")
          return yield* registrations.removeOfEmail(ada)
        })
        const exits = yield* Effect.all(
          Array.from({ length: 8 }, () => Effect.exit(unit.run(take))),
          { concurrency: "unbounded" }
        )
        assert.deepEqual(
          exits.filter(Exit.isSuccess).map(({ value }) => value),
          [3]
        )
      }
    })
  },
  {
    name: "the purge deletes what was made before, oldest first, at most as many as told",
    run: Effect.gen(function* () {
      const registrations = yield* RegistrationRepository
      const unit = yield* UnitOfWork
      for (const n of [4, 1, 3, 2]) yield* registrations.insert(registration(n, n === 2 ? { email: bob } : {}))
      assert.equal(yield* registrations.purge(at(1), 10), 0)
      assert.equal(yield* registrations.purge(at(4), 2), 2)
      assert.deepEqual(idsOf(yield* unit.run(registrations.ofEmailForUpdate(ada))), [idOf(3), idOf(4)])
      assert.deepEqual(yield* registrations.find(idOf(2)), Option.none())
      assert.equal(yield* registrations.purge(at(4), 2), 1)
      assert.equal(yield* registrations.purge(at(4), 2), 0)
      assert.deepEqual(idsOf(yield* unit.run(registrations.ofEmailForUpdate(ada))), [idOf(4)])
    })
  }
]

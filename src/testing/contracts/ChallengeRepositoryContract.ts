import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import type { Challenge } from "../../accounts/Challenge.ts"
import { ChallengeRepository } from "../../accounts/ChallengeRepository.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { challenge, challengeId, tokenHash } from "../accountSamples.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, at } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const full: Challenge = challenge(1, {
  accountId: accountId(2),
  credentialEpoch: 4,
  method: "registration",
  staySignedIn: true,
  device: "Firefox on Linux",
  createdAt: at(2),
  expiresAt: at(3),
  attempts: 4
})

const given = Effect.fnUntraced(function* (...numbers: ReadonlyArray<number>) {
  const [accounts, challenges] = [yield* AccountRepository, yield* ChallengeRepository]
  yield* accounts.insert(account(1), null)
  yield* accounts.insert(account(2), null)
  for (const number of numbers) yield* challenges.insert(challenge(number), tokenHash(number))
  return challenges
})

const FIBERS = 20

/** What every `ChallengeRepository` keeps. */
export const ChallengeRepositoryContract: Suite<ChallengeRepository | AccountRepository | UnitOfWork> = [
  {
    name: "R-TO-12 a challenge is found by the hash of its token, as it was inserted, and no other",
    run: Effect.gen(function* () {
      const challenges = yield* given(2)
      yield* challenges.insert(full, tokenHash(1))
      assert.deepEqual(yield* challenges.find(tokenHash(1)), Option.some(full))
      assert.deepEqual(yield* challenges.find(tokenHash(2)), Option.some(challenge(2)))
      assert.deepEqual(yield* challenges.find(tokenHash(3)), Option.none())
      assert.equal(yield* reason(challenges.insert(challenge(1), tokenHash(4))), "duplicate")
      assert.equal(yield* reason(challenges.insert(challenge(4), tokenHash(1))), "duplicate")
    })
  },
  {
    name: "TFA-04 attempts are counted up to the limit and up to the expiry, for each challenge by itself",
    run: Effect.gen(function* () {
      const challenges = yield* given(1, 2)
      assert.equal(yield* challenges.attempt(challengeId(1), 2, at(1000)), true)
      assert.equal(yield* challenges.attempt(challengeId(1), 2, at(1001)), false)
      assert.equal(yield* challenges.attempt(challengeId(1), 2, at(1000)), true)
      assert.equal(yield* challenges.attempt(challengeId(1), 2, at(0)), false)
      assert.equal(yield* challenges.attempt(challengeId(3), 2, at(0)), false)
      assert.deepEqual(yield* challenges.find(tokenHash(1)), Option.some(challenge(1, { attempts: 2 })))
      assert.deepEqual(yield* challenges.find(tokenHash(2)), Option.some(challenge(2)))
    })
  },
  {
    name: "V-15 of parallel attempts no more pass than the limit says",
    run: Effect.gen(function* () {
      const challenges = yield* given(1)
      const passed = yield* Effect.all(
        Array.from({ length: FIBERS }, () => challenges.attempt(challengeId(1), 5, at(0))),
        { concurrency: "unbounded" }
      )
      assert.equal(passed.filter((one) => one).length, 5)
    })
  },
  {
    name: "V-08 of parallel completions one goes on, and nothing is left of the challenge",
    run: Effect.gen(function* () {
      const challenges = yield* given(1, 2)
      const unit = yield* UnitOfWork
      const passed = yield* Effect.all(
        Array.from({ length: FIBERS }, () => unit.run(challenges.complete(challengeId(1)))),
        { concurrency: "unbounded" }
      )
      assert.equal(passed.filter((one) => one).length, 1)
      assert.deepEqual(yield* challenges.find(tokenHash(1)), Option.none())
      assert.equal(yield* challenges.attempt(challengeId(1), 5, at(0)), false)
      assert.deepEqual(yield* challenges.find(tokenHash(2)), Option.some(challenge(2)))
    })
  },
  {
    name: "R-TK-14 expired challenges are deleted, so many at a time",
    run: Effect.gen(function* () {
      const challenges = yield* given(1, 2, 3, 4)
      assert.equal(yield* challenges.purge(at(1000), 10), 0)
      assert.equal(yield* challenges.purge(at(1003), 2), 2)
      assert.equal(yield* challenges.purge(at(1003), 2), 1)
      assert.equal(yield* challenges.purge(at(1003), 2), 0)
      assert.deepEqual(yield* challenges.find(tokenHash(3)), Option.none())
      assert.deepEqual(yield* challenges.find(tokenHash(4)), Option.some(challenge(4)))
    })
  }
]

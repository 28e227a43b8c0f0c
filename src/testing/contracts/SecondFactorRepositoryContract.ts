import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import {
  type ConfirmedFactor,
  type FactorFacts,
  type PendingFactor,
  SecondFactorRepository
} from "../../accounts/SecondFactorRepository.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, at } from "../tenantSamples.ts"

const [ada, bob] = [accountId(1), accountId(2)]

const given = Effect.gen(function* () {
  const accounts = yield* AccountRepository
  yield* accounts.insert(account(1), null)
  yield* accounts.insert(account(2), null)
  return yield* SecondFactorRepository
})

const none: FactorFacts = { confirmed: null, pending: null, recoveryCodes: 0 }
const pending = (secret: string): PendingFactor => ({ sealedSecret: secret, credentialEpoch: 3, createdAt: at(1) })
const confirmed = (secret: string, lastStep: number): ConfirmedFactor => ({
  sealedSecret: secret,
  lastStep,
  confirmedAt: at(2)
})

const FIBERS = 20

/** What every `SecondFactorRepository` keeps. */
export const SecondFactorRepositoryContract: Suite<SecondFactorRepository | AccountRepository | UnitOfWork> = [
  {
    name: "TFA-01 a pending factor is replaced by the next one, and is no confirmed one",
    run: Effect.gen(function* () {
      const factors = yield* given
      assert.deepEqual(yield* factors.find(ada), none)
      yield* factors.savePending(ada, pending("k.one"))
      yield* factors.savePending(ada, pending("k.two"))
      assert.deepEqual(yield* factors.find(ada), { ...none, pending: pending("k.two") })
      assert.deepEqual(yield* factors.find(bob), none)
    })
  },
  {
    name: "R-TO-08 a pending factor leaves the confirmed one as it is; confirming replaces that, and ends the waiting",
    run: Effect.gen(function* () {
      const factors = yield* given
      yield* factors.confirm(ada, confirmed("k.one", 56_666_666_666))
      yield* factors.savePending(ada, pending("k.two"))
      assert.deepEqual(yield* factors.find(ada), {
        confirmed: confirmed("k.one", 56_666_666_666),
        pending: pending("k.two"),
        recoveryCodes: 0
      })
      yield* factors.confirm(ada, confirmed("k.two", 5))
      assert.deepEqual(yield* factors.find(ada), { ...none, confirmed: confirmed("k.two", 5) })
      assert.deepEqual(yield* factors.find(bob), none)
    })
  },
  {
    name: "V-13 accepted steps only grow, for each account by itself",
    run: Effect.gen(function* () {
      const factors = yield* given
      assert.equal(yield* factors.acceptStep(ada, 11), false)
      yield* factors.savePending(ada, pending("k.one"))
      assert.equal(yield* factors.acceptStep(ada, 11), false)
      yield* factors.confirm(ada, confirmed("k.one", 10))
      yield* factors.confirm(bob, confirmed("k.two", 10))
      assert.equal(yield* factors.acceptStep(ada, 10), false)
      assert.equal(yield* factors.acceptStep(ada, 12), true)
      assert.equal(yield* factors.acceptStep(ada, 12), false)
      assert.equal(yield* factors.acceptStep(ada, 11), false)
      assert.equal((yield* factors.find(ada)).confirmed?.lastStep, 12)
      assert.equal((yield* factors.find(bob)).confirmed?.lastStep, 10)
    })
  },
  {
    name: "R-TO-06 of parallel uses of one step one is accepted",
    run: Effect.gen(function* () {
      const factors = yield* given
      const unit = yield* UnitOfWork
      yield* factors.confirm(ada, confirmed("k.one", 10))
      const accepted = yield* Effect.all(
        Array.from({ length: FIBERS }, () => unit.run(factors.acceptStep(ada, 11))),
        { concurrency: "unbounded" }
      )
      assert.equal(accepted.filter((one) => one).length, 1)
    })
  },
  {
    name: "TFA-03 a recovery code works once, and a new one is there in its place",
    run: Effect.gen(function* () {
      const factors = yield* given
      for (const id of [ada, bob]) {
        yield* factors.confirm(id, confirmed("k.one", 1))
        yield* factors.replaceRecoveryCodes(id, ["a", "b"])
      }
      assert.equal(yield* factors.exchangeRecoveryCode(ada, "x", "c"), false)
      assert.equal(yield* factors.exchangeRecoveryCode(ada, "a", "c"), true)
      assert.equal(yield* factors.exchangeRecoveryCode(ada, "a", "d"), false)
      assert.equal((yield* factors.find(ada)).recoveryCodes, 2)
      assert.equal(yield* factors.exchangeRecoveryCode(ada, "c", "e"), true)
      assert.equal(yield* factors.exchangeRecoveryCode(bob, "a", "f"), true)
    })
  },
  {
    name: "V-14 of parallel uses of one recovery code one is accepted",
    run: Effect.gen(function* () {
      const factors = yield* given
      const unit = yield* UnitOfWork
      yield* factors.confirm(ada, confirmed("k.one", 1))
      yield* factors.replaceRecoveryCodes(ada, ["a"])
      const accepted = yield* Effect.all(
        Array.from({ length: FIBERS }, (_, i) => unit.run(factors.exchangeRecoveryCode(ada, "a", `n${i}`))),
        { concurrency: "unbounded" }
      )
      assert.equal(accepted.filter((one) => one).length, 1)
      assert.equal((yield* factors.find(ada)).recoveryCodes, 1)
    })
  },
  {
    name: "V-14 a new set of codes kills all older ones, and nobody else's",
    run: Effect.gen(function* () {
      const factors = yield* given
      for (const id of [ada, bob]) {
        yield* factors.confirm(id, confirmed("k.one", 1))
        yield* factors.replaceRecoveryCodes(id, ["a", "b"])
      }
      yield* factors.replaceRecoveryCodes(ada, ["c", "d", "e"])
      assert.equal((yield* factors.find(ada)).recoveryCodes, 3)
      assert.equal(yield* factors.exchangeRecoveryCode(ada, "a", "x"), false)
      assert.equal(yield* factors.exchangeRecoveryCode(bob, "a", "x"), true)
    })
  },
  {
    name: "TFA-03 removing a factor leaves neither it nor a code of it",
    run: Effect.gen(function* () {
      const factors = yield* given
      for (const id of [ada, bob]) {
        yield* factors.confirm(id, confirmed("k.one", 1))
        yield* factors.replaceRecoveryCodes(id, ["a", "b"])
      }
      yield* factors.remove(ada)
      assert.deepEqual(yield* factors.find(ada), none)
      assert.equal(yield* factors.exchangeRecoveryCode(ada, "a", "x"), false)
      yield* factors.confirm(ada, confirmed("k.two", 1))
      assert.equal((yield* factors.find(ada)).recoveryCodes, 0)
      assert.equal((yield* factors.find(bob)).recoveryCodes, 2)
    })
  },
  {
    name: "TFA-01 an account's credentials tell of its own confirmed factor, and of nobody else's",
    run: Effect.gen(function* () {
      const factors = yield* given
      const accounts = yield* AccountRepository
      const uow = yield* UnitOfWork
      const tells = Effect.fnUntraced(function* (number: number) {
        const found = [
          yield* accounts.findByEmail(account(number).email),
          yield* uow.run(accounts.credentialsForUpdate(accountId(number)))
        ]
        return found.map((one) => Option.getOrThrow(one).secondFactor)
      })
      yield* factors.savePending(ada, pending("k.one"))
      yield* factors.confirm(bob, confirmed("k.two", 5))
      assert.deepEqual(yield* tells(1), [false, false])
      assert.deepEqual(yield* tells(2), [true, true])
    })
  }
]

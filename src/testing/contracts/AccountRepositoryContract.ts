import { strict as assert } from "node:assert"
import { Effect, Exit, Option } from "effect"
import type { Account, Credentials } from "../../accounts/Account.ts"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { SecondFactorRepository } from "../../accounts/SecondFactorRepository.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, address, at } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const full: Account = account(1, {
  firstName: "Ådá",
  lastName: "O'Neill-Žižka",
  locale: "en",
  companyName: "Möbel „Süd“ GmbH & Co. KG",
  state: "suspended",
  credentialEpoch: 7,
  createdAt: at(1),
  emailChangedAt: at(2)
})

const credentials = (number: number) =>
  Effect.flatMap(AccountRepository, (accounts) =>
    Effect.map(accounts.credentials(accountId(number)), Option.getOrThrow)
  )

const FIBERS = 8
const ROUNDS = 10

/** What every `AccountRepository` keeps. */
export const AccountRepositoryContract: Suite<AccountRepository | SecondFactorRepository | UnitOfWork> = [
  {
    name: "REG-02 an account is found as it was inserted: by id, by address, with its credentials, and no other",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(full, "$hash$1")
      yield* accounts.insert(account(2), null)
      const first: Credentials = { account: full, passwordHash: "$hash$1", secondFactor: false }
      const second: Credentials = { account: account(2), passwordHash: null, secondFactor: false }
      assert.deepEqual(yield* accounts.find(full.id), Option.some(full))
      assert.deepEqual(yield* accounts.findByEmail(full.email), Option.some(first))
      assert.deepEqual(yield* accounts.credentials(full.id), Option.some(first))
      assert.deepEqual(yield* accounts.credentialsForUpdate(full.id), Option.some(first))
      assert.deepEqual(yield* accounts.credentials(accountId(2)), Option.some(second))
      assert.deepEqual(yield* accounts.find(accountId(3)), Option.none())
      assert.deepEqual(yield* accounts.findByEmail(address("nobody@example.com")), Option.none())
      assert.deepEqual(yield* accounts.credentials(accountId(3)), Option.none())
      assert.deepEqual(yield* accounts.credentialsForUpdate(accountId(3)), Option.none())
    })
  },
  {
    name: "accounts are found by several addresses at once, each once, and nobody else's",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      for (const n of [1, 2, 3]) yield* accounts.insert(account(n), null)
      const found = yield* accounts.findAllByEmail([
        account(1).email,
        address("nobody@example.com"),
        account(3).email,
        account(1).email
      ])
      assert.deepEqual(found.map(({ id }) => id).sort(), [accountId(1), accountId(3)].sort())
      assert.deepEqual(
        found.find(({ id }) => id === accountId(3)),
        account(3)
      )
      assert.deepEqual(yield* accounts.findAllByEmail([]), [])
    })
  },
  {
    name: "V-22 id, number and address belong to one account",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(full, null)
      assert.equal(yield* reason(accounts.insert(account(2, { id: full.id }), null)), "duplicate")
      assert.equal(yield* reason(accounts.insert(account(2, { number: full.number }), null)), "duplicate")
      assert.equal(yield* reason(accounts.insert(account(2, { email: full.email }), null)), "duplicate")
      assert.deepEqual(yield* accounts.find(accountId(2)), Option.none())
    })
  },
  {
    name: "V-22 of the same address inserted in parallel one wins",
    run: Effect.gen(function* () {
      const [accounts, unit] = [yield* AccountRepository, yield* UnitOfWork]
      const exits = yield* Effect.all(
        Array.from({ length: FIBERS }, (_, i) =>
          Effect.exit(unit.run(accounts.insert(account(i + 1, { email: address("same@example.com") }), null)))
        ),
        { concurrency: "unbounded" }
      )
      assert.equal(exits.filter(Exit.isSuccess).length, 1)
    })
  },
  {
    name: "TFA-01 a factor counts once it is confirmed, and only for its own account",
    run: Effect.gen(function* () {
      const [accounts, factors] = [yield* AccountRepository, yield* SecondFactorRepository]
      yield* accounts.insert(account(1), null)
      yield* accounts.insert(account(2), null)
      yield* factors.savePending(accountId(1), { sealedSecret: "k.s", credentialEpoch: 0, createdAt: at(0) })
      assert.equal((yield* credentials(1)).secondFactor, false)
      yield* factors.confirm(accountId(1), { sealedSecret: "k.s", lastStep: 1, confirmedAt: at(1) })
      assert.equal((yield* credentials(1)).secondFactor, true)
      assert.equal((yield* credentials(2)).secondFactor, false)
      assert.ok(Option.getOrThrow(yield* accounts.findByEmail(account(1).email)).secondFactor)
      assert.ok(Option.getOrThrow(yield* accounts.credentialsForUpdate(accountId(1))).secondFactor)
      yield* factors.remove(accountId(1))
      assert.equal((yield* credentials(1)).secondFactor, false)
    })
  },
  {
    name: "AUT-06 a new password counts the epoch up, once for each epoch, and leaves other accounts alone",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(account(1, { credentialEpoch: 3 }), "old")
      yield* accounts.insert(account(2, { credentialEpoch: 3 }), "old")
      yield* accounts.setPassword(accountId(1), "new", 3)
      assert.equal(yield* reason(accounts.setPassword(accountId(1), "late", 3)), "conflict")
      assert.equal(yield* reason(accounts.setPassword(accountId(3), "nobody", 0)), "conflict")
      const { account: changed, passwordHash } = yield* credentials(1)
      assert.deepEqual([passwordHash, changed.credentialEpoch], ["new", 4])
      const { account: other, passwordHash: otherHash } = yield* credentials(2)
      assert.deepEqual([otherHash, other.credentialEpoch], ["old", 3])
    })
  },
  {
    name: "AUT-06 counting the epoch up changes nothing else, and happens once for each epoch",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(full, "hash")
      yield* accounts.bumpEpoch(full.id, 7)
      assert.equal(yield* reason(accounts.bumpEpoch(full.id, 7)), "conflict")
      assert.deepEqual(yield* credentials(1), {
        account: { ...full, credentialEpoch: 8 },
        passwordHash: "hash",
        secondFactor: false
      })
    })
  },
  {
    name: "AUT-10 a state and the next epoch are set together, once for each epoch",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(full, "hash")
      yield* accounts.insert(account(2), "other")
      yield* accounts.setState(full.id, "suspended", 7)
      assert.equal(yield* reason(accounts.setState(full.id, "active", 7)), "conflict")
      assert.deepEqual(yield* credentials(1), {
        account: { ...full, state: "suspended", credentialEpoch: 8 },
        passwordHash: "hash",
        secondFactor: false
      })
      assert.deepEqual((yield* credentials(2)).account, account(2))
    })
  },
  {
    name: "G-07 an account is found by its short number",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(full, "hash")
      assert.deepEqual(yield* accounts.findByNumber(full.number), Option.some(full))
      assert.deepEqual(yield* accounts.findByNumber("NOBODY00"), Option.none())
    })
  },
  {
    name: "REG-09 AUT-06 another address, its time and the next epoch are set together, once for each epoch, and found by the new one only",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      const fresh = address("fresh@example.com")
      yield* accounts.insert(full, "hash")
      yield* accounts.insert(account(2), "other")
      yield* accounts.setEmail(full.id, fresh, at(9), 7)
      assert.equal(yield* reason(accounts.setEmail(full.id, address("late@example.com"), at(10), 7)), "conflict")
      assert.equal(yield* reason(accounts.setEmail(accountId(3), address("late@example.com"), at(10), 0)), "conflict")
      const changed = { ...full, email: fresh, emailChangedAt: at(9), credentialEpoch: 8 }
      assert.deepEqual(yield* credentials(1), { account: changed, passwordHash: "hash", secondFactor: false })
      assert.deepEqual(yield* accounts.findByEmail(full.email), Option.none())
      assert.deepEqual(
        Option.map(yield* accounts.findByEmail(fresh), ({ account }) => account),
        Option.some(changed)
      )
      assert.deepEqual((yield* credentials(2)).account, account(2))
      // the old one is free
      yield* accounts.insert(account(4, { email: full.email }), null)
    })
  },
  {
    name: "REG-09 V-22 an address of another account cannot be set, nor can two accounts set the same in parallel",
    run: Effect.gen(function* () {
      const [accounts, unit] = [yield* AccountRepository, yield* UnitOfWork]
      const fresh = address("fresh@example.com")
      for (let n = 1; n <= FIBERS; n++) yield* accounts.insert(account(n), null)
      assert.equal(yield* reason(accounts.setEmail(accountId(1), account(2).email, at(9), 0)), "duplicate")
      assert.deepEqual((yield* credentials(1)).account, account(1))
      const exits = yield* Effect.all(
        Array.from({ length: FIBERS }, (_, i) =>
          Effect.exit(unit.run(accounts.setEmail(accountId(i + 1), fresh, at(9), 0)))
        ),
        { concurrency: "unbounded" }
      )
      assert.equal(exits.filter(Exit.isSuccess).length, 1)
      const winner = exits.findIndex(Exit.isSuccess) + 1
      assert.equal(Option.getOrThrow(yield* accounts.findByEmail(fresh)).account.id, accountId(winner))
    })
  },
  {
    name: "REG-09 an account has moved from the change of its address on until it is said that all has followed that very change",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      for (const n of [1, 2, 3, 4]) yield* accounts.insert(account(n), null)
      assert.deepEqual(yield* accounts.moved(null, 10), [])
      for (const n of [3, 1, 4]) yield* accounts.setEmail(accountId(n), address(`fresh${n}@example.com`), at(9), 0)
      assert.deepEqual(yield* accounts.moved(null, 10), [1, 3, 4].map(accountId))
      assert.deepEqual(yield* accounts.moved(null, 2), [1, 3].map(accountId))
      assert.deepEqual(yield* accounts.moved(accountId(1), 10), [3, 4].map(accountId))
      yield* accounts.setPassword(accountId(1), "hash", 1)
      yield* accounts.setState(accountId(1), "suspended", 2)
      yield* accounts.setProfile(accountId(1), { firstName: "A", lastName: "B", locale: "de" })
      yield* accounts.setEmail(accountId(4), address("again@example.com"), at(10), 1)
      yield* accounts.followed(accountId(3), at(9))
      yield* accounts.followed(accountId(4), at(9))
      yield* accounts.followed(accountId(2), at(9))
      assert.deepEqual(yield* accounts.moved(null, 10), [1, 4].map(accountId), "the other one changed again since")
      yield* accounts.followed(accountId(4), at(10))
      assert.deepEqual(yield* accounts.moved(null, 10), [accountId(1)])
      assert.deepEqual((yield* credentials(4)).account.emailChangedAt, at(10))
    })
  },
  {
    name: "REG-09 name and language are set for one account, and nothing else of it",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(full, "hash")
      yield* accounts.insert(account(2), null)
      const profile = { firstName: "Zoë", lastName: "de la Cruz", locale: "de-AT" }
      yield* accounts.setProfile(full.id, profile)
      assert.deepEqual(yield* credentials(1), {
        account: { ...full, ...profile },
        passwordHash: "hash",
        secondFactor: false
      })
      assert.deepEqual((yield* credentials(2)).account, account(2))
      assert.equal(yield* reason(accounts.setProfile(accountId(3), profile)), "conflict")
    })
  },
  {
    name: "AUT-02 a password that was hashed anew keeps the epoch, and does not undo a change",
    run: Effect.gen(function* () {
      const accounts = yield* AccountRepository
      yield* accounts.insert(account(1), "weak")
      yield* accounts.insert(account(2), "weak")
      yield* accounts.rehash(accountId(1), "strong", "weak")
      yield* accounts.rehash(accountId(1), "late", "weak")
      const { account: kept, passwordHash } = yield* credentials(1)
      assert.deepEqual([passwordHash, kept.credentialEpoch], ["strong", 0])
      assert.equal((yield* credentials(2)).passwordHash, "weak")
    })
  },
  {
    name: "STO-03 an account that is read for update waits for nobody else's change: parallel counts lose nothing",
    run: Effect.gen(function* () {
      const [accounts, unit] = [yield* AccountRepository, yield* UnitOfWork]
      yield* accounts.insert(account(1), null)
      const count = unit.run(
        Effect.gen(function* () {
          const { account } = Option.getOrThrow(yield* accounts.credentialsForUpdate(accountId(1)))
          yield* Effect.yieldNow
          yield* accounts.bumpEpoch(account.id, account.credentialEpoch)
        })
      )
      yield* Effect.all(
        Array.from({ length: FIBERS }, () => Effect.repeat(count, { times: ROUNDS - 1 })),
        { concurrency: "unbounded", discard: true }
      )
      assert.equal((yield* credentials(1)).account.credentialEpoch, FIBERS * ROUNDS)
    })
  }
]

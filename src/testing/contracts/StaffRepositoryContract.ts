import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { type StaffKey, StaffRepository } from "../../accounts/StaffRepository.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, address, at } from "../tenantSamples.ts"

const page = (limit: number, after?: StaffKey) => ({ after: Option.fromUndefinedOr(after), limit })

/** What every `StaffRepository` keeps. */
export const StaffRepositoryContract: Suite<StaffRepository | AccountRepository | UnitOfWork> = [
  {
    name: "AUT-10 an account is staff once, with the roles that were given last, since the first time",
    run: Effect.gen(function* () {
      const staff = yield* StaffRepository
      const uow = yield* UnitOfWork
      yield* staff.save({ accountId: accountId(1), roles: ["agent"], since: at(1) })
      yield* staff.save({ accountId: accountId(1), roles: ["agent", "operator"], since: at(2) })
      const member = { accountId: accountId(1), roles: ["agent", "operator"], since: at(1) }
      assert.deepEqual(yield* staff.find(accountId(1)), Option.some(member))
      assert.deepEqual(yield* uow.run(staff.findForUpdate(accountId(1))), Option.some(member))
      assert.deepEqual(yield* staff.find(accountId(2)), Option.none())
      yield* uow.run(staff.hold([accountId(1), accountId(2)], at(3)))
      assert.equal(yield* staff.remove(accountId(1)), true)
      assert.equal(yield* staff.remove(accountId(1)), false)
      assert.deepEqual(yield* staff.find(accountId(1)), Option.none())
    })
  },
  {
    name: "AUT-10 staff are listed in the order of their appointment, with their names",
    run: Effect.gen(function* () {
      const staff = yield* StaffRepository
      const accounts = yield* AccountRepository
      for (const number of [1, 2, 3]) yield* accounts.insert(account(number), null)
      yield* staff.save({ accountId: accountId(3), roles: ["agent"], since: at(1) })
      yield* staff.save({ accountId: accountId(2), roles: ["supervisor"], since: at(5) })
      yield* staff.save({ accountId: accountId(1), roles: ["operator"], since: at(5) })
      const list = (limit: number, after?: StaffKey) =>
        Effect.map(staff.list(page(limit, after)), (rows) => rows.map(({ member }) => member.accountId))
      assert.deepEqual(yield* list(10), [accountId(3), accountId(1), accountId(2)])
      assert.deepEqual(yield* list(1), [accountId(3), accountId(1)])
      assert.deepEqual(yield* list(1, [at(5), accountId(1)]), [accountId(2)])
      const [first] = yield* staff.list(page(1))
      assert.deepEqual(first, {
        member: { accountId: accountId(3), roles: ["agent"], since: at(1) },
        accountState: "active",
        email: address("person3@example.com"),
        firstName: "Person",
        lastName: "Number3"
      })
    })
  },
  {
    name: "AUT-10 who is locked or dismissed is the one that is named, and the others stay",
    run: Effect.gen(function* () {
      const staff = yield* StaffRepository
      const uow = yield* UnitOfWork
      const member = (number: number) =>
        ({ accountId: accountId(number), roles: ["agent"], since: at(number) }) as const
      for (const number of [1, 2, 3]) yield* staff.save(member(number))
      assert.deepEqual(yield* uow.run(staff.findForUpdate(accountId(2))), Option.some(member(2)))
      assert.deepEqual(yield* uow.run(staff.findForUpdate(accountId(9))), Option.none())
      assert.equal(yield* staff.remove(accountId(2)), true)
      for (const number of [1, 3]) assert.deepEqual(yield* staff.find(accountId(number)), Option.some(member(number)))
    })
  }
]

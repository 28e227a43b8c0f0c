import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import type { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { type DeputyKey, DeputyRepository } from "../../requests/DeputyRepository.ts"
import type { Suite } from "../Contract.ts"
import { deputy, deputyId } from "../requestSamples.ts"
import { accountId, at, tenantId } from "../tenantSamples.ts"

const page = (limit: number, after?: DeputyKey) => ({ after: Option.fromUndefinedOr(after), limit })

/** What every `DeputyRepository` keeps. */
export const DeputyRepositoryContract: Suite<DeputyRepository | UnitOfWork> = [
  {
    name: "a deputy is found by the one who named them, and by nobody else",
    run: Effect.gen(function* () {
      const deputies = yield* DeputyRepository
      yield* deputies.insert(deputy(1))
      yield* deputies.insert(deputy(2, { tenantId: null }))
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(1)), Option.some(deputy(1)))
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(2)), Option.some(deputy(2, { tenantId: null })))
      assert.deepEqual(yield* deputies.find(accountId(2), deputyId(1)), Option.none())
      const again = yield* Effect.flip(deputies.insert(deputy(1)))
      assert.equal(again.reason, "duplicate")
    })
  },
  {
    name: "REQ-07 of a period that the one who named ends nothing is left, and of one that is over or another's nothing changes",
    run: Effect.gen(function* () {
      const deputies = yield* DeputyRepository
      yield* deputies.insert(deputy(1))
      assert.equal(yield* deputies.end(accountId(2), deputyId(1), at(10)), false)
      assert.equal(yield* deputies.end(accountId(1), deputyId(1), at(2_000)), false)
      assert.equal(yield* deputies.end(accountId(1), deputyId(1), at(10)), true)
      assert.equal(yield* deputies.end(accountId(1), deputyId(1), at(10)), false)
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(1)), Option.some(deputy(1, { until: at(0) })))
      // one that has not begun
      yield* deputies.insert(deputy(2, { from: at(500) }))
      assert.equal(yield* deputies.end(accountId(1), deputyId(2), at(10)), true)
      const ended = deputy(2, { from: at(500), until: at(10) })
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(2)), Option.some(ended))
      // the others of the one who named
      yield* deputies.insert(deputy(3))
      yield* deputies.insert(deputy(4))
      assert.equal(yield* deputies.end(accountId(1), deputyId(3), at(10)), true)
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(4)), Option.some(deputy(4)))
      assert.deepEqual(yield* deputies.ofAccount(accountId(1), at(10), page(10)), [deputy(4)])
    })
  },
  {
    name: "TEN-08 REQ-07 what a member of a tenant was named for, or named others for, ends there and nowhere else",
    run: Effect.gen(function* () {
      const deputies = yield* DeputyRepository
      const all = [
        deputy(1),
        deputy(2, { principalId: accountId(2), deputyId: accountId(1) }),
        deputy(3, { from: at(500) }),
        deputy(4, { until: at(10) }),
        deputy(5, { tenantId: tenantId(2) }),
        deputy(6, { tenantId: null }),
        deputy(7, { principalId: accountId(2), deputyId: accountId(3) })
      ]
      for (const one of all) yield* deputies.insert(one)
      const ended = yield* deputies.endOfMember(tenantId(1), accountId(1), at(10))
      assert.deepEqual(
        [...ended].sort((a, b) => (a.id < b.id ? -1 : 1)),
        [
          { id: deputyId(1), deputyId: accountId(2) },
          { id: deputyId(2), deputyId: accountId(1) },
          { id: deputyId(3), deputyId: accountId(2) }
        ]
      )
      assert.deepEqual(yield* deputies.endOfMember(tenantId(1), accountId(1), at(10)), [])
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(1)), Option.some(deputy(1, { until: at(0) })))
      const future = deputy(3, { from: at(500), until: at(10) })
      assert.deepEqual(yield* deputies.find(accountId(1), deputyId(3)), Option.some(future))
      const rest = yield* deputies.ofAccount(accountId(1), at(10), page(10))
      assert.deepEqual(rest, [deputy(6, { tenantId: null }), deputy(5, { tenantId: tenantId(2) })])
      assert.equal((yield* deputies.ofAccount(accountId(3), at(10), page(10))).length, 1)
    })
  },
  {
    name: "both sides list what is not over, newest first, and others nothing",
    run: Effect.gen(function* () {
      const deputies = yield* DeputyRepository
      const all = [
        deputy(1),
        deputy(2, { principalId: accountId(2), deputyId: accountId(1) }),
        deputy(3, { until: at(100) }),
        deputy(4, { principalId: accountId(3), deputyId: accountId(4) }),
        deputy(5, { from: at(500) })
      ]
      for (const one of all) yield* deputies.insert(one)
      const list = (number: number, limit: number, after?: DeputyKey) =>
        Effect.map(deputies.ofAccount(accountId(number), at(100), page(limit, after)), (rows) =>
          rows.map(({ id }) => id)
        )
      assert.deepEqual(yield* list(1, 10), [deputyId(5), deputyId(2), deputyId(1)])
      assert.deepEqual(yield* list(2, 10), [deputyId(5), deputyId(2), deputyId(1)])
      assert.deepEqual(yield* list(1, 1), [deputyId(5), deputyId(2)])
      assert.deepEqual(yield* list(1, 1, [at(5), deputyId(5)]), [deputyId(2), deputyId(1)])
      assert.deepEqual(yield* list(5, 10), [])
    })
  },
  {
    name: "those that are over are deleted, at most so many",
    run: Effect.gen(function* () {
      const deputies = yield* DeputyRepository
      for (const number of [1, 2, 3]) yield* deputies.insert(deputy(number, { until: at(100) }))
      yield* deputies.insert(deputy(4, { until: at(101) }))
      assert.equal(yield* deputies.purge(at(100), 2), 2)
      assert.equal(yield* deputies.purge(at(100), 2), 1)
      assert.equal(yield* deputies.purge(at(100), 2), 0)
      assert.deepEqual(
        (yield* deputies.ofAccount(accountId(1), at(0), page(10))).map(({ id }) => id),
        [deputyId(4)]
      )
    })
  }
]

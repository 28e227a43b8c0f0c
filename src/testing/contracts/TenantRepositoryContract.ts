import { strict as assert } from "node:assert"
import { Effect, Exit, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { HierarchyRepository } from "../../hierarchy/HierarchyRepository.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import type { Tenant } from "../../tenants/Tenant.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, at, membership, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const get = (number: number) =>
  Effect.flatMap(TenantRepository, (tenants) => Effect.map(tenants.find(tenantId(number)), Option.getOrThrow))

const full: Tenant = tenant(1, {
  name: "Möbel „Süd“ GmbH & Co. KG",
  customerNumber: "KD 0-01/7",
  postalCode: "1010",
  country: "AT",
  street: "",
  city: "Wien",
  seats: 5,
  memberCount: 3,
  ownerCount: 2,
  requiresSecondFactor: true,
  version: 7,
  createdAt: at(1)
})

/** What every `TenantRepository` keeps. */
export const TenantRepositoryContract: Suite<
  TenantRepository | AccountRepository | MembershipRepository | HierarchyRepository | UnitOfWork
> = [
  {
    name: "TEN-01 a tenant is found as it was inserted, and no other by its id",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      yield* tenants.insert(full)
      yield* tenants.insert(tenant(2))
      assert.deepEqual(yield* tenants.find(full.id), Option.some(full))
      assert.deepEqual(yield* tenants.findForUpdate(full.id), Option.some(full))
      assert.deepEqual(yield* tenants.find(tenantId(2)), Option.some(tenant(2)))
      assert.deepEqual(yield* tenants.find(tenantId(3)), Option.none())
      assert.deepEqual(yield* tenants.findForUpdate(tenantId(3)), Option.none())
    })
  },
  {
    name: "TEN-01 id, number and customer number are unique, the latter in its normal form",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      yield* tenants.insert(full)
      assert.equal(yield* reason(tenants.insert(tenant(2, { id: full.id }))), "duplicate")
      assert.equal(yield* reason(tenants.insert(tenant(2, { number: full.number }))), "duplicate")
      assert.equal(yield* reason(tenants.insert(tenant(2, { customerNumber: "00kd001/7" }))), "duplicate")
      yield* tenants.insert(tenant(2, { customerNumber: "kd001.7" }))
      assert.equal(yield* reason(tenants.save(tenant(2, { customerNumber: "K-D 001/7" }))), "duplicate")
      assert.deepEqual(yield* get(2), tenant(2, { customerNumber: "kd001.7" }))
    })
  },
  {
    name: "G-10 a tenant is found by its customer number, however that is written",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      yield* tenants.insert(full)
      yield* tenants.insert(tenant(2))
      assert.deepEqual(yield* tenants.findByCustomerNumber("kd001/7"), Option.some(full))
      assert.deepEqual(yield* tenants.findByCustomerNumber("KD-1002"), Option.some(tenant(2)))
      assert.deepEqual(yield* tenants.findByCustomerNumber("kd0017"), Option.none())
      yield* tenants.save({ ...full, customerNumber: "X-1" })
      assert.deepEqual(yield* tenants.findByCustomerNumber("kd001/7"), Option.none())
      assert.ok(Option.isSome(yield* tenants.findByCustomerNumber("x1")))
    })
  },
  {
    name: "TEN-01 saving writes what can change, counts the version up, and leaves other tenants alone",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      yield* tenants.insert(full)
      yield* tenants.insert(tenant(2))
      const next: Tenant = {
        ...full,
        name: "New",
        customerNumber: "N-1",
        postalCode: "8001",
        country: "CH",
        street: "Street 1",
        city: "Zürich",
        state: "suspended",
        seats: null,
        memberCount: 1,
        ownerCount: 0
      }
      yield* tenants.save(next)
      assert.deepEqual(yield* get(1), { ...next, version: 8 })
      assert.deepEqual(yield* get(2), tenant(2))
    })
  },
  {
    name: "STO-03 a save on an older version is a conflict and changes nothing, and so is one of a tenant that is not there",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      yield* tenants.insert(full)
      yield* tenants.save({ ...full, name: "First" })
      assert.equal(yield* reason(tenants.save({ ...full, name: "Second" })), "conflict")
      assert.equal((yield* get(1)).name, "First")
      assert.equal(yield* reason(tenants.save(tenant(2))), "conflict")
    })
  },
  {
    name: "V-01 the store itself refuses an active tenant without an owner",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      assert.equal(yield* reason(tenants.insert(tenant(1, { ownerCount: 0 }))), "other")
      yield* tenants.insert(tenant(1))
      assert.equal(yield* reason(tenants.save(tenant(1, { ownerCount: 0 }))), "other")
      assert.deepEqual(yield* get(1), tenant(1))
      for (const [number, state] of [
        [2, "in-setup"],
        [3, "suspended"],
        [4, "closed"]
      ] as const) {
        yield* tenants.insert(tenant(number, { state, ownerCount: 0, memberCount: 0 }))
        assert.equal(
          yield* reason(tenants.save(tenant(number, { state: "active", ownerCount: 0, memberCount: 0 }))),
          "other"
        )
      }
    })
  },
  {
    name: "V-26 the store itself refuses more members than seats, and counts that cannot be",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      assert.equal(yield* reason(tenants.insert(tenant(1, { seats: 2, memberCount: 3 }))), "other")
      yield* tenants.insert(tenant(1, { seats: 2, memberCount: 2 }))
      assert.equal(yield* reason(tenants.save(tenant(1, { seats: 2, memberCount: 3 }))), "other")
      assert.equal(yield* reason(tenants.save(tenant(1, { seats: 1, memberCount: 2 }))), "other")
      assert.equal(yield* reason(tenants.save(tenant(1, { memberCount: 1, ownerCount: 2 }))), "other")
      assert.equal(yield* reason(tenants.save(tenant(1, { state: "closed", memberCount: 0, ownerCount: -1 }))), "other")
      yield* tenants.save(tenant(1, { seats: null, memberCount: 3 }))
      assert.equal((yield* get(1)).memberCount, 3)
    })
  },
  {
    name: "STO-03 a tenant that was read for update is not changed by another unit until this one ends",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      const unit = yield* UnitOfWork
      yield* tenants.insert(tenant(1, { memberCount: 0, ownerCount: 0, state: "in-setup" }))
      const add = unit.run(
        Effect.gen(function* () {
          const read = Option.getOrThrow(yield* tenants.findForUpdate(tenantId(1)))
          yield* Effect.yieldNow
          yield* tenants.save({ ...read, memberCount: read.memberCount + 1 })
        })
      )
      const exits = yield* Effect.all(
        Array.from({ length: 20 }, () => Effect.exit(add)),
        { concurrency: "unbounded" }
      )
      assert.deepEqual(
        exits.filter(Exit.isFailure),
        [],
        "whoever waits for the lock reads what the one before has written"
      )
      assert.equal((yield* get(1)).memberCount, 20)
      assert.equal((yield* get(1)).version, 20)
    })
  },
  {
    name: "V-03 a tenant is read for update on somebody's behalf only where they have a membership in the tenant they speak for, or in its main",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      const accounts = yield* AccountRepository
      const memberships = yield* MembershipRepository
      const hierarchy = yield* HierarchyRepository
      for (const number of [1, 2, 3]) {
        yield* accounts.insert(account(number), null)
        yield* tenants.insert(tenant(number))
      }
      yield* memberships.insert(membership(1, 1))
      yield* memberships.insert(membership(2, 2))
      yield* hierarchy.insert({
        subId: tenantId(2),
        mainId: tenantId(1),
        kind: "existing",
        linkedAt: at(0),
        refused: []
      })
      const found = (id: number, who: number, speaksFor: number) =>
        Effect.map(
          tenants.findForUpdate(tenantId(id), { accountId: accountId(who), tenantId: tenantId(speaksFor) }),
          Option.map((one) => one.id)
        )
      assert.deepEqual(yield* found(1, 1, 1), Option.some(tenantId(1)))
      assert.deepEqual(yield* found(2, 1, 2), Option.some(tenantId(2)), "through the main")
      assert.deepEqual(yield* found(2, 1, 1), Option.some(tenantId(2)), "another row, for the tenant spoken for")
      assert.deepEqual(yield* found(2, 2, 2), Option.some(tenantId(2)))
      for (const [id, who, speaksFor] of [
        [1, 2, 1],
        [1, 3, 1],
        [2, 3, 2],
        [3, 1, 3],
        [9, 1, 9]
      ] as const) {
        assert.deepEqual(yield* found(id, who, speaksFor), Option.none())
      }
    })
  },
  {
    name: "TEN-09 staff find tenants by number, customer number, and parts of name and place, the newest first",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      yield* tenants.insert(full)
      yield* tenants.insert(tenant(2, { name: "Möbel Nord", state: "closed" }))
      yield* tenants.insert(tenant(3, { name: "100% Bau_Stoff", city: "Linz" }))
      const found = (text: string, limit = 10, after: Option.Option<readonly [string]> = Option.none()) =>
        Effect.map(tenants.search(text, { after, limit }), (rows) => rows.map(({ id }) => id))
      assert.deepEqual(yield* found("MÖBEL"), [tenantId(2), tenantId(1)])
      assert.deepEqual(yield* found("möbel", 1), [tenantId(2), tenantId(1)])
      assert.deepEqual(yield* found("möbel", 1, Option.some([tenantId(2)])), [tenantId(1)])
      assert.deepEqual(yield* found("kd-001/7"), [tenantId(1)])
      assert.deepEqual(yield* found(full.number.toLowerCase()), [tenantId(1)])
      assert.deepEqual(yield* found("linz"), [tenantId(3)])
      assert.deepEqual(yield* found("%"), [tenantId(3)])
      assert.deepEqual(yield* found("nichts"), [])
    })
  },
  {
    name: "V-40 what a unit that fails has written to a tenant is gone",
    run: Effect.gen(function* () {
      const tenants = yield* TenantRepository
      const unit = yield* UnitOfWork
      yield* tenants.insert(tenant(1))
      yield* Effect.exit(
        unit.run(
          Effect.gen(function* () {
            yield* tenants.save(tenant(1, { name: "Other" }))
            yield* tenants.insert(tenant(2))
            return yield* Effect.fail("no")
          })
        )
      )
      assert.deepEqual(yield* get(1), tenant(1))
      assert.deepEqual(yield* tenants.find(tenantId(2)), Option.none())
    })
  }
]

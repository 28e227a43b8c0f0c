import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { type Order, OrderState } from "../../orders/Order.ts"
import { OrderRepository } from "../../orders/OrderRepository.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { order, orderId, orderIn, terms } from "../orderSamples.ts"
import { accountId, at, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const tenantsOf = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(TenantRepository, (tenants) =>
    Effect.forEach(numbers, (number) => tenants.insert(tenant(number)), { discard: true })
  )

const insertAll = (...orders: ReadonlyArray<Order>) =>
  Effect.flatMap(OrderRepository, (repository) => Effect.forEach(orders, repository.insert, { discard: true }))

const first = { after: Option.none(), limit: 25 }
const ids = (orders: ReadonlyArray<Order>) => orders.map(({ id }) => id)
const everything = { draftsOf: accountId(1), states: Option.none() }

/** What every `OrderRepository` keeps. */
export const OrderRepositoryContract: Suite<OrderRepository | TenantRepository | UnitOfWork> = [
  {
    name: "ORD-03 an order is found as it was inserted in each state, by its tenant only",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2, 3)
      const all = [
        ...OrderState.literals.map((state, index) => orderIn(state, index + 1)),
        order(20, { options: {}, location: null }),
        order(21, {
          options: { text: 'Größe "L"', count: 0, yes: true, no: false },
          owner: { email: Schema.decodeSync(EmailAddress)("zoe@example.com"), locale: "en" }
        }),
        orderIn("Failed", 22, {
          failures: 3,
          version: 7,
          failure: { reason: "refused", message: { de: "Nicht möglich.", en: "Not possible." } },
          terms: { ...terms, once: 9_007_199_254_740_991, monthly: -1 }
        })
      ]
      yield* insertAll(...all)
      for (const one of all) {
        assert.deepEqual(yield* orders.find(tenantId(1), one.id), Option.some(one))
        assert.deepEqual(yield* orders.findForUpdate(tenantId(1), one.id), Option.some(one))
        assert.deepEqual(yield* orders.find(tenantId(2), one.id), Option.none(), "of another tenant")
        assert.deepEqual(yield* orders.findForUpdate(tenantId(2), one.id), Option.none(), "of another tenant")
      }
      assert.deepEqual(yield* orders.find(tenantId(1), orderId(99)), Option.none())
    })
  },
  {
    name: "an id or a number that is taken is a duplicate, of whatever tenant the number is",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* orders.insert(order(1))
      assert.equal(yield* reason(orders.insert(order(1))), "duplicate")
      assert.equal(
        yield* reason(orders.insert(order(2, { tenantId: tenantId(2), number: order(1).number }))),
        "duplicate"
      )
      yield* orders.insert(order(2))
    })
  },
  {
    name: "ORD-03 a save changes every field and counts the version up, but only of the version that was read, and of its own tenant",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* orders.insert(order(1))
      const next = orderIn("Fulfilled", 1, {
        product: "office",
        options: { headset: true },
        location: null,
        owner: { email: Schema.decodeSync(EmailAddress)("new@example.com"), locale: "de" },
        failures: 2
      })
      assert.equal(yield* reason(orders.save({ ...next, version: 1 })), "conflict")
      assert.equal(yield* reason(orders.save({ ...next, tenantId: tenantId(2) })), "conflict", "of another tenant")
      assert.equal(yield* reason(orders.save({ ...next, id: orderId(2) })), "conflict")
      yield* orders.save(next)
      assert.deepEqual(yield* orders.find(tenantId(1), next.id), Option.some({ ...next, version: 1 }))
      assert.equal(yield* reason(orders.save(next)), "conflict")
      const failed = orderIn("Failed", 1, { version: 1, owner: null })
      yield* orders.save(failed)
      assert.deepEqual(yield* orders.find(tenantId(1), next.id), Option.some({ ...failed, version: 2 }))
    })
  },
  {
    name: "ORD-03 of saves in parallel of one version one goes through",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      const unit = yield* UnitOfWork
      yield* tenantsOf(1)
      yield* orders.insert(order(1))
      for (let version = 0; version < 5; version++) {
        const exits = yield* Effect.all(
          Array.from({ length: 6 }, () => Effect.exit(unit.run(orders.save({ ...order(1), version })))),
          { concurrency: "unbounded" }
        )
        assert.equal(exits.filter(Exit.isSuccess).length, 1)
      }
    })
  },
  {
    name: "ORD-03 ORD-04 the store itself refuses an order that cannot be: of no tenant, without terms, not due, without what it became",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      const refused = (wrong: Order) => reason(orders.insert(wrong))
      const wrong = [
        order(1, { tenantId: tenantId(9) }),
        orderIn("Placed", 1, { terms: null }),
        orderIn("Placed", 1, { dueAt: null }),
        orderIn("Provisioning", 1, { dueAt: null }),
        order(1, { dueAt: at(1) }),
        orderIn("Failed", 1, { dueAt: at(1) }),
        orderIn("Fulfilled", 1, { newTenantId: null }),
        orderIn("Placed", 1, { newTenantId: tenantId(2) })
      ]
      for (const one of wrong) assert.notEqual(yield* refused(one), "conflict")
      yield* orders.insert(order(1))
      for (const one of wrong.filter(({ tenantId: of }) => of === tenantId(1))) {
        assert.notEqual(yield* reason(orders.save(one)), "conflict")
      }
      assert.notEqual(yield* reason(orders.save(orderIn("Fulfilled", 1, { newTenantId: tenantId(9) }))), "conflict")
      assert.deepEqual(yield* orders.find(tenantId(1), orderId(1)), Option.some(order(1)))
    })
  },
  {
    name: "ORD-04 one tenant becomes of one order",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* insertAll(orderIn("Fulfilled", 1), order(2))
      assert.equal(yield* reason(orders.save(orderIn("Fulfilled", 2))), "duplicate")
    })
  },
  {
    name: "HIE-01 the open orders of a tenant are those that will become a sub without anybody deciding anew",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* insertAll(
        ...OrderState.literals.map((state, index) => orderIn(state, index + 1)),
        orderIn("Placed", 10),
        orderIn("Placed", 11, { tenantId: tenantId(2) })
      )
      assert.equal(yield* orders.openOrders(tenantId(1)), 3)
      assert.equal(yield* orders.openOrders(tenantId(2)), 1, "of another tenant")
      assert.equal(yield* orders.openOrders(tenantId(3)), 0)
    })
  },
  {
    name: "G-06 HIE-04 a tenant's orders are listed newest first, page by page, by state, with one's own drafts only",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* insertAll(
        order(1),
        order(2, { ordererId: accountId(2) }),
        orderIn("Placed", 3, { ordererId: accountId(2) }),
        orderIn("Failed", 4),
        orderIn("Cancelled", 5, { createdAt: at(4) }),
        orderIn("Placed", 6, { tenantId: tenantId(2) })
      )
      const all = yield* orders.list(tenantId(1), everything, first)
      assert.deepEqual(ids(all), [5, 4, 3, 1].map(orderId))
      assert.deepEqual(ids(yield* orders.list(tenantId(2), everything, first)), [orderId(6)], "of another tenant")
      assert.deepEqual(
        ids(
          yield* orders.list(
            tenantId(1),
            { draftsOf: accountId(2), states: Option.some(["Draft", "Placed", "Failed"]) },
            first
          )
        ),
        [4, 3, 2].map(orderId)
      )
      let after: Option.Option<readonly [number, string]> = Option.none()
      const paged: Array<Order> = []
      for (let page = 0; page < 4; page++) {
        const rows: ReadonlyArray<Order> = yield* orders.list(tenantId(1), everything, { after, limit: 1 })
        assert.equal(rows.length, page < 3 ? 2 : 1)
        const [row] = rows
        if (row === undefined) break
        paged.push(row)
        after = Option.some([row.createdAt, row.id])
      }
      assert.deepEqual(paged, all)
    })
  },
  {
    name: "G-06 STF-01 staff find the orders of every tenant by state, newest first, page by page, or one by its number",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* insertAll(
        order(1),
        orderIn("Failed", 2),
        orderIn("Failed", 3, { tenantId: tenantId(2) }),
        orderIn("Placed", 4)
      )
      const byState = { states: ["Failed", "Placed"] as const, number: Option.none() }
      const found = yield* orders.queue(byState, first)
      assert.deepEqual(
        found.map(({ customerNumber, order, tenantName }) => [order.id, tenantName, customerNumber]),
        [
          [orderId(4), "Tenant 1", "KD-1001"],
          [orderId(3), "Tenant 2", "KD-1002"],
          [orderId(2), "Tenant 1", "KD-1001"]
        ]
      )
      const next = yield* orders.queue(byState, { after: Option.some([at(4), orderId(4)]), limit: 1 })
      assert.deepEqual(
        next.map(({ order }) => order.id),
        [orderId(3), orderId(2)]
      )
      const one = yield* orders.queue({ states: [], number: Option.some(order(1).number) }, first)
      assert.deepEqual(
        one.map(({ order }) => order),
        [order(1)]
      )
    })
  },
  {
    name: "ORD-02 G-13 drafts that were begun before a time are deleted, the oldest first, at most as many as asked for, and nothing that was placed",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2, 3)
      const others = OrderState.literals.filter((state) => state !== "Draft")
      yield* insertAll(
        ...others.map((state, index) => orderIn(state, index + 10, { createdAt: at(1) })),
        order(1, { createdAt: at(10) }),
        order(2, { createdAt: at(30) }),
        order(3, { createdAt: at(20), tenantId: tenantId(2) }),
        order(4, { createdAt: at(40) })
      )
      assert.equal(yield* orders.purgeDrafts(at(40), 2), 2)
      const left = Effect.fnUntraced(function* () {
        const [one, two] = yield* Effect.all([
          orders.list(tenantId(1), everything, first),
          orders.list(tenantId(2), everything, first)
        ])
        return ids([...one, ...two].filter(({ state }) => state === "Draft")).sort()
      })
      assert.deepEqual(yield* left(), [orderId(2), orderId(4)])
      assert.equal(yield* orders.purgeDrafts(at(40), 2), 1)
      assert.equal(yield* orders.purgeDrafts(at(40), 2), 0)
      assert.deepEqual(yield* left(), [orderId(4)], "one that was begun at that very time stays")
      assert.equal((yield* orders.list(tenantId(1), everything, first)).length, others.length + 1)
    })
  },
  {
    name: "G-13 what is due is found the longest due first, at most as many as asked for",
    run: Effect.gen(function* () {
      const orders = yield* OrderRepository
      yield* tenantsOf(1, 2)
      yield* insertAll(
        order(1),
        orderIn("Placed", 2, { dueAt: at(30) }),
        orderIn("Provisioning", 3, { dueAt: at(20), tenantId: tenantId(2) }),
        orderIn("Placed", 4, { dueAt: at(41) })
      )
      assert.deepEqual(yield* orders.due(at(40), 10), [
        { tenantId: tenantId(2), orderId: orderId(3) },
        { tenantId: tenantId(1), orderId: orderId(2) }
      ])
      assert.deepEqual(yield* orders.due(at(40), 1), [{ tenantId: tenantId(2), orderId: orderId(3) }])
      assert.deepEqual(yield* orders.due(at(19), 10), [])
      const tenants = yield* TenantRepository
      const suspended = Option.getOrThrow(yield* tenants.find(tenantId(2)))
      yield* tenants.save({ ...suspended, state: "suspended" })
      assert.deepEqual(
        yield* orders.due(at(40), 10),
        [{ tenantId: tenantId(1), orderId: orderId(2) }],
        "what waits in a suspended tenant"
      )
    })
  }
]

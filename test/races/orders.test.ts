import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import { Suspensions } from "../../src/accounts/index.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import { Locations } from "../../src/hierarchy/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Orders } from "../../src/orders/index.ts"
import { OrderRepository } from "../../src/orders/OrderRepository.ts"
import { StaffTenants } from "../../src/tenants/index.ts"
import { FaultyProvisioning } from "../../src/testing/FaultyProvisioning.ts"
import { draft, outcome, person, place, placed, placing, stored, withOrders, work } from "../orders/world.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, type Portal } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { everyKind } from "../support/scenario.ts"
import { staff, tags } from "../tenants/world.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withOrders({ limits: { ordersPerAccount: unlimited } })

const mainOf = Effect.fnUntraced(function* (round: number) {
  const owner = yield* person(`owner${round}`)
  const { id } = yield* given.tenant(owner.account)
  return { owner, tenantId: id, address: owner.account.email }
})

const operator = Effect.fnUntraced(function* (round: number) {
  const { account } = yield* person(`desk${round}`)
  const staffers = yield* StaffRepository
  yield* staffers.save({ accountId: account.id, roles: ["operator"], since: yield* Instant.now })
  return yield* staff(account, "operator")
})

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(kernel, layer)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const enough = adapter === "postgres" ? rounds(200, 2000) : rounds(20, 400)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Portal | FaultyProvisioning>) =>
    Effect.gen(function* () {
      for (let n = 0; n < enough; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of orders (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "ORD-04 G-13 V-40 of four nodes that fulfil at the same time one does: one tenant, one link, one set of mails",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { address, owner, tenantId } = yield* mainOf(n)
            const faulty = yield* FaultyProvisioning
            const order = yield* placed(owner, tenantId)
            yield* race([work, work, work, work])
            const { link, order: after, subs, tenant } = yield* outcome(order)
            assert.deepStrictEqual([after.state, subs, link?.subId], ["Fulfilled", 1, tenant?.id])
            assert.deepStrictEqual(
              (yield* mailsTo(address)).map(({ kind }) => kind),
              ["orders.placed", "orders.ready"]
            )
            const asked = yield* faulty.asked
            assert.strictEqual(asked.filter(({ orderId }) => orderId === order.id).length, 1)
          })
        )
    )

    it.live(
      "ORD-03 of placing, changing and cancelling at the same time the last word counts, and is mailed if it is an order",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { address, owner, tenantId } = yield* mainOf(n)
            const shown = yield* draft(owner, tenantId)
            const orderOf = { tenantId, orderId: shown.id }
            const [put, changed, cancelled] = yield* race<
              unknown,
              { readonly _tag: string },
              Portal | FaultyProvisioning
            >([
              place(owner, shown),
              Orders.change({ ...orderOf, options: { line: "dsl", seats: 1 } }).pipe(as(owner.actor)),
              Orders.cancel(orderOf).pipe(as(owner.actor))
            ])
            assert.strictEqual(cancelled?._tag, "Success")
            assert.strictEqual((yield* stored(shown)).state, "Cancelled")
            // what was changed in between is not what was shown
            assert.isFalse(put?._tag === "Success" && changed?._tag === "Success")
            const mails = yield* mailsTo(address)
            assert.strictEqual(mails.length, put?._tag === "Success" ? 1 : 0)
          })
        )
    )

    it.live("ORD-03 of cancelling a placed order and fulfilling it at the same time one wins", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenantId } = yield* mainOf(n)
          const order = yield* placed(owner, tenantId)
          const [cancelled] = yield* race<unknown, unknown, Portal | FaultyProvisioning>([
            Orders.cancel({ tenantId, orderId: order.id }).pipe(as(owner.actor)),
            work
          ])
          const { order: after, subs } = yield* outcome(order)
          const won = cancelled?._tag === "Success"
          assert.deepStrictEqual([after.state, subs], won ? ["Cancelled", 0] : ["Fulfilled", 1])
        })
      )
    )

    it.live("ORD-02 G-04 placing the same draft many times, with the same key or without, places it once", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { address, owner, tenantId } = yield* mainOf(n)
          const shown = yield* draft(owner, tenantId)
          const keyed = Orders.place(placing(shown), { idempotencyKey: "once" }).pipe(as(owner.actor))
          const results = yield* race([keyed, keyed, place(owner, shown), place(owner, shown)])
          const found = tags(results)
          assert.include([1, 2], found.filter((tag) => tag === "ok").length)
          assert.isTrue(found.every((tag) => tag === "ok" || tag === "OrderStepNotPossible"))
          assert.strictEqual((yield* mailsTo(address)).length, 1)
        })
      )
    )

    it.live("HIE-01 V-04 of ordering a sub and becoming one at the same time one goes through", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenantId } = yield* mainOf(n)
          const hierarchy = yield* HierarchyRepository
          const orders = yield* OrderRepository
          const above = yield* given.tenant(owner.account)
          const shown = yield* draft(owner, tenantId)
          const [put, linked] = yield* race<unknown, { readonly _tag: string }, Portal | FaultyProvisioning>([
            place(owner, shown),
            Locations.linkOwn({ tenantId: above.id, subId: tenantId }).pipe(as(owner.actor))
          ])
          assert.notStrictEqual(put?._tag, linked?._tag)
          const isSub = Option.isSome(yield* hierarchy.find(tenantId))
          assert.strictEqual(isSub, linked?._tag === "Success")
          assert.strictEqual(yield* orders.openOrders(tenantId), put?._tag === "Success" ? 1 : 0)
          yield* work
          const { subs } = yield* outcome(shown)
          assert.strictEqual(subs, put?._tag === "Success" ? 1 : 0)
        })
      )
    )

    it.live(
      "V-01 HIE-06 of suspending the orderer and fulfilling at the same time no active tenant is left without an owner",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { owner, tenantId } = yield* mainOf(n)
            const second = yield* person(`second${n}`)
            yield* given.member(tenantId, second.account, ["owner"])
            const boss = yield* operator(n)
            const order = yield* placed(owner, tenantId)
            const [suspended] = yield* race<unknown, unknown, Portal | FaultyProvisioning>([
              Suspensions.suspend({ accountId: owner.account.id, reason: "Missbrauch" }).pipe(as(boss)),
              work
            ])
            assert.strictEqual(suspended?._tag, "Success")
            const { order: after, subs, tenant } = yield* outcome(order)
            if (tenant === null) {
              assert.deepStrictEqual([after.state, after.failure?.reason, subs], ["Failed", "owner-not-entitled", 0])
            } else {
              // it was there before, and lost its only owner with the suspension
              assert.deepStrictEqual(
                [after.state, subs, tenant.state, tenant.ownerCount],
                ["Fulfilled", 1, "suspended", 0]
              )
            }
          })
        )
    )

    it.live("HIE-09 TEN-09 of ordering a sub and closing the tenant at the same time one goes through", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenantId } = yield* mainOf(n)
          const boss = yield* operator(n)
          const shown = yield* draft(owner, tenantId)
          const [put, closed] = yield* race<
            unknown,
            { readonly _tag: string },
            Portal | FaultyProvisioning | Layer.Success<typeof everyKind>
          >([place(owner, shown), StaffTenants.close({ tenantId, reason: "Gekündigt" }).pipe(as(boss))])
          assert.notStrictEqual(put?._tag, closed?._tag)
          yield* work
          const { order, subs } = yield* outcome(shown)
          assert.deepStrictEqual([order.state, subs], put?._tag === "Success" ? ["Fulfilled", 1] : ["Draft", 0])
        }).pipe(Effect.provide(everyKind))
      )
    )

    it.live("ORD-04 orders of one tenant that are fulfilled at the same time get different customer numbers", () =>
      Effect.gen(function* () {
        const { owner, tenantId } = yield* mainOf(0)
        const hierarchy = yield* HierarchyRepository
        const made = yield* Effect.replicateEffect(placed(owner, tenantId), 12)
        yield* race([work, work, work])
        const numbers = yield* Effect.forEach(made, (order) =>
          Effect.map(outcome(order), ({ tenant }) => tenant?.customerNumber)
        )
        assert.strictEqual(new Set(numbers).size, 12)
        assert.notInclude(numbers, undefined)
        assert.strictEqual(yield* hierarchy.countSubs(tenantId), 12)
      }).pipe(Effect.provide(portal))
    )
  })
})

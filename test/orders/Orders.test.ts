import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import type { OrderId, TenantId } from "../../src/kernel/ids.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { Catalog, CatalogUnavailable } from "../../src/orders/Catalog.ts"
import { exampleCatalog } from "../../src/orders/exampleCatalog.ts"
import { Orders } from "../../src/orders/index.ts"
import { OrderRepository } from "../../src/orders/OrderRepository.ts"
import type { FaultyProvisioning } from "../../src/testing/FaultyProvisioning.ts"
import { orderId } from "../../src/testing/orderSamples.ts"
import { tenantId as idOf } from "../../src/testing/tenantSamples.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, type Portal } from "../support/portal.ts"
import { eventsOf, staff, tagOf } from "../tenants/world.ts"
import {
  becomeSub,
  draft,
  location,
  main,
  options,
  person,
  place,
  placed,
  placing,
  price,
  stored,
  suspend,
  withOrders
} from "./world.ts"

/** With another catalog, as if the operator had changed it. */
const withCatalog = (version: string, monthly: number) =>
  Effect.provide(
    Layer.orDie(
      Catalog.layer({
        version,
        products: exampleCatalog.products.map((product) => ({ ...product, price: { ...product.price, monthly } }))
      })
    )
  )

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | FaultyProvisioning>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(
        Effect.andThen(TestClock.setTime(1_800_000_000_000), effect),
        Layer.provideMerge(withOrders(settings), storage)
      )

  describe(`Orders (${adapter})`, () => {
    it.effect(
      "ORD-01 products come from the catalog, to those who may order",
      proving(
        Effect.gen(function* () {
          const { admin, owner, stranger, tenantId } = yield* main
          assert.deepStrictEqual(yield* Orders.products({ tenantId }).pipe(as(owner.actor)), exampleCatalog)
          assert.strictEqual(yield* tagOf(Orders.products({ tenantId }).pipe(as(admin.actor))), "NotAllowed")
          assert.strictEqual(yield* tagOf(Orders.products({ tenantId }).pipe(as(stranger.actor))), "NotFound")
        })
      )
    )

    it.effect(
      "ORD-02 a draft is put together step by step, with a message for each option and a price when all of it exists",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const change = (over: Omit<Parameters<typeof Orders.change>[0], "tenantId" | "orderId">) =>
            Orders.change({ tenantId, orderId: begun.id, ...over }).pipe(as(owner.actor))
          const begun = yield* Orders.start({ tenantId, product: "location" }).pipe(as(owner.actor))
          assert.strictEqual(begun.state, "Draft")
          assert.deepStrictEqual(
            begun.issues.map(({ option }) => option),
            ["line", "seats"]
          )
          assert.isNull(begun.price)
          const wrong = yield* change({ options: { line: "mobile", seats: 50 } })
          assert.deepStrictEqual(
            wrong.issues.map(({ code, option }) => [option, code]),
            [["seats", "combination"]]
          )
          assert.match(wrong.issues[0]?.de ?? "", /höchstens 10/)
          const right = yield* change({ options, location })
          assert.deepStrictEqual(
            [right.issues, right.price?.once, right.price?.monthly],
            [[], price.once, price.monthly]
          )
          assert.deepInclude(right.location, { name: "Filiale Wien", postalCode: "1010" })
          assert.strictEqual(right.catalogVersion, exampleCatalog.version)
          const renamed = yield* change({ location: { ...location, name: "Filiale Graz" } })
          assert.deepStrictEqual(renamed.options, options)
          assert.deepStrictEqual(yield* Orders.get({ tenantId, orderId: begun.id }).pipe(as(owner.actor)), renamed)
          // what cannot be a product, an address or an option is refused at the border
          const tag = (over: Parameters<typeof change>[0]) => tagOf(change(over))
          assert.strictEqual(yield* tag({ product: "spaceship" }), "UnknownProduct")
          assert.strictEqual(yield* tag({ location: { ...location, postalCode: "1" } }), "InvalidInput")
          assert.strictEqual(yield* tag({ options: { Line: "dsl" } }), "InvalidInput")
          assert.strictEqual(yield* tag({ owner: { email: "no address" } }), "InvalidInput")
          const owned = yield* change({ owner: { email: "New@Example.com" } })
          assert.deepStrictEqual<unknown>(owned.owner, { email: "new@example.com", locale: "de" })
          assert.isNull((yield* change({ owner: null })).owner)
        })
      )
    )

    it.effect(
      "ORD-02 ORD-03 placing freezes price and catalog version, mails the orderer, and happens at the price that was shown only",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const shown = yield* draft(owner, tenantId)
          const other = { ...shown, version: shown.version + 1 }
          assert.strictEqual(yield* tagOf(place(owner, other)), "OrderChanged")
          assert.strictEqual(
            yield* tagOf(place(owner, shown).pipe(withCatalog("2026-2", 1))),
            "OrderChanged",
            "the operator has changed a price"
          )
          assert.strictEqual((yield* stored(shown)).state, "Draft")
          assert.deepStrictEqual(yield* mailsTo("owner@example.com"), [])

          const order = yield* place(owner, shown)
          assert.deepInclude(order, { state: "Placed", catalogVersion: "2026-1", issues: [] })
          assert.deepInclude(order.price, { currency: "EUR", termMonths: 12, ...price })
          const [mail, ...more] = yield* mailsTo("owner@example.com")
          assert.deepStrictEqual(more, [])
          assert.strictEqual(mail?.kind, "orders.placed")
          assert.deepInclude(mail?.values, { ...price, currency: "EUR", number: order.number, name: "Filiale Wien" })
          // whatever happens to the catalog
          const later = yield* Orders.get({ tenantId, orderId: order.id }).pipe(
            as(owner.actor),
            withCatalog("2026-2", 999_999)
          )
          assert.deepStrictEqual(later, order)
          const gone = Catalog.of({ current: Effect.fail(new CatalogUnavailable()) })
          const blind = yield* Orders.get({ tenantId, orderId: order.id }).pipe(
            as(owner.actor),
            Effect.provideService(Catalog, gone)
          )
          assert.deepStrictEqual(blind, order)
          assert.strictEqual(
            yield* tagOf(draft(owner, tenantId).pipe(Effect.provideService(Catalog, gone))),
            "CatalogUnavailable"
          )
          assert.include(
            (yield* eventsOf(tenantId)).map(({ type }) => type),
            "order.placed"
          )
          // it cannot be changed or placed again
          const again = Orders.change({ tenantId, orderId: order.id, options: {} }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(again), "OrderStepNotPossible")
          assert.strictEqual(yield* tagOf(place(owner, shown)), "OrderStepNotPossible")
        })
      )
    )

    it.effect(
      "ORD-02 what does not exist or is not complete is not ordered, and each option says why",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const wrong = yield* draft(owner, tenantId, { options: { line: "dsl", seats: 1, router: "fibre" } })
          const refusal = yield* Effect.flip(place(owner, wrong))
          assert.strictEqual(refusal._tag, "OptionsNotPossible")
          if (refusal._tag === "OptionsNotPossible") assert.deepStrictEqual(refusal.issues, wrong.issues)
          const nowhere = yield* Orders.start({ tenantId, product: "office" }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(place(owner, nowhere)), "LocationMissing")
          const fine = yield* draft(owner, tenantId)
          const withdrawn = Effect.provide(Layer.orDie(Catalog.layer({ version: "2026-1", products: [] })))
          assert.strictEqual(yield* tagOf(place(owner, fine).pipe(withdrawn)), "UnknownProduct")
          const shown = yield* Orders.get({ tenantId, orderId: fine.id }).pipe(as(owner.actor), withdrawn)
          assert.deepInclude(shown, { productName: null, price: null, issues: [] })
          assert.deepStrictEqual(yield* mailsTo("owner@example.com"), [])
        })
      )
    )

    it.effect(
      "ORD-02 G-04 the same idempotency key never makes two orders, neither of the draft nor of what is placed",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const input = { tenantId, product: "location", options, location }
          const start = Orders.start(input, { idempotencyKey: "a" }).pipe(as(owner.actor))
          const first = yield* start
          assert.deepStrictEqual(yield* start, first)
          const put = Orders.place(placing(first), { idempotencyKey: "b" }).pipe(as(owner.actor))
          const order = yield* put
          assert.deepStrictEqual(yield* put, order)
          const { items } = yield* Orders.list({ tenantId }).pipe(as(owner.actor))
          assert.strictEqual(items.length, 1)
          assert.strictEqual((yield* mailsTo("owner@example.com")).length, 1)
          const other = Orders.start({ ...input, product: "office", options: {} }, { idempotencyKey: "a" })
          assert.strictEqual(yield* tagOf(other.pipe(as(owner.actor))), "IdempotencyKeyReused")
        })
      )
    )

    it.effect(
      "HIE-01 only an active tenant that is no sub orders subs, from the first step on",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const before = yield* draft(owner, tenantId)
          yield* becomeSub(tenantId)
          assert.strictEqual(yield* tagOf(draft(owner, tenantId)), "MainIsASub")
          assert.strictEqual(yield* tagOf(place(owner, before)), "MainIsASub")
          assert.strictEqual((yield* stored(before)).state, "Draft")
          yield* suspend(tenantId)
          assert.strictEqual(yield* tagOf(place(owner, before)), "NotAllowed")
        })
      )
    )

    it.effect(
      "ACC-02 G-05 V-03 who may not order does not, a draft is its orderer's own, and one of another tenant is not there",
      proving(
        Effect.gen(function* () {
          const { admin, owner, stranger, tenantId } = yield* main
          const second = yield* person("second")
          yield* given.member(tenantId, second.account, ["owner"])
          const elsewhere = yield* given.tenant(stranger.account)
          const shown = yield* draft(owner, tenantId)
          const all = (who: typeof owner, of: TenantId, id: OrderId) =>
            Effect.all([
              tagOf(Orders.change({ tenantId: of, orderId: id, options: {} }).pipe(as(who.actor))),
              tagOf(Orders.place({ ...placing(shown), tenantId: of, orderId: id }).pipe(as(who.actor))),
              tagOf(Orders.cancel({ tenantId: of, orderId: id }).pipe(as(who.actor))),
              tagOf(Orders.get({ tenantId: of, orderId: id }).pipe(as(who.actor)))
            ])
          const absent = ["NotFound", "NotFound", "NotFound", "NotFound"]
          assert.deepStrictEqual(yield* all(stranger, tenantId, shown.id), absent, "nobody of the tenant")
          assert.deepStrictEqual(yield* all(stranger, elsewhere.id, shown.id), absent, "of another tenant")
          assert.deepStrictEqual(yield* all(owner, tenantId, orderId(77)), absent, "no such order")
          assert.deepStrictEqual(yield* all(owner, idOf(77), shown.id), absent, "no such tenant")
          assert.deepStrictEqual(yield* all(second, tenantId, shown.id), absent, "the draft of another")
          assert.deepStrictEqual(yield* all(admin, tenantId, shown.id), [
            "NotAllowed",
            "NotAllowed",
            "NotAllowed",
            "NotFound"
          ])
          assert.strictEqual(yield* tagOf(draft(admin, tenantId)), "NotAllowed")
          // from placing on, everybody who may see the locations sees it, and nobody else changes it
          yield* place(owner, shown)
          for (const who of [second, admin]) {
            const seen = yield* Orders.get({ tenantId, orderId: shown.id }).pipe(as(who.actor))
            assert.strictEqual(seen.state, "Placed")
          }
          assert.strictEqual(
            yield* tagOf(Orders.change({ tenantId, orderId: shown.id, options: {} }).pipe(as(second.actor))),
            "NotFound"
          )
        })
      )
    )

    it.effect(
      "ORD-03 the orderer cancels a draft or a placed order, which is then never worked on",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const orders = yield* OrderRepository
          const first = yield* draft(owner, tenantId)
          const cancel = (id: OrderId) => Orders.cancel({ tenantId, orderId: id }).pipe(as(owner.actor))
          assert.deepStrictEqual(yield* cancel(first.id), { state: "Cancelled" })
          const second = yield* placed(owner, tenantId)
          assert.strictEqual(yield* orders.openOrders(tenantId), 1)
          assert.deepStrictEqual(yield* cancel(second.id), { state: "Cancelled" })
          assert.strictEqual(yield* orders.openOrders(tenantId), 0)
          assert.strictEqual(yield* tagOf(cancel(second.id)), "OrderStepNotPossible")
          yield* TestClock.adjust("1 hour")
          assert.deepStrictEqual(yield* orders.due(second.createdAt, 10), [])
        })
      )
    )

    it.effect(
      "HIE-04 ORD-05 an order is listed in location management from the moment it is placed",
      proving(
        Effect.gen(function* () {
          const { admin, owner, tenantId } = yield* main
          const inLocations = Effect.map(
            Orders.list({ tenantId, inLocations: true }).pipe(as(admin.actor)),
            ({ items }) => items.map(({ name, number, state }) => [name, number, state])
          )
          const shown = yield* draft(owner, tenantId)
          assert.deepStrictEqual(yield* inLocations, [])
          const order = yield* place(owner, shown)
          assert.deepStrictEqual(yield* inLocations, [["Filiale Wien", order.number, "Placed"]])
          yield* Orders.cancel({ tenantId, orderId: order.id }).pipe(as(owner.actor))
          assert.deepStrictEqual(yield* inLocations, [])
          const mine = yield* Orders.list({ tenantId }).pipe(as(owner.actor))
          assert.deepStrictEqual(
            mine.items.map(({ state }) => state),
            ["Cancelled"]
          )
        })
      )
    )

    it.effect(
      "G-06 lists of orders are paged",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          const made: Array<OrderId> = []
          for (let n = 0; n < 3; n++) {
            made.unshift((yield* placed(owner, tenantId)).id)
            yield* TestClock.adjust("1 second")
          }
          const first = yield* Orders.list({ tenantId, limit: 2 }).pipe(as(owner.actor))
          const rest = yield* Orders.list({ tenantId, limit: 2, after: first.next ?? "" }).pipe(as(owner.actor))
          assert.deepStrictEqual(
            [...first.items, ...rest.items].map(({ id }) => id),
            made
          )
          assert.isNull(rest.next)
          const clerk = yield* staff((yield* person("clerk")).account, "agent")
          const queue = yield* Orders.queue({ limit: 2 }).pipe(as(clerk))
          const more = yield* Orders.queue({ limit: 2, after: queue.next ?? "" }).pipe(as(clerk))
          assert.deepStrictEqual(
            [...queue.items, ...more.items].map(({ id, tenantName }) => [id, tenantName]),
            made.map((id) => [id, "Haupt GmbH"])
          )
          const [found] = (yield* Orders.queue({ number: queue.items[1]?.number ?? "" }).pipe(as(clerk))).items
          assert.strictEqual(found?.id, queue.items[1]?.id)
          const none = yield* Orders.queue({ states: ["Failed"] }).pipe(as(clerk))
          assert.deepStrictEqual(none.items, [])
        })
      )
    )

    it.effect(
      "LIM-01 the drafts that one account starts are limited",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* main
          yield* draft(owner, tenantId)
          assert.strictEqual(yield* tagOf(draft(owner, tenantId)), "TooManyAttempts")
        }),
        { limits: { ordersPerAccount: { max: 1, window: "1 hour" } } }
      )
    )
  })
})

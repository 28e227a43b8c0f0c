import { Effect, Layer, Option } from "effect"
import { type Order, openStates } from "../orders/Order.ts"
import { type OrderKey, OrderRepository } from "../orders/OrderRepository.ts"
import { Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

export const orders = table<Order>()({
  name: "tenant_order",
  key: (order) => `${order.tenantId} ${order.id}`,
  unique: { number: ({ number }) => number, newTenant: ({ newTenantId }) => newTenantId ?? undefined }
})

/** The constraints of the table of a database. */
const check = (order: Order): void => {
  const due = order.state === "Placed" || order.state === "Provisioning"
  if (
    (order.state !== "Draft" && order.state !== "Cancelled" && order.terms === null) ||
    due !== (order.dueAt !== null) ||
    (order.state === "Fulfilled") !== (order.newTenantId !== null)
  ) {
    orders.refuse("other")
  }
}

const newestFirst = (a: Order, b: Order): number => b.createdAt - a.createdAt || (a.id < b.id ? 1 : -1)

const isAfter = (after: Option.Option<OrderKey>) => (order: Order) =>
  Option.match(after, {
    onNone: () => true,
    onSome: ([createdAt, id]) => order.createdAt < createdAt || (order.createdAt === createdAt && order.id < id)
  })

export const layer: Layer.Layer<OrderRepository, never, Store> = Layer.effect(
  OrderRepository,
  Effect.map(Store, (store) =>
    OrderRepository.of({
      insert: (order) =>
        store.write("order.insert", (write) => {
          check(order)
          // as the foreign key of a database
          if (Option.isNone(tenants.get(write.state, order.tenantId))) orders.refuse("other")
          orders.insert(write, order)
        }),
      find: (tenantId, id) => store.read("order.find", (state) => orders.get(state, `${tenantId} ${id}`)),
      findForUpdate: (tenantId, id) =>
        store.read("order.findForUpdate", (state) => orders.get(state, `${tenantId} ${id}`)),
      save: (order) =>
        store.write("order.save", (write) => {
          const key = `${order.tenantId} ${order.id}`
          if (Option.exists(orders.get(write.state, key), (stored) => stored.version === order.version)) {
            check(order)
            if (order.newTenantId !== null && Option.isNone(tenants.get(write.state, order.newTenantId))) {
              orders.refuse("other")
            }
          }
          orders.update(
            write,
            key,
            (stored) => stored.version === order.version,
            () => ({ ...order, version: order.version + 1 })
          )
        }),
      openOrders: (tenantId) =>
        store.read("order.openOrders", (state) =>
          orders.count(state, (order) => order.tenantId === tenantId && openStates.includes(order.state))
        ),
      list: (tenantId, { draftsOf, states }, { after, limit }) =>
        store.read("order.list", (state) =>
          orders
            .filter(
              state,
              (order) =>
                order.tenantId === tenantId &&
                (order.state !== "Draft" || order.ordererId === draftsOf) &&
                Option.match(states, { onNone: () => true, onSome: (wanted) => wanted.includes(order.state) })
            )
            .filter(isAfter(after))
            .sort(newestFirst)
            .slice(0, limit + 1)
        ),
      queue: ({ number, states }, { after, limit }) =>
        store.read("order.queue", (state) =>
          orders
            .filter(state, (order) =>
              Option.match(number, {
                onNone: () => states.includes(order.state),
                onSome: (wanted) => order.number === wanted
              })
            )
            .filter(isAfter(after))
            .sort(newestFirst)
            .slice(0, limit + 1)
            .flatMap((order) =>
              Option.toArray(
                Option.map(tenants.get(state, order.tenantId), ({ customerNumber, name }) => ({
                  order,
                  tenantName: name,
                  customerNumber
                }))
              )
            )
        ),
      purgeDrafts: (before, limit) =>
        store.write("order.purgeDrafts", (write) => {
          const over = new Set(
            orders
              .filter(write.state, ({ createdAt, state }) => state === "Draft" && createdAt < before)
              .sort(newestFirst)
              .toReversed()
              .slice(0, limit)
          )
          return orders.removeAll(write, (order) => over.has(order))
        }),
      due: (now, limit) =>
        store.read("order.due", (state) =>
          orders
            .filter(
              state,
              ({ dueAt, tenantId }) =>
                dueAt !== null &&
                dueAt <= now &&
                Option.exists(tenants.get(state, tenantId), ({ state }) => state !== "suspended")
            )
            .sort(
              orders.by(
                ({ dueAt }) => dueAt ?? 0,
                ({ id }) => id
              )
            )
            .slice(0, limit)
            .map(({ id, tenantId }) => ({ tenantId, orderId: id }))
        )
    })
  )
)

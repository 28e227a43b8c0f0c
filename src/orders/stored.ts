import { Effect, Option } from "effect"
import type { OrderId } from "../kernel/ids.ts"
import { NotFound } from "../kernel/refusals.ts"
import type { Member } from "../tenants/MembershipRepository.ts"
import type { Tenant } from "../tenants/Tenant.ts"
import type { Order } from "./Order.ts"
import { type OrderPlace, OrderRepository } from "./OrderRepository.ts"
import { productOf } from "./orderMails.ts"

/** An order as it is after `save` has counted the version up. */
export const saved = (order: Order): Order => ({ ...order, version: order.version + 1 })

export const subject = (id: OrderId) => ({ kind: "order", id })

export const orderForUpdate = Effect.fnUntraced(function* ({ orderId, tenantId }: OrderPlace) {
  const orders = yield* OrderRepository
  const order = Option.getOrUndefined(yield* orders.findForUpdate(tenantId, orderId))
  return order ?? (yield* new NotFound({ kind: "order" }))
})

/** What every mail about an order says. */
export const valuesOf = (order: Order, tenant: Pick<Tenant, "name">) => ({
  accountId: order.ordererId,
  orderId: order.id,
  tenantName: tenant.name,
  number: order.number,
  name: order.location?.name ?? "",
  product: productOf(order.terms, order.product)
})

/** To the orderer's contact address in the tenant that orders; whoever has left that gets no mail about it. */
export const envelope = (order: Order, member: Member) => ({
  recipient: member.membership.contactEmail,
  locale: member.locale,
  tenantId: order.tenantId,
  accountId: order.ordererId,
  process: `order:${order.id}`
})

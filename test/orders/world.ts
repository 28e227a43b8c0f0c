import { Effect, Layer, Option } from "effect"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import type { TenantLink } from "../../src/hierarchy/TenantLink.ts"
import { fulfilOrders } from "../../src/jobs/jobList.ts"
import type { OrderId, TenantId } from "../../src/kernel/ids.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { Orders } from "../../src/orders/index.ts"
import { OrderRepository } from "../../src/orders/OrderRepository.ts"
import type { TenantState } from "../../src/tenants/Tenant.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { FaultyProvisioning } from "../../src/testing/FaultyProvisioning.ts"
import { as, given, signedIn, withKernel } from "../support/portal.ts"

/** What use cases need besides storage, with provisioning that can be made to go wrong. */
export const withOrders = (settings: SettingsInput = {}) =>
  FaultyProvisioning.layer.pipe(Layer.provideMerge(withKernel(settings)))

export const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`, "a hash")
  return { account, actor: yield* signedIn(account) }
})
export type Person = Effect.Success<ReturnType<typeof person>>

export const location = { name: "Filiale Wien", street: "Ring 1", postalCode: "A-1010", city: "Wien", country: "AT" }
export const options = { line: "fibre", seats: 3 }
/** Of the options above, in cents. */
export const price = { once: 4900 + 9900, monthly: 1990 + 5995 + 3 * 395 }

/** The owner of a tenant that can have subs, an admin there who may only look, and somebody who is not in it. */
export const main = Effect.gen(function* () {
  const owner = yield* person("owner")
  const admin = yield* person("admin")
  const stranger = yield* person("stranger")
  const { id } = yield* given.tenant(owner.account, { name: "Haupt GmbH" })
  yield* given.member(id, admin.account, ["admin"])
  return { owner, admin, stranger, tenantId: id }
})

type Wishes = Omit<Parameters<typeof Orders.start>[0], "tenantId" | "product">

export const draft = ({ actor }: Person, tenantId: TenantId, over: Wishes = {}) =>
  Orders.start({ tenantId, product: "location", options, location, ...over }).pipe(as(actor))

interface Shown {
  readonly id: OrderId
  readonly tenantId: TenantId
  readonly version: number
  readonly catalogVersion: string | null
}

/** The order as it was shown. */
export const placing = ({ catalogVersion, id, tenantId, version }: Shown) => ({
  tenantId,
  orderId: id,
  version,
  catalogVersion: catalogVersion ?? ""
})

export const place = ({ actor }: Person, shown: Shown) => Orders.place(placing(shown)).pipe(as(actor))

/** A placed order. */
export const placed = Effect.fnUntraced(function* (who: Person, tenantId: TenantId, over: Wishes = {}) {
  return yield* place(who, yield* draft(who, tenantId, over))
})

/** The job, once. */
export const work = fulfilOrders.run

export const stored = Effect.fnUntraced(function* ({ id, tenantId }: Pick<Shown, "id" | "tenantId">) {
  const orders = yield* OrderRepository
  return Option.getOrThrow(yield* orders.find(tenantId, id))
})

/** What became of an order: its state, and the tenant with the link where there is one. */
export const outcome = Effect.fnUntraced(function* (shown: Pick<Shown, "id" | "tenantId">) {
  const tenants = yield* TenantRepository
  const hierarchy = yield* HierarchyRepository
  const order = yield* stored(shown)
  const id = order.newTenantId
  return {
    order,
    tenant: id === null ? null : Option.getOrNull(yield* tenants.find(id)),
    link: id === null ? null : Option.getOrNull(yield* hierarchy.find(id)),
    subs: yield* hierarchy.countSubs(shown.tenantId)
  }
})

/** As if the tenant had become a sub of another one, which the use cases do not allow while it has open orders. */
export const becomeSub = Effect.fnUntraced(function* (subId: TenantId) {
  const hierarchy = yield* HierarchyRepository
  const tenants = yield* TenantRepository
  const boss = yield* person("boss")
  const { id } = yield* given.tenant(boss.account)
  const link: TenantLink = {
    subId,
    mainId: id,
    kind: "existing",
    linkedAt: Option.getOrThrow(yield* tenants.find(subId)).createdAt,
    refused: []
  }
  yield* hierarchy.insert(link)
})

/** As if staff had done so. */
export const setState = Effect.fnUntraced(function* (tenantId: TenantId, state: TenantState) {
  const tenants = yield* TenantRepository
  const tenant = Option.getOrThrow(yield* tenants.find(tenantId))
  yield* tenants.save({ ...tenant, state })
})
export const suspend = (tenantId: TenantId) => setState(tenantId, "suspended")

import { Effect, Option, Result, Schema } from "effect"
import { HierarchyRepository } from "../hierarchy/HierarchyRepository.ts"
import { MainIsASub } from "../hierarchy/TenantLink.ts"
import type * as Actor from "../kernel/Actor.ts"
import { EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { nextId, nextNumber, OrderId, ShortNumber, TenantId } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import * as PostalCode from "../kernel/PostalCode.ts"
import { NotFound } from "../kernel/refusals.ts"
import { Locale, line, optionalLine } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { standing } from "../tenants/Access.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { require } from "../tenants/Permissions.ts"
import { staffMay, staffSearchLimits } from "../tenants/staffRights.ts"
import { TenantNotActive } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { Catalog, CatalogUnavailable } from "./Catalog.ts"
import * as Order from "./Order.ts"
import {
  FailureReason,
  Location,
  LocationMissing,
  OptionsNotPossible,
  OrderChanged,
  OrderState,
  OrderStepNotPossible,
  Owner,
  UnknownProduct
} from "./Order.ts"
import { type OrderPlace, OrderRepository, type QueuedOrder } from "./OrderRepository.ts"
import * as orderMails from "./orderMails.ts"
import * as Product from "./Product.ts"
import { envelope, orderForUpdate, saved, subject, valuesOf } from "./stored.ts"

// ---- what people see -------------------------------------------------------------------------------------------------------------------

const Label = Schema.Struct({ de: Schema.String, en: Schema.String })

/** What it costs; prices in minor units of the currency. */
const Priced = Schema.Struct({
  currency: Schema.String,
  once: Schema.Int,
  monthly: Schema.Int,
  termMonths: Schema.Int,
  lines: Schema.Array(Product.Line)
})

/** An order as those see it who may see the tenant's locations. */
export const OrderView = Schema.Struct({
  id: OrderId,
  number: ShortNumber,
  tenantId: TenantId,
  state: OrderState,
  /** What `place` names as shown. */
  version: Schema.Int,
  product: Schema.String,
  /** Null where the catalog does not have it any more. */
  productName: Schema.NullOr(Label),
  options: Schema.toType(Product.Chosen),
  location: Schema.NullOr(Location),
  owner: Schema.NullOr(Schema.toType(Owner)),
  /** Of a draft, by the catalog of today; else the one that it was placed with. */
  catalogVersion: Schema.NullOr(Schema.String),
  /** What is wrong with the options of a draft. */
  issues: Schema.Array(Product.Issue),
  /** Frozen from placing on; null for a draft that has issues. */
  price: Schema.NullOr(Priced),
  createdAt: Instant.Instant,
  placedAt: Schema.NullOr(Instant.Instant),
  failure: Schema.NullOr(Schema.Struct({ reason: FailureReason, ...Label.fields })),
  newTenantId: Schema.NullOr(TenantId),
  endedAt: Schema.NullOr(Instant.Instant)
})
export type OrderView = typeof OrderView.Type

const judged = (order: Order.Order, catalog: Product.Catalog | null) => {
  const { terms } = order
  if (terms !== null) {
    const { catalogVersion, product, ...price } = terms
    return { productName: product, catalogVersion, issues: [], price }
  }
  const product = catalog === null ? undefined : Product.productNamed(catalog, order.product)
  if (catalog === null || product === undefined) {
    return { productName: null, catalogVersion: catalog?.version ?? null, issues: [], price: null }
  }
  const { issues, lines, total } = Product.evaluate(product, order.options)
  const { currency, termMonths } = product
  return {
    productName: product.name,
    catalogVersion: catalog.version,
    issues,
    price: total === null ? null : { currency, ...total, termMonths, lines }
  }
}

/** In the order of the schema's fields, which is that of an answer that is given again under its idempotency key. */
const toView = (order: Order.Order, catalog: Product.Catalog | null): OrderView => {
  const { catalogVersion, issues, price, productName } = judged(order, catalog)
  return {
    id: order.id,
    number: order.number,
    tenantId: order.tenantId,
    state: order.state,
    version: order.version,
    product: order.product,
    productName,
    options: order.options,
    location: order.location,
    owner: order.owner,
    catalogVersion,
    issues,
    price,
    createdAt: order.createdAt,
    placedAt: order.placedAt,
    failure:
      order.failure === null
        ? null
        : {
            reason: order.failure.reason,
            de: orderMails.failureText(order.failure, "de"),
            en: orderMails.failureText(order.failure, "en")
          },
    newTenantId: order.newTenantId,
    endedAt: order.endedAt
  }
}

const currentCatalog = Effect.flatMap(Catalog, (catalog) => catalog.current)

// ---- products --------------------------------------------------------------------------------------------------------------------------

/** Everything that can be ordered, with options, allowed combinations and prices (ORD-01). */
export const products = UseCase.query({
  name: "orders.products",
  summary: "Lists what can be ordered, with options, rules and prices in minor units.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ tenantId: TenantId }),
  output: Product.Catalog,
  errors: [NotFound, CatalogUnavailable],
  run: Effect.fnUntraced(function* ({ tenantId }, { actor, settings }) {
    yield* require(actor, settings, tenantId, "locations.change")
    return yield* currentCatalog
  })
})

// ---- drafts ----------------------------------------------------------------------------------------------------------------------------

const LocationInput = Schema.Struct({
  name: line(200),
  street: Schema.optionalKey(optionalLine(200)),
  postalCode: Schema.String,
  city: Schema.optionalKey(optionalLine(100)),
  country: PostalCode.CountryFromInput
}).check(PostalCode.ofItsCountry)

const toLocation = (input: typeof LocationInput.Type): Location => ({
  name: input.name,
  street: input.street ?? "",
  postalCode: PostalCode.normalised(input),
  city: input.city ?? "",
  country: input.country
})

const OwnerInput = Schema.Struct({
  email: EmailAddressFromInput,
  /** The language of the invitation; `de` where it is not given. */
  locale: Schema.optionalKey(Locale)
})

const toOwner = (input: typeof OwnerInput.Type | null): Owner | null =>
  input === null ? null : { email: input.email, locale: input.locale ?? "de" }

const wishes = {
  options: Schema.optionalKey(Product.Chosen),
  /** Name and address of the new customer area. */
  location: Schema.optionalKey(LocationInput),
  /** Who becomes its first owner by accepting an invitation; null, or nothing said, for the caller, who is it at once. */
  owner: Schema.optionalKey(Schema.NullOr(OwnerInput))
}

/** The caller may order in this tenant, and it is none that can have no subs. */
const ordering = Effect.fnUntraced(function* (unit: UseCase.Call<"Account">, tenantId: TenantId) {
  const memberships = yield* MembershipRepository
  const facts = yield* memberships.accessFacts(tenantId, unit.actor.accountId)
  yield* Effect.fromResult(standing(unit.settings, unit.actor, Option.getOrUndefined(facts), "locations.change"))
})

const refuseSub = Effect.fnUntraced(function* (tenantId: TenantId) {
  const hierarchy = yield* HierarchyRepository
  const level = yield* hierarchy.level(tenantId)
  if (level.link !== null) return yield* new MainIsASub()
  return level
})

/** The caller's own order; one of somebody else is not there where it is a draft, else it is not the caller's to change. */
const ownOrder = Effect.fnUntraced(function* (actor: Actor.Account, { orderId, tenantId }: OrderPlace) {
  const orders = yield* OrderRepository
  const order = Option.getOrUndefined(yield* orders.findForUpdate(tenantId, orderId))
  if (order === undefined || order.ordererId !== actor.accountId) return yield* new NotFound({ kind: "order" })
  return order
})

/**
 * Begins an order of a sub tenant for this tenant: a draft, which only the caller sees and which binds nobody. The first owner of the new tenant is the
 * caller, unless the order names another address.
 */
export const start = UseCase.command({
  name: "orders.start",
  summary: "Begins an order of a sub account: a draft, with what is wrong with it and what it costs.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ tenantId: TenantId, product: Product.Key, ...wishes }),
  output: OrderView,
  errors: [NotFound, UnknownProduct, MainIsASub, CatalogUnavailable],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `orders.account:${actor.accountId}`, limit: settings.limits.ordersPerAccount }]),
  prepare: () => currentCatalog,
  unit: Effect.fnUntraced(function* (input, unit, catalog) {
    const orders = yield* OrderRepository
    const { tenantId } = input
    yield* ordering(unit, tenantId)
    yield* refuseSub(tenantId)
    if (Product.productNamed(catalog, input.product) === undefined) {
      return yield* new UnknownProduct({ product: input.product })
    }
    const order = Order.started(
      {
        id: yield* nextId(OrderId),
        number: yield* nextNumber,
        tenantId,
        ordererId: unit.actor.accountId,
        product: input.product,
        options: input.options ?? {},
        location: input.location === undefined ? null : toLocation(input.location),
        owner: toOwner(input.owner ?? null)
      },
      unit.now
    )
    yield* orders.insert(order)
    unit.record({ type: "order.started", tenantId, subject: subject(order.id), data: { product: order.product } })
    return toView(order, catalog)
  })
})

const OfTenant = Schema.Struct({ tenantId: TenantId, orderId: OrderId })

/** Changes a draft of the caller's. What is given replaces what was there; options that do not exist are kept, with a message for each (ORD-02). */
export const change = UseCase.command({
  name: "orders.change",
  summary: "Changes a draft; answers what is wrong with each option, and what it costs.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ ...OfTenant.fields, product: Schema.optionalKey(Product.Key), ...wishes }),
  output: OrderView,
  errors: [NotFound, UnknownProduct, OrderStepNotPossible, CatalogUnavailable],
  prepare: () => currentCatalog,
  unit: Effect.fnUntraced(function* (input, unit, catalog) {
    const orders = yield* OrderRepository
    yield* ordering(unit, input.tenantId)
    const order = yield* ownOrder(unit.actor, input)
    if (input.product !== undefined && Product.productNamed(catalog, input.product) === undefined) {
      return yield* new UnknownProduct({ product: input.product })
    }
    const next = yield* Effect.fromResult(
      Order.apply(
        order,
        {
          event: "change",
          by: "orderer",
          change: {
            ...(input.product === undefined ? {} : { product: input.product }),
            ...(input.options === undefined ? {} : { options: input.options }),
            ...(input.location === undefined ? {} : { location: toLocation(input.location) }),
            ...(input.owner === undefined ? {} : { owner: toOwner(input.owner) })
          }
        },
        unit.now
      )
    )
    yield* orders.save(next)
    unit.record({ type: "order.changed", tenantId: input.tenantId, subject: subject(order.id) })
    return toView(saved(next), catalog)
  })
})

// ---- placing and calling off -----------------------------------------------------------------------------------------------------------

/** What the order is placed with, or every reason why it cannot be. */
const termsOf = (
  order: Order.Order,
  catalog: Product.Catalog
): Result.Result<Order.Terms, UnknownProduct | OptionsNotPossible> => {
  const product = Product.productNamed(catalog, order.product)
  if (product === undefined) return Result.fail(new UnknownProduct({ product: order.product }))
  const { issues, lines, total } = Product.evaluate(product, order.options)
  if (total === null) return Result.fail(new OptionsNotPossible({ issues }))
  return Result.succeed({
    catalogVersion: catalog.version,
    product: product.name,
    currency: product.currency,
    ...total,
    termMonths: product.termMonths,
    lines
  })
}

/**
 * Orders what the caller was shown: the version of the draft and of the catalog; when either has changed, nothing is ordered (`OrderChanged`). The
 * price is frozen with it. The tenant must be able to have a sub: active, and no sub itself; its row is locked, so that it cannot become one until
 * the order is fulfilled or has ended.
 */
export const place = UseCase.command({
  name: "orders.place",
  summary: "Places a draft at the price that was shown.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({ ...OfTenant.fields, version: Schema.Int, catalogVersion: Schema.String }),
  output: OrderView,
  errors: [
    NotFound,
    UnknownProduct,
    OptionsNotPossible,
    LocationMissing,
    OrderChanged,
    OrderStepNotPossible,
    MainIsASub,
    CatalogUnavailable
  ],
  prepare: () => currentCatalog,
  unit: Effect.fnUntraced(function* (input, unit, catalog) {
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const orders = yield* OrderRepository
    const { tenantId } = input
    const claim = { accountId: unit.actor.accountId, tenantId }
    const tenant = Option.getOrUndefined(yield* tenants.findForUpdate(tenantId, claim))
    yield* ordering(unit, tenantId)
    const member = Option.getOrUndefined(yield* memberships.findMember(tenantId, unit.actor.accountId))
    if (tenant === undefined || member === undefined) return yield* new NotFound({ kind: "tenant" })
    const order = yield* ownOrder(unit.actor, input)
    if (order.state !== "Draft") return yield* new OrderStepNotPossible({ state: order.state })
    yield* refuseSub(tenantId)
    const terms = yield* Effect.fromResult(termsOf(order, catalog))
    if (order.location === null) return yield* new LocationMissing()
    const shown = { version: input.version, catalogVersion: input.catalogVersion }
    const next = yield* Effect.fromResult(Order.apply(order, { event: "place", by: "orderer", shown, terms }, unit.now))
    yield* orders.save(next)
    // whoever looks at the set of open orders, and then at the tenant's version, sees that the set has changed
    yield* tenants.save(tenant)
    const { catalogVersion, currency, monthly, once, termMonths } = terms
    unit.record({
      type: "order.placed",
      tenantId,
      subject: subject(order.id),
      data: { product: order.product, catalogVersion, currency, once, monthly, termMonths }
    })
    unit.send(
      orderMails.placed.mail({
        ...envelope(next, member),
        values: { ...valuesOf(next, tenant), currency, once, monthly, termMonths }
      })
    )
    return toView(saved(next), null)
  })
})

/** Calls an order off that nobody works on yet: the caller's draft, or one that was placed in the tenant's name, by whomever. */
export const cancel = UseCase.command({
  name: "orders.cancel",
  summary: "Cancels the caller's draft, or an order of the customer area that nobody works on yet.",
  actors: ["Account"],
  requires: "locations.change",
  input: OfTenant,
  output: Schema.Struct({ state: OrderState }),
  errors: [NotFound, OrderStepNotPossible],
  unit: Effect.fnUntraced(function* (input, unit) {
    const orders = yield* OrderRepository
    yield* ordering(unit, input.tenantId)
    const order = yield* orderForUpdate(input)
    if (order.state === "Draft" && order.ordererId !== unit.actor.accountId)
      return yield* new NotFound({ kind: "order" })
    const next = yield* Effect.fromResult(Order.apply(order, { event: "cancel", by: "orderer" }, unit.now))
    yield* orders.save(next)
    unit.record({ type: "order.cancelled", tenantId: input.tenantId, subject: subject(order.id) })
    return { state: next.state }
  })
})

// ---- looking ---------------------------------------------------------------------------------------------------------------------------

/** One order; the draft of somebody else is not there. */
export const get = UseCase.query({
  name: "orders.get",
  summary: "Shows one order of a customer area.",
  actors: ["Account"],
  requires: "locations.read",
  input: OfTenant,
  output: OrderView,
  errors: [NotFound, CatalogUnavailable],
  run: Effect.fnUntraced(function* ({ orderId, tenantId }, { actor, settings }) {
    const orders = yield* OrderRepository
    yield* require(actor, settings, tenantId, "locations.read")
    const order = Option.getOrUndefined(yield* orders.find(tenantId, orderId))
    if (order === undefined || (order.state === "Draft" && order.ordererId !== actor.accountId)) {
      return yield* new NotFound({ kind: "order" })
    }
    return toView(order, order.terms === null ? yield* currentCatalog : null)
  })
})

const KeyOfPage = Schema.Tuple([Schema.Int, OrderId])
const keyOf = (order: Order.Order) => [order.createdAt, order.id] as const

const States = Schema.Array(OrderState).check(
  Schema.makeFilter((states) => (states.length <= OrderState.literals.length ? undefined : "too-many"))
)

/** A line of a list of orders. */
const Listed = Schema.Struct({
  id: OrderId,
  number: ShortNumber,
  state: OrderState,
  product: Schema.String,
  productName: Schema.NullOr(Label),
  /** Of the new customer area. */
  name: Schema.String,
  postalCode: Schema.String,
  city: Schema.String,
  country: Schema.String,
  createdAt: Instant.Instant,
  placedAt: Schema.NullOr(Instant.Instant),
  failure: OrderView.fields.failure,
  newTenantId: Schema.NullOr(TenantId)
})

const toListed = (order: Order.Order): typeof Listed.Type => {
  const { createdAt, failure, id, newTenantId, number, placedAt, product, productName, state } = toView(order, null)
  const { city = "", country = "", name = "", postalCode = "" } = order.location ?? {}
  return {
    id,
    number,
    state,
    product,
    productName,
    name,
    postalCode,
    city,
    country,
    createdAt,
    placedAt,
    failure,
    newTenantId
  }
}

/**
 * The tenant's orders, newest first, with the caller's own drafts. `inLocations` leaves those that location management lists beside the subs: being set
 * up from placing on, or failed (HIE-04, ORD-05).
 */
export const list = UseCase.query({
  name: "orders.list",
  summary: "Lists a customer area's orders of sub accounts, newest first.",
  actors: ["Account"],
  requires: "locations.read",
  input: Schema.Struct({ tenantId: TenantId, inLocations: Schema.optionalKey(Schema.Boolean), ...Page.fields }),
  output: Page.Page(Listed),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    const orders = yield* OrderRepository
    const window = yield* Page.window(KeyOfPage, input)
    yield* require(actor, settings, input.tenantId, "locations.read")
    const states = input.inLocations === true ? Option.some(Order.listedStates) : Option.none()
    const rows = yield* orders.list(input.tenantId, { draftsOf: actor.accountId, states }, window)
    return Page.make(rows, window, keyOf, toListed)
  })
})

// ---- staff -----------------------------------------------------------------------------------------------------------------------------

const Queued = Schema.Struct({
  ...Listed.fields,
  tenantId: TenantId,
  tenantName: Schema.String,
  customerNumber: Schema.String,
  /** Tries that went wrong. */
  failures: Schema.Int,
  dueAt: Schema.NullOr(Instant.Instant)
})

const toQueued = ({ customerNumber, order, tenantName }: QueuedOrder): typeof Queued.Type => ({
  ...toListed(order),
  tenantId: order.tenantId,
  tenantName,
  customerNumber,
  failures: order.failures,
  dueAt: order.dueAt
})

/** Orders of all tenants, newest first: those that location management lists, unless other states are asked for, or the one with a number (STF-01). */
export const queue = UseCase.query({
  name: "orders.queue",
  summary: "Lists the orders of all customer areas, by state or number.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({
    states: Schema.optionalKey(States),
    number: Schema.optionalKey(ShortNumber),
    ...Page.fields
  }),
  output: Page.Page(Queued),
  errors: [],
  limits: staffSearchLimits,
  run: Effect.fnUntraced(function* (input, { actor }) {
    const orders = yield* OrderRepository
    yield* Effect.fromResult(staffMay("orders.queue", actor))
    const window = yield* Page.window(KeyOfPage, input)
    const rows = yield* orders.queue(
      { states: input.states ?? Order.listedStates, number: Option.fromUndefinedOr(input.number) },
      window
    )
    return Page.make(rows, window, ({ order }) => keyOf(order), toQueued)
  })
})

/** Staff have a failed order tried again, as often as at first; with another first owner, where the old one cannot be it any more. */
export const retry = UseCase.command({
  name: "orders.retry",
  summary: "Has a failed order tried again.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...OfTenant.fields, owner: Schema.optionalKey(OwnerInput) }),
  output: Schema.Struct({ state: OrderState }),
  errors: [NotFound, OrderStepNotPossible, MainIsASub, TenantNotActive],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const orders = yield* OrderRepository
    yield* Effect.fromResult(staffMay("orders.retry", unit.actor))
    // as in placing: the order is open again
    const tenant = Option.getOrUndefined(yield* tenants.findForUpdate(input.tenantId))
    const order = yield* orderForUpdate(input)
    const named = toOwner(input.owner ?? null)
    if (named !== null) {
      // who names an owner does what an appointment does, and is asked for the same (AUT-07, AUT-10)
      yield* Effect.fromResult(staffMay("tenants.appointOwner", unit.actor))
      yield* Effect.fromResult(UseCase.provenRecently(unit))
    }
    const owner: Owner | undefined = named === null ? undefined : { ...named, namedByStaff: true }
    const next = yield* Effect.fromResult(Order.apply(order, { event: "retry", by: "staff", owner }, unit.now))
    yield* refuseSub(input.tenantId)
    if (tenant?.state !== "active") return yield* new TenantNotActive()
    yield* orders.save(next)
    yield* tenants.save(tenant)
    unit.record({
      type: "order.retried",
      tenantId: input.tenantId,
      subject: subject(order.id),
      data: { ownerNamed: owner !== undefined },
      ...(owner === undefined ? {} : { personal: { owner: owner.email } })
    })
    return { state: next.state }
  })
})

/** Staff call a failed order off; the orderer gets a mail. */
export const cancelFailed = UseCase.command({
  name: "orders.cancelFailed",
  summary: "Cancels a failed order.",
  actors: ["Staff"],
  requires: "staff",
  input: OfTenant,
  output: Schema.Struct({ state: OrderState }),
  errors: [NotFound, OrderStepNotPossible],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const memberships = yield* MembershipRepository
    const orders = yield* OrderRepository
    yield* Effect.fromResult(staffMay("orders.cancelFailed", unit.actor))
    const order = yield* orderForUpdate(input)
    const next = yield* Effect.fromResult(Order.apply(order, { event: "cancel", by: "staff" }, unit.now))
    yield* orders.save(next)
    unit.record({ type: "order.cancelled", tenantId: input.tenantId, subject: subject(order.id) })
    const tenant = Option.getOrUndefined(yield* tenants.find(input.tenantId))
    const member = Option.getOrUndefined(yield* memberships.findMember(input.tenantId, order.ordererId))
    if (tenant !== undefined && member !== undefined) {
      unit.send(orderMails.cancelled.mail({ ...envelope(next, member), values: valuesOf(next, tenant) }))
    }
    return { state: next.state }
  })
})

/** Every use case of those who order, and of staff. */
export const useCases = UseCase.registry(products, start, change, place, cancel, get, list, queue, retry, cancelFailed)

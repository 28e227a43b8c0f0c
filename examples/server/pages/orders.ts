import { Effect } from "effect"
import { Orders, refusals } from "portico"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { messageOf, statusOf } from "../http/refusals.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asStaff, signedIn, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { draftPage, optionField, orderNewPage, orderPage, ordersPage, staffOrdersPage } from "../views/orders.ts"
import { areaOf } from "./shared/areas.ts"

const Ordering = Orders.Orders

/** So many are shown in location management; the page of orders has them all. */
const SHOWN = 25

/** What location management shows of orders: being set up, or not set up. */
export const ordersBeingSetUp = Effect.fnUntraced(function* (tenantId: string) {
  const { items } = yield* asAccount(Ordering.list({ tenantId, inLocations: true, limit: SHOWN }))
  return items
})

const productsOf = Effect.fnUntraced(function* (tenantId: string) {
  const { permissions, tenant } = yield* areaOf(tenantId)
  const { products } = yield* asAccount(Ordering.products({ tenantId }))
  return { permissions, tenant, products }
})

/** What was typed for an option, as the value that its type wants; what is none stays as it is, and the library says what is wrong. */
const valueOf = (form: Form, option: Orders.Product.Option): string | number | boolean | undefined => {
  const name = optionField(option.key)
  if (option.type === "yes-no") return form.has(name) ? true : undefined
  const typed = form.optional(name)
  return option.type === "number" && typed !== undefined && /^\s*-?\d{1,9}\s*$/.test(typed) ? Number(typed) : typed
}

const chosenIn = (form: Form, product: Orders.Product.Product) =>
  Object.fromEntries(
    product.options.flatMap((option) => {
      const value = valueOf(form, option)
      return value === undefined ? [] : [[option.key, value] as const]
    })
  )

const locationIn = (form: Form) => ({
  name: form.text("location.name"),
  street: form.text("location.street"),
  postalCode: form.text("location.postalCode"),
  city: form.text("location.city"),
  country: form.text("location.country")
})

/** Whether nothing was typed; a country is always chosen. */
const isBlank = ({ city, name, postalCode, street }: ReturnType<typeof locationIn>): boolean =>
  [city, name, postalCode, street].every((text) => text.trim() === "")

/** One order with what its page needs besides. */
const orderOf = Effect.fnUntraced(function* () {
  const [tenantId, orderId] = [yield* parameter("tenant"), yield* parameter("order")]
  const order = yield* asAccount(Ordering.get({ tenantId, orderId }))
  const { permissions, tenant } = yield* areaOf(tenantId)
  const mayOrder = permissions.includes("locations.change")
  const products = order.state === "Draft" && mayOrder ? (yield* productsOf(tenantId)).products : []
  return { tenant, order, mayOrder, product: products.find(({ key }) => key === order.product) ?? null }
})
type Shown = Effect.Success<ReturnType<typeof orderOf>>

const shownPage = (visit: VisitShape, data: Shown, over: { state?: FormState; problem?: string } = {}) =>
  data.order.state === "Draft"
    ? draftPage(visit, { ...data, ...over })
    : orderPage(visit, { ...data, mayCancel: data.mayOrder })

const change = Effect.fnUntraced(function* (visit: VisitShape, { order, product }: Shown) {
  const { form } = visit
  const { id: orderId, tenantId } = order
  if (product === null) return yield* new refusals.NotFound({ kind: "product" })
  const email = form.optional("owner.email")
  const location = locationIn(form)
  yield* asAccount(
    Ordering.change({
      tenantId,
      orderId,
      options: chosenIn(form, product),
      // the price can be looked at before anything is said of the new sub account
      ...(order.location === null && isBlank(location) ? {} : { location }),
      owner: email === undefined ? null : { email, locale: visit.locale }
    })
  )
  return yield* goTo(paths.order(tenantId, orderId))
})

const place = Effect.fnUntraced(function* (visit: VisitShape, { order }: Shown) {
  const { form } = visit
  const { id: orderId, tenantId } = order
  yield* asAccount(
    Ordering.place(
      { tenantId, orderId, version: Number(form.text("version")), catalogVersion: form.text("catalogVersion") },
      // a form that is sent twice orders once, and both come to the same page
      { idempotencyKey: `place-${orderId}-${form.text("version")}` }
    )
  )
  return yield* goTo(paths.locations(tenantId), "orderPlaced")
})

const queueOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const { staff } = yield* signedIn
  if (staff === undefined) return yield* new refusals.NotFound({ kind: "page" })
  const after = visit.query.get("after")
  const search = (visit.query.get("q") ?? "").trim()
  const found = yield* asStaff(
    Ordering.queue({
      ...(search === "" ? {} : { number: search.toUpperCase() }),
      ...(after === null ? {} : { after })
    })
  ).pipe(
    // what is no number is the number of nothing
    Effect.catchTag("InvalidInput", (refusal) =>
      search === "" ? Effect.fail(refusal) : Effect.succeed({ items: [], next: null })
    )
  )
  return {
    orders: found.items,
    search,
    next: found.next === null ? undefined : withQuery(paths.staffOrders, { after: found.next }),
    first: after === null ? undefined : paths.staffOrders
  }
})

/** Ordering sub accounts: product, options, price, order, and back to location management. */
export const orderPages = group(
  page(
    paths.orders(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const after = visit.query.get("after")
      const { permissions, tenant } = yield* areaOf(tenantId)
      const { items, next } = yield* asAccount(Ordering.list({ tenantId, ...(after === null ? {} : { after }) }))
      return yield* show(
        ordersPage(visit, {
          tenant,
          orders: items,
          mayOrder: permissions.includes("locations.change"),
          next: next === null ? undefined : withQuery(paths.orders(tenantId), { after: next }),
          first: after === null ? undefined : paths.orders(tenantId)
        })
      )
    })
  ),
  page(
    paths.orderNew(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(orderNewPage(visit, yield* productsOf(yield* parameter("tenant"))))
    })
  ),
  act(
    paths.orderNew(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      return yield* asAccount(Ordering.start({ tenantId, product: visit.form.text("product") })).pipe(
        Effect.flatMap(({ id }) => goTo(paths.order(tenantId, id))),
        Effect.catchTag(["MainIsASub", "UnknownProduct"], (refusal) =>
          Effect.flatMap(productsOf(tenantId), (data) =>
            show({
              ...orderNewPage(visit, { ...data, problem: messageOf(refusal, visit.locale) }),
              status: statusOf(refusal)
            })
          )
        )
      )
    })
  ),
  page(
    paths.order(":tenant", ":order"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* orderOf()
      const { order, tenant } = data
      const t = visit.texts.orders
      return yield* show(
        visit.query.has("cancel") && order.state === "Placed"
          ? confirmPage(visit, {
              title: t.cancelTitle,
              lead: t.cancelLead,
              action: paths.order(tenant.id, order.id),
              submit: t.cancel,
              back: paths.order(tenant.id, order.id),
              hidden: { act: "cancel" },
              tenant,
              section: "locations"
            })
          : shownPage(visit, data)
      )
    })
  ),
  act(
    paths.order(":tenant", ":order"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* orderOf()
      const { id: orderId, tenantId } = data.order
      switch (visit.form.text("act")) {
        case "cancel":
          yield* asAccount(Ordering.cancel({ tenantId, orderId }))
          return yield* goTo(paths.locations(tenantId), "orderCancelled")
        case "place":
          return yield* place(visit, data).pipe(
            // the page shows what it is now: the messages, or the new price
            Effect.catchTag(
              ["OrderChanged", "OptionsNotPossible", "LocationMissing", "MainIsASub", "OrderStepNotPossible"],
              (refusal) =>
                Effect.flatMap(orderOf(), (now) =>
                  show({
                    ...shownPage(visit, now, { problem: messageOf(refusal, visit.locale) }),
                    status: statusOf(refusal)
                  })
                )
            )
          )
        default:
          return yield* change(visit, data).pipe(formAgain((state) => shownPage(visit, data, { state })))
      }
    })
  ),
  page(
    paths.staffOrders,
    Effect.fnUntraced(function* (visit) {
      return yield* show(staffOrdersPage(visit, yield* queueOf(visit)))
    })
  ),
  act(
    paths.staffOrders,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const order = { tenantId: form.text("tenantId"), orderId: form.text("orderId") }
      const cancels = form.text("act") === "cancel"
      return yield* Effect.gen(function* () {
        if (cancels) yield* asStaff(Ordering.cancelFailed(order))
        else yield* asStaff(Ordering.retry(order))
        return yield* goTo(paths.staffOrders, cancels ? "orderCancelled" : "orderRetried")
      }).pipe(
        Effect.catchTag(["OrderStepNotPossible", "MainIsASub", "TenantNotActive"], (refusal) =>
          Effect.flatMap(queueOf(visit), (data) =>
            show({
              ...staffOrdersPage(visit, { ...data, problem: messageOf(refusal, visit.locale) }),
              status: statusOf(refusal)
            })
          )
        )
      )
    })
  )
)

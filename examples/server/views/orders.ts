import { Orders } from "portico"
import {
  backLink,
  badge,
  type Column,
  card,
  empty,
  facts,
  heading,
  notice,
  pager,
  type Tone,
  table
} from "../html/components.ts"
import { country, day, moment } from "../html/formats.ts"
import {
  actButton,
  FormBuilder,
  type FormState,
  linkButton,
  searchForm,
  submitButton,
  untouched
} from "../html/forms.ts"
import { type Content, type Html, html } from "../html/html.ts"
import type { Page, Scene, TenantFrame } from "../html/Page.ts"
import { Form } from "../http/Form.ts"
import { paths } from "../http/paths.ts"

type OrderView = typeof Orders.Orders.OrderView.Type
type State = OrderView["state"]

const TONES: Readonly<Record<State, Tone>> = {
  Draft: "neutral",
  Placed: "waiting",
  Provisioning: "waiting",
  Fulfilled: "good",
  Failed: "bad",
  Cancelled: "neutral"
}

const stateBadge = (scene: Scene, state: State): Html => badge(scene.texts.orders.states[state], TONES[state])

/** Minor units as money in the language of the page; exact, see `Money.format`. */
const money = (scene: Scene, minor: number, currency: string): string =>
  Orders.Money.format(minor, currency, scene.locale === "de" ? "de-DE" : "en-GB")

export interface OrderItem {
  readonly id: string
  readonly number: string
  readonly state: State
  readonly product: string
  readonly productName: { readonly de: string; readonly en: string } | null
  readonly name: string
  readonly city: string
  readonly createdAt: number
  readonly placedAt: number | null
  readonly failure: { readonly de: string; readonly en: string } | null
}

const columnsOf = (scene: Scene): ReadonlyArray<Column<OrderItem>> => {
  const t = scene.texts.orders
  const none = scene.texts.common.none
  return [
    {
      label: t.name,
      names: true,
      cell: ({ name, number, product, productName }) =>
        html`${name === "" ? none : name}<span class="sub">${productName?.[scene.locale] ?? product} · ${number}</span>`
    },
    { label: t.place, cell: ({ city }) => (city === "" ? none : city) },
    {
      label: t.state,
      cell: ({ failure, state }) =>
        html`${stateBadge(scene, state)}${failure !== null && html`<span class="sub">${failure[scene.locale]}</span>`}`
    },
    { label: t.ordered, cell: ({ placedAt }) => (placedAt === null ? none : day(scene, placedAt)) }
  ]
}

const openColumn = (scene: Scene, tenantId: string): Column<OrderItem> => ({
  label: scene.texts.common.actions,
  acts: true,
  cell: ({ id, number }) =>
    html`<a class="button button-link" href="${paths.order(tenantId, id)}" aria-label="${scene.texts.orders.openOf(number)}">${scene.texts.orders.open}</a>`
})

/** What location management shows above its list: what was ordered and is not ready yet (HIE-04, ORD-05). Nothing where there is none. */
export const ordersInLocations = (scene: Scene, tenantId: string, orders: ReadonlyArray<OrderItem>): Content =>
  orders.length > 0 &&
  html`<section class="section"><h2>${scene.texts.orders.settingUp}</h2>
    <p class="hint">${scene.texts.orders.settingUpLead} <a href="${paths.orders(tenantId)}">${scene.texts.orders.all}</a></p>
    ${table(scene.texts.orders.settingUp, [...columnsOf(scene), openColumn(scene, tenantId)], orders)}
  </section>`

/** Every order of a customer area, with the person's own drafts. */
export const ordersPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly orders: ReadonlyArray<OrderItem>
    readonly mayOrder: boolean
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.orders
  const { tenant } = data
  const add = data.mayOrder && linkButton(paths.orderNew(tenant.id), t.new, "primary")
  return {
    title: t.title,
    width: "wide",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.back)}
    ${heading(t.title, t.lead, add)}
    ${
      data.orders.length === 0
        ? empty(t.noneTitle, t.none, add)
        : table(t.title, [...columnsOf(scene), openColumn(scene, tenant.id)], data.orders)
    }
    ${pager(scene, data)}`
  }
}

/** What can be ordered. Field: `product` (buttons). */
export const orderNewPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly products: ReadonlyArray<Orders.Product.Product>
    readonly problem?: string
  }
): Page => {
  const t = scene.texts.orders
  const { tenant } = data
  return {
    title: t.new,
    width: "regular",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.back)}
    ${heading(t.new, t.newLead)}
    ${data.problem !== undefined && notice(data.problem, "bad")}
    ${
      data.products.length === 0
        ? empty(t.noProductsTitle, t.noProducts)
        : html`<div class="cards">${data.products.map(({ currency, description, key, name, price, termMonths }) =>
            card({
              title: name[scene.locale],
              lead: description[scene.locale],
              body: facts([
                [
                  t.priceTitle,
                  price.once === 0
                    ? t.fromMonthly(money(scene, price.monthly, currency))
                    : t.from(money(scene, price.once, currency), money(scene, price.monthly, currency))
                ],
                [t.term, t.months(termMonths)]
              ]),
              actions: actButton(scene, {
                action: paths.orderNew(tenant.id),
                label: t.choose,
                description: t.chooseOf(name[scene.locale]),
                kind: "primary",
                hidden: { product: key }
              })
            })
          )}</div>`
    }`
  }
}

const COUNTRIES = ["DE", "AT", "CH"]

/** The name of the field of an option. */
export const optionField = (key: string): string => `options.${key}`

const extra = (scene: Scene, price: Orders.Money.Price, currency: string): string | undefined => {
  const t = scene.texts.orders
  const parts = [
    price.once === 0 ? undefined : `${money(scene, price.once, currency)} ${t.once.toLowerCase()}`,
    price.monthly === 0 ? undefined : `${money(scene, price.monthly, currency)} ${t.monthly.toLowerCase()}`
  ].filter((part) => part !== undefined)
  return parts.length === 0 ? undefined : `+ ${parts.join(", ")}`
}

const optionFieldOf = (
  scene: Scene,
  form: FormBuilder,
  product: Orders.Product.Product,
  option: Orders.Product.Option,
  chosen: string | number | boolean | undefined
): Html => {
  const t = scene.texts.orders
  const common = { name: optionField(option.key), label: option.label[scene.locale] }
  switch (option.type) {
    case "choice":
      return form.select({
        ...common,
        required: option.required,
        value: typeof chosen === "string" ? chosen : "",
        choices: [
          { value: "", label: option.required ? t.chooseOne : t.nothing },
          ...option.choices.map(({ key, label, price }) => {
            const more = extra(scene, price, product.currency)
            return { value: key, label: more === undefined ? label[scene.locale] : `${label[scene.locale]} (${more})` }
          })
        ]
      })
    case "number": {
      const more = extra(scene, option.price, product.currency)
      return form.text({
        ...common,
        required: option.required,
        hint: [t.range(option.min, option.max), more].filter((part) => part !== undefined).join(" "),
        inputMode: "numeric",
        short: true,
        maxLength: 9,
        value: chosen === undefined ? "" : String(chosen)
      })
    }
    case "yes-no":
      return form.check({
        ...common,
        required: false,
        checked: chosen === true,
        hint: extra(scene, option.price, product.currency)
      })
    case "text":
      return form.text({
        ...common,
        required: option.required,
        maxLength: option.maxLength,
        value: chosen === undefined ? "" : String(chosen)
      })
  }
}

const priceTable = (scene: Scene, price: NonNullable<OrderView["price"]>): Html => {
  const t = scene.texts.orders
  const amount = (minor: number) => money(scene, minor, price.currency)
  const rows = [
    ...price.lines.map(({ label, monthly, once, value }) => ({
      name: value[scene.locale] === "" ? label[scene.locale] : `${label[scene.locale]}: ${value[scene.locale]}`,
      once,
      monthly
    })),
    { name: t.total, once: price.once, monthly: price.monthly }
  ]
  const columns: ReadonlyArray<Column<(typeof rows)[number]>> = [
    { label: t.position, names: true, cell: ({ name }) => name },
    { label: t.once, cell: ({ once }) => amount(once) },
    { label: t.monthly, cell: ({ monthly }) => amount(monthly) }
  ]
  return html`${table(t.priceTitle, columns, rows)}${facts([[t.term, t.months(price.termMonths)]])}`
}

/** The messages for each option, where the draft is shown as it is stored. */
const stored = (scene: Scene, order: OrderView): FormState =>
  order.version === 0 || order.issues.length === 0
    ? untouched
    : {
        form: Form.empty,
        errors: {
          general: [],
          fields: new Map(order.issues.map((issue) => [optionField(issue.option), issue[scene.locale]]))
        }
      }

/**
 * A draft: what is chosen, with a message for each option that is wrong, the price, and the button that orders. Fields: `options.<key>`,
 * `location.name` and so on, `owner.email`.
 */
export const draftPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly order: OrderView
    /** Null where the catalog does not have it any more. */
    readonly product: Orders.Product.Product | null
    readonly state?: FormState
    readonly problem?: string
  }
): Page => {
  const t = scene.texts.orders
  const { order, product, tenant } = data
  const action = paths.order(tenant.id, order.id)
  const name = order.productName?.[scene.locale] ?? order.product
  const discard = actButton(scene, { action, label: t.discard, kind: "link", hidden: { act: "cancel" } })
  const body = () => {
    if (product === null) return empty(name, t.gone, discard)
    const given = data.state ?? untouched
    const form = new FormBuilder(scene, {
      action,
      state: given === untouched ? stored(scene, order) : given,
      hidden: { act: "change" }
    })
    const { location } = order
    const fields = [
      product.options.length > 0 &&
        html`<h2>${t.optionsTitle}</h2>${product.options.map((option) =>
          optionFieldOf(scene, form, product, option, order.options[option.key])
        )}`,
      html`<h2>${t.locationTitle}</h2>`,
      form.text({
        name: "location.name",
        label: t.locationName,
        autocomplete: "organization",
        maxLength: 200,
        value: location?.name
      }),
      form.text({
        name: "location.street",
        label: t.street,
        required: false,
        autocomplete: "street-address",
        maxLength: 200,
        value: location?.street
      }),
      html`<div class="columns">${form.text({
        name: "location.postalCode",
        label: t.postalCode,
        autocomplete: "postal-code",
        maxLength: 20,
        value: location?.postalCode
      })}
      ${form.text({
        name: "location.city",
        label: t.city,
        required: false,
        autocomplete: "address-level2",
        maxLength: 100,
        value: location?.city
      })}</div>`,
      form.select({
        name: "location.country",
        label: t.country,
        value: location?.country ?? "DE",
        choices: COUNTRIES.map((code) => ({ value: code, label: country(scene, code) }))
      }),
      form.text({
        name: "owner.email",
        label: t.owner,
        hint: t.ownerHint,
        required: false,
        type: "email",
        autocomplete: "off",
        value: order.owner?.email
      })
    ]
    return html`<div class="panel">${form.render(fields, submitButton(t.save, order.price === null ? "primary" : "secondary"))}</div>
    ${card({
      title: t.priceTitle,
      body:
        order.price === null
          ? html`<p>${t.noPrice}</p>`
          : html`${priceTable(scene, order.price)}${order.location === null && html`<p>${t.noLocation}</p>`}`,
      actions: [
        order.price !== null &&
          order.location !== null &&
          actButton(scene, {
            action,
            label: t.submit,
            kind: "primary",
            hidden: { act: "place", version: String(order.version), catalogVersion: order.catalogVersion ?? "" }
          }),
        discard
      ]
    })}`
  }
  return {
    title: name,
    width: "regular",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.back)}
    ${heading(name, t.stateTexts.Draft)}
    ${data.problem !== undefined && notice(data.problem, "bad")}
    <div class="stack">${body()}</div>`
  }
}

/** An order that was placed: its state, what was ordered, and the frozen price. */
export const orderPage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly order: OrderView; readonly mayCancel: boolean }
): Page => {
  const t = scene.texts.orders
  const { order, tenant } = data
  const title = order.location?.name ?? order.number
  const { location } = order
  return {
    title,
    width: "regular",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.back)}
    ${heading(title, t.stateTexts[order.state])}
    <div class="stack">${card({
      body: facts([
        [t.state, stateBadge(scene, order.state)],
        order.failure !== null && [t.reason, order.failure[scene.locale]],
        [t.number, order.number],
        [t.product, order.productName?.[scene.locale] ?? order.product],
        order.placedAt !== null && [t.ordered, moment(scene, order.placedAt)],
        location !== null && [
          t.locationTitle,
          [location.street, `${location.postalCode} ${location.city}`.trim(), country(scene, location.country)]
            .filter((part) => part !== "")
            .join(", ")
        ],
        [t.owner, order.owner?.email ?? scene.texts.common.none]
      ]),
      actions: [
        order.newTenantId !== null && linkButton(paths.tenant(order.newTenantId), t.toLocation, "primary"),
        data.mayCancel &&
          order.state === "Placed" &&
          linkButton(`${paths.order(tenant.id, order.id)}?cancel=yes`, t.cancel, "danger")
      ]
    })}
    ${order.price !== null && card({ title: t.priceTitle, body: priceTable(scene, order.price) })}</div>`
  }
}

export interface QueuedItem extends OrderItem {
  readonly tenantId: string
  readonly tenantName: string
  readonly customerNumber: string
  readonly failures: number
}

/** The orders of all customers, for staff. */
export const staffOrdersPage = (
  scene: Scene,
  data: {
    readonly orders: ReadonlyArray<QueuedItem>
    readonly search: string
    readonly problem?: string
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.orders
  const [named, ...others] = columnsOf(scene)
  const columns: ReadonlyArray<Column<QueuedItem>> = [
    ...(named === undefined ? [] : [named]),
    {
      label: t.customer,
      cell: ({ customerNumber, tenantName }) =>
        html`${tenantName}<span class="sub">${scene.texts.common.customerNumber(customerNumber)}</span>`
    },
    ...others,
    { label: t.failures(2), cell: ({ failures }) => String(failures) },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: ({ id, number, state, tenantId }) =>
        state === "Failed" &&
        html`${actButton(scene, {
          action: paths.staffOrders,
          label: t.retry,
          description: t.retryOf(number),
          hidden: { act: "retry", tenantId, orderId: id }
        })}
        ${actButton(scene, {
          action: paths.staffOrders,
          label: t.cancelFailed,
          description: t.cancelFailedOf(number),
          kind: "danger",
          hidden: { act: "cancel", tenantId, orderId: id }
        })}`
    }
  ]
  return {
    title: t.staffTitle,
    office: "orders",
    width: "wide",
    body: html`${backLink(paths.staff, scene.texts.staff.title)}
    ${heading(t.staffTitle, t.staffLead)}
    ${data.problem !== undefined && notice(data.problem, "bad")}
    ${searchForm(scene, { action: paths.staffOrders, label: t.search, value: data.search })}
    ${
      data.orders.length > 0
        ? table(t.staffTitle, columns, data.orders)
        : data.search === ""
          ? empty(t.staffNoneTitle, t.staffNone)
          : empty(t.staffNotFoundTitle, t.staffNotFound)
    }
    ${pager(scene, data)}`
  }
}

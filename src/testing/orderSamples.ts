import { Schema } from "effect"
import { OrderId, ShortNumber } from "../kernel/ids.ts"
import type { Order, OrderState, Terms } from "../orders/Order.ts"
import { accountId, at, tenantId } from "./tenantSamples.ts"

/** Ids sort by their number. */
export const orderId = (number: number): OrderId =>
  Schema.decodeSync(OrderId)(`01890000-0000-7a00-8000-${number.toString(16).padStart(12, "0")}`)

export const terms: Terms = {
  catalogVersion: "1",
  product: { de: "Standort", en: "Location" },
  currency: "EUR",
  once: 4900,
  monthly: 1990,
  termMonths: 12,
  lines: [
    { option: null, label: { de: "Standort", en: "Location" }, value: { de: "", en: "" }, once: 4900, monthly: 1990 }
  ]
}

/** A draft of tenant 1 and person 1, begun as many milliseconds after the start as its number says. */
export const order = (number: number, over: Partial<Order> = {}): Order => ({
  id: orderId(number),
  number: Schema.decodeSync(ShortNumber)(String(number).padStart(8, "0")),
  tenantId: tenantId(1),
  ordererId: accountId(1),
  product: "location",
  options: { line: "dsl", seats: 2 },
  location: { name: "Filiale", street: "Weg 1", postalCode: "10115", city: "Berlin", country: "DE" },
  owner: null,
  state: "Draft",
  version: 0,
  terms: null,
  createdAt: at(number),
  placedAt: null,
  failures: 0,
  startedAt: null,
  dueAt: null,
  failure: null,
  newTenantId: null,
  endedAt: null,
  ...over
})

/** An order in a state, as it can be there. */
export const orderIn = (state: OrderState, number = 1, over: Partial<Order> = {}): Order => {
  if (state === "Draft") return order(number, over)
  if (state === "Cancelled") return order(number, { state, endedAt: at(50), ...over })
  const placed = { state, terms, placedAt: at(10), startedAt: at(10) }
  switch (state) {
    case "Placed":
    case "Provisioning":
      return order(number, { ...placed, dueAt: at(20), ...over })
    case "Fulfilled":
      return order(number, { ...placed, newTenantId: tenantId(2), endedAt: at(50), ...over })
    case "Failed":
      return order(number, { ...placed, failure: { reason: "refused", message: null }, endedAt: at(50), ...over })
  }
}

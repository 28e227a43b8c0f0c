import { Effect, Layer, Option } from "effect"
import { type CollectiveInvoice, isNewer, type Position } from "../hierarchy/CollectiveInvoice.ts"
import { CollectiveInvoiceRepository } from "../hierarchy/CollectiveInvoiceRepository.ts"
import { normalForm } from "../kernel/CustomerNumber.ts"
import type { TenantId } from "../kernel/ids.ts"
import { folded } from "../kernel/Text.ts"
import { tenantLinks } from "./HierarchyRepository.ts"
import { type State, Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

const invoices = table<CollectiveInvoice>()({ name: "collective_invoice", key: ({ payerId }) => payerId })

const numberOf = ({ customerNumber }: Position): string => normalForm(customerNumber)

const newestFirst = (a: Position, b: Position): number => b.since - a.since || (numberOf(a) < numberOf(b) ? 1 : -1)

/** The customer numbers of the payer's sub tenants. */
const linkedTo = (state: State, payerId: TenantId): ReadonlySet<string> =>
  new Set(
    tenantLinks
      .filter(state, ({ mainId }) => mainId === payerId)
      .flatMap(({ subId }) => Option.toArray(tenants.get(state, subId)))
      .map(({ customerNumber }) => normalForm(customerNumber))
  )

export const layer: Layer.Layer<CollectiveInvoiceRepository, never, Store> = Layer.effect(
  CollectiveInvoiceRepository,
  Effect.map(Store, (store) => {
    const positionsOf = (state: State, payerId: TenantId): ReadonlyArray<Position> =>
      Option.match(invoices.get(state, payerId), { onNone: () => [], onSome: ({ positions }) => positions })
    return CollectiveInvoiceRepository.of({
      find: (payerId) => store.read("collectiveInvoice.find", (state) => invoices.get(state, payerId)),
      replace: (invoice) =>
        store.write("collectiveInvoice.replace", (write) => {
          if (Option.isNone(tenants.get(write.state, invoice.payerId))) return invoices.refuse("other")
          const stored = Option.getOrUndefined(invoices.get(write.state, invoice.payerId))
          if (stored !== undefined && !isNewer(invoice, stored)) return invoices.refuse("conflict")
          return invoices.upsert(write, invoice)
        }),
      listUnlinked: (payerId, { search }, { after, limit }) =>
        store.read("collectiveInvoice.listUnlinked", (state) => {
          const linked = linkedTo(state, payerId)
          const part = Option.getOrUndefined(
            Option.map(search, (text) => ({ text: folded(text), number: normalForm(text) || folded(text) }))
          )
          return positionsOf(state, payerId)
            .filter(
              (position) =>
                !linked.has(numberOf(position)) &&
                (part === undefined ||
                  folded(`${position.name}\n${position.city}\n${position.customerNumber}`).includes(part.text) ||
                  numberOf(position).includes(part.number)) &&
                (Option.isNone(after) ||
                  position.since < after.value[0] ||
                  (position.since === after.value[0] && numberOf(position) < after.value[1]))
            )
            .sort(newestFirst)
            .slice(0, limit + 1)
        }),
      // what is linked is looked up at every reading
      refresh: () => Effect.void,
      paidFor: (payerId, customerNumbers) =>
        store.read("collectiveInvoice.paidFor", (state) => {
          const asked = new Set(customerNumbers.map(normalForm))
          return new Set(
            positionsOf(state, payerId)
              .map(numberOf)
              .filter((number) => asked.has(number))
          )
        })
    })
  })
)

import { Effect, Layer, Option } from "effect"
import { normalForm } from "../kernel/CustomerNumber.ts"
import { folded } from "../kernel/Text.ts"
import { searchText, type Tenant } from "../tenants/Tenant.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { hasPlace } from "./placeTables.ts"
import { Store, table } from "./Store.ts"

export const tenants = table<Tenant>()({
  name: "tenant",
  key: (tenant) => tenant.id,
  unique: { number: (tenant) => tenant.number, customerNumber: (tenant) => normalForm(tenant.customerNumber) }
})

/** The constraints of the tables of a database. */
const check = (tenant: Tenant): void => {
  if (
    (tenant.state === "active" && tenant.ownerCount < 1) ||
    (tenant.seats !== null && tenant.memberCount > tenant.seats) ||
    tenant.ownerCount < 0 ||
    tenant.ownerCount > tenant.memberCount
  ) {
    tenants.refuse("other")
  }
}

export const layer: Layer.Layer<TenantRepository, never, Store> = Layer.effect(
  TenantRepository,
  Effect.map(Store, (store) =>
    TenantRepository.of({
      insert: (tenant) =>
        store.write("tenant.insert", (write) => {
          check(tenant)
          tenants.insert(write, tenant)
        }),
      find: (id) => store.read("tenant.find", (state) => tenants.get(state, id)),
      findForUpdate: (id, by) =>
        store.read("tenant.findForUpdate", (state) =>
          by === undefined || hasPlace(state, by) ? tenants.get(state, id) : Option.none()
        ),
      findByCustomerNumber: (customerNumber) =>
        store.read("tenant.findByCustomerNumber", (state) =>
          tenants.find(state, "customerNumber", normalForm(customerNumber))
        ),
      search: (text, { after, limit }) =>
        store.read("tenant.search", (state) =>
          tenants
            .filter(
              state,
              (tenant) =>
                (tenant.number === text.toUpperCase() ||
                  normalForm(tenant.customerNumber) === normalForm(text) ||
                  searchText(tenant).includes(folded(text))) &&
                (Option.isNone(after) || tenant.id < after.value[0])
            )
            .sort(tenants.by(({ id }) => id))
            .toReversed()
            .slice(0, limit + 1)
        ),
      save: (tenant) =>
        store.write("tenant.save", (write) => {
          // as in a database, a row that the guard leaves out is not checked
          if (Option.exists(tenants.get(write.state, tenant.id), (stored) => stored.version === tenant.version)) {
            check(tenant)
          }
          tenants.update(
            write,
            tenant.id,
            (stored) => stored.version === tenant.version,
            () => ({ ...tenant, version: tenant.version + 1 })
          )
        })
    })
  )
)

import { Effect, Layer, Option } from "effect"
import { type Domain, isProven } from "../tenants/Domain.ts"
import { DomainRepository } from "../tenants/DomainRepository.ts"
import { memberships } from "./MembershipRepository.ts"
import { Store, table } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

export const domains = table<Domain>()({
  name: "tenant_domain",
  key: ({ domain, tenantId }) => `${tenantId} ${domain}`,
  unique: {
    id: ({ id, tenantId }) => `${tenantId} ${id}`,
    proven: ({ domain, proof }) => (proof === null ? undefined : domain)
  }
})

/** The constraints of the table of a database. */
const check = ({ joining, proof, role }: Domain): void => {
  if ((joining !== "nobody" && proof === null) || (joining === "nobody") !== (role === null)) domains.refuse("other")
}

export const layer: Layer.Layer<DomainRepository, never, Store> = Layer.effect(
  DomainRepository,
  Effect.map(Store, (store) =>
    DomainRepository.of({
      insert: (domain) =>
        store.write("domain.insert", (write) => {
          if (Option.isNone(tenants.get(write.state, domain.tenantId))) domains.refuse("other")
          check(domain)
          domains.insert(write, domain)
        }),
      save: (domain) =>
        store.write("domain.save", (write) => {
          check(domain)
          domains.update(
            write,
            `${domain.tenantId} ${domain.domain}`,
            ({ id }) => id === domain.id,
            () => domain
          )
        }),
      remove: (tenantId, id) =>
        store.write("domain.remove", (write) => {
          const found = Option.getOrUndefined(domains.find(write.state, "id", `${tenantId} ${id}`))
          if (found === undefined) return domains.refuse("conflict")
          domains.remove(write, `${tenantId} ${found.domain}`)
        }),
      find: (tenantId, id) => store.read("domain.find", (state) => domains.find(state, "id", `${tenantId} ${id}`)),
      list: (tenantId) =>
        store.read("domain.list", (state) =>
          domains.filter(state, (domain) => domain.tenantId === tenantId).sort(domains.by(({ domain }) => domain))
        ),
      findProven: (domain) => store.read("domain.findProven", (state) => domains.find(state, "proven", domain)),
      offerFor: (name, accountId, now) =>
        store.read("domain.offerFor", (state) =>
          Option.flatMap(domains.find(state, "proven", name), (domain) =>
            Option.flatMap(tenants.get(state, domain.tenantId), (tenant) =>
              isProven(domain, now) &&
              domain.joining !== "nobody" &&
              tenant.state === "active" &&
              Option.isNone(memberships.get(state, `${domain.tenantId} ${accountId}`))
                ? Option.some({ domain, tenantName: tenant.name })
                : Option.none()
            )
          )
        ),
      due: (now, limit) =>
        store.read("domain.due", (state) =>
          domains
            .filter(state, ({ checkAt }) => checkAt !== null && checkAt <= now)
            .sort(domains.by(({ checkAt }) => checkAt ?? 0))
            .slice(0, limit)
        )
    })
  )
)

import { Effect, Layer, Option } from "effect"
import { HierarchyRepository, type Location } from "../hierarchy/HierarchyRepository.ts"
import type { TenantLink } from "../hierarchy/TenantLink.ts"
import { normalForm } from "../kernel/CustomerNumber.ts"
import type { TenantId } from "../kernel/ids.ts"
import { folded } from "../kernel/Text.ts"
import { searchText } from "../tenants/Tenant.ts"
import { tenantLinks } from "./placeTables.ts"
import { type State, Store, type Write } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

export { tenantLinks } from "./placeTables.ts"

const hasSubs = (state: State, id: TenantId): boolean => tenantLinks.all(state).some(({ mainId }) => mainId === id)

/** What the foreign keys of a database refuse. */
const check = (write: Write, { mainId, subId }: TenantLink): void => {
  if (
    subId === mainId ||
    Option.isNone(tenants.get(write.state, subId)) ||
    Option.isNone(tenants.get(write.state, mainId)) ||
    Option.isSome(tenantLinks.get(write.state, mainId)) ||
    hasSubs(write.state, subId)
  ) {
    tenantLinks.refuse("other")
  }
}

const locationOf = (state: State, link: TenantLink): ReadonlyArray<Location> =>
  Option.toArray(tenants.get(state, link.subId)).map((tenant) => ({ link, tenant }))

const byAge = tenantLinks.by(
  ({ linkedAt }) => linkedAt,
  ({ subId }) => subId
)

export const layer: Layer.Layer<HierarchyRepository, never, Store> = Layer.effect(
  HierarchyRepository,
  Effect.map(Store, (store) =>
    HierarchyRepository.of({
      find: (subId) => store.read("hierarchy.find", (state) => tenantLinks.get(state, subId)),
      level: (tenantId) =>
        store.read("hierarchy.level", (state) => ({
          link: Option.getOrNull(tenantLinks.get(state, tenantId)),
          hasSubs: hasSubs(state, tenantId)
        })),
      levels: (ids) =>
        store.read(
          "hierarchy.levels",
          (state) =>
            new Map(
              ids
                .filter((id) => Option.isSome(tenants.get(state, id)))
                .map((id) => [id, { link: Option.getOrNull(tenantLinks.get(state, id)), hasSubs: hasSubs(state, id) }])
            )
        ),
      insert: (link) =>
        store.write("hierarchy.insert", (write) => {
          check(write, link)
          tenantLinks.insert(write, link)
        }),
      move: (link, from) =>
        store.write("hierarchy.move", (write) => {
          // as in a database, a row that the guard leaves out is not checked
          if (Option.exists(tenantLinks.get(write.state, link.subId), ({ mainId }) => mainId === from)) {
            check(write, link)
          }
          tenantLinks.update(
            write,
            link.subId,
            ({ mainId }) => mainId === from,
            (stored) => ({ ...stored, mainId: link.mainId, kind: link.kind, linkedAt: link.linkedAt })
          )
        }),
      setRefused: (link) =>
        store.write("hierarchy.setRefused", (write) =>
          tenantLinks.update(
            write,
            link.subId,
            ({ mainId }) => mainId === link.mainId,
            (stored) => ({ ...stored, refused: link.refused })
          )
        ),
      remove: (subId, mainId) =>
        store.write("hierarchy.remove", (write) =>
          tenantLinks.remove(write, subId, (stored) => stored.mainId === mainId)
        ),
      countSubs: (mainId) =>
        store.read("hierarchy.countSubs", (state) =>
          tenantLinks.count(
            state,
            ({ mainId: main, subId }) =>
              main === mainId && Option.exists(tenants.get(state, subId), (sub) => sub.state !== "closed")
          )
        ),
      subsAmong: (mainId, ids) =>
        store.read("hierarchy.subsAmong", (state) =>
          [...new Set(ids)].filter((id) => Option.exists(tenantLinks.get(state, id), (link) => link.mainId === mainId))
        ),
      subsWithNumbers: (mainId, customerNumbers) =>
        store.read("hierarchy.subsWithNumbers", (state) => {
          const numbers = new Set(
            tenantLinks
              .filter(state, (link) => link.mainId === mainId)
              .flatMap((link) => locationOf(state, link))
              .map(({ tenant }) => normalForm(tenant.customerNumber))
          )
          return new Set(customerNumbers.map(normalForm).filter((number) => numbers.has(number)))
        }),
      list: (mainId, { among, search }, { after, limit }) =>
        store.read("hierarchy.list", (state) => {
          const part = Option.map(search, (text) => ({
            text: folded(text),
            number: normalForm(text) || folded(text)
          }))
          return tenantLinks
            .filter(
              state,
              ({ linkedAt, mainId: main, subId }) =>
                main === mainId &&
                (among === null || among.includes(subId)) &&
                (Option.isNone(after) ||
                  linkedAt < after.value[0] ||
                  (linkedAt === after.value[0] && subId < after.value[1]))
            )
            .sort(byAge)
            .toReversed()
            .flatMap((link) => locationOf(state, link))
            .filter(
              ({ tenant }) =>
                Option.isNone(part) ||
                searchText(tenant).includes(part.value.text) ||
                normalForm(tenant.customerNumber).includes(part.value.number)
            )
            .slice(0, limit + 1)
        }),
      findLocation: (mainId, subId) =>
        store.read("hierarchy.findLocation", (state) =>
          Option.flatMap(
            Option.filter(tenantLinks.get(state, subId), (link) => link.mainId === mainId),
            (link) => Option.fromUndefinedOr(locationOf(state, link)[0])
          )
        )
    })
  )
)

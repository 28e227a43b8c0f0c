import { Effect } from "effect"
import { type Permission, refusals, Settings, Tenants } from "portico"
import type { Choice } from "../../html/forms.ts"
import type { TenantFrame } from "../../html/Page.ts"
import { asAccount } from "../../http/Visit.ts"
import type { Locale } from "../../texts/locales.ts"

/** The names of roles in the language of the page. */
export const roleLabels = (
  settings: Settings.Settings,
  roles: ReadonlyArray<string>,
  locale: Locale
): ReadonlyArray<string> => roles.map((name) => Settings.roleNamed(settings, name)?.label[locale] ?? name)

/** The roles that somebody with these permissions may grant; the library refuses the others. */
export const grantableRoles = (
  settings: Settings.Settings,
  held: ReadonlyArray<Permission.Permission>,
  locale: Locale
): ReadonlyArray<Choice> =>
  settings.roles
    .filter(({ name }) => Tenants.mayGrant(settings, new Set(held), [name]))
    .map(({ label, name }) => ({ value: name, label: label[locale] }))

/** The customer area of a page: what its head shows, and what the person may do in it. */
export const areaOf = Effect.fnUntraced(function* (tenantId: string) {
  const { tenants } = yield* asAccount(Tenants.Permissions.whereCanIGo({}))
  const here = tenants.find(({ id }) => id === tenantId)
  // whoever is no member may come through a main account, and to everybody else there is no such area
  const found = here ?? (yield* throughMain(tenantId))
  if (here?.secondFactorMissing === true) return yield* new refusals.SecondFactorRequired({ tenantId })
  const main = tenants.find(({ id }) => id === found.mainId)
  const tenant: TenantFrame = {
    id: found.id,
    name: found.name,
    customerNumber: found.customerNumber,
    mayInvite: found.permissions.includes("invitations.create"),
    maySeeMembers: found.permissions.includes("members.read"),
    maySeeTickets: found.permissions.includes("tickets.read"),
    mayControl: found.permissions.includes("domains.change"),
    mayManage: found.permissions.includes("locations.read"),
    locations: found.locations,
    isMember: here !== undefined,
    main: main === undefined ? undefined : { id: main.id, name: main.name },
    others: tenants.filter(({ id }) => id !== tenantId)
  }
  return { tenant, permissions: found.permissions, roles: found.roles }
})

/** A sub account as somebody sees it who comes through its main account. */
const throughMain = Effect.fnUntraced(function* (tenantId: string) {
  const { mainId, permissions, tenant } = yield* asAccount(Tenants.Tenants.get({ tenantId }))
  const { customerNumber, id, name } = tenant
  const roles: ReadonlyArray<string> = []
  return { id, name, customerNumber, mainId, permissions, roles, locations: 0 }
})

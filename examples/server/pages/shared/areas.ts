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
  if (here === undefined) return yield* new refusals.NotFound({ kind: "tenant" })
  const tenant: TenantFrame = {
    id: here.id,
    name: here.name,
    customerNumber: here.customerNumber,
    mayInvite: here.permissions.includes("invitations.create"),
    others: tenants.filter(({ id }) => id !== tenantId)
  }
  return { tenant, permissions: here.permissions, roles: here.roles }
})

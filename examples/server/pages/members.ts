import { Effect } from "effect"
import { Invitations, Page, Settings, Tenants } from "portico"
import type { FormState } from "../html/forms.ts"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { memberPage, membersPage } from "../views/tenants.ts"
import { areaOf, grantableRoles, roleLabels } from "./shared/areas.ts"
import { toMemberItem } from "./shared/memberItems.ts"

const { Members } = Tenants

/** One member of an area, for the pages that change or remove them. */
const memberOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const [tenantId, accountId] = [yield* parameter("tenant"), yield* parameter("member")]
  const settings = yield* Settings.Settings
  const { permissions, tenant } = yield* areaOf(tenantId)
  const member = yield* asAccount(Members.get({ tenantId, accountId }))
  const choices = grantableRoles(settings, permissions, visit.locale)
  return {
    tenant,
    member: { ...toMemberItem(settings, visit.locale, member), email: member.email },
    roles: choices,
    chosen: member.roles,
    mayChange: permissions.includes("members.change"),
    mayRemove: permissions.includes("members.remove") && !member.self,
    // whoever has sub accounts to enter stands in a main account
    mayChooseLocations: permissions.includes("locations.change") && tenant.locations > 0,
    mayExplain: permissions.includes("owners.change")
  }
})

const removePage = (
  visit: VisitShape,
  { member, tenant }: Effect.Success<ReturnType<typeof memberOf>>,
  state?: FormState
) => {
  const t = visit.texts.tenants
  return confirmPage(visit, {
    title: t.removeTitle(member.name),
    lead: t.removeLead,
    action: paths.memberRemove(tenant.id, member.id),
    submit: t.removeSubmit,
    back: paths.member(tenant.id, member.id),
    tenant,
    section: "members",
    ...(state === undefined ? {} : { state })
  })
}

/** The members of a customer area. */
export const memberPages = group(
  page(
    paths.members(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const settings = yield* Settings.Settings
      const { permissions, tenant } = yield* areaOf(tenantId)
      const search = (visit.query.get("q") ?? "").trim()
      const after = visit.query.get("after")
      const { items, next } = yield* asAccount(
        Members.list({ tenantId, ...(search === "" ? {} : { search }), ...(after === null ? {} : { after }) })
      )
      const contacts = permissions.includes("invitations.read")
        ? yield* asAccount(Invitations.list({ tenantId, contacts: true, state: "pending", limit: Page.MAX_LIMIT }))
        : undefined
      const here = paths.members(tenantId)
      const q = search === "" ? undefined : search
      return yield* show(
        membersPage(visit, {
          tenant,
          members: items.map((member) => toMemberItem(settings, visit.locale, member)),
          search,
          next: next === null ? undefined : withQuery(here, { q, after: next }),
          first: after === null ? undefined : withQuery(here, { q }),
          mayChange: permissions.includes("members.change"),
          mayHandOver: tenant.isMember && permissions.includes("owners.change"),
          contacts: (contacts?.items ?? []).map(({ contact, email, roles, sentAt, undeliverableAt }) => ({
            name: contact === null ? "" : `${contact.firstName} ${contact.lastName}`,
            email,
            roles: roleLabels(settings, roles, visit.locale),
            sentAt,
            isUndeliverable: undeliverableAt !== null
          }))
        })
      )
    })
  ),
  page(
    paths.member(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(memberPage(visit, yield* memberOf(visit)))
    })
  ),
  act(
    paths.member(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* memberOf(visit)
      const { member, tenant } = data
      return yield* asAccount(
        Members.changeRoles({ tenantId: tenant.id, accountId: member.id, roles: visit.form.all("roles") })
      ).pipe(
        Effect.andThen(goTo(paths.members(tenant.id), "rolesChanged")),
        formAgain((state) => memberPage(visit, { ...data, state }), { LastOwner: "roles" }, visit.path)
      )
    })
  ),
  page(
    paths.memberRemove(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(removePage(visit, yield* memberOf(visit)))
    })
  ),
  act(
    paths.memberRemove(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* memberOf(visit)
      const { member, tenant } = data
      return yield* asAccount(Members.remove({ tenantId: tenant.id, accountId: member.id })).pipe(
        Effect.andThen(goTo(paths.members(tenant.id), "memberRemoved")),
        formAgain((state) => removePage(visit, data, state), {}, visit.path)
      )
    })
  )
)

import { Effect, Redacted } from "effect"
import { refusals, Settings, Tenants } from "portico"
import type { FormState } from "../html/forms.ts"
import type { TenantFrame } from "../html/Page.ts"
import { paths } from "../http/paths.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asWhoever, signedIn, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import {
  contactAddressConfirmPage,
  contactAddressPage,
  noAccessPage,
  type OpenInvitation,
  tenantEditPage,
  tenantPage,
  tenantsPage
} from "../views/tenants.ts"
import { areaOf, roleLabels } from "./shared/areas.ts"
import { toMemberItem } from "./shared/memberItems.ts"

const { Members, Permissions } = Tenants

/** So many members are shown on the page of an area. */
const FIRST_MEMBERS = 5

/** Where the person can go, in the words of the page. */
const whereCanIGo = Effect.fnUntraced(function* (visit: VisitShape) {
  const settings = yield* Settings.Settings
  const found = yield* asAccount(Permissions.whereCanIGo({}))
  const invitations: ReadonlyArray<OpenInvitation> = found.invitations.map((invitation) => ({
    ...invitation,
    roles: roleLabels(settings, invitation.roles, visit.locale)
  }))
  const tenants = found.tenants.map((tenant) => ({
    ...tenant,
    roles: roleLabels(settings, tenant.roles, visit.locale)
  }))
  return { state: found.state, tenants, invitations, domains: found.domains, requests: found.requests.length }
})

/** What both forms of the contact page need. */
const contactOf = Effect.fnUntraced(function* (tenantId: string) {
  const { tenant } = yield* areaOf(tenantId)
  const { membership } = yield* asAccount(Tenants.Tenants.get({ tenantId }))
  // who comes through a main account has no contact address here
  if (membership === null) return yield* new refusals.NotFound({ kind: "member" })
  return { tenant, current: membership.contactEmail, mailPreferences: membership.mailPreferences }
})

const leavePage = (visit: VisitShape, tenant: TenantFrame, state?: FormState) => {
  const t = visit.texts.tenants
  return confirmPage(visit, {
    title: t.leaveTitle(tenant.name),
    lead: t.leaveLead,
    action: paths.leave(tenant.id),
    submit: t.leaveSubmit,
    back: paths.tenant(tenant.id),
    tenant,
    section: "overview",
    ...(state === undefined ? {} : { state })
  })
}

/** Customer areas, and the person's own place in them. */
export const tenantPages = group(
  page(
    paths.tenants,
    Effect.fnUntraced(function* (visit) {
      const { domains, invitations, state, tenants } = yield* whereCanIGo(visit)
      return state === "no-access"
        ? yield* goTo(paths.noAccess)
        : yield* show(tenantsPage(visit, { tenants, invitations, domains }))
    })
  ),
  page(
    paths.noAccess,
    Effect.fnUntraced(function* (visit) {
      const { domains, invitations, requests, state } = yield* whereCanIGo(visit)
      const { account, staff } = yield* signedIn
      return state === "access"
        ? yield* goTo(paths.tenants)
        : yield* show(
            noAccessPage(visit, { email: account.email, isStaff: staff !== undefined, invitations, domains, requests })
          )
    })
  ),
  page(
    paths.tenant(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const settings = yield* Settings.Settings
      const { permissions, tenant } = yield* areaOf(tenantId)
      const details = yield* asAccount(Tenants.Tenants.get({ tenantId }))
      const members = tenant.maySeeMembers
        ? (yield* asAccount(Members.list({ tenantId, limit: FIRST_MEMBERS }))).items
        : []
      return yield* show(
        tenantPage(visit, {
          tenant,
          details: details.tenant,
          roles: roleLabels(settings, details.membership?.roles ?? [], visit.locale),
          contactEmail: details.membership?.contactEmail,
          memberCount: details.members,
          seats: details.seats,
          members: members.map((member) => toMemberItem(settings, visit.locale, member)),
          mayChange: permissions.includes("tenant.change")
        })
      )
    })
  ),
  page(
    paths.tenantEdit(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const { tenant } = yield* areaOf(tenantId)
      const details = yield* asAccount(Tenants.Tenants.get({ tenantId }))
      return yield* show(tenantEditPage(visit, { tenant, details: details.tenant }))
    })
  ),
  act(
    paths.tenantEdit(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const tenantId = yield* parameter("tenant")
      const { tenant } = yield* areaOf(tenantId)
      const details = yield* asAccount(Tenants.Tenants.get({ tenantId }))
      const changes = { name: form.text("name"), street: form.text("street"), city: form.text("city") }
      return yield* asAccount(Tenants.Tenants.change({ tenantId, ...changes })).pipe(
        Effect.andThen(goTo(paths.tenant(tenantId), "tenantSaved")),
        formAgain((state) => tenantEditPage(visit, { state, tenant, details: details.tenant }), {}, visit.path)
      )
    })
  ),
  page(
    paths.leave(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { tenant } = yield* areaOf(yield* parameter("tenant"))
      return yield* show(leavePage(visit, tenant))
    })
  ),
  act(
    paths.leave(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const { tenant } = yield* areaOf(tenantId)
      return yield* asAccount(Members.leave({ tenantId })).pipe(
        Effect.andThen(goTo(paths.tenants, "left")),
        formAgain((state) => leavePage(visit, tenant, state), {}, visit.path)
      )
    })
  ),
  page(
    paths.contactAddress(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(contactAddressPage(visit, yield* contactOf(yield* parameter("tenant"))))
    })
  ),
  act(
    paths.contactAddress(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const data = yield* contactOf(tenantId)
      return yield* asAccount(Members.changeContactEmail({ tenantId, email: visit.form.text("email") })).pipe(
        Effect.andThen(goTo(paths.contactAddress(tenantId), "contactMailSent")),
        formAgain((state) => contactAddressPage(visit, { ...data, state }), {}, visit.path)
      )
    })
  ),
  act(
    paths.mailPreferences(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const mailPreferences = { membershipChanges: visit.form.has("membershipChanges") }
      yield* asAccount(Members.setMailPreferences({ tenantId, mailPreferences }))
      return yield* goTo(paths.contactAddress(tenantId), "mailPreferencesSaved")
    })
  ),
  page(
    paths.contactAddressConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const opened = yield* asWhoever(Members.readContactEmail({ secret: Redacted.make(link) }))
      return yield* show(contactAddressConfirmPage(visit, { link, ...opened }))
    })
  ),
  act(
    paths.contactAddressConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const secret = Redacted.make(yield* parameter("link"))
      const { tenantId } = yield* asWhoever(Members.confirmContactEmail({ secret }))
      const someone = yield* visit.signedIn
      // whoever has the mail need not be signed in here
      return yield* goTo(someone === undefined ? paths.start : paths.contactAddress(tenantId), "contactConfirmed")
    })
  )
)

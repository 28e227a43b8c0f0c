import { Effect, Redacted } from "effect"
import { Permission, Requests, Settings, Tenants } from "portico"
import type { FormState } from "../html/forms.ts"
import { paths } from "../http/paths.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asWhoever, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { controlPage, domainPage, JOININGS, ownershipPage } from "../views/control.ts"
import { areaOf } from "./shared/areas.ts"

const { Domains, Members, Ownerships } = Tenants

/** The rules of an area, for those who may change them. */
const rulesOf = Effect.fnUntraced(function* (tenantId: string) {
  const { tenant } = yield* areaOf(tenantId)
  const details = yield* asAccount(Tenants.Tenants.get({ tenantId }))
  const { items } = yield* asAccount(Domains.list({ tenantId }))
  return { tenant, requiresSecondFactor: details.tenant.requiresSecondFactor, domains: items }
})

/** One domain of the area that the address names. */
const domainOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const [tenantId, domainId] = [yield* parameter("tenant"), yield* parameter("domain")]
  const settings = yield* Settings.Settings
  const { domains, tenant } = yield* rulesOf(tenantId)
  const domain = domains.find(({ id }) => id === domainId)
  const roles = settings.roles
    .filter(({ name }) => Tenants.isMemberLike(settings, name))
    .map(({ label, name }) => ({ value: name, label: label[visit.locale] }))
  return { tenant, domain, roles }
})

const removePage = (
  visit: VisitShape,
  {
    domain,
    tenant
  }: {
    readonly tenant: Parameters<typeof domainPage>[1]["tenant"]
    readonly domain: { readonly id: string; readonly domain: string }
  }
) => {
  const t = visit.texts.control
  return confirmPage(visit, {
    title: t.domainRemoveTitle(domain.domain),
    lead: t.domainRemoveLead,
    action: paths.domainRemove(tenant.id, domain.id),
    submit: t.domainRemoveSubmit,
    back: paths.domain(tenant.id, domain.id),
    tenant,
    section: "control"
  })
}

/** So many members are offered to choose from. */
const CHOICES = 100

/** What the page of the ownership needs. */
const ownershipOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const tenantId = yield* parameter("tenant")
  const settings = yield* Settings.Settings
  const { tenant } = yield* areaOf(tenantId)
  const { items: offers } = yield* asAccount(Ownerships.offers({ tenantId }))
  const { items } = yield* asAccount(Members.list({ tenantId, limit: CHOICES }))
  return {
    tenant,
    offers,
    members: items
      .filter(({ roles }) => !roles.includes(Permission.OWNER))
      .map(({ accountId, contactEmail, firstName, lastName }) => ({
        value: accountId,
        label: `${firstName} ${lastName} (${contactEmail})`
      })),
    roles: settings.roles
      .filter(({ name }) => name !== Permission.OWNER)
      .map(({ label, name }) => ({ value: name, label: label[visit.locale] }))
  }
})

/** The rules of a customer area, its domains, and its ownership. */
export const controlPages = group(
  page(
    paths.control(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(controlPage(visit, yield* rulesOf(yield* parameter("tenant"))))
    })
  ),
  act(
    paths.control(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const data = yield* rulesOf(tenantId)
      return yield* asAccount(Domains.claim({ tenantId, domain: visit.form.text("domain") })).pipe(
        Effect.flatMap(({ id }) => goTo(paths.domain(tenantId, id))),
        formAgain((state) => controlPage(visit, { ...data, state }), { PublicDomain: "domain" }, visit.path)
      )
    })
  ),
  act(
    paths.secondFactorRule(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const data = yield* rulesOf(tenantId)
      const required = visit.form.text("required") === "yes"
      return yield* asAccount(Tenants.Tenants.requireSecondFactor({ tenantId, required })).pipe(
        Effect.andThen(goTo(paths.control(tenantId), required ? "secondFactorRequired" : "secondFactorNotRequired")),
        formAgain((ruleState) => controlPage(visit, { ...data, ruleState }), {}, paths.control(tenantId))
      )
    })
  ),
  page(
    paths.domain(":tenant", ":domain"),
    Effect.fnUntraced(function* (visit) {
      const { domain, roles, tenant } = yield* domainOf(visit)
      return yield* domain === undefined
        ? goTo(paths.control(tenant.id))
        : show(domainPage(visit, { tenant, domain, roles }))
    })
  ),
  act(
    paths.domain(":tenant", ":domain"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const { domain, roles, tenant } = yield* domainOf(visit)
      if (domain === undefined) return yield* goTo(paths.control(tenant.id))
      const ids = { tenantId: tenant.id, domainId: domain.id }
      const again = formAgain(
        (state: FormState) => domainPage(visit, { tenant, domain, roles, state }),
        { RoleTooHigh: "role" },
        visit.path
      )
      switch (form.text("act")) {
        case "check":
          return yield* asAccount(Domains.proveByRecord(ids)).pipe(
            Effect.andThen(goTo(visit.path, "domainProven")),
            again
          )
        case "mail":
          return yield* asAccount(Domains.askPostmaster(ids)).pipe(
            Effect.andThen(goTo(visit.path, "domainMailSent")),
            again
          )
        default: {
          const joining = JOININGS.find((value) => value === form.text("joining")) ?? "nobody"
          return yield* asAccount(Domains.setJoining({ ...ids, joining, role: form.text("role") })).pipe(
            Effect.andThen(goTo(visit.path, "domainSaved")),
            again
          )
        }
      }
    })
  ),
  page(
    paths.domainRemove(":tenant", ":domain"),
    Effect.fnUntraced(function* (visit) {
      const { domain, tenant } = yield* domainOf(visit)
      return yield* domain === undefined ? goTo(paths.control(tenant.id)) : show(removePage(visit, { tenant, domain }))
    })
  ),
  act(
    paths.domainRemove(":tenant", ":domain"),
    Effect.fnUntraced(function* () {
      const [tenantId, domainId] = [yield* parameter("tenant"), yield* parameter("domain")]
      yield* asAccount(Domains.remove({ tenantId, domainId }))
      return yield* goTo(paths.control(tenantId), "domainRemoved")
    })
  ),
  page(
    paths.ownership(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(ownershipPage(visit, yield* ownershipOf(visit)))
    })
  ),
  act(
    paths.ownership(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* ownershipOf(visit)
      const input = {
        tenantId: data.tenant.id,
        accountId: form.text("accountId"),
        rolesAfter: [form.text("roleAfter")]
      }
      return yield* asAccount(Ownerships.offer(input)).pipe(
        Effect.andThen(goTo(visit.path, "ownershipOffered")),
        formAgain(
          (state) => ownershipPage(visit, { ...data, state }),
          { AlreadyOwner: "accountId", OwnershipOffered: "accountId", CoolingDown: "accountId" },
          visit.path
        )
      )
    })
  ),
  act(
    paths.ownershipWithdraw(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      yield* asAccount(Requests.withdraw({ requestId: visit.form.text("request") }))
      return yield* goTo(paths.ownership(tenantId), "requestWithdrawn")
    })
  ),
  act(
    paths.joinByDomain(":tenant"),
    Effect.fnUntraced(function* () {
      const tenantId = yield* parameter("tenant")
      const joined = yield* asAccount(Domains.join({ tenantId }))
      return yield* joined._tag === "Asked" ? goTo(paths.tenants, "joinAsked") : goTo(paths.tenant(tenantId), "joined")
    })
  ),
  page(
    paths.domainConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const t = visit.texts.control
      const { domain, tenantName } = yield* asWhoever(Domains.readPostmaster({ secret: Redacted.make(link) }))
      return yield* show(
        confirmPage(visit, {
          title: t.domainConfirmTitle(domain),
          lead: t.domainConfirmLead(tenantName),
          action: paths.domainConfirm(link),
          submit: t.domainConfirmSubmit,
          back: paths.start,
          kind: "primary"
        })
      )
    })
  ),
  act(
    paths.domainConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      yield* asWhoever(Domains.confirmPostmaster({ secret: Redacted.make(yield* parameter("link")) }))
      const someone = yield* visit.signedIn
      return yield* goTo(someone === undefined ? paths.start : paths.tenants, "domainProven")
    })
  )
)

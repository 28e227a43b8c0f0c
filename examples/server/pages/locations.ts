import { Effect } from "effect"
import { Hierarchy, Permission, refusals, Settings, Tenants } from "portico"
import type { Choice, FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import {
  accessPage,
  chooseLocationsPage,
  entrancesPage,
  locationAddPage,
  locationMovePage,
  locationsPage,
  mainPage,
  visitorsPage
} from "../views/locations.ts"
import { ordersInLocations } from "../views/orders.ts"
import { ordersBeingSetUp } from "./orders.ts"
import { areaOf, roleLabels } from "./shared/areas.ts"

const { Locations } = Hierarchy

const searchOf = (visit: VisitShape) => (visit.query.get("q") ?? "").trim()

/** What a list is asked with, and where its next page is. */
const pageOf = (visit: VisitShape) => {
  const search = searchOf(visit)
  const after = visit.query.get("after")
  const q = search === "" ? undefined : search
  return {
    search,
    input: { ...(search === "" ? {} : { search }), ...(after === null ? {} : { after }) },
    links: (here: string, next: string | null) => ({
      next: next === null ? undefined : withQuery(here, { q, after: next }),
      first: after === null ? undefined : withQuery(here, { q })
    })
  }
}

const typed = (form: Form) => ({
  customerNumber: form.text("customerNumber"),
  postalCode: form.text("postalCode"),
  country: form.text("country")
})

/** The person's other customer areas in which they decide where it belongs. */
const ownAreas = Effect.fnUntraced(function* (visit: VisitShape, tenantId: string) {
  // what was chosen and could not be is shown again, with the reason
  const chosen = visit.sent?.state.form.text("subId")
  const { tenants } = yield* asAccount(Tenants.Permissions.whereCanIGo({}))
  return tenants
    .filter(
      // a sub account has a main already, and a main one cannot become a sub
      ({ id, locations, mainId, permissions }) =>
        id === chosen ||
        (id !== tenantId && mainId === null && locations === 0 && permissions.includes("locations.change"))
    )
    .map(({ customerNumber, id, name }): Choice => ({ value: id, label: `${name} (${customerNumber})` }))
})

const permissionNames = (visit: VisitShape, permissions: ReadonlyArray<Permission.Permission>) =>
  permissions.map((permission): Choice => ({ value: permission, label: visit.texts.locations.permissions[permission] }))

/** What the page of a sub account shows of its main. */
const mainOf = Effect.fnUntraced(function* (visit: VisitShape, tenantId: string) {
  const { permissions, tenant } = yield* areaOf(tenantId)
  const { delegable, main } = yield* asAccount(Locations.position({ tenantId }))
  if (main === null) return yield* new refusals.NotFound({ kind: "location" })
  return {
    tenant,
    main,
    permissions: permissionNames(visit, delegable),
    refused: main.refused,
    mayChange: permissions.includes("locations.change"),
    maySeeVisitors: permissions.includes("owners.change")
  }
})

/** The list of a main account's sub accounts, or, of a sub account, its main account. */
const overview = Effect.fnUntraced(function* (visit: VisitShape) {
  const tenantId = yield* parameter("tenant")
  const { permissions, tenant } = yield* areaOf(tenantId)
  const position = yield* asAccount(Locations.position({ tenantId }))
  if (position.level === "sub") return yield* show(mainPage(visit, yield* mainOf(visit, tenantId)))
  const { input, links, search } = pageOf(visit)
  const { items, next } = yield* asAccount(Locations.list({ tenantId, ...input }))
  return yield* show(
    locationsPage(visit, {
      tenant,
      locations: items,
      above: ordersInLocations(visit, tenantId, yield* ordersBeingSetUp(tenantId)),
      search,
      ...links(paths.locations(tenantId), next),
      mayChange: permissions.includes("locations.change")
    })
  )
})

/** The page of both ways to link an existing area; each form comes back to it with what is wrong. */
const addPage = Effect.fnUntraced(function* (visit: VisitShape) {
  const tenantId = yield* parameter("tenant")
  const { tenant } = yield* areaOf(tenantId)
  const own = yield* ownAreas(visit, tenantId)
  return (states: { readonly state?: FormState; readonly ownState?: FormState } = {}) =>
    locationAddPage(visit, { tenant, order: paths.orderNew(tenantId), own, ...states })
})

const unlinkPage = Effect.fnUntraced(function* (visit: VisitShape) {
  const [tenantId, subId] = [yield* parameter("tenant"), yield* parameter("location")]
  const { tenant } = yield* areaOf(tenantId)
  const location = yield* asAccount(Locations.get({ tenantId, subId }))
  return (state?: FormState) =>
    confirmPage(visit, {
      title: visit.texts.locations.unlinkTitle(location.name),
      lead: visit.texts.locations.unlinkLead,
      action: paths.locationUnlink(tenantId, subId),
      submit: visit.texts.locations.unlinkSubmit,
      back: paths.locations(tenantId),
      tenant,
      section: "locations",
      ...(state === undefined ? {} : { state })
    })
})

const leavePage = Effect.fnUntraced(function* (visit: VisitShape) {
  const tenantId = yield* parameter("tenant")
  const { main, tenant } = yield* mainOf(visit, tenantId)
  return (state?: FormState) =>
    confirmPage(visit, {
      title: visit.texts.locations.leaveTitle(main.name),
      lead: visit.texts.locations.unlinkLead,
      action: paths.locationLeave(tenantId),
      submit: visit.texts.locations.unlinkSubmit,
      back: paths.locations(tenantId),
      tenant,
      section: "locations",
      ...(state === undefined ? {} : { state })
    })
})

/** So many locations are offered at once when some are chosen for a member; a search finds the others. */
const OFFERED = 100

const choosing = Effect.fnUntraced(function* (visit: VisitShape) {
  const [tenantId, accountId] = [yield* parameter("tenant"), yield* parameter("member")]
  const { tenant } = yield* areaOf(tenantId)
  const member = yield* asAccount(Tenants.Members.get({ tenantId, accountId }))
  const { locations } = yield* asAccount(Locations.chosen({ tenantId, accountId }))
  const { input, search } = pageOf(visit)
  const { items } = yield* asAccount(Locations.list({ tenantId, ...input, limit: OFFERED }))
  const label = ({ city, name }: { readonly city: string; readonly name: string }) =>
    city === "" ? name : `${name}, ${city}`
  const chosen = locations ?? []
  const choices = new Map(chosen.map((location) => [location.id as string, label(location)]))
  for (const item of items) if (item.id !== null) choices.set(item.id, label(item))
  return {
    tenant,
    member: { id: accountId, name: `${member.firstName} ${member.lastName}` },
    all: locations === null,
    choices: [...choices].map(([value, label]): Choice => ({ value, label })),
    chosen: chosen.map(({ id }) => id),
    search
  }
})

interface VisitorsFound {
  readonly items: ReadonlyArray<{ readonly accountId: string; readonly firstName: string; readonly lastName: string }>
  readonly next: string | null
}

/** Somebody's name, whether they are a member here or come through the main account. */
const personOf = Effect.fnUntraced(function* (tenantId: string, accountId: string) {
  return yield* asAccount(Tenants.Members.get({ tenantId, accountId })).pipe(
    Effect.map(({ firstName, lastName }) => ({ name: `${firstName} ${lastName}`, member: true })),
    Effect.catchTag("NotFound", () =>
      Effect.gen(function* () {
        let after: string | null = null
        do {
          const found: VisitorsFound = yield* asAccount(
            Locations.visitors({ tenantId, limit: 100, ...(after === null ? {} : { after }) })
          )
          const one = found.items.find((visitor) => visitor.accountId === accountId)
          if (one !== undefined) return { name: `${one.firstName} ${one.lastName}`, member: false }
          after = found.next
        } while (after !== null)
        return yield* new refusals.NotFound({ kind: "member" })
      })
    )
  )
})

/** Location management: main and sub accounts. */
export const locationPages = group(
  page(paths.locations(":tenant"), overview),
  page(
    paths.locationAdd(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show((yield* addPage(visit))())
    })
  ),
  act(
    paths.locationAdd(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const again = yield* addPage(visit)
      return yield* asAccount(Locations.askToLink({ tenantId, ...typed(visit.form) })).pipe(
        Effect.flatMap(({ outcome }) =>
          goTo(paths.locations(tenantId), outcome === "Done" ? "locationLinked" : "linkAsked")
        ),
        formAgain((state) => again({ state }), {}, paths.locationAdd(tenantId))
      )
    })
  ),
  act(
    paths.locationLinkOwn(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const again = yield* addPage(visit)
      return yield* asAccount(Locations.linkOwn({ tenantId, subId: visit.form.text("subId") })).pipe(
        Effect.andThen(goTo(paths.locations(tenantId), "locationLinked")),
        formAgain((ownState) => again({ ownState }), {}, paths.locationAdd(tenantId))
      )
    })
  ),
  page(
    paths.locationUnlink(":tenant", ":location"),
    Effect.fnUntraced(function* (visit) {
      return yield* show((yield* unlinkPage(visit))())
    })
  ),
  act(
    paths.locationUnlink(":tenant", ":location"),
    Effect.fnUntraced(function* (visit) {
      const [tenantId, subId] = [yield* parameter("tenant"), yield* parameter("location")]
      const again = yield* unlinkPage(visit)
      return yield* asAccount(Locations.unlink({ tenantId, subId })).pipe(
        Effect.andThen(goTo(paths.locations(tenantId), "locationUnlinked")),
        formAgain(again)
      )
    })
  ),
  act(
    paths.locationRefused(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const data = yield* mainOf(visit, tenantId)
      // what is none of the permissions is refused by the use case
      const refused = visit.form.all("refused") as ReadonlyArray<Permission.Permission>
      return yield* asAccount(Locations.refuse({ tenantId, refused })).pipe(
        Effect.andThen(goTo(paths.locations(tenantId), "refusedSaved")),
        formAgain((state) => mainPage(visit, { ...data, state }), {}, paths.locations(tenantId))
      )
    })
  ),
  page(
    paths.locationLeave(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show((yield* leavePage(visit))())
    })
  ),
  act(
    paths.locationLeave(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const again = yield* leavePage(visit)
      return yield* asAccount(Locations.leaveMain({ tenantId })).pipe(
        Effect.andThen(goTo(paths.locations(tenantId), "locationUnlinked")),
        formAgain(again)
      )
    })
  ),
  page(
    paths.locationMove(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { tenant } = yield* mainOf(visit, yield* parameter("tenant"))
      return yield* show(locationMovePage(visit, { tenant }))
    })
  ),
  act(
    paths.locationMove(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const { tenant } = yield* areaOf(tenantId)
      return yield* asAccount(Locations.askToMove({ tenantId, ...typed(visit.form) })).pipe(
        Effect.flatMap(({ outcome }) =>
          goTo(paths.locations(tenantId), outcome === "Done" ? "locationMoved" : "linkAsked")
        ),
        formAgain((state) => locationMovePage(visit, { tenant, state }), {}, paths.locationMove(tenantId))
      )
    })
  ),
  page(
    paths.entrances(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const { tenant } = yield* areaOf(tenantId)
      const { input, links, search } = pageOf(visit)
      const { items, next } = yield* asAccount(Locations.mine({ tenantId, ...input }))
      return yield* show(
        entrancesPage(visit, { tenant, locations: items, search, ...links(paths.entrances(tenantId), next) })
      )
    })
  ),
  page(
    paths.memberLocations(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(chooseLocationsPage(visit, yield* choosing(visit)))
    })
  ),
  act(
    paths.memberLocations(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* choosing(visit)
      const { member, tenant } = data
      const locations = form.text("scope") === "all" ? null : form.all("locations")
      return yield* asAccount(Locations.choose({ tenantId: tenant.id, accountId: member.id, locations })).pipe(
        Effect.andThen(goTo(paths.member(tenant.id, member.id), "locationsChosen")),
        formAgain((state) => chooseLocationsPage(visit, { ...data, state }))
      )
    })
  ),
  page(
    paths.locationVisitors(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const settings = yield* Settings.Settings
      const { main, tenant } = yield* mainOf(visit, tenantId)
      const after = visit.query.get("after")
      const { items, next } = yield* asAccount(Locations.visitors({ tenantId, ...(after === null ? {} : { after }) }))
      return yield* show(
        visitorsPage(visit, {
          tenant,
          mainName: main.name,
          visitors: items.map(({ accountId, firstName, lastName, roles }) => ({
            id: accountId,
            name: `${firstName} ${lastName}`,
            roles: roleLabels(settings, roles, visit.locale)
          })),
          ...pageOf(visit).links(paths.locationVisitors(tenantId), next)
        })
      )
    })
  ),
  page(
    paths.access(":tenant", ":member"),
    Effect.fnUntraced(function* (visit) {
      const [tenantId, accountId] = [yield* parameter("tenant"), yield* parameter("member")]
      const settings = yield* Settings.Settings
      const t = visit.texts.locations
      const { tenant } = yield* areaOf(tenantId)
      const { member, name } = yield* personOf(tenantId, accountId)
      const { main } = yield* asAccount(Locations.position({ tenantId }))
      const answers = yield* Effect.forEach(Permission.permissions, (permission) =>
        Effect.map(asAccount(Tenants.Permissions.explain({ tenantId, permission, accountId })), (decision) => {
          const label = decision.allowed ? roleLabels(settings, [decision.grant.role], visit.locale).join() : ""
          return {
            permission: t.permissions[permission],
            allowed: decision.allowed,
            sentence: decision.allowed
              ? decision.grant.through === null
                ? t.byRole(label)
                : t.byMain(main?.name ?? "", label)
              : t.missing[decision.missing]
          }
        })
      )
      return yield* show(
        accessPage(visit, {
          tenant,
          name,
          back: member
            ? { path: paths.member(tenantId, accountId), label: name }
            : { path: paths.locationVisitors(tenantId), label: t.visitors },
          answers
        })
      )
    })
  )
)

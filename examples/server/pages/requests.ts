import { Clock, Effect } from "effect"
import { Accounts, Permission, Requests, refusals, requestKinds, Settings, Tenants } from "portico"
import type { FormErrors } from "../html/forms.ts"
import { beginningOf, dayOf, daysAfter } from "../http/dates.ts"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, formShown, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asEither, asStaff, signedIn, type VisitShape } from "../http/Visit.ts"
import {
  type As,
  type DeputyItem,
  deputiesPage,
  myRequestsPage,
  outcomeState,
  requestPage,
  requestsPage
} from "../views/requests.ts"
import { grantableRoles } from "./shared/areas.ts"

/** As what the person decides: what the address or the form says, else as staff if they are. */
const readAs = (given: string | null, isStaff: boolean): As => (isStaff && given !== "account" ? "staff" : "account")

/** In the address: what was approved, and waits for the asker. */
const OFFERED = "approved"

const areas = Effect.map(asAccount(Tenants.Permissions.whereCanIGo({})), ({ tenants }) => tenants)

/** What the list of waiting requests needs. */
const waitingOf = Effect.fnUntraced(function* (
  visit: VisitShape,
  given: {
    readonly as: As
    /** Whether what was approved and is not completed is looked for. */
    readonly offered: boolean
    readonly kind: string
    readonly tenant: string
    readonly after: string | null
  }
) {
  const { after, as, kind, offered, tenant } = given
  const { staff } = yield* signedIn
  const { items, next } = yield* asEither(
    as,
    Requests.waiting({
      ...(offered ? { state: "Approved" as const } : {}),
      ...(kind === "" ? {} : { kind }),
      ...(tenant === "" || as === "staff" ? {} : { tenantId: tenant }),
      ...(after === null ? {} : { after })
    })
  )
  const here = {
    as,
    state: offered ? OFFERED : undefined,
    kind: kind === "" ? undefined : kind,
    tenant: tenant === "" ? undefined : tenant
  }
  const mine = yield* areas
  return {
    as,
    offered,
    kind,
    tenant,
    isStaff: staff !== undefined,
    items: items.map((item) => ({ ...item, tenantName: mine.find(({ id }) => id === item.tenantId)?.name })),
    now: yield* Clock.currentTimeMillis,
    kinds: requestKinds.map(({ name, title }) => ({ value: name, label: title[visit.locale] })),
    tenants: mine.map(({ id, name }) => ({ value: id, label: name })),
    next: next === null ? undefined : withQuery(paths.requests, { ...here, after: next }),
    first: after === null ? undefined : withQuery(paths.requests, here)
  }
})

/** The request with the roles that its approver can give. */
const requestOf = Effect.fnUntraced(function* (visit: VisitShape, requestId: string, given: string | null) {
  const settings = yield* Settings.Settings
  const { staff } = yield* signedIn
  const asked = Requests.get({ requestId })
  const isAs = readAs(given, staff !== undefined)
  // a mail's link does not say as what somebody decides
  const found =
    isAs === "account"
      ? { as: "account" as const, request: yield* asAccount(asked) }
      : yield* asStaff(asked).pipe(
          Effect.map((request) => ({ as: "staff" as const, request })),
          Effect.catchTag("NotFound", () =>
            Effect.map(asAccount(asked), (request) => ({ as: "account" as const, request }))
          )
        )
  const { kind, may, tenantId } = found.request
  const here = tenantId === null ? undefined : (yield* areas).find(({ id }) => id === tenantId)
  const givesRoles = kind === "JoinTenant" && may.decide
  return {
    ...found,
    tenantName: here?.name,
    roles: here === undefined || !givesRoles ? [] : grantableRoles(settings, here.permissions, visit.locale),
    chosen: [Permission.MEMBER]
  }
})

const decide = Effect.fnUntraced(function* (
  visit: VisitShape,
  { as, request, roles }: Effect.Success<ReturnType<typeof requestOf>>
) {
  const { form } = visit
  const of = { requestId: request.id, version: Number(form.text("version")) }
  const list = as === "staff" ? withQuery(paths.requests, { as }) : paths.requests
  switch (form.text("act")) {
    case "approve": {
      const note = form.text("note")
      const decision = roles.length === 0 ? {} : { decision: { roles: form.all("decision.roles") } }
      yield* asEither(as, Requests.approve({ ...of, note, ...decision }))
      return yield* goTo(list, "requestApproved")
    }
    case "refuse":
      yield* asEither(as, Requests.refuse({ ...of, reason: form.text("reason") }))
      return yield* goTo(list, "requestRefused")
    case "withdraw":
      yield* asAccount(Requests.withdraw({ requestId: request.id }))
      return yield* goTo(paths.myRequests, "requestWithdrawn")
    default:
      // no button of the page says that
      return yield* new refusals.InvalidInput({ issues: [{ path: ["act"], code: "invalid" }] })
  }
})

// ---- deputies --------------------------------------------------------------------------------------------------------------------------

const STAFF = "staff"

/** Those whom the person can name: other members where they decide, and other staff. */
const possibleDeputies = Effect.fnUntraced(function* (visit: VisitShape) {
  const { account, staff } = yield* signedIn
  const t = visit.texts.requests
  const deciding = (yield* areas).filter(({ permissions }) => permissions.includes("requests.decide"))
  const members = yield* Effect.forEach(deciding, ({ id, name }) =>
    Effect.map(asAccount(Tenants.Members.list({ tenantId: id, limit: 100 })), ({ items }) =>
      items
        .filter(({ self }) => !self)
        .map((member) => ({
          value: `${id}:${member.accountId}`,
          label: `${member.firstName} ${member.lastName} – ${name}`
        }))
    )
  )
  const colleagues = staff === undefined ? [] : (yield* asStaff(Accounts.StaffMembers.list({ limit: 100 }))).items
  return [
    ...members.flat(),
    ...colleagues
      .filter(({ accountId }) => accountId !== account.id)
      .map(({ accountId, firstName, lastName }) => ({
        value: `${STAFF}:${accountId}`,
        label: `${firstName} ${lastName} – ${t.deputyStaff}`
      }))
  ]
})

const deputiesOf = Effect.fnUntraced(function* (visit: VisitShape) {
  const { account, staff } = yield* signedIn
  const people = yield* possibleDeputies(visit)
  const mine = yield* areas
  const { items } = yield* asAccount(Requests.deputies({ limit: 100 }))
  const colleagues = new Map(people.map(({ label, value }) => [value, label.split(" – ")[0] ?? label]))
  // who stands in for somebody need not decide anything of their own there
  const nameOf = (tenantId: string | null, accountId: string) =>
    tenantId === null
      ? Effect.succeed(colleagues.get(`${STAFF}:${accountId}`) ?? visit.texts.common.none)
      : asAccount(Tenants.Members.get({ tenantId, accountId })).pipe(
          Effect.map(({ firstName, lastName }) => `${firstName} ${lastName}`),
          Effect.catchTag(["NotFound", "NotAllowed"], () => Effect.succeed(visit.texts.common.none))
        )
  const shown = yield* Effect.forEach(items, (deputy) =>
    Effect.map(
      nameOf(deputy.tenantId, deputy.principalId === account.id ? deputy.deputyId : deputy.principalId),
      (name) => ({
        deputy,
        name
      })
    )
  )
  return {
    isStaff: staff !== undefined,
    people,
    today: dayOf(yield* Clock.currentTimeMillis, visit.timeZone),
    items: shown.map(
      ({ deputy, name }): DeputyItem => ({
        id: deputy.id,
        name,
        tenantName:
          deputy.tenantId === null
            ? undefined
            : (mine.find(({ id }) => id === deputy.tenantId)?.name ?? visit.texts.common.none),
        from: deputy.from,
        until: deputy.until,
        isOwn: deputy.principalId === account.id
      })
    )
  }
})

/** From the beginning of one day to the end of another, where the portal is; today begins now. */
const nameDeputy = Effect.fnUntraced(function* (visit: VisitShape) {
  const { form, timeZone } = visit
  const [where = "", deputyId = ""] = form.text("who").split(":")
  const from = beginningOf(form.text("from"), timeZone)
  const last = beginningOf(form.text("until"), timeZone)
  const until = last === undefined ? undefined : beginningOf(daysAfter(form.text("until"), 1), timeZone)
  if (from === undefined || until === undefined) {
    const missing = [...(from === undefined ? ["from"] : []), ...(until === undefined ? ["until"] : [])]
    const codeOf = (name: string) => (form.text(name) === "" ? "missing" : "invalid")
    return yield* new refusals.InvalidInput({ issues: missing.map((name) => ({ path: [name], code: codeOf(name) })) })
  }
  yield* where === STAFF
    ? asStaff(Requests.nameDeputy({ deputyId, from, until }))
    : asAccount(Requests.nameDeputy({ deputyId, from, until, tenantId: where }))
})

// ---- pages -----------------------------------------------------------------------------------------------------------------------------

/** The inbox of everything that waits for somebody, one's own requests, and deputies. */
export const requestPages = group(
  page(
    paths.requests,
    Effect.fnUntraced(function* (visit) {
      const { staff } = yield* signedIn
      const { query } = visit
      const data = yield* waitingOf(visit, {
        as: readAs(query.get("as"), staff !== undefined),
        offered: query.get("state") === OFFERED,
        kind: query.get("kind") ?? "",
        tenant: query.get("tenant") ?? "",
        after: query.get("after")
      })
      return yield* show(requestsPage(visit, data))
    })
  ),
  act(
    paths.requests,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const { staff } = yield* signedIn
      const as = readAs(form.text("as"), staff !== undefined)
      const given = { as, offered: false, kind: form.text("kind"), tenant: form.text("tenant"), after: null }
      const list = withQuery(paths.requests, {
        as,
        kind: form.optional("kind"),
        tenant: form.optional("tenant")
      })
      const again = Effect.fnUntraced(function* (errors: FormErrors) {
        const data = yield* waitingOf(visit, given)
        const state = { form, errors }
        return yield* formShown(state, list, requestsPage(visit, { ...data, state }))
      })
      const chosen = form.all("request").map((value) => {
        const [requestId = "", version = ""] = value.split(":")
        return { requestId, version: Number(version) }
      })
      const t = visit.texts.requests
      if (chosen.length === 0) {
        return yield* again({ general: [t.manyNone], fields: new Map() })
      }
      const reason = form.text("reason").trim()
      if (form.text("decide") === "refuse" && reason === "") {
        return yield* again({ general: [], fields: new Map([["reason", t.reasonMissing]]) })
      }
      const decisions = chosen.map((one) =>
        form.text("decide") === "refuse"
          ? ({ ...one, decide: "refuse", reason } as const)
          : ({ ...one, decide: "approve" } as const)
      )
      const { outcomes } = yield* asEither(as, Requests.decideMany({ decisions }))
      const data = yield* waitingOf(visit, given)
      const numbers = new Map(data.items.map(({ id, number }): [string, string] => [id, number]))
      const left = outcomes.flatMap((one) => {
        if (one._tag !== "NotDecided") return []
        const number = numbers.get(one.requestId)
        const text = one.text[visit.locale]
        return [number === undefined ? text : `${number}: ${text}`]
      })
      const state = outcomeState(outcomes.length - left.length, left)
      return yield* formShown(state, list, requestsPage(visit, { ...data, state }), 200)
    })
  ),
  page(
    paths.myRequests,
    Effect.fnUntraced(function* (visit) {
      const { staff } = yield* signedIn
      const after = visit.query.get("after")
      const { items, next } = yield* asAccount(Requests.mine(after === null ? {} : { after }))
      return yield* show(
        myRequestsPage(visit, {
          isStaff: staff !== undefined,
          items,
          next: next === null ? undefined : withQuery(paths.myRequests, { after: next }),
          first: after === null ? undefined : paths.myRequests
        })
      )
    })
  ),
  page(
    paths.deputies,
    Effect.fnUntraced(function* (visit) {
      return yield* show(deputiesPage(visit, yield* deputiesOf(visit)))
    })
  ),
  act(
    paths.deputies,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      if (form.text("act") === "end") {
        const { staff } = yield* signedIn
        const as = readAs(form.text("as"), staff !== undefined)
        yield* asEither(as, Requests.endDeputy({ id: form.text("id") }))
        return yield* goTo(paths.deputies, "deputyEnded")
      }
      const data = yield* deputiesOf(visit)
      return yield* nameDeputy(visit).pipe(
        Effect.andThen(goTo(paths.deputies, "deputyNamed")),
        formAgain((state) => deputiesPage(visit, { ...data, state }), { DeputyNotPossible: "who" }, paths.deputies)
      )
    })
  ),
  page(
    paths.request(":request"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(
        requestPage(visit, yield* requestOf(visit, yield* parameter("request"), visit.query.get("as")))
      )
    })
  ),
  act(
    paths.request(":request"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* requestOf(visit, yield* parameter("request"), visit.form.text("as"))
      return yield* decide(visit, data).pipe(
        formAgain((state) => requestPage(visit, { ...data, state }), {}, withQuery(visit.path, { as: data.as }))
      )
    })
  )
)

import { Effect } from "effect"
import { Accounts, refusals, Settings, Tenants } from "portico"
import type { FormState } from "../html/forms.ts"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, formShown, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asStaff, signedIn, type VisitShape } from "../http/Visit.ts"
import type { NoticeName } from "../texts/index.ts"
import {
  type StaffAccount,
  staffAccountsPage,
  staffTenantPage,
  staffTenantsPage,
  successorField,
  TENANT_ACTS
} from "../views/staffOffice.ts"
import { roleLabels } from "./shared/areas.ts"

const { Suspensions } = Accounts
const { StaffTenants, staffRolesFor } = Tenants

/** Whether the person may suspend and close; to who is no staff there is no such page. */
const officeOf = Effect.fnUntraced(function* (useCase: string) {
  const { staff } = yield* signedIn
  if (staff === undefined) return yield* new refusals.NotFound({ kind: "page" })
  return staff.roles.some((role) => staffRolesFor(useCase).includes(role))
})

/** The tenant with this number, as the address names it. */
const tenantOf = Effect.fnUntraced(function* () {
  const number = yield* parameter("number")
  const mayAct = yield* officeOf("tenants.suspend")
  const { items } = yield* asStaff(StaffTenants.find({ search: number }))
  const tenant = items.find((one) => one.number === number)
  if (tenant === undefined) return yield* new refusals.NotFound({ kind: "tenant" })
  return { tenant, mayAct }
})

/** The account that is looked for, if there is one. */
const accountOf = Effect.fnUntraced(function* (visit: VisitShape, search: string) {
  const settings = yield* Settings.Settings
  const mayAct = yield* officeOf("accounts.suspend")
  const account =
    search === ""
      ? undefined
      : yield* asStaff(Suspensions.find({ search })).pipe(
          Effect.map(
            (found): StaffAccount => ({
              ...found,
              tenants: found.tenants.map((tenant) => ({
                ...tenant,
                roles: roleLabels(settings, tenant.roles, visit.locale)
              }))
            })
          ),
          Effect.catchTag("NotFound", () => Effect.undefined)
        )
  return { account, mayAct }
})

const notices: Readonly<Record<(typeof TENANT_ACTS)[number], NoticeName>> = {
  suspend: "tenantSuspended",
  restore: "tenantRestored",
  close: "tenantClosed",
  appoint: "ownerAppointed"
}

/** Customer areas and accounts, for the operator's people. */
export const staffOfficePages = group(
  page(
    paths.staffTenants,
    Effect.fnUntraced(function* (visit) {
      yield* officeOf("tenants.find")
      const search = (visit.query.get("q") ?? "").trim()
      const after = visit.query.get("after")
      const { items, next } =
        search === ""
          ? { items: [], next: null }
          : yield* asStaff(StaffTenants.find({ search, ...(after === null ? {} : { after }) }))
      return yield* show(
        staffTenantsPage(visit, {
          search,
          items,
          next: next === null ? undefined : withQuery(paths.staffTenants, { q: search, after: next }),
          first: after === null ? undefined : withQuery(paths.staffTenants, { q: search })
        })
      )
    })
  ),
  page(
    paths.staffTenant(":number"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(staffTenantPage(visit, yield* tenantOf()))
    })
  ),
  act(
    paths.staffTenant(":number"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* tenantOf()
      const wanted = TENANT_ACTS.find((one) => one === form.text("act"))
      if (wanted === undefined) return yield* goTo(visit.path)
      const input = { tenantId: data.tenant.id, reason: form.text("reason") }
      const again = formAgain((state: FormState) => staffTenantPage(visit, { ...data, state }), {}, visit.path)
      const done = goTo(visit.path, notices[wanted])
      switch (wanted) {
        case "suspend":
          return yield* asStaff(StaffTenants.suspend(input)).pipe(Effect.andThen(done), again)
        case "restore":
          return yield* asStaff(StaffTenants.restore(input)).pipe(Effect.andThen(done), again)
        case "close":
          return yield* asStaff(StaffTenants.close(input)).pipe(Effect.andThen(done), again)
        case "appoint":
          return yield* asStaff(StaffTenants.appointOwner({ ...input, email: form.text("email") })).pipe(
            Effect.andThen(done),
            again
          )
      }
    })
  ),
  page(
    paths.staffAccounts,
    Effect.fnUntraced(function* (visit) {
      const search = (visit.query.get("q") ?? "").trim()
      return yield* show(staffAccountsPage(visit, { search, ...(yield* accountOf(visit, search)) }))
    })
  ),
  act(
    paths.staffAccounts,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const number = form.text("number")
      const data = { search: number, ...(yield* accountOf(visit, number)) }
      const here = withQuery(paths.staffAccounts, { q: number })
      const input = { accountId: form.text("account"), reason: form.text("reason") }
      const again = formAgain((state: FormState) => staffAccountsPage(visit, { ...data, state }), {}, here)
      if (form.text("act") === "restore") {
        return yield* asStaff(Suspensions.restore(input)).pipe(Effect.andThen(goTo(here, "accountRestored")), again)
      }
      const successors: Array<{ readonly tenantId: string; readonly accountId: string }> = []
      for (const { id } of data.account?.tenants ?? []) {
        const email = form.text(successorField(id)).trim()
        if (email === "") continue
        const { account } = yield* accountOf(visit, email)
        if (account === undefined) {
          const state = {
            form,
            errors: { general: [], fields: new Map([[successorField(id), visit.texts.staffOffice.successorUnknown]]) }
          }
          return yield* formShown(state, here, staffAccountsPage(visit, { ...data, state }))
        }
        successors.push({ tenantId: id, accountId: account.id })
      }
      return yield* asStaff(Suspensions.suspend({ ...input, successors })).pipe(
        Effect.andThen(goTo(here, "accountSuspended")),
        again
      )
    })
  )
)

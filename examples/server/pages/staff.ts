import { Effect } from "effect"
import { Accounts, refusals } from "portico"
import type { FormState } from "../html/forms.ts"
import { paths, withQuery } from "../http/paths.ts"
import { statusOf } from "../http/refusals.ts"
import { formAgain, formShown, goTo, show } from "../http/respond.ts"
import { act, group, page } from "../http/routes.ts"
import { asStaff, signedIn, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { STAFF_ROLES, type StaffItem, staffPage } from "../views/staff.ts"

const { StaffMembers } = Accounts

/** The list with what its page needs besides; the person is one whom the list shows. */
const staffOf = Effect.fnUntraced(function* (given: { readonly after: string | null; readonly person: string | null }) {
  const { after, person } = given
  const { account, staff } = yield* signedIn
  if (staff === undefined) return yield* new refusals.NotFound({ kind: "page" })
  const { items, next } = yield* asStaff(StaffMembers.list(after === null ? {} : { after }))
  const people = items.map(
    ({ accountId, email, firstName, lastName, roles, since }): StaffItem => ({
      accountId,
      name: `${firstName} ${lastName}`,
      email,
      roles,
      since,
      isSelf: accountId === account.id
    })
  )
  return {
    own: staff.roles,
    mayAppoint: staff.roles.includes("operator"),
    items: people,
    person: people.find(({ accountId }) => accountId === person),
    after: after ?? undefined,
    next: next === null ? undefined : withQuery(paths.staff, { after: next }),
    first: after === null ? undefined : paths.staff
  }
})

const appoint = Effect.fnUntraced(function* (visit: VisitShape) {
  const { form } = visit
  const roles = STAFF_ROLES.filter((role) => form.all("roles").includes(role))
  yield* asStaff(StaffMembers.appoint({ email: form.text("email"), roles }))
  return yield* goTo(paths.staff, "staffAppointed")
})

const dismissPage = (visit: VisitShape, person: StaffItem, state?: FormState) => {
  const t = visit.texts.staff
  return confirmPage(visit, {
    title: t.dismissTitle(person.name),
    office: "people",
    lead: t.dismissLead,
    action: paths.staff,
    submit: t.dismissSubmit,
    back: paths.staff,
    hidden: { act: "dismiss", person: person.accountId },
    ...(state === undefined ? {} : { state })
  })
}

/** The operator's people, for each other; operators appoint and dismiss them. Nobody else learns that there is such a page. */
export const staffPages = group(
  page(
    paths.staff,
    Effect.fnUntraced(function* (visit) {
      const { query } = visit
      const dismissed = query.get("dismiss")
      const data = yield* staffOf({ after: query.get("after"), person: dismissed ?? query.get("person") })
      if (dismissed === null) return yield* show(staffPage(visit, data))
      return yield* data.person === undefined || !data.mayAppoint
        ? goTo(paths.staff)
        : show(dismissPage(visit, data.person))
    })
  ),
  act(
    paths.staff,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* staffOf({ after: null, person: form.text("person") })
      const { person } = data
      if (form.text("act") === "dismiss") {
        return yield* asStaff(StaffMembers.dismiss({ accountId: form.text("person") })).pipe(
          Effect.andThen(goTo(paths.staff, "staffDismissed")),
          formAgain(
            (state) =>
              person === undefined ? staffPage(visit, { ...data, state }) : dismissPage(visit, person, state),
            {},
            withQuery(paths.staff, { dismiss: person?.accountId })
          )
        )
      }
      const here = withQuery(paths.staff, { person: person?.accountId })
      const nobody = { form, errors: { general: [], fields: new Map([["email", visit.texts.staff.nobody]]) } }
      return yield* appoint(visit).pipe(
        Effect.catchTag("NotFound", (refusal) =>
          formShown(nobody, here, staffPage(visit, { ...data, state: nobody }), statusOf(refusal))
        ),
        formAgain((state) => staffPage(visit, { ...data, state }), {}, here)
      )
    })
  )
)

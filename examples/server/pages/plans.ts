import { Effect } from "effect"
import { Subscriptions } from "portico"
import { paths, withQuery } from "../http/paths.ts"
import { messageOf, statusOf } from "../http/refusals.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page } from "../http/routes.ts"
import { asAccount, signedIn, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { plansPage, reactivatePage, teamMembersPage } from "../views/plans.ts"

const { TeamMembers } = Subscriptions

const plansOf = Effect.gen(function* () {
  const { shared, subscription, trials } = yield* asAccount(Subscriptions.Subscriptions.mine({}))
  const { plans } = yield* asAccount(Subscriptions.Subscriptions.plans({}))
  return { own: subscription, plans, shared, trials }
})

/** The team as its page shows it. */
const teamOf = Effect.fnUntraced(function* (after: string | null) {
  const { account } = yield* signedIn
  const { shared, subscription, team } = yield* asAccount(Subscriptions.Subscriptions.mine({}))
  const { items, next } = yield* asAccount(TeamMembers.list(after === null ? {} : { after }))
  return {
    email: account.email,
    // a trial has no places yet
    includes: team.places > 0 && subscription?.plan?.includesTeamMembers === true,
    own: subscription,
    team,
    members: items,
    shared,
    next: next === null ? undefined : withQuery(paths.teamMembers, { after: next }),
    first: after === null ? undefined : paths.teamMembers
  }
})

const change = Effect.fnUntraced(function* (visit: VisitShape) {
  const { form } = visit
  switch (form.text("act")) {
    case "end":
      yield* asAccount(TeamMembers.end({ coverageId: form.text("id") }))
      return yield* goTo(paths.teamMembers, "connectionEnded")
    case "choose":
      yield* asAccount(TeamMembers.chooseWhoStays({ coverageIds: form.all("coverageIds") }))
      return yield* goTo(paths.teamMembers, "teamChosen")
    default: {
      const { alreadyOpen } = yield* asAccount(TeamMembers.askToConnect({ email: form.text("email") }))
      return yield* goTo(paths.myRequests, alreadyOpen ? "teamMemberAlreadyAsked" : "teamMemberAsked")
    }
  }
})

/** One's own plan, the team that shares it, and the plan that one shares. */
export const planPages = group(
  page(
    paths.plans,
    Effect.fnUntraced(function* (visit) {
      return yield* show(plansPage(visit, yield* plansOf))
    })
  ),
  act(
    paths.plans,
    Effect.fnUntraced(function* (visit) {
      return yield* asAccount(Subscriptions.Subscriptions.startTrial({ plan: visit.form.text("plan") })).pipe(
        Effect.andThen(goTo(paths.plans, "trialStarted")),
        Effect.catchTag(["TrialNotOffered", "TrialUsed", "SubscriptionExists"], (refusal) =>
          Effect.flatMap(plansOf, (data) =>
            show({
              ...plansPage(visit, { ...data, problem: messageOf(refusal, visit.locale) }),
              status: statusOf(refusal)
            })
          )
        )
      )
    })
  ),
  page(
    paths.teamMembers,
    Effect.fnUntraced(function* (visit) {
      const data = yield* teamOf(visit.query.get("after"))
      const ending = visit.query.get("end")
      const t = visit.texts.plans
      return yield* show(
        ending === null
          ? teamMembersPage(visit, data)
          : confirmPage(visit, {
              title: t.endTitle,
              lead: t.endLead,
              action: paths.teamMembers,
              submit: t.endSubmit,
              back: paths.teamMembers,
              hidden: { act: "end", id: ending }
            })
      )
    })
  ),
  act(
    paths.teamMembers,
    Effect.fnUntraced(function* (visit) {
      const data = yield* teamOf(null)
      return yield* change(visit).pipe(
        formAgain(
          (state) => teamMembersPage(visit, { ...data, state }),
          {},
          withQuery(paths.teamMembers, { end: visit.form.text("act") === "end" ? visit.form.text("id") : undefined })
        )
      )
    })
  ),
  page(
    paths.reactivate,
    Effect.fnUntraced(function* (visit) {
      const { account } = yield* signedIn
      const { query } = visit
      return yield* show(
        reactivatePage(visit, {
          primaryEmail: query.get("primary") ?? (query.get("member") === account.email ? "" : account.email),
          memberEmail: query.get("member") ?? ""
        })
      )
    })
  ),
  act(paths.reactivate, (visit) =>
    Effect.gen(function* () {
      const { form } = visit
      const sides = { primaryEmail: form.text("primaryEmail"), memberEmail: form.text("memberEmail") }
      return yield* asAccount(TeamMembers.askToReactivate(sides)).pipe(
        Effect.flatMap(({ alreadyOpen }) =>
          goTo(paths.myRequests, alreadyOpen ? "teamMemberAlreadyAsked" : "teamMemberAsked")
        ),
        formAgain((state) => reactivatePage(visit, { ...sides, state }), {}, paths.reactivate)
      )
    })
  )
)

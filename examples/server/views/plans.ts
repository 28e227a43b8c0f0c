import {
  backLink,
  badge,
  type Column,
  card,
  empty,
  facts,
  heading,
  notice,
  pager,
  type Tone,
  table
} from "../html/components.ts"
import { day, moment } from "../html/formats.ts"
import { actButton, FormBuilder, type FormState, linkButton, sentTo, submitButton, untouched } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"

export interface PlanItem {
  readonly key: string
  readonly name: { readonly de: string; readonly en: string }
  readonly period: "month" | "year"
  readonly features: ReadonlyArray<string>
  readonly includesTeamMembers: boolean
  readonly teamMembers: number
  readonly connection: "by-support" | "self-service"
  readonly trialDays: number | null
}

export interface OwnPlan {
  readonly state: "trial" | "active" | "past-due" | "ended"
  /** Null where the operator does not have it any more. */
  readonly plan: PlanItem | null
  readonly planKey: string
  readonly from: number
  readonly until: number
  readonly cancelled: boolean
}

const TONES: Readonly<Record<OwnPlan["state"], Tone>> = {
  trial: "waiting",
  active: "good",
  "past-due": "bad",
  ended: "neutral"
}

const featureNames = (scene: Scene, plan: PlanItem): string => {
  const names: Readonly<Record<string, string>> = scene.texts.plans.features
  return plan.features.map((feature) => names[feature] ?? feature).join(", ")
}

/** What a plan contains, and in so many words whether team members are part of it (SUB-04). */
const contents = (scene: Scene, plan: PlanItem): ReadonlyArray<readonly [string, string]> => {
  const t = scene.texts.plans
  return [
    [t.contains, featureNames(scene, plan)],
    [
      t.teamMembers,
      plan.includesTeamMembers ? `${t.included(plan.teamMembers)}. ${t.connections[plan.connection]}` : t.notIncluded
    ]
  ]
}

/** One's own plan and all others. Field: `plan` (buttons). */
export const plansPage = (
  scene: Scene,
  data: {
    readonly own: OwnPlan | null
    readonly plans: ReadonlyArray<PlanItem>
    readonly shared: ReadonlyArray<SharedItem>
    /** The plans that can be tried now. */
    readonly trials: ReadonlyArray<string>
    readonly problem?: string
  }
): Page => {
  const t = scene.texts.plans
  const { own } = data
  return {
    title: t.title,
    width: "wide",
    body: html`${heading(t.title, t.lead)}
    ${data.problem !== undefined && notice(data.problem, "bad")}
    ${
      own === null
        ? empty(t.noneTitle, t.none)
        : card({
            title: own.plan?.name[scene.locale] ?? own.planKey,
            body: html`${facts([
              [t.state, badge(t.states[own.state], TONES[own.state])],
              [t.from, day(scene, own.from)],
              [t.until, moment(scene, own.until)],
              ...(own.plan === null ? [] : contents(scene, own.plan))
            ])}${
              own.state === "trial" &&
              own.plan?.includesTeamMembers === true &&
              html`<p class="hint">${t.trialTeam}</p>`
            }${own.cancelled && html`<p class="hint">${t.cancelled}</p>`}`,
            actions: linkButton(paths.teamMembers, t.manageTeam)
          })
    }
    ${
      data.shared.length > 0 &&
      html`<section class="section"><h2>${t.sharedTitle}</h2><div class="cards">${data.shared.map((shared) =>
        card({
          title: shared.plan?.name[scene.locale] ?? t.plan,
          lead: shared.covered ? t.sharedOn : t.sharedOff,
          body: facts([
            [t.primary, `${shared.primaryName} (${shared.primaryEmail})`],
            [t.until, shared.until === null ? scene.texts.common.none : moment(scene, shared.until)],
            ...(shared.plan === null ? [] : [[t.contains, featureNames(scene, shared.plan)] as const])
          ]),
          actions: linkButton(paths.teamMembers, t.showShared)
        })
      )}</div></section>`
    }
    <section class="section"><h2>${t.all}</h2>
      <div class="cards">${data.plans.map((plan) =>
        card({
          title: plan.name[scene.locale],
          body: facts([[t.period, t.periods[plan.period]], ...contents(scene, plan)]),
          ...(plan.trialDays !== null && data.trials.includes(plan.key)
            ? {
                actions: actButton(scene, {
                  action: paths.plans,
                  label: t.try(plan.trialDays),
                  description: t.tryOf(plan.name[scene.locale], plan.trialDays),
                  hidden: { plan: plan.key }
                })
              }
            : {})
        })
      )}</div>
    </section>`
  }
}

export interface TeamMemberItem {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly term: string
  readonly from: number
  readonly until: number | null
  readonly state: "covered" | "waiting" | "no-place" | "over"
}

const MEMBER_TONES: Readonly<Record<TeamMemberItem["state"], Tone>> = {
  covered: "good",
  waiting: "waiting",
  "no-place": "bad",
  over: "neutral"
}

export interface SharedItem {
  readonly coverageId: string
  readonly plan: PlanItem | null
  readonly primaryName: string
  readonly primaryEmail: string
  readonly from: number
  readonly until: number | null
  readonly covered: boolean
}

/** Why somebody cannot connect anybody. */
const notIncluded = (scene: Scene, own: OwnPlan | null): string => {
  const t = scene.texts.plans
  if (own === null) return t.teamNoPlan
  if (own.state === "ended") return t.teamEnded
  return own.state === "trial" && own.plan?.includesTeamMembers === true ? t.trialTeam : t.teamNot
}

/** The team of a primary account, and what a member shares. Fields: `email`; `stay` (check boxes). */
export const teamMembersPage = (
  scene: Scene,
  data: {
    readonly email: string
    readonly includes: boolean
    readonly own: OwnPlan | null
    readonly team: { readonly places: number; readonly connected: number; readonly mustChoose: boolean }
    readonly members: ReadonlyArray<TeamMemberItem>
    readonly shared: ReadonlyArray<SharedItem>
    readonly next: string | undefined
    readonly first: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.plans
  const { team } = data
  const act = data.state?.form.text("act")
  const action = paths.teamMembers
  const stateFor = (name: string): FormState =>
    act === name && data.state !== undefined ? data.state : sentTo(scene, action, name)
  const asking = new FormBuilder(scene, { action, state: stateFor("ask"), hidden: { act: "ask" } })
  const choosing = new FormBuilder(scene, {
    action,
    state: stateFor("choose"),
    hidden: { act: "choose" },
    prefix: "choose"
  })
  const ending = stateFor("end").errors.general
  const columns: ReadonlyArray<Column<TeamMemberItem>> = [
    {
      label: t.member,
      names: true,
      long: true,
      cell: (row) => html`${row.name}<span class="sub">${row.email}</span>`
    },
    { label: t.state, cell: (row) => badge(t.memberStates[row.state], MEMBER_TONES[row.state]) },
    { label: t.from, cell: (row) => day(scene, row.from) },
    {
      label: t.until,
      cell: (row) =>
        html`${row.until === null ? scene.texts.common.none : moment(scene, row.until)}${row.term === "renewing" && html`<span class="sub">${t.renewing}</span>`}`
    },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: (row) =>
        html`<a class="button button-link danger" href="${withQuery(paths.teamMembers, { end: row.id })}" aria-label="${t.endOf(row.name)}">${t.end}</a>`
    }
  ]
  const again = (member: string | undefined, primary: string | undefined) =>
    linkButton(withQuery(paths.reactivate, { member, primary }), t.again, "link")
  return {
    title: t.teamTitle,
    width: "wide",
    body: html`${backLink(paths.plans, t.title)}
    ${heading(t.teamTitle, t.teamLead, again(undefined, undefined))}
    <div class="stack">${ending.map((text) => notice(text, "bad"))}
    ${
      data.shared.length > 0 &&
      html`<section class="section"><h2>${t.sharedTitle}</h2><div class="cards">${data.shared.map((shared) =>
        card({
          title: shared.plan?.name[scene.locale] ?? t.plan,
          lead: shared.covered ? t.sharedOn : t.sharedOff,
          body: facts([
            [t.primary, `${shared.primaryName} (${shared.primaryEmail})`],
            [t.from, day(scene, shared.from)],
            [t.until, shared.until === null ? scene.texts.common.none : moment(scene, shared.until)],
            ...(shared.plan === null ? [] : [[t.contains, featureNames(scene, shared.plan)] as const])
          ]),
          actions: [
            html`<a class="button button-link danger" href="${withQuery(paths.teamMembers, { end: shared.coverageId })}" aria-label="${t.endOf(shared.primaryName)}">${t.end}</a>`,
            again(data.email, shared.primaryEmail)
          ]
        })
      )}</div></section>`
    }
    ${data.team.places > 0 && facts([[t.places, t.placesTaken(team.connected, team.places)]])}
    ${
      team.mustChoose &&
      card({
        title: t.chooseTitle,
        lead: t.chooseLead(team.places),
        body: choosing.render(
          choosing.choices({
            name: "coverageIds",
            label: t.choose,
            kind: "many",
            choices: data.members.map((member) => ({
              value: member.id,
              label: `${member.name} (${member.email})`,
              hint: t.memberStates[member.state]
            }))
          }),
          submitButton(t.chooseSubmit)
        )
      })
    }
    ${
      data.members.length > 0
        ? table(t.teamTitle, columns, data.members)
        : data.includes && empty(t.teamNoneTitle, t.teamNone)
    }
    ${pager(scene, data)}
    ${
      data.includes
        ? card({
            title: t.askTitle,
            lead: t.askLead,
            body: asking.render(
              asking.text({ name: "email", label: t.email, type: "email", autocomplete: "off" }),
              submitButton(t.askSubmit)
            )
          })
        : empty(t.teamNotTitle, notIncluded(scene, data.own), linkButton(paths.plans, t.plans))
    }</div>`
  }
}

/** Fields: `primaryEmail`, `memberEmail` (TMA-05). */
export const reactivatePage = (
  scene: Scene,
  data: { readonly primaryEmail: string; readonly memberEmail: string; readonly state?: FormState }
): Page => {
  const t = scene.texts.plans
  const form = new FormBuilder(scene, { action: paths.reactivate, state: data.state ?? untouched })
  const fields = [
    form.text({
      name: "primaryEmail",
      label: t.primaryEmail,
      type: "email",
      autocomplete: "off",
      value: data.primaryEmail
    }),
    form.text({ name: "memberEmail", label: t.email, type: "email", autocomplete: "off", value: data.memberEmail })
  ]
  return {
    title: t.againTitle,
    width: "narrow",
    body: html`${heading(t.againTitle, t.againLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.againSubmit),
      linkButton(paths.teamMembers, scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

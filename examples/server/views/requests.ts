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
import { ago, day, moment } from "../html/formats.ts"
import {
  actButton,
  type Choice,
  FormBuilder,
  type FormState,
  linkButton,
  sentTo,
  submitButton,
  untouched
} from "../html/forms.ts"
import { type Content, type Html, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { daysAfter } from "../http/dates.ts"
import { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"

export type RequestState =
  | "AwaitingConfirmation"
  | "Pending"
  | "Approved"
  | "Completed"
  | "Refused"
  | "Withdrawn"
  | "Expired"

const TONES: Readonly<Record<RequestState, Tone>> = {
  AwaitingConfirmation: "waiting",
  Pending: "waiting",
  Approved: "good",
  Completed: "good",
  Refused: "bad",
  Withdrawn: "neutral",
  Expired: "neutral"
}

/** As what somebody decides: who is both has to say so. */
export type As = "account" | "staff"

interface Text {
  readonly de: string
  readonly en: string
}

interface Detail {
  readonly label: Text
  /** Words are in both languages. */
  readonly value: string | Text
}

interface Shown {
  readonly id: string
  readonly number: string
  readonly title: Text
  readonly state: RequestState
  readonly version: number
  readonly details: ReadonlyArray<Detail>
  readonly createdAt: number
  readonly pendingAt: number | null
  readonly expiresAt: number
}

export interface WaitingItem extends Shown {
  readonly askerEmail: string
  /** The name of the customer area that it is about, for somebody who belongs to it. */
  readonly tenantName: string | undefined
}

export interface OwnItem extends Shown {
  readonly reason: string | null
  readonly note: string
}

/** The pages around requests. */
const tabs = (scene: Scene, here: "mine" | "staff" | "own" | "deputies", isStaff: boolean): Html => {
  const t = scene.texts.requests
  const entries = [
    ["mine", isStaff ? withQuery(paths.requests, { as: "account" }) : paths.requests, t.tabMine],
    isStaff && ["staff", withQuery(paths.requests, { as: "staff" }), t.tabStaff],
    ["own", paths.myRequests, t.tabOwn],
    ["deputies", paths.deputies, t.tabDeputies]
  ] as const
  return html`<nav class="tabs" aria-label="${t.tabs}"><ul>${entries.map(
    (entry) =>
      entry !== false &&
      html`<li><a href="${entry[1]}"${entry[0] === here && html` aria-current="page"`}>${entry[2]}</a></li>`
  )}</ul></nav>`
}

/** The kinds write moments as ISO 8601, which nobody wants to read. */
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/

const valueOf = (scene: Scene, value: string | Text): Content =>
  typeof value !== "string" ? value[scene.locale] : ISO.test(value) ? moment(scene, Date.parse(value)) : value

const detailsOf = (scene: Scene, details: ReadonlyArray<Detail>): ReadonlyArray<readonly [string, Content]> =>
  details.map(({ label, value }) => [label[scene.locale], valueOf(scene, value)])

/** Details without the customer area, where the page names it itself. */
const beside = (
  scene: Scene,
  { details, tenantName }: { readonly details: ReadonlyArray<Detail>; readonly tenantName: string | undefined }
): ReadonlyArray<Detail> =>
  tenantName === undefined
    ? details
    : details.filter(({ label, value }) => label[scene.locale] !== scene.texts.requests.tenant || value !== tenantName)

/** What became of requests that were decided at once: it comes back to the list as forms do. */
const OUTCOME = "outcome"

export const outcomeState = (decided: number, left: ReadonlyArray<string>): FormState => ({
  form: Form.of([
    ["act", OUTCOME],
    ["decided", String(decided)]
  ]),
  errors: { general: left, fields: new Map() }
})

const outcomeOf = (scene: Scene, given: FormState | undefined) => {
  const state = given ?? sentTo(scene, paths.requests, OUTCOME)
  return state.form.text("act") === OUTCOME
    ? { decided: Number(state.form.text("decided")), left: state.errors.general }
    : undefined
}

/** The list of everything that waits, with a filter, and the form that decides several (REQ-08). */
export const requestsPage = (
  scene: Scene,
  data: {
    readonly as: As
    readonly isStaff: boolean
    readonly items: ReadonlyArray<WaitingItem>
    readonly now: number
    readonly kinds: ReadonlyArray<Choice>
    readonly tenants: ReadonlyArray<Choice>
    readonly offered: boolean
    readonly kind: string
    readonly tenant: string
    readonly next: string | undefined
    readonly first: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.requests
  const outcome = outcomeOf(scene, data.state)
  const title = data.as === "staff" ? t.staffTitle : t.title
  const filter = new FormBuilder(scene, {
    action: paths.requests,
    method: "get",
    prefix: "filter",
    hidden: { as: data.as }
  })
  const filters = [
    filter.select({
      name: "state",
      label: t.which,
      value: data.offered ? "approved" : "",
      required: true,
      choices: [
        { value: "", label: t.undecided },
        { value: "approved", label: t.offered }
      ]
    }),
    filter.select({
      name: "kind",
      label: t.kind,
      value: data.kind,
      required: true,
      choices: [{ value: "", label: t.allKinds }, ...data.kinds]
    }),
    data.as === "account" &&
      data.tenants.length > 1 &&
      filter.select({
        name: "tenant",
        label: t.tenant,
        value: data.tenant,
        choices: [{ value: "", label: t.allTenants }, ...data.tenants]
      })
  ]
  const state = data.state ?? sentTo(scene, paths.requests)
  const chosen = state.form.all("request")
  const columns: ReadonlyArray<Column<WaitingItem>> = [
    {
      label: t.request,
      names: true,
      long: true,
      cell: (row) => {
        const value = `${row.id}:${row.version}`
        const box = html`<input type="checkbox" name="request" value="${value}" aria-label="${t.select(row.number)}"${
          chosen.includes(value) && html` checked`
        }>`
        return html`${!data.offered && box} <a href="${withQuery(paths.request(row.id), { as: data.as })}">${row.title[scene.locale]}</a>
        <span class="sub">${row.number}</span>`
      }
    },
    {
      label: t.asker,
      long: true,
      cell: (row) =>
        html`${row.askerEmail}${row.tenantName !== undefined && html`<span class="sub">${t.tenant}: ${row.tenantName}</span>`}${beside(
          scene,
          row
        )
          .filter(({ value }) => value !== row.askerEmail)
          .map(({ label, value }) => html`<span class="sub">${label[scene.locale]}: ${valueOf(scene, value)}</span>`)}`
    },
    {
      label: t.age,
      cell: (row) =>
        html`${day(scene, row.pendingAt ?? row.createdAt)}<span class="sub">${ago(scene, row.pendingAt ?? row.createdAt, data.now)}</span>`
    },
    { label: t.deadline, cell: (row) => day(scene, row.expiresAt) }
  ]
  const many = new FormBuilder(scene, {
    action: paths.requests,
    state: outcome === undefined ? state : untouched,
    hidden: { as: data.as, kind: data.kind, tenant: data.tenant }
  })
  const decide = [
    many.choices({
      name: "decide",
      label: t.decide,
      kind: "one",
      choices: [
        { value: "approve", label: t.decideApprove },
        { value: "refuse", label: t.decideRefuse }
      ],
      chosen: ["approve"]
    }),
    many.area({
      name: "reason",
      label: t.reason,
      hint: t.manyReasonHint,
      required: false,
      depends: true,
      rows: 3,
      maxLength: 1000
    })
  ]
  const nothing =
    data.offered || data.kind !== "" || data.tenant !== ""
      ? empty(
          t.noneFoundTitle,
          t.noneFound,
          linkButton(withQuery(paths.requests, { as: data.as }), t.unfiltered, "secondary")
        )
      : data.as === "staff"
        ? empty(t.noneStaffTitle, t.noneStaff)
        : empty(t.noneTitle, t.none)
  return {
    title,
    ...(data.as === "staff" ? { office: "requests" as const } : {}),
    width: "wide",
    body: html`${heading(title, data.as === "staff" ? t.staffLead : t.lead)}
    ${tabs(scene, data.as === "staff" ? "staff" : "mine", data.isStaff)}
    <div class="stack">${outcome !== undefined && outcome.decided > 0 && notice(t.manyDone(outcome.decided), "good")}
    ${
      outcome !== undefined &&
      outcome.left.length > 0 &&
      notice(
        outcome.left.map((text, index) => [index > 0 && html`<br>`, text]),
        "bad",
        t.manyLeft
      )
    }
    ${filter.render(html`<div class="columns">${filters}</div>`, submitButton(t.filter, "secondary"))}
    ${
      data.items.length === 0
        ? nothing
        : data.offered
          ? table(title, columns, data.items)
          : many.render([
              table(title, columns, data.items),
              card({
                title: t.manyTitle,
                lead: data.as === "staff" ? t.manyHintStaff : t.manyHint,
                body: html`<div class="form">${decide}</div>`,
                actions: submitButton(t.manySubmit)
              })
            ])
    }
    ${pager(scene, data)}</div>`
  }
}

/** One request: for its asker, and for those who decide it. Fields: `roles`, `note`; `reason`. */
export const requestPage = (
  scene: Scene,
  data: {
    readonly as: As
    readonly request: OwnItem & {
      readonly asker: { readonly email: string }
      readonly facts: ReadonlyArray<Detail>
      readonly approvals: ReadonlyArray<unknown>
      readonly approvalsNeeded: number
      readonly endedAt: number | null
      readonly may: { readonly decide: boolean; readonly withdraw: boolean }
    }
    /** The customer area that it is about, for somebody who belongs to it. */
    readonly tenantName: string | undefined
    /** The roles that an approver can give; empty where the kind gives none. */
    readonly roles: ReadonlyArray<Choice>
    readonly chosen: ReadonlyArray<string>
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.requests
  const { as, request, roles } = data
  const action = paths.request(request.id)
  const act = data.state?.form.text("act")
  const stateFor = (name: string): FormState =>
    act === name && data.state !== undefined ? data.state : sentTo(scene, action, name)
  const hidden = (name: string) => ({ as, act: name, version: String(request.version) })
  const approving = new FormBuilder(scene, {
    action,
    state: stateFor("approve"),
    hidden: hidden("approve"),
    prefix: "approve"
  })
  const refusing = new FormBuilder(scene, {
    action,
    state: stateFor("refuse"),
    hidden: hidden("refuse"),
    prefix: "refuse"
  })
  const failed = stateFor("withdraw").errors.general
  const isRenewal = request.state === "Approved"
  const title = request.title[scene.locale]
  const decision = (): Content => [
    card({
      title: isRenewal ? t.renewTitle : t.approveTitle,
      body: approving.render(
        [
          roles.length > 0 &&
            approving.choices({
              name: "decision.roles",
              label: t.roles,
              kind: "many",
              choices: roles,
              chosen: data.chosen
            }),
          approving.area({ name: "note", label: t.note, hint: t.noteHint, required: false, rows: 3, maxLength: 1000 })
        ],
        submitButton(isRenewal ? t.renew : t.approve)
      )
    }),
    card({
      title: t.refuseTitle,
      body: refusing.render(
        refusing.area({ name: "reason", label: t.reason, hint: t.reasonHint, rows: 3, maxLength: 1000 }),
        submitButton(t.refuse, "danger")
      )
    })
  ]
  return {
    title: `${title} ${request.number}`,
    width: "wide",
    body: html`${backLink(request.may.decide ? withQuery(paths.requests, { as }) : paths.myRequests, t.back)}
    ${heading(title)}
    <div class="stack">${failed.map((text) => notice(text, "bad"))}
    <div class="panel">
      ${facts([
        [t.number, request.number],
        [t.state, badge(t.states[request.state], TONES[request.state])],
        [t.asker, request.asker.email],
        data.tenantName !== undefined && [t.tenant, data.tenantName],
        ...detailsOf(scene, beside(scene, { details: request.details, tenantName: data.tenantName })),
        [t.asked, moment(scene, request.createdAt)],
        request.endedAt === null
          ? [
              request.may.decide && request.state === "Pending" ? t.deadline : t.expires,
              moment(scene, request.expiresAt)
            ]
          : [t.ended, moment(scene, request.endedAt)],
        request.approvalsNeeded > 1 && [t.approvals, t.approvalsOf(request.approvals.length, request.approvalsNeeded)],
        request.reason !== null && [t.reason, request.reason],
        request.note !== "" && [t.note, request.note]
      ])}
      ${
        request.may.withdraw &&
        html`<div class="actions">${actButton(scene, { action, label: t.withdraw, kind: "danger", hidden: hidden("withdraw") })}</div>`
      }
    </div>
    ${request.facts.length > 0 && card({ title: t.facts, body: facts(detailsOf(scene, request.facts)) })}
    ${request.may.decide && html`<div class="cards cards-two">${decision()}</div>`}</div>`
  }
}

/** One's own requests with state and reason (REQ-08). */
export const myRequestsPage = (
  scene: Scene,
  data: {
    readonly isStaff: boolean
    readonly items: ReadonlyArray<OwnItem>
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.requests
  const columns: ReadonlyArray<Column<OwnItem>> = [
    {
      label: t.request,
      names: true,
      long: true,
      cell: (row) =>
        html`<a href="${paths.request(row.id)}">${row.title[scene.locale]}</a><span class="sub">${row.number}</span>
        ${row.details.map(({ label, value }) => html`<span class="sub">${label[scene.locale]}: ${valueOf(scene, value)}</span>`)}`
    },
    {
      label: t.state,
      long: true,
      cell: (row) =>
        html`${badge(t.states[row.state], TONES[row.state])}${row.reason !== null && html`<span class="sub">${t.reason}: ${row.reason}</span>`}${
          row.note !== "" && html`<span class="sub">${t.note}: ${row.note}</span>`
        }`
    },
    { label: t.asked, cell: (row) => day(scene, row.createdAt) },
    {
      label: t.expires,
      cell: (row) =>
        row.state === "Pending" || row.state === "Approved" ? day(scene, row.expiresAt) : scene.texts.common.none
    }
  ]
  return {
    title: t.ownTitle,
    width: "wide",
    body: html`${heading(t.ownTitle, t.ownLead)}
    ${tabs(scene, "own", data.isStaff)}
    ${data.items.length === 0 ? empty(t.ownNoneTitle, t.ownNone, linkButton(paths.join, t.ownJoin)) : table(t.ownTitle, columns, data.items)}
    ${pager(scene, data)}`
  }
}

export interface DeputyItem {
  readonly id: string
  /** The name of the other person, where it is known. */
  readonly name: string
  /** The area; undefined for support. */
  readonly tenantName: string | undefined
  readonly from: number
  readonly until: number
  /** Whether the person looking is the one who is stood in for. */
  readonly isOwn: boolean
}

/** So many days after the first one a deputyship usually ends. */
const USUAL_DAYS = 14

/** Fields: `who` (`<tenant or staff>:<account>`), `from`, `until` (days). */
export const deputiesPage = (
  scene: Scene,
  data: {
    readonly isStaff: boolean
    readonly items: ReadonlyArray<DeputyItem>
    readonly people: ReadonlyArray<Choice>
    /** As a date field has it. */
    readonly today: string
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.requests
  const form = new FormBuilder(scene, {
    action: paths.deputies,
    state: data.state ?? untouched,
    hidden: { act: "name" }
  })
  const columns: ReadonlyArray<Column<DeputyItem>> = [
    {
      label: t.deputyWho,
      names: true,
      cell: (row) => html`${row.name}<span class="sub">${row.isOwn ? t.deputyOther : t.deputyMe}</span>`
    },
    { label: t.deputyFor, cell: (row) => row.tenantName ?? t.deputyStaff },
    { label: t.deputyFrom, cell: (row) => moment(scene, row.from) },
    { label: t.deputyUntil, cell: (row) => moment(scene, row.until) },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: (row) =>
        row.isOwn &&
        actButton(scene, {
          action: paths.deputies,
          label: t.deputyEnd,
          description: t.deputyEndOf(row.name),
          hidden: { act: "end", id: row.id, as: row.tenantName === undefined ? "staff" : "account" }
        })
    }
  ]
  const naming = () =>
    form.render(
      [
        form.select({ name: "who", label: t.nameWho, choices: data.people }),
        html`<div class="columns">${form.text({ name: "from", label: t.nameFrom, hint: t.nameFromHint, type: "date", value: data.today })}
        ${form.text({ name: "until", label: t.nameUntil, hint: t.nameUntilHint, type: "date", value: daysAfter(data.today, USUAL_DAYS) })}</div>`
      ],
      submitButton(t.nameSubmit)
    )
  return {
    title: t.deputiesTitle,
    width: "wide",
    body: html`${heading(t.deputiesTitle, t.deputiesLead)}
    ${tabs(scene, "deputies", data.isStaff)}
    <div class="stack">${data.items.length === 0 ? empty(t.deputyNoneTitle, t.deputyNone) : table(t.deputiesTitle, columns, data.items)}
    ${card({ title: t.nameTitle, body: data.people.length === 0 ? html`<p>${t.nameNone}</p>` : naming() })}</div>`
  }
}

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
import { day } from "../html/formats.ts"
import {
  type Choice,
  FormBuilder,
  type FormState,
  linkButton,
  searchForm,
  submitButton,
  untouched
} from "../html/forms.ts"
import { type Content, html } from "../html/html.ts"
import type { Page, Scene, TenantFrame } from "../html/Page.ts"
import { paths } from "../http/paths.ts"
import type { Texts } from "../texts/index.ts"
import { companyFields } from "./selfRegistration.ts"
import type { TenantState } from "./tenants.ts"

const STATE_TONES: Readonly<Record<TenantState, Tone>> = {
  "in-setup": "waiting",
  active: "good",
  suspended: "bad",
  closed: "neutral"
}

const stateBadge = (scene: Scene, state: TenantState): Content =>
  badge(scene.texts.tenants.states[state], STATE_TONES[state])

/** One row of location management. */
export interface LocationItem {
  /** Null for a customer number that is only billed together. */
  readonly id: string | null
  readonly name: string
  readonly customerNumber: string
  readonly city: string
  readonly kind: keyof Texts["locations"]["kinds"]
  readonly linkedAt: number
  readonly state: TenantState | null
  readonly collectiveInvoice: boolean
  readonly enter: boolean
}

/** The sub accounts of a main account (HIE-02). */
export const locationsPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly locations: ReadonlyArray<LocationItem>
    readonly search: string
    readonly next: string | undefined
    readonly first: string | undefined
    readonly mayChange: boolean
    /** What stands between the heading and the list, for example what is being set up. */
    readonly above?: Content
  }
): Page => {
  const t = scene.texts.locations
  const { tenant } = data
  const columns: ReadonlyArray<Column<LocationItem>> = [
    {
      label: t.name,
      names: true,
      cell: ({ enter, id, name }) => (enter && id !== null ? html`<a href="${paths.tenant(id)}">${name}</a>` : name)
    },
    { label: t.number, long: true, cell: ({ customerNumber }) => customerNumber },
    { label: t.place, cell: ({ city }) => (city === "" ? scene.texts.common.none : city) },
    {
      label: t.kind,
      cell: ({ collectiveInvoice, kind }) =>
        html`${t.kinds[kind]}${collectiveInvoice && kind !== "collective-invoice" && html` ${badge(t.collectiveInvoice, "neutral")}`}`
    },
    { label: t.since, cell: ({ linkedAt }) => day(scene, linkedAt) },
    { label: t.state, cell: ({ state }) => (state === null ? scene.texts.common.none : stateBadge(scene, state)) },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: ({ enter, id, name }) =>
        id !== null &&
        html`${enter && html`<a class="button button-secondary button-small" href="${paths.tenant(id)}" aria-label="${t.enterOf(name)}">${t.enter}</a>`}
        ${data.mayChange && html`<a class="button button-link button-small" href="${paths.locationUnlink(tenant.id, id)}" aria-label="${t.unlinkOf(name)}">${t.unlink}</a>`}`
    }
  ]
  const add = data.mayChange && linkButton(paths.locationAdd(tenant.id), t.add, "primary")
  const nothing =
    data.search === "" ? empty(t.emptyTitle, data.mayChange ? t.empty : t.emptyReader, add) : empty(t.noneTitle, t.none)
  return {
    title: t.title,
    width: "wide",
    tenant,
    section: "locations",
    body: html`${heading(t.title, t.lead, add)}
    ${data.above}
    ${searchForm(scene, { action: paths.locations(tenant.id), label: t.search, value: data.search })}
    ${data.locations.length === 0 ? nothing : table(t.title, columns, data.locations)}
    ${pager(scene, data)}`
  }
}

/** The ways to a new sub account. Fields: `subId`; `customerNumber`, `postalCode`, `country`. */
export const locationAddPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    /** The person's own customer areas that could be linked. */
    readonly own: ReadonlyArray<Choice>
    readonly state?: FormState
    readonly ownState?: FormState
    /** Where a new one is ordered; left out where none can be. */
    readonly order?: string
  }
): Page => {
  const t = scene.texts.locations
  const { tenant } = data
  const own = new FormBuilder(scene, {
    action: paths.locationLinkOwn(tenant.id),
    state: data.ownState ?? untouched,
    prefix: "own"
  })
  const ownFields = own.select({ name: "subId", label: t.own, choices: data.own })
  const existing = new FormBuilder(scene, { action: paths.locationAdd(tenant.id), state: data.state ?? untouched })
  const existingFields = companyFields(scene, existing)
  return {
    title: t.add,
    width: "narrow",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.title)}
    ${heading(t.add, t.addLead)}
    ${
      data.own.length > 0 &&
      card({ title: t.ownTitle, lead: t.ownLead, body: own.render(ownFields, submitButton(t.ownSubmit, "secondary")) })
    }
    ${card({
      title: t.existingTitle,
      lead: t.existingLead,
      body: existing.render(existingFields, submitButton(t.existingSubmit))
    })}
    ${card({
      title: scene.texts.locationImport.title,
      lead: scene.texts.locationImport.cardLead,
      actions: linkButton(paths.locationImport(tenant.id), scene.texts.locationImport.title, "secondary")
    })}
    ${
      data.order !== undefined &&
      card({ title: t.newTitle, lead: t.newLead, actions: linkButton(data.order, t.newSubmit, "secondary") })
    }`
  }
}

/** A sub account's own page of its main account. Field: `refused` (check boxes). */
export const mainPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly main: {
      readonly name: string
      readonly city: string
      readonly state: TenantState
      readonly linkedAt: number
    }
    readonly permissions: ReadonlyArray<Choice>
    readonly refused: ReadonlyArray<string>
    readonly mayChange: boolean
    readonly maySeeVisitors: boolean
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.locations
  const { main, tenant } = data
  const form = new FormBuilder(scene, { action: paths.locationRefused(tenant.id), state: data.state ?? untouched })
  const refused = form.choices({
    name: "refused",
    label: t.refused,
    kind: "many",
    required: false,
    choices: data.permissions,
    chosen: data.refused
  })
  const names = data.permissions.filter(({ value }) => data.refused.includes(value)).map(({ label }) => label)
  return {
    title: t.subTitle,
    width: "regular",
    tenant,
    section: "locations",
    body: html`${heading(t.subTitle, t.subLead)}
    ${card({
      body: facts([
        [t.main, main.city === "" ? main.name : `${main.name}, ${main.city}`],
        [t.since, day(scene, main.linkedAt)],
        [t.state, stateBadge(scene, main.state)],
        !data.mayChange && [t.refused, names.length === 0 ? t.refusedNone : names.join(", ")]
      ]),
      actions: [
        data.maySeeVisitors && linkButton(paths.locationVisitors(tenant.id), t.visitors),
        data.mayChange && linkButton(paths.locationMove(tenant.id), t.move),
        data.mayChange && linkButton(paths.locationLeave(tenant.id), t.leave, "danger")
      ]
    })}
    ${
      data.mayChange &&
      card({
        title: t.refusedTitle,
        lead: t.refusedLead,
        body: form.render(refused, submitButton(scene.texts.common.save))
      })
    }`
  }
}

/** A sub account asks another main account to take it. Fields: `customerNumber`, `postalCode`, `country`. */
export const locationMovePage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly state?: FormState }
): Page => {
  const t = scene.texts.locations
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.locationMove(tenant.id), state: data.state ?? untouched })
  const fields = companyFields(scene, form)
  return {
    title: t.move,
    width: "narrow",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.subTitle)}
    ${heading(t.move, t.moveLead)}
    <div class="panel">${form.render(fields, submitButton(t.moveSubmit))}</div>`
  }
}

/** The sub accounts that a person can work in with one sign-in (HIE-05). */
export const entrancesPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly locations: ReadonlyArray<{
      readonly id: string
      readonly name: string
      readonly customerNumber: string
      readonly city: string
      readonly state: TenantState
    }>
    readonly search: string
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.locations
  const { tenant } = data
  return {
    title: t.enterTitle,
    width: "wide",
    tenant,
    section: "entrances",
    body: html`${heading(t.enterTitle, t.enterLead)}
    ${searchForm(scene, { action: paths.entrances(tenant.id), label: t.search, value: data.search })}
    ${
      data.locations.length === 0
        ? data.search === ""
          ? empty(t.emptyTitle, t.enterEmpty)
          : empty(t.noneTitle, t.none)
        : html`<ul class="tiles">${data.locations.map(
            (location) =>
              html`<li><a class="tile" href="${paths.tenant(location.id)}">
                <span class="tile-title">${location.name}</span>
                <span class="tile-text">${scene.texts.common.customerNumber(location.customerNumber)}</span>
                <span class="tile-foot">${location.city}${location.state !== "active" && html` ${stateBadge(scene, location.state)}`}</span>
              </a></li>`
          )}</ul>`
    }
    ${pager(scene, data)}`
  }
}

/** In which locations somebody's roles count. Fields: `scope` (`all` or `some`), `locations` (check boxes). */
export const chooseLocationsPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly member: { readonly id: string; readonly name: string }
    readonly all: boolean
    readonly choices: ReadonlyArray<Choice>
    readonly chosen: ReadonlyArray<string>
    readonly search: string
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.locations
  const { member, tenant } = data
  const action = paths.memberLocations(tenant.id, member.id)
  const form = new FormBuilder(scene, { action, state: data.state ?? untouched })
  const fields = [
    form.choices({
      name: "scope",
      label: t.chooseScope,
      kind: "one",
      choices: [
        { value: "all", label: t.chooseAll },
        { value: "some", label: t.chooseSome }
      ],
      chosen: [data.all ? "all" : "some"]
    }),
    form.choices({
      name: "locations",
      label: t.chooseList,
      hint: t.chooseMore,
      kind: "many",
      required: false,
      choices: data.choices,
      chosen: data.chosen
    })
  ]
  return {
    title: t.chooseTitle(member.name),
    width: "narrow",
    tenant,
    section: "members",
    body: html`${backLink(paths.member(tenant.id, member.id), member.name)}
    ${heading(t.chooseTitle(member.name), t.chooseLead)}
    ${searchForm(scene, { action, label: t.search, value: data.search })}
    <div class="panel">${form.render(fields, submitButton(scene.texts.common.save))}</div>`
  }
}

/** Who comes in through the main account, for the owners of a sub account. */
export const visitorsPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly mainName: string
    readonly visitors: ReadonlyArray<{
      readonly id: string
      readonly name: string
      readonly roles: ReadonlyArray<string>
    }>
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.locations
  const { tenant } = data
  return {
    title: t.visitors,
    width: "wide",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locations(tenant.id), t.subTitle)}
    ${heading(t.visitors, t.visitorsLead(data.mainName))}
    ${
      data.visitors.length === 0
        ? notice(t.visitorsNone)
        : table(
            t.visitors,
            [
              { label: t.name, names: true, cell: ({ name }) => name },
              { label: scene.texts.tenants.memberRoles, cell: ({ roles }) => roles.join(", ") },
              {
                label: scene.texts.common.actions,
                acts: true,
                cell: ({ id, name }) =>
                  html`<a class="button button-secondary button-small" href="${paths.access(tenant.id, id)}" aria-label="${t.accessOf(name)}">${t.access}</a>`
              }
            ],
            data.visitors
          )
    }
    ${pager(scene, data)}`
  }
}

/** Why somebody may do what, sentence by sentence (ACC-02). */
export const accessPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly name: string
    readonly back: { readonly path: string; readonly label: string }
    readonly answers: ReadonlyArray<{
      readonly permission: string
      readonly allowed: boolean
      readonly sentence: string
    }>
  }
): Page => {
  const t = scene.texts.locations
  return {
    title: t.accessTitle(data.name),
    width: "regular",
    tenant: data.tenant,
    section: "members",
    body: html`${backLink(data.back.path, data.back.label)}
    ${heading(t.accessTitle(data.name))}
    ${table(
      t.accessTitle(data.name),
      [
        { label: t.permission, names: true, cell: ({ permission }) => permission },
        { label: t.answer, cell: ({ sentence }) => sentence }
      ],
      data.answers
    )}`
  }
}

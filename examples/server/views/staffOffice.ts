import {
  backLink,
  badge,
  type Column,
  card,
  empty,
  facts,
  heading,
  pager,
  type Tone,
  table
} from "../html/components.ts"
import { day } from "../html/formats.ts"
import { FormBuilder, type FormState, searchForm, submitButton, untouched } from "../html/forms.ts"
import { type Content, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"
import type { TenantState } from "./tenants.ts"

const TONES: Readonly<Record<TenantState, Tone>> = {
  "in-setup": "waiting",
  active: "good",
  suspended: "bad",
  closed: "neutral"
}

const stateOf = (scene: Scene, state: TenantState): Content => badge(scene.texts.tenants.states[state], TONES[state])

export interface StaffTenant {
  readonly id: string
  readonly number: string
  readonly name: string
  readonly customerNumber: string
  readonly street: string
  readonly postalCode: string
  readonly city: string
  readonly state: TenantState
  readonly members: number
  readonly owners: number
  readonly createdAt: number
}

/** Customer areas that staff look for. */
export const staffTenantsPage = (
  scene: Scene,
  data: {
    readonly search: string
    readonly items: ReadonlyArray<StaffTenant>
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.staffOffice
  const columns: ReadonlyArray<Column<StaffTenant>> = [
    {
      label: scene.texts.tenants.name,
      names: true,
      cell: (row) => html`${row.name}<span class="sub">${row.customerNumber}</span>`
    },
    { label: t.number, cell: ({ number }) => number },
    { label: scene.texts.tenants.state, cell: ({ state }) => stateOf(scene, state) },
    { label: t.members, cell: ({ members }) => String(members) },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: ({ name, number }) =>
        html`<a class="button button-secondary button-small" href="${paths.staffTenant(number)}" aria-label="${t.openOf(name)}">${t.open}</a>`
    }
  ]
  return {
    title: t.tenantsTitle,
    office: "tenants",
    width: "wide",
    body: html`${heading(t.tenantsTitle, t.tenantsLead)}
    ${searchForm(scene, { action: paths.staffTenants, label: t.search, value: data.search })}
    ${
      data.search !== "" &&
      (data.items.length === 0 ? empty(t.nothingTitle, t.nothing) : table(t.tenantsTitle, columns, data.items))
    }
    ${pager(scene, data)}`
  }
}

export const TENANT_ACTS = ["suspend", "restore", "appoint", "close"] as const
export type TenantAct = (typeof TENANT_ACTS)[number]

const POSSIBLE: Readonly<Record<TenantState, ReadonlyArray<TenantAct>>> = {
  "in-setup": ["suspend", "close"],
  active: ["suspend", "appoint", "close"],
  suspended: ["restore", "appoint", "close"],
  closed: []
}

/** One customer area, with what staff can do to it. Fields: `reason`, `email`; `act` says which form it is. */
export const staffTenantPage = (
  scene: Scene,
  data: { readonly tenant: StaffTenant; readonly mayAct: boolean; readonly state?: FormState }
): Page => {
  const t = scene.texts.staffOffice
  const { tenant } = data
  const formOf = (act: TenantAct) => {
    const form = new FormBuilder(scene, {
      action: paths.staffTenant(tenant.number),
      prefix: act,
      hidden: { act },
      state: data.state?.form.text("act") === act ? data.state : untouched
    })
    const fields = [
      act === "appoint" && form.text({ name: "email", label: t.email, type: "email", autocomplete: "off" }),
      form.area({ name: "reason", label: t.reason, hint: t.reasonHint, rows: 2, maxLength: 1000 })
    ]
    return card({
      title: t.acts[act].title,
      lead: t.acts[act].lead,
      body: form.render(fields, submitButton(t.acts[act].submit, act === "close" ? "danger" : "secondary"))
    })
  }
  return {
    title: tenant.name,
    office: "tenants",
    width: "regular",
    body: html`${backLink(paths.staffTenants, t.tenantsTitle)}
    ${heading(tenant.name)}
    <div class="stack">
      ${facts([
        [t.number, tenant.number],
        [scene.texts.tenants.number, tenant.customerNumber],
        [
          scene.texts.tenants.address,
          [tenant.street, `${tenant.postalCode} ${tenant.city}`.trim()].filter((line) => line !== "").join(", ")
        ],
        [scene.texts.tenants.state, stateOf(scene, tenant.state)],
        [t.members, String(tenant.members)],
        [t.owners, String(tenant.owners)],
        [t.since, day(scene, tenant.createdAt)]
      ])}
      ${data.mayAct ? POSSIBLE[tenant.state].map(formOf) : html`<p class="hint">${t.supervisorsOnly}</p>`}
    </div>`
  }
}

export interface StaffAccount {
  readonly id: string
  readonly number: string
  readonly email: string
  readonly firstName: string
  readonly lastName: string
  readonly state: "active" | "suspended"
  readonly createdAt: number
  readonly tenants: ReadonlyArray<{
    readonly id: string
    readonly number: string
    readonly name: string
    readonly state: TenantState
    readonly roles: ReadonlyArray<string>
    readonly soleOwner: boolean
  }>
}

/** The field for the new owner of a tenant whose only one is suspended. */
export const successorField = (tenantId: string): string => `successor-${tenantId}`

/** An account that staff look for, with what they can do to it. Fields: `reason`, one for each new owner; `act` says which form it is. */
export const staffAccountsPage = (
  scene: Scene,
  data: {
    readonly search: string
    readonly account: StaffAccount | undefined
    readonly mayAct: boolean
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.staffOffice
  const { account } = data
  const acting = (found: StaffAccount): Content => {
    const act = found.state === "active" ? "suspend" : "restore"
    const form = new FormBuilder(scene, {
      action: paths.staffAccounts,
      state: data.state ?? untouched,
      hidden: { act, account: found.id, number: found.number }
    })
    const fields = [
      form.area({ name: "reason", label: t.reason, hint: t.accountReasonHint, rows: 2, maxLength: 1000 }),
      act === "suspend" &&
        found.tenants
          .filter(({ soleOwner, state }) => soleOwner && state === "active")
          .map(({ id, name }) =>
            form.text({
              name: successorField(id),
              label: t.successor(name),
              hint: t.successorHint,
              required: false,
              autocomplete: "off"
            })
          )
    ]
    return card({
      title: act === "suspend" ? t.suspendTitle : t.restoreTitle,
      lead: act === "suspend" ? t.suspendLead : t.restoreLead,
      body: form.render(
        fields,
        submitButton(act === "suspend" ? t.suspendSubmit : t.restoreSubmit, act === "suspend" ? "danger" : "primary")
      )
    })
  }
  return {
    title: t.accountsTitle,
    office: "accounts",
    width: "regular",
    body: html`${heading(t.accountsTitle, t.accountsLead)}
    ${searchForm(scene, { action: paths.staffAccounts, label: t.accountSearch, value: data.search })}
    ${data.search !== "" && account === undefined && empty(t.accountNobodyTitle, t.accountNobody)}
    ${
      account !== undefined &&
      html`<div class="stack">
      <h2>${account.firstName} ${account.lastName}</h2>
      ${facts([
        [t.email, account.email],
        [t.number, account.number],
        [t.accountState, badge(t.accountStates[account.state], account.state === "active" ? "good" : "bad")],
        [t.since, day(scene, account.createdAt)],
        account.tenants.length > 0 && [
          t.accountTenants,
          html`<ul class="plain">${account.tenants.map(
            (tenant) =>
              html`<li><a href="${paths.staffTenant(tenant.number)}">${tenant.name}</a> – ${tenant.roles.join(", ")}${
                tenant.soleOwner && html` ${badge(t.soleOwner, "waiting")}`
              }</li>`
          )}</ul>`
        ]
      ])}
      ${data.mayAct ? acting(account) : html`<p class="hint">${t.supervisorsOnly}</p>`}
      </div>`
    }`
  }
}

import { backLink, badge, type Column, card, code, empty, facts, heading, table } from "../html/components.ts"
import { day } from "../html/formats.ts"
import {
  actButton,
  type Choice,
  FormBuilder,
  type FormState,
  linkButton,
  submitButton,
  untouched
} from "../html/forms.ts"
import { type Content, html } from "../html/html.ts"
import type { Page, Scene, TenantFrame } from "../html/Page.ts"
import { paths } from "../http/paths.ts"

export const JOININGS = ["nobody", "ask", "at-once"] as const
export type Joining = (typeof JOININGS)[number]

export interface DomainItem {
  readonly id: string
  readonly domain: string
  readonly state: "claimed" | "proven"
  readonly record: { readonly name: string; readonly value: string }
  readonly postmaster: string
  readonly method: "dns" | "postmaster" | null
  readonly expiresAt: number | null
  readonly missing: boolean
  readonly joining: Joining
  readonly role: string | null
}

const stateOf = (scene: Scene, domain: DomainItem): Content => {
  const t = scene.texts.control
  return html`${badge(t.domainStates[domain.state], domain.state === "proven" ? "good" : "waiting")}${
    domain.missing && html` ${badge(t.domainMissing, "bad")}`
  }`
}

/** The rules of a customer area: a second factor for everybody, and mail domains. Field: `domain`. */
export const controlPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly requiresSecondFactor: boolean
    readonly domains: ReadonlyArray<DomainItem>
    readonly state?: FormState
    readonly ruleState?: FormState
  }
): Page => {
  const t = scene.texts.control
  const { tenant } = data
  const rule = new FormBuilder(scene, {
    action: paths.secondFactorRule(tenant.id),
    state: data.ruleState ?? untouched,
    prefix: "rule",
    hidden: { required: data.requiresSecondFactor ? "no" : "yes" }
  })
  const form = new FormBuilder(scene, { action: paths.control(tenant.id), state: data.state ?? untouched })
  const field = form.text({ name: "domain", label: t.domain, hint: t.domainHint, autocomplete: "off", maxLength: 253 })
  const columns: ReadonlyArray<Column<DomainItem>> = [
    { label: t.domain, names: true, long: true, cell: ({ domain }) => domain },
    { label: t.domainState, cell: (domain) => stateOf(scene, domain) },
    { label: t.domainJoining, cell: ({ joining }) => t.joinings[joining] },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: ({ domain, id }) =>
        html`<a class="button button-secondary button-small" href="${paths.domain(tenant.id, id)}" aria-label="${t.domainOpenOf(domain)}">${t.domainOpen}</a>`
    }
  ]
  return {
    title: t.title,
    width: "wide",
    tenant,
    section: "control",
    body: html`${heading(t.title, t.lead)}
    <div class="stack">
      ${card({
        title: t.factorTitle,
        lead: data.requiresSecondFactor ? t.factorOn : t.factorOff,
        body: rule.render(
          undefined,
          data.requiresSecondFactor
            ? submitButton(t.factorTurnOff, "secondary")
            : // only who has one may require one
              [submitButton(t.factorTurnOn), linkButton(paths.secondFactor, t.factorOwn, "link")]
        )
      })}
      ${card({
        title: t.domainsTitle,
        lead: t.domainsLead,
        body: html`${
          data.domains.length === 0
            ? empty(t.noDomainsTitle, t.noDomains)
            : table(t.domainsTitle, columns, data.domains)
        }
        ${form.render(field, submitButton(t.domainAdd))}`
      })}
    </div>`
  }
}

/** One domain: how it is proven, and who joins by it. Fields: `joining`, `role`; `act` says which form it is. */
export const domainPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly domain: DomainItem
    /** Roles that can be had by a domain. */
    readonly roles: ReadonlyArray<Choice>
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.control
  const { domain, tenant } = data
  const here = paths.domain(tenant.id, domain.id)
  const given = data.state
  const formOf = (act: string) =>
    new FormBuilder(scene, {
      action: here,
      prefix: act,
      hidden: { act },
      state: given !== undefined && given.form.text("act") === act ? given : untouched
    })
  const record = formOf("check")
  const postmaster = formOf("mail")
  const joining = formOf("joining")
  const fields = [
    joining.choices({
      name: "joining",
      label: t.joiningTitle,
      kind: "one",
      choices: JOININGS.map((value) => ({ value, label: t.joinings[value], hint: t.joiningHints[value] })),
      chosen: [domain.joining]
    }),
    joining.select({ name: "role", label: t.joiningRole, choices: data.roles, value: domain.role ?? "member" })
  ]
  return {
    title: domain.domain,
    width: "regular",
    tenant,
    section: "control",
    body: html`${backLink(paths.control(tenant.id), t.title)}
    ${heading(domain.domain)}
    <div class="stack">
      ${facts([
        [t.domainState, stateOf(scene, domain)],
        domain.method !== null && [t.provenBy, t.methods[domain.method]],
        domain.expiresAt !== null && [t.provenUntil, day(scene, domain.expiresAt)]
      ])}
      ${
        domain.state === "proven" &&
        card({
          title: t.domainJoining,
          body: joining.render(fields, submitButton(scene.texts.common.save))
        })
      }
      ${card({
        title: t.recordTitle,
        lead: t.recordLead,
        body: html`${facts([
          [t.recordName, code(domain.record.name)],
          [t.recordValue, code(domain.record.value)]
        ])}
        <p class="hint">${t.recordAgain}</p>
        ${record.render(undefined, submitButton(t.recordCheck, domain.state === "proven" ? "secondary" : "primary"))}`
      })}
      ${card({
        title: t.postmasterTitle,
        lead: t.postmasterLead(domain.postmaster),
        body: postmaster.render(undefined, submitButton(t.postmasterSend, "secondary"))
      })}
    </div>
    <p class="aside aside-left"><a class="danger" href="${paths.domainRemove(tenant.id, domain.id)}">${t.domainRemove}</a></p>`
  }
}

export interface OfferItem {
  readonly requestId: string
  readonly number: string
  readonly giverName: string
  readonly receiverName: string
  readonly expiresAt: number
  readonly own: boolean
}

/** Handing the ownership over, and what is offered already. Fields: `accountId`, `roleAfter`. */
export const ownershipPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly offers: ReadonlyArray<OfferItem>
    /** Members who are no owners. */
    readonly members: ReadonlyArray<Choice>
    readonly roles: ReadonlyArray<Choice>
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.control
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.ownership(tenant.id), state: data.state ?? untouched })
  const fields = [
    form.select({ name: "accountId", label: t.ownershipTo, choices: data.members }),
    form.select({ name: "roleAfter", label: t.ownershipAfter, choices: data.roles, value: "admin" })
  ]
  return {
    title: t.ownershipTitle,
    width: "regular",
    tenant,
    section: "members",
    body: html`${backLink(paths.members(tenant.id), scene.texts.tenants.members)}
    ${heading(t.ownershipTitle, t.ownershipLead)}
    ${
      data.offers.length > 0 &&
      html`<section class="section"><h2>${t.ownershipOpen}</h2>
      <div class="cards">${data.offers.map((offer) =>
        card({
          lead: t.ownershipOffered(offer.giverName, offer.receiverName),
          body: facts([
            [t.ownershipNumber, offer.number],
            [t.ownershipUntil, day(scene, offer.expiresAt)]
          ]),
          actions:
            offer.own &&
            actButton(scene, {
              action: paths.ownershipWithdraw(tenant.id),
              label: t.ownershipWithdraw,
              kind: "secondary",
              hidden: { request: offer.requestId }
            })
        })
      )}</div></section>`
    }
    ${
      data.members.length === 0
        ? empty(t.ownershipTitle, t.ownershipNobody)
        : // one offer at a time
          !data.offers.some(({ own }) => own) &&
          html`<div class="panel">${form.render(fields, [
            submitButton(t.ownershipSubmit),
            linkButton(paths.members(tenant.id), scene.texts.common.cancel, "link")
          ])}</div>`
    }`
  }
}

/** What a member sees who has no second factor, where one is required (TFA-07). */
export const factorNeededPage = (scene: Scene): Page => {
  const t = scene.texts.control
  return {
    title: t.factorNeededTitle,
    status: 403,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(t.factorNeededTitle, t.factorNeeded)}
      <div class="actions">
        ${linkButton(paths.secondFactor, t.factorSetUp, "primary")}
        ${linkButton(paths.tenants, scene.texts.common.tenants, "link")}
      </div>
    </div>`
  }
}

export interface DomainOffer {
  readonly tenantId: string
  readonly tenantName: string
  readonly joining: "ask" | "at-once"
}

/** Customer areas that somebody can join by the domain of their address. */
export const domainOffers = (scene: Scene, offers: ReadonlyArray<DomainOffer>): Content => {
  const t = scene.texts.control
  return (
    offers.length > 0 &&
    html`<section class="section">
      <h2>${t.offersTitle}</h2>
      <div class="cards">${offers.map(({ joining, tenantId, tenantName }) =>
        card({
          title: tenantName,
          lead: joining === "at-once" ? t.offerAtOnce(tenantName) : t.offerAsk(tenantName),
          actions: actButton(scene, {
            action: paths.joinByDomain(tenantId),
            label: joining === "at-once" ? t.joinAtOnce : t.joinAsk,
            kind: "primary"
          })
        })
      )}</div>
    </section>`
  )
}

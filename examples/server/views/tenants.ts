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
  steps,
  type Tone,
  table
} from "../html/components.ts"
import {
  actButton,
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
import { day } from "../html/time.ts"
import { paths } from "../http/paths.ts"

export type TenantState = "in-setup" | "active" | "suspended" | "closed"

const STATE_TONES: Readonly<Record<TenantState, Tone>> = {
  "in-setup": "waiting",
  active: "good",
  suspended: "bad",
  closed: "neutral"
}

/** An open invitation for the person's own address. */
export interface OpenInvitation {
  readonly id: string
  readonly tenantId: string
  readonly tenantName: string
  readonly inviterName: string
  readonly roles: ReadonlyArray<string>
  readonly expiresAt: number
}

export interface TenantItem {
  readonly id: string
  readonly name: string
  readonly customerNumber: string
  readonly state: TenantState
  /** Labels in the language of the page. */
  readonly roles: ReadonlyArray<string>
}

const openInvitations = (scene: Scene, invitations: ReadonlyArray<OpenInvitation>): Content => {
  const t = scene.texts.tenants
  return (
    invitations.length > 0 &&
    html`<section class="section">
      <h2>${t.openInvitations}</h2>
      <div class="cards">${invitations.map((invitation) =>
        card({
          title: invitation.tenantName,
          lead:
            invitation.inviterName === "" ? undefined : t.openInvitation(invitation.tenantName, invitation.inviterName),
          body: facts([
            [t.yourRoles, invitation.roles.join(", ")],
            [scene.texts.invitations.expires, day(scene, invitation.expiresAt)]
          ]),
          actions: [
            actButton(scene, {
              action: paths.ownInvitationAccept(invitation.tenantId, invitation.id),
              label: t.join,
              kind: "primary"
            }),
            actButton(scene, {
              action: paths.ownInvitationDecline(invitation.tenantId, invitation.id),
              label: t.decline,
              kind: "link"
            })
          ]
        })
      )}</div>
    </section>`
  )
}

/** Where the person can go: the areas they belong to, and invitations that wait for them (ACC-01). */
export const tenantsPage = (
  scene: Scene,
  data: { readonly tenants: ReadonlyArray<TenantItem>; readonly invitations: ReadonlyArray<OpenInvitation> }
): Page => {
  const t = scene.texts.tenants
  return {
    title: t.title,
    width: "wide",
    body: html`${heading(t.title, t.lead)}
    <ul class="tiles">${data.tenants.map(
      (tenant) =>
        html`<li><a class="tile" href="${paths.tenant(tenant.id)}">
          <span class="tile-title">${tenant.name}</span>
          <span class="tile-text">${scene.texts.common.customerNumber(tenant.customerNumber)}</span>
          <span class="tile-foot">${tenant.roles.join(", ")}${
            tenant.state !== "active" && html` ${badge(t.states[tenant.state], STATE_TONES[tenant.state])}`
          }</span>
        </a></li>`
    )}</ul>
    ${openInvitations(scene, data.invitations)}`
  }
}

/** What one sees who belongs to no customer area yet, with what to do next (ACC-01). */
export const noAccessPage = (
  scene: Scene,
  data: { readonly email: string; readonly invitations: ReadonlyArray<OpenInvitation> }
): Page => {
  const t = scene.texts.tenants
  return {
    title: t.noAccessTitle,
    width: "regular",
    body: html`${heading(t.noAccessTitle, t.noAccessLead)}
    ${openInvitations(scene, data.invitations)}
    <section class="section">
      <h2>${t.noAccessNext}</h2>
      ${steps([
        { title: t.noAccessAskTitle, text: t.noAccessAsk(data.email) },
        { title: t.noAccessMailTitle, text: t.noAccessMail },
        { title: t.noAccessJoinTitle, text: t.noAccessJoin }
      ])}
    </section>`
  }
}

export interface MemberItem {
  readonly id: string
  readonly name: string
  readonly contactEmail: string
  readonly roles: ReadonlyArray<string>
  readonly joinedAt: number
  readonly isSelf: boolean
}

/** An area at a glance. */
export const tenantPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly state: TenantState
    readonly postalCode: string
    readonly roles: ReadonlyArray<string>
    readonly contactEmail: string
    /** The first few. */
    readonly members: ReadonlyArray<MemberItem>
  }
): Page => {
  const t = scene.texts.tenants
  const { tenant } = data
  return {
    title: tenant.name,
    width: "wide",
    tenant,
    section: "overview",
    body: html`${heading(
      t.overview,
      undefined,
      tenant.mayInvite && linkButton(paths.invite(tenant.id), t.invite, "primary")
    )}
    <div class="cards cards-two">
      ${card({
        title: scene.texts.invitations.tenant,
        body: facts([
          [t.name, tenant.name],
          [t.number, tenant.customerNumber],
          [t.postalCode, data.postalCode],
          [t.state, badge(t.states[data.state], STATE_TONES[data.state])],
          [t.yourRoles, data.roles.join(", ")],
          [
            t.yourContact,
            html`${data.contactEmail} <a href="${paths.contactAddress(tenant.id)}">${t.change}<span class="visually-hidden"> ${t.yourContact}</span></a>`
          ]
        ])
      })}
      ${card({
        title: t.members,
        body: html`<ul class="people">${data.members.map(
          (member) =>
            html`<li><span class="person">${member.name}${member.isSelf && html` <span class="optional">${t.you}</span>`}</span>
            <span class="person-note">${member.roles.join(", ")}</span></li>`
        )}</ul>`,
        actions: linkButton(paths.members(tenant.id), t.allMembers, "link")
      })}
    </div>
    <p class="aside aside-left"><a class="danger" href="${paths.leave(tenant.id)}">${t.leave}</a></p>`
  }
}

export const membersPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly members: ReadonlyArray<MemberItem>
    readonly search: string
    readonly next: string | undefined
    readonly first: string | undefined
    /** Whether the person may change roles or remove members. */
    readonly mayChange: boolean
  }
): Page => {
  const t = scene.texts.tenants
  const { tenant } = data
  const columns: Array<Column<MemberItem>> = [
    {
      label: t.memberName,
      names: true,
      cell: (member) => html`${member.name}${member.isSelf && html` <span class="optional">${t.you}</span>`}`
    },
    { label: t.memberEmail, long: true, cell: (member) => member.contactEmail },
    { label: t.memberRoles, cell: (member) => member.roles.join(", ") },
    { label: t.memberSince, cell: (member) => day(scene, member.joinedAt) }
  ]
  if (data.mayChange) {
    columns.push({
      label: scene.texts.common.actions,
      acts: true,
      cell: (member) =>
        !member.isSelf &&
        html`<a class="button button-secondary button-small" href="${paths.member(tenant.id, member.id)}" aria-label="${t.editOf(member.name)}">${t.edit}</a>`
    })
  }
  return {
    title: t.members,
    width: "wide",
    tenant,
    section: "members",
    body: html`${heading(t.members, t.membersLead, tenant.mayInvite && linkButton(paths.invite(tenant.id), t.invite, "primary"))}
    ${searchForm(scene, { action: paths.members(tenant.id), label: t.searchMembers, value: data.search })}
    ${data.members.length === 0 ? empty(t.noMembersTitle, t.noMembers) : table(t.members, columns, data.members)}
    ${pager(scene, data)}`
  }
}

/** One member: roles, and the way to remove them. Field: `roles` (check boxes). */
export const memberPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly member: { readonly id: string; readonly name: string; readonly contactEmail: string }
    readonly roles: ReadonlyArray<Choice>
    readonly chosen: ReadonlyArray<string>
    readonly mayRemove: boolean
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.tenants
  const { member, tenant } = data
  const form = new FormBuilder(scene, { action: paths.member(tenant.id, member.id), state: data.state ?? untouched })
  const roles = form.choices({
    name: "roles",
    label: t.rolesOf(member.name),
    kind: "many",
    choices: data.roles,
    chosen: data.chosen
  })
  return {
    title: member.name,
    width: "narrow",
    tenant,
    section: "members",
    body: html`${backLink(paths.members(tenant.id), t.members)}
    ${heading(member.name, member.contactEmail)}
    <div class="panel">${form.render(roles, submitButton(t.rolesSaved))}</div>
    ${
      data.mayRemove &&
      html`<p class="aside aside-left"><a class="danger" href="${paths.memberRemove(tenant.id, member.id)}">${t.remove}</a></p>`
    }`
  }
}

/** The address that mail about this area goes to. Field: `email`. */
export const contactAddressPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly current: string
    /** A new address whose link has not been confirmed yet. */
    readonly pending: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.tenants
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.contactAddress(tenant.id), state: data.state ?? untouched })
  const field = form.text({ name: "email", label: t.contactNew, type: "email", autocomplete: "email" })
  return {
    title: t.contact,
    width: "narrow",
    tenant,
    section: "contact",
    body: html`${heading(t.contact, t.contactLead)}
    ${data.pending !== undefined && notice(t.contactPending(data.pending), "info")}
    <div class="panel">
      ${facts([[t.contactCurrent, data.current]])}
      ${form.render(field, submitButton(t.contactSubmit))}
    </div>`
  }
}

/** What the link in the mail to a new contact address opens. */
export const contactAddressConfirmPage = (
  scene: Scene,
  data: { readonly link: string; readonly tenantName?: string; readonly email?: string; readonly state?: FormState }
): Page => {
  const t = scene.texts.tenants
  const form = new FormBuilder(scene, {
    action: paths.contactAddressConfirm(data.link),
    state: data.state ?? untouched
  })
  return {
    title: t.contactConfirmTitle,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(t.contactConfirmTitle, t.contactConfirm)}
      ${facts([
        data.tenantName !== undefined && [scene.texts.invitations.tenant, data.tenantName],
        data.email !== undefined && [t.contactNew, data.email]
      ])}
      ${form.render(undefined, submitButton(t.contactConfirmSubmit))}
    </div>`
  }
}

import {
  backLink,
  badge,
  type Column,
  card,
  empty,
  facts,
  heading,
  pager,
  steps,
  type Tone,
  table
} from "../html/components.ts"
import { country, day } from "../html/formats.ts"
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
import { paths, withQuery } from "../http/paths.ts"
import { type DomainOffer, domainOffers } from "./control.ts"
import { type ContactItem, openContacts } from "./sharing.ts"

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
  /** Whether the area requires a second factor that the person does not have. */
  readonly secondFactorMissing: boolean
  /** Labels in the language of the page. */
  readonly roles: ReadonlyArray<string>
  /** How many sub accounts the person can enter from here. */
  readonly locations: number
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
            linkButton(paths.ownInvitationDecline(invitation.tenantId, invitation.id), t.decline, "link")
          ]
        })
      )}</div>
    </section>`
  )
}

/** Where the person can go: the areas they belong to, and invitations that wait for them (ACC-01). */
export const tenantsPage = (
  scene: Scene,
  data: {
    readonly tenants: ReadonlyArray<TenantItem>
    readonly invitations: ReadonlyArray<OpenInvitation>
    readonly domains: ReadonlyArray<DomainOffer>
  }
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
            tenant.locations > 0 && html` · ${scene.texts.locations.count(tenant.locations)}`
          }${tenant.state !== "active" && html` ${badge(t.states[tenant.state], STATE_TONES[tenant.state])}`}${
            tenant.secondFactorMissing && html` ${badge(scene.texts.control.factorMissing, "waiting")}`
          }</span>
        </a></li>`
    )}</ul>
    ${openInvitations(scene, data.invitations)}
    ${domainOffers(scene, data.domains)}
    <p class="aside aside-left"><a href="${paths.join}">${scene.texts.selfRegistration.askLink}</a></p>`
  }
}

/** What one sees who belongs to no customer area yet, with what to do next (ACC-01). */
export const noAccessPage = (
  scene: Scene,
  data: {
    readonly email: string
    /** The operator's people have their work without any area. */
    readonly isStaff: boolean
    readonly invitations: ReadonlyArray<OpenInvitation>
    readonly domains: ReadonlyArray<DomainOffer>
    /** How many requests of the person wait for a decision, or for them. */
    readonly requests: number
  }
): Page => {
  const t = scene.texts.tenants
  if (data.isStaff) {
    const words = scene.texts.staff
    return {
      title: words.homeTitle,
      width: "regular",
      body: html`${heading(words.homeTitle, words.homeLead)}
      ${openInvitations(scene, data.invitations)}
      ${domainOffers(scene, data.domains)}
      <div class="actions">
        ${linkButton(paths.deskTickets, scene.texts.desk.title, "primary")}
        ${linkButton(withQuery(paths.requests, { as: "staff" }), words.queueTitle)}
        ${linkButton(paths.staff, words.title)}
        ${linkButton(paths.join, scene.texts.selfRegistration.askLink, "link")}
      </div>`
    }
  }
  return {
    title: t.noAccessTitle,
    width: "regular",
    body: html`${heading(t.noAccessTitle, t.noAccessLead)}
    ${openInvitations(scene, data.invitations)}
    ${domainOffers(scene, data.domains)}
    ${
      data.requests > 0 &&
      html`<section class="section">
        <h2>${t.openRequests(data.requests)}</h2>
        <p>${t.openRequestsLead}</p>
        <div class="actions">${linkButton(paths.myRequests, t.openRequestsShow)}</div>
      </section>`
    }
    <section class="section">
      <h2>${t.noAccessNext}</h2>
      ${steps([
        { title: t.noAccessAskTitle, text: t.noAccessAsk(data.email) },
        { title: t.noAccessMailTitle, text: t.noAccessMail },
        { title: t.noAccessJoinTitle, text: t.noAccessJoin }
      ])}
      <div class="actions">${linkButton(paths.join, scene.texts.selfRegistration.askLink, "primary")}</div>
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

/** A customer area's own data. */
export interface TenantDetails {
  readonly name: string
  readonly customerNumber: string
  readonly street: string
  readonly postalCode: string
  readonly city: string
  readonly country: string
  readonly state: TenantState
}

/** An area at a glance. */
export const tenantPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly details: TenantDetails
    readonly roles: ReadonlyArray<string>
    /** Undefined for who comes through a main account. */
    readonly contactEmail: string | undefined
    readonly memberCount: number
    /** How many members there may be; null for no limit, or where it is not the person's business. */
    readonly seats: number | null
    /** The first few. */
    readonly members: ReadonlyArray<MemberItem>
    readonly mayChange: boolean
  }
): Page => {
  const t = scene.texts.tenants
  const { details, tenant } = data
  const address = [details.street, `${details.postalCode} ${details.city}`.trim(), country(scene, details.country)]
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
          [t.address, address.filter((line) => line !== "").join(", ")],
          [t.state, badge(t.states[details.state], STATE_TONES[details.state])],
          data.roles.length > 0 && [t.yourRoles, data.roles.join(", ")],
          data.contactEmail !== undefined && [
            t.yourContact,
            html`${data.contactEmail} <a href="${paths.contactAddress(tenant.id)}">${t.change}<span class="visually-hidden"> ${t.yourContact}</span></a>`
          ]
        ]),
        actions: data.mayChange && linkButton(paths.tenantEdit(tenant.id), t.editDetails)
      })}
      ${
        tenant.maySeeMembers &&
        card({
          title: t.members,
          lead: data.seats === null ? t.memberCount(data.memberCount) : t.memberSeats(data.memberCount, data.seats),
          body: html`<ul class="people">${data.members.map(
            (member) =>
              html`<li><span class="person">${member.name}${member.isSelf && html` <span class="optional">${t.you}</span>`}</span>
            <span class="person-note">${member.roles.join(", ")}</span></li>`
          )}</ul>`,
          actions: linkButton(paths.members(tenant.id), t.allMembers, "link")
        })
      }
    </div>
    ${tenant.isMember && html`<p class="aside aside-left"><a class="danger" href="${paths.leave(tenant.id)}">${t.leave}</a></p>`}`
  }
}

/** What owners may change; number and postal code are staff's. Fields: `name`, `street`, `city`. */
export const tenantEditPage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly details: TenantDetails; readonly state?: FormState }
): Page => {
  const t = scene.texts.tenants
  const { details, tenant } = data
  const form = new FormBuilder(scene, { action: paths.tenantEdit(tenant.id), state: data.state ?? untouched })
  const fields = [
    form.text({ name: "name", label: t.name, value: details.name, autocomplete: "off", maxLength: 200 }),
    form.text({
      name: "street",
      label: t.street,
      value: details.street,
      required: false,
      autocomplete: "off",
      maxLength: 200
    }),
    form.text({
      name: "city",
      label: t.city,
      value: details.city,
      required: false,
      autocomplete: "off",
      maxLength: 100
    })
  ]
  return {
    title: t.editDetails,
    width: "narrow",
    tenant,
    section: "overview",
    body: html`${heading(t.editDetails, t.editLead)}
    <div class="panel">${form.render(fields, [
      submitButton(scene.texts.common.save),
      linkButton(paths.tenant(tenant.id), scene.texts.common.cancel, "link")
    ])}</div>`
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
    /** Whether the person is an owner, who can hand that over. */
    readonly mayHandOver: boolean
    /** Who was added and has not confirmed yet, for those who may invite. */
    readonly contacts: ReadonlyArray<ContactItem>
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
        html`<a class="button button-secondary button-small" href="${paths.member(tenant.id, member.id)}" aria-label="${t.editOf(member.name)}">${t.edit}</a>`
    })
  }
  return {
    title: t.members,
    width: "wide",
    tenant,
    section: "members",
    body: html`${heading(t.members, t.membersLead, tenant.mayInvite && html`${linkButton(paths.contactNew(tenant.id), scene.texts.sharing.contactNew)}${linkButton(paths.invite(tenant.id), t.invite, "primary")}`)}
    ${searchForm(scene, { action: paths.members(tenant.id), label: t.searchMembers, value: data.search })}
    ${data.members.length === 0 ? empty(t.noMembersTitle, t.noMembers) : table(t.members, columns, data.members)}
    ${pager(scene, data)}
    ${openContacts(scene, data.contacts)}
    ${data.mayHandOver && html`<p class="aside aside-left"><a href="${paths.ownership(tenant.id)}">${scene.texts.control.ownershipTitle}</a></p>`}`
  }
}

/** One member: roles, and the way to remove them. Field: `roles` (check boxes). */
export const memberPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly member: MemberItem & { readonly email: string | null }
    readonly roles: ReadonlyArray<Choice>
    readonly chosen: ReadonlyArray<string>
    readonly mayChange: boolean
    readonly mayRemove: boolean
    /** Of a main account: whether the person may choose in which sub accounts the member's roles count. */
    readonly mayChooseLocations: boolean
    /** Whether the person may ask why the member may do what. */
    readonly mayExplain: boolean
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
    ${heading(member.name)}
    <div class="panel">
      ${facts([
        [t.memberEmail, member.contactEmail],
        member.email !== null && member.email !== member.contactEmail && [t.memberSignIn, member.email],
        [t.memberSince, day(scene, member.joinedAt)],
        [t.memberRoles, member.roles.join(", ")]
      ])}
      ${data.mayChange && form.render(roles, submitButton(t.rolesSaved))}
      ${
        (data.mayChooseLocations || data.mayExplain) &&
        html`<div class="actions">
          ${data.mayChooseLocations && linkButton(paths.memberLocations(tenant.id, member.id), scene.texts.locations.choose)}
          ${data.mayExplain && linkButton(paths.access(tenant.id, member.id), scene.texts.locations.access, "link")}
        </div>`
      }
    </div>
    ${
      data.mayRemove &&
      html`<p class="aside aside-left"><a class="danger" href="${paths.memberRemove(tenant.id, member.id)}">${t.remove}</a></p>`
    }`
  }
}

/** The address that mail about this area goes to, and which mails come. Fields: `email`; `membershipChanges` (a check box). */
export const contactAddressPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly current: string
    readonly mailPreferences: { readonly membershipChanges: boolean }
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.tenants
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.contactAddress(tenant.id), state: data.state ?? untouched })
  const field = form.text({ name: "email", label: t.contactNew, type: "email", autocomplete: "email" })
  const preferences = new FormBuilder(scene, { action: paths.mailPreferences(tenant.id), prefix: "preference" })
  const membershipChanges = preferences.check({
    name: "membershipChanges",
    label: t.mailMembershipChanges,
    required: false,
    checked: data.mailPreferences.membershipChanges
  })
  return {
    title: t.contact,
    width: "narrow",
    tenant,
    section: "contact",
    body: html`${heading(t.contact, t.contactLead)}
    <div class="panel">
      ${facts([[t.contactCurrent, data.current]])}
      ${form.render(field, submitButton(t.contactSubmit))}
    </div>
    ${card({
      title: t.mailPreferences,
      lead: t.mailPreferencesLead,
      body: preferences.render(membershipChanges, submitButton(scene.texts.common.save, "secondary"))
    })}`
  }
}

/** What the link in the mail to a new contact address opens. */
export const contactAddressConfirmPage = (
  scene: Scene,
  data: { readonly link: string; readonly tenantName: string; readonly email: string }
): Page => {
  const t = scene.texts.tenants
  const form = new FormBuilder(scene, { action: paths.contactAddressConfirm(data.link) })
  return {
    title: t.contactConfirmTitle,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(t.contactConfirmTitle, t.contactConfirm)}
      ${facts([
        [scene.texts.invitations.tenant, data.tenantName],
        [t.contactNew, data.email]
      ])}
      ${form.render(undefined, submitButton(t.contactConfirmSubmit))}
    </div>`
  }
}

import {
  badge,
  type Column,
  code,
  empty,
  facts,
  heading,
  notice,
  pager,
  progress,
  type Tone,
  table
} from "../html/components.ts"
import { day, moment } from "../html/formats.ts"
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
import { paths, withQuery } from "../http/paths.ts"
import { type InviteData, offerFields } from "./invitations.ts"
import { type ConsentView, consentFields } from "./registration.ts"

// ---- many at once ----------------------------------------------------------------------------------------------------------------------

/** Fields: `addresses` (a list), `file`, and those of `offerFields`. */
export const inviteManyPage = (scene: Scene, data: InviteData): Page => {
  const t = scene.texts.sharing
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.inviteMany(tenant.id), state: data.state ?? untouched })
  const fields = [
    form.area({
      name: "addresses",
      label: t.addresses,
      hint: t.addressesHint,
      required: false,
      depends: true,
      rows: 12
    }),
    form.file({
      name: "file",
      label: t.file,
      hint: t.fileHint,
      required: false,
      accept: ".csv,.txt,text/csv,text/plain"
    }),
    offerFields(scene, form, data)
  ]
  return {
    title: t.manyTitle,
    width: "narrow",
    tenant,
    section: "invitations",
    body: html`${heading(t.manyTitle, t.manyLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.manySubmit),
      linkButton(paths.invitations(tenant.id), scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

export type OutcomeTag = "Invited" | "SentAgain" | "InvitedOtherwise" | "LimitReached" | "InvalidAddress" | "Duplicate"

const OUTCOME_TONES: Readonly<Record<OutcomeTag, Tone>> = {
  Invited: "good",
  SentAgain: "good",
  InvitedOtherwise: "waiting",
  LimitReached: "bad",
  InvalidAddress: "bad",
  Duplicate: "neutral"
}

export interface OutcomeItem {
  readonly address: string
  readonly tag: OutcomeTag
  /** What else is to say: the roles of the other invitation, or when sending makes sense again. */
  readonly detail?: Content
}

/** How far a list has come, with an outcome for each address so far. While it is worked on the page comes again by itself. */
export const inviteProgressPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly here: string
    readonly total: number
    readonly outcomes: ReadonlyArray<OutcomeItem>
    readonly isRunning: boolean
    /** Why it stopped before the end. */
    readonly stopped: string | undefined
  }
): Page => {
  const t = scene.texts.sharing
  const { isRunning, outcomes, stopped, tenant, total } = data
  const done = outcomes.length
  const title = stopped !== undefined ? t.stoppedTitle : isRunning ? t.runningTitle : t.doneTitle
  const tags: ReadonlyArray<OutcomeTag> = [
    "Invited",
    "SentAgain",
    "InvitedOtherwise",
    "LimitReached",
    "InvalidAddress",
    "Duplicate"
  ]
  const columns: ReadonlyArray<Column<OutcomeItem>> = [
    { label: t.address, names: true, long: true, cell: ({ address }) => address },
    {
      label: t.outcome,
      cell: ({ detail, tag }) =>
        html`${badge(t.outcomes[tag], OUTCOME_TONES[tag])}${detail !== undefined && html` <span class="sub">${detail}</span>`}`
    }
  ]
  return {
    title,
    width: "wide",
    tenant,
    section: "invitations",
    body: html`${heading(
      title,
      undefined,
      isRunning
        ? linkButton(data.here, t.reload)
        : html`${linkButton(paths.inviteMany(tenant.id), t.again)}${linkButton(paths.invitations(tenant.id), t.toInvitations, "primary")}`
    )}
    ${stopped !== undefined && notice(html`${stopped} ${t.notTried(total - done)}`, "bad")}
    ${progress({
      done,
      total,
      label: t.progress(done, total),
      hint: isRunning ? t.progressHint : undefined,
      counted: tags.map((tag) => [t.outcomes[tag], outcomes.filter((outcome) => outcome.tag === tag).length])
    })}
    ${done > 0 && table(t.outcome, columns, outcomes)}`
  }
}

// ---- contacts --------------------------------------------------------------------------------------------------------------------------

/** Fields: `email`, `firstName`, `lastName`, and those of `offerFields`. */
export const contactPage = (scene: Scene, data: InviteData): Page => {
  const t = scene.texts.sharing
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.contactNew(tenant.id), state: data.state ?? untouched })
  const fields = [
    form.text({
      name: "email",
      label: scene.texts.invitations.email,
      type: "email",
      autocomplete: "off",
      focus: true
    }),
    html`<div class="columns">${form.text({ name: "firstName", label: t.firstName, autocomplete: "off", maxLength: 100 })}
      ${form.text({ name: "lastName", label: t.lastName, autocomplete: "off", maxLength: 100 })}</div>`,
    offerFields(scene, form, data)
  ]
  return {
    title: t.contactTitle,
    width: "narrow",
    tenant,
    section: "members",
    body: html`${heading(t.contactTitle, t.contactLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.contactSubmit),
      linkButton(paths.members(tenant.id), scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

export interface ContactItem {
  readonly name: string
  readonly email: string
  readonly roles: ReadonlyArray<string>
  readonly sentAt: number
  readonly isUndeliverable: boolean
}

/** Contacts who have not confirmed yet, below the members; nothing where there are none. */
export const openContacts = (scene: Scene, contacts: ReadonlyArray<ContactItem>): Content => {
  const t = scene.texts.sharing
  const columns: ReadonlyArray<Column<ContactItem>> = [
    { label: t.contactName, names: true, cell: ({ name }) => name },
    {
      label: t.address,
      long: true,
      cell: ({ email, isUndeliverable }) => html`${email}${isUndeliverable && html` ${badge(t.undeliverable, "bad")}`}`
    },
    { label: scene.texts.invitations.roles, cell: ({ roles }) => roles.join(", ") },
    { label: scene.texts.invitations.sent, cell: ({ sentAt }) => day(scene, sentAt) }
  ]
  return (
    contacts.length > 0 &&
    html`<section class="contacts" aria-labelledby="contacts"><h2 id="contacts">${t.contactsTitle}</h2>
      <p>${t.contactsLead}</p>
      ${table(t.contactsTitle, columns, contacts)}</section>`
  )
}

// ---- links to share --------------------------------------------------------------------------------------------------------------------

export type LinkState = "open" | "revoked" | "used-up" | "expired"

const LINK_TONES: Readonly<Record<LinkState, Tone>> = {
  open: "good",
  revoked: "neutral",
  "used-up": "neutral",
  expired: "bad"
}

export interface LinkItem {
  readonly id: string
  readonly label: string
  readonly roles: ReadonlyArray<string>
  readonly domain: string | null
  readonly uses: number
  readonly maxUses: number
  readonly state: LinkState
  readonly creatorName: string
  readonly expiresAt: number
}

/** The area's links with their states, for those who may invite. */
export const sharedLinksPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly links: ReadonlyArray<LinkItem>
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.sharing
  const { tenant } = data
  const create = linkButton(paths.sharedLinkNew(tenant.id), t.linkNew, "primary")
  const nameOf = ({ label }: LinkItem) => (label === "" ? t.unnamed : label)
  const columns: ReadonlyArray<Column<LinkItem>> = [
    {
      label: t.linkLabel,
      names: true,
      cell: (link) => html`${nameOf(link)}<span class="sub">${t.createdBy} ${link.creatorName}</span>`
    },
    { label: scene.texts.invitations.state, cell: ({ state }) => badge(t.linkStates[state], LINK_TONES[state]) },
    { label: t.linkUses, cell: ({ maxUses, uses }) => t.usesOf(uses, maxUses) },
    { label: t.domain, long: true, cell: ({ domain }) => domain ?? t.anyDomain },
    { label: t.linkRoles, cell: ({ roles }) => roles.join(", ") },
    { label: t.expires, cell: ({ expiresAt }) => day(scene, expiresAt) },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: (link) =>
        link.state === "open" &&
        html`<div class="row-acts"><a class="button button-secondary button-small" href="${paths.sharedLinkRestrict(tenant.id, link.id)}" aria-label="${t.restrictOf(nameOf(link))}">${t.restrict}</a>
        <a class="button button-link danger" href="${paths.sharedLinkRevoke(tenant.id, link.id)}" aria-label="${t.revokeOf(nameOf(link))}">${t.revoke}</a></div>`
    }
  ]
  return {
    title: t.links,
    width: "wide",
    tenant,
    section: "invitations",
    body: html`${heading(t.links, t.linksLead, create)}
    ${data.links.length === 0 ? empty(t.linksNoneTitle, t.linksNone, create) : table(t.links, columns, data.links)}
    ${pager(scene, data)}`
  }
}

/** What the settings allow a link. */
export interface LinkBounds {
  readonly uses: number
  readonly hours: number
  /** For so many hours a link is offered. */
  readonly usualHours: number
}

/** Fields: `label`, `roles`, `domain`, `maxUses`, `validForHours`. */
export const sharedLinkNewPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly roles: ReadonlyArray<Choice>
    readonly chosen: ReadonlyArray<string>
    readonly bounds: LinkBounds
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.sharing
  const { bounds, tenant } = data
  const form = new FormBuilder(scene, { action: paths.sharedLinkNew(tenant.id), state: data.state ?? untouched })
  const fields = [
    form.text({ name: "label", label: t.linkLabel, hint: t.linkLabelHint, required: false, maxLength: 100 }),
    form.choices({ name: "roles", label: t.linkRoles, kind: "many", choices: data.roles, chosen: data.chosen }),
    form.text({ name: "domain", label: t.linkDomain, hint: t.linkDomainHint, required: false, maxLength: 260 }),
    form.text({
      name: "maxUses",
      label: t.linkMaxUses,
      hint: t.linkMaxUsesHint(bounds.uses),
      value: String(Math.min(25, bounds.uses)),
      inputMode: "numeric",
      short: true
    }),
    form.text({
      name: "validForHours",
      label: t.linkHours,
      hint: t.linkHoursHint(bounds.hours),
      value: String(bounds.usualHours),
      inputMode: "numeric",
      short: true
    })
  ]
  return {
    title: t.linkNew,
    width: "narrow",
    tenant,
    section: "invitations",
    body: html`${heading(t.linkNew, t.linksLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.linkSubmit),
      linkButton(paths.sharedLinks(tenant.id), scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

/** The link itself, this once. */
export const sharedLinkCreatedPage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly url: string }
): Page => {
  const t = scene.texts.sharing
  return {
    title: t.linkCreatedTitle,
    width: "narrow",
    tenant: data.tenant,
    section: "invitations",
    body: html`<div class="panel">${heading(t.linkCreatedTitle, t.linkCreatedLead)}
      <p>${code(data.url, "url")}</p>
      <div class="actions">${linkButton(paths.sharedLinks(data.tenant.id), t.links, "primary")}</div>
    </div>`
  }
}

/** Fields: `maxUses`, `domain`, `validForHours`; each may be empty. */
export const sharedLinkRestrictPage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly linkId: string; readonly state?: FormState }
): Page => {
  const t = scene.texts.sharing
  const { linkId, tenant } = data
  const form = new FormBuilder(scene, {
    action: paths.sharedLinkRestrict(tenant.id, linkId),
    state: data.state ?? untouched
  })
  const fields = [
    form.text({ name: "maxUses", label: t.linkMaxUses, required: false, inputMode: "numeric", short: true }),
    form.text({ name: "domain", label: t.linkDomain, required: false, maxLength: 260 }),
    form.text({ name: "validForHours", label: t.restrictHours, required: false, inputMode: "numeric", short: true })
  ]
  return {
    title: t.restrictTitle,
    width: "narrow",
    tenant,
    section: "invitations",
    body: html`${heading(t.restrictTitle, t.restrictLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.restrictSubmit),
      linkButton(paths.sharedLinks(tenant.id), scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

// ---- whoever opens a link --------------------------------------------------------------------------------------------------------------

/** What somebody sees of a link that was passed on to them. */
export interface SharedLinkView {
  readonly link: string
  readonly tenantName: string
  readonly creatorName: string
  readonly roles: ReadonlyArray<string>
  readonly domain: string | null
  readonly expiresAt: number
  /** The address that the mail has proven; empty before. */
  readonly email: string
}

/** How the person can go on, as `shareableLinks.read` answers it. */
export type SharedLinkNext = "prove-address" | "register" | "sign-in" | "switch-account" | "join"

const linkFacts = (scene: Scene, view: SharedLinkView): Content => {
  const t = scene.texts.sharing
  return facts([
    [t.tenant, html`<strong>${view.tenantName}</strong>`],
    [t.yourRole, view.roles.join(", ")],
    view.domain !== null && [t.domain, view.domain],
    [t.expires, moment(scene, view.expiresAt)]
  ])
}

/** Who invites to what, and the one next step. Opening it changes nothing. Field: `email`. */
export const sharedLinkPage = (
  scene: Scene,
  data: {
    readonly view: SharedLinkView
    readonly next: SharedLinkNext
    /** The address of the person who is signed in. */
    readonly signedInAs: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.sharing
  const { next, signedInAs = "", view } = data
  const title = t.joinTitle(view.tenantName)
  const signIn = withQuery(paths.signIn, { next: paths.shared(view.link) })
  const step = (): Content => {
    switch (next) {
      case "join":
        return html`<p>${t.joinAs(signedInAs)}</p><div class="actions">${actButton(scene, {
          action: paths.sharedJoin(view.link),
          label: t.join,
          kind: "primary"
        })}</div>`
      case "switch-account":
        return html`<p>${t.switchLead(signedInAs)}</p><div class="actions">${actButton(scene, {
          action: paths.sharedSwitch(view.link),
          label: t.switch,
          kind: "primary"
        })}</div>`
      case "sign-in":
        return html`<p>${t.signInLead(view.email)}</p><div class="actions">${linkButton(signIn, t.signIn, "primary")}</div>`
      case "register":
        return html`<p>${t.registerLead(view.email)}</p><div class="actions">${linkButton(paths.sharedRegister(view.link), t.register, "primary")}</div>`
      case "prove-address": {
        const form = new FormBuilder(scene, { action: paths.shared(view.link), state: data.state ?? untouched })
        const email = form.text({ name: "email", label: t.yourEmail, type: "email", autocomplete: "email" })
        return html`<p>${t.askLead}</p>${form.render(email, submitButton(t.askSubmit))}
          <p class="aside">${t.orSignIn} <a href="${signIn}">${scene.texts.common.signIn}</a></p>`
      }
    }
  }
  return {
    title,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(title, view.creatorName === "" ? undefined : t.joinLead(view.creatorName))}
      ${linkFacts(scene, view)}
      <div class="next-step">${step()}</div>
    </div>`
  }
}

/** After the address was entered: the same for every address. */
export const sharedLinkSentPage = (scene: Scene): Page => {
  const t = scene.texts.sharing
  return {
    title: t.sentTitle,
    width: "narrow",
    body: html`<div class="panel">${heading(t.sentTitle, t.sentLead)}</div>`
  }
}

/** Fields: `firstName`, `lastName`, `password`, `consents.<kind>`. */
export const sharedLinkRegisterPage = (
  scene: Scene,
  data: {
    readonly view: SharedLinkView
    readonly consents: ReadonlyArray<ConsentView>
    readonly minPasswordLength: number
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.sharing
  const { view } = data
  const form = new FormBuilder(scene, { action: paths.sharedRegister(view.link), state: data.state ?? untouched })
  const fields = [
    html`<div class="columns">${form.text({ name: "firstName", label: t.firstName, autocomplete: "given-name", maxLength: 100, focus: true })}
      ${form.text({ name: "lastName", label: t.lastName, autocomplete: "family-name", maxLength: 100 })}</div>`,
    form.text({
      name: "password",
      label: t.password,
      hint: scene.texts.common.passwordHint(data.minPasswordLength),
      type: "password",
      autocomplete: "new-password"
    }),
    html`<div class="consents">${consentFields(scene, form, data.consents)}</div>`
  ]
  return {
    title: t.register,
    width: "narrow",
    body: html`${heading(t.joinTitle(view.tenantName), t.registerLead(view.email))}
    <div class="panel">${form.render(fields, submitButton(t.register))}</div>`
  }
}

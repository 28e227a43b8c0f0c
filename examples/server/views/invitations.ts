import { badge, type Column, empty, facts, heading, pager, type Tone, table } from "../html/components.ts"
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
import { locales } from "../texts/locales.ts"
import { type ConsentView, consentFields } from "./registration.ts"

export type InvitationState = "pending" | "accepted" | "declined" | "revoked" | "replaced" | "expired"

const TONES: Readonly<Record<InvitationState, Tone>> = {
  pending: "waiting",
  accepted: "good",
  declined: "neutral",
  revoked: "neutral",
  replaced: "neutral",
  expired: "bad"
}

export interface InvitationItem {
  readonly id: string
  readonly email: string
  readonly roles: ReadonlyArray<string>
  readonly state: InvitationState
  readonly sentAt: number
  readonly expiresAt: number
  readonly inviterName: string
  /** Since when it is known that the mail did not arrive. */
  readonly undeliverableAt: number | null
}

/** The invitations of an area with their states, for those who may invite (INV-09). */
export const invitationsPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly invitations: ReadonlyArray<InvitationItem>
    readonly next: string | undefined
    readonly first: string | undefined
  }
): Page => {
  const t = scene.texts.invitations
  const { tenant } = data
  const inviteButton = linkButton(paths.invite(tenant.id), t.invite, "primary")
  const columns: ReadonlyArray<Column<InvitationItem>> = [
    {
      label: t.email,
      names: true,
      long: true,
      cell: (row) =>
        html`${row.email}${row.inviterName !== "" && html`<span class="sub">${t.inviter} ${row.inviterName}</span>`}`
    },
    {
      label: t.state,
      cell: (row) =>
        html`${badge(t.states[row.state], TONES[row.state])}${
          row.state === "pending" &&
          row.undeliverableAt !== null &&
          html` ${badge(scene.texts.sharing.undeliverable, "bad")}`
        }`
    },
    { label: t.roles, cell: (row) => row.roles.join(", ") },
    { label: t.sent, cell: (row) => day(scene, row.sentAt) },
    {
      label: t.expires,
      cell: (row) => (row.state === "pending" ? day(scene, row.expiresAt) : scene.texts.common.none)
    },
    {
      label: scene.texts.common.actions,
      acts: true,
      cell: (row) =>
        row.state === "pending" &&
        html`<div class="row-acts">${actButton(scene, {
          action: paths.invitationResend(tenant.id, row.id),
          label: t.resend,
          description: t.resendOf(row.email),
          kind: "secondary"
        })}<a class="button button-link danger" href="${paths.invitationRevoke(tenant.id, row.id)}" aria-label="${t.revokeOf(row.email)}">${t.revoke}</a></div>`
    }
  ]
  return {
    title: t.title,
    width: "wide",
    tenant,
    section: "invitations",
    body: html`${heading(
      t.title,
      t.lead,
      html`${linkButton(paths.sharedLinks(tenant.id), scene.texts.sharing.links)}${linkButton(
        paths.inviteMany(tenant.id),
        scene.texts.sharing.many
      )}${inviteButton}`
    )}
    ${data.invitations.length === 0 ? empty(t.noneTitle, t.none, inviteButton) : table(t.title, columns, data.invitations)}
    ${pager(scene, data)}`
  }
}

/** What a form that invites people needs. */
export interface InviteData {
  readonly tenant: TenantFrame
  /** The roles that the person may grant. */
  readonly roles: ReadonlyArray<Choice>
  /** Ticked at first. */
  readonly chosen: ReadonlyArray<string>
  readonly maxMessageLength: number
  readonly state?: FormState
}

/** What is offered to whoever is invited. Fields: `roles` (check boxes), `locale`, `message`. */
export const offerFields = (scene: Scene, form: FormBuilder, data: InviteData): Content => {
  const t = scene.texts.invitations
  const hints: Readonly<Record<string, string>> = t.roleHints
  return [
    form.choices({
      name: "roles",
      label: t.newRoles,
      kind: "many",
      choices: data.roles.map((role) => ({ ...role, hint: role.hint ?? hints[role.value] })),
      chosen: data.chosen
    }),
    form.select({
      name: "locale",
      label: t.language,
      value: scene.locale,
      choices: locales.map((locale) => ({ value: locale, label: t.languages[locale] }))
    }),
    form.area({
      name: "message",
      label: t.message,
      hint: t.messageHint,
      required: false,
      rows: 4,
      maxLength: data.maxMessageLength
    })
  ]
}

/** Fields: `email`, and those of `offerFields`. */
export const invitePage = (scene: Scene, data: InviteData): Page => {
  const t = scene.texts.invitations
  const { tenant } = data
  const form = new FormBuilder(scene, { action: paths.invite(tenant.id), state: data.state ?? untouched })
  const fields = [
    form.text({ name: "email", label: t.email, type: "email", autocomplete: "off", focus: true }),
    offerFields(scene, form, data)
  ]
  return {
    title: t.newTitle,
    width: "narrow",
    tenant,
    section: "invitations",
    body: html`${heading(t.newTitle, t.newLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.submit),
      linkButton(paths.invitations(tenant.id), scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

/** What the invited person sees of an invitation (INV-03). */
export interface InvitationView {
  readonly link: string
  readonly tenantName: string
  readonly inviterName: string
  readonly roles: ReadonlyArray<string>
  /** Empty when the inviter wrote none. */
  readonly message: string
  /** The name of a contact, to begin with. */
  readonly contact: { readonly firstName: string; readonly lastName: string } | null
  readonly expiresAt: number
}

/** How the person can go on, as `invitations.read` answers it. */
export type InvitationNext = "accept" | "sign-in" | "register" | "switch-account"

const invitationFacts = (scene: Scene, invitation: InvitationView): Content => {
  const t = scene.texts.invitations
  return html`${facts([
    [t.tenant, html`<strong>${invitation.tenantName}</strong>`],
    invitation.inviterName !== "" && [t.from, invitation.inviterName],
    [t.yourRole, invitation.roles.join(", ")],
    [t.expires, moment(scene, invitation.expiresAt)]
  ])}
  ${
    invitation.message !== "" &&
    html`<figure class="quote"><figcaption>${t.messageFrom}</figcaption><blockquote class="pre">${invitation.message}</blockquote></figure>`
  }`
}

/** Who invites to what, and the one next step. Opening it changes nothing. */
export const invitationPage = (
  scene: Scene,
  data: {
    readonly invitation: InvitationView
    readonly next: InvitationNext
    /** The address of the person who is signed in. */
    readonly signedInAs: string | undefined
  }
): Page => {
  const t = scene.texts.invitations
  const { invitation, next, signedInAs = "" } = data
  const signIn = withQuery(paths.signIn, { next: paths.invitation(invitation.link) })
  const step: Readonly<Record<InvitationNext, readonly [lead: string, actions: Content]>> = {
    accept: [
      t.acceptLead(signedInAs),
      actButton(scene, { action: paths.invitationAccept(invitation.link), label: t.accept, kind: "primary" })
    ],
    "sign-in": [t.signInLead, linkButton(signIn, t.signIn, "primary")],
    register: [t.registerLead, linkButton(paths.invitationRegister(invitation.link), t.register, "primary")],
    "switch-account": [
      t.switchLead(signedInAs),
      actButton(scene, { action: paths.invitationSwitch(invitation.link), label: t.switch, kind: "primary" })
    ]
  }
  const [lead, actions] = step[next]
  const title = t.pageTitle(invitation.tenantName)
  return {
    title,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(title, invitation.inviterName === "" ? undefined : t.pageLead(invitation.inviterName))}
      ${invitationFacts(scene, invitation)}
      <div class="next-step">
        <p>${lead}</p>
        <div class="actions">${actions}</div>
      </div>
    </div>
    ${
      next !== "switch-account" &&
      html`<div class="aside">${linkButton(paths.invitationDecline(invitation.link), t.decline, "link")}</div>`
    }`
  }
}

/** Creating the account and joining in one step (INV-04). Fields: `firstName`, `lastName`, `password`, `consents.<kind>`. */
export const invitationRegisterPage = (
  scene: Scene,
  data: {
    readonly invitation: InvitationView
    readonly consents: ReadonlyArray<ConsentView>
    readonly minPasswordLength: number
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.invitations
  const { invitation } = data
  const form = new FormBuilder(scene, {
    action: paths.invitationRegister(invitation.link),
    state: data.state ?? untouched
  })
  const fields = [
    html`<div class="columns">${form.text({
      name: "firstName",
      label: t.firstName,
      value: invitation.contact?.firstName,
      autocomplete: "given-name",
      maxLength: 100,
      focus: true
    })}
      ${form.text({
        name: "lastName",
        label: t.lastName,
        value: invitation.contact?.lastName,
        autocomplete: "family-name",
        maxLength: 100
      })}</div>`,
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
    body: html`${heading(t.pageTitle(invitation.tenantName), t.registerLead)}
    <div class="panel">
      ${form.render(fields, submitButton(t.register))}
    </div>
    <p class="aside">${t.orSignIn} <a href="${withQuery(paths.signIn, { next: paths.invitation(invitation.link) })}">${scene.texts.common.signIn}</a></p>`
  }
}

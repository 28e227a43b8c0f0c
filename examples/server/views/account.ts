import { backLink, badge, card, facts, heading, notice, table } from "../html/components.ts"
import { day, moment } from "../html/formats.ts"
import {
  actButton,
  FormBuilder,
  type FormState,
  linkButton,
  passwordOwner,
  submitButton,
  untouched
} from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"

export interface ProfileView {
  readonly firstName: string
  readonly lastName: string
  readonly email: string
  /** In which mails come. */
  readonly locale: string
  readonly companyName: string | null
  /** To read out to the support. */
  readonly number: string
}

export type FactorView =
  | { readonly kind: "off" }
  | { readonly kind: "on"; readonly since: number; readonly recoveryCodesLeft: number }

/** An address that waits for its confirmation, until when. */
export interface WaitingAddress {
  readonly email: string
  readonly expiresAt: number
}

/** Consent to marketing: the text of today, and when the person agreed to which version. */
export interface MarketingView {
  readonly label: string
  readonly version: string
  readonly given: { readonly at: number } | null
}

/** The account at a glance. */
export const accountPage = (
  scene: Scene,
  data: {
    readonly profile: ProfileView
    readonly newAddress: WaitingAddress | null
    /** From when on a new address opens what waits for it. */
    readonly settlesAt: number | null
    readonly marketing: MarketingView
    readonly factor: FactorView
    readonly sessions: number
  }
): Page => {
  const t = scene.texts.account
  const { factor, marketing, newAddress, profile } = data
  return {
    title: t.title,
    width: "wide",
    body: html`${heading(t.title, t.lead)}
    ${data.settlesAt !== null && notice(html`${t.settles} ${moment(scene, data.settlesAt)}.`)}
    <div class="cards cards-two">
      ${card({
        title: t.profile,
        lead: t.profileLead,
        body: facts([
          [t.name, `${profile.firstName} ${profile.lastName}`],
          [t.email, profile.email],
          newAddress !== null && [t.emailNew, html`${newAddress.email} ${badge(t.emailWaiting, "waiting")}`],
          profile.companyName !== null && [t.company, profile.companyName],
          [t.locale, profile.locale.startsWith("de") ? t.locales.de : t.locales.en],
          [t.number, profile.number]
        ]),
        actions: [linkButton(paths.accountProfile, t.changeProfile), linkButton(paths.accountEmail, t.changeEmail)]
      })}
      ${card({
        title: t.factor,
        lead: t.factorLead,
        body:
          factor.kind === "off"
            ? html`<p>${badge(t.factorOff, "waiting")}</p>`
            : html`<p>${badge(t.factorOn, "good")}</p>${facts([
                [t.factorSince, day(scene, factor.since)],
                [t.recovery, t.recoveryLeft(factor.recoveryCodesLeft)]
              ])}`,
        actions:
          factor.kind === "off"
            ? linkButton(paths.secondFactor, t.factorSetUp, "primary")
            : [
                linkButton(paths.recoveryCodes, t.recoveryNew),
                linkButton(paths.secondFactor, t.factorReplace),
                linkButton(paths.secondFactorRemove, t.factorRemove, "link")
              ]
      })}
      ${card({
        title: t.password,
        lead: t.passwordLead,
        actions: linkButton(paths.accountPassword, t.changePassword)
      })}
      ${card({
        title: t.sessions,
        lead: t.sessionsLead,
        actions: linkButton(paths.sessions, `${t.manage} (${data.sessions})`)
      })}
      ${card({
        title: t.marketing,
        lead: marketing.label,
        body:
          marketing.given === null
            ? html`<p>${badge(t.marketingOff, "neutral")}</p>`
            : html`<p>${badge(t.marketingOn, "good")} ${day(scene, marketing.given.at)}</p>`,
        actions: actButton(scene, {
          action: paths.accountMarketing,
          label: marketing.given === null ? t.marketingGive : t.marketingWithdraw,
          hidden: { version: marketing.given === null ? marketing.version : undefined }
        })
      })}
    </div>`
  }
}

/** Fields: `firstName`, `lastName`, `locale`. */
export const profilePage = (
  scene: Scene,
  data: { readonly profile: ProfileView; readonly state?: FormState }
): Page => {
  const t = scene.texts.account
  const { profile } = data
  const form = new FormBuilder(scene, { action: paths.accountProfile, state: data.state ?? untouched })
  const fields = [
    form.text({ name: "firstName", label: t.firstName, autocomplete: "given-name", value: profile.firstName }),
    form.text({ name: "lastName", label: t.lastName, autocomplete: "family-name", value: profile.lastName }),
    form.select({
      name: "locale",
      label: t.locale,
      choices: [
        { value: "de", label: t.locales.de },
        { value: "en", label: t.locales.en }
      ],
      value: profile.locale.startsWith("de") ? "de" : "en"
    })
  ]
  return {
    title: t.changeProfile,
    width: "narrow",
    body: html`${backLink(paths.account, t.backToAccount)}
    ${heading(t.changeProfile, t.profileLead)}
    <div class="panel">${form.render(fields, [
      submitButton(scene.texts.common.save),
      linkButton(paths.account, scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

/** The address, what waits for its confirmation, and a form for another one (REG-09). Fields: `email`. */
export const emailPage = (
  scene: Scene,
  data: { readonly current: string; readonly newAddress: WaitingAddress | null; readonly state?: FormState }
): Page => {
  const t = scene.texts.account
  const { newAddress } = data
  const form = new FormBuilder(scene, { action: paths.accountEmail, state: data.state ?? untouched })
  const field = form.text({ name: "email", label: t.emailNew, type: "email", autocomplete: "email" })
  return {
    title: t.changeEmail,
    width: "narrow",
    body: html`${backLink(paths.account, t.backToAccount)}
    ${heading(t.changeEmail, t.emailLead)}
    ${
      newAddress !== null &&
      card({
        title: t.emailWaiting,
        lead: t.emailWaitingLead(newAddress.email),
        body: facts([
          [t.emailNew, newAddress.email],
          [t.emailWaitingUntil, moment(scene, newAddress.expiresAt)]
        ]),
        actions: actButton(scene, { action: paths.accountEmailCancel, label: t.emailCancel, kind: "danger" })
      })
    }
    <div class="panel">
      ${facts([[t.emailCurrent, data.current]])}
      ${form.render(field, submitButton(t.emailSubmit))}
      <p class="hint">${t.emailAfter}</p>
    </div>`
  }
}

/** What the link in the mail to a new address opens; only who is signed in with its account can confirm. */
export const emailConfirmPage = (
  scene: Scene,
  data: {
    readonly link: string
    readonly email: string
    readonly expiresAt: number
    readonly who: "own" | "other" | "nobody"
  }
): Page => {
  const t = scene.texts.account
  const { link, who } = data
  const form = new FormBuilder(scene, { action: paths.accountEmailConfirm(link) })
  return {
    title: t.emailConfirmTitle,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(t.emailConfirmTitle, who === "own" ? t.emailConfirmLead : undefined)}
      ${facts([
        [t.emailNew, data.email],
        [t.emailWaitingUntil, moment(scene, data.expiresAt)]
      ])}
      ${
        who === "own"
          ? form.render(undefined, submitButton(t.emailConfirmSubmit))
          : who === "other"
            ? html`<p>${t.emailConfirmOther}</p>
              <div class="actions">${actButton(scene, { action: paths.signOut, label: scene.texts.common.signOut })}</div>`
            : html`<p>${t.emailConfirmSignIn}</p>
              <div class="actions">${linkButton(
                withQuery(paths.signIn, { next: paths.accountEmailConfirm(link) }),
                scene.texts.common.signIn,
                "primary"
              )}</div>`
      }
    </div>`
  }
}

/** Fields: `currentPassword`, `newPassword`. */
export const passwordPage = (
  scene: Scene,
  data: { readonly email: string; readonly minPasswordLength: number; readonly state?: FormState }
): Page => {
  const t = scene.texts.account
  const form = new FormBuilder(scene, { action: paths.accountPassword, state: data.state ?? untouched })
  const fields = [
    passwordOwner(data.email),
    form.text({
      name: "currentPassword",
      label: t.currentPassword,
      type: "password",
      autocomplete: "current-password"
    }),
    form.text({
      name: "newPassword",
      label: t.newPassword,
      hint: scene.texts.common.passwordHint(data.minPasswordLength),
      type: "password",
      autocomplete: "new-password"
    })
  ]
  return {
    title: t.changePassword,
    width: "narrow",
    body: html`${backLink(paths.account, t.backToAccount)}
    ${heading(t.changePassword, t.passwordLead)}
    <div class="panel">${form.render(fields, [
      submitButton(t.changePassword),
      linkButton(paths.account, scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

export interface SessionItem {
  readonly id: string
  readonly device: string | null
  readonly place: string | null
  readonly createdAt: number
  readonly lastSeenAt: number
  readonly isCurrent: boolean
}

/** Own sessions: end one, or all others (AUT-04). */
export const sessionsPage = (scene: Scene, data: { readonly sessions: ReadonlyArray<SessionItem> }): Page => {
  const t = scene.texts.account
  const others = data.sessions.filter((session) => !session.isCurrent)
  const device = (session: SessionItem) => session.device ?? t.unknownDevice
  return {
    title: t.sessions,
    width: "wide",
    body: html`${backLink(paths.account, t.backToAccount)}
    ${heading(
      t.sessions,
      t.sessionsLead,
      others.length > 0 && actButton(scene, { action: paths.sessionsEndOthers, label: t.endOthers, kind: "danger" })
    )}
    ${table(
      t.sessions,
      [
        {
          label: t.device,
          names: true,
          cell: (session) => html`${device(session)}${session.isCurrent && html` ${badge(t.thisSession, "good")}`}`
        },
        { label: t.place, cell: (session) => session.place ?? scene.texts.common.none },
        { label: t.created, cell: (session) => moment(scene, session.createdAt) },
        { label: t.lastSeen, cell: (session) => moment(scene, session.lastSeenAt) },
        {
          label: scene.texts.common.actions,
          acts: true,
          cell: (session) =>
            !session.isCurrent &&
            actButton(scene, {
              action: paths.sessionEnd(session.id),
              label: t.endSession,
              description: t.endSessionOf(device(session))
            })
        }
      ],
      data.sessions
    )}
    ${others.length === 0 && html`<p class="hint">${t.noOthers}</p>`}`
  }
}

import { backLink, badge, card, facts, heading, table } from "../html/components.ts"
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
import { paths } from "../http/paths.ts"

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

/** The account at a glance. */
export const accountPage = (
  scene: Scene,
  data: { readonly profile: ProfileView; readonly factor: FactorView; readonly sessions: number }
): Page => {
  const t = scene.texts.account
  const { factor, profile } = data
  return {
    title: t.title,
    width: "wide",
    body: html`${heading(t.title, t.lead)}
    <div class="cards cards-two">
      ${card({
        title: t.profile,
        lead: t.profileLead,
        body: facts([
          [t.name, `${profile.firstName} ${profile.lastName}`],
          [t.email, profile.email],
          profile.companyName !== null && [t.company, profile.companyName],
          [t.locale, profile.locale.startsWith("de") ? t.locales.de : t.locales.en],
          [t.number, profile.number]
        ])
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

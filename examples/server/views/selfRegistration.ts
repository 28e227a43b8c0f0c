import { facts, heading, steps } from "../html/components.ts"
import { country, moment } from "../html/formats.ts"
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
import { type ConsentView, consentFields, envelope } from "./registration.ts"

/** The countries that the forms offer; the library knows all of them. */
export const COUNTRIES = ["DE", "AT", "CH", "BE", "CZ", "DK", "FR", "IT", "LI", "LU", "NL", "PL"]

/** What somebody knows of their company: it stands on its invoices. */
export const companyFields = (scene: Scene, form: FormBuilder) => {
  const t = scene.texts.selfRegistration
  return [
    form.text({ name: "customerNumber", label: t.customerNumber, hint: t.customerNumberHint, maxLength: 100 }),
    html`<div class="columns">${form.text({ name: "postalCode", label: t.postalCode, autocomplete: "postal-code", maxLength: 20 })}
      ${form.select({
        name: "country",
        label: t.country,
        value: "DE",
        choices: COUNTRIES.map((code) => ({ value: code, label: country(scene, code) }))
      })}</div>`
  ]
}

/** The first page (SLF-01). Fields: `email`, `customerNumber`, `postalCode`, `country`. */
export const selfRegisterPage = (scene: Scene, data: { readonly state?: FormState }): Page => {
  const t = scene.texts.selfRegistration
  const form = new FormBuilder(scene, { action: paths.selfRegister, state: data.state ?? untouched })
  const fields = [
    form.text({ name: "email", label: t.email, hint: t.emailHint, type: "email", autocomplete: "email", focus: true }),
    companyFields(scene, form)
  ]
  return {
    title: t.title,
    width: "narrow",
    body: html`${heading(t.title, t.lead)}
    <div class="panel">${form.render(fields, submitButton(t.next))}</div>
    <p class="aside">${scene.texts.registration.already} <a href="${paths.signIn}">${scene.texts.common.signIn}</a></p>`
  }
}

/** The second page. Fields: `firstName`, `lastName`, `consents.<kind>`. */
export const selfRegisterDetailsPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly consents: ReadonlyArray<ConsentView>
  }
): Page => {
  const t = scene.texts.selfRegistration
  const form = new FormBuilder(scene, {
    action: paths.selfRegisterDetails,
    state: data.state ?? untouched
  })
  const fields = [
    html`<div class="columns">${form.text({ name: "firstName", label: t.firstName, autocomplete: "given-name", maxLength: 100 })}
      ${form.text({ name: "lastName", label: t.lastName, autocomplete: "family-name", maxLength: 100 })}</div>`,
    html`<div class="consents">${consentFields(scene, form, data.consents)}</div>`
  ]
  return {
    title: t.detailsTitle,
    width: "narrow",
    body: html`${heading(t.detailsTitle, t.detailsLead)}
    <div class="panel">${form.render(fields, submitButton(t.submit))}</div>`
  }
}

const message = (scene: Scene, title: string, lead: string, mailbox: boolean): Page => ({
  title,
  width: "narrow",
  body: html`<div class="panel panel-message">
    ${envelope}
    <h1>${title}</h1>
    <p class="lead">${lead}</p>
    ${
      mailbox &&
      scene.development &&
      html`<div class="actions">${linkButton(paths.mails, scene.texts.start.demoMailbox, "primary")}</div>`
    }
  </div>`
})

/** The same for every combination of numbers and address (SLF-02). */
export const selfRegisterSentPage = (scene: Scene): Page => {
  const t = scene.texts.selfRegistration
  return message(scene, t.sentTitle, t.sentLead, true)
}

/** What the link of the first mail opens; changes nothing (SLF-03). */
export const selfRegisterConfirmPage = (
  scene: Scene,
  data: {
    readonly link: string
    readonly email: string
    readonly name: string
    readonly customerNumber: string
    readonly postalCode: string
    readonly country: string
  }
): Page => {
  const t = scene.texts.selfRegistration
  return {
    title: t.confirmTitle,
    width: "narrow",
    body: html`${heading(t.confirmTitle, t.confirmLead)}
    <div class="panel">
      ${facts([
        [t.name, data.name],
        [t.email, data.email],
        [t.customerNumber, data.customerNumber],
        [t.postalCode, `${data.postalCode}, ${country(scene, data.country)}`]
      ])}
      <div class="actions">${actButton(scene, {
        action: paths.selfRegisterConfirm(data.link),
        label: t.confirm,
        kind: "primary"
      })}</div>
    </div>`
  }
}

export const selfRegisterConfirmedPage = (scene: Scene): Page => {
  const t = scene.texts.selfRegistration
  return message(scene, t.confirmedTitle, t.confirmedLead, true)
}

/** The form of somebody who has an account (SLF-04). */
export const askToJoinPage = (scene: Scene, data: { readonly state?: FormState }): Page => {
  const t = scene.texts.selfRegistration
  const form = new FormBuilder(scene, { action: paths.join, state: data.state ?? untouched })
  return {
    title: t.askTitle,
    width: "narrow",
    body: html`${heading(t.askTitle, t.askLead)}
    <div class="panel">${form.render(companyFields(scene, form), [
      submitButton(t.askSubmit),
      linkButton(paths.tenants, scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

/** An approval, as the one who was approved sees it. */
export interface OfferView {
  readonly link: string
  readonly tenantName: string
  readonly email: string
  readonly roles: ReadonlyArray<string>
  readonly expiresAt: number
  readonly next: "complete" | "sign-in" | "switch-account" | "join"
}

/** What the approval's mail opens: the welcome, and the one way on (SLF-06, SLF-07). */
export const welcomePage = (
  scene: Scene,
  data: { readonly offer: OfferView; readonly signedInAs: string | undefined }
): Page => {
  const t = scene.texts.selfRegistration
  const { offer, signedInAs = "" } = data
  const title = t.welcomeTitle(offer.tenantName)
  const ways = {
    complete: [t.welcomeLead, linkButton(paths.welcomeAgree(offer.link), t.next, "primary")],
    join: [
      t.joinLead(signedInAs),
      actButton(scene, { action: paths.welcomeJoin(offer.link), label: t.join, kind: "primary" })
    ],
    "sign-in": [
      t.signInLead,
      linkButton(withQuery(paths.signIn, { next: paths.welcome(offer.link) }), t.signIn, "primary")
    ],
    "switch-account": [
      t.switchLead(signedInAs),
      actButton(scene, { action: paths.welcomeSwitch(offer.link), label: t.switch, kind: "primary" })
    ]
  } as const
  const [lead, action] = ways[offer.next]
  return {
    title,
    width: "narrow",
    body: html`<div class="panel">
      ${heading(title, lead)}
      ${facts([
        [t.tenant, offer.tenantName],
        [t.email, offer.email],
        [t.roles, offer.roles.join(", ")],
        [t.until, moment(scene, offer.expiresAt)]
      ])}
      <div class="actions">${action}</div>
    </div>
    ${offer.next === "complete" && steps(t.steps)}`
  }
}

/** One text to read and agree to; those that were agreed to before go along. */
export const welcomeAgreePage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly link: string
    readonly consent: ConsentView
    readonly agreed: Readonly<Record<string, string>>
  }
): Page => {
  const t = scene.texts.selfRegistration
  const titles: Readonly<Record<string, string>> = t.agreeTitles
  const title = titles[data.consent.kind] ?? t.agreeTitle
  const form = new FormBuilder(scene, {
    action: paths.welcomeAgree(data.link),
    state: data.state ?? untouched,
    hidden: { ...data.agreed, asked: data.consent.kind }
  })
  const { text, ...withoutText } = data.consent
  return {
    title,
    width: "narrow",
    body: html`${heading(title)}
    <div class="panel">
      ${text !== undefined && text !== data.consent.label && html`<p class="pre">${text}</p>`}
      ${form.render(consentFields(scene, form, [withoutText]), submitButton(t.next))}
    </div>`
  }
}

/** Field: `password`. */
export const welcomePasswordPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly link: string
    readonly email: string
    readonly minPasswordLength: number
    readonly agreed: Readonly<Record<string, string>>
  }
): Page => {
  const t = scene.texts.selfRegistration
  const form = new FormBuilder(scene, {
    action: paths.welcomePassword(data.link),
    state: data.state ?? untouched,
    hidden: data.agreed
  })
  const fields = [
    passwordOwner(data.email),
    form.text({
      name: "password",
      label: t.password,
      hint: scene.texts.common.passwordHint(data.minPasswordLength),
      type: "password",
      autocomplete: "new-password",
      focus: true
    })
  ]
  return {
    title: t.passwordTitle,
    width: "narrow",
    body: html`${heading(t.passwordTitle, t.passwordLead)}
    <div class="panel">${form.render(fields, submitButton(t.finish))}</div>`
  }
}

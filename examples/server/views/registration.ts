import { backLink, card, heading } from "../html/components.ts"
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
import { consentField } from "../http/refusals.ts"
import { type Enrolment, enrolmentSteps } from "./secondFactor.ts"

/** A text that a person must, or may, agree to; its field is named `consents.<kind>`. */
export interface ConsentView {
  readonly kind: string
  /** Of the text that is shown; the box sends it. */
  readonly version: string
  readonly label: string
  readonly required: boolean
  /** The whole text, when it says more than the label. */
  readonly text?: string | undefined
}

/** The check boxes of consents, in the order given. */
export const consentFields = (scene: Scene, form: FormBuilder, consents: ReadonlyArray<ConsentView>) =>
  consents.map((consent) => [
    form.check({
      name: consentField(consent.kind),
      label: consent.label,
      required: consent.required,
      asks: true,
      value: consent.version
    }),
    consent.text !== undefined &&
      consent.text !== consent.label &&
      html`<details class="consent-text"><summary>${scene.texts.registration.fullText}<span class="visually-hidden">: ${consent.label}</span></summary><p class="pre">${consent.text}</p></details>`
  ])

/** Fields: `email`, `firstName`, `lastName`, `companyName`, `password`, `consents.<kind>`, `secondFactor` (a check box). */
export const registerPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly consents: ReadonlyArray<ConsentView>
    readonly minPasswordLength: number
    /** An app that was set up already, sealed, when the form comes back for another reason. */
    readonly enrolment?: string | undefined
  }
): Page => {
  const t = scene.texts.registration
  const form = new FormBuilder(scene, {
    action: paths.register,
    state: data.state ?? untouched,
    hidden: { enrolment: data.enrolment }
  })
  const fields = [
    html`<div class="columns">${form.text({ name: "firstName", label: t.firstName, autocomplete: "given-name", maxLength: 100 })}
      ${form.text({ name: "lastName", label: t.lastName, autocomplete: "family-name", maxLength: 100 })}</div>`,
    form.text({ name: "email", label: t.email, hint: t.emailHint, type: "email", autocomplete: "username" }),
    form.text({
      name: "companyName",
      label: t.company,
      required: false,
      autocomplete: "organization",
      maxLength: 200
    }),
    form.text({
      name: "password",
      label: t.password,
      hint: scene.texts.common.passwordHint(data.minPasswordLength),
      type: "password",
      autocomplete: "new-password"
    }),
    form.check({ name: "secondFactor", label: t.secondFactor, hint: t.secondFactorHint, required: false, asks: true }),
    html`<div class="consents">${consentFields(scene, form, data.consents)}</div>`
  ]
  return {
    title: t.title,
    width: "narrow",
    body: html`${heading(t.title, t.lead)}
    <div class="panel">${form.render(fields, submitButton(t.submit))}</div>
    <p class="aside">${t.already} <a href="${paths.signIn}">${scene.texts.common.signIn}</a></p>`
  }
}

/** The optional step after the form: the code proves that the app works. Field: `code`. */
export const registerSecondFactorPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly enrolment: Enrolment
    /** The registration so far, sealed. */
    readonly sealed: string
  }
): Page => {
  const t = scene.texts.registration
  const hidden = { sealed: data.sealed }
  return {
    title: t.factorTitle,
    width: "narrow",
    body: html`${heading(t.factorTitle, t.factorLead)}
    ${enrolmentSteps(scene, { ...data, action: paths.registerSecondFactor, hidden })}
    <div class="aside aside-acts">${actButton(scene, {
      action: paths.registerSecondFactor,
      label: t.factorSkip,
      kind: "link",
      hidden: { ...hidden, skip: "yes" }
    })}</div>`
  }
}

/** "We sent you an e-mail": the same whatever the address is (REG-01). With an address it offers to send the mail again. */
export const registerSentPage = (
  scene: Scene,
  data: { readonly email: string | undefined; readonly state?: FormState }
): Page => {
  const t = scene.texts.registration
  const again = new FormBuilder(scene, {
    action: paths.registerSent,
    state: data.state ?? untouched,
    hidden: { email: data.email }
  })
  return {
    title: t.sentTitle,
    width: "narrow",
    body: html`<div class="panel panel-message">
      ${envelope}
      <h1>${t.sentTitle}</h1>
      <p class="lead">${t.sentLead}</p>
      ${data.email !== undefined && html`<p>${t.sentTo(data.email)}</p>`}
      ${scene.development && html`<div class="actions">${linkButton(paths.mails, scene.texts.start.demoMailbox, "primary")}</div>`}
    </div>
    ${
      data.email !== undefined &&
      card({
        title: t.sentNothingTitle,
        lead: t.sentNothing,
        body: again.render(undefined, submitButton(t.resend, "secondary"))
      })
    }`
  }
}

/** The picture of "we sent you an e-mail". */
export const envelope = html`<svg class="picture" viewBox="0 0 64 64" width="64" height="64" aria-hidden="true" focusable="false"><rect x="6" y="14" width="52" height="38" rx="6"/><path d="m8 18 24 18 24-18"/></svg>`

/**
 * What the link in the mail opens (REG-04: opening changes nothing). `known`: the attempt has a password and asks for it; `choose`: it has
 * none; `replace`: the person cannot give it and sets a new one, which drops what the attempt had prepared (REG-05). Field: `password`, or
 * `newPassword` for a new one.
 */
export const registerConfirmPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly link: string
    readonly kind: "known" | "choose" | "replace"
    readonly email: string
    readonly hasSecondFactor: boolean
    readonly minPasswordLength: number
  }
): Page => {
  const t = scene.texts.registration
  const address = paths.registerConfirm(data.link)
  const form = new FormBuilder(scene, {
    action: address,
    state: data.state ?? untouched,
    hidden: { kind: data.kind }
  })
  const isNew = data.kind !== "known"
  const fields = [
    passwordOwner(data.email),
    form.text({
      name: isNew ? "newPassword" : "password",
      label: isNew ? t.newPassword : t.password,
      hint: isNew ? scene.texts.common.passwordHint(data.minPasswordLength) : undefined,
      type: "password",
      autocomplete: isNew ? "new-password" : "current-password",
      focus: true
    })
  ]
  return {
    title: t.confirmTitle,
    width: "narrow",
    body: html`${heading(
      t.confirmTitle,
      { known: t.confirmKnown, choose: t.confirmChoose, replace: t.confirmReplace }[data.kind]
    )}
    <div class="panel">
      <p class="whose">${t.confirmFor}: <strong>${data.email}</strong></p>
      ${data.kind === "known" && data.hasSecondFactor && html`<p class="hint">${t.confirmFactor}</p>`}
      ${form.render(fields, submitButton(t.confirmSubmit))}
    </div>
    ${data.kind === "known" && html`<p class="aside"><a href="${address}?password=new">${t.confirmForgotten}</a></p>`}
    ${data.kind === "replace" && backLink(address, t.confirmRemembered)}`
  }
}

import { disclosure, heading, notice } from "../html/components.ts"
import { FormBuilder, type FormState, linkButton, passwordOwner, submitButton, untouched } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"
import { envelope } from "./registration.ts"

/** Fields: `email`, `password`, `staySignedIn` (a check box); `next` is sent along. */
export const signInPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly next?: string | undefined
    readonly email?: string | undefined
  }
): Page => {
  const t = scene.texts.signIn
  const form = new FormBuilder(scene, {
    action: paths.signIn,
    state: data.state ?? untouched,
    hidden: { next: data.next }
  })
  const fields = [
    form.text({
      name: "email",
      label: t.email,
      type: "email",
      autocomplete: "username",
      value: data.email,
      focus: data.email === undefined
    }),
    form.text({
      name: "password",
      label: t.password,
      type: "password",
      autocomplete: "current-password",
      focus: data.email !== undefined
    }),
    form.check({ name: "staySignedIn", label: t.staySignedIn, hint: t.staySignedInHint, required: false })
  ]
  return {
    title: t.title,
    width: "narrow",
    body: html`${heading(t.title)}
    ${data.next !== undefined && data.state === undefined && scene.sent === undefined && notice(t.needed)}
    <div class="panel">${form.render(fields, [
      submitButton(t.submit),
      linkButton(paths.passwordForgotten, t.forgotten, "link")
    ])}</div>
    <p class="aside">${t.notYet} <a href="${paths.register}">${scene.texts.common.register}</a></p>
    <p class="aside">${scene.texts.selfRegistration.linkTitle} ${scene.texts.selfRegistration.linkLead} <a href="${paths.selfRegister}">${scene.texts.selfRegistration.link}</a></p>`
  }
}

/**
 * The second step of a sign-in. Field: `code`, whether it comes from the app or is a recovery code; the second form says so by `kind`, so that
 * it comes back open when something is wrong. `next` is sent along.
 */
export const secondFactorPage = (
  scene: Scene,
  data: { readonly state?: FormState; readonly next?: string | undefined }
): Page => {
  const t = scene.texts.signIn
  const state = data.state ?? untouched
  const isRecovery = state.form.text("kind") === "recovery"
  const byCode = new FormBuilder(scene, {
    action: paths.signInSecondFactor,
    hidden: { next: data.next },
    state: isRecovery ? untouched : state
  })
  const byRecovery = new FormBuilder(scene, {
    action: paths.signInSecondFactor,
    hidden: { next: data.next, kind: "recovery" },
    state: isRecovery ? state : untouched,
    prefix: "recovery"
  })
  const code = byCode.text({
    name: "code",
    label: t.code,
    hint: t.codeHint,
    autocomplete: "one-time-code",
    inputMode: "numeric",
    maxLength: 10,
    short: true,
    focus: !isRecovery
  })
  const recovery = byRecovery.text({
    name: "code",
    label: t.recoveryCode,
    autocomplete: "off",
    maxLength: 40,
    focus: isRecovery
  })
  const recoveryForm = html`<p>${t.recoveryLead}</p>${byRecovery.render(recovery, submitButton(t.recoverySubmit))}`
  return {
    title: t.factorTitle,
    width: "narrow",
    body: html`${heading(t.factorTitle, t.factorLead)}
    <div class="panel">${byCode.render(code, submitButton(t.factorSubmit))}</div>
    ${disclosure(t.recoveryTitle, recoveryForm, isRecovery)}
    <p class="aside"><a href="${withQuery(paths.signIn, { next: data.next })}">${t.startOver}</a></p>`
  }
}

/**
 * Proving again who one is, before something sensitive (AUT-07). Field: `code` where a second factor is set up (of the app, or a recovery
 * code), else `password`; `next` is sent along.
 */
export const stepUpPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly next?: string | undefined
    readonly email: string
    readonly secondFactor: boolean
  }
): Page => {
  const t = scene.texts.signIn
  const form = new FormBuilder(scene, {
    action: paths.stepUp,
    state: data.state ?? untouched,
    hidden: { next: data.next }
  })
  const fields = [
    passwordOwner(data.email),
    data.secondFactor
      ? form.text({
          name: "code",
          label: t.codeOrRecovery,
          autocomplete: "one-time-code",
          maxLength: 40,
          short: true,
          focus: true
        })
      : form.text({
          name: "password",
          label: t.password,
          type: "password",
          autocomplete: "current-password",
          focus: true
        })
  ]
  return {
    title: t.stepUpTitle,
    width: "narrow",
    body: html`${heading(t.stepUpTitle, t.stepUpLead)}
    <div class="panel">
      <p class="whose">${data.email}</p>
      ${form.render(fields, [submitButton(t.stepUpSubmit), linkButton(paths.account, scene.texts.common.cancel, "link")])}
    </div>`
  }
}

/** Field: `email`. */
export const passwordForgottenPage = (scene: Scene, data: { readonly state?: FormState }): Page => {
  const t = scene.texts.signIn
  const form = new FormBuilder(scene, { action: paths.passwordForgotten, state: data.state ?? untouched })
  const field = form.text({ name: "email", label: t.email, type: "email", autocomplete: "username", focus: true })
  return {
    title: t.forgottenTitle,
    width: "narrow",
    body: html`${heading(t.forgottenTitle, t.forgottenLead)}
    <div class="panel">${form.render(field, [
      submitButton(t.forgottenSubmit),
      linkButton(paths.signIn, scene.texts.common.cancel, "link")
    ])}</div>`
  }
}

/** The same whatever the address is (AUT-05). */
export const passwordSentPage = (scene: Scene): Page => {
  const t = scene.texts.signIn
  return {
    title: t.sentTitle,
    width: "narrow",
    body: html`<div class="panel panel-message">
      ${envelope}
      <h1>${t.sentTitle}</h1>
      <p class="lead">${t.sentLead}</p>
      <div class="actions">
        ${scene.development && linkButton(paths.mails, scene.texts.start.demoMailbox, "primary")}
        ${linkButton(paths.signIn, t.sentBack)}
      </div>
    </div>`
  }
}

/** What the link of the mail opens. Field: `newPassword`. */
export const passwordResetPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly link: string
    readonly email?: string | undefined
    readonly minPasswordLength: number
  }
): Page => {
  const t = scene.texts.signIn
  const form = new FormBuilder(scene, { action: paths.passwordReset(data.link), state: data.state ?? untouched })
  const fields = [
    data.email !== undefined && passwordOwner(data.email),
    form.text({
      name: "newPassword",
      label: t.newPassword,
      hint: scene.texts.common.passwordHint(data.minPasswordLength),
      type: "password",
      autocomplete: "new-password",
      focus: true
    })
  ]
  return {
    title: t.resetTitle,
    width: "narrow",
    body: html`${heading(t.resetTitle, t.resetLead)}
    <div class="panel">
      ${data.email !== undefined && html`<p class="whose">${data.email}</p>`}
      ${form.render(fields, submitButton(t.resetSubmit))}
    </div>`
  }
}

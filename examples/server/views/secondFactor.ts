import { backLink, card, heading, notice } from "../html/components.ts"
import { actButton, FormBuilder, type FormState, linkButton, submitButton, untouched } from "../html/forms.ts"
import { type Html, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"

/** An authenticator app that is being set up. */
export interface Enrolment {
  /** From `qrCode(uri)`. */
  readonly qr: Html
  /** The secret in Base32, for those who cannot scan. */
  readonly secret: string
}

const inGroups = (secret: string): string => secret.replace(/(.{4})(?=.)/g, "$1 ")

/** QR code, secret as text, and the field for the first code; the same in registration and account. Field: `code`. */
export const enrolmentSteps = (
  scene: Scene,
  data: {
    readonly enrolment: Enrolment
    readonly action: string
    readonly state?: FormState
    readonly hidden: Readonly<Record<string, string | undefined>>
  }
): Html => {
  const t = scene.texts.account
  const form = new FormBuilder(scene, {
    action: data.action,
    state: data.state ?? untouched,
    hidden: data.hidden
  })
  const field = form.text({
    name: "code",
    label: t.code,
    hint: t.codeHint,
    autocomplete: "one-time-code",
    inputMode: "numeric",
    maxLength: 10,
    short: true
  })
  return html`<div class="panel enrolment">
    <h2>1. ${t.setUpScanTitle}</h2>
    <p>${t.setUpScan}</p>
    <div class="qr-frame">${data.enrolment.qr}</div>
    <p class="hint">${t.setUpSecretTitle} ${t.setUpSecret}</p>
    <p><code class="code code-secret">${inGroups(data.enrolment.secret)}</code></p>
    <h2>2. ${t.setUpCodeTitle}</h2>
    <p>${t.setUpCode}</p>
    ${form.render(field, submitButton(t.setUpSubmit))}
  </div>`
}

/** What setting up an app means, before there is a secret. */
export const secondFactorIntroPage = (scene: Scene, data: { readonly replaces: boolean }): Page => {
  const t = scene.texts.account
  return {
    title: t.setUpTitle,
    width: "narrow",
    body: html`${backLink(paths.account, t.backToAccount)}
    ${heading(t.setUpTitle, t.factorLead)}
    <div class="panel">
      <p>${t.setUpIntro}</p>
      ${data.replaces && html`<p class="hint">${t.factorReplaceHint}</p>`}
      <div class="actions">${actButton(scene, { action: paths.secondFactor, label: t.setUpBegin, kind: "primary" })}
      ${linkButton(paths.account, scene.texts.common.cancel, "link")}</div>
    </div>`
  }
}

/** Setting up an app in the account. */
export const secondFactorSetUpPage = (
  scene: Scene,
  data: {
    readonly state?: FormState
    readonly enrolment: Enrolment
    /** The secret, sealed, for when the code was wrong. */
    readonly sealed: string
  }
): Page => {
  const t = scene.texts.account
  return {
    title: t.setUpTitle,
    width: "narrow",
    body: html`${heading(t.setUpTitle, t.factorLead)}
    ${enrolmentSteps(scene, { ...data, action: paths.secondFactor, hidden: { sealed: data.sealed } })}
    <div class="aside">${linkButton(paths.account, scene.texts.common.cancel, "link")}</div>`
  }
}

/** New recovery codes, shown this once (TFA-03); `replaced` when one takes the place of the code that was just used. */
export const recoveryCodesPage = (
  scene: Scene,
  data: { readonly codes: ReadonlyArray<string>; readonly onward: string; readonly replaced?: boolean }
): Page => {
  const t = scene.texts.account
  return {
    title: t.recovery,
    width: "narrow",
    body: html`${heading(t.recovery, data.replaced === true ? t.recoveryReplaced : t.recoveryLead)}
    ${notice(t.recoveryOnce, "warning")}
    ${card({
      body: html`<ol class="recovery-codes">${data.codes.map((code) => html`<li><code>${code}</code></li>`)}</ol>`,
      actions: linkButton(data.onward, t.recoveryDone, "primary")
    })}`
  }
}

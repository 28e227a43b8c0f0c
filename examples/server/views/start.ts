import { card, facts, steps } from "../html/components.ts"
import { actButton, linkButton } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"

interface SignIn {
  readonly email: string
  readonly password: string
}

/** The demo accounts that development starts with. */
export interface Demo extends SignIn {
  readonly operator: SignIn
}

const signInAs = (scene: Scene, { email, password }: SignIn, label: string) =>
  actButton(scene, { action: paths.signIn, label, hidden: { email, password } })

export const startPage = (scene: Scene, data: { readonly demo: Demo | undefined }): Page => {
  const t = scene.texts.start
  const { demo } = data
  return {
    title: t.title,
    width: "wide",
    body: html`<div class="hero">
      <h1>${t.title}</h1>
      <p class="lead">${t.lead}</p>
    </div>
    <div class="cards cards-two">
      ${card({
        title: t.newTitle,
        lead: t.newText,
        actions: linkButton(paths.register, scene.texts.common.register, "primary")
      })}
      ${card({
        title: scene.texts.selfRegistration.linkTitle,
        lead: scene.texts.selfRegistration.linkLead,
        actions: linkButton(paths.selfRegister, scene.texts.selfRegistration.link, "secondary")
      })}
      ${card({
        title: scene.texts.tickets.submitTitle,
        lead: scene.texts.tickets.submitLead,
        actions: linkButton(paths.ticketNew, scene.texts.tickets.submitLink, "secondary")
      })}
      ${card({
        title: t.knownTitle,
        lead: t.knownText,
        actions: [
          linkButton(paths.signIn, scene.texts.common.signIn, "secondary"),
          linkButton(paths.passwordForgotten, t.forgotten, "link")
        ]
      })}
    </div>
    <section class="section">
      <h2>${t.howTitle}</h2>
      ${steps(t.how)}
    </section>
    ${
      demo !== undefined &&
      html`<section class="card card-demo">
        <h2 class="card-title">${t.demoTitle}</h2>
        <p class="card-lead">${t.demoText}</p>
        ${facts([
          [t.demoEmail, html`<code class="code">${demo.email}</code>`],
          [t.demoPassword, html`<code class="code">${demo.password}</code>`],
          [t.demoOperator, html`<code class="code">${demo.operator.email}</code>`],
          [t.demoPassword, html`<code class="code">${demo.operator.password}</code>`]
        ])}
        <div class="actions">
          ${signInAs(scene, demo, t.demoSignIn)}
          ${signInAs(scene, demo.operator, t.demoSignInOperator)}
          ${linkButton(paths.simulation, scene.texts.development.simulationTitle, "link")}
          ${linkButton(paths.mails, t.demoMailbox, "link")}
        </div>
      </section>`
    }`
  }
}

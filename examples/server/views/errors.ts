import { linkButton } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths } from "../http/paths.ts"

/** A page that says why something did not work, without saying anything about the inside. */
export const errorPage = (
  scene: Scene,
  options: {
    readonly status: number
    readonly title: string
    readonly text: string
    /** A page to try again with. */
    readonly again?: string | undefined
    /** Whether signing in is what comes next. */
    readonly signIn?: boolean
    /** The request's id, for those who ask. */
    readonly reference?: string | undefined
  }
): Page => {
  const t = scene.texts.errors
  return {
    title: options.title,
    status: options.status,
    width: "narrow",
    body: html`<div class="panel panel-message">
      <p class="status" aria-hidden="true">${options.status}</p>
      <h1>${options.title}</h1>
      <p class="lead">${options.text}</p>
      ${options.reference !== undefined && html`<p class="reference">${t.reference(options.reference)}</p>`}
      <div class="actions">
        ${options.signIn === true && linkButton(paths.signIn, scene.texts.common.signIn, "primary")}
        ${options.again !== undefined && linkButton(options.again, t.again, "primary")}
        ${linkButton(paths.start, t.toStart, options.again === undefined && options.signIn !== true ? "primary" : "secondary")}
      </div>
    </div>`
  }
}

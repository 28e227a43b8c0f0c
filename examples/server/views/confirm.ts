import { heading } from "../html/components.ts"
import { FormBuilder, type FormState, linkButton, submitButton, untouched } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Office, Page, Scene, Section, TenantFrame } from "../html/Page.ts"

/** "Are you sure?" before something that cannot be taken back: says what happens, and the button says what it does. */
export const confirmPage = (
  scene: Scene,
  data: {
    readonly title: string
    readonly lead: string
    readonly action: string
    readonly submit: string
    /** Where "cancel" leads. */
    readonly back: string
    readonly state?: FormState
    readonly hidden?: Readonly<Record<string, string | undefined>>
    readonly kind?: "primary" | "danger"
    readonly tenant?: TenantFrame
    readonly section?: Section
    readonly office?: Office
  }
): Page => {
  const form = new FormBuilder(scene, {
    action: data.action,
    state: data.state ?? untouched,
    hidden: data.hidden ?? {}
  })
  return {
    title: data.title,
    width: "narrow",
    ...(data.tenant === undefined ? {} : { tenant: data.tenant }),
    ...(data.section === undefined ? {} : { section: data.section }),
    ...(data.office === undefined ? {} : { office: data.office }),
    body: html`<div class="panel">
      ${heading(data.title, data.lead)}
      ${form.render(undefined, [
        submitButton(data.submit, data.kind ?? "danger"),
        linkButton(data.back, scene.texts.common.cancel, "secondary")
      ])}
    </div>`
  }
}

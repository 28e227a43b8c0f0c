import { backLink, badge, type Column, card, heading, notice, type Tone, table } from "../html/components.ts"
import { country } from "../html/formats.ts"
import { FormBuilder, type FormState, linkButton, submitButton, untouched } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene, TenantFrame } from "../html/Page.ts"
import { paths } from "../http/paths.ts"
import type { Texts } from "../texts/index.ts"
import { COUNTRIES } from "./selfRegistration.ts"

/** One line of the list, and what becomes of it. */
export interface ImportedLine {
  readonly line: number
  readonly customerNumber: string
  readonly postalCode: string
  readonly country: string
  readonly outcome: keyof Texts["locationImport"]["outcomes"]
  /** Of a double the line that it repeats. */
  readonly firstLine?: number
  /** Why it cannot be. */
  readonly reason?: string
}

const TONES: Readonly<Record<ImportedLine["outcome"], Tone>> = {
  Link: "good",
  Linked: "good",
  Ask: "waiting",
  Asked: "waiting",
  Double: "neutral",
  Invalid: "bad",
  Refused: "bad"
}

const lines = (scene: Scene, title: string, rows: ReadonlyArray<ImportedLine>) => {
  const t = scene.texts.locationImport
  const columns: ReadonlyArray<Column<ImportedLine>> = [
    { label: t.line, cell: ({ line }) => String(line) },
    { label: t.number, names: true, long: true, cell: ({ customerNumber }) => customerNumber },
    { label: t.postalCode, cell: ({ postalCode }) => postalCode },
    { label: t.country, cell: (row) => row.country },
    {
      label: t.outcome,
      cell: ({ firstLine, outcome, reason }) =>
        html`${badge(outcome === "Double" ? t.outcomes.Double(firstLine ?? 0) : t.outcomes[outcome], TONES[outcome])}${reason !== undefined && html` ${reason}`}`
    }
  ]
  return table(title, columns, rows)
}

/** The list to paste. Fields: `list`, `country`. */
export const importPage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly state?: FormState; readonly error?: string }
): Page => {
  const t = scene.texts.locationImport
  const { tenant } = data
  const form = new FormBuilder(scene, {
    action: paths.locationImport(tenant.id),
    state: data.state ?? untouched,
    hidden: { act: "check" }
  })
  const fields = [
    form.area({ name: "list", label: t.list, hint: t.listHint, rows: 12 }),
    form.select({
      name: "country",
      label: t.country,
      hint: t.countryHint,
      value: "DE",
      choices: COUNTRIES.map((code) => ({ value: code, label: country(scene, code) }))
    })
  ]
  return {
    title: t.title,
    width: "regular",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locationAdd(tenant.id), scene.texts.locations.add)}
    ${heading(t.title, t.lead)}
    ${data.error !== undefined && notice(data.error, "bad")}
    ${card({ body: form.render(fields, submitButton(t.check)) })}`
  }
}

/** What would become of each line, with the button that lets it happen. */
export const importCheckedPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly rows: ReadonlyArray<ImportedLine>
    readonly list: string
    readonly country: string
  }
): Page => {
  const t = scene.texts.locationImport
  const { list, rows, tenant } = data
  const toDo = rows.filter(({ outcome }) => outcome === "Link" || outcome === "Ask").length
  const hidden = { list, country: data.country }
  const form = (act: string) =>
    new FormBuilder(scene, { action: paths.locationImport(tenant.id), hidden: { act, ...hidden } })
  return {
    title: t.checkedTitle,
    width: "wide",
    tenant,
    section: "locations",
    body: html`${backLink(paths.locationImport(tenant.id), t.title)}
    ${heading(t.checkedTitle, t.checkedLead)}
    ${toDo === 0 && notice(t.nothing)}
    ${lines(scene, t.checkedTitle, rows)}
    ${toDo > 0 && form("import").render("", submitButton(t.submit(toDo)))}
    ${form("change").render("", submitButton(t.change, "secondary"))}`
  }
}

/** What has become of each line. */
export const importedPage = (
  scene: Scene,
  data: { readonly tenant: TenantFrame; readonly rows: ReadonlyArray<ImportedLine> }
): Page => {
  const t = scene.texts.locationImport
  return {
    title: t.doneTitle,
    width: "wide",
    tenant: data.tenant,
    section: "locations",
    body: html`${heading(t.doneTitle, t.doneLead, linkButton(paths.locations(data.tenant.id), scene.texts.locations.title, "primary"))}
    ${lines(scene, t.doneTitle, data.rows)}`
  }
}

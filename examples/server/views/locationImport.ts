import { backLink, badge, type Column, card, heading, notice, progress, type Tone, table } from "../html/components.ts"
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

/** The list to paste. Fields: `list`, `file`, `country`. */
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
    form.area({ name: "list", label: t.list, hint: t.listHint, required: false, depends: true, rows: 12 }),
    form.file({
      name: "file",
      label: t.file,
      hint: t.fileHint,
      required: false,
      accept: ".csv,.txt,text/csv,text/plain"
    }),
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

const DONE = ["Linked", "Asked", "Double", "Invalid", "Refused"] as const

/** What has become of each line so far. While it is worked on the page comes again by itself. */
export const importedPage = (
  scene: Scene,
  data: {
    readonly tenant: TenantFrame
    readonly here: string
    readonly total: number
    readonly rows: ReadonlyArray<ImportedLine>
    readonly isRunning: boolean
    /** Why it stopped before the end. */
    readonly stopped: string | undefined
  }
): Page => {
  const t = scene.texts.locationImport
  const { here, isRunning, rows, stopped, tenant, total } = data
  const title = stopped !== undefined ? t.stoppedTitle : isRunning ? t.runningTitle : t.doneTitle
  return {
    title,
    width: "wide",
    tenant,
    section: "locations",
    body: html`${heading(
      title,
      isRunning ? undefined : t.doneLead,
      isRunning
        ? linkButton(here, scene.texts.sharing.reload)
        : linkButton(paths.locations(tenant.id), scene.texts.locations.title, "primary")
    )}
    ${stopped !== undefined && notice(html`${stopped} ${t.notTried(total - rows.length)}`, "bad")}
    ${progress({
      done: rows.length,
      total,
      label: t.progress(rows.length, total),
      hint: isRunning ? t.progressHint : undefined,
      counted: DONE.map((tag) => [t.done[tag], rows.filter(({ outcome }) => outcome === tag).length])
    })}
    ${rows.length > 0 && lines(scene, title, rows)}`
  }
}

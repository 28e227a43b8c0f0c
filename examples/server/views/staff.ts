import { badge, type Column, card, empty, facts, heading, pager, table } from "../html/components.ts"
import { day } from "../html/formats.ts"
import { FormBuilder, type FormState, linkButton, submitButton, untouched } from "../html/forms.ts"
import { html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"

export type StaffRole = "agent" | "supervisor" | "operator"

/** From the one who may least to the one who may most: each may what those before it may. */
export const STAFF_ROLES: ReadonlyArray<StaffRole> = ["agent", "supervisor", "operator"]

export interface StaffItem {
  readonly accountId: string
  readonly name: string
  readonly email: string
  readonly roles: ReadonlyArray<StaffRole>
  readonly since: number
  readonly isSelf: boolean
}

const roleNames = (scene: Scene, roles: ReadonlyArray<StaffRole>): string =>
  roles.map((role) => scene.texts.staff.roles[role]).join(", ")

/** The operator's people; those who may appoint others have a form. Fields: `email`, `roles`. */
export const staffPage = (
  scene: Scene,
  data: {
    readonly own: ReadonlyArray<StaffRole>
    readonly mayAppoint: boolean
    readonly items: ReadonlyArray<StaffItem>
    /** The person who gets another role. */
    readonly person: StaffItem | undefined
    readonly after: string | undefined
    readonly next: string | undefined
    readonly first: string | undefined
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.staff
  const { after, mayAppoint, person } = data
  const columns: ReadonlyArray<Column<StaffItem>> = [
    {
      label: t.person,
      names: true,
      long: true,
      cell: (row) => html`${row.name}${row.isSelf && ` ${t.you}`}<span class="sub">${row.email}</span>`
    },
    { label: t.role, cell: (row) => roleNames(scene, row.roles) },
    { label: t.since, cell: (row) => day(scene, row.since) }
  ]
  const acts: Column<StaffItem> = {
    label: scene.texts.common.actions,
    acts: true,
    cell: (row) =>
      html`<a class="button button-link" href="${withQuery(paths.staff, { after, person: row.accountId })}" aria-label="${t.changeOf(row.name)}">${t.change}</a>
      <a class="button button-link danger" href="${withQuery(paths.staff, { after, dismiss: row.accountId })}" aria-label="${t.dismissOf(row.name)}">${t.dismiss}</a>`
  }
  const form = new FormBuilder(scene, {
    action: paths.staff,
    state: data.state ?? untouched,
    hidden: { act: "appoint", person: person?.accountId }
  })
  const appointing = () => {
    const highest = person?.roles.at(-1)
    const fields = [
      form.text({
        name: "email",
        label: t.email,
        type: "email",
        autocomplete: "off",
        value: person?.email,
        focus: person !== undefined
      }),
      form.choices({
        name: "roles",
        label: t.role,
        kind: "one",
        choices: STAFF_ROLES.map((role) => ({ value: role, label: t.roles[role], hint: t.roleHints[role] })),
        chosen: [highest ?? "agent"]
      })
    ]
    return card({
      title: person === undefined ? t.appointTitle : t.changeTitle(person.name),
      lead: t.appointLead,
      body: form.render(fields, [
        submitButton(person === undefined ? t.appointSubmit : t.changeSubmit),
        person !== undefined && linkButton(paths.staff, scene.texts.common.cancel, "link")
      ])
    })
  }
  return {
    title: t.title,
    office: "people",
    width: "wide",
    body: html`${heading(t.title, t.lead)}
    <div class="stack">
    ${facts([[t.own, data.own.map((role) => badge(t.roles[role], "neutral"))]])}
    ${data.items.length === 0 ? empty(t.noneTitle, t.none) : table(t.title, mayAppoint ? [...columns, acts] : columns, data.items)}
    ${pager(scene, data)}
    <p class="hint">${t.configured}</p>
    ${mayAppoint && appointing()}</div>`
  }
}

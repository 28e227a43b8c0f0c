import { backLink, card, disclosure, heading, pager } from "../html/components.ts"
import { FormBuilder, type FormState, linkButton, sentTo, submitButton, untouched } from "../html/forms.ts"
import { type Content, type Html, html } from "../html/html.ts"
import type { Page, Scene } from "../html/Page.ts"
import { paths, withQuery } from "../http/paths.ts"
import { PRIORITIES } from "./tickets.ts"

/** Something that staff keep, with its page; who may not change it has none. */
interface Kept {
  readonly id: string
  readonly name: string
  readonly address: string | undefined
}

/** One page of a list of them. */
interface KeptList<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | undefined
  readonly first: string | undefined
}

/** What the form of a macro says; other steps than these are made by programs. */
export interface MacroForm {
  readonly name: string
  readonly take: boolean
  readonly priority: string
  readonly tags: string
  readonly text: string
  readonly to: string
}

const answerFields = (
  scene: Scene,
  form: FormBuilder,
  places: ReadonlyArray<string>,
  given?: { readonly name: string; readonly text: string }
): Content => {
  const t = scene.texts.desk
  return [
    form.text({ name: "name", label: t.answerName, maxLength: 100, value: given?.name }),
    form.area({
      name: "text",
      label: t.answerText,
      hint: t.answerHint(places.map((place) => `{${place}}`).join(", ")),
      rows: 6,
      maxLength: 20_000,
      value: given?.text ?? ""
    })
  ]
}

const macroFields = (scene: Scene, form: FormBuilder, given?: MacroForm): Content => {
  const t = scene.texts.desk
  return [
    form.text({ name: "name", label: t.macroName, maxLength: 100, value: given?.name }),
    form.check({ name: "take", label: t.macroTake, required: false, checked: given?.take ?? false }),
    form.select({
      name: "priority",
      label: t.priority,
      required: false,
      value: given?.priority ?? "",
      choices: [{ value: "", label: t.noChange }, ...PRIORITIES.map((value) => ({ value, label: t.priorities[value] }))]
    }),
    form.text({
      name: "tags",
      label: t.macroTags,
      hint: t.tagsHint,
      required: false,
      maxLength: 500,
      value: given?.tags
    }),
    form.area({
      name: "text",
      label: t.macroText,
      required: false,
      rows: 4,
      maxLength: 20_000,
      value: given?.text ?? ""
    }),
    form.select({
      name: "to",
      label: t.afterReply,
      value: given?.to ?? "Waiting",
      choices: (["Waiting", "Open", "Resolved"] as const).map((value) => ({ value, label: t.afterReplies[value] }))
    })
  ]
}

/** Forms by `act`: `answer` (`name`, `text`), `macro` (`name`, `take`, `priority`, `tags`, `text`, `to`). */
export const libraryPage = (
  scene: Scene,
  data: {
    readonly answers: KeptList<Kept & { readonly text: string }>
    readonly macros: KeptList<Kept>
    readonly places: ReadonlyArray<string>
    readonly state?: FormState
  }
): Page => {
  const t = scene.texts.desk
  const formOf = (act: string) =>
    new FormBuilder(scene, {
      action: paths.deskLibrary,
      prefix: act,
      hidden: { act },
      state: data.state?.form.text("act") === act ? data.state : untouched
    })
  // a form is there at once where there is nothing else yet, or where it has come back
  const isOpen = (act: string, { items }: KeptList<Kept>): boolean =>
    items.length === 0 ||
    (data.state === undefined
      ? sentTo(scene, paths.deskLibrary, act) !== untouched
      : data.state.form.text("act") === act)
  const answer = formOf("answer")
  const macro = formOf("macro")
  const link = (address: string, label: string, description: string): Html =>
    html`<a class="button button-link" href="${address}" aria-label="${description}">${label}</a>`
  const list = (kept: KeptList<Kept & { readonly text?: string }>, none: string): Html =>
    kept.items.length === 0
      ? html`<p class="hint">${none}</p>`
      : html`<ul class="plain">${kept.items.map(
          ({ address, id, name, text }) =>
            html`<li id="${id}"><strong>${name}</strong>${
              address !== undefined &&
              html` ${link(address, t.edit, t.editOf(name))}${link(withQuery(address, { ask: "remove" }), t.remove, t.removeOf(name))}`
            }${text !== undefined && html`<p class="hint" dir="auto">${text.slice(0, 200)}</p>`}</li>`
        )}</ul>${pager(scene, kept)}`
  return {
    title: t.libraryTitle,
    office: "library",
    width: "regular",
    body: html`${heading(t.libraryTitle, t.libraryLead)}
    <div class="stack">
      ${card({
        title: t.answersTitle,
        id: "answers",
        body: html`${list(data.answers, t.answersNone)}
        ${disclosure(
          t.answerNew,
          answer.render(answerFields(scene, answer, data.places), submitButton(t.answerSubmit, "secondary")),
          isOpen("answer", data.answers)
        )}`
      })}
      ${card({
        title: t.macrosTitle,
        id: "macros",
        lead: t.macroLead,
        body: html`${list(data.macros, t.macrosNone)}
        ${disclosure(
          t.macroNew,
          macro.render(macroFields(scene, macro), submitButton(t.macroSubmit, "secondary")),
          isOpen("macro", data.macros)
        )}`
      })}
    </div>`
  }
}

const itemPage = (
  scene: Scene,
  data: { readonly address: string; readonly name: string; readonly state?: FormState },
  fields: (form: FormBuilder) => Content,
  submit: string,
  lead?: string
): Page => {
  const t = scene.texts.desk
  const form = new FormBuilder(scene, {
    action: data.address,
    hidden: { act: "save" },
    ...(data.state === undefined ? {} : { state: data.state })
  })
  return {
    title: t.editOf(data.name),
    office: "library",
    body: html`${backLink(paths.deskLibrary, t.libraryTitle)}
    ${heading(t.editOf(data.name), lead)}
    ${form.render(fields(form), [
      submitButton(submit),
      linkButton(withQuery(data.address, { ask: "remove" }), t.remove, "link")
    ])}`
  }
}

/** Changes a canned answer. Fields: `name`, `text`. */
export const answerPage = (
  scene: Scene,
  data: {
    readonly address: string
    readonly name: string
    readonly text: string
    readonly places: ReadonlyArray<string>
    readonly state?: FormState
  }
): Page => itemPage(scene, data, (form) => answerFields(scene, form, data.places, data), scene.texts.desk.answerSubmit)

/** Changes a macro. Fields: those of its form; `others` counts the steps that it does not show, which stay. */
export const macroPage = (
  scene: Scene,
  data: MacroForm & { readonly address: string; readonly others: number; readonly state?: FormState }
): Page =>
  itemPage(
    scene,
    data,
    (form) => macroFields(scene, form, data),
    scene.texts.desk.macroSubmit,
    data.others === 0 ? undefined : scene.texts.desk.macroOthers(data.others)
  )

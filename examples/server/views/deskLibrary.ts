import { backLink, card, heading } from "../html/components.ts"
import { FormBuilder, type FormState, linkButton, submitButton, untouched } from "../html/forms.ts"
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
    readonly answers: ReadonlyArray<Kept & { readonly text: string }>
    readonly macros: ReadonlyArray<Kept>
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
  const answer = formOf("answer")
  const macro = formOf("macro")
  const link = (address: string, label: string, description: string): Html =>
    html`<a class="button button-link" href="${address}" aria-label="${description}">${label}</a>`
  const list = (items: ReadonlyArray<Kept & { readonly text?: string }>, none: string): Html =>
    items.length === 0
      ? html`<p class="hint">${none}</p>`
      : html`<ul class="plain">${items.map(
          ({ address, id, name, text }) =>
            html`<li id="${id}"><strong>${name}</strong>${
              address !== undefined &&
              html` ${link(address, t.edit, t.editOf(name))}${link(withQuery(address, { ask: "remove" }), t.remove, t.removeOf(name))}`
            }${text !== undefined && html`<p class="hint">${text.slice(0, 200)}</p>`}</li>`
        )}</ul>`
  return {
    title: t.libraryTitle,
    width: "regular",
    body: html`${backLink(paths.deskTickets, t.title)}
    ${heading(t.libraryTitle, t.libraryLead)}
    <div class="stack">
      ${card({
        title: t.answersTitle,
        body: html`${list(data.answers, t.answersNone)}
        <h3>${t.answerNew}</h3>
        ${answer.render(answerFields(scene, answer, data.places), submitButton(t.answerSubmit, "secondary"))}`
      })}
      ${card({
        title: t.macrosTitle,
        lead: t.macroLead,
        body: html`${list(data.macros, t.macrosNone)}
        <h3>${t.macroNew}</h3>
        ${macro.render(macroFields(scene, macro), submitButton(t.macroSubmit, "secondary"))}`
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

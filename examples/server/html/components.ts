import { fieldId } from "./forms.ts"
import type { Content, Html } from "./html.ts"
import { html } from "./html.ts"
import type { Scene } from "./Page.ts"

/** A title that somebody has written may be a sentence: it is set smaller, so that what it is about can be seen beside it. */
const LONG_TITLE = 60

/** The title of a page with a sentence below it and, to the right, what one can do here. */
export const heading = (title: string, lead?: Content, actions?: Content): Html =>
  html`<header class="heading">
    <div class="heading-text"><h1 dir="auto"${title.length > LONG_TITLE && html` class="long-title"`}>${title}</h1>${lead !== undefined && html`<p class="lead">${lead}</p>`}</div>
    ${actions !== undefined && html`<div class="heading-actions">${actions}</div>`}
  </header>`

/** A card: one thing with a title of its own. */
export const card = (options: {
  readonly title?: string
  readonly id?: string
  readonly lead?: Content
  readonly body?: Content
  readonly actions?: Content
}): Html =>
  html`<section class="card"${options.id !== undefined && html` id="${options.id}"`}>
    ${options.title !== undefined && html`<h2 class="card-title">${options.title}</h2>`}
    ${options.lead !== undefined && html`<p class="card-lead">${options.lead}</p>`}
    ${options.body}
    ${options.actions !== undefined && options.actions !== false && html`<div class="actions">${options.actions}</div>`}
  </section>`

export type Tone = "neutral" | "good" | "waiting" | "bad"

/** A state in a word; the word carries the meaning, the colour only repeats it. */
export const badge = (text: string, tone: Tone): Html => html`<span class="badge badge-${tone}">${text}</span>`

/** A message inside a page. */
export const notice = (text: Content, tone: "info" | "good" | "warning" | "bad" = "info", title?: string): Html =>
  html`<div class="notice notice-${tone}"${tone === "bad" ? html` role="alert"` : html` role="status"`}>
    ${title !== undefined && html`<p class="notice-title">${title}</p>`}
    <p>${text}</p>
  </div>`

/** What stands where a list would be when it has nothing. */
export const empty = (title: string, text: Content, actions?: Content): Html =>
  html`<div class="empty">
    <p class="empty-title">${title}</p>
    <p>${text}</p>
    ${actions !== undefined && html`<div class="actions">${actions}</div>`}
  </div>`

export interface Column<Row> {
  readonly label: string
  readonly cell: (row: Row) => Content
  /** The column that names the row: its cell is a row header. */
  readonly names?: boolean
  /** May hold long words, such as addresses, which then break anywhere. */
  readonly long?: boolean
  /** Buttons: the label is for screen readers only. */
  readonly acts?: boolean
}

/** A table that becomes a list of cards on narrow screens; each cell then shows its column's label. */
export const table = <Row>(caption: string, columns: ReadonlyArray<Column<Row>>, rows: ReadonlyArray<Row>): Html =>
  // the roles are said because display: block on phones takes them away
  html`<table class="table" role="table">
    <caption class="visually-hidden">${caption}</caption>
    <thead role="rowgroup"><tr role="row">${columns.map(
      (column) =>
        html`<th role="columnheader" scope="col">${
          column.acts === true ? html`<span class="visually-hidden">${column.label}</span>` : column.label
        }</th>`
    )}</tr></thead>
    <tbody role="rowgroup">${rows.map(
      (row) =>
        html`<tr role="row">${columns.map((column) =>
          column.names === true
            ? html`<th role="rowheader" scope="row" data-label="${column.label}"${column.long === true && html` class="cell-long"`}>${column.cell(row)}</th>`
            : column.acts === true
              ? html`<td role="cell" class="cell-acts">${column.cell(row)}</td>`
              : // on phones the label stands beside all of it
                html`<td role="cell" data-label="${column.label}"${column.long === true && html` class="cell-long"`}><div>${column.cell(row)}</div></td>`
        )}</tr>`
    )}</tbody>
  </table>`

/** Names and values of one thing. */
export const facts = (entries: ReadonlyArray<readonly [label: string, value: Content] | false>): Html =>
  html`<dl class="facts">${entries.map(
    (entry) => entry !== false && html`<div><dt>${entry[0]}</dt><dd>${entry[1]}</dd></div>`
  )}</dl>`

/** The way to the next page of a list, and back to its beginning. */
export const pager = (
  scene: Scene,
  options: { readonly next: string | undefined; readonly first: string | undefined }
): Html | false =>
  (options.next !== undefined || options.first !== undefined) &&
  html`<nav class="pager" aria-label="${scene.texts.common.pages}">
    ${options.first !== undefined && html`<a class="button button-link" href="${options.first}">${scene.texts.common.firstPage}</a>`}
    ${options.next !== undefined && html`<a class="button button-secondary" href="${options.next}" rel="next">${scene.texts.common.nextPage}</a>`}
  </nav>`

/** How far something has come that goes on in the background; what has come of it so far is counted below. */
export const progress = (options: {
  readonly done: number
  readonly total: number
  readonly label: string
  /** While it runs. */
  readonly hint?: string | undefined
  readonly counted: ReadonlyArray<readonly [label: string, count: number]>
}): Html => {
  const { counted, done, hint, label, total } = options
  const some = counted.flatMap(
    ([name, count]): ReadonlyArray<readonly [string, Content]> => (count === 0 ? [] : [[name, String(count)]])
  )
  return html`<div class="panel progress-panel" role="status">
    <label for="progress">${label}</label>
    <progress class="progress" id="progress" max="${total}" value="${done}">${done} / ${total}</progress>
    ${hint !== undefined && html`<p class="hint">${hint}</p>`}
    ${some.length > 0 && facts(some)}
  </div>`
}

/** The way back to the page above this one. */
export const backLink = (href: string, label: string): Html =>
  html`<p class="back"><a href="${href}"><span aria-hidden="true">←</span> ${label}</a></p>`

/** Numbered steps: what happens next. */
export const steps = (items: ReadonlyArray<{ readonly title: string; readonly text: Content }>): Html =>
  html`<ol class="steps">${items.map(
    (item) => html`<li><p class="step-title">${item.title}</p><p>${item.text}</p></li>`
  )}</ol>`

/** Something that is opened when it is needed. */
export const disclosure = (title: string, body: Content, open = false): Html =>
  html`<details class="disclosure"${open && html` open`}><summary>${title}</summary><div class="disclosure-body">${body}</div></details>`

/** Text to copy by hand: a secret, a code. */
export const code = (text: string, id?: string): Html =>
  html`<code class="code"${id !== undefined && html` id="${fieldId(id)}"`}>${text}</code>`

import { Form } from "../http/Form.ts"
import { withQuery } from "../http/paths.ts"
import { uploadScriptPath } from "../http/staticFiles.ts"
import { type FormState, keptFile, keptFiles } from "./FormState.ts"
import type { Content, Html } from "./html.ts"
import { html, nothing } from "./html.ts"
import type { Scene } from "./Page.ts"

export type { FormErrors, FormState, SentForm } from "./FormState.ts"

/** A form that nobody has sent yet. */
export const untouched: FormState = { form: Form.empty, errors: { general: [], fields: new Map() } }

/** What came back of the form that was sent to an address; of several forms there, the one with this `act`. */
export const sentTo = (scene: Scene, action: string, act = ""): FormState =>
  scene.sent !== undefined && scene.sent.action === action && scene.sent.state.form.text("act") === act
    ? scene.sent.state
    : untouched

export interface FieldOptions {
  readonly name: string
  readonly label: string
  readonly hint?: string | undefined
  /** Fields are required unless this is false; the label then says "optional". */
  readonly required?: boolean
  /** Whether a hint says when the field is needed: it is then marked neither as required nor as optional. */
  readonly depends?: boolean
}

export interface TextFieldOptions extends FieldOptions {
  readonly type?: "text" | "email" | "password" | "search" | "date"
  /** Shown when the form has not been sent yet. */
  readonly value?: string | undefined
  /** WCAG 1.3.5: what a browser or password manager may fill in. */
  readonly autocomplete?: string
  readonly inputMode?: "numeric" | "email" | "text"
  readonly maxLength?: number
  /** Narrow fields for codes. */
  readonly short?: boolean
  /** Focus on arrival; only for pages that are nothing but this form. */
  readonly focus?: boolean
}

export interface Choice {
  readonly value: string
  readonly label: string
  readonly hint?: string | undefined
}

export interface FormOptions {
  readonly action: string
  readonly state?: FormState
  readonly method?: "post" | "get"
  /** What the form sends along, such as the secret of a link or the page to go to afterwards. */
  readonly hidden?: Readonly<Record<string, string | undefined>>
  /** Begins the ids of this form's fields, where a page has two forms with the same field. */
  readonly prefix?: string
}

/** The id of a field's control: labels, errors and the links of the summary point at it. */
export const fieldId = (name: string, prefix = "field"): string => `${prefix}-${name.replace(/[^A-Za-z0-9]+/g, "-")}`

/**
 * Builds one form: labels, hints and errors that are bound to their fields, an error summary with links at the top, focus on the first
 * field that is wrong, and the form token. Fields are remembered in the order in which they are made, so make them in reading order.
 */
export class FormBuilder {
  readonly #scene: Scene
  readonly #options: FormOptions
  readonly #state: FormState
  readonly #fields: Array<{ readonly name: string; readonly label: string }> = []
  #focused = false
  #hasFile = false

  constructor(scene: Scene, options: FormOptions) {
    this.#scene = scene
    this.#options = options
    const given = options.state ?? untouched
    this.#state =
      given === untouched && options.method !== "get" ? sentTo(scene, options.action, options.hidden?.act) : given
  }

  /** The error of a field: its own, or the first one of its parts (`roles.0` belongs to `roles`). */
  #errorOf(name: string): string | undefined {
    const own = this.#state.errors.fields.get(name)
    if (own !== undefined) return own
    for (const [path, text] of this.#state.errors.fields) if (path.startsWith(`${name}.`)) return text
    return undefined
  }

  #wasSent(): boolean {
    return this.#state !== untouched && this.#state.form !== Form.empty
  }

  #begin(options: FieldOptions, focus: boolean) {
    const error = this.#errorOf(options.name)
    this.#fields.push({ name: options.name, label: options.label })
    const hasErrors = this.#state.errors.fields.size + this.#state.errors.general.length > 0
    const autofocus = !this.#focused && (error !== undefined || (focus && !hasErrors))
    if (autofocus) this.#focused = true
    const id = fieldId(options.name, this.#options.prefix)
    const describedBy = [options.hint === undefined ? "" : `${id}-hint`, error === undefined ? "" : `${id}-error`]
      .filter((_) => _ !== "")
      .join(" ")
    return {
      id,
      error,
      required: options.required ?? true,
      attributes: html`${describedBy !== "" && html` aria-describedby="${describedBy}"`}${
        error !== undefined && html` aria-invalid="true"`
      }${autofocus && html` autofocus`}`
    }
  }

  #label(id: string, options: FieldOptions): Html {
    return html`<label class="label" for="${id}">${options.label}${this.#optional(options)}</label>`
  }

  #optional(options: FieldOptions): Content {
    return (
      options.required === false &&
      options.depends !== true &&
      // what only chooses what is shown never has to be filled in
      this.#options.method !== "get" &&
      html` <span class="optional">${this.#scene.texts.common.optional}</span>`
    )
  }

  #notes(id: string, options: FieldOptions, error: string | undefined): Html {
    return html`${options.hint !== undefined && html`<p class="hint" id="${id}-hint">${options.hint}</p>`}${
      error !== undefined &&
      html`<p class="field-error" id="${id}-error"><span class="visually-hidden">${this.#scene.texts.common.error}: </span>${error}</p>`
    }`
  }

  /** A field of one line. */
  text(options: TextFieldOptions): Html {
    const { id, error, required, attributes } = this.#begin(options, options.focus ?? false)
    const type = options.type ?? "text"
    const keep = type !== "password" && options.autocomplete !== "one-time-code"
    const value = this.#wasSent() && keep ? this.#state.form.text(options.name) : (options.value ?? "")
    return html`<div class="field${error !== undefined && " field-invalid"}">
      ${this.#label(id, options)}
      ${this.#notes(id, options, error)}
      <input class="input${options.short === true && " input-short"}" id="${id}" name="${options.name}" type="${type}" value="${value}"${type === "text" && html` dir="auto"`}${
        required && html` required`
      }${options.autocomplete !== undefined && html` autocomplete="${options.autocomplete}"`}${
        options.inputMode !== undefined && html` inputmode="${options.inputMode}"`
      }${options.maxLength !== undefined && html` maxlength="${options.maxLength}"`}${
        (type === "email" || type === "password" || options.short === true) &&
        html` autocapitalize="none" spellcheck="false"`
      }${attributes}>
    </div>`
  }

  /** A field of several lines. */
  area(options: FieldOptions & { readonly value?: string; readonly rows?: number; readonly maxLength?: number }): Html {
    const { id, error, required, attributes } = this.#begin(options, false)
    const value = this.#wasSent() ? this.#state.form.text(options.name) : (options.value ?? "")
    return html`<div class="field${error !== undefined && " field-invalid"}">
      ${this.#label(id, options)}
      ${this.#notes(id, options, error)}
      <textarea class="input" id="${id}" name="${options.name}" dir="auto" rows="${options.rows ?? 4}"${required && html` required`}${
        options.maxLength !== undefined && html` maxlength="${options.maxLength}"`
      } dir="auto"${attributes}>
${value}</textarea>
    </div>`
  }

  /** A file, or several. What was chosen cannot be shown again, but what has come in is kept, with a box to leave it out. */
  file(options: FieldOptions & { readonly accept?: string; readonly many?: boolean }): Html {
    this.#hasFile = true
    const { id, error, required, attributes } = this.#begin(options, false)
    return html`<div class="field${error !== undefined && " field-invalid"}">
      ${this.#label(id, options)}
      ${this.#notes(id, options, error)}
      <input class="input" id="${id}" name="${options.name}" type="file"${options.accept !== undefined && html` accept="${options.accept}"`}${options.many === true && html` multiple`}${
        required && html` required`
      }${attributes}>
      ${this.#kept(id)}
    </div>`
  }

  #kept(id: string): Content {
    const files = this.#wasSent() ? keptFiles(this.#state.form) : []
    return (
      files.length > 0 &&
      html`<fieldset class="kept">
        <legend>${this.#scene.texts.common.keptFiles}</legend>
        ${files.map((file, index) => {
          const [name, value] = keptFile(file)
          return html`<div class="check">
            <input id="${id}-kept-${index}" name="${name}" type="checkbox" value="${value}" checked>
            <label for="${id}-kept-${index}">${file.name}</label>
          </div>`
        })}
      </fieldset>`
    )
  }

  /**
   * One check box; its value is `yes` unless told. It can always be left as it is, so only one that asks for something, such as a consent, says
   * that it is optional (`asks`).
   */
  check(
    options: FieldOptions & {
      readonly asks?: boolean
      readonly checked?: boolean
      readonly more?: Html
      readonly value?: string
    }
  ): Html {
    const { id, error, required, attributes } = this.#begin(options, false)
    const checked = this.#wasSent() ? this.#state.form.has(options.name) : (options.checked ?? false)
    return html`<div class="field field-check${error !== undefined && " field-invalid"}">
      <div class="check">
        <input id="${id}" name="${options.name}" type="checkbox" value="${options.value ?? "yes"}"${checked && html` checked`}${
          required && html` required`
        }${attributes}>
        <label for="${id}">${options.label}${options.asks === true && this.#optional(options)}${options.more !== undefined && html` ${options.more}`}</label>
      </div>
      ${this.#notes(id, options, error)}
    </div>`
  }

  /** Several choices under one question: check boxes (`many`) or radio buttons (`one`). */
  choices(
    options: FieldOptions & {
      readonly kind: "one" | "many"
      readonly choices: ReadonlyArray<Choice>
      readonly chosen?: ReadonlyArray<string>
    }
  ): Html {
    const { id, error, required, attributes } = this.#begin(options, false)
    const chosen = this.#wasSent() ? this.#state.form.all(options.name) : (options.chosen ?? [])
    return html`<fieldset class="field${error !== undefined && " field-invalid"}">
      <legend class="label">${options.label}${this.#optional(options)}</legend>
      ${this.#notes(id, options, error)}
      ${options.choices.map((choice, index) => {
        // the first choice carries the field's id, so that the summary's link leads to it
        const choiceId = index === 0 ? id : `${id}-${index}`
        return html`<div class="check">
          <input id="${choiceId}" name="${options.name}" type="${options.kind === "one" ? "radio" : "checkbox"}" value="${choice.value}"${
            chosen.includes(choice.value) && html` checked`
          }${required && options.kind === "one" && html` required`}${index === 0 && attributes}>
          <label for="${choiceId}">${choice.label}${
            choice.hint !== undefined && html`<span class="hint">${choice.hint}</span>`
          }</label>
        </div>`
      })}
    </fieldset>`
  }

  /** A choice out of a list. */
  select(options: FieldOptions & { readonly choices: ReadonlyArray<Choice>; readonly value?: string }): Html {
    const { id, error, required, attributes } = this.#begin(options, false)
    const value = this.#wasSent() ? this.#state.form.text(options.name) : (options.value ?? "")
    return html`<div class="field${error !== undefined && " field-invalid"}">
      ${this.#label(id, options)}
      ${this.#notes(id, options, error)}
      <select class="input" id="${id}" name="${options.name}"${required && html` required`}${attributes}>
        ${options.choices.map(
          (choice) =>
            html`<option value="${choice.value}"${choice.value === value && html` selected`}>${choice.label}</option>`
        )}
      </select>
    </div>`
  }

  #summary(): Html {
    const { errors } = this.#state
    const shown = new Set<string>()
    const links: Array<Html> = []
    for (const field of this.#fields) {
      const error = this.#errorOf(field.name)
      if (error === undefined) continue
      for (const path of errors.fields.keys())
        if (path === field.name || path.startsWith(`${field.name}.`)) shown.add(path)
      links.push(
        html`<li><a href="#${fieldId(field.name, this.#options.prefix)}">${field.label.replace(/\.$/, "")}: ${error}</a></li>`
      )
    }
    // what is wrong with something that this form does not ask for is said without a link
    const others = [
      ...errors.general,
      ...[...errors.fields].filter(([path]) => !shown.has(path)).map(([, text]) => text)
    ]
    if (links.length === 0 && others.length === 0) return nothing
    // where no field has the focus, the summary is what the person has to read first
    return html`<div class="summary" role="alert"${links.length === 0 && html` tabindex="-1" autofocus`}>
      <h2 class="summary-title">${this.#scene.texts.common.errorSummary}</h2>
      <ul>${others.map((text) => html`<li>${text}</li>`)}${links}</ul>
    </div>`
  }

  /** The whole form. Make its fields before, in reading order. Without `submit` the fields hold the button. */
  render(fields: Content, submit?: Content): Html {
    const method = this.#options.method ?? "post"
    const hidden = Object.entries(this.#options.hidden ?? {}).map(
      ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`
    )
    return html`<form class="form" method="${method}" action="${this.#options.action}"${
      this.#hasFile &&
      html` enctype="multipart/form-data" data-upload="${this.#scene.texts.common.uploading}" data-failed="${this.#scene.texts.common.uploadFailed}"`
    } novalidate>
      ${this.#summary()}
      ${method === "post" && html`<input type="hidden" name="_token" value="${this.#scene.csrfToken()}">`}
      ${hidden}
      ${fields}
      ${submit !== undefined && html`<div class="actions">${submit}</div>`}
    </form>${
      // not a module: that would not run again in a page that the script itself has written
      this.#hasFile && html`<script src="${uploadScriptPath}" defer></script>`
    }`
  }
}

/** Says to password managers whose password the form is about; people see the address elsewhere on the page. */
export const passwordOwner = (email: string): Html =>
  html`<input class="visually-hidden" type="text" name="username" value="${email}" autocomplete="username" readonly tabindex="-1" aria-hidden="true">`

/** A form that is only a button: for acts in lists. */
export const actButton = (
  scene: Scene,
  options: {
    readonly action: string
    readonly label: string
    /** Read out instead of the label when several buttons look the same: "Revoke the invitation of …". */
    readonly description?: string
    readonly kind?: "primary" | "secondary" | "danger" | "link" | "nav"
    readonly hidden?: Readonly<Record<string, string | undefined>>
  }
): Html =>
  html`<form class="inline-form" method="post" action="${options.action}">
    <input type="hidden" name="_token" value="${scene.csrfToken()}">
    ${Object.entries(options.hidden ?? {}).map(
      ([name, value]) => value !== undefined && html`<input type="hidden" name="${name}" value="${value}">`
    )}
    <button class="button button-${options.kind ?? "secondary"}" type="submit"${
      options.description !== undefined && html` aria-label="${options.description}"`
    }>${options.label}</button>
  </form>`

export const submitButton = (label: string, kind: "primary" | "secondary" | "danger" = "primary"): Html =>
  html`<button class="button button-${kind}" type="submit">${label}</button>`

/** A link that looks like a button. */
export const linkButton = (
  href: string,
  label: string,
  kind: "primary" | "secondary" | "danger" | "link" = "secondary"
): Html => html`<a class="button button-${kind}" href="${href}">${label}</a>`

/** A search field above a list; sends a GET, so that the result has an address. */
export const searchForm = (
  scene: Scene,
  options: { readonly action: string; readonly label: string; readonly value: string }
): Html =>
  html`<form class="search" method="get" action="${options.action}" role="search">
    <label class="visually-hidden" for="search">${options.label}</label>
    <input class="input" id="search" name="q" type="search" value="${options.value}" placeholder="${options.label}" maxlength="100">
    <button class="button button-secondary" type="submit">${scene.texts.common.search}</button>
    ${options.value !== "" && linkButton(withQuery(options.action, {}), scene.texts.common.reset, "link")}
  </form>`

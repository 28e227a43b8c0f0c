import type { Form } from "../http/Form.ts"

/** What is wrong with a form that was sent: texts that name no field, and texts by field name. */
export interface FormErrors {
  readonly general: ReadonlyArray<string>
  readonly fields: ReadonlyMap<string, string>
}

/** A form as it was sent, to be shown again; passwords and codes are never shown again. */
export interface FormState {
  readonly form: Form
  readonly errors: FormErrors
}

/**
 * A form that was sent to `action` and comes back on the page at `page`: the answer to the sending leads there, so that going back and reloading never
 * send it again.
 */
export interface SentForm {
  readonly page: string
  readonly action: string
  readonly state: FormState
}

/** A file that has come in with an earlier attempt, by the id that the library gave it. */
export interface KeptFile {
  readonly id: string
  readonly name: string
}

/** As a form sends it along, under `kept`. */
export const keptFile = ({ id, name }: KeptFile): readonly [string, string] => ["kept", `${id} ${name}`]

/** The files that a form has kept, without those whose box a person has cleared. */
export const keptFiles = (form: Form): ReadonlyArray<KeptFile> =>
  form.all("kept").map((value) => {
    const [id = "", ...name] = value.split(" ")
    return { id, name: name.join(" ") }
  })

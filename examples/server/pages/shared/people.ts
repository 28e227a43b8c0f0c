import type { FormState } from "../../html/forms.ts"
import type { Form } from "../../http/Form.ts"

/** Addresses of the field `people`, one in each line or behind a comma. */
export const peopleIn = (form: Form) =>
  form
    .text("people")
    .split(/[\n,;]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")
    .map((email) => ({ email }))

/** Says which of several addresses is wrong. */
export const namingPeople = ({ errors, form }: FormState): FormState => {
  const people = peopleIn(form)
  const fields = [...errors.fields].map(([path, text]) => {
    const email = people[Number(/^people\.(\d+)\./.exec(path)?.[1] ?? -1)]?.email
    return [path, email === undefined ? text : `${email}: ${text}`] as const
  })
  return { form, errors: { ...errors, fields: new Map(fields) } }
}

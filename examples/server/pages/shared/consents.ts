import type { Settings } from "portico"
import type { FormState } from "../../html/forms.ts"
import type { Scene } from "../../html/Page.ts"
import type { Form } from "../../http/Form.ts"
import { consentField, issueMessage } from "../../http/refusals.ts"
import type { Locale } from "../../texts/locales.ts"
import type { ConsentView } from "../../views/registration.ts"

type Way = keyof Settings.Settings["consents"]["required"]

/** The statements that a way to an account asks for, in the person's language. */
export const consentViews = (settings: Settings.Settings, way: Way, locale: Locale): ReadonlyArray<ConsentView> => {
  const { marketing, required } = settings.consents
  const view = (consent: Settings.ConsentText, isRequired: boolean): ConsentView => ({
    kind: consent.kind,
    version: consent.version,
    label: consent.label[locale],
    text: consent.text[locale],
    required: isRequired
  })
  return [...required[way].map((consent) => view(consent, true)), view(marketing, false)]
}

/** The boxes that are ticked, each with the version of the text that stood beside it. */
export const consentsOf = (form: Form, settings: Settings.Settings, way: Way) =>
  [...settings.consents.required[way], settings.consents.marketing].flatMap(({ kind }) =>
    form.has(consentField(kind)) ? [{ kind, version: form.text(consentField(kind)) }] : []
  )

/**
 * The state of a form in which fields are wrong, with the required boxes that are not ticked: the library asks for consents when the fields are right,
 * and nobody wants to learn of them one after the other.
 */
export const withMissingConsents = (
  state: FormState,
  settings: Settings.Settings,
  way: Way,
  locale: Locale
): FormState => {
  const { errors, form } = state
  if (errors.fields.size === 0) return state
  const missing = settings.consents.required[way].filter(({ kind }) => !form.has(consentField(kind)))
  const text = issueMessage("consent", locale)
  return {
    form,
    errors: {
      ...errors,
      fields: new Map([...errors.fields, ...missing.map(({ kind }) => [consentField(kind), text] as const)])
    }
  }
}

/** The form that has come back to this page, with the boxes that are missing. */
export const sentBack = (
  { locale, sent }: Pick<Scene, "locale" | "sent">,
  settings: Settings.Settings,
  way: Way
): { readonly state?: FormState } =>
  sent === undefined ? {} : { state: withMissingConsents(sent.state, settings, way, locale) }

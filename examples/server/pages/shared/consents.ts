import type { Settings } from "portico"
import type { Form } from "../../http/Form.ts"
import { consentField } from "../../http/refusals.ts"
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

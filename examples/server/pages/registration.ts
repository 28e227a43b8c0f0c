import { Effect } from "effect"
import { Settings } from "../../../src/kernel/Settings.ts"
import { paths } from "../http/paths.ts"
import { show } from "../http/respond.ts"
import { group, page } from "../http/routes.ts"
import type { Locale } from "../texts/locales.ts"
import { type ConsentView, registerPage } from "../views/registration.ts"

/** The statements that registration asks for, in the person's language. */
const consents = (settings: Settings, locale: Locale): ReadonlyArray<ConsentView> => [
  ...settings.consents.required.registration.map((consent) => ({
    kind: consent.kind,
    label: consent.label[locale],
    text: consent.text[locale],
    required: true
  })),
  { kind: "marketing", label: settings.consents.marketing.label[locale], required: false }
]

/** "Register now", the second factor on the way, and what the link in the mail opens. */
export const registrationPages = group(
  page(
    paths.register,
    Effect.fnUntraced(function* (visit) {
      const settings = yield* Settings
      return yield* show(
        registerPage(visit, {
          consents: consents(settings, visit.locale),
          minPasswordLength: settings.password.minLength
        })
      )
    })
  )
)

import { Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import * as MailKind from "../mail/MailKind.ts"

/** What was done to a second factor. */
export const SecondFactorChange = Schema.Literals(["enabled", "replaced", "disabled", "codes-renewed"])
export type SecondFactorChange = typeof SecondFactorChange.Type

const values = {
  at: Instant,
  device: Schema.NullOr(Schema.String),
  place: Schema.NullOr(Schema.String)
}

interface Circumstances {
  readonly at: Instant
  readonly device: string | null
  readonly place: string | null
}

export const detailsDe = ({ at, device, place }: Circumstances, dateTime: (at: Instant) => string) => [
  { label: "Wann", value: dateTime(at) },
  ...(device === null ? [] : [{ label: "Gerät", value: device }]),
  ...(place === null ? [] : [{ label: "Ungefährer Ort", value: place }])
]

export const detailsEn = ({ at, device, place }: Circumstances, dateTime: (at: Instant) => string) => [
  { label: "When", value: dateTime(at) },
  ...(device === null ? [] : [{ label: "Device", value: device }]),
  ...(place === null ? [] : [{ label: "Approximate place", value: place }])
]

export const objectDe = (support: string) => [
  `Waren Sie das nicht? Dann setzen Sie bitte gleich ein neues Passwort, und melden Sie sich bei ${support}.`
]
export const objectEn = (support: string) => [
  `Was it not you? Then please set a new password at once, and contact ${support}.`
]

/** A recovery code let somebody in (TFA-03, R-TO-14). */
export const recoveryCodeUsed = MailKind.make({
  name: "accounts.recoveryCodeUsed",
  values: Schema.Struct(values),
  automatic: true,
  subject: {
    de: "Ein Wiederherstellungscode wurde benutzt",
    en: "A recovery code was used"
  },
  content: {
    de: (facts, { dateTime, page, product, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `mit einem Ihrer Wiederherstellungscodes hat sich jemand bei ${product} als Sie ausgewiesen. Der Code gilt nicht mehr; ein neuer wurde an seiner Stelle angezeigt.`
      ],
      details: detailsDe(facts, dateTime),
      closing: objectDe(support),
      button: { label: "Neues Passwort setzen", url: page("/password/forgotten") }
    }),
    en: (facts, { dateTime, page, product, support }) => ({
      greeting: "Hello,",
      paragraphs: [
        `One of your recovery codes was used to prove your identity at ${product}. It does not work any more; a new one was shown in its place.`
      ],
      details: detailsEn(facts, dateTime),
      closing: objectEn(support),
      button: { label: "Set a new password", url: page("/password/forgotten") }
    })
  }
})

const changesDe: Readonly<Record<SecondFactorChange, string>> = {
  enabled: "Für Ihr Konto wurde die Anmeldung in zwei Schritten eingerichtet.",
  replaced: "Für die Anmeldung in zwei Schritten wurde eine andere App eingerichtet.",
  disabled: "Für Ihr Konto wurde die Anmeldung in zwei Schritten abgeschaltet.",
  "codes-renewed": "Für Ihr Konto wurden neue Wiederherstellungscodes erzeugt; die alten gelten nicht mehr."
}
const changesEn: Readonly<Record<SecondFactorChange, string>> = {
  enabled: "Two-step sign-in was set up for your account.",
  replaced: "Another app was set up for two-step sign-in.",
  disabled: "Two-step sign-in was switched off for your account.",
  "codes-renewed": "New recovery codes were made for your account; the old ones do not work any more."
}

/** Something about the second factor changed; the owner can object (R-TO-17). */
export const secondFactorChanged = MailKind.make({
  name: "accounts.secondFactorChanged",
  values: Schema.Struct({ change: SecondFactorChange, ...values }),
  automatic: true,
  subject: {
    de: "Ihre Anmeldung in zwei Schritten wurde geändert",
    en: "Your two-step sign-in was changed"
  },
  content: {
    de: (facts, { dateTime, page, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [changesDe[facts.change], "Auf allen anderen Geräten sind Sie abgemeldet."],
      details: detailsDe(facts, dateTime),
      closing: objectDe(support),
      button: { label: "Neues Passwort setzen", url: page("/password/forgotten") }
    }),
    en: (facts, { dateTime, page, support }) => ({
      greeting: "Hello,",
      paragraphs: [changesEn[facts.change], "You are signed out on all other devices."],
      details: detailsEn(facts, dateTime),
      closing: objectEn(support),
      button: { label: "Set a new password", url: page("/password/forgotten") }
    })
  }
})

export const mails = { recoveryCodeUsed, secondFactorChanged } as const

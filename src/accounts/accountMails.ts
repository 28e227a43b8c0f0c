import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { type AccountId, RegistrationId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import * as MailKind from "../mail/MailKind.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { RegistrationRepository } from "./RegistrationRepository.ts"
import { detailsDe, detailsEn, objectDe, objectEn } from "./signInMails.ts"

/*
 * The address of the first three and of the fifth is not proven, or somebody else may have typed it in: they hold no word that the sender chose, no
 * name among them (R-TI-03).
 */

/** Opens one registration to whoever has its mail. */
export const registrationLink = {
  name: "accounts.registration",
  path: "/register/confirm"
} as const satisfies LinkPurpose

/** Lets whoever has the mail set a new password for the account. */
export const passwordResetLink = {
  name: "accounts.passwordReset",
  path: "/password/reset"
} as const satisfies LinkPurpose

/** Addresses of unknown people get such a mail once a day, however often somebody types them in. */
const onceADay = { limit: { max: 1, window: "24 hours" } } as const

/** "Confirm your registration": the only mail that carries a registration's secret (REG-01). */
export const confirmRegistration = MailKind.make({
  name: "accounts.confirmRegistration",
  values: Schema.Struct({ registrationId: RegistrationId, expiresAt: Instant }),
  purpose: registrationLink,
  automatic: true,
  subject: {
    de: "Bitte bestätigen Sie Ihre Registrierung bei {product}",
    en: "Please confirm your registration with {product}"
  },
  content: {
    de: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `mit dieser E-Mail-Adresse hat sich jemand im Kundenportal ${product} registriert. Schließen Sie die Registrierung ab, indem Sie sie bestätigen.`
      ],
      button: { label: "Registrierung bestätigen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun: Ohne Bestätigung entsteht kein Benutzerkonto."]
    }),
    en: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody registered with this e-mail address in the customer portal ${product}. Complete the registration by confirming it.`
      ],
      button: { label: "Confirm the registration", url: link },
      details: [{ label: "Valid until", value: dateTime(expiresAt) }],
      closing: ["Was it not you? Then there is nothing you need to do: without confirmation no account is created."]
    })
  },
  stillWanted: ({ recipient, values }) =>
    Effect.gen(function* () {
      const accounts = yield* AccountRepository
      const registrations = yield* RegistrationRepository
      if (Option.isSome(yield* accounts.findByEmail(recipient))) return MailKind.dropped("registration-done")
      const found = yield* registrations.find(values.registrationId)
      return Option.isSome(found) ? MailKind.wanted : MailKind.dropped("registration-gone")
    })
})

/** Somebody registers with an address that has an account: its owner is told the ways in (REG-03). */
export const addressTaken = MailKind.make({
  name: "accounts.addressTaken",
  values: Schema.Struct({}),
  automatic: true,
  subject: {
    de: "Sie haben bereits ein Benutzerkonto bei {product}",
    en: "You already have an account with {product}"
  },
  content: {
    de: (_, { page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `mit dieser E-Mail-Adresse wollte sich jemand im Kundenportal ${product} registrieren. Sie haben hier bereits ein Benutzerkonto; daran hat sich nichts geändert.`,
        "Melden Sie sich wie gewohnt an. Wenn Sie Ihr Passwort nicht mehr wissen, wählen Sie auf der Anmeldeseite „Passwort vergessen“."
      ],
      button: { label: "Anmelden", url: page("/sign-in") },
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun."]
    }),
    en: (_, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody wanted to register with this e-mail address in the customer portal ${product}. You already have an account here; nothing about it has changed.`,
        "Sign in as usual. If you do not remember your password, choose “Forgot password” on the sign-in page."
      ],
      button: { label: "Sign in", url: page("/sign-in") },
      closing: ["Was it not you? Then there is nothing you need to do."]
    })
  }
})

/** Somebody asks for the mail of a registration again, and there is none that waits for it (REG-07). */
export const noRegistration = MailKind.make({
  name: "accounts.noRegistration",
  values: Schema.Struct({}),
  automatic: true,
  cap: onceADay,
  subject: {
    de: "Für diese Adresse wartet keine Registrierung bei {product}",
    en: "No registration with {product} is waiting for this address"
  },
  content: {
    de: (_, { page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `jemand hat die Bestätigungsmail für eine Registrierung im Kundenportal ${product} erneut angefordert. Für diese E-Mail-Adresse wartet aber keine Registrierung auf Bestätigung, vielleicht weil zu viel Zeit vergangen ist.`,
        "Sie können sich jederzeit neu registrieren."
      ],
      button: { label: "Jetzt registrieren", url: page("/register") },
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun."]
    }),
    en: (_, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody asked again for the mail that confirms a registration in the customer portal ${product}. No registration is waiting for this e-mail address, perhaps because too much time has passed.`,
        "You can register again at any time."
      ],
      button: { label: "Register now", url: page("/register") },
      closing: ["Was it not you? Then there is nothing you need to do."]
    })
  }
})

/** Of a link that ends with the account's credentials: one of an older epoch opens nothing (AUT-06). */
export const whileCredentialsStand = (mail: {
  readonly accountId: AccountId | null
  readonly values: { readonly credentialEpoch: number }
}) =>
  Effect.gen(function* () {
    const accounts = yield* AccountRepository
    const found = mail.accountId === null ? Option.none() : yield* accounts.find(mail.accountId)
    return Option.exists(found, ({ credentialEpoch }) => credentialEpoch === mail.values.credentialEpoch)
      ? MailKind.wanted
      : MailKind.dropped("credentials-changed")
  })

/** "Set a new password": the only mail that carries a reset's secret (AUT-05). */
export const passwordReset = MailKind.make({
  name: "accounts.passwordReset",
  values: Schema.Struct({ credentialEpoch: Schema.Int, expiresAt: Instant }),
  purpose: passwordResetLink,
  automatic: true,
  subject: { de: "Neues Passwort für {product}", en: "New password for {product}" },
  content: {
    de: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `für Ihr Benutzerkonto im Kundenportal ${product} wurde ein neues Passwort angefordert. Legen Sie es hier fest.`
      ],
      button: { label: "Neues Passwort festlegen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun: Ihr Passwort bleibt, wie es ist."]
    }),
    en: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [`A new password was asked for your account in the customer portal ${product}. Choose it here.`],
      button: { label: "Set a new password", url: link },
      details: [{ label: "Valid until", value: dateTime(expiresAt) }],
      closing: ["Was it not you? Then there is nothing you need to do: your password stays as it is."]
    })
  },
  stillWanted: whileCredentialsStand
})

/** Somebody forgot the password of an account that there is not (AUT-05). */
export const noAccount = MailKind.make({
  name: "accounts.noAccount",
  values: Schema.Struct({}),
  automatic: true,
  cap: onceADay,
  subject: {
    de: "Für diese Adresse gibt es kein Benutzerkonto bei {product}",
    en: "There is no account with {product} for this address"
  },
  content: {
    de: (_, { page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `jemand hat im Kundenportal ${product} „Passwort vergessen“ gewählt und diese E-Mail-Adresse angegeben. Für sie gibt es kein Benutzerkonto.`,
        "Vielleicht haben Sie sich mit einer anderen Adresse registriert? Sonst können Sie sich neu registrieren."
      ],
      button: { label: "Jetzt registrieren", url: page("/register") },
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun."]
    }),
    en: (_, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody chose “Forgot password” in the customer portal ${product} and gave this e-mail address. There is no account for it.`,
        "Perhaps you registered with another address? If not, you can register now."
      ],
      button: { label: "Register now", url: page("/register") },
      closing: ["Was it not you? Then there is nothing you need to do."]
    })
  }
})

/** The owner learns that the password is another one now, and can object. */
export const passwordChanged = MailKind.make({
  name: "accounts.passwordChanged",
  values: Schema.Struct({ at: Instant, device: Schema.NullOr(Schema.String), place: Schema.NullOr(Schema.String) }),
  automatic: true,
  subject: { de: "Ihr Passwort wurde geändert", en: "Your password was changed" },
  content: {
    de: (facts, { dateTime, page, product, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `das Passwort Ihres Benutzerkontos im Kundenportal ${product} wurde geändert. Auf allen anderen Geräten sind Sie abgemeldet.`
      ],
      details: detailsDe(facts, dateTime),
      closing: objectDe(support),
      button: { label: "Neues Passwort festlegen", url: page("/password/forgotten") }
    }),
    en: (facts, { dateTime, page, product, support }) => ({
      greeting: "Hello,",
      paragraphs: [
        `The password of your account in the customer portal ${product} was changed. You are signed out on all other devices.`
      ],
      details: detailsEn(facts, dateTime),
      closing: objectEn(support),
      button: { label: "Set a new password", url: page("/password/forgotten") }
    })
  }
})

export const mails = {
  confirmRegistration,
  addressTaken,
  noRegistration,
  passwordReset,
  noAccount,
  passwordChanged
} as const

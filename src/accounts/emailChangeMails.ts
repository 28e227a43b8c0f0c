import { Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import * as MailKind from "../mail/MailKind.ts"
import { whileCredentialsStand } from "./accountMails.ts"
import { detailsDe, detailsEn, objectDe, objectEn } from "./signInMails.ts"

/** Confirms a new address of an account; its subject is the account's id. */
export const emailChangeLink = {
  name: "accounts.emailChange",
  path: "/account/e-mail/confirm"
} as const satisfies LinkPurpose

const circumstances = { at: Instant, device: Schema.NullOr(Schema.String), place: Schema.NullOr(Schema.String) }

/**
 * To the new address: the only mail that carries the link. The address is not proven, and somebody may have typed in another one's: it holds no word that
 * the sender chose (R-TI-03).
 */
export const confirmNewAddress = MailKind.make({
  name: "accounts.confirmNewAddress",
  values: Schema.Struct({ credentialEpoch: Schema.Int, expiresAt: Instant }),
  purpose: emailChangeLink,
  automatic: true,
  subject: { de: "Neue E-Mail-Adresse bestätigen – {product}", en: "Confirm your new e-mail address – {product}" },
  content: {
    de: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} soll dies die neue E-Mail-Adresse eines Benutzerkontos werden. Bitte bestätigen Sie das; dafür müssen Sie mit diesem Benutzerkonto angemeldet sein.`,
        "Bis dahin bleibt alles, wie es ist."
      ],
      button: { label: "Neue Adresse bestätigen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
      closing: [
        "Waren Sie das nicht? Dann hat sich vermutlich jemand vertippt, und Sie brauchen nichts zu tun. Bitte bestätigen Sie nichts."
      ]
    }),
    en: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `In the customer portal ${product}, this is to become the new e-mail address of an account. Please confirm it; for this you need to be signed in with that account.`,
        "Until then everything stays as it is."
      ],
      button: { label: "Confirm the new address", url: link },
      details: [{ label: "Valid until", value: dateTime(expiresAt) }],
      closing: [
        "Was it not you? Then somebody has probably mistyped an address, and there is nothing you need to do. Please do not confirm anything."
      ]
    })
  },
  stillWanted: whileCredentialsStand
})

/** To whoever has the address that somebody wants for another account: it stays theirs (REG-09, R-EN-04). */
export const newAddressTaken = MailKind.make({
  name: "accounts.newAddressTaken",
  values: Schema.Struct({}),
  automatic: true,
  subject: {
    de: "Ihre E-Mail-Adresse wurde für ein anderes Benutzerkonto angegeben – {product}",
    en: "Your e-mail address was given for another account – {product}"
  },
  content: {
    de: (_, { page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} hat jemand diese E-Mail-Adresse als neue Adresse eines anderen Benutzerkontos angegeben. Sie gehört schon zu Ihrem Benutzerkonto; daran hat sich nichts geändert.`,
        "Waren Sie es selbst? Eine Adresse kann nur zu einem Benutzerkonto gehören. Melden Sie sich mit dem Konto dieser Adresse an, und geben Sie ihm zuerst eine andere."
      ],
      button: { label: "Anmelden", url: page("/sign-in") },
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun."]
    }),
    en: (_, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `In the customer portal ${product}, somebody gave this e-mail address as the new address of another account. It belongs to your account already; nothing about it has changed.`,
        "Was it you? An address can belong to one account only. Sign in with the account of this address, and give it another one first."
      ],
      button: { label: "Sign in", url: page("/sign-in") },
      closing: ["Was it not you? Then there is nothing you need to do."]
    })
  }
})

/** To the present address, before anything has changed: a new password voids what was asked for. */
export const newAddressAsked = MailKind.make({
  name: "accounts.newAddressAsked",
  values: Schema.Struct({ email: EmailAddress, ...circumstances }),
  automatic: true,
  subject: {
    de: "Für Ihr Benutzerkonto wurde eine neue E-Mail-Adresse angegeben",
    en: "A new e-mail address was given for your account"
  },
  content: {
    de: ({ email, ...facts }, { dateTime, page, product, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `für Ihr Benutzerkonto im Kundenportal ${product} wurde eine neue E-Mail-Adresse angegeben. Sie gilt, sobald sie dort bestätigt ist; bis dahin bleibt es bei dieser.`
      ],
      details: [{ label: "Neue Adresse", value: email }, ...detailsDe(facts, dateTime)],
      closing: [...objectDe(support), "Ein neues Passwort macht auch die angefangene Änderung ungültig."],
      button: { label: "Neues Passwort festlegen", url: page("/password/forgotten") }
    }),
    en: ({ email, ...facts }, { dateTime, page, product, support }) => ({
      greeting: "Hello,",
      paragraphs: [
        `A new e-mail address was given for your account in the customer portal ${product}. It counts once it is confirmed there; until then this one stays.`
      ],
      details: [{ label: "New address", value: email }, ...detailsEn(facts, dateTime)],
      closing: [...objectEn(support), "A new password also voids the change that was begun."],
      button: { label: "Set a new password", url: page("/password/forgotten") }
    })
  }
})

/** To the old address, once the new one counts (REG-09). */
export const emailChanged = MailKind.make({
  name: "accounts.emailChanged",
  values: Schema.Struct({ email: EmailAddress, ...circumstances }),
  automatic: true,
  subject: {
    de: "Die E-Mail-Adresse Ihres Benutzerkontos wurde geändert",
    en: "The e-mail address of your account was changed"
  },
  content: {
    de: ({ email, ...facts }, { dateTime, product, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Ihr Benutzerkonto im Kundenportal ${product} hat jetzt eine andere E-Mail-Adresse. Melden Sie sich von nun an mit der neuen an; auf allen anderen Geräten sind Sie abgemeldet.`
      ],
      details: [{ label: "Neue Adresse", value: email }, ...detailsDe(facts, dateTime)],
      closing: [
        `Waren Sie das nicht? Dann melden Sie sich bitte sofort bei ${support}, am besten von dieser Adresse aus: Mit ihr allein können Sie das Passwort nicht mehr zurücksetzen.`
      ]
    }),
    en: ({ email, ...facts }, { dateTime, product, support }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Your account in the customer portal ${product} has another e-mail address now. Sign in with the new one from now on; you are signed out on all other devices.`
      ],
      details: [{ label: "New address", value: email }, ...detailsEn(facts, dateTime)],
      closing: [
        `Was it not you? Then please contact ${support} at once, best from this address: with it alone you cannot reset the password any more.`
      ]
    })
  }
})

export const mails = { confirmNewAddress, newAddressTaken, newAddressAsked, emailChanged } as const

import { Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { ShortNumber } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import type { Locale } from "../kernel/Text.ts"
import * as MailKind from "../mail/MailKind.ts"
import { type Detail, detailIn, type Texts } from "../requests/requestMails.ts"

/*
 * The first two go to an address that somebody typed in, and hold no word that the sender chose: no name, and no number either (R-TI-03).
 */

/** Proves the mailbox of who registers by customer number; its subject is the attempt. */
export const selfRegistrationLink = {
  name: "joining.selfRegistration",
  path: "/self-registration/confirm"
} as const satisfies LinkPurpose

/** Leads an approved asker to the welcome page; its subject is the request. */
export const offerLink = { name: "joining.offer", path: "/welcome" } as const satisfies LinkPurpose

const NOT_YOU_DE = "Waren Sie das nicht? Dann brauchen Sie nichts zu tun."
const NOT_YOU_EN = "Was it not you? Then there is nothing you need to do."

/** "Confirm your registration": the same whatever customer number and postal code were typed in (SLF-03). */
export const confirmSelfRegistration = MailKind.make({
  name: "joining.confirm",
  values: Schema.Struct({ expiresAt: Instant }),
  purpose: selfRegistrationLink,
  automatic: true,
  subject: {
    de: "Bitte bestätigen Sie Ihre Registrierung bei {product}",
    en: "Please confirm your registration with {product}"
  },
  content: {
    de: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `mit dieser E-Mail-Adresse hat sich jemand als Mitarbeiter eines Kunden im Kundenportal ${product} registriert. Klicken Sie auf „Bestätigen“, wenn Sie das waren.`
      ],
      button: { label: "Bestätigen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
      closing: ["Waren Sie das nicht? Dann brauchen Sie nichts zu tun: Ohne Bestätigung wird nichts weitergegeben."]
    }),
    en: ({ expiresAt }, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody registered with this e-mail address in the customer portal ${product}, as an employee of a customer. Choose “Confirm” if it was you.`
      ],
      button: { label: "Confirm", url: link },
      details: [{ label: "Valid until", value: dateTime(expiresAt) }],
      closing: ["Was it not you? Then there is nothing you need to do: without confirmation nothing is passed on."]
    })
  }
})

/** Somebody registers by customer number with an address that has an account: its owner is told the way that is theirs (SLF-04). */
export const addressHasAccount = MailKind.make({
  name: "joining.addressHasAccount",
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
        `mit dieser E-Mail-Adresse wollte sich jemand als Mitarbeiter eines Kunden im Kundenportal ${product} registrieren. Sie haben hier bereits ein Benutzerkonto; daran hat sich nichts geändert.`,
        "Melden Sie sich wie gewohnt an. Dort können Sie mit Kundennummer und Postleitzahl darum bitten, einem Kundenbereich beizutreten."
      ],
      button: { label: "Anmelden", url: page("/sign-in") },
      closing: [NOT_YOU_DE]
    }),
    en: (_, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody wanted to register with this e-mail address in the customer portal ${product}, as an employee of a customer. You already have an account here; nothing about it has changed.`,
        "Sign in as usual. There you can ask to join a customer area with its customer number and postal code."
      ],
      button: { label: "Sign in", url: page("/sign-in") },
      closing: [NOT_YOU_EN]
    })
  }
})

/** To a proven mailbox: the numbers that came from it are nobody's (SLF-03). The same for an unknown number, another postal code and a closed tenant. */
export const notAssigned = MailKind.make({
  name: "joining.notAssigned",
  values: Schema.Struct({ customerNumber: Schema.String, postalCode: Schema.String, country: Schema.String }),
  automatic: true,
  subject: {
    de: "Ihre Registrierung konnte nicht zugeordnet werden – {product}",
    en: "Your registration could not be assigned – {product}"
  },
  content: {
    de: ({ country, customerNumber, postalCode }, { product, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Ihre Registrierung im Kundenportal ${product} konnten wir keinem Kunden zuordnen. Die Kombination aus Kundennummer und Postleitzahl muss mit den Informationen in unserem System übereinstimmen.`,
        "Bitte prüfen Sie beides: Die Kundennummer finden Sie auf unseren Angeboten oder Rechnungen. Die Postleitzahl ist die der Anschrift, die dort als Empfänger steht. Danach können Sie sich noch einmal registrieren."
      ],
      details: [
        { label: "Kundennummer", value: customerNumber },
        { label: "Postleitzahl", value: `${country} ${postalCode}` }
      ],
      closing: [`Wenn beides stimmt, wenden Sie sich bitte an ${support}.`]
    }),
    en: ({ country, customerNumber, postalCode }, { product, support }) => ({
      greeting: "Hello,",
      paragraphs: [
        `We could not assign your registration in the customer portal ${product} to any customer. Customer number and postal code together must agree with the information in our system.`,
        "Please check both: you find the customer number on our offers or invoices. The postal code is that of the address to which these are made out. Then you can register once more."
      ],
      details: [
        { label: "Customer number", value: customerNumber },
        { label: "Postal code", value: `${country} ${postalCode}` }
      ],
      closing: [`If both are right, please ask ${support}.`]
    })
  }
})

/** To a proven mailbox: the one who asks belongs to that tenant already. */
export const alreadyMember = MailKind.make({
  name: "joining.alreadyMember",
  values: Schema.Struct({}),
  automatic: true,
  subject: {
    de: "Sie gehören bereits zu diesem Kundenbereich – {product}",
    en: "You belong to this customer area already – {product}"
  },
  content: {
    de: (_, { page, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Sie haben im Kundenportal ${product} darum gebeten, einem Kundenbereich beizutreten. Sie gehören ihm bereits an. Melden Sie sich wie gewohnt an.`
      ],
      button: { label: "Anmelden", url: page("/sign-in") }
    }),
    en: (_, { page, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `You asked to join a customer area in the customer portal ${product}. You belong to it already. Sign in as usual.`
      ],
      button: { label: "Sign in", url: page("/sign-in") }
    })
  }
})

/** To a proven mailbox: the same was asked for before and is open (REQ-09). */
export const alreadyAsked = MailKind.make({
  name: "joining.alreadyAsked",
  values: Schema.Struct({ number: ShortNumber, approved: Schema.Boolean, deadline: Instant }),
  automatic: true,
  subject: { de: "Ihr Antrag läuft bereits – {number}", en: "Your request is under way already – {number}" },
  content: {
    de: ({ approved, deadline, number }, { dateTime, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        approved
          ? `Ihrem Beitritt im Kundenportal ${product} wurde bereits zugestimmt. Den Link, mit dem Sie ihn abschließen, finden Sie in der Nachricht, die Sie dazu erhalten haben.`
          : `Sie haben im Kundenportal ${product} bereits um diesen Beitritt gebeten. Sobald darüber entschieden ist, erhalten Sie eine Nachricht.`
      ],
      details: [
        { label: "Antrag", value: number },
        { label: approved ? "Gültig bis" : "Zu entscheiden bis", value: dateTime(deadline) }
      ]
    }),
    en: ({ approved, deadline, number }, { dateTime, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        approved
          ? `You may join in the customer portal ${product}: your request was approved already. The link that completes it is in the message that you got about it.`
          : `You have asked for this in the customer portal ${product} already. You get a message as soon as it is decided.`
      ],
      details: [
        { label: "Request", value: number },
        { label: approved ? "Valid until" : "To be decided by", value: dateTime(deadline) }
      ]
    })
  }
})

/** To a proven mailbox: the same was refused a short while ago (REQ-09). */
export const coolingDown = MailKind.make({
  name: "joining.coolingDown",
  values: Schema.Struct({ until: Instant }),
  automatic: true,
  subject: {
    de: "Ihr Antrag konnte noch nicht noch einmal gestellt werden – {product}",
    en: "Your request could not be made again yet – {product}"
  },
  content: {
    de: ({ until }, { dateTime, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Sie haben im Kundenportal ${product} um einen Beitritt gebeten, der vor Kurzem abgelehnt wurde. Sie können später noch einmal darum bitten.`
      ],
      details: [{ label: "Wieder möglich ab", value: dateTime(until) }]
    }),
    en: ({ until }, { dateTime, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `You asked to join in the customer portal ${product}, which was refused a short while ago. You can ask for it again later.`
      ],
      details: [{ label: "Possible again from", value: dateTime(until) }]
    })
  }
})

/** To staff: somebody asks to join a tenant in which nobody can decide at present (SLF-08). */
export const nobodyCanDecide = MailKind.make({
  name: "joining.nobodyCanDecide",
  values: Schema.Struct({
    number: ShortNumber,
    customerNumber: Schema.String,
    tenantNumber: ShortNumber,
    tenantState: Schema.Literals(["suspended", "in-setup"]),
    deadline: Instant
  }),
  automatic: true,
  subject: {
    de: "Beitritt wartet auf einen Kundenbereich – {number}",
    en: "A request waits for a customer area – {number}"
  },
  content: {
    de: (values, { dateTime, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} möchte jemand einem Kundenbereich beitreten, der ${values.tenantState === "suspended" ? "gesperrt ist" : "noch eingerichtet wird"}. Der Antrag wartet, bis dort jemand entscheiden kann.`
      ],
      details: [
        { label: "Antrag", value: values.number },
        { label: "Kundenbereich", value: values.tenantNumber },
        { label: "Kundennummer", value: values.customerNumber },
        { label: "Wartet bis", value: dateTime(values.deadline) }
      ]
    }),
    en: (values, { dateTime, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Somebody wants to join a customer area in the customer portal ${product} that is ${values.tenantState === "suspended" ? "suspended" : "still being set up"}. The request waits until somebody can decide there.`
      ],
      details: [
        { label: "Request", value: values.number },
        { label: "Customer area", value: values.tenantNumber },
        { label: "Customer number", value: values.customerNumber },
        { label: "Waits until", value: dateTime(values.deadline) }
      ]
    })
  }
})

const shown = (details: ReadonlyArray<Detail>, locale: Locale) => details.map((detail) => detailIn(detail, locale))

const quoted = (text: string) => (text === "" ? {} : { quote: text })

/** What the mails about a request to join say in place of the workflow's own words. */
export const joinTenantTexts: Texts = {
  pending: {
    subject: { de: "Neue Registrierungsanfrage – {number}", en: "New registration request – {number}" },
    content: {
      de: (values, { dateTime, locale, page, product }) => ({
        greeting: "Guten Tag,",
        paragraphs: [
          `im Kundenportal ${product} hat sich jemand mit Ihrer Kundennummer registriert und möchte Ihrem Kundenbereich beitreten. Bitte bestätigen Sie die Anfrage, oder lehnen Sie sie ab.`
        ],
        details: [
          { label: "Antrag", value: values.number },
          ...shown(values.details, locale),
          { label: "Zu entscheiden bis", value: dateTime(values.deadline) }
        ],
        button: { label: "Anfrage ansehen", url: page(`/requests/${values.requestId}`) },
        closing: ["Stimmen Sie nur zu, wenn Sie die Person kennen."]
      }),
      en: (values, { dateTime, locale, page, product }) => ({
        greeting: "Hello,",
        paragraphs: [
          `In the customer portal ${product} somebody registered with your customer number and wants to join your customer area. Please approve the request, or refuse it.`
        ],
        details: [
          { label: "Request", value: values.number },
          ...shown(values.details, locale),
          { label: "To be decided by", value: dateTime(values.deadline) }
        ],
        button: { label: "See the request", url: page(`/requests/${values.requestId}`) },
        closing: ["Approve it only if you know the person."]
      })
    }
  },
  offered: {
    subject: {
      de: "Schließen Sie Ihre Registrierung bei {product} ab",
      en: "Complete your registration with {product}"
    },
    content: {
      de: (values, { dateTime, link, product }) => ({
        greeting: "Guten Tag,",
        paragraphs: [
          `Ihre Registrierungsanfrage im Kundenportal ${product} wurde bestätigt. Schließen Sie jetzt Ihre Registrierung ab: Stimmen Sie den Allgemeinen Nutzungsbedingungen zu, bestätigen Sie die Datenschutzerklärung, und legen Sie Ihr Passwort fest.`,
          "Wenn Sie inzwischen ein Benutzerkonto haben, melden Sie sich dort an und treten damit bei."
        ],
        ...quoted(values.note),
        details: [
          { label: "Antrag", value: values.number },
          { label: "Gültig bis", value: dateTime(values.deadline) }
        ],
        button: { label: "Registrierung abschließen", url: link }
      }),
      en: (values, { dateTime, link, product }) => ({
        greeting: "Hello,",
        paragraphs: [
          `Your registration request in the customer portal ${product} was approved. Complete your registration now: agree to the terms of use, confirm the privacy statement, and choose your password.`,
          "If you have an account by now, sign in there and join with it."
        ],
        ...quoted(values.note),
        details: [
          { label: "Request", value: values.number },
          { label: "Valid until", value: dateTime(values.deadline) }
        ],
        button: { label: "Complete the registration", url: link }
      })
    }
  },
  refused: {
    subject: {
      de: "Ihre Registrierungsanfrage wurde abgelehnt – {number}",
      en: "Your registration request was refused – {number}"
    },
    content: {
      de: (values, { product }) => ({
        greeting: "Guten Tag,",
        paragraphs: [`Ihre Registrierungsanfrage im Kundenportal ${product} wurde mit dieser Begründung abgelehnt:`],
        ...quoted(values.reason),
        details: [{ label: "Antrag", value: values.number }]
      }),
      en: (values, { product }) => ({
        greeting: "Hello,",
        paragraphs: [`Your registration request in the customer portal ${product} was refused, for this reason:`],
        ...quoted(values.reason),
        details: [{ label: "Request", value: values.number }]
      })
    }
  }
}

export const mails = {
  confirmSelfRegistration,
  addressHasAccount,
  notAssigned,
  alreadyMember,
  alreadyAsked,
  coolingDown,
  nobodyCanDecide
} as const

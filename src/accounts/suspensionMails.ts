import { Schema } from "effect"
import * as MailKind from "../mail/MailKind.ts"

const values = Schema.Struct({ reason: Schema.String })

/** To the person whose account staff have suspended, with the reason (AUT-10). */
export const accountSuspended = MailKind.make({
  name: "accounts.suspended",
  values,
  automatic: true,
  subject: { de: "Ihr Benutzerkonto wurde gesperrt – {product}", en: "Your account was suspended – {product}" },
  content: {
    de: ({ reason }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `der Kundendienst hat Ihr Benutzerkonto im Kundenportal ${product} gesperrt. Sie wurden überall abgemeldet.`
      ],
      quote: reason,
      closing: ["Wenn Sie das nicht erwartet haben, wenden Sie sich bitte an den Kundendienst."]
    }),
    en: ({ reason }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Customer service has suspended your account in the customer portal ${product}. You were signed out everywhere.`
      ],
      quote: reason,
      closing: ["If you did not expect this, please ask the customer service."]
    })
  }
})

export const accountRestored = MailKind.make({
  name: "accounts.restored",
  values,
  automatic: true,
  subject: { de: "Ihr Benutzerkonto ist wieder offen – {product}", en: "Your account is open again – {product}" },
  content: {
    de: ({ reason }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `der Kundendienst hat die Sperre Ihres Benutzerkontos im Kundenportal ${product} aufgehoben. Sie können sich wieder anmelden.`
      ],
      quote: reason
    }),
    en: ({ reason }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `Customer service has opened your account in the customer portal ${product} again. You can sign in as before.`
      ],
      quote: reason
    })
  }
})

export const mails = { accountSuspended, accountRestored } as const

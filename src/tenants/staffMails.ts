import { Schema } from "effect"
import * as MailKind from "../mail/MailKind.ts"

/** What the operator tells about a tenant or an account, with the reason that staff gave. */
const values = Schema.Struct({ tenantName: Schema.String, reason: Schema.String })

const told = (
  name: string,
  subject: MailKind.ByLocale<string>,
  de: (tenant: string) => string,
  en: (tenant: string) => string
) =>
  MailKind.make({
    name: `tenants.${name}`,
    values,
    automatic: true,
    subject,
    content: {
      de: ({ reason, tenantName }, { product }) => ({
        greeting: "Guten Tag,",
        paragraphs: [`${de(tenantName)} Das betrifft das Kundenportal ${product}.`],
        quote: reason,
        closing: ["Wenn Sie Fragen dazu haben, wenden Sie sich bitte an den Kundendienst."]
      }),
      en: ({ reason, tenantName }, { product }) => ({
        greeting: "Hello,",
        paragraphs: [`${en(tenantName)} This is about the customer portal ${product}.`],
        quote: reason,
        closing: ["If you have any questions about this, please ask the customer service."]
      })
    }
  })

/** To each owner: nobody can do anything in the tenant for the time being. No preference keeps it back. */
export const tenantSuspended = told(
  "suspended",
  { de: "Ein Kundenbereich wurde gesperrt – {product}", en: "A customer area was suspended – {product}" },
  (tenant) => `der Kundendienst hat den Kundenbereich „${tenant}“ vorübergehend gesperrt.`,
  (tenant) => `Customer service has suspended the customer area “${tenant}” for the time being.`
)

export const tenantRestored = told(
  "restored",
  { de: "Ein Kundenbereich ist wieder offen – {product}", en: "A customer area is open again – {product}" },
  (tenant) => `der Kundendienst hat die Sperre des Kundenbereichs „${tenant}“ aufgehoben.`,
  (tenant) => `Customer service has opened the customer area “${tenant}” again.`
)

export const tenantClosed = told(
  "closed",
  { de: "Ein Kundenbereich wurde geschlossen – {product}", en: "A customer area was closed – {product}" },
  (tenant) => `der Kundendienst hat den Kundenbereich „${tenant}“ geschlossen. Er ist nicht mehr erreichbar.`,
  (tenant) => `Customer service has closed the customer area “${tenant}”. It cannot be reached any more.`
)

/** To every owner, the new one among them: who hears nothing of it could not object. */
export const ownerAppointed = told(
  "ownerAppointed",
  { de: "Ein Kundenbereich hat einen neuen Inhaber – {product}", en: "A customer area has a new owner – {product}" },
  (tenant) => `der Kundendienst hat für den Kundenbereich „${tenant}“ einen Inhaber bestellt.`,
  (tenant) => `Customer service has appointed an owner of the customer area “${tenant}”.`
)

export const mails = { tenantSuspended, tenantRestored, tenantClosed, ownerAppointed } as const

import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { AccountId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import * as MailKind from "../mail/MailKind.ts"
import { MembershipRepository } from "./MembershipRepository.ts"

/** Confirms a new contact address of one membership; its subject is the membership's id. */
export const contactEmailLink = {
  name: "tenants.contactEmail",
  path: "/contact-address/confirm"
} as const satisfies LinkPurpose

/** To the new address: "mail about this area shall go here" (TEN-06). */
export const contactEmailAsked = MailKind.make({
  name: "tenants.contactEmailAsked",
  values: Schema.Struct({ tenantName: Schema.String, expiresAt: Instant }),
  purpose: contactEmailLink,
  automatic: true,
  subject: { de: "Kontaktadresse bestätigen – {product}", en: "Confirm your contact address – {product}" },
  content: {
    de: ({ expiresAt, tenantName }, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} wurde angegeben, dass Nachrichten zum Kundenbereich „${tenantName}“ an diese Adresse gehen sollen.`,
        "Bitte bestätigen Sie das. Bis dahin bleibt alles, wie es ist."
      ],
      button: { label: "Adresse bestätigen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
      closing: ["Wenn Sie damit nichts anfangen können, brauchen Sie nichts zu tun."]
    }),
    en: ({ expiresAt, tenantName }, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `In the customer portal ${product} somebody asked for messages about the customer area “${tenantName}” to go to this address.`,
        "Please confirm this. Until then everything stays as it is."
      ],
      button: { label: "Confirm the address", url: link },
      details: [{ label: "Valid until", value: dateTime(expiresAt) }],
      closing: ["If this means nothing to you, there is nothing you need to do."]
    })
  }
})

/** To the contact address of somebody whom somebody else has removed. It must be told, so no preference keeps it back. */
export const removed = MailKind.make({
  name: "tenants.removed",
  values: Schema.Struct({ tenantName: Schema.String }),
  automatic: true,
  subject: { de: "Ihr Zugang zu einem Kundenbereich – {product}", en: "Your access to a customer area – {product}" },
  content: {
    de: ({ tenantName }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `Sie gehören im Kundenportal ${product} nicht mehr zum Kundenbereich „${tenantName}“.`,
        "Ihr Benutzerkonto und Ihre anderen Kundenbereiche bleiben, wie sie sind."
      ],
      closing: ["Wenn Sie das nicht erwartet haben, wenden Sie sich bitte an einen Inhaber dieses Kundenbereichs."]
    }),
    en: ({ tenantName }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `You do not belong to the customer area “${tenantName}” in the customer portal ${product} any more.`,
        "Your account and your other customer areas stay as they are."
      ],
      closing: ["If you did not expect this, please ask an owner of that customer area."]
    })
  }
})

/** To the contact address of somebody whose roles somebody else has changed. */
export const rolesChanged = MailKind.make({
  name: "tenants.rolesChanged",
  values: Schema.Struct({
    tenantName: Schema.String,
    accountId: AccountId,
    /** In the mail's language. */
    roles: Schema.Array(Schema.String)
  }),
  automatic: true,
  subject: { de: "Ihre Rollen in einem Kundenbereich – {product}", en: "Your roles in a customer area – {product}" },
  content: {
    de: ({ roles, tenantName }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [`Ihre Rollen im Kundenbereich „${tenantName}“ des Kundenportals ${product} wurden geändert.`],
      details: [{ label: "Ihre Rollen", value: roles.join(", ") }]
    }),
    en: ({ roles, tenantName }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [`Your roles in the customer area “${tenantName}” of the customer portal ${product} were changed.`],
      details: [{ label: "Your roles", value: roles.join(", ") }]
    })
  },
  // whoever has left, moved the contact address or does not want such mails by now gets none (R-TE-09)
  stillWanted: ({ recipient, tenantId, values }) =>
    Effect.gen(function* () {
      if (tenantId === null) return MailKind.dropped("membership-ended")
      const memberships = yield* MembershipRepository
      const membership = yield* memberships.find(tenantId, values.accountId)
      if (Option.isNone(membership)) return MailKind.dropped("membership-ended")
      if (membership.value.contactEmail !== recipient) return MailKind.dropped("contact-changed")
      return membership.value.mailPreferences.membershipChanges ? MailKind.wanted : MailKind.dropped("not-wanted")
    })
})

export const mails = { contactEmailAsked, removed, rolesChanged } as const

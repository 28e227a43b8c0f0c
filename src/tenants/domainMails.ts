import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { DomainId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import * as MailKind from "../mail/MailKind.ts"
import { DomainRepository } from "./DomainRepository.ts"

/** Proves a domain by the mailbox of its postmaster; its subject is the claim. */
export const domainLink = {
  name: "tenants.domain",
  path: "/domain/confirm"
} as const satisfies LinkPurpose

/** To the domain's postmaster, an address that every domain with mail has (RFC 5321 section 4.5.1): "does this customer speak for your domain?" */
export const domainProofAsked = MailKind.make({
  name: "tenants.domainProofAsked",
  values: Schema.Struct({ tenantName: Schema.String, domain: Schema.String, expiresAt: Instant }),
  purpose: domainLink,
  automatic: true,
  subject: {
    de: "Gehört diese Domain zu einem Kunden? – {product}",
    en: "Does this domain belong to a customer? – {product}"
  },
  content: {
    de: ({ domain, expiresAt, tenantName }, { dateTime, link, product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} hat der Kundenbereich „${tenantName}“ angegeben, dass die Domain ${domain} zu ihm gehört.`,
        "Wenn Sie das bestätigen, kann dieser Kundenbereich Personen mit einer Adresse dieser Domain aufnehmen."
      ],
      button: { label: "Ansehen und bestätigen", url: link },
      details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
      closing: ["Wenn das nicht stimmt, brauchen Sie nichts zu tun: Ohne Ihre Bestätigung geschieht nichts."]
    }),
    en: ({ domain, expiresAt, tenantName }, { dateTime, link, product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `In the customer portal ${product} the customer area “${tenantName}” says that the domain ${domain} belongs to it.`,
        "If you confirm this, that customer area can take in people with an address of this domain."
      ],
      button: { label: "Look and confirm", url: link },
      details: [{ label: "Valid until", value: dateTime(expiresAt) }],
      closing: ["If this is not right, there is nothing you need to do: without your confirmation nothing happens."]
    })
  }
})

/** To each owner: the proof of a domain does not hold any more, and nobody joins by it. */
export const domainLost = MailKind.make({
  name: "tenants.domainLost",
  values: Schema.Struct({ tenantName: Schema.String, domain: Schema.String, domainId: DomainId }),
  automatic: true,
  subject: {
    de: "Eine Domain ist nicht mehr nachgewiesen – {product}",
    en: "A domain is not proven any more – {product}"
  },
  content: {
    de: ({ domain, tenantName }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `der Nachweis, dass die Domain ${domain} zum Kundenbereich „${tenantName}“ im Kundenportal ${product} gehört, besteht nicht mehr.`,
        "Über diese Domain tritt deshalb niemand mehr bei. Wer schon beigetreten ist, bleibt. Sie können die Domain jederzeit neu nachweisen."
      ]
    }),
    en: ({ domain, tenantName }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `The proof that the domain ${domain} belongs to the customer area “${tenantName}” in the customer portal ${product} does not hold any more.`,
        "So nobody joins by this domain from now on. Who has joined already stays. You can prove the domain again at any time."
      ]
    })
  },
  stillWanted: ({ tenantId, values }) =>
    Effect.gen(function* () {
      if (tenantId === null) return MailKind.dropped("domain-removed")
      const domains = yield* DomainRepository
      const found = yield* domains.find(tenantId, values.domainId)
      if (Option.isNone(found)) return MailKind.dropped("domain-removed")
      return found.value.proof === null ? MailKind.wanted : MailKind.dropped("domain-proven")
    })
})

export const mails = { domainProofAsked, domainLost } as const

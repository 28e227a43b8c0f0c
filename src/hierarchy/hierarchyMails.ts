import { Effect, Option, Schema } from "effect"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, TenantId } from "../kernel/ids.ts"
import { Settings } from "../kernel/Settings.ts"
import * as MailKind from "../mail/MailKind.ts"
import { permissionsIn } from "../tenants/Access.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { HierarchyRepository } from "./HierarchyRepository.ts"

/** What both sides of a link are told with. */
const Sides = Schema.Struct({
  /** Both are missing in rows that were stored before mails named them. */
  mainId: Schema.optionalKey(TenantId),
  subId: Schema.optionalKey(TenantId),
  mainName: Schema.String,
  subName: Schema.String,
  accountId: AccountId
})

/** Whoever may not decide on the tenant's place any more, or has moved the contact address, gets none of these (R-TE-09, R-MA-09). */
const forThoseWhoDecide = ({ recipient, tenantId, values }: MailKind.MailFacts<typeof Sides.Type>) =>
  Effect.gen(function* () {
    if (tenantId === null) return MailKind.dropped("membership-ended")
    const settings = yield* Settings
    const memberships = yield* MembershipRepository
    const facts = Option.getOrUndefined(yield* memberships.accessFacts(tenantId, values.accountId))
    if (facts === undefined || facts.membership === null) return MailKind.dropped("membership-ended")
    if (!permissionsIn(settings, facts).has("locations.change")) return MailKind.dropped("not-allowed")
    return facts.membership.contactEmail === recipient ? MailKind.wanted : MailKind.dropped("contact-changed")
  })

/** Nobody is told what is not so any more: the link has ended since, or is there again (OUT-04). */
const whileLinked = (isLinked: boolean) => (facts: MailKind.MailFacts<typeof Sides.Type>) =>
  Effect.gen(function* () {
    const verdict = yield* forThoseWhoDecide(facts)
    if (verdict._tag === "Dropped") return verdict
    const { mainId, subId } = facts.values
    if (mainId === undefined || subId === undefined) return verdict
    const hierarchy = yield* HierarchyRepository
    const link = yield* hierarchy.find(subId)
    return Option.exists(link, (found) => found.mainId === mainId) === isLinked
      ? MailKind.wanted
      : MailKind.dropped(isLinked ? "unlinked" : "linked-again")
  })

/** To those who decide on either side: a customer area has become a sub account. */
export const linked = MailKind.make({
  name: "hierarchy.linked",
  values: Sides,
  automatic: true,
  subject: { de: "Neuer Nebenaccount – {product}", en: "A new sub account – {product}" },
  content: {
    de: ({ mainName, subName }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} gehört der Kundenbereich „${subName}“ jetzt als Nebenaccount zum Hauptaccount „${mainName}“.`,
        "Wer im Hauptaccount alle Standorte verwalten darf, kann das nun auch dort. Wer im Nebenaccount selbst etwas darf, darf das weiterhin."
      ],
      closing: ["Inhaber beider Seiten können die Verknüpfung jederzeit wieder lösen."]
    }),
    en: ({ mainName, subName }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `In the customer portal ${product} the customer area “${subName}” now belongs to the main account “${mainName}” as a sub account.`,
        "Whoever may manage all locations in the main account can do so there, too, from now on. Whatever people may do in the sub account themselves stays as it is."
      ],
      closing: ["Owners of either side can undo the link at any time."]
    })
  },
  stillWanted: whileLinked(true)
})

/** To those who decide on the other side: a customer area is no sub account of theirs, or of that main account, any more (HIE-07). */
export const unlinked = MailKind.make({
  name: "hierarchy.unlinked",
  values: Sides,
  automatic: true,
  subject: { de: "Nebenaccount gelöst – {product}", en: "A sub account was unlinked – {product}" },
  content: {
    de: ({ mainName, subName }, { product }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} gehört der Kundenbereich „${subName}“ nicht mehr zum Hauptaccount „${mainName}“.`,
        "Der Zugang über den Hauptaccount ist damit beendet. Alles andere bleibt, wie es ist."
      ],
      closing: ["Wenn Sie das nicht erwartet haben, sprechen Sie bitte mit den Inhabern der anderen Seite."]
    }),
    en: ({ mainName, subName }, { product }) => ({
      greeting: "Hello,",
      paragraphs: [
        `In the customer portal ${product} the customer area “${subName}” does not belong to the main account “${mainName}” any more.`,
        "Access through the main account has ended with that. Everything else stays as it is."
      ],
      closing: ["If you did not expect this, please talk to the owners of the other side."]
    })
  },
  stillWanted: whileLinked(false)
})

/** To the asker: the numbers are nobody's. The same for an unknown number, another postal code, and a customer area that is not active (HIE-03). */
export const notAssigned = MailKind.make({
  name: "hierarchy.notAssigned",
  values: Schema.Struct({ customerNumber: Schema.String, postalCode: Schema.String, country: Schema.String }),
  automatic: true,
  subject: {
    de: "Ihr Antrag konnte nicht zugeordnet werden – {product}",
    en: "Your request could not be assigned – {product}"
  },
  content: {
    de: ({ country, customerNumber, postalCode }, { product, support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `im Kundenportal ${product} wollten Sie Ihren Kundenbereich mit einem anderen verknüpfen. Die Kombination aus Kundennummer und Postleitzahl konnten wir keinem Kundenbereich zuordnen.`,
        "Bitte prüfen Sie beides: Die Kundennummer steht auf den Angeboten und Rechnungen des anderen Kundenbereichs, die Postleitzahl ist die der Anschrift, die dort als Empfänger steht."
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
        `In the customer portal ${product} you wanted to link your customer area with another one. We could not assign customer number and postal code together to any customer area.`,
        "Please check both: the customer number is on the offers and invoices of the other customer area, and the postal code is that of the address to which these are made out."
      ],
      details: [
        { label: "Customer number", value: customerNumber },
        { label: "Postal code", value: `${country} ${postalCode}` }
      ],
      closing: [`If both are right, please ask ${support}.`]
    })
  }
})

/** To the asker: the same was refused a short while ago (REQ-09). */
export const coolingDown = MailKind.make({
  name: "hierarchy.coolingDown",
  values: Schema.Struct({ customerNumber: Schema.String, until: Instant }),
  automatic: true,
  subject: { de: "Ihr Antrag wurde kürzlich abgelehnt – {product}", en: "Your request was refused lately – {product}" },
  content: {
    de: ({ customerNumber, until }, { dateTime }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        "derselbe Antrag wurde vor Kurzem abgelehnt. Bitte sprechen Sie mit den Inhabern der anderen Seite, bevor Sie ihn noch einmal stellen."
      ],
      details: [
        { label: "Kundennummer", value: customerNumber },
        { label: "Wieder möglich ab", value: dateTime(until) }
      ]
    }),
    en: ({ customerNumber, until }, { dateTime }) => ({
      greeting: "Hello,",
      paragraphs: [
        "The same request was refused a short while ago. Please talk to the owners of the other side before you make it again."
      ],
      details: [
        { label: "Customer number", value: customerNumber },
        { label: "Possible again from", value: dateTime(until) }
      ]
    })
  }
})

export const mails = { linked, unlinked, notAssigned, coolingDown } as const

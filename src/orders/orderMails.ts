import { Effect, Option, Schema } from "effect"
import { AccountId, OrderId } from "../kernel/ids.ts"
import { inLocale, type Locale } from "../kernel/Text.ts"
import * as MailKind from "../mail/MailKind.ts"
import { MembershipRepository } from "../tenants/MembershipRepository.ts"
import { format } from "./Money.ts"
import { type Failure, FailureReason, type OrderState, type Terms } from "./Order.ts"
import { OrderRepository } from "./OrderRepository.ts"

const label = { de: Schema.String, en: Schema.String }

const Ordered = {
  accountId: AccountId,
  /** Missing in rows that were stored before mails named it. */
  orderId: Schema.optionalKey(OrderId),
  /** Who orders. */
  tenantName: Schema.String,
  number: Schema.String,
  /** Of the new customer area. */
  name: Schema.String,
  product: Schema.Struct(label)
}

interface Addressed {
  readonly recipient: string
  readonly tenantId: MailKind.MailFacts<unknown>["tenantId"]
  readonly values: { readonly accountId: AccountId; readonly orderId?: OrderId }
}

// whoever has left the tenant by now, or moved the contact address, does not get it (R-TE-09)
const stillAMember = ({ recipient, tenantId, values }: Addressed) =>
  Effect.gen(function* () {
    if (tenantId === null) return MailKind.dropped("membership-ended")
    const memberships = yield* MembershipRepository
    const membership = yield* memberships.find(tenantId, values.accountId)
    if (Option.isNone(membership)) return MailKind.dropped("membership-ended")
    return membership.value.contactEmail === recipient ? MailKind.wanted : MailKind.dropped("contact-changed")
  })

/** As long as the order stands as the mail says (OUT-04). */
const whileIt = (holds: (state: OrderState) => boolean) => (facts: Addressed) =>
  Effect.gen(function* () {
    const verdict = yield* stillAMember(facts)
    const { orderId } = facts.values
    if (verdict._tag === "Dropped" || facts.tenantId === null || orderId === undefined) return verdict
    const orders = yield* OrderRepository
    const order = yield* orders.find(facts.tenantId, orderId)
    return Option.exists(order, ({ state }) => holds(state)) ? verdict : MailKind.dropped("order-changed")
  })

const months = (count: number, locale: "de" | "en"): string =>
  locale === "de" ? (count === 1 ? "1 Monat" : `${count} Monate`) : count === 1 ? "1 month" : `${count} months`

const details = {
  de: (values: { readonly number: string; readonly name: string; readonly product: { readonly de: string } }) => [
    { label: "Bestellnummer", value: values.number },
    { label: "Nebenaccount", value: values.name },
    { label: "Produkt", value: values.product.de }
  ],
  en: (values: { readonly number: string; readonly name: string; readonly product: { readonly en: string } }) => [
    { label: "Order number", value: values.number },
    { label: "Sub account", value: values.name },
    { label: "Product", value: values.product.en }
  ]
}

/** To who ordered, when it is placed: what, and for how much (ORD-05). */
export const placed = MailKind.make({
  name: "orders.placed",
  values: Schema.Struct({
    ...Ordered,
    currency: Schema.String,
    once: Schema.Int,
    monthly: Schema.Int,
    termMonths: Schema.Int
  }),
  automatic: true,
  subject: { de: "Ihre Bestellung {number} – {product}", en: "Your order {number} – {product}" },
  content: {
    de: (values, { locale, page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `wir haben Ihre Bestellung für den Kundenbereich „${values.tenantName}“ erhalten und richten den neuen Nebenaccount jetzt ein.`,
        "Sobald er bereitsteht, bekommen Sie wieder eine Nachricht. Bis dahin sehen Sie ihn in der Standortverwaltung."
      ],
      details: [
        ...details.de(values),
        { label: "Einmalig", value: format(values.once, values.currency, locale) },
        { label: "Monatlich", value: format(values.monthly, values.currency, locale) },
        ...(values.termMonths === 0 ? [] : [{ label: "Mindestlaufzeit", value: months(values.termMonths, "de") }])
      ],
      button: { label: "Zum Kundenportal", url: page("/") }
    }),
    en: (values, { locale, page }) => ({
      greeting: "Hello,",
      paragraphs: [
        `We have received your order for the customer area “${values.tenantName}” and are setting up the new sub account now.`,
        "You will get another message when it is ready. Until then you see it in location management."
      ],
      details: [
        ...details.en(values),
        { label: "Once", value: format(values.once, values.currency, locale) },
        { label: "Monthly", value: format(values.monthly, values.currency, locale) },
        ...(values.termMonths === 0 ? [] : [{ label: "Minimum term", value: months(values.termMonths, "en") }])
      ],
      button: { label: "Open the customer portal", url: page("/") }
    })
  },
  stillWanted: whileIt((state) => state !== "Cancelled")
})

/** To who ordered, when the new tenant is there and linked (ORD-05). */
export const ready = MailKind.make({
  name: "orders.ready",
  values: Schema.Struct({
    ...Ordered,
    customerNumber: Schema.String,
    /** Whether somebody else is invited as its first owner. */
    invited: Schema.Boolean
  }),
  automatic: true,
  subject: { de: "Ihr neuer Nebenaccount ist bereit – {product}", en: "Your new sub account is ready – {product}" },
  content: {
    de: (values, { page }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `der Nebenaccount, den Sie für den Kundenbereich „${values.tenantName}“ bestellt haben, ist eingerichtet.`,
        ...(values.invited ? ["Sein künftiger Inhaber hat eine Einladung erhalten."] : [])
      ],
      details: [...details.de(values), { label: "Kundennummer", value: values.customerNumber }],
      button: { label: "Zum Kundenportal", url: page("/") }
    }),
    en: (values, { page }) => ({
      greeting: "Hello,",
      paragraphs: [
        `The sub account that you ordered for the customer area “${values.tenantName}” has been set up.`,
        ...(values.invited ? ["Its owner to be has been invited."] : [])
      ],
      details: [...details.en(values), { label: "Customer number", value: values.customerNumber }],
      button: { label: "Open the customer portal", url: page("/") }
    })
  },
  stillWanted: stillAMember
})

/** Why an order failed, for people; what provisioning says itself stands beside it. */
export const reasonTexts: Readonly<Record<FailureReason, { readonly de: string; readonly en: string }>> = {
  refused: { de: "Die Einrichtung wurde abgelehnt.", en: "Setting it up was refused." },
  "too-many-tries": {
    de: "Die Einrichtung ist mehrmals fehlgeschlagen.",
    en: "Setting it up has failed several times."
  },
  "took-too-long": { de: "Die Einrichtung hat zu lange gedauert.", en: "Setting it up has taken too long." },
  "tenant-not-active": {
    de: "Der Kundenbereich, für den bestellt wurde, ist nicht mehr aktiv.",
    en: "The customer area that ordered is not active any more."
  },
  "tenant-is-sub": {
    de: "Der Kundenbereich, für den bestellt wurde, ist inzwischen selbst ein Nebenaccount.",
    en: "The customer area that ordered has become a sub account itself."
  },
  "owner-not-entitled": {
    de: "Wer bestellt hat, kann nicht mehr Inhaber des neuen Nebenaccounts werden.",
    en: "Whoever ordered cannot become the owner of the new sub account any more."
  }
}

/** To who ordered, when it came to nothing for now: staff look after it (ORD-05). */
export const failed = MailKind.make({
  name: "orders.failed",
  values: Schema.Struct({
    ...Ordered,
    reason: FailureReason,
    message: Schema.NullOr(Schema.Struct(label))
  }),
  automatic: true,
  subject: {
    de: "Ihre Bestellung {number} konnte nicht ausgeführt werden – {product}",
    en: "Your order {number} could not be carried out – {product}"
  },
  content: {
    de: (values, { support }) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `der Nebenaccount, den Sie für den Kundenbereich „${values.tenantName}“ bestellt haben, konnte nicht eingerichtet werden.`,
        reasonTexts[values.reason].de
      ],
      ...(values.message === null ? {} : { quote: values.message.de }),
      details: details.de(values),
      closing: [`Unser Kundendienst sieht sich das an und meldet sich bei Ihnen: ${support}`]
    }),
    en: (values, { support }) => ({
      greeting: "Hello,",
      paragraphs: [
        `The sub account that you ordered for the customer area “${values.tenantName}” could not be set up.`,
        reasonTexts[values.reason].en
      ],
      ...(values.message === null ? {} : { quote: values.message.en }),
      details: details.en(values),
      closing: [`Our support looks into it and will get in touch with you: ${support}`]
    })
  },
  stillWanted: whileIt((state) => state === "Failed")
})

/** To who ordered, when staff have called the order off. */
export const cancelled = MailKind.make({
  name: "orders.cancelled",
  values: Schema.Struct(Ordered),
  automatic: true,
  subject: {
    de: "Ihre Bestellung {number} wurde storniert – {product}",
    en: "Your order {number} was cancelled – {product}"
  },
  content: {
    de: (values) => ({
      greeting: "Guten Tag,",
      paragraphs: [
        `die Bestellung eines Nebenaccounts für den Kundenbereich „${values.tenantName}“ wurde storniert. Er wird nicht eingerichtet und nicht berechnet.`
      ],
      details: details.de(values)
    }),
    en: (values) => ({
      greeting: "Hello,",
      paragraphs: [
        `The order of a sub account for the customer area “${values.tenantName}” was cancelled. It will be neither set up nor billed.`
      ],
      details: details.en(values)
    })
  },
  stillWanted: stillAMember
})

/** The line that tells people why: the reason, and what provisioning says itself. */
export const failureText = (failure: Failure, locale: Locale): string => {
  const reason = inLocale(reasonTexts[failure.reason], locale)
  return failure.message === null ? reason : `${reason} ${inLocale(failure.message, locale)}`
}

/** What the mails say of what was ordered. */
export const productOf = (terms: Terms | null, key: string): { readonly de: string; readonly en: string } =>
  terms?.product ?? { de: key, en: key }

export const mails = { placed, ready, failed, cancelled } as const

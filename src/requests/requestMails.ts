import { Effect, Option, Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { RequestId, ShortNumber } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import type { Text } from "../kernel/Refusal.ts"
import { Settings } from "../kernel/Settings.ts"
import { inLocale, type Locale } from "../kernel/Text.ts"
import * as MailKind from "../mail/MailKind.ts"
import { authoritiesOf, termsOf } from "./Authority.ts"
import { hasApproved, type RequestState, stateAt } from "./Request.ts"
import { RequestRepository } from "./RequestRepository.ts"

const InBoth = Schema.Struct({ de: Schema.String, en: Schema.String })

/** A fact about a request, for people: its label in both languages, and the value as it is, or in both languages where it is words. */
export const Detail = Schema.Struct({ label: InBoth, value: Schema.Union([Schema.String, InBoth]) })
export type Detail = typeof Detail.Type

/** A fact in the language of who reads it. */
export const detailIn = ({ label, value }: Detail, locale: Locale) => ({
  label: inLocale({ ...label }, locale),
  value: typeof value === "string" ? value : inLocale({ ...value }, locale)
})

/** What every mail about a request is made from. */
export const MailValues = Schema.Struct({
  requestId: RequestId,
  number: ShortNumber,
  details: Schema.Array(Detail),
  /** When the present state of the request runs out. */
  deadline: Instant.Instant,
  /** Of a refusal. */
  reason: Schema.String,
  /** Of an approval; may be empty. */
  note: Schema.String
})
export type MailValues = typeof MailValues.Type

/** What a kind says in place of the words below, for each mail. */
export interface Texts {
  readonly confirm?: MailKind.Replacement<MailValues, LinkPurpose>
  readonly pending?: MailKind.Replacement<MailValues, undefined>
  readonly reminder?: MailKind.Replacement<MailValues, undefined>
  readonly amended?: MailKind.Replacement<MailValues, undefined>
  readonly offered?: MailKind.Replacement<MailValues, LinkPurpose>
  readonly approved?: MailKind.Replacement<MailValues, undefined>
  readonly refused?: MailKind.Replacement<MailValues, undefined>
  readonly expired?: MailKind.Replacement<MailValues, undefined>
}

const shown = (details: ReadonlyArray<Detail>, locale: Locale) => details.map((detail) => detailIn(detail, locale))

const pageOf = ({ requestId }: MailValues): `/${string}` => `/requests/${requestId}`

const quoted = (text: string) => (text === "" ? {} : { quote: text })

/** Whether the mail's request is still in this state. */
const inState = (...states: ReadonlyArray<RequestState>) =>
  Effect.fnUntraced(function* ({ values }: MailKind.MailFacts<MailValues>, now: Instant.Instant) {
    const requests = yield* RequestRepository
    const found = yield* requests.find(values.requestId)
    if (Option.isNone(found)) return MailKind.dropped("request-unknown")
    const state = stateAt(found.value, now)
    return states.includes(state) ? MailKind.wanted : MailKind.dropped(`request-${state.toLowerCase()}`)
  })

/** As `inState`, and whether the reader may still decide: who may not any more learns nothing of the asker, and who has approved is not asked. */
const forDecider = Effect.fnUntraced(function* (facts: MailKind.MailFacts<MailValues>, now: Instant.Instant) {
  const { accountId, values } = facts
  const requests = yield* RequestRepository
  const settings = yield* Settings
  const found = yield* requests.find(values.requestId)
  if (Option.isNone(found)) return MailKind.dropped("request-unknown")
  const state = stateAt(found.value, now)
  if (state !== "Pending") return MailKind.dropped(`request-${state.toLowerCase()}`)
  // the address of staff together stands for no account
  if (accountId === null) return MailKind.wanted
  const entitled = yield* requests.entitled([found.value], [accountId], termsOf(settings, now))
  const authorities = authoritiesOf(settings, found.value, entitled, accountId)
  return authorities.some((authority) => !hasApproved(found.value, authority))
    ? MailKind.wanted
    : MailKind.dropped("no-decider")
})

/** What a mail that asks for a decision says first. */
const asking = {
  pending: {
    subject: {
      de: (title: string) => `${title}: Ihre Entscheidung – {number}`,
      en: (title: string) => `${title}: your decision – {number}`
    },
    de: (product: string, title: string) => [
      `im Kundenportal ${product} wartet ein Antrag auf Ihre Entscheidung: ${title}.`
    ],
    en: (product: string, title: string) => [
      `A request in the customer portal ${product} waits for your decision: ${title}.`
    ]
  },
  reminder: {
    subject: {
      de: (title: string) => `Erinnerung: ${title} – {number}`,
      en: (title: string) => `Reminder: ${title} – {number}`
    },
    de: (product: string, title: string) => [
      `im Kundenportal ${product} wartet noch immer ein Antrag auf Ihre Entscheidung: ${title}.`
    ],
    en: (product: string, title: string) => [
      `A request in the customer portal ${product} still waits for your decision: ${title}.`
    ]
  },
  amended: {
    subject: {
      de: (title: string) => `${title}: geändert, bitte neu entscheiden – {number}`,
      en: (title: string) => `${title}: changed, please decide again – {number}`
    },
    de: (product: string, title: string) => [
      `im Kundenportal ${product} wurde ein Antrag geändert, der auf Ihre Entscheidung wartet: ${title}.`,
      "Zustimmungen zur früheren Fassung gelten nicht mehr, auch Ihre nicht, falls Sie schon zugestimmt hatten."
    ],
    en: (product: string, title: string) => [
      `A request in the customer portal ${product} that waits for your decision was changed: ${title}.`,
      "Approvals of the earlier version do not count any more, nor does yours, if you had approved it already."
    ]
  }
}

const asks = (name: string, title: Text, kind: keyof typeof asking, texts: Texts) => {
  const words = asking[kind]
  const made = MailKind.make({
    name: `requests.${name}.${kind}`,
    values: MailValues,
    automatic: true,
    subject: { de: words.subject.de(title.de), en: words.subject.en(title.en) },
    content: {
      de: (values, { dateTime, locale, page, product }) => ({
        greeting: "Guten Tag,",
        paragraphs: words.de(product, title.de),
        details: [
          { label: "Antrag", value: values.number },
          ...shown(values.details, locale),
          { label: "Zu entscheiden bis", value: dateTime(values.deadline) }
        ],
        button: { label: "Antrag ansehen", url: page(pageOf(values)) }
      }),
      en: (values, { dateTime, locale, page, product }) => ({
        greeting: "Hello,",
        paragraphs: words.en(product, title.en),
        details: [
          { label: "Request", value: values.number },
          ...shown(values.details, locale),
          { label: "To be decided by", value: dateTime(values.deadline) }
        ],
        button: { label: "See the request", url: page(pageOf(values)) }
      })
    },
    stillWanted: forDecider
  })
  return MailKind.override(made, texts[kind] ?? {})
}

const confirms = (name: string, title: Text, purpose: LinkPurpose, texts: Texts) =>
  MailKind.override(
    MailKind.make({
      name: `requests.${name}.confirm`,
      values: MailValues,
      purpose,
      automatic: true,
      subject: { de: `${title.de}: bitte bestätigen – {product}`, en: `${title.en}: please confirm – {product}` },
      content: {
        de: (values, { dateTime, link, locale, product }) => ({
          greeting: "Guten Tag,",
          paragraphs: [
            `mit Ihrer E-Mail-Adresse wurde im Kundenportal ${product} ein Antrag gestellt: ${title.de}.`,
            "Bitte bestätigen Sie, dass er von Ihnen ist."
          ],
          details: [...shown(values.details, locale), { label: "Zu bestätigen bis", value: dateTime(values.deadline) }],
          button: { label: "Antrag bestätigen", url: link },
          closing: ["Wenn der Antrag nicht von Ihnen ist, brauchen Sie nichts zu tun."]
        }),
        en: (values, { dateTime, link, locale, product }) => ({
          greeting: "Hello,",
          paragraphs: [
            `A request was made in the customer portal ${product} with your e-mail address: ${title.en}.`,
            "Please confirm that it is yours."
          ],
          details: [
            ...shown(values.details, locale),
            { label: "To be confirmed by", value: dateTime(values.deadline) }
          ],
          button: { label: "Confirm the request", url: link },
          closing: ["If the request is not yours, there is nothing you need to do."]
        })
      },
      stillWanted: inState("AwaitingConfirmation")
    }),
    texts.confirm ?? {}
  )

const offers = (name: string, title: Text, purpose: LinkPurpose, texts: Texts) =>
  MailKind.override(
    MailKind.make({
      name: `requests.${name}.offered`,
      values: MailValues,
      purpose,
      automatic: true,
      subject: { de: `${title.de}: zugestimmt – {number}`, en: `${title.en}: approved – {number}` },
      content: {
        de: (values, { dateTime, link, locale }) => ({
          greeting: "Guten Tag,",
          paragraphs: [
            `Ihrem Antrag wurde zugestimmt: ${title.de}.`,
            "Es fehlt nur noch ein Schritt von Ihnen. Bitte folgen Sie dazu dem Link."
          ],
          ...quoted(values.note),
          details: [
            { label: "Antrag", value: values.number },
            ...shown(values.details, locale),
            { label: "Gültig bis", value: dateTime(values.deadline) }
          ],
          button: { label: "Weiter", url: link }
        }),
        en: (values, { dateTime, link, locale }) => ({
          greeting: "Hello,",
          paragraphs: [
            `Your request was approved: ${title.en}.`,
            "There is one step left for you. Please follow the link."
          ],
          ...quoted(values.note),
          details: [
            { label: "Request", value: values.number },
            ...shown(values.details, locale),
            { label: "Valid until", value: dateTime(values.deadline) }
          ],
          button: { label: "Continue", url: link }
        })
      },
      stillWanted: inState("Approved")
    }),
    texts.offered ?? {}
  )

const ends = (
  name: string,
  title: Text,
  kind: "approved" | "refused" | "expired",
  words: { readonly subject: Text; readonly says: Text },
  texts: Texts
) =>
  MailKind.override(
    MailKind.make({
      name: `requests.${name}.${kind}`,
      values: MailValues,
      automatic: true,
      subject: {
        de: `${title.de}: ${words.subject.de} – {number}`,
        en: `${title.en}: ${words.subject.en} – {number}`
      },
      content: {
        de: (values, { locale }) => ({
          greeting: "Guten Tag,",
          paragraphs: [`${words.says.de}: ${title.de}.`],
          ...quoted(kind === "refused" ? values.reason : values.note),
          details: [{ label: "Antrag", value: values.number }, ...shown(values.details, locale)]
        }),
        en: (values, { locale }) => ({
          greeting: "Hello,",
          paragraphs: [`${words.says.en}: ${title.en}.`],
          ...quoted(kind === "refused" ? values.reason : values.note),
          details: [{ label: "Request", value: values.number }, ...shown(values.details, locale)]
        })
      }
    }),
    texts[kind] ?? {}
  )

/** The mails of one kind of request. `confirm` and `offered` are there where the kind has links of that purpose. */
export const requestMails = (kind: {
  readonly name: string
  readonly title: Text
  readonly confirmation: LinkPurpose | undefined
  readonly offer: LinkPurpose | undefined
  readonly texts: Texts
}) => {
  const { name, texts, title } = kind
  return {
    confirm: kind.confirmation === undefined ? null : confirms(name, title, kind.confirmation, texts),
    /** To those who decide. */
    pending: asks(name, title, "pending", texts),
    reminder: asks(name, title, "reminder", texts),
    /** To those who decide, whoever of them has approved what it was before. */
    amended: asks(name, title, "amended", texts),
    /** To the asker, with the link to what is left to do. */
    offered: kind.offer === undefined ? null : offers(name, title, kind.offer, texts),
    /** To the asker; the effect has happened. */
    approved: ends(
      name,
      title,
      "approved",
      {
        subject: { de: "zugestimmt", en: "approved" },
        says: { de: "Ihrem Antrag wurde zugestimmt", en: "Your request was approved" }
      },
      texts
    ),
    refused: ends(
      name,
      title,
      "refused",
      {
        subject: { de: "abgelehnt", en: "refused" },
        says: { de: "Ihr Antrag wurde abgelehnt", en: "Your request was refused" }
      },
      texts
    ),
    expired: ends(
      name,
      title,
      "expired",
      {
        subject: { de: "abgelaufen", en: "expired" },
        says: { de: "Ihr Antrag ist abgelaufen", en: "Your request has expired" }
      },
      texts
    )
  }
}

export type RequestMails = ReturnType<typeof requestMails>

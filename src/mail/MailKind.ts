import { Effect, Option, type Redacted, Schema } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Json } from "../kernel/EventLog.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId, MailId, TenantId } from "../kernel/ids.ts"
import type { LinkPurpose } from "../kernel/Links.ts"
import type { NewMail } from "../kernel/Outbox.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Limit } from "../kernel/Settings.ts"
import { inLocale, type Locale } from "../kernel/Text.ts"
import { type Enclosing, enclosesNothing, type Tries } from "./MailAttachment.ts"
import type { LinkContext, MailContent, MailContext } from "./MailContent.ts"

export type { LinkContext, MailContent, MailContext } from "./MailContent.ts"

type JsonObject = { readonly [key: string]: Json }

/** Something in each language that the library brings; an application adds others (G-08, G-12). */
export type ByLocale<A> = Readonly<Record<string, A>> & { readonly de: A; readonly en: A }

/** What a mail was asked for with, as its kind's checks and callbacks get it. */
export interface MailFacts<V> {
  readonly id: MailId
  readonly values: V
  readonly recipient: EmailAddress
  readonly locale: Locale
  readonly tenantId: TenantId | null
  readonly accountId: AccountId | null
  readonly process: string
  readonly createdAt: Instant
}

/** Whether a mail still makes sense at the moment of sending (OUT-04). */
export type Verdict =
  | { readonly _tag: "Wanted" }
  | { readonly _tag: "Dropped"; readonly reason: string }
  /** The recipient has moved: it is for them still, at another address, and nobody gets it at the former one. */
  | { readonly _tag: "Moved"; readonly recipient: EmailAddress }

export const wanted: Verdict = { _tag: "Wanted" }

/** The reason is a code that staff see, for example `invitation-revoked`; it names nobody. */
export const dropped = (reason: string): Verdict => ({ _tag: "Dropped", reason })

export const moved = (recipient: EmailAddress): Verdict => ({ _tag: "Moved", recipient })

type ContextFor<P> = [P] extends [LinkPurpose] ? LinkContext : MailContext

/** How one mail travels, where that is not as every mail does: for conversations (MIN-09). */
export interface Travel {
  /** Instead of `Settings.mail.from`; what does not arrive comes back to it. */
  readonly from?: { readonly name: string; readonly address: string } | undefined
  /** Where an answer goes. */
  readonly replyTo?: EmailAddress | undefined
  /** Further headers by name, for example `In-Reply-To`; `headerFault` refuses those that have their own place. */
  readonly headers?: Readonly<Record<string, string>> | undefined
}

/** What makes a kind of mail. */
export interface Options<V, E extends JsonObject, P extends LinkPurpose | undefined, RW, RD, RT = never, RE = never> {
  /** `room.happened`, for example `invitations.invited`; stored in each row, so it never changes. */
  readonly name: string
  /** What the template needs; JSON when encoded, and no secret. */
  readonly values: Schema.Codec<V, E>
  /** Set when the mail carries a link; the link is checked before sending, and a mail whose link opens nothing any more is dropped. */
  readonly purpose?: P
  /** Whether a program and not a person caused it: such mails say so in `Auto-Submitted` (RFC 3834 section 5). */
  readonly automatic: boolean
  /**
   * `{product}` stands for the product's name, and the name of a value for that value, if it is a short number of ours (G-07); any other value
   * leaves its place empty, so that nobody writes our subject lines (OUT-02).
   */
  readonly subject: ByLocale<string>
  readonly content: ByLocale<(values: V, context: ContextFor<P>) => MailContent>
  /** At most so many mails of this kind to one recipient; what is above is dropped at sending with the reason `cap`. */
  readonly cap?: { readonly limit: Limit }
  /** Read-only; asked right before sending. Without it, the mail is wanted as long as its link is (if it has one). */
  readonly stillWanted?: (facts: MailFacts<V>, now: Instant) => Effect.Effect<Verdict, PersistenceError, RW>
  /** Read-only; asked right before each sending, after `stillWanted`. What depends on keys and on who takes part today is no value of the row. */
  readonly travel?: (facts: MailFacts<V>, now: Instant) => Effect.Effect<Travel, PersistenceError, RT>
  /**
   * Read-only; asked right before each sending, after `stillWanted`, for files that travel with the mail. The row holds no more of them than what names them:
   * whether the recipient may have them is looked at here, and their bytes are read while the mail is handed over. No file keeps what is written from going out
   * for good.
   */
  readonly enclose?: (facts: MailFacts<V>, now: Instant, tries: Tries) => Effect.Effect<Enclosing, PersistenceError, RE>
  /** Tells the owner of the process that the mail will not arrive (OUT-03), in the unit of work that marks the mail as dead. */
  readonly onDead?: (facts: MailFacts<V>, reason: string) => Effect.Effect<void, PersistenceError, RD>
}

/** A stored mail whose values fit its kind. */
export interface Opened<R> {
  readonly content: (context: LinkContext) => MailContent
  readonly subjectValues: Readonly<Record<string, unknown>>
  readonly stillWanted: (now: Instant) => Effect.Effect<Verdict, PersistenceError, R>
  readonly travel: (now: Instant) => Effect.Effect<Travel, PersistenceError, R>
  readonly enclose: (now: Instant, tries: Tries) => Effect.Effect<Enclosing, PersistenceError, R>
  readonly onDead: (reason: string) => Effect.Effect<void, PersistenceError, R>
}

/** A mail kind as the dispatcher sees it: `R` is what its checks and callbacks need. */
export interface Kind<out R> {
  readonly name: string
  readonly purpose: LinkPurpose | undefined
  readonly automatic: boolean
  readonly cap: { readonly limit: Limit } | undefined
  readonly subject: ByLocale<string>
  /** The languages that have a template. */
  readonly locales: ReadonlyArray<string>
  /** Nothing, when the stored values are not those of this kind. */
  readonly open: (facts: MailFacts<unknown>) => Option.Option<Opened<R>>
}

/** What the checks and callbacks of a kind (or of any of a union of kinds) need. */
export type Services<K> = K extends Kind<infer R> ? R : never

interface Envelope<V> {
  readonly recipient: EmailAddress
  readonly locale: Locale
  readonly values: V
  readonly tenantId?: TenantId | undefined
  readonly accountId?: AccountId | undefined
  /** For example `invitation:<id>`; mails of one process reach one recipient in order (OUT-05). */
  readonly process: string
}

/** What a kind makes a mail from; a kind with a link needs the link's secret. */
export type MailInput<V, P> = Envelope<V> &
  ([P] extends [LinkPurpose] ? { readonly secret: Redacted.Redacted } : unknown)

/** One kind of mail as a value (OUT-08): its template, and when it is still wanted. */
export interface MailKind<V, P extends LinkPurpose | undefined, R> extends Kind<R> {
  /** The mail for `unit.send`. */
  readonly mail: (input: MailInput<V, P>) => NewMail
  readonly template: Template<V, P>
  /** The same kind with other templates. */
  readonly with: (template: Template<V, P>) => MailKind<V, P, R>
}

/** What a kind says, in each language. */
export interface Template<V, P> {
  readonly subject: ByLocale<string>
  readonly content: ByLocale<(values: V, context: ContextFor<P>) => MailContent>
}

/**
 * ```ts
 * export const invited = MailKind.make({
 *   name: "invitations.invited",
 *   values: Schema.Struct({ tenant: Schema.String, expiresAt: Instant }),
 *   purpose: invitationLink,
 *   automatic: true,
 *   subject: { de: "Einladung zu {product}", en: "Invitation to {product}" },
 *   content: {
 *     de: ({ tenant, expiresAt }, { dateTime, link }) => ({
 *       paragraphs: [`Sie wurden zu ${tenant} eingeladen.`],
 *       details: [{ label: "Gültig bis", value: dateTime(expiresAt) }],
 *       button: { label: "Einladung ansehen", url: link }
 *     }),
 *     en: …
 *   }
 * })
 * unit.send(invited.mail({ recipient, locale, values: { tenant: tenant.name, expiresAt }, secret, tenantId, process: `invitation:${id}` }))
 * ```
 */
export const make = <
  V,
  E extends JsonObject,
  const P extends LinkPurpose | undefined = undefined,
  RW = never,
  RD = never,
  RT = never,
  RE = never
>(
  options: Options<V, E, P, RW, RD, RT, RE>
): MailKind<V, P, RW | RD | RT | RE> => {
  const decode = Schema.decodeUnknownOption(options.values)
  const encode = Schema.encodeSync(options.values)
  const { name, cap, enclose, stillWanted, onDead, travel } = options

  const from = (template: Template<V, P>): MailKind<V, P, RW | RD | RT | RE> => ({
    name,
    purpose: options.purpose,
    automatic: options.automatic,
    cap,
    subject: template.subject,
    locales: Object.keys(template.content),
    template,
    with: from,
    mail: (input: MailInput<V, P>) => {
      const { values, ...envelope } = input
      return { ...envelope, kind: name, values: encode(values) }
    },
    open: (stored) =>
      Option.map(decode(stored.values), (values) => {
        const facts = { ...stored, values }
        return {
          // a kind without a purpose takes the smaller context, and the bigger one has all of it
          content: (context) => inLocale(template.content, context.locale)(values, context as ContextFor<P>),
          subjectValues: Object(values) as Readonly<Record<string, unknown>>, // read by name only, whatever it is
          stillWanted: (now) => stillWanted?.(facts, now) ?? Effect.succeed(wanted),
          travel: (now) => travel?.(facts, now) ?? Effect.succeed({}),
          enclose: (now, tries) => enclose?.(facts, now, tries) ?? Effect.succeed(enclosesNothing),
          onDead: (reason) => onDead?.(facts, reason) ?? Effect.void
        }
      })
  })
  return from({ subject: options.subject, content: options.content })
}

/** What an application says in place of a kind's own words: whole languages, those of the library or others. */
export interface Replacement<V, P> {
  readonly subject?: Readonly<Record<string, string>>
  readonly content?: Readonly<Record<string, (values: V, context: ContextFor<P>) => MailContent>>
}

/** The kind with the application's templates; languages that are not given stay as they are. Give it to the dispatcher in place of the original. */
export const override = <V, P extends LinkPurpose | undefined, R>(
  kind: MailKind<V, P, R>,
  replacement: Replacement<V, P>
): MailKind<V, P, R> =>
  kind.with({
    subject: { ...kind.template.subject, ...replacement.subject },
    content: { ...kind.template.content, ...replacement.content }
  })

/** What is wrong with a list of kinds: a language without subject or template, a name twice. Empty when all is well (G-08). */
export const check = (
  kinds: ReadonlyArray<Kind<unknown>>,
  locales: ReadonlyArray<Locale> = ["de", "en"]
): ReadonlyArray<string> => {
  const seen = new Set<string>()
  return kinds.flatMap(({ locales: templates, name, subject }) => {
    const faults: Array<string> = []
    if (seen.has(name)) faults.push(`${name}: there are two kinds of this name`)
    seen.add(name)
    for (const locale of locales) {
      if (!templates.includes(locale)) faults.push(`${name}: no template in ${locale}`)
      const line = Object.hasOwn(subject, locale) ? (subject[locale] ?? "") : ""
      if (line.trim() === "") faults.push(`${name}: no subject in ${locale}`)
      else if (/\p{Cc}/u.test(line)) faults.push(`${name}: control characters in the subject in ${locale}`)
    }
    return faults
  })
}

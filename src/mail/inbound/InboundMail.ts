import type { EmailAddress } from "../../kernel/EmailAddress.ts"
import type { Instant } from "../../kernel/Instant.ts"

/** One header field as it stands in the message: the name in lower case, the value unfolded and not decoded. */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

/** A mailbox as a header names it. `email` is its normal form, or null where it is not exactly one mailbox by our rules (G-09). */
export interface Mailbox {
  readonly name: string
  readonly email: EmailAddress | null
}

/** A part that is not the text of the message: an attachment, an image inside of the HTML, a report, a forwarded message. */
export interface Part {
  /** In lower case, for example `image/png`; as stated, so it proves nothing. */
  readonly type: string
  /** As stated; null where the part has no name. */
  readonly name: string | null
  /** Without angle brackets; null where nothing can point to it. */
  readonly contentId: string | null
  /** Whether the HTML shows it in its place (MIN-07). */
  readonly inline: boolean
  readonly content: Uint8Array
}

/** A message of RFC 5322 after parsing: what it says of itself, of which nothing is proven. */
export interface InboundMail {
  /** In the order of the message, those that stand there twice included. */
  readonly headers: ReadonlyArray<HeaderField>
  /** The author; null unless there is exactly one `From` with exactly one mailbox. */
  readonly from: Mailbox | null
  /** Of all `To` and `Cc`; they add nobody to anything (MIN-03). */
  readonly to: ReadonlyArray<Mailbox>
  readonly cc: ReadonlyArray<Mailbox>
  /** With its angle brackets; null where it has none that is well-formed. */
  readonly messageId: string | null
  /** The Message-IDs of `In-Reply-To` and `References`, with their angle brackets, without doubles. */
  readonly references: ReadonlyArray<string>
  /** Decoded, one line. */
  readonly subject: string
  readonly date: Instant | null
  /** The text for people, made of the HTML where there is no other. */
  readonly text: string
  /** As sent, not sanitised; null where the message is text only. */
  readonly html: string | null
  readonly parts: ReadonlyArray<Part>
}

/** What the host knows of a message from the transport (RFC 5321), beside its bytes. */
export interface Envelope {
  /** Whom it was delivered to. */
  readonly recipient: string
  /** The return path; empty for the null path of reports, `undefined` where the host does not know it. */
  readonly sender?: string | undefined
}

/** The values of a field, in the order of the message. */
export const fieldsOf = (mail: Pick<InboundMail, "headers">, name: string): ReadonlyArray<string> =>
  mail.headers.filter((field) => field.name === name).map(({ value }) => value)

/** The first value of a field. */
export const fieldOf = (mail: Pick<InboundMail, "headers">, name: string): string | undefined =>
  mail.headers.find((field) => field.name === name)?.value

import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { MailId } from "../kernel/ids.ts"
import type { MailAttachment } from "./MailAttachment.ts"

/**
 * One rendered mail to one mailbox. Its text holds the link's secret: it is for the mailer only and never logged.
 */
export interface MailMessage {
  /** The same for every attempt: the key by which a provider can refuse to send twice (R-MA-06). */
  readonly id: MailId
  /** `<id@domain>`, the same for every attempt (RFC 5322 section 3.6.4). */
  readonly messageId: string
  /** When the mail was asked for. */
  readonly date: Instant
  readonly from: { readonly name: string; readonly address: string }
  readonly to: EmailAddress
  /** Where an answer goes, when that is not the sender's mailbox. */
  readonly replyTo?: EmailAddress | undefined
  readonly subject: string
  readonly text: string
  readonly html: string
  /** Files that travel with it, in their order. */
  readonly attachments?: ReadonlyArray<MailAttachment> | undefined
  /** Further headers by name, for example `Auto-Submitted`; none of those that the fields above stand for. */
  readonly headers: Readonly<Record<string, string>>
}

import type { Instant } from "../kernel/Instant.ts"
import type { Locale } from "../kernel/Text.ts"
import type { Enclosed } from "./MailAttachment.ts"

/**
 * What a mail says, as a structure; `render` makes text and HTML of it. All of it is shown as plain text: nothing in it is markup, and names or
 * addresses in it do not become links (R-TI-15). The one thing to click is the button.
 */
export interface MailContent {
  /** The first line, for example "Guten Tag,". */
  readonly greeting?: string | undefined
  readonly paragraphs: ReadonlyArray<string>
  /** Text that a person wrote, of one or more lines, shown as a quotation. */
  readonly quote?: string | undefined
  /** Facts, each with its label: "Gültig bis: 3. März 2027, 12:00". */
  readonly details?: ReadonlyArray<{ readonly label: string; readonly value: string }> | undefined
  /** Leads to a page below the operator's base address: `ctx.link` or `ctx.page(…)`; any other address is refused (R-TK-10). */
  readonly button?: { readonly label: string; readonly url: string } | undefined
  /** After the button. */
  readonly closing?: ReadonlyArray<string> | undefined
}

/** What a template gets besides its values. */
export interface MailContext {
  readonly locale: Locale
  readonly product: string
  readonly support: string
  /** A date with time in the mail's language and the operator's time zone: "3. März 2027, 12:00 MEZ". */
  readonly dateTime: (instant: Instant) => string
  /** A date in the mail's language and the operator's time zone: "3. März 2027". */
  readonly date: (instant: Instant) => string
  /** The address of a page that needs no secret: `page("/sign-in")`. */
  readonly page: (path: `/${string}`) => string
  /** What travels with the mail, and what does not: of a kind that encloses files. */
  readonly enclosed: Enclosed
}

/** As `MailContext`, for a kind whose mails carry a link. */
export interface LinkContext extends MailContext {
  /** The address that holds the link's secret. */
  readonly link: string
}

import { Effect, Layer, Option, Result } from "effect"
import PostalMime, { type Address, type Attachment, addressParser, type Email } from "postal-mime"
import { parse as parseAddress } from "../kernel/EmailAddress.ts"
import { fromMillis } from "../kernel/Instant.ts"
import { htmlText } from "../mail/inbound/htmlText.ts"
import type { HeaderField, InboundMail, Mailbox, Part } from "../mail/inbound/InboundMail.ts"
import { MailParser, MailUnreadable, type ParseFault, type ParserLimits } from "../mail/inbound/MailParser.ts"

const LF = 10
const CR = 13
const DASH = 45
const SHORT_LINE = 60

interface Outline {
  /** Fields of the message's own header. */
  readonly fields: number
  /** Lines that could part the message; each part needs one. */
  readonly dashes: number
  /** Lines below the header that are shorter than those of encoded files: text. */
  readonly short: number
}

/** One pass over the bytes, before anything is made of them. */
const outline = (raw: Uint8Array): Outline => {
  let fields = 0
  let dashes = 0
  let short = 0
  let inHeader = true
  let at = 0
  while (at < raw.length) {
    const next = raw.indexOf(LF, at)
    const end = next < 0 ? raw.length : next
    const first = raw[at]
    if (inHeader) {
      if (end === at || (end === at + 1 && first === CR)) inHeader = false
      else if (first !== 32 && first !== 9) fields++
    } else {
      if (first === DASH && raw[at + 1] === DASH) dashes++
      if (end - at < SHORT_LINE) short++
    }
    at = end + 1
  }
  return { fields, dashes, short }
}

/** Lines with dashes stand in texts, too: far more of them than parts are still no attack. */
const DASHES_FOR_PART = 50

/** The parser takes its time for each line, so that there may be as many as a text of this length has when each holds a word or two. */
const UNITS_FOR_LINE = 10

/** A field's name and colon (RFC 5322 section 2.2), somewhere in the first lines: without one the bytes are no message. */
const hasField = (raw: Uint8Array): boolean =>
  /^[!-9;-~]{1,100}[ \t]*:/m.test(
    new TextDecoder("latin1").decode(raw.subarray(0, 4_096)).split(/\r?\n\r?\n/, 1)[0] ?? ""
  )

const faultOf = (cause: unknown): ParseFault => {
  const text = cause instanceof Error ? cause.message : ""
  if (/nesting depth/i.test(text)) return "too-deep"
  return /header size/i.test(text) ? "too-many-headers" : "malformed"
}

/** One line without controls, as people may see it. */
const oneLine = (text: string): string =>
  text
    .toWellFormed()
    .replace(/[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu, " ")
    .trim()
    .slice(0, 1_000)
    .trim()

const toMailbox = ({ address, name }: { readonly name: string; readonly address?: string | undefined }): Mailbox => ({
  name: oneLine(name).slice(0, 200),
  email: Option.getOrNull(parseAddress(address ?? ""))
})

const flat = (addresses: ReadonlyArray<Address> | undefined): ReadonlyArray<Mailbox> =>
  (addresses ?? []).flatMap((one) => (one.group === undefined ? [toMailbox(one)] : one.group.map(toMailbox)))

/** The author: of several fields or mailboxes, or of a group, none is believed (RFC 5322 section 3.6.2 lets there be one field). */
const authorOf = (headers: ReadonlyArray<HeaderField>): Mailbox | null => {
  const fields = headers.filter(({ name }) => name === "from")
  const [field] = fields
  if (field === undefined || fields.length !== 1 || field.value.length > 2_000) return null
  const [address, ...more] = addressParser(field.value)
  if (address === undefined || more.length > 0 || address.group !== undefined) return null
  const mailbox = toMailbox(address)
  // a parser may find an address in what only looks like one: it must stand there, and be the only one that does
  const shown = field.value.match(/[^\s<>"(),:;]+@[^\s<>"(),:;]+/g) ?? []
  return mailbox.email === null || shown.length !== 1
    ? { ...mailbox, email: shown.length === 1 ? mailbox.email : null }
    : mailbox
}

const MESSAGE_ID = /<[!-;=?-~]{1,250}>/g

const messageIdOf = (headers: ReadonlyArray<HeaderField>): string | null => {
  const values = headers.filter(({ name }) => name === "message-id")
  if (values.length !== 1) return null
  const ids = (values[0]?.value ?? "").match(MESSAGE_ID) ?? []
  return ids.length === 1 ? (ids[0] ?? null) : null
}

const MOST_REFERENCES = 100

const referencesOf = (headers: ReadonlyArray<HeaderField>): ReadonlyArray<string> =>
  [
    ...new Set(
      headers
        .filter(({ name }) => name === "in-reply-to" || name === "references")
        .flatMap(({ value }) => value.slice(0, 20_000).match(MESSAGE_ID) ?? [])
    )
  ].slice(0, MOST_REFERENCES)

const bytesOf = (content: Attachment["content"]): Uint8Array =>
  typeof content === "string"
    ? new TextEncoder().encode(content)
    : content instanceof Uint8Array
      ? content
      : new Uint8Array(content)

const toPart = (attachment: Attachment): Part => {
  const contentId = attachment.contentId?.trim().replace(/^<|>$/g, "") ?? ""
  return {
    type: attachment.mimeType,
    name: attachment.filename === null ? null : oneLine(attachment.filename),
    contentId: contentId === "" || contentId.length > 250 ? null : contentId,
    inline: attachment.related === true,
    content: bytesOf(attachment.content)
  }
}

/** Line ends as LF, and none of the controls that no store and no page takes. */
const clean = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, "\n")
    .replace(/[^\P{Cc}\n\t]|[\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, "")

const toInbound = (email: Email): InboundMail => {
  const headers = email.headers.map(({ key, value }) => ({ name: key, value: oneLine(value) }))
  const html =
    email.html === undefined || email.html.trim() === "" ? null : email.html.toWellFormed().replaceAll("\0", "")
  const plain = clean(email.text ?? "")
  const millis = email.date === undefined ? Number.NaN : Date.parse(email.date)
  return {
    headers,
    from: authorOf(email.headers.map(({ key, value }) => ({ name: key, value }))),
    to: flat(email.to),
    cc: flat(email.cc),
    messageId: messageIdOf(headers),
    references: referencesOf(headers),
    subject: oneLine(email.subject ?? ""),
    date: Number.isSafeInteger(millis) ? fromMillis(millis) : null,
    text: plain.trim() === "" && html !== null ? clean(htmlText(html)) : plain,
    html,
    parts: email.attachments.map(toPart)
  }
}

const beyond = (mail: InboundMail, limits: ParserLimits): ParseFault | undefined => {
  if (mail.parts.length > limits.parts) return "too-many-parts"
  if (mail.text.length > limits.text || (mail.html?.length ?? 0) > limits.text) return "too-long-text"
  const decoded = mail.parts.reduce((sum, { content }) => sum + content.length, 0)
  return decoded > limits.decodedBytes ? "too-large" : undefined
}

/** Before anything is parsed. */
const early = (raw: Uint8Array, limits: ParserLimits): ParseFault | undefined => {
  if (raw.length > limits.bytes) return "too-large"
  if (!hasField(raw)) return "malformed"
  const { dashes, fields, short } = outline(raw)
  if (fields > limits.headers) return "too-many-headers"
  if (dashes > limits.parts * DASHES_FOR_PART) return "too-many-parts"
  return short > limits.text / UNITS_FOR_LINE ? "too-long-text" : undefined
}

/** Reads messages with `postal-mime`, which works in linear time and takes no more than it is given; what it does not limit is counted before it starts. */
export const layer: Layer.Layer<MailParser> = Layer.succeed(
  MailParser,
  MailParser.of({
    parse: Effect.fnUntraced(function* (raw, limits) {
      const fault = early(raw, limits)
      if (fault !== undefined) return yield* new MailUnreadable({ fault })
      const email = yield* Effect.tryPromise({
        try: () =>
          PostalMime.parse(raw, {
            // a message inside of the message is a part of it and never its text
            forceRfc822Attachments: true,
            maxNestingDepth: limits.depth,
            maxHeadersSize: limits.headerBytes,
            maxRfc822NestingDepth: 0
          }),
        catch: (cause) => new MailUnreadable({ fault: faultOf(cause) })
      })
      const read = Result.try({ try: () => toInbound(email), catch: () => new MailUnreadable({ fault: "malformed" }) })
      if (Result.isFailure(read)) return yield* read.failure
      const late = beyond(read.success, limits)
      if (late !== undefined) return yield* new MailUnreadable({ fault: late })
      return read.success
    })
  })
)

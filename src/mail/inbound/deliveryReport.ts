import { Option } from "effect"
import { type EmailAddress, parse as parseAddress } from "../../kernel/EmailAddress.ts"
import { fieldOf, type HeaderField, type InboundMail, type Part } from "./InboundMail.ts"

/** By the first digit of the status (RFC 3463 section 2): it will never arrive; it did not arrive yet, or not this time; it has arrived. */
export type StatusClass = "permanent" | "temporary" | "success"

/** What a report says of one recipient (RFC 3464 section 2.3). */
export interface RecipientReport {
  /** Whom the mail was sent to, as far as the report tells: the original recipient, else the final one. */
  readonly recipient: EmailAddress | null
  readonly status: StatusClass
  /** What the receiving server said; one line. */
  readonly diagnostic: string | null
}

export interface DeliveryReport {
  /** The Message-ID of the mail that the report is about, from the copy that it brings along. */
  readonly messageId: string | null
  readonly recipients: ReadonlyArray<RecipientReport>
}

/** Nobody sends to more at once here, and a report may claim any number. */
const MOST_RECIPIENTS = 50
const LONGEST_DIAGNOSTIC = 300
const LONGEST_READ = 65_536

const decode = (part: Part): string => new TextDecoder("utf-8").decode(part.content.subarray(0, LONGEST_READ))

/** Header-like fields of a text, unfolded; blocks are parted by empty lines. */
const blocksOf = (text: string): ReadonlyArray<ReadonlyArray<HeaderField>> => {
  const blocks: Array<Array<HeaderField>> = []
  let block: Array<{ name: string; value: string }> = []
  for (const line of text.split(/\r?\n/)) {
    const last = block.at(-1)
    const colon = line.indexOf(":")
    if (line.trim() === "") {
      if (block.length > 0) blocks.push(block)
      block = []
    } else if (/^[ \t]/.test(line)) {
      if (last !== undefined) last.value = `${last.value} ${line.trim()}`.trim()
    } else if (colon > 0) {
      block.push({ name: line.slice(0, colon).trim().toLowerCase(), value: line.slice(colon + 1).trim() })
    }
  }
  return block.length > 0 ? [...blocks, block] : blocks
}

const valueOf = (block: ReadonlyArray<HeaderField>, name: string): string | undefined =>
  block.find((field) => field.name === name)?.value

/** `rfc822; ada@example.com`, with or without angle brackets. */
const addressOf = (value: string | undefined): EmailAddress | null => {
  if (value === undefined) return null
  const text = value
    .slice(value.indexOf(";") + 1)
    .trim()
    .replace(/^<|>$/g, "")
  return Option.getOrNull(parseAddress(text))
}

const classOf = (status: string | undefined, action: string | undefined): StatusClass => {
  // a server that goes on trying says so whatever the code
  if (action === "delayed") return "temporary"
  if (action === "delivered" || action === "relayed" || action === "expanded") return "success"
  switch (/^([245])\.\d{1,3}\.\d{1,3}/.exec(status ?? "")?.[1]) {
    case "2":
      return "success"
    case "5":
      return "permanent"
    // what says nothing that can be understood marks nobody
    default:
      return "temporary"
  }
}

/** Whether the header says that this is a report of this type (RFC 6522 section 3). */
export const isReport = (mail: Pick<InboundMail, "headers">, type?: string): boolean => {
  const value = (fieldOf(mail, "content-type") ?? "").toLowerCase()
  return (
    value.trimStart().startsWith("multipart/report") &&
    (type === undefined || new RegExp(`report-type\\s*=\\s*"?${type}`).test(value))
  )
}

/** The delivery report that a message is, or nothing: for reports that are none in form nobody is marked. */
export const deliveryReport = (mail: Pick<InboundMail, "headers" | "parts">): Option.Option<DeliveryReport> => {
  const part = mail.parts.find(
    ({ type }) => type === "message/delivery-status" || type === "message/global-delivery-status"
  )
  if (part === undefined || !isReport(mail)) return Option.none()
  const recipients = blocksOf(decode(part))
    .filter((block) => valueOf(block, "final-recipient") !== undefined || valueOf(block, "action") !== undefined)
    .slice(0, MOST_RECIPIENTS)
    .map((block): RecipientReport => {
      const diagnostic = valueOf(block, "diagnostic-code")
      return {
        recipient: addressOf(valueOf(block, "original-recipient")) ?? addressOf(valueOf(block, "final-recipient")),
        status: classOf(valueOf(block, "status"), valueOf(block, "action")?.toLowerCase()),
        diagnostic:
          diagnostic === undefined
            ? null
            : diagnostic
                .toWellFormed()
                .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
                .slice(0, LONGEST_DIAGNOSTIC)
      }
    })
  const copy = mail.parts.find(({ type }) =>
    ["message/rfc822", "text/rfc822-headers", "message/global", "message/global-headers"].includes(type)
  )
  const [headers = []] = copy === undefined ? [] : blocksOf(decode(copy))
  return Option.some({ messageId: valueOf(headers, "message-id") ?? null, recipients })
}

import { Option } from "effect"
import { type EmailAddress, parse as parseAddress } from "../../kernel/EmailAddress.ts"
import { type DeliveryReport, deliveryReport, isReport } from "./deliveryReport.ts"
import { type Envelope, fieldOf, fieldsOf, type InboundMail } from "./InboundMail.ts"

/** Why a message is taken as that of a machine; a code that staff see. */
export type AutomaticReason =
  | "auto-submitted"
  | "null-path"
  | "list"
  | "bulk"
  | "auto-reply"
  | "report"
  | "loop"
  | "hops"
  | "own"

export type Classification =
  | { readonly _tag: "Bounce"; readonly report: DeliveryReport }
  | { readonly _tag: "Automatic"; readonly reason: AutomaticReason }
  /** By a person, as far as one can tell; with `answer` false, one that asks for no automatic answers. */
  | { readonly _tag: "Normal"; readonly answer: boolean }
  /** Nothing in the header says so, but it begins as answers of machines do: for people to decide. */
  | { readonly _tag: "Doubtful" }

/** What tells our own mail from that of others. */
export interface Own {
  /** The mailbox of tickets. */
  readonly mailbox: EmailAddress
  /** The name of the loop header; the value is the mailbox. */
  readonly loopHeader: string
  /** Whether an address is one of ours. */
  readonly isOurs: (address: EmailAddress) => boolean
  /** More `Received` fields than this are a circle. */
  readonly hops: number
}

// what machines without manners write in front of the subject of their answers
const MACHINE_SUBJECT =
  /^(?:automatische antwort|automatic reply|auto(?:matic)?[- ]?reply|out of (?:the )?office|abwesenheits(?:notiz|nachricht|assistent)?|abwesend|r[ée]ponse automatique)\s*[:(\-–]/i

// what servers call what comes back, where they say it in no other way
const BOUNCE_SUBJECT =
  /^(?:(?:undeliverable|unzustellbar|nicht zustellbar|returned mail|delivery failure)\s*:|(?:failure notice|undelivered mail returned to sender|mail delivery failed(?:: returning message to sender)?|delivery status notification(?:\s*\((?:failure|delay)\))?)\s*$)/i

/** The mailbox that servers write reports from (RFC 5321 section 4.5.5 leaves the path empty; older ones put it there, too); nobody reads it. */
const isDaemon = (address: string): boolean => /^mailer-daemon(?:@|$)/i.test(address.trim().replace(/^</, ""))

/** The word before parameters and comments. */
const keyword = (value: string): string => value.split(/[;(]/)[0]?.trim().toLowerCase() ?? ""

const LIST_FIELDS: ReadonlySet<string> = new Set([
  "list-id",
  "list-post",
  "list-unsubscribe",
  "list-help",
  "mailing-list"
])
const ANSWERED_BY_MACHINE: ReadonlySet<string> = new Set([
  "x-autoreply",
  "x-autorespond",
  "x-autoresponder",
  "x-auto-reply-from",
  "x-mail-autoreply"
])

/** What kind of message it is, by what stands in its header and on its envelope; forged headers can only make it less than it is (MIN-04, RFC 3834). */
export const classify = (mail: InboundMail, envelope: Envelope, own: Own): Classification => {
  const automatic = (reason: AutomaticReason): Classification => ({ _tag: "Automatic", reason })
  if (fieldsOf(mail, "received").length > own.hops) return automatic("hops")
  if (
    fieldsOf(mail, own.loopHeader.toLowerCase()).some(
      (value) => Option.getOrUndefined(parseAddress(value)) === own.mailbox
    )
  )
    return automatic("loop")

  const report = Option.getOrUndefined(deliveryReport(mail))
  if (report !== undefined) {
    // that it has arrived is no news for anybody
    return report.recipients.every(({ status }) => status === "success") && report.recipients.length > 0
      ? automatic("report")
      : { _tag: "Bounce", report }
  }
  // what came back in a form of its own (QSBMF, Exim's, …) says nothing that can be trusted of whom it is about, but by whom it is written
  const daemons = [mail.from?.email ?? "", envelope.sender ?? "", fieldOf(mail, "return-path") ?? ""]
  if (isReport(mail) || fieldOf(mail, "x-failed-recipients") !== undefined || daemons.some(isDaemon)) {
    return automatic("report")
  }

  if (mail.from?.email != null && own.isOurs(mail.from.email)) return automatic("own")
  if (fieldsOf(mail, "auto-submitted").some((value) => keyword(value) !== "no")) return automatic("auto-submitted")
  const path = fieldOf(mail, "return-path")?.trim()
  if (envelope.sender?.trim() === "" || envelope.sender?.trim() === "<>" || path === "<>") return automatic("null-path")
  if (mail.headers.some(({ name }) => LIST_FIELDS.has(name))) return automatic("list")
  const precedence = fieldsOf(mail, "precedence").map(keyword)
  if (precedence.includes("list")) return automatic("list")
  if (precedence.some((value) => value === "bulk" || value === "junk")) return automatic("bulk")
  if (
    precedence.includes("auto_reply") ||
    mail.headers.some(({ name, value }) => ANSWERED_BY_MACHINE.has(name) && keyword(value) !== "no")
  )
    return automatic("auto-reply")
  const subject = mail.subject.trimStart()
  if (MACHINE_SUBJECT.test(subject) || BOUNCE_SUBJECT.test(subject)) return { _tag: "Doubtful" }
  const suppressed = fieldsOf(mail, "x-auto-response-suppress").some((value) => keyword(value) !== "none")
  return { _tag: "Normal", answer: !suppressed }
}

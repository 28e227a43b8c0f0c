import { Option } from "effect"
import { parse } from "../kernel/EmailAddress.ts"
import type { MailMessage } from "./MailMessage.ts"

/** Nothing that ends a header or a command of the envelope, and no other control character either (R-MA-01; RFC 5322 section 2.2). */
const oneLine = (value: string): boolean => !/\p{Cc}|[\u2028\u2029]/u.test(value)

/**
 * The part of a message that must not reach a mail server, or nothing: a header or an envelope value with CR, LF, NUL or another control
 * character, a header of no valid name, a sender or recipient that is not exactly one mailbox (R-MA-02). It names the part and never its value.
 */
export const headerFault = (message: MailMessage): Option.Option<string> => {
  const { from, headers, messageId, subject, to } = message
  const faults: ReadonlyArray<readonly [part: string, fine: boolean]> = [
    ["Message-ID", /^<[A-Za-z0-9.-]{1,100}@[A-Za-z0-9.-]{1,253}>$/.test(messageId)],
    ["Date", Number.isSafeInteger(message.date)],
    ["From", oneLine(from.name) && oneLine(from.address) && Option.isSome(parse(from.address))],
    ["To", Option.getOrUndefined(parse(to)) === to],
    ["Subject", subject.trim() !== "" && oneLine(subject)],
    ...Object.entries(headers).map(
      ([name, value]) => [/^[A-Za-z0-9-]{1,64}$/.test(name) ? name : "header name", isField(name, value)] as const
    )
  ]
  return Option.fromUndefinedOr(faults.find(([, fine]) => !fine)?.[0])
}

const isField = (name: string, value: string): boolean => /^[A-Za-z0-9-]{1,64}$/.test(name) && oneLine(value)

import { Option } from "effect"
import { parse } from "../kernel/EmailAddress.ts"
import type { MailMessage } from "./MailMessage.ts"

/** Nothing that ends a header or a command of the envelope, and no other control character either (R-MA-01; RFC 5322 section 2.2). */
const oneLine = (value: string): boolean => !/\p{Cc}|[\u2028\u2029]/u.test(value)

/** What has its own place in a message, so that no further header can say something else (RFC 5322 section 3.6). */
const OWN_PLACE =
  /^(?:from|sender|reply-to|to|cc|bcc|subject|date|message-id|return-path|received|mime-version|content-.*|resent-.*|dkim-.*)$/i

// a line may have 998 octets, and is folded between words only (RFC 5322 section 2.1.1)
const FIELD_MAX = 4_000
const WORD_MAX = 900

// as `safeName` makes them, with room for those of others
const NAME_MAX = 255

/** A media type with its parameters, in tokens and nothing that ends or continues a header (RFC 2045 section 5.1). */
const MEDIA_TYPE = /^[a-z0-9!#$&^_.+-]{1,100}\/[a-z0-9!#$&^_.+-]{1,100}(?:; [a-z-]{1,40}=[A-Za-z0-9._-]{1,100})*$/

/**
 * The part of a message that must not reach a mail server, or nothing: a header or an envelope value with CR, LF, NUL or another control
 * character, a header of no valid name or of a name that is not free, one that is too long, a sender or recipient that is not exactly one mailbox (R-MA-02), a file
 * whose name or type is not one line (R-TI-11). It names the part and never its value.
 */
export const headerFault = (message: MailMessage): Option.Option<string> => {
  const { attachments = [], from, headers, messageId, replyTo, subject, to } = message
  const faults: ReadonlyArray<readonly [part: string, fine: boolean]> = [
    ["Message-ID", /^<[A-Za-z0-9.-]{1,100}@[A-Za-z0-9.-]{1,253}>$/.test(messageId)],
    ["Date", Number.isSafeInteger(message.date)],
    ["From", oneLine(from.name) && oneLine(from.address) && Option.isSome(parse(from.address))],
    ["To", Option.getOrUndefined(parse(to)) === to],
    ["Reply-To", replyTo === undefined || Option.getOrUndefined(parse(replyTo)) === replyTo],
    ["Subject", subject.trim() !== "" && oneLine(subject)],
    ...attachments.flatMap(
      ({ mediaType, name }): ReadonlyArray<readonly [string, boolean]> => [
        ["attachment name", name.trim() !== "" && name.length <= NAME_MAX && name.isWellFormed() && oneLine(name)],
        ["attachment type", MEDIA_TYPE.test(mediaType)]
      ]
    ),
    ...Object.entries(headers).map(
      ([name, value]) => [/^[A-Za-z0-9-]{1,64}$/.test(name) ? name : "header name", isField(name, value)] as const
    )
  ]
  return Option.fromUndefinedOr(faults.find(([, fine]) => !fine)?.[0])
}

const isField = (name: string, value: string): boolean =>
  /^[A-Za-z0-9-]{1,64}$/.test(name) &&
  !OWN_PLACE.test(name) &&
  oneLine(value) &&
  value.length <= FIELD_MAX &&
  value.split(" ").every((word) => word.length <= WORD_MAX)

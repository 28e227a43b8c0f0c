import { Context, type Effect, Schema } from "effect"
import type { InboundMail } from "./InboundMail.ts"

/** Which limit a message is beyond, or that it is no message at all (MIN-08). It says nothing of what stands in the message. */
export const ParseFault = Schema.Literals([
  "malformed",
  "too-large",
  "too-deep",
  "too-many-parts",
  "too-many-headers",
  "too-long-text"
])
export type ParseFault = typeof ParseFault.Type

/** A message cannot be read, or is not read because it is beyond a limit. */
export class MailUnreadable extends Schema.TaggedError<MailUnreadable>("portico/MailUnreadable")("MailUnreadable", {
  fault: ParseFault
}) {
  override get message(): string {
    return `The message is not read: ${this.fault}`
  }
}

/** What a message may be at most; `Settings.inbound.limits` says what each means. */
export interface ParserLimits {
  readonly bytes: number
  readonly depth: number
  readonly parts: number
  readonly headers: number
  readonly headerBytes: number
  readonly decodedBytes: number
  readonly text: number
}

/**
 * Reads messages of RFC 5322 with MIME (RFC 2045 to 2049). An implementer MUST answer for every sequence of bytes, in time that grows no faster than
 * its length, MUST refuse what is beyond the limits before it takes memory for it, MUST decode transfer encodings and charsets, and MUST keep messages
 * inside of the message as parts, never as its text.
 */
export class MailParser extends Context.Service<
  MailParser,
  { readonly parse: (raw: Uint8Array, limits: ParserLimits) => Effect.Effect<InboundMail, MailUnreadable> }
>()("portico/mail/MailParser") {}

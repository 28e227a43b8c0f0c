import { Context, Effect, Option, Schema } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import { headerFault } from "./headers.ts"
import type { MailMessage } from "./MailMessage.ts"

/**
 * The mail was not taken. After a `temporary` failure it is tried again; a `permanent` one is final. The detail is for operators, for example
 * the server's answer; it holds no part of the mail.
 */
export class MailerError extends Schema.TaggedError<MailerError>("portico/MailerError")("MailerError", {
  kind: Schema.Literals(["temporary", "permanent"]),
  detail: Schema.String
}) {
  override get message(): string {
    return `${this.kind}: ${this.detail}`
  }
}

/** A mailer's answer when it could not read a file of the mail: the bytes may be there at the next try. */
export const attachmentUnreadable = (cause: PersistenceError): MailerError =>
  new MailerError({ kind: "temporary", detail: `a file of the mail could not be read: ${cause.reason}` })

/**
 * Hands mails over to what delivers them. An implementer MUST answer success only when the message was taken for delivery, MUST send it to
 * `to` and nobody else, with `messageId` as it is and all of its files as attachments or not at all, and MUST call nothing permanent that may be different later: an unknown answer is temporary.
 */
export class Mailer extends Context.Service<
  Mailer,
  { readonly send: (message: MailMessage) => Effect.Effect<void, MailerError> }
>()("portico/mail/Mailer") {
  /** A mailer that never gets to see a message which `headerFault` refuses (OUT-07). */
  static readonly guarded = (send: (message: MailMessage) => Effect.Effect<void, MailerError>): Mailer["Service"] =>
    Mailer.of({
      send: (message) =>
        Option.match(headerFault(message), {
          onNone: () => send(message),
          onSome: (part) => Effect.fail(new MailerError({ kind: "permanent", detail: `refused header: ${part}` }))
        })
    })
}

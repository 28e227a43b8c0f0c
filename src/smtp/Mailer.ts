import { Readable } from "node:stream"
import type { ConnectionOptions } from "node:tls"
import { Duration, Effect, Layer, Redacted, Stream } from "effect"
import { createTransport } from "nodemailer"
import type { MailAttachment } from "../mail/MailAttachment.ts"
import { Mailer, MailerError } from "../mail/Mailer.ts"

export interface SmtpOptions {
  readonly host: string
  readonly port: number
  /**
   * `tls` from the first byte (usually port 465), `starttls` right after the greeting (587; refuses to go on in clear), or `none`, for a relay
   * on the same machine. `starttls` unless told.
   */
  readonly encryption?: "tls" | "starttls" | "none"
  readonly auth?: { readonly user: string; readonly pass: Redacted.Redacted }
  /** For a server with a certificate of its own authority, or for a client certificate. */
  readonly tls?: ConnectionOptions
  /** By which name we greet the server; the machine's own unless told. */
  readonly name?: string
  /** How many connections are kept at most; 5 unless told. */
  readonly connections?: number
  /** How long connecting, the greeting, and any later answer may take; 20 seconds unless told, and less than `Settings.outbox.sendTimeout`. */
  readonly timeout?: Duration.Input
}

interface Answer {
  /** What the server was asked, for example `RCPT TO`. */
  readonly command: string | undefined
  /** The server's reply code, when it gave one. */
  readonly code: number | undefined
  /** What the server said, or the kind of failure. */
  readonly text: string
}

const answerOf = (cause: unknown): Answer => {
  if (typeof cause !== "object" || cause === null) return { command: undefined, code: undefined, text: "unknown" }
  const text = (value: unknown): string | undefined => (typeof value === "string" && value !== "" ? value : undefined)
  const at = (name: string): unknown => (name in cause ? Reflect.get(cause, name) : undefined)
  const code = at("responseCode")
  return {
    command: text(at("command")),
    code: typeof code === "number" ? code : undefined,
    text: text(at("response")) ?? text(at("code")) ?? "unknown"
  }
}

const ABOUT_THE_MAIL: ReadonlySet<string | undefined> = new Set(["RCPT TO", "DATA"])

/** Commands in another order (RFC 5321 section 4.2.2), and a sign-in that the server wants first (RFC 4954 section 6): about us, wherever they come. */
const ABOUT_US: ReadonlySet<number> = new Set([503, 530])

/**
 * A reply of 5yz to a recipient or to the content is final (RFC 5321 section 4.2.1). What a server says before is about us (our address, our
 * password, our certificate), and an operator can mend it; no reply at all may be a reply that was lost.
 */
const toMailerError = (cause: unknown): MailerError => {
  const { code, command, text } = answerOf(cause)
  const isFinal = code !== undefined && code >= 500 && code < 600 && !ABOUT_US.has(code)
  const permanent = isFinal && ABOUT_THE_MAIL.has(command)
  return new MailerError({
    kind: permanent ? "permanent" : "temporary",
    detail: command === undefined ? text : `${command}: ${text}`
  })
}

/** Read at the pace at which the server takes them. Encoded always, so that no server changes a byte; the library encodes the name (RFC 2231). */
const attached = ({ content, mediaType, name }: MailAttachment) => ({
  filename: name,
  content: Readable.from(Stream.toAsyncIterable(content), { objectMode: false }),
  contentType: mediaType,
  contentDisposition: "attachment" as const,
  contentTransferEncoding: "base64" as const
})

/** A domain or an address literal (RFC 5321 section 4.1.3): nothing that ends the command in which it stands (R-MA-01). */
const NAME = /^[A-Za-z0-9.:[\]-]{1,255}$/

/**
 * Sends over SMTP (RFC 5321) on connections that are kept; they are closed with the layer. With a `name` that is none it does not start.
 */
export const layer = (options: SmtpOptions): Layer.Layer<Mailer> =>
  Layer.effect(
    Mailer,
    Effect.map(
      Effect.acquireRelease(
        Effect.sync(() => {
          if (options.name !== undefined && !NAME.test(options.name))
            throw new Error("SmtpOptions.name is no name of a host")
          const encryption = options.encryption ?? "starttls"
          const timeout = Duration.toMillis(Duration.fromInputUnsafe(options.timeout ?? "20 seconds"))
          return createTransport({
            pool: true,
            host: options.host,
            port: options.port,
            secure: encryption === "tls",
            requireTLS: encryption === "starttls",
            ignoreTLS: encryption === "none",
            maxConnections: options.connections ?? 5,
            connectionTimeout: timeout,
            greetingTimeout: timeout,
            socketTimeout: timeout,
            // a mail is made of what we give, never of files or pages
            disableFileAccess: true,
            disableUrlAccess: true,
            ...(options.name === undefined ? {} : { name: options.name }),
            ...(options.tls === undefined ? {} : { tls: options.tls }),
            ...(options.auth === undefined
              ? {}
              : { auth: { user: options.auth.user, pass: Redacted.value(options.auth.pass) } })
          })
        }),
        (transport) => Effect.sync(() => transport.close())
      ),
      (transport) =>
        Mailer.guarded((message) =>
          Effect.asVoid(
            Effect.tryPromise({
              // whoever gives up ends the connection, too, so that no half of a mail goes on
              try: (signal) =>
                transport.sendMail({
                  // said apart from the headers, so that nothing in a header can name another recipient
                  envelope: { from: message.from.address, to: [message.to] },
                  messageId: message.messageId,
                  date: new Date(message.date),
                  from: message.from,
                  to: message.to,
                  ...(message.replyTo === undefined ? {} : { replyTo: message.replyTo }),
                  subject: message.subject,
                  text: message.text,
                  html: message.html,
                  headers: { ...message.headers },
                  ...(message.attachments === undefined ? {} : { attachments: message.attachments.map(attached) }),
                  signal,
                  xMailer: false,
                  disableFileAccess: true,
                  disableUrlAccess: true
                }),
              catch: toMailerError
            })
          )
        )
    )
  )

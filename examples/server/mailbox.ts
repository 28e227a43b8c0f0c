import { createReadStream } from "node:fs"
import { type FileHandle, mkdir, open, readdir, readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { Context, Effect, Layer, Option, Redacted, Result, Schema, Stream } from "effect"
import { Mail } from "portico"
import * as Smtp from "portico/smtp"
import { InvalidSetting, PortalConfig } from "./config.ts"

/** A mail as the development mailbox keeps it. */
const KeptMail = Schema.Struct({
  id: Schema.String,
  date: Schema.Int,
  from: Schema.Struct({ name: Schema.String, address: Schema.String }),
  to: Schema.String,
  /** By which an answer says what it answers, and where it goes; not there in mails that an older portal kept. */
  messageId: Schema.optionalKey(Schema.String),
  replyTo: Schema.optionalKey(Schema.String),
  subject: Schema.String,
  text: Schema.String,
  html: Schema.String,
  /** Their bytes lie beside, in a file each. */
  attachments: Schema.optionalKey(
    Schema.Array(Schema.Struct({ name: Schema.String, mediaType: Schema.String, size: Schema.Int }))
  )
})
export type KeptMail = typeof KeptMail.Type

const decode = Schema.decodeUnknownOption(Schema.fromJsonString(KeptMail))

const ID = /^[0-9a-f-]{36}$/

/** The newest mails are listed, so many of them. */
const LISTED = 100

const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, Mail.MailerError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new Mail.MailerError({ kind: "temporary", detail: `the mail was not kept: ${cause}` })
  })

/** A file is there as a whole or not at all. */
const writeFile = <R>(
  folder: string,
  name: string,
  write: (file: FileHandle) => Effect.Effect<void, Mail.MailerError, R>
): Effect.Effect<void, Mail.MailerError, R> => {
  const unfinished = join(folder, `.${name}.part`)
  return Effect.andThen(
    Effect.acquireUseRelease(
      attempt(() => open(unfinished, "w", 0o600)),
      write,
      (file) => Effect.ignore(attempt(() => file.close()))
    ),
    attempt(() => rename(unfinished, join(folder, name)))
  )
}

const fileName = (id: string, index: number): string => `${id}.${index}.file`

/**
 * The mails of a portal in development, one JSON file each, so that they are still there after a restart. They hold links that open accounts:
 * outside development nothing is kept.
 */
export class Mailbox extends Context.Service<
  Mailbox,
  {
    readonly keep: (mail: Mail.MailMessage) => Effect.Effect<void, Mail.MailerError>
    /** The newest first. */
    readonly list: Effect.Effect<ReadonlyArray<KeptMail>>
    readonly find: (id: string) => Effect.Effect<KeptMail | undefined>
    /** The bytes of a file of a mail that was found, by its place among them, from 0. */
    readonly contentOf: (mail: KeptMail, index: number) => Stream.Stream<Uint8Array>
  }
>()("example/Mailbox") {
  static readonly layer: Layer.Layer<Mailbox, never, PortalConfig> = Layer.effect(
    Mailbox,
    Effect.map(PortalConfig, ({ mailFolder }) => {
      const find = (id: string) =>
        ID.test(id)
          ? Effect.promise(() =>
              readFile(join(mailFolder, `${id}.json`), "utf8").then(
                (text) => Option.getOrUndefined(decode(text)),
                () => undefined
              )
            )
          : Effect.undefined
      return {
        keep: Effect.fnUntraced(function* (mail) {
          const { date, from, html, id, messageId, replyTo, subject, text, to } = mail
          yield* attempt(() => mkdir(mailFolder, { recursive: true, mode: 0o700 }))
          const attachments = mail.attachments ?? []
          for (const [index, { content }] of attachments.entries()) {
            yield* writeFile(mailFolder, fileName(id, index), (file) =>
              Stream.runForEach(Stream.mapError(content, Mail.attachmentUnreadable), (bytes) =>
                attempt(() => file.appendFile(bytes))
              )
            )
          }
          const kept = {
            ...{ id, date, from, to, messageId, replyTo, subject, text, html },
            attachments: attachments.map(({ mediaType, name, size }) => ({ name, mediaType, size }))
          }
          // the last of all: a mail that is listed has its files
          yield* writeFile(mailFolder, `${id}.json`, (file) => attempt(() => file.writeFile(JSON.stringify(kept))))
        }),
        list: Effect.gen(function* () {
          const files = yield* Effect.promise(() => readdir(mailFolder).catch((): Array<string> => []))
          // ids are UUIDv7: their order is that of time
          const ids = files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -5))
          const newest = ids.sort().reverse().slice(0, LISTED)
          const mails = yield* Effect.forEach(newest, find, { concurrency: 10 })
          return mails.filter((mail) => mail !== undefined)
        }),
        find,
        contentOf: ({ id }, index) =>
          Stream.fromAsyncIterable(createReadStream(join(mailFolder, fileName(id, index))), (cause) => cause).pipe(
            Stream.orDie
          )
      }
    })
  )
}

/** `smtps://` speaks TLS from the first byte, `smtp://` after the greeting; `?encryption=none` is for a relay on the same machine. */
const smtpOptions = (url: Redacted.Redacted): Result.Result<Smtp.SmtpOptions, InvalidSetting> =>
  Result.mapError(
    Result.try(() => {
      const { hostname, password, port, protocol, searchParams, username } = new URL(Redacted.value(url))
      if (protocol !== "smtp:" && protocol !== "smtps:") throw new Error("another protocol")
      const tls = protocol === "smtps:"
      return {
        host: hostname,
        port: port === "" ? (tls ? 465 : 587) : Number(port),
        encryption: searchParams.get("encryption") === "none" ? "none" : tls ? "tls" : "starttls",
        ...(username === ""
          ? {}
          : { auth: { user: decodeURIComponent(username), pass: Redacted.make(decodeURIComponent(password)) } })
      } as const
    }),
    () => new InvalidSetting({ variable: "SMTP_URL", reason: "must be as in smtp://user:password@mail.example:587" })
  )

const inMailbox = Layer.effect(
  Mail.Mailer,
  Effect.map(Mailbox, (mailbox) => Mail.Mailer.guarded((mail) => mailbox.keep(mail)))
)

/** Hands mails to a server; in development a copy stays in the mailbox. Without a server the mailbox is all there is. */
export const mailer = Layer.unwrap(
  Effect.gen(function* () {
    const config = yield* PortalConfig
    if (Option.isNone(config.smtpUrl)) return inMailbox
    const smtp = Smtp.layer(yield* Effect.fromResult(smtpOptions(config.smtpUrl.value)))
    if (!config.development) return smtp
    const both = Effect.gen(function* () {
      const server = yield* Mail.Mailer
      const mailbox = yield* Mailbox
      return Mail.Mailer.of({ send: (mail) => Effect.andThen(mailbox.keep(mail), server.send(mail)) })
    })
    return Layer.effect(Mail.Mailer, both).pipe(Layer.provide(smtp))
  })
)

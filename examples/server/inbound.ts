import { mkdir, readdir, readFile, rename } from "node:fs/promises"
import { join } from "node:path"
import { Context, Duration, Effect, Layer, Option, Schedule } from "effect"
import { createTransport } from "nodemailer"
import { Actor, Tickets } from "portico"
import { SMTPServer } from "smtp-server"
import { PortalConfig } from "./config.ts"

/** A message as a server got it: whose it is by the envelope, and its bytes. */
export interface Delivery {
  readonly recipient: string
  readonly sender: string
  readonly raw: Uint8Array
}

/** Hands a message to the library; who delivers under a name may do it again and again. */
export const feed = ({ raw, recipient, sender }: Delivery, name?: string) =>
  Tickets.Inbound.receive(
    { raw: Buffer.from(raw).toString("base64"), recipient, sender },
    name === undefined ? {} : { idempotencyKey: name }
  ).pipe(Actor.provide(Actor.job("inbound-mail")))

/** What a mail program makes of an answer: for the development mailbox. */
export interface Answer {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly inReplyTo: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** Empty for machines: nobody is to answer them (RFC 5321 section 4.5.5). */
  readonly sender: string
}

/** The message as it would be on its way. */
export const composed = ({ from, headers, inReplyTo, sender, subject, text, to }: Answer): Effect.Effect<Delivery> =>
  Effect.promise(async () => {
    const { message } = await createTransport({ streamTransport: true, buffer: true, newline: "windows" }).sendMail({
      from,
      to,
      subject,
      text,
      headers: { ...headers },
      ...(inReplyTo === undefined ? {} : { inReplyTo, references: [inReplyTo] })
    })
    if (!Buffer.isBuffer(message)) throw new Error("the message did not come as a buffer")
    return { recipient: to, sender, raw: message }
  })

// ---- by SMTP ---------------------------------------------------------------------------------------------------------------------------

const collected = async (stream: AsyncIterable<Buffer>): Promise<Buffer> => {
  const chunks: Array<Buffer> = []
  for await (const chunk of stream) chunks.push(chunk)
  return Buffer.concat(chunks)
}

/** More than the library takes in, so that it is the library that says what is too large. */
const MOST_BYTES = 32 * 1024 * 1024

/** What the server in front tells its sender where nothing was taken; it is the only one who can. */
const refusalOf = (
  ends: ReadonlyArray<{ readonly outcome: string; readonly reason: string | null }>
): Error | undefined => {
  const [first] = ends
  if (first === undefined || ends.some(({ outcome }) => outcome !== "Refused")) return undefined
  return first.reason === "too-large"
    ? Object.assign(new Error("the message is too large"), { responseCode: 552 })
    : Object.assign(new Error("there is no such mailbox"), { responseCode: 550 })
}

/**
 * Takes mails over SMTP on this machine alone, for a mail server that forwards what comes for the portal. It answers "taken" after the library has stored what
 * became of a message, so that the server in front tries again when this process dies in between.
 */
const listener = (port: number) =>
  Effect.gen(function* () {
    const context = yield* Effect.context<Effect.Services<ReturnType<typeof feed>>>()
    const run = Effect.runPromiseWith(context)
    yield* Effect.acquireRelease(
      Effect.promise(
        () =>
          new Promise<SMTPServer>((resolve, reject) => {
            const server = new SMTPServer({
              authOptional: true,
              disabledCommands: ["AUTH", "STARTTLS"],
              size: MOST_BYTES,
              onData: (stream, session, callback) => {
                const { mailFrom, rcptTo } = session.envelope
                const sender = mailFrom === false ? "" : mailFrom.address
                collected(stream)
                  .then((raw) =>
                    run(Effect.forEach(rcptTo, ({ address }) => feed({ raw, sender, recipient: address })))
                  )
                  .then(
                    (ends) => callback(refusalOf(ends)),
                    // whatever it was, it may be better later
                    () => callback(Object.assign(new Error("not taken, try again"), { responseCode: 451 }))
                  )
              }
            })
            server.on("error", reject)
            server.listen(port, "127.0.0.1", () => resolve(server))
          })
      ),
      (server) => Effect.promise(() => new Promise<void>((resolve) => server.close(resolve)))
    )
    yield* Effect.logInfo(`Mails are taken by SMTP at 127.0.0.1:${port}`)
  })

// ---- from a folder ---------------------------------------------------------------------------------------------------------------------

const ADDRESSED = /^(?:Delivered-To|X-Original-To):[ \t]*<?([^\s<>]+@[^\s<>]+?)>?[ \t]*$/im

/** Takes every `.eml` file of a folder, and moves it to `done` when the library has it; it is delivered to its `Delivered-To`, or else to the mailbox. */
const takeFolder = (folder: string, mailbox: string) =>
  Effect.gen(function* () {
    const names = yield* Effect.promise(() => readdir(folder).catch((): Array<string> => []))
    for (const name of names.filter((one) => one.endsWith(".eml")).sort()) {
      const raw = yield* Effect.promise(() => readFile(join(folder, name)))
      const head =
        raw
          .subarray(0, 65_536)
          .toString("latin1")
          .split(/\r?\n\r?\n/)[0] ?? ""
      const recipient = ADDRESSED.exec(head)?.[1] ?? mailbox
      const sender = /^Return-Path:[ \t]*<([^>]*)>/im.exec(head)?.[1] ?? ""
      yield* feed(
        { raw, recipient, sender: sender === "" && !/^Return-Path:/im.test(head) ? "unknown@localhost" : sender },
        `folder-${name}`
      )
      yield* Effect.promise(async () => {
        await mkdir(join(folder, "done"), { recursive: true })
        await rename(join(folder, name), join(folder, "done", name))
      })
    }
  }).pipe(
    // a file that cannot be taken now is there at the next look
    Effect.catchCause((cause) => Effect.logWarning("A mail of the folder was not taken", cause))
  )

const LOOK_EVERY = Duration.seconds(2)

/** Where mails for the portal come in: by SMTP where a port is set, and as files of a folder. */
export class InboundMail extends Context.Service<InboundMail, { readonly mailbox: string }>()("example/InboundMail") {
  static readonly layer = Layer.effect(
    InboundMail,
    Effect.gen(function* () {
      const { inboundFolder, inboundSmtpPort, mailbox } = yield* PortalConfig
      if (Option.isSome(inboundSmtpPort)) yield* listener(inboundSmtpPort.value)
      yield* Effect.promise(() => mkdir(inboundFolder, { recursive: true, mode: 0o700 }))
      yield* Effect.forkScoped(Effect.repeat(takeFolder(inboundFolder, mailbox), Schedule.spaced(LOOK_EVERY)))
      return { mailbox }
    })
  )
}

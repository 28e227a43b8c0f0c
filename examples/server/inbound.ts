import { createHash } from "node:crypto"
import { mkdir, readdir, readFile, rename, stat } from "node:fs/promises"
import { join } from "node:path"
import { Cause, Clock, Context, Duration, Effect, Layer, Option, Schedule } from "effect"
import { createTransport } from "nodemailer"
import { Actor, Tickets } from "portico"
import { SMTPServer } from "smtp-server"
import { PortalConfig } from "./config.ts"

/** A message as a server got it: whose it is by the envelope, and its bytes. */
export interface Delivery {
  readonly recipient: string
  readonly sender: string
  readonly raw: Uint8Array
  /** The address of the server that has sent it, where the one in front tells it. */
  readonly source?: string | undefined
}

/** Hands a message to the library; who delivers under a name may do it again and again. */
export const feed = ({ raw, recipient, sender, source }: Delivery, name?: string) =>
  Tickets.Inbound.receive(
    { raw: Buffer.from(raw).toString("base64"), recipient, sender },
    name === undefined ? {} : { idempotencyKey: name }
  ).pipe(Actor.provide(Actor.job("inbound-mail"), { source }))

/** What a mail program makes of an answer: for the development mailbox. */
export interface Answer {
  readonly from: { readonly name: string; readonly address: string }
  readonly to: string
  readonly subject: string
  readonly text: string
  readonly inReplyTo: string | undefined
  readonly headers: Readonly<Record<string, string>>
  /** What is attached, where it lies on this machine. */
  readonly files?: ReadonlyArray<{ readonly name: string; readonly path: string }>
  /** Empty for machines: nobody is to answer them (RFC 5321 section 4.5.5). */
  readonly sender: string
}

/** The message as it would be on its way. */
export const composed = ({
  files = [],
  from,
  headers,
  inReplyTo,
  sender,
  subject,
  text,
  to
}: Answer): Effect.Effect<Delivery> =>
  Effect.promise(async () => {
    const { message } = await createTransport({ streamTransport: true, buffer: true, newline: "windows" }).sendMail({
      from,
      to,
      subject,
      text,
      headers: { ...headers },
      attachments: files.map(({ name, path }) => ({ filename: name, path })),
      ...(inReplyTo === undefined ? {} : { inReplyTo, references: [inReplyTo] })
    })
    if (!Buffer.isBuffer(message)) throw new Error("the message did not come as a buffer")
    return { recipient: to, sender, raw: message }
  })

// ---- by SMTP ---------------------------------------------------------------------------------------------------------------------------

/** More than the library takes in, so that it is the library that says what is too large. */
const MOST_BYTES = 32 * 1024 * 1024

/** The message, or nothing where it is larger than it may be, whatever was announced; it is read to its end in any case, as the protocol has it. */
const collected = async (stream: AsyncIterable<Buffer>): Promise<Buffer | undefined> => {
  const chunks: Array<Buffer> = []
  let size = 0
  for await (const chunk of stream) {
    size += chunk.length
    if (size <= MOST_BYTES) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > MOST_BYTES ? undefined : Buffer.concat(chunks)
}

const answer = (responseCode: number, text: string): Error => Object.assign(new Error(text), { responseCode })

const tooLarge = answer(552, "the message is too large")
const noMailbox = answer(550, "there is no such mailbox")
const notHeld = answer(550, "the message is not taken")
const later = answer(451, "not taken now, try again")

/** Whom the server in front has got the mail from; this machine's own address says nothing of that. */
const sourceOf = (session: object): string | undefined => {
  const told: unknown =
    "xForward" in session && session.xForward instanceof Map ? session.xForward.get("ADDR") : undefined
  return typeof told === "string" ? told : undefined
}

/** What the server in front tells its sender where nothing was taken; it is the only one who can. */
const refusalOf = (
  ends: ReadonlyArray<{ readonly outcome: string; readonly reason: string | null }>
): Error | undefined => {
  const [first] = ends
  if (first === undefined || ends.some(({ outcome }) => outcome !== "Refused")) return undefined
  return first.reason === "too-large" ? tooLarge : first.reason === "not-held" ? notHeld : noMailbox
}

/**
 * Takes mails over SMTP on this machine alone, for a mail server that forwards what comes for the portal. It answers "taken" (250) after the library has
 * stored what became of a message, so that the server in front tries again when this process dies in between; "not now" (451) where the library says so, for
 * want of its store or because too much would have to be held; and "never" (550, 552) for what it refuses. Each recipient is answered for itself: one that is
 * not here is refused, and the others get the mail. From whom it got a mail the server in front can tell by XFORWARD (`smtp_send_xforward_command` of Postfix);
 * without it, all senders share what one source could fill.
 */
export const listener = (port: number) =>
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
              useXForward: true,
              onRcptTo: ({ address }, _, callback) => {
                run(Tickets.Inbound.isRecipient(address)).then(
                  (isHere) => callback(isHere ? null : noMailbox),
                  () => callback(later)
                )
              },
              onData: (stream, session, callback) => {
                const { mailFrom, rcptTo } = session.envelope
                const sender = mailFrom === false ? "" : mailFrom.address
                const taken = async (): Promise<Error | undefined> => {
                  const raw = await collected(stream)
                  if (raw === undefined) return tooLarge
                  const source = sourceOf(session)
                  return refusalOf(
                    await run(
                      Effect.forEach(rcptTo, ({ address }) => feed({ raw, sender, recipient: address, source }))
                    )
                  )
                }
                // whatever it was, it may be better later
                taken().then(callback, () => callback(later))
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

/** Where a file goes that the library has, and one that it refuses, which somebody must look at. */
const DONE = "done"
const REFUSED = "refused"

/** Takes one file; it is delivered to its `Delivered-To`, or else to the mailbox. Answers where the file is to go. */
const takeFile = Effect.fnUntraced(function* (path: string, name: string, mailbox: string) {
  const { size } = yield* Effect.promise(() => stat(path))
  if (size > MOST_BYTES) return REFUSED
  const raw = yield* Effect.promise(() => readFile(path))
  const [head = ""] = raw
    .subarray(0, 65_536)
    .toString("latin1")
    .split(/\r?\n\r?\n/)
  const recipient = ADDRESSED.exec(head)?.[1] ?? mailbox
  const returnPath = /^Return-Path:[ \t]*<([^>]*)>/im.exec(head)?.[1]
  // the name and the bytes, so that another mail under a name that was there before is another mail
  const key = createHash("sha256").update(`${name}\n`).update(raw).digest("base64url")
  const { outcome } = yield* feed({ raw, recipient, sender: returnPath ?? "unknown@localhost" }, `folder-${key}`)
  return outcome === "Refused" ? REFUSED : DONE
})

/** A file that could not be taken is looked at again after a while, which doubles up to this. */
const LONGEST_PAUSE = Duration.minutes(10)

/**
 * Looks through a folder, again and again: each `.eml` file is taken by itself and moved to `done`, or to `refused`. One that cannot be taken now stays, says
 * so in the log by its name, and keeps no other one waiting.
 */
export const folderReader = (folder: string, mailbox: string) => {
  const failing = new Map<string, { readonly pause: Duration.Duration; readonly notBefore: number }>()

  const failed = Effect.fnUntraced(function* (name: string, cause: Cause.Cause<unknown>) {
    const before = failing.get(name)?.pause
    const pause = before === undefined ? Duration.seconds(5) : Duration.min(Duration.times(before, 2), LONGEST_PAUSE)
    failing.set(name, { pause, notBefore: (yield* Clock.currentTimeMillis) + Duration.toMillis(pause) })
    yield* Effect.logWarning(`"${name}" was not taken; it is tried again in ${Duration.format(pause)}`, cause)
  })

  const take = Effect.fnUntraced(function* (name: string) {
    const path = join(folder, name)
    const target = yield* takeFile(path, name, mailbox)
    yield* Effect.promise(async () => {
      await mkdir(join(folder, target), { recursive: true })
      await rename(path, join(folder, target, name))
    })
    failing.delete(name)
    if (target === REFUSED) yield* Effect.logWarning(`"${name}" was refused, and lies in "${REFUSED}"`)
  })

  return Effect.gen(function* () {
    const names = (yield* Effect.promise(() => readdir(folder).catch((): Array<string> => [])))
      .filter((one) => one.endsWith(".eml"))
      .sort()
    const now = yield* Clock.currentTimeMillis
    for (const name of failing.keys()) if (!names.includes(name)) failing.delete(name)
    for (const name of names) {
      if ((failing.get(name)?.notBefore ?? 0) > now) continue
      yield* Effect.catchCause(take(name), (cause) =>
        Cause.hasInterruptsOnly(cause) ? Effect.failCause(cause) : failed(name, cause)
      )
    }
  })
}

const LOOK_EVERY = Duration.seconds(2)

/** Where mails for the portal come in: by SMTP where a port is set, and as files of a folder. */
export class InboundMail extends Context.Service<InboundMail, { readonly mailbox: string }>()("example/InboundMail") {
  static readonly layer = Layer.effect(
    InboundMail,
    Effect.gen(function* () {
      const { inboundFolder, inboundSmtpPort, mailbox } = yield* PortalConfig
      if (Option.isSome(inboundSmtpPort)) yield* listener(inboundSmtpPort.value)
      yield* Effect.promise(() => mkdir(inboundFolder, { recursive: true, mode: 0o700 }))
      yield* Effect.forkScoped(Effect.repeat(folderReader(inboundFolder, mailbox), Schedule.spaced(LOOK_EVERY)))
      return { mailbox }
    })
  )
}

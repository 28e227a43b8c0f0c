import { Context, Effect, Layer, Stream } from "effect"
import { attachmentUnreadable, Mailer, MailerError } from "../mail/Mailer.ts"
import type { MailMessage } from "../mail/MailMessage.ts"

/**
 * What a scripted mailer does with a message: takes it; refuses it; takes it and never answers, like a server whose connection breaks too soon;
 * never answers and does not take it.
 */
export type Behaviour = "take" | "temporary" | "permanent" | "take-silently" | "hang"

/** The inside of the memory mailer, for tests. */
export class Mailbox extends Context.Service<
  Mailbox,
  {
    /** What was taken, in order. */
    readonly taken: Effect.Effect<ReadonlyArray<MailMessage>>
    /** Every message that was handed over, whatever became of it, in order. */
    readonly attempts: Effect.Effect<ReadonlyArray<MailMessage>>
    /** Says what to do from now on; `attempt` counts all messages from 1. Everything is taken unless told. */
    readonly behave: (script: (message: MailMessage, attempt: number) => Behaviour) => Effect.Effect<void>
  }
>()("portico/memory/Mailbox") {}

/** Reads the files as a server would get them, so that a taken message has them whatever becomes of their store. */
const complete = (message: MailMessage): Effect.Effect<MailMessage, MailerError> =>
  message.attachments === undefined
    ? Effect.succeed(message)
    : Effect.map(
        Effect.forEach(message.attachments, (attachment) =>
          Effect.map(Stream.runCollect(attachment.content), (pieces) => ({
            ...attachment,
            content: Stream.fromIterable(pieces)
          }))
        ),
        (attachments) => ({ ...message, attachments })
      ).pipe(Effect.mapError(attachmentUnreadable))

/** Keeps mails instead of sending them. */
export const layer: Layer.Layer<Mailer | Mailbox> = Layer.effectContext(
  Effect.sync(() => {
    const taken: Array<MailMessage> = []
    const attempts: Array<MailMessage> = []
    let script: (message: MailMessage, attempt: number) => Behaviour = () => "take"
    const mailer = Mailer.guarded((message) =>
      Effect.gen(function* () {
        attempts.push(message)
        const behaviour = script(message, attempts.length)
        if (behaviour === "take" || behaviour === "take-silently") taken.push(yield* complete(message))
        switch (behaviour) {
          case "take":
            return
          case "take-silently":
          case "hang":
            return yield* Effect.never
          default:
            return yield* new MailerError({ kind: behaviour, detail: "as the test wanted it" })
        }
      })
    )
    const mailbox = Mailbox.of({
      taken: Effect.sync(() => [...taken]),
      attempts: Effect.sync(() => [...attempts]),
      behave: (next) =>
        Effect.sync(() => {
          script = next
        })
    })
    return Context.make(Mailer, mailer).pipe(Context.add(Mailbox, mailbox))
  })
)

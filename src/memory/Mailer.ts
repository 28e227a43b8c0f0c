import { Context, Effect, Layer } from "effect"
import { Mailer, MailerError } from "../mail/Mailer.ts"
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

/** Keeps mails instead of sending them. */
export const layer: Layer.Layer<Mailer | Mailbox> = Layer.effectContext(
  Effect.sync(() => {
    const taken: Array<MailMessage> = []
    const attempts: Array<MailMessage> = []
    let script: (message: MailMessage, attempt: number) => Behaviour = () => "take"
    const mailer = Mailer.guarded((message) =>
      Effect.suspend(() => {
        attempts.push(message)
        const behaviour = script(message, attempts.length)
        if (behaviour === "take" || behaviour === "take-silently") taken.push(message)
        switch (behaviour) {
          case "take":
            return Effect.void
          case "take-silently":
          case "hang":
            return Effect.never
          default:
            return Effect.fail(new MailerError({ kind: behaviour, detail: "as the test wanted it" }))
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

import { mkdir, open, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer } from "effect"
import { Mailer, MailerError } from "../mail/Mailer.ts"
import type { MailMessage } from "../mail/MailMessage.ts"
import { toInternetMessage } from "./message.ts"

export interface EmlOptions {
  /** Where the files go; made when it is missing. */
  readonly directory: string
}

const write = async (directory: string, message: MailMessage): Promise<void> => {
  await mkdir(directory, { recursive: true })
  const unfinished = join(directory, `.${message.id}.part`)
  try {
    // links in mails are secrets: for nobody but the owner of the process
    const file = await open(unfinished, "w", 0o600)
    try {
      await file.writeFile(toInternetMessage(message))
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(unfinished, join(directory, `${message.id}.eml`))
  } catch (cause) {
    await rm(unfinished, { force: true })
    throw cause
  }
}

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown"

/**
 * Writes each mail as a file `<id>.eml` that mail programs open, for development and for hand-over to another program. A file is there as a
 * whole or not at all, and a mail that is sent again replaces its own file. What the file system refuses is a temporary failure.
 */
export const layer = ({ directory }: EmlOptions): Layer.Layer<Mailer> =>
  Layer.succeed(
    Mailer,
    Mailer.guarded((message) =>
      /^[A-Za-z0-9-]{1,64}$/.test(message.id)
        ? Effect.tryPromise({
            try: () => write(directory, message),
            catch: (cause) =>
              new MailerError({ kind: "temporary", detail: `the file was not written: ${codeOf(cause)}` })
          })
        : Effect.fail(new MailerError({ kind: "permanent", detail: "the mail's id is no file name" }))
    )
  )

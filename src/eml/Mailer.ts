import { type FileHandle, mkdir, open, rename, rm } from "node:fs/promises"
import { join } from "node:path"
import { Effect, Layer, Stream } from "effect"
import { attachmentUnreadable, Mailer, MailerError } from "../mail/Mailer.ts"
import type { MailMessage } from "../mail/MailMessage.ts"
import { toInternetStream } from "./message.ts"

export interface EmlOptions {
  /** Where the files go; made when it is missing. */
  readonly directory: string
}

const codeOf = (cause: unknown): string =>
  typeof cause === "object" && cause !== null && "code" in cause ? String(cause.code) : "unknown"

const attempt = <A>(run: () => Promise<A>): Effect.Effect<A, MailerError> =>
  Effect.tryPromise({
    try: run,
    catch: (cause) => new MailerError({ kind: "temporary", detail: `the file was not written: ${codeOf(cause)}` })
  })

const writeAll = Effect.fnUntraced(function* (file: FileHandle, message: MailMessage) {
  const pieces = toInternetStream(message).pipe(Stream.mapError(attachmentUnreadable))
  yield* Stream.runForEach(pieces, (piece) => attempt(() => file.appendFile(piece)))
  yield* attempt(() => file.sync())
})

const write = (directory: string, message: MailMessage): Effect.Effect<void, MailerError> => {
  const unfinished = join(directory, `.${message.id}.part`)
  return Effect.gen(function* () {
    yield* attempt(() => mkdir(directory, { recursive: true }))
    yield* Effect.acquireUseRelease(
      // links in mails are secrets: for nobody but the owner of the process
      attempt(() => open(unfinished, "w", 0o600)),
      (file) => writeAll(file, message),
      (file) => Effect.ignore(attempt(() => file.close()))
    )
    yield* attempt(() => rename(unfinished, join(directory, `${message.id}.eml`)))
  }).pipe(Effect.onError(() => Effect.ignore(attempt(() => rm(unfinished, { force: true })))))
}

/**
 * Writes each mail as a file `<id>.eml` that mail programs open, for development and for hand-over to another program. A file is there as a
 * whole or not at all, and a mail that is sent again replaces its own file. What the file system refuses is a temporary failure.
 */
export const layer = ({ directory }: EmlOptions): Layer.Layer<Mailer> =>
  Layer.succeed(
    Mailer,
    Mailer.guarded((message) =>
      /^[A-Za-z0-9-]{1,64}$/.test(message.id)
        ? write(directory, message)
        : Effect.fail(new MailerError({ kind: "permanent", detail: "the mail's id is no file name" }))
    )
  )

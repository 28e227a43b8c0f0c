import { createReadStream } from "node:fs"
import { Effect, Stream } from "effect"
import { type Refusal, Tickets } from "portico"
import type { Form } from "../../http/Form.ts"

/** Which field a refusal of a file belongs to. */
export const fileRefusals = {
  FileTypeNotAllowed: "files",
  FileTooLarge: "files",
  TooManyFiles: "files",
  TicketFilesTooLarge: "files",
  UploadIncomplete: "files"
} as const

type Upload = ReturnType<typeof Tickets.Files.upload<never, never>>

/** Hands the files of a form to the library, one after the other; answers what names them in the message. */
export const uploaded = Effect.fnUntraced(function* <E extends Refusal.RefusalInstance, R>(
  form: Form,
  as: (upload: Upload) => Effect.Effect<{ readonly id: Tickets.Files.FileView["id"] }, E, R>,
  secret?: Parameters<typeof Tickets.Files.upload>[0]["form"]
) {
  return yield* Effect.forEach(form.files, ({ name, path, size }) =>
    Effect.map(
      as(
        Tickets.Files.upload(
          { name, size, ...(secret === undefined ? {} : { form: secret }) },
          Stream.orDie(Stream.fromAsyncIterable(createReadStream(path), (cause) => new Error(String(cause))))
        )
      ),
      ({ id }) => id
    )
  )
})

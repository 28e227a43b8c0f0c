import { createReadStream } from "node:fs"
import { Effect, Result, Stream } from "effect"
import { type Refusal, Tickets } from "portico"
import { keptFile, keptFiles } from "../../html/FormState.ts"
import { Form } from "../../http/Form.ts"

/** Which field a refusal of a file belongs to. */
export const fileRefusals = {
  FileTypeNotAllowed: "files",
  FileTooLarge: "files",
  TooManyFiles: "files",
  TicketFilesTooLarge: "files",
  UploadIncomplete: "files",
  UploadFormExpired: "files"
} as const

type Upload = ReturnType<typeof Tickets.Files.upload<never, never>>
type FileId = Tickets.Files.FileView["id"]

/**
 * Hands the files of a form to the library, one after the other, beside those that the form brings from an earlier attempt. `form` holds all that were
 * taken, so that nobody chooses them again when something else is wrong; `ids` names them for the message, or fails with why one was not taken.
 */
export const uploaded = Effect.fnUntraced(function* <E extends Refusal.RefusalInstance, R>(
  form: Form,
  as: (upload: Upload) => Effect.Effect<{ readonly id: FileId }, E, R>,
  secret?: Parameters<typeof Tickets.Files.upload>[0]["form"]
) {
  const results = yield* Effect.forEach(form.files, ({ name, path, size }) =>
    as(
      Tickets.Files.upload(
        { name, size, ...(secret === undefined ? {} : { form: secret }) },
        Stream.orDie(Stream.fromAsyncIterable(createReadStream(path), (cause) => new Error(String(cause))))
      )
    ).pipe(
      Effect.map(({ id }) => ({ id, name })),
      Effect.result
    )
  )
  // the library looks each of them up, whatever the browser says
  const before = keptFiles(form).map(({ id, name }) => ({ id: id as FileId, name }))
  const kept = [...before, ...results.filter(Result.isSuccess).map(({ success }) => success)]
  const others = form.entries.filter(([name]) => name !== "kept")
  const [refused] = results.filter(Result.isFailure)
  const ids: Effect.Effect<ReadonlyArray<FileId>, E> = refused === undefined
    ? Effect.succeed(kept.map(({ id }) => id))
    : Effect.fail(refused.failure)
  return { form: Form.of([...others, ...kept.map(keptFile)]), ids }
})

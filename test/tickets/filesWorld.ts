import { Effect, Option, type Redacted, Stream } from "effect"
import * as Actor from "../../src/kernel/Actor.ts"
import type { FileId } from "../../src/kernel/ids.ts"
import { FileRepository } from "../../src/tickets/FileRepository.ts"
import { Files } from "../../src/tickets/index.ts"
import { anonymously, as } from "../support/portal.ts"

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text)

/** A small document; `filler` bytes make it longer. */
export const pdf = (filler = 100): Uint8Array => {
  const head = ascii("%PDF-1.7\n%\u00e2\u00e3\n1 0 obj\n<<>>\nendobj\n")
  const bytes = new Uint8Array(head.length + filler).fill(32)
  bytes.set(head)
  return bytes
}

export const png = Uint8Array.from(
  Buffer.from(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==",
    "base64"
  )
)

export const inPieces = (bytes: Uint8Array, size = 7) =>
  Stream.fromIterable(
    Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) => bytes.slice(index * size, (index + 1) * size))
  )

const sending = (name: string, bytes: Uint8Array, over: Partial<Files.UploadInput> = {}) =>
  Files.upload({ name, size: bytes.length, ...over }, inPieces(bytes, 64))

/** A customer, or one of staff. */
interface Somebody {
  readonly actor: Actor.Account | Actor.Staff
}

export const uploadedBy = ({ actor }: Somebody, name = "plan.pdf", bytes = pdf()) =>
  sending(name, bytes).pipe(as(actor))

/** A visitor's form, as the page keeps it. */
export const aForm = Effect.map(Files.openForm({}).pipe(anonymously), ({ form }) => form)

export const uploadedWith = (form: Redacted.Redacted, name = "plan.pdf", bytes = pdf()) =>
  sending(name, bytes, { form }).pipe(anonymously)

/** As the job does it, until nothing is due. */
export const scanAll = Files.scanDue({ limit: 100 }).pipe(Actor.provide(Actor.job("files.scan")))
export const purgeAll = Files.purge({ limit: 100 }).pipe(Actor.provide(Actor.job("files.purge")))

export const fileOf = (id: FileId) =>
  Effect.flatMap(FileRepository, (files) => Effect.map(files.find(id), Option.getOrUndefined))

export const bytesOf = (download: Files.Download) =>
  Effect.map(Stream.runCollect(download.content), (parts) => new Uint8Array(Buffer.concat(Array.from(parts))))

export const fetched = ({ actor }: Somebody, fileId: FileId) =>
  Effect.flatMap(Files.download({ fileId }).pipe(as(actor)), bytesOf)

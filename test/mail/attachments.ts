import { Stream } from "effect"
import type { MailAttachment } from "../../src/mail/MailAttachment.ts"

/** A file as a mail takes it along, in pieces of a size that is no number of lines. */
export const attachment = (name: string, content: string | Uint8Array, mediaType = "text/plain"): MailAttachment => {
  const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content
  const PIECE = 1000
  const pieces = Array.from({ length: Math.ceil(bytes.length / PIECE) }, (_, index) =>
    bytes.subarray(index * PIECE, (index + 1) * PIECE)
  )
  return { name, mediaType, size: bytes.length, content: Stream.fromIterable(pieces) }
}

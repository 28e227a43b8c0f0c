import { Effect, Option, Result, Stream } from "effect"
import * as Instant from "../kernel/Instant.ts"
import type { MessageId, ParticipantId, TicketId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Settings } from "../kernel/Settings.ts"
import { type Enclosing, enclosesNothing, firstTry, type MailAttachment, type Tries } from "../mail/MailAttachment.ts"
import { BlobStore } from "./BlobStore.ts"
import { type File, fetchable, servedType } from "./File.ts"
import { FileRepository } from "./FileRepository.ts"
import { mayRead } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"

/** Between two looks at files that wait for their scan; as long as the mail has waited so far, for most scans take no time. */
const SOONEST = "1 second"
const LATEST = "15 seconds"

const nextLook = (createdAt: Instant.Instant, now: Instant.Instant): Instant.Instant =>
  Instant.latest(
    Instant.plus(now, SOONEST),
    Instant.earliest(Instant.plus(now, LATEST), Instant.fromMillis(now + (now - createdAt)))
  )

/** Whose mail it is, and which message it holds. */
interface Facts {
  readonly createdAt: Instant.Instant
  readonly values: {
    readonly ticketId: TicketId
    readonly participantId: ParticipantId
    /** Not there in mails of a time when no files travelled. */
    readonly messageId?: MessageId | undefined
    /** Null where the mail does not tell what was written. */
    readonly text: string | null
    /** How many the message has. */
    readonly files: number
  }
}

/** Those that fit together, in their order. */
const fitting = (files: ReadonlyArray<File>, most: number): ReadonlyArray<File> => {
  let bytes = 0
  return files.filter(({ size }) => {
    const fits = bytes + size <= most
    if (fits) bytes += size
    return fits
  })
}

/** What the recipient may read now of the message's files: the same rule as for the message, asked anew (TIC-13, R-MA-09). */
const readable = Effect.fnUntraced(function* ({ participantId, ticketId }: Facts["values"], messageId: MessageId) {
  const tickets = yield* TicketRepository
  const opened = Option.getOrUndefined(yield* tickets.open(ticketId))
  const participant = opened?.participants.find(({ id }) => id === participantId)
  if (participant === undefined) return []
  const files = yield* FileRepository
  const found = yield* files.ofMessages([messageId])
  return found.filter(({ place }) => place !== null && mayRead({ _tag: "Participant", participant }, place))
})

/** The bytes as they are stored, and a failure where they are fewer or more than the file has: half a file is none. */
const whole = (
  content: Stream.Stream<Uint8Array, PersistenceError>,
  size: number
): Stream.Stream<Uint8Array, PersistenceError> =>
  Stream.suspend(() => {
    let read = 0
    const counted = Stream.tap(content, (bytes) =>
      Effect.sync(() => {
        read += bytes.length
      })
    )
    const end = Stream.suspend(() =>
      read === size ? Stream.empty : Stream.fail(new PersistenceError({ operation: "blob.get", reason: "corrupt" }))
    )
    return Stream.concat(counted, end)
  })

/** A file's bytes, none where there are none; where a try has failed before, read to their end to see whether it is because of them. */
const bytesOf = Effect.fnUntraced(function* (file: File, { doubtful }: Tries) {
  const blobs = yield* BlobStore
  const found = yield* blobs.get(file.key)
  if (Option.isNone(found)) return found
  const content = whole(found.value, file.size)
  if (doubtful) yield* Stream.runDrain(content)
  return Option.some(content)
})

/**
 * The files of a message, for the mail that tells it: those that whoever reads the message could fetch now, as long as they fit into one mail. Where they are still
 * to be scanned the mail waits for that, for a while; where their store does not answer, too. What can never be read stays behind, and the words go out.
 */
export const enclosedIn = Effect.fnUntraced(function* (
  { createdAt, values }: Facts,
  now: Instant.Instant,
  tries: Tries = firstTry
) {
  const { messageId } = values
  if (values.files === 0 || values.text === null || messageId === undefined) return enclosesNothing
  const settings = yield* Settings
  const { mailWaitsForScan, maxBytesPerMail, serveUnscanned } = settings.files
  const found = yield* readable(values, messageId)

  const end = Instant.plus(createdAt, mailWaitsForScan)
  if (now < end && found.some(({ size, state }) => state === "Waiting" && size <= maxBytesPerMail)) {
    const notYet: Enclosing = { _tag: "NotYet", at: Instant.earliest(end, nextLook(createdAt, now)) }
    return notYet
  }

  const ready = found.filter((file) => Result.isSuccess(fetchable(file, serveUnscanned)))
  const chosen = fitting(ready, maxBytesPerMail)
  const attachments: Array<MailAttachment> = []
  let unreadable = 0
  for (const file of chosen) {
    const content = yield* Effect.result(bytesOf(file, tries))
    if (Result.isFailure(content)) {
      const { reason } = content.failure
      if (tries.patient && reason !== "corrupt") {
        const waits: Enclosing = {
          _tag: "Unreadable",
          detail: `a file of the message could not be read: ${reason}`
        }
        return waits
      }
      yield* Effect.logError(`the bytes of file ${file.id} cannot be read`, content.failure)
      unreadable += 1
      continue
    }
    if (Option.isNone(content.success)) {
      yield* Effect.logError(`the bytes of file ${file.id} are not there`)
      continue
    }
    attachments.push({
      name: file.name,
      mediaType: servedType(file),
      size: file.size,
      content: content.success.value
    })
  }
  const enclosing: Enclosing = {
    _tag: "Enclosed",
    attachments,
    enclosed: {
      sent: attachments.length,
      tooLarge: ready.length - chosen.length,
      withheld: found.length - ready.length,
      gone: Math.max(0, values.files - found.length) + (chosen.length - attachments.length - unreadable),
      unreadable
    }
  }
  return enclosing
})

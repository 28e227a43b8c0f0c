import { FileId, MessageId, TicketId } from "../kernel/ids.ts"
import { BlobKey, type File, type Place } from "../tickets/File.ts"
import { at } from "./tenantSamples.ts"

const uuid = (group: string, number: number): string =>
  `01890000-0000-7${group}-8000-${number.toString(16).padStart(12, "0")}`

/** Ids sort by their number. */
export const fileId = (number: number): FileId => FileId.make(uuid("f00", number))
export const blobKey = (number: number): BlobKey => BlobKey.make(number.toString(16).padStart(64, "0"))

/** A message of a ticket, both by number. */
export const filePlace = (ticket: number, message: number, over: Partial<Place> = {}): Place => ({
  ticketId: TicketId.make(uuid("f01", ticket)),
  messageId: MessageId.make(uuid("f02", message)),
  seq: message,
  visibility: "public",
  ...over
})

/** A file that is coming in, begun as many milliseconds after the start as its number says, over an hour later. */
export const file = (number: number, over: Partial<File> = {}): File => ({
  id: fileId(number),
  version: 0,
  key: blobKey(number),
  state: "Uploading",
  name: `file ${number}.pdf`,
  mediaType: "application/pdf",
  size: 1000 + number,
  digest: null,
  contentId: null,
  owner: "account:1",
  place: null,
  position: 0,
  createdAt: at(number),
  expiresAt: at(number + 3_600_000),
  scanDueAt: null,
  scanFailures: 0,
  scannedAt: null,
  threat: null,
  ...over
})

const DIGEST = "a".repeat(64)

/** One that is in and was found clean, and waits for a message. */
export const looseFile = (number: number, over: Partial<File> = {}): File =>
  file(number, { state: "Clean", digest: DIGEST, scannedAt: at(number), ...over })

/** One that hangs on a message. */
export const placedFile = (number: number, place: Place, over: Partial<File> = {}): File =>
  looseFile(number, { place, expiresAt: null, ...over })

export const waitingFile = (number: number, over: Partial<File> = {}): File =>
  file(number, { state: "Waiting", digest: DIGEST, scanDueAt: at(number), ...over })

export const removedFile = (number: number, over: Partial<File> = {}): File =>
  looseFile(number, { state: "Removed", ...over })

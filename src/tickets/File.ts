import { Result, Schema } from "effect"
import * as Instant from "../kernel/Instant.ts"
import { FileId, MessageId, TicketId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { extensionOf } from "./FileName.ts"
import { type FileType, knownTypes } from "./FileType.ts"
import { Visibility } from "./Ticket.ts"

/** Names stored bytes: 256 random bits as hex, made by the library, never from anything that came from outside (TIC-13). */
export const BlobKey = Schema.String.check(
  Schema.makeFilter((value) => (/^[0-9a-f]{64}$/.test(value) ? undefined : "id"))
).pipe(Schema.brand("BlobKey"))
export type BlobKey = typeof BlobKey.Type

/** What a blob store has stored. */
export interface StoredBlob {
  /** Bytes. */
  readonly size: number
  /** SHA-256 of the bytes, as hex. */
  readonly digest: string
}

/** What a scanner says of a file: nothing was found; this was found; or nothing scans here. */
export const ScanResult = Schema.Union([
  Schema.TaggedStruct("Clean", {}),
  Schema.TaggedStruct("Infected", { threat: Schema.String }),
  Schema.TaggedStruct("Unscanned", {})
])
export type ScanResult = typeof ScanResult.Type

/**
 * In the order of life: bytes are coming in; complete, and waiting for the scan; nothing found; something found, and kept from everybody; nobody scans
 * here; to be deleted with its bytes.
 */
export const FileState = Schema.Literals(["Uploading", "Waiting", "Clean", "Infected", "Unscanned", "Removed"])
export type FileState = typeof FileState.Type

/** Where a file hangs. Messages never change, so what decides who may read one is kept beside the file. */
export const Place = Schema.Struct({
  ticketId: TicketId,
  messageId: MessageId,
  /** The message's number inside of its ticket. */
  seq: Schema.Int,
  visibility: Visibility
})
export type Place = typeof Place.Type

/** A file that somebody has sent: loose until a message takes it, then for as long as the message. */
export class File extends Schema.Opaque<File>()(
  Schema.Struct({
    id: FileId,
    /** Of the stored row: one more with every write. */
    version: Schema.Int,
    key: BlobKey,
    state: FileState,
    /** As shown; made safe, and never used to find the bytes. */
    name: Schema.String,
    /** As served. */
    mediaType: Schema.String,
    /** Bytes; what was announced, until they are all there. */
    size: Schema.Int,
    /** SHA-256 as hex; null until the bytes are there. */
    digest: Schema.NullOr(Schema.String),
    /** Of an image inside of a mail, without angle brackets (MIN-07). */
    contentId: Schema.NullOr(Schema.String),
    /** Who may put it into a message: `account:<id>`, `form:<digest of the form's secret>`, or `job:<name>`. */
    owner: Schema.String,
    place: Schema.NullOr(Place),
    /** The order inside of its message, from 0. */
    position: Schema.Int,
    createdAt: Instant.Instant,
    /** While it is loose, or is to be deleted: from then on the purge takes it. Null in a message. */
    expiresAt: Schema.NullOr(Instant.Instant),
    /** While it waits: when it is scanned next. */
    scanDueAt: Schema.NullOr(Instant.Instant),
    /** How often a scan came to nothing. */
    scanFailures: Schema.Int,
    scannedAt: Schema.NullOr(Instant.Instant),
    /** What was found; for staff only. */
    threat: Schema.NullOr(Schema.String)
  })
) {}

// ---- refusals --------------------------------------------------------------------------------------------------------------------------

/** The file is larger than it may be, or than was announced; `limit` is `maxBytes` for people, rounded down: "20 MB". */
export class FileTooLarge extends Refusal<FileTooLarge>()(
  "FileTooLarge",
  { name: Schema.String, maxBytes: Schema.Int, limit: Schema.String },
  {
    category: "invalid",
    de: "Die Datei „{name}“ ist zu groß: Sie darf höchstens {limit} haben.",
    en: 'The file "{name}" is too large: it may have {limit} at most.'
  }
) {
  static of(name: string, maxBytes: number): FileTooLarge {
    return new FileTooLarge({ name, maxBytes, limit: sizeText(maxBytes) })
  }
}

const UNITS = ["B", "KB", "MB", "GB"] as const

/** In whole units, each 1024 of the smaller one: in the largest that loses nothing, or else less than a tenth. */
const sizeText = (bytes: number): string => {
  let unit = 0
  let size = bytes
  while (unit < UNITS.length - 1 && (size >= 10 * 1024 || (size >= 1024 && size % 1024 === 0))) {
    size = Math.floor(size / 1024)
    unit++
  }
  return `${size} ${UNITS[unit]}`
}

/** Fewer bytes came in than were announced. */
export class UploadIncomplete extends Refusal<UploadIncomplete>()(
  "UploadIncomplete",
  { name: Schema.String },
  {
    category: "invalid",
    de: "Die Datei „{name}“ ist nicht vollständig angekommen. Bitte laden Sie sie noch einmal hoch.",
    en: 'The file "{name}" has not come in completely. Please upload it again.'
  }
) {}

/** The form is not one that was given out here, or its time is over. */
export class UploadFormExpired extends Refusal<UploadFormExpired>()(
  "UploadFormExpired",
  {},
  {
    category: "conflict",
    de: "Das Formular ist abgelaufen. Bitte öffnen Sie es noch einmal.",
    en: "The form has expired. Please open it again."
  }
) {}

/** A message takes no more than this number of files. */
export class TooManyFiles extends Refusal<TooManyFiles>()(
  "TooManyFiles",
  { max: Schema.Int },
  {
    category: "invalid",
    de: "Eine Nachricht kann höchstens {max} Dateien haben.",
    en: "A message can have {max} files at most."
  }
) {}

/** The files of one ticket are together as large as they may be. */
export class TicketFilesTooLarge extends Refusal<TicketFilesTooLarge>()(
  "TicketFilesTooLarge",
  { maxBytes: Schema.Int },
  {
    category: "conflict",
    de: "Die Dateien dieses Tickets sind zusammen zu groß.",
    en: "Together, the files of this ticket are too large."
  }
) {}

/** The file is there, and cannot be fetched: it was not scanned yet, nobody scans it, or something was found in it (TIC-13). */
export class FileNotAvailable extends Refusal<FileNotAvailable>()(
  "FileNotAvailable",
  { state: FileState },
  {
    category: "conflict",
    de: "Diese Datei wurde noch nicht geprüft oder ist gesperrt und kann deshalb nicht heruntergeladen werden.",
    en: "This file has not been checked yet, or is blocked, and so cannot be downloaded."
  }
) {}

// ---- life ------------------------------------------------------------------------------------------------------------------------------

/** All bytes are there: the file waits for its scan from now on, and for a message until `looseUntil`. None in another state. */
export const uploaded = (
  file: File,
  blob: StoredBlob,
  {
    looseUntil,
    now,
    type
  }: { readonly looseUntil: Instant.Instant; readonly now: Instant.Instant; readonly type: FileType }
): File | undefined =>
  file.state !== "Uploading"
    ? undefined
    : {
        ...file,
        state: "Waiting",
        size: blob.size,
        digest: blob.digest,
        mediaType: type.mediaType,
        expiresAt: looseUntil,
        scanDueAt: now
      }

/** What a scanner calls it, as one short line. */
const threatOf = (threat: string): string =>
  threat.toWellFormed().replace(/\p{C}/gu, " ").trim().slice(0, 200) || "unknown"

/** What a scan makes of a file that waits for it; a result that comes later than another one changes nothing. */
export const scanned = (file: File, result: ScanResult, now: Instant.Instant): File | undefined =>
  file.state !== "Waiting"
    ? undefined
    : {
        ...file,
        state: result._tag,
        threat: result._tag === "Infected" ? threatOf(result.threat) : null,
        scannedAt: result._tag === "Unscanned" ? null : now,
        scanDueAt: null
      }

/** A scan came to nothing: the file waits on, each time twice as long, at most an hour. */
export const scanFailed = (file: File, now: Instant.Instant): File | undefined =>
  file.state !== "Waiting"
    ? undefined
    : {
        ...file,
        scanFailures: file.scanFailures + 1,
        scanDueAt: Instant.plus(now, Math.min(3_600_000, 15_000 * 2 ** Math.min(file.scanFailures, 10)))
      }

/** Whether it can be put into a message now: complete, in none yet, and its time is not over. */
export const isLoose = (file: File, now: Instant.Instant): boolean =>
  file.place === null &&
  file.state !== "Uploading" &&
  file.state !== "Removed" &&
  file.expiresAt !== null &&
  now < file.expiresAt

export const attached = (file: File, place: Place, position: number): File => ({
  ...file,
  place,
  position,
  expiresAt: null
})

/** It is gone for everybody from now on; the purge deletes bytes and row. What hangs on a message stays. */
export const removed = (file: File, now: Instant.Instant): File | undefined =>
  file.place !== null || file.state === "Removed"
    ? undefined
    : { ...file, state: "Removed", expiresAt: now, scanDueAt: null }

/** Whether somebody who may read the message gets the bytes (TIC-13): nobody before the scan, and nobody what something was found in. */
export const fetchable = (file: Pick<File, "state">, serveUnscanned: boolean): Result.Result<void, FileNotAvailable> =>
  file.state === "Clean" || (file.state === "Unscanned" && serveUnscanned)
    ? Result.succeed(undefined)
    : Result.fail(new FileNotAvailable({ state: file.state }))

// ---- as served -------------------------------------------------------------------------------------------------------------------------

const percent = (name: string): string =>
  encodeURIComponent(name).replace(/['()*!]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)

/** The name for a header (RFC 6266): in ASCII for old clients, and as it is (RFC 8187). */
export const disposition = (name: string): string => {
  const ascii = name
    .normalize("NFKD")
    .replace(/[^\x20-\x7e]/g, "")
    .replace(/["\\%;]/g, "_")
    .trim()
  const old = ascii === "" || ascii.startsWith(".") ? `file${ascii}` : ascii
  return `attachment; filename="${old}"; filename*=UTF-8''${percent(name)}`
}

/** Bytes without a meaning: what could do something in a browser is never served as what it is. */
const OPAQUE = "application/octet-stream"

/** As what the bytes of a file are given away: by its detected type where that is harmless (R-TI-11). */
export const servedType = ({ mediaType, name }: Pick<File, "mediaType" | "name">): string => {
  const type = knownTypes.find((known) => known.mediaType === mediaType && known.extension === extensionOf(name))
  if (type === undefined || type.active) return OPAQUE
  return mediaType.startsWith("text/") ? `${mediaType}; charset=utf-8` : mediaType
}

/** What a host sends with the bytes: a download, whatever it is, that no browser takes for something else (R-TI-11, ASVS 3.2.1). */
export const headersOf = ({
  mediaType,
  name,
  size
}: Pick<File, "mediaType" | "name" | "size">): Readonly<Record<string, string>> => ({
  "content-type": servedType({ mediaType, name }),
  "content-disposition": disposition(name),
  "content-length": String(size),
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; sandbox",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "private, no-store"
})

import { Cause, Effect, Option, Redacted, Schema, Stream } from "effect"
import * as Actor from "../kernel/Actor.ts"
import { Crypto, toBase64Url, toHex, utf8 } from "../kernel/Crypto.ts"
import * as EmailAddress from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { FileId, type MessageId, nextId } from "../kernel/ids.ts"
import { sourceKey } from "../kernel/Limits.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotFound, Unavailable } from "../kernel/refusals.ts"
import { Sealer } from "../kernel/Sealer.ts"
import { Settings } from "../kernel/Settings.ts"
import { line, secret } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { staffMay } from "../tenants/staffRights.ts"
import { BlobStore } from "./BlobStore.ts"
import * as File from "./File.ts"
import {
  type BlobKey,
  FileNotAvailable,
  FileState,
  FileTooLarge,
  type Place,
  ScanResult,
  TicketFilesTooLarge,
  TooManyFiles,
  UploadFormExpired,
  UploadIncomplete
} from "./File.ts"
import { safeName } from "./FileName.ts"
import { FileRepository } from "./FileRepository.ts"
import { agreed, FileTypeNotAllowed, HEAD_BYTES, knownTypes, typeOfName } from "./FileType.ts"
import { FileTypeDetector } from "./FileTypeDetector.ts"
import * as fileMails from "./fileMails.ts"
import { FileView, viewOf } from "./fileViews.ts"
import { seen } from "./reading.ts"
import { Scanner } from "./Scanner.ts"
import { mayRead, type Reader } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"

export { FileView, ofMessages, StaffFileView, staffViewOf, viewOf } from "./fileViews.ts"

// ---- whose a loose file is ---------------------------------------------------------------------------------------------------------------

const FORM_PURPOSE = "upload-form"

/** Opens the files of one form, and nothing else; who guesses the form guesses 256 random bits (R-TI-11, Zammad CVE-2024-33668). */
const formOwner = Effect.fnUntraced(function* (form: Redacted.Redacted, now: Instant.Instant) {
  const crypto = yield* Crypto
  const sealer = yield* Sealer
  const [expires = "", random = "", keyId = "", mac = "", ...rest] = Redacted.value(form).split(".")
  const made = yield* Effect.option(sealer.mac(FORM_PURPOSE, `${expires}.${random}`, keyId))
  if (Option.isNone(made) || rest.length > 0 || !crypto.equal(utf8(made.value.mac), utf8(mac))) {
    return yield* new UploadFormExpired()
  }
  // the keyed digest says that this number is ours
  if (now >= Number.parseInt(expires, 36)) return yield* new UploadFormExpired()
  return `form:${toBase64Url(yield* crypto.sha256(`portico/${FORM_PURPOSE}\n${random}`))}`
})

/** What mail and jobs bring is the library's own until a message has it. */
const OWN = "job"

/** Whose files a caller may use: their account's, and those of the form that they hold. */
const ownersFor = Effect.fnUntraced(function* (
  { actor, now }: Pick<UseCase.Call<Actor.Kind>, "actor" | "now">,
  form: Redacted.Redacted | undefined
) {
  const accountId = Actor.accountOf(actor)
  const owners: Array<string> = accountId === undefined ? [] : [`account:${accountId}`]
  if (actor._tag === "Job" || actor._tag === "Mail") owners.push(OWN)
  if (form !== undefined) owners.push(yield* formOwner(form, now))
  return owners
})

/**
 * Gives a visitor's form its secret: with it the form uploads files, takes them back, and hands them over with the message. It is kept nowhere, and whoever
 * has it gets no bytes back.
 */
export const openForm = UseCase.query({
  name: "files.openForm",
  summary: "Gives a form of somebody who is not signed in the secret by which it uploads files.",
  actors: ["Anonymous", "Account"],
  requires: "anyone",
  input: Schema.Struct({}),
  output: Schema.Struct({ form: Schema.Redacted(Schema.String), expiresAt: Instant.Instant }),
  errors: [],
  run: Effect.fnUntraced(function* (_, { now, settings }) {
    const crypto = yield* Crypto
    const sealer = yield* Sealer
    const expiresAt = Instant.plus(now, settings.files.formLifetime)
    const content = `${expiresAt.toString(36)}.${toBase64Url(yield* crypto.randomBytes(32))}`
    const { keyId, mac } = yield* Effect.orDie(sealer.mac(FORM_PURPOSE, content))
    return { form: Redacted.make(`${content}.${keyId}.${mac}`, { label: "upload form" }), expiresAt }
  })
})

// ---- uploading -------------------------------------------------------------------------------------------------------------------------

const subject = (id: FileId) => ({ kind: "file", id })
const all = { kind: "files", id: "files" }

/** A field for the forms of other rooms: the secret of `files.openForm`. */
export const FormSecret = secret(300)

const KIB = 1024

/**
 * Says that a file will come in. The row is there before the first byte is: whatever happens on the way, the purge knows what to delete.
 */
export const begin = UseCase.command({
  name: "files.begin",
  summary: "Announces a file; part of an upload.",
  actors: ["Anonymous", "Account", "Staff", "Job"],
  requires: "anyone",
  input: Schema.Struct({
    /** As the sender calls it. */
    name: Schema.String.check(Schema.isMaxLength(1000)),
    /** Bytes; no more are taken, and none fewer. */
    size: Schema.Int.check(Schema.isGreaterThan(0)),
    /** Of somebody who is not signed in. */
    form: Schema.optionalKey(FormSecret),
    /** Of an image inside of a mail. */
    contentId: Schema.optionalKey(line(200))
  }),
  output: Schema.Struct({ fileId: FileId }),
  errors: [FileTypeNotAllowed, FileTooLarge, UploadFormExpired],
  limits: ({ size }, { actor, request, settings: { files, limits } }) => {
    // what is larger is refused, and counts as the largest that is not
    const amount = Math.ceil(Math.min(size, files.maxBytes) / KIB)
    const accountId = Actor.accountOf(actor)
    if (accountId !== undefined) {
      return Effect.succeed([
        { key: `files.account:${accountId}`, limit: limits.uploadsPerAccount },
        { key: `files.kib.account:${accountId}`, limit: limits.uploadedKiBPerAccount, amount }
      ])
    }
    if (actor._tag === "Job") return Effect.succeed([])
    const source = sourceKey(request.source)
    return Effect.succeed([
      { key: `files.source:${source}`, limit: limits.uploadsPerSource },
      { key: `files.kib.source:${source}`, limit: limits.uploadedKiBPerSource, amount }
    ])
  },
  unit: Effect.fnUntraced(function* (input, unit) {
    const files = yield* FileRepository
    const crypto = yield* Crypto
    const { settings } = unit
    const name = safeName(input.name)
    const type = yield* Effect.fromResult(typeOfName(name, settings.files.types))
    if (input.size > settings.files.maxBytes) {
      return yield* FileTooLarge.of(name, settings.files.maxBytes)
    }
    const [owner] = yield* ownersFor(unit, input.form)
    // a visitor without a form could hand over nothing that they upload
    if (owner === undefined) return yield* new UploadFormExpired()
    const id = yield* nextId(FileId)
    unit.record({ type: "file.announced", subject: subject(id), data: { size: input.size } })
    yield* files.insert([
      {
        id,
        version: 0,
        key: toHex(yield* crypto.randomBytes(32)) as BlobKey, // 64 hexadecimal digits
        state: "Uploading",
        name,
        mediaType: type.mediaType,
        size: input.size,
        digest: null,
        contentId: unit.actor._tag === "Job" ? (input.contentId ?? null) : null,
        owner,
        place: null,
        position: 0,
        createdAt: unit.now,
        expiresAt: Instant.plus(unit.now, settings.files.longestUpload),
        scanDueAt: null,
        scanFailures: 0,
        scannedAt: null,
        threat: null
      }
    ])
    return { fileId: id }
  })
})

/** Says that all bytes of a file are there, and what they are; from then on it can be put into a message, and waits for its scan. */
export const complete = UseCase.command({
  name: "files.complete",
  summary: "Records that a file has come in completely; part of an upload.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ fileId: FileId, size: Schema.Int, digest: Schema.String, extension: Schema.String }),
  output: FileView,
  errors: [NotFound, UploadIncomplete],
  unit: Effect.fnUntraced(function* ({ fileId, ...blob }, { now, record, settings }) {
    const files = yield* FileRepository
    const [file] = yield* files.findForUpdate([fileId])
    if (file !== undefined && blob.size < file.size) return yield* new UploadIncomplete({ name: file.name })
    const type = knownTypes.find(({ extension }) => extension === blob.extension)
    const looseUntil = Instant.plus(now, settings.files.looseLifetime)
    const next =
      file === undefined || type === undefined ? undefined : File.uploaded(file, blob, { looseUntil, now, type })
    // it took too long, and the purge was there before
    if (next === undefined) return yield* new NotFound({ kind: "file" })
    yield* files.save(next)
    record({ type: "file.uploaded", subject: subject(fileId), data: { type: next.mediaType, size: next.size } })
    return viewOf(next, settings)
  })
})

/** Passes the bytes on, and refuses as early as can be known: what is more than announced, and what is not of the type that the name says. */
const checkedContent = <E, R>(
  content: Stream.Stream<Uint8Array, E, R>,
  { allowed, name, size }: { readonly allowed: ReadonlyArray<string>; readonly name: string; readonly size: number },
  detector: FileTypeDetector["Service"]
) => {
  let received = 0
  let judged: string | undefined
  const head = new Uint8Array(Math.min(HEAD_BYTES, size))
  const judge = Effect.fnUntraced(function* () {
    const start = head.subarray(0, Math.min(received, head.length))
    const type = yield* Effect.fromResult(agreed(name, start, yield* detector.detect(start), allowed))
    judged = type.extension
    return type.extension
  })
  return {
    stream: Stream.mapEffect(
      content,
      Effect.fnUntraced(function* (bytes: Uint8Array) {
        if (received < head.length) head.set(bytes.subarray(0, head.length - received), received)
        received += bytes.length
        if (received > size) return yield* FileTooLarge.of(name, size)
        if (judged === undefined && received >= head.length) yield* judge()
        return bytes
      })
    ),
    /** The extension of the type that name and content agree on; to be asked when all bytes were passed on. */
    outcome: Effect.gen(function* () {
      if (received < size) return yield* new UploadIncomplete({ name })
      return judged ?? (yield* judge())
    })
  }
}

/** Makes of what a store or the mechanism says, which is no matter of the sender, that it did not work. */
const asUnavailable = <A, E, R>(operation: string, effect: Effect.Effect<A, E, R>) =>
  Effect.catch(effect, (error) =>
    error instanceof PersistenceError
      ? Effect.andThen(
          Effect.logWarning(`${operation} is unavailable`, Cause.fail(error)),
          Effect.fail<Exclude<E, PersistenceError> | Unavailable>(new Unavailable())
        )
      : // what is not a PersistenceError is of the other members of E
        Effect.fail(error as Exclude<E, PersistenceError>)
  )

const storing = Actor.provide(Actor.job("files.upload"))

/** What `upload` gets beside the bytes; `begin` checks it. */
export type UploadInput = Parameters<typeof begin>[0]

/**
 * Takes a file in: streams it to the blob store, never holding more than a piece of it, and answers what it is and in which state. It then waits for the
 * message that it belongs to, as long as `files.looseLifetime`. Visitors need the secret of a form. What was refused or broken off on the way is deleted,
 * at the latest by the purge.
 */
export const upload = <E, R>(input: UploadInput, content: Stream.Stream<Uint8Array, E, R>) =>
  Effect.gen(function* () {
    const { fileId } = yield* begin(input)
    const settings = yield* Settings
    const blobs = yield* BlobStore
    const detector = yield* FileTypeDetector
    const files = yield* FileRepository
    const file = yield* asUnavailable("files.upload", files.find(fileId))
    // only the purge deletes it, an hour later
    if (Option.isNone(file)) return yield* new NotFound({ kind: "file" })
    const { key, name, size } = file.value
    const { outcome, stream } = checkedContent(content, { name, size, allowed: settings.files.types }, detector)
    const stored = yield* Effect.gen(function* () {
      const blob = yield* asUnavailable("files.upload", blobs.put(key, stream))
      return { ...blob, extension: yield* outcome }
    }).pipe(
      // the bytes of what was refused need not wait for the purge
      Effect.tapError(() => Effect.ignore(blobs.delete(key)))
    )
    return yield* complete({ fileId, ...stored }).pipe(storing)
  })

/** Takes a loose file back, before a message has it; the purge deletes its bytes. */
export const discard = UseCase.command({
  name: "files.discard",
  summary: "Takes back a file that is in no message yet.",
  actors: ["Anonymous", "Account", "Staff"],
  requires: "anyone",
  input: Schema.Struct({ fileId: FileId, form: Schema.optionalKey(FormSecret) }),
  output: Schema.Void,
  errors: [NotFound, UploadFormExpired],
  limits: (_, { actor, request, settings: { limits } }) => {
    const accountId = Actor.accountOf(actor)
    return Effect.succeed([
      accountId === undefined
        ? { key: `files.discard:${sourceKey(request.source)}`, limit: limits.linkPerSource }
        : { key: `files.discard:${accountId}`, limit: limits.ticketStepsPerAccount }
    ])
  },
  unit: Effect.fnUntraced(function* ({ fileId, form }, unit) {
    const files = yield* FileRepository
    const owners = yield* ownersFor(unit, form)
    const [file] = yield* files.findForUpdate([fileId])
    const next = file === undefined || !owners.includes(file.owner) ? undefined : File.removed(file, unit.now)
    if (next === undefined) return yield* new NotFound({ kind: "file" })
    yield* files.save(next)
    unit.record({ type: "file.discarded", subject: subject(fileId) })
  })
})

// ---- into messages ---------------------------------------------------------------------------------------------------------------------

/** Fields for the inputs of rooms that write messages: files that were uploaded before, and the form's secret of somebody who is not signed in. */
export const attachments = {
  files: Schema.optionalKey(Schema.Array(FileId).check(Schema.isMaxLength(100))),
  form: Schema.optionalKey(FormSecret)
}

/** What `attachments` gives. */
export interface Attachments {
  readonly files?: ReadonlyArray<FileId>
  readonly form?: Redacted.Redacted
}

/** What `attach` can refuse: for the `errors` of those who call it. */
export const attachErrors = [NotFound, TooManyFiles, TicketFilesTooLarge, UploadFormExpired] as const

/**
 * Hangs uploaded files on a message, in their order; to be called in the unit that writes the message, with the ticket's row locked. Answers how many they
 * are, for `Message.files`. A file that is somebody else's, is in a message already or whose time is over is not there.
 */
export const attach = Effect.fnUntraced(function* (
  unit: Pick<UseCase.Unit<Actor.Kind>, "actor" | "now" | "settings">,
  { files: ids = [], form }: Attachments,
  place: Place
) {
  if (ids.length === 0) return 0
  const { maxBytesPerTicket, maxPerMessage } = unit.settings.files
  const wanted = [...new Set(ids)]
  if (wanted.length > maxPerMessage) return yield* new TooManyFiles({ max: maxPerMessage })
  const files = yield* FileRepository
  const owners = yield* ownersFor(unit, form)
  const found = new Map((yield* files.findForUpdate(wanted)).map((file) => [file.id, file]))
  const placed: Array<File.File> = []
  for (const id of wanted) {
    const file = found.get(id)
    if (file === undefined || !owners.includes(file.owner) || !File.isLoose(file, unit.now)) {
      return yield* new NotFound({ kind: "file" })
    }
    placed.push(File.attached(file, place, placed.length))
  }
  const { bytes } = yield* files.carriedBy(place.ticketId)
  if (placed.reduce((sum, { size }) => sum + size, bytes) > maxBytesPerTicket) {
    return yield* new TicketFilesTooLarge({ maxBytes: maxBytesPerTicket })
  }
  yield* files.attach(placed)
  return placed.length
})

/**
 * Hangs the files of messages on other ones, too, which have the same texts somewhere else (a split); to be called in the unit that writes those. The bytes
 * are the same, and stay as long as one of the two does. `places` says by each message where it stands now, too. Answers how many they are.
 */
export const copyAll = Effect.fnUntraced(function* (places: ReadonlyMap<MessageId, Place>) {
  if (places.size === 0) return 0
  const files = yield* FileRepository
  const copies: Array<File.File> = []
  for (const file of yield* files.ofMessages([...places.keys()])) {
    const place = file.place === null ? undefined : places.get(file.place.messageId)
    if (place !== undefined) copies.push({ ...file, id: yield* nextId(FileId), version: 0, place })
  }
  if (copies.length > 0) yield* files.insert(copies)
  return copies.length
})

// ---- fetching --------------------------------------------------------------------------------------------------------------------------

/** What a customer is in a ticket, where they see it at all: one who takes part, or who may read all tickets of its tenant; else nothing. */
const readersIn = (call: UseCase.Call<"Account">, ticketId: Place["ticketId"]) =>
  seen(call, ticketId).pipe(
    Effect.map(({ byTenant, participant }) => {
      const readers: Array<Reader> = byTenant ? [{ _tag: "Tenant" }] : []
      if (participant !== null) readers.push({ _tag: "Participant", participant })
      return readers
    }),
    Effect.catchTag("NotFound", () => Effect.succeed([]))
  )

/**
 * Whether the caller gets a file now, with what a host sends beside the bytes. Asked anew for each download: by the message that the file hangs on, and the
 * caller's part in its ticket at this moment (TIC-13, V-30). What one may not read is not there.
 */
export const open = UseCase.query({
  name: "files.open",
  summary: "Says of a file of a message whether the caller can download it, and with which headers.",
  actors: ["Account", "Staff"],
  requires: "self",
  input: Schema.Struct({ fileId: FileId }),
  output: Schema.Struct({ file: FileView, headers: Schema.Record(Schema.String, Schema.String) }),
  errors: [NotFound, FileNotAvailable],
  run: Effect.fnUntraced(function* ({ fileId }, call) {
    const files = yield* FileRepository
    const file = Option.getOrUndefined(yield* files.find(fileId))
    const place = file?.place ?? null
    if (file === undefined || place === null) return yield* new NotFound({ kind: "file" })
    const { actor } = call
    if (actor._tag === "Staff") yield* Effect.fromResult(staffMay("files.open", actor))
    const readers: ReadonlyArray<Reader> =
      actor._tag === "Staff" ? [{ _tag: "Staff" }] : yield* readersIn({ ...call, actor }, place.ticketId)
    if (!readers.some((reader) => mayRead(reader, place))) return yield* new NotFound({ kind: "file" })
    yield* Effect.fromResult(File.fetchable(file, call.settings.files.serveUnscanned))
    return { file: viewOf(file, call.settings), headers: File.headersOf(file) }
  })
})

/** A download: send `headers` as they are, and then the bytes. */
export interface Download {
  readonly file: FileView
  readonly headers: Readonly<Record<string, string>>
  readonly content: Stream.Stream<Uint8Array, PersistenceError>
}

/** As `open`, with the bytes as a stream, which is never held as a whole. */
export const download = Effect.fnUntraced(function* (input: Parameters<typeof open>[0]) {
  const opened = yield* open(input)
  const files = yield* FileRepository
  const blobs = yield* BlobStore
  const content = yield* asUnavailable(
    "files.download",
    Effect.gen(function* () {
      const file = yield* files.find(opened.file.id)
      return Option.isNone(file) ? Option.none() : yield* blobs.get(file.value.key)
    })
  )
  if (Option.isNone(content)) {
    yield* Effect.logError(`the bytes of file ${opened.file.id} are not there`)
    return yield* new Unavailable()
  }
  const download: Download = { ...opened, content: content.value }
  return download
})

// ---- scanning --------------------------------------------------------------------------------------------------------------------------

/** Records what a scan has brought. What something was found in is kept from everybody from then on, and staff are told (TIC-13). */
export const judge = UseCase.command({
  name: "files.judge",
  summary: "Records what the scan of a file has brought.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({
    fileId: FileId,
    result: Schema.Union([...ScanResult.members, Schema.TaggedStruct("Unavailable", {})])
  }),
  output: Schema.Struct({ state: FileState }),
  errors: [NotFound],
  unit: Effect.fnUntraced(function* ({ fileId, result }, unit) {
    const files = yield* FileRepository
    const [file] = yield* files.findForUpdate([fileId])
    if (file === undefined) return yield* new NotFound({ kind: "file" })
    const next = result._tag === "Unavailable" ? File.scanFailed(file, unit.now) : File.scanned(file, result, unit.now)
    if (next === undefined) return { state: file.state }
    yield* files.save(next)
    if (result._tag === "Unavailable") unit.record({ type: "file.notScanned", subject: subject(fileId) })
    else {
      const { place, threat } = next
      const ticketId = place?.ticketId ?? null
      unit.record({
        type: threat === null ? "file.scanned" : "file.infected",
        subject: subject(fileId),
        data: threat === null ? { result: result._tag, ticketId } : { threat, ticketId }
      })
      const inbox = unit.settings.staff.inbox === null ? Option.none() : EmailAddress.parse(unit.settings.staff.inbox)
      if (threat !== null && Option.isSome(inbox)) {
        const tickets = yield* TicketRepository
        const ticket = ticketId === null ? Option.none() : yield* tickets.find(ticketId)
        unit.send(
          fileMails.infected.mail({
            recipient: inbox.value,
            locale: "de",
            process: `file:${fileId}`,
            values: { fileId, threat, number: Option.isNone(ticket) ? null : ticket.value.number }
          })
        )
      }
    }
    return { state: next.state }
  })
})

/** Scans what waits for it and is due, one file after the other; answers how many were looked at. What the scanner cannot say now is asked again later. */
export const scanDue = Effect.fnUntraced(function* ({ limit }: { readonly limit: number }) {
  const files = yield* FileRepository
  const blobs = yield* BlobStore
  const scanner = yield* Scanner
  const due = yield* files.scanDue(yield* Instant.now, limit)
  for (const { id, key } of due) {
    const result = yield* Effect.gen(function* () {
      const content = yield* blobs.get(key)
      if (Option.isSome(content)) return yield* scanner.scan(content.value)
      yield* Effect.logError(`the bytes of file ${id} are not there`)
      return { _tag: "Unavailable" } as const
    }).pipe(
      Effect.catch((error) =>
        Effect.as(Effect.logWarning(`file ${id} was not scanned`, Cause.fail(error)), { _tag: "Unavailable" } as const)
      )
    )
    // somebody may have taken it back meanwhile
    yield* Effect.catchTag(judge({ fileId: id, result }), "NotFound", () => Effect.void)
  }
  return due.length
})

// ---- deleting --------------------------------------------------------------------------------------------------------------------------

/** Marks loose files whose time is over, and uploads that never ended: nobody can use them any more (G-13). */
export const retireExpired = UseCase.command({
  name: "files.retireExpired",
  summary: "Marks files for deletion that no message has taken in time.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ limit: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 1000 })) }),
  output: Schema.Struct({ retired: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* ({ limit }, { now, record }) {
    const files = yield* FileRepository
    const retired = yield* files.retireExpired(now, limit)
    if (retired > 0) record({ type: "file.expired", subject: all, data: { count: retired } })
    return { retired }
  })
})

/** Forgets files whose bytes were deleted. */
export const forget = UseCase.command({
  name: "files.forget",
  summary: "Forgets files that were marked for deletion, and whose bytes are deleted.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ files: Schema.Array(FileId).check(Schema.isMaxLength(1000)) }),
  output: Schema.Struct({ forgotten: Schema.Int }),
  errors: [],
  unit: Effect.fnUntraced(function* (input, { record }) {
    const files = yield* FileRepository
    const forgotten = yield* files.forget(input.files)
    if (forgotten > 0) record({ type: "file.forgotten", subject: all, data: { count: forgotten } })
    return { forgotten }
  })
})

/**
 * Deletes what no message has taken in time, bytes first: a row is there as long as there may be bytes, so that a crash at any point leaves nothing that the
 * next run does not find. Answers how many files are gone.
 */
export const purge = Effect.fnUntraced(function* ({ limit }: { readonly limit: number }) {
  const files = yield* FileRepository
  const blobs = yield* BlobStore
  yield* retireExpired({ limit })
  const gone = yield* files.removed(limit)
  const needed = new Set(yield* files.needed(gone.map(({ key }) => key)))
  for (const { key } of gone) if (!needed.has(key)) yield* blobs.delete(key)
  if (gone.length === 0) return 0
  const { forgotten } = yield* forget({ files: gone.map(({ id }) => id) })
  return forgotten
})

export const useCases = UseCase.registry(openForm, begin, complete, discard, open, judge, retireExpired, forget)

import { Effect, Option, Result, Stream } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { FileId, TicketId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Settings } from "../kernel/Settings.ts"
import type * as UseCase from "../kernel/UseCase.ts"
import { type Folded, fold } from "../mail/inbound/folding.ts"
import { quotes, unquoted } from "../mail/inbound/htmlFolding.ts"
import { htmlText } from "../mail/inbound/htmlText.ts"
import { fieldOf, type InboundMail, type Part } from "../mail/inbound/InboundMail.ts"
import { begin, enter, keep, submitAs, system } from "./conversation.ts"
import { FileRepository } from "./FileRepository.ts"
import * as Files from "./Files.ts"
import { Sanitizer } from "./Sanitizer.ts"
import type { Message } from "./Ticket.ts"
import type { Opened } from "./TicketRepository.ts"

// ---- words -----------------------------------------------------------------------------------------------------------------------------

/** Longer text of one message is folded away behind its beginning. */
const LONGEST_TEXT = 50_000
export const LONGEST_SUBJECT = 200

/** A message as its text and files make one of a ticket. */
export interface Written extends Pick<Folded, "text" | "folded"> {
  readonly subject: string
  readonly html: string | null
}

const firstLine = (text: string): string => text.split("\n").find((line) => line.trim() !== "") ?? ""

export const cut = (text: string, max: number): string => text.slice(0, max).toWellFormed()

/** What people read of a message, in the form in which it is stored. */
export const writtenOf = Effect.fnUntraced(function* (mail: InboundMail) {
  const sanitizer = yield* Sanitizer
  const { folded, quoted, text } = fold(mail.text)
  const long = text.length > LONGEST_TEXT
  const shown = long ? cut(text, LONGEST_TEXT) : text
  // a program may quote in the HTML alone
  const cites = mail.html !== null && (quoted || quotes(mail.html) || fold(htmlText(mail.html)).quoted)
  const source = mail.html === null ? null : cites ? unquoted(mail.html) : mail.html
  const html = source === null || long ? Option.none<string>() : yield* sanitizer.clean(source)
  const written: Written = {
    // an empty subject is no name for a list
    subject: cut(mail.subject === "" ? firstLine(text).trim() : mail.subject, LONGEST_SUBJECT),
    text: shown,
    folded: long ? [text.slice(shown.length), ...(folded === null ? [] : [folded])].join("\n\n") : folded,
    html: Option.getOrNull(html)
  }
  return written
})

/**
 * For a ticket that begins with it: whoever has written nothing of their own has sent what they quote, and nobody else reads it yet. In a ticket that goes on
 * it would be what others may not read.
 */
export const withQuotation = (written: Written): Written => {
  if (written.text !== "" || written.folded === null) return written
  const text = cut(written.folded, LONGEST_TEXT)
  const rest = written.folded.slice(text.length)
  return {
    subject: written.subject === "" ? cut(firstLine(text).trim(), LONGEST_SUBJECT) : written.subject,
    text,
    folded: rest === "" ? null : rest,
    html: written.html
  }
}

// ---- files -----------------------------------------------------------------------------------------------------------------------------

export interface Taken {
  readonly files: ReadonlyArray<FileId>
  readonly bytes: number
  /** Names of those that are not taken: of a type or size that is not, or too many. */
  readonly leftOut: ReadonlyArray<string>
}

export const nothingTaken: Taken = { files: [], bytes: 0, leftOut: [] }

const EXTENSIONS: ReadonlyMap<string, string> = new Map([
  ["image/png", "png"],
  ["image/jpeg", "jpg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
  ["message/rfc822", "eml"],
  ["text/calendar", "ics"],
  ["text/plain", "txt"]
])

const nameOf = (part: Part, number: number): string =>
  part.name !== null && part.name !== "" ? part.name : `attachment-${number}.${EXTENSIONS.get(part.type) ?? "bin"}`

/** Uploads the parts as files of the caller, each in units of its own; those that are not allowed are left out, and the message comes all the same. */
export const takeParts = Effect.fnUntraced(function* (parts: ReadonlyArray<Part>, settings: Settings) {
  const files: Array<FileId> = []
  const leftOut: Array<string> = []
  let bytes = 0
  for (const [index, part] of parts.entries()) {
    const name = nameOf(part, index + 1)
    if (files.length >= settings.files.maxPerMessage || part.content.length === 0) {
      leftOut.push(name)
      continue
    }
    const contentId = part.contentId !== null && part.contentId.length <= 200 ? { contentId: part.contentId } : {}
    const uploaded = yield* Effect.result(
      Files.upload({ name, size: part.content.length, ...contentId }, Stream.make(part.content))
    )
    if (Result.isSuccess(uploaded)) {
      files.push(uploaded.success.id)
      bytes += part.content.length
      continue
    }
    // a store that is away is no fault of the file: the message comes again
    if (uploaded.failure._tag === "Unavailable") return yield* uploaded.failure
    leftOut.push(name)
  }
  const taken: Taken = { files, bytes, leftOut }
  return taken
})

/** What fits still; all of it or nothing, so that nobody gets half of what belongs together. */
export const fitting = Effect.fnUntraced(function* (
  taken: Taken,
  ticketIds: ReadonlyArray<TicketId>,
  settings: Settings
) {
  if (taken.files.length === 0) return taken
  const files = yield* FileRepository
  const carried = yield* Effect.forEach(ticketIds, (id) => files.carriedBy(id))
  const most = Math.max(0, ...carried.map(({ bytes }) => bytes))
  if (most + taken.bytes <= settings.files.maxBytesPerTicket) return taken
  const all: Taken = { files: [], bytes: 0, leftOut: [...taken.leftOut, `${taken.files.length} files`] }
  return all
})

export type Hand = UseCase.Unit<Actor.Kind>

const gone = () => Effect.fail(new PersistenceError({ operation: "tickets.hang", reason: "other" }))

/** Hangs the files on the message, and tells staff what was left out. */
export const hang = Effect.fnUntraced(function* (hand: Hand, message: Message, opened: Opened, taken: Taken) {
  const { id, seq, ticketId, visibility } = message
  yield* Files.attach(hand, { files: taken.files }, { messageId: id, ticketId, seq, visibility }).pipe(
    // they fit, and are ours: who is not there any more was purged on the way, and comes again with the message
    Effect.catchTags({
      NotFound: gone,
      TooManyFiles: gone,
      TicketFilesTooLarge: gone,
      UploadFormExpired: gone
    })
  )
  if (taken.leftOut.length === 0) return
  const work = begin(opened)
  enter(hand, work, system, "filesLeftOut", { messageId: id, names: taken.leftOut.slice(0, 20) }, "internal")
  yield* keep(hand, work, system)
})

// ---- a ticket of it ------------------------------------------------------------------------------------------------------------------

/** The language that the message says it is in, if it is one that the library brings. */
const localeOf = (mail: InboundMail): "de" | "en" =>
  /^\s*en\b/i.test(fieldOf(mail, "content-language") ?? "") ? "en" : "de"

export const beginTicket = Effect.fnUntraced(function* (
  hand: Hand,
  { mail, written, taken }: { readonly mail: InboundMail; readonly written: Written; readonly taken: Taken },
  email: EmailAddress,
  acknowledged: boolean
) {
  const made = yield* submitAs(
    hand,
    {
      // whoever wrote it has shown nothing: the address stands as stated, and proves nobody (R-TI-02)
      contact: { email, name: mail.from?.name ?? "", accountId: null },
      companyName: "",
      subject: written.subject === "" ? "–" : written.subject,
      locale: localeOf(mail),
      channel: "mail"
    },
    {
      text: written.text,
      html: written.html,
      folded: written.folded,
      channel: "mail",
      mailMessageId: mail.messageId,
      files: taken.files.length
    },
    acknowledged
  )
  yield* hang(hand, made.message, made.opened, taken)
  return made
})

import { Effect, Stream } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { MailAttachment } from "../mail/MailAttachment.ts"
import type { MailMessage } from "../mail/MailMessage.ts"

const utf8 = (text: string): Buffer => Buffer.from(text, "utf8")

/** Lines of 76 characters (RFC 2045 section 6.8). */
const base64Lines = (text: string): string => utf8(text).toString("base64").replace(/.{76}/g, "$&\r\n")

// so many bytes that an encoded word stays below 75 characters (RFC 2047 section 2)
const WORD_BYTES = 42

const encodedWords = (text: string): string => {
  const words: Array<string> = []
  let word = ""
  for (const char of text) {
    if (utf8(word + char).length > WORD_BYTES) {
      words.push(word)
      word = ""
    }
    word += char
  }
  return [...words, word].map((part) => `=?UTF-8?B?${utf8(part).toString("base64")}?=`).join("\r\n ")
}

const isPlain = (text: string): boolean => /^[\x20-\x7e]*$/.test(text) && !text.includes("=?") && text.length <= 60

/** Free text in a header: as it is where that is possible, else as encoded words (RFC 2047). */
const unstructured = (text: string): string => (isPlain(text) ? text : encodedWords(text))

/** A header of words (Message-IDs, addresses in angle brackets), folded between them: encoded words would be words of their own (RFC 2047 section 5). */
const structured = (name: string, value: string): string => {
  if (!/^[\x20-\x7e]*$/.test(value) || value.includes("=?")) return `${name}: ${unstructured(value)}`
  const [first = "", ...rest] = value.split(" ").filter((word) => word !== "")
  let column = name.length + 2 + first.length
  let text = `${name}: ${first}`
  for (const word of rest) {
    const fits = column + 1 + word.length <= 76
    text += fits ? ` ${word}` : `\r\n ${word}`
    column = fits ? column + 1 + word.length : 1 + word.length
  }
  return text
}

const phrase = (text: string): string =>
  isPlain(text) ? `"${text.replace(/["\\]/g, (char) => `\\${char}`)}"` : encodedWords(text)

/** `toUTCString` but for the zone, which RFC 5322 section 3.3 wants as digits. */
const dateOf = (message: MailMessage): string => new Date(message.date).toUTCString().replace(/GMT$/, "+0000")

const headersOf = (message: MailMessage): ReadonlyArray<string> => [
  `Message-ID: ${message.messageId}`,
  `Date: ${dateOf(message)}`,
  `From: ${phrase(message.from.name)} <${message.from.address}>`,
  `To: <${message.to}>`,
  ...(message.replyTo === undefined ? [] : [`Reply-To: <${message.replyTo}>`]),
  `Subject: ${unstructured(message.subject)}`,
  ...Object.entries(message.headers).map(([name, value]) => structured(name, value)),
  "MIME-Version: 1.0"
]

/** Text and HTML as one body with its header, to which each line before belongs. */
const wordsOf = ({ html, id, text }: MailMessage): string => {
  // "_" is not in the alphabet of base64, so no part can hold the boundary
  const boundary = `_${id}_`
  const part = (type: string, body: string) =>
    [
      `--${boundary}`,
      `Content-Type: ${type}; charset=utf-8`,
      "Content-Transfer-Encoding: base64",
      "",
      base64Lines(body),
      ""
    ].join("\r\n")
  return [
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    `${part("text/plain", text)}${part("text/html", html)}--${boundary}--`,
    ""
  ].join("\r\n")
}

/** The message without its files, as text of the Internet Message Format (RFC 5322), with CR LF. Its values are those of a guarded mailer. */
export const toInternetMessage = (message: MailMessage): string =>
  [...headersOf(message), wordsOf(message)].join("\r\n")

// so many octets that a parameter stays below 78 characters when each is three
const PIECE_OF_NAME = 18

/** A file's name as a parameter, in pieces where that is needed (RFC 2231 sections 3 and 4). */
const fileName = (name: string): string => {
  if (/^[A-Za-z0-9 ._()+-]{1,60}$/.test(name)) return `filename="${name}"`
  const octets = [...utf8(name)].map((octet) => `%${octet.toString(16).toUpperCase().padStart(2, "0")}`)
  return Array.from({ length: Math.ceil(octets.length / PIECE_OF_NAME) }, (_, index) => {
    const piece = octets.slice(index * PIECE_OF_NAME, (index + 1) * PIECE_OF_NAME).join("")
    return `filename*${index}*=${index === 0 ? "UTF-8''" : ""}${piece}`
  }).join(";\r\n ")
}

// a whole number of lines of 76 characters
const PIECE = 57 * 1024

/** In lines of 76 characters, piece by piece: what is left of one piece goes before the next. */
const inBase64 = <E>(content: Stream.Stream<Uint8Array, E>): Stream.Stream<string, E> =>
  Stream.suspend(() => {
    let rest = Buffer.alloc(0)
    const lines = (bytes: Buffer): string => bytes.toString("base64").replace(/.{76}/g, "$&\r\n")
    return Stream.concat(
      Stream.map(content, (bytes) => {
        const all = Buffer.concat([rest, bytes])
        const whole = all.length - (all.length % PIECE)
        rest = all.subarray(whole)
        return lines(all.subarray(0, whole))
      }),
      Stream.fromEffect(Effect.sync(() => lines(rest)))
    )
  })

const fileOf = (boundary: string, { content, mediaType, name }: MailAttachment) =>
  Stream.concat(
    Stream.make(
      [
        `--${boundary}`,
        `Content-Type: ${mediaType}`,
        "Content-Transfer-Encoding: base64",
        `Content-Disposition: attachment;\r\n ${fileName(name)}`,
        "",
        ""
      ].join("\r\n")
    ),
    Stream.concat(inBase64(content), Stream.make("\r\n"))
  )

/**
 * The message with its files, for a file or a pipe: as `toInternetMessage`, in pieces of which none is larger than what the files' store gives at once by much.
 */
export const toInternetStream = (message: MailMessage): Stream.Stream<string, PersistenceError> => {
  const { attachments = [] } = message
  if (attachments.length === 0) return Stream.make(toInternetMessage(message))
  const boundary = `_${message.id}_files_`
  return Stream.make(
    [
      ...headersOf(message),
      `Content-Type: multipart/mixed; boundary="${boundary}"`,
      "",
      `--${boundary}`,
      wordsOf(message)
    ].join("\r\n")
  ).pipe(
    Stream.concat(Stream.flatMap(Stream.fromIterable(attachments), (attachment) => fileOf(boundary, attachment))),
    Stream.concat(Stream.make(`--${boundary}--\r\n`))
  )
}

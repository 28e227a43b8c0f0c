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

/** The message as text of the Internet Message Format (RFC 5322), with CR LF, for a file or a pipe. Its values are those of a guarded mailer. */
export const toInternetMessage = (message: MailMessage): string => {
  // "_" is not in the alphabet of base64, so no part can hold the boundary
  const boundary = `_${message.id}_`
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
    `Message-ID: ${message.messageId}`,
    `Date: ${dateOf(message)}`,
    `From: ${phrase(message.from.name)} <${message.from.address}>`,
    `To: <${message.to}>`,
    ...(message.replyTo === undefined ? [] : [`Reply-To: <${message.replyTo}>`]),
    `Subject: ${unstructured(message.subject)}`,
    ...Object.entries(message.headers).map(([name, value]) => structured(name, value)),
    "MIME-Version: 1.0",
    `Content-Type: multipart/alternative; boundary="${boundary}"`,
    "",
    `${part("text/plain", message.text)}${part("text/html", message.html)}--${boundary}--`,
    ""
  ].join("\r\n")
}

// Thin to the eye, but white space to every program, and nothing that a host name may hold. A character of no width will not do: to many programs
// it is no white space, and names lose it on their way to an address (Unicode TS 46).
const HAIR_SPACE = "\u200a"

// explicit directions of text: with them a name shows other letters than it has (Unicode TR 36, section 2.5)
const DIRECTIONS = /[\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069]/gu

/** What separates the parts of an address on the web or of a mailbox, full-width forms included, between two visible characters. */
const SEPARATORS = /(?<=(\S))([.:/\\@\u3002\uff0e\uff61\uff1a\uff0f\uff20])(?=(\S))/gu

const isDigit = (text: string | undefined): boolean => text !== undefined && /^\p{Nd}$/u.test(text)

const calm = (text: string): string =>
  text
    .replace(DIRECTIONS, "")
    .replace(SEPARATORS, (separator, before: string | undefined, _, after: string | undefined) =>
      // "12:30" and "1.250" lead nowhere
      ".:/".includes(separator) && isDigit(before) && isDigit(after) ? separator : separator + HAIR_SPACE
    )

/**
 * One line that no mail program turns into a link (R-TI-15): a thin space parts what looks like an address. Control characters and
 * line breaks become spaces, so that a value cannot look like a part of the mail.
 */
export const inertLine = (text: string): string => calm(text.replace(/[\p{Cc}\u2028\u2029]+/gu, " "))

/** As `inertLine`, for text of several lines. */
export const inertLines = (text: string): ReadonlyArray<string> => text.split(/\r\n|[\r\n\u2028\u2029]/u).map(inertLine)

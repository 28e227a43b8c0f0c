import { folded } from "../kernel/Text.ts"

/** What somebody searches for: each word must be found as the beginning of a word; or it is a number or a requester's beginning (TIC-16). */
export interface Terms {
  /** Folded, without doubles, at most eight. */
  readonly words: ReadonlyArray<string>
  /** The whole input, folded, for the beginning of the requester's address or name. */
  readonly prefix: string
  /** The input as a ticket's number, where it could be one. */
  readonly number: string | null
}

const MOST_WORDS_SOUGHT = 8
/** The words of one message beyond these are not found; whoever writes more writes no message. */
const MOST_WORDS_KEPT = 2_000
const LONGEST_WORD = 40

/** The words of a text as they are kept: folded, each once, at most 40 characters long. */
export const wordsOf = (text: string, most = MOST_WORDS_KEPT): ReadonlyArray<string> => {
  const words = new Set<string>()
  for (const [word] of folded(text).matchAll(/[\p{L}\p{N}]+/gu)) {
    if (words.size >= most) break
    words.add(Array.from(word).slice(0, LONGEST_WORD).join(""))
  }
  return [...words]
}

/** Null where there is nothing to search for. */
export const termsOf = (input: string): Terms | null => {
  const words = wordsOf(input, MOST_WORDS_SOUGHT)
  if (words.length === 0) return null
  const number = input.trim().replace(/^#/, "").toUpperCase()
  return {
    words,
    prefix: folded(input.trim()),
    number: /^[0-9A-HJKMNP-TV-Z]{8}$/.test(number) ? number : null
  }
}

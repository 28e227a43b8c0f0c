import { Option, Redacted, Schema } from "effect"
import { Refusal, type Text } from "../kernel/Refusal.ts"
import type { Settings } from "../kernel/Settings.ts"
import { codePoints } from "../kernel/Text.ts"

/** Whose word it was that a password is made of. */
export const WordOwner = Schema.Literals(["person", "tenant", "product"])
export type WordOwner = typeof WordOwner.Type

/**
 * Why a password is refused:
 *
 * - `too-short`, `too-long`: counted in code points
 * - `malformed`: half of a surrogate pair, which no text encoding can carry
 * - `common`: on the list of common passwords, or predictable from it
 * - `own-words`: made of words that belong to the person, the tenant or the product
 * - `breached`: the breach port knows it
 */
export const PasswordFault = Schema.Literals(["too-short", "too-long", "malformed", "common", "own-words", "breached"])
export type PasswordFault = typeof PasswordFault.Type

/** The faults, for people; `{minLength}` and `{maxLength}` stand for the bounds. */
export const passwordFaultTexts: Readonly<Record<PasswordFault, Text>> = {
  "too-short": {
    de: "Das Passwort braucht mindestens {minLength} Zeichen.",
    en: "The password needs at least {minLength} characters."
  },
  "too-long": {
    de: "Das Passwort darf höchstens {maxLength} Zeichen haben.",
    en: "The password may have at most {maxLength} characters."
  },
  malformed: {
    de: "Das Passwort enthält Zeichen, die nicht gespeichert werden können.",
    en: "The password contains characters that cannot be stored."
  },
  common: {
    de: "Dieses Passwort ist zu leicht zu erraten: Es ist verbreitet oder ein verbreitetes Wort mit Zusätzen.",
    en: "This password is too easy to guess: it is common, or a common word with additions."
  },
  "own-words": {
    de: "Dieses Passwort besteht aus Namen, die andere kennen: Ihrem, dem Ihres Unternehmens oder unserem.",
    en: "This password is made of names that others know: yours, that of your company, or ours."
  },
  breached: {
    de: "Dieses Passwort ist aus einem Datenleck bekannt.",
    en: "This password is known from a data breach."
  }
}

/** A new password breaks the policy. Names the reason (ASVS 6.2.4), never the password or a part of it. */
export class PasswordRefused extends Refusal<PasswordRefused>()(
  "PasswordRefused",
  {
    reason: PasswordFault,
    /** With `own-words`: whose. */
    owner: Schema.optionalKey(WordOwner),
    minLength: Schema.Int,
    maxLength: Schema.Int
  },
  {
    category: "invalid",
    de: "Dieses Passwort geht nicht. Es braucht {minLength} bis {maxLength} Zeichen und darf weder verbreitet sein noch aus bekannten Namen bestehen.",
    en: "This password cannot be used. It needs {minLength} to {maxLength} characters and must neither be common nor be made of known names."
  }
) {}

/** Common words by their folded form, with their rank: 0 is the most frequent one. */
export type CommonWords = ReadonlyMap<string, number>

/** Words that an attacker of this one account would try, by their folded form. */
export type OwnWords = ReadonlyMap<string, WordOwner>

// Longer words need not be found inside a password: what makes it predictable is found in the shorter ones that they hold.
const LONGEST_WORD = 64
const SHORTEST_COMMON = 4
const SHORTEST_OWN = 3

/*
 * The form in which passwords and words are compared: no case, no accents, no compatibility forms. Only a copy is folded; the password itself
 * goes to the hasher as it was typed.
 */
const fold = (text: string): string =>
  text.toLowerCase().replaceAll("ß", "ss").normalize("NFKD").replaceAll(/\p{M}/gu, "").toLowerCase()

/** The words of a list that is ordered by frequency. */
export const commonWords = (byFrequency: Iterable<string>): CommonWords => {
  const ranks = new Map<string, number>()
  let rank = 0
  for (const word of byFrequency) {
    const folded = fold(word)
    if (folded.length >= SHORTEST_COMMON && !ranks.has(folded)) ranks.set(folded, rank)
    rank++
  }
  return ranks
}

const UMLAUTS: Readonly<Record<string, string>> = { ä: "ae", ö: "oe", ü: "ue" }

/** The own words in names and addresses: each as a whole and in parts, umlauts in both spellings. */
export const ownWords = (names: Readonly<Partial<Record<WordOwner, ReadonlyArray<string>>>>): OwnWords => {
  const words = new Map<string, WordOwner>()
  for (const owner of WordOwner.literals) {
    for (const name of names[owner] ?? []) {
      const spelled = name.normalize("NFC").toLowerCase()
      for (const spelling of [spelled, spelled.replaceAll(/[äöü]/g, (umlaut) => UMLAUTS[umlaut] ?? umlaut)]) {
        const parts = fold(spelling).split(/[^\p{L}\p{N}]+/u)
        for (const word of [...parts, parts.join("")]) {
          if (word.length >= SHORTEST_OWN && !words.has(word)) words.set(word, owner)
        }
      }
    }
  }
  return words
}

/*
 * How predictable a password is, is counted in units of about one unknown letter (4.7 bits): one of the 1,000 most common words is worth two,
 * any other common word three; own words are known to the attacker; digits and signs around a word, rows of the keyboard and repetitions are
 * what people extend a word with. A password of fewer than six units (28 bits) is refused, if it has any word in it.
 */
const ENOUGH = 6
const TOP = 1000
const SHORTEST_ROW = 4
const SHORTEST_COPY = 3
// shorter ones stand in random passwords by chance
const SHORTEST_LOOKALIKE = 5

const ROWS = [
  "abcdefghijklmnopqrstuvwxyz",
  "0123456789012345678901234567890",
  "qwertyuiopasdfghjklzxcvbnm",
  "qwertzuiopasdfghjklyxcvbnm",
  "azertyuiopqsdfghjklmwxcvbn",
  "1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p",
  "1qay2wsx3edc4rfv5tgb6zhn7ujm8ik9ol0p",
  "1q2w3e4r5t6y7u8i9o0p",
  "1q2w3e4r5t6z7u8i9o0p",
  "q1w2e3r4t5y6u7i8o9p0",
  "q1w2e3r4t5z6u7i8o9p0"
]
const PREDICTABLE_ROWS = ROWS.flatMap((row) => [row, [...row].reverse().join("")]).join("\n")

const LETTER = /\p{L}/u
const ASCII_SIGN = /[ -@[-`{-~]/

const LOOKALIKES: Readonly<Record<string, string>> = {
  "0": "o",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "8": "b",
  "@": "a",
  $: "s",
  "€": "e"
}
// "1", "!" and "|" stand for two letters
const lookalike = (char: string, one: string): string =>
  char === "1" || char === "!" || char === "|" ? one : (LOOKALIKES[char] ?? char)

/** One way on through a password: a part that ends before `end`. */
interface Step {
  readonly end: number
  readonly units: number
  /** Whether the part is a word, so that digits and signs beside it count for nothing. */
  readonly word: boolean
  readonly owner?: WordOwner
}

/** How long the part from each place on is that stood in the password before (it may overlap itself, as in "aaaa"). */
const copies = (chars: ReadonlyArray<string>): ArrayLike<number> => {
  const longest = new Uint16Array(chars.length + 1)
  // how long the two parts from "place" and from "earlier" on agree, for this place and for the next one
  let here = new Uint16Array(chars.length + 1)
  let next = new Uint16Array(chars.length + 1)
  for (let place = chars.length - 1; place > 0; place--) {
    for (let earlier = 0; earlier < place; earlier++) {
      const length = chars[earlier] === chars[place] ? (next[earlier + 1] ?? 0) + 1 : 0
      here[earlier] = length
      if (length > (longest[place] ?? 0)) longest[place] = length
    }
    const spare = next
    next = here
    here = spare
  }
  return longest
}

const stepsFrom = (
  chars: ReadonlyArray<string>,
  start: number,
  common: CommonWords,
  own: OwnWords
): ReadonlyArray<Step> => {
  const steps: Array<Step> = []
  let plain = ""
  let asI = ""
  let asL = ""
  let letters = false
  for (let end = start + 1; end <= chars.length && end - start <= LONGEST_WORD; end++) {
    const length = end - start
    const char = chars[end - 1] ?? ""
    letters ||= LETTER.test(char)
    plain += char
    asI += lookalike(char, "i")
    asL += lookalike(char, "l")
    for (const spelling of letters && length >= SHORTEST_LOOKALIKE ? new Set([plain, asI, asL]) : [plain]) {
      const owner = own.get(spelling)
      if (owner !== undefined) steps.push({ end, units: 0, word: true, owner })
      const rank = common.get(spelling)
      if (rank !== undefined) steps.push({ end, units: rank < TOP ? 2 : 3, word: letters })
    }
    if (length >= SHORTEST_ROW && PREDICTABLE_ROWS.includes(plain)) {
      steps.push({ end, units: 1, word: letters && length > SHORTEST_ROW })
    }
  }
  return steps
}

interface Reading {
  readonly units: number
  readonly owner: WordOwner | undefined
}

const NOTHING_READ: Reading = { units: 0, owner: undefined }

/** The most predictable reading of a password, if it is predictable at all. */
const predictable = (password: string, common: CommonWords, own: OwnWords): Reading | undefined => {
  const chars = [...fold(password)]
  const copied = copies(chars)
  // The cheapest reading up to each place: without a word and with one, both with signs for nothing; and one where a sign counts as a letter.
  const wordless: Array<Reading | undefined> = [NOTHING_READ]
  const worded: Array<Reading | undefined> = []
  const strict: Array<Reading | undefined> = [NOTHING_READ]
  const read = (readings: Array<Reading | undefined>, before: Reading | undefined, step: Step, units: number): void => {
    if (before === undefined || before.units + units >= ENOUGH) return
    const known = readings[step.end]
    if (known !== undefined && known.units <= before.units + units) return
    readings[step.end] = { units: before.units + units, owner: before.owner ?? step.owner }
  }
  for (const [start, char] of chars.entries()) {
    if (wordless[start] === undefined && worded[start] === undefined && strict[start] === undefined) continue
    const steps: Array<Step> = [{ end: start + 1, units: ASCII_SIGN.test(char) ? 0 : 1, word: false }]
    const copy = copied[start] ?? 0
    if (copy >= SHORTEST_COPY) steps.push({ end: start + copy, units: 1, word: false })
    steps.push(...stepsFrom(chars, start, common, own))
    for (const step of steps) {
      read(step.word ? worded : wordless, wordless[start], step, step.units)
      read(worded, worded[start], step, step.units)
      read(strict, strict[start], step, step.end === start + 1 ? 1 : step.units)
    }
  }
  return worded[chars.length] ?? strict[chars.length]
}

/**
 * Why this may not be a new password, or nothing when it may. The one policy for every path that sets a password (AUT-02): length in code
 * points, no composition rules, not common, not of own words (ASVS 6.2.1 to 6.2.12, NIST SP 800-63B-4 section 3.1.1.2). The password is never
 * changed or cut. The work is bounded by the greatest length, whatever the input.
 */
export const refusalOf = (
  password: Redacted.Redacted,
  policy: { readonly rules: Settings["password"]; readonly common: CommonWords; readonly own: OwnWords }
): Option.Option<PasswordRefused> => {
  const { minLength, maxLength } = policy.rules
  const refused = (reason: PasswordFault, owner?: WordOwner) =>
    Option.some(new PasswordRefused({ reason, minLength, maxLength, ...(owner === undefined ? {} : { owner }) }))
  const value = Redacted.value(password)
  // a string of this many UTF-16 units is too long however they pair up, so it need not be read
  const length = value.length > maxLength * 2 ? Number.POSITIVE_INFINITY : codePoints(value)
  if (length > maxLength) return refused("too-long")
  if (length < minLength) return refused("too-short")
  if (/\p{Cs}/u.test(value)) return refused("malformed")
  if (policy.common.has(fold(value))) return refused("common")
  const reading = predictable(value, policy.common, policy.own)
  if (reading === undefined) return Option.none()
  return reading.owner === undefined ? refused("common") : refused("own-words", reading.owner)
}

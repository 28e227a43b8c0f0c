import { Option, Redacted, Schema, SchemaTransformation } from "effect"

const hasControls = (value: string, allowed: string): boolean => {
  for (const char of value) {
    const code = char.codePointAt(0) ?? 0
    const control = code < 0x20 || (code >= 0x7f && code < 0xa0) || code === 0x2028 || code === 0x2029
    if (control && !allowed.includes(char)) return true
  }
  return false
}

/** A character that leaves a mark: spaces of no width, fillers and marks of direction are text for nobody. */
const VISIBLE = /[^\p{Default_Ignorable_Code_Point}\p{Cf}\p{Z}]/u

/** Number of Unicode code points, which is what people count as characters (NIST SP 800-63B-4, 3.1.1.2). */
export const codePoints = (value: string): number => {
  let count = 0
  for (const _ of value) count++
  return count
}

const checked = (options: { readonly max: number; readonly min: number; readonly controls: string }) =>
  Schema.makeFilter((value: string) => {
    // a string of this many UTF-16 units is too long however they pair up, so it need not be read
    if (value.length > options.max * 2) return "too-long"
    // half of a surrogate pair is no character: one store would keep it, another one replace it
    if (hasControls(value, options.controls) || !value.isWellFormed()) return "control-character"
    const length = codePoints(value)
    if (length < options.min || (options.min > 0 && !VISIBLE.test(value))) return "missing"
    return length > options.max ? "too-long" : undefined
  })

// With them a name shows other letters than it has, and turns what stands beside it (Unicode TR 36, section 2.5). They come unseen with what is
// pasted, so they are dropped instead of refused; Arabic and Hebrew need none of them.
const DIRECTIONS = /[\u202a-\u202e\u2066-\u2069]/gu

const trimmed = SchemaTransformation.transform({
  decode: (input: string) => input.replace(DIRECTIONS, "").trim().normalize("NFC"),
  encode: (value: string) => value
})

/**
 * One line of text that a person typed: trimmed, NFC, without explicit directions, with something to see, at most `max` code points, no control
 * characters (R-MA-01).
 */
export const line = (max: number) =>
  Schema.String.pipe(Schema.decodeTo(Schema.String.check(checked({ max, min: 1, controls: "" })), trimmed))

/** As `line`, but may be empty. */
export const optionalLine = (max: number) =>
  Schema.String.pipe(Schema.decodeTo(Schema.String.check(checked({ max, min: 0, controls: "" })), trimmed))

/** Text of several lines: as `line`, with line feeds and tabs; CR LF becomes LF. */
export const block = (max: number) =>
  Schema.String.pipe(
    Schema.decodeTo(
      Schema.String.check(checked({ max, min: 0, controls: "\n\t" })),
      SchemaTransformation.transform({
        decode: (input: string) => input.replaceAll("\r\n", "\n").trim().normalize("NFC"),
        encode: (value: string) => value
      })
    )
  )

/** The form in which text is searched without regard to case, the same on every adapter. */
export const folded = (value: string): string => value.normalize("NFKC").toLowerCase()

/** A value that must not show up in logs, errors or JSON; refused when longer than `max` UTF-16 units. */
export const secret = (max: number) =>
  // checked from outside: what is refused inside of a redacted value comes out without its code
  Schema.Redacted(Schema.String).check(
    Schema.makeFilter((hidden) => {
      const value = Redacted.value(hidden)
      return value === "" ? "missing" : value.length > max ? "too-long" : undefined
    })
  )

/** A language, as BCP 47 tag of one or two parts: `de`, `en`, `de-AT`. */
export const Locale = Schema.String.check(
  Schema.makeFilter((value) => (/^[a-z]{2}(?:-[A-Z]{2})?$/.test(value) ? undefined : "locale"))
)
export type Locale = typeof Locale.Type

/** The text of a locale: its own, else that of its language, else German. */
export const inLocale = <A>(texts: Readonly<Record<string, A>> & { readonly de: A }, locale: Locale): A => {
  const own = Option.fromUndefinedOr(Object.hasOwn(texts, locale) ? texts[locale] : undefined)
  const language = locale.slice(0, 2)
  return Option.getOrElse(own, () => (Object.hasOwn(texts, language) ? texts[language] : undefined) ?? texts.de)
}

/** What an application says in place of the library's words: by locale, then by the text's name (`Settings.texts`). */
export type Replacements = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The text of that name in a locale, as `inLocale` chooses it; of one locale the application's words come before the library's. */
export const worded = (
  replacements: Replacements,
  locale: Locale,
  name: string,
  text: Readonly<Record<string, string>> & { readonly de: string }
): string => {
  const own = Object.entries(replacements).flatMap(([key, words]) => {
    const word = Object.hasOwn(words, name) ? words[name] : undefined
    return word === undefined ? [] : [[key, word] as const]
  })
  return inLocale({ ...text, ...Object.fromEntries(own) }, locale)
}

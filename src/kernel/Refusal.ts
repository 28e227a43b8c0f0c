import { type Cause, Schema } from "effect"
import { type Locale, type Replacements, worded } from "./Text.ts"

/** What kind of "no" it is; a host maps it to its protocol, for example to an HTTP status. */
export type Category =
  | "unauthenticated"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "invalid"
  | "too-many"
  | "unavailable"

/** What a person reads, in the two languages that the library brings; `{name}` stands for the error's field of that name. */
export interface Text {
  readonly de: string
  readonly en: string
}

/** A refusal as it comes out of a use case. */
export interface RefusalInstance extends Cause.YieldableError {
  readonly _tag: string
  readonly category: Category
}

/** What a refusal's class tells without an instance: for lists of what can be answered. */
export interface RefusalClass {
  readonly tag: string
  readonly category: Category
  readonly text: Text
}

const PLACEHOLDER = /\{([A-Za-z]{1,40})\}/g

/** Fills `{name}` places from `values`; a place without a value stays empty. */
export const fill = (template: string, values: Readonly<Record<string, unknown>>): string =>
  template.replace(PLACEHOLDER, (_, name: string) => {
    const value = Object.hasOwn(values, name) ? values[name] : undefined
    return value === undefined || value === null ? "" : String(value)
  })

/**
 * A typed error that a use case can answer: fields, a category, and a text in German and English. Its `message` is the English text, so it
 * must hold no secret and no internals (R-SC-09).
 *
 * ```ts
 * class InvitationExpired extends Refusal<InvitationExpired>()("InvitationExpired", {}, {
 *   category: "conflict",
 *   de: "Diese Einladung ist abgelaufen.",
 *   en: "This invitation has expired."
 * }) {}
 * ```
 */
export const Refusal =
  <Self>() =>
  <Tag extends string, const Fields extends Schema.Struct.Fields>(
    tag: Tag,
    fields: Fields,
    options: { readonly category: Category } & Text
  ): Schema.Class<Self, Schema.TaggedStruct<Tag, Fields>, RefusalInstance> & RefusalClass => {
    const base = Schema.TaggedError<RefusalInstance>(`portico/${tag}`)(tag, fields)
    const text: Text = { de: options.de, en: options.en }
    Object.defineProperties(base.prototype, {
      category: { get: () => options.category },
      message: {
        get(this: Readonly<Record<string, unknown>>) {
          return fill(text.en, this)
        }
      }
    })
    Object.defineProperties(base, {
      tag: { value: tag },
      category: { value: options.category },
      text: { value: text }
    })
    // TypeScript cannot follow a class whose Self is still a parameter; the properties above make it what the type says
    return base as never
  }

const CATEGORIES: ReadonlySet<unknown> = new Set<Category>([
  "unauthenticated",
  "forbidden",
  "not-found",
  "conflict",
  "invalid",
  "too-many",
  "unavailable"
])

/** Whether a value is a refusal, of this or of another copy of the library. */
export const isRefusal = (value: unknown): value is RefusalInstance =>
  typeof value === "object" &&
  value !== null &&
  "_tag" in value &&
  typeof value._tag === "string" &&
  "category" in value &&
  CATEGORIES.has(value.category)

// a refusal's class has its texts; the type of an instance does not say so
const templatesOf = (refusal: RefusalInstance): Text | undefined =>
  (refusal.constructor as unknown as Partial<RefusalClass>).text

const filled = (template: string, refusal: RefusalInstance): string =>
  fill(template, Object(refusal) as Readonly<Record<string, unknown>>) // read by name only, whatever it is

/** The texts of a refusal of any kind, with its fields filled in; a class that is not the library's brings its message. */
export const textOf = (refusal: RefusalInstance): Text => {
  const text = templatesOf(refusal)
  return text === undefined
    ? { de: refusal.message, en: refusal.message }
    : { de: filled(text.de, refusal), en: filled(text.en, refusal) }
}

/**
 * As `textOf`, for one reader: in the words that the application has for the refusal's tag (`Settings.texts`), else in the library's. A locale that
 * nobody has words in gets those of its language, else German.
 */
export const textIn = (refusal: RefusalInstance, locale: Locale, replacements: Replacements): string => {
  const template = worded(replacements, locale, refusal._tag, { de: "", ...templatesOf(refusal) })
  return template === "" ? refusal.message : filled(template, refusal)
}

import { Effect, Option, Schema } from "effect"
import { fromBase64Url, toBase64Url, utf8 } from "./Crypto.ts"
import { InvalidInput } from "./refusals.ts"

export const DEFAULT_LIMIT = 25
export const MAX_LIMIT = 100

const Limit = Schema.Int.check(Schema.makeFilter((value) => (value >= 1 && value <= MAX_LIMIT ? undefined : "range")))

/** The longest key holds a name of 100 characters in the form in which it is sorted, where one character can become 18 (U+FDFA). */
const LONGEST = 5000

/** The fields by which the input of every list asks for one page (G-06): the cursor of the page before, and 1 to 100 rows. */
export const fields = {
  after: Schema.optionalKey(
    Schema.String.check(Schema.makeFilter((value) => (value.length <= LONGEST ? undefined : "cursor")))
  ),
  limit: Schema.optionalKey(Limit)
}

/** One page of a list: `next` is the cursor for the following one, or null at the end. */
export interface Page<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | null
}

export const Page = <S extends Schema.Top>(item: S) =>
  Schema.Struct({ items: Schema.Array(item), next: Schema.NullOr(Schema.String) })

/** What a repository gets: rows that come strictly after `after` in the list's order, at most `limit`. */
export interface Window<Key> {
  readonly after: Option.Option<Key>
  readonly limit: number
}

/** No store has made a key of anything else, and PostgreSQL refuses a statement with it. */
const isStorable = (value: unknown): boolean =>
  Array.isArray(value)
    ? value.every(isStorable)
    : typeof value !== "string" || (value.isWellFormed() && !value.includes("\u0000"))

/**
 * A cursor is the sort key of the last row that was shown, as base64url of JSON. It is parsed to the key's type and bound as a value, so a
 * forged one shows at most what its sender may see anyway (R-TE-08).
 */
export const window = <Key>(
  key: Schema.Codec<Key, unknown>,
  input: { readonly after?: string | undefined; readonly limit?: number | undefined }
): Effect.Effect<Window<Key>, InvalidInput> => {
  const limit = input.limit ?? DEFAULT_LIMIT
  if (input.after === undefined) return Effect.succeed({ after: Option.none(), limit })
  const bytes = fromBase64Url(input.after)
  const decoded =
    bytes === undefined
      ? Option.none<Key>()
      : Schema.decodeUnknownOption(Schema.fromJsonString(key))(new TextDecoder().decode(bytes))
  return Option.isSome(decoded) && isStorable(decoded.value)
    ? Effect.succeed({ after: decoded, limit })
    : Effect.fail(new InvalidInput({ issues: [{ path: ["after"], code: "cursor" }] }))
}

/**
 * Makes a page from the rows of a repository that was asked for one row more than the page holds (`limit + 1`), which tells whether there is a
 * next page without counting.
 */
export const make = <Row, Item, Key>(
  rows: ReadonlyArray<Row>,
  window: Window<Key>,
  keyOf: (row: Row) => Key,
  toItem: (row: Row) => Item
): Page<Item> => {
  const shown = rows.slice(0, window.limit)
  const last = shown[shown.length - 1]
  return {
    items: shown.map(toItem),
    next: rows.length > window.limit && last !== undefined ? toBase64Url(utf8(JSON.stringify(keyOf(last)))) : null
  }
}

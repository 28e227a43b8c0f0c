import { Effect, Schema } from "effect"
import { PersistenceError } from "../kernel/PersistenceError.ts"

/** Thrown while a row is read, inside of `reading` only. */
class NotStoredByUs extends Error {}

/**
 * What a repository makes of the rows of a statement. A value that the library did not write (F-22) fails with the reason "corrupt" instead of
 * being passed on.
 */
export const reading =
  <Rows, A>(operation: string, read: (rows: Rows) => A) =>
  <E>(statement: Effect.Effect<Rows, E>): Effect.Effect<A, E | PersistenceError> =>
    Effect.flatMap(statement, (rows) => {
      try {
        return Effect.succeed(read(rows))
      } catch (cause) {
        return cause instanceof NotStoredByUs
          ? Effect.fail(new PersistenceError({ operation, reason: "corrupt", cause }))
          : Effect.die(cause)
      }
    })

/** One of a set of words, for example a state. */
export const word = <const Words extends ReadonlyArray<string>>(words: Words) => {
  const known: ReadonlySet<string> = new Set(words)
  return (value: string): Words[number] => {
    if (!known.has(value)) throw new NotStoredByUs("a stored word is none of its set")
    return value
  }
}

/** JSON in a text column, as its schema says. Equal texts are parsed once: columns like roles hold few different ones. */
export const json = <A>(schema: Schema.Codec<A, unknown>) => {
  const is = Schema.is(schema)
  const parsed = new Map<string, A>()
  return (text: string): A => {
    const before = parsed.get(text)
    if (before !== undefined) return before
    let value: unknown
    try {
      value = JSON.parse(text)
    } catch {
      throw new NotStoredByUs("a stored text is no JSON")
    }
    if (!is(value)) throw new NotStoredByUs("stored JSON is not of its shape")
    if (parsed.size >= 1000) parsed.clear()
    parsed.set(text, value)
    return value
  }
}

import { Context, Exit, Result, Schema } from "effect"
import { Refusal, type Text } from "../../kernel/Refusal.ts"

/** A field of tickets that the application adds for staff (TIC-10, TIC-11). */
export interface TicketField {
  /** The key under which it is stored; never changes. */
  readonly name: string
  readonly label: Text
  /** What can be in it. */
  readonly schema: Schema.Codec<unknown, Schema.Json>
  /** How a page asks for it; with `choice` the values to choose from. */
  readonly input: "line" | "number" | "flag" | "choice"
  readonly choices?: ReadonlyArray<{ readonly value: string; readonly label: Text }>
}

/** A field of tickets does not exist, or cannot have this value. */
export class FieldNotPossible extends Refusal<FieldNotPossible>()(
  "FieldNotPossible",
  { field: Schema.String },
  {
    category: "invalid",
    de: "Das Feld „{field}“ gibt es nicht, oder es kann diesen Wert nicht haben.",
    en: "There is no field “{field}”, or it cannot have this value."
  }
) {}

/** The fields that the application adds; none where it provides nothing. */
export const TicketFields = Context.Reference<ReadonlyArray<TicketField>>("portico/tickets/TicketFields", {
  defaultValue: () => []
})

/** Fields as they are after some were set; null takes one away. */
export const withFields = (
  defined: ReadonlyArray<TicketField>,
  before: Readonly<Record<string, Schema.Json>>,
  changes: Readonly<Record<string, Schema.Json>>
): Result.Result<Readonly<Record<string, Schema.Json>>, FieldNotPossible> => {
  const after = new Map(Object.entries(before))
  for (const [name, value] of Object.entries(changes)) {
    const field = defined.find((field) => field.name === name)
    if (field === undefined) return Result.fail(new FieldNotPossible({ field: name.slice(0, 40) }))
    if (value === null) {
      after.delete(name)
      continue
    }
    const decoded = Schema.decodeUnknownExit(field.schema)(value)
    if (Exit.isFailure(decoded)) return Result.fail(new FieldNotPossible({ field: name }))
    after.set(name, Schema.encodeSync(field.schema)(decoded.value))
  }
  return Result.succeed(Object.fromEntries([...after].sort(([a], [b]) => (a < b ? -1 : 1))))
}

import { Effect, Result } from "effect"
import type { FormState } from "../../html/forms.ts"
import type { Form } from "../../http/Form.ts"
import type { VisitShape } from "../../http/Visit.ts"
import { type CsvRow, csvRows } from "./csv.ts"

/** The field for a file, beside the one into which a list can be pasted. */
const FILE = "file"

/**
 * A form whose list may have come in a file, as if it had been pasted into the field of this name: a file that was chosen counts instead of that field, and
 * what was in it can be shown again. `toText` says what of its rows is put there, all of it when left out. Fails with what is wrong with the file.
 */
export const withFile = (
  { form, texts }: VisitShape,
  name: string,
  toText?: (rows: ReadonlyArray<CsvRow>) => string
): Result.Result<Form, FormState> => {
  const text = form.text(FILE)
  const pasted = form.with(name, form.text(name), FILE)
  if (text.trim() === "") return Result.succeed(pasted)
  const wrong = (message: string) =>
    Result.fail({ form: pasted, errors: { general: [], fields: new Map([[FILE, message]]) } })
  // of a spreadsheet's own format, or of UTF-16
  if (text.includes("\0")) return wrong(texts.common.fileNoText)
  const read = csvRows(text)
  if (Result.isFailure(read)) return wrong(texts.common.noCsv(read.failure.line))
  return Result.succeed(pasted.with(name, toText === undefined ? text : toText(read.success)))
}

const HEADERS = [
  "e-mail",
  "email",
  "mail",
  "e-mail-adresse",
  "e-mail-adressen",
  "emailadresse",
  "e-mail address",
  "email address",
  "adresse",
  "address"
]

/** The addresses of a table, one on each line: of the column that is called so, or else whatever looks like one. */
export const addressLines = (rows: ReadonlyArray<CsvRow>): string => {
  const column = rows[0]?.fields.findIndex((field) => HEADERS.includes(field.toLowerCase())) ?? -1
  return (column < 0 ? rows : rows.slice(1))
    .flatMap(({ fields }) => {
      if (column >= 0) return [fields[column] ?? ""]
      const addresses = fields.filter((field) => field.includes("@"))
      // that a line has none shall be seen
      return addresses.length > 0 ? addresses : fields.slice(0, 1)
    })
    .join("\n")
}

interface ListPage<A> {
  readonly items: ReadonlyArray<A>
  readonly next: string | null
}

/** So many a list answers at most. */
const MOST = 100

/** A list to its end, for what is chosen from it or looked for in it. */
export const everyItem = <A, E, R>(
  list: (page: { readonly limit: number; readonly after?: string }) => Effect.Effect<ListPage<A>, E, R>
): Effect.Effect<ReadonlyArray<A>, E, R> =>
  Effect.gen(function* () {
    const all: Array<A> = []
    let page = yield* list({ limit: MOST })
    all.push(...page.items)
    while (page.next !== null) {
      page = yield* list({ limit: MOST, after: page.next })
      all.push(...page.items)
    }
    return all
  })

/** Words of a field, separated by commas, in lower case. */
export const listIn = (text: string): ReadonlyArray<string> =>
  text
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")

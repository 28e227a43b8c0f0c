import { CsvError, type Options, parse } from "csv-parse/sync"
import { Result } from "effect"

/** One record of a list, and the line of the text that it ends on, counted from 1. */
export interface CsvRow {
  readonly line: number
  readonly fields: ReadonlyArray<string>
}

/** The text is no list: a quote is open or stands where none can be, or one record is longer than any of ours. */
export interface NoCsv {
  readonly line: number
}

// what a spreadsheet writes depends on its language: a semicolon in German, a comma in English, a tab by way of the clipboard
const OPTIONS: Options = {
  bom: true,
  delimiter: [";", ",", "\t"],
  info: true,
  max_record_size: 2000,
  relax_column_count: true,
  skip_empty_lines: true,
  trim: true
}

interface Parsed {
  readonly record: ReadonlyArray<string>
  readonly info: { readonly lines: number }
}

/** The records of a list as RFC 4180 and spreadsheets have it, without empty lines; fields are trimmed. */
export const csvRows = (text: string): Result.Result<ReadonlyArray<CsvRow>, NoCsv> => {
  try {
    // with `info` the parser answers records beside where they were, which its types do not say
    const parsed = parse(text, OPTIONS) as unknown as ReadonlyArray<Parsed>
    return Result.succeed(
      parsed
        .filter(({ record }) => record.some((field) => field !== ""))
        .map(({ info, record }) => ({ line: info.lines, fields: record }))
    )
  } catch (error) {
    if (error instanceof CsvError) return Result.fail({ line: typeof error.lines === "number" ? error.lines : 1 })
    throw error
  }
}

/**
 * Which field stands where: by the names in the first record, if one of them is known, and else in the given order. `names` are all that people call
 * a field, in lower case.
 */
export const withColumns = <Column extends string>(
  rows: ReadonlyArray<CsvRow>,
  order: ReadonlyArray<Column>,
  names: Readonly<Record<Column, ReadonlyArray<string>>>
): ReadonlyArray<{ readonly line: number; readonly values: Readonly<Record<Column, string>> }> => {
  const [first] = rows
  const columnOf = (field: string) => order.find((column) => names[column].includes(field.toLowerCase()))
  const header = first?.fields.map(columnOf) ?? []
  const hasHeader = header.some((column) => column !== undefined)
  const columns = hasHeader ? header : order
  return (hasHeader ? rows.slice(1) : rows).map(({ fields, line }) => ({
    line,
    // every column has an entry
    values: Object.fromEntries(
      order.map((column) => {
        const index = columns.indexOf(column)
        return [column, index < 0 ? "" : (fields[index] ?? "")]
      })
    ) as Record<Column, string>
  }))
}

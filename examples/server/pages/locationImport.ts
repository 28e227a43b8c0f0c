import { Effect, Result } from "effect"
import { Hierarchy } from "portico"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths } from "../http/paths.ts"
import { issueMessage } from "../http/refusals.ts"
import { formAgain, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, type VisitShape } from "../http/Visit.ts"
import { type ImportedLine, importCheckedPage, importedPage, importPage } from "../views/locationImport.ts"
import { areaOf } from "./shared/areas.ts"
import { csvRows, withColumns } from "./shared/csv.ts"

const { LinkImports } = Hierarchy

const ORDER = ["customerNumber", "postalCode", "country"] as const
const NAMES = {
  customerNumber: ["kundennummer", "kundennr", "kundennr.", "customer number", "customernumber"],
  postalCode: ["postleitzahl", "plz", "postal code", "postalcode", "zip"],
  country: ["land", "country"]
}

type Line = Pick<ImportedLine, "line" | "customerNumber" | "postalCode" | "country">

/** The lines of the list that was pasted, or what is wrong with it as a whole. */
const linesOf = (visit: VisitShape, form: Form): Result.Result<ReadonlyArray<Line>, string> => {
  const t = visit.texts.locationImport
  const read = csvRows(form.text("list"))
  if (Result.isFailure(read)) return Result.fail(t.noCsv(read.failure.line))
  const lines = withColumns(read.success, ORDER, NAMES).map(({ line, values }) => ({
    line,
    ...values,
    country: values.country === "" ? form.text("country") : values.country
  }))
  if (lines.length === 0) return Result.fail(t.missing)
  return lines.length > LinkImports.MAX_ROWS ? Result.fail(t.tooMany(LinkImports.MAX_ROWS)) : Result.succeed(lines)
}

/** Each line with its outcome; both lists are in one order. */
const judged = (
  visit: VisitShape,
  lines: ReadonlyArray<Line>,
  outcomes: ReadonlyArray<Hierarchy.LinkImports.RowOutcome>
): ReadonlyArray<ImportedLine> =>
  lines.flatMap((line, index): ReadonlyArray<ImportedLine> => {
    const outcome = outcomes[index]
    if (outcome === undefined) return []
    const row = { ...line, outcome: outcome._tag }
    switch (outcome._tag) {
      case "Double":
        return [{ ...row, firstLine: lines[outcome.firstRow]?.line ?? 0 }]
      case "Invalid":
        return [{ ...row, reason: outcome.issues.map(({ code }) => issueMessage(code, visit.locale)).join(" ") }]
      case "Refused":
        return [{ ...row, reason: outcome.text[visit.locale] }]
      default:
        return [row]
    }
  })

const asSent = ({ form }: VisitShape): FormState => ({ form, errors: { general: [], fields: new Map() } })

/** Many sub accounts from a list: paste it, look what would become of each line, let it happen (HIE-10). */
export const locationImportPages = group(
  page(
    paths.locationImport(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { tenant } = yield* areaOf(yield* parameter("tenant"))
      return yield* show(importPage(visit, { tenant }))
    })
  ),
  // Nothing of this needs a GET of its own: checking changes nothing, and importing the same list again does nothing twice.
  act(
    paths.locationImport(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const { tenant } = yield* areaOf(yield* parameter("tenant"))
      const wanted = form.text("act")
      if (wanted === "change") return yield* show(importPage(visit, { tenant, state: asSent(visit) }))
      const read = linesOf(visit, form)
      if (Result.isFailure(read)) {
        return yield* show({
          ...importPage(visit, { tenant, state: asSent(visit), error: read.failure }),
          status: 422
        })
      }
      const lines = read.success
      const input = {
        tenantId: tenant.id,
        rows: lines.map(({ country, customerNumber, postalCode }) => ({ country, customerNumber, postalCode }))
      }
      const again = formAgain((state) => importPage(visit, { tenant, state }))
      if (wanted === "import") {
        return yield* asAccount(LinkImports.importLinks(input)).pipe(
          Effect.flatMap(({ outcomes }) => show(importedPage(visit, { tenant, rows: judged(visit, lines, outcomes) }))),
          again
        )
      }
      return yield* asAccount(LinkImports.checkImport(input)).pipe(
        Effect.flatMap(({ outcomes }) =>
          show(
            importCheckedPage(visit, {
              tenant,
              rows: judged(visit, lines, outcomes),
              list: form.text("list"),
              country: form.text("country")
            })
          )
        ),
        again
      )
    })
  )
)

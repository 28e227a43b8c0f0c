import { Effect, Result } from "effect"
import { Actor, Hierarchy, type Refusal, refusals } from "portico"
import { ImportBatches, type ImportLine, isRunning, STEP } from "../batches.ts"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths } from "../http/paths.ts"
import { issueMessage, messageOf } from "../http/refusals.ts"
import { formAgain, formShown, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, signedIn, Visit, type VisitShape } from "../http/Visit.ts"
import { type ImportedLine, importCheckedPage, importedPage, importPage } from "../views/locationImport.ts"
import { areaOf } from "./shared/areas.ts"
import { csvRows, withColumns } from "./shared/csv.ts"
import { withFile } from "./shared/lists.ts"
import { showProgress } from "./shared/progress.ts"

const { LinkImports } = Hierarchy

const ORDER = ["customerNumber", "postalCode", "country"] as const
const NAMES = {
  customerNumber: ["kundennummer", "kundennr", "kundennr.", "customer number", "customernumber"],
  postalCode: ["postleitzahl", "plz", "postal code", "postalcode", "zip"],
  country: ["land", "country"]
}

/** The lines of the list, or what is wrong with it as a whole. */
const linesOf = (visit: VisitShape, form: Form): Result.Result<ReadonlyArray<ImportLine>, string> => {
  const { common, locationImport: t } = visit.texts
  const read = csvRows(form.text("list"))
  if (Result.isFailure(read)) return Result.fail(common.noCsv(read.failure.line))
  const lines = withColumns(read.success, ORDER, NAMES).map(({ line, values }) => ({
    line,
    ...values,
    country: values.country === "" ? form.text("country") : values.country
  }))
  if (lines.length === 0) return Result.fail(t.missing)
  return lines.length > LinkImports.MAX_ROWS ? Result.fail(t.tooMany(LinkImports.MAX_ROWS)) : Result.succeed(lines)
}

type Outcome = Hierarchy.LinkImports.RowOutcome

const rowsOf = (lines: ReadonlyArray<ImportLine>) =>
  lines.map(({ country, customerNumber, postalCode }) => ({ country, customerNumber, postalCode }))

/** Each line with its outcome; both lists are in one order. */
const judged = (
  visit: VisitShape,
  lines: ReadonlyArray<ImportLine>,
  outcomes: ReadonlyArray<Outcome>
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

/** Imports step by step; which lines are doubles of earlier ones is known before. */
const inSteps =
  (
    tenantId: string,
    caller: <A, E extends Refusal.RefusalInstance, R>(
      effect: Effect.Effect<A, E, R>
    ) => Effect.Effect<A, E, Exclude<R, Actor.By<"Account">>>
  ) =>
  (entries: ReadonlyArray<ImportLine>, idempotencyKey?: string) => {
    const rows = rowsOf(entries.filter(({ firstRow }) => firstRow === undefined))
    return Effect.map(
      rows.length === 0
        ? Effect.succeed({ outcomes: [] })
        : caller(LinkImports.importLinks({ tenantId, rows }, { idempotencyKey })),
      ({ outcomes }) => {
        const left: Array<Outcome> = [...outcomes]
        return entries.flatMap(
          ({ firstRow }): ReadonlyArray<Outcome> =>
            firstRow === undefined ? left.splice(0, 1) : [{ _tag: "Double", firstRow }]
        )
      }
    )
  }

const asSent = (form: Form): FormState => ({ form, errors: { general: [], fields: new Map() } })

/** Many sub accounts from a list: paste it or send a file, look what would become of each line, let it happen (HIE-10). */
export const locationImportPages = group(
  page(
    paths.locationImport(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { tenant } = yield* areaOf(yield* parameter("tenant"))
      return yield* show(importPage(visit, { tenant }))
    })
  ),
  // checking changes nothing, so the preview needs no GET of its own
  act(
    paths.locationImport(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { tenant } = yield* areaOf(yield* parameter("tenant"))
      const sent = withFile(visit, "list")
      if (Result.isFailure(sent)) {
        return yield* formShown(sent.failure, visit.path, importPage(visit, { tenant, state: sent.failure }))
      }
      const form = sent.success
      const wanted = form.text("act")
      if (wanted === "change") return yield* show(importPage(visit, { tenant, state: asSent(form) }))
      const read = linesOf(visit, form)
      if (Result.isFailure(read)) {
        return yield* show({ ...importPage(visit, { tenant, state: asSent(form), error: read.failure }), status: 422 })
      }
      const lines = read.success
      return yield* Effect.gen(function* () {
        const { outcomes } = yield* asAccount(LinkImports.checkImport({ tenantId: tenant.id, rows: rowsOf(lines) }))
        if (wanted !== "import") {
          const rows = judged(visit, lines, outcomes)
          return yield* show(
            importCheckedPage(visit, { tenant, rows, list: form.text("list"), country: form.text("country") })
          )
        }
        const entries = lines.map((line, index): ImportLine => {
          const outcome = outcomes[index]
          return outcome?._tag === "Double" ? { ...line, firstRow: outcome.firstRow } : line
        })
        const batches = yield* ImportBatches
        const { actor } = yield* signedIn
        const step = inSteps(tenant.id, Actor.provide(actor, visit.request))
        const first = yield* step(entries.slice(0, STEP))
        const id = yield* batches.start(
          { tenantId: tenant.id, accountId: actor.accountId, entries, outcomes: first },
          step
        )
        return yield* goTo(paths.locationImportProgress(tenant.id, id))
      }).pipe(
        formAgain((state) => importPage(visit, { tenant, state })),
        Effect.provideService(Visit, { ...visit, form })
      )
    })
  ),
  page(
    paths.locationImportProgress(":tenant", ":batch"),
    Effect.fnUntraced(function* (visit) {
      const [tenantId, id] = [yield* parameter("tenant"), yield* parameter("batch")]
      const { tenant } = yield* areaOf(tenantId)
      const { actor } = yield* signedIn
      const batches = yield* ImportBatches
      const batch = yield* batches.find(id, actor.accountId)
      if (batch?.tenantId !== tenantId) return yield* new refusals.NotFound({ kind: "batch" })
      const { entries, outcomes, refusal } = batch
      return yield* showProgress(
        batch,
        importedPage(visit, {
          tenant,
          here: visit.path,
          total: entries.length,
          rows: judged(visit, entries, outcomes),
          isRunning: isRunning(batch),
          stopped: refusal === undefined ? undefined : messageOf(refusal, visit.locale)
        })
      )
    })
  )
)

import { Effect, Result, Schema } from "effect"
import { CustomerNumberFromInput, normalForm } from "../kernel/CustomerNumber.ts"
import { TenantId } from "../kernel/ids.ts"
import { draw, personalKey } from "../kernel/Limits.ts"
import * as PostalCode from "../kernel/PostalCode.ts"
import { type RefusalInstance, textOf } from "../kernel/Refusal.ts"
import { InputIssue, NotFound, Unavailable } from "../kernel/refusals.ts"
import type { Settings } from "../kernel/Settings.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { type AccessFacts, permissionsIn } from "../tenants/Access.ts"
import { MembershipRepository, type PlaceOfAccount } from "../tenants/MembershipRepository.ts"
import { require } from "../tenants/Permissions.ts"
import { HierarchyRepository } from "./HierarchyRepository.ts"
import { Answer as Asked, askTypedToLink, attemptRule, linkErrors, linkOwn } from "./Locations.ts"
import { link, MainIsASub } from "./TenantLink.ts"

/** The most rows of one list. */
export const MAX_ROWS = 500

// a row that is not as it should be is told so in its own outcome and holds up no other: here it is any text
const Rows = Schema.Array(
  Schema.Struct({ customerNumber: Schema.String, postalCode: Schema.String, country: Schema.String })
).check(Schema.makeFilter((rows) => (rows.length === 0 ? "missing" : rows.length > MAX_ROWS ? "too-many" : undefined)))
type Row = (typeof Rows.Type)[number]

const List = Schema.Struct({ tenantId: TenantId, rows: Rows })

const Text = Schema.Struct({ de: Schema.String, en: Schema.String })

/**
 * What becomes of one row. `Linked`: it is a sub of this tenant, now or since long, so that the same list answers the same again; `Asked`: that tenant's
 * owners were asked, if the numbers are anybody's, which only a mail tells (HIE-03); `Double`: an earlier row has the same number; `Invalid` and
 * `Refused` say why it cannot be. The dry run says `Link` where the caller decides on both sides, so that it is going to be linked at once, and `Ask`.
 */
export const RowOutcome = Schema.Union([
  Schema.TaggedStruct("Link", {}),
  Schema.TaggedStruct("Ask", {}),
  Schema.TaggedStruct("Linked", {}),
  Schema.TaggedStruct("Asked", {}),
  Schema.TaggedStruct("Double", { firstRow: Schema.Int }),
  Schema.TaggedStruct("Invalid", { issues: Schema.Array(InputIssue) }),
  Schema.TaggedStruct("Refused", { refusal: Schema.String, text: Text })
])
export type RowOutcome = typeof RowOutcome.Type

const Outcomes = Schema.Struct({
  /** One for each row, in the order of the rows. */
  outcomes: Schema.Array(RowOutcome)
})

const parseRow = UseCase.parser(
  Schema.Struct({
    customerNumber: CustomerNumberFromInput,
    postalCode: Schema.String,
    country: PostalCode.CountryFromInput
  }).check(PostalCode.ofItsCountry)
)

interface Typed {
  readonly customerNumber: string
  readonly postalCode: string
  readonly country: string
}

/** What is to be done for a row, or its outcome where nothing is. */
type Judged =
  | { readonly _tag: "Own"; readonly subId: TenantId }
  | { readonly _tag: "Foreign"; readonly typed: Typed }
  | { readonly _tag: "Settled"; readonly outcome: RowOutcome }

const settled = (outcome: RowOutcome): Judged => ({ _tag: "Settled", outcome })

/** Why a row cannot be, in words. */
const refusedAs = (refusal: RefusalInstance): RowOutcome => ({
  _tag: "Refused",
  refusal: refusal._tag,
  text: textOf(refusal)
})

/** The caller's place in a tenant, as what an access decision is made of. */
const factsOf = (facts: AccessFacts, { membership, tenant, through }: PlaceOfAccount): AccessFacts => ({
  ...facts,
  tenantId: tenant.id,
  tenantState: tenant.state,
  requiresSecondFactor: tenant.requiresSecondFactor,
  membership,
  through
})

/**
 * What would become of each row, in a number of statements that does not depend on the rows. Of tenants that are not the caller's nothing is looked at,
 * so that the answer says nothing of them.
 */
const judge = Effect.fnUntraced(function* (settings: Settings, facts: AccessFacts, rows: ReadonlyArray<Row>) {
  const memberships = yield* MembershipRepository
  const hierarchy = yield* HierarchyRepository
  const mainId = facts.tenantId
  const parsed = rows.map((row) => parseRow(row))
  const numbers = parsed.flatMap((row) => (Result.isSuccess(row) ? [row.success.customerNumber] : []))
  const places = yield* memberships.ofAccount(facts.accountId)
  const own = new Map(
    places
      .filter((one) => permissionsIn(settings, factsOf(facts, one)).has("locations.change"))
      .map(({ tenant }) => [normalForm(tenant.customerNumber), tenant] as const)
  )
  const subs = yield* hierarchy.subsWithNumbers(mainId, numbers)
  const main = places.find(({ tenant }) => tenant.id === mainId)?.tenant
  const levels = yield* hierarchy.levels([
    mainId,
    ...numbers.flatMap((number) => {
      const tenant = own.get(normalForm(number))
      return tenant === undefined ? [] : [tenant.id]
    })
  ])
  const levelOf = (id: TenantId) => levels.get(id) ?? { link: null, hasSubs: false }
  const firstRow = new Map<string, number>()
  return parsed.map((row, index): Judged => {
    if (Result.isFailure(row)) return settled({ _tag: "Invalid", issues: row.failure.issues })
    const typed: Typed = { ...row.success, postalCode: PostalCode.normalised(row.success) }
    const number = normalForm(typed.customerNumber)
    const first = firstRow.get(number)
    if (first !== undefined) return settled({ _tag: "Double", firstRow: first })
    firstRow.set(number, index)
    // a sub has none of its own, and asks nobody
    if (levelOf(mainId).link !== null) return settled(refusedAs(new MainIsASub()))
    if (subs.has(number)) return settled({ _tag: "Linked" })
    const tenant = own.get(number)
    const fits =
      tenant !== undefined &&
      tenant.country === typed.country &&
      PostalCode.equal(tenant.country, tenant.postalCode, typed.postalCode)
    if (!fits || main === undefined) return { _tag: "Foreign", typed }
    const linked = link(
      { ...levelOf(mainId), tenant: main },
      // orders that are open are asked when it comes true
      { ...levelOf(tenant.id), tenant, openOrders: 0 },
      { kind: "existing", now: tenant.createdAt }
    )
    return Result.isSuccess(linked) ? { _tag: "Own", subId: tenant.id } : settled(refusedAs(linked.failure))
  })
})

/** What the list would do, without doing it: nothing is written, nobody is asked, no attempt is counted. */
export const checkImport = UseCase.query({
  name: "locations.checkImport",
  summary: "Says of each row of a list of customer numbers what importing it would do.",
  actors: ["Account"],
  requires: "locations.change",
  input: List,
  output: Outcomes,
  errors: [NotFound],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `locations.search:${actor.accountId}`, limit: settings.limits.searchPerAccount }]),
  run: Effect.fnUntraced(function* ({ rows, tenantId }, { actor, settings }) {
    const { facts } = yield* require(actor, settings, tenantId, "locations.change")
    const judged = yield* judge(settings, facts, rows)
    return {
      outcomes: judged.map(
        (one): RowOutcome =>
          one._tag === "Settled" ? one.outcome : one._tag === "Own" ? { _tag: "Link" } : { _tag: "Ask" }
      )
    }
  })
})

/**
 * One row whose tenant is not the caller's: as `locations.askToLink`, on the budget of lists; a number that is nobody's counts as one that is asked for by
 * itself, so that a list finds out no more than that.
 */
const askRow = UseCase.command({
  name: "locations.importRow",
  summary: "Asks the customer area of one row of a list to become a sub account.",
  actors: ["Account"],
  requires: "locations.change",
  input: Schema.Struct({
    tenantId: TenantId,
    customerNumber: CustomerNumberFromInput,
    postalCode: Schema.String,
    country: PostalCode.CountryFromInput
  }).check(PostalCode.ofItsCountry),
  output: Asked,
  errors: linkErrors,
  prepare: Effect.fnUntraced(function* ({ customerNumber, tenantId }, { now, settings }) {
    yield* draw(
      [
        { key: `locations.import:${tenantId}`, limit: settings.limits.importedLinksPerTenant },
        {
          key: yield* personalKey("locations.number", normalForm(customerNumber)),
          limit: settings.limits.linksPerNumber
        }
      ],
      now
    )
  }),
  unit: (input, unit) => askTypedToLink(unit, input, attemptRule(unit.settings, unit.actor))
})

type RowPorts = Effect.Services<ReturnType<typeof linkOwn>> | Effect.Services<ReturnType<typeof askRow>>

/** Row after row, each in a unit of its own: one that is refused leaves no trace, and the others stay. */
const importRows = Effect.fnUntraced(function* (
  { rows, tenantId }: typeof List.Type,
  { actor, idempotencyKey: keyOfList, settings }: UseCase.Call<"Account">
) {
  const { facts } = yield* require(actor, settings, tenantId, "locations.change")
  const judged = yield* judge(settings, facts, rows)
  // Under a key the answer is kept. That a store was away says nothing of a row and must not be: the repeat does what is left.
  const refusedRow = (error: RefusalInstance): Effect.Effect<RowOutcome, Unavailable> =>
    error._tag === "AlreadyLinked"
      ? Effect.succeed({ _tag: "Linked" })
      : keyOfList !== undefined && error instanceof Unavailable
        ? Effect.fail(error)
        : Effect.succeed(refusedAs(error))
  return yield* Effect.forEach(judged, (one): Effect.Effect<RowOutcome, Unavailable, RowPorts> => {
    switch (one._tag) {
      case "Settled":
        return Effect.succeed(one.outcome)
      case "Own":
        return Effect.matchEffect(linkOwn({ tenantId, subId: one.subId }), {
          // somebody was faster, which is what the row wants
          onFailure: refusedRow,
          onSuccess: () => Effect.succeed<RowOutcome>({ _tag: "Linked" })
        })
      case "Foreign": {
        const { country, customerNumber, postalCode } = one.typed
        // so that the row of a list that is sent again is the same call again (G-04)
        const idempotencyKey = `${tenantId} ${country} ${postalCode} ${customerNumber}`
        return Effect.matchEffect(askRow({ tenantId, ...one.typed }, { idempotencyKey }), {
          onFailure: refusedRow,
          onSuccess: ({ outcome }) => Effect.succeed<RowOutcome>({ _tag: outcome === "Done" ? "Linked" : "Asked" })
        })
      }
    }
  })
})

/**
 * Links or asks for each row, in a commit of its own, in the given order; at most 500 (HIE-10). Given again, also after a failure half way, it does what
 * is left to do: what is linked stays so, and whoever was asked in the last 24 hours is not asked again.
 */
export const importLinks = UseCase.command({
  name: "locations.importLinks",
  summary: "Links, or asks for, each customer number of a list, with an outcome of its own.",
  actors: ["Account"],
  requires: "locations.change",
  input: List,
  output: Outcomes,
  errors: [NotFound],
  // not in the unit: see there
  prepare: (input, call) => importRows(input, call),
  unit: (_, __: UseCase.Unit<"Account">, outcomes) => Effect.succeed({ outcomes })
})

/** Every use case of importing. */
export const useCases = UseCase.registry(checkImport, importLinks)

import { Effect } from "effect"
import { CollectiveInvoices, LinkImports } from "../../src/hierarchy/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Tenants } from "../../src/tenants/index.ts"
import { address, linkedPlaces, places } from "../hierarchy/places.ts"
import { staff } from "../tenants/world.ts"
import { as } from "./portal.ts"
import { job, type Scenario, scenario } from "./scenario.ts"

const row = (customerNumber: string) => ({ ...address, customerNumber })

/** What the billing system says now of the main tenant. */
const said = Effect.fnUntraced(function* (eventId: string, numbers: ReadonlyArray<string>) {
  const now = yield* Instant.now
  const positions = numbers.map((customerNumber) => ({ customerNumber, name: "Filiale", city: "Linz", since: now }))
  return { eventId, at: now, payer: "KD-1", positions }
})

/** What comes in lists: collective invoices, and links from a spreadsheet. */
export const scenariosOfLists: ReadonlyArray<Scenario> = [
  scenario(
    CollectiveInvoices.applyCollectiveInvoice,
    Effect.gen(function* () {
      yield* linkedPlaces
      yield* CollectiveInvoices.applyCollectiveInvoice(yield* said("b-1", ["KD-2", "KD-3"])).pipe(job)
      const next = yield* said("b-2", ["KD-3", "KD-4"])
      return (options) => CollectiveInvoices.applyCollectiveInvoice(next, options).pipe(job)
    })
  ),
  scenario(
    Tenants.changeCredentials,
    Effect.gen(function* () {
      const { chief, nordId } = yield* linkedPlaces
      yield* CollectiveInvoices.applyCollectiveInvoice(yield* said("b-1", ["KD-2", "KD-3"])).pipe(job)
      const actor = yield* staff(chief.account, "operator")
      return (options) => Tenants.changeCredentials({ tenantId: nordId, ...row("KD-20") }, options).pipe(as(actor))
    }),
    "of a sub that its main pays for"
  ),
  scenario(
    LinkImports.checkImport,
    Effect.map(
      places,
      ({ both, mainId }) =>
        () =>
          LinkImports.checkImport({ tenantId: mainId, rows: ["KD-2", "KD-3", "KD-99"].map(row) }).pipe(as(both.actor))
    )
  ),
  // one row each, because a list is as many calls as it has rows
  ...[
    ["KD-2", "of the caller's own"],
    ["KD-3", "of somebody else's"]
  ].map(
    ([number = "", words = ""]): Scenario => ({
      ...scenario(
        LinkImports.importLinks,
        Effect.map(
          places,
          ({ both, mainId }) =>
            (options) =>
              LinkImports.importLinks({ tenantId: mainId, rows: [row(number)] }, options).pipe(as(both.actor))
        ),
        words
      ),
      inParts: true
    })
  )
]

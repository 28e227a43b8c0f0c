import { Effect, Option, Schema } from "effect"
import { stillMay } from "../accounts/stillMay.ts"
import { CustomerNumberFromInput, equal, normalForm } from "../kernel/CustomerNumber.ts"
import { Instant } from "../kernel/Instant.ts"
import { NotFound } from "../kernel/refusals.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { staffMay } from "../tenants/staffRights.ts"
import { TenantRepository } from "../tenants/TenantRepository.ts"
import { CollectiveInvoiceChanged, MAX_POSITIONS, Position, positionsOf, withSaid } from "./CollectiveInvoice.ts"
import { CollectiveInvoiceRepository } from "./CollectiveInvoiceRepository.ts"

const APPLY = "locations.applyCollectiveInvoice"

const eachOnce = Schema.makeFilter((positions: ReadonlyArray<Position>) => {
  if (positions.length > MAX_POSITIONS) return "too-many"
  const seen = new Set<string>()
  for (const [index, { customerNumber }] of positions.entries()) {
    const normal = normalForm(customerNumber)
    if (seen.has(normal)) return { path: [index, "customerNumber"], issue: "double" }
    seen.add(normal)
  }
  return undefined
})

/** What the billing system says of one customer who pays for others: all of it each time. Instants are epoch milliseconds. */
export const CollectiveInvoiceInput = Schema.Struct({
  /** The billing system's own id of this; at most 200 printable ASCII characters. */
  eventId: Schema.String.check(
    Schema.makeFilter((id) => (/^[\x21-\x7e]{1,200}$/.test(id) ? undefined : id === "" ? "missing" : "invalid"))
  ),
  at: Instant,
  /** The customer number that gets the invoice. */
  payer: CustomerNumberFromInput,
  /** Every customer number that is on it, at most 10,000; none when nothing is billed together any more. */
  positions: Schema.Array(Position).check(eachOnce)
})

/**
 * The billing port of collective invoices (HIE-08): the host's handler of the billing system's calls brings each statement here, as a job. They may
 * come twice, late and in any order; the newest one holds. Staff can make up for one that got lost. What is listed by it gives no access to anything.
 */
export const applyCollectiveInvoice = UseCase.command({
  name: APPLY,
  summary: "Takes from the billing system which customer numbers are billed together with a customer's own.",
  actors: ["Staff", "Job"],
  requires: "staff",
  sensitive: true,
  input: CollectiveInvoiceInput,
  output: Schema.Struct({
    /** False when it was known already, or something newer is. */
    applied: Schema.Boolean,
    /** How many customer numbers are billed together with the payer's now. */
    positions: Schema.Int
  }),
  errors: [NotFound, CollectiveInvoiceChanged],
  unit: Effect.fnUntraced(function* (input, unit) {
    const tenants = yield* TenantRepository
    const invoices = yield* CollectiveInvoiceRepository
    const { actor } = unit
    yield* Effect.fromResult(staffMay(APPLY, actor))
    if (actor._tag === "Staff") yield* stillMay(APPLY, { ...unit, actor })
    const named = Option.getOrUndefined(yield* tenants.findByCustomerNumber(input.payer))
    const payer = named && Option.getOrUndefined(yield* tenants.findForUpdate(named.id))
    // the number may have become another's while this one waited for the row
    if (payer === undefined || !equal(payer.customerNumber, input.payer)) return yield* new NotFound({ kind: "tenant" })
    const stored = Option.getOrUndefined(yield* invoices.find(payer.id))
    const { invoice, isNew } = yield* Effect.fromResult(
      withSaid(stored, {
        payerId: payer.id,
        eventId: input.eventId,
        at: input.at,
        positions: positionsOf(payer.customerNumber, input.positions)
      })
    )
    if (isNew) {
      yield* invoices.replace(invoice)
      unit.record({
        type: "collectiveInvoice.changed",
        tenantId: payer.id,
        subject: { kind: "tenant", id: payer.id },
        data: { eventId: invoice.eventId, at: invoice.at, positions: invoice.positions.length }
      })
    }
    return { applied: isNew, positions: invoice.positions.length }
  })
})

/** Every use case about collective invoices. */
export const useCases = UseCase.registry(applyCollectiveInvoice)

import { Result, Schema } from "effect"
import { CustomerNumberFromInput, equal, normalForm } from "../kernel/CustomerNumber.ts"
import { Instant } from "../kernel/Instant.ts"
import type { TenantId } from "../kernel/ids.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { line, optionalLine } from "../kernel/Text.ts"

/**
 * One customer number that is billed to another customer, as the billing system describes it. There is no postal code, because together with the
 * customer number it works as a credential (TEN-01), and who pays for somebody need not know it.
 */
export const Position = Schema.Struct({
  customerNumber: CustomerNumberFromInput,
  name: line(200),
  city: optionalLine(100),
  /** Since when it is billed together with the payer. */
  since: Instant
})
export type Position = typeof Position.Type

/** The most customer numbers that one tenant pays for. */
export const MAX_POSITIONS = 10_000

/**
 * What the billing system last said of the customer numbers that one tenant pays for (HIE-08): a projection of facts that others decide. It gives no
 * access to anything; the customer numbers need not even have a tenant here.
 */
export interface CollectiveInvoice {
  readonly payerId: TenantId
  /** The billing system's own id of what it said; printable ASCII. */
  readonly eventId: string
  /** When it was so, by the billing system's clock. */
  readonly at: Instant
  /** In the order of their customer numbers' normal forms, each once, without the payer's own. */
  readonly positions: ReadonlyArray<Position>
}

/** The billing system used the id of an event again for something else. */
export class CollectiveInvoiceChanged extends Refusal<CollectiveInvoiceChanged>()(
  "CollectiveInvoiceChanged",
  { eventId: Schema.String },
  {
    category: "conflict",
    de: "Dieses Ereignis der Abrechnung wurde schon mit anderem Inhalt gemeldet: {eventId}.",
    en: "This billing event has been reported with other content before: {eventId}."
  }
) {}

/** Whether one was said after the other: by instant, then by id, so that of a set of facts the same one is the last in whatever order they come. */
export const isNewer = (
  one: Pick<CollectiveInvoice, "at" | "eventId">,
  other: Pick<CollectiveInvoice, "at" | "eventId">
): boolean => one.at > other.at || (one.at === other.at && one.eventId > other.eventId)

const byNumber = (a: Position, b: Position): number =>
  normalForm(a.customerNumber) < normalForm(b.customerNumber) ? -1 : 1

/** The positions as they are kept: the payer is no location of itself. */
export const positionsOf = (payersNumber: string, said: ReadonlyArray<Position>): ReadonlyArray<Position> =>
  said.filter(({ customerNumber }) => !equal(customerNumber, payersNumber)).sort(byNumber)

const isSame = (a: ReadonlyArray<Position>, b: ReadonlyArray<Position>): boolean =>
  a.length === b.length &&
  a.every((one, index) => {
    const other = b[index]
    return (
      other !== undefined &&
      one.customerNumber === other.customerNumber &&
      one.name === other.name &&
      one.city === other.city &&
      one.since === other.since
    )
  })

/** What holds after the billing system has said this: the newer of the two, whichever comes first. Saying the same again changes nothing. */
export const withSaid = (
  stored: CollectiveInvoice | undefined,
  said: CollectiveInvoice
): Result.Result<{ readonly invoice: CollectiveInvoice; readonly isNew: boolean }, CollectiveInvoiceChanged> => {
  if (stored === undefined || isNewer(said, stored)) return Result.succeed({ invoice: said, isNew: true })
  if (!isNewer(stored, said) && !isSame(stored.positions, said.positions)) {
    return Result.fail(new CollectiveInvoiceChanged({ eventId: said.eventId }))
  }
  return Result.succeed({ invoice: stored, isNew: false })
}

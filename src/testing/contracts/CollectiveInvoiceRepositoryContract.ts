import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import type { CollectiveInvoice, Position } from "../../hierarchy/CollectiveInvoice.ts"
import { CollectiveInvoiceRepository, type PositionKey } from "../../hierarchy/CollectiveInvoiceRepository.ts"
import { HierarchyRepository } from "../../hierarchy/HierarchyRepository.ts"
import { CustomerNumber } from "../../kernel/CustomerNumber.ts"
import type { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { at, tenant, tenantId } from "../tenantSamples.ts"

const position = (number: number, over: Partial<Position> = {}): Position => ({
  customerNumber: CustomerNumber.make(`KD-${number}`),
  name: `Branch ${number}`,
  city: "Berlin",
  since: at(number),
  ...over
})

const invoice = (payer: number, over: Partial<CollectiveInvoice> = {}): CollectiveInvoice => ({
  payerId: tenantId(payer),
  eventId: "b-1",
  at: at(0),
  positions: [position(101), position(102)],
  ...over
})

const page = (limit: number, after?: PositionKey) => ({ after: Option.fromUndefinedOr(after), limit })

const payers = Effect.gen(function* () {
  const tenants = yield* TenantRepository
  yield* tenants.insert(tenant(1))
  yield* tenants.insert(tenant(2))
})

const listed = Effect.fnUntraced(function* (payer: number, limit = 10, after?: PositionKey, search?: string) {
  const invoices = yield* CollectiveInvoiceRepository
  const found = yield* invoices.listUnlinked(
    tenantId(payer),
    { search: Option.fromUndefinedOr(search) },
    page(limit, after)
  )
  return found.map(({ customerNumber }) => customerNumber)
})

/** What every `CollectiveInvoiceRepository` keeps. */
export const CollectiveInvoiceRepositoryContract: Suite<
  CollectiveInvoiceRepository | HierarchyRepository | TenantRepository | UnitOfWork
> = [
  {
    name: "HIE-08 what was said last is found again, of its payer only",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      yield* payers
      assert.deepEqual(yield* invoices.find(tenantId(1)), Option.none())
      yield* invoices.replace(invoice(1))
      assert.deepEqual(yield* invoices.find(tenantId(1)), Option.some(invoice(1)))
      assert.deepEqual(yield* invoices.find(tenantId(2)), Option.none())
      yield* invoices.replace(invoice(2, { positions: [position(102, { name: "Other" })] }))
      assert.deepEqual(yield* invoices.find(tenantId(1)), Option.some(invoice(1)))
    })
  },
  {
    name: "HIE-08 something newer takes the place of all that was said before, also where it says nothing",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      yield* payers
      yield* invoices.replace(invoice(1))
      const newer = invoice(1, { eventId: "b-2", positions: [position(102, { city: "" }), position(103)] })
      yield* invoices.replace(newer)
      assert.deepEqual(yield* invoices.find(tenantId(1)), Option.some(newer))
      const none = invoice(1, { eventId: "a", at: at(1), positions: [] })
      yield* invoices.replace(none)
      assert.deepEqual(yield* invoices.find(tenantId(1)), Option.some(none))
      assert.deepEqual(yield* listed(1), [])
    })
  },
  {
    name: "HIE-08 what is older, or the same again, is a conflict and changes nothing",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      yield* payers
      const stored = invoice(1, { eventId: "b-2", at: at(5) })
      yield* invoices.replace(stored)
      for (const [eventId, when] of [
        ["b-2", 5],
        ["b-1", 5],
        ["b-9", 4]
      ] as const) {
        const error = yield* Effect.flip(invoices.replace(invoice(1, { eventId, at: at(when), positions: [] })))
        assert.equal(error.reason, "conflict")
      }
      assert.deepEqual(yield* invoices.find(tenantId(1)), Option.some(stored))
    })
  },
  {
    name: "R-TE-02 nobody pays who is no tenant",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      const error = yield* Effect.flip(invoices.replace(invoice(9)))
      assert.equal(error.reason, "other")
      assert.deepEqual(yield* listed(9), [])
    })
  },
  {
    name: "G-06 HIE-08 positions are listed newest first, then by number, page by page, of one payer",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      yield* payers
      const positions = [
        position(101, { since: at(7) }),
        position(102),
        position(103, { since: at(7) }),
        position(104, { since: at(3) })
      ]
      yield* invoices.replace(invoice(1, { positions }))
      yield* invoices.replace(invoice(2, { positions: [position(105)] }))
      assert.deepEqual(yield* listed(1), ["KD-102", "KD-103", "KD-101", "KD-104"])
      assert.deepEqual(yield* listed(1, 1), ["KD-102", "KD-103"])
      assert.deepEqual(yield* listed(1, 10, [at(7), "kd103"]), ["KD-101", "KD-104"])
      assert.deepEqual(yield* listed(1, 10, [at(3), "kd104"]), [])
      assert.deepEqual(yield* listed(2), ["KD-105"])
    })
  },
  {
    name: "HIE-02 HIE-08 search finds parts of name, town and number without regard to case, and nothing is a wildcard",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      yield* payers
      const positions = [position(101, { name: "Filiale Nord" }), position(102, { city: "Nordhausen" }), position(103)]
      yield* invoices.replace(invoice(1, { positions }))
      assert.deepEqual(yield* listed(1, 10, undefined, "nORD"), ["KD-102", "KD-101"])
      assert.deepEqual(yield* listed(1, 10, undefined, "kd-103"), ["KD-103"])
      assert.deepEqual(yield* listed(1, 10, undefined, "00 K D 103"), ["KD-103"])
      for (const wildcard of ["%", "_", "*"]) assert.deepEqual(yield* listed(1, 10, undefined, wildcard), [])
    })
  },
  {
    name: "HIE-08 whose invoice is paid is known by the customer number, however it is written",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      yield* payers
      yield* invoices.replace(invoice(1))
      assert.deepEqual(
        yield* invoices.paidFor(tenantId(1), ["kd 101", "KD-103", "00KD-102"]),
        new Set(["kd101", "kd102"])
      )
      assert.deepEqual(yield* invoices.paidFor(tenantId(1), []), new Set())
      assert.deepEqual(yield* invoices.paidFor(tenantId(2), ["KD-101"]), new Set())
    })
  },
  {
    name: "HIE-08 a customer number is not listed while its tenant is a sub of the payer, whichever was known first",
    run: Effect.gen(function* () {
      const invoices = yield* CollectiveInvoiceRepository
      const hierarchy = yield* HierarchyRepository
      const tenants = yield* TenantRepository
      yield* payers
      for (const number of [101, 102, 103]) yield* tenants.insert(tenant(number, { customerNumber: `kd ${number}` }))
      const link = (main: number, sub: number) =>
        ({ mainId: tenantId(main), subId: tenantId(sub), kind: "existing", linkedAt: at(0), refused: [] }) as const
      yield* hierarchy.insert(link(1, 101))
      yield* hierarchy.insert(link(2, 103))
      yield* invoices.replace(invoice(1, { positions: [position(101), position(102), position(103)] }))
      assert.deepEqual(yield* listed(1), ["KD-103", "KD-102"])
      yield* hierarchy.insert(link(1, 102))
      assert.deepEqual(yield* listed(1), ["KD-103"])
      yield* hierarchy.move(link(1, 103), tenantId(2))
      assert.deepEqual(yield* listed(1), [])
      yield* hierarchy.move(link(2, 103), tenantId(1))
      assert.deepEqual(yield* listed(1), ["KD-103"])
      yield* hierarchy.remove(tenantId(101), tenantId(1))
      assert.deepEqual(yield* listed(1), ["KD-103", "KD-101"])
      yield* tenants.save(tenant(102, { customerNumber: "KD-999" }))
      yield* invoices.replace(invoice(2, { positions: [position(101), position(103)] }))
      yield* invoices.refresh(tenantId(1))
      assert.deepEqual(yield* listed(2), ["KD-101"], "of another payer")
      assert.deepEqual(yield* listed(1), ["KD-103", "KD-102", "KD-101"])
      yield* invoices.replace(invoice(1, { eventId: "b-2", positions: [position(999), position(101)] }))
      assert.deepEqual(yield* listed(1), ["KD-101"])
    })
  }
]

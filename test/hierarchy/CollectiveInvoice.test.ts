import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import {
  type CollectiveInvoice,
  isNewer,
  type Position,
  positionsOf,
  withSaid
} from "../../src/hierarchy/CollectiveInvoice.ts"
import { CustomerNumber } from "../../src/kernel/CustomerNumber.ts"
import { at, tenantId } from "../../src/testing/tenantSamples.ts"
import { rounds } from "../support/rounds.ts"

const position = (number: number, over: Partial<Position> = {}): Position => ({
  customerNumber: CustomerNumber.make(`KD-${number}`),
  name: `Branch ${number}`,
  city: "Berlin",
  since: at(number),
  ...over
})

const said = (eventId: string, when: number, positions: ReadonlyArray<Position>): CollectiveInvoice => ({
  payerId: tenantId(1),
  eventId,
  at: at(when),
  positions
})

const take = (stored: CollectiveInvoice | undefined, next: CollectiveInvoice) =>
  Result.getOrThrow(withSaid(stored, next))

describe("collective invoice", () => {
  it("HIE-08 what was said last holds; saying it again changes nothing, and saying something else with its id is refused", () => {
    const first = said("b-1", 1, [position(1)])
    assert.deepStrictEqual(take(undefined, first), { invoice: first, isNew: true })
    assert.deepStrictEqual(take(first, first), { invoice: first, isNew: false })
    const older = said("b-0", 0, [position(2)])
    assert.deepStrictEqual(take(first, older), { invoice: first, isNew: false })
    const newer = said("b-2", 1, [])
    assert.deepStrictEqual(take(first, newer), { invoice: newer, isNew: true })
    const others = [
      [],
      [position(2)],
      [position(1), position(2)],
      [position(1, { name: "Other" })],
      [position(1, { city: "" })],
      [position(1, { since: at(9) })],
      [position(1, { customerNumber: CustomerNumber.make("KD 1") })]
    ]
    for (const positions of others) {
      const changed = withSaid(first, said("b-1", 1, positions))
      assert.strictEqual(Result.isFailure(changed) ? changed.failure._tag : "ok", "CollectiveInvoiceChanged")
    }
  })

  it("HIE-08 whatever comes twice, late and in any order, what holds depends on the set of facts only", () => {
    const fact = fc
      .record({ at: fc.nat({ max: 4 }), id: fc.nat({ max: 4 }) })
      // what billing says with one id at one time is one thing
      .map(({ at, id }) => said(`b-${id}`, at, [position(at * 10 + id)]))
    fc.assert(
      fc.property(
        fc
          .array(fact, { minLength: 1, maxLength: 8 })
          .chain((facts) =>
            fc.tuple(
              fc.constant(facts),
              fc.shuffledSubarray([...facts, ...facts], { minLength: facts.length * 2, maxLength: facts.length * 2 })
            )
          ),
        ([facts, again]) => {
          const end = (all: ReadonlyArray<CollectiveInvoice>) =>
            all.reduce<CollectiveInvoice | undefined>((stored, next) => take(stored, next).invoice, undefined)
          assert.deepStrictEqual(end(again), end(facts))
          assert.isFalse(facts.some((one) => isNewer(one, end(facts) ?? one)))
        }
      ),
      { numRuns: rounds(1000, 10_000) }
    )
  })

  it("HIE-08 G-10 the payer is no location of itself, however its number is written, and the order is that of the numbers", () => {
    const own = position(0, { customerNumber: CustomerNumber.make("00KD 7") })
    assert.deepStrictEqual(positionsOf("kd-7", [position(9), own, position(8)]), [position(8), position(9)])
  })
})

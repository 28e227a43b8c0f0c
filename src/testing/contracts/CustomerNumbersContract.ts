import { strict as assert } from "node:assert"
import { Effect } from "effect"
import { normalForm } from "../../kernel/CustomerNumber.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { CustomerNumbers } from "../../orders/CustomerNumbers.ts"
import type { Suite } from "../Contract.ts"

/** What every `CustomerNumbers` keeps. */
export const CustomerNumbersContract: Suite<CustomerNumbers | UnitOfWork> = [
  {
    name: "ORD-04 each number is another one, also as customer numbers are compared",
    run: Effect.gen(function* () {
      const numbers = yield* CustomerNumbers
      const given = yield* Effect.replicateEffect(numbers.next, 30)
      assert.equal(new Set(given.map(normalForm)).size, 30)
    })
  },
  {
    name: "ORD-04 of calls in parallel, in units and without, no two get the same number",
    run: Effect.gen(function* () {
      const numbers = yield* CustomerNumbers
      const unit = yield* UnitOfWork
      const given = yield* Effect.all(
        Array.from({ length: 40 }, (_, index) => (index % 2 === 0 ? numbers.next : unit.run(numbers.next))),
        { concurrency: "unbounded" }
      )
      assert.equal(new Set(given.map(normalForm)).size, 40)
    })
  }
]

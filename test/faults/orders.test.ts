import { assert, it } from "@effect/vitest"
import { Effect, Fiber, type Layer } from "effect"
import { describe } from "vitest"
import { fulfilOrders } from "../../src/jobs/jobList.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Dump } from "../../src/testing/Dump.ts"
import { type Fault, Faults } from "../../src/testing/Faults.ts"
import { checkAll } from "../../src/testing/invariants.ts"
import { main, outcome, placed } from "../orders/world.ts"
import { mailsTo } from "../support/portal.ts"
import { pass } from "../support/scenario.ts"
import { Checkpoint, type FaultyStage, stages } from "./stage.ts"

const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(stages())

const KINDS: ReadonlyArray<Fault> = [
  { kind: "crash" },
  { kind: "interrupt" },
  { kind: "connection" },
  { kind: "serialization" }
]

/** In a fiber of its own, as if in a process that may die. */
const alone = <E, R>(effect: Effect.Effect<unknown, E, R>) =>
  Effect.flatMap(Effect.forkChild(effect), (fiber) => Fiber.await(fiber))

for (const [adapter, stage] of adapters) {
  describe(`the job of orders (${adapter})`, { timeout: 300_000 }, () => {
    for (const owner of [null, { email: "branch@example.com" }]) {
      it.live(
        owner === null
          ? "ORD-04 G-13 V-40 F-01 F-02 F-03 F-28 killed at any call of a port, the job ends with one tenant, one link, one set of mails"
          : "ORD-04 G-13 V-40 F-01 F-02 F-03 F-28 the same where somebody is invited as the first owner",
        () =>
          Effect.gen(function* () {
            const wrong: Array<string> = []
            const faults = yield* Faults
            const dump = yield* Dump
            const world = yield* main
            const order = yield* placed(world.owner, world.tenantId, { owner })
            const reset = yield* (yield* Checkpoint).take
            yield* faults.stop
            yield* fulfilOrders.run
            const calls = yield* faults.stop
            yield* reset
            // by far the most are there: taking, provisioning and settling
            assert.isAbove(calls.length, 25)
            assert.include(
              calls.map(({ port }) => port),
              "Provisioning"
            )
            for (const fault of KINDS) {
              for (const [at, { operation, port }] of calls.entries()) {
                const report = (problem: string) =>
                  wrong.push(`${fault.kind} at ${port}.${operation} (${at}): ${problem}`)
                yield* faults.plan({ fault, at })
                yield* alone(fulfilOrders.run)
                yield* faults.stop
                yield* Effect.catch(checkAll, ({ message }) => Effect.sync(() => report(message)))
                const half = yield* outcome(order)
                if ((half.order.state === "Fulfilled") !== (half.subs === 1)) report("half done")
                // whoever takes over waits for the lease, or for the next try
                for (let tries = 0; tries < 3; tries++) {
                  yield* pass("3 minutes")
                  yield* fulfilOrders.run
                }
                const { link, order: after, subs, tenant } = yield* outcome(order)
                if (after.state !== "Fulfilled" || subs !== 1 || link?.subId !== tenant?.id) {
                  report(`${after.state} with ${subs} subs`)
                }
                const kinds = [...(yield* mailsTo("owner@example.com")), ...(yield* mailsTo("branch@example.com"))].map(
                  ({ kind }) => kind
                )
                const expected = ["orders.placed", "orders.ready", ...(owner === null ? [] : ["invitations.invited"])]
                if (kinds.join() !== expected.join()) report(`mails ${kinds.join()}`)
                const { tenants } = yield* Effect.orDie(dump.read)
                if (tenants.length !== 2) report(`${tenants.length} tenants`)
                yield* Effect.catch(checkAll, ({ message }) => Effect.sync(() => report(message)))
                yield* reset
              }
            }
            assert.deepStrictEqual(wrong, [])
          }).pipe(Effect.provide(stage))
      )
    }
  })
}

import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import * as Requests from "../../src/requests/index.ts"
import { storage } from "../support/adapters.ts"
import { as } from "../support/portal.ts"
import { askFourEyes, askRename, crew, withKinds, world } from "./world.ts"

let seen: Array<string> = []
const stores = storage(migrations, { onStatement: (operation) => void seen.push(operation) })
const portal = withKinds(Layer.provideMerge(Kysely.layer, stores["better-sqlite3"]))

/** The statements of an effect, by their operations. */
const statementsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    seen = []
    return Effect.map(Effect.exit(effect), () => seen)
  })

/** Whether somebody may have to wait for it. */
const locks = (operation: string): boolean => operation.endsWith("ForUpdate") || operation === "staff.hold"

describe("statements of requests", () => {
  it.effect(
    "STO-06 REQ-08 what waits is one statement, and each use case needs those that are written here, and strangers lock nothing",
    () =>
      Effect.gen(function* () {
        const { asker, member, other, owner, tenantId } = yield* world()
        const supervisor = yield* crew("supervisor", "supervisor")
        const unit = (...operations: ReadonlyArray<string>) => ["begin", ...operations, "commit"]
        const ask = askRename({ asker: { id: asker.id, email: asker.email }, payload: { tenantId, name: "x" } }).pipe(
          as(asker.actor)
        )
        assert.deepStrictEqual(
          yield* statementsOf(ask),
          unit("request.sameAs", "request.insert", "request.entitled", "event.append", "outbox.append")
        )
        assert.deepStrictEqual(yield* statementsOf(Requests.waiting({}).pipe(as(owner.actor))), ["request.waiting"])
        assert.deepStrictEqual(yield* statementsOf(Requests.waiting({}).pipe(as(supervisor.staff))), [
          "request.waiting"
        ])
        assert.deepStrictEqual(yield* statementsOf(Requests.mine({}).pipe(as(asker.actor))), ["request.mine"])
        const { id } = yield* ask
        assert.deepStrictEqual(
          yield* statementsOf(Requests.refuse({ requestId: id, version: 1, reason: "No" }).pipe(as(owner.actor))),
          unit(
            "request.find",
            "membership.accessFacts",
            "tenant.findForUpdate",
            "membership.accessFactsOf",
            "request.findForUpdate",
            "request.entitled",
            "request.save",
            "event.append",
            "outbox.append"
          )
        )
        const toStaff = yield* askFourEyes({
          asker: { id: asker.id, email: asker.email },
          payload: { tenantId, name: "x" }
        }).pipe(as(asker.actor))
        assert.deepStrictEqual(
          yield* statementsOf(Requests.approve({ requestId: toStaff.id, version: 1 }).pipe(as(supervisor.staff))),
          unit(
            "request.find",
            "staff.hold",
            "request.findForUpdate",
            "request.entitled",
            "request.save",
            "event.append"
          )
        )
        // who has nothing to do with it makes nobody wait
        yield* TestClock.adjust("25 hours")
        const { id: third } = yield* ask
        for (const who of [asker, member, other]) {
          for (const decide of [
            Requests.approve({ requestId: third, version: 1 }).pipe(as(who.actor)),
            Requests.refuse({ requestId: third, version: 1, reason: "No" }).pipe(as(who.actor)),
            Requests.approve({ requestId: toStaff.id, version: 1 }).pipe(as(who.actor))
          ]) {
            const operations = yield* statementsOf(decide)
            assert.include(operations, "request.find")
            assert.deepStrictEqual(operations.filter(locks), [], operations.join())
          }
        }
        const dead = Requests.approve({ requestId: third, version: 1 }).pipe(as({ ...owner.actor, credentialEpoch: 7 }))
        assert.deepStrictEqual((yield* statementsOf(dead)).filter(locks), [])
        const agent = yield* crew("agent", "agent")
        const above = Requests.approve({ requestId: toStaff.id, version: 1 }).pipe(as(agent.staff))
        assert.deepStrictEqual((yield* statementsOf(above)).filter(locks), [])
        for (const who of [owner, member, other]) {
          assert.deepStrictEqual(
            (yield* statementsOf(Requests.withdraw({ requestId: third }).pipe(as(who.actor)))).filter(locks),
            []
          )
        }
        const remind = Requests.remindDue({ limit: 100 }).pipe(Actor.provide(Actor.job("test")))
        assert.deepStrictEqual(yield* statementsOf(remind), unit("request.dueReminders"))
      }).pipe(Effect.provide(portal))
  )
})

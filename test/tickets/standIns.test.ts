import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Requests from "../../src/requests/index.ts"
import { Work } from "../../src/tickets/desk/index.ts"
import { Tickets } from "../../src/tickets/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, type Portal, withKernel } from "../support/portal.ts"
import { tagOf } from "../tenants/world.ts"
import { crew, customer, readBy, submitted } from "./desk/world.ts"

const aWeek = Effect.map(Instant.now, (now) => Instant.plus(now, "7 days"))

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const run = <A, E>(effect: Effect.Effect<A, E, Portal>) => Effect.provide(effect, portal)

  describe(`who stands in for somebody (${adapter})`, () => {
    it.effect("R-TI-13 a deputy decides requests, and reads no ticket of their principal nor of the tenant", () =>
      run(
        Effect.gen(function* () {
          const ada = yield* customer("ada")
          const bob = yield* customer("bob")
          const { id: tenantId } = yield* given.tenant(ada.account)
          yield* given.member(tenantId, bob.account, ["member"])
          const own = (yield* submitted(ada, { description: "A secret walrus" })).ticketId
          const ofTenant = (yield* submitted(ada, { description: "A secret walrus", tenantId })).ticketId
          const reach = Effect.gen(function* () {
            const tags = [
              yield* tagOf(Tickets.get({ ticketId: own }).pipe(as(bob.actor))),
              yield* tagOf(Tickets.get({ ticketId: ofTenant }).pipe(as(bob.actor))),
              yield* tagOf(Tickets.history({ ticketId: ofTenant }).pipe(as(bob.actor))),
              yield* tagOf(Tickets.answer({ ticketId: ofTenant, text: "In her place" }).pipe(as(bob.actor))),
              yield* tagOf(Tickets.close({ ticketId: own }).pipe(as(bob.actor))),
              yield* tagOf(Tickets.ofTenant({ tenantId }).pipe(as(bob.actor)))
            ]
            const found = yield* Tickets.mine({ search: "walrus" }).pipe(as(bob.actor))
            const texts = [...(yield* readBy(bob, own)), ...(yield* readBy(bob, ofTenant))]
            return { tags, found: found.items.length, texts }
          })
          const before = yield* reach
          assert.deepStrictEqual(before, {
            tags: ["NotFound", "NotFound", "NotFound", "NotFound", "NotFound", "NotAllowed"],
            found: 0,
            texts: []
          })
          yield* Requests.nameDeputy({ deputyId: bob.id, tenantId, until: yield* aWeek }).pipe(as(ada.actor))
          assert.deepStrictEqual(yield* reach, before)
          // what is written meanwhile reaches the principal alone
          const agent = yield* crew("agent", "agent")
          yield* Work.reply({ ticketId: ofTenant, text: "An answer about the walrus" }).pipe(as(agent.actor))
          assert.include(JSON.stringify(yield* mailsTo(ada.email)), "walrus")
          assert.notInclude(JSON.stringify(yield* mailsTo(bob.email)), "walrus")
          assert.deepStrictEqual(yield* reach, before)
        })
      )
    )

    it.effect("R-TI-13 who stands in for a supervisor has no more of the desk than an agent", () =>
      run(
        Effect.gen(function* () {
          const chief = yield* crew("chief", "supervisor")
          const agent = yield* crew("agent", "agent")
          const { ticketId } = yield* submitted(yield* customer("ada"))
          yield* Requests.nameDeputy({ deputyId: agent.id, until: yield* aWeek }).pipe(as(chief.actor))
          yield* Work.markSpam({ ticketId }).pipe(as(agent.actor))
          assert.strictEqual(yield* tagOf(Work.unmarkSpam({ ticketId }).pipe(as(agent.actor))), "NotAllowed")
          assert.strictEqual(yield* tagOf(Work.unmarkSpam({ ticketId }).pipe(as(chief.actor))), "ok")
        })
      )
    )
  })
})

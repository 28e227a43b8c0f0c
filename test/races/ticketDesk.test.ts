import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import type { TicketId } from "../../src/kernel/ids.ts"
import { Merging, Work } from "../../src/tickets/desk/index.ts"
import { Tickets } from "../../src/tickets/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { job } from "../support/scenario.ts"
import { tags } from "../tenants/world.ts"
import { type Crew, changesFor, crew, customer, merged, readBy, stored, submitted } from "../tickets/desk/world.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withKernel({
  limits: {
    ticketsPerAccount: unlimited,
    ticketStepsPerAccount: unlimited,
    ticketMailPerAddress: unlimited,
    ticketMailPerSource: unlimited
  },
  serviceLevels: { targets: [{ firstAnswer: "0 millis", nextAnswer: "0 millis", resolution: "0 millis" }] }
})

const people = Effect.gen(function* () {
  const one = yield* crew("one", "agent")
  const other = yield* crew("other", "agent")
  const ada = yield* customer("ada")
  const bob = yield* customer("bob")
  return { one, other, ada, bob }
})

const prepared = (who: Crew, ticketId: TicketId, intoId: TicketId) =>
  Effect.map(Merging.previewMerge({ ticketId, intoId, history: "own" }).pipe(as(who.actor)), ({ fingerprint }) =>
    Merging.merge({ ticketId, intoId, history: "own", confirmed: fingerprint }).pipe(as(who.actor))
  )

type Anything = Effect.Effect<unknown, { readonly _tag: string }, Portal>

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(kernel, layer)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const count = adapter === "postgres" ? rounds(200, 2000) : rounds(10, 200)
  type People = Effect.Success<typeof people>

  const inRounds = <A, E>(round: (people: People, n: number) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      const everybody = yield* people
      for (let n = 0; n < count; n++) yield* round(everybody, n)
    }).pipe(Effect.provide(portal))

  describe(`races at the desk (${adapter})`, { timeout: 300_000 }, () => {
    it.live("TIC-10 of two who take a ticket at the same time one has it, and the other one is told who", () =>
      inRounds(({ ada, one, other }) =>
        Effect.gen(function* () {
          const { ticketId } = yield* submitted(ada)
          const results = yield* race<unknown, { readonly _tag: string }, Portal>([
            Work.take({ ticketId }).pipe(as(one.actor)),
            Work.take({ ticketId }).pipe(as(other.actor))
          ])
          assert.sameMembers(tags(results), ["ok", "TicketTaken"])
          const winner = results[0]?._tag === "Success" ? one : other
          assert.strictEqual((yield* stored(ticketId)).assigneeId, winner.id)
        })
      )
    )

    it.live("TIC-10 of merging A into B and B into A at the same time one goes through", () =>
      inRounds(({ ada, bob, one, other }) =>
        Effect.gen(function* () {
          const { ticketId: a } = yield* submitted(ada)
          const { ticketId: b } = yield* submitted(bob)
          const race1: Anything = yield* prepared(one, a, b)
          const race2: Anything = yield* prepared(other, b, a)
          assert.sameMembers(tags(yield* race([race1, race2])), ["ok", "TicketMerged"])
          const into = [(yield* stored(a)).mergedInto, (yield* stored(b)).mergedInto]
          assert.strictEqual(into.filter((one) => one === null).length, 1)
        })
      )
    )

    it.live(
      "TIC-10 V-30 an answer that comes while its ticket is merged is in one of the two, once, and read as was confirmed",
      () =>
        inRounds(({ ada, bob, one }) =>
          Effect.gen(function* () {
            const { ticketId: a } = yield* submitted(ada)
            const { ticketId: b } = yield* submitted(bob)
            const merging: Anything = yield* prepared(one, a, b)
            const answering: Anything = Tickets.answer({ ticketId: a, text: "Late" }).pipe(as(ada.actor))
            const [merge, answer] = yield* race([merging, answering])
            assert.strictEqual(answer?._tag, "Success")
            const mine = yield* readBy(ada, merge?._tag === "Success" ? b : a)
            assert.strictEqual(mine.filter((text) => text === "Late").length, 1)
            // nobody has confirmed that Bob reads what came before the merge
            const seen = (yield* readBy(bob, b)).includes("Late")
            if (merge?._tag === "Failure") {
              assert.strictEqual(merge.failure._tag, "SightNotConfirmed")
              assert.isFalse(seen)
            } else assert.isTrue(seen)
          })
        )
    )

    it.live(
      "TIC-10 V-30 an answer that comes while a merge is undone is in one of the two, and nobody is left with what is not theirs",
      () =>
        inRounds(({ ada, bob, one }) =>
          Effect.gen(function* () {
            const { ticketId: a } = yield* submitted(ada)
            const { ticketId: b } = yield* submitted(bob)
            yield* merged(one, a, b)
            const [undone, answer] = yield* race<unknown, { readonly _tag: string }, Portal>([
              Merging.undoMerge({ ticketId: a }).pipe(as(one.actor)),
              Tickets.answer({ ticketId: a, text: "Late" }).pipe(as(ada.actor))
            ])
            assert.deepStrictEqual([undone?._tag, answer?._tag], ["Success", "Success"])
            const own = yield* readBy(ada, a)
            const others = yield* readBy(bob, b)
            // before the undoing it was said in the target, where it stays; after it in the source
            assert.strictEqual([...own, ...others].filter((text) => text === "Late").length, 1)
            assert.deepStrictEqual(yield* readBy(ada, b), [])
            assert.deepStrictEqual(yield* readBy(bob, a), [])
          })
        )
    )

    it.live("TIC-12 G-13 of several nodes that look at the clocks at the same time one records", () =>
      inRounds(({ ada, one }, n) =>
        Effect.gen(function* () {
          if (n >= 50) return
          const { ticketId } = yield* submitted(ada)
          const look = Work.reviewClocks({ ticketId }).pipe(job)
          yield* race([look, look, look])
          const happened = (yield* changesFor(one, ticketId)).filter((what) => what.startsWith("clock"))
          // of the first answer and of the resolution
          assert.deepStrictEqual([...happened].sort(), ["clockBreached", "clockBreached", "clockWarned", "clockWarned"])
        })
      )
    )
  })
})

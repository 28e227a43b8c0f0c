import { assert, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { describe } from "vitest"
import * as Actor from "../../src/kernel/Actor.ts"
import { InboundRepository } from "../../src/mail/inbound/InboundRepository.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { Inbound, Tickets } from "../../src/tickets/index.ts"
import { plain } from "../mime/compose.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { tags } from "../tenants/world.ts"
import { crew, customer, merged, submitted } from "../tickets/desk/world.ts"
import { replyAddress } from "../tickets/inboundWorld.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const limits = {
  inboundPerAddress: unlimited,
  inboundPerParticipant: unlimited,
  answersPerPair: unlimited,
  ticketsPerAccount: unlimited,
  ticketStepsPerAccount: unlimited
}

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = MailKinds.layer(...mailKinds).pipe(
    Layer.provideMerge(withKernel({ limits })),
    Layer.provideMerge(storage)
  )
  // a unit that runs into a deadlock is not repeated here, and so does not stay unseen
  const once = MailKinds.layer(...mailKinds).pipe(
    Layer.provideMerge(withKernel({ limits, unitAttempts: 1 })),
    Layer.provideMerge(storage)
  )
  const times = adapter === "postgres" ? rounds(15, 300) : rounds(5, 50)

  describe(`mail that comes in several times at once (${adapter})`, () => {
    it.live("MIN-01 MIN-06 is taken once, and the others are repeats of it", () =>
      Effect.gen(function* () {
        const inbound = yield* InboundRepository
        for (let round = 0; round < times; round++) {
          const raw = Inbound.encode(plain(`words ${round}`, { "Message-ID": `<${round}@example.com>` }))
          const feed = Inbound.receive({ raw, recipient: "support@localhost.localdomain" }).pipe(
            Actor.provide(Actor.job("inbound"))
          )
          const ends = yield* race([feed, feed, feed])
          const outcomes = ends.map((end) => (Result.isSuccess(end) ? end.success.outcome : end.failure._tag)).sort()
          assert.deepStrictEqual(outcomes, ["Duplicate", "Duplicate", "NewTicket"])
        }
        const { Duplicate, NewTicket } = yield* inbound.counts()
        assert.deepStrictEqual([NewTicket, Duplicate], [times, 2 * times])
      }).pipe(Effect.provide(portal))
    )

    it.live("TIC-10 an answer by mail to a merged ticket waits for others of both tickets in the same order", () =>
      Effect.gen(function* () {
        const agent = yield* crew("agent", "agent")
        const ada = yield* customer("ada")
        const { ticketId: older } = yield* submitted(ada)
        const { ticketId: younger } = yield* submitted(ada)
        const recipient = yield* replyAddress(younger, ada.email)
        // the one that goes on has the smaller id
        yield* merged(agent, younger, older)
        for (let round = 0; round < times; round++) {
          const raw = Inbound.encode(
            plain(`words ${round}`, { "Message-ID": `<${round}@example.com>`, From: ada.email })
          )
          const ends = yield* race<unknown, { readonly _tag: string }, Layer.Success<typeof once>>([
            Inbound.receive({ raw, recipient }).pipe(Actor.provide(Actor.job("inbound"))),
            Tickets.answer({ ticketId: younger, text: `more ${round}` }).pipe(as(ada.actor))
          ])
          assert.deepStrictEqual(tags(ends), ["ok", "ok"])
        }
      }).pipe(Effect.provide(once))
    )
  })
})

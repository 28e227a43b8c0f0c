import { assert, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { describe } from "vitest"
import * as Actor from "../../src/kernel/Actor.ts"
import { InboundRepository } from "../../src/mail/inbound/InboundRepository.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { Inbound } from "../../src/tickets/index.ts"
import { plain } from "../mime/compose.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { everyPort, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = MailKinds.layer(...mailKinds).pipe(
    Layer.provideMerge(withKernel({ limits: { inboundPerAddress: unlimited, answersPerPair: unlimited } })),
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
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Result, Schema } from "effect"
import { describe } from "vitest"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { EventId, nextId } from "../../src/kernel/ids.ts"
import * as Links from "../../src/kernel/Links.ts"
import * as UseCase from "../../src/kernel/UseCase.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, signedIn, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"

const PURPOSE: Links.LinkPurpose = { name: "test.token", path: "/test" }

/** Uses up a link, which a second one meets as `LinkUnusable`, and answers something new each time it is done. */
const consume = UseCase.command({
  name: "test.consume",
  summary: "Uses up a link.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ secret: Links.LinkSecret }),
  output: Schema.Struct({ receipt: EventId }),
  errors: [Links.LinkUnusable],
  unit: Effect.fnUntraced(function* ({ secret }, unit) {
    const link = yield* Links.open(PURPOSE, secret, unit.now)
    yield* Links.redeem(link, unit.now)
    const receipt = yield* nextId(EventId)
    unit.record({ type: "test.consumed", subject: { kind: "receipt", id: receipt } })
    return { receipt }
  })
})

const PARTIES = 8
const ROUNDS = rounds(20, 200)

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel({ unitAttempts: 20 }), storage)

  describe(`the same call many times at once (${adapter})`, () => {
    const play = Effect.fnUntraced(function* (keyOf: (round: number, party: number) => string) {
      const ada = yield* signedIn(yield* given.account("ada@example.com"))
      const answers: Array<ReadonlyArray<Result.Result<string, string>>> = []
      for (let round = 0; round < ROUNDS; round++) {
        const { secret } = yield* Links.issue(PURPOSE, {
          subject: `s-${round}`,
          email: EmailAddress.make("ada@example.com"),
          now: yield* Instant.now,
          lifetime: "1 hour"
        })
        const results = yield* race(
          Array.from({ length: PARTIES }, (_, party) =>
            consume({ secret }, { idempotencyKey: keyOf(round, party) }).pipe(as(ada))
          )
        )
        answers.push(
          results.map(
            Result.mapBoth({ onFailure: (error): string => error._tag, onSuccess: ({ receipt }): string => receipt })
          )
        )
      }
      const events = yield* EventRepository
      return { answers, done: (yield* events.unsealed(10_000)).length }
    })

    it.live("G-04 V-08 V-40 under one key it is done once, and everybody gets the same answer", () =>
      Effect.gen(function* () {
        const { answers, done } = yield* play((round) => `key-${round}`)
        assert.strictEqual(done, ROUNDS)
        for (const round of answers) {
          const receipts = round.map((answer) => Result.getOrElse(answer, (tag) => assert.fail(tag)))
          assert.strictEqual(new Set(receipts).size, 1)
        }
      }).pipe(Effect.provide(portal))
    )

    it.live("G-04 V-08 under a key each one gets it done, and the others learn that the link is used", () =>
      Effect.gen(function* () {
        const { answers, done } = yield* play((round, party) => `key-${round}-${party}`)
        assert.strictEqual(done, ROUNDS)
        for (const round of answers) {
          assert.strictEqual(round.filter(Result.isSuccess).length, 1)
          for (const answer of round) {
            assert.include([undefined, "LinkUnusable"], Option.getOrUndefined(Result.getFailure(answer)))
          }
        }
      }).pipe(Effect.provide(portal))
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { EmailChanges, Profiles, Sessions } from "../../src/accounts/index.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Claims } from "../../src/tickets/index.ts"
import { grace, newcomer, passwords, signedInBy, signIn } from "../accounts/newcomers.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { byNumber, submitted } from "./world.ts"

const fresh = "grace@private.example"

type Session = { readonly actor: Actor.Account }

const entered = (email: string) => Effect.flatMap(signIn(passwords.first, email), signedInBy)

/** Moves the account of a session to another address. */
const move = Effect.fnUntraced(function* ({ actor }: Session, email: string) {
  yield* EmailChanges.ask({ email }).pipe(as(actor))
  const secret = yield* newestSecret(email)
  const { token } = yield* EmailChanges.confirm({ secret }).pipe(as(actor))
  return yield* Sessions.authenticate(token)
})

const offered = ({ actor }: Session) => Claims.claimable({}).pipe(as(actor))
const claim = ({ actor }: Session, ticketId: string) => Claims.claim({ ticketIds: [ticketId] }).pipe(as(actor))

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: Parameters<typeof withKernel>[0] = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`claims by an address that was gained (${adapter})`, () => {
    it.effect(
      "TIC-06 REG-09 an address gained by a change claims after 24 hours, at the millisecond; before, the refusal names the time",
      proving(
        Effect.gen(function* () {
          const { id } = yield* byNumber((yield* submitted(fresh)).number)
          yield* newcomer()
          const before = yield* entered(grace)
          assert.deepStrictEqual(yield* offered(before), { items: [], more: false, from: null })
          const me = yield* move(before, fresh)
          const from = Instant.plus(yield* Instant.now, "24 hours")
          assert.deepStrictEqual(yield* offered(me), { items: [], more: false, from })
          assert.deepInclude(yield* Effect.flip(claim(me, id)), { _tag: "AddressTooNew", from })
          assert.strictEqual((yield* Profiles.read({}).pipe(as(me.actor))).addressSettlesAt, from)
          yield* TestClock.adjust("86399999 millis")
          const almost = yield* entered(fresh)
          assert.deepStrictEqual((yield* offered(almost)).items, [])
          assert.deepInclude(yield* Effect.flip(claim(almost, id)), { _tag: "AddressTooNew", from })
          yield* TestClock.adjust("1 millis")
          const now = yield* offered(almost)
          assert.deepStrictEqual([now.items.map(({ ticketId }) => ticketId), now.from], [[id], null])
          assert.isNull((yield* Profiles.read({}).pipe(as(almost.actor))).addressSettlesAt)
          assert.deepStrictEqual(yield* claim(almost, id), { claimed: 1 })
        })
      )
    )

    it.effect(
      "TIC-06 the address that an account registered with claims at once, and each change begins the time anew",
      proving(
        Effect.gen(function* () {
          const { id } = yield* byNumber((yield* submitted(grace)).number)
          yield* newcomer()
          const here = yield* entered(grace)
          assert.deepStrictEqual(
            (yield* offered(here)).items.map(({ ticketId }) => ticketId),
            [id]
          )
          const away = yield* move(here, fresh)
          yield* TestClock.adjust("23 hours")
          // back at the first one, which is gained by a change now
          const back = yield* move(yield* entered(fresh), grace)
          assert.deepInclude(yield* Effect.flip(claim(back, id)), {
            _tag: "AddressTooNew",
            from: Instant.plus(yield* Instant.now, "24 hours")
          })
          assert.strictEqual(away.actor.accountId, back.actor.accountId)
        })
      )
    )

    it.effect(
      "TIC-06 G-12 how long that is is a setting",
      proving(
        Effect.gen(function* () {
          const { id } = yield* byNumber((yield* submitted(fresh)).number)
          yield* newcomer()
          const me = yield* move(yield* entered(grace), fresh)
          yield* TestClock.adjust("59 minutes")
          assert.strictEqual((yield* Effect.flip(claim(me, id)))._tag, "AddressTooNew")
          yield* TestClock.adjust("1 minute")
          assert.deepStrictEqual(yield* claim(me, id), { claimed: 1 })
        }),
        { emailChange: { settling: "1 hour" } }
      )
    )
  })
})

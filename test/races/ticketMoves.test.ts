import { assert, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { describe } from "vitest"
import { EmailChanges, Sessions } from "../../src/accounts/index.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import type { TicketId } from "../../src/kernel/ids.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { Moves, Participants } from "../../src/tickets/index.ts"
import { enter, person } from "../accounts/people.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, newestSecret, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { tags } from "../tenants/world.ts"
import { feed, replyAddress, written } from "../tickets/inboundWorld.ts"
import { own, type Person, stored, textsFor } from "../tickets/world.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withKernel({
  limits: {
    ticketsPerAccount: unlimited,
    ticketStepsPerAccount: unlimited,
    ticketParticipantsPerAccount: unlimited,
    inboundPerAddress: unlimited,
    inboundPerParticipant: unlimited,
    answersPerPair: unlimited,
    linkPerSource: unlimited,
    mailPerAddress: unlimited,
    mailPerSource: unlimited
  }
})

/** Asks for another address; what is answered confirms it. */
const asked = Effect.fnUntraced(function* (who: Person, email: string) {
  yield* EmailChanges.ask({ email }).pipe(as(who.actor))
  const secret = yield* newestSecret(email)
  return Effect.gen(function* () {
    const { token } = yield* EmailChanges.confirm({ secret }).pipe(as(who.actor))
    return { ...who, actor: (yield* Sessions.authenticate(token)).actor }
  })
})

const follow = ({ account }: Person) =>
  Moves.followAccount({ accountId: account.id }).pipe(Actor.provide(Actor.job("tickets.followAccounts")))

const rowsOf = (ticketId: TicketId, who: Person) =>
  Effect.map(stored(ticketId), ({ participants }) => participants.filter((one) => one.accountId === who.account.id))

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = MailKinds.layer(...mailKinds).pipe(Layer.provideMerge(kernel), Layer.provideMerge(storage))
  type Stage = Layer.Success<typeof portal>
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(40, 400) : rounds(5, 50)

  const inRounds = <A, E>(
    round: (n: number, ada: Person, bob: Person) => Effect.Effect<readonly [Person, A], E, Stage>
  ) =>
    Effect.gen(function* () {
      const [of, other] = [yield* person("ada@example.com"), yield* person("bob@example.com")]
      let ada: Person = { account: of, actor: (yield* enter(of.email)).actor }
      const bob: Person = { account: other, actor: (yield* enter(other.email)).actor }
      for (let n = 0; n < times; n++) ada = (yield* round(n, ada, bob))[0]
    }).pipe(Effect.provide(portal))

  const shared = Effect.fnUntraced(function* (bob: Person, email: string) {
    const { ticketId } = yield* own(bob)
    yield* Participants.addParticipants({ ticketId, people: [{ email }] }).pipe(as(bob.actor))
    return ticketId
  })
  const addressOf = (n: number) => (n === 0 ? "ada@example.com" : `ada${n}@private.example`)

  describe(`races of tickets that follow an account (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "REG-09 V-31 an answer from the former mailbox counts before the ticket has followed, and never after",
      () =>
        inRounds((n, before) =>
          Effect.gen(function* () {
            const { ticketId } = yield* own(before)
            const recipient = yield* replyAddress(ticketId, addressOf(n))
            const ada = yield* yield* asked(before, addressOf(n + 1))
            const ends = yield* race<unknown, { readonly _tag: string }, Stage>([
              follow(ada),
              feed(written(addressOf(n), `words ${n}`), { recipient })
            ])
            assert.deepStrictEqual(tags(ends), ["ok", "ok"])
            const [row] = yield* rowsOf(ticketId, ada)
            assert.deepStrictEqual([row?.email as string, row?.tokenVersion], [addressOf(n + 1), 2])
            const end = ends[1] !== undefined && Result.isSuccess(ends[1]) ? ends[1].success : undefined
            const texts = yield* textsFor(ada, ticketId)
            assert.deepInclude(end, { outcome: texts.includes(`words ${n}`) ? "Threaded" : "Held" })
            assert.strictEqual((yield* feed(written(addressOf(n), "late"), { recipient })).outcome, "Held")
            return [ada, null] as const
          })
        )
    )

    it.live("REG-09 TIC-07 who is removed while the ticket follows is removed, at the new address", () =>
      inRounds((n, before, bob) =>
        Effect.gen(function* () {
          const ticketId = yield* shared(bob, addressOf(n))
          const [part] = yield* rowsOf(ticketId, before)
          const ada = yield* yield* asked(before, addressOf(n + 1))
          const ends = yield* race<unknown, { readonly _tag: string }, Stage>([
            follow(ada),
            Participants.removeParticipant({ ticketId, participantId: part?.id ?? "" }).pipe(as(bob.actor))
          ])
          assert.deepStrictEqual(tags(ends), ["ok", "ok"])
          const [row, ...more] = yield* rowsOf(ticketId, ada)
          assert.deepStrictEqual(
            [row?.email as string, row?.removedAt === null, more.length],
            [addressOf(n + 1), false, 0]
          )
          assert.strictEqual((yield* Effect.flip(textsFor(ada, ticketId)))._tag, "NotFound")
          return [ada, null] as const
        })
      )
    )

    it.live("REG-09 of a second change while the ticket follows the first one, the second counts", () =>
      inRounds((n, before, bob) =>
        Effect.gen(function* () {
          const ticketId = yield* shared(bob, addressOf(n))
          const between = yield* yield* asked(before, `between${n}@private.example`)
          const confirm = yield* asked(between, addressOf(n + 1))
          const ends = yield* race<unknown, { readonly _tag: string }, Stage>([
            follow(between),
            confirm,
            follow(between)
          ])
          assert.deepStrictEqual(tags(ends), ["ok", "ok", "ok"])
          const confirmed = ends[1]
          if (confirmed === undefined || Result.isFailure(confirmed)) throw new Error("not confirmed")
          // what the second effect answers
          const ada = confirmed.success as Person
          const [first] = yield* rowsOf(ticketId, ada)
          assert.include([addressOf(n), `between${n}@private.example`, addressOf(n + 1)], first?.email as string)
          yield* follow(ada)
          const [row, ...more] = yield* rowsOf(ticketId, ada)
          assert.deepStrictEqual([row?.email as string, row?.removedAt, more.length], [addressOf(n + 1), null, 0])
          return [ada, null] as const
        })
      )
    )
  })
})

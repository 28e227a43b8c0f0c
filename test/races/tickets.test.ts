import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import type { TicketId } from "../../src/kernel/ids.ts"
import { Claims, Participants, Tickets } from "../../src/tickets/index.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, mailsTo, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { tags } from "../tenants/world.ts"
import {
  answer,
  byNumber,
  eventsAbout,
  get,
  marked,
  own,
  type Person,
  person,
  resolvedByStaff,
  staffWrites,
  stored,
  submitted,
  textsFor
} from "../tickets/world.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withKernel({
  limits: {
    ticketsPerSource: unlimited,
    ticketsPerAccount: unlimited,
    ticketMailPerAddress: unlimited,
    ticketMailPerSource: unlimited,
    ticketStepsPerAccount: unlimited,
    ticketParticipantsPerAccount: unlimited
  },
  // closed at once, where a test says so
  tickets: { closeAfter: "0 millis" }
})

const add = (who: Person, ticketId: TicketId, email: string) =>
  Participants.addParticipants({ ticketId, people: [{ email }] }).pipe(as(who.actor))

/** The numbers of messages and of lines of the history count up without gaps or doubles, whatever came at the same time. */
const inOrder = Effect.fnUntraced(function* (who: Person, ticketId: TicketId, messages: number) {
  const { ticket } = yield* stored(ticketId)
  assert.strictEqual(ticket.lastMessage, messages)
  assert.strictEqual((yield* textsFor(who, ticketId)).length, messages)
})

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(kernel, layer)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const enough = adapter === "postgres" ? rounds(200, 2000) : rounds(20, 400)

  const inRounds = <A, E>(round: (n: number, ada: Person, bob: Person) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const bob = yield* person("bob")
      for (let n = 0; n < enough; n++) yield* round(n, ada, bob)
    }).pipe(Effect.provide(portal))

  describe(`races of tickets (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "TIC-09 TIC-16 of an answer and a closing at the same time both count, in an order that the table has",
      () =>
        inRounds((_, ada, bob) =>
          Effect.gen(function* () {
            const { ticketId } = yield* own(ada)
            yield* add(ada, ticketId, "bob@example.com")
            const done = yield* race<unknown, { readonly _tag: string }, Portal>([
              answer(bob, ticketId, "Wait"),
              Tickets.close({ ticketId }).pipe(as(ada.actor))
            ])
            assert.deepStrictEqual(tags(done), ["ok", "ok"])
            const { ticket } = yield* stored(ticketId)
            // closed first, the answer has opened it again; answered first, it is resolved
            assert.include(["Open", "Resolved"], ticket.state)
            yield* inOrder(ada, ticketId, 2)
          })
        )
    )

    it.live(
      "TIC-16 V-33 of two answers and one of staff at the same time none is lost, and each has a number of its own",
      () =>
        inRounds((n, ada, bob) =>
          Effect.gen(function* () {
            const { ticketId } = yield* own(ada)
            yield* add(ada, ticketId, "bob@example.com")
            const write = Effect.retry(staffWrites(ticketId, `staff ${n}`), { times: 8 })
            const done = yield* race<unknown, { readonly _tag: string }, Portal>([
              answer(ada, ticketId, `ada ${n}`),
              answer(bob, ticketId, `bob ${n}`),
              write
            ])
            assert.deepStrictEqual(tags(done), ["ok", "ok", "ok"])
            yield* inOrder(ada, ticketId, 4)
            assert.deepStrictEqual((yield* textsFor(bob, ticketId)).sort(), [`ada ${n}`, `bob ${n}`, `staff ${n}`])
          })
        )
    )

    it.live(
      "TIC-16 G-06 whoever reads on while others write misses no message, and none comes before what they have read",
      () =>
        Effect.gen(function* () {
          const tickets = yield* TicketRepository
          const ada = yield* person("ada")
          const people = yield* Effect.forEach([1, 2, 3, 4, 5, 6, 7], (n) => person(`friend${n}`))
          const { ticketId } = yield* own(ada)
          for (const { account } of people) yield* add(ada, ticketId, account.email)
          const each = adapter === "postgres" ? rounds(12, 60) : rounds(3, 20)
          const writers = [ada, ...people]
          const all = 1 + writers.length * each
          const source = { ticketId, filter: { publicAfter: 0 } }
          const read: Array<number> = []
          const reader = Effect.gen(function* () {
            let after = Option.none<readonly [number, string]>()
            let quiet = 0
            // a message that has slipped behind the cursor never comes: then the reader gives up
            while (read.length < all && quiet < 100) {
              const page = (yield* tickets.messagesOf([source], { after, limit: 2 })).slice(0, 2)
              const last = page.at(-1)
              read.push(...page.map(({ seq }) => seq))
              if (last !== undefined) after = Option.some([last.createdAt, last.id])
              quiet = last === undefined ? quiet + 1 : 0
              if (last === undefined) yield* Effect.sleep("20 millis")
            }
          })
          const write = (who: Person) =>
            Effect.forEach(
              Array.from({ length: each }, (_, n) => n),
              (n) => Effect.retry(answer(who, ticketId, `message ${n}`), { times: 20 }),
              { discard: true }
            )
          const done = yield* race<unknown, { readonly _tag: string }, Portal>([...writers.map(write), reader])
          assert.deepStrictEqual([...new Set(tags(done))], ["ok"])
          assert.deepStrictEqual(
            read,
            Array.from({ length: all }, (_, n) => n + 1)
          )
        }).pipe(Effect.provide(portal))
    )

    it.live("TIC-06 of two claims of the same ticket at the same time one counts", () =>
      Effect.gen(function* () {
        for (let n = 0; n < enough; n++) {
          const email = `grace${n}@example.com`
          const { id } = yield* byNumber((yield* submitted(email)).number)
          const grace = yield* person(`grace${n}`)
          const claim = Claims.claim({ ticketIds: [id] }).pipe(as(grace.actor))
          const done = yield* race([claim, claim])
          const claimed = done.map((one) => (one._tag === "Success" ? one.success.claimed : -1))
          assert.deepStrictEqual(claimed.sort(), [0, 1])
          const events = (yield* eventsAbout(id)).filter(({ type }) => type === "ticket.claimed")
          // of the first rounds, as far as one look at the log goes
          if (n < 100) assert.strictEqual(events.length, 1)
        }
      }).pipe(Effect.provide(portal))
    )

    it.live(
      "TIC-07 V-30 of a removal and an answer at the same time, what is written after the removal reaches nobody who was removed",
      () =>
        inRounds((n, ada, bob) =>
          Effect.gen(function* () {
            const { ticketId } = yield* own(ada)
            yield* add(ada, ticketId, "bob@example.com")
            const { participants } = yield* stored(ticketId)
            const participantId = participants.find(({ email }) => email === "bob@example.com")?.id ?? ""
            const [said, removed] = yield* race<unknown, { readonly _tag: string }, Portal>([
              answer(bob, ticketId, `mine ${n}`),
              Participants.removeParticipant({ ticketId, participantId }).pipe(as(ada.actor))
            ])
            assert.strictEqual(removed?._tag, "Success")
            if (said?._tag === "Failure") assert.strictEqual(said.failure._tag, "NotFound")
            yield* inOrder(ada, ticketId, said?._tag === "Success" ? 2 : 1)
            yield* answer(ada, ticketId, `secret ${n}`)
            assert.strictEqual((yield* Effect.flip(get(bob, ticketId)))._tag, "NotFound")
            const last = (yield* mailsTo("bob@example.com")).map(({ values }) => JSON.stringify(values))
            assert.isFalse(last.some((words) => words.includes(`secret ${n}`)))
          })
        )
    )

    it.live(
      "TIC-05 TIC-09 of two answers to a closed ticket at the same time one makes the follow-up, and both stand in it",
      () =>
        inRounds((n, ada, bob) =>
          Effect.gen(function* () {
            const { ticketId } = yield* own(ada)
            yield* add(ada, ticketId, "bob@example.com")
            yield* resolvedByStaff(ticketId)
            yield* marked(ticketId, { state: "Closed" })
            const done = yield* race([answer(ada, ticketId, `ada ${n}`), answer(bob, ticketId, `bob ${n}`)])
            const where = new Set(done.map((one) => (one._tag === "Success" ? one.success.ticketId : one.failure._tag)))
            assert.strictEqual(where.size, 1, [...where].join())
            const [followUp] = done
            if (followUp?._tag !== "Success") return
            assert.notStrictEqual(followUp.success.ticketId, ticketId)
            yield* inOrder(ada, followUp.success.ticketId, 2)
          })
        )
    )

    it.live("TIC-07 of two who add the same person at the same time one does, and the person takes part once", () =>
      inRounds((n, ada) =>
        Effect.gen(function* () {
          const { ticketId } = yield* own(ada)
          const email = `eve${n}@example.com`
          const done = yield* race([add(ada, ticketId, email), add(ada, ticketId, email)])
          const added = done.map((one) => (one._tag === "Success" ? one.success.added : -1))
          assert.deepStrictEqual(added.sort(), [0, 1])
          assert.strictEqual((yield* stored(ticketId)).participants.length, 2)
          assert.strictEqual((yield* mailsTo(email)).length, 1)
        })
      )
    )
  })
})

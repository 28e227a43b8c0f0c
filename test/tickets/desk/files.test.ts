import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import type { FileId, TicketId } from "../../../src/kernel/ids.ts"
import { Desk, Merging, Work } from "../../../src/tickets/desk/index.ts"
import { Tickets } from "../../../src/tickets/index.ts"
import { forEachAdapter } from "../../support/adapters.ts"
import { as, everyPort, mailsTo, withKernel } from "../../support/portal.ts"
import { fetched, fileOf, pdf, purgeAll, scanAll, uploadedBy } from "../filesWorld.ts"
import { type Crew, type Customer, joined, stored, world } from "./world.ts"

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error): string => error._tag, onSuccess: () => "ok" })

/** What becomes of a download by each of them. */
const fetching = (people: ReadonlyArray<Customer | Crew>, fileId: FileId) =>
  Effect.forEach(people, (one) => tagOf(fetched(one, fileId)))

/** The names of the files of each message, as a customer sees them, and as staff do. */
const namesFor = ({ actor }: Customer, ticketId: TicketId) =>
  Effect.map(Tickets.messages({ ticketId, limit: 100 }).pipe(as(actor)), ({ items }) =>
    items.map(({ files }) => files.map(({ name }) => name))
  )
const filesForStaff = ({ actor }: Crew, ticketId: TicketId) =>
  Effect.map(Desk.messages({ ticketId, limit: 100 }).pipe(as(actor)), ({ items }) => items.map(({ files }) => files))

forEachAdapter(everyPort, (adapter, storage) => {
  // no scanner is there: what is uploaded is served all the same
  const portal = Layer.provideMerge(withKernel({ files: { serveUnscanned: true } }), storage)

  describe(`files of staff (${adapter})`, () => {
    it.effect(
      "TIC-13 TIC-11 R-TI-11 an answer brings its files to all who take part, and those of a note stay with staff",
      () =>
        Effect.gen(function* () {
          const { ada, agent, bob, chief, ticketId } = yield* world
          yield* joined(ada, ticketId, bob)
          const [first, second, secret, others] = [
            yield* uploadedBy(agent, "plan.pdf", pdf(10)),
            yield* uploadedBy(agent, "map.pdf", pdf(20)),
            yield* uploadedBy(agent, "secret.pdf", pdf(30)),
            yield* uploadedBy(chief, "others.pdf", pdf(40))
          ]
          const reply = (files: ReadonlyArray<FileId>) =>
            Work.reply({ ticketId, text: "Here they are", files }).pipe(as(agent.actor))
          const before = yield* stored(ticketId)
          // what a colleague has uploaded is not the agent's to send, and then nothing is sent
          assert.strictEqual(yield* tagOf(reply([first.id, others.id])), "NotFound")
          assert.deepStrictEqual(yield* stored(ticketId), before)
          // named twice it is one
          yield* reply([first.id, second.id, first.id])
          yield* Work.note({ ticketId, text: "Among us", files: [secret.id] }).pipe(as(agent.actor))
          yield* scanAll
          assert.deepStrictEqual(yield* namesFor(ada, ticketId), [[], ["plan.pdf", "map.pdf"]])
          assert.deepStrictEqual(yield* namesFor(bob, ticketId), [["plan.pdf", "map.pdf"]])
          assert.deepStrictEqual(
            (yield* filesForStaff(chief, ticketId)).map((files) => files.map(({ name }) => name)),
            [[], ["plan.pdf", "map.pdf"], ["secret.pdf"]]
          )
          assert.deepStrictEqual(yield* fetched(ada, second.id), pdf(20))
          assert.deepStrictEqual(yield* fetching([ada, bob, agent, chief], first.id), ["ok", "ok", "ok", "ok"])
          assert.deepStrictEqual(yield* fetching([ada, bob, agent, chief], secret.id), [
            "NotFound",
            "NotFound",
            "ok",
            "ok"
          ])
          const told = (yield* mailsTo(ada.email)).at(-1)
          assert.deepInclude(told?.values, { text: "Here they are", files: 2 })
          // in a message already, it is not sent a second time
          assert.strictEqual(yield* tagOf(reply([first.id])), "NotFound")
        }).pipe(Effect.provide(portal))
    )

    it.effect(
      "TIC-10 TIC-13 V-30 a split copies the files of its messages: the same bytes, for who reads the new ticket, and of a note for staff alone",
      () =>
        Effect.gen(function* () {
          const { ada, agent, bob, ticketId } = yield* world
          yield* joined(ada, ticketId, bob)
          const answer = (who: Customer, text: string, files: ReadonlyArray<FileId>) =>
            Tickets.answer({ ticketId, text, files }).pipe(as(who.actor))
          const mine = yield* uploadedBy(ada, "mine.pdf", pdf(10))
          const secret = yield* uploadedBy(agent, "secret.pdf", pdf(20))
          const his = yield* uploadedBy(bob, "his.pdf", pdf(30))
          yield* answer(ada, "Another matter", [mine.id])
          yield* Work.note({ ticketId, text: "Among us", files: [secret.id] }).pipe(as(agent.actor))
          yield* answer(bob, "Mine stays", [his.id])
          yield* scanAll
          const { participants } = yield* Desk.open({ ticketId }).pipe(as(agent.actor))
          const contactId = participants.find(({ email }) => email === ada.email)?.id ?? ""
          const parts = { ticketId, messages: [2, 3], contactId, othersIds: [] }
          const { fingerprint } = yield* Merging.previewSplit(parts).pipe(as(agent.actor))
          const { id } = yield* Merging.split({ ...parts, subject: "Apart", confirmed: fingerprint }).pipe(
            as(agent.actor)
          )
          const [copies, hidden] = yield* filesForStaff(agent, id)
          const [copy] = copies ?? []
          const [note] = hidden ?? []
          if (copy === undefined || note === undefined) throw new Error("no copies")
          assert.deepStrictEqual(yield* namesFor(ada, id), [["mine.pdf"]])
          assert.notStrictEqual(copy.id, mine.id)
          assert.strictEqual((yield* fileOf(copy.id))?.key, (yield* fileOf(mine.id))?.key)
          assert.deepStrictEqual(yield* fetched(ada, copy.id), pdf(10))
          // Bob takes no part in the new one, and reads on what he could
          assert.deepStrictEqual(yield* fetching([ada, bob, agent], copy.id), ["ok", "NotFound", "ok"])
          assert.deepStrictEqual(yield* fetching([ada, bob, agent], mine.id), ["ok", "ok", "ok"])
          assert.deepStrictEqual(yield* fetching([ada, bob, agent], note.id), ["NotFound", "NotFound", "ok"])
          assert.deepStrictEqual(yield* fetched(agent, note.id), pdf(20))
          // the old ticket is as it was, and nothing of it is cleared away
          assert.deepStrictEqual(yield* namesFor(ada, ticketId), [[], ["mine.pdf"], ["his.pdf"]])
          yield* purgeAll
          assert.deepStrictEqual(yield* fetched(bob, his.id), pdf(30))
          assert.deepStrictEqual(yield* fetched(ada, copy.id), pdf(10))
        }).pipe(Effect.provide(portal))
    )
  })
})

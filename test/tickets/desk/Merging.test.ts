import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Instant from "../../../src/kernel/Instant.ts"
import type { TicketId } from "../../../src/kernel/ids.ts"
import { defaults } from "../../../src/kernel/Settings.ts"
import { UnitOfWork } from "../../../src/kernel/UnitOfWork.ts"
import { answerAs, contactOf } from "../../../src/tickets/conversation.ts"
import { Desk, Merging, Work } from "../../../src/tickets/desk/index.ts"
import { Participants, Tickets } from "../../../src/tickets/index.ts"
import { TicketRepository } from "../../../src/tickets/TicketRepository.ts"
import * as ticketMails from "../../../src/tickets/ticketMails.ts"
import { forEachAdapter } from "../../support/adapters.ts"
import { as, everyPort, given, mailsTo, type Portal, withKernel } from "../../support/portal.ts"
import {
  type Customer,
  changesFor,
  customer,
  joined,
  merged,
  readBy,
  reply,
  stored,
  submitted,
  textsForStaff,
  world
} from "./world.ts"

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error): string => error._tag, onSuccess: () => "ok" })

const answer = (who: Pick<Customer, "actor">, ticketId: TicketId, text: string) =>
  Tickets.answer({ ticketId, text }).pipe(as(who.actor))

/** Everything that somebody reads, of whichever ticket, with what they cannot open left out. */
const readAnywhere = (who: Pick<Customer, "actor">, ids: ReadonlyArray<TicketId>) =>
  Effect.map(
    Effect.forEach(ids, (id) => readBy(who, id)),
    (texts) => [...new Set(texts.flat())].sort()
  )

const rowOf = Effect.fnUntraced(function* (ticketId: TicketId, { email }: Pick<Customer, "email">) {
  const tickets = yield* TicketRepository
  const { participants } = Option.getOrThrow(yield* tickets.open(ticketId))
  return Option.getOrThrow(Option.fromUndefinedOr(participants.find((one) => one.email === email)))
})

const removed = Effect.fnUntraced(function* (by: Pick<Customer, "actor">, ticketId: TicketId, who: Customer) {
  const { id } = yield* rowOf(ticketId, who)
  yield* Participants.removeParticipant({ ticketId, participantId: id }).pipe(as(by.actor))
})

/** Two tickets of two customers: one has written before, the other one has a friend in it who reads from the second message on. */
const two = Effect.gen(function* () {
  const places = yield* world
  const { ada, bob, ticketId: into } = places
  const cleo = yield* customer("cleo")
  const { ticketId: from } = yield* submitted(bob, { subject: "The same", description: "Mine is dead, too." })
  yield* joined(bob, from, cleo)
  yield* answer(bob, from, "Hello?")
  yield* answer(ada, into, "Still nothing")
  return { ...places, cleo, from, into }
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const run = <A, E>(effect: Effect.Effect<A, E, Portal>) => Effect.provide(effect, portal)

  describe(`merging and splitting (${adapter})`, () => {
    it.effect("TIC-10 where participants differ a merge wants the confirmation of exactly what was shown", () =>
      run(
        Effect.gen(function* () {
          const { agent, bob, from, into } = yield* two
          const merge = (confirmed?: string) =>
            tagOf(
              Merging.merge({
                ticketId: from,
                intoId: into,
                history: "own",
                ...(confirmed === undefined ? {} : { confirmed })
              }).pipe(as(agent.actor))
            )
          const preview = (history: "own" | "all") =>
            Merging.previewMerge({ ticketId: from, intoId: into, history }).pipe(as(agent.actor))
          assert.strictEqual(yield* merge(), "SightNotConfirmed")
          const { fingerprint, needsConfirmation, sights } = yield* preview("own")
          assert.isTrue(needsConfirmation)
          // source and target, before and after
          const shown = sights.map(({ after, before, email, gains, goesOn }) =>
            [email, before.source, before.target, after.source, after.target, goesOn, gains].join(" ")
          )
          assert.sameMembers(shown, [
            "ada@example.com 0 2 0 2 true false",
            "bob@example.com 2 0 2 0 true true",
            "cleo@example.com 1 0 1 0 true true"
          ])
          const all = yield* preview("all")
          assert.sameMembers(
            all.sights.map(({ after, email }) => [email, after.source, after.target].join(" ")),
            ["ada@example.com 2 2", "bob@example.com 2 2", "cleo@example.com 1 2"]
          )
          // what was confirmed for one is not for the other, and not after another word was written
          assert.strictEqual(yield* merge(all.fingerprint), "SightNotConfirmed")
          yield* answer(bob, from, "One more thing")
          assert.strictEqual(yield* merge(fingerprint), "SightNotConfirmed")
          assert.strictEqual(yield* merge((yield* preview("own")).fingerprint), "ok")
        })
      )
    )

    it.effect("TIC-10 V-30 after a merge each reads what they could read, and what is written from then on", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, bob, cleo, from, into } = yield* two
          yield* Work.note({ ticketId: from, text: "A secret of staff" }).pipe(as(agent.actor))
          const people = [ada, bob, cleo]
          const before = yield* Effect.forEach(people, (one) => readAnywhere(one, [from, into]))
          yield* merged(agent, from, into)
          assert.deepStrictEqual(yield* Effect.forEach(people, (one) => readAnywhere(one, [from, into])), before)
          yield* reply(agent, into, "For all of you", "Open")
          for (const [index, one] of people.entries()) {
            const expected = [...(before[index] ?? []), "For all of you"].sort()
            assert.deepStrictEqual(yield* readAnywhere(one, [from, into]), expected)
            // in the one that goes on
            assert.include(yield* readBy(one, into), "For all of you")
            const mails = yield* mailsTo(one.email)
            assert.include(JSON.stringify(mails.at(-1)?.values), "For all of you")
          }
          // the target shows the messages of both to who may read them
          assert.deepStrictEqual(yield* readBy(bob, into), ["Mine is dead, too.", "Hello?", "For all of you"])
          assert.include(yield* textsForStaff(agent, into), "internal: A secret of staff")
          // what is said to the old one is said in the new one
          yield* answer(bob, from, "Thank you")
          assert.include(yield* readBy(ada, into), "Thank you")
          assert.strictEqual((yield* stored(into)).state, "Open")
        })
      )
    )

    it.effect(
      "TIC-07 V-30 who is removed from the ticket that goes on reads what was merged into it no longer, either",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, from, into } = yield* two
            yield* merged(agent, from, into, "all")
            assert.isNotEmpty(yield* readBy(bob, from))
            const tickets = yield* TicketRepository
            const { participants } = Option.getOrThrow(yield* tickets.open(into))
            const his = participants.find(({ email }) => email === bob.email)
            if (his === undefined) return assert.fail("the merge brought nobody")
            yield* Participants.removeParticipant({ ticketId: into, participantId: his.id }).pipe(as(ada.actor))
            assert.deepStrictEqual(yield* readAnywhere(bob, [from, into]), [])
          })
        )
    )

    it.effect(
      "R-MA-09 TIC-07 V-30 a mail of a merged ticket that waits is dropped when its recipient was removed from the ticket that goes on",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, cleo, from, into } = yield* two
            yield* reply(agent, from, "A secret of both", "Waiting")
            yield* merged(agent, from, into, "own")
            const verdictOf = Effect.fnUntraced(function* (email: string) {
              const mail = (yield* mailsTo(email)).find(({ values }) => JSON.stringify(values).includes("A secret"))
              if (mail === undefined) return "none"
              const verdict = yield* Option.getOrThrow(ticketMails.message.open(mail)).stillWanted(yield* Instant.now)
              return verdict._tag === "Dropped" ? verdict.reason : verdict._tag.toLowerCase()
            })
            const both = Effect.all([verdictOf(bob.email), verdictOf(cleo.email)])
            assert.deepStrictEqual(yield* both, ["wanted", "wanted"])
            yield* removed(ada, into, cleo)
            assert.deepStrictEqual(yield* both, ["wanted", "takes-no-part"])
            // what asks for an answer does so only where one is waited for
            const [row] = yield* mailsTo(bob.email)
            if (row === undefined) return assert.fail("no mail at all")
            const [ticket, his] = [yield* stored(from), yield* rowOf(from, bob)]
            const values = { ...ticketMails.valuesOf(ticket, his), resolvesAt: yield* Instant.now }
            const opened = Option.getOrThrow(ticketMails.reminder.open({ ...row, values }))
            assert.deepInclude(yield* opened.stillWanted(yield* Instant.now), { reason: "ticket-went-on" })
          })
        )
    )

    it.effect(
      "TIC-07 V-30 who was removed from a ticket that is merged on stays out of what was merged into it before",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, cleo, from, into } = yield* two
            yield* merged(agent, from, into, "own")
            yield* removed(ada, into, cleo)
            assert.deepStrictEqual(yield* readAnywhere(cleo, [from, into]), [])
            const dora = yield* customer("dora")
            const { ticketId: last } = yield* submitted(dora, { subject: "The third" })
            yield* merged(agent, into, last, "own")
            assert.deepStrictEqual(yield* readAnywhere(cleo, [from, into, last]), [])
            assert.isNotEmpty(yield* readAnywhere(bob, [from, into, last]))
            // taken apart again it is as it was: out as long as the ticket that she was removed from goes on in the other one's place
            yield* Merging.undoMerge({ ticketId: into }).pipe(as(agent.actor))
            assert.deepStrictEqual(yield* readAnywhere(cleo, [from, into, last]), [])
            yield* Merging.undoMerge({ ticketId: from }).pipe(as(agent.actor))
            assert.deepStrictEqual(yield* readAnywhere(cleo, [from, into, last]), ["Hello?"])
          })
        )
    )

    it.effect(
      "TIC-10 with the confirmation for everything, all read both from the beginning, and notes stay with staff",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, from, into } = yield* two
            yield* Work.note({ ticketId: from, text: "A secret of staff" }).pipe(as(agent.actor))
            yield* merged(agent, from, into, "all")
            for (const one of [ada, bob]) {
              const expected = ["Hello?", "Mine is dead, too.", "Nothing is heard.", "Still nothing"]
              assert.deepStrictEqual(yield* readAnywhere(one, [into]), expected)
            }
          })
        )
    )

    it.effect(
      "TIC-10 a merge of two tickets with the same people wants no confirmation, with other tenants it does",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, ticketId } = yield* world
            const { ticketId: second } = yield* submitted(ada, { subject: "Again" })
            const { id: tenantId } = yield* given.tenant(ada.account)
            const { ticketId: third } = yield* submitted(ada, { subject: "Again", tenantId })
            const merge = (from: TicketId) =>
              tagOf(Merging.merge({ ticketId: from, intoId: ticketId, history: "own" }).pipe(as(agent.actor)))
            assert.deepStrictEqual([yield* merge(second), yield* merge(third)], ["ok", "SightNotConfirmed"])
            const preview = Merging.previewMerge({ ticketId: third, intoId: ticketId, history: "own" })
            assert.deepStrictEqual((yield* preview.pipe(as(agent.actor))).tenants, {
              source: "Muster GmbH",
              target: null
            })
          })
        )
    )

    it.effect(
      "TIC-16 TIC-10 whatever the clocks say, what is said after a merge or a split stands behind what was said before",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, from, into } = yield* two
            const tickets = yield* TicketRepository
            const uow = yield* UnitOfWork
            // a node whose clock is ahead has written in one of the two
            const ahead = Effect.gen(function* () {
              const opened = Option.getOrThrow(yield* tickets.openForUpdate(from))
              const now = Instant.plus(yield* Instant.now, "5 seconds")
              const hand = { now, settings: defaults, record: () => {}, send: () => {} }
              const words = { channel: "portal", text: "From the future" } as const
              yield* answerAs(hand, { opened, participant: contactOf(opened), ...words })
            })
            yield* uow.run(ahead)
            const { participants } = yield* Desk.open({ ticketId: from }).pipe(as(agent.actor))
            const contactId = participants.find(({ email }) => email === bob.email)?.id ?? ""
            const parts = { ticketId: from, messages: [3], contactId, othersIds: [] }
            const { fingerprint } = yield* Merging.previewSplit(parts).pipe(as(agent.actor))
            const { id } = yield* Merging.split({ ...parts, subject: "Apart", confirmed: fingerprint }).pipe(
              as(agent.actor)
            )
            yield* answer(bob, id, "After the split")
            assert.deepStrictEqual(yield* readBy(bob, id), ["From the future", "After the split"])
            yield* merged(agent, from, into)
            yield* answer(ada, into, "After the merge")
            const texts = yield* textsForStaff(agent, into)
            assert.deepStrictEqual(texts.slice(-2), ["public: From the future", "public: After the merge"])
          })
        )
    )

    it.effect("TIC-07 who was removed from the target stays out of it, whatever the source was", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, bob, from, into } = yield* two
          yield* joined(ada, into, bob)
          const { participants } = yield* Desk.open({ ticketId: into }).pipe(as(agent.actor))
          const participantId = participants.find(({ email }) => email === bob.email)?.id
          assert.isDefined(participantId)
          if (participantId === undefined) return
          yield* Work.removeParticipant({ ticketId: into, participantId }).pipe(as(agent.actor))
          const { sights } = yield* Merging.previewMerge({ ticketId: from, intoId: into, history: "all" }).pipe(
            as(agent.actor)
          )
          assert.deepInclude(
            sights.find(({ email }) => email === bob.email),
            { goesOn: false, gains: false }
          )
          yield* merged(agent, from, into, "all")
          yield* reply(agent, into, "Without Bob", "Open")
          assert.notInclude(yield* readAnywhere(bob, [from, into]), "Without Bob")
          assert.notInclude(yield* readAnywhere(bob, [from, into]), "Nothing is heard.")
        })
      )
    )

    it.effect(
      "TIC-10 TIC-07 who was taken out by undoing a merge comes along again, as the preview says, and loses nothing",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, cleo, from, into } = yield* two
            for (const history of ["own", "all"] as const) {
              yield* merged(agent, from, into, history)
              yield* Merging.undoMerge({ ticketId: from }).pipe(as(agent.actor))
            }
            const own = yield* readAnywhere(bob, [from])
            // the other way round, too
            for (const [source, target] of [
              [into, from],
              [from, into]
            ] as const) {
              const { sights } = yield* Merging.previewMerge({ ticketId: source, intoId: target, history: "own" }).pipe(
                as(agent.actor)
              )
              assert.isTrue(sights.every(({ goesOn }) => goesOn))
              yield* merged(agent, source, target)
              yield* reply(agent, target, `To all in ${target}`, "Open")
              for (const one of [ada, bob, cleo]) {
                assert.include(yield* readAnywhere(one, [source, target]), `To all in ${target}`)
              }
              assert.includeMembers(yield* readAnywhere(bob, [from]), own)
              yield* Merging.undoMerge({ ticketId: source }).pipe(as(agent.actor))
            }
            // who was removed by somebody stays out
            yield* TestClock.adjust("1 second")
            yield* merged(agent, from, into)
            const { participants } = yield* Desk.open({ ticketId: into }).pipe(as(agent.actor))
            const participantId = participants.find(({ email }) => email === cleo.email)?.id
            assert.isDefined(participantId)
            if (participantId === undefined) return
            yield* Work.removeParticipant({ ticketId: into, participantId }).pipe(as(agent.actor))
            yield* TestClock.adjust("1 second")
            yield* Merging.undoMerge({ ticketId: from }).pipe(as(agent.actor))
            yield* merged(agent, from, into)
            yield* reply(agent, into, "Without Cleo", "Open")
            assert.notInclude(yield* readAnywhere(cleo, [from, into]), "Without Cleo")
          })
        )
    )

    it.effect("TIC-10 V-30 undoing a merge leaves everybody with what they had, and no word of later", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, bob, cleo, from, into } = yield* two
          const people = [ada, bob, cleo]
          const before = yield* Effect.forEach(people, (one) => readAnywhere(one, [from, into]))
          for (const history of ["own", "all"] as const) {
            yield* merged(agent, from, into, history)
            assert.strictEqual((yield* stored(from)).mergedInto, into)
            yield* Merging.undoMerge({ ticketId: from }).pipe(as(agent.actor))
            assert.deepStrictEqual(yield* Effect.forEach(people, (one) => readAnywhere(one, [from, into])), before)
          }
          assert.strictEqual((yield* stored(from)).mergedInto, null)
          assert.strictEqual(yield* tagOf(Merging.undoMerge({ ticketId: from }).pipe(as(agent.actor))), "NotFound")
          yield* reply(agent, into, "To Ada", "Open")
          yield* reply(agent, from, "To Bob and Cleo", "Open")
          assert.notInclude(yield* readAnywhere(bob, [from, into]), "To Ada")
          assert.notInclude(yield* readAnywhere(ada, [from, into]), "To Bob and Cleo")
          assert.includeMembers(yield* changesFor(agent, from), ["mergedInto", "mergeUndone"])
        })
      )
    )

    it.effect(
      "TIC-10 what was merged into a merged ticket goes on with it, and is taken apart in the other order only",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, from, into } = yield* two
            const { ticketId: last } = yield* submitted(ada, { subject: "The last" })
            yield* merged(agent, from, into)
            yield* merged(agent, into, last)
            assert.deepStrictEqual([(yield* stored(from)).mergedInto, (yield* stored(into)).mergedInto], [last, last])
            assert.include(yield* readBy(bob, last), "Mine is dead, too.")
            const undo = (ticketId: TicketId) => tagOf(Merging.undoMerge({ ticketId }).pipe(as(agent.actor)))
            assert.strictEqual(yield* undo(from), "MergeNotUndoable")
            assert.strictEqual(yield* undo(into), "ok")
            assert.deepStrictEqual([(yield* stored(from)).mergedInto, (yield* stored(into)).mergedInto], [into, null])
            assert.strictEqual(yield* undo(from), "ok")
            assert.strictEqual((yield* stored(from)).mergedInto, null)
          })
        )
    )

    it.effect("TIC-09 a merged ticket takes no step of its own, is in no list, and no clock of it runs", () =>
      run(
        Effect.gen(function* () {
          const { agent, bob, from, into } = yield* two
          yield* merged(agent, from, into)
          for (const step of [Work.take, Work.hold, Work.resolve, Work.markSpam]) {
            assert.strictEqual(yield* tagOf(step({ ticketId: from }).pipe(as(agent.actor))), "TicketMerged")
          }
          assert.strictEqual(yield* tagOf(reply(agent, from, "Hello")), "TicketMerged")
          const merge = Merging.merge({ ticketId: into, intoId: from, history: "own" }).pipe(as(agent.actor))
          assert.strictEqual(yield* tagOf(merge), "TicketMerged")
          const { clockDueAt, dueAt } = yield* stored(from)
          assert.deepStrictEqual([clockDueAt, dueAt], [null, null])
          const mine = yield* Tickets.mine({}).pipe(as(bob.actor))
          assert.deepStrictEqual(
            mine.items.map(({ id }) => id),
            [into]
          )
          const queue = yield* Desk.queue({}).pipe(as(agent.actor))
          assert.deepStrictEqual(
            queue.items.map(({ id }) => id),
            [into]
          )
        })
      )
    )

    it.effect(
      "TIC-10 V-30 a part of a ticket becomes one of its own, for whom it is confirmed, and the old one keeps its rows",
      () =>
        run(
          Effect.gen(function* () {
            const { ada, agent, bob, ticketId } = yield* world
            yield* joined(ada, ticketId, bob)
            yield* answer(ada, ticketId, "And another thing")
            yield* Work.note({ ticketId, text: "A secret of staff" }).pipe(as(agent.actor))
            const tickets = yield* TicketRepository
            const { participants } = Option.getOrThrow(yield* tickets.open(ticketId))
            const idOf = (email: string) => {
              const found = participants.find((one) => one.email === email)
              if (found === undefined) throw new Error(email)
              return found.id
            }
            const parts = {
              ticketId,
              messages: [1, 2, 3],
              contactId: idOf(ada.email),
              othersIds: [idOf(bob.email)]
            }
            const preview = yield* Merging.previewSplit(parts).pipe(as(agent.actor))
            // Bob could not read the first message
            assert.deepInclude(
              preview.sights.find(({ email }) => email === bob.email),
              { before: { source: 1, target: 0 }, after: { source: 1, target: 2 }, gains: true }
            )
            const split = (input: Partial<Parameters<typeof Merging.split>[0]> = {}) =>
              Merging.split({ ...parts, subject: "Another thing", ...input }).pipe(as(agent.actor))
            assert.strictEqual(yield* tagOf(split()), "SightNotConfirmed")
            for (const seq of [0, -1, 2 ** 31, Number.MAX_SAFE_INTEGER]) {
              assert.strictEqual(yield* tagOf(split({ messages: [seq] })), "InvalidInput", "no message has that number")
            }
            assert.strictEqual(
              yield* tagOf(split({ messages: [2], confirmed: preview.fingerprint })),
              "ok",
              "all who take part read all of it already"
            )
            const mails = (yield* mailsTo(ada.email)).length
            const { id, state } = yield* split({ confirmed: preview.fingerprint })
            assert.strictEqual(state, "New")
            assert.deepStrictEqual(yield* readBy(ada, id), ["Nothing is heard.", "And another thing"])
            assert.deepStrictEqual(yield* readBy(bob, id), ["Nothing is heard.", "And another thing"])
            assert.include(yield* textsForStaff(agent, id), "internal: A secret of staff")
            // the old one is as it was
            assert.deepStrictEqual(yield* readBy(ada, ticketId), ["Nothing is heard.", "And another thing"])
            assert.deepStrictEqual(yield* readBy(bob, ticketId), ["And another thing"])
            // told once that it is there, and no old message again
            const told = (yield* mailsTo(ada.email)).slice(mails)
            assert.deepStrictEqual(
              told.map(({ kind }) => kind),
              ["tickets.received"]
            )
            const found = yield* Tickets.mine({ search: "another" }).pipe(as(bob.actor))
            assert.include(
              found.items.map(({ id }) => id),
              id
            )
          })
        )
    )

    it.effect("TIC-10 a split without one of those who take part wants a confirmation, and knows no others", () =>
      run(
        Effect.gen(function* () {
          const { ada, agent, bob, cleo, from } = yield* two
          const { participants } = yield* Desk.open({ ticketId: from }).pipe(as(agent.actor))
          const contactId = participants[0]?.id
          if (contactId === undefined) throw new Error("nobody")
          const parts = { ticketId: from, messages: [1], contactId, othersIds: [] }
          const { fingerprint, needsConfirmation, sights } = yield* Merging.previewSplit(parts).pipe(as(agent.actor))
          assert.isTrue(needsConfirmation)
          assert.isFalse(sights.some(({ gains }) => gains))
          const { id } = yield* Merging.split({ ...parts, subject: "Apart", confirmed: fingerprint }).pipe(
            as(agent.actor)
          )
          assert.deepStrictEqual(yield* readBy(bob, id), ["Mine is dead, too."])
          for (const one of [ada, cleo]) assert.deepStrictEqual(yield* readBy(one, id), [])
          const wrong = { ...parts, subject: "Apart", messages: [9] }
          assert.strictEqual(yield* tagOf(Merging.split(wrong).pipe(as(agent.actor))), "NotFound")
        })
      )
    )
  })
})

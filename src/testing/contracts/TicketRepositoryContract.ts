import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import { type AccountId, ShortNumber, type TicketId } from "../../kernel/ids.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import { type Participant, type Ticket, TicketState, unresolved } from "../../tickets/Ticket.ts"
import {
  type Listed,
  type QueueFilter,
  type TicketFilter,
  type TicketKey,
  TicketRepository
} from "../../tickets/TicketRepository.ts"
import { termsOf, wordsOf } from "../../tickets/TicketSearch.ts"
import type { Suite } from "../Contract.ts"
import { accountId, address, at, tenant, tenantId } from "../tenantSamples.ts"
import {
  change,
  contact,
  fullTicket,
  message,
  messageId,
  participant,
  participantId,
  ticket,
  ticketId
} from "../ticketSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const tenantsOf = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(TenantRepository, (tenants) =>
    Effect.forEach(numbers, (number) => tenants.insert(tenant(number)), { discard: true })
  )

const insertAll = (...tickets: ReadonlyArray<Ticket>) =>
  Effect.flatMap(TicketRepository, (repository) => Effect.forEach(tickets, repository.insert, { discard: true }))
const join = (...participants: ReadonlyArray<Participant>) =>
  Effect.flatMap(TicketRepository, (repository) => repository.addParticipants(participants))

const page = <Key>(limit = 25, after?: Key) => ({ after: Option.fromUndefinedOr(after), limit })
const first = page<TicketKey>()
const ids = (listed: ReadonlyArray<Listed>): ReadonlyArray<TicketId> => listed.map(({ ticket }) => ticket.id)
const numbers = (...some: ReadonlyArray<number>): ReadonlyArray<TicketId> => some.map(ticketId)
const everything: TicketFilter = { states: Option.none(), search: Option.none() }
const wholeQueue: QueueFilter = {
  ...everything,
  assignee: Option.none(),
  tenantId: Option.none(),
  priorities: Option.none(),
  category: Option.none(),
  tag: Option.none(),
  spam: false
}
const search = (text: string): TicketFilter => ({ states: Option.none(), search: Option.fromNullOr(termsOf(text)) })

const foundBy = (text: string) =>
  Effect.gen(function* () {
    const tickets = yield* TicketRepository
    return {
      staff: ids(yield* tickets.queue({ ...wholeQueue, ...search(text) }, first)),
      tenant: ids(yield* tickets.listOfTenant(tenantId(1), search(text), first)),
      account: (id: AccountId) => Effect.map(tickets.listOfAccount(id, search(text), first), ids)
    }
  })

const asListed = (ticket: Ticket): Listed => ({ ticket, tenantName: null })

const words = (seq: number, text: string, internal = false) => ({ seq, internal, words: wordsOf(text) })

/** What every `TicketRepository` keeps. */
export const TicketRepositoryContract: Suite<TicketRepository | TenantRepository | UnitOfWork> = [
  {
    name: "TIC-09 a ticket is found as it was inserted in each state, by its id and by its number",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      const all = [
        ...TicketState.literals.map((state, index) => fullTicket(index + 1, state, { tenantId: tenantId(1) })),
        ticket(20, { parentId: ticketId(1), followUpOf: ticketId(2), mergedInto: ticketId(3), spam: true }),
        ticket(21, { satisfaction: { askedAt: at(1), answeredAt: null, rating: null, comment: null } })
      ]
      yield* insertAll(...all)
      for (const one of all) {
        assert.deepEqual(yield* tickets.find(one.id), Option.some(one))
        assert.deepEqual(yield* tickets.findByNumber(one.number), Option.some(one))
        assert.deepEqual(yield* tickets.open(one.id), Option.some({ ticket: one, participants: [] }))
      }
      assert.deepEqual(yield* tickets.find(ticketId(99)), Option.none())
      assert.deepEqual(yield* tickets.findByNumber(ticket(99).number), Option.none())
      assert.deepEqual(yield* tickets.open(ticketId(99)), Option.none())
      assert.deepEqual(yield* tickets.openForUpdate(ticketId(99)), Option.none())
    })
  },
  {
    name: "TIC-15 an id or a number that is taken is a duplicate",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1))
      assert.equal(yield* reason(tickets.insert(ticket(1))), "duplicate")
      assert.equal(yield* reason(tickets.insert(ticket(2, { number: ticket(1).number }))), "duplicate")
      yield* tickets.insert(ticket(2))
    })
  },
  {
    name: "TIC-09 a save changes every field but the number and counts the version up, but only of the version that was read",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      yield* insertAll(ticket(1), ticket(2))
      const next = fullTicket(1, "Waiting", {
        tenantId: tenantId(1),
        contactEmail: address("new@example.com"),
        contactName: "New Name",
        companyName: "Other",
        subject: "Other",
        locale: "en",
        stateSince: at(50),
        spam: true,
        mergedInto: ticketId(2),
        parentId: ticketId(2),
        followUpOf: ticketId(2),
        createdAt: at(40),
        activityAt: at(60),
        staffActivityAt: at(61),
        lastMessage: 12
      })
      assert.equal(yield* reason(tickets.save({ ...next, version: 1 })), "conflict")
      assert.equal(
        yield* reason(tickets.save({ ...next, id: ticketId(3), mergedInto: null, parentId: null })),
        "conflict"
      )
      yield* tickets.save({ ...next, number: Schema.decodeSync(ShortNumber)("00000077") })
      const saved = { ...next, version: 1 }
      assert.deepEqual(yield* tickets.find(next.id), Option.some(saved))
      assert.equal(yield* reason(tickets.save(next)), "conflict")
      const back = ticket(1, { version: 1 })
      yield* tickets.save(back)
      assert.deepEqual(yield* tickets.find(next.id), Option.some({ ...back, version: 2 }))
      assert.deepEqual(yield* tickets.find(ticketId(2)), Option.some(ticket(2)), "another ticket stays as it is")
    })
  },
  {
    name: "TIC-09 of saves in parallel of one version one goes through",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const unit = yield* UnitOfWork
      yield* insertAll(ticket(1))
      yield* join(contact(1))
      for (let version = 0; version < 5; version++) {
        const exits = yield* Effect.all(
          Array.from({ length: 6 }, () => Effect.exit(unit.run(tickets.save(ticket(1, { version }))))),
          { concurrency: "unbounded" }
        )
        assert.equal(exits.filter(Exit.isSuccess).length, 1)
      }
    })
  },
  {
    name: "TIC-06 several tickets are saved as one is, each in the version that was read, or none of them",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const unit = yield* UnitOfWork
      yield* tenantsOf(1, 2)
      yield* insertAll(ticket(1, { tenantId: tenantId(1) }), ticket(2), ticket(3, { tenantId: tenantId(2) }), ticket(4))
      const parts = [1, 2, 3, 4].map((number) => contact(number, { accountId: accountId(1) }))
      yield* join(...parts)
      const next = [
        fullTicket(3, "Closed", { tenantId: tenantId(1), mergedInto: ticketId(4), activityAt: at(90), lastMessage: 3 }),
        fullTicket(1, "Waiting", {
          tenantId: tenantId(2),
          contactEmail: address("new@example.com"),
          contactName: "Neu",
          activityAt: at(80)
        }),
        ticket(2, { activityAt: at(85), tags: ["a", 'b"'], fields: { x: [1, null, "ß'"] }, version: 0 })
      ]
      yield* unit.run(tickets.saveAll(next))
      yield* tickets.saveAll([])
      for (const one of next) {
        assert.deepEqual(yield* tickets.find(one.id), Option.some({ ...one, version: 1 }))
      }
      assert.deepEqual(yield* tickets.openAll(numbers(4)), [{ ticket: ticket(4), participants: [parts[3]] }])
      // what lists of accounts go by, too
      assert.deepEqual(ids(yield* tickets.listOfAccount(accountId(1), everything, first)), numbers(2, 1, 4))
      const waiting: TicketFilter = { ...everything, states: Option.some(["Waiting"]) }
      assert.deepEqual(ids(yield* tickets.listOfAccount(accountId(1), waiting, first)), numbers(1))
      const number = Schema.decodeSync(ShortNumber)("00000078")
      yield* tickets.saveAll([ticket(4, { number })])
      assert.deepEqual(yield* tickets.find(ticketId(4)), Option.some(ticket(4, { version: 1 })), "never the number")
      const wrong = [
        [ticket(2, { version: 1 }), ticket(4)],
        [ticket(2, { version: 1 }), ticket(9)],
        [ticket(2, { version: 1 }), ticket(2, { version: 1 })]
      ]
      for (const some of wrong) assert.equal(yield* reason(unit.run(tickets.saveAll(some))), "conflict")
      assert.equal(
        yield* reason(unit.run(tickets.saveAll([ticket(2, { version: 1, tenantId: tenantId(9) })]))),
        "other"
      )
      assert.deepEqual(yield* tickets.find(ticketId(2)), Option.some({ ...next[2], version: 1 }))
    })
  },
  {
    name: "TIC-08 the store itself refuses a ticket of no tenant, one that is merged into what is not there or into itself",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const wrong = [
        ticket(1, { tenantId: tenantId(9) }),
        ticket(1, { mergedInto: ticketId(9) }),
        ticket(1, { parentId: ticketId(9) }),
        ticket(1, { followUpOf: ticketId(9) }),
        ticket(1, { mergedInto: ticketId(1) }),
        ticket(1, { parentId: ticketId(1) })
      ]
      for (const one of wrong) assert.equal(yield* reason(tickets.insert(one)), "other")
      yield* tickets.insert(ticket(1))
      for (const one of wrong) assert.equal(yield* reason(tickets.save(one)), "other")
      assert.deepEqual(yield* tickets.find(ticketId(1)), Option.some(ticket(1)))
    })
  },
  {
    name: "TIC-07 a ticket is opened with its participants in their order, those who were removed, too, and with nobody of another ticket",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2), ticket(3))
      const own = [
        contact(1, { accountId: accountId(1), provenAt: at(3), undeliverableAt: at(4) }),
        participant(1, 2, { removedAt: at(5), writes: false, readsAfter: 7, tokenVersion: 3 }),
        participant(1, 3)
      ]
      yield* join(own[2] ?? contact(1), contact(2), own[0] ?? contact(1), own[1] ?? contact(1))
      const opened = { ticket: ticket(1), participants: own }
      const other = { ticket: ticket(2), participants: [contact(2)] }
      assert.deepEqual(yield* tickets.open(ticketId(1)), Option.some(opened))
      assert.deepEqual(yield* tickets.openForUpdate(ticketId(1)), Option.some(opened))
      assert.deepEqual(yield* tickets.open(ticketId(2)), Option.some(other))
      assert.deepEqual(
        yield* tickets.openAllForUpdate(numbers(2, 9, 1, 2)),
        [opened, other],
        "each once, in the order of their ids"
      )
      assert.deepEqual(yield* tickets.openAllForUpdate([]), [])
      assert.deepEqual(yield* tickets.openAll(numbers(2, 9, 1, 2)), [opened, other])
      assert.deepEqual(yield* tickets.openAll(numbers(3)), [{ ticket: ticket(3), participants: [] }])
      assert.deepEqual(yield* tickets.openAll(numbers(9)), [])
      assert.deepEqual(yield* tickets.openAll([]), [])
    })
  },
  {
    name: "TIC-08 tickets that are opened together are those that were asked for, whatever their tenants, and each has its own people",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1, 2)
      const all = [
        ticket(1, { tenantId: tenantId(1) }),
        ticket(2, { tenantId: tenantId(2) }),
        ticket(3, { spam: true }),
        ticket(4, { mergedInto: ticketId(1) }),
        ticket(5, { tenantId: tenantId(1) })
      ]
      yield* insertAll(...all)
      yield* join(...all.flatMap((_, index) => [participant(index + 1, 2), contact(index + 1)]))
      const opened = all.map((one, index) => ({
        ticket: one,
        participants: [contact(index + 1), participant(index + 1, 2)]
      }))
      assert.deepEqual(yield* tickets.openAll(numbers(4, 3, 2, 1)), opened.slice(0, 4))
      assert.deepEqual(yield* tickets.openAllForUpdate(numbers(5, 2)), [opened[1], opened[4]])
    })
  },
  {
    name: "TIC-07 in a ticket an id, a number, an address and the contact are there once",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2))
      yield* join(contact(1), participant(1, 2))
      const wrong = [
        participant(1, 3, { id: participantId(1, 2) }),
        participant(1, 2, { id: participantId(1, 3), email: address("person3@example.com") }),
        participant(1, 3, { email: address("person2@example.com") }),
        participant(1, 3, { role: "contact" })
      ]
      for (const one of wrong) assert.equal(yield* reason(join(one)), "duplicate")
      assert.equal(yield* reason(join(participant(1, 3), participant(1, 3))), "duplicate")
      assert.equal(yield* reason(join(contact(9))), "other", "of a ticket that is not there")
      yield* join(contact(2), participant(2, 2))
      yield* join()
      const opened = yield* tickets.open(ticketId(1))
      assert.deepEqual(Option.getOrThrow(opened).participants, [contact(1), participant(1, 2)])
    })
  },
  {
    name: "TIC-07 participants are saved with every field, and only those of this ticket that are there",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2))
      yield* join(contact(1), participant(1, 2), contact(2))
      const changed = [
        contact(1, { accountId: accountId(1), provenAt: at(7), tokenVersion: 2, tokenKeyId: "next", name: "New" }),
        participant(1, 2, {
          email: address("other@example.com"),
          writes: false,
          readsAfter: 3,
          addedAt: at(8),
          removedAt: at(9),
          undeliverableAt: at(6)
        })
      ]
      yield* tickets.saveParticipants(changed)
      yield* tickets.saveParticipants([])
      assert.deepEqual(Option.getOrThrow(yield* tickets.open(ticketId(1))).participants, changed)
      assert.deepEqual(Option.getOrThrow(yield* tickets.open(ticketId(2))).participants, [contact(2)])
      for (const wrong of [
        participant(1, 3),
        participant(2, 2),
        contact(2, { id: participantId(1, 1) }),
        contact(1, { seq: 4 })
      ]) {
        assert.equal(yield* reason(tickets.saveParticipants([wrong])), "conflict")
      }
      assert.equal(
        yield* reason(tickets.saveParticipants([participant(1, 2, { email: address("person1@example.com") })])),
        "duplicate"
      )
    })
  },
  {
    name: "V-32 who opens a ticket for update waits for the one who has it, and sees whom that one added",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const unit = yield* UnitOfWork
      yield* insertAll(ticket(1))
      yield* join(contact(1))
      // each adds the next participant to those that there are; whoever saw an older list would take a number that is taken
      const add = Effect.gen(function* () {
        const { participants, ticket: read } = Option.getOrThrow(yield* tickets.openForUpdate(ticketId(1)))
        yield* join(participant(1, participants.length + 1))
        yield* tickets.save({ ...read, lastChange: read.lastChange + 1 })
      })
      yield* Effect.all(
        Array.from({ length: 6 }, () => unit.run(add)),
        { concurrency: "unbounded" }
      )
      const { participants, ticket: left } = Option.getOrThrow(yield* tickets.open(ticketId(1)))
      assert.deepEqual(
        participants.map(({ seq }) => seq),
        [1, 2, 3, 4, 5, 6, 7]
      )
      assert.equal(left.lastChange, 6)
    })
  },
  {
    name: "TIC-06 an address can claim where it takes part without an account, the newest ticket first, and never spam",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2), ticket(3, { spam: true }), ticket(4), ticket(5), ticket(6))
      yield* join(
        contact(1),
        contact(2, { email: address("other@example.com") }),
        participant(2, 2, { email: address("person1@example.com"), readsAfter: 3 }),
        contact(3),
        contact(4, { removedAt: at(9) }),
        contact(5, { accountId: accountId(2) }),
        contact(6)
      )
      const email = address("person1@example.com")
      const all = [
        { ticket: ticket(6), participant: contact(6) },
        { ticket: ticket(2), participant: participant(2, 2, { email, readsAfter: 3 }) },
        { ticket: ticket(1), participant: contact(1) }
      ]
      assert.deepEqual(yield* tickets.claimable(email, 10), all)
      assert.deepEqual(yield* tickets.claimable(email, 2), all.slice(0, 2))
      assert.deepEqual(yield* tickets.claimable(address("person1@example.co"), 10), [])
    })
  },
  {
    name: "REG-09 tickets in which an account has another address, or an undeliverable one, are found by id, each once, and nobody else's",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(...[1, 2, 3, 4, 5, 6].map((n) => ticket(n)))
      const mine = { accountId: accountId(1) }
      const email = address("fresh@example.com")
      yield* join(
        contact(5, mine),
        participant(5, 2, mine),
        contact(1, { ...mine, removedAt: at(9) }),
        contact(2, { ...mine, email }),
        contact(3, { ...mine, email, undeliverableAt: at(3) }),
        contact(4),
        contact(6, { accountId: accountId(2) })
      )
      assert.deepEqual(yield* tickets.astray(accountId(1), email, null, 10), numbers(1, 3, 5))
      assert.deepEqual(yield* tickets.astray(accountId(1), email, null, 2), numbers(1, 3))
      assert.deepEqual(yield* tickets.astray(accountId(1), email, ticketId(1), 10), numbers(3, 5))
      assert.deepEqual(yield* tickets.astray(accountId(3), email, null, 10), [])
    })
  },
  {
    name: "MIN-05 an address is marked as undeliverable wherever it takes part in a ticket that is not resolved, and where it was not yet",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const email = address("person1@example.com")
      yield* insertAll(...TicketState.literals.map((state, index) => ticket(index + 1, { state })))
      yield* insertAll(ticket(10), ticket(11), ticket(12))
      const before = [
        contact(10, { removedAt: at(1) }),
        contact(11, { undeliverableAt: at(2) }),
        contact(12, { email: address("other@example.com") })
      ]
      const beside = TicketState.literals.map((_, index) =>
        participant(index + 1, 2, { email: address("beside@example.com") })
      )
      yield* join(...TicketState.literals.map((_, index) => contact(index + 1)), ...beside, ...before)
      const marked = TicketState.literals.flatMap((state, index) => (unresolved.includes(state) ? [index + 1] : []))
      assert.deepEqual(yield* tickets.markUndeliverable(email, at(5)), numbers(...marked))
      assert.deepEqual(yield* tickets.markUndeliverable(email, at(6)), [], "since the first time")
      for (const [index] of TicketState.literals.entries()) {
        const undeliverableAt = marked.includes(index + 1) ? at(5) : null
        assert.deepEqual(Option.getOrThrow(yield* tickets.open(ticketId(index + 1))).participants, [
          contact(index + 1, { undeliverableAt }),
          beside[index]
        ])
      }
      for (const one of before) {
        assert.deepEqual(Option.getOrThrow(yield* tickets.open(one.ticketId)).participants, [one])
      }
      assert.deepEqual(yield* tickets.markUndeliverable(email, null), numbers(...marked, 11))
      assert.deepEqual(yield* tickets.markUndeliverable(email, null), [])
      assert.deepEqual(Option.getOrThrow(yield* tickets.open(ticketId(1))).participants, [contact(1), beside[0]])
    })
  },
  {
    name: "TIC-16 messages are read in their order, page by page, and never those of another ticket",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2))
      const full = message(1, 2, {
        visibility: "internal",
        author: "agent",
        accountId: accountId(9),
        participantId: null,
        authorName: "Agent",
        channel: "staff",
        text: 'Größe\n"x"',
        html: "<p>Größe</p>",
        folded: "> alt",
        mailMessageId: "<a@b>",
        files: 3
      })
      const own = [message(1, 1), full, message(1, 3), message(1, 4)]
      yield* tickets.appendMessages([message(1, 3), full])
      yield* tickets.appendMessages([])
      yield* tickets.appendMessages([message(2, 1), message(1, 1), message(1, 4)])
      const all = { publicAfter: null }
      assert.deepEqual(yield* tickets.messages(ticketId(1), all, page()), own)
      assert.deepEqual(yield* tickets.messages(ticketId(1), all, page(1)), own.slice(0, 2), "one more than the page")
      assert.deepEqual(yield* tickets.messages(ticketId(1), all, page(1, 2)), own.slice(2))
      assert.deepEqual(yield* tickets.messages(ticketId(2), all, page()), [message(2, 1)])
      assert.deepEqual(yield* tickets.messages(ticketId(3), all, page()), [])
    })
  },
  {
    name: "TIC-11 V-30 who takes part reads the public messages after the grant, and no internal one",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1))
      yield* tickets.appendMessages([
        message(1, 1),
        message(1, 2, { visibility: "internal" }),
        message(1, 3),
        message(1, 4, { visibility: "internal" }),
        message(1, 5)
      ])
      const read = (publicAfter: number, after?: number) =>
        Effect.map(tickets.messages(ticketId(1), { publicAfter }, page(25, after)), (rows) =>
          rows.map(({ seq }) => seq)
        )
      assert.deepEqual(yield* read(0), [1, 3, 5])
      assert.deepEqual(yield* read(1), [3, 5])
      assert.deepEqual(yield* read(3, 1), [5], "a cursor of before the grant shows nothing more")
      assert.deepEqual(yield* read(0, 3), [5])
      assert.deepEqual(yield* read(5), [])
    })
  },
  {
    name: "TIC-10 TIC-11 messages of several tickets are read as one, by time, each ticket's as far as the reader may",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2), ticket(3))
      const rows = [
        message(1, 1, { createdAt: at(10) }),
        message(1, 2, { createdAt: at(20), visibility: "internal" }),
        message(1, 3, { createdAt: at(30) }),
        message(2, 1, { createdAt: at(10) }),
        message(2, 2, { createdAt: at(25) }),
        message(3, 1, { createdAt: at(15) })
      ]
      yield* tickets.appendMessages(rows)
      const of = (first: number | null, second: number | null) => [
        { ticketId: ticketId(1), filter: { publicAfter: first } },
        { ticketId: ticketId(2), filter: { publicAfter: second } }
      ]
      const read = (
        given: ReturnType<typeof of>,
        window: { readonly after: Option.Option<readonly [createdAt: number, id: string]>; readonly limit: number },
        newestFirst?: boolean
      ) => Effect.map(tickets.messagesOf(given, window, newestFirst), (some) => some.map(({ id }) => id))
      const [a, b, c, d, e] = rows.map(({ id }) => id)
      assert.deepEqual(yield* read(of(null, null), page()), [a, d, b, e, c])
      assert.deepEqual(yield* read(of(0, 1), page()), [a, e, c])
      assert.deepEqual(yield* read(of(null, null), page(1)), [a, d])
      assert.deepEqual(yield* read(of(null, null), page(25, [at(10), messageId(1, 1)] as const)), [d, b, e, c])
      assert.deepEqual(yield* read(of(3, 2), page()), [])
      assert.deepEqual(yield* read([], page()), [])
      assert.deepEqual(yield* read(of(null, null), page(), true), [c, e, b, d, a])
      assert.deepEqual(yield* read(of(0, 1), page(1), true), [c, e])
      assert.deepEqual(yield* read(of(null, null), page(25, [at(20), messageId(1, 2)] as const), true), [d, a])
      assert.deepEqual(yield* read(of(null, null), page(25, [at(10), messageId(2, 1)] as const), true), [a])
    })
  },
  {
    name: "TIC-16 V-33 a message or a line of the history whose place is taken is a duplicate, and what is there stays",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2))
      yield* tickets.appendMessages([message(1, 1), message(1, 2)])
      yield* tickets.appendChanges([change(1, 1)])
      const wrong = [
        message(1, 1, { id: messageId(1, 9), text: "Other" }),
        message(1, 3, { id: messageId(1, 1), text: "Other" })
      ]
      for (const one of wrong) assert.equal(yield* reason(tickets.appendMessages([one])), "duplicate")
      assert.equal(yield* reason(tickets.appendMessages([message(1, 3), message(1, 2)])), "duplicate")
      assert.equal(yield* reason(tickets.appendChanges([change(1, 1, { what: "other" })])), "duplicate")
      assert.equal(yield* reason(tickets.appendMessages([message(9, 1)])), "other", "of a ticket that is not there")
      assert.equal(yield* reason(tickets.appendChanges([change(9, 1)])), "other")
      assert.deepEqual(yield* tickets.messages(ticketId(1), { publicAfter: null }, page()), [
        message(1, 1),
        message(1, 2)
      ])
      assert.deepEqual(yield* tickets.changes(ticketId(1), null, page()), [change(1, 1)])
      const [append, change_] = [/^append/, /^changes$/]
      assert.deepEqual(
        Object.keys(tickets).filter(
          (name) => /message|change/i.test(name) && !append.test(name) && !change_.test(name)
        ),
        ["messages", "messagesOf"],
        "no method changes or removes any"
      )
    })
  },
  {
    name: "TIC-05 TIC-11 TIC-16 the history is read newest first, page by page; others than staff read what is public, from an instant on",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2))
      const own = [
        change(1, 1, { what: "created", data: {}, by: "contact", accountId: null }),
        change(1, 2, { visibility: "internal", data: { list: ["ö", 1, null] } }),
        change(1, 3),
        change(1, 4, { by: "system", accountId: null, byName: "" }),
        // stored so by an early version
        change(1, 5, { what: "claimed" })
      ]
      yield* tickets.appendChanges([...own, change(2, 1)])
      yield* tickets.appendChanges([])
      const newest = own.toReversed()
      assert.deepEqual(yield* tickets.changes(ticketId(1), null, page()), newest)
      assert.deepEqual(yield* tickets.changes(ticketId(1), null, page(1)), newest.slice(0, 2))
      assert.deepEqual(yield* tickets.changes(ticketId(1), null, page(2, 3)), newest.slice(3))
      const [created, , third, fourth] = own
      assert.deepEqual(yield* tickets.changes(ticketId(1), at(0), page()), [fourth, third, created])
      assert.deepEqual(yield* tickets.changes(ticketId(1), at(3), page()), [fourth, third])
      assert.deepEqual(yield* tickets.changes(ticketId(1), at(3), page(25, 4)), [third])
      assert.deepEqual(yield* tickets.changes(ticketId(3), null, page()), [])
    })
  },
  {
    name: "TIC-10 related tickets are those that were merged into it, its children and its follow-ups",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(
        ticket(1),
        ticket(2, { mergedInto: ticketId(1) }),
        ticket(3, { parentId: ticketId(1) }),
        ticket(4, { followUpOf: ticketId(1) }),
        ticket(5, { parentId: ticketId(2) }),
        ticket(6)
      )
      assert.deepEqual(
        (yield* tickets.related(ticketId(1))).map(({ id }) => id),
        numbers(2, 3, 4)
      )
      assert.deepEqual(
        (yield* tickets.related(ticketId(2))).map(({ id }) => id),
        numbers(5)
      )
      assert.deepEqual(yield* tickets.related(ticketId(6)), [])
    })
  },
  {
    name: "TIC-04 TIC-07 an account's list holds the tickets that it takes part in now, newest first, with no spam and nothing merged",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      yield* insertAll(
        ticket(1, { activityAt: at(70), tenantId: tenantId(1) }),
        ticket(2, { activityAt: at(90) }),
        ticket(3, { activityAt: at(80) }),
        ticket(4, { spam: true }),
        ticket(5, { mergedInto: ticketId(1) }),
        ticket(6),
        ticket(7, { activityAt: at(80) })
      )
      const mine = { accountId: accountId(1) }
      yield* join(
        contact(1, mine),
        contact(2),
        participant(2, 2, mine),
        contact(3, mine),
        contact(4, mine),
        contact(5, mine),
        contact(6, { accountId: accountId(2) }),
        contact(7, mine)
      )
      const list = (account: number) => tickets.listOfAccount(accountId(account), everything, first)
      assert.deepEqual(ids(yield* list(1)), numbers(2, 7, 3, 1))
      assert.deepEqual(
        (yield* list(1)).map(({ tenantName }) => tenantName),
        [null, null, null, "Tenant 1"]
      )
      assert.deepEqual(yield* list(2), [{ ticket: ticket(6), tenantName: null }], "of another account")
      assert.deepEqual(yield* list(3), [])

      yield* tickets.saveParticipants([participant(2, 2, { ...mine, removedAt: at(99) })])
      yield* tickets.save(ticket(3, { activityAt: at(100) }))
      yield* tickets.save(ticket(4, { activityAt: at(60), spam: false }))
      yield* tickets.save(ticket(7, { activityAt: at(80), spam: true }))
      yield* tickets.saveParticipants([contact(6, { accountId: accountId(1) })])
      assert.deepEqual(ids(yield* list(1)), numbers(3, 1, 4, 6), "as it is after each change")
      assert.deepEqual(yield* list(2), [])
    })
  },
  {
    name: "TIC-08 a tenant's list holds its tickets, newest first, with no spam and nothing merged, and none of another tenant",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1, 2)
      const own = { tenantId: tenantId(1) }
      yield* insertAll(
        ticket(1, { ...own, activityAt: at(50), staffActivityAt: at(99) }),
        ticket(2, { ...own, activityAt: at(60) }),
        ticket(3, { ...own, spam: true }),
        ticket(4, { ...own, mergedInto: ticketId(1) }),
        ticket(5, { tenantId: tenantId(2) }),
        ticket(6)
      )
      const list = (tenant: number) => tickets.listOfTenant(tenantId(tenant), everything, first)
      assert.deepEqual(ids(yield* list(1)), numbers(2, 1), "in the order of what everybody may know")
      assert.deepEqual(
        (yield* list(1)).map(({ tenantName }) => tenantName),
        ["Tenant 1", "Tenant 1"]
      )
      assert.deepEqual(ids(yield* list(2)), numbers(5))
      yield* tickets.save(ticket(6, { ...own, activityAt: at(100) }))
      assert.deepEqual(ids(yield* list(1)), numbers(6, 2, 1))
      assert.deepEqual(yield* list(9), [])
    })
  },
  {
    name: "G-06 TIC-04 lists go on behind the last row, whatever is added before it, and filter by state",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      const states = TicketState.literals
      const all = Array.from({ length: 18 }, (_, index) =>
        ticket(index + 1, {
          tenantId: tenantId(1),
          state: states[index % states.length] ?? "New",
          // three of each instant
          activityAt: at(Math.floor(index / 3)),
          staffActivityAt: at(Math.floor(index / 3))
        })
      )
      yield* insertAll(...all)
      yield* join(...all.map((_, index) => contact(index + 1, { accountId: accountId(1) })))
      const lists = {
        account: (filter: TicketFilter, window: typeof first) => tickets.listOfAccount(accountId(1), filter, window),
        tenant: (filter: TicketFilter, window: typeof first) => tickets.listOfTenant(tenantId(1), filter, window),
        queue: (filter: TicketFilter, window: typeof first) => tickets.queue({ ...wholeQueue, ...filter }, window)
      }
      let added = 100
      for (const list of Object.values(lists)) {
        for (const some of [
          null,
          ["New", "Closed"],
          ["OnHold"]
        ] satisfies ReadonlyArray<ReadonlyArray<TicketState> | null>) {
          const filter = { ...everything, states: Option.fromNullOr(some) }
          const expected = all.filter(({ state }) => some?.some((one) => one === state) ?? true)
          const found: Array<TicketId> = []
          let window: typeof first = page(4)
          for (;;) {
            const rows = yield* list(filter, window)
            assert.ok(rows.length <= 5)
            found.push(...ids(rows.slice(0, 4)))
            const last = rows[3]
            if (rows.length <= 4 || last === undefined) break
            window = page(4, [last.ticket.activityAt, last.ticket.id] as const)
            // what is newer than the cursor moves nothing
            yield* insertAll(
              ticket(added, {
                tenantId: tenantId(1),
                state: "New",
                activityAt: at(1000),
                staffActivityAt: at(1000)
              })
            )
            yield* join(contact(added, { accountId: accountId(1) }))
            added++
          }
          assert.deepEqual(
            found.filter((id) => id < ticketId(100)),
            ids(expected.toReversed().map(asListed))
          )
        }
        assert.deepEqual(yield* list({ ...everything, states: Option.some([]) }, first), [])
        assert.deepEqual(yield* list(everything, page(4, [at(0), ticketId(1)] as const)), [])
      }
    })
  },
  {
    name: "TIC-10 staff filter their queue by whom it is given to, tenant, priority, category, tag and state, each as well as all together",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1, 2)
      const all = {
        tenantId: tenantId(1),
        assigneeId: accountId(9),
        priority: "high",
        category: "line",
        tags: ["a", "b"],
        state: "Open"
      } as const
      yield* insertAll(
        ticket(1, all),
        ticket(2, { ...all, tenantId: tenantId(2) }),
        ticket(3, { ...all, assigneeId: null }),
        ticket(4, { ...all, assigneeId: accountId(8) }),
        ticket(5, { ...all, priority: "low" }),
        ticket(6, { ...all, category: null }),
        ticket(7, { ...all, tags: ["ab"] }),
        ticket(8, { ...all, state: "Closed" }),
        ticket(9, { ...all, spam: true }),
        ticket(10, { ...all, mergedInto: ticketId(1) })
      )
      const queue = (filter: Partial<QueueFilter>) =>
        Effect.map(tickets.queue({ ...wholeQueue, ...filter }, first), (rows) => ids(rows))
      const but = (...without: ReadonlyArray<number>) =>
        numbers(...[8, 7, 6, 5, 4, 3, 2, 1].filter((one) => !without.includes(one)))
      assert.deepEqual(yield* queue({}), but())
      assert.deepEqual(yield* queue({ spam: true }), numbers(9))
      const each: ReadonlyArray<readonly [Partial<QueueFilter>, ReadonlyArray<TicketId>]> = [
        [{ tenantId: Option.some(tenantId(1)) }, but(2)],
        [{ assignee: Option.some(accountId(9)) }, but(3, 4)],
        [{ priorities: Option.some(["high", "urgent"]) }, but(5)],
        [{ category: Option.some("line") }, but(6)],
        [{ tag: Option.some("a") }, but(7)],
        [{ states: Option.some(["Open", "New"]) }, but(8)]
      ]
      for (const [filter, expected] of each) assert.deepEqual(yield* queue(filter), expected)
      assert.deepEqual(yield* queue(Object.assign({}, ...each.map(([filter]) => filter))), numbers(1))
      assert.deepEqual(yield* queue({ assignee: Option.some("nobody") }), numbers(3))
      assert.deepEqual(yield* queue({ assignee: Option.some("somebody") }), but(3))
      assert.deepEqual(yield* queue({ assignee: Option.some("nobody"), states: Option.some(["Closed"]) }), [])
      assert.deepEqual(yield* queue({ priorities: Option.some([]) }), [])
    })
  },
  {
    name: "TIC-16 staff's queue is in the order of what staff know of",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(
        ticket(1, { activityAt: at(1), staffActivityAt: at(9) }),
        ticket(2, { activityAt: at(8), staffActivityAt: at(8) })
      )
      assert.deepEqual(ids(yield* tickets.queue(wholeQueue, first)), numbers(1, 2))
      assert.deepEqual(ids(yield* tickets.queue(wholeQueue, page(25, [at(9), ticketId(1)] as const))), numbers(2))
    })
  },
  {
    name: "TIC-16 a search finds by the beginnings of words of subject and messages, all of them in one ticket, newest first",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      const own = { tenantId: tenantId(1) }
      yield* insertAll(
        ticket(1, { ...own, activityAt: at(90), staffActivityAt: at(90) }),
        ticket(2, own),
        ticket(3, own)
      )
      yield* join(...[1, 2, 3].map((number) => contact(number, { accountId: accountId(1) })))
      yield* tickets.index(ticketId(1), [words(0, "Leitung gestört"), words(1, "Im Büro läuft kein Internet")])
      yield* tickets.index(ticketId(2), [words(0, "Rechnung"), words(1, "INTERNET-Rechnung 4711")])
      yield* tickets.index(ticketId(2), [words(2, "Leitungen sind in Ordnung")])
      yield* tickets.index(ticketId(3), [words(0, "Frage")])
      yield* tickets.index(ticketId(3), [])
      const expected: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
        ["internet", [2, 1]],
        ["INTER", [2, 1]],
        ["leitung", [2, 1]],
        ["leitungen", [2]],
        ["büro", [1]],
        ["BÜRO internet", [1]],
        ["rechnung leitungen 47", [2]],
        ["büro rechnung", []],
        ["ternet", []],
        ["47", [2]],
        ["frage", [3]],
        ["nichts davon", []]
      ]
      for (const [text, hits] of expected) {
        const found = yield* foundBy(text)
        assert.deepEqual(found.staff, numbers(...hits), text)
        assert.deepEqual(found.tenant, numbers(...hits), text)
        assert.deepEqual(yield* found.account(accountId(1)), numbers(...hits), text)
      }
      const closed = { ...search("internet"), states: Option.some(["Closed"] as const) }
      assert.deepEqual(yield* tickets.listOfAccount(accountId(1), closed, first), [])
      assert.deepEqual(yield* tickets.listOfTenant(tenantId(1), closed, first), [])
      assert.deepEqual(yield* tickets.queue({ ...wholeQueue, ...closed }, first), [])
      // the newest is what was made last, though something happened in another since
      const next = page(25, [ticket(2).activityAt, ticketId(2)] as const)
      assert.deepEqual(ids(yield* tickets.listOfAccount(accountId(1), search("inter"), next)), numbers(1))
      assert.deepEqual(ids(yield* tickets.listOfTenant(tenantId(1), search("inter"), next)), numbers(1))
      assert.deepEqual(ids(yield* tickets.queue({ ...wholeQueue, ...search("inter") }, next)), numbers(1))
      assert.deepEqual(ids(yield* tickets.queue({ ...wholeQueue, ...search("inter") }, page(1))), numbers(2, 1))
    })
  },
  {
    name: "TIC-15 TIC-16 a search finds by number and by how the requester's address or name begins",
    run: Effect.gen(function* () {
      yield* tenantsOf(1)
      const own = { tenantId: tenantId(1) }
      const number = Schema.decodeSync(ShortNumber)("AB12CD34")
      yield* insertAll(
        ticket(1, { ...own, number, contactName: "Zoë Öztürk", contactEmail: address("zoe.o@example.com") }),
        ticket(2, { ...own, contactName: "Zacharias", contactEmail: address("za_c%h@example.net") })
      )
      yield* join(contact(1, { accountId: accountId(1) }), contact(2, { accountId: accountId(1) }))
      const expected: ReadonlyArray<readonly [string, ReadonlyArray<number>]> = [
        ["ab12cd34", [1]],
        [" #AB12CD34 ", [1]],
        ["AB12CD3", []],
        ["zo", [1]],
        ["ZOË ÖZ", [1]],
        ["öztürk", []],
        ["zoe.o@ex", [1]],
        ["z", [2, 1]],
        ["za_c", [2]],
        ["za-c", []],
        ["za_c%h@example.net", [2]],
        ["example.net", []]
      ]
      for (const [text, hits] of expected) {
        const found = yield* foundBy(text)
        assert.deepEqual(found.staff, numbers(...hits), text)
        assert.deepEqual(found.tenant, numbers(...hits), text)
        assert.deepEqual(yield* found.account(accountId(1)), numbers(...hits), text)
      }
    })
  },
  {
    name: "TIC-11 V-30 words of internal messages are found by staff only, and a word that is public, too, by all",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      yield* insertAll(ticket(1, { tenantId: tenantId(1) }))
      yield* join(contact(1, { accountId: accountId(1) }))
      yield* tickets.index(ticketId(1), [
        words(0, "Anschluss"),
        words(1, "Modem"),
        words(2, "Betrugsverdacht Modem", true)
      ])
      const hidden = yield* foundBy("betrugs")
      assert.deepEqual(hidden.staff, numbers(1))
      assert.deepEqual(hidden.tenant, [])
      assert.deepEqual(yield* hidden.account(accountId(1)), [])
      const mixed = yield* foundBy("anschluss betrugsverdacht")
      assert.deepEqual(mixed.staff, numbers(1))
      assert.deepEqual(mixed.tenant, [])
      assert.deepEqual(yield* mixed.account(accountId(1)), [])
      assert.deepEqual(yield* (yield* foundBy("modem")).account(accountId(1)), numbers(1))
      yield* tickets.index(ticketId(1), [words(3, "Kein Betrugsverdacht")])
      assert.deepEqual((yield* foundBy("betrugs")).tenant, numbers(1))
      assert.deepEqual(yield* (yield* foundBy("betrugs")).account(accountId(1)), numbers(1))
    })
  },
  {
    name: "TIC-07 TIC-16 R-TI-06 who was added later finds only words of what was written since, and who was removed finds nothing",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1))
      const later = participant(1, 2, { accountId: accountId(2), readsAfter: 2 })
      yield* join(contact(1, { accountId: accountId(1) }), later)
      yield* tickets.index(ticketId(1), [
        words(0, "Betreff"),
        words(1, "Vorher"),
        words(2, "Damals Beides"),
        words(3, "Nachher Beides"),
        words(2, "Beides")
      ])
      const found = (text: string, account: number) =>
        Effect.map(tickets.listOfAccount(accountId(account), search(text), first), ids)
      for (const text of ["vorher", "damals", "nachher", "beides", "betreff"]) {
        assert.deepEqual(yield* found(text, 1), numbers(1), text)
      }
      for (const text of ["vorher", "damals", "nachher vorher"]) assert.deepEqual(yield* found(text, 2), [], text)
      for (const text of ["nachher", "beides", "betreff"]) assert.deepEqual(yield* found(text, 2), numbers(1), text)
      assert.deepEqual(yield* found("nachher", 3), [], "of another account")

      yield* tickets.saveParticipants([{ ...later, removedAt: at(9) }])
      for (const text of ["nachher", "betreff", ticket(1).number, "person1"]) {
        assert.deepEqual(yield* found(text, 2), [], text)
      }
    })
  },
  {
    name: "TIC-08 TIC-15 V-30 a search in a tenant's or an account's tickets finds none of another, and no spam and nothing merged",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1, 2)
      yield* insertAll(
        ticket(1, { tenantId: tenantId(1) }),
        ticket(2, { tenantId: tenantId(2) }),
        ticket(3, { tenantId: tenantId(1), spam: true }),
        ticket(4, { tenantId: tenantId(1), mergedInto: ticketId(1) })
      )
      for (const number of [1, 2, 3, 4]) {
        yield* join(contact(number, { accountId: accountId(number === 2 ? 2 : 1) }))
        yield* tickets.index(ticketId(number), [words(0, "Wort")])
      }
      for (const text of ["wort", "person1", "wor"]) {
        const found = yield* foundBy(text)
        assert.deepEqual(found.tenant, numbers(1), text)
        assert.deepEqual(yield* found.account(accountId(1)), numbers(1), text)
        assert.deepEqual(yield* found.account(accountId(2)), numbers(2), text)
        assert.deepEqual(found.staff, numbers(4, 2, 1), "staff find what was merged, too")
      }
      assert.deepEqual((yield* foundBy(ticket(2).number)).tenant, [])
      assert.deepEqual(yield* (yield* foundBy(ticket(2).number)).account(accountId(1)), [])
      assert.deepEqual(ids(yield* tickets.queue({ ...wholeQueue, ...search("wort"), spam: true }, first)), numbers(3))
      assert.deepEqual(
        ids(yield* tickets.queue({ ...wholeQueue, ...search("wort"), tenantId: Option.some(tenantId(1)) }, first)),
        numbers(4, 1)
      )
    })
  },
  {
    name: "TIC-16 a search finds as much where more is found than fits in one hand",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const unit = yield* UnitOfWork
      yield* unit.run(
        Effect.gen(function* () {
          for (let number = 1; number <= 60; number++) {
            yield* tickets.insert(ticket(number, { state: number % 3 === 0 ? "Closed" : "New" }))
            // more beginnings of one word than are collected at a time
            const many = Array.from({ length: 40 }, (_, index) => `wort${index}x${number}`)
            const words = [...many, number % 2 === 0 ? "gerade" : "ungerade"]
            yield* tickets.index(ticketId(number), [{ seq: 1, internal: number % 5 === 0, words }])
          }
        })
      )
      const queue = (text: string, limit: number, states?: ReadonlyArray<"Closed">) =>
        Effect.map(
          tickets.queue({ ...wholeQueue, ...search(text), states: Option.fromUndefinedOr(states) }, page(limit)),
          ids
        )
      assert.deepEqual(yield* queue("wort", 2), numbers(60, 59, 58))
      assert.deepEqual(yield* queue("wort w", 100), numbers(...Array.from({ length: 60 }, (_, index) => 60 - index)))
      assert.deepEqual(yield* queue("wort", 1, ["Closed"]), numbers(60, 57))
      assert.deepEqual(yield* queue("wort gerade", 2), numbers(60, 58, 56))
      assert.deepEqual(yield* queue("wort39x7 w", 2), numbers(7))
      assert.deepEqual(yield* queue("wort1 wort2", 2), numbers(60, 59, 58), "each ticket once")
      assert.deepEqual(yield* queue("wort39", 2), numbers(60, 59, 58))
      assert.deepEqual(yield* queue("wort wanders", 2), [])
    })
  },
  {
    name: "TIC-16 a search finds where words are frequent that never meet, a beginning beside a word, and a number beside one",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const unit = yield* UnitOfWork
      yield* tenantsOf(1, 2)
      const number = Schema.decodeSync(ShortNumber)("AB12CD34")
      yield* unit.run(
        Effect.gen(function* () {
          for (let index = 1; index <= 80; index++) {
            yield* tickets.insert(
              ticket(index, {
                tenantId: tenantId(index === 7 ? 2 : 1),
                state: index === 9 ? "Waiting" : "New",
                assigneeId: index === 11 ? accountId(9) : null,
                spam: index === 13,
                ...(index === 3 ? { number } : {})
              })
            )
            yield* tickets.addParticipants([contact(index, { accountId: accountId(1) })])
            const own = [index % 2 === 0 ? "gerade" : "ungerade", "alle", `wort${index}`]
            yield* tickets.index(ticketId(index), [{ seq: 0, internal: false, words: own }])
          }
        })
      )
      yield* tickets.index(ticketId(5), [words(1, "AB12CD34")])
      const queue = (text: string, filter: Partial<QueueFilter> = {}) =>
        Effect.map(tickets.queue({ ...wholeQueue, ...filter, search: search(text).search }, first), ids)
      const foundByAll = Effect.fnUntraced(function* (text: string, hits: ReadonlyArray<number>) {
        const found = yield* foundBy(text)
        assert.deepEqual(found.staff, numbers(...hits), text)
        assert.deepEqual(found.tenant, numbers(...hits), text)
        assert.deepEqual(yield* found.account(accountId(1)), numbers(...hits), text)
      })
      yield* foundByAll("gerade ungerade", [])
      yield* foundByAll("alle nirgends", [])
      yield* foundByAll("nirgends", [])
      yield* foundByAll("alle wort17", [17])
      yield* foundByAll("wort1 gerade", [18, 16, 14, 12, 10])
      yield* foundByAll("AB12CD34", [5, 3])
      // few tickets of a list, and a word that nearly all have
      assert.deepEqual(yield* queue("alle", { states: Option.some(["Waiting"]) }), numbers(9))
      assert.deepEqual(yield* queue("alle", { assignee: Option.some(accountId(9)) }), numbers(11))
      assert.deepEqual(yield* queue("alle", { assignee: Option.some("somebody") }), numbers(11))
      assert.deepEqual(yield* queue("wort8", { assignee: Option.some("nobody") }), numbers(80, 8))
      assert.deepEqual(yield* queue("alle", { tenantId: Option.some(tenantId(2)) }), numbers(7))
      assert.deepEqual(yield* queue("alle", { spam: true }), numbers(13))
      assert.deepEqual(yield* queue("person", { spam: true }), numbers(13))
      assert.deepEqual(yield* queue("gerade alle", { tenantId: Option.some(tenantId(2)) }), [])
      assert.deepEqual(ids(yield* tickets.listOfTenant(tenantId(2), search("alle"), first)), numbers(7))
      assert.deepEqual(ids(yield* tickets.listOfTenant(tenantId(2), search("wort8"), first)), [])
    })
  },
  {
    name: "G-06 TIC-16 the pages of a search have no gap and show nothing twice, while tickets come and others move on",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* tenantsOf(1)
      const own = { tenantId: tenantId(1) }
      const add = Effect.fnUntraced(function* (index: number) {
        yield* tickets.insert(ticket(index, own))
        yield* tickets.addParticipants([contact(index, { accountId: accountId(1) })])
        yield* tickets.index(ticketId(index), [words(0, `Wort Wortlaut${index}`)])
      })
      for (let index = 1; index <= 12; index++) yield* add(index)
      const lists = {
        staff: (after: TicketKey | undefined) => tickets.queue({ ...wholeQueue, ...search("wort") }, page(4, after)),
        tenant: (after: TicketKey | undefined) => tickets.listOfTenant(tenantId(1), search("wort"), page(4, after)),
        account: (after: TicketKey | undefined) => tickets.listOfAccount(accountId(1), search("wort"), page(4, after))
      }
      let next = 13
      for (const [name, list] of Object.entries(lists)) {
        const expected = Array.from({ length: next - 1 }, (_, index) => next - 1 - index)
        const seen: Array<TicketId> = []
        let after: TicketKey | undefined
        for (;;) {
          const rows = yield* list(after)
          const shown = rows.slice(0, 4)
          seen.push(...ids(shown))
          const last = shown.at(-1)
          if (rows.length <= 4 || last === undefined) break
          after = [last.ticket.activityAt, last.ticket.id]
          // one that was not shown yet comes to the top of all lists, and a new one is made
          const moved = Option.getOrThrow(yield* tickets.find(ticketId(1)))
          yield* tickets.save({ ...moved, activityAt: at(900 + next), staffActivityAt: at(900 + next) })
          yield* add(next++)
        }
        assert.deepEqual(seen, numbers(...expected), name)
      }
    })
  },
  {
    name: "TIC-05 the words of a subject are forgotten when it changes, those that a message has, too, are not",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(ticket(1), ticket(2))
      yield* join(contact(1, { accountId: accountId(1) }))
      yield* tickets.index(ticketId(1), [words(0, "Alter Betreff Notiz"), words(1, "Betreff"), words(2, "Notiz", true)])
      yield* tickets.index(ticketId(2), [words(0, "Alter Betreff")])
      yield* tickets.unindexSubject(ticketId(1))
      yield* tickets.index(ticketId(1), [words(0, "Neu")])
      const found = (text: string) => Effect.map(foundBy(text), ({ staff }) => staff)
      const mine = (text: string) => Effect.flatMap(foundBy(text), ({ account }) => account(accountId(1)))
      assert.deepEqual(yield* found("alter"), numbers(2))
      assert.deepEqual(yield* found("betreff"), numbers(2, 1))
      assert.deepEqual(yield* mine("betreff"), numbers(1))
      assert.deepEqual(yield* found("notiz"), numbers(1))
      assert.deepEqual(yield* mine("notiz"), [], "only the subject had shown it to customers")
      assert.deepEqual(yield* mine("neu"), numbers(1))
      assert.equal(yield* reason(tickets.index(ticketId(9), [words(0, "Neu")])), "other")
    })
  },
  {
    name: "TIC-09 TIC-12 what is due is found the longest due first, at most as many as asked for",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      yield* insertAll(
        ticket(1, { dueAt: at(30), clockDueAt: at(10) }),
        ticket(2, { dueAt: at(20) }),
        ticket(3, { dueAt: at(20), clockDueAt: at(5) }),
        ticket(4, { dueAt: at(31) }),
        ticket(5)
      )
      const dueIds = (rows: ReadonlyArray<{ readonly ticketId: TicketId }>) => rows.map((row) => row.ticketId)
      assert.deepEqual(dueIds(yield* tickets.due(at(30), 10)), numbers(2, 3, 1))
      assert.deepEqual(dueIds(yield* tickets.due(at(30), 2)), numbers(2, 3))
      assert.deepEqual(dueIds(yield* tickets.due(at(19), 10)), [])
      assert.deepEqual(dueIds(yield* tickets.clocksDue(at(10), 10)), numbers(3, 1))
      assert.deepEqual(dueIds(yield* tickets.clocksDue(at(10), 1)), numbers(3))
      assert.deepEqual(dueIds(yield* tickets.clocksDue(at(4), 10)), [])
    })
  },
  {
    name: "V-40 a unit that fails leaves no ticket, participant, message, line of history or word",
    run: Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const unit = yield* UnitOfWork
      yield* insertAll(ticket(1))
      yield* join(contact(1, { accountId: accountId(1) }))
      const all = Effect.gen(function* () {
        yield* tickets.insert(ticket(2))
        yield* join(participant(1, 2), contact(2, { accountId: accountId(1) }))
        yield* tickets.appendMessages([message(1, 1)])
        yield* tickets.appendChanges([change(1, 1)])
        yield* tickets.index(ticketId(1), [words(0, "Wort")])
        yield* tickets.save(ticket(1, { state: "Open", activityAt: at(500) }))
        return yield* Effect.fail("stop")
      })
      assert.ok(Exit.isFailure(yield* Effect.exit(unit.run(all))))
      assert.deepEqual(
        yield* tickets.open(ticketId(1)),
        Option.some({
          ticket: ticket(1),
          participants: [contact(1, { accountId: accountId(1) })]
        })
      )
      assert.deepEqual(yield* tickets.listOfAccount(accountId(1), everything, first), [
        { ticket: ticket(1), tenantName: null }
      ])
      assert.deepEqual(yield* tickets.messages(ticketId(1), { publicAfter: null }, page()), [])
      assert.deepEqual(yield* tickets.changes(ticketId(1), null, page()), [])
      assert.deepEqual((yield* foundBy("wort")).staff, [])
    })
  }
]

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { sql } from "kysely"
import { describe } from "vitest"
import { Database } from "../../src/kysely/Database.ts"
import * as Files from "../../src/kysely/FileRepository.ts"
import * as Tickets from "../../src/kysely/TicketRepository.ts"
import { filePlace, looseFile, placedFile } from "../../src/testing/fileSamples.ts"
import { accountId, tenantId } from "../../src/testing/tenantSamples.ts"
import { change, contact, message, ticket, ticketId } from "../../src/testing/ticketSamples.ts"
import { FileRepository } from "../../src/tickets/FileRepository.ts"
import { unresolved } from "../../src/tickets/Ticket.ts"
import { type QueueFilter, TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { termsOf } from "../../src/tickets/TicketSearch.ts"
import { storage } from "../support/adapters.ts"

const stores = storage()

const everything = { after: Option.none(), limit: 25 }

describe("messages and the history of tickets in a database", () => {
  for (const name of ["better-sqlite3", "node:sqlite", "postgres"] as const) {
    it.live(`${name}: V-33 TIC-16 R-TI-08 no statement changes or removes them, whatever the code does`, () =>
      Effect.gen(function* () {
        const { kysely } = yield* Database
        const tickets = yield* TicketRepository
        yield* tickets.insert(ticket(1))
        yield* tickets.appendMessages([message(1, 1)])
        yield* tickets.appendChanges([change(1, 1)])
        for (const statement of [
          "update portico_ticket_message set text = 'other'",
          "update portico_ticket_message set visibility = 'internal' where seq = 1",
          "delete from portico_ticket_message",
          "update portico_ticket_change set by_name = 'somebody'",
          "delete from portico_ticket_change where seq = 1"
        ]) {
          const refused = yield* Effect.flip(Effect.tryPromise(() => sql.raw(statement).execute(kysely)))
          assert.match(String(refused.cause), /only ever added/, statement)
        }
        assert.deepEqual(yield* tickets.messages(ticketId(1), { publicAfter: null }, everything), [message(1, 1)])
        assert.deepEqual(yield* tickets.changes(ticketId(1), null, everything), [change(1, 1)])
        yield* tickets.appendMessages([message(1, 2)])
      }).pipe(Effect.provide(Tickets.layer.pipe(Layer.provideMerge(stores[name]))))
    )
  }
})

describe("files of messages in a database", () => {
  for (const name of ["better-sqlite3", "node:sqlite", "postgres"] as const) {
    it.live(`${name}: V-33 R-TI-08 no statement changes, moves or removes them, whatever the code does`, () =>
      Effect.gen(function* () {
        const { kysely } = yield* Database
        const files = yield* FileRepository
        const run = (statement: string) => Effect.tryPromise(() => sql.raw(statement).execute(kysely))
        const kept = placedFile(1, filePlace(1, 1))
        yield* files.insert([kept, looseFile(2)])
        for (const statement of [
          "update portico_file set name = 'other.pdf'",
          "update portico_file set blob_key = 'other' where message_id is not null",
          "update portico_file set digest = 'other'",
          "update portico_file set position = 7",
          "update portico_file set visibility = 'internal' where visibility = 'public'",
          "update portico_file set message_seq = 2 where message_seq = 1",
          "update portico_file set message_id = null, ticket_id = null, message_seq = null, visibility = null, expires_at = 1",
          "delete from portico_file where message_id is not null"
        ]) {
          const refused = yield* Effect.flip(run(statement))
          assert.match(String(refused.cause), /stay as they are/, statement)
        }
        assert.deepEqual(yield* files.find(kept.id), Option.some(kept))
        // what a scanner says of it is kept with it, and what is in no message can go
        const infected = { ...kept, state: "Infected", threat: "Eicar" } as const
        yield* files.save(infected)
        assert.deepEqual(yield* files.find(kept.id), Option.some({ ...infected, version: 1 }))
        yield* run("delete from portico_file where message_id is null")
        assert.deepEqual(yield* files.find(looseFile(2).id), Option.none())
      }).pipe(Effect.provide(Files.layer.pipe(Layer.provideMerge(stores[name]))))
    )
  }
})

const sent: Array<string> = []
const counted = storage(undefined, { onStatement: (_, statement) => void sent.push(statement) })["better-sqlite3"]

const all = { states: Option.none(), search: Option.none() }
const queue: QueueFilter = {
  ...all,
  assignee: Option.none(),
  tenantId: Option.none(),
  priorities: Option.none(),
  category: Option.none(),
  tag: Option.none(),
  spam: false
}

describe("lists and searches of tickets on SQLite", () => {
  it.live(
    "TIC-16 take one statement, searches of staff and in a tenant at most two, and none reads a table from its beginning to its end",
    () =>
      Effect.gen(function* () {
        const { kysely } = yield* Database
        const tickets = yield* TicketRepository
        yield* tickets.insert(ticket(1))
        yield* tickets.addParticipants([contact(1, { accountId: accountId(1) })])
        yield* tickets.index(ticketId(1), [{ seq: 0, internal: false, words: ["wort", "anderes"] }])
        const search = (text: string) => ({ search: Option.fromNullOr(termsOf(text)) })
        const states = { states: Option.some(unresolved) }
        const agent = { assignee: Option.some(accountId(9)) }
        const tenant = { tenantId: Option.some(tenantId(1)) }
        const reads = {
          queue: tickets.queue(queue, everything),
          unresolved: tickets.queue({ ...queue, ...states }, everything),
          spam: tickets.queue({ ...queue, spam: true }, everything),
          agent: tickets.queue({ ...queue, ...agent }, everything),
          "agent, unresolved": tickets.queue({ ...queue, ...agent, ...states }, everything),
          nobody: tickets.queue({ ...queue, assignee: Option.some("nobody") }, everything),
          somebody: tickets.queue({ ...queue, assignee: Option.some("somebody") }, everything),
          tenant: tickets.queue({ ...queue, ...tenant, ...states }, everything),
          "own of a tenant": tickets.listOfTenant(tenantId(1), all, everything),
          "own of a tenant, unresolved": tickets.listOfTenant(tenantId(1), { ...all, ...states }, everything),
          own: tickets.listOfAccount(accountId(1), all, everything),
          "own, unresolved": tickets.listOfAccount(accountId(1), { ...all, ...states }, everything),
          "search in a tenant": tickets.listOfTenant(tenantId(1), { ...all, ...search("wort anderes") }, everything),
          "search in a tenant, of a word that is nowhere": tickets.listOfTenant(
            tenantId(1),
            { ...all, ...search("nirgends") },
            everything
          ),
          "search in own": tickets.listOfAccount(accountId(1), { ...all, ...search("wort") }, everything),
          search: tickets.queue({ ...queue, ...search("wort") }, everything),
          "search of two": tickets.queue({ ...queue, ...search("wort anderes") }, everything),
          "search of a number": tickets.queue({ ...queue, ...search("00000001"), ...states }, everything),
          "search of a requester": tickets.queue({ ...queue, ...search("person1@") }, everything),
          detail: tickets.open(ticketId(1)),
          messages: tickets.messages(ticketId(1), { publicAfter: 0 }, { ...everything, after: Option.some(3) }),
          changes: tickets.changes(ticketId(1), null, { ...everything, after: Option.some(3) }),
          related: tickets.related(ticketId(1)),
          due: tickets.due(ticket(1).createdAt, 10),
          clocks: tickets.clocksDue(ticket(1).createdAt, 10)
        }
        for (const [name, read] of Object.entries(reads)) {
          sent.length = 0
          yield* read
          assert.isAtMost(sent.length, /^search(?! in own)/.test(name) ? 2 : 1, name)
          for (const statement of sent) {
            // a statement is explained without the values of its parameters
            const plan = sql.raw<{ readonly detail: string }>(
              `explain query plan ${statement.replaceAll("+?", "null")}`
            )
            const { rows } = yield* Effect.promise(() => plan.execute(kysely))
            const scans = rows.flatMap(({ detail }) =>
              /^SCAN (?!stream|page|hit|sought|kept|estimate|json_each|CONSTANT)/.test(detail) ? [detail] : []
            )
            assert.deepEqual(scans, [], name)
          }
        }
      }).pipe(Effect.provide(Tickets.layer.pipe(Layer.provideMerge(counted))))
  )
})

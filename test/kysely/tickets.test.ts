import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { sql } from "kysely"
import { describe } from "vitest"
import { Database } from "../../src/kysely/Database.ts"
import * as Tickets from "../../src/kysely/TicketRepository.ts"
import { change, message, ticket, ticketId } from "../../src/testing/ticketSamples.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
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

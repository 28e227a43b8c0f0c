import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import { type FileId, nextId, ParticipantId, type TicketId } from "../../src/kernel/ids.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import { Desk, Merging, Work } from "../../src/tickets/desk/index.ts"
import { Claims, Files, Tickets } from "../../src/tickets/index.ts"
import type { Ticket } from "../../src/tickets/Ticket.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { storage } from "../support/adapters.ts"
import { as, given, type Portal, withKernel } from "../support/portal.ts"
import { type Crew, type Customer, crew, customer, joined, merged, submitted } from "./desk/world.ts"
import { inPieces, pdf } from "./filesWorld.ts"

let seen: Array<string> = []
const stores = storage(migrations, { onStatement: (operation) => void seen.push(operation) })
const unlimited = { max: 1_000_000, window: "1 hour" } as const
const limits = {
  ticketsPerAccount: unlimited,
  ticketParticipantsPerAccount: unlimited,
  ticketStepsPerAccount: unlimited,
  uploadsPerAccount: unlimited
}
const stage = Layer.provideMerge(withKernel({ limits }), Layer.provideMerge(Kysely.layer, stores["better-sqlite3"]))

/** The statements of an effect that goes well, by their operations. */
const statementsOf = <A, E>(effect: Effect.Effect<A, E, Portal>) =>
  Effect.suspend(() => {
    seen = []
    return Effect.map(effect, () => [...seen])
  })

const uploadedAs = ({ actor }: Crew) =>
  Files.upload({ name: "plan.pdf", size: pdf().length }, inPieces(pdf(), 64)).pipe(as(actor))

describe("statements about many tickets", { timeout: 120_000 }, () => {
  it.live("STO-06 TIC-06 TIC-10 what concerns many tickets at once needs as many statements for 200 as for two", () =>
    Effect.gen(function* () {
      const world = (many: number) =>
        Effect.gen(function* () {
          const tickets = yield* TicketRepository
          const agent = yield* crew("agent", "agent")
          const ada = yield* customer("ada")
          const bob = yield* customer("bob")
          const late = yield* customer("late")
          const tenant = yield* given.tenant(bob.account)
          yield* given.member(tenant.id, ada.account, ["member"])
          const ticketOf = (who: Customer) => submitted(who, { tenantId: tenant.id })
          const change = Effect.fnUntraced(function* (id: TicketId, over: Partial<Ticket>) {
            yield* tickets.save({ ...Option.getOrThrow(yield* tickets.find(id)), ...over })
          })
          const { ticketId } = yield* ticketOf(ada)
          yield* joined(ada, ticketId, late)
          // what is read in its place: of the same tenant, with people who read it all, from a message on, or by their tenant
          for (let n = 0; n < many; n++) {
            const merged = yield* ticketOf(ada)
            yield* joined(ada, merged.ticketId, late)
            // each in a tenant of its own, as staff can assign them
            const { id: tenantId } = yield* given.tenant(bob.account)
            yield* change(merged.ticketId, { mergedInto: ticketId, tenantId })
            const after = yield* ticketOf(ada)
            yield* joined(ada, after.ticketId, late)
            yield* change(after.ticketId, { followUpOf: ticketId })
          }
          const calls: Record<string, Effect.Effect<unknown, unknown, Portal>> = {}
          for (const [name, { actor }] of Object.entries({ ada, bob, late })) {
            calls[`tickets.get (${name})`] = Tickets.get({ ticketId }).pipe(as(actor))
            calls[`tickets.messages (${name})`] = Tickets.messages({ ticketId, limit: 100 }).pipe(as(actor))
          }
          const old: Array<TicketId> = []
          for (let n = 0; n < Math.min(many, 50); n++) {
            const merged = yield* ticketOf(bob)
            const { participants } = Option.getOrThrow(yield* tickets.open(merged.ticketId))
            const id = yield* nextId(ParticipantId)
            yield* tickets.addParticipants(
              participants.map((one) => ({
                ...one,
                ...{ id, seq: 2, role: "participant" as const, email: ada.email, accountId: null, provenAt: null }
              }))
            )
            old.push(merged.ticketId)
          }
          calls["tickets.claim"] = Claims.claim({ ticketIds: old }).pipe(as(ada.actor))
          // 50 messages to a statement
          const written = Array.from({ length: Math.min(many, 40) }, (_, index) => index + 1)
          const files: Array<FileId> = []
          for (const _ of written) files.push((yield* uploadedAs(agent)).id)
          for (const file of files) {
            yield* Work.note({ ticketId, text: "With a file", files: [file] }).pipe(as(agent.actor))
          }
          const { participants } = yield* Desk.open({ ticketId }).pipe(as(agent.actor))
          const [contact] = participants
          if (contact === undefined) return yield* Effect.die(new Error("nobody"))
          const parts = {
            ticketId,
            messages: [1, ...written.map((seq) => seq + 1)],
            contactId: contact.id,
            othersIds: []
          }
          const { fingerprint } = yield* Merging.previewSplit(parts).pipe(as(agent.actor))
          calls["desk.split"] = Merging.split({ ...parts, subject: "Apart", confirmed: fingerprint }).pipe(
            as(agent.actor)
          )
          const { ticketId: intoId } = yield* submitted(ada)
          calls["desk.merge"] = merged(agent, ticketId, intoId)
          calls["desk.undoMerge"] = Merging.undoMerge({ ticketId }).pipe(as(agent.actor))
          const needed: Record<string, ReadonlyArray<string>> = {}
          for (const [name, call] of Object.entries(calls)) needed[name] = yield* statementsOf(call)
          return needed
        }).pipe(Effect.provide(Layer.fresh(stage)))
      const few = yield* world(2)
      assert.deepStrictEqual(yield* world(200), few)
      for (const [name, statements] of Object.entries(few)) {
        // two for a customer's view of what is around a ticket, besides its own
        if (name.startsWith("tickets.")) assert.isAtMost(statements.length, 12, name)
      }
    })
  )
})

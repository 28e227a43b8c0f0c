import { strict as assert } from "node:assert"
import { Effect, Option, Schema } from "effect"
import { InboundMailId, TicketId } from "../../kernel/ids.ts"
import type { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { type InboundKey, InboundRepository, type StoredInbound } from "../../mail/inbound/InboundRepository.ts"
import type { Suite } from "../Contract.ts"
import { accountId, address, at } from "../tenantSamples.ts"

const id = (number: number): InboundMailId =>
  Schema.decodeSync(InboundMailId)(`01890000-0000-7d00-8000-${number.toString(16).padStart(12, "0")}`)
const ticketId = (number: number): TicketId =>
  Schema.decodeSync(TicketId)(`01890000-0000-7d01-8000-${number.toString(16).padStart(12, "0")}`)

/** One that waits for a review, received as many milliseconds after the start as its number says. */
const mail = (number: number, over: Partial<StoredInbound> = {}): StoredInbound => ({
  id: id(number),
  mailbox: address("support@portal.example"),
  takenKey: `key ${number}`,
  messageId: `<${number}@example.com>`,
  digest: `digest ${number}`,
  size: 10,
  outcome: "Held",
  reason: "sender",
  ticketId: null,
  ticketMessageId: null,
  repeats: null,
  sender: "ada@example.com",
  senderName: "Ada",
  subject: "Grüße",
  text: "Hallo",
  review: "waiting",
  reviewedAt: null,
  reviewedBy: null,
  receivedAt: at(number),
  ...over
})

const page = (limit: number, after?: InboundKey) => ({ after: Option.fromUndefinedOr(after), limit })
const bytes = new Uint8Array([0, 255, 13, 10, 128, 65])

/** What every `InboundRepository` keeps. */
export const InboundRepositoryContract: Suite<InboundRepository | UnitOfWork> = [
  {
    name: "MIN-01 what came in is found as it was, with its bytes, whatever they are",
    run: Effect.gen(function* () {
      const inbound = yield* InboundRepository
      yield* inbound.insert(mail(1), bytes)
      yield* inbound.insert(mail(2, { outcome: "Refused", review: null, takenKey: null, messageId: null }), null)
      assert.deepEqual(yield* inbound.find(id(1)), Option.some(mail(1)))
      assert.deepEqual(yield* inbound.findForUpdate(id(1)), Option.some(mail(1)))
      assert.deepEqual(yield* inbound.raw(id(1)), Option.some(bytes))
      assert.deepEqual(yield* inbound.raw(id(2)), Option.none())
      assert.deepEqual(yield* inbound.find(id(3)), Option.none())
      assert.equal((yield* Effect.flip(inbound.insert(mail(1, { takenKey: "other" }), null))).reason, "duplicate")
    })
  },
  {
    name: "MIN-06 what was taken is taken once in a mailbox, and elsewhere again",
    run: Effect.gen(function* () {
      const inbound = yield* InboundRepository
      const elsewhere = address("sales@portal.example")
      yield* inbound.insert(mail(1), bytes)
      assert.equal((yield* Effect.flip(inbound.insert(mail(2, { takenKey: "key 1" }), null))).reason, "duplicate")
      yield* inbound.insert(mail(3, { takenKey: "key 1", mailbox: elsewhere }), null)
      // those that take nothing from others are as many as come
      const repeat = { outcome: "Duplicate", review: null, takenKey: null, repeats: id(1) } as const
      yield* inbound.insert(mail(4, repeat), null)
      yield* inbound.insert(mail(5, repeat), null)
      assert.deepEqual(yield* inbound.findTaken(mail(1).mailbox, "key 1"), Option.some(mail(1)))
      assert.deepEqual(
        yield* inbound.findTaken(elsewhere, "key 1"),
        Option.some(mail(3, { takenKey: "key 1", mailbox: elsewhere }))
      )
      assert.deepEqual(yield* inbound.findTaken(elsewhere, "key 2"), Option.none())
    })
  },
  {
    name: "MIN-01 every message is counted in its outcome",
    run: Effect.gen(function* () {
      const inbound = yield* InboundRepository
      const none = { Threaded: 0, NewTicket: 0, Held: 0, Automatic: 0, Bounce: 0, Duplicate: 0, Refused: 0 }
      assert.deepEqual(yield* inbound.counts(), none)
      yield* inbound.insert(mail(1), null)
      yield* inbound.insert(mail(2), null)
      yield* inbound.insert(mail(3, { outcome: "Bounce", review: null }), null)
      assert.deepEqual(yield* inbound.counts(), { ...none, Held: 2, Bounce: 1 })
    })
  },
  {
    name: "MIN-02 a review is written once from what it was, and changes nothing else",
    run: Effect.gen(function* () {
      const inbound = yield* InboundRepository
      yield* inbound.insert(mail(1), bytes)
      const discarded = mail(1, { review: "discarded", reviewedAt: at(5), reviewedBy: accountId(1) })
      yield* inbound.insert(mail(3), null)
      yield* inbound.review({ ...discarded, subject: "another", reason: "another" }, "waiting")
      for (const read of [inbound.find, inbound.findForUpdate]) {
        assert.deepEqual(yield* read(id(3)), Option.some(mail(3)), "another one that waits")
      }
      assert.deepEqual(yield* inbound.find(id(1)), Option.some(discarded))
      assert.equal((yield* Effect.flip(inbound.review(discarded, "waiting"))).reason, "conflict")
      assert.equal((yield* Effect.flip(inbound.review(mail(2), "waiting"))).reason, "conflict")
      yield* inbound.review(mail(1), "discarded")
      assert.deepEqual(yield* inbound.find(id(1)), Option.some(mail(1)))
    })
  },
  {
    name: "MIN-02 held ones are listed by review and ticket, the oldest first",
    run: Effect.gen(function* () {
      const inbound = yield* InboundRepository
      yield* inbound.insert(mail(2), null)
      yield* inbound.insert(mail(1, { ticketId: ticketId(1) }), null)
      yield* inbound.insert(mail(3, { ticketId: ticketId(1) }), null)
      yield* inbound.insert(mail(4, { receivedAt: at(3) }), null)
      yield* inbound.insert(
        mail(5, { review: "discarded", reviewedAt: at(9), reviewedBy: accountId(1), ticketId: ticketId(2) }),
        null
      )
      yield* inbound.insert(mail(6, { outcome: "Automatic", review: null }), null)
      const list = (review: "waiting" | "discarded", ticket: TicketId | null, limit: number, after?: InboundKey) =>
        Effect.map(inbound.held({ review, ticketId: ticket }, page(limit, after)), (rows) => rows.map(({ id }) => id))
      assert.deepEqual(yield* list("waiting", null, 10), [id(1), id(2), id(3), id(4)])
      assert.deepEqual(yield* list("waiting", null, 1), [id(1), id(2)])
      assert.deepEqual(yield* list("waiting", null, 10, [at(3), id(3)]), [id(4)])
      assert.deepEqual(yield* list("waiting", ticketId(1), 10), [id(1), id(3)])
      assert.deepEqual(yield* list("waiting", ticketId(1), 10, [at(1), id(1)]), [id(3)])
      assert.deepEqual(yield* list("waiting", ticketId(2), 10), [])
      assert.deepEqual(yield* list("discarded", null, 10), [id(5)])
    })
  },
  {
    name: "MIN-01 bytes and text are forgotten after their time, what became of the message never, and what waits keeps all",
    run: Effect.gen(function* () {
      const inbound = yield* InboundRepository
      const review: null = null
      yield* inbound.insert(mail(1), bytes)
      yield* inbound.insert(mail(2, { outcome: "Threaded", review }), bytes)
      yield* inbound.insert(mail(3, { outcome: "Refused", review, takenKey: null }), null)
      const accepted = { review: "accepted", reviewedAt: at(9), reviewedBy: accountId(1) } as const
      yield* inbound.insert(mail(4, accepted), bytes)
      yield* inbound.insert(mail(9, { outcome: "Threaded", review }), bytes)
      assert.equal(yield* inbound.purge(at(9), 2), 2)
      assert.equal(yield* inbound.purge(at(9), 2), 1)
      assert.equal(yield* inbound.purge(at(9), 2), 0)
      const gone = { sender: null, senderName: null, subject: null, text: null }
      assert.deepEqual(yield* inbound.find(id(1)), Option.some(mail(1)))
      assert.deepEqual(yield* inbound.find(id(2)), Option.some(mail(2, { outcome: "Threaded", review, ...gone })))
      assert.deepEqual(yield* inbound.find(id(4)), Option.some(mail(4, { ...accepted, ...gone })))
      assert.deepEqual(yield* inbound.raw(id(1)), Option.some(bytes))
      assert.deepEqual(yield* inbound.raw(id(2)), Option.none())
      assert.deepEqual(yield* inbound.raw(id(9)), Option.some(bytes))
    })
  }
]

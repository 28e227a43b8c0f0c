import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { EmailChanges, Sessions } from "../../src/accounts/index.ts"
import { followAccounts } from "../../src/jobs/jobList.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { TicketId } from "../../src/kernel/ids.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { Claims, Participants, Tickets } from "../../src/tickets/index.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import * as ticketMails from "../../src/tickets/ticketMails.ts"
import { enter, person as personOf } from "../accounts/people.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { feed, replyAddress, written } from "./inboundWorld.ts"
import {
  byNumber,
  eventsAbout,
  historyFor,
  inUnit,
  marked,
  own,
  type Person,
  staffWrites,
  stored,
  submitted,
  textsFor
} from "./world.ts"

const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* personOf(`${name}@example.com`)
  return { account, actor: (yield* enter(account.email)).actor }
})

/** Moves the account of a session to another address; nothing has followed yet. */
const move = Effect.fnUntraced(function* (who: Person, email: string) {
  yield* EmailChanges.ask({ email }).pipe(as(who.actor))
  const { token } = yield* EmailChanges.confirm({ secret: yield* newestSecret(email) }).pipe(as(who.actor))
  return { ...who, actor: (yield* Sessions.authenticate(token)).actor }
})

const fresh = "ada@private.example"

const add = (who: Person, ticketId: TicketId, email: string) =>
  Participants.addParticipants({ ticketId, people: [{ email }] }).pipe(as(who.actor))

const rowsOf = (ticketId: TicketId, email: string) =>
  Effect.map(stored(ticketId), ({ participants }) => participants.filter((one) => one.email === email))

const rowOf = (ticketId: TicketId, email: string) =>
  Effect.map(rowsOf(ticketId, email), ([row]) => Option.getOrThrow(Option.fromUndefinedOr(row)))

const moved = Effect.flatMap(AccountRepository, (accounts) => accounts.moved(null, 10))

const unlimited = { max: 1_000_000, window: "1 hour" } as const

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | MailKinds | Layer.Success<typeof Mailer.layer>>) =>
    () =>
      Effect.provide(
        effect,
        Layer.merge(MailKinds.layer(...mailKinds), Mailer.layer).pipe(
          Layer.provideMerge(
            withKernel({
              limits: { ticketsPerAccount: unlimited, ticketStepsPerAccount: unlimited, mailPerAddress: unlimited }
            })
          ),
          Layer.provideMerge(storage)
        )
      )

  describe(`tickets that follow an account (${adapter})`, { timeout: 60_000 }, () => {
    it.effect(
      "REG-09 TIC-07 V-30 who has moved keeps their part: what they read and write stays, mails go to the new address, and the others learn nothing of the account",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId: hers } = yield* own(ada)
          const { ticketId: his } = yield* own(bob)
          yield* staffWrites(his, "before her")
          yield* add(bob, his, "ada@example.com")
          yield* staffWrites(his, "for both")
          const [contact, part] = [yield* rowOf(hers, "ada@example.com"), yield* rowOf(his, "ada@example.com")]
          const historyOfBob = yield* historyFor(bob, his)
          const { activityAt } = (yield* stored(his)).ticket
          const me = yield* move(ada, fresh)
          yield* TestClock.adjust("1 minute")
          yield* followAccounts.run
          for (const [ticketId, row] of [[hers, contact] as const, [his, part] as const]) {
            assert.deepStrictEqual(yield* rowOf(ticketId, fresh), {
              ...row,
              email: (yield* rowOf(ticketId, fresh)).email,
              tokenVersion: row.tokenVersion + 1
            })
            assert.deepStrictEqual(yield* rowsOf(ticketId, "ada@example.com"), [])
            const events = (yield* eventsAbout(ticketId)).filter(({ type }) => type === "ticket.addressFollowed")
            assert.deepStrictEqual(
              events.map(({ data, tenantId }) => [data, tenantId]),
              [[{ participantId: row.id }, null]]
            )
          }
          assert.strictEqual((yield* stored(hers)).ticket.contactEmail, fresh)
          assert.strictEqual((yield* stored(his)).ticket.contactEmail, "bob@example.com")
          // nobody reads more than before, nor less
          assert.deepStrictEqual(yield* textsFor(me, his), ["for both"])
          assert.lengthOf(yield* textsFor(me, hers), 1)
          assert.deepStrictEqual(yield* historyFor(bob, his), historyOfBob)
          assert.strictEqual((yield* stored(his)).ticket.activityAt, activityAt)
          const tickets = yield* TicketRepository
          const lines = yield* tickets.changes(his, null, { after: Option.none(), limit: 1 })
          assert.deepInclude(lines[0], { what: "addressFollowed", visibility: "internal", by: "system" })
          const old = (yield* mailsTo("ada@example.com")).length
          yield* staffWrites(his, "from now on")
          assert.lengthOf(yield* mailsTo("ada@example.com"), old)
          assert.strictEqual((yield* mailsTo(fresh)).at(-1)?.kind, ticketMails.message.name)
          // done: again there is nothing to do
          const before = yield* stored(his)
          yield* followAccounts.run
          assert.deepStrictEqual(yield* stored(his), before)
        })
      )
    )

    it.effect(
      "REG-09 MIN-02 V-31 an answer from the former mailbox to its reply address is held, and one from the new mailbox to the new address counts",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          const old = yield* replyAddress(ticketId, "ada@example.com")
          const me = yield* move(ada, fresh)
          yield* followAccounts.run
          for (const from of ["ada@example.com", fresh]) {
            assert.strictEqual((yield* feed(written(from, "to the old one"), { recipient: old })).outcome, "Held")
          }
          const recipient = yield* replyAddress(ticketId, fresh)
          assert.notStrictEqual(recipient, old)
          assert.strictEqual((yield* feed(written("ada@example.com", "no"), { recipient })).outcome, "Held")
          assert.strictEqual((yield* feed(written(fresh, "It works."), { recipient })).outcome, "Threaded")
          assert.strictEqual((yield* textsFor(me, ticketId)).at(-1), "It works.")
        })
      )
    )

    it.effect(
      "R-MA-09 OUT-04 REG-09 a mail that waits for the former address goes to the new one, once, and the mark of a mailbox that was dead is gone",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          yield* staffWrites(ticketId, "secret words")
          const waiting = (yield* mailsTo("ada@example.com")).find(({ kind }) => kind === ticketMails.message.name)
          const { email, id } = yield* rowOf(ticketId, "ada@example.com")
          const tickets = yield* TicketRepository
          yield* tickets.markUndeliverable(email, yield* Instant.now)
          yield* TestClock.adjust("1 minute")
          yield* move(ada, fresh)
          yield* followAccounts.run
          const row = yield* rowOf(ticketId, fresh)
          assert.deepStrictEqual([row.id, row.undeliverableAt], [id, null])
          if (waiting === undefined) return yield* Effect.die(new Error("no mail waits"))
          yield* dispatch
          const mailbox = yield* Mailer.Mailbox
          const sent = (yield* mailbox.taken).filter(({ text }) => text.includes("secret words"))
          assert.deepStrictEqual(
            sent.map(({ to }) => to),
            [fresh]
          )
          // answered from there, it counts
          const answered = yield* feed(written(fresh, "thank you"), { recipient: sent[0]?.replyTo ?? "" })
          assert.strictEqual(answered.outcome, "Threaded")
        })
      )
    )

    it.effect(
      "REG-09 TIC-07 V-30 two who change their addresses with each other both go on hearing of their ticket, each what they may",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(bob)
          yield* staffWrites(ticketId, "before her")
          yield* add(bob, ticketId, "ada@example.com")
          const [hers, his] = [yield* rowOf(ticketId, "ada@example.com"), yield* rowOf(ticketId, "bob@example.com")]
          yield* staffWrites(ticketId, "on its way")
          yield* TestClock.adjust("1 minute")
          const away = yield* move(ada, fresh)
          const bobNow = yield* move(bob, "ada@example.com")
          const adaNow = yield* move(away, "bob@example.com")
          yield* followAccounts.run
          const after = (yield* stored(ticketId)).participants
          assert.deepStrictEqual(
            after.map(({ email, id, undeliverableAt }) => `${id} ${email} ${undeliverableAt}`),
            [`${his.id} ada@example.com null`, `${hers.id} bob@example.com null`]
          )
          assert.strictEqual((yield* stored(ticketId)).ticket.contactEmail, "ada@example.com")
          assert.deepStrictEqual(yield* textsFor(adaNow, ticketId), ["on its way"])
          assert.lengthOf(yield* textsFor(bobNow, ticketId), 3)
          yield* staffWrites(ticketId, "for both")
          yield* dispatch
          const mailbox = yield* Mailer.Mailbox
          const sent = yield* mailbox.taken
          const got = (text: string) =>
            sent
              .filter((mail) => mail.text.includes(text))
              .map(({ to }) => to)
              .sort()
          assert.deepStrictEqual(got("before her"), ["ada@example.com"])
          assert.deepStrictEqual(got("on its way"), ["ada@example.com", "bob@example.com"])
          assert.deepStrictEqual(got("for both"), ["ada@example.com", "bob@example.com"])
          const before = yield* stored(ticketId)
          yield* followAccounts.run
          assert.deepStrictEqual(yield* stored(ticketId), before)
        })
      )
    )

    it.effect(
      "REG-09 TIC-06 V-30 where the new address takes part already, nothing is merged: its row waits to be claimed, and the former mailbox gets and says nothing more",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId } = yield* own(bob)
          yield* staffWrites(ticketId, "before her")
          yield* add(bob, ticketId, "ada@example.com")
          yield* staffWrites(ticketId, "between")
          yield* add(bob, ticketId, fresh)
          const old = yield* replyAddress(ticketId, "ada@example.com")
          const [mine, waiting] = [yield* rowOf(ticketId, "ada@example.com"), yield* rowOf(ticketId, fresh)]
          const me = yield* move(ada, fresh)
          yield* TestClock.adjust("1 minute")
          yield* followAccounts.run
          assert.deepStrictEqual(yield* rowOf(ticketId, fresh), waiting)
          const silent = yield* rowOf(ticketId, "ada@example.com")
          const now = yield* Instant.now
          assert.deepStrictEqual(silent, { ...mine, tokenVersion: mine.tokenVersion + 1, undeliverableAt: now })
          assert.deepStrictEqual(yield* textsFor(me, ticketId), ["between"])
          assert.strictEqual((yield* feed(written("ada@example.com", "no"), { recipient: old })).outcome, "Held")
          const mails = (yield* mailsTo("ada@example.com")).length
          yield* staffWrites(ticketId, "after")
          assert.lengthOf(yield* mailsTo("ada@example.com"), mails)
          assert.strictEqual((yield* mailsTo(fresh)).at(-1)?.kind, ticketMails.message.name)
          // once, however often the job looks
          yield* followAccounts.run
          assert.deepStrictEqual(yield* rowOf(ticketId, "ada@example.com"), silent)
          const left = (yield* eventsAbout(ticketId)).filter(({ type }) => type === "ticket.addressLeft")
          assert.lengthOf(left, 1)
          assert.deepInclude(yield* Effect.flip(Claims.claim({ ticketIds: [ticketId] }).pipe(as(me.actor))), {
            _tag: "AddressTooNew"
          })
          // back at the former address it gets its mails again, by a reply address that was never used before
          yield* TestClock.adjust("1 minute")
          yield* move(me, "ada@example.com")
          yield* followAccounts.run
          const again = yield* rowOf(ticketId, "ada@example.com")
          assert.deepStrictEqual(again, { ...silent, undeliverableAt: null })
        })
      )
    )

    it.effect(
      "TIC-07 V-30 who was removed stays so: in the ticket, and in what was merged into it, at whatever address",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const { ticketId: target } = yield* own(bob)
          yield* add(bob, target, "ada@example.com")
          const { ticketId: source } = yield* own(ada)
          yield* marked(source, { mergedInto: target })
          const { id } = yield* rowOf(target, "ada@example.com")
          yield* Participants.removeParticipant({ ticketId: target, participantId: id }).pipe(as(bob.actor))
          assert.strictEqual((yield* Effect.flip(textsFor(ada, source)))._tag, "NotFound")
          // the address to be is there by itself
          yield* add(bob, target, fresh)
          const me = yield* move(ada, fresh)
          yield* followAccounts.run
          assert.strictEqual((yield* rowOf(source, fresh)).id, (yield* stored(source)).participants[0]?.id)
          for (const ticketId of [source, target]) {
            assert.strictEqual((yield* Effect.flip(textsFor(me, ticketId)))._tag, "NotFound")
          }
        })
      )
    )

    it.effect(
      "REG-09 however many tickets there are all follow, 50 in a commit, and what comes late does, too, until ten minutes are over",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          for (let n = 0; n < 101; n++) yield* own(ada)
          const stranger = yield* byNumber((yield* submitted("ada@example.com")).number)
          const me = yield* move(ada, fresh)
          yield* followAccounts.run
          const tickets = yield* TicketRepository
          assert.deepStrictEqual(
            yield* tickets.astray(ada.account.id, (yield* rowOf(ticketId, fresh)).email, null, 200),
            []
          )
          const page = yield* Tickets.mine({ limit: 100 }).pipe(as(me.actor))
          for (const item of page.items) assert.lengthOf(yield* rowsOf(item.id, fresh), 1)
          assert.lengthOf(yield* rowsOf(ticketId, fresh), 1)
          // what the account has never claimed does not follow
          assert.lengthOf(yield* rowsOf(stranger.id, "ada@example.com"), 1)
          // written by what began before
          const row = yield* rowOf(ticketId, fresh)
          yield* inUnit(() => tickets.saveParticipants([{ ...row, email: ada.account.email }]))
          assert.deepStrictEqual(yield* moved, [ada.account.id])
          yield* followAccounts.run
          assert.lengthOf(yield* rowsOf(ticketId, fresh), 1)
          yield* TestClock.adjust("599 seconds")
          yield* followAccounts.run
          assert.deepStrictEqual(yield* moved, [ada.account.id])
          yield* TestClock.adjust("1 second")
          yield* followAccounts.run
          assert.deepStrictEqual(yield* moved, [])
        })
      )
    )
  })
})

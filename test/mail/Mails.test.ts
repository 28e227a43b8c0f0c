import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Schema } from "effect"
import * as Actor from "../../src/kernel/Actor.ts"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { AccountId, MailId, SessionId } from "../../src/kernel/ids.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import * as Mails from "../../src/mail/Mails.ts"
import { events } from "../../src/memory/EventLog.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { Store } from "../../src/memory/Store.ts"
import { address, ends, layer, linked, mails, mailTo, plain, send, sendLinked } from "./world.ts"

const world = MailKinds.layer(plain, linked).pipe(Layer.provideMerge(layer))

const staff: Actor.Staff = {
  _tag: "Staff",
  accountId: Schema.decodeSync(AccountId)("01890000-0000-7000-8000-0000000000b1"),
  sessionId: Schema.decodeSync(SessionId)("01890000-0000-7000-8000-0000000000c1"),
  credentialEpoch: 0,
  authenticatedAt: fromMillis(0),
  roles: ["agent"]
}
const asStaff = Actor.provide(staff)

const unknown = Schema.decodeSync(MailId)("01890000-0000-7000-8000-000000000001")

const types = Effect.flatMap(Store, (store) =>
  store.read("events", (state) =>
    events
      .all(state)
      .sort(events.by((event) => event.id))
      .map(({ actor, type }) => `${actor} ${type}`)
  )
)

const allFail = Effect.flatMap(Mailbox, (mailbox) => mailbox.behave(() => "permanent"))
const allWork = Effect.flatMap(Mailbox, (mailbox) => mailbox.behave(() => "take"))

describe("mails for staff", () => {
  it.effect("OUT-03 STF-01 dead letters are listed with their reason, and without what they say", () =>
    Effect.gen(function* () {
      yield* send(mailTo("ada"), mailTo("bob"))
      yield* allFail
      yield* Dispatcher.runOnce
      yield* allWork
      yield* send(mailTo("eve"))
      yield* Dispatcher.runOnce
      const first = yield* Mails.list({ state: "dead", limit: 1 }).pipe(asStaff)
      assert.deepStrictEqual(
        first.items.map(({ detail, reason, recipient, retriable, state }) => [
          recipient,
          state,
          reason,
          detail,
          retriable
        ]),
        [["bob@example.com", "dead", "refused", "as the test wanted it", true]]
      )
      const second = yield* Mails.list({ state: "dead", limit: 1, after: first.next ?? "" }).pipe(asStaff)
      assert.deepStrictEqual([second.items[0]?.recipient, second.next], ["ada@example.com", null])
      assert.notInclude(JSON.stringify([first, second]), "Ada")
      const ofEve = yield* Mails.list({ recipient: " EVE@example.com " }).pipe(asStaff)
      assert.deepStrictEqual(
        ofEve.items.map(({ state }) => state),
        ["sent"]
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-03 a dead mail is sent again, and that is recorded", () =>
    Effect.gen(function* () {
      yield* send(mailTo("ada"))
      yield* allFail
      yield* Dispatcher.runOnce
      yield* allWork
      const [dead] = yield* mails
      const answer = yield* Mails.retry({ id: dead?.id ?? unknown }).pipe(asStaff)
      assert.deepStrictEqual([answer.state, answer.attempts, answer.reason], ["queued", 0, null])
      yield* Dispatcher.runOnce
      assert.deepStrictEqual(yield* ends, ["ada sent"])
      assert.deepStrictEqual(yield* types, [
        "job:mail-dispatcher mail.dead",
        "staff:01890000-0000-7000-8000-0000000000b1 mail.retried"
      ])
      const attempts = yield* (yield* Mailbox).attempts
      assert.strictEqual(new Set(attempts.map(({ messageId }) => messageId)).size, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-01 OUT-03 a dead mail that carried a link is not: its process makes a new one", () =>
    Effect.gen(function* () {
      yield* sendLinked(address("ada"))
      yield* allFail
      yield* Dispatcher.runOnce
      const [dead] = yield* mails
      const error = yield* Effect.flip(Mails.retry({ id: dead?.id ?? unknown }).pipe(asStaff))
      assert.deepStrictEqual(error, new Mails.LinkIsGone({ process: "link:ada@example.com" }))
      const { items } = yield* Mails.list({ state: "dead" }).pipe(asStaff)
      assert.isFalse(items[0]?.retriable)
      assert.deepStrictEqual(yield* ends, ["ada dead refused"])
    }).pipe(Effect.provide(world))
  )

  it.effect("a mail that is not dead, or not there, is not sent again", () =>
    Effect.gen(function* () {
      yield* send(mailTo("ada"))
      const [queued] = yield* mails
      const id = queued?.id ?? unknown
      assert.deepStrictEqual(
        yield* Effect.flip(Mails.retry({ id }).pipe(asStaff)),
        new Mails.MailNotDead({ state: "queued" })
      )
      yield* Dispatcher.runOnce
      assert.deepStrictEqual(
        yield* Effect.flip(Mails.retry({ id }).pipe(asStaff)),
        new Mails.MailNotDead({ state: "sent" })
      )
      assert.strictEqual((yield* Effect.flip(Mails.retry({ id: unknown }).pipe(asStaff)))._tag, "NotFound")
      assert.strictEqual((yield* (yield* Mailbox).taken).length, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("of two who try a dead mail again at once, one does", () =>
    Effect.gen(function* () {
      yield* send(mailTo("ada"))
      yield* allFail
      yield* Dispatcher.runOnce
      yield* allWork
      const [dead] = yield* mails
      const again = Effect.result(Mails.retry({ id: dead?.id ?? unknown }).pipe(asStaff))
      const results = yield* Effect.all([again, again, again], { concurrency: "unbounded" })
      assert.strictEqual(results.filter(({ _tag }) => _tag === "Success").length, 1)
      yield* Dispatcher.runOnce
      assert.strictEqual((yield* (yield* Mailbox).taken).length, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("G-01 names what is wrong with the input", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(Mails.list({ recipient: "nobody", limit: 0 }).pipe(asStaff))
      assert.strictEqual(error._tag, "InvalidInput")
      assert.strictEqual((yield* Effect.flip(Mails.retry({ id: "x" }).pipe(asStaff)))._tag, "InvalidInput")
    }).pipe(Effect.provide(world))
  )
})

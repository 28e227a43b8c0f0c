import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { purgeInbound, purgeMails } from "../../src/jobs/jobList.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { InboundRepository } from "../../src/mail/inbound/InboundRepository.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import { layer as layerMailer, Mailbox } from "../../src/memory/Mailer.ts"
import { Tickets } from "../../src/tickets/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, withKernel } from "../support/portal.ts"
import { crew, customer, reply, submitted } from "../tickets/desk/world.ts"
import { feed, replyAddress, written } from "../tickets/inboundWorld.ts"

const everything = Effect.flatMap(OutboxRepository, (outbox) => outbox.list({}, { after: Option.none(), limit: 200 }))

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = (settings: Parameters<typeof withKernel>[0] = {}) =>
    Layer.mergeAll(MailKinds.layer(...mailKinds), layerMailer).pipe(
      Layer.provideMerge(withKernel(settings)),
      Layer.provideMerge(storage)
    )

  const most = 2_000_000

  describe(`how much of mails is kept, and how long (${adapter})`, () => {
    it.effect("R-MA-12 what is settled goes after the retention, what waits stays however long it takes", () =>
      Effect.gen(function* () {
        const inbound = yield* InboundRepository
        const mailbox = yield* Mailbox
        yield* mailbox.behave(({ to }) =>
          to.startsWith("refused") ? "permanent" : to.startsWith("later") ? "temporary" : "take"
        )
        const first = yield* feed(written("sent@example.com", "one"))
        yield* feed(written("refused@example.com", "two"))
        yield* feed(written("later@example.com", "three"))
        const held = yield* feed(written("eve@evil.example", "four"), { recipient: "support+x@localhost.localdomain" })
        yield* dispatch
        yield* feed(written("waiting@example.com", "five"))
        const states = Effect.map(everything, (mails) =>
          mails.map(({ recipient, state }) => `${recipient} ${state}`).sort()
        )
        const all = [
          "later@example.com queued",
          "refused@example.com dead",
          "sent@example.com sent",
          "waiting@example.com queued"
        ]
        assert.deepStrictEqual(yield* states, all)
        const purge = Effect.andThen(purgeMails.run, purgeInbound.run)
        yield* TestClock.adjust("89 days")
        yield* purge
        assert.deepStrictEqual(yield* states, all)
        assert.isTrue(Option.isSome(yield* inbound.raw(first.id)))
        yield* TestClock.adjust("2 days")
        yield* purge
        assert.deepStrictEqual(yield* states, ["later@example.com queued", "waiting@example.com queued"])
        assert.isTrue(Option.isNone(yield* inbound.raw(first.id)))
        assert.isTrue(Option.isSome(yield* inbound.raw(held.id)))
        assert.deepInclude(yield* inbound.counts(), { NewTicket: 4, Held: 1 })
      }).pipe(Effect.provide(portal()))
    )

    it.effect("R-MA-12 no row is larger than what the inputs let through, however long a mail is", () =>
      Effect.gen(function* () {
        const agent = yield* crew("agent", "agent")
        const ada = yield* customer("ada")
        const { ticketId } = yield* submitted(ada)
        const inbound = yield* InboundRepository
        // what is written in the portal or at the desk has a longest length
        const long = "€".repeat(20_000)
        yield* Tickets.answer({ ticketId, text: long }).pipe(as(ada.actor))
        yield* reply(agent, ticketId, long)
        const refused = [
          yield* Effect.flip(Tickets.answer({ ticketId, text: `${long}€` }).pipe(as(ada.actor))),
          yield* Effect.flip(reply(agent, ticketId, `${long}€`))
        ]
        assert.deepStrictEqual(
          refused.map(({ _tag }) => _tag),
          ["InvalidInput", "InvalidInput"]
        )
        // and what comes by mail is cut where it is longer
        const endless = "€ ".repeat(240_000)
        const recipient = yield* replyAddress(ticketId, ada.email)
        assert.strictEqual((yield* feed(written(ada.email, endless), { recipient })).outcome, "Threaded")
        const held = yield* feed(written("eve@evil.example", endless), { recipient })
        assert.isAtMost(Option.getOrThrow(yield* inbound.find(held.id)).text?.length ?? 0, 20_000)
        const mails = yield* everything
        assert.isAbove(mails.length, 0)
        for (const { values } of mails) assert.isBelow(Buffer.byteLength(JSON.stringify(values)), 200_000)
        // larger than a message may be: neither kept nor counted as taken
        const huge = yield* feed(written(ada.email, "x".repeat(most)), { recipient })
        assert.deepInclude(huge, { outcome: "Refused", reason: "too-large" })
        assert.isTrue(Option.isNone(yield* inbound.raw(huge.id)))
      }).pipe(Effect.provide(portal({ inbound: { limits: { bytes: most } } })))
    )

    it.live(
      "R-MA-12 a dispatcher takes no more than a batch, and hands over no more than it may at the same time",
      () =>
        Effect.gen(function* () {
          const outbox = yield* OutboxRepository
          for (let number = 0; number < 12; number++) yield* feed(written(`${number}@example.com`, "hello"))
          let flying = 0
          let most = 0
          const mailer = Mailer.guarded(() =>
            Effect.acquireUseRelease(
              Effect.sync(() => {
                flying += 1
                most = Math.max(most, flying)
              }),
              () => Effect.sleep("5 millis"),
              () =>
                Effect.sync(() => {
                  flying -= 1
                })
            )
          )
          const taken: Array<number> = []
          const watched = OutboxRepository.of({
            ...outbox,
            claim: (claim) => Effect.tap(outbox.claim(claim), (mails) => Effect.sync(() => taken.push(mails.length)))
          })
          for (let run = 0; run < 4; run++) {
            yield* dispatch.pipe(
              Effect.provideService(Mailer, mailer),
              Effect.provideService(OutboxRepository, watched)
            )
          }
          assert.strictEqual(most, 2)
          assert.isAtMost(Math.max(...taken), 5)
          assert.strictEqual(
            taken.reduce((sum, one) => sum + one, 0),
            12
          )
          assert.isTrue((yield* everything).every(({ state }) => state === "sent"))
        }).pipe(Effect.provide(portal({ outbox: { batch: 5, concurrency: 2 } })))
    )
  })
})

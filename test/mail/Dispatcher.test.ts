import { assert, describe, it } from "@effect/vitest"
import { Context, Effect, Fiber, Layer, Logger, Redacted, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as Instant from "../../src/kernel/Instant.ts"
import { Limits } from "../../src/kernel/Limits.ts"
import * as Links from "../../src/kernel/Links.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import { Mailer, MailerError } from "../../src/mail/Mailer.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { events } from "../../src/memory/EventLog.ts"
import { Mailbox } from "../../src/memory/Mailer.ts"
import { mails as mailsTable } from "../../src/memory/Outbox.ts"
import { Store } from "../../src/memory/Store.ts"
import { rounds } from "../support/rounds.ts"
import {
  address,
  ends,
  layer,
  linked,
  mails,
  mailTo,
  pass,
  plain,
  purpose,
  ring,
  send,
  sending,
  sendLinked
} from "./world.ts"

const kinds = MailKinds.layer(plain, linked)
const world = kinds.pipe(Layer.provideMerge(layer))

const run = Dispatcher.runOnce

/** A clock of its own, and no log of the faults that are meant. */
const silent = Layer.mergeAll(TestClock.layer(), Logger.layer([]))

const recorded = Effect.flatMap(Store, (store) =>
  store.read("events", (state) => events.all(state).sort(events.by((event) => event.id)))
)

const template = {
  values: Schema.Struct({ name: Schema.String }),
  automatic: true,
  subject: { de: "Betreff", en: "Subject" },
  content: { de: () => ({ paragraphs: ["Text"] }), en: () => ({ paragraphs: ["Text"] }) }
} as const

const messageIds = Effect.flatMap(Mailbox, (mailbox) =>
  Effect.map(mailbox.attempts, (attempts) => attempts.map((message) => `${message.to} ${message.messageId}`))
)

describe("the dispatcher", () => {
  it.effect("OUT-01 OUT-02 V-34 R-MA-10 a mail is there with its change, is sent, and its secret is wiped", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      const secret = yield* sendLinked(address("ada"))
      const [queued] = yield* mails
      assert.strictEqual(queued?.state, "queued")
      assert.isNotNull(queued?.sealedSecret)
      assert.notInclude(JSON.stringify(queued), Redacted.value(secret))

      assert.deepStrictEqual(yield* run, { sent: 1, dropped: 0, dead: 0, later: 0, lost: 0 })
      const [message, ...more] = yield* mailbox.taken
      assert.deepStrictEqual(more, [])
      assert.strictEqual(message?.to, address("ada"))
      assert.strictEqual(message?.messageId, `<${queued?.id}@example.com>`)
      assert.strictEqual(message?.headers["Auto-Submitted"], "auto-generated")
      const link = `https://portal.example.com/open/${Redacted.value(secret)}`
      assert.include(message?.text, link)
      assert.include(message?.html, `href="${link}"`)
      const [sent] = yield* mails
      assert.deepStrictEqual([sent?.state, sent?.sealedSecret, sent?.attempts], ["sent", null, 1])
      assert.deepStrictEqual(yield* run, { sent: 0, dropped: 0, dead: 0, later: 0, lost: 0 })
    }).pipe(Effect.provide(world))
  )

  it.effect("R-MA-05 V-34 of a change that fails or dies no mail is left", () =>
    Effect.gen(function* () {
      yield* Effect.exit(sending([mailTo("ada")], Effect.die(new Error("bug"))))
      yield* Effect.exit(sending([mailTo("bob")], Effect.interrupt))
      assert.deepStrictEqual(yield* ends, [])
    }).pipe(Effect.provide(world))
  )

  it.effect("a mail that is not automatic does not say that it is", () =>
    Effect.gen(function* () {
      const byHand = MailKind.make({ ...template, name: "test.byHand", automatic: false })
      yield* Effect.gen(function* () {
        yield* send(byHand.mail({ recipient: address("ada"), locale: "en", values: { name: "x" }, process: "p" }))
        yield* run
        const [message] = yield* (yield* Mailbox).taken
        assert.deepStrictEqual(message?.headers, {})
      }).pipe(Effect.provide(MailKinds.layer(byHand)))
    }).pipe(Effect.provide(layer))
  )

  it.effect("OUT-03 V-36 a temporary failure is tried again after growing pauses, with the same Message-ID", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      yield* mailbox.behave((_, attempt) => (attempt <= 3 ? "temporary" : "take"))
      yield* send(mailTo("ada"))
      const pauses: Array<number> = []
      for (let turn = 0; turn < 3; turn++) {
        yield* run
        const [mail] = yield* mails
        assert.deepStrictEqual([mail?.state, mail?.attempts, mail?.reason], ["queued", turn + 1, "temporary"])
        const pause = (mail?.dueAt ?? 0) - (yield* Instant.now)
        pauses.push(pause)
        yield* pass(pause - 1)
        assert.strictEqual((yield* run).sent, 0)
        assert.strictEqual((yield* mailbox.attempts).length, turn + 1)
        yield* pass(1)
      }
      assert.strictEqual((yield* run).sent, 1)
      for (const [turn, pause] of pauses.entries()) {
        assert.isAtLeast(pause, 15_000 * 2 ** turn)
        assert.isAtMost(pause, 30_000 * 2 ** turn)
      }
      assert.strictEqual(new Set(yield* messageIds).size, 1)
      assert.deepStrictEqual(yield* ends, ["ada sent"])
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-03 V-35 R-MA-08 too many temporary failures make a dead letter, which is recorded", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      yield* mailbox.behave(() => "temporary")
      yield* send(mailTo("ada"))
      for (let turn = 0; turn < 20; turn++) {
        yield* run
        yield* pass("6 hours")
      }
      assert.deepStrictEqual(yield* ends, ["ada dead too-many-tries"])
      assert.strictEqual((yield* mailbox.attempts).length, Settings.defaults.outbox.maxAttempts)
      const [event, ...more] = (yield* recorded).filter(({ type }) => type === "mail.dead")
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual(event?.data, {
        kind: "test.plain",
        process: "process:ada",
        reason: "too-many-tries",
        attempts: 12
      })
      assert.deepStrictEqual(event?.personal, { recipient: "ada@example.com" })
      assert.strictEqual(event?.actor, "job:mail-dispatcher")
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-03 a permanent failure makes a dead letter at once, without its secret", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      yield* mailbox.behave(() => "permanent")
      yield* sendLinked(address("ada"))
      assert.strictEqual((yield* run).dead, 1)
      const [mail] = yield* mails
      assert.deepStrictEqual(
        [mail?.state, mail?.reason, mail?.sealedSecret, mail?.hasLink, mail?.detail],
        ["dead", "refused", null, true, "as the test wanted it"]
      )
    }).pipe(Effect.provide(world))
  )

  it.effect("V-36 R-MA-06 a mailer that takes a mail and does not answer gets it again with the same Message-ID", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      yield* mailbox.behave((_, attempt) => (attempt === 1 ? "take-silently" : "take"))
      yield* send(mailTo("ada"))
      const fiber = yield* Effect.forkChild(run)
      yield* pass("30 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).later, 1)
      const [waiting] = yield* mails
      assert.strictEqual(waiting?.detail, "no answer in time")
      yield* pass("30 seconds")
      assert.strictEqual((yield* run).sent, 1)
      assert.strictEqual((yield* mailbox.taken).length, 2)
      assert.strictEqual(new Set(yield* messageIds).size, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-05 a mail that waits for its next try is not overtaken in its process, and holds up no other", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      yield* mailbox.behave((_, attempt) => (attempt === 1 ? "temporary" : "take"))
      const inOrder = (name: string) => mailTo("ada", { process: "order:1", values: { name } })
      yield* send(inOrder("first"))
      yield* send(inOrder("second"), inOrder("third"), mailTo("ada", { values: { name: "other process" } }))
      yield* send(mailTo("bob", { process: "order:1", values: { name: "other recipient" } }))
      yield* run
      const names = Effect.map(mailbox.taken, (taken) =>
        taken.map(({ text }) => /^(.*) hat etwas getan\.$/m.exec(text)?.[1])
      )
      assert.sameMembers(yield* names, ["other process", "other recipient"])
      yield* pass("1 minute")
      yield* run
      assert.deepStrictEqual((yield* names).slice(2), ["first", "second", "third"])
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-04 a mail is dropped when its link is void, used, expired or gone", () =>
    Effect.gen(function* () {
      const links = yield* Links.LinkRepository
      const sentTo = (name: string) => sendLinked(address(name))
      yield* sentTo("void")
      yield* links.voidOpen(purpose.name, address("void"), yield* Instant.now)
      const used = yield* sentTo("used")
      yield* Links.redeem(yield* Links.open(purpose, used, yield* Instant.now), yield* Instant.now)
      yield* sendLinked(address("expired"), "1 minute")
      yield* sentTo("fine")
      yield* pass("1 minute")
      yield* run
      assert.deepStrictEqual(yield* ends, [
        "void dropped link-void",
        "used dropped link-used",
        "expired dropped link-expired",
        "fine sent"
      ])
      for (const mail of yield* mails) assert.isNull(mail.sealedSecret)
      assert.strictEqual((yield* (yield* Mailbox).attempts).length, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-04 V-12 only the newest of several links is sent", () =>
    Effect.gen(function* () {
      yield* sendLinked(address("ada"))
      const second = yield* sendLinked(address("ada"))
      yield* run
      const taken = yield* (yield* Mailbox).taken
      assert.strictEqual(taken.length, 1)
      assert.include(taken[0]?.text, Redacted.value(second))
      assert.deepStrictEqual(yield* ends, ["ada dropped link-void", "ada sent"])
    }).pipe(Effect.provide(world))
  )

  class Members extends Context.Service<Members, { readonly has: (name: string) => boolean }>()("test/Members") {}

  it.effect("OUT-04 OUT-08 a kind says itself whether its mail is still wanted, with what its room gives it", () =>
    Effect.gen(function* () {
      const present = new Set(["ada", "bob"])
      const kind = MailKind.make({
        ...template,
        name: "test.member",
        stillWanted: ({ values }) =>
          Effect.map(Members, (members) =>
            members.has(values.name) ? MailKind.wanted : MailKind.dropped("not-a-member")
          )
      })
      const mail = (name: string) =>
        kind.mail({ recipient: address(name), locale: "de", values: { name }, process: `p:${name}` })
      yield* Effect.gen(function* () {
        yield* send(mail("ada"), mail("bob"))
        present.delete("bob")
        yield* run
        assert.deepStrictEqual(yield* ends, ["ada sent", "bob dropped not-a-member"])
      }).pipe(
        Effect.provide(
          MailKinds.layer(kind).pipe(Layer.provide(Layer.succeed(Members, { has: (name) => present.has(name) })))
        )
      )
    }).pipe(Effect.provide(layer))
  )

  const capped = MailKind.make({ ...template, name: "test.capped", cap: { limit: { max: 1, window: "24 hours" } } })
  const cappedMail = (name: string, process: string) =>
    capped.mail({ recipient: address(name), locale: "de", values: { name }, process })

  it.effect("AUT-05 a cap drops what is above it at sending, for each recipient, until its time is over", () =>
    Effect.gen(function* () {
      yield* send(cappedMail("ada", "1"), cappedMail("ada", "2"), cappedMail("bob", "3"))
      yield* run
      assert.sameMembers(yield* ends, ["ada sent", "ada dropped cap", "bob sent"])
      yield* pass("24 hours")
      yield* send(cappedMail("ada", "4"))
      yield* run
      assert.strictEqual((yield* ends).filter((end) => end === "ada sent").length, 2)
    }).pipe(Effect.provide(MailKinds.layer(capped).pipe(Layer.provideMerge(layer))))
  )

  it.effect("a mail that failed for a while does not meet its own cap", () =>
    Effect.gen(function* () {
      yield* (yield* Mailbox).behave((_, attempt) => (attempt === 1 ? "temporary" : "take"))
      yield* send(cappedMail("ada", "1"))
      yield* run
      yield* pass("1 minute")
      yield* run
      assert.deepStrictEqual(yield* ends, ["ada sent"])
    }).pipe(Effect.provide(MailKinds.layer(capped).pipe(Layer.provideMerge(layer))))
  )

  it.effect("LIM-01 while the limits cannot be counted, a capped mail is not sent, and not lost", () =>
    Effect.gen(function* () {
      let broken = true
      const limits = yield* Limits
      const down = Limits.of({
        ...limits,
        take: (rules, now) =>
          broken
            ? Effect.fail(new PersistenceError({ operation: "take", reason: "connection" }))
            : limits.take(rules, now)
      })
      yield* send(cappedMail("ada", "1"), mailTo("bob"))
      yield* Effect.provideService(run, Limits, down)
      assert.deepStrictEqual(yield* ends, ["ada queued store", "bob sent"])
      for (let turn = 0; turn < 30; turn++) {
        yield* pass("1 hour")
        yield* Effect.provideService(run, Limits, down)
      }
      assert.deepStrictEqual(yield* ends, ["ada queued store", "bob sent"])
      broken = false
      yield* pass("1 minute")
      yield* Effect.provideService(run, Limits, down)
      assert.deepStrictEqual(yield* ends, ["ada sent", "bob sent"])
    }).pipe(Effect.provide(MailKinds.layer(capped, plain).pipe(Layer.provideMerge(layer))))
  )
})

describe("poison", () => {
  it.effect("OUT-05 V-35 what cannot be sent at all is a dead letter at once, and the others are sent", () =>
    Effect.gen(function* () {
      const throws = MailKind.make({
        ...template,
        name: "test.throws",
        content: {
          de: () => {
            throw new TypeError("a secret thing")
          },
          en: () => ({ paragraphs: [] })
        }
      })
      const away = MailKind.make({
        ...template,
        name: "test.away",
        content: {
          de: () => ({ paragraphs: [], button: { label: "x", url: "https://evil.example/" } }),
          en: () => ({ paragraphs: [] })
        }
      })
      const dies = MailKind.make({ ...template, name: "test.dies", stillWanted: () => Effect.die(new Error("bug")) })
      const corrupt = MailKind.make({
        ...template,
        name: "test.corrupt",
        stillWanted: () => Effect.fail(new PersistenceError({ operation: "tenant.find", reason: "corrupt" }))
      })
      const noSubject = MailKind.make({
        ...template,
        name: "test.noSubject",
        subject: { de: "{name}", en: "Subject" }
      })
      const of = (kind: string, over = {}) => mailTo(kind.slice(5).toLowerCase(), { kind, ...over })
      yield* Effect.gen(function* () {
        yield* send(
          mailTo("first"),
          of("test.unknown"),
          of("test.plain", { recipient: address("values"), values: { other: 1 }, process: "v" }),
          of("test.throws"),
          of("test.away"),
          of("test.dies"),
          of("test.corrupt"),
          of("test.noSubject"),
          of("test.linked", { recipient: address("nosecret"), process: "n" }),
          of("test.linked", { recipient: address("unsealable"), process: "u", secret: Redacted.make("x") }),
          mailTo("last")
        )
        const store = yield* Store
        // somebody moved a sealed secret to another row
        yield* store.write("test", (write) => {
          const rows = Array.from(mailsTable.all(write.state))
          for (const row of rows) {
            if (row.recipient === address("unsealable")) {
              mailsTable.upsert(write, { ...row, sealedSecret: `${row.sealedSecret?.slice(0, -4)}AAAA` })
            }
          }
        })
        assert.deepStrictEqual(yield* run, { sent: 2, dropped: 0, dead: 9, later: 0, lost: 0 })
        assert.deepStrictEqual(yield* ends, [
          "first sent",
          "unknown dead unknown-kind",
          "values dead unreadable",
          "throws dead render",
          "away dead render",
          "dies dead defect",
          "corrupt dead unreadable",
          "nosubject dead header",
          "nosecret dead no-secret",
          "unsealable dead unsealable",
          "last sent"
        ])
        assert.notInclude(JSON.stringify(yield* mails), "a secret thing")
      }).pipe(Effect.provide(MailKinds.layer(plain, linked, throws, away, dies, corrupt, noSubject)))
    }).pipe(Effect.provide(layer))
  )

  it.effect("a mailer that breaks is a temporary failure", () =>
    Effect.gen(function* () {
      const broken = Mailer.of({ send: () => Effect.die(new RangeError("inside")) })
      yield* send(mailTo("ada"))
      assert.strictEqual((yield* Effect.provideService(run, Mailer, broken)).later, 1)
      const [mail] = yield* mails
      assert.strictEqual(mail?.detail, "the mailer failed: RangeError")
    }).pipe(Effect.provide(world))
  )

  it.effect(
    "OUT-05 V-35 a mailer or a check that is interrupted by its own means holds up no other mail, and ends",
    () =>
      Effect.gen(function* () {
        const mailbox = yield* Mailbox
        const mailer = yield* Mailer
        const broken = Mailer.of({
          send: (message) => (message.to === address("ada") ? Effect.interrupt : mailer.send(message))
        })
        const unsure = MailKind.make({ ...template, name: "test.unsure", stillWanted: () => Effect.interrupt })
        const mail = unsure.mail({ recipient: address("bob"), locale: "de", values: { name: "x" }, process: "p" })
        yield* send(mailTo("ada"), mail, mailTo("eve"), mailTo("zoe"))
        const running = run.pipe(
          Effect.provideService(Mailer, broken),
          Effect.provide(MailKinds.layer(plain, linked, unsure)),
          Effect.provide(Settings.layer({ outbox: { maxAttempts: 2 } }))
        )
        assert.deepStrictEqual(yield* running, { sent: 2, dropped: 0, dead: 0, later: 2, lost: 0 })
        assert.strictEqual((yield* mailbox.taken).length, 2)
        yield* pass("1 day")
        assert.strictEqual((yield* running).dead, 2)
        assert.deepStrictEqual(yield* ends, [
          "ada dead too-many-tries",
          "bob dead too-many-tries",
          "eve sent",
          "zoe sent"
        ])
      }).pipe(Effect.provide(world))
  )

  it.effect("OUT-03 V-35 a mail whose every try ends with its dispatcher is a dead letter after a few more", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      const heard: Array<string> = []
      const deadly = MailKind.make({
        ...template,
        name: "test.deadly",
        onDead: (_, reason) => Effect.sync(() => void heard.push(reason))
      })
      yield* send(deadly.mail({ recipient: address("ada"), locale: "de", values: { name: "x" }, process: "p" }))
      yield* mailbox.behave(() => "take-silently")
      yield* Effect.gen(function* () {
        for (let node = 0; node < 5; node++) {
          const fiber = yield* Effect.forkChild(run)
          yield* pass("1 second")
          yield* Fiber.interrupt(fiber)
          assert.deepStrictEqual(yield* ends, ["ada sending"])
          yield* pass("2 minutes")
        }
        assert.strictEqual((yield* run).dead, 1)
      }).pipe(Effect.provide(MailKinds.layer(deadly)), Effect.provide(Settings.layer({ outbox: { maxAttempts: 3 } })))
      assert.deepStrictEqual(yield* ends, ["ada dead too-many-tries"])
      assert.deepStrictEqual(heard, ["too-many-tries"])
      assert.strictEqual((yield* mailbox.attempts).length, 5)
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-07 a header with a line break does not reach a mailer that checks nothing", () =>
    Effect.gen(function* () {
      const seen: Array<string> = []
      const open = Mailer.of({ send: (message) => Effect.sync(() => void seen.push(message.to)) })
      yield* send(mailTo("ada"))
      const evil = Settings.layer({ mail: { from: { name: "x\r\nBcc: evil@example.com" }, domain: "example.com" } })
      yield* run.pipe(Effect.provideService(Mailer, open), Effect.provide(evil))
      assert.deepStrictEqual(seen, [])
      assert.deepStrictEqual(yield* ends, ["ada dead header"])
    }).pipe(Effect.provide(world))
  )

  it.effect("R-TK-12 a secret that another key sealed waits for the key", () =>
    Effect.gen(function* () {
      yield* sendLinked(address("ada"))
      const other = { current: "k2", keys: { k2: Redacted.make(Buffer.alloc(32, 9).toString("base64url")) } }
      const sealer = Sealer.layer(other).pipe(Layer.provide(layerCryptoNode))
      yield* Effect.provide(run, sealer)
      const [waiting] = yield* mails
      assert.deepStrictEqual([waiting?.state, waiting?.sealedSecret !== null], ["queued", true])
      yield* pass("1 minute")
      const rotated = Sealer.layer({ current: "k2", keys: { ...ring.keys, ...other.keys } })
      yield* Effect.provide(run, rotated.pipe(Layer.provide(layerCryptoNode)))
      assert.deepStrictEqual(yield* ends, ["ada sent"])
    }).pipe(Effect.provide(world))
  )
})

describe("the owner of the process", () => {
  class Told extends Context.Service<
    Told,
    { readonly note: (what: string) => Effect.Effect<void, PersistenceError> }
  >()("test/Told") {}

  const kind = MailKind.make({
    ...template,
    name: "test.told",
    onDead: ({ process, values }, reason) =>
      Effect.flatMap(Told, (told) => told.note(`${process} ${values.name} ${reason}`))
  })
  const mail = kind.mail({ recipient: address("ada"), locale: "de", values: { name: "Ada" }, process: "invitation:1" })

  const withTold = (note: (what: string) => Effect.Effect<void, PersistenceError>) =>
    Effect.provide(MailKinds.layer(kind).pipe(Layer.provide(Layer.succeed(Told, { note }))))

  it.effect("OUT-03 learns of a dead letter, in the unit that makes it one", () =>
    Effect.gen(function* () {
      const told: Array<string> = []
      const store = yield* Store
      yield* (yield* Mailbox).behave(() => "permanent")
      yield* Effect.gen(function* () {
        yield* send(mail)
        yield* run
        assert.deepStrictEqual(told, ["invitation:1 Ada refused"])
        assert.deepStrictEqual(yield* ends, ["ada dead refused"])
      }).pipe(
        withTold((what) =>
          Effect.withFiber((fiber) => {
            assert.strictEqual(fiber.getRef(store.level)?.state, "open")
            told.push(what)
            return Effect.void
          })
        )
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("OUT-03 V-40 is told again when that unit failed, and the mail is not dead before", () =>
    Effect.gen(function* () {
      let calls = 0
      yield* (yield* Mailbox).behave(() => "permanent")
      yield* Effect.gen(function* () {
        yield* send(mail)
        yield* run
        assert.deepStrictEqual(yield* ends, ["ada sending"])
        yield* pass("2 minutes")
        yield* run
        assert.strictEqual(calls, 2)
        assert.deepStrictEqual(yield* ends, ["ada dead refused"])
        assert.strictEqual((yield* recorded).filter(({ type }) => type === "mail.dead").length, 1)
      }).pipe(
        withTold(() =>
          Effect.suspend(() =>
            ++calls === 1 ? Effect.fail(new PersistenceError({ operation: "x", reason: "connection" })) : Effect.void
          )
        )
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("V-35 a callback that breaks does not keep the mail from its end", () =>
    Effect.gen(function* () {
      yield* (yield* Mailbox).behave(() => "permanent")
      yield* Effect.gen(function* () {
        yield* send(mail)
        yield* run
        assert.deepStrictEqual(yield* ends, ["ada dead refused"])
      }).pipe(withTold(() => Effect.die(new Error("bug"))))
    }).pipe(Effect.provide(layer))
  )

  it.effect("V-35 a callback whose store never comes back does not keep the mail from its end", () =>
    Effect.gen(function* () {
      yield* (yield* Mailbox).behave(() => "permanent")
      yield* Effect.gen(function* () {
        yield* send(mail)
        for (let turn = 0; turn < 30; turn++) {
          yield* run
          yield* pass("2 minutes")
        }
        // that it was refused could not be written down
        assert.deepStrictEqual(yield* ends, ["ada dead too-many-tries"])
      }).pipe(withTold(() => Effect.fail(new PersistenceError({ operation: "x", reason: "connection" }))))
    }).pipe(Effect.provide(layer))
  )
})

/** Lets other fibers in before and after every answer of a port, as a real one does. */
const slowed = <P extends object>(port: P): P =>
  // every member of these ports is a function that answers an effect
  Object.fromEntries(
    Object.entries(port).map(([name, method]) => [
      name,
      (...input: ReadonlyArray<unknown>) =>
        Effect.yieldNow.pipe(
          Effect.andThen(Effect.suspend(() => method(...input) as Effect.Effect<unknown>)),
          Effect.tap(() => Effect.yieldNow)
        )
    ])
  ) as P

const slowWorld = kinds.pipe(
  Layer.provideMerge(
    Layer.effectContext(
      Effect.gen(function* () {
        return Context.make(OutboxRepository, slowed(yield* OutboxRepository)).pipe(
          Context.add(Mailer, slowed(yield* Mailer)),
          Context.add(Links.LinkRepository, slowed(yield* Links.LinkRepository))
        )
      })
    )
  ),
  Layer.provideMerge(layer)
)

describe("a dispatcher that is killed", () => {
  it.effect("OUT-02 V-35 V-36 at any point loses nothing, and sends again only with the same Message-ID", () =>
    Effect.gen(function* () {
      let finished = 0
      for (let steps = 0; finished < 3; steps++) {
        yield* Effect.gen(function* () {
          const mailbox = yield* Mailbox
          const names = ["ada", "bob", "eve"]
          for (const name of names) yield* sendLinked(address(name), "7 days")
          yield* send(...names.map((name) => mailTo(name)))
          const fiber = yield* Effect.forkChild(run)
          for (let step = 0; step < steps; step++) yield* Effect.yieldNow
          const done = fiber.pollUnsafe() !== undefined
          yield* Fiber.interrupt(fiber)
          if (done) finished++
          yield* pass("2 minutes")
          yield* run
          assert.deepStrictEqual((yield* ends).sort(), names.flatMap((name) => [`${name} sent`, `${name} sent`]).sort())
          for (const mail of yield* mails) {
            assert.isNull(mail.sealedSecret)
            const attempts = (yield* mailbox.attempts).filter(({ id }) => id === mail.id)
            assert.isAtLeast(attempts.length, 1)
            assert.strictEqual(new Set(attempts.map(({ messageId }) => messageId)).size, 1)
          }
        }).pipe(Effect.provide(Layer.fresh(slowWorld)))
      }
    })
  )

  it.effect("R-MA-07 while sending gives its mail to the next one when the lease runs out, and not before", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      yield* mailbox.behave((_, attempt) => (attempt === 1 ? "take-silently" : "take"))
      yield* send(mailTo("ada"))
      const fiber = yield* Effect.forkChild(run)
      yield* pass("10 seconds")
      yield* Fiber.interrupt(fiber)
      assert.deepStrictEqual(yield* ends, ["ada sending"])
      yield* pass("109 seconds")
      yield* run
      assert.strictEqual((yield* mailbox.attempts).length, 1)
      yield* pass("1 second")
      assert.strictEqual((yield* run).sent, 1)
      assert.strictEqual(new Set(yield* messageIds).size, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("V-36 a stalled dispatcher whose lease went to another one does not overwrite that one's outcome", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      const outbox = yield* OutboxRepository
      yield* send(mailTo("ada"))
      // stalls between the claim and the hand-over, longer than its lease
      const stalled = OutboxRepository.of({
        ...outbox,
        claim: (claim) => Effect.tap(outbox.claim(claim), () => Effect.sleep("3 minutes"))
      })
      const fiber = yield* Effect.forkChild(Effect.provideService(run, OutboxRepository, stalled))
      yield* pass("2 minutes")
      assert.strictEqual((yield* run).sent, 1)
      yield* pass("10 minutes")
      assert.deepStrictEqual(yield* Fiber.join(fiber), { sent: 0, dropped: 0, dead: 0, later: 0, lost: 1 })
      assert.strictEqual((yield* mailbox.attempts).length, 1)
      assert.deepStrictEqual(yield* ends, ["ada sent"])
    }).pipe(Effect.provide(world))
  )

  it.effect("V-36 of a batch that takes longer than its lease, what is not begun goes to the next one, once", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      const outbox = yield* OutboxRepository
      yield* mailbox.behave((_, attempt) => (attempt <= 4 ? "hang" : "take"))
      yield* send(...Array.from({ length: 6 }, (_, index) => mailTo(`p${index}`)))
      const slow = OutboxRepository.of({
        ...outbox,
        settle: (...input) => Effect.delay(outbox.settle(...input), "1 second")
      })
      const first = yield* Effect.forkChild(Effect.provideService(run, OutboxRepository, slow))
      yield* pass("123 seconds")
      // the first one is about to write what became of its fourth mail
      const second = yield* Effect.forkChild(run)
      yield* pass("10 minutes")
      yield* Fiber.join(first)
      yield* Fiber.join(second)
      yield* run
      const attempts = (yield* mailbox.attempts).map(({ to }) => to)
      for (const name of ["p4", "p5"]) assert.strictEqual(attempts.filter((to) => to === address(name)).length, 1)
      // nothing was begun with them before
      assert.deepStrictEqual(
        (yield* mails).slice(4).map((mail) => mail.attempts),
        [1, 1]
      )
      assert.deepStrictEqual(
        (yield* ends).map((end) => end.split(" ")[1]),
        ["sent", "sent", "sent", "sent", "sent", "sent"]
      )
    }).pipe(Effect.provide(Settings.layer({ outbox: { concurrency: 1 } })), Effect.provide(world))
  )

  it.effect("OUT-02 V-36 a mail whose check took most of its lease is left to the next one, and not sent by two", () =>
    Effect.gen(function* () {
      const mailbox = yield* Mailbox
      let checks = 0
      const capped = MailKind.make({
        ...template,
        name: "test.checked",
        cap: { limit: { max: 1, window: "1 day" } },
        stillWanted: () => Effect.as(Effect.sleep(checks++ === 0 ? "100 seconds" : 0), MailKind.wanted)
      })
      yield* mailbox.behave((_, attempt) => (attempt === 1 ? "take-silently" : "take"))
      yield* send(capped.mail({ recipient: address("ada"), locale: "de", values: { name: "x" }, process: "p" }))
      yield* Effect.gen(function* () {
        const first = yield* Effect.forkChild(run)
        yield* pass("100 seconds")
        // with the lease of its first look this one would end before the server's answer is due
        const second = yield* Effect.forkChild(Effect.andThen(Effect.sleep("20 seconds"), run))
        yield* pass("21 seconds")
        assert.strictEqual((yield* mailbox.attempts).length, 1)
        yield* pass("10 minutes")
        yield* Fiber.join(first)
        yield* Fiber.join(second)
        yield* run
      }).pipe(Effect.provide(MailKinds.layer(capped)))
      const [mail] = yield* mails
      assert.strictEqual(mail?.state, "sent")
    }).pipe(Effect.provide(world))
  )

  it.effect("V-36 a hand-over takes half of the lease at most, whatever the operator has set", () =>
    Effect.gen(function* () {
      yield* (yield* Mailbox).behave(() => "hang")
      yield* send(mailTo("ada"))
      const fiber = yield* Effect.forkChild(run)
      yield* pass("59 seconds")
      assert.deepStrictEqual(yield* ends, ["ada sending"])
      yield* pass("1 second")
      assert.strictEqual((yield* Fiber.join(fiber)).later, 1)
    }).pipe(Effect.provide(Settings.layer({ outbox: { sendTimeout: "10 minutes" } })), Effect.provide(world))
  )

  it.effect("OUT-02 F-08 a mail that was taken is not sent again because the store was away for a moment", () =>
    Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* send(mailTo("ada"))
      let calls = 0
      const shaky = OutboxRepository.of({
        ...outbox,
        settle: (...input) =>
          Effect.suspend(() =>
            ++calls < 4
              ? Effect.fail(new PersistenceError({ operation: "outbox.finish", reason: "connection" }))
              : outbox.settle(...input)
          )
      })
      const fiber = yield* Effect.forkChild(Effect.provideService(run, OutboxRepository, shaky))
      yield* pass("10 seconds")
      assert.strictEqual((yield* Fiber.join(fiber)).sent, 1)
      assert.deepStrictEqual(yield* ends, ["ada sent"])
      assert.strictEqual((yield* messageIds).length, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("OUT-02 nothing is sent inside of a transaction", () =>
    Effect.gen(function* () {
      const store = yield* Store
      let sent = 0
      const mailer = Mailer.of({
        send: () =>
          Effect.withFiber((fiber) => {
            assert.isUndefined(fiber.getRef(store.level))
            sent++
            return Effect.void
          })
      })
      yield* send(mailTo("ada"))
      yield* Effect.provideService(run, Mailer, mailer)
      assert.strictEqual(sent, 1)
    }).pipe(Effect.provide(world))
  )

  it.effect("F-05 V-35 a claim whose answer is lost is claimed again", () =>
    Effect.gen(function* () {
      const outbox = yield* OutboxRepository
      yield* send(mailTo("ada"))
      const lost = OutboxRepository.of({
        ...outbox,
        claim: (claim) =>
          Effect.andThen(
            outbox.claim(claim),
            Effect.fail(new PersistenceError({ operation: "outbox.claim", reason: "connection" }))
          )
      })
      assert.strictEqual((yield* Effect.flip(Effect.provideService(run, OutboxRepository, lost))).reason, "connection")
      assert.strictEqual((yield* run).sent, 0)
      yield* pass("2 minutes")
      assert.strictEqual((yield* run).sent, 1)
    }).pipe(Effect.provide(world))
  )
})

describe("whatever happens", () => {
  const fault = fc.constantFrom("none", "none", "none", "before", "after", "slow")
  const behaviour = fc.constantFrom("take", "take", "temporary", "permanent", "take-silently", "hang", "die")

  it.effect(
    "V-35 V-36 OUT-05 every mail ends, none is lost, none is out of order, its attempts have one Message-ID",
    () =>
      Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(
            fc.array(fc.record({ to: fc.nat({ max: 2 }), process: fc.nat({ max: 1 }) }), {
              minLength: 1,
              maxLength: 8
            }),
            fc.array(fault, { maxLength: 40 }),
            fc.array(behaviour, { maxLength: 20 }),
            fc.array(fc.record({ kill: fc.boolean(), pause: fc.nat({ max: 400 }) }), { maxLength: 8 }),
            (wishes, faults, behaviours, turns) =>
              Effect.runPromise(
                Effect.gen(function* () {
                  const outbox = yield* OutboxRepository
                  const attempts: Array<{ readonly id: string; readonly messageId: string; readonly taken: boolean }> =
                    []
                  let quiet = false
                  const next = <A>(list: Array<A>, otherwise: A): A => (quiet ? otherwise : (list.shift() ?? otherwise))
                  const failure = new PersistenceError({ operation: "x", reason: "connection" })
                  const faulty = <A>(effect: Effect.Effect<A, PersistenceError>) =>
                    Effect.suspend(() => {
                      switch (next(faults, "none")) {
                        case "before":
                          return Effect.fail(failure)
                        case "after":
                          return Effect.andThen(effect, Effect.fail(failure))
                        case "slow":
                          return Effect.delay(effect, "100 seconds")
                        default:
                          return effect
                      }
                    })
                  const faultyOutbox = OutboxRepository.of({
                    ...outbox,
                    claim: (claim) => faulty(outbox.claim(claim)),
                    settle: (...input) => faulty(outbox.settle(...input))
                  })
                  const mailer = Mailer.of({
                    send: ({ id, messageId }) =>
                      Effect.suspend(() => {
                        const what = next(behaviours, "take")
                        attempts.push({ id, messageId, taken: what === "take" || what === "take-silently" })
                        switch (what) {
                          case "take":
                            return Effect.void
                          case "hang":
                          case "take-silently":
                            return Effect.never
                          case "die":
                            return Effect.die(new Error("broken"))
                          default:
                            return Effect.fail(new MailerError({ kind: what, detail: "" }))
                        }
                      })
                  })
                  const dispatch = Effect.ignoreCause(run).pipe(
                    Effect.provideService(OutboxRepository, faultyOutbox),
                    Effect.provideService(Mailer, mailer)
                  )
                  yield* send(...wishes.map(({ process, to }) => mailTo(`r${to}`, { process: `p${process}` })))
                  for (const { kill, pause } of turns) {
                    const both = yield* Effect.all([Effect.forkChild(dispatch), Effect.forkChild(dispatch)])
                    yield* pass(`${pause} seconds`)
                    // they end when they have written what they know
                    if (kill) yield* Effect.forkChild(Fiber.interruptAll(both))
                  }
                  quiet = true
                  for (let turn = 0; turn < 40; turn++) {
                    const fiber = yield* Effect.forkChild(dispatch)
                    yield* pass("6 hours")
                    yield* Fiber.join(fiber)
                  }
                  const all = yield* mails
                  assert.strictEqual(all.length, wishes.length)
                  for (const mail of all) {
                    assert.include(["sent", "dead"], mail.state)
                    const own = attempts.filter(({ id }) => id === mail.id)
                    assert.isTrue(new Set(own.map(({ messageId }) => messageId)).size <= 1)
                    if (mail.state === "sent") assert.isTrue(own.some(({ taken }) => taken))
                  }
                  // nobody was tried after a younger mail of the same recipient and process
                  const orderOf = new Map(all.map((mail) => [mail.id as string, `${mail.recipient} ${mail.process}`]))
                  const last = new Map<string, string>()
                  for (const { id } of attempts) {
                    const order = orderOf.get(id) ?? ""
                    const before = last.get(order)
                    if (before !== undefined) assert.isTrue(before <= id)
                    last.set(order, id)
                  }
                }).pipe(Effect.scoped, Effect.provide(Layer.fresh(world)), Effect.provide(silent))
              )
          ),
          { numRuns: rounds(40, 1000) }
        )
      )
  )
})

describe("the secret of a link", () => {
  it.effect("R-TK-13 is in the mail only: in no log, no row and no event, even when the server quotes it", () =>
    Effect.gen(function* () {
      const lines: Array<string> = []
      const logger = Logger.make((options) => void lines.push(JSON.stringify([options.message, String(options.cause)])))
      const secret = Redacted.value(yield* sendLinked(address("ada"), "7 days"))
      const quoting = Mailer.of({
        send: (message) =>
          Effect.fail(new MailerError({ kind: "temporary", detail: `spam? ${message.text} ${"x".repeat(300)}` }))
      })
      const store = yield* Store
      const everything = Effect.gen(function* () {
        const rows = JSON.stringify([yield* mails, yield* recorded, lines])
        assert.notInclude(rows, secret)
        return yield* store.read("all", () => rows)
      })
      const dispatch = run.pipe(Effect.provideService(Mailer, quoting), Effect.provide(Logger.layer([logger])))
      for (let turn = 0; turn < 14; turn++) {
        yield* dispatch
        yield* everything
        yield* pass("6 hours")
      }
      assert.deepStrictEqual(yield* ends, ["ada dead too-many-tries"])
      const [mail] = yield* mails
      assert.match(mail?.detail ?? "", /^spam\? .*\/open\/…/)
      assert.isAtMost(mail?.detail?.length ?? 0, 300)
      assert.isNotEmpty(lines)
    }).pipe(Effect.provide(world))
  )
})

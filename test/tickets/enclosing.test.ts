import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Option, Stream } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Instant from "../../src/kernel/Instant.ts"
import type { FileId, MessageId, TicketId } from "../../src/kernel/ids.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { runOnce as dispatch } from "../../src/mail/Dispatcher.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import type { MailMessage } from "../../src/mail/MailMessage.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { mailKinds } from "../../src/mailKinds.ts"
import * as Mailer from "../../src/memory/Mailer.ts"
import { BlobStore } from "../../src/tickets/BlobStore.ts"
import { Work } from "../../src/tickets/desk/index.ts"
import { enclosedIn } from "../../src/tickets/enclosing.ts"
import type { ScanResult } from "../../src/tickets/File.ts"
import { Participants, Tickets } from "../../src/tickets/index.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, type Portal, withKernel } from "../support/portal.ts"
import { type Crew, crew } from "./desk/world.ts"
import { fileOf, pdf, scanAll, uploadedBy } from "./filesWorld.ts"
import { byMail, byNumber, own, person, submitted } from "./world.ts"

const scanner = Layer.succeed(
  Scanner,
  Scanner.of({
    scan: (content) =>
      Effect.map(
        Stream.runCollect(content),
        (parts): ScanResult =>
          Buffer.concat(Array.from(parts)).includes("EVIL") ? { _tag: "Infected", threat: "Evil" } : { _tag: "Clean" }
      )
  })
)

const evil = (): Uint8Array => {
  const bytes = pdf()
  bytes.set(new TextEncoder().encode("EVIL"), 60)
  return bytes
}

const ROSA = "rosa@werkstatt.example"

/** A ticket of somebody without an account, and one who works at the desk. */
const begun = Effect.gen(function* () {
  const agent = yield* crew("agent", "agent")
  const { number } = yield* submitted(ROSA)
  const { id } = yield* byNumber(number)
  yield* dispatch
  return { agent, ticketId: id }
})

const replies = ({ actor }: Crew, ticketId: TicketId, files: ReadonlyArray<FileId>, text = "Please see the files.") =>
  Work.reply({ ticketId, text, files }).pipe(as(actor))

const taken = Effect.flatMap(Mailer.Mailbox, (mailbox) => mailbox.taken)

const newest = (to = ROSA) =>
  Effect.map(taken, (mails): MailMessage => {
    const found = mails.filter((mail) => mail.to === to).at(-1)
    if (found === undefined) throw new Error(`no mail to ${to}`)
    return found
  })

const bytesOf = ({ attachments = [] }: MailMessage) =>
  Effect.forEach(attachments, ({ content }) =>
    Effect.map(Stream.runCollect(content), (parts) => Buffer.concat(Array.from(parts)))
  )

const namesOf = ({ attachments = [] }: MailMessage) => attachments.map(({ name }) => name)

/** The rows of an address, the newest first. */
const rowsTo = (address = ROSA) =>
  Effect.flatMap(
    OutboxRepository,
    (outbox) => outbox.list({ recipient: address as never }, { after: Option.none(), limit: 10 }) // an address of the test
  )

/** A store that does not answer: at once, or when its bytes are read. */
const broken = (when: "at once" | "while it is read", reason: "connection" | "corrupt" = "connection") => {
  const failure = new PersistenceError({ operation: "blob.get", reason })
  return BlobStore.of({
    put: () => Effect.fail(failure),
    get: () =>
      when === "at once"
        ? Effect.fail(failure)
        : Effect.succeedSome(Stream.concat(Stream.make(new Uint8Array(10)), Stream.fail(failure))),
    delete: () => Effect.void
  })
}

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(
      effect: Effect.Effect<A, E, Portal | MailKinds | Mailer.Mailbox | Layer.Success<typeof Mailer.layer>>,
      settings: SettingsInput = {}
    ) =>
    () =>
      Effect.provide(
        Effect.andThen(TestClock.setTime(1_800_000_000_000), effect),
        Layer.mergeAll(MailKinds.layer(...mailKinds), Mailer.layer).pipe(
          Layer.provideMerge(Layer.provideMerge(Layer.merge(withKernel(settings), scanner), storage))
        )
      )

  describe(`files that travel with a mail (${adapter})`, () => {
    it.effect(
      "TIC-03 TIC-13 whoever has no account gets the files of an answer with its mail, byte by byte, and the row has none of them",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const plan = yield* uploadedBy(agent, "Plan für Süd.pdf", pdf(5000))
          const notes = yield* uploadedBy(agent, "notes.txt", new TextEncoder().encode("Wie besprochen."))
          yield* scanAll
          yield* replies(agent, ticketId, [plan.id, notes.id])
          const [row] = yield* rowsTo()
          assert.notInclude(JSON.stringify(row?.values), "besprochen")
          yield* dispatch
          const mail = yield* newest()
          assert.deepStrictEqual(
            mail.attachments?.map(({ mediaType, name, size }) => [name, mediaType, size]),
            [
              ["Plan für Süd.pdf", "application/pdf", pdf(5000).length],
              ["notes.txt", "text/plain; charset=utf-8", 15]
            ]
          )
          assert.deepStrictEqual(yield* bytesOf(mail), [Buffer.from(pdf(5000)), Buffer.from("Wie besprochen.")])
          assert.include(mail.text, "Attachments: 2\n")
          assert.notInclude(mail.text, "register")
        })
      )
    )

    it.effect(
      "TIC-13 a mail waits for the scan of its files, for a while; without it they stay behind, and the mail says so",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const before = (yield* taken).length
          yield* replies(agent, ticketId, [(yield* uploadedBy(agent)).id])
          yield* dispatch
          assert.lengthOf(yield* taken, before)
          const [row] = yield* rowsTo()
          assert.deepInclude(row, { state: "queued", attempts: 0, reason: "files-not-ready" })
          // most scans take no time: the mail is looked at again at once, and then less and less often
          yield* scanAll
          yield* TestClock.adjust("1 second")
          yield* dispatch
          assert.deepStrictEqual(namesOf(yield* newest()), ["plan.pdf"])

          const uploaded = yield* uploadedBy(agent, "late.pdf")
          yield* replies(agent, ticketId, [uploaded.id])
          const looks: Array<number> = []
          for (let second = 0; second < 120; second++) {
            const { later } = yield* dispatch
            if (later > 0) looks.push(second)
            yield* TestClock.adjust("1 second")
          }
          assert.deepStrictEqual(looks, [0, 1, 2, 4, 8, 16, 31, 46, 61, 76, 91, 106])
          assert.lengthOf(yield* taken, before + 1)
          yield* dispatch
          const mail = yield* newest()
          assert.lengthOf(yield* taken, before + 2)
          assert.isUndefined(mail.attachments)
          assert.include(mail.text, "1, 0 of them in this e-mail")
          assert.include(mail.text, "1 file is not checked yet, or is blocked")
        })
      )
    )

    it.effect(
      "TIC-13 what something was found in stays behind",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const bad = yield* uploadedBy(agent, "bad.pdf", evil())
          const good = yield* uploadedBy(agent, "good.pdf")
          yield* scanAll
          yield* replies(agent, ticketId, [bad.id, good.id])
          yield* dispatch
          const mail = yield* newest()
          assert.deepStrictEqual(namesOf(mail), ["good.pdf"])
          assert.include(mail.text, "2, 1 of them in this e-mail")
          assert.include(mail.text, "1 file is not checked yet, or is blocked")
        })
      )
    )

    it.effect(
      "TIC-13 files travel as far as they fit into one mail; those that do not are said",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const sizes = [600, 600, 100]
          const ids: Array<FileId> = []
          for (const [index, size] of sizes.entries()) {
            ids.push((yield* uploadedBy(agent, `${index}.pdf`, pdf(size))).id)
          }
          yield* scanAll
          yield* replies(agent, ticketId, ids)
          yield* dispatch
          const mail = yield* newest()
          assert.deepStrictEqual(namesOf(mail), ["0.pdf", "2.pdf"])
          assert.include(mail.text, "1 file is too large for an e-mail.")
          assert.include(mail.text, "Answer this e-mail")
        }),
        { files: { maxBytesPerMail: 1000 } }
      )
    )

    it.effect(
      "TIC-13 none travels where the operator wants none, and no mail waits",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          yield* replies(agent, ticketId, [(yield* uploadedBy(agent)).id])
          yield* dispatch
          assert.isUndefined((yield* newest()).attachments)
        }),
        { files: { maxBytesPerMail: 0 } }
      )
    )

    it.effect(
      "TIC-07 R-MA-09 V-30 who was removed before the sending gets neither mail nor file, and who may not read the message no file",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const agent = yield* crew("agent", "agent")
          const { ticketId } = yield* own(ada)
          const bob = { email: "bob@example.com" }
          yield* Participants.addParticipants({ ticketId, people: [bob] }).pipe(as(ada.actor))
          const file = yield* uploadedBy(agent)
          yield* scanAll
          yield* replies(agent, ticketId, [file.id])
          const place = (yield* fileOf(file.id))?.place
          const tickets = yield* TicketRepository
          const participantOf = Effect.map(tickets.open(ticketId), (found) =>
            Option.getOrThrow(found).participants.find(({ email }) => email === bob.email)
          )
          const participant = yield* participantOf
          if (participant === undefined || place == null) return yield* Effect.die("nobody and nothing")
          const facts = {
            createdAt: yield* Instant.now,
            values: { ticketId, participantId: participant.id, messageId: place.messageId, text: "x", files: 1 }
          }
          const enclosed = (over: { readonly messageId?: MessageId; readonly text?: null } = {}) =>
            Effect.flatMap(Instant.now, (now) =>
              Effect.map(enclosedIn({ ...facts, values: { ...facts.values, ...over } }, now), (found) =>
                found._tag === "Enclosed" ? found.attachments.length : found._tag
              )
            )
          assert.strictEqual(yield* enclosed(), 1)
          assert.strictEqual(yield* enclosed({ text: null }), 0)

          yield* Participants.removeParticipant({ ticketId, participantId: participant.id }).pipe(as(ada.actor))
          assert.strictEqual(yield* enclosed(), 0)
          yield* dispatch
          const toBob = (yield* taken).filter(({ to }) => to === bob.email)
          assert.deepStrictEqual(toBob.flatMap(namesOf), [])
          assert.isTrue((yield* rowsTo(bob.email)).every(({ state }) => state === "dropped"))
          assert.deepStrictEqual(namesOf(yield* newest("ada@example.com")), ["plan.pdf"])

          // who is added again reads from then on
          yield* Participants.addParticipants({ ticketId, people: [bob] }).pipe(as(ada.actor))
          assert.strictEqual(yield* enclosed(), 0)
        })
      )
    )

    it.effect(
      "TIC-11 R-TI-07 the file of an internal note travels with no mail",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const secret = yield* uploadedBy(agent, "secret.pdf")
          const shown = yield* uploadedBy(agent, "shown.pdf")
          yield* scanAll
          yield* Work.note({ ticketId, text: "Not for them.", files: [secret.id] }).pipe(as(agent.actor))
          yield* replies(agent, ticketId, [shown.id])
          yield* dispatch
          assert.deepStrictEqual((yield* taken).flatMap(namesOf), ["shown.pdf"])

          const place = (yield* fileOf(secret.id))?.place
          const tickets = yield* TicketRepository
          const [contact] = Option.getOrThrow(yield* tickets.open(ticketId)).participants
          if (contact === undefined || place == null) return yield* Effect.die("nobody and nothing")
          const now = yield* Instant.now
          const values = { ticketId, participantId: contact.id, messageId: place.messageId, text: "x", files: 1 }
          const found = yield* enclosedIn({ createdAt: now, values }, now)
          assert.deepStrictEqual(found._tag === "Enclosed" ? found.attachments : found._tag, [])
        })
      )
    )

    it.effect(
      "R-TI-03 TIC-03 customers' files go to proven addresses only; a stranger's notice has none and does not wait",
      proving(
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const { ticketId } = yield* own(ada)
          const people = [{ email: "bob@example.com" }, { email: "eve@example.com" }]
          yield* Participants.addParticipants({ ticketId, people }).pipe(as(ada.actor))
          yield* byMail(ticketId, "bob@example.com", "It is me")
          yield* dispatch
          const file = yield* uploadedBy(ada)
          yield* Tickets.answer({ ticketId, text: "A walrus", files: [file.id] }).pipe(as(ada.actor))
          yield* dispatch
          const notice = yield* newest("eve@example.com")
          assert.notInclude(notice.text, "walrus")
          assert.isUndefined(notice.attachments)
          yield* scanAll
          yield* TestClock.adjust("15 seconds")
          yield* dispatch
          assert.deepStrictEqual(namesOf(yield* newest("bob@example.com")), ["plan.pdf"])
          assert.isUndefined((yield* newest("eve@example.com")).attachments)
        })
      )
    )

    it.effect(
      "R-MA-06 V-35 a store that does not answer is a temporary failure; what died between reading and sending comes again as a whole, under one Message-ID",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const mailbox = yield* Mailer.Mailbox
          const file = yield* uploadedBy(agent, "plan.pdf", pdf(3000))
          yield* scanAll
          const before = (yield* mailbox.attempts).length
          yield* replies(agent, ticketId, [file.id])

          yield* Effect.provideService(dispatch, BlobStore, broken("while it is read"))
          const [first] = yield* rowsTo()
          assert.deepInclude(first, { state: "queued", attempts: 1, reason: "files-unreadable" })
          assert.include(first?.detail ?? "", "could not be read")
          assert.isAbove(first?.dueAt ?? 0, yield* Instant.now)
          assert.lengthOf(yield* mailbox.attempts, before + 1)

          // not handed over as long as that is so
          for (const [when, attempts] of [["at once", 2] as const, ["while it is read", 3] as const]) {
            yield* TestClock.adjust("2 minutes")
            yield* Effect.provideService(dispatch, BlobStore, broken(when))
            const [row] = yield* rowsTo()
            assert.deepInclude(row, { state: "queued", attempts, reason: "files-unreadable" })
            assert.include(row?.detail ?? "", "could not be read")
            assert.lengthOf(yield* mailbox.attempts, before + 1)
          }

          // it dies with the mail in its hands
          yield* TestClock.adjust("2 minutes")
          yield* mailbox.behave(() => "take-silently")
          const dying = yield* Effect.forkChild(dispatch)
          while ((yield* mailbox.attempts).length < before + 2) {
            yield* Effect.promise(() => new Promise((resolve) => setTimeout(resolve, 5)))
          }
          yield* Fiber.interrupt(dying)
          yield* mailbox.behave(() => "take")
          yield* TestClock.adjust("2 minutes")
          yield* dispatch
          const attempts = (yield* mailbox.attempts).slice(before)
          assert.lengthOf(attempts, 3)
          assert.lengthOf(new Set(attempts.map(({ messageId }) => messageId)), 1)
          const mail = yield* newest()
          assert.deepStrictEqual(yield* bytesOf(mail), [Buffer.from(pdf(3000))])
          assert.strictEqual((yield* rowsTo())[0]?.state, "sent")
        })
      )
    )

    it.effect(
      "OUT-05 TIC-13 what can never be read keeps no words back: the mail goes with the files that can be, and says that one could not be attached",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const blobs = yield* BlobStore
          const failure = new PersistenceError({ operation: "blob.get", reason: "corrupt" })
          const ways = [
            Effect.fail(failure),
            Effect.succeedSome(Stream.concat(Stream.make(new Uint8Array(10)), Stream.fail(failure))),
            // half of it, without a word
            Effect.succeedSome(Stream.make(new Uint8Array(10)))
          ]
          for (const [index, way] of ways.entries()) {
            const bad = yield* uploadedBy(agent, "bad.pdf", pdf(900))
            const good = yield* uploadedBy(agent, "good.pdf")
            yield* scanAll
            const spoiled = (yield* fileOf(bad.id))?.key
            const store = BlobStore.of({ ...blobs, get: (key) => (key === spoiled ? way : blobs.get(key)) })
            yield* replies(agent, ticketId, [bad.id, good.id], `The words ${index}`)
            for (let round = 0; round < 2; round++) {
              yield* Effect.provideService(dispatch, BlobStore, store)
              yield* TestClock.adjust("1 minute")
            }
            const mail = yield* newest()
            assert.include(mail.text, `The words ${index}`)
            assert.deepStrictEqual(namesOf(mail), ["good.pdf"])
            assert.include(mail.text, "2, 1 of them in this e-mail")
            assert.include(mail.text, "1 file could not be attached.")
            assert.include(mail.text, "in the portal")
            assert.strictEqual((yield* rowsTo())[0]?.state, "sent")
          }
        })
      )
    )

    it.effect(
      "OUT-05 TIC-13 a store that stays away keeps the words back for half of the tries, and no longer",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const file = yield* uploadedBy(agent)
          yield* scanAll
          yield* replies(agent, ticketId, [file.id], "The words")
          for (let round = 1; round <= 6; round++) {
            yield* Effect.provideService(dispatch, BlobStore, broken("while it is read"))
            assert.deepInclude((yield* rowsTo())[0], { state: "queued", attempts: round })
            yield* TestClock.adjust("6 hours")
          }
          yield* Effect.provideService(dispatch, BlobStore, broken("while it is read"))
          assert.deepInclude((yield* rowsTo())[0], { state: "sent", attempts: 7 })
          const mail = yield* newest()
          assert.include(mail.text, "The words")
          assert.isUndefined(mail.attachments)
          assert.include(mail.text, "1 file could not be attached.")
        })
      )
    )

    it.effect(
      "TIC-13 a file that is gone by then is left out, and the mail says so",
      proving(
        Effect.gen(function* () {
          const { agent, ticketId } = yield* begun
          const lost = yield* uploadedBy(agent, "lost.pdf")
          const kept = yield* uploadedBy(agent, "kept.pdf")
          yield* scanAll
          yield* replies(agent, ticketId, [lost.id, kept.id])
          const blobs = yield* BlobStore
          const file = yield* fileOf(lost.id)
          if (file !== undefined) yield* blobs.delete(file.key)
          yield* dispatch
          const mail = yield* newest()
          assert.deepStrictEqual(namesOf(mail), ["kept.pdf"])
          assert.include(mail.text, "1 file is not there any more.")
        })
      )
    )
  })
})

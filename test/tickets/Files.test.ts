import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Result, Stream } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { FileId, type MessageId, nextId, type TicketId } from "../../src/kernel/ids.ts"
import { Settings, type SettingsInput } from "../../src/kernel/Settings.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { BlobStore } from "../../src/tickets/BlobStore.ts"
import type { Place, ScanResult } from "../../src/tickets/File.ts"
import { FileRepository } from "../../src/tickets/FileRepository.ts"
import { Files, Participants, Tickets } from "../../src/tickets/index.ts"
import { Scanner, ScannerUnavailable } from "../../src/tickets/Scanner.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { anonymously, as, everyPort, given, mailsTo, withKernel } from "../support/portal.ts"
import { staff } from "../tenants/world.ts"
import {
  aForm,
  bytesOf,
  fetched,
  fileOf,
  inPieces,
  pdf,
  png,
  purgeAll,
  scanAll,
  uploadedBy,
  uploadedWith
} from "./filesWorld.ts"
import { byNumber, marked, own, type Person, person, staffWrites, stored, submitted, wording } from "./world.ts"

/** Finds something in what begins with "EVIL" somewhere, and is away when told so. */
const scanner = (answer: (bytes: Uint8Array) => ScanResult | "away") =>
  Layer.succeed(
    Scanner,
    Scanner.of({
      scan: (content) =>
        Effect.flatMap(Stream.runCollect(content), (parts) => {
          const result = answer(Buffer.concat(Array.from(parts)))
          return result === "away" ? Effect.fail(new ScannerUnavailable({})) : Effect.succeed(result)
        })
    })
  )

const looking = scanner((bytes) =>
  Buffer.from(bytes).includes("EVIL") ? { _tag: "Infected", threat: "Evil\nTest" } : { _tag: "Clean" }
)

const evil = (): Uint8Array => {
  const bytes = pdf()
  bytes.set(new TextEncoder().encode("EVIL"), 60)
  return bytes
}

const kernel = (settings: SettingsInput = {}, scan = looking) => Layer.merge(withKernel(settings), scan)

/** A message of the person's own ticket with these files, scanned. */
const sent = Effect.fnUntraced(function* (by: Person, files: ReadonlyArray<FileId>) {
  const { number, ticketId } = yield* own(by, { files })
  yield* scanAll
  return { number, ticketId }
})

const tag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.result(effect), (result) => (Result.isSuccess(result) ? "done" : result.failure._tag))

/** What becomes of a download by this person now. */
const tries = ({ actor }: { readonly actor: Actor.Account | Actor.Staff }, fileId: FileId) =>
  tag(Files.download({ fileId }).pipe(Actor.provide(actor)))

const attaching = (actor: Actor.Actor, files: ReadonlyArray<FileId>, place: Place) =>
  Effect.gen(function* () {
    const uow = yield* UnitOfWork
    const settings = yield* Settings
    const now = yield* Instant.now
    return yield* uow.run(Files.attach({ actor, now, settings }, { files }, place))
  })

const placeIn = Effect.fnUntraced(function* (ticketId: TicketId, over: Partial<Place> = {}) {
  const { ticket } = yield* stored(ticketId)
  const place: Place = {
    ticketId,
    messageId: (yield* nextId(FileId)) as unknown as MessageId, // any id will do
    seq: ticket.lastMessage,
    visibility: "public",
    ...over
  }
  return place
})

forEachAdapter(everyPort, (adapter, ports) => {
  const world = (settings: SettingsInput = {}, scan = looking) => Layer.provideMerge(kernel(settings, scan), ports)

  describe(`files (${adapter})`, () => {
    it.effect("TIC-13 R-TI-11 what is uploaded comes back byte for byte, as a download under a safe name", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const bytes = pdf(100_000)
        const view = yield* uploadedBy(ada, "../../etc/Pläne\u202e.pdf", bytes)
        assert.deepStrictEqual(
          { ...view, id: null },
          {
            id: null,
            name: "Pläne.pdf",
            mediaType: "application/pdf",
            size: bytes.length,
            state: "Waiting",
            fetchable: false,
            contentId: null
          }
        )
        yield* sent(ada, [view.id])
        const { content, file, headers } = yield* Files.download({ fileId: view.id }).pipe(as(ada.actor))
        assert.deepStrictEqual(yield* bytesOf({ content, file, headers }), bytes)
        assert.deepStrictEqual(headers, {
          "content-type": "application/pdf",
          "content-disposition": "attachment; filename=\"Plane.pdf\"; filename*=UTF-8''Pl%C3%A4ne.pdf",
          "content-length": String(bytes.length),
          "x-content-type-options": "nosniff",
          "content-security-policy": "default-src 'none'; sandbox",
          "cross-origin-resource-policy": "same-origin",
          "cache-control": "private, no-store"
        })
        const file_ = yield* fileOf(view.id)
        assert.match(file_?.key ?? "", /^[0-9a-f]{64}$/)
        assert.notInclude(JSON.stringify(view) + JSON.stringify(headers), file_?.key ?? "-")
      }).pipe(Effect.provide(world()))
    )

    it.effect(
      "R-TI-11 a visitor uploads only with the secret of a form that was given out here, and hands over only its files",
      () =>
        Effect.gen(function* () {
          const form = yield* aForm
          const other = yield* aForm
          const text = Redacted.value(form)
          assert.notStrictEqual(text, Redacted.value(other))
          // 256 random bits and a keyed digest: nobody makes one up or changes its time (Zammad CVE-2024-33668)
          assert.match(text, /^[0-9a-z]+\.[\w-]{43}\.k1\.[\w-]{43}$/)
          const [expires = "", random = "", key = "", mac = ""] = text.split(".")
          const forged = [
            "1",
            "a.b.k1.c",
            `${expires}.${random}.${key}.${mac.slice(1)}`,
            `zzzzzzzz.${random}.${key}.${mac}`,
            `${expires}.${"A".repeat(43)}.${key}.${mac}`,
            `${expires}.${random}.k2.${mac}`,
            `${text}.x`
          ]
          for (const fake of forged) {
            assert.strictEqual(yield* tag(uploadedWith(Redacted.make(fake))), "UploadFormExpired", fake)
          }
          // no login and no form: nothing (Chatwoot CVE-2026-63765)
          const without = Files.upload({ name: "a.pdf", size: pdf().length }, inPieces(pdf()))
          assert.strictEqual(yield* tag(without.pipe(anonymously)), "UploadFormExpired")

          const mine = yield* uploadedWith(form)
          const theirs = yield* uploadedWith(other)
          const ada = yield* person("ada")
          const adas = yield* uploadedBy(ada)
          const submit = (files: ReadonlyArray<FileId>, secret?: Redacted.Redacted) =>
            tag(submitted("guest@example.com", { files, ...(secret === undefined ? {} : { form: secret }) }))
          assert.strictEqual(yield* submit([mine.id]), "NotFound")
          assert.strictEqual(yield* submit([mine.id, theirs.id], form), "NotFound")
          assert.strictEqual(yield* submit([adas.id], form), "NotFound")
          assert.strictEqual(yield* submit([mine.id], Redacted.make(forged[3] ?? "")), "UploadFormExpired")
          assert.strictEqual(yield* submit([mine.id], form), "done")
          // once
          assert.strictEqual(yield* submit([mine.id], form), "NotFound")
          // signed in, with the form of another one, and with another's file
          assert.strictEqual(yield* tag(own(ada, { files: [theirs.id] })), "NotFound")
          const bob = yield* person("bob")
          assert.strictEqual(yield* tag(own(bob, { files: [adas.id] })), "NotFound")
          assert.strictEqual(yield* tag(own(ada, { files: [adas.id, theirs.id], form: other })), "done")
        }).pipe(Effect.provide(world()))
    )

    it.effect(
      "TIC-13 a form takes files for as long as the settings say, and what it has uploaded can be taken back with it only",
      () =>
        Effect.gen(function* () {
          const form = yield* aForm
          const first = yield* uploadedWith(form)
          const second = yield* uploadedWith(form)
          const discard = (fileId: FileId, secret?: Redacted.Redacted) =>
            tag(Files.discard({ fileId, ...(secret === undefined ? {} : { form: secret }) }).pipe(anonymously))
          assert.strictEqual(yield* discard(first.id), "NotFound")
          assert.strictEqual(yield* discard(first.id, yield* aForm), "NotFound")
          assert.strictEqual(yield* discard(first.id, form), "done")
          assert.strictEqual(yield* discard(first.id, form), "NotFound")
          assert.strictEqual(yield* tag(submitted("a@example.com", { files: [first.id], form })), "NotFound")
          assert.strictEqual(yield* purgeAll, 1)
          assert.isUndefined(yield* fileOf(first.id))
          yield* TestClock.adjust("24 hours")
          assert.strictEqual(yield* tag(uploadedWith(form)), "UploadFormExpired")
          assert.strictEqual(yield* tag(submitted("a@example.com", { files: [second.id], form })), "UploadFormExpired")
        }).pipe(Effect.provide(world()))
    )

    it.effect("TIC-13 R-TI-11 size, number and total are limited, and what is refused leaves no bytes", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const blobs = yield* BlobStore
        const upload = (size: number, bytes: Uint8Array) =>
          Files.upload({ name: "a.pdf", size }, inPieces(bytes, 100)).pipe(as(ada.actor))
        const tooLarge = yield* Effect.flip(upload(1001, pdf(900)))
        assert.deepInclude(tooLarge, { _tag: "FileTooLarge", maxBytes: 1000, limit: "1000 B" })
        // one byte more, or fewer, than was announced
        const whole = pdf(500)
        assert.strictEqual(yield* tag(upload(whole.length - 1, whole)), "FileTooLarge")
        assert.strictEqual(yield* tag(upload(whole.length + 1, whole)), "UploadIncomplete")
        assert.strictEqual(yield* tag(upload(0, new Uint8Array(0))), "InvalidInput")
        const repository = yield* FileRepository
        yield* TestClock.adjust("1 hour")
        yield* repository.retireExpired(yield* Instant.now, 100)
        const left = yield* repository.removed(100)
        assert.strictEqual(left.length, 2)
        for (const { key } of left) assert.isTrue(Option.isNone(yield* blobs.get(key)))
        yield* purgeAll

        const some = yield* Effect.forEach([1, 2, 3], () => uploadedBy(ada, "a.pdf", pdf(500)))
        const ids = some.map(({ id }) => id)
        const tooMany = yield* Effect.flip(own(ada, { files: ids }))
        assert.deepInclude(tooMany, { _tag: "TooManyFiles", max: 2 })
        // named twice it counts once
        const { ticketId } = yield* own(ada, { files: [...ids.slice(0, 2), ...ids.slice(0, 2)] })
        const answer = Tickets.answer({ ticketId, text: "one more", files: ids.slice(2) }).pipe(as(ada.actor))
        assert.strictEqual(yield* tag(answer), "TicketFilesTooLarge")
        assert.strictEqual((yield* repository.carriedBy(ticketId)).files, 2)
      }).pipe(Effect.provide(world({ files: { maxBytes: 1000, maxPerMessage: 2, maxBytesPerTicket: 1400 } })))
    )

    it.effect("R-TI-11 uploads of a source and of an account are counted, by number and by size", () =>
      Effect.gen(function* () {
        const form = yield* aForm
        yield* uploadedWith(form)
        yield* uploadedWith(form)
        assert.strictEqual(yield* tag(uploadedWith(form)), "TooManyAttempts")
        assert.strictEqual(yield* tag(uploadedWith(yield* aForm)), "TooManyAttempts")
        const elsewhere = Files.upload({ name: "a.pdf", size: pdf().length, form }, inPieces(pdf())).pipe(
          Actor.provide(Actor.anonymous, { source: "198.51.100.7" })
        )
        assert.strictEqual(yield* tag(elsewhere), "done")
        const ada = yield* person("ada")
        yield* uploadedBy(ada, "a.pdf", pdf(3000))
        assert.strictEqual(yield* tag(uploadedBy(ada, "a.pdf", pdf(3000))), "TooManyAttempts")
        yield* uploadedBy(yield* person("bob"), "a.pdf", pdf(3000))
      }).pipe(
        Effect.provide(
          world({
            limits: {
              uploadsPerSource: { max: 2, window: "1 hour" },
              uploadedKiBPerAccount: { max: 5, window: "1 hour" }
            }
          })
        )
      )
    )

    it.effect("TIC-13 R-TI-11 type by content and by name must agree, as early as the bytes tell", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        assert.strictEqual(yield* tag(uploadedBy(ada, "a.exe")), "FileTypeNotAllowed")
        assert.strictEqual(yield* tag(uploadedBy(ada, "a.png")), "FileTypeNotAllowed")
        assert.strictEqual(yield* tag(uploadedBy(ada, "a.pdf", png)), "FileTypeNotAllowed")
        assert.strictEqual(yield* tag(uploadedBy(ada, "a.png", png)), "done")
        // a sender who lies is not listened to until the end
        let taken = 0
        const endless = Stream.unfold(0, () => {
          taken++
          return Effect.succeed([new Uint8Array(16 * 1024).fill(0x41), 0] as const)
        })
        const lying = Files.upload({ name: "a.pdf", size: 16_000_000 }, endless).pipe(as(ada.actor))
        assert.strictEqual(yield* tag(lying), "FileTypeNotAllowed")
        assert.isBelow(taken, 20)
      }).pipe(Effect.provide(world()))
    )

    it.effect(
      "TIC-13 R-TI-11 V-30 a file is fetched by who may read its message now: the others learn nothing, not even that it is there",
      () =>
        Effect.gen(function* () {
          const ada = yield* person("ada")
          const bob = yield* person("bob")
          const late = yield* person("late")
          const owner = yield* person("owner")
          const member = yield* person("member")
          const stranger = yield* person("stranger")
          const tenant = yield* given.tenant(owner.account)
          yield* given.member(tenant.id, ada.account, ["member"])
          yield* given.member(tenant.id, member.account, ["member"])
          const agent = yield* staff((yield* person("agent")).account, "agent")
          const first = yield* uploadedBy(ada)
          const loose = yield* uploadedBy(ada)
          const { ticketId } = yield* own(ada, { files: [first.id], tenantId: tenant.id })
          yield* scanAll
          const invited = (email: string, history: "all" | "none") =>
            Participants.addParticipants({ ticketId, people: [{ email }], history }).pipe(as(ada.actor))
          yield* invited("bob@example.com", "all")
          yield* invited("late@example.com", "none")
          // staff's internal note with a file
          const note = yield* staffWrites(ticketId, "psst", { visibility: "internal" })
          const secret = yield* uploadedBy({ actor: agent as never })
          yield* attaching(agent, [secret.id], {
            ticketId,
            messageId: note.message.id,
            seq: note.message.seq,
            visibility: "internal"
          })
          yield* scanAll
          const outcomes = (fileId: FileId) =>
            Effect.map(
              Effect.forEach([ada, bob, late, owner, member, stranger, { actor: agent }], (who) => tries(who, fileId)),
              (all) => all.join(" ")
            )
          assert.strictEqual(yield* outcomes(first.id), "done done NotFound done NotFound NotFound done")
          assert.strictEqual(yield* outcomes(secret.id), "NotFound NotFound NotFound NotFound NotFound NotFound done")
          // in no message: nobody, not even who sent it
          assert.strictEqual(
            yield* outcomes(loose.id),
            "NotFound NotFound NotFound NotFound NotFound NotFound NotFound"
          )
          assert.strictEqual(yield* outcomes(yield* nextId(FileId)), yield* outcomes(loose.id))
          assert.strictEqual(
            // as a host that forgets to ask
            yield* tag(Files.download({ fileId: first.id }).pipe(Actor.provide(Actor.anonymous as never))),
            "SignInRequired"
          )

          // asked anew each time
          const tickets = yield* TicketRepository
          const { participants } = yield* stored(ticketId)
          const uow = yield* UnitOfWork
          yield* uow.run(
            tickets.saveParticipants(
              participants
                .filter(({ email }) => email === "bob@example.com")
                .map((one) => ({ ...one, removedAt: Instant.fromMillis(5) }))
            )
          )
          assert.strictEqual(yield* tries(bob, first.id), "NotFound")
          yield* marked(ticketId, { spam: true })
          assert.strictEqual(yield* outcomes(first.id), "NotFound NotFound NotFound NotFound NotFound NotFound done")
        }).pipe(Effect.provide(world()))
    )

    it.effect("TIC-13 not scanned yet is visible as such, and cannot be fetched by anybody, staff included", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const agent = yield* staff((yield* person("agent")).account, "agent")
        const { id } = yield* uploadedBy(ada)
        const { ticketId } = yield* own(ada, { files: [id] })
        assert.strictEqual(yield* tries(ada, id), "FileNotAvailable")
        assert.strictEqual(yield* tries({ actor: agent }, id), "FileNotAvailable")
        const shown = () =>
          Effect.map(Tickets.messages({ ticketId }).pipe(as(ada.actor)), ({ items }) =>
            items.flatMap(({ files }) => files.map(({ fetchable, state }) => ({ fetchable, state })))
          )
        assert.deepStrictEqual(yield* shown(), [{ fetchable: false, state: "Waiting" }])
        yield* scanAll
        assert.deepStrictEqual(yield* shown(), [{ fetchable: true, state: "Clean" }])
        assert.deepStrictEqual(yield* fetched(ada, id), pdf())
      }).pipe(Effect.provide(world()))
    )

    it.effect("TIC-13 what a scanner finds something in is kept from everybody, and staff are told what it is", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const agent = yield* staff((yield* person("agent")).account, "agent")
        const bad = yield* uploadedBy(ada, "bad.pdf", evil())
        const good = yield* uploadedBy(ada)
        const { number, ticketId } = yield* sent(ada, [bad.id, good.id])
        assert.strictEqual(yield* tries(ada, bad.id), "FileNotAvailable")
        assert.strictEqual(yield* tries({ actor: agent }, bad.id), "FileNotAvailable")
        assert.strictEqual(yield* tries(ada, good.id), "done")
        const { items } = yield* Tickets.messages({ ticketId }).pipe(as(ada.actor))
        assert.deepStrictEqual(
          items.flatMap(({ files }) => files.map((file) => `${file.state} ${file.fetchable}`)),
          ["Infected false", "Clean true"]
        )
        assert.notInclude(JSON.stringify(items), "Evil")
        const file = yield* fileOf(bad.id)
        assert.strictEqual(file?.threat, "Evil Test")
        assert.strictEqual(Files.staffViewOf(file as never, yield* Settings).threat, "Evil Test")
        const [mail] = yield* mailsTo("desk@example.com")
        assert.deepInclude(mail?.values, { threat: "Evil Test", number })
        assert.strictEqual((yield* mailsTo("desk@example.com")).length, 1)
      }).pipe(Effect.provide(world({ staff: { inbox: "desk@example.com" }, files: { serveUnscanned: true } })))
    )

    it.effect("TIC-13 while the scanner is away a file waits, and is asked about again, each time later", () => {
      let away = true
      const sometimes = scanner(() => (away ? "away" : { _tag: "Clean" }))
      return Effect.gen(function* () {
        const ada = yield* person("ada")
        const { id } = yield* uploadedBy(ada)
        yield* sent(ada, [id])
        const due: Array<number> = []
        for (let round = 0; round < 12; round++) {
          const file = yield* fileOf(id)
          assert.strictEqual(file?.state, "Waiting")
          assert.strictEqual(yield* tries(ada, id), "FileNotAvailable")
          const wait = (file?.scanDueAt ?? 0) - (yield* Instant.now)
          due.push(wait / 1000)
          yield* TestClock.adjust(wait)
          yield* scanAll
        }
        assert.deepStrictEqual(due, [15, 30, 60, 120, 240, 480, 960, 1920, 3600, 3600, 3600, 3600])
        away = false
        yield* TestClock.adjust("1 hour")
        yield* scanAll
        assert.strictEqual(yield* tries(ada, id), "done")
      }).pipe(Effect.provide(world({ files: { serveUnscanned: true } }, sometimes)))
    })

    it.effect(
      "TIC-13 without a scanner files are shown as not scanned, and are served only where the operator says so",
      () =>
        Effect.gen(function* () {
          for (const serveUnscanned of [false, true]) {
            yield* Effect.gen(function* () {
              const ada = yield* person("ada")
              const { id } = yield* uploadedBy(ada)
              const { ticketId } = yield* own(ada, { files: [id] })
              // what still waits is served to nobody, whatever the setting
              assert.strictEqual(yield* tries(ada, id), "FileNotAvailable")
              yield* scanAll
              const { items } = yield* Tickets.messages({ ticketId }).pipe(as(ada.actor))
              assert.deepInclude(items[0]?.files[0], { state: "Unscanned", fetchable: serveUnscanned })
              assert.strictEqual(yield* tries(ada, id), serveUnscanned ? "done" : "FileNotAvailable")
            }).pipe(Effect.provide(world({ files: { serveUnscanned } }, Scanner.layerNone)))
          }
        })
    )

    it.effect("TIC-13 R-TI-09 HTML and SVG are only ever downloads of bytes without a meaning", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const text = (source: string) => new TextEncoder().encode(source)
        const html = yield* uploadedBy(ada, "a.html", text("<html><script>alert(1)</script></html>"))
        const svg = yield* uploadedBy(ada, "a.svg", text('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>'))
        yield* sent(ada, [html.id, svg.id])
        for (const { id } of [html, svg]) {
          const { headers } = yield* Files.download({ fileId: id }).pipe(as(ada.actor))
          assert.strictEqual(headers["content-type"], "application/octet-stream")
          assert.match(headers["content-disposition"] ?? "", /^attachment; /)
          assert.strictEqual(headers["x-content-type-options"], "nosniff")
        }
      }).pipe(Effect.provide(world()))
    )

    it.effect("TIC-13 what no message takes in time is deleted with its bytes; what a message has taken stays", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const blobs = yield* BlobStore
        const loose = yield* uploadedBy(ada)
        const kept = yield* uploadedBy(ada)
        yield* sent(ada, [kept.id])
        const keys = [(yield* fileOf(loose.id))?.key, (yield* fileOf(kept.id))?.key]
        yield* TestClock.adjust("23 hours")
        assert.strictEqual(yield* purgeAll, 0)
        yield* TestClock.adjust("1 hour")
        assert.strictEqual(yield* tag(own(ada, { files: [loose.id] })), "NotFound")
        assert.strictEqual(yield* purgeAll, 1)
        assert.isUndefined(yield* fileOf(loose.id))
        assert.isTrue(Option.isNone(yield* blobs.get(keys[0] as never)))
        yield* TestClock.adjust("365 days")
        assert.strictEqual(yield* purgeAll, 0)
        assert.deepStrictEqual(yield* fetched(ada, kept.id), pdf())
      }).pipe(Effect.provide(world()))
    )

    it.effect("TIC-13 a copy in another message has the same bytes, and is read by who reads that message", () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const bob = yield* person("bob")
        const { id } = yield* uploadedBy(ada)
        const { ticketId } = yield* sent(ada, [id])
        const original = yield* fileOf(id)
        const { ticketId: other } = yield* own(bob)
        const place = yield* placeIn(other)
        assert.strictEqual(yield* Files.copyAll(new Map([[original?.place?.messageId as MessageId, place]])), 1)
        const [copy] = (yield* Files.ofMessages([place.messageId])).get(place.messageId) ?? []
        assert.strictEqual(copy?.key, original?.key)
        assert.strictEqual(yield* tries(bob, copy?.id as FileId), "done")
        assert.strictEqual(yield* tries(ada, copy?.id as FileId), "NotFound")
        assert.strictEqual(yield* tries(bob, id), "NotFound")
        assert.strictEqual((yield* stored(ticketId)).ticket.lastMessage, 1)
      }).pipe(Effect.provide(world()))
    )

    it.effect("TIC-01 a visitor's files come with the ticket, in the order that was given", () =>
      Effect.gen(function* () {
        const form = yield* aForm
        const names = ["c.pdf", "a.pdf", "b.pdf"]
        const files = yield* Effect.forEach(names, (name) => uploadedWith(form, name))
        const { number } = yield* submitted("guest@example.com", { files: files.map(({ id }) => id), form, ...wording })
        const { id } = yield* byNumber(number)
        const repository = yield* FileRepository
        assert.deepStrictEqual(yield* repository.carriedBy(id), { files: 3, bytes: 3 * pdf().length })
        const place = (yield* fileOf((files[0] as { readonly id: FileId }).id))?.place
        assert.deepStrictEqual(
          (yield* repository.ofMessages([place?.messageId as MessageId])).map(({ name }) => name),
          names
        )
      }).pipe(Effect.provide(world()))
    )
  })
})

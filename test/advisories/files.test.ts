import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted, Stream } from "effect"
import { TestClock } from "effect/testing"
import * as Actor from "../../src/kernel/Actor.ts"
import { FileId, nextId } from "../../src/kernel/ids.ts"
import { FileRepository } from "../../src/tickets/FileRepository.ts"
import { Files, Tickets } from "../../src/tickets/index.ts"
import { Scanner } from "../../src/tickets/Scanner.ts"
import { anonymously, as } from "../support/portal.ts"
import { crew } from "../tickets/desk/world.ts"
import { aForm, fetched, fileOf, inPieces, pdf, scanAll, uploadedBy, uploadedWith } from "../tickets/filesWorld.ts"
import { portal } from "../tickets/inboundWorld.ts"
import { own, person, submitted, wording } from "../tickets/world.ts"
import { calling, clean, tagOf } from "./world.ts"

/** How many files were announced, as a store knows it. */
const rows = Effect.flatMap(FileRepository, (files) =>
  Effect.map(files.retireExpired(Number.MAX_SAFE_INTEGER as never, 1000), (count) => count)
)

describe("files of visitors", () => {
  it.effect("CVE-2024-33668 of another form are reached by nobody who guesses, whatever they guess", () =>
    Effect.gen(function* () {
      const form = yield* aForm
      const text = Redacted.value(form)
      const [expires = "", random = "", keyId = "", mac = ""] = text.split(".")
      const victims = yield* uploadedWith(form)
      const mine = Redacted.value(yield* aForm).split(".")
      // what a visitor has is no number that goes on, and 256 bits of it differ from form to form
      assert.match(random, /^[\w-]{43}$/)
      assert.notStrictEqual(mine[1], random)
      const guesses = [
        "0",
        "1",
        "form",
        victims.id,
        `${expires}.${random}`,
        `${expires}.${random}.${keyId}`,
        `${expires}.${random}.${keyId}.`,
        `${expires}.${random}.${keyId}.${"A".repeat(43)}`,
        // a digest of one's own form, for the random part of another, and for a later end
        `${expires}.${random}.${keyId}.${mine[3]}`,
        `${(Number.parseInt(expires, 36) + 1).toString(36)}.${random}.${keyId}.${mac}`,
        `${expires}.${random}.${keyId}.${mac}.${mac}`,
        `.${random}.${keyId}.${mac}`
      ]
      for (const guess of guesses) {
        const secret = Redacted.make(guess)
        const ends = [
          yield* tagOf(submitted("eve@evil.example", { files: [victims.id], form: secret })),
          yield* tagOf(Files.discard({ fileId: victims.id, form: secret }).pipe(anonymously)),
          yield* tagOf(uploadedWith(secret))
        ]
        assert.notInclude(ends, "done", guess)
      }
      // by an own form that is as good, another's file is not there; and its id opens nothing by itself
      const other = yield* aForm
      assert.strictEqual(yield* tagOf(submitted("eve@evil.example", { files: [victims.id], form: other })), "NotFound")
      assert.strictEqual(yield* tagOf(submitted("eve@evil.example", { files: [victims.id] })), "NotFound")
      const eve = yield* person("eve")
      assert.strictEqual(yield* tagOf(own(eve, { files: [victims.id] })), "NotFound")
      assert.strictEqual(yield* tagOf(Files.download({ fileId: victims.id }).pipe(as(eve.actor))), "NotFound")
      assert.isNull((yield* fileOf(victims.id))?.place)
      assert.strictEqual(yield* tagOf(submitted("ada@example.com", { files: [victims.id], form })), "done")
      // when its time is over it is nobody's
      yield* TestClock.adjust("25 hours")
      assert.strictEqual(yield* tagOf(uploadedWith(form)), "UploadFormExpired")
    }).pipe(Effect.provide(portal()))
  )

  it.effect("CVE-2026-63765 R-TI-11 without sign-in and form nobody uploads anything, nor for another's tenant", () =>
    Effect.gen(function* () {
      const bytes = pdf()
      const input = { name: "a.pdf", size: bytes.length }
      assert.strictEqual(yield* tagOf(Files.upload(input, inPieces(bytes)).pipe(anonymously)), "UploadFormExpired")
      assert.strictEqual(yield* rows, 0)
      const ada = yield* person("ada")
      for (const field of ["tenantId", "accountId", "account_id", "owner", "ticketId", "messageId", "key", "place"]) {
        const more = calling(Files.begin, ada.actor, { ...input, [field]: ada.account.id })
        assert.strictEqual(yield* tagOf(more), "InvalidInput", field)
      }
      assert.strictEqual(yield* rows, 0)
      // the steps behind it are the library's own
      const fileId = yield* nextId(FileId)
      for (const [useCase, more] of [
        [Files.complete, { fileId, size: 1, digest: "x", extension: "pdf" }],
        [Files.judge, { fileId, result: { _tag: "Clean" } }],
        [Files.retireExpired, { limit: 1 }],
        [Files.forget, { files: [fileId] }]
      ] as const) {
        assert.strictEqual(yield* tagOf(calling(useCase, ada.actor, more)), "NotAllowed", useCase.name)
        assert.strictEqual(yield* tagOf(calling(useCase, Actor.anonymous, more)), "SignInRequired", useCase.name)
      }
    }).pipe(Effect.provide(portal()))
  )
})

describe("files of tickets", () => {
  it.effect("R-TI-11 are told by nothing that a sender chooses: neither where they are stored nor what is served", () =>
    Effect.gen(function* () {
      const ada = yield* person("ada")
      const first = yield* uploadedBy(ada, "../../../etc/passwd\r\nX: y.pdf")
      const again = yield* uploadedBy(ada, "../../../etc/passwd\r\nX: y.pdf")
      const [one, two] = [yield* fileOf(first.id), yield* fileOf(again.id)]
      assert.match(one?.key ?? "", /^[0-9a-f]{64}$/)
      // the same name and the same bytes, and no place of the same name
      assert.notStrictEqual(one?.key, two?.key)
      assert.strictEqual(one?.digest, two?.digest)
      yield* own(ada, { files: [first.id] })
      yield* scanAll
      const { headers } = yield* Files.download({ fileId: first.id }).pipe(as(ada.actor))
      for (const value of Object.values(headers)) assert.notMatch(value, /[\r\n]|\.\.\/|etc\/passwd/)
      assert.match(headers["content-disposition"] ?? "", /^attachment; /)
      assert.strictEqual(headers["x-content-type-options"], "nosniff")
      assert.match(headers["content-security-policy"] ?? "", /sandbox/)
      assert.deepStrictEqual(yield* fetched(ada, first.id), pdf())
    }).pipe(Effect.provideService(Scanner, clean), Effect.provide(portal()))
  )

  it.effect(
    "R-TI-11 that are pages or drawings are never served as such, and those that lie about it are not taken",
    () =>
      Effect.gen(function* () {
        const ada = yield* person("ada")
        const page = new TextEncoder().encode("<!doctype html><script>alert(1)</script>")
        const drawing = new TextEncoder().encode('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>')
        for (const [name, bytes] of [
          ["a.txt", page],
          ["a.csv", page],
          ["a.png", page],
          ["a.pdf", drawing],
          ["a.txt", drawing],
          ["a.html.txt", page],
          ["a.exe", pdf()],
          ["a.pdf.exe", pdf()],
          ["a", pdf()]
        ] as const) {
          assert.strictEqual(yield* tagOf(uploadedBy(ada, name, bytes)), "FileTypeNotAllowed", name)
        }
        for (const [name, bytes] of [
          ["a.html", page],
          ["a.svg", drawing]
        ] as const) {
          const file = yield* uploadedBy(ada, name, bytes)
          yield* own(ada, { files: [file.id] })
          yield* scanAll
          const { headers } = yield* Files.download({ fileId: file.id }).pipe(as(ada.actor))
          assert.strictEqual(headers["content-type"], "application/octet-stream", name)
        }
      }).pipe(Effect.provideService(Scanner, clean), Effect.provide(portal({ files: { types: allTypes } })))
  )

  it.effect("R-TI-11 are fetched by nobody before a scan, nor where something was found, nor from another ticket", () =>
    Effect.gen(function* () {
      const agent = yield* crew("agent", "agent")
      const ada = yield* person("ada")
      const eve = yield* person("eve")
      const file = yield* uploadedBy(ada)
      const bad = yield* uploadedBy(ada, "bad.pdf", pdf(1234))
      const { ticketId } = yield* own(ada, { files: [file.id, bad.id] })
      const tries = (actor: Actor.Account | Actor.Staff, fileId: FileId) =>
        tagOf(Files.download({ fileId }).pipe(Actor.provide(actor)))
      assert.strictEqual(yield* tries(ada.actor, file.id), "FileNotAvailable")
      assert.strictEqual(yield* tries(agent.actor, file.id), "FileNotAvailable")
      yield* scanAll
      assert.strictEqual(yield* tries(ada.actor, file.id), "done")
      for (const actor of [ada.actor, agent.actor]) assert.strictEqual(yield* tries(actor, bad.id), "FileNotAvailable")
      // put into one's own ticket, as if it were one's own
      assert.strictEqual(yield* tagOf(own(eve, { files: [file.id] })), "NotFound")
      const mine = yield* own(eve)
      for (const id of [mine.ticketId, ticketId]) {
        const answering = Tickets.answer({ ticketId: id, text: wording.description, files: [file.id] }).pipe(
          as(eve.actor)
        )
        assert.strictEqual(yield* tagOf(answering), "NotFound")
      }
      assert.strictEqual(yield* tries(eve.actor, file.id), "NotFound")
      assert.strictEqual((yield* fileOf(file.id))?.place?.ticketId, ticketId)
    }).pipe(
      Effect.provideService(
        Scanner,
        Scanner.of({
          scan: (content) =>
            Effect.map(
              Stream.runFold(
                content,
                () => 0,
                (sum, part) => sum + part.length
              ),
              (size) =>
                size === pdf(1234).length
                  ? ({ _tag: "Infected", threat: "walrus" } as const)
                  : ({ _tag: "Clean" } as const)
            )
        })
      ),
      Effect.provide(portal())
    )
  )
})

const allTypes = ["pdf", "png", "txt", "csv", "html", "svg"]

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option, Stream } from "effect"
import * as fc from "fast-check"
import { layer, toInternetMessage } from "../../src/eml/index.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import { headerFault } from "../../src/mail/headers.ts"
import { MailParser } from "../../src/mail/inbound/MailParser.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
import { layer as layerMailParser } from "../../src/mime/index.ts"
import { attachment } from "../mail/attachments.ts"
import { message } from "../mail/messages.ts"
import { parseMail } from "../mail/parse.ts"
import { rounds } from "../support/rounds.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "portico-eml-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const sendTo = (directory: string, what = message(1)) =>
  Effect.flatMap(Mailer, (mailer) => mailer.send(what)).pipe(Effect.provide(layer({ directory })))

describe("mails as files", () => {
  it.live("OUT-06 one file for each mail, named by its id, for nobody else to read", () =>
    Effect.gen(function* () {
      const directory = join(yield* folder, "out", "mails")
      yield* sendTo(directory, message(1))
      yield* sendTo(directory, message(2))
      yield* sendTo(directory, message(1, { subject: "noch einmal" }))
      const names = readdirSync(directory).sort()
      assert.deepStrictEqual(names, [`${message(1).id}.eml`, `${message(2).id}.eml`])
      const file = join(directory, `${message(1).id}.eml`)
      assert.strictEqual(parseMail(readFileSync(file, "latin1")).headers.get("subject"), "noch einmal")
      assert.strictEqual(statSync(file).mode & 0o777, 0o600)
    }).pipe(Effect.scoped)
  )

  it.live("OUT-03 a directory that cannot be written is a temporary failure and leaves nothing behind", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const blocked = join(directory, "file")
      writeFileSync(blocked, "")
      assert.strictEqual((yield* Effect.flip(sendTo(blocked))).kind, "temporary")
      // where the file should go there is something else
      const out = join(directory, "out")
      mkdirSync(join(out, `${message(1).id}.eml`, "full"), { recursive: true })
      assert.strictEqual((yield* Effect.flip(sendTo(out))).kind, "temporary")
      assert.deepStrictEqual(readdirSync(out), [`${message(1).id}.eml`])
    }).pipe(Effect.scoped)
  )

  it.live("OUT-07 an id that is no file name is refused", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const error = yield* Effect.flip(sendTo(directory, message(1, { id: "../evil" as never })))
      assert.strictEqual(error.kind, "permanent")
      assert.deepStrictEqual(readdirSync(directory), [])
    }).pipe(Effect.scoped)
  )
})

describe("the text of a message", () => {
  const text = fc.string({ unit: "grapheme", maxLength: 120 })

  it("RFC 5322 RFC 2047 any header and body comes back as it was, in lines of ASCII that are not too long", () => {
    fc.assert(
      fc.property(text, text, text, text, (name, subject, body, html) => {
        const sent = message(1, {
          from: { name, address: "portal@example.com" },
          subject: `x${subject}`.trim(),
          text: body,
          html
        })
        fc.pre(Option.isNone(headerFault(sent)))
        const raw = toInternetMessage(sent)
        for (const line of raw.split("\r\n")) {
          assert.match(line, /^[\x20-\x7e]*$/)
          assert.isAtMost(line.length, 160)
        }
        const parsed = parseMail(raw)
        assert.strictEqual(parsed.headers.get("subject"), sent.subject)
        assert.strictEqual(parsed.headers.get("message-id"), sent.messageId)
        assert.strictEqual(new Date(parsed.headers.get("date") ?? "").getTime(), sent.date)
        assert.strictEqual(parsed.headers.get("to"), "<ada@example.com>")
        assert.strictEqual(parsed.text, body.replaceAll("\r\n", "\n"))
        assert.strictEqual(parsed.html, html.replaceAll("\r\n", "\n"))
      }),
      { numRuns: rounds(300, 10_000) }
    )
  })
})

describe("a message with files", () => {
  const parsed = (raw: string) =>
    Effect.flatMap(MailParser, (parser) =>
      parser.parse(new Uint8Array(Buffer.from(raw)), defaults.inbound.limits)
    ).pipe(Effect.provide(layerMailParser))

  it.live("TIC-03 R-TI-11 RFC 2231 is in its file as it was: bytes, types, and names in any script", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const bytes = Uint8Array.from({ length: 200_001 }, (_, index) => (index * 7) % 256)
      const files = [
        attachment("plan.pdf", bytes, "application/pdf"),
        attachment(
          "Grüße „aus“ dem Süden – mit einem Namen, der sehr lang ist 🎉.txt",
          "ÄÖÜ",
          "text/plain; charset=utf-8"
        ),
        attachment('a"; filename=evil.exe', "x", "application/octet-stream"),
        attachment("empty.txt", "")
      ]
      const sent = message(1, { attachments: files })
      yield* sendTo(directory, sent)
      const raw = readFileSync(join(directory, `${sent.id}.eml`), "latin1")
      for (const line of raw.split("\r\n")) assert.isAtMost(line.length, 120)
      const mail = yield* parsed(raw)
      assert.strictEqual(mail.text.trim(), sent.text.trim())
      assert.deepStrictEqual(
        mail.parts.map(({ inline, name, type }) => ({ inline, name, type })),
        files.map(({ mediaType, name }) => ({ inline: false, name, type: mediaType.split(";")[0] ?? "" }))
      )
      for (const [index, { content }] of files.entries()) {
        const whole = Buffer.concat(Array.from(yield* Stream.runCollect(content)))
        assert.deepStrictEqual(Buffer.from(mail.parts[index]?.content ?? []), whole)
      }
    }).pipe(Effect.scoped)
  )

  it.live("OUT-03 a file that cannot be read is a temporary failure, and no half of the message is left", () =>
    Effect.gen(function* () {
      const directory = yield* folder
      const failure = new PersistenceError({ operation: "blob.get", reason: "connection" })
      const content = Stream.concat(Stream.make(new Uint8Array(100_000)), Stream.fail(failure))
      const half = message(1, { attachments: [{ ...attachment("plan.pdf", "x"), content }] })
      assert.strictEqual((yield* Effect.flip(sendTo(directory, half))).kind, "temporary")
      assert.deepStrictEqual(readdirSync(directory), [])
    }).pipe(Effect.scoped)
  )
})

import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Option } from "effect"
import * as fc from "fast-check"
import { layer, toInternetMessage } from "../../src/eml/index.ts"
import { headerFault } from "../../src/mail/headers.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
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

import { mkdtempSync, rmSync } from "node:fs"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Redacted, Stream } from "effect"
import { SMTPServer, type SMTPServerOptions } from "smtp-server"
import { layerBlobStore as blobsIn } from "../../src/files/index.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import { MailParser } from "../../src/mail/inbound/MailParser.ts"
import { Mailer } from "../../src/mail/Mailer.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import { layer as layerMailParser } from "../../src/mime/index.ts"
import { type SmtpOptions, layer as smtp } from "../../src/smtp/index.ts"
import { BlobStore } from "../../src/tickets/BlobStore.ts"
import { BlobKey } from "../../src/tickets/File.ts"
import { attachment } from "../mail/attachments.ts"
import { message } from "../mail/messages.ts"
import { parseMail } from "../mail/parse.ts"
import { address, mails, mailTo, plain, send, layer as world } from "../mail/world.ts"

interface Received {
  readonly from: string
  readonly to: ReadonlyArray<string>
  readonly secure: boolean
  readonly user: unknown
  readonly raw: string
}

/** The server's answer with this code. */
const answer = (responseCode: number, text = "as the test wanted it"): Error =>
  Object.assign(new Error(text), { responseCode })

/** A real SMTP server on a free port, closed with the scope; answers what it took. */
const server = (options: SMTPServerOptions = {}, onReceived?: (received: Received) => Error | undefined | "silent") =>
  Effect.acquireRelease(
    Effect.promise(
      () =>
        new Promise<{ readonly port: number; readonly received: Array<Received>; readonly close: () => void }>(
          (resolve) => {
            const received: Array<Received> = []
            const smtpServer = new SMTPServer({
              authOptional: true,
              closeTimeout: 100,
              logger: false,
              onData: (stream, session, callback) => {
                const chunks: Array<Buffer> = []
                stream.on("data", (chunk: Buffer) => chunks.push(chunk))
                stream.on("end", () => {
                  const one: Received = {
                    from: session.envelope.mailFrom === false ? "" : session.envelope.mailFrom.address,
                    to: session.envelope.rcptTo.map((to) => to.address),
                    secure: session.secure,
                    user: session.user,
                    raw: Buffer.concat(chunks).toString("latin1")
                  }
                  const reply = onReceived?.(one)
                  if (reply instanceof Error) return callback(reply)
                  received.push(one)
                  if (reply !== "silent") callback()
                })
              },
              ...options
            })
            // clients that give up are part of the tests
            smtpServer.on("error", () => undefined)
            const listening = smtpServer.listen(0, "127.0.0.1", () => {
              // listening on a port makes the address this
              const { port } = listening.address() as AddressInfo
              resolve({ port, received, close: () => smtpServer.close() })
            })
          }
        )
    ),
    ({ close }) => Effect.sync(close)
  )

const refuse = (code: number) => (_: unknown, __: unknown, callback: (error: Error) => void) => callback(answer(code))

const refuseConnection = (code: number) => (_: unknown, callback: (error: Error) => void) => callback(answer(code))

const inClear = { disabledCommands: ["STARTTLS"] }

const sendTo = (port: number, options: Partial<SmtpOptions> = {}, what = message(1)) =>
  Effect.flatMap(Mailer, (mailer) => mailer.send(what)).pipe(
    Effect.provide(Layer.fresh(smtp({ host: "127.0.0.1", port, encryption: "none", timeout: "2 seconds", ...options })))
  )

describe("mails over SMTP", () => {
  it.live("OUT-06 OUT-02 arrive with their Message-ID, at one recipient, with text and HTML as they were", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server(inClear)
      const sent = message(1)
      yield* sendTo(port)
      const [one, ...more] = received
      assert.deepStrictEqual(more, [])
      assert.deepStrictEqual([one?.from, one?.to], ["portal@example.com", ["ada@example.com"]])
      const { headers, html, text } = parseMail(one?.raw ?? "")
      assert.strictEqual(headers.get("message-id"), sent.messageId)
      assert.strictEqual(headers.get("subject"), sent.subject)
      assert.strictEqual(headers.get("from"), '"Müllers Portal, Süd" <portal@example.com>'.replaceAll('"', ""))
      assert.strictEqual(headers.get("to"), "ada@example.com")
      assert.strictEqual(headers.get("auto-submitted"), "auto-generated")
      assert.strictEqual(new Date(headers.get("date") ?? "").getTime(), sent.date)
      assert.strictEqual(text.trimEnd(), sent.text.trimEnd())
      assert.strictEqual(html.trimEnd(), sent.html.trimEnd())
      assert.isUndefined(headers.get("bcc"))
      assert.isUndefined(headers.get("x-mailer"))
    }).pipe(Effect.scoped)
  )

  it.live("go over TLS and after a sign-in, when the server wants that", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server({
        authOptional: false,
        onAuth: ({ password, username }, _, callback) =>
          username === "portal" && password === "pass word"
            ? callback(null, { user: username })
            : callback(answer(535, "no such user"))
      })
      const tls = { encryption: "starttls", tls: { rejectUnauthorized: false } } as const
      yield* sendTo(port, { ...tls, auth: { user: "portal", pass: Redacted.make("pass word") } })
      assert.deepStrictEqual([received[0]?.secure, received[0]?.user], [true, "portal"])

      const error = yield* Effect.flip(sendTo(port, { ...tls, auth: { user: "portal", pass: Redacted.make("wrong") } }))
      assert.strictEqual(error.kind, "temporary")
      assert.notInclude(error.message, "wrong")
      assert.strictEqual(received.length, 1)
    }).pipe(Effect.scoped)
  )

  it.live("never go in clear unless told, nor to a server with a certificate that is not trusted", () =>
    Effect.gen(function* () {
      const clear = yield* server(inClear)
      const withoutTls = yield* Effect.flip(
        Effect.flatMap(Mailer, (mailer) => mailer.send(message(1))).pipe(
          Effect.provide(smtp({ host: "127.0.0.1", port: clear.port, timeout: "2 seconds" }))
        )
      )
      assert.strictEqual(withoutTls.kind, "temporary")
      const untrusted = yield* server()
      assert.strictEqual((yield* Effect.flip(sendTo(untrusted.port, { encryption: "starttls" }))).kind, "temporary")
      assert.deepStrictEqual([clear.received, untrusted.received], [[], []])
    }).pipe(Effect.scoped)
  )

  it.live("OUT-03 a recipient refused with 5yz is permanent; with 4yz, and whatever is said before, is temporary", () =>
    Effect.gen(function* () {
      for (const { code, kind, options } of [
        { code: 550, kind: "permanent", options: { onRcptTo: refuse(550) } },
        { code: 451, kind: "temporary", options: { onRcptTo: refuse(451) } },
        { code: 503, kind: "temporary", options: { onRcptTo: refuse(503) } },
        { code: 530, kind: "temporary", options: { onRcptTo: refuse(530) } },
        { code: 550, kind: "temporary", options: { onMailFrom: refuse(550) } },
        { code: 421, kind: "temporary", options: { onMailFrom: refuse(421) } },
        { code: 554, kind: "temporary", options: { onConnect: refuseConnection(554) } }
      ] as const) {
        const { port, received } = yield* server({ ...inClear, ...options })
        const error = yield* Effect.flip(sendTo(port))
        assert.strictEqual(error.kind, kind)
        assert.include(error.detail, String(code))
        assert.deepStrictEqual(received, [])
      }
    }).pipe(Effect.scoped)
  )

  it.live("OUT-03 an answer to the content of 554 is permanent, and of 452 temporary", () =>
    Effect.gen(function* () {
      for (const [code, kind] of [
        [554, "permanent"],
        [452, "temporary"]
      ] as const) {
        const { port } = yield* server(inClear, () => answer(code))
        const error = yield* Effect.flip(sendTo(port))
        assert.deepStrictEqual([error.kind, error.detail], [kind, `DATA: ${code} as the test wanted it`])
      }
    }).pipe(Effect.scoped)
  )

  it.live("OUT-03 no server, and a server that takes the mail and does not answer, are temporary", () =>
    Effect.gen(function* () {
      const gone = yield* Effect.scoped(Effect.map(server(inClear), ({ port }) => port))
      assert.strictEqual((yield* Effect.flip(sendTo(gone))).kind, "temporary")
      const { port, received } = yield* server(inClear, () => "silent")
      assert.strictEqual((yield* Effect.flip(sendTo(port, { timeout: "300 millis" }))).kind, "temporary")
      assert.strictEqual(received.length, 1)
    }).pipe(Effect.scoped)
  )

  it.live("OUT-07 R-MA-01 a line break in a header or the envelope reaches no server", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server(inClear)
      for (const over of [
        { subject: "x\r\nBcc: eve@evil.example" },
        { from: { name: "x\r\nBcc: eve@evil.example", address: "portal@example.com" } },
        { from: { name: "x", address: "portal@example.com>\r\nRCPT TO:<eve@evil.example" } },
        { to: "ada@example.com>\r\nRCPT TO:<eve@evil.example" as never },
        { to: "ada@example.com, eve@evil.example" as never },
        { messageId: "<x@y>\r\nBcc: eve@evil.example" },
        { headers: { "X-Test": "x\r\nBcc: eve@evil.example" } },
        { headers: { "X-Test\r\nBcc": "eve@evil.example" } }
      ]) {
        assert.strictEqual((yield* Effect.flip(sendTo(port, {}, message(1, over)))).kind, "permanent")
      }
      assert.deepStrictEqual(received, [])
    }).pipe(Effect.scoped)
  )

  it.live("OUT-07 R-MA-01 does not start with a name that would end the greeting", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server(inClear)
      for (const name of ["x\r\nMAIL FROM:<eve@evil.example>", "x y", ""]) {
        assert.isTrue(Exit.hasDies(yield* Effect.exit(sendTo(port, { name }))))
      }
      assert.deepStrictEqual(received, [])
      yield* sendTo(port, { name: "portal.example.com" })
    }).pipe(Effect.scoped)
  )

  it.live("MIN-09 what a conversation needs arrives: where answers go, and what the mail belongs to", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server(inClear)
      const references = Array.from({ length: 12 }, (_, number) => `<0123456789-${number}@mail.example.com>`).join(" ")
      const headers = { "In-Reply-To": "<1@mail.example.com>", References: references, "X-Loop": "support@example.com" }
      yield* sendTo(port, {}, message(1, { replyTo: address("support+7"), headers }))
      const mail = parseMail(received[0]?.raw ?? "")
      assert.strictEqual(mail.headers.get("reply-to"), "support+7@example.com")
      assert.strictEqual(mail.headers.get("references"), references)
      assert.strictEqual(mail.headers.get("in-reply-to"), "<1@mail.example.com>")
      assert.strictEqual(mail.headers.get("x-loop"), "support@example.com")
      assert.strictEqual(mail.headers.get("message-id"), message(1).messageId)
    }).pipe(Effect.scoped)
  )

  it.live(
    "TIC-03 R-TI-11 files arrive byte by byte, from a store in a folder, with type and name, on a connection that goes on",
    () =>
      Effect.gen(function* () {
        const { port, received } = yield* server({ ...inClear, size: 40_000_000 })
        const path = yield* Effect.acquireRelease(
          Effect.sync(() => mkdtempSync(join(tmpdir(), "portico-smtp-"))),
          (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
        )
        const pieces = 160
        const piece = Uint8Array.from({ length: 65_536 }, (_, index) => (index * 13) % 256)
        const content = yield* Effect.gen(function* () {
          const blobs = yield* BlobStore
          const key = BlobKey.make("ab".repeat(32))
          yield* blobs.put(key, Stream.fromIterable(Array.from({ length: pieces }, () => piece)))
          return Option.getOrThrow(yield* blobs.get(key))
        }).pipe(Effect.provide(blobsIn({ folder: path })))
        const name = "Grüße „aus“ dem Süden.pdf"
        const plan = { name, mediaType: "application/pdf", size: pieces * piece.length, content }
        const notes = attachment('a"; filename=evil.exe', "x\r\n.\r\ny", "text/plain; charset=utf-8")
        yield* Effect.gen(function* () {
          const mailer = yield* Mailer
          yield* mailer.send(message(1, { attachments: [plan, notes] }))
          yield* mailer.send(message(2))
        }).pipe(Effect.provide(smtp({ host: "127.0.0.1", port, encryption: "none", connections: 1 })))
        assert.lengthOf(received, 2)
        const limits = { ...defaults.inbound.limits, decodedBytes: 40_000_000 }
        const parser = yield* MailParser
        const mail = yield* parser.parse(new Uint8Array(Buffer.from(received[0]?.raw ?? "", "latin1")), limits)
        assert.strictEqual(mail.messageId, message(1).messageId)
        assert.strictEqual(mail.text.trim(), message(1).text.trim())
        assert.deepStrictEqual(
          mail.parts.map((part) => [part.name, part.type, part.inline]),
          [
            [name, "application/pdf", false],
            ['a"; filename=evil.exe', "text/plain", false]
          ]
        )
        const whole = Buffer.concat(Array.from({ length: pieces }, () => piece))
        assert.isTrue(whole.equals(mail.parts[0]?.content ?? new Uint8Array()))
        assert.strictEqual(Buffer.from(mail.parts[1]?.content ?? []).toString(), "x\r\n.\r\ny")
      }).pipe(Effect.scoped, Effect.provide(layerMailParser))
  )

  it.live(
    "OUT-03 a file that cannot be read to its end is a temporary failure, and no server gets half of a mail",
    () =>
      Effect.gen(function* () {
        const { port, received } = yield* server(inClear)
        const failure = new PersistenceError({ operation: "blob.get", reason: "connection" })
        const content = Stream.concat(Stream.make(new Uint8Array(300_000)), Stream.fail(failure))
        const half = message(1, { attachments: [{ ...attachment("plan.pdf", "x"), content }] })
        assert.strictEqual((yield* Effect.flip(sendTo(port, {}, half))).kind, "temporary")
        yield* sendTo(port, {}, message(1, { attachments: [attachment("plan.pdf", "whole")] }))
        assert.lengthOf(received, 1)
        assert.include(received[0]?.raw, Buffer.from("whole").toString("base64"))
      }).pipe(Effect.scoped)
  )

  it.live("OUT-03 whoever gives up reads no further, and no server gets half of a mail", () =>
    Effect.gen(function* () {
      const { port, received } = yield* server(inClear)
      let closed = false
      const content = Stream.concat(Stream.make(new Uint8Array(1000)), Stream.never).pipe(
        Stream.ensuring(
          Effect.sync(() => {
            closed = true
          })
        )
      )
      const endless = message(1, { attachments: [{ ...attachment("plan.pdf", "x"), content }] })
      yield* Effect.gen(function* () {
        const mailer = yield* Mailer
        assert.isTrue(Option.isNone(yield* Effect.option(Effect.timeout(mailer.send(endless), "300 millis"))))
        yield* Effect.sleep("200 millis")
        assert.isTrue(closed)
      }).pipe(Effect.provide(smtp({ host: "127.0.0.1", port, encryption: "none", timeout: "10 seconds" })))
      assert.deepStrictEqual(received, [])
    }).pipe(Effect.scoped)
  )

  it.live("many at once share a few connections", () =>
    Effect.gen(function* () {
      let connections = 0
      const { port, received } = yield* server({
        ...inClear,
        onConnect: (_, callback) => {
          connections++
          callback()
        }
      })
      yield* Effect.gen(function* () {
        const mailer = yield* Mailer
        yield* Effect.forEach(
          Array.from({ length: 30 }, (_, index) => message(index)),
          mailer.send,
          { concurrency: 10 }
        )
      }).pipe(Effect.provide(smtp({ host: "127.0.0.1", port, encryption: "none", connections: 3 })))
      assert.strictEqual(new Set(received.map(({ raw }) => parseMail(raw).headers.get("message-id"))).size, 30)
      assert.isAtMost(connections, 3)
    }).pipe(Effect.scoped)
  )

  it.live("V-36 R-MA-06 a mail that was taken without an answer comes again with the same Message-ID", () =>
    Effect.gen(function* () {
      let turn = 0
      const { port, received } = yield* server(inClear, () => {
        turn++
        return turn === 1 ? "silent" : turn === 2 ? answer(451) : undefined
      })
      const dispatch = Effect.andThen(Effect.sleep("60 millis"), Dispatcher.runOnce).pipe(
        Effect.provide(Settings.layer({ outbox: { retryBase: "50 millis" }, mail: { domain: "example.com" } }))
      )
      yield* Effect.gen(function* () {
        yield* send(mailTo("ada"))
        for (let attempt = 0; attempt < 8; attempt++) yield* dispatch
        const [mail] = yield* mails
        assert.deepStrictEqual([mail?.state, mail?.attempts], ["sent", 3])
      }).pipe(
        Effect.provide(smtp({ host: "127.0.0.1", port, encryption: "none", timeout: "300 millis" })),
        Effect.provide(MailKinds.layer(plain)),
        Effect.provide(world)
      )
      const ids = received.map(({ raw }) => parseMail(raw).headers.get("message-id"))
      assert.strictEqual(ids.length, 2)
      assert.strictEqual(new Set(ids).size, 1)
    }).pipe(Effect.scoped)
  )
})

import { mkdir, mkdtemp, readdir, rm, rmdir, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Logger } from "effect"
import { TestClock } from "effect/testing"
import { createTransport } from "nodemailer"
import { folderReader, listener } from "../../../examples/server/inbound.ts"
import { PersistenceError } from "../../../src/kernel/PersistenceError.ts"
import { UnitOfWork } from "../../../src/kernel/UnitOfWork.ts"
import { counts, portal, SUPPORT, written } from "../../tickets/inboundWorld.ts"

const quiet = Logger.layer([])

const freePort = Effect.promise(
  () =>
    new Promise<number>((resolve) => {
      const server = createServer().listen(0, "127.0.0.1", () => {
        const address = server.address()
        server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
      })
    })
)

/** Sends messages as a mail server does; answers what the portal's said: the code of its answer. */
const client = Effect.map(freePort, (port) => {
  const transport = createTransport({ host: "127.0.0.1", port, secure: false, ignoreTLS: true })
  const send = (
    raw: Uint8Array,
    { from = "somebody@example.com", to = SUPPORT as string | ReadonlyArray<string> } = {}
  ) =>
    Effect.promise(() =>
      transport.sendMail({ raw: Buffer.from(raw), envelope: { from, to: [to].flat() } }).then(
        ({ response }) => Number(response.slice(0, 3)),
        (error: unknown) =>
          typeof error === "object" && error !== null && "responseCode" in error ? Number(error.responseCode) : 0
      )
    )
  /** Those of the recipients who were refused by themselves. */
  const rejected = (raw: Uint8Array, to: ReadonlyArray<string>) =>
    Effect.promise(() =>
      transport
        .sendMail({ raw: Buffer.from(raw), envelope: { from: "somebody@example.com", to: [...to] } })
        .then((info) =>
          (info.rejectedErrors ?? []).map(({ recipient, responseCode }) => `${responseCode} ${recipient}`)
        )
    )
  return { port, rejected, send }
})

const FORGED = "support+x@localhost.localdomain"

describe("mails over SMTP", () => {
  it.live("MIN-01 R-TI-10 the server in front is told what became of each: taken, not now, or never", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { port, rejected, send } = yield* client
        yield* listener(port)
        assert.strictEqual(yield* send(written("ada@example.com", "a new ticket")), 250)
        // held is taken, and so is what a machine says, by its null path, too
        assert.strictEqual(yield* send(written("eve@evil.example", "I am Ada"), { to: FORGED }), 250)
        assert.strictEqual(yield* send(written("ada@example.com", "away"), { from: "" }), 250)
        assert.strictEqual(yield* send(written("ada@example.com", "x"), { to: "sales@localhost.localdomain" }), 550)
        assert.strictEqual(yield* send(written("ada@example.com", "x".repeat(30_000))), 552)
        assert.strictEqual(yield* send(new Uint8Array(33 * 1024 * 1024).fill(120)), 552)
        // of several each is answered for itself
        const both = ["sales@localhost.localdomain", SUPPORT]
        assert.deepStrictEqual(yield* rejected(written("ada@example.com", "for two"), both), [
          "550 sales@localhost.localdomain"
        ])
        assert.deepInclude(yield* counts, { NewTicket: 2, Held: 1, Automatic: 1, Refused: 1 })
      })
    ).pipe(Effect.provide(portal({ inbound: { limits: { bytes: 20_000 } } })), Effect.provide(quiet))
  )

  it.live("MIN-01 R-MA-12 what cannot be taken now comes again", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const { port, send } = yield* client
        const uow = yield* UnitOfWork
        let away = false
        const breakable = UnitOfWork.of({
          ...uow,
          run: (effect) =>
            away ? Effect.fail(new PersistenceError({ operation: "unit", reason: "connection" })) : uow.run(effect)
        })
        yield* Effect.provideService(listener(port), UnitOfWork, breakable)
        const big = written("eve@evil.example", "x".repeat(3_000))
        const more = written("eve@evil.example", "y")
        assert.strictEqual(yield* send(big, { to: FORGED }), 250)
        assert.strictEqual(yield* send(more, { to: FORGED }), 451)
        // what is taken already is known by its content
        assert.strictEqual(yield* send(big, { to: FORGED }), 250)
        const letter = written("ada@example.com", "hello")
        away = true
        assert.strictEqual(yield* send(letter), 451)
        away = false
        assert.strictEqual(yield* send(letter), 250)
        assert.deepInclude(yield* counts, { Held: 1, Duplicate: 1, NewTicket: 1 })
      })
    ).pipe(
      Effect.provide(portal({ limits: { heldKiBPerSender: { max: 4, window: "24 hours" } } })),
      Effect.provide(quiet)
    )
  )
})

describe("mails of a folder", () => {
  const folder = Effect.acquireRelease(
    Effect.promise(() => mkdtemp(join(tmpdir(), "portal-inbox-"))),
    (path) => Effect.promise(() => rm(path, { recursive: true, force: true }))
  )
  const listed = (path: string) =>
    Effect.promise(() => readdir(path).then((names) => names.filter((name) => name.endsWith(".eml")).sort()))

  it.effect("MIN-01 one that fails says so, is tried again after a while, and keeps no other one waiting", () => {
    const said: Array<string> = []
    const logger = Logger.make(({ message }) => said.push(String(message)))
    return Effect.scoped(
      Effect.gen(function* () {
        const path = yield* folder
        const put = (name: string, raw: Uint8Array) => Effect.promise(() => writeFile(join(path, name), raw))
        const forged = { "Delivered-To": FORGED, "Return-Path": "<eve@evil.example>" }
        // no file at all, one that is held, one that is more than may be held now, one for somebody else, and a good one with a name from afar
        yield* Effect.promise(() => mkdir(join(path, "a.eml")))
        yield* put("b.eml", written("eve@evil.example", "x".repeat(3_000), forged))
        yield* put("c.eml", written("eve@evil.example", "more", forged))
        yield* put("d.eml", written("ada@example.com", "x", { "Delivered-To": "sales@localhost.localdomain" }))
        yield* put("größe 5.eml", written("ada@example.com", "hello"))
        const look = folderReader(path, SUPPORT)
        yield* look
        assert.deepStrictEqual(yield* listed(path), ["a.eml", "c.eml"])
        assert.deepStrictEqual(yield* listed(join(path, "done")), ["b.eml", "größe 5.eml"])
        assert.deepStrictEqual(yield* listed(join(path, "refused")), ["d.eml"])
        assert.deepInclude(yield* counts, { Held: 1, Refused: 1, NewTicket: 1 })
        for (const name of ["a.eml", "c.eml", "d.eml"]) assert.isTrue(said.some((line) => line.includes(`"${name}"`)))
        // not at every look
        const noted = said.length
        yield* look
        assert.strictEqual(said.length, noted)
        yield* TestClock.adjust("6 seconds")
        yield* look
        assert.isAbove(said.length, noted)
        yield* Effect.promise(() => rmdir(join(path, "a.eml")))
        yield* put("a.eml", written("ada@example.com", "a file now"))
        yield* TestClock.adjust("24 hours")
        yield* look
        assert.deepStrictEqual(yield* listed(path), [])
        // another mail under a name that was there before
        yield* put("b.eml", written("ada@example.com", "one more"))
        yield* look
        assert.deepStrictEqual(yield* listed(path), [])
        assert.deepInclude(yield* counts, { Held: 2, Refused: 1, NewTicket: 3 })
      })
    ).pipe(
      Effect.provide(portal({ limits: { heldKiBPerSender: { max: 4, window: "24 hours" } } })),
      Effect.provide(Logger.layer([logger]))
    )
  })
})

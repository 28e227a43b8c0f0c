import { mkdtempSync, readdirSync, rmSync, statSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Stream } from "effect"
import { PortalConfig } from "../../../examples/server/config.ts"
import { Mailbox } from "../../../examples/server/mailbox.ts"
import { PersistenceError } from "../../../src/kernel/PersistenceError.ts"
import { attachment } from "../../mail/attachments.ts"
import { message } from "../../mail/messages.ts"
import { config } from "./portalUnderTest.ts"

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "portal-mails-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const mailboxIn = (mailFolder: string) =>
  Mailbox.layer.pipe(Layer.provide(Layer.succeed(PortalConfig, { ...config, mailFolder })))

describe("the mailbox for development", () => {
  it.live("keeps the files of a mail beside it, byte by byte, for nobody else to read", () =>
    Effect.gen(function* () {
      const mailFolder = yield* folder
      yield* Effect.gen(function* () {
        const mailbox = yield* Mailbox
        const bytes = Uint8Array.from({ length: 100_000 }, (_, index) => index % 251)
        const mail = message(1, { attachments: [attachment("a.txt", "first"), attachment("Plan für Süd.pdf", bytes)] })
        yield* mailbox.keep(mail)
        yield* mailbox.keep(mail)
        const kept = yield* mailbox.find(mail.id)
        assert.deepStrictEqual(
          kept?.attachments?.map(({ name, size }) => [name, size]),
          [
            ["a.txt", 5],
            ["Plan für Süd.pdf", bytes.length]
          ]
        )
        if (kept === undefined) return
        const read = yield* Stream.runCollect(mailbox.contentOf(kept, 1))
        assert.deepStrictEqual(Buffer.concat(Array.from(read)), Buffer.from(bytes))
        for (const name of readdirSync(mailFolder))
          assert.strictEqual(statSync(join(mailFolder, name)).mode & 0o777, 0o600)
      }).pipe(Effect.provide(mailboxIn(mailFolder)))
    }).pipe(Effect.scoped)
  )

  it.live("a mail whose file cannot be read is not kept, and comes again", () =>
    Effect.gen(function* () {
      const mailFolder = yield* folder
      yield* Effect.gen(function* () {
        const mailbox = yield* Mailbox
        const content = Stream.fail(new PersistenceError({ operation: "blob.get", reason: "connection" }))
        const mail = message(1, { attachments: [{ ...attachment("a.txt", "first"), content }] })
        assert.strictEqual((yield* Effect.flip(mailbox.keep(mail))).kind, "temporary")
        assert.deepStrictEqual(yield* mailbox.list, [])
      }).pipe(Effect.provide(mailboxIn(mailFolder)))
    }).pipe(Effect.scoped)
  )
})

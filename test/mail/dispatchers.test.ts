import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Database } from "../../src/kysely/Database.ts"
import * as KyselyEventLog from "../../src/kysely/EventLog.ts"
import * as KyselyIdempotencyStore from "../../src/kysely/IdempotencyStore.ts"
import * as KyselyLimits from "../../src/kysely/Limits.ts"
import * as KyselyLinkRepository from "../../src/kysely/LinkRepository.ts"
import * as KyselyOutbox from "../../src/kysely/Outbox.ts"
import * as Dispatcher from "../../src/mail/Dispatcher.ts"
import { Mailer, MailerError } from "../../src/mail/Mailer.ts"
import { MailKinds } from "../../src/mail/MailKinds.ts"
import * as EventLog from "../../src/memory/EventLog.ts"
import * as IdempotencyStore from "../../src/memory/IdempotencyStore.ts"
import * as Limits from "../../src/memory/Limits.ts"
import * as LinkRepository from "../../src/memory/LinkRepository.ts"
import * as Outbox from "../../src/memory/Outbox.ts"
import { forEachAdapter, storage } from "../support/adapters.ts"
import { rounds } from "../support/rounds.ts"
import { address, ends, linked, mails, mailTo, plain, secrets, send, sendLinked, settings } from "./world.ts"

const implementations = {
  memory: Layer.mergeAll(EventLog.layer, IdempotencyStore.layer, Limits.layer, LinkRepository.layer, Outbox.layer),
  kysely: Layer.mergeAll(
    KyselyEventLog.layer,
    KyselyIdempotencyStore.layer,
    KyselyLimits.layer,
    KyselyLinkRepository.layer,
    KyselyOutbox.layer
  )
}

const around = Layer.mergeAll(secrets, settings, MailKinds.layer(plain, linked))

forEachAdapter(implementations, (name, layer) =>
  describe(`several dispatchers (${name})`, () => {
    it.live("V-36 OUT-05 R-MA-08 hand over every mail once, and those of one process in order", () =>
      Effect.gen(function* () {
        for (let round = 0; round < rounds(3, 20); round++) {
          const begun: Array<string> = []
          const handed: Array<string> = []
          const holding = new Set<string>()
          const mailer = Mailer.of({
            send: ({ id, to }) =>
              Effect.gen(function* () {
                begun.push(id)
                if (to === address(`order${round}`)) {
                  assert.isFalse(holding.has(to))
                  holding.add(to)
                }
                yield* Effect.sleep(1)
                holding.delete(to)
                handed.push(id)
              })
          })
          const inOrder = Array.from({ length: 10 }, () => mailTo(`order${round}`, { process: "order" }))
          yield* send(...Array.from({ length: 20 }, (_, index) => mailTo(`m${round}x${index}`)))
          yield* send(...inOrder)
          yield* sendLinked(address(`link${round}`))
          const reports = yield* Effect.all(
            Array.from({ length: 4 }, () => Effect.provideService(Dispatcher.runOnce, Mailer, mailer)),
            { concurrency: "unbounded" }
          )
          // who found nothing to claim beside the others' leases has left; the rest is for one
          const last = yield* Effect.provideService(Dispatcher.runOnce, Mailer, mailer)
          assert.strictEqual(
            [...reports, last].reduce((sum, { sent }) => sum + sent, 0),
            31
          )
          assert.strictEqual(new Set(handed).size, 31)
          assert.strictEqual(begun.length, 31)
          const ordered = (yield* mails).filter(({ recipient }) => recipient === address(`order${round}`))
          assert.deepStrictEqual(
            handed.filter((id) => ordered.some((mail) => mail.id === id)),
            ordered.map(({ id }) => id as string)
          )
          for (const mail of yield* mails) {
            assert.strictEqual(mail.state, "sent")
            assert.isNull(mail.sealedSecret)
          }
        }
      }).pipe(Effect.provide(around), Effect.provide(layer))
    )

    it.live("OUT-03 OUT-05 make one dead letter of each mail that is refused", () =>
      Effect.gen(function* () {
        const mailer = Mailer.of({
          send: () => Effect.fail(new MailerError({ kind: "permanent", detail: "550 no" }))
        })
        yield* send(mailTo("ada"), mailTo("bob"), mailTo("eve", { kind: "test.unknown" }))
        const reports = yield* Effect.all(
          Array.from({ length: 3 }, () => Effect.provideService(Dispatcher.runOnce, Mailer, mailer)),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(
          reports.reduce((sum, { dead }) => sum + dead, 0),
          3
        )
        assert.deepStrictEqual(yield* ends, ["ada dead refused", "bob dead refused", "eve dead unknown-kind"])
      }).pipe(Effect.provide(around), Effect.provide(layer))
    )
  })
)

const statements: Array<string> = []
const counted = storage(undefined, { onStatement: (operation) => void statements.push(operation) })["better-sqlite3"]

describe("the outbox in a database", () => {
  const mailer = Layer.succeed(Mailer, Mailer.of({ send: () => Effect.void }))
  const world = Layer.mergeAll(around, mailer).pipe(
    Layer.provideMerge(implementations.kysely),
    Layer.provideMerge(counted)
  )

  it.live("STO-06 costs one statement for a batch and one for each mail", () =>
    Effect.gen(function* () {
      yield* send(...Array.from({ length: 15 }, (_, index) => mailTo(`m${index}`)))
      statements.length = 0
      yield* Dispatcher.runOnce
      assert.deepStrictEqual(statements, [
        "outbox.claim",
        ...Array.from({ length: 15 }, () => "outbox.finish"),
        "outbox.claim"
      ])
    }).pipe(Effect.provide(world))
  )

  it.live("V-35 a row with values that nobody wrote ends as a dead letter, and holds up no other", () =>
    Effect.gen(function* () {
      const { kysely, tablePrefix } = yield* Database
      yield* send(mailTo("ada"), mailTo("bob"), mailTo("eve"))
      const tamper = (name: string, change: object) =>
        Effect.promise(() =>
          kysely
            // the instance knows no tables
            .updateTable(`${tablePrefix}outbox` as never)
            .set(change as never)
            .where("recipient" as never, "=", address(name) as never)
            .execute()
        )
      yield* tamper("ada", { template_values: '{"name":' })
      yield* tamper("bob", { locale: "\0", recipient: "bob@example.com\r\nBcc: eve@evil.example" })
      yield* Dispatcher.runOnce
      assert.deepStrictEqual(
        (yield* mails).map(({ reason, state }) => [state, reason]),
        [
          ["dead", "unreadable"],
          ["dead", "header"],
          ["sent", null]
        ]
      )
    }).pipe(Effect.provide(world))
  )
})

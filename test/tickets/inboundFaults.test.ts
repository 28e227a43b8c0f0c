import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fc from "fast-check"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { InboundRepository } from "../../src/mail/inbound/InboundRepository.ts"
import { Faults } from "../../src/testing/Faults.ts"
import { Inbound } from "../../src/tickets/index.ts"
import { attempt, faultLoop } from "../faults/loop.ts"
import { type FaultyStage, stages } from "../faults/stage.ts"
import { file, message, multipart, PNG, plain, text } from "../mime/compose.ts"
import { rounds } from "../support/rounds.ts"
import { job } from "../support/scenario.ts"
import { scenariosOfInbound } from "../support/scenariosOfInbound.ts"

const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(
  stages({
    limits: { inboundPerAddress: { max: 1_000, window: "1 hour" }, answersPerPair: { max: 1_000, window: "1 hour" } }
  })
)

/** One of each kind, by number. */
const mails: ReadonlyArray<(number: number) => { readonly raw: Uint8Array; readonly recipient?: string }> = [
  (number) => ({ raw: plain(`new ${number}`, { "Message-ID": `<${number}@x>` }) }),
  (number) => ({
    raw: message(multipart("mixed", "mix", [text(`with a file ${number}`), file("image/png", "a.png", PNG)]), {
      "Message-ID": `<${number}@x>`
    })
  }),
  (number) => ({ raw: plain("machine", { "Auto-Submitted": "auto-replied", "Message-ID": `<${number}@x>` }) }),
  (number) => ({ raw: plain("who am I", { From: "", "Message-ID": `<${number}@x>` }) }),
  () => ({ raw: plain("always the same", { "Message-ID": "<same@x>" }) }),
  (number) => ({ raw: new Uint8Array([0, 1, number % 256, number >> 8]) }),
  () => ({ raw: plain("not for us"), recipient: "sales@localhost.localdomain" })
]

const commands = scenariosOfInbound.filter(
  ({ useCase }) => !["tickets.heldMails", "tickets.heldMailSource"].includes(useCase)
)

for (const [adapter, stage] of adapters) {
  describe(`mail that comes in while something breaks (${adapter})`, { timeout: 300_000 }, () => {
    it.live("MIN-01 V-34 V-40 F-01 a crash at any port call leaves nothing half done, and a repeat does it once", () =>
      Effect.gen(function* () {
        const wrong: Array<string> = []
        let tried = 0
        for (const scenario of commands) {
          const found = yield* Effect.provide(
            faultLoop(scenario, { kind: "crash" }, (outcome) => outcome === "died"),
            stage
          )
          tried += found.tried
          wrong.push(...found.wrong)
        }
        assert.deepStrictEqual(wrong, [])
        assert.isAbove(tried, 5 * commands.length)
      })
    )

    it("MIN-01 what was fed in is the sum of the outcomes, whatever crashes and whatever is repeated", async () => {
      let crashes = 0
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.record({ kind: fc.nat(mails.length - 1), at: fc.option(fc.nat(40)), again: fc.nat(2) }), {
            minLength: 1,
            maxLength: 8
          }),
          (fed) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const faults = yield* Faults
                const inbound = yield* InboundRepository
                for (const [number, { again, at, kind }] of fed.entries()) {
                  const { raw, recipient = "support@localhost.localdomain" } =
                    mails[kind]?.(number) ?? assert.fail("kind")
                  const call = Inbound.receive(
                    { raw: Inbound.encode(raw), recipient },
                    { idempotencyKey: `feed ${number}` }
                  ).pipe(job)
                  if (at !== null) {
                    yield* faults.plan({ fault: { kind: "crash" }, at })
                    if ((yield* attempt(call)) === "died") crashes += 1
                    yield* faults.stop
                  }
                  for (let time = 0; time <= again; time++) {
                    assert.match(yield* attempt(call), /^answer /)
                  }
                }
                const counts = yield* inbound.counts()
                assert.strictEqual(
                  Object.values(counts).reduce((a, b) => a + b, 0),
                  fed.length
                )
                assert.strictEqual(counts.Automatic, fed.filter(({ kind }) => kind === 2).length)
                assert.strictEqual(counts.Refused, fed.filter(({ kind }) => kind === 6).length)
                const same = fed.filter(({ kind }) => kind === 4).length
                assert.strictEqual(counts.Duplicate, Math.max(0, same - 1))
              }).pipe(Effect.provide(Layer.fresh(stage)))
            )
        ),
        { numRuns: rounds(adapter === "memory" ? 25 : 8, 300) }
      )
      assert.isAbove(crashes, 5)
    })
  })
}

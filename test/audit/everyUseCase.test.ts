import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { Dump } from "../../src/testing/Dump.ts"
import { useCases } from "../../src/useCases.ts"
import { stages } from "../faults/stage.ts"
import { scenarios } from "../support/scenarios.ts"

const kinds = new Map<string, string>(useCases.map(({ kind, name }) => [name, kind]))

/** Counters of attempts are no state of anybody, and the log is what is looked for. */
const NO_STATE = new Set(["budget", "event", "event_chain", "idempotency"])

const look = Effect.gen(function* () {
  const { events, tables } = yield* (yield* Dump).read
  const state = Object.entries(tables)
    .filter(([name, rows]) => !NO_STATE.has(name) && rows.length > 0)
    .map(([name, rows]) => [name, rows.map((row) => JSON.stringify(row)).sort()] as const)
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return { events, state }
})

describe("what use cases leave in the log", () => {
  const stage = stages().memory

  for (const { given, inParts, name, useCase } of scenarios) {
    const run = Effect.gen(function* () {
      const call = yield* given
      const before = yield* look
      yield* call()
      const after = yield* look
      const seen = new Set(before.events.map(({ id }) => id))
      return {
        changed: JSON.stringify(after.state) !== JSON.stringify(before.state),
        events: after.events.filter(({ id }) => !seen.has(id))
      }
    }).pipe(Effect.provide(Layer.fresh(stage)))

    if (kinds.get(useCase) === "query") {
      it.live(`${name} changes nothing and leaves no event`, () =>
        Effect.gen(function* () {
          const { changed, events } = yield* run
          assert.isFalse(changed)
          assert.deepStrictEqual(events, [])
        })
      )
    } else {
      it.live(`AUD-01 V-38 ${name} leaves an event of what it changed, and who did it`, () =>
        Effect.gen(function* () {
          const { changed, events } = yield* run
          assert.strictEqual(events.length > 0, changed)
          for (const event of events) {
            // the parts are use cases themselves
            assert.deepInclude({ ...event }, { outcome: "done", ...(inParts === true ? {} : { useCase }) })
          }
        })
      )
    }
  }
})

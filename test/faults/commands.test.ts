import { assert, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { describe, expect } from "vitest"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import type { Fault } from "../../src/testing/Faults.ts"
import { useCases } from "../../src/useCases.ts"
import { rounds } from "../support/rounds.ts"
import { type Scenario, scenarios } from "../support/scenarios.ts"
import { faultLoop, statementLoop } from "./loop.ts"
import { type FaultyStage, type StatementFault, stages } from "./stage.ts"

const commands = new Set<string>(useCases.filter(({ kind }) => kind === "command").map(({ name }) => name))
const ofCommands: ReadonlyArray<Scenario> = scenarios.filter(({ useCase }) => commands.has(useCase))

describe("scenarios", () => {
  it("there is one for every use case", () => {
    const told = new Set(scenarios.map(({ useCase }) => useCase))
    expect(useCases.map(({ name }) => name).filter((name) => !told.has(name))).toEqual([])
  })
})

type Expected = Parameters<typeof faultLoop>[2]

/** Only a unit is repeated: what fails before it has changed nothing, and the caller can try again. */
const sameInUnit: Expected = (outcome, answer, { inUnit }) =>
  outcome === answer || outcome === "AlreadyDone" || (!inUnit && outcome === "Unavailable")

const unavailable: Expected = (outcome, answer, { committed }) =>
  outcome === "Unavailable" || (committed && (outcome === answer || outcome === "AlreadyDone"))

const onStage = stages()
const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(onStage)

for (const [adapter, stage] of adapters) {
  const loop = (fault: Fault, expected: Expected, told = ofCommands, lasting = false) =>
    Effect.gen(function* () {
      let tried = 0
      const wrong: Array<string> = []
      for (const scenario of told) {
        const found = yield* Effect.provide(faultLoop(scenario, fault, expected, lasting), stage)
        tried += found.tried
        wrong.push(...found.wrong)
      }
      assert.deepStrictEqual(wrong, [])
      assert.isAbove(tried, 5 * told.length)
    })
  // what the mechanism does about a store that fails does not depend on the store: of the slower one a third is enough for every day
  const some = adapter === "memory" ? ofCommands : ofCommands.filter((_, index) => index % rounds(3, 1) === 0)

  describe(`every command at every port call (${adapter})`, { timeout: 300_000 }, () => {
    it.live("F-01 F-02 F-03 F-04 V-08 V-34 V-40 G-03 a crash leaves nothing half done, and a repeat does it once", () =>
      loop({ kind: "crash" }, (outcome) => outcome === "died")
    )

    it.live("F-10 V-40 an interruption leaves the state as before or as fully done, and a repeat does it once", () =>
      loop({ kind: "interrupt" }, (outcome) => outcome === "interrupted")
    )

    it.live("F-06 STO-03 a serialization failure in the unit is not noticed by the caller", () =>
      loop({ kind: "serialization" }, sameInUnit, some)
    )

    it.live("F-06 STO-03 a lock that cannot be had in the unit is not noticed by the caller", () =>
      loop({ kind: "busy" }, sameInUnit, some)
    )

    it.live(
      "F-05 F-08 a lost connection is `Unavailable`, and a commit of which nobody knows is found by its key",
      () => loop({ kind: "connection" }, unavailable, some)
    )

    it.live("F-08 F-29 a store that goes away for good is `Unavailable`, and leaves nothing half done", () =>
      loop({ kind: "connection" }, (outcome) => outcome === "Unavailable", some, true)
    )

    it.live("F-07 a unique key that a racer has taken makes the unit look again", () =>
      loop({ kind: "duplicate" }, sameInUnit, some)
    )

    it.live("F-22 a row that nobody can read is `Unavailable`", () => loop({ kind: "corrupt" }, unavailable, some))
  })
}

describe("every command at every statement (better-sqlite3)", { timeout: 300_000 }, () => {
  const loop = (fault: Omit<StatementFault, "at">, expected: Expected) =>
    Effect.gen(function* () {
      let tried = 0
      const wrong: Array<string> = []
      for (const scenario of ofCommands) {
        const found = yield* Effect.provide(statementLoop(scenario, fault, expected), onStage["better-sqlite3"])
        tried += found.tried
        wrong.push(...found.wrong)
      }
      assert.deepStrictEqual(wrong, [])
      assert.isAbove(tried, 300)
    })

  it.live("F-02 F-03 V-40 a driver that breaks before a statement leaves nothing half done", () =>
    loop({ when: "before" }, unavailable)
  )

  it.live("F-02 F-05 V-40 a driver that breaks after a statement leaves nothing half done, or all of it", () =>
    loop({ when: "after" }, unavailable)
  )

  it.live("F-06 a database that is busy in the unit is not noticed by the caller", () =>
    loop({ when: "before", code: "SQLITE_BUSY" }, sameInUnit)
  )

  it.live("F-26 a disk that is full leaves nothing half done", () =>
    loop({ when: "before", code: "SQLITE_FULL" }, unavailable)
  )
})

import type { Layer } from "effect"
import { describe, expect, it } from "vitest"
import type { PersistenceError } from "../../../src/kernel/PersistenceError.ts"
import { rounds } from "../../support/rounds.ts"
import { storages } from "../storages.ts"
import { simulate } from "./simulate.ts"
import { type Stage, settings } from "./stage.ts"

type Adapter = "memory" | "better-sqlite3" | "postgres"
const layers: Readonly<Record<Adapter, Layer.Layer<Stage, PersistenceError>>> = storages(settings)
const runs: Readonly<Record<Adapter, number>> = {
  memory: rounds(120, 3000),
  "better-sqlite3": rounds(40, 1000),
  postgres: rounds(15, 300)
}

for (const adapter of ["memory", "better-sqlite3", "postgres"] as const) {
  describe(`stories of passwords, addresses, factors and sessions (${adapter})`, { timeout: 600_000 }, () => {
    it("REG-09 V-11 V-13 V-14 V-16 V-17 V-18 V-19 V-20 AUT-06 AUT-07 TFA-02 go as the simple model says", () =>
      simulate(layers[adapter], { runs: runs[adapter] }))
  })
}

describe("stories of accounts", { timeout: 120_000 }, () => {
  it("meet every answer that the model knows", async () => {
    const answers = new Set<string>()
    await simulate(layers.memory, { runs: 200, seed: 1, heard: (answer) => void answers.add(answer) })
    expect([...answers]).toEqual(
      expect.arrayContaining([
        "AddressTaken",
        "AddressUnchanged",
        "ChallengeUnusable",
        "ChangeOfSomeoneElse",
        "CodeRefused",
        "CodeRequired",
        "LinkUnusable",
        "NoSecondFactor",
        "PasswordWrong",
        "SecondFactorNeeded",
        "SignInRefused",
        "SignInRequired",
        "SignedIn",
        "SignedIn by app",
        "SignedIn by recovery",
        "StepUpRequired",
        "asked",
        "changed",
        "confirmed",
        "ended",
        "moved",
        "out",
        "removed",
        "renewed",
        "reset",
        "sent",
        "shown",
        "sure",
        "taken back"
      ])
    )
  })
})

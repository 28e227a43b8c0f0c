import { Layer, Logger } from "effect"
import { describe, expect, it } from "vitest"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { simulate } from "../../src/testing/simulation/simulate.ts"
import { type SimulationPorts, simulationSettings } from "../../src/testing/simulation/World.ts"
import { rounds } from "../support/rounds.ts"
import { storages } from "./storages.ts"

type Adapter = "memory" | "better-sqlite3" | "postgres"

const runs: Readonly<Record<Adapter, number>> = {
  memory: rounds(150, 3000),
  "better-sqlite3": rounds(60, 1000),
  postgres: rounds(30, 500)
}

const layers: Readonly<Record<Adapter, Layer.Layer<SimulationPorts, PersistenceError>>> = storages(simulationSettings)

for (const adapter of ["memory", "better-sqlite3", "postgres"] as const) {
  describe(`stories of invitations and memberships (${adapter})`, { timeout: 600_000 }, () => {
    it("V-01 V-02 V-11 V-25 V-26 V-34 INV-04 INV-05 INV-06 INV-07 INV-08 INV-09 TEN-03 TEN-04 TEN-08 go as the simple model says", () =>
      simulate(Layer.merge(layers[adapter], Logger.layer([])), { runs: runs[adapter] }))
  })
}

describe("stories", () => {
  it("meet every answer that the model knows", async () => {
    const answers = new Set<string>()
    await simulate(Layer.merge(layers.memory, Logger.layer([])), {
      runs: 200,
      seed: 1,
      onAnswer: (answer) => void answers.add(answer)
    })
    expect([...answers]).toEqual(
      expect.arrayContaining([
        "AlreadyMember",
        "Declined",
        "GrantorLostAuthority",
        "InvitationClosed accepted",
        "InvitationClosed declined",
        "InvitationClosed expired",
        "InvitationClosed replaced",
        "InvitationClosed revoked",
        "InvitationForSomeoneElse",
        "Joined",
        "LastOwner",
        "Left",
        "LinkUnusable",
        "NoSeatLeft",
        "NotAllowed",
        "NotFound",
        "Removed",
        "Revoked",
        "Sent",
        "SignInToAccept",
        "admin",
        "member",
        "owner"
      ])
    )
  })
})

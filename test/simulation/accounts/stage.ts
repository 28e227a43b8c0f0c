import type { SettingsInput } from "../../../src/kernel/Settings.ts"
import type { Dump } from "../../../src/testing/Dump.ts"
import type { SimulatedClock } from "../../../src/testing/SimulatedClock.ts"
import type { Portal } from "../../support/portal.ts"

export type Stage = Portal | Dump | SimulatedClock

const unlimited = {
  max: 1_000_000_000,
  window: "1 hour",
  delay: { free: 1_000_000_000, base: "1 second", cap: "1 second" }
} as const

/** The model knows no limits: how they hold is proven elsewhere. */
export const settings: SettingsInput = {
  limits: {
    signInPerAccount: unlimited,
    signInPerSource: unlimited,
    mailPerAddress: unlimited,
    mailPerSource: unlimited,
    linkPerSource: unlimited
  },
  sessions: { maxPerAccount: 1000 },
  secondFactor: { failuresPerChallenge: 1_000_000, failuresPerAccount: 1_000_000 }
}

import { Layer, ManagedRuntime } from "effect"
import * as fc from "fast-check"
import { acceptingCommands, decliningCommands } from "./answeringCommands.ts"
import { invitingCommands } from "./invitingCommands.ts"
import { beginning } from "./Model.ts"
import { memberCommands } from "./memberCommands.ts"
import type { Command } from "./Step.ts"
import { timeCommands } from "./timeCommands.ts"
import { type SimulationPorts, settle } from "./World.ts"

export interface SimulationOptions {
  /** How many stories are told, each on a storage of its own. */
  readonly runs: number
  /** How many steps a story may have; 100 unless told. Steps that make no sense at their time are left out, so most stories have less than half. */
  readonly steps?: number
  /** Tells the same stories again. */
  readonly seed?: number
  /** Hears the answer to each step, by name: a simulation in which some answer never comes proves nothing about it. */
  readonly onAnswer?: (answer: string) => void
}

/** Any step of a story. Inviting and answering come more often, because without them there is little else to do. */
const commands: Array<fc.Arbitrary<Command>> = [
  ...invitingCommands,
  ...invitingCommands,
  ...invitingCommands,
  ...acceptingCommands,
  ...acceptingCommands,
  ...acceptingCommands,
  ...decliningCommands,
  ...memberCommands,
  ...memberCommands,
  ...timeCommands
]

/**
 * Lets six people do at random what people do with invitations and memberships of two tenants, right and wrong, and compares after each step the
 * answer and everything that is stored with a simple model, and checks every invariant (`checkAll`). Rejects with the shortest story that it finds
 * in which they disagree. The layer is built anew for each story, and must be empty then; its settings are `simulationSettings`, its clock is a
 * `SimulatedClock`. Needs `fast-check`.
 */
export const simulate = (layer: Layer.Layer<SimulationPorts, unknown>, options: SimulationOptions): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: options.steps ?? 100, size: "max" }), async (story) => {
      const runtime = ManagedRuntime.make(Layer.orDie(layer))
      try {
        const model = beginning()
        const world = await runtime.runPromise(settle(model))
        await fc.asyncModelRun(
          () => ({
            model,
            real: { world, run: (effect) => runtime.runPromiseExit(effect), heard: options.onAnswer ?? (() => {}) }
          }),
          story
        )
      } finally {
        await runtime.dispose()
      }
    }),
    // stories of every length are as likely
    {
      numRuns: options.runs,
      unbiased: true,
      endOnFailure: false,
      ...(options.seed === undefined ? {} : { seed: options.seed })
    }
  )

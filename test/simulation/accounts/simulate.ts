import { Effect, Layer, Logger, ManagedRuntime } from "effect"
import * as fc from "fast-check"
import { PasswordHasher } from "../../../src/accounts/PasswordHasher.ts"
import type { PersistenceError } from "../../../src/kernel/PersistenceError.ts"
import { given } from "../../support/portal.ts"
import { commands, passwords, type World } from "./commands.ts"
import { beginning, type Person, people } from "./Model.ts"
import type { Stage } from "./stage.ts"

const settle = Effect.gen(function* () {
  const hasher = yield* PasswordHasher
  const [first] = passwords
  if (first === undefined) throw new Error("there are no passwords")
  const accounts = yield* Effect.forEach(people, (person) =>
    Effect.gen(function* () {
      const { id } = yield* given.account(`${person}@example.com`, yield* hasher.hash(first))
      return [person, id] as const
    })
  )
  const world: World = {
    // everybody has an account
    ids: Object.fromEntries(accounts) as Record<Person, (typeof accounts)[number][1]>,
    tokens: [],
    secrets: [],
    codes: [],
    challenges: [],
    letters: [],
    moves: []
  }
  return world
})

/**
 * Lets two people do at random what people do with passwords, addresses, apps, recovery codes and sessions, and compares after each step the answer and what is
 * stored with the simple model.
 */
export const simulate = (
  layer: Layer.Layer<Stage, PersistenceError>,
  options: { readonly runs: number; readonly seed?: number; readonly heard?: (answer: string) => void }
): Promise<void> =>
  fc.assert(
    fc.asyncProperty(fc.commands(commands, { maxCommands: 100, size: "max" }), async (story) => {
      const runtime = ManagedRuntime.make(Layer.merge(Layer.orDie(layer), Logger.layer([])))
      try {
        const world = await runtime.runPromise(settle)
        await fc.asyncModelRun(
          () => ({
            model: beginning(),
            real: { world, run: (effect) => runtime.runPromiseExit(effect), heard: options.heard ?? (() => {}) }
          }),
          story
        )
      } finally {
        await runtime.dispose()
      }
    }),
    {
      numRuns: options.runs,
      unbiased: true,
      endOnFailure: false,
      ...(options.seed === undefined ? {} : { seed: options.seed })
    }
  )

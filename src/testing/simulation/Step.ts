import { Cause, Effect, Exit } from "effect"
import type * as fc from "fast-check"
import * as Instant from "../../kernel/Instant.ts"
import { checkAll } from "../invariants.ts"
import { type Invitation, type Letter, type Model, told } from "./Model.ts"
import { type SimulationPorts, seen, type World } from "./World.ts"

export interface Real {
  readonly world: World
  readonly run: <A, E>(effect: Effect.Effect<A, E, SimulationPorts>) => Promise<Exit.Exit<A, E>>
  readonly heard: (answer: string) => void
}

export type Command = fc.AsyncCommand<Model, Real>

/** One step, once it is known of whom and what it speaks. */
export interface Step {
  readonly label: string
  /** What the model expects: an answer or a refusal, by name. It changes the model as the step would change the world. */
  readonly expect: () => string
  /** Takes the step in the world; answers the name of the answer. */
  readonly take: (
    world: World
  ) => Effect.Effect<string, { readonly _tag: string; readonly state?: unknown }, SimulationPorts>
}

/** The answer or the refusal by name, with the state that a closed invitation tells. */
const nameOf = (exit: Exit.Exit<string, { readonly _tag: string; readonly state?: unknown }>): string => {
  if (Exit.isSuccess(exit)) return exit.value
  const refusal = exit.cause.reasons.find(Cause.isFailReason)?.error
  if (refusal === undefined) return Cause.pretty(exit.cause)
  return typeof refusal.state === "string" ? `${refusal._tag} ${refusal.state}` : refusal._tag
}

/** The world does something else than the model. */
export class Disagreement extends Error {
  override readonly name = "Disagreement"
}

const same = (label: string, what: string, expected: unknown, found: unknown): void => {
  const [a, b] = [JSON.stringify(expected, undefined, 1), JSON.stringify(found, undefined, 1)]
  if (a !== b) throw new Disagreement(`${label}: ${what}\nexpected ${a}\nfound    ${b}`)
}

/** A command that takes the step which `plan` makes of the model, if it can be taken there; then model and world must agree, and every invariant hold. */
export const command = (plan: (model: Model) => Step | undefined, words: string): Command => {
  let label = words
  return {
    check: (model) => plan(model) !== undefined,
    run: async (model, real) => {
      const step = plan(model)
      if (step === undefined) return
      label = step.label
      const answer = nameOf(await real.run(step.take(real.world)))
      real.heard(answer)
      same(label, "the answer", step.expect(), answer)
      const state = await real.run(Effect.all([checkAll, Instant.now]))
      if (Exit.isFailure(state)) throw new Disagreement(`${label}: ${Cause.pretty(state.cause)}`)
      const [snapshot, now] = state.value
      same(label, "the state", told(model), seen(real.world, snapshot, now))
    },
    toString: () => label
  }
}

/** One of a list by any number, 0 for the newest: a command is made before the list is known. */
const oneOf = <A>(list: ReadonlyArray<A>, number: number): readonly [A, number] | undefined => {
  const index = list.length - 1 - (number % Math.max(list.length, 1))
  const found = list[index]
  return found === undefined ? undefined : [found, index]
}

export const invitationOf = (model: Model, number: number): readonly [Invitation, number] | undefined =>
  oneOf(model.invitations, number)

export const letterOf = (model: Model, number: number): readonly [Letter, number] | undefined =>
  oneOf(model.letters, number)

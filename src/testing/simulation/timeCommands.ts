import { Effect } from "effect"
import * as fc from "fast-check"
import { expireOverdue } from "../../invitations/Invitations.ts"
import * as Actor from "../../kernel/Actor.ts"
import { SimulatedClock } from "../SimulatedClock.ts"
import { type Command, command } from "./Step.ts"

const passing = (hours: number): Command =>
  command(
    (model) => ({
      label: `${hours} hours pass`,
      expect: () => {
        model.now += hours
        return "later"
      },
      take: () =>
        Effect.as(
          Effect.flatMap(SimulatedClock, (clock) => clock.pass(`${hours} hours`)),
          "later"
        )
    }),
    "time passes"
  )

const expiring = (): Command =>
  command(
    () => ({
      label: "the job notes what has expired",
      // what has expired is so with or without the job
      expect: () => "noted",
      take: () => expireOverdue({ limit: 1000 }).pipe(Actor.provide(Actor.job("simulation")), Effect.as("noted"))
    }),
    "the job runs"
  )

export const timeCommands: ReadonlyArray<fc.Arbitrary<Command>> = [
  // to the hour of an invitation's end, and around it
  fc.oneof(fc.integer({ min: 1, max: 50 }), fc.constantFrom(335, 336, 1)).map(passing),
  fc.constant(undefined).map(expiring)
]

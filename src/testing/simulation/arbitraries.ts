import * as fc from "fast-check"
import { areas, people, roles } from "./Model.ts"

export const person = fc.constantFrom(...people)
export const area = fc.constantFrom(...areas)
export const role = fc.constantFrom(...roles)

/** Mostly somebody who may do something. */
export const actor = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom("alice" as const, "bob" as const) },
  { weight: 2, arbitrary: person }
)

/** Which invitation or letter, mostly one of the newest. */
export const which = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 3 }) },
  { weight: 1, arbitrary: fc.nat({ max: 30 }) }
)

/** Mostly the right one, which is known when the time comes, else any. */
export const rightOr = <A>(any: fc.Arbitrary<A>): fc.Arbitrary<A | undefined> =>
  fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: any })

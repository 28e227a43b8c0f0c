import { Cause, Effect, Exit, Fiber } from "effect"
import * as Instant from "../../src/kernel/Instant.ts"
import { isRefusal } from "../../src/kernel/Refusal.ts"
import { Dump, type Snapshot } from "../../src/testing/Dump.ts"
import { type Fault, Faults, type PortCall } from "../../src/testing/Faults.ts"
import { violationsOf } from "../../src/testing/invariants.ts"
import type { ReadyCall, Scenario } from "../support/scenarios.ts"
import { Checkpoint, Driver, type FaultyStage, type StatementFault } from "./stage.ts"

// Attempts are counted in units of their own, so that no fault undoes them (G-03).
const COUNTERS = "budget"
const countsAttempts = (table: string): boolean => table === "challenge"

// Numbers that nobody used in the end are lost.
const SEQUENCE = "customer_number"

/** What is new and random in a row: ids, hashes and sealed secrets, short numbers, numbers of a sequence with gaps, salted hashes of the free hasher. */
const RANDOM =
  /\$free\$v=2\$[0-9a-f]{64}\$[0-9a-f]{8}|[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}|(?:k\d\.)?[A-Za-z0-9_-]{20,}|"[0-9A-HJKMNP-TV-Z]{8}"|(?:GAP-|gap-?)\d+|(?<="customer_number_normal":)"[^"]+"/g

const textOf = (tables: Snapshot["tables"]): string => JSON.stringify(tables)

/** A state as a text that is the same for two runs that did the same: what is random and not in `known` has no name. */
export const canonical = (state: Snapshot, known: string, leaveOut: string = COUNTERS): string =>
  Object.entries(state.tables)
    .filter(([name, rows]) => name !== leaveOut && name !== SEQUENCE && rows.length > 0)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, rows]) => {
      const texts = rows.map((row) =>
        (countsAttempts(name) ? JSON.stringify(row).replace(/"attempts":\d+/g, "") : JSON.stringify(row))
          // JSON in a text column
          .replaceAll('\\"', '"')
          // made of other columns, random numbers among them in small letters
          .replace(/"search_text":"(?:[^"\\]|\\.)*"/, '"search_text":""')
          // with which key something was made
          .replace(/"(tokenKeyId|token_key_id)":"k\d"/g, '"$1":"k"')
          .replace(RANDOM, (token) => (known.includes(token) ? token : "<new>"))
      )
      return `${name}\n  ${texts.sort().join("\n  ")}`
    })
    .join("\n")

const read = Effect.flatMap(Dump, (dump) => Effect.orDie(dump.read))

/** What a caller gets, as a text: the answer without what is random, the refusal's tag, or how the fiber ended. */
export const outcomeOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>): string => {
  if (Exit.isSuccess(exit)) {
    // a secret answers "<redacted>"
    return `answer ${JSON.stringify(exit.value ?? null).replace(RANDOM, "<new>")}`
  }
  const error = exit.cause.reasons.find(Cause.isFailReason)?.error
  if (error !== undefined) return isRefusal(error) ? error._tag : `untyped ${String(error)}`
  return Cause.hasInterruptsOnly(exit.cause) ? "interrupted" : "died"
}

/** Makes the call as a client would: from a fiber of its own, which may be interrupted or die. */
export const attempt = (call: ReturnType<ReadyCall>) =>
  Effect.flatMap(Effect.forkChild(call), (fiber) => Effect.map(Fiber.await(fiber), outcomeOf))

export const KEY = { idempotencyKey: "once" } as const

/** How a call goes when nothing goes wrong, and how to begin again from the state before it. */
export const rehearse = Effect.fnUntraced(function* (scenario: Scenario) {
  const faults = yield* Faults
  const checkpoint = yield* Checkpoint
  const call = yield* scenario.given
  const reset = yield* checkpoint.take
  const stateBefore = yield* read
  const known = textOf(stateBefore.tables)
  const view = Effect.map(read, (state) => canonical(state, known))
  /** As `view`, with what is wrong with the state. */
  const judge = Effect.gen(function* () {
    const state = yield* read
    const violations = violationsOf(state, yield* Instant.now)
    return {
      state: canonical(state, known),
      broken: violations.map(({ detail, invariant }) => `${invariant}: ${detail}`)
    }
  })
  const before = canonical(stateBefore, known)
  yield* faults.stop
  const answer = yield* attempt(call(KEY))
  const calls = yield* faults.stop
  const done = yield* view
  yield* reset
  return { call, reset, view, judge, before, done, answer, calls, inParts: scenario.inParts === true }
})

/** Where in a call a fault happens. */
export interface Place {
  readonly name: string
  /** What fails in the unit is repeated by the library. */
  readonly inUnit: boolean
  /** The change is there already. */
  readonly committed: boolean
}

export interface Loop {
  readonly tried: number
  readonly wrong: ReadonlyArray<string>
}

/** Whether a caller may get this outcome, where the call answers `answer` without a fault. */
export type Expected = (outcome: string, answer: string, place: Place) => boolean

/**
 * Lets a fault happen at each of these places, one after the other: afterwards the state is the one before or the whole change, every invariant
 * holds, and the call repeated under its key ends with the whole change once. Answers what was wrong.
 */
const loop = Effect.fnUntraced(function* (
  rehearsed: Effect.Success<ReturnType<typeof rehearse>>,
  name: string,
  places: ReadonlyArray<Place>,
  expected: Expected,
  happen: (at: number) => { readonly plan: Effect.Effect<void>; readonly stop: Effect.Effect<unknown> }
) {
  const { answer, before, call, done, inParts, judge, reset } = rehearsed
  const wrong: Array<string> = []
  if (!answer.startsWith("answer ")) wrong.push(`${name} answers ${answer} without any fault`)
  for (const [at, place] of places.entries()) {
    const report = (problem: string) => wrong.push(`${name} at ${place.name}: ${problem}`)
    const { plan, stop } = happen(at)
    yield* plan
    const outcome = yield* attempt(call(KEY))
    yield* stop
    const { broken, state: after } = yield* judge
    // of a call that is made of others some may be done: the repeat does the rest
    if (!inParts && after !== before && after !== done) report(`half done\n${difference(done, after)}`)
    if (outcome.startsWith("answer ") && after !== done) report("answers and has not done it")
    if (!expected(outcome, answer, place)) report(`answers ${outcome}`)
    for (const violation of broken) report(violation)

    const again = yield* attempt(call(KEY))
    const { broken: brokenThen, state: repeated } = yield* judge
    if (again !== answer && !(after === done && again === "AlreadyDone")) report(`the repeat answers ${again}`)
    if (repeated !== done) report(`the repeat leaves another state\n${difference(done, repeated)}`)
    for (const violation of brokenThen) report(`after the repeat ${violation}`)
    yield* reset
  }
  return { tried: places.length, wrong } satisfies Loop
})

/** Whether a port keeps something: those that only compute do not fail as a store does. */
export const isStorage = ({ port }: PortCall): boolean =>
  !["Crypto", "Ids", "Sealer", "PasswordHasher", "Mailer", "Mailbox"].includes(port)

const placesOf = (calls: ReadonlyArray<PortCall>): ReadonlyArray<Place> => {
  let inUnit = false
  return calls.filter(isStorage).map(({ operation, port }) => {
    if (port === "UnitOfWork") inUnit = operation !== "committed"
    const committed = port === "UnitOfWork" && operation === "committed"
    return { name: `${port}.${operation}`, inUnit: inUnit || committed, committed }
  })
}

/** A fault at every call of a storage port; a `lasting` one meets all later calls, too. */
export const faultLoop = (
  scenario: Scenario,
  fault: Fault,
  expected: Expected,
  lasting = false
): Effect.Effect<Loop, unknown, FaultyStage> =>
  Effect.gen(function* () {
    const faults = yield* Faults
    const rehearsed = yield* rehearse(scenario)
    return yield* loop(rehearsed, `${scenario.name}: ${fault.kind}`, placesOf(rehearsed.calls), expected, (at) => ({
      plan: faults.plan({ fault, at, lasting, where: isStorage }),
      stop: faults.stop
    }))
  })

/** A fault at every statement of an SQLite database that writes, begins or commits. */
export const statementLoop = (
  scenario: Scenario,
  fault: Omit<StatementFault, "at">,
  expected: Expected
): Effect.Effect<Loop, unknown, FaultyStage | Driver> =>
  Effect.gen(function* () {
    const driver = yield* Driver
    const rehearsed = yield* rehearse(scenario)
    yield* driver.stop
    yield* attempt(rehearsed.call(KEY))
    const statements = yield* driver.stop
    yield* rehearsed.reset
    let inUnit = false
    const places = statements.map((sql): Place => {
      if (sql.startsWith("begin")) inUnit = true
      const place = { name: sql.slice(0, 60), inUnit, committed: sql === "commit" && fault.when === "after" }
      if (sql === "commit") inUnit = false
      return place
    })
    return yield* loop(
      rehearsed,
      `${scenario.name}: ${fault.code ?? "broken"} ${fault.when}`,
      places,
      expected,
      (at) => ({
        plan: driver.plan({ ...fault, at }),
        stop: driver.stop
      })
    )
  })

/** The lines in which two states differ. */
export const difference = (expected: string, found: string): string => {
  const of = (text: string) => new Set(text.split("\n"))
  const [a, b] = [of(expected), of(found)]
  return [
    ...Array.from(a, (line) => (b.has(line) ? "" : `- ${line}`)),
    ...Array.from(b, (line) => (a.has(line) ? "" : `+ ${line}`))
  ]
    .filter((line) => line !== "")
    .join("\n")
}

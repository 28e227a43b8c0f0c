import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { describe } from "vitest"
import { IdempotencyStore } from "../../src/kernel/Idempotency.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Dump } from "../../src/testing/Dump.ts"
import { violationsOf } from "../../src/testing/invariants.ts"
import { everyPort } from "../support/portal.ts"
import { scenarios } from "../support/scenarios.ts"
import { faultLoop } from "./loop.ts"
import { stages } from "./stage.ts"

type Ports = Layer.Success<typeof everyPort.memory>

/** The memory adapter with a mistake in it. */
const broken = (mistake: (ports: Context.Context<Ports>) => Context.Context<Ports>) =>
  stages(
    {},
    Layer.flatMap(everyPort.memory, (ports) => Layer.succeedContext(mistake(ports)))
  ).memory

const found = (stage: ReturnType<typeof broken>) =>
  Effect.map(
    Effect.forEach(
      scenarios.filter(({ name }) => name === "invitations.accept" || name === "invitations.invite"),
      (scenario) =>
        Effect.provide(
          faultLoop(scenario, { kind: "crash" }, () => true),
          stage
        )
    ),
    (loops) => loops.flatMap(({ wrong }) => wrong).join("\n")
  )

describe("the check of promised mails", { timeout: 300_000 }, () => {
  const { memory } = stages()
  const told = (what: string) => scenarios.filter(({ useCase }) => useCase.startsWith(what))

  it.live(
    "V-34 finds every mail about requests, coverages and subscriptions that is lost, and one that nothing promised",
    () =>
      Effect.gen(function* () {
        const seen = new Set<string>()
        for (const scenario of [
          ...told("requests."),
          ...told("selfRegistrations."),
          ...told("subscriptions."),
          ...told("teamMembers.")
        ]) {
          yield* Effect.gen(function* () {
            const call = yield* scenario.given
            yield* call()
            const dump = yield* Dump
            const state = yield* Effect.orDie(dump.read)
            const now = yield* Instant.now
            assert.deepStrictEqual(violationsOf(state, now), [], scenario.name)
            for (const mail of state.mails) {
              const [kind = ""] = mail.process.split(":")
              seen.add(kind)
              const wrong = [
                { ...state, mails: state.mails.filter(({ id }) => id !== mail.id) },
                { ...state, mails: [...state.mails, { ...mail, id: `${mail.id} again` }] }
              ]
              // of these there may be one or none, which is told neither way
              if (kind === "selfRegistration") continue
              for (const one of wrong) {
                const broken = violationsOf(one, now).map(({ invariant }) => invariant)
                assert.include(broken, "V-34", `${scenario.name}: ${mail.kind}`)
              }
            }
          }).pipe(Effect.provide(Layer.fresh(memory)))
        }
        for (const kind of ["request", "coverage", "subscription", "deputy"]) assert.isTrue(seen.has(kind), kind)
      })
  )
})

describe("the loop of faults", () => {
  it.live("V-40 V-01 finds a store that does not roll back", () =>
    Effect.gen(function* () {
      const wrong = yield* found(
        broken(Context.add(UnitOfWork, UnitOfWork.of({ run: (effect) => effect, afterCommit: (effect) => effect })))
      )
      assert.include(wrong, "invitations.accept: crash at MembershipRepository.insert: half done")
      assert.include(wrong, "V-01: tenant")
    })
  )

  it.live("V-34 finds a store that keeps the changes of a unit that failed, and not its mails", () =>
    Effect.gen(function* () {
      const wrong = yield* found(
        broken((ports) => {
          const uow = Context.get(ports, UnitOfWork)
          const run: UnitOfWork["Service"]["run"] = (effect) =>
            // commits whatever was written before the fault
            Effect.flatten(uow.run(Effect.exit(effect)))
          return Context.add(ports, UnitOfWork, UnitOfWork.of({ run, afterCommit: uow.afterCommit }))
        })
      )
      assert.include(wrong, "V-34: invitation:")
    })
  )

  it.live("G-04 finds a store that forgets what was done under a key", () =>
    Effect.gen(function* () {
      const wrong = yield* found(
        broken((ports) => {
          const store = Context.get(ports, IdempotencyStore)
          return Context.add(ports, IdempotencyStore, IdempotencyStore.of({ ...store, insert: () => Effect.void }))
        })
      )
      assert.include(wrong, "the repeat leaves another state")
    })
  )
})

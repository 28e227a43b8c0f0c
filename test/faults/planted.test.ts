import { assert, it } from "@effect/vitest"
import { Context, Effect, Layer } from "effect"
import { describe } from "vitest"
import { IdempotencyStore } from "../../src/kernel/Idempotency.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
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

import { assert, it } from "@effect/vitest"
import { Effect, type Layer } from "effect"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Dump } from "../../src/testing/Dump.ts"
import { type Fault, Faults } from "../../src/testing/Faults.ts"
import { violationsOf } from "../../src/testing/invariants.ts"
import { world } from "../invitations/world.ts"
import { as } from "../support/portal.ts"
import type { ReadyCall } from "../support/scenario.ts"
import { attempt, canonical, difference, isStorage, KEY } from "./loop.ts"
import { Checkpoint, type FaultyStage, stages } from "./stage.ts"

/** Three parts, with entries of every kind among them. */
const addresses = [
  ...Array.from({ length: 60 }, (_, n) => `new${n}@example.com`),
  "no address",
  "again@example.com",
  "otherwise@example.com",
  "new7@example.com",
  ...Array.from({ length: 60 }, (_, n) => `more${n}@example.com`)
]

const ready = Effect.gen(function* () {
  const { owner, tenantId } = yield* world()
  const invite = (email: string, roles: ReadonlyArray<string>) =>
    Invitations.invite({ tenantId, email, roles }).pipe(as(owner))
  yield* invite("again@example.com", ["member"])
  yield* invite("otherwise@example.com", ["admin"])
  const call: ReadyCall = (options) =>
    Invitations.inviteMany({ tenantId, addresses, roles: ["member"] }, options).pipe(as(owner))
  return call
})

const read = Effect.flatMap(Dump, (dump) => Effect.orDie(dump.read))

const adapters: ReadonlyArray<readonly [string, Layer.Layer<FaultyStage, PersistenceError>]> = Object.entries(stages())

for (const [adapter, stage] of adapters) {
  /** The list cut short at every call of a storage port, and repeated under its key. */
  const cutShort = (fault: Fault) =>
    Effect.gen(function* () {
      const faults = yield* Faults
      const checkpoint = yield* Checkpoint
      const call = yield* ready
      const reset = yield* checkpoint.take
      const known = JSON.stringify((yield* read).tables)
      const view = Effect.map(read, (state) => canonical(state, known))
      yield* faults.stop
      const answer = yield* attempt(call(KEY))
      const places = (yield* faults.stop).filter(isStorage)
      const done = yield* view
      assert.isTrue(answer.startsWith("answer "), answer)
      const commits = places.filter(({ operation, port }) => port === "UnitOfWork" && operation !== "committed")
      assert.isAtLeast(commits.length, 4, "three parts and the answer")
      const wrong: Array<string> = []
      let between = 0
      for (const [at, { operation, port }] of places.entries()) {
        yield* reset
        yield* faults.plan({ fault, at, lasting: fault.kind === "connection", where: isStorage })
        yield* attempt(call(KEY))
        yield* faults.stop
        const cut = yield* read
        const invited = cut.invitations.length
        // the first part alone, or the first two
        if (invited > 2 && invited < 122) between++
        for (const { detail, invariant } of violationsOf(cut, yield* Instant.now)) {
          wrong.push(`${port}.${operation}: ${invariant} ${detail}`)
        }
        const again = yield* attempt(call(KEY))
        const after = yield* view
        if (again !== answer) wrong.push(`${port}.${operation}: the repeat answers ${again.slice(0, 200)}`)
        if (after !== done) wrong.push(`${port}.${operation}: ${difference(done, after).slice(0, 1000)}`)
      }
      assert.deepStrictEqual(wrong, [])
      assert.isAbove(between, 5)
    }).pipe(Effect.provide(stage))

  describe(`a list of addresses at every port call (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "INV-11 F-02 F-03 F-04 V-40 G-04 a list cut short by a crash is done once when it is repeated under its key",
      () => cutShort({ kind: "crash" })
    )

    it.live("INV-11 G-04 another list under the key of one that was cut short is refused, and does nothing", () =>
      Effect.gen(function* () {
        const faults = yield* Faults
        const { owner, tenantId } = yield* world()
        const invite = (list: ReadonlyArray<string>) =>
          Invitations.inviteMany({ tenantId, addresses: list, roles: ["member"] }, KEY).pipe(as(owner))
        const list = addresses.slice(0, 60)
        yield* faults.stop
        // the second part does not come to its end
        yield* faults.plan({
          fault: { kind: "crash" },
          at: 1,
          lasting: true,
          where: ({ operation, port }) => port === "UnitOfWork" && operation === "begin"
        })
        assert.strictEqual(yield* attempt(invite(list)), "died")
        yield* faults.stop
        const before = (yield* read).invitations.length
        assert.strictEqual(before, 50)
        assert.strictEqual(yield* attempt(invite([...list, "more@example.com"])), "IdempotencyKeyReused")
        assert.strictEqual((yield* read).invitations.length, before)
        assert.include(yield* attempt(invite(list)), "answer ")
        assert.strictEqual((yield* read).invitations.length, 60)
      }).pipe(Effect.provide(stage))
    )

    it.live("INV-11 F-10 V-40 G-04 a list that was interrupted is done once when it is repeated under its key", () =>
      cutShort({ kind: "interrupt" })
    )

    it.live(
      "INV-11 F-05 F-08 F-29 V-40 a list whose store goes away is done once when it is repeated under its key",
      () => cutShort({ kind: "connection" })
    )
  })
}

import { assert, describe, it } from "@effect/vitest"
import { Deferred, Effect, Exit, Layer, Ref, Schema, Scope } from "effect"
import { TestClock } from "effect/testing"
import { inPortions, make } from "../../src/jobs/Job.ts"
import * as Jobs from "../../src/jobs/Jobs.ts"
import { jobs } from "../../src/jobs/jobList.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Ids } from "../../src/kernel/ids.ts"
import { Leases } from "../../src/kernel/Leases.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import * as UseCase from "../../src/kernel/UseCase.ts"
import { wake } from "../../src/kernel/Wake.ts"
import * as MemoryLeases from "../../src/memory/Leases.ts"
import * as MemoryLimits from "../../src/memory/Limits.ts"
import { Store } from "../../src/memory/Store.ts"

const ids = Ids.layer.pipe(Layer.provide(layerCryptoNode))
const services = Layer.mergeAll(
  Layer.merge(MemoryLeases.layer, MemoryLimits.layer).pipe(Layer.provide(Store.layer)),
  ids,
  layerCryptoNode
)

/** One node of several that share `leases`; it lives until the scope is closed. */
const node = Effect.fnUntraced(function* <J extends ReadonlyArray<ReturnType<typeof make<never>>>>(list: J) {
  const scope = yield* Scope.make()
  yield* Layer.buildWithScope(Layer.fresh(Jobs.layer(list)), scope)
  return scope
})

const counter = Effect.gen(function* () {
  const count = yield* Ref.make(0)
  return { increment: Ref.update(count, (n) => n + 1), get: Ref.get(count) }
})

describe("jobs", () => {
  it("G-13 the list names every job once, with a schedule", () => {
    const names = jobs.map(({ name }) => name)
    assert.deepStrictEqual([...names].sort(), [
      "audit.sequence",
      "challenges.purge",
      "deputies.purge",
      "domains.review",
      "files.purge",
      "files.scan",
      "idempotency.purge",
      "inbound.purge",
      "invitations.expire",
      "limits.purge",
      "links.purge",
      "mails.dispatch",
      "mails.purge",
      "orderDrafts.purge",
      "orders.fulfil",
      "registrations.purge",
      "requests.expire",
      "requests.remind",
      "selfRegistrations.purge",
      "sessions.purge",
      "subscriptions.review",
      "tickets.followAccounts",
      "tickets.review",
      "tickets.reviewClocks"
    ])
  })

  it.effect("G-13 a job runs at once, then every so often, until the layer ends", () =>
    Effect.gen(function* () {
      const runs = yield* counter
      const scope = yield* node([make({ name: "test.count", every: "1 minute", run: runs.increment })])
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* runs.get, 1)
      yield* TestClock.adjust("59 seconds")
      assert.strictEqual(yield* runs.get, 2)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* runs.get, 12)
      yield* Scope.close(scope, Exit.void)
      yield* TestClock.adjust("10 minutes")
      assert.strictEqual(yield* runs.get, 12)
    }).pipe(Effect.provide(services))
  )

  it.effect("G-11 a job is asked for by the actor of its name", () =>
    Effect.gen(function* () {
      const actors: Array<unknown> = []
      const work = UseCase.query({
        name: "test.work",
        summary: "Works.",
        actors: ["Job"],
        requires: "job",
        input: Schema.Struct({}),
        output: Schema.Void,
        errors: [],
        run: (_, { actor }) => Effect.sync(() => void actors.push(actor))
      })
      yield* Jobs.runOnce([make({ name: "test.actor", every: "1 hour", run: work({}) })])
      assert.deepStrictEqual(actors, [{ _tag: "Job", name: "test.actor" }])
    }).pipe(Effect.provide(services))
  )

  it.effect("G-13 a job that fails or dies is tried again next time, and does not stop the others", () =>
    Effect.gen(function* () {
      const runs = yield* counter
      const others = yield* counter
      yield* node([
        make({ name: "test.fails", every: "1 minute", run: Effect.andThen(runs.increment, Effect.fail("no")) }),
        make({ name: "test.dies", every: "1 minute", run: Effect.andThen(runs.increment, Effect.die("bug")) }),
        make({ name: "test.works", every: "1 minute", run: others.increment })
      ])
      yield* TestClock.adjust("2 minutes")
      assert.strictEqual(yield* runs.get, 6)
      assert.strictEqual(yield* others.get, 3)
    }).pipe(Effect.provide(services))
  )

  it.effect("G-13 of several nodes one at a time runs an exclusive job, all of them a shared one", () =>
    Effect.gen(function* () {
      const running = yield* Ref.make({ exclusive: 0, most: 0, shared: 0 })
      const slow = Effect.gen(function* () {
        yield* Ref.update(running, (r) => ({
          ...r,
          exclusive: r.exclusive + 1,
          most: Math.max(r.most, r.exclusive + 1)
        }))
        yield* Effect.sleep("20 seconds")
        yield* Ref.update(running, (r) => ({ ...r, exclusive: r.exclusive - 1 }))
      })
      const list = [
        make({ name: "test.exclusive", every: "5 seconds", run: slow }),
        make({
          name: "test.shared",
          every: "1 hour",
          exclusive: false,
          run: Ref.update(running, (r) => ({ ...r, shared: r.shared + 1 }))
        })
      ]
      for (let i = 0; i < 3; i++) yield* node(list)
      for (let i = 0; i < 60; i++) yield* TestClock.adjust("5 seconds")
      const { most, shared } = yield* Ref.get(running)
      assert.strictEqual(most, 1)
      assert.strictEqual(shared, 3)
    }).pipe(Effect.provide(services))
  )

  it.effect("G-13 a job that takes longer than its lease keeps it; the node's end gives it to another", () =>
    Effect.gen(function* () {
      const started = yield* counter
      const interrupted = yield* counter
      const list = [
        make({
          name: "test.long",
          every: "1 second",
          run: Effect.onInterrupt(Effect.andThen(started.increment, Effect.never), () => interrupted.increment)
        })
      ]
      const first = yield* node(list)
      yield* TestClock.adjust("1 second")
      yield* node(list)
      for (let i = 0; i < 30; i++) yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* started.get, 1)
      yield* Scope.close(first, Exit.void)
      assert.strictEqual(yield* interrupted.get, 1)
      yield* TestClock.adjust("2 seconds")
      assert.strictEqual(yield* started.get, 2)
    }).pipe(Effect.provide(services))
  )

  it.effect("G-13 F-28 what a killed node was doing is done by another one when its lease has run out", () =>
    Effect.gen(function* () {
      const leases = yield* Leases
      // as a node leaves it behind that was killed while it ran the job
      const now = yield* Instant.now
      yield* leases.acquire("job:test.killed", "a node that is no more", Instant.plus(now, "30 seconds"), now)
      const runs = yield* counter
      yield* node([make({ name: "test.killed", every: "1 second", run: runs.increment })])
      yield* TestClock.adjust("29 seconds")
      assert.strictEqual(yield* runs.get, 0)
      yield* TestClock.adjust("2 seconds")
      assert.isAbove(yield* runs.get, 0)
    }).pipe(Effect.provide(services))
  )

  it.effect("V-36 F-19 a job whose lease went to another node, or cannot be prolonged, is interrupted", () =>
    Effect.gen(function* () {
      const leases = yield* Leases
      let lost = false
      let down = false
      const flaky = Leases.of({
        ...leases,
        acquire: (name, owner, until, now) =>
          down
            ? Effect.fail(new PersistenceError({ operation: "lease.acquire", reason: "connection" }))
            : lost
              ? Effect.succeed(false)
              : leases.acquire(name, owner, until, now)
      })
      const started = yield* counter
      const interrupted = yield* counter
      const list = [
        make({
          name: "test.long",
          every: "1 hour",
          run: Effect.onInterrupt(Effect.andThen(started.increment, Effect.never), () => interrupted.increment)
        })
      ]
      yield* Effect.provideService(node(list), Leases, flaky)
      for (let i = 0; i < 10; i++) yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* interrupted.get, 0)
      // away for a moment: what was prolonged last holds on
      down = true
      yield* TestClock.adjust("20 seconds")
      down = false
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* interrupted.get, 0)
      lost = true
      yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* interrupted.get, 1)
      lost = false
      yield* TestClock.adjust("1 hour")
      assert.strictEqual(yield* started.get, 2)
      down = true
      yield* TestClock.adjust("20 seconds")
      assert.strictEqual(yield* interrupted.get, 1)
      for (let i = 0; i < 2; i++) yield* TestClock.adjust("10 seconds")
      assert.strictEqual(yield* interrupted.get, 2)
    }).pipe(Effect.provide(services))
  )

  it.effect("a wake-up shortens the wait of those who want it, also one that comes while they run", () =>
    Effect.gen(function* () {
      const runs = yield* counter
      const others = yield* counter
      const gate = yield* Deferred.make<void>()
      yield* node([
        make({
          name: "test.wakes",
          every: "1 hour",
          wakes: true,
          run: Effect.andThen(runs.increment, Deferred.await(gate))
        }),
        make({ name: "test.sleeps", every: "1 hour", run: others.increment })
      ])
      yield* TestClock.adjust("1 second")
      yield* wake
      assert.strictEqual(yield* runs.get, 1)
      yield* Deferred.succeed(gate, undefined)
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* runs.get, 2)
      yield* wake
      yield* TestClock.adjust("1 second")
      assert.strictEqual(yield* runs.get, 3)
      assert.strictEqual(yield* others.get, 1)
    }).pipe(Effect.provide(services))
  )

  it.effect("a job with nothing to do takes no lease", () =>
    Effect.gen(function* () {
      const leases = yield* Leases
      const taken = yield* counter
      const counting = Leases.of({
        ...leases,
        acquire: (...args) => Effect.andThen(taken.increment, leases.acquire(...args))
      })
      const runs = yield* counter
      const due = yield* Ref.make(false)
      const list = [make({ name: "test.due", every: "1 hour", due: Ref.get(due), run: runs.increment })]
      yield* Effect.provideService(Jobs.runOnce(list), Leases, counting)
      assert.strictEqual(yield* taken.get, 0)
      yield* Ref.set(due, true)
      yield* Effect.provideService(Jobs.runOnce(list), Leases, counting)
      assert.strictEqual(yield* taken.get, 1)
      assert.strictEqual(yield* runs.get, 1)
    }).pipe(Effect.provide(services))
  )

  it.effect("portions go on until one is not full", () =>
    Effect.gen(function* () {
      const left = yield* Ref.make(25)
      const sizes: Array<number> = []
      const total = yield* inPortions(10, (size) =>
        Ref.modify(left, (n) => {
          const count = Math.min(size, n)
          sizes.push(count)
          return [count, n - count]
        })
      )
      assert.strictEqual(total, 25)
      assert.deepStrictEqual(sizes, [10, 10, 5])
    })
  )
})

import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Store, table } from "../../src/memory/Store.ts"
import * as MemoryUnitOfWork from "../../src/memory/UnitOfWork.ts"

interface Invitation {
  readonly id: string
  readonly email: string
  readonly state: "pending" | "accepted"
  readonly number: number
}

const invitations = table<Invitation>()({
  name: "invitation",
  key: (row) => row.id,
  unique: {
    number: (row) => String(row.number),
    pending: (row) => (row.state === "pending" ? row.email : undefined)
  }
})

const row = (id: string, number: number, more: Partial<Invitation> = {}): Invitation => ({
  id,
  number,
  email: "a@example.org",
  state: "pending",
  ...more
})

const layer = MemoryUnitOfWork.layer.pipe(Layer.provideMerge(Store.layer))

const services = Effect.map(Effect.all({ store: Store, unit: UnitOfWork }), ({ store, unit }) => ({
  store,
  unit,
  insert: (invitation: Invitation) => store.write("insert", (write) => invitations.insert(write, invitation)),
  accept: (id: string) =>
    store.write("accept", (write) =>
      invitations.update(
        write,
        id,
        (now) => now.state === "pending",
        (now) => ({ ...now, state: "accepted" })
      )
    ),
  all: store.read("all", (state) => invitations.all(state).sort(invitations.by((invitation) => invitation.number)))
}))

describe("a table in memory", () => {
  it.effect("keeps its keys unique, and leaves nothing of a row that is refused", () =>
    Effect.gen(function* () {
      const { all, insert, store } = yield* services
      yield* insert(row("a", 1))
      for (const refused of [row("a", 2, { state: "accepted" }), row("b", 1, { state: "accepted" }), row("b", 2)]) {
        const error = yield* Effect.flip(insert(refused))
        assert.deepEqual([error.operation, error.reason], ["insert", "duplicate"])
      }
      assert.deepEqual(yield* all, [row("a", 1)])
      assert.deepEqual(yield* store.read("find", (state) => invitations.find(state, "number", "2")), Option.none())
      // the number that was looked at before the refusal is free
      yield* insert(row("b", 2, { state: "accepted" }))
    }).pipe(Effect.provide(layer))
  )

  it.effect("takes rows out of a partial unique key when they change", () =>
    Effect.gen(function* () {
      const { accept, insert, store } = yield* services
      const pending = store.read("find", (state) => invitations.find(state, "pending", "a@example.org"))
      yield* insert(row("a", 1))
      yield* accept("a")
      assert.deepEqual(yield* pending, Option.none())
      yield* insert(row("b", 2))
      assert.deepEqual(
        Option.map(yield* pending, (found) => found.id),
        Option.some("b")
      )
      const back = store.write("reopen", (write) =>
        invitations.update(
          write,
          "a",
          () => true,
          (now) => ({ ...now, state: "pending" })
        )
      )
      assert.strictEqual((yield* Effect.flip(back)).reason, "duplicate")
    }).pipe(Effect.provide(layer))
  )

  it.effect("answers a guarded write that finds no such row as a conflict", () =>
    Effect.gen(function* () {
      const { accept, insert, store } = yield* services
      yield* insert(row("a", 1))
      yield* accept("a")
      assert.strictEqual((yield* Effect.flip(accept("a"))).reason, "conflict")
      assert.strictEqual((yield* Effect.flip(accept("b"))).reason, "conflict")
      const remove = store.write("remove", (write) => invitations.remove(write, "a", (now) => now.state === "pending"))
      assert.strictEqual((yield* Effect.flip(remove)).reason, "conflict")
    }).pipe(Effect.provide(layer))
  )

  it.effect("frees the keys of rows that are removed or rolled back", () =>
    Effect.gen(function* () {
      const { all, insert, store, unit } = yield* services
      yield* Effect.exit(unit.run(Effect.andThen(insert(row("a", 1)), Effect.fail("no"))))
      yield* insert(row("b", 1))
      assert.strictEqual(
        yield* store.write("purge", (write) => invitations.removeAll(write, (now) => now.number < 5)),
        1
      )
      yield* insert(row("a", 1))
      assert.deepEqual(
        (yield* all).map((found) => found.id),
        ["a"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("does a write of several rows whole or not at all, in a unit and without one", () =>
    Effect.gen(function* () {
      const { all, insert, store, unit } = yield* services
      yield* insert(row("taken", 9))
      const both = store.write("both", (write) => {
        invitations.insert(write, row("a", 1, { state: "accepted" }))
        invitations.insert(write, row("b", 9, { state: "accepted" }))
      })
      assert.strictEqual((yield* Effect.flip(both)).reason, "duplicate")
      yield* unit.run(Effect.andThen(Effect.exit(both), insert(row("c", 3, { state: "accepted" }))))
      assert.deepEqual(
        (yield* all).map((found) => found.id),
        ["c", "taken"]
      )
    }).pipe(Effect.provide(layer))
  )

  it.effect("dies of a mistake in a repository instead of hiding it", () =>
    Effect.gen(function* () {
      const { store } = yield* services
      const exit = yield* Effect.exit(
        store.read("mistake", () => {
          throw new TypeError("a mistake")
        })
      )
      assert.strictEqual(exit._tag, "Failure")
      if (exit._tag === "Failure") assert.isTrue(exit.cause.reasons.every((reason) => reason._tag === "Die"))
    }).pipe(Effect.provide(layer))
  )
})

import { strict as assert } from "node:assert"
import { Cause, Context, Deferred, Effect, Exit, Fiber, Option, References } from "effect"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"

/** What the suite needs of an adapter besides the port: a table of counters, as a repository of the adapter would have it. */
export class Probe extends Context.Service<
  Probe,
  {
    /** Inserts a counter that is 0; fails with the reason "duplicate" when it exists. */
    readonly insert: (id: string) => Effect.Effect<void, PersistenceError>
    readonly get: (id: string) => Effect.Effect<Option.Option<number>, PersistenceError>
    readonly getForUpdate: (id: string) => Effect.Effect<Option.Option<number>, PersistenceError>
    /** Writes `to`; fails with the reason "conflict" unless the stored value is `from`. */
    readonly set: (id: string, from: number, to: number) => Effect.Effect<void, PersistenceError>
    /** All ids, sorted. */
    readonly ids: Effect.Effect<ReadonlyArray<string>, PersistenceError>
  }
>()("portico/testing/UnitOfWorkProbe") {}

/** Real time for other fibers and other connections to do something. */
const aMoment = Effect.callback<void>((resume) => {
  const timer = setTimeout(() => resume(Effect.void), 30)
  return Effect.sync(() => clearTimeout(timer))
})

const FIBERS = 8
const ROUNDS = 10

export const UnitOfWorkContract: Suite<UnitOfWork | Probe> = [
  {
    name: "STO-03 of a unit that succeeds, every write is there",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const answer = yield* unit.run(Effect.as(Effect.andThen(probe.insert("a"), probe.insert("b")), "done"))
      assert.equal(answer, "done")
      assert.deepEqual(yield* probe.ids, ["a", "b"])
    })
  },
  {
    name: "STO-03 of a unit that fails, no write is left, and its error is answered",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      assert.equal(yield* Effect.flip(unit.run(Effect.andThen(probe.insert("a"), Effect.fail("no")))), "no")
      assert.deepEqual(yield* probe.ids, [])
    })
  },
  {
    name: "V-40 STO-03 a unit that goes on after a write that failed is not answered as done when its writes are not there",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* unit.run(probe.insert("a"))
      const exit = yield* Effect.exit(unit.run(Effect.andThen(probe.insert("b"), Effect.ignore(probe.insert("a")))))
      // some databases give up the whole transaction with one of its statements
      assert.deepEqual(yield* probe.ids, Exit.isSuccess(exit) ? ["a", "b"] : ["a"])
      yield* unit.run(probe.insert("c"))
      assert.ok((yield* probe.ids).includes("c"))
    })
  },
  {
    name: "V-40 a unit that dies leaves the state as before",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const exit = yield* Effect.exit(unit.run(Effect.andThen(probe.insert("a"), Effect.die(new Error("bug")))))
      assert.ok(Exit.hasDies(exit))
      assert.deepEqual(yield* probe.ids, [])
      yield* unit.run(probe.insert("b"))
      assert.deepEqual(yield* probe.ids, ["b"])
    })
  },
  {
    name: "V-40 a unit that is interrupted leaves the state as before",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const written = yield* Deferred.make<void>()
      const fiber = yield* Effect.forkChild(
        unit.run(
          probe.insert("a").pipe(Effect.andThen(Deferred.succeed(written, undefined)), Effect.andThen(Effect.never))
        )
      )
      yield* Deferred.await(written)
      yield* Fiber.interrupt(fiber)
      assert.deepEqual(yield* probe.ids, [])
      yield* unit.run(probe.insert("b"))
      assert.deepEqual(yield* probe.ids, ["b"])
    })
  },
  {
    name: "V-40 a unit that is interrupted at any moment is done or not done, and the next one works",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      for (let steps = 0; steps < 60; steps++) {
        const fiber = yield* Effect.forkChild(
          unit.run(Effect.andThen(probe.insert(`${steps}-1`), probe.insert(`${steps}-2`)))
        )
        for (let i = 0; i < steps; i++) yield* Effect.promise(() => Promise.resolve())
        yield* Fiber.interrupt(fiber)
        const exit = yield* Fiber.await(fiber)
        const left = (yield* probe.ids).filter((id) => id.startsWith(`${steps}-`)).length
        assert.ok(left === 0 || left === 2, `${left} of 2 writes are left after ${steps} steps`)
        if (Exit.isSuccess(exit)) assert.equal(left, 2)
      }
    })
  },
  {
    name: "V-40 a unit that waits for its turn can be interrupted, and gives way to the next one",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* probe.insert("row")
      const locked = yield* Deferred.make<void>()
      const release = yield* Deferred.make<void>()
      const first = yield* Effect.forkChild(
        unit.run(
          Effect.gen(function* () {
            yield* probe.getForUpdate("row")
            yield* Deferred.succeed(locked, undefined)
            yield* Deferred.await(release)
          })
        )
      )
      yield* Deferred.await(locked)
      const second = yield* Effect.forkChild(
        unit.run(Effect.andThen(probe.getForUpdate("row"), probe.insert("second")))
      )
      yield* aMoment
      const interrupting = yield* Effect.forkChild(Fiber.interrupt(second))
      yield* aMoment
      yield* Deferred.succeed(release, undefined)
      yield* Fiber.join(first)
      yield* Fiber.join(interrupting)
      yield* unit.run(Effect.andThen(probe.getForUpdate("row"), probe.insert("third")))
      assert.deepEqual(yield* probe.ids, ["row", "third"])
    })
  },
  {
    name: "STO-03 no other fiber sees a write before the commit, and every one sees it after",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const written = yield* Deferred.make<void>()
      const dropped = yield* Effect.forkChild(
        unit.run(
          probe
            .insert("dropped")
            .pipe(
              Effect.andThen(Deferred.succeed(written, undefined)),
              Effect.andThen(aMoment),
              Effect.andThen(Effect.fail("dropped"))
            )
        )
      )
      yield* Deferred.await(written)
      const seen = yield* Effect.forkChild(probe.ids)
      const seenInUnit = yield* Effect.forkChild(unit.run(probe.ids))
      assert.deepEqual(yield* Fiber.join(seen), [])
      assert.deepEqual(yield* Fiber.join(seenInUnit), [])
      assert.ok(Exit.isFailure(yield* Fiber.await(dropped)))
      yield* unit.run(probe.insert("kept"))
      assert.deepEqual(yield* probe.ids, ["kept"])
    })
  },
  {
    name: "STO-03 a unit reads its own writes",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const seen = yield* unit.run(Effect.andThen(probe.insert("a"), probe.ids))
      assert.deepEqual(seen, ["a"])
    })
  },
  {
    name: "STO-03 parallel increments of a row that is read for update lose nothing",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* probe.insert("row")
      const increment = unit.run(
        Effect.gen(function* () {
          const value = Option.getOrThrow(yield* probe.getForUpdate("row"))
          yield* Effect.yieldNow
          yield* probe.set("row", value, value + 1)
        })
      )
      yield* Effect.all(
        Array.from({ length: FIBERS }, () => Effect.repeat(increment, { times: ROUNDS - 1 })),
        { concurrency: "unbounded", discard: true }
      )
      assert.deepEqual(yield* probe.get("row"), Option.some(FIBERS * ROUNDS))
    })
  },
  {
    name: "STO-03 of a guarded write in parallel units one wins, the others meet a conflict",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* probe.insert("row")
      const exits = yield* Effect.all(
        Array.from({ length: FIBERS }, () => Effect.exit(unit.run(probe.set("row", 0, 1)))),
        { concurrency: "unbounded" }
      )
      assert.equal(exits.filter(Exit.isSuccess).length, 1)
      for (const exit of exits) {
        if (Exit.isFailure(exit)) assert.equal(Option.getOrThrow(Cause.findErrorOption(exit.cause)).reason, "conflict")
      }
    })
  },
  {
    name: "STO-03 of the same key inserted in parallel units one wins, the others meet a duplicate",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const exits = yield* Effect.all(
        Array.from({ length: FIBERS }, () => Effect.exit(unit.run(probe.insert("same")))),
        { concurrency: "unbounded" }
      )
      assert.equal(exits.filter(Exit.isSuccess).length, 1)
      for (const exit of exits) {
        if (Exit.isFailure(exit)) assert.equal(Option.getOrThrow(Cause.findErrorOption(exit.cause)).reason, "duplicate")
      }
    })
  },
  {
    name: "STO-03 a failed inner unit undoes its own writes only, and the outer one goes on",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* unit.run(
        Effect.gen(function* () {
          yield* probe.insert("before")
          assert.equal(
            yield* Effect.flip(unit.run(Effect.andThen(probe.insert("inner"), Effect.fail("inner")))),
            "inner"
          )
          // a statement that the database refused, too: PostgreSQL then refuses everything up to the savepoint
          const duplicate = yield* Effect.flip(unit.run(probe.insert("before")))
          assert.equal(duplicate.reason, "duplicate")
          yield* unit.run(Effect.andThen(probe.insert("kept"), unit.run(probe.insert("deeper"))))
          yield* Effect.exit(unit.run(Effect.andThen(unit.run(probe.insert("deep and dropped")), Effect.die("bug"))))
          assert.deepEqual(yield* probe.ids, ["before", "deeper", "kept"])
          yield* probe.insert("after")
        })
      )
      assert.deepEqual(yield* probe.ids, ["after", "before", "deeper", "kept"])
    })
  },
  {
    name: "STO-03 a failed outer unit undoes the writes of inner ones that succeeded",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* Effect.exit(unit.run(Effect.andThen(unit.run(probe.insert("inner")), Effect.fail("outer"))))
      assert.deepEqual(yield* probe.ids, [])
    })
  },
  {
    name: "an inner unit that is interrupted leaves the outer one usable",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* unit.run(
        Effect.gen(function* () {
          const written = yield* Deferred.make<void>()
          const inner = yield* Effect.forkChild(
            unit.run(
              probe
                .insert("inner")
                .pipe(Effect.andThen(Deferred.succeed(written, undefined)), Effect.andThen(Effect.never))
            )
          )
          yield* Deferred.await(written)
          yield* Fiber.interrupt(inner)
          yield* probe.insert("outer")
        })
      )
      assert.deepEqual(yield* probe.ids, ["outer"])
    })
  },
  {
    name: "a fiber that outlives its unit dies when it uses the unit, and changes nothing",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const ended = yield* Deferred.make<void>()
      const late = yield* unit.run(
        Effect.gen(function* () {
          yield* probe.insert("in time")
          const statement = yield* Effect.forkDetach(Effect.andThen(Deferred.await(ended), probe.insert("late")))
          const inner = yield* Effect.forkDetach(Effect.andThen(Deferred.await(ended), unit.run(probe.insert("later"))))
          return [statement, inner]
        })
      )
      yield* Deferred.succeed(ended, undefined)
      for (const fiber of late) assert.ok(Exit.hasDies(yield* Fiber.await(fiber)))
      assert.deepEqual(yield* probe.ids, ["in time"])
    })
  },
  {
    name: "afterCommit runs once, in order, after the outermost commit, and not after a rollback",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      const seen: Array<string> = []
      const note = (text: string) =>
        unit.afterCommit(
          Effect.ignore(
            Effect.map(probe.ids, (ids) => {
              seen.push(`${text}: ${ids.join(",")}`)
            })
          )
        )
      yield* unit.run(
        Effect.gen(function* () {
          yield* note("first")
          yield* unit.run(Effect.andThen(probe.insert("a"), note("inner")))
          yield* Effect.exit(unit.run(Effect.andThen(note("rolled back"), Effect.fail("x"))))
          yield* note("last")
          assert.deepEqual(seen, [])
        })
      )
      assert.deepEqual(seen, ["first: a", "inner: a", "last: a"])
      yield* Effect.exit(unit.run(Effect.andThen(note("never"), Effect.fail("x"))))
      yield* Effect.exit(unit.run(Effect.andThen(unit.run(note("never")), Effect.fail("x"))))
      assert.equal(seen.length, 3)
      yield* note("at once")
      assert.deepEqual(seen[3], "at once: a")
    })
  },
  {
    name: "an afterCommit that dies changes neither the answer nor the others",
    run: Effect.gen(function* () {
      const unit = yield* UnitOfWork
      let ran = false
      const answer = yield* unit
        .run(
          Effect.gen(function* () {
            yield* unit.afterCommit(Effect.die(new Error("expected by a test of afterCommit")))
            yield* unit.afterCommit(
              Effect.sync(() => {
                ran = true
              })
            )
            return 1
          })
        )
        // the log of the defect is expected
        .pipe(Effect.provideService(References.MinimumLogLevel, "None"))
      assert.equal(answer, 1)
      assert.ok(ran)
    })
  },
  {
    name: "afterCommit may open a unit of its own",
    run: Effect.gen(function* () {
      const [unit, probe] = [yield* UnitOfWork, yield* Probe]
      yield* unit.run(Effect.andThen(probe.insert("a"), unit.afterCommit(Effect.orDie(unit.run(probe.insert("b"))))))
      assert.deepEqual(yield* probe.ids, ["a", "b"])
    })
  }
]

import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import {
  Cause,
  Deferred,
  Effect,
  Exit,
  Fiber,
  type Layer,
  Logger,
  Option,
  Redacted,
  Ref,
  Result,
  Schema,
  Tracer
} from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import * as Actor from "../../src/kernel/Actor.ts"
import { EventLog } from "../../src/kernel/EventLog.ts"
import { IdempotencyStore } from "../../src/kernel/Idempotency.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { EventId } from "../../src/kernel/ids.ts"
import { Limits } from "../../src/kernel/Limits.ts"
import { Outbox } from "../../src/kernel/Outbox.ts"
import { PersistenceError, type Reason } from "../../src/kernel/PersistenceError.ts"
import { InvalidInput, issueTexts, NotFound } from "../../src/kernel/refusals.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import * as UseCase from "../../src/kernel/UseCase.ts"
import { Wake } from "../../src/kernel/Wake.ts"
import { Store } from "../../src/memory/Store.ts"
import { rounds } from "../support/rounds.ts"
import {
  account,
  accountId,
  actingFor,
  committed,
  count,
  destroy,
  events,
  layer,
  mails,
  make,
  makeLimited,
  NameTaken,
  on,
  staff,
  tenantId,
  things,
  touch,
  unlock,
  useCases
} from "./things.ts"

const as = (n: number, request: Actor.RequestContext = {}) => Actor.provide(account(n), request)

const lost = (reason: Reason) => Effect.fail(new PersistenceError({ operation: "thing.insert", reason }))

/** Input as a host passes it on: nobody has checked it. */
const raw = (value: unknown) => value as { readonly name: string }

/** The code of every fault by its path. */
const faults = (error: { readonly _tag: string }) =>
  error instanceof InvalidInput
    ? Object.fromEntries(error.issues.map(({ code, path }) => [path.join("."), code]))
    : assert.fail(`not InvalidInput but ${error._tag}`)

describe("the input of a use case", () => {
  it.effect("G-01 refused input names every field, and nothing was written", () =>
    Effect.gen(function* () {
      const before = yield* committed
      const refused = Effect.fnUntraced(function* (value: unknown) {
        return faults(yield* Effect.flip(make(raw(value)).pipe(as(1))))
      })
      assert.deepStrictEqual(yield* refused({}), { name: "missing" })
      assert.deepStrictEqual(yield* refused({ name: "" }), { name: "missing" })
      assert.deepStrictEqual(yield* refused({ name: "  " }), { name: "missing" })
      assert.deepStrictEqual(yield* refused({ name: 7 }), { name: "type" })
      assert.deepStrictEqual(yield* refused({ name: "x".repeat(41) }), { name: "too-long" })
      assert.deepStrictEqual(yield* refused({ name: "a\nb" }), { name: "control-character" })
      assert.deepStrictEqual(
        yield* refused({ name: "", size: 1.5, parts: [{ label: "ok" }, { label: "x".repeat(11) }] }),
        {
          name: "missing",
          size: "invalid",
          "parts.1.label": "too-long"
        }
      )
      for (const value of [undefined, null, 7, "name", true, [], () => 1, Symbol("s")]) {
        assert.deepStrictEqual(yield* refused(value), { "": "type" })
      }
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TE-06 G-01 unknown fields and fields of the owner are refused by name", () =>
    Effect.gen(function* () {
      const before = yield* committed
      for (const field of ["owner", "ownerId", "tenantId", "id", "constructor", "prototype", "toString"]) {
        const input: Record<string, unknown> = { name: "a" }
        input[field] = "x"
        const error = yield* Effect.flip(make(raw(input)).pipe(as(1)))
        assert.deepStrictEqual(faults(error), { [field]: "unknown" })
      }
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it("R-TE-06 G-01 a use case that takes nothing is given nothing", () => {
    const parse = UseCase.parser(Schema.Struct({}))
    assert.deepStrictEqual(Result.getOrThrow(parse({})), {})
    for (const [given, path, code] of [
      [{ tenantId: "x" }, ["tenantId"], "unknown"],
      [JSON.parse('{"__proto__":{"polluted":1}}'), ["__proto__"], "unknown"],
      [["x"], [], "type"],
      ["x", [], "type"],
      [1, [], "type"],
      [null, [], "type"],
      [undefined, [], "type"]
    ] as const) {
      const refused = parse(given)
      assert.isTrue(Result.isFailure(refused))
      if (Result.isFailure(refused)) assert.deepStrictEqual(refused.failure.issues, [{ path, code }])
    }
    const many = parse(Object.fromEntries(Array.from({ length: 5000 }, (_, n) => [`f${n}`, 1])))
    assert.isTrue(Result.isFailure(many) && many.failure.issues.length === 50)
  })

  it.effect("R-SC-06 an own field __proto__ is refused and changes no prototype", () =>
    Effect.gen(function* () {
      for (const text of [
        '{"name":"a","__proto__":{"polluted":1}}',
        '{"name":"a","parts":[{"label":"b","__proto__":{"polluted":1}}]}',
        '{"name":"a","constructor":{"prototype":{"polluted":1}}}'
      ]) {
        const error = yield* Effect.flip(make(raw(JSON.parse(text))).pipe(as(1)))
        assert.deepStrictEqual(Object.values(faults(error)), ["unknown"])
      }
      assert.isFalse("polluted" in {})
      assert.deepStrictEqual(yield* things, [])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-01 G-08 any input is refused with known codes or done, and never dies", () =>
    Effect.gen(function* () {
      const context = yield* Effect.context<Layer.Success<ReturnType<typeof layer>>>()
      const field = fc.oneof(fc.anything(), fc.string(), fc.constant("ok"))
      const input = fc.oneof(
        fc.anything({
          withNullPrototype: true,
          withBigInt: true,
          withDate: true,
          withMap: true,
          withSparseArray: true
        }),
        fc.record({ name: field, size: field, parts: field, secret: field }, { requiredKeys: [] }),
        fc.record({ name: fc.constant("a"), parts: fc.array(fc.record({ label: field })) })
      )
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(input, async (value) => {
            const run = Effect.gen(function* () {
              const before = yield* committed
              const exit = yield* Effect.exit(make(raw(value)).pipe(as(1)))
              if (Exit.isSuccess(exit)) return
              const error = Option.getOrThrow(Cause.findErrorOption(exit.cause))
              if (error._tag === "NameTaken") return
              for (const code of Object.values(faults(error))) assert.property(issueTexts, code)
              assert.strictEqual(yield* committed, before)
            })
            await Effect.runPromiseWith(context)(run)
          }),
          { numRuns: rounds(300, 10_000) }
        )
      )
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-SC-03 a refused value is never in the error, only its place", () =>
    Effect.gen(function* () {
      const error = yield* Effect.flip(
        make(raw({ name: { canary: "c4n4ry" }, secret: 4711, size: "c4n4ry" })).pipe(as(1))
      )
      for (const text of [inspect(error, { depth: 20, showHidden: true }), JSON.stringify(error), String(error)]) {
        assert.notInclude(text, "c4n4ry")
        assert.notInclude(text, "4711")
      }
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-SC-07 thousands of unknown fields do not come back, nor do long names of them", () =>
    Effect.gen(function* () {
      const many = Object.fromEntries(Array.from({ length: 20_000 }, (_, n) => [`field-${n}`, n]))
      const error = yield* Effect.flip(make(raw({ name: "a", ...many })).pipe(as(1)))
      assert.strictEqual(Object.keys(faults(error)).length, 50)
      const long = yield* Effect.flip(
        make(raw({ name: "a", [`${"x".repeat(100_000)}`]: 1, "a\u0000b": 1 })).pipe(as(1))
      )
      assert.deepStrictEqual(Object.keys(faults(long)), ["x".repeat(100), "a\ufffdb"])
    }).pipe(Effect.provide(layer()))
  )
})

describe("the caller of a use case", () => {
  it.effect("G-02 who calls is part of the type", () =>
    Effect.gen(function* () {
      const needsActor = make({ name: "a" })
      // @ts-expect-error without an actor the program does not compile
      const forgotten: Effect.Effect<unknown, unknown, Layer.Success<ReturnType<typeof layer>>> = needsActor
      // @ts-expect-error nor with one of a kind that the use case does not know
      const wrong: Effect.Effect<unknown, unknown, Layer.Success<ReturnType<typeof layer>>> = needsActor.pipe(
        Actor.provide(Actor.job("j"))
      )
      const right: Effect.Effect<unknown, unknown, Layer.Success<ReturnType<typeof layer>>> = needsActor.pipe(as(1))
      assert.isDefined(forgotten)
      assert.isDefined(right)
      // at run time the same is checked again
      const error = yield* Effect.flip(wrong)
      assert.strictEqual((error as { readonly _tag: string })._tag, "NotAllowed")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-11 an anonymous caller is asked to sign in, another kind of caller is refused", () =>
    Effect.gen(function* () {
      const before = yield* committed
      // what a host could do that passes actors on without looking at their kind
      const from = (actor: Actor.Actor) => Actor.provide(actor as Actor.Account)
      const anonymous = yield* Effect.flip(makeLimited({ name: "a" }).pipe(from(Actor.anonymous)))
      assert.strictEqual(anonymous._tag, "SignInRequired")
      assert.strictEqual(yield* committed, before)
      const others: ReadonlyArray<Actor.Actor> = [
        staff,
        actingFor(1, 1000),
        Actor.job("j"),
        { _tag: "ApiKey", keyId: "k", tenantId, permissions: [] },
        { _tag: "Mail", address: "ada@example.com" }
      ]
      for (const actor of others) {
        const error = yield* Effect.flip(makeLimited({ name: "a" }).pipe(from(actor)))
        assert.strictEqual(error._tag, "NotAllowed")
      }
      assert.deepStrictEqual(yield* things, [])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-11 AUD-01 R-AU-03 the event says who, where, in which request and when", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1234)
      yield* make({ name: "a" }).pipe(as(1, { source: "192.0.2.7", requestId: "r-1", device: "d", place: "p" }))
      const [event] = yield* events
      if (event === undefined) return assert.fail("no event")
      assert.isTrue(Schema.is(EventId)(event.id))
      const fields: Readonly<Record<string, unknown>> = { ...event }
      assert.deepInclude(fields, {
        at: 1234,
        type: "thing.made",
        tenantId: null,
        subjectKind: "thing",
        actor: `account:${accountId(1)}`,
        accountId: accountId(1),
        realActor: null,
        outcome: "done",
        useCase: "things.make",
        requestId: "r-1",
        data: { name: "a" },
        personal: { source: "192.0.2.7", email: "ada@example.com" }
      })
      assert.isString(event.salt)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("AUT-11 AUD-01 staff who act for a customer are the real actor, until their time is over", () =>
    Effect.gen(function* () {
      yield* make({ name: "a" }).pipe(Actor.provide(actingFor(1, 1000)))
      const [event] = yield* events
      assert.deepInclude(event, {
        actor: `account:${accountId(1)}`,
        accountId: accountId(1),
        realActor: `staff:${staff.accountId}`
      })
      yield* TestClock.setTime(999)
      yield* make({ name: "b" }).pipe(Actor.provide(actingFor(1, 1000)))
      yield* TestClock.setTime(1000)
      const late = yield* Effect.flip(make({ name: "c" }).pipe(Actor.provide(actingFor(1, 1000))))
      assert.strictEqual(late._tag, "SignInRequired")
      assert.strictEqual((yield* things).length, 2)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-AU-04 what the host says is one well-formed line of bounded length in the event", () =>
    Effect.gen(function* () {
      yield* make({ name: "a" }).pipe(
        as(1, { source: `1\n2${"x".repeat(100)}`, requestId: `\u0000\u001b[31m\ud800${"y".repeat(200)}` })
      )
      const [event] = yield* events
      assert.strictEqual(event?.personal?.source, `1\ufffd2${"x".repeat(61)}`)
      assert.strictEqual(event?.requestId, `\ufffd\ufffd[31m\ufffd${"y".repeat(93)}`)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TE-11 many calls at once each keep their own caller", () =>
    Effect.gen(function* () {
      const yields = Effect.flatMap(
        Effect.sync(() => 3),
        (n) => Effect.repeat(Effect.yieldNow, { times: n })
      )
      for (const moment of ["prepare", "before", "after"] as const) yield* on(moment, Effect.asVoid(yields))
      const calls = rounds(200, 2000)
      const answers = yield* Effect.all(
        Array.from({ length: calls }, (_, n) =>
          Effect.andThen(
            Effect.repeat(Effect.yieldNow, { times: n % 7 }),
            make({ name: `thing ${n}` }).pipe(as(n, { requestId: `r-${n}` }))
          )
        ),
        { concurrency: "unbounded" }
      )
      answers.forEach(({ name, owner }, n) => {
        assert.strictEqual(name, `thing ${n}`)
        assert.strictEqual(owner, `account:${accountId(n)}`)
      })
      const recorded = yield* events
      assert.strictEqual(recorded.length, calls)
      for (const event of recorded) {
        const n = Number(event.requestId?.slice(2))
        assert.strictEqual(event.actor, `account:${accountId(n)}`)
        assert.deepStrictEqual(event.data, { name: `thing ${n}` })
      }
    }).pipe(Effect.provide(layer()))
  )
})

describe("a sensitive command", () => {
  const input = { tenantId, answer: "done" } as const

  it.effect("AUT-07 wants a proof of identity that is less than ten minutes old", () =>
    Effect.gen(function* () {
      const start = 1_000_000
      yield* TestClock.setTime(start)
      yield* destroy(input).pipe(Actor.provide(account(1, start)))
      yield* TestClock.setTime(start + 600_000 - 1)
      yield* destroy(input).pipe(Actor.provide(account(1, start)))
      const done = (yield* events).length
      yield* TestClock.setTime(start + 600_000)
      const error = yield* Effect.flip(destroy(input).pipe(Actor.provide(account(1, start))))
      assert.strictEqual(error._tag, "StepUpRequired")
      assert.deepStrictEqual(
        (yield* events).slice(done).map(({ data, outcome, type }) => [type, outcome, data]),
        [["things.destroy.denied", "denied", { refusal: "StepUpRequired" }]]
      )
      // a command that is not sensitive does not mind
      yield* make({ name: "a" }).pipe(Actor.provide(account(1, start)))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("AUD-01 R-AU-01 its refusals are recorded, those for want of a right in the tenant that it was about", () =>
    Effect.gen(function* () {
      const seen: Array<unknown> = []
      for (const answer of ["not-allowed", "not-found", "taken"] as const) {
        yield* Effect.flip(destroy({ tenantId, answer }).pipe(as(1, { requestId: answer })))
        const all = yield* events
        const event = all[all.length - 1]
        seen.push([event?.requestId, event?.outcome, event?.tenantId, event?.data, event?.subjectId])
      }
      assert.deepStrictEqual(seen, [
        ["not-allowed", "denied", tenantId, { refusal: "NotAllowed" }, "things.destroy"],
        ["not-found", "denied", null, { refusal: "NotFound" }, "things.destroy"],
        ["taken", "denied", null, { refusal: "NameTaken" }, "things.destroy"]
      ])
      // what the refused units had recorded themselves is gone
      assert.strictEqual((yield* events).length, 3)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("AUD-01 of other commands only the want of a right is recorded, and refused input of none", () =>
    Effect.gen(function* () {
      yield* Effect.flip(touch({ tenantId, answer: "not-found" }).pipe(as(1)))
      yield* Effect.flip(touch(raw({}) as never).pipe(as(1)))
      yield* Effect.flip(destroy(raw({}) as never).pipe(as(1)))
      assert.deepStrictEqual(yield* events, [])
      yield* Effect.flip(touch({ tenantId, answer: "not-allowed" }).pipe(as(1)))
      assert.deepStrictEqual(
        (yield* events).map(({ tenantId, type }) => [type, tenantId]),
        [["things.touch.denied", tenantId]]
      )
    }).pipe(Effect.provide(layer()))
  )

  it.effect("a denial that cannot be recorded is still the same denial", () =>
    Effect.gen(function* () {
      const broken = EventLog.of({ append: () => lost("full") })
      const error = yield* Effect.flip(
        touch({ tenantId, answer: "not-allowed" }).pipe(as(1), Effect.provideService(EventLog, broken))
      )
      assert.strictEqual(error._tag, "NotAllowed")
    }).pipe(Effect.provide(layer()))
  )
})

describe("the unit of work of a command", () => {
  it.effect("G-03 OUT-01 state, events and mails commit together, the mail's secret sealed", () =>
    Effect.gen(function* () {
      const { id } = yield* make({ name: "a", secret: Redacted.make("s3cr3t") }).pipe(as(1))
      assert.deepStrictEqual(
        (yield* things).map((thing) => thing.id),
        [id]
      )
      assert.deepStrictEqual(
        (yield* events).map((event) => event.subjectId),
        [id]
      )
      const [mail] = yield* mails
      assert.strictEqual(mail?.process, `thing:${id}`)
      assert.match(mail?.sealedSecret ?? "", /^k\.[A-Za-z0-9_-]+$/)
      assert.notInclude(JSON.stringify(yield* committed), "s3cr3t")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-07 R-TK-06 a unit decides by its own time, after work that took long and with each repetition", () =>
    Effect.gen(function* () {
      const seen: Array<number> = []
      const slow = UseCase.command({
        name: "things.slow",
        summary: "Takes long before it decides.",
        actors: ["Account"],
        requires: "self",
        input: Schema.Struct({}),
        output: Schema.Void,
        errors: [],
        prepare: () => TestClock.adjust("1 hour"),
        unit: Effect.fnUntraced(function* (_, unit) {
          seen.push(unit.now)
          yield* TestClock.adjust("1 minute")
          if (seen.length < 3) return yield* lost("conflict")
          unit.record({ type: "things.slow", subject: { kind: "thing", id: "1" } })
        })
      })
      const fiber = yield* Effect.forkChild(slow({}).pipe(as(1)))
      // also through the pause before the second repetition
      while (fiber.pollUnsafe() === undefined) yield* TestClock.adjust("1 second")
      yield* Fiber.join(fiber)
      const [first = 0, second = 0, third = 0] = seen
      assert.isAtLeast(first, 3_600_000)
      assert.isAtLeast(second, first + 60_000)
      assert.isAtLeast(third, second + 60_000)
      assert.deepStrictEqual(
        (yield* events).map(({ at }) => at),
        [Instant.fromMillis(third)]
      )
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-03 a typed refusal after the writes undoes them all", () =>
    Effect.gen(function* () {
      yield* make({ name: "a" }).pipe(as(1))
      const before = yield* committed
      const error = yield* Effect.flip(make({ name: "a" }).pipe(as(2)))
      assert.deepStrictEqual(error, new NameTaken({ name: "a" }))
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-03 LIM-01 attempts are counted although the attempt was refused", () =>
    Effect.gen(function* () {
      yield* makeLimited({ name: "a" }).pipe(as(1))
      for (let attempt = 0; attempt < 2; attempt++) {
        assert.strictEqual((yield* Effect.flip(makeLimited({ name: "a" }).pipe(as(1))))._tag, "NameTaken")
      }
      const error = yield* Effect.flip(makeLimited({ name: "b" }).pipe(as(1)))
      assert.deepInclude(error, { _tag: "TooManyAttempts", retryAt: 3_600_000 })
      assert.strictEqual((yield* things).length, 1)
      // another account has a budget of its own
      yield* makeLimited({ name: "b" }).pipe(as(2))
      yield* TestClock.adjust("1 hour")
      yield* makeLimited({ name: "c" }).pipe(as(1))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("LIM-01 R-RL-06 F-23 without the store of limits nothing goes, with a typed error", () =>
    Effect.gen(function* () {
      const limits = yield* Limits
      const down = Limits.of({ ...limits, take: () => lost("connection") })
      const before = yield* committed
      const error = yield* Effect.flip(makeLimited({ name: "a" }).pipe(as(1), Effect.provideService(Limits, down)))
      assert.strictEqual(error._tag, "Unavailable")
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it.effect(
    "LIM-01 AUD-01 whoever is beyond a limit cannot go on filling the log, also where refusals are recorded",
    () =>
      Effect.gen(function* () {
        const guess = UseCase.command({
          name: "things.guess",
          summary: "Guesses.",
          actors: ["Account"],
          requires: "self",
          sensitive: true,
          input: Schema.Struct({}),
          output: Schema.Void,
          errors: [NotFound],
          limits: () => Effect.succeed([{ key: "guess", limit: { max: 2, window: "1 hour" as const } }]),
          unit: () => Effect.fail(new NotFound({ kind: "thing" }))
        })
        const answers = yield* Effect.forEach([1, 2, 3, 4, 5], () => Effect.flip(guess({}).pipe(as(1))))
        assert.deepStrictEqual(
          answers.map(({ _tag }) => _tag),
          ["NotFound", "NotFound", "TooManyAttempts", "TooManyAttempts", "TooManyAttempts"]
        )
        assert.strictEqual((yield* events).length, 2)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("LIM-01 a limit of none switches the use case off, two limits with one key are a mistake", () =>
    Effect.gen(function* () {
      const withLimits = (...maxima: ReadonlyArray<number>) =>
        UseCase.command({
          name: "things.none",
          summary: "Nothing.",
          actors: ["Account"],
          requires: "self",
          input: Schema.Struct({}),
          output: Schema.Void,
          errors: [],
          limits: () =>
            Effect.succeed(maxima.map((max) => ({ key: "same", limit: { max, window: "1 minute" as const } }))),
          unit: () => Effect.void
        })
      const error = yield* Effect.flip(withLimits(0)({}).pipe(as(1)))
      assert.deepInclude(error, { _tag: "TooManyAttempts", retryAt: 60_000 })
      assert.isTrue(Exit.hasDies(yield* Effect.exit(withLimits(1, 2)({}).pipe(as(1)))))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("V-40 F-27 a command whose event or mail cannot be written changes nothing", () =>
    Effect.gen(function* () {
      const before = yield* committed
      const noEvents = EventLog.of({ append: () => lost("full") })
      const noMails = Outbox.of({ append: () => lost("full") })
      const call = make({ name: "a" }).pipe(as(1))
      assert.strictEqual((yield* Effect.flip(Effect.provideService(call, EventLog, noEvents)))._tag, "Unavailable")
      assert.strictEqual(yield* committed, before)
      assert.strictEqual((yield* Effect.flip(Effect.provideService(call, Outbox, noMails)))._tag, "Unavailable")
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-SC-05 V-40 a defect and an interruption roll back", () =>
    Effect.gen(function* () {
      const before = yield* committed
      yield* on("after", Effect.die(new Error("bug")))
      assert.isTrue(Exit.hasDies(yield* Effect.exit(make({ name: "a" }).pipe(as(1)))))
      assert.strictEqual(yield* committed, before)
      const reached = yield* Deferred.make<void>()
      yield* on("after", Effect.andThen(Deferred.succeed(reached, undefined), Effect.never))
      const fiber = yield* Effect.forkChild(make({ name: "a" }).pipe(as(1)))
      yield* Deferred.await(reached)
      yield* Fiber.interrupt(fiber)
      assert.strictEqual(yield* committed, before)
      yield* on("after", Effect.void)
      yield* make({ name: "a" }).pipe(as(1))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("the workers are woken after the commit, and only when it left something behind", () =>
    Effect.gen(function* () {
      const { callbacks } = yield* Wake
      const store = yield* Store
      const before = store.committed()
      let woken = 0
      const callback = () => {
        woken++
        assert.notStrictEqual(store.committed(), before)
      }
      callbacks.add(callback)
      yield* Effect.addFinalizer(() => Effect.sync(() => callbacks.delete(callback)))
      yield* make({ name: "a" }).pipe(as(1))
      assert.strictEqual(woken, 1)
      yield* Effect.flip(make({ name: "a" }).pipe(as(1)))
      assert.strictEqual(woken, 1)
    }).pipe(Effect.provide(layer()))
  )
})

describe("a lost race", () => {
  for (const reason of ["conflict", "duplicate", "serialization", "busy"] as const) {
    it.effect(`STO-03 F-06 after ${reason} the unit is done again, and its work is there once`, () =>
      Effect.gen(function* () {
        const [attempts, prepared] = [yield* Ref.make(0), yield* Ref.make(0)]
        yield* on(
          "prepare",
          Ref.update(prepared, (n) => n + 1)
        )
        yield* on(
          "after",
          Effect.flatMap(
            Ref.updateAndGet(attempts, (n) => n + 1),
            (n) => (n === 1 ? lost(reason) : Effect.void)
          )
        )
        yield* make({ name: "a" }).pipe(as(1))
        assert.strictEqual(yield* Ref.get(attempts), 2)
        assert.strictEqual(yield* Ref.get(prepared), 1)
        assert.strictEqual((yield* things).length, 1)
        assert.strictEqual((yield* events).length, 1)
        assert.strictEqual((yield* mails).length, 1)
      }).pipe(Effect.provide(layer()))
    )
  }

  it.live(
    "STO-03 R-SC-09 the repetitions are bounded, and the caller learns no more than that it does not work now",
    () =>
      Effect.gen(function* () {
        const attempts = yield* Ref.make(0)
        yield* on(
          "after",
          Effect.andThen(
            Ref.update(attempts, (n) => n + 1),
            lost("serialization")
          )
        )
        const before = yield* committed
        const error = yield* Effect.flip(make({ name: "a" }).pipe(as(1)))
        assert.strictEqual(error._tag, "Unavailable")
        assert.strictEqual(yield* Ref.get(attempts), 5)
        assert.strictEqual(yield* committed, before)
      }).pipe(Effect.provide(layer({ unitAttempts: 5 })))
  )

  it.effect("with one attempt there is no repetition", () =>
    Effect.gen(function* () {
      const attempts = yield* Ref.make(0)
      yield* on(
        "after",
        Effect.andThen(
          Ref.update(attempts, (n) => n + 1),
          lost("conflict")
        )
      )
      yield* Effect.flip(make({ name: "a" }).pipe(as(1)))
      assert.strictEqual(yield* Ref.get(attempts), 1)
    }).pipe(Effect.provide(layer({ unitAttempts: 1 })))
  )

  for (const reason of ["connection", "full", "corrupt", "other"] as const) {
    it.effect(`R-SC-09 F-08 F-22 F-26 after ${reason} nothing is repeated, and the error holds no internals`, () =>
      Effect.gen(function* () {
        const attempts = yield* Ref.make(0)
        const cause = new Error("host=db.internal password=hunter2")
        yield* on(
          "after",
          Effect.andThen(
            Ref.update(attempts, (n) => n + 1),
            Effect.fail(new PersistenceError({ operation: "thing.insert", reason, cause }))
          )
        )
        const logs: Array<string> = []
        const logger = Logger.make(({ cause, message }) => void logs.push(inspect([message, cause], { depth: 9 })))
        const exit = yield* Effect.exit(make({ name: "a" }).pipe(as(1), Effect.provide(Logger.layer([logger]))))
        if (Exit.isSuccess(exit)) return assert.fail("done")
        const error = Option.getOrThrow(Cause.findErrorOption(exit.cause))
        assert.strictEqual(error._tag, "Unavailable")
        assert.strictEqual(yield* Ref.get(attempts), 1)
        const seen = [
          JSON.stringify(error),
          String(error),
          inspect(exit, { depth: 20 }),
          Cause.pretty(exit.cause)
        ].join()
        for (const internal of ["db.internal", "hunter2", "thing.insert", "PersistenceError"]) {
          assert.notInclude(seen, internal)
        }
        // the operator's log says what it was
        assert.include(logs.join(), "thing.insert")
        assert.include(logs.join(), reason)
      }).pipe(Effect.provide(layer()))
    )
  }
})

describe("an idempotency key", () => {
  const options = { idempotencyKey: "key-1" }

  it.effect("G-04 V-40 F-11 the same call answers as the first time and does nothing twice", () =>
    Effect.gen(function* () {
      const first = yield* make({ name: "a", size: 1 }, options).pipe(as(1))
      const before = yield* committed
      // the order of fields is no part of the input
      assert.deepStrictEqual(yield* make(raw({ size: 1, name: "a" }), options).pipe(as(1)), first)
      yield* TestClock.adjust("23 hours")
      assert.deepStrictEqual(yield* make({ name: " a ", size: 1 }, options).pipe(as(1)), first)
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 other input under the same key is refused", () =>
    Effect.gen(function* () {
      yield* make({ name: "a", secret: Redacted.make("one") }, options).pipe(as(1))
      const before = yield* committed
      const others: ReadonlyArray<Parameters<typeof make>[0]> = [
        { name: "b" },
        { name: "a" },
        { name: "a", secret: Redacted.make("two") },
        { name: "a", secret: Redacted.make("one"), size: 0 }
      ]
      for (const input of others) {
        const error = yield* Effect.flip(make(input, options).pipe(as(1)))
        assert.strictEqual(error._tag, "IdempotencyKeyReused")
      }
      assert.strictEqual(yield* committed, before)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 the key is the actor's and the use case's own", () =>
    Effect.gen(function* () {
      const first = yield* make({ name: "a" }, options).pipe(as(1))
      const error = yield* Effect.flip(make({ name: "a" }, options).pipe(as(2)))
      assert.strictEqual(error._tag, "NameTaken")
      assert.strictEqual((yield* make({ name: "b" }, options).pipe(as(2))).owner, `account:${accountId(2)}`)
      yield* makeLimited({ name: "c" }, options).pipe(as(1))
      const acting = yield* make({ name: "d" }, options).pipe(Actor.provide(actingFor(1, 1000)))
      assert.notStrictEqual(acting.id, first.id)
      const anonymous = (source?: string) => Actor.provide(Actor.anonymous, { source })
      yield* make({ name: "e" }, options).pipe(anonymous("192.0.2.1"))
      yield* make({ name: "f" }, options).pipe(anonymous("192.0.2.2"))
      yield* make({ name: "g" }, options).pipe(anonymous())
      assert.strictEqual((yield* things).length, 7)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 a key is kept for 24 hours, and then free again", () =>
    Effect.gen(function* () {
      yield* make({ name: "a" }, options).pipe(as(1))
      yield* TestClock.adjust("24 hours")
      assert.strictEqual(
        (yield* Effect.flip(make({ name: "a", size: 1 }, options).pipe(as(1))))._tag,
        "IdempotencyKeyReused"
      )
      yield* TestClock.adjust("1 milli")
      assert.strictEqual((yield* make({ name: "b" }, options).pipe(as(1))).name, "b")
      assert.strictEqual((yield* make({ name: "b" }, options).pipe(as(1))).name, "b")
      assert.strictEqual((yield* things).length, 2)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 an answer that holds a secret is never stored, the repeat gets AlreadyDone", () =>
    Effect.gen(function* () {
      const { secret } = yield* unlock({}, options).pipe(as(1))
      assert.strictEqual(Redacted.value(secret), "the-answered-secret")
      assert.notInclude(JSON.stringify(yield* committed), "the-answered-secret")
      const error = yield* Effect.flip(unlock({}, options).pipe(as(1)))
      assert.strictEqual(error._tag, "AlreadyDone")
      assert.strictEqual((yield* events).length, 1)
      // neither the secret nor what stands beside it
      const store = yield* IdempotencyStore
      const kept = yield* store.find(`account:${accountId(1)} ${unlock.name}`, "key-1", Instant.fromMillis(0))
      assert.isNull(Option.getOrThrow(kept).answer)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 R-SC-03 a use case that forgets to say so still stores no secret", () =>
    Effect.gen(function* () {
      const forgetful = UseCase.command({
        name: "things.forget",
        summary: "Answers a secret and does not say so.",
        actors: ["Account"],
        requires: "self",
        input: Schema.Struct({}),
        output: Schema.Struct({ secret: Schema.Redacted(Schema.String) }),
        errors: [],
        unit: () => Effect.succeed({ secret: Redacted.make("the-answered-secret") })
      })
      yield* Effect.exit(forgetful({}, options).pipe(as(1)))
      assert.notInclude(JSON.stringify(yield* committed), "the-answered-secret")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 of the same call many times in parallel one is done, and all get its answer", () =>
    Effect.gen(function* () {
      yield* on("before", Effect.yieldNow)
      const answers = yield* Effect.all(
        Array.from({ length: 20 }, () => make({ name: "a" }, options).pipe(as(1))),
        { concurrency: "unbounded" }
      )
      for (const answer of answers) assert.deepStrictEqual(answer, answers[0])
      assert.strictEqual((yield* things).length, 1)
      assert.strictEqual((yield* events).length, 1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 F-07 a call that meets its own work as a refusal gets the answer instead", () =>
    Effect.gen(function* () {
      const first = yield* make({ name: "a" }, options).pipe(as(1))
      // as in the moment before the parallel call has committed: nothing is found under the key, in the unit neither
      const store = yield* IdempotencyStore
      const looks = yield* Ref.make(0)
      const late = IdempotencyStore.of({
        ...store,
        find: (...args) =>
          Effect.flatMap(
            Ref.updateAndGet(looks, (n) => n + 1),
            (n) => (n <= 2 ? Effect.succeedNone : store.find(...args))
          )
      })
      const answer = yield* make({ name: "a" }, options).pipe(as(1), Effect.provideService(IdempotencyStore, late))
      assert.deepStrictEqual(answer, first)
      assert.strictEqual(yield* Ref.get(looks), 3)
      assert.strictEqual((yield* things).length, 1)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 F-04 F-05 after a commit of which nobody knows the outcome the answer is found", () =>
    Effect.gen(function* () {
      const uow = yield* UnitOfWork
      // commits, and then loses the connection
      const unsure = UnitOfWork.of({
        ...uow,
        run: (effect) => Effect.andThen(uow.run(effect), lost("connection"))
      })
      const answer = yield* make({ name: "a" }, options).pipe(as(1), Effect.provideService(UnitOfWork, unsure))
      assert.strictEqual(answer.name, "a")
      assert.deepStrictEqual(yield* make({ name: "a" }, options).pipe(as(1)), answer)
      assert.strictEqual((yield* things).length, 1)
      // without a key nobody can know
      const error = yield* Effect.flip(make({ name: "b" }).pipe(as(1), Effect.provideService(UnitOfWork, unsure)))
      assert.strictEqual(error._tag, "Unavailable")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 a refused call leaves the key free, and a repeat draws on no limit", () =>
    Effect.gen(function* () {
      yield* make({ name: "a" }).pipe(as(2))
      assert.strictEqual((yield* Effect.flip(makeLimited({ name: "a" }, options).pipe(as(1))))._tag, "NameTaken")
      yield* makeLimited({ name: "b" }, options).pipe(as(1))
      for (let repeat = 0; repeat < 10; repeat++) yield* makeLimited({ name: "b" }, options).pipe(as(1))
      yield* makeLimited({ name: "c" }).pipe(as(1))
      assert.strictEqual((yield* Effect.flip(makeLimited({ name: "d" }).pipe(as(1))))._tag, "TooManyAttempts")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 a key is 1 to 200 printable characters", () =>
    Effect.gen(function* () {
      for (const [idempotencyKey, code] of [
        ["", "missing"],
        ["x".repeat(201), "too-long"],
        ["a\u0000b", "invalid"],
        ["ä", "invalid"]
      ] as const) {
        const error = yield* Effect.flip(make({ name: "a" }, { idempotencyKey }).pipe(as(1)))
        assert.deepStrictEqual(faults(error), { idempotencyKey: code })
      }
      yield* make({ name: "a" }, { idempotencyKey: "x".repeat(200) }).pipe(as(1))
    }).pipe(Effect.provide(layer()))
  )

  it.effect(
    "G-04 R-SC-08 a call is known again when the ring got another key, and by a key that is gone does nothing",
    () =>
      Effect.gen(function* () {
        const bytes = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64url"))
        const another = Sealer.layer({ current: "new", keys: { new: bytes(2), k: bytes(1) } })
        const alone = Sealer.layer({ current: "new", keys: { new: bytes(2) } })
        const first = yield* make({ name: "a" }, options).pipe(as(1))
        const before = yield* committed
        assert.deepStrictEqual(yield* make({ name: "a" }, options).pipe(as(1), Effect.provide(another)), first)
        for (const [name, ring] of [
          ["b", another],
          ["a", alone]
        ] as const) {
          const error = yield* Effect.flip(make({ name }, options).pipe(as(1), Effect.provide(ring)))
          assert.strictEqual(error._tag, "IdempotencyKeyReused")
        }
        assert.strictEqual(yield* committed, before)
      }).pipe(Effect.provide(layer()))
  )

  it.effect("G-04 a command without an answer can be repeated, too", () =>
    Effect.gen(function* () {
      const input = { tenantId, answer: "done" } as const
      assert.isUndefined(yield* destroy(input, options).pipe(as(1)))
      assert.isUndefined(yield* destroy(input, options).pipe(as(1)))
      assert.strictEqual((yield* events).length, 1)
    }).pipe(Effect.provide(layer()))
  )
})

describe("a query", () => {
  it.effect("G-06 changes nothing, and is limited and parsed as a command is", () =>
    Effect.gen(function* () {
      const before = yield* committed
      assert.deepStrictEqual(faults(yield* Effect.flip(count(raw({ startsWith: 7 }) as never).pipe(as(1)))), {
        startsWith: "type"
      })
      assert.strictEqual(yield* committed, before)
      assert.strictEqual(yield* count({}).pipe(as(1)), 0)
      assert.strictEqual(yield* count({}).pipe(as(1)), 0)
      assert.strictEqual((yield* Effect.flip(count({}).pipe(as(1))))._tag, "TooManyAttempts")
      assert.deepStrictEqual(yield* events, [])
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-SC-09 a store that is down makes it unavailable", () =>
    Effect.gen(function* () {
      yield* on("before", lost("connection"))
      assert.strictEqual((yield* Effect.flip(count({}).pipe(as(1))))._tag, "Unavailable")
    }).pipe(Effect.provide(layer()))
  )
})

describe("the description of a use case", () => {
  it("says what is known without running it", () => {
    assert.deepStrictEqual(
      useCases.map(({ actors, kind, name, requires, secretAnswer, sensitive }) => ({
        actors,
        kind,
        name,
        requires,
        secretAnswer,
        sensitive
      })),
      [
        ["things.make", ["Account", "StaffActingFor", "Anonymous"], false, false],
        ["things.makeLimited", ["Account"], false, false],
        ["things.destroy", ["Account", "StaffActingFor"], true, false],
        ["things.touch", ["Account"], false, false],
        ["things.unlock", ["Account"], false, true],
        ["things.count", ["Account"], false, false]
      ].map(([name, actors, sensitive, secretAnswer]) => ({
        actors,
        kind: name === "things.count" ? "query" : "command",
        name,
        requires: "self",
        secretAnswer,
        sensitive
      })) as unknown
    )
    assert.deepStrictEqual(make.errors, [NameTaken])
  })
})

describe("secrets in the mechanism", () => {
  /** Keeps every span with all that was said of it. */
  const recorder = () => {
    const spans: Array<Tracer.NativeSpan> = []
    const tracer = Tracer.make({
      span: (options) => {
        const span = new Tracer.NativeSpan(options)
        spans.push(span)
        return span
      }
    })
    return { spans, tracer }
  }

  it.effect(
    "R-SC-03 V-12 a secret of the input is in no error, log, span, event, answer or row, however the call ends",
    () =>
      Effect.gen(function* () {
        const canary = "canary-7f3a9c"
        const { spans, tracer } = recorder()
        const seen: Array<string> = []
        const logger = Logger.make((options) => void seen.push(inspect(options, { depth: 12 })))
        const see = (value: unknown) => {
          seen.push(inspect(value, { depth: 20, showHidden: true }), String(value))
          seen.push(JSON.stringify(value) ?? "")
        }
        const watched = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
          effect.pipe(
            Effect.exit,
            Effect.tap((exit) =>
              Effect.sync(() => {
                see(exit)
                if (Exit.isFailure(exit)) seen.push(Cause.pretty(exit.cause))
              })
            ),
            Effect.provide(Logger.layer([logger])),
            Effect.withTracer(tracer)
          )
        const input = { name: "a", secret: Redacted.make(canary) }
        const endings: ReadonlyArray<Effect.Effect<void, PersistenceError | NameTaken>> = [
          lost("connection"),
          lost("corrupt"),
          Effect.fail(new NameTaken({ name: "other" })),
          Effect.die(new Error("bug")),
          Effect.interrupt,
          Effect.void
        ]
        for (const moment of ["prepare", "before", "after"] as const) {
          for (const [n, ending] of endings.entries()) {
            yield* on(moment, ending)
            const idempotencyKey = `${moment}-${n}`
            yield* watched(make({ ...input, name: `${moment} ${n}` }, { idempotencyKey }).pipe(as(1)))
            yield* watched(make({ ...input, name: `${moment} ${n}`, size: 1 }, { idempotencyKey }).pipe(as(1)))
          }
        }
        yield* watched(make(raw({ ...input, size: "x" })).pipe(as(1)))
        // a host that forgot to hide it
        yield* watched(make(raw({ ...input, secret: canary })).pipe(as(1)))
        yield* watched(make(raw({ ...input, secret: Redacted.make(canary.repeat(50)) })).pipe(as(1)))
        see(yield* events)
        see(yield* mails)
        seen.push(JSON.stringify(yield* committed))
        for (const span of spans) seen.push(inspect(span, { depth: 20, showHidden: true }))
        assert.isAbove(spans.length, 30)
        assert.isAbove((yield* mails).length, 0)
        for (const text of seen) assert.notInclude(text, canary)
      }).pipe(Effect.provide(layer()))
  )
})

import { Context, Effect, Layer, Option, Redacted, Ref, Schema } from "effect"
import * as Actor from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId, MailId, nextId, SessionId, TenantId } from "../../src/kernel/ids.ts"
import * as Kernel from "../../src/kernel/layer.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { Refusal } from "../../src/kernel/Refusal.ts"
import { NotAllowed, NotFound } from "../../src/kernel/refusals.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Text from "../../src/kernel/Text.ts"
import * as UseCase from "../../src/kernel/UseCase.ts"
import * as EventLog from "../../src/memory/EventLog.ts"
import * as IdempotencyStore from "../../src/memory/IdempotencyStore.ts"
import * as Limits from "../../src/memory/Limits.ts"
import * as Outbox from "../../src/memory/Outbox.ts"
import { Store, table } from "../../src/memory/Store.ts"
import * as UnitOfWork from "../../src/memory/UnitOfWork.ts"

/*
 * A room that exists only to see what the mechanism of use cases does.
 */

export interface Thing {
  readonly id: string
  readonly name: string
  readonly owner: string
}

const table_ = table<Thing>()({ name: "thing", key: ({ id }) => id, unique: { name: ({ name }) => name } })

export class ThingRepository extends Context.Service<
  ThingRepository,
  {
    readonly insert: (thing: Thing) => Effect.Effect<void, PersistenceError>
    readonly findByName: (name: string) => Effect.Effect<Option.Option<Thing>, PersistenceError>
    readonly all: Effect.Effect<ReadonlyArray<Thing>, PersistenceError>
  }
>()("portico/test/ThingRepository") {
  static readonly layer = Layer.effect(
    ThingRepository,
    Effect.map(Store, (store) =>
      ThingRepository.of({
        insert: (thing) => store.write("thing.insert", (write) => table_.insert(write, thing)),
        findByName: (name) => store.read("thing.findByName", (state) => table_.find(state, "name", name)),
        all: store.read("thing.all", (state) => table_.all(state))
      })
    )
  )
}

/** What the room's commands do besides: a test sets it, to fail, wait, or count. */
export class Hook extends Context.Service<
  Hook,
  {
    readonly prepare: Ref.Ref<Effect.Effect<void, PersistenceError | NameTaken>>
    readonly before: Ref.Ref<Effect.Effect<void, PersistenceError | NameTaken>>
    readonly after: Ref.Ref<Effect.Effect<void, PersistenceError | NameTaken>>
  }
>()("portico/test/Hook") {
  static readonly layer = Layer.effect(
    Hook,
    Effect.gen(function* () {
      const nothing: Effect.Effect<void, PersistenceError | NameTaken> = Effect.void
      return Hook.of({
        prepare: yield* Ref.make(nothing),
        before: yield* Ref.make(nothing),
        after: yield* Ref.make(nothing)
      })
    })
  )
}

const run = (moment: "prepare" | "before" | "after") =>
  Effect.flatMap(Hook, (hook) => Effect.flatMap(Ref.get(hook[moment]), (effect) => effect))

export const on = (moment: "prepare" | "before" | "after", effect: Effect.Effect<void, PersistenceError | NameTaken>) =>
  Effect.flatMap(Hook, (hook) => Ref.set(hook[moment], effect))

export class NameTaken extends Refusal<NameTaken>()(
  "NameTaken",
  { name: Schema.String },
  { category: "conflict", de: "Der Name {name} ist vergeben.", en: "The name {name} is taken." }
) {}

const recipient = EmailAddress.make("ada@example.com")

const addThing = Effect.fnUntraced(function* (
  input: { readonly name: string; readonly secret?: Redacted.Redacted | undefined },
  unit: UseCase.Unit<"Account" | "StaffActingFor" | "Anonymous">
) {
  const things = yield* ThingRepository
  yield* run("before")
  const id = yield* nextId(MailId)
  const owner = Actor.describe(unit.actor)
  const taken = yield* things.findByName(input.name)
  // written first, so that a refusal has something to roll back
  yield* things.insert({ id, name: Option.isSome(taken) ? `${input.name} again` : input.name, owner })
  unit.record({
    type: "thing.made",
    subject: { kind: "thing", id },
    data: { name: input.name },
    personal: { email: recipient }
  })
  unit.send({
    kind: "thing.made",
    recipient,
    locale: "en",
    values: { name: input.name },
    secret: input.secret,
    process: `thing:${id}`
  })
  yield* run("after")
  if (Option.isSome(taken)) return yield* new NameTaken({ name: input.name })
  return { id, name: input.name, owner }
})

const Made = Schema.Struct({ id: Schema.String, name: Schema.String, owner: Schema.String })

export const make = UseCase.command({
  name: "things.make",
  summary: "Makes a thing.",
  actors: ["Account", "StaffActingFor", "Anonymous"],
  requires: "self",
  input: Schema.Struct({
    name: Text.line(40),
    size: Schema.optionalKey(Schema.Int),
    parts: Schema.optionalKey(Schema.Array(Schema.Struct({ label: Text.line(10) }))),
    secret: Schema.optionalKey(Text.secret(200))
  }),
  output: Made,
  errors: [NameTaken],
  prepare: () => run("prepare"),
  unit: addThing
})

/** As `make`, three times an hour. */
export const makeLimited = UseCase.command({
  name: "things.makeLimited",
  summary: "Makes a thing, a few times.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ name: Text.line(40) }),
  output: Made,
  errors: [NameTaken],
  limits: (_, { actor }) => Effect.succeed([{ key: `things:${actor.accountId}`, limit: { max: 3, window: "1 hour" } }]),
  unit: addThing
})

/** A sensitive one; what happens in the tenant is said by the input. */
export const destroy = UseCase.command({
  name: "things.destroy",
  summary: "Destroys everything.",
  actors: ["Account", "StaffActingFor"],
  requires: "self",
  sensitive: true,
  input: Schema.Struct({
    tenantId: TenantId,
    answer: Schema.Literals(["done", "not-allowed", "not-found", "taken"])
  }),
  output: Schema.Void,
  errors: [NotFound, NameTaken],
  unit: Effect.fnUntraced(function* (input, unit) {
    unit.record({ type: "things.destroyed", tenantId: input.tenantId, subject: { kind: "tenant", id: input.tenantId } })
    if (input.answer === "not-allowed") return yield* new NotAllowed({ permission: "tenant.change" })
    if (input.answer === "not-found") return yield* new NotFound({ kind: "thing" })
    if (input.answer === "taken") return yield* new NameTaken({ name: "everything" })
    return undefined
  })
})

/** The same, but not sensitive. */
export const touch = UseCase.command({
  name: "things.touch",
  summary: "Touches everything.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ tenantId: TenantId, answer: Schema.Literals(["not-allowed", "not-found"]) }),
  output: Schema.Void,
  errors: [NotFound],
  unit: Effect.fnUntraced(function* (input) {
    return yield* input.answer === "not-found" ? new NotFound({ kind: "thing" }) : new NotAllowed({})
  })
})

/** Answers a secret. */
export const unlock = UseCase.command({
  name: "things.unlock",
  summary: "Answers a secret.",
  actors: ["Account"],
  requires: "self",
  secretAnswer: true,
  input: Schema.Struct({}),
  output: Schema.Struct({ secret: Schema.Redacted(Schema.String) }),
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    unit.record({ type: "things.unlocked", subject: { kind: "account", id: unit.actor.accountId } })
    return yield* Effect.succeed({ secret: Redacted.make("the-answered-secret") })
  })
})

export const count = UseCase.query({
  name: "things.count",
  summary: "Counts the things.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({ startsWith: Schema.optionalKey(Text.line(10)) }),
  output: Schema.Int,
  errors: [],
  limits: () => Effect.succeed([{ key: "count", limit: { max: 2, window: "1 hour" } }]),
  run: Effect.fnUntraced(function* () {
    yield* Effect.catchTag(run("before"), "NameTaken", Effect.die)
    const things = yield* ThingRepository
    return (yield* things.all).length
  })
})

export const useCases = UseCase.registry(make, makeLimited, destroy, touch, unlock, count)

const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64url"))

/** Everything that the room's use cases need, on a new empty store. */
export const layer = (settings: SettingsInput = {}) =>
  Layer.fresh(
    Layer.mergeAll(
      ThingRepository.layer,
      EventLog.layer,
      IdempotencyStore.layer,
      Limits.layer,
      Outbox.layer,
      UnitOfWork.layer
    ).pipe(
      Layer.provideMerge(Store.layer),
      Layer.provideMerge(Hook.layer),
      Layer.provideMerge(Layer.orDie(Kernel.layer({ keyRing: { current: "k", keys: { k: key(1) } }, settings })))
    )
  )

const uuid = (n: number) => `01890000-0000-7000-8000-${n.toString(16).padStart(12, "0")}`

export const accountId = (n: number) => AccountId.make(uuid(n))
export const tenantId = TenantId.make(uuid(0xffff))

export const account = (n: number, authenticatedAt = 0): Actor.Account => ({
  _tag: "Account",
  accountId: accountId(n),
  sessionId: SessionId.make(uuid(n)),
  credentialEpoch: 0,
  authenticatedAt: Instant.fromMillis(authenticatedAt),
  secondFactor: false
})

export const staff: Actor.Staff = {
  _tag: "Staff",
  accountId: accountId(900),
  sessionId: SessionId.make(uuid(900)),
  credentialEpoch: 0,
  authenticatedAt: Instant.fromMillis(0),
  roles: ["agent"]
}

export const actingFor = (n: number, until: number): Actor.StaffActingFor => ({
  _tag: "StaffActingFor",
  staff,
  accountId: accountId(n),
  reason: "asked by phone",
  until: Instant.fromMillis(until)
})

/** The state that is committed; the same object as long as nothing was written. */
export const committed = Effect.map(Store, (store) => store.committed())

export const things = Effect.flatMap(ThingRepository, ({ all }) => all)
export const events = Effect.flatMap(Store, (store) =>
  store.read("test.events", (state) => EventLog.events.all(state).sort(EventLog.events.by(({ id }) => id)))
)
export const mails = Effect.flatMap(Store, (store) => store.read("test.mails", (state) => Outbox.mails.all(state)))

import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { sql } from "kysely"
import { describe } from "vitest"
import * as SelfRegistrations from "../../src/joining/SelfRegistrations.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as Kysely from "../../src/kysely/index.ts"
import type { TenantState } from "../../src/tenants/Tenant.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { HasherProbe } from "../../src/testing/hasher.ts"
import { storage } from "../support/adapters.ts"
import { anonymously, given, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { ask, confirm, form, grace, setState, submit, tenantNow, tenantOfOwner } from "./joiners.ts"

const statements: Array<string> = []
const stores = storage(Kysely.migrations, { onStatement: (operation) => void statements.push(operation) })
const portal = Layer.provideMerge(
  withKernel(),
  Kysely.layer.pipe(Layer.provideMerge(Layer.orDie(stores["better-sqlite3"])))
)

/** What can be behind the number and the postal code that somebody types in. */
const numbers = {
  "an unknown number": Effect.void,
  "a match": tenantOfOwner(),
  "a match that is written differently": tenantOfOwner({ customerNumber: "00 k-47 11" }),
  "another postal code": Effect.flatMap(tenantOfOwner(), ({ tenant }) => movedAway(tenant.id)),
  "a closed tenant": Effect.flatMap(tenantOfOwner(), ({ tenant }) => setState(tenant.id, "closed")),
  "a suspended tenant": Effect.flatMap(tenantOfOwner(), ({ tenant }) => setState(tenant.id, "suspended")),
  "a full tenant": tenantOfOwner({ seats: 1 })
} satisfies Record<string, Effect.Effect<unknown, unknown, Portal | Database>>
type Number = keyof typeof numbers

/** What can be behind the address. */
const addresses = {
  nobody: Effect.void,
  "an attempt": submit(),
  "a confirmed attempt": ask(),
  "an account": given.account(grace)
} satisfies Record<string, Effect.Effect<unknown, unknown, Portal>>
type Address = keyof typeof addresses

const movedAway = Effect.fnUntraced(function* (id: string) {
  const { kysely } = yield* Database
  yield* Effect.promise(() => sql`update portico_tenant set postal_code = '1020' where id = ${id}`.execute(kysely))
})

type Command =
  | "submit"
  | "submit with marketing"
  | "submit in English"
  | "submit another number"
  | "submit without consents"

const commands: Readonly<Record<Command, Effect.Effect<unknown, { readonly _tag: string }, Portal>>> = {
  submit: submit(),
  "submit with marketing": submit({ consents: [...form.consents, { kind: "marketing", version: "1" }] }),
  "submit in English": submit({ locale: "en" }),
  "submit another number": submit({ customerNumber: "K-9999" }),
  "submit without consents": submit({ consents: [] })
}

const tables = Effect.gen(function* () {
  const { kysely } = yield* Database
  const names = yield* Effect.promise(() =>
    sql<{ name: string }>`select name from sqlite_master where type = 'table' and name like 'portico%'`.execute(kysely)
  )
  const counts = yield* Effect.promise(() =>
    sql<{ name: string; rows: number }>`${sql.join(
      names.rows.map(({ name }) => sql`select ${sql.lit(name)} as name, count(*) as rows from ${sql.table(name)}`),
      sql` union all `
    )}`.execute(kysely)
  )
  return new Map(counts.rows.map(({ name, rows }) => [name, rows]))
})

/** The answer to a command and all its work: statements, hash calls, and how many rows each table has got. */
const watched = Effect.fnUntraced(function* (command: (typeof commands)[Command]) {
  const probe = yield* HasherProbe
  const before = yield* tables
  yield* probe.reset
  statements.length = 0
  const exit = yield* Effect.exit(command)
  const made = [...statements]
  const hashes = yield* probe.counts
  const after = yield* tables
  return {
    answer: Exit.isSuccess(exit) ? { value: exit.value } : { ...Option.getOrThrow(Cause.findErrorOption(exit.cause)) },
    statements: made,
    hashes,
    rows: [...after].flatMap(([name, rows]) => {
      const more = rows - (before.get(name) ?? 0)
      return more === 0 ? [] : [`${name} +${more}`]
    })
  }
})

interface Step {
  readonly command: Command
  readonly seconds: number
}

const inWorld = Effect.fnUntraced(function* (number: Number, address: Address) {
  yield* numbers[number]
  yield* addresses[address]
  // what setting this up has cost is no difference between the worlds
  const { kysely } = yield* Database
  yield* Effect.promise(() => sql`delete from portico_budget`.execute(kysely))
})

/** Everything that an outsider and a stopwatch could tell of these steps, in a world where number and address are in these states. */
const tour = (number: Number, address: Address, steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    yield* inWorld(number, address)
    return yield* Effect.forEach(steps, ({ command, seconds }) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(seconds * 1000)
        return { command, ...(yield* watched(commands[command])) }
      })
    )
  }).pipe(Effect.provide(portal), Effect.provide(Layer.mergeAll(TestClock.layer(), Logger.layer([]))))

// ---- random worlds ---------------------------------------------------------------------------------------------------------------------

const people = ["ada@example.com", "grace@example.com", "joan@example.com"] as const
const written = ["K-1", "k 1", "00K-1", "K-2", "K-3", "4711"] as const
const places = ["1010", "1020", "A-1010"] as const

interface RandomWorld {
  readonly tenants: ReadonlyArray<{
    readonly customerNumber: string
    readonly postalCode: string
    readonly state: TenantState
    readonly full: boolean
    readonly members: ReadonlyArray<string>
  }>
  readonly accounts: ReadonlyArray<string>
  /** What was submitted before, and whether its mailbox has confirmed. */
  readonly before: ReadonlyArray<{
    readonly email: string
    readonly customerNumber: string
    readonly confirmed: boolean
  }>
}

const nothing: RandomWorld = { tenants: [], accounts: [], before: [] }

const worlds: fc.Arbitrary<RandomWorld> = fc.record({
  tenants: fc.uniqueArray(
    fc.record({
      customerNumber: fc.constantFrom("K-1", "0-K2", "K 3"),
      postalCode: fc.constantFrom("1010", "1020"),
      state: fc.constantFrom<TenantState>("active", "suspended", "in-setup", "closed"),
      full: fc.boolean(),
      members: fc.subarray([...people])
    }),
    { selector: ({ customerNumber }) => customerNumber, maxLength: 3 }
  ),
  accounts: fc.subarray([...people]),
  before: fc.array(
    fc.record({
      email: fc.constantFrom(...people),
      customerNumber: fc.constantFrom(...written),
      confirmed: fc.boolean()
    }),
    { maxLength: 4 }
  )
})

const submissions = fc.array(
  fc.record({
    email: fc.constantFrom(...people, "Ada@EXAMPLE.com"),
    customerNumber: fc.constantFrom(...written),
    postalCode: fc.constantFrom(...places),
    marketing: fc.boolean(),
    seconds: fc.constantFrom(0, 1, 3600, 90_000)
  }),
  { minLength: 1, maxLength: 8 }
)
type Submission = typeof submissions extends fc.Arbitrary<ReadonlyArray<infer S>> ? S : never

const forgetLimits = Effect.gen(function* () {
  const { kysely } = yield* Database
  yield* Effect.promise(() => sql`delete from portico_budget`.execute(kysely))
})

const build = Effect.fnUntraced(function* (world: RandomWorld) {
  const accounts = yield* Effect.forEach(world.accounts, (email) => given.account(email))
  for (const [n, { customerNumber, full, members, postalCode, state }] of world.tenants.entries()) {
    const { tenant } = yield* tenantOfOwner({ customerNumber, owner: `owner${n}@example.com` })
    for (const account of accounts) {
      if (members.includes(account.email)) yield* given.member(tenant.id, account, ["member"])
    }
    const tenants = yield* TenantRepository
    const now = yield* tenantNow(tenant.id)
    yield* tenants.save({ ...now, postalCode, state, seats: full ? now.memberCount : null })
  }
  for (const { confirmed, customerNumber, email } of world.before) {
    yield* forgetLimits
    yield* submit({ email, customerNumber })
    if (confirmed) yield* confirm(yield* newestSecret(email))
  }
  // what setting this up has cost is no difference between the worlds
  yield* forgetLimits
})

/** Everything that an outsider and a stopwatch could tell of submissions; after each the mailbox confirms, so that what it asked for comes about. */
const visit = (world: RandomWorld, steps: ReadonlyArray<Submission>) =>
  Effect.gen(function* () {
    yield* build(world)
    return yield* Effect.forEach(steps, ({ customerNumber, email, marketing, postalCode, seconds }) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(seconds * 1000)
        const consents = marketing ? [...form.consents, { kind: "marketing", version: "1" }] : form.consents
        const seen = yield* watched(submit({ email, customerNumber, postalCode, consents }))
        if (!("value" in seen.answer)) return { ...seen, confirmed: null }
        const confirmed = yield* Effect.exit(confirm(yield* newestSecret(email.toLowerCase())))
        return { ...seen, confirmed: Exit.isSuccess(confirmed) }
      })
    )
  }).pipe(Effect.provide(portal), Effect.provide(Layer.mergeAll(TestClock.layer(), Logger.layer([]))))

// their keys are all that they have
const everyNumber = Object.keys(numbers) as Array<Number>
const everyAddress = Object.keys(addresses) as Array<Address>
const everyCommand = Object.keys(commands) as Array<Command>

describe("what a self-registration tells to who does not own the mailbox", { timeout: 120_000 }, () => {
  it.live(
    "SLF-02 R-EN-01 R-EN-02 R-EN-03 every combination of number, postal code and address answers and works alike",
    () =>
      Effect.gen(function* () {
        for (const command of everyCommand) {
          const steps = [{ command, seconds: 1 }]
          const expected = yield* tour("an unknown number", "nobody", steps)
          assert.deepStrictEqual(expected[0]?.hashes, { hash: 0, verify: 0 })
          for (const number of everyNumber) {
            for (const address of everyAddress) {
              assert.deepStrictEqual(yield* tour(number, address, steps), expected, `${command}: ${number}, ${address}`)
            }
          }
        }
        const [submitted] = yield* tour("an unknown number", "nobody", [{ command: "submit", seconds: 0 }])
        assert.deepStrictEqual(submitted?.answer, { value: undefined })
        assert.deepStrictEqual([...(submitted?.rows ?? [])].sort(), [
          "portico_budget +2",
          "portico_event +1",
          "portico_link +1",
          "portico_outbox +1",
          "portico_self_registration +1"
        ])
      })
  )

  it.live("SLF-02 V-24 R-EN-08 any steps in any two worlds answer the same after the same work", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.tuple(fc.constantFrom(...everyNumber), fc.constantFrom(...everyAddress)),
          fc.tuple(fc.constantFrom(...everyNumber), fc.constantFrom(...everyAddress)),
          fc.array(
            fc.record({
              command: fc.constantFrom(...everyCommand),
              seconds: fc.constantFrom(0, 1, 30, 3600, 90_000)
            }),
            { minLength: 1, maxLength: 8 }
          ),
          async (one, other, steps) => {
            const seen = await Effect.runPromise(Effect.all([tour(...one, steps), tour(...other, steps)]))
            assert.deepStrictEqual(seen[0], seen[1])
          }
        ),
        { numRuns: rounds(40, 1000) }
      )
    )
  )

  it.live("SLF-02 V-24 random worlds: no submission works or answers otherwise than where nothing exists at all", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(worlds, submissions, async (world, steps) => {
          const seen = await Effect.runPromise(Effect.all([visit(world, steps), visit(nothing, steps)]))
          assert.deepStrictEqual(seen[0], seen[1])
        }),
        { numRuns: rounds(60, 1000) }
      )
    )
  )

  it.live(
    "SLF-02 R-EN-03 the rows of the mails are alike: one to the address, with a sealed secret, whatever it says",
    () =>
      Effect.gen(function* () {
        const rowOf = (number: Number, address: Address) =>
          Effect.gen(function* () {
            yield* inWorld(number, address)
            const before = yield* mailsTo(grace)
            yield* submit()
            const [mail, ...more] = (yield* mailsTo(grace)).slice(before.length)
            return { more: more.length, state: mail?.state, length: mail?.sealedSecret?.length, hasLink: mail?.hasLink }
          }).pipe(Effect.provide(portal))
        const expected = yield* rowOf("an unknown number", "nobody")
        assert.deepInclude(expected, { more: 0, state: "queued", hasLink: true })
        for (const number of everyNumber) {
          for (const address of everyAddress) assert.deepStrictEqual(yield* rowOf(number, address), expected)
        }
      })
  )

  it.live("SLF-03 reading and confirming answer the same for every combination", () =>
    Effect.gen(function* () {
      const answers = (number: Number, address: Address) =>
        Effect.gen(function* () {
          yield* inWorld(number, address)
          yield* submit()
          const secret = yield* newestSecret(grace)
          const read = yield* SelfRegistrations.read({ secret }).pipe(anonymously)
          return { read, confirmed: yield* confirm(secret) }
        }).pipe(Effect.provide(portal), Effect.provide(TestClock.layer()))
      const expected = yield* answers("an unknown number", "nobody")
      assert.strictEqual(expected.confirmed, undefined)
      for (const number of everyNumber) {
        for (const address of everyAddress) assert.deepStrictEqual(yield* answers(number, address), expected)
      }
    })
  )
})

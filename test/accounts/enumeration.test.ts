import { assert, it } from "@effect/vitest"
import { Cause, Effect, Exit, Layer, Logger, Option } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { sql } from "kysely"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { EmailChanges, Passwords, Registrations, SignIns } from "../../src/accounts/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { HasherProbe, staleHash } from "../../src/testing/hasher.ts"
import { storage } from "../support/adapters.ts"
import { anonymously, as, given, mailsTo, type Portal, signedIn, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { form, grace, newcomer, passwords, register, withApp } from "./newcomers.ts"

const statements: Array<string> = []
const stores = storage(Kysely.migrations, { onStatement: (operation) => void statements.push(operation) })
const portal = Layer.provideMerge(
  withKernel(),
  Kysely.layer.pipe(Layer.provideMerge(Layer.orDie(stores["better-sqlite3"])))
)

/** What can be behind an address that somebody types in. */
const states = {
  nobody: Effect.void,
  "an attempt": register(),
  "attempts with password and factor": Effect.gen(function* () {
    yield* register({ password: passwords.first })
    yield* register({ password: passwords.second, secondFactor: (yield* withApp()).secondFactor })
  }),
  "an account": newcomer({ locale: "en" }),
  "an account with an attempt": Effect.gen(function* () {
    yield* newcomer()
    yield* register()
  }),
  "an account with a factor": Effect.gen(function* () {
    yield* newcomer({ secondFactor: (yield* withApp()).secondFactor })
  }),
  "an account without a password": given.account(grace),
  "an account with a weak hash": Effect.gen(function* () {
    yield* given.account(grace, yield* staleHash(passwords.first))
  }),
  // the password that is typed in below is its right one, with a weak hash
  "a suspended account": Effect.gen(function* () {
    const { kysely } = yield* Database
    yield* given.account(grace, yield* staleHash(passwords.wrong))
    yield* Effect.promise(() => sql`update portico_account set state = 'suspended'`.execute(kysely))
  })
} satisfies Record<string, Effect.Effect<unknown, unknown, Portal | Database>>
type State = keyof typeof states

type Command =
  | "check a form"
  | "register"
  | "register with a password"
  | "register with a factor"
  | "register with a weak password"
  | "register without consents"
  | "send again"
  | "forgot password"
  | "ask for it as a new address"
  | "sign in with a wrong password"

/** Somebody with an account of their own, who wants the address for it. */
const asker = Effect.gen(function* () {
  const accounts = yield* AccountRepository
  const found = yield* accounts.findByEmail(EmailAddress.make("asker@example.com"))
  return yield* signedIn(Option.isSome(found) ? found.value.account : yield* given.account("asker@example.com"))
})

/** What somebody can do who knows an address and nothing else. */
const commands: Readonly<Record<Command, Effect.Effect<unknown, { readonly _tag: string }, Portal>>> = {
  "check a form": Registrations.check(form).pipe(anonymously),
  register: Registrations.register(form).pipe(anonymously),
  "register with a password": Registrations.register({ ...form, password: passwords.wrong }).pipe(anonymously),
  "register with a factor": Effect.gen(function* () {
    const { secondFactor } = yield* withApp()
    yield* Registrations.register({ ...form, password: passwords.wrong, secondFactor }).pipe(anonymously)
  }),
  "register with a weak password": Registrations.register({ ...form, password: passwords.weak }).pipe(anonymously),
  "register without consents": Registrations.register({ ...form, consents: [] }).pipe(anonymously),
  "send again": Registrations.sendAgain({ email: grace }).pipe(anonymously),
  "forgot password": Passwords.requestReset({ email: grace }).pipe(anonymously),
  "ask for it as a new address": Effect.gen(function* () {
    const actor = yield* Effect.orDie(asker)
    yield* EmailChanges.ask({ email: grace }).pipe(as(actor, { source: "192.0.2.1" }))
  }),
  "sign in with a wrong password": SignIns.signIn({ email: grace, password: passwords.wrong }).pipe(anonymously)
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
const observed = Effect.fnUntraced(function* (command: Command) {
  const probe = yield* HasherProbe
  const before = yield* tables
  yield* probe.reset
  statements.length = 0
  const exit = yield* Effect.exit(commands[command])
  const made = [...statements]
  const hashes = yield* probe.counts
  const after = yield* tables
  return {
    command,
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

/** Everything that an outsider and a stopwatch could tell of these steps, in a world where the address is in this state. */
const tour = (state: State, steps: ReadonlyArray<Step>) =>
  Effect.gen(function* () {
    yield* states[state]
    // what setting this up has cost is no difference between the worlds
    const { kysely } = yield* Database
    yield* Effect.promise(() => sql`delete from portico_budget`.execute(kysely))
    return yield* Effect.forEach(steps, ({ command, seconds }) =>
      Effect.gen(function* () {
        yield* TestClock.adjust(seconds * 1000)
        return yield* observed(command)
      })
    )
  }).pipe(Effect.provide(portal), Effect.provide(Layer.mergeAll(TestClock.layer(), Logger.layer([]))))

// their keys are all that they have
const everyState = Object.keys(states) as Array<State>
const everyCommand = Object.keys(commands) as Array<Command>

describe("what an address tells to who does not own it", { timeout: 120_000 }, () => {
  it.live(
    "AUT-01 REG-09 R-EN-01 R-EN-02 R-EN-03 R-EN-06 R-EN-08 every public command answers and works for any address as for an unknown one",
    () =>
      Effect.gen(function* () {
        for (const command of everyCommand) {
          const steps = [{ command, seconds: 1 }]
          const expected = yield* tour("nobody", steps)
          assert.isNotEmpty(expected[0]?.statements)
          assert.isNotEmpty(expected[0]?.rows)
          for (const state of everyState) assert.deepStrictEqual(yield* tour(state, steps), expected)
        }
      })
  )

  it.live(
    "R-EN-03 REG-03 REG-09 AUT-05 the rows of mails are alike: one to the address, with a sealed secret, whatever it says",
    () =>
      Effect.gen(function* () {
        const rowOf = (state: State, command: Command) =>
          Effect.gen(function* () {
            yield* states[state]
            const before = yield* mailsTo(grace)
            yield* Effect.ignore(commands[command])
            const [mail, ...more] = (yield* mailsTo(grace)).slice(before.length)
            return { more: more.length, state: mail?.state, length: mail?.sealedSecret?.length, hasLink: mail?.hasLink }
          }).pipe(Effect.provide(portal))
        for (const command of ["register", "send again", "forgot password", "ask for it as a new address"] as const) {
          const expected = yield* rowOf("nobody", command)
          assert.deepInclude(expected, { more: 0, state: "queued", hasLink: true })
          for (const state of everyState) assert.deepStrictEqual(yield* rowOf(state, command), expected)
        }
      })
  )

  it.live("V-24 R-EN-08 any steps in any two worlds answer the same after the same work", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.constantFrom(...everyState),
          fc.constantFrom(...everyState),
          fc.array(
            fc.record({
              command: fc.constantFrom(...everyCommand),
              seconds: fc.constantFrom(0, 1, 30, 3600, 90_000, 700_000)
            }),
            { minLength: 1, maxLength: 8 }
          ),
          async (one, other, steps) => {
            const seen = await Effect.runPromise(Effect.all([tour(one, steps), tour(other, steps)]))
            assert.deepStrictEqual(seen[0], seen[1])
          }
        ),
        { numRuns: rounds(40, 1000) }
      )
    )
  )

  it.live("R-EN-02 a password typed in for an unknown address costs one comparison, as for a known one", () =>
    Effect.gen(function* () {
      for (const state of ["nobody", "an account", "an account without a password"] as const) {
        const [seen] = yield* tour(state, [{ command: "sign in with a wrong password", seconds: 0 }])
        assert.deepStrictEqual(seen?.hashes, { hash: 0, verify: 1 })
        const [registered] = yield* tour(state, [{ command: "register with a password", seconds: 0 }])
        assert.deepStrictEqual(registered?.hashes, { hash: 1, verify: 0 })
      }
    })
  )
})

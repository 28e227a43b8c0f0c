import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { CompiledQuery } from "kysely"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { PasswordHasher } from "../../src/accounts/PasswordHasher.ts"
import * as SecondFactors from "../../src/accounts/SecondFactors.ts"
import * as Sessions from "../../src/accounts/Sessions.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { migrations } from "../../src/kysely/migrations/index.ts"
import { account as sample } from "../../src/testing/tenantSamples.ts"
import { storage } from "../support/adapters.ts"
import { given, withKernel } from "../support/portal.ts"
import {
  as,
  challengeOf,
  codeNow,
  completeSignIn,
  enter,
  enterWithCode,
  PASSWORD,
  person,
  personWithFactor,
  signIn,
  today,
  tokenOf,
  WRONG
} from "./people.ts"

let seen: Array<string> = []
const stores = storage(migrations, { onStatement: (operation) => void seen.push(operation) })
const portal = Layer.provideMerge(withKernel(), Layer.provideMerge(Kysely.layer, stores["better-sqlite3"]))

/** The statements of an effect, by their operations. */
const statementsOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.suspend(() => {
    seen = []
    return Effect.map(Effect.exit(effect), () => seen)
  })

describe("statements", () => {
  it.effect("STO-06 AUT-03 who is asking costs one statement, and a second one once a minute", () =>
    Effect.gen(function* () {
      yield* today
      const ada = yield* person("ada@example.com")
      const tenant = yield* given.tenant(ada)
      yield* given.member(tenant.id, yield* person("bob@example.com"), ["member"])
      const { token } = yield* enter("ada@example.com")
      const authenticate = statementsOf(Sessions.authenticate(token))
      assert.deepStrictEqual(yield* authenticate, ["session.authenticate"])
      yield* TestClock.adjust("1 minute")
      assert.deepStrictEqual(yield* authenticate, ["session.authenticate", "session.touch"])
      assert.deepStrictEqual(yield* authenticate, ["session.authenticate"])
      yield* TestClock.adjust("1 hour")
      assert.deepStrictEqual(yield* authenticate, ["session.authenticate", "session.endUnused"])
      assert.deepStrictEqual(yield* statementsOf(Sessions.authenticate(Redacted.make("short"))), [])
    }).pipe(Effect.provide(portal))
  )

  it.effect("STO-06 each use case needs the statements that are written here", () =>
    Effect.gen(function* () {
      yield* today
      yield* person("ada@example.com")
      const { actor } = yield* enter("ada@example.com")
      const { secret } = yield* personWithFactor("bob@example.com")
      const lock = "account.credentialsForUpdate"
      const unit = (...operations: ReadonlyArray<string>) => ["begin", ...operations, "commit"]

      assert.deepStrictEqual(yield* statementsOf(signIn("ada@example.com")), [
        "limits.take",
        "account.findByEmail",
        ...unit(lock, "limits.forget", "session.insert", "session.endSurplus", "event.append")
      ])
      assert.deepStrictEqual(yield* statementsOf(signIn("bob@example.com")), [
        "limits.take",
        "account.findByEmail",
        ...unit(lock, "limits.forget", "challenge.insert", "event.append")
      ])
      const challenge = challengeOf(yield* signIn("bob@example.com"))
      const code = yield* codeNow(secret)
      assert.deepStrictEqual(yield* statementsOf(completeSignIn(challenge, code)), [
        "limits.take",
        "challenge.find",
        "limits.take",
        "challenge.attempt",
        ...unit(
          lock,
          "secondFactor.find",
          "secondFactor.acceptStep",
          "challenge.complete",
          "limits.forget",
          "session.insert",
          "session.endSurplus",
          "event.append"
        )
      ])
      assert.deepStrictEqual(yield* statementsOf(Sessions.list({}).pipe(as(actor))), ["session.list"])
      assert.deepStrictEqual(yield* statementsOf(Sessions.stepUp({ password: PASSWORD }).pipe(as(actor))), [
        "account.credentials",
        "limits.take",
        ...unit(lock, "session.find", "session.rotate", "limits.forget", "event.append")
      ])
      assert.deepStrictEqual(yield* statementsOf(SecondFactors.beginEnrolment({}).pipe(as(actor))), [
        ...unit(lock, "secondFactor.savePending", "event.append")
      ])
      const { secret: own } = yield* SecondFactors.beginEnrolment({}).pipe(as(actor))
      const first = yield* codeNow(own)
      assert.deepStrictEqual(yield* statementsOf(SecondFactors.confirmEnrolment({ code: first }).pipe(as(actor))), [
        ...unit(
          lock,
          "secondFactor.find",
          "secondFactor.confirm",
          "recoveryCode.remove",
          "recoveryCode.insert",
          "account.bumpEpoch",
          "session.find",
          "session.rotate",
          "event.append",
          "outbox.append"
        )
      ])
      yield* TestClock.adjust("30 seconds")
      const entered = yield* enterWithCode("ada@example.com", own)
      assert.deepStrictEqual(yield* statementsOf(Sessions.endOthers({}).pipe(as(entered.actor))), [
        ...unit(lock, "session.endOthers", "event.append")
      ])
      assert.deepStrictEqual(yield* statementsOf(Sessions.signOut({}).pipe(as(entered.actor))), [
        ...unit("session.end", "event.append")
      ])
    }).pipe(Effect.provide(portal))
  )

  it.effect(
    "R-EN-03 R-EN-08 V-24 a refused sign-in does the same reads and writes, whoever the address belongs to",
    () =>
      Effect.gen(function* () {
        yield* today
        const [accounts, hasher] = [yield* AccountRepository, yield* PasswordHasher]
        const hash = yield* Effect.orDie(hasher.hash(PASSWORD))
        yield* person("ada@example.com")
        yield* personWithFactor("bob@example.com")
        yield* accounts.insert(sample(3, { state: "suspended" }), hash)
        yield* accounts.insert(sample(4), null)
        const cases = [
          ["nobody@example.com", PASSWORD],
          ["ada@example.com", WRONG],
          ["bob@example.com", WRONG],
          ["person3@example.com", PASSWORD],
          ["person3@example.com", WRONG],
          ["person4@example.com", PASSWORD]
        ] as const
        for (const [email, password] of cases) {
          assert.deepStrictEqual(
            yield* statementsOf(signIn(email, { password })),
            ["limits.take", "account.findByEmail", "begin", "event.append", "commit"],
            email
          )
        }
      }).pipe(Effect.provide(portal))
  )

  it.effect("V-12 R-TK-02 R-TK-13 no table holds a password, a token, a code or an authenticator's secret", () =>
    Effect.gen(function* () {
      yield* today
      yield* person("ada@example.com")
      const secrets: Array<Redacted.Redacted> = [PASSWORD, WRONG]
      yield* Effect.exit(signIn("ada@example.com", { password: WRONG }))
      const { actor, token } = yield* enter("ada@example.com")
      const { secret } = yield* SecondFactors.beginEnrolment({}).pipe(as(actor))
      const code = yield* codeNow(secret)
      const { recoveryCodes, token: next } = yield* SecondFactors.confirmEnrolment({ code }).pipe(as(actor))
      const challenge = challengeOf(yield* signIn("ada@example.com"))
      const open = challengeOf(yield* signIn("ada@example.com"))
      const [recovery = Redacted.make("")] = recoveryCodes
      const outcome = yield* completeSignIn(challenge, recovery)
      secrets.push(token, secret, ...recoveryCodes, next, challenge, open, tokenOf(outcome))
      if (outcome.newRecoveryCode !== null) secrets.push(outcome.newRecoveryCode)

      const { kysely } = yield* Database
      const rows = (sql: string) =>
        Effect.promise(() => kysely.executeQuery<Record<string, unknown>>(CompiledQuery.raw(sql)))
      const tables = yield* rows("select name from sqlite_master where type = 'table'")
      let dump = ""
      for (const { name } of tables.rows) dump += JSON.stringify((yield* rows(`select * from "${String(name)}"`)).rows)
      assert.include(dump, "ada@example.com")
      for (const one of secrets) {
        const text = Redacted.value(one)
        assert.isAbove(text.length, 20)
        assert.notInclude(dump, text)
        assert.notInclude(dump, text.replaceAll("-", ""))
      }
    }).pipe(Effect.provide(portal))
  )
})

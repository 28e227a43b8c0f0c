import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Result } from "effect"
import { describe } from "vitest"
import { emailChanged, emailChangeLink } from "../../src/accounts/emailChangeMails.ts"
import { EmailChanges, Registrations } from "../../src/accounts/index.ts"
import * as Links from "../../src/kernel/Links.ts"
import { askForReset, credentialsOf, passwords, register, reset } from "../accounts/newcomers.ts"
import { enter, PASSWORD, person } from "../accounts/people.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { anonymously, as, everyPort, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"

/** Runs effects so that all of them begin at the same moment; answers "done" or the refusal's tag of each. */
const race = (effects: ReadonlyArray<Effect.Effect<unknown, { readonly _tag: string }, Portal>>) =>
  Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(
      effects,
      (effect) =>
        Effect.map(Effect.result(Effect.andThen(gate, effect)), (result) =>
          Result.isSuccess(result) ? "done" : result.failure._tag
        ),
      { concurrency: "unbounded" }
    )
  })

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings = {
  limits: {
    linkPerSource: unlimited,
    mailPerAddress: unlimited,
    mailPerSource: unlimited,
    signInPerAccount: unlimited,
    signInPerSource: unlimited
  }
}

/** Somebody who has asked for another address, with the secret of the mail that it got. */
const mover = Effect.fnUntraced(function* (email: string, fresh: string) {
  const account = yield* person(email)
  const { actor } = yield* enter(email)
  yield* EmailChanges.ask({ email: fresh }).pipe(as(actor))
  const secret = yield* newestSecret(fresh)
  return { account, actor, secret, confirm: EmailChanges.confirm({ secret }).pipe(as(actor)) }
})

const told = (email: string) =>
  Effect.map(mailsTo(email), (mails) => mails.filter(({ kind }) => kind === emailChanged.name).length)

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(settings), storage)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 1000) : rounds(20, 200)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < times; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of changed addresses (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "REG-09 V-22 V-10 of two accounts and a registration that confirm the same address at once, one gets it",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const fresh = `fresh${n}@private.example`
            const ada = yield* mover(`ada${n}@example.com`, fresh)
            const bob = yield* mover(`bob${n}@example.com`, fresh)
            // in every second round there are two of a kind only, so that neither waits for a row of the third
            const attempt = n % 2 === 0 ? yield* register({ email: fresh, password: passwords.first }) : null
            const registers =
              attempt === null
                ? []
                : [Registrations.confirm({ secret: attempt, password: passwords.first }).pipe(anonymously)]
            const [first, second, third] = yield* race([ada.confirm, bob.confirm, ...registers])
            const tags = [first, second, third].filter((tag) => tag !== undefined)
            assert.strictEqual(tags.filter((tag) => tag === "done").length, 1, tags.join())
            for (const tag of [first, second]) assert.include(["done", "AddressTaken"], tag)
            if (third !== undefined) assert.include(["done", "AlreadyRegistered", "LinkUnusable"], third)
            const holder = yield* credentialsOf(fresh)
            const [a, b] = [yield* credentialsOf(ada.account.email), yield* credentialsOf(bob.account.email)]
            assert.strictEqual(holder?.account.id === ada.account.id, first === "done")
            assert.strictEqual(holder?.account.id === bob.account.id, second === "done")
            assert.strictEqual(a === undefined, first === "done")
            assert.strictEqual(b === undefined, second === "done")
            // who lost is as before, and has heard of nothing
            const mails = [yield* told(ada.account.email), yield* told(bob.account.email)]
            assert.deepStrictEqual(mails, [Number(first === "done"), Number(second === "done")])
          })
        )
    )

    it.live("REG-09 R-TK-03 V-10 of one link confirmed by two sessions at once one goes through", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const ada = yield* mover(`ada${n}@example.com`, `ada${n}@private.example`)
          const { actor } = yield* enter(ada.account.email)
          const tags = yield* race([
            ada.confirm,
            EmailChanges.confirm({ secret: ada.secret }).pipe(as(actor)),
            ada.confirm
          ])
          assert.deepStrictEqual([...tags].sort(), ["SignInRequired", "SignInRequired", "done"])
          const after = yield* credentialsOf(`ada${n}@private.example`)
          assert.strictEqual(after?.account.credentialEpoch, 1)
          assert.strictEqual(yield* told(ada.account.email), 1)
        })
      )
    )

    it.live("REG-09 R-SO-06 V-11 of a confirmation and a reset of the password at once one goes through", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const ada = yield* mover(`ada${n}@example.com`, `ada${n}@private.example`)
          const secret = yield* askForReset(ada.account.email)
          const [confirmed, wasReset] = yield* race([ada.confirm, reset(secret)])
          assert.include(["done, LinkUnusable", "SignInRequired, done"], `${confirmed}, ${wasReset}`)
          const [old, fresh] = [
            yield* credentialsOf(ada.account.email),
            yield* credentialsOf(`ada${n}@private.example`)
          ]
          assert.strictEqual(old === undefined, confirmed === "done")
          assert.strictEqual(fresh === undefined, confirmed !== "done")
          assert.strictEqual((old ?? fresh)?.account.credentialEpoch, 1)
        })
      )
    )

    it.live("REG-09 of a confirmation and its being taken back at once, what is last told holds", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const ada = yield* mover(`ada${n}@example.com`, `ada${n}@private.example`)
          const cancel = EmailChanges.cancel({}).pipe(as(ada.actor))
          const [confirmed, cancelled] = yield* race([ada.confirm, cancel])
          const moved = (yield* credentialsOf(`ada${n}@private.example`)) !== undefined
          assert.strictEqual(moved, confirmed === "done")
          assert.deepStrictEqual([confirmed, cancelled], moved ? ["done", "SignInRequired"] : ["LinkUnusable", "done"])
        })
      )
    )

    it.live("REG-09 V-11 R-TK-07 of new addresses asked for at once only the link of one opens in the end", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          yield* person(`ada${n}@example.com`)
          const { actor } = yield* enter(`ada${n}@example.com`, { password: PASSWORD })
          const fresh = [1, 2, 3].map((m) => `ada${n}.${m}@private.example`)
          yield* race(fresh.map((email) => EmailChanges.ask({ email }).pipe(as(actor))))
          const secrets = yield* Effect.forEach(fresh, newestSecret)
          const open = yield* Effect.forEach(secrets, (secret) =>
            Effect.isSuccess(EmailChanges.read({ secret }).pipe(anonymously))
          )
          assert.strictEqual(open.filter(Boolean).length, 1)
          const links = yield* Links.LinkRepository
          const waiting = Option.getOrThrow(yield* links.openOf(emailChangeLink.name, actor.accountId))
          assert.strictEqual<string | undefined>(waiting.email, fresh[open.indexOf(true)])
        })
      )
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { describe } from "vitest"
import { passwordResetLink, registrationLink } from "../../src/accounts/accountMails.ts"
import { Passwords, Registrations } from "../../src/accounts/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Links from "../../src/kernel/Links.ts"
import { SECRET_PURPOSE } from "../../src/kernel/Outbox.ts"
import { Sealer } from "../../src/kernel/Sealer.ts"
import {
  confirm,
  consents,
  credentialsOf,
  lives,
  newcomer,
  passwords,
  register,
  reset,
  signIn
} from "../accounts/newcomers.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import {
  anonymously,
  as,
  everyPort,
  given,
  mailsTo,
  newestSecret,
  type Portal,
  signedIn,
  withKernel
} from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"

/** Runs effects so that all of them begin at the same moment; answers what became of each. */
const race = <A, E, R>(effects: ReadonlyArray<Effect.Effect<A, E, R>>) =>
  Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(effects, (effect) => Effect.result(Effect.andThen(gate, effect)), {
      concurrency: "unbounded"
    })
  })

const successes = <A, E>(results: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<A> =>
  results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : []))
const refusals = <A, E extends { readonly _tag: string }>(results: ReadonlyArray<Result.Result<A, E>>) =>
  results.flatMap((result) => (Result.isFailure(result) ? [result.failure._tag] : []))

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings = {
  limits: {
    invitationsPerTenant: unlimited,
    invitationsPerAccount: unlimited,
    linkPerSource: unlimited,
    mailPerAddress: unlimited,
    mailPerSource: unlimited,
    signInPerAccount: unlimited,
    signInPerSource: unlimited
  }
}

/** The secrets of all mails of an address whose link opens at this moment. */
const openSecrets = Effect.fnUntraced(function* (email: string, purpose: Links.LinkPurpose) {
  const sealer = yield* Sealer
  const now = yield* Instant.now
  const found = yield* Effect.forEach(yield* mailsTo(email), (mail) =>
    Effect.gen(function* () {
      if (mail.sealedSecret === null) return []
      const secret = yield* sealer.open(SECRET_PURPOSE, mail.id, mail.sealedSecret)
      const link = yield* Effect.result(Links.open(purpose, secret, now))
      return Result.isSuccess(link) ? [secret] : []
    })
  )
  return found.flat()
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(settings), storage)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 2000) : rounds(40, 400)

  const inRounds = <A, E>(round: (email: string, n: number) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < times; n++) yield* round(`grace${n}@example.com`, n)
    }).pipe(Effect.provide(portal))

  describe(`races of registrations (${adapter})`, { timeout: 300_000 }, () => {
    it.live("REG-04 R-TK-03 V-08 one link confirmed twice at once makes one account and one session", () =>
      inRounds((email, n) =>
        Effect.gen(function* () {
          const secret = yield* register({ email, password: passwords.first })
          const other = n % 2 === 0 ? { password: passwords.first } : { newPassword: passwords.second }
          const results = yield* race([confirm({ secret, password: passwords.first }), confirm({ secret, ...other })])
          assert.strictEqual(successes(results).length, 1)
          const [refusal] = refusals(results)
          assert.include(["LinkUnusable", "AlreadyRegistered"], refusal)
          for (const { signIn } of successes(results)) {
            assert.strictEqual(signIn._tag === "SignedIn" && (yield* lives(signIn.token)), "lives")
          }
        })
      )
    )

    it.live("REG-02 R-SO-08 V-21 V-22 of several attempts confirmed at once one wins, with its own password only", () =>
      inRounds((email) =>
        Effect.gen(function* () {
          const hers = yield* register({ email, firstName: "Grace", password: passwords.first })
          const theirs = yield* register({ email, firstName: "Mallory", password: passwords.second })
          const results = yield* race([
            confirm({ secret: hers, password: passwords.first }).pipe(Effect.as("Grace")),
            confirm({ secret: theirs, password: passwords.second }).pipe(Effect.as("Mallory"))
          ])
          const [winner, ...more] = successes(results)
          assert.deepStrictEqual(more, [])
          assert.deepStrictEqual(refusals(results), ["AlreadyRegistered"])
          const credentials = yield* credentialsOf(email)
          assert.strictEqual(credentials?.account.firstName, winner)
          const [right, wrong] =
            winner === "Grace" ? [passwords.first, passwords.second] : [passwords.second, passwords.first]
          assert.strictEqual((yield* signIn(right, email))._tag, "SignedIn")
          assert.strictEqual((yield* Effect.flip(signIn(wrong, email)))._tag, "SignInRefused")
        })
      )
    )

    it.live("REG-02 INV-04 V-22 a registration and an invitation of one address at once make one account", () =>
      inRounds((email, n) =>
        Effect.gen(function* () {
          const host = yield* given.account(`owner${n}@example.com`)
          const tenant = yield* given.tenant(host)
          const registration = yield* register({ email, password: passwords.first })
          yield* Invitations.invite({ tenantId: tenant.id, email, roles: ["member"] }).pipe(as(yield* signedIn(host)))
          const invitation = yield* newestSecret(email)
          const results = yield* race<void, { readonly _tag: string }, Portal>([
            confirm({ secret: registration, password: passwords.first }).pipe(Effect.asVoid),
            Invitations.acceptAsNew({
              secret: invitation,
              firstName: "Grace",
              lastName: "Hopper",
              password: passwords.second,
              consents
            }).pipe(anonymously, Effect.asVoid)
          ])
          assert.strictEqual(successes(results).length, 1)
          assert.include(["AlreadyRegistered", "SignInToAccept"], refusals(results)[0])
        })
      )
    )

    it.live("REG-07 V-11 of mails that are sent again at once, one has a link that opens", () =>
      inRounds((email) =>
        Effect.gen(function* () {
          yield* register({ email, password: passwords.first })
          const again = Registrations.sendAgain({ email }).pipe(anonymously)
          assert.strictEqual(successes(yield* race([again, again, again])).length, 3)
          const open = yield* openSecrets(email, registrationLink)
          assert.strictEqual(open.length, 1)
          for (const secret of open) yield* confirm({ secret, password: passwords.first })
        })
      )
    )

    it.live(
      "REG-07 V-08 a mail that is sent again while its registration is confirmed: the account is there, or the new link opens",
      () =>
        inRounds((email) =>
          Effect.gen(function* () {
            const secret = yield* register({ email, password: passwords.first })
            const results = yield* race([
              confirm({ secret, password: passwords.first }).pipe(Effect.asVoid),
              Registrations.sendAgain({ email }).pipe(anonymously)
            ])
            const refused = refusals(results)
            assert.isTrue(results.slice(1).every(Result.isSuccess))
            if (refused.length > 0) assert.deepStrictEqual(refused, ["LinkUnusable"])
            const account = yield* credentialsOf(email)
            assert.strictEqual(account === undefined, refused.length > 0)
            for (const open of yield* openSecrets(email, registrationLink)) {
              const late = yield* Effect.result(confirm({ secret: open, password: passwords.first }))
              assert.strictEqual(Result.isSuccess(late), account === undefined)
            }
          })
        )
    )

    it.live("AUT-05 R-TK-03 V-08 one link redeemed twice at once sets one password", () =>
      inRounds((email) =>
        Effect.gen(function* () {
          yield* newcomer({ email })
          yield* Passwords.requestReset({ email }).pipe(anonymously)
          const secret = yield* newestSecret(email)
          const results = yield* race([
            reset(secret, passwords.second).pipe(Effect.as(passwords.second)),
            reset(secret, passwords.wrong).pipe(Effect.as(passwords.wrong))
          ])
          const [password, ...more] = successes(results)
          assert.deepStrictEqual(more, [])
          assert.deepStrictEqual(refusals(results), ["LinkUnusable"])
          assert.strictEqual((yield* credentialsOf(email))?.account.credentialEpoch, 1)
          assert.strictEqual((yield* signIn(password ?? passwords.first, email))._tag, "SignedIn")
          const changed = (yield* mailsTo(email)).filter(({ kind }) => kind === "accounts.passwordChanged")
          assert.strictEqual(changed.length, 1)
        })
      )
    )

    it.live("AUT-05 V-11 of resets asked for at once, one has a link that opens", () =>
      inRounds((email) =>
        Effect.gen(function* () {
          yield* given.account(email)
          const ask = Passwords.requestReset({ email }).pipe(anonymously)
          assert.strictEqual(successes(yield* race([ask, ask, ask])).length, 3)
          assert.strictEqual((yield* openSecrets(email, passwordResetLink)).length, 1)
        })
      )
    )
  })
})

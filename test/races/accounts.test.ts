import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { describe } from "vitest"
import { SecondFactorRepository } from "../../src/accounts/SecondFactorRepository.ts"
import * as SecondFactors from "../../src/accounts/SecondFactors.ts"
import * as Sessions from "../../src/accounts/Sessions.ts"
import {
  as,
  challengeOf,
  codeNow,
  completeSignIn,
  enter,
  isAlive,
  PASSWORD,
  person,
  personWithFactor,
  signIn
} from "../accounts/people.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { everyPort, mailsTo, type Portal, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"

/** "done", or the refusal's tag. */
const outcome = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: ({ _tag }) => _tag, onSuccess: () => "done" })

/** Runs effects so that all of them begin at the same moment; answers what became of each. */
const race = (effects: ReadonlyArray<Effect.Effect<string, never, Portal>>) =>
  Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(effects, (effect) => Effect.andThen(gate, effect), { concurrency: "unbounded" })
  })

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings = {
  limits: { signInPerSource: unlimited, signInPerAccount: unlimited },
  // every use is written down, so that each one races
  sessions: { touchEvery: "0 millis" }
} as const

const count = (tags: ReadonlyArray<string>, tag: string) => tags.filter((one) => one === tag).length

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(settings), storage)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 2000) : rounds(40, 400)

  const inRounds = <A, E>(round: (address: string) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < times; n++) yield* round(`person${n}@example.com`)
    }).pipe(Effect.provide(portal))

  describe(`races of accounts (${adapter})`, { timeout: 300_000 }, () => {
    it.live("TFA-02 R-TO-06 V-13 of one code in several challenges at once one is accepted", () =>
      inRounds((address) =>
        Effect.gen(function* () {
          const { secret } = yield* personWithFactor(address)
          const challenges = yield* Effect.replicateEffect(Effect.map(signIn(address), challengeOf), 4)
          const code = yield* codeNow(secret)
          const tags = yield* race(challenges.map((challenge) => outcome(completeSignIn(challenge, code))))
          assert.deepStrictEqual([count(tags, "done"), count(tags, "CodeRefused")], [1, 3])
        })
      )
    )

    it.live(
      "TFA-03 R-TO-13 V-14 of one recovery code in several challenges at once one is accepted, and mailed once",
      () =>
        inRounds((address) =>
          Effect.gen(function* () {
            const factors = yield* SecondFactorRepository
            const { account, recoveryCodes } = yield* personWithFactor(address)
            const [code = Redacted.make("")] = recoveryCodes
            const challenges = yield* Effect.replicateEffect(Effect.map(signIn(address), challengeOf), 4)
            const tags = yield* race(challenges.map((challenge) => outcome(completeSignIn(challenge, code))))
            assert.deepStrictEqual([count(tags, "done"), count(tags, "CodeRefused")], [1, 3])
            assert.strictEqual((yield* mailsTo(address)).length, 1)
            assert.strictEqual((yield* factors.find(account.id)).recoveryCodes, 10)
          })
        )
    )

    it.live(
      "V-08 R-TO-12 of parallel completions of one challenge, each with a right code of its own, one goes on",
      () =>
        inRounds((address) =>
          Effect.gen(function* () {
            const factors = yield* SecondFactorRepository
            const { account, recoveryCodes, secret } = yield* personWithFactor(address)
            const challenge = challengeOf(yield* signIn(address))
            const codes = [yield* codeNow(secret), ...recoveryCodes.slice(0, 2)]
            const tags = yield* race(codes.map((code) => outcome(completeSignIn(challenge, code))))
            assert.deepStrictEqual([count(tags, "done"), count(tags, "ChallengeUnusable")], [1, 2])
            // a refused completion has used no code up
            const mails = yield* mailsTo(address)
            const { confirmed } = yield* factors.find(account.id)
            const stepUsed = (confirmed?.lastStep ?? 0) >= Math.floor(account.createdAt / 30_000)
            assert.strictEqual(mails.length, stepUsed ? 0 : 1)
          })
        )
    )

    it.live("R-SE-04 V-18 V-19 a use that races with the end of its session, or of its epoch, leaves it dead", () =>
      inRounds((address) =>
        Effect.gen(function* () {
          yield* person(address)
          const owner = yield* enter(address)
          const ended = yield* enter(address)
          const { secret } = yield* SecondFactors.beginEnrolment({}).pipe(as(owner.actor))
          const stale = yield* enter(address)
          const code = yield* codeNow(secret)
          const using = (token: Redacted.Redacted) => outcome(Sessions.authenticate(token))
          yield* race([
            using(ended.token),
            using(stale.token),
            outcome(Sessions.end({ sessionId: ended.actor.sessionId }).pipe(as(owner.actor))),
            using(ended.token),
            using(stale.token)
          ])
          assert.isFalse(yield* isAlive(ended.token))
          const tags = yield* race([
            using(stale.token),
            using(stale.token),
            outcome(SecondFactors.confirmEnrolment({ code }).pipe(as(owner.actor)))
          ])
          assert.strictEqual(tags[2], "done")
          assert.isFalse(yield* isAlive(stale.token))
          assert.isFalse(yield* isAlive(owner.token))
        })
      )
    )

    it.live("V-16 a sign-in that races with the enrolment of a factor leaves no session without it", () =>
      inRounds((address) =>
        Effect.gen(function* () {
          yield* person(address)
          const { actor } = yield* enter(address)
          const { secret } = yield* SecondFactors.beginEnrolment({}).pipe(as(actor))
          const code = yield* codeNow(secret)
          const tokens: Array<Redacted.Redacted> = []
          const signingIn = outcome(
            Effect.map(signIn(address), (entered) => {
              if (entered._tag === "SignedIn") tokens.push(entered.token)
            })
          )
          const tags = yield* race([
            signingIn,
            outcome(SecondFactors.confirmEnrolment({ code }).pipe(as(actor))),
            signingIn
          ])
          assert.strictEqual(tags[1], "done")
          for (const token of tokens) assert.isFalse(yield* isAlive(token))
        })
      )
    )

    it.live("R-SE-02 of parallel step-ups of one session one token is left", () =>
      inRounds((address) =>
        Effect.gen(function* () {
          yield* person(address)
          const { actor, token } = yield* enter(address)
          const tokens: Array<Redacted.Redacted> = []
          const stepUp = outcome(
            Effect.map(Sessions.stepUp({ password: PASSWORD }).pipe(as(actor)), (stepped) => {
              tokens.push(stepped.token)
            })
          )
          assert.deepStrictEqual(yield* race([stepUp, stepUp, stepUp]), ["done", "done", "done"])
          const alive = yield* Effect.forEach(tokens, isAlive)
          assert.deepStrictEqual([tokens.length, alive.filter((one) => one).length], [3, 1])
          assert.isFalse(yield* isAlive(token))
        })
      )
    )
  })
})

import { Context, Effect, Layer, Option } from "effect"
import { describe, expect, it } from "vitest"
import { AccountRepository } from "../../../src/accounts/AccountRepository.ts"
import { ChallengeRepository } from "../../../src/accounts/ChallengeRepository.ts"
import { emailChangeLink } from "../../../src/accounts/emailChangeMails.ts"
import { SecondFactorRepository } from "../../../src/accounts/SecondFactorRepository.ts"
import { SessionRepository } from "../../../src/accounts/SessionRepository.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import { LinkRepository } from "../../../src/kernel/Links.ts"
import { everyPort } from "../../support/portal.ts"
import { storages } from "../storages.ts"
import { simulate } from "./simulate.ts"
import { settings } from "./stage.ts"

type Ports = Layer.Success<typeof everyPort.memory>

/** What stories on a memory adapter in which one port has a mistake have to say: nothing, or in what model and world disagree. */
const withMistake = <I, S>(port: Context.Key<I & Ports, S>, mistake: (right: S) => S): Promise<string> => {
  const ports = Layer.flatMap(everyPort.memory, (context) =>
    // the same ports, one of them another
    Layer.succeedContext(Context.add(context, port, mistake(Context.get(context, port))) as Context.Context<Ports>)
  )
  return simulate(storages(settings, ports).memory, { runs: 400, seed: 7 }).then(
    () => "agreed",
    (error: unknown) => (error instanceof Error ? String(error.cause) : String(error))
  )
}

describe("stories of accounts find a mistake that was planted", { timeout: 120_000 }, () => {
  it("V-13 TFA-02 a code is accepted twice", () =>
    expect(
      withMistake(SecondFactorRepository, (right) => ({
        ...right,
        find: (accountId) =>
          Effect.map(right.find(accountId), (found) => ({
            ...found,
            confirmed: found.confirmed && { ...found.confirmed, lastStep: -1 }
          })),
        acceptStep: () => Effect.succeed(true)
      }))
    ).resolves.toContain(`expected "CodeRefused"`))

  it("V-14 a recovery code stays good", () =>
    expect(
      withMistake(SecondFactorRepository, (right) => ({
        ...right,
        exchangeRecoveryCode: (accountId, used) => right.exchangeRecoveryCode(accountId, used, used)
      }))
    ).resolves.toMatch(/expected|V-14/))

  it("V-18 AUT-06 sessions outlive a change of the second factor", () =>
    expect(withMistake(AccountRepository, (right) => ({ ...right, bumpEpoch: () => Effect.void }))).resolves.toContain(
      "V-17"
    ))

  it("V-16 an account's second factor is not seen at sign-in", () =>
    expect(
      withMistake(AccountRepository, (right) => ({
        ...right,
        credentialsForUpdate: (id) =>
          Effect.map(
            right.credentialsForUpdate(id),
            Option.map((found) => ({ ...found, secondFactor: false }))
          )
      }))
    ).resolves.toMatch(/expected "(SecondFactorNeeded|CodeRequired|StepUpRequired)"|V-16/))

  it("V-19 sessions that were ended live on", () =>
    expect(
      withMistake(SessionRepository, (right) => ({ ...right, endOthers: () => Effect.succeed(0) }))
    ).resolves.toContain("the state"))

  it("V-20 a session that is used never ends", () =>
    expect(
      withMistake(SessionRepository, (right) => ({
        ...right,
        touch: (id, hash, seen, use) =>
          right.touch(id, hash, seen, { ...use, expiresAt: Instant.plus(use.expiresAt, "365 days") })
      }))
    ).resolves.toContain("the state"))

  it("R-SE-02 an old token stays good", () =>
    expect(
      withMistake(SessionRepository, (right) => ({
        ...right,
        rotate: (session) => Effect.as(right.endOthers(session.accountId, session.id), true)
      }))
    ).resolves.toMatch(/expected/))

  it("R-TO-12 a challenge is completed twice", () =>
    expect(
      withMistake(ChallengeRepository, (right) => ({ ...right, complete: () => Effect.succeed(true) }))
    ).resolves.toContain(`expected "ChallengeUnusable"`))

  it("V-11 an older link to a new password stays open", () =>
    expect(
      withMistake(LinkRepository, (right) => ({ ...right, voidOpen: () => Effect.succeed(0) }))
    ).resolves.toContain("V-11"))

  it("REG-09 an address is confirmed that was taken back", () =>
    expect(
      withMistake(LinkRepository, (right) => ({
        ...right,
        voidOpen: (purpose, subject, at) =>
          purpose === emailChangeLink.name ? Effect.succeed(1) : right.voidOpen(purpose, subject, at)
      }))
    ).resolves.toMatch(/expected "LinkUnusable"|V-11/))

  it("REG-09 a confirmed address is not kept", () =>
    expect(
      withMistake(AccountRepository, (right) => ({
        ...right,
        setEmail: (id, _email, at, epoch) =>
          Effect.flatMap(right.find(id), (found) =>
            Option.isSome(found) ? right.setEmail(id, found.value.email, at, epoch) : Effect.void
          )
      }))
    ).resolves.toContain("the state"))
})

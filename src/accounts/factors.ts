import { Effect, Option, type Redacted } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import type { AccountId } from "../kernel/ids.ts"
import { SignInRequired, StepUpRequired, Unavailable } from "../kernel/refusals.ts"
import { Sealer } from "../kernel/Sealer.ts"
import type { Unit } from "../kernel/UseCase.ts"
import type { Account, Credentials } from "./Account.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { CodeRefused } from "./Challenge.ts"
import { deviceOf, label, type SignInUnit } from "./proceed.ts"
import { verifyCode } from "./SecondFactor.ts"
import { SecondFactorRepository } from "./SecondFactorRepository.ts"
import { hashRecoveryCode, newRecoveryCodes } from "./secondFactorSecrets.ts"
import { recoveryCodeUsed, type SecondFactorChange, secondFactorChanged } from "./signInMails.ts"

/** For what an authenticator secret is sealed; the subject is the account. */
export const FACTOR_PURPOSE = "second-factor"

/** What the functions below need of a unit of work that may send mail. */
export type MailingUnit = SignInUnit & Pick<Unit<Actor.Kind>, "send">

export const circumstances = (unit: SignInUnit) => ({
  at: unit.now,
  device: deviceOf(unit.request),
  place: label(unit.request.place, 100)
})

/** The actor's account, locked until the unit ends, while the session that the actor has still counts (R-SE-08). */
export const ownForUpdate = Effect.fnUntraced(function* (actor: Actor.Account) {
  const accounts = yield* AccountRepository
  const found = yield* accounts.credentialsForUpdate(actor.accountId)
  return yield* current(actor, found)
})

/** The account of the actor, if it is active and of the epoch that the actor's session was issued for. */
export const current = (
  actor: Actor.Account,
  found: Option.Option<Credentials>
): Effect.Effect<Credentials, SignInRequired> =>
  Option.isSome(found) &&
  found.value.account.state === "active" &&
  found.value.account.credentialEpoch === actor.credentialEpoch
    ? Effect.succeed(found.value)
    : Effect.fail(new SignInRequired())

/**
 * Wants the existing second factor to be part of the proof that the session has, before anything about the factor changes (R-TO-09). Making a
 * factor is no proof by it (CVE-2026-55377).
 */
export const provenByFactor = (actor: Actor.Account, credentials: Credentials): Effect.Effect<void, StepUpRequired> =>
  credentials.secondFactor && !actor.secondFactor ? Effect.fail(new StepUpRequired()) : Effect.void

/** Opens an authenticator secret; a key that is missing is the operator's matter, and nobody gets in for it (F-25). */
export const openSecret = Effect.fnUntraced(function* (accountId: AccountId, sealed: string) {
  const sealer = yield* Sealer
  return yield* sealer.open(FACTOR_PURPOSE, accountId, sealed).pipe(
    Effect.tapError((error) => Effect.logError("an authenticator secret cannot be opened", error)),
    Effect.mapError(() => new Unavailable())
  )
})

/**
 * Uses a code up in the open unit of work, which has the account's row locked: one of the app for a later step than the last one, or a recovery code,
 * in whose place a new one comes (R-TO-14), which is answered. Each is accepted once, whatever happens in parallel (TFA-02, TFA-03).
 */
export const useCode = Effect.fnUntraced(function* (unit: MailingUnit, account: Account, code: Redacted.Redacted) {
  const factors = yield* SecondFactorRepository
  const recoveryHash = yield* hashRecoveryCode(account.id, code)
  if (Option.isSome(recoveryHash)) {
    const { codes, hashes } = yield* makeCodes(account.id, 1)
    const [replacement] = hashes
    if (
      replacement === undefined ||
      !(yield* factors.exchangeRecoveryCode(account.id, recoveryHash.value, replacement))
    ) {
      return yield* new CodeRefused()
    }
    unit.record({ type: "account.recoveryCodeUsed", subject: { kind: "account", id: account.id } })
    unit.send(
      recoveryCodeUsed.mail({
        recipient: account.email,
        locale: account.locale,
        values: circumstances(unit),
        accountId: account.id,
        process: `account:${account.id}`
      })
    )
    return Option.fromUndefinedOr(codes[0])
  }
  const { confirmed } = yield* factors.find(account.id)
  if (confirmed === null) return yield* new CodeRefused()
  const secret = yield* openSecret(account.id, confirmed.sealedSecret)
  const step = verifyCode({ secret, code, lastStep: confirmed.lastStep, now: unit.now })
  if (Option.isNone(step) || !(yield* factors.acceptStep(account.id, step.value))) return yield* new CodeRefused()
  return Option.none<Redacted.Redacted>()
})

const makeCodes = Effect.fnUntraced(function* (accountId: AccountId, count: number) {
  const codes = yield* newRecoveryCodes(count)
  const hashes = yield* Effect.forEach(codes, (code) =>
    // what was made as a code has the form of one
    Effect.map(hashRecoveryCode(accountId, code), Option.getOrThrow)
  )
  return { codes, hashes }
})

/** New recovery codes in place of all older ones; they are shown this once. */
export const renewCodes = Effect.fnUntraced(function* (unit: SignInUnit, accountId: AccountId) {
  const factors = yield* SecondFactorRepository
  const { codes, hashes } = yield* makeCodes(accountId, unit.settings.secondFactor.recoveryCodes)
  yield* factors.replaceRecoveryCodes(accountId, hashes)
  return codes
})

/**
 * Makes a factor real whose secret was prepared while there was no account yet (REG-06), in the unit that made the account or has its row locked.
 * `step` is the time step of the code that confirmed it, which cannot be used again (TFA-01, TFA-02). Answers the recovery codes, to be shown once.
 * The account's epoch stays as it is, because nothing was issued before.
 */
export const activatePrepared = Effect.fnUntraced(function* (
  unit: SignInUnit,
  options: { readonly account: Account; readonly secret: Redacted.Redacted; readonly step: number }
) {
  const factors = yield* SecondFactorRepository
  const sealer = yield* Sealer
  const { account } = options
  const sealedSecret = yield* sealer.seal(FACTOR_PURPOSE, account.id, options.secret)
  yield* factors.confirm(account.id, { sealedSecret, lastStep: options.step, confirmedAt: unit.now })
  unit.record({
    type: "account.secondFactorChanged",
    subject: { kind: "account", id: account.id },
    data: { change: "enabled" }
  })
  return yield* renewCodes(unit, account.id)
})

/** Leaves the event of a change and the mail to the owner (R-TO-17). */
export const announce = (unit: MailingUnit, account: Account, change: SecondFactorChange): void => {
  unit.record({
    type: "account.secondFactorChanged",
    subject: { kind: "account", id: account.id },
    data: { change }
  })
  unit.send(
    secondFactorChanged.mail({
      recipient: account.email,
      locale: account.locale,
      values: { change, ...circumstances(unit) },
      accountId: account.id,
      process: `account:${account.id}`
    })
  )
}

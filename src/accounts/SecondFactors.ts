import { Effect, Option, Schema } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import * as Instant from "../kernel/Instant.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { Sealer } from "../kernel/Sealer.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { AccountRepository } from "./AccountRepository.ts"
import { Code, CodeRefused } from "./Challenge.ts"
import { announce, FACTOR_PURPOSE, openSecret, ownForUpdate, provenByFactor, renewCodes } from "./factors.ts"
import { rotateAfterCredentialChange } from "./proceed.ts"
import { provisioningUri, verifyCode } from "./SecondFactor.ts"
import { SecondFactorRepository } from "./SecondFactorRepository.ts"
import { newAuthenticatorSecret } from "./secondFactorSecrets.ts"

/** There is no second factor that this could be done to, or none that waits for its first code. */
export class NoSecondFactor extends Refusal<NoSecondFactor>()(
  "NoSecondFactor",
  {},
  {
    category: "conflict",
    de: "Dafür muss zuerst eine Authentifizierungs-App eingerichtet werden.",
    en: "An authenticator app has to be set up for this first."
  }
) {}

/** Recovery codes, shown this once, and the session's new token; all other sessions are dead (AUT-06). */
const NewCodes = Schema.Struct({
  recoveryCodes: Schema.Array(Schema.Redacted(Schema.String)),
  token: Schema.Redacted(Schema.String)
})

/** Counts the epoch up, which ends every other session, and gives the actor's own a new token. */
const endOtherSessions = Effect.fnUntraced(function* (unit: UseCase.Unit<"Account">, strict: boolean) {
  const accounts = yield* AccountRepository
  const { actor } = unit
  yield* accounts.bumpEpoch(actor.accountId, actor.credentialEpoch)
  return yield* rotateAfterCredentialChange(unit, { actor, credentialEpoch: actor.credentialEpoch + 1, strict })
})

/** The actor's account, locked, after a proof that is good enough to change its second factor (R-TO-09). */
const ownToChange = Effect.fnUntraced(function* (actor: Actor.Account) {
  const own = yield* ownForUpdate(actor)
  yield* provenByFactor(actor, own)
  return own
})

/** Whether the caller has a second factor, and how many recovery codes are left. */
export const status = UseCase.query({
  name: "secondFactor.status",
  summary: "Tells the caller about their own second factor.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Struct({
    enabled: Schema.Boolean,
    since: Schema.NullOr(Instant.Instant),
    /** An app waits for its first code; until then nothing has changed. */
    pending: Schema.Boolean,
    recoveryCodes: Schema.Int
  }),
  errors: [],
  run: Effect.fnUntraced(function* (_, { actor }) {
    const factors = yield* SecondFactorRepository
    const { confirmed, pending, recoveryCodes } = yield* factors.find(actor.accountId)
    return {
      enabled: confirmed !== null,
      since: confirmed?.confirmedAt ?? null,
      pending: pending?.credentialEpoch === actor.credentialEpoch,
      recoveryCodes
    }
  })
})

/** Makes a secret for an authenticator app. The second factor that is there stays until `confirmEnrolment`. */
export const beginEnrolment = UseCase.command({
  name: "secondFactor.beginEnrolment",
  summary: "Makes a secret for an authenticator app; it counts once a code of it is confirmed.",
  actors: ["Account"],
  requires: "self",
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({}),
  output: Schema.Struct({
    /** For typing in. */
    secret: Schema.Redacted(Schema.String),
    /** For a QR code. */
    uri: Schema.Redacted(Schema.String)
  }),
  errors: [],
  unit: Effect.fnUntraced(function* (_, unit) {
    const factors = yield* SecondFactorRepository
    const sealer = yield* Sealer
    const { account } = yield* ownToChange(unit.actor)
    const secret = yield* newAuthenticatorSecret
    yield* factors.savePending(account.id, {
      sealedSecret: yield* sealer.seal(FACTOR_PURPOSE, account.id, secret),
      credentialEpoch: account.credentialEpoch,
      createdAt: unit.now
    })
    unit.record({ type: "account.secondFactorBegun", subject: { kind: "account", id: account.id } })
    return { secret, uri: provisioningUri({ secret, issuer: unit.settings.product.name, account: account.email }) }
  })
})

/**
 * Makes the app of `beginEnrolment` the second factor, with one code of it. Answers recovery codes, this once, and the session's
 * new token; every other session ends.
 */
export const confirmEnrolment = UseCase.command({
  name: "secondFactor.confirmEnrolment",
  summary:
    "Makes the authenticator app that waits for it the second factor, with one code of it; answers recovery codes.",
  actors: ["Account"],
  requires: "self",
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({ code: Code }),
  output: NewCodes,
  errors: [CodeRefused, NoSecondFactor],
  unit: Effect.fnUntraced(function* ({ code }, unit) {
    const factors = yield* SecondFactorRepository
    const { account } = yield* ownToChange(unit.actor)
    const { confirmed, pending } = yield* factors.find(account.id)
    if (pending?.credentialEpoch !== account.credentialEpoch) return yield* new NoSecondFactor()
    const secret = yield* openSecret(account.id, pending.sealedSecret)
    const step = verifyCode({ secret, code, lastStep: null, now: unit.now })
    if (Option.isNone(step)) return yield* new CodeRefused()
    yield* factors.confirm(account.id, {
      sealedSecret: pending.sealedSecret,
      lastStep: step.value,
      confirmedAt: unit.now
    })
    const recoveryCodes = yield* renewCodes(unit, account.id)
    const token = yield* endOtherSessions(unit, true)
    announce(unit, account, confirmed === null ? "enabled" : "replaced")
    return { recoveryCodes, token }
  })
})

/** Removes app and recovery codes. The session goes on with the new token that is answered; every other one ends. */
export const disable = UseCase.command({
  name: "secondFactor.disable",
  summary: "Removes the caller's second factor and its recovery codes.",
  actors: ["Account"],
  requires: "self",
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({}),
  output: Schema.Struct({ token: Schema.Redacted(Schema.String) }),
  errors: [NoSecondFactor],
  unit: Effect.fnUntraced(function* (_, unit) {
    const factors = yield* SecondFactorRepository
    const { account, secondFactor } = yield* ownToChange(unit.actor)
    if (!secondFactor) return yield* new NoSecondFactor()
    yield* factors.remove(account.id)
    const token = yield* endOtherSessions(unit, false)
    announce(unit, account, "disabled")
    return { token }
  })
})

/** Makes new recovery codes, answered this once with the session's new token; the older ones are dead, and every other session ends. */
export const regenerateRecoveryCodes = UseCase.command({
  name: "secondFactor.regenerateRecoveryCodes",
  summary: "Makes new recovery codes in place of all older ones.",
  actors: ["Account"],
  requires: "self",
  sensitive: true,
  secretAnswer: true,
  input: Schema.Struct({}),
  output: NewCodes,
  errors: [NoSecondFactor],
  unit: Effect.fnUntraced(function* (_, unit) {
    const { account, secondFactor } = yield* ownToChange(unit.actor)
    if (!secondFactor) return yield* new NoSecondFactor()
    const recoveryCodes = yield* renewCodes(unit, account.id)
    const token = yield* endOtherSessions(unit, true)
    announce(unit, account, "codes-renewed")
    return { recoveryCodes, token }
  })
})

export const useCases = UseCase.registry(status, beginEnrolment, confirmEnrolment, disable, regenerateRecoveryCodes)

import { Effect, Option, Redacted } from "effect"
import { Crypto, toHex } from "../kernel/Crypto.ts"
import type { AccountId } from "../kernel/ids.ts"
import { RECOVERY_CODE_BYTES, recoveryCodeIn, recoveryCodeOf, SECRET_BYTES, secretOf } from "./SecondFactor.ts"

/** A new authenticator secret: 160 random bits (TFA-01). */
export const newAuthenticatorSecret: Effect.Effect<Redacted.Redacted, never, Crypto> = Effect.flatMap(
  Crypto,
  (crypto) => Effect.map(crypto.randomBytes(SECRET_BYTES), secretOf)
)

/** New recovery codes, as they are shown once (TFA-03). */
export const newRecoveryCodes = (count: number): Effect.Effect<ReadonlyArray<Redacted.Redacted>, never, Crypto> =>
  Effect.flatMap(Crypto, (crypto) =>
    Effect.replicateEffect(
      Effect.suspend(() => Effect.map(crypto.randomBytes(RECOVERY_CODE_BYTES), recoveryCodeOf)),
      count
    )
  )

/**
 * What is stored of a recovery code, and how it is looked up: SHA-256 over purpose, account and code, as hex. Nothing, when what was typed can be
 * no recovery code. New codes and typed ones go through the same normal form here, so both need no other.
 */
export const hashRecoveryCode = (
  accountId: AccountId,
  typed: Redacted.Redacted
): Effect.Effect<Option.Option<string>, never, Crypto> =>
  Option.match(recoveryCodeIn(typed), {
    onNone: () => Effect.succeedNone,
    onSome: (code) =>
      Effect.flatMap(Crypto, (crypto) =>
        Effect.map(crypto.sha256(`portico/recovery-code\n${accountId}\n${Redacted.value(code)}`), (digest) =>
          Option.some(toHex(digest))
        )
      )
  })

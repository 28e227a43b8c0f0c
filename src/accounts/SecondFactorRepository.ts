import { Context, type Effect } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"

/** An authenticator app that one code has confirmed. */
export interface ConfirmedFactor {
  readonly sealedSecret: string
  /** The last time step of which a code was accepted; only later ones are from now on (TFA-02). */
  readonly lastStep: number
  readonly confirmedAt: Instant
}

/** An authenticator app that no code has confirmed yet: it neither protects nor blocks (R-TO-08). */
export interface PendingFactor {
  readonly sealedSecret: string
  /** Confirming counts only while the account has this epoch. */
  readonly credentialEpoch: number
  readonly createdAt: Instant
}

export interface FactorFacts {
  readonly confirmed: ConfirmedFactor | null
  /** May stand beside a confirmed one, which holds until then. */
  readonly pending: PendingFactor | null
  /** Recovery codes that were not used. */
  readonly recoveryCodes: number
}

/** The second factor of an account and its recovery codes. Writes happen while the account's row is locked. */
export class SecondFactorRepository extends Context.Service<
  SecondFactorRepository,
  {
    /** One statement. */
    readonly find: (accountId: AccountId) => Effect.Effect<FactorFacts, PersistenceError>
    /** Replaces what was pending; leaves a confirmed factor as it is. */
    readonly savePending: (accountId: AccountId, pending: PendingFactor) => Effect.Effect<void, PersistenceError>
    /** Replaces a confirmed factor, and nothing is pending after it. */
    readonly confirm: (accountId: AccountId, factor: ConfirmedFactor) => Effect.Effect<void, PersistenceError>
    /**
     * MUST set the last accepted step in one guarded step, if there is a confirmed factor whose last step is earlier, and answer whether it did: of
     * any number of parallel uses of one code one is accepted (V-13).
     */
    readonly acceptStep: (accountId: AccountId, step: number) => Effect.Effect<boolean, PersistenceError>
    /** Removes the factor, confirmed or pending, and its recovery codes. */
    readonly remove: (accountId: AccountId) => Effect.Effect<void, PersistenceError>
    /** After it these codes and no others open the account. */
    readonly replaceRecoveryCodes: (
      accountId: AccountId,
      hashes: ReadonlyArray<string>
    ) => Effect.Effect<void, PersistenceError>
    /**
     * MUST put the hash of a new code in the place of a used one in one guarded step, and answer whether the used one was there: of any number of
     * parallel uses of one code one is accepted (V-14).
     */
    readonly exchangeRecoveryCode: (
      accountId: AccountId,
      used: string,
      replacement: string
    ) => Effect.Effect<boolean, PersistenceError>
  }
>()("portico/accounts/SecondFactorRepository") {}

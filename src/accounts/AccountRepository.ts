import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Account, AccountState, Credentials } from "./Account.ts"

/**
 * Accounts and their passwords. The account's row is the root of its sessions, challenges, second factor and recovery codes: a command that changes
 * any of these locks it first.
 */
export class AccountRepository extends Context.Service<
  AccountRepository,
  {
    /** MUST fail with `duplicate` when the id, the number or the address is taken, also by a parallel insert. */
    readonly insert: (account: Account, passwordHash: string | null) => Effect.Effect<void, PersistenceError>
    readonly find: (id: AccountId) => Effect.Effect<Option.Option<Account>, PersistenceError>
    /** By the number that people read out (G-07). */
    readonly findByNumber: (number: string) => Effect.Effect<Option.Option<Account>, PersistenceError>
    /** One statement, the same whether or not the address is known. */
    readonly findByEmail: (email: EmailAddress) => Effect.Effect<Option.Option<Credentials>, PersistenceError>
    /** The accounts of these addresses, in one statement, in no order. */
    readonly findAllByEmail: (
      emails: ReadonlyArray<EmailAddress>
    ) => Effect.Effect<ReadonlyArray<Account>, PersistenceError>
    /** Account, password hash and second factor of one account. */
    readonly credentials: (id: AccountId) => Effect.Effect<Option.Option<Credentials>, PersistenceError>
    /** As `credentials`, and MUST lock the account's row until the unit ends. */
    readonly credentialsForUpdate: (id: AccountId) => Effect.Effect<Option.Option<Credentials>, PersistenceError>
    /**
     * Sets the password hash and the credential epoch in one guarded step: MUST fail with `conflict` unless the stored epoch is `expectedEpoch`.
     * The new epoch is `expectedEpoch + 1`, so that two changes in parallel cannot both count.
     */
    readonly setPassword: (
      id: AccountId,
      passwordHash: string,
      expectedEpoch: number
    ) => Effect.Effect<void, PersistenceError>
    /** Replaces the hash by one of the same password with today's parameters; changes no epoch, and nothing if the hash is not `expectedHash` any more. */
    readonly rehash: (
      id: AccountId,
      passwordHash: string,
      expectedHash: string
    ) => Effect.Effect<void, PersistenceError>
    /**
     * Sets the state and counts the credential epoch up, so that every session of before is dead with the same step (AUT-06, AUT-10); MUST fail with
     * `conflict` unless the stored epoch is `expectedEpoch`.
     */
    readonly setState: (
      id: AccountId,
      state: AccountState,
      expectedEpoch: number
    ) => Effect.Effect<void, PersistenceError>
    /** Name and language of an account that is there, and what a search for the name looks into; MUST fail with `conflict` unless it is. */
    readonly setProfile: (
      id: AccountId,
      profile: Pick<Account, "firstName" | "lastName" | "locale">
    ) => Effect.Effect<void, PersistenceError>
    /**
     * Sets another address with the time of it, and counts the credential epoch up, in one guarded step (REG-09, AUT-06): MUST fail with `conflict`
     * unless the stored epoch is `expectedEpoch`, and with `duplicate` when the address is another account's, also by a change in parallel.
     * The account is one of `moved` from then on.
     */
    readonly setEmail: (
      id: AccountId,
      email: EmailAddress,
      at: Instant,
      expectedEpoch: number
    ) => Effect.Effect<void, PersistenceError>
    /** Accounts that have another address than before, and whose tickets have not all followed; by id, from the one after `after` on. None is locked. */
    readonly moved: (
      after: AccountId | null,
      limit: number
    ) => Effect.Effect<ReadonlyArray<AccountId>, PersistenceError>
    /** Says that all has followed the change at `at`. MUST do nothing where the address has changed again since. */
    readonly followed: (id: AccountId, at: Instant) => Effect.Effect<void, PersistenceError>
    /** Counts the credential epoch up; MUST fail with `conflict` unless the stored epoch is `expectedEpoch`. */
    readonly bumpEpoch: (id: AccountId, expectedEpoch: number) => Effect.Effect<void, PersistenceError>
  }
>()("portico/accounts/AccountRepository") {}

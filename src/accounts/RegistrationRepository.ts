import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { RegistrationId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Registration } from "./Registration.ts"

/** Attempts to register, each until one of its address is confirmed or its time is over. */
export class RegistrationRepository extends Context.Service<
  RegistrationRepository,
  {
    /** MUST fail with `duplicate` when the id is taken; an address may have any number. */
    readonly insert: (registration: Registration) => Effect.Effect<void, PersistenceError>
    readonly find: (id: RegistrationId) => Effect.Effect<Option.Option<Registration>, PersistenceError>
    /**
     * Every attempt of the address, oldest first. MUST lock them until the unit ends, in one order for all callers, so that of any number of
     * parallel confirmations the second one finds none (REG-02).
     */
    readonly ofEmailForUpdate: (email: EmailAddress) => Effect.Effect<ReadonlyArray<Registration>, PersistenceError>
    /**
     * The newest attempt of the address that was made at or after `notBefore` while the address had no account. One statement, whatever is found,
     * and MUST lock it until the unit ends.
     */
    readonly newestForUpdate: (
      email: EmailAddress,
      notBefore: Instant
    ) => Effect.Effect<Option.Option<Registration>, PersistenceError>
    /** Deletes every attempt of the address; answers how many. */
    readonly removeOfEmail: (email: EmailAddress) => Effect.Effect<number, PersistenceError>
    /** Deletes at most `limit` attempts that were made before `before`; answers how many. */
    readonly purge: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/accounts/RegistrationRepository") {}

import { Context, type Effect } from "effect"
import type { AccountId } from "../kernel/ids.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Consent } from "./Consent.ts"

/** The evidence of consents. An implementer MUST only add to it: no consent is changed or deleted while its account is there. */
export class ConsentRepository extends Context.Service<
  ConsentRepository,
  {
    /** In one statement, whatever the number; none for an empty list. */
    readonly append: (consents: ReadonlyArray<Consent>) => Effect.Effect<void, PersistenceError>
    /** All of one account, oldest first. */
    readonly ofAccount: (accountId: AccountId) => Effect.Effect<ReadonlyArray<Consent>, PersistenceError>
  }
>()("portico/privacy/ConsentRepository") {}

import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { AccountId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { AccountState } from "./Account.ts"
import type { StaffMember } from "./StaffMember.ts"

/** A member of staff with what colleagues want to see of the account. */
export interface StaffPerson {
  readonly member: StaffMember
  readonly accountState: AccountState
  readonly email: EmailAddress
  readonly firstName: string
  readonly lastName: string
}

/** In the order of appointment: instant, then account. */
export type StaffKey = readonly [since: number, accountId: string]

/** The operator's people, at most one row for each account. What the configuration says of operators (AUT-10) is no part of it. */
export class StaffRepository extends Context.Service<
  StaffRepository,
  {
    readonly find: (accountId: AccountId) => Effect.Effect<Option.Option<StaffMember>, PersistenceError>
    /** MUST lock the row until the unit ends. */
    readonly findForUpdate: (accountId: AccountId) => Effect.Effect<Option.Option<StaffMember>, PersistenceError>
    /**
     * MUST keep the rows of these accounts, and of those whom they stand in for among staff at `now`, as they are until the unit ends, and that they
     * stand in for them, so that nobody decides while somebody else takes the right away. Who is operator by configuration has no row of their own.
     */
    readonly hold: (accountIds: ReadonlyArray<AccountId>, now: Instant) => Effect.Effect<void, PersistenceError>
    /** Puts the row, whether or not there is one. */
    readonly save: (member: StaffMember) => Effect.Effect<void, PersistenceError>
    /** Answers whether it was there. */
    readonly remove: (accountId: AccountId) => Effect.Effect<boolean, PersistenceError>
    /** At most `limit + 1` rows (see `Page.make`). */
    readonly list: (window: Window<StaffKey>) => Effect.Effect<ReadonlyArray<StaffPerson>, PersistenceError>
  }
>()("portico/accounts/StaffRepository") {}

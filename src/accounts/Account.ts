import { Schema } from "effect"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import { Instant } from "../kernel/Instant.ts"
import { AccountId, ShortNumber } from "../kernel/ids.ts"
import { folded, Locale, line } from "../kernel/Text.ts"

/** How a person's first and last name are typed in: one line each, at most 100 characters. */
export const Name = line(100)

export const AccountState = Schema.Literals(["active", "suspended"])
export type AccountState = typeof AccountState.Type

/** One person's sign-in. Its address is proven: an account comes into being only when a link sent to it was confirmed (REG-02). */
export class Account extends Schema.Opaque<Account>()(
  Schema.Struct({
    id: AccountId,
    /** For people to read out; opens nothing (G-07). */
    number: ShortNumber,
    email: EmailAddress,
    firstName: Schema.String,
    lastName: Schema.String,
    locale: Locale,
    companyName: Schema.NullOr(Schema.String),
    state: AccountState,
    /** Counts changes of credentials; everything that was issued for an older epoch is dead (AUT-06). */
    credentialEpoch: Schema.Int,
    createdAt: Instant,
    /** When the present address took the place of another one (REG-09); null for the address that the account began with. */
    emailChangedAt: Schema.NullOr(Instant)
  })
) {}

/** What sign-in needs to know. The hash is in no schema, so no output can carry it (R-PW-11). */
export interface Credentials {
  readonly account: Account
  /** In PHC format; null for an account that never had a password. */
  readonly passwordHash: string | null
  /** Whether a second factor is confirmed, computed from its row and never from a stored summary (CVE-2024-45042). */
  readonly secondFactor: boolean
}

export const fullName = (account: Pick<Account, "firstName" | "lastName">): string =>
  `${account.firstName} ${account.lastName}`.trim()

/** What a search for a person's name looks into, without regard to case: first name first, and last name first. */
export const searchName = ({ firstName, lastName }: Pick<Account, "firstName" | "lastName">): string =>
  folded(`${firstName} ${lastName} ${firstName}`)

import { Effect } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import { AccountId, nextId, nextNumber } from "../kernel/ids.ts"
import type { Locale } from "../kernel/Text.ts"
import type { Account } from "./Account.ts"

/** A new, active account for an address that was just proven (REG-02, INV-04). */
export const newAccount = Effect.fnUntraced(function* (facts: {
  readonly email: EmailAddress
  readonly firstName: string
  readonly lastName: string
  readonly locale: Locale
  readonly companyName: string | null
  readonly now: Instant
}) {
  const account: Account = {
    id: yield* nextId(AccountId),
    number: yield* nextNumber,
    email: facts.email,
    firstName: facts.firstName,
    lastName: facts.lastName,
    locale: facts.locale,
    companyName: facts.companyName,
    state: "active",
    credentialEpoch: 0,
    createdAt: facts.now,
    emailChangedAt: null
  }
  return account
})

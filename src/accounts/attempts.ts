import { Effect } from "effect"
import type { Crypto } from "../kernel/Crypto.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId } from "../kernel/ids.ts"
import { personalKey, type Rule, sourceKey } from "../kernel/Limits.ts"
import type { Settings } from "../kernel/Settings.ts"

/** The one budget for passwords of an account, whichever use case asks for one; by address, so that unknown ones have theirs, too (AUT-08). */
export const passwordRule = (settings: Settings, email: EmailAddress): Effect.Effect<Rule, never, Crypto> =>
  Effect.map(personalKey("password", email), (key) => ({ key, limit: settings.limits.signInPerAccount }))

/** The budget of a source for every kind of sign-in. */
export const sourceRule = (settings: Settings, source: string | undefined): Rule => ({
  key: `sign-in:${sourceKey(source)}`,
  limit: settings.limits.signInPerSource
})

/** The one budget for codes of an account, of the app and for recovery alike: a new challenge does not reset it (TFA-04). */
export const codeRule = (settings: Settings, accountId: AccountId): Rule => ({
  key: `second-factor:${accountId}`,
  limit: { max: settings.secondFactor.failuresPerAccount, window: settings.secondFactor.pause }
})

import { Effect, Option } from "effect"
import type * as Actor from "../kernel/Actor.ts"
import { SignInRequired } from "../kernel/refusals.ts"
import { AccountRepository } from "./AccountRepository.ts"

/**
 * The caller's account as of now. A session of an older credential epoch, or of an account that is not active, reads and writes nothing any more and
 * gets `SignInRequired` (AUT-06).
 */
export const callersAccount = Effect.fnUntraced(function* (
  actor: Pick<Actor.Account | Actor.Staff, "accountId" | "credentialEpoch">
) {
  const accounts = yield* AccountRepository
  const account = Option.getOrUndefined(yield* accounts.find(actor.accountId))
  if (account?.state !== "active" || account.credentialEpoch !== actor.credentialEpoch) {
    return yield* new SignInRequired()
  }
  return account
})

import { Duration, Effect, Redacted } from "effect"
import { Accounts } from "portico"
import { localPath, paths, withQuery } from "../../http/paths.ts"
import { goTo, show } from "../../http/respond.ts"
import { asAccount, Visit } from "../../http/Visit.ts"
import type { NoticeName } from "../../texts/index.ts"
import { recoveryCodesPage } from "../../views/secondFactor.ts"

/** Ends the session that the browser has brought along: where it gets another one, or none, nobody could sign it out any more (ASVS 7.2.4). */
export const endEarlier = Effect.gen(function* () {
  const visit = yield* Visit
  // whatever becomes of it, what the person came for is done
  if (visit.sessionToken !== undefined) yield* Effect.ignore(asAccount(Accounts.Sessions.signOut({})))
})

/** Gives the browser its session, or the challenge that asks for the second factor; answers the page that comes next. */
const take = Effect.fnUntraced(function* (outcome: Accounts.SignInOutcome, next: string | undefined) {
  const visit = yield* Visit
  if (outcome._tag === "SecondFactorNeeded") {
    visit.setCookie("challenge", Redacted.value(outcome.challenge), Duration.minutes(10))
    return withQuery(paths.signInSecondFactor, { next: localPath(next) })
  }
  visit.removeCookie("challenge")
  yield* endEarlier
  visit.startSession(outcome.token, outcome.staySignedIn ? outcome.expiresAt : undefined)
  return localPath(next) ?? paths.tenants
})

/**
 * How every way in ends: with a session, or on the page that asks for the second factor. Recovery codes that were made on the way are shown first,
 * because nobody can show them again.
 */
export const signInWith = Effect.fnUntraced(function* (
  outcome: Accounts.SignInOutcome,
  options: {
    readonly next?: string | undefined
    readonly notice?: NoticeName
    readonly recoveryCodes?: ReadonlyArray<Redacted.Redacted> | null
  } = {}
) {
  const visit = yield* Visit
  const onward = yield* take(outcome, options.next)
  const replaced = outcome._tag === "SignedIn" ? outcome.newRecoveryCode : null
  const codes = options.recoveryCodes ?? (replaced === null ? [] : [replaced])
  return codes.length === 0
    ? yield* goTo(onward, options.notice)
    : yield* show(recoveryCodesPage(visit, { codes: codes.map(Redacted.value), onward, replaced: replaced !== null }))
})

/** The session's new token after a change of credentials, with the codes that came with it, shown this once. */
export const showNewCodes = Effect.fnUntraced(function* (changed: {
  readonly token: Redacted.Redacted
  readonly recoveryCodes: ReadonlyArray<Redacted.Redacted>
}) {
  const visit = yield* Visit
  visit.renewSession(changed.token)
  return yield* show(
    recoveryCodesPage(visit, { codes: changed.recoveryCodes.map(Redacted.value), onward: paths.account })
  )
})

/** Ends the session here, whether or not it still lives at the library. */
export const signOut = Effect.gen(function* () {
  const visit = yield* Visit
  yield* asAccount(Accounts.Sessions.signOut({})).pipe(Effect.catchTag("SignInRequired", () => Effect.void))
  visit.endSession()
})

import { Effect, Redacted } from "effect"
import { Accounts } from "portico"
import { localPath, paths, withQuery } from "../http/paths.ts"
import { formAgain, goTo, goToNext, keepThroughProof, show } from "../http/respond.ts"
import { act, group, page } from "../http/routes.ts"
import { asAccount, asAnonymous, signedIn } from "../http/Visit.ts"
import { recoveryCodesPage } from "../views/secondFactor.ts"
import { secondFactorPage, signInPage, stepUpPage } from "../views/signIn.ts"
import { signInWith, signOut } from "./shared/signingIn.ts"

const { SecondFactors, Sessions, SignIns } = Accounts

/** Signing in and out, the second factor on the way in, and proving once more who one is. */
export const signInPages = group(
  page(paths.signIn, (visit) => show(signInPage(visit, { next: localPath(visit.query.get("next")) }))),
  act(paths.signIn, (visit) => {
    const { form } = visit
    const next = localPath(form.text("next"))
    return asAnonymous(
      SignIns.signIn({
        email: form.text("email"),
        password: form.secret("password"),
        staySignedIn: form.has("staySignedIn")
      })
    ).pipe(
      Effect.flatMap((outcome) => signInWith(outcome, { next })),
      formAgain((state) => signInPage(visit, { state, next }), {}, withQuery(paths.signIn, { next }))
    )
  }),
  page(paths.signInSecondFactor, (visit) => {
    const next = localPath(visit.query.get("next"))
    return visit.cookie("challenge") === undefined
      ? goTo(withQuery(paths.signIn, { next }))
      : show(secondFactorPage(visit, { next }))
  }),
  act(paths.signInSecondFactor, (visit) => {
    const next = localPath(visit.form.text("next"))
    const challenge = Redacted.make(visit.cookie("challenge") ?? "", { label: "challenge" })
    return asAnonymous(SignIns.completeSignIn({ challenge, code: visit.form.secret("code") })).pipe(
      Effect.flatMap((outcome) => signInWith(outcome, { next })),
      Effect.catchTag("ChallengeUnusable", () => {
        visit.removeCookie("challenge")
        return goTo(withQuery(paths.signIn, { next }), "challengeUnusable")
      }),
      // two forms go to one address here, and the answer shows the one that was sent
      formAgain((state) => secondFactorPage(visit, { state, next }))
    )
  }),
  act(paths.signOut, () => Effect.andThen(signOut, goTo(paths.start, "signedOut"))),
  page(
    paths.stepUp,
    Effect.fnUntraced(function* (visit) {
      const { account } = yield* signedIn
      const { enabled } = yield* asAccount(SecondFactors.status({}))
      const next = localPath(visit.query.get("next"))
      return yield* show(stepUpPage(visit, { next, email: account.email, secondFactor: enabled }))
    })
  ),
  act(
    paths.stepUp,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const { account } = yield* signedIn
      const next = localPath(form.text("next"))
      const secondFactor = form.has("code")
      return yield* asAccount(
        Sessions.stepUp(secondFactor ? { code: form.secret("code") } : { password: form.secret("password") })
      ).pipe(
        Effect.flatMap(
          Effect.fnUntraced(function* ({ newRecoveryCode, token }) {
            const renamed = visit.renewSession(token)
            // the step that asked for the proof has not been done: what was entered for it is kept, to be sent once more
            const waits = yield* keepThroughProof(renamed, next)
            if (newRecoveryCode === null) return yield* goToNext(next, paths.account, waits ? "stepUpDone" : undefined)
            return yield* show(
              recoveryCodesPage(visit, {
                codes: [Redacted.value(newRecoveryCode)],
                onward: next ?? paths.account,
                replaced: true
              })
            )
          })
        ),
        formAgain(
          (state) => stepUpPage(visit, { state, next, email: account.email, secondFactor }),
          {},
          withQuery(paths.stepUp, { next })
        )
      )
    })
  )
)

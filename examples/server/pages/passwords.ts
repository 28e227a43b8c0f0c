import { Effect, Redacted } from "effect"
import { Accounts, Settings } from "portico"
import { paths } from "../http/paths.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asWhoever } from "../http/Visit.ts"
import { passwordForgottenPage, passwordResetPage, passwordSentPage } from "../views/signIn.ts"
import { endEarlier } from "./shared/signingIn.ts"

const { Passwords } = Accounts

/** The forgotten password: asking for the mail, and what its link opens. */
export const passwordPages = group(
  page(paths.passwordForgotten, (visit) => show(passwordForgottenPage(visit, {}))),
  act(paths.passwordForgotten, (visit) =>
    asWhoever(Passwords.requestReset({ email: visit.form.text("email"), locale: visit.locale })).pipe(
      Effect.andThen(goTo(paths.passwordSent)),
      formAgain((state) => passwordForgottenPage(visit, { state }), {}, paths.passwordForgotten)
    )
  ),
  page(paths.passwordSent, (visit) => show(passwordSentPage(visit))),
  page(
    paths.passwordReset(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const { email } = yield* asWhoever(Passwords.readReset({ secret: Redacted.make(link) }))
      const { password } = yield* Settings.Settings
      return yield* show(passwordResetPage(visit, { link, email, minPasswordLength: password.minLength }))
    })
  ),
  act(
    paths.passwordReset(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const secret = Redacted.make(link)
      const { password } = yield* Settings.Settings
      const { email } = yield* asWhoever(Passwords.readReset({ secret }))
      return yield* asWhoever(Passwords.reset({ secret, newPassword: visit.form.secret("newPassword") })).pipe(
        // if it was this person's, it has ended like all others; somebody else's ends as well
        Effect.andThen(endEarlier),
        Effect.andThen(() => {
          visit.endSession()
          return goTo(paths.signIn, "passwordReset")
        }),
        formAgain(
          (state) => passwordResetPage(visit, { state, link, email, minPasswordLength: password.minLength }),
          {
            PasswordRefused: "newPassword"
          },
          visit.path
        )
      )
    })
  )
)

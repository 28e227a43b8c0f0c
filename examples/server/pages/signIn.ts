import { localPath, paths } from "../http/paths.ts"
import { show } from "../http/respond.ts"
import { group, page } from "../http/routes.ts"
import { passwordForgottenPage, passwordSentPage, signInPage } from "../views/signIn.ts"

/** Signing in and out, the second factor on the way in, and the forgotten password. */
export const signInPages = group(
  page(paths.signIn, (visit) => show(signInPage(visit, { next: localPath(visit.query.get("next")) }))),
  page(paths.passwordForgotten, (visit) => show(passwordForgottenPage(visit, {}))),
  page(paths.passwordSent, (visit) => show(passwordSentPage(visit)))
)

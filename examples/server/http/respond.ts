import { Clock, Duration, Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { Links, type Refusal, refusals } from "portico"
import type { FormState } from "../html/forms.ts"
import { layout } from "../html/layout.ts"
import type { Page } from "../html/Page.ts"
import type { NoticeName } from "../texts/index.ts"
import { errorPage } from "../views/errors.ts"
import { localPath, paths, withQuery } from "./paths.ts"
import { type FieldsByTag, messageOf, retryAfter, statusOf, toFormErrors } from "./refusals.ts"
import { Signer } from "./Signer.ts"
import { Visit, writeNotice } from "./Visit.ts"

type Response = HttpServerResponse.HttpServerResponse

/** Answers with a page. */
export const show = Effect.fnUntraced(function* (page: Page) {
  const visit = yield* Visit
  // when nobody can say who is signed in, the page still comes
  const signedIn = yield* visit.signedIn.pipe(Effect.catch(() => Effect.undefined))
  if (visit.notice !== undefined) visit.removeCookie("notice")
  return HttpServerResponse.text(layout(visit, page, signedIn?.viewer).toString(), {
    status: page.status ?? 200,
    contentType: "text/html; charset=utf-8"
  })
})

/** Goes on to another page of the portal, by a GET; `notice` is what that page says about the act that led to it. */
export const goTo = Effect.fnUntraced(function* (path: string, notice?: NoticeName) {
  const visit = yield* Visit
  const signer = yield* Signer
  if (notice !== undefined) visit.setCookie("notice", writeNotice(signer, notice), Duration.minutes(1))
  return HttpServerResponse.empty({ status: 303, headers: { location: path } })
})

/** Goes where `next` says, if it says a page of this portal, else to `otherwise`. */
export const goToNext = (next: string | null | undefined, otherwise: string, notice?: NoticeName) =>
  goTo(localPath(next) ?? otherwise, notice)

/** The page that a person wanted, for `next`; a form that was sent cannot be repeated by a GET, so there it is the page of the form. */
const wanted = (visit: Visit["Service"]): string | undefined => {
  const address = visit.method === "GET" ? visit.address : visit.path
  return localPath(address) === undefined || address === paths.start ? undefined : address
}

/** What a refusal becomes when the page has no better answer: the way to sign in, the proof of identity, or a page that says why not. */
export const answerRefusal = Effect.fnUntraced(function* (refusal: Refusal.RefusalInstance) {
  const visit = yield* Visit
  if (refusal._tag === refusals.SignInRequired.tag) {
    if (visit.sessionToken !== undefined) visit.endSession()
    return yield* goTo(withQuery(paths.signIn, { next: wanted(visit) }))
  }
  if (refusal._tag === refusals.StepUpRequired.tag) return yield* goTo(withQuery(paths.stepUp, { next: wanted(visit) }))
  const t = visit.texts.errors
  // most who open a link twice have done what it is for
  const used = refusal instanceof Links.LinkUnusable && refusal.reason === "used"
  const response = yield* show(
    errorPage(
      visit,
      // where nothing was entered, it is the address that names nothing
      refusal._tag === refusals.InvalidInput.tag && visit.method !== "POST"
        ? { status: 404, title: t.titles["not-found"], text: t.notFound }
        : {
            status: statusOf(refusal),
            title: refusal._tag === Links.LinkUnusable.tag ? t.linkTitle : t.titles[refusal.category],
            text: used ? t.linkUsed : messageOf(refusal, visit.locale),
            signIn: used && visit.sessionToken === undefined
          }
    )
  )
  return yield* withRetryAfter(response, refusal)
})

const withRetryAfter = Effect.fnUntraced(function* (response: Response, refusal: Refusal.RefusalInstance) {
  const seconds = retryAfter(refusal, yield* Clock.currentTimeMillis)
  return seconds === undefined ? response : HttpServerResponse.setHeader(response, "retry-after", String(seconds))
})

/**
 * Shows the form again with what is wrong, when the use case refuses. The refusals that lead elsewhere (sign in, prove who you are) pass.
 *
 * ```ts
 * registrations.register(input).pipe(
 *   Effect.andThen(goTo(paths.registerSent)),
 *   formAgain((state) => registerPage(visit, { state }))
 * )
 * ```
 */
export const formAgain =
  (render: (state: FormState) => Page, fieldsByTag: FieldsByTag = {}) =>
  <E extends Refusal.RefusalInstance, R>(effect: Effect.Effect<Response, E, R>) =>
    Effect.catch(effect, (refusal) =>
      Effect.gen(function* () {
        if (refusal._tag === refusals.SignInRequired.tag || refusal._tag === refusals.StepUpRequired.tag)
          return yield* Effect.fail(refusal)
        const visit = yield* Visit
        const page = render({ form: visit.form, errors: toFormErrors(refusal, visit.locale, fieldsByTag) })
        // the title is what a screen reader says first
        const title = `${visit.texts.common.error}: ${page.title}`
        return yield* withRetryAfter(yield* show({ ...page, title, status: statusOf(refusal) }), refusal)
      })
    )

import { Clock, Duration, Effect } from "effect"
import { HttpServerResponse } from "effect/http"
import { Links, type Refusal, refusals } from "portico"
import type { FormState } from "../html/forms.ts"
import { layout } from "../html/layout.ts"
import type { Page, Scene } from "../html/Page.ts"
import type { NoticeName } from "../texts/index.ts"
import { factorNeededPage } from "../views/control.ts"
import { errorPage } from "../views/errors.ts"
import type { Browser } from "./csrf.ts"
import { localPath, paths, withQuery } from "./paths.ts"
import { type FieldsByTag, messageOf, retryAfter, statusOf, toFormErrors } from "./refusals.ts"
import { Signer } from "./Signer.ts"
import { KEPT_FOR, openForm, sealForm } from "./sentForm.ts"
import { Visit, writeNotice } from "./Visit.ts"

type Response = HttpServerResponse.HttpServerResponse

const hasErrors = ({ errors }: FormState): boolean => errors.general.length > 0 || errors.fields.size > 0

/** What is wrong belongs into the title, which a screen reader says first. */
const withError = (scene: Scene, page: Page): Page => ({ ...page, title: `${scene.texts.common.error}: ${page.title}` })

/** Answers with a page. */
export const show = Effect.fnUntraced(function* (page: Page) {
  const visit = yield* Visit
  // when nobody can say who is signed in, the page still comes
  const signedIn = yield* visit.signedIn.pipe(Effect.catch(() => Effect.undefined))
  if (visit.notice !== undefined) visit.removeCookie("notice")
  if (visit.sent !== undefined) visit.removeCookie("form")
  const isWrong = visit.sent !== undefined && hasErrors(visit.sent.state)
  return HttpServerResponse.text(layout(visit, isWrong ? withError(visit, page) : page, signedIn?.viewer).toString(), {
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

/** To find the device that shows a code, and to type it in, takes a while. */
const PROOF_TAKES = Duration.minutes(10)

/** To prove who one is; the form that asked for it is back afterwards as it was filled in, but for passwords and codes. */
const toStepUp = Effect.fnUntraced(function* (visit: Visit["Service"]) {
  const next = wanted(visit)
  if (visit.method === "POST" && next !== undefined) {
    const entered = { form: visit.form, errors: { general: [], fields: new Map<string, string>() } }
    const sealed = yield* sealForm({ page: next, action: visit.path, state: entered }, visit.browser)
    if (sealed !== undefined) visit.setCookie("form", sealed, PROOF_TAKES)
  }
  return yield* goTo(withQuery(paths.stepUp, { next }))
})

/**
 * Keeps a form that waits for the page after the proof for the browser under its new name, which it has since its session was renewed. Answers whether
 * there is one.
 */
export const keepThroughProof = Effect.fnUntraced(function* (renamed: Browser, next: string | undefined) {
  const visit = yield* Visit
  const sent = next === undefined ? undefined : yield* openForm(visit.cookie("form"), pathOf(next), visit.browser)
  const sealed = sent === undefined ? undefined : yield* sealForm(sent, renamed)
  if (sealed === undefined) return false
  visit.setCookie("form", sealed, PROOF_TAKES)
  return true
})

/** What a refusal becomes when the page has no better answer: the way to sign in, the proof of identity, or a page that says why not. */
export const answerRefusal = Effect.fnUntraced(function* (refusal: Refusal.RefusalInstance) {
  const visit = yield* Visit
  if (refusal._tag === refusals.SignInRequired.tag) {
    if (visit.sessionToken !== undefined) visit.endSession()
    return yield* goTo(withQuery(paths.signIn, { next: wanted(visit) }))
  }
  if (refusal._tag === refusals.StepUpRequired.tag) return yield* toStepUp(visit)
  if (refusal._tag === refusals.SecondFactorRequired.tag) return yield* show(factorNeededPage(visit))
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

/** A form with other words for what is wrong with a field of choices: it cannot be filled in. */
export const saying =
  (field: string, text: string) =>
  ({ errors, form }: FormState): FormState => ({
    form,
    errors: {
      ...errors,
      fields: new Map([...errors.fields].map(([path, said]) => [path, path === field ? text : said]))
    }
  })

const pathOf = (address: string): string => address.split("?")[0] ?? address

/**
 * Leads to the page of a form by a GET, which shows what was entered, without passwords and codes, and what is wrong: to go back or to reload never
 * sends a form again. It is kept for that one page, in a cookie that is sealed for this browser; undefined where it is too long for one.
 */
export const comeBack = Effect.fnUntraced(function* (state: FormState, address: string, action?: string) {
  const visit = yield* Visit
  const sent = { page: pathOf(address), action: action ?? visit.path, state }
  const sealed = yield* sealForm(sent, visit.browser)
  if (sealed === undefined) return undefined
  visit.setCookie("form", sealed, KEPT_FOR)
  return HttpServerResponse.empty({ status: 303, headers: { location: address } })
})

/** A form with errors that a page has found itself: back on its page, or in this very answer where it is too long to be kept. */
export const formShown = Effect.fnUntraced(function* (state: FormState, address: string, page: Page, status = 422) {
  const visit = yield* Visit
  return (yield* comeBack(state, address)) ?? (yield* show({ ...withError(visit, page), status }))
})

/** The page of a form with what was refused, as this very answer: for forms that carry what no address says. */
export const showRefused = (page: Page, refusal: Refusal.RefusalInstance) =>
  Effect.flatMap(Visit, (visit) => show({ ...withError(visit, page), status: statusOf(refusal) }))

/** `Retry-After` belongs to the answer of the act itself. */
const isForLater = ({ category }: Refusal.RefusalInstance): boolean =>
  category === "too-many" || category === "unavailable"

/**
 * Shows the form again with what is wrong, when the use case refuses. The refusals that lead elsewhere (sign in, prove who you are) pass. Where the
 * form's page has an address of its own, `back` says it, and the form comes back there by a GET (see `comeBack`); else it is this very answer.
 * `reworded` may say better what is wrong.
 *
 * ```ts
 * registrations.register(input).pipe(
 *   Effect.andThen(goTo(paths.registerSent)),
 *   formAgain((state) => registerPage(visit, { state }))
 * )
 * ```
 */
export const formAgain =
  (
    render: (state: FormState) => Page,
    fieldsByTag: FieldsByTag = {},
    back?: string,
    reworded: (state: FormState) => FormState = (state) => state
  ) =>
  <E extends Refusal.RefusalInstance, R>(effect: Effect.Effect<Response, E, R>) =>
    Effect.catch(effect, (refusal) =>
      Effect.gen(function* () {
        if (refusal._tag === refusals.SignInRequired.tag || refusal._tag === refusals.StepUpRequired.tag)
          return yield* Effect.fail(refusal)
        const visit = yield* Visit
        const state = reworded({ form: visit.form, errors: toFormErrors(refusal, visit.locale, fieldsByTag) })
        const elsewhere = back === undefined || isForLater(refusal) ? undefined : yield* comeBack(state, back)
        if (elsewhere !== undefined) return elsewhere
        const page = render(state)
        return yield* withRetryAfter(yield* show({ ...withError(visit, page), status: statusOf(refusal) }), refusal)
      })
    )

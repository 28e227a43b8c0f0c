import { Duration, Effect, Redacted, Result, Schema } from "effect"
import { CustomerNumber, EmailAddress, Joining, PostalCode, refusals, Settings, UseCase } from "portico"
import type { FormState } from "../html/forms.ts"
import { Form } from "../http/Form.ts"
import { paths } from "../http/paths.ts"
import { consentField } from "../http/refusals.ts"
import { comeBack, formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asAnonymous, asWhoever, signedIn, type VisitShape } from "../http/Visit.ts"
import {
  askToJoinPage,
  type OfferView,
  selfRegisterConfirmedPage,
  selfRegisterConfirmPage,
  selfRegisterDetailsPage,
  selfRegisterPage,
  selfRegisterSentPage,
  welcomeAgreePage,
  welcomePage,
  welcomePasswordPage
} from "../views/selfRegistration.ts"
import { roleLabels } from "./shared/areas.ts"
import { carried } from "./shared/carried.ts"
import { consentsOf, consentViews, withMissingConsents } from "./shared/consents.ts"
import { signInWith, signOut } from "./shared/signingIn.ts"

const { SelfRegistrations } = Joining

const Company = Schema.Struct({ customerNumber: Schema.String, postalCode: Schema.String, country: Schema.String })

/** What the first page asks for. */
const First = Schema.Struct({ email: Schema.String, ...Company.fields })

const parseEmail = UseCase.parser(Schema.Struct({ email: EmailAddress.EmailAddressFromInput }))
const parseNumber = UseCase.parser(Schema.Struct({ customerNumber: CustomerNumber.CustomerNumberFromInput }))
const parsePlace = UseCase.parser(
  Schema.Struct({ postalCode: Schema.String, country: PostalCode.CountryFromInput }).check(PostalCode.ofItsCountry)
)

/**
 * Looks at the fields that name a company, and at the address where there is one, each by itself: a use case looks at the postal code only when all
 * else is right, and the person would have to send the form twice.
 */
const checked = ({ country, customerNumber, email, postalCode }: typeof Company.Type & { readonly email?: string }) => {
  const results: ReadonlyArray<Result.Result<unknown, refusals.InvalidInput>> = [
    ...(email === undefined ? [] : [parseEmail({ email })]),
    parseNumber({ customerNumber }),
    parsePlace({ postalCode, country })
  ]
  const issues = results.flatMap((result) => (Result.isFailure(result) ? result.failure.issues : []))
  return issues.length === 0 ? Effect.void : Effect.fail(new refusals.InvalidInput({ issues }))
}

const firsts = carried("selfRegistration", First)

const companyOf = (form: Form) => ({
  customerNumber: form.text("customerNumber"),
  postalCode: form.text("postalCode"),
  country: form.text("country")
})

/** So long the second page may wait. */
const TIME_FOR_DETAILS = Duration.hours(1)

/** What was entered on the first page. */
const entered = (visit: VisitShape) => firsts.open(visit.cookie("selfRegistration") ?? "")

const detailsPage = (visit: VisitShape, settings: Settings.Settings) => (state?: FormState) =>
  selfRegisterDetailsPage(visit, {
    ...(state === undefined ? {} : { state: withMissingConsents(state, settings, "selfRegistration", visit.locale) }),
    consents: consentViews(settings, "selfRegistration", visit.locale)
  })

/** The approval that the link is about. */
const offered = Effect.fnUntraced(function* (visit: VisitShape, link: string) {
  const settings = yield* Settings.Settings
  const offer = yield* asWhoever(SelfRegistrations.readOffer({ secret: Redacted.make(link) }))
  const view: OfferView = { ...offer, link, roles: roleLabels(settings, offer.roles, visit.locale) }
  return view
})

/** The texts to agree to, in their order, and those that the form has agreed to, in the version that is asked for. */
const agreements = Effect.fnUntraced(function* (visit: VisitShape, form: Form) {
  const settings = yield* Settings.Settings
  const texts = consentViews(settings, "selfRegistrationCompletion", visit.locale).filter(({ required }) => required)
  const given = texts.filter(({ kind, version }) => form.text(consentField(kind)) === version)
  return {
    given: given.map(({ kind, version }) => ({ kind, version })),
    agreed: Object.fromEntries(given.map(({ kind, version }) => [consentField(kind), version])),
    open: texts.find((text) => !given.includes(text)),
    minPasswordLength: settings.password.minLength
  }
})

/** The first text that is not agreed to, or the password. What was agreed to before comes with the form that led here. */
const showNext = Effect.fnUntraced(function* (visit: VisitShape, link: string) {
  const { email, next } = yield* offered(visit, link)
  if (next !== "complete") return yield* goTo(paths.welcome(link))
  const { agreed, minPasswordLength, open } = yield* agreements(visit, visit.sent?.state.form ?? Form.empty)
  return yield* show(
    open === undefined
      ? welcomePasswordPage(visit, { link, email, minPasswordLength, agreed })
      : welcomeAgreePage(visit, { link, consent: open, agreed })
  )
})

/** Agrees to one text and goes on to the next. */
const agree = Effect.fnUntraced(function* (visit: VisitShape, link: string) {
  const { form } = visit
  const { agreed, open } = yield* agreements(visit, form)
  const isMissing = open !== undefined && form.text("asked") === open.kind
  const fields = new Map(isMissing ? [[consentField(open.kind), visit.texts.selfRegistration.agreeNeeded]] : [])
  const state = { form: Form.of(Object.entries(agreed)), errors: { general: [], fields } }
  // a few words of consent always fit into a cookie; else the person begins with the first text
  return (yield* comeBack(state, paths.welcomeAgree(link))) ?? (yield* goTo(paths.welcomeAgree(link)))
})

/** Registering by customer number, and the way from the approval to the account. */
export const selfRegistrationPages = group(
  page(paths.selfRegister, (visit) => show(selfRegisterPage(visit, {}))),
  act(
    paths.selfRegister,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const first = { email: form.text("email"), ...companyOf(form) }
      return yield* checked(first).pipe(
        Effect.andThen(firsts.seal(first)),
        Effect.flatMap((sealed) => {
          visit.setCookie("selfRegistration", sealed, TIME_FOR_DETAILS)
          return goTo(paths.selfRegisterDetails)
        }),
        formAgain((state) => selfRegisterPage(visit, { state }), {}, paths.selfRegister)
      )
    })
  ),
  page(
    paths.selfRegisterDetails,
    Effect.fnUntraced(function* (visit) {
      const first = yield* entered(visit)
      return first === undefined
        ? yield* goTo(paths.selfRegister)
        : yield* show(detailsPage(visit, yield* Settings.Settings)(visit.sent?.state))
    })
  ),
  act(
    paths.selfRegisterDetails,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const settings = yield* Settings.Settings
      const first = yield* entered(visit)
      if (first === undefined) return yield* goTo(paths.selfRegister)
      return yield* asWhoever(
        SelfRegistrations.submit({
          ...first,
          firstName: form.text("firstName"),
          lastName: form.text("lastName"),
          consents: consentsOf(form, settings, "selfRegistration"),
          locale: visit.locale
        })
      ).pipe(
        Effect.flatMap(() => {
          visit.removeCookie("selfRegistration")
          return goTo(paths.selfRegisterSent)
        }),
        formAgain(detailsPage(visit, settings), {}, paths.selfRegisterDetails)
      )
    })
  ),
  page(paths.selfRegisterSent, (visit) => show(selfRegisterSentPage(visit))),
  page(
    paths.selfRegisterConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const found = yield* asWhoever(SelfRegistrations.read({ secret: Redacted.make(link) }))
      return yield* show(
        selfRegisterConfirmPage(visit, { ...found, link, name: `${found.firstName} ${found.lastName}` })
      )
    })
  ),
  act(
    paths.selfRegisterConfirm(":link"),
    Effect.fnUntraced(function* () {
      yield* asWhoever(SelfRegistrations.confirm({ secret: Redacted.make(yield* parameter("link")) }))
      return yield* goTo(paths.selfRegisterConfirmed)
    })
  ),
  page(paths.selfRegisterConfirmed, (visit) => show(selfRegisterConfirmedPage(visit))),
  page(
    paths.welcome(":link"),
    Effect.fnUntraced(function* (visit) {
      const offer = yield* offered(visit, yield* parameter("link"))
      const someone = yield* visit.signedIn
      return yield* show(welcomePage(visit, { offer, signedInAs: someone?.account.email }))
    })
  ),
  page(
    paths.welcomeAgree(":link"),
    Effect.fnUntraced(function* (visit) {
      return yield* showNext(visit, yield* parameter("link"))
    })
  ),
  act(
    paths.welcomeAgree(":link"),
    Effect.fnUntraced(function* (visit) {
      return yield* agree(visit, yield* parameter("link"))
    })
  ),
  act(
    paths.welcomePassword(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const { email } = yield* offered(visit, link)
      const { agreed, given, minPasswordLength } = yield* agreements(visit, visit.form)
      return yield* asAnonymous(
        SelfRegistrations.complete({
          secret: Redacted.make(link),
          consents: given,
          password: visit.form.secret("password"),
          locale: visit.locale
        })
      ).pipe(
        Effect.flatMap(({ joined, signIn }) =>
          signInWith(signIn, { next: paths.tenant(joined.tenantId), notice: "joined" })
        ),
        formAgain(
          (state) => welcomePasswordPage(visit, { state, link, email, minPasswordLength, agreed }),
          {},
          paths.welcomeAgree(link)
        )
      )
    })
  ),
  act(
    paths.welcomeJoin(":link"),
    Effect.fnUntraced(function* () {
      const { outcome, tenantId } = yield* asAccount(
        SelfRegistrations.join({ secret: Redacted.make(yield* parameter("link")) })
      )
      return yield* goTo(paths.tenant(tenantId), outcome === "Joined" ? "joined" : "alreadyMember")
    })
  ),
  act(
    paths.welcomeSwitch(":link"),
    Effect.fnUntraced(function* () {
      const link = yield* parameter("link")
      yield* signOut
      return yield* goTo(paths.welcome(link), "signedOut")
    })
  ),
  page(
    paths.join,
    Effect.fnUntraced(function* (visit) {
      yield* signedIn
      return yield* show(askToJoinPage(visit, {}))
    })
  ),
  act(paths.join, (visit) =>
    checked(companyOf(visit.form)).pipe(
      Effect.andThen(asAccount(SelfRegistrations.askToJoin(companyOf(visit.form)))),
      Effect.andThen(goTo(paths.myRequests, "joinAsked")),
      formAgain((state) => askToJoinPage(visit, { state }), {}, paths.join)
    )
  )
)

import { Duration, Effect, Redacted, Schema } from "effect"
import { Accounts, type Refusal, Settings } from "portico"
import type { FormState } from "../html/FormState.ts"
import { qrCode } from "../html/qrCode.ts"
import { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { issuesOf, toFormErrors } from "../http/refusals.ts"
import { formAgain, goTo, show, showRefused } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAnonymous, asWhoever, type VisitShape } from "../http/Visit.ts"
import { registerConfirmPage, registerPage, registerSecondFactorPage, registerSentPage } from "../views/registration.ts"
import { carried, lost } from "./shared/carried.ts"
import { consentsOf, consentViews, sentBack, withMissingConsents } from "./shared/consents.ts"
import { signInWith } from "./shared/signingIn.ts"

const { Registrations } = Accounts

/** The app that is being set up for an address that has no account yet. */
const Enrolment = Schema.Struct({
  email: Schema.String,
  uri: Schema.String,
  secret: Schema.String,
  prepared: Schema.String
})

/** The registration that waits for the app's first code: the form as it was sent, and the app. */
const Attempt = Schema.Struct({
  entries: Schema.Array(Schema.Tuple([Schema.String, Schema.String])),
  enrolment: Enrolment
})

const enrolments = carried("enrolment", Enrolment)
const attempts = carried("registration", Attempt)

const registrationOf = (visit: VisitShape, form: Form, settings: Settings.Settings) => {
  const companyName = form.optional("companyName")
  return {
    email: form.text("email"),
    firstName: form.text("firstName"),
    lastName: form.text("lastName"),
    ...(companyName === undefined ? {} : { companyName }),
    locale: visit.locale,
    consents: consentsOf(form, settings, "registration"),
    password: form.secret("password")
  }
}

const registerData = (visit: VisitShape, settings: Settings.Settings) => ({
  consents: consentViews(settings, "registration", visit.locale),
  minPasswordLength: settings.password.minLength
})

/** The next page shows the address to this browser, whatever became of the registration. */
const sent = (visit: VisitShape, email: string) => {
  visit.setCookie("registered", email.slice(0, 254), Duration.minutes(30))
  return goTo(paths.registerSent)
}

const addressOf = (visit: VisitShape): string | undefined => {
  const value = visit.cookie("registered")
  return value === "" ? undefined : value
}

/** The app to set up; one that was shown for this address before stays, because the person may have scanned it. */
const enrolmentFor = Effect.fnUntraced(function* (form: Form) {
  const email = form.text("email")
  const known = yield* enrolments.open(form.text("enrolment"))
  if (known?.email === email) return known
  const { prepared, secret, uri } = yield* asWhoever(Registrations.prepareSecondFactor({ email }))
  return { email, uri: Redacted.value(uri), secret: Redacted.value(secret), prepared }
})

/** The code is a part of the registration, and the only field of this form. */
const besideCode = ({ errors, form }: FormState): FormState => ({
  form,
  errors: { ...errors, fields: new Map([...errors.fields].map(([, text]) => ["code", text])) }
})

const showApp = Effect.fnUntraced(function* (
  visit: VisitShape,
  attempt: typeof Attempt.Type,
  refusal?: Refusal.RefusalInstance
) {
  const { enrolment } = attempt
  const page = registerSecondFactorPage(visit, {
    enrolment: { qr: yield* qrCode(enrolment.uri), secret: enrolment.secret },
    sealed: yield* attempts.seal(attempt),
    ...(refusal === undefined
      ? {}
      : { state: besideCode({ form: visit.form, errors: toFormErrors(refusal, visit.locale) }) })
  })
  return yield* refusal === undefined ? show(page) : showRefused(page, refusal)
})

/** Whether it is the code that was refused; everything else is a matter of the form before. */
const isAboutCode = (refusal: Refusal.RefusalInstance): boolean =>
  refusal._tag === "CodeRefused" || issuesOf(refusal).some(({ path }) => path[0] === "secondFactor")

/** "Register now", the second factor on the way, and what the link in the mail opens. */
export const registrationPages = group(
  page(
    paths.register,
    Effect.fnUntraced(function* (visit) {
      const settings = yield* Settings.Settings
      const state = sentBack(visit, settings, "registration")
      return yield* show(registerPage(visit, { ...registerData(visit, settings), ...state }))
    })
  ),
  act(
    paths.register,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const settings = yield* Settings.Settings
      const registration = registrationOf(visit, form, settings)
      const withApp = Effect.gen(function* () {
        yield* asWhoever(Registrations.check(registration))
        return yield* showApp(visit, { entries: form.entries, enrolment: yield* enrolmentFor(form) })
      })
      const without = asWhoever(Registrations.register(registration)).pipe(
        Effect.andThen(sent(visit, registration.email))
      )
      return yield* (form.has("secondFactor") ? withApp : without).pipe(
        formAgain(
          (state) =>
            registerPage(visit, {
              ...registerData(visit, settings),
              state: withMissingConsents(state, settings, "registration", visit.locale),
              enrolment: form.optional("enrolment")
            }),
          {},
          // an app that was set up on the way is part of the answer only
          form.has("enrolment") ? undefined : paths.register
        )
      )
    })
  ),
  act(
    paths.registerSecondFactor,
    Effect.fnUntraced(function* (visit) {
      const attempt = yield* attempts.open(visit.form.text("sealed"))
      if (attempt === undefined) return yield* lost
      const settings = yield* Settings.Settings
      const form = Form.of(attempt.entries)
      const registration = registrationOf(visit, form, settings)
      const { email, prepared } = attempt.enrolment
      const secondFactor = { prepared, code: visit.form.secret("code") }
      return yield* asWhoever(
        Registrations.register(visit.form.has("skip") ? registration : { ...registration, secondFactor })
      ).pipe(
        Effect.andThen(sent(visit, email)),
        Effect.catch((refusal) =>
          Effect.gen(function* () {
            if (isAboutCode(refusal)) return yield* showApp(visit, attempt, refusal)
            const state = { form, errors: toFormErrors(refusal, visit.locale) }
            const enrolment = yield* enrolments.seal(attempt.enrolment)
            const again = registerPage(visit, { ...registerData(visit, settings), state, enrolment })
            return yield* showRefused(again, refusal)
          })
        )
      )
    })
  ),
  page(paths.registerSent, (visit) => show(registerSentPage(visit, { email: addressOf(visit) }))),
  act(paths.registerSent, (visit) =>
    asWhoever(Registrations.sendAgain({ email: visit.form.text("email"), locale: visit.locale })).pipe(
      Effect.andThen(goTo(paths.registerSent, "registrationMailSent")),
      formAgain((state) => registerSentPage(visit, { email: visit.form.text("email"), state }), {}, paths.registerSent)
    )
  ),
  page(
    paths.registerConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const { email, hasPassword, hasSecondFactor } = yield* asWhoever(
        Registrations.read({ secret: Redacted.make(link) })
      )
      const { password } = yield* Settings.Settings
      const kind = !hasPassword ? "choose" : visit.query.get("password") === "new" ? "replace" : "known"
      return yield* show(
        registerConfirmPage(visit, { link, kind, email, hasSecondFactor, minPasswordLength: password.minLength })
      )
    })
  ),
  act(
    paths.registerConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const link = yield* parameter("link")
      const secret = Redacted.make(link)
      const settings = yield* Settings.Settings
      const kind = form.text("kind") === "known" ? "known" : form.text("kind") === "replace" ? "replace" : "choose"
      const { email, hasSecondFactor } = yield* asWhoever(Registrations.read({ secret }))
      const given =
        kind === "known" ? { password: form.secret("password") } : { newPassword: form.secret("newPassword") }
      return yield* asAnonymous(Registrations.confirm({ secret, ...given })).pipe(
        Effect.flatMap(({ recoveryCodes, signIn }) =>
          signInWith(signIn, { recoveryCodes, notice: "registrationConfirmed" })
        ),
        formAgain(
          (state) =>
            registerConfirmPage(visit, {
              state,
              link,
              kind,
              email,
              hasSecondFactor,
              minPasswordLength: settings.password.minLength
            }),
          { PasswordRefused: "newPassword" },
          withQuery(visit.path, { password: kind === "replace" ? "new" : undefined })
        )
      )
    })
  )
)

import { Effect, Redacted, Schema } from "effect"
import { Accounts, Settings } from "portico"
import { qrCode } from "../html/qrCode.ts"
import { paths } from "../http/paths.ts"
import { toFormErrors } from "../http/refusals.ts"
import { formAgain, goTo, show, showRefused } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asWhoever, signedIn, type VisitShape } from "../http/Visit.ts"
import { accountPage, emailConfirmPage, emailPage, passwordPage, profilePage, sessionsPage } from "../views/account.ts"
import { confirmPage } from "../views/confirm.ts"
import { secondFactorIntroPage, secondFactorSetUpPage } from "../views/secondFactor.ts"
import { carried } from "./shared/carried.ts"
import { showNewCodes } from "./shared/signingIn.ts"

const { EmailChanges, Passwords, Profiles, SecondFactors, Sessions } = Accounts

/** More than anybody has. */
const ALL_SESSIONS = 100

const ownSessions = Effect.map(asAccount(Sessions.list({ limit: ALL_SESSIONS })), ({ items }) => items)

// ---- profile and address ---------------------------------------------------------------------------------------------------------------

const ownProfile = asAccount(Profiles.read({}))

const emailData = Effect.map(ownProfile, ({ account, newAddress }) => ({ current: account.email, newAddress }))

// ---- password --------------------------------------------------------------------------------------------------------------------------

const passwordData = Effect.gen(function* () {
  const { account } = yield* signedIn
  const { password } = yield* Settings.Settings
  return { email: account.email, minPasswordLength: password.minLength }
})

// ---- second factor ---------------------------------------------------------------------------------------------------------------------

/** The app that is being set up, so that its QR code can be shown again after a wrong code. */
const apps = carried("second-factor", Schema.Struct({ uri: Schema.String, secret: Schema.String }))

const begin = Effect.fnUntraced(function* (visit: VisitShape) {
  const { secret, uri } = yield* asAccount(SecondFactors.beginEnrolment({}))
  const app = { uri: Redacted.value(uri), secret: Redacted.value(secret) }
  return yield* show(
    secondFactorSetUpPage(visit, {
      enrolment: { qr: yield* qrCode(app.uri), secret: app.secret },
      sealed: yield* apps.seal(app)
    })
  )
})

const confirmApp = Effect.fnUntraced(function* (
  visit: VisitShape,
  app: { readonly uri: string; readonly secret: string }
) {
  return yield* asAccount(SecondFactors.confirmEnrolment({ code: visit.form.secret("code") })).pipe(
    Effect.flatMap(showNewCodes),
    Effect.catchTags({
      CodeRefused: (refusal) => showAppAgain(visit, app, refusal),
      InvalidInput: (refusal) => showAppAgain(visit, app, refusal)
    })
  )
})

const showAppAgain = Effect.fnUntraced(function* (
  visit: VisitShape,
  app: { readonly uri: string; readonly secret: string },
  refusal: Parameters<typeof toFormErrors>[0]
) {
  const page = secondFactorSetUpPage(visit, {
    state: { form: visit.form, errors: toFormErrors(refusal, visit.locale) },
    enrolment: { qr: yield* qrCode(app.uri), secret: app.secret },
    sealed: yield* apps.seal(app)
  })
  return yield* showRefused(page, refusal)
})

// ---- pages -----------------------------------------------------------------------------------------------------------------------------

/** The person's own account: password, second factor, sessions. */
export const accountPages = group(
  page(
    paths.account,
    Effect.fnUntraced(function* (visit) {
      const { account, addressSettlesAt, marketing, newAddress } = yield* ownProfile
      const { consents } = yield* Settings.Settings
      const { enabled, recoveryCodes, since } = yield* asAccount(SecondFactors.status({}))
      const sessions = yield* ownSessions
      return yield* show(
        accountPage(visit, {
          profile: account,
          newAddress,
          settlesAt: addressSettlesAt,
          marketing: {
            label: consents.marketing.label[visit.locale],
            version: consents.marketing.version,
            given: marketing
          },
          factor: enabled ? { kind: "on", since: since ?? 0, recoveryCodesLeft: recoveryCodes } : { kind: "off" },
          sessions: sessions.length
        })
      )
    })
  ),
  page(
    paths.accountProfile,
    Effect.fnUntraced(function* (visit) {
      const { account } = yield* ownProfile
      return yield* show(profilePage(visit, { profile: account }))
    })
  ),
  act(
    paths.accountProfile,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const { account } = yield* ownProfile
      return yield* asAccount(
        Profiles.change({
          firstName: form.text("firstName"),
          lastName: form.text("lastName"),
          locale: form.text("locale")
        })
      ).pipe(
        Effect.andThen(goTo(paths.account, "profileSaved")),
        formAgain((state) => profilePage(visit, { profile: account, state }), {}, paths.accountProfile)
      )
    })
  ),
  act(
    paths.accountMarketing,
    Effect.fnUntraced(function* (visit) {
      // the button carries the version of the text that stood above it; that which withdraws carries none
      const version = visit.form.has("version") ? visit.form.text("version") : null
      yield* asAccount(Profiles.setMarketing({ version, locale: visit.locale }))
      return yield* goTo(paths.account, "marketingSaved")
    })
  ),
  page(
    paths.accountEmail,
    Effect.fnUntraced(function* (visit) {
      return yield* show(emailPage(visit, yield* emailData))
    })
  ),
  act(
    paths.accountEmail,
    Effect.fnUntraced(function* (visit) {
      const data = yield* emailData
      return yield* asAccount(EmailChanges.ask({ email: visit.form.text("email") })).pipe(
        Effect.andThen(goTo(paths.accountEmail, "emailAsked")),
        formAgain(
          (state) => emailPage(visit, { ...data, state }),
          { AddressUnchanged: "email", AddressConfigured: "email" },
          paths.accountEmail
        )
      )
    })
  ),
  act(paths.accountEmailCancel, () =>
    Effect.andThen(asAccount(EmailChanges.cancel({})), goTo(paths.accountEmail, "emailCancelled"))
  ),
  page(
    paths.accountEmailConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const link = yield* parameter("link")
      const { email, expiresAt, own } = yield* asWhoever(EmailChanges.read({ secret: Redacted.make(link) }))
      const someone = yield* visit.signedIn
      const who = own ? "own" : someone === undefined ? "nobody" : "other"
      return yield* show(emailConfirmPage(visit, { link, email, expiresAt, who }))
    })
  ),
  act(
    paths.accountEmailConfirm(":link"),
    Effect.fnUntraced(function* (visit) {
      const secret = Redacted.make(yield* parameter("link"))
      const { token } = yield* asAccount(EmailChanges.confirm({ secret }))
      visit.renewSession(token)
      return yield* goTo(paths.account, "emailChanged")
    })
  ),
  page(
    paths.accountPassword,
    Effect.fnUntraced(function* (visit) {
      return yield* show(passwordPage(visit, yield* passwordData))
    })
  ),
  act(
    paths.accountPassword,
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* passwordData
      return yield* asAccount(
        Passwords.change({ currentPassword: form.secret("currentPassword"), newPassword: form.secret("newPassword") })
      ).pipe(
        Effect.flatMap(({ token }) => {
          visit.renewSession(token)
          return goTo(paths.account, "passwordChanged")
        }),
        formAgain(
          (state) => passwordPage(visit, { ...data, state }),
          {
            PasswordRefused: "newPassword",
            PasswordWrong: "currentPassword"
          },
          paths.accountPassword
        )
      )
    })
  ),
  page(
    paths.secondFactor,
    Effect.fnUntraced(function* (visit) {
      const { enabled } = yield* asAccount(SecondFactors.status({}))
      return yield* show(secondFactorIntroPage(visit, { replaces: enabled }))
    })
  ),
  act(
    paths.secondFactor,
    Effect.fnUntraced(function* (visit) {
      const app = yield* apps.open(visit.form.text("sealed"))
      return yield* app === undefined ? begin(visit) : confirmApp(visit, app)
    })
  ),
  page(
    paths.secondFactorRemove,
    Effect.fnUntraced(function* (visit) {
      yield* signedIn
      const t = visit.texts.account
      return yield* show(
        confirmPage(visit, {
          title: t.factorRemoveTitle,
          lead: t.factorRemoveLead,
          action: paths.secondFactorRemove,
          submit: t.factorRemoveSubmit,
          back: paths.account
        })
      )
    })
  ),
  act(
    paths.secondFactorRemove,
    Effect.fnUntraced(function* (visit) {
      const { token } = yield* asAccount(SecondFactors.disable({}))
      visit.renewSession(token)
      return yield* goTo(paths.account, "secondFactorOff")
    })
  ),
  page(
    paths.recoveryCodes,
    Effect.fnUntraced(function* (visit) {
      yield* signedIn
      const t = visit.texts.account
      return yield* show(
        confirmPage(visit, {
          title: t.recoveryNewTitle,
          lead: t.recoveryNewHint,
          action: paths.recoveryCodes,
          submit: t.recoveryNew,
          back: paths.account,
          kind: "primary"
        })
      )
    })
  ),
  act(paths.recoveryCodes, () => Effect.flatMap(asAccount(SecondFactors.regenerateRecoveryCodes({})), showNewCodes)),
  page(
    paths.sessions,
    Effect.fnUntraced(function* (visit) {
      const sessions = yield* ownSessions
      return yield* show(
        sessionsPage(visit, { sessions: sessions.map((session) => ({ ...session, isCurrent: session.current })) })
      )
    })
  ),
  act(
    paths.sessionEnd(":session"),
    Effect.fnUntraced(function* () {
      const sessionId = yield* parameter("session")
      yield* asAccount(Sessions.end({ sessionId }))
      return yield* goTo(paths.sessions, "sessionEnded")
    })
  ),
  act(paths.sessionsEndOthers, () =>
    Effect.andThen(asAccount(Sessions.endOthers({})), goTo(paths.sessions, "sessionsEnded"))
  )
)

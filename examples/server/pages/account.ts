import { Effect, Redacted, Schema } from "effect"
import { Accounts, Settings } from "portico"
import { qrCode } from "../html/qrCode.ts"
import { paths } from "../http/paths.ts"
import { statusOf, toFormErrors } from "../http/refusals.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, signedIn, type VisitShape } from "../http/Visit.ts"
import { accountPage, passwordPage, sessionsPage } from "../views/account.ts"
import { confirmPage } from "../views/confirm.ts"
import { secondFactorIntroPage, secondFactorSetUpPage } from "../views/secondFactor.ts"
import { carried } from "./shared/carried.ts"
import { showNewCodes } from "./shared/signingIn.ts"

const { Passwords, SecondFactors, Sessions } = Accounts

/** More than anybody has. */
const ALL_SESSIONS = 100

const ownSessions = Effect.map(asAccount(Sessions.list({ limit: ALL_SESSIONS })), ({ items }) => items)

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
  return yield* show({ ...page, status: statusOf(refusal) })
})

// ---- pages -----------------------------------------------------------------------------------------------------------------------------

/** The person's own account: password, second factor, sessions. */
export const accountPages = group(
  page(
    paths.account,
    Effect.fnUntraced(function* (visit) {
      const { account } = yield* signedIn
      const { enabled, recoveryCodes, since } = yield* asAccount(SecondFactors.status({}))
      const sessions = yield* ownSessions
      return yield* show(
        accountPage(visit, {
          profile: account,
          factor: enabled ? { kind: "on", since: since ?? 0, recoveryCodesLeft: recoveryCodes } : { kind: "off" },
          sessions: sessions.length
        })
      )
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

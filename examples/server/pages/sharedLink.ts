import { Effect, Redacted } from "effect"
import type { HttpServerResponse } from "effect/http"
import { Invitations, type Refusal, Settings } from "portico"
import { paths, withQuery } from "../http/paths.ts"
import { messageOf, statusOf } from "../http/refusals.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asAnonymous, asWhoever, type VisitShape } from "../http/Visit.ts"
import { errorPage } from "../views/errors.ts"
import { type SharedLinkView, sharedLinkPage, sharedLinkRegisterPage, sharedLinkSentPage } from "../views/sharing.ts"
import { roleLabels } from "./shared/areas.ts"
import { consentsOf, consentViews, sentBack, withMissingConsents } from "./shared/consents.ts"
import { signInWith, signOut } from "./shared/signingIn.ts"

const { ShareableLinks } = Invitations

/** What the link opens, as the page shows it. */
const opened = Effect.fnUntraced(function* (visit: VisitShape, link: string) {
  const settings = yield* Settings.Settings
  const found = yield* asWhoever(ShareableLinks.read({ secret: Redacted.make(link) }))
  const signedIn = yield* visit.signedIn
  const view: SharedLinkView = {
    link,
    tenantName: found.tenantName,
    creatorName: found.creatorName,
    roles: roleLabels(settings, found.roles, visit.locale),
    domain: found.domain,
    expiresAt: found.expiresAt,
    email: found.email ?? ""
  }
  return { view, next: found.next, signedInAs: signedIn?.account.email }
})

/** Where a link is not open any more, the page says why. */
const orClosed =
  <E extends Refusal.RefusalInstance, R>(
    handler: (visit: VisitShape) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ) =>
  (visit: VisitShape) =>
    Effect.catch(handler(visit), (refusal) =>
      refusal instanceof Invitations.ShareableLink.ShareableLinkClosed
        ? show(
            errorPage(visit, {
              status: statusOf(refusal),
              title: visit.texts.sharing.closedTitle,
              text: messageOf(refusal, visit.locale)
            })
          )
        : Effect.fail(refusal)
    )

/** The pages of a link that was passed on, and of the mail that it sends. */
export const sharedLinkPages = group(
  page(
    paths.shared(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        return yield* show(sharedLinkPage(visit, yield* opened(visit, yield* parameter("link"))))
      })
    )
  ),
  act(
    paths.shared(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const link = yield* parameter("link")
        const data = yield* opened(visit, link)
        return yield* asAnonymous(
          ShareableLinks.proveAddress({
            secret: Redacted.make(link),
            email: visit.form.text("email"),
            locale: visit.locale
          })
        ).pipe(
          Effect.andThen(goTo(paths.sharedSent)),
          formAgain((state) => sharedLinkPage(visit, { ...data, state }), { AddressOutsideDomain: "email" }, visit.path)
        )
      })
    )
  ),
  page(paths.sharedSent, (visit) => show(sharedLinkSentPage(visit))),
  act(
    paths.sharedJoin(":link"),
    orClosed(
      Effect.fnUntraced(function* () {
        const link = yield* parameter("link")
        return yield* asAccount(ShareableLinks.joinByLink({ secret: Redacted.make(link) })).pipe(
          Effect.flatMap(({ outcome, tenantId }) =>
            goTo(paths.tenant(tenantId), outcome === "Joined" ? "joined" : "alreadyMember")
          ),
          // the page of the link is the one to come back to, not the address of this act
          Effect.catchTag("SignInRequired", () => goTo(withQuery(paths.signIn, { next: paths.shared(link) })))
        )
      })
    )
  ),
  act(
    paths.sharedSwitch(":link"),
    Effect.fnUntraced(function* () {
      const link = yield* parameter("link")
      yield* signOut
      return yield* goTo(paths.shared(link), "signedOut")
    })
  ),
  page(
    paths.sharedRegister(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const link = yield* parameter("link")
        const settings = yield* Settings.Settings
        const { next, view } = yield* opened(visit, link)
        if (next !== "register") return yield* goTo(paths.shared(link))
        return yield* show(
          sharedLinkRegisterPage(visit, {
            ...sentBack(visit, settings, "invitation"),
            view,
            consents: consentViews(settings, "invitation", visit.locale),
            minPasswordLength: settings.password.minLength
          })
        )
      })
    )
  ),
  act(
    paths.sharedRegister(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const { form } = visit
        const link = yield* parameter("link")
        const settings = yield* Settings.Settings
        const { view } = yield* opened(visit, link)
        return yield* asAnonymous(
          ShareableLinks.joinAsNew({
            secret: Redacted.make(link),
            firstName: form.text("firstName"),
            lastName: form.text("lastName"),
            password: form.secret("password"),
            consents: consentsOf(form, settings, "invitation"),
            locale: visit.locale
          })
        ).pipe(
          Effect.flatMap(({ joined, signIn }) =>
            signInWith(signIn, { next: paths.tenant(joined.tenantId), notice: "joined" })
          ),
          formAgain(
            (state) =>
              sharedLinkRegisterPage(visit, {
                state: withMissingConsents(state, settings, "invitation", visit.locale),
                view,
                consents: consentViews(settings, "invitation", visit.locale),
                minPasswordLength: settings.password.minLength
              }),
            {},
            visit.path
          )
        )
      })
    )
  )
)

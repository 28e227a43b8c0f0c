import { Effect, Redacted } from "effect"
import type { HttpServerResponse } from "effect/http"
import { Invitations, type Refusal, Settings } from "portico"
import { paths, withQuery } from "../http/paths.ts"
import { messageOf, statusOf } from "../http/refusals.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, asAnonymous, asWhoever, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { errorPage } from "../views/errors.ts"
import { type InvitationView, invitationPage, invitationRegisterPage } from "../views/invitations.ts"
import { roleLabels } from "./shared/areas.ts"
import { consentsOf, consentViews, sentBack, withMissingConsents } from "./shared/consents.ts"
import { signInWith, signOut } from "./shared/signingIn.ts"

/** What the link opens, as the page shows it. */
const opened = Effect.fnUntraced(function* (visit: VisitShape, link: string) {
  const settings = yield* Settings.Settings
  const { invitation, next } = yield* asWhoever(Invitations.read({ secret: Redacted.make(link) }))
  const view: InvitationView = {
    link,
    tenantName: invitation.tenantName,
    inviterName: invitation.inviterName,
    roles: roleLabels(settings, invitation.roles, visit.locale),
    message: invitation.message,
    contact: invitation.contact,
    expiresAt: invitation.expiresAt
  }
  return { view, next }
})

/** What a new account agrees to: who was added as a contact has asked for nothing, so it is more for them. */
const wayOf = ({ contact }: InvitationView) => (contact === null ? "invitation" : "contact")

/** Where an invitation is not open any more, the page says what became of it. */
const orClosed =
  <E extends Refusal.RefusalInstance, R>(
    handler: (visit: VisitShape) => Effect.Effect<HttpServerResponse.HttpServerResponse, E, R>
  ) =>
  (visit: VisitShape) =>
    Effect.catch(handler(visit), (refusal) => {
      if (!(refusal instanceof Invitations.Invitation.InvitationClosed)) return Effect.fail(refusal)
      const t = visit.texts.invitations
      const isAccepted = refusal.state === "accepted"
      return show(
        errorPage(visit, {
          status: statusOf(refusal),
          title: isAccepted ? t.acceptedTitle : t.closedTitle,
          text: isAccepted ? t.closedAccepted : messageOf(refusal, visit.locale),
          signIn: isAccepted && visit.sessionToken === undefined
        })
      )
    })

/** Joined, or a member already: either way the area is the next page. */
const welcome = ({ outcome, tenantId }: typeof Invitations.Joined.Type) =>
  goTo(paths.tenant(tenantId), outcome === "Joined" ? "joined" : "alreadyMember")

/** After a "no" the person goes on where they are: to their areas, or to the start page. */
const declined = Effect.fnUntraced(function* (visit: VisitShape) {
  const signedIn = yield* visit.signedIn
  return yield* goTo(signedIn === undefined ? paths.start : paths.tenants, "invitationDeclined")
})

/** The page of the one who is invited: what the link in the mail opens, and what is open for the own address. */
export const invitedPages = group(
  page(
    paths.invitation(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const { next, view } = yield* opened(visit, yield* parameter("link"))
        const signedIn = yield* visit.signedIn
        return yield* show(invitationPage(visit, { invitation: view, next, signedInAs: signedIn?.account.email }))
      })
    )
  ),
  act(
    paths.invitationAccept(":link"),
    orClosed(
      Effect.fnUntraced(function* () {
        const link = yield* parameter("link")
        return yield* asAccount(Invitations.accept({ secret: Redacted.make(link) })).pipe(
          Effect.flatMap(welcome),
          // the page of the link is the one to come back to, not the address of this act
          Effect.catchTag("SignInRequired", () => goTo(withQuery(paths.signIn, { next: paths.invitation(link) })))
        )
      })
    )
  ),
  act(
    paths.invitationSwitch(":link"),
    Effect.fnUntraced(function* () {
      const link = yield* parameter("link")
      yield* signOut
      return yield* goTo(paths.invitation(link), "signedOut")
    })
  ),
  page(
    paths.invitationDecline(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const { view } = yield* opened(visit, yield* parameter("link"))
        const t = visit.texts.invitations
        return yield* show(
          confirmPage(visit, {
            title: t.declineTitle(view.tenantName),
            lead: t.declineHint,
            action: paths.invitationDecline(view.link),
            submit: t.declineSubmit,
            back: paths.invitation(view.link)
          })
        )
      })
    )
  ),
  act(
    paths.invitationDecline(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        yield* asWhoever(Invitations.decline({ secret: Redacted.make(yield* parameter("link")) }))
        return yield* declined(visit)
      })
    )
  ),
  page(
    paths.invitationRegister(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const link = yield* parameter("link")
        const settings = yield* Settings.Settings
        const { next, view } = yield* opened(visit, link)
        if (next !== "register") return yield* goTo(paths.invitation(link))
        return yield* show(
          invitationRegisterPage(visit, {
            ...sentBack(visit, settings, wayOf(view)),
            invitation: view,
            consents: consentViews(settings, wayOf(view), visit.locale),
            minPasswordLength: settings.password.minLength
          })
        )
      })
    )
  ),
  act(
    paths.invitationRegister(":link"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const { form } = visit
        const link = yield* parameter("link")
        const settings = yield* Settings.Settings
        const { view } = yield* opened(visit, link)
        return yield* asAnonymous(
          Invitations.acceptAsNew({
            secret: Redacted.make(link),
            firstName: form.text("firstName"),
            lastName: form.text("lastName"),
            password: form.secret("password"),
            consents: consentsOf(form, settings, wayOf(view)),
            locale: visit.locale
          })
        ).pipe(
          Effect.flatMap(({ joined, signIn }) =>
            signInWith(signIn, { next: paths.tenant(joined.tenantId), notice: "joined" })
          ),
          formAgain(
            (state) =>
              invitationRegisterPage(visit, {
                state: withMissingConsents(state, settings, wayOf(view), visit.locale),
                invitation: view,
                consents: consentViews(settings, wayOf(view), visit.locale),
                minPasswordLength: settings.password.minLength
              }),
            {},
            visit.path
          )
        )
      })
    )
  ),
  act(
    paths.ownInvitationAccept(":tenant", ":invitation"),
    orClosed(
      Effect.fnUntraced(function* () {
        const [tenantId, invitationId] = [yield* parameter("tenant"), yield* parameter("invitation")]
        return yield* Effect.flatMap(asAccount(Invitations.acceptMine({ tenantId, invitationId })), welcome)
      })
    )
  ),
  page(
    paths.ownInvitationDecline(":tenant", ":invitation"),
    Effect.fnUntraced(function* (visit) {
      const [tenantId, invitationId] = [yield* parameter("tenant"), yield* parameter("invitation")]
      const { items } = yield* asAccount(Invitations.mine({ limit: 100 }))
      const found = items.find(({ id }) => id === invitationId)
      if (found === undefined) return yield* goTo(paths.tenants)
      const t = visit.texts.invitations
      return yield* show(
        confirmPage(visit, {
          title: t.declineTitle(found.tenantName),
          lead: t.declineHint,
          action: paths.ownInvitationDecline(tenantId, invitationId),
          submit: t.declineSubmit,
          back: paths.tenants
        })
      )
    })
  ),
  act(
    paths.ownInvitationDecline(":tenant", ":invitation"),
    orClosed(
      Effect.fnUntraced(function* (visit) {
        const [tenantId, invitationId] = [yield* parameter("tenant"), yield* parameter("invitation")]
        yield* asAccount(Invitations.declineMine({ tenantId, invitationId }))
        return yield* declined(visit)
      })
    )
  )
)

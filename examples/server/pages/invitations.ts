import { Effect } from "effect"
import { Invitations, Page, Settings } from "portico"
import { paths, withQuery } from "../http/paths.ts"
import { formAgain, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import { invitationsPage, invitePage } from "../views/invitations.ts"
import { areaOf, roleLabels } from "./shared/areas.ts"
import { inviting } from "./shared/inviting.ts"

/** The invitations of a customer area, for those who may invite. */
export const invitationPages = group(
  page(
    paths.invitations(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const settings = yield* Settings.Settings
      const { tenant } = yield* areaOf(tenantId)
      const after = visit.query.get("after")
      const { items, next } = yield* asAccount(Invitations.list({ tenantId, ...(after === null ? {} : { after }) }))
      const here = paths.invitations(tenantId)
      return yield* show(
        invitationsPage(visit, {
          tenant,
          invitations: items.map((item) => ({ ...item, roles: roleLabels(settings, item.roles, visit.locale) })),
          next: next === null ? undefined : withQuery(here, { after: next }),
          first: after === null ? undefined : here
        })
      )
    })
  ),
  page(
    paths.invite(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(invitePage(visit, yield* inviting(visit)))
    })
  ),
  act(
    paths.invite(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* inviting(visit)
      const { tenant } = data
      return yield* asAccount(
        Invitations.invite({
          tenantId: tenant.id,
          email: form.text("email"),
          roles: form.all("roles"),
          message: form.text("message"),
          locale: form.text("locale")
        })
      ).pipe(
        Effect.andThen(goTo(paths.invitations(tenant.id), "invitationSent")),
        formAgain((state) => invitePage(visit, { ...data, state }), {}, visit.path)
      )
    })
  ),
  act(
    paths.invitationResend(":tenant", ":invitation"),
    Effect.fnUntraced(function* () {
      const [tenantId, invitationId] = [yield* parameter("tenant"), yield* parameter("invitation")]
      yield* asAccount(Invitations.sendAgain({ tenantId, invitationId }))
      return yield* goTo(paths.invitations(tenantId), "invitationResent")
    })
  ),
  page(
    paths.invitationRevoke(":tenant", ":invitation"),
    Effect.fnUntraced(function* (visit) {
      const [tenantId, invitationId] = [yield* parameter("tenant"), yield* parameter("invitation")]
      const { tenant } = yield* areaOf(tenantId)
      // beyond the newest ones the question is asked without the address
      const open = yield* asAccount(Invitations.list({ tenantId, state: "pending", limit: Page.MAX_LIMIT }))
      const email = open.items.find(({ id }) => id === invitationId)?.email
      const t = visit.texts.invitations
      return yield* show(
        confirmPage(visit, {
          title: t.revokeTitle,
          lead: email === undefined ? t.revokeLead : t.revokeLeadOf(email),
          action: paths.invitationRevoke(tenantId, invitationId),
          submit: t.revokeSubmit,
          back: paths.invitations(tenantId),
          tenant,
          section: "invitations"
        })
      )
    })
  ),
  act(
    paths.invitationRevoke(":tenant", ":invitation"),
    Effect.fnUntraced(function* () {
      const [tenantId, invitationId] = [yield* parameter("tenant"), yield* parameter("invitation")]
      yield* asAccount(Invitations.revoke({ tenantId, invitationId }))
      return yield* goTo(paths.invitations(tenantId), "invitationRevoked")
    })
  )
)

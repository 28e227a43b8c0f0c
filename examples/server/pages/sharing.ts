import { Duration, Effect, Option, Redacted, Result } from "effect"
import { Actor, EmailAddress, Invitations, type Permission, type Refusal, refusals, Settings } from "portico"
import { InvitationBatches, isRunning, STEP } from "../batches.ts"
import { moment } from "../html/formats.ts"
import type { FormState } from "../html/forms.ts"
import type { Form } from "../http/Form.ts"
import { paths, withQuery } from "../http/paths.ts"
import { messageOf } from "../http/refusals.ts"
import { formAgain, formShown, goTo, show } from "../http/respond.ts"
import { act, group, page, parameter } from "../http/routes.ts"
import { asAccount, signedIn, Visit, type VisitShape } from "../http/Visit.ts"
import { confirmPage } from "../views/confirm.ts"
import {
  contactPage,
  inviteManyPage,
  inviteProgressPage,
  type OutcomeItem,
  sharedLinkCreatedPage,
  sharedLinkNewPage,
  sharedLinkRestrictPage,
  sharedLinksPage
} from "../views/sharing.ts"
import { areaOf, roleLabels } from "./shared/areas.ts"
import { inviting } from "./shared/inviting.ts"
import { addressLines, withFile } from "./shared/lists.ts"
import { showProgress } from "./shared/progress.ts"

const { ShareableLinks } = Invitations

// ---- many at once ----------------------------------------------------------------------------------------------------------------------

const entriesOf = (form: Form): ReadonlyArray<string> =>
  form
    .text("addresses")
    .split(/[\n,;]+/)
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "")

type Outcome = typeof Invitations.InviteOutcome.Type

/** Invites step by step, so that an address that was in an earlier step is known as a duplicate, too. */
const inSteps = (
  form: Form,
  tenantId: string,
  caller: <A, E extends Refusal.RefusalInstance, R>(
    effect: Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E, Exclude<R, Actor.By<"Account">>>
) => {
  const seen = new Set<string>()
  const nameOf = (entry: string) => Option.getOrElse(EmailAddress.parse(entry), () => entry)
  return Effect.fnUntraced(function* (entries: ReadonlyArray<string>, idempotencyKey?: string) {
    const fresh = entries.filter((entry) => !seen.has(nameOf(entry)))
    const answered =
      fresh.length === 0
        ? []
        : (yield* caller(
            Invitations.inviteMany(
              {
                tenantId,
                addresses: fresh,
                roles: form.all("roles"),
                message: form.text("message"),
                locale: form.text("locale")
              },
              { idempotencyKey }
            )
          )).outcomes
    const left = [...answered]
    const outcomes = entries.flatMap((entry): ReadonlyArray<Outcome> => {
      const parsed = Option.getOrUndefined(EmailAddress.parse(entry))
      if (parsed !== undefined && seen.has(parsed)) return [{ _tag: "Duplicate", address: parsed }]
      const outcome = left.shift()
      return outcome === undefined ? [] : [outcome]
    })
    for (const entry of fresh) if (Option.isSome(EmailAddress.parse(entry))) seen.add(nameOf(entry))
    return outcomes
  })
}

const toItem = (visit: VisitShape, settings: Settings.Settings, outcome: Outcome): OutcomeItem => ({
  address: outcome.address,
  tag: outcome._tag,
  ...(outcome._tag === "InvitedOtherwise"
    ? { detail: roleLabels(settings, outcome.roles, visit.locale).join(", ") }
    : outcome._tag === "LimitReached"
      ? { detail: moment(visit, outcome.retryAt) }
      : {})
})

export const bulkPages = group(
  page(
    paths.inviteMany(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(inviteManyPage(visit, yield* inviting(visit)))
    })
  ),
  act(
    paths.inviteMany(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const data = yield* inviting(visit)
      const { tenant } = data
      const sent = withFile(visit, "addresses", addressLines)
      if (Result.isFailure(sent)) {
        return yield* formShown(sent.failure, visit.path, inviteManyPage(visit, { ...data, state: sent.failure }))
      }
      const form = sent.success
      const batches = yield* InvitationBatches
      const { actor } = yield* signedIn
      const caller = Actor.provide(actor, visit.request)
      const entries = entriesOf(form)
      const most = Invitations.MOST_ADDRESSES
      return yield* Effect.gen(function* () {
        if (entries.length === 0 || entries.length > most) {
          const code = entries.length === 0 ? "missing" : "too-many"
          return yield* new refusals.InvalidInput({ issues: [{ path: ["addresses"], code }] })
        }
        const invite = inSteps(form, tenant.id, caller)
        // what is wrong with the form shows before anything runs in the background
        const outcomes = yield* invite(entries.slice(0, STEP))
        const id = yield* batches.start({ tenantId: tenant.id, accountId: actor.accountId, entries, outcomes }, invite)
        return yield* goTo(paths.inviteProgress(tenant.id, id))
      }).pipe(
        formAgain((state) => inviteManyPage(visit, { ...data, state }), {}, visit.path),
        Effect.provideService(Visit, { ...visit, form })
      )
    })
  ),
  page(
    paths.inviteProgress(":tenant", ":batch"),
    Effect.fnUntraced(function* (visit) {
      const [tenantId, id] = [yield* parameter("tenant"), yield* parameter("batch")]
      const { tenant } = yield* areaOf(tenantId)
      const { actor } = yield* signedIn
      const settings = yield* Settings.Settings
      const batches = yield* InvitationBatches
      const batch = yield* batches.find(id, actor.accountId)
      if (batch?.tenantId !== tenantId) return yield* new refusals.NotFound({ kind: "batch" })
      const { entries, outcomes, refusal } = batch
      return yield* showProgress(
        batch,
        inviteProgressPage(visit, {
          tenant,
          here: visit.path,
          total: entries.length,
          outcomes: outcomes.map((outcome) => toItem(visit, settings, outcome)),
          isRunning: isRunning(batch),
          stopped: refusal === undefined ? undefined : messageOf(refusal, visit.locale)
        })
      )
    })
  )
)

// ---- contacts --------------------------------------------------------------------------------------------------------------------------

export const contactPages = group(
  page(
    paths.contactNew(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(contactPage(visit, yield* inviting(visit)))
    })
  ),
  act(
    paths.contactNew(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* inviting(visit)
      const { tenant } = data
      return yield* asAccount(
        Invitations.addContact({
          tenantId: tenant.id,
          email: form.text("email"),
          firstName: form.text("firstName"),
          lastName: form.text("lastName"),
          roles: form.all("roles"),
          message: form.text("message"),
          locale: form.text("locale")
        })
      ).pipe(
        Effect.andThen(goTo(paths.members(tenant.id), "contactAdded")),
        formAgain((state) => contactPage(visit, { ...data, state }), {}, visit.path)
      )
    })
  )
)

// ---- links to share --------------------------------------------------------------------------------------------------------------------

/** A number that somebody typed; what is none goes on as one that no setting allows, so that the library says what is wrong. */
const numberOf = (text: string): number => (/^\d{1,6}$/.test(text.trim()) ? Number(text.trim()) : 0)

const optionalNumber = (form: Form, name: string): number | undefined => {
  const text = form.optional(name)
  return text === undefined ? undefined : numberOf(text)
}

/** The roles that both the person and a link may give. */
const shareableRoles = Effect.fnUntraced(function* (visit: VisitShape) {
  const data = yield* inviting(visit)
  const allowed: ReadonlySet<Permission.Permission> = new Set(data.settings.shareableLinks.permissions)
  const roles = data.roles.filter(({ value }) =>
    Settings.roleNamed(data.settings, value)?.permissions.every((permission) => allowed.has(permission))
  )
  const { lifetime, maxLifetime, maxUses } = data.settings.shareableLinks
  const bounds = {
    uses: maxUses,
    hours: Math.floor(Duration.toHours(maxLifetime)),
    usualHours: Math.floor(Duration.toHours(lifetime))
  }
  return { ...data, roles, bounds }
})

export const linkPages = group(
  page(
    paths.sharedLinks(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const tenantId = yield* parameter("tenant")
      const settings = yield* Settings.Settings
      const { tenant } = yield* areaOf(tenantId)
      const after = visit.query.get("after")
      const { items, next } = yield* asAccount(ShareableLinks.list({ tenantId, ...(after === null ? {} : { after }) }))
      const here = paths.sharedLinks(tenantId)
      return yield* show(
        sharedLinksPage(visit, {
          tenant,
          links: items.map((item) => ({ ...item, roles: roleLabels(settings, item.roles, visit.locale) })),
          next: next === null ? undefined : withQuery(here, { after: next }),
          first: after === null ? undefined : here
        })
      )
    })
  ),
  page(
    paths.sharedLinkNew(":tenant"),
    Effect.fnUntraced(function* (visit) {
      return yield* show(sharedLinkNewPage(visit, yield* shareableRoles(visit)))
    })
  ),
  act(
    paths.sharedLinkNew(":tenant"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const data = yield* shareableRoles(visit)
      const { tenant } = data
      const validForHours = optionalNumber(form, "validForHours")
      return yield* asAccount(
        ShareableLinks.create({
          tenantId: tenant.id,
          label: form.text("label"),
          roles: form.all("roles"),
          domain: form.text("domain"),
          maxUses: numberOf(form.text("maxUses")),
          ...(validForHours === undefined ? {} : { validForHours })
        })
      ).pipe(
        Effect.flatMap(({ url }) => show(sharedLinkCreatedPage(visit, { tenant, url: Redacted.value(url) }))),
        formAgain((state) => sharedLinkNewPage(visit, { ...data, state }), {}, visit.path)
      )
    })
  ),
  page(
    paths.sharedLinkRestrict(":tenant", ":link"),
    Effect.fnUntraced(function* (visit) {
      const linkId = yield* parameter("link")
      const { tenant } = yield* inviting(visit)
      return yield* show(sharedLinkRestrictPage(visit, { tenant, linkId }))
    })
  ),
  act(
    paths.sharedLinkRestrict(":tenant", ":link"),
    Effect.fnUntraced(function* (visit) {
      const { form } = visit
      const linkId = yield* parameter("link")
      const { tenant } = yield* inviting(visit)
      const [maxUses, validForHours] = [optionalNumber(form, "maxUses"), optionalNumber(form, "validForHours")]
      const domain = form.optional("domain")
      return yield* asAccount(
        ShareableLinks.restrict({
          tenantId: tenant.id,
          linkId,
          ...(maxUses === undefined ? {} : { maxUses }),
          ...(validForHours === undefined ? {} : { validForHours }),
          ...(domain === undefined ? {} : { domain })
        })
      ).pipe(
        Effect.andThen(goTo(paths.sharedLinks(tenant.id), "sharedLinkRestricted")),
        formAgain((state) => sharedLinkRestrictPage(visit, { tenant, linkId, state }), {}, visit.path)
      )
    })
  ),
  page(
    paths.sharedLinkRevoke(":tenant", ":link"),
    Effect.fnUntraced(function* (visit) {
      const linkId = yield* parameter("link")
      const { tenant } = yield* inviting(visit)
      return yield* show(revokePage(visit, tenant, linkId))
    })
  ),
  act(
    paths.sharedLinkRevoke(":tenant", ":link"),
    Effect.fnUntraced(function* (visit) {
      const linkId = yield* parameter("link")
      const { tenant } = yield* inviting(visit)
      return yield* asAccount(ShareableLinks.revoke({ tenantId: tenant.id, linkId })).pipe(
        Effect.andThen(goTo(paths.sharedLinks(tenant.id), "sharedLinkRevoked")),
        formAgain((state) => revokePage(visit, tenant, linkId, state), {}, visit.path)
      )
    })
  )
)

const revokePage = (
  visit: VisitShape,
  tenant: Effect.Success<ReturnType<typeof inviting>>["tenant"],
  linkId: string,
  state?: FormState
) => {
  const t = visit.texts.sharing
  return confirmPage(visit, {
    title: t.revokeTitle,
    lead: t.revokeLead,
    action: paths.sharedLinkRevoke(tenant.id, linkId),
    submit: t.revokeSubmit,
    back: paths.sharedLinks(tenant.id),
    tenant,
    section: "invitations",
    ...(state === undefined ? {} : { state })
  })
}

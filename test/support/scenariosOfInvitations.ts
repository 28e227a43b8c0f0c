import { Effect, Redacted } from "effect"
import * as Invitations from "../../src/invitations/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Mails from "../../src/mail/Mails.ts"
import { OutboxRepository } from "../../src/mail/OutboxRepository.ts"
import { form, passwords } from "../accounts/newcomers.ts"
import { world } from "../invitations/world.ts"
import { anonymously, as, newestSecret } from "./portal.ts"
import { job, type Scenario, scenario } from "./scenario.ts"

const { ShareableLinks } = Invitations

const grace = { email: "grace@example.com", firstName: "Grace", lastName: "Hopper", roles: ["member"] }

const invited = Effect.gen(function* () {
  const from = yield* world()
  const { id } = yield* Invitations.invite({ tenantId: from.tenantId, email: grace.email, roles: ["member"] }).pipe(
    as(from.owner)
  )
  return { ...from, invitationId: id }
})

/** A link that an owner has made, and its secret. */
const shared = Effect.gen(function* () {
  const from = yield* world()
  const { link, url } = yield* ShareableLinks.create({ tenantId: from.tenantId, maxUses: 5 }).pipe(as(from.owner))
  return { ...from, linkId: link.id, secret: Redacted.make(Redacted.value(url).split("/").at(-1) ?? "") }
})

/** The secret in the mail that proves an address to it. */
const mailed = Effect.fnUntraced(function* (email: string) {
  const from = yield* shared
  yield* ShareableLinks.proveAddress({ secret: from.secret, email }).pipe(anonymously)
  return { ...from, mailedSecret: yield* newestSecret(email) }
})

/** The Message-ID of an invitation's mail that was sent. */
const sent = Effect.gen(function* () {
  yield* invited
  const outbox = yield* OutboxRepository
  const now = yield* Instant.now
  const [mail] = yield* outbox.claim({ lease: "lease", now, until: Instant.plus(now, "2 minutes"), limit: 1 })
  if (mail === undefined) return yield* Effect.die(new Error("there is no mail"))
  yield* outbox.settle(mail.id, "lease", { _tag: "Sent" }, now)
  return `<${mail.id}@localhost.localdomain>`
})

export const scenariosOfInvitations: ReadonlyArray<Scenario> = [
  scenario(
    Invitations.addContact,
    Effect.map(
      world(),
      ({ admin, tenantId }) =>
        (options) =>
          Invitations.addContact({ ...grace, tenantId }, options).pipe(as(admin))
    )
  ),
  scenario(
    Invitations.addContact,
    Effect.map(
      invited,
      ({ owner, tenantId }) =>
        (options) =>
          Invitations.addContact({ ...grace, tenantId }, options).pipe(as(owner))
    ),
    "who was invited"
  ),
  {
    ...scenario(
      Invitations.inviteMany,
      Effect.map(
        invited,
        ({ owner, tenantId }) =>
          (options) =>
            Invitations.inviteMany(
              { tenantId, addresses: ["new@example.com", grace.email, "no address"], roles: ["member"] },
              options
            ).pipe(as(owner))
      )
    ),
    inParts: true
  },
  scenario(
    ShareableLinks.create,
    Effect.map(
      world(),
      ({ owner, tenantId }) =>
        (options) =>
          ShareableLinks.create({ tenantId, maxUses: 5, domain: "example.com" }, options).pipe(as(owner))
    )
  ),
  scenario(
    ShareableLinks.restrict,
    Effect.map(
      shared,
      ({ admin, linkId, tenantId }) =>
        (options) =>
          ShareableLinks.restrict({ tenantId, linkId, maxUses: 2 }, options).pipe(as(admin))
    )
  ),
  scenario(
    ShareableLinks.revoke,
    Effect.map(
      shared,
      ({ linkId, owner, tenantId }) =>
        (options) =>
          ShareableLinks.revoke({ tenantId, linkId }, options).pipe(as(owner))
    )
  ),
  scenario(
    ShareableLinks.list,
    Effect.map(
      shared,
      ({ owner, tenantId }) =>
        () =>
          ShareableLinks.list({ tenantId }).pipe(as(owner))
    )
  ),
  scenario(
    ShareableLinks.read,
    Effect.map(
      shared,
      ({ secret }) =>
        () =>
          ShareableLinks.read({ secret }).pipe(anonymously)
    )
  ),
  scenario(
    ShareableLinks.proveAddress,
    Effect.map(
      shared,
      ({ secret }) =>
        (options) =>
          ShareableLinks.proveAddress({ secret, email: grace.email }, options).pipe(anonymously)
    )
  ),
  scenario(
    ShareableLinks.joinByLink,
    Effect.map(
      shared,
      ({ guest, secret }) =>
        (options) =>
          ShareableLinks.joinByLink({ secret }, options).pipe(as(guest))
    )
  ),
  scenario(
    ShareableLinks.joinByLink,
    Effect.map(
      mailed("guest@example.com"),
      ({ guest, mailedSecret }) =>
        (options) =>
          ShareableLinks.joinByLink({ secret: mailedSecret }, options).pipe(as(guest))
    ),
    "by its mail"
  ),
  scenario(
    ShareableLinks.joinAsNew,
    Effect.map(
      mailed(grace.email),
      ({ mailedSecret }) =>
        (options) =>
          ShareableLinks.joinAsNew(
            {
              secret: mailedSecret,
              firstName: grace.firstName,
              lastName: grace.lastName,
              password: passwords.first,
              consents: form.consents
            },
            options
          ).pipe(anonymously)
    )
  ),
  scenario(
    Mails.reportBounce,
    Effect.map(sent, (messageId) => (options) => Mails.reportBounce({ messageId }, options).pipe(job))
  )
]

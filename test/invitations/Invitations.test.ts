import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { invited } from "../../src/invitations/invitationMails.ts"
import { job } from "../../src/kernel/Actor.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { type InvitationId, TenantId } from "../../src/kernel/ids.ts"
import { LinkRepository } from "../../src/kernel/Links.ts"
import { ConsentRepository } from "../../src/privacy/ConsentRepository.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { HasherProbe } from "../../src/testing/hasher.ts"
import { forEachAdapter } from "../support/adapters.ts"
import {
  anonymously,
  as,
  everyPort,
  given,
  mailsTo,
  newestSecret,
  type Portal,
  signedIn,
  withKernel
} from "../support/portal.ts"

const consents = [{ kind: "privacy", version: "1" }]
const password = Redacted.make("correct horse battery staple")
const unknownSecret = Redacted.make("A".repeat(43))

/** An owner with a tenant, and somebody who has an account but no place. */
const world = Effect.gen(function* () {
  const ownerAccount = yield* given.account("owner@example.com")
  const guestAccount = yield* given.account("guest@example.com")
  const tenant = yield* given.tenant(ownerAccount)
  return {
    ownerAccount,
    guestAccount,
    tenant,
    owner: yield* signedIn(ownerAccount),
    guest: yield* signedIn(guestAccount)
  }
})
type World = Effect.Success<typeof world>

const invite = Effect.fnUntraced(function* (
  { owner, tenant }: Pick<World, "owner" | "tenant">,
  over: { readonly roles?: ReadonlyArray<string>; readonly email?: string } = {}
) {
  const email = over.email ?? "guest@example.com"
  const sent = yield* Invitations.invite({ tenantId: tenant.id, email, roles: over.roles ?? ["member"] }).pipe(
    as(owner)
  )
  return { ...sent, secret: yield* newestSecret(email) }
})

const stateOf = Effect.fnUntraced(function* (from: World, id: InvitationId) {
  const page = yield* Invitations.list({ tenantId: from.tenant.id }).pipe(as(from.owner))
  return page.items.find((item) => item.id === id)?.state
})

const rolesOf = Effect.fnUntraced(function* (from: World, account: World["guestAccount"]) {
  const memberships = yield* MembershipRepository
  return Option.getOrNull(yield* memberships.find(from.tenant.id, account.id))?.roles
})

const newPerson = { firstName: "Grace", lastName: "Hopper", password, consents }

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>) =>
    () =>
      Effect.provide(effect, portal)

  describe(`Invitations (${adapter})`, () => {
    it.effect(
      "INV-01 a mail with a link goes out with the invitation, with the message and for 14 days",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const sent = yield* Invitations.invite({
            tenantId: from.tenant.id,
            email: "  New.Person@EXAMPLE.com ",
            roles: ["member", "admin", "member"],
            message: "Welcome!",
            locale: "en"
          }).pipe(as(from.owner))
          assert.strictEqual(sent.email, "new.person@example.com")
          assert.deepStrictEqual(sent.roles, ["admin", "member"])
          assert.strictEqual(sent.expiresAt, Instant.plus(yield* Instant.now, "14 days"))
          const [mail, ...more] = yield* mailsTo("new.person@example.com")
          assert.deepStrictEqual(more, [])
          assert.strictEqual(mail?.kind, invited.name)
          assert.strictEqual(mail?.locale, "en")
          assert.deepStrictEqual(mail?.values, {
            invitationId: sent.id,
            tenantName: "Muster GmbH",
            inviterName: "Ada Lovelace",
            message: "Welcome!",
            expiresAt: sent.expiresAt
          })
        })
      )
    )

    it.effect(
      "INV-01 nobody invites with roles above their own, and a member without the permission not at all",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const admin = yield* given.account("admin@example.com")
          yield* given.member(from.tenant.id, admin, ["admin"])
          yield* given.member(from.tenant.id, from.guestAccount, ["member"])
          const by = (actor: World["owner"], roles: ReadonlyArray<string>) =>
            Invitations.invite({ tenantId: from.tenant.id, email: "x@example.com", roles }).pipe(as(actor), Effect.flip)
          assert.strictEqual((yield* by(yield* signedIn(admin), ["owner"]))._tag, "NotAllowed")
          assert.strictEqual((yield* by(yield* signedIn(admin), ["member", "owner"]))._tag, "NotAllowed")
          assert.strictEqual((yield* by(from.guest, ["member"]))._tag, "NotAllowed")
          const unknown = yield* by(from.owner, ["emperor"])
          assert.deepInclude(unknown, { _tag: "InvalidInput", issues: [{ path: ["roles", "0"], code: "role" }] })
          assert.deepStrictEqual(yield* mailsTo("x@example.com"), [])
        })
      )
    )

    it.effect(
      "INV-01 the time to accept is asked for in hours, between 1 and 60 days",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const lasting = (validForHours: number) =>
            Invitations.invite({
              tenantId: from.tenant.id,
              email: "x@example.com",
              roles: ["member"],
              validForHours
            }).pipe(as(from.owner))
          for (const hours of [0, -1, 60 * 24 + 1]) {
            const refused = yield* Effect.flip(lasting(hours))
            assert.deepInclude(refused, {
              _tag: "InvalidInput",
              issues: [{ path: ["validForHours"], code: "range" }]
            })
          }
          const sent = yield* lasting(1)
          yield* TestClock.adjust("59 minutes")
          const secret = yield* newestSecret("x@example.com")
          yield* Invitations.read({ secret }).pipe(anonymously)
          yield* TestClock.adjust("1 minute")
          const late = yield* Invitations.read({ secret }).pipe(anonymously, Effect.flip)
          assert.deepInclude(late, { _tag: "InvitationClosed", state: "expired" })
          assert.strictEqual(sent.expiresAt, yield* Instant.now)
        })
      )
    )

    it.effect(
      "INV-02 the link's secret is not the invitation's id, is stored as a hash only, and no list returns it",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const { id, secret } = yield* invite(from)
          const page = yield* Invitations.list({ tenantId: from.tenant.id }).pipe(as(from.owner))
          const mine = yield* Invitations.mine({}).pipe(as(from.guest))
          const read = yield* Invitations.read({ secret }).pipe(anonymously)
          const raw = Redacted.value(secret)
          assert.notInclude(raw, id)
          assert.notInclude(JSON.stringify([page, mine, read, yield* mailsTo("guest@example.com")]), raw)
          const links = yield* LinkRepository
          assert.isTrue(Option.isNone(yield* links.find(Invitations.invitationLink.name, raw)))
          const byId = yield* Invitations.accept({ secret: Redacted.make(id) }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(byId, { _tag: "LinkUnusable", reason: "unknown" })
        })
      )
    )

    it.effect(
      "INV-03 reading needs the secret, shows who invites to what, says how to go on, and changes nothing",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const known = yield* invite(from)
          const unknown = yield* invite(from, { email: "nobody@example.com" })
          const nextOf = (secret: Redacted.Redacted) => Effect.map(Invitations.read({ secret }), ({ next }) => next)
          assert.strictEqual(yield* nextOf(known.secret).pipe(anonymously), "sign-in")
          assert.strictEqual(yield* nextOf(known.secret).pipe(as(from.guest)), "accept")
          assert.strictEqual(yield* nextOf(known.secret).pipe(as(from.owner)), "switch-account")
          assert.strictEqual(yield* nextOf(unknown.secret).pipe(anonymously), "register")
          assert.strictEqual(yield* nextOf(unknown.secret).pipe(as(from.guest)), "switch-account")
          const { invitation } = yield* Invitations.read({ secret: known.secret }).pipe(anonymously)
          assert.deepStrictEqual(invitation, {
            id: known.id,
            tenantId: from.tenant.id,
            tenantName: "Muster GmbH",
            inviterName: "Ada Lovelace",
            roles: ["member"],
            message: "",
            contact: null,
            expiresAt: known.expiresAt
          })
          assert.strictEqual(yield* stateOf(from, known.id), "pending")
          const refused = yield* Invitations.read({ secret: unknownSecret }).pipe(anonymously, Effect.flip)
          assert.deepInclude(refused, { _tag: "LinkUnusable", reason: "unknown" })
          // and it still opens
          assert.strictEqual(
            (yield* Invitations.accept({ secret: known.secret }).pipe(as(from.guest))).outcome,
            "Joined"
          )
        })
      )
    )

    it.effect(
      "INV-03 R-IN-02 without the secret, declining and listing need the invited address",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const { id } = yield* invite(from)
          const stranger = yield* signedIn(yield* given.account("eve@example.com"))
          const ref = { tenantId: from.tenant.id, invitationId: id }
          for (const refused of [
            yield* Invitations.declineMine(ref).pipe(as(stranger), Effect.flip),
            yield* Invitations.acceptMine(ref).pipe(as(stranger), Effect.flip),
            // not even the one who invited
            yield* Invitations.acceptMine(ref).pipe(as(from.owner), Effect.flip)
          ]) {
            assert.deepInclude(refused, { _tag: "NotFound", kind: "invitation" })
          }
          assert.deepStrictEqual((yield* Invitations.mine({}).pipe(as(stranger))).items, [])
          assert.strictEqual(yield* stateOf(from, id), "pending")
          yield* Invitations.declineMine(ref).pipe(as(from.guest))
          assert.strictEqual(yield* stateOf(from, id), "declined")
        })
      )
    )

    it.effect(
      "INV-04 R-IN-01 whoever is invited joins by the link with their proven address, with the roles offered and their address as contact",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const memberships = yield* MembershipRepository
          const tenants = yield* TenantRepository
          const { id, secret } = yield* invite(from, { roles: ["admin"] })
          const joined = yield* Invitations.accept({ secret }).pipe(as(from.guest))
          assert.deepStrictEqual(joined, { outcome: "Joined", tenantId: from.tenant.id, roles: ["admin"] })
          const membership = Option.getOrThrow(yield* memberships.find(from.tenant.id, from.guestAccount.id))
          assert.deepStrictEqual(membership.roles, ["admin"])
          assert.strictEqual(membership.contactEmail, from.guestAccount.email)
          assert.strictEqual(yield* stateOf(from, id), "accepted")
          const tenant = Option.getOrThrow(yield* tenants.find(from.tenant.id))
          assert.deepStrictEqual([tenant.memberCount, tenant.ownerCount], [2, 1])
        })
      )
    )

    it.effect(
      "INV-04 somebody else is refused without the invited address being named, whatever became of the invitation",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const { id, secret } = yield* invite(from)
          const stranger = yield* signedIn(yield* given.account("eve@example.com"))
          const before = yield* Invitations.accept({ secret }).pipe(as(stranger), Effect.flip)
          assert.strictEqual(before._tag, "InvitationForSomeoneElse")
          assert.notInclude(JSON.stringify(before) + before.message, "guest@example.com")
          assert.strictEqual(yield* stateOf(from, id), "pending")
          yield* Invitations.accept({ secret }).pipe(as(from.guest))
          const after = yield* Invitations.accept({ secret }).pipe(as(stranger), Effect.flip)
          assert.strictEqual(after._tag, "InvitationForSomeoneElse")
        })
      )
    )

    it.effect(
      "INV-04 somebody without an account makes one through the link and joins in one step, signed in, with evidence of the consents",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const accounts = yield* AccountRepository
          const evidence = yield* ConsentRepository
          const { secret } = yield* invite(from, { email: "grace@example.com", roles: ["admin"] })
          const answer = yield* Invitations.acceptAsNew({ secret, ...newPerson, locale: "en" }).pipe(anonymously)
          assert.deepStrictEqual(answer.joined, { outcome: "Joined", tenantId: from.tenant.id, roles: ["admin"] })
          assert.strictEqual(answer.signIn._tag, "SignedIn")
          const credentials = Option.getOrThrow(yield* accounts.findByEmail(EmailAddress.make("grace@example.com")))
          assert.strictEqual(credentials.account.lastName, "Hopper")
          assert.isNotNull(credentials.passwordHash)
          const consented = yield* evidence.ofAccount(credentials.account.id)
          assert.deepStrictEqual(
            consented.map(({ channel, given, kind, version }) => ({ channel, given, kind, version })),
            [{ channel: "invitation", given: true, kind: "privacy", version: "1" }]
          )
          assert.deepStrictEqual(yield* rolesOf(from, credentials.account), ["admin"])
          const again = yield* Invitations.acceptAsNew({ secret, ...newPerson }).pipe(anonymously, Effect.flip)
          assert.deepInclude(again, { _tag: "InvitationClosed", state: "accepted" })
        })
      )
    )

    it.effect(
      "INV-04 R-PW-09 AUT-02 an account made through the link obeys the password policy and the consents, and nothing is written before",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const accounts = yield* AccountRepository
          const { id, secret } = yield* invite(from, { email: "grace@example.com" })
          const attempt = (over: Partial<typeof newPerson>) =>
            Invitations.acceptAsNew({ secret, ...newPerson, ...over }).pipe(anonymously, Effect.flip)
          const tags = [
            (yield* attempt({ password: Redacted.make("short") }))._tag,
            (yield* attempt({ password: Redacted.make("gracegracegrace") }))._tag,
            (yield* attempt({ password: Redacted.make("mustergmbhmustergmbh") }))._tag,
            (yield* attempt({ consents: [] }))._tag,
            (yield* attempt({ consents: [{ kind: "privacy", version: "0" }] }))._tag
          ]
          assert.deepStrictEqual(tags, [
            "PasswordRefused",
            "PasswordRefused",
            "PasswordRefused",
            "ConsentRequired",
            "ConsentRequired"
          ])
          assert.isTrue(Option.isNone(yield* accounts.findByEmail(EmailAddress.make("grace@example.com"))))
          assert.strictEqual(yield* stateOf(from, id), "pending")
        })
      )
    )

    it.effect(
      "INV-04 R-IN-07 the link makes no second account for an address that has one, and signs nobody in to it",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const { id, secret } = yield* invite(from)
          const refused = yield* Invitations.acceptAsNew({ secret, ...newPerson }).pipe(anonymously, Effect.flip)
          assert.strictEqual(refused._tag, "SignInToAccept")
          assert.strictEqual(yield* stateOf(from, id), "pending")
          assert.isUndefined(yield* rolesOf(from, from.guestAccount))
        })
      )
    )

    it.effect(
      "INV-05 R-IN-03 an invitation stops counting when its inviter is removed, demoted or suspended, and admins can re-issue it",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const memberships = yield* MembershipRepository
          const adminAccount = yield* given.account("admin@example.com")
          const admin = yield* signedIn(adminAccount)
          const membership = yield* given.member(from.tenant.id, adminAccount, ["admin"])
          const byAdmin = yield* invite({ owner: admin, tenant: from.tenant }, { roles: ["admin"] })

          yield* memberships.update({ ...membership, roles: ["member"] })
          const demoted = yield* Invitations.accept({ secret: byAdmin.secret }).pipe(as(from.guest), Effect.flip)
          assert.strictEqual(demoted._tag, "GrantorLostAuthority")
          yield* memberships.remove(from.tenant.id, adminAccount.id)
          const removed = yield* Invitations.accept({ secret: byAdmin.secret }).pipe(as(from.guest), Effect.flip)
          assert.strictEqual(removed._tag, "GrantorLostAuthority")
          assert.strictEqual(yield* stateOf(from, byAdmin.id), "pending")

          const reissued = yield* invite(from, { roles: ["admin"] })
          assert.strictEqual(reissued.id, byAdmin.id)
          const joined = yield* Invitations.accept({ secret: reissued.secret }).pipe(as(from.guest))
          assert.deepStrictEqual(joined.roles, ["admin"])
        })
      )
    )

    it.effect(
      "INV-05 nobody joins a tenant that is suspended",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const tenants = yield* TenantRepository
          const { id, secret } = yield* invite(from)
          const tenant = Option.getOrThrow(yield* tenants.find(from.tenant.id))
          yield* tenants.save({ ...tenant, state: "suspended" })
          const refused = yield* Invitations.accept({ secret }).pipe(as(from.guest), Effect.flip)
          assert.strictEqual(refused._tag, "GrantorLostAuthority")
          assert.isUndefined(yield* rolesOf(from, from.guestAccount))
          const active = Option.getOrThrow(yield* tenants.find(from.tenant.id))
          yield* tenants.save({ ...active, state: "active" })
          assert.strictEqual(yield* stateOf(from, id), "pending")
          yield* Invitations.accept({ secret }).pipe(as(from.guest))
        })
      )
    )

    it.effect(
      "INV-06 whoever comes second learns in which state the invitation is",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const ref = (id: InvitationId) => ({ tenantId: from.tenant.id, invitationId: id })
          const revoked = yield* invite(from)
          yield* Invitations.revoke(ref(revoked.id)).pipe(as(from.owner))
          for (const late of [
            yield* Invitations.accept({ secret: revoked.secret }).pipe(as(from.guest), Effect.flip),
            yield* Invitations.decline({ secret: revoked.secret }).pipe(anonymously, Effect.flip),
            yield* Invitations.read({ secret: revoked.secret }).pipe(anonymously, Effect.flip),
            yield* Invitations.revoke(ref(revoked.id)).pipe(as(from.owner), Effect.flip),
            yield* Invitations.sendAgain(ref(revoked.id)).pipe(as(from.owner), Effect.flip),
            yield* Invitations.acceptMine(ref(revoked.id)).pipe(as(from.guest), Effect.flip)
          ]) {
            assert.deepInclude(late, { _tag: "InvitationClosed", state: "revoked" })
          }
          const declined = yield* invite(from)
          yield* Invitations.decline({ secret: declined.secret }).pipe(anonymously)
          const accepted = yield* Invitations.accept({ secret: declined.secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(accepted, { _tag: "InvitationClosed", state: "declined" })
          const taken = yield* Invitations.revoke(ref(declined.id)).pipe(as(from.owner), Effect.flip)
          assert.deepInclude(taken, { _tag: "InvitationClosed", state: "declined" })
        })
      )
    )

    it.effect(
      "INV-06 the job marks those whose time has run out, once, and says so in the log",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const { id } = yield* invite(from)
          const expire = Invitations.expireOverdue({ limit: 100 }).pipe(as(job("expire")))
          assert.deepStrictEqual(yield* expire, { expired: 0 })
          yield* TestClock.adjust("14 days")
          assert.strictEqual(yield* stateOf(from, id), "expired")
          assert.deepStrictEqual(yield* expire, { expired: 1 })
          assert.deepStrictEqual(yield* expire, { expired: 0 })
          assert.strictEqual(yield* stateOf(from, id), "expired")
        })
      )
    )

    it.effect(
      "INV-07 R-IN-06 V-11 inviting again with the same roles sends the mail again with a new secret, and the older one is void",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const first = yield* invite(from)
          yield* TestClock.adjust("1 day")
          const second = yield* invite(from)
          assert.strictEqual(second.id, first.id)
          assert.strictEqual(second.expiresAt, Instant.plus(first.expiresAt, "1 day"))
          const old = yield* Invitations.accept({ secret: first.secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(old, { _tag: "LinkUnusable", reason: "void" })
          const again = yield* Invitations.sendAgain({ tenantId: from.tenant.id, invitationId: first.id }).pipe(
            as(from.owner)
          )
          assert.strictEqual(again.id, first.id)
          const stale = yield* Invitations.read({ secret: second.secret }).pipe(anonymously, Effect.flip)
          assert.deepInclude(stale, { _tag: "LinkUnusable", reason: "void" })
          yield* Invitations.accept({ secret: yield* newestSecret("guest@example.com") }).pipe(as(from.guest))
        })
      )
    )

    it.effect(
      "INV-07 inviting again with other roles replaces the old invitation",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const first = yield* invite(from)
          const second = yield* invite(from, { roles: ["admin"] })
          assert.notStrictEqual(second.id, first.id)
          assert.strictEqual(yield* stateOf(from, first.id), "replaced")
          const old = yield* Invitations.accept({ secret: first.secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(old, { _tag: "InvitationClosed", state: "replaced" })
          const joined = yield* Invitations.accept({ secret: second.secret }).pipe(as(from.guest))
          assert.deepStrictEqual(joined.roles, ["admin"])
        })
      )
    )

    it.effect(
      "INV-07 an expired, declined or revoked invitation never blocks a new one",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const expired = yield* invite(from)
          yield* TestClock.adjust("15 days")
          const owner = yield* signedIn(from.ownerAccount)
          const guest = yield* signedIn(from.guestAccount)
          const second = yield* invite({ ...from, owner })
          assert.notStrictEqual(second.id, expired.id)
          yield* Invitations.revoke({ tenantId: from.tenant.id, invitationId: second.id }).pipe(as(owner))
          const third = yield* invite({ ...from, owner })
          yield* Invitations.decline({ secret: third.secret }).pipe(anonymously)
          const fourth = yield* invite({ ...from, owner })
          const joined = yield* Invitations.accept({ secret: fourth.secret }).pipe(as(guest))
          assert.strictEqual(joined.outcome, "Joined")
        })
      )
    )

    it.effect(
      "INV-04 INV-08 a member who has somebody else's link closes nothing with it",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          yield* given.member(from.tenant.id, from.guestAccount, ["member"])
          const { id, secret } = yield* invite(from, { email: "new@example.com" })
          const refused = yield* Invitations.accept({ secret }).pipe(as(from.guest), Effect.flip)
          assert.strictEqual(refused._tag, "InvitationForSomeoneElse")
          assert.strictEqual(yield* stateOf(from, id), "pending")
          assert.strictEqual((yield* Invitations.read({ secret }).pipe(anonymously)).next, "register")
        })
      )
    )

    it.effect(
      "INV-08 a member who accepts is told so, with the roles unchanged and the invitation closed",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          yield* given.member(from.tenant.id, from.guestAccount, ["member"])
          const { id, secret } = yield* invite(from, { roles: ["admin"] })
          const answer = yield* Invitations.accept({ secret }).pipe(as(from.guest))
          assert.deepStrictEqual(answer, { outcome: "AlreadyMember", tenantId: from.tenant.id, roles: ["member"] })
          assert.deepStrictEqual(yield* rolesOf(from, from.guestAccount), ["member"])
          assert.strictEqual(yield* stateOf(from, id), "accepted")
        })
      )
    )

    it.effect(
      "INV-09 those who may invite see the tenant's invitations by state and page; others do not, and do not learn that there is a tenant",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          for (const n of [1, 2, 3]) yield* invite(from, { email: `n${n}@example.com` })
          const first = yield* Invitations.list({ tenantId: from.tenant.id, limit: 2 }).pipe(as(from.owner))
          assert.deepStrictEqual(
            first.items.map(({ email }) => email),
            ["n3@example.com", "n2@example.com"].map((email) => EmailAddress.make(email))
          )
          assert.isNotNull(first.next)
          const rest = yield* Invitations.list({ tenantId: from.tenant.id, limit: 2, after: first.next ?? "" }).pipe(
            as(from.owner)
          )
          assert.deepStrictEqual([rest.items.length, rest.next], [1, null])
          const pending = yield* Invitations.list({ tenantId: from.tenant.id, state: "revoked" }).pipe(as(from.owner))
          assert.deepStrictEqual(pending.items, [])

          const outside = yield* Invitations.list({ tenantId: from.tenant.id }).pipe(as(from.guest), Effect.flip)
          const missing = yield* Invitations.list({
            tenantId: TenantId.make("01890000-0000-7000-8000-000000000000")
          }).pipe(as(from.guest), Effect.flip)
          assert.deepStrictEqual(outside, missing)
          yield* given.member(from.tenant.id, from.guestAccount, ["member"])
          const member = yield* Invitations.list({ tenantId: from.tenant.id }).pipe(as(from.guest), Effect.flip)
          assert.strictEqual(member._tag, "NotAllowed")
        })
      )
    )

    it.effect(
      "INV-09 an account sees what is open for its own address and can accept there without the mail",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const { id, secret } = yield* invite(from)
          const mine = yield* Invitations.mine({}).pipe(as(from.guest))
          assert.deepStrictEqual(
            mine.items.map((item) => [item.id, item.tenantName]),
            [[id, "Muster GmbH"]]
          )
          const joined = yield* Invitations.acceptMine({ tenantId: from.tenant.id, invitationId: id }).pipe(
            as(from.guest)
          )
          assert.strictEqual(joined.outcome, "Joined")
          assert.deepStrictEqual((yield* Invitations.mine({}).pipe(as(from.guest))).items, [])
          const late = yield* Invitations.accept({ secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(late, { _tag: "InvitationClosed", state: "accepted" })
        })
      )
    )

    it.effect(
      "INV-09 REG-09 R-IN-01 who has just moved to the invited address accepts with the mail, and a day later without it",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const accounts = yield* AccountRepository
          const moved = Effect.fnUntraced(function* (email: string) {
            const account = yield* given.account(`${email}.before`)
            yield* accounts.setEmail(account.id, EmailAddress.make(email), yield* Instant.now, account.credentialEpoch)
            return yield* signedIn({ ...account, credentialEpoch: account.credentialEpoch + 1 })
          })
          const first = yield* invite(from, { email: "first@example.com" })
          const second = yield* invite(from, { email: "second@example.com" })
          const one = yield* moved("first@example.com")
          const two = yield* moved("second@example.com")
          const ref = { tenantId: from.tenant.id, invitationId: first.id }
          const day = 86_400_000
          const early = yield* Invitations.acceptMine(ref).pipe(as(one), Effect.flip)
          assert.deepInclude(early, { _tag: "AddressTooNew", from: Instant.fromMillis(day) })
          // of an invitation of somebody else no more is told than before
          const other = yield* Invitations.acceptMine(ref).pipe(as(two), Effect.flip)
          assert.strictEqual(other._tag, "NotFound")
          assert.strictEqual((yield* Invitations.accept({ secret: second.secret }).pipe(as(two))).outcome, "Joined")
          yield* TestClock.adjust(day)
          assert.strictEqual((yield* Invitations.acceptMine(ref).pipe(as(one))).outcome, "Joined")
        })
      )
    )

    it.effect(
      "INV-10 R-IN-08 R-EN-01 inviting answers, mails and works the same whether or not the address has an account",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const probe = yield* HasherProbe
          const known = yield* invite(from, { email: "guest@example.com" })
          const unknown = yield* invite(from, { email: "nobody@example.com" })
          const shape = ({ email: _, id: __, secret: ___, ...rest }: typeof known) => rest
          assert.deepStrictEqual(shape(known), shape(unknown))
          const [one] = yield* mailsTo("guest@example.com")
          const [other] = yield* mailsTo("nobody@example.com")
          assert.deepStrictEqual(one?.kind, other?.kind)
          assert.deepStrictEqual(
            JSON.stringify(one?.values).replace(known.id, unknown.id),
            JSON.stringify(other?.values)
          )
          assert.deepStrictEqual(yield* probe.counts, { hash: 0, verify: 0 })
        })
      )
    )

    it.effect(
      "INV-14 V-26 nobody joins when every seat is taken, and the invitation stays open",
      proving(
        Effect.gen(function* () {
          const ownerAccount = yield* given.account("owner@example.com")
          const guestAccount = yield* given.account("guest@example.com")
          const tenant = yield* given.tenant(ownerAccount, { seats: 1 })
          const from = {
            ownerAccount,
            guestAccount,
            tenant,
            owner: yield* signedIn(ownerAccount),
            guest: yield* signedIn(guestAccount)
          }
          const { id, secret } = yield* invite(from)
          const refused = yield* Invitations.accept({ secret }).pipe(as(from.guest), Effect.flip)
          assert.deepInclude(refused, { _tag: "NoSeatLeft", seats: 1 })
          assert.strictEqual(yield* stateOf(from, id), "pending")
          assert.strictEqual((yield* Invitations.read({ secret }).pipe(as(from.guest))).next, "accept")
        })
      )
    )

    it.effect(
      "R-TE-03 G-05 another tenant's invitation cannot be revoked or sent again through one's own tenant",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const other = yield* given.tenant(from.guestAccount)
          const { id } = yield* invite(from, { email: "x@example.com" })
          const ref = { tenantId: other.id, invitationId: id }
          for (const refused of [
            yield* Invitations.revoke(ref).pipe(as(from.guest), Effect.flip),
            yield* Invitations.sendAgain(ref).pipe(as(from.guest), Effect.flip)
          ]) {
            assert.deepInclude(refused, { _tag: "NotFound", kind: "invitation" })
          }
          assert.strictEqual(yield* stateOf(from, id), "pending")
          assert.strictEqual((yield* mailsTo("x@example.com")).length, 1)
        })
      )
    )

    it.effect(
      "INV-07 TEN-01 an offer to a first owner whose time ran out does not block a new one, to the same address or another",
      proving(
        Effect.gen(function* () {
          const setup = yield* given.tenantInSetup()
          const offer = (email: string) =>
            Invitations.inviteFirstOwner({ tenantId: setup.id, email }).pipe(as(job("seed")))
          const late = yield* offer("guest@example.com")
          const lateSecret = yield* newestSecret("guest@example.com")
          yield* TestClock.adjust("15 days")
          assert.notStrictEqual((yield* offer("guest@example.com")).id, late.id)
          const closed = yield* Invitations.read({ secret: lateSecret }).pipe(anonymously, Effect.flip)
          assert.deepInclude(closed, { _tag: "InvitationClosed", state: "expired" })
          yield* TestClock.adjust("15 days")
          yield* offer("more@example.com")
          const secret = yield* newestSecret("more@example.com")
          assert.strictEqual((yield* Invitations.read({ secret }).pipe(anonymously)).next, "register")
        })
      )
    )

    it.effect(
      "V-03 LIM-01 the tenant's mails are limited, and strangers who try to invite use nothing of that up",
      () =>
        Effect.gen(function* () {
          const from = yield* world
          const to = (email: string, tenantId = from.tenant.id) =>
            Invitations.invite({ tenantId, email, roles: ["member"] })
          const { id } = yield* to("first@example.com").pipe(as(from.owner))
          const again = Invitations.sendAgain({ tenantId: from.tenant.id, invitationId: id })
          for (let n = 0; n < 5; n++) {
            assert.strictEqual((yield* to("x@example.com").pipe(as(from.guest), Effect.flip))._tag, "NotFound")
            assert.strictEqual((yield* again.pipe(as(from.guest), Effect.flip))._tag, "NotFound")
          }
          yield* again.pipe(as(from.owner))
          yield* to("second@example.com").pipe(as(from.owner))
          assert.strictEqual((yield* to("third@example.com").pipe(as(from.owner), Effect.flip))._tag, "TooManyAttempts")
          assert.strictEqual((yield* again.pipe(as(from.owner), Effect.flip))._tag, "TooManyAttempts")
          assert.deepStrictEqual(yield* mailsTo("third@example.com"), [])
          yield* TestClock.adjust("24 hours")
          yield* to("third@example.com").pipe(as(from.owner))
        }).pipe(
          Effect.provide(
            Layer.provideMerge(
              withKernel({ limits: { invitationsPerTenant: { max: 3, window: "24 hours" } } }),
              storage
            )
          )
        )
    )

    it.effect(
      "TEN-01 a tenant in setup becomes active when its first owner accepts; another address takes the offer over",
      proving(
        Effect.gen(function* () {
          const from = yield* world
          const tenants = yield* TenantRepository
          const setup = yield* given.tenantInSetup()
          const offer = (email: string) =>
            Invitations.inviteFirstOwner({ tenantId: setup.id, email }).pipe(as(job("seed")))
          yield* offer("wrong@example.com")
          const wrong = yield* newestSecret("wrong@example.com")
          yield* offer("guest@example.com")
          const late = yield* Invitations.read({ secret: wrong }).pipe(anonymously, Effect.flip)
          assert.deepInclude(late, { _tag: "InvitationClosed", state: "replaced" })
          const secret = yield* newestSecret("guest@example.com")
          const joined = yield* Invitations.accept({ secret }).pipe(as(from.guest))
          assert.deepStrictEqual(joined.roles, ["owner"])
          const tenant = Option.getOrThrow(yield* tenants.find(setup.id))
          assert.deepStrictEqual([tenant.state, tenant.ownerCount, tenant.memberCount], ["active", 1, 1])
          const second = yield* Effect.flip(offer("more@example.com"))
          assert.strictEqual(second._tag, "TenantNotActive")
        })
      )
    )
  })
})

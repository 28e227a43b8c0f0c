import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import * as Joining from "../../src/joining/index.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import * as Requests from "../../src/requests/index.ts"
import { Domains, Members, Ownerships } from "../../src/tenants/index.ts"
import { FaultyDomainProof } from "../../src/testing/FaultyDomainProof.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal, signedIn, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { eventsOf, membershipOf, type Person, person, tagOf, world } from "./world.ts"

const firm = "firma.example"

/** A tenant that lets everybody of its domain join at once, and somebody of that domain. */
const withDomain = Effect.gen(function* () {
  const all = yield* world
  const { tenantId } = all
  const { id: domainId, record } = yield* Domains.claim({ tenantId, domain: firm }).pipe(as(all.owner.actor))
  yield* (yield* FaultyDomainProof).set(record.name, record.value)
  yield* Domains.proveByRecord({ tenantId, domainId }).pipe(as(all.owner.actor))
  yield* Domains.setJoining({ tenantId, domainId, joining: "at-once", role: "member" }).pipe(as(all.owner.actor))
  const account = yield* given.account(`eve@${firm}`)
  const eve: Person = { account, actor: yield* signedIn(account) }
  return { ...all, eve }
})

const joinByDomain = (tenantId: TenantId, who: Person) =>
  Effect.map(Domains.join({ tenantId }).pipe(as(who.actor)), ({ _tag }) => _tag)

const removeBy = (owner: Person, tenantId: TenantId, { account }: Person) =>
  Members.remove({ tenantId, accountId: account.id }).pipe(as(owner.actor))

const inviteBy = (owner: Person, tenantId: TenantId, { account }: Person, role: string) =>
  Invitations.invite({ tenantId, email: account.email, roles: [role] }).pipe(as(owner.actor))

const statesOf = (owner: Person, tenantId: TenantId) =>
  Effect.map(Invitations.list({ tenantId }).pipe(as(owner.actor)), ({ items }) => items.map(({ state }) => state))

const rolesOf = (tenantId: TenantId, who: Person) =>
  Effect.map(membershipOf(tenantId, who), (membership) => membership?.roles)

/** The secret of a link that anybody may be given. */
const sharedLink = (owner: Person, tenantId: TenantId) =>
  Effect.map(Invitations.ShareableLinks.create({ tenantId, maxUses: 5 }).pipe(as(owner.actor)), ({ url }) =>
    Redacted.make(Redacted.value(url).split("/").at(-1) ?? "")
  )

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>) =>
    () =>
      Effect.provide(effect, everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel({}), storage))))

  describe(`those who were removed (${adapter})`, () => {
    it.effect(
      "INV-08 TEN-08 an invitation is closed when its person comes in by their domain, and is no way back after they were removed",
      proving(
        Effect.gen(function* () {
          const { eve, owner, tenantId } = yield* withDomain
          yield* inviteBy(owner, tenantId, eve, "admin")
          const secret = yield* newestSecret(eve.account.email)
          assert.strictEqual(yield* joinByDomain(tenantId, eve), "Joined")
          assert.deepStrictEqual(yield* statesOf(owner, tenantId), ["accepted"])
          assert.include(
            (yield* eventsOf(tenantId)).map(({ type }) => type),
            "invitation.closedForMember"
          )
          yield* removeBy(owner, tenantId, eve)
          assert.strictEqual(yield* tagOf(Invitations.accept({ secret }).pipe(as(eve.actor))), "InvitationClosed")
          assert.isUndefined(yield* rolesOf(tenantId, eve))
        })
      )
    )

    it.effect(
      "INV-08 TEN-08 an invitation is closed when its person joins by a registration that was approved, and is no way back either",
      proving(
        Effect.gen(function* () {
          const { owner, stranger, tenantId } = yield* world
          yield* inviteBy(owner, tenantId, stranger, "admin")
          const invited = yield* newestSecret(stranger.account.email)
          const numbers = { customerNumber: "KD-1", postalCode: "1010", country: "AT" }
          yield* Joining.SelfRegistrations.askToJoin(numbers).pipe(as(stranger.actor))
          const [waiting] = (yield* Requests.waiting({}).pipe(as(owner.actor))).items
          assert.isDefined(waiting)
          yield* Requests.approve({ requestId: waiting.id, version: 1 }).pipe(as(owner.actor))
          const secret = yield* newestSecret(stranger.account.email)
          assert.deepStrictEqual(yield* statesOf(owner, tenantId), ["pending"])
          yield* Joining.SelfRegistrations.join({ secret }).pipe(as(stranger.actor))
          assert.deepStrictEqual(yield* statesOf(owner, tenantId), ["accepted"])
          assert.include(
            (yield* eventsOf(tenantId)).map(({ type }) => type),
            "invitation.closedForMember"
          )
          yield* removeBy(owner, tenantId, stranger)
          const back = Invitations.accept({ secret: invited }).pipe(as(stranger.actor))
          assert.strictEqual(yield* tagOf(back), "InvitationClosed")
          assert.isUndefined(yield* rolesOf(tenantId, stranger))
        })
      )
    )

    it.effect(
      "TEN-08 what was offered to a member's address meanwhile ends with the membership, removed or left",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, member, other, owner, tenantId } = yield* world
          yield* inviteBy(owner, tenantId, member, "admin")
          const offered = yield* newestSecret(member.account.email)
          yield* inviteBy(owner, tenantId, admin, "owner")
          yield* inviteBy(other, foreignId, member, "member")
          yield* removeBy(owner, tenantId, member)
          yield* Members.leave({ tenantId }).pipe(as(admin.actor))
          assert.deepStrictEqual(yield* statesOf(owner, tenantId), ["revoked", "revoked"])
          assert.deepStrictEqual(yield* statesOf(other, foreignId), ["pending"], "of another tenant")
          assert.strictEqual(
            yield* tagOf(Invitations.accept({ secret: offered }).pipe(as(member.actor))),
            "InvitationClosed"
          )
        })
      )
    )

    it.effect(
      "TEN-08 a request to join, and what was offered for it, ends with the membership that came on another way",
      proving(
        Effect.gen(function* () {
          const { owner, stranger, tenantId } = yield* world
          const numbers = { customerNumber: "KD-1", postalCode: "1010", country: "AT" }
          yield* Joining.SelfRegistrations.askToJoin(numbers).pipe(as(stranger.actor))
          const [waiting] = (yield* Requests.waiting({}).pipe(as(owner.actor))).items
          assert.isDefined(waiting)
          yield* Requests.approve({ requestId: waiting.id, version: 1, decision: { roles: ["admin"] } }).pipe(
            as(owner.actor)
          )
          const secret = yield* newestSecret(stranger.account.email)
          const shared = yield* sharedLink(owner, tenantId)
          yield* Invitations.ShareableLinks.joinByLink({ secret: shared }).pipe(as(stranger.actor))
          assert.deepStrictEqual(yield* rolesOf(tenantId, stranger), ["member"])
          yield* removeBy(owner, tenantId, stranger)
          assert.strictEqual(
            yield* tagOf(Joining.SelfRegistrations.join({ secret }).pipe(as(stranger.actor))),
            "RequestClosed"
          )
          assert.isUndefined(yield* rolesOf(tenantId, stranger))
          const { items } = yield* Requests.mine({}).pipe(as(stranger.actor))
          assert.deepStrictEqual(
            items.map(({ state }) => state),
            ["Withdrawn"]
          )
        })
      )
    )

    it.effect(
      "TEN-08 TEN-10 who was removed does not walk in again by their domain, but asks; who left may",
      proving(
        Effect.gen(function* () {
          const { eve, owner, tenantId } = yield* withDomain
          assert.strictEqual(yield* joinByDomain(tenantId, eve), "Joined")
          yield* Members.leave({ tenantId }).pipe(as(eve.actor))
          assert.strictEqual(yield* joinByDomain(tenantId, eve), "Joined")
          yield* removeBy(owner, tenantId, eve)
          assert.strictEqual(yield* joinByDomain(tenantId, eve), "Asked")
          assert.isUndefined(yield* rolesOf(tenantId, eve))
          // let in by somebody who may, it counts no more that they were removed once
          yield* inviteBy(owner, tenantId, eve, "member")
          const secret = yield* newestSecret(eve.account.email)
          yield* Invitations.accept({ secret }).pipe(as(eve.actor))
          yield* Members.leave({ tenantId }).pipe(as(eve.actor))
          assert.strictEqual(yield* joinByDomain(tenantId, eve), "Joined")
        })
      )
    )

    it.effect(
      "TEN-08 INV-12 who was removed does not walk in again by a shareable link; who left may",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const secret = yield* sharedLink(owner, tenantId)
          const join = (who: Person) => tagOf(Invitations.ShareableLinks.joinByLink({ secret }).pipe(as(who.actor)))
          yield* removeBy(owner, tenantId, member)
          yield* Members.leave({ tenantId }).pipe(as(admin.actor))
          assert.strictEqual(yield* join(member), "RemovedBefore")
          assert.strictEqual(yield* join(admin), "ok")
          assert.isUndefined(yield* rolesOf(tenantId, member))
          const late = yield* person("late")
          assert.strictEqual(yield* join(late), "ok")
        })
      )
    )

    it.effect(
      "TEN-05 TEN-08 an offer of the ownership counts for the two memberships that it was made with, and not for later ones",
      proving(
        Effect.gen(function* () {
          const { eve, owner, tenantId } = yield* withDomain
          const offer = Ownerships.offer({ tenantId, accountId: eve.account.id }).pipe(as(owner.actor))
          yield* joinByDomain(tenantId, eve)
          const { requestId } = yield* offer
          yield* Members.leave({ tenantId }).pipe(as(eve.actor))
          yield* joinByDomain(tenantId, eve)
          const accept = (id: typeof requestId) =>
            tagOf(Requests.approve({ requestId: id, version: 1 }).pipe(as(eve.actor)))
          assert.strictEqual(yield* accept(requestId), "EffectRefused")
          assert.deepStrictEqual(yield* rolesOf(tenantId, eve), ["member"])
          assert.deepStrictEqual(yield* rolesOf(tenantId, owner), ["owner"])
          // offered to the one who is there now, it is another offer
          const again = yield* offer
          assert.notStrictEqual(again.requestId, requestId)
          assert.strictEqual(yield* accept(again.requestId), "ok")
          assert.deepStrictEqual(yield* rolesOf(tenantId, eve), ["member", "owner"])
          assert.isNotEmpty(yield* mailsTo("owner@example.com"))
        })
      )
    )
  })
})

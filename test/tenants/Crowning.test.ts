import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { Suspensions } from "../../src/accounts/index.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { SelfRegistrations } from "../../src/joining/index.ts"
import type { StaffRole } from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Requests from "../../src/requests/index.ts"
import { Members, Ownerships, StaffTenants, Tenants } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { settings as branchSettings, linkedPlaces } from "../hierarchy/places.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { eventsOf, membershipOf, person, staff, tagOf, tenantOf, world } from "./world.ts"

const reason = "Nachweis gesehen"

const crew = Effect.fnUntraced(function* (name: string, role: StaffRole) {
  const staffers = yield* StaffRepository
  const { account } = yield* person(name)
  yield* staffers.save({ accountId: account.id, roles: [role], since: yield* Instant.now })
  return yield* staff(account, role)
})

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage))))

  describe(`who makes owners (${adapter})`, () => {
    it.effect(
      "AUT-07 R-IN-10 an owner is made, invited and ended with a fresh proof of identity only; other roles need none",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          yield* given.member(tenantId, (yield* person("second")).account, ["owner"])
          yield* TestClock.adjust("11 minutes")
          const change = (roles: ReadonlyArray<string>) =>
            Members.changeRoles({ tenantId, accountId: member.account.id, roles }).pipe(as(owner.actor), tagOf)
          assert.strictEqual(yield* change(["owner"]), "StepUpRequired")
          assert.strictEqual(yield* change(["admin"]), "ok")
          const invite = (roles: ReadonlyArray<string>) =>
            Invitations.invite({ tenantId, email: "new@example.com", roles }).pipe(as(owner.actor), tagOf)
          assert.strictEqual(yield* invite(["owner"]), "StepUpRequired")
          assert.strictEqual(yield* invite(["member"]), "ok")
          const many = Invitations.inviteMany({
            tenantId,
            roles: ["owner"],
            addresses: ["many@example.com"]
          })
          assert.strictEqual(yield* tagOf(many.pipe(as(owner.actor))), "StepUpRequired")
          assert.deepStrictEqual((yield* membershipOf(tenantId, member))?.roles, ["admin"])

          const fresh = { ...owner.actor, authenticatedAt: yield* Instant.now }
          const crown = Members.changeRoles({ tenantId, accountId: admin.account.id, roles: ["owner"] })
          assert.strictEqual(yield* tagOf(crown.pipe(as(fresh))), "ok")
          const end = Members.remove({ tenantId, accountId: admin.account.id })
          const uncrown = Members.changeRoles({ tenantId, accountId: admin.account.id, roles: ["member"] })
          assert.strictEqual(yield* tagOf(end.pipe(as(owner.actor))), "StepUpRequired")
          assert.strictEqual(yield* tagOf(uncrown.pipe(as(owner.actor))), "StepUpRequired")
          assert.strictEqual(yield* tagOf(end.pipe(as(fresh))), "ok")
        })
      )
    )

    it.effect(
      "AUT-07 R-IN-10 an invitation as owner is sent again with a fresh proof of identity only; another one needs none",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* world
          const invite = (email: string, role: string) =>
            Invitations.invite({ tenantId, email, roles: [role] }).pipe(as(owner.actor))
          const crown = yield* invite("crown@example.com", "owner")
          const plain = yield* invite("plain@example.com", "admin")
          yield* TestClock.adjust("11 minutes")
          const again = ({ id }: typeof crown, actor = owner.actor) =>
            Invitations.sendAgain({ tenantId, invitationId: id }).pipe(as(actor), tagOf)
          assert.strictEqual(yield* again(crown), "StepUpRequired")
          assert.strictEqual(yield* again(plain), "ok")
          assert.strictEqual(yield* again(crown, { ...owner.actor, authenticatedAt: yield* Instant.now }), "ok")
        })
      )
    )

    it.effect(
      "AUT-07 R-IN-10 R-AP-08 who asks to join is made an owner with a fresh proof of identity only; a member needs none",
      proving(
        Effect.gen(function* () {
          const { owner, stranger } = yield* world
          const second = yield* person("second")
          const numbers = { customerNumber: "KD-1", postalCode: "1010", country: "AT" }
          for (const { actor } of [stranger, second]) yield* SelfRegistrations.askToJoin(numbers).pipe(as(actor))
          const [crown, plain] = (yield* Requests.waiting({}).pipe(as(owner.actor))).items
          assert.isDefined(crown)
          assert.isDefined(plain)
          yield* TestClock.adjust("11 minutes")
          const approve = ({ id }: typeof crown, roles: ReadonlyArray<string>, actor = owner.actor) =>
            Requests.approve({ requestId: id, version: 1, decision: { roles: [...roles] } }).pipe(as(actor), tagOf)
          assert.strictEqual(yield* approve(crown, ["member", "owner"]), "StepUpRequired")
          assert.strictEqual(yield* approve(plain, ["member"]), "ok")
          const fresh = { ...owner.actor, authenticatedAt: yield* Instant.now }
          assert.strictEqual(yield* approve(crown, ["member", "owner"], fresh), "ok")
        })
      )
    )

    it.effect(
      "TFA-07 TEN-05 nobody takes the ownership over without the second factor that the tenant wants",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const offer = Ownerships.offer({ tenantId, accountId: member.account.id })
          const { requestId } = yield* offer.pipe(as(owner.actor))
          const tenants = yield* TenantRepository
          yield* tenants.save({ ...(yield* tenantOf(tenantId)), requiresSecondFactor: true })
          const accept = Requests.approve({ requestId, version: 1 }).pipe(as(member.actor))
          assert.deepInclude(yield* Effect.flip(accept), { _tag: "SecondFactorRequired", tenantId })
          yield* tenants.save({ ...(yield* tenantOf(tenantId)), requiresSecondFactor: false })
          assert.strictEqual(yield* tagOf(accept), "ok")
        })
      )
    )

    it.effect(
      "TFA-07 TEN-09 one's own place is not changed in a suspended tenant, nor without the factor that it wants; leaving stays open",
      proving(
        Effect.gen(function* () {
          const { member, tenantId } = yield* world
          const tenants = yield* TenantRepository
          const calls = [
            Members.changeContactEmail({ tenantId, email: "desk@example.com" }),
            Effect.asVoid(Members.setMailPreferences({ tenantId, mailPreferences: { membershipChanges: false } }))
          ].map((call) => tagOf(call.pipe(as(member.actor))))
          yield* tenants.save({ ...(yield* tenantOf(tenantId)), requiresSecondFactor: true })
          for (const call of calls) assert.strictEqual(yield* call, "SecondFactorRequired")
          yield* tenants.save({ ...(yield* tenantOf(tenantId)), requiresSecondFactor: false, state: "suspended" })
          for (const call of calls) assert.strictEqual(yield* call, "TenantNotActive")
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(member.actor))), "ok")
        })
      )
    )

    it.effect(
      "AUT-10 TEN-01 an appointed owner ends what was offered to a first one, and such an offer never counts in an active tenant",
      proving(
        Effect.gen(function* () {
          const boss = yield* crew("boss", "operator")
          const right = yield* person("right")
          const wrong = yield* person("wrong")
          const { id: tenantId } = yield* Tenants.createForOwner({
            name: "Neu",
            customerNumber: "N-1",
            postalCode: "1010",
            country: "AT",
            ownerEmail: wrong.account.email
          }).pipe(as(boss))
          const secret = yield* newestSecret(wrong.account.email)
          yield* StaffTenants.suspend({ tenantId, reason }).pipe(as(boss))
          yield* StaffTenants.appointOwner({ tenantId, email: right.account.email, reason }).pipe(as(boss))
          yield* StaffTenants.restore({ tenantId, reason }).pipe(as(boss))
          const { items } = yield* Invitations.list({ tenantId }).pipe(as(right.actor))
          assert.deepStrictEqual(
            items.map(({ state }) => state),
            ["revoked"]
          )
          assert.strictEqual(yield* tagOf(Invitations.accept({ secret }).pipe(as(wrong.actor))), "InvitationClosed")
          assert.isUndefined(yield* membershipOf(tenantId, wrong))
        })
      )
    )

    it.effect(
      "AUT-10 AUD-01 an appointment leaves the event of the membership, joined or changed, besides its own",
      proving(
        Effect.gen(function* () {
          const { member, stranger, tenantId } = yield* world
          const boss = yield* crew("boss", "supervisor")
          const appoint = (email: string) => StaffTenants.appointOwner({ tenantId, email, reason }).pipe(as(boss))
          yield* appoint(member.account.email)
          assert.deepInclude((yield* eventsOf(tenantId)).at(-1), {
            type: "membership.rolesChanged",
            data: { accountId: member.account.id, before: ["member"], roles: ["member", "owner"] }
          })
          yield* appoint(stranger.account.email)
          assert.deepInclude((yield* eventsOf(tenantId)).at(-1), {
            type: "membership.created",
            data: { accountId: stranger.account.id, roles: ["owner"] }
          })
        })
      )
    )

    it.effect(
      "AUT-10 AUD-01 a successor's new role has its event, too",
      proving(
        Effect.gen(function* () {
          const { admin, owner, tenantId } = yield* world
          const boss = yield* crew("boss", "supervisor")
          const successors = [{ tenantId, accountId: admin.account.id }]
          yield* Suspensions.suspend({ accountId: owner.account.id, reason, successors }).pipe(as(boss))
          const changed = (yield* eventsOf(tenantId)).find(({ type }) => type === "membership.rolesChanged")
          assert.deepInclude(changed, {
            data: { accountId: admin.account.id, before: ["admin"], roles: ["admin", "owner"] }
          })
        })
      )
    )

    it.effect(
      "AUT-10 STF-02 staff do not appoint themselves, and do not suspend who ranks above them",
      proving(
        Effect.gen(function* () {
          const { tenantId } = yield* world
          const supervisor = yield* crew("supervisor", "supervisor")
          const peer = yield* crew("peer", "supervisor")
          const operator = yield* crew("operator", "operator")
          const self = StaffTenants.appointOwner({ tenantId, email: "supervisor@example.com", reason })
          assert.strictEqual(yield* tagOf(self.pipe(as(supervisor))), "NotAllowed")
          const suspend = (who: typeof peer) => Suspensions.suspend({ accountId: who.accountId, reason })
          assert.strictEqual(yield* tagOf(suspend(operator).pipe(as(supervisor))), "NotAllowed")
          assert.strictEqual(yield* tagOf(suspend(peer).pipe(as(supervisor))), "ok")
          assert.strictEqual(yield* tagOf(suspend(supervisor).pipe(as(operator))), "ok")
        })
      )
    )

    it.effect(
      "AUT-10 AUT-07 STF-02 a first owner is named by a supervisor with a fresh proof of identity",
      proving(
        Effect.gen(function* () {
          const boss = yield* crew("boss", "supervisor")
          const agent = yield* crew("agent", "agent")
          const { id: tenantId } = yield* Tenants.createForOwner({
            name: "Neu",
            customerNumber: "N-1",
            postalCode: "1010",
            country: "AT",
            ownerEmail: "first@example.com"
          }).pipe(as(boss))
          const name = Invitations.inviteFirstOwner({ tenantId, email: "other@example.com" })
          assert.strictEqual(yield* tagOf(name.pipe(as(agent))), "NotAllowed")
          assert.strictEqual(yield* tagOf(name.pipe(as(boss))), "ok")
          // whoever has lost the role since the session was looked at names nobody, and neither does a session of lower roles
          const staffers = yield* StaffRepository
          yield* staffers.save({ accountId: boss.accountId, roles: ["agent"], since: yield* Instant.now })
          assert.strictEqual(yield* tagOf(name.pipe(as(boss))), "NotAllowed")
          yield* staffers.save({ accountId: boss.accountId, roles: ["supervisor"], since: yield* Instant.now })
          assert.strictEqual(yield* tagOf(name.pipe(as({ ...boss, roles: ["agent"] }))), "NotAllowed")
          yield* TestClock.adjust("11 minutes")
          assert.strictEqual(yield* tagOf(name.pipe(as(boss))), "StepUpRequired")
        })
      )
    )

    it.effect(
      "TEN-09 HIE-09 R-HI-07 a main is closed when it has no subs; a closed sub is unlinked in the same commit",
      proving(
        Effect.gen(function* () {
          const { mainId, nordId } = yield* linkedPlaces
          const boss = yield* crew("boss", "operator")
          const hierarchy = yield* HierarchyRepository
          const before = yield* hierarchy.countSubs(mainId)
          const closeMain = tagOf(StaffTenants.close({ tenantId: mainId, reason }).pipe(as(boss)))
          assert.strictEqual(yield* closeMain, "TenantInUse")
          assert.strictEqual((yield* tenantOf(mainId)).state, "active")
          yield* StaffTenants.close({ tenantId: nordId, reason }).pipe(as(boss))
          assert.strictEqual(yield* hierarchy.countSubs(mainId), before - 1)
          assert.strictEqual(yield* closeMain, before > 1 ? "TenantInUse" : "ok")
          assert.strictEqual((yield* tenantOf(nordId)).state, "closed")
          const unlinked = (yield* eventsOf(mainId)).find(({ type }) => type === "location.unlinked")
          assert.deepInclude(unlinked?.data, { reason: "closed" })
        }),
        branchSettings
      )
    )
  })
})

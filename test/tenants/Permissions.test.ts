import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as SelfRegistrations from "../../src/joining/SelfRegistrations.ts"
import { AccountId, TenantId } from "../../src/kernel/ids.ts"
import { type Permission, permissions } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { Members, Permissions } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, type Portal, withKernel } from "../support/portal.ts"
import { membershipOf, type Person, person, tagOf, tenantOf, world } from "./world.ts"

const missing = TenantId.make("01890000-0000-7000-8000-00000000dead")
const nobody = AccountId.make("01890000-0000-7000-8000-00000000dead")

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`Permissions (${adapter})`, () => {
    it.effect(
      "ACC-01 REG-08 who has no membership is told so, with the invitations for the own address and how to go on",
      proving(
        Effect.gen(function* () {
          const { foreignId, other, owner, stranger, tenantId } = yield* world
          const ask = Permissions.whereCanIGo({}).pipe(as(stranger.actor))
          assert.deepStrictEqual(yield* ask, {
            state: "no-access",
            tenants: [],
            invitations: [],
            domains: [],
            requests: [],
            next: ["ask-for-invitation"]
          })
          yield* Invitations.invite({ tenantId, email: "stranger@example.com", roles: ["member"] }).pipe(
            as(owner.actor)
          )
          yield* Invitations.invite({ tenantId: foreignId, email: "elsewhere@example.com", roles: ["member"] }).pipe(
            as(other.actor)
          )
          const then = yield* ask
          assert.strictEqual(then.state, "no-access")
          assert.deepStrictEqual(
            then.invitations.map(({ tenantName }) => tenantName),
            ["Muster GmbH"]
          )
          assert.deepStrictEqual(then.next, ["accept-invitation", "ask-for-invitation"])
          const [invitation] = then.invitations
          if (invitation === undefined) return yield* Effect.die(new Error("no invitation"))
          yield* Invitations.acceptMine({ tenantId, invitationId: invitation.id }).pipe(as(stranger.actor))
          const after = yield* ask
          assert.strictEqual(after.state, "access")
          assert.deepStrictEqual(after.invitations, [])
        })
      )
    )

    it.effect(
      "ACC-01 who has no membership sees what they have asked for, as long as it waits, and nobody else does",
      proving(
        Effect.gen(function* () {
          const { member, stranger, tenantId } = yield* world
          const where = (who: Person) => Permissions.whereCanIGo({}).pipe(as(who.actor))
          const typed = { customerNumber: "KD-1", postalCode: "1010", country: "AT" }
          yield* SelfRegistrations.askToJoin(typed).pipe(as(stranger.actor))
          const { next, requests } = yield* where(stranger)
          assert.deepStrictEqual(
            requests.map(({ kind, state }) => ({ kind, state })),
            [{ kind: "JoinTenant", state: "Pending" }]
          )
          assert.deepStrictEqual(next, ["await-decision", "ask-for-invitation"])
          const another = yield* person("another")
          assert.deepStrictEqual((yield* where(another)).requests, [])
          // who has a place looks there (requests.mine)
          yield* SelfRegistrations.askToJoin({ ...typed, customerNumber: "KD-2" }).pipe(as(member.actor))
          assert.deepStrictEqual((yield* where(member)).requests, [])
          yield* TestClock.adjust("30 days")
          assert.deepStrictEqual((yield* where(stranger)).requests, [])
          yield* given.member(tenantId, stranger.account, ["member"])
          assert.strictEqual((yield* where(stranger)).state, "access")
        })
      )
    )

    it.effect(
      "ACC-01 TEN-11 an account's tenants come with its effective roles and permissions in each",
      proving(
        Effect.gen(function* () {
          const { foreignId, member, tenantId } = yield* world
          const tenants = yield* TenantRepository
          yield* given.member(foreignId, member.account, ["admin", "owner"])
          const third = yield* person("third")
          const suspended = yield* given.tenant(third.account, { name: "Zu GmbH" })
          yield* given.member(suspended.id, member.account, ["admin"])
          yield* tenants.save({ ...(yield* tenantOf(suspended.id)), state: "suspended" })
          const where = yield* Permissions.whereCanIGo({}).pipe(as(member.actor))
          assert.strictEqual(where.state, "access")
          assert.deepStrictEqual(where.next, ["ask-for-invitation", "create-tenant"])
          assert.deepStrictEqual(
            where.tenants.map(({ id, name, roles, state }) => ({ id, name, roles, state })),
            [
              { id: foreignId, name: "Fremd AG", roles: ["admin", "owner"], state: "active" },
              { id: tenantId, name: "Muster GmbH", roles: ["member"], state: "active" },
              { id: suspended.id, name: "Zu GmbH", roles: ["admin"], state: "suspended" }
            ]
          )
          assert.deepStrictEqual(
            where.tenants.map(({ permissions }) => permissions.length),
            [permissions.length, 2, 0]
          )
        }),
        { tenants: { selfService: true } }
      )
    )

    it.effect(
      "ACC-02 whoever may do something is told through which membership and role, and else what is missing",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, tenantId } = yield* world
          const tenants = yield* TenantRepository
          const explain = (tenantId: TenantId, permission: Permission) =>
            Permissions.explain({ tenantId, permission }).pipe(as(admin.actor))
          const membership = yield* membershipOf(tenantId, admin)
          if (membership === undefined) return yield* Effect.die(new Error("no member"))
          assert.deepStrictEqual(yield* explain(tenantId, "members.change"), {
            allowed: true,
            grant: {
              tenantId,
              accountId: admin.account.id,
              membershipId: membership.id,
              role: "admin",
              permission: "members.change",
              through: null
            }
          })
          assert.deepStrictEqual(yield* explain(tenantId, "owners.change"), {
            allowed: false,
            missing: "no-role-with-permission"
          })
          const none = { allowed: false, missing: "no-membership" } as const
          assert.deepStrictEqual(yield* explain(foreignId, "tenant.read"), none)
          assert.deepStrictEqual(yield* explain(missing, "tenant.read"), none, "missing and foreign look the same")
          yield* tenants.save({ ...(yield* tenantOf(tenantId)), state: "suspended" })
          assert.deepStrictEqual(yield* explain(tenantId, "tenant.read"), {
            allowed: false,
            missing: "tenant-not-active"
          })
          yield* tenants.save({ ...(yield* tenantOf(tenantId)), state: "closed" })
          assert.deepStrictEqual(yield* explain(tenantId, "tenant.read"), none)
        })
      )
    )

    it.effect(
      "ACC-02 owners may ask for members of their tenant, and learn nothing of anybody else",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, member, other, owner, tenantId } = yield* world
          const ask = (of: AccountId, by: typeof owner, where = tenantId) =>
            Permissions.explain({ tenantId: where, permission: "members.remove", accountId: of }).pipe(as(by.actor))
          const about = yield* ask(admin.account.id, owner)
          assert.isTrue(about.allowed)
          assert.deepStrictEqual(yield* ask(member.account.id, owner), {
            allowed: false,
            missing: "no-role-with-permission"
          })
          for (const unknown of [other.account.id, nobody]) {
            assert.deepStrictEqual(yield* ask(unknown, owner), { allowed: false, missing: "no-membership" })
          }
          assert.strictEqual(yield* tagOf(ask(member.account.id, admin)), "NotAllowed")
          assert.isTrue((yield* ask(admin.account.id, admin)).allowed, "anybody for themself")
          for (const where of [foreignId, missing]) {
            assert.strictEqual(yield* tagOf(ask(other.account.id, owner, where)), "NotFound")
          }
        })
      )
    )

    it.effect(
      "ACC-02 V-07 the cheap question gives the answer of the decision, at once after each change",
      proving(
        Effect.gen(function* () {
          const { foreignId, member, owner, stranger, tenantId } = yield* world
          const may = Effect.fnUntraced(function* (who: typeof member, where = tenantId) {
            const answers: Array<Permission> = []
            for (const permission of permissions) {
              const asked = { tenantId: where, permission }
              const { allowed } = yield* Permissions.check(asked).pipe(as(who.actor))
              assert.strictEqual((yield* Permissions.explain(asked).pipe(as(who.actor))).allowed, allowed)
              if (allowed) answers.push(permission)
            }
            return answers
          })
          assert.deepStrictEqual(yield* may(member), ["tenant.read", "members.read"])
          assert.deepStrictEqual(yield* may(owner), [...permissions])
          assert.deepStrictEqual(yield* may(stranger), [])
          assert.deepStrictEqual(yield* may(owner, foreignId), [])
          assert.deepStrictEqual(yield* may(owner, missing), [])
          const change = { tenantId, accountId: member.account.id, roles: ["owner"] }
          yield* Members.changeRoles(change).pipe(as(owner.actor))
          assert.deepStrictEqual(yield* may(member), [...permissions])
          yield* Members.remove({ tenantId, accountId: owner.account.id }).pipe(as(member.actor))
          assert.deepStrictEqual(yield* may(owner), [])
        })
      )
    )

    it.effect(
      "AUT-06 a session of an older credential epoch gets no answer",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* world
          const accounts = yield* AccountRepository
          yield* accounts.bumpEpoch(owner.account.id, 0)
          const calls = [
            tagOf(Permissions.whereCanIGo({}).pipe(as(owner.actor))),
            tagOf(Permissions.check({ tenantId, permission: "tenant.read" }).pipe(as(owner.actor))),
            tagOf(Permissions.explain({ tenantId, permission: "tenant.read" }).pipe(as(owner.actor))),
            tagOf(Members.leave({ tenantId }).pipe(as(owner.actor)))
          ]
          for (const call of calls) assert.strictEqual(yield* call, "SignInRequired")
        })
      )
    )

    it.effect(
      "TEN-03 a role that the operator does not have any more allows nothing, and the others still do",
      proving(
        Effect.gen(function* () {
          const { member, tenantId } = yield* world
          const memberships = yield* MembershipRepository
          const before = Option.getOrThrow(yield* memberships.find(tenantId, member.account.id))
          yield* memberships.update({ ...before, roles: ["retired"] })
          const may = Permissions.check({ tenantId, permission: "tenant.read" }).pipe(as(member.actor))
          assert.isFalse((yield* may).allowed)
          yield* memberships.update({ ...before, roles: ["member", "retired"] })
          assert.isTrue((yield* may).allowed)
        })
      )
    )
  })
})

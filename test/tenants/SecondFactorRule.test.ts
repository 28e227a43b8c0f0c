import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { SecondFactorRepository } from "../../src/accounts/SecondFactorRepository.ts"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Joining from "../../src/joining/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Requests from "../../src/requests/index.ts"
import { Members, Permissions, Tenants } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { eventsOf, type Person, person, tagOf, world } from "./world.ts"

/** A confirmed authenticator app, without the sign-in that its change would need. */
const enrol = Effect.fnUntraced(function* ({ account }: Pick<Person, "account">) {
  const factors = yield* SecondFactorRepository
  yield* factors.confirm(account.id, { sealedSecret: "sealed", lastStep: 1, confirmedAt: yield* Instant.now })
})

const required = Effect.gen(function* () {
  const all = yield* world
  yield* enrol(all.owner)
  yield* Tenants.requireSecondFactor({ tenantId: all.tenantId, required: true }).pipe(as(all.owner.actor))
  return all
})

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>) =>
    () =>
      Effect.provide(
        effect,
        everyKind.pipe(
          Layer.provideMerge(
            Layer.provideMerge(
              withKernel({ limits: { selfRegistrationPerNumber: { max: 99, window: "1 hour" } } }),
              storage
            )
          )
        )
      )

  describe(`a required second factor (${adapter})`, () => {
    it.effect(
      "TFA-07 a member without one gets SecondFactorRequired for that tenant only, enrols, and enters",
      proving(
        Effect.gen(function* () {
          const { foreignId, member, tenantId } = yield* required
          yield* given.member(foreignId, member.account, ["member"])
          const refusal = yield* Effect.flip(Tenants.get({ tenantId }).pipe(as(member.actor)))
          assert.deepInclude(refusal, { _tag: "SecondFactorRequired", tenantId })
          assert.strictEqual(yield* tagOf(Members.list({ tenantId }).pipe(as(member.actor))), "SecondFactorRequired")
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId: foreignId }).pipe(as(member.actor))), "ok")
          const places = (yield* Permissions.whereCanIGo({}).pipe(as(member.actor))).tenants
          assert.deepStrictEqual(
            places.map(({ permissions, secondFactorMissing }) => [secondFactorMissing, permissions.length > 0]).sort(),
            [
              [false, true],
              [true, false]
            ]
          )
          const explained = yield* Permissions.explain({ tenantId, permission: "tenant.read" }).pipe(as(member.actor))
          assert.deepStrictEqual(explained, { allowed: false, missing: "second-factor-missing" })
          const may = Permissions.check({ tenantId, permission: "tenant.read" }).pipe(as(member.actor))
          assert.isFalse((yield* may).allowed)
          yield* enrol(member)
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(member.actor))), "ok")
          assert.isTrue((yield* may).allowed)
        })
      )
    )

    it.effect(
      "TFA-07 whoever switches it on has one, may change the tenant, and proves it freshly",
      proving(
        Effect.gen(function* () {
          const { admin, owner, stranger, tenantId } = yield* world
          const set = (who: Person, value: boolean) =>
            tagOf(Tenants.requireSecondFactor({ tenantId, required: value }).pipe(as(who.actor)))
          assert.strictEqual(yield* set(owner, true), "OwnSecondFactorNeeded")
          assert.strictEqual(
            yield* tagOf(Tenants.get({ tenantId }).pipe(as(owner.actor))),
            "ok",
            "nobody is locked out"
          )
          yield* enrol(admin)
          yield* enrol(stranger)
          assert.strictEqual(yield* set(admin, true), "NotAllowed")
          assert.strictEqual(yield* set(stranger, true), "NotFound")
          yield* enrol(owner)
          assert.strictEqual(yield* set(owner, true), "ok")
          assert.deepInclude((yield* eventsOf(tenantId)).at(-1), {
            type: "tenant.secondFactorRuleChanged",
            data: { required: true }
          })
          assert.isTrue((yield* Tenants.get({ tenantId }).pipe(as(owner.actor))).tenant.requiresSecondFactor)
          yield* TestClock.adjust("11 minutes")
          assert.strictEqual(yield* set(owner, false), "StepUpRequired")
          const fresh = { ...owner, actor: { ...owner.actor, authenticatedAt: yield* Instant.now } }
          assert.strictEqual(yield* set(fresh, false), "ok")
          assert.isFalse((yield* Tenants.get({ tenantId }).pipe(as(owner.actor))).tenant.requiresSecondFactor)
        })
      )
    )

    it.effect(
      "TFA-07 who takes the factor away is out again, and one that no code has confirmed is none",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* required
          const factors = yield* SecondFactorRepository
          yield* factors.remove(owner.account.id)
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(owner.actor))), "SecondFactorRequired")
          yield* factors.savePending(owner.account.id, {
            sealedSecret: "sealed",
            credentialEpoch: 0,
            createdAt: yield* Instant.now
          })
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(owner.actor))), "SecondFactorRequired")
          // their own place is theirs to leave
          yield* enrol(owner)
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(owner.actor))), "LastOwner")
        })
      )
    )

    it.effect(
      "TFA-07 HIE-05 who comes through the main obeys the rule of the sub, and that of the main",
      proving(
        Effect.gen(function* () {
          const { foreignId, other, owner, tenantId } = yield* world
          const hierarchy = yield* HierarchyRepository
          const tenants = yield* TenantRepository
          // the foreign tenant is the main of the other one
          yield* hierarchy.insert({
            subId: tenantId,
            mainId: foreignId,
            kind: "existing",
            linkedAt: yield* Instant.now,
            refused: []
          })
          const look = tagOf(Tenants.get({ tenantId }).pipe(as(other.actor)))
          assert.strictEqual(yield* look, "ok")
          const set = Effect.fnUntraced(function* (id: typeof tenantId, value: boolean) {
            const tenant = Option.getOrThrow(yield* tenants.find(id))
            yield* tenants.save({ ...tenant, requiresSecondFactor: value })
          })
          yield* set(tenantId, true)
          assert.strictEqual(yield* look, "SecondFactorRequired")
          yield* set(tenantId, false)
          yield* set(foreignId, true)
          const refusal = yield* Effect.flip(Tenants.get({ tenantId }).pipe(as(other.actor)))
          assert.deepInclude(refusal, { _tag: "SecondFactorRequired", tenantId: foreignId })
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(owner.actor))), "ok", "local members stay")
          yield* set(tenantId, true)
          yield* enrol(other)
          assert.strictEqual(yield* look, "ok")
        })
      )
    )

    it.effect(
      "TFA-07 R-AP-05 who lacks it decides nothing of the tenant, and what they offered to others does not count",
      proving(
        Effect.gen(function* () {
          const { admin, owner, stranger, tenantId } = yield* required
          yield* enrol(admin)
          yield* Invitations.invite({ tenantId, email: "stranger@example.com", roles: ["member"] }).pipe(
            as(admin.actor)
          )
          const secret = yield* newestSecret("stranger@example.com")
          const asker = yield* person("asker")
          yield* Joining.SelfRegistrations.askToJoin({
            customerNumber: "KD-1",
            postalCode: "1010",
            country: "AT"
          }).pipe(as(asker.actor))
          const waiting = Effect.map(Requests.waiting({}).pipe(as(owner.actor)), ({ items }) => items)
          const [request] = yield* waiting
          assert.isDefined(request)
          const factors = yield* SecondFactorRepository
          for (const { account } of [owner, admin]) yield* factors.remove(account.id)
          assert.deepStrictEqual(yield* waiting, [])
          const approve = Requests.approve({ requestId: request?.id ?? "", version: 1 }).pipe(as(owner.actor))
          assert.notStrictEqual(yield* tagOf(approve), "ok")
          const accept = Invitations.accept({ secret }).pipe(as(stranger.actor))
          assert.strictEqual(yield* tagOf(accept), "GrantorLostAuthority")
          for (const who of [owner, admin]) yield* enrol(who)
          assert.strictEqual(yield* tagOf(approve), "ok")
          assert.strictEqual(yield* tagOf(accept), "ok")
        })
      )
    )
  })
})

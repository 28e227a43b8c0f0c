import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Requests from "../../src/requests/index.ts"
import { Members, Ownerships } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, type Portal, signedIn, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { counts, eventsOf, membershipOf, type Person, person, tagOf, world } from "./world.ts"

/** The owner offers the ownership to a member. */
const offered = (to: "admin" | "member" = "member", rolesAfter?: ReadonlyArray<string>) =>
  Effect.gen(function* () {
    const all = yield* world
    const input = { tenantId: all.tenantId, accountId: all[to].account.id }
    const { requestId } = yield* Ownerships.offer(rolesAfter === undefined ? input : { ...input, rolesAfter }).pipe(
      as(all.owner.actor)
    )
    return { ...all, requestId, receiver: all[to] }
  })

const accept = (requestId: string, who: Person) => Requests.approve({ requestId, version: 1 }).pipe(as(who.actor))

const rolesOf = (tenantId: Parameters<typeof membershipOf>[0], who: Person) =>
  Effect.map(membershipOf(tenantId, who), (membership) => membership?.roles)

/** Of an effect that was refused because of its effect: which refusal that was. */
const effectOf = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), (error) => (error as { readonly refusal?: string }).refusal)

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage))))

  describe(`Ownerships (${adapter})`, () => {
    it.effect(
      "TEN-05 nobody offers an ownership that they do not have, whatever else they may change",
      proving(
        Effect.gen(function* () {
          const { admin, member, stranger, tenantId } = yield* world
          yield* given.member(tenantId, stranger.account, ["regent"])
          const offer = (who: Person) =>
            tagOf(Ownerships.offer({ tenantId, accountId: member.account.id }).pipe(as(who.actor)))
          assert.strictEqual(yield* offer(stranger), "OwnershipNotHeld")
          assert.strictEqual(yield* offer(admin), "NotAllowed")
          assert.deepStrictEqual(yield* mailsTo("member@example.com"), [])
        }),
        {
          roles: [
            ...builtInRoles,
            { name: "regent", label: { de: "Regent", en: "Regent" }, permissions: ["tenant.read", "owners.change"] }
          ]
        }
      )
    )

    it.effect(
      "TEN-05 the ownership goes over when the other accepts, and not before",
      proving(
        Effect.gen(function* () {
          const { member, owner, requestId, tenantId } = yield* offered()
          assert.deepStrictEqual(yield* rolesOf(tenantId, owner), ["owner"])
          assert.deepStrictEqual(yield* rolesOf(tenantId, member), ["member"])
          const [mail] = yield* mailsTo("member@example.com")
          assert.strictEqual(mail?.kind, "requests.TransferOwnership.pending")
          const { items } = yield* Ownerships.offers({ tenantId }).pipe(as(owner.actor))
          assert.deepStrictEqual(
            items.map(({ own, receiverId, rolesAfter }) => [own, receiverId, rolesAfter]),
            [[true, member.account.id, ["admin"]]]
          )
          assert.strictEqual((yield* accept(requestId, member)).state, "Completed")
          assert.deepStrictEqual(yield* rolesOf(tenantId, owner), ["admin"])
          assert.deepStrictEqual(yield* rolesOf(tenantId, member), ["member", "owner"])
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, counted)
          assert.strictEqual(kept.ownerCount, 1)
          assert.strictEqual((yield* mailsTo("owner@example.com")).at(-1)?.kind, "requests.TransferOwnership.approved")
          const events = yield* eventsOf(tenantId)
          assert.deepStrictEqual(events.find(({ type }) => type === "tenant.ownershipTransferred")?.data, {
            from: owner.account.id,
            to: member.account.id
          })
          assert.strictEqual(events.filter(({ type }) => type === "membership.rolesChanged").length, 2)
        })
      )
    )

    it.effect(
      "TEN-05 the giver becomes what the offer said, and never an owner by it",
      proving(
        Effect.gen(function* () {
          const { owner, receiver, requestId, tenantId } = yield* offered("admin", ["member"])
          yield* accept(requestId, receiver)
          assert.deepStrictEqual(yield* rolesOf(tenantId, owner), ["member"])
          assert.deepStrictEqual(yield* rolesOf(tenantId, receiver), ["admin", "owner"])
          const again = { tenantId, accountId: owner.account.id, rolesAfter: ["owner"] }
          assert.strictEqual(yield* tagOf(Ownerships.offer(again).pipe(as(receiver.actor))), "InvalidInput")
          const unknown = { ...again, rolesAfter: ["emperor"] }
          assert.strictEqual(yield* tagOf(Ownerships.offer(unknown).pipe(as(receiver.actor))), "InvalidInput")
        })
      )
    )

    it.effect(
      "TEN-05 AUT-07 offering and accepting want a fresh proof of identity",
      proving(
        Effect.gen(function* () {
          const { member, owner, requestId, tenantId } = yield* offered()
          yield* TestClock.adjust("11 minutes")
          const offer = Ownerships.offer({ tenantId, accountId: member.account.id })
          assert.strictEqual(yield* tagOf(offer.pipe(as(owner.actor))), "StepUpRequired")
          assert.strictEqual(yield* tagOf(accept(requestId, member)), "StepUpRequired")
          const fresh = yield* signedIn(member.account)
          assert.strictEqual(yield* tagOf(accept(requestId, { ...member, actor: fresh })), "ok")
        })
      )
    )

    it.effect(
      "TEN-05 only an owner offers, only to a member who is no owner, one offer at a time",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, member, other, owner, requestId, stranger, tenantId } = yield* offered()
          const offer = (by: Person, accountId: string, area: string = tenantId) =>
            tagOf(Ownerships.offer({ tenantId: area, accountId }).pipe(as(by.actor)))
          assert.strictEqual(yield* offer(admin, member.account.id), "NotAllowed")
          assert.strictEqual(yield* offer(stranger, member.account.id), "NotFound")
          assert.strictEqual(yield* offer(owner, member.account.id, foreignId), "NotFound")
          assert.strictEqual(yield* offer(owner, other.account.id), "NotFound", "no member")
          assert.strictEqual(yield* offer(owner, owner.account.id), "AlreadyOwner")
          assert.strictEqual(yield* offer(owner, admin.account.id), "OwnershipOffered")
          const same = yield* Ownerships.offer({ tenantId, accountId: member.account.id }).pipe(as(owner.actor))
          assert.strictEqual(same.requestId, requestId, "the open offer again")
          assert.strictEqual((yield* mailsTo("member@example.com")).length, 1)
          yield* Requests.withdraw({ requestId }).pipe(as(owner.actor))
          assert.strictEqual(yield* offer(owner, admin.account.id), "ok")
          assert.strictEqual(yield* tagOf(accept(requestId, member)), "RequestClosed")
          assert.strictEqual(yield* tagOf(Ownerships.offers({ tenantId }).pipe(as(admin.actor))), "NotAllowed")
        })
      )
    )

    it.effect(
      "TEN-05 nobody but the one whom it is offered to accepts, neither the giver nor another owner",
      proving(
        Effect.gen(function* () {
          const { admin, owner, requestId, stranger, tenantId } = yield* offered()
          yield* Members.changeRoles({ tenantId, accountId: admin.account.id, roles: ["owner"] }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(accept(requestId, owner)), "AskerCannotDecide")
          assert.strictEqual(yield* tagOf(accept(requestId, admin)), "NotFound")
          assert.strictEqual(yield* tagOf(accept(requestId, stranger)), "NotFound")
          assert.deepStrictEqual(yield* rolesOf(tenantId, owner), ["owner"])
        })
      )
    )

    it.effect(
      "TEN-05 the acceptance asks again whether the giver is an owner, and the receiver a member",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, requestId, tenantId } = yield* offered()
          yield* Members.changeRoles({ tenantId, accountId: admin.account.id, roles: ["owner"] }).pipe(as(owner.actor))
          yield* Members.changeRoles({ tenantId, accountId: owner.account.id, roles: ["admin"] }).pipe(as(admin.actor))
          assert.strictEqual(yield* effectOf(accept(requestId, member)), "OwnershipNotHeld")
          assert.deepStrictEqual(yield* rolesOf(tenantId, member), ["member"])
          // owner again, and the receiver is gone
          yield* Members.changeRoles({ tenantId, accountId: owner.account.id, roles: ["owner"] }).pipe(as(admin.actor))
          yield* Members.leave({ tenantId }).pipe(as(member.actor))
          assert.strictEqual(yield* effectOf(accept(requestId, member)), "NotFound")
          yield* Members.leave({ tenantId }).pipe(as(owner.actor))
          assert.strictEqual(yield* effectOf(accept(requestId, member)), "OwnershipNotHeld")
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, counted)
        })
      )
    )

    it.effect(
      "TEN-05 V-01 nothing goes over in a suspended tenant, or from an account that is suspended",
      proving(
        Effect.gen(function* () {
          const { member, owner, requestId, tenantId } = yield* offered()
          const tenants = yield* TenantRepository
          const accounts = yield* AccountRepository
          const found = Option.getOrThrow(yield* tenants.find(tenantId))
          yield* tenants.save({ ...found, state: "suspended" })
          assert.strictEqual(yield* effectOf(accept(requestId, member)), "TenantNotActive")
          yield* tenants.save({ ...found, state: "active", version: found.version + 1 })
          yield* accounts.setState(owner.account.id, "suspended", 0)
          assert.strictEqual(yield* effectOf(accept(requestId, member)), "OwnershipNotHeld")
        })
      )
    )

    it.effect(
      "TEN-05 who refuses gives a reason, which the giver gets, and everything stays",
      proving(
        Effect.gen(function* () {
          const { member, owner, requestId, tenantId } = yield* offered()
          yield* Requests.refuse({ requestId, version: 1, reason: "Lieber nicht" }).pipe(as(member.actor))
          assert.deepStrictEqual(yield* rolesOf(tenantId, owner), ["owner"])
          assert.strictEqual((yield* mailsTo("owner@example.com")).at(-1)?.kind, "requests.TransferOwnership.refused")
          const offer = Ownerships.offer({ tenantId, accountId: member.account.id }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(offer), "CoolingDown")
          assert.strictEqual((yield* person("somebody")).account.state, "active")
        })
      )
    )
  })
})

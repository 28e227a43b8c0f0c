import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { SecondFactorRepository } from "../../src/accounts/SecondFactorRepository.ts"
import { Locations } from "../../src/hierarchy/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { DomainId, nextId, type TenantId } from "../../src/kernel/ids.ts"
import { permissions } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Requests from "../../src/requests/index.ts"
import { DomainRepository } from "../../src/tenants/DomainRepository.ts"
import { Domains, Permissions, Tenants } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { type Person, tagOf, tenantOf } from "../tenants/world.ts"
import { address, linkedPlaces, person, settings } from "./places.ts"

const isMember = (tenantId: TenantId, { account }: Person) =>
  Effect.flatMap(MembershipRepository, (memberships) =>
    Effect.map(memberships.find(tenantId, account.id), Option.isSome)
  )

/** Somebody who may look into a tenant, or whom it does not exist for. */
const looksInto = (tenantId: TenantId, who: Person) => tagOf(Tenants.get({ tenantId }).pipe(as(who.actor)))

/** A link that can be passed on, made by somebody; its secret. */
const share = Effect.fnUntraced(function* (tenantId: TenantId, who: Person) {
  const { url } = yield* Invitations.ShareableLinks.create({ tenantId, maxUses: 5 }).pipe(as(who.actor))
  return Redacted.make(Redacted.value(url).split("/").at(-1) ?? "")
})

const invite = (tenantId: TenantId, who: Person, whom: Person) =>
  Invitations.invite({ tenantId, email: whom.account.email, roles: ["member"] }).pipe(as(who.actor))

const acceptMine = (tenantId: TenantId, who: Person, { id }: Effect.Success<ReturnType<typeof invite>>) =>
  tagOf(Invitations.acceptMine({ tenantId, invitationId: id }).pipe(as(who.actor)))

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>, over: SettingsInput = {}) =>
    () =>
      Effect.provide(
        effect,
        everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel({ ...settings, ...over }), storage)))
      )

  describe(`who comes through the main (${adapter})`, () => {
    it.effect(
      "HIE-06 INV-05 does not make their own access permanent: nobody takes what they have offered themself, on any way",
      proving(
        Effect.gen(function* () {
          const { clerk, nordId, stranger } = yield* linkedPlaces
          const own = yield* invite(nordId, clerk, clerk)
          assert.strictEqual(yield* acceptMine(nordId, clerk, own), "InvitedByOneself")
          const secret = yield* newestSecret(clerk.account.email)
          assert.strictEqual(yield* tagOf(Invitations.accept({ secret }).pipe(as(clerk.actor))), "InvitedByOneself")
          const { outcomes } = yield* Invitations.inviteMany({
            tenantId: nordId,
            roles: ["member"],
            addresses: [clerk.account.email]
          }).pipe(as(clerk.actor))
          assert.strictEqual(outcomes[0]?._tag, "SentAgain")
          assert.strictEqual(yield* acceptMine(nordId, clerk, own), "InvitedByOneself")
          const link = yield* share(nordId, clerk)
          const join = (who: Person) =>
            tagOf(Invitations.ShareableLinks.joinByLink({ secret: link }).pipe(as(who.actor)))
          assert.strictEqual(yield* join(clerk), "InvitedByOneself")
          assert.isFalse(yield* isMember(nordId, clerk))
          assert.strictEqual(yield* join(stranger), "ok", "others take it")
        })
      )
    )

    it.effect(
      "HIE-06 INV-05 becomes a member where somebody else offers it",
      proving(
        Effect.gen(function* () {
          const { clerk, nordId, north } = yield* linkedPlaces
          yield* invite(nordId, clerk, clerk)
          const again = yield* invite(nordId, north, clerk)
          assert.strictEqual(yield* acceptMine(nordId, clerk, again), "ok")
          assert.isTrue(yield* isMember(nordId, clerk))
        })
      )
    )

    it.effect(
      "HIE-06 TEN-10 does not join by a domain without being looked at, and does not look themself",
      proving(
        Effect.gen(function* () {
          const { both, chief, nordId, stranger } = yield* linkedPlaces
          const domains = yield* DomainRepository
          const now = yield* Instant.now
          yield* domains.insert({
            id: yield* nextId(DomainId),
            tenantId: nordId,
            domain: "example.com",
            token: "00",
            proof: { method: "dns", provenAt: now, expiresAt: Instant.plus(now, "9 days") },
            checkAt: Instant.plus(now, "9 days"),
            misses: 0,
            joining: "at-once",
            role: "member",
            createdAt: now
          })
          const join = (who: Person) => Domains.join({ tenantId: nordId }).pipe(as(who.actor))
          assert.strictEqual((yield* join(stranger))._tag, "Joined")
          const asked = yield* join(chief)
          assert.strictEqual(asked._tag, "Asked")
          if (asked._tag !== "Asked") return
          const { version } = yield* Requests.get({ requestId: asked.requestId }).pipe(as(chief.actor))
          const approve = (who: Person) =>
            tagOf(
              Requests.approve({ requestId: asked.requestId, version, decision: { roles: ["member"] } }).pipe(
                as(who.actor)
              )
            )
          assert.strictEqual(yield* approve(chief), "AskerCannotDecide")
          assert.strictEqual(yield* approve(both), "ok")
        })
      )
    )

    it.effect(
      "TFA-07 HIE-05 does not say that those who are at home in a sub need a second factor: its own owners do, whatever may flow",
      proving(
        Effect.gen(function* () {
          const { chief, nordId, north } = yield* linkedPlaces
          const factors = yield* SecondFactorRepository
          const confirmed = { sealedSecret: "sealed", lastStep: 1, confirmedAt: yield* Instant.now }
          for (const { account } of [chief, north]) yield* factors.confirm(account.id, confirmed)
          const set = (who: Person) =>
            tagOf(Tenants.requireSecondFactor({ tenantId: nordId, required: true }).pipe(as(who.actor)))
          const may = yield* Permissions.check({ tenantId: nordId, permission: "owners.change" }).pipe(as(chief.actor))
          assert.isTrue(may.allowed, "this application lets it flow")
          assert.strictEqual(yield* set(chief), "NotAllowed")
          assert.isFalse((yield* tenantOf(nordId)).requiresSecondFactor)
          assert.strictEqual(yield* set(north), "ok")
        }),
        { hierarchy: { delegable: permissions } }
      )
    )

    it.effect(
      "HIE-06 INV-05 what they have offered ends with the link, and a new link does not bring it back",
      proving(
        Effect.gen(function* () {
          const { both, clerk, desk, mainId, nordId, stranger } = yield* linkedPlaces
          const offered = yield* invite(nordId, clerk, stranger)
          const secret = yield* share(nordId, clerk)
          const join = tagOf(Invitations.ShareableLinks.joinByLink({ secret }).pipe(as(desk.actor)))
          yield* TestClock.adjust("1 minute")
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          assert.strictEqual(yield* acceptMine(nordId, stranger, offered), "GrantorLostAuthority")
          assert.strictEqual(yield* join, "GrantorLostAuthority")
          yield* TestClock.adjust("1 minute")
          yield* Locations.linkOwn({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          assert.strictEqual(yield* acceptMine(nordId, stranger, offered), "GrantorLostAuthority")
          assert.strictEqual(yield* join, "GrantorLostAuthority")
          yield* TestClock.adjust("1 minute")
          yield* Invitations.sendAgain({ tenantId: nordId, invitationId: offered.id }).pipe(as(clerk.actor))
          assert.strictEqual(yield* acceptMine(nordId, stranger, offered), "ok", "whoever sends it again stands for it")
        })
      )
    )

    it.effect(
      "HIE-06 INV-05 neither does what they have offered who are members of the sub, too, by rights from the main",
      proving(
        Effect.gen(function* () {
          const { both, clerk, mainId, nordId, stranger } = yield* linkedPlaces
          yield* given.member(nordId, clerk.account, ["member"])
          const offered = yield* invite(nordId, clerk, stranger)
          yield* TestClock.adjust("1 minute")
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          yield* Locations.linkOwn({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          assert.strictEqual(yield* acceptMine(nordId, stranger, offered), "GrantorLostAuthority")
        })
      )
    )

    it.effect(
      "REQ-07 HIE-05 names nobody who decides in their place, since nobody stands in for what comes through a main",
      proving(
        Effect.gen(function* () {
          const { chief, helper, nordId, north } = yield* linkedPlaces
          const name = (who: Person) =>
            tagOf(
              Requests.nameDeputy({ tenantId: nordId, deputyId: helper.account.id, until: 86_400_000 }).pipe(
                as(who.actor)
              )
            )
          assert.strictEqual(yield* name(chief), "NotAllowed")
          assert.deepStrictEqual(yield* mailsTo(helper.account.email), [])
          assert.strictEqual(yield* name(north), "ok")
        })
      )
    )

    it.effect(
      "HIE-05 G-05 nobody comes through a main into a tenant that has none",
      proving(
        Effect.gen(function* () {
          const { both, mainId, nordId } = yield* linkedPlaces
          const visitors = (tenantId: TenantId) => tagOf(Locations.visitors({ tenantId }).pipe(as(both.actor)))
          assert.strictEqual(yield* visitors(nordId), "ok")
          assert.strictEqual(yield* visitors(mainId), "NotFound")
        })
      )
    )

    it.effect(
      "HIE-06 HIE-09 a location that was chosen for somebody is not theirs when it is linked again, or moved there and back",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, mainId, nordId, suedId } = yield* linkedPlaces
          yield* given.member(suedId, both.account, ["owner"])
          const third = yield* given.tenant(both.account, { name: "West GmbH", customerNumber: "KD-4" })
          yield* Locations.linkOwn({ tenantId: mainId, subId: suedId }).pipe(as(both.actor))
          const choose = Locations.choose({
            tenantId: mainId,
            accountId: clerk.account.id,
            locations: [nordId, suedId]
          }).pipe(as(chief.actor))
          const places = Effect.all([looksInto(nordId, clerk), looksInto(suedId, clerk)])
          yield* choose
          assert.deepStrictEqual(yield* places, ["ok", "ok"])
          yield* Locations.unlink({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          yield* Locations.linkOwn({ tenantId: mainId, subId: nordId }).pipe(as(both.actor))
          assert.deepStrictEqual(yield* places, ["NotFound", "ok"])
          yield* choose
          assert.deepStrictEqual(yield* places, ["ok", "ok"])
          const move = (customerNumber: string) =>
            Locations.askToMove({ tenantId: suedId, ...address, customerNumber }).pipe(as(both.actor))
          const { country, customerNumber, postalCode } = yield* tenantOf(third.id)
          assert.deepStrictEqual(
            yield* Locations.askToMove({ tenantId: suedId, country, postalCode, customerNumber }).pipe(as(both.actor)),
            { outcome: "Done" }
          )
          assert.deepStrictEqual(yield* move("KD-1"), { outcome: "Done" })
          assert.deepStrictEqual(yield* places, ["ok", "NotFound"])
        })
      )
    )

    it.effect(
      "ACC-01 HIE-05 an owner with locations that were chosen before they became one is shown as many as they can enter: all",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, mainId, nordId, suedId } = yield* linkedPlaces
          yield* given.member(suedId, both.account, ["owner"])
          yield* Locations.linkOwn({ tenantId: mainId, subId: suedId }).pipe(as(both.actor))
          const shown = Effect.map(Permissions.whereCanIGo({}).pipe(as(clerk.actor)), ({ tenants }) =>
            tenants.map(({ locations }) => locations)
          )
          yield* Locations.choose({ tenantId: mainId, accountId: clerk.account.id, locations: [nordId] }).pipe(
            as(chief.actor)
          )
          assert.deepStrictEqual(yield* shown, [1])
          const memberships = yield* MembershipRepository
          const membership = Option.getOrThrow(yield* memberships.find(mainId, clerk.account.id))
          yield* memberships.update({ ...membership, roles: ["owner"], locations: [] })
          assert.deepStrictEqual(yield* shown, [2])
        })
      )
    )

    it.effect(
      "G-06 HIE-05 a sub's owners page through everybody who comes in, without gap or repetition, and without who only seems to",
      proving(
        Effect.gen(function* () {
          const { both, chief, clerk, mainId, nordId, north } = yield* linkedPlaces
          const more: Array<Person> = []
          for (let n = 0; n < 5; n++) {
            const one = yield* person(`more${n}`)
            yield* given.member(mainId, one.account, ["branches"])
            more.push(one)
          }
          const [, second, third] = more
          if (second === undefined || third === undefined) return
          yield* Locations.choose({ tenantId: mainId, accountId: second.account.id, locations: [] }).pipe(
            as(chief.actor)
          )
          const page = (after: string | null) =>
            Locations.visitors({ tenantId: nordId, limit: 2, ...(after === null ? {} : { after }) }).pipe(
              as(north.actor)
            )
          const all = Effect.gen(function* () {
            const found: Array<string> = []
            let after: string | null = null
            do {
              const { items, next }: Effect.Success<ReturnType<typeof page>> = yield* page(after)
              if (next !== null) assert.strictEqual(items.length, 2, "only the last page is short")
              found.push(...items.map(({ accountId }) => accountId))
              after = next
            } while (after !== null)
            return found
          })
          const expected = (...who: ReadonlyArray<Person>) => who.map(({ account }) => account.id as string).sort()
          const others = more.filter((one) => one !== second)
          assert.deepStrictEqual(yield* all, expected(both, chief, clerk, ...others))
          const tenants = yield* tenantOf(nordId)
          assert.isFalse(tenants.requiresSecondFactor)
          const factors = yield* SecondFactorRepository
          const confirmed = { sealedSecret: "sealed", lastStep: 1, confirmedAt: yield* Instant.now }
          for (const { account } of [north, third]) yield* factors.confirm(account.id, confirmed)
          yield* Tenants.requireSecondFactor({ tenantId: nordId, required: true }).pipe(as(north.actor))
          assert.deepStrictEqual(yield* all, expected(third), "whom the rule on second factors lets in")
        })
      )
    )
  })
})

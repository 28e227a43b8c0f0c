import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import type { Staff } from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { hashSecret, LinkRepository } from "../../src/kernel/Links.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Requests from "../../src/requests/index.ts"
import { RequestRepository } from "../../src/requests/RequestRepository.ts"
import { contactEmailLink, Members, Ownerships, Permissions, StaffTenants, Tenants } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { anonymously, as, everyPort, given, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { counts, eventsOf, membershipOf, person, staff, tagOf, tenantOf, world } from "./world.ts"

const reason = "Zahlung offen"

/** The world, and a supervisor and an agent of the operator. */
const withStaff = Effect.gen(function* () {
  const all = yield* world
  const staffers = yield* StaffRepository
  const crew = Effect.fnUntraced(function* (name: string, role: "agent" | "supervisor") {
    const { account } = yield* person(name)
    yield* staffers.save({ accountId: account.id, roles: [role], since: yield* Instant.now })
    return yield* staff(account, role)
  })
  return { ...all, supervisor: yield* crew("supervisor", "supervisor"), agent: yield* crew("agent", "agent") }
})

/** What staff do with a tenant, each as one caller and by its outcome. */
const calls = (
  by: Staff,
  input: { readonly tenantId: string; readonly reason: string }
): ReadonlyArray<Effect.Effect<void, { readonly _tag: string }, Portal | Layer.Success<typeof everyKind>>> => [
  Effect.asVoid(StaffTenants.suspend(input).pipe(as(by))),
  Effect.asVoid(StaffTenants.restore(input).pipe(as(by))),
  Effect.asVoid(StaffTenants.close(input).pipe(as(by)))
]

const stateOf = (tenantId: Parameters<typeof tenantOf>[0]) => Effect.map(tenantOf(tenantId), ({ state }) => state)

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(settings), storage))))

  describe(`StaffTenants (${adapter})`, () => {
    it.effect(
      "TEN-09 a suspended tenant lets nobody do anything, its owners are told why, and restored it is as before",
      proving(
        Effect.gen(function* () {
          const { member, owner, supervisor, tenantId } = yield* withStaff
          const answer = yield* StaffTenants.suspend({ tenantId, reason }).pipe(as(supervisor))
          assert.strictEqual(answer.state, "suspended")
          for (const who of [owner, member]) {
            assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(who.actor))), "NotAllowed")
            const { tenants } = yield* Permissions.whereCanIGo({}).pipe(as(who.actor))
            assert.deepStrictEqual(
              tenants.map(({ permissions, state }) => [state, permissions]),
              [["suspended", []]]
            )
          }
          const [mail, ...more] = yield* mailsTo("owner@example.com")
          assert.deepStrictEqual(more, [])
          assert.deepInclude(mail, { kind: "tenants.suspended", values: { tenantName: "Muster GmbH", reason } })
          assert.deepStrictEqual(yield* mailsTo("member@example.com"), [], "owners only")
          assert.deepInclude((yield* eventsOf(tenantId)).at(-1), {
            type: "tenant.suspended",
            data: { from: "active", reason }
          })
          assert.strictEqual(
            yield* tagOf(StaffTenants.suspend({ tenantId, reason }).pipe(as(supervisor))),
            "TenantStateUnsuitable"
          )
          yield* StaffTenants.restore({ tenantId, reason: "Bezahlt" }).pipe(as(supervisor))
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(member.actor))), "ok")
          assert.strictEqual((yield* mailsTo("owner@example.com")).at(-1)?.kind, "tenants.restored")
          assert.strictEqual(
            yield* tagOf(StaffTenants.restore({ tenantId, reason }).pipe(as(supervisor))),
            "TenantStateUnsuitable"
          )
        })
      )
    )

    it.effect(
      "TEN-01 TEN-09 a tenant that waits for its first owner is suspended and restored as one, and gets none appointed",
      proving(
        Effect.gen(function* () {
          const { supervisor } = yield* withStaff
          const { id: tenantId } = yield* given.tenantInSetup()
          const appoint = StaffTenants.appointOwner({ tenantId, reason, email: "member@example.com" }).pipe(
            as(supervisor)
          )
          assert.strictEqual(yield* tagOf(appoint), "TenantStateUnsuitable")
          yield* StaffTenants.suspend({ tenantId, reason }).pipe(as(supervisor))
          assert.strictEqual((yield* StaffTenants.restore({ tenantId, reason }).pipe(as(supervisor))).state, "in-setup")
        })
      )
    )

    it.effect(
      "AUT-10 INV-14 V-26 who is appointed an owner and is no member yet takes a seat, if one is left",
      proving(
        Effect.gen(function* () {
          const { owner, stranger, supervisor } = yield* withStaff
          const { id: tenantId } = yield* given.tenant(owner.account, { seats: 1 })
          const appoint = (email: string) =>
            tagOf(StaffTenants.appointOwner({ tenantId, reason, email }).pipe(as(supervisor)))
          assert.strictEqual(yield* appoint(stranger.account.email), "NoSeatLeft")
          assert.isUndefined(yield* membershipOf(tenantId, stranger))
          assert.strictEqual(yield* appoint(owner.account.email), "ok", "who has a seat needs none")
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, counted)
        })
      )
    )

    it.effect(
      "TEN-09 STF-02 only staff of the right role do it, with a fresh proof of identity, and a reason",
      proving(
        Effect.gen(function* () {
          const { agent, owner, supervisor, tenantId } = yield* withStaff
          for (const call of calls(agent, { tenantId, reason })) {
            assert.strictEqual(yield* tagOf(call), "NotAllowed")
          }
          for (const call of calls(supervisor, { tenantId, reason: "  " })) {
            assert.strictEqual(yield* tagOf(call), "InvalidInput")
          }
          const appoint = { tenantId, reason, email: "member@example.com" }
          assert.strictEqual(yield* tagOf(StaffTenants.appointOwner(appoint).pipe(as(agent))), "NotAllowed")
          // whoever has lost the role since the session was looked at may not, whatever the host says
          const staffers = yield* StaffRepository
          yield* staffers.save({ accountId: supervisor.accountId, roles: ["agent"], since: yield* Instant.now })
          assert.strictEqual(
            yield* tagOf(StaffTenants.suspend({ tenantId, reason }).pipe(as(supervisor))),
            "NotAllowed"
          )
          yield* staffers.save({ accountId: supervisor.accountId, roles: ["supervisor"], since: yield* Instant.now })
          yield* TestClock.adjust("11 minutes")
          for (const call of calls(supervisor, { tenantId, reason })) {
            assert.strictEqual(yield* tagOf(call), "StepUpRequired")
          }
          assert.strictEqual(yield* stateOf(tenantId), "active")
          assert.strictEqual((yield* Tenants.get({ tenantId }).pipe(as(owner.actor))).tenant.state, "active")
        })
      )
    )

    it.effect(
      "TEN-09 closed leaves nothing reachable: invitations, links and requests end, and to its members it does not exist",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, member, other, owner, stranger, supervisor, tenantId } = yield* withStaff
          const invite = (area: typeof tenantId, by: typeof owner, email: string) =>
            Invitations.invite({ tenantId: area, email, roles: ["member"] }).pipe(as(by.actor))
          yield* invite(tenantId, owner, "stranger@example.com")
          const invited = yield* newestSecret("stranger@example.com")
          yield* Members.changeContactEmail({ tenantId, email: "desk@example.com" }).pipe(as(member.actor))
          const contact = yield* newestSecret("desk@example.com")
          const { requestId } = yield* Ownerships.offer({ tenantId, accountId: admin.account.id }).pipe(as(owner.actor))
          yield* invite(foreignId, other, "somebody@example.com")

          yield* StaffTenants.close({ tenantId, reason: "Gekündigt" }).pipe(as(supervisor))

          for (const who of [owner, admin, member]) {
            assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(who.actor))), "NotFound")
            assert.strictEqual(yield* tagOf(Members.list({ tenantId }).pipe(as(who.actor))), "NotFound")
            assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(who.actor))), "NotFound")
            assert.deepStrictEqual((yield* Permissions.whereCanIGo({}).pipe(as(who.actor))).tenants, [])
          }
          assert.strictEqual(
            yield* tagOf(Invitations.accept({ secret: invited }).pipe(as(stranger.actor))),
            "InvitationClosed"
          )
          assert.deepStrictEqual((yield* Permissions.whereCanIGo({}).pipe(as(stranger.actor))).invitations, [])
          assert.strictEqual(
            yield* tagOf(Members.confirmContactEmail({ secret: contact }).pipe(anonymously)),
            "LinkUnusable"
          )
          assert.strictEqual(
            yield* tagOf(Requests.approve({ requestId, version: 1 }).pipe(as(admin.actor))),
            "RequestClosed"
          )
          const links = yield* LinkRepository
          const link = yield* links.find(contactEmailLink.name, yield* hashSecret(contactEmailLink.name, contact))
          assert.isNotNull(Option.getOrThrow(link).voidedAt, "void, and not only refused for the tenant's state")
          const requests = yield* RequestRepository
          assert.deepInclude(Option.getOrThrow(yield* requests.find(requestId)), {
            state: "Refused",
            reason: "Gekündigt"
          })
          assert.deepStrictEqual((yield* Requests.waiting({}).pipe(as(admin.actor))).items, [])
          assert.deepStrictEqual(
            (yield* mailsTo("owner@example.com"))
              .map(({ kind }) => kind)
              .slice(-2)
              .sort(),
            ["requests.TransferOwnership.refused", "tenants.closed"]
          )
          const types = (yield* eventsOf(tenantId)).map(({ type }) => type)
          for (const type of ["invitation.revoked", "request.closed", "tenant.closed"]) assert.include(types, type)
          // for ever
          for (const call of calls(supervisor, { tenantId, reason })) {
            assert.strictEqual(yield* tagOf(call), "TenantStateUnsuitable")
          }
          const theirs = yield* Invitations.list({ tenantId: foreignId }).pipe(as(other.actor))
          assert.deepStrictEqual(
            theirs.items.map(({ state }) => state),
            ["pending"],
            "another tenant's stay"
          )
        })
      )
    )

    it.effect(
      "V-01 AUT-10 staff appoint an owner: a member, or an account that becomes one by it, also in a suspended tenant",
      proving(
        Effect.gen(function* () {
          const { member, owner, stranger, supervisor, tenantId } = yield* withStaff
          const appoint = (email: string) =>
            StaffTenants.appointOwner({ tenantId, email, reason: "Vollmacht liegt vor" }).pipe(as(supervisor))
          assert.deepStrictEqual((yield* appoint("member@example.com")).roles, ["member", "owner"])
          yield* StaffTenants.suspend({ tenantId, reason }).pipe(as(supervisor))
          assert.deepStrictEqual((yield* appoint("stranger@example.com")).roles, ["owner"])
          assert.strictEqual(yield* tagOf(appoint("nobody@example.com")), "NotFound")
          const again = yield* appoint("stranger@example.com")
          assert.deepStrictEqual(again.roles, ["owner"])
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, counted)
          assert.strictEqual(kept.ownerCount, 3)
          assert.strictEqual(yield* stateOf(tenantId), "suspended")
          assert.isDefined(yield* membershipOf(tenantId, stranger))
          for (const who of [owner, member]) {
            const told = (yield* mailsTo(who.account.email)).filter(({ kind }) => kind === "tenants.ownerAppointed")
            assert.isAtLeast(told.length, 1, who.account.email)
          }
        })
      )
    )

    it.effect(
      "TEN-09 staff find a tenant by number, customer number, and a part of its name",
      proving(
        Effect.gen(function* () {
          const { agent, foreignId, supervisor, tenantId } = yield* withStaff
          const found = (search: string) =>
            Effect.map(StaffTenants.find({ search }).pipe(as(agent)), ({ items }) => items.map(({ id }) => id))
          assert.deepStrictEqual(yield* found("muster"), [tenantId])
          assert.deepStrictEqual(yield* found((yield* tenantOf(foreignId)).number), [foreignId])
          assert.deepStrictEqual(yield* found("kd 2"), [foreignId])
          assert.deepStrictEqual(yield* found("nichts"), [])
          yield* StaffTenants.close({ tenantId, reason }).pipe(as(supervisor))
          const { items } = yield* StaffTenants.find({ search: "muster" }).pipe(as(agent))
          assert.deepStrictEqual(
            items.map(({ members, owners, state }) => [state, members, owners]),
            [["closed", 3, 1]]
          )
        })
      )
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import { job } from "../../src/kernel/Actor.ts"
import { TenantId } from "../../src/kernel/ids.ts"
import { issueTexts } from "../../src/kernel/refusals.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import { Tenants } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { counts, eventsOf, membershipOf, person, staff, tagOf, tenantOf, world } from "./world.ts"

const described = { name: "Muster GmbH", street: "Ring 1", postalCode: "A-1010", city: "Wien", country: "at" }
const missing = TenantId.make("01890000-0000-7000-8000-00000000dead")

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, settings: SettingsInput = {}) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel(settings), storage))

  describe(`Tenants (${adapter})`, () => {
    it.effect(
      "TEN-01 staff create a tenant for its first owner's address: in setup until that owner accepts, then active",
      proving(
        Effect.gen(function* () {
          const clerk = yield* person("clerk")
          const actor = yield* staff(clerk.account, "agent")
          const created = yield* Tenants.createForOwner({
            ...described,
            customerNumber: " KD 0-7 ",
            seats: 3,
            ownerEmail: "Boss@Example.com",
            locale: "en"
          }).pipe(as(actor))
          assert.strictEqual(created.customerNumber, "KD 0-7")
          const setup = yield* tenantOf(created.id)
          assert.deepInclude(setup, {
            state: "in-setup",
            name: "Muster GmbH",
            street: "Ring 1",
            postalCode: "1010",
            city: "Wien",
            country: "AT",
            seats: 3,
            memberCount: 0,
            ownerCount: 0
          })
          const [mail, ...more] = yield* mailsTo("boss@example.com")
          assert.deepStrictEqual(more, [])
          assert.strictEqual(mail?.locale, "en")

          const boss = yield* person("boss")
          yield* Invitations.accept({ secret: yield* newestSecret("boss@example.com") }).pipe(as(boss.actor))
          const active = yield* tenantOf(created.id)
          assert.deepInclude(active, { state: "active", memberCount: 1, ownerCount: 1 })
          assert.deepStrictEqual((yield* membershipOf(created.id, boss))?.roles, ["owner"])
          const types = (yield* eventsOf(created.id)).map(({ type }) => type)
          assert.includeMembers(types, [
            "tenant.created",
            "invitation.created",
            "tenant.activated",
            "membership.created"
          ])
        })
      )
    )

    it.effect(
      "TEN-01 customer numbers are unique, and only staff learn that one is taken",
      proving(
        Effect.gen(function* () {
          const clerk = yield* person("clerk")
          const actor = yield* staff(clerk.account, "supervisor")
          const create = (customerNumber: string) =>
            Tenants.createForOwner({ ...described, customerNumber, ownerEmail: "a@example.com" }).pipe(as(actor))
          const { id } = yield* create("KD-00017")
          assert.strictEqual(yield* tagOf(create("kd00017")), "CustomerNumberTaken")
          assert.strictEqual((yield* mailsTo("a@example.com")).length, 1, "a refusal leaves no mail")
          const second = yield* create("KD-18")
          const change = (customerNumber: string) =>
            Tenants.changeCredentials({ tenantId: second.id, customerNumber, postalCode: "8001", country: "CH" }).pipe(
              as(actor)
            )
          assert.strictEqual(yield* tagOf(change("K-D 00017")), "CustomerNumberTaken")
          yield* change("kd 018")
          assert.deepInclude(yield* tenantOf(second.id), {
            customerNumber: "kd 018",
            postalCode: "8001",
            country: "CH"
          })
          assert.strictEqual((yield* tenantOf(id)).customerNumber, "KD-00017")
        })
      )
    )

    it.effect(
      "TEN-01 an account creates a tenant where the application allows it: active at once, the creator its owner and first member",
      proving(
        Effect.gen(function* () {
          const founder = yield* person("founder")
          const created = yield* Tenants.create(described).pipe(as(founder.actor))
          const tenant = yield* tenantOf(created.id)
          assert.deepInclude(tenant, { state: "active", memberCount: 1, ownerCount: 1, postalCode: "1010" })
          assert.strictEqual(
            tenant.customerNumber,
            tenant.number,
            "nobody can ask here whether a customer number is taken"
          )
          const membership = yield* membershipOf(created.id, founder)
          assert.deepStrictEqual([membership?.roles, membership?.contactEmail], [["owner"], founder.account.email])
          assert.deepStrictEqual(
            (yield* eventsOf(created.id)).map(({ type }) => type),
            ["tenant.created", "tenant.activated", "membership.created"]
          )
          const view = yield* Tenants.get({ tenantId: created.id }).pipe(as(founder.actor))
          assert.strictEqual(view.members, 1)
        }),
        { tenants: { selfService: true } }
      )
    )

    it.effect(
      "TEN-01 where the application does not allow it, no account creates a tenant, nor does a session that has ended",
      proving(
        Effect.gen(function* () {
          const founder = yield* person("founder")
          assert.strictEqual(yield* tagOf(Tenants.create(described).pipe(as(founder.actor))), "NotAllowed")
          const old = { ...founder.actor, credentialEpoch: 9 }
          const allowed = Tenants.create(described).pipe(
            as(old),
            Effect.provide(withKernel({ tenants: { selfService: true } }))
          )
          assert.strictEqual(yield* tagOf(allowed), "SignInRequired")
        })
      )
    )

    it.effect(
      "LIM-01 an account creates at most ten tenants a day",
      proving(
        Effect.gen(function* () {
          const founder = yield* person("founder")
          for (let n = 0; n < 10; n++) yield* Tenants.create(described).pipe(as(founder.actor))
          assert.strictEqual(yield* tagOf(Tenants.create(described).pipe(as(founder.actor))), "TooManyAttempts")
        }),
        { tenants: { selfService: true } }
      )
    )

    it.effect(
      "TEN-01 the host's own code creates a tenant with a known account as owner",
      proving(
        Effect.gen(function* () {
          const boss = yield* person("boss")
          const input = { ...described, customerNumber: "DEMO", ownerId: boss.account.id }
          const created = yield* Tenants.createWithOwner(input).pipe(as(job("seed")))
          assert.deepInclude(yield* tenantOf(created.id), { state: "active", ownerCount: 1 })
          assert.strictEqual(yield* tagOf(Tenants.createWithOwner(input).pipe(as(job("seed")))), "CustomerNumberTaken")
          const nobody = { ...input, customerNumber: "D2", ownerId: missing }
          assert.strictEqual(yield* tagOf(Tenants.createWithOwner(nobody).pipe(as(job("seed")))), "NotFound")
        })
      )
    )

    it.effect(
      "TEN-01 R-TE-10 owners change name and address; customer number and postal code only staff of sufficient role",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const change = { tenantId, name: " New name ", street: "Gasse 2", city: "Graz" }
          const view = yield* Tenants.change(change).pipe(as(owner.actor))
          assert.deepInclude(view.tenant, { name: "New name", street: "Gasse 2", city: "Graz" })
          assert.deepInclude(yield* tenantOf(tenantId), { name: "New name", street: "Gasse 2", city: "Graz" })
          assert.strictEqual(view.tenant.version, (yield* tenantOf(tenantId)).version)
          assert.deepStrictEqual((yield* eventsOf(tenantId)).at(-1)?.data, { fields: ["name", "street", "city"] })
          for (const one of [admin, member]) {
            assert.strictEqual(yield* tagOf(Tenants.change(change).pipe(as(one.actor))), "NotAllowed")
          }
          // the input's type has no such field; at the border it is refused all the same
          for (const field of ["customerNumber", "postalCode", "country", "state", "seats", "ownerCount", "id"]) {
            const sneaky = { ...change, [field]: "1" }
            const refused = yield* Effect.flip(Tenants.change(sneaky).pipe(as(owner.actor)))
            assert.deepInclude(refused, { _tag: "InvalidInput", issues: [{ path: [field], code: "unknown" }] })
          }
          const credentials = { tenantId, customerNumber: "X-9", postalCode: "10115", country: "DE" }
          const agent = yield* staff(owner.account, "agent")
          const supervisor = yield* staff(owner.account, "supervisor")
          assert.strictEqual(yield* tagOf(Tenants.changeCredentials(credentials).pipe(as(agent))), "NotAllowed")
          yield* Tenants.changeCredentials(credentials).pipe(as(supervisor))
          assert.deepInclude(yield* tenantOf(tenantId), { customerNumber: "X-9", postalCode: "10115", country: "DE" })
          assert.deepStrictEqual((yield* eventsOf(tenantId)).at(-1)?.data, {
            fields: ["customerNumber", "postalCode", "country"]
          })
          yield* TestClock.adjust("10 minutes")
          assert.strictEqual(
            yield* tagOf(Tenants.changeCredentials(credentials).pipe(as(supervisor))),
            "StepUpRequired"
          )
        })
      )
    )

    it.effect(
      "G-01 every fault of an input is named at its field, and nothing is written",
      proving(
        Effect.gen(function* () {
          const clerk = yield* person("clerk")
          const actor = yield* staff(clerk.account, "operator")
          const bad = {
            name: " ",
            customerNumber: "--",
            postalCode: "123",
            country: "Austria",
            seats: 0,
            ownerEmail: "nobody",
            street: "a\u0007"
          }
          const refused = yield* Effect.flip(Tenants.createForOwner(bad).pipe(as(actor)))
          assert.strictEqual(refused._tag, "InvalidInput")
          const issues = refused._tag === "InvalidInput" ? refused.issues : []
          const codes = Object.fromEntries(issues.map(({ code, path }) => [path.join("."), code]))
          assert.deepStrictEqual(codes, {
            name: "missing",
            customerNumber: "customer-number",
            country: "country",
            seats: "range",
            ownerEmail: "email",
            street: "control-character"
          })
          for (const { code } of issues) assert.property(issueTexts, code)
          const postal = { ...described, customerNumber: "1", ownerEmail: "a@example.com", postalCode: "10115" }
          const wrong = yield* Effect.flip(Tenants.createForOwner(postal).pipe(as(actor)))
          assert.deepInclude(wrong, { _tag: "InvalidInput", issues: [{ path: ["postalCode"], code: "postal-code" }] })
        })
      )
    )

    it.effect(
      "TEN-11 R-TE-01 the tenant of a call is a claim: a stranger finds neither a tenant of others nor one that does not exist",
      proving(
        Effect.gen(function* () {
          const { foreignId, owner, stranger, tenantId } = yield* world
          const calls = (id: TenantId) => [
            Tenants.get({ tenantId: id }),
            Tenants.change({ tenantId: id, name: "Mine" })
          ]
          for (const [actor, id] of [
            [stranger.actor, tenantId],
            [stranger.actor, missing],
            [owner.actor, foreignId],
            [owner.actor, missing]
          ] as const) {
            for (const call of calls(id)) {
              const refused = yield* Effect.flip(Effect.asVoid(call).pipe(as(actor)))
              assert.deepInclude(refused, { _tag: "NotFound", kind: "tenant" })
            }
          }
          assert.strictEqual((yield* tenantOf(foreignId)).name, "Fremd AG")
        })
      )
    )

    it.effect(
      "TEN-11 one account belongs to several tenants, and each call names its own",
      proving(
        Effect.gen(function* () {
          const { foreignId, member, tenantId } = yield* world
          yield* given.member(foreignId, member.account, ["owner"])
          const here = yield* Tenants.get({ tenantId }).pipe(as(member.actor))
          const there = yield* Tenants.get({ tenantId: foreignId }).pipe(as(member.actor))
          assert.deepStrictEqual([here.tenant.name, here.membership?.roles], ["Muster GmbH", ["member"]])
          assert.deepStrictEqual([there.tenant.name, there.membership?.roles], ["Fremd AG", ["owner"]])
          assert.deepStrictEqual([...here.permissions].sort(), ["members.read", "tenant.read"])
          // owner there is nothing here (R-TE-01)
          assert.strictEqual(yield* tagOf(Tenants.change({ tenantId, name: "x" }).pipe(as(member.actor))), "NotAllowed")
          yield* Tenants.change({ tenantId: foreignId, name: "Meine AG" }).pipe(as(member.actor))
        })
      )
    )

    it.effect(
      "R-TE-10 how many seats there are is shown to those who may invite only",
      proving(
        Effect.gen(function* () {
          const owner = yield* person("owner")
          const member = yield* person("member")
          const tenant = yield* given.tenant(owner.account, { seats: 7 })
          yield* given.member(tenant.id, member.account, ["member"])
          const seats = (actor: typeof owner.actor) =>
            Effect.map(Tenants.get({ tenantId: tenant.id }).pipe(as(actor)), (view) => view.seats)
          assert.strictEqual(yield* seats(owner.actor), 7)
          assert.strictEqual(yield* seats(member.actor), null)
        })
      )
    )

    it.effect(
      "G-02 who is of another kind of actor gets a typed refusal, whatever the types say",
      proving(
        Effect.gen(function* () {
          const { owner, tenantId } = yield* world
          // the compiler refuses both calls; a host without types gets the same answer
          const anonymous = Tenants.get({ tenantId }).pipe(as({ _tag: "Anonymous" }))
          assert.strictEqual(yield* tagOf(anonymous as typeof anonymous & Effect.Effect<never>), "SignInRequired")
          const account = Tenants.createWithOwner({
            ...described,
            customerNumber: "1",
            ownerId: owner.account.id
          }).pipe(as(owner.actor))
          assert.strictEqual(yield* tagOf(account as typeof account & Effect.Effect<never>), "NotAllowed")
        })
      )
    )

    it.effect(
      "V-01 V-26 the counts that a tenant keeps are those of its members",
      proving(
        Effect.gen(function* () {
          const { foreignId, tenantId } = yield* world
          for (const id of [tenantId, foreignId]) {
            const { counted, kept } = yield* counts(id)
            assert.deepStrictEqual(kept, counted)
          }
        })
      )
    )
  })
})

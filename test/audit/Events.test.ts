import { assert, describe, it } from "@effect/vitest"
import { Effect, Fiber, Layer, Stream } from "effect"
import { after, Events, sequence, verify } from "../../src/audit/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import { EventLog } from "../../src/kernel/EventLog.ts"
import { TenantId } from "../../src/kernel/ids.ts"
import { Members, Tenants } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, type Portal, signedIn, withKernel } from "../support/portal.ts"
import { event } from "./support.ts"

const staff = (actor: Actor.Account): Actor.Staff => ({ ...actor, _tag: "Staff", roles: ["agent"] })

const world = Effect.gen(function* () {
  const ada = yield* given.account("ada@example.com")
  const bob = yield* given.account("bob@example.com")
  const tenant = yield* given.tenant(ada)
  const other = yield* given.tenant(bob, { name: "Other" })
  return { ada: yield* signedIn(ada), bob: yield* signedIn(bob), tenant: tenant.id, other: other.id }
})

forEachAdapter(everyPort, (name, storage) => {
  const portal = Layer.provideMerge(withKernel(), storage)

  describe(`the log of a tenant (${name})`, () => {
    it.live("AUD-03 AUD-01 owners and staff read what happened in it, page by page, the newest first", () =>
      Effect.gen(function* () {
        const { ada, bob, other, tenant } = yield* world
        for (const n of [1, 2, 3]) yield* Tenants.change({ tenantId: tenant, name: `Name ${n}` }).pipe(as(ada))
        yield* Tenants.change({ tenantId: other, name: "Theirs" }).pipe(as(bob))
        yield* sequence
        yield* Invitations.invite({ tenantId: tenant, email: "eve@example.com", roles: ["member"] }).pipe(as(ada))

        const first = yield* Events.list({ tenantId: tenant, limit: 2 }).pipe(as(ada))
        assert.strictEqual(first.items.length, 2)
        assert.strictEqual(first.items[0]?.useCase, "invitations.invite")
        assert.isNull(first.items[0]?.number)
        assert.strictEqual(first.items[1]?.useCase, "tenants.change")
        assert.strictEqual(first.items[1]?.actor, `account:${ada.accountId}`)
        assert.isNumber(first.items[1]?.number)
        const second = yield* Events.list({ tenantId: tenant, limit: 2, after: first.next ?? "" }).pipe(as(ada))
        assert.strictEqual(second.items.length, 2)
        assert.isNull(second.next)

        const byType = yield* Events.list({ tenantId: tenant, type: first.items[1]?.type ?? "" }).pipe(as(ada))
        assert.strictEqual(byType.items.length, 3)
        const seenByStaff = yield* Events.list({ tenantId: tenant }).pipe(as(staff(bob)))
        assert.strictEqual(seenByStaff.items.length, 4)
        assert.isTrue(
          [...first.items, ...seenByStaff.items].every(({ data }) => !JSON.stringify(data).includes("Theirs"))
        )
      }).pipe(Effect.provide(portal))
    )

    it.live("AUD-03 the log is exported as NDJSON, whatever its length", () =>
      Effect.gen(function* () {
        const { ada, bob, tenant } = yield* world
        const log = yield* EventLog
        const rows = yield* Effect.forEach(Array.from({ length: 230 }), (_, n) =>
          event(n, { tenantId: tenant, data: { text: `line\n${n}` } })
        )
        yield* log.append(rows)
        const lines = yield* Events.ndjson({ tenantId: tenant }).pipe(Stream.runCollect, as(ada))
        assert.strictEqual(lines.length, 230)
        for (const line of lines) assert.match(line, /^[^\n]+\n$/)
        const read = lines.map((line): unknown => JSON.parse(line).data.text)
        assert.deepStrictEqual(read, rows.map((_, n) => `line\n${n}`).toReversed())
        const refused = yield* Effect.flip(Events.ndjson({ tenantId: tenant }).pipe(Stream.runCollect, as(bob)))
        assert.strictEqual(refused._tag, "NotFound")
      }).pipe(Effect.provide(portal))
    )

    it.live("R-AU-05 G-05 whoever may not read it is refused, and a foreign tenant is none", () =>
      Effect.gen(function* () {
        const { ada, bob, tenant } = yield* world
        const carol = yield* given.account("carol@example.com")
        yield* given.member(tenant, carol, ["admin"])
        const admin = yield* signedIn(carol)
        yield* Tenants.change({ tenantId: tenant, name: "Name" }).pipe(as(ada))
        const refused = yield* Effect.flip(Events.list({ tenantId: tenant }).pipe(as(admin)))
        assert.deepInclude({ ...refused }, { _tag: "NotAllowed", permission: "audit.read" })
        const foreign = yield* Effect.flip(Events.list({ tenantId: tenant }).pipe(as(bob)))
        const missing = yield* Effect.flip(
          Events.list({ tenantId: TenantId.make("01890000-0000-7000-8000-0000000000a1") }).pipe(as(bob))
        )
        assert.deepStrictEqual({ ...foreign }, { ...missing })
        assert.strictEqual(foreign._tag, "NotFound")
        const forged = yield* Effect.flip(Events.list({ tenantId: tenant, after: "x" }).pipe(as(ada)))
        assert.strictEqual(forged._tag, "InvalidInput")
      }).pipe(Effect.provide(portal))
    )

    it.live("AUD-01 R-AU-01 a denial for want of a permission is in the log of the tenant it was about", () =>
      Effect.gen(function* () {
        const { ada, bob, tenant } = yield* world
        const carol = yield* given.account("carol@example.com")
        yield* given.member(tenant, carol, ["member"])
        const member = yield* signedIn(carol)
        yield* Effect.flip(Tenants.change({ tenantId: tenant, name: "Mine" }).pipe(as(member)))
        // a stranger leaves nothing in a log that is not theirs
        yield* Effect.flip(Members.list({ tenantId: tenant }).pipe(as(bob)))
        yield* Effect.flip(Tenants.change({ tenantId: tenant, name: "Mine" }).pipe(as(bob)))
        const { items } = yield* Events.list({ tenantId: tenant, outcome: "denied" }).pipe(as(ada))
        assert.deepStrictEqual(
          items.map(({ actor, data, type }) => ({ actor, data, type })),
          [{ actor: `account:${carol.id}`, data: { refusal: "NotAllowed" }, type: "tenants.change.denied" }]
        )
      }).pipe(Effect.provide(portal))
    )

    it.live(
      "AUD-04 whoever follows the events by number gets each in order, also those to come, and goes on after a restart",
      () =>
        Effect.gen(function* () {
          const { ada, tenant } = yield* world
          const change = (n: number) => Tenants.change({ tenantId: tenant, name: `Name ${n}` }).pipe(as(ada))
          for (let n = 1; n <= 3; n++) yield* change(n)
          yield* sequence
          const following = yield* Effect.forkChild(after(0).pipe(Stream.take(5), Stream.runCollect))
          for (let n = 4; n <= 6; n++) yield* change(n)
          yield* sequence
          const seen = yield* Fiber.join(following)
          assert.deepStrictEqual(
            seen.map(({ seal }) => seal.number),
            [1, 2, 3, 4, 5]
          )
          const last = seen[4]?.seal.number ?? 0
          const rest = yield* after(last).pipe(Stream.take(1), Stream.runCollect)
          assert.deepStrictEqual(
            rest.map(({ seal, useCase }) => [seal.number, useCase]),
            [[6, "tenants.change"]]
          )
          assert.deepStrictEqual(yield* verify(), { _tag: "Intact", from: 0, through: 6 })
        }).pipe((effect: Effect.Effect<void, unknown, Portal>) => Effect.provide(effect, portal))
    )
  })
})

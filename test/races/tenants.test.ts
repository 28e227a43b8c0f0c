import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import type { TenantId } from "../../src/kernel/ids.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { Database } from "../../src/kysely/Database.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { queries } from "../../src/kysely/query.ts"
import type { Tables } from "../../src/kysely/tables.ts"
import { Members, Tenants } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter, storage } from "../support/adapters.ts"
import { anonymously, as, everyPort, given, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { counts, eventsOf, membershipOf, person, staff, tags } from "../tenants/world.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withKernel({
  limits: { mailPerAddress: unlimited, mailPerSource: unlimited, linkPerSource: unlimited }
})

/** Two owners of one tenant, and somebody who is a member. */
const owners = Effect.fnUntraced(function* (round: number) {
  const first = yield* person(`first${round}`)
  const second = yield* person(`second${round}`)
  const member = yield* person(`member${round}`)
  const { id } = yield* given.tenant(first.account)
  yield* given.member(id, second.account, ["owner"])
  yield* given.member(id, member.account, ["member"])
  return { first, second, member, id }
})
type Owners = Effect.Success<ReturnType<typeof owners>>

/** Each call four times, as somebody who clicks again: eight connections at once. */
const fourfold = <E>(calls: ReadonlyArray<E>): ReadonlyArray<E> => calls.flatMap((call) => [call, call, call, call])
const times = (count: number, tag: string): ReadonlyArray<string> => Array.from({ length: count }, () => tag)

const demote = (tenantId: TenantId, whom: Owners["first"]) =>
  Effect.asVoid(Members.changeRoles({ tenantId, accountId: whom.account.id, roles: ["member"] }))
const remove = (tenantId: TenantId, whom: Owners["first"]) => Members.remove({ tenantId, accountId: whom.account.id })

/** What must hold at every commit: the kept counts are those of the members, and somebody owns the tenant. */
const holds = Effect.fnUntraced(function* (id: TenantId) {
  const { counted, kept } = yield* counts(id)
  return kept.memberCount === counted.memberCount && kept.ownerCount === counted.ownerCount && counted.ownerCount >= 1
})

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(kernel, layer)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const enough = adapter === "postgres" ? rounds(200, 2000) : rounds(40, 400)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < enough; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of tenants (${adapter})`, { timeout: 300_000 }, () => {
    it.live("V-01 TEN-04 R-IN-09 of two owners who leave at the same time one stays", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { first, id, second } = yield* owners(n)
          const leave = Members.leave({ tenantId: id })
          const results = yield* race(fourfold([leave.pipe(as(first.actor)), leave.pipe(as(second.actor))]))
          assert.deepStrictEqual(tags(results), [...times(4, "LastOwner"), ...times(3, "NotFound"), "ok"])
          assert.isTrue(yield* holds(id))
        })
      )
    )

    it.live("V-01 TEN-04 R-IN-09 of two owners who demote each other at the same time one stays", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { first, id, second } = yield* owners(n)
          const results = yield* race(
            fourfold([demote(id, second).pipe(as(first.actor)), demote(id, first).pipe(as(second.actor))])
          )
          // who was demoted may not demote any more (R-TE-09); to do again what is done already changes nothing
          assert.deepStrictEqual(tags(results), [...times(4, "NotAllowed"), ...times(4, "ok")])
          assert.isTrue(yield* holds(id))
        })
      )
    )

    it.live("V-01 TEN-04 of two owners who remove each other at the same time one stays", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { first, id, second } = yield* owners(n)
          const results = yield* race(
            fourfold([remove(id, second).pipe(as(first.actor)), remove(id, first).pipe(as(second.actor))])
          )
          assert.deepStrictEqual(tags(results), [...times(7, "NotFound"), "ok"])
          assert.isTrue(yield* holds(id))
        })
      )
    )

    it.live("V-01 TEN-08 somebody who is removed and leaves at the same time is gone once, with one event", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { first, id, member, second } = yield* owners(n)
          const results = yield* race([
            remove(id, member).pipe(as(first.actor)),
            Members.leave({ tenantId: id }).pipe(as(member.actor)),
            // at the same time one owner leaves whom the other demotes
            demote(id, first).pipe(as(second.actor)),
            Members.leave({ tenantId: id }).pipe(as(first.actor))
          ])
          assert.isTrue(yield* holds(id))
          assert.isUndefined(yield* membershipOf(id, member))
          const ended = (yield* eventsOf(id)).filter(
            ({ data, type }) => type === "membership.ended" && data.accountId === member.account.id
          )
          assert.strictEqual(ended.length, 1)
          assert.isAtLeast(tags(results).filter((tag) => tag === "ok").length, 2)
        })
      )
    )

    it.live("TEN-06 TEN-08 a new contact address and new roles that come at the same time are both kept", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { first, id, member } = yield* owners(n)
          const email = `new${n}@example.com`
          yield* Members.changeContactEmail({ tenantId: id, email }).pipe(as(member.actor))
          const secret = yield* newestSecret(email)
          const results = yield* race<void, { readonly _tag: string }, Portal>([
            Effect.asVoid(Members.confirmContactEmail({ secret }).pipe(anonymously)),
            Effect.asVoid(Members.confirmContactEmail({ secret }).pipe(anonymously)),
            Effect.asVoid(
              Members.changeRoles({ tenantId: id, accountId: member.account.id, roles: ["admin"] }).pipe(
                as(first.actor)
              )
            ),
            Effect.asVoid(
              Members.setMailPreferences({ tenantId: id, mailPreferences: { membershipChanges: false } }).pipe(
                as(member.actor)
              )
            )
          ])
          assert.deepStrictEqual(tags(results), ["LinkUnusable", "ok", "ok", "ok"])
          const after = yield* membershipOf(id, member)
          assert.deepStrictEqual(
            [after?.contactEmail, after?.roles, after?.mailPreferences],
            [email, ["admin"], { membershipChanges: false }]
          )
        })
      )
    )

    it.live("TEN-06 V-11 of links to new contact addresses that are asked for at once, one opens", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { id, member } = yield* owners(n)
          const addresses = Array.from({ length: 4 }, (_, i) => `new${n}.${i}@example.com`)
          const asked = addresses.map((email) =>
            Members.changeContactEmail({ tenantId: id, email }).pipe(as(member.actor))
          )
          assert.deepStrictEqual(tags(yield* race(asked)), times(4, "ok"))
          const opened = yield* Effect.forEach(addresses, (email) =>
            Effect.flatMap(newestSecret(email), (secret) =>
              Effect.result(Members.readContactEmail({ secret }).pipe(anonymously))
            )
          )
          assert.deepStrictEqual(tags(opened), [...times(3, "LinkUnusable"), "ok"])
        })
      )
    )

    it.live("V-01 V-40 a unit that forgets the rule on owners is stopped by the store itself, and leaves nothing", () =>
      Effect.gen(function* () {
        const owner = yield* person("owner")
        const { id } = yield* given.tenant(owner.account)
        const tenants = yield* TenantRepository
        const memberships = yield* MembershipRepository
        const units = yield* UnitOfWork
        const forgetful = units.run(
          Effect.gen(function* () {
            const tenant = Option.getOrThrow(yield* tenants.findForUpdate(id))
            yield* memberships.remove(id, owner.account.id)
            yield* tenants.save({ ...tenant, memberCount: 0, ownerCount: 0 })
          })
        )
        const error = yield* Effect.flip(forgetful)
        assert.deepStrictEqual([error._tag, error.reason], ["PersistenceError", "other"])
        assert.isDefined(yield* membershipOf(id, owner))
        assert.isTrue(yield* holds(id))
      }).pipe(Effect.provide(portal))
    )

    it.live("TEN-01 of tenants with one customer number that are created at the same time there is one", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const clerk = yield* person(`clerk${n}`)
          const actor = yield* staff(clerk.account, "agent")
          const input = { name: "Neu", postalCode: "10115", country: "DE" }
          const results = yield* race(
            [`KD-${n}`, `kd ${n}`, `0KD${n}`].map((customerNumber, index) =>
              Tenants.createForOwner({ ...input, customerNumber, ownerEmail: `boss${index}@example.com` }).pipe(
                as(actor)
              )
            )
          )
          assert.deepStrictEqual(tags(results), ["CustomerNumberTaken", "CustomerNumberTaken", "ok"])
        })
      )
    )
  })
})

const stores = storage()

describe("without its guards", { timeout: 300_000 }, () => {
  /** Saves what somebody has read before, whatever has happened since, and reads without waiting for anybody. */
  const unguarded = Layer.effect(
    TenantRepository,
    Effect.gen(function* () {
      const tenants = yield* TenantRepository
      const put = queries<Tables>(yield* Database).changed(
        "tenant.put",
        (db, p: { readonly id: string; readonly members: number; readonly owners: number }) =>
          db.updateTable("tenant").set({ member_count: p.members, owner_count: p.owners }).where("id", "=", p.id)
      )
      return TenantRepository.of({
        ...tenants,
        findForUpdate: tenants.find,
        save: (tenant) => Effect.asVoid(put({ id: tenant.id, members: tenant.memberCount, owners: tenant.ownerCount }))
      })
    })
  )

  const violations = (race: (n: number) => Effect.Effect<TenantId, unknown, Portal>, until: number) =>
    Effect.gen(function* () {
      for (let n = 0; n < 200; n++) if (!(yield* holds(yield* race(n)))) return n < until
      return false
    })

  const twoLeave = Effect.fnUntraced(function* (n: number) {
    const { first, id, second } = yield* owners(n)
    const leave = Members.leave({ tenantId: id })
    yield* race([leave.pipe(as(first.actor)), leave.pipe(as(second.actor))])
    return id
  })

  it.live("V-01 a repository without lock and version is found out by two owners who leave", () =>
    Effect.gen(function* () {
      assert.isTrue(yield* violations(twoLeave, 200))
    }).pipe(
      Effect.provide(
        Layer.provideMerge(kernel, Layer.provideMerge(unguarded, Layer.provideMerge(Kysely.layer, stores.postgres)))
      )
    )
  )

  it.live("V-01 a repository without the lock alone is saved by the version", () =>
    Effect.gen(function* () {
      for (let n = 0; n < rounds(50, 200); n++) assert.isTrue(yield* holds(yield* twoLeave(n)))
    }).pipe(
      Effect.provide(
        Layer.provideMerge(
          kernel,
          Layer.provideMerge(
            Layer.effect(
              TenantRepository,
              Effect.map(TenantRepository, (tenants) => ({ ...tenants, findForUpdate: tenants.find }))
            ),
            Layer.provideMerge(Kysely.layer, stores.postgres)
          )
        )
      )
    )
  )
})

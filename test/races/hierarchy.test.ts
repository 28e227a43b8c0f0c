import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import * as Locations from "../../src/hierarchy/Locations.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import type { PersistenceError } from "../../src/kernel/PersistenceError.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import * as Kysely from "../../src/kysely/index.ts"
import { Catalog } from "../../src/orders/Catalog.ts"
import { exampleCatalog } from "../../src/orders/exampleCatalog.ts"
import { OrderRepository } from "../../src/orders/OrderRepository.ts"
import * as Orders from "../../src/orders/Orders.ts"
import { Members, Permissions, Tenants } from "../../src/tenants/index.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { at } from "../../src/testing/tenantSamples.ts"
import { forEachAdapter, storage } from "../support/adapters.ts"
import { as, everyPort, given, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { membershipOf, type Person, person, tags, tenantOf } from "../tenants/world.ts"

const settings = {
  roles: [
    ...builtInRoles,
    {
      name: "branches",
      label: { de: "Alle Standorte", en: "All locations" },
      permissions: ["tenant.read", "tenant.change", "members.read", "locations.access"]
    }
  ]
} as const
const kernel = Layer.merge(withKernel(settings), Layer.orDie(Catalog.layer(exampleCatalog)))

/** Each call four times, as somebody who clicks again: eight connections at once. */
const fourfold = <E>(calls: ReadonlyArray<E>): ReadonlyArray<E> => calls.flatMap((call) => [call, call, call, call])

/** Somebody who owns so many tenants, which differ from round to round. */
const ownerOf = Effect.fnUntraced(function* (count: number, round: number) {
  const owner = yield* person(`owner${round}`)
  const ids: Array<TenantId> = []
  for (let n = 0; n < count; n++) ids.push((yield* given.tenant(owner.account)).id)
  return { owner, ids }
})

const take = (ids: ReadonlyArray<TenantId>, index: number): TenantId => {
  const id = ids[index]
  if (id === undefined) throw new Error(`there is no tenant ${index}`)
  return id
}

const link = (tenantId: TenantId, subId: TenantId) => Effect.asVoid(Locations.linkOwn({ tenantId, subId }))

/** What must hold at every commit (HIE-01): nobody is above and below at once, nor their own main. Answers the links among these tenants. */
const linksAmong = Effect.fnUntraced(function* (ids: ReadonlyArray<TenantId>) {
  const hierarchy = yield* HierarchyRepository
  const links: Array<string> = []
  for (const [index, id] of ids.entries()) {
    const level = yield* hierarchy.level(id)
    assert.isFalse(level.link !== null && level.hasSubs, "V-05: a tenant is a sub and has subs")
    if (level.link === null) continue
    assert.notStrictEqual(level.link.mainId, id, "V-05: a tenant is its own main")
    assert.isNull((yield* hierarchy.level(level.link.mainId)).link, "V-04: the main of a sub is a sub")
    links.push(`${index} below ${ids.indexOf(level.link.mainId)}`)
  }
  return links
})

const okOf = (found: ReadonlyArray<string>): number => found.filter((tag) => tag === "ok").length

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(kernel, layer)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const enough = adapter === "postgres" ? rounds(200, 2000) : rounds(20, 200)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Portal | Catalog>) =>
    Effect.gen(function* () {
      for (let n = 0; n < enough; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of main and sub tenants (${adapter})`, { timeout: 600_000 }, () => {
    it.live("HIE-01 V-05 R-HI-02 F-12 of A below B and B below A at the same time one comes true", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { ids, owner } = yield* ownerOf(2, n)
          const [a, b] = [take(ids, 0), take(ids, 1)]
          const results = tags(yield* race(fourfold([link(a, b), link(b, a)].map(as(owner.actor)))))
          assert.strictEqual(okOf(results), 1, results.join())
          assert.isEmpty(
            results.filter((tag) => !["ok", "AlreadyLinked", "MainIsASub", "SubCannotHaveSubs"].includes(tag))
          )
          assert.strictEqual((yield* linksAmong(ids)).length, 1)
        })
      )
    )

    it.live("HIE-01 V-04 R-HI-01 of two mains for one sub at the same time one gets it", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { ids, owner } = yield* ownerOf(3, n)
          const sub = take(ids, 2)
          const results = tags(
            yield* race(fourfold([link(take(ids, 0), sub), link(take(ids, 1), sub)].map(as(owner.actor))))
          )
          assert.deepStrictEqual(results, [...Array.from({ length: 7 }, () => "AlreadyLinked"), "ok"])
          assert.match((yield* linksAmong(ids)).join(), /^2 below [01]$/)
        })
      )
    )

    it.live("HIE-01 V-05 of a chain of three links that are made at the same time no two follow each other", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { ids, owner } = yield* ownerOf(4, n)
          const chain = [0, 1, 2].map((index) => link(take(ids, index), take(ids, index + 1)).pipe(as(owner.actor)))
          const results = tags(yield* race([...chain, ...chain]))
          const links = yield* linksAmong(ids)
          assert.strictEqual(okOf(results), links.length, results.join())
          assert.isAtLeast(links.length, 1)
          assert.isAtMost(links.length, 2)
        })
      )
    )

    it.live("HIE-01 ORD-02 of becoming a sub and ordering a sub of one's own at the same time one comes true", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { ids, owner } = yield* ownerOf(2, n)
          const [main, tenantId] = [take(ids, 0), take(ids, 1)]
          const draft = yield* Orders.start({
            tenantId,
            product: "location",
            options: { line: "dsl", seats: 2 },
            location: { name: "Filiale", postalCode: "10115", city: "Berlin", country: "DE" }
          }).pipe(as(owner.actor))
          const place = Effect.asVoid(
            Orders.place({
              tenantId,
              orderId: draft.id,
              version: draft.version,
              catalogVersion: draft.catalogVersion ?? "none"
            })
          ).pipe(as(owner.actor))
          const results = tags(
            yield* race<void, { readonly _tag: string }, Portal | Catalog>(
              fourfold([place, link(main, tenantId).pipe(as(owner.actor))])
            )
          )
          assert.strictEqual(okOf(results), 1, results.join())
          const orders = yield* OrderRepository
          const open = yield* orders.openOrders(tenantId)
          const links = yield* linksAmong(ids)
          assert.strictEqual(open + links.length, 1, "either it is a sub, or it has ordered one")
        })
      )
    )

    it.live(
      "HIE-01 HIE-07 R-HI-02 a sub that is unlinked and linked to another main at the same time ends with one main or none, and both sides know it",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { ids, owner } = yield* ownerOf(3, n)
            const [first, second, sub] = [take(ids, 0), take(ids, 1), take(ids, 2)]
            yield* link(first, sub).pipe(as(owner.actor))
            const unlink = Locations.unlink({ tenantId: first, subId: sub }).pipe(as(owner.actor))
            const leave = Locations.leaveMain({ tenantId: sub }).pipe(as(owner.actor))
            const toSecond = link(second, sub).pipe(as(owner.actor))
            const results = yield* race<void, { readonly _tag: string }, Portal>([
              unlink,
              unlink,
              leave,
              toSecond,
              toSecond
            ])
            const [one, two, third, ...linkings] = results.map((result) =>
              result._tag === "Success" ? "ok" : result.failure._tag
            )
            const links = yield* linksAmong(ids)
            const linked = linkings.filter((tag) => tag === "ok").length
            const unlinked = [one, two].filter((tag) => tag === "ok").length + (third === "ok" ? 1 : 0)
            // two, where `leaveMain` ended the first of them
            assert.isAtMost(linked, unlinked, "no link was made before the one before it had ended")
            assert.isAtLeast(unlinked, 1, "the link was there to be ended")
            // `leaveMain` names no main, so that it may end the second link, too
            assert.deepStrictEqual(links, 1 + linked - unlinked === 1 ? ["2 below 1"] : [])
            const rows = yield* Effect.flatMap(HierarchyRepository, (hierarchy) =>
              Effect.zip(hierarchy.countSubs(first), hierarchy.countSubs(second))
            )
            assert.deepStrictEqual(rows, [0, links.length])
          })
        )
    )

    it.live("HIE-06 R-TE-09 no change through the main comes after the link has ended", () => {
      let allowed = 0
      return inRounds((n) =>
        Effect.gen(function* () {
          const { ids, owner } = yield* ownerOf(2, n)
          const [main, sub] = [take(ids, 0), take(ids, 1)]
          const clerk = yield* person(`clerk${n}`)
          yield* given.member(main, clerk.account, ["branches"])
          yield* link(main, sub).pipe(as(owner.actor))
          const rename = (name: string) =>
            Tenants.change({ tenantId: sub, name }).pipe(
              as(clerk.actor),
              Effect.map(({ tenant }) => tenant.version)
            )
          const unlink = Locations.unlink({ tenantId: main, subId: sub }).pipe(
            as(owner.actor),
            Effect.as(Number.NEGATIVE_INFINITY)
          )
          const results = yield* race<number, { readonly _tag: string }, Portal>([
            rename("A"),
            rename("B"),
            unlink,
            rename("C"),
            rename("D")
          ])
          const { version } = yield* tenantOf(sub)
          const found = tags(results)
          assert.isEmpty(found.filter((tag) => !["ok", "NotFound"].includes(tag)))
          assert.strictEqual(results[2]?._tag, "Success")
          allowed += okOf(found) - 1
          // each of them counts the sub's version up under its lock, and unlinking does it last
          for (const result of results) {
            if (result._tag === "Success") assert.isBelow(result.success, version, "a change after the end of the link")
          }
          assert.strictEqual((yield* Effect.flip(rename("E")))._tag, "NotFound")
        })
      ).pipe(Effect.tap(() => Effect.sync(() => assert.isAbove(allowed, 0, "some change came before"))))
    })

    /** Asks again and again while something ends; who asks after its end has been answered must be refused. */
    const endsFor = (
      title: (
        clerk: Person,
        main: TenantId,
        owner: Person
      ) => Effect.Effect<unknown, { readonly _tag: string }, Portal>,
      n: number
    ) =>
      Effect.gen(function* () {
        const { ids, owner } = yield* ownerOf(2, n)
        const [main, sub] = [take(ids, 0), take(ids, 1)]
        const clerk = yield* person(`clerk${n}`)
        yield* given.member(main, clerk.account, ["branches"])
        yield* link(main, sub).pipe(as(owner.actor))
        let hasEnded = false
        let before = 0
        const ask = Effect.gen(function* () {
          for (let question = 0; question < 8; question++) {
            const isAfter = hasEnded
            const { allowed } = yield* Permissions.check({ tenantId: sub, permission: "tenant.change" }).pipe(
              as(clerk.actor)
            )
            if (isAfter) assert.isFalse(allowed, "HIE-06: a right outlived what it came from")
            else if (allowed) before++
          }
        })
        const end = title(clerk, main, owner).pipe(
          Effect.tap(() =>
            Effect.sync(() => {
              hasEnded = true
            })
          )
        )
        const results = yield* race<unknown, { readonly _tag: string }, Portal>([ask, ask, ask, end])
        assert.deepStrictEqual(tags(results), ["ok", "ok", "ok", "ok"])
        const refused = yield* Effect.flip(Tenants.change({ tenantId: sub, name: "Later" }).pipe(as(clerk.actor)))
        assert.strictEqual(refused._tag, "NotFound")
        return before
      })

    it.live("HIE-06 V-06 rights in the subs end in the commit that ends the membership in the main", () =>
      inRounds((n) =>
        endsFor(
          (clerk, tenantId, owner) => Members.remove({ tenantId, accountId: clerk.account.id }).pipe(as(owner.actor)),
          n
        )
      )
    )

    it.live("HIE-06 V-06 rights in the subs end in the commit that ends the role in the main", () =>
      inRounds((n) =>
        endsFor(
          (clerk, tenantId, owner) =>
            Members.changeRoles({ tenantId, accountId: clerk.account.id, roles: ["member"] }).pipe(as(owner.actor)),
          n
        )
      )
    )

    it.live("HIE-06 V-06 rights in the subs end in the commit that chooses other locations for the membership", () =>
      inRounds((n) =>
        endsFor(
          (clerk, tenantId, owner) =>
            Locations.choose({ tenantId, accountId: clerk.account.id, locations: [] }).pipe(as(owner.actor)),
          n
        )
      )
    )
  })

  describe(`storage without the code's checks (${adapter})`, { timeout: 120_000 }, () => {
    /** As a use case that forgot to ask: the repository, in a unit of its own. */
    const insertLink = (mainId: TenantId, subId: TenantId) =>
      Effect.gen(function* () {
        const hierarchy = yield* HierarchyRepository
        const units = yield* UnitOfWork
        yield* units.run(
          hierarchy.insert({
            mainId,
            subId,
            kind: "existing",
            linkedAt: at(0),
            refused: []
          })
        )
      })
    const refused = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) =>
      Effect.map(Effect.flip(effect), ({ reason }) => reason)

    it.live(
      "HIE-01 V-04 V-05 a link that no check has seen is refused by the store itself: a cycle, a second main, a second level, oneself, and nobody",
      () =>
        Effect.gen(function* () {
          const { ids } = yield* ownerOf(4, 0)
          const [a, b, c, d] = [take(ids, 0), take(ids, 1), take(ids, 2), take(ids, 3)]
          const nobody = (yield* person("nobody")).account.id as string as TenantId
          yield* insertLink(a, b)
          assert.strictEqual(yield* refused(insertLink(b, a)), "other", "a cycle")
          assert.strictEqual(yield* refused(insertLink(c, b)), "duplicate", "a second main")
          assert.strictEqual(yield* refused(insertLink(a, b)), "duplicate", "the same again")
          assert.strictEqual(yield* refused(insertLink(b, c)), "other", "a sub with subs")
          assert.strictEqual(yield* refused(insertLink(c, a)), "other", "a main below another")
          assert.strictEqual(yield* refused(insertLink(c, c)), "other", "oneself")
          assert.include(["other", "conflict"], yield* refused(insertLink(a, nobody)), "a sub that is not there")
          assert.strictEqual(yield* refused(insertLink(nobody, d)), "other", "a main that is not there")
          assert.deepStrictEqual(yield* linksAmong(ids), ["1 below 0"])
          const hierarchy = yield* HierarchyRepository
          const units = yield* UnitOfWork
          yield* insertLink(c, d)
          const current = Option.getOrThrow(yield* hierarchy.find(d))
          assert.strictEqual(
            yield* refused(units.run(hierarchy.move({ ...current, mainId: b }, c))),
            "other",
            "moved below a sub"
          )
          assert.strictEqual(
            yield* refused(units.run(hierarchy.move({ ...current, mainId: d }, c))),
            "other",
            "below itself"
          )
          assert.deepStrictEqual(yield* linksAmong(ids), ["1 below 0", "3 below 2"])
          // nothing of what was refused is left behind: each can still become what it may become
          yield* units.run(hierarchy.remove(d, c))
          yield* insertLink(a, d)
          yield* insertLink(a, c)
          assert.deepStrictEqual(yield* linksAmong(ids), ["1 below 0", "2 below 0", "3 below 0"])
        }).pipe(Effect.provide(portal))
    )

    it.live(
      "HIE-01 V-04 V-05 R-HI-02 of links that no check has seen and that contradict each other at the same time the store lets one be",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { ids } = yield* ownerOf(3, n)
            const [a, b, c] = [take(ids, 0), take(ids, 1), take(ids, 2)]
            const pairs = [
              [insertLink(a, b), insertLink(b, a)],
              [insertLink(a, c), insertLink(b, c)],
              [insertLink(a, b), insertLink(b, c)]
            ][n % 3]
            const results = yield* race(pairs ?? [])
            assert.isAtMost(results.filter(({ _tag }) => _tag === "Success").length, 1)
            const links = yield* linksAmong(ids)
            assert.strictEqual(links.length, results.filter(({ _tag }) => _tag === "Success").length)
          })
        )
    )
  })
})

const stores = storage()

describe("without its guards", { timeout: 600_000 }, () => {
  const portal = Layer.provideMerge(
    kernel,
    Layer.provideMerge(
      // reads without waiting for anybody, and saves whatever has happened since
      Layer.effect(
        TenantRepository,
        Effect.map(TenantRepository, (tenants) =>
          TenantRepository.of({ ...tenants, findForUpdate: tenants.find, save: () => Effect.void })
        )
      ),
      Layer.provideMerge(Kysely.layer, stores.postgres)
    )
  )

  it.live("HIE-01 V-04 V-05 without locks and versions the store alone keeps one level under every race", () =>
    Effect.gen(function* () {
      for (let n = 0; n < rounds(60, 600); n++) {
        const { ids, owner } = yield* ownerOf(3, n)
        const [a, b, c] = [take(ids, 0), take(ids, 1), take(ids, 2)]
        yield* race([link(a, b), link(b, a), link(a, c), link(b, c), link(c, a)].map(as(owner.actor)))
        yield* linksAmong(ids)
        assert.isDefined(yield* membershipOf(a, owner))
      }
    }).pipe(Effect.provide(portal))
  )
})

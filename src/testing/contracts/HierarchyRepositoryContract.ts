import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { HierarchyRepository, type Location, type LocationKey } from "../../hierarchy/HierarchyRepository.ts"
import type { TenantLink } from "../../hierarchy/TenantLink.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { at, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) =>
  Effect.match(effect, { onFailure: (error) => error.reason, onSuccess: () => "ok" as const })

const tenantsOf = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(TenantRepository, (tenants) =>
    Effect.forEach(numbers, (number) => tenants.insert(tenant(number)), { discard: true })
  )

/** Tenant `sub` belongs to tenant `main`, since as many milliseconds after the start as the sub's number says. */
const link = (sub: number, main: number, over: Partial<TenantLink> = {}): TenantLink => ({
  subId: tenantId(sub),
  mainId: tenantId(main),
  kind: "existing",
  linkedAt: at(sub),
  refused: [],
  ...over
})

/** Tenants 1 to 4; 2 is a sub of 1, 4 one of 3. */
const four = Effect.gen(function* () {
  const hierarchy = yield* HierarchyRepository
  yield* tenantsOf(1, 2, 3, 4)
  yield* hierarchy.insert(link(2, 1, { kind: "ordered", refused: ["members.read", "audit.read"] }))
  yield* hierarchy.insert(link(4, 3))
  return hierarchy
})

const everything = { search: Option.none<string>(), among: null }
const first = { after: Option.none(), limit: 25 }
const names = (locations: ReadonlyArray<Location>) => locations.map((location) => location.tenant.name)

/** What every `HierarchyRepository` keeps. */
export const HierarchyRepositoryContract: Suite<HierarchyRepository | TenantRepository | UnitOfWork> = [
  {
    name: "HIE-01 a link is found by its sub as it was inserted, and a tenant without main has none",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      assert.deepEqual(
        yield* hierarchy.find(tenantId(2)),
        Option.some(link(2, 1, { kind: "ordered", refused: ["members.read", "audit.read"] }))
      )
      for (const other of [1, 3, 9]) assert.deepEqual(yield* hierarchy.find(tenantId(other)), Option.none())
    })
  },
  {
    name: "HIE-01 where a tenant stands is its own link and whether it has subs",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      yield* tenantsOf(5)
      assert.deepEqual(yield* hierarchy.level(tenantId(1)), { link: null, hasSubs: true })
      assert.deepEqual(yield* hierarchy.level(tenantId(4)), { link: link(4, 3), hasSubs: false })
      assert.deepEqual(yield* hierarchy.level(tenantId(5)), { link: null, hasSubs: false })
      assert.deepEqual(yield* hierarchy.level(tenantId(9)), { link: null, hasSubs: false })
    })
  },
  {
    name: "HIE-01 R-HI-01 the store refuses a second main, subs of a sub, a main of a main, a tenant's link to itself, and unknown tenants",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      const tenants = yield* TenantRepository
      yield* tenantsOf(5)
      assert.equal(yield* reason(hierarchy.insert(link(2, 3))), "duplicate", "a second main")
      assert.equal(yield* reason(hierarchy.insert(link(2, 1))), "duplicate", "the same main again")
      assert.equal(yield* reason(hierarchy.insert(link(5, 2))), "other", "a sub of a sub")
      assert.equal(yield* reason(hierarchy.insert(link(1, 5))), "other", "a main of a main")
      assert.equal(yield* reason(hierarchy.insert(link(1, 3))), "other", "a main below a main")
      assert.equal(yield* reason(hierarchy.insert(link(5, 5))), "other", "its own main")
      assert.equal(yield* reason(hierarchy.insert(link(1, 2))), "other", "a cycle")
      assert.notEqual(yield* reason(hierarchy.insert(link(9, 5))), "ok", "no such sub")
      assert.equal(yield* reason(hierarchy.insert(link(5, 9))), "other", "no such main")
      assert.equal(yield* reason(hierarchy.move(link(2, 4), tenantId(1))), "other", "below a sub")
      assert.equal(yield* reason(hierarchy.move(link(2, 2), tenantId(1))), "other", "below itself")
      // what was refused has left no trace
      assert.deepEqual(yield* hierarchy.find(tenantId(5)), Option.none())
      assert.equal(yield* reason(hierarchy.insert(link(5, 3))), "ok")
      assert.deepEqual(
        yield* hierarchy.find(tenantId(2)),
        Option.some(link(2, 1, { kind: "ordered", refused: ["members.read", "audit.read"] }))
      )
      // and saving a tenant changes nothing of its place
      const sub = Option.getOrThrow(yield* tenants.find(tenantId(5)))
      yield* tenants.save({ ...sub, name: "Other" })
      assert.equal(yield* reason(hierarchy.insert(link(1, 5))), "other")
    })
  },
  {
    name: "HIE-07 a sub whose link is removed is independent: it can be linked again, and have subs",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      assert.equal(yield* reason(hierarchy.remove(tenantId(2), tenantId(3))), "conflict", "of another main")
      assert.equal(yield* reason(hierarchy.remove(tenantId(1), tenantId(2))), "conflict", "the wrong way round")
      yield* hierarchy.remove(tenantId(2), tenantId(1))
      assert.deepEqual(yield* hierarchy.find(tenantId(2)), Option.none())
      assert.equal(yield* reason(hierarchy.remove(tenantId(2), tenantId(1))), "conflict")
      yield* hierarchy.insert(link(1, 2))
      assert.deepEqual(yield* hierarchy.level(tenantId(2)), { link: null, hasSubs: true })
      assert.deepEqual(yield* hierarchy.find(tenantId(4)), Option.some(link(4, 3)), "of another tenant")
    })
  },
  {
    name: "HIE-09 a sub is moved from the main that it has, with what it refuses, and from no other",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      const moved = link(2, 3, { linkedAt: at(50) })
      assert.equal(yield* reason(hierarchy.move(moved, tenantId(3))), "conflict")
      assert.equal(yield* reason(hierarchy.move(link(1, 3), tenantId(3))), "conflict")
      yield* hierarchy.move(moved, tenantId(1))
      assert.deepEqual(
        yield* hierarchy.find(tenantId(2)),
        Option.some({ ...moved, refused: ["members.read", "audit.read"] })
      )
      assert.equal(yield* hierarchy.countSubs(tenantId(1)), 0)
      assert.equal(yield* hierarchy.countSubs(tenantId(3)), 2)
      // the main of before is free
      yield* hierarchy.insert(link(1, 3))
    })
  },
  {
    name: "HIE-05 what a sub refuses is saved for the main that it has",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      const refusing = link(2, 1, { kind: "ordered", refused: ["tenant.read"] })
      assert.equal(yield* reason(hierarchy.setRefused({ ...refusing, mainId: tenantId(3) })), "conflict")
      assert.equal(yield* reason(hierarchy.setRefused(link(1, 3))), "conflict")
      yield* hierarchy.setRefused(refusing)
      assert.deepEqual(yield* hierarchy.find(tenantId(2)), Option.some(refusing))
      assert.deepEqual(yield* hierarchy.find(tenantId(4)), Option.some(link(4, 3)), "of another tenant")
    })
  },
  {
    name: "HIE-02 locations are those of one main, newest first, each with its tenant",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      yield* tenantsOf(5, 6)
      yield* hierarchy.insert(link(5, 3, { linkedAt: at(4) }))
      yield* hierarchy.insert(link(6, 3, { linkedAt: at(1) }))
      const rows = yield* hierarchy.list(tenantId(3), everything, first)
      assert.deepEqual(names(rows), ["Tenant 5", "Tenant 4", "Tenant 6"])
      assert.deepEqual(rows[1], { link: link(4, 3), tenant: tenant(4) })
      assert.deepEqual(names(yield* hierarchy.list(tenantId(1), everything, first)), ["Tenant 2"], "of another tenant")
      assert.deepEqual(yield* hierarchy.list(tenantId(2), everything, first), [])
      assert.equal(yield* hierarchy.countSubs(tenantId(3)), 3)
      assert.equal(yield* hierarchy.countSubs(tenantId(2)), 0)
      const tenants = yield* TenantRepository
      yield* tenants.save(tenant(6, { state: "closed" }))
      assert.equal(yield* hierarchy.countSubs(tenantId(3)), 2, "a closed one is not left alone")
      yield* tenants.save(tenant(6, { version: 1 }))
      const some = { search: Option.none(), among: [tenantId(6), tenantId(4), tenantId(2), tenantId(9)] }
      assert.deepEqual(names(yield* hierarchy.list(tenantId(3), some, first)), ["Tenant 4", "Tenant 6"])
      assert.deepEqual(yield* hierarchy.list(tenantId(3), { ...some, among: [] }, first), [])
      assert.deepEqual(
        [...(yield* hierarchy.subsAmong(tenantId(3), [tenantId(6), tenantId(2), tenantId(9), tenantId(4)]))].sort(),
        [tenantId(4), tenantId(6)]
      )
      assert.deepEqual(yield* hierarchy.subsAmong(tenantId(3), []), [])
      assert.deepEqual(
        yield* hierarchy.findLocation(tenantId(3), tenantId(4)),
        Option.some({ link: link(4, 3), tenant: tenant(4) })
      )
      assert.deepEqual(yield* hierarchy.findLocation(tenantId(1), tenantId(4)), Option.none(), "of another tenant")
    })
  },
  {
    name: "G-06 pages of locations follow each other without gap or repetition, also when one is linked in between",
    run: Effect.gen(function* () {
      const hierarchy = yield* HierarchyRepository
      const numbers = Array.from({ length: 23 }, (_, index) => index + 2)
      yield* tenantsOf(1, ...numbers, 90, 91)
      // three are linked in each millisecond
      for (const number of numbers) yield* hierarchy.insert(link(number, 1, { linkedAt: at(Math.floor(number / 3)) }))
      const seen: Array<string> = []
      let after: Option.Option<LocationKey> = Option.none()
      for (;;) {
        const rows: ReadonlyArray<Location> = yield* hierarchy.list(tenantId(1), everything, { after, limit: 4 })
        assert.ok(rows.length <= 5, "one row more than the page says that there is a next one")
        const page = rows.slice(0, 4)
        seen.push(...names(page))
        const last = page[page.length - 1]
        if (rows.length <= 4 || last === undefined) break
        after = Option.some([last.link.linkedAt, last.link.subId])
        if (seen.length === 8) {
          yield* hierarchy.insert(link(90, 1, { linkedAt: at(1000) }))
          yield* hierarchy.insert(link(91, 1, { linkedAt: at(-1) }))
        }
      }
      assert.deepEqual(seen, [...numbers.toReversed().map((number) => `Tenant ${number}`), "Tenant 91"])
    })
  },
  {
    name: "HIE-02 TEN-01 a search finds parts of name, customer number and town without regard to case, no postal code, and nothing in it is a wildcard",
    run: Effect.gen(function* () {
      const hierarchy = yield* HierarchyRepository
      const tenants = yield* TenantRepository
      yield* tenantsOf(1, 8)
      const subs = [
        { name: "Öl & Gas_Süd", customerNumber: "KD-00 77", city: "Köln", postalCode: "50667" },
        { name: "Filiale Nord", customerNumber: "0815", city: "Kiel", postalCode: "24103" },
        { name: "100 % Bio", customerNumber: "X.9", city: "", postalCode: "10115" }
      ]
      for (const [index, over] of subs.entries()) {
        yield* tenants.insert(tenant(index + 2, over))
        yield* hierarchy.insert(link(index + 2, 1))
      }
      yield* tenants.insert(tenant(9, { name: "Filiale Fremd" }))
      yield* hierarchy.insert(link(9, 8))
      const search = (text: string) =>
        Effect.map(hierarchy.list(tenantId(1), { search: Option.some(text), among: null }, first), names)
      assert.deepEqual(yield* search("ÖL"), ["Öl & Gas_Süd"])
      assert.deepEqual(yield* search("filiale"), ["Filiale Nord"], "of another tenant")
      assert.deepEqual(yield* search("kö"), ["Öl & Gas_Süd"])
      assert.deepEqual(yield* search("2410"), [], "a postal code, which works as a credential")
      assert.deepEqual(yield* search("kd 0077"), ["Öl & Gas_Süd"], "a customer number as people write it")
      assert.deepEqual(yield* search("KD0077"), ["Öl & Gas_Süd"])
      assert.deepEqual(yield* search("815"), ["Filiale Nord"])
      assert.deepEqual(yield* search("%"), ["100 % Bio"])
      assert.deepEqual(yield* search("_"), ["Öl & Gas_Süd"])
      assert.deepEqual(yield* search("-"), ["Öl & Gas_Süd"], "a dash alone is no customer number")
      assert.deepEqual(yield* search("nirgends"), [])
      const sub = Option.getOrThrow(yield* tenants.find(tenantId(3)))
      yield* tenants.save({ ...sub, name: "Zweigstelle", city: "Lübeck" })
      assert.deepEqual(yield* search("filiale"), [], "what it was called before")
      assert.deepEqual(yield* search("lübe"), ["Zweigstelle"])
      const both = { search: Option.some("e"), among: [tenantId(3)] }
      assert.deepEqual(names(yield* hierarchy.list(tenantId(1), both, first)), ["Zweigstelle"])
    })
  },
  {
    name: "HIE-10 where several tenants stand is what is said of each, and one that does not exist is left out",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      const ids = [1, 2, 9].map(tenantId)
      const found = yield* hierarchy.levels([...ids, ...ids])
      assert.deepEqual(
        found,
        new Map([
          [tenantId(1), yield* hierarchy.level(tenantId(1))],
          [tenantId(2), yield* hierarchy.level(tenantId(2))]
        ])
      )
      assert.deepEqual(yield* hierarchy.levels([]), new Map())
    })
  },
  {
    name: "HIE-10 G-10 a main's subs are known by their customer numbers, however those are written, and another's are not",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      // tenant 2 is below this main, tenant 4 below another, and tenant 1 is the main itself
      const numbers = ["kd 1002", "KD-1004", "KD-1001", "KD-9"]
      assert.deepEqual(yield* hierarchy.subsWithNumbers(tenantId(1), numbers), new Set(["kd1002"]))
      assert.deepEqual(yield* hierarchy.subsWithNumbers(tenantId(3), numbers), new Set(["kd1004"]))
      assert.deepEqual(yield* hierarchy.subsWithNumbers(tenantId(1), []), new Set())
    })
  },
  {
    name: "V-40 what a unit that fails has written to the hierarchy is gone",
    run: Effect.gen(function* () {
      const hierarchy = yield* four
      const unit = yield* UnitOfWork
      yield* tenantsOf(5)
      yield* Effect.exit(
        unit.run(
          Effect.gen(function* () {
            yield* hierarchy.remove(tenantId(2), tenantId(1))
            yield* hierarchy.insert(link(5, 1))
            yield* hierarchy.setRefused(link(4, 3, { refused: ["tenant.read"] }))
            return yield* Effect.fail("no")
          })
        )
      )
      assert.equal((yield* hierarchy.level(tenantId(2))).link?.mainId, tenantId(1))
      assert.deepEqual(yield* hierarchy.level(tenantId(5)), { link: null, hasSubs: false })
      assert.deepEqual(yield* hierarchy.find(tenantId(4)), Option.some(link(4, 3)))
    })
  }
]

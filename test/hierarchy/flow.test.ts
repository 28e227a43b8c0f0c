import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import * as fc from "fast-check"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import { Locations } from "../../src/hierarchy/index.ts"
import type { Account } from "../../src/kernel/Actor.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles, type Permission, permissions } from "../../src/kernel/Permission.ts"
import * as Memory from "../../src/memory/index.ts"
import { Members, Permissions, StaffTenants } from "../../src/tenants/index.ts"
import { as, given, type Portal, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { type ModelMembership, type ModelTenant, type ModelWorld, may } from "../tenants/accessModel.ts"
import { person, staff } from "../tenants/world.ts"
import { branches } from "./places.ts"

const HELD = [...branches.permissions, "tenant.change", "audit.read"] as const
const role = { ...branches, permissions: HELD }
const settings = { roles: [...builtInRoles, role] }
const rolesOfModel: Readonly<Record<string, ReadonlyArray<string>>> = Object.fromEntries(
  settings.roles.map(({ name, permissions }) => [name, permissions])
)
const delegable = permissions.filter((one) => one !== "owners.change" && !one.startsWith("locations."))

// person 0 owns all four tenants and does all that is done; what the persons 1 and 2 may do is what is watched
const WATCHED = [1, 2] as const
const TENANTS = [0, 1, 2, 3] as const
const someTenant = fc.constantFrom(...TENANTS)
const someone = fc.constantFrom(...WATCHED)
const someRole = fc.constantFrom("member", "admin", "branches")

const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant("link" as const), main: someTenant, sub: someTenant }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant("unlink" as const), sub: someTenant }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("leave" as const), sub: someTenant }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove" as const), who: someone, tenant: someTenant }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant("roles" as const), who: someone, tenant: someTenant, role: someRole })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("choose" as const),
      who: someone,
      tenant: someTenant,
      locations: fc.option(fc.subarray([...TENANTS]))
    })
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant("refuse" as const),
      tenant: someTenant,
      refused: fc.subarray([...delegable])
    })
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constantFrom("suspend" as const, "restore" as const), tenant: someTenant })
  }
)
type Step = (typeof step)["generate"] extends (...of: never) => { readonly value: infer T } ? T : never

/** The world after a step that was done, in the words of the specification. */
const after = (world: ModelWorld, done: Step): ModelWorld => {
  const tenant = (index: number, change: Partial<ModelTenant>): ModelWorld => ({
    ...world,
    tenants: world.tenants.map((one, at) => (at === index ? { ...one, ...change } : one))
  })
  const member = (
    who: number,
    at: number,
    change: (one: ModelMembership) => ReadonlyArray<ModelMembership>
  ): ModelWorld => ({
    ...world,
    memberships: world.memberships.flatMap((one) => (one.account === who && one.tenant === at ? change(one) : [one]))
  })
  switch (done.kind) {
    case "link":
      return tenant(done.sub, { main: done.main, refused: [] })
    case "unlink":
    case "leave":
      return tenant(done.sub, { main: null, refused: [] })
    case "remove":
      return member(done.who, done.tenant, () => [])
    case "roles":
      return member(done.who, done.tenant, (one) => [{ ...one, roles: [done.role] }])
    case "choose":
      return member(done.who, done.tenant, (one) => [{ ...one, locations: done.locations }])
    case "refuse":
      return tenant(done.tenant, { refused: done.refused })
    case "suspend":
      return tenant(done.tenant, { state: "suspended" })
    case "restore":
      return tenant(done.tenant, { state: "active" })
  }
}

describe("what flows between tenants", { timeout: 300_000 }, () => {
  const portal = Layer.provideMerge(
    withKernel({ ...settings, staff: { operators: ["owner@example.com"] } }),
    Memory.layer
  )

  it("HIE-05 HIE-06 HIE-07 HIE-09 V-06 V-07 R-HI-04 after every step the rights are those that the model has: what comes through a main ends with the membership, the role, the choice and the link", async () => {
    const ended = new Map<string, number>()
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 4, maxLength: 12 }), (steps) =>
        Effect.runPromise(
          Effect.gen(function* () {
            const owner = yield* person("owner")
            const clerk = yield* staff(owner.account, "operator")
            const people = [owner, yield* person("first"), yield* person("second")]
            const ids: Array<TenantId> = []
            for (const index of TENANTS) {
              const { id } = yield* given.tenant(owner.account, { name: `Tenant ${index}` })
              ids.push(id)
            }
            const idOf = (index: number) => ids[index] ?? Effect.runSync(Effect.die(new Error(`no tenant ${index}`)))
            const actorOf = (index: number): Account => people[index]?.actor ?? owner.actor
            const memberships: Array<ModelMembership> = []
            for (const [who, at, name] of [
              [1, 0, "branches"],
              [2, 0, "admin"],
              [2, 1, "branches"],
              [1, 2, "member"]
            ] as const) {
              yield* given.member(idOf(at), people[who]?.account ?? owner.account, [name])
              memberships.push({ account: who, tenant: at, roles: [name], locations: null })
            }
            let world: ModelWorld = {
              accounts: people.map(() => ({ state: "active", secondFactor: false })),
              tenants: TENANTS.map(() => ({ state: "active", requiresSecondFactor: false, main: null, refused: [] })),
              memberships,
              roles: rolesOfModel,
              delegable
            }
            const hierarchy = yield* HierarchyRepository
            const perform = (one: Step): Effect.Effect<unknown, unknown, Portal> => {
              const by = as(owner.actor)
              switch (one.kind) {
                case "link":
                  return Locations.linkOwn({ tenantId: idOf(one.main), subId: idOf(one.sub) }).pipe(by)
                case "unlink": {
                  const main = world.tenants[one.sub]?.main ?? 0
                  return Locations.unlink({ tenantId: idOf(main), subId: idOf(one.sub) }).pipe(by)
                }
                case "leave":
                  return Locations.leaveMain({ tenantId: idOf(one.sub) }).pipe(by)
                case "remove":
                  return Members.remove({ tenantId: idOf(one.tenant), accountId: actorOf(one.who).accountId }).pipe(by)
                case "roles":
                  return Members.changeRoles({
                    tenantId: idOf(one.tenant),
                    accountId: actorOf(one.who).accountId,
                    roles: [one.role]
                  }).pipe(by)
                case "choose":
                  return Locations.choose({
                    tenantId: idOf(one.tenant),
                    accountId: actorOf(one.who).accountId,
                    locations: one.locations === null ? null : one.locations.map(idOf)
                  }).pipe(by)
                case "refuse":
                  return Locations.refuse({
                    tenantId: idOf(one.tenant),
                    // the model's words are the permissions' names
                    refused: one.refused as ReadonlyArray<Permission>
                  }).pipe(by)
                case "suspend":
                  return StaffTenants.suspend({ tenantId: idOf(one.tenant), reason: "test" }).pipe(as(clerk))
                case "restore":
                  return StaffTenants.restore({ tenantId: idOf(one.tenant), reason: "test" }).pipe(as(clerk))
              }
            }
            for (const one of steps) {
              const had = world
              const done = yield* Effect.result(perform(one))
              if (done._tag === "Success") world = after(world, one)
              for (const who of WATCHED) {
                for (const at of TENANTS) {
                  for (const permission of HELD) {
                    const { allowed } = yield* Permissions.check({ tenantId: idOf(at), permission }).pipe(
                      as(actorOf(who))
                    )
                    const expected = may(world, who, at, permission)
                    assert.strictEqual(allowed, expected, `${who} ${permission} in ${at} after ${JSON.stringify(one)}`)
                    if (!expected && may(had, who, at, permission)) {
                      ended.set(one.kind, (ended.get(one.kind) ?? 0) + 1)
                    }
                  }
                }
              }
              const level = yield* hierarchy.level(idOf(0))
              assert.strictEqual(level.link === null, world.tenants[0]?.main === null)
            }
          }).pipe(Effect.provide(Layer.fresh(portal)))
        )
      ),
      { numRuns: rounds(150, 2000) }
    )
    for (const kind of ["unlink", "leave", "remove", "roles", "choose", "refuse", "suspend"]) {
      assert.isAbove(ended.get(kind) ?? 0, 0, `nothing ended by ${kind}`)
    }
  })
})

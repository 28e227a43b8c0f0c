import { assert, describe, it } from "@effect/vitest"
import { Effect, Layer, Option, Schema } from "effect"
import * as fc from "fast-check"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { SecondFactorRepository } from "../../src/accounts/SecondFactorRepository.ts"
import { HierarchyRepository } from "../../src/hierarchy/HierarchyRepository.ts"
import { type AccountId, MembershipId, SessionId, type TenantId } from "../../src/kernel/ids.ts"
import { builtInRoles, type Permission, permissions, type Role } from "../../src/kernel/Permission.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import * as Memory from "../../src/memory/index.ts"
import { Store } from "../../src/memory/Store.ts"
import { decide, permissionsIn } from "../../src/tenants/Access.ts"
import { Permissions } from "../../src/tenants/index.ts"
import { MembershipRepository } from "../../src/tenants/MembershipRepository.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { account, accountId, at, membership, tenant, tenantId } from "../../src/testing/tenantSamples.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, type Portal, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"
import { ACCOUNTS, isThere, type ModelWorld, may, mayLocally, mayThroughMain, TENANTS, worlds } from "./accessModel.ts"

const builtIn = Object.fromEntries(builtInRoles.map(({ name, permissions }) => [name, permissions]))
const random = worlds(permissions, builtIn)

/** Where a world's people and tenants are among those of all the worlds of one storage. */
const idsOf = (nth: number) => ({
  account: (index: number): AccountId => accountId(nth * ACCOUNTS + index + 1),
  tenant: (index: number): TenantId => tenantId(nth * TENANTS + index + 1)
})

const settingsOf = (world: ModelWorld) => {
  const label = { de: "x", en: "x" }
  // the model's words are the permissions' names
  const roles = Object.entries(world.roles).map(([name, permissions]) => ({ name, label, permissions }) as Role)
  return Settings.make({ roles, hierarchy: { delegable: world.delegable as ReadonlyArray<Permission> } })
}

/** Writes a world down as the rows that it means. */
const settle = Effect.fnUntraced(function* (world: ModelWorld, nth: number) {
  const accounts = yield* AccountRepository
  const tenants = yield* TenantRepository
  const memberships = yield* MembershipRepository
  const hierarchy = yield* HierarchyRepository
  const factors = yield* SecondFactorRepository
  const ids = idsOf(nth)
  for (const index of world.accounts.keys()) {
    yield* accounts.insert(account(nth * ACCOUNTS + index + 1), null)
  }
  for (const [index, { requiresSecondFactor, state }] of world.tenants.entries()) {
    yield* tenants.insert(
      tenant(nth * TENANTS + index + 1, { state, requiresSecondFactor, memberCount: 9, ownerCount: 1 })
    )
  }
  for (const [index, one] of world.memberships.entries()) {
    yield* memberships.insert({
      ...membership(1, 1),
      id: Schema.decodeSync(MembershipId)(accountId(nth * 100 + index)),
      tenantId: ids.tenant(one.tenant),
      accountId: ids.account(one.account),
      roles: [...one.roles].sort(),
      locations: one.locations === null ? null : one.locations.map(ids.tenant)
    })
  }
  // afterwards, because only active accounts join
  for (const [index, { secondFactor, state }] of world.accounts.entries()) {
    if (secondFactor) {
      yield* factors.confirm(ids.account(index), { sealedSecret: "sealed", lastStep: 1, confirmedAt: at(0) })
    }
    if (state === "suspended") yield* accounts.setState(ids.account(index), state, 0)
  }
  for (const [index, { main, refused }] of world.tenants.entries()) {
    if (main === null) continue
    yield* hierarchy.insert({
      subId: ids.tenant(index),
      mainId: ids.tenant(main),
      kind: "existing",
      linkedAt: at(0),
      // the model's words are the permissions' names
      refused: refused as ReadonlyArray<Permission>
    })
  }
})

const actorOf = (id: AccountId) =>
  as({
    _tag: "Account",
    accountId: id,
    sessionId: Schema.decodeSync(SessionId)(accountId(1)),
    credentialEpoch: 0,
    authenticatedAt: at(0),
    secondFactor: false
  })

interface Seen {
  local: number
  through: number
  refused: number
}

/** As an assertion, but without its price: millions of answers are compared. */
const must = (holds: boolean, what: () => string): void => {
  if (!holds) assert.fail(what())
}

/** Asks everything that can be asked of a world, and compares every answer with the model's. */
const compare = Effect.fnUntraced(function* (world: ModelWorld, nth: number, seen: Seen) {
  const settings = settingsOf(world)
  const ids = idsOf(nth)
  const memberships = yield* MembershipRepository
  const everyone = Array.from({ length: ACCOUNTS }, (_, index) => index)
  const rolesAt = (accountIndex: number, tenantIndex: number) =>
    world.memberships.find((one) => one.account === accountIndex && one.tenant === tenantIndex)?.roles ?? []
  for (const who of everyone) {
    for (const where of world.tenants.keys()) {
      const facts = Option.getOrThrow(yield* memberships.accessFacts(ids.tenant(where), ids.account(who)))
      const all = permissionsIn(settings, facts)
      for (const permission of permissions) {
        const expected = may(world, who, where, permission)
        const decision = decide(settings, facts, permission)
        const question = () => `may ${who} do ${permission} in ${where}`
        must(decision.allowed === expected && all.has(permission) === expected, question)
        if (decision.allowed) {
          const { grant } = decision
          const main = world.tenants[where]?.main ?? null
          // the derivation says a way that the model knows, and a role that is held there and carries the permission
          const way = grant.through === null ? mayLocally : mayThroughMain
          const source = grant.through === null ? where : (main ?? -1)
          must(
            way(world, who, where, permission) &&
              grant.permission === permission &&
              grant.accountId === ids.account(who) &&
              grant.tenantId === ids.tenant(where) &&
              (grant.through === null || grant.through.mainId === ids.tenant(source)) &&
              rolesAt(who, source).includes(grant.role) &&
              world.roles[grant.role]?.includes(permission) === true,
            () => `${question()}: not by ${JSON.stringify(grant)}`
          )
          if (grant.through === null) seen.local++
          else seen.through++
        } else {
          // who has nothing to do with a tenant learns nothing of it, not even why not
          must(
            isThere(world, who, where) ||
              ["no-membership", "main-not-active", "location-not-chosen", "second-factor-missing"].includes(
                decision.missing
              ),
            () => `${question()}: ${decision.missing} is said to a stranger`
          )
          seen.refused++
        }
      }
      // V-06: nothing but what the main itself allows now, less what the sub refuses
      const main = world.tenants[where]?.main ?? null
      if (main !== null) {
        const inMain = permissionsIn(
          settings,
          Option.getOrThrow(yield* memberships.accessFacts(ids.tenant(main), ids.account(who)))
        )
        for (const permission of all) {
          must(
            mayLocally(world, who, where, permission) ||
              (inMain.has(permission) && world.tenants[where]?.refused.includes(permission) === false),
            () => `V-06: ${who} has ${permission} in ${where} and not in its main`
          )
        }
      }
    }
  }
})

/** The same questions through the use cases, one for each person and tenant. */
const ask = Effect.fnUntraced(function* (world: ModelWorld, nth: number, which: number) {
  const ids = idsOf(nth)
  for (const [who, { state }] of world.accounts.entries()) {
    const by = actorOf(ids.account(who))
    const where = (which + who) % TENANTS
    const permission = permissions[which % permissions.length] ?? "tenant.read"
    const expected = may(world, who, where, permission)
    const question = { tenantId: ids.tenant(where), permission }
    const closed = world.tenants[where]?.state === "closed"
    if (state !== "active") {
      // a session of such an account has ended, wherever it has a place
      const refused = yield* Effect.flip(Permissions.whereCanIGo({}).pipe(by))
      assert.strictEqual(refused._tag, "SignInRequired")
      continue
    }
    assert.strictEqual((yield* Permissions.check(question).pipe(by)).allowed, expected)
    const explained = yield* Permissions.explain(question).pipe(by)
    assert.strictEqual(explained.allowed, expected)
    if (explained.allowed) {
      assert.strictEqual(explained.grant.through === null, mayLocally(world, who, where, permission))
    } else if (closed) {
      assert.strictEqual(explained.missing, "no-membership")
    }
    const { tenants } = yield* Permissions.whereCanIGo({}).pipe(by)
    for (const place of tenants) {
      const index = Array.from({ length: TENANTS }, (_, index) => index).find((index) => ids.tenant(index) === place.id)
      assert.isDefined(index)
      assert.deepStrictEqual(
        [...place.permissions].sort(),
        permissions.filter((one) => may(world, who, index, one)).sort(),
        `what ${who} may in ${index}`
      )
    }
    const own = world.memberships.filter((one) => one.account === who && world.tenants[one.tenant]?.state !== "closed")
    assert.includeMembers(
      tenants.map(({ id }) => id),
      own.map((one) => ids.tenant(one.tenant)),
      "every place of one's own is shown"
    )
  }
})

describe("access against a model of its own", { timeout: 300_000 }, () => {
  const ports = Layer.provideMerge(Memory.layerPorts, Store.layer)

  it("ACC-02 TFA-07 V-06 V-07 HIE-05 HIE-09 R-HI-03 R-HI-04 in random worlds of memberships, roles, links, suspensions, refusals and chosen locations every answer is the model's, and so is its derivation", async () => {
    const seen: Seen = { local: 0, through: 0, refused: 0 }
    await fc.assert(
      fc.asyncProperty(random, (world) =>
        Effect.runPromise(
          Effect.andThen(settle(world, 0), compare(world, 0, seen)).pipe(Effect.provide(Layer.fresh(ports)))
        )
      ),
      { numRuns: rounds(10_000, 100_000) }
    )
    assert.isAbove(seen.local, 50_000, "the worlds are not all refusals")
    assert.isAbove(seen.through, 20_000, "much comes through a main")
    assert.isAbove(seen.refused, 50_000)
  })
})

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = Layer.provideMerge(withKernel(), layer)
  const count = adapter === "memory" ? rounds(60, 300) : rounds(40, 300)

  describe(`access against a model of its own (${adapter})`, { timeout: 300_000 }, () => {
    it.live("ACC-01 ACC-02 V-06 V-07 HIE-05 what is stored, asked and explained is what the model says", () =>
      Effect.gen(function* () {
        const seen: Seen = { local: 0, through: 0, refused: 0 }
        const all = fc.sample(random, { numRuns: count, seed: 20 })
        for (const [nth, world] of all.entries()) {
          yield* settle(world, nth)
          yield* compare(world, nth, seen)
          const settings = settingsOf(world)
          const asked: Effect.Effect<void, unknown, Portal> = ask(world, nth, nth)
          yield* asked.pipe(Effect.provideService(Settings.Settings, settings))
        }
        assert.isAbove(seen.through, 100)
      }).pipe(Effect.provide(portal))
    )
  })
})

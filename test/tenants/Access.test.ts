import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import { AccountState } from "../../src/accounts/Account.ts"
import { builtInRoles, permissions, type Role } from "../../src/kernel/Permission.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import { type AccessFacts, decide, permissionsIn, place, standing } from "../../src/tenants/Access.ts"
import { TenantState } from "../../src/tenants/Tenant.ts"
import { accountId, membership, tenantId } from "../../src/testing/tenantSamples.ts"
import { rounds } from "../support/rounds.ts"

const settings = Settings.make({})

const facts = (over: Partial<AccessFacts> = {}): AccessFacts => ({
  accountId: accountId(1),
  accountState: "active",
  credentialEpoch: 3,
  tenantId: tenantId(1),
  tenantState: "active",
  secondFactor: false,
  requiresSecondFactor: false,
  membership: membership(1, 1, { roles: ["admin"] }),
  through: null,
  ...over
})

describe("access", () => {
  it("ACC-02 what is missing is named, and what allows is named", () => {
    assert.deepStrictEqual(decide(settings, facts(), "members.change"), {
      allowed: true,
      grant: {
        tenantId: tenantId(1),
        accountId: accountId(1),
        membershipId: membership(1, 1).id,
        role: "admin",
        permission: "members.change",
        through: null
      }
    })
    const missing = (over: Partial<AccessFacts>) => {
      const decision = decide(settings, facts(over), "members.change")
      return decision.allowed ? "nothing" : decision.missing
    }
    assert.strictEqual(missing({ membership: null }), "no-membership")
    assert.strictEqual(missing({ accountState: "suspended" }), "account-not-active")
    for (const tenantState of ["in-setup", "suspended", "closed"] as const) {
      assert.strictEqual(missing({ tenantState }), "tenant-not-active")
    }
    assert.strictEqual(missing({ membership: membership(1, 1, { roles: ["member"] }) }), "no-role-with-permission")
    assert.strictEqual(
      missing({ membership: null, tenantState: "suspended", accountState: "suspended" }),
      "no-membership",
      "of a tenant of others no more is told"
    )
  })

  it("G-05 R-TE-04 to who is no member, a tenant that is there and one that is not look the same, with any session", () => {
    const strangers = [undefined, facts({ membership: null }), facts({ membership: null, tenantState: "suspended" })]
    for (const credentialEpoch of [3, 2]) {
      for (const stranger of strangers) {
        const result = standing(settings, { credentialEpoch }, stranger, "tenant.read")
        assert.deepInclude(Result.isFailure(result) ? result.failure : {}, { _tag: "NotFound", kind: "tenant" })
      }
    }
  })

  it("AUT-06 TEN-09 a session of an older epoch or of a suspended account ends, and a closed tenant is not there", () => {
    const tag = (over: Partial<AccessFacts>, credentialEpoch = 3) => {
      const result = place({ credentialEpoch }, facts(over))
      return Result.isFailure(result) ? result.failure._tag : "ok"
    }
    assert.strictEqual(tag({}), "ok")
    assert.strictEqual(tag({}, 2), "SignInRequired")
    assert.strictEqual(tag({}, 4), "SignInRequired")
    assert.strictEqual(tag({ accountState: "suspended" }), "SignInRequired")
    assert.strictEqual(tag({ tenantState: "closed" }), "NotFound")
    assert.strictEqual(tag({ tenantState: "suspended" }), "ok")
  })

  it("V-07 in random worlds the decision is that of an independent model, for every permission", () => {
    const permission = fc.constantFrom(...permissions)
    const names = ["owner", "admin", "member", "extra", "gone"] as const
    const world = fc.record({
      accountState: fc.constantFrom(...AccountState.literals),
      tenantState: fc.constantFrom(...TenantState.literals),
      roles: fc.option(fc.subarray([...names], { minLength: 1 })),
      extra: fc.subarray([...permissions]),
      permission
    })
    let allowed = 0
    fc.assert(
      fc.property(world, (given) => {
        // written anew: one table from role to permission, and one condition
        const extra: Role = { name: "extra", label: { de: "x", en: "x" }, permissions: given.extra }
        const table: Record<string, ReadonlyArray<string>> = { extra: given.extra, gone: [] }
        for (const { name, permissions } of builtInRoles) table[name] = permissions
        const expected =
          given.roles !== null &&
          given.accountState === "active" &&
          given.tenantState === "active" &&
          given.roles.some((role) => table[role]?.includes(given.permission))
        const inForce = Settings.make({ roles: [...builtInRoles, extra] })
        const asked = facts({
          accountState: given.accountState,
          tenantState: given.tenantState,
          membership: given.roles === null ? null : membership(1, 1, { roles: given.roles })
        })
        const decision = decide(inForce, asked, given.permission)
        assert.strictEqual(decision.allowed, expected)
        assert.strictEqual(permissionsIn(inForce, asked).has(given.permission), expected)
        assert.strictEqual(
          Result.isSuccess(standing(inForce, { credentialEpoch: 3 }, asked, given.permission)),
          expected
        )
        if (decision.allowed) {
          allowed++
          const { role } = decision.grant
          assert.isTrue(given.roles?.some((name) => name === role))
          assert.isTrue(table[role]?.includes(given.permission))
        }
      }),
      { numRuns: rounds(10_000, 100_000) }
    )
    assert.isAbove(allowed, 500, "the worlds are not all refusals")
  })
})

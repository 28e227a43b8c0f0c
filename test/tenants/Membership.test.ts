import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as fc from "fast-check"
import type { AccountState } from "../../src/accounts/Account.ts"
import { builtInRoles, OWNER, type Permission, permissions, type Role } from "../../src/kernel/Permission.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import { addMember, changeRoles, leave, type Placed, removeMember } from "../../src/tenants/Membership.ts"
import { known, mayGrant, permissionsOf } from "../../src/tenants/Role.ts"
import { type Tenant, type TenantState, withMember } from "../../src/tenants/Tenant.ts"
import { account, at, membership, tenant } from "../../src/testing/tenantSamples.ts"
import { rounds } from "../support/rounds.ts"

const label = { de: "Prüfer", en: "Auditor" }
/** An application's own roles beside the built-in ones. */
const own: ReadonlyArray<Role> = [
  { name: "auditor", label, permissions: ["tenant.read", "audit.read"] },
  { name: "clerk", label, permissions: ["members.change"] }
]
const settings = Settings.make({ roles: [...builtInRoles, ...own] })
const all = ["owner", "admin", "member", "auditor", "clerk"] as const

const held = (...roles: ReadonlyArray<string>) => permissionsOf(settings, roles)
const placed = (number: number, roles: ReadonlyArray<string>, accountState: AccountState = "active"): Placed => ({
  membership: membership(1, number, { roles }),
  accountState
})
const tag = <A, E extends { readonly _tag: string }>(result: Result.Result<A, E>) =>
  Result.isFailure(result) ? result.failure._tag : "ok"

describe("joining", () => {
  it("TEN-02 TEN-06 a new membership has its roles once and sorted, and the account's address as contact", () => {
    const person = account(7)
    const { membership: joined, tenant: next } = Result.getOrThrow(
      addMember(tenant(1), {
        id: membership(1, 7).id,
        account: person,
        roles: ["member", "admin", "member"],
        now: at(5)
      })
    )
    assert.deepStrictEqual(joined, {
      id: membership(1, 7).id,
      tenantId: tenant(1).id,
      accountId: person.id,
      roles: ["admin", "member"],
      contactEmail: person.email,
      mailPreferences: { membershipChanges: true },
      locations: null,
      joinedAt: at(5)
    })
    assert.deepStrictEqual(next, tenant(1, { memberCount: 2 }))
  })

  it("TEN-01 V-26 who can join a tenant, by its state and seats", () => {
    const cases: ReadonlyArray<
      readonly [
        state: TenantState,
        seats: number | null,
        members: number,
        roles: string,
        account: AccountState,
        answer: string
      ]
    > = [
      ["active", null, 1000, "member", "active", "ok"],
      ["active", 3, 2, "member", "active", "ok"],
      ["active", 3, 3, "member", "active", "NoSeatLeft"],
      ["active", 3, 4, "owner", "active", "NoSeatLeft"],
      ["in-setup", null, 0, "owner", "active", "ok"],
      ["in-setup", null, 0, "owner", "suspended", "TenantNotActive"],
      ["in-setup", null, 0, "member", "active", "TenantNotActive"],
      ["in-setup", 0, 0, "owner", "active", "NoSeatLeft"],
      ["suspended", null, 1, "member", "active", "TenantNotActive"],
      ["suspended", null, 1, "owner", "active", "TenantNotActive"],
      ["closed", null, 1, "owner", "active", "TenantNotActive"]
    ]
    for (const [state, seats, memberCount, role, accountState, answer] of cases) {
      const before = tenant(1, { state, seats, memberCount, ownerCount: state === "in-setup" ? 0 : 1 })
      const result = withMember(before, { roles: [role], accountState })
      assert.strictEqual(tag(result), answer, `${state} ${seats} ${role} ${accountState}`)
      if (Result.isSuccess(result)) {
        assert.strictEqual(result.success.state, "active", "the first owner makes a tenant in setup active")
        assert.strictEqual(result.success.memberCount, memberCount + 1)
      }
    }
  })
})

describe("leaving", () => {
  it("TEN-04 R-IN-09 the last active owner stays, whatever the tenant's state, unless it is closed", () => {
    const cases: ReadonlyArray<
      readonly [state: TenantState, owners: number, roles: string, account: AccountState, answer: string]
    > = [
      ["active", 1, "owner", "active", "LastOwner"],
      ["active", 2, "owner", "active", "ok"],
      ["active", 1, "owner", "suspended", "ok"],
      ["active", 1, "member", "active", "ok"],
      ["active", 1, "admin", "active", "ok"],
      ["suspended", 1, "owner", "active", "LastOwner"],
      ["suspended", 0, "owner", "suspended", "ok"],
      ["closed", 1, "owner", "active", "ok"]
    ]
    for (const [state, ownerCount, role, accountState, answer] of cases) {
      const before = tenant(1, { state, ownerCount, memberCount: 5 })
      const member = placed(1, [role], accountState)
      const title = `${state} ${ownerCount} ${role} ${accountState}`
      for (const result of [leave(before, member), removeMember(settings, before, member, held("owner"))]) {
        assert.strictEqual(tag(result), answer, title)
        if (Result.isSuccess(result)) {
          assert.strictEqual(result.success.memberCount, 4, title)
          const counted = role === "owner" && accountState === "active"
          assert.strictEqual(result.success.ownerCount, ownerCount - (counted ? 1 : 0), title)
        }
      }
      const demoted = changeRoles(settings, before, member, held("owner"), ["member"])
      assert.strictEqual(tag(demoted), answer, `demote: ${title}`)
    }
  })
})

describe("changing roles", () => {
  it("TEN-03 R-IN-10 who may give whom which roles", () => {
    const cases: ReadonlyArray<
      readonly [by: ReadonlyArray<string>, before: ReadonlyArray<string>, after: ReadonlyArray<string>, answer: string]
    > = [
      [["owner"], ["member"], ["owner"], "ok"],
      [["owner"], ["owner"], ["member"], "ok"],
      [["admin"], ["member"], ["admin"], "ok"],
      [["admin"], ["admin"], ["member"], "ok"],
      [["admin"], ["admin", "member"], ["member"], "ok"],
      [["admin"], ["member"], ["owner"], "NotAllowed"],
      [["admin"], ["owner"], ["member"], "NotAllowed"],
      // the owner is judged by every role, wherever it stands
      [["admin"], ["member", "owner"], ["member"], "NotAllowed"],
      [["admin"], ["admin", "owner"], ["admin", "owner", "member"], "NotAllowed"],
      [["admin"], ["member"], ["member", "owner"], "NotAllowed"],
      // a role of the application that holds what an admin does not
      [["admin"], ["member"], ["auditor"], "NotAllowed"],
      [["admin"], ["auditor"], ["member"], "NotAllowed"],
      [["admin", "auditor"], ["member"], ["auditor"], "ok"],
      [["owner"], ["auditor"], ["clerk"], "ok"],
      [["member"], ["member"], ["member"], "NotAllowed"],
      [["auditor"], ["member"], ["member"], "NotAllowed"],
      // holding the permission to change does not make up for what one does not hold
      [["clerk"], ["clerk"], ["member"], "NotAllowed"],
      [["clerk", "member"], ["clerk"], ["member"], "ok"],
      [["clerk"], ["member"], ["clerk"], "NotAllowed"]
    ]
    for (const [by, before, after, answer] of cases) {
      const result = changeRoles(
        settings,
        tenant(1, { ownerCount: 2, memberCount: 5 }),
        placed(2, before),
        held(...by),
        after
      )
      assert.strictEqual(tag(result), answer, `${by} makes ${before} ${after}`)
    }
  })

  it("TEN-03 R-IN-10 who may remove whom", () => {
    const cases: ReadonlyArray<readonly [by: ReadonlyArray<string>, whom: ReadonlyArray<string>, answer: string]> = [
      [["owner"], ["owner"], "ok"],
      [["owner"], ["admin", "auditor"], "ok"],
      [["admin"], ["admin"], "ok"],
      [["admin"], ["member"], "ok"],
      [["admin"], ["owner"], "NotAllowed"],
      [["admin"], ["member", "owner"], "NotAllowed"],
      [["admin"], ["auditor"], "NotAllowed"],
      [["member"], ["member"], "NotAllowed"],
      [["clerk"], ["member"], "NotAllowed"]
    ]
    for (const [by, whom, answer] of cases) {
      const result = removeMember(settings, tenant(1, { ownerCount: 2, memberCount: 5 }), placed(2, whom), held(...by))
      assert.strictEqual(tag(result), answer, `${by} removes ${whom}`)
    }
  })

  it("R-IN-10 whoever holds as much as an owner, but not the right to change owners, makes none and ends none", () => {
    // an operator whose owners may do less than usual: what the roles carry is then no difference any more
    const little: ReadonlyArray<Permission> = ["tenant.read", "members.read", "members.change", "members.remove"]
    const equal = Settings.make({
      roles: [
        { name: OWNER, label, permissions: little },
        { name: "member", label, permissions: ["tenant.read"] },
        { name: "twin", label, permissions: little }
      ]
    })
    const twin = permissionsOf(equal, ["twin"])
    const area = tenant(1, { ownerCount: 2, memberCount: 5 })
    assert.strictEqual(tag(changeRoles(equal, area, placed(2, ["member"]), twin, ["owner"])), "NotAllowed")
    assert.strictEqual(tag(changeRoles(equal, area, placed(2, ["owner"]), twin, ["member"])), "NotAllowed")
    assert.strictEqual(tag(removeMember(equal, area, placed(2, ["owner"]), twin)), "NotAllowed")
    assert.strictEqual(tag(changeRoles(equal, area, placed(2, ["member"]), twin, ["twin"])), "ok")
  })

  it("TEN-02 permissions are the union over roles; a role that is not there carries none", () => {
    assert.deepStrictEqual([...held("auditor", "clerk")].sort(), ["audit.read", "members.change", "tenant.read"])
    assert.deepStrictEqual([...held("gone", "member")].sort(), ["members.read", "tenant.read"])
    assert.deepStrictEqual([...held()], [])
    assert.deepStrictEqual([...held(OWNER)].sort(), [...permissions].sort())
  })

  it("R-IN-11 a name that joins several roles is no role", () => {
    for (const name of ["owner,member", "member,owner", "owner member", "Owner", "__proto__", "owner\u0000"]) {
      const result = known(settings, ["member", name])
      assert.deepInclude(Result.isFailure(result) ? result.failure : {}, {
        _tag: "InvalidInput",
        issues: [{ path: ["roles", "1"], code: "role" }]
      })
      assert.strictEqual(permissionsOf(settings, [name]).size, 0)
    }
  })
})

const someRoles = fc.subarray([...all], { minLength: 1 })

describe("for any roles", () => {
  it("TEN-03 nobody ends up with a permission that whoever changed their roles did not hold, and no owner changes without one", () =>
    fc.assert(
      fc.property(someRoles, someRoles, someRoles, (by, before, after) => {
        const mine = held(...by)
        const result = changeRoles(
          settings,
          tenant(1, { ownerCount: 3, memberCount: 9 }),
          placed(2, before),
          mine,
          after
        )
        if (Result.isFailure(result)) return
        const carried = (roles: ReadonlyArray<string>): ReadonlyArray<Permission> => [...held(...roles)]
        for (const permission of [...carried(before), ...carried(after)]) assert.isTrue(mine.has(permission))
        if (before.includes("owner") || after.includes("owner")) assert.include(by, "owner")
      }),
      { numRuns: rounds(2000, 20_000) }
    ))

  it("TEN-03 whoever may grant some roles together may grant each of them", () =>
    fc.assert(
      fc.property(someRoles, someRoles, (by, roles) => {
        assert.strictEqual(
          mayGrant(settings, held(...by), roles),
          roles.every((role) => mayGrant(settings, held(...by), [role]))
        )
      })
    ))

  it("V-01 V-26 after any decisions the counts are those of the members, no active tenant is without owner, and seats hold", () => {
    type Step =
      | { readonly kind: "join"; readonly who: number; readonly roles: ReadonlyArray<string>; readonly active: boolean }
      | { readonly kind: "leave" | "remove"; readonly who: number }
      | { readonly kind: "change"; readonly who: number; readonly roles: ReadonlyArray<string> }
    const who = fc.integer({ min: 1, max: 6 })
    const step: fc.Arbitrary<Step> = fc.oneof(
      fc.record({ kind: fc.constant("join" as const), who, roles: someRoles, active: fc.boolean() }),
      fc.record({ kind: fc.constantFrom("leave" as const, "remove" as const), who }),
      fc.record({ kind: fc.constant("change" as const), who, roles: someRoles })
    )
    return fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), fc.option(fc.integer({ min: 1, max: 4 })), (steps, seats) => {
        let area: Tenant = tenant(1, { state: "in-setup", memberCount: 0, ownerCount: 0, seats })
        const members = new Map<number, Placed>()
        for (const one of steps) {
          const member = members.get(one.who)
          if (one.kind === "join") {
            if (member !== undefined) continue
            const state = one.active ? "active" : "suspended"
            const result = addMember(area, {
              id: membership(1, one.who).id,
              account: account(one.who, { state }),
              roles: one.roles,
              now: at(0)
            })
            if (Result.isFailure(result)) continue
            area = result.success.tenant
            members.set(one.who, { membership: result.success.membership, accountState: state })
          } else if (member !== undefined) {
            if (one.kind === "change") {
              const result = changeRoles(settings, area, member, held("owner"), one.roles)
              if (Result.isFailure(result)) continue
              area = result.success.tenant
              members.set(one.who, { ...member, membership: result.success.membership })
            } else {
              const result =
                one.kind === "leave" ? leave(area, member) : removeMember(settings, area, member, held("owner"))
              if (Result.isFailure(result)) continue
              area = result.success
              members.delete(one.who)
            }
          }
          const owners = [...members.values()].filter(
            ({ accountState, membership }) => accountState === "active" && membership.roles.includes("owner")
          )
          assert.strictEqual(area.memberCount, members.size)
          assert.strictEqual(area.ownerCount, owners.length)
          if (area.state === "active") assert.isAtLeast(owners.length, 1)
          if (seats !== null) assert.isAtMost(members.size, seats)
        }
      }),
      { numRuns: rounds(1000, 20_000) }
    )
  })
})

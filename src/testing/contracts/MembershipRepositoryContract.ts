import { strict as assert } from "node:assert"
import { Effect, Exit, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { SecondFactorRepository } from "../../accounts/SecondFactorRepository.ts"
import { HierarchyRepository } from "../../hierarchy/HierarchyRepository.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { type Member, MembershipRepository } from "../../tenants/MembershipRepository.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, address, at, membership, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const people = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(AccountRepository, (accounts) =>
    Effect.forEach(numbers, (number) => accounts.insert(account(number), null), { discard: true })
  )

const tenantsOf = (...numbers: ReadonlyArray<number>) =>
  Effect.flatMap(TenantRepository, (tenants) =>
    Effect.forEach(numbers, (number) => tenants.insert(tenant(number)), { discard: true })
  )

/** Two tenants that share account 1; account 2 is in the first only, account 3 in none. */
const two = Effect.gen(function* () {
  const memberships = yield* MembershipRepository
  yield* people(1, 2, 3)
  yield* tenantsOf(1, 2)
  yield* memberships.insert(membership(1, 1))
  yield* memberships.insert(membership(1, 2, { roles: ["admin", "member"] }))
  yield* memberships.insert(membership(2, 1, { roles: ["member"], contactEmail: address("other@example.org") }))
})

const names = (members: ReadonlyArray<Member>) => members.map((member) => member.lastName)
const everybody = { search: Option.none<string>(), accountEmail: true }
const first = { after: Option.none(), limit: 25 }

/** What every `MembershipRepository` keeps. */
export const MembershipRepositoryContract: Suite<
  | MembershipRepository
  | TenantRepository
  | AccountRepository
  | HierarchyRepository
  | SecondFactorRepository
  | UnitOfWork
> = [
  {
    name: "TEN-02 a membership is found as it was inserted, by its tenant only",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      const full = membership(1, 3, {
        roles: ["a-role", "member"],
        contactEmail: address("contact@example.org"),
        mailPreferences: { membershipChanges: false },
        locations: [tenantId(2), tenantId(7)],
        joinedAt: at(99)
      })
      yield* memberships.insert(full)
      assert.deepEqual(yield* memberships.find(tenantId(1), accountId(3)), Option.some(full))
      assert.deepEqual(yield* memberships.find(tenantId(2), accountId(3)), Option.none(), "of another tenant")
      assert.deepEqual(yield* memberships.find(tenantId(9), accountId(3)), Option.none())
      assert.deepEqual(yield* memberships.findById(tenantId(1), full.id), Option.some(full))
      assert.deepEqual(yield* memberships.findById(tenantId(2), full.id), Option.none(), "of another tenant")
    })
  },
  {
    name: "V-02 a second membership of an account in a tenant is a duplicate, in another tenant it is none",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      const again = { ...membership(1, 1), id: membership(1, 9).id }
      assert.equal(yield* reason(memberships.insert(again)), "duplicate")
      yield* memberships.insert(membership(2, 2))
      assert.deepEqual(yield* memberships.find(tenantId(1), accountId(1)), Option.some(membership(1, 1)))
    })
  },
  {
    name: "V-02 of parallel inserts of one account into one tenant exactly one goes through",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const unit = yield* UnitOfWork
      yield* people(1)
      yield* tenantsOf(1, 2)
      for (const number of [1, 2]) {
        const exits = yield* Effect.all(
          Array.from({ length: 8 }, (_, index) =>
            Effect.exit(
              unit.run(memberships.insert({ ...membership(number, 1), id: membership(number, 50 + index).id }))
            )
          ),
          { concurrency: "unbounded" }
        )
        assert.equal(exits.filter(Exit.isSuccess).length, 1)
        for (const exit of exits.filter(Exit.isFailure)) {
          assert.equal((yield* Effect.flip(exit)).reason, "duplicate")
        }
      }
    })
  },
  {
    name: "STO-07 no membership without its tenant",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* people(1)
      assert.equal(yield* reason(memberships.insert(membership(1, 1))), "other")
    })
  },
  {
    name: "TEN-02 an update changes roles, contact address and preferences of one membership, and of none in another tenant",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      const next = membership(1, 1, {
        roles: ["member"],
        contactEmail: address("new@example.org"),
        mailPreferences: { membershipChanges: false }
      })
      yield* memberships.update(next)
      assert.deepEqual(yield* memberships.find(tenantId(1), accountId(1)), Option.some(next))
      assert.deepEqual(
        yield* memberships.find(tenantId(2), accountId(1)),
        Option.some(membership(2, 1, { roles: ["member"], contactEmail: address("other@example.org") })),
        "of another tenant"
      )
      assert.deepEqual(
        yield* memberships.find(tenantId(1), accountId(2)),
        Option.some(membership(1, 2, { roles: ["admin", "member"] }))
      )
      assert.equal(yield* reason(memberships.update(membership(2, 2))), "conflict", "a member of another tenant only")
      assert.equal(
        yield* reason(memberships.update({ ...next, id: membership(1, 9).id })),
        "conflict",
        "somebody who left and joined again has another membership"
      )
    })
  },
  {
    name: "TEN-08 a removed membership is gone, in its own tenant only; removing it again is a conflict",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      yield* memberships.remove(tenantId(1), accountId(1))
      assert.deepEqual(yield* memberships.find(tenantId(1), accountId(1)), Option.none())
      assert.ok(Option.isSome(yield* memberships.find(tenantId(2), accountId(1))), "of another tenant")
      assert.ok(Option.isSome(yield* memberships.find(tenantId(1), accountId(2))))
      assert.equal(yield* reason(memberships.remove(tenantId(1), accountId(1))), "conflict")
      assert.equal(yield* reason(memberships.remove(tenantId(2), accountId(2))), "conflict", "of another tenant")
      yield* memberships.insert(membership(1, 1))
    })
  },
  {
    name: "TEN-08 who was removed is known, of the tenant and the account that it is said of, until it is said otherwise",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      assert.equal(yield* memberships.wasRemoved(tenantId(1), accountId(1)), false)
      yield* memberships.setRemoved(tenantId(1), accountId(1), true)
      yield* memberships.setRemoved(tenantId(1), accountId(1), true)
      assert.equal(yield* memberships.wasRemoved(tenantId(1), accountId(1)), true)
      assert.equal(yield* memberships.wasRemoved(tenantId(2), accountId(1)), false, "of another tenant")
      assert.equal(yield* memberships.wasRemoved(tenantId(1), accountId(2)), false)
      yield* memberships.setRemoved(tenantId(2), accountId(1), false)
      assert.equal(yield* memberships.wasRemoved(tenantId(1), accountId(1)), true)
      yield* memberships.setRemoved(tenantId(1), accountId(2), true)
      yield* memberships.setRemoved(tenantId(2), accountId(1), true)
      yield* memberships.setRemoved(tenantId(1), accountId(1), false)
      assert.equal(yield* memberships.wasRemoved(tenantId(1), accountId(1)), false)
      assert.equal(yield* memberships.wasRemoved(tenantId(1), accountId(2)), true, "somebody else")
      assert.equal(yield* memberships.wasRemoved(tenantId(2), accountId(1)), true, "of another tenant")
    })
  },
  {
    name: "ACC-02 the facts of a decision are those of this account in this tenant",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const accounts = yield* AccountRepository
      const tenants = yield* TenantRepository
      yield* two
      yield* accounts.insert(account(4, { state: "suspended", credentialEpoch: 3 }), null)
      yield* tenants.insert(tenant(3, { state: "suspended" }))
      const facts = {
        accountState: "active",
        credentialEpoch: 0,
        tenantState: "active",
        secondFactor: false,
        requiresSecondFactor: false
      } as const
      const expected = [
        { accountId: accountId(1), tenantId: tenantId(1), ...facts, membership: membership(1, 1), through: null },
        {
          accountId: accountId(2),
          tenantId: tenantId(1),
          ...facts,
          membership: membership(1, 2, { roles: ["admin", "member"] }),
          through: null
        },
        { accountId: accountId(2), tenantId: tenantId(2), ...facts, membership: null, through: null },
        {
          accountId: accountId(4),
          accountState: "suspended",
          credentialEpoch: 3,
          tenantId: tenantId(3),
          tenantState: "suspended",
          secondFactor: false,
          requiresSecondFactor: false,
          membership: null,
          through: null
        }
      ] as const
      for (const one of expected) {
        assert.deepEqual(yield* memberships.accessFacts(one.tenantId, one.accountId), Option.some(one))
        assert.deepEqual(yield* memberships.accessFactsOf(one.tenantId, [one.accountId]), [one])
        assert.deepEqual(yield* memberships.accessFactsIn([one.tenantId], one.accountId), [one])
      }
      assert.deepEqual(yield* memberships.accessFacts(tenantId(9), accountId(1)), Option.none())
      assert.deepEqual(yield* memberships.accessFacts(tenantId(1), accountId(9)), Option.none())
    })
  },
  {
    name: "ACC-02 HIE-05 of a sub the facts say what place the account has in the main, and what the sub refuses to it",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const hierarchy = yield* HierarchyRepository
      const tenants = yield* TenantRepository
      yield* two
      yield* tenants.insert(tenant(3, { state: "suspended" }))
      // of others, which come first by their ids
      yield* memberships.insert(membership(3, 2, { roles: ["member"] }))
      yield* memberships.insert(membership(1, 3, { roles: ["member"] }))
      yield* memberships.insert(membership(3, 3, { roles: ["admin", "member"], locations: [tenantId(2), tenantId(8)] }))
      yield* hierarchy.insert({
        subId: tenantId(2),
        mainId: tenantId(3),
        kind: "ordered",
        linkedAt: at(5),
        refused: ["members.read"]
      })
      const throughOf = Effect.fnUntraced(function* (tenant: number, account: number) {
        const facts = Option.getOrThrow(yield* memberships.accessFacts(tenantId(tenant), accountId(account)))
        assert.deepEqual(yield* memberships.accessFactsOf(tenantId(tenant), [accountId(account)]), [facts])
        return facts.through
      })
      const expected = {
        mainId: tenantId(3),
        mainState: "suspended",
        mainRequiresSecondFactor: false,
        linkedAt: at(5),
        membership: {
          id: membership(3, 3).id,
          roles: ["admin", "member"],
          locations: [tenantId(2), tenantId(8)]
        },
        refused: ["members.read"]
      }
      assert.deepEqual(yield* throughOf(2, 3), expected)
      assert.equal(yield* throughOf(2, 1), null, "who has no place in the main")
      assert.equal(yield* throughOf(1, 3), null, "a tenant without main")
      assert.equal(yield* throughOf(3, 1), null, "nothing flows up")
      const unit = yield* UnitOfWork
      const kept = unit.run(
        Effect.all([
          memberships.accessFacts(tenantId(2), accountId(3), "kept"),
          memberships.accessFactsOf(tenantId(2), [accountId(3)], "kept")
        ])
      )
      const [alone, [together]] = yield* kept
      assert.deepEqual(Option.getOrThrow(alone).through, expected, "the same, and kept until the unit ends")
      assert.deepEqual(together?.through, expected)
      yield* memberships.update(membership(3, 3, { roles: ["owner"], locations: null }))
      assert.deepEqual(yield* throughOf(2, 3), {
        ...expected,
        membership: { id: membership(3, 3).id, roles: ["owner"], locations: null }
      })
      yield* memberships.remove(tenantId(3), accountId(3))
      assert.equal(yield* throughOf(2, 3), null, "who has left the main")
    })
  },
  {
    name: "ACC-01 HIE-05 an account's places tell what comes through a main, and how many locations a main has for it",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const hierarchy = yield* HierarchyRepository
      const tenants = yield* TenantRepository
      yield* people(1, 2)
      yield* tenantsOf(1, 2, 3)
      yield* tenants.insert(tenant(4, { state: "closed" }))
      yield* memberships.insert(membership(1, 1))
      yield* memberships.insert(membership(2, 1, { roles: ["member"] }))
      yield* memberships.insert(
        membership(1, 2, { roles: ["admin"], locations: [tenantId(3), tenantId(4), tenantId(9)] })
      )
      yield* memberships.insert(membership(3, 2, { roles: ["member"] }))
      for (const sub of [2, 3, 4]) {
        const place = { subId: tenantId(sub), mainId: tenantId(1), kind: "existing", linkedAt: at(sub), refused: [] }
        yield* hierarchy.insert({ ...place, kind: "existing" })
      }
      const look = Effect.fnUntraced(function* (account: number) {
        const places = yield* memberships.ofAccount(accountId(account))
        return places.map(({ subs, tenant, through }) => [
          tenant.name,
          subs.all,
          subs.chosen,
          through && [through.mainId, through.mainState, ...through.membership.roles]
        ])
      })
      assert.deepEqual(yield* look(1), [
        ["Tenant 1", 2, 0, null],
        ["Tenant 2", 0, 0, [tenantId(1), "active", "owner"]]
      ])
      assert.deepEqual(
        yield* look(2),
        [
          ["Tenant 1", 2, 1, null],
          ["Tenant 3", 0, 0, [tenantId(1), "active", "admin"]]
        ],
        "all, and those that were chosen, are there and are not closed"
      )
    })
  },
  {
    name: "HIE-07 the members with one of some roles are found, of the named tenants, with active accounts",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const accounts = yield* AccountRepository
      yield* two
      yield* accounts.insert(account(4), null)
      yield* memberships.insert(membership(1, 4))
      yield* accounts.setState(accountId(4), "suspended", 0)
      yield* memberships.insert(membership(1, 3, { roles: ["own"] }))
      const found = Effect.fnUntraced(function* (tenants: ReadonlyArray<number>, ...roles: ReadonlyArray<string>) {
        const members = yield* memberships.withRoles(tenants.map(tenantId), roles)
        return members.map(({ lastName, membership }) => `${lastName} ${membership.roles}`).sort()
      })
      assert.deepEqual(yield* found([1], "owner"), ["Number1 owner"])
      assert.deepEqual(yield* found([1], "member", "owner"), ["Number1 owner", "Number2 admin,member"])
      assert.deepEqual(yield* found([2], "owner"), [], "of another tenant")
      assert.deepEqual(yield* found([1, 2, 9], "member"), ["Number1 member", "Number2 admin,member"])
      assert.deepEqual(yield* found([1], "own"), ["Number3 own"])
      assert.deepEqual(yield* found([1]), [])
      assert.deepEqual(yield* found([], "owner"), [])
    })
  },
  {
    name: "G-06 HIE-05 who can come into a sub is listed by account, filtered and paged, without those who cannot",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const accounts = yield* AccountRepository
      const factors = yield* SecondFactorRepository
      yield* people(1, 2, 3, 4, 5, 6, 7)
      yield* tenantsOf(1, 2, 3)
      const roles = { roles: ["opens", "flows"] }
      yield* memberships.insert(membership(1, 1, roles))
      yield* memberships.insert(membership(1, 2, { ...roles, locations: [tenantId(3)] }))
      yield* memberships.insert(membership(1, 3, { ...roles, locations: [tenantId(2), tenantId(3)] }))
      yield* memberships.insert(membership(1, 4, { roles: ["opens"] }))
      yield* memberships.insert(membership(1, 5, { roles: ["flows"] }))
      yield* memberships.insert(membership(1, 6, { roles: ["all", "flows", "opens"], locations: [] }))
      yield* memberships.insert(membership(1, 7, roles))
      yield* memberships.insert(membership(2, 4, roles))
      yield* accounts.setState(accountId(7), "suspended", 0)
      yield* factors.confirm(accountId(3), { sealedSecret: "sealed", lastStep: 1, confirmedAt: at(1) })
      yield* factors.savePending(accountId(1), { sealedSecret: "sealed", credentialEpoch: 0, createdAt: at(1) })
      const found = (limit: number, after: Option.Option<readonly [string]>, secondFactor = false, sub = 2) =>
        Effect.map(
          memberships.listVisitors(
            { mainId: tenantId(1), subId: tenantId(sub) },
            { roles: [["opens", "other"], ["flows"]], everywhere: ["all"], secondFactor },
            { after, limit }
          ),
          names
        )
      assert.deepEqual(yield* found(10, Option.none()), ["Number1", "Number3", "Number6"])
      assert.deepEqual(yield* found(1, Option.none()), ["Number1", "Number3"], "one more than asked for")
      assert.deepEqual(yield* found(10, Option.some([accountId(1)])), ["Number3", "Number6"])
      assert.deepEqual(yield* found(10, Option.none(), true), ["Number3"], "a pending factor is none")
      assert.deepEqual(yield* found(10, Option.none(), false, 3), ["Number1", "Number2", "Number3", "Number6"])
      const nobody = memberships.listVisitors(
        { mainId: tenantId(1), subId: tenantId(2) },
        { roles: [["opens"], []], everywhere: ["all"], secondFactor: false },
        { after: Option.none(), limit: 10 }
      )
      assert.deepEqual(yield* nobody, [])
    })
  },
  {
    name: "HIE-06 a location that is dropped is chosen for nobody of that main any more, and the others stay",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* people(1, 2, 3, 4, 5)
      yield* tenantsOf(1, 2)
      const chosen: ReadonlyArray<ReadonlyArray<number> | null> = [[7, 8, 9], [8, 9], [7, 8], [8], null]
      const idsOf = (numbers: ReadonlyArray<number> | null | undefined) => numbers?.map(tenantId) ?? null
      for (const [index, numbers] of chosen.entries()) {
        yield* memberships.insert(membership(1, index + 1, { locations: idsOf(numbers) }))
      }
      yield* memberships.insert(membership(2, 1, { locations: idsOf([8]) }))
      yield* memberships.dropLocation(tenantId(1), tenantId(8))
      yield* memberships.dropLocation(tenantId(1), tenantId(6))
      const left = Effect.fnUntraced(function* (tenant: number, account: number) {
        return Option.getOrThrow(yield* memberships.find(tenantId(tenant), accountId(account))).locations
      })
      for (const [index, numbers] of [[7, 9], [9], [7], [], null].entries()) {
        assert.deepEqual(yield* left(1, index + 1), idsOf(numbers), "none at all is not all of them")
      }
      assert.deepEqual(yield* left(2, 1), idsOf([8]), "of another tenant")
    })
  },
  {
    name: "ACC-02 the facts of one account in several tenants at once are those in each, whichever of them exists",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      const found = yield* memberships.accessFactsIn([tenantId(9), tenantId(2), tenantId(1), tenantId(1)], accountId(1))
      const each = yield* Effect.forEach([tenantId(1), tenantId(2)], (id) => memberships.accessFacts(id, accountId(1)))
      assert.equal(found.length, 2)
      assert.deepEqual(
        new Map(found.map((facts) => [facts.tenantId, facts])),
        new Map(each.flatMap(Option.toArray).map((facts) => [facts.tenantId, facts]))
      )
      assert.deepEqual(yield* memberships.accessFactsIn([], accountId(1)), [])
      assert.deepEqual(yield* memberships.accessFactsIn([tenantId(1)], accountId(9)), [])
    })
  },
  {
    name: "ACC-02 the facts of several accounts at once are those of each, whoever of them exists",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      const found = yield* memberships.accessFactsOf(tenantId(1), [
        accountId(9),
        accountId(3),
        accountId(1),
        accountId(1)
      ])
      const byAccount = new Map(found.map((facts) => [facts.accountId, facts.membership]))
      assert.equal(found.length, 2)
      assert.deepEqual(byAccount.get(accountId(1)), membership(1, 1))
      assert.equal(byAccount.get(accountId(3)), null)
      assert.deepEqual(yield* memberships.accessFactsOf(tenantId(1), []), [])
      assert.deepEqual(yield* memberships.accessFactsOf(tenantId(9), [accountId(1)]), [])
      const other = yield* memberships.accessFactsOf(tenantId(2), [accountId(2)])
      assert.deepEqual(
        other.map((facts) => facts.membership),
        [null],
        "of another tenant"
      )
    })
  },
  {
    name: "V-01 who is suspended, or does not exist, joins nothing",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const accounts = yield* AccountRepository
      yield* two
      yield* accounts.insert(account(4, { state: "suspended" }), null)
      assert.equal(yield* reason(memberships.insert(membership(1, 4))), "conflict")
      assert.equal(yield* reason(memberships.insert(membership(1, 9))), "conflict")
      yield* accounts.setState(accountId(3), "suspended", 0)
      assert.equal(yield* reason(memberships.insert(membership(1, 3))), "conflict")
      yield* accounts.setState(accountId(3), "active", 1)
      yield* memberships.insert(membership(1, 3))
    })
  },
  {
    name: "AUT-10 everything that an account is in comes with its tenant, in the order of the tenants' ids, closed ones included",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const tenants = yield* TenantRepository
      yield* two
      yield* tenants.save({ ...tenant(2), state: "closed" })
      const places = yield* memberships.ofAccountForUpdate(accountId(1))
      assert.deepEqual(
        places.map(({ membership, tenant }) => [tenant.id, tenant.state, membership]),
        [
          [tenantId(1), "active", membership(1, 1)],
          [tenantId(2), "closed", membership(2, 1, { roles: ["member"], contactEmail: address("other@example.org") })]
        ]
      )
      assert.deepEqual(yield* memberships.ofAccountForUpdate(accountId(3)), [])
    })
  },
  {
    name: "TEN-08 members are listed in the order of joining, of one tenant only",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      yield* memberships.insert(membership(1, 3, { joinedAt: at(1) }))
      const members = yield* memberships.list(tenantId(1), everybody, first)
      assert.deepEqual(names(members), ["Number1", "Number3", "Number2"])
      assert.deepEqual(members[0], {
        membership: membership(1, 1),
        accountState: "active",
        email: "person1@example.com",
        firstName: "Person",
        lastName: "Number1",
        locale: "de"
      })
      assert.deepEqual(names(yield* memberships.list(tenantId(2), everybody, first)), ["Number1"], "of another tenant")
      assert.deepEqual(yield* memberships.list(tenantId(9), everybody, first), [])
    })
  },
  {
    name: "G-06 pages of members follow each other without gap or repetition, also when somebody joins in between",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const numbers = Array.from({ length: 23 }, (_, index) => index + 1)
      yield* people(...numbers, 90, 91)
      yield* tenantsOf(1, 2)
      for (const number of numbers) {
        // three join in each millisecond
        yield* memberships.insert(membership(1, number, { joinedAt: at(Math.floor(number / 3)) }))
        yield* memberships.insert(membership(2, number, { joinedAt: at(0) }))
      }
      const seen: Array<string> = []
      let after: Option.Option<readonly [number, string]> = Option.none()
      for (;;) {
        const rows: ReadonlyArray<Member> = yield* memberships.list(tenantId(1), everybody, { after, limit: 4 })
        assert.ok(rows.length <= 5, "one row more than the page says that there is a next one")
        const page = rows.slice(0, 4)
        seen.push(...names(page))
        const last = page[page.length - 1]
        if (rows.length <= 4 || last === undefined) break
        after = Option.some([last.membership.joinedAt, last.membership.accountId])
        if (seen.length === 8) {
          yield* memberships.insert(membership(1, 90, { joinedAt: at(0) }))
          yield* memberships.insert(membership(1, 91, { joinedAt: at(1000) }))
        }
      }
      assert.deepEqual(seen, [...numbers.map((number) => `Number${number}`), "Number91"])
    })
  },
  {
    name: "TEN-08 a search finds parts of names and addresses without regard to case, and nothing in it is a wildcard",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const accounts = yield* AccountRepository
      yield* tenantsOf(1, 2)
      const persons = [
        ["Ådne", "Öztürk", "a_z@example.com", "a_z@example.com"],
        ["Ada", "Lovelace", "ada@example.com", "office@firm.example"],
        ["Bob", "O'Neil %", "bob@example.com", "bob@example.com"],
        ["Zoë", "Straße", "z+1@example.com", "z+1@example.com"]
      ] as const
      for (const [index, [firstName, lastName, email, contact]] of persons.entries()) {
        const number = index + 1
        yield* accounts.insert(account(number, { firstName, lastName, email: address(email) }), null)
        yield* memberships.insert(membership(1, number, { contactEmail: address(contact) }))
      }
      yield* accounts.insert(account(9, { lastName: "Lovelace" }), null)
      yield* memberships.insert(membership(2, 9))
      const search = (text: string, accountEmail = true) =>
        Effect.map(memberships.list(tenantId(1), { search: Option.some(text), accountEmail }, first), names)
      assert.deepEqual(yield* search("öz"), ["Öztürk"])
      assert.deepEqual(yield* search("ÖZTÜRK"), ["Öztürk"])
      assert.deepEqual(yield* search("åDNE ö"), ["Öztürk"])
      assert.deepEqual(yield* search("lovelace"), ["Lovelace"], "of another tenant")
      assert.deepEqual(yield* search("Lovelace Ada"), ["Lovelace"])
      assert.deepEqual(yield* search("FIRM.example"), ["Lovelace"])
      assert.deepEqual(yield* search("ada@example.com"), ["Lovelace"])
      assert.deepEqual(yield* search("ada@example.com", false), [], "the account's address is for some only")
      assert.deepEqual(yield* search("FIRM.example", false), ["Lovelace"])
      assert.deepEqual(yield* search("%"), ["O'Neil %"])
      assert.deepEqual(yield* search("_"), ["Öztürk"])
      assert.deepEqual(yield* search("o'n"), ["O'Neil %"])
      assert.deepEqual(yield* search("+1"), ["Straße"])
      assert.deepEqual(yield* search("stra\u00dfe"), ["Straße"])
      assert.deepEqual(yield* search("\\"), [])
      assert.deepEqual(yield* search("nobody"), [])
      const second = yield* memberships.list(
        tenantId(1),
        { search: Option.some("example.com"), accountEmail: true },
        { after: Option.some([at(1), accountId(1)]), limit: 2 }
      )
      assert.deepEqual(names(second), ["Lovelace", "O'Neil %", "Straße"])
    })
  },
  {
    name: "TEN-08 one member is found with the person, of the named tenant only",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      yield* two
      const member = Option.getOrThrow(yield* memberships.findMember(tenantId(1), accountId(2)))
      assert.deepEqual(member, {
        membership: membership(1, 2, { roles: ["admin", "member"] }),
        accountState: "active",
        email: "person2@example.com",
        firstName: "Person",
        lastName: "Number2",
        locale: "de"
      })
      assert.deepEqual(yield* memberships.findMember(tenantId(2), accountId(2)), Option.none(), "of another tenant")
      assert.deepEqual(yield* memberships.findMember(tenantId(1), accountId(3)), Option.none())
    })
  },
  {
    name: "TEN-11 an account's memberships come with their tenants, by name, without closed ones and those of others",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const tenants = yield* TenantRepository
      yield* people(1, 2)
      const kept = [
        tenant(1, { name: "Zebra" }),
        tenant(2, { name: "apfel" }),
        tenant(3, { name: "Äpfel", state: "suspended" }),
        tenant(4, { name: "Closed", state: "closed" }),
        tenant(5, { name: "Of others" })
      ]
      for (const one of kept) yield* tenants.insert(one)
      for (const number of [1, 2, 3, 4]) yield* memberships.insert(membership(number, 1))
      yield* memberships.insert(membership(5, 2))
      const found = yield* memberships.ofAccount(accountId(1))
      assert.deepEqual(
        found.map(({ tenant }) => tenant),
        [kept[1], kept[2], kept[0]]
      )
      assert.deepEqual(
        found.map(({ membership }) => membership),
        [membership(2, 1), membership(3, 1), membership(1, 1)]
      )
      assert.deepEqual(yield* memberships.ofAccount(accountId(9)), [])
    })
  },
  {
    name: "V-40 what a unit that fails has written to memberships is gone",
    run: Effect.gen(function* () {
      const memberships = yield* MembershipRepository
      const unit = yield* UnitOfWork
      yield* two
      yield* Effect.exit(
        unit.run(
          Effect.gen(function* () {
            yield* memberships.remove(tenantId(1), accountId(1))
            yield* memberships.update(membership(1, 2, { roles: ["owner"] }))
            yield* memberships.insert(membership(1, 3))
            return yield* Effect.fail("no")
          })
        )
      )
      const members = yield* memberships.list(tenantId(1), everybody, first)
      assert.deepEqual(
        members.map((member) => member.membership),
        [membership(1, 1), membership(1, 2, { roles: ["admin", "member"] })]
      )
    })
  }
]

import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { DomainId } from "../../kernel/ids.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import type { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Domain } from "../../tenants/Domain.ts"
import { DomainRepository } from "../../tenants/DomainRepository.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, at, membership, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const domainId = (number: number): DomainId =>
  DomainId.make(`01890000-0000-7000-8000-d${number.toString(16).padStart(11, "0")}`)

const claimed = (number: number, of: number, over: Partial<Domain> = {}): Domain => ({
  id: domainId(number),
  tenantId: tenantId(of),
  domain: `firm${number}.example`,
  token: `token${number}`,
  proof: null,
  checkAt: null,
  misses: 0,
  joining: "nobody",
  role: null,
  createdAt: at(number),
  ...over
})

const proof = { method: "dns", provenAt: at(10), expiresAt: at(1000) } as const

const proven = (number: number, of: number, over: Partial<Domain> = {}): Domain =>
  claimed(number, of, { proof, checkAt: at(100), joining: "at-once", role: "member", ...over })

const two = Effect.gen(function* () {
  const tenants = yield* TenantRepository
  for (const number of [1, 2]) yield* tenants.insert(tenant(number, { memberCount: 2 }))
  return yield* DomainRepository
})

/** What every `DomainRepository` keeps. */
export const DomainRepositoryContract: Suite<
  DomainRepository | TenantRepository | MembershipRepository | AccountRepository | UnitOfWork
> = [
  {
    name: "TEN-10 a domain is found as it was inserted, by its tenant only",
    run: Effect.gen(function* () {
      const domains = yield* two
      const all = [claimed(1, 1), proven(2, 1, { misses: 2, proof: { ...proof, method: "postmaster" } }), claimed(3, 2)]
      for (const one of all) yield* domains.insert(one)
      for (const one of all) assert.deepEqual(yield* domains.find(one.tenantId, one.id), Option.some(one))
      assert.deepEqual(yield* domains.find(tenantId(2), domainId(1)), Option.none(), "of another tenant")
      assert.deepEqual(yield* domains.list(tenantId(1)), all.slice(0, 2))
      assert.deepEqual(yield* domains.list(tenantId(9)), [])
      assert.equal(yield* reason(domains.insert(claimed(7, 1, { domain: "firm1.example" }))), "duplicate")
      assert.equal(yield* reason(domains.insert(claimed(8, 9))), "other", "no domain without its tenant")
    })
  },
  {
    name: "TEN-10 several tenants claim a domain, and one has proven it",
    run: Effect.gen(function* () {
      const domains = yield* two
      const mine = claimed(1, 1, { domain: "same.example" })
      const theirs = claimed(2, 2, { domain: "same.example" })
      yield* domains.insert(mine)
      yield* domains.insert(theirs)
      assert.deepEqual(yield* domains.findProven("same.example"), Option.none())
      yield* domains.save({ ...mine, proof, checkAt: at(100) })
      assert.equal(yield* reason(domains.save({ ...theirs, proof, checkAt: at(100) })), "duplicate")
      assert.deepEqual(
        Option.map(yield* domains.findProven("same.example"), ({ tenantId }) => tenantId),
        Option.some(tenantId(1))
      )
      yield* domains.save(mine)
      yield* domains.save({ ...theirs, proof, checkAt: at(100) })
      assert.deepEqual(
        Option.map(yield* domains.findProven("same.example"), ({ tenantId }) => tenantId),
        Option.some(tenantId(2))
      )
    })
  },
  {
    name: "R-IN-12 nobody joins by a domain that is not proven, whatever the code before the store has checked",
    run: Effect.gen(function* () {
      const domains = yield* two
      yield* domains.insert(claimed(1, 1))
      assert.equal(yield* reason(domains.save(claimed(1, 1, { joining: "at-once", role: "member" }))), "other")
      assert.equal(yield* reason(domains.insert(claimed(2, 1, { joining: "ask", role: "member" }))), "other")
      assert.equal(yield* reason(domains.save(proven(1, 1, { role: null }))), "other")
    })
  },
  {
    name: "TEN-10 a domain is removed and saved in its own tenant only",
    run: Effect.gen(function* () {
      const domains = yield* two
      yield* domains.insert(proven(1, 1))
      assert.equal(yield* reason(domains.remove(tenantId(2), domainId(1))), "conflict", "of another tenant")
      assert.equal(yield* reason(domains.save(proven(1, 2))), "conflict", "of another tenant")
      assert.equal(yield* reason(domains.save(proven(2, 1))), "conflict")
      yield* domains.remove(tenantId(1), domainId(1))
      assert.equal(yield* reason(domains.remove(tenantId(1), domainId(1))), "conflict")
    })
  },
  {
    name: "R-IN-12 an offer is of the very domain, while it is proven, of an active tenant, to who is no member",
    run: Effect.gen(function* () {
      const domains = yield* two
      const accounts = yield* AccountRepository
      const memberships = yield* MembershipRepository
      const tenants = yield* TenantRepository
      for (const number of [1, 2]) yield* accounts.insert(account(number), null)
      yield* memberships.insert(membership(1, 1))
      const one = proven(1, 1)
      yield* domains.insert(one)
      const offer = (name: string, number: number, now: number) =>
        Effect.map(domains.offerFor(name, accountId(number), at(now)), (found) =>
          Option.getOrNull(Option.map(found, ({ domain, tenantName }) => [domain, tenantName]))
        )
      assert.deepEqual(yield* offer("firm1.example", 2, 50), [one, tenant(1).name])
      assert.equal(yield* offer("firm1.example", 1, 50), null, "a member already")
      assert.equal(yield* offer("firm1.example", 2, 1000), null, "its time is over")
      assert.deepEqual(yield* offer("firm1.example", 2, 999), [one, tenant(1).name])
      for (const name of ["sub.firm1.example", "example", "xfirm1.example", "firm1.example,firm2.example", ""]) {
        assert.equal(yield* offer(name, 2, 50), null, name)
      }
      yield* domains.save({ ...one, joining: "nobody", role: null })
      assert.equal(yield* offer("firm1.example", 2, 50), null, "nobody by it")
      yield* domains.save({ ...one, joining: "ask" })
      assert.notEqual(yield* offer("firm1.example", 2, 50), null)
      yield* tenants.save(tenant(1, { state: "suspended", memberCount: 2 }))
      assert.equal(yield* offer("firm1.example", 2, 50), null, "a suspended tenant")
    })
  },
  {
    name: "TEN-10 what is to be looked at comes the longest due first",
    run: Effect.gen(function* () {
      const domains = yield* two
      yield* domains.insert(proven(1, 1, { checkAt: at(300) }))
      yield* domains.insert(proven(2, 1, { checkAt: at(100) }))
      yield* domains.insert(proven(3, 2, { checkAt: at(200) }))
      yield* domains.insert(claimed(4, 2))
      const due = (now: number, limit: number) =>
        Effect.map(domains.due(at(now), limit), (rows) => rows.map(({ id }) => id))
      assert.deepEqual(yield* due(300, 10), [domainId(2), domainId(3), domainId(1)])
      assert.deepEqual(yield* due(299, 1), [domainId(2)])
      assert.deepEqual(yield* due(99, 10), [])
    })
  },
  {
    name: "TEN-10 what is saved, removed or asked for is the one domain, whatever else its tenant and others have",
    run: Effect.gen(function* () {
      const domains = yield* two
      const [accounts, memberships] = [yield* AccountRepository, yield* MembershipRepository]
      yield* accounts.insert(account(2), null)
      yield* memberships.insert(membership(2, 2))
      for (const number of [1, 2, 3]) yield* domains.insert(claimed(number, 1))
      yield* domains.save(proven(1, 1))
      const rest = [claimed(2, 1), claimed(3, 1)]
      assert.deepEqual(yield* domains.list(tenantId(1)), [proven(1, 1), ...rest])
      assert.deepEqual(yield* domains.findProven("firm2.example"), Option.none(), "another one is proven")
      const offer = yield* domains.offerFor("firm1.example", accountId(2), at(50))
      assert.equal(Option.isSome(offer), true, "a member of another tenant")
      yield* domains.remove(tenantId(1), domainId(1))
      assert.deepEqual(yield* domains.list(tenantId(1)), rest)
    })
  }
]

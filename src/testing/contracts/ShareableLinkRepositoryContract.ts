import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import type { ShareableLink } from "../../invitations/ShareableLink.ts"
import { type ShareableLinkKey, ShareableLinkRepository } from "../../invitations/ShareableLinkRepository.ts"
import { MembershipId, ShareableLinkId } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, at, tenant, tenantId } from "../tenantSamples.ts"

const linkId = (n: number) => ShareableLinkId.make(`01890000-0000-7000-8000-${String(n).padStart(12, "0")}`)
const membershipId = MembershipId.make("01890000-0000-7000-8000-0000000000dd")

const link = (n: number, over: Partial<ShareableLink> = {}): ShareableLink => ({
  id: linkId(n),
  tenantId: tenantId(1),
  label: "For the branch",
  roles: ["member"],
  domain: "example.com",
  maxUses: 3,
  uses: 0,
  creatorId: accountId(1),
  creatorMembershipId: membershipId,
  createdAt: at(n),
  expiresAt: at(10_000),
  revokedAt: null,
  version: 0,
  ...over
})

/** Two tenants, and somebody who makes links. */
const world = Effect.gen(function* () {
  const accounts = yield* AccountRepository
  const tenants = yield* TenantRepository
  yield* accounts.insert(account(1), null)
  for (const n of [1, 2]) yield* tenants.insert(tenant(n))
  return yield* ShareableLinkRepository
})

const window = (limit: number, after?: ShareableLinkKey) => ({ after: Option.fromUndefinedOr(after), limit })

/** What every `ShareableLinkRepository` keeps. */
export const ShareableLinkRepositoryContract: Suite<
  ShareableLinkRepository | AccountRepository | TenantRepository | UnitOfWork
> = [
  {
    name: "a link is found as it was inserted, by its id and by the hash of its secret, with the names that its reader may see",
    run: Effect.gen(function* () {
      const links = yield* world
      yield* links.insert(link(1), "h1")
      const bare = link(2, { label: "", domain: null, revokedAt: at(5), uses: 3, creatorId: accountId(9) })
      yield* links.insert(bare, "h2")
      const view = { link: link(1), tenantName: "Tenant 1", tenantState: "active", creatorName: "Person Number1" }
      assert.deepEqual(yield* links.find(tenantId(1), linkId(1)), Option.some(view))
      assert.deepEqual(yield* links.findByHash("h1"), Option.some(view))
      assert.deepEqual(
        yield* links.findByHash("h2"),
        Option.some({ link: bare, tenantName: "Tenant 1", tenantState: "active", creatorName: "" })
      )
      assert.deepEqual(yield* links.findByHash("h3"), Option.none())
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(1)), Option.some(link(1)))
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(3)), Option.none())
    })
  },
  {
    name: "a hash or an id that is taken is a duplicate",
    run: Effect.gen(function* () {
      const links = yield* world
      yield* links.insert(link(1), "h1")
      assert.equal((yield* Effect.flip(links.insert(link(2), "h1"))).reason, "duplicate")
      assert.equal((yield* Effect.flip(links.insert(link(1), "h2"))).reason, "duplicate")
    })
  },
  {
    name: "a link of another tenant is neither found, nor locked, nor listed, nor saved",
    run: Effect.gen(function* () {
      const links = yield* world
      yield* links.insert(link(1), "h1")
      assert.deepEqual(yield* links.find(tenantId(2), linkId(1)), Option.none())
      assert.deepEqual(yield* links.findForUpdate(tenantId(2), linkId(1)), Option.none())
      assert.deepEqual(yield* links.list(tenantId(2), window(10)), [])
      const moved = link(1, { tenantId: tenantId(2), revokedAt: at(5) })
      assert.equal((yield* Effect.flip(links.save(moved))).reason, "conflict")
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(1)), Option.some(link(1)))
    })
  },
  {
    name: "INV-12 the second of two changes of one version is a conflict and changes nothing",
    run: Effect.gen(function* () {
      const links = yield* world
      yield* links.insert(link(1), "h1")
      const restricted = link(1, { uses: 1, maxUses: 2, domain: "example.org", expiresAt: at(9_000) })
      yield* links.save(restricted)
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(1)), Option.some({ ...restricted, version: 1 }))
      assert.equal((yield* Effect.flip(links.save(link(1, { revokedAt: at(6) })))).reason, "conflict")
      yield* links.save({ ...restricted, revokedAt: at(7), version: 1 })
      assert.deepEqual(
        yield* links.findForUpdate(tenantId(1), linkId(1)),
        Option.some({ ...restricted, revokedAt: at(7), version: 2 })
      )
    })
  },
  {
    name: "INV-12 what is found, locked and saved is the one link, and the others of its tenant stay as they were",
    run: Effect.gen(function* () {
      const links = yield* world
      for (const number of [1, 2]) yield* links.insert(link(number), `h${number}`)
      const found = yield* links.find(tenantId(1), linkId(2))
      assert.deepEqual(
        Option.map(found, ({ link }) => link),
        Option.some(link(2))
      )
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(2)), Option.some(link(2)))
      yield* links.save(link(1, { revokedAt: at(5) }))
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(2)), Option.some(link(2)))
    })
  },
  {
    name: "INV-12 the store itself refuses more uses than the link allows",
    run: Effect.gen(function* () {
      const links = yield* world
      const uow = yield* UnitOfWork
      yield* links.insert(link(1), "h1")
      assert.equal((yield* Effect.flip(uow.run(links.save(link(1, { uses: 4 }))))).isRetryable, false)
      assert.deepEqual(yield* links.findForUpdate(tenantId(1), linkId(1)), Option.some(link(1)))
      yield* links.save(link(1, { uses: 3 }))
    })
  },
  {
    name: "G-06 a tenant's list is newest first, goes on strictly after its key, and answers one row more than asked for",
    run: Effect.gen(function* () {
      const links = yield* world
      for (let n = 1; n <= 5; n++) {
        // two of the same instant are told apart by their ids
        yield* links.insert(link(n, { createdAt: at(n === 4 ? 3 : n) }), `h${n}`)
      }
      const ids = (rows: ReadonlyArray<{ readonly link: ShareableLink }>) => rows.map((row) => row.link.id)
      assert.deepEqual(ids(yield* links.list(tenantId(1), window(2))), [5, 4, 3].map(linkId))
      assert.deepEqual(ids(yield* links.list(tenantId(1), window(2, [at(3), linkId(4)]))), [3, 2, 1].map(linkId))
      assert.deepEqual(yield* links.list(tenantId(1), window(2, [at(1), linkId(1)])), [])
    })
  }
]

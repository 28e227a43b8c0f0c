import { strict as assert } from "node:assert"
import { Effect, Exit, Option, Schema } from "effect"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { TenantId } from "../../kernel/ids.ts"
import { type Link, LinkRepository } from "../../kernel/Links.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Suite } from "../Contract.ts"

const tenant = Schema.decodeSync(TenantId)("01890000-0000-7000-8000-0000000000a1")
const email = Schema.decodeSync(EmailAddress)("ada@example.com")

const link = (hash: string, over: Partial<Link> = {}): Link => ({
  hash,
  purpose: "invitation",
  subject: "s1",
  tenantId: tenant,
  email,
  credentialEpoch: null,
  issuedAt: fromMillis(1_700_000_000_000),
  expiresAt: fromMillis(1_700_000_010_000),
  usedAt: null,
  voidedAt: null,
  ...over
})

const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

/** What every `LinkRepository` keeps. */
export const LinkRepositoryContract: Suite<LinkRepository | UnitOfWork> = [
  {
    name: "a link is found as it was inserted, with and without a tenant and an epoch",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const plain = link("h1", { tenantId: null })
      const full = link("h2", { subject: "s2", credentialEpoch: 7, usedAt: at(5), voidedAt: at(6) })
      yield* links.insert(plain)
      yield* links.insert(full)
      assert.deepEqual(yield* links.find("invitation", "h1"), Option.some(plain))
      assert.deepEqual(yield* links.find("invitation", "h2"), Option.some(full))
      assert.deepEqual(yield* links.find("invitation", "h3"), Option.none())
    })
  },
  {
    name: "REG-09 of a purpose and subject the newest link is found that is neither used nor void, and no other's",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const newest = Effect.map(
        links.openOf("invitation", "s1"),
        Option.map(({ hash }) => hash)
      )
      assert.deepEqual(yield* newest, Option.none())
      yield* links.insert(link("h1", { usedAt: at(1) }))
      yield* links.insert(link("h2", { voidedAt: at(1) }))
      yield* links.insert(link("h3", { subject: "s2" }))
      yield* links.insert(link("h4", { purpose: "contact" }))
      assert.deepEqual(yield* newest, Option.none())
      const open = link("h5", { issuedAt: at(2), credentialEpoch: 4 })
      yield* links.insert(link("h6", { issuedAt: at(1) }))
      yield* links.insert(open)
      yield* links.insert(link("h7"))
      assert.deepEqual(yield* links.openOf("invitation", "s1"), Option.some(open))
      yield* links.voidOpen("invitation", "s1", at(3))
      assert.deepEqual(yield* newest, Option.none())
    })
  },
  {
    name: "a hash that is taken is a duplicate",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      yield* links.insert(link("h1"))
      assert.equal((yield* Effect.flip(links.insert(link("h1", { subject: "s2" })))).reason, "duplicate")
    })
  },
  {
    name: "TEN-09 every open link into a tenant can be voided at once, and no other one",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const other = Schema.decodeSync(TenantId)("01890000-0000-7000-8000-0000000000a2")
      yield* links.insert(link("h1"))
      yield* links.insert(link("h2", { purpose: "contact", subject: "s2" }))
      yield* links.insert(link("h3", { usedAt: at(1) }))
      yield* links.insert(link("h4", { tenantId: other }))
      yield* links.insert(link("h5", { tenantId: null }))
      assert.equal(yield* links.voidOfTenant(tenant, at(5)), 2)
      assert.equal(yield* links.voidOfTenant(tenant, at(6)), 0)
      const voided = (purpose: string, hash: string) =>
        Effect.map(links.find(purpose, hash), (found) => Option.getOrThrow(found).voidedAt)
      assert.equal(yield* voided("invitation", "h1"), at(5))
      assert.equal(yield* voided("contact", "h2"), at(5))
      for (const hash of ["h3", "h4", "h5"]) assert.equal(yield* voided("invitation", hash), null)
      assert.equal((yield* Effect.flip(links.redeem("invitation", "h1", at(7)))).reason, "conflict")
    })
  },
  {
    name: "R-TK-04 a link of another purpose is neither found, nor redeemed, nor voided",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      yield* links.insert(link("h1"))
      assert.deepEqual(yield* links.find("password-reset", "h1"), Option.none())
      assert.equal((yield* Effect.flip(links.redeem("password-reset", "h1", at(1)))).reason, "conflict")
      assert.equal(yield* links.voidOpen("password-reset", "s1", at(1)), 0)
      assert.deepEqual(yield* links.find("invitation", "h1"), Option.some(link("h1")))
    })
  },
  {
    name: "R-TK-03 a link is redeemed once",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      yield* links.insert(link("h1"))
      yield* links.insert(link("h2", { subject: "s2" }))
      yield* links.redeem("invitation", "h1", at(1))
      assert.equal((yield* Effect.flip(links.redeem("invitation", "h1", at(2)))).reason, "conflict")
      assert.deepEqual(yield* links.find("invitation", "h1"), Option.some(link("h1", { usedAt: at(1) })))
      assert.deepEqual(yield* links.find("invitation", "h2"), Option.some(link("h2", { subject: "s2" })))
    })
  },
  {
    name: "R-TK-03 V-08 of parallel redemptions one goes through",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const unit = yield* UnitOfWork
      for (let round = 0; round < 10; round++) {
        yield* links.insert(link(`h${round}`, { subject: `s${round}` }))
        const exits = yield* Effect.all(
          Array.from({ length: 8 }, () => Effect.exit(unit.run(links.redeem("invitation", `h${round}`, at(1))))),
          { concurrency: "unbounded" }
        )
        assert.equal(exits.filter(Exit.isSuccess).length, 1)
      }
    })
  },
  {
    name: "R-TK-06 a link is redeemed until the millisecond before its expiry, not at it",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      yield* links.insert(link("h1"))
      yield* links.insert(link("h2"))
      assert.equal((yield* Effect.flip(links.redeem("invitation", "h1", at(10_000)))).reason, "conflict")
      yield* links.redeem("invitation", "h1", at(9999))
      assert.equal((yield* Effect.flip(links.redeem("invitation", "h2", at(10_001)))).reason, "conflict")
    })
  },
  {
    name: "R-TK-08 a redemption that is rolled back leaves the link usable",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const unit = yield* UnitOfWork
      yield* links.insert(link("h1"))
      yield* Effect.exit(unit.run(Effect.andThen(links.redeem("invitation", "h1", at(1)), Effect.fail("refused"))))
      yield* links.redeem("invitation", "h1", at(2))
    })
  },
  {
    name: "a link that does not exist cannot be redeemed",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      assert.equal((yield* Effect.flip(links.redeem("invitation", "h1", at(1)))).reason, "conflict")
    })
  },
  {
    name: "R-TK-07 V-11 voiding takes the open links of this purpose and subject, and no others",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const used = link("used", { usedAt: at(1) })
      const others = [
        link("other subject", { subject: "s2" }),
        link("other purpose", { purpose: "password-reset" }),
        used
      ]
      yield* Effect.forEach([link("a"), link("b"), ...others], links.insert)
      assert.equal(yield* links.voidOpen("invitation", "s1", at(3)), 2)
      assert.deepEqual(yield* links.find("invitation", "a"), Option.some(link("a", { voidedAt: at(3) })))
      assert.equal((yield* Effect.flip(links.redeem("invitation", "b", at(4)))).reason, "conflict")
      for (const other of others) assert.deepEqual(yield* links.find(other.purpose, other.hash), Option.some(other))
      assert.equal(yield* links.voidOpen("invitation", "s1", at(5)), 0)
      assert.deepEqual(yield* links.find("invitation", "a"), Option.some(link("a", { voidedAt: at(3) })))
    })
  },
  {
    name: "R-TK-07 INV-11 links of several subjects are inserted together, and voided together, with those of no other subject or purpose",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      const used = link("used", { subject: "s2", usedAt: at(1) })
      const others = [
        link("other subject", { subject: "s3" }),
        link("other purpose", { purpose: "password-reset" }),
        used
      ]
      yield* links.insertAll([link("a"), link("b", { subject: "s2" }), ...others])
      yield* links.insertAll([])
      assert.equal((yield* Effect.flip(links.insertAll([link("a", { subject: "s9" })]))).reason, "duplicate")
      assert.equal(yield* links.voidOpenOf("invitation", ["s1", "s2", "unknown"], at(3)), 2)
      assert.deepEqual(yield* links.find("invitation", "b"), Option.some(link("b", { subject: "s2", voidedAt: at(3) })))
      assert.equal((yield* Effect.flip(links.redeem("invitation", "a", at(4)))).reason, "conflict")
      for (const other of others) assert.deepEqual(yield* links.find(other.purpose, other.hash), Option.some(other))
      assert.equal(yield* links.voidOpenOf("invitation", ["s1", "s2"], at(5)), 0)
      assert.equal(yield* links.voidOpenOf("invitation", [], at(5)), 0)
    })
  },
  {
    name: "R-TK-14 the purge deletes links whose time is over, used or not, oldest first, at most as many as told, and no others",
    run: Effect.gen(function* () {
      const links = yield* LinkRepository
      yield* links.insert(link("open", { subject: "s2", expiresAt: at(500_000) }))
      yield* links.insert(link("expired", { expiresAt: at(300) }))
      yield* links.insert(link("used", { subject: "s3", expiresAt: at(200) }))
      yield* links.redeem("invitation", "used", at(100))
      yield* links.insert(link("void", { subject: "s4", expiresAt: at(400) }))
      yield* links.voidOpen("invitation", "s4", at(10))
      const left = Effect.map(
        Effect.forEach(["open", "expired", "used", "void"], (hash) => links.find("invitation", hash)),
        (found) => found.flatMap((one) => (Option.isSome(one) ? [one.value.hash] : []))
      )
      assert.equal(yield* links.purge(at(200), 10), 0)
      assert.equal(yield* links.purge(at(301), 1), 1)
      assert.deepEqual(yield* left, ["open", "expired", "void"])
      assert.equal(yield* links.purge(at(401), 10), 2)
      assert.deepEqual(yield* left, ["open"])
    })
  }
]

import { inspect } from "node:util"
import { assert, describe, it } from "@effect/vitest"
import { Effect, Exit, Layer, Option, Redacted, Result, Schema } from "effect"
import { TestClock } from "effect/testing"
import * as fc from "fast-check"
import { Crypto } from "../../src/kernel/Crypto.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { TenantId } from "../../src/kernel/ids.ts"
import * as Links from "../../src/kernel/Links.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import * as Settings from "../../src/kernel/Settings.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import * as LinkRepository from "../../src/memory/LinkRepository.ts"
import { Store } from "../../src/memory/Store.ts"
import * as MemoryUnitOfWork from "../../src/memory/UnitOfWork.ts"
import { rounds } from "../support/rounds.ts"

const layer = () =>
  Layer.fresh(Layer.merge(LinkRepository.layer, MemoryUnitOfWork.layer).pipe(Layer.provideMerge(Store.layer))).pipe(
    Layer.merge(layerCryptoNode)
  )

const purpose = (name: string): Links.LinkPurpose => ({ name, path: `/${name}` })
const reset = purpose("password-reset")

const email = EmailAddress.make("ada@example.com")
const tenantId = TenantId.make("01890000-0000-7000-8000-0000000000a1")
const at = Instant.fromMillis

const issue = (over: Partial<Links.Issue> = {}, of: Links.LinkPurpose = reset) =>
  Links.issue(of, { subject: "account-1", email, now: at(0), lifetime: "1 hour", ...over })

/** What a use case does with a link that somebody brings. */
const use = Effect.fnUntraced(function* (of: Links.LinkPurpose, secret: Redacted.Redacted, now: Instant.Instant) {
  const link = yield* Links.open(of, secret, now)
  yield* Links.redeem(link, now)
  return link
})

const reasonOf = <A, R>(effect: Effect.Effect<A, unknown, R>) =>
  Effect.map(Effect.flip(effect), (error) => (error instanceof Links.LinkUnusable ? error.reason : String(error)))

describe("Links", () => {
  it.effect("R-TK-01 a secret is 256 random bits of the crypto port, and never the same", () =>
    Effect.gen(function* () {
      const crypto = yield* Crypto
      const asked: Array<number> = []
      const watching = Crypto.of({
        ...crypto,
        randomBytes: (count) => {
          asked.push(count)
          return crypto.randomBytes(count)
        }
      })
      const secrets = new Set<string>()
      for (let n = 0; n < 200; n++) {
        const { secret } = yield* Effect.provideService(issue({ subject: `s-${n}` }), Crypto, watching)
        assert.match(Redacted.value(secret), /^[A-Za-z0-9_-]{43}$/)
        secrets.add(Redacted.value(secret))
      }
      assert.deepStrictEqual([...new Set(asked)], [32])
      assert.strictEqual(secrets.size, 200)
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-02 R-TK-13 V-12 only a hash is stored, and the secret shows nowhere", () =>
    Effect.gen(function* () {
      const { link, secret } = yield* issue()
      const store = yield* Store
      const dump = JSON.stringify(store.committed())
      assert.include(dump, link.hash)
      assert.notInclude(dump, Redacted.value(secret))
      assert.match(link.hash, /^[0-9a-f]{64}$/)
      for (const text of [inspect(secret), String(secret), JSON.stringify({ secret })]) {
        assert.notInclude(text, Redacted.value(secret))
      }
      const error = yield* Effect.flip(use(purpose("other"), secret, at(0)))
      assert.notInclude(inspect(error, { depth: 9, showHidden: true }), Redacted.value(secret))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-04 V-09 every purpose against every redeemer: a secret opens its own purpose only", () =>
    Effect.gen(function* () {
      const purposes = [
        "registration",
        "password-reset",
        "invitation",
        "contact-email",
        "session",
        "registration\npassword-reset",
        "Invitation",
        ""
      ].map(purpose)
      for (const issued of purposes) {
        for (const redeemer of purposes) {
          const { link, secret } = yield* issue({}, issued)
          const exit = yield* Effect.exit(use(redeemer, secret, at(1)))
          assert.strictEqual(Exit.isSuccess(exit), issued === redeemer, `${issued.name} against ${redeemer.name}`)
          if (issued === redeemer) continue
          // whoever brings it to the wrong place does not use it up
          assert.deepStrictEqual(yield* Links.open(issued, secret, at(1)), link)
        }
      }
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-04 the purpose is part of the hash, so that a row that was moved opens nothing", () =>
    Effect.gen(function* () {
      const { link, secret } = yield* issue()
      const links = yield* Links.LinkRepository
      const other = purpose("invitation")
      const hash = yield* Links.hashSecret(other.name, secret)
      assert.notStrictEqual(hash, link.hash)
      assert.deepStrictEqual(yield* links.find(other.name, link.hash), Option.none())
      assert.strictEqual(yield* reasonOf(use(other, secret, at(1))), "unknown")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-03 V-08 F-12 a link opens once, also when many use it at once", () =>
    Effect.gen(function* () {
      const uow = yield* UnitOfWork
      for (let round = 0; round < rounds(20, 500); round++) {
        const { secret } = yield* issue({ subject: `s-${round}` })
        const exits = yield* Effect.all(
          Array.from({ length: 10 }, () =>
            Effect.exit(uow.run(Effect.andThen(Effect.yieldNow, use(reset, secret, at(1)))))
          ),
          { concurrency: "unbounded" }
        )
        assert.strictEqual(exits.filter(Exit.isSuccess).length, 1)
        assert.strictEqual(yield* reasonOf(use(reset, secret, at(2))), "used")
      }
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-05 a link carries what it was issued for", () =>
    Effect.gen(function* () {
      const { secret } = yield* issue({ tenantId, credentialEpoch: 7 })
      const link = yield* Links.open(reset, secret, at(0))
      assert.deepInclude(link, { subject: "account-1", email, tenantId, credentialEpoch: 7, issuedAt: at(0) })
      const { link: bare } = yield* issue({ subject: "s" })
      assert.deepInclude(bare, { tenantId: null, credentialEpoch: null })
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-06 F-14 V-10 at its expiry it is expired, and no clock that goes back brings it to life", () =>
    Effect.gen(function* () {
      yield* TestClock.setTime(1_000_000)
      const start = yield* Instant.now
      const { link, secret } = yield* issue({ now: start, lifetime: "10 minutes" })
      const expiry = link.expiresAt
      assert.strictEqual(expiry, start + 600_000)
      yield* TestClock.setTime(expiry - 1)
      yield* Links.open(reset, secret, yield* Instant.now)
      yield* TestClock.setTime(expiry)
      assert.strictEqual(yield* reasonOf(use(reset, secret, yield* Instant.now)), "expired")
      yield* TestClock.setTime(start)
      assert.strictEqual(yield* reasonOf(use(reset, secret, yield* Instant.now)), "expired")
    }).pipe(Effect.provide(layer()))
  )

  it.effect("V-10 whatever the clock does, a link is used only before its expiry", () =>
    Effect.promise(() =>
      fc.assert(
        fc.asyncProperty(
          fc.array(fc.nat(200), { minLength: 1, maxLength: 20 }),
          fc.integer({ min: 1, max: 100 }),
          (times, lifetime) =>
            Effect.runPromise(
              Effect.gen(function* () {
                const { link, secret } = yield* issue({ now: yield* Instant.now, lifetime })
                let highest = 0
                for (const time of times) {
                  yield* TestClock.setTime(time)
                  highest = Math.max(highest, time)
                  const exit = yield* Effect.exit(Links.open(reset, secret, yield* Instant.now))
                  assert.strictEqual(Exit.isSuccess(exit), highest < link.expiresAt)
                }
              }).pipe(Effect.provide(layer()), Effect.provide(TestClock.layer()))
            )
        ),
        { numRuns: 50 }
      )
    )
  )

  it.effect("R-TK-07 V-11 a newer link voids the older ones of its purpose and subject, and no others", () =>
    Effect.gen(function* () {
      const first = yield* issue()
      const otherSubject = yield* issue({ subject: "account-2" })
      const otherPurpose = yield* issue({}, purpose("contact-email"))
      const second = yield* issue({ now: at(5) })
      assert.strictEqual(yield* reasonOf(use(reset, first.secret, at(6))), "void")
      yield* use(reset, second.secret, at(6))
      yield* use(reset, otherSubject.secret, at(6))
      yield* use(purpose("contact-email"), otherPurpose.secret, at(6))
      const third = yield* issue({ now: at(7) })
      assert.strictEqual(yield* reasonOf(use(reset, second.secret, at(8))), "used")
      yield* use(reset, third.secret, at(8))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-08 a failed effect gives the link back, and a refused redemption does not burn it", () =>
    Effect.gen(function* () {
      const uow = yield* UnitOfWork
      const { secret } = yield* issue()
      for (const ending of [Effect.fail("no"), Effect.die("bug"), Effect.interrupt]) {
        const exit = yield* Effect.exit(uow.run(Effect.andThen(use(reset, secret, at(1)), ending)))
        assert.isTrue(Exit.isFailure(exit))
      }
      yield* use(reset, secret, at(2))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("R-TK-09 looking at a link changes nothing", () =>
    Effect.gen(function* () {
      const { secret } = yield* issue()
      const store = yield* Store
      const before = store.committed()
      for (let n = 0; n < 5; n++) yield* Links.open(reset, secret, at(1))
      assert.strictEqual(store.committed(), before)
      yield* use(reset, secret, at(1))
    }).pipe(Effect.provide(layer()))
  )

  it.effect("G-05 F-24 what is no secret of ours is unknown, whatever it is", () =>
    Effect.gen(function* () {
      yield* issue()
      const context = yield* Effect.context<Layer.Success<ReturnType<typeof layer>>>()
      yield* Effect.promise(() =>
        fc.assert(
          fc.asyncProperty(fc.string({ unit: "binary" }), async (text) => {
            const reason = await Effect.runPromiseWith(context)(reasonOf(use(reset, Redacted.make(text), at(1))))
            assert.strictEqual(reason, "unknown")
          })
        )
      )
      const decode = Schema.decodeUnknownResult(Links.LinkSecret)
      assert.isTrue(Result.isSuccess(decode(Redacted.make("x".repeat(200)))))
      assert.isTrue(Result.isFailure(decode(Redacted.make("x".repeat(201)))))
    }).pipe(Effect.provide(layer()))
  )

  it("R-TK-10 a link starts with the configured base, and its path can be set", () => {
    const secret = Redacted.make("s3cr3t")
    const settings = Settings.make({ links: { base: "https://portal.example", paths: { "password-reset": "/neu" } } })
    assert.strictEqual(Links.toUrl(settings, reset, secret), "https://portal.example/neu/s3cr3t")
    assert.strictEqual(Links.toUrl(settings, purpose("invitation"), secret), "https://portal.example/invitation/s3cr3t")
  })

  it("the reason a link opens nothing is the first that holds", () => {
    const link: Links.Link = {
      hash: "h",
      purpose: "p",
      subject: "s",
      tenantId: null,
      email,
      credentialEpoch: null,
      issuedAt: at(0),
      expiresAt: at(10),
      usedAt: null,
      voidedAt: null
    }
    const reason = (over: Partial<Links.Link>, now: number) =>
      Option.getOrUndefined(Option.map(Links.check({ ...link, ...over }, at(now)), (unusable) => unusable.reason))
    assert.strictEqual(reason({}, 9), undefined)
    assert.strictEqual(reason({}, 10), "expired")
    assert.strictEqual(reason({ voidedAt: at(1) }, 10), "void")
    assert.strictEqual(reason({ usedAt: at(1), voidedAt: at(1) }, 10), "used")
  })
})

import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import * as Instant from "../../src/kernel/Instant.ts"
import { delayAfter, drawSome, Limits, personalKey, sourceKey, toRow } from "../../src/kernel/Limits.ts"
import { layerCryptoNode } from "../../src/kernel/nodeCrypto.ts"
import * as MemoryLimits from "../../src/memory/Limits.ts"
import { Store } from "../../src/memory/Store.ts"
import { rounds } from "../support/rounds.ts"

describe("the source of a call as a budget", () => {
  it("LIM-01 R-RL-02 all addresses of one IPv6 network of 64 bits are one source (CVE-2026-45364)", () => {
    const one = "2001:db8:1:2::/64"
    for (const source of [
      "2001:db8:1:2::",
      "2001:db8:1:2::1",
      "2001:0DB8:0001:0002:0000:0000:0000:0001",
      "2001:db8:1:2:ffff:ffff:ffff:ffff",
      "2001:db8:1:2:3:4:192.0.2.1",
      " 2001:db8:1:2::5 ",
      "2001:db8:1:2::1%eth0"
    ]) {
      assert.strictEqual(sourceKey(source), one, source)
    }
    assert.strictEqual(sourceKey("2001:db8:1:3::1"), "2001:db8:1:3::/64")
    assert.strictEqual(sourceKey("2001:db8::1"), "2001:db8:0:0::/64")
    assert.strictEqual(sourceKey("::1"), "0:0:0:0::/64")
  })

  it("LIM-01 an IPv4 address is itself, however it is written", () => {
    for (const source of [
      "192.0.2.7",
      " 192.0.2.7",
      "::ffff:192.0.2.7",
      "::FFFF:c000:207",
      "0:0:0:0:0:ffff:c000:0207"
    ]) {
      assert.strictEqual(sourceKey(source), "192.0.2.7", source)
    }
    assert.notStrictEqual(sourceKey("192.0.2.7"), sourceKey("192.0.2.8"))
    assert.strictEqual(sourceKey("192.000.002.007"), "192.0.2.7")
  })

  it("LIM-01 what is no address shares one budget", () => {
    for (const source of [
      undefined,
      "",
      "unknown",
      "192.0.2",
      "192.0.2.256",
      "1.2.3.4.5",
      "192.0.2.1:80",
      "[2001:db8::1]",
      "2001:db8::1::2",
      "2001:db8:1:2:3:4:5:6:7",
      "2001:db8::g",
      "localhost",
      "%",
      "a".repeat(100_000),
      ":".repeat(100_000),
      "\u0000",
      "192.0.2.1, 192.0.2.2"
    ]) {
      assert.strictEqual(sourceKey(source), "unknown")
    }
  })

  it("R-SC-07 any text has a short key without spaces", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.ipV4(), fc.ipV6(), fc.webUrl()), (source) => {
        const key = sourceKey(source)
        assert.match(key, /^(?:unknown|\d{1,3}(?:\.\d{1,3}){3}|[0-9a-f]{1,4}(?::[0-9a-f]{1,4}){3}::\/64)$/)
      }),
      { numRuns: rounds(1000, 50_000) }
    )
  })

  it("LIM-01 the last 64 bits of an IPv6 address make no difference, the first 64 do", () => {
    const group = fc.nat(0xffff).map((n) => n.toString(16))
    const half = fc.tuple(group, group, group, group).map((groups) => groups.join(":"))
    fc.assert(
      fc.property(half, half, half, half, (network, other, a, b) => {
        // the networks of IPv4 addresses are another matter
        fc.pre(!network.startsWith("0:0:0:0") && !other.startsWith("0:0:0:0"))
        assert.strictEqual(sourceKey(`${network}:${a}`), sourceKey(`${network}:${b}`))
        assert.strictEqual(sourceKey(`${network}:${a}`) === sourceKey(`${other}:${a}`), network === other)
      })
    )
  })
})

describe("a rule", () => {
  it("LIM-01 is given to the store in milliseconds", () => {
    assert.deepStrictEqual(
      toRow({
        key: "k",
        limit: { max: 9, window: "1 hour", delay: { free: 5, base: "2 seconds", cap: "15 minutes" } }
      }),
      { key: "k", amount: 1, max: 9, window: 3_600_000, free: 5, base: 2000, cap: 900_000 }
    )
    const plain = toRow({ key: "k", limit: { max: 9, window: "1 hour" } })
    for (const count of [0, 1, 9, 1000]) assert.strictEqual(delayAfter(plain, count), 0)
  })

  it("AUT-08 R-RL-04 the delay grows up to its cap and never beyond", () => {
    const rule = toRow({
      key: "k",
      limit: { max: 100, window: "1 day", delay: { free: 5, base: "2 seconds", cap: "15 minutes" } }
    })
    assert.deepStrictEqual(
      [0, 4, 5, 6, 7, 12, 13, 14, 99, 10_000].map((count) => delayAfter(rule, count)),
      [0, 0, 2000, 4000, 8000, 256_000, 512_000, 900_000, 900_000, 900_000]
    )
  })
})

describe("a draw for some attempts of many", () => {
  const now = Instant.fromMillis(0)
  const rule = { key: "mails", limit: { max: 5, window: "1 day" } } as const

  it.effect(
    "LIM-01 INV-11 begins again when somebody else has drawn since it looked, and none passes beyond the limit",
    () =>
      Effect.gen(function* () {
        const limits = yield* Limits
        const draw = (between: Effect.Effect<unknown, unknown>) =>
          drawSome([rule], (left) => Effect.as(Effect.orDie(between), left), now)
        const others = limits.take([toRow({ ...rule, amount: 2 })], now)
        const error = yield* Effect.flip(draw(others))
        assert.isTrue(error.reason === "conflict" && error.isRetryable)
        assert.strictEqual((yield* limits.room([toRow(rule)], now)).left, 3)
        yield* draw(Effect.void)
        assert.strictEqual((yield* limits.room([toRow(rule)], now)).left, 0)
      }).pipe(Effect.provide(MemoryLimits.layer), Effect.provide(Store.layer))
  )
})

describe("a budget of something personal", () => {
  it.effect("V-12 holds neither the address nor a digest that other budgets share", () =>
    Effect.gen(function* () {
      const one = yield* personalKey("mail", "ada@example.com")
      assert.match(one, /^mail:[A-Za-z0-9_-]{43}$/)
      assert.strictEqual(yield* personalKey("mail", "ada@example.com"), one)
      const other = yield* personalKey("sign-in", "ada@example.com")
      assert.notStrictEqual(other.split(":")[1], one.split(":")[1])
    }).pipe(Effect.provide(layerCryptoNode))
  )
})

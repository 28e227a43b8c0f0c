import { assert, describe, it } from "@effect/vitest"
import * as fc from "fast-check"
import { absoluteEnd, endOf, isLive, isTouchDue, renewed } from "../../src/accounts/Session.ts"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { defaults, make } from "../../src/kernel/Settings.ts"
import { session as sample } from "../../src/testing/accountSamples.ts"

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
const START = fromMillis(1_700_000_000_000)
const at = (offset: number) => fromMillis(START + offset)

const session = (over: Partial<ReturnType<typeof sample>>) => {
  const begun = sample(1, { createdAt: START, lastSeenAt: START, authenticatedAt: START, ...over })
  return { ...begun, expiresAt: endOf(begun, defaults), ...over }
}

describe("Session", () => {
  const kinds = [
    { name: "usual", over: {}, idle: HOUR, absolute: 30 * DAY },
    { name: "stay signed in", over: { staySignedIn: true }, idle: 14 * DAY, absolute: 30 * DAY },
    { name: "second factor", over: { strict: true }, idle: HOUR, absolute: DAY },
    { name: "second factor, stay signed in", over: { strict: true, staySignedIn: true }, idle: HOUR, absolute: DAY }
  ]

  it("AUT-03 R-SE-03 each kind of session ends at its idle limit and at its absolute limit, not a moment before", () => {
    for (const { absolute, idle, name, over } of kinds) {
      assert.strictEqual(isLive(session(over), defaults, at(idle - 1)), true, name)
      assert.strictEqual(isLive(session(over), defaults, at(idle)), false, name)
      const used = session({ ...over, lastSeenAt: at(absolute - 1) })
      assert.strictEqual(used.expiresAt, at(absolute), name)
      assert.strictEqual(isLive(used, defaults, at(absolute - 1)), true, name)
      assert.strictEqual(isLive(used, defaults, at(absolute)), false, name)
      assert.strictEqual(absoluteEnd(session(over), defaults), at(absolute), name)
    }
  })

  it("AUT-03 limits that the operator shortens hold at once, longer ones from the next use on", () => {
    const shorter = make({ sessions: { idle: "5 minutes" } })
    assert.strictEqual(isLive(session({}), shorter, at(5 * MINUTE - 1)), true)
    assert.strictEqual(isLive(session({}), shorter, at(5 * MINUTE)), false)
    const longer = make({ sessions: { idle: "2 hours" } })
    assert.strictEqual(isLive(session({}), longer, at(HOUR)), false)
  })

  it("AUT-03 a use is written down once a minute", () => {
    assert.strictEqual(isTouchDue(session({}), defaults, at(MINUTE - 1)), false)
    assert.strictEqual(isTouchDue(session({}), defaults, at(MINUTE)), true)
  })

  it("AUT-03 a session that becomes a strict one begins anew, every other one keeps its begin", () => {
    const old = session({ staySignedIn: true, lastSeenAt: at(2 * DAY) })
    const strict = renewed(old, { credentialEpoch: 1, strict: true }, defaults, at(2 * DAY))
    assert.deepStrictEqual(
      [strict.createdAt, strict.expiresAt, strict.credentialEpoch, strict.secondFactor],
      [at(2 * DAY), at(2 * DAY + HOUR), 1, false]
    )
    const again = renewed(strict, { credentialEpoch: 2, strict: true }, defaults, at(2 * DAY + 30 * MINUTE))
    assert.deepStrictEqual(
      [again.createdAt, again.lastSeenAt, again.expiresAt],
      [at(2 * DAY), at(2 * DAY + 30 * MINUTE), at(2 * DAY + 90 * MINUTE)]
    )
    const kept = renewed(old, { credentialEpoch: 1 }, defaults, at(3 * DAY))
    assert.deepStrictEqual([kept.createdAt, kept.authenticatedAt, kept.expiresAt], [START, START, at(17 * DAY)])
  })

  it("V-20 whatever the uses, no session passes at or after its absolute limit, or unused for its idle limit", () => {
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        fc.array(fc.nat({ max: 20 * DAY }), { maxLength: 60 }),
        (strict, staySignedIn, pauses) => {
          let current = session({ strict, staySignedIn })
          let now = 0
          for (const pause of pauses) {
            now += pause
            const live = isLive(current, defaults, at(now))
            const idle = strict ? HOUR : staySignedIn ? 14 * DAY : HOUR
            const absolute = strict ? DAY : 30 * DAY
            assert.strictEqual(live, pause < idle && now < absolute)
            if (!live) return
            const used = { ...current, lastSeenAt: at(now) }
            current = { ...used, expiresAt: endOf(used, defaults) }
          }
        }
      )
    )
  })
})

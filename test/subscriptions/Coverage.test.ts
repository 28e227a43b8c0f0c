import { assert, describe, it } from "@effect/vitest"
import { Result } from "effect"
import * as Coverage from "../../src/subscriptions/Coverage.ts"
import { explain, type Facts } from "../../src/subscriptions/Entitlement.ts"
import { empty } from "../../src/subscriptions/Subscription.ts"
import {
  accountId,
  cancelled,
  coverage,
  coverageId,
  day,
  paid,
  renewed,
  settings,
  subscription,
  team
} from "./samples.ts"

const coveredOn = (someTeam: Coverage.Team, n: number) =>
  Coverage.covered(settings, someTeam, day(n)).map(({ memberId }) => Number(memberId.slice(-3)) - 100)

const factsOf = (accountOf: number, own: Coverage.Team, ...memberOf: ReadonlyArray<Coverage.Team>): Facts => ({
  accountId: accountId(accountOf),
  own,
  memberOf
})

const nothing = (n: number): Coverage.Team => ({ subscription: empty(accountId(n)), coverages: [] })

describe("coverage in time", () => {
  it("TMA-01 reaches from its day to the end of the primary's period, never beyond", () => {
    const covering = team([paid("team", 0, 30), renewed("team", 30, 60, { at: day(25) })], [coverage(1, 10, 30)])
    assert.deepStrictEqual(
      [9, 10, 29, 30, 45].map((n) => coveredOn(covering, n)),
      [[], [1], [1], [], []]
    )
  })

  it("TMA-01 does not pass to a period that is paid in place of the one that was decided on", () => {
    const early = team([paid("team", 0, 30), renewed("team", 20, 50)], [coverage(1, 10, 30)])
    assert.deepStrictEqual(
      [19, 20, 29].map((n) => coveredOn(early, n)),
      [[1], [], []]
    )
  })

  it("TMA-01 does not reach into another period that turns out late to have been paid all the time", () => {
    const late = team([paid("team", 0, 30), paid("team", 5, 60)], [coverage(1, 10, 30)])
    assert.deepStrictEqual(
      [10, 29, 45].map((n) => coveredOn(late, n)),
      [[], [], []]
    )
  })

  it("TMA-02 in a self-service plan goes on with each renewal, over a late payment, until one side ends it", () => {
    const events = [paid("agency", 0, 30), renewed("agency", 30, 60), renewed("agency", 66, 96)]
    const going = team(events, [coverage(1, 10, null)])
    assert.deepStrictEqual(
      [29, 30, 59, 60, 65, 66, 95, 96].map((n) => coveredOn(going, n)),
      [[1], [1], [1], [], [], [1], [1], []]
    )
    const ended = team(events, [coverage(1, 10, null, { endedAt: day(40), endReason: "member" })])
    assert.deepStrictEqual(
      [39, 40, 70].map((n) => coveredOn(ended, n)),
      [[1], [], []]
    )
  })

  it("TMA-06 ends with the primary's subscription, and a new subscription does not bring it back", () => {
    const cut = team([paid("team", 0, 30), cancelled(15, 15), paid("team", 20, 30)], [coverage(1, 10, 30)])
    assert.deepStrictEqual(
      [14, 15, 25].map((n) => coveredOn(cut, n)),
      [[1], [], []]
    )
    const lapsed = team([paid("agency", 0, 30), paid("agency", 44, 74)], [coverage(1, 10, null)])
    assert.deepStrictEqual(
      [29, 30, 50].map((n) => coveredOn(lapsed, n)),
      [[1], [], []]
    )
    const left = team([paid("agency", 0, 30), cancelled(5, 30), paid("agency", 31, 61)], [coverage(1, 10, null)])
    assert.deepStrictEqual(
      [29, 40].map((n) => coveredOn(left, n)),
      [[1], []]
    )
  })

  it("TMA-04 what renewed in a self-service plan ends with the first period of a plan that staff connect members to", () => {
    const moved = team([paid("agency", 0, 30), renewed("team", 30, 60)], [coverage(1, 10, null)])
    assert.deepStrictEqual(
      [29, 30].map((n) => coveredOn(moved, n)),
      [[1], []]
    )
    const inside = team(
      [paid("agency", 0, 30), paid("team", 15, 30), renewed("agency", 30, 60)],
      [coverage(1, 10, null)]
    )
    assert.deepStrictEqual(
      [20, 29, 30].map((n) => coveredOn(inside, n)),
      [[1], [1], []]
    )
  })

  it("TMA-07 after a downgrade the oldest stay, in the order of their confirmation, until the primary chooses", () => {
    const members = [
      coverage(1, 10, 30, { decidedAt: day(12) }),
      coverage(2, 10, 30, { decidedAt: day(11) }),
      coverage(3, 10, 30, { decidedAt: day(13) })
    ]
    const down = team([paid("crowd", 0, 30), paid("pair", 20, 30)], members)
    assert.deepStrictEqual(
      [19, 20].map((n) => coveredOn(down, n)),
      [[2, 1, 3], [2]]
    )
    const chosen = Result.getOrThrow(Coverage.choose(settings, down, [coverageId(3)], day(21)))
    assert.deepStrictEqual(
      chosen.map(({ endedAt, endReason, id }) => [id, endedAt, endReason]),
      [
        [coverageId(2), day(21), "choice"],
        [coverageId(1), day(21), "choice"]
      ]
    )
    const after = { ...down, coverages: members.map((one) => chosen.find(({ id }) => id === one.id) ?? one) }
    assert.deepStrictEqual(coveredOn(after, 21), [3])
    for (const wrong of [[coverageId(1), coverageId(3)], [coverageId(9)]]) {
      assert.strictEqual(
        Result.getOrThrow(Result.flip(Coverage.choose(settings, down, wrong, day(21))))._tag,
        "ChoiceDoesNotFit"
      )
    }
  })
})

describe("a decision", () => {
  const slotOn = (events: Parameters<typeof team>[0], n: number, askedForNext: number | null = null) =>
    Coverage.slotFor(settings, subscription(...events), askedForNext === null ? null : day(askedForNext), day(n))

  it("TMA-05 is for the current period, or for the next one when it was asked for in the last seven days", () => {
    const one = [paid("team", 0, 30)]
    const two = [...one, renewed("team", 30, 60, { at: day(28) })]
    assert.deepStrictEqual(Result.getOrThrow(slotOn(one, 5)), { term: "period", from: day(5), periodEnds: day(30) })
    assert.deepStrictEqual(Result.getOrThrow(slotOn(one, 25, 30)), { term: "next", from: day(30), periodEnds: null })
    assert.deepStrictEqual(Result.getOrThrow(slotOn(two, 28, 30)), {
      term: "period",
      from: day(30),
      periodEnds: day(60)
    })
    // decided late: the period that was asked for runs
    assert.deepStrictEqual(Result.getOrThrow(slotOn(two, 35, 30)), {
      term: "period",
      from: day(35),
      periodEnds: day(60)
    })
    assert.deepStrictEqual(Result.getOrThrow(slotOn(one, 33, 30)), { term: "next", from: day(30), periodEnds: null })
    assert.deepStrictEqual(
      [22, 23, 29, 30].map((n) => Coverage.inLastDays(settings, day(30), day(n))),
      [false, true, true, false]
    )
  })

  it("TMA-05 is not possible where no period is paid or awaited", () => {
    for (const attempt of [
      slotOn([], 5),
      slotOn([paid("team", 0, 30)], 31),
      slotOn([paid("team", 0, 30)], 45, 30),
      slotOn([paid("team", 0, 30), cancelled(26, 30)], 31, 30)
    ]) {
      assert.strictEqual(Result.getOrThrow(Result.flip(attempt))._tag, "NoPaidPeriod")
    }
  })

  it("TMA-02 needs the feature in the plan, a free place, and a member who is not connected for that time", () => {
    const roomOn = (someTeam: Coverage.Team, n: number, member: number) =>
      Result.match(
        Result.flatMap(Coverage.slotFor(settings, someTeam.subscription, null, day(n)), (slot) =>
          Coverage.roomFor(settings, someTeam, slot, accountId(member))
        ),
        { onSuccess: ({ place }) => String(place), onFailure: (error) => error._tag }
      )
    const events = [paid("team", 0, 30)]
    assert.strictEqual(roomOn(team([paid("alone", 0, 30)], []), 5, 101), "FeatureNotIncluded")
    assert.strictEqual(roomOn(team(events, [coverage(0, 2, 30)]), 5, 101), "1")
    assert.strictEqual(roomOn(team(events, [coverage(1, 2, 30)]), 5, 102), "0")
    assert.strictEqual(roomOn(team(events, [coverage(1, 2, 30)]), 5, 101), "AlreadyConnected")
    assert.strictEqual(roomOn(team(events, [coverage(0, 2, 30), coverage(1, 2, 30)]), 5, 102), "NoPlaceLeft")
    const gone = coverage(1, 2, 30, { endedAt: day(4), endReason: "member" })
    assert.strictEqual(roomOn(team(events, [coverage(0, 2, 30), gone]), 5, 101), "1")
  })

  it("TMA-02 sees what is wrong on the member's side", () => {
    const theirs = (own: Coverage.Team, ...memberOf: ReadonlyArray<Coverage.Team>) =>
      Coverage.obstacleOf(settings, accountId(1), { accountId: accountId(101), own, memberOf }, day(5))
    const elsewhere = (over = {}): Coverage.Team => ({
      subscription: { ...subscription(paid("team", 0, 30)), accountId: accountId(2) },
      coverages: [coverage(1, 2, 30, { primaryId: accountId(2), ...over })]
    })
    assert.strictEqual(theirs(nothing(101)), null)
    assert.strictEqual(theirs(nothing(101), elsewhere()), "covered-elsewhere")
    assert.strictEqual(theirs(nothing(101), elsewhere({ endedAt: day(4), endReason: "member" })), null)
    const awaited = elsewhere({ term: "next", from: day(30), periodEnds: null, place: null, places: null })
    assert.strictEqual(theirs(nothing(101), awaited), "covered-elsewhere")
    const ownMembers = team([paid("team", 0, 30)], [coverage(7, 2, 30)])
    assert.strictEqual(theirs(ownMembers), "has-members")
    // by now nobody shares it any more
    assert.strictEqual(theirs(team([paid("team", -30, 0)], [coverage(7, -20, 0)])), null)
    assert.strictEqual(
      Coverage.obstacleOf(
        settings,
        accountId(101),
        { accountId: accountId(101), own: nothing(101), memberOf: [] },
        day(5)
      ),
      "same-account"
    )
    // the same primary is no obstacle: that is a matter of the period
    assert.strictEqual(theirs(nothing(101), team([paid("team", 0, 30)], [coverage(1, 2, 30)])), null)
  })

  it("TMA-06 is ended by one of its two sides, once, and by nobody else", () => {
    const one = coverage(1, 2, 30)
    assert.deepInclude(Result.getOrThrow(Coverage.end(one, accountId(1), day(4))), {
      endedAt: day(4),
      endReason: "primary"
    })
    const byMember = Result.getOrThrow(Coverage.end(one, accountId(101), day(4)))
    assert.strictEqual(byMember.endReason, "member")
    for (const refused of [Coverage.end(one, accountId(102), day(4)), Coverage.end(byMember, accountId(1), day(5))]) {
      assert.strictEqual(Result.getOrThrow(Result.flip(refused))._tag, "NotFound")
    }
  })
})

describe("what is due by time", () => {
  const review = (someTeam: Coverage.Team, n: number) =>
    Coverage.review(settings, someTeam, day(n)).map((change) =>
      change._tag === "Ended" ? `Ended ${change.coverage.endReason}` : change._tag
    )

  it("TMA-04 both are told seven days before the end and at the end, once each", () => {
    const events = [paid("team", 0, 30), renewed("team", 30, 60)]
    const one = coverage(1, 2, 30)
    const fresh = team(events, [one])
    assert.deepStrictEqual(
      [22, 23, 29, 30, 31].map((n) => review(fresh, n)),
      [[], ["Warned"], ["Warned"], ["Ended time"], ["Ended time"]]
    )
    assert.strictEqual(Coverage.reviewDue(settings, fresh, day(5)), day(23))
    const warned = team(events, [{ ...one, warnedAt: day(23) }])
    assert.deepStrictEqual(
      [23, 29, 30].map((n) => review(warned, n)),
      [[], [], ["Ended time"]]
    )
    assert.strictEqual(Coverage.reviewDue(settings, warned, day(23)), day(30))
    const ended = team(events, [{ ...one, endedAt: day(30), endReason: "time" }])
    assert.deepStrictEqual(review(ended, 31), [])
    assert.strictEqual(Coverage.reviewDue(settings, ended, day(31)), null)
  })

  it("TMA-05 a promise begins when the next period is paid, lapses when it is not, and needs a place", () => {
    const promise = (n: number) =>
      coverage(n, 30, null, { term: "next", decidedAt: day(25), place: null, places: null })
    assert.deepStrictEqual(
      [29, 35, 43, 44].map((n) => review(team([paid("team", 0, 30)], [promise(1)]), n)),
      [[], [], [], ["Ended unpaid"]]
    )
    assert.deepStrictEqual(review(team([paid("team", 0, 30), cancelled(28, 30)], [promise(1)]), 30), ["Ended unpaid"])
    const next = team([paid("team", 0, 30), renewed("pair", 33, 63)], [promise(1), promise(2)])
    const [first, second] = Coverage.review(settings, next, day(33))
    assert.deepInclude(first, { _tag: "Started" })
    assert.deepInclude(first?.coverage, { term: "period", from: day(33), periodEnds: day(63), place: 0, places: 1 })
    assert.strictEqual(second?.coverage.endReason, "no-place")
  })

  it("TMA-06 coverage that the primary's end has cut is told as such", () => {
    const cut = team([paid("team", 0, 30), cancelled(15, 15)], [coverage(1, 2, 30)])
    assert.deepStrictEqual(review(cut, 15), ["Ended unpaid"])
    const renewing = team([paid("agency", 0, 30)], [coverage(1, 2, null)])
    assert.deepStrictEqual(
      [25, 30, 43, 44].map((n) => review(renewing, n)),
      [[], [], [], ["Ended unpaid"]]
    )
    assert.strictEqual(Coverage.reviewDue(settings, renewing, day(5)), day(44))
    const leaving = team([paid("agency", 0, 30), cancelled(5, 30)], [coverage(1, 2, null)])
    assert.deepStrictEqual(
      [22, 23, 30].map((n) => review(leaving, n)),
      [[], ["Warned"], ["Ended unpaid"]]
    )
  })
})

describe("entitlement", () => {
  const member = team([paid("team", 0, 30)], [coverage(1, 10, 30)])

  it("SUB-03 is explained by the subscription, the trial or the coverage that it comes from", () => {
    const own = { subscription: { ...subscription(paid("team", 0, 30)) }, coverages: [] }
    assert.deepStrictEqual(explain(settings, factsOf(1, own), "work", day(5)), {
      _tag: "Subscription",
      plan: "team",
      until: day(30)
    })
    const trial: Coverage.Team = {
      subscription: { ...subscription(), trial: { plan: "team", from: day(0), until: day(14) } },
      coverages: []
    }
    assert.deepStrictEqual(explain(settings, factsOf(1, trial), "work", day(5)), {
      _tag: "Trial",
      plan: "team",
      until: day(14)
    })
    assert.deepStrictEqual(explain(settings, factsOf(101, nothing(101), member), "work", day(15)), {
      _tag: "Coverage",
      plan: "team",
      until: day(30),
      primaryId: accountId(1),
      coverageId: coverageId(1)
    })
  })

  it("SUB-03 says what is missing", () => {
    const missing = (facts: Facts, feature: string, n: number) => {
      const found = explain(settings, facts, feature, day(n))
      return found._tag === "Missing" ? found.what : found._tag
    }
    const own = team([paid("team", 0, 30)], [])
    assert.strictEqual(missing(factsOf(5, nothing(5)), "work", 5), "subscription")
    assert.strictEqual(missing(factsOf(1, own), "play", 5), "feature")
    assert.strictEqual(missing(factsOf(1, own), "work", 31), "payment")
    assert.strictEqual(missing(factsOf(1, own), "work", 60), "ended")
    const down = team([paid("team", 0, 30), paid("pair", 20, 30)], [coverage(0, 5, 30), coverage(1, 10, 30)])
    assert.strictEqual(missing(factsOf(101, nothing(101), down), "work", 19), "Coverage")
    assert.strictEqual(missing(factsOf(101, nothing(101), down), "work", 20), "place")
    assert.strictEqual(missing(factsOf(101, nothing(101), member), "work", 30), "subscription")
  })

  it("SUB-03 TMA-02 places for team members come from what is paid for only, not from a trial or a shared plan", () => {
    const entitled = (facts: Facts) => explain(settings, facts, "team-members", day(12))._tag
    assert.strictEqual(entitled(factsOf(1, member)), "Subscription")
    assert.strictEqual(entitled(factsOf(101, nothing(101), member)), "Missing")
    const trial: Coverage.Team = {
      subscription: { ...subscription(), trial: { plan: "team", from: day(0), until: day(14) } },
      coverages: []
    }
    assert.strictEqual(entitled(factsOf(1, trial)), "Missing")
    assert.strictEqual(entitled(factsOf(1, team([paid("alone", 0, 30)], []))), "Missing")
  })
})

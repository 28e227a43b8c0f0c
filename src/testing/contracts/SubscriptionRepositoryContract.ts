import { strict as assert } from "node:assert"
import { Effect, Option, Schema } from "effect"
import type { Account } from "../../accounts/Account.ts"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import { EmailAddress } from "../../kernel/EmailAddress.ts"
import { fromMillis } from "../../kernel/Instant.ts"
import { AccountId, CoverageId, ShortNumber } from "../../kernel/ids.ts"
import { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import type { Coverage } from "../../subscriptions/Coverage.ts"
import type { Facts } from "../../subscriptions/Entitlement.ts"
import { type BillingEvent, empty } from "../../subscriptions/Subscription.ts"
import { type MemberKey, SubscriptionRepository } from "../../subscriptions/SubscriptionRepository.ts"
import type { Suite } from "../Contract.ts"

const uuid = (kind: string, n: number) => `01890000-0000-7000-8000-${kind}${String(n).padStart(10, "0")}`
const accountId = (n: number) => AccountId.make(uuid("aa", n))
const coverageId = (n: number) => CoverageId.make(uuid("cc", n))
const address = Schema.decodeSync(EmailAddress)
const at = (offset: number) => fromMillis(1_700_000_000_000 + offset)

const account = (n: number): Account => ({
  id: accountId(n),
  number: ShortNumber.make(`A000000${n}`),
  email: address(`person${n}@example.com`),
  firstName: "Ada",
  lastName: `No${n}`,
  locale: n === 2 ? "en" : "de",
  companyName: null,
  state: "active",
  credentialEpoch: 0,
  createdAt: at(0),
  emailChangedAt: null
})

const coverage = (n: number, over: Partial<Coverage> = {}): Coverage => ({
  id: coverageId(n),
  primaryId: accountId(1),
  memberId: accountId(2),
  term: "period",
  from: at(10),
  periodEnds: at(1000),
  decidedAt: at(n),
  place: n,
  places: 9,
  warnedAt: null,
  endedAt: null,
  endReason: null,
  ...over
})

const events = (owner: number): ReadonlyArray<BillingEvent> => {
  const common = { accountId: accountId(owner), at: at(5) }
  return [
    { type: "paid", id: `${owner}-1`, ...common, plan: "pro", from: at(0), until: at(1000) },
    { type: "renewed", id: `${owner}-2`, ...common, at: at(6), plan: "team", from: at(1000), until: at(2000) },
    { type: "failed", id: `${owner}-3`, ...common, at: at(7) },
    { type: "cancelled", id: `${owner}-4`, ...common, at: at(8), endsAt: at(2000) }
  ]
}

/** Four accounts; the first two have the root rows of subscriptions. */
const world = Effect.gen(function* () {
  const accounts = yield* AccountRepository
  const subscriptions = yield* SubscriptionRepository
  const unit = yield* UnitOfWork
  for (const n of [1, 2, 3, 4]) yield* accounts.insert(account(n), null)
  yield* unit.run(subscriptions.factsForUpdate([accountId(1), accountId(2)], at(0)))
  return subscriptions
})

const one = (facts: ReadonlyArray<Facts>): Facts => {
  const [first] = facts
  assert(first !== undefined)
  return first
}

const ids = (coverages: ReadonlyArray<Coverage>) => coverages.map(({ id }) => id)
const window = (limit: number, after?: MemberKey) => ({ after: Option.fromUndefinedOr(after), limit })

/** What every `SubscriptionRepository` keeps. */
export const SubscriptionRepositoryContract: Suite<SubscriptionRepository | AccountRepository | UnitOfWork> = [
  {
    name: "an account without anything has empty facts, and locking makes its row once",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const unit = yield* UnitOfWork
      const nothing: Facts = {
        accountId: accountId(3),
        own: { subscription: empty(accountId(3)), coverages: [] },
        memberOf: []
      }
      assert.deepEqual(yield* subscriptions.facts([accountId(3)], at(0)), [nothing])
      for (const _ of [1, 2]) {
        assert.deepEqual(yield* unit.run(subscriptions.factsForUpdate([accountId(3)], at(0))), [nothing])
      }
      assert.deepEqual(yield* subscriptions.facts([], at(0)), [])
    })
  },
  {
    name: "a subscription is found as it was saved, with its events as a set, and no other account's",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      for (const event of [...events(1), ...events(2)]) yield* subscriptions.insertEvent(event)
      const saved = {
        ...empty(accountId(1)),
        trial: { plan: "pro", from: at(1), until: at(50) },
        trialEndTold: true,
        dueAt: at(50)
      }
      yield* subscriptions.save(saved)
      const [first, second] = yield* subscriptions.facts([accountId(1), accountId(2)], at(0))
      assert(first !== undefined && second !== undefined)
      const { events: found, ...rest } = first.own.subscription
      const { events: _, ...expected } = { ...saved, version: 1 }
      assert.deepEqual(rest, expected)
      assert.deepEqual(
        [...found].sort((a, b) => (a.id < b.id ? -1 : 1)),
        events(1)
      )
      assert.deepEqual(
        new Set(second.own.subscription.events.map(({ id }) => id)),
        new Set(events(2).map(({ id }) => id))
      )
    })
  },
  {
    name: "of two changes of one version the second one conflicts",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      yield* subscriptions.save(empty(accountId(1)))
      assert.equal((yield* Effect.flip(subscriptions.save(empty(accountId(1))))).reason, "conflict")
      assert.equal((yield* Effect.flip(subscriptions.save(empty(accountId(4))))).reason, "conflict")
      yield* subscriptions.save({ ...empty(accountId(1)), version: 1 })
    })
  },
  {
    name: "an event's id is there once, of whatever account",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const [event] = events(1)
      assert(event !== undefined)
      yield* subscriptions.insertEvent(event)
      assert.equal((yield* Effect.flip(subscriptions.insertEvent(event))).reason, "duplicate")
      const foreign = { ...event, accountId: accountId(2) }
      assert.equal((yield* Effect.flip(subscriptions.insertEvent(foreign))).reason, "duplicate")
      assert.equal(yield* subscriptions.accountOfEvent(event.id), accountId(1))
      assert.equal(yield* subscriptions.accountOfEvent("unknown"), null)
    })
  },
  {
    name: "a member's facts hold the whole team of each primary, and nothing of any other",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const unit = yield* UnitOfWork
      yield* unit.run(subscriptions.factsForUpdate([accountId(4)], at(0)))
      for (const event of events(1)) yield* subscriptions.insertEvent(event)
      const shared = coverage(1, { memberId: accountId(3) })
      const sibling = coverage(2, { memberId: accountId(2) })
      const foreign = coverage(3, { primaryId: accountId(4), memberId: accountId(2) })
      for (const row of [sibling, shared, foreign]) yield* subscriptions.insertCoverage(row)
      const member = one(yield* subscriptions.facts([accountId(3)], at(0)))
      assert.deepEqual(member.own.coverages, [])
      assert.equal(member.memberOf.length, 1)
      assert.equal(member.memberOf[0]?.subscription.events.length, 4)
      assert.deepEqual(member.memberOf[0]?.coverages, [shared, sibling])
      const primary = one(yield* subscriptions.facts([accountId(1)], at(0)))
      assert.deepEqual(primary.own.coverages, [shared, sibling])
      assert.deepEqual(primary.memberOf, [])
      const two = one(yield* subscriptions.facts([accountId(2)], at(0)))
      assert.deepEqual(
        two.memberOf.map(({ subscription }) => subscription.accountId),
        [accountId(1), accountId(4)]
      )
    })
  },
  {
    name: "ended coverages are among the facts only as far as they ended later",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      yield* subscriptions.insertCoverage(coverage(1, { endedAt: at(100), endReason: "member" }))
      yield* subscriptions.insertCoverage(coverage(2, { endedAt: at(200), endReason: "time" }))
      yield* subscriptions.insertCoverage(coverage(3))
      const since = (n: number) =>
        Effect.map(subscriptions.facts([accountId(1), accountId(2)], at(n)), ([primary, member]) => [
          ids(primary?.own.coverages ?? []),
          ids(member?.memberOf[0]?.coverages ?? [])
        ])
      const all = [coverageId(1), coverageId(2), coverageId(3)]
      assert.deepEqual(yield* since(99), [all, all])
      assert.deepEqual(yield* since(100), [all.slice(1), all.slice(1)])
      assert.deepEqual(yield* since(200), [all.slice(2), all.slice(2)])
    })
  },
  {
    name: "TMA-07 an open place is given away once for each period, and never one that the plan does not have",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const unit = yield* UnitOfWork
      const fails = (row: Coverage) =>
        Effect.map(Effect.flip(unit.run(subscriptions.insertCoverage(row))), ({ reason }) => reason)
      yield* subscriptions.insertCoverage(coverage(1, { place: 0, places: 1 }))
      assert.equal(yield* fails(coverage(2, { place: 0, places: 1, memberId: accountId(3) })), "duplicate")
      assert.equal(yield* fails(coverage(2, { place: 1, places: 1, memberId: accountId(3) })), "other")
      assert.equal(yield* fails(coverage(2, { place: -1, places: 1 })), "other")
      assert.equal(yield* fails(coverage(2, { place: 2, places: null })), "other")
      assert.equal(yield* fails(coverage(2, { memberId: accountId(1) })), "other")
      // another period, no place yet, another primary, and an ended one
      yield* subscriptions.insertCoverage(coverage(3, { place: 0, places: 1, periodEnds: at(2000) }))
      for (const n of [4, 5]) {
        yield* subscriptions.insertCoverage(coverage(n, { term: "next", periodEnds: null, place: null, places: null }))
      }
      const other = { primaryId: accountId(2), memberId: accountId(3) }
      yield* subscriptions.insertCoverage(coverage(6, { place: 0, places: 1, ...other }))
      yield* subscriptions.insertCoverage(coverage(7, { place: 0, places: 1, endedAt: at(20), endReason: "primary" }))
      const renewing = { term: "renewing", periodEnds: null, place: 0, places: 1 } as const
      yield* subscriptions.insertCoverage(coverage(8, renewing))
      assert.equal(yield* fails(coverage(9, { ...renewing, memberId: accountId(3) })), "duplicate")
    })
  },
  {
    name: "open coverages are saved together, and of several ends the first one counts",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const unit = yield* UnitOfWork
      const waiting = coverage(1, { term: "next", periodEnds: null, place: null, places: null })
      yield* subscriptions.insertCoverage(waiting)
      yield* subscriptions.insertCoverage(coverage(2))
      const started: Coverage = { ...waiting, term: "period", from: at(500), periodEnds: at(900), place: 3, places: 4 }
      const ended: Coverage = { ...coverage(2), warnedAt: at(30), endedAt: at(40), endReason: "primary" }
      yield* subscriptions.saveCoverages([])
      yield* unit.run(subscriptions.saveCoverages([started, ended]))
      assert.deepEqual(yield* subscriptions.findCoverage(coverageId(1)), Option.some(started))
      assert.deepEqual(yield* subscriptions.findCoverage(coverageId(2)), Option.some(ended))
      const again = unit.run(subscriptions.saveCoverages([{ ...started, warnedAt: at(50) }, ended]))
      assert.equal((yield* Effect.flip(again)).reason, "conflict")
      assert.deepEqual(yield* subscriptions.findCoverage(coverageId(1)), Option.some(started))
      assert.deepEqual(yield* subscriptions.findCoverage(coverageId(3)), Option.none())
    })
  },
  {
    name: "SUB-02 TMA-07 ended coverages are opened again together, each once, and none whose place was given away",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const unit = yield* UnitOfWork
      const over = { endedAt: at(40), endReason: "unpaid" } as const
      yield* subscriptions.insertCoverage(coverage(1, over))
      yield* subscriptions.insertCoverage(coverage(2, { ...over, warnedAt: at(30) }))
      const [first, second] = [coverage(1), coverage(2, { place: 5, places: 6 })]
      yield* subscriptions.reopenCoverages([])
      yield* unit.run(subscriptions.reopenCoverages([first, second]))
      assert.deepEqual(yield* subscriptions.findCoverage(coverageId(1)), Option.some(first))
      assert.deepEqual(yield* subscriptions.findCoverage(coverageId(2)), Option.some(second))
      const fails = (row: Coverage) =>
        Effect.map(Effect.flip(unit.run(subscriptions.reopenCoverages([row]))), ({ reason }) => reason)
      assert.equal(yield* fails(first), "conflict")
      yield* subscriptions.insertCoverage(coverage(3, { ...over, place: 1 }))
      assert.equal(yield* fails(coverage(3, { place: 1 })), "duplicate")
      assert.equal(yield* fails(coverage(3, { place: 9 })), "other")
      assert.equal(yield* fails(coverage(4)), "conflict")
    })
  },
  {
    name: "members are listed page by page, the oldest first, open ones of this primary only",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      yield* subscriptions.insertCoverage(coverage(3, { decidedAt: at(1), memberId: accountId(3) }))
      yield* subscriptions.insertCoverage(coverage(1, { decidedAt: at(2) }))
      yield* subscriptions.insertCoverage(coverage(2, { decidedAt: at(2), memberId: accountId(9) }))
      yield* subscriptions.insertCoverage(coverage(4, { decidedAt: at(3), endedAt: at(4), endReason: "time" }))
      yield* subscriptions.insertCoverage(
        coverage(5, { primaryId: accountId(2), memberId: accountId(1), decidedAt: at(3) })
      )
      const all = yield* subscriptions.members(accountId(1), window(10))
      assert.deepEqual(
        all.map(({ coverage, email, name }) => [coverage.id, email, name]),
        [
          [coverageId(3), "person3@example.com", "Ada No3"],
          [coverageId(1), "person2@example.com", "Ada No2"],
          [coverageId(2), "", ""]
        ]
      )
      const first = yield* subscriptions.members(accountId(1), window(1))
      assert.equal(first.length, 2)
      const next = yield* subscriptions.members(accountId(1), window(1, [at(2), coverageId(1)]))
      assert.deepEqual(ids(next.map(({ coverage }) => coverage)), [coverageId(2)])
    })
  },
  {
    name: "people are found in one statement, and who were connected once",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const found = yield* subscriptions.people([accountId(1), accountId(2), accountId(9)])
      assert.deepEqual(
        [...found].sort((a, b) => (a.email < b.email ? -1 : 1)),
        [
          { accountId: accountId(1), email: "person1@example.com", name: "Ada No1", locale: "de" },
          { accountId: accountId(2), email: "person2@example.com", name: "Ada No2", locale: "en" }
        ]
      )
      yield* subscriptions.insertCoverage(coverage(1, { endedAt: at(20), endReason: "time" }))
      assert.equal(yield* subscriptions.wereConnected(accountId(1), accountId(2)), true)
      assert.equal(yield* subscriptions.wereConnected(accountId(2), accountId(1)), false)
      assert.equal(yield* subscriptions.wereConnected(accountId(1), accountId(3)), false, "with another member")
      assert.equal(yield* subscriptions.wereConnected(accountId(3), accountId(2)), false, "with another primary")
    })
  },
  {
    name: "what is due comes in the order of its time, at most as many as are asked for",
    run: Effect.gen(function* () {
      const subscriptions = yield* world
      const unit = yield* UnitOfWork
      yield* unit.run(subscriptions.factsForUpdate([accountId(3), accountId(4)], at(0)))
      yield* subscriptions.save({ ...empty(accountId(1)), dueAt: at(30) })
      yield* subscriptions.save({ ...empty(accountId(2)), dueAt: at(20) })
      yield* subscriptions.save({ ...empty(accountId(3)), dueAt: at(40) })
      assert.deepEqual(yield* subscriptions.due(at(19), 9), [])
      assert.deepEqual(yield* subscriptions.due(at(30), 9), [accountId(2), accountId(1)])
      assert.deepEqual(yield* subscriptions.due(at(50), 2), [accountId(2), accountId(1)])
    })
  }
]

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option } from "effect"
import { describe } from "vitest"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { jobs, reviewSubscriptions } from "../../src/jobs/index.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import * as MailKind from "../../src/mail/MailKind.ts"
import { nameDeputy } from "../../src/requests/Deputies.ts"
import type { AnyUnit } from "../../src/requests/RequestKind.ts"
import { RequestRepository } from "../../src/requests/RequestRepository.ts"
import * as Requests from "../../src/requests/Requests.ts"
import { Subscriptions, TeamMembers } from "../../src/subscriptions/index.ts"
import { SubscriptionRepository } from "../../src/subscriptions/SubscriptionRepository.ts"
import { coverageEnded } from "../../src/subscriptions/subscriptionMails.ts"
import { connectTeamMember, reactivateTeamMember } from "../../src/subscriptions/teamMemberKinds.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, mailsTo } from "../support/portal.ts"
import { staff as staffActor } from "../tenants/world.ts"
import { day } from "./samples.ts"
import {
  agent,
  approve,
  atDay,
  bill,
  connect,
  connected,
  coverageOf,
  mayWork,
  nextEventId,
  type Person,
  person,
  reactivate,
  refuse,
  runJob,
  tagOf,
  withTeams
} from "./world.ts"

/** A primary with a plan of two places until day 30, two colleagues, and somebody of staff. */
const world = Effect.gen(function* () {
  const primary = yield* person("primary")
  const member = yield* person("member")
  const second = yield* person("second")
  const staff = yield* agent()
  yield* bill.paid(primary, "team", 0, 30)
  return { primary, member, second, staff }
})

const kindsTo = ({ account }: Person, prefix = "subscriptions.") =>
  Effect.map(mailsTo(account.email), (mails) =>
    mails.filter(({ kind }) => kind.startsWith(prefix)).map(({ kind }) => kind.slice(prefix.length))
  )

/** A unit of work whose events and mails nobody keeps. */
const unitOf = Effect.fnUntraced(function* (actor: Actor.Staff) {
  const unit: AnyUnit = {
    actor,
    request: {},
    now: yield* Instant.now,
    settings: yield* Settings,
    record: () => undefined,
    send: () => undefined
  }
  return unit
})

const list = ({ actor }: Person) => TeamMembers.list({}).pipe(as(actor))
const end = ({ actor }: Person, coverageId: Parameters<typeof TeamMembers.end>[0]["coverageId"]) =>
  TeamMembers.end({ coverageId }).pipe(as(actor))

const onlyCoverageOf = Effect.fnUntraced(function* (someone: Person) {
  const [only, ...others] = yield* coverageOf(someone)
  assert.deepStrictEqual(others, [])
  assert.isDefined(only)
  return only
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withTeams(), storage)

  describe(`team members (${adapter})`, () => {
    it.effect(
      "TMA-01 a connected account keeps its own id and has the plan from its day to the end of the period",
      () =>
        Effect.gen(function* () {
          const { member, primary, staff } = yield* world
          yield* atDay(5)
          assert.strictEqual(yield* mayWork(member), "subscription")
          yield* connected(staff, primary, member)
          assert.strictEqual(yield* mayWork(member), "Coverage")
          assert.deepInclude(yield* onlyCoverageOf(member), {
            primaryEmail: primary.account.email,
            from: day(5),
            until: day(30),
            renewing: false,
            covered: true
          })
          const { items } = yield* list(primary)
          assert.deepStrictEqual(
            items.map(({ accountId, state, until }) => [accountId, state, until]),
            [[member.account.id, "covered", day(30)]]
          )
          yield* bill.renewed(primary, "team", 30, 60)
          yield* atDay(30)
          assert.strictEqual(yield* mayWork(primary), "Subscription")
          assert.strictEqual(yield* mayWork(member), "subscription")
          assert.deepStrictEqual(yield* coverageOf(member), [])
        }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-02 the primary is refused for the own plan and places only, and learns nothing of the member", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        const third = yield* person("third")
        const rival = yield* person("rival")
        yield* bill.paid(rival, "team", 0, 30)
        assert.strictEqual(yield* tagOf(connect(third, member)), "FeatureNotIncluded")
        yield* bill.paid(third, "alone", 0, 30)
        assert.strictEqual(yield* tagOf(connect(third, member)), "FeatureNotIncluded")
        // no account, oneself, one with members, and one who shares another plan: all of them are accepted in the same words
        yield* connected(staff, rival, second)
        const nobody = { account: { email: "nobody@example.com" } }
        const answers = yield* Effect.forEach([nobody, primary, rival, second, member], (one) => connect(primary, one))
        for (const answer of answers) {
          assert.deepStrictEqual(Object.keys(answer), ["requestId", "number", "alreadyOpen"])
          assert.isFalse(answer.alreadyOpen)
        }
        const mine = yield* Requests.mine({}).pipe(as(primary.actor))
        assert.deepStrictEqual(
          new Set(mine.items.map(({ details, state, title }) => JSON.stringify([title, state, details.length]))).size,
          1
        )
        const [first] = answers
        assert.isDefined(first)
        const seen = yield* Requests.get({ requestId: first.requestId }).pipe(as(primary.actor))
        assert.deepStrictEqual(seen.facts, [])
        // what is wrong is for staff to see, and keeps the coverage from being confirmed
        const obstacles = yield* Effect.forEach(answers, ({ requestId }) =>
          Effect.map(Requests.get({ requestId }).pipe(as(staff)), ({ facts }) =>
            facts.map(({ label, value }) => `${label.en}: ${typeof value === "string" ? value : value.en}`)
          )
        )
        assert.include(obstacles[0] ?? [], "Team member: number: no account with this address")
        assert.include(obstacles[1] ?? [], "Obstacle: the same account as the primary")
        assert.include(obstacles[2] ?? [], "Obstacle: is itself a primary account with members")
        assert.include(obstacles[3] ?? [], "Obstacle: shares the plan of another primary account")
        assert.isFalse(obstacles[4]?.some((fact) => fact.startsWith("Obstacle")))
        assert.include(obstacles[4] ?? [], "Places taken: 0 / 2")
        assert.deepStrictEqual(yield* Effect.forEach(answers, (answer) => tagOf(approve(staff, answer))), [
          "MemberNotEligible",
          "MemberNotEligible",
          "MemberNotEligible",
          "MemberNotEligible",
          "ok"
        ])
        assert.strictEqual(yield* tagOf(connect(primary, member)), "AlreadyConnected")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-02 TMA-07 without a free place neither the form nor the confirmation passes", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        const third = yield* person("third")
        const waiting = yield* connect(primary, third)
        yield* connected(staff, primary, member)
        yield* connected(staff, primary, second)
        assert.strictEqual(yield* tagOf(connect(primary, { account: { email: "x@example.com" } })), "NoPlaceLeft")
        assert.strictEqual(yield* tagOf(approve(staff, waiting)), "NoPlaceLeft")
        yield* end(primary, (yield* onlyCoverageOf(member)).coverageId)
        assert.strictEqual(yield* tagOf(approve(staff, waiting)), "ok")
        assert.strictEqual(yield* mayWork(third), "Coverage")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-07 who begins later in a period has a place in it, and leaves the free one to others", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        const third = yield* person("third")
        yield* atDay(25)
        yield* approve(staff, yield* reactivate(member, primary, member))
        yield* bill.renewed(primary, "team", 30, 60)
        // now the running period ends with the one that was paid in advance
        yield* bill.paid(primary, "team", 0, 60)
        yield* connected(staff, primary, second)
        assert.deepStrictEqual(yield* Effect.forEach([member, second], mayWork), ["subscription", "Coverage"])
        assert.strictEqual(yield* tagOf(connect(primary, third)), "NoPlaceLeft")
        yield* atDay(30)
        assert.deepStrictEqual(yield* Effect.forEach([member, second], mayWork), ["Coverage", "Coverage"])
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-02 the same form sent twice is one request, for staff with the role and for nobody else", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        const first = yield* connect(primary, member)
        const again = yield* connect(primary, member)
        assert.deepStrictEqual(again, { ...first, alreadyOpen: true })
        const { items } = yield* Requests.waiting({}).pipe(as(staff))
        assert.deepStrictEqual(
          items.map(({ askerEmail, kind }) => [kind, askerEmail]),
          [["ConnectTeamMember", primary.account.email]]
        )
        assert.deepStrictEqual(
          yield* Effect.forEach([member, second], (someone) => tagOf(approve(someone.actor, first))),
          ["NotFound", "NotFound"]
        )
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-04 R-AP-01 TMA-03 staff who are the other side of a connection do not decide it", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        yield* connected(staff, primary, member)
        // an agent is the member, and the primary asks
        const colleague = yield* agent("colleague")
        const asked = yield* connect(primary, { account: { email: "colleague@example.com" } })
        const third = yield* connect(primary, { account: { email: "third@example.com" } })
        const waiting = (who: typeof staff) =>
          Effect.map(Requests.waiting({}).pipe(as(who)), ({ items }) => items.map(({ id }) => id))
        // what waits for others is not listed, nor is its mail sent
        assert.deepStrictEqual(yield* waiting(staff), [asked.requestId, third.requestId])
        assert.deepStrictEqual(yield* waiting(colleague), [third.requestId])
        assert.strictEqual((yield* mailsTo("colleague@example.com")).length, 1)
        assert.strictEqual((yield* mailsTo("agent@example.com")).length, 3)
        assert.strictEqual(yield* tagOf(refuse(colleague, asked, "No")), "AskerCannotDecide")
        assert.strictEqual(yield* tagOf(approve(colleague, asked)), "AskerCannotDecide")
        const shown = (who: typeof staff) => tagOf(Requests.get({ requestId: asked.requestId }).pipe(as(who)))
        assert.deepStrictEqual([yield* shown(staff), yield* shown(colleague)], ["ok", "NotFound"])
        assert.strictEqual(yield* tagOf(approve(staff, asked)), "ok")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "V-18 TMA-02 TMA-06 a dead session neither asks, ends nor sees anything, and what has ended ends once",
      () =>
        Effect.gen(function* () {
          const { member, primary, staff } = yield* world
          yield* connected(staff, primary, member)
          const { items } = yield* TeamMembers.list({}).pipe(as(primary.actor))
          const coverageId = items[0]?.id ?? ""
          const dead = { ...primary.actor, credentialEpoch: primary.actor.credentialEpoch + 1 }
          const end = (who: typeof dead) => tagOf(TeamMembers.end({ coverageId }).pipe(as(who)))
          const outcomes = [
            yield* tagOf(TeamMembers.list({}).pipe(as(dead))),
            yield* tagOf(TeamMembers.askToConnect({ email: "new@example.com" }).pipe(as(dead))),
            yield* end(dead),
            yield* tagOf(TeamMembers.chooseWhoStays({ coverageIds: [] }).pipe(as(dead))),
            yield* tagOf(Subscriptions.mine({}).pipe(as(dead))),
            yield* tagOf(Subscriptions.check({ feature: "work" }).pipe(as(dead)))
          ]
          assert.deepStrictEqual(
            outcomes,
            outcomes.map(() => "SignInRequired")
          )
          assert.strictEqual(yield* end(primary.actor), "ok")
          assert.strictEqual(yield* end(member.actor), "NotFound")
        }).pipe(Effect.provide(portal))
    )

    it.effect("G-06 REQ-08 a page of what waits is as full as asked, whatever of it waits for others", () =>
      Effect.gen(function* () {
        const { staff } = yield* world
        const colleague = yield* agent("colleague")
        const ids: Array<string> = []
        for (const [n, member] of ["colleague", "colleague", "first", "colleague", "second", "colleague"].entries()) {
          const payer = yield* person(`payer${n}`)
          yield* bill.paid(payer, "team", 0, 30)
          const { requestId } = yield* connect(payer, { account: { email: `${member}@example.com` } })
          ids.push(requestId)
        }
        const pages = Effect.fnUntraced(function* (who: typeof staff, limit: number) {
          const found: Array<ReadonlyArray<string>> = []
          let after: string | null | undefined
          while (after !== null) {
            const page = yield* Requests.waiting({ limit, ...(after === undefined ? {} : { after }) }).pipe(as(who))
            found.push(page.items.map(({ id }) => id))
            after = page.next
          }
          return found
        })
        const [, , first = "", , second = ""] = ids
        assert.deepStrictEqual(yield* pages(colleague, 1), [[first], [second]])
        assert.deepStrictEqual(yield* pages(colleague, 2), [[first, second]])
        assert.deepStrictEqual(yield* pages(colleague, 100), [[first, second]])
        assert.deepStrictEqual(
          (yield* pages(staff, 4)).map(({ length }) => length),
          [4, 2]
        )
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-04 R-AP-01 TMA-05 staff who are the other side of a reactivation do not decide it", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        // an agent is the member, and the primary asks
        const colleague = yield* agent("colleague")
        const colleagues = { account: { email: "colleague@example.com" } }
        const asMember = yield* TeamMembers.askToReactivate({
          primaryEmail: primary.account.email,
          memberEmail: colleagues.account.email
        }).pipe(as(primary.actor))
        assert.strictEqual(yield* tagOf(approve(colleague, asMember)), "AskerCannotDecide")
        assert.strictEqual(yield* tagOf(approve(staff, asMember)), "ok")
        // an agent is the primary, and the member asks
        const boss = yield* person("boss")
        yield* bill.paid(boss, "team", 0, 30)
        const staffMembers = yield* StaffRepository
        yield* staffMembers.save({ accountId: boss.account.id, roles: ["agent"], since: yield* Instant.now })
        const asPrimary = yield* reactivate(member, boss, member)
        const bossAsStaff = yield* staffActor(boss.account, "agent")
        assert.strictEqual(yield* tagOf(approve(bossAsStaff, asPrimary)), "AskerCannotDecide")
        assert.strictEqual(yield* tagOf(approve(staff, asPrimary)), "ok")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "REQ-04 REQ-07 R-AP-01 a deputy of staff who are one side decides by the deputy's own right, never by that side's",
      () =>
        Effect.gen(function* () {
          const { member, primary } = yield* world
          const colleague = yield* agent("colleague")
          const deputy = yield* agent("deputy")
          yield* nameDeputy({ deputyId: deputy.accountId, until: day(20) }).pipe(as(colleague))
          const requests = yield* RequestRepository
          const colleagues = { account: { email: "colleague@example.com" } }
          const unit = yield* unitOf(deputy)
          const asked = [
            { kind: connectTeamMember, request: yield* connect(primary, colleagues) },
            {
              kind: reactivateTeamMember,
              request: yield* TeamMembers.askToReactivate({
                primaryEmail: primary.account.email,
                memberEmail: colleagues.account.email
              }).pipe(as(primary.actor))
            }
          ] as const
          for (const { kind, request } of asked) {
            const stored = Option.getOrThrow(yield* requests.find(request.requestId))
            const opened = Option.getOrThrow(kind.open(stored))
            const by = (onBehalfOf: typeof colleague.accountId | null) =>
              opened.approve(
                {
                  decision: {},
                  note: "",
                  authority: { accountId: deputy.accountId, onBehalfOf, permissions: new Set(), staffRoles: ["agent"] }
                },
                unit
              )
            assert.strictEqual(yield* tagOf(by(colleague.accountId)), "AskerCannotDecide", kind.name)
          }
          const [first] = asked
          assert.strictEqual(yield* tagOf(approve(deputy, first.request)), "ok")
          const decided = Option.getOrThrow(yield* requests.find(first.request.requestId))
          assert.deepInclude(decided.approvals[0], { accountId: deputy.accountId, onBehalfOf: null })
          assert.strictEqual((yield* coverageOf(member)).length, 0)
        }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-03 staff confirm and both are told by mail; staff refuse and the asker reads the reason", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        yield* connected(staff, primary, member)
        assert.deepStrictEqual(yield* kindsTo(primary), ["coverageBegan"])
        assert.deepStrictEqual(yield* kindsTo(member), ["coverageBegan"])
        const asked = yield* connect(primary, second)
        yield* refuse(staff, asked, "Bitte rufen Sie uns an.")
        const refused = (yield* mailsTo(primary.account.email)).at(-1)
        assert.strictEqual(refused?.kind, "requests.ConnectTeamMember.refused")
        assert.propertyVal(refused?.values, "reason", "Bitte rufen Sie uns an.")
        assert.deepStrictEqual(yield* mailsTo(second.account.email), [])
        assert.strictEqual(yield* mayWork(second), "subscription")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "TMA-04 the primary goes on by itself; members end with the period, told seven days before and at the end",
      () =>
        Effect.gen(function* () {
          assert.include([...jobs], reviewSubscriptions)
          const { member, primary, staff } = yield* world
          yield* connected(staff, primary, member)
          const mails = Effect.all([kindsTo(primary), kindsTo(member)])
          yield* atDay(22)
          yield* runJob
          assert.deepStrictEqual(yield* mails, [["coverageBegan"], ["coverageBegan"]])
          yield* atDay(23)
          yield* runJob
          yield* runJob
          const before = ["coverageBegan", "coverageEnding"]
          assert.deepStrictEqual(yield* mails, [before, before])
          yield* bill.renewed(primary, "team", 30, 60)
          yield* atDay(30)
          assert.deepStrictEqual([yield* mayWork(primary), yield* mayWork(member)], ["Subscription", "subscription"])
          // several nodes at once
          yield* Effect.all([runJob, runJob, runJob], { concurrency: "unbounded" })
          yield* runJob
          const after = [...before, "coverageEnded"]
          assert.deepStrictEqual(yield* mails, [after, after])
          assert.deepStrictEqual((yield* list(primary)).items, [])
          const last = (yield* mailsTo(member.account.email)).at(-1)
          assert.deepInclude(last?.values, { side: "member", reason: "time", email: primary.account.email })
        }).pipe(Effect.provide(portal))
    )

    it.effect(
      "TMA-05 either side asks for a new connection with both addresses; staff confirm it for the current period",
      () =>
        Effect.gen(function* () {
          const { member, primary, second, staff } = yield* world
          yield* connected(staff, primary, member)
          yield* atDay(29)
          yield* bill.renewed(primary, "team", 30, 60)
          yield* atDay(32)
          yield* runJob
          assert.strictEqual(yield* tagOf(reactivate(second, primary, member)), "NotOneOfTheTwo")
          const byMember = yield* reactivate(member, primary, member)
          const facts = (yield* Requests.get({ requestId: byMember.requestId }).pipe(as(staff))).facts
          assert.deepInclude(facts, {
            label: { de: "Schon einmal verbunden", en: "Connected before" },
            value: { de: "ja", en: "yes" }
          })
          yield* refuse(staff, byMember, "Bitte durch das Hauptkonto.")
          assert.deepInclude((yield* mailsTo(member.account.email)).at(-1)?.values, {
            reason: "Bitte durch das Hauptkonto."
          })
          assert.strictEqual(yield* mayWork(member), "subscription")
          yield* approve(staff, yield* reactivate(primary, primary, member))
          assert.strictEqual(yield* mayWork(member), "Coverage")
          assert.deepInclude(yield* onlyCoverageOf(member), { from: day(32), until: day(60) })
          assert.strictEqual(yield* tagOf(reactivate(primary, primary, member)), "AlreadyConnected")
        }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-05 asked for in the last seven days it starts when the next period is paid", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* atDay(24)
        yield* approve(staff, yield* reactivate(member, primary, member))
        const [now, next, ...others] = yield* coverageOf(member)
        assert.deepStrictEqual(others, [])
        assert.deepInclude(now, { until: day(30), covered: true })
        assert.deepInclude(next, { from: day(30), until: null, covered: false })
        assert.deepStrictEqual((yield* kindsTo(member)).at(-1), "coveragePromised")
        yield* atDay(30)
        yield* runJob
        assert.strictEqual(yield* mayWork(member), "subscription")
        yield* atDay(33)
        yield* bill.renewed(primary, "team", 30, 60)
        assert.strictEqual(yield* mayWork(member), "Coverage")
        assert.deepInclude(yield* onlyCoverageOf(member), { from: day(30), until: day(60) })
        assert.deepStrictEqual((yield* kindsTo(member)).slice(-2), ["coverageEnded", "coverageBegan"])
        assert.deepStrictEqual((yield* kindsTo(primary)).at(-1), "coverageBegan")
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "TMA-05 asked for in the last seven days it begins without a gap where the next period is paid before",
      () =>
        Effect.gen(function* () {
          const { member, primary, staff } = yield* world
          yield* connected(staff, primary, member)
          yield* atDay(24)
          const asked = yield* reactivate(primary, primary, member)
          yield* atDay(28)
          yield* bill.renewed(primary, "team", 30, 60)
          yield* approve(staff, asked)
          assert.deepStrictEqual(
            (yield* coverageOf(member)).map(({ covered, from, until }) => [from, until, covered]),
            [
              [day(0), day(30), true],
              [day(30), day(60), false]
            ]
          )
          yield* atDay(30)
          assert.strictEqual(yield* mayWork(member), "Coverage")
          yield* runJob
          assert.deepInclude(yield* onlyCoverageOf(member), { from: day(30), until: day(60), covered: true })
        }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-05 what was promised lapses when the next period is not paid, and both are told", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* atDay(25)
        yield* approve(staff, yield* reactivate(member, primary, member))
        yield* atDay(43)
        yield* runJob
        assert.strictEqual((yield* list(primary)).items.length, 1)
        yield* atDay(44)
        yield* runJob
        assert.deepStrictEqual((yield* list(primary)).items, [])
        for (const someone of [primary, member]) {
          assert.deepInclude((yield* mailsTo(someone.account.email)).at(-1)?.values, { reason: "unpaid" })
        }
        yield* bill.paid(primary, "team", 45, 75)
        yield* atDay(46)
        assert.strictEqual(yield* mayWork(member), "subscription")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-06 either side ends the connection at once, and what was promised with it; nobody else can", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* connected(staff, primary, second)
        yield* atDay(25)
        yield* approve(staff, yield* reactivate(member, primary, member))
        const [now] = yield* coverageOf(member)
        assert.isDefined(now)
        assert.strictEqual(yield* tagOf(end(second, now.coverageId)), "NotFound")
        yield* end(member, now.coverageId)
        assert.strictEqual(yield* mayWork(member), "subscription")
        assert.deepStrictEqual(yield* coverageOf(member), [])
        assert.strictEqual(yield* tagOf(end(primary, now.coverageId)), "NotFound")
        assert.deepInclude((yield* mailsTo(primary.account.email)).at(-1)?.values, { reason: "member" })
        yield* end(primary, (yield* onlyCoverageOf(second)).coverageId)
        assert.strictEqual(yield* mayWork(second), "subscription")
        assert.deepInclude((yield* mailsTo(second.account.email)).at(-1)?.values, { reason: "primary" })
        yield* bill.renewed(primary, "team", 30, 60)
        yield* atDay(31)
        assert.deepStrictEqual([yield* mayWork(member), yield* mayWork(second)], ["subscription", "subscription"])
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-06 coverage ends with the primary's subscription, and both are told", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* atDay(10)
        yield* bill.cancelled(primary, 10)
        assert.deepStrictEqual([yield* mayWork(primary), yield* mayWork(member)], ["ended", "subscription"])
        for (const someone of [primary, member]) {
          assert.deepInclude((yield* mailsTo(someone.account.email)).at(-1)?.values, { reason: "unpaid" })
        }
        yield* bill.paid(primary, "team", 12, 42)
        yield* atDay(13)
        assert.strictEqual(yield* mayWork(member), "subscription")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-07 after a downgrade the oldest stay until the primary chooses, who is told to", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* atDay(1)
        yield* connected(staff, primary, second)
        yield* atDay(5)
        yield* bill.paid(primary, "pair", 5, 30)
        assert.deepStrictEqual((yield* kindsTo(primary)).at(-1), "choiceNeeded")
        assert.deepStrictEqual([yield* mayWork(member), yield* mayWork(second)], ["Coverage", "place"])
        assert.deepStrictEqual(
          (yield* list(primary)).items.map(({ state }) => state),
          ["covered", "no-place"]
        )
        const ids = (yield* list(primary)).items.map(({ id }) => id)
        const choose = (coverageIds: typeof ids) => TeamMembers.chooseWhoStays({ coverageIds }).pipe(as(primary.actor))
        assert.strictEqual(yield* tagOf(choose(ids)), "ChoiceDoesNotFit")
        assert.deepStrictEqual(yield* choose(ids.slice(1)), { ended: 1 })
        assert.deepStrictEqual([yield* mayWork(member), yield* mayWork(second)], ["subscription", "Coverage"])
        assert.deepInclude((yield* mailsTo(member.account.email)).at(-1)?.values, { reason: "choice" })
        assert.strictEqual(yield* tagOf(connect(primary, member)), "NoPlaceLeft")
        // a larger plan has room again
        yield* bill.paid(primary, "team", 5, 30)
        assert.strictEqual(yield* tagOf(connected(staff, primary, member)), "ok")
      }).pipe(Effect.provide(portal))
    )

    it.effect("REQ-09 what staff refused cools down for either form", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        yield* refuse(staff, yield* connect(primary, member), "Not known here")
        assert.strictEqual(yield* tagOf(reactivate(primary, primary, member)), "CoolingDown")
        yield* refuse(staff, yield* reactivate(primary, primary, second), "Not known here")
        assert.strictEqual(yield* tagOf(connect(primary, second)), "CoolingDown")
        yield* atDay(1)
        assert.strictEqual(yield* tagOf(reactivate(primary, primary, member)), "ok")
        assert.strictEqual(yield* tagOf(connect(primary, second)), "ok")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-07 after a late renewal onto a smaller plan the primary is told to choose", () =>
      Effect.gen(function* () {
        const { member, primary, second } = yield* world
        yield* bill.paid(primary, "agency", 0, 30)
        yield* approve(member.actor, yield* connect(primary, member))
        yield* atDay(1)
        yield* approve(second.actor, yield* connect(primary, second))
        yield* atDay(32)
        yield* bill.renewed(primary, "bureau", 32, 62)
        assert.deepStrictEqual([yield* mayWork(member), yield* mayWork(second)], ["Coverage", "place"])
        assert.deepStrictEqual((yield* kindsTo(primary)).at(-1), "choiceNeeded")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-02 who shares another's plan has no members, in whatever order it is asked for", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* bill.paid(member, "team", 0, 30)
        const asked = yield* connect(member, second)
        const { facts } = yield* Requests.get({ requestId: asked.requestId }).pipe(as(staff))
        assert.deepInclude(facts.at(-1)?.value, { en: "the primary account itself shares the plan of another one" })
        assert.strictEqual(yield* tagOf(approve(staff, asked)), "MemberNotEligible")
        yield* end(member, (yield* onlyCoverageOf(member)).coverageId)
        assert.strictEqual(yield* tagOf(approve(staff, asked)), "ok")
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-04 both are told of an end again when an earlier one did not come", () =>
      Effect.gen(function* () {
        const { member, primary } = yield* world
        yield* bill.paid(primary, "agency", 0, 30)
        yield* approve(member.actor, yield* connect(primary, member))
        yield* atDay(24)
        yield* bill.cancelled(primary, 30)
        yield* runJob
        assert.deepStrictEqual(yield* kindsTo(member), ["coverageBegan", "coverageEnding"])
        yield* atDay(25)
        yield* bill.renewed(primary, "agency", 30, 60)
        yield* atDay(54)
        yield* bill.cancelled(primary, 60)
        yield* runJob
        assert.deepStrictEqual(yield* kindsTo(member), ["coverageBegan", "coverageEnding", "coverageEnding"])
      }).pipe(Effect.provide(portal))
    )

    it.effect(
      "TMA-02 in a self-service plan the member decides, and it goes on with each renewal until one side ends it",
      () =>
        Effect.gen(function* () {
          const { member, primary, second, staff } = yield* world
          yield* bill.paid(primary, "agency", 0, 30)
          const asked = yield* connect(primary, member)
          assert.deepStrictEqual((yield* Requests.waiting({}).pipe(as(staff))).items, [])
          assert.strictEqual((yield* Requests.waiting({}).pipe(as(member.actor))).items.length, 1)
          const { facts } = yield* Requests.get({ requestId: asked.requestId }).pipe(as(member.actor))
          assert.deepStrictEqual(
            facts.map(({ label }) => label.en),
            ["Plan"]
          )
          assert.strictEqual(yield* tagOf(approve(primary.actor, asked)), "AskerCannotDecide")
          assert.strictEqual(yield* tagOf(approve(second.actor, asked)), "NotFound")
          yield* approve(member.actor, asked)
          assert.strictEqual(yield* mayWork(member), "Coverage")
          yield* atDay(30)
          yield* runJob
          assert.strictEqual(yield* mayWork(member), "subscription")
          yield* atDay(31)
          yield* bill.renewed(primary, "agency", 30, 60)
          assert.strictEqual(yield* mayWork(member), "Coverage")
          assert.deepInclude(yield* onlyCoverageOf(member), { renewing: true, until: day(60) })
          yield* atDay(58)
          yield* runJob
          assert.deepStrictEqual(yield* kindsTo(member), ["coverageBegan"])
          yield* end(member, (yield* onlyCoverageOf(member)).coverageId)
          yield* bill.renewed(primary, "agency", 60, 90)
          yield* atDay(61)
          assert.strictEqual(yield* mayWork(member), "subscription")
          // nobody has this address, so that staff are asked; the primary sees no difference
          const nobody = yield* connect(primary, { account: { email: "nobody@example.com" } })
          const stored = yield* Effect.flatMap(RequestRepository, (requests) => requests.find(nobody.requestId))
          assert.strictEqual(Option.getOrThrow(stored).audience._tag, "Staff")
          // either side can ask again, and the other one decides
          const again = yield* reactivate(member, primary, member)
          assert.strictEqual(yield* tagOf(approve(primary.actor, again)), "ok")
          assert.strictEqual(yield* mayWork(member), "Coverage")
        }).pipe(Effect.provide(portal))
    )

    it.effect(
      "SUB-02 a connection that ended for want of a payment is opened again when it is heard that it was paid",
      () =>
        Effect.gen(function* () {
          const { member, primary, second, staff } = yield* world
          yield* connected(staff, primary, member)
          yield* connected(staff, primary, second)
          const { coverageId } = yield* onlyCoverageOf(member)
          yield* end(second, (yield* onlyCoverageOf(second)).coverageId)
          // on day 6 the subscription was taken up again that was to end on day 10; of this nobody hears before
          yield* bill.cancelled(primary, 10)
          yield* atDay(12)
          yield* runJob
          assert.deepStrictEqual([yield* mayWork(member), yield* mayWork(second)], ["subscription", "subscription"])
          const late = yield* bill.paid(primary, "team", 6, 30, 6)
          assert.isTrue(late.applied)
          assert.deepStrictEqual(yield* mayWork(member), "Coverage")
          assert.deepInclude(yield* onlyCoverageOf(member), { coverageId, until: day(30) })
          // what a side has ended stays ended
          assert.strictEqual(yield* mayWork(second), "subscription")
          assert.deepStrictEqual(yield* kindsTo(member), ["coverageBegan", "coverageEnded", "coverageBegan"])
          assert.deepStrictEqual(yield* kindsTo(second), ["coverageBegan", "coverageEnded"])
          yield* atDay(23)
          yield* runJob
          yield* atDay(30)
          yield* runJob
          assert.deepStrictEqual((yield* kindsTo(member)).slice(3), ["coverageEnding", "coverageEnded"])
        }).pipe(Effect.provide(portal))
    )

    it.effect("OUT-04 SUB-02 nobody is told any more that a connection has ended which is open again", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* bill.cancelled(primary, 10)
        yield* atDay(12)
        yield* runJob
        const mail = (yield* mailsTo(member.account.email)).find(({ kind }) => kind === coverageEnded.name)
        const opened = mail === undefined ? Option.none() : coverageEnded.open(mail)
        const verdict = Effect.flatMap(Instant.now, (now) => Option.getOrThrow(opened).stillWanted(now))
        assert.deepStrictEqual(yield* verdict, MailKind.wanted)
        yield* bill.paid(primary, "team", 6, 30, 6)
        assert.deepStrictEqual(yield* verdict, MailKind.dropped("reopened"))
      }).pipe(Effect.provide(portal))
    )

    for (const [order, first, second] of [
      ["as they were made", 30, 60],
      ["the last one first", 60, 30]
    ] as const) {
      it.effect(`SUB-02 long after the end two late renewals open a connection again, heard of ${order}`, () =>
        Effect.gen(function* () {
          const primary = yield* person("primary")
          const member = yield* person("member")
          yield* bill.paid(primary, "agency", 0, 30)
          yield* approve(member.actor, yield* connect(primary, member))
          yield* atDay(50)
          yield* runJob
          assert.strictEqual(yield* mayWork(member), "subscription")
          yield* atDay(85)
          yield* runJob
          for (const from of [first, second]) {
            yield* bill.event({
              type: "renewed",
              eventId: nextEventId(),
              accountId: primary.account.id,
              at: day(from),
              plan: "agency",
              from: day(from),
              until: day(from + 30)
            })
          }
          assert.strictEqual(yield* mayWork(primary), "Subscription")
          assert.strictEqual(yield* mayWork(member), "Coverage")
        }).pipe(Effect.provide(portal))
      )
    }

    it.effect("SUB-02 a connection that ends while a late payment is being looked at is opened again by it", () =>
      Effect.gen(function* () {
        const { member, primary, staff } = yield* world
        yield* connected(staff, primary, member)
        yield* bill.cancelled(primary, 10)
        yield* atDay(12)
        const subscriptions = yield* SubscriptionRepository
        const before = yield* subscriptions.facts([primary.account.id], day(0))
        // another node's job commits between what the payment's unit reads first and its locks
        yield* runJob
        let reads = 0
        const raced = SubscriptionRepository.of({
          ...subscriptions,
          facts: (...asked) => (reads++ === 0 ? Effect.succeed(before) : subscriptions.facts(...asked))
        })
        yield* bill.paid(primary, "team", 6, 30, 6).pipe(Effect.provideService(SubscriptionRepository, raced))
        assert.strictEqual(reads, 2)
        assert.strictEqual(yield* mayWork(member), "Coverage")
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-02 TMA-07 whoever has been given the place since then keeps it", () =>
      Effect.gen(function* () {
        const { member, second, staff } = yield* world
        const [wide, third] = [yield* person("wide"), yield* person("third")]
        yield* bill.paid(wide, "crowd", 0, 30)
        for (const one of [member, second]) yield* connected(staff, wide, one)
        yield* atDay(4)
        yield* bill.cancelled(wide, 5)
        yield* atDay(7)
        yield* runJob
        yield* bill.paid(wide, "pair", 7, 30)
        yield* connected(staff, wide, third)
        // it had been taken up again before it ended: so much is heard now
        yield* bill.paid(wide, "crowd", 5, 30, 4)
        const all = yield* Effect.forEach([member, second, third], mayWork)
        assert.deepStrictEqual(all, ["subscription", "subscription", "Coverage"])
      }).pipe(Effect.provide(portal))
    )

    it.effect("SUB-02 TMA-02 nobody is connected again who shares another plan by now, or has members", () =>
      Effect.gen(function* () {
        const { member, primary, second, staff } = yield* world
        const [third, other] = [yield* person("third"), yield* person("other")]
        const wide = yield* person("wide")
        yield* bill.paid(wide, "crowd", 0, 30)
        for (const one of [member, second, third]) yield* connected(staff, wide, one)
        yield* atDay(4)
        yield* bill.cancelled(wide, 5)
        yield* atDay(5)
        yield* runJob
        yield* connected(staff, primary, member)
        yield* bill.paid(second, "team", 5, 35)
        yield* connected(staff, second, other)
        yield* bill.paid(wide, "crowd", 5, 30, 4)
        const through = Effect.fnUntraced(function* (someone: Person) {
          return (yield* coverageOf(someone)).map(({ primaryEmail }) => primaryEmail)
        })
        assert.deepStrictEqual(yield* through(member), [primary.account.email])
        assert.deepStrictEqual(yield* through(second), [])
        assert.deepStrictEqual(yield* through(third), [wide.account.email])
        // nor is anybody connected to who shares another plan themself
        const guest = yield* person("guest")
        yield* bill.paid(guest, "team", 5, 35)
        yield* connected(staff, guest, yield* person("last"))
        yield* bill.cancelled(guest, 6)
        yield* atDay(6)
        yield* runJob
        yield* connected(staff, primary, guest)
        yield* bill.paid(guest, "team", 6, 35, 5)
        assert.deepStrictEqual(yield* through(guest), [primary.account.email])
        assert.deepStrictEqual((yield* TeamMembers.list({}).pipe(as(guest.actor))).items, [])
      }).pipe(Effect.provide(portal))
    )

    it.effect("TMA-05 asking again draws on the same limit, for either side", () =>
      Effect.gen(function* () {
        const { member, primary } = yield* world
        const again = (who: Person, memberEmail: string, primaryEmail: string = primary.account.email) =>
          tagOf(TeamMembers.askToReactivate({ primaryEmail, memberEmail }).pipe(as(who.actor)))
        assert.strictEqual(yield* again(primary, "a@example.com"), "ok")
        assert.strictEqual(yield* tagOf(connect(primary, { account: { email: "b@example.com" } })), "ok")
        assert.strictEqual(yield* again(primary, "c@example.com"), "TooManyAttempts")
        // whether an address has an account is not to be told from how often one may ask
        const asMember = ["x@example.com", "y@example.com", "z@example.com"].map((other) =>
          again(member, member.account.email, other)
        )
        assert.deepStrictEqual(yield* Effect.all(asMember), ["ok", "ok", "TooManyAttempts"])
      }).pipe(
        Effect.provide(
          Layer.provideMerge(withTeams({ limits: { teamMembersPerAccount: { max: 2, window: "1 hour" } } }), storage)
        )
      )
    )

    it.effect("TMA-02 asking is limited for each account", () =>
      Effect.gen(function* () {
        const { primary } = yield* world
        const results = yield* Effect.forEach(["a", "b", "c"], (name) =>
          tagOf(connect(primary, { account: { email: `${name}@example.com` } }))
        )
        assert.deepStrictEqual(results, ["ok", "ok", "TooManyAttempts"])
      }).pipe(
        Effect.provide(
          Layer.provideMerge(withTeams({ limits: { teamMembersPerAccount: { max: 2, window: "1 hour" } } }), storage)
        )
      )
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Result } from "effect"
import fc from "fast-check"
import { describe, expect } from "vitest"
import { fromMillis } from "../../src/kernel/Instant.ts"
import { defaults } from "../../src/kernel/Settings.ts"
import {
  type Approval,
  apply,
  Event,
  isTerminal,
  Party as Parties,
  type Party,
  type Request,
  RequestState,
  rulesFor,
  type Step,
  stateAt,
  submitted,
  transitions,
  type Wanted
} from "../../src/requests/Request.ts"
import { request as sample } from "../../src/testing/requestSamples.ts"
import { accountId, at, tenantId } from "../../src/testing/tenantSamples.ts"

const rules = (approvals: number) => rulesFor(defaults, { approvals })

const approval = (number: number, over: Partial<Approval> = {}): Approval => ({
  accountId: accountId(number),
  onBehalfOf: null,
  at: at(10),
  version: 1,
  note: "",
  decision: {},
  ...over
})

/** A request in a state, as it can be there. */
const inState = (state: RequestState, over: Partial<Request> = {}): Request => {
  const ended = isTerminal(state) ? { endedAt: at(50), nextReminderAt: null } : {}
  return sample(1, {
    state,
    rules: rules(1),
    pendingAt: state === "AwaitingConfirmation" ? null : at(0),
    nextReminderAt: state === "Pending" ? at(20) : null,
    approvals: state === "Approved" || state === "Completed" ? [approval(1)] : [],
    reason: state === "Refused" ? "No" : null,
    refusedBy: state === "Refused" ? accountId(1) : null,
    ...ended,
    ...over
  })
}

/** What is asked, as it is, or changed. */
const wanted = ({ asker, audience, identity, tenantId }: Request, over: Partial<Wanted>): Wanted => ({
  payload: {},
  identity,
  audience,
  tenantId,
  askerTenantId: asker.tenantId,
  ...over
})

const approve = (
  number: number,
  over: Partial<Approval> = {},
  more: { readonly standing?: ReadonlyArray<Approval>; readonly askerCompletes?: boolean } = {}
): Step => ({
  event: "approve",
  by: "decider",
  approval: approval(number, over),
  standing: more.standing ?? [],
  askerCompletes: more.askerCompletes ?? false
})

const steps: ReadonlyArray<Step> = [
  { event: "confirm", by: "mailbox" },
  {
    event: "amend",
    by: "asker",
    change: wanted(sample(1), { payload: { text: "Other" } })
  },
  approve(2, {}, { standing: [] }),
  { event: "refuse", by: "decider", accountId: accountId(2), version: 1, reason: "No" },
  { event: "withdraw", by: "asker" },
  { event: "complete", by: "asker", standing: [approval(1)] },
  { event: "remind", by: "job" },
  { event: "expire", by: "job" },
  { event: "close", by: "operator", reason: "Closed" }
]

/** The step as somebody else tries it; types keep honest callers from that. */
const as = (step: Step, by: Party): Step => ({ ...step, by }) as Step

const failure = <A, E>(result: Result.Result<A, E>): E => {
  if (Result.isSuccess(result)) throw new Error("it was allowed")
  return result.failure
}
const success = <A, E>(result: Result.Result<A, E>): A => Result.getOrThrow(result)

describe("the table of requests", () => {
  it("REQ-01 R-AP-07 each state, event and party is either a row of the table or refused, and terminal states stay", () => {
    let allowed = 0
    for (const state of RequestState.literals) {
      for (const step of steps) {
        for (const party of Parties.literals) {
          const now = step.event === "expire" ? sample(1).expiresAt : at(30)
          const result = apply(inState(state), as(step, party), now)
          const rows = transitions.filter((row) => row.from === state && row.event === step.event && row.by === party)
          const title = `${state} ${step.event} ${party}`
          if (rows.length > 0) {
            allowed++
            const next = success(result)
            assert.include(
              rows.map(({ to }) => to),
              next.state,
              title
            )
            assert.strictEqual(next.endedAt !== null, isTerminal(next.state), title)
          } else if (isTerminal(state)) assert.include(failure(result), { _tag: "RequestClosed", state }, title)
          else {
            const tag = step.event !== "expire" && now >= sample(1).expiresAt ? "RequestClosed" : "StepNotPossible"
            assert.include(failure(result), { _tag: tag }, title)
          }
        }
      }
    }
    // the rows that leave a state, counting those once that only their condition tells apart
    const distinct = new Set(
      transitions.filter(({ from }) => from !== null).map(({ by, event, from }) => `${from} ${event} ${by}`)
    )
    assert.strictEqual(allowed, distinct.size)
    assert.deepStrictEqual(
      new Set(steps.map(({ event }) => event)),
      new Set(Event.literals.filter((event) => event !== "submit"))
    )
  })

  it("REQ-01 no row leaves a terminal state, and every other state can end", () => {
    for (const { from } of transitions) assert.isTrue(from === null || !isTerminal(from))
    for (const state of RequestState.literals.filter((state) => !isTerminal(state))) {
      assert.isTrue(
        transitions.some(({ event, from, to }) => from === state && event === "expire" && to === "Expired"),
        state
      )
    }
  })

  it("REQ-01 the committed table is the code's", async () => {
    const head = ["from", "event", "by", "when", "to", "then"]
    const rows = transitions.map(({ by, event, from, note, to, when }) => [
      from ?? "–",
      event,
      by,
      when ?? "",
      to,
      note
    ])
    const text = [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n")
    await expect(`# Requests: every way in which one moves

Derived from \`src/requests/Request.ts\` by \`test/requests/Request.test.ts\`; \`npx vitest run -c test/vitest.config.ts test/requests/Request.test.ts -u\`
writes it anew. What has no row here is refused, and what has ended stays as it ended.

${text}
`).toMatchFileSnapshot("../golden/requests.md")
  })
})

describe("a submission", () => {
  const facts = { ...sample(1), rules: rulesFor(defaults, {}) }

  it("REQ-01 REQ-07 goes to the deciders where the address is proven, else it waits for the mailbox", () => {
    const proven = submitted({ ...facts, proven: true }, at(0))
    assert.include(proven, { state: "Pending", pendingAt: at(0), version: 1, revision: 0 })
    assert.strictEqual(proven.expiresAt, at(30 * 86_400_000))
    assert.strictEqual(proven.nextReminderAt, at(3 * 86_400_000))
    const waits = submitted({ ...facts, proven: false }, at(0))
    assert.include(waits, { state: "AwaitingConfirmation", pendingAt: null, nextReminderAt: null })
    assert.strictEqual(waits.expiresAt, at(86_400_000))
    const confirmed = success(apply(waits, { event: "confirm", by: "mailbox", accountId: accountId(4) }, at(1000)))
    assert.include(confirmed, { state: "Pending", pendingAt: at(1000), expiresAt: at(1000 + 30 * 86_400_000) })
    assert.strictEqual(confirmed.asker.accountId, accountId(4))
  })

  it("REQ-10 R-AP-09 lives by the rules of its day", () => {
    const weaker = {
      ...defaults,
      requests: { ...defaults.requests, expiresAfter: "1 day", coolDown: "1 minute" } as const
    }
    const strict = rulesFor(defaults, { approvals: 2, sensitive: true, rules: { coolDown: "3 days" } })
    assert.deepStrictEqual(
      [strict.approvals, strict.sensitive, strict.coolDown, strict.expiresAfter],
      [2, true, 3 * 86_400_000, 30 * 86_400_000]
    )
    assert.strictEqual(rulesFor(weaker, {}).expiresAfter, 86_400_000)
    // what the kind and the settings say later is not asked
    const one = submitted({ ...facts, rules: strict, proven: true }, at(0))
    const first = success(apply(one, approve(1), at(1)))
    assert.deepStrictEqual([first.state, first.expiresAt], ["Pending", at(30 * 86_400_000)])
  })
})

describe("a step", () => {
  it("REQ-05 R-AP-03 a decision on an older version is stale, and a change makes earlier approvals void", () => {
    const pending = inState("Pending", { rules: rules(2) })
    const once = success(apply(pending, approve(1), at(30)))
    const changed = success(
      apply(
        once,
        {
          event: "amend",
          by: "asker",
          change: wanted(pending, { payload: { text: "More" } })
        },
        at(31)
      )
    )
    assert.deepStrictEqual([changed.version, changed.approvals.length, changed.expiresAt], [2, 0, pending.expiresAt])
    assert.include(failure(apply(changed, approve(2), at(32))), { _tag: "StaleDecision", version: 2 })
    const refuse = { event: "refuse", by: "decider", accountId: accountId(2), version: 1, reason: "No" } as const
    assert.include(failure(apply(changed, refuse, at(32))), { _tag: "StaleDecision", version: 2 })
    // even if somebody said that it still stood, an approval of another version does not count
    const next = success(apply(changed, approve(2, { version: 2 }, { standing: [approval(1)] }), at(32)))
    assert.strictEqual(next.state, "Pending")
  })

  it("REQ-05 a change that would make it another request, or bring it before others, is none", () => {
    const pending = inState("Pending")
    const amend = (over: Partial<Wanted>) =>
      apply(pending, { event: "amend", by: "asker", change: wanted(pending, over) }, at(30))
    assert.include(failure(amend({ identity: "other" })), { _tag: "NotAmendable" })
    assert.include(failure(amend({ audience: { _tag: "Staff", role: "agent" } })), { _tag: "NotAmendable" })
    assert.include(failure(amend({ tenantId: tenantId(2) })), { _tag: "NotAmendable" })
    assert.include(failure(amend({ askerTenantId: tenantId(2) })), { _tag: "NotAmendable" })
    assert.strictEqual(success(amend({})).version, 2)
  })

  it("REQ-04 R-AP-02 V-28 two different people must approve, and a deputy and the one they stand in for are one", () => {
    const pending = inState("Pending", { rules: rules(2) })
    const first = success(apply(pending, approve(1), at(30)))
    assert.deepStrictEqual([first.state, first.approvals.length], ["Pending", 1])
    const standing = first.approvals
    const tag = (step: Step) => failure(apply(first, step, at(31)))._tag
    assert.strictEqual(tag(approve(1, {}, { standing })), "AnotherPersonNeeded")
    assert.strictEqual(tag(approve(2, { onBehalfOf: accountId(1) }, { standing })), "AnotherPersonNeeded")
    assert.strictEqual(tag(approve(1, { onBehalfOf: accountId(3) }, { standing })), "AnotherPersonNeeded")
    assert.strictEqual(tag(approve(2, { decision: { roles: ["owner"] } }, { standing })), "DecisionDiffers")
    const second = success(apply(first, approve(2, {}, { standing }), at(31)))
    assert.deepStrictEqual([second.state, second.endedAt], ["Completed", at(31)])
    assert.deepStrictEqual(
      second.approvals.map(({ accountId }) => accountId),
      [accountId(1), accountId(2)]
    )
  })

  it("R-AP-05 an approval whose giver may not decide any more does not count", () => {
    const first = success(apply(inState("Pending", { rules: rules(2) }), approve(1), at(30)))
    const second = success(apply(first, approve(2, {}, { standing: [] }), at(31)))
    assert.deepStrictEqual(
      [second.state, second.approvals.map(({ accountId }) => accountId)],
      ["Pending", [accountId(2)]]
    )
  })

  it("REQ-06 an offer runs as long as the rules say, is renewed by one who may, and is completed while its approvers may", () => {
    const pending = inState("Pending")
    const approved = success(apply(pending, approve(1, {}, { askerCompletes: true }), at(30)))
    assert.include(approved, { state: "Approved", endedAt: null, expiresAt: at(30 + 14 * 86_400_000) })
    const complete = (standing: ReadonlyArray<Approval>) =>
      apply(approved, { event: "complete", by: "asker", standing }, at(40))
    assert.include(failure(complete([])), { _tag: "ApproverLostAuthority" })
    assert.include(failure(complete([approval(1, { version: 0 })])), { _tag: "ApproverLostAuthority" })
    assert.strictEqual(success(complete(approved.approvals)).state, "Completed")
    const renewed = success(apply(approved, approve(2, { decision: { roles: ["admin"] } }), at(50)))
    assert.include(renewed, { state: "Approved", expiresAt: at(50 + 14 * 86_400_000) })
    assert.deepStrictEqual(
      renewed.approvals.map(({ accountId, decision }) => [accountId, decision]),
      [[accountId(2), { roles: ["admin"] }]]
    )
    // with several approvers nobody changes alone what they agreed on
    const two = { ...approved, rules: rules(2), approvals: [approval(1), approval(3)] }
    const alone = apply(two, approve(2, { decision: { roles: ["admin"] } }, { standing: two.approvals }), at(50))
    assert.include(failure(alone), { _tag: "DecisionDiffers" })
  })

  it("REQ-07 is due at its time only: a reminder not before, an expiry not before, and nothing else from then on", () => {
    const pending = inState("Pending")
    const tag = (step: Step, now: number) => {
      const result = apply(pending, step, fromMillis(now))
      return Result.isSuccess(result) ? result.success.state : result.failure._tag
    }
    assert.strictEqual(tag({ event: "remind", by: "job" }, at(19)), "StepNotPossible")
    assert.strictEqual(tag({ event: "remind", by: "job" }, at(20)), "Pending")
    assert.strictEqual(tag({ event: "expire", by: "job" }, pending.expiresAt - 1), "StepNotPossible")
    assert.strictEqual(tag({ event: "expire", by: "job" }, pending.expiresAt), "Expired")
    assert.strictEqual(tag(approve(1), pending.expiresAt - 1), "Completed")
    assert.strictEqual(tag(approve(1), pending.expiresAt), "RequestClosed")
    assert.strictEqual(tag({ event: "withdraw", by: "asker" }, pending.expiresAt), "RequestClosed")
    assert.strictEqual(stateAt(pending, pending.expiresAt), "Expired")
    assert.strictEqual(stateAt(pending, fromMillis(pending.expiresAt - 1)), "Pending")
  })

  it("REQ-07 reminds after 3 and after 7 days, and makes up for none that was missed", () => {
    const day = 86_400_000
    const pending = submitted({ ...sample(1), rules: rules(1), proven: true }, at(0))
    const remind = (one: Request, now: number) => success(apply(one, { event: "remind", by: "job" }, fromMillis(now)))
    const first = remind(pending, at(3 * day))
    assert.deepStrictEqual([first.reminders, first.nextReminderAt], [1, at(7 * day)])
    const second = remind(first, at(7 * day))
    assert.deepStrictEqual([second.reminders, second.nextReminderAt], [2, null])
    const late = remind(pending, at(8 * day))
    assert.deepStrictEqual([late.reminders, late.nextReminderAt], [1, null])
  })
})

describe("any sequence of steps", () => {
  interface World {
    request: Request
    now: number
  }
  const people = fc.integer({ min: 1, max: 4 })
  const anyStep = fc.oneof(
    fc.record({ do: fc.constant("approve" as const), who: people, as: fc.option(people), version: fc.nat(3) }),
    fc.record({ do: fc.constant("refuse" as const), who: people, version: fc.nat(3) }),
    fc.record({ do: fc.constantFrom("confirm", "amend", "withdraw", "complete", "remind", "expire" as const) }),
    fc.record({ do: fc.constant("wait" as const), days: fc.integer({ min: 0, max: 20 }) }),
    fc.record({ do: fc.constant("lose" as const), who: people })
  )

  it("V-27 V-28 V-29 ends at most once, and is executed only with enough different people who stand on its version", () => {
    fc.assert(
      fc.property(
        fc.array(anyStep, { maxLength: 25 }),
        fc.integer({ min: 1, max: 3 }),
        fc.boolean(),
        fc.boolean(),
        (sequence, needed, askerCompletes, proven) => {
          const world: World = {
            request: submitted({ ...sample(1), rules: rules(needed), proven }, at(0)),
            now: at(0)
          }
          const lost = new Set<number>()
          let effects = 0
          let ends = 0
          const numberOf = (id: string) => Number.parseInt(id.slice(-12), 16)
          const standing = () =>
            world.request.approvals.filter(
              ({ accountId, onBehalfOf }) =>
                !lost.has(numberOf(accountId)) && !(onBehalfOf && lost.has(numberOf(onBehalfOf)))
            )
          for (const one of sequence) {
            if (one.do === "wait") world.now += one.days * 86_400_000
            else if (one.do === "lose") lost.add(one.who)
            else {
              const before = world.request
              const counted = standing()
              const step: Step | undefined =
                one.do === "approve"
                  ? lost.has(one.who) || (one.as !== null && lost.has(one.as))
                    ? undefined
                    : approve(
                        one.who,
                        {
                          version: one.version,
                          onBehalfOf: one.as === null || one.as === one.who ? null : accountId(one.as)
                        },
                        { standing: counted, askerCompletes }
                      )
                  : one.do === "refuse"
                    ? {
                        event: "refuse",
                        by: "decider",
                        accountId: accountId(one.who),
                        version: one.version,
                        reason: "No"
                      }
                    : one.do === "amend"
                      ? {
                          event: "amend",
                          by: "asker",
                          change: wanted(before, {})
                        }
                      : one.do === "complete"
                        ? { event: "complete", by: "asker", standing: counted }
                        : one.do === "confirm"
                          ? { event: "confirm", by: "mailbox" }
                          : one.do === "withdraw"
                            ? { event: "withdraw", by: "asker" }
                            : { event: one.do as "remind" | "expire", by: "job" }
              if (step === undefined) continue
              const result = apply(before, step, fromMillis(world.now))
              if (isTerminal(before.state)) assert.isTrue(Result.isFailure(result))
              if (Result.isFailure(result)) continue
              const next = result.success
              world.request = next
              assert.isTrue(
                transitions.some(
                  (row) =>
                    row.from === before.state && row.event === step.event && row.by === step.by && row.to === next.state
                )
              )
              if (isTerminal(next.state)) ends++
              if (next.state === "Completed") {
                effects++
                const who = standing()
                  .filter(({ version }) => version === next.version)
                  .flatMap(({ accountId, onBehalfOf }) => (onBehalfOf === null ? [accountId] : [accountId, onBehalfOf]))
                assert.strictEqual(new Set(who).size, who.length)
                assert.isAtLeast(standing().filter(({ version }) => version === next.version).length, needed)
              }
              assert.strictEqual(next.version, before.version + (step.event === "amend" ? 1 : 0))
            }
          }
          assert.isAtMost(ends, 1)
          assert.isAtMost(effects, 1)
          assert.strictEqual(effects === 1, world.request.state === "Completed")
        }
      ),
      { numRuns: 2000 }
    )
  })
})

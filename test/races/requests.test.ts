import { assert, it } from "@effect/vitest"
import { Effect, Fiber, Option, Result } from "effect"
import { describe } from "vitest"
import { StaffMembers } from "../../src/accounts/index.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { RequestId, TenantId } from "../../src/kernel/ids.ts"
import * as Requests from "../../src/requests/index.ts"
import { Members } from "../../src/tenants/index.ts"
import {
  askFourEyes,
  askJoin,
  askRename,
  completeJoin,
  crew,
  kindsTo,
  type Person,
  person,
  requestOf,
  staffActor,
  tenantOf,
  withKinds
} from "../requests/world.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { anonymously, as, everyPort, given, newestSecret } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"

/** Runs effects so that all of them begin at the same moment; answers what became of each. */
const race = <const Effects extends ReadonlyArray<Effect.Effect<unknown, unknown, unknown>>>(effects: Effects) => {
  type Each = Effects[number]
  return Effect.suspend(() => {
    const gate = barrier(effects.length)
    return Effect.forEach(
      // a list of different effects is a list of effects of the unions
      effects as ReadonlyArray<Effect.Effect<Effect.Success<Each>, Effect.Error<Each>, Effect.Services<Each>>>,
      (effect) => Effect.result(Effect.andThen(gate, effect)),
      { concurrency: "unbounded" }
    )
  })
}

const wins = <A, E>(results: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<A> =>
  results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : []))
const losses = <A, E extends { readonly _tag: string }>(results: ReadonlyArray<Result.Result<A, E>>) =>
  results.flatMap((result) => (Result.isFailure(result) ? [result.failure._tag] : []))

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings = { limits: { linkPerSource: unlimited, mailPerAddress: unlimited, deputiesPerAccount: unlimited } }

const rename = (who: Person, tenantId: TenantId, name = "New name") =>
  askRename({ asker: { id: who.id, email: who.email }, payload: { tenantId, name } }).pipe(as(who.actor))
const approve = (who: Actor.Account | Actor.Staff, requestId: RequestId) =>
  Requests.approve({ requestId, version: 1 }).pipe(as(who))
const refuse = (who: Actor.Account | Actor.Staff, requestId: RequestId) =>
  Requests.refuse({ requestId, version: 1, reason: "No" }).pipe(as(who))
const job = Actor.provide(Actor.job("test"))

/** Makes the request run out at this instant, as time would. */
const runOut = Effect.fnUntraced(function* (id: RequestId) {
  const requests = yield* Requests.RequestRepository
  const stored = yield* requestOf(id)
  yield* requests.save({ ...stored, expiresAt: Instant.plus(yield* Instant.now, "1 millis") })
})

/** So many events of a type about a request. */
const eventsOf = Effect.fnUntraced(function* (tenantId: TenantId, type: string) {
  const events = yield* EventRepository
  const rows = yield* events.list(tenantId, {}, { after: Option.none(), limit: 100 })
  return rows.filter((row) => row.type === type).length
})

/** A tenant with two owners, and somebody who asks. */
const world = Effect.fnUntraced(function* (n: number) {
  const owner = yield* person(`owner${n}`)
  const second = yield* person(`second${n}`)
  const asker = yield* person(`asker${n}`)
  const tenant = yield* given.tenant(owner.account, { name: "Before" })
  yield* given.member(tenant.id, second.account, ["owner"])
  return { owner, second, asker, tenantId: tenant.id }
})

/** One effect with its mail, or none of both: whoever won. */
const oneOutcome = Effect.fnUntraced(function* (
  id: RequestId,
  tenantId: TenantId,
  askerEmail: string,
  versionBefore: number
) {
  const { endedAt, state } = yield* requestOf(id)
  const tenant = yield* tenantOf(tenantId)
  const mails = yield* kindsTo(askerEmail)
  assert.isNotNull(endedAt)
  assert.strictEqual(tenant.version - versionBefore, state === "Completed" ? 1 : 0, `effect of ${state}`)
  const expected =
    state === "Completed"
      ? ["Rename.approved"]
      : state === "Refused"
        ? ["Rename.refused"]
        : state === "Expired"
          ? ["Rename.expired"]
          : []
  assert.deepStrictEqual(mails, expected, `mails of ${state}`)
  for (const [what, of] of [
    ["approved", "Completed"],
    ["refused", "Refused"],
    ["withdrawn", "Withdrawn"],
    ["expired", "Expired"]
  ] as const) {
    assert.strictEqual(yield* eventsOf(tenantId, `request.${what}`), state === of ? 1 : 0, `${what} of ${state}`)
  }
  return state
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = withKinds(storage, settings)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 2000) : rounds(20, 200)

  const inRounds = <A, E, R>(round: (n: number) => Effect.Effect<A, E, R>) =>
    Effect.gen(function* () {
      const seen = new Map<unknown, number>()
      for (let n = 0; n < times; n++) {
        const outcome = yield* round(n)
        seen.set(outcome, (seen.get(outcome) ?? 0) + 1)
      }
      return seen
    })

  describe(`races of requests (${adapter})`, { timeout: 300_000 }, () => {
    it.live(
      "REQ-06 R-AP-04 R-AP-06 V-27 V-29 of two approvals, a refusal and a withdrawal in parallel one wins, with one effect and its mail",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { asker, owner, second, tenantId } = yield* world(n)
            const { id } = yield* rename(asker, tenantId)
            const { version } = yield* tenantOf(tenantId)
            const results = yield* race([
              Effect.as(approve(owner.actor, id), "Completed"),
              Effect.as(refuse(second.actor, id), "Refused"),
              Effect.as(approve(second.actor, id), "Completed"),
              Effect.as(Requests.withdraw({ requestId: id }).pipe(as(asker.actor)), "Withdrawn")
            ])
            const state = yield* oneOutcome(id, tenantId, asker.email, version)
            assert.deepStrictEqual(wins(results), [state])
            assert.deepStrictEqual(losses(results), ["RequestClosed", "RequestClosed", "RequestClosed"])
            return state
          })
        ).pipe(Effect.provide(portal))
    )

    it.live("REQ-06 V-27 V-29 of approval, withdrawal and expiry at its very time one wins", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { asker, owner, tenantId } = yield* world(n)
          const { id } = yield* rename(asker, tenantId)
          const { version } = yield* tenantOf(tenantId)
          yield* runOut(id)
          const results = yield* race([
            Effect.as(approve(owner.actor, id), 1),
            Effect.as(Requests.withdraw({ requestId: id }).pipe(as(asker.actor)), 1),
            Effect.map(Requests.expireOverdue({ limit: 10 }).pipe(job), ({ expired }) => expired),
            Effect.map(Requests.expireOverdue({ limit: 10 }).pipe(job), ({ expired }) => expired)
          ])
          // nobody may have been first: then the job comes again
          if ((yield* requestOf(id)).endedAt === null) {
            yield* Effect.sleep("2 millis")
            assert.deepStrictEqual(yield* Requests.expireOverdue({ limit: 10 }).pipe(job), { expired: 1 })
          } else {
            assert.strictEqual(
              wins(results).reduce((sum, count) => sum + count, 0),
              1
            )
          }
          return yield* oneOutcome(id, tenantId, asker.email, version)
        })
      ).pipe(Effect.provide(portal))
    )

    it.live("R-AP-05 REQ-07 who loses the role in the same moment decides before that or not at all", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { asker, owner, second, tenantId } = yield* world(n)
          const { id } = yield* rename(asker, tenantId)
          const { version } = yield* tenantOf(tenantId)
          const [approved, demoted] = yield* race([
            approve(owner.actor, id),
            Members.changeRoles({ tenantId, accountId: owner.id, roles: ["member"] }).pipe(as(second.actor))
          ])
          assert.isTrue(demoted !== undefined && Result.isSuccess(demoted))
          const { state } = yield* requestOf(id)
          const won = approved !== undefined && Result.isSuccess(approved)
          assert.strictEqual(state, won ? "Completed" : "Pending")
          if (approved !== undefined && Result.isFailure(approved))
            assert.propertyVal(approved.failure, "_tag", "NotAllowed")
          assert.strictEqual((yield* tenantOf(tenantId)).version - version, won ? 2 : 1)
          const events = yield* EventRepository
          const rows = yield* events.list(tenantId, {}, { after: Option.none(), limit: 100 })
          const types = rows.map(({ type }) => type)
          assert.include(types, "membership.rolesChanged")
          assert.strictEqual(types.includes("request.approved"), won)
          // whoever has decided was an owner until the end of the decision
          const renamed = rows.find(({ type }) => type === "test.renamed")
          assert.deepStrictEqual(renamed?.data, won ? { roles: ["owner"], deputies: 0 } : undefined)
          return won
        })
      ).pipe(Effect.provide(portal))
    )

    it.live("REQ-04 V-28 V-29 three who approve a request of two at once: two count, and the effect happens once", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const asker = yield* person(`asker${n}`)
          const tenant = yield* given.tenant((yield* person(`owner${n}`)).account)
          const staff = yield* Effect.forEach([1, 2, 3], (m) => crew(`crew${n}-${m}`, "supervisor"))
          const { id } = yield* askFourEyes({
            asker: { id: asker.id, email: asker.email },
            payload: { tenantId: tenant.id, name: "Seen" }
          }).pipe(as(asker.actor))
          const results = yield* race([
            ...staff.map(({ staff }) => approve(staff, id)),
            // one of them twice
            ...staff.slice(0, 1).map(({ staff }) => approve(staff, id))
          ])
          assert.strictEqual(wins(results).length, 2)
          for (const tag of losses(results)) assert.include(["RequestClosed", "AnotherPersonNeeded"], tag)
          const { approvals, state } = yield* requestOf(id)
          assert.strictEqual(state, "Completed")
          assert.strictEqual(new Set(approvals.map(({ accountId }) => accountId)).size, 2)
          assert.strictEqual((yield* tenantOf(tenant.id)).version, tenant.version + 1)
          assert.deepStrictEqual(yield* kindsTo(asker.email), ["FourEyes.approved"])
        })
      ).pipe(Effect.provide(portal))
    )

    it.live("R-AP-05 AUT-10 staff who are dismissed in the same moment decide before that or not at all", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const asker = yield* person(`asker${n}`)
          const tenant = yield* given.tenant((yield* person(`owner${n}`)).account)
          const one = yield* crew(`one${n}`, "supervisor")
          const two = yield* crew(`two${n}`, "supervisor")
          const boss = yield* crew(`boss${n}`, "operator")
          const { id } = yield* askFourEyes({
            asker: { id: asker.id, email: asker.email },
            payload: { tenantId: tenant.id, name: "Seen" }
          }).pipe(as(asker.actor))
          yield* approve(one.staff, id)
          const [approved, dismissed] = yield* race([
            approve(two.staff, id),
            StaffMembers.dismiss({ accountId: n % 2 === 0 ? one.id : two.id }).pipe(as(boss.staff))
          ])
          assert.isTrue(dismissed !== undefined && Result.isSuccess(dismissed))
          const request = yield* requestOf(id)
          const executed = request.state === "Completed"
          assert.strictEqual((yield* tenantOf(tenant.id)).version - tenant.version, executed ? 1 : 0)
          const events = yield* EventRepository
          const rows = yield* events.list(tenant.id, {}, { after: Option.none(), limit: 100 })
          // both who have decided were staff until the end of the decision
          assert.deepStrictEqual(
            rows.filter(({ type }) => type === "test.renamed").map(({ data }) => data),
            executed ? [{ staff: 2, deputies: 0 }] : []
          )
          if (approved !== undefined && Result.isSuccess(approved) && !executed) {
            // the one who was dismissed does not count any more
            assert.deepStrictEqual(
              request.approvals.map(({ accountId }) => accountId),
              [two.id]
            )
          }
          const staff = yield* StaffRepository
          assert.isTrue(Option.isNone(yield* staff.find(n % 2 === 0 ? one.id : two.id)))
          return executed
        })
      ).pipe(Effect.provide(portal))
    )

    it.live(
      "R-AP-02 R-AP-05 V-28 of two who approve at once and one who is dismissed, both count or the effect waits",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const asker = yield* person(`asker${n}`)
            const tenant = yield* given.tenant((yield* person(`owner${n}`)).account)
            const one = yield* crew(`one${n}`, "supervisor")
            const two = yield* crew(`two${n}`, "supervisor")
            const boss = yield* crew(`boss${n}`, "operator")
            const { id } = yield* askFourEyes({
              asker: { id: asker.id, email: asker.email },
              payload: { tenantId: tenant.id, name: "Seen" }
            }).pipe(as(asker.actor))
            yield* race([
              approve(one.staff, id),
              approve(two.staff, id),
              StaffMembers.dismiss({ accountId: one.id }).pipe(as(boss.staff), Effect.delay(`${n % 4} millis`))
            ])
            const executed = (yield* requestOf(id)).state === "Completed"
            const events = yield* EventRepository
            const rows = yield* events.list(tenant.id, {}, { after: Option.none(), limit: 100 })
            assert.deepStrictEqual(
              rows.filter(({ type }) => type === "test.renamed").map(({ data }) => data),
              executed ? [{ staff: 2, deputies: 0 }] : []
            )
            return executed
          })
        ).pipe(Effect.provide(portal))
    )

    it.live("REQ-07 R-AP-05 whose being a deputy ends in the same moment decides before that or not at all", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { asker, owner, tenantId } = yield* world(n)
          const deputy = yield* person(`deputy${n}`)
          yield* given.member(tenantId, deputy.account, ["member"])
          const { id } = yield* rename(asker, tenantId)
          const until = Instant.plus(yield* Instant.now, "1 hour")
          const named = yield* Requests.nameDeputy({ deputyId: deputy.id, tenantId, until }).pipe(as(owner.actor))
          const [approved, ended] = yield* race([
            approve(deputy.actor, id),
            Requests.endDeputy({ id: named.id }).pipe(as(owner.actor))
          ])
          assert.isTrue(ended !== undefined && Result.isSuccess(ended))
          const won = approved !== undefined && Result.isSuccess(approved)
          assert.strictEqual((yield* requestOf(id)).state, won ? "Completed" : "Pending")
          // as the effect found it at its very end
          const events = yield* EventRepository
          const rows = yield* events.list(tenantId, {}, { after: Option.none(), limit: 100 })
          const renamed = rows.filter(({ type }) => type === "test.renamed").map(({ data }) => data.deputies)
          assert.deepStrictEqual(renamed, won ? [1] : [])
          return won
        })
      ).pipe(Effect.provide(portal))
    )

    it.live(
      "REQ-07 R-AP-05 AUT-10 of an operator by configuration, too, a deputy decides before the end of that or not at all",
      () =>
        Effect.gen(function* () {
          // in no table of staff: only the configuration says so
          const { account } = yield* person("boss")
          const boss = yield* staffActor(account, "operator")
          yield* inRounds((n) =>
            Effect.gen(function* () {
              const asker = yield* person(`asker${n}`)
              const tenant = yield* given.tenant((yield* person(`owner${n}`)).account)
              const one = yield* crew(`one${n}`, "supervisor")
              const deputy = yield* crew(`deputy${n}`, "agent")
              const until = Instant.plus(yield* Instant.now, "1 hour")
              const named = yield* Requests.nameDeputy({ deputyId: deputy.id, until }).pipe(as(boss))
              const { id } = yield* askFourEyes({
                asker: { id: asker.id, email: asker.email },
                payload: { tenantId: tenant.id, name: "Seen" }
              }).pipe(as(asker.actor))
              yield* approve(one.staff, id)
              const [approved, ended] = yield* race([
                approve(deputy.staff, id),
                Requests.endDeputy({ id: named.id }).pipe(as(boss))
              ])
              assert.isTrue(ended !== undefined && Result.isSuccess(ended))
              const won = approved !== undefined && Result.isSuccess(approved)
              assert.strictEqual((yield* requestOf(id)).state, won ? "Completed" : "Pending")
              const events = yield* EventRepository
              const rows = yield* events.list(tenant.id, {}, { after: Option.none(), limit: 100 })
              // whoever has decided was a deputy until the end of the decision
              assert.deepStrictEqual(
                rows.filter(({ type }) => type === "test.renamed").map(({ data }) => data),
                won ? [{ staff: 2, deputies: 1 }] : []
              )
              return won
            })
          )
        }).pipe(Effect.provide(withKinds(storage, { ...settings, staff: { operators: ["boss@example.com"] } })))
    )

    it.live("REQ-06 V-29 an offer taken twice while it is withdrawn and renewed has one outcome", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { asker, owner, tenantId } = yield* world(n)
          const { id } = yield* askJoin({ email: asker.email, payload: { tenantId, name: "Joined" } }).pipe(
            as(asker.actor)
          )
          const decide = Requests.approve({ requestId: id, version: 1, decision: { roles: ["member"] } }).pipe(
            as(owner.actor)
          )
          yield* decide
          const secret = yield* newestSecret(asker.email)
          const { version } = yield* tenantOf(tenantId)
          const complete = Effect.as(completeJoin({ secret }).pipe(anonymously), "Completed")
          const results = yield* race([
            complete,
            complete,
            Effect.as(Requests.withdraw({ requestId: id }).pipe(as(asker.actor)), "Withdrawn"),
            Effect.as(decide, "renewed")
          ])
          const ends = wins(results).filter((outcome) => outcome !== "renewed")
          const { state } = yield* requestOf(id)
          assert.deepStrictEqual(ends, [state])
          assert.strictEqual((yield* tenantOf(tenantId)).version - version, state === "Completed" ? 1 : 0)
          return state
        })
      ).pipe(Effect.provide(portal))
    )

    it.live("REQ-09 the same asked three times at once is one request, and its deciders get one mail", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { asker, owner, tenantId } = yield* world(n)
          const results = yield* race([1, 2, 3].map(() => rename(asker, tenantId)))
          assert.strictEqual(new Set(wins(results).map(({ id }) => id)).size, 1)
          assert.strictEqual(wins(results).length, 3)
          assert.deepStrictEqual(yield* kindsTo(owner.email), ["Rename.pending"])
        })
      ).pipe(Effect.provide(portal))
    )

    it.live("G-13 REQ-07 two runners that remind and expire at once, one of them killed, do each thing once", () =>
      Effect.gen(function* () {
        const requests = yield* Requests.RequestRepository
        const owner = yield* person("owner")
        const asker = yield* person("asker")
        const now = yield* Instant.now
        const made: Array<{ readonly id: RequestId; readonly reminds: boolean }> = []
        const count = adapter === "postgres" ? 60 : 20
        for (let n = 0; n < count; n++) {
          const tenant = yield* given.tenant(owner.account, { name: `T${n}` })
          const { id } = yield* rename(asker, tenant.id)
          const stored = yield* requestOf(id)
          const reminds = n % 2 === 0
          yield* requests.save({
            ...stored,
            pendingAt: Instant.minus(now, "4 days"),
            nextReminderAt: reminds ? Instant.minus(now, "1 day") : null,
            expiresAt: reminds ? stored.expiresAt : Instant.minus(now, "1 millis")
          })
          made.push({ id, reminds })
        }
        const runner = Effect.gen(function* () {
          for (;;) {
            const { reminded } = yield* Requests.remindDue({ limit: 3 }).pipe(job)
            const { expired } = yield* Requests.expireOverdue({ limit: 3 }).pipe(job)
            if (reminded + expired === 0) return
          }
        })
        // some are killed in the middle, over and over; then two run to the end
        for (let n = 0; n < 15; n++) {
          const victims = yield* Effect.forEach([1, 2], () => Effect.forkChild(runner))
          yield* Effect.sleep(`${1 + (n % 7)} millis`)
          yield* Effect.forEach(victims, (victim) => Fiber.interrupt(victim))
        }
        yield* Effect.forEach([1, 2], () => runner, { concurrency: "unbounded" })
        // what was locked by one of them may have been left out by the other
        yield* runner
        for (const { id, reminds } of made) {
          const { reminders, state } = yield* requestOf(id)
          assert.deepStrictEqual([state, reminders], reminds ? ["Pending", 1] : ["Expired", 0])
        }
        const toOwner = (yield* kindsTo(owner.email)).filter((kind) => kind === "Rename.reminder")
        const toAsker = (yield* kindsTo(asker.email)).filter((kind) => kind === "Rename.expired")
        assert.deepStrictEqual([toOwner.length, toAsker.length], [count / 2, count / 2])
      }).pipe(Effect.provide(portal))
    )
  })
})

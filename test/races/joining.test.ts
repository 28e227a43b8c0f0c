import { assert, it } from "@effect/vitest"
import { Clock, Effect, Layer, Result } from "effect"
import { describe } from "vitest"
import * as Locations from "../../src/hierarchy/Locations.ts"
import * as SelfRegistrations from "../../src/joining/SelfRegistrations.ts"
import { job } from "../../src/kernel/Actor.ts"
import { builtInRoles } from "../../src/kernel/Permission.ts"
import type { SettingsInput } from "../../src/kernel/Settings.ts"
import * as Requests from "../../src/requests/Requests.ts"
import * as Members from "../../src/tenants/Members.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import {
  accountOf,
  approve,
  approved,
  complete,
  confirm,
  type JoiningPortal,
  join,
  kindsTo,
  rolesIn,
  submit,
  tenantNow,
  tenantOfOwner,
  waitingFor,
  withRequests
} from "../joining/joiners.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import { as, everyPort, given, newestSecret, signedIn, withKernel } from "../support/portal.ts"
import { rounds } from "../support/rounds.ts"

/** A clock that shows a later time than the real one, as a node's does whose time is ahead. */
const aheadBy = (millis: number) =>
  Effect.map(
    Clock.Clock,
    (clock): Clock.Clock => ({
      ...clock,
      currentTimeMillisUnsafe: () => clock.currentTimeMillisUnsafe() + millis,
      currentTimeMillis: Effect.map(clock.currentTimeMillis, (now) => now + millis),
      currentTimeNanosUnsafe: () => clock.currentTimeNanosUnsafe(),
      sleep: (duration) => clock.sleep(duration)
    })
  )

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

const successes = <A, E>(results: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<A> =>
  results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : []))
const refusals = <A, E extends { readonly _tag: string }>(results: ReadonlyArray<Result.Result<A, E>>) =>
  results.flatMap((result) => (Result.isFailure(result) ? [result.failure._tag] : []))

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings: SettingsInput = {
  limits: {
    selfRegistrationPerAddress: unlimited,
    selfRegistrationPerNumber: unlimited,
    mailPerSource: unlimited,
    linkPerSource: unlimited
  },
  roles: [
    ...builtInRoles,
    {
      name: "branches",
      label: { de: "Alle Standorte", en: "All locations" },
      permissions: ["tenant.read", "members.read", "requests.decide", "locations.access"]
    }
  ]
}

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = withRequests(Layer.provideMerge(withKernel(settings), storage))
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 2000) : rounds(40, 400)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, JoiningPortal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < times; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  const tenantOfRound = (n: number, which = "", seats?: number) =>
    tenantOfOwner({
      customerNumber: `K-${which}${n}`,
      owner: `owner${which}${n}@example.com`,
      ...(seats === undefined ? {} : { seats })
    })

  describe(`races of self-registration (${adapter})`, { timeout: 600_000 }, () => {
    it.live("SLF-03 one mailbox that confirms three times at once makes one request, and one mail to the owner", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner } = yield* tenantOfRound(n)
          const email = `grace${n}@example.com`
          yield* submit({ email, customerNumber: `K-${n}` })
          const secret = yield* newestSecret(email)
          const results = yield* race([confirm(secret), confirm(secret), confirm(secret)])
          assert.strictEqual(successes(results).length, 1)
          assert.deepStrictEqual(refusals(results), ["LinkUnusable", "LinkUnusable"])
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          assert.deepStrictEqual(yield* kindsTo(`owner${n}@example.com`), ["requests.JoinTenant.pending"])
        })
      )
    )

    it.live(
      "SLF-03 V-15 of a number's last attempt: one link opened often counts once, and of two mailboxes one comes through",
      () =>
        Effect.gen(function* () {
          for (let n = 0; n < times; n++) {
            const { owner } = yield* tenantOfRound(n)
            const attempt = (who: string) =>
              Effect.andThen(
                submit({ email: `${who}${n}@example.com`, customerNumber: `K-${n}` }),
                newestSecret(`${who}${n}@example.com`)
              )
            const secret = yield* attempt("grace")
            const one = yield* race([confirm(secret), confirm(secret), confirm(secret)])
            assert.strictEqual(successes(one).length, 1)
            assert.deepStrictEqual(refusals(one), ["LinkUnusable", "LinkUnusable"])
            // two a day: one is left
            const last = yield* race([confirm(yield* attempt("ada")), confirm(yield* attempt("eve"))])
            assert.strictEqual(successes(last).length, 1)
            assert.deepStrictEqual(refusals(last), ["TooManyAttempts"])
            assert.strictEqual((yield* waitingFor(owner)).length, 2)
          }
        }).pipe(
          Effect.provide(
            withRequests(
              Layer.provideMerge(
                withKernel({
                  limits: { ...settings.limits, selfRegistrationPerNumber: { max: 2, window: "1 hour" } }
                }),
                storage
              )
            )
          )
        )
    )

    it.live("REQ-09 SLF-03 two attempts of one address that are confirmed at once make one request", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner } = yield* tenantOfRound(n)
          const email = `grace${n}@example.com`
          const attempt = Effect.gen(function* () {
            yield* submit({ email, customerNumber: `K-${n}` })
            return yield* newestSecret(email)
          })
          const [first, second] = [yield* attempt, yield* attempt]
          const results = yield* race([confirm(first), confirm(second)])
          assert.deepStrictEqual(refusals(results), [])
          assert.strictEqual((yield* waitingFor(owner)).length, 1)
          assert.deepStrictEqual(yield* kindsTo(`owner${n}@example.com`), ["requests.JoinTenant.pending"])
          assert.strictEqual((yield* kindsTo(email)).filter((kind) => kind === "joining.alreadyAsked").length, 1)
        })
      )
    )

    it.live(
      "SLF-07 V-22 two tenants approved the same address: both completed at once make one account, and the other approval is still good",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const email = `grace${n}@example.com`
            const one = yield* tenantOfRound(n, "a")
            const other = yield* tenantOfRound(n, "b")
            const first = yield* approved(one.owner, { email, customerNumber: `K-a${n}` })
            const second = yield* approved(other.owner, { email, customerNumber: `K-b${n}` })
            const results = yield* race([complete(first.secret), complete(second.secret)])
            const [winner, ...more] = successes(results)
            assert.deepStrictEqual(more, [])
            assert.deepStrictEqual(refusals(results), ["SignInToJoin"])
            const account = yield* accountOf(email)
            if (account === undefined) return yield* Effect.die(new Error("no account"))
            assert.strictEqual(winner?.signIn._tag === "SignedIn" && winner.signIn.account.id, account.id)
            const counts = [yield* tenantNow(one.tenant.id), yield* tenantNow(other.tenant.id)]
            assert.deepStrictEqual(counts.map(({ memberCount }) => memberCount).sort(), [1, 2])
            // the loser's request is as it was
            const states = [
              (yield* Requests.get({ requestId: first.id }).pipe(as(one.owner))).state,
              (yield* Requests.get({ requestId: second.id }).pipe(as(other.owner))).state
            ]
            assert.deepStrictEqual([...states].sort(), ["Approved", "Completed"])
          })
        )
    )

    it.live("SLF-06 V-25 R-TK-03 one link completed three times at once makes one account and one membership", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfRound(n)
          const email = `grace${n}@example.com`
          const { secret } = yield* approved(owner, { email, customerNumber: `K-${n}` })
          const results = yield* race([complete(secret), complete(secret), complete(secret)])
          assert.strictEqual(successes(results).length, 1)
          for (const tag of refusals(results)) assert.include(["RequestClosed", "SignInToJoin", "LinkUnusable"], tag)
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 2)
        })
      )
    )

    it.live("INV-14 V-26 SLF-06 the last seat taken by two approved askers at once goes to one of them", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfRound(n, "", 2)
          const secrets = yield* Effect.forEach([1, 2], (m) =>
            Effect.map(
              approved(owner, { email: `p${n}-${m}@example.com`, customerNumber: `K-${n}` }),
              (one) => one.secret
            )
          )
          const results = yield* race(secrets.map((secret) => complete(secret)))
          assert.strictEqual(successes(results).length, 1)
          assert.deepStrictEqual(refusals(results), ["NoSeatLeft"])
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, 2)
        })
      )
    )

    it.live("REQ-06 R-AP-04 of complete and refuse in parallel exactly one wins, and the effect agrees", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfRound(n)
          const email = `grace${n}@example.com`
          const { id, secret } = yield* approved(owner, { email, customerNumber: `K-${n}` })
          const results = yield* race([
            complete(secret).pipe(Effect.as("Completed")),
            Requests.refuse({ requestId: id, version: 1, reason: "No." }).pipe(as(owner), Effect.as("Refused"))
          ])
          const [winner, ...more] = successes(results)
          assert.deepStrictEqual(more, [])
          assert.deepStrictEqual(refusals(results), ["RequestClosed"])
          assert.strictEqual((yield* Requests.get({ requestId: id }).pipe(as(owner))).state, winner)
          assert.strictEqual((yield* accountOf(email)) !== undefined, winner === "Completed")
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, winner === "Completed" ? 2 : 1)
          const refusal = (yield* kindsTo(email)).filter((kind) => kind === "requests.JoinTenant.refused")
          assert.strictEqual(refusal.length, winner === "Refused" ? 1 : 0)
        })
      )
    )

    it.live("REQ-06 R-AP-04 of joining with an account and withdrawing in parallel exactly one wins", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfRound(n)
          const account = yield* given.account(`grace${n}@example.com`)
          const actor = yield* signedIn(account)
          yield* SelfRegistrations.askToJoin({ customerNumber: `K-${n}`, postalCode: "1010", country: "AT" }).pipe(
            as(actor)
          )
          const { id } = yield* approve(owner)
          const secret = yield* newestSecret(account.email)
          const results = yield* race([
            join(secret, actor).pipe(Effect.as("Completed")),
            Requests.withdraw({ requestId: id }).pipe(as(actor), Effect.as("Withdrawn"))
          ])
          const [winner, ...more] = successes(results)
          assert.deepStrictEqual(more, [])
          assert.deepStrictEqual(refusals(results), ["RequestClosed"])
          assert.strictEqual((yield* Requests.get({ requestId: id }).pipe(as(owner))).state, winner)
          assert.strictEqual((yield* rolesIn(tenant.id, account.id)) !== undefined, winner === "Completed")
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, winner === "Completed" ? 2 : 1)
        })
      )
    )

    it.live("REQ-06 R-AP-04 of completing at the last moment and expiring in parallel exactly one wins", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { owner, tenant } = yield* tenantOfRound(n)
          const email = `grace${n}@example.com`
          const { id, secret } = yield* approved(owner, { email, customerNumber: `K-${n}` })
          // the job's node is where the offer has run out already
          const results = yield* race([
            complete(secret).pipe(Effect.as("Completed" as const)),
            Requests.expireOverdue({ limit: 10 }).pipe(
              as(job("requests.expire")),
              Effect.provideService(Clock.Clock, yield* aheadBy(14 * 86_400_000)),
              Effect.map(({ expired }) => (expired === 1 ? ("Expired" as const) : ("nothing" as const)))
            )
          ])
          const { state } = yield* Requests.get({ requestId: id }).pipe(as(owner))
          const did = successes(results).filter((what) => what !== "nothing")
          // the job leaves alone what another unit has locked, and nothing more: then the completion has it
          assert.deepStrictEqual(did, [state])
          for (const tag of refusals(results)) assert.strictEqual(tag, "RequestClosed")
          assert.strictEqual((yield* accountOf(email)) !== undefined, state === "Completed")
          assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, state === "Completed" ? 2 : 1)
        })
      )
    )

    it.live(
      "R-AP-05 INV-05 of completing and the approver's removal in parallel one comes first, and the other knows it",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const { owner, tenant } = yield* tenantOfRound(n)
            const second = yield* given.account(`second${n}@example.com`)
            yield* given.member(tenant.id, second, ["owner"])
            const email = `grace${n}@example.com`
            const { secret } = yield* approved(yield* signedIn(second), { email, customerNumber: `K-${n}` })
            const results = yield* race([
              complete(secret).pipe(Effect.as("Completed")),
              Members.remove({ tenantId: tenant.id, accountId: second.id }).pipe(as(owner), Effect.as("Removed"))
            ])
            const won = successes(results)
            assert.include(won, "Removed")
            const completed = won.includes("Completed")
            assert.deepStrictEqual(refusals(results), completed ? [] : ["ApproverLostAuthority"])
            assert.strictEqual((yield* accountOf(email)) !== undefined, completed)
            assert.strictEqual((yield* tenantNow(tenant.id)).memberCount, completed ? 2 : 1)
          })
        )
    )

    it.live(
      "HIE-06 R-AP-05 nobody comes in by an approval through the main after its giver's place there has ended",
      () => {
        let done = 0
        return inRounds((n) =>
          Effect.gen(function* () {
            const { owner, ownerAccount, tenant } = yield* tenantOfRound(n)
            const main = yield* given.tenant(ownerAccount)
            const clerk = yield* given.account(`clerk${n}@example.com`)
            yield* given.member(main.id, clerk, ["branches"])
            yield* Locations.linkOwn({ tenantId: main.id, subId: tenant.id }).pipe(as(owner))
            const email = `grace${n}@example.com`
            const { secret } = yield* approved(yield* signedIn(clerk), { email, customerNumber: `K-${n}` })
            let hasEnded = false
            const tenants = yield* TenantRepository
            const save: typeof tenants.save = (next) =>
              Effect.andThen(
                Effect.sleep("3 millis"),
                Effect.suspend(() => {
                  assert.isFalse(hasEnded, "HIE-06: somebody comes in by a right that has ended")
                  return tenants.save(next)
                })
              )
            // completing takes longer until it locks: with another start in each round each of the two comes first at times
            const remove = Members.remove({ tenantId: main.id, accountId: clerk.id }).pipe(
              as(owner),
              Effect.delay(`${n % 20} millis`)
            )
            const results = yield* race([
              complete(secret).pipe(
                Effect.provideService(TenantRepository, TenantRepository.of({ ...tenants, save })),
                Effect.as("Completed")
              ),
              Effect.tap(remove, () =>
                Effect.sync(() => {
                  hasEnded = true
                })
              ).pipe(Effect.as("Removed"))
            ])
            const won = successes(results)
            assert.include(won, "Removed")
            const isIn = won.includes("Completed")
            if (isIn) done++
            assert.deepStrictEqual(refusals(results), isIn ? [] : ["ApproverLostAuthority"])
          })
        ).pipe(
          Effect.tap(() =>
            Effect.sync(() => {
              // where one unit runs after the other it is always the same one that comes first
              if (adapter === "postgres") assert.isAbove(done, 0, "some came in before")
            })
          )
        )
      }
    )
  })
})

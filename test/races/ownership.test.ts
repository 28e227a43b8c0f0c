import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { Suspensions } from "../../src/accounts/index.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import * as Requests from "../../src/requests/index.ts"
import { Members, Ownerships, StaffTenants } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { everyKind } from "../support/scenario.ts"
import { counts, membershipOf, person, staff, tags, tenantOf } from "../tenants/world.ts"

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const kernel = withKernel({ limits: { mailPerAddress: unlimited, mailPerSource: unlimited } })

/** A tenant whose one owner has offered the ownership to a member; and a supervisor. */
const offered = Effect.fnUntraced(function* (round: number, second: boolean) {
  const giver = yield* person(`giver${round}`)
  const receiver = yield* person(`receiver${round}`)
  const other = yield* person(`other${round}`)
  const boss = yield* person(`boss${round}`)
  const { id } = yield* given.tenant(giver.account)
  yield* given.member(id, receiver.account, ["member"])
  if (second) yield* given.member(id, other.account, ["owner"])
  const staffers = yield* StaffRepository
  yield* staffers.save({ accountId: boss.account.id, roles: ["supervisor"], since: yield* Instant.now })
  const { requestId } = yield* Ownerships.offer({ tenantId: id, accountId: receiver.account.id }).pipe(as(giver.actor))
  return { giver, receiver, other, boss: yield* staff(boss.account, "supervisor"), id, requestId }
})
type Offered = Effect.Success<ReturnType<typeof offered>>

type Here = Portal | Layer.Success<typeof everyKind>
/** One party of a race, by its outcome only. */
type Act = Effect.Effect<void, { readonly _tag: string }, Here>

const accept = ({ receiver, requestId }: Offered): Act =>
  Requests.approve({ requestId, version: 1 }).pipe(as(receiver.actor), Effect.asVoid)
const leave = ({ id }: Offered, who: Offered["giver"]): Act => Members.leave({ tenantId: id }).pipe(as(who.actor))
const change = ({ id }: Offered, by: Offered["giver"], who: Offered["giver"], role: string): Act =>
  Members.changeRoles({ tenantId: id, accountId: who.account.id, roles: [role] }).pipe(as(by.actor), Effect.asVoid)
const suspend = ({ boss }: Offered, who: Offered["giver"]): Act =>
  Suspensions.suspend({ accountId: who.account.id, reason: "Missbrauch" }).pipe(as(boss), Effect.asVoid)

/** What must hold at every commit: the kept counts are those of the members, and an active tenant has an active owner. */
const holds = Effect.fnUntraced(function* ({ id }: Offered) {
  const { counted, kept } = yield* counts(id)
  const { state } = yield* tenantOf(id)
  assert.deepStrictEqual(kept, counted)
  assert.isTrue(state !== "active" || counted.ownerCount >= 1)
})

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = everyKind.pipe(Layer.provideMerge(Layer.provideMerge(kernel, layer)))
  const enough = adapter === "postgres" ? rounds(200, 2000) : rounds(20, 200)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Here>) =>
    Effect.gen(function* () {
      for (let n = 0; n < enough; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of the ownership (${adapter})`, { timeout: 300_000 }, () => {
    it.live("TEN-05 V-01 of an acceptance and the giver's leaving, the tenant keeps an owner", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const all = yield* offered(n, n % 2 === 0)
          const [accepted, left] = yield* race([accept(all), leave(all, all.giver)])
          yield* holds(all)
          const receiver = yield* membershipOf(all.id, all.receiver)
          assert.strictEqual(receiver?.roles.includes("owner"), accepted?._tag === "Success")
          // with one owner the acceptance always goes through, and the giver leaves either after it or not at all
          if (n % 2 === 1) assert.deepInclude(["LastOwner", "ok"], tags(left === undefined ? [] : [left])[0])
          if (n % 2 === 1) assert.strictEqual(accepted?._tag, "Success")
        })
      )
    )

    it.live(
      "TEN-05 V-01 of an acceptance and the receiver's leaving or being removed, nobody is an owner who is gone",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const all = yield* offered(n, false)
            const [accepted] = yield* race([
              accept(all),
              n % 2 === 0
                ? leave(all, all.receiver)
                : Members.remove({ tenantId: all.id, accountId: all.receiver.account.id }).pipe(as(all.giver.actor))
            ])
            yield* holds(all)
            const giver = yield* membershipOf(all.id, all.giver)
            assert.strictEqual(giver?.roles.includes("owner"), accepted?._tag === "Failure")
          })
        )
    )

    it.live(
      "TEN-05 V-01 of an acceptance and a demotion of the giver by another owner exactly one takes the role away",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const all = yield* offered(n, true)
            const [accepted, demoted] = yield* race([accept(all), change(all, all.other, all.giver, "member")])
            yield* holds(all)
            const receiver = yield* membershipOf(all.id, all.receiver)
            assert.strictEqual(demoted?._tag, "Success")
            assert.strictEqual(receiver?.roles.includes("owner"), accepted?._tag === "Success")
            assert.deepStrictEqual((yield* membershipOf(all.id, all.giver))?.roles, ["member"])
          })
        )
    )

    it.live("TEN-05 V-29 accepted four times at once it happens once", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const all = yield* offered(n, false)
          const results = yield* race([accept(all), accept(all), accept(all), accept(all)])
          assert.deepStrictEqual(tags(results), ["RequestClosed", "RequestClosed", "RequestClosed", "ok"])
          yield* holds(all)
        })
      )
    )

    it.live(
      "AUT-10 V-01 of an acceptance and the suspension of either side no active tenant is left without an owner",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const all = yield* offered(n, false)
            const whom = n % 2 === 0 ? all.giver : all.receiver
            const [, suspended] = yield* race([
              accept(all),
              Suspensions.suspend({ accountId: whom.account.id, reason: "Missbrauch" }).pipe(
                as(all.boss),
                Effect.asVoid
              )
            ])
            assert.strictEqual(suspended?._tag, "Success")
            yield* holds(all)
          })
        )
    )

    it.live(
      "AUT-10 V-01 of the suspensions of both owners, and a third who becomes one, no active tenant is left without",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const all = yield* offered(n, true)
            yield* race([
              suspend(all, all.giver),
              suspend(all, all.other),
              change(all, all.other, all.receiver, "owner")
            ])
            yield* holds(all)
          })
        )
    )

    it.live("AUT-10 V-01 of a suspension and a joining of the same account each tenant counts right", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const all = yield* offered(n, true)
          const { account } = yield* person(`new${n}`)
          const appoint: Act = StaffTenants.appointOwner({
            tenantId: all.id,
            email: account.email,
            reason: "Belegt"
          }).pipe(as(all.boss), Effect.asVoid)
          const [appointed, suspended] = yield* race([
            appoint,
            Suspensions.suspend({ accountId: account.id, reason: "Missbrauch" }).pipe(as(all.boss), Effect.asVoid)
          ])
          assert.strictEqual(suspended?._tag, "Success")
          assert.deepInclude(["ok", "NotFound"], tags(appointed === undefined ? [] : [appointed])[0])
          yield* holds(all)
        })
      )
    )
  })
})

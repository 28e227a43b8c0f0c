import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { Suspensions } from "../../src/accounts/index.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import { InvitationRepository } from "../../src/invitations/InvitationRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { StaffTenants } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, type Portal, withKernel } from "../support/portal.ts"
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"
import { everyKind } from "../support/scenario.ts"
import { person, staff, tags } from "../tenants/world.ts"

type Here = Portal | Layer.Success<typeof everyKind>
/** One party of a race, by its outcome only. */
type Act = Effect.Effect<void, { readonly _tag: string }, Here>

const reason = "Gekündigt"

const supervisor = Effect.fnUntraced(function* (name: string) {
  const { account } = yield* person(name)
  const staffers = yield* StaffRepository
  yield* staffers.save({ accountId: account.id, roles: ["supervisor"], since: yield* Instant.now })
  return yield* staff(account, "supervisor")
})

forEachAdapter(everyPort, (adapter, layer) => {
  const portal = everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel({}), layer)))
  const enough = adapter === "postgres" ? rounds(60, 600) : rounds(10, 100)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Here>) =>
    Effect.gen(function* () {
      for (let n = 0; n < enough; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of what staff end (${adapter})`, { timeout: 300_000 }, () => {
    it.live("TEN-09 INV-05 no invitation slips in beside the closing of its tenant", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const owner = yield* person(`owner${n}`)
          const boss = yield* supervisor(`boss${n}`)
          const { id: tenantId } = yield* given.tenant(owner.account)
          const emails = [0, 1, 2].map((of) => EmailAddress.make(`new${of}of${n}@example.com`))
          const invite = (email: string): Act =>
            Invitations.invite({ tenantId, email, roles: ["member"] }).pipe(as(owner.actor), Effect.asVoid)
          const close: Act = StaffTenants.close({ tenantId, reason }).pipe(as(boss), Effect.asVoid)
          yield* race([close, ...emails.map(invite)])
          const invitations = yield* InvitationRepository
          assert.deepStrictEqual(yield* invitations.pendingOf(tenantId, emails), [])
        })
      )
    )

    it.live("AUT-10 of two staff who suspend each other one is not there any more", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const one = yield* supervisor(`one${n}`)
          const two = yield* supervisor(`two${n}`)
          const suspend = (by: typeof one, whom: typeof one): Act =>
            Suspensions.suspend({ accountId: whom.accountId, reason }).pipe(as(by), Effect.asVoid)
          const results = yield* race([suspend(one, two), suspend(two, one)])
          assert.deepStrictEqual(tags(results), ["SignInRequired", "ok"])
        })
      )
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Result } from "effect"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { EmailAddress } from "../../src/kernel/EmailAddress.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { barrier } from "../support/barrier.ts"
import {
  anonymously,
  as,
  everyPort,
  given,
  newestSecret,
  type Portal,
  signedIn,
  withKernel
} from "../support/portal.ts"
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

const successes = <A, E>(results: ReadonlyArray<Result.Result<A, E>>): ReadonlyArray<A> =>
  results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : []))
const refusals = <A, E extends { readonly _tag: string }>(results: ReadonlyArray<Result.Result<A, E>>) =>
  results.flatMap((result) => (Result.isFailure(result) ? [result.failure._tag] : []))

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings = {
  limits: {
    invitationsPerTenant: unlimited,
    invitationsPerAccount: unlimited,
    linkPerSource: unlimited,
    mailPerAddress: unlimited
  }
}

const invite = Effect.fnUntraced(function* (
  owner: Effect.Success<ReturnType<typeof signedIn>>,
  tenant: { readonly id: Parameters<typeof Invitations.list>[0]["tenantId"] },
  email: string
) {
  const sent = yield* Invitations.invite({ tenantId: tenant.id, email, roles: ["member"] }).pipe(as(owner))
  return { id: sent.id, secret: yield* newestSecret(email) }
})

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(settings), storage)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 2000) : rounds(40, 400)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < times; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  describe(`races of invitations (${adapter})`, { timeout: 300_000 }, () => {
    it.live("INV-14 V-26 R-IN-04 parallel acceptances never take more seats than there are", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const owner = yield* given.account(`owner${n}@example.com`)
          const actor = yield* signedIn(owner)
          const tenant = yield* given.tenant(owner, { seats: 3 })
          const guests = yield* Effect.forEach([1, 2, 3, 4, 5], (m) =>
            Effect.gen(function* () {
              const account = yield* given.account(`guest${n}-${m}@example.com`)
              const { secret } = yield* invite(actor, tenant, account.email)
              return { secret, actor: yield* signedIn(account) }
            })
          )
          const results = yield* race(guests.map(({ actor, secret }) => Invitations.accept({ secret }).pipe(as(actor))))
          assert.strictEqual(successes(results).length, 2)
          assert.deepStrictEqual(refusals(results), ["NoSeatLeft", "NoSeatLeft", "NoSeatLeft"])
          const tenants = yield* TenantRepository
          const after = Option.getOrThrow(yield* tenants.find(tenant.id))
          assert.strictEqual(after.memberCount, 3)
        })
      )
    )

    it.live("INV-07 the same address invited three times at once has one open invitation", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const owner = yield* given.account(`owner${n}@example.com`)
          const actor = yield* signedIn(owner)
          const tenant = yield* given.tenant(owner)
          const results = yield* race(
            [["member"], ["admin"], ["member"]].map((roles) =>
              Invitations.invite({ tenantId: tenant.id, email: "new@example.com", roles }).pipe(as(actor))
            )
          )
          assert.strictEqual(successes(results).length, 3)
          const { items } = yield* Invitations.list({ tenantId: tenant.id }).pipe(as(actor))
          assert.strictEqual(items.filter(({ state }) => state === "pending").length, 1)
          assert.isTrue(items.every(({ state }) => state === "pending" || state === "replaced"))
        })
      )
    )

    it.live(
      "INV-06 R-IN-05 of accept, decline and revoke in parallel exactly one wins, and the losers learn which",
      () =>
        inRounds((n) =>
          Effect.gen(function* () {
            const owner = yield* given.account(`owner${n}@example.com`)
            const guest = yield* given.account(`guest${n}@example.com`)
            const actor = yield* signedIn(owner)
            const person = yield* signedIn(guest)
            const tenant = yield* given.tenant(owner)
            const { id, secret } = yield* invite(actor, tenant, guest.email)
            const results = yield* race([
              Invitations.accept({ secret }).pipe(as(person), Effect.as("accepted")),
              Invitations.revoke({ tenantId: tenant.id, invitationId: id }).pipe(as(actor), Effect.as("revoked")),
              Invitations.decline({ secret }).pipe(anonymously, Effect.as("declined"))
            ])
            const [winner, ...others] = successes(results)
            assert.deepStrictEqual(others, [])
            const { items } = yield* Invitations.list({ tenantId: tenant.id }).pipe(as(actor))
            assert.strictEqual(items[0]?.state, winner)
            for (const result of results) {
              if (Result.isFailure(result)) {
                assert.propertyVal(result.failure, "_tag", "InvitationClosed")
                assert.propertyVal(result.failure, "state", winner)
              }
            }
            const tenants = yield* TenantRepository
            const after = Option.getOrThrow(yield* tenants.find(tenant.id))
            assert.strictEqual(after.memberCount, winner === "accepted" ? 2 : 1)
          })
        )
    )

    it.live("V-08 V-25 R-TK-03 one link redeemed twice at once makes one membership", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const owner = yield* given.account(`owner${n}@example.com`)
          const guest = yield* given.account(`guest${n}@example.com`)
          const actor = yield* signedIn(owner)
          const person = yield* signedIn(guest)
          const tenant = yield* given.tenant(owner)
          const { id, secret } = yield* invite(actor, tenant, guest.email)
          const results = yield* race([
            Invitations.accept({ secret }).pipe(as(person)),
            Invitations.accept({ secret }).pipe(as(person)),
            Invitations.acceptMine({ tenantId: tenant.id, invitationId: id }).pipe(as(person))
          ])
          assert.deepStrictEqual(
            successes(results).map(({ outcome }) => outcome),
            ["Joined"]
          )
          assert.deepStrictEqual(refusals(results), ["InvitationClosed", "InvitationClosed"])
          const tenants = yield* TenantRepository
          const after = Option.getOrThrow(yield* tenants.find(tenant.id))
          assert.deepStrictEqual([after.memberCount, after.version], [2, 1])
        })
      )
    )

    it.live("INV-04 V-22 one link used twice at once to make an account makes one account", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const owner = yield* given.account(`owner${n}@example.com`)
          const actor = yield* signedIn(owner)
          const tenant = yield* given.tenant(owner)
          const email = `new${n}@example.com`
          const { secret } = yield* invite(actor, tenant, email)
          const join = (lastName: string) =>
            Invitations.acceptAsNew({
              secret,
              firstName: "Grace",
              lastName,
              password: Redacted.make("correct horse battery staple"),
              consents: [{ kind: "privacy", version: "1" }]
            }).pipe(anonymously)
          const results = yield* race([join("One"), join("Two"), join("Three")])
          assert.strictEqual(successes(results).length, 1)
          const accounts = yield* AccountRepository
          const found = Option.getOrThrow(yield* accounts.findByEmail(EmailAddress.make(email)))
          const [winner] = successes(results)
          assert.strictEqual(
            winner?.signIn._tag === "SignedIn" && winner.signIn.account.lastName,
            found.account.lastName
          )
        })
      )
    )
  })
})

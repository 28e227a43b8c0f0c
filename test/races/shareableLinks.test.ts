import { assert, it } from "@effect/vitest"
import { Effect, Layer, Option, Redacted, Result } from "effect"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import type { TenantId } from "../../src/kernel/ids.ts"
import { TenantRepository } from "../../src/tenants/TenantRepository.ts"
import { forEachAdapter } from "../support/adapters.ts"
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
import { race } from "../support/race.ts"
import { rounds } from "../support/rounds.ts"

const { ShareableLinks } = Invitations

const unlimited = { max: 1_000_000, window: "1 hour" } as const
const settings = {
  limits: {
    invitationsPerTenant: { max: 70, window: "1 hour" },
    invitationsPerAccount: unlimited,
    linkPerSource: unlimited,
    mailPerAddress: unlimited,
    mailPerSource: unlimited,
    mailPerShareableLink: unlimited
  }
} as const

type Actor = Effect.Success<ReturnType<typeof signedIn>>

const share = Effect.fnUntraced(function* (owner: Actor, tenantId: TenantId, maxUses: number) {
  const { link, url } = yield* ShareableLinks.create({ tenantId, maxUses }).pipe(as(owner))
  return { id: link.id, secret: Redacted.make(Redacted.value(url).split("/").at(-1) ?? "") }
})

const outcomes = <A, E extends { readonly _tag: string }>(results: ReadonlyArray<Result.Result<A, E>>) =>
  results.map((result) => (Result.isSuccess(result) ? "ok" : result.failure._tag)).sort()

forEachAdapter(everyPort, (adapter, storage) => {
  const portal = Layer.provideMerge(withKernel(settings), storage)
  // one process without a server has one writer, so that there are fewer interleavings to find
  const times = adapter === "postgres" ? rounds(200, 2000) : rounds(20, 200)

  const inRounds = <A, E>(round: (n: number) => Effect.Effect<A, E, Portal>) =>
    Effect.gen(function* () {
      for (let n = 0; n < times; n++) yield* round(n)
    }).pipe(Effect.provide(portal))

  const place = Effect.fnUntraced(function* (n: number, seats: number | null = null) {
    const owner = yield* given.account(`owner${n}@example.com`)
    const tenant = yield* given.tenant(owner, { seats })
    const guests = yield* Effect.forEach([1, 2, 3, 4, 5], (m) =>
      Effect.flatMap(given.account(`guest${n}-${m}@example.com`), signedIn)
    )
    return { actor: yield* signedIn(owner), tenantId: tenant.id, guests }
  })

  const state = Effect.fnUntraced(function* (actor: Actor, tenantId: TenantId) {
    const tenants = yield* TenantRepository
    const { items } = yield* ShareableLinks.list({ tenantId }).pipe(as(actor))
    return { link: items[0], members: Option.getOrThrow(yield* tenants.find(tenantId)).memberCount }
  })

  describe(`races of shareable links (${adapter})`, { timeout: 300_000 }, () => {
    it.live("INV-12 V-26 R-IN-04 parallel uses never exceed the uses of a link", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { actor, guests, tenantId } = yield* place(n)
          const { secret } = yield* share(actor, tenantId, 2)
          const results = yield* race(guests.map((guest) => ShareableLinks.joinByLink({ secret }).pipe(as(guest))))
          const closed = "ShareableLinkClosed"
          assert.deepStrictEqual(outcomes(results), [closed, closed, closed, "ok", "ok"])
          const after = yield* state(actor, tenantId)
          assert.deepInclude(after.link, { uses: 2, state: "used-up" })
          assert.strictEqual(after.members, 3)
        })
      )
    )

    it.live("INV-12 R-IN-05 of the last use of a link and its revocation in parallel exactly one wins", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { actor, guests, tenantId } = yield* place(n)
          const { id, secret } = yield* share(actor, tenantId, 1)
          const [guest] = guests
          assert.isDefined(guest)
          const results = yield* race<string, { readonly _tag: string }, Portal>([
            ShareableLinks.joinByLink({ secret }).pipe(as(guest ?? actor), Effect.as("used-up")),
            ShareableLinks.revoke({ tenantId, linkId: id }).pipe(as(actor), Effect.as("revoked"))
          ])
          const winners = results.flatMap((result) => (Result.isSuccess(result) ? [result.success] : []))
          assert.strictEqual(winners.length, 1)
          const loser = results.find(Result.isFailure)
          assert.propertyVal(loser?.failure, "_tag", "ShareableLinkClosed")
          assert.propertyVal(loser?.failure, "state", winners[0])
          const after = yield* state(actor, tenantId)
          assert.strictEqual(after.link?.state, winners[0])
          assert.strictEqual(after.members, winners[0] === "revoked" ? 1 : 2)
        })
      )
    )

    it.live("INV-12 INV-14 V-26 a link, an invitation and the seats: what is counted is what is there", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { actor, guests, tenantId } = yield* place(n, 3)
          const { secret } = yield* share(actor, tenantId, 5)
          yield* Invitations.invite({ tenantId, email: `guest${n}-1@example.com`, roles: ["admin"] }).pipe(as(actor))
          const invited = yield* newestSecret(`guest${n}-1@example.com`)
          const [first] = guests
          const results = yield* race<unknown, { readonly _tag: string }, Portal>([
            Invitations.accept({ secret: invited }).pipe(as(first ?? actor)),
            ...guests.map((guest) => ShareableLinks.joinByLink({ secret }).pipe(as(guest)))
          ])
          const after = yield* state(actor, tenantId)
          assert.strictEqual(after.members, 3)
          assert.isAtMost(after.link?.uses ?? 9, 2)
          for (const result of results) {
            if (Result.isFailure(result)) {
              assert.include(["NoSeatLeft", "InvitationClosed"], result.failure._tag)
            }
          }
        })
      )
    )

    it.live("INV-12 V-08 one proof of an address used twice at once makes one account and one use", () =>
      inRounds((n) =>
        Effect.gen(function* () {
          const { actor, tenantId } = yield* place(n)
          const { secret } = yield* share(actor, tenantId, 5)
          const email = `new${n}@example.com`
          yield* ShareableLinks.proveAddress({ secret, email }).pipe(anonymously)
          const mailed = yield* newestSecret(email)
          const join = (lastName: string) =>
            ShareableLinks.joinAsNew({
              secret: mailed,
              firstName: "Grace",
              lastName,
              password: Redacted.make("correct horse battery staple"),
              consents: [{ kind: "privacy", version: "1" }]
            }).pipe(anonymously)
          const results = yield* race([join("One"), join("Two"), join("Three")])
          assert.strictEqual(results.filter(Result.isSuccess).length, 1)
          const after = yield* state(actor, tenantId)
          assert.deepStrictEqual([after.link?.uses, after.members], [1, 2])
        })
      )
    )

    it.live(
      "INV-07 INV-11 LIM-01 two lists with the same addresses at once make one open invitation each, within the limit",
      () =>
        Effect.gen(function* () {
          for (let n = 0; n < Math.ceil(times / 4); n++) {
            const { actor, tenantId } = yield* place(n)
            const list = Array.from({ length: 40 }, (_, m) => `new${m}@example.com`)
            const results = yield* race(
              [list, list.toReversed()].map((addresses) =>
                Invitations.inviteMany({ tenantId, addresses, roles: ["member"] }).pipe(as(actor))
              )
            )
            const said = results.flatMap((result) => (Result.isSuccess(result) ? result.success.outcomes : []))
            const count = (tag: string) => said.filter(({ _tag }) => _tag === tag).length
            assert.deepStrictEqual(
              [count("Invited"), count("SentAgain"), count("LimitReached")],
              [40, 30, 10],
              "the tenant may send 70"
            )
            const { items } = yield* Invitations.list({ tenantId, limit: 100 }).pipe(as(actor))
            assert.deepStrictEqual(
              items.map(({ state }) => state),
              list.map(() => "pending")
            )
          }
        }).pipe(Effect.provide(portal))
    )
  })
})

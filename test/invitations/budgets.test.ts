import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import * as Invitations from "../../src/invitations/index.ts"
import * as Requests from "../../src/requests/index.ts"
import { Domains, Ownerships } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { person, tagOf } from "../tenants/world.ts"

forEachAdapter(everyPort, (adapter, storage) => {
  const layer = everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(), storage)))

  describe(`budgets of mails that a tenant causes (${adapter})`, () => {
    it.effect("R-RL-05 nobody fills one mailbox by revoking and inviting again, and others go on being invited", () =>
      Effect.gen(function* () {
        const owner = yield* person("owner")
        const { id: tenantId } = yield* given.tenant(owner.account)
        const invite = (email: string) =>
          Invitations.invite({ tenantId, email, roles: ["member"] }).pipe(as(owner.actor))
        for (let time = 0; time < 5; time++) {
          const { id: invitationId } = yield* invite("victim@example.com")
          yield* Invitations.revoke({ tenantId, invitationId }).pipe(as(owner.actor))
        }
        assert.strictEqual(yield* tagOf(invite("Victim@Example.com")), "TooManyAttempts")
        yield* invite("somebody.else@example.com")
      }).pipe(Effect.provide(layer))
    )

    it.effect(
      "R-RL-05 INV-11 nor by the same list again and again, and the others of the list go on being invited",
      () =>
        Effect.gen(function* () {
          const owner = yield* person("owner")
          const { id: tenantId } = yield* given.tenant(owner.account)
          const inviteMany = (...addresses: ReadonlyArray<string>) =>
            Effect.map(
              Invitations.inviteMany({ tenantId, roles: ["member"], addresses }).pipe(as(owner.actor)),
              ({ outcomes }) => outcomes.map(({ _tag }) => _tag)
            )
          assert.deepStrictEqual(yield* inviteMany("victim@example.com"), ["Invited"])
          for (let time = 0; time < 4; time++) {
            assert.deepStrictEqual(yield* inviteMany("victim@example.com"), ["SentAgain"])
          }
          assert.deepStrictEqual(yield* inviteMany("victim@example.com", "Else@example.com", "other@example.com"), [
            "LimitReached",
            "Invited",
            "Invited"
          ])
          const invite = Invitations.invite({ tenantId, email: "victim@example.com", roles: ["member"] })
          assert.strictEqual(yield* tagOf(invite.pipe(as(owner.actor))), "TooManyAttempts", "one budget for both")
        }).pipe(Effect.provide(layer))
    )

    it.effect("LIM-01 R-RL-05 links that send mails are made, and the ownership is offered, so often and no more", () =>
      Effect.gen(function* () {
        const owner = yield* person("owner")
        const member = yield* person("member")
        const { id: tenantId } = yield* given.tenant(owner.account)
        yield* given.member(tenantId, member.account, ["member"])
        const share = tagOf(Invitations.ShareableLinks.create({ tenantId, maxUses: 1 }).pipe(as(owner.actor)))
        const offer = Effect.gen(function* () {
          const { requestId } = yield* Ownerships.offer({ tenantId, accountId: member.account.id })
          yield* Requests.withdraw({ requestId })
        }).pipe(as(owner.actor), tagOf)
        for (let time = 0; time < 2; time++) {
          assert.strictEqual(yield* share, "ok")
          assert.strictEqual(yield* offer, "ok")
        }
        assert.strictEqual(yield* share, "TooManyAttempts")
        assert.strictEqual(yield* offer, "TooManyAttempts")
      }).pipe(
        Effect.provide(
          everyKind.pipe(
            Layer.provideMerge(
              Layer.provideMerge(
                withKernel({
                  limits: {
                    shareableLinksPerTenant: { max: 2, window: "1 hour" },
                    ownershipOffersPerAccount: { max: 2, window: "1 hour" }
                  }
                }),
                storage
              )
            )
          )
        )
      )
    )

    it.effect("R-RL-05 nor the postmaster's by removing a domain and claiming it again", () =>
      Effect.gen(function* () {
        const owner = yield* person("owner")
        const { id: tenantId } = yield* given.tenant(owner.account)
        const ask = Effect.gen(function* () {
          const { id: domainId } = yield* Domains.claim({ tenantId, domain: "victim.example" }).pipe(as(owner.actor))
          const answer = yield* tagOf(Domains.askPostmaster({ tenantId, domainId }).pipe(as(owner.actor)))
          yield* Domains.remove({ tenantId, domainId }).pipe(as(owner.actor))
          return answer
        })
        for (let time = 0; time < 5; time++) assert.strictEqual(yield* ask, "ok")
        assert.strictEqual(yield* ask, "TooManyAttempts")
      }).pipe(Effect.provide(layer))
    )

    it.effect("V-03 strangers use nothing up of what a tenant has for proving its domains", () =>
      Effect.gen(function* () {
        const owner = yield* person("owner")
        const stranger = yield* person("stranger")
        const { id: tenantId } = yield* given.tenant(owner.account)
        const { id: domainId } = yield* Domains.claim({ tenantId, domain: "muster.example" }).pipe(as(owner.actor))
        for (let time = 0; time < 70; time++) {
          const look = Domains.proveByRecord({ tenantId, domainId }).pipe(as(stranger.actor))
          assert.strictEqual(yield* tagOf(look), "NotFound")
        }
        const own = yield* tagOf(Domains.proveByRecord({ tenantId, domainId }).pipe(as(owner.actor)))
        assert.strictEqual(own, "ProofNotFound")
      }).pipe(Effect.provide(layer))
    )
  })
})

import { assert, it } from "@effect/vitest"
import { Effect, Layer } from "effect"
import { describe } from "vitest"
import { Events } from "../../src/audit/index.ts"
import * as Invitations from "../../src/invitations/index.ts"
import { builtInRoles, type Role } from "../../src/kernel/Permission.ts"
import { Members, Permissions } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, newestSecret, type Portal, withKernel } from "../support/portal.ts"
import { membershipOf, tagOf, world } from "./world.ts"

/** A role of an application's own: reads the log, which an admin may not, and changes nothing. */
const accounting: Role = {
  name: "accounting",
  label: { de: "Buchhaltung", en: "Accounting" },
  permissions: ["tenant.read", "members.read", "audit.read"]
}

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal>, roles: ReadonlyArray<Role> = [...builtInRoles, accounting]) =>
    () =>
      Effect.provide(effect, Layer.provideMerge(withKernel({ roles }), storage))

  describe(`a role of an application (${adapter})`, () => {
    it.effect(
      "TEN-03 TEN-02 is offered, held beside others, allows what it says, and is explained",
      proving(
        Effect.gen(function* () {
          const { owner, stranger, tenantId } = yield* world
          const roles = ["accounting", "member"]
          yield* Invitations.invite({ tenantId, email: "stranger@example.com", roles }).pipe(as(owner.actor))
          const secret = yield* newestSecret("stranger@example.com")
          yield* Invitations.accept({ secret }).pipe(as(stranger.actor))
          assert.deepStrictEqual((yield* membershipOf(tenantId, stranger))?.roles, roles)
          assert.strictEqual(yield* tagOf(Events.list({ tenantId }).pipe(as(stranger.actor))), "ok")
          const decided = yield* Permissions.explain({ tenantId, permission: "audit.read" }).pipe(as(stranger.actor))
          assert.isTrue(decided.allowed && decided.grant.role === "accounting")
          const invite = Invitations.invite({ tenantId, email: "x@example.com", roles: ["member"] })
          assert.strictEqual(yield* tagOf(invite.pipe(as(stranger.actor))), "NotAllowed")
        })
      )
    )

    it.effect(
      "TEN-03 R-IN-10 nobody grants more than they hold: an admin neither gives nor takes it, and a name that nobody defined is an error at the border",
      proving(
        Effect.gen(function* () {
          const { admin, member, owner, tenantId } = yield* world
          const change = (by: typeof admin, roles: ReadonlyArray<string>) =>
            tagOf(Members.changeRoles({ tenantId, accountId: member.account.id, roles }).pipe(as(by.actor)))
          assert.strictEqual(yield* change(admin, ["accounting"]), "NotAllowed")
          assert.strictEqual(yield* change(owner, ["accounting"]), "ok")
          assert.strictEqual(yield* change(admin, ["member"]), "NotAllowed")
          assert.strictEqual(yield* change(owner, ["bookkeeping"]), "InvalidInput")
        })
      )
    )

    it.effect(
      "TEN-03 where the application does not define it, it is unknown",
      proving(
        Effect.gen(function* () {
          const { member, owner, tenantId } = yield* world
          const roles = ["accounting"]
          const change = Members.changeRoles({ tenantId, accountId: member.account.id, roles }).pipe(as(owner.actor))
          const refusal = yield* Effect.flip(change)
          assert.deepInclude(refusal, { _tag: "InvalidInput", issues: [{ path: ["roles", "0"], code: "role" }] })
        }),
        builtInRoles
      )
    )
  })
})

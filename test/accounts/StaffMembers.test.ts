import { assert, it } from "@effect/vitest"
import { Effect, Layer, Result } from "effect"
import { TestClock } from "effect/testing"
import { describe } from "vitest"
import * as Sessions from "../../src/accounts/Sessions.ts"
import * as StaffMembers from "../../src/accounts/StaffMembers.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import type * as Actor from "../../src/kernel/Actor.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { nextId, SessionId } from "../../src/kernel/ids.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, withKernel } from "../support/portal.ts"
import { enter, person, today } from "./people.ts"

const asStaff = Effect.fnUntraced(function* (
  account: Effect.Success<ReturnType<typeof given.account>>,
  ...roles: ReadonlyArray<Actor.StaffRole>
) {
  const actor: Actor.Staff = {
    _tag: "Staff",
    accountId: account.id,
    sessionId: yield* nextId(SessionId),
    credentialEpoch: account.credentialEpoch,
    authenticatedAt: yield* Instant.now,
    roles
  }
  return actor
})

const tagOf = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.match(effect, { onFailure: (error) => error._tag, onSuccess: () => "ok" })

forEachAdapter(everyPort, (adapter, storage) => {
  // as an operator may have typed it
  const portal = Layer.provideMerge(
    withKernel({ staff: { operators: [" Boss@Example.com ", "not an address"] } }),
    storage
  )

  describe(`staff people (${adapter})`, () => {
    it.effect("AUT-10 the first operator comes from the configuration, once the address has an account", () =>
      Effect.gen(function* () {
        yield* today
        yield* person("ada@example.com")
        const ada = yield* Sessions.authenticate((yield* enter("ada@example.com")).token)
        assert.isNull(ada.staff)
        assert.isTrue(Result.isFailure(Sessions.actAsStaff(ada)))
        yield* person("boss@example.com")
        const signedIn = yield* Sessions.authenticate((yield* enter("boss@example.com")).token)
        assert.deepStrictEqual(signedIn.staff, ["operator"])
        const boss = Result.getOrThrow(Sessions.actAsStaff(signedIn))
        assert.deepInclude(boss, { _tag: "Staff", accountId: signedIn.actor.accountId, roles: ["operator"] })
        const { accountId } = yield* StaffMembers.appoint({
          email: "ADA@example.com",
          roles: ["supervisor", "agent"]
        }).pipe(as(boss))
        assert.strictEqual(accountId, ada.actor.accountId)
        const again = yield* Sessions.authenticate((yield* enter("ada@example.com")).token)
        assert.deepStrictEqual(again.staff, ["agent", "supervisor"])
        const { items } = yield* StaffMembers.list({}).pipe(as(boss))
        assert.deepStrictEqual(
          items.map(({ email, roles }) => `${email} ${roles.join()}`),
          ["ada@example.com agent,supervisor"]
        )
        yield* StaffMembers.dismiss({ accountId }).pipe(as(boss))
        assert.isNull((yield* Sessions.authenticate((yield* enter("ada@example.com")).token)).staff)
        assert.strictEqual(yield* tagOf(StaffMembers.dismiss({ accountId }).pipe(as(boss))), "NotFound")
        const self = StaffMembers.dismiss({ accountId: boss.accountId }).pipe(as(boss))
        assert.strictEqual(yield* tagOf(self), "AppointedByConfiguration")
      }).pipe(Effect.provide(portal))
    )

    it.effect("AUT-10 only operators appoint and dismiss, as they are at this commit and freshly proven", () =>
      Effect.gen(function* () {
        const staff = yield* StaffRepository
        const ada = yield* given.account("ada@example.com")
        const supervisor = yield* given.account("supervisor@example.com")
        const operator = yield* given.account("operator@example.com")
        yield* staff.save({ accountId: supervisor.id, roles: ["supervisor"], since: yield* Instant.now })
        yield* staff.save({ accountId: operator.id, roles: ["operator"], since: yield* Instant.now })
        const appoint = (who: Actor.Staff) =>
          tagOf(StaffMembers.appoint({ email: ada.email, roles: ["agent"] }).pipe(as(who)))
        assert.strictEqual(yield* appoint(yield* asStaff(supervisor, "supervisor")), "NotAllowed")
        // what the session says is not asked, if the store says otherwise
        assert.strictEqual(yield* appoint(yield* asStaff(supervisor, "operator")), "NotAllowed")
        const boss = yield* asStaff(operator, "operator")
        assert.strictEqual(yield* appoint({ ...boss, credentialEpoch: 3 }), "SignInRequired")
        assert.strictEqual(yield* appoint(boss), "ok")
        const nobody = StaffMembers.appoint({ email: "nobody@example.com", roles: ["agent"] }).pipe(as(boss))
        assert.strictEqual(yield* tagOf(nobody), "NotFound")
        const nothing = StaffMembers.appoint({ email: ada.email, roles: [] }).pipe(as(boss))
        assert.strictEqual(yield* tagOf(nothing), "InvalidInput")
        yield* TestClock.adjust("10 minutes")
        assert.strictEqual(yield* appoint(boss), "StepUpRequired")
        yield* staff.remove(operator.id)
        assert.strictEqual(yield* appoint(yield* asStaff(operator, "operator")), "NotAllowed")
        const dismiss = StaffMembers.dismiss({ accountId: supervisor.id }).pipe(
          as(yield* asStaff(operator, "operator"))
        )
        assert.strictEqual(yield* tagOf(dismiss), "NotAllowed")
      }).pipe(Effect.provide(portal))
    )
  })
})

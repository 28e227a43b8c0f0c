import { assert, it } from "@effect/vitest"
import { Effect, Layer, Redacted } from "effect"
import { describe } from "vitest"
import { AccountRepository } from "../../src/accounts/AccountRepository.ts"
import { Suspensions } from "../../src/accounts/index.ts"
import { SESSION_TOKEN } from "../../src/accounts/proceed.ts"
import { SessionRepository } from "../../src/accounts/SessionRepository.ts"
import { authenticate } from "../../src/accounts/Sessions.ts"
import { StaffRepository } from "../../src/accounts/StaffRepository.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import { AccountId } from "../../src/kernel/ids.ts"
import { hashSecret } from "../../src/kernel/Links.ts"
import { Members, StaffTenants, Tenants } from "../../src/tenants/index.ts"
import { forEachAdapter } from "../support/adapters.ts"
import { as, everyPort, given, mailsTo, type Portal, withKernel } from "../support/portal.ts"
import { everyKind } from "../support/scenario.ts"
import { counts, eventsOf, membershipOf, person, staff, tagOf, tenantOf, world } from "../tenants/world.ts"

const reason = "Verdacht auf Missbrauch"

const withStaff = Effect.gen(function* () {
  const all = yield* world
  const staffers = yield* StaffRepository
  const { account } = yield* person("supervisor")
  yield* staffers.save({ accountId: account.id, roles: ["supervisor"], since: yield* Instant.now })
  return { ...all, supervisor: yield* staff(account, "supervisor") }
})

const token = Redacted.make("t".repeat(43))

/** A session in the store, as a sign-in leaves it. */
const session = Effect.fnUntraced(function* (who: Effect.Success<ReturnType<typeof person>>) {
  const sessions = yield* SessionRepository
  const now = yield* Instant.now
  yield* sessions.insert(
    {
      id: who.actor.sessionId,
      accountId: who.account.id,
      credentialEpoch: 0,
      method: "password",
      secondFactor: false,
      strict: false,
      staySignedIn: false,
      authenticatedAt: now,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: Instant.plus(now, "1 hour"),
      device: null,
      place: null
    },
    yield* hashSecret(SESSION_TOKEN, token)
  )
})

forEachAdapter(everyPort, (adapter, storage) => {
  const proving =
    <A, E>(effect: Effect.Effect<A, E, Portal | Layer.Success<typeof everyKind>>) =>
    () =>
      Effect.provide(effect, everyKind.pipe(Layer.provideMerge(Layer.provideMerge(withKernel(), storage))))

  describe(`Suspensions (${adapter})`, () => {
    it.effect(
      "AUT-10 AUT-06 a suspended account's sessions end in the same commit, and its actor gets in nowhere",
      proving(
        Effect.gen(function* () {
          const { member, supervisor, tenantId } = yield* withStaff
          yield* session(member)
          assert.strictEqual((yield* authenticate(token)).actor.accountId, member.account.id)
          const answer = yield* Suspensions.suspend({ accountId: member.account.id, reason }).pipe(as(supervisor))
          assert.deepStrictEqual(answer, { id: member.account.id, state: "suspended", suspendedTenants: [] })
          assert.strictEqual(yield* tagOf(authenticate(token)), "SignInRequired")
          const sessions = yield* SessionRepository
          assert.strictEqual((yield* sessions.find(member.account.id, member.actor.sessionId))._tag, "None")
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(member.actor))), "SignInRequired")
          assert.strictEqual(yield* tagOf(Members.leave({ tenantId }).pipe(as(member.actor))), "SignInRequired")
          assert.deepInclude((yield* mailsTo("member@example.com")).at(-1), {
            kind: "accounts.suspended",
            values: { reason }
          })
          // restored, the old session stays dead: it is of an older epoch (V-19)
          yield* Suspensions.restore({ accountId: member.account.id, reason: "Geklärt" }).pipe(as(supervisor))
          assert.strictEqual(yield* tagOf(authenticate(token)), "SignInRequired")
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(member.actor))), "SignInRequired")
          const now = { ...member.actor, credentialEpoch: 2 }
          assert.strictEqual(yield* tagOf(Tenants.get({ tenantId }).pipe(as(now))), "ok")
          assert.strictEqual((yield* mailsTo("member@example.com")).at(-1)?.kind, "accounts.restored")
        })
      )
    )

    it.effect(
      "AUT-10 V-01 suspending the sole owner suspends the tenant, in the same commit, and one with another owner stays",
      proving(
        Effect.gen(function* () {
          const { admin, owner, supervisor, tenantId } = yield* withStaff
          const shared = yield* given.tenant(owner.account, { name: "Geteilt", customerNumber: "KD-3" })
          yield* given.member(shared.id, admin.account, ["owner"])
          const answer = yield* Suspensions.suspend({ accountId: owner.account.id, reason }).pipe(as(supervisor))
          assert.deepStrictEqual(answer.suspendedTenants, [tenantId])
          assert.deepInclude(yield* tenantOf(tenantId), { state: "suspended", ownerCount: 0 })
          assert.deepInclude(yield* tenantOf(shared.id), { state: "active", ownerCount: 1 })
          for (const id of [tenantId, shared.id]) {
            const { counted, kept } = yield* counts(id)
            assert.deepStrictEqual(kept, counted)
          }
          assert.strictEqual((yield* eventsOf(tenantId)).at(-1)?.type, "tenant.suspended")
          // nobody restores it before it has an owner again
          const restore = StaffTenants.restore({ tenantId, reason }).pipe(as(supervisor))
          assert.strictEqual(yield* tagOf(restore), "LastOwner")
          yield* Suspensions.restore({ accountId: owner.account.id, reason }).pipe(as(supervisor))
          assert.deepInclude(yield* tenantOf(tenantId), { state: "suspended", ownerCount: 1 })
          assert.strictEqual(yield* tagOf(restore), "ok")
          assert.strictEqual((yield* tenantOf(shared.id)).ownerCount, 2)
        })
      )
    )

    it.effect(
      "AUT-10 V-01 suspending the sole owner names a new one, who must be another active member",
      proving(
        Effect.gen(function* () {
          const { admin, foreignId, member, other, owner, supervisor, tenantId } = yield* withStaff
          const suspend = (successors: ReadonlyArray<{ readonly tenantId: string; readonly accountId: string }>) =>
            Suspensions.suspend({ accountId: owner.account.id, reason, successors }).pipe(as(supervisor))
          for (const [area, who] of [
            [tenantId, other],
            [tenantId, owner],
            [foreignId, other]
          ] as const) {
            const named = suspend([{ tenantId: area, accountId: who.account.id }])
            assert.strictEqual(yield* tagOf(named), "SuccessorUnsuitable")
          }
          yield* Suspensions.suspend({ accountId: member.account.id, reason }).pipe(as(supervisor))
          const gone = suspend([{ tenantId, accountId: member.account.id }])
          assert.strictEqual(yield* tagOf(gone), "SuccessorUnsuitable")
          assert.strictEqual((yield* tenantOf(tenantId)).state, "active")
          const answer = yield* suspend([{ tenantId, accountId: admin.account.id }])
          assert.deepStrictEqual(answer.suspendedTenants, [])
          assert.deepInclude(yield* tenantOf(tenantId), { state: "active", ownerCount: 1 })
          assert.deepStrictEqual((yield* membershipOf(tenantId, admin))?.roles, ["admin", "owner"])
          assert.strictEqual((yield* mailsTo("admin@example.com")).at(-1)?.kind, "tenants.ownerAppointed")
          const { counted, kept } = yield* counts(tenantId)
          assert.deepStrictEqual(kept, counted)
        })
      )
    )

    it.effect(
      "AUT-10 only staff of the right role suspend, nobody themself, with a reason, and each state once",
      proving(
        Effect.gen(function* () {
          const { member, owner, supervisor } = yield* withStaff
          const staffers = yield* StaffRepository
          yield* staffers.save({ accountId: owner.account.id, roles: ["agent"], since: yield* Instant.now })
          const agent = yield* staff(owner.account, "agent")
          const accountId = member.account.id
          assert.strictEqual(yield* tagOf(Suspensions.suspend({ accountId, reason }).pipe(as(agent))), "NotAllowed")
          assert.strictEqual(yield* tagOf(Suspensions.restore({ accountId, reason }).pipe(as(agent))), "NotAllowed")
          const blank = { accountId, reason: "" }
          assert.strictEqual(yield* tagOf(Suspensions.suspend(blank).pipe(as(supervisor))), "InvalidInput")
          assert.strictEqual(yield* tagOf(Suspensions.restore(blank).pipe(as(supervisor))), "InvalidInput")
          assert.strictEqual(
            yield* tagOf(Suspensions.suspend({ accountId: supervisor.accountId, reason }).pipe(as(supervisor))),
            "NotAllowed"
          )
          const nobody = { accountId: AccountId.make("0190a6b0-0000-7000-8000-00000000dead"), reason }
          assert.strictEqual(yield* tagOf(Suspensions.suspend(nobody).pipe(as(supervisor))), "NotFound")
          const restore = Suspensions.restore({ accountId, reason }).pipe(as(supervisor))
          assert.strictEqual(yield* tagOf(restore), "AccountStateUnsuitable")
          yield* Suspensions.suspend({ accountId, reason }).pipe(as(supervisor))
          assert.strictEqual(
            yield* tagOf(Suspensions.suspend({ accountId, reason }).pipe(as(supervisor))),
            "AccountStateUnsuitable"
          )
          const accounts = yield* AccountRepository
          assert.strictEqual((yield* accounts.find(accountId))._tag, "Some")
        })
      )
    )

    it.effect(
      "AUT-10 F-13 nobody suspends or restores who ranks above them as the ranks are at this commit, whatever the session says",
      proving(
        Effect.gen(function* () {
          const { member, supervisor } = yield* withStaff
          const staffers = yield* StaffRepository
          const accountId = member.account.id
          yield* staffers.save({ accountId, roles: ["operator"], since: yield* Instant.now })
          const suspend = (by: typeof supervisor) => tagOf(Suspensions.suspend({ accountId, reason }).pipe(as(by)))
          assert.strictEqual(yield* suspend(supervisor), "NotAllowed")
          // an operator when the session was looked up, and a supervisor by now
          assert.strictEqual(yield* suspend({ ...supervisor, roles: ["operator"] }), "NotAllowed")
          yield* staffers.save({ accountId, roles: ["supervisor"], since: yield* Instant.now })
          assert.strictEqual(yield* suspend(supervisor), "ok")
        })
      )
    )

    it.effect(
      "AUT-10 staff find an account by address or number, with where it is the only owner",
      proving(
        Effect.gen(function* () {
          const { owner, supervisor, tenantId } = yield* withStaff
          const byEmail = yield* Suspensions.find({ search: " Owner@Example.com " }).pipe(as(supervisor))
          assert.strictEqual(byEmail.id, owner.account.id)
          assert.deepStrictEqual(
            byEmail.tenants.map(({ id, roles, soleOwner }) => [id, roles, soleOwner]),
            [[tenantId, ["owner"], true]]
          )
          const byNumber = yield* Suspensions.find({ search: owner.account.number.toLowerCase() }).pipe(as(supervisor))
          assert.strictEqual(byNumber.id, owner.account.id)
          assert.strictEqual(
            yield* tagOf(Suspensions.find({ search: "nobody@example.com" }).pipe(as(supervisor))),
            "NotFound"
          )
        })
      )
    )
  })
})

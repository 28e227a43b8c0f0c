import { strict as assert } from "node:assert"
import { Effect, Option } from "effect"
import { AccountRepository } from "../../accounts/AccountRepository.ts"
import type { Session } from "../../accounts/Session.ts"
import { SessionRepository } from "../../accounts/SessionRepository.ts"
import type { PersistenceError } from "../../kernel/PersistenceError.ts"
import type { UnitOfWork } from "../../kernel/UnitOfWork.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import { session, sessionId, tokenHash } from "../accountSamples.ts"
import type { Suite } from "../Contract.ts"
import { account, accountId, at, membership, tenant, tenantId } from "../tenantSamples.ts"

const reason = <A, R>(effect: Effect.Effect<A, PersistenceError, R>) => Effect.map(Effect.flip(effect), (e) => e.reason)

const full: Session = session(1, {
  credentialEpoch: 4,
  method: "invitation",
  secondFactor: true,
  strict: true,
  staySignedIn: true,
  authenticatedAt: at(2),
  createdAt: at(3),
  lastSeenAt: at(4),
  expiresAt: at(5),
  device: "Firefox on Linux",
  place: "Wien, AT"
})

/** Persons 1 and 2, person 1 with sessions of these numbers. */
const given = Effect.fnUntraced(function* (...numbers: ReadonlyArray<number>) {
  const [accounts, sessions] = [yield* AccountRepository, yield* SessionRepository]
  yield* accounts.insert(account(1), null)
  yield* accounts.insert(account(2), null)
  for (const number of numbers) yield* sessions.insert(session(number), tokenHash(number))
  return sessions
})

const get = (number: number, person = 1) =>
  Effect.flatMap(SessionRepository, (sessions) => sessions.find(accountId(person), sessionId(number)))

const living = Effect.fnUntraced(function* (person = 1) {
  const sessions = yield* SessionRepository
  const rows = yield* sessions.list(accountId(person), 0, at(0), { after: Option.none(), limit: 100 })
  return rows.map(({ id }) => id)
})

/** What every `SessionRepository` keeps. */
export const SessionRepositoryContract: Suite<
  SessionRepository | AccountRepository | MembershipRepository | TenantRepository | UnitOfWork
> = [
  {
    name: "AUT-03 a session is found by the hash of its token, with its account, and by nothing else",
    run: Effect.gen(function* () {
      const sessions = yield* given(2)
      yield* sessions.insert(full, tokenHash(1))
      const facts = Option.getOrThrow(yield* sessions.authenticate(tokenHash(1)))
      assert.deepEqual(facts.session, full)
      const { createdAt, emailChangedAt } = account(1)
      assert.deepEqual({ createdAt, emailChangedAt, ...facts.account }, account(1))
      assert.deepEqual(facts.memberships, [])
      assert.deepEqual(yield* sessions.authenticate(tokenHash(3)), Option.none())
      assert.deepEqual(yield* get(1), Option.some(full))
    })
  },
  {
    name: "AUT-03 state and epoch of the account are those of this moment",
    run: Effect.gen(function* () {
      const sessions = yield* given(1)
      const accounts = yield* AccountRepository
      yield* accounts.insert(account(3, { state: "suspended" }), null)
      yield* sessions.insert(session(3, { accountId: accountId(3) }), tokenHash(3))
      yield* accounts.bumpEpoch(accountId(1), 0)
      const moved = Option.getOrThrow(yield* sessions.authenticate(tokenHash(1)))
      assert.deepEqual([moved.session.credentialEpoch, moved.account.credentialEpoch], [0, 1])
      const suspended = Option.getOrThrow(yield* sessions.authenticate(tokenHash(3)))
      assert.equal(suspended.account.state, "suspended")
    })
  },
  {
    name: "R-SE-08 memberships of the account come along with their roles, and nobody else's",
    run: Effect.gen(function* () {
      const sessions = yield* given(1)
      yield* sessions.insert(session(2, { accountId: accountId(2) }), tokenHash(2))
      const [tenants, memberships] = [yield* TenantRepository, yield* MembershipRepository]
      for (const number of [1, 2, 3]) yield* tenants.insert(tenant(number))
      yield* memberships.insert(membership(1, 1, { roles: ["admin", "member"] }))
      yield* memberships.insert(membership(3, 1))
      yield* memberships.insert(membership(2, 2))
      const first = Option.getOrThrow(yield* sessions.authenticate(tokenHash(1)))
      assert.deepEqual(
        [...first.memberships].sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1)),
        [
          { tenantId: tenantId(1), roles: ["admin", "member"] },
          { tenantId: tenantId(3), roles: ["owner"] }
        ]
      )
      const second = Option.getOrThrow(yield* sessions.authenticate(tokenHash(2)))
      assert.deepEqual(second.memberships, [{ tenantId: tenantId(2), roles: ["owner"] }])
    })
  },
  {
    name: "R-SE-01 id and token belong to one session",
    run: Effect.gen(function* () {
      const sessions = yield* given(1)
      assert.equal(yield* reason(sessions.insert(session(1), tokenHash(2))), "duplicate")
      assert.equal(yield* reason(sessions.insert(session(2), tokenHash(1))), "duplicate")
    })
  },
  {
    name: "R-SE-04 a use is written down for the token and the last use that it was decided on, else nothing is",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2)
      const use = { lastSeenAt: at(60), expiresAt: at(2000) }
      yield* sessions.touch(sessionId(1), tokenHash(2), at(1), use)
      yield* sessions.touch(sessionId(1), tokenHash(1), at(0), use)
      yield* sessions.touch(sessionId(3), tokenHash(1), at(1), use)
      assert.deepEqual(yield* get(1), Option.some(session(1)))
      yield* sessions.touch(sessionId(1), tokenHash(1), at(1), use)
      assert.deepEqual(yield* get(1), Option.some(session(1, use)))
      assert.deepEqual(yield* get(2), Option.some(session(2)))
    })
  },
  {
    name: "V-19 no method makes a session live again that ended",
    run: Effect.gen(function* () {
      const sessions = yield* given(1)
      assert.equal(yield* sessions.end(accountId(1), sessionId(1)), true)
      yield* sessions.touch(sessionId(1), tokenHash(1), at(1), { lastSeenAt: at(2), expiresAt: at(9000) })
      assert.equal(yield* sessions.rotate(session(1), tokenHash(9)), false)
      assert.equal(yield* sessions.end(accountId(1), sessionId(1)), false)
      assert.equal(yield* sessions.endUnused(tokenHash(1), at(1)), false)
      assert.deepEqual(yield* sessions.authenticate(tokenHash(1)), Option.none())
      assert.deepEqual(yield* sessions.authenticate(tokenHash(9)), Option.none())
    })
  },
  {
    name: "V-19 a session that was used in the meantime is not ended for want of use",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2)
      yield* sessions.touch(sessionId(1), tokenHash(1), at(1), { lastSeenAt: at(60), expiresAt: at(2000) })
      assert.equal(yield* sessions.endUnused(tokenHash(1), at(1)), false)
      assert.equal(yield* sessions.endUnused(tokenHash(2), at(2)), true)
      assert.deepEqual(yield* living(), [sessionId(1)])
    })
  },
  {
    name: "R-SE-02 a new token takes the old one's place, with everything that is new of the session",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2)
      assert.equal(yield* sessions.rotate(full, tokenHash(5)), true)
      assert.deepEqual(yield* sessions.authenticate(tokenHash(1)), Option.none())
      assert.deepEqual(Option.getOrThrow(yield* sessions.authenticate(tokenHash(5))).session, full)
      assert.deepEqual(yield* get(2), Option.some(session(2)))
      assert.equal(yield* reason(sessions.rotate(session(1), tokenHash(2))), "duplicate")
    })
  },
  {
    name: "R-SE-07 nobody finds, ends or changes a session of another account",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2)
      assert.deepEqual(yield* get(1, 2), Option.none())
      assert.equal(yield* sessions.end(accountId(2), sessionId(1)), false)
      assert.equal(yield* sessions.rotate(session(1, { accountId: accountId(2) }), tokenHash(9)), false)
      assert.equal(yield* sessions.endOthers(accountId(2), sessionId(1)), 0)
      assert.equal(yield* sessions.endSurplus(accountId(2), 0, 0, at(0)), 0)
      assert.deepEqual(yield* living(2), [])
      assert.deepEqual(yield* living(), [sessionId(2), sessionId(1)])
    })
  },
  {
    name: "AUT-04 all others end at once, and one stays",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2, 3)
      yield* sessions.insert(session(4, { accountId: accountId(2) }), tokenHash(4))
      assert.equal(yield* sessions.endOthers(accountId(1), sessionId(2)), 2)
      assert.deepEqual(yield* living(), [sessionId(2)])
      assert.deepEqual(yield* living(2), [sessionId(4)])
    })
  },
  {
    name: "R-SE-11 the oldest end when there are too many, after those that are dead already",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2, 3, 4)
      yield* sessions.insert(session(5, { credentialEpoch: 7 }), tokenHash(5))
      yield* sessions.insert(session(6, { expiresAt: at(100) }), tokenHash(6))
      yield* sessions.insert(session(7, { accountId: accountId(2) }), tokenHash(7))
      yield* sessions.insert(session(8, { createdAt: at(4) }), tokenHash(8))
      assert.equal(yield* sessions.endSurplus(accountId(1), 0, 3, at(100)), 4)
      assert.deepEqual(yield* living(), [sessionId(8), sessionId(4), sessionId(3)])
      assert.deepEqual(yield* get(5), Option.none())
      assert.deepEqual(yield* get(6), Option.none())
      assert.equal(yield* sessions.endSurplus(accountId(1), 0, 3, at(100)), 0)
      assert.deepEqual(yield* living(2), [sessionId(7)])
    })
  },
  {
    name: "AUT-04 the list holds what lives, of an account that is active and of this epoch",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2, 3)
      const accounts = yield* AccountRepository
      yield* sessions.insert(session(4, { credentialEpoch: 1 }), tokenHash(4))
      const ids = (epoch: number, now: number) =>
        Effect.map(sessions.list(accountId(1), epoch, at(now), { after: Option.none(), limit: 10 }), (rows) =>
          rows.map(({ id }) => id)
        )
      assert.deepEqual(yield* ids(0, 1001), [sessionId(3), sessionId(2)])
      assert.deepEqual(yield* ids(0, 1000), [sessionId(3), sessionId(2), sessionId(1)])
      assert.deepEqual(yield* ids(1, 0), [])
      yield* accounts.bumpEpoch(accountId(1), 0)
      assert.deepEqual(yield* ids(0, 0), [])
      assert.deepEqual(yield* ids(1, 0), [sessionId(4)])
      yield* accounts.insert(account(3, { state: "suspended" }), null)
      yield* sessions.insert(session(9, { accountId: accountId(3) }), tokenHash(9))
      assert.deepEqual(yield* living(3), [])
    })
  },
  {
    name: "G-06 the list goes on after its last row, also where several are of one moment",
    run: Effect.gen(function* () {
      const sessions = yield* given(1)
      for (const number of [2, 3, 4, 5]) {
        yield* sessions.insert(session(number, { createdAt: at(3) }), tokenHash(number))
      }
      const first = yield* sessions.list(accountId(1), 0, at(0), { after: Option.none(), limit: 2 })
      assert.deepEqual(
        first.map(({ id }) => id),
        [sessionId(5), sessionId(4), sessionId(3)]
      )
      const rest = yield* sessions.list(accountId(1), 0, at(0), {
        after: Option.some([at(3), sessionId(4)]),
        limit: 5
      })
      assert.deepEqual(
        rest.map(({ id }) => id),
        [sessionId(3), sessionId(2), sessionId(1)]
      )
    })
  },
  {
    name: "R-TK-14 what no use can save is deleted, so many at a time",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2, 3, 4)
      assert.equal(yield* sessions.purge(at(1000), 10), 0)
      assert.equal(yield* sessions.purge(at(1003), 2), 2)
      assert.deepEqual(yield* living(), [sessionId(4), sessionId(3)])
      assert.equal(yield* sessions.purge(at(1003), 2), 1)
      assert.equal(yield* sessions.purge(at(1003), 2), 0)
      assert.deepEqual(yield* living(), [sessionId(4)])
    })
  },
  {
    name: "AUT-03 who ends one session, or one that nobody used, ends no other",
    run: Effect.gen(function* () {
      const sessions = yield* given(1, 2)
      const { lastSeenAt } = session(2)
      yield* sessions.insert(session(4, { lastSeenAt }), tokenHash(4))
      yield* sessions.insert(session(3, { accountId: accountId(2), lastSeenAt }), tokenHash(3))
      assert.equal(yield* sessions.end(accountId(1), sessionId(1)), true)
      assert.deepEqual(new Set(yield* living()), new Set([sessionId(2), sessionId(4)]))
      assert.equal(yield* sessions.endUnused(tokenHash(2), lastSeenAt), true)
      assert.deepEqual(yield* living(), [sessionId(4)])
      assert.deepEqual(yield* living(2), [sessionId(3)])
    })
  }
]

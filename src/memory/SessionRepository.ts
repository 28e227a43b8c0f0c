import { Effect, Layer, Option } from "effect"
import type { Session } from "../accounts/Session.ts"
import { type SessionFacts, SessionRepository } from "../accounts/SessionRepository.ts"
import { accounts } from "./AccountRepository.ts"
import { memberships } from "./MembershipRepository.ts"
import { staff } from "./StaffRepository.ts"
import { Store, table } from "./Store.ts"

interface StoredSession {
  readonly session: Session
  readonly tokenHash: string
}

export const sessions = table<StoredSession>()({
  name: "session",
  key: ({ session }) => session.id,
  unique: { token: ({ tokenHash }) => tokenHash }
})

const newestFirst = (a: StoredSession, b: StoredSession): number =>
  sessions.by(
    ({ session }) => session.createdAt,
    ({ session }) => session.id
  )(b, a)

export const layer: Layer.Layer<SessionRepository, never, Store> = Layer.effect(
  SessionRepository,
  Effect.map(Store, (store) =>
    SessionRepository.of({
      insert: (session, tokenHash) =>
        store.write("session.insert", (write) => sessions.insert(write, { session, tokenHash })),
      authenticate: (tokenHash) =>
        store.read("session.authenticate", (state) =>
          Option.flatMap(sessions.find(state, "token", tokenHash), ({ session }) =>
            Option.map(
              accounts.get(state, session.accountId),
              ({ account }): SessionFacts => ({
                session,
                account,
                memberships: memberships
                  .filter(state, (membership) => membership.accountId === session.accountId)
                  .map(({ roles, tenantId }) => ({ tenantId, roles })),
                staffRoles: Option.match(staff.get(state, session.accountId), {
                  onNone: () => [],
                  onSome: ({ roles }) => roles
                })
              })
            )
          )
        ),
      touch: (id, tokenHash, seen, use) =>
        store.write("session.touch", (write) => {
          sessions.updateAll(
            write,
            (row) => row.session.id === id && row.tokenHash === tokenHash && row.session.lastSeenAt === seen,
            (row) => ({ session: { ...row.session, ...use }, tokenHash })
          )
        }),
      endUnused: (hash, seen) =>
        store.write(
          "session.endUnused",
          (write) =>
            sessions.removeAll(write, ({ session, tokenHash }) => tokenHash === hash && session.lastSeenAt === seen) ===
            1
        ),
      find: (accountId, id) =>
        store.read("session.find", (state) =>
          Option.filter(
            Option.map(sessions.get(state, id), ({ session }) => session),
            (session) => session.accountId === accountId
          )
        ),
      rotate: (session, tokenHash) =>
        store.write(
          "session.rotate",
          (write) =>
            sessions.updateAll(
              write,
              (row) => row.session.id === session.id && row.session.accountId === session.accountId,
              () => ({ session, tokenHash })
            ) === 1
        ),
      end: (accountId, id) =>
        store.write(
          "session.end",
          (write) =>
            sessions.removeAll(write, ({ session }) => session.id === id && session.accountId === accountId) === 1
        ),
      endOthers: (accountId, keep) =>
        store.write("session.endOthers", (write) =>
          sessions.removeAll(write, ({ session }) => session.accountId === accountId && session.id !== keep)
        ),
      endSurplus: (accountId, credentialEpoch, max, now) =>
        store.write("session.endSurplus", (write) => {
          const kept = new Set(
            sessions
              .filter(
                write.state,
                ({ session }) =>
                  session.accountId === accountId &&
                  session.credentialEpoch === credentialEpoch &&
                  now < session.expiresAt
              )
              .sort(newestFirst)
              .slice(0, max)
          )
          return sessions.removeAll(write, (row) => row.session.accountId === accountId && !kept.has(row))
        }),
      list: (accountId, credentialEpoch, now, window) =>
        store.read("session.list", (state) => {
          const isCurrent = Option.exists(
            accounts.get(state, accountId),
            ({ account }) => account.state === "active" && account.credentialEpoch === credentialEpoch
          )
          if (!isCurrent) return []
          return sessions
            .filter(
              state,
              ({ session }) =>
                session.accountId === accountId &&
                session.credentialEpoch === credentialEpoch &&
                now < session.expiresAt &&
                Option.match(window.after, {
                  onNone: () => true,
                  onSome: ([createdAt, id]) =>
                    session.createdAt < createdAt || (session.createdAt === createdAt && session.id < id)
                })
            )
            .sort(newestFirst)
            .slice(0, window.limit + 1)
            .map(({ session }) => session)
        }),
      purge: (now, limit) =>
        store.write("session.purge", (write) => {
          const ended = new Set(
            sessions
              .filter(write.state, ({ session }) => now >= session.expiresAt)
              .sort(sessions.by(({ session }) => session.expiresAt))
              .slice(0, limit)
          )
          return sessions.removeAll(write, (row) => ended.has(row))
        })
    })
  )
)

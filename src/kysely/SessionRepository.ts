import { Effect, Layer, Option, Schema } from "effect"
import { AccountState } from "../accounts/Account.ts"
import { FirstFactor, type Session } from "../accounts/Session.ts"
import { type SessionFacts, SessionRepository } from "../accounts/SessionRepository.ts"
import { StaffRoles } from "../accounts/StaffMember.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, SessionId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { Database } from "./Database.ts"
import { byBytes, fromBoolean, instant, toBoolean } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { SessionTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "account_id",
  "credential_epoch",
  "method",
  "second_factor",
  "strict",
  "stay_signed_in",
  "authenticated_at",
  "created_at",
  "last_seen_at",
  "expires_at",
  "device",
  "place"
] as const satisfies ReadonlyArray<keyof SessionTable>

const methodOf = word(FirstFactor.literals)
const stateOf = word(AccountState.literals)
const rolesOf = json(Schema.Array(Schema.String))
const staffRolesOf = json(StaffRoles)

const toSession = (row: Pick<SessionTable, (typeof COLUMNS)[number]>): Session => ({
  // only this repository writes the table, from values of these types
  id: row.id as SessionId,
  accountId: row.account_id as AccountId,
  credentialEpoch: row.credential_epoch,
  method: methodOf(row.method),
  secondFactor: toBoolean(row.second_factor),
  strict: toBoolean(row.strict),
  staySignedIn: toBoolean(row.stay_signed_in),
  authenticatedAt: instant(row.authenticated_at),
  createdAt: instant(row.created_at),
  lastSeenAt: instant(row.last_seen_at),
  expiresAt: instant(row.expires_at),
  device: row.device,
  place: row.place
})

const toRow = (session: Session, tokenHash: string): SessionTable => ({
  id: session.id,
  account_id: session.accountId,
  token_hash: tokenHash,
  credential_epoch: session.credentialEpoch,
  method: session.method,
  second_factor: fromBoolean(session.secondFactor),
  strict: fromBoolean(session.strict),
  stay_signed_in: fromBoolean(session.staySignedIn),
  authenticated_at: session.authenticatedAt,
  created_at: session.createdAt,
  last_seen_at: session.lastSeenAt,
  expires_at: session.expiresAt,
  device: session.device,
  place: session.place
})

export const layer: Layer.Layer<SessionRepository, never, Database> = Layer.effect(
  SessionRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("session.insert", "session", [...COLUMNS, "token_hash"])
    const authenticate = q.all("session.authenticate", (db, p: { readonly hash: string }) =>
      db
        .selectFrom("session as s")
        .innerJoin("account as a", "a.id", "s.account_id")
        .leftJoin("membership as m", "m.account_id", "s.account_id")
        .leftJoin("staff_member as w", "w.account_id", "s.account_id")
        .select([
          "s.id",
          "s.account_id",
          "s.credential_epoch",
          "s.method",
          "s.second_factor",
          "s.strict",
          "s.stay_signed_in",
          "s.authenticated_at",
          "s.created_at",
          "s.last_seen_at",
          "s.expires_at",
          "s.device",
          "s.place",
          "a.number",
          "a.email",
          "a.first_name",
          "a.last_name",
          "a.locale",
          "a.company_name",
          "a.state",
          "a.credential_epoch as account_epoch",
          "m.tenant_id",
          "m.roles",
          "w.roles as staff_roles"
        ])
        .where("s.token_hash", "=", p.hash)
    )
    const touch = q.changed(
      "session.touch",
      (
        db,
        p: {
          readonly id: string
          readonly hash: string
          readonly seen: number
          readonly lastSeenAt: number
          readonly expiresAt: number
        }
      ) =>
        db
          .updateTable("session")
          .set({ last_seen_at: p.lastSeenAt, expires_at: p.expiresAt })
          .where("id", "=", p.id)
          .where("token_hash", "=", p.hash)
          .where("last_seen_at", "=", p.seen)
    )
    const endUnused = q.changed("session.endUnused", (db, p: { readonly hash: string; readonly seen: number }) =>
      db.deleteFrom("session").where("token_hash", "=", p.hash).where("last_seen_at", "=", p.seen)
    )
    const find = q.first("session.find", (db, p: { readonly id: string; readonly accountId: string }) =>
      db.selectFrom("session").select(COLUMNS).where("id", "=", p.id).where("account_id", "=", p.accountId)
    )
    const rotate = q.changed("session.rotate", (db, p: SessionTable) =>
      db
        .updateTable("session")
        .set({
          token_hash: p.token_hash,
          credential_epoch: p.credential_epoch,
          method: p.method,
          second_factor: p.second_factor,
          strict: p.strict,
          stay_signed_in: p.stay_signed_in,
          authenticated_at: p.authenticated_at,
          created_at: p.created_at,
          last_seen_at: p.last_seen_at,
          expires_at: p.expires_at,
          device: p.device,
          place: p.place
        })
        .where("id", "=", p.id)
        .where("account_id", "=", p.account_id)
    )
    const end = q.changed("session.end", (db, p: { readonly id: string; readonly accountId: string }) =>
      db.deleteFrom("session").where("id", "=", p.id).where("account_id", "=", p.accountId)
    )
    const endOthers = q.changed("session.endOthers", (db, p: { readonly accountId: string; readonly keep: string }) =>
      db.deleteFrom("session").where("account_id", "=", p.accountId).where("id", "<>", p.keep)
    )
    const endSurplus = q.changed(
      "session.endSurplus",
      (db, p: { readonly accountId: string; readonly epoch: number; readonly max: number; readonly now: number }) =>
        db
          .deleteFrom("session")
          .where("account_id", "=", p.accountId)
          .where("id", "not in", (eb) =>
            eb
              .selectFrom("session as kept")
              .select("kept.id")
              .where("kept.account_id", "=", p.accountId)
              .where("kept.credential_epoch", "=", p.epoch)
              .where("kept.expires_at", ">", p.now)
              .orderBy("kept.created_at", "desc")
              .orderBy((of) => byBytes(database.kind, of.ref("kept.id")), "desc")
              .limit(p.max)
          )
    )
    const list = q.all(
      "session.list",
      (
        db,
        p: {
          readonly accountId: string
          readonly epoch: number
          readonly now: number
          readonly createdAt: number
          readonly id: string
          readonly limit: number
        }
      ) =>
        db
          .selectFrom("session")
          .innerJoin("account", "account.id", "session.account_id")
          .select([
            "session.id",
            "session.account_id",
            "session.credential_epoch",
            "session.method",
            "session.second_factor",
            "session.strict",
            "session.stay_signed_in",
            "session.authenticated_at",
            "session.created_at",
            "session.last_seen_at",
            "session.expires_at",
            "session.device",
            "session.place"
          ])
          .where("session.account_id", "=", p.accountId)
          .where("session.credential_epoch", "=", p.epoch)
          .where("session.expires_at", ">", p.now)
          .where("account.credential_epoch", "=", p.epoch)
          .where("account.state", "=", "active")
          .where((eb) =>
            eb.or([
              eb("session.created_at", "<", p.createdAt),
              eb.and([
                eb("session.created_at", "=", p.createdAt),
                eb(byBytes(database.kind, eb.ref("session.id")), "<", p.id)
              ])
            ])
          )
          .orderBy("session.created_at", "desc")
          .orderBy((eb) => byBytes(database.kind, eb.ref("session.id")), "desc")
          .limit(p.limit)
    )
    const purgeRows = purge(database, { table: "session", key: ["token_hash"], by: "expires_at", inclusive: true })
    const one = Effect.map((count: number) => count === 1)

    return SessionRepository.of({
      insert: (session, tokenHash) => insert([toRow(session, tokenHash)]),
      authenticate: (hash) =>
        authenticate({ hash }).pipe(
          reading("session.authenticate", (rows) => {
            const first = rows[0]
            if (first === undefined) return Option.none<SessionFacts>()
            const memberships: Array<SessionFacts["memberships"][number]> = []
            for (const { roles, tenant_id } of rows) {
              if (tenant_id === null || roles === null) continue
              // as above; the tenants' repository writes the roles
              memberships.push({ tenantId: tenant_id as TenantId, roles: rolesOf(roles) })
            }
            return Option.some<SessionFacts>({
              session: toSession(first),
              account: {
                id: first.account_id as AccountId,
                number: first.number as ShortNumber,
                email: first.email as EmailAddress,
                firstName: first.first_name,
                lastName: first.last_name,
                locale: first.locale,
                companyName: first.company_name,
                state: stateOf(first.state),
                credentialEpoch: first.account_epoch
              },
              memberships,
              staffRoles: first.staff_roles === null ? [] : staffRolesOf(first.staff_roles)
            })
          })
        ),
      touch: (id, hash, seen, { expiresAt, lastSeenAt }) =>
        Effect.asVoid(touch({ id, hash, seen, lastSeenAt, expiresAt })),
      endUnused: (hash, seen) => one(endUnused({ hash, seen })),
      find: (accountId, id) =>
        find({ id, accountId }).pipe(
          reading("session.find", (row) => Option.map(Option.fromUndefinedOr(row), toSession))
        ),
      rotate: (session, tokenHash) => one(rotate(toRow(session, tokenHash))),
      end: (accountId, id) => one(end({ id, accountId })),
      endOthers: (accountId, keep) => endOthers({ accountId, keep }),
      endSurplus: (accountId, epoch, max, now) => endSurplus({ accountId, epoch, max, now }),
      list: (accountId, epoch, now, window) => {
        const [createdAt, id] = Option.getOrElse(window.after, () => [Number.MAX_SAFE_INTEGER, ""] as const)
        return list({ accountId, epoch, now, createdAt, id, limit: window.limit + 1 }).pipe(
          reading("session.list", (rows) => rows.map(toSession))
        )
      },
      purge: purgeRows
    })
  })
)

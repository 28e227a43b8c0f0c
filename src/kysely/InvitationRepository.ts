import { Effect, Layer, Option } from "effect"
import { fullName } from "../accounts/Account.ts"
import { type Invitation, InvitationState } from "../invitations/Invitation.ts"
import {
  type EndFacts,
  InvitationRepository,
  type InvitationView,
  type InviteFacts
} from "../invitations/InvitationRepository.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, InvitationId, MembershipId, TenantId } from "../kernel/ids.ts"
import { RoleNames } from "../kernel/Permission.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Database } from "./Database.ts"
import { byBytes, forUpdateSkipLocked, instant, instantOrNull, isOneOf, type TextList, textList } from "./dialect.ts"
import { FACTS, type FactsRow, COLUMNS as MEMBERSHIP, toFacts } from "./MembershipRepository.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { InvitationTable, Tables } from "./tables.ts"
import { throughMain } from "./through.ts"

// named apart, because memberships and accounts have columns of the same names
const COLUMNS = [
  "invitation.tenant_id as invitation_tenant_id",
  "invitation.id as invitation_id",
  "invitation.email as invitation_email",
  "invitation.roles as invitation_roles",
  "invitation.message",
  "invitation.locale as invitation_locale",
  "invitation.state as invitation_state",
  "invitation.inviter_id",
  "invitation.inviter_membership_id",
  "invitation.first_name as contact_first_name",
  "invitation.last_name as contact_last_name",
  "invitation.created_at as invitation_created_at",
  "invitation.expires_at as invitation_expires_at",
  "invitation.sent_at",
  "invitation.ended_at",
  "invitation.undeliverable_at"
] as const

interface Row {
  readonly invitation_tenant_id: string
  readonly invitation_id: string
  readonly invitation_email: string
  readonly invitation_roles: string
  readonly message: string
  readonly invitation_locale: string
  readonly invitation_state: string
  readonly inviter_id: string | null
  readonly inviter_membership_id: string | null
  readonly contact_first_name: string | null
  readonly contact_last_name: string | null
  readonly invitation_created_at: number
  readonly invitation_expires_at: number
  readonly sent_at: number
  readonly ended_at: number | null
  readonly undeliverable_at: number | null
}

/** The columns of a left join: an invitation, or nulls. */
type RowOrNot = Row | { readonly [K in keyof Row]: null }

const rolesOf = json(RoleNames)
const stateOf = word(InvitationState.literals)

/** A row as an invitation. Ids and addresses are what `insert` has written, which is why their brands hold. */
const toInvitation = (row: Row): Invitation => ({
  id: row.invitation_id as InvitationId,
  tenantId: row.invitation_tenant_id as TenantId,
  email: row.invitation_email as EmailAddress,
  roles: rolesOf(row.invitation_roles),
  message: row.message,
  locale: row.invitation_locale,
  state: stateOf(row.invitation_state),
  inviterId: row.inviter_id as AccountId | null,
  inviterMembershipId: row.inviter_membership_id as MembershipId | null,
  contact:
    row.contact_first_name === null
      ? null
      : { firstName: row.contact_first_name, lastName: row.contact_last_name ?? "" },
  createdAt: instant(row.invitation_created_at),
  expiresAt: instant(row.invitation_expires_at),
  sentAt: instant(row.sent_at),
  endedAt: instantOrNull(row.ended_at),
  undeliverableAt: instantOrNull(row.undeliverable_at)
})

const toRow = (invitation: Invitation): InvitationTable => ({
  tenant_id: invitation.tenantId,
  id: invitation.id,
  email: invitation.email,
  roles: JSON.stringify(invitation.roles),
  message: invitation.message,
  locale: invitation.locale,
  state: invitation.state,
  inviter_id: invitation.inviterId,
  inviter_membership_id: invitation.inviterMembershipId,
  first_name: invitation.contact?.firstName ?? null,
  last_name: invitation.contact?.lastName ?? null,
  created_at: invitation.createdAt,
  expires_at: invitation.expiresAt,
  sent_at: invitation.sentAt,
  ended_at: invitation.endedAt,
  undeliverable_at: invitation.undeliverableAt
})

const VIEW = ["tenant.name as tenant_name", "account.first_name", "account.last_name"] as const

type ViewRow = Row & {
  readonly tenant_name: string
  readonly first_name: string | null
  readonly last_name: string | null
}

const toView = (row: ViewRow): InvitationView => ({
  invitation: toInvitation(row),
  tenantName: row.tenant_name,
  inviterName: fullName({ firstName: row.first_name ?? "", lastName: row.last_name ?? "" })
})

type InviteRow = { readonly [K in keyof Row]: Row[K] | null } & FactsRow & {
    readonly tenant_name: string
    readonly first_name: string
    readonly last_name: string
  }

const toInviteFacts = (row: InviteRow): InviteFacts => {
  // no column of the key can be null, so that in a left join either the whole row is there or none of it
  const pending = row as RowOrNot
  return {
    inviter: toFacts(row),
    inviterName: fullName({ firstName: row.first_name, lastName: row.last_name }),
    tenantName: row.tenant_name,
    pending: pending.invitation_id === null ? null : toInvitation(pending)
  }
}

/** Of the inviter, of the person, of one account that is both, or of neither. */
type EndRow = Row & { readonly [K in keyof FactsRow]: FactsRow[K] | null } & { readonly account_email: string | null }

const hasAccount = (row: EndRow): row is Row & FactsRow & { readonly account_email: string } =>
  row.fact_account_id !== null

const toEndFacts = (rows: ReadonlyArray<EndRow>, person: AccountId | null): Option.Option<EndFacts> => {
  const first = rows[0]
  if (first === undefined) return Option.none()
  const accounts = rows.filter(hasAccount)
  const inviter = accounts.find((row) => row.fact_account_id === first.inviter_id)
  const self = accounts.find((row) => row.fact_account_id === person)
  return Option.some({
    invitation: toInvitation(first),
    inviter: inviter === undefined ? null : toFacts(inviter),
    // as above: an account's address is what its repository has written
    person: self === undefined ? null : { email: self.account_email as EmailAddress, access: toFacts(self) }
  })
}

const one =
  <From, A>(read: (row: From) => A) =>
  (row: From | undefined): Option.Option<A> =>
    row === undefined ? Option.none() : Option.some(read(row))

const views = (rows: ReadonlyArray<ViewRow>): ReadonlyArray<InvitationView> => rows.map(toView)

export const layer: Layer.Layer<InvitationRepository, never, Database> = Layer.effect(
  InvitationRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const insert = q.insert("invitation.insert", "invitation", [
      "tenant_id",
      "id",
      "email",
      "roles",
      "message",
      "locale",
      "state",
      "inviter_id",
      "inviter_membership_id",
      "first_name",
      "last_name",
      "created_at",
      "expires_at",
      "sent_at",
      "ended_at",
      "undeliverable_at"
    ])
    const save = q.exactlyOne("invitation.save", (db, p: InvitationTable) =>
      db
        .updateTable("invitation")
        .set({
          roles: p.roles,
          message: p.message,
          locale: p.locale,
          state: p.state,
          inviter_id: p.inviter_id,
          inviter_membership_id: p.inviter_membership_id,
          expires_at: p.expires_at,
          sent_at: p.sent_at,
          ended_at: p.ended_at,
          undeliverable_at: p.undeliverable_at
        })
        .where("tenant_id", "=", p.tenant_id)
        .where("id", "=", p.id)
        // of several ends the first one counts
        .where("state", "=", "pending")
    )
    interface Together {
      readonly tenantId: string
      readonly ids: TextList
    }
    const renewAll = q.changed(
      "invitation.renewAll",
      (
        db,
        p: Together & {
          readonly message: string
          readonly locale: string
          readonly inviterId: string
          readonly inviterMembershipId: string | null
          readonly expiresAt: number
          readonly sentAt: number
        }
      ) =>
        db
          .updateTable("invitation")
          .set({
            message: p.message,
            locale: p.locale,
            inviter_id: p.inviterId,
            inviter_membership_id: p.inviterMembershipId,
            expires_at: p.expiresAt,
            sent_at: p.sentAt,
            undeliverable_at: null
          })
          .where("tenant_id", "=", p.tenantId)
          .where((eb) => isOneOf(kind, eb.ref("id"), p.ids))
          .where("state", "=", "pending")
    )
    const expireAll = q.changed("invitation.expireAll", (db, p: Together & { readonly at: number }) =>
      db
        .updateTable("invitation")
        .set({ state: "expired", ended_at: p.at })
        .where("tenant_id", "=", p.tenantId)
        .where((eb) => isOneOf(kind, eb.ref("id"), p.ids))
        .where("state", "=", "pending")
    )
    const markUndeliverable = q.changed(
      "invitation.markUndeliverable",
      (db, p: { readonly tenantId: string; readonly id: string; readonly mailedAt: number; readonly at: number }) =>
        db
          .updateTable("invitation")
          .set({ undeliverable_at: p.at })
          .where("tenant_id", "=", p.tenantId)
          .where("id", "=", p.id)
          .where("state", "=", "pending")
          .where("sent_at", "<=", p.mailedAt)
          .where("undeliverable_at", "is", null)
    )
    const pendingOf = q.all("invitation.pendingOf", (db, p: { readonly tenantId: string; readonly emails: TextList }) =>
      db
        .selectFrom("invitation")
        .select(COLUMNS)
        .where("tenant_id", "=", p.tenantId)
        .where((eb) => isOneOf(kind, eb.ref("invitation.email"), p.emails))
        .where("state", "=", "pending")
    )
    /** All of them, or another unit was faster. */
    const every = (operation: string, count: number) => (changed: number) =>
      changed === count ? Effect.void : Effect.fail(new PersistenceError({ operation, reason: "conflict" }))
    const find = q.first("invitation.find", (db, p: { readonly tenantId: string; readonly id: string }) =>
      db
        .selectFrom("invitation")
        .innerJoin("tenant", "tenant.id", "invitation.tenant_id")
        .leftJoin("account", "account.id", "invitation.inviter_id")
        .select(COLUMNS)
        .select(VIEW)
        .where("invitation.tenant_id", "=", p.tenantId)
        .where("invitation.id", "=", p.id)
    )
    const inviteFacts = q.first(
      "invitation.inviteFacts",
      (db, p: { readonly tenantId: string; readonly inviterId: string; readonly email: string }) => {
        const query = db
          .selectFrom("account")
          .innerJoin("tenant", (join) => join.on("tenant.id", "=", p.tenantId))
          .leftJoin("membership", (join) =>
            join.onRef("membership.tenant_id", "=", "tenant.id").onRef("membership.account_id", "=", "account.id")
          )
          .leftJoin("invitation", (join) =>
            join
              .onRef("invitation.tenant_id", "=", "tenant.id")
              .on("invitation.email", "=", p.email)
              .on("invitation.state", "=", "pending")
          )
          .select(FACTS)
          .select((eb) => throughMain(kind, { tenantId: eb.ref("tenant.id"), accountId: eb.ref("account.id") }, "kept"))
          .select(MEMBERSHIP)
          .select(COLUMNS)
          .select(["tenant.name as tenant_name", "account.first_name", "account.last_name"])
          .where("account.id", "=", p.inviterId)
        // whoever closes the tenant locks its row, and comes before this, which then finds it closed, or after the invitation
        return kind === "postgres" ? query.forShare("tenant") : query
      }
    )
    const endFacts = q.all(
      "invitation.endFacts",
      (db, p: { readonly tenantId: string; readonly id: string; readonly person: string }) =>
        db
          .selectFrom("invitation")
          .innerJoin("tenant", "tenant.id", "invitation.tenant_id")
          .leftJoin("account", (join) =>
            join.on((eb) =>
              eb.or([eb("account.id", "=", eb.ref("invitation.inviter_id")), eb("account.id", "=", p.person)])
            )
          )
          .leftJoin("membership", (join) =>
            join.onRef("membership.tenant_id", "=", "tenant.id").onRef("membership.account_id", "=", "account.id")
          )
          .select(COLUMNS)
          .select(FACTS)
          .select((eb) => throughMain(kind, { tenantId: eb.ref("tenant.id"), accountId: eb.ref("account.id") }, "kept"))
          .select(MEMBERSHIP)
          .select("account.email as account_email")
          .where("invitation.tenant_id", "=", p.tenantId)
          .where("invitation.id", "=", p.id)
    )

    interface Listed {
      readonly tenantId: string
      readonly state: string
      readonly now: number
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    /** `expired` and `pending` depend on the time; what is stored of the others is what they are. */
    const list = (filter: "all" | "pending" | "expired" | "ended", contacts: boolean, goesOn: boolean) =>
      q.all("invitation.list", (db, p: Listed) => {
        let query = db
          .selectFrom("invitation")
          .innerJoin("tenant", "tenant.id", "invitation.tenant_id")
          .leftJoin("account", "account.id", "invitation.inviter_id")
          .select(COLUMNS)
          .select(VIEW)
          .where("invitation.tenant_id", "=", p.tenantId)
        if (contacts) query = query.where("invitation.first_name", "is not", null)
        if (filter === "pending") {
          query = query.where("invitation.state", "=", "pending").where("invitation.expires_at", ">", p.now)
        } else if (filter === "expired") {
          query = query.where((eb) =>
            eb.or([
              eb("invitation.state", "=", "expired"),
              eb.and([eb("invitation.state", "=", "pending"), eb("invitation.expires_at", "<=", p.now)])
            ])
          )
        } else if (filter === "ended") query = query.where("invitation.state", "=", p.state)
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("invitation.created_at", "<", p.createdAt),
              eb.and([
                eb("invitation.created_at", "=", p.createdAt),
                eb(byBytes(kind, eb.ref("invitation.id")), "<", p.id)
              ])
            ])
          )
        }
        return query
          .orderBy("invitation.created_at", "desc")
          .orderBy((eb) => byBytes(kind, eb.ref("invitation.id")), "desc")
          .limit(p.limit)
      })
    const both = (filter: "all" | "pending" | "expired" | "ended", contacts: boolean) => ({
      first: list(filter, contacts, false),
      next: list(filter, contacts, true)
    })
    const byState = (contacts: boolean) => ({
      all: both("all", contacts),
      pending: both("pending", contacts),
      expired: both("expired", contacts),
      ended: both("ended", contacts)
    })
    const lists = { everybody: byState(false), contacts: byState(true) }

    interface Open {
      readonly email: string
      readonly now: number
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const open = (goesOn: boolean) =>
      q.all("invitation.openForEmail", (db, p: Open) => {
        let query = db
          .selectFrom("invitation")
          .innerJoin("tenant", "tenant.id", "invitation.tenant_id")
          .leftJoin("account", "account.id", "invitation.inviter_id")
          .select(COLUMNS)
          .select(VIEW)
          .where("invitation.email", "=", p.email)
          .where("invitation.state", "=", "pending")
          .where("invitation.expires_at", ">", p.now)
          .where("tenant.state", "in", ["active", "in-setup"])
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("invitation.created_at", "<", p.createdAt),
              eb.and([
                eb("invitation.created_at", "=", p.createdAt),
                eb(byBytes(kind, eb.ref("invitation.id")), "<", p.id)
              ])
            ])
          )
        }
        return query
          .orderBy("invitation.created_at", "desc")
          .orderBy((eb) => byBytes(kind, eb.ref("invitation.id")), "desc")
          .limit(p.limit)
      })
    const opens = { first: open(false), next: open(true) }
    const revoking = (byStaff: boolean) =>
      q.all("invitation.revokeAll", (db, p: { readonly tenantId: string; readonly now: number }) => {
        const update = db
          .updateTable("invitation")
          .set({ state: "revoked", ended_at: p.now })
          .where("invitation.tenant_id", "=", p.tenantId)
          .where("invitation.state", "=", "pending")
        return (byStaff ? update.where("invitation.inviter_id", "is", null) : update).returning(COLUMNS)
      })
    const revokeAll = { anybody: revoking(false), staff: revoking(true) }
    const expire = q.all("invitation.expire", (db, p: { readonly now: number; readonly limit: number }) =>
      db
        // materialized, because PostgreSQL may run a sub-select with a limit more than once and then changes more rows than that
        .with(
          (cte) => cte("overdue").materialized(),
          (db) =>
            // several nodes may do this at the same time, and each takes what no other one has
            forUpdateSkipLocked(
              kind,
              db
                .selectFrom("invitation")
                .select(["invitation.tenant_id", "invitation.id"])
                .where("invitation.state", "=", "pending")
                .where("invitation.expires_at", "<=", p.now)
                .orderBy("invitation.expires_at")
                .limit(p.limit)
            )
        )
        .updateTable("invitation")
        .set({ state: "expired", ended_at: p.now })
        .where((eb) =>
          eb(
            eb.refTuple("invitation.tenant_id", "invitation.id"),
            "in",
            eb.selectFrom("overdue").select(["overdue.tenant_id", "overdue.id"]).$asTuple("tenant_id", "id")
          )
        )
        .where("invitation.state", "=", "pending")
        .returning(COLUMNS)
    )

    return InvitationRepository.of({
      insert: (invitation) => insert([toRow(invitation)]),
      insertAll: (invitations) => insert(invitations.map(toRow)),
      renewAll: (tenantId, ids, renewal) =>
        ids.length === 0
          ? Effect.void
          : Effect.flatMap(
              renewAll({ tenantId, ids: textList(ids), ...renewal }),
              every("invitation.renewAll", ids.length)
            ),
      expireAll: (tenantId, ids, at) =>
        ids.length === 0
          ? Effect.void
          : Effect.flatMap(expireAll({ tenantId, ids: textList(ids), at }), every("invitation.expireAll", ids.length)),
      markUndeliverable: (tenantId, id, mailedAt, at) =>
        Effect.map(markUndeliverable({ tenantId, id, mailedAt, at }), (count) => count === 1),
      pendingOf: (tenantId, emails) =>
        emails.length === 0
          ? Effect.succeed([])
          : reading("invitation.pendingOf", (rows: ReadonlyArray<Row>) => rows.map(toInvitation))(
              pendingOf({ tenantId, emails: textList(emails) })
            ),
      save: (invitation) => save(toRow(invitation)),
      find: (tenantId, id) => reading("invitation.find", one(toView))(find({ tenantId, id })),
      inviteFacts: (tenantId, inviterId, email) =>
        reading("invitation.inviteFacts", one(toInviteFacts))(inviteFacts({ tenantId, inviterId, email })),
      endFacts: (tenantId, id, person) =>
        reading("invitation.endFacts", (rows: ReadonlyArray<EndRow>) => toEndFacts(rows, person))(
          // no account has an empty id
          endFacts({ tenantId, id, person: person ?? "" })
        ),
      list: (tenantId, { contacts, now, state }, { after, limit }) => {
        const wanted = Option.getOrUndefined(state)
        const filter = wanted === undefined ? "all" : wanted === "pending" || wanted === "expired" ? wanted : "ended"
        const [createdAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        const statement = lists[contacts ? "contacts" : "everybody"][filter][Option.isSome(after) ? "next" : "first"]
        return reading(
          "invitation.list",
          views
        )(statement({ tenantId, state: wanted ?? "", now, createdAt, id, limit: limit + 1 }))
      },
      openForEmail: (email, now, { after, limit }) => {
        const [createdAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        return reading(
          "invitation.openForEmail",
          views
        )(opens[Option.isSome(after) ? "next" : "first"]({ email, now, createdAt, id, limit: limit + 1 }))
      },
      revokeAll: (tenantId, now, by) =>
        reading("invitation.revokeAll", (rows: ReadonlyArray<Row>) => rows.map(toInvitation))(
          revokeAll[by]({ tenantId, now })
        ),
      expire: (now, limit) =>
        reading("invitation.expire", (rows: ReadonlyArray<Row>) => rows.map(toInvitation))(expire({ now, limit }))
    })
  })
)

import { Effect, Layer, Option } from "effect"
import { type Expression, type ExpressionBuilder, type Kysely, type QueryCreator, type SqlBool, sql } from "kysely"
import { rankOf, StaffRole, StaffRoles } from "../accounts/StaffMember.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, RequestId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { Permission } from "../kernel/Permission.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Entitled, Terms } from "../requests/Authority.ts"
import {
  Approvals,
  type Audience,
  isTerminal,
  JsonValue,
  type Request,
  RequestState,
  Rules
} from "../requests/Request.ts"
import { type Looker, RequestRepository } from "../requests/RequestRepository.ts"
import { Database } from "./Database.ts"
import {
  byBytes,
  contains,
  type DialectKind,
  forUpdate,
  forUpdateSkipLocked,
  fromBoolean,
  instant,
  instantOrNull,
  integer,
  isOneOf,
  type RowList,
  rowList,
  rowsOf,
  type TextList,
  textList,
  toBoolean
} from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { RequestTable, Tables } from "./tables.ts"
import { refusedOf, rolesOf } from "./through.ts"

const COLUMNS = [
  "request.id",
  "request.number",
  "request.kind",
  "request.tenant_id",
  "request.asker_account_id",
  "request.asker_email",
  "request.asker_locale",
  "request.asker_tenant_id",
  "request.asker_staff_id",
  "request.audience",
  "request.audience_tenant_id",
  "request.audience_permission",
  "request.audience_rank",
  "request.audience_account_id",
  "request.payload",
  "request.identity",
  "request.state",
  "request.version",
  "request.revision",
  "request.rules",
  "request.created_at",
  "request.pending_at",
  "request.expires_at",
  "request.next_reminder_at",
  "request.reminders",
  "request.approvals",
  "request.refused_by",
  "request.reason",
  "request.ended_at"
] as const satisfies ReadonlyArray<`request.${keyof RequestTable}`>

type Row = Omit<RequestTable, "open" | "approvers">

const stateOf = word(RequestState.literals)
const tagOf = word(["Tenant", "Staff", "Account"])
const permissionOf = word(Permission.literals)
const rulesOf = json(Rules)
const approvalsOf = json(Approvals)
const payloadOf = json(JsonValue)
const staffRolesOf = json(StaffRoles)

/** Ids, numbers and addresses are what `insert` and `save` have written, which is why their brands hold. */
const audienceOf = (row: Row): Audience => {
  const tag = tagOf(row.audience)
  switch (tag) {
    case "Tenant":
      return {
        _tag: "Tenant",
        tenantId: row.audience_tenant_id as TenantId,
        permission: permissionOf(row.audience_permission ?? "")
      }
    case "Staff":
      return { _tag: "Staff", role: StaffRole.literals[(row.audience_rank ?? 0) - 1] ?? "operator" }
    case "Account":
      return { _tag: "Account", accountId: row.audience_account_id as AccountId }
  }
}

const toRequest = (row: Row): Request => ({
  // as above
  id: row.id as RequestId,
  number: row.number as ShortNumber,
  kind: row.kind,
  tenantId: row.tenant_id as TenantId | null,
  asker: {
    accountId: row.asker_account_id as AccountId | null,
    email: row.asker_email as EmailAddress,
    locale: row.asker_locale,
    tenantId: row.asker_tenant_id as TenantId | null,
    staffId: row.asker_staff_id as AccountId | null
  },
  audience: audienceOf(row),
  payload: payloadOf(row.payload),
  identity: row.identity,
  state: stateOf(row.state),
  version: integer(row.version),
  revision: integer(row.revision),
  rules: rulesOf(row.rules),
  createdAt: instant(row.created_at),
  pendingAt: instantOrNull(row.pending_at),
  expiresAt: instant(row.expires_at),
  nextReminderAt: instantOrNull(row.next_reminder_at),
  reminders: integer(row.reminders),
  approvals: approvalsOf(row.approvals),
  refusedBy: row.refused_by as AccountId | null,
  reason: row.reason,
  endedAt: instantOrNull(row.ended_at)
})

const approversOf = (request: Request): string =>
  JSON.stringify(
    request.approvals.flatMap(({ accountId, onBehalfOf }) =>
      onBehalfOf === null ? [accountId] : [accountId, onBehalfOf]
    )
  )

const toRow = (request: Request): RequestTable => {
  const { asker, audience } = request
  return {
    id: request.id,
    number: request.number,
    kind: request.kind,
    tenant_id: request.tenantId,
    asker_account_id: asker.accountId,
    asker_email: asker.email,
    asker_locale: asker.locale,
    asker_tenant_id: asker.tenantId,
    asker_staff_id: asker.staffId,
    audience: audience._tag,
    audience_tenant_id: audience._tag === "Tenant" ? audience.tenantId : null,
    audience_permission: audience._tag === "Tenant" ? audience.permission : null,
    audience_rank: audience._tag === "Staff" ? rankOf(audience.role) : null,
    audience_account_id: audience._tag === "Account" ? audience.accountId : null,
    payload: JSON.stringify(request.payload),
    identity: request.identity,
    state: request.state,
    open: fromBoolean(!isTerminal(request.state)),
    version: request.version,
    revision: request.revision,
    rules: JSON.stringify(request.rules),
    created_at: request.createdAt,
    pending_at: request.pendingAt,
    expires_at: request.expiresAt,
    next_reminder_at: request.nextReminderAt,
    reminders: request.reminders,
    approvals: JSON.stringify(request.approvals),
    approvers: approversOf(request),
    refused_by: request.refusedBy,
    reason: request.reason,
    ended_at: request.endedAt
  }
}

const requests = (rows: ReadonlyArray<Row>): ReadonlyArray<Request> => rows.map(toRequest)
const one = (row: Row | undefined): Option.Option<Request> =>
  row === undefined ? Option.none() : Option.some(toRequest(row))

// ---- who may decide --------------------------------------------------------------------------------------------------------------------

interface EntitledRow {
  readonly request_id: string
  readonly account_id: string
  readonly email: string
  readonly credential_epoch: number
  readonly locale: string
  readonly address: string
  readonly principal_id: string
  readonly principal_email: string
  readonly principal_address: string
  readonly tenant_roles: string
  readonly locations_chosen: number
  /** What the tenant refuses to its main, where the right comes through that one. */
  readonly refused: string | null
  readonly staff_roles: string
  readonly controls_asker: number
}

const toEntitled = (row: EntitledRow): Entitled => ({
  // as above
  requestId: row.request_id as RequestId,
  accountId: row.account_id as AccountId,
  email: row.email as EmailAddress,
  credentialEpoch: integer(row.credential_epoch),
  locale: row.locale,
  address: row.address as EmailAddress,
  principalId: row.principal_id as AccountId,
  principalEmail: row.principal_email as EmailAddress,
  principalAddress: row.principal_address as EmailAddress,
  tenantRoles: row.tenant_roles === "[]" ? [] : rolesOf(row.tenant_roles),
  locationsChosen: toBoolean(integer(row.locations_chosen)),
  through: row.refused === null ? null : { refused: refusedOf(row.refused) },
  staffRoles: row.staff_roles === "[]" ? [] : staffRolesOf(row.staff_roles),
  controlsAsker: toBoolean(integer(row.controls_asker))
})

interface TermsRow {
  readonly now: number
  readonly grants: RowList
  readonly delegable: TextList
  readonly operators: TextList
}

const termsRow = (terms: Terms): TermsRow => ({
  now: terms.now,
  grants: rowList(terms.grants.map(({ permission, role }) => ({ permission, role }))),
  delegable: textList(terms.delegable),
  operators: textList(terms.operators)
})

type Grants = Tables & { readonly grants: { readonly role: string; readonly permission: string } }

type Tag = Audience["_tag"]

/** As `isOneOf`, but as one value that PostgreSQL reads before it joins: its planner's time grows steeply with each further table to join. */
const isAnyOf = (kind: DialectKind, expression: Expression<string>, list: TextList) =>
  kind === "postgres"
    ? sql<SqlBool>`${expression} = any(array(select json_array_elements_text(cast(${list} as json))))`
    : isOneOf(kind, expression, list)

/** Which of the requests and persons are looked at: audiences, and conditions on the aliases `r` (the request) and `a` (the person). */
interface Scope {
  readonly audiences: "Tenant" | "Staff" | "Account" | "Tenant or Account"
  readonly request: Expression<SqlBool>
  readonly person: Expression<SqlBool>
  /** Set to look only at what is asked of tenants of this account. */
  readonly member?: string
}

/**
 * Everybody whom the audiences of requests include, as `entitled` of one statement. Each way of being asked is a part of its own, because it is
 * found by other keys, and only those parts are there that the scope needs, because the planner's time grows with every join.
 */
const withEntitled = (db: Kysely<Tables>, kind: DialectKind, p: TermsRow, scope: Scope) => {
  const none = sql<string>`'[]'`
  const ownRight = sql<string | null>`cast(null as text)`.as("refused")
  const notChosen = sql<number>`0`.as("locations_chosen")
  const chosen = (column: "m.locations" | "pm.locations") =>
    sql<number>`case when ${sql.ref(column)} is null then 0 else 1 end`.as("locations_chosen")
  // role names have no quotes, so that one inside of quotes is that role
  const carries = (roles: string, permission: Expression<string | null>) =>
    sql<SqlBool>`exists (select 1 from grants where grants.permission = ${permission} and ${contains(
      kind,
      sql.ref<string>(roles),
      // an expression where a text is expected: both become part of the statement
      sql`'"' || grants.role || '"'` as unknown as string
    )})`
  const controls = (db: QueryCreator<Grants>, person: "a.id", principal: "a.id" | "pa.id") =>
    sql<number>`case when exists ${db
      .selectFrom("membership as c")
      .select("c.id")
      .where(sql<SqlBool>`c.tenant_id = r.asker_tenant_id`)
      .where(sql<SqlBool>`c.account_id in (${sql.ref(person)}, ${sql.ref(principal)})`)
      .where(carries("c.roles", sql`'owners.change'`))} then 1 else 0 end`

  /** Whether the person has the second factor that the tenant may require (TFA-07). */
  const factorGiven = (db: QueryCreator<Grants>) =>
    sql<SqlBool>`(${sql.ref("r.wants_factor")} = 0 or exists ${db
      .selectFrom("second_factor as f")
      .select("f.account_id")
      .where(sql<SqlBool>`f.account_id = a.id`)
      .where("f.confirmed_at", "is not", null)})`

  return db
    .with(
      (cte) => cte("grants").materialized(),
      (db) => db.selectFrom(rowsOf<Grants["grants"]>(kind, p.grants, { role: "text", permission: "text" })).selectAll()
    )
    .with("crew", (db) =>
      db
        .selectFrom("staff_member as s")
        .innerJoin("account as a", "a.id", "s.account_id")
        .select([
          "a.id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "s.roles",
          (eb) =>
            sql<number>`case when ${isAnyOf(kind, eb.ref("a.email"), p.operators)} then ${sql.lit(
              rankOf("operator")
            )} else s.rank end`.as("rank")
        ])
        .where("a.state", "=", "active")
        .unionAll(
          db
            .selectFrom("account as a")
            .select([
              "a.id",
              "a.email",
              "a.credential_epoch",
              "a.locale",
              none.as("roles"),
              sql<number>`${sql.lit(rankOf("operator"))}`.as("rank")
            ])
            .where("a.state", "=", "active")
            .where((eb) => isAnyOf(kind, eb.ref("a.email"), p.operators))
            .where((eb) =>
              eb.not(
                eb.exists(eb.selectFrom("staff_member as s").select("s.rank").whereRef("s.account_id", "=", "a.id"))
              )
            )
        )
    )
    .with("asked", (db) => {
      const { member } = scope
      const asked = db
        .selectFrom("request as r")
        .innerJoin("tenant as t", "t.id", "r.audience_tenant_id")
        .select([
          "r.id",
          "r.audience_permission",
          "r.asker_tenant_id",
          "t.id as tenant_id",
          "t.second_factor_required as wants_factor"
        ])
        .where("r.audience", "=", "Tenant")
        .where("t.state", "=", "active")
        .where(scope.request)
      return member === undefined
        ? asked
        : asked.innerJoin("membership as own", (join) =>
            join.onRef("own.tenant_id", "=", "t.id").on("own.account_id", "=", member)
          )
    })
    .with("asked_through", (db) => {
      const { member } = scope
      const asked = db
        .selectFrom("request as r")
        .innerJoin("tenant as t", "t.id", "r.audience_tenant_id")
        .innerJoin("tenant_link as l", "l.sub_id", "t.id")
        .innerJoin("tenant as mt", "mt.id", "l.main_id")
        .select((eb) => [
          "r.id",
          "r.audience_permission",
          "r.asker_tenant_id",
          "t.id as tenant_id",
          "l.main_id",
          "l.refused",
          // of either: what the main does not let its member have, nobody has through it
          eb("t.second_factor_required", "+", eb.ref("mt.second_factor_required")).as("wants_factor")
        ])
        .where("r.audience", "=", "Tenant")
        .where("t.state", "=", "active")
        .where("mt.state", "=", "active")
        .where((eb) => isAnyOf(kind, eb.ref("r.audience_permission") as Expression<string>, p.delegable))
        .where(
          sql<SqlBool>`not ${contains(kind, sql.ref<string>("l.refused"), sql<string>`'"' || ${sql.ref("r.audience_permission")} || '"'`)}`
        )
        .where(scope.request)
      return member === undefined
        ? asked
        : asked.innerJoin("membership as own", (join) =>
            join.onRef("own.tenant_id", "=", "l.main_id").on("own.account_id", "=", member)
          )
    })
    .with("entitled", (db): Expression<EntitledRow> => {
      const members = db
        .selectFrom("asked as r")
        .innerJoin("membership as m", "m.tenant_id", "r.tenant_id")
        .innerJoin("account as a", "a.id", "m.account_id")
        .select([
          "r.id as request_id",
          "a.id as account_id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "m.contact_email as address",
          "a.id as principal_id",
          "a.email as principal_email",
          "m.contact_email as principal_address",
          "m.roles as tenant_roles",
          chosen("m.locations"),
          ownRight,
          none.as("staff_roles"),
          controls(db, "a.id", "a.id").as("controls_asker")
        ])
        .where("a.state", "=", "active")
        .where(carries("m.roles", sql.ref("r.audience_permission")))
        .where(factorGiven(db))
        .where(scope.person)
      const membersOfMain = db
        .selectFrom("asked_through as r")
        .innerJoin("membership as m", "m.tenant_id", "r.main_id")
        .innerJoin("account as a", "a.id", "m.account_id")
        .select([
          "r.id as request_id",
          "a.id as account_id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "m.contact_email as address",
          "a.id as principal_id",
          "a.email as principal_email",
          "m.contact_email as principal_address",
          "m.roles as tenant_roles",
          chosen("m.locations"),
          "r.refused",
          none.as("staff_roles"),
          controls(db, "a.id", "a.id").as("controls_asker")
        ])
        .where("a.state", "=", "active")
        .where(carries("m.roles", sql.ref("r.audience_permission")))
        .where(carries("m.roles", sql`'locations.access'`))
        .where(factorGiven(db))
        .where((eb) =>
          eb.or([
            eb("m.locations", "is", null),
            // ids have one length and no character of JSON, so that one that is found there is one of them
            contains(kind, sql.ref<string>("m.locations"), sql.ref<string>("r.tenant_id")),
            carries("m.roles", sql`'owners.change'`)
          ])
        )
        .where(scope.person)
      const deputiesOfMembers = db
        .selectFrom("asked as r")
        .innerJoin("deputy as d", "d.tenant_id", "r.tenant_id")
        .innerJoin("membership as m", (join) =>
          join.onRef("m.tenant_id", "=", "r.tenant_id").onRef("m.account_id", "=", "d.deputy_id")
        )
        .innerJoin("account as a", "a.id", "m.account_id")
        .innerJoin("membership as pm", (join) =>
          join.onRef("pm.tenant_id", "=", "r.tenant_id").onRef("pm.account_id", "=", "d.principal_id")
        )
        .innerJoin("account as pa", "pa.id", "pm.account_id")
        .select([
          "r.id as request_id",
          "a.id as account_id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "m.contact_email as address",
          "pa.id as principal_id",
          "pa.email as principal_email",
          "pm.contact_email as principal_address",
          "pm.roles as tenant_roles",
          chosen("pm.locations"),
          ownRight,
          none.as("staff_roles"),
          controls(db, "a.id", "pa.id").as("controls_asker")
        ])
        .where("a.state", "=", "active")
        .where("pa.state", "=", "active")
        .where("d.from_at", "<=", p.now)
        .where("d.until_at", ">", p.now)
        .where(carries("pm.roles", sql.ref("r.audience_permission")))
        .where(factorGiven(db))
        .where(scope.person)
      const crew = db
        .selectFrom("request as r")
        .innerJoin("crew as a", (join) => join.on(sql<SqlBool>`a.rank >= r.audience_rank`))
        .select([
          "r.id as request_id",
          "a.id as account_id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "a.email as address",
          "a.id as principal_id",
          "a.email as principal_email",
          "a.email as principal_address",
          none.as("tenant_roles"),
          notChosen,
          ownRight,
          "a.roles as staff_roles",
          controls(db, "a.id", "a.id").as("controls_asker")
        ])
        .where("r.audience", "=", "Staff")
        .where(scope.request)
        .where(scope.person)
      const deputiesOfCrew = db
        .selectFrom("request as r")
        .innerJoin("crew as pa", (join) => join.on(sql<SqlBool>`pa.rank >= r.audience_rank`))
        .innerJoin("deputy as d", "d.principal_id", "pa.id")
        .innerJoin("crew as a", "a.id", "d.deputy_id")
        .select([
          "r.id as request_id",
          "a.id as account_id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "a.email as address",
          "pa.id as principal_id",
          "pa.email as principal_email",
          "pa.email as principal_address",
          none.as("tenant_roles"),
          notChosen,
          ownRight,
          "pa.roles as staff_roles",
          controls(db, "a.id", "pa.id").as("controls_asker")
        ])
        .where("r.audience", "=", "Staff")
        .where("d.tenant_id", "is", null)
        .where("d.from_at", "<=", p.now)
        .where("d.until_at", ">", p.now)
        .where(scope.request)
        .where(scope.person)
      const persons = db
        .selectFrom("request as r")
        .innerJoin("account as a", "a.id", "r.audience_account_id")
        .select([
          "r.id as request_id",
          "a.id as account_id",
          "a.email",
          "a.credential_epoch",
          "a.locale",
          "a.email as address",
          "a.id as principal_id",
          "a.email as principal_email",
          "a.email as principal_address",
          none.as("tenant_roles"),
          notChosen,
          ownRight,
          none.as("staff_roles"),
          controls(db, "a.id", "a.id").as("controls_asker")
        ])
        .where("r.audience", "=", "Account")
        .where("a.state", "=", "active")
        .where(scope.request)
        .where(scope.person)
      switch (scope.audiences) {
        case "Tenant":
          return members.unionAll(membersOfMain).unionAll(deputiesOfMembers)
        case "Staff":
          return crew.unionAll(deputiesOfCrew)
        case "Account":
          return persons
        case "Tenant or Account":
          return members.unionAll(membersOfMain).unionAll(deputiesOfMembers).unionAll(persons)
      }
    })
}

export const layer: Layer.Layer<RequestRepository, never, Database> = Layer.effect(
  RequestRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const insert = q.insert("request.insert", "request", [
      "id",
      "number",
      "kind",
      "tenant_id",
      "asker_account_id",
      "asker_email",
      "asker_locale",
      "asker_tenant_id",
      "asker_staff_id",
      "audience",
      "audience_tenant_id",
      "audience_permission",
      "audience_rank",
      "audience_account_id",
      "payload",
      "identity",
      "state",
      "open",
      "version",
      "revision",
      "rules",
      "created_at",
      "pending_at",
      "expires_at",
      "next_reminder_at",
      "reminders",
      "approvals",
      "approvers",
      "refused_by",
      "reason",
      "ended_at"
    ])
    const save = q.exactlyOne("request.save", (db, p: RequestTable) =>
      db
        .updateTable("request")
        .set((eb) => ({
          tenant_id: p.tenant_id,
          asker_account_id: p.asker_account_id,
          asker_locale: p.asker_locale,
          asker_tenant_id: p.asker_tenant_id,
          asker_staff_id: p.asker_staff_id,
          audience: p.audience,
          audience_tenant_id: p.audience_tenant_id,
          audience_permission: p.audience_permission,
          audience_rank: p.audience_rank,
          audience_account_id: p.audience_account_id,
          payload: p.payload,
          state: p.state,
          open: p.open,
          version: p.version,
          revision: eb("revision", "+", 1),
          pending_at: p.pending_at,
          expires_at: p.expires_at,
          next_reminder_at: p.next_reminder_at,
          reminders: p.reminders,
          approvals: p.approvals,
          approvers: p.approvers,
          refused_by: p.refused_by,
          reason: p.reason,
          ended_at: p.ended_at
        }))
        .where("id", "=", p.id)
        .where("revision", "=", p.revision)
        // what has ended stays so, whoever thinks otherwise
        .where("open", "=", 1)
    )
    type ByTime = Pick<
      RequestTable,
      "id" | "revision" | "state" | "open" | "next_reminder_at" | "reminders" | "ended_at" | "reason"
    >
    const saveByTime = q.changed("request.saveByTime", (db, p: { readonly rows: RowList }) =>
      db
        .updateTable("request")
        .from(
          rowsOf<ByTime>(kind, p.rows, {
            id: "text",
            revision: "bigint",
            state: "text",
            open: "bigint",
            next_reminder_at: "bigint",
            reminders: "bigint",
            ended_at: "bigint",
            reason: "text"
          })
        )
        .set((eb) => ({
          state: eb.ref("given.state"),
          open: eb.ref("given.open"),
          revision: eb("request.revision", "+", 1),
          next_reminder_at: eb.ref("given.next_reminder_at"),
          reminders: eb.ref("given.reminders"),
          ended_at: eb.ref("given.ended_at"),
          reason: eb.ref("given.reason")
        }))
        .whereRef("request.id", "=", "given.id")
        .whereRef("request.revision", "=", "given.revision")
        .where("request.open", "=", 1)
    )
    const find = q.first("request.find", (db, p: { readonly id: string }) =>
      db.selectFrom("request").select(COLUMNS).where("id", "=", p.id)
    )
    const lock = q.first("request.findForUpdate", (db, p: { readonly id: string }) =>
      forUpdate(kind, db.selectFrom("request").select(COLUMNS).where("id", "=", p.id))
    )
    const sameAs = q.all(
      "request.sameAs",
      (db, p: { readonly email: string; readonly kind: string; readonly identity: string }) => {
        // sub-queries come from the outer one's own builder: what `db` makes is a statement of its own, with the tables' prefix
        const same = (eb: ExpressionBuilder<Tables, never>) =>
          eb
            .selectFrom("request")
            .select(COLUMNS)
            .where("asker_email", "=", p.email)
            .where("kind", "=", p.kind)
            .where("identity", "=", p.identity)
        return db
          .selectFrom((eb) => same(eb).where("open", "=", 1).as("same"))
          .selectAll()
          .unionAll((eb) =>
            eb
              .selectFrom((eb) =>
                same(eb).where("state", "=", "Refused").orderBy("ended_at", "desc").limit(1).as("same")
              )
              .selectAll()
          )
      }
    )
    const entitled = (audiences: Tag, ofPersons: boolean) =>
      q.all("request.entitled", (db, p: TermsRow & { readonly ids: TextList; readonly persons: TextList }) =>
        withEntitled(db, kind, p, {
          audiences,
          request: isAnyOf(kind, sql.ref("r.id"), p.ids),
          person: ofPersons ? isAnyOf(kind, sql.ref("a.id"), p.persons) : sql<SqlBool>`1 = 1`
        })
          .selectFrom("entitled")
          .selectAll()
      )
    const tags = ["Tenant", "Staff", "Account"] as const
    const entitledTo = (ofPersons: boolean) => ({
      Tenant: entitled("Tenant", ofPersons),
      Staff: entitled("Staff", ofPersons),
      Account: entitled("Account", ofPersons)
    })
    const entitledAll = entitledTo(false)
    const entitledOf = entitledTo(true)

    interface Waiting extends TermsRow {
      readonly accountId: string
      readonly credentialEpoch: number
      readonly kind: string
      readonly tenantId: string
      readonly pendingAt: number
      readonly id: string
      readonly limit: number
    }
    const waiting = (
      as: Looker["as"],
      state: "Pending" | "Approved",
      byKind: boolean,
      byTenant: boolean,
      goesOn: boolean
    ) =>
      q.all("request.waiting", (db, p: Waiting) => {
        let query = withEntitled(db, kind, p, {
          audiences: as === "Staff" ? "Staff" : "Tenant or Account",
          request: sql<SqlBool>`r.open = 1 and r.state = ${sql.lit(state)} and r.expires_at > ${p.now} and ${
            as === "Staff" ? sql`r.audience = 'Staff'` : sql`r.audience <> 'Staff'`
          }`,
          member: p.accountId,
          person: sql<SqlBool>`a.id = ${p.accountId} and a.credential_epoch = ${p.credentialEpoch}`
        })
          .selectFrom("request")
          .select(COLUMNS)
          .where("request.open", "=", 1)
          .where("request.state", "=", sql.lit(state))
          .where("request.expires_at", ">", p.now)
          .where((eb) =>
            eb.exists(
              eb
                .selectFrom("entitled as e")
                .select("e.request_id")
                .whereRef("e.request_id", "=", "request.id")
                .where("e.controls_asker", "=", 0)
                .where(
                  sql<SqlBool>`${sql.ref("request.asker_email")} not in (e.email, e.principal_email, e.address, e.principal_address)
                    and coalesce(${sql.ref("request.asker_account_id")}, '') not in (e.account_id, e.principal_id)
                    and coalesce(${sql.ref("request.asker_staff_id")}, '') not in (e.account_id, e.principal_id)`
                )
                // an offer is renewed by those who made it, too
                .$if(state === "Pending", (rows) =>
                  rows.where(
                    sql<SqlBool>`not ${contains(kind, sql.ref("request.approvers"), sql.ref("e.account_id") as unknown as string)}
                      and not ${contains(kind, sql.ref("request.approvers"), sql.ref("e.principal_id") as unknown as string)}`
                  )
                )
            )
          )
        if (byKind) query = query.where("request.kind", "=", p.kind)
        if (byTenant) query = query.where("request.tenant_id", "=", p.tenantId)
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("request.pending_at", ">", p.pendingAt),
              eb.and([eb("request.pending_at", "=", p.pendingAt), eb(byBytes(kind, eb.ref("request.id")), ">", p.id)])
            ])
          )
        }
        return query
          .orderBy("request.pending_at")
          .orderBy((eb) => byBytes(kind, eb.ref("request.id")))
          .limit(p.limit)
      })
    const both = <A>(make: (flag: boolean) => A) => ({ yes: make(true), no: make(false) })
    const waitingIn = (as: Looker["as"], state: "Pending" | "Approved") =>
      both((byKind) => both((byTenant) => both((goesOn) => waiting(as, state, byKind, byTenant, goesOn))))
    const waitings = (as: Looker["as"]) => ({ Pending: waitingIn(as, "Pending"), Approved: waitingIn(as, "Approved") })
    const waitingFor = { Account: waitings("Account"), Staff: waitings("Staff") }
    const yes = (option: Option.Option<unknown>) => (Option.isSome(option) ? "yes" : "no")

    interface Mine {
      readonly accountId: string
      readonly credentialEpoch: number
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const ofAsker = (db: Kysely<Tables>, p: Pick<Mine, "accountId" | "credentialEpoch">) =>
      db
        .selectFrom("request")
        .innerJoin("account", (join) =>
          join.on((eb) =>
            eb.or([
              eb("account.id", "=", eb.ref("request.asker_account_id")),
              eb("account.email", "=", eb.ref("request.asker_email"))
            ])
          )
        )
        .select(COLUMNS)
        .where("account.id", "=", p.accountId)
        .where("account.credential_epoch", "=", p.credentialEpoch)
        .where("account.state", "=", "active")
    const openOf = q.all("request.openOf", (db, p: Omit<Mine, "createdAt" | "id"> & { readonly now: number }) =>
      ofAsker(db, p)
        .where("request.open", "=", 1)
        .where("request.pending_at", "is not", null)
        .where("request.expires_at", ">", p.now)
        .orderBy("request.created_at", "desc")
        .orderBy((eb) => byBytes(kind, eb.ref("request.id")), "desc")
        .limit(p.limit)
    )
    const mine = (goesOn: boolean) =>
      q.all("request.mine", (db, p: Mine) => {
        let query = ofAsker(db, p)
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("request.created_at", "<", p.createdAt),
              eb.and([eb("request.created_at", "=", p.createdAt), eb(byBytes(kind, eb.ref("request.id")), "<", p.id)])
            ])
          )
        }
        return query
          .orderBy("request.created_at", "desc")
          .orderBy((eb) => byBytes(kind, eb.ref("request.id")), "desc")
          .limit(p.limit)
      })
    const mines = { first: mine(false), next: mine(true) }

    interface Due {
      readonly now: number
      readonly limit: number
    }
    const due = q.all("request.dueReminders", (db, p: Due) =>
      forUpdateSkipLocked(
        kind,
        db
          .selectFrom("request")
          .select(COLUMNS)
          .where("state", "=", "Pending")
          .where("next_reminder_at", "<=", p.now)
          .where("expires_at", ">", p.now)
          .where((eb) =>
            eb.or([
              eb("audience_tenant_id", "is", null),
              eb.exists(
                eb
                  .selectFrom("tenant")
                  .select("tenant.id")
                  .whereRef("tenant.id", "=", "request.audience_tenant_id")
                  .where("tenant.state", "=", "active")
              )
            ])
          )
          .orderBy("next_reminder_at")
          .limit(p.limit)
      )
    )
    const openOfKind = q.all("request.openOfKind", (db, p: { readonly tenantId: string; readonly kind: string }) =>
      db
        .selectFrom("request")
        .select(COLUMNS)
        .where("open", "=", 1)
        .where("tenant_id", "=", p.tenantId)
        .where("kind", "=", p.kind)
        .orderBy("id")
        .limit(100)
    )
    const openOfTenant = q.all("request.openOfTenantForUpdate", (db, p: { readonly tenantId: string }) =>
      forUpdate(
        kind,
        db
          .selectFrom("request")
          .select(COLUMNS)
          .where("open", "=", 1)
          .where((eb) =>
            eb.or([
              eb("tenant_id", "=", p.tenantId),
              eb("audience_tenant_id", "=", p.tenantId),
              eb("asker_tenant_id", "=", p.tenantId)
            ])
          )
          .orderBy("id")
      )
    )
    interface Asked {
      readonly tenantId: string
      readonly accountId: string
      readonly email: string
    }
    const openOfAsker = q.all("request.openOfAskerForUpdate", (db, p: Asked) =>
      forUpdate(
        kind,
        db
          .selectFrom("request")
          .select(COLUMNS)
          .where("open", "=", 1)
          .where("tenant_id", "=", p.tenantId)
          .where((eb) => eb.or([eb("asker_account_id", "=", p.accountId), eb("asker_email", "=", p.email)]))
          .orderBy("id")
      )
    )
    const overdue = q.all("request.overdue", (db, p: Due) =>
      forUpdateSkipLocked(
        kind,
        db
          .selectFrom("request")
          .select(COLUMNS)
          .where("open", "=", 1)
          .where("expires_at", "<=", p.now)
          .orderBy("expires_at")
          .limit(p.limit)
      )
    )

    return RequestRepository.of({
      insert: (request) => insert([toRow(request)]),
      save: (request) => save(toRow(request)),
      saveByTime: (given) =>
        given.length === 0
          ? Effect.void
          : Effect.flatMap(
              saveByTime({
                rows: rowList(
                  given.map(toRow).map((row) => ({
                    id: row.id,
                    revision: row.revision,
                    state: row.state,
                    open: row.open,
                    next_reminder_at: row.next_reminder_at,
                    reminders: row.reminders,
                    ended_at: row.ended_at,
                    reason: row.reason
                  }))
                )
              }),
              (count) =>
                count === given.length
                  ? Effect.void
                  : Effect.fail(new PersistenceError({ operation: "request.saveByTime", reason: "conflict" }))
            ),
      find: (id) => reading("request.find", one)(find({ id })),
      findForUpdate: (id) => reading("request.findForUpdate", one)(lock({ id })),
      sameAs: (email, kind, identity) => reading("request.sameAs", requests)(sameAs({ email, kind, identity })),
      entitled: (asked, persons, terms) => {
        const statements = persons === null ? entitledAll : entitledOf
        const read = reading("request.entitled", (rows: ReadonlyArray<EntitledRow>) => rows.map(toEntitled))
        return Effect.map(
          Effect.forEach(
            tags.filter((tag) => asked.some(({ audience }) => audience._tag === tag)),
            (tag) =>
              read(
                statements[tag]({
                  ...termsRow(terms),
                  ids: textList(asked.flatMap(({ audience, id }) => (audience._tag === tag ? [id] : []))),
                  persons: textList(persons ?? [])
                })
              )
          ),
          (rows) => rows.flat()
        )
      },
      waiting: ({ accountId, as, credentialEpoch }, filter, terms, { after, limit }) => {
        const [pendingAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        return reading(
          "request.waiting",
          requests
        )(
          waitingFor[as][filter.state][yes(filter.kind)][yes(filter.tenantId)][yes(after)]({
            ...termsRow(terms),
            accountId,
            credentialEpoch,
            kind: Option.getOrElse(filter.kind, () => ""),
            tenantId: Option.getOrElse(filter.tenantId, () => ""),
            pendingAt,
            id,
            limit: limit + 1
          })
        )
      },
      mine: ({ accountId, credentialEpoch }, { after, limit }) => {
        const [createdAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        return reading(
          "request.mine",
          requests
        )(
          mines[Option.isSome(after) ? "next" : "first"]({
            accountId,
            credentialEpoch,
            createdAt,
            id,
            limit: limit + 1
          })
        )
      },
      openOf: ({ accountId, credentialEpoch }, now, limit) =>
        reading("request.openOf", requests)(openOf({ accountId, credentialEpoch, now, limit })),
      openOfKind: (tenantId, kind) => reading("request.openOfKind", requests)(openOfKind({ tenantId, kind })),
      openOfTenantForUpdate: (tenantId) =>
        reading("request.openOfTenantForUpdate", requests)(openOfTenant({ tenantId })),
      openOfAskerForUpdate: (tenantId, { accountId, email }) =>
        reading("request.openOfAskerForUpdate", requests)(openOfAsker({ tenantId, accountId, email })),
      dueReminders: (now, limit) => reading("request.dueReminders", requests)(due({ now, limit })),
      overdue: (now, limit) => reading("request.overdue", requests)(overdue({ now, limit }))
    })
  })
)

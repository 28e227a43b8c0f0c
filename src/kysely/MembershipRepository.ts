import { Effect, Layer, Option } from "effect"
import { type SqlBool, sql } from "kysely"
import { AccountState } from "../accounts/Account.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { RoleNames } from "../kernel/Permission.ts"
import { folded } from "../kernel/Text.ts"
import type { AccessFacts } from "../tenants/Access.ts"
import { MailPreferences, type Membership } from "../tenants/Membership.ts"
import { type Member, MembershipRepository } from "../tenants/MembershipRepository.ts"
import { byName } from "../tenants/Tenant.ts"
import { Database } from "./Database.ts"
import { contains, fromBoolean, instant, integer, isOneOf, type TextList, textList } from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import { type JoinedTenant, tenantColumns, tenantIn, stateOf as tenantStateOf, toTenant } from "./TenantRepository.ts"
import type { AccountTable, MembershipTable, Tables } from "./tables.ts"

export const COLUMNS = [
  "membership.tenant_id",
  "membership.account_id",
  "membership.id",
  "membership.roles",
  "membership.contact_email",
  "membership.mail_preferences",
  "membership.joined_at"
] as const satisfies ReadonlyArray<`membership.${keyof MembershipTable}`>

const rolesOf = json(RoleNames)
const preferencesOf = json(MailPreferences)
const accountStateOf = word(AccountState.literals)

/** A row as a membership. Ids and addresses are what `insert` and `update` have written, which is why their brands hold. */
const toMembership = (row: MembershipTable): Membership => ({
  id: row.id as MembershipId,
  tenantId: row.tenant_id as TenantId,
  accountId: row.account_id as AccountId,
  roles: rolesOf(row.roles),
  contactEmail: row.contact_email as EmailAddress,
  mailPreferences: preferencesOf(row.mail_preferences),
  joinedAt: instant(row.joined_at)
})

const PERSON = [
  "account.state as account_state",
  "account.email",
  "account.first_name",
  "account.last_name",
  "account.locale"
] as const

type MemberRow = MembershipTable &
  Pick<AccountTable, "email" | "first_name" | "last_name" | "locale"> & { readonly account_state: string }

const toMember = (row: MemberRow): Member => ({
  membership: toMembership(row),
  accountState: accountStateOf(row.account_state),
  // as above
  email: row.email as EmailAddress,
  firstName: row.first_name,
  lastName: row.last_name,
  locale: row.locale
})

/** The columns of an access decision's facts, from `account`, `tenant` and a left join of `membership`. */
export const FACTS = [
  "account.id as fact_account_id",
  "account.state as account_state",
  "account.credential_epoch",
  "tenant.id as fact_tenant_id",
  "tenant.state as tenant_state"
] as const

/** The columns of a left join: a membership, or nulls. */
type MembershipOrNot = MembershipTable | { readonly [K in keyof MembershipTable]: null }
export type FactsRow = { readonly [K in keyof MembershipTable]: MembershipTable[K] | null } & {
  readonly fact_account_id: string
  readonly account_state: string
  readonly credential_epoch: number
  readonly fact_tenant_id: string
  readonly tenant_state: string
}

export const toFacts = (row: FactsRow): AccessFacts => {
  // no column of the table can be null, so that in a left join either all of them are or none is
  const membership = row as MembershipOrNot
  return {
    // as above
    accountId: row.fact_account_id as AccountId,
    accountState: accountStateOf(row.account_state),
    credentialEpoch: integer(row.credential_epoch),
    tenantId: row.fact_tenant_id as TenantId,
    tenantState: tenantStateOf(row.tenant_state),
    membership: membership.id === null ? null : toMembership(membership)
  }
}

type PlaceRow = MembershipTable & JoinedTenant

const one =
  <Row, A>(read: (row: Row) => A) =>
  (row: Row | undefined): Option.Option<A> =>
    row === undefined ? Option.none() : Option.some(read(row))

const every =
  <Row, A>(read: (row: Row) => A) =>
  (rows: ReadonlyArray<Row>): ReadonlyArray<A> =>
    rows.map(read)

const oneFacts = one(toFacts)
const oneMember = one(toMember)

export const layer: Layer.Layer<MembershipRepository, never, Database> = Layer.effect(
  MembershipRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Place {
      readonly tenantId: string
      readonly accountId: string
    }

    const insert = q.insert("membership.insert", "membership", [
      "tenant_id",
      "account_id",
      "id",
      "roles",
      "contact_email",
      "mail_preferences",
      "joined_at"
    ])
    const find = q.first("membership.find", (db, p: Place) =>
      db
        .selectFrom("membership")
        .select(COLUMNS)
        .where("tenant_id", "=", p.tenantId)
        .where("account_id", "=", p.accountId)
    )
    const findById = q.first("membership.findById", (db, p: { readonly tenantId: string; readonly id: string }) =>
      db.selectFrom("membership").select(COLUMNS).where("tenant_id", "=", p.tenantId).where("id", "=", p.id)
    )
    const update = q.exactlyOne("membership.update", (db, p: MembershipTable) =>
      db
        .updateTable("membership")
        .set({ roles: p.roles, contact_email: p.contact_email, mail_preferences: p.mail_preferences })
        .where("tenant_id", "=", p.tenant_id)
        .where("account_id", "=", p.account_id)
        .where("id", "=", p.id)
    )
    const remove = q.exactlyOne("membership.remove", (db, p: Place) =>
      db.deleteFrom("membership").where("tenant_id", "=", p.tenantId).where("account_id", "=", p.accountId)
    )
    const facts = q.first("membership.accessFacts", (db, p: Place) =>
      db
        .selectFrom("account")
        .innerJoin("tenant", (join) => join.on("tenant.id", "=", p.tenantId))
        .leftJoin("membership", (join) =>
          join.onRef("membership.tenant_id", "=", "tenant.id").onRef("membership.account_id", "=", "account.id")
        )
        .select(FACTS)
        .select(COLUMNS)
        .where("account.id", "=", p.accountId)
    )
    const factsOf = q.all(
      "membership.accessFactsOf",
      (db, p: { readonly tenantId: string; readonly accountIds: TextList }) =>
        db
          .selectFrom("account")
          .innerJoin("tenant", (join) => join.on("tenant.id", "=", p.tenantId))
          .leftJoin("membership", (join) =>
            join.onRef("membership.tenant_id", "=", "tenant.id").onRef("membership.account_id", "=", "account.id")
          )
          .select(FACTS)
          .select(COLUMNS)
          .where((eb) => isOneOf(kind, eb.ref("account.id"), p.accountIds))
    )
    const findMember = q.first("membership.findMember", (db, p: Place) =>
      db
        .selectFrom("membership")
        .innerJoin("account", "account.id", "membership.account_id")
        .select(COLUMNS)
        .select(PERSON)
        .where("membership.tenant_id", "=", p.tenantId)
        .where("membership.account_id", "=", p.accountId)
    )
    const findByEmail = q.first(
      "membership.findByEmail",
      (db, p: { readonly tenantId: string; readonly email: string }) =>
        db
          .selectFrom("account")
          .innerJoin("membership", "membership.account_id", "account.id")
          .select(COLUMNS)
          .select(PERSON)
          .where("membership.tenant_id", "=", p.tenantId)
          .where("account.email", "=", p.email)
    )
    interface Listed {
      readonly tenantId: string
      readonly search: string
      readonly addresses: 0 | 1
      readonly joinedAt: number
      readonly accountId: string
      readonly limit: number
    }
    const listed = (searches: boolean, goesOn: boolean) =>
      q.all("membership.list", (db, p: Listed) => {
        let query = db
          .selectFrom("membership")
          .innerJoin("account", "account.id", "membership.account_id")
          .select(COLUMNS)
          .select(PERSON)
          .where("membership.tenant_id", "=", p.tenantId)
        if (searches) {
          query = query.where((eb) =>
            eb.or([
              contains(kind, eb.ref("account.name_folded"), p.search),
              contains(kind, eb.ref("membership.contact_email"), p.search),
              eb.and([sql<SqlBool>`${p.addresses} = 1`, contains(kind, eb.ref("account.email"), p.search)])
            ])
          )
        }
        if (goesOn) {
          // the first condition lets the index begin where the page does
          query = query
            .where("membership.joined_at", ">=", p.joinedAt)
            .where((eb) =>
              eb.or([eb("membership.joined_at", ">", p.joinedAt), eb("membership.account_id", ">", p.accountId)])
            )
        }
        return query.orderBy("membership.joined_at").orderBy("membership.account_id").limit(p.limit)
      })
    const lists = {
      all: { first: listed(false, false), next: listed(false, true) },
      some: { first: listed(true, false), next: listed(true, true) }
    }
    const ofAccount = q.all("membership.ofAccount", (db, p: { readonly accountId: string }) =>
      db
        .selectFrom("membership")
        .innerJoin("tenant", "tenant.id", "membership.tenant_id")
        .select(COLUMNS)
        .select(tenantColumns)
        .where("membership.account_id", "=", p.accountId)
        .where("tenant.state", "<>", "closed")
        .orderBy("membership.tenant_id")
        .limit(1000)
    )

    const toRow = (membership: Membership): MembershipTable => ({
      tenant_id: membership.tenantId,
      account_id: membership.accountId,
      id: membership.id,
      roles: JSON.stringify(membership.roles),
      contact_email: membership.contactEmail,
      mail_preferences: JSON.stringify(membership.mailPreferences),
      joined_at: membership.joinedAt
    })

    return MembershipRepository.of({
      insert: (membership) => insert([toRow(membership)]),
      find: (tenantId, accountId) => reading("membership.find", one(toMembership))(find({ tenantId, accountId })),
      findById: (tenantId, id) => reading("membership.findById", one(toMembership))(findById({ tenantId, id })),
      update: (membership) => update(toRow(membership)),
      remove: (tenantId, accountId) => remove({ tenantId, accountId }),
      accessFacts: (tenantId, accountId) => reading("membership.accessFacts", oneFacts)(facts({ tenantId, accountId })),
      accessFactsOf: (tenantId, accountIds) =>
        reading("membership.accessFactsOf", every(toFacts))(factsOf({ tenantId, accountIds: textList(accountIds) })),
      findMember: (tenantId, accountId) =>
        reading("membership.findMember", oneMember)(findMember({ tenantId, accountId })),
      findByEmail: (tenantId, email) => reading("membership.findByEmail", oneMember)(findByEmail({ tenantId, email })),
      list: (tenantId, { accountEmail, search }, { after, limit }) => {
        const [joinedAt, accountId] = Option.getOrElse(after, () => [0, ""] as const)
        const statement = lists[Option.isSome(search) ? "some" : "all"][Option.isSome(after) ? "next" : "first"]
        return reading(
          "membership.list",
          every(toMember)
        )(
          statement({
            tenantId,
            search: folded(Option.getOrElse(search, () => "")),
            addresses: fromBoolean(accountEmail),
            joinedAt,
            accountId,
            limit: limit + 1
          })
        )
      },
      ofAccount: (accountId) =>
        reading("membership.ofAccount", (rows: ReadonlyArray<PlaceRow>) =>
          rows.map((row) => ({ membership: toMembership(row), tenant: toTenant(tenantIn(row)) })).sort(byName)
        )(ofAccount({ accountId }))
    })
  })
)

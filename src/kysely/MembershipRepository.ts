import { Effect, Layer, Option } from "effect"
import { type Expression, type ExpressionBuilder, type Kysely, type SqlBool, sql } from "kysely"
import { AccountState } from "../accounts/Account.ts"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, MembershipId, TenantId } from "../kernel/ids.ts"
import { folded } from "../kernel/Text.ts"
import type { AccessFacts } from "../tenants/Access.ts"
import { MailPreferences, type Membership } from "../tenants/Membership.ts"
import { type Member, MembershipRepository } from "../tenants/MembershipRepository.ts"
import { byName } from "../tenants/Tenant.ts"
import { Database } from "./Database.ts"
import {
  contains,
  fromBoolean,
  hasOneOf,
  instant,
  integer,
  isOneOf,
  type TextList,
  textList,
  toBoolean
} from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import { type JoinedTenant, tenantColumns, tenantIn, stateOf as tenantStateOf, toTenant } from "./TenantRepository.ts"
import type { AccountTable, MembershipTable, Tables } from "./tables.ts"
import { hasSecondFactor, locationsOf, rolesOf, throughMain, toThrough } from "./through.ts"

export const COLUMNS = [
  "membership.tenant_id",
  "membership.account_id",
  "membership.id",
  "membership.roles",
  "membership.contact_email",
  "membership.mail_preferences",
  "membership.locations",
  "membership.joined_at"
] as const satisfies ReadonlyArray<`membership.${keyof MembershipTable}`>

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
  locations: row.locations === null ? null : locationsOf(row.locations),
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
  "tenant.state as tenant_state",
  "tenant.second_factor_required as tenant_wants_factor",
  hasSecondFactor(sql.ref<string>("account.id"))
] as const

/** The columns of a left join: a membership, or nulls. */
type MembershipOrNot = MembershipTable | { readonly [K in keyof MembershipTable]: null }
export type FactsRow = { readonly [K in keyof MembershipTable]: MembershipTable[K] | null } & {
  readonly fact_account_id: string
  readonly account_state: string
  readonly credential_epoch: number
  readonly fact_tenant_id: string
  readonly tenant_state: string
  readonly tenant_wants_factor: number
  readonly has_second_factor: number | null
  readonly through: string | null
}

export const toFacts = (row: FactsRow): AccessFacts => {
  // the id is never null, so that in a left join it says whether there is a row
  const membership = row as MembershipOrNot
  return {
    // as above
    accountId: row.fact_account_id as AccountId,
    accountState: accountStateOf(row.account_state),
    credentialEpoch: integer(row.credential_epoch),
    tenantId: row.fact_tenant_id as TenantId,
    tenantState: tenantStateOf(row.tenant_state),
    secondFactor: row.has_second_factor !== null,
    requiresSecondFactor: toBoolean(row.tenant_wants_factor),
    membership: membership.id === null ? null : toMembership(membership),
    through: toThrough(row.through)
  }
}

type PlaceRow = MembershipTable &
  JoinedTenant & {
    readonly through: string | null
    readonly sub_count: number | string | bigint | null
    readonly chosen_count: number | string | bigint | null
  }

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

    const insert = q.exactlyOne("membership.insert", (db, p: MembershipTable) =>
      db
        .insertInto("membership")
        .columns([
          "tenant_id",
          "account_id",
          "id",
          "roles",
          "contact_email",
          "mail_preferences",
          "locations",
          "joined_at"
        ])
        .expression((eb) => {
          const given = eb
            .selectFrom("account")
            .select([
              sql<string>`cast(${p.tenant_id} as text)`.as("tenant_id"),
              "account.id as account_id",
              sql<string>`cast(${p.id} as text)`.as("id"),
              sql<string>`cast(${p.roles} as text)`.as("roles"),
              sql<string>`cast(${p.contact_email} as text)`.as("contact_email"),
              sql<string>`cast(${p.mail_preferences} as text)`.as("mail_preferences"),
              sql<string | null>`cast(${p.locations} as text)`.as("locations"),
              sql<number>`cast(${p.joined_at} as bigint)`.as("joined_at")
            ])
            .where("account.id", "=", p.account_id)
            .where("account.state", "=", "active")
          // whoever suspends the account locks its row, and comes either before this, which then finds nobody, or after
          return kind === "postgres" ? given.forShare() : given
        })
    )
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
        .set({
          roles: p.roles,
          contact_email: p.contact_email,
          mail_preferences: p.mail_preferences,
          locations: p.locations
        })
        .where("tenant_id", "=", p.tenant_id)
        .where("account_id", "=", p.account_id)
        .where("id", "=", p.id)
    )
    const remove = q.exactlyOne("membership.remove", (db, p: Place) =>
      db.deleteFrom("membership").where("tenant_id", "=", p.tenantId).where("account_id", "=", p.accountId)
    )
    const markRemoved = q.changed("membership.setRemoved", (db, p: Place) =>
      db
        .insertInto("removed_member")
        .values({ tenant_id: p.tenantId, account_id: p.accountId })
        .onConflict((conflict) => conflict.columns(["tenant_id", "account_id"]).doNothing())
    )
    const unmarkRemoved = q.changed("membership.setRemoved", (db, p: Place) =>
      db.deleteFrom("removed_member").where("tenant_id", "=", p.tenantId).where("account_id", "=", p.accountId)
    )
    const wasRemoved = q.first("membership.wasRemoved", (db, p: Place) =>
      db
        .selectFrom("removed_member")
        .select("account_id")
        .where("tenant_id", "=", p.tenantId)
        .where("account_id", "=", p.accountId)
    )
    const factsOfAll = (db: Kysely<Tables>, kept: "kept" | undefined) =>
      db
        .selectFrom("account")
        .innerJoin("tenant", (join) => join.onTrue())
        .leftJoin("membership", (join) =>
          join.onRef("membership.tenant_id", "=", "tenant.id").onRef("membership.account_id", "=", "account.id")
        )
        .select(FACTS)
        .select(COLUMNS)
        .select((eb) => throughMain(kind, { tenantId: eb.ref("tenant.id"), accountId: eb.ref("account.id") }, kept))
    const factsIn = (db: Kysely<Tables>, tenantId: string, kept: "kept" | undefined) =>
      factsOfAll(db, kept).where("tenant.id", "=", tenantId)
    const factsWith = (kept?: "kept") =>
      q.first("membership.accessFacts", (db, p: Place) =>
        factsIn(db, p.tenantId, kept).where("account.id", "=", p.accountId)
      )
    const facts = { read: factsWith(), kept: factsWith("kept") }
    const factsOfWith = (kept?: "kept") =>
      q.all("membership.accessFactsOf", (db, p: { readonly tenantId: string; readonly accountIds: TextList }) =>
        factsIn(db, p.tenantId, kept).where((eb) => isOneOf(kind, eb.ref("account.id"), p.accountIds))
      )
    const factsOf = { read: factsOfWith(), kept: factsOfWith("kept") }
    const factsAcross = q.all(
      "membership.accessFactsIn",
      (db, p: { readonly tenantIds: TextList; readonly accountId: string }) =>
        factsOfAll(db, undefined)
          .where((eb) => isOneOf(kind, eb.ref("tenant.id"), p.tenantIds))
          .where("account.id", "=", p.accountId)
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
    const withRoles = q.all(
      "membership.withRoles",
      (db, p: { readonly tenantIds: TextList; readonly roles: TextList }) =>
        db
          .selectFrom("membership")
          .innerJoin("account", "account.id", "membership.account_id")
          .select(COLUMNS)
          .select(PERSON)
          .where((eb) => isOneOf(kind, eb.ref("membership.tenant_id"), p.tenantIds))
          .where((eb) => hasOneOf(kind, eb.ref("membership.roles"), p.roles))
          .where("account.state", "=", "active")
          .orderBy("membership.tenant_id")
          .orderBy("membership.account_id")
          .limit(1000)
    )
    interface Visiting {
      readonly mainId: string
      readonly subId: string
      readonly opening: TextList
      readonly flowing: TextList
      readonly everywhere: TextList
      readonly after: string
      readonly limit: number
    }
    const visiting = (secondFactor: boolean) =>
      q.all("membership.listVisitors", (db, p: Visiting) => {
        const query = db
          .selectFrom("membership")
          .innerJoin("account", "account.id", "membership.account_id")
          .select(COLUMNS)
          .select(PERSON)
          .where("membership.tenant_id", "=", p.mainId)
          .where("membership.account_id", ">", p.after)
          .where("account.state", "=", "active")
          .where((eb) => hasOneOf(kind, eb.ref("membership.roles"), p.opening))
          .where((eb) => hasOneOf(kind, eb.ref("membership.roles"), p.flowing))
          .where((eb) =>
            eb.or([
              eb("membership.locations", "is", null),
              contains(kind, eb.ref("membership.locations") as Expression<string>, p.subId),
              hasOneOf(kind, eb.ref("membership.roles"), p.everywhere)
            ])
          )
        return (
          secondFactor
            ? query.where((eb) =>
                eb.exists(
                  eb
                    .selectFrom("second_factor as sf")
                    .select("sf.account_id")
                    .where("sf.account_id", "=", eb.ref("account.id"))
                    .where("sf.confirmed_at", "is not", null)
                )
              )
            : query
        )
          .orderBy("membership.account_id")
          .limit(p.limit)
      })
    const visitors = { all: visiting(false), withFactor: visiting(true) }
    const dropLocation = q.changed(
      "membership.dropLocation",
      (
        db,
        p: {
          readonly mainId: string
          readonly subId: string
          readonly first: string
          readonly later: string
          readonly only: string
        }
      ) =>
        db
          .updateTable("membership")
          // ids have one length and no character of JSON, and each is there once: with the comma after it, before it, or with none
          .set((eb) => ({
            locations: sql<string>`replace(replace(replace(${eb.ref("locations")}, ${p.first}, ''), ${p.later}, ''), ${p.only}, '')`
          }))
          .where("tenant_id", "=", p.mainId)
          .where((eb) => contains(kind, eb.ref("locations") as Expression<string>, p.subId))
    )
    const countOfSubs = (eb: ExpressionBuilder<Tables, "membership">) =>
      eb
        .selectFrom("tenant_link as cl")
        .innerJoin("tenant as ct", "ct.id", "cl.sub_id")
        .select((eb) => eb.fn.countAll<number | string | bigint>().as("count"))
        .where("cl.main_id", "=", eb.ref("membership.tenant_id"))
        .where("ct.state", "<>", "closed")
    const ofAccount = q.all("membership.ofAccount", (db, p: { readonly accountId: string }) =>
      db
        .selectFrom("membership")
        .innerJoin("tenant", "tenant.id", "membership.tenant_id")
        .select(COLUMNS)
        .select(tenantColumns)
        .select((eb) => [
          throughMain(kind, { tenantId: eb.ref("membership.tenant_id"), accountId: eb.ref("membership.account_id") }),
          countOfSubs(eb).as("sub_count"),
          // most have chosen none, and then nothing is counted twice
          eb
            .case()
            .when("membership.locations", "is not", null)
            .then(
              countOfSubs(eb).where((eb) =>
                // ids have one length and no character of JSON, so that one that is found there is one of them
                contains(kind, eb.ref("membership.locations") as Expression<string>, eb.ref("cl.sub_id"))
              )
            )
            .end()
            .as("chosen_count")
        ])
        .where("membership.account_id", "=", p.accountId)
        .where("tenant.state", "<>", "closed")
        .orderBy("membership.tenant_id")
        .limit(1000)
    )

    const ofAccountForUpdate = q.all("membership.ofAccountForUpdate", (db, p: { readonly accountId: string }) => {
      const query = db
        .selectFrom("membership")
        .innerJoin("tenant", "tenant.id", "membership.tenant_id")
        .select(COLUMNS)
        .select(tenantColumns)
        .where("membership.account_id", "=", p.accountId)
        .orderBy("tenant.id")
      return kind === "postgres" ? query.forUpdate("tenant") : query
    })

    const toRow = (membership: Membership): MembershipTable => ({
      tenant_id: membership.tenantId,
      account_id: membership.accountId,
      id: membership.id,
      roles: JSON.stringify(membership.roles),
      contact_email: membership.contactEmail,
      mail_preferences: JSON.stringify(membership.mailPreferences),
      locations: membership.locations === null ? null : JSON.stringify(membership.locations),
      joined_at: membership.joinedAt
    })

    return MembershipRepository.of({
      insert: (membership) => insert(toRow(membership)),
      find: (tenantId, accountId) => reading("membership.find", one(toMembership))(find({ tenantId, accountId })),
      findById: (tenantId, id) => reading("membership.findById", one(toMembership))(findById({ tenantId, id })),
      update: (membership) => update(toRow(membership)),
      remove: (tenantId, accountId) => remove({ tenantId, accountId }),
      setRemoved: (tenantId, accountId, removed) =>
        Effect.asVoid((removed ? markRemoved : unmarkRemoved)({ tenantId, accountId })),
      wasRemoved: (tenantId, accountId) => Effect.map(wasRemoved({ tenantId, accountId }), (row) => row !== undefined),
      accessFacts: (tenantId, accountId, kept) =>
        reading("membership.accessFacts", oneFacts)(facts[kept ?? "read"]({ tenantId, accountId })),
      accessFactsOf: (tenantId, accountIds, kept) =>
        reading(
          "membership.accessFactsOf",
          every(toFacts)
        )(factsOf[kept ?? "read"]({ tenantId, accountIds: textList(accountIds) })),
      accessFactsIn: (tenantIds, accountId) =>
        reading("membership.accessFactsIn", every(toFacts))(factsAcross({ tenantIds: textList(tenantIds), accountId })),
      findMember: (tenantId, accountId) =>
        reading("membership.findMember", oneMember)(findMember({ tenantId, accountId })),
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
      withRoles: (tenantIds, roles) =>
        reading(
          "membership.withRoles",
          every(toMember)
        )(withRoles({ tenantIds: textList(tenantIds), roles: textList(roles) })),
      listVisitors: ({ mainId, subId }, { everywhere, roles: [opening, flowing], secondFactor }, { after, limit }) =>
        reading(
          "membership.listVisitors",
          every(toMember)
        )(
          visitors[secondFactor ? "withFactor" : "all"]({
            mainId,
            subId,
            opening: textList(opening),
            flowing: textList(flowing),
            everywhere: textList(everywhere),
            after: Option.getOrElse(after, () => [""] as const)[0],
            limit: limit + 1
          })
        ),
      dropLocation: (mainId, subId) =>
        Effect.asVoid(dropLocation({ mainId, subId, first: `"${subId}",`, later: `,"${subId}"`, only: `"${subId}"` })),
      ofAccountForUpdate: (accountId) =>
        reading("membership.ofAccountForUpdate", (rows: ReadonlyArray<MembershipTable & JoinedTenant>) =>
          rows.map((row) => ({ membership: toMembership(row), tenant: toTenant(tenantIn(row)) }))
        )(ofAccountForUpdate({ accountId })),
      ofAccount: (accountId) =>
        reading("membership.ofAccount", (rows: ReadonlyArray<PlaceRow>) =>
          rows
            .map((row) => ({
              membership: toMembership(row),
              tenant: toTenant(tenantIn(row)),
              through: toThrough(row.through),
              subs: { all: integer(row.sub_count ?? 0), chosen: integer(row.chosen_count ?? 0) }
            }))
            .sort(byName)
        )(ofAccount({ accountId }))
    })
  })
)

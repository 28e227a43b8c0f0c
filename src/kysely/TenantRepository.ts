import { Effect, Layer, Option } from "effect"
import type { ExpressionBuilder } from "kysely"
import { normalForm } from "../kernel/CustomerNumber.ts"
import type { ShortNumber, TenantId } from "../kernel/ids.ts"
import { folded } from "../kernel/Text.ts"
import { searchText, type Tenant, TenantState } from "../tenants/Tenant.ts"
import { type Claim, TenantRepository } from "../tenants/TenantRepository.ts"
import { Database } from "./Database.ts"
import { byBytes, contains, forUpdate, fromBoolean, instant, toBoolean } from "./dialect.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { Tables, TenantTable } from "./tables.ts"

const COLUMNS = [
  "id",
  "number",
  "name",
  "customer_number",
  "postal_code",
  "country",
  "street",
  "city",
  "state",
  "seats",
  "member_count",
  "owner_count",
  "second_factor_required",
  "version",
  "created_at"
] as const satisfies ReadonlyArray<keyof TenantTable>

type Row = Pick<TenantTable, (typeof COLUMNS)[number]>

export const stateOf = word(TenantState.literals)

/** A row as a tenant. Ids and numbers are what `insert` has written, which is why their brands hold. */
export const toTenant = (row: Row): Tenant => ({
  id: row.id as TenantId,
  number: row.number as ShortNumber,
  name: row.name,
  customerNumber: row.customer_number,
  postalCode: row.postal_code,
  country: row.country,
  street: row.street,
  city: row.city,
  state: stateOf(row.state),
  seats: row.seats,
  memberCount: row.member_count,
  ownerCount: row.owner_count,
  requiresSecondFactor: toBoolean(row.second_factor_required),
  version: row.version,
  createdAt: instant(row.created_at)
})

/** The columns of a tenant in a query that joins it with a membership, which has an id and a tenant's id of its own: see `tenantIn`. */
export const tenantColumns = [
  "tenant.id as joined_tenant_id",
  "tenant.number",
  "tenant.name",
  "tenant.customer_number",
  "tenant.postal_code",
  "tenant.country",
  "tenant.street",
  "tenant.city",
  "tenant.state",
  "tenant.seats",
  "tenant.member_count",
  "tenant.owner_count",
  "tenant.second_factor_required",
  "tenant.version",
  "tenant.created_at"
] as const

export type JoinedTenant = Omit<Row, "id"> & { readonly joined_tenant_id: string }

export const tenantIn = (row: JoinedTenant): Row => ({ ...row, id: row.joined_tenant_id })

const oneTenant = (row: Row | undefined): Option.Option<Tenant> =>
  row === undefined ? Option.none() : Option.some(toTenant(row))

export const layer: Layer.Layer<TenantRepository, never, Database> = Layer.effect(
  TenantRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const insert = q.insert("tenant.insert", "tenant", [...COLUMNS, "customer_number_normal", "search_text"])
    const find = q.first("tenant.find", (db, p: { readonly id: string }) =>
      db.selectFrom("tenant").select(COLUMNS).where("id", "=", p.id)
    )
    const lock = q.first("tenant.findForUpdate", (db, p: { readonly id: string }) =>
      forUpdate(database.kind, db.selectFrom("tenant").select(COLUMNS).where("id", "=", p.id))
    )
    interface Claimed extends Claim {
      readonly id: string
    }
    const lockFor = q.first("tenant.findForUpdate", (db, p: Claimed) => {
      const isClaimed = (eb: ExpressionBuilder<Tables, "tenant">) =>
        eb.exists(
          eb
            .selectFrom("membership as m")
            .select("m.id")
            .where("m.account_id", "=", p.accountId)
            .where((eb) =>
              eb.or([
                eb("m.tenant_id", "=", p.tenantId),
                eb(
                  "m.tenant_id",
                  "=",
                  eb.selectFrom("tenant_link as tl").select("tl.main_id").where("tl.sub_id", "=", p.tenantId)
                )
              ])
            )
        )
      if (kind !== "postgres") return db.selectFrom("tenant").select(COLUMNS).where("id", "=", p.id).where(isClaimed)
      return (
        db
          // The main that the account comes through is kept by what reads the facts (see `throughMain`). Rows of tenants are locked in the order of their
          // ids, so where it comes first it is kept from here on.
          .with(
            (cte) => cte("kept").materialized(),
            (db) =>
              db
                .selectFrom("tenant as mt")
                .innerJoin("tenant_link as ml", "ml.main_id", "mt.id")
                .innerJoin("membership as mm", "mm.tenant_id", "ml.main_id")
                .select("mt.id")
                .where("ml.sub_id", "=", p.id)
                .where("mt.id", "<", p.id)
                .where("mm.account_id", "=", p.accountId)
                .forShare("mt")
          )
          .selectFrom("tenant")
          .select(COLUMNS)
          .where("id", "=", p.id)
          .where(isClaimed)
          // as a condition it is read before the row is locked
          .where((eb) =>
            eb(
              eb.selectFrom("kept").select((eb) => eb.fn.countAll<number>().as("count")),
              ">=",
              0
            )
          )
          .forUpdate()
      )
    })
    const findByCustomerNumber = q.first("tenant.findByCustomerNumber", (db, p: { readonly normal: string }) =>
      db.selectFrom("tenant").select(COLUMNS).where("customer_number_normal", "=", p.normal)
    )
    const save = q.exactlyOne(
      "tenant.save",
      (db, p: Omit<TenantTable, "number" | "created_at" | "is_sub"> & { readonly next: number }) =>
        db
          .updateTable("tenant")
          .set({
            name: p.name,
            customer_number: p.customer_number,
            customer_number_normal: p.customer_number_normal,
            postal_code: p.postal_code,
            country: p.country,
            street: p.street,
            city: p.city,
            state: p.state,
            seats: p.seats,
            member_count: p.member_count,
            owner_count: p.owner_count,
            search_text: p.search_text,
            second_factor_required: p.second_factor_required,
            version: p.next
          })
          .where("id", "=", p.id)
          .where("version", "=", p.version)
    )

    interface Search {
      readonly number: string
      readonly normal: string
      readonly text: string
      readonly id: string
      readonly limit: number
    }
    const search = (goesOn: boolean) =>
      q.all("tenant.search", (db, p: Search) => {
        const query = db
          .selectFrom("tenant")
          .select(COLUMNS)
          .where((eb) =>
            eb.or([
              eb("number", "=", p.number),
              eb("customer_number_normal", "=", p.normal),
              contains(kind, eb.ref("search_text"), p.text)
            ])
          )
        return (goesOn ? query.where((eb) => eb(byBytes(kind, eb.ref("id")), "<", p.id)) : query)
          .orderBy((eb) => byBytes(kind, eb.ref("id")), "desc")
          .limit(p.limit)
      })
    const searches = { first: search(false), next: search(true) }

    // who is whose sub is the matter of `HierarchyRepository`
    const toRow = (tenant: Tenant): Omit<TenantTable, "is_sub"> => ({
      id: tenant.id,
      number: tenant.number,
      name: tenant.name,
      customer_number: tenant.customerNumber,
      customer_number_normal: normalForm(tenant.customerNumber),
      postal_code: tenant.postalCode,
      country: tenant.country,
      street: tenant.street,
      city: tenant.city,
      state: tenant.state,
      seats: tenant.seats,
      member_count: tenant.memberCount,
      owner_count: tenant.ownerCount,
      second_factor_required: fromBoolean(tenant.requiresSecondFactor),
      version: tenant.version,
      created_at: tenant.createdAt,
      search_text: searchText(tenant)
    })

    return TenantRepository.of({
      insert: (tenant) => insert([toRow(tenant)]),
      find: (id) => reading("tenant.find", oneTenant)(find({ id })),
      findForUpdate: (id, by) =>
        reading("tenant.findForUpdate", oneTenant)(by === undefined ? lock({ id }) : lockFor({ ...by, id })),
      findByCustomerNumber: (customerNumber) =>
        reading("tenant.findByCustomerNumber", oneTenant)(findByCustomerNumber({ normal: normalForm(customerNumber) })),
      search: (text, { after, limit }) =>
        reading("tenant.search", (rows: ReadonlyArray<Row>) => rows.map(toTenant))(
          searches[Option.isSome(after) ? "next" : "first"]({
            number: text.toUpperCase(),
            normal: normalForm(text),
            text: folded(text),
            id: Option.getOrElse(after, () => [""] as const)[0],
            limit: limit + 1
          })
        ),
      save: (tenant) => save({ ...toRow(tenant), next: tenant.version + 1 })
    })
  })
)

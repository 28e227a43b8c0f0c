import { Effect, Layer, Option } from "effect"
import type { DomainId, TenantId } from "../kernel/ids.ts"
import { type Domain, JoiningMode, Method } from "../tenants/Domain.ts"
import { DomainRepository } from "../tenants/DomainRepository.ts"
import { Database } from "./Database.ts"
import { byBytes, instant, instantOrNull, integer } from "./dialect.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { Tables, TenantDomainTable } from "./tables.ts"

const COLUMNS = [
  "tenant_domain.tenant_id",
  "tenant_domain.domain",
  "tenant_domain.id",
  "tenant_domain.token",
  "tenant_domain.method",
  "tenant_domain.proven_at",
  "tenant_domain.expires_at",
  "tenant_domain.check_at",
  "tenant_domain.misses",
  "tenant_domain.joining",
  "tenant_domain.role",
  "tenant_domain.created_at"
] as const satisfies ReadonlyArray<`tenant_domain.${keyof TenantDomainTable}`>

const methodOf = word(Method.literals)
const joiningOf = word(JoiningMode.literals)

/** Ids are what `insert` has written, which is why their brands hold. */
const toDomain = (row: TenantDomainTable): Domain => ({
  id: row.id as DomainId,
  tenantId: row.tenant_id as TenantId,
  domain: row.domain,
  token: row.token,
  proof:
    row.method === null || row.proven_at === null || row.expires_at === null
      ? null
      : { method: methodOf(row.method), provenAt: instant(row.proven_at), expiresAt: instant(row.expires_at) },
  checkAt: instantOrNull(row.check_at),
  misses: integer(row.misses),
  joining: joiningOf(row.joining),
  role: row.role,
  createdAt: instant(row.created_at)
})

const toRow = (domain: Domain): TenantDomainTable => ({
  tenant_id: domain.tenantId,
  domain: domain.domain,
  id: domain.id,
  token: domain.token,
  method: domain.proof?.method ?? null,
  proven_at: domain.proof?.provenAt ?? null,
  expires_at: domain.proof?.expiresAt ?? null,
  check_at: domain.checkAt,
  misses: domain.misses,
  joining: domain.joining,
  role: domain.role,
  created_at: domain.createdAt
})

const one = (row: TenantDomainTable | undefined): Option.Option<Domain> =>
  row === undefined ? Option.none() : Option.some(toDomain(row))
const every = (rows: ReadonlyArray<TenantDomainTable>): ReadonlyArray<Domain> => rows.map(toDomain)

export const layer: Layer.Layer<DomainRepository, never, Database> = Layer.effect(
  DomainRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Own {
      readonly tenantId: string
      readonly id: string
    }
    const insert = q.insert("domain.insert", "tenant_domain", [
      "tenant_id",
      "domain",
      "id",
      "token",
      "method",
      "proven_at",
      "expires_at",
      "check_at",
      "misses",
      "joining",
      "role",
      "created_at"
    ])
    const save = q.exactlyOne("domain.save", (db, p: TenantDomainTable) =>
      db
        .updateTable("tenant_domain")
        .set({
          token: p.token,
          method: p.method,
          proven_at: p.proven_at,
          expires_at: p.expires_at,
          check_at: p.check_at,
          misses: p.misses,
          joining: p.joining,
          role: p.role
        })
        .where("tenant_id", "=", p.tenant_id)
        .where("domain", "=", p.domain)
        .where("id", "=", p.id)
    )
    const remove = q.exactlyOne("domain.remove", (db, p: Own) =>
      db.deleteFrom("tenant_domain").where("tenant_id", "=", p.tenantId).where("id", "=", p.id)
    )
    const find = q.first("domain.find", (db, p: Own) =>
      db.selectFrom("tenant_domain").select(COLUMNS).where("tenant_id", "=", p.tenantId).where("id", "=", p.id)
    )
    const list = q.all("domain.list", (db, p: { readonly tenantId: string }) =>
      db
        .selectFrom("tenant_domain")
        .select(COLUMNS)
        .where("tenant_id", "=", p.tenantId)
        .orderBy((eb) => byBytes(kind, eb.ref("domain")))
    )
    const findProven = q.first("domain.findProven", (db, p: { readonly domain: string }) =>
      db.selectFrom("tenant_domain").select(COLUMNS).where("domain", "=", p.domain).where("proven_at", "is not", null)
    )
    const offerFor = q.first(
      "domain.offerFor",
      (db, p: { readonly domain: string; readonly accountId: string; readonly now: number }) =>
        db
          .selectFrom("tenant_domain")
          .innerJoin("tenant", "tenant.id", "tenant_domain.tenant_id")
          .select(COLUMNS)
          .select("tenant.name as tenant_name")
          .where("tenant_domain.domain", "=", p.domain)
          .where("tenant_domain.proven_at", "is not", null)
          .where("tenant_domain.expires_at", ">", p.now)
          .where("tenant_domain.joining", "<>", "nobody")
          .where("tenant.state", "=", "active")
          .where((eb) =>
            eb.not(
              eb.exists(
                eb
                  .selectFrom("membership")
                  .select("membership.id")
                  .whereRef("membership.tenant_id", "=", "tenant_domain.tenant_id")
                  .where("membership.account_id", "=", p.accountId)
              )
            )
          )
    )
    const due = q.all("domain.due", (db, p: { readonly now: number; readonly limit: number }) =>
      db.selectFrom("tenant_domain").select(COLUMNS).where("check_at", "<=", p.now).orderBy("check_at").limit(p.limit)
    )

    return DomainRepository.of({
      insert: (domain) => insert([toRow(domain)]),
      save: (domain) => save(toRow(domain)),
      remove: (tenantId, id) => remove({ tenantId, id }),
      find: (tenantId, id) => reading("domain.find", one)(find({ tenantId, id })),
      list: (tenantId) => reading("domain.list", every)(list({ tenantId })),
      findProven: (domain) => reading("domain.findProven", one)(findProven({ domain })),
      offerFor: (domain, accountId, now) =>
        reading("domain.offerFor", (row: (TenantDomainTable & { readonly tenant_name: string }) | undefined) =>
          row === undefined ? Option.none() : Option.some({ domain: toDomain(row), tenantName: row.tenant_name })
        )(offerFor({ domain, accountId, now })),
      due: (now, limit) => reading("domain.due", every)(due({ now, limit }))
    })
  })
)

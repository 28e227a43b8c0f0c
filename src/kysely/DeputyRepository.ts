import { Effect, Layer, Option } from "effect"
import type { Kysely } from "kysely"
import type { AccountId, DeputyId, TenantId } from "../kernel/ids.ts"
import type { Deputy } from "../requests/Deputy.ts"
import { DeputyRepository } from "../requests/DeputyRepository.ts"
import { Database } from "./Database.ts"
import { byBytes, instant } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import type { DeputyTable, Tables } from "./tables.ts"

const COLUMNS = ["id", "principal_id", "deputy_id", "tenant_id", "from_at", "until_at", "created_at"] as const

/** Ids are what `insert` has written, which is why their brands hold. */
const toDeputy = (row: DeputyTable): Deputy => ({
  id: row.id as DeputyId,
  principalId: row.principal_id as AccountId,
  deputyId: row.deputy_id as AccountId,
  tenantId: row.tenant_id as TenantId | null,
  from: instant(row.from_at),
  until: instant(row.until_at),
  createdAt: instant(row.created_at)
})

export const layer: Layer.Layer<DeputyRepository, never, Database> = Layer.effect(
  DeputyRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Own {
      readonly principalId: string
      readonly id: string
    }
    const insert = q.insert("deputy.insert", "deputy", COLUMNS)
    const find = q.first("deputy.find", (db, p: Own) =>
      db.selectFrom("deputy").select(COLUMNS).where("id", "=", p.id).where("principal_id", "=", p.principalId)
    )
    /** Leaves nothing of a period that is not over. */
    const ending = (db: Kysely<Tables>, now: number) =>
      db
        .updateTable("deputy")
        .set((eb) => ({
          until_at: eb
            .case()
            .when(eb("from_at", "<", now))
            .then(eb.ref("from_at"))
            // a value of the parameter alone would have no type
            .else(eb.cast<number>(eb.val(now), "bigint"))
            .end()
        }))
        .where("until_at", ">", now)
    const end = q.changed("deputy.end", (db, p: Own & { readonly now: number }) =>
      ending(db, p.now).where("id", "=", p.id).where("principal_id", "=", p.principalId)
    )
    const endOfMember = q.all(
      "deputy.endOfMember",
      (db, p: { readonly tenantId: string; readonly accountId: string; readonly now: number }) =>
        ending(db, p.now)
          .where("tenant_id", "=", p.tenantId)
          .where((eb) => eb.or([eb("principal_id", "=", p.accountId), eb("deputy_id", "=", p.accountId)]))
          .returning(["id", "deputy_id"])
    )
    interface Listed {
      readonly accountId: string
      readonly now: number
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const list = (goesOn: boolean) =>
      q.all("deputy.ofAccount", (db, p: Listed) => {
        let query = db
          .selectFrom("deputy")
          .select(COLUMNS)
          .where((eb) => eb.or([eb("principal_id", "=", p.accountId), eb("deputy_id", "=", p.accountId)]))
          .where("until_at", ">", p.now)
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("created_at", "<", p.createdAt),
              eb.and([eb("created_at", "=", p.createdAt), eb(byBytes(kind, eb.ref("id")), "<", p.id)])
            ])
          )
        }
        return query
          .orderBy("created_at", "desc")
          .orderBy((eb) => byBytes(kind, eb.ref("id")), "desc")
          .limit(p.limit)
      })
    const lists = { first: list(false), next: list(true) }
    const purgeRows = purge(database, { table: "deputy", key: ["id"], by: "until_at", inclusive: true })

    return DeputyRepository.of({
      insert: (deputy) =>
        insert([
          {
            id: deputy.id,
            principal_id: deputy.principalId,
            deputy_id: deputy.deputyId,
            tenant_id: deputy.tenantId,
            from_at: deputy.from,
            until_at: deputy.until,
            created_at: deputy.createdAt
          }
        ]),
      find: (principalId, id) =>
        Effect.map(find({ principalId, id }), (row) => Option.map(Option.fromUndefinedOr(row), toDeputy)),
      end: (principalId, id, now) => Effect.map(end({ principalId, id, now }), (count) => count === 1),
      endOfMember: (tenantId, accountId, now) =>
        Effect.map(endOfMember({ tenantId, accountId, now }), (rows) =>
          // as above
          rows.map((row) => ({ id: row.id as DeputyId, deputyId: row.deputy_id as AccountId }))
        ),
      ofAccount: (accountId, now, { after, limit }) => {
        const [createdAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        return Effect.map(
          lists[Option.isSome(after) ? "next" : "first"]({ accountId, now, createdAt, id, limit: limit + 1 }),
          (rows) => rows.map(toDeputy)
        )
      },
      purge: purgeRows
    })
  })
)

import { Effect, Layer, Option } from "effect"
import type { Kysely } from "kysely"
import { HierarchyRepository, type Location } from "../hierarchy/HierarchyRepository.ts"
import { type Level, LinkKind, type TenantLink } from "../hierarchy/TenantLink.ts"
import { normalForm } from "../kernel/CustomerNumber.ts"
import type { TenantId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { folded } from "../kernel/Text.ts"
import { markLinked } from "./CollectiveInvoiceRepository.ts"
import { Database } from "./Database.ts"
import { contains, instant, integer, isOneOf, type TextList, textList } from "./dialect.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import { type JoinedTenant, tenantColumns, tenantIn, toTenant } from "./TenantRepository.ts"
import type { Tables, TenantLinkTable } from "./tables.ts"
import { refusedOf } from "./through.ts"

const COLUMNS = [
  "tenant_link.sub_id",
  "tenant_link.main_id",
  "tenant_link.kind",
  "tenant_link.linked_at",
  "tenant_link.refused"
] as const satisfies ReadonlyArray<`tenant_link.${keyof TenantLinkTable}`>

type Row = Omit<TenantLinkTable, "sub_is_sub" | "main_is_sub">

const kindOf = word(LinkKind.literals)

/** A row as a link. Ids are what `insert` has written, which is why their brands hold. */
const toLink = (row: Row): TenantLink => ({
  subId: row.sub_id as TenantId,
  mainId: row.main_id as TenantId,
  kind: kindOf(row.kind),
  linkedAt: instant(row.linked_at),
  refused: refusedOf(row.refused)
})

const one = (row: Row | undefined): Option.Option<TenantLink> =>
  row === undefined ? Option.none() : Option.some(toLink(row))

type LocationRow = Row & JoinedTenant
const toLocation = (row: LocationRow): Location => ({ link: toLink(row), tenant: toTenant(tenantIn(row)) })

type LevelRow = { readonly [K in keyof Row]: Row[K] | null } & { readonly has_subs: number | string | bigint }

const toLevel = (row: LevelRow | undefined): Level => {
  // no column of a link is null, so that in a left join either all of them are or none is
  const link = row as (Row & LevelRow) | ({ readonly sub_id: null } & LevelRow) | undefined
  return {
    link: link === undefined || link.sub_id === null ? null : toLink(link),
    hasSubs: row !== undefined && integer(row.has_subs) > 0
  }
}

export const layer: Layer.Layer<HierarchyRepository, never, Database> = Layer.effect(
  HierarchyRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const find = q.first("hierarchy.find", (db, p: { readonly subId: string }) =>
      db.selectFrom("tenant_link").select(COLUMNS).where("sub_id", "=", p.subId)
    )
    const ofLevel = (db: Kysely<Tables>) =>
      db
        .selectFrom("tenant")
        .leftJoin("tenant_link", "tenant_link.sub_id", "tenant.id")
        .select(COLUMNS)
        .select((eb) => [
          "tenant.id",
          eb
            .case()
            .when(
              eb.exists(
                eb.selectFrom("tenant_link as s").select("s.sub_id").where("s.main_id", "=", eb.ref("tenant.id"))
              )
            )
            .then(1)
            .else(0)
            .end()
            .as("has_subs")
        ])
    const level = q.first("hierarchy.level", (db, p: { readonly tenantId: string }) =>
      ofLevel(db).where("tenant.id", "=", p.tenantId)
    )
    const levels = q.all("hierarchy.levels", (db, p: { readonly ids: TextList }) =>
      ofLevel(db).where((eb) => isOneOf(kind, eb.ref("tenant.id"), p.ids))
    )
    const setLevel = q.exactlyOne("hierarchy.setLevel", (db, p: { readonly id: string; readonly isSub: number }) =>
      db.updateTable("tenant").set({ is_sub: p.isSub }).where("id", "=", p.id)
    )
    const insert = q.insert("hierarchy.insert", "tenant_link", [
      "sub_id",
      "sub_is_sub",
      "main_id",
      "main_is_sub",
      "kind",
      "linked_at",
      "refused"
    ])
    const move = q.exactlyOne("hierarchy.move", (db, p: Omit<Row, "refused"> & { readonly from: string }) =>
      db
        .updateTable("tenant_link")
        .set({ main_id: p.main_id, kind: p.kind, linked_at: p.linked_at })
        .where("sub_id", "=", p.sub_id)
        .where("main_id", "=", p.from)
    )
    const setRefused = q.exactlyOne("hierarchy.setRefused", (db, p: Pick<Row, "sub_id" | "main_id" | "refused">) =>
      db
        .updateTable("tenant_link")
        .set({ refused: p.refused })
        .where("sub_id", "=", p.sub_id)
        .where("main_id", "=", p.main_id)
    )
    const remove = q.exactlyOne("hierarchy.remove", (db, p: { readonly subId: string; readonly mainId: string }) =>
      db.deleteFrom("tenant_link").where("sub_id", "=", p.subId).where("main_id", "=", p.mainId)
    )
    const mark = q.changed("hierarchy.mark", markLinked)
    const countSubs = q.first("hierarchy.countSubs", (db, p: { readonly mainId: string }) =>
      db
        .selectFrom("tenant_link")
        .innerJoin("tenant", "tenant.id", "tenant_link.sub_id")
        .select((eb) => eb.fn.countAll<number | string | bigint>().as("count"))
        .where("tenant_link.main_id", "=", p.mainId)
        .where("tenant.state", "<>", "closed")
    )
    const subsAmong = q.all("hierarchy.subsAmong", (db, p: { readonly mainId: string; readonly ids: TextList }) =>
      db
        .selectFrom("tenant_link")
        .select("sub_id")
        .where("main_id", "=", p.mainId)
        .where((eb) => isOneOf(kind, eb.ref("sub_id"), p.ids))
    )
    const subsWithNumbers = q.all(
      "hierarchy.subsWithNumbers",
      (db, p: { readonly mainId: string; readonly numbers: TextList }) =>
        db
          .selectFrom("tenant")
          .innerJoin("tenant_link", "tenant_link.sub_id", "tenant.id")
          .select("tenant.customer_number_normal")
          .where("tenant_link.main_id", "=", p.mainId)
          .where((eb) => isOneOf(kind, eb.ref("tenant.customer_number_normal"), p.numbers))
    )
    const findLocation = q.first(
      "hierarchy.findLocation",
      (db, p: { readonly mainId: string; readonly subId: string }) =>
        db
          .selectFrom("tenant_link")
          .innerJoin("tenant", "tenant.id", "tenant_link.sub_id")
          .select(COLUMNS)
          .select(tenantColumns)
          .where("tenant_link.sub_id", "=", p.subId)
          .where("tenant_link.main_id", "=", p.mainId)
    )

    interface Listed {
      readonly mainId: string
      readonly search: string
      readonly number: string
      readonly among: TextList
      readonly linkedAt: number
      readonly subId: string
      readonly limit: number
    }
    const list = (searches: boolean, some: boolean, goesOn: boolean) =>
      q.all("hierarchy.list", (db, p: Listed) => {
        let query = db
          .selectFrom("tenant_link")
          .innerJoin("tenant", "tenant.id", "tenant_link.sub_id")
          .select(COLUMNS)
          .select(tenantColumns)
          .where("tenant_link.main_id", "=", p.mainId)
        if (searches) {
          query = query.where((eb) =>
            eb.or([
              contains(kind, eb.ref("tenant.search_text"), p.search),
              contains(kind, eb.ref("tenant.customer_number_normal"), p.number)
            ])
          )
        }
        if (some) query = query.where((eb) => isOneOf(kind, eb.ref("tenant_link.sub_id"), p.among))
        if (goesOn) {
          // the first condition lets the index begin where the page does
          query = query
            .where("tenant_link.linked_at", "<=", p.linkedAt)
            .where((eb) =>
              eb.or([eb("tenant_link.linked_at", "<", p.linkedAt), eb("tenant_link.sub_id", "<", p.subId)])
            )
        }
        return query.orderBy("tenant_link.linked_at", "desc").orderBy("tenant_link.sub_id", "desc").limit(p.limit)
      })
    const both = <A>(make: (flag: boolean) => A) => ({ yes: make(true), no: make(false) })
    const lists = both((searches) => both((some) => both((goesOn) => list(searches, some, goesOn))))
    const yes = (flag: boolean) => (flag ? "yes" : "no")

    /** As the foreign keys and the check would refuse it, but on every database in the same words. */
    const toItself = (operation: string) => Effect.fail(new PersistenceError({ operation, reason: "other" }))

    const inOrder = (...statements: ReadonlyArray<Effect.Effect<unknown, PersistenceError>>) =>
      Effect.forEach(statements, (statement) => statement, { discard: true })

    return HierarchyRepository.of({
      find: (subId) => reading("hierarchy.find", one)(find({ subId })),
      level: (tenantId) => reading("hierarchy.level", toLevel)(level({ tenantId })),
      levels: (ids) =>
        reading(
          "hierarchy.levels",
          (rows: ReadonlyArray<LevelRow & { readonly id: string }>) =>
            // as above: an id that `insert` has written
            new Map(rows.map((row) => [row.id as TenantId, toLevel(row)]))
        )(levels({ ids: textList(ids) })),
      insert: (link) =>
        link.subId === link.mainId
          ? toItself("hierarchy.insert")
          : inOrder(
              setLevel({ id: link.subId, isSub: 1 }),
              insert([
                {
                  sub_id: link.subId,
                  sub_is_sub: 1,
                  main_id: link.mainId,
                  main_is_sub: 0,
                  kind: link.kind,
                  linked_at: link.linkedAt,
                  refused: JSON.stringify(link.refused)
                }
              ]),
              mark({ subId: link.subId, payerId: link.mainId, otherId: link.mainId })
            ),
      move: (link, from) =>
        inOrder(
          move({ sub_id: link.subId, main_id: link.mainId, kind: link.kind, linked_at: link.linkedAt, from }),
          mark({ subId: link.subId, payerId: link.mainId, otherId: from })
        ),
      setRefused: (link) =>
        setRefused({ sub_id: link.subId, main_id: link.mainId, refused: JSON.stringify(link.refused) }),
      remove: (subId, mainId) =>
        inOrder(
          remove({ subId, mainId }),
          setLevel({ id: subId, isSub: 0 }),
          mark({ subId, payerId: mainId, otherId: mainId })
        ),
      countSubs: (mainId) => Effect.map(countSubs({ mainId }), (row) => (row === undefined ? 0 : integer(row.count))),
      subsAmong: (mainId, ids) =>
        Effect.map(subsAmong({ mainId, ids: textList(ids) }), (rows) => rows.map((row) => row.sub_id as TenantId)),
      subsWithNumbers: (mainId, customerNumbers) =>
        Effect.map(
          subsWithNumbers({ mainId, numbers: textList(customerNumbers.map(normalForm)) }),
          (rows) => new Set(rows.map((row) => row.customer_number_normal))
        ),
      list: (mainId, { among, search }, { after, limit }) => {
        const [linkedAt, subId] = Option.getOrElse(after, () => [0, ""] as const)
        const part = Option.getOrElse(search, () => "")
        return reading("hierarchy.list", (rows: ReadonlyArray<LocationRow>) => rows.map(toLocation))(
          lists[yes(Option.isSome(search))][yes(among !== null)][yes(Option.isSome(after))]({
            mainId,
            search: folded(part),
            // a text of spaces and dashes alone has no normal form, and would be found everywhere
            number: normalForm(part) || folded(part),
            among: textList(among ?? []),
            linkedAt,
            subId,
            limit: limit + 1
          })
        )
      },
      findLocation: (mainId, subId) =>
        reading("hierarchy.findLocation", (row: LocationRow | undefined) =>
          row === undefined ? Option.none() : Option.some(toLocation(row))
        )(findLocation({ mainId, subId }))
    })
  })
)

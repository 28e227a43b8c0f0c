import { Effect, Layer, Option } from "effect"
import { type Kysely, sql } from "kysely"
import type { CollectiveInvoice, Position } from "../hierarchy/CollectiveInvoice.ts"
import { CollectiveInvoiceRepository } from "../hierarchy/CollectiveInvoiceRepository.ts"
import { type CustomerNumber, normalForm } from "../kernel/CustomerNumber.ts"
import { folded } from "../kernel/Text.ts"
import { Database } from "./Database.ts"
import { contains, instant, isOneOf, type RowList, rowList, rowsOf, type TextList, textList } from "./dialect.ts"
import { queries } from "./query.ts"
import type { CollectiveInvoicePositionTable, Tables } from "./tables.ts"

const POSITION = ["customer_number", "name", "city", "since_at"] as const

type PositionRow = Pick<CollectiveInvoicePositionTable, (typeof POSITION)[number]>

/** Customer numbers are what `replace` has written, which is why their brand holds. */
const toPosition = (row: PositionRow): Position => ({
  customerNumber: row.customer_number as CustomerNumber,
  name: row.name,
  city: row.city,
  since: instant(row.since_at)
})

const toRow = (position: Position) => ({
  number_normal: normalForm(position.customerNumber),
  customer_number: position.customerNumber,
  name: position.name,
  city: position.city,
  folded: folded(`${position.name}\n${position.city}\n${position.customerNumber}`),
  since_at: position.since
})

interface Linked {
  readonly subId: string
  readonly payerId: string
  /** The main of before, where the sub has moved; else the same. */
  readonly otherId: string
}

/**
 * Notes beside the positions of two payers whether the customer number of this tenant is that of a sub of theirs, so that the list of the others reads
 * no more than it shows: for whatever makes or ends a link.
 */
export const markLinked = (db: Kysely<Tables>, p: Linked) =>
  db
    .updateTable("collective_invoice_position")
    .set((eb) => ({
      linked: eb
        .selectFrom("tenant_link")
        .select((link) => link.cast<number>(link.fn.countAll(), "integer").as("links"))
        .where("tenant_link.sub_id", "=", p.subId)
        .whereRef("tenant_link.main_id", "=", "collective_invoice_position.payer_id")
    }))
    .where("payer_id", "in", [p.payerId, p.otherId])
    .where("number_normal", "=", (eb) =>
      eb.selectFrom("tenant").select("tenant.customer_number_normal").where("tenant.id", "=", p.subId)
    )

export const layer: Layer.Layer<CollectiveInvoiceRepository, never, Database> = Layer.effect(
  CollectiveInvoiceRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const find = q.all("collectiveInvoice.find", (db, p: { readonly payerId: string }) =>
      db
        .selectFrom("collective_invoice")
        .leftJoin("collective_invoice_position", "collective_invoice_position.payer_id", "collective_invoice.payer_id")
        .select(["collective_invoice.event_id", "collective_invoice.at", ...POSITION])
        .where("collective_invoice.payer_id", "=", p.payerId)
        .orderBy("number_normal")
    )
    interface Said {
      readonly payerId: string
      readonly eventId: string
      readonly at: number
    }
    const put = q.exactlyOne("collectiveInvoice.put", (db, p: Said) =>
      db
        .insertInto("collective_invoice")
        .values({ payer_id: p.payerId, event_id: p.eventId, at: p.at })
        .onConflict((conflict) =>
          conflict
            .column("payer_id")
            .doUpdateSet((eb) => ({ event_id: eb.ref("excluded.event_id"), at: eb.ref("excluded.at") }))
            .where((eb) =>
              eb.or([
                eb("collective_invoice.at", "<", eb.ref("excluded.at")),
                eb.and([
                  eb("collective_invoice.at", "=", eb.ref("excluded.at")),
                  eb("collective_invoice.event_id", "<", eb.ref("excluded.event_id"))
                ])
              ])
            )
        )
    )
    const clear = q.changed("collectiveInvoice.clear", (db, p: { readonly payerId: string }) =>
      db.deleteFrom("collective_invoice_position").where("payer_id", "=", p.payerId)
    )
    const fill = q.changed("collectiveInvoice.fill", (db, p: { readonly payerId: string; readonly rows: RowList }) =>
      db
        .insertInto("collective_invoice_position")
        .columns(["payer_id", "number_normal", "customer_number", "name", "city", "folded", "since_at", "linked"])
        .expression((rows) =>
          rows
            .selectFrom(
              rowsOf<ReturnType<typeof toRow>>(kind, p.rows, {
                number_normal: "text",
                customer_number: "text",
                name: "text",
                city: "text",
                folded: "text",
                since_at: "bigint"
              })
            )
            .select((eb) => [
              eb.cast<string>(eb.val(p.payerId), "text").as("payer_id"),
              "given.number_normal",
              "given.customer_number",
              "given.name",
              "given.city",
              "given.folded",
              "given.since_at",
              eb
                .selectFrom("tenant_link")
                .innerJoin("tenant", "tenant.id", "tenant_link.sub_id")
                .select((link) => link.cast<number>(link.fn.countAll(), "integer").as("links"))
                .whereRef("tenant.customer_number_normal", "=", "given.number_normal")
                .where("tenant_link.main_id", "=", p.payerId)
                .as("linked")
            ])
        )
    )
    const refresh = q.changed("collectiveInvoice.refresh", (db, p: { readonly payerId: string }) =>
      db
        .updateTable("collective_invoice_position")
        .set((eb) => ({
          linked: eb
            .selectFrom("tenant_link")
            .innerJoin("tenant", "tenant.id", "tenant_link.sub_id")
            .select((link) => link.cast<number>(link.fn.countAll(), "integer").as("links"))
            .whereRef("tenant.customer_number_normal", "=", "collective_invoice_position.number_normal")
            .where("tenant_link.main_id", "=", p.payerId)
        }))
        .where("payer_id", "=", p.payerId)
    )
    const paidFor = q.all(
      "collectiveInvoice.paidFor",
      (db, p: { readonly payerId: string; readonly numbers: TextList }) =>
        db
          .selectFrom("collective_invoice_position")
          .select("number_normal")
          .where("payer_id", "=", p.payerId)
          .where((eb) => isOneOf(kind, eb.ref("number_normal"), p.numbers))
    )

    return CollectiveInvoiceRepository.of({
      find: (payerId) =>
        Effect.map(find({ payerId }), (rows) => {
          const [first] = rows
          if (first === undefined) return Option.none()
          const invoice: CollectiveInvoice = {
            payerId,
            eventId: first.event_id,
            at: instant(first.at),
            // no column of a position can be null, so that in a left join either all of them are or none is
            positions: rows.flatMap((row) => (row.customer_number === null ? [] : [toPosition(row as PositionRow)]))
          }
          return Option.some(invoice)
        }),
      replace: Effect.fnUntraced(function* ({ at, eventId, payerId, positions }: CollectiveInvoice) {
        yield* put({ payerId, eventId, at })
        yield* clear({ payerId })
        if (positions.length > 0) yield* fill({ payerId, rows: rowList(positions.map(toRow)) })
      }),
      listUnlinked: (payerId, { search }, { after, limit }) =>
        Effect.map(
          q.run("collectiveInvoice.listUnlinked", (db) => {
            let query = db
              .selectFrom("collective_invoice_position")
              .select(POSITION)
              .where("payer_id", "=", payerId)
              // written out, because a parameter would keep a database from seeing that the partial index fits
              .where(sql.ref<number>("linked"), "=", sql.lit(0))
            if (Option.isSome(search)) {
              const part = folded(search.value)
              // a text of spaces and dashes alone has no normal form, and would be found everywhere
              const number = normalForm(search.value) || part
              query = query.where((eb) =>
                eb.or([contains(kind, eb.ref("folded"), part), contains(kind, eb.ref("number_normal"), number)])
              )
            }
            if (Option.isSome(after)) {
              const [since, number] = after.value
              query = query.where((eb) => eb(eb.refTuple("since_at", "number_normal"), "<", eb.tuple(since, number)))
            }
            return query
              .orderBy("since_at", "desc")
              .orderBy("number_normal", "desc")
              .limit(limit + 1)
          }),
          (rows) => rows.map(toPosition)
        ),
      refresh: (payerId) => Effect.asVoid(refresh({ payerId })),
      paidFor: (payerId, customerNumbers) =>
        Effect.map(paidFor({ payerId, numbers: textList(customerNumbers.map(normalForm)) }), (rows) => {
          const numbers: ReadonlyArray<string> = rows.map(({ number_normal }) => number_normal)
          return new Set(numbers)
        })
    })
  })
)

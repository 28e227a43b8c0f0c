import { Effect, Layer, Option, Schema } from "effect"
import type { AccountId, OrderId, ShortNumber, TenantId } from "../kernel/ids.ts"
import { Failure, Location, type Order, OrderState, Owner, openStates, Terms } from "../orders/Order.ts"
import { OrderRepository, type QueuedOrder } from "../orders/OrderRepository.ts"
import { Chosen } from "../orders/Product.ts"
import { Database } from "./Database.ts"
import {
  forUpdate,
  forUpdateSkipLocked,
  instant,
  instantOrNull,
  integer,
  isOneOf,
  type TextList,
  textList
} from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { Tables, TenantOrderTable } from "./tables.ts"

const NAMES = [
  "tenant_id",
  "id",
  "number",
  "orderer_id",
  "product",
  "options",
  "location",
  "owner",
  "state",
  "version",
  "terms",
  "created_at",
  "placed_at",
  "failures",
  "started_at",
  "due_at",
  "failure",
  "new_tenant_id",
  "ended_at"
] as const satisfies ReadonlyArray<keyof TenantOrderTable>

const COLUMNS = [
  "tenant_order.tenant_id",
  "tenant_order.id",
  "tenant_order.number",
  "tenant_order.orderer_id",
  "tenant_order.product",
  "tenant_order.options",
  "tenant_order.location",
  "tenant_order.owner",
  "tenant_order.state",
  "tenant_order.version",
  "tenant_order.terms",
  "tenant_order.created_at",
  "tenant_order.placed_at",
  "tenant_order.failures",
  "tenant_order.started_at",
  "tenant_order.due_at",
  "tenant_order.failure",
  "tenant_order.new_tenant_id",
  "tenant_order.ended_at"
] as const

const stateOf = word(OrderState.literals)
// as they are stored: the texts of options were trimmed when they came in
const optionsOf = json<Chosen>(Schema.toType(Chosen))
const locationOf = json<Location>(Location)
const ownerOf = json<Owner>(Schema.toType(Owner))
const termsOf = json<Terms>(Terms)
const failureOf = json<Failure>(Failure)

const orNull =
  <A>(parse: (text: string) => A) =>
  (text: string | null): A | null =>
    text === null ? null : parse(text)

/** Ids and numbers are what `insert` has written, which is why their brands hold. */
const toOrder = (row: TenantOrderTable): Order => ({
  id: row.id as OrderId,
  number: row.number as ShortNumber,
  tenantId: row.tenant_id as TenantId,
  ordererId: row.orderer_id as AccountId,
  product: row.product,
  options: optionsOf(row.options),
  location: orNull(locationOf)(row.location),
  owner: orNull(ownerOf)(row.owner),
  state: stateOf(row.state),
  version: row.version,
  terms: orNull(termsOf)(row.terms),
  createdAt: instant(row.created_at),
  placedAt: instantOrNull(row.placed_at),
  failures: row.failures,
  startedAt: instantOrNull(row.started_at),
  dueAt: instantOrNull(row.due_at),
  failure: orNull(failureOf)(row.failure),
  newTenantId: row.new_tenant_id as TenantId | null,
  endedAt: instantOrNull(row.ended_at)
})

const text = (value: unknown): string | null => (value === null ? null : JSON.stringify(value))

const toRow = (order: Order): TenantOrderTable => ({
  tenant_id: order.tenantId,
  id: order.id,
  number: order.number,
  orderer_id: order.ordererId,
  product: order.product,
  options: JSON.stringify(order.options),
  location: text(order.location),
  owner: text(order.owner),
  state: order.state,
  version: order.version,
  terms: text(order.terms),
  created_at: order.createdAt,
  placed_at: order.placedAt,
  failures: order.failures,
  started_at: order.startedAt,
  due_at: order.dueAt,
  failure: text(order.failure),
  new_tenant_id: order.newTenantId,
  ended_at: order.endedAt
})

type QueueRow = TenantOrderTable & { readonly tenant_name: string; readonly customer_number: string }

const toQueued = (row: QueueRow): QueuedOrder => ({
  order: toOrder(row),
  tenantName: row.tenant_name,
  customerNumber: row.customer_number
})

const oneOrder = (row: TenantOrderTable | undefined): Option.Option<Order> =>
  Option.map(Option.fromUndefinedOr(row), toOrder)

// after every order there is
const FIRST = [Number.MAX_SAFE_INTEGER, ""] as const

export const layer: Layer.Layer<OrderRepository, never, Database> = Layer.effect(
  OrderRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    interface Place {
      readonly tenantId: string
      readonly id: string
    }
    const insert = q.insert("order.insert", "tenant_order", NAMES)
    const find = q.first("order.find", (db, p: Place) =>
      db.selectFrom("tenant_order").select(COLUMNS).where("tenant_id", "=", p.tenantId).where("id", "=", p.id)
    )
    const lock = q.first("order.findForUpdate", (db, p: Place) =>
      forUpdate(
        kind,
        db.selectFrom("tenant_order").select(COLUMNS).where("tenant_id", "=", p.tenantId).where("id", "=", p.id)
      )
    )
    const save = q.exactlyOne("order.save", (db, p: TenantOrderTable) =>
      db
        .updateTable("tenant_order")
        .set((eb) => ({
          product: p.product,
          options: p.options,
          location: p.location,
          owner: p.owner,
          state: p.state,
          version: eb("version", "+", 1),
          terms: p.terms,
          placed_at: p.placed_at,
          failures: p.failures,
          started_at: p.started_at,
          due_at: p.due_at,
          failure: p.failure,
          new_tenant_id: p.new_tenant_id,
          ended_at: p.ended_at
        }))
        .where("tenant_id", "=", p.tenant_id)
        .where("id", "=", p.id)
        .where("version", "=", p.version)
    )
    const openOrders = q.first("order.openOrders", (db, p: { readonly tenantId: string; readonly states: TextList }) =>
      db
        .selectFrom("tenant_order")
        .select((eb) => eb.fn.countAll<number | string>().as("open"))
        .where("tenant_id", "=", p.tenantId)
        .where((eb) => isOneOf(kind, eb.ref("tenant_order.state"), p.states))
    )
    interface Listed {
      readonly tenantId: string
      readonly draftsOf: string
      readonly states: TextList
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const list = q.all("order.list", (db, p: Listed) =>
      db
        .selectFrom("tenant_order")
        .select(COLUMNS)
        .where("tenant_id", "=", p.tenantId)
        .where((eb) => isOneOf(kind, eb.ref("tenant_order.state"), p.states))
        .where((eb) => eb.or([eb("state", "<>", "Draft"), eb("orderer_id", "=", p.draftsOf)]))
        // the first condition lets the index begin where the page does
        .where("created_at", "<=", p.createdAt)
        .where((eb) => eb.or([eb("created_at", "<", p.createdAt), eb("id", "<", p.id)]))
        .orderBy("created_at", "desc")
        .orderBy("id", "desc")
        .limit(p.limit)
    )
    interface Queued {
      readonly states: TextList
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const queue = q.all("order.queue", (db, p: Queued) =>
      db
        .selectFrom("tenant_order")
        .innerJoin("tenant", "tenant.id", "tenant_order.tenant_id")
        .select(COLUMNS)
        .select(["tenant.name as tenant_name", "tenant.customer_number"])
        .where((eb) => isOneOf(kind, eb.ref("tenant_order.state"), p.states))
        .where("tenant_order.created_at", "<=", p.createdAt)
        .where((eb) => eb.or([eb("tenant_order.created_at", "<", p.createdAt), eb("tenant_order.id", "<", p.id)]))
        .orderBy("tenant_order.created_at", "desc")
        .orderBy("tenant_order.id", "desc")
        .limit(p.limit)
    )
    const byNumber = q.all("order.byNumber", (db, p: { readonly number: string }) =>
      db
        .selectFrom("tenant_order")
        .innerJoin("tenant", "tenant.id", "tenant_order.tenant_id")
        .select(COLUMNS)
        .select(["tenant.name as tenant_name", "tenant.customer_number"])
        .where("tenant_order.number", "=", p.number)
    )
    const purgeDrafts = q.changed("order.purgeDrafts", (db, p: { readonly before: number; readonly limit: number }) =>
      db
        // materialized, because PostgreSQL may run a sub-select with a limit more than once and then deletes more rows than that
        .with(
          (cte) => cte("portion").materialized(),
          (db) =>
            forUpdateSkipLocked(
              kind,
              db
                .selectFrom("tenant_order")
                .select(["tenant_order.tenant_id", "tenant_order.id"])
                .where("state", "=", "Draft")
                .where("created_at", "<", p.before)
                .orderBy("created_at")
                .limit(p.limit)
            )
        )
        .deleteFrom("tenant_order")
        .where((eb) =>
          eb(
            eb.refTuple("tenant_order.tenant_id", "tenant_order.id"),
            "in",
            eb.selectFrom("portion").select(["portion.tenant_id", "portion.id"]).$asTuple("tenant_id", "id")
          )
        )
    )
    const due = q.all("order.due", (db, p: { readonly now: number; readonly limit: number }) =>
      db
        .selectFrom("tenant_order")
        .innerJoin("tenant", "tenant.id", "tenant_order.tenant_id")
        .select(["tenant_order.tenant_id", "tenant_order.id"])
        .where("tenant_order.due_at", "is not", null)
        .where("tenant_order.due_at", "<=", p.now)
        .where("tenant.state", "<>", "suspended")
        .orderBy("tenant_order.due_at")
        .orderBy("tenant_order.id")
        .limit(p.limit)
    )

    const open = textList(openStates)
    const every = textList(OrderState.literals)
    const queued = reading("order.queue", (rows: ReadonlyArray<QueueRow>) => rows.map(toQueued))

    return OrderRepository.of({
      insert: (order) => insert([toRow(order)]),
      find: (tenantId, id) => reading("order.find", oneOrder)(find({ tenantId, id })),
      findForUpdate: (tenantId, id) => reading("order.findForUpdate", oneOrder)(lock({ tenantId, id })),
      save: (order) => save(toRow(order)),
      openOrders: (tenantId) => Effect.map(openOrders({ tenantId, states: open }), (row) => integer(row?.open ?? 0)),
      list: (tenantId, { draftsOf, states }, { after, limit }) => {
        const [createdAt, id] = Option.getOrElse(after, () => FIRST)
        return list({
          tenantId,
          draftsOf,
          states: Option.match(states, { onNone: () => every, onSome: textList }),
          createdAt,
          id,
          limit: limit + 1
        }).pipe(reading("order.list", (rows: ReadonlyArray<TenantOrderTable>) => rows.map(toOrder)))
      },
      queue: ({ number, states }, { after, limit }) => {
        const [createdAt, id] = Option.getOrElse(after, () => FIRST)
        return queued(
          Option.match(number, {
            onNone: () => queue({ states: textList(states), createdAt, id, limit: limit + 1 }),
            onSome: (wanted) => byNumber({ number: wanted })
          })
        )
      },
      purgeDrafts: (before, limit) => purgeDrafts({ before, limit }),
      due: (now, limit) =>
        Effect.map(due({ now, limit }), (rows) =>
          // as above
          rows.map((row) => ({ tenantId: row.tenant_id as TenantId, orderId: row.id as OrderId }))
        )
    })
  })
)

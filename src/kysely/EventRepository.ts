import { Effect, Layer, Option, Schema } from "effect"
import type { ChainHead } from "../audit/Chain.ts"
import { EventRepository } from "../audit/EventRepository.ts"
import type { SealedEvent, StoredEvent } from "../audit/StoredEvent.ts"
import type { EventRow } from "../kernel/EventLog.ts"
import type { EventId, TenantId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Database } from "./Database.ts"
import { forUpdate, instant, integer, type RowList, rowList, rowsOf } from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type { EventChainTable, EventTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "at",
  "type",
  "tenant_id",
  "subject_kind",
  "subject_id",
  "actor",
  "account_id",
  "real_actor",
  "outcome",
  "use_case",
  "request_id",
  "data",
  "personal",
  "salt"
] as const satisfies ReadonlyArray<keyof EventTable>
const SEAL = ["number", "personal_digest", "mac", "key_id"] as const satisfies ReadonlyArray<keyof EventTable>

const facts = json(Schema.JsonObject)
const outcome = word(["done", "denied"])

const toEvent = (row: Pick<EventTable, (typeof COLUMNS)[number]>): EventRow => ({
  // only the event log writes the table, from values of these types
  id: row.id as EventId,
  at: instant(row.at),
  type: row.type,
  tenantId: row.tenant_id as TenantId | null,
  subjectKind: row.subject_kind,
  subjectId: row.subject_id,
  actor: row.actor,
  accountId: row.account_id,
  realActor: row.real_actor,
  outcome: outcome(row.outcome),
  useCase: row.use_case,
  requestId: row.request_id,
  data: facts(row.data),
  personal: row.personal === null ? null : facts(row.personal),
  salt: row.salt
})

const toStored = (row: EventTable): StoredEvent => ({
  ...toEvent(row),
  seal:
    row.number === null
      ? null
      : {
          number: integer(row.number),
          personalDigest: row.personal_digest,
          // whatever was emptied here does not verify
          mac: row.mac ?? "",
          keyId: row.key_id ?? ""
        }
})

const isSealed = (event: StoredEvent): event is SealedEvent => event.seal !== null

const toHead = (row: Omit<EventChainTable, "name">): ChainHead => ({
  head: { number: integer(row.number), mac: row.mac, keyId: row.key_id, signature: row.signature },
  base: {
    number: integer(row.base_number),
    mac: row.base_mac,
    keyId: row.base_key_id,
    signature: row.base_signature
  }
})

const toRow = ({ base, head }: ChainHead): EventChainTable => ({
  name: "main",
  number: head.number,
  mac: head.mac,
  key_id: head.keyId,
  signature: head.signature,
  base_number: base.number,
  base_mac: base.mac,
  base_key_id: base.keyId,
  base_signature: base.signature
})

const CHAIN = [
  "name",
  "number",
  "mac",
  "key_id",
  "signature",
  "base_number",
  "base_mac",
  "base_key_id",
  "base_signature"
] as const satisfies ReadonlyArray<keyof EventChainTable>

type SealRow = {
  readonly id: string
  readonly number: number
  readonly personal_digest: string | null
  readonly mac: string
  readonly key_id: string
}

export const layer: Layer.Layer<EventRepository, never, Database> = Layer.effect(
  EventRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const head = q.first("chain.head", (db) => db.selectFrom("event_chain").select(CHAIN).where("name", "=", "main"))
    const lock = q.first("chain.headForUpdate", (db) =>
      forUpdate(database.kind, db.selectFrom("event_chain").select(CHAIN).where("name", "=", "main"))
    )
    const insertHead = q.insert("chain.setHead", "event_chain", CHAIN)
    const updateHead = q.exactlyOne("chain.setHead", (db, p: EventChainTable & { readonly expected: number }) =>
      db
        .updateTable("event_chain")
        .set({
          number: p.number,
          mac: p.mac,
          key_id: p.key_id,
          signature: p.signature,
          base_number: p.base_number,
          base_mac: p.base_mac,
          base_key_id: p.base_key_id,
          base_signature: p.base_signature
        })
        .where("name", "=", "main")
        .where("number", "=", p.expected)
    )
    const unsealed = q.all("event.unsealed", (db, p: { readonly limit: number }) =>
      db.selectFrom("event").select(COLUMNS).where("number", "is", null).orderBy("id").limit(p.limit)
    )
    const seal = q.changed("event.seal", (db, p: { readonly rows: RowList }) =>
      db
        .updateTable("event")
        .from(
          rowsOf<SealRow>(database.kind, p.rows, {
            id: "text",
            number: "bigint",
            personal_digest: "text",
            mac: "text",
            key_id: "text"
          })
        )
        .set((eb) => ({
          number: eb.ref("given.number"),
          personal_digest: eb.ref("given.personal_digest"),
          mac: eb.ref("given.mac"),
          key_id: eb.ref("given.key_id")
        }))
        .whereRef("event.id", "=", "given.id")
        .where("event.number", "is", null)
    )
    const after = q.all("event.after", (db, p: { readonly number: number; readonly limit: number }) =>
      db
        .selectFrom("event")
        .select([...COLUMNS, ...SEAL])
        .where("number", ">", p.number)
        .orderBy("number")
        .limit(p.limit)
    )
    const deleteThrough = q.changed(
      "event.deleteThrough",
      (db, p: { readonly number: number; readonly limit: number }) =>
        db
          .deleteFrom("event")
          .where((eb) =>
            eb(
              "id",
              "in",
              eb.selectFrom("event").select("id").where("number", "<=", p.number).orderBy("number").limit(p.limit)
            )
          )
    )
    const optional = Effect.map((row: EventChainTable | undefined) => Option.map(Option.fromUndefinedOr(row), toHead))

    return EventRepository.of({
      head: Effect.suspend(() => optional(head())),
      headForUpdate: Effect.suspend(() => optional(lock())),
      setHead: (expected, next) =>
        Option.isNone(expected) ? insertHead([toRow(next)]) : updateHead({ ...toRow(next), expected: expected.value }),
      unsealed: (limit) =>
        reading("event.unsealed", (rows: ReadonlyArray<Parameters<typeof toEvent>[0]>) => rows.map(toEvent))(
          unsealed({ limit })
        ),
      seal: (seals) =>
        seals.length === 0
          ? Effect.void
          : Effect.flatMap(
              seal({
                rows: rowList(
                  seals.map(({ id, seal }) => ({
                    id,
                    number: seal.number,
                    personal_digest: seal.personalDigest,
                    mac: seal.mac,
                    key_id: seal.keyId
                  }))
                )
              }),
              (count) =>
                count === seals.length
                  ? Effect.void
                  : Effect.fail(new PersistenceError({ operation: "event.seal", reason: "conflict" }))
            ),
      after: (number, limit) =>
        reading("event.after", (rows: ReadonlyArray<EventTable>) => rows.map(toStored).filter(isSealed))(
          after({ number, limit })
        ),
      list: (tenantId, filter, window) =>
        reading("event.list", (rows: ReadonlyArray<EventTable>) => rows.map(toStored))(
          q.run("event.list", (db) => {
            let query = db
              .selectFrom("event")
              .select([...COLUMNS, ...SEAL])
              .where("tenant_id", "=", tenantId)
              .orderBy("id", "desc")
              .limit(window.limit + 1)
            if (filter.type !== undefined) query = query.where("type", "=", filter.type)
            if (filter.subjectId !== undefined) query = query.where("subject_id", "=", filter.subjectId)
            if (filter.accountId !== undefined) query = query.where("account_id", "=", filter.accountId)
            if (filter.outcome !== undefined) query = query.where("outcome", "=", filter.outcome)
            if (Option.isSome(window.after)) query = query.where("id", "<", window.after.value)
            return query
          })
        ),
      deleteThrough: (number, limit) => deleteThrough({ number, limit })
    })
  })
)

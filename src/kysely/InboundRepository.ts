import { Effect, Layer, Option } from "effect"
import { sql } from "kysely"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, InboundMailId, MessageId, TicketId } from "../kernel/ids.ts"
import {
  type Counts,
  InboundRepository,
  OutcomeName,
  ReviewState,
  type StoredInbound
} from "../mail/inbound/InboundRepository.ts"
import { Database } from "./Database.ts"
import { byBytes, forUpdate, forUpdateSkipLocked, instant, instantOrNull, integer } from "./dialect.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { InboundTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "mailbox",
  "taken_key",
  "message_id",
  "digest",
  "size",
  "outcome",
  "reason",
  "ticket_id",
  "ticket_message_id",
  "repeats",
  "review",
  "reviewed_at",
  "reviewed_by",
  "received_at",
  "sender",
  "sender_name",
  "subject",
  "body"
] as const satisfies ReadonlyArray<keyof InboundTable>

const outcomeOf = word(OutcomeName.literals)
const reviewOf = word(ReviewState.literals)

/** A row as what came in. Ids and addresses are what `insert` has written, which is why their brands hold. */
const toStored = (row: Pick<InboundTable, (typeof COLUMNS)[number]>): StoredInbound => ({
  id: row.id as InboundMailId,
  mailbox: row.mailbox as EmailAddress,
  takenKey: row.taken_key,
  messageId: row.message_id,
  digest: row.digest,
  size: integer(row.size),
  outcome: outcomeOf(row.outcome),
  reason: row.reason,
  ticketId: row.ticket_id as TicketId | null,
  ticketMessageId: row.ticket_message_id as MessageId | null,
  repeats: row.repeats as InboundMailId | null,
  sender: row.sender,
  senderName: row.sender_name,
  subject: row.subject,
  text: row.body,
  review: row.review === null ? null : reviewOf(row.review),
  reviewedAt: instantOrNull(row.reviewed_at),
  reviewedBy: row.reviewed_by as AccountId | null,
  receivedAt: instant(row.received_at)
})

const one = (row: Pick<InboundTable, (typeof COLUMNS)[number]> | undefined): Option.Option<StoredInbound> =>
  row === undefined ? Option.none() : Option.some(toStored(row))

export const layer: Layer.Layer<InboundRepository, never, Database> = Layer.effect(
  InboundRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const insert = q.insert("inbound.insert", "inbound", [...COLUMNS, "kept", "raw"])
    interface Named {
      readonly id: string
    }
    const find = q.first("inbound.find", (db, p: Named) =>
      db.selectFrom("inbound").select(COLUMNS).where("id", "=", p.id)
    )
    const findForUpdate = q.first("inbound.findForUpdate", (db, p: Named) =>
      forUpdate(kind, db.selectFrom("inbound").select(COLUMNS).where("id", "=", p.id))
    )
    const findTaken = q.first("inbound.findTaken", (db, p: { readonly mailbox: string; readonly takenKey: string }) =>
      db.selectFrom("inbound").select(COLUMNS).where("mailbox", "=", p.mailbox).where("taken_key", "=", p.takenKey)
    )
    const raw = q.first("inbound.raw", (db, p: Named) => db.selectFrom("inbound").select("raw").where("id", "=", p.id))
    const review = q.exactlyOne(
      "inbound.review",
      (
        db,
        p: Pick<StoredInbound, "id" | "review" | "reviewedAt" | "reviewedBy" | "ticketId" | "ticketMessageId"> & {
          readonly from: string
        }
      ) =>
        db
          .updateTable("inbound")
          .set({
            review: p.review,
            reviewed_at: p.reviewedAt,
            reviewed_by: p.reviewedBy,
            ticket_id: p.ticketId,
            ticket_message_id: p.ticketMessageId
          })
          .where("id", "=", p.id)
          .where("review", "=", p.from)
    )
    interface Listed {
      readonly review: string
      readonly ticketId: string | null
      readonly receivedAt: number
      readonly id: string
      readonly limit: number
    }
    const held = (ofTicket: boolean, goesOn: boolean) =>
      q.all("inbound.held", (db, p: Listed) => {
        let query = db.selectFrom("inbound").select(COLUMNS).where("review", "=", p.review)
        if (ofTicket) query = query.where("ticket_id", "=", p.ticketId)
        if (goesOn) {
          query = query.where((eb) =>
            eb.or([
              eb("received_at", ">", p.receivedAt),
              eb.and([eb("received_at", "=", p.receivedAt), eb(byBytes(kind, eb.ref("id")), ">", p.id)])
            ])
          )
        }
        return query
          .orderBy("received_at")
          .orderBy((eb) => byBytes(kind, eb.ref("id")))
          .limit(p.limit)
      })
    const lists = {
      all: { first: held(false, false), next: held(false, true) },
      ticket: { first: held(true, false), next: held(true, true) }
    }
    const counts = q.all("inbound.counts", (db) =>
      db
        .selectFrom("inbound")
        .select((eb) => ["outcome", eb.fn.countAll<number | string>().as("count")])
        .groupBy("outcome")
    )
    const purge = q.changed("inbound.purge", (db, p: { readonly before: number; readonly limit: number }) =>
      db
        .with(
          (cte) => cte("portion").materialized(),
          (db) =>
            forUpdateSkipLocked(
              kind,
              db
                .selectFrom("inbound")
                .select("id")
                .where("kept", "=", sql.lit(1))
                .where("received_at", "<", p.before)
                .where((eb) => eb.or([eb("review", "is", null), eb("review", "<>", sql.lit("waiting"))]))
                .orderBy("received_at")
                .limit(p.limit)
            )
        )
        .updateTable("inbound")
        .set({ kept: 0, sender: null, sender_name: null, subject: null, body: null, raw: null })
        .where((eb) => eb("id", "in", eb.selectFrom("portion").select("portion.id")))
    )

    return InboundRepository.of({
      insert: (mail, bytes) =>
        insert([
          {
            id: mail.id,
            mailbox: mail.mailbox,
            taken_key: mail.takenKey,
            message_id: mail.messageId,
            digest: mail.digest,
            size: mail.size,
            outcome: mail.outcome,
            reason: mail.reason,
            ticket_id: mail.ticketId,
            ticket_message_id: mail.ticketMessageId,
            repeats: mail.repeats,
            review: mail.review,
            reviewed_at: mail.reviewedAt,
            reviewed_by: mail.reviewedBy,
            received_at: mail.receivedAt,
            kept: 1,
            sender: mail.sender,
            sender_name: mail.senderName,
            subject: mail.subject,
            body: mail.text,
            raw: bytes === null ? null : Buffer.from(bytes).toString("base64")
          }
        ]),
      find: (id) => reading("inbound.find", one)(find({ id })),
      findForUpdate: (id) => reading("inbound.findForUpdate", one)(findForUpdate({ id })),
      findTaken: (mailbox, takenKey) => reading("inbound.findTaken", one)(findTaken({ mailbox, takenKey })),
      raw: (id) =>
        Effect.map(raw({ id }), (row) =>
          Option.map(Option.fromNullishOr(row?.raw), (text) => new Uint8Array(Buffer.from(text, "base64")))
        ),
      review: (mail, from) => review({ ...mail, from }),
      held: ({ review, ticketId }, { after, limit }) => {
        const [receivedAt, id] = Option.getOrElse(after, () => [0, ""] as const)
        const list = lists[ticketId === null ? "all" : "ticket"][Option.isSome(after) ? "next" : "first"]
        return reading("inbound.held", (rows: ReadonlyArray<Pick<InboundTable, (typeof COLUMNS)[number]>>) =>
          rows.map(toStored)
        )(list({ review, ticketId, receivedAt, id, limit: limit + 1 }))
      },
      counts: () =>
        reading(
          "inbound.counts",
          (rows: ReadonlyArray<{ readonly outcome: string; readonly count: number | string | bigint }>): Counts => {
            const found = new Map(rows.map(({ count, outcome }) => [outcomeOf(outcome), integer(count)]))
            return {
              Threaded: found.get("Threaded") ?? 0,
              NewTicket: found.get("NewTicket") ?? 0,
              Held: found.get("Held") ?? 0,
              Automatic: found.get("Automatic") ?? 0,
              Bounce: found.get("Bounce") ?? 0,
              Duplicate: found.get("Duplicate") ?? 0,
              Refused: found.get("Refused") ?? 0
            }
          }
        )(counts()),
      purge: (before, limit) => purge({ before, limit })
    })
  })
)

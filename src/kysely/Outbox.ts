import { Context, Effect, Layer, Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, MailId, TenantId } from "../kernel/ids.ts"
import { type MailRow, Outbox } from "../kernel/Outbox.ts"
import type { Outcome, StoredMail } from "../mail/Mail.ts"
import { OutboxRepository } from "../mail/OutboxRepository.ts"
import { Database } from "./Database.ts"
import { forUpdate, forUpdateSkipLocked, fromBoolean, instant, instantOrNull, toBoolean } from "./dialect.ts"
import { purge } from "./purge.ts"
import { queries } from "./query.ts"
import { reading, word } from "./stored.ts"
import type { OutboxTable, Tables } from "./tables.ts"

const COLUMNS = [
  "id",
  "kind",
  "recipient",
  "locale",
  "template_values",
  "sealed_secret",
  "has_link",
  "tenant_id",
  "account_id",
  "process",
  "state",
  "attempts",
  "due_at",
  "lease",
  "reason",
  "detail",
  "created_at",
  "settled_at"
] as const satisfies ReadonlyArray<keyof OutboxTable>

const stateOf = word(["queued", "sending", "sent", "dropped", "dead"])

/** Values that are no JSON (F-22) are left to the kind, which does not know them: a mail that cannot be read ends as a dead letter. */
const valuesOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const toMail = (row: OutboxTable): StoredMail => ({
  // only this repository writes the table, from values of these types; the mail's address is checked again before it is used
  id: row.id as MailId,
  kind: row.kind,
  recipient: row.recipient as EmailAddress,
  locale: row.locale,
  values: valuesOf(row.template_values),
  sealedSecret: row.sealed_secret,
  hasLink: toBoolean(row.has_link),
  tenantId: row.tenant_id as TenantId | null,
  accountId: row.account_id as AccountId | null,
  process: row.process,
  createdAt: instant(row.created_at),
  state: stateOf(row.state),
  attempts: row.attempts,
  dueAt: instantOrNull(row.due_at),
  lease: row.lease,
  reason: row.reason,
  detail: row.detail,
  settledAt: instantOrNull(row.settled_at)
})

const toRow = (mail: MailRow): OutboxTable => ({
  id: mail.id,
  kind: mail.kind,
  recipient: mail.recipient,
  locale: mail.locale,
  template_values: JSON.stringify(mail.values),
  sealed_secret: mail.sealedSecret,
  has_link: fromBoolean(mail.sealedSecret !== null),
  tenant_id: mail.tenantId,
  account_id: mail.accountId,
  process: mail.process,
  state: "queued",
  attempts: 0,
  due_at: mail.createdAt,
  lease: null,
  reason: null,
  detail: null,
  created_at: mail.createdAt,
  settled_at: null
})

const ended = { Sent: "sent", Dropped: "dropped", Dead: "dead" } as const

/** Both ends of the outbox: what use cases add to, and what dispatchers take from. */
export const layer: Layer.Layer<Outbox | OutboxRepository, never, Database> = Layer.effectContext(
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)

    const insert = q.insert("outbox.append", "outbox", COLUMNS)

    interface ClaimParameters {
      readonly lease: string
      readonly now: number
      readonly until: number
      readonly limit: number
    }
    const claim = q.all("outbox.claim", (db, p: ClaimParameters) => {
      const open = ["queued", "sending"]
      return (
        db
          // evaluated once: inside of an `in` PostgreSQL may run it again for each row, and lock more than the limit
          .with("due", (db) =>
            forUpdateSkipLocked(
              database.kind,
              db
                .selectFrom("outbox as candidate")
                .select("candidate.id as due_id")
                .where("candidate.due_at", "<=", p.now)
                .where(({ exists, not, selectFrom }) =>
                  not(
                    exists(
                      selectFrom("outbox as earlier")
                        .select("earlier.id")
                        .whereRef("earlier.process", "=", "candidate.process")
                        .whereRef("earlier.recipient", "=", "candidate.recipient")
                        .where("earlier.state", "in", open)
                        .whereRef("earlier.id", "<", "candidate.id")
                    )
                  )
                )
                .orderBy("candidate.due_at")
                .orderBy("candidate.id")
                .limit(p.limit)
            )
          )
          .updateTable("outbox")
          .set((eb) => ({ state: "sending", lease: p.lease, due_at: p.until, attempts: eb("attempts", "+", 1) }))
          .where("id", "in", (eb) => eb.selectFrom("due").select("due_id"))
          .returning(COLUMNS)
      )
    })

    const finish = q.changed(
      "outbox.finish",
      (
        db,
        p: {
          readonly id: string
          readonly lease: string
          readonly state: string
          readonly reason: string | null
          readonly detail: string | null
          readonly now: number
        }
      ) =>
        db
          .updateTable("outbox")
          .set({
            state: p.state,
            sealed_secret: null,
            due_at: null,
            lease: null,
            reason: p.reason,
            detail: p.detail,
            settled_at: p.now
          })
          .where("id", "=", p.id)
          .where("lease", "=", p.lease)
          .where("state", "=", "sending")
    )
    interface Postponed {
      readonly id: string
      readonly lease: string
      readonly recipient: string
      readonly dueAt: number
      readonly attempts: number
      readonly reason: string | null
      readonly detail: string | null
    }
    const postponing = (moves: boolean) =>
      q.changed(moves ? "outbox.readdress" : "outbox.postpone", (db, p: Postponed) => {
        const update = db
          .updateTable("outbox")
          .set({
            state: "queued",
            due_at: p.dueAt,
            lease: null,
            attempts: p.attempts,
            reason: p.reason,
            detail: p.detail
          })
          .where("id", "=", p.id)
          .where("lease", "=", p.lease)
          .where("state", "=", "sending")
        return moves ? update.set({ recipient: p.recipient }) : update
      })
    // most stay with their recipient, whose index is not written then
    const postpone = postponing(false)
    const readdress = postponing(true)
    const write = (id: string, lease: string, outcome: Outcome, now: number) =>
      outcome._tag === "Later"
        ? (outcome.recipient === undefined ? postpone : readdress)({
            id,
            lease,
            recipient: outcome.recipient ?? "",
            dueAt: outcome.dueAt,
            attempts: outcome.attempts,
            reason: outcome.reason,
            detail: outcome.detail
          })
        : finish({
            id,
            lease,
            state: ended[outcome._tag],
            reason: outcome._tag === "Sent" ? null : outcome.reason,
            detail: outcome._tag === "Dead" ? outcome.detail : null,
            now
          })

    const find = q.first("outbox.find", (db, p: { readonly id: string }) =>
      db.selectFrom("outbox").select(COLUMNS).where("id", "=", p.id)
    )
    const findForUpdate = q.first("outbox.findForUpdate", (db, p: { readonly id: string }) =>
      forUpdate(database.kind, db.selectFrom("outbox").select(COLUMNS).where("id", "=", p.id))
    )
    const requeue = q.exactlyOne("outbox.requeue", (db, p: { readonly id: string; readonly now: number }) =>
      db
        .updateTable("outbox")
        .set({ state: "queued", attempts: 0, due_at: p.now, reason: null, detail: null, settled_at: null })
        .where("id", "=", p.id)
        .where("state", "=", "dead")
    )
    const bounce = q.changed(
      "outbox.bounce",
      (db, p: { readonly id: string; readonly detail: string | null; readonly now: number }) =>
        db
          .updateTable("outbox")
          .set({ state: "dead", reason: "bounced", detail: p.detail, settled_at: p.now })
          .where("id", "=", p.id)
          .where("state", "=", "sent")
    )
    const purgeRows = purge(database, { table: "outbox", key: ["id"], by: "settled_at", inclusive: false })

    const repository = OutboxRepository.of({
      claim: ({ lease, limit, now, until }) =>
        reading("outbox.claim", (rows: ReadonlyArray<OutboxTable>) =>
          // the database answers them in no order; this is the order of their making
          rows.map(toMail).sort((a, b) => (a.id < b.id ? -1 : 1))
        )(claim({ lease, limit, now, until })),
      settle: (id, lease, outcome, now) => Effect.map(write(id, lease, outcome, now), (count) => count === 1),
      find: (id) =>
        reading("outbox.find", (row: OutboxTable | undefined) => Option.map(Option.fromUndefinedOr(row), toMail))(
          find({ id })
        ),
      findForUpdate: (id) =>
        reading("outbox.findForUpdate", (row: OutboxTable | undefined) =>
          Option.map(Option.fromUndefinedOr(row), toMail)
        )(findForUpdate({ id })),
      requeue: (id, now) => requeue({ id, now }),
      bounce: (id, detail, now) => Effect.map(bounce({ id, detail, now }), (count) => count === 1),
      list: ({ recipient, state }, { after, limit }) =>
        reading("outbox.list", (rows: ReadonlyArray<OutboxTable>) => rows.map(toMail))(
          q.run("outbox.list", (db) => {
            let query = db.selectFrom("outbox").select(COLUMNS).orderBy("id", "desc").limit(limit)
            if (state !== undefined) {
              // the index that has the mails of this state
              const settled = state !== "queued" && state !== "sending"
              query = query.where("state", "=", state).where(settled ? "settled_at" : "due_at", "is not", null)
            }
            if (recipient !== undefined) query = query.where("recipient", "=", recipient)
            if (Option.isSome(after)) query = query.where("id", "<", after.value)
            return query
          })
        ),
      purge: purgeRows
    })
    const port = Outbox.of({ append: (mails) => insert(mails.map(toRow)) })
    return Context.make(Outbox, port).pipe(Context.add(OutboxRepository, repository))
  })
)

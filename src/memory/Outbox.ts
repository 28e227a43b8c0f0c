import { Context, Effect, Layer, Option } from "effect"
import type { Instant } from "../kernel/Instant.ts"
import { type MailRow, Outbox } from "../kernel/Outbox.ts"
import type { Outcome, StoredMail } from "../mail/Mail.ts"
import { OutboxRepository } from "../mail/OutboxRepository.ts"
import { Store, table } from "./Store.ts"

export const mails = table<StoredMail>()({ name: "outbox", key: (mail) => mail.id })

const queued = (mail: MailRow): StoredMail => ({
  ...mail,
  state: "queued",
  hasLink: mail.sealedSecret !== null,
  attempts: 0,
  dueAt: mail.createdAt,
  lease: null,
  reason: null,
  detail: null,
  settledAt: null
})

const isOpen = (mail: StoredMail): boolean => mail.state === "queued" || mail.state === "sending"

const orderOf = (mail: StoredMail): string => JSON.stringify([mail.process, mail.recipient])

const ended = { Sent: "sent", Dropped: "dropped", Dead: "dead" } as const

const after = (mail: StoredMail, outcome: Outcome, now: Instant): StoredMail =>
  outcome._tag === "Later"
    ? {
        ...mail,
        state: "queued",
        dueAt: outcome.dueAt,
        lease: null,
        attempts: outcome.attempts,
        recipient: outcome.recipient ?? mail.recipient,
        reason: outcome.reason,
        detail: outcome.detail
      }
    : {
        ...mail,
        state: ended[outcome._tag],
        sealedSecret: null,
        dueAt: null,
        lease: null,
        reason: outcome._tag === "Sent" ? null : outcome.reason,
        detail: outcome._tag === "Dead" ? outcome.detail : null,
        settledAt: now
      }

/** Both ends of the outbox: what use cases add to, and what dispatchers take from. */
export const layer: Layer.Layer<Outbox | OutboxRepository, never, Store> = Layer.effectContext(
  Effect.map(Store, (store) => {
    const port = Outbox.of({
      append: (rows) =>
        store.write("outbox.append", (write) => {
          for (const row of rows) mails.insert(write, queued(row))
        })
    })
    const repository = OutboxRepository.of({
      claim: ({ lease, limit, now, until }) =>
        store.write("outbox.claim", (write) => {
          const open = mails.filter(write.state, isOpen).sort(mails.by((mail) => mail.id))
          const first = new Map<string, StoredMail>()
          for (const mail of open) {
            const order = orderOf(mail)
            if (!first.has(order)) first.set(order, mail)
          }
          const taken = Array.from(first.values())
            .filter((mail) => mail.dueAt !== null && mail.dueAt <= now)
            .sort(
              mails.by(
                (mail) => mail.dueAt ?? 0,
                (mail) => mail.id
              )
            )
            .slice(0, limit)
            .map(
              (mail): StoredMail => ({ ...mail, state: "sending", lease, dueAt: until, attempts: mail.attempts + 1 })
            )
          for (const mail of taken) mails.upsert(write, mail)
          return taken.sort(mails.by((mail) => mail.id))
        }),
      settle: (id, lease, outcome, now) =>
        store.write("outbox.settle", (write) => {
          const mail = Option.getOrUndefined(mails.get(write.state, id))
          if (mail === undefined || mail.state !== "sending" || mail.lease !== lease) return false
          mails.upsert(write, after(mail, outcome, now))
          return true
        }),
      find: (id) => store.read("outbox.find", (state) => mails.get(state, id)),
      findForUpdate: (id) => store.read("outbox.findForUpdate", (state) => mails.get(state, id)),
      requeue: (id, now) =>
        store.write("outbox.requeue", (write) =>
          mails.update(
            write,
            id,
            (mail) => mail.state === "dead",
            (mail) => ({
              ...mail,
              state: "queued",
              attempts: 0,
              dueAt: now,
              reason: null,
              detail: null,
              settledAt: null
            })
          )
        ),
      bounce: (id, detail, now) =>
        store.write(
          "outbox.bounce",
          (write) =>
            mails.updateAll(
              write,
              (mail) => mail.id === id && mail.state === "sent",
              (mail) => ({ ...mail, state: "dead", reason: "bounced", detail, settledAt: now })
            ) === 1
        ),
      list: ({ recipient, state }, window) =>
        store.read("outbox.list", (at) =>
          mails
            .filter(
              at,
              (mail) =>
                (state === undefined || mail.state === state) &&
                (recipient === undefined || mail.recipient === recipient) &&
                (Option.isNone(window.after) || mail.id < window.after.value)
            )
            .sort((a, b) => (a.id < b.id ? 1 : -1))
            .slice(0, window.limit)
        ),
      purge: (before, limit) =>
        store.write("outbox.purge", (write) => {
          const old = mails
            .filter(write.state, (mail) => mail.settledAt !== null && mail.settledAt < before)
            .sort(mails.by((mail) => mail.settledAt ?? 0))
            .slice(0, limit)
          for (const mail of old) mails.remove(write, mail.id)
          return old.length
        })
    })
    return Context.make(Outbox, port).pipe(Context.add(OutboxRepository, repository))
  })
)

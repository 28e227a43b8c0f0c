import { Effect, Layer, Option } from "effect"
import type { StoredInbound } from "../mail/inbound/InboundRepository.ts"
import { InboundRepository } from "../mail/inbound/InboundRepository.ts"
import { Store, table } from "./Store.ts"

interface Row {
  readonly mail: StoredInbound
  readonly raw: Uint8Array | null
  readonly kept: boolean
}

export const inbound = table<Row>()({
  name: "inbound",
  key: ({ mail }) => mail.id,
  unique: { taken: ({ mail }) => (mail.takenKey === null ? undefined : `${mail.mailbox} ${mail.takenKey}`) }
})

export const layer: Layer.Layer<InboundRepository, never, Store> = Layer.effect(
  InboundRepository,
  Effect.map(Store, (store) => {
    const find = (operation: string, id: string) =>
      store.read(operation, (state) => Option.map(inbound.get(state, id), ({ mail }) => mail))
    return InboundRepository.of({
      insert: (mail, raw) =>
        store.write("inbound.insert", (write) => {
          // as the databases' check constraint does
          if ((mail.outcome === "Held") !== (mail.review !== null)) inbound.refuse("other")
          inbound.insert(write, { mail, raw: raw === null ? null : raw.slice(), kept: true })
        }),
      find: (id) => find("inbound.find", id),
      findForUpdate: (id) => find("inbound.findForUpdate", id),
      findTaken: (mailbox, takenKey) =>
        store.read("inbound.findTaken", (state) =>
          Option.map(inbound.find(state, "taken", `${mailbox} ${takenKey}`), ({ mail }) => mail)
        ),
      raw: (id) =>
        store.read("inbound.raw", (state) =>
          Option.flatMap(inbound.get(state, id), ({ raw }) =>
            Option.map(Option.fromNullOr(raw), (bytes) => bytes.slice())
          )
        ),
      review: (mail, from) =>
        store.write("inbound.review", (write) =>
          inbound.update(
            write,
            mail.id,
            (stored) => stored.mail.review === from,
            (stored) => ({
              ...stored,
              mail: {
                ...stored.mail,
                review: mail.review,
                reviewedAt: mail.reviewedAt,
                reviewedBy: mail.reviewedBy,
                ticketId: mail.ticketId,
                ticketMessageId: mail.ticketMessageId
              }
            })
          )
        ),
      held: ({ review, ticketId }, { after, limit }) =>
        store.read("inbound.held", (state) =>
          inbound
            .filter(
              state,
              ({ mail }) =>
                mail.review === review &&
                (ticketId === null || mail.ticketId === ticketId) &&
                Option.match(after, {
                  onNone: () => true,
                  onSome: ([at, id]) => mail.receivedAt > at || (mail.receivedAt === at && mail.id > id)
                })
            )
            .sort(
              inbound.by(
                ({ mail }) => mail.receivedAt,
                ({ mail }) => mail.id
              )
            )
            .slice(0, limit + 1)
            .map(({ mail }) => mail)
        ),
      counts: () =>
        store.read("inbound.counts", (state) => {
          const counts = { Threaded: 0, NewTicket: 0, Held: 0, Automatic: 0, Bounce: 0, Duplicate: 0, Refused: 0 }
          for (const { mail } of inbound.all(state)) counts[mail.outcome] += 1
          return counts
        }),
      purge: (before, limit) =>
        store.write("inbound.purge", (write) => {
          const over = inbound
            .filter(write.state, ({ kept, mail }) => kept && mail.receivedAt < before && mail.review !== "waiting")
            .sort(inbound.by(({ mail }) => mail.receivedAt))
            .slice(0, limit)
          const ids = new Set<string>(over.map(({ mail }) => mail.id))
          return inbound.updateAll(
            write,
            ({ mail }) => ids.has(mail.id),
            ({ mail }) => ({
              mail: { ...mail, sender: null, senderName: null, subject: null, text: null },
              raw: null,
              kept: false
            })
          )
        })
    })
  })
)

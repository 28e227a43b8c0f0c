import { Effect, Layer, Option } from "effect"
import type { TicketId } from "../kernel/ids.ts"
import type { Window } from "../kernel/Page.ts"
import { folded } from "../kernel/Text.ts"
import {
  type Change,
  CLAIMED,
  type Message,
  type Participant,
  type Ticket,
  takesPart,
  unresolved
} from "../tickets/Ticket.ts"
import {
  type Listed,
  type MessageFilter,
  type Opened,
  placeOf,
  type TicketFilter,
  type TicketKey,
  TicketRepository
} from "../tickets/TicketRepository.ts"
import type { Terms } from "../tickets/TicketSearch.ts"
import { type State, Store, table, type Write } from "./Store.ts"
import { tenants } from "./TenantRepository.ts"

export const tickets = table<Ticket>()({
  name: "ticket",
  key: ({ id }) => id,
  unique: { number: ({ number }) => number }
})

export const participants = table<Participant>()({
  name: "ticket_participant",
  key: ({ seq, ticketId }) => `${ticketId} ${seq}`,
  unique: {
    id: ({ id }) => id,
    address: ({ email, ticketId }) => `${ticketId} ${email}`,
    contact: ({ role, ticketId }) => (role === "contact" ? ticketId : undefined)
  }
})

export const messages = table<Message>()({
  name: "ticket_message",
  key: ({ seq, ticketId }) => `${ticketId} ${seq}`,
  unique: { id: ({ id }) => id }
})

export const changes = table<Change>()({ name: "ticket_change", key: ({ seq, ticketId }) => `${ticketId} ${seq}` })

/** A word of a ticket, and where it stands: `publicSeq` is the last public message with it, or 0. */
export interface Word {
  readonly ticketId: TicketId
  readonly word: string
  readonly inSubject: boolean
  readonly publicSeq: number
  readonly internal: boolean
}

export const words = table<Word>()({ name: "ticket_word", key: ({ ticketId, word }) => `${ticketId} ${word}` })

/** The constraints of the tables of a database. */
const check = (write: Write, ticket: Ticket): void => {
  const { followUpOf, id, mergedInto, parentId, tenantId } = ticket
  if (tenantId !== null && Option.isNone(tenants.get(write.state, tenantId))) tickets.refuse("other")
  for (const other of [mergedInto, parentId, followUpOf]) {
    if (other !== null && other !== id && Option.isNone(tickets.get(write.state, other))) tickets.refuse("other")
  }
  if (mergedInto === id || parentId === id) tickets.refuse("other")
}

/** As a foreign key. */
const checkOf = (write: Write, ticketId: TicketId): void => {
  if (Option.isNone(tickets.get(write.state, ticketId))) tickets.refuse("other")
}

const ofTicket = (state: State, id: TicketId): ReadonlyArray<Participant> =>
  participants.filter(state, ({ ticketId }) => ticketId === id).sort(participants.by(({ seq }) => seq))

const opened = (state: State, id: TicketId): Option.Option<Opened> =>
  Option.map(tickets.get(state, id), (ticket) => ({ ticket, participants: ofTicket(state, id) }))

const isFor = ({ publicAfter }: MessageFilter, { seq, visibility }: Message): boolean =>
  publicAfter === null || (visibility === "public" && seq > publicAfter)

/** Whether somebody who may find these words of the ticket finds it. */
const isFound = (state: State, ticket: Ticket, terms: Terms, mayFind: (word: Word) => boolean): boolean =>
  ticket.number === terms.number ||
  ticket.contactEmail.startsWith(terms.prefix) ||
  folded(ticket.contactName).startsWith(terms.prefix) ||
  terms.words.every(
    (sought) =>
      words.count(state, (word) => word.ticketId === ticket.id && word.word.startsWith(sought) && mayFind(word)) > 0
  )

const listed = (
  state: State,
  chosen: ReadonlyArray<Ticket>,
  { search, states }: TicketFilter,
  { after, limit }: Window<TicketKey>,
  atOf: (ticket: Ticket) => number,
  mayFind: (word: Word) => boolean
): ReadonlyArray<Listed> => {
  const isBefore = (ticket: Ticket, [at, id]: TicketKey): boolean =>
    ticket.id < id ? Option.isSome(search) || atOf(ticket) <= at : Option.isNone(search) && atOf(ticket) < at
  return chosen
    .filter((ticket) => Option.isNone(states) || states.value.includes(ticket.state))
    .filter((ticket) => Option.isNone(after) || isBefore(ticket, after.value))
    .filter((ticket) => Option.isNone(search) || isFound(state, ticket, search.value, mayFind))
    .sort(Option.isSome(search) ? tickets.by(({ id }) => id) : tickets.by(atOf, ({ id }) => id))
    .toReversed()
    .slice(0, limit + 1)
    .map((ticket) => ({
      ticket,
      tenantName:
        ticket.tenantId === null ? null : (Option.getOrUndefined(tenants.get(state, ticket.tenantId))?.name ?? null)
    }))
}

const activityOf = ({ activityAt }: Ticket): number => activityAt

const due = (state: State, dueAt: (ticket: Ticket) => number | null, now: number, limit: number) =>
  tickets
    .filter(state, (ticket) => (dueAt(ticket) ?? Number.POSITIVE_INFINITY) <= now)
    .sort(
      tickets.by(
        (ticket) => dueAt(ticket) ?? 0,
        ({ id }) => id
      )
    )
    .slice(0, limit)
    .map(({ id }) => ({ ticketId: id }))

export const layer: Layer.Layer<TicketRepository, never, Store> = Layer.effect(
  TicketRepository,
  Effect.map(Store, (store) => {
    const openAll = (operation: string, ids: ReadonlyArray<TicketId>) =>
      store.read(operation, (state) => [...new Set(ids)].sort().flatMap((id) => Option.toArray(opened(state, id))))
    const saveAll = (operation: string, given: ReadonlyArray<Ticket>) =>
      store.write(operation, (write) => {
        for (const ticket of given) {
          tickets.update(
            write,
            ticket.id,
            (stored) => stored.version === ticket.version,
            ({ number }) => {
              check(write, ticket)
              return { ...ticket, number, version: ticket.version + 1 }
            }
          )
        }
      })
    return TicketRepository.of({
      insert: (ticket) =>
        store.write("ticket.insert", (write) => {
          check(write, ticket)
          tickets.insert(write, ticket)
        }),
      save: (ticket) => saveAll("ticket.save", [ticket]),
      saveAll: (given) => saveAll("ticket.saveAll", given),
      find: (id) => store.read("ticket.find", (state) => tickets.get(state, id)),
      findByNumber: (number) => store.read("ticket.findByNumber", (state) => tickets.find(state, "number", number)),
      open: (id) => store.read("ticket.open", (state) => opened(state, id)),
      openAll: (ids) => openAll("ticket.open", ids),
      openForUpdate: (id) => store.read("ticket.openForUpdate", (state) => opened(state, id)),
      openAllForUpdate: (ids) => openAll("ticket.openForUpdate", ids),
      addParticipants: (added) =>
        store.write("ticket.addParticipants", (write) => {
          for (const participant of added) {
            checkOf(write, participant.ticketId)
            participants.insert(write, participant)
          }
        }),
      saveParticipants: (given) =>
        store.write("ticket.saveParticipants", (write) => {
          for (const participant of given) {
            participants.update(
              write,
              `${participant.ticketId} ${participant.seq}`,
              ({ id }) => id === participant.id,
              () => participant
            )
          }
        }),
      claimable: (email, limit) =>
        store.read("ticket.claimable", (state) =>
          participants
            .filter(state, (one) => one.email === email && one.accountId === null && takesPart(one))
            .flatMap((participant) =>
              Option.toArray(
                Option.map(tickets.get(state, participant.ticketId), (ticket) => ({ ticket, participant }))
              )
            )
            .filter(({ ticket }) => !ticket.spam)
            .sort((a, b) => (a.ticket.id < b.ticket.id ? 1 : -1))
            .slice(0, limit)
        ),
      astray: (accountId, email, after, limit) =>
        store.read("ticket.astray", (state) => {
          const rows = participants.filter(
            state,
            (one) =>
              one.accountId === accountId &&
              (one.email !== email || one.undeliverableAt !== null) &&
              (after === null || one.ticketId > after)
          )
          return [...new Set(rows.map(({ ticketId }) => ticketId))].sort().slice(0, limit)
        }),
      markUndeliverable: (email, at) =>
        store.write("ticket.markUndeliverable", (write) => {
          const marked: Array<TicketId> = []
          participants.updateAll(
            write,
            (one) =>
              one.email === email &&
              takesPart(one) &&
              (one.undeliverableAt === null) !== (at === null) &&
              Option.exists(tickets.get(write.state, one.ticketId), (ticket) => unresolved.includes(ticket.state)),
            (one) => {
              marked.push(one.ticketId)
              return { ...one, undeliverableAt: at }
            }
          )
          return marked.sort()
        }),
      appendMessages: (added) =>
        store.write("ticket.appendMessages", (write) => {
          for (const message of added) {
            checkOf(write, message.ticketId)
            messages.insert(write, message)
          }
        }),
      messages: (id, filter, { after, limit }) =>
        store.read("ticket.messages", (state) =>
          messages
            .filter(
              state,
              (message) =>
                message.ticketId === id && isFor(filter, message) && (Option.isNone(after) || message.seq > after.value)
            )
            .sort(messages.by(({ seq }) => seq))
            .slice(0, limit + 1)
        ),
      messagesOf: (given, { after, limit }, newestFirst = false) =>
        store.read("ticket.messagesOf", (state) => {
          const inOrder = messages
            .filter(state, (message) =>
              given.some(({ filter, ticketId }) => ticketId === message.ticketId && isFor(filter, message))
            )
            .sort(
              messages.by(
                ({ createdAt }) => createdAt,
                ({ id }) => id
              )
            )
          const isPast = ({ createdAt, id }: Message, [at, last]: readonly [number, string]): boolean =>
            createdAt === at ? (newestFirst ? id < last : id > last) : newestFirst ? createdAt < at : createdAt > at
          return (newestFirst ? inOrder.toReversed() : inOrder)
            .filter((message) => Option.isNone(after) || isPast(message, after.value))
            .slice(0, limit + 1)
        }),
      appendChanges: (added) =>
        store.write("ticket.appendChanges", (write) => {
          for (const change of added) {
            checkOf(write, change.ticketId)
            changes.insert(write, change)
          }
        }),
      changes: (id, publicSince, { after, limit }) =>
        store.read("ticket.changes", (state) =>
          changes
            .filter(
              state,
              (change) =>
                change.ticketId === id &&
                (publicSince === null || (change.visibility === "public" && change.at >= publicSince)) &&
                (publicSince === null || change.what !== CLAIMED) &&
                (Option.isNone(after) || change.seq < after.value)
            )
            .sort(changes.by(({ seq }) => -seq))
            .slice(0, limit + 1)
        ),
      related: (id) =>
        store.read("ticket.related", (state) =>
          tickets
            .filter(state, ({ followUpOf, mergedInto, parentId }) => [followUpOf, mergedInto, parentId].includes(id))
            .sort(
              tickets.by(
                ({ createdAt }) => createdAt,
                (ticket) => ticket.id
              )
            )
        ),
      index: (ticketId, given) =>
        store.write("ticket.index", (write) => {
          for (const { internal, seq, words: own } of given) {
            for (const word of own) {
              checkOf(write, ticketId)
              const had = Option.getOrElse(words.get(write.state, `${ticketId} ${word}`), () => ({
                inSubject: false,
                publicSeq: 0,
                internal: false
              }))
              words.upsert(write, {
                ticketId,
                word,
                inSubject: had.inSubject || seq === 0,
                publicSeq: seq !== 0 && !internal ? Math.max(had.publicSeq, seq) : had.publicSeq,
                internal: had.internal || (seq !== 0 && internal)
              })
            }
          }
        }),
      unindexSubject: (id) =>
        store.write("ticket.unindexSubject", (write) => {
          words.removeAll(write, ({ internal, publicSeq, ticketId }) => ticketId === id && publicSeq === 0 && !internal)
          words.updateAll(
            write,
            ({ inSubject, ticketId }) => ticketId === id && inSubject,
            (word) => ({ ...word, inSubject: false })
          )
        }),
      listOfAccount: (accountId, filter, window) =>
        store.read("ticket.list", (state) => {
          const own = new Map(
            participants
              .filter(state, (one) => one.accountId === accountId && takesPart(one))
              .map((one) => [one.ticketId, one])
          )
          return listed(
            state,
            tickets.filter(state, (ticket) => own.has(ticket.id) && placeOf(ticket) === "queue"),
            filter,
            window,
            activityOf,
            ({ inSubject, publicSeq, ticketId }) =>
              inSubject || publicSeq > (own.get(ticketId)?.readsAfter ?? publicSeq)
          )
        }),
      listOfTenant: (tenantId, filter, window) =>
        store.read("ticket.list", (state) =>
          listed(
            state,
            tickets.filter(state, (ticket) => ticket.tenantId === tenantId && placeOf(ticket) === "queue"),
            filter,
            window,
            activityOf,
            ({ inSubject, publicSeq }) => inSubject || publicSeq > 0
          )
        ),
      queue: (filter, window) =>
        store.read("ticket.list", (state) => {
          const { assignee, category, priorities, search, spam, tag, tenantId } = filter
          const is = <A>(wanted: Option.Option<A>, keeps: (value: A) => boolean) =>
            Option.isNone(wanted) || keeps(wanted.value)
          const places = spam ? ["spam"] : Option.isSome(search) ? ["queue", "merged"] : ["queue"]
          return listed(
            state,
            tickets.filter(
              state,
              (ticket) =>
                places.includes(placeOf(ticket)) &&
                is(assignee, (one) =>
                  one === "somebody"
                    ? ticket.assigneeId !== null
                    : ticket.assigneeId === (one === "nobody" ? null : one)
                ) &&
                is(tenantId, (id) => ticket.tenantId === id) &&
                is(priorities, (some) => some.includes(ticket.priority)) &&
                is(category, (one) => ticket.category === one) &&
                is(tag, (one) => ticket.tags.includes(one))
            ),
            filter,
            window,
            ({ staffActivityAt }) => staffActivityAt,
            () => true
          )
        }),
      due: (now, limit) => store.read("ticket.due", (state) => due(state, ({ dueAt }) => dueAt, now, limit)),
      clocksDue: (now, limit) =>
        store.read("ticket.due", (state) => due(state, ({ clockDueAt }) => clockDueAt, now, limit))
    })
  })
)

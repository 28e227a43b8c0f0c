import { Effect, Option, Schema } from "effect"
import { callersAccount } from "../accounts/callersAccount.ts"
import * as Instant from "../kernel/Instant.ts"
import { MessageId, type TicketId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotFound } from "../kernel/refusals.ts"
import type * as UseCase from "../kernel/UseCase.ts"
import { permittedIn } from "../tenants/Permissions.ts"
import * as Files from "./fileViews.ts"
import { TakesNoPart } from "./refusals.ts"
import { AuthorKind, Channel, endedIn, type Message, type Participant, type Ticket, takesPart } from "./Ticket.ts"
import { type MessageFilter, type Opened, TicketRepository } from "./TicketRepository.ts"

type Caller = Pick<UseCase.Call<"Account">, "actor" | "settings">

export const noTicket = new NotFound({ kind: "ticket" })

/** What a customer reads of a ticket, and why (V-30). */
export interface Sight {
  readonly opened: Opened
  /** The caller's part; null for who only reads by the permission "tenant tickets". */
  readonly participant: Participant | null
  /** Whether the caller may read all tickets of its tenant. */
  readonly byTenant: boolean
  /** Public messages with a greater number can be read. */
  readonly publicAfter: number
}

const distinct = <A>(some: ReadonlyArray<A | null>): ReadonlyArray<A> => [
  ...new Set(some.filter((one) => one !== null))
]

/**
 * What the caller sees of these tickets at this commit, as one who takes part, by the permission of its tenant, or both; what they do not see is left out. A
 * ticket that is spam does not exist for any customer. `beside` are tickets that were read before, for what they say of the others. Looks up all tenants at once,
 * and opens tickets once at most.
 */
const sightsOf = Effect.fnUntraced(function* (
  caller: Caller,
  all: ReadonlyArray<Opened>,
  beside: ReadonlyArray<Sight> = []
) {
  const tickets = yield* TicketRepository
  const parts = all
    .filter(({ ticket }) => !ticket.spam)
    .map((opened) => ({
      opened,
      part: opened.participants.find((one) => one.accountId === caller.actor.accountId && takesPart(one))
    }))
  const known = new Map([...all, ...beside.map(({ opened }) => opened)].map((one) => [one.ticket.id, one]))
  const targets = distinct(parts.map(({ opened, part }) => (part === undefined ? null : opened.ticket.mergedInto)))
  const unknown = targets.filter((id) => !known.has(id))
  for (const one of unknown.length === 0 ? [] : yield* tickets.openAll(unknown)) known.set(one.ticket.id, one)
  const own = parts.map(({ opened, part }) => {
    const { mergedInto } = opened.ticket
    const target = mergedInto === null ? undefined : known.get(mergedInto)
    const ended = part !== undefined && target !== undefined && endedIn(target.participants, part)
    return { opened, part: ended ? undefined : part }
  })
  const read = new Set(distinct(beside.map(({ byTenant, opened }) => (byTenant ? opened.ticket.tenantId : null))))
  // asked where it can make a difference only
  const asked = distinct(own.map(({ opened, part }) => (part?.readsAfter === 0 ? null : opened.ticket.tenantId)))
  // "tenant tickets" there, or through its main (TIC-08)
  const found = yield* permittedIn(
    caller,
    asked.filter((id) => !read.has(id)),
    "tickets.read"
  )
  return own.flatMap(({ opened, part }): ReadonlyArray<Sight> => {
    const { tenantId } = opened.ticket
    const byTenant = part?.readsAfter !== 0 && tenantId !== null && (read.has(tenantId) || found.has(tenantId))
    if (part === undefined && !byTenant) return []
    return [{ opened, participant: part ?? null, byTenant, publicAfter: byTenant ? 0 : (part?.readsAfter ?? 0) }]
  })
})

/** As `sightsOf`, of one; what the caller does not see does not exist for them (G-05). */
const sightOf = Effect.fnUntraced(function* (caller: Caller, opened: Opened | undefined) {
  const [sight] = opened === undefined ? [] : yield* sightsOf(caller, [opened])
  return sight ?? (yield* noTicket)
})

/** A ticket that the caller reads. */
export const seen = Effect.fnUntraced(function* (caller: Caller, ticketId: TicketId) {
  const tickets = yield* TicketRepository
  yield* callersAccount(caller.actor)
  return yield* sightOf(caller, Option.getOrUndefined(yield* tickets.open(ticketId)))
})

/** Those of these tickets that the caller sees, by id, beside one that they see. */
const seenBeside = Effect.fnUntraced(function* (caller: Caller, sight: Sight, ids: ReadonlyArray<TicketId>) {
  const tickets = yield* TicketRepository
  const opened = ids.length === 0 ? [] : yield* tickets.openAll(ids)
  return new Map((yield* sightsOf(caller, opened, [sight])).map((one) => [one.opened.ticket.id, one]))
})

/** The tickets around one that the caller sees, too: its follow-ups, and what it follows or was merged into. */
export const around = Effect.fnUntraced(function* (caller: Caller, sight: Sight) {
  const tickets = yield* TicketRepository
  const { followUpOf, id, mergedInto } = sight.opened.ticket
  const followUps = (yield* tickets.related(id)).filter((one) => one.followUpOf === id && one.mergedInto === null)
  const found = yield* seenBeside(caller, sight, distinct([...followUps.map((one) => one.id), followUpOf, mergedInto]))
  const of = (one: TicketId | null) => (one === null ? null : (found.get(one) ?? null))
  return {
    followUps: followUps.flatMap((one) => found.get(one.id) ?? []),
    follows: of(followUpOf),
    into: of(mergedInto)
  }
})

/** The ticket and those merged into it, each with what the caller may read of it. */
export const readable = Effect.fnUntraced(function* (caller: Caller, sight: Sight) {
  const tickets = yield* TicketRepository
  const { id } = sight.opened.ticket
  const merged = (yield* tickets.related(id)).filter((one) => one.mergedInto === id).map((one) => one.id)
  const found = yield* seenBeside(caller, sight, merged)
  return [sight, ...found.values()].map(
    ({
      opened,
      publicAfter
    }): { readonly ticketId: TicketId; readonly filter: MessageFilter; readonly ticket: Ticket } => ({
      ticketId: opened.ticket.id,
      filter: { publicAfter },
      ticket: opened.ticket
    })
  )
})

/**
 * A ticket with its row locked, for one who takes part in it and may write; of a merged one, the ticket that goes on in its place. Who only reads it gets
 * `TakesNoPart`.
 */
export const locked = Effect.fnUntraced(function* (caller: Caller, ticketId: TicketId) {
  const tickets = yield* TicketRepository
  yield* callersAccount(caller.actor)
  const before = Option.getOrUndefined(yield* tickets.find(ticketId))
  if (before === undefined) return yield* noTicket
  const target = before.mergedInto
  // both at once, so that they are locked in the order of their ids
  const all = yield* tickets.openAllForUpdate(target === null ? [ticketId] : [ticketId, target])
  const opened = all.find(({ ticket }) => ticket.id === ticketId)
  const sight = yield* sightOf(caller, opened)
  if (sight.opened.ticket.mergedInto !== target) {
    return yield* new PersistenceError({ operation: "tickets.locked", reason: "conflict" })
  }
  if (sight.participant === null) return yield* new TakesNoPart()
  if (target === null) return { opened: sight.opened, participant: sight.participant }
  const there = yield* sightOf(
    caller,
    all.find(({ ticket }) => ticket.id === target)
  )
  if (there.participant === null) return yield* new TakesNoPart()
  return { opened: there.opened, participant: there.participant }
})

/** A message as customers see it. Its number is not shown: the gaps would count the notes of staff (TIC-11). */
export const MessageView = Schema.Struct({
  id: MessageId,
  author: AuthorKind,
  authorName: Schema.String,
  /** Whether the caller wrote it. */
  mine: Schema.Boolean,
  channel: Channel,
  text: Schema.String,
  /** Sanitised. */
  html: Schema.NullOr(Schema.String),
  /** Quoted text and signature of a mail, folded away; only for who may read everything, for it may quote anything. */
  folded: Schema.NullOr(Schema.String),
  files: Schema.Array(Files.FileView),
  createdAt: Instant.Instant,
  /** The number of the ticket that it was written in, where that was merged into this one. */
  from: Schema.NullOr(Schema.String)
})
export type MessageView = typeof MessageView.Type

/** Messages that the caller may read, with their files. */
export const messageViews = Effect.fnUntraced(function* (
  { actor, settings }: Caller,
  ticket: Ticket,
  sources: ReadonlyArray<{ readonly ticketId: TicketId; readonly filter: MessageFilter; readonly ticket: Ticket }>,
  messages: ReadonlyArray<Message>
) {
  const files = yield* Files.ofMessages(messages.filter((one) => one.files > 0).map(({ id }) => id))
  return messages.map((message): MessageView => {
    const source = sources.find(({ ticketId }) => ticketId === message.ticketId)
    const mine = message.author !== "agent" && message.accountId === actor.accountId
    return {
      id: message.id,
      author: message.author,
      authorName: message.authorName,
      mine,
      channel: message.channel,
      text: message.text,
      // HTML keeps what the text has folded away
      html: mine || message.folded === null ? message.html : null,
      folded: mine ? message.folded : null,
      files: (files.get(message.id) ?? []).map((file) => Files.viewOf(file, settings)),
      createdAt: message.createdAt,
      from: message.ticketId === ticket.id ? null : (source?.ticket.number ?? null)
    }
  })
})

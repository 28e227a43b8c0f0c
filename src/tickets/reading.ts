import { Effect, Option, Schema } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import type * as Actor from "../kernel/Actor.ts"
import * as Instant from "../kernel/Instant.ts"
import { MessageId, type TicketId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { NotFound, SignInRequired } from "../kernel/refusals.ts"
import type * as UseCase from "../kernel/UseCase.ts"
import { require } from "../tenants/Permissions.ts"
import * as Files from "./fileViews.ts"
import { TakesNoPart } from "./refusals.ts"
import { AuthorKind, Channel, type Message, type Participant, type Ticket, takesPart } from "./Ticket.ts"
import { type MessageFilter, type Opened, TicketRepository } from "./TicketRepository.ts"

type Caller = Pick<UseCase.Call<"Account">, "actor" | "settings">

/** The caller's account, if their session still stands for it: a dead one reads and writes nothing. */
export const callersAccount = Effect.fnUntraced(function* (actor: Actor.Account) {
  const accounts = yield* AccountRepository
  const account = Option.getOrUndefined(yield* accounts.find(actor.accountId))
  if (account?.state !== "active" || account.credentialEpoch !== actor.credentialEpoch) {
    return yield* new SignInRequired()
  }
  return account
})

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

/** Whether the caller has "tenant tickets" in this tenant, or through its main (TIC-08). */
const readsTenant = ({ actor, settings }: Caller, { tenantId }: Ticket) =>
  tenantId === null
    ? Effect.succeed(false)
    : require(actor, settings, tenantId, "tickets.read").pipe(
        Effect.as(true),
        Effect.catchTag(["NotFound", "NotAllowed", "SecondFactorRequired"], () => Effect.succeed(false))
      )

const wasRemoved = Effect.fnUntraced(function* ({ email }: Participant, from: TicketId) {
  const tickets = yield* TicketRepository
  const participants = Option.match(yield* tickets.open(from), {
    onNone: () => [],
    onSome: ({ participants }) => participants
  })
  return participants.some((one) => one.email === email && !takesPart(one))
})

/**
 * What the caller sees of this ticket at this commit, as one who takes part, by the permission of its tenant, or both; else it does not exist for them
 * (G-05). A ticket that is spam does not exist for any customer.
 */
export const sightOf = Effect.fnUntraced(function* (caller: Caller, found: Option.Option<Opened>) {
  const opened = Option.getOrUndefined(found)
  if (opened === undefined || opened.ticket.spam) return yield* noTicket
  const { mergedInto } = opened.ticket
  const part = opened.participants.find((one) => one.accountId === caller.actor.accountId && takesPart(one))
  // who was removed from the ticket that goes on in this one's place reads this one no longer, either (TIC-07)
  const own = part === undefined || mergedInto === null || !(yield* wasRemoved(part, mergedInto)) ? part : undefined
  // asked where it can make a difference only
  const byTenant = own?.readsAfter === 0 ? false : yield* readsTenant(caller, opened.ticket)
  if (own === undefined && !byTenant) return yield* noTicket
  const sight: Sight = {
    opened,
    participant: own ?? null,
    byTenant,
    publicAfter: byTenant ? 0 : (own?.readsAfter ?? 0)
  }
  return sight
})

/** A ticket that the caller reads. */
export const seen = Effect.fnUntraced(function* (caller: Caller, ticketId: TicketId) {
  const tickets = yield* TicketRepository
  yield* callersAccount(caller.actor)
  return yield* sightOf(caller, yield* tickets.open(ticketId))
})

/** As `seen`, and nothing where the caller does not see it. */
const seenOrNothing = (caller: Caller, ticketId: TicketId) =>
  Effect.flatMap(TicketRepository, (tickets) =>
    Effect.flatMap(tickets.open(ticketId), (found) =>
      sightOf(caller, found).pipe(
        Effect.asSome,
        Effect.catchTag("NotFound", () => Effect.succeedNone)
      )
    )
  )

/** The tickets around one that the caller sees, too: what was merged into it, its follow-ups, and what it follows or was merged into. */
export const around = Effect.fnUntraced(function* (caller: Caller, { followUpOf, id, mergedInto }: Ticket) {
  const tickets = yield* TicketRepository
  const related = yield* tickets.related(id)
  const wanted = (ids: ReadonlyArray<TicketId | null>) =>
    Effect.map(
      Effect.forEach(
        ids.filter((one) => one !== null),
        (one) => seenOrNothing(caller, one)
      ),
      (sights) => sights.flatMap(Option.toArray)
    )
  return {
    merged: yield* wanted(related.filter((one) => one.mergedInto === id).map((one) => one.id)),
    followUps: yield* wanted(
      related.filter((one) => one.followUpOf === id && one.mergedInto === null).map((one) => one.id)
    ),
    follows: (yield* wanted([followUpOf]))[0] ?? null,
    into: (yield* wanted([mergedInto]))[0] ?? null
  }
})

/** The ticket and those merged into it, each with what the caller may read of it. */
export const readable = Effect.fnUntraced(function* (caller: Caller, sight: Sight) {
  const tickets = yield* TicketRepository
  const { id } = sight.opened.ticket
  const related = yield* tickets.related(id)
  const merged = yield* Effect.forEach(
    related.filter((one) => one.mergedInto === id),
    (one) => seenOrNothing(caller, one.id)
  )
  return [sight, ...merged.flatMap(Option.toArray)].map(
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
  const sight = yield* sightOf(caller, Option.fromUndefinedOr(opened))
  if (sight.opened.ticket.mergedInto !== target) {
    return yield* new PersistenceError({ operation: "tickets.locked", reason: "conflict" })
  }
  if (sight.participant === null) return yield* new TakesNoPart()
  if (target === null) return { opened: sight.opened, participant: sight.participant }
  const there = yield* sightOf(caller, Option.fromUndefinedOr(all.find(({ ticket }) => ticket.id === target)))
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

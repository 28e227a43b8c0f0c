import { Effect, Option, Schema } from "effect"
import type { Account } from "../accounts/Account.ts"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import { AccountId, type ParticipantId, TicketId } from "../kernel/ids.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { begin, change, currentKey, enter, type Hand, subjectOf, system, type Work } from "./conversation.ts"
import { type Participant, takesPart } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"

/** So many tickets follow in one commit. */
const MOST_AT_ONCE = 50

/** What began before an address changed can still write the former one; nothing takes so long, so that after this time nothing is left behind. */
const LATECOMERS = "10 minutes"

/** The address that an account has, and since when. */
interface Place {
  readonly account: Account
  readonly since: Instant.Instant
}

/** The row that can take the new address: the contact's first, and one who takes part rather than one who was removed. */
const heir = (own: ReadonlyArray<Participant>): Participant | undefined =>
  own.find((one) => takesPart(one) && one.role === "contact") ?? own.find(takesPart) ?? own[0]

/** One row that takes the address of its account. */
interface Step {
  readonly participant: Participant
  readonly place: Place
}

/**
 * The rows that move so that this one can: itself, and whoever holds the address that it is to have and has left it, too, and so on, as when two accounts have
 * changed their addresses with each other. None where somebody holds it who stays. An account that moves again meanwhile has its rows follow by its own turn.
 */
const chain = Effect.fnUntraced(function* (
  { participants }: Work,
  first: Participant,
  place: Place,
  now: Instant.Instant
) {
  const accounts = yield* AccountRepository
  const steps: Array<Step> = [{ participant: first, place }]
  let wanted = place.account.email
  while (true) {
    const holder = participants.find(({ email }) => email === wanted)
    if (holder === undefined || holder.id === first.id) return steps
    if (holder.accountId === null || steps.some(({ participant }) => participant.id === holder.id)) return []
    const account = Option.getOrUndefined(yield* accounts.find(holder.accountId))
    const own = participants.filter(({ accountId }) => accountId === holder.accountId)
    const goes = account !== undefined && own.every(({ email }) => email !== account.email)
    if (!goes || heir(own)?.id !== holder.id) return []
    steps.push({ participant: holder, place: { account, since: account.emailChangedAt ?? now } })
    wanted = account.email
  }
})

const told = (
  hand: Pick<Hand, "now" | "record">,
  work: Work,
  { email, id }: Participant,
  { account }: Place,
  what: "addressFollowed" | "addressLeft"
): void => {
  // what an account is called elsewhere is no matter of the others, nor of a tenant's log
  enter(hand, work, system, what, { participantId: id }, "internal")
  hand.record({
    type: what === "addressFollowed" ? "ticket.addressFollowed" : "ticket.addressLeft",
    subject: subjectOf(work.ticket.id),
    data: { participantId: id },
    personal: { from: email, to: account.email }
  })
}

/**
 * Lets the rows of an account in one ticket follow it to its address (REG-09). What they may read and write, and since when the person is known to hold
 * the address, stays (V-30): it is the same account, which has proven this one, too. Every reply address of before is dead (MIN-02).
 *
 * Where the address has a row of its own already, which does not leave it itself, nothing is merged: that row stays as it is, to be claimed by its own rules
 * (TIC-06), and the account's row keeps the former address, to which nothing is sent any more and from which nothing is taken.
 */
const follow = Effect.fnUntraced(function* (hand: Pick<Hand, "now" | "record">, work: Work, place: Place) {
  const { account, since } = place
  const holder = work.participants.find(({ email }) => email === account.email)
  const own = work.participants.filter((one) => one.accountId === account.id && one.id !== holder?.id)
  const first = holder?.accountId === account.id ? undefined : heir(own)
  const steps = first === undefined ? [] : yield* chain(work, first, place, hand.now)
  const moved = steps.length === 0 ? undefined : first
  for (const { participant, place } of steps) {
    const { email } = place.account
    const tokenKeyId = yield* currentKey
    const tokenVersion = participant.tokenVersion + 1
    change(work, { ...participant, email, tokenVersion, tokenKeyId, undeliverableAt: null })
    if (participant.role === "contact") work.ticket = { ...work.ticket, contactEmail: email }
    told(hand, work, participant, place, "addressFollowed")
  }
  const isOld = ({ undeliverableAt }: Participant) => undeliverableAt === null || undeliverableAt < since
  // the account has come back to an address that it had: the link that was sent there has arrived
  if (holder?.accountId === account.id && holder.undeliverableAt !== null && isOld(holder)) {
    change(work, { ...holder, undeliverableAt: null })
  }
  for (const left of own.filter((one) => one.id !== moved?.id && takesPart(one) && isOld(one))) {
    const undeliverableAt = Instant.latest(hand.now, since)
    change(work, { ...left, tokenVersion: left.tokenVersion + 1, undeliverableAt })
    told(hand, work, left, place, "addressLeft")
  }
})

/** A ticket that follows, and its rows as they are stored. */
interface Moving {
  readonly work: Work
  readonly before: ReadonlyArray<Participant>
}

/** Rows whose address another row of their ticket is to have, without it: nobody ever sees them so. */
const vacated = ({ before, work: { participants } }: Moving): ReadonlyArray<Participant> => {
  const next = new Map<ParticipantId, EmailAddress>(participants.map(({ email, id }) => [id, email]))
  return before
    .filter(
      (one) =>
        next.get(one.id) !== one.email && participants.some(({ email, id }) => id !== one.id && email === one.email)
    )
    .map((one) => ({ ...one, email: EmailAddress.make(`${one.id}@moved.invalid`) }))
}

/**
 * Lets the tickets of an account that has changed its address follow, at most 50 in one commit: whose address it was may belong to somebody else by now,
 * who must not go on getting them (R-MA-09). Mails that wait for the former address go to the new one. Called again and again it does
 * nothing more; `next` says where to go on.
 */
export const followAccount = UseCase.command({
  name: "tickets.followAccount",
  summary: "Lets the tickets that an account takes part in follow it to its new address.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({ accountId: AccountId, after: Schema.optionalKey(TicketId) }),
  output: Schema.Struct({
    moved: Schema.Int,
    /** The last ticket that was looked at, where there may be more. */
    next: Schema.NullOr(TicketId)
  }),
  errors: [],
  unit: Effect.fnUntraced(function* (input, unit) {
    const accounts = yield* AccountRepository
    const tickets = yield* TicketRepository
    // locked before any ticket, so that the address stays as it is until the end
    const found = Option.getOrUndefined(yield* accounts.credentialsForUpdate(input.accountId))
    const since = found?.account.emailChangedAt ?? null
    if (found === undefined || since === null) return { moved: 0, next: null }
    const { account } = found
    const ids = yield* tickets.astray(account.id, account.email, input.after ?? null, MOST_AT_ONCE)
    const opened = ids.length === 0 ? [] : yield* tickets.openAllForUpdate(ids)
    const works: Array<Moving> = []
    for (const one of opened) {
      const work = begin(one)
      yield* follow(unit, work, { account, since })
      if (work.saved.size > 0) works.push({ work, before: one.participants })
    }
    // nothing goes out and no clock moves: the rows are written for all of them at once
    if (works.length > 0) {
      const swapped = works.flatMap(vacated)
      // an address is one row's at every moment: those who change theirs with each other leave them first
      if (swapped.length > 0) yield* tickets.saveParticipants(swapped)
      yield* tickets.saveAll(works.map(({ work }) => work.ticket))
      yield* tickets.saveParticipants(
        works.flatMap(({ work }) => work.participants.filter((one) => work.saved.has(one.id)))
      )
      yield* tickets.appendChanges(works.flatMap(({ work }) => work.changes))
    }
    const next = ids.length < MOST_AT_ONCE ? null : (ids.at(-1) ?? null)
    if (next === null && unit.now >= Instant.plus(since, LATECOMERS)) yield* accounts.followed(account.id, since)
    return { moved: works.length, next }
  })
})

/** As `followAccount`, of all tickets of an account, one commit after the other. */
export const followAll = Effect.fnUntraced(function* (accountId: AccountId) {
  let { next } = yield* followAccount({ accountId })
  while (next !== null) next = (yield* followAccount({ accountId, after: next })).next
})

/** Every use case about changed addresses. */
export const useCases = UseCase.registry(followAccount)

import { Effect, Schema } from "effect"
import { callersAccount } from "../accounts/callersAccount.ts"
import { AddressTooNew, settlesAt } from "../accounts/EmailChange.ts"
import * as Instant from "../kernel/Instant.ts"
import { ShortNumber, TicketId } from "../kernel/ids.ts"
import { NotFound } from "../kernel/refusals.ts"
import * as UseCase from "../kernel/UseCase.ts"
import { begin, byParticipant, change, enter, subjectOf, type Work } from "./conversation.ts"
import { noTicket } from "./reading.ts"
import { CLAIMED, ParticipantRole, takesPart } from "./Ticket.ts"
import { TicketRepository } from "./TicketRepository.ts"

/** So many are offered, and claimed, at once; the next ones are offered afterwards. */
const MOST_AT_ONCE = 50

/**
 * The tickets in which the caller's address takes part and that no account reads yet: they were sent in, or the address was added, before the account was
 * there or without it. They are offered, because an address can have had another owner; the caller confirms those that are theirs (TIC-06).
 */
export const claimable = UseCase.query({
  name: "tickets.claimable",
  summary: "Offers the caller the tickets in which their proven address takes part, and that no account reads yet.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({}),
  output: Schema.Struct({
    items: Schema.Array(
      Schema.Struct({
        ticketId: TicketId,
        number: ShortNumber,
        subject: Schema.String,
        role: ParticipantRole,
        createdAt: Instant.Instant
      })
    ),
    /** Whether there are more than are shown. */
    more: Schema.Boolean,
    /** Where the address was gained by a change a short time ago: from when on tickets are offered (REG-09); none before. */
    from: Schema.NullOr(Instant.Instant)
  }),
  errors: [],
  run: Effect.fnUntraced(function* (_, { actor, now, settings }) {
    const tickets = yield* TicketRepository
    const account = yield* callersAccount(actor)
    const from = settlesAt(account, settings, now)
    if (from !== null) return { items: [], more: false, from }
    const found = yield* tickets.claimable(account.email, MOST_AT_ONCE + 1)
    return {
      items: found
        .filter(({ participant }) => takesPart(participant))
        .slice(0, MOST_AT_ONCE)
        .map(({ participant: { role }, ticket: { createdAt, id, number, subject } }) => ({
          ticketId: id,
          number,
          subject,
          role,
          createdAt
        })),
      more: found.length > MOST_AT_ONCE,
      from
    }
  })
})

/**
 * Takes offered tickets into the caller's account: once for each, on record, and only where this very address takes part (TIC-06, R-TI-02). All of them, or
 * none: of one that cannot be claimed nobody learns why. What the caller has claimed already stays as it is.
 */
export const claim = UseCase.command({
  name: "tickets.claim",
  summary: "Takes tickets that the caller's address takes part in into their account.",
  actors: ["Account"],
  requires: "self",
  input: Schema.Struct({
    ticketIds: Schema.Array(TicketId).check(
      Schema.makeFilter((ids) => (ids.length === 0 ? "missing" : ids.length > MOST_AT_ONCE ? "too-many" : undefined))
    )
  }),
  output: Schema.Struct({ claimed: Schema.Int }),
  errors: [NotFound, AddressTooNew],
  limits: (_, { actor, settings }) =>
    Effect.succeed([{ key: `tickets.step:${actor.accountId}`, limit: settings.limits.ticketStepsPerAccount }]),
  unit: Effect.fnUntraced(function* (input, unit) {
    const tickets = yield* TicketRepository
    const account = yield* callersAccount(unit.actor)
    const from = settlesAt(account, unit.settings, unit.now)
    if (from !== null) return yield* new AddressTooNew({ from })
    const ids: ReadonlyArray<TicketId> = [...new Set<TicketId>(input.ticketIds)]
    const found = yield* tickets.openAllForUpdate(ids)
    const works: Array<Work> = []
    for (const id of ids) {
      const opened = found.find(({ ticket }) => ticket.id === id)
      const participant = opened?.participants.find(({ email }) => email === account.email)
      if (opened === undefined || opened.ticket.spam || participant === undefined || !takesPart(participant)) {
        return yield* noTicket
      }
      if (participant.accountId === account.id) continue
      if (participant.accountId !== null) return yield* noTicket
      const work = begin(opened)
      const own = { ...participant, accountId: account.id, provenAt: participant.provenAt ?? unit.now }
      change(work, own)
      // whether somebody has an account is no matter of the others
      enter(unit, work, byParticipant(own), CLAIMED, { participantId: own.id }, "internal")
      unit.record({
        type: "ticket.claimed",
        tenantId: opened.ticket.tenantId ?? undefined,
        subject: subjectOf(id),
        data: { participantId: own.id },
        personal: { email: account.email }
      })
      works.push(work)
    }
    // nothing goes out and no clock moves: the rows are written for all of them at once
    yield* tickets.saveAll(works.map(({ ticket }) => ticket))
    yield* tickets.saveParticipants(
      works.flatMap(({ participants, saved }) => participants.filter((one) => saved.has(one.id)))
    )
    yield* tickets.appendChanges(works.flatMap(({ changes }) => changes))
    return { claimed: works.length }
  })
})

/** Every use case about claims. */
export const useCases = UseCase.registry(claimable, claim)

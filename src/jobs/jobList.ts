import { Effect } from "effect"
import { AccountRepository } from "../accounts/AccountRepository.ts"
import { ChallengeRepository } from "../accounts/ChallengeRepository.ts"
import * as Registrations from "../accounts/Registrations.ts"
import { SessionRepository } from "../accounts/SessionRepository.ts"
import { EventRepository } from "../audit/EventRepository.ts"
import { sequence } from "../audit/Sequencer.ts"
import * as Invitations from "../invitations/Invitations.ts"
import { SelfRegistrationRepository } from "../joining/SelfRegistrationRepository.ts"
import { IdempotencyStore } from "../kernel/Idempotency.ts"
import * as Instant from "../kernel/Instant.ts"
import type { AccountId } from "../kernel/ids.ts"
import { Limits } from "../kernel/Limits.ts"
import { LinkRepository } from "../kernel/Links.ts"
import { Settings } from "../kernel/Settings.ts"
import { runOnce as dispatch } from "../mail/Dispatcher.ts"
import { InboundRepository } from "../mail/inbound/InboundRepository.ts"
import { OutboxRepository } from "../mail/OutboxRepository.ts"
import { fulfilDue } from "../orders/Fulfilment.ts"
import { OrderRepository } from "../orders/OrderRepository.ts"
import { DeputyRepository } from "../requests/DeputyRepository.ts"
import * as Requests from "../requests/Requests.ts"
import { SubscriptionRepository } from "../subscriptions/SubscriptionRepository.ts"
import * as Subscriptions from "../subscriptions/Subscriptions.ts"
import { DomainRepository } from "../tenants/DomainRepository.ts"
import * as Domains from "../tenants/Domains.ts"
import { reviewClocks as reviewClocksOf } from "../tickets/desk/Work.ts"
import { FileRepository } from "../tickets/FileRepository.ts"
import * as Files from "../tickets/Files.ts"
import * as Moves from "../tickets/Moves.ts"
import { TicketRepository } from "../tickets/TicketRepository.ts"
import * as Timers from "../tickets/Timers.ts"
import { inPortions, make } from "./Job.ts"

const PORTION = 500

/** Ended links are kept so long that people who follow an old mail learn why its link does not work any more (R-TK-14). */
const ENDED_LINKS = "30 days"

/** Gives new events their numbers and seals them into the chain (AUD-02). */
export const sequenceEvents = make({
  name: "audit.sequence",
  every: "1 second",
  due: Effect.flatMap(EventRepository, (events) => Effect.map(events.unsealed(1), (rows) => rows.length > 0)),
  run: sequence
})

/**
 * Sends what is due in the outbox; woken by each commit that sends a mail, and safe on several nodes at once. What waits for a moment, such as for the scan of
 * its files, becomes due without a commit: to look is one statement, so that it is often looked.
 */
export const dispatchMails = make({
  name: "mails.dispatch",
  every: "2 seconds",
  wakes: true,
  exclusive: false,
  run: dispatch
})

/** Says of invitations whose time has run out that they are expired. */
export const expireInvitations = make({
  name: "invitations.expire",
  every: "1 minute",
  run: inPortions(PORTION, (limit) => Effect.map(Invitations.expireOverdue({ limit }), ({ expired }) => expired))
})

/** Reminds those who decide of requests that wait (REQ-07). */
export const remindOfRequests = make({
  name: "requests.remind",
  every: "5 minutes",
  run: inPortions(PORTION, (limit) => Effect.map(Requests.remindDue({ limit }), ({ reminded }) => reminded))
})

/** Ends requests whose time has run out, as expired. */
export const expireRequests = make({
  name: "requests.expire",
  every: "1 minute",
  run: inPortions(PORTION, (limit) => Effect.map(Requests.expireOverdue({ limit }), ({ expired }) => expired))
})

/** Deputies whose period is over are kept so long, because a question about their decisions may come up. */
const PAST_DEPUTIES = "90 days"

/** Deletes deputies whose period ended 90 days ago. */
export const purgeDeputies = make({
  name: "deputies.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const deputies = yield* DeputyRepository
    const before = Instant.minus(yield* Instant.now, PAST_DEPUTIES)
    return yield* inPortions(PORTION, (limit) => deputies.purge(before, limit))
  })
})

/** Deletes drafts of orders that nobody has placed. */
export const purgeDrafts = make({
  name: "orderDrafts.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const orders = yield* OrderRepository
    const settings = yield* Settings
    const before = Instant.minus(yield* Instant.now, settings.orders.draftRetention)
    return yield* inPortions(PORTION, (limit) => orders.purgeDrafts(before, limit))
  })
})

/** Deletes links whose time ended 30 days ago. */
export const purgeLinks = make({
  name: "links.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const links = yield* LinkRepository
    const before = Instant.minus(yield* Instant.now, ENDED_LINKS)
    return yield* inPortions(PORTION, (limit) => links.purge(before, limit))
  })
})

/** Deletes what was counted for limits whose window is over. */
export const purgeLimits = make({
  name: "limits.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const limits = yield* Limits
    const now = yield* Instant.now
    return yield* inPortions(PORTION, (limit) => limits.purge(now, limit))
  })
})

/** Deletes answers kept under idempotency keys after `Settings.idempotency.lifetime` (G-04). */
export const purgeAnswers = make({
  name: "idempotency.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const store = yield* IdempotencyStore
    const { idempotency } = yield* Settings
    const before = Instant.minus(yield* Instant.now, idempotency.lifetime)
    return yield* inPortions(PORTION, (limit) => store.purge(before, limit))
  })
})

/** Deletes mails that are settled after `Settings.outbox.retention`; those that wait stay. */
export const purgeMails = make({
  name: "mails.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const mails = yield* OutboxRepository
    const { outbox } = yield* Settings
    const before = Instant.minus(yield* Instant.now, outbox.retention)
    return yield* inPortions(PORTION, (limit) => mails.purge(before, limit))
  })
})

/** Forgets what messages that came in say, when their time is over; what became of them stays. */
export const purgeInbound = make({
  name: "inbound.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const inbound = yield* InboundRepository
    const settings = yield* Settings
    const before = Instant.minus(yield* Instant.now, settings.inbound.retention)
    return yield* inPortions(PORTION, (limit) => inbound.purge(before, limit))
  })
})

/** Deletes sessions that have ended. */
export const purgeSessions = make({
  name: "sessions.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const sessions = yield* SessionRepository
    const now = yield* Instant.now
    return yield* inPortions(PORTION, (limit) => sessions.purge(now, limit))
  })
})

/** Deletes challenges of sign-ins whose time is over. */
export const purgeChallenges = make({
  name: "challenges.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const challenges = yield* ChallengeRepository
    const now = yield* Instant.now
    return yield* inPortions(PORTION, (limit) => challenges.purge(now, limit))
  })
})

/** Deletes registrations that nobody has confirmed in time. */
export const purgeRegistrations = make({
  name: "registrations.purge",
  every: "1 hour",
  run: Effect.repeat(Registrations.purge({}), { while: ({ more }) => more })
})

/** Deletes attempts to join by a customer number whose time to confirm is over. */
export const purgeSelfRegistrations = make({
  name: "selfRegistrations.purge",
  every: "1 hour",
  run: Effect.gen(function* () {
    const attempts = yield* SelfRegistrationRepository
    const { requests } = yield* Settings
    const before = Instant.minus(yield* Instant.now, requests.confirmWithin)
    return yield* inPortions(PORTION, (limit) => attempts.purge(before, limit))
  })
})

/** Does what time does to subscriptions and shared plans: their periods end, and both sides are told before. */
export const reviewSubscriptions = make({
  name: "subscriptions.review",
  every: "1 minute",
  run: inPortions(PORTION, (limit) =>
    Effect.gen(function* () {
      const subscriptions = yield* SubscriptionRepository
      const due = yield* subscriptions.due(yield* Instant.now, limit)
      // one that fails does not keep the others waiting; it stays due
      const done = yield* Effect.forEach(due, (accountId) =>
        Effect.matchCauseEffect(Subscriptions.review({ accountId }), {
          onFailure: (cause) => Effect.as(Effect.logWarning("A subscription could not be reviewed", cause), 0),
          onSuccess: () => Effect.succeed(1)
        })
      )
      return done.reduce((sum, one) => sum + one, 0)
    })
  )
})

// so many are looked up at a time
const ORDERS = 50

/** Has orders provisioned whose time has come; woken by each commit that places one, and shared out among the nodes. */
export const fulfilOrders = make({
  name: "orders.fulfil",
  every: "10 seconds",
  wakes: true,
  exclusive: false,
  run: inPortions(ORDERS, fulfilDue)
})

/** Looks again at the proofs of domains; those that do not hold any more are lost. */
export const reviewDomains = make({
  name: "domains.review",
  every: "5 minutes",
  run: Effect.gen(function* () {
    const domains = yield* DomainRepository
    const due = yield* domains.due(yield* Instant.now, PORTION)
    // one after the other: their name servers are not ours to hurry; what is left over comes with the next run
    for (const { id, tenantId } of due) {
      yield* Effect.catchCause(Domains.review({ tenantId, domainId: id }), (cause) =>
        Effect.logWarning("A domain could not be reviewed", cause)
      )
    }
  })
})

/** Reminds contacts, ends long waiting, and closes what was resolved long enough ago (TIC-09). */
export const reviewTickets = make({
  name: "tickets.review",
  every: "1 minute",
  run: inPortions(PORTION, (limit) =>
    Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const due = yield* tickets.due(yield* Instant.now, limit)
      // one that fails does not keep the others waiting; it stays due
      const done = yield* Effect.forEach(due, ({ ticketId }) =>
        Effect.matchCauseEffect(Timers.review({ ticketId }), {
          onFailure: (cause) => Effect.as(Effect.logWarning("A ticket could not be reviewed", cause), 0),
          onSuccess: () => Effect.succeed(1)
        })
      )
      return done.reduce((sum, one) => sum + one, 0)
    })
  )
})

/** Looks through files that have come in before anybody can fetch them; woken by each upload. */
export const scanFiles = make({
  name: "files.scan",
  every: "15 seconds",
  wakes: true,
  due: Effect.flatMap(FileRepository, (files) =>
    Effect.flatMap(Instant.now, (now) => Effect.map(files.scanDue(now, 1), (rows) => rows.length > 0))
  ),
  run: inPortions(20, (limit) => Files.scanDue({ limit }))
})

/** Deletes files that no message has taken in time, and what is left of uploads that were broken off. */
export const purgeFiles = make({
  name: "files.purge",
  every: "10 minutes",
  run: inPortions(PORTION, (limit) => Files.purge({ limit }))
})

/** Records which promises of tickets are about to be broken, or are. */
export const reviewClocks = make({
  name: "tickets.reviewClocks",
  every: "1 minute",
  run: inPortions(PORTION, (limit) =>
    Effect.gen(function* () {
      const tickets = yield* TicketRepository
      const due = yield* tickets.clocksDue(yield* Instant.now, limit)
      // one that fails does not keep the others waiting; it stays due
      const done = yield* Effect.forEach(due, ({ ticketId }) =>
        Effect.matchCauseEffect(reviewClocksOf({ ticketId }), {
          onFailure: (cause) => Effect.as(Effect.logWarning("The clocks of a ticket could not be reviewed", cause), 0),
          onSuccess: () => Effect.succeed(1)
        })
      )
      return done.reduce((sum, one) => sum + one, 0)
    })
  )
})

/** Lets tickets follow accounts that have changed their address (REG-09). */
export const followAccounts = make({
  name: "tickets.followAccounts",
  every: "10 seconds",
  due: Effect.flatMap(AccountRepository, (accounts) => Effect.map(accounts.moved(null, 1), (ids) => ids.length > 0)),
  run: Effect.gen(function* () {
    const accounts = yield* AccountRepository
    let after: AccountId | null = null
    while (true) {
      const moved: ReadonlyArray<AccountId> = yield* accounts.moved(after, PORTION)
      // one that fails does not keep the others waiting; it stays due
      for (const accountId of moved) {
        yield* Effect.catchCause(Moves.followAll(accountId), (cause) =>
          Effect.logWarning("The tickets of an account could not follow it", cause)
        )
      }
      const last = moved.at(-1)
      if (last === undefined || moved.length < PORTION) return
      after = last
    }
  })
})

/** Everything that happens by time. An application passes the list, or what it needs of it and its own jobs, to `Jobs.layer`. */
export const jobs = [
  sequenceEvents,
  dispatchMails,
  expireInvitations,
  remindOfRequests,
  expireRequests,
  purgeDeputies,
  purgeDrafts,
  purgeLinks,
  purgeLimits,
  purgeAnswers,
  purgeMails,
  purgeInbound,
  purgeSessions,
  purgeChallenges,
  purgeRegistrations,
  purgeSelfRegistrations,
  reviewSubscriptions,
  reviewDomains,
  fulfilOrders,
  reviewTickets,
  scanFiles,
  purgeFiles,
  reviewClocks,
  followAccounts
] as const

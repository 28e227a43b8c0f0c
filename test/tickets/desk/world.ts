import { Effect, Option } from "effect"
import type { Account } from "../../../src/accounts/Account.ts"
import { StaffRepository } from "../../../src/accounts/StaffRepository.ts"
import type * as Actor from "../../../src/kernel/Actor.ts"
import * as Instant from "../../../src/kernel/Instant.ts"
import { nextId, SessionId, type TenantId, type TicketId } from "../../../src/kernel/ids.ts"
import { Merging, Desk as Queue, Work } from "../../../src/tickets/desk/index.ts"
import { Participants, Tickets } from "../../../src/tickets/index.ts"
import { TicketRepository } from "../../../src/tickets/TicketRepository.ts"
import { as, given, signedIn } from "../../support/portal.ts"

/** A customer with an account, signed in. */
export const customer = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`, "a hash")
  return { account, actor: yield* signedIn(account), email: account.email, id: account.id }
})
export type Customer = Effect.Success<ReturnType<typeof customer>>

const staffActor = Effect.fnUntraced(function* (account: Account, ...roles: ReadonlyArray<Actor.StaffRole>) {
  const actor: Actor.Staff = {
    _tag: "Staff",
    accountId: account.id,
    sessionId: yield* nextId(SessionId),
    credentialEpoch: account.credentialEpoch,
    authenticatedAt: yield* Instant.now,
    roles
  }
  return actor
})

/** One of the operator's people, signed in as such. */
export const crew = Effect.fnUntraced(function* (name: string, ...roles: ReadonlyArray<Actor.StaffRole>) {
  const account = yield* given.account(`${name}@portal.example`, "a hash")
  const staff = yield* StaffRepository
  yield* staff.save({ accountId: account.id, roles, since: yield* Instant.now })
  return { id: account.id, account, actor: yield* staffActor(account, ...roles) }
})
export type Crew = Effect.Success<ReturnType<typeof crew>>

const consents = [{ kind: "privacy", version: "1" }]

/** A ticket of a customer. */
export const submitted = Effect.fnUntraced(function* (
  { actor }: Pick<Customer, "actor">,
  over: {
    readonly subject?: string
    readonly description?: string
    readonly customerNumber?: string
    readonly tenantId?: TenantId
  } = {}
) {
  const input = { subject: "No dial tone", description: "Nothing is heard.", consents, ...over }
  return yield* Tickets.submitOwn(input).pipe(as(actor))
})

/** An agent and a supervisor, a customer and a friend, and a ticket of the customer. */
export const world = Effect.gen(function* () {
  const agent = yield* crew("agent", "agent")
  const chief = yield* crew("chief", "supervisor")
  const ada = yield* customer("ada")
  const bob = yield* customer("bob")
  const { number, ticketId } = yield* submitted(ada)
  return { agent, chief, ada, bob, number, ticketId }
})

export const stored = (ticketId: TicketId) =>
  Effect.flatMap(TicketRepository, (tickets) => Effect.map(tickets.find(ticketId), Option.getOrThrow))

/** What a customer reads of a ticket: the texts of messages, oldest first. */
export const textsFor = (who: Pick<Customer, "actor">, ticketId: TicketId) =>
  Tickets.messages({ ticketId, limit: 100 }).pipe(
    as(who.actor),
    Effect.map(({ items }) => items.map(({ text }) => text))
  )

/** The same, and none where the ticket does not exist for them. */
export const readBy = (who: Pick<Customer, "actor">, ticketId: TicketId) =>
  Effect.catch(textsFor(who, ticketId), () => Effect.succeed<ReadonlyArray<string>>([]))

export const textsForStaff = (who: Crew, ticketId: TicketId) =>
  Queue.messages({ ticketId, limit: 100 }).pipe(
    as(who.actor),
    Effect.map(({ items }) => items.map(({ text, visibility }) => `${visibility}: ${text}`))
  )

export const changesFor = (who: Crew, ticketId: TicketId) =>
  Queue.history({ ticketId, limit: 100 }).pipe(
    as(who.actor),
    Effect.map(({ items }) => items.map(({ what }) => what).reverse())
  )

/** Adds somebody to a ticket, who reads from then on. */
export const joined = (by: Pick<Customer, "actor">, ticketId: TicketId, other: Pick<Customer, "email">) =>
  Participants.addParticipants({ ticketId, people: [{ email: other.email }] }).pipe(as(by.actor))

/** Merges with whatever confirmation it takes. */
export const merged = Effect.fnUntraced(function* (
  who: Crew,
  ticketId: TicketId,
  intoId: TicketId,
  history: "own" | "all" = "own"
) {
  const { fingerprint } = yield* Merging.previewMerge({ ticketId, intoId, history }).pipe(as(who.actor))
  return yield* Merging.merge({ ticketId, intoId, history, confirmed: fingerprint }).pipe(as(who.actor))
})

export const reply = (who: Crew, ticketId: TicketId, text: string, to?: "Waiting" | "Open" | "Resolved") =>
  Work.reply({ ticketId, text, ...(to === undefined ? {} : { to }) }).pipe(as(who.actor))

import { Effect, Option } from "effect"
import { TestClock } from "effect/testing"
import { EventRepository } from "../../src/audit/EventRepository.ts"
import { reviewTickets } from "../../src/jobs/jobList.ts"
import type { EventRow } from "../../src/kernel/EventLog.ts"
import * as Instant from "../../src/kernel/Instant.ts"
import type { AccountId, TicketId } from "../../src/kernel/ids.ts"
import { MailId, nextId } from "../../src/kernel/ids.ts"
import type { NewMail } from "../../src/kernel/Outbox.ts"
import { type MailRow, Outbox } from "../../src/kernel/Outbox.ts"
import { Settings } from "../../src/kernel/Settings.ts"
import { UnitOfWork } from "../../src/kernel/UnitOfWork.ts"
import { answerAs, begin, type Hand, keep, step, writeAsStaff } from "../../src/tickets/conversation.ts"
import { Tickets } from "../../src/tickets/index.ts"
import type { Ticket, TicketState, Visibility } from "../../src/tickets/Ticket.ts"
import { TicketRepository } from "../../src/tickets/TicketRepository.ts"
import { anonymously, as, given, mailsTo, signedIn } from "../support/portal.ts"

export const person = Effect.fnUntraced(function* (name: string) {
  const account = yield* given.account(`${name}@example.com`, "a hash")
  return { account, actor: yield* signedIn(account) }
})
export type Person = Effect.Success<ReturnType<typeof person>>

export const consents = [{ kind: "privacy", version: "1" }]
export const wording = { subject: "The printer is silent", description: "It does not print any more.", consents }

/** A ticket by somebody who is not signed in. */
export const submitted = (email: string, over: Partial<Parameters<typeof Tickets.submit>[0]> = {}) =>
  Tickets.submit({ email, fullName: "Grace Hopper", companyName: "Navy", locale: "en", ...wording, ...over }).pipe(
    anonymously
  )

/** A ticket of the person's own. */
export const own = ({ actor }: Person, over: Partial<Parameters<typeof Tickets.submitOwn>[0]> = {}) =>
  Tickets.submitOwn({ ...wording, ...over }).pipe(as(actor))

export const stored = Effect.fnUntraced(function* (ticketId: TicketId) {
  const tickets = yield* TicketRepository
  return Option.getOrThrow(yield* tickets.open(ticketId))
})

export const byNumber = Effect.fnUntraced(function* (number: string) {
  const tickets = yield* TicketRepository
  // the number that a use case has answered
  return Option.getOrThrow(yield* tickets.findByNumber(number as never))
})

/** Runs what other rooms do in their units, and keeps the mails that it sends. */
export const inUnit = <A, E, R>(work: (hand: Hand) => Effect.Effect<A, E, R>) =>
  Effect.gen(function* () {
    const uow = yield* UnitOfWork
    const outbox = yield* Outbox
    const settings = yield* Settings
    const now = yield* Instant.now
    return yield* uow.run(
      Effect.gen(function* () {
        const mails: Array<NewMail> = []
        const answer = yield* work({ now, settings, record: () => {}, send: (mail) => void mails.push(mail) })
        const rows: Array<MailRow> = []
        for (const mail of mails) {
          rows.push({
            id: yield* nextId(MailId),
            kind: mail.kind,
            recipient: mail.recipient,
            locale: mail.locale,
            values: mail.values,
            sealedSecret: null,
            tenantId: mail.tenantId ?? null,
            accountId: mail.accountId ?? null,
            process: mail.process,
            createdAt: now
          })
        }
        yield* outbox.append(rows)
        return answer
      })
    )
  })

const locked = (ticketId: TicketId) =>
  Effect.flatMap(TicketRepository, (tickets) => Effect.map(tickets.openForUpdate(ticketId), Option.getOrThrow))

const agent = { accountId: "01900000-0000-7000-8000-0000000000aa" as AccountId, name: "Agent Smith" }

/** What staff write, as their desk does it. */
export const staffWrites = (
  ticketId: TicketId,
  text: string,
  over: { readonly visibility?: Visibility; readonly to?: TicketState } = {}
) =>
  inUnit((hand) =>
    Effect.flatMap(locked(ticketId), (opened) =>
      writeAsStaff(hand, { opened, by: "agent", agent, visibility: over.visibility ?? "public", to: over.to, text })
    )
  )

/** An answer by mail whose sender and reply address were checked. */
export const byMail = (ticketId: TicketId, email: string, text: string) =>
  inUnit((hand) =>
    Effect.flatMap(locked(ticketId), (opened) =>
      answerAs(hand, {
        opened,
        participant: Option.getOrThrow(Option.fromUndefinedOr(opened.participants.find((one) => one.email === email))),
        channel: "mail",
        text
      })
    )
  )

export const marked = (ticketId: TicketId, over: Partial<Pick<Ticket, "spam" | "mergedInto" | "state" | "tenantId">>) =>
  inUnit((hand) =>
    Effect.flatMap(locked(ticketId), (opened) => {
      const work = begin(opened)
      work.ticket = { ...work.ticket, ...over }
      return keep(hand, work)
    })
  )

export const resolvedByStaff = (ticketId: TicketId) =>
  inUnit((hand) =>
    Effect.flatMap(locked(ticketId), (opened) => {
      const work = begin(opened)
      const author = { kind: "agent" as const, participantId: null, ...agent }
      step(hand, work, author, { event: "resolve", by: "agent", channel: "staff" })
      return keep(hand, work, author)
    })
  )

/** Lets time pass, and does what is due by then. */
export const pass = (duration: Parameters<typeof TestClock.adjust>[0]) =>
  Effect.andThen(TestClock.adjust(duration), reviewTickets.run)

/** Resolved, and closed by time. */
export const closed = (ticketId: TicketId) => Effect.andThen(resolvedByStaff(ticketId), pass("7 days"))

export const get = (person: Person, ticketId: TicketId) => Tickets.get({ ticketId }).pipe(as(person.actor))

export const textsFor = (person: Person, ticketId: TicketId) =>
  Effect.map(Tickets.messages({ ticketId, limit: 100 }).pipe(as(person.actor)), ({ items }) =>
    items.map(({ text }) => text)
  )

export const historyFor = (person: Person, ticketId: TicketId) =>
  Effect.map(Tickets.history({ ticketId, limit: 100 }).pipe(as(person.actor)), ({ items }) =>
    items.map(({ what }) => what)
  )

export const numbersFor = (person: Person, search?: string) =>
  Effect.map(
    Tickets.mine({ limit: 100, ...(search === undefined ? {} : { search }) }).pipe(as(person.actor)),
    ({ items }) => items.map(({ number }) => number)
  )

export const answer = ({ actor }: Person, ticketId: TicketId, text: string) =>
  Tickets.answer({ ticketId, text }).pipe(as(actor))

export const kindsTo = (address: string) => Effect.map(mailsTo(address), (mails) => mails.map(({ kind }) => kind))

/** Everything that stands in the mails to an address. */
export const wordsTo = (address: string) => Effect.map(mailsTo(address), (mails) => JSON.stringify(mails))

export const eventsAbout = Effect.fnUntraced(function* (ticketId: TicketId) {
  const events = yield* EventRepository
  const all = yield* events.unsealed(1000)
  return all.filter((event: Pick<EventRow, "subjectId">) => event.subjectId === ticketId)
})

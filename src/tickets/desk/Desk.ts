import { Effect, Option, Schema } from "effect"
import type * as Actor from "../../kernel/Actor.ts"
import { domainOf } from "../../kernel/EmailAddress.ts"
import type * as Instant from "../../kernel/Instant.ts"
import { MessageId, TicketId } from "../../kernel/ids.ts"
import * as Page from "../../kernel/Page.ts"
import { NotFound } from "../../kernel/refusals.ts"
import * as UseCase from "../../kernel/UseCase.ts"
import { covers, isProven } from "../../tenants/Domain.ts"
import { DomainRepository } from "../../tenants/DomainRepository.ts"
import { MembershipRepository } from "../../tenants/MembershipRepository.ts"
import { staffMay, staffSearchLimits } from "../../tenants/staffRights.ts"
import type { Tenant } from "../../tenants/Tenant.ts"
import { TenantRepository } from "../../tenants/TenantRepository.ts"
import { ConversationOrder } from "../conversation.ts"
import * as Files from "../Files.ts"
import { type Participant, Seq, type Ticket } from "../Ticket.ts"
import { TicketRepository } from "../TicketRepository.ts"
import { termsOf } from "../TicketSearch.ts"
import { QueueChoice } from "./DeskItem.ts"
import { TicketFields } from "./TicketFields.ts"
import {
  changeOf,
  lineOf,
  messageOf,
  namesOf,
  participantOf,
  possibleFor,
  type RelatedView,
  StaffChange,
  StaffMessage,
  type TenantSuggestion,
  TicketDetail,
  TicketLine
} from "./views.ts"

/** As what somebody of staff acts in the table of states. */
export const actsAs = (actor: Pick<Actor.Staff, "roles">): "agent" | "supervisor" =>
  actor.roles.some((role) => role !== "agent") ? "supervisor" : "agent"

const QueueKey = Schema.Tuple([Schema.Int, TicketId])

/**
 * What staff have to do, what happened last first, in a search the newest ticket first: all tickets, of whatever tenant, by what they choose (TIC-10).
 */
export const queue = UseCase.query({
  name: "desk.queue",
  summary: "Lists tickets for staff, by state, assignee, tenant, priority, category, tag and words.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ...QueueChoice.fields, ...Page.fields }),
  output: Page.Page(TicketLine),
  errors: [],
  limits: (input, call) => (input.search === undefined ? Effect.succeed([]) : staffSearchLimits(input, call)),
  run: Effect.fnUntraced(function* (input, { actor, now, settings }) {
    yield* Effect.fromResult(staffMay("desk.queue", actor))
    const window = yield* Page.window(QueueKey, input)
    const tickets = yield* TicketRepository
    const search = input.search === undefined ? undefined : termsOf(input.search)
    // signs without a letter among them find nothing
    if (search === null) return { items: [], next: null }
    const rows = yield* tickets.queue(
      {
        states: Option.fromUndefinedOr(input.states),
        search: Option.fromUndefinedOr(search),
        assignee: Option.map(Option.fromUndefinedOr(input.assignee), (who) => (who === "me" ? actor.accountId : who)),
        tenantId: Option.fromUndefinedOr(input.tenantId),
        priorities: Option.fromUndefinedOr(input.priorities),
        category: Option.fromUndefinedOr(input.category),
        tag: Option.fromUndefinedOr(input.tag),
        spam: input.spam ?? false
      },
      window
    )
    const names = yield* namesOf(rows.map(({ ticket }) => ticket.assigneeId))
    return Page.make(
      rows,
      window,
      ({ ticket }) => [ticket.staffActivityAt, ticket.id] as const,
      ({ tenantName, ticket }) => lineOf(settings, ticket, tenantName, names, now)
    )
  })
})

/** Where the requester could belong: what was typed, whose domain the address is of, and where the account is a member (TIC-08). */
const suggestionsFor = Effect.fnUntraced(function* (
  ticket: Ticket,
  contact: Participant | undefined,
  now: Instant.Instant
) {
  const tenants = yield* TenantRepository
  const domains = yield* DomainRepository
  const memberships = yield* MembershipRepository
  const found = new Map<string, typeof TenantSuggestion.Type>()
  const suggest = (tenant: Tenant | undefined, because: (typeof TenantSuggestion.Type)["because"]) => {
    if (tenant === undefined || tenant.state === "closed" || tenant.id === ticket.tenantId || found.has(tenant.id))
      return
    found.set(tenant.id, {
      tenantId: tenant.id,
      name: tenant.name,
      customerNumber: tenant.customerNumber,
      because
    })
  }
  if (contact !== undefined && contact.accountId !== null) {
    for (const { tenant } of yield* memberships.ofAccount(contact.accountId)) suggest(tenant, "membership")
  }
  const domain = Option.getOrUndefined(yield* domains.findProven(domainOf(ticket.contactEmail)))
  if (domain !== undefined && isProven(domain, now) && covers(domain, ticket.contactEmail)) {
    suggest(Option.getOrUndefined(yield* tenants.find(domain.tenantId)), "mailDomain")
  }
  if (ticket.customerNumber !== null) {
    suggest(Option.getOrUndefined(yield* tenants.findByCustomerNumber(ticket.customerNumber)), "customerNumber")
  }
  return [...found.values()].slice(0, 20)
})

const relationOf = (ticket: Ticket, other: Ticket): (typeof RelatedView.Type)["relation"] | undefined => {
  if (other.id === ticket.parentId) return "parent"
  if (other.id === ticket.mergedInto) return "mergedInto"
  if (other.id === ticket.followUpOf) return "followUpOf"
  if (other.mergedInto === ticket.id) return "merged"
  if (other.parentId === ticket.id) return "child"
  return other.followUpOf === ticket.id ? "followUp" : undefined
}

/** All that staff know of a ticket; its messages and history are lists of their own. */
export const open = UseCase.query({
  name: "desk.open",
  summary: "Shows a ticket with its participants, its clocks, and what could be done with it, to staff.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ticketId: TicketId }),
  output: TicketDetail,
  errors: [NotFound],
  run: Effect.fnUntraced(function* ({ ticketId }, { actor, now, settings }) {
    yield* Effect.fromResult(staffMay("desk.open", actor))
    const tickets = yield* TicketRepository
    const tenants = yield* TenantRepository
    const opened = Option.getOrUndefined(yield* tickets.open(ticketId))
    if (opened === undefined) return yield* new NotFound({ kind: "ticket" })
    const { participants, ticket } = opened
    const tenant = ticket.tenantId === null ? Option.none() : yield* tenants.find(ticket.tenantId)
    const names = yield* namesOf([ticket.assigneeId])
    const others = [...(yield* tickets.related(ticketId))]
    for (const id of [ticket.parentId, ticket.mergedInto, ticket.followUpOf]) {
      if (id !== null && !others.some((other) => other.id === id)) {
        others.push(...Option.toArray(yield* tickets.find(id)))
      }
    }
    const contact = participants.find(({ role }) => role === "contact")
    return {
      ...lineOf(settings, ticket, Option.getOrNull(Option.map(tenant, ({ name }) => name)), names, now),
      companyName: ticket.companyName,
      customerNumber: ticket.customerNumber,
      fields: ticket.fields,
      locale: ticket.locale,
      channel: ticket.channel,
      stateSince: ticket.stateSince,
      messages: ticket.lastMessage,
      participants: participants.map(participantOf),
      related: others.flatMap((other) => {
        const relation = relationOf(ticket, other)
        const { id, number, state, subject } = other
        return relation === undefined ? [] : [{ id, number, subject, state, relation }]
      }),
      suggestions: yield* suggestionsFor(ticket, contact, now),
      satisfaction: ticket.satisfaction,
      possible: possibleFor(actsAs(actor), ticket)
    }
  })
})

/** Every message of a ticket, those that only staff read, too, and those of tickets that were merged into it; in the order of time, or from the newest on. */
export const messages = UseCase.query({
  name: "desk.messages",
  summary: "Lists the messages of a ticket for staff, with internal notes and those of merged tickets.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ticketId: TicketId, ...ConversationOrder, ...Page.fields }),
  output: Page.Page(StaffMessage),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor, settings }) {
    yield* Effect.fromResult(staffMay("desk.messages", actor))
    const window = yield* Page.window(Schema.Tuple([Schema.Int, MessageId]), input)
    const tickets = yield* TicketRepository
    const ticket = Option.getOrUndefined(yield* tickets.find(input.ticketId))
    if (ticket === undefined) return yield* new NotFound({ kind: "ticket" })
    const merged = (yield* tickets.related(ticket.id)).filter(({ mergedInto }) => mergedInto === ticket.id)
    const rows = yield* tickets.messagesOf(
      [ticket, ...merged].map(({ id }) => ({ ticketId: id, filter: { publicAfter: null } })),
      window,
      input.newestFirst
    )
    const files = yield* Files.ofMessages(rows.filter((message) => message.files > 0).map(({ id }) => id))
    return Page.make(
      rows,
      window,
      ({ createdAt, id }) => [createdAt, id] as const,
      (message) =>
        messageOf(
          message,
          (files.get(message.id) ?? []).map((file) => Files.staffViewOf(file, settings))
        )
    )
  })
})

/** Who did what, and when; newest first, with what only staff may know (TIC-16). */
export const history = UseCase.query({
  name: "desk.history",
  summary: "Lists what was done with a ticket, for staff.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({ ticketId: TicketId, ...Page.fields }),
  output: Page.Page(StaffChange),
  errors: [NotFound],
  run: Effect.fnUntraced(function* (input, { actor }) {
    yield* Effect.fromResult(staffMay("desk.history", actor))
    const window = yield* Page.window(Seq, input)
    const tickets = yield* TicketRepository
    if (Option.isNone(yield* tickets.find(input.ticketId))) return yield* new NotFound({ kind: "ticket" })
    const rows = yield* tickets.changes(input.ticketId, null, window)
    return Page.make(rows, window, ({ seq }) => seq, changeOf)
  })
})

/** The fields that the application adds to tickets, for the pages of staff (TIC-10). */
export const fields = UseCase.query({
  name: "desk.fields",
  summary: "Lists the fields of tickets that the application has added for staff.",
  actors: ["Staff"],
  requires: "staff",
  input: Schema.Struct({}),
  output: Schema.Array(
    Schema.Struct({
      name: Schema.String,
      label: Schema.Struct({ de: Schema.String, en: Schema.String }),
      input: Schema.Literals(["line", "number", "flag", "choice"]),
      choices: Schema.Array(
        Schema.Struct({ value: Schema.String, label: Schema.Struct({ de: Schema.String, en: Schema.String }) })
      )
    })
  ),
  errors: [],
  run: Effect.fnUntraced(function* (_, { actor }) {
    yield* Effect.fromResult(staffMay("desk.fields", actor))
    const defined = yield* TicketFields
    return defined.map(({ choices, input, label, name }) => ({ name, label, input, choices: choices ?? [] }))
  })
})

export const useCases = UseCase.registry(queue, open, messages, history, fields)

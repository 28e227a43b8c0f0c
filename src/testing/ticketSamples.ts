import { Schema } from "effect"
import { MessageId, ParticipantId, ShortNumber, TicketId } from "../kernel/ids.ts"
import type { Change, Message, Participant, Ticket, TicketState } from "../tickets/Ticket.ts"
import { accountId, address, at } from "./tenantSamples.ts"

const uuid = (group: string, ticket: number, number: number): string =>
  `01890000-0000-7${group}-8${ticket.toString(16).padStart(3, "0")}-${number.toString(16).padStart(12, "0")}`

/** Ids sort by their number. */
export const ticketId = (number: number): TicketId => Schema.decodeSync(TicketId)(uuid("b00", 0, number))
export const participantId = (ticket: number, seq: number): ParticipantId =>
  Schema.decodeSync(ParticipantId)(uuid("b01", ticket, seq))
export const messageId = (ticket: number, seq: number): MessageId =>
  Schema.decodeSync(MessageId)(uuid("b02", ticket, seq))

/** A new ticket of person 1, of no tenant, written as many milliseconds after the start as its number says. */
export const ticket = (number: number, over: Partial<Ticket> = {}): Ticket => ({
  id: ticketId(number),
  number: Schema.decodeSync(ShortNumber)(String(number).padStart(8, "0")),
  version: 0,
  tenantId: null,
  contactEmail: address("person1@example.com"),
  contactName: "Person Number1",
  companyName: "Muster GmbH",
  customerNumber: null,
  subject: "Störung",
  category: null,
  priority: "normal",
  wishedPriority: null,
  tags: [],
  fields: {},
  locale: "de",
  channel: "portal",
  state: "New",
  stateSince: at(number),
  assigneeId: null,
  spam: false,
  mergedInto: null,
  parentId: null,
  followUpOf: null,
  createdAt: at(number),
  activityAt: at(number),
  staffActivityAt: at(number),
  lastMessage: 1,
  lastChange: 0,
  dueAt: null,
  remindedAt: null,
  clocks: {},
  clockDueAt: null,
  satisfaction: null,
  ...over
})

/** A ticket with something in every field. */
export const fullTicket = (number: number, state: TicketState, over: Partial<Ticket> = {}): Ticket =>
  ticket(number, {
    customerNumber: "KD-1001",
    category: "line",
    priority: "urgent",
    wishedPriority: "high",
    tags: ["fibre", 'with "quotes"'],
    fields: { port: 7, text: "Größe", list: [1, null, { deep: true }] },
    channel: "mail",
    state,
    assigneeId: accountId(9),
    lastChange: 3,
    dueAt: at(900),
    remindedAt: at(800),
    clocks: {
      firstAnswer: {
        target: 3_600_000,
        used: 10,
        runningSince: at(1),
        warnsAt: at(700),
        breachesAt: at(750),
        warnedAt: null,
        breachedAt: null,
        doneAt: null
      }
    },
    clockDueAt: at(700),
    satisfaction: { askedAt: at(600), answeredAt: at(650), rating: 4, comment: "Gut." },
    ...over
  })

/** The contact of a ticket, who has no account. */
export const contact = (number: number, over: Partial<Participant> = {}): Participant => ({
  ticketId: ticketId(number),
  id: participantId(number, 1),
  seq: 1,
  role: "contact",
  email: address("person1@example.com"),
  name: "Person Number1",
  accountId: null,
  provenAt: null,
  writes: true,
  readsAfter: 0,
  addedAt: at(number),
  removedAt: null,
  tokenVersion: 0,
  tokenKeyId: "k",
  undeliverableAt: null,
  ...over
})

/** The further participant of this number, from 2 on; person 2 for 2. */
export const participant = (number: number, seq: number, over: Partial<Participant> = {}): Participant =>
  contact(number, {
    id: participantId(number, seq),
    seq,
    role: "participant",
    email: address(`person${seq}@example.com`),
    name: `Person Number${seq}`,
    ...over
  })

/** A public message of the contact, written as many milliseconds after the start as its number says. */
export const message = (number: number, seq: number, over: Partial<Message> = {}): Message => ({
  ticketId: ticketId(number),
  seq,
  id: messageId(number, seq),
  visibility: "public",
  author: "contact",
  accountId: null,
  participantId: participantId(number, 1),
  authorName: "Person Number1",
  channel: "portal",
  text: `Nachricht ${seq}`,
  html: null,
  folded: null,
  mailMessageId: null,
  files: 0,
  createdAt: at(seq),
  ...over
})

/** A public line of the history. */
export const change = (number: number, seq: number, over: Partial<Change> = {}): Change => ({
  ticketId: ticketId(number),
  seq,
  visibility: "public",
  what: "state",
  data: { from: "New", to: "Open" },
  by: "agent",
  accountId: accountId(9),
  byName: "Agent",
  at: at(seq),
  ...over
})

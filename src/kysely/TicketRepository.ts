import { Effect, Layer, Option, Schema } from "effect"
import { type SqlBool, sql } from "kysely"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { AccountId, MessageId, ParticipantId, ShortNumber, TenantId, TicketId } from "../kernel/ids.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { folded } from "../kernel/Text.ts"
import { Clocks } from "../tickets/ServiceLevel.ts"
import {
  AuthorKind,
  Change,
  Channel,
  CLAIMED,
  type Message,
  type Participant,
  ParticipantRole,
  Priority,
  Satisfaction,
  Ticket,
  TicketState,
  unresolved,
  Visibility
} from "../tickets/Ticket.ts"
import { type Listed, type Opened, placeOf, TicketRepository } from "../tickets/TicketRepository.ts"
import { Database } from "./Database.ts"
import {
  forUpdate,
  fromBoolean,
  instant,
  instantOrNull,
  isOneOf,
  type RowList,
  rowList,
  rowsOf,
  type TextList,
  textList,
  toBoolean
} from "./dialect.ts"
import { queries } from "./query.ts"
import { json, reading, word } from "./stored.ts"
import type {
  Tables,
  TicketChangeTable,
  TicketMessageTable,
  TicketParticipantTable,
  TicketTable,
  TicketWordTable
} from "./tables.ts"
import { ticketLists } from "./ticketLists.ts"

// ---- rows ------------------------------------------------------------------------------------------------------------------------------

const TICKET = [
  "id",
  "number",
  "version",
  "tenant_id",
  "contact_email",
  "contact_name",
  "company_name",
  "customer_number",
  "subject",
  "category",
  "priority",
  "wished_priority",
  "tags",
  "fields",
  "locale",
  "channel",
  "state",
  "state_since",
  "assignee_id",
  "spam",
  "merged_into",
  "parent_id",
  "follow_up_of",
  "created_at",
  "activity_at",
  "staff_activity_at",
  "last_message",
  "last_change",
  "due_at",
  "reminded_at",
  "clocks",
  "clock_due_at",
  "satisfaction"
] as const satisfies ReadonlyArray<keyof TicketTable>
type TicketRow = Pick<TicketTable, (typeof TICKET)[number]>

const PARTICIPANT = [
  "ticket_id",
  "id",
  "seq",
  "role",
  "email",
  "name",
  "account_id",
  "proven_at",
  "writes",
  "reads_after",
  "added_at",
  "removed_at",
  "token_version",
  "token_key_id",
  "undeliverable_at"
] as const satisfies ReadonlyArray<keyof TicketParticipantTable>
type ParticipantRow = Pick<TicketParticipantTable, (typeof PARTICIPANT)[number]>

const MESSAGE = [
  "ticket_id",
  "seq",
  "id",
  "visibility",
  "author",
  "account_id",
  "participant_id",
  "author_name",
  "channel",
  "text",
  "html",
  "folded",
  "mail_message_id",
  "files",
  "created_at"
] as const satisfies ReadonlyArray<keyof TicketMessageTable>
const MESSAGES = MESSAGE.map((name) => `ticket_message.${name}` as const)

const CHANGE = [
  "ticket_id",
  "seq",
  "visibility",
  "what",
  "data",
  "by_kind",
  "account_id",
  "by_name",
  "at"
] as const satisfies ReadonlyArray<keyof TicketChangeTable>

const TICKETS = TICKET.map((name) => `ticket.${name}` as const)
// both in one row, each by a name of its own
const TICKET_OF_BOTH = TICKET.map((name) => `ticket.${name} as t_${name}` as const)
const PARTICIPANT_OF_BOTH = PARTICIPANT.map((name) => `ticket_participant.${name} as p_${name}` as const)
type Both = { readonly [Name in keyof TicketRow as `t_${Name}`]: TicketRow[Name] } & {
  readonly [Name in keyof ParticipantRow as `p_${Name}`]: ParticipantRow[Name] | null
}

const stateOf = word(TicketState.literals)
const priorityOf = word(Priority.literals)
const channelOf = word(Channel.literals)
const roleOf = word(ParticipantRole.literals)
const visibilityOf = word(Visibility.literals)
const authorOf = word(AuthorKind.literals)
const tagsOf = json<ReadonlyArray<string>>(Ticket.fields.tags)
const fieldsOf = json<Ticket["fields"]>(Ticket.fields.fields)
const clocksOf = json<Clocks>(Schema.toType(Clocks))
const satisfactionOf = json<Satisfaction>(Schema.toType(Satisfaction))
const dataOf = json<Change["data"]>(Change.fields.data)

/** Ids, numbers and addresses are what `insert` and `save` have written, which is why their brands hold. */
const toTicket = (row: TicketRow): Ticket => ({
  id: row.id as TicketId,
  number: row.number as ShortNumber,
  version: row.version,
  tenantId: row.tenant_id as TenantId | null,
  contactEmail: row.contact_email as EmailAddress,
  contactName: row.contact_name,
  companyName: row.company_name,
  customerNumber: row.customer_number,
  subject: row.subject,
  category: row.category,
  priority: priorityOf(row.priority),
  wishedPriority: row.wished_priority === null ? null : priorityOf(row.wished_priority),
  tags: tagsOf(row.tags),
  fields: fieldsOf(row.fields),
  locale: row.locale,
  channel: channelOf(row.channel),
  state: stateOf(row.state),
  stateSince: instant(row.state_since),
  assigneeId: row.assignee_id as AccountId | null,
  spam: toBoolean(row.spam),
  mergedInto: row.merged_into as TicketId | null,
  parentId: row.parent_id as TicketId | null,
  followUpOf: row.follow_up_of as TicketId | null,
  createdAt: instant(row.created_at),
  activityAt: instant(row.activity_at),
  staffActivityAt: instant(row.staff_activity_at),
  lastMessage: row.last_message,
  lastChange: row.last_change,
  dueAt: instantOrNull(row.due_at),
  remindedAt: instantOrNull(row.reminded_at),
  clocks: clocksOf(row.clocks),
  clockDueAt: instantOrNull(row.clock_due_at),
  satisfaction: row.satisfaction === null ? null : satisfactionOf(row.satisfaction)
})

const toRow = (ticket: Ticket): TicketTable => ({
  id: ticket.id,
  number: ticket.number,
  version: ticket.version,
  tenant_id: ticket.tenantId,
  contact_email: ticket.contactEmail,
  contact_name: ticket.contactName,
  contact_folded: folded(ticket.contactName),
  company_name: ticket.companyName,
  customer_number: ticket.customerNumber,
  subject: ticket.subject,
  category: ticket.category,
  priority: ticket.priority,
  wished_priority: ticket.wishedPriority,
  tags: JSON.stringify(ticket.tags),
  fields: JSON.stringify(ticket.fields),
  locale: ticket.locale,
  channel: ticket.channel,
  state: ticket.state,
  state_since: ticket.stateSince,
  assignee_id: ticket.assigneeId,
  place: placeOf(ticket),
  spam: fromBoolean(ticket.spam),
  merged_into: ticket.mergedInto,
  parent_id: ticket.parentId,
  follow_up_of: ticket.followUpOf,
  created_at: ticket.createdAt,
  activity_at: ticket.activityAt,
  staff_activity_at: ticket.staffActivityAt,
  last_message: ticket.lastMessage,
  last_change: ticket.lastChange,
  due_at: ticket.dueAt,
  reminded_at: ticket.remindedAt,
  clocks: JSON.stringify(ticket.clocks),
  clock_due_at: ticket.clockDueAt,
  satisfaction: ticket.satisfaction === null ? null : JSON.stringify(ticket.satisfaction)
})

/** What a save writes, and by which row: never the number. */
type SavedRow = Omit<TicketTable, "number">
const SAVED_TYPES = {
  id: "text",
  version: "bigint",
  tenant_id: "text",
  contact_email: "text",
  contact_name: "text",
  contact_folded: "text",
  company_name: "text",
  customer_number: "text",
  subject: "text",
  category: "text",
  priority: "text",
  wished_priority: "text",
  tags: "text",
  fields: "text",
  locale: "text",
  channel: "text",
  state: "text",
  state_since: "bigint",
  assignee_id: "text",
  place: "text",
  spam: "bigint",
  merged_into: "text",
  parent_id: "text",
  follow_up_of: "text",
  created_at: "bigint",
  activity_at: "bigint",
  staff_activity_at: "bigint",
  last_message: "bigint",
  last_change: "bigint",
  due_at: "bigint",
  reminded_at: "bigint",
  clocks: "text",
  clock_due_at: "bigint",
  satisfaction: "text"
} as const satisfies Record<keyof SavedRow, "text" | "bigint">

/** As above. */
const toParticipant = (row: ParticipantRow): Participant => ({
  ticketId: row.ticket_id as TicketId,
  id: row.id as ParticipantId,
  seq: row.seq,
  role: roleOf(row.role),
  email: row.email as EmailAddress,
  name: row.name,
  accountId: row.account_id as AccountId | null,
  provenAt: instantOrNull(row.proven_at),
  writes: toBoolean(row.writes),
  readsAfter: row.reads_after,
  addedAt: instant(row.added_at),
  removedAt: instantOrNull(row.removed_at),
  tokenVersion: row.token_version,
  tokenKeyId: row.token_key_id,
  undeliverableAt: instantOrNull(row.undeliverable_at)
})

const toParticipantRow = (participant: Participant): ParticipantRow => ({
  ticket_id: participant.ticketId,
  id: participant.id,
  seq: participant.seq,
  role: participant.role,
  email: participant.email,
  name: participant.name,
  account_id: participant.accountId,
  proven_at: participant.provenAt,
  writes: fromBoolean(participant.writes),
  reads_after: participant.readsAfter,
  added_at: participant.addedAt,
  removed_at: participant.removedAt,
  token_version: participant.tokenVersion,
  token_key_id: participant.tokenKeyId,
  undeliverable_at: participant.undeliverableAt
})
const participantList = (participants: ReadonlyArray<Participant>): RowList =>
  rowList(participants.map((participant) => ({ ...toParticipantRow(participant) })))
const PARTICIPANT_TYPES = {
  ticket_id: "text",
  id: "text",
  seq: "bigint",
  role: "text",
  email: "text",
  name: "text",
  account_id: "text",
  proven_at: "bigint",
  writes: "bigint",
  reads_after: "bigint",
  added_at: "bigint",
  removed_at: "bigint",
  token_version: "bigint",
  token_key_id: "text",
  undeliverable_at: "bigint"
} as const satisfies Record<keyof ParticipantRow, "text" | "bigint">

/** As above. */
const toMessage = (row: TicketMessageTable): Message => ({
  ticketId: row.ticket_id as TicketId,
  seq: row.seq,
  id: row.id as MessageId,
  visibility: visibilityOf(row.visibility),
  author: authorOf(row.author),
  accountId: row.account_id as AccountId | null,
  participantId: row.participant_id as ParticipantId | null,
  authorName: row.author_name,
  channel: channelOf(row.channel),
  text: row.text,
  html: row.html,
  folded: row.folded,
  mailMessageId: row.mail_message_id,
  files: row.files,
  createdAt: instant(row.created_at)
})

const toMessageRow = (message: Message): TicketMessageTable => ({
  ticket_id: message.ticketId,
  seq: message.seq,
  id: message.id,
  visibility: message.visibility,
  author: message.author,
  account_id: message.accountId,
  participant_id: message.participantId,
  author_name: message.authorName,
  channel: message.channel,
  text: message.text,
  html: message.html,
  folded: message.folded,
  mail_message_id: message.mailMessageId,
  files: message.files,
  created_at: message.createdAt
})

/** As above. */
const toChange = (row: TicketChangeTable): Change => ({
  ticketId: row.ticket_id as TicketId,
  seq: row.seq,
  visibility: visibilityOf(row.visibility),
  what: row.what,
  data: dataOf(row.data),
  by: authorOf(row.by_kind),
  accountId: row.account_id as AccountId | null,
  byName: row.by_name,
  at: instant(row.at)
})

const toChangeRow = (change: Change): TicketChangeTable => ({
  ticket_id: change.ticketId,
  seq: change.seq,
  visibility: change.visibility,
  what: change.what,
  data: JSON.stringify(change.data),
  by_kind: change.by,
  account_id: change.accountId,
  by_name: change.byName,
  at: change.at
})

const tickets = (rows: ReadonlyArray<TicketRow>): ReadonlyArray<Ticket> => rows.map(toTicket)
const oneTicket = (row: TicketRow | undefined): Option.Option<Ticket> =>
  Option.map(Option.fromUndefinedOr(row), toTicket)

const ticketIn = (row: Both): Ticket =>
  // the names are those of `TICKET_OF_BOTH`
  toTicket(Object.fromEntries(TICKET.map((name) => [name, row[`t_${name}`]])) as unknown as TicketRow)
const participantIn = (row: Both): ReadonlyArray<Participant> =>
  row.p_id === null
    ? []
    : // as above; where there is an id, there is a whole row
      [
        toParticipant(
          Object.fromEntries(PARTICIPANT.map((name) => [name, row[`p_${name}`]])) as unknown as ParticipantRow
        )
      ]

/** The rows of one ticket after the other, each with one of its participants. */
const toOpened = (rows: ReadonlyArray<Both>): ReadonlyArray<Opened> =>
  Array.from(Map.groupBy(rows, (row) => row.t_id).values(), (own) =>
    own.slice(0, 1).map((row): Opened => ({ ticket: ticketIn(row), participants: own.flatMap(participantIn) }))
  ).flat()

// ---- lists and search ------------------------------------------------------------------------------------------------------------------

interface ListedRow extends TicketRow {
  readonly tenant_name: string | null
}
const toListed = (rows: ReadonlyArray<ListedRow>): ReadonlyArray<Listed> =>
  rows.map((row) => ({ ticket: toTicket(row), tenantName: row.tenant_name }))

export const layer: Layer.Layer<TicketRepository, never, Database> = Layer.effect(
  TicketRepository,
  Effect.map(Database, (database) => {
    const q = queries<Tables>(database)
    const { kind } = database

    const insert = q.insert("ticket.insert", "ticket", [...TICKET, "contact_folded", "place"])
    const save = q.exactlyOne("ticket.save", (db, p: TicketTable) =>
      db
        .updateTable("ticket")
        .set((eb) => ({
          version: eb("version", "+", 1),
          tenant_id: p.tenant_id,
          contact_email: p.contact_email,
          contact_name: p.contact_name,
          contact_folded: p.contact_folded,
          company_name: p.company_name,
          customer_number: p.customer_number,
          subject: p.subject,
          category: p.category,
          priority: p.priority,
          wished_priority: p.wished_priority,
          tags: p.tags,
          fields: p.fields,
          locale: p.locale,
          channel: p.channel,
          state: p.state,
          state_since: p.state_since,
          assignee_id: p.assignee_id,
          place: p.place,
          spam: p.spam,
          merged_into: p.merged_into,
          parent_id: p.parent_id,
          follow_up_of: p.follow_up_of,
          created_at: p.created_at,
          activity_at: p.activity_at,
          staff_activity_at: p.staff_activity_at,
          last_message: p.last_message,
          last_change: p.last_change,
          due_at: p.due_at,
          reminded_at: p.reminded_at,
          clocks: p.clocks,
          clock_due_at: p.clock_due_at,
          satisfaction: p.satisfaction
        }))
        .where("id", "=", p.id)
        .where("version", "=", p.version)
    )
    const saveAll = q.changed("ticket.saveAll", (db, p: { readonly rows: RowList }) =>
      db
        .updateTable("ticket")
        .from(rowsOf<SavedRow>(kind, p.rows, SAVED_TYPES))
        .set((eb) => ({
          version: eb("ticket.version", "+", 1),
          tenant_id: eb.ref("given.tenant_id"),
          contact_email: eb.ref("given.contact_email"),
          contact_name: eb.ref("given.contact_name"),
          contact_folded: eb.ref("given.contact_folded"),
          company_name: eb.ref("given.company_name"),
          customer_number: eb.ref("given.customer_number"),
          subject: eb.ref("given.subject"),
          category: eb.ref("given.category"),
          priority: eb.ref("given.priority"),
          wished_priority: eb.ref("given.wished_priority"),
          tags: eb.ref("given.tags"),
          fields: eb.ref("given.fields"),
          locale: eb.ref("given.locale"),
          channel: eb.ref("given.channel"),
          state: eb.ref("given.state"),
          state_since: eb.ref("given.state_since"),
          assignee_id: eb.ref("given.assignee_id"),
          place: eb.ref("given.place"),
          spam: eb.ref("given.spam"),
          merged_into: eb.ref("given.merged_into"),
          parent_id: eb.ref("given.parent_id"),
          follow_up_of: eb.ref("given.follow_up_of"),
          created_at: eb.ref("given.created_at"),
          activity_at: eb.ref("given.activity_at"),
          staff_activity_at: eb.ref("given.staff_activity_at"),
          last_message: eb.ref("given.last_message"),
          last_change: eb.ref("given.last_change"),
          due_at: eb.ref("given.due_at"),
          reminded_at: eb.ref("given.reminded_at"),
          clocks: eb.ref("given.clocks"),
          clock_due_at: eb.ref("given.clock_due_at"),
          satisfaction: eb.ref("given.satisfaction")
        }))
        .whereRef("ticket.id", "=", "given.id")
        .whereRef("ticket.version", "=", "given.version")
    )
    const copyAllToParticipants = q.changed("ticket.saveCopies", (db, p: { readonly ids: TextList }) =>
      db
        .updateTable("ticket_participant")
        .from("ticket")
        .set((eb) => ({
          ticket_place: eb.ref("ticket.place"),
          ticket_state: eb.ref("ticket.state"),
          ticket_activity_at: eb.ref("ticket.activity_at")
        }))
        .whereRef("ticket_participant.ticket_id", "=", "ticket.id")
        .where((eb) => isOneOf(kind, eb.ref("ticket.id"), p.ids))
        .where((eb) =>
          eb.or([
            eb("ticket_place", "<>", eb.ref("ticket.place")),
            eb("ticket_state", "<>", eb.ref("ticket.state")),
            eb("ticket_activity_at", "<>", eb.ref("ticket.activity_at"))
          ])
        )
    )
    const copyToParticipants = q.changed(
      "ticket.saveCopies",
      (db, p: Pick<TicketTable, "id" | "place" | "state" | "activity_at">) =>
        db
          .updateTable("ticket_participant")
          .set({ ticket_place: p.place, ticket_state: p.state, ticket_activity_at: p.activity_at })
          .where("ticket_id", "=", p.id)
          .where((eb) =>
            eb.or([
              eb("ticket_place", "<>", p.place),
              eb("ticket_state", "<>", p.state),
              eb("ticket_activity_at", "<>", p.activity_at)
            ])
          )
    )
    const find = q.first("ticket.find", (db, p: { readonly id: string }) =>
      db.selectFrom("ticket").select(TICKETS).where("id", "=", p.id)
    )
    const findByNumber = q.first("ticket.findByNumber", (db, p: { readonly number: string }) =>
      db.selectFrom("ticket").select(TICKETS).where("number", "=", p.number)
    )
    const open = q.all("ticket.open", (db, p: { readonly ids: TextList }) =>
      db
        .selectFrom("ticket")
        .leftJoin("ticket_participant", "ticket_participant.ticket_id", "ticket.id")
        .select(TICKET_OF_BOTH)
        .select(PARTICIPANT_OF_BOTH)
        .where((eb) => isOneOf(kind, eb.ref("ticket.id"), p.ids))
        .orderBy("ticket.id")
        .orderBy("ticket_participant.seq")
        // the names are those of the two lists
        .$castTo<Both>()
    )
    const lock = q.all("ticket.openForUpdate", (db, p: { readonly ids: TextList }) =>
      forUpdate(
        kind,
        db
          .selectFrom("ticket")
          .select("id")
          .where((eb) => isOneOf(kind, eb.ref("ticket.id"), p.ids))
          .orderBy("id")
      )
    )
    const openAll = (ids: ReadonlyArray<TicketId>) =>
      reading("ticket.open", (rows: ReadonlyArray<Both>) => toOpened(rows))(open({ ids: textList(ids) }))
    // The participants are read after the lock is held: in one statement, PostgreSQL would answer those of before it waited.
    const openAllForUpdate = (ids: ReadonlyArray<TicketId>) =>
      kind === "postgres" ? Effect.andThen(lock({ ids: textList(ids) }), openAll(ids)) : openAll(ids)

    const addParticipants = q.changed("ticket.addParticipants", (db, p: { readonly rows: RowList }) =>
      db
        .insertInto("ticket_participant")
        .columns([...PARTICIPANT, "ticket_place", "ticket_state", "ticket_activity_at"])
        .expression((eb) =>
          eb
            .selectFrom(rowsOf<ParticipantRow>(kind, p.rows, PARTICIPANT_TYPES))
            .innerJoin("ticket", "ticket.id", "given.ticket_id")
            .select(PARTICIPANT.map((name) => `given.${name}` as const))
            .select(["ticket.place", "ticket.state", "ticket.activity_at"])
        )
    )
    const saveParticipants = q.changed("ticket.saveParticipants", (db, p: { readonly rows: RowList }) =>
      db
        .updateTable("ticket_participant")
        .from(rowsOf<ParticipantRow>(kind, p.rows, PARTICIPANT_TYPES))
        .set((eb) => ({
          role: eb.ref("given.role"),
          email: eb.ref("given.email"),
          name: eb.ref("given.name"),
          account_id: eb.ref("given.account_id"),
          proven_at: eb.ref("given.proven_at"),
          writes: eb.ref("given.writes"),
          reads_after: eb.ref("given.reads_after"),
          added_at: eb.ref("given.added_at"),
          removed_at: eb.ref("given.removed_at"),
          token_version: eb.ref("given.token_version"),
          token_key_id: eb.ref("given.token_key_id"),
          undeliverable_at: eb.ref("given.undeliverable_at")
        }))
        .whereRef("ticket_participant.ticket_id", "=", "given.ticket_id")
        .whereRef("ticket_participant.seq", "=", "given.seq")
        .whereRef("ticket_participant.id", "=", "given.id")
    )
    const claimable = q.all("ticket.claimable", (db, p: { readonly email: string; readonly limit: number }) =>
      db
        .selectFrom("ticket_participant")
        .innerJoin("ticket", "ticket.id", "ticket_participant.ticket_id")
        .select(TICKET_OF_BOTH)
        .select(PARTICIPANT_OF_BOTH)
        .where("ticket_participant.email", "=", p.email)
        .where("ticket_participant.account_id", "is", null)
        .where("ticket_participant.removed_at", "is", null)
        .where("ticket.spam", "=", 0)
        .orderBy("ticket_participant.ticket_id", "desc")
        .limit(p.limit)
        // as above
        .$castTo<Both>()
    )
    interface Astray {
      readonly accountId: string
      readonly email: string
      readonly after: string
      readonly limit: number
    }
    const astray = q.all("ticket.astray", (db, p: Astray) =>
      db
        .selectFrom("ticket_participant")
        .select("ticket_id")
        .distinct()
        .where("account_id", "=", p.accountId)
        .where("ticket_id", ">", p.after)
        .where((eb) => eb.or([eb("email", "<>", p.email), eb("undeliverable_at", "is not", null)]))
        .orderBy("ticket_id")
        .limit(p.limit)
    )
    interface Marked {
      readonly email: string
      readonly at: number | null
    }
    const mark = (bad: boolean) =>
      q.all("ticket.markUndeliverable", (db, p: Marked) =>
        db
          .with(
            (cte) => cte("taken").materialized(),
            (db) => {
              const rows = db
                .selectFrom("ticket")
                .innerJoin("ticket_participant", "ticket_participant.ticket_id", "ticket.id")
                .select("ticket.id")
                .where("ticket_participant.email", "=", p.email)
                .where("ticket_participant.removed_at", "is", null)
                .where("ticket_participant.undeliverable_at", bad ? "is" : "is not", null)
                .where("ticket.state", "in", unresolved)
                .orderBy("ticket.id")
              // whoever changes participants holds the ticket, and would write them back as they were
              return kind === "postgres" ? rows.forUpdate("ticket") : rows
            }
          )
          .updateTable("ticket_participant")
          .set({ undeliverable_at: p.at })
          .where("email", "=", p.email)
          .where("removed_at", "is", null)
          .where((eb) => eb("ticket_id", "in", eb.selectFrom("taken").select("taken.id")))
          .returning("ticket_id")
      )
    const marks = { undeliverable: mark(true), deliverable: mark(false) }

    const appendMessages = q.insert("ticket.appendMessages", "ticket_message", MESSAGE)
    interface MessagesOf {
      readonly ticketId: string
      readonly publicAfter: number
      readonly after: number
      readonly limit: number
    }
    const messages = (publicOnly: boolean) =>
      q.all("ticket.messages", (db, p: MessagesOf) => {
        const rows = db
          .selectFrom("ticket_message")
          .select(MESSAGES)
          .where("ticket_id", "=", p.ticketId)
          .where("seq", ">", p.after)
          .orderBy("seq")
          .limit(p.limit)
        return publicOnly ? rows.where("visibility", "=", "public").where("seq", ">", p.publicAfter) : rows
      })
    const messagesFor = { staff: messages(false), others: messages(true) }
    interface MessagesOfAll {
      readonly rows: RowList
      readonly createdAt: number
      readonly id: string
      readonly limit: number
    }
    const conversation = (newestFirst: boolean) =>
      q.all("ticket.messagesOf", (db, p: MessagesOfAll) => {
        const past = newestFirst ? "<" : ">"
        const order = newestFirst ? "desc" : "asc"
        return db
          .selectFrom(
            rowsOf<{ readonly ticket_id: string; readonly public_after: number | null }>(kind, p.rows, {
              ticket_id: "text",
              public_after: "bigint"
            })
          )
          .innerJoin("ticket_message", "ticket_message.ticket_id", "given.ticket_id")
          .select(MESSAGES)
          .where((eb) =>
            eb.or([
              eb("given.public_after", "is", null),
              eb.and([
                eb("ticket_message.visibility", "=", "public"),
                eb("ticket_message.seq", ">", eb.ref("given.public_after"))
              ])
            ])
          )
          .where("ticket_message.created_at", newestFirst ? "<=" : ">=", p.createdAt)
          .where((eb) =>
            eb.or([eb("ticket_message.created_at", past, p.createdAt), eb("ticket_message.id", past, p.id)])
          )
          .orderBy("ticket_message.created_at", order)
          .orderBy("ticket_message.id", order)
          .limit(p.limit)
      })
    const conversations = { oldest: conversation(false), newest: conversation(true) }
    const appendChanges = q.insert("ticket.appendChanges", "ticket_change", CHANGE)
    interface Changes {
      readonly ticketId: string
      readonly since: number
      readonly before: number
      readonly limit: number
    }
    const changes = (publicOnly: boolean) =>
      q.all("ticket.changes", (db, p: Changes) => {
        const rows = db
          .selectFrom("ticket_change")
          .select(CHANGE)
          .where("ticket_id", "=", p.ticketId)
          .where("seq", "<", p.before)
          .orderBy("seq", "desc")
          .limit(p.limit)
        if (!publicOnly) return rows
        return rows.where("visibility", "=", "public").where("at", ">=", p.since).where("what", "<>", CLAIMED)
      })
    const changesFor = { staff: changes(false), others: changes(true) }

    const related = q.all("ticket.related", (db, p: { readonly id: string }) =>
      db
        .selectFrom("ticket")
        .select(TICKETS)
        .where((eb) => eb.or([eb("merged_into", "=", p.id), eb("parent_id", "=", p.id), eb("follow_up_of", "=", p.id)]))
        .orderBy("created_at")
        .orderBy("id")
    )

    type WordRow = Omit<TicketWordTable, "ticket_id">
    const index = q.changed("ticket.index", (db, p: { readonly ticketId: string; readonly rows: RowList }) =>
      db
        .insertInto("ticket_word")
        .columns(["ticket_id", "word", "in_subject", "public_seq", "internal"])
        .expression((eb) =>
          eb
            .selectFrom(
              rowsOf<WordRow>(kind, p.rows, {
                word: "text",
                in_subject: "bigint",
                public_seq: "bigint",
                internal: "bigint"
              })
            )
            .select(sql<string>`cast(${p.ticketId} as text)`.as("ticket_id"))
            .select(["given.word", "given.in_subject", "given.public_seq", "given.internal"])
            // else SQLite takes what follows for the condition of a join
            .where(sql<SqlBool>`true`)
        )
        .onConflict((conflict) => {
          const greatest = (name: "in_subject" | "public_seq" | "internal") => {
            const [had, given] = [sql.ref(`ticket_word.${name}`), sql.ref(`excluded.${name}`)]
            return sql<number>`case when ${had} > ${given} then ${had} else ${given} end`
          }
          return (
            conflict
              .columns(["ticket_id", "word"])
              .doUpdateSet({
                in_subject: greatest("in_subject"),
                public_seq: greatest("public_seq"),
                internal: greatest("internal")
              })
              // most words of an answer are there already
              .where((eb) =>
                eb.or([
                  eb("ticket_word.in_subject", "<", eb.ref("excluded.in_subject")),
                  eb("ticket_word.public_seq", "<", eb.ref("excluded.public_seq")),
                  eb("ticket_word.internal", "<", eb.ref("excluded.internal"))
                ])
              )
          )
        })
    )
    const forgetSubject = q.changed("ticket.unindexSubject", (db, p: { readonly ticketId: string }) =>
      db
        .deleteFrom("ticket_word")
        .where("ticket_id", "=", p.ticketId)
        .where("public_seq", "=", 0)
        .where("internal", "=", 0)
    )
    const leaveSubject = q.changed("ticket.unindexSubject", (db, p: { readonly ticketId: string }) =>
      db
        .updateTable("ticket_word")
        .set({ in_subject: 0 })
        .where("ticket_id", "=", p.ticketId)
        .where("in_subject", "=", 1)
    )

    const lists = ticketLists(database, TICKET)
    // no column is missing, though the ticket is joined from the left
    const listed = <E>(rows: Effect.Effect<ReadonlyArray<object>, E>) =>
      reading("ticket.list", toListed)(rows as Effect.Effect<ReadonlyArray<ListedRow>, E>)

    interface Due {
      readonly now: number
      readonly limit: number
    }
    const due = (column: "due_at" | "clock_due_at") =>
      q.all("ticket.due", (db, p: Due) =>
        db
          .selectFrom("ticket")
          .select("id")
          .where(column, "is not", null)
          .where(column, "<=", p.now)
          .orderBy(column)
          .orderBy("id")
          .limit(p.limit)
      )
    const dueBy = { time: due("due_at"), clock: due("clock_due_at") }
    const dueTickets = (rows: ReadonlyArray<{ readonly id: string }>) =>
      // as above
      rows.map(({ id }) => ({ ticketId: id as TicketId }))

    const allOf = (operation: string, expected: number, reason: "conflict" | "other") => (count: number) =>
      count === expected ? Effect.void : Effect.fail(new PersistenceError({ operation, reason }))
    const oneOpened = (opened: ReadonlyArray<Opened>) => Option.fromUndefinedOr(opened[0])

    return TicketRepository.of({
      insert: (ticket) => insert([toRow(ticket)]),
      save: (ticket) => {
        const row = toRow(ticket)
        const { activity_at, id, place, state } = row
        return Effect.andThen(save(row), Effect.asVoid(copyToParticipants({ activity_at, id, place, state })))
      },
      saveAll: (given) =>
        given.length === 0
          ? Effect.void
          : Effect.flatMap(
              saveAll({ rows: rowList(given.map((ticket) => ({ ...toRow(ticket) }))) }),
              allOf("ticket.saveAll", given.length, "conflict")
            ).pipe(Effect.andThen(copyAllToParticipants({ ids: textList(given.map(({ id }) => id)) })), Effect.asVoid),
      find: (id) => reading("ticket.find", oneTicket)(find({ id })),
      findByNumber: (number) => reading("ticket.findByNumber", oneTicket)(findByNumber({ number })),
      open: (id) => Effect.map(openAll([id]), oneOpened),
      openAll,
      openForUpdate: (id) => Effect.map(openAllForUpdate([id]), oneOpened),
      openAllForUpdate,
      addParticipants: (participants) =>
        participants.length === 0
          ? Effect.void
          : Effect.flatMap(
              addParticipants({ rows: participantList(participants) }),
              allOf("ticket.addParticipants", participants.length, "other")
            ),
      saveParticipants: (participants) =>
        participants.length === 0
          ? Effect.void
          : Effect.flatMap(
              saveParticipants({ rows: participantList(participants) }),
              allOf("ticket.saveParticipants", participants.length, "conflict")
            ),
      claimable: (email, limit) =>
        reading("ticket.claimable", (rows: ReadonlyArray<Both>) =>
          rows.flatMap((row) => participantIn(row).map((participant) => ({ ticket: ticketIn(row), participant })))
        )(claimable({ email, limit })),
      astray: (accountId, email, after, limit) =>
        Effect.map(astray({ accountId, email, after: after ?? "", limit }), (rows) =>
          // as above
          rows.map((row) => row.ticket_id as TicketId)
        ),
      markUndeliverable: (email, at) =>
        Effect.map(marks[at === null ? "deliverable" : "undeliverable"]({ email, at }), (rows) =>
          // as above
          rows.map((row) => row.ticket_id as TicketId).sort()
        ),
      appendMessages: (added) => appendMessages(added.map(toMessageRow)),
      messages: (ticketId, { publicAfter }, { after, limit }) =>
        reading("ticket.messages", (rows: ReadonlyArray<TicketMessageTable>) => rows.map(toMessage))(
          messagesFor[publicAfter === null ? "staff" : "others"]({
            ticketId,
            publicAfter: publicAfter ?? 0,
            after: Option.getOrElse(after, () => 0),
            limit: limit + 1
          })
        ),
      messagesOf: (given, { after, limit }, newestFirst = false) => {
        const end = newestFirst ? Number.MAX_SAFE_INTEGER : Number.MIN_SAFE_INTEGER
        const [createdAt, id] = Option.getOrElse(after, () => [end, ""] as const)
        return reading("ticket.messagesOf", (rows: ReadonlyArray<TicketMessageTable>) => rows.map(toMessage))(
          conversations[newestFirst ? "newest" : "oldest"]({
            rows: rowList(
              given.map(({ filter, ticketId }) => ({ ticket_id: ticketId, public_after: filter.publicAfter }))
            ),
            createdAt,
            id,
            limit: limit + 1
          })
        )
      },
      appendChanges: (added) => appendChanges(added.map(toChangeRow)),
      changes: (ticketId, publicSince, { after, limit }) =>
        reading("ticket.changes", (rows: ReadonlyArray<TicketChangeTable>) => rows.map(toChange))(
          changesFor[publicSince === null ? "staff" : "others"]({
            ticketId,
            since: publicSince ?? 0,
            before: Option.getOrElse(after, () => 2_147_483_647),
            limit: limit + 1
          })
        ),
      related: (id) => reading("ticket.related", tickets)(related({ id })),
      index: (ticketId, words) => {
        const rows = new Map<string, WordRow>()
        for (const { internal, seq, words: own } of words) {
          for (const text of own) {
            const had = rows.get(text) ?? { word: text, in_subject: 0, public_seq: 0, internal: 0 }
            rows.set(text, {
              word: text,
              in_subject: seq === 0 ? 1 : had.in_subject,
              public_seq: seq !== 0 && !internal ? Math.max(had.public_seq, seq) : had.public_seq,
              internal: seq !== 0 && internal ? 1 : had.internal
            })
          }
        }
        // in one order for everybody
        const sorted = [...rows.values()].sort((a, b) => (a.word < b.word ? -1 : 1))
        return sorted.length === 0
          ? Effect.void
          : Effect.asVoid(index({ ticketId, rows: rowList(sorted.map((row) => ({ ...row }))) }))
      },
      unindexSubject: (ticketId) =>
        Effect.andThen(forgetSubject({ ticketId }), Effect.asVoid(leaveSubject({ ticketId }))),
      listOfAccount: (accountId, filter, window) => listed(lists.ofAccount(accountId, filter, window)),
      listOfTenant: (tenantId, filter, window) => listed(lists.ofTenant(tenantId, filter, window)),
      queue: (filter, window) => listed(lists.queue(filter, window)),
      due: (now, limit) => Effect.map(dueBy.time({ now, limit }), dueTickets),
      clocksDue: (now, limit) => Effect.map(dueBy.clock({ now, limit }), dueTickets)
    })
  })
)

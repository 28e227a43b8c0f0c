import { Effect } from "effect"
import { Database } from "./Database.ts"
import { instant, instantOrNull, toBoolean } from "./dialect.ts"
import { queries } from "./query.ts"
import type { Tables } from "./tables.ts"

// a record, so that a table that is missing here does not compile
const every: Readonly<Record<keyof Tables, true>> = {
  account: true,
  billing_event: true,
  budget: true,
  challenge: true,
  collective_invoice: true,
  collective_invoice_position: true,
  consent: true,
  coverage: true,
  customer_number: true,
  deputy: true,
  desk_item: true,
  event: true,
  event_chain: true,
  file: true,
  file_blob: true,
  file_chunk: true,
  idempotency: true,
  inbound: true,
  invitation: true,
  lease: true,
  link: true,
  membership: true,
  outbox: true,
  recovery_code: true,
  registration: true,
  removed_member: true,
  request: true,
  second_factor: true,
  self_registration: true,
  session: true,
  shareable_link: true,
  staff_member: true,
  subscription: true,
  tenant: true,
  tenant_order: true,
  tenant_domain: true,
  tenant_link: true,
  ticket: true,
  ticket_change: true,
  ticket_merge: true,
  ticket_message: true,
  ticket_participant: true,
  ticket_word: true
}
// its keys are the names of the tables
const names = Object.keys(every) as ReadonlyArray<keyof Tables>

type Everything = { readonly [Name in keyof Tables]: ReadonlyArray<Tables[Name]> }

// the library itself wrote these columns
const parsed = (text: string): unknown => JSON.parse(text)

const view = (tables: Everything) => ({
  accounts: tables.account.map((row) => ({
    id: row.id,
    email: row.email,
    state: row.state,
    credentialEpoch: row.credential_epoch,
    passwordHash: row.password_hash
  })),
  tenants: tables.tenant.map((row) => ({
    id: row.id,
    name: row.name,
    state: row.state,
    seats: row.seats,
    memberCount: row.member_count,
    ownerCount: row.owner_count,
    version: row.version
  })),
  memberships: tables.membership.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    accountId: row.account_id,
    roles: parsed(row.roles) as ReadonlyArray<string>,
    contactEmail: row.contact_email
  })),
  tenantLinks: tables.tenant_link.map((row) => ({ subId: row.sub_id, mainId: row.main_id })),
  invitations: tables.invitation.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    email: row.email,
    roles: parsed(row.roles) as ReadonlyArray<string>,
    state: row.state,
    inviterId: row.inviter_id,
    expiresAt: instant(row.expires_at)
  })),
  links: tables.link.map((row) => ({
    hash: row.hash,
    purpose: row.purpose,
    subject: row.subject,
    expiresAt: instant(row.expires_at),
    usedAt: instantOrNull(row.used_at),
    voidedAt: instantOrNull(row.voided_at)
  })),
  shareableLinks: tables.shareable_link.map((row) => ({
    id: row.id,
    tenantId: row.tenant_id,
    uses: row.uses,
    maxUses: row.max_uses
  })),
  sessions: tables.session.map((row) => ({
    id: row.id,
    accountId: row.account_id,
    credentialEpoch: row.credential_epoch,
    strict: toBoolean(row.strict),
    expiresAt: instant(row.expires_at)
  })),
  secondFactors: tables.second_factor.map((row) => ({
    accountId: row.account_id,
    confirmed: row.sealed_secret !== null,
    recoveryCodes: tables.recovery_code.filter((code) => code.account_id === row.account_id).map(({ hash }) => hash)
  })),
  tickets: tables.ticket.map((row) => ({
    id: row.id,
    contactEmail: row.contact_email,
    lastMessage: row.last_message,
    lastChange: row.last_change
  })),
  ticketParticipants: tables.ticket_participant.map((row) => ({
    ticketId: row.ticket_id,
    id: row.id,
    seq: row.seq,
    role: row.role,
    email: row.email,
    accountId: row.account_id,
    provenAt: instantOrNull(row.proven_at),
    readsAfter: row.reads_after
  })),
  ticketMessages: tables.ticket_message.map((row) => ({
    ticketId: row.ticket_id,
    seq: row.seq,
    id: row.id,
    visibility: row.visibility
  })),
  ticketChanges: tables.ticket_change.map((row) => ({ ticketId: row.ticket_id, seq: row.seq })),
  ticketWords: tables.ticket_word.map((row) => ({
    ticketId: row.ticket_id,
    word: row.word,
    publicSeq: row.public_seq,
    internal: toBoolean(row.internal)
  })),
  mails: tables.outbox.map((row) => ({
    id: row.id,
    kind: row.kind,
    recipient: row.recipient,
    process: row.process,
    state: row.state,
    dueAt: instantOrNull(row.due_at),
    lease: row.lease,
    reason: row.reason,
    settledAt: instantOrNull(row.settled_at),
    sealedSecret: row.sealed_secret
  })),
  events: tables.event.map((row) => ({
    id: row.id,
    type: row.type,
    subjectKind: row.subject_kind,
    subjectId: row.subject_id,
    accountId: row.account_id,
    outcome: row.outcome,
    useCase: row.use_case,
    data: parsed(row.data) as { readonly [key: string]: unknown }
  })),
  /** Every row of every table as it is, by the table's name without prefix. */
  tables: tables as { readonly [name: string]: ReadonlyArray<unknown> }
})

/**
 * Everything that the tables hold, read table after table: to be called while nobody writes, or in a unit of work. For tests: it holds hashes and
 * sealed secrets.
 */
export const dump = Effect.flatMap(Database, (database) => {
  const q = queries<Tables>(database)
  return Effect.map(
    Effect.forEach(names, (name) =>
      Effect.map(
        q.run(`dump.${name}`, (db) => db.selectFrom(name).selectAll()),
        (rows) => [name, rows] as const
      )
    ),
    // one entry for each name
    (entries) => view(Object.fromEntries(entries) as unknown as Everything)
  )
})

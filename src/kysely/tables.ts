import type { Generated } from "kysely"

/*
 * Every table without prefix, one interface for each, as the newest migration leaves it. Instants and other large whole numbers are bigints in the
 * database and are read through `instant` and `integer` of dialect.ts; JSON is text.
 */

export interface LinkTable {
  readonly hash: string
  readonly purpose: string
  readonly subject: string
  readonly tenant_id: string | null
  readonly email: string
  readonly credential_epoch: number | null
  readonly issued_at: number
  readonly expires_at: number
  readonly used_at: number | null
  readonly voided_at: number | null
  /** The earliest of expiry, use and voiding: what the purge goes by. */
}

/** What was counted for one limit, and the rule by which it was counted last. */
export interface BudgetTable {
  readonly key: string
  readonly count: number
  readonly last_at: number
  readonly ends_at: number
  readonly max_count: number
  readonly free_count: number
  readonly delay_base: number
  readonly delay_cap: number
}

export interface IdempotencyTable {
  readonly scope: string
  readonly key: string
  readonly input_hash: string
  readonly answer: string | null
  readonly created_at: number
}

export interface LeaseTable {
  readonly name: string
  readonly owner: string
  readonly ends_at: number
}

export interface EventTable {
  readonly id: string
  readonly at: number
  readonly type: string
  readonly tenant_id: string | null
  readonly subject_kind: string
  readonly subject_id: string
  readonly actor: string
  readonly account_id: string | null
  readonly real_actor: string | null
  readonly outcome: string
  readonly use_case: string
  readonly request_id: string | null
  readonly data: string
  readonly personal: string | null
  readonly salt: string | null
  /** What the sequencer adds, all at once; null before. */
  readonly number: number | null
  readonly personal_digest: string | null
  readonly mac: string | null
  readonly key_id: string | null
}

/** One row: where the chain of events ends, and where it begins after the last cut. */
export interface EventChainTable {
  readonly name: string
  readonly number: number
  readonly mac: string
  readonly key_id: string
  readonly signature: string
  readonly base_number: number
  readonly base_mac: string
  readonly base_key_id: string
  readonly base_signature: string
}

export interface OutboxTable {
  readonly id: string
  readonly kind: string
  readonly recipient: string
  readonly locale: string
  /** JSON. */
  readonly template_values: string
  readonly sealed_secret: string | null
  readonly has_link: number
  readonly tenant_id: string | null
  readonly account_id: string | null
  readonly process: string
  readonly state: string
  readonly attempts: number
  /** Queued: when it may be tried; sending: when the lease runs out; null when settled. */
  readonly due_at: number | null
  readonly lease: string | null
  readonly reason: string | null
  readonly detail: string | null
  readonly created_at: number
  readonly settled_at: number | null
}

export interface TenantTable {
  readonly id: string
  readonly number: string
  readonly name: string
  readonly customer_number: string
  /** What makes two customer numbers the same (G-10). */
  readonly customer_number_normal: string
  readonly postal_code: string
  readonly country: string
  readonly street: string
  readonly city: string
  readonly state: string
  readonly seats: number | null
  readonly member_count: number
  readonly owner_count: number
  readonly second_factor_required: number
  readonly version: number
  readonly created_at: number
  /** What a search looks into: see `searchText`. */
  readonly search_text: string
  /** 1 while it has a main tenant; written with its row of `tenant_link` only. */
  readonly is_sub: Generated<number>
}

/** A mail domain that a tenant says is its own; the proof's columns are null until it has shown that. */
export interface TenantDomainTable {
  readonly tenant_id: string
  readonly domain: string
  readonly id: string
  /** What the record in the domain's zone must say; public. */
  readonly token: string
  readonly method: string | null
  readonly proven_at: number | null
  readonly expires_at: number | null
  readonly check_at: number | null
  readonly misses: number
  readonly joining: string
  readonly role: string | null
  readonly created_at: number
}

/** A sub tenant and its main. */
export interface TenantLinkTable {
  readonly sub_id: string
  /** Always 1, and `main_is_sub` always 0: what the foreign keys hold the two tenants to. */
  readonly sub_is_sub: number
  readonly main_id: string
  readonly main_is_sub: number
  readonly kind: string
  readonly linked_at: number
  /** JSON: permissions. */
  readonly refused: string
}

export interface MembershipTable {
  readonly tenant_id: string
  readonly account_id: string
  readonly id: string
  /** JSON: the names, sorted. */
  readonly roles: string
  readonly contact_email: string
  /** JSON. */
  readonly mail_preferences: string
  /** JSON: ids of tenants; null for all. */
  readonly locations: string | null
  readonly joined_at: number
}

/** Accounts whose last membership in a tenant was ended by others. */
export interface RemovedMemberTable {
  readonly tenant_id: string
  readonly account_id: string
}

export interface InvitationTable {
  readonly tenant_id: string
  readonly id: string
  readonly email: string
  /** JSON: the names, sorted. */
  readonly roles: string
  readonly message: string
  readonly locale: string
  readonly state: string
  readonly inviter_id: string | null
  readonly inviter_membership_id: string | null
  /** Both null, except for a contact that was added directly. */
  readonly first_name: string | null
  readonly last_name: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly sent_at: number
  readonly ended_at: number | null
  readonly undeliverable_at: number | null
}

export interface ShareableLinkTable {
  readonly tenant_id: string
  readonly id: string
  readonly secret_hash: string
  readonly label: string
  /** JSON: the names, sorted. */
  readonly roles: string
  readonly domain: string | null
  readonly max_uses: number
  readonly uses: number
  readonly creator_id: string
  readonly creator_membership_id: string
  readonly created_at: number
  readonly expires_at: number
  readonly revoked_at: number | null
  readonly version: number
}

export interface AccountTable {
  readonly id: string
  readonly number: string
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  /** What a search for the person's name looks into: see `searchName`. */
  readonly name_folded: string
  readonly locale: string
  readonly company_name: string | null
  readonly state: string
  readonly credential_epoch: number
  readonly password_hash: string | null
  readonly created_at: number
  readonly email_changed_at: number | null
  /** Since when something may have the former address still; null once all has followed. */
  readonly moved_at: number | null
}

export interface SessionTable {
  readonly id: string
  readonly account_id: string
  readonly token_hash: string
  readonly credential_epoch: number
  readonly method: string
  readonly second_factor: number
  readonly strict: number
  readonly stay_signed_in: number
  readonly authenticated_at: number
  readonly created_at: number
  readonly last_seen_at: number
  readonly expires_at: number
  readonly device: string | null
  readonly place: string | null
}

export interface ChallengeTable {
  readonly id: string
  readonly account_id: string
  readonly token_hash: string
  readonly credential_epoch: number
  readonly method: string
  readonly stay_signed_in: number
  readonly device: string | null
  readonly created_at: number
  readonly expires_at: number
  readonly attempts: number
}

/** A factor that is confirmed, one that waits for its first code, or both; the columns of each are null together. */
export interface SecondFactorTable {
  readonly account_id: string
  readonly sealed_secret: string | null
  readonly last_step: number | null
  readonly confirmed_at: number | null
  readonly pending_secret: string | null
  readonly pending_epoch: number | null
  readonly pending_at: number | null
}

export interface RecoveryCodeTable {
  readonly account_id: string
  readonly hash: string
}

export interface RegistrationTable {
  readonly id: string
  readonly email: string
  readonly first_name: string
  readonly last_name: string
  readonly locale: string
  readonly company_name: string | null
  /** JSON. */
  readonly consents: string
  readonly password_hash: string | null
  readonly factor_secret: string | null
  readonly factor_step: number | null
  readonly address_taken: number
  readonly created_at: number
}

export interface ConsentTable {
  readonly id: string
  readonly account_id: string
  readonly kind: string
  readonly version: string
  readonly text_hash: string
  readonly locale: string
  readonly channel: string
  readonly given: number
  readonly at: number
}

export interface SubscriptionTable {
  readonly account_id: string
  readonly trial_plan: string | null
  readonly trial_from: number | null
  readonly trial_until: number | null
  readonly trial_end_told: number
  readonly version: number
  readonly due_at: number | null
}

export interface BillingEventTable {
  readonly id: string
  readonly account_id: string
  readonly type: string
  readonly at: number
  readonly plan: string | null
  readonly from_at: number | null
  readonly until_at: number | null
  readonly ends_at: number | null
}

export interface CoverageTable {
  readonly id: string
  readonly primary_id: string
  readonly member_id: string
  readonly term: string
  readonly from_at: number
  /** 0 where there is none. */
  readonly period_ends: number
  readonly decided_at: number
  readonly place: number | null
  readonly places: number | null
  readonly warned_at: number | null
  readonly ended_at: number | null
  readonly end_reason: string | null
}

export interface RequestTable {
  readonly id: string
  readonly number: string
  readonly kind: string
  readonly tenant_id: string | null
  readonly asker_account_id: string | null
  readonly asker_email: string
  readonly asker_locale: string
  readonly asker_tenant_id: string | null
  readonly asker_staff_id: string | null
  /** Its tag; which of the next four have a value depends on it. */
  readonly audience: string
  readonly audience_tenant_id: string | null
  readonly audience_permission: string | null
  /** Of the lowest role of staff that may decide. */
  readonly audience_rank: number | null
  readonly audience_account_id: string | null
  /** JSON. */
  readonly payload: string
  readonly identity: string
  readonly state: string
  readonly open: number
  readonly version: number
  readonly revision: number
  /** JSON. */
  readonly rules: string
  readonly created_at: number
  readonly pending_at: number | null
  readonly expires_at: number
  readonly next_reminder_at: number | null
  readonly reminders: number
  /** JSON. */
  readonly approvals: string
  /** JSON: the accounts in the approvals, and those whom they stood in for. */
  readonly approvers: string
  readonly refused_by: string | null
  readonly reason: string | null
  readonly ended_at: number | null
}

export interface DeputyTable {
  readonly id: string
  readonly principal_id: string
  readonly deputy_id: string
  readonly tenant_id: string | null
  readonly from_at: number
  readonly until_at: number
  readonly created_at: number
}

export interface StaffMemberTable {
  readonly account_id: string
  /** JSON. */
  readonly roles: string
  readonly rank: number
  readonly since: number
}

/** Attempts to join a tenant by its customer number, until they are confirmed. */
export interface SelfRegistrationTable {
  readonly id: string
  readonly email: string
  readonly customer_number: string
  readonly postal_code: string
  readonly country: string
  readonly first_name: string
  readonly last_name: string
  readonly locale: string
  readonly consents: string
  readonly created_at: number
}

/** What the billing system said last of a tenant that pays for others. */
export interface CollectiveInvoiceTable {
  readonly payer_id: string
  readonly event_id: string
  readonly at: number
}

export interface CollectiveInvoicePositionTable {
  readonly payer_id: string
  readonly number_normal: string
  readonly customer_number: string
  readonly name: string
  readonly city: string
  /** What is searched: name, town and number. */
  readonly folded: string
  readonly since_at: number
  /** Whether the customer number is that of a sub tenant of the payer. */
  readonly linked: number
}

export interface TenantOrderTable {
  readonly tenant_id: string
  readonly id: string
  readonly number: string
  readonly orderer_id: string
  readonly product: string
  /** JSON, as are location, owner, terms and failure. */
  readonly options: string
  readonly location: string | null
  readonly owner: string | null
  readonly state: string
  readonly version: number
  readonly terms: string | null
  readonly created_at: number
  readonly placed_at: number | null
  readonly failures: number
  readonly started_at: number | null
  readonly due_at: number | null
  readonly failure: string | null
  readonly new_tenant_id: string | null
  readonly ended_at: number | null
}

/** The last customer number that was given out, by the name of the sequence. */
export interface CustomerNumberTable {
  readonly name: string
  readonly last: number
}

export interface TicketTable {
  readonly id: string
  readonly number: string
  readonly version: number
  readonly tenant_id: string | null
  readonly contact_email: string
  readonly contact_name: string
  /** The name as it is searched. */
  readonly contact_folded: string
  readonly company_name: string
  readonly customer_number: string | null
  readonly subject: string
  readonly category: string | null
  readonly priority: string
  readonly wished_priority: string | null
  /** JSON, as are fields, clocks and satisfaction. */
  readonly tags: string
  readonly fields: string
  readonly locale: string
  readonly channel: string
  readonly state: string
  readonly state_since: number
  readonly assignee_id: string | null
  /** `queue`, `spam` or `merged`: by which lists the ticket is shown. */
  readonly place: string
  readonly spam: number
  readonly merged_into: string | null
  readonly parent_id: string | null
  readonly follow_up_of: string | null
  readonly created_at: number
  readonly activity_at: number
  readonly staff_activity_at: number
  readonly last_message: number
  readonly last_change: number
  readonly due_at: number | null
  readonly reminded_at: number | null
  readonly clocks: string
  readonly clock_due_at: number | null
  readonly satisfaction: string | null
}

export interface TicketParticipantTable {
  readonly ticket_id: string
  readonly id: string
  readonly seq: number
  readonly role: string
  readonly email: string
  readonly name: string
  readonly account_id: string | null
  readonly proven_at: number | null
  readonly writes: number
  readonly reads_after: number
  readonly added_at: number
  readonly removed_at: number | null
  readonly token_version: number
  readonly token_key_id: string
  readonly undeliverable_at: number | null
  /** Copies of the ticket's, which its every change brings up to date. */
  readonly ticket_place: string
  readonly ticket_state: string
  readonly ticket_activity_at: number
}

/** Rows are only ever added, and so are those of the history: triggers refuse everything else. */
export interface TicketMessageTable {
  readonly ticket_id: string
  readonly seq: number
  readonly id: string
  readonly visibility: string
  readonly author: string
  readonly account_id: string | null
  readonly participant_id: string | null
  readonly author_name: string
  readonly channel: string
  readonly text: string
  readonly html: string | null
  readonly folded: string | null
  readonly mail_message_id: string | null
  readonly files: number
  readonly created_at: number
}

export interface TicketChangeTable {
  readonly ticket_id: string
  readonly seq: number
  readonly visibility: string
  readonly what: string
  /** JSON. */
  readonly data: string
  readonly by_kind: string
  readonly account_id: string | null
  readonly by_name: string
  readonly at: number
}

/** A word of a ticket, and where it stands. */
export interface TicketWordTable {
  readonly ticket_id: string
  readonly word: string
  readonly in_subject: number
  /** The greatest number of a public message with it; 0 where none has it. */
  readonly public_seq: number
  readonly internal: number
}

/** Mail that came in; the text is `body`, because `text` is a type. */
export interface InboundTable {
  readonly id: string
  readonly mailbox: string
  readonly taken_key: string | null
  readonly message_id: string | null
  readonly digest: string
  readonly size: number
  readonly outcome: string
  readonly reason: string | null
  readonly ticket_id: string | null
  readonly ticket_message_id: string | null
  readonly repeats: string | null
  readonly review: string | null
  readonly reviewed_at: number | null
  readonly reviewed_by: string | null
  readonly received_at: number
  readonly kept: number
  readonly sender: string | null
  readonly sender_name: string | null
  readonly subject: string | null
  readonly body: string | null
  /** Base64. */
  readonly raw: string | null
}

/** A file of a ticket, or one that waits for its message; the bytes are elsewhere. */
export interface FileTable {
  readonly id: string
  readonly version: number
  readonly blob_key: string
  readonly state: string
  readonly name: string
  readonly media_type: string
  readonly size: number
  readonly digest: string | null
  readonly content_id: string | null
  readonly owner: string
  /** These four are all there, or none of them. */
  readonly ticket_id: string | null
  readonly message_id: string | null
  readonly message_seq: number | null
  readonly visibility: string | null
  readonly position: number
  readonly created_at: number
  readonly expires_at: number | null
  readonly scan_due_at: number | null
  readonly scan_failures: number
  readonly scanned_at: number | null
  readonly threat: string | null
}

/** Bytes that are complete, and their pieces. */
export interface FileBlobTable {
  readonly key: string
  readonly size: number
  readonly digest: string
}

export interface FileChunkTable {
  readonly key: string
  readonly seq: number
  readonly bytes: Uint8Array
}

/** What staff keep for their work: canned answers, macros, and views of the queue. */
export interface DeskItemTable {
  readonly id: string
  readonly kind: string
  readonly owner_id: string
  readonly name: string
  readonly folded: string
  readonly shared: number
  /** JSON: what differs from kind to kind. */
  readonly contents: string
  readonly version: number
  readonly created_at: number
  readonly changed_at: number
}

export interface TicketMergeTable {
  readonly id: string
  readonly source_id: string
  readonly target_id: string
  /** JSON. */
  readonly added_to_source: string
  /** JSON. */
  readonly added_to_target: string
  /** JSON. */
  readonly moved: string
  readonly by_id: string
  readonly at: number
  readonly undone_at: number | null
}

export interface Tables {
  readonly desk_item: DeskItemTable
  readonly ticket_merge: TicketMergeTable
  readonly file: FileTable
  readonly file_blob: FileBlobTable
  readonly file_chunk: FileChunkTable
  readonly inbound: InboundTable
  readonly ticket: TicketTable
  readonly ticket_participant: TicketParticipantTable
  readonly ticket_message: TicketMessageTable
  readonly ticket_change: TicketChangeTable
  readonly ticket_word: TicketWordTable
  readonly tenant_order: TenantOrderTable
  readonly customer_number: CustomerNumberTable
  readonly collective_invoice: CollectiveInvoiceTable
  readonly collective_invoice_position: CollectiveInvoicePositionTable
  readonly self_registration: SelfRegistrationTable
  readonly request: RequestTable
  readonly deputy: DeputyTable
  readonly staff_member: StaffMemberTable
  readonly registration: RegistrationTable
  readonly consent: ConsentTable
  readonly account: AccountTable
  readonly session: SessionTable
  readonly challenge: ChallengeTable
  readonly second_factor: SecondFactorTable
  readonly recovery_code: RecoveryCodeTable
  readonly invitation: InvitationTable
  readonly tenant_domain: TenantDomainTable
  readonly shareable_link: ShareableLinkTable
  readonly link: LinkTable
  readonly budget: BudgetTable
  readonly idempotency: IdempotencyTable
  readonly lease: LeaseTable
  readonly event: EventTable
  readonly event_chain: EventChainTable
  readonly outbox: OutboxTable
  readonly tenant: TenantTable
  readonly tenant_link: TenantLinkTable
  readonly membership: MembershipTable
  readonly removed_member: RemovedMemberTable
  readonly subscription: SubscriptionTable
  readonly billing_event: BillingEventTable
  readonly coverage: CoverageTable
}

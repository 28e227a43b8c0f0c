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
  readonly ended_at: number
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
  readonly version: number
  readonly created_at: number
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
  readonly joined_at: number
}

export interface Tables {
  readonly link: LinkTable
  readonly budget: BudgetTable
  readonly idempotency: IdempotencyTable
  readonly lease: LeaseTable
  readonly event: EventTable
  readonly event_chain: EventChainTable
  readonly tenant: TenantTable
  readonly membership: MembershipTable
}

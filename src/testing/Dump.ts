import { Context, type Effect } from "effect"
import type { PersistenceError } from "../kernel/PersistenceError.ts"

/** What a storage holds, as far as the invariants look at it, and every table as it is. */
export interface Snapshot {
  readonly accounts: ReadonlyArray<{
    readonly id: string
    readonly email: string
    readonly state: string
    readonly credentialEpoch: number
    readonly passwordHash: string | null
  }>
  readonly tenants: ReadonlyArray<{
    readonly id: string
    readonly state: string
    readonly seats: number | null
    readonly memberCount: number
    readonly ownerCount: number
    readonly version: number
  }>
  readonly memberships: ReadonlyArray<{
    readonly id: string
    readonly tenantId: string
    readonly accountId: string
    readonly roles: ReadonlyArray<string>
    readonly contactEmail: string
  }>
  /** Which tenant is whose sub. */
  readonly tenantLinks: ReadonlyArray<{ readonly subId: string; readonly mainId: string }>
  readonly invitations: ReadonlyArray<{
    readonly id: string
    readonly tenantId: string
    readonly email: string
    readonly roles: ReadonlyArray<string>
    readonly state: string
    readonly inviterId: string | null
    readonly expiresAt: number
  }>
  readonly links: ReadonlyArray<{
    readonly hash: string
    readonly purpose: string
    readonly subject: string
    readonly expiresAt: number
    readonly usedAt: number | null
    readonly voidedAt: number | null
  }>
  readonly shareableLinks: ReadonlyArray<{
    readonly id: string
    readonly tenantId: string
    readonly uses: number
    readonly maxUses: number
  }>
  readonly sessions: ReadonlyArray<{
    readonly id: string
    readonly accountId: string
    readonly credentialEpoch: number
    readonly strict: boolean
    readonly expiresAt: number
  }>
  readonly secondFactors: ReadonlyArray<{
    readonly accountId: string
    readonly confirmed: boolean
    /** Their hashes. */
    readonly recoveryCodes: ReadonlyArray<string>
  }>
  readonly tickets: ReadonlyArray<{
    readonly id: string
    readonly contactEmail: string
    readonly lastMessage: number
    readonly lastChange: number
  }>
  readonly ticketParticipants: ReadonlyArray<{
    readonly ticketId: string
    readonly id: string
    readonly seq: number
    readonly role: string
    readonly email: string
    readonly accountId: string | null
    readonly provenAt: number | null
    readonly readsAfter: number
  }>
  readonly ticketMessages: ReadonlyArray<{
    readonly ticketId: string
    readonly seq: number
    readonly id: string
    readonly visibility: string
  }>
  readonly ticketChanges: ReadonlyArray<{ readonly ticketId: string; readonly seq: number }>
  /** Under which words a ticket is found; `publicSeq` is the last public message with it, or 0. */
  readonly ticketWords: ReadonlyArray<{
    readonly ticketId: string
    readonly word: string
    readonly publicSeq: number
    readonly internal: boolean
  }>
  readonly mails: ReadonlyArray<{
    readonly id: string
    readonly kind: string
    readonly recipient: string
    readonly process: string
    readonly state: string
    readonly dueAt: number | null
    readonly lease: string | null
    readonly reason: string | null
    readonly settledAt: number | null
    readonly sealedSecret: string | null
  }>
  readonly events: ReadonlyArray<{
    readonly id: string
    readonly type: string
    readonly subjectKind: string
    readonly subjectId: string
    readonly accountId: string | null
    readonly outcome: string
    readonly useCase: string
    readonly data: { readonly [key: string]: unknown }
  }>
  /** Every row of every table, by the table's name: for comparing states, and for looking for what must not be there. */
  readonly tables: { readonly [name: string]: ReadonlyArray<unknown> }
}

/**
 * Reads everything that a storage holds. `portico/memory` and `portico/kysely` export an effect `dump` for it; whoever writes another adapter
 * and wants its states checked writes one, too.
 *
 * ```ts
 * const layerDump = Layer.effect(Dump, Effect.map(Store, (store) => Dump.of({ read: Effect.provideService(dump, Store, store) })))
 * ```
 */
export class Dump extends Context.Service<Dump, { readonly read: Effect.Effect<Snapshot, PersistenceError> }>()(
  "portico/testing/Dump"
) {}

import { Context, type Effect, type Option } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import type { Instant } from "../kernel/Instant.ts"
import type { MailId } from "../kernel/ids.ts"
import type { MailState } from "../kernel/Outbox.ts"
import type { Window } from "../kernel/Page.ts"
import type { PersistenceError } from "../kernel/PersistenceError.ts"
import type { Outcome, StoredMail } from "./Mail.ts"

/** Asks for mails to send. */
export interface Claim {
  /** A name that no other claim has had; it is needed to settle the mails. */
  readonly lease: string
  readonly now: Instant
  /** Until then nobody else gets them. */
  readonly until: Instant
  readonly limit: number
}

export interface MailFilter {
  readonly state?: MailState | undefined
  readonly recipient?: EmailAddress | undefined
}

/** The outbox as dispatchers and the staff desk see it; use cases add to it by `Outbox`. Mails belong to no tenant's lists, so nothing here asks for one. */
export class OutboxRepository extends Context.Service<
  OutboxRepository,
  {
    /**
     * Takes due mails, the longest due first, and counts the try. MUST take a mail only if it is `queued` and due, or `sending` with a lease
     * that has run out, and never while an older mail of the same recipient and process is `queued` or `sending` (OUT-05); of any number of
     * parallel claims one gets it (V-36). It commits at once, so it is called outside of units of work.
     */
    readonly claim: (claim: Claim) => Effect.Effect<ReadonlyArray<StoredMail>, PersistenceError>
    /**
     * Writes what became of a mail, with another recipient where `Later` names one, and ends the lease; the sealed secret MUST be gone in every outcome but
     * `Later`. MUST change nothing, and answer false, unless the mail is `sending` under this lease.
     */
    readonly settle: (
      id: MailId,
      lease: string,
      outcome: Outcome,
      now: Instant
    ) => Effect.Effect<boolean, PersistenceError>
    readonly find: (id: MailId) => Effect.Effect<Option.Option<StoredMail>, PersistenceError>
    /** MUST lock the row until the unit ends. */
    readonly findForUpdate: (id: MailId) => Effect.Effect<Option.Option<StoredMail>, PersistenceError>
    /** Makes a dead mail due now, with no try counted; MUST fail with `conflict` unless it is dead. */
    readonly requeue: (id: MailId, now: Instant) => Effect.Effect<void, PersistenceError>
    /** Makes a sent mail that came back a dead one, with the reason `bounced`; MUST change nothing, and answer false, unless it is `sent`. */
    readonly bounce: (id: MailId, detail: string | null, now: Instant) => Effect.Effect<boolean, PersistenceError>
    /** The newest first. */
    readonly list: (
      filter: MailFilter,
      window: Window<MailId>
    ) => Effect.Effect<ReadonlyArray<StoredMail>, PersistenceError>
    /** Deletes at most `limit` mails that were settled before `before`; answers how many. */
    readonly purge: (before: Instant, limit: number) => Effect.Effect<number, PersistenceError>
  }
>()("portico/mail/OutboxRepository") {}

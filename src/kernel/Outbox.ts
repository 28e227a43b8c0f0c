import { Context, type Effect, type Redacted } from "effect"
import type { EmailAddress } from "./EmailAddress.ts"
import type { Json } from "./EventLog.ts"
import type { Instant } from "./Instant.ts"
import type { AccountId, MailId, TenantId } from "./ids.ts"
import type { PersistenceError } from "./PersistenceError.ts"
import type { Locale } from "./Text.ts"

/** A mail as a use case asks for it; a mail kind makes one (OUT-08). */
export interface NewMail {
  /** The name of the mail kind. */
  readonly kind: string
  readonly recipient: EmailAddress
  readonly locale: Locale
  /** What the kind's template needs; no secret. */
  readonly values: { readonly [key: string]: Json }
  /** The secret of the link in the mail; sealed in the row, wiped when the mail is sent, dropped or dead (OUT-01). */
  readonly secret?: Redacted.Redacted | undefined
  readonly tenantId?: TenantId | undefined
  /** The account that the mail is for, where there is one. */
  readonly accountId?: AccountId | undefined
  /** The process that the mail belongs to, for example `invitation:<id>`; mails of one process reach one recipient in order (OUT-05). */
  readonly process: string
}

export type MailState = "queued" | "sending" | "sent" | "dropped" | "dead"

/** One mail as it is stored. */
export interface MailRow {
  readonly id: MailId
  readonly kind: string
  readonly recipient: EmailAddress
  readonly locale: Locale
  readonly values: { readonly [key: string]: Json }
  readonly sealedSecret: string | null
  readonly tenantId: TenantId | null
  readonly accountId: AccountId | null
  readonly process: string
  readonly createdAt: Instant
}

/** Where mails go. An implementer MUST write them in the open unit of work (OUT-01). */
export class Outbox extends Context.Service<
  Outbox,
  {
    /** In one statement, whatever the number; none for an empty list. Each is `queued` and due at once. */
    readonly append: (mails: ReadonlyArray<MailRow>) => Effect.Effect<void, PersistenceError>
  }
>()("portico/kernel/Outbox") {}

/** For what the secret in a mail's row is sealed, and for which subject. */
export const SECRET_PURPOSE = "mail.secret"

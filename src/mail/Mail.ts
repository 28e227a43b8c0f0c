import { Duration } from "effect"
import type { EmailAddress } from "../kernel/EmailAddress.ts"
import * as Instant from "../kernel/Instant.ts"
import type { MailRow, MailState } from "../kernel/Outbox.ts"
import type { Settings } from "../kernel/Settings.ts"
import type { Tries } from "./MailAttachment.ts"

/**
 * A mail in the outbox. Its life: `queued` → `sending` (a dispatcher has it, until `dueAt`) → `sent`, `dropped` (not wanted any more), `dead`
 * (given up), or `queued` again for a later try. A sent one that comes back is dead, too, and a dead one can be queued again by staff. The sealed secret is gone in the last three (OUT-01).
 */
export interface StoredMail extends Omit<MailRow, "values"> {
  /** As they were found: whether they fit the kind is the kind's to say. */
  readonly values: unknown
  readonly state: MailState
  /** Whether the mail was asked for with a link's secret, which stays known when the secret is wiped. */
  readonly hasLink: boolean
  /** How often a dispatcher has begun with it. */
  readonly attempts: number
  /** Queued: when it may be tried; sending: when the dispatcher's lease runs out; else null. */
  readonly dueAt: Instant.Instant | null
  /** Who holds it while it is `sending`: a name that is new with each claim. */
  readonly lease: string | null
  /** Why it was dropped or is dead, or what the last try met: a code. */
  readonly reason: string | null
  /** For operators, for example the server's answer. */
  readonly detail: string | null
  readonly settledAt: Instant.Instant | null
}

/** What became of one try. */
export type Outcome =
  | { readonly _tag: "Sent" }
  | { readonly _tag: "Dropped"; readonly reason: string }
  | { readonly _tag: "Dead"; readonly reason: string; readonly detail: string | null }
  | {
      readonly _tag: "Later"
      readonly dueAt: Instant.Instant
      /** As many as count against the mail from now on. */
      readonly attempts: number
      readonly reason: string | null
      readonly detail: string | null
      /** To whom it goes from then on, where that is somebody's new address. */
      readonly recipient?: EmailAddress | undefined
    }

type Pace = Settings["outbox"]

const millis = (duration: Duration.Input): number => Duration.toMillis(Duration.fromInputUnsafe(duration))

/**
 * How long to wait after try number `attempts`, in milliseconds: twice as long each time, at most `retryCap`, of which the upper half is left
 * to chance (`chance` is from 0 up to 1), so that what failed together does not come back together.
 */
const retryDelay = (pace: Pace, attempts: number, chance: number): number => {
  const full = Math.min(millis(pace.retryCap), millis(pace.retryBase) * 2 ** Math.min(Math.max(attempts, 1) - 1, 30))
  return Math.round(full / 2 + (full / 2) * chance)
}

/** What a failed hand-over means for a mail (OUT-03): another try later, or the end. */
export const afterFailure = (
  mail: Pick<StoredMail, "attempts">,
  failure: {
    readonly kind: "temporary" | "permanent"
    readonly detail: string
    /** A code; "temporary" where it is not given. */
    readonly reason?: string | undefined
  },
  pace: Pace,
  now: Instant.Instant,
  chance: number
): Extract<Outcome, { readonly _tag: "Dead" | "Later" }> => {
  if (failure.kind === "permanent") return { _tag: "Dead", reason: "refused", detail: failure.detail }
  if (mail.attempts >= pace.maxAttempts) return { _tag: "Dead", reason: "too-many-tries", detail: failure.detail }
  return {
    _tag: "Later",
    dueAt: Instant.fromMillis(now + retryDelay(pace, mail.attempts, chance)),
    attempts: mail.attempts,
    reason: failure.reason ?? "temporary",
    detail: failure.detail
  }
}

/** Why a mail is tried again: a file that belongs to it could not be read. */
export const FILES_UNREADABLE = "files-unreadable"

/**
 * What the next try has to know of the mail's files. The mail waits for a store that does not answer with the first half of its tries, which leaves the
 * other half to its server.
 */
export const triesOf = ({ attempts, reason }: Pick<StoredMail, "attempts" | "reason">, pace: Pace): Tries => ({
  doubtful: reason === FILES_UNREADABLE,
  patient: attempts <= pace.maxAttempts / 2
})

/** A store or a key was not there: no fault of the mail, so the try does not count (V-35). */
export const afterOutage = (
  mail: Pick<StoredMail, "attempts">,
  reason: string,
  pace: Pace,
  now: Instant.Instant,
  chance: number
): Extract<Outcome, { readonly _tag: "Later" }> => ({
  _tag: "Later",
  dueAt: Instant.fromMillis(now + retryDelay(pace, 1, chance)),
  attempts: Math.max(mail.attempts - 1, 0),
  reason,
  detail: null
})

/** Its recipient has another address by now: it goes there, as if it had never been tried, and everything is looked at again. */
export const afterMove = (
  recipient: EmailAddress,
  now: Instant.Instant
): Extract<Outcome, { readonly _tag: "Later" }> => ({
  _tag: "Later",
  dueAt: now,
  attempts: 0,
  reason: "address-changed",
  detail: null,
  recipient
})

/** What belongs to the mail is not ready: it is looked at again at `dueAt`, and the try does not count. */
export const afterWaiting = (
  mail: Pick<StoredMail, "attempts">,
  dueAt: Instant.Instant
): Extract<Outcome, { readonly _tag: "Later" }> => ({
  _tag: "Later",
  dueAt,
  attempts: Math.max(mail.attempts - 1, 0),
  reason: "files-not-ready",
  detail: null
})

import { Cause, Duration, Effect, Exit, Option, Redacted, Result, Schedule, Stream } from "effect"
import * as Actor from "../kernel/Actor.ts"
import { Crypto } from "../kernel/Crypto.ts"
import * as Instant from "../kernel/Instant.ts"
import { Ids } from "../kernel/ids.ts"
import { Limits, personalKey, toRow } from "../kernel/Limits.ts"
import { type LinkRepository, LinkUnusable, open as openLink, toUrl } from "../kernel/Links.ts"
import { SECRET_PURPOSE } from "../kernel/Outbox.ts"
import { PersistenceError } from "../kernel/PersistenceError.ts"
import { Sealer } from "../kernel/Sealer.ts"
import { Settings } from "../kernel/Settings.ts"
import type { CommandPorts } from "../kernel/UseCase.ts"
import { headerFault } from "./headers.ts"
import {
  afterFailure,
  afterMove,
  afterOutage,
  afterWaiting,
  FILES_UNREADABLE,
  type Outcome,
  type StoredMail,
  triesOf
} from "./Mail.ts"
import type { MailAttachment } from "./MailAttachment.ts"
import { Mailer, MailerError } from "./Mailer.ts"
import type { Kind, Travel } from "./MailKind.ts"
import { MailKinds } from "./MailKinds.ts"
import type { MailMessage } from "./MailMessage.ts"
import { giveUp } from "./Mails.ts"
import { OutboxRepository } from "./OutboxRepository.ts"
import { contextOf, render, subjectLine } from "./render.ts"

/** What a dispatcher needs beside the kinds of mail. */
export type Ports = Mailer | OutboxRepository | LinkRepository | CommandPorts

/** How many mails of a run came to which end; `lost` are those whose lease had gone to another dispatcher. */
export interface Report {
  readonly sent: number
  readonly dropped: number
  readonly dead: number
  readonly later: number
  readonly lost: number
}

type Ready = {
  readonly _tag: "Ready"
  readonly message: MailMessage
  readonly secret: Option.Option<Redacted.Redacted>
  /** Whether a file of it could not be read while it was handed over. */
  readonly unreadable: () => boolean
}

const dead = (reason: string, detail: string | null = null): Outcome => ({ _tag: "Dead", reason, detail })

/** From 0 up to 1. */
const chance = Effect.flatMap(Crypto, (crypto) =>
  Effect.map(crypto.randomBytes(4), (bytes) => new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0) / 2 ** 32)
)

/** The name of what was thrown. Its message may hold what the mail says, so it stays out. */
const nameOf = (thrown: unknown): string =>
  thrown instanceof Error ? thrown.constructor.name || "Error" : typeof thrown

const DETAIL_MAX = 300

/** What a server answered, as operators may see it: one line, without the mail's secret in case the server quoted the mail (R-TK-13). */
const scrub = (detail: string, secret: Option.Option<Redacted.Redacted>): string =>
  Option.match(secret, {
    onNone: () => detail,
    onSome: (value) => detail.replaceAll(Redacted.value(value), "…")
  })
    .replace(/[\p{Cc}\u2028\u2029]+/gu, " ")
    .slice(0, DETAIL_MAX)

const messageOf = (
  mail: StoredMail,
  kind: Kind<never>,
  content: ReturnType<typeof render>,
  travel: Travel,
  attachments: ReadonlyArray<MailAttachment>,
  settings: Settings
): MailMessage => ({
  id: mail.id,
  messageId: `<${mail.id}@${settings.mail.domain}>`,
  date: mail.createdAt,
  from: travel.from ?? settings.mail.from,
  to: mail.recipient,
  ...(travel.replyTo === undefined ? {} : { replyTo: travel.replyTo }),
  subject: content.subject,
  text: content.text,
  html: content.html,
  ...(attachments.length === 0 ? {} : { attachments }),
  // RFC 3834 section 5; the second is what Exchange heeds
  headers: {
    ...(kind.automatic ? { "Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All" } : {}),
    ...travel.headers
  }
})

/** The files, and whether one of them failed as it was read: a mailer answers no more than that the mail has failed. */
const watched = (attachments: ReadonlyArray<MailAttachment>) => {
  let failed = false
  return {
    unreadable: () => failed,
    attachments: attachments.map((attachment) => ({
      ...attachment,
      content: Stream.tapError(attachment.content, () =>
        Effect.sync(() => {
          failed = true
        })
      )
    }))
  }
}

/** Everything up to the sending: nothing leaves this process yet. */
const prepare = Effect.fnUntraced(function* (mail: StoredMail, settings: Settings, now: Instant.Instant) {
  const kinds = yield* MailKinds
  const kind = Option.getOrUndefined(kinds.get(mail.kind))
  if (kind === undefined) return dead("unknown-kind")
  const opened = Option.getOrUndefined(kind.open(mail))
  if (opened === undefined) return dead("unreadable", "values")

  let secret = Option.none<Redacted.Redacted>()
  let link = ""
  if (kind.purpose !== undefined) {
    if (mail.sealedSecret === null) return dead("no-secret")
    const sealer = yield* Sealer
    const unsealed = yield* Effect.result(sealer.open(SECRET_PURPOSE, mail.id, mail.sealedSecret))
    if (Result.isFailure(unsealed)) {
      const { reason } = unsealed.failure
      if (reason !== "unknown-key") return dead("unsealable", reason)
      // the operator may give the key back
      const failure = { kind: "temporary", detail: "the secret is sealed with a key that is not on the ring" } as const
      return afterFailure(mail, failure, settings.outbox, now, yield* chance)
    }
    secret = Option.some(unsealed.success)
    link = toUrl(settings, kind.purpose, unsealed.success)
    const usable = yield* Effect.result(openLink(kind.purpose, unsealed.success, now))
    if (Result.isFailure(usable)) {
      if (usable.failure instanceof LinkUnusable) {
        const dropped: Outcome = { _tag: "Dropped", reason: `link-${usable.failure.reason}` }
        return dropped
      }
      return yield* usable.failure
    }
  }

  const verdict = yield* opened.stillWanted(now)
  if (verdict._tag === "Dropped") return verdict
  if (verdict._tag === "Moved") return afterMove(verdict.recipient, now)

  const enclosing = yield* opened.enclose(now, triesOf(mail, settings.outbox))
  if (enclosing._tag === "NotYet") return afterWaiting(mail, enclosing.at)
  if (enclosing._tag === "Unreadable") {
    const failure = { kind: "temporary", detail: enclosing.detail, reason: FILES_UNREADABLE } as const
    return afterFailure(mail, failure, settings.outbox, now, yield* chance)
  }

  const travel = yield* opened.travel(now)
  const rendered = Result.try(() =>
    render(
      opened.content(contextOf(settings, mail.locale, link, enclosing.enclosed)),
      subjectLine(kind, opened.subjectValues, settings, mail.locale),
      settings,
      mail.locale
    )
  )
  if (Result.isFailure(rendered)) return dead("render", nameOf(rendered.failure))
  const { attachments, unreadable } = watched(enclosing.attachments)
  const message = messageOf(mail, kind, rendered.success, travel, attachments, settings)
  const fault = headerFault(message)
  if (Option.isSome(fault)) return dead("header", fault.value)

  // a mail that was handed over before has drawn on its cap
  if (kind.cap !== undefined && mail.attempts === 1) {
    const limits = yield* Limits
    const key = yield* personalKey(`mail/${kind.name}`, mail.recipient)
    if (Option.isSome(yield* limits.take([toRow({ key, limit: kind.cap.limit })], now))) {
      const dropped: Outcome = { _tag: "Dropped", reason: "cap" }
      return dropped
    }
  }
  const ready: Ready = { _tag: "Ready", message, secret, unreadable }
  return ready
})

/** As `prepare`, with an outcome for everything that can go wrong, so that one mail is no other mail's trouble (OUT-05). */
const prepared = (mail: StoredMail, settings: Settings, now: Instant.Instant) =>
  Effect.catchCause(
    prepare(mail, settings, now),
    Effect.fnUntraced(function* (cause) {
      const error = Option.getOrUndefined(Cause.findErrorOption(cause))
      if (error instanceof PersistenceError) {
        if (error.reason === "corrupt") return dead("unreadable", error.operation)
        return afterOutage(mail, "store", settings.outbox, now, yield* chance)
      }
      // what ends this dispatcher does not come by here: a check was interrupted by its own means
      if (Cause.hasInterrupts(cause)) {
        const failure = { kind: "temporary", detail: "a check was interrupted" } as const
        return afterFailure(mail, failure, settings.outbox, now, yield* chance)
      }
      return dead("defect", nameOf(Cause.squash(cause)))
    })
  )

const handOver = (message: MailMessage, timeout: Duration.Duration): Effect.Effect<void, MailerError, Mailer> =>
  Effect.flatMap(Mailer, (mailer) =>
    Effect.timeoutOrElse(mailer.send(message), {
      duration: timeout,
      // it may have been taken all the same: the next try has the same Message-ID (R-MA-06)
      orElse: () => Effect.fail(new MailerError({ kind: "temporary", detail: "no answer in time" }))
    })
  )

/** What a hand-over that ended tells. */
const outcomeOf = Effect.fnUntraced(function* (
  mail: StoredMail,
  ready: Ready,
  exit: Exit.Exit<void, MailerError>,
  settings: Settings
) {
  if (Exit.isSuccess(exit)) {
    const sent: Outcome = { _tag: "Sent" }
    return sent
  }
  const error = Option.getOrUndefined(Cause.findErrorOption(exit.cause))
  const failure = error ?? {
    kind: "temporary" as const,
    detail: `the mailer failed: ${nameOf(Cause.squash(exit.cause))}`
  }
  const detail = scrub(failure.detail, ready.secret)
  // whatever the mailer made of it: the mail is without fault, and so is its server
  const told = ready.unreadable() ? ({ kind: "temporary", reason: FILES_UNREADABLE } as const) : { kind: failure.kind }
  return afterFailure(mail, { ...told, detail }, settings.outbox, yield* Instant.now, yield* chance)
})

// a mail that was taken, but is not known to be, is sent again: worth some patience
const patience = { schedule: Schedule.jittered(Schedule.exponential("50 millis")), times: 5 }

// A mail whose owner cannot be told is dead all the same, after a while.
const TRIES_TO_TELL = 5

// A mail whose tries end with their dispatchers gets so many more than others: the last one may have gone well.
const TRIES_WITHOUT_OUTCOME = 2

const bury = Effect.fnUntraced(function* (
  mail: StoredMail,
  lease: string,
  outcome: Extract<Outcome, { readonly _tag: "Dead" }>,
  settings: Settings
) {
  yield* Effect.logWarning("A mail cannot be delivered").pipe(
    Effect.annotateLogs({ mail: mail.id, kind: mail.kind, reason: outcome.reason })
  )
  const end = (tell: boolean) =>
    giveUp({ id: mail.id, lease, reason: outcome.reason, detail: outcome.detail, tell }).pipe(
      Actor.provide(Actor.job("mail-dispatcher"))
    )
  const told = yield* Effect.exit(end(mail.attempts <= settings.outbox.maxAttempts + TRIES_TO_TELL))
  if (Exit.isSuccess(told)) return told.value.dead
  const error = Option.getOrUndefined(Cause.findErrorOption(told.cause))
  // the store is away: the mail comes back when its lease runs out
  if (error?._tag === "Unavailable") return false
  yield* Effect.logError("The owner of a dead mail's process was not told", told.cause).pipe(
    Effect.annotateLogs({ mail: mail.id, kind: mail.kind })
  )
  return (yield* end(false)).dead
})

/** Writes the outcome; answers which it was in the end. */
const settle = (mail: StoredMail, lease: string, outcome: Outcome, settings: Settings) =>
  Effect.gen(function* () {
    const outbox = yield* OutboxRepository
    const done =
      outcome._tag === "Dead"
        ? yield* bury(mail, lease, outcome, settings)
        : yield* Effect.retry(outbox.settle(mail.id, lease, outcome, yield* Instant.now), patience)
    return done ? tallyOf[outcome._tag] : "lost"
  }).pipe(
    Effect.catchCause((cause) =>
      Effect.as(Effect.logError("The outcome of a mail was not written", cause), "lost" as const)
    )
  )

const tallyOf = { Sent: "sent", Dropped: "dropped", Dead: "dead", Later: "later" } as const

/** One mail, from the claim to its outcome. Never fails. */
const tend = (
  mail: StoredMail,
  lease: string,
  until: Instant.Instant,
  timeout: Duration.Duration,
  settings: Settings
) =>
  Effect.uninterruptibleMask((restore) =>
    Effect.gen(function* () {
      const now = yield* Instant.now
      const isLate = (at: Instant.Instant) => until - at < Duration.toMillis(timeout)
      // who begins to send now could still be sending when another one has it
      const leave = (at: Instant.Instant, attempts: number) =>
        settle(mail, lease, { _tag: "Later", dueAt: at, attempts, reason: mail.reason, detail: mail.detail }, settings)
      // the batch took long
      if (isLate(now)) return yield* leave(now, mail.attempts - 1)
      if (mail.attempts > settings.outbox.maxAttempts + TRIES_WITHOUT_OUTCOME) {
        return yield* settle(mail, lease, dead("too-many-tries", mail.detail), settings)
      }
      const next = yield* restore(prepared(mail, settings, now))
      if (next._tag !== "Ready") return yield* settle(mail, lease, next, settings)
      const ready = yield* Instant.now
      // looking took long; the first try stays counted, because it has drawn on the cap
      if (isLate(ready)) return yield* leave(ready, Math.max(mail.attempts - 1, 1))
      const exit = yield* Effect.exit(restore(handOver(next.message, timeout)))
      // Interrupted here, nothing is known, and the mail comes back when its lease runs out. A mailer that was interrupted by its own means has failed.
      if (Exit.isFailure(exit) && Cause.hasInterrupts(exit.cause)) yield* restore(Effect.void)
      // from here on the outcome is known, and written even if this dispatcher is to stop
      return yield* settle(mail, lease, yield* outcomeOf(mail, next, exit, settings), settings)
    })
  ).pipe(Effect.withSpan("mails.send", { attributes: { mail: mail.id, kind: mail.kind } }))

/**
 * Sends what is due, batch by batch, until nothing is (OUT-02). Each mail is taken with a lease, checked again, rendered, handed to the mailer
 * outside of any transaction, and settled. It can run on any number of nodes at once and be killed at any point: a mail whose dispatcher died
 * is sent by another one when the lease has run out, with the same Message-ID. The leases are measured with the clock of each node: their
 * clocks must not differ by more than `lease` less `sendTimeout`.
 */
export const runOnce: Effect.Effect<Report, PersistenceError, Ports | MailKinds> = Effect.gen(function* () {
  const outbox = yield* OutboxRepository
  const ids = yield* Ids
  const settings = yield* Settings
  const { batch, concurrency, sendTimeout } = settings.outbox
  const lease = Duration.fromInputUnsafe(settings.outbox.lease)
  const timeout = Duration.min(Duration.fromInputUnsafe(sendTimeout), Duration.times(lease, 0.5))
  const report = { sent: 0, dropped: 0, dead: 0, later: 0, lost: 0 }
  while (true) {
    const name = yield* ids.next
    const now = yield* Instant.now
    const until = Instant.plus(now, lease)
    const mails = yield* outbox.claim({ lease: name, now, until, limit: batch })
    if (mails.length === 0) return report
    yield* Effect.forEach(
      mails,
      (mail) =>
        Effect.map(tend(mail, name, until, timeout, settings), (end) => {
          report[end] += 1
        }),
      { concurrency, discard: true }
    )
  }
})

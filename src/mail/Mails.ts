import { Effect, Option, Schema } from "effect"
import type { Kind } from "../kernel/Actor.ts"
import { EmailAddress, EmailAddressFromInput } from "../kernel/EmailAddress.ts"
import { MailId } from "../kernel/ids.ts"
import * as Page from "../kernel/Page.ts"
import { Refusal } from "../kernel/Refusal.ts"
import { NotFound } from "../kernel/refusals.ts"
import { line, optionalLine } from "../kernel/Text.ts"
import * as UseCase from "../kernel/UseCase.ts"
import type { StoredMail } from "./Mail.ts"
import { MailKinds } from "./MailKinds.ts"
import { OutboxRepository } from "./OutboxRepository.ts"

const State = Schema.Literals(["queued", "sending", "sent", "dropped", "dead"])

/** A mail as staff see it: what happened to it, never what it says. */
export const MailSummary = Schema.Struct({
  id: MailId,
  kind: Schema.String,
  recipient: EmailAddress,
  state: State,
  process: Schema.String,
  attempts: Schema.Int,
  createdAt: Schema.Int,
  /** When it is tried again. */
  dueAt: Schema.NullOr(Schema.Int),
  settledAt: Schema.NullOr(Schema.Int),
  reason: Schema.NullOr(Schema.String),
  detail: Schema.NullOr(Schema.String),
  /** Whether `retry` can do something for it. */
  retriable: Schema.Boolean
})
export type MailSummary = typeof MailSummary.Type

const isRetriable = (mail: StoredMail): boolean => mail.state === "dead" && !mail.hasLink

const summary = (mail: StoredMail): MailSummary => ({
  id: mail.id,
  kind: mail.kind,
  recipient: mail.recipient,
  state: mail.state,
  process: mail.process,
  attempts: mail.attempts,
  createdAt: mail.createdAt,
  dueAt: mail.dueAt,
  settledAt: mail.settledAt,
  reason: mail.reason,
  detail: mail.detail,
  retriable: isRetriable(mail)
})

/** The mail is not dead, so there is nothing to try again. */
export class MailNotDead extends Refusal<MailNotDead>()(
  "MailNotDead",
  { state: State },
  {
    category: "conflict",
    de: "Diese Nachricht ist nicht gescheitert und kann nicht erneut gesendet werden.",
    en: "This message has not failed and cannot be sent again."
  }
) {}

/**
 * The mail carried a link, and a dead mail keeps no secret (OUT-01). Its process sends a new one: invite again, ask for a new reset, register
 * again.
 */
export class LinkIsGone extends Refusal<LinkIsGone>()(
  "LinkIsGone",
  { process: Schema.String },
  {
    category: "conflict",
    de: "Der Link dieser Nachricht besteht nicht mehr. Bitte lösen Sie den Vorgang erneut aus; dabei entsteht ein neuer Link.",
    en: "The link of this message does not exist any more. Please start the process again, which makes a new link."
  }
) {}

/** Mails with their state, for "why did no mail come?" (STF-01); with `state: "dead"` the list of dead letters (OUT-03). */
export const list = UseCase.query({
  name: "mails.list",
  summary: "Lists mails with what became of them, the newest first.",
  actors: ["Staff", "Job"],
  requires: "staff",
  input: Schema.Struct({
    ...Page.fields,
    state: Schema.optionalKey(State),
    recipient: Schema.optionalKey(EmailAddressFromInput)
  }),
  output: Page.Page(MailSummary),
  errors: [],
  run: Effect.fnUntraced(function* (input) {
    const outbox = yield* OutboxRepository
    const window = yield* Page.window(MailId, input)
    const rows = yield* outbox.list(
      { state: input.state, recipient: input.recipient },
      { ...window, limit: window.limit + 1 }
    )
    return Page.make(rows, window, (mail) => mail.id, summary)
  })
})

/** Queues a dead mail again. A mail that carried a link cannot be: `LinkIsGone` names the process that makes a new one. */
export const retry = UseCase.command({
  name: "mails.retry",
  summary: "Sends a dead mail again, unless it carried a link.",
  actors: ["Staff", "Job"],
  requires: "staff",
  input: Schema.Struct({ id: MailId }),
  output: MailSummary,
  errors: [NotFound, MailNotDead, LinkIsGone],
  unit: Effect.fnUntraced(function* ({ id }, unit) {
    const outbox = yield* OutboxRepository
    const found = yield* outbox.findForUpdate(id)
    if (Option.isNone(found)) return yield* new NotFound({ kind: "mail" })
    const mail = found.value
    if (mail.state !== "dead") return yield* new MailNotDead({ state: mail.state })
    if (mail.hasLink) return yield* new LinkIsGone({ process: mail.process })
    yield* outbox.requeue(id, unit.now)
    unit.record({
      type: "mail.retried",
      tenantId: mail.tenantId ?? undefined,
      subject: { kind: "mail", id },
      data: { kind: mail.kind, process: mail.process }
    })
    return {
      ...summary(mail),
      state: "queued" as const,
      attempts: 0,
      dueAt: unit.now,
      settledAt: null,
      reason: null,
      detail: null,
      retriable: false
    }
  })
})

/**
 * Ends a mail that cannot be delivered: marks it as dead, records that, and lets its kind tell the owner of the process, all in one unit
 * (OUT-03). The dispatcher's own; it does nothing when the lease has gone to another one.
 */
export const giveUp = UseCase.command({
  name: "mails.giveUp",
  summary: "Marks a mail as dead and tells the owner of its process.",
  actors: ["Job"],
  requires: "job",
  input: Schema.Struct({
    id: MailId,
    lease: Schema.String,
    reason: Schema.String,
    detail: Schema.NullOr(Schema.String),
    /** False where telling has failed for good, so that the mail is not stuck with it. */
    tell: Schema.Boolean
  }),
  output: Schema.Struct({ dead: Schema.Boolean }),
  errors: [],
  unit: Effect.fnUntraced(function* ({ detail, id, lease, reason, tell }, unit) {
    const outbox = yield* OutboxRepository
    const kinds = yield* MailKinds
    const dead = yield* outbox.settle(id, lease, { _tag: "Dead", reason, detail }, unit.now)
    const found = dead ? yield* outbox.find(id) : Option.none()
    if (Option.isNone(found)) return { dead: false }
    const mail = found.value
    unit.record({
      type: "mail.dead",
      tenantId: mail.tenantId ?? undefined,
      subject: { kind: "mail", id },
      data: { kind: mail.kind, process: mail.process, reason, attempts: mail.attempts },
      personal: { recipient: mail.recipient }
    })
    const opened = Option.flatMap(kinds.get(mail.kind), (kind) => kind.open(mail))
    if (tell && Option.isSome(opened)) yield* opened.value.onDead(reason)
    return { dead: true }
  })
})

/** The mail that a Message-ID of ours names, with its angle brackets or without; none where it is not one of ours. */
const mailOf = (messageId: string, domain: string): Option.Option<MailId> => {
  const text = messageId.trim().replace(/^<|>$/g, "")
  const end = `@${domain}`
  return Option.filter(Option.some(text.endsWith(end) ? text.slice(0, -end.length) : ""), Schema.is(MailId))
}

/** What came back, as far as it was said. */
export interface Returned {
  /** The `Message-ID` of the mail that came back. */
  readonly messageId: string
  /** Whom the report names as the recipient, where it does. */
  readonly recipient?: EmailAddress | undefined
  readonly detail?: string | undefined
}

/**
 * Takes down that a sent mail came back, in the unit that it is called in, and lets its kind tell the owner of the process. Answers the mail; none where
 * the report names no mail that was sent, or another recipient than its own.
 */
export const recordBounce = Effect.fnUntraced(function* (
  unit: Pick<UseCase.Unit<Kind>, "now" | "settings" | "record">,
  { detail, messageId, recipient }: Returned
) {
  const outbox = yield* OutboxRepository
  const kinds = yield* MailKinds
  const id = mailOf(messageId, unit.settings.mail.domain)
  if (Option.isNone(id)) return Option.none<StoredMail>()
  const found = yield* outbox.find(id.value)
  if (Option.isNone(found)) return Option.none<StoredMail>()
  const mail = found.value
  if (recipient !== undefined && recipient !== mail.recipient) return Option.none<StoredMail>()
  if (!(yield* outbox.bounce(mail.id, detail ?? null, unit.now))) return Option.none<StoredMail>()
  unit.record({
    type: "mail.bounced",
    tenantId: mail.tenantId ?? undefined,
    subject: { kind: "mail", id: mail.id },
    data: { kind: mail.kind, process: mail.process },
    personal: { recipient: mail.recipient }
  })
  const opened = Option.flatMap(kinds.get(mail.kind), (kind) => kind.open(mail))
  if (Option.isSome(opened)) yield* opened.value.onDead("bounced")
  return Option.some(mail)
})

/**
 * Says of a sent mail that it came back, as the host learns from its provider or from a message in its mailbox: the mail is dead, and its kind tells the
 * owner of the process (OUT-03, INV-13). What names no mail that was sent, or another recipient than its own, changes nothing, and neither does a
 * repeat.
 */
export const reportBounce = UseCase.command({
  name: "mails.reportBounce",
  summary: "Says of a sent mail that it came back.",
  actors: ["Staff", "Job"],
  requires: "staff",
  input: Schema.Struct({
    /** The `Message-ID` of the mail that came back. */
    messageId: line(998),
    /** Whom the report names as the recipient, where it does. */
    recipient: Schema.optionalKey(EmailAddressFromInput),
    /** What the receiving server said. */
    detail: Schema.optionalKey(optionalLine(300))
  }),
  output: Schema.Struct({ recorded: Schema.Boolean }),
  errors: [],
  unit: Effect.fnUntraced(function* (returned, unit) {
    return { recorded: Option.isSome(yield* recordBounce(unit, returned)) }
  })
})

export const useCases = UseCase.registry(list, retry, giveUp, reportBounce)
